"""Compiled loops of covering: greedy opening, exchanges, and bounds. No loop calls one in another file."""
# ruff: noqa: C901 - compiled loops are long on purpose

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

F = TypeVar("F", bound=Callable[..., Any])
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def compiled(function: F) -> F:
    """Compile a function on its first call and keep the machine code on disk."""
    return cast(F, numba.njit(cache=True, nogil=True, error_model="numpy")(function))


@compiled
def greedy_cover(
    indptr: Longs, indices: Ints, weight: Floats, cost: Floats, budget: float, p: int, count: Ints, chosen: Bools
) -> int:
    """Open site after site, each the one of most new weight (per cost where costs differ); return how many are open.

    `count` int32[n] says by how many open sites each demand is covered, `chosen` bool[m] which are open; both change.
    """
    m = len(chosen)
    spent, opened = 0.0, 0
    for j in range(m):
        if chosen[j]:
            spent += cost[j]
            opened += 1
    while opened < p:
        best, best_rate = -1, 0.0
        for j in range(m):
            if chosen[j] or spent + cost[j] > budget:
                continue
            gain = 0.0
            for at in range(indptr[j], indptr[j + 1]):
                if count[indices[at]] == 0:
                    gain += weight[indices[at]]
            rate = gain / cost[j] if cost[j] > 0 else (gain * 1e12)
            if gain > 0 and rate > best_rate:
                best, best_rate = j, rate
        if best < 0:
            break
        chosen[best] = True
        opened += 1
        spent += cost[best]
        for at in range(indptr[best], indptr[best + 1]):
            count[indices[at]] += 1
    return opened


@compiled
def swap_cover(
    indptr: Longs, indices: Ints, t_indptr: Longs, t_indices: Ints, weight: Floats, cost: Floats, budget: float,
    count: Ints, chosen: Bools, rounds: int,
) -> int:  # fmt: skip
    """Exchange an open site for a shut one while that gains weight; return the number of exchanges.

    `t_indptr`, `t_indices` are the sites by demand. At most `rounds` passes over the sites. O(entries) a pass.
    """
    m, n = len(chosen), len(count)
    loss = np.zeros(m)
    alone = np.full(n, -1, np.int32)  # the one open site of a demand that only one covers
    spent = 0.0
    for i in range(n):
        if count[i] == 1:
            for at in range(t_indptr[i], t_indptr[i + 1]):
                if chosen[t_indices[at]]:
                    alone[i] = t_indices[at]
                    loss[t_indices[at]] += weight[i]
                    break
    for j in range(m):
        if chosen[j]:
            spent += cost[j]
    shared = np.zeros(m)
    swaps = 0
    for _ in range(rounds):
        before = swaps
        for j in range(m):
            if chosen[j]:
                continue
            gain = 0.0
            for at in range(indptr[j], indptr[j + 1]):
                i = indices[at]
                if count[i] == 0:
                    gain += weight[i]
                elif alone[i] >= 0:
                    shared[alone[i]] += weight[i]
            best, best_delta = -1, 1e-9 * (1.0 + gain)
            for k in range(m):
                if chosen[k] and spent + cost[j] - cost[k] <= budget:
                    delta = gain - loss[k] + shared[k]
                    if delta > best_delta:
                        best, best_delta = k, delta
            for at in range(indptr[j], indptr[j + 1]):
                if alone[indices[at]] >= 0:
                    shared[alone[indices[at]]] = 0.0
            if best < 0:
                continue
            swaps += 1
            chosen[j], chosen[best] = True, False
            spent += cost[j] - cost[best]
            loss[best], loss[j] = 0.0, 0.0
            for at in range(indptr[j], indptr[j + 1]):
                i = indices[at]
                count[i] += 1
                if count[i] == 1:
                    alone[i] = j
                    loss[j] += weight[i]
                elif count[i] == 2:
                    if alone[i] != best:
                        loss[alone[i]] -= weight[i]
                    alone[i] = -1
            for at in range(indptr[best], indptr[best + 1]):
                i = indices[at]
                count[i] -= 1
                if count[i] == 1:
                    for back in range(t_indptr[i], t_indptr[i + 1]):
                        if chosen[t_indices[back]]:
                            alone[i] = t_indices[back]
                            loss[t_indices[back]] += weight[i]
                            break
                elif count[i] == 0:
                    alone[i] = -1
        if swaps == before:
            break
    return swaps


@compiled
def bound_cover(
    indptr: Longs, indices: Ints, weight: Floats, price: Floats, cost: Floats, budget: float, p: int, lower: float,
    pace: float, steps: int, score: Floats, best_price: Floats, picked: Bools,
) -> float:  # fmt: skip
    """Bound from above what p sites within the budget can cover, by Lagrangian prices; return the least bound.

    `price` float64[n] in [0, weight] is where the search begins; `best_price` and `score` float64[m] (the sites' sums
    of prices) are those of the least bound, `picked` its sites. `lower` is the weight of a known answer, `pace` the
    length of the first steps.
    """
    m, n = len(score), len(weight)
    uniform = True
    for j in range(m):
        if cost[j] != cost[0]:
            uniform = False
    limit = p
    if uniform and cost[0] > 0:
        limit = min(p, int(np.floor(budget / cost[0] + 1e-9)))
    least = np.inf
    idle = 0
    sums, got, take = np.empty(m), np.empty(n), np.empty(m)
    gone = np.zeros(n)
    for _ in range(steps):
        for j in range(m):
            total = 0.0
            for at in range(indptr[j], indptr[j + 1]):
                total += price[indices[at]]
            sums[j] = total
        value = 0.0
        for i in range(n):
            value += weight[i] - price[i]
        take[:] = 0.0
        if uniform:
            order = np.argsort(-sums)
            for r in range(min(limit, m)):
                take[order[r]] = 1.0
                value += sums[order[r]]
        else:  # both limits hold, so either alone bounds: the smaller of the two knapsacks is taken
            order = np.argsort(-sums / np.maximum(cost, 1e-9))
            left, full = budget, 0.0
            for r in range(m):
                share = min(1.0, left / max(cost[order[r]], 1e-9))
                take[order[r]] = share
                full += share * sums[order[r]]
                left -= share * cost[order[r]]
                if left <= 0:
                    break
            if p < m:
                ranked = np.argsort(-sums)
                plain = 0.0
                for r in range(p):
                    plain += sums[ranked[r]]
                if plain < full:
                    take[:] = 0.0
                    for r in range(p):
                        take[ranked[r]] = 1.0
                    full = plain
            value += full
        if value < least:
            least, idle = value, 0
            best_price[:] = price
            score[:] = sums
            for j in range(m):
                picked[j] = take[j] >= 1.0
        else:
            idle += 1
            if idle >= 12:
                pace, idle = pace * 0.6, 0
                price[:] = best_price
                if pace < 1e-4:
                    break
                continue
        if least <= lower * (1 + 1e-12):
            break
        got[:] = -1.0
        for j in range(m):
            if take[j] > 0:
                for at in range(indptr[j], indptr[j + 1]):
                    got[indices[at]] += take[j]
        norm = 0.0
        for i in range(n):
            gone[i] = 0.7 * got[i] + 0.3 * gone[i]
            if (price[i] <= 0 and gone[i] > 0) or (price[i] >= weight[i] and gone[i] < 0):
                continue
            norm += gone[i] * gone[i]
        if norm == 0:
            break
        step = pace * (value - lower) / norm
        for i in range(n):
            price[i] = min(max(price[i] - step * gone[i], 0.0), weight[i])
    return least
