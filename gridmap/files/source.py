"""What every reader hands over: a file's layers, and a layer's columns, shapes and reference system."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridmap.errors import InputError
from gridmap.files.encodings import Encoding

__all__ = ["Head", "SourceLayer", "Table", "broken", "is_none", "objects", "rows_text"]

_SHOWN_ROWS = 5


@dataclass(frozen=True, slots=True)
class SourceLayer:
    """A layer of a file: its name, its kind of shape (`table` for none) and its number of rows, −1 if not counted."""

    name: str
    shape: str
    rows: int = -1


@dataclass(frozen=True, slots=True)
class Head:
    """What is known of a layer before its rows are read.

    `crs` is pyproj text or None; `cut` are columns whose names may end too early; `shaped` says that rows have shapes.
    """

    columns: tuple[str, ...]
    rows: int
    crs: str | None
    shaped: bool
    encoding: Encoding
    preview: tuple[str, ...] = ()
    cut: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a layer as they are in the file.

    `columns`: text as object arrays of str and None, numbers as float64 or pandas' Int64, yes and no as pandas'
    boolean. `shapes`: geometries, or None for a table without any. `rows`: the number of each row as a person counts
    them, from 1. `broken`: positions of rows whose shape cannot be built as it is; where closing its
    rings helped, the closed one is in `shapes`, else None.
    """

    columns: Mapping[str, Any]
    rows: NDArray[np.int64]
    shapes: NDArray[np.object_] | None = None
    broken: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    notes: tuple[str, ...] = ()


def objects(values: Iterable[Any]) -> NDArray[np.object_]:
    """Return an object array of one dimension, whatever the values are."""
    listed = list(values)
    found = np.empty(len(listed), dtype=object)
    found[:] = listed
    return found


def is_none(values: Iterable[Any]) -> NDArray[np.bool_]:
    """Tell which values are None."""
    return np.fromiter((value is None for value in values), dtype=bool)


def broken(file: str, kind: str) -> InputError:
    """Return the error for a file that its reader gives up on."""
    return InputError("file-damaged", f"{file}: this {kind} cannot be read.", "Export it again from where it is from.")


def rows_text(rows: NDArray[np.int64]) -> str:
    """Name rows in a message.

    >>> rows_text(np.array([3])), rows_text(np.arange(1, 9))
    ('row 3', 'rows 1, 2, 3, 4, 5 … (8 in all)')
    """
    shown = ", ".join(str(row) for row in rows[:_SHOWN_ROWS].tolist())
    if len(rows) == 1:
        return f"row {shown}"
    return f"rows {shown}{f' … ({len(rows):,} in all)' if len(rows) > _SHOWN_ROWS else ''}"
