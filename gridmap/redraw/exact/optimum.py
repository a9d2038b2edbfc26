"""The best division of a small problem, proven, in the order of `Score`; or the proof that none is in range."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gridmap.redraw.engine import compounds_whole
from gridmap.redraw.exact.cover import Answer, Relaxed, Rows, cheapest_cover, relaxation
from gridmap.redraw.exact.limits import Limits
from gridmap.redraw.exact.sets import Pool, connected_sets, members, pieces_of, pool_of, soft_costs
from gridmap.redraw.problem import Floats, Ints, Problem, Score, contracted, score

__all__ = ["Optimum", "best_division", "labels_of"]

CLOSE = 1e-5
"""Soft prices nearer than this count as equal."""


@dataclass(frozen=True, slots=True)
class Optimum:
    """What is known of the best division into some number of zones.

    `status` is "optimal" (`labels` and `score` are the best there is), "infeasible" (there is none) or "open". `bound`
    is a proven lower bound on `score.soft` of divisions with the same hard numbers.
    """

    status: str
    labels: Ints | None = None
    score: Score | None = None
    bound: float = -np.inf


@dataclass(frozen=True, slots=True)
class _Known:
    """A division found already, None for none, and its price."""

    labels: Ints | None
    score: Score | None

    def agreeing(self, **hard: int) -> _Known:
        """Return it if its hard numbers are these, else none."""
        same = self.score is not None and all(getattr(self.score, name) == value for name, value in hard.items())
        return self if same else _Known(None, None)


def best_division(problem: Problem, count: int, *, known: Ints | None = None, limits: Limits | None = None) -> Optimum:
    """Return the best division of a connected problem into `count` zones. `known` is a division found already.

    Exponential: for at most 60 atoms (whole compounds count as one where that costs neither range nor a crossing), and
    as far as `limits` go. "optimal" holds up to 1e-5 in the soft price.
    """
    limits = limits or Limits()
    fits = known is not None and int(known.max(initial=-1)) + 1 == count
    start = _Known(known, score(problem, known)) if known is not None and fits else _Known(None, None)
    group = compounds_whole(problem)
    if len(group) and _in_one_piece(problem, group) and (pool := _pool(problem, group, limits)) is not None:
        good = start.agreeing(out=0, crossings=0, splits=0)
        found = _softest(problem, pool[pool.crossings == 0], count, good, limits)
        if found.status == "optimal":
            return found
    pool = _pool(problem, np.arange(problem.size), limits)
    if pool is None:
        return Optimum("open", start.labels, start.score)
    found = _in_order(problem, pool, count, start.agreeing(out=0), limits, {})
    return _out_of_range(problem, count, start, limits) if found.status == "infeasible" else found


def _in_one_piece(problem: Problem, group: Ints) -> bool:
    """Say whether each compound is one group: of one in pieces that do not touch, no grid need have all."""
    held = np.zeros(0, np.int64) if problem.compound is None else problem.compound
    known = np.flatnonzero(held >= 0)
    return len(np.unique(group[known])) == len(np.unique(held[known]))


def _pool(problem: Problem, group: Ints, limits: Limits, window: tuple[int, int] | None = None) -> Pool | None:
    """Return the connected sets of whole groups that are in range, or in another window; None where too many."""
    small = contracted(problem, group)
    low, high = window or (problem.lo, problem.hi)
    sets = connected_sets(small, low, high, fitting=window is None, most=limits.sets, work=limits.looks)
    if sets is None:
        return None
    return pool_of(problem, members(small.size, sets)[:, group], pieces_of(problem, group, sets))


def _rows(pool: Pool, count: int, fixed: dict[str, int]) -> Rows:
    """Return the rows that fix the number of zones and some sums."""
    columns = [np.ones(len(pool)), *(getattr(pool, name).astype(np.float64) for name in fixed)]
    right = np.array([count, *fixed.values()], np.float64)
    return Rows(np.stack(columns, axis=1), right, np.full(len(pool), -1, np.int64))


def _in_order(
    problem: Problem, pool: Pool, count: int, start: _Known, limits: Limits, fixed: dict[str, int]
) -> Optimum:
    """Settle crossings, then splits, then the soft price, of divisions by a pool in which some sums are fixed."""
    whole = 0 if problem.compound is None else len(np.unique(problem.compound[problem.compound >= 0]))
    for name, of, offset in (("crossings", "crossings", 0), ("touched", "splits", whole)):
        cost = getattr(pool, name)
        if not cost.any():
            start = start.agreeing(**{of: 0})
            continue
        mine = None if start.score is None else getattr(start.score, of) + offset
        least = _least(pool, cost, count, fixed, mine, limits)
        if least.status != "optimal":
            return Optimum(least.status, start.labels, start.score)
        total = round(least.cost)
        start = start.agreeing(**{of: total - offset})
        fixed = {**fixed, name: total}
    return _softest(problem, pool, count, start, limits, fixed)


def _least(pool: Pool, cost: Ints, count: int, fixed: dict[str, int], known: int | None, limits: Limits) -> Answer:
    """Return the least whole cost; `known` is one that a division has, which is the answer where none is below it."""
    top = np.inf if known is None else float(known)
    rows = _rows(pool, count, fixed)
    found = cheapest_cover(pool.member, cost.astype(np.float64), rows, known=top, whole=True, work=limits.solves)
    if found.status == "infeasible" and known is not None:
        return Answer("optimal", cost=float(known), bound=float(known))
    return found


def _softest(
    problem: Problem, pool: Pool, count: int, start: _Known, limits: Limits, fixed: dict[str, int] | None = None
) -> Optimum:
    """Find the least soft price. Households that move are priced by a matching, made exact where zones would share.

    Each set first stays with the previous zone most of its households are from, as if several could: a lower bound.
    Where two sets claim one previous zone, that zone is given out once, and sets may take their next best.
    """
    best, price = start.labels, start.score
    if len(pool) == 0 or not pool.member.any(axis=0).all():
        return Optimum("infeasible")
    base, goal = soft_costs(problem, pool, count), max(1.0, problem.total / count)
    contested: set[int] = set()
    bound = -np.inf
    while True:
        which, label, lost = _variants(pool, contested)
        cost = base[which] + problem.weights.staying * lost / goal
        plain = _rows(pool, count, fixed or {})
        rows = Rows(plain.equal[which], plain.value, label)
        relaxed = relaxation(pool.member[which], cost, rows)
        claims = _claims(pool, which, label, contested)
        fresh = _overdrawn(claims, relaxed.share, contested)
        if fresh:
            contested |= fresh
            continue
        found = _cover(pool, which, cost, rows, relaxed, price, limits)
        if found.status == "infeasible":
            return Optimum("infeasible") if price is None else Optimum("optimal", best, price, price.soft)
        bound = max(bound, found.bound)
        if len(found.chosen):
            labels = labels_of(pool.member[which[found.chosen]])
            mine = score(problem, labels)
            if price is None or mine < price:
                best, price = labels, mine
        if found.status == "open" or price is None:
            return Optimum("open", best, price, bound)
        if price.soft <= bound + CLOSE:
            return Optimum("optimal", best, price, bound)
        chosen = np.zeros(len(which))
        chosen[found.chosen] = 1.0
        contested |= _overdrawn(claims, chosen, contested)


def _cover(
    pool: Pool, which: Ints, cost: Floats, rows: Rows, relaxed: Relaxed, price: Score | None, limits: Limits
) -> Answer:
    top = np.inf if price is None else price.soft
    return cheapest_cover(pool.member[which], cost, rows, relaxed=relaxed, known=top, work=limits.solves)


def _variants(pool: Pool, contested: set[int]) -> tuple[Ints, Ints, Floats]:
    """Return sets by the previous zone that they stay with: the set, the contested zone (−1), the households lost.

    A set has one variant for each contested zone that it prefers, and one for the first that is not contested.
    """
    count, width = pool.held.shape
    everyone, left = np.arange(count, dtype=np.int64), np.ones(count, np.bool_)
    known = pool.held.sum(axis=1)
    order = np.argsort(-pool.held, axis=1, kind="stable")
    which, label, lost = [], [], []
    for rank in range(width):
        zone = order[:, rank]
        held = pool.held[everyone, zone]
        hot = np.isin(zone, list(contested)) & (held > 0)
        here = np.flatnonzero(left)
        which.append(here)
        label.append(np.where(hot[here], zone[here], -1))
        lost.append((known - held)[here])
        left &= hot
    here = np.flatnonzero(left)
    which, label, lost = [*which, here], [*label, np.full(len(here), -1, np.int64)], [*lost, known[here]]
    return np.concatenate(which), np.concatenate(label), np.concatenate(lost).astype(np.float64)


def _claims(pool: Pool, which: Ints, label: Ints, contested: set[int]) -> Ints:
    """Return the previous zone that each variant stays with, −1 for none."""
    if pool.held.shape[1] == 0:
        return np.full(len(which), -1, np.int64)
    free = pool.held.copy()
    free[:, list(contested)] = 0
    best = np.where(free.max(axis=1) > 0, np.argmax(free, axis=1), -1)
    return np.where(label >= 0, label, best[which])


def _overdrawn(claims: Ints, share: Floats, contested: set[int]) -> set[int]:
    """Return previous zones that several sets stay with, as if they could."""
    known = claims >= 0
    total = np.bincount(claims[known], share[known])
    return {int(zone) for zone in np.flatnonzero(total > 1 + 1e-6)} - contested


def labels_of(member: np.ndarray) -> Ints:
    """Return chosen sets as labels, numbered by their first atoms."""
    zone = np.argmax(member, axis=0)
    _, first, labels = np.unique(zone, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[labels].astype(np.int64)


def _out_of_range(problem: Problem, count: int, start: _Known, limits: Limits) -> Optimum:
    """Settle the hard numbers in order where some zone has to be out of range."""
    price = start.score
    # A zone that counts as more zones out of range than all of the known division is in no better one.
    most = problem.total if price is None else min(problem.total, problem.share * (price.out + 1) - 1)
    most = max(most, problem.hi)
    pool = _pool(problem, np.arange(problem.size), limits, (0, most))
    if pool is None:
        return Optimum("open", start.labels, price)
    fixed: dict[str, int] = {}
    for name, of in (("out", "out"), ("dist", "households_out")):
        mine = None if start.score is None else getattr(start.score, of)
        if mine is not None:
            pool = pool[getattr(pool, name) <= mine]
        least = _least(pool, getattr(pool, name), count, fixed, mine, limits)
        if least.status != "optimal":
            return Optimum(least.status, start.labels, price)
        fixed[name] = round(least.cost)
        pool = pool[getattr(pool, name) <= fixed[name]]
        start = start.agreeing(**{of: fixed[name]})
    return _in_order(problem, pool, count, start, limits, fixed)
