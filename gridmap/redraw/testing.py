"""Problems to test with, and the oracle for small ones: every connected division, enumerated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import Delaunay

from gridmap.redraw.problem import Ints, Problem, Score, Weights, score


def random_problem(
    seed: int, *, atoms: int, islands: bool = False, barriers: bool = False, compounds: bool = False
) -> Problem:
    """Return a problem on a random planar graph: windows, zero and oversize atoms, previous zones at random.

    With `compounds`, some neighbours are of one compound, and the workload has a price.
    """
    random = np.random.default_rng(seed)
    points = random.random((atoms, 2)) * 100
    i, j = _planar_edges(points)
    if islands:
        apart = np.sign(points[i, 0] - 50) != np.sign(points[j, 0] - 50)
        i, j = i[~apart], j[~apart]
    keep = random.random(len(i)) < random.choice([0.7, 1.0])
    i, j = i[keep], j[keep]
    households = random.choice([1, 20, 60, 100]) * random.random(atoms) * 2
    households[random.random(atoms) < random.choice([0.0, 0.2, 0.9])] = 0
    lo = int(random.integers(1, 200))
    hi = lo + int(random.choice([0, 5, lo // 2, 2 * lo, 10**9]))
    households[random.random(atoms) < random.choice([0.0, 0.1])] = min(2 * hi, 5000)
    shared = random.random(len(i)) * 20 + 1
    along = random.random(len(i)) < 0.3 if barriers else np.zeros(len(i), bool)
    return Problem(
        households=households.astype(np.int64),
        area_m2=random.random(atoms) * 400 + 10,
        outer_m=random.random(atoms) * 20,
        i=i,
        j=j,
        shared_m=shared,
        barrier_m=np.where(along, shared, 0.0),
        street_m=shared * random.random(len(i)),
        previous=random.integers(-1, 4, atoms),
        lo=lo,
        hi=hi,
        grids=None if random.random() < 0.5 else int(random.integers(1, 6)),
        **(_compounds(i, j, atoms, random) if compounds else {}),
    )


def _compounds(i: Ints, j: Ints, atoms: int, random: np.random.Generator) -> dict[str, Any]:
    tied = random.random(len(i)) < random.choice([0.1, 0.3])
    tie = coo_array((np.ones(int(tied.sum())), (i[tied], j[tied])), shape=(atoms, atoms))
    compound = connected_components(tie, directed=False)[1].astype(np.int64)
    compound[random.random(atoms) < 0.1] = -1
    return {"compound": compound, "work": random.random(atoms), "weights": Weights(workload=0.5)}


def _planar_edges(points: np.ndarray) -> tuple[Ints, Ints]:
    if len(points) < 4:
        pairs = np.array([(a, b) for a in range(len(points)) for b in range(a + 1, len(points))], np.int64)
        return pairs.reshape(-1, 2)[:, 0], pairs.reshape(-1, 2)[:, 1]
    corners = Delaunay(points).simplices
    pairs = np.sort(np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [0, 2]]]), axis=1)
    pairs = np.unique(pairs, axis=0).astype(np.int64)
    return pairs[:, 0], pairs[:, 1]


def divisions(problem: Problem) -> Iterator[Ints]:
    """Yield every division of the atoms into connected zones, as labels. Exponential: for a dozen atoms at most."""
    near = [0] * problem.size
    for a, b in zip(problem.i.tolist(), problem.j.tolist(), strict=True):
        near[a] |= 1 << b
        near[b] |= 1 << a
    labels = np.zeros(problem.size, np.int64)

    def place(left: int, zone: int) -> Iterator[Ints]:
        if not left:
            yield labels
            return
        first = left & -left
        for part in _connected_sets(first, near, left):
            labels[[v for v in range(problem.size) if part >> v & 1]] = zone
            yield from place(left & ~part, zone + 1)

    yield from place((1 << problem.size) - 1, 0)


def _connected_sets(start: int, near: list[int], allowed: int) -> Iterator[int]:
    """Yield each connected set of atoms (as bits) within `allowed` that holds `start`, once."""
    stack = [(start, 0)]
    while stack:
        part, banned = stack.pop()
        yield part
        rim = 0
        for v in range(len(near)):
            if part >> v & 1:
                rim |= near[v]
        rim &= allowed & ~part & ~banned
        while rim:
            bit = rim & -rim
            stack.append((part | bit, banned))
            banned |= bit
            rim ^= bit


def best_by_count(problem: Problem) -> dict[int, Score]:
    """Return the best score for each number of zones, by enumeration."""
    best: dict[int, Score] = {}
    for labels in divisions(problem):
        found = score(problem, labels)
        k = int(labels.max()) + 1
        if k not in best or found < best[k]:
            best[k] = found
    return best


def lattice(
    nx: int,
    ny: int,
    *,
    households: int,
    window: tuple[int, int],
    grids: int | None = None,
    oversize: Mapping[int, int] | None = None,
    barrier_column: int | None = None,
    previous: Ints | None = None,
) -> Problem:
    """Return nx × ny square atoms of 50 m, alike save for the households of some in `oversize`.

    A barrier runs between the columns before and from `barrier_column`.
    """
    size = nx * ny
    column, cells = np.arange(size) % nx, np.arange(size, dtype=np.int64)
    east, north = cells[column < nx - 1], cells[: size - nx]
    i, j = np.concatenate([east, north]), np.concatenate([east + 1, north + nx])
    people = np.full(size, households, np.int64)
    for atom, value in (oversize or {}).items():
        people[atom] = value
    degree = np.bincount(np.concatenate([i, j]), minlength=size)
    across = (column[i] != column[j]) & (column[j] == (-1 if barrier_column is None else barrier_column))
    return Problem(
        households=people,
        area_m2=np.full(size, 2500.0),
        outer_m=(50.0 * (4 - degree)).astype(np.float64),
        i=i,
        j=j,
        shared_m=np.full(len(i), 50.0),
        barrier_m=np.where(across, 50.0, 0.0),
        street_m=np.zeros(len(i)),
        previous=np.full(size, -1, np.int64) if previous is None else previous,
        lo=window[0],
        hi=window[1],
        grids=grids,
    )
