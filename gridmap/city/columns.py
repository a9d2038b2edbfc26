"""Columns of a layer brought to the schema's kinds: text, integer, real, boolean, date."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridmap.city.codes import code_text
from gridmap.city.schema import Field, Layer
from gridmap.errors import InputError

__all__ = ["column", "row_name"]

_DIGITS = re.compile(r"-?[0-9]+")
_WHOLE = re.compile(r"\d+(\.0+)?")
_BOOLEANS = {"true": True, "1": True, "1.0": True, "是": True, "false": False, "0": False, "0.0": False, "否": False}
_CODES = frozenset({"code", "id", "community", "subdistrict", "compound"})
_FIRST_INT64, _END_INT64 = -(2.0**63), 2.0**63


def column(layer: Layer, field: Field, values: pd.Series | None, *, rows: int) -> pd.Series:
    """Bring a column to its field's kind; a column that is not there (None) comes back empty.

    Text is `object` with None, integer `Int64`, real `float64` with NaN, boolean `boolean`, date text `YYYY-MM-DD` with
    None. Blank text is empty. InputError names layer, row and value where a value cannot be of that kind, and where a
    required column is missing or has an empty row.
    """
    if values is None:
        if field.required:
            raise InputError(
                "column-missing",
                f"{layer.name}: there is no column {field.name} ({field.zh}).",
                f"Say which column of the file is {field.name}.",
            )
        result = _CONVERT[field.kind](layer, field, pd.Series([None] * rows, dtype=object))
    else:
        result = _CONVERT[field.kind](layer, field, values.reset_index(drop=True))
    if field.required and (empty := result.isna().to_numpy()).any():
        raise InputError(
            "value-missing",
            f"{layer.name}: {field.name} ({field.zh}) is empty in {empty.sum()} of {rows} rows, first in row "
            f"{int(empty.argmax()) + 1}.",
            f"Fill in {field.name}, or map another column onto it.",
        )
    return result.rename(field.name)


def row_name(row: int, key: object) -> str:
    """Name a row in a message by its number, from 1, and its key where it has one."""
    return f"row {row + 1} ({key})" if isinstance(key, str) else f"row {row + 1}"


def _by_value(layer: Layer, field: Field, values: pd.Series, convert: Callable[[Any], object]) -> NDArray[np.object_]:
    """Convert each different value once; InputError at the first row whose value `convert` refuses with ValueError."""
    index, unique = pd.factorize(values.astype(object))  # missing values get -1
    converted = np.empty(len(unique) + 1, object)  # the last one is None and stands for -1
    for position, value in enumerate(unique):
        try:
            converted[position] = convert(value)
        except ValueError as error:
            row = int((index == position).argmax())
            code = error.code if isinstance(error, InputError) else "value-not-of-kind"
            hint = error.hint if isinstance(error, InputError) else f"Correct the value, or leave {field.name} empty."
            what = error.message if isinstance(error, InputError) else f"{value!r} is not {error}."
            raise InputError(code, f"{layer.name}: {field.name} in row {row + 1}: {what}", hint) from None
    result: NDArray[np.object_] = converted[index]
    return result


def _text(layer: Layer, field: Field, values: pd.Series) -> pd.Series:
    if field.name not in _CODES:
        return pd.Series(_by_value(layer, field, values, _words), dtype=object)
    result = pd.Series(_by_value(layer, field, values, code_text), dtype=object)
    known = result.dropna()
    # Floats that became text on the way: taken back only when the whole column is such numbers.
    if known.str.endswith(".0").any() and known.map(lambda text: bool(_WHOLE.fullmatch(text))).all():
        result = pd.Series([text and text.partition(".")[0] for text in result], dtype=object)
    return result


def _words(value: Any) -> str | None:
    if isinstance(value, float) and value.is_integer():
        return f"{value:.0f}"
    return str(value).strip() or None


def _integer(layer: Layer, field: Field, values: pd.Series) -> pd.Series:
    if pd.api.types.is_numeric_dtype(values.dtype):
        numbers = values.to_numpy(float, na_value=np.nan)
        known = ~np.isnan(numbers)
        whole = (numbers == np.floor(numbers)) & (numbers >= _FIRST_INT64) & (numbers < _END_INT64)
        if (known & ~whole).any():
            row = int((known & ~whole).argmax())
            raise _refused(layer, field, row, numbers[row], "a whole number")
        return values.astype("Int64")
    return pd.Series(_by_value(layer, field, values, _whole)).astype("Int64")


def _real(layer: Layer, field: Field, values: pd.Series) -> pd.Series:
    if not pd.api.types.is_numeric_dtype(values.dtype):
        values = pd.Series(_by_value(layer, field, values, _number))
    numbers = values.astype("Float64").to_numpy(float, na_value=np.nan)
    if np.isinf(numbers).any():
        row = int(np.isinf(numbers).argmax())
        raise _refused(layer, field, row, numbers[row], "a number")
    return pd.Series(numbers, dtype="float64")


def _boolean(layer: Layer, field: Field, values: pd.Series) -> pd.Series:
    return pd.Series(_by_value(layer, field, values, _truth)).astype("boolean")


def _date(layer: Layer, field: Field, values: pd.Series) -> pd.Series:
    return pd.Series(_by_value(layer, field, values, _day), dtype=object)


def _refused(layer: Layer, field: Field, row: int, value: object, kind: str) -> InputError:
    return InputError(
        "value-not-of-kind",
        f"{layer.name}: {field.name} in row {row + 1}: {value!s} is not {kind}.",
        f"Correct the value, or leave {field.name} empty.",
    )


def _number(value: Any) -> float | None:
    if isinstance(value, str) and not value.strip():
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        raise ValueError("a number") from None


def _whole(value: Any) -> int | None:
    if isinstance(value, int):
        return value
    text = str(value).strip()
    # As float only where it has to be: 2^53 + 1 is a whole number too.
    number = int(text) if _DIGITS.fullmatch(text) else _number_or_nan(value)
    if number is None:
        return None
    if not _FIRST_INT64 <= number < _END_INT64 or number != int(number):
        raise ValueError("a whole number")
    return int(number)


def _number_or_nan(value: Any) -> float | None:
    try:
        return _number(value)
    except ValueError:
        return float("nan")


def _truth(value: Any) -> bool | None:
    text = str(value).strip().lower()
    if not text:
        return None
    if text not in _BOOLEANS:
        raise ValueError("true or false")
    return _BOOLEANS[text]


def _day(value: Any) -> str | None:
    if isinstance(value, dt.date):  # a datetime and a pandas Timestamp are dates too
        return value.isoformat()[:10]
    text = str(value).strip()
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text[:10] if text[10:11] in {"T", " "} else text).isoformat()
    except ValueError:
        raise ValueError("a day written YYYY-MM-DD") from None


_CONVERT: dict[str, Callable[[Layer, Field, pd.Series], pd.Series]] = {
    "text": _text,
    "integer": _integer,
    "real": _real,
    "boolean": _boolean,
    "date": _date,
}
