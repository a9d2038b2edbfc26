"""Layers as tables for spreadsheets, with cells that no spreadsheet takes for a formula."""

from __future__ import annotations

import csv
import io
import math
import re
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

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
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
# The parts of a workbook around its one sheet.
_BOOK = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}">'
    '<sheets><sheet name="TITLE" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}
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
    """Write a layer as one sheet of an Excel workbook; places as x, y or WKT. Numbers keep all their digits.

    Raises LimitError for more rows, or more text in a cell, than Excel holds.
    """
    if len(frame) > _MAX_ROWS:
        raise LimitError("xlsx-rows", f"{file}: Excel holds {_MAX_ROWS:,} rows, not {len(frame):,}.", "Write .csv.")
    title = _SHEET_NAME.sub("_", layer)[:31] or "gridmap"
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in _BOOK.items():
            archive.writestr(name, _XML + text.replace("TITLE", _escape(title)))
        with archive.open("xl/worksheets/sheet1.xml", "w") as sheet:
            sheet.write(f'{_XML}<worksheet xmlns="{_MAIN}"><sheetData>'.encode())
            for number, row in enumerate(_rows(frame)):
                cells = "".join(_cell(value, f"{file}, row {number}") for value in row)
                sheet.write(f"<row>{cells}</row>".encode())
            sheet.write(b"</sheetData></worksheet>")
    return stream.getvalue()


def _cell(value: Any, place: str) -> str:
    """Return a cell as Excel's XML: an empty one, a truth value, a number, or text that is never a formula."""
    if value is None:
        return "<c/>"
    if isinstance(value, bool):
        return f'<c t="b"><v>{int(value)}</v></c>'
    if isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        return f"<c><v>{value!r}</v></c>"
    text = str(value)
    if len(text) > _MAX_CELL:
        raise LimitError(
            "xlsx-cell",
            f"{place}: a text of {len(text):,} characters (a shape as WKT?) is longer than the {_MAX_CELL:,} that a "
            "cell of Excel holds.",
            "Write .csv or .gpkg instead.",
        )
    return f'<c t="inlineStr"><is><t xml:space="preserve">{_escape(text)}</t></is></c>'


def _escape(text: str) -> str:
    # Parsers turn a bare carriage return into a line end.
    return escape(_UNWRITABLE.sub("�", text), {"\r": "&#13;", '"': "&quot;"})


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
