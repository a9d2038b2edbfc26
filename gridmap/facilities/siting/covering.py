"""Covering models: as much as p sites can (MCLP), and everything with as few sites as possible (LSCP).

Church, R., and ReVelle, C. (1974): The maximal covering location problem. Papers of the RSA 32, 101–118.
Toregas, C., et al. (1971): The location of emergency service facilities. Operations Research 19, 1363–1373.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csc_array, csr_array, hstack, vstack

from gridmap.errors import InfeasibleError, InputError
from gridmap.facilities.siting.answer import Clock, Sited, checked_count, checked_weight
from gridmap.facilities.siting.exact import Solved, minimise
from gridmap.facilities.siting.kernels import bound_cover, greedy_cover, swap_cover

__all__ = ["Grouped", "grouped", "lscp", "mclp"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int32]
_ROUNDS, _PHASES, _STEPS = 60, 5, 300
_LEAST_S = 5.0  # what a floor may take where the first answer does not keep it


@dataclass(frozen=True, eq=False)
class Grouped:
    """Demands that the same sites cover, taken as one: `covers` csr bool[m, g], `weight` float64[g], `of` int64[n]."""

    covers: csr_array
    weight: Floats
    of: NDArray[np.int64]
    part: Ints


def as_covers(covers: object) -> csr_array:
    """Return a table of sites by demands as a boolean csr array without zeros, sorted."""
    made = csr_array(covers)
    made = csr_array((made.data != 0, made.indices, made.indptr), shape=made.shape)
    made.eliminate_zeros()
    made.sort_indices()
    return made


def grouped(covers: csr_array, weight: Floats, part: ArrayLike | None = None) -> Grouped:
    """Take together demands of one part (int[n], such as the community) that the same sites cover.

    Sets of sites are told apart by sums of two random 64-bit numbers a site. Demands without sites or weight go (−1).
    """
    sites, demands = covers.shape
    parts = np.zeros(demands, np.int64) if part is None else np.asarray(part, np.int64)
    mark = np.random.default_rng(1182).integers(0, 2**63, size=(sites, 2), dtype=np.uint64)
    table = covers.tocsc()
    size = np.diff(table.indptr)
    kept = np.flatnonzero((size > 0) & (weight > 0))
    sums = np.zeros((demands, 2), np.uint64)
    filled = np.flatnonzero(size > 0)
    if len(filled):
        sums[filled] = np.add.reduceat(mark[table.indices], table.indptr[filled], axis=0)
    keys = np.column_stack([sums[kept], parts[kept].astype(np.uint64)])
    _, first, which = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    of = np.full(demands, -1, np.int64)
    of[kept] = which.reshape(-1)
    totals = np.bincount(of[kept], weights=weight[kept], minlength=len(first))
    return Grouped(as_covers(table[:, kept[first]]), totals.astype(np.float64), of, parts[kept[first]].astype(np.int32))


def mclp(
    covers: object,
    weight: ArrayLike,
    *,
    p: int | None = None,
    base: ArrayLike | None = None,
    cost: ArrayLike | None = None,
    budget: float = np.inf,
    part: ArrayLike | None = None,
    floor: float = 0.0,
    gap: float = 0.0,
    time_limit_s: float = 15.0,
) -> Sited:
    """Choose p sites, or as many as `budget` pays for, that cover the most weight beyond what is covered already.

    `covers` is a table (dense or sparse) of m candidates by n demands, true where the candidate reaches the demand;
    `weight` float[n], `base` bool[n] marks what existing facilities cover (it counts in the value), `cost` float[m]
    (default 1 each) is paid from `budget`. With `floor`, each part (`part` int[n], the community) has at least that
    share of its weight covered; InfeasibleError where no choice does. `gap` is the proven gap at which the search
    ends; with `time_limit_s` 0 the answer of greedy and exchange is returned with its bound.
    """
    clock = Clock(time_limit_s)
    table = as_covers(covers)
    sites, demands = table.shape
    weights = checked_weight(weight, demands)
    have = np.zeros(demands, bool) if base is None else np.asarray(base, bool).reshape(-1)
    prices = np.ones(sites) if cost is None else checked_weight(cost, sites)
    p = checked_count(sites if p is None and np.isfinite(budget) else 0 if p is None else p, sites)
    if budget < 0 or np.isnan(budget):
        raise InputError("budget-negative", f"The budget is {budget}.", "Give 0 or more.")
    group = grouped(table, np.where(have, 0.0, weights), part)
    wanted = _wanted(weights, have, part, floor)
    limits = _Limits(p, prices, float(budget) if np.isfinite(budget) else float(prices.sum()) + 1.0, wanted)
    start = float(weights[have].sum())
    found, first, bound, ended = _cover(group, limits, gap, clock)
    value = float(group.weight[_reached(group.covers, found)].sum()) + start
    proven = bound + start - value <= max(gap * value, 1e-9 * max(value, 1.0))
    return Sited(
        "mclp", np.flatnonzero(found).astype(np.int32), value, max(bound + start, value), "max", first + start, proven,
        not ended and not proven, clock.spent_s,
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Limits:
    """How many sites, what they cost, what there is to pay, and what each part must still get, float64[parts]."""

    p: int
    cost: Floats
    budget: float
    wanted: Floats


def _wanted(weight: Floats, have: Bools, part: ArrayLike | None, floor: float) -> Floats:
    """Return what is still to be covered in each part for all to have their floor."""
    if not 0 <= floor <= 1:
        raise InputError("floor-share", f"The floor is {floor}.", "Give a share from 0 to 1.")
    if floor == 0:
        return np.empty(0)
    if part is None:
        raise InputError("floor-parts", "A floor needs to know the parts.", "Say which community each demand is in.")
    parts = np.asarray(part, np.int64)
    inside = parts >= 0
    total = np.bincount(parts[inside], weights=weight[inside])
    got = np.bincount(parts[inside & have], weights=weight[inside & have], minlength=len(total))
    return np.asarray(np.maximum(floor * total - got, 0.0), np.float64)


def _reached(covers: csr_array, chosen: Bools) -> Bools:
    reached = np.zeros(covers.shape[1], bool)
    reached[covers[np.flatnonzero(chosen)].indices] = True
    return reached


@dataclass(frozen=True, eq=False)
class _Rows:
    """The model in the arrays of the compiled loops: demands by site, and sites by demand."""

    group: Grouped
    limits: _Limits
    indptr: NDArray[np.int64]
    indices: Ints
    back_indptr: NDArray[np.int64]
    back_indices: Ints

    def improved(self, chosen: Bools) -> tuple[Bools, float]:
        """Fill up a choice greedily and exchange until nothing helps; return it and the weight it covers."""
        limits, weight = self.limits, self.group.weight
        count = np.zeros(len(weight), np.int32)
        if chosen.sum() > limits.p or limits.cost[chosen].sum() > limits.budget:
            return chosen, -1.0
        for j in np.flatnonzero(chosen):
            count[self.indices[self.indptr[j] : self.indptr[j + 1]]] += 1
        greedy_cover(self.indptr, self.indices, weight, limits.cost, limits.budget, limits.p, count, chosen)
        swap_cover(
            self.indptr, self.indices, self.back_indptr, self.back_indices, weight, limits.cost, limits.budget, count,
            chosen, _ROUNDS,
        )  # fmt: skip
        return chosen, float(weight[count > 0].sum())


def _rows(group: Grouped, limits: _Limits) -> _Rows:
    back = group.covers.tocsc()
    return _Rows(
        group, limits, group.covers.indptr.astype(np.int64), group.covers.indices.astype(np.int32),
        back.indptr.astype(np.int64), back.indices.astype(np.int32),
    )  # fmt: skip


def _done(value: float, bound: float, gap: float) -> bool:
    return bound - value <= max(gap * value, 1e-9 * max(value, 1.0))


def _at_once(group: Grouped, limits: _Limits, gap: float) -> tuple[Bools, float, float, Floats]:
    """Return sites by greedy, exchange and prices, the weight they cover, a bound, and the sites' sums of prices."""
    sites, groups = group.covers.shape
    rows = _rows(group, limits)
    chosen, value = rows.improved(np.zeros(sites, bool))
    score, bound = np.zeros(sites), np.inf
    begin = group.weight / np.maximum(np.diff(rows.back_indptr), 1)
    for phase in range(_PHASES):  # each phase leads to other sites to begin exchanges from
        sums, price, picked = np.zeros(sites), np.zeros(groups), np.zeros(sites, bool)
        found = bound_cover(
            rows.indptr, rows.indices, group.weight, begin.copy(), limits.cost, limits.budget, limits.p, value,
            0.7**phase, _STEPS, sums, price, picked,
        )  # fmt: skip
        if found < bound:
            bound, score, begin = found, sums, price
        other, covered = rows.improved(picked)
        if covered > value:
            chosen, value = other, covered
        if _done(value, bound, gap):
            break
    return chosen, value, bound, score


