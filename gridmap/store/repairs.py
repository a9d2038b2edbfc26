"""Repairs of the city's layers: values changed in place, with what stood there before, so that each can be taken back.

A repair is one transaction. Rows keep their place and the values that are put back are those that were taken out, byte
by byte. Each function works inside the caller's transaction.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, cast

import numpy as np
import shapely
from sqlalchemy import Column, Connection, Integer, Table, Text, insert, inspect, select, update

from gridmap.city import LAYERS, Change, Repair
from gridmap.errors import ConflictError, InputError
from gridmap.matters import city_date
from gridmap.store import audit
from gridmap.store.backend import backend
from gridmap.store.blobs import promote
from gridmap.store.history import forget, keep_rows, stored_rows
from gridmap.store.model import FEATURES, VERSION_FROM, geometry_type, metadata
from gridmap.store.oplog import PlanState, change_between
from gridmap.store.plans import append_change, list_plans, read_state
from gridmap.store.renaming import RECORDS, RecordRow, named_in_records, write_records
from gridmap.store.store import Store
from gridmap.store.types import Instant

__all__ = ["RepairRow", "list_repairs", "make_repair", "repairs", "undo_repair"]

repairs = Table(
    "repairs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("user", Text, nullable=False),
    Column("at", Instant(), nullable=False),
    Column("revision", Integer, nullable=False),  # of the city, that the repair made
    Column("said", Text, nullable=False),  # what was repaired, for people
    Column("payload", Text, nullable=False),  # [layer, fid, column, before, after]
    Column("undone_at", Instant()),
    sqlite_autoincrement=True,
)

Value = str | int | float | bool | dict[str, str] | None


@dataclass(frozen=True)
class RepairRow:
    """A repair that was made: `said` has what each mended; `undone_at` is None while it stands."""

    id: int
    user: str
    at: dt.datetime
    revision: int
    said: tuple[Mapping[str, Any], ...]
    undone_at: dt.datetime | None

    def to_dict(self) -> dict[str, Any]:
        """Return the repair as JSON has it."""
        return {
            "id": self.id,
            "user": self.user,
            "at": self.at.isoformat(timespec="seconds"),
            "revision": self.revision,
            "repairs": [dict(one) for one in self.said],
            "undone_at": None if self.undone_at is None else self.undone_at.isoformat(timespec="seconds"),
        }


def make_repair(
    store: Store, connection: Connection, made: Sequence[Repair], changes: Iterable[Change], *, revision: int, user: str
) -> RepairRow:
    """Put changed values in place and log what stood there; ConflictError if the city is not at `revision` any more."""
    meta = store.meta(connection)
    if meta.city_revision != revision or meta.frame_epsg is None:
        raise ConflictError(
            "city-changed", f"{store.place}: the layers have changed since they were checked.", "Check them again."
        )
    rows = _rows(connection, changes, epsg=meta.frame_epsg)
    day = city_date(dt.datetime.now(dt.UTC)).isoformat()
    dated = _keep(connection, rows, day=day, revision=meta.city_revision + 1)
    _write(connection, [(layer, fid, column, after) for layer, fid, column, _, after in (*rows, *dated)])
    _rename(connection, rows, user=user, back=False)
    told = named_in_records(connection, _names(rows))
    write_records(connection, told)
    now = store.settle(connection)
    said = [one.to_dict() for one in made]
    values = {"user": user, "at": dt.datetime.now(dt.UTC), "revision": now}
    connection.execute(insert(repairs).values(said=_dump(said), payload=_dump([*rows, *dated, *told]), **values))
    audit.record(connection, "layers repaired", "", user=user, detail={"values": len(rows), "city_revision": now})
    return list_repairs(connection)[-1]


def undo_repair(store: Store, connection: Connection, *, user: str) -> RepairRow:
    """Take back the last repair that stands; InputError if there is none.

    ConflictError if a value that it put in place has been changed since: nothing is taken back then.
    """
    standing = select(repairs).where(repairs.c.undone_at.is_(None)).order_by(repairs.c.id.desc()).limit(1)
    row = connection.execute(standing).one_or_none()
    if row is None:
        raise InputError("nothing-to-undo", f"{store.place}: there is no repair to undo.", "Repair something first.")
    logged = [tuple(one) for one in json.loads(row.payload)]
    rows = [cast("_Row", one) for one in logged if one[0] not in RECORDS]
    for layer, fid, column, _, after in rows:
        if _read(connection, layer, fid, column) != after:
            raise ConflictError(
                "repair-overtaken",
                f"{store.place}: {layer} have changed since the repair of {row.at:%Y-%m-%d %H:%M:%S} UTC.",
                "Correct the rows by hand, or import the layer again.",
            )
    _write(connection, [(layer, fid, column, before) for layer, fid, column, before, _ in rows])
    _rename(connection, rows, user=user, back=True)
    write_records(connection, [cast("RecordRow", one) for one in logged if one[0] in RECORDS], back=True)
    forget(connection, revision=row.revision)
    revision = store.settle(connection)
    audit.record(connection, "repair undone", "", user=user, detail={"repair": row.id, "city_revision": revision})
    connection.execute(update(repairs).where(repairs.c.id == row.id).values(undone_at=dt.datetime.now(dt.UTC)))
    return next(one for one in list_repairs(connection) if one.id == row.id)


def list_repairs(connection: Connection) -> list[RepairRow]:
    """Return the repairs, oldest first; none in a workspace older than they are."""
    if not inspect(connection).has_table(repairs.name):
        return []
    columns = [column for column in repairs.c if column.name != "payload"]
    return [
        RepairRow(row.id, row.user, row.at, row.revision, tuple(json.loads(row.said)), row.undone_at)
        for row in connection.execute(select(*columns).order_by(repairs.c.id))
    ]


_Row = tuple[str, int, str, Value, Value]


def _rows(connection: Connection, changes: Iterable[Change], *, epsg: int) -> list[_Row]:
    """Return each change with the row's number in the table, and the values before and after as the table has them."""
    fids: dict[str, list[int]] = {}
    rows = []
    for one in changes:
        if one.layer not in fids:
            table = FEATURES[one.layer]
            fids[one.layer] = list(connection.execute(select(table.c.fid).order_by(table.c.fid)).scalars())
        fid = fids[one.layer][one.row]
        column, value = ("geom", _blob(connection, one, epsg)) if one.column == "geometry" else (one.column, one.value)
        rows.append((one.layer, fid, column, _read(connection, one.layer, fid, column), value))
    return rows


