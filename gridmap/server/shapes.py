"""Shapes as GeoJSON has them: degrees, coordinates cut to what a screen shows, shared edges still shared."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.geo.frames import Frame

__all__ = ["box_lonlat", "coordinates", "degrees", "label_points"]

DECIMALS = 6
"""A tenth of a metre."""


def degrees(shapes: NDArray[Any], frame: Frame, *, decimals: int = DECIMALS) -> NDArray[np.object_]:
    """Return shapes of a frame in longitude and latitude; the same corner stays the same."""

    def turned(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        lon, lat = frame.to_lonlat(xy[:, 0], xy[:, 1])
        return np.asarray(np.round(np.column_stack([lon, lat]), decimals), np.float64)

    made: NDArray[np.object_] = shapely.transform(np.asarray(shapes, object), turned)
    return made


def coordinates(shapes: NDArray[Any]) -> list[dict[str, Any] | None]:
    """Return GeoJSON geometries of shapes; None for those that are missing or empty."""
    texts = shapely.to_geojson(np.asarray(shapes, object))
    gone = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    return [None if empty else json.loads(text) for text, empty in zip(texts, gone, strict=True)]


def label_points(shapes: NDArray[Any]) -> NDArray[np.object_]:
    """Return a point within each shape, in the middle of it where that is within."""
    middle = shapely.centroid(shapes)
    inside = shapely.contains_properly(shapes, middle)
    return np.where(inside, middle, shapely.point_on_surface(shapes))


def box_lonlat(shape: Any, frame: Frame) -> list[float] | None:
    """Return west, south, east, north of a shape of the frame in degrees; None for what is empty."""
    west, south, east, north = shapely.bounds(shape).tolist()
    if west != west:
        return None
    lon, lat = frame.to_lonlat([west, west, east, east], [south, north, south, north])
    return [round(float(value), 6) for value in (min(lon), min(lat), max(lon), max(lat))]
