"""Shapefiles as bytes: shapes, index, table in UTF-8 with short names, and a dictionary of the names.

Written here and not by GDAL so that nothing is cut off or renamed silently, and so that a full disk is told from other
failures.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import struct
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.city.schema import LAYERS
from gridmap.errors import InputError, LimitError
from gridmap.files.source import rows_text
from gridmap.rules import table

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

__all__ = ["shapefile_parts"]

_POINT, _LINE, _POLYGON, _MULTIPOINT = 1, 3, 5, 8
_KINDS = {0: _POINT, 1: _LINE, 5: _LINE, 3: _POLYGON, 6: _POLYGON, 4: _MULTIPOINT}
_MAX_TEXT, _MAX_NAME, _MAX_BYTES = 254, 10, 2**31 - 1
_REAL_WIDTH, _REAL_DECIMALS = 24, 15


def shapefile_parts(frame: gpd.GeoDataFrame, *, file: str, layer: str) -> tuple[dict[str, bytes], bytes]:
    """Return the parts of a Shapefile by ending, and the dictionary of its columns as CSV.

    Raises InputError for shapes of several kinds and for text longer than a column holds (254 bytes), LimitError beyond
    2 GiB.
    """
    names = _short_names([str(name) for name in frame.columns if name != "geometry"])
    shp, shx = _shapes(frame.geometry.to_numpy(), file)
    parts = {".shp": shp, ".shx": shx, ".dbf": _dbf(frame, names, file), ".cpg": b"UTF-8"}
    if frame.crs is not None:
        parts[".prj"] = frame.crs.to_wkt("WKT1_ESRI").encode("utf-8")
    if max(map(len, parts.values())) > _MAX_BYTES:
        raise LimitError("too-large-as", f"{file}: a Shapefile holds at most 2 GiB.", "Write it as .gpkg instead.")
    return parts, _dictionary(names, layer)


def _short_names(names: list[str]) -> dict[str, str]:
    """Give each column a name of at most 10 plain letters, all different whatever their case."""
    short = table("aliases")["short"]
    used: set[str] = set()
    found = {}
    for name in names:
        plain = short.get(name) or "".join(sign for sign in name if sign.isascii() and (sign.isalnum() or sign == "_"))
        start = (plain or "field")[:_MAX_NAME]
        candidate, number = start, 2
        while candidate.lower() in used:
            ending = f"_{number}"
            candidate, number = start[: _MAX_NAME - len(ending)] + ending, number + 1
        used.add(candidate.lower())
        found[name] = candidate
    return found


def _dictionary(names: dict[str, str], layer: str) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(["field", "name", "名称", "meaning", "unit"])
    fields = {field.name: field for field in LAYERS[layer].fields} if layer in LAYERS else {}
    for name, short in names.items():
        field = fields.get(name)
        writer.writerow([short, name, *((field.zh, field.about, field.unit) if field else ("", "", ""))])
    return text.getvalue().encode("utf-8-sig")


def _shapes(shapes: NDArray[np.object_], file: str) -> tuple[bytes, bytes]:
    kinds = np.array([_KINDS.get(code, -1) for code in shapely.get_type_id(shapes).tolist()])
    rows = np.arange(1, len(shapes) + 1)
    different = set(kinds.tolist())
    if different == {_POINT, _MULTIPOINT}:
        kinds[:], different = _MULTIPOINT, {_MULTIPOINT}
    if len(different) > 1 or -1 in different:
        odd = kinds != (kinds[0] if kinds[0] != -1 else -2)
        raise InputError(
            "not-writable-as",
            f"{file}, {rows_text(rows[odd])}: a Shapefile holds shapes of one kind, and all rows need one.",
            "Write it as .gpkg instead.",
        )
    kind = different.pop() if different else _POLYGON
    if kind == _POLYGON:
        shapes = shapely.orient_polygons(shapes, exterior_cw=True)
    records = _records(shapes, kind) if len(shapes) else []
    lengths = np.array([len(record) for record in records], dtype=np.int64)
    starts = 100 + np.concatenate([[0], np.cumsum(lengths + 8)[:-1]]) if len(records) else np.zeros(0)
    bounds = shapely.total_bounds(shapes) if len(records) else np.zeros(4)
    body = b"".join(struct.pack(">ii", number, len(record) // 2) + record for number, record in enumerate(records, 1))
    index = (
        b"".join(struct.pack(">ii", int(at) // 2, int(size) // 2) for at, size in zip(starts, lengths, strict=True))
        if 100 + len(body) <= _MAX_BYTES
        else b""
    )
    return _header(kind, bounds, len(body)) + body, _header(kind, bounds, len(index)) + index


def _header(kind: int, bounds: NDArray[np.float64], size: int) -> bytes:
    words = min((100 + size) // 2, 2**31 - 1)
    return struct.pack(">i20xi", 9994, words) + struct.pack("<ii8d", 1000, kind, *bounds.tolist(), 0, 0, 0, 0)


def _records(shapes: NDArray[np.object_], kind: int) -> list[bytes]:
    """Return the contents of the records, one a shape."""
    points, owner = shapely.get_coordinates(shapes, return_index=True)
    raw = points.astype("<f8").tobytes()
    ends = np.cumsum(np.bincount(owner, minlength=len(shapes))) * 16
    data = [raw[start:end] for start, end in zip([0, *ends[:-1].tolist()], ends.tolist(), strict=True)]
    if kind == _POINT:
        return [struct.pack("<i", kind) + xy for xy in data]
    boxes = shapely.bounds(shapes).tolist()
    if kind == _MULTIPOINT:
        return [struct.pack("<i4di", kind, *box, len(xy) // 16) + xy for box, xy in zip(boxes, data, strict=True)]
    pieces, of = shapely.get_parts(shapes, return_index=True)
    if kind == _POLYGON:
        pieces, at = shapely.get_rings(pieces, return_index=True)
        of = of[at]
    sizes = np.split(shapely.get_num_coordinates(pieces), np.flatnonzero(np.diff(of)) + 1)
    records = []
    for box, xy, counts in zip(boxes, data, sizes, strict=True):
        starts = np.cumsum([0, *counts[:-1]]).astype("<i4").tobytes()
        records.append(struct.pack("<i4dii", kind, *box, len(counts), len(xy) // 16) + starts + xy)
    return records


def _dbf(frame: gpd.GeoDataFrame, names: dict[str, str], file: str) -> bytes:
    columns = [_column(frame[name], name, file) for name in names]
    today = dt.datetime.now(tz=dt.UTC).date()
    width = 1 + sum(size for _, size, _, _ in columns)
    if not columns:  # a table needs a column
        columns, names = [("N", 10, 0, [str(n + 1).rjust(10).encode() for n in range(len(frame))])], {"row": "row"}
        width = 11
    start = 32 + 32 * len(columns) + 1
    head = struct.pack("<4BIHH20x", 3, today.year - 1900, today.month, today.day, len(frame), start, width)
    fields = b"".join(
        struct.pack("<11sc4xBB14x", short.encode("ascii"), kind.encode(), size, decimals)
        for short, (kind, size, decimals, _) in zip(names.values(), columns, strict=True)
    )
    rows = (b" " + b"".join(cells) for cells in zip(*(cells for *_, cells in columns), strict=True))
    return head + fields + b"\r" + b"".join(rows) + b"\x1a"


def _column(values: pd.Series, name: str, file: str) -> tuple[str, int, int, list[bytes]]:
    """Return a column's dBase kind, width, decimals and cells."""
    import pandas as pd

    missing = values.isna().to_numpy()
    if pd.api.types.is_bool_dtype(values.dtype):
        return "L", 1, 0, [b"?" if m else b"T" if v else b"F" for v, m in zip(values, missing, strict=True)]
    if pd.api.types.is_integer_dtype(values.dtype):
        texts = ["" if m else str(int(v)) for v, m in zip(values, missing, strict=True)]
        size = max([len(text) for text in texts], default=1) or 1
        return "N", size, 0, [text.rjust(size).encode() if text else b"*" * size for text in texts]
    if pd.api.types.is_float_dtype(values.dtype):
        texts = ["" if m else repr(float(v)) for v, m in zip(values, missing, strict=True)]
        cells = [text.rjust(_REAL_WIDTH).encode() if text else b"*" * _REAL_WIDTH for text in texts]
        return "F", _REAL_WIDTH, _REAL_DECIMALS, cells
    encoded = [b"" if m else str(v).encode("utf-8", "replace") for v, m in zip(values, missing, strict=True)]
    size = max([len(cell) for cell in encoded], default=1) or 1
    if size > _MAX_TEXT:
        long = np.array([len(cell) > _MAX_TEXT for cell in encoded])
        raise InputError(
            "text-too-long",
            f"{file}, column {name}, {rows_text(np.flatnonzero(long) + 1)}: a Shapefile holds texts of at most "
            f"{_MAX_TEXT} bytes; this one has {size:,}.",
            "Shorten it, or write .gpkg, which holds any.",
        )
    return "C", size, 0, [cell.ljust(size) for cell in encoded]
