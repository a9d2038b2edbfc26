"""Persons, organisations, duties and matters as rows; histories that are only ever added to.

The tables are made when the first record is written, so workspaces of any age take records. Every function works inside
the caller's transaction.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields as fields_of
from typing import Any, cast

import pandas as pd
from sqlalchemy import (
    Column,
    Connection,
    CursorResult,
    Float,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    delete,
    insert,
    inspect,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from gridmap.city.schema import Field
from gridmap.duties import DUTIES, ORGANISATIONS, PERSONS
from gridmap.errors import ConflictError, InputError
from gridmap.matters import Event, Matter
from gridmap.store import audit
from gridmap.store.backend import backend, upsert
from gridmap.store.types import FIELD_TYPES, Instant

__all__ = [
    "CELL_LEVELS_M", "MATTER", "NEVER", "add_events", "add_matters", "all_events", "cells", "ensure_tables",
    "find_matter", "has_records", "log_change", "matter_events", "matter_row", "matters", "move_matter", "move_matters",
    "read_events", "read_table", "record_log", "stale", "tally", "write_rows",
]  # fmt: skip

metadata = MetaData()

NEVER = "9999-12-31"
"""Stands for no deadline, so that one index gives what is due first and puts what is never due last."""

CELL_LEVELS_M = (100.0, 200.0, 400.0, 800.0, 1_600.0)
"""Widths of the squares that matters are counted in for heat maps, in metres."""


def _registry(name: str, fields: Sequence[Field]) -> Table:
    columns = [Column(field.name, FIELD_TYPES[field.kind](), primary_key=field.name == "id") for field in fields]
    return Table(name, metadata, *columns, Column("seq", Integer, nullable=False, default=0))


persons = _registry("persons", PERSONS)
organisations = _registry("organisations", ORGANISATIONS)
duties = _registry("duties", DUTIES)
Index("duties_kind", duties.c.kind)

matters = Table(
    "matters",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("opened", Text, nullable=False),
    Column("changed", Instant(), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("topic", Text),
    Column("title", Text),
    Column("x", Float),
    Column("y", Float),
    Column("grid", Text),
    Column("community", Text),
    Column("plan", Text),
    Column("organisation", Text),
    Column("link", Text),
    Column("quantity", Integer),
    Column("rating", Integer),
    Column("due", Text, nullable=False),  # NEVER where the stage has no deadline
    Column("closed", Text),
    Column("note", Text),
    Column("is_open", Integer, nullable=False),
    Column("cell_x", Integer),
    Column("cell_y", Integer),
    Index("matters_board", "kind", "stage", "due"),
    Index("matters_community", "community", "kind", "stage", "due"),
    Index("matters_due", "is_open", "due"),
    Index("matters_grid", "grid", "opened"),
    Index("matters_code", "code"),
    Index("matters_cell", "is_open", "cell_x", "cell_y"),
)

matter_events = Table(
    "matter_events",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("matter", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("at", Instant(), nullable=False),
    Column("user", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("from_stage", Text),
    Column("to_stage", Text, nullable=False),
    Column("due", Text),
    Column("note", Text),
    # The database itself lets one writer follow a revision.
    UniqueConstraint("matter", "revision"),
    sqlite_autoincrement=True,
)

tally = Table(
    "matter_tally",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("community", Text, primary_key=True),
    Column("stage", Text, primary_key=True),
    Column("due", Text, primary_key=True),
    Column("n", Integer, nullable=False),
    sqlite_with_rowid=False,
)

cells = Table(
    "matter_cells",
    metadata,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("is_open", Integer, primary_key=True, autoincrement=False),
    Column("cell_x", Integer, primary_key=True, autoincrement=False),
    Column("cell_y", Integer, primary_key=True, autoincrement=False),
    Column("kind", Text, primary_key=True),
    Column("n", Integer, nullable=False),
    sqlite_with_rowid=False,
)

record_log = Table(
    "record_log",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("at", Instant(), nullable=False),
    Column("user", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("payload", Text, nullable=False),
    sqlite_autoincrement=True,
)

REGISTRIES: Mapping[str, tuple[Table, tuple[Field, ...]]] = {
    "persons": (persons, PERSONS),
    "organisations": (organisations, ORGANISATIONS),
    "duties": (duties, DUTIES),
}


def ensure_tables(connection: Connection) -> None:
    """Make the tables of records where they are not there yet."""
    metadata.create_all(connection, checkfirst=True)
    for table in (matter_events, record_log):
        backend(connection).forbid_changes(connection, table)


def has_records(connection: Connection) -> bool:
    """Tell whether the tables of records are there."""
    return inspect(connection).has_table(matters.name)


def read_table(connection: Connection, name: str) -> pd.DataFrame:
    """Return persons, organisations or duties with the columns and kinds of their fields, in the order they came."""
    table, fields = REGISTRIES[name]
    names = [field.name for field in fields]
    rows = (
        connection.execute(select(*(table.c[one] for one in names)).order_by(table.c.seq, table.c.id)).all()
        if has_records(connection)
        else []
    )
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    return pd.DataFrame({field.name: _series(field, values) for field, values in zip(fields, columns, strict=True)})


def write_rows(connection: Connection, name: str, rows: pd.DataFrame) -> None:
    """Write persons, organisations or duties; a row whose id is there takes its place and keeps its position."""
    table, fields = REGISTRIES[name]
    if not len(rows):
        return
    start = connection.exec_driver_sql(f"SELECT coalesce(max(seq), 0) FROM {table.name}").scalar_one()  # noqa: S608
    names = [field.name for field in fields]
    values = [
        {**dict(zip(names, map(_plain, row), strict=True)), "seq": start + number}
        for number, row in enumerate(rows[names].itertuples(index=False, name=None), 1)
    ]
    statement = upsert(connection, table)
    kept = {one: statement.excluded[one] for one in names if one != "id"}
    connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=kept), values)


def log_change(connection: Connection, action: str, payload: Mapping[str, Any], *, user: str) -> None:
    """Add to the history of registers who did what; the payload holds no names."""
    text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"), default=str)
    connection.execute(insert(record_log).values(at=dt.datetime.now(dt.UTC), user=user, action=action, payload=text))
    counted = {name: value if isinstance(value, int) else len(value) for name, value in payload.items()
               if isinstance(value, int | list)}  # fmt: skip
    audit.record(connection, f"records {action}", "", user=user, detail=counted | dict(payload.get("rows", {})))


_COLUMNS = tuple(field.name for field in fields_of(Matter))


_DUE = _COLUMNS.index("due")

MATTER = tuple(matters.c[name] for name in _COLUMNS)
"""The columns that a matter is made of, in its order."""


def matter_row(row: Sequence[Any]) -> Matter:
    """Make a matter of a row of the columns `MATTER`."""
    values = list(row)
    if values[_DUE] == NEVER:
        values[_DUE] = None
    return Matter(*values)


def _values(matter: Matter) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(matter, name) for name in _COLUMNS}
    at = _cell(matter, CELL_LEVELS_M[0])
    return values | {
        "due": matter.due or NEVER,
        "is_open": int(matter.closed is None),
        "cell_x": None if at is None else at[0],
        "cell_y": None if at is None else at[1],
    }


def add_matters(connection: Connection, made: Sequence[Matter]) -> None:
    """Write new matters, and count them; ConflictError where an id is taken. O(rows)."""
    if not made:
        return
    try:
        # PostgreSQL answers nothing more in a transaction that failed: only what is inside is taken back.
        with connection.begin_nested():
            connection.execute(insert(matters), [_values(matter) for matter in made])
    except IntegrityError:
        taken = next((one.id for one in made if _exists(connection, one.id)), made[0].id)
        raise ConflictError(
            "matter-exists", f"There already is a matter {taken}.", "Give it another id, or advance the one there is."
        ) from None
    _count(connection, ((matter, 1) for matter in made))


def find_matter(connection: Connection, name: str) -> Matter:
    """Return a matter; InputError if there is none of that id."""
    row = None
    if has_records(connection):
        row = connection.execute(select(*MATTER).where(matters.c.id == name)).one_or_none()
    if row is None:
        raise InputError("matter-unknown", f"There is no matter {name!r}.", "See `gridmap matters list`.")
    return matter_row(row)


def move_matter(connection: Connection, old: Matter, new: Matter, event: Event) -> None:
    """Put a matter in the place of itself, if it is still at the revision of `old`, and add the event.

    Raises ConflictError, naming who did what, if another writer was first.
    """
    moved = cast(
        "CursorResult[Any]",
        connection.execute(
            update(matters)
            .where((matters.c.id == old.id) & (matters.c.revision == old.revision))
            .values(**_values(new))
        ),
    )
    if moved.rowcount != 1:
        raise stale(connection, old)
    add_events(connection, [event])
    _count(connection, [(old, -1), (new, 1)])


def move_matters(connection: Connection, changes: Sequence[tuple[Matter, Matter, Event]]) -> None:
    """Put many matters in the place of themselves at once (old, new, event), as `move_matter` does one. O(rows).

    ConflictError if another writer has moved one of them; then none is moved.
    """
    if not changes:
        return
    own, at = matters.c.id == bindparam("old_id"), matters.c.revision == bindparam("old_revision")
    values = [{**_values(new), "old_id": old.id, "old_revision": old.revision} for old, new, _ in changes]
    names = [name for name in values[0] if name not in ("id", "old_id", "old_revision")]
    # The event comes first: where the revision has been followed already, the database itself refuses it.
    add_events(connection, [event for *_, event in changes])
    connection.execute(update(matters).where(own & at).values({name: bindparam(name) for name in names}), values)
    _count(connection, (step for old, new, _ in changes for step in ((old, -1), (new, 1))))


def stale(connection: Connection, old: Matter) -> ConflictError:
    """Return the error that says who moved a matter after a revision."""
    since = [event for event in read_events(connection, old.id) if event.revision > old.revision]
    who = "; ".join(f"{one.action} by {one.user or one.actor} at {one.at:%Y-%m-%d %H:%M:%S} UTC" for one in since[-3:])
    return ConflictError(
        "matter-changed",
        f"The matter {old.id} was changed since revision {old.revision}: {who or 'it is another one now'}.",
        "Look at it again, and repeat what is still to be done.",
    )


def add_events(connection: Connection, events: Iterable[Event]) -> None:
    """Add events to histories; ConflictError where another writer has followed the revision first."""
    rows = [{field.name: getattr(event, field.name) for field in fields_of(Event)} for event in events]
    if not rows:
        return
    try:
        connection.execute(insert(matter_events), rows)
    except IntegrityError:
        raise ConflictError(
            "matter-changed", "Another event followed the same revision first.", "Look at the matter again."
        ) from None


def read_events(connection: Connection, name: str) -> list[Event]:
    """Return the history of a matter, oldest first."""
    columns = [matter_events.c[field.name] for field in fields_of(Event)]
    found = select(*columns).where(matter_events.c.matter == name).order_by(matter_events.c.revision)
    return [Event(*row) for row in connection.execute(found)]


def _exists(connection: Connection, name: str) -> bool:
    return connection.execute(select(matters.c.id).where(matters.c.id == name)).first() is not None


def _cell(matter: Matter, width_m: float) -> tuple[int, int] | None:
    if matter.x is None or matter.y is None:
        return None
    return int(matter.x // width_m), int(matter.y // width_m)


def _count(connection: Connection, changes: Iterable[tuple[Matter, int]]) -> None:
    """Bring the counts of boards and heat maps up to date, in the same transaction as the matters."""
    board: Counter[tuple[Any, ...]] = Counter()
    heat: Counter[tuple[Any, ...]] = Counter()
    for matter, step in changes:
        board[matter.kind, matter.community or "", matter.stage, matter.due or NEVER] += step
        for level, width_m in enumerate(CELL_LEVELS_M):
            if (at := _cell(matter, width_m)) is not None:
                heat[level, int(matter.closed is None), *at, matter.kind] += step
    for table, counter in ((tally, board), (cells, heat)):
        names = [column.name for column in table.primary_key.columns]
        rows = [{**dict(zip(names, keys, strict=True)), "n": n} for keys, n in counter.items() if n]
        if not rows:
            continue
        statement = upsert(connection, table)
        connection.execute(
            statement.on_conflict_do_update(index_elements=names, set_={"n": table.c.n + statement.excluded.n}), rows
        )
        if any(row["n"] < 0 for row in rows):
            gone = [row for row in rows if row["n"] < 0]
            for row in gone:
                match = [table.c[name] == row[name] for name in names]
                connection.execute(delete(table).where(*match, table.c.n == 0))


def _series(field: Field, values: Sequence[Any]) -> Any:
    if field.kind == "integer":
        return pd.array(list(values), dtype="Int64")
    if field.kind == "boolean":
        return pd.array([None if value is None else bool(value) for value in values], dtype="boolean")
    if field.kind == "real":
        return pd.Series([float("nan") if value is None else value for value in values], dtype="float64")
    return pd.Series(list(values), dtype=object)


def _plain(value: Any) -> Any:
    if value is None or value is pd.NA or value != value:
        return None
    if isinstance(value, bool):
        return int(value)
    return value.item() if hasattr(value, "item") else value


def all_events(connection: Connection) -> list[Event]:
    """Return every event, matter by matter."""
    if not has_records(connection):
        return []
    columns = [matter_events.c[field.name] for field in fields_of(Event)]
    found = select(*columns).order_by(matter_events.c.matter, matter_events.c.revision)
    return [Event(*row) for row in connection.execute(found)]
