"""Street blocks: an area cut along lines, and the block each building belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.geo.adjacency import Adjacency, adjacency
from gridmap.geo.vertices import snap_to

__all__ = ["Blocks", "blocks", "place"]

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Objects = NDArray[np.object_]

# Between double-digitised lines lie slivers that nobody means as blocks: smaller or thinner than this.
_LEAST_AREA_M2 = 0.5
_LEAST_WIDTH_M = 0.25
_GRAIN_M = 0.01
_MARGIN_M = 10.0
_HAIR_M = 1e-6
# Boundaries are often drawn along streets: a line this near to the area's edge is meant to be the edge.
SNAP_M = 0.1
# How far a ridge is left standing past the line it ends on, so that noding finds the crossing whatever the rounding.
OVERSHOOT_M = 1e-4


@dataclass(frozen=True)
class Blocks:
    """The blocks of an area, which they tile with matching vertices."""

    polygons: Objects

    @cached_property
    def wide(self) -> Objects:
        """The blocks with a hair of ground around them."""
        return np.asarray(shapely.buffer(self.polygons, OVERSHOOT_M, join_style="mitre"))

    def find(self, points: Objects) -> Ints:
        """Return the block each point lies in, the first where several meet, −1 outside."""
        # Asked this way round each polygon is prepared once for all its points.
        block, point = shapely.STRtree(points).query(self.polygons, predicate="intersects")
        found = np.full(len(points), len(self.polygons), dtype=np.intp)
        np.minimum.at(found, point, block)
        return np.where(found == len(self.polygons), -1, found)


def blocks(area: shapely.Geometry, lines: Objects) -> Blocks:
    """Cut an area along lines (n LineStrings or MultiLineStrings, noded or not) into blocks.

    Pieces of lines that end inside a block do not cut it. Slivers between lines digitised twice are joined to the
    neighbour with the longest common border.
    """
    edge = shapely.get_rings(shapely.get_parts(area))
    cutting, edge = snap_to(_cuts(area, lines), edge, SNAP_M)
    faces = polygonal_faces([*cutting, *edge])
    inside = shapely.intersects(area, inner_points(faces))
    return Blocks(_without_slivers(faces[inside]))


def _cuts(area: shapely.Geometry, lines: Objects) -> Objects:
    shapely.prepare(area)
    lines = lines[~(shapely.is_missing(lines) | shapely.is_empty(lines))]
    lines = shapely.force_2d(lines[shapely.intersects(area, lines)])
    west, south, east, north = shapely.bounds(area)
    lines = shapely.clip_by_rect(lines, west - _MARGIN_M, south - _MARGIN_M, east + _MARGIN_M, north + _MARGIN_M)
    # Lines digitised twice, a few millimetres apart, become one.
    return shapely.get_parts(shapely.union_all(lines, grid_size=_GRAIN_M))


def polygonal_faces(lines: Sequence[shapely.Geometry]) -> Objects:
    """Node lines and return the faces they enclose, in an order of their own."""
    try:
        net = shapely.union_all(lines)
    except shapely.errors.GEOSException:
        # Rounding to a micrometre always nodes.
        net = shapely.union_all(lines, grid_size=1e-6)
    return in_order(shapely.get_parts(shapely.polygonize([net])))


def in_order(faces: Objects) -> Objects:
    """Put faces in an order that depends on nothing but themselves."""
    if not len(faces):
        return faces
    return faces[np.lexsort(np.column_stack([shapely.area(faces), shapely.bounds(faces)]).T)]


def inner_points(polygons: Objects) -> Objects:
    """Return a point well inside each polygon, hair-thin ones too."""
    points = shapely.point_on_surface(polygons)
    for k in np.flatnonzero(~(shapely.distance(shapely.boundary(polygons), points) > _HAIR_M)):
        triangles = shapely.get_parts(shapely.constrained_delaunay_triangles(polygons[k]))
        if len(triangles):
            points[k] = shapely.centroid(triangles[np.argmax(shapely.area(triangles))])
    return points


def _without_slivers(faces: Objects) -> Objects:
    area = shapely.area(faces)
    thin = (area < _LEAST_AREA_M2) | (2.0 * area < _LEAST_WIDTH_M * shapely.length(faces))
    if not thin.any() or thin.all():
        return faces
    label = np.where(thin, -1, np.arange(len(faces)))
    return join(faces, absorb(faces, label, adjacency(faces)))


def absorb(faces: Objects, label: Ints, pairs: Adjacency, *, group: Ints | None = None) -> Ints:
    """Give each face of label −1 the label of the neighbour with the longest common border, from the labelled outward.

    `pairs` are the borders of the faces. A neighbour of the same `group` goes before all others. What has no labelled
    neighbour at all, even through others, takes the label of the nearest labelled face.
    """
    label = label.copy()
    i = np.concatenate([pairs.i, pairs.j])
    j = np.concatenate([pairs.j, pairs.i])
    border = np.concatenate([pairs.shared_m, pairs.shared_m])
    same = np.zeros(len(border), dtype=bool) if group is None else group[i] == group[j]
    while (label < 0).any():
        open_ = (label[i] < 0) & (label[j] >= 0)
        if not open_.any():
            lone, kept = np.flatnonzero(label < 0), np.flatnonzero(label >= 0)
            _, near = shapely.STRtree(faces[kept]).query_nearest(faces[lone[:1]], all_matches=False)
            label[lone[0]] = label[kept[near[0]]]
            continue
        at, to, metres = i[open_], label[j[open_]], border[open_]
        prefer = same[open_]
        # The border with a label is the sum over its faces.
        key, inverse = np.unique(np.column_stack([at, to]), axis=0, return_inverse=True)
        total = np.bincount(inverse.ravel(), metres)
        close = np.bincount(inverse.ravel(), prefer) > 0
        # Faces that have a neighbour of their own group wait for nobody; the others wait while such are open.
        if close.any():
            key, total = key[close], total[close]
        order = np.lexsort((key[:, 1], -total, key[:, 0]))
        first = np.unique(key[order, 0], return_index=True)[1]
        label[key[order[first], 0]] = key[order[first], 1]
    return label


def join(faces: Objects, label: Ints) -> Objects:
    """Dissolve faces by label; the result follows the labels in ascending order."""
    order = np.argsort(label, kind="stable")
    _, start, size = np.unique(label[order], return_index=True, return_counts=True)
    result = faces[order[start]]
    for k in np.flatnonzero(size > 1):
        members = faces[order[start[k] : start[k] + size[k]]]
        result[k] = dissolve(members)
    return result


def dissolve(members: Objects) -> shapely.Geometry:
    """Return the union of faces of one coverage, as a Polygon where they hang together."""
    try:
        union = shapely.coverage_union_all(members)
    except shapely.errors.GEOSException:
        # Hair-thin pieces may overlap by the last digit.
        union = shapely.union_all(members)
    parts = shapely.get_parts(union)
    return parts[0] if len(parts) == 1 else union


def place(found: Blocks, points: Objects) -> tuple[Ints, Objects, NDArray[np.bool_]]:
    """Return each point's block, the point itself, and which points had to be moved into the area first."""
    block = found.find(points)
    outside = block < 0
    if outside.any():
        tree = shapely.STRtree(found.polygons)
        near = tree.nearest(points[outside])
        link = shapely.shortest_line(points[outside], found.polygons[near])
        points = points.copy()
        points[outside] = shapely.get_point(link, -1)
        block[outside] = near
    return block, points, outside
