"""Cutting blocks along straight ridges that meet only at their ends: a short way to cells, for points."""

from __future__ import annotations

from typing import cast

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gridmap.geo.adjacency import borders
from gridmap.geo.blocks import in_order

__all__ = ["cut_straight"]

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Objects = NDArray[np.object_]

# Nearer to an end than this, a crossing is not clear.
_CLEAR_M = 1e-6


def cut_straight(polygons: Objects, ridges: Objects, block: Ints) -> Objects | None:
    """Cut blocks along straight ridges, each within the block it belongs to; None where that is not clear.

    `ridges` are lines of two vertices (r) that meet one another only at their ends, `polygons` blocks that match along
    their borders, `block` the block of each ridge. The result tiles the blocks with matching vertices. Nothing is
    overlaid: a ridge that leaves its block ends where it crosses the edge, and the edge gets a vertex there. Not clear
    are ridges through or along vertices and edges, and loose ends.
    """
    shapely.prepare(polygons)
    within = shapely.contains_properly(polygons[block], ridges)
    ends = shapely.get_coordinates(ridges).reshape(-1, 2, 2)
    out = np.flatnonzero(~within)
    ends[out] = _shortened(ends[out], shapely.bounds(polygons)[block[out]])
    start, end, one, other = borders(polygons)
    edges = np.stack([start, end], axis=1)
    tree = shapely.STRtree(np.atleast_1d(cast("Objects", shapely.linestrings(edges))))
    near = np.atleast_1d(cast("Objects", shapely.linestrings(ends[out])))
    ridge, edge = tree.query(near, predicate="intersects")
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
    return _faces(np.concatenate([ends[within], pieces[inside], sides]))


def _shortened(ends: Floats, bounds: Floats) -> Floats:
    """Cut off what reaches far past the boxes: a ridge may end anywhere."""
    margin = 1.0 + (bounds[:, 2:] - bounds[:, :2]).max(axis=1, keepdims=True)
    start, step = ends[:, 0], ends[:, 1] - ends[:, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        low = (bounds[:, :2] - margin - start) / step
        high = (bounds[:, 2:] + margin - start) / step
    # Along an axis it does not move on, a segment is not cut.
    enter = np.where(step == 0.0, 0.0, np.minimum(low, high)).max(axis=1, initial=0.0)
    leave = np.where(step == 0.0, 1.0, np.maximum(low, high)).min(axis=1, initial=1.0)
    short = ends.copy()
    # An end that stays must stay to the last digit, for others meet it there.
    late, early = (enter > 0.0) & (enter < leave), (leave < 1.0) & (enter < leave)
    short[late, 0] = (start + enter[:, None] * step)[late]
    short[early, 1] = (start + leave[:, None] * step)[early]
    return short


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


def _faces(ends: Floats) -> Objects | None:
    """Return the faces between segments that meet only at their ends; None if there are loose ends.

    Every segment is walked once each way; at its end the walk turns into the next segment clockwise, so it goes around
    one face, counter-clockwise.
    """
    count = len(ends)
    nodes, node = np.unique(ends.reshape(-1, 2).copy().view(np.complex128).ravel(), return_inverse=True)
    tail = np.concatenate([node.reshape(-1, 2)[:, 0], node.reshape(-1, 2)[:, 1]])
    head = np.concatenate([tail[count:], tail[:count]])
    if np.bincount(tail).min() < 2:
        return None
    step = nodes[head] - nodes[tail]
    fan = np.lexsort((np.arctan2(step.imag, step.real), tail))
    rank = np.empty(2 * count, dtype=np.intp)
    rank[fan] = np.arange(2 * count)
    first = np.searchsorted(tail[fan], np.arange(len(nodes) + 1))
    # The way back of each walk, and the one before it, clockwise, around the same node.
    back = rank[(np.arange(2 * count) + count) % (2 * count)]
    follow = fan[np.where(back == first[head], first[head + 1] - 1, back - 1)]
    lead, place = _walks(follow)
    order = np.lexsort((place, lead))
    _, ring, size = np.unique(lead[order], return_inverse=True, return_counts=True)
    if size.min() < 3:
        return None
    xy = nodes[tail[order]].copy().view(np.float64).reshape(-1, 2)
    made = np.atleast_1d(cast("Objects", shapely.polygons(np.atleast_1d(shapely.linearrings(xy, indices=ring)))))
    walked, ahead = nodes[tail[order]], nodes[head[order]]
    turn = np.bincount(ring, walked.real * ahead.imag - walked.imag * ahead.real)
    graph = coo_array((np.ones(count), (tail[:count], head[:count])), shape=(len(nodes), len(nodes)))
    part = connected_components(graph, directed=False)[1][tail[order]][np.flatnonzero(np.diff(ring, prepend=-1))]
    faces = _with_holes(made, turn > 0, part)
    return in_order(faces) if shapely.is_valid(faces).all() else None


def _with_holes(made: Objects, face: NDArray[np.bool_], part: Ints) -> Objects:
    """Take from faces what other, unconnected lines enclose within them.

    `face` are the walks counter-clockwise; the others go once around each part that hangs together.
    """
    faces, around = made[face].copy(), np.flatnonzero(~face)
    if len(around) == 1:
        return faces
    inner, outer = shapely.STRtree(faces).query(shapely.get_point(shapely.get_exterior_ring(made[around]), 0), "within")
    other = part[around[inner]] != part[np.flatnonzero(face)[outer]]
    inner, outer = inner[other], outer[other]
    order = np.lexsort((shapely.area(faces[outer]), inner))
    inner, outer = inner[order], outer[order]
    first = np.unique(inner, return_index=True)[1]
    for k in np.unique(outer[first]):
        holes = made[around[inner[first][outer[first] == k]]]
        faces[k] = shapely.Polygon(faces[k].exterior, [hole.exterior for hole in holes])
    return faces


def _walks(follow: Ints) -> tuple[Ints, Ints]:
    """Return, for each step of closed walks, the least step of its walk, and how many steps it is ahead of that one."""
    lead, reach = np.arange(len(follow)), follow.copy()
    while True:
        better = np.minimum(lead, lead[reach])
        if np.array_equal(better, lead) and np.array_equal(lead, lead[follow]):
            break
        lead, reach = better, reach[reach]
    # Counting steps: every step but the least points on, and the least stays.
    ahead = np.where(lead == np.arange(len(follow)), 0, 1)
    onward = np.where(lead == np.arange(len(follow)), np.arange(len(follow)), follow)
    while not np.array_equal(onward, lead):
        ahead, onward = ahead + ahead[onward], onward[onward]
    return lead, -ahead
