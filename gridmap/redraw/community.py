"""One community: its connected parts, how many grids each gets, and why a grid is out of range."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from gridmap.redraw import window
from gridmap.redraw.bounds import count_bounds, least_out
from gridmap.redraw.engine import Effort, solve, zone_range
from gridmap.redraw.exact.causes import PROOF, Cause, Place, cause_of, empty_cause
from gridmap.redraw.exact.limits import MOST_ATOMS
from gridmap.redraw.problem import Ints, Problem, connected_parts, part_of, score

__all__ = ["Drawing", "Task", "divided", "draw"]

SEEDS = 2
"""How many times as many divisions are improved where there are few atoms."""

SMALL = 30
"""Up to this many atoms the solver takes a moment only."""


@dataclass(frozen=True, slots=True)
class Task:
    """A community to divide: pure arrays, so that a worker of any kind can take it.

    `problem.grids` is the number of grids wished, None for none. `names` say what each atom is, for reasons.
    `cut_off` says for each atom what cuts its part of the community off from the others, '' for nothing known. With
    `certify`, the solver is asked for what the search leaves open.
    """

    code: str
    problem: Problem
    names: tuple[str, ...]
    cut_off: tuple[str, ...]
    seed: int
    effort: Effort
    certify: bool = False


@dataclass(frozen=True, slots=True)
class Drawing:
    """A divided community: `labels` int64[n], −1 where no grid is drawn; the cause of each zone out of range.

    `without` are the causes of parts without a grid. `bounds` are the fewest and the most zones. `seconds` is the time
    it took.
    """

    labels: Ints
    reasons: dict[int, Cause]
    without: tuple[Cause, ...]
    seconds: float
    bounds: tuple[int, int] = (0, 0)


def draw(task: Task, *, cancelled: Callable[[], bool] | None = None) -> Drawing:
    """Divide a community. Deterministic for a task; never fails, but is stopped by `cancelled`."""
    begin = time.perf_counter()
    problem = task.problem
    part = connected_parts(problem)
    members = [np.flatnonzero(part == p) for p in range(int(part.max()) + 1 if problem.size else 0)]
    lived_in = [atoms for atoms in members if problem.households[atoms].sum() > 0]
    labels = np.full(problem.size, -1, np.int64)
    reasons: dict[int, Cause] = {}
    used = fewest = most = 0
    for atoms, count in zip(lived_in, _counts(problem, lived_in), strict=True):
        piece = part_of(problem, atoms, grids=count)
        found = divided(piece, seed=task.seed + used, effort=task.effort, certify=task.certify, cancelled=cancelled)
        labels[atoms] = found + used
        place = Place(problem, piece, atoms, found, task.names, task.cut_off)
        for zone in _out_of_range(piece, found):
            reasons[used + zone] = cause_of(place, zone, certify=task.certify)
        used += int(found.max()) + 1
        low, high = _bounds(piece, found, certify=task.certify)
        fewest, most = fewest + low, most + high
    empty = [atoms for atoms in members if problem.households[atoms].sum() == 0]
    without = tuple(empty_cause(problem, atoms, task.cut_off[atoms[0]]) for atoms in empty)
    return Drawing(labels, reasons, without, time.perf_counter() - begin, (fewest, most))


def _counts(problem: Problem, members: list[Ints]) -> list[int | None]:
    """Return how many grids each part should get so that the community gets the number wished."""
    if problem.grids is None:
        return [None] * len(members)
    ranges = [zone_range(part_of(problem, atoms)) for atoms in members]
    households = [int(problem.households[atoms].sum()) for atoms in members]
    if len(members) == 1:
        return [problem.grids]
    return list(window.share_out(households, ranges, problem.grids))


def _out_of_range(problem: Problem, labels: Ints) -> list[int]:
    sums = np.bincount(labels, problem.households)
    return [int(z) for z in np.flatnonzero((sums < problem.lo) | (sums > problem.hi))]


def divided(
    piece: Problem,
    *,
    seed: int,
    effort: Effort,
    certify: bool = False,
    cancelled: Callable[[], bool] | None = None,
) -> Ints:
    """Divide a connected part: by the search, and by the solver where something is out of range.

    The solver is asked about small parts, and with `certify` about all where the bounds do not explain it.
    """
    if piece.size <= MOST_ATOMS:
        # Few atoms are quickly drawn, and their search ends in the same few places: it begins in more.
        effort = replace(effort, seeds=SEEDS * effort.seeds)
    labels = solve(piece, seed=seed, effort=effort, cancelled=cancelled).labels
    price, small = score(piece, labels), piece.size <= SMALL
    if price.out == 0 or not (small or (certify and price.out > least_out(piece))):
        return labels
    from gridmap.redraw.exact.rescue import QUICK, WORK, rescued

    return rescued(piece, labels, limits=WORK if certify else QUICK)


def _bounds(piece: Problem, labels: Ints, *, certify: bool) -> tuple[int, int]:
    """Return bounds on the zones of every division with no more of them out of range, tighter with `certify`."""
    low, high = count_bounds(piece, score(piece, labels).out)
    if certify and not _out_of_range(piece, labels):
        from gridmap.redraw.exact.impossible import in_range_counts

        low, high = in_range_counts(piece, limits=PROOF) or (low, high)
    return low, high
