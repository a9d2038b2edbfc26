"""One community: its connected parts, how many grids each gets, and why a grid is out of range."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from gridmap.redraw import window
from gridmap.redraw.bounds import stuck_atoms
from gridmap.redraw.engine import Effort, solve, zone_range
from gridmap.redraw.problem import Ints, Problem, connected_parts, part_of

__all__ = ["Drawing", "Task", "draw"]


@dataclass(frozen=True, slots=True)
class Task:
    """A community to divide: pure arrays, so that a worker of any kind can take it.

    `problem.grids` is the number of grids wished, None for none. `names` say what each atom is, for reasons.
    `cut_off` says for each atom what cuts its part of the community off from the others, '' for nothing known.
    """

    code: str
    problem: Problem
    names: tuple[str, ...]
    cut_off: tuple[str, ...]
    seed: int
    effort: Effort


@dataclass(frozen=True, slots=True)
class Drawing:
    """A divided community: `labels` int64[n], −1 where no grid is drawn; a reason for each zone out of range.

    `without` are reasons for parts without a grid. `seconds` is the time it took.
    """

    labels: Ints
    reasons: dict[int, str]
    without: tuple[str, ...]
    seconds: float


def draw(task: Task) -> Drawing:
    """Divide a community. Deterministic for a task; never fails."""
    begin = time.perf_counter()
    problem = task.problem
    part = connected_parts(problem)
    members = [np.flatnonzero(part == p) for p in range(int(part.max()) + 1 if problem.size else 0)]
    lived_in = [atoms for atoms in members if problem.households[atoms].sum() > 0]
    labels = np.full(problem.size, -1, np.int64)
    reasons: dict[int, str] = {}
    used = 0
    for atoms, count in zip(lived_in, _counts(problem, lived_in), strict=True):
        piece = part_of(problem, atoms, grids=count)
        found = solve(piece, seed=task.seed + used, effort=task.effort).labels
        labels[atoms] = found + used
        for zone in _out_of_range(piece, found):
            inside = atoms[found == zone]
            reasons[used + zone] = _reason(task, piece, atoms, inside)
        used += int(found.max()) + 1
    without = tuple(_empty_reason(task, atoms) for atoms in members if problem.households[atoms].sum() == 0)
    return Drawing(labels, reasons, without, time.perf_counter() - begin)


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


def _reason(task: Task, piece: Problem, atoms: Ints, inside: Ints) -> str:
    """Say why a zone is out of range: the first cause that holds."""
    problem, lo, hi = task.problem, task.problem.lo, task.problem.hi
    households = int(problem.households[inside].sum())
    biggest = inside[np.argmax(problem.households[inside])]
    if households > hi and problem.households[biggest] > hi:
        return (
            f"{task.names[biggest]} of {problem.households[biggest]} households is larger than {hi} "
            "and cannot be divided"
        )
    if piece.total < lo:
        if problem.total == piece.total:
            return f"the community has {piece.total} households to divide, fewer than {lo}"
        cause = task.cut_off[atoms[0]]
        return f"a part of the community with {piece.total} households, fewer than {lo}, touches no other part" + (
            f": {cause}" if cause else ""
        )
    stranded = _stranded(piece, atoms, inside)
    if stranded:
        return (
            f"cut off by {task.names[stranded - 1]}, which is larger than {hi}: {households} households are left here"
        )
    few, many = window.count_range(piece.total, lo, hi)
    if few > many:
        return f"{piece.total} households make no whole number of grids of {lo}–{hi}"
    place = np.searchsorted(atoms, inside)
    stuck = np.intersect1d(place, stuck_atoms(piece))
    if len(stuck):
        name, count = task.names[atoms[stuck[0]]], piece.households[stuck[0]]
        return f"{name} of {count} households is in no connected set of neighbours with {lo}–{hi} households: proven"
    return (
        f"no connected division of {piece.total} households into grids of {lo}–{hi} was found, nor that there is none; "
        f"{few} to {many} grids would do"
    )


def _stranded(piece: Problem, atoms: Ints, inside: Ints) -> int:
    """Return 1 + the oversize atom that leaves this zone too few households, 0 if none does."""
    big = piece.households > piece.hi
    if not big.any():
        return 0
    part = connected_parts(piece, ~big[piece.i] & ~big[piece.j])
    place = np.searchsorted(atoms, inside)
    here = part == part[place[0]]
    few, many = window.count_range(int(piece.households[here].sum()), piece.lo, piece.hi)
    if few <= many:
        return 0
    touching = np.concatenate([piece.j[here[piece.i] & big[piece.j]], piece.i[here[piece.j] & big[piece.i]]])
    return int(atoms[touching.min()]) + 1 if len(touching) else 0


def _empty_reason(task: Task, atoms: Ints) -> str:
    if len(atoms) == task.problem.size:
        return "no household is known in this community, so it gets no resident grid"
    cause = task.cut_off[atoms[0]]
    return "a part of the community without known households touches no other part and gets no resident grid" + (
        f": {cause}" if cause else ""
    )
