"""Checks of the shapes themselves: invalid ones, vertices that say nothing, spikes, places in several parts."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gridmap.city.city import City
from gridmap.city.findings import Finding, finding
from gridmap.city.report import about_rows, label
from gridmap.settings import Settings

__all__ = ["check_invalid", "check_shapes", "repeated_or_spiked", "tidy"]

_AREAS = ("subdistricts", "communities", "compounds")
_STRAIGHT_BACK = -np.cos(np.radians(1.0))


def check_shapes(city: City, settings: Settings) -> list[Finding]:
    """Find repeated vertices and spikes in the boundaries of places, and communities in several parts."""
    found: list[Finding] = []
    for name in _AREAS:
        shapes = np.asarray(city.layers[name].geometry.array, dtype=object)
        wrong = repeated_or_spiked(shapes, width_m=settings.coverage_tolerance_m)
        found += about_rows(
            city,
            "shape-vertices",
            name,
            np.flatnonzero(wrong),
            each=lambda _: "has vertices that repeat the one before, or a spike",
            many="have vertices that repeat the one before, or spikes",
        )
    shapes = np.asarray(city.communities.geometry.array, dtype=object)
    for row in np.flatnonzero(shapely.get_num_geometries(shapes) > 1):
        parts = shapely.get_parts(shapes[row])
        smallest = parts[int(np.argmin(shapely.area(parts)))]
        point = shapely.point_on_surface(smallest)
        where = label(city, "communities", int(row))
        message = f"{where} is in {len(parts)} parts; the smallest has {smallest.area:,.0f} m²."
        code = city.communities["code"].iloc[row]
        found.append(
            finding(
                "shape-parts", "communities", code, message, x=point.x, y=point.y, rows=[row], shape=smallest
            )
        )  # fmt: skip
    return found


def check_invalid(city: City) -> list[Finding]:
    """Find invalid polygons in layers that were taken as they are, without `City.build`: nothing else can be checked.

    Another program may have drawn them into the workspace.
    """
    found = []
    for name, layer in city.layers.items():
        shapes = np.asarray(layer.geometry.array, dtype=object)
        areal = np.isin(shapely.get_type_id(shapes), (3, 6))
        for row in np.flatnonzero(areal & ~shapely.is_valid(shapes)):
            reason = shapely.is_valid_reason(shapes[row])
            x, y = shapely.get_coordinates(shapes[row])[0]
            message = f"{label(city, name, int(row))} is not a valid polygon ({reason})."
            key = str(layer.iloc[row, 0])
            found.append(
                finding("shape-invalid", name, key, message, x=float(x), y=float(y), rows=[row], shape=shapes[row])
            )
    return found


def repeated_or_spiked(shapes: NDArray[np.object_], *, width_m: float) -> NDArray[np.bool_]:
    """Tell of each polygon whether a vertex repeats the one before it or is the point of a spike, bool[n].

    A spike goes out and comes back within a degree, and is narrower than `width_m` throughout.
    """
    parts, part_of = shapely.get_parts(shapes, return_index=True)
    rings, ring_of = shapely.get_rings(parts, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    bad = _useless(xy, ring, width_m)
    result = np.zeros(len(shapes), bool)
    result[part_of[ring_of[ring[bad]]]] = True
    return result


def _useless(xy: NDArray[np.float64], ring: NDArray[np.intp], width_m: float) -> NDArray[np.bool_]:
    """Tell of each vertex of closed rings whether it can go. The last vertex of a ring is the first again."""
    if not len(xy):
        return np.zeros(0, bool)
    first = np.flatnonzero(np.append(True, ring[1:] != ring[:-1]))
    last = np.append(first[1:], len(ring)) - 1
    before, after = np.arange(len(xy)) - 1, np.arange(len(xy)) + 1
    before[first] = last - 1
    after[last] = first + 1
    into, out = xy - xy[before], xy[after] - xy
    length_in, length_out = np.hypot(*into.T), np.hypot(*out.T)
    product = length_in * length_out
    same = np.append(False, (xy[1:] == xy[:-1]).all(axis=1) & (ring[1:] == ring[:-1]))
    with np.errstate(divide="ignore", invalid="ignore"):
        turn = np.where(product > 0, (into * out).sum(axis=1) / product, 1.0)
        across = np.abs(into[:, 0] * out[:, 1] - into[:, 1] * out[:, 0])
        wide = np.where(product > 0, across / np.maximum(length_in, length_out), np.inf)
    spike = (turn < _STRAIGHT_BACK) & (wide < width_m)
    spike[last] = False  # its twin at the start stands for it
    return np.asarray(same | spike)


def tidy(shape: BaseGeometry, *, width_m: float) -> BaseGeometry:
    """Return a polygon without repeated vertices and spikes, itself if nothing valid is left without them."""
    parts = []
    for part in shapely.get_parts(shape):
        rings = [_ring(np.asarray(ring.coords), width_m) for ring in (part.exterior, *part.interiors)]
        if rings[0] is None:
            continue
        parts.append(shapely.Polygon(rings[0], [ring for ring in rings[1:] if ring is not None]))
    if not parts:
        return shape
    done = parts[0] if shape.geom_type == "Polygon" else shapely.MultiPolygon(parts)
    return done if done.is_valid else shape


def _ring(xy: NDArray[np.float64], width_m: float) -> NDArray[np.float64] | None:
    """Take out one vertex after another until none is useless; None if no ring is left."""
    while len(xy) >= 4:
        bad = np.flatnonzero(_useless(xy, np.zeros(len(xy), np.intp), width_m))
        if not len(bad):
            return xy
        at = int(bad[0])
        open_ring = np.delete(xy[:-1], at % (len(xy) - 1), axis=0)
        xy = np.vstack([open_ring, open_ring[:1]])
    return None
