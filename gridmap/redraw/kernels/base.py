"""What the compiled loops share: their arrays, the price of a zone, and whether a zone hangs together.

Nothing is global: randomness is a one-element array that the caller seeds, and memory is handed in.
"""
# ruff: noqa: FBT001 - compiled loops are long on purpose, and machine code takes no keywords

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

F = TypeVar("F", bound=Callable[..., Any])
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Words = NDArray[np.uint64]
Int = int | np.int64

_SOURCES = b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))
_EDITION = hashlib.blake2b(_SOURCES, digest_size=6).hexdigest()


def compiled(function: F) -> F:
    """Compile a loop on its first call and keep the machine code on disk."""
    return _compiled(function)


def inner(function: F) -> F:
    """Compile a function that only compiled ones call: without the way in from Python, which takes time to compile."""
    return _compiled(function, no_cpython_wrapper=True)


def _compiled(function: F, **options: bool) -> F:
    # numba's cache looks at the file of a function, never at those of the functions it calls; with the edition of all
    # of them in its name, no change leaves half of the machine code behind.
    function.__qualname__ = f"{function.__qualname__}_{_EDITION}"
    # Nothing is allocated inside, so no references are counted: a tenth of the compiling and a quarter of the time.
    options |= {"cache": True, "nogil": True, "no_cfunc_wrapper": True, "_nrt": False}
    njit = cast(Any, numba.njit)  # its stubs do not know all options
    return cast(F, njit(error_model="numpy", **options)(function))


@compiled
def probe(one: Floats) -> float:
    """Do next to nothing: whether its machine code is on disk tells whether that of the other loops is."""
    return float(one[0])


def on_disk() -> bool:
    """Return whether this machine has machine code of these loops; asked once, as the answer is yes from then on."""
    probe(np.zeros(1))
    return bool(cast(Any, probe).stats.cache_hits)


class Graph(NamedTuple):
    """Atoms and their neighbours in compressed rows. `off_street` is the price of a boundary along that edge.

    `compound` numbers the compounds that are to stay whole, −1 for none; compound c has the atoms
    `mates[mates_at[c] : mates_at[c + 1]]`.
    """

    households: Floats
    area: Floats
    perimeter: Floats
    indptr: Ints
    indices: Ints
    shared: Floats
    barrier: Ints
    off_street: Floats
    previous: Ints
    work: Floats
    compound: Ints
    mates_at: Ints
    mates: Ints


class Zones(NamedTuple):
    """Which zone each atom is in, and what each zone sums to."""

    label: Ints
    atoms: Ints
    households: Floats
    area: Floats
    perimeter: Floats
    crossings: Ints
    work: Floats

    @classmethod
    def of(cls, labels: Ints, count: Int) -> Zones:
        """Return zones of a labelling, not yet summed."""
        return cls(
            label=labels.astype(np.int64),
            atoms=np.zeros(count, np.int64),
            households=np.zeros(count),
            area=np.zeros(count),
            perimeter=np.zeros(count),
            crossings=np.zeros(count, np.int64),
            work=np.zeros(count),
        )


class Room(NamedTuple):
    """Memory that the loops write over, allocated once: allocating inside costs half a second of compiling a type."""

    stamp: Ints
    queue: Ints
    place: Ints
    parent: Ints
    above: Ints
    heap_at: Ints
    heap_from: Ints
    heap_key: Floats
    sums: Floats
    kept: Ints
    choice: Ints
    notes: Floats
    cuts: Ints
    owner: Ints

    @classmethod
    def of(cls, atoms: int, edges: int) -> Room:
        """Return memory for that many atoms and edges."""
        ints = [np.zeros(atoms + 1, np.int64) for _ in range(5)]
        return cls(
            stamp=ints[0],
            queue=ints[1],
            place=ints[2],
            parent=ints[3],
            above=ints[4],
            heap_at=np.zeros(2 * edges + 2, np.int64),
            heap_from=np.zeros(2 * edges + 2, np.int64),
            heap_key=np.zeros(2 * edges + 2),
            sums=np.zeros((atoms + 1, SUMS)),
            kept=np.zeros(atoms, np.int64),
            choice=np.arange(2),
            notes=np.zeros((5, TOTALS)),
            cuts=np.zeros(atoms + 1, np.int64),
            owner=np.zeros(atoms + 1, np.int64),
        )


