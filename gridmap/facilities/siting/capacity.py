"""Covering and median with capacities: a site serves no more households than it has room for."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csc_array, csr_array, vstack

from gridmap.errors import InputError, LimitError
from gridmap.facilities.flow import assign, checked_whole
from gridmap.facilities.siting.answer import Clock, Sited, checked_count, relative_gap
from gridmap.facilities.siting.exact import Solved, minimise

__all__ = ["capacitated"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Whole = NDArray[np.int64]
MOST_PAIRS = 400_000


def capacitated(
    dist: csr_array,
    weight: ArrayLike,
    capacity: ArrayLike,
    *,
    p: int,
    kept: ArrayLike | None = None,
    far_m: float | None = None,
    gap: float = 0.005,
    time_limit_s: float = 30.0,
) -> Sited:
    """Choose p sites that serve the most households (without `far_m`) or with the least walking (with it).

    `dist` csr float64[m, n] has the metres of the pairs that may be served; a pair that is not in it may not. `weight`
    int[n] are households, `capacity` int[m] how many of them a site serves; those of one building may go to several
    sites. `kept` bool[m] marks existing facilities: open anyhow, and not of the p. Whoever is not served counts `far_m`
    metres. The value is households served, or household-metres. `chosen` leaves out the kept. LimitError where there
    are more than 400,000 pairs.
    """
    clock = Clock(time_limit_s)
    pairs = csr_array(dist)
    sites, demands = pairs.shape
    weights, seats = checked_whole(weight, demands, "demand"), checked_whole(capacity, sites, "capacity")
    old = np.zeros(sites, bool) if kept is None else np.asarray(kept, bool).reshape(-1)
    p = checked_count(p, int((~old).sum()))
    if pairs.nnz > MOST_PAIRS:
        raise LimitError("pairs-many", f"{pairs.nnz:,} pairs are more than {MOST_PAIRS:,}.", "Use a shorter limit.")
    if far_m is not None and not (np.isfinite(far_m) and far_m > 0):
        raise InputError("far-not-positive", f"Being out of reach counts {far_m} m.", "Give a number above 0.")
    cover = far_m is None
    if cover:
        pairs = csr_array((np.zeros(pairs.nnz), pairs.indices, pairs.indptr), shape=pairs.shape)
    far = 1.0 if far_m is None else float(far_m)
    chosen = _filled(pairs, weights, seats, old, p)
    cost = first = _cost(pairs, weights, seats, old | chosen, far)
    total = float(weights.sum())
    room = float(seats[old].sum() + np.sort(seats[~old])[::-1][:p].sum())
    floor = max(total - room, 0.0) * far  # who finds no place even where all sites are full
    if relative_gap(total - cost, total - floor) <= gap if cover else relative_gap(cost, floor) <= gap:
        solved = Solved(None, np.inf, floor, optimal=True, infeasible=False)
    else:
        solved = _solve(pairs, weights, seats, old, p, far, gap, clock)
    if solved.x is not None:
        exact = (solved.x[:sites] > 0.5) & ~old
        better = _cost(pairs, weights, seats, old | exact, far)
        if better < cost:
            chosen, cost = exact, better
    least = min(max(solved.bound, floor), cost)
    value, bound, start = (total - cost, total - least, total - first) if cover else (cost, least, first)
    proven = relative_gap(value, bound) <= gap
    return Sited(
        "capacitated_mclp" if cover else "capacitated_p_median", np.flatnonzero(chosen).astype(np.int32), value, bound,
        "max" if cover else "min", start, proven, not proven, clock.spent_s,
    )  # fmt: skip


def _cost(pairs: csr_array, weight: Whole, seats: Whole, open_: Bools, far: float) -> float:
    """Return what the best assignment to the open sites costs, unserved households at `far`."""
    done = assign(pairs, weight, np.where(open_, seats, 0), unserved_m=far)
    return done.cost_m + far * float(done.unserved.sum())


def _filled(pairs: csr_array, weight: Whole, seats: Whole, old: Bools, p: int) -> Bools:
    """Open p sites greedily, each the one that serves most of what is left, nearest households first."""
    left = weight.astype(np.float64)
    chosen = np.zeros(len(old), bool)

    def serve(site: int) -> None:
        mine = slice(pairs.indptr[site], pairs.indptr[site + 1])
        order = pairs.indices[mine][np.argsort(pairs.data[mine], kind="stable")]
        room = np.minimum(np.cumsum(left[order]), seats[site])
        left[order] -= np.diff(room, prepend=0.0)

    for site in np.flatnonzero(old):
        serve(int(site))
    reach = csr_array((np.ones(pairs.nnz), pairs.indices, pairs.indptr), shape=pairs.shape)
    for _ in range(p):
        gain = np.minimum(reach @ left, seats.astype(np.float64))
        gain[old | chosen] = -1.0
        best = int(np.argmax(gain))
        chosen[best] = True
        serve(best)
    return chosen


def _solve(
    pairs: csr_array, weight: Whole, seats: Whole, old: Bools, p: int, far: float, gap: float, clock: Clock
) -> Solved:
    """Solve the model: sites, then households served over each pair, then households served by nobody."""
    sites, demands = pairs.shape
    count = pairs.nnz
    site, demand = np.repeat(np.arange(sites), np.diff(pairs.indptr)), pairs.indices
    each, total = np.arange(count), sites + count + demands
    people = weight.astype(np.float64)
    served = _rows(
        np.concatenate([demand, np.arange(demands)]), sites + np.arange(count + demands), np.ones(count + demands),
        (demands, total),
    )  # fmt: skip
    room = _rows(
        np.concatenate([site, np.arange(sites)]), np.concatenate([sites + each, np.arange(sites)]),
        np.concatenate([np.ones(count), -seats.astype(np.float64)]), (sites, total),
    )  # fmt: skip
    linked = _rows(
        np.concatenate([each, each]), np.concatenate([sites + each, site]),
        np.concatenate([np.ones(count), -people[demand]]), (count, total),
    )  # fmt: skip
    counted = _rows(np.zeros(sites, np.int64), np.arange(sites), np.ones(sites), (1, total))
    return minimise(
        np.concatenate([np.zeros(sites), pairs.data, np.full(demands, far)]),
        csc_array(vstack([served, room, linked, counted])),
        np.concatenate([people, np.full(sites + count, -np.inf), [0.0]]),
        np.concatenate([people, np.zeros(sites + count), [float(p + old.sum())]]),
        lower=np.concatenate([old.astype(np.float64), np.zeros(count + demands)]),
        upper=np.concatenate([np.ones(sites), np.full(count + demands, np.inf)]),
        whole=np.arange(total) < sites,
        time_limit_s=clock.left_s,
        gap=gap / 2,
    )


def _rows(row: NDArray[np.int64], column: NDArray[np.int64], data: Floats, shape: tuple[int, int]) -> csr_array:
    return csr_array((data, (row, column)), shape=shape)
