"""Communities: whole blocks gathered round their seats, along the larger streets and never across river or railway."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra

from gridmap.errors import InfeasibleError
from gridmap.sample.land import Block
from gridmap.sample.town import Town

IntArray = NDArray[np.int64]

SUBDISTRICTS = {"141182001": "文峰街道", "141182002": "太和桥街道", "141182003": "西河街道"}

# What it costs to grow across a street, in metres: communities end at large streets.
_CROSSING_M = {"arterial": 420.0, "collector": 200.0, "local": 45.0}


@dataclass(frozen=True, slots=True)
class Community:
    """A row of `communities.csv`."""

    code: str
    name: str
    subdistrict: str
    x: float
    y: float
    share: float
    aliases: str
    lineage: str


def roster() -> tuple[Community, ...]:
    """Read the communities of the sample with the places of their seats."""
    with (Path(__file__).parent / "communities.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            Community(
                row["code"], row["name"], row["subdistrict"], float(row["x"]), float(row["y"]), float(row["share"]),
                row["aliases"], row["lineage"],
            )
            for row in csv.DictReader(file)
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Pairs of faces with an edge between them: the faces, the edge's length, and its way's kind and class."""

    i: IntArray
    j: IntArray
    length_m: NDArray[np.float64]
    kind: NDArray[np.str_]
    cls: NDArray[np.str_]


def neighbours(town: Town) -> Neighbours:
    """Return the pairs of faces on both sides of each edge."""
    faces = town.faces
    middle = shapely.line_interpolate_point(faces.edges, 0.5, normalized=True)
    at, which = shapely.STRtree(faces.polygons).query(middle, predicate="dwithin", distance=0.004)
    order = np.lexsort((which, at))
    at, which = at[order], which[order]
    two = np.flatnonzero(np.bincount(at, minlength=len(faces.edges)) == 2)
    first = np.searchsorted(at, two)
    ways = [town.land.ways[faces.edge_way[edge]] for edge in two]
    return Neighbours(
        which[first],
        which[first + 1],
        shapely.length(faces.edges[two]),
        np.array([way.kind for way in ways]),
        np.array([way.cls for way in ways]),
    )


def gather(town: Town, near: Neighbours, dwellings: NDArray[np.float64], seed: int) -> IntArray:
    """Return the community (row of the roster) of each block.

    `dwellings` are those of each block. Grows from the seats by distance, balanced by a head start for each seat that
    is adjusted until the communities have about the dwellings wanted of them.
    """
    seats = roster()
    blocks = town.land.blocks
    xy = np.array([block.polygon.centroid.coords[0] for block in blocks])
    i, j = town.faces.block[near.i], town.faces.block[near.j]
    open_ = (i != j) & ~np.isin(near.kind, ["river", "railway"])
    crossing = np.array([_CROSSING_M.get(cls, 25.0) for cls in near.cls])
    empty = np.array([600.0 if block.zone == "field" else 0.0 for block in blocks])
    cost = np.hypot(*(xy[i] - xy[j]).T) + crossing + empty[i] + empty[j]
    special = np.array([block.special for block in blocks])
    cost[(special[i] == special[j]) & (special[i] != "")] = 0.01  # a special grid is never parted
    n = len(blocks)
    best = np.full((n + 1, n + 1), np.inf)
    np.minimum.at(best, (np.minimum(i, j)[open_], np.maximum(i, j)[open_]), cost[open_])
    start = np.array([_seat(blocks, xy, dwellings, seat) for seat in seats])
    a, b = np.nonzero(np.isfinite(best))
    region = connected_components(csr_array((np.ones(len(a)), (a, b)), shape=(n, n)), directed=False)[1]
    wish = np.random.default_rng([seed, 5]).uniform(0.8, 1.25, len(seats)) * [seat.share for seat in seats]
    for part in np.unique(region[start]):
        here = region[start] == part
        wish[here] *= dwellings[region == part].sum() / wish[here].sum()
    head = np.full(len(seats), 600.0)
    # Nothing grows through a special grid, so that what is left of a community without it holds together.
    ways_out = np.r_[special[a] == "", special[b] == ""] | np.tile((special[a] == special[b]) & (special[a] != ""), 2)
    rows, cols = np.r_[a, b][ways_out], np.r_[b, a][ways_out]
    roads = (rows, cols, np.tile(best[a, b], 2)[ways_out])
    label = np.zeros(n, dtype=np.int64)
    chosen, worst = label, np.inf
    for round_ in range(160):
        label = _grown(roads, start, head, n)
        got = np.bincount(label, dwellings, len(seats))
        off = float(np.abs(np.log(np.maximum(got, 1.0) / wish)).max())
        if off < worst:
            chosen, worst = label, off
        head += np.clip((got - wish) / wish, -0.6, 0.6) * 260.0 * 0.975**round_
        head = np.maximum(head - head.min() + 50.0, 50.0)
    return chosen


def _seat(blocks: tuple[Block, ...], xy: NDArray[np.float64], dwellings: NDArray[np.float64], seat: Community) -> int:
    """Return the block of a community's seat, or the nearest with dwellings where that is a special grid."""
    here = next(k for k, block in enumerate(blocks) if shapely.contains_xy(block.polygon, seat.x, seat.y))
    if not blocks[here].special:
        return here
    return int(np.argmin(np.where(dwellings > 0, np.hypot(xy[:, 0] - seat.x, xy[:, 1] - seat.y), np.inf)))


def _grown(
    roads: tuple[IntArray, IntArray, NDArray[np.float64]], start: IntArray, head: NDArray[np.float64], n: int
) -> IntArray:
    """Return for each block the seat from which it is reached first."""
    rows, cols, cost = roads
    source = np.full(len(start), n)
    graph = csr_array((np.r_[cost, head], (np.r_[rows, source], np.r_[cols, start])), shape=(n + 1, n + 1))
    distance, before = dijkstra(graph, directed=True, indices=n, return_predecessors=True)
    label = np.full(n + 1, -1, dtype=np.int64)
    label[start] = np.arange(len(start))
    for block in np.argsort(distance, kind="stable"):
        if block != n and before[block] != n and before[block] >= 0:
            label[block] = label[before[block]]
    if (label[:n] < 0).any():
        lost = np.flatnonzero(label[:n] < 0)
        raise InfeasibleError("sample-unreached", f"Blocks {lost.tolist()} are reached from no community's seat.")
    return label[:n]