# Positions in `rule`, the limits and weights of a problem as one array, and the share of trees that grow along long
# boundaries first.
(
    LO,
    HI,
    SHARE,
    TARGET,
    WORK,
    W_OUT,
    W_DIST,
    W_CROSS,
    W_SPLIT,
    W_COMPACT,
    W_STAY,
    W_EQUAL,
    W_WORK,
    STOUT,
) = range(14)
# Positions in `totals`: grids and households out of range, barrier crossings, pieces of compounds, and everything that
# may be traded.
OUT, DIST, CROSS, SPLIT, SOFT = range(5)
TOTALS = 5
# Columns of `Room.sums`, summed over the subtree below an atom.
(
    S_ATOMS,
    S_HOUSEHOLDS,
    S_AREA,
    S_PERIMETER,
    S_INSIDE,
    S_TOUCH,
    S_OFF_INSIDE,
    S_OFF_TOUCH,
    S_KEPT_A,
    S_KEPT_B,
    S_CROSS,
    S_WORK,
) = range(12)
SUMS = 12


@inner
def uniform(seed: Words) -> float:
    """Draw from [0, 1): splitmix64."""
    seed[0] += np.uint64(0x9E3779B97F4A7C15)
    z = seed[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return float(z >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@inner
def zone_out(households: float, rule: Floats) -> float:
    """Count a zone out of range; one above it as the zones it should have been, so that heaping up gains nothing."""
    if rule[LO] <= households <= rule[HI]:
        return 0.0
    return 1.0 if households < rule[LO] else float(households // rule[SHARE])


@inner
def zone_dist(households: float, rule: Floats) -> float:
    """Return how many households a zone is out of range."""
    return float(max(0.0, rule[LO] - households, households - rule[HI]))


@inner
def zone_soft(households: float, area: float, perimeter: float, work: float, rule: Floats) -> float:
    """Price what may be traded in a zone: 1 − Polsby–Popper and the distance from equal shares."""
    compact = 1.0 if perimeter <= 0.0 else min(1.0, 4.0 * np.pi * area / (perimeter * perimeter))
    uneven = (households - rule[TARGET]) / rule[TARGET]
    price = rule[W_COMPACT] * (1.0 - compact) + rule[W_EQUAL] * min(1.0, uneven * uneven)
    if rule[W_WORK] > 0.0:
        strain = (work - rule[WORK]) / rule[WORK]
        price += rule[W_WORK] * min(1.0, strain * strain)
    return float(price)


@inner
def weigh(totals: Floats, rule: Floats) -> float:
    """Return one number to anneal on."""
    hard = rule[W_OUT] * totals[OUT] + rule[W_DIST] * totals[DIST] / rule[TARGET]
    return float(hard + rule[W_CROSS] * totals[CROSS] + rule[W_SPLIT] * totals[SPLIT] + totals[SOFT])


@inner
def less(a: Floats, b: Floats) -> bool:
    """Compare two totals in order: range, barriers, compounds, the rest."""
    for k in range(SOFT):
        if a[k] < b[k] - 0.5:
            return True
        if a[k] > b[k] + 0.5:
            return False
    return bool(a[SOFT] < b[SOFT] - 1e-9)


@inner
def keep(label: Ints, totals: Floats, kept: Ints, best: Floats) -> None:
    """Copy labels and totals. `kept[:] = label` would compile a second of code for the text of an error."""
    for k in range(len(label)):
        kept[k] = label[k]
    for k in range(TOTALS):
        best[k] = totals[k]


@inner
def join_cost(graph: Graph, label: Ints, atom: Int, leaves: Int, joins: Int) -> float:
    """Return by how many pieces its compound is more divided when an atom leaves one zone and joins another."""
    c = graph.compound[atom]
    if c < 0:
        return 0.0
    alone, stranger = 1.0, 1.0
    for m in range(graph.mates_at[c], graph.mates_at[c + 1]):
        u = graph.mates[m]
        if u != atom and label[u] == leaves:
            alone = 0.0
        elif label[u] == joins:
            stranger = 0.0
    return stranger - alone


@inner
def pieces(graph: Graph, label: Ints, room: Room, atom: Int, zone: Int, dry: Int) -> Int:
    """Count the pieces that the neighbours of an atom in a zone fall into when the atom is not there.

    `dry` (0 or 1) leaves out edges along a barrier. Stops as soon as all neighbours are seen to hang together.
    """
    indptr, indices, barrier = graph.indptr, graph.indices, graph.barrier
    stamp, queue = room.stamp, room.queue
    stamp[-1] += 1
    clock = stamp[-1]
    wanted = 0
    for e in range(indptr[atom], indptr[atom + 1]):
        if label[indices[e]] == zone and not (dry and barrier[e]):
            wanted += 1
    stamp[atom] = clock
    found = 0
    count = 0
    for first in range(indptr[atom], indptr[atom + 1]):
        start = indices[first]
        if label[start] != zone or stamp[start] == clock or (dry and barrier[first]):
            continue
        count += 1
        stamp[start] = clock
        queue[0] = start
        head, tail = 0, 1
        # Neighbours of the atom that this piece reaches are counted by looking for the atom among their own edges.
        while head < tail:
            v = queue[head]
            head += 1
            for e in range(indptr[v], indptr[v + 1]):
                u = indices[e]
                if dry and barrier[e]:
                    continue
                if u == atom:
                    found += 1
                    continue
                if label[u] == zone and stamp[u] != clock:
                    stamp[u] = clock
                    queue[tail] = u
                    tail += 1
            if found == wanted:
                return count
    return count


@inner
def all_splits(graph: Graph, label: Ints) -> float:
    """Count the pieces of compounds beyond one each."""
    found = 0.0
    for c in range(len(graph.mates_at) - 1):
        begin, end = graph.mates_at[c], graph.mates_at[c + 1]
        for m in range(begin + 1, end):
            fresh = 1.0
            for other in range(begin, m):
                if label[graph.mates[other]] == label[graph.mates[m]]:
                    fresh = 0.0
            found += fresh
    return found


@inner
def measure(graph: Graph, zones: Zones, room: Room, rule: Floats, wet: bool, totals: Floats) -> None:
    """Fill the sums of all zones, and the totals, from the labels."""
    zone_label, zone_atoms, zone_households, zone_area, zone_perimeter = (
        zones.label,
        zones.atoms,
        zones.households,
        zones.area,
        zones.perimeter,
    )
    zone_crossings = zones.crossings
    households, indptr, previous, indices = graph.households, graph.indptr, graph.previous, graph.indices
    stamp, queue = room.stamp, room.queue
    n, k = len(zone_label), len(zone_atoms)
    label = zone_label
    zone_atoms[:] = 0
    zone_households[:] = 0.0
    zone_area[:] = 0.0
    zone_perimeter[:] = 0.0
    zone_crossings[:] = 0
    zones.work[:] = 0.0
    totals[:] = 0.0
    for v in range(n):
        z = label[v]
        zone_atoms[z] += 1
        zone_households[z] += households[v]
        zone_area[z] += graph.area[v]
        zone_perimeter[z] += graph.perimeter[v]
        zones.work[z] += graph.work[v]
        if previous[v] >= 0 and previous[v] != z:
            totals[SOFT] += rule[W_STAY] * households[v] / rule[TARGET]
        for e in range(indptr[v], indptr[v + 1]):
            if label[indices[e]] == z:
                zone_perimeter[z] -= graph.shared[e]
            else:
                totals[SOFT] += 0.5 * graph.off_street[e]
    if wet:
        stamp[-1] += 1
        clock = stamp[-1]
        zone_crossings[:] = -1
        for start in range(n):
            if stamp[start] == clock:
                continue
            z = label[start]
            zone_crossings[z] += 1
            stamp[start] = clock
            queue[0] = start
            head, tail = 0, 1
            while head < tail:
                v = queue[head]
                head += 1
                for e in range(indptr[v], indptr[v + 1]):
                    u = indices[e]
                    if label[u] == z and stamp[u] != clock and not graph.barrier[e]:
                        stamp[u] = clock
                        queue[tail] = u
                        tail += 1
    totals[SPLIT] = all_splits(graph, label)
    for z in range(k):
        totals[OUT] += zone_out(zone_households[z], rule)
        totals[DIST] += zone_dist(zone_households[z], rule)
        totals[CROSS] += zone_crossings[z]
        totals[SOFT] += zone_soft(zone_households[z], zone_area[z], zone_perimeter[z], zones.work[z], rule)
