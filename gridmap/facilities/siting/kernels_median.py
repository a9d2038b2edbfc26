"""Compiled loops of the p-median: the nearest open sites, greedy opening, exchanges, and bounds."""
# ruff: noqa: C901 - compiled loops are long on purpose

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gridmap.facilities.siting.kernels import Bools, Floats, Ints, compiled


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
