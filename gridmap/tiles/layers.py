"""A layer ready to be cut into tiles: shapes in Web Mercator with an index, attributes as numbers of values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from threading import Lock
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.errors import InputError
from gridmap.geo.frames import Frame
from gridmap.tiles.flat import Flat, flatten
from gridmap.tiles.kernels import parted
from gridmap.tiles.mercator import HALF_M, Tile, projected
from gridmap.tiles.mvt import EXTENT, layer_bytes
from gridmap.tiles.mvt import attributes as encoded

__all__ = ["BUFFER", "TileLayer"]

Ints = NDArray[np.int64]

BUFFER = 64
"""Units of a tile's grid that shapes reach over its edge, so that outlines and halos meet."""

FINEST = 14
"""From this zoom on shapes are drawn as they are; above it they are simplified to half a unit of the grid."""


class TileLayer:
    """Shapes of one dimension with attributes; cut by `tile`. One may be shared by threads."""

    def __init__(
        self,
        name: str,
        shapes: NDArray[Any],
        attributes: Mapping[str, Sequence[Any] | NDArray[Any]],
        *,
        frame: Frame,
        ids: Ints | None = None,
        zooms: tuple[int, int] = (0, 22),
    ) -> None:
        """Prepare shapes (n) in `frame`. `ids` int64[n] ≥ 0 stay the same for the same thing; by default the rows'.

        Missing shapes and attributes are left out. `zooms` are the first and the last at which the layer shows. Raises
        InputError for shapes of several dimensions. O(n log n).
        """
        given = np.asarray(shapes, object)
        there = ~(shapely.is_missing(given) | shapely.is_empty(given))
        self.name, self.zooms = name, zooms
        self.ids = (np.arange(len(given)) if ids is None else np.asarray(ids, np.int64))[there]
        self._shapes = projected(given[there], frame)
        dimensions = np.unique(shapely.get_dimensions(self._shapes))
        if len(dimensions) > 1:
            raise InputError(
                "layer-mixed", f"{name}: points, lines and areas cannot be one layer.", "Make a layer of each."
            )
        self.dimension = int(dimensions[0]) if len(dimensions) else 0
        if len(self.ids) and self.ids.min() < 0:
            raise InputError("ids-negative", f"{name}: there are ids below 0.", "Number the shapes from 0.")
        columns = {key: np.asarray(values, object)[there] for key, values in attributes.items()}
        self._about = encoded(columns, rows=len(self.ids))
        self._levels: dict[int, tuple[NDArray[np.object_], Flat]] = {}
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of the attributes."""
        return self._about.names

    @cached_property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north in EPSG:3857; NaN for an empty layer."""
        west, south, east, north = shapely.total_bounds(self._shapes).tolist()
        return west, south, east, north

    @cached_property
    def _tree(self) -> shapely.STRtree:
        return shapely.STRtree(self._shapes)

    @cached_property
    def _extents(self) -> NDArray[np.float64]:
        return np.asarray(shapely.bounds(self._shapes), np.float64).reshape(-1, 4)

    def tile(self, tile: Tile) -> bytes:
        """Return the layer's part of a tile, empty where nothing of it shows there."""
        if not len(self) or not self.zooms[0] <= tile.z <= self.zooms[1]:
            return b""
        west, south, east, north = tile.bounds
        unit = (east - west) / EXTENT
        frame = (west - BUFFER * unit, south - BUFFER * unit, east + BUFFER * unit, north + BUFFER * unit)
        rows = np.sort(self._tree.query(shapely.box(*frame)))
        if not len(rows):
            return b""
        shapes, flat = self._at(tile.z)
        cut = None
        if self.dimension:
            rows, out, cut_of = parted(rows, self._extents, frame, unit)
            if len(out):
                cut = cut_of, flatten(_only(shapely.clip_by_rect(shapes[out], *frame), self.dimension))
        return layer_bytes(self.name, rows, flat, self.ids, self._about, place=(west, north, 1 / unit), cut=cut)

    def _at(self, z: int) -> tuple[NDArray[np.object_], Flat]:
        """Return all shapes as they are drawn at a zoom, and their paths; simplified ones are kept."""
        level = FINEST if self.dimension == 0 else min(z, FINEST)
        with self._lock:
            if level not in self._levels:
                shapes = self._shapes
                if level < FINEST:
                    unit = 2 * HALF_M / (1 << level) / EXTENT
                    shapes = shapely.simplify(shapes, unit / 2, preserve_topology=self.dimension == 2)
                self._levels[level] = (shapes, flatten(shapes))
            return self._levels[level]


def _only(shapes: NDArray[np.object_], dimension: int) -> NDArray[np.object_]:
    """Return shapes without the parts of a lower dimension that cutting may leave."""
    mixed = np.flatnonzero(shapely.get_type_id(shapes) == 7)
    for row in mixed.tolist():
        parts = [part for part in shapely.get_parts(shapes[row]) if shapely.get_dimensions(part) == dimension]
        shapes[row] = (shapely.multipolygons if dimension == 2 else shapely.multilinestrings)(parts) if parts else None
    low = shapely.get_dimensions(shapes) < dimension
    shapes[low] = None
    return shapes
