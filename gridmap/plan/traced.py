"""The cells that a plan is drawn on as columns of numbers, as editors get them: outlines as steps of whole numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.geo.frames import Frame
from gridmap.plan.fabric import Fabric

__all__ = ["columns"]

Steps = NDArray[np.int64]

_E7 = 1e7
"""Degrees are told in ten-millionths: a centimetre."""


def columns(fabric: Fabric) -> dict[str, NDArray[Any]]:
    """Return where cells are, what they are of and which touch; nothing about people.

    Names that end in `_e7` are ten-millionths of a degree, each value the step from the one before. `corners_e7` has x
    and y in turn, of all rings, without the corner that closes a ring; `rings` is how many corners each ring has,
    `ring_cell` the cell that it is of. Areas are m², lengths m.
    """
    lon, lat = _steps(fabric.x, fabric.y, fabric.frame)
    return {
        "x_e7": lon,
        "y_e7": lat,
        "community": fabric.community,
        "compound": fabric.compound,
        "special": fabric.special,
        "area_m2": fabric.area_m2.round(3),
        "perimeter_m": fabric.perimeter_m.round(4),
        "i": fabric.i,
        "j": fabric.j,
        "shared_m": fabric.shared_m.round(4),
        "barrier_m": fabric.barrier_m.round(4),
        **_outlines(fabric),
    }


def _outlines(fabric: Fabric) -> dict[str, NDArray[Any]]:
    parts, part_cell = shapely.get_parts(fabric.polygons, return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    # The last corner of a ring is its first again.
    last = np.append(ring[1:] != ring[:-1], True)
    xy, ring = xy[~last], ring[~last]
    lon, lat = _steps(xy[:, 0], xy[:, 1], fabric.frame)
    return {
        "corners_e7": np.column_stack([lon, lat]).ravel(),
        "rings": np.bincount(ring, minlength=len(rings)),
        "ring_cell": part_cell[ring_part],
    }


def _steps(x: NDArray[np.float64], y: NDArray[np.float64], frame: Frame) -> tuple[Steps, Steps]:
    lon, lat = frame.to_lonlat(x, y)
    return _step(lon), _step(lat)


def _step(degrees: NDArray[np.float64]) -> Steps:
    whole = np.round(np.asarray(degrees, np.float64) * _E7).astype(np.int64)
    return np.asarray(np.diff(whole, prepend=0), np.int64)
