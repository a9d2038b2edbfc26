"""Whole columns as our kinds: numbers, text, yes and no, dates. What cannot be read is refused with row and value."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gridmap.city.schema import Field
from gridmap.errors import InputError
from gridmap.files.source import objects, rows_text
from gridmap.files.values import half_width, is_unknown, key, parse_boolean, parse_date, parse_month, parse_number
from gridmap.rules import table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Numbers", "convert", "join_texts", "to_numbers", "to_text"]

# Beyond this, neighbouring whole numbers share one floating-point value.
_EXACT = 2**53
_SHOWN = 5
_CODE_FIELDS = {"id", "code", "community", "compound", "subdistrict"}
_SCIENTIFIC = re.compile(r"([0-9])(?:\.([0-9]+))?[eE]\+([0-9]{1,2})")
_TRAILING_ZERO = re.compile(r"[0-9]+\.0+")
# Excel counts days from here; what programs write for 1954 to 2119 looks like nothing else.
_EXCEL_EPOCH, _EXCEL_FIRST, _EXCEL_LAST = "1899-12-30", 20_000, 80_000


@dataclass(frozen=True, slots=True)
class Numbers:
    """A column of numbers: `found` with NaN where unknown, which are only about right, and notes."""

    found: NDArray[np.float64]
    about: NDArray[np.bool_]
    notes: tuple[str, ...] = ()


def convert(
    values: Any, layer: str, field: Field, rows: NDArray[np.int64], *, place: str
) -> tuple[Any, tuple[str, ...]]:
    """Turn a file's column into the field's kind: text as object with None, Int64, float64, boolean, ISO days.

    `place` names file, layer and column in messages. Returns the array and notes. Raises InputError naming row, value
    and remedy.
    """
    if field.kind in ("integer", "real"):
        return _convert_number(values, field, rows, place)
    if field.kind == "boolean":
        return _convert_boolean(values, rows, place)
    if field.kind == "date":
        return _convert_date(values, rows, place)
    texts, notes = to_text(values, rows, place=place, code=field.name in _CODE_FIELDS)
    words = table("aliases")["values"].get(layer, {}).get(field.name)
    if words:
        texts, more = _translate(texts, layer, field.name)
        notes = (*notes, *more)
    return texts, notes


def to_numbers(values: Any, rows: NDArray[np.int64], *, place: str) -> Numbers:
    """Read a column as numbers, exactly. Raises InputError for text that is none."""
    import pandas as pd

    if isinstance(values, np.ndarray) and values.dtype.kind == "f":
        return Numbers(values.astype(np.float64), np.zeros(len(values), dtype=bool))
    if not isinstance(values, np.ndarray):
        numbers = pd.array(values).to_numpy(dtype=np.float64, na_value=np.nan)
        return Numbers(numbers, np.zeros(len(values), dtype=bool))
    where, texts = _factorize(values)
    parsed = np.full(len(texts) + 1, np.nan)
    about = np.zeros(len(texts) + 1, dtype=bool)
    told = about.copy()
    for at, text in enumerate(texts):
        try:
            number = _special(text) or parse_number(text)
        except ValueError:
            raise _unreadable(place, rows[where == at], text, "a number") from None
        if number is not None:
            parsed[at] = number if isinstance(number, float) else float(number.value)
            about[at] = False if isinstance(number, float) else number.about
            told[at] = about[at] or (not isinstance(number, float) and number.words)
    notes = _about_notes(texts, parsed, np.flatnonzero(told).tolist(), where, rows, place)
    return Numbers(parsed[where], about[where], notes)


def _about_notes(
    texts: list[str],
    parsed: NDArray[np.float64],
    about: list[int],
    where: NDArray[np.int64],
    rows: NDArray[np.int64],
    place: str,
) -> tuple[str, ...]:
    """Name texts that only say about, or say it in numerals, with what they are read as and where they stand."""
    if not about:
        return ()
    shown = [f"{texts[at]!r} is read as {parsed[at]:,.10g} ({rows_text(rows[where == at])})" for at in about[:_SHOWN]]
    count = int(np.isin(where, about).sum())
    more = f" … ({count:,} rows in all)" if len(about) > _SHOWN else ""
    return (f"{place}: {'; '.join(shown)}{more}.",)


def to_text(values: Any, rows: NDArray[np.int64], *, place: str, code: bool = False) -> tuple[Any, tuple[str, ...]]:
    """Read a column as text, None where it is unknown; whole numbers lose no digit. Returns an object array and notes.

    With `code`, digits in full width become plain ones, and codes that a spreadsheet shortened are refused.
    """
    if isinstance(values, np.ndarray) and values.dtype.kind == "f":
        return _text_of_floats(values, rows, place), ()
    if not isinstance(values, np.ndarray):
        texts = [None if missing else str(value) for value, missing in zip(values, values.isna(), strict=True)]
        return objects(texts), ()
    where, words = _factorize(values)
    found: list[str | None] = [None if is_unknown(word) else word.strip() for word in words]
    notes: tuple[str, ...] = ()
    if code:
        found = [None if word is None else half_width(word) for word in found]
        for at, word in enumerate(found):
            try:
                found[at] = _whole(word)
            except ValueError:
                raise _lost(rows[where == at], place) from None
        known = [word for word in found if word is not None]
        if any(map(_TRAILING_ZERO.fullmatch, known)) and all(
            word.isdigit() or _TRAILING_ZERO.fullmatch(word) for word in known
        ):
            found = [None if word is None else word.partition(".")[0] for word in found]
            notes = (f"{place}: codes written as decimals, such as 12.0, are read as whole numbers.",)
    return objects([*found, None])[where], notes


def join_texts(parts: list[Any]) -> Any:
    """Join columns of text by a space; None where all are None."""
    joined = [" ".join(part for part in row if part is not None) or None for row in zip(*parts, strict=True)]
    return objects(joined)


def _factorize(values: NDArray[np.object_]) -> tuple[NDArray[np.int64], list[str]]:
    """Give each different text a number; −1, which is the last of any list, stands for None."""
    import pandas as pd

    where, words = pd.factorize(values)
    return np.asarray(where, dtype=np.int64), [str(word) for word in words]


def _special(text: str) -> float | None:
    """Read inf, which is a number to nobody but computers: it is kept for the check that refuses it."""
    plain = text.strip().casefold().lstrip("+-")
    return float(text) if plain in {"inf", "infinity"} else None


def _unreadable(place: str, rows: NDArray[np.int64], text: str, what: str) -> InputError:
    shown = text if len(text) <= 40 else text[:39] + "…"
    ours = place.rpartition("column ")[2]
    return InputError(
        "value-unreadable",
        f"{place}, {rows_text(rows)}: {shown!r} is not {what}.",
        f"Correct it, or leave the column {ours} out with --column OURS=- for the column that it becomes.",
    )


def _convert_number(values: Any, field: Field, rows: NDArray[np.int64], place: str) -> tuple[Any, tuple[str, ...]]:
    import pandas as pd

    numbers = to_numbers(values, rows, place=place)
    found, notes = numbers.found.copy(), list(numbers.notes)
    _refuse(np.isinf(found), found, rows, place, "is not a finite number")
    if field.unit == "year":
        notes.extend(_forget(found, found == 0, rows, place, "the year 0 means unknown"))
    _refuse(
        found < 0, found, rows, place, "is negative", f"Correct it, or leave the cell empty if {field.name} is unknown."
    )
    unknown = np.isnan(found)
    if unknown.any():
        notes.append(f"{place}: unknown in {int(unknown.sum()):,} of {len(found):,} rows.")
    if field.kind == "real":
        return found, tuple(notes)
    _refuse(~unknown & (found != np.floor(found)), found, rows, place, "is not a whole number")
    _refuse(~unknown & (found >= _EXACT), found, rows, place, "is too large")
    whole = pd.arrays.IntegerArray(np.where(unknown, 0, found).astype(np.int64), unknown)
    return whole, tuple(notes)


def _forget(
    values: NDArray[np.float64], which: NDArray[np.bool_], rows: NDArray[np.int64], place: str, why: str
) -> list[str]:
    if not which.any():
        return []
    values[which] = np.nan
    return [f"{place}, {rows_text(rows[which])}: {why}."]


def _refuse(
    wrong: NDArray[np.bool_],
    values: NDArray[np.float64],
    rows: NDArray[np.int64],
    place: str,
    what: str,
    hint: str = "Correct it, or leave the cell empty if it is unknown.",
) -> None:
    if wrong.any():
        first = values[wrong][0]
        raise InputError("value-out-of-range", f"{place}, {rows_text(rows[wrong])}: {first:.15g} {what}.", hint)


def _convert_boolean(values: Any, rows: NDArray[np.int64], place: str) -> tuple[Any, tuple[str, ...]]:
    import pandas as pd

    if not isinstance(values, np.ndarray):
        if str(values.dtype) == "boolean":
            return values, ()
        values = to_text(values, rows, place=place)[0]
    if values.dtype.kind == "f":
        values = to_text(values, rows, place=place)[0]
    found = _each(values, rows, parse_boolean, place, "yes or no")
    return pd.array(found.tolist(), dtype="boolean"), ()


def _convert_date(values: Any, rows: NDArray[np.int64], place: str) -> tuple[Any, tuple[str, ...]]:
    notes: tuple[str, ...] = ()
    if not isinstance(values, np.ndarray) or values.dtype.kind == "f":
        numbers = to_numbers(values, rows, place=place).found
        known = numbers[~np.isnan(numbers)]
        if len(known) and ((known >= _EXCEL_FIRST) & (known <= _EXCEL_LAST)).all():
            days = np.datetime64(_EXCEL_EPOCH) + np.where(np.isnan(numbers), 0, numbers).astype("timedelta64[D]")
            texts = [None if np.isnan(n) else str(day) for n, day in zip(numbers, days, strict=True)]
            return objects(texts), (f"{place}: numbers are read as the days that Excel counts.",)
        values = to_text(values, rows, place=place)[0]
    months: list[str] = []

    def parse(text: str) -> str | None:
        try:
            return parse_date(text)
        except ValueError:
            day = parse_month(text)
            months.append(f"{text} as {day}")
            return day

    found = _each(values, rows, parse, place, "a day (YYYY-MM-DD)")
    if months:
        notes = (*notes, f"{place}: months and years are read as their first day: {', '.join(months[:_SHOWN])}.")
    return found, notes


def _each(
    values: NDArray[np.object_], rows: NDArray[np.int64], parse: Callable[[str], Any], place: str, what: str
) -> NDArray[np.object_]:
    where, texts = _factorize(values)
    found: list[Any] = []
    for at, text in enumerate(texts):
        try:
            found.append(parse(text))
        except ValueError:
            raise _unreadable(place, rows[where == at], text, what) from None
    return objects([*found, None])[where]


def _text_of_floats(values: NDArray[np.float64], rows: NDArray[np.int64], place: str) -> NDArray[np.object_]:
    known = ~np.isnan(values)
    whole = known & np.isfinite(values) & (values == np.floor(np.where(np.isfinite(values), values, 0.5)))
    large = whole & (np.abs(values) >= _EXACT)
    if large.any():
        raise _lost(rows[large], place)
    texts: list[str | None] = [
        None if not there else str(int(value)) if exact else repr(float(value))
        for value, there, exact in zip(values, known, whole, strict=True)
    ]
    return objects(texts)


def _whole(text: str | None) -> str | None:
    """Return a code that a spreadsheet wrote as 1.41182001001E+11 in full; ValueError if digits are lost."""
    found = _SCIENTIFIC.fullmatch(text) if text else None
    if not found:
        return text
    if len(found[2] or "") < int(found[3]):
        raise ValueError(text)
    return str(int(Decimal(found[0])))


def _lost(rows: NDArray[np.int64], place: str) -> InputError:
    return InputError(
        "digits-lost",
        f"{place}, {rows_text(rows)}: a spreadsheet has turned this code into a number and lost its digits.",
        "Format the column as text in the spreadsheet and enter the codes again.",
    )


@cache
def _dictionary(layer: str, field: str) -> dict[str, str]:
    words = table("aliases")["values"][layer][field]
    return {key(theirs): ours for ours, names in words.items() for theirs in (ours, *names)}


def _translate(texts: NDArray[np.object_], layer: str, field: str) -> tuple[NDArray[np.object_], tuple[str, ...]]:
    where, words = _factorize(texts)
    known = _dictionary(layer, field)
    ours = [known.get(key(word), word) or None for word in words]
    changed = [f"{w} → {o or 'unknown'}" for w, o in zip(words, ours, strict=True) if o != w]
    note = (f"{field}: read {', '.join(changed[:8])}{' …' if len(changed) > 8 else ''}.",) if changed else ()
    return objects([*ours, None])[where], note


def series(values: Any, index: pd.Index) -> pd.Series:
    """Make a pandas column that keeps text as objects."""
    import pandas as pd

    if isinstance(values, np.ndarray) and values.dtype == object:
        return pd.Series(values, index=index, dtype=object)
    return pd.Series(values, index=index)
