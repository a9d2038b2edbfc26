"""Connections to a workspace file, and what SQLite's refusals mean to a user."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from gridmap.errors import GridmapError, StoreError
from gridmap.store.blobs import register_functions

__all__ = ["Mode", "Synchronous", "connect", "translated"]

Synchronous = Literal["FULL", "NORMAL"]
Mode = Literal["ro", "rw", "rwc"]

_BUSY_S = 15.0
_BEGIN = "gridmap_begin"


def connect(path: Path, *, mode: Mode, synchronous: Synchronous = "FULL") -> tuple[Engine, Engine]:
    """Return an engine for reading and one for writing. A connection lives as long as its transaction.

    It must: POSIX locks belong to the process, so a second SQLite in it (the one inside GDAL, which reads the file for
    a notebook's `read_file`) sees none of ours and would remove the log under an open connection.

    A writing transaction takes the write lock at its start (BEGIN IMMEDIATE): what it reads cannot be outdated by
    another writer before it writes.
    """
    # A folder that cannot be written has no place for the shared memory of the log; without a log none is needed.
    alone = mode == "ro" and not os.access(path.parent, os.W_OK) and not Path(f"{path}-wal").exists()
    uri = f"file:{quote(str(path.resolve()))}?mode={mode}{'&immutable=1' if alone else ''}"

    def creator() -> sqlite3.Connection:
        raw = sqlite3.connect(uri, uri=True, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
        try:
            register_functions(raw)
            raw.execute("PRAGMA foreign_keys = ON")
            raw.execute(f"PRAGMA synchronous = {synchronous}")
        except BaseException:
            raw.close()
            raise
        return raw

    engine = create_engine("sqlite://", creator=creator, poolclass=NullPool)
    event.listen(engine, "begin", _begin)
    return engine, engine.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(str(connection.get_execution_options().get(_BEGIN, "BEGIN")))


_MEANINGS: dict[str, tuple[str, str, str]] = {
    "SQLITE_FULL": ("disk-full", "there is no space left to write to", "Free some space and try again."),
    "SQLITE_IOERR": (
        "write-failed",
        "the disk refused to read or write",
        "Check the free space, the quota and the disk, and try again.",
    ),
    "SQLITE_READONLY": (
        "store-read-only",
        "the workspace may not be written",
        "Give yourself the right to write to the file and its folder, or copy it to where you have it.",
    ),
    "SQLITE_BUSY": (
        "store-busy",
        "another program is writing to the workspace and does not finish",
        "Save and leave edit mode in QGIS or close the other program, and try again.",
    ),
    "SQLITE_LOCKED": ("store-busy", "another program holds the workspace", "Close it and try again."),
    "SQLITE_CORRUPT": (
        "workspace-corrupt",
        "the file is damaged",
        "Restore it from a backup, or import what `ogrinfo` still reads into a new workspace.",
    ),
    "SQLITE_NOTADB": (
        "not-a-workspace",
        "this is not a gridmap workspace",
        "Make one with `gridmap new`, then `gridmap import` the file into it.",
    ),
    "SQLITE_CANTOPEN": (
        "workspace-missing",
        "there is no such file, or it may not be opened",
        "Check the path, or make a workspace with `gridmap new`.",
    ),
}
_OTHER = (
    "store-refused",
    "the workspace could not be read or written",
    "Close other programs that use it, check that it is whole (`gridmap check`), and try again.",
)


def meaning(error: sqlite3.Error) -> tuple[str, str, str]:
    """Return code, message and hint for an error of SQLite."""
    name = str(getattr(error, "sqlite_errorname", ""))
    for prefix, said in _MEANINGS.items():
        if name.startswith(prefix):
            return said
    return _OTHER


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn the errors of SQLite and SQLAlchemy inside the block into a StoreError that names the file."""
    try:
        yield
    except GridmapError:
        raise
    except DBAPIError as error:
        original: Any = error.orig
        code, message, hint = meaning(original) if isinstance(original, sqlite3.Error) else _OTHER
    except sqlite3.Error as error:
        code, message, hint = meaning(error)
    except (SQLAlchemyError, OSError):
        code, message, hint = _OTHER
    else:
        return
    raise StoreError(code, f"{path}: {message}.", hint)
