"""Arrow columns as the arrays that the rest of the room works on, and Parquet files, which are Arrow already."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.errors import EncodingError, InputError, LimitError
from gridmap.files.encodings import Encoding
from gridmap.files.source import Head, Table, broken, is_none, objects
from gridmap.settings import Settings

if TYPE_CHECKING:
    import pyarrow as pa

    from gridmap.files.staging import Staged

__all__ = ["check_text", "columns_of", "load_parquet", "parquet_head", "plain_column", "shapes_of"]

# Codes of the WKB types that layers are made of: points, lines, polygons and several of one.
_SIMPLE = (1, 2, 3, 4, 5, 6)


def columns_of(table: pa.Table, *, file: str) -> dict[str, Any]:
    """Turn Arrow columns into text (None for NULL), float64, Int64 and boolean arrays, losing no digit."""
    try:
        return {name: _array(table.column(at)) for at, name in enumerate(table.column_names)}
    except UnicodeDecodeError:
        raise _not_text(file) from None


def _array(column: pa.ChunkedArray) -> Any:
    import pandas as pd
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        column = pa.chunked_array([chunk.storage for chunk in column.chunks], type=kind.storage_type)
        kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
        kind = column.type
    if pa.types.is_boolean(kind):
        missing = pc.is_null(column).to_numpy()
        return pd.arrays.BooleanArray(pc.fill_null(column, pa.scalar(value=False)).to_numpy().astype(bool), missing)
    if pa.types.is_integer(kind) and not pa.types.is_uint64(kind):
        missing = pc.is_null(column).to_numpy()
        return pd.arrays.IntegerArray(pc.fill_null(column, 0).to_numpy().astype(np.int64), missing)
    if pa.types.is_floating(kind):
        return column.to_numpy().astype(np.float64)
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return objects(column.to_pylist())
    return objects(_as_text(value) for value in column.to_pylist())


def plain_column(values: Any) -> pa.Array | pa.ChunkedArray:
    """Return a column as Arrow: truth values, whole numbers, floats or text, whatever it was."""
    import pandas as pd
    import pyarrow as pa

    if isinstance(values, (pa.Array, pa.ChunkedArray)):
        if _is_plain(values.type):
            return values
        values = _array(values if isinstance(values, pa.ChunkedArray) else pa.chunked_array([values]))
    if isinstance(values, np.ndarray):
        if values.dtype != object:
            return pa.array(values)
        return pa.array([None if v is None else str(v) for v in values], pa.large_string())
    if isinstance(values, pd.api.extensions.ExtensionArray):
        return pa.array(values, from_pandas=True)
    return pa.array([None if v is None else str(v) for v in values], pa.large_string())


def check_text(columns: Mapping[str, Any], *, file: str) -> None:
    """See that the text of columns that are Arrow's is text. Raises EncodingError."""
    import pyarrow as pa

    for values in columns.values():
        if isinstance(values, (pa.Array, pa.ChunkedArray)):
            try:
                values.validate(full=True)
            except pa.ArrowInvalid:
                raise _not_text(file) from None


def _not_text(file: str) -> EncodingError:
    return EncodingError(
        "encoding-wrong", f"{file}: some of its text is not in UTF-8.", "Export it again from where it is from."
    )


def _is_plain(kind: pa.DataType) -> bool:
    import pyarrow as pa

    text = pa.types.is_string(kind) or pa.types.is_large_string(kind)
    number = (pa.types.is_integer(kind) and not pa.types.is_uint64(kind)) or pa.types.is_floating(kind)
    return bool(text or number or pa.types.is_boolean(kind))


def _as_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    if isinstance(value, (bytes, memoryview)):
        return None
    if isinstance(value, (list, dict)):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def shapes_of(
    column: pa.ChunkedArray, *, file: str, settings: Settings
) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """Build geometries from WKB; returns them (None where there is none) and the positions that cannot be built as is.

    Where closing the rings that are open is enough to build one, it is there as well.
    Types that no layer is made of (collections, curves) count as not built: they are not even parsed.
    Raises LimitError for more vertices than the limit.
    """
    import pyarrow as pa

    if not (pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type)):
        raise broken(file, "geometry column")
    if column.nbytes > 16 * settings.max_vertices + 64 * len(column):
        raise LimitError(
            "too-many-vertices",
            f"{file}: its shapes have more vertices than the limit of {settings.max_vertices:,}.",
            "Split the file, or raise max_vertices in the settings.",
        )
    wkb = objects(column.to_pylist())
    codes = np.concatenate([_codes(chunk) for chunk in column.chunks]) if column.num_chunks else np.zeros(0, np.int64)
    there, simple = codes >= 0, np.isin((codes & 0x1FFFFFFF) % 1000, _SIMPLE) & (codes >= 0)
    shapes = np.full(len(wkb), None, dtype=object)
    shapes[simple] = shapely.from_wkb(wkb[simple], on_invalid="ignore")
    bad = there & is_none(shapes)
    shapes[bad & simple] = shapely.from_wkb(wkb[bad & simple], on_invalid="fix")
    return shapes, np.flatnonzero(bad)


