"""A city with changes laid over it: what repairs that stand on each other are worked out on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.city.city import City
from gridmap.city.schema import LAYERS
from gridmap.settings import Settings

__all__ = ["SHAPE", "Block", "Change", "Draft", "changes_of"]

SHAPE = "geometry"
"""The column of a change that gives a row another shape."""


@dataclass(frozen=True, eq=False)
class Change:
    """A value put in place of another in a row of a layer; the column `geometry` is the shape."""

    layer: str
    row: int
    column: str
    value: Any


@dataclass(frozen=True, eq=False)
class Block:
    """Values put in place of others in rows of one column of a layer; `rows` intp[n], `values` object[n]."""

    layer: str
    column: str
    rows: NDArray[np.intp]
    values: NDArray[np.object_]


def changes_of(blocks: Iterable[Block]) -> Iterator[Change]:
    """Yield what blocks change, one a row and column."""
    for block in blocks:
        for row, value in zip(block.rows.tolist(), block.values, strict=True):
            yield Change(block.layer, row, block.column, value)


class Draft:
    """A city with changes laid over it. `give` are codes of places that are to keep or get what is in question."""

    def __init__(self, city: City, settings: Settings, *, give: Iterable[str] = ()) -> None:
        self.city = city
        self.settings = settings
        self.give = frozenset(give)
        self._columns: dict[tuple[str, str], NDArray[np.object_]] = {}
        self._keys: dict[str, frozenset[str]] = {}
        self._held: dict[tuple[str, str], NDArray[np.int32]] = {}

    def column(self, layer: str, column: str) -> NDArray[np.object_]:
        """Return the values of a column as they stand now: not to be written to."""
        if (layer, column) not in self._columns:
            frame = self.city.layers[layer]
            values = frame.geometry.array if column == SHAPE else frame[column].to_numpy(object)
            self._columns[layer, column] = np.array(values, dtype=object)
        return self._columns[layer, column]

    def keys(self, layer: str) -> frozenset[str]:
        """Return the codes or ids of a layer as they stand now."""
        if layer not in self._keys:
            self._keys[layer] = frozenset(self.column(layer, LAYERS[layer].key).tolist())
        return self._keys[layer]

    def shape(self, layer: str, row: int) -> Any:
        """Return the shape of a row now."""
        return self.column(layer, SHAPE)[row]

    def lay(self, blocks: Iterable[Block]) -> None:
        """Put changes in place."""
        for block in blocks:
            self.column(block.layer, block.column)[block.rows] = block.values
            self._keys.pop(block.layer, None)

    def held(self, layer: str, target: str) -> NDArray[np.int32]:
        """Return which row of `target` holds the middle of each row of a layer, int32[n], -1 for none."""
        if layer == "buildings":
            return self.city.buildings_held(target)
        if (layer, target) not in self._held:
            middle = shapely.point_on_surface(np.asarray(self.city.layers[layer].geometry.array, dtype=object))
            self._held[layer, target] = self.city.rows_at(target, shapely.get_x(middle), shapely.get_y(middle))
        return self._held[layer, target]

    @cached_property
    def _by_x(self) -> tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]]:
        """The rows of the buildings from west to east, with their places."""
        x, y = shapely.get_x(self.city.building_points), shapely.get_y(self.city.building_points)
        order = np.argsort(x, kind="stable")
        return order, x[order], y[order]

    def buildings_in(self, shape: Any) -> NDArray[np.intp]:
        """Return the rows of buildings whose place lies in a shape, in order."""
        order, x, y = self._by_x
        left, low, right, top = shape.bounds
        near = np.arange(np.searchsorted(x, left, "left"), np.searchsorted(x, right, "right"))
        near = near[(y[near] >= low) & (y[near] <= top)]
        return np.sort(order[near[shapely.intersects_xy(shape, x[near], y[near])]])

    @cached_property
    def _households(self) -> NDArray[np.int64]:
        known: NDArray[np.int64] = self.city.buildings["households"].fillna(0).to_numpy(np.int64)
        return known

    def households(self, rows: NDArray[np.intp]) -> int:
        """Return the known households of buildings."""
        return int(self._households[rows].sum())