def _cover(group: Grouped, limits: _Limits, gap: float, clock: Clock) -> tuple[Bools, float, float, bool]:
    """Return the sites, the weight of the first answer, the bound, and whether the search came to its end."""
    sites, groups = group.covers.shape
    if not groups or not limits.p:
        if limits.wanted.any():
            raise _short(limits)
        return np.zeros(sites, bool), 0.0, 0.0, True
    chosen, value, bound, score = _at_once(group, limits, gap)
    first = value
    fair = not limits.wanted.any() or _fair(group, chosen, limits)
    if fair and (_done(value, bound, gap) or clock.left_s <= 0):
        return chosen, first, bound, _done(value, bound, gap)
    keep, fixed = _fixing(limits, score, bound, value if fair else -1.0)
    solved = _solve(group, limits, keep, fixed, gap, clock.left_s if fair else max(clock.left_s, _LEAST_S))
    if solved.infeasible and not fair:
        raise _short(limits)
    if solved.x is not None:
        exact = np.zeros(sites, bool)
        exact[np.flatnonzero(keep)] = solved.x[: int(keep.sum())] > 0.5
        reached = float(group.weight[_reached(group.covers, exact)].sum())
        if reached > value or not fair:
            chosen, value, fair = exact, reached, True
    if not fair:
        raise InfeasibleError("siting-late", "No answer was found in time.", "Give more seconds, or lower the floor.")
    # Sites fixed by their reduced costs cannot be in an answer that beats the first one.
    return chosen, first, min(bound, max(-solved.bound, value)), solved.optimal


