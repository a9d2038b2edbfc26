"""Coordinates as compact text: what a page needs of a shape in about four characters a vertex.

A stream of integers in zigzag varints of base 64 (URL alphabet): counts, and for each vertex the step east and north
from the vertex before it, in millionths of a degree (0.1 m). Read by `web/src/folium/unpack.ts`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.geo.frames import Frame

__all__ = ["Packer", "varints"]

Shapes = NDArray[np.object_]
Steps = NDArray[np.int64]

_ALPHABET = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", np.uint8)
_UNIT = 1e-6


def varints(values: NDArray[np.int64]) -> str:
    """Return integers as text, small ones in few characters.

    >>> varints(np.array([0, -1, 1, 15, 16, -1000]))
    'ABCegBv-B'
    """
    zigzag = np.where(values < 0, -2 * values - 1, 2 * values).astype(np.uint64)
    digits = np.ones(len(zigzag), np.int64)
    for power in range(1, 13):
        digits += zigzag >= np.uint64(1) << np.uint64(5 * power)
    ends = np.cumsum(digits)
    value = np.repeat(zigzag, digits)
    place = np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - digits, digits)
    digit = (value >> (5 * place).astype(np.uint64)) & np.uint64(31)
    more = place < np.repeat(digits, digits) - 1
    return bytes(_ALPHABET[digit.astype(np.int64) + 32 * more]).decode("ascii")


@dataclass(frozen=True, slots=True)
class Packer:
    """Packs shapes of a metric frame relative to an origin in longitude and latitude."""

    frame: Frame
    lon: float
    lat: float

    @classmethod
    def around(cls, frame: Frame, bounds: Sequence[float]) -> Packer:
        """Return a packer with the middle of frame bounds (west, south, east, north) as its origin."""
        west, south, east, north = bounds
        lon, lat = frame.to_lonlat([(west + east) / 2], [(south + north) / 2])
        return cls(frame, round(float(lon[0]), 6), round(float(lat[0]), 6))

    def points(self, shapes: Shapes) -> str:
        """Pack points, one a feature."""
        steps = self._steps(shapely.get_coordinates(shapes))
        return varints(np.diff(steps, axis=0, prepend=np.zeros((1, 2), np.int64)).ravel())

    def lines(self, shapes: Shapes) -> str:
        """Pack lines or multilines: per feature the number of lines, per line its points."""
        parts, feature = shapely.get_parts(shapes, return_index=True)
        coordinates, line = shapely.get_coordinates(parts, return_index=True)
        kept = _distinct(self._steps(coordinates), line)
        return self._stream(coordinates[kept], line[kept], (feature,), len(shapes), closed=False)

    def polygons(self, shapes: Shapes) -> str:
        """Pack polygons or multipolygons: per feature its polygons, per polygon its rings, which are not closed."""
        parts, feature = shapely.get_parts(shapes, return_index=True)
        rings, part = shapely.get_rings(parts, return_index=True)
        coordinates, ring = shapely.get_coordinates(rings, return_index=True)
        kept = _distinct(self._steps(coordinates), ring)
        return self._stream(coordinates[kept], ring[kept], (part, feature), len(shapes), closed=True)

    def _steps(self, coordinates: NDArray[np.float64]) -> Steps:
        """Return frame coordinates as integer steps from the origin."""
        lon, lat = self.frame.to_lonlat(coordinates[:, 0], coordinates[:, 1])
        degrees = np.column_stack([lon - self.lon, lat - self.lat])
        return np.rint(degrees / _UNIT).astype(np.int64)

    def _stream(
        self,
        coordinates: NDArray[np.float64],
        line: NDArray[np.int64],
        parents: tuple[NDArray[np.int64], ...],
        features: int,
        *,
        closed: bool,
    ) -> str:
        """Write lines with the counts of what holds them; `parents` lead from a line up to its feature."""
        steps = self._steps(coordinates)
        least = 3 if closed else 2
        if closed:
            # A closed ring repeats its first point at its end; the reader closes it again.
            last = np.append(line[1:] != line[:-1], True) if len(line) else np.zeros(0, bool)
            steps, line = steps[~last], line[~last]
        sizes = np.bincount(line, minlength=len(parents[0]))
        good = sizes >= least
        steps = steps[good[line]]
        deltas = np.diff(steps, axis=0, prepend=np.zeros((1, 2), np.int64)).ravel()
        out: list[int] = []
        chunks: list[NDArray[np.int64]] = []
        at = 0
        for leaf, number in _tree(good, parents, features):
            out.append(int(sizes[number]) if leaf else number)
            if leaf:
                end = at + 2 * int(sizes[number])
                chunks += [np.array(out, np.int64), deltas[at:end]]
                out, at = [], end
        chunks.append(np.array(out, np.int64))
        return varints(np.concatenate(chunks))


def _distinct(steps: Steps, line: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell which points differ, after rounding, from the point before them on their line."""
    kept = np.ones(len(line), bool)
    kept[1:] = (line[1:] != line[:-1]) | (steps[1:] != steps[:-1]).any(axis=1)
    return kept


def _tree(good: NDArray[np.bool_], parents: tuple[NDArray[np.int64], ...], features: int) -> list[tuple[bool, int]]:
    """Return in reading order (True, line) and, before a feature's or polygon's children, (False, how many)."""
    held: dict[int, list[list[tuple[bool, int]]]] = {}
    for number in np.flatnonzero(good).tolist():
        held.setdefault(int(parents[0][number]), []).append([(True, number)])
    for parent in parents[1:]:
        above: dict[int, list[list[tuple[bool, int]]]] = {}
        for number, parts in held.items():
            above.setdefault(int(parent[number]), []).append([(False, len(parts)), *chain(*parts)])
        held = above
    whole = (held.get(feature, []) for feature in range(features))
    return list(chain.from_iterable([(False, len(parts)), *chain(*parts)] for parts in whole))
