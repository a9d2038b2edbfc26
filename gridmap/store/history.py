"""What rows of the layers were before they changed or vanished: each with the days on which it was so.

A layer holds its rows as they are now, each with the first day on which it is so (`version_from`, empty: since the
records begin). A row that changes or vanishes is kept in `layer_history` with its last day. Nothing is written for rows
that stay. Days are as exact as it gets: what was replaced on the day on which it began never held. What another program
changes in a layer has no day of its own: it is taken for what the row was all along.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import shapely
from sqlalchemy import Connection, delete, func, insert, or_, select

from gridmap.city.schema import LAYERS
from gridmap.errors import InputError
from gridmap.store.backend import backend
from gridmap.store.model import FEATURES, HISTORY, VERSION_FROM, layer_history

__all__ = ["StoredRow", "day_before", "ended", "first_days", "forget", "keep_rows", "rows_on", "stored_rows"]

Values = tuple[Any, ...]
"""A row as its table has it: its shape, then the layer's columns in order."""

StoredRow = tuple[int, str | None, Values]
"""The row's fid, its first day, its values."""

_SAME_M = 1e-3
"""Corners that are nearer than this are the same: a file that is read again comes back with rounded coordinates."""


def first_days(
    connection: Connection, layer: str, columns: Mapping[str, Sequence[Any]], *, day: str, revision: int, named: bool
) -> list[str | None]:
    """Return the first day of each row that is to replace a layer's, and keep the rows that end by it.

    `columns` are whole columns as the table takes them, `geom` first, then those of the schema. Rows are told apart by
    the layer's key; one that stays as it is keeps its first day, the others begin on `day`. The first rows of a layer
    hold since the records begin, unless their day was `named`. Raises InputError for a day before the one on which a
    row that ends began. O(rows).
    """
    new: list[Values] = list(zip(*columns.values(), strict=True))
    old = stored_rows(connection, layer)
    if not old:
        return [day if named else None] * len(new)
    at = 1 + LAYERS[layer].names.index(LAYERS[layer].key)
    waiting: dict[object, list[int]] = {}
    for row in range(len(old) - 1, -1, -1):
        waiting.setdefault(old[row][2][at], []).append(row)
    before = [found.pop() if (found := waiting.get(values[at])) else -1 for values in new]
    known = [row for row, source in enumerate(before) if source >= 0]
    same = _same(connection, [new[row] for row in known], [old[before[row]][2] for row in known])
    stays = {before[row] for row, equal in zip(known, same, strict=True) if equal}
    ends = [one for row, one in enumerate(old) if row not in stays]
    keep_rows(connection, layer, ends, day=day, revision=revision)
    return [old[source][1] if source in stays else day for source in before]


def stored_rows(connection: Connection, layer: str, *, fids: Collection[int] | None = None) -> list[StoredRow]:
    """Return the rows of a layer as they are stored, in order; those of some fids only if given."""
    table = FEATURES[layer]
    asked = select(table.c.fid, table.c[VERSION_FROM], table.c.geom, *(table.c[name] for name in LAYERS[layer].names))
    rows = connection.execute(asked.order_by(table.c.fid))
    return [(row[0], row[1], tuple(row[2:])) for row in rows if fids is None or row[0] in fids]


def keep_rows(connection: Connection, layer: str, rows: Sequence[StoredRow], *, day: str, revision: int) -> None:
    """Keep rows that end on the day before `day` by a revision of the city, but for those that began on that day.

    Raises InputError for one that began later.
    """
    names = LAYERS[layer].names
    at = 1 + names.index(LAYERS[layer].key)
    if late := [one for one in rows if one[1] is not None and one[1] > day]:
        raise InputError(
            "valid-from-early",
            f"{layer}: {late[0][2][at]} is as it is since {late[0][1]}, which is after {day}.",
            "Name that day or a later one.",
        )
    made = [
        {
            "geom": _stored(values[0]),
            "layer": layer,
            "key": None if values[at] is None else str(values[at]),
            "valid_from": began,
            "valid_to": day_before(day),
            "revision": revision,
            "layer_fid": fid,
            "record": _record(dict(zip(names, values[1:], strict=True))),
        }
        for fid, began, values in rows
        if began != day
    ]
    if made:
        connection.execute(insert(layer_history), made)
        backend(connection).touch(connection, HISTORY)


def ended(connection: Connection, *, revision: int) -> int:
    """Return how many rows a revision of the city ended."""
    asked = select(func.count()).select_from(layer_history).where(layer_history.c.revision == revision)
    return int(connection.execute(asked).scalar_one())


def forget(connection: Connection, *, revision: int) -> None:
    """Take back that a revision of the city ended rows: it is undone."""
    connection.execute(delete(layer_history).where(layer_history.c.revision == revision))
    backend(connection).touch(connection, HISTORY)


def rows_on(connection: Connection, layer: str, day: str) -> tuple[list[Values], list[Values]]:
    """Return the rows of a layer on a day: those that still are so, and those that ended since."""
    past = layer_history.c
    now = [values for _, began, values in stored_rows(connection, layer) if began is None or began <= day]
    asked = (
        select(past.geom, past.record)
        .where((past.layer == layer) & (past.valid_to >= day) & or_(past.valid_from.is_(None), past.valid_from <= day))
        .order_by(past.fid)
    )
    gone = []
    for shape, record in connection.execute(asked):
        told = json.loads(record)
        gone.append((shape, *(told.get(name) for name in LAYERS[layer].names)))
    return now, gone


def day_before(day: str) -> str:
    """Return the day before one, in ISO form.

    >>> day_before("2026-03-01")
    '2026-02-28'
    """
    return (dt.date.fromisoformat(day) - dt.timedelta(days=1)).isoformat()


def _same(connection: Connection, new: Sequence[Values], old: Sequence[Values]) -> list[bool]:
    """Tell of each row whether it is the one before, with corners that lie where they lay."""
    same = [one[1:] == other[1:] for one, other in zip(new, old, strict=True)]
    moved = [row for row, equal in enumerate(same) if equal and _stored(new[row][0]) != _stored(old[row][0])]
    if moved:
        verbs = backend(connection)
        try:
            shapes, before = (
                np.asarray(verbs.from_values([rows[row][0] for row in moved]), object) for rows in (new, old)
            )
            # Rounded coordinates can change which corner is the first in order: as they come, and put in order.
            near = shapely.equals_exact(shapes, before, tolerance=_SAME_M)
            near |= shapely.equals_exact(shapely.normalize(shapes), shapely.normalize(before), tolerance=_SAME_M)
        except ValueError:  # another program left what is no shape: all of them count as changed
            near = np.zeros(len(moved), bool)
        for row, equal in zip(moved, near.tolist(), strict=True):
            same[row] = equal
    return same


def _stored(shape: Any) -> Any:
    """Return a shape as it is written: bytes, or text on PostgreSQL."""
    return bytes(shape) if isinstance(shape, memoryview | bytearray) else shape


def _record(values: Mapping[str, Any]) -> str:
    there = {name: value for name, value in values.items() if value is not None}
    return json.dumps(there, ensure_ascii=False, separators=(",", ":"), default=_text)


def _text(value: object) -> str:
    """Write what another program left in a column and JSON has no word for."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
