"""Proofs that some grid has to be out of range: no choice of connected sets covers some atoms, whatever lies beyond."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridmap.redraw.exact.cover import Rows, cheapest_cover, relaxation
from gridmap.redraw.exact.limits import MOST_ATOMS, Limits
from gridmap.redraw.exact.optimum import labels_of
from gridmap.redraw.exact.roots import rooted_division
from gridmap.redraw.exact.sets import connected_sets, members
from gridmap.redraw.problem import Ints, Problem, part_of

__all__ = ["Verdict", "in_range_counts", "in_range_division", "no_partition"]

CORES = (12, 24, 40, MOST_ATOMS)
"""Atoms around a grid out of range that a proof is tried on, the fewest first: a planner has to look at them."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`status`: "infeasible" (proven), "feasible" (`labels` int64[n] is a division in range) or "open"."""

    status: str
    labels: Ints | None = None


def no_partition(problem: Problem, around: Ints, *, limits: Limits) -> Ints | None:
    """Return atoms `around` some given ones that no connected zones in range can cover: proven; None if none is found.

    What lies beyond these atoms is taken to be as helpful as can be: a piece that reaches out of them counts as in
    range if only it is not above it. So the proof holds for a problem of whatever size. As far as `limits` go.
    """
    order = _by_distance(problem, around)
    for most in CORES:
        core = np.sort(order[:most])
        if len(around) > most and most < problem.size:
            continue
        inside = np.zeros(problem.size, np.bool_)
        inside[core] = True
        exits = np.zeros(problem.size, np.bool_)
        leaving = inside[problem.i] != inside[problem.j]
        exits[problem.i[leaving]] = exits[problem.j[leaving]] = True
        if _cover(part_of(problem, core), exits[core], limits).status == "infeasible":
            return core
        if len(core) == problem.size:
            break
    return None


def in_range_division(problem: Problem, *, limits: Limits) -> Verdict:
    """Say whether a connected problem of at most 60 atoms has a division in range, of any number of zones.

    Where its sets are too many to list, zones that hold an atom above the range are left out of account.
    """
    if problem.size > MOST_ATOMS:
        return Verdict("open")
    return _cover(problem, None, limits)


def in_range_counts(problem: Problem, *, limits: Limits) -> tuple[int, int] | None:
    """Return bounds on the number of zones of every division in range, proven; None where that is too much work."""
    sets = connected_sets(problem, problem.lo, problem.hi, fitting=True, most=limits.sets, work=limits.looks)
    if sets is None or not len(sets):
        return None
    member, rows = members(problem.size, sets), _free(len(sets))
    # As many zones as possible have as few atoms beyond one each as possible.
    fewest = relaxation(member, np.ones(len(sets)), rows).bound
    spare = relaxation(member, member.sum(axis=1) - 1.0, rows).bound
    if max(fewest, spare) > problem.size:
        return None
    return int(np.ceil(fewest - 1e-6)), problem.size - int(np.ceil(spare - 1e-6))


def _cover(problem: Problem, exits: NDArray[np.bool_] | None, limits: Limits) -> Verdict:
    low, high = problem.lo, problem.hi
    sets = connected_sets(problem, low, high, exits=exits, fitting=True, most=limits.sets, work=limits.looks)
    if sets is None:
        whole = exits is None or not exits.any()
        return Verdict(*rooted_division(problem, work=limits.solves)) if whole else Verdict("open")
    member = members(problem.size, sets)
    found = cheapest_cover(member, np.zeros(len(sets)), _free(len(sets)), work=limits.solves)
    if found.status != "optimal":
        return Verdict(found.status)
    return Verdict("feasible", labels_of(member[found.chosen]))


def _free(count: int) -> Rows:
    """Return no rows beside covering each atom."""
    return Rows(np.zeros((count, 0)), np.zeros(0), np.full(count, -1, np.int64))


def _by_distance(problem: Problem, around: Ints) -> Ints:
    """Return the atoms in the order of their distance in steps from some, these first."""
    near: list[list[int]] = [[] for _ in range(problem.size)]
    for a, b in zip(problem.i.tolist(), problem.j.tolist(), strict=True):
        near[a].append(b)
        near[b].append(a)
    order = around.tolist()
    seen = set(order)
    for v in order:
        fresh = [u for u in near[v] if u not in seen]
        seen.update(fresh)
        order.extend(fresh)
    return np.array(order, np.int64)
