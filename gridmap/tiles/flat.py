"""Shapes as flat arrays: what is inside a tile is then taken by numbers, without a geometry being made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.tiles.kernels import Paths

__all__ = ["Flat", "flatten"]

Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Flat:
    """Paths of shapes (points: one path a point), of one dimension.

    Outer rings run clockwise on the map, y upwards here; a tile turns y round, and then their area is positive, as
    its specification wants.
    """

    dimension: int
    paths: Paths


def flatten(shapes: NDArray[Any]) -> Flat:
    """Return shapes as flat arrays."""
    parts, owner = shapely.get_parts(np.asarray(shapes, object), return_index=True)
    dimension = int(shapely.get_dimensions(parts).max(initial=0))
    inner = np.zeros(len(parts), np.uint8)
    if dimension == 2:
        parts, ring_of = shapely.get_rings(shapely.orient_polygons(parts, exterior_cw=True), return_index=True)
        inner = np.zeros(len(parts), np.uint8)
        inner[1:] = ring_of[1:] == ring_of[:-1]
        owner = owner[ring_of]
    start = _from_zero(shapely.get_num_coordinates(parts))
    first = _from_zero(np.bincount(owner, minlength=len(shapes)))
    return Flat(dimension, Paths(np.ascontiguousarray(shapely.get_coordinates(parts)), start, first, inner))


def _from_zero(counts: NDArray[Any]) -> Ints:
    made = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(counts, out=made[1:])
    return made
