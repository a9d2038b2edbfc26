"""Streets as flat arrays of lines, before they are a network: their levels, closures and plazas."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeAlias

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridmap.errors import CrsError, InputError
from gridmap.geo.frames import Frame

__all__ = ["Lines", "Shapes", "around", "closed", "lines_of", "shapes_in", "street_lines", "walls_of"]

Floats = NDArray[np.float64]
Objects = NDArray[np.object_]
Shapes: TypeAlias = gpd.GeoDataFrame | gpd.GeoSeries | Iterable[shapely.Geometry] | None

_NO = frozenset({"", "no", "n", "false", "f", "0", "none", "nan", "<na>", "否"})


@dataclass(frozen=True)
class Lines:
    """Lines one behind the other: line i has `coords[offsets[i]:offsets[i + 1]]`, at least two, no two alike in a row.

    `row` is the row of the streets layer that a line is part of, `level` the storey it runs on (0: the ground).
    """

    coords: Floats
    offsets: NDArray[np.int64]
    row: NDArray[np.int32]
    level: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.row)

    @property
    def of_line(self) -> NDArray[np.int32]:
        """The line of each coordinate."""
        return np.repeat(np.arange(len(self), dtype=np.int32), np.diff(self.offsets))

    @property
    def starts(self) -> NDArray[np.int32]:
        """The coordinates with which a segment begins: all but the last of each line."""
        inner = np.ones(len(self.coords), bool)
        inner[self.offsets[1:] - 1] = False
        return np.flatnonzero(inner).astype(np.int32)

    @property
    def along(self) -> Floats:
        """How far along its line each coordinate is, in metres."""
        steps = np.zeros(len(self.coords))
        steps[1:] = np.hypot(*(self.coords[1:] - self.coords[:-1]).T)
        steps[self.offsets[:-1]] = 0.0
        # Summed line by line, so that no rounding travels from one line to the next.
        return _sums_within(steps, self.offsets)

    def shapes(self) -> Objects:
        """Return the lines as shapely LineStrings."""
        return np.asarray(shapely.linestrings(self.coords, indices=self.of_line), dtype=object)


def _sums_within(steps: Floats, offsets: NDArray[np.int64]) -> Floats:
    from gridmap.streets.kernels.lengths import sums_within

    return sums_within(steps, offsets)


def lines_of(shapes: Objects, row: NDArray[np.int32], level: NDArray[np.int32]) -> Lines:
    """Take the lines out of shapes (LineString, MultiLineString, rings); repeated coordinates and lines of none go."""
    parts, index = shapely.get_parts(shapely.force_2d(shapes), return_index=True)
    linear = np.isin(shapely.get_type_id(parts), (1, 2)) & ~shapely.is_empty(parts)
    parts, index = parts[linear], index[linear]
    coords, of = shapely.get_coordinates(parts, return_index=True)
    fresh = np.ones(len(coords), bool)
    fresh[1:] = (coords[1:] != coords[:-1]).any(axis=1) | (of[1:] != of[:-1])
    coords, of = coords[fresh], of[fresh]
    count = np.bincount(of, minlength=len(parts))
    kept = count[of] > 1
    index, count, coords = index[count > 1], count[count > 1], coords[kept]
    offsets = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    return Lines(np.ascontiguousarray(coords), offsets, row[index].astype(np.int32), level[index].astype(np.int32))


def shapes_in(shapes: Shapes, frame: Frame, name: str) -> Objects:
    """Return the shapes as an array; CrsError when they say that they are in another frame."""
    if shapes is None:
        return np.empty(0, dtype=object)
    if isinstance(shapes, (gpd.GeoDataFrame, gpd.GeoSeries)):
        require_frame(shapes, frame, name)
        return np.asarray(shapes.geometry.array, dtype=object)
    listed = list(shapes)
    array = np.empty(len(listed), dtype=object)
    array[:] = listed
    return array


def require_frame(shapes: gpd.GeoDataFrame | gpd.GeoSeries, frame: Frame, name: str) -> None:
    """Refuse shapes without a CRS or in another frame."""
    if shapes.crs is None:
        raise CrsError("crs-missing", f"{name}: the layer has no CRS.", "Say which CRS its coordinates are in.")
    if shapes.crs.to_epsg() != frame.epsg and not shapes.crs.equals(frame.crs, ignore_axis_order=True):
        raise CrsError(
            "crs-differs",
            f"{name}: the layer is in {shapes.crs.name}, the network in EPSG:{frame.epsg}.",
            "Bring it to the city's frame with gridmap.geo.frames.to_frame.",
        )


def levels(streets: gpd.GeoDataFrame) -> NDArray[np.int32]:
    """Return the storey each street runs on: its `layer` or `level`, else 1 for a `bridge`, −1 for a `tunnel`."""
    level = np.zeros(len(streets))
    if "tunnel" in streets:
        level[_yes(streets["tunnel"])] = -1
    if "bridge" in streets:
        level[_yes(streets["bridge"])] = 1
    for column in ("level", "layer"):
        if column in streets:
            said = pd.to_numeric(streets[column], errors="coerce").to_numpy(float, na_value=np.nan)
            level = np.where(np.isfinite(said) & (said != 0), said, level)
    return np.clip(np.round(level), -50, 50).astype(np.int32)


def _yes(values: pd.Series) -> NDArray[np.bool_]:
    said = values.astype(object).where(values.notna(), "").astype(str).str.strip().str.lower()
    return (~said.isin(_NO)).to_numpy(bool)


def street_lines(streets: gpd.GeoDataFrame, frame: Frame) -> Lines:
    """Return the lines of a streets layer; InputError when there is none, CrsError for another frame."""
    if not len(streets):
        raise InputError(
            "streets-missing",
            "streets: the city has no streets, so no way can be measured.",
            "Import the street centre lines with gridmap import FILE --into WS --layer streets.",
        )
    shapes = shapes_in(streets, frame, "streets")
    xy = shapely.get_coordinates(shapes)
    if not np.isfinite(xy).all():
        bad = next(row for row, shape in enumerate(shapes) if not np.isfinite(shapely.get_coordinates(shape)).all())
        raise InputError(
            "coordinates-not-finite",
            f"streets: row {bad + 1} has a coordinate that is not a number.",
            "Correct or remove this row.",
        )
    lines = lines_of(shapes, np.arange(len(streets), dtype=np.int32), levels(streets))
    if not len(lines):
        raise InputError(
            "streets-missing",
            "streets: no row is a line of any length, so no way can be measured.",
            "Choose the layer of the file that holds the street centre lines.",
        )
    return lines


def closed(lines: Lines, areas: Objects) -> Lines:
    """Take away what lies inside areas: streets end at their edge."""
    areas = areas[~(shapely.is_missing(areas) | shapely.is_empty(areas))]
    if not len(areas):
        return lines
    shapes = lines.shapes()
    line, area = shapely.STRtree(areas).query(shapes, predicate="intersects")
    for at in np.unique(line):
        shapes[at] = shapely.difference(shapes[at], shapely.union_all(areas[area[line == at]]))
    rest = lines_of(shapes, np.arange(len(lines), dtype=np.int32), lines.level)
    return replace(rest, row=lines.row[rest.row])


def around(shapes: Objects, width_m: float) -> Objects:
    """Return areas for shapes: points and lines get a width, areas stay."""
    wide = shapes.copy()
    points, lines = (shapely.get_dimensions(shapes) == dimension for dimension in (0, 1))
    wide[points] = shapely.buffer(shapes[points], width_m / 2)
    wide[lines] = shapely.buffer(shapes[lines], width_m / 2, cap_style="flat")
    return wide


def walls_of(shapes: Objects) -> Floats:
    """Return the segments of lines and of the edges of areas, [w, 4]: x and y of both ends."""
    areal = shapely.get_dimensions(shapes) == 2
    outlines = np.where(areal, shapely.boundary(shapes), shapes)
    number = np.zeros(len(outlines), np.int32)
    lines = lines_of(np.asarray(outlines, dtype=object), number, number)
    starts = lines.starts
    return np.ascontiguousarray(np.hstack([lines.coords[starts], lines.coords[starts + 1]]))
