"""Solve one connected part of a community: seeds, annealing, merge-and-resplit, and the choice of how many grids."""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridmap.redraw import window
from gridmap.redraw.problem import (
    Floats,
    Ints,
    Problem,
    Score,
    attach_empty,
    connected_parts,
    contracted,
    matching,
    score,
    street_scale,
)


HEATS = ((0.3, 0.05), (0.1, 0.01), (0.03, 0.001))
"""The heats between which zones are annealed, round by round; a Polsby–Popper of 0.1 in one zone is a price of 0.1."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How much work is done: counted in steps, never in seconds, so that a seed gives the same plan anywhere."""

    seeds: int = 2
    """Random divisions that are improved, beside the present plan."""

    more_seeds: int = 6
    """Further divisions where a grid is still out of range."""

    flips: int = 200
    """Single moves tried an atom and seed."""

    merges: int = 30
    """Merge-and-resplits tried a zone and seed."""

    draws: int = 6
    """Random trees of which one cut is taken when dividing."""

    counts: int = 6
    """Numbers of grids tried where the wished one does not reach the range."""


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
    wish = small.grids or max(1, round(small.total / small.middle))
    best: tuple[Score, Ints] | None = None
    for tried, k in enumerate(zone_counts(small, wish)):
        if best is not None and (best[0].out == 0 or tried >= effort.counts):
            break
        labels = _Search(small, k, seed, effort).run()
        found = score(small, labels)
        # The softer prices of different numbers of grids are not comparable: the first number tried is the nearest.
        if best is None or found.hard < best[0].hard:
            best = found, labels
    labels = best[1][group] if best else np.zeros(problem.size, np.int64)
    if best and small.size < problem.size:
        labels = _Search(problem, int(labels.max()) + 1, seed, effort).polish(labels)
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


def rest_parts(problem: Problem, big: NDArray[np.bool_]) -> list[Ints]:
    """Return the connected parts of what is left without the oversize atoms."""
    part = connected_parts(problem, ~big[problem.i] & ~big[problem.j])
    rest = np.flatnonzero(~big)
    return [rest[part[rest] == p] for p in np.unique(part[rest])]


