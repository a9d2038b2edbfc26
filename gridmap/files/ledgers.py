"""Ledgers: tables of records without shapes, in workbooks of one sheet a table, or one CSV file."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gridmap.city.schema import Field
from gridmap.errors import InputError, LimitError
from gridmap.files.atomic import write_bytes
from gridmap.files.sheets import safe_cell
from gridmap.files.worker import ask
from gridmap.settings import DEFAULT, Settings

__all__ = ["canonical_table", "read_ledger", "read_records", "workbook", "write_ledger"]

_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ].*)?$")
_YES = {"true": True, "1": True, "yes": True, "是": True, "false": False, "0": False, "no": False, "否": False}
_MAX_ROWS = 1_048_575
_SHEETS = {"人员": "persons", "单位": "organisations", "责任": "duties", "事项": "matters", "事项记录": "matter_events"}


def read_ledger(
    path: Path | str, *, encoding: str | None = None, settings: Settings = DEFAULT
) -> dict[str, pd.DataFrame]:
    """Read the tables of an .xlsx (one a sheet) or .csv file, by name; the index counts rows from 1.

    Empty sheets are left out. Raises InputError, LimitError and EncodingError.
    """
    found = ask("ledger", path, settings, encoding=encoding)
    return {str(name): pd.DataFrame(dict(table.columns), index=table.rows) for name, _, table in found}


def read_records(path: Path | str, names: Sequence[str], *, only: str = "") -> dict[str, pd.DataFrame]:
    """Read those tables of a ledger that have one of the names, in English or Chinese.

    A file of a single table is the table `only`, whatever it is called. Raises InputError where there are none.
    """
    tables = {_SHEETS.get(name.strip(), name.strip()): table for name, table in read_ledger(path).items()}
    if only and len(tables) == 1 and not set(tables) & set(names):
        tables = {only: next(iter(tables.values()))}
    found = {name: table for name, table in tables.items() if name in names}
    if not found:
        raise InputError(
            "tables-none",
            f"{Path(path).name}: there is no table {' or '.join(names)}.",
            "Name the sheets so, or by their Chinese names.",
        )
    return found


def write_ledger(tables: Mapping[str, pd.DataFrame], path: Path | str) -> int:
    """Write tables to an .xlsx file, one sheet each, or one table to a .csv file; returns the number of rows.

    The file is written whole or not at all. Cells that a spreadsheet would take for a formula get an apostrophe before
    them, which `read_ledger` takes off again. Raises InputError for another ending, LimitError for too many rows.
    """
    path = Path(path)
    ending = path.suffix.lower()
    if ending == ".csv" and len(tables) == 1:
        frame = next(iter(tables.values()))
        lines = frame.map(_cell).to_csv(index=False, lineterminator="\r\n")
        write_bytes(path, lines.encode("utf-8-sig", "replace"))
    elif ending == ".xlsx":
        write_bytes(path, workbook(tables, name=path.name))
    else:
        many = ending == ".csv"
        raise InputError(
            "format-unknown",
            f"{path.name}: {'several tables do not fit in a .csv file' if many else 'this is no ledger'}.",
            "Write .xlsx." if many else "Use .xlsx or .csv.",
        )
    return sum(map(len, tables.values()))


def canonical_table(frame: pd.DataFrame, fields: Sequence[Field], *, table: str) -> pd.DataFrame:
    """Return a table with the columns of `fields`, in their kinds, under their names or their Chinese ones.

    Text and dates become object columns with None, integers Int64, reals float64, booleans boolean. Columns that are
    not among the fields are refused: a ledger may hold what must not be kept. InputError names table, column and row.
    """
    known = {name: field.name for field in fields for name in (field.name, field.zh)}
    names = [str(name).strip() for name in frame.columns]
    strange = [name for name in names if name not in known]
    if strange:
        raise InputError(
            "column-unknown",
            f"{table}: there is no column {', '.join(strange[:5])}.",
            f"Use {', '.join(field.name for field in fields)}; take out what is to be left out.",
        )
    given = {known[name]: at for at, name in enumerate(names)}
    columns: dict[str, Any] = {}
    for field in fields:
        values = frame.iloc[:, given[field.name]].tolist() if field.name in given else [None] * len(frame)
        columns[field.name] = _column(field, values, frame.index, table)
    return pd.DataFrame(columns).reset_index(drop=True)


def _column(field: Field, values: list[Any], rows: pd.Index, table: str) -> Any:
    found: list[Any] = []
    for row, value in zip(rows.tolist(), values, strict=True):
        blank = value is None or value is pd.NA or value != value or (isinstance(value, str) and not value.strip())
        if blank and field.required:
            raise InputError("value-missing", f"{table}, row {row}: {field.name} is empty.", "Fill it in.")
        try:
            found.append(None if blank else _READ[field.kind](value))
        except (ValueError, KeyError, OverflowError):
            raise InputError(
                "value-unreadable",
                f"{table}, row {row}: {field.name} is {str(value)[:40]!r}, which is no {field.kind}.",
                f"Write a {field.kind}{' as YYYY-MM-DD' if field.kind == 'date' else ''}.",
            ) from None
    if field.kind == "integer":
        return pd.array(found, dtype="Int64")
    if field.kind == "boolean":
        return pd.array(found, dtype="boolean")
    if field.kind == "real":
        return np.array([np.nan if value is None else value for value in found], np.float64)
    return pd.Series(found, dtype=object)  # an array of text and None would become pandas' own text with NaN


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _integer(value: Any) -> int:
    number = float(value)
    if not number.is_integer():
        raise ValueError(value)
    return int(number)


def _real(value: Any) -> float:
    number = float(value)
    if number in (float("inf"), float("-inf")):
        raise ValueError(value)
    return number


def _date(value: Any) -> str:
    found = _DATE.match(str(value).strip())
    if not found:
        raise ValueError(value)
    year, month, day = (int(part) for part in found.groups())
    return pd.Timestamp(year, month, day).date().isoformat()


_READ: dict[str, Any] = {
    "text": _text,
    "integer": _integer,
    "real": _real,
    "date": _date,
    "boolean": lambda value: value if isinstance(value, bool) else _YES[str(value).strip().lower()],
}


def _cell(value: Any) -> Any:
    if value is None or value is pd.NA or value != value:
        return None
    return safe_cell(value.item() if hasattr(value, "item") else value)


def workbook(tables: Mapping[str, pd.DataFrame], *, name: str) -> bytes:
    """Return an .xlsx file of tables, one sheet each, as `write_ledger` writes it; `name` is what messages call it."""
    import openpyxl
    from openpyxl.utils.exceptions import IllegalCharacterError

    book = openpyxl.Workbook(write_only=True)
    for sheet_name, frame in tables.items():
        if len(frame) > _MAX_ROWS:
            raise LimitError("xlsx-rows", f"{name}: Excel holds {_MAX_ROWS:,} rows, not {len(frame):,}.", "Write .csv.")
        sheet = book.create_sheet(sheet_name[:31])
        sheet.append(list(frame.columns))
        try:
            for row in frame.itertuples(index=False, name=None):
                sheet.append([_cell(value) for value in row])
        except IllegalCharacterError:
            raise InputError(
                "xlsx-cell",
                f"{name}: {sheet_name} has a text that Excel cannot hold.",
                "Take out its control characters.",
            ) from None
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()
