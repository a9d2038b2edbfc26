"""Vertices of lines and rings: putting the same vertex where two shapes meet."""

from __future__ import annotations

from typing import cast

import numpy as np
import shapely
from numpy.typing import NDArray

__all__ = ["insert_into_lines", "insert_into_polygons", "segments", "snap_to"]

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Objects = NDArray[np.object_]


def segments(lines: Objects) -> tuple[Objects, Floats, Ints]:
    """Return the segments of lines as lines, their ends (s × 2 × 2), and each one's place.

    The place is the position of the segment's first vertex among all vertices.
    """
    xy, at = shapely.get_coordinates(lines, return_index=True)
    first = np.flatnonzero(at[1:] == at[:-1])
    ends = np.stack([xy[first], xy[first + 1]], axis=1)
    return np.atleast_1d(cast("Objects", shapely.linestrings(ends))), ends, first


def along(ends: Floats, points: Floats) -> Floats:
    """Return how far along its segment each point lies: 0 at the start, 1 at the end."""
    step = ends[:, 1] - ends[:, 0]
    square = (step**2).sum(axis=1)
    return np.asarray(((points - ends[:, 0]) * step).sum(axis=1) / np.where(square > 0, square, 1.0))


def insert_into_lines(lines: Objects, place: Ints, points: Floats) -> Objects:
    """Insert each point after the vertex at its place, in the order given."""
    xy, at = shapely.get_coordinates(lines, return_index=True)
    xy, at = np.insert(xy, place + 1, points, axis=0), np.insert(at, place + 1, at[place])
    return np.atleast_1d(cast("Objects", shapely.linestrings(xy, indices=at)))


def insert_into_polygons(polygons: Objects, place: Ints, points: Floats) -> Objects:
    """Insert each point after the vertex at its place among all vertices of all rings, in the order given."""
    parts, part_of = shapely.get_parts(polygons, return_index=True)
    rings, ring_of = shapely.get_rings(parts, return_index=True)
    xy, at = shapely.get_coordinates(rings, return_index=True)
    touched = np.unique(part_of[ring_of[at[place]]])
    xy, at = np.insert(xy, place + 1, points, axis=0), np.insert(at, place + 1, at[place])
    keep = np.isin(part_of[ring_of[at]], touched)
    used, ring = np.unique(at[keep], return_inverse=True)
    new_rings = np.atleast_1d(cast("Objects", shapely.linearrings(xy[keep], indices=ring)))
    _, part = np.unique(ring_of[used], return_inverse=True)
    new_parts = np.atleast_1d(cast("Objects", shapely.polygons(new_rings, indices=part)))
    result = polygons.copy()
    multi = shapely.get_type_id(polygons[touched]) == shapely.GeometryType.MULTIPOLYGON
    for row, many in zip(touched, multi, strict=True):
        mine = new_parts[part_of[np.unique(ring_of[used])] == row]
        result[row] = shapely.multipolygons(mine) if many else mine[0]
    return result


def snap_to(lines: Objects, edges: Objects, tolerance_m: float) -> tuple[Objects, Objects]:
    """Lay lines that run within the tolerance of an edge onto it; return both with the same vertices there.

    Edges keep their course: vertices of lines are inserted where they are nearest. Lines move by at most about the
    tolerance.
    """
    whole = shapely.multilinestrings(list(edges))
    shapely.prepare(whole)
    near = shapely.dwithin(whole, lines, tolerance_m)
    if not near.any():
        return lines, edges
    # First onto the edges' own vertices, then, for what is still beside an edge, onto its middle.
    close = shapely.snap(lines[near], whole, tolerance_m)
    parts, ends, place = segments(edges)
    xy = shapely.get_coordinates(close)
    corner, segment = shapely.STRtree(parts).query_nearest(
        shapely.points(xy), max_distance=tolerance_m, all_matches=False
    )
    at = along(ends[segment], xy[corner])
    start, step = ends[segment, 0], ends[segment, 1] - ends[segment, 0]
    foot = start + at[:, None] * step
    exact = np.minimum(np.hypot(*(xy[corner] - start).T), np.hypot(*(xy[corner] - ends[segment, 1]).T)) == 0.0
    inner = (at > 0) & (at < 1) & ~exact
    corner, segment, at, foot = corner[inner], segment[inner], at[inner], foot[inner]
    xy[corner] = foot
    order = np.lexsort((at, segment))
    result = lines.copy()
    result[near] = shapely.set_coordinates(close, xy)
    return result, insert_into_lines(edges, place[segment[order]], foot[order])