def _codes(chunk: pa.Array) -> NDArray[np.int64]:
    """Return the code of each shape's type; −1 where there is no shape, 0 where it ends too early."""
    import pyarrow as pa
    import pyarrow.compute as pc

    width = np.int64 if pa.types.is_large_binary(chunk.type) else np.int32
    missing = pc.is_null(chunk).to_numpy(zero_copy_only=False)
    _, offsets, data = chunk.buffers()
    if data is None or not len(chunk):
        return np.full(len(chunk), -1, dtype=np.int64)
    ends = np.frombuffer(offsets, dtype=width)[chunk.offset : chunk.offset + len(chunk) + 1].astype(np.int64)
    start, size, raw = ends[:-1], np.diff(ends), np.frombuffer(data, dtype=np.uint8)
    codes = np.where(missing | (size == 0), -1, 0).astype(np.int64)
    whole = np.flatnonzero((codes == 0) & (size >= 5))
    first = raw[start[whole, None] + np.arange(5)].astype(np.int64)
    little = first[:, 1:] @ np.array([1, 1 << 8, 1 << 16, 1 << 24])
    big = first[:, 1:] @ np.array([1 << 24, 1 << 16, 1 << 8, 1])
    codes[whole] = np.where(first[:, 0] == 1, little, big)
    return codes


def parquet_head(staged: Staged) -> Head:
    """Tell columns, rows and CRS of a Parquet file."""
    schema, rows, geo = _open_parquet(staged)
    geometry = geo.get("primary_column", "")
    crs = _parquet_crs(geo, geometry, staged.file) if geometry else None
    columns = tuple(name for name in schema.names if name != geometry)
    return Head(columns, rows, crs, bool(geometry), Encoding("utf-8", "standard"))


def load_parquet(staged: Staged, columns: list[str], *, settings: Settings) -> Table:
    """Read the rows of a Parquet file, with these of its columns."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    _, rows, geo = _open_parquet(staged)
    geometry = geo.get("primary_column", "")
    wanted = list(dict.fromkeys([*columns, *([geometry] if geometry else [])]))
    try:
        table = pq.ParquetFile(staged.path).read(columns=wanted)
    except (pa.ArrowException, OSError, ValueError):
        raise broken(staged.file, "Parquet file") from None
    numbers = np.arange(1, rows + 1, dtype=np.int64)
    found = {name: table.column(name) for name in columns}
    if not geometry:
        return Table(found, numbers)
    column = table.column(geometry)
    if isinstance(column.type, pa.BaseExtensionType):
        column = pa.chunked_array([c.storage for c in column.chunks], type=column.type.storage_type)
    if geo["columns"][geometry].get("encoding") != "WKB":
        raise InputError(
            "encoding-of-shapes",
            f"{staged.file}: its shapes are not stored as WKB.",
            "Write it with GeoPandas' to_parquet as it comes.",
        )
    shapes, bad = shapes_of(column, file=staged.file, settings=settings)
    return Table(found, numbers, shapes, bad)


def _open_parquet(staged: Staged) -> tuple[Any, int, dict[str, Any]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(staged.path)
        schema, rows = file.schema_arrow, file.metadata.num_rows
        raw = (schema.metadata or {}).get(b"geo", b"{}")
        geo = json.loads(raw) if raw.count(b"{") < 1000 else {}
        primary = geo.get("primary_column")
        if primary is not None and (primary not in schema.names or primary not in geo["columns"]):
            raise broken(staged.file, "GeoParquet file")
    except InputError:
        raise
    except (pa.ArrowException, OSError, ValueError, KeyError, AttributeError, TypeError, RecursionError):
        raise broken(staged.file, "Parquet file") from None
    return schema, rows, geo


def _parquet_crs(geo: dict[str, Any], geometry: str, file: str) -> str | None:
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    meta = geo["columns"][geometry]
    if "crs" not in meta:
        return "EPSG:4326"  # the standard's default
    if meta["crs"] is None:
        return None
    try:
        crs = CRS.from_user_input(meta["crs"])
    except (CRSError, ValueError, TypeError):
        raise broken(file, "CRS in the GeoParquet file") from None
    epsg = crs.to_epsg(min_confidence=100)
    return f"EPSG:{epsg}" if epsg else str(crs.to_wkt())
