"""Where tiles lie: the square of Web Mercator, divided in four at each zoom. For display only, never for measuring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.errors import InputError
from gridmap.geo.frames import Frame

__all__ = ["HALF_M", "MOST_ZOOM", "Tile", "projected", "tiles_over"]

HALF_M = 20037508.342789244
"""Half the side of the square, in the metres of EPSG:3857."""

MOST_ZOOM = 22

_RADIUS_M = 6378137.0


@dataclass(frozen=True, order=True, slots=True)
class Tile:
    """A tile by zoom, column from the west and row from the north."""

    z: int
    x: int
    y: int

    def __post_init__(self) -> None:
        side = 1 << self.z if 0 <= self.z <= MOST_ZOOM else 0
        if not (0 <= self.x < side and 0 <= self.y < side):
            raise InputError(
                "tile-unknown",
                f"There is no tile {self.z}/{self.x}/{self.y}.",
                f"Zoom goes from 0 to {MOST_ZOOM}; x and y from 0 to 2^zoom − 1.",
            )

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north in EPSG:3857."""
        side = 2 * HALF_M / (1 << self.z)
        west, north = self.x * side - HALF_M, HALF_M - self.y * side
        return west, north - side, west + side, north


def projected(shapes: NDArray[Any], frame: Frame) -> NDArray[np.object_]:
    """Return shapes of a frame in EPSG:3857."""

    def mercator(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        lon, lat = frame.to_lonlat(xy[:, 0], xy[:, 1])
        y = np.arctanh(np.sin(np.deg2rad(np.clip(lat, -85.05112878, 85.05112878))))
        return np.column_stack([_RADIUS_M * np.deg2rad(lon), _RADIUS_M * y])

    made: NDArray[np.object_] = shapely.transform(np.asarray(shapes, object), mercator)
    return made


def tiles_over(bounds: tuple[float, float, float, float], z: int) -> list[Tile]:
    """Return the tiles of a zoom that touch bounds in EPSG:3857, row by row from the north."""
    side, last = 2 * HALF_M / (1 << z), (1 << z) - 1
    west, east = (min(max(int((x + HALF_M) // side), 0), last) for x in (bounds[0], bounds[2]))
    north, south = (min(max(int((HALF_M - y) // side), 0), last) for y in (bounds[3], bounds[1]))
    return [Tile(z, x, y) for y in range(north, south + 1) for x in range(west, east + 1)]