def _keep(connection: Connection, rows: Sequence[_Row], *, day: str, revision: int) -> list[_Row]:
    """Keep what the rows were until the day before, and return the change of their first day."""
    dated: list[_Row] = []
    for layer in sorted({one[0] for one in rows}):
        were = stored_rows(connection, layer, fids={one[1] for one in rows if one[0] == layer})
        keep_rows(connection, layer, were, day=day, revision=revision)
        dated += [(layer, fid, VERSION_FROM, began, day) for fid, began, _ in were if began != day]
    return dated


def _blob(connection: Connection, change: Change, epsg: int) -> Value:
    shape = promote(np.array([change.value], dtype=object), geometry_type(change.layer))
    return _packed(backend(connection).to_values(shape, epsg)[0])


def _read(connection: Connection, layer: str, fid: int, column: str) -> Value:
    table = FEATURES[layer]
    found = connection.execute(select(table.c[column]).where(table.c.fid == fid)).one_or_none()
    return None if found is None else _packed(found[0])


def _packed(value: Any) -> Value:
    """Return a value of a table as JSON can hold it: bytes as hexadecimal."""
    return {"hex": bytes(value).hex()} if isinstance(value, bytes | memoryview | bytearray) else value


def _write(connection: Connection, values: Sequence[tuple[str, int, str, Value]]) -> None:
    verbs, shaped = backend(connection), set()
    for layer, fid, column, value in values:
        table = FEATURES[layer]
        unpacked = bytes.fromhex(value["hex"]) if isinstance(value, dict) else value
        connection.execute(update(table).where(table.c.fid == fid).values({column: unpacked}))
        if column == "geom":
            shaped.add(layer)
    for layer in sorted({layer for layer, *_ in values}):
        bounds = None
        if layer in shaped:
            shapes = connection.execute(select(FEATURES[layer].c.geom)).scalars().all()
            bounds = shapely.total_bounds(verbs.from_values(shapes))
        verbs.touch(connection, layer, bounds=bounds)


def _rename(connection: Connection, rows: Sequence[_Row], *, user: str, back: bool) -> None:
    """Let every plan follow the communities and buildings whose code or id is another now, by an entry of its log."""
    names = _names(rows, back=back)
    if not (names["communities"] or names["buildings"]):
        return
    for row in list_plans(connection):
        old_state = read_state(connection, row)
        renamed = partial(_renamed, old_state, names["communities"], names["buildings"])
        new_state = renamed()
        if change := change_between(old_state, new_state):
            append_change(
                connection,
                row,
                "reimport",
                change,
                change_between(new_state, old_state),
                state=renamed,
                city_revision=row.city_revision,  # the next opening lays it on the cells there are
                user=user,
            )


def _names(rows: Sequence[_Row], *, back: bool = False) -> dict[str, dict[str, str]]:
    """Return the new codes and ids by the old ones, by layer."""
    names: dict[str, dict[str, str]] = {layer: {} for layer in FEATURES}
    for layer, _, column, before, after in rows:
        if column == LAYERS[layer].key:
            old, new = (after, before) if back else (before, after)
            names[layer][str(old)] = str(new)
    return names


def _renamed(state: PlanState, communities: Mapping[str, str], buildings: Mapping[str, str]) -> PlanState:
    def place(code: str) -> str:
        return communities.get(code, code)

    def cell(name: str) -> str:
        prefix, colon, code = name.partition(":")
        return f"area:{place(code)}" if colon and prefix == "area" else buildings.get(name, name)

    return PlanState(
        tuple(replace(grid, community=place(grid.community)) for grid in state.grids),
        {cell(name): grid for name, grid in state.grid_of.items()},
        tuple((cell(one), cell(other)) for one, other in state.bridges),
        tuple(replace(one, community=place(one.community)) for one in state.specials),
    )


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