def _fair(group: Grouped, chosen: Bools, limits: _Limits) -> bool:
    got = np.bincount(group.part, weights=group.weight * _reached(group.covers, chosen), minlength=len(limits.wanted))
    return bool((got >= limits.wanted - 1e-9).all())


def _short(limits: _Limits) -> InfeasibleError:
    return InfeasibleError(
        "floor-unreachable",
        f"No choice of {limits.p} sites gives every community its floor.",
        "Allow more sites or more money, add candidates, or lower the floor.",
    )


def _fixing(limits: _Limits, score: Floats, bound: float, value: float) -> tuple[Bools, Bools]:
    """Return which sites may be in a better answer than `value`, and which must: by reduced costs of the bound."""
    sites, p = len(score), limits.p
    keep, fixed = np.ones(sites, bool), np.zeros(sites, bool)
    if value < 0 or p >= sites or len(np.unique(limits.cost)) > 1 or p * limits.cost[0] > limits.budget:
        return keep, fixed
    order = np.argsort(-score, kind="stable")
    inside, outside = score[order[p - 1]], score[order[p]]
    slack = 1e-7 * max(bound, 1.0)
    keep = bound - (inside - score) >= value - slack
    keep[order[:p]] = True
    fixed[order[:p]] = bound - (score[order[:p]] - outside) < value - slack
    return keep, fixed


