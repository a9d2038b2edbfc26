"""Who borders whom, and along how many metres: by hashing segments, in numpy.

In a valid coverage every shared piece of boundary is the same two vertices on both sides, so equal segments are
neighbours; no geometry is ever intersected.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.errors import GeometryError
from gridmap.geo.vertices import along, insert_into_polygons, segments

__all__ = ["Adjacency", "adjacency", "borders", "match_vertices", "unmatched"]

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Objects = NDArray[np.object_]


@dataclass(frozen=True)
class Adjacency:
    """Pairs of polygons that share boundary, once each, sorted, with i < j; lengths in metres.

    `outer_m` is the length of a polygon's boundary that it shares with nobody, `perimeter_m` all of it. `along` holds,
    by name of a set of lines, the part of each pair's shared length that lies on these lines.
    """

    i: NDArray[np.int32]
    j: NDArray[np.int32]
    shared_m: Floats
    outer_m: Floats
    perimeter_m: Floats
    along: Mapping[str, Floats] = field(default_factory=dict)


def adjacency(
    polygons: Objects,
    *,
    lines: Mapping[str, Objects] | None = None,
    tolerance_m: float = 0.05,
    check: bool = False,
) -> Adjacency:
    """Find neighbours and shared lengths of a valid coverage by equal segments.

    `lines` are named sets of lines (streets, barriers): a shared segment lies along them when its middle is within
    `tolerance_m` of one. Polygons that touch in points only are no neighbours. Raises GeometryError when a segment has
    more than two owners (an overlap) and, with `check`, where two polygons border with different vertices;
    `match_vertices` mends that. Time grows with the number of vertices.
    """
    start, end, owner, _ = _segments(polygons)
    count = len(polygons)
    length = np.hypot(*(end - start).T)
    perimeter = _sums(owner, length, count)
    first, second, alone = _twins(start, end)
    own = owner[first] == owner[second]
    first, second = first[~own], second[~own]
    outer = _sums(owner[alone], length[alone], count)
    if check and len(_loose(start[alone], end[alone], owner[alone], tolerance_m)[0]):
        raise GeometryError(
            "coverage-unmatched",
            "Some of these polygons border one another with different vertices.",
            "Match their vertices first (gridmap.geo.adjacency.match_vertices).",
        )
    low = np.minimum(owner[first], owner[second])
    high = np.maximum(owner[first], owner[second])
    pairs, pair_of = np.unique(low.astype(np.int64) * count + high, return_inverse=True)
    metres = length[first]
    on_lines: dict[str, Floats] = {}
    if lines:
        middle = shapely.points((start[first] + end[first]) / 2.0)
        for name, geometries in lines.items():
            hit = _on_lines(middle, geometries, tolerance_m)
            on_lines[name] = _sums(pair_of, metres * hit, len(pairs))
    return Adjacency(
        i=(pairs // max(count, 1)).astype(np.int32),
        j=(pairs % max(count, 1)).astype(np.int32),
        shared_m=_sums(pair_of, metres, len(pairs)),
        outer_m=outer,
        perimeter_m=perimeter,
        along=on_lines,
    )


def borders(polygons: Objects) -> tuple[Floats, Floats, Ints, Ints]:
    """Return every segment of a valid coverage once: its start and end (s × 2), and the two polygons beside it."""
    start, end, owner, _ = _segments(polygons)
    first, second, alone = _twins(start, end)
    once = np.concatenate([first, np.flatnonzero(alone)])
    other = np.concatenate([owner[second], np.full(int(alone.sum()), -1)])
    return start[once], end[once], owner[once], other


def unmatched(polygons: Objects, *, tolerance_m: float) -> Ints:
    """Return the polygons with a neighbour's vertex in the middle of one of their segments, within the tolerance."""
    start, end, owner, _ = _segments(polygons)
    _, _, alone = _twins(start, end, strict=False)
    segment, _ = _loose(start[alone], end[alone], owner[alone], tolerance_m)
    return np.unique(owner[alone][segment])


def match_vertices(polygons: Objects, *, tolerance_m: float) -> Objects:
    """Give polygons that border one another the same vertices along the common border.

    A neighbour's vertex within `tolerance_m` of the middle of a segment is inserted there as it is, so a boundary moves
    by at most the tolerance; polygons without such a vertex are returned untouched. It closes no gap and removes no
    overlap wider than the tolerance.
    """
    start, end, owner, place = _segments(polygons)
    _, _, alone = _twins(start, end, strict=False)
    segment, points = _loose(start[alone], end[alone], owner[alone], tolerance_m)
    segment = np.flatnonzero(alone)[segment]
    if not len(segment):
        return polygons
    at = along(np.stack([start[segment], end[segment]], axis=1), points)
    order = np.lexsort((at, segment))
    return insert_into_polygons(polygons, place[segment[order]], points[order])


