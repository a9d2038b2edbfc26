"""Shapes made ready for pictures: generalised together, labelled inside, streets named along their line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

__all__ = [
    "STREET_CLASSES",
    "StreetName",
    "anchors",
    "display_coverage",
    "display_outlines",
    "merged",
    "points_at",
    "street_names",
]

Shapes = NDArray[np.object_]
StreetName = tuple[str, float, float, float, float, int]
"""Name, x, y, degrees clockwise from east on a page, metres of straight line for it, rank of the street's class."""

STREET_CLASSES = ("arterial", "collector", "local", "lane", "path")

_POINT_SIDE_M = 7.0
_EVERY_M = 700.0
_STRAIGHT = 0.985


def display_coverage(polygons: Shapes, tolerance_m: float) -> Shapes:
    """Simplify polygons so that the boundary two of them share stays one line.

    A vertex goes when the triangle it makes with its neighbours is smaller than the tolerance squared (Visvalingam and
    Whyatt, 1993). O(vertices · log). Where polygons overlap, each is simplified for itself.
    """
    if not len(polygons):
        return polygons
    simple: Shapes = shapely.coverage_simplify(polygons, tolerance_m)
    lost = shapely.is_empty(simple) & ~shapely.is_empty(polygons)
    return np.where(lost, polygons, simple)


def display_outlines(shapes: Shapes, tolerance_m: float) -> Shapes:
    """Simplify building outlines each for itself; a building that is a point becomes a small square."""
    out = shapes.copy()
    flat = np.isin(shapely.get_type_id(shapes), [3, 6])
    out[flat] = shapely.simplify(shapes[flat], tolerance_m)
    if (~flat).any():
        centre = shapely.get_coordinates(shapely.centroid(shapes[~flat]))
        half = _POINT_SIDE_M / 2
        out[~flat] = shapely.box(*(centre - half).T, *(centre + half).T)
    return out


def points_at(xy: Sequence[tuple[float, float]] | NDArray[np.float64]) -> Shapes:
    """Return points at coordinates, of which there may be none."""
    return np.asarray(shapely.points(np.asarray(xy, np.float64).reshape(-1, 2)), dtype=np.object_).reshape(-1)


def anchors(polygons: Shapes) -> tuple[Shapes, NDArray[np.float64]]:
    """Return for each polygon where its label stands best, and how far the nearest boundary is from there, in metres.

    The centre of the largest circle inside its largest part; for an empty polygon the frame's origin with no room.
    """
    points = np.full(len(polygons), shapely.Point(0, 0), dtype=object)
    room = np.zeros(len(polygons))
    parts, owner = shapely.get_parts(polygons, return_index=True)
    areas = shapely.area(parts)
    order = np.lexsort((areas, owner))
    largest = order[np.append(owner[order][1:] != owner[order][:-1], True)] if len(parts) else order
    for part in largest[areas[largest] > 0]:
        shape = parts[part]
        tolerance = max(1.0, float(areas[part]) ** 0.5 / 50)
        radius = shapely.maximum_inscribed_circle(shape, tolerance=tolerance)
        points[owner[part]] = shapely.get_point(radius, 0)
        room[owner[part]] = shapely.length(radius)
    return points, room


def merged(lines: Shapes, tolerance_m: float) -> Shapes:
    """Join lines end to end where exactly two meet, and simplify them."""
    if not len(lines):
        return lines
    # An outline of a barrier given as an area stands for the barrier.
    flat = np.where(np.isin(shapely.get_type_id(lines), [3, 6]), shapely.boundary(lines), lines)
    parts = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(shapely.get_parts(flat))))
    simple: Shapes = shapely.simplify(parts, tolerance_m)
    return simple


def street_names(streets: gpd.GeoDataFrame) -> list[StreetName]:
    """Return where the names of streets stand: on straight stretches, every 700 m."""
    named = streets[streets["name"].notna() & (streets["name"] != "")]
    found: list[StreetName] = []
    for name, rows in named.groupby("name", sort=True):
        classes = [STREET_CLASSES.index(one) for one in rows["class"] if one in STREET_CLASSES]
        rank = min(classes, default=2)
        for line in merged(np.asarray(rows.geometry.array, dtype=object), 0.5):
            found += [(str(name), *place, rank) for place in _straight_stretches(line)]
    return found


def _straight_stretches(line: shapely.LineString) -> Iterator[tuple[float, float, float, float]]:
    """Find x, y, angle and length of straight stretches along a line."""
    whole = float(line.length)
    count = max(1, round(whole / _EVERY_M))
    for number in range(count):
        at = whole * (number + 0.5) / count
        best: tuple[float, float, float, float] | None = None
        for half in (30.0, 60.0, 100.0, 160.0):
            if half > min(at, whole - at) + 1e-6:
                break
            start, middle, end = (shapely.line_interpolate_point(line, at + d) for d in (-half, 0.0, half))
            if start.distance(end) < _STRAIGHT * 2 * half:
                break
            angle = -np.degrees(np.arctan2(end.y - start.y, end.x - start.x))
            best = (middle.x, middle.y, float(angle), 2 * half)
        if best:
            yield best