class _Search:
    """The search for one number of zones. Holds the arrays that the compiled loops read and write."""

    def __init__(self, problem: Problem, count: int, seed: int, effort: Effort) -> None:
        from gridmap.redraw import kernels

        self.kernels = kernels
        self.problem, self.count, self.effort = problem, count, effort
        self.random = np.array([seed & 0xFFFF_FFFF_FFFF_FFFF], np.uint64)
        self.wet = bool(problem.barred.any())
        n, m = problem.size, len(problem.i)
        weights = problem.weights
        target = max(1.0, problem.total / count)
        self.rule = np.array(
            [
                problem.lo,
                problem.hi,
                problem.share,
                target,
                3.0,
                6.0,
                1.0,
                weights.compactness,
                weights.staying,
                weights.equality,
            ]
        )
        self.room = kernels.Room(
            stamp=np.zeros(n + 1, np.int64),
            queue=np.zeros(n + 1, np.int64),
            place=np.zeros(n + 1, np.int64),
            parent=np.zeros(n + 1, np.int64),
            above=np.zeros(n + 1, np.int64),
            heap_at=np.zeros(2 * m + 2, np.int64),
            heap_from=np.zeros(2 * m + 2, np.int64),
            heap_key=np.zeros(2 * m + 2),
            sums=np.zeros((n + 1, 11)),
        )
        self.graph = self._graph()

    def _graph(self) -> object:
        problem = self.problem
        source = np.concatenate([problem.i, problem.j])
        order = np.lexsort((np.concatenate([problem.j, problem.i]), source))

        def both(values: NDArray[np.generic]) -> Floats:
            return np.concatenate([values, values])[order]

        off = np.maximum(0.0, problem.shared_m - problem.street_m) / street_scale(problem, self.count)
        shared = both(problem.shared_m)
        return self.kernels.Graph(
            households=problem.households,
            area=problem.area_m2,
            perimeter=problem.outer_m + np.bincount(source[order], shared, problem.size),
            indptr=np.concatenate([[0], np.cumsum(np.bincount(source, minlength=problem.size))]).astype(np.int64),
            indices=np.concatenate([problem.j, problem.i])[order],
            shared=shared,
            barrier=both(problem.barred.astype(np.int64)),
            off_street=both(problem.weights.streets * off),
            previous=np.full(problem.size, -1, np.int64),
        )

    def run(self) -> Ints:
        """Improve the present plan and random divisions, and return the best labelling."""
        effort = self.effort
        if self.count == 1:
            return np.zeros(self.problem.size, np.int64)
        best: tuple[Score, Ints] | None = None
        starts = [self.present()] if (self.problem.previous >= 0).any() else []
        for number in range(effort.seeds + effort.more_seeds):
            if number >= effort.seeds and best is not None and best[0].out == 0:
                break
            labels = self.improve(starts.pop() if starts else self.divided())
            found = score(self.problem, labels)
            if best is None or found < best[0]:
                best = found, labels
        assert best is not None
        return best[1]

    def improve(self, labels: Ints) -> Ints:
        """Anneal from a labelling."""
        zones = self.zones(labels)
        n, k, effort, kernels = self.problem.size, self.count, self.effort, self.kernels
        for hot, cold in HEATS:
            kernels.recombine(
                self.graph,
                zones,
                self.room,
                self.rule,
                self.random,
                hot,
                cold,
                effort.merges * k // len(HEATS),
                self.wet,
            )
            kernels.flips(
                self.graph,
                zones,
                self.room,
                self.rule,
                self.random,
                hot,
                cold,
                effort.flips * n // len(HEATS),
                self.wet,
            )
        return zones.label.copy()

    def polish(self, labels: Ints) -> Ints:
        """Smooth the boundaries of a labelling without heat."""
        zones = self.zones(labels)
        self.kernels.flips(
            self.graph, zones, self.room, self.rule, self.random, 1e-3, 1e-6, 40 * self.problem.size, self.wet
        )
        return zones.label.copy()

    def zones(self, labels: Ints) -> "kernels.Zones":
        k = self.count
        graph = self.graph
        graph.previous[:] = -1
        rows, columns = matching(self.problem, labels)
        if len(rows):
            name = np.full(int(self.problem.previous.max()) + 1, -1, np.int64)
            name[columns] = rows
            known = self.problem.previous >= 0
            # A previous zone without a partner is lost whatever is done: no price.
            graph.previous[known] = name[self.problem.previous[known]]
        return self.kernels.Zones(
            label=labels.astype(np.int64).copy(),
            atoms=np.zeros(k, np.int64),
            households=np.zeros(k, np.int64),
            area=np.zeros(k),
            perimeter=np.zeros(k),
            crossings=np.zeros(k, np.int64),
        )

    def divided(self) -> Ints:
        """Return a random division into the wished number of zones."""
        region, parts = self.regions()
        return self.split(region, parts)

    def split(self, region: Ints, parts: list[int]) -> Ints:
        """Divide each region r of int64[n] into parts[r] connected zones; the parts sum to the wished number."""
        wanted = np.zeros(self.count, np.int64)
        wanted[: len(parts)] = parts
        self.kernels.divide(self.graph, region, wanted, self.room, self.rule, self.random, self.effort.draws)
        return region

    def regions(self) -> tuple[Ints, list[int]]:
        """Return the regions to divide, int64[n], and the parts of each: oversize atoms are regions of their own.

        What is left between them and cannot be divided into grids in range joins the oversize atom that it borders on
        longest, whose grid is out of range anyway.
        """
        problem = self.problem
        big = problem.households > problem.hi
        if not big.any():
            return np.zeros(problem.size, np.int64), [self.count]
        members = rest_parts(problem, big)
        households = [int(problem.households[atoms].sum()) for atoms in members]
        ranges = [part_counts(h, len(atoms), problem) for h, atoms in zip(households, members, strict=True)]
        counts = window.share_out(households, ranges, self.count - int(big.sum()))
        if sum(counts) + int(big.sum()) != self.count:
            return np.zeros(problem.size, np.int64), [self.count]
        region = np.full(problem.size, -1, np.int64)
        region[big] = np.arange(int(big.sum()))
        parts = [1] * int(big.sum())
        border = self._borders(big)
        for atoms, k in zip(members, counts, strict=True):
            region[atoms] = len(parts) if k else region[np.argmax(border[atoms].sum(axis=0))]
            parts += [k] if k else []
        return region, parts

    def _borders(self, big: NDArray[np.bool_]) -> Floats:
        """Return how long each atom borders on each oversize atom, float64[n, n]; a bridge is a border too."""
        problem = self.problem
        border = np.zeros((problem.size, problem.size))
        border[problem.i, problem.j] = border[problem.j, problem.i] = problem.shared_m + 1e-9
        return border * big

    def present(self) -> Ints:
        """Return the present plan, mended to connected zones, of the wished number."""
        problem = self.problem
        labels = problem.previous.copy()
        piece = connected_parts(problem, (labels[problem.i] == labels[problem.j]) & (labels[problem.i] >= 0))
        weight = np.bincount(piece, problem.households)
        order = np.lexsort((np.arange(len(weight)), -weight))
        zone_of = {int(p): int(labels[np.argmax(piece == p)]) for p in order}
        chosen: dict[int, int] = {}
        for p in order.tolist():
            if zone_of[p] >= 0 and zone_of[p] not in chosen.values() and len(chosen) < self.count:
                chosen[p] = zone_of[p]
        name = {p: number for number, p in enumerate(chosen)}
        labels = np.array([name.get(p, -1) for p in piece.tolist()], np.int64)
        grow(problem, labels)
        households = np.bincount(labels, problem.households, len(name))
        atoms = np.bincount(labels, minlength=len(name))
        parts = [1] * len(name)
        while sum(parts) < self.count:
            parts[max(range(len(parts)), key=lambda z: (atoms[z] > parts[z], households[z] / parts[z], -z))] += 1
        return self.split(labels, parts)


