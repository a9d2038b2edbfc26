"""Shapes as flat arrays: what is inside a tile is then taken by numbers, without a geometry being made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

__all__ = ["Flat", "flatten", "merged"]

Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Flat:
    """Paths of shapes (points: one path a point), of one dimension.

    `xy` float64[c, 2]; path p has the coordinates from `start[p]` to `start[p + 1]`; `owner` int64[p] is the row of the
    shape it is of, ascending; `inner` bool[p] tells holes. Outer rings run clockwise on the map, y upwards
    here; a tile turns y round, and then their area is positive, as its specification wants.
    """

    dimension: int
    xy: NDArray[np.float64]
    start: Ints
    owner: Ints
    inner: NDArray[np.bool_]

    def take(self, rows: Ints) -> Flat:
        """Return the paths of some shapes, ascending rows."""
        first = np.searchsorted(self.owner, rows)
        last = np.searchsorted(self.owner, rows, side="right")
        paths = _ranges(first, last)
        begin, end = self.start[paths], self.start[paths + 1]
        start = np.concatenate([[0], np.cumsum(end - begin)])
        return Flat(self.dimension, self.xy[_ranges(begin, end)], start, self.owner[paths], self.inner[paths])


def flatten(shapes: NDArray[Any], rows: Ints | None = None) -> Flat:
    """Return shapes as flat arrays; `rows` int64[n], ascending, number them (default: 0 …)."""
    parts, of = shapely.get_parts(np.asarray(shapes, object), return_index=True)
    owner = np.asarray(of, np.int64) if rows is None else rows[of]
    dimension = int(shapely.get_dimensions(parts).max(initial=0))
    inner = np.zeros(len(parts), bool)
    if dimension == 2:
        parts, ring_of = shapely.get_rings(shapely.orient_polygons(parts, exterior_cw=True), return_index=True)
        inner = np.concatenate([[False], ring_of[1:] == ring_of[:-1]]) if len(ring_of) else inner[:0]
        owner = owner[ring_of]
    start = np.concatenate([[0], np.cumsum(shapely.get_num_coordinates(parts))]).astype(np.int64)
    return Flat(dimension, shapely.get_coordinates(parts), start, owner, inner)


def merged(one: Flat, other: Flat) -> Flat:
    """Return the paths of both, ascending by the rows of their shapes; no shape is in both."""
    if not len(other.owner):
        return one
    if not len(one.owner):
        return other
    owner = np.concatenate([one.owner, other.owner])
    order = np.argsort(owner, kind="stable")
    begin = np.concatenate([one.start[:-1], other.start[:-1] + one.start[-1]])[order]
    end = np.concatenate([one.start[1:], other.start[1:] + one.start[-1]])[order]
    return Flat(
        one.dimension,
        np.concatenate([one.xy, other.xy])[_ranges(begin, end)],
        np.concatenate([[0], np.cumsum(end - begin)]),
        owner[order],
        np.concatenate([one.inner, other.inner])[order],
    )


def _ranges(begin: Ints, end: Ints) -> Ints:
    """Return the numbers from each begin to its end, one range after the other."""
    count = end - begin
    if not len(count):
        return np.zeros(0, np.int64)
    shift = np.repeat(begin - np.concatenate([[0], np.cumsum(count)[:-1]]), count)
    made: Ints = shift + np.arange(int(count.sum()))
    return made
