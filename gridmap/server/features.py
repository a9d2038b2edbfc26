"""Layers as collections of features: catalogued columns only, none that counts people but what release lets out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from gridmap.city.schema import LAYERS
from gridmap.errors import InputError
from gridmap.geo.frames import Frame
from gridmap.release import COUNTS, PERSONAL
from gridmap.server.shapes import coordinates

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

__all__ = ["CRS84", "Collection", "Page", "catalogue", "crs_uris"]

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
EPSG_4326 = "http://www.opengis.net/def/crs/EPSG/0/4326"

_HELD = {
    *COUNTS, *PERSONAL, "households_basis", "households_as_of", "resident_households_as_of", "unknown_buildings",
}  # fmt: skip
_TYPES = {"text": "string", "date": "string", "integer": "integer", "real": "number", "boolean": "boolean"}


def catalogue(name: str) -> dict[str, str]:
    """Return the columns of a layer that are served, with their JSON types."""
    return {field.name: _TYPES[field.kind] for field in LAYERS[name].fields if field.name not in _HELD}


def crs_uris(frame: Frame) -> tuple[str, ...]:
    """Return the reference systems that coordinates are given in, the default first."""
    return CRS84, EPSG_4326, f"http://www.opengis.net/def/crs/EPSG/0/{frame.epsg}"


@dataclass(frozen=True)
class Page:
    """What is asked of a collection."""

    limit: int = 10
    offset: int = 0
    bbox: tuple[float, float, float, float] | None = None
    bbox_crs: str = CRS84
    when: tuple[dt.date | None, dt.date | None] | None = None
    equal: Mapping[str, str] | None = None


@dataclass(frozen=True, eq=False)
class Collection:
    """A layer in one state. `key` is the column that names features; `columns` have their JSON types."""

    name: str
    title: str
    description: str
    frame: Frame
    table: pd.DataFrame
    shapes: NDArray[np.object_]
    key: str
    columns: Mapping[str, str]

    @classmethod
    def of_layer(cls, name: str, layer: GeoDataFrame, frame: Frame) -> Collection:
        """Make a collection of a layer of the city."""
        about, columns = LAYERS[name], catalogue(name)
        table = pd.DataFrame({column: layer[column] for column in columns})
        shapes = np.asarray(layer.geometry.array, object)
        return cls(name, about.zh, about.about, frame, table, shapes, about.key, columns)

    @cached_property
    def tree(self) -> shapely.STRtree:
        """The index of the shapes."""
        return shapely.STRtree(self.shapes)

    @cached_property
    def bounds(self) -> list[float] | None:
        """West, south, east, north in degrees; None for an empty collection."""
        extent = shapely.total_bounds(self.shapes) if len(self.shapes) else np.full(4, np.nan)
        if not np.isfinite(extent).all():
            return None
        box = shapely.box(*extent.tolist()).buffer(0.01, join_style="mitre")  # a single point has an extent, too
        box = shapely.segmentize(box, 5_000.0)
        lonlat = shapely.transform(box, lambda xy: np.column_stack(self.frame.to_lonlat(xy[:, 0], xy[:, 1])))
        return [round(value, 6) for value in lonlat.bounds]

    @cached_property
    def row_of(self) -> dict[str, int]:
        """The row of each feature by its id."""
        return {str(one): row for row, one in enumerate(self.table[self.key])}

    def find(self, page: Page) -> tuple[NDArray[np.intp], int]:
        """Return the rows of a page, and how many match in all."""
        kept = np.ones(len(self.table), bool)
        for name, value in (page.equal or {}).items():
            kept &= self._equal(name, value)
        if page.when is not None:
            kept &= self._on(*page.when)
        if page.bbox is not None:
            inside = np.zeros(len(kept), bool)
            for area in self._areas(page.bbox, page.bbox_crs):
                inside[self.tree.query(area, predicate="intersects")] = True
            kept &= inside
        rows = np.flatnonzero(kept)
        return rows[page.offset : page.offset + page.limit], len(rows)

    def features(self, rows: Sequence[int] | NDArray[np.intp], *, crs: str) -> list[dict[str, Any]]:
        """Return features as GeoJSON, their coordinates in `crs` in the order of its axes."""
        shapes = coordinates(self._in(self.shapes[np.asarray(rows, np.intp)], crs))
        records = self.table.iloc[np.asarray(rows, np.intp)].astype(object)
        records = records.where(records.notna(), None)
        return [
            {"type": "Feature", "id": str(record[self.key]), "geometry": shape, "properties": record}
            for shape, record in zip(shapes, records.to_dict("records"), strict=True)
        ]

    def _equal(self, name: str, text: str) -> NDArray[np.bool_]:
        values, kind = self.table[name], self.columns[name]
        if kind == "string":
            return np.asarray(values.fillna("").astype(str) == text, bool)
        if kind == "boolean":
            if text not in ("true", "false"):
                raise InputError("query-value", f"{name} is true or false.", "Write it so.")
            return np.asarray((values == (text == "true")).fillna(value=False), bool)
        try:
            number = float(text)
        except ValueError:
            raise InputError("query-value", f"{name} is a number.", "Write it so.") from None
        return np.asarray((values == number).fillna(value=False), bool)

    def _on(self, begin: dt.date | None, end: dt.date | None) -> NDArray[np.bool_]:
        """Return which features hold at some day of an interval; those without dates always do."""
        kept = np.ones(len(self.table), bool)
        if "valid_from" in self.table:
            begins, ends = self.table["valid_from"].fillna(""), self.table["valid_to"].fillna("9999")
            if end is not None:
                kept &= np.asarray(begins <= end.isoformat(), bool)
            if begin is not None:
                kept &= np.asarray(ends >= begin.isoformat(), bool)
        return kept

    def _areas(self, bbox: tuple[float, float, float, float], crs: str) -> list[Any]:
        """Return an extent in the frame, cut to the collection's own: far outside a projection means nothing."""
        if self.bounds is None:
            return []
        x0, y0, x1, y1 = bbox
        if crs not in (CRS84, EPSG_4326):
            if _northing_first(crs):
                x0, y0, x1, y1 = y0, x0, y1, x1
            return [shapely.box(x0, y0, x1, y1)] if x0 <= x1 else []
        if crs == EPSG_4326:
            x0, y0, x1, y1 = y0, x0, y1, x1
        spans = [(x0, x1)] if x0 <= x1 else [(x0, 180.0), (-180.0, x1)]
        west, south, east, north = self.bounds
        found = []
        for left, right in spans:
            cut = (max(left, west - 1), max(y0, south - 1), min(right, east + 1), min(y1, north + 1))
            if cut[0] <= cut[2] and cut[1] <= cut[3]:
                box = shapely.segmentize(shapely.box(*cut), 0.01)
                found.append(
                    shapely.transform(box, lambda xy: np.column_stack(self.frame.from_lonlat(xy[:, 0], xy[:, 1])))
                )
        return found

    def _in(self, shapes: NDArray[Any], crs: str) -> NDArray[np.object_]:
        frame = self.frame

        def turned(xy: NDArray[np.float64]) -> NDArray[np.float64]:
            if crs in (CRS84, EPSG_4326):
                made = np.column_stack(frame.to_lonlat(xy[:, 0], xy[:, 1])).round(8)
            else:
                made = xy.round(3)
            return made[:, ::-1] if crs == EPSG_4326 or _northing_first(crs) else made

        moved: NDArray[np.object_] = shapely.transform(shapes, turned)
        return moved


def _northing_first(crs: str) -> bool:
    if crs == CRS84:
        return False
    axes = CRS.from_epsg(int(crs.rpartition("/")[2])).axis_info
    return bool(axes) and axes[0].direction == "north"
