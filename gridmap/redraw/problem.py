"""What the engine works on: the atoms of one connected part of one community, as arrays."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

ALONG_BARRIER = 0.9
"""From this share of its length on, a shared boundary counts as lying along a barrier: at its corners a line is never
met exactly."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Prices of what may be traded once range and barriers are settled; 1 is a Polsby–Popper of 1 lost in one grid."""

    compactness: float = 1.0
    """1 − Polsby–Popper, summed over the grids."""

    staying: float = 0.5
    """One average grid's worth of households that change grid."""

    equality: float = 0.1
    """The squared relative distance of a grid from the average."""

    streets: float = 0.02
    """Boundary between grids that follows neither a street nor a compound's wall, in perimeters of an average square
    grid."""

    workload: float = 0.0
    """The squared relative distance of a grid's work from the average."""

    @classmethod
    def minimal_change(cls) -> Weights:
        """Return prices by which a household that keeps its grid counts for more than shape.

        The search then mends the present plan and never draws anew. Plans whose grids keep away from the limits
        (a higher `equality`) need the least mending later.
        """
        return cls(compactness=0.1, staying=2.0, equality=0.01, streets=0.002)


@dataclass(frozen=True, slots=True)
class Problem:
    """Atoms and the window that their zones should keep.

    `households` int64[n]; `area_m2`, `outer_m` float64[n] (boundary shared with no other atom here); edges `i` < `j`
    int64[m], each pair once, with `shared_m`, `barrier_m`, `street_m` float64[m] (> 0, and the lengths of it that lie
    along barriers, and along streets and walls of compounds); `previous` int64[n], the zone each atom is in now, −1 for
    none. `lo` and `hi` bound the households of a zone, both included. `grids` is the number of zones wished, None for
    no wish. `work` float64[n] is what an atom's households ask of a grid worker, None for their number. `compound`
    int64[n] numbers connected compounds that are to stay whole, −1 for an atom of none; None for no such compounds.
    """

    households: Ints
    area_m2: Floats
    outer_m: Floats
    i: Ints
    j: Ints
    shared_m: Floats
    barrier_m: Floats
    street_m: Floats
    previous: Ints
    lo: int
    hi: int
    grids: int | None = None
    weights: Weights = field(default_factory=Weights)
    work: Floats | None = None
    compound: Ints | None = None

    @property
    def loads(self) -> Floats:
        """The work of each atom, float64[n]."""
        return self.households.astype(np.float64) if self.work is None else self.work

    @property
    def size(self) -> int:
        """How many atoms there are."""
        return len(self.households)

    @property
    def barred(self) -> NDArray[np.bool_]:
        """Edges that lie wholly along a barrier, bool[m]."""
        return self.barrier_m >= ALONG_BARRIER * self.shared_m

    @property
    def total(self) -> int:
        """All households."""
        return int(self.households.sum())

    @property
    def share(self) -> int:
        """The households by which a zone above the range is counted as several."""
        return max(1, self.lo, self.hi // 2)

    @property
    def middle(self) -> float:
        """The households of a zone in the middle of the window."""
        return max(1.0, (self.lo + self.hi) / 2)


def adjacency(problem: Problem, edges: NDArray[np.bool_] | None = None) -> csr_array:
    """Return the (half) adjacency matrix over all edges, or those of a mask."""
    i, j = (problem.i, problem.j) if edges is None else (problem.i[edges], problem.j[edges])
    return coo_array((np.ones(len(i), np.int8), (i, j)), shape=(problem.size, problem.size)).tocsr()


def connected_parts(problem: Problem, edges: NDArray[np.bool_] | None = None) -> Ints:
    """Return the connected part of each atom, int64[n], numbered by their first atoms."""
    if problem.size == 0:
        return np.zeros(0, np.int64)
    _, part = connected_components(adjacency(problem, edges), directed=False)
    return np.asarray(part, np.int64)


def part_of(problem: Problem, members: Ints, *, grids: int | None = None) -> Problem:
    """Return the problem of some atoms alone; boundary shared with the others becomes outer boundary."""
    place = np.full(problem.size, -1, np.int64)
    place[members] = np.arange(len(members))
    inside = (place[problem.i] >= 0) & (place[problem.j] >= 0)
    outer = problem.outer_m.copy()
    np.add.at(outer, problem.i[~inside], problem.shared_m[~inside])
    np.add.at(outer, problem.j[~inside], problem.shared_m[~inside])
    a, b = place[problem.i[inside]], place[problem.j[inside]]
    return replace(
        problem,
        households=problem.households[members],
        area_m2=problem.area_m2[members],
        outer_m=outer[members],
        i=np.minimum(a, b),
        j=np.maximum(a, b),
        shared_m=problem.shared_m[inside],
        barrier_m=problem.barrier_m[inside],
        street_m=problem.street_m[inside],
        previous=problem.previous[members],
        grids=grids,
        work=None if problem.work is None else problem.work[members],
        compound=None if problem.compound is None else problem.compound[members],
    )


def contracted(problem: Problem, group: Ints) -> Problem:
    """Return the problem in which the atoms of one group (int64[n], 0 … g−1) are one atom.

    The previous zone of a group is the one most of its households are in; a group has the compound of its first atom.
    """
    count = int(group.max()) + 1 if len(group) else 0
    a, b = group[problem.i], group[problem.j]
    apart = a != b
    key = np.minimum(a, b)[apart] * max(1, count) + np.maximum(a, b)[apart]
    pairs, back = np.unique(key, return_inverse=True)

    def edge_sum(lengths: Floats) -> Floats:
        return np.bincount(back, lengths[apart], len(pairs)).astype(np.float64)

    return replace(
        problem,
        households=np.bincount(group, problem.households, count).astype(np.int64),
        area_m2=np.bincount(group, problem.area_m2, count).astype(np.float64),
        outer_m=np.bincount(group, problem.outer_m, count).astype(np.float64),
        i=pairs // max(1, count),
        j=pairs % max(1, count),
        shared_m=edge_sum(problem.shared_m),
        barrier_m=edge_sum(problem.barrier_m),
        street_m=edge_sum(problem.street_m),
        previous=majority(group, problem.previous, problem.households, count),
        work=None if problem.work is None else np.bincount(group, problem.work, count).astype(np.float64),
        compound=None
        if problem.compound is None
        else problem.compound[np.unique(group, return_index=True)[1]].astype(np.int64),
    )


def majority(group: Ints, label: Ints, households: Ints, count: int) -> Ints:
    """Return for each group the label (≥ 0) that most of its households carry, −1 where none does; int64[count].

    Atoms without households decide only where nobody lives; ties go to the lowest label.
    """
    out = np.full(count, -1, np.int64)
    known = label >= 0
    if not known.any():
        return out
    width = int(label.max()) + 1
    keys, back = np.unique(group[known] * width + label[known], return_inverse=True)
    weight = np.bincount(back, households[known] + 1e-6, len(keys))
    order = np.lexsort((-(keys % width), weight))
    out[keys[order] // width] = keys[order] % width
    return out


def attach_empty(problem: Problem) -> Ints:
    """Group each atom without households with a neighbour that has some, along the longest shared boundary.

    Boundaries along barriers are used last. Returns the group of each atom, int64[n]. A problem without any
    households is one group per connected part.
    """
    from heapq import heapify, heappop, heappush

    alive = problem.households > 0
    if alive.all():
        return np.arange(problem.size, dtype=np.int64)
    if not alive.any():
        return connected_parts(problem)
    neighbours: list[list[tuple[int, float, bool]]] = [[] for _ in range(problem.size)]
    for a, b, shared, barred in zip(
        problem.i.tolist(), problem.j.tolist(), problem.shared_m.tolist(), problem.barred.tolist(), strict=True
    ):
        neighbours[a].append((b, shared, barred))
        neighbours[b].append((a, shared, barred))
    edge = np.maximum(perimeters(problem), 1e-9)
    owner = np.where(alive, np.arange(problem.size), -1)
    waiting = [
        (barred, -shared / edge[u], u, int(v))
        for v in np.flatnonzero(alive)
        for u, shared, barred in neighbours[v]
        if owner[u] < 0
    ]
    heapify(waiting)
    while waiting:
        _, _, v, source = heappop(waiting)
        if owner[v] >= 0:
            continue
        owner[v] = owner[source]
        for u, shared, barred in neighbours[v]:
            if owner[u] < 0:
                heappush(waiting, (barred, -shared / edge[u], u, v))
    lonely = owner < 0  # parts where nobody lives at all
    owner[lonely] = problem.size + connected_parts(problem)[lonely]
    return np.unique(owner, return_inverse=True)[1].astype(np.int64)


def perimeters(problem: Problem) -> Floats:
    """Return the whole boundary of each atom in metres, float64[n]."""
    whole = problem.outer_m.copy()
    np.add.at(whole, problem.i, problem.shared_m)
    np.add.at(whole, problem.j, problem.shared_m)
    return whole


@dataclass(frozen=True, slots=True, order=True)
class Score:
    """What a labelling costs, compared in this order: grids and households out of range, crossings, splits, the rest.

    `splits` are the pieces of compounds that are to stay whole, beyond one each.
    """

    out: int
    households_out: int
    crossings: int
    splits: int
    soft: float

    @property
    def hard(self) -> tuple[int, int, int, int]:
        """What is never traded for the rest."""
        return self.out, self.households_out, self.crossings, self.splits


def score(problem: Problem, labels: Ints, *, target: float | None = None) -> Score:
    """Price a labelling int64[n] (0 … k−1, each used), independently of the compiled loops.

    A zone above the range counts as the zones it should have been. Zones are taken as connected; see `breaks`.
    """
    k = int(labels.max()) + 1 if len(labels) else 0
    households = np.bincount(labels, problem.households, k)
    dist = np.maximum(0, np.maximum(problem.lo - households, households - problem.hi))
    within = labels[problem.i] == labels[problem.j]
    edge = np.bincount(labels, perimeters(problem), k)
    edge -= 2 * np.bincount(labels[problem.i[within]], problem.shared_m[within], k)
    area = np.bincount(labels, problem.area_m2, k)
    compact = np.where(edge > 0, np.minimum(1, 4 * np.pi * area / np.where(edge > 0, edge, 1) ** 2), 1)
    goal = target or max(1.0, problem.total / max(1, k))
    uneven = np.minimum(1, ((households - goal) / goal) ** 2)
    stay = kept(problem, labels)
    moved = int(problem.households[problem.previous >= 0].sum()) - stay
    weights = problem.weights
    off_street = np.maximum(0, problem.shared_m - problem.street_m)[~within].sum()
    return Score(
        out=int(np.where(households > problem.hi, households // problem.share, dist > 0).sum()),
        households_out=int(dist.sum()),
        crossings=breaks(problem, labels, ~problem.barred) if problem.barred.any() else 0,
        splits=splits(problem, labels),
        soft=float(
            weights.compactness * (1 - compact).sum()
            + weights.equality * uneven.sum()
            + weights.staying * moved / goal
            + weights.streets * off_street / street_scale(problem, k)
            + (weights.workload * _strain(problem, labels, k) if weights.workload else 0.0)
        ),
    )


def _strain(problem: Problem, labels: Ints, k: int) -> float:
    """Return the squared relative distances of the zones' work from the average, summed."""
    work = np.bincount(labels, problem.loads, k)
    average = max(1e-9, float(work.sum()) / max(1, k))
    return float(np.minimum(1, ((work - average) / average) ** 2).sum())


def splits(problem: Problem, labels: Ints) -> int:
    """Count the pieces of compounds that are to stay whole, beyond one each."""
    if problem.compound is None:
        return 0
    held = problem.compound >= 0
    pairs = np.unique(np.stack([problem.compound[held], labels[held]]), axis=1)[0]
    return len(pairs) - len(np.unique(pairs))


def street_scale(problem: Problem, k: int) -> float:
    """Return the perimeter of a square with the area of an average zone, in metres."""
    return 4 * float(np.sqrt(max(problem.area_m2.sum() / max(1, k), 1e-9)))


def breaks(problem: Problem, labels: Ints, edges: NDArray[np.bool_] | None = None) -> int:
    """Count the pieces that zones have beyond one each, over all edges or those of a mask."""
    if problem.size == 0:
        return 0
    within = labels[problem.i] == labels[problem.j]
    pieces = connected_parts(problem, within if edges is None else within & edges)
    return int(pieces.max()) + 1 - len(np.unique(labels))


def overlap(problem: Problem, labels: Ints) -> Ints:
    """Return the households of each zone (row) that each previous zone (column) had, int64[k, k_previous]."""
    k, was = int(labels.max()) + 1, int(problem.previous.max()) + 1
    known = problem.previous >= 0
    key = labels[known] * max(1, was) + problem.previous[known]
    return np.bincount(key, problem.households[known], k * was).reshape(k, was).astype(np.int64)


def matching(problem: Problem, labels: Ints) -> tuple[Ints, Ints]:
    """Match zones to previous zones so that most households keep theirs; returns zones and their previous zones."""
    from scipy.optimize import linear_sum_assignment

    if not (problem.previous >= 0).any():
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    rows, columns = linear_sum_assignment(overlap(problem, labels), maximize=True)
    return np.asarray(rows, np.int64), np.asarray(columns, np.int64)


def kept(problem: Problem, labels: Ints) -> int:
    """Count the households that keep their zone under the best matching."""
    rows, columns = matching(problem, labels)
    return int(overlap(problem, labels)[rows, columns].sum()) if len(rows) else 0
