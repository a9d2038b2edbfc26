"""The search for one number of zones: seeds, annealing, merging and dividing anew, exact covers of small clusters."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gridmap.redraw import window
from gridmap.redraw.problem import Floats, Ints, Problem, Score, connected_parts, matching, score, street_scale

if TYPE_CHECKING:
    from gridmap.redraw import kernels

ROUNDS = 4
"""Rounds of merging and moving in turn: either finds what the other cannot."""

MERGE_HEAT, BOLD_HEAT, FLIP_HEAT = (0.1, 0.001), (0.3, 0.001), (0.2, 0.004)
"""The heats from the first round to the last; a Polsby–Popper of 0.1 in one zone is a price of 0.1."""

DEAR = 0.5
"""How much the heats grow with the price of moving: what costs more takes more heat to try."""

LARGE = 500
"""From this many atoms on, two seeds hardly differ: half of them get twice the work."""

ATOMS_PER_ZONE = 3.4
"""In zones of more atoms than this single moves are annealed at less heat."""

PRICE_OUT, PRICE_HOUSEHOLDS_OUT, PRICE_CROSSING, PRICE_SPLIT = 3.0, 6.0, 1.0, 1.0
"""What a zone out of range, an average zone's households out of range, a crossing and a piece of a compound cost while
annealing: low enough to pass through such states. Which labelling is best is decided by `Score`, in order, whatever
these are."""


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

    covers: int = 30
    """Small clusters divided exactly, a zone and seed; 0 for none."""

    cluster_atoms: int = 16
    """Most atoms of such a cluster, at most 60."""

    cluster_sets: int = 5000
    """Most sets of atoms in range of such a cluster; one with more is passed over."""

    cover_work: int = 10_000
    """Sets listed and tried over all clusters of a seed, an atom."""

    draws: int = 6
    """Random trees of which one cut is taken when dividing."""

    counts: int = 6
    """Numbers of grids tried where the wished one does not reach the range."""

    @classmethod
    def thorough(cls) -> Effort:
        """Return an effort of some twenty times the usual one, for a plan that is to last."""
        return cls(seeds=6, flips=1200, merges=240, covers=60, cluster_atoms=24, cluster_sets=20_000)


class Stopped(Exception):
    """A search was stopped from outside."""


class Search:
    """The search for one number of zones. Holds the arrays that the compiled loops read and write."""

    def __init__(
        self,
        problem: Problem,
        count: int,
        seed: int,
        effort: Effort,
        cancelled: Callable[[], bool] | None = None,
    ) -> None:
        # Compiled loops are loaded when they are needed: the command line's other verbs start without them.
        from gridmap.redraw import kernels

        self.kernels = kernels
        if problem.size >= LARGE and effort.seeds > 1:
            effort = replace(
                effort,
                seeds=effort.seeds // 2,
                flips=2 * effort.flips,
                merges=2 * effort.merges,
                covers=2 * effort.covers,
                cover_work=2 * effort.cover_work,
            )
        self.problem, self.count, self.effort, self.cancelled = problem, count, effort, cancelled
        self.random = np.array([seed & 0xFFFF_FFFF_FFFF_FFFF], np.uint64)
        self.wet = bool(problem.barred.any())
        weights = problem.weights
        target = max(1.0, problem.total / count)
        work = max(1e-9, float(problem.loads.sum()) / count)
        self.rule = np.array(
            (
                *(problem.lo, problem.hi, problem.share, target, work),
                *(PRICE_OUT, PRICE_HOUSEHOLDS_OUT, PRICE_CROSSING, PRICE_SPLIT),
                *(weights.compactness, weights.staying, weights.equality, weights.workload, 1.0),
            )
        )
        self.merge_heat = MERGE_HEAT
        self.room = kernels.Room.of(problem.size, len(problem.i))
        self.graph = self._graph()

    def _graph(self) -> kernels.Graph:
        problem = self.problem
        source = np.concatenate([problem.i, problem.j])
        order = np.lexsort((np.concatenate([problem.j, problem.i]), source))

        def both(values: Floats) -> Floats:
            return np.concatenate([values, values])[order]

        off = np.maximum(0.0, problem.shared_m - problem.street_m) / street_scale(problem, self.count)
        shared = both(problem.shared_m)
        degree = np.bincount(source, minlength=problem.size)
        compound, mates_at, mates = _mates(problem)
        return self.kernels.Graph(
            households=problem.households.astype(np.float64),
            area=problem.area_m2,
            perimeter=problem.outer_m + np.bincount(source[order], shared, problem.size),
            indptr=np.concatenate([[0], np.cumsum(degree)]).astype(np.int64),
            indices=np.concatenate([problem.j, problem.i])[order],
            shared=shared,
            barrier=both(problem.barred.astype(np.float64)).astype(np.int64),
            off_street=both(problem.weights.streets * off),
            previous=np.full(problem.size, -1, np.int64),
            work=problem.loads,
            compound=compound,
            mates_at=mates_at,
            mates=mates,
        )

    def run(self, good_enough: Callable[[Score], bool], start: Ints | None = None) -> Ints:
        """Improve a labelling to start from, the present plan and random divisions, and return the best labelling.

        After the usual number of divisions it stops as soon as the best is `good_enough`.
        """
        effort = self.effort
        best = np.zeros(self.problem.size, np.int64)
        if self.count == 1:
            return best
        price: Score | None = None
        # Where staying counts for more than shape, nothing is gained by drawing anew.
        known = bool((self.problem.previous >= 0).any())
        minimal = known and self.problem.weights.staying > self.problem.weights.compactness
        starts = [start] if start is not None and int(start.max()) + 1 == self.count else []
        starts += [self.present()] if known else []
        for number in range(effort.seeds + effort.more_seeds):
            if number >= effort.seeds and price is not None and good_enough(price):
                break
            if number == effort.seeds:
                # Where the range is not reached, variety counts for more than round parts.
                self.rule[-1], self.merge_heat = 0.5, BOLD_HEAT
            if minimal and number < max(1, effort.seeds):
                starts = [self.present()]
            labels = self.improve(starts.pop() if starts else self.divided())
            found = score(self.problem, labels)
            if price is None or found < price:
                price, best = found, labels
        return best

    def improve(self, labels: Ints) -> Ints:
        """Anneal a labelling, then divide its small clusters exactly; never returns a worse one."""
        zones = self.zones(labels)
        effort = self.effort
        merges, flips = effort.merges * self.count // ROUNDS, effort.flips * self.problem.size // ROUNDS
        # The more atoms a zone has, the less a single one of them changes it.
        mild = min(1.0, ATOMS_PER_ZONE * self.count / self.problem.size)
        dear = max(1.0, self.problem.weights.staying * DEAR)
        for number in range(ROUNDS):
            hot, cold = _heat(self.merge_heat, number)
            self._run(self.kernels.recombine, zones, dear * hot, dear * cold, merges)
            hot, cold = _heat(FLIP_HEAT, number)
            self._run(self.kernels.flips, zones, dear * mild * hot, dear * mild * cold, flips)
        # Of larger zones no two fit into a cluster.
        if effort.covers and 2 * self.problem.size <= effort.cluster_atoms * self.count:
            self.cover(zones)
        return zones.label.copy()

    def cover(self, zones: kernels.Zones) -> None:
        """Divide small clusters of zones exactly."""
        effort = self.effort
        cluster = self.kernels.Cluster.of(effort.cluster_sets)
        most = min(effort.cluster_atoms, self.kernels.ATOMS)
        rounds, work = effort.covers * self.count, effort.cover_work * self.problem.size
        self.kernels.cover(self.graph, zones, self.room, cluster, self.rule, self.random, rounds, most, work, self.wet)

    def polish(self, labels: Ints) -> Ints:
        """Smooth the boundaries of a labelling without heat; never returns a worse one."""
        zones = self.zones(labels)
        self._run(self.kernels.flips, zones, 1e-3, 1e-6, 40 * self.problem.size)
        return zones.label.copy()

    def _run(self, loop: Callable[..., None], zones: kernels.Zones, hot: float, cold: float, steps: int) -> None:
        if self.cancelled is not None and self.cancelled():
            raise Stopped
        loop(self.graph, zones, self.room, self.rule, self.random, hot, cold, steps, self.wet)

    def zones(self, labels: Ints) -> kernels.Zones:
        """Return a labelling as the loops read it, with its zones matched to the previous ones."""
        graph = self.graph
        graph.previous[:] = -1
        rows, columns = matching(self.problem, labels)
        if len(rows):
            name = np.full(int(self.problem.previous.max()) + 1, -1, np.int64)
            name[columns] = rows
            known = self.problem.previous >= 0
            # A previous zone without a partner is lost whatever is done: no price.
            graph.previous[known] = name[self.problem.previous[known]]
        return self.kernels.Zones.of(labels, self.count)

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
        for atoms, k in zip(members, counts, strict=True):
            region[atoms] = len(parts) if k else region[self._longest_neighbour(atoms, big)]
            parts += [k] if k else []
        return region, parts

    def _longest_neighbour(self, atoms: Ints, big: NDArray[np.bool_]) -> int:
        """Return the oversize atom that a part borders on longest; a bridge is a border too."""
        problem = self.problem
        inside = np.zeros(problem.size, np.bool_)
        inside[atoms] = True
        border = np.zeros(problem.size)
        for here, there in ((problem.i, problem.j), (problem.j, problem.i)):
            edges = inside[here] & big[there]
            np.add.at(border, there[edges], problem.shared_m[edges] + 1e-9)
        return int(np.argmax(border))

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


def _heat(ends: tuple[float, float], number: int) -> tuple[float, float]:
    """Return the heat at the start and at the end of a round."""
    hot, cold = ends
    step = (cold / hot) ** (1 / ROUNDS)
    return hot * step**number, hot * step ** (number + 1)


def _mates(problem: Problem) -> tuple[Ints, Ints, Ints]:
    """Return the compounds of several atoms, int64[n] (−1 none), and their atoms in compressed rows."""
    none = np.full(problem.size, -1, np.int64)
    if problem.compound is None:
        return none, np.zeros(1, np.int64), np.zeros(0, np.int64)
    names, back, count = np.unique(problem.compound, return_inverse=True, return_counts=True)
    several = (names >= 0) & (count > 1)
    number = np.where(several, np.cumsum(several) - 1, -1)
    compound = number[back].astype(np.int64)
    mates = np.flatnonzero(compound >= 0)
    mates = mates[np.argsort(compound[mates], kind="stable")].astype(np.int64)
    return compound, np.concatenate([[0], np.cumsum(count[several])]).astype(np.int64), mates


def rest_parts(problem: Problem, big: NDArray[np.bool_]) -> list[Ints]:
    """Return the connected parts of what is left without the oversize atoms."""
    part = connected_parts(problem, ~big[problem.i] & ~big[problem.j])
    rest = np.flatnonzero(~big)
    return [rest[part[rest] == p] for p in np.unique(part[rest])]


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
