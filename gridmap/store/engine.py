"""Connections to a workspace, and what a database's refusals mean to a user."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool, QueuePool

from gridmap.errors import GridmapError, InputError, StoreError
from gridmap.store.blobs import register_functions

__all__ = [
    "Mode",
    "Synchronous",
    "connect",
    "connect_server",
    "is_server",
    "place_of",
    "translated",
    "unchanging",
    "where",
]

Synchronous = Literal["FULL", "NORMAL"]
Mode = Literal["ro", "rw", "rwc"]

_BUSY_S = 15.0
_BEGIN = "gridmap_begin"
_ONE_WRITER = "SELECT pg_advisory_xact_lock(hashtext('gridmap'), hashtext(current_schema()))"


def connect(
    path: Path, *, mode: Mode, synchronous: Synchronous = "FULL", pooled: bool = False
) -> tuple[Engine, Engine]:
    """Return an engine for reading and one for writing. A connection lives as long as its transaction.

    It must: POSIX locks belong to the process, so a second SQLite in it (the one inside GDAL, which reads the file for
    a notebook's `read_file`) sees none of ours and would remove the log under an open connection. A process that is
    sure to open the file in no other way, a server, says `pooled`: its connections stay open, and a commit takes a
    fraction of the time.

    A writing transaction takes the write lock at its start (BEGIN IMMEDIATE): what it reads cannot be outdated by
    another writer before it writes.
    """
    alone = mode == "ro" and unchanging(path)
    uri = f"file:{quote(str(path.resolve()))}?mode={mode}{'&immutable=1' if alone else ''}"

    def creator() -> sqlite3.Connection:
        raw = sqlite3.connect(uri, uri=True, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
        try:
            register_functions(raw)
            raw.execute("PRAGMA foreign_keys = ON")
            raw.execute(f"PRAGMA synchronous = {synchronous}")
            if pooled:
                raw.execute("PRAGMA cache_size = -65536")
                raw.execute("PRAGMA mmap_size = 1073741824")
        except BaseException:
            raw.close()
            raise
        return raw

    if pooled:
        engine = create_engine("sqlite://", creator=creator, poolclass=QueuePool, pool_size=8, max_overflow=24)
    else:
        engine = create_engine("sqlite://", creator=creator, poolclass=NullPool)
    event.listen(engine, "begin", _begin)
    return engine, engine.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})


def unchanging(path: Path) -> bool:
    """Tell whether a file can only be read as one that nobody changes.

    A folder that cannot be written has no place for the shared memory of the log; without a log none is needed.
    """
    return not os.access(path.parent, os.W_OK) and not Path(f"{path}-wal").exists()


def connect_server(address: str) -> tuple[Engine, Engine]:
    """Return an engine for reading and one for writing a workspace on PostgreSQL; `address` is a postgresql:// URL.

    A reading transaction sees one state; writing ones come one after the other, as in a file, so that what one reads
    cannot be outdated by another before it writes. A writer waits `_BUSY_S` at most.
    """
    options = f"-c lock_timeout={int(_BUSY_S * 1000)} -c timezone=UTC"
    url = _url(address)
    given = url.query.get("options", "")
    url = url.update_query_dict(
        {"options": f"{given if isinstance(given, str) else ' '.join(given)} {options}".strip()}
    )
    engine = create_engine(url, pool_size=8, max_overflow=24, pool_pre_ping=True, connect_args={"connect_timeout": 10})
    event.listen(engine, "begin", _begin)
    reader = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True, **{_BEGIN: ""})
    return reader, engine.execution_options(**{_BEGIN: _ONE_WRITER})


def is_server(place: object) -> bool:
    """Tell a PostgreSQL address from a path."""
    return isinstance(place, str) and place.startswith(("postgresql://", "postgres://"))


def where(place: str | Path) -> Path | str:
    """Return a path, or a PostgreSQL address as it is."""
    return str(place) if is_server(place) else Path(place)


def place_of(address: str) -> str:
    """Return an address as people may see it: without user and password."""
    url = _url(address)
    port = f":{url.port}" if url.port else ""
    return f"postgresql://{url.host or 'localhost'}{port}/{url.database or ''}"


def _url(address: str) -> URL:
    try:
        return make_url(address).set(drivername="postgresql+psycopg")
    except (ArgumentError, ValueError):
        raise InputError(
            "address-unreadable",
            "The address of the database cannot be read.",
            "Write it as postgresql://user:password@host:port/database.",
        ) from None


def _begin(connection: Connection) -> None:
    if first := str(connection.get_execution_options().get(_BEGIN, "BEGIN")):
        connection.exec_driver_sql(first)


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


_SERVER_MEANINGS: dict[str, tuple[str, str, str]] = {
    "53100": _MEANINGS["SQLITE_FULL"],
    "53": ("server-busy", "the database server has no room for more work", "Try again, or give the server more."),
    "55P03": (
        "store-busy",
        "another program is writing to the workspace and does not finish",
        "Wait for it to end, or end it, and try again.",
    ),
    "25006": ("store-read-only", "the database may not be written", "Give this user the right to write to it."),
    "42501": ("store-refused", "this user may not do that in the database", "Give the user the right to it."),
    "28": ("login-refused", "the database refuses this user", "Check the user and the password."),
    "3D000": ("workspace-missing", "there is no such database", "Make one: createdb NAME."),
    "22021": ("value-refused", "a text holds a character that the database cannot keep", "Remove it and try again."),
    "22P05": ("value-refused", "a text holds a character that the database cannot keep", "Remove it and try again."),
    "XX001": _MEANINGS["SQLITE_CORRUPT"],
}
_UNREACHED = ("server-unreachable", "the database cannot be reached", "Check the address, and that the server runs.")


def meaning(error: BaseException) -> tuple[str, str, str]:
    """Return code, message and hint for an error of SQLite or PostgreSQL."""
    if isinstance(error, sqlite3.Error):
        name = str(getattr(error, "sqlite_errorname", ""))
        return next((said for prefix, said in _MEANINGS.items() if name.startswith(prefix)), _OTHER)
    state = getattr(error, "sqlstate", None)
    if state is None:
        # Where no connection is made, the driver says why in words alone.
        text = str(error)
        if "does not exist" in text:
            return _SERVER_MEANINGS["3D000"]
        return _SERVER_MEANINGS["28"] if "authentication" in text or "password" in text else _UNREACHED
    if state.startswith(("08", "57P")):
        return _UNREACHED
    return next((said for prefix, said in _SERVER_MEANINGS.items() if state.startswith(prefix)), _OTHER)


def _drivers() -> tuple[type[Exception], ...]:
    """Return the errors of the drivers in use; psycopg takes long to import, and is there once it has raised one."""
    psycopg = sys.modules.get("psycopg")
    return (sqlite3.Error,) if psycopg is None else (sqlite3.Error, psycopg.Error)


@contextmanager
def translated(place: Path | str) -> Iterator[None]:
    """Turn the errors of the database and of SQLAlchemy inside the block into a StoreError that names the place."""
    try:
        yield
    except GridmapError:
        raise
    except DBAPIError as error:
        code, message, hint = _OTHER if error.orig is None else meaning(error.orig)
    except _drivers() as error:  # of COPY and of SQLite's backup, which SQLAlchemy does not come between
        code, message, hint = meaning(error)
    except (SQLAlchemyError, OSError):
        code, message, hint = _OTHER
    else:
        return
    raise StoreError(code, f"{place}: {message}.", hint)