def _segments(polygons: Objects) -> tuple[Floats, Floats, Ints, Ints]:
    """Return the ends (s × 2) of all ring segments, the polygon each belongs to, and the place of its first vertex."""
    xy, owner = shapely.get_coordinates(polygons, return_index=True)
    # Adding zero turns -0.0 into 0.0, which has other bits.
    xy = xy + 0.0
    joined = (owner[1:] == owner[:-1]) & ((xy[1:, 0] != xy[:-1, 0]) | (xy[1:, 1] != xy[:-1, 1]))
    # Where a polygon has several rings, the last vertex of one and the first of the next make no segment.
    many = shapely.get_type_id(polygons) == shapely.GeometryType.MULTIPOLYGON
    many |= shapely.get_num_interior_rings(polygons) > 0
    if many.any():
        _, ring = shapely.get_coordinates(shapely.get_rings(shapely.get_parts(polygons[many])), return_index=True)
        vertex = np.flatnonzero(many[owner])
        joined[vertex[:-1][ring[1:] != ring[:-1]]] = False
    place = np.flatnonzero(joined)
    return xy[place], xy[place + 1], owner[place], place


def _sums(index: Ints, values: Floats, count: int) -> Floats:
    return np.bincount(index, values, count).astype(np.float64)


def _mixed(bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Mix 64 bits so that each depends on all (the finaliser of splitmix64)."""
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(bits ^ (bits >> np.uint64(31)))


def _hashes(start: Floats, end: Floats) -> NDArray[np.uint64]:
    """Return one hash a segment that does not depend on its direction."""
    bits = np.ascontiguousarray(np.concatenate([start, end])).view(np.uint64)
    # Overflow is what mixes; array arithmetic lets it pass.
    corner = _mixed(_mixed(bits[:, 0]) + np.uint64(0x9E3779B97F4A7C15) + bits[:, 1])
    return _mixed(corner[: len(start)] + corner[len(start) :])


def _twins(start: Floats, end: Floats, *, strict: bool = True) -> tuple[Ints, Ints, NDArray[np.bool_]]:
    """Pair equal segments; return both sides of the pairs and which segments stay alone."""
    order, same = _ranked(start, end)
    if strict and (same[1:] & same[:-1]).any():
        raise GeometryError(
            "coverage-overlap",
            "More than two of these polygons have the same piece of boundary, so some of them overlap.",
            "Look at the overlaps (check) and mend them first.",
        )
    first, second = order[:-1][same], order[1:][same]
    alone = np.ones(len(start), dtype=bool)
    alone[first] = alone[second] = False
    return first, second, alone


def _ranked(start: Floats, end: Floats) -> tuple[Ints, NDArray[np.bool_]]:
    """Return an order in which equal segments are neighbours, and whether each is equal to the one after it."""
    keys = _hashes(start, end)
    order = np.argsort(keys, kind="stable")
    ranked = keys[order]
    same = ranked[1:] == ranked[:-1]
    one, two = order[:-1][same], order[1:][same]
    turned = ((start[one] == end[two]) & (end[one] == start[two])).all(axis=1)
    if (turned | ((start[one] == start[two]) & (end[one] == end[two])).all(axis=1)).all():
        return order, same
    # Two different segments have one hash: compare the coordinates themselves.
    swap = (start[:, 0] > end[:, 0]) | ((start[:, 0] == end[:, 0]) & (start[:, 1] > end[:, 1]))
    low, high = np.where(swap[:, None], end, start), np.where(swap[:, None], start, end)
    order = np.lexsort((high[:, 1], high[:, 0], low[:, 1], low[:, 0]))
    both = np.column_stack([low, high])[order]
    return order, (both[1:] == both[:-1]).all(axis=1)


def _loose(start: Floats, end: Floats, owner: Ints, tolerance_m: float) -> tuple[Ints, Floats]:
    """Find segments in whose middle another polygon has a vertex: the segments and these vertices."""
    corners, index = np.unique(np.concatenate([start, end]), axis=0, return_inverse=True)
    owners = np.concatenate([owner, owner])
    tree = shapely.STRtree(np.atleast_1d(cast("Objects", shapely.linestrings(np.stack([start, end], axis=1)))))
    corner, segment = tree.query(shapely.points(corners), predicate="dwithin", distance=tolerance_m)
    far = np.minimum(np.hypot(*(corners[corner] - start[segment]).T), np.hypot(*(corners[corner] - end[segment]).T))
    inner = far > tolerance_m
    corner, segment = corner[inner], segment[inner]
    pairs = np.unique(np.column_stack([index.ravel(), owners]), axis=0)
    mine = np.isin(
        corner.astype(np.int64) * (owner.max(initial=0) + 1) + owner[segment],
        pairs[:, 0].astype(np.int64) * (owner.max(initial=0) + 1) + pairs[:, 1],
    )
    return segment[~mine], corners[corner[~mine]]


def _on_lines(points: Objects, lines: Objects, tolerance_m: float) -> NDArray[np.bool_]:
    """Say of each point whether it lies within the tolerance of a line."""
    hit = np.zeros(len(points), dtype=bool)
    pieces, _, _ = segments(shapely.get_parts(np.asarray(lines, dtype=object)))
    if len(pieces):
        tree = shapely.STRtree(pieces)
        found, _ = tree.query(points, predicate="dwithin", distance=tolerance_m)
        hit[found] = True
    return hit
