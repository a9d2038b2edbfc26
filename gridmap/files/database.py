"""GeoPackages looked at as the SQLite databases they are, without leaving a trace beside them."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

__all__ = ["has_contents", "is_live", "layer_names"]


def is_live(path: Path) -> bool:
    """Tell whether another process may be writing: rows then lie in the journal beside the file (or its target)."""
    beside = Path(f"{path.resolve()}-wal")
    return beside.exists() and beside.stat().st_size > 0


def has_contents(path: Path) -> bool:
    """Tell whether a database is a GeoPackage: whether it has a table of contents."""
    query = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'gpkg_contents'"
    return bool((_ask(path, query) or [(0,)])[0][0])


def layer_names(path: Path) -> tuple[str, ...] | None:
    """Return the layers with and without shapes, in order; None if the contents cannot be read.

    Tables only: a view, or a virtual table, would run what somebody else has written into the file.
    """
    query = (
        "SELECT c.table_name FROM gpkg_contents c JOIN sqlite_master m ON lower(m.name) = lower(c.table_name) "
        "WHERE c.data_type IN ('features', 'attributes') AND m.type = 'table' AND m.sql NOT LIKE 'CREATE VIRTUAL%' "
        "ORDER BY c.rowid"
    )
    rows = _ask(path, query)
    return None if rows is None else tuple(str(name) for (name,) in rows)


def _ask(path: Path, query: str) -> list[tuple[object, ...]] | None:
    # Immutable: SQLite then makes no files beside it. With a journal that holds rows, it has to be read as well.
    mode = "mode=ro" if is_live(path) else "mode=ro&immutable=1"
    try:
        with contextlib.closing(sqlite3.connect(f"{path.resolve().as_uri()}?{mode}", uri=True)) as base:
            return base.execute(query).fetchall()
    except (sqlite3.Error, UnicodeDecodeError):
        return None
