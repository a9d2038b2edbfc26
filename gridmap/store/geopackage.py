"""What makes a SQLite file a GeoPackage 1.3: system tables, spatial references, R-trees and their triggers.

1.3 rather than 1.4, because GDAL before 3.7 warns about every 1.4 file. Written as the standard has it (OGC 12-128r17,
annex F.3), so that GDAL and QGIS, which bring their own ST_ functions, keep the R-trees right when they edit.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS
from sqlalchemy import Connection, Table, text
from sqlalchemy.schema import CreateIndex, CreateTable

from gridmap.store.blobs import from_blobs as from_values
from gridmap.store.blobs import to_blobs as to_values
from gridmap.store.model import ATTRIBUTES, FEATURES, GRIDS, HISTORY, geometry_type, metadata
from gridmap.store.rtree import pack

__all__ = [
    "APPLICATION_ID", "FEATURE_TABLES", "USER_VERSION", "add_frame", "add_history", "build", "columns", "extent",
    "forbid_changes", "from_values", "replace_rows", "stamp", "tables", "to_values", "touch", "verify",
]  # fmt: skip

APPLICATION_ID = 0x47504B47
USER_VERSION = 10300

FEATURE_TABLES = (*FEATURES, GRIDS)
_AT_ONCE = 50_000
"""Rows that are handed to SQLite at once."""
UNDECIDED = -1
"""The srs_id of the feature tables until the first layer decides the frame: undefined Cartesian."""

_SYSTEM = (
    """CREATE TABLE gpkg_spatial_ref_sys (
        srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY, organization TEXT NOT NULL,
        organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT)""",
    """CREATE TABLE gpkg_contents (
        table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,
        description TEXT DEFAULT '',
        last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
        min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
        CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id))""",
    """CREATE TABLE gpkg_geometry_columns (
        table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL,
        z TINYINT NOT NULL, m TINYINT NOT NULL,
        CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name), CONSTRAINT uk_gc_table_name UNIQUE (table_name),
        CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
        CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id))""",
    """CREATE TABLE gpkg_extensions (
        table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL, scope TEXT NOT NULL,
        CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name))""",
)

_UNDEFINED = (
    ("Undefined Cartesian SRS", -1, "NONE", -1, "undefined", "undefined Cartesian coordinate reference system"),
    ("Undefined geographic SRS", 0, "NONE", 0, "undefined", "undefined geographic coordinate reference system"),
)

_ENVELOPE = 'ST_MinX(NEW."geom"), ST_MaxX(NEW."geom"), ST_MinY(NEW."geom"), ST_MaxY(NEW."geom")'
_FULL = '(NEW."geom" NOTNULL AND NOT ST_IsEmpty(NEW."geom"))'
_BARE = '(NEW."geom" ISNULL OR ST_IsEmpty(NEW."geom"))'
_RTREE = (
    'CREATE VIRTUAL TABLE "rtree_{t}_geom" USING rtree(id, minx, maxx, miny, maxy)',
    """CREATE TRIGGER "rtree_{t}_geom_insert" AFTER INSERT ON "{t}" WHEN {full}
        BEGIN INSERT OR REPLACE INTO "rtree_{t}_geom" VALUES (NEW."fid", {envelope}); END""",
    """CREATE TRIGGER "rtree_{t}_geom_update1" AFTER UPDATE OF "geom" ON "{t}" WHEN OLD."fid" = NEW."fid" AND {full}
        BEGIN INSERT OR REPLACE INTO "rtree_{t}_geom" VALUES (NEW."fid", {envelope}); END""",
    """CREATE TRIGGER "rtree_{t}_geom_update2" AFTER UPDATE OF "geom" ON "{t}" WHEN OLD."fid" = NEW."fid" AND {bare}
        BEGIN DELETE FROM "rtree_{t}_geom" WHERE id = OLD."fid"; END""",
    """CREATE TRIGGER "rtree_{t}_geom_update3" AFTER UPDATE ON "{t}" WHEN OLD."fid" != NEW."fid" AND {full}
        BEGIN DELETE FROM "rtree_{t}_geom" WHERE id = OLD."fid";
        INSERT OR REPLACE INTO "rtree_{t}_geom" VALUES (NEW."fid", {envelope}); END""",
    """CREATE TRIGGER "rtree_{t}_geom_update4" AFTER UPDATE ON "{t}" WHEN OLD."fid" != NEW."fid" AND {bare}
        BEGIN DELETE FROM "rtree_{t}_geom" WHERE id IN (OLD."fid", NEW."fid"); END""",
    """CREATE TRIGGER "rtree_{t}_geom_delete" AFTER DELETE ON "{t}" WHEN OLD."geom" NOT NULL
        BEGIN DELETE FROM "rtree_{t}_geom" WHERE id = OLD."fid"; END""",
)


def build(connection: Connection) -> None:
    """Make every table of a workspace, empty, in a fresh file. The caller commits."""
    connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.exec_driver_sql(f"PRAGMA user_version = {USER_VERSION}")
    for statement in _SYSTEM:
        connection.exec_driver_sql(statement)
    connection.exec_driver_sql("INSERT INTO gpkg_spatial_ref_sys VALUES (?, ?, ?, ?, ?, ?)", list(_UNDEFINED))
    add_reference(connection, 4326)
    # No foreign keys among the system tables' rows are broken at any moment: contents first, then geometry columns.
    for table in metadata.sorted_tables:
        connection.execute(CreateTable(table))
        for index in sorted(table.indexes, key=lambda found: str(found.name)):
            connection.execute(CreateIndex(index))
    for name in FEATURE_TABLES:
        _register(connection, name)
    add_history(connection, None)
    for name in ATTRIBUTES:
        connection.exec_driver_sql(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES (?, 'attributes', ?)", (name, name)
        )


def add_history(connection: Connection, epsg: int | None) -> None:
    """Let other programs see the history of the layers. It has no R-tree: it is asked by layer and day."""
    _list(connection, HISTORY, "GEOMETRY", UNDECIDED if epsg is None else epsg)


def _list(connection: Connection, name: str, shapes: str, srs: int) -> None:
    connection.exec_driver_sql(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES (?, 'features', ?, ?)",
        (name, name, srs),
    )
    connection.exec_driver_sql("INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', ?, ?, 0, 0)", (name, shapes, srs))


def _register(connection: Connection, name: str) -> None:
    _list(connection, name, geometry_type(name), UNDECIDED)
    for statement in _RTREE:
        connection.exec_driver_sql(statement.format(t=name, full=_FULL, bare=_BARE, envelope=_ENVELOPE))
    connection.exec_driver_sql(
        "INSERT INTO gpkg_extensions VALUES (?, 'geom', 'gpkg_rtree_index', "
        "'http://www.geopackage.org/spec120/#extension_rtree', 'write-only')",
        (name,),
    )


def add_reference(connection: Connection, epsg: int) -> None:
    """Add a spatial reference by EPSG code, unless it is there."""
    crs = CRS.from_epsg(epsg)
    connection.exec_driver_sql(
        "INSERT OR IGNORE INTO gpkg_spatial_ref_sys VALUES (?, ?, 'EPSG', ?, ?, ?)",
        (crs.name, epsg, epsg, crs.to_wkt("WKT1_GDAL", output_axis_rule=True), crs.remarks or crs.name),
    )


def add_frame(connection: Connection, epsg: int) -> None:
    """Give every feature table the spatial reference of the frame. They must be empty: blobs carry it too."""
    add_reference(connection, epsg)
    for table in ("gpkg_contents", "gpkg_geometry_columns"):
        connection.execute(
            text(f"UPDATE {table} SET srs_id = :epsg WHERE srs_id = :undecided"),  # noqa: S608 - two fixed names
            {"epsg": epsg, "undecided": UNDECIDED},
        )


def touch(connection: Connection, name: str, *, bounds: Iterable[float] | None = None) -> None:
    """Record that a table changed now: last_change, and its extent if given (min x, min y, max x, max y)."""
    now = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    connection.exec_driver_sql("UPDATE gpkg_contents SET last_change = ? WHERE table_name = ?", (now, name))
    if bounds is not None:
        connection.exec_driver_sql(
            "UPDATE gpkg_contents SET min_x = ?, min_y = ?, max_x = ?, max_y = ? WHERE table_name = ?",
            (*(None if math.isnan(value) else float(value) for value in bounds), name),
        )


def stamp(connection: Connection) -> str:
    """Return one text that changes whenever any program changes a layer of the city and says so in gpkg_contents."""
    rows = connection.exec_driver_sql("SELECT table_name, last_change FROM gpkg_contents ORDER BY table_name")
    return ";".join(f"{name}={change}" for name, change in rows if name in FEATURES)


def extent(connection: Connection, name: str) -> tuple[float, float, float, float] | None:
    """Return the recorded extent of a feature table, None while it has none."""
    row = connection.exec_driver_sql(
        "SELECT min_x, min_y, max_x, max_y FROM gpkg_contents WHERE table_name = ?", (name,)
    ).one()
    return None if row[0] is None else (row[0], row[1], row[2], row[3])


def tables(connection: Connection) -> set[str]:
    """Return the names of the tables there are."""
    return set(connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars())


def columns(connection: Connection, name: str) -> set[str]:
    """Return the names of the columns of a table."""
    return set(connection.execute(text("SELECT name FROM pragma_table_info(:name)"), {"name": name}).scalars())


def replace_rows(
    connection: Connection, table: Table, columns: Mapping[str, Sequence[Any]], *, bounds: NDArray[np.float64]
) -> None:
    """Replace all rows by whole columns of rows, one a row of `bounds` (x and y least, then most), shapes in `geom`.

    The R-tree is packed in one go, without its triggers, which take longer than all the rest. A column that is
    empty is left out. The caller's transaction makes it all or nothing.
    """
    name = table.name
    triggers = [f"rtree_{name}_geom_{verb}" for verb in ("insert", "delete")]
    for trigger in triggers:
        connection.exec_driver_sql(f'DROP TRIGGER "{trigger}"')
    connection.exec_driver_sql(f'DELETE FROM "{name}"')  # noqa: S608 - a name of ours
    filled = {column: values for column, values in columns.items() if any(value is not None for value in values)}
    names = ", ".join(f'"{column}"' for column in ("fid", *filled))
    known = connection.exec_driver_sql("SELECT seq FROM sqlite_sequence WHERE name = ?", (name,)).scalar()
    ids = np.arange(len(bounds)) + int(known or 0) + 1  # an id is never given again
    marks = ", ".join("?" * (1 + len(filled)))
    for start in range(0, len(bounds), _AT_ONCE):
        part = (values[start : start + _AT_ONCE] for values in filled.values())
        rows = list(zip(ids[start : start + _AT_ONCE].tolist(), *part, strict=True))
        connection.exec_driver_sql(f'INSERT INTO "{name}" ({names}) VALUES ({marks})', rows)  # noqa: S608
    pack(connection, name, ids, bounds)
    for statement in _RTREE:
        if any(f'"{trigger}"' in statement.format(t=name, full="", envelope="", bare="") for trigger in triggers):
            connection.exec_driver_sql(statement.format(t=name, full=_FULL, bare=_BARE, envelope=_ENVELOPE))


_APPEND_ONLY = """CREATE TRIGGER IF NOT EXISTS "{t}_no_{verb}" BEFORE {verb} ON "{t}"
    BEGIN SELECT RAISE(ABORT, 'a history is only ever added to'); END"""


def forbid_changes(connection: Connection, table: Table) -> None:
    """Let SQLite itself refuse to change or delete rows of a history."""
    for verb in ("UPDATE", "DELETE"):
        connection.exec_driver_sql(_APPEND_ONLY.format(t=table.name, verb=verb))


def verify(connection: Connection) -> list[str]:
    """Return what SQLite's integrity check finds."""
    found = [str(row) for row in connection.exec_driver_sql("PRAGMA integrity_check").scalars()]
    return [] if found == ["ok"] else found
