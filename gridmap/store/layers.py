"""A city's layers as rows: whole layers in and out, a column at a time."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection, func, null, select

from gridmap.city.schema import LAYERS, Field, Kind
from gridmap.errors import StoreError
from gridmap.store.backend import backend
from gridmap.store.blobs import promote
from gridmap.store.history import first_days, rows_on
from gridmap.store.model import FEATURES, HISTORY, VERSION_FROM, geometry_type

__all__ = ["count_rows", "read_layer", "read_layer_on", "write_layer"]


def write_layer(
    connection: Connection,
    layer: str,
    frame: gpd.GeoDataFrame,
    *,
    epsg: int,
    day: str,
    revision: int,
    named: bool = False,
) -> None:
    """Replace all rows of a layer by those of a canonical frame (as `City` holds it, in the workspace's frame).

    Rows that change or vanish are kept as what was so until the `day` (ISO) before; see `gridmap.store.history`.
    O(rows); the caller's transaction makes it all or nothing.
    """
    table = FEATURES[layer]
    shapes = np.asarray(frame.geometry.array, dtype=object)
    verbs = backend(connection)
    columns: dict[str, Sequence[Any]] = {"geom": verbs.to_values(promote(shapes, geometry_type(layer)), epsg)}
    columns |= {field.name: _TO_ROWS[field.kind](frame[field.name]) for field in LAYERS[layer].fields}
    began = first_days(connection, layer, columns, day=day, revision=revision, named=named)
    columns[VERSION_FROM] = began
    verbs.replace_rows(connection, table, columns, bounds=shapely.bounds(shapes))
    verbs.touch(connection, layer, bounds=shapely.total_bounds(shapes) if len(shapes) else [math.nan] * 4)


def read_layer(connection: Connection, layer: str, *, epsg: int | None) -> gpd.GeoDataFrame:
    """Return all rows of a layer in the order they were written, with the schema's columns and kinds.

    Text and dates are `object` with None, integers `Int64`, reals `float64`, booleans `boolean`. One SELECT, O(rows).
    Raises StoreError naming layer, column and row where another program left something that is no such value.
    """
    table = FEATURES[layer]
    fields = LAYERS[layer].fields
    # A workspace of an older version that may only be read lacks columns that are newer than it.
    have = backend(connection).columns(connection, table.name)
    asked = [table.c[field.name] if field.name in have else null() for field in fields]
    rows = connection.execute(select(table.c.geom, *asked).order_by(table.c.fid))
    return _framed(connection, layer, rows.all(), epsg=epsg)


def read_layer_on(connection: Connection, layer: str, day: str, *, epsg: int | None) -> gpd.GeoDataFrame:
    """Return the rows of a layer as they were on a day (ISO): those that still are so first.

    Rows that by their own dates did not hold on that day are left out. Polygons of the past that are not valid are made
    so: they were mended since. Raises as `read_layer`.
    """
    if HISTORY not in backend(connection).tables(connection):  # an older workspace that is only read
        found = read_layer(connection, layer, epsg=epsg)
    else:
        now, gone = rows_on(connection, layer, day)
        found = _framed(connection, layer, [*now, *gone], epsg=epsg)
        shapes = np.array(found.geometry.array, dtype=object)
        flat = shapely.get_dimensions(shapes) == 2
        mended = (np.arange(len(shapes)) >= len(now)) & flat & ~shapely.is_valid(shapes)
        shapes[mended] = shapely.make_valid(shapes[mended], method="structure", keep_collapsed=False)
        found = found.set_geometry(gpd.GeoSeries(shapes, crs=found.crs))[~(mended & shapely.is_empty(shapes))]
    if {"valid_from", "valid_to"} <= set(found.columns):
        begun = found["valid_from"].isna() | (found["valid_from"].fillna("") <= day)
        found = found[begun & (found["valid_to"].isna() | (found["valid_to"].fillna("9999") >= day))]
    return found.reset_index(drop=True)


def _framed(connection: Connection, layer: str, rows: Sequence[Sequence[Any]], *, epsg: int | None) -> gpd.GeoDataFrame:
    fields = LAYERS[layer].fields
    columns: list[Sequence[Any]] = list(zip(*rows, strict=True)) or [()] * (len(fields) + 1)
    try:
        shapes = backend(connection).from_values(columns[0])
    except ValueError as error:
        raise _unreadable(layer, "geom", str(error)) from None
    data = {field.name: _column(layer, field, values) for field, values in zip(fields, columns[1:], strict=True)}
    crs = None if epsg is None else f"EPSG:{epsg}"
    return gpd.GeoDataFrame(data, geometry=gpd.GeoSeries(shapes, crs=crs), crs=crs)


def count_rows(connection: Connection, layer: str) -> int:
    """Return the number of rows of a layer."""
    return int(connection.execute(select(func.count()).select_from(FEATURES[layer])).scalar_one())


def _column(layer: str, field: Field, values: Sequence[Any]) -> pd.Series:
    try:
        return pd.Series(_FROM_ROWS[field.kind](values), name=field.name)
    except (TypeError, ValueError, OverflowError):
        raise _unreadable(layer, field.name, f"there is a value that is not {field.kind}") from None


def _unreadable(layer: str, column: str, what: str) -> StoreError:
    return StoreError(
        "value-unreadable",
        f"{layer}.{column} of the workspace: {what}.",
        "Correct it with the program that wrote it, or import the layer again.",
    )


def _objects(series: pd.Series) -> list[Any]:
    missing = series.isna().to_numpy()
    if missing.all():
        return [None] * len(series)
    values = series.to_numpy(dtype=object)
    if not missing.any():
        return list(values.tolist())
    return [None if gone else value for value, gone in zip(values.tolist(), missing.tolist(), strict=True)]


def _texts(values: Sequence[Any]) -> NDArray[np.object_]:
    # Another program may have left a number in a text column.
    out = np.empty(len(values), dtype=object)
    plain = set(map(type, values)) <= {str, type(None)}
    out[:] = values if plain else [value if value is None or isinstance(value, str) else str(value) for value in values]
    return out


_TO_ROWS: dict[Kind, Callable[[pd.Series], list[Any]]] = {
    "text": _objects,
    "date": _objects,
    "integer": _objects,
    "real": _objects,
    "boolean": lambda series: [None if value is None else bool(value) for value in _objects(series)],
}

_FROM_ROWS: dict[Kind, Callable[[Sequence[Any]], Any]] = {
    "text": lambda values: pd.Series(_texts(values), dtype=object),
    "date": lambda values: pd.Series(_texts(values), dtype=object),
    "integer": lambda values: pd.array(list(values), dtype="Int64"),
    "real": lambda values: np.array([np.nan if value is None else value for value in values], dtype=np.float64),
    "boolean": lambda values: pd.array([None if value is None else bool(value) for value in values], dtype="boolean"),
}
