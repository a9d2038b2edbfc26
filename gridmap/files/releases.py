"""Tables that a city is checked against: releases of codes, and totals of households."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from gridmap.city import code_text
from gridmap.errors import InputError, LimitError
from gridmap.files.headers import match_columns
from gridmap.files.ledgers import read_ledger
from gridmap.files.sniff import scan_json
from gridmap.files.values import parse_number
from gridmap.settings import DEFAULT, Settings

__all__ = ["read_release", "read_totals"]

_PLACES = ("communities", "subdistricts", "compounds")
_SUMS = frozenset({"合计", "总计", "小计", "共计", "total"})
_MAX_JSON_BYTES = 16_000_000


def read_release(path: Path | str, *, settings: Settings = DEFAULT) -> pd.DataFrame:
    """Read the codes and names of places from .xlsx, .csv or .json: `code` and `name` as text, a row a code.

    All sheets count that have both columns, under our names or their aliases. JSON is an object of names by code, or a
    list of objects. Raises InputError where nothing has codes and names, LimitError for a file that is too large.
    """
    path = Path(path)
    tables = [_json(path, settings)] if path.suffix.lower() == ".json" else _sheets(path, settings)
    found = [part for one in tables if (part := _coded(one, path.name)) is not None]
    if not found:
        raise InputError(
            "codes-none", f"{path.name}: no table has a code and a name in each row.", "Name the columns code and name."
        )
    return pd.concat(found, ignore_index=True)


def read_totals(path: Path | str, *, settings: Settings = DEFAULT) -> pd.DataFrame:
    """Read households by place from .xlsx or .csv: `code`, which may be a code, an id or a name, and `households`.

    Rows that say a sum and rows without a place or a number are left out. Raises InputError where no table has both.
    """
    path = Path(path)
    found = []
    for one in _sheets(path, settings):
        names = [str(name) for name in one.columns]
        places = [_column(layer, key, names, path.name) for layer in _PLACES for key in ("code", "id", "name")]
        households = _column("buildings", "households", names, path.name)
        at = [name for name in dict.fromkeys(places) if name not in (None, households)]
        if households is None or not at:
            continue
        place = [next((text for value in row if (text := code_text(value))), None) for row in _rows(one, at)]
        lines = zip(one.index.tolist(), one[households].tolist(), strict=True)
        numbers = [_number(value, f"{path.name}, row {row}, {households}") for row, value in lines]
        found.append(pd.DataFrame({"code": pd.Series(place, dtype=object), "households": numbers}))
    if not found:
        raise InputError(
            "totals-none",
            f"{path.name}: no table has a place and its households.",
            "Name the columns code and households.",
        )
    totals = pd.concat(found, ignore_index=True)
    told = totals["code"].notna() & totals["households"].notna() & ~totals["code"].isin(_SUMS)
    return totals[told].reset_index(drop=True)


def _sheets(path: Path, settings: Settings) -> list[pd.DataFrame]:
    return list(read_ledger(path, settings=settings).values())


def _json(path: Path, settings: Settings) -> pd.DataFrame:
    try:
        if path.stat().st_size > _MAX_JSON_BYTES:
            raise LimitError("file-too-large", f"{path.name}: this is no table of codes.", "Give the table alone.")
        scan_json(path, settings)
        content = json.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise InputError("file-unreadable", f"{path}: {error.strerror}.", "Name a file that you may read.") from None
    except ValueError as error:
        if isinstance(error, InputError):
            raise
        raise InputError("file-damaged", f"{path.name}: this is no JSON in UTF-8.", "Export it again.") from None
    if isinstance(content, dict):
        return pd.DataFrame({"code": list(content), "name": list(content.values())}, dtype=object)
    if isinstance(content, list) and all(isinstance(one, dict) for one in content):
        return pd.DataFrame(content, dtype=object)
    raise InputError("codes-none", f"{path.name}: these are no names by code.", 'Write {"code": "name", …}.')


def _coded(table: pd.DataFrame, file: str) -> pd.DataFrame | None:
    """Return the codes and names of a table, None where it has no columns of them."""
    names = [str(name) for name in table.columns]
    for layer in _PLACES[:2]:
        code, name = (_column(layer, field, names, file) for field in ("code", "name"))
        if code is None or name is None:
            continue
        codes = [code_text(value) for value in table[code].tolist()]
        texts = [None if value is None or value != value else str(value).strip() for value in table[name].tolist()]
        rows = [pair for pair in zip(codes, texts, strict=True) if pair[0] is not None]
        return pd.DataFrame(rows, columns=["code", "name"], dtype=object)
    return None


def _column(layer: str, field: str, names: Sequence[str], file: str) -> str | None:
    matches, _ = match_columns(layer, names, file=file)
    return next((one.columns[0] for one in matches if one.field == field and len(one.columns) == 1), None)


def _rows(table: pd.DataFrame, columns: Sequence[str | None]) -> list[tuple[Any, ...]]:
    return list(zip(*(table[name].tolist() for name in columns), strict=True))


def _number(value: Any, where: str) -> float:
    if value is None or isinstance(value, str):
        try:
            read = parse_number(value) if value else None
        except ValueError:
            raise InputError("value-unreadable", f"{where}: {value!r} is no number.", "Write a number.") from None
        return float("nan") if read is None else float(read.value)
    return float(value)
