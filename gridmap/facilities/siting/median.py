"""The p-median: the least walking of all households to the nearest of p sites.

Bounds by Lagrangian relaxation of being served, as Cornuéjols, G., Fisher, M., and Nemhauser, G. (1977): Location of
bank accounts to optimize float. Management Science 23, 789–810.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gridmap.errors import InputError
from gridmap.facilities.siting.answer import (
    Clock,
    Sited,
    checked_count,
    checked_pairs,
    checked_weight,
    far_of,
    relative_gap,
)
from gridmap.facilities.siting.kernels_median import bound_median, greedy_median, nearest_open, swap_median

__all__ = ["p_median"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
_ROUNDS, _STEPS, _PHASES = 40, 200, 30
_NODE_STEPS, _MOST_NODES = 200, 20_000


@dataclass(frozen=True, eq=False)
class _Task:
    dist: Floats
    weight: Floats
    base: Floats
    p: int

    def improved(self, chosen: Bools) -> tuple[Bools, float]:
        """Exchange sites until no exchange helps; return the sites and their cost."""
        n = len(self.weight)
        near, d1, d2 = np.empty(n, np.int32), np.empty(n), np.empty(n)
        nearest_open(self.dist, self.weight, self.base, chosen, near, d1, d2)
        swap_median(self.dist, self.weight, self.base, chosen, near, d1, d2, _ROUNDS)
        return chosen, self.cost(chosen)

    def cost(self, chosen: Bools) -> float:
        """Return the weighted distance of all demands to the nearest site or existing facility."""
        nearest = np.minimum(self.base, self.dist[chosen].min(axis=0, initial=np.inf))
        return float(self.weight @ nearest)


def p_median(
    dist: ArrayLike,
    weight: ArrayLike,
    *,
    p: int,
    base_m: ArrayLike | None = None,
    far_m: float | None = None,
    gap: float = 0.01,
    time_limit_s: float = 60.0,
) -> Sited:
    """Choose p sites that make the weighted distance of all demands to the nearest facility least.

    `dist` float64[m, n] in metres of m candidates by n demands, infinite where there is no way; `base_m` float64[n] the
    distance of the nearest existing facility. Whoever reaches none counts as `far_m` away, by default twice the longest
    way. Ends at the proven `gap`; with 0 the best is sought, by branch and bound. With `time_limit_s` 0 the first
    answer is returned with its bound. O(m n log m), then O(p n) a step.
    """
    clock = Clock(time_limit_s)
    task = _task(dist, weight, p, base_m, far_m)
    sites = len(task.dist)
    if task.p == 0 or not len(task.weight):
        value = task.cost(np.zeros(sites, bool))
        return Sited(
            "p_median", np.arange(task.p, dtype=np.int32), value, value, "min", value, proven=True, interrupted=False,
            seconds=clock.spent_s,
        )  # fmt: skip
    chosen = np.zeros(sites, bool)
    greedy_median(task.dist, task.weight, task.base, task.p, chosen)
    chosen, value = task.improved(chosen)
    first = value
    chosen, value, root, search = _bounded(task, chosen, value, gap, clock)
    bound = root.bound
    if relative_gap(value, bound) > gap and clock.left_s > 0:
        chosen, value, bound = _settled(search, chosen, value, root, gap, clock)
    proven = relative_gap(value, bound) <= gap
    return Sited(
        "p_median", np.flatnonzero(chosen).astype(np.int32), value, min(bound, value), "min", first, proven,
        not proven, clock.spent_s,
    )  # fmt: skip


def _task(dist: ArrayLike, weight: ArrayLike, p: int, base_m: ArrayLike | None, far_m: float | None) -> _Task:
    table = checked_pairs(dist)
    weights = checked_weight(weight, table.shape[1])
    base = np.full(len(weights), np.inf) if base_m is None else np.array(base_m, np.float64).reshape(-1)
    if len(base) != len(weights) or np.isnan(base).any() or (base < 0).any():
        raise InputError(
            "base-uneven", "The distances of existing facilities do not fit the demands.", "Give each demand one."
        )
    some = weights > 0
    table, weights, base = np.ascontiguousarray(table[:, some]), weights[some], base[some]
    far = far_of(table, base) if far_m is None else float(far_m)
    # Whoever is served from nowhere stays `far` away: as if an existing facility stood there.
    return _Task(table, weights, np.minimum(base, far), checked_count(p, len(table)))


@dataclass(frozen=True, eq=False)
class _Search:
    """The demands' sites by distance, int32[n, m] with their distances float64[n, m], for the bounds."""

    task: _Task
    order: NDArray[np.int32]
    ranked: Floats

    def bound(
        self, state: NDArray[np.int8], price: Floats, upper: float, *, pace: float, steps: int, gap: float
    ) -> _Node:
        """Bound the cost of the answers in which sites of `state` 1 are open and those of −1 shut."""
        sites = len(state)
        picked, sums, prices = np.zeros(sites, bool), np.zeros(sites), price.copy()
        share = np.full(sites, 0.0)
        least = bound_median(
            self.ranked, self.order, self.task.weight, self.task.base, state, self.task.p, upper, price.copy(), pace,
            steps, gap, picked, sums, prices, share,
        )  # fmt: skip
        return _Node(least, state, prices, sums, picked, share)


