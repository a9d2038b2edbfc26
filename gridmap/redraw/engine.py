"""Solve one connected part of a community: how many zones, and the best labelling that a search finds for them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from gridmap.redraw.bounds import least_out
from gridmap.redraw.problem import Ints, Problem, Score, attach_empty, contracted, score
from gridmap.redraw.search import Effort, Search, part_counts, rest_parts

__all__ = ["Effort", "Solution", "solve", "zone_counts", "zone_range"]


@dataclass(frozen=True, slots=True)
class Solution:
    """A labelling int64[n] with zones 0 … k−1, and its price."""

    labels: Ints
    score: Score


def solve(problem: Problem, *, seed: int, effort: Effort | None = None) -> Solution:
    """Divide the atoms of a connected problem into connected zones; the same seed gives the same zones.

    Takes O(atoms · effort) steps. Never fails: what cannot be in range is as near to it as the search came.
    """
    effort = effort or Effort()
    group = attach_empty(problem)
    small = contracted(problem, group)
    wish = problem.grids or max(1, round(problem.total / problem.middle))
    # Only where a zone stays out of range is it worth proving that one has to.
    floor = cache(lambda: least_out(problem))

    def good_enough(found: Score) -> bool:
        return found.out == 0 or found.out <= floor()

    best = Solution(np.zeros(problem.size, np.int64), score(problem, np.zeros(problem.size, np.int64)))
    for tried, k in enumerate(zone_counts(small, wish)[: effort.counts] if small.size > 1 else []):
        search = Search(small, k, seed, effort)
        found = _polished(problem, search.run(good_enough)[group], seed, effort)
        if not good_enough(found.score) and small.size < problem.size:
            # An atom without households may be what joins others: here each is free to go anywhere.
            labels = Search(problem, k, seed, effort).run(good_enough)
            found = min(found, Solution(labels, score(problem, labels)), key=lambda one: one.score)
        # The softer prices of different numbers of grids are not comparable: the first number tried is the nearest.
        if tried == 0 or found.score.hard < best.score.hard:
            best = found
        if good_enough(best.score):
            break
    return best


def _polished(problem: Problem, labels: Ints, seed: int, effort: Effort) -> Solution:
    labels = Search(problem, int(labels.max()) + 1, seed, effort).polish(labels)
    return Solution(labels, score(problem, labels))


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