def part_counts(households: int, atoms: int, problem: Problem) -> tuple[int, int]:
    """Return the fewest and most zones of a part between oversize atoms.

    For what makes no whole number of zones in range these are the two numbers that come nearest.
    """
    counts = window.count_range(households, problem.lo, problem.hi)
    return min(*counts, atoms), min(max(counts), atoms)


def grow(problem: Problem, labels: Ints) -> None:
    """Give atoms labelled −1 to a neighbouring zone, the one with the fewest households first; changes `labels`."""
    neighbours: list[list[int]] = [[] for _ in range(problem.size)]
    for a, b in zip(problem.i.tolist(), problem.j.tolist(), strict=True):
        neighbours[a].append(b)
        neighbours[b].append(a)
    sums = np.bincount(labels[labels >= 0], problem.households[labels >= 0])
    waiting = [(float(sums[labels[v]]), u, int(labels[v])) for v in np.flatnonzero(labels >= 0) for u in neighbours[v]]
    heapq.heapify(waiting)
    while waiting:
        weight, v, zone = heapq.heappop(waiting)
        if labels[v] >= 0:
            continue
        if weight < sums[zone]:
            heapq.heappush(waiting, (float(sums[zone]), v, zone))
            continue
        labels[v] = zone
        sums[zone] += problem.households[v]
        for u in neighbours[v]:
            if labels[u] < 0:
                heapq.heappush(waiting, (float(sums[zone]), u, zone))