@dataclass(frozen=True, eq=False)
class _Node:
    """A part of the answers: which sites are open or shut in it, and the bound of their cost with what led to it."""

    bound: float
    state: NDArray[np.int8]
    price: Floats
    saving: Floats
    picked: Bools
    share: Floats


def _bounded(task: _Task, chosen: Bools, value: float, gap: float, clock: Clock) -> tuple[Bools, float, _Node, _Search]:
    """Raise the bound in phases, each followed by exchanges from the sites that it likes; stop at the gap."""
    order = np.ascontiguousarray(np.argsort(task.dist, axis=0, kind="stable").T.astype(np.int32))
    ranked = np.ascontiguousarray(np.take_along_axis(task.dist.T, order.astype(np.int64), axis=1))
    search = _Search(task, order, ranked)
    n = len(task.weight)
    near, d1, d2 = np.empty(n, np.int32), np.empty(n), np.empty(n)
    nearest_open(task.dist, task.weight, task.base, chosen, near, d1, d2)
    price = task.weight * np.minimum(np.where(np.isfinite(d2), 0.5 * (d1 + d2), d1), task.base)
    free = np.zeros(len(task.dist), np.int8)
    best = search.bound(free, price, value, pace=1.5, steps=_STEPS, gap=gap)
    node, idle = best, 0
    for phase in range(_PHASES):
        if phase:
            node = search.bound(free, best.price, value, pace=1.5, steps=_STEPS, gap=gap)
            idle = 0 if node.bound > best.bound + 1e-5 * abs(value) else idle + 1
            best = node if node.bound > best.bound else best
        other, cost = task.improved(node.picked.copy())
        if cost < value * (1 - 1e-12):
            chosen, value, idle = other, cost, 0
        if relative_gap(value, best.bound) <= gap or clock.left_s <= 0 or idle >= 2:
            break
    return chosen, value, best, search


def _settled(
    search: _Search, chosen: Bools, value: float, root: _Node, gap: float, clock: Clock
) -> tuple[Bools, float, float]:
    """Divide the answers by whether a site is open until every part is bounded; return sites, cost and bound.

    The part of the least bound is divided first, at the site that its bound is least sure of. Sites whose reduced
    savings decide them are fixed on the way.
    """
    task = search.task
    count = 0
    queue = [(root.bound, count, root)]
    while queue and clock.left_s > 0 and count < _MOST_NODES:
        least, _, node = heapq.heappop(queue)
        if relative_gap(value, least) <= gap or least >= value - 5e-8 * abs(value):
            heapq.heappush(queue, (least, count, node))
            break
        state = _fixed(task.p, node, value)
        free = np.flatnonzero(state == 0)
        if (state == 1).sum() >= task.p or len(free) + (state == 1).sum() <= task.p:
            picked = state == 1 if (state == 1).sum() >= task.p else state >= 0
            if task.cost(picked) < value:
                chosen, value = picked, task.cost(picked)
            continue
        site = free[np.argmin(np.abs(node.share[free] - 0.5))]
        for side in (1, -1):
            count += 1
            child = state.copy()
            child[site] = side
            made = search.bound(child, node.price, value, pace=0.5, steps=_NODE_STEPS, gap=0.0)
            if task.cost(made.picked) < value:
                chosen, value = task.improved(made.picked.copy())
            if made.bound < value - 5e-8 * abs(value):
                heapq.heappush(queue, (max(made.bound, least), count, made))
    bound = min([value, *(least for least, _, _ in queue)])
    return chosen, value, max(bound, root.bound)


def _fixed(p: int, node: _Node, value: float) -> NDArray[np.int8]:
    """Return which sites are open in every answer of a part that beats `value`, and which shut, by reduced savings."""
    state = node.state.copy()
    free = np.flatnonzero(state == 0)
    count = p - int((state == 1).sum())
    if not 0 < count < len(free):
        return state
    saving = node.saving[free]
    order = np.argsort(saving, kind="stable")
    slack = 1e-9 * abs(value)
    last, after = saving[order[count - 1]], saving[order[count]]
    inside = np.zeros(len(free), bool)
    inside[order[:count]] = True
    state[free[~inside & (node.bound + (saving - last) > value + slack)]] = -1
    state[free[inside & (node.bound + (after - saving) > value + slack)]] = 1
    return state
