"""Backups of a workspace on PostgreSQL: every table as COPY gives it, all from one snapshot of the database.

Not pg_dump: it must be as new as the server and be installed beside us, and its restore is many transactions, or one
that drops tables under those who read them. Here readers of the old state are not disturbed until the new one is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, MetaData, Table, delete, func, select, text

from gridmap.errors import StoreError
from gridmap.store import audit, decisions, migrations, postgis, records, retired
from gridmap.store.backups.archive import Archive, Kept, Manifest
from gridmap.store.backups.revisions import FORGOTTEN, count_on, log_head, record_restore, require_same_log
from gridmap.store.engine import connect_server, place_of
from gridmap.store.model import SCHEMA_VERSION, meta, metadata
from gridmap.store.restricted import restricted_table
from gridmap.store.steps import plan_steps
from gridmap.store.store import Store

__all__ = ["copy_into", "put_back"]

LAYERS = "gridmap_layers"
_LATER: tuple[MetaData, ...] = (
    records.metadata, decisions.metadata, retired.retired.metadata, restricted_table.metadata,
)  # fmt: skip
"""Tables that a workspace has only once there is something to keep in them."""


def copy_into(archive: Archive, connection: Connection) -> tuple[dict[str, int], dict[str, int]]:
    """Copy all tables as the reading transaction sees them; return their rows and the last numbers given, by table."""
    rows, sequences = {}, {}
    for table in _tables():
        columns = postgis.columns(connection, table.name)
        if not columns or table.name in FORGOTTEN:
            continue
        rows[table.name] = _copy_out(archive, connection, table.name, sorted(columns))
        if (number := _last_number(connection, table)) is not None:
            sequences[table.name] = number
    rows[LAYERS] = _copy_out(archive, connection, LAYERS, sorted(postgis.columns(connection, LAYERS)))
    return rows, sequences


def _tables() -> list[Table]:
    """Return every table of a workspace, those that are referred to first."""
    return [table for of in (metadata, *_LATER) for table in of.sorted_tables]


def _copy_out(archive: Archive, connection: Connection, name: str, columns: Sequence[str]) -> int:
    raw: Any = connection.connection.cursor()
    rows = 0
    with archive.member(f"{name}.copy") as member:
        # The first line names the columns; a row is a line, for COPY writes line breaks within a value as \n.
        member.write(("\t".join(columns) + "\n").encode())
        with raw.copy(f"COPY {_named(name, columns)} TO STDOUT (ENCODING 'UTF8')") as copy:
            for data in copy:
                member.write(data)
                rows += bytes(data).count(b"\n")
    return rows


def _named(name: str, columns: Sequence[str]) -> str:
    if any('"' in one for one in (name, *columns)):
        raise ValueError("a name with a quote")
    listed = ", ".join(f'"{column}"' for column in columns)
    return f'"{name}" ({listed})'


def _sequence(connection: Connection, table: Table) -> str | None:
    column = table.autoincrement_column
    if column is None:
        return None
    asked = text("SELECT pg_get_serial_sequence(quote_ident(:name), :column)")
    found = connection.execute(asked, {"name": table.name, "column": column.name}).scalar()
    return None if found is None else str(found)


def _last_number(connection: Connection, table: Table) -> int | None:
    sequence = _sequence(connection, table)
    if sequence is None:
        return None
    asked = f"SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END FROM {sequence}"  # noqa: S608 - quoted
    return int(connection.exec_driver_sql(asked).scalar_one())


def put_back(kept: Kept, address: str, *, force: bool) -> None:
    """Put a workspace back into a database, in place of the one that is there if `force`, in one transaction."""
    store = Store(place_of(address), connect_server(address), read_only=False)
    try:
        with store.writing() as connection:
            there = meta.name in postgis.tables(connection)
            if there and not force:
                raise StoreError(
                    "workspace-exists",
                    f"{store.place}: there already is a workspace.",
                    "Choose another database, or add --force.",
                )
            _replace(kept, store, connection, there=there)
    finally:
        store.close()


def _replace(kept: Kept, store: Store, connection: Connection, *, there: bool) -> None:
    manifest = kept.manifest
    old = (store.meta(connection).city_revision, log_head(connection)[1]) if there else None
    if there:
        _require_present(store, connection)
        frame = store.meta(connection).frame_epsg
        numbers = {table.name: _last_number(connection, table) for table in _there(connection)}
        _empty(connection)
    else:
        frame, numbers = None, {}
        postgis.build(connection)
    _make_tables(connection, manifest)
    epsg = _frame(kept)
    if epsg is not None and epsg != frame:
        postgis.add_frame(connection, epsg)
    _load(kept, connection)
    for table in _there(connection):
        number = max(manifest.sequences.get(table.name, 0), numbers.get(table.name) or 0)
        if number and (sequence := _sequence(connection, table)):
            connection.execute(text("SELECT setval(CAST(:of AS regclass), :at)"), {"of": sequence, "at": number})
    for history in (audit.audit, plan_steps, records.matter_events, records.record_log):
        if postgis.columns(connection, history.name):
            postgis.forbid_changes(connection, history)
    faults = require_same_log(connection, manifest) + postgis.verify(connection)
    if faults:
        raise StoreError("backup-damaged", f"{kept.path}: {faults[0]} Nothing was changed.", "Take another backup.")
    if manifest.schema_version < SCHEMA_VERSION:
        migrations.migrate(connection, manifest.schema_version)
    if old is not None:
        count_on(connection, above=old[0])
    record_restore(connection, manifest, replaced=None if old is None else old[1])


def _require_present(store: Store, connection: Connection) -> None:
    version = store.meta(connection).schema_version
    if version != SCHEMA_VERSION:
        raise StoreError(
            "workspace-other-version",
            f"{store.place}: the workspace is of format {version}, not of {SCHEMA_VERSION}.",
            "Open it once with this gridmap, or restore into another database.",
        )


def _there(connection: Connection) -> list[Table]:
    have = postgis.tables(connection)
    return [table for table in _tables() if table.name in have]


def _empty(connection: Connection) -> None:
    """Delete all rows. Not TRUNCATE: who reads the old state would find it empty."""
    for table in reversed(_there(connection)):
        connection.exec_driver_sql(f'DROP TRIGGER IF EXISTS gridmap_append_only ON "{table.name}"')
        connection.execute(delete(table))


def _make_tables(connection: Connection, manifest: Manifest) -> None:
    """Make the tables that the backup has, as they were in its version."""
    unknown = set(manifest.rows) - {table.name for table in _tables()} - {LAYERS}
    if unknown or manifest.schema_version > SCHEMA_VERSION:
        raise StoreError("backup-newer", f"A newer gridmap ({manifest.gridmap}) made this backup.", "Update gridmap.")
    for of in _LATER:
        if any(name in manifest.rows for name in of.tables):
            of.create_all(connection, checkfirst=True)
    for version, names in migrations.ADDED.items():
        for name in sorted(names) if version > manifest.schema_version else ():
            connection.exec_driver_sql(f'DROP TABLE IF EXISTS "{name}" CASCADE')


def _frame(kept: Kept) -> int | None:
    """Return the frame of the backup: the table of the meta has one row."""
    columns, row = b"".join(kept.parts(f"{meta.name}.copy")).decode().splitlines()
    found = dict(zip(columns.split("\t"), row.split("\t"), strict=True))["frame_epsg"]
    return None if found == r"\N" else int(found)


def _load(kept: Kept, connection: Connection) -> None:
    connection.exec_driver_sql(f"DELETE FROM {LAYERS}")  # noqa: S608 - a name of ours
    names = [table.name for table in _tables() if table.name in kept.manifest.rows and table.name not in FORGOTTEN]
    for name in (*names, LAYERS):
        if name == LAYERS:  # last: the triggers of the others have written to it
            connection.exec_driver_sql(f"DELETE FROM {LAYERS}")  # noqa: S608 - a name of ours
        _copy_in(kept, connection, name)
        found = connection.execute(select(func.count()).select_from(text(f'"{name}"'))).scalar_one()
        if found != kept.manifest.rows[name]:
            raise StoreError(
                "backup-damaged",
                f"{kept.path}: {name} has {found:,} rows instead of {kept.manifest.rows[name]:,}.",
                "Take another backup.",
            )


def _copy_in(kept: Kept, connection: Connection, name: str) -> None:
    raw: Any = connection.connection.cursor()
    parts = kept.parts(f"{name}.copy")
    head = next(parts, b"")
    while b"\n" not in head:
        head += next(parts)
    columns, _, rest = head.partition(b"\n")
    with raw.copy(f"COPY {_named(name, columns.decode().split(chr(9)))} FROM STDIN (ENCODING 'UTF8')") as copy:
        copy.write(rest)
        for data in parts:
            copy.write(data)
