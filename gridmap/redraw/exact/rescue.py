"""Exact division where the search came to its end: whole small problems, and clusters of zones of larger ones."""

from __future__ import annotations

import numpy as np

from gridmap.redraw.bounds import least_out
from gridmap.redraw.engine import zone_counts
from gridmap.redraw.exact.impossible import in_range_division
from gridmap.redraw.exact.limits import MOST_ATOMS, Limits
from gridmap.redraw.exact.optimum import best_division
from gridmap.redraw.problem import Ints, Problem, part_of, score

__all__ = ["QUICK", "rescued"]

COUNTS = 6
"""Numbers of zones tried."""

WORK = Limits(sets=60_000, looks=6_000_000, solves=4.0)
"""The work for one division."""

QUICK = Limits(sets=4_000, looks=400_000, solves=0.5)
"""The work for one division where nobody asked for proofs."""


def rescued(problem: Problem, labels: Ints, *, limits: Limits = WORK) -> Ints:
    """Return a division of a connected problem with less out of range, if the solver finds one; never a worse one.

    Up to 60 atoms the whole problem is solved for numbers of zones, the present one first; above, the zones out of
    range are divided anew together with their neighbours.
    """
    if problem.size > MOST_ATOMS:
        return _clusters_in_range(problem, labels)
    best, price = labels, score(problem, labels)
    now = int(labels.max()) + 1
    counts = [now, *(k for k in zone_counts(problem, problem.grids or now)[:COUNTS] if k != now)]
    for count in counts[: 1 if price.out <= least_out(problem) else None]:
        better = best_division(problem, count, known=labels, limits=limits)
        if better.labels is not None and better.score is not None and better.score.hard < price.hard:
            best, price = better.labels, better.score
        if price.out == 0:
            break
    if price.out > least_out(problem):
        found = in_range_division(problem, limits=limits)
        if found.labels is not None and score(problem, found.labels).hard < price.hard:
            best = found.labels
    return best


def _clusters_in_range(problem: Problem, labels: Ints) -> Ints:
    best, price = labels, score(problem, labels)
    random = np.random.default_rng(0)
    for _ in range(4):
        sums = np.bincount(best, problem.households)
        for zone in np.flatnonzero((sums < problem.lo) | (sums > problem.hi)).tolist():
            members = np.flatnonzero(np.isin(best, _cluster(problem, best, zone, random)))
            if len(members) > MOST_ATOMS:
                continue
            found = in_range_division(part_of(problem, members), limits=WORK)
            if found.labels is None:
                continue
            tried = best + int(found.labels.max()) + 1
            tried[members] = found.labels
            tried = np.unique(tried, return_inverse=True)[1].astype(np.int64)
            if score(problem, tried).hard < price.hard:
                best, price = tried, score(problem, tried)
                break
        else:
            break
    return best


def _cluster(problem: Problem, labels: Ints, zone: int, random: np.random.Generator) -> list[int]:
    """Return a zone and neighbours of what is picked, at random, as many as have at most 60 atoms together."""
    atoms = np.bincount(labels)
    a, b = labels[problem.i], labels[problem.j]
    picked, total, passed = [zone], int(atoms[zone]), {zone}
    while True:
        touching = np.unique(np.concatenate([b[np.isin(a, picked)], a[np.isin(b, picked)]])).tolist()
        fresh = [one for one in touching if one not in passed]
        if not fresh:
            return sorted(picked)
        one = fresh[int(random.integers(len(fresh)))]
        passed.add(one)
        if total + int(atoms[one]) <= MOST_ATOMS:
            picked.append(one)
            total += int(atoms[one])
