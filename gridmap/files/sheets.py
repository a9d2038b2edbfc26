"""Layers as tables for spreadsheets, with cells that no spreadsheet takes for a formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import shapely

from gridmap.errors import LimitError

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["csv_bytes", "safe_cell", "xlsx_bytes"]

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\0")
_MAX_CELL = 32_767
_MAX_ROWS = 1_048_575
# What XML 1.0 has no way to write.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f￾￿\ud800-\udfff]")
_SHEET_NAME = re.compile(r"[\[\]:*?/\\]")


def safe_cell(value: Any) -> Any:
    """Return a cell's value; text that a spreadsheet would run as a formula gets a leading apostrophe. Numbers stay.

    >>> safe_cell("=1+1"), safe_cell("-5"), safe_cell(-5), safe_cell("东关")
    ("'=1+1", "'-5", -5, '东关')
    """
    if isinstance(value, str) and value.startswith(_DANGEROUS):
        return f"'{value}"
    return value


def csv_bytes(frame: gpd.GeoDataFrame) -> bytes:
    """Write a layer as CSV in UTF-8 with the mark by which Excel knows it; places as x, y or WKT."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerows(_rows(frame))
    return text.getvalue().encode("utf-8-sig", "replace")


def xlsx_bytes(frame: gpd.GeoDataFrame, *, layer: str, file: str) -> bytes:
    """Write a layer as one sheet of an Excel workbook; places as x, y or WKT.

    Raises LimitError for more rows, or more text in a cell, than Excel holds.
    """
    import openpyxl
    from openpyxl.cell import WriteOnlyCell

    if len(frame) > _MAX_ROWS:
        raise LimitError("xlsx-rows", f"{file}: Excel holds {_MAX_ROWS:,} rows, not {len(frame):,}.", "Write .csv.")
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(_SHEET_NAME.sub("_", layer)[:31] or "gridmap")
    for number, row in enumerate(_rows(frame)):
        cells = []
        for value in row:
            if isinstance(value, str):
                if len(value) > _MAX_CELL:
                    raise LimitError(
                        "xlsx-cell",
                        f"{file}, row {number}: a text of {len(value):,} characters (a shape as WKT?) is longer than "
                        f"the {_MAX_CELL:,} that a cell of Excel holds.",
                        "Write .csv or .gpkg instead.",
                    )
                cell = WriteOnlyCell(sheet)
                cell.value = _UNWRITABLE.sub("�", value)
                cell.data_type = "s"
                cells.append(cell)
            else:
                cells.append(value)
        sheet.append(cells)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _rows(frame: gpd.GeoDataFrame) -> Iterator[list[Any]]:
    """Yield the names of the columns, then each row as plain Python values."""
    shapes = frame.geometry.to_numpy()
    names = [name for name in frame.columns if name != frame.geometry.name]
    points = bool((shapely.get_type_id(shapes) == 0).all())
    yield [safe_cell(str(name)) for name in names] + (["x", "y"] if points else ["wkt"])
    columns = [[_plain(value) for value in frame[name].tolist()] for name in names]
    if points:
        columns += [shapely.get_x(shapes).tolist(), shapely.get_y(shapes).tolist()]
    else:
        columns.append(shapely.to_wkt(shapes, rounding_precision=-1, trim=True).tolist())
    for row in zip(*columns, strict=True):
        yield [safe_cell(value) for value in row]


def _plain(value: Any) -> Any:
    """Return what a cell can hold: None for all that is missing."""
    import pandas as pd

    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and value != value):
        return None
    if isinstance(value, (str, int, float)):
        return value
    return str(value)