def _solve(group: Grouped, limits: _Limits, keep: Bools, fixed: Bools, gap: float, time_limit_s: float) -> Solved:
    """Solve the model on the sites that are kept: sites first, then how far each group is covered."""
    inner = grouped(as_covers(group.covers[np.flatnonzero(keep)]), group.weight, group.part)
    sites, groups = inner.covers.shape
    linking = hstack([-inner.covers.T.astype(np.float64), _eye(groups)])
    blocks, low, high = [csr_array(linking)], [np.full(groups, -np.inf)], [np.zeros(groups)]
    blocks.append(csr_array(np.concatenate([np.ones(sites), np.zeros(groups)])[None, :]))
    low.append(np.array([0.0]))
    high.append(np.array([float(limits.p)]))
    if limits.cost[keep].sum() > limits.budget:
        blocks.append(csr_array(np.concatenate([limits.cost[keep], np.zeros(groups)])[None, :]))
        low.append(np.array([0.0]))
        high.append(np.array([limits.budget]))
    for part in np.flatnonzero(limits.wanted > 0):
        blocks.append(csr_array(np.concatenate([np.zeros(sites), inner.weight * (inner.part == part)])[None, :]))
        low.append(limits.wanted[[part]])
        high.append(np.array([np.inf]))
    return minimise(
        np.concatenate([np.zeros(sites), -inner.weight]),
        csc_array(vstack(blocks)),
        np.concatenate(low),
        np.concatenate(high),
        lower=np.concatenate([fixed[keep].astype(np.float64), np.zeros(groups)]),
        upper=np.ones(sites + groups),
        whole=np.arange(sites + groups) < sites,
        time_limit_s=time_limit_s,
        gap=gap,
    )


def _eye(size: int) -> csr_array:
    return csr_array((np.ones(size), (np.arange(size), np.arange(size))), shape=(size, size))


def lscp(
    covers: object,
    *,
    backup: int = 1,
    base_count: ArrayLike | None = None,
    cost: ArrayLike | None = None,
    gap: float = 0.0,
    time_limit_s: float = 15.0,
) -> Sited:
    """Choose the fewest (or cheapest) sites so that every demand is covered, `backup` times where it can be.

    `covers` as in `mclp`; `base_count` int[n] says how many existing facilities cover each demand. A demand that fewer
    candidates can cover is to be covered as often as they can. The value is the number of sites, or their cost.
    """
    clock = Clock(time_limit_s)
    table = as_covers(covers)
    sites, demands = table.shape
    prices = np.ones(sites) if cost is None else checked_weight(cost, sites)
    if backup < 1:
        raise InputError("backup-count", f"Cover {backup} times was asked for.", "Ask for once or more.")
    have = np.zeros(demands, np.int64) if base_count is None else np.asarray(base_count, np.int64)
    possible = np.bincount(table.indices, minlength=demands)
    need = np.clip(backup - have, 0, possible)
    group = grouped(table, (need > 0).astype(np.float64), need)
    rows = group.part.astype(np.float64)
    chosen = _cheapest(group.covers, rows, prices)
    first = float(prices[chosen].sum())
    if not len(rows):
        return Sited("lscp", np.empty(0, np.int32), 0.0, 0.0, "min", 0.0, proven=True, interrupted=False,
                     seconds=clock.spent_s)  # fmt: skip
    solved = minimise(
        prices, csc_array(group.covers.T.astype(np.float64)), rows, np.full(len(rows), np.inf), upper=np.ones(sites),
        whole=np.ones(sites, bool), time_limit_s=clock.left_s, gap=gap,
    )  # fmt: skip
    if solved.x is not None and prices[solved.x > 0.5].sum() < first:
        chosen = solved.x > 0.5
    value = float(prices[chosen].sum())
    bound = float(np.ceil(solved.bound - 1e-6)) if cost is None else solved.bound
    bound = min(max(bound, 0.0), value)
    proven = value - bound <= max(gap * value, 1e-9)
    return Sited(
        "lscp", np.flatnonzero(chosen).astype(np.int32), value, bound, "min", first, proven, not proven, clock.spent_s
    )


def _cheapest(covers: csr_array, need: Floats, cost: Floats) -> Bools:
    """Cover greedily: the site of most open need per cost, until none is left; then shut what is not needed."""
    chosen, left = np.zeros(covers.shape[0], bool), need.copy()
    table = covers.astype(np.float64)
    while (left > 0).any():
        gain = table @ (left > 0).astype(np.float64) / np.maximum(cost, 1e-9)
        gain[chosen] = -1.0
        best = int(np.argmax(gain))
        chosen[best] = True
        left[table.indices[table.indptr[best] : table.indptr[best + 1]]] -= 1
    for j in np.flatnonzero(chosen)[np.argsort(-cost[chosen], kind="stable")]:
        mine = table.indices[table.indptr[j] : table.indptr[j + 1]]
        if (left[mine] + 1 <= 0).all():
            chosen[j] = False
            left[mine] += 1
    return chosen
