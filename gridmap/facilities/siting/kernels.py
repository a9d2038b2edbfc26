"""Compiled loops of siting: what a set of sites covers or costs, exchanges, and bounds. No loop calls one elsewhere."""
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


@compiled
def nearest_open(
    dist: Floats, weight: Floats, base: Floats, chosen: Bools, near: Ints, d1: Floats, d2: Floats
) -> float:
    """Write for each demand the nearest open site (−1: an existing one), its distance and that of the second nearest.

    `dist` float64[m, n] by site; `base` float64[n] is the distance of the nearest existing facility. Returns the cost.
    """
    near[:] = -1
    d1[:] = base
    d2[:] = np.inf
    for j in range(len(chosen)):
        if chosen[j]:
            for i in range(len(base)):
                d = dist[j, i]
                if d < d1[i]:
                    d2[i], d1[i], near[i] = d1[i], d, j
                elif d < d2[i]:
                    d2[i] = d
    total = 0.0
    for i in range(len(base)):
        total += weight[i] * d1[i]
    return total


@compiled
def greedy_median(dist: Floats, weight: Floats, base: Floats, p: int, chosen: Bools) -> None:
    """Open p sites one after another, each the one that lowers the cost most; what a site saves never grows."""
    m, n = dist.shape
    nearest = base.copy()
    most = np.full(m, np.inf)
    for _ in range(p):
        best, saved = -1, -1.0
        for j in np.argsort(-most):
            if chosen[j]:
                continue
            if most[j] <= saved:
                break
            gain = 0.0
            for i in range(n):
                if dist[j, i] < nearest[i]:
                    gain += weight[i] * (nearest[i] - dist[j, i])
            most[j] = gain
            if gain > saved:
                best, saved = j, gain
        chosen[best] = True
        for i in range(n):
            nearest[i] = min(nearest[i], dist[best, i])


@compiled
def swap_median(
    dist: Floats, weight: Floats, base: Floats, chosen: Bools, near: Ints, d1: Floats, d2: Floats, rounds: int
) -> float:
    """Exchange sites by Whitaker's fast interchange until none lowers the cost; return the cost.

    One pass over a site's distances tells its gain against the removal of every open one at once. Existing facilities
    stay. Whitaker, R. (1983): A fast algorithm for the greedy interchange. INFOR 21, 95–108.
    """
    m, n = dist.shape
    removal, worth = np.zeros(m), np.zeros(m)
    total = 0.0
    for i in range(n):
        total += weight[i] * d1[i]
        if near[i] >= 0:
            worth[near[i]] += weight[i] * (d2[i] - d1[i])
    for _ in range(rounds):
        changed = False
        for j in range(m):
            if chosen[j]:
                continue
            gain = 0.0
            removal[:] = worth
            for i in range(n):
                d = dist[j, i]
                if d < d2[i]:
                    if d < d1[i]:
                        gain += weight[i] * (d1[i] - d)
                        if near[i] >= 0:
                            removal[near[i]] -= weight[i] * (d2[i] - d1[i])
                    elif near[i] >= 0:
                        removal[near[i]] -= weight[i] * (d2[i] - d)
            best, best_delta = -1, 1e-9 * total
            for k in range(m):
                if chosen[k] and gain - removal[k] > best_delta:
                    best, best_delta = k, gain - removal[k]
            if best < 0:
                continue
            changed = True
            chosen[j], chosen[best] = True, False
            total = 0.0
            worth[:] = 0.0
            for i in range(n):
                d = dist[j, i]
                if near[i] == best or d2[i] == dist[best, i]:
                    near[i], d1[i], d2[i] = -1, base[i], np.inf
                    for k in range(m):
                        if chosen[k]:
                            if dist[k, i] < d1[i]:
                                d2[i], d1[i], near[i] = d1[i], dist[k, i], k
                            elif dist[k, i] < d2[i]:
                                d2[i] = dist[k, i]
                elif d < d1[i]:
                    d2[i], d1[i], near[i] = d1[i], d, j
                elif d < d2[i]:
                    d2[i] = d
                total += weight[i] * d1[i]
                if near[i] >= 0:
                    worth[near[i]] += weight[i] * (d2[i] - d1[i])
        if not changed:
            break
    return total


@compiled
def bound_median(
    ranked_dist: Floats, order: Ints, weight: Floats, base: Floats, state: NDArray[np.int8], p: int, upper: float,
    price: Floats, pace: float, steps: int, stop_gap: float, chosen: Bools, saving: Floats, best_price: Floats,
    share: Floats,
) -> float:  # fmt: skip
    """Bound the cost of p sites from below by Lagrangian prices of being served; return the largest bound.

    `ranked_dist` float64[n, r] and `order` int32[n, r] are each demand's sites by distance, so that only those nearer
    than its price are looked at. `price` float64[n] is where the search begins; `best_price`, `saving` float64[m] (the
    sites' reduced savings, ≤ 0) and `chosen` (the p best) are those of the largest bound. Sites of `state` 1 are open,
    of −1 shut. `share` float64[m] is how often a site was among the p best of late. Stops when the gap to `upper` is
    at most `stop_gap`.
    """
    n, m = ranked_dist.shape
    sites = len(state)
    most, idle = -np.inf, 0
    rho = np.empty(sites)
    slack = np.empty(n)
    is_open = np.zeros(sites, np.bool_)
    for _ in range(steps):
        value = 0.0
        rho[:] = 0.0
        for i in range(n):
            value += price[i]
            kept = min(0.0, weight[i] * base[i] - price[i])
            value += kept
            slack[i] = 1.0 if kept == 0.0 else 0.0
            for r in range(m):
                reduced = weight[i] * ranked_dist[i, r] - price[i]
                if reduced >= 0:
                    break
                rho[order[i, r]] += reduced
        ranked = np.argsort(rho - 1e18 * state)
        is_open[:] = False
        for r in range(p):
            value += rho[ranked[r]]
            is_open[ranked[r]] = True
        for j in range(sites):
            share[j] = 0.97 * share[j] + (0.03 if is_open[j] else 0.0)
        if value > most:
            if value > most + 1e-4 * abs(upper - value):
                idle = 0
            most = value
            best_price[:] = price
            saving[:] = rho
            chosen[:] = is_open
        else:
            idle += 1
            if idle >= 15:
                pace, idle = pace * 0.6, 0
                if pace < 1e-3:
                    break
        if upper - most <= stop_gap * abs(upper):
            break
        for i in range(n):
            for r in range(m):
                if weight[i] * ranked_dist[i, r] - price[i] >= 0:
                    break
                if is_open[order[i, r]]:
                    slack[i] -= 1.0
        norm = 0.0
        for i in range(n):
            norm += slack[i] * slack[i]
        if norm == 0:
            break
        step = pace * (upper - value) / norm
        for i in range(n):
            price[i] = max(price[i] + step * slack[i], 0.0)
    return most
