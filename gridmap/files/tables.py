"""Readers of tables without shapes: CSV, XLSX and dBase, whose rows say where they are in columns."""

from __future__ import annotations

import datetime as dt
import warnings
import zipfile
from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.errors import EncodingError, InputError, LimitError
from gridmap.files.dbf import open_dbf
from gridmap.files.encodings import Encoding, decide, sniff_text
from gridmap.files.heading import cut_titles, find_heading
from gridmap.files.source import Head, SourceLayer, Table, broken, is_none, objects
from gridmap.files.staging import Staged
from gridmap.settings import Settings

__all__ = ["read_table", "sheets"]

_SAMPLE_BYTES = 1 << 20
_GUARDED = frozenset("=+-@\t\r\0")


def sheets(staged: Staged) -> tuple[SourceLayer, ...]:
    """List the sheets of a workbook that hold anything; a CSV or dBase table is one layer of the file's name."""
    if staged.format != "xlsx":
        return (SourceLayer(staged.file.rpartition(".")[0], "table"),)
    book = _open_book(staged)
    try:
        return tuple(SourceLayer(sheet.title, "table") for sheet in book.worksheets)
    finally:
        book.close()


def read_table(staged: Staged, layer: str, *, encoding: str | None, settings: Settings) -> tuple[Head, Table]:
    """Read a table whole: what is known of it, and its rows.

    The first row that is not empty holds the names of the columns, unless it is a title; they may take two rows. Row
    numbers count from the row after them, empty rows included but left out.
    """
    if staged.format == "dbf":
        return _read_dbf(staged, encoding)
    preview: tuple[str, ...] = ()
    titles: list[str] = []
    if staged.format == "xlsx":
        grid, how = _read_sheet(staged, layer, settings), Encoding("utf-8", "standard")
    else:
        grid, how, titles = _read_csv(staged, encoding, settings)
        preview = tuple([v for v in grid.ravel() if isinstance(v, str) and not v.isascii()][:3])
    filled = np.flatnonzero([any(cell is not None for cell in row) for row in grid])
    if not len(filled):
        raise InputError("layer-empty", f"{staged.file}: the table {layer} is empty.", "Export it again.")
    heading = find_heading(grid, filled)
    top = heading.last
    names, more = _names(heading.names)
    notes = [*titles, *heading.notes, *more]
    rows = filled[filled > top]
    columns = {name: _column(grid[rows, at]) for at, name in enumerate(names)}
    head = Head(tuple(names), len(rows), None, shaped=False, encoding=how, preview=preview, notes=tuple(notes))
    return head, Table(columns, np.asarray(rows - top, dtype=np.int64))


def place(table: Table, at: Sequence[str], *, place_of: str, settings: Settings) -> Table:
    """Give the rows of a table their shapes from the columns (wkt,) or (x, y)."""
    if len(at) == 1:
        shapes, bad = _from_wkt(table.columns[at[0]], place_of, settings)
    else:
        shapes, bad = _from_xy(table, at, place_of), np.zeros(0, dtype=np.int64)
    return Table(table.columns, table.rows, shapes, bad, table.notes)


def _from_xy(table: Table, at: Sequence[str], place_of: str) -> NDArray[np.object_]:
    from gridmap.files.columns import to_numbers

    x, y = (to_numbers(table.columns[name], table.rows, place=f"{place_of}, column {name}").found for name in at)
    # A number that is not one (nan, inf) stays in the shape, where it is found and named; an empty cell gives no shape.
    empty = np.array([_is_blank(table.columns[at[0]], i) or _is_blank(table.columns[at[1]], i) for i in range(len(x))])
    shapes = np.full(len(x), None, dtype=object)
    if len(x):
        shapes[~empty] = shapely.points(x[~empty], y[~empty])
    return shapes


def _is_blank(values: Any, at: int) -> bool:
    value = values[at]
    return value is None or (isinstance(value, str) and not value.strip())


def _from_wkt(
    values: NDArray[np.object_], place_of: str, settings: Settings
) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    texts = objects(None if value is None else str(value) for value in values)
    total = sum(text.count(",") for text in texts if text is not None)
    deep = any(text is not None and _is_deep(text, settings.max_depth) for text in texts)
    if deep or total > settings.max_vertices:
        raise LimitError(
            "too-deep" if deep else "too-many-vertices",
            f"{place_of}: its WKT is {'nested too deep' if deep else 'too long'}.",
            "Export it again from where it is from.",
        )
    there = np.array([text is not None and bool(text.strip()) for text in texts], dtype=bool)
    shapes = np.full(len(texts), None, dtype=object)
    if there.any():
        shapes[there] = shapely.from_wkt(texts[there], on_invalid="ignore")
    return shapes, np.flatnonzero(there & is_none(shapes))


def _is_deep(text: str, limit: int) -> bool:
    if text.count("(") <= limit:
        return False
    codes = np.frombuffer(text.encode("utf-8", "replace"), dtype=np.uint8)
    steps = (codes == ord("(")).astype(np.int64) - (codes == ord(")"))
    return int(np.cumsum(steps).max()) > limit


