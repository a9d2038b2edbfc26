"""Cutting blocks along straight ridges that meet only at their ends: a short way to nodes, for points."""

from __future__ import annotations

from typing import cast

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.geo.adjacency import borders
from gridmap.geo.blocks import in_order

__all__ = ["cut_straight"]

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Objects = NDArray[np.object_]

# Nearer to an end than this, a crossing is not clear.
_CLEAR_M = 1e-6


def cut_straight(polygons: Objects, ridges: Objects, block: Ints) -> Objects | None:
    """Cut blocks along straight ridges, each within the block it belongs to; None where a crossing is not clear.

    `ridges` are lines of two vertices (r) that meet one another only at their ends, `polygons` blocks that match along
    their borders, `block` the block of each ridge. The result tiles the blocks with matching vertices. Nothing is
    overlaid: a ridge that leaves its block ends where it crosses the edge, and the edge gets a vertex there.
    """
    shapely.prepare(polygons)
    within = shapely.contains_properly(polygons[block], ridges)
    ends = shapely.get_coordinates(ridges).reshape(-1, 2, 2)
    start, end, one, other = borders(polygons)
    edges = np.stack([start, end], axis=1)
    out = np.flatnonzero(~within)
    tree = shapely.STRtree(np.atleast_1d(cast("Objects", shapely.linestrings(edges))))
    ridge, edge = tree.query(ridges[out], predicate="intersects")
    ridge = out[ridge]
    mine = (one[edge] == block[ridge]) | (other[edge] == block[ridge])
    ridge, edge = ridge[mine], edge[mine]
    at, on = _crossing(ends[ridge], edges[edge])
    long, wide = _length(ends[ridge]), _length(edges[edge])
    clear = (
        (at * long > _CLEAR_M) & ((1 - at) * long > _CLEAR_M) & (on * wide > _CLEAR_M) & ((1 - on) * wide > _CLEAR_M)
    )
    if not clear.all():
        return None
    node = edges[edge, 0] + on[:, None] * (edges[edge, 1] - edges[edge, 0])
    pieces, of = _split(ends[out], np.searchsorted(out, ridge), at, node)
    inside = shapely.contains_properly(polygons[block[out[of]]], shapely.points(pieces.mean(axis=1)))
    sides, _ = _split(edges, edge, on, node)
    lines = shapely.multilinestrings(np.concatenate([ends[within], pieces[inside], sides]))
    faces, cuts, dangles, invalid = shapely.polygonize_full(np.array([lines], dtype=object))
    if not (shapely.is_empty(cuts) and shapely.is_empty(dangles) and shapely.is_empty(invalid)):
        return None
    return in_order(shapely.get_parts(faces))


def _length(ends: Floats) -> Floats:
    return np.asarray(np.hypot(*(ends[:, 1] - ends[:, 0]).T))


def _crossing(first: Floats, second: Floats) -> tuple[Floats, Floats]:
    """Return where segments cross: how far along the first and along the second; NaN for parallel ones."""
    a, b = first[:, 1] - first[:, 0], second[:, 1] - second[:, 0]
    away = second[:, 0] - first[:, 0]
    turn = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
    turn = np.where(turn == 0.0, np.nan, turn)
    return (away[:, 0] * b[:, 1] - away[:, 1] * b[:, 0]) / turn, (away[:, 0] * a[:, 1] - away[:, 1] * a[:, 0]) / turn


def _split(ends: Floats, which: Ints, at: Floats, node: Floats) -> tuple[Floats, Ints]:
    """Split segments at nodes; return the pieces (p × 2 × 2) and the segment each is of."""
    segment = np.concatenate([np.arange(len(ends)), which, np.arange(len(ends))])
    order = np.lexsort((np.concatenate([np.full(len(ends), -1.0), at, np.full(len(ends), 2.0)]), segment))
    xy = np.concatenate([ends[:, 0], node, ends[:, 1]])[order]
    segment = segment[order]
    same = segment[1:] == segment[:-1]
    return np.stack([xy[:-1][same], xy[1:][same]], axis=1), segment[:-1][same]
