"""What makes a PostgreSQL schema a workspace: feature tables with spatial indexes, and a record of what changed.

Triggers keep the record, so that a change by another program, QGIS say, is seen as one of ours is.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection, Table, delete, inspect, text

from gridmap.errors import StoreError
from gridmap.store.blobs import demote
from gridmap.store.model import FEATURES, GRIDS, HISTORY, geometry_type, metadata

__all__ = [
    "add_frame", "add_history", "build", "columns", "extent", "forbid_changes", "from_values", "replace_rows", "stamp",
    "tables", "to_values", "touch", "verify",
]  # fmt: skip

_STATEMENTS = (
    """CREATE TABLE gridmap_layers (
        table_name text PRIMARY KEY, changes bigint NOT NULL DEFAULT 0,
        last_change timestamptz NOT NULL DEFAULT clock_timestamp(),
        min_x float8, min_y float8, max_x float8, max_y float8)""",
    """CREATE FUNCTION gridmap_changed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        UPDATE gridmap_layers SET changes = changes + 1, last_change = clock_timestamp()
        WHERE table_name = TG_TABLE_NAME; RETURN NULL; END $$""",
    """CREATE FUNCTION gridmap_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        RAISE EXCEPTION 'a history is only ever added to'; END $$""",
)


def tables(connection: Connection) -> set[str]:
    """Return the names of the tables of the schema."""
    return set(inspect(connection).get_table_names())


def columns(connection: Connection, name: str) -> set[str]:
    """Return the names of the columns of a table of the schema."""
    asked = text(
        "SELECT column_name FROM information_schema.columns "
        "WHERE table_schema = current_schema() AND table_name = :name"
    )
    return set(connection.execute(asked, {"name": name}).scalars())


def build(connection: Connection) -> None:
    """Make every table of a workspace, empty, in the schema. The caller commits."""
    have = connection.exec_driver_sql("SELECT 1 FROM pg_extension WHERE extname = 'postgis'").first()
    if have is None:
        can = connection.exec_driver_sql("SELECT 1 FROM pg_available_extensions WHERE name = 'postgis'").first()
        if can is None:
            raise StoreError(
                "postgis-missing", "The database server has no PostGIS.", "Install the server's package of PostGIS."
            )
        connection.exec_driver_sql("CREATE EXTENSION postgis")
    for statement in _STATEMENTS:
        connection.exec_driver_sql(statement)
    metadata.create_all(connection, checkfirst=False)
    for name in (*FEATURES, GRIDS):
        connection.exec_driver_sql(f'CREATE INDEX "{name}_geom" ON "{name}" USING gist (geom)')
        connection.execute(text("INSERT INTO gridmap_layers (table_name) VALUES (:name)"), {"name": name})
        connection.exec_driver_sql(
            f'CREATE TRIGGER gridmap_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON "{name}" '
            "FOR EACH STATEMENT EXECUTE FUNCTION gridmap_changed()"
        )


def add_frame(connection: Connection, epsg: int) -> None:
    """Give every feature table the spatial reference of the frame. They must be empty."""
    known = connection.execute(text("SELECT 1 FROM spatial_ref_sys WHERE srid = :epsg"), {"epsg": epsg}).first()
    if known is None:
        raise StoreError(
            "frame-unknown-to-postgis",
            f"PostGIS does not know EPSG:{epsg}.",
            "Choose another frame, or update PostGIS.",
        )
    for name in (*FEATURES, GRIDS):
        connection.exec_driver_sql(
            f'ALTER TABLE "{name}" ALTER COLUMN geom TYPE geometry({geometry_type(name)}, {epsg:d})'
        )
    add_history(connection, epsg)


def add_history(connection: Connection, epsg: int | None) -> None:
    """Give the history of the layers the spatial reference of the frame, once there is one."""
    if epsg is not None:
        connection.exec_driver_sql(f'ALTER TABLE "{HISTORY}" ALTER COLUMN geom TYPE geometry(GEOMETRY, {epsg:d})')


def touch(connection: Connection, name: str, *, bounds: Iterable[float] | None = None) -> None:
    """Record the extent of a table if given (min x, min y, max x, max y); that it changed, its trigger records."""
    if bounds is not None:
        values = [None if math.isnan(value) else float(value) for value in bounds]
        connection.execute(
            text("UPDATE gridmap_layers SET min_x = :w, min_y = :s, max_x = :e, max_y = :n WHERE table_name = :name"),
            {**dict(zip("wsen", values, strict=True)), "name": name},
        )


def extent(connection: Connection, name: str) -> tuple[float, float, float, float] | None:
    """Return the recorded extent of a feature table, None while it has none."""
    row = connection.execute(
        text("SELECT min_x, min_y, max_x, max_y FROM gridmap_layers WHERE table_name = :name"), {"name": name}
    ).one()
    return None if row[0] is None else (row[0], row[1], row[2], row[3])


def stamp(connection: Connection) -> str:
    """Return one text that changes whenever any program changes a layer of the city."""
    rows = connection.exec_driver_sql("SELECT table_name, changes FROM gridmap_layers ORDER BY table_name")
    return ";".join(f"{name}={changes}" for name, changes in rows if name in FEATURES)


def to_values(shapes: NDArray[Any], epsg: int) -> list[str | None]:
    """Return shapes as extended WKB in hexadecimal, in two dimensions; missing shapes become None."""
    flat = shapely.set_srid(shapely.force_2d(np.asarray(shapes, dtype=object)), epsg)
    return list(shapely.to_wkb(flat, hex=True, include_srid=True, byte_order=1).tolist())


def from_values(values: Sequence[Any]) -> NDArray[np.object_]:
    """Return shapes of what a geometry column gives; multi shapes of one part become single shapes."""
    shapes = shapely.set_srid(shapely.from_wkb(np.array(values, dtype=object)), 0)
    return demote(np.asarray(shapely.force_2d(shapes), dtype=object))


def replace_rows(
    connection: Connection,
    table: Table,
    columns: Mapping[str, Sequence[Any]],
    *,
    bounds: NDArray[np.float64],  # noqa: ARG001 - the database finds them itself
) -> None:
    """Replace all rows by whole columns of rows, by COPY."""
    connection.execute(delete(table))
    names = ", ".join(f'"{name}"' for name in columns)
    raw: Any = connection.connection.cursor()
    with raw.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy:
        for row in zip(*columns.values(), strict=True):
            copy.write_row(row)


def forbid_changes(connection: Connection, table: Table) -> None:
    """Let PostgreSQL itself refuse to change or delete rows of a history."""
    connection.exec_driver_sql(
        f'CREATE OR REPLACE TRIGGER gridmap_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON "{table.name}" '
        "FOR EACH STATEMENT EXECUTE FUNCTION gridmap_append_only()"
    )


def verify(connection: Connection) -> list[str]:
    """Return the feature tables with shapes that are not of the frame; PostgreSQL keeps its files sound itself."""
    wrong = []
    for name in (*FEATURES, GRIDS):
        srids = connection.exec_driver_sql(f'SELECT DISTINCT ST_SRID(geom) FROM "{name}"').scalars().all()  # noqa: S608
        if len(srids) > 1:
            wrong.append(f"{name}: shapes of several frames")
    return wrong