def _read_csv(
    staged: Staged, encoding: str | None, settings: Settings
) -> tuple[NDArray[np.object_], Encoding, list[str]]:
    import io

    import pandas as pd

    data = staged.path.read_bytes()
    how = _csv_encoding(data, staged.file, encoding)
    try:
        text = data.decode(how.name).removeprefix("﻿")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise EncodingError(
            "encoding-wrong", f"{staged.file}, line {line}: its text is not in {how.name}.", "Name another --encoding."
        ) from None
    first = [line for line in text[:_SAMPLE_BYTES].splitlines() if line.strip()][:2]
    separator = max(",\t;|", key=lambda sign: (sum(line.count(sign) for line in first[:1]), "".join(first).count(sign)))
    text, gone, titles = cut_titles(text, separator)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            frame = pd.read_csv(
                io.StringIO(text),
                header=None,
                dtype=object,
                sep=separator,
                keep_default_na=False,
                na_filter=False,
                skip_blank_lines=False,
                nrows=settings.max_rows + 2,
            )
    except (pd.errors.ParserError, pd.errors.EmptyDataError, ValueError, OverflowError) as error:
        raise _ragged(staged.file, str(error), gone) from None
    if len(frame) > settings.max_rows + 1:
        raise _too_many(staged.file, settings)
    grid = frame.to_numpy(dtype=object)
    return (
        objects(_unguard(cell) for cell in grid.ravel()).reshape(grid.shape),
        how,
        [f"{title[:40]!r} above the table is its title." for title in titles],
    )


def _ragged(file: str, text: str, gone: int) -> InputError:
    import re

    found = re.search(r"line (\d+), saw (\d+)", text)
    where = (
        f"{file}, line {int(found[1]) + gone}: it has {found[2]} cells, more than the first line"
        if found
        else f"{file}"
    )
    what = where if found else f"{where}: this table cannot be read"
    return InputError("table-ragged", f"{what}.", "Put texts with separators or line ends in quotes.")


def _too_many(file: str, settings: Settings) -> LimitError:
    return LimitError(
        "too-many-rows",
        f"{file}: it has more rows than the limit of {settings.max_rows:,}.",
        "Split the file, or raise max_rows in the settings.",
    )


def _unguard(cell: Any) -> str | None:
    """Return a cell's text; None if it is empty. The mark that keeps a text from being a formula is taken off."""
    if not isinstance(cell, str):
        return None
    text = cell.strip(" ")
    if len(text) > 1 and text[0] == "'" and text[1] in _GUARDED:
        text = text[1:]
    return text or None


def _csv_encoding(data: bytes, file: str, given: str | None) -> Encoding:
    marked = sniff_text(data)
    if marked and not given:
        return Encoding(marked, "declared")
    sample = data if len(data) <= _SAMPLE_BYTES else data[: data.rfind(b"\n", 0, _SAMPLE_BYTES) + 1 or _SAMPLE_BYTES]
    return decide(sample.splitlines() or [sample], given=given, declared=None, declared_by="", file=file)


def _open_book(staged: Staged) -> Any:
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return openpyxl.load_workbook(staged.path, read_only=True, data_only=True, keep_links=False)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError, SyntaxError, TypeError):
        raise broken(staged.file, "Excel workbook") from None


def _read_sheet(staged: Staged, layer: str, settings: Settings) -> NDArray[np.object_]:
    book = _open_book(staged)
    try:
        sheet = next(sheet for sheet in book.worksheets if sheet.title == layer)
        sheet.reset_dimensions()
        rows: list[list[Any]] = []
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for cells in sheet.iter_rows(values_only=True):
                rows.append([_unguard(cell) if isinstance(cell, str) else cell for cell in cells])
                if len(rows) > settings.max_rows + 1:
                    raise _too_many(staged.file, settings)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, SyntaxError, TypeError, IndexError) as error:
        if isinstance(error, InputError):
            raise
        raise broken(staged.file, "Excel workbook") from None
    finally:
        book.close()
    width = max(map(len, rows), default=0)
    grid = np.full((len(rows), width), None, dtype=object)
    for at, row in enumerate(rows):
        grid[at, : len(row)] = row
    return grid


def _names(cells: Sequence[Any]) -> tuple[list[str], list[str]]:
    names: list[str] = []
    notes: list[str] = []
    for number, cell in enumerate(cells, 1):
        whole = " ".join(str(cell).split()) if cell is not None else f"column {number}"
        name, again = whole, 2
        while name in names:
            name, again = f"{whole} ({again})", again + 1
        if name != whole:
            notes.append(f"The column {whole} is there more than once; the next is called {name}.")
        names.append(name)
    return names, notes


def _column(cells: NDArray[np.object_]) -> Any:
    """Turn a column's cells into numbers where all are, else into text."""
    import pandas as pd

    there = [cell for cell in cells if cell is not None]
    if there and all(isinstance(cell, bool) for cell in there):
        return pd.array(cells.tolist(), dtype="boolean")
    if there and all(isinstance(cell, (int, float)) and not isinstance(cell, bool) for cell in there):
        whole = all(isinstance(cell, int) and abs(cell) < 2**63 for cell in there)
        if whole:
            return pd.array(cells.tolist(), dtype="Int64")
        return np.array([np.nan if cell is None else float(cell) for cell in cells], dtype=np.float64)
    return objects(_cell_text(cell) for cell in cells)


def _cell_text(cell: Any) -> str | None:
    if cell is None or isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return str(int(cell))
    if isinstance(cell, (dt.datetime, dt.date)):
        return cell.isoformat()
    return str(cell)


def _read_dbf(staged: Staged, encoding: str | None) -> tuple[Head, Table]:
    table = open_dbf(staged.path, file=staged.file, given=encoding)
    head = Head(
        table.names,
        len(table.rows),
        None,
        shaped=False,
        encoding=table.encoding,
        preview=table.preview(),
        cut=table.cut,
        notes=table.notes,
    )
    return head, Table({name: table.column(name) for name in table.names}, table.rows + 1)
