"""The p-centre: p sites that make the way of the household farthest from any as short as possible."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csc_array, csr_array

from gridmap.errors import InputError
from gridmap.facilities.siting.answer import Clock, Sited, checked_count, checked_pairs, checked_weight
from gridmap.facilities.siting.covering import grouped
from gridmap.facilities.siting.exact import minimise

__all__ = ["p_center"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


def p_center(
    dist: ArrayLike,
    weight: ArrayLike | None = None,
    *,
    p: int,
    base_m: ArrayLike | None = None,
    time_limit_s: float = 30.0,
) -> Sited:
    """Choose p sites so that the longest way of any demand (of weight above 0) to the nearest facility is shortest.

    `dist` float64[m, n] in metres as in `p_median`, `base_m` the distance of the nearest existing facility. Demands
    that no facility can reach are left out; the value is in metres. Halves the radii that are left, each tried by
    covering all demands with p sites: first greedily, then exactly.
    """
    clock = Clock(time_limit_s)
    table = checked_pairs(dist)
    n = table.shape[1]
    weights = np.ones(n) if weight is None else checked_weight(weight, n)
    base = np.full(n, np.inf) if base_m is None else np.array(base_m, np.float64).reshape(-1)
    if len(base) != n:
        raise InputError(
            "base-uneven", "The distances of existing facilities do not fit the demands.", "Give each demand one."
        )
    p = checked_count(p, len(table))
    some = (weights > 0) & np.isfinite(np.minimum(base, table.min(axis=0, initial=np.inf)))
    table, base = table[:, some], base[some]
    chosen = _spread(table, base, p)
    value = first = _radius(table, base, chosen)
    least = float(np.minimum(base, table.min(axis=0, initial=np.inf)).max(initial=0.0))
    radii = np.unique(np.concatenate([table.ravel(), base, [least]]))
    radii = radii[np.isfinite(radii) & (radii >= least)]
    low, high, ended = 0, int(np.searchsorted(radii, value)) if np.isfinite(value) else len(radii), True
    while low < high:
        middle = (low + high) // 2
        found, certain = _within(table, base, p, float(radii[middle]), clock)
        if found is not None:
            chosen, value = found, _radius(table, base, found)
            high = int(np.searchsorted(radii, value))
        elif certain:
            low = middle + 1
        else:
            ended = False
            break
    bound = value if ended else float(radii[low])
    return Sited(
        "p_center", np.flatnonzero(chosen).astype(np.int32), value, bound, "min", first, ended, not ended, clock.spent_s
    )


def _radius(dist: Floats, base: Floats, chosen: Bools) -> float:
    return float(np.minimum(base, dist[chosen].min(axis=0, initial=np.inf)).max(initial=0.0))


def _spread(dist: Floats, base: Floats, p: int) -> Bools:
    """Open p sites, each the one nearest to the demand that is farthest from all so far."""
    chosen, nearest = np.zeros(len(dist), bool), base.copy()
    for _ in range(p if dist.shape[1] else 0):
        site = int(np.argmin(np.where(chosen, np.inf, dist[:, int(np.argmax(nearest))])))
        chosen[site] = True
        nearest = np.minimum(nearest, dist[site])
    return chosen


def _within(dist: Floats, base: Floats, p: int, radius_m: float, clock: Clock) -> tuple[Bools | None, bool]:
    """Return p sites that leave nobody farther than the radius, or None; and whether None is certain."""
    open_demand = base > radius_m
    covers = csr_array(dist[:, open_demand] <= radius_m)
    if (np.bincount(covers.indices, minlength=covers.shape[1]) == 0).any():
        return None, True
    group = grouped(covers, np.ones(covers.shape[1]))
    sites, groups = group.covers.shape
    chosen, left = np.zeros(sites, bool), np.ones(groups, bool)
    while left.any() and chosen.sum() < p:
        best = int(np.argmax(group.covers.astype(np.float64) @ left.astype(np.float64)))
        chosen[best] = True
        left[group.covers.indices[group.covers.indptr[best] : group.covers.indptr[best + 1]]] = False
    if not left.any():
        return chosen, True
    solved = minimise(
        np.ones(sites), csc_array(group.covers.T.astype(np.float64)), np.ones(groups), np.full(groups, np.inf),
        upper=np.ones(sites), whole=np.ones(sites, bool), time_limit_s=clock.left_s,
    )  # fmt: skip
    if solved.x is not None and (solved.x > 0.5).sum() <= p:
        return solved.x > 0.5, True
    return None, bool(np.ceil(solved.bound - 1e-6) > p)
