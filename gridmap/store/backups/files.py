"""Backups of a workspace file, and of the file of its restricted records: SQLite's own online backup.

Readers and writers go on meanwhile. To put one back over a workspace that is open elsewhere is one transaction of
SQLite as well, never a rename: other processes hold its log.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, delete, insert

from gridmap.errors import StoreError
from gridmap.files.atomic import refusals_of, replacing
from gridmap.store.backups.archive import Archive, Kept
from gridmap.store.backups.revisions import FORGOTTEN, count_on, log_head, record_restore, require_same_log
from gridmap.store.engine import connect, translated, unchanging
from gridmap.store.model import metadata
from gridmap.store.restricted import RestrictedFile, restored_by, restricted_table
from gridmap.store.store import Store

__all__ = ["copy_into", "put_back"]

WORKSPACE, RESTRICTED = "workspace.gpkg", "restricted.sqlite"
_BUSY_S = 15.0


def copy_into(archive: Archive, path: Path, *, beside: Path) -> tuple[int, str]:
    """Copy both files as they are at one moment; return the length and the head of the audit log of that moment."""
    records_file = RestrictedFile(path)
    with translated(path):
        records_file.settle()
    restricted = records_file.path
    with _folder(beside) as folder, translated(path), _snapshots(path, restricted) as (workspace, records):
        copies = {WORKSPACE: workspace} | ({} if records is None else {RESTRICTED: records})
        for name, source in copies.items():
            copy = folder / name
            copy.touch(mode=0o600)
            with translated(beside), closing(sqlite3.connect(copy)) as target:
                source.backup(target)
            _require_sound(copy, path)
            with archive.member(name) as member, copy.open("rb") as stream:
                shutil.copyfileobj(stream, member, 1 << 20)
            copy.unlink()
        many = workspace.execute("SELECT count(*) FROM audit").fetchone()[0]
        head = workspace.execute("SELECT hash FROM audit_head").fetchone()[0]
    return many, head


@contextmanager
def _snapshots(path: Path, restricted: Path) -> Iterator[tuple[sqlite3.Connection, sqlite3.Connection | None]]:
    """Give a connection to each file, both seeing the same moment. Writers wait until the two have begun, no longer."""
    with closing(_connect(path)) as workspace:
        with closing(_connect(path, "rw")) as first:
            # Restricted records are written within a transaction of the workspace, so this keeps both still.
            try:
                first.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if not error.sqlite_errorname.startswith("SQLITE_READONLY"):
                    raise
            workspace.execute("BEGIN")
            workspace.execute("SELECT count(*) FROM sqlite_master").fetchone()
            if not restricted.exists():
                first.rollback()
                yield workspace, None
                return
            records = _connect(restricted)
            records.execute("BEGIN")
            records.execute("SELECT count(*) FROM sqlite_master").fetchone()
            first.rollback()
        with closing(records):
            yield workspace, records


def _connect(path: Path, mode: str = "ro") -> sqlite3.Connection:
    uri = f"file:{quote(str(path.resolve()))}?mode={mode}{'&immutable=1' if unchanging(path) else ''}"
    return sqlite3.connect(uri, uri=True, timeout=_BUSY_S, isolation_level=None)


def _require_sound(copy: Path, path: Path) -> None:
    """Refuse to keep a copy of what is damaged, while there may be a whole one."""
    with closing(sqlite3.connect(f"file:{quote(str(copy))}?immutable=1", uri=True)) as connection:
        found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise StoreError(
            "workspace-corrupt",
            f"{path}: the file is damaged; no backup was made.",
            "Restore an earlier backup.",
        )


def put_back(kept: Kept, path: Path, *, force: bool) -> None:
    """Put a workspace back, in a new file or in the place of the one that is there; whole, or not at all."""
    restricted = RestrictedFile(path)
    there = [one for one in (path, restricted.path) if one.exists()]
    if there and not force:
        raise StoreError(
            "workspace-exists", f"{there[0]}: there already is a file.", "Choose another name, or add --force."
        )
    with _folder(path) as folder:
        for name in (WORKSPACE, RESTRICTED):
            if name in kept:
                kept.extract(name, folder / name)
        fresh = folder / WORKSPACE
        old = _old(path) if path.exists() else None
        with refusals_of(path):
            restricted.restored.unlink(missing_ok=True)  # of a restore that was killed before it changed anything
            _lay_ready(folder / RESTRICTED, restricted, entry=_prepare(kept, fresh, old))
            try:
                if old is None:
                    with replacing(path) as empty:
                        shutil.copymode(empty, fresh)  # as any new file of this user's
                        fresh.replace(empty)
                else:
                    _pour(fresh, path)
            except BaseException:
                restricted.restored.unlink(missing_ok=True)
                raise
            restricted.settle()


class _Old:
    """What the workspace that is replaced has counted up to."""

    def __init__(self, store: Store, connection: Connection) -> None:
        self.revision = store.meta(connection).city_revision
        self.head = log_head(connection)[1]
        rows = connection.exec_driver_sql("SELECT name, seq FROM sqlite_sequence").all()
        self.sequences = {str(name): int(seq) for name, seq in rows}


def _old(path: Path) -> _Old:
    with Store.open(path) as store, store.reading() as connection:
        return _Old(store, connection)


def _prepare(kept: Kept, fresh: Path, old: _Old | None) -> str:
    """Check an unpacked workspace and make it ready: nobody logged in, and counting on from the one it replaces.

    Returns the hash of the entry by which its log tells of the restore.
    """
    with Store.open(fresh) as store:
        with store.reading() as connection:
            faults = store.verify() + require_same_log(connection, kept.manifest)
        if faults:
            raise StoreError("backup-damaged", f"{kept.path}: {faults[0]} Nothing was changed.", "Take another backup.")
        with store.writing() as connection:
            for name in FORGOTTEN:
                connection.execute(delete(metadata.tables[name]))
            if old is not None:
                count_on(connection, above=old.revision)
                for name, number in old.sequences.items():
                    _raise_sequence(connection, name, number)
            return record_restore(connection, kept.manifest, replaced=None if old is None else old.head)


def _raise_sequence(connection: Connection, name: str, number: int) -> None:
    """Give no number of a table again that the replaced workspace has given."""
    known = connection.exec_driver_sql("SELECT seq FROM sqlite_sequence WHERE name = ?", (name,)).scalar()
    if known is None:
        connection.exec_driver_sql("INSERT INTO sqlite_sequence VALUES (?, ?)", (name, number))
    elif known < number:
        connection.exec_driver_sql("UPDATE sqlite_sequence SET seq = ? WHERE name = ?", (number, name))


def _lay_ready(rows: Path, restricted: RestrictedFile, *, entry: str) -> None:
    """Lay the restricted records beside the workspace, to be taken once its log has the entry; see `settle`."""
    engine = connect(rows, mode="rwc")[1]
    with translated(rows), engine.connect() as connection, connection.begin():
        for table in (restricted_table, restored_by):
            table.metadata.create_all(connection, checkfirst=True)
        connection.execute(delete(restored_by))
        connection.execute(insert(restored_by).values(hash=entry))
    rows.chmod(0o600)
    with replacing(restricted.restored) as empty:
        rows.replace(empty)


def _pour(fresh: Path, path: Path) -> None:
    """Replace what a workspace holds by one transaction, in which other processes see the old one to its end."""
    began = time.monotonic()

    def step(status: int, remaining: int, total: int) -> None:
        del remaining, total
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) and time.monotonic() - began > _BUSY_S:
            raise sqlite3.OperationalError("busy")

    with translated(path), closing(_connect(fresh)) as source, closing(_connect(path, "rw")) as target:
        target.execute("PRAGMA synchronous = FULL")
        try:
            source.backup(target, progress=step, sleep=0.05)
        except sqlite3.OperationalError as error:
            if str(error) != "busy":
                raise
            raise StoreError(
                "store-busy",
                f"{path}: another program is writing to the workspace and does not finish.",
                "Close it and try again.",
            ) from None
        with suppress(sqlite3.OperationalError):  # readers may hold it up; the next one does it
            target.execute("PRAGMA wal_checkpoint(PASSIVE)")


@contextmanager
def _folder(beside: Path) -> Iterator[Path]:
    """Give a folder beside a file, for what is unpacked, which its owner alone may read."""
    with refusals_of(beside):
        folder = Path(tempfile.mkdtemp(prefix=".gridmap-", dir=beside.resolve().parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
