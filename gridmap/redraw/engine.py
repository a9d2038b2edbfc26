"""Solve one connected part of a community: how many zones, and the best labelling that a search finds for them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from gridmap.redraw.bounds import least_out
from gridmap.redraw.problem import Ints, Problem, Score, attach_empty, connected_parts, contracted, score
from gridmap.redraw.search import Effort, Search, part_counts, rest_parts

__all__ = ["Effort", "Solution", "solve", "zone_counts", "zone_range"]


@dataclass(frozen=True, slots=True)
class Solution:
    """A labelling int64[n] with zones 0 … k−1, and its price."""

    labels: Ints
    score: Score


def solve(
    problem: Problem, *, seed: int, effort: Effort | None = None, cancelled: Callable[[], bool] | None = None
) -> Solution:
    """Divide the atoms of a connected problem into connected zones; the same seed gives the same zones.

    Takes O(atoms · effort) steps. Never fails: what cannot be in range is as near to it as the search came. Compounds
    are divided only where range or barriers ask for it. Raises Stopped once `cancelled` says so.
    """
    effort = effort or Effort()
    if problem.compound is None or not (group := compounds_whole(problem)).size:
        return _solve(problem, seed, effort, cancelled=cancelled)
    # Whole compounds are fewer and larger steps; buildings get a say where these do not reach the range.
    small = _solve(contracted(replace(problem, compound=None), group), seed, effort, cancelled=cancelled)
    best = _solution(problem, small.labels[group])
    if best.score.crossings or (best.score.out and best.score.out > least_out(problem)):
        best = min(
            best, _solve(problem, seed, effort, start=best.labels, cancelled=cancelled), key=lambda one: one.score
        )
    return best


def compounds_whole(problem: Problem) -> Ints:
    """Return a group for each atom, int64[n], with the atoms of a compound together that touch; empty without such."""
    if problem.compound is None:
        return np.zeros(0, np.int64)
    inside = (problem.compound[problem.i] == problem.compound[problem.j]) & (problem.compound[problem.i] >= 0)
    return connected_parts(problem, inside) if inside.any() else np.zeros(0, np.int64)


def _solve(
    problem: Problem,
    seed: int,
    effort: Effort,
    *,
    start: Ints | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Solution:
    wish = problem.grids or max(1, round(problem.total / problem.middle))
    # Only where a zone stays out of range is it worth proving that one has to.
    floor = cache(lambda: least_out(problem))

    def good_enough(found: Score) -> bool:
        return found.out == 0 or found.out <= floor()

    best = _solution(problem, np.zeros(problem.size, np.int64))
    if problem.total <= problem.hi and problem.total < 2 * problem.lo:
        return best
    for tried, k in enumerate(zone_counts(problem, wish)[: effort.counts] if problem.size > 1 else []):
        found = _solution(problem, Search(problem, k, seed, effort, cancelled).run(good_enough, start))
        if not good_enough(found.score) and (problem.households == 0).any():
            found = min(found, _attached(problem, k, seed, effort, good_enough), key=lambda one: one.score)
        # The softer prices of different numbers of grids are not comparable: the first number tried is the nearest.
        if tried == 0 or found.score.hard < best.score.hard:
            best = found
        # Where a zone has to be out of range, another number of zones may still leave it nearer.
        if best.score.out == 0 or (tried > 0 and good_enough(best.score)):
            break
    return best


def _solution(problem: Problem, labels: Ints) -> Solution:
    return Solution(labels, score(problem, labels))


def _attached(
    problem: Problem, count: int, seed: int, effort: Effort, good_enough: Callable[[Score], bool]
) -> Solution:
    """Search with every atom without households tied to a neighbour: fewer, larger steps through a maze of them."""
    group = attach_empty(problem)
    small = contracted(problem, group)
    if small.size < count:
        return _solution(problem, np.zeros(problem.size, np.int64))
    labels = Search(small, count, seed, effort).run(good_enough)[group]
    return _solution(problem, Search(problem, int(labels.max()) + 1, seed, effort).polish(labels))


def zone_counts(problem: Problem, wish: int) -> list[int]:
    """Return the numbers of zones worth trying, best first: the feasible ones nearest to the wish, then those beside.

    An oversize atom is a zone by itself, or with a part that it cuts off and that is too small for a zone.
    """
    few, many = zone_range(problem)
    beside = [k for k in (few - 1, many + 1) if 1 <= k <= problem.size]
    average = problem.total / problem.middle
    return sorted(range(few, many + 1), key=lambda k: (abs(k - wish), abs(k - average), k)) + beside


def zone_range(problem: Problem) -> tuple[int, int]:
    """Return the fewest and the most zones of a connected problem that sums and oversize atoms allow."""
    big = problem.households > problem.hi
    few = many = int(big.sum())
    for members in rest_parts(problem, big):
        low, high = part_counts(int(problem.households[members].sum()), len(members), problem)
        few, many = few + low, many + high
    return max(1, few), max(1, many)
