"""Noding: all lines of the town meet in common vertices, and the faces between them are the land's smallest pieces."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.sample.land import Land
from gridmap.sample.streets import HALF_WIDTH_M, Way, extended

ObjectArray = NDArray[np.object_]
IntArray = NDArray[np.int64]

GRID_M = 0.01
_STUB_M = 170.0


@dataclass(frozen=True, slots=True)
class Faces:
    """Edges between junctions, each with its way, and the polygons that they enclose, each with parcel and block.

    All polygon layers are unions of `polygons`, so shared boundaries have the same vertices everywhere.
    """

    edges: ObjectArray
    edge_way: IntArray
    polygons: ObjectArray
    parcel: IntArray
    block: IntArray


def node(land: Land) -> Faces:
    """Node all lines on a 1 cm grid, prune dead stubs, and find the faces."""
    ways = land.ways
    lines = np.array([way.line if way.line.is_ring else extended(way.line, 0.02) for way in ways], dtype=object)
    limit = next(way for way in ways if way.kind == "limit")
    outer = shapely.buffer(shapely.Polygon(limit.line), 0.001)
    lines = shapely.intersection(lines, outer)
    edges = shapely.get_parts(shapely.union_all(lines, grid_size=GRID_M))
    edge_way = _ways_of(edges, ways, lines)
    keep = _pruned(edges, edge_way, ways)
    edges, edge_way = edges[keep], edge_way[keep]
    order = np.lexsort(_middles(edges).T[::-1])
    edges, edge_way = shapely.normalize(edges[order]), edge_way[order]
    polygons = shapely.get_parts(shapely.polygonize(edges))
    inner = shapely.get_coordinates(shapely.point_on_surface(polygons))
    order = np.lexsort((inner[:, 1], inner[:, 0]))
    polygons, inner = shapely.normalize(polygons[order]), inner[order]
    parcel = _holder(inner, np.array([p.polygon for p in land.parcels], dtype=object))
    block = np.array([p.block for p in land.parcels], dtype=np.int64)[parcel]
    return Faces(edges, edge_way, polygons, parcel, block)


def _middles(edges: ObjectArray) -> NDArray[np.float64]:
    return shapely.get_coordinates(shapely.line_interpolate_point(edges, 0.5, normalized=True)).round(2)


def _holder(points: NDArray[np.float64], polygons: ObjectArray) -> IntArray:
    """Return for each point the polygon that holds it, or else the nearest."""
    tree = shapely.STRtree(polygons)
    holder = np.full(len(points), -1, dtype=np.int64)
    at, which = tree.query(shapely.points(points), predicate="within")
    holder[at[::-1]] = which[::-1]
    lost = np.flatnonzero(holder < 0)
    if len(lost):
        holder[lost] = tree.nearest(shapely.points(points[lost]))
    return holder


def _ways_of(edges: ObjectArray, ways: tuple[Way, ...], lines: ObjectArray) -> IntArray:
    """Return for each edge the way that it is a piece of; the most important where several run together."""
    rank = {"river": 0, "railway": 1, "street": 2, "limit": 8, "wall": 9, "seam": 10}
    classes = list(HALF_WIDTH_M)
    importance = np.array([rank[way.kind] + (classes.index(way.cls) if way.cls else 0) for way in ways])
    tree = shapely.STRtree(lines)
    at, which = tree.query(shapely.points(_middles(edges)), predicate="dwithin", distance=0.03)
    order = np.lexsort((which, importance[which], at))
    first = np.unique(at[order], return_index=True)[1]
    found = np.full(len(edges), -1, dtype=np.int64)
    found[at[order][first]] = which[order][first]
    if (found < 0).any():
        lost = np.flatnonzero(found < 0)
        found[lost] = tree.nearest(shapely.points(_middles(edges[lost])))
    return found


def _pruned(edges: ObjectArray, edge_way: IntArray, ways: tuple[Way, ...]) -> NDArray[np.bool_]:
    """Return which edges stay when dead ends shorter than a stub are taken off, until none is left."""
    length = shapely.length(edges)
    ends = np.stack(
        [
            shapely.get_coordinates(shapely.get_point(edges, 0)),
            shapely.get_coordinates(shapely.get_point(edges, -1)),
        ]
    )
    nodes = np.unique((ends.reshape(-1, 2) * 100).round().astype(np.int64), axis=0, return_inverse=True)[1]
    a, b = nodes.reshape(2, -1)
    street = np.array([ways[w].kind in ("street", "wall", "seam") for w in edge_way])
    keep = np.ones(len(edges), dtype=bool)
    while True:
        degree = np.bincount(np.r_[a[keep], b[keep]], minlength=nodes.max() + 1)
        dead = keep & ((degree[a] == 1) | (degree[b] == 1)) & (length < np.where(street, _STUB_M, 0.1))
        if not dead.any():
            return keep
        keep &= ~dead
