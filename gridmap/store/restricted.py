"""Restricted records: encrypted, in a file of their own beside the workspace, under a key that is kept elsewhere.

Of a workspace on a server they are a table of sealed rows there. Both have in clear only the kind of each record and
the community it counts for, which is what aggregates need; all else is one encrypted text a row. The key is the
environment's GRIDMAP_KEY, or the file `gridmap/key` of the user's configuration folder; it is made there when the
first restricted record is kept.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, LargeBinary, MetaData, Table, Text, func, inspect, select
from sqlalchemy.exc import DBAPIError

from gridmap.errors import InputError, StoreError
from gridmap.store.audit import audit
from gridmap.store.backend import upsert
from gridmap.store.engine import connect, translated
from gridmap.store.store import Store

__all__ = [
    "RestrictedFile", "RestrictedRecords", "key_path", "restored_by", "restricted_records", "restricted_table",
    "signing_key",
]  # fmt: skip

_metadata = MetaData()
restricted_table = Table(
    "restricted_records",
    _metadata,
    Column("digest", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("community", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)

restored_by = Table("restored_by", MetaData(), Column("hash", Text, primary_key=True))
"""In a file of records of a backup: the entry of the audit log that the workspace has once it is restored as well."""


def key_path() -> Path:
    """Return where the key is kept when the environment has none."""
    folder = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(folder) / "gridmap" / "key"


def signing_key(purpose: str) -> bytes:
    """Return a key to sign with, for one purpose alone: of the key of the restricted records, which stays unknown."""
    return hmac.new(_key(make=True)[0], f"sign\0{purpose}".encode(), hashlib.sha256).digest()


class RestrictedRecords(ABC):
    """The restricted records of a workspace, wherever they are kept."""

    place: str

    @abstractmethod
    def reading(self) -> AbstractContextManager[Connection | None]:
        """Give a connection to read by, None while there is nothing."""

    @abstractmethod
    def writing(self, within: Connection | None = None) -> AbstractContextManager[Connection]:
        """Give a connection whose changes are kept together when the block ends."""

    def counts(self) -> dict[tuple[str, str], int]:
        """Return how many records there are by kind and community. For `gridmap.release` only; needs no key."""
        with self.reading() as connection:
            if connection is None or not inspect(connection).has_table(restricted_table.name):
                return {}
            found = select(restricted_table.c.kind, restricted_table.c.community, func.count()).group_by(
                restricted_table.c.kind, restricted_table.c.community
            )
            return {(row[0], row[1]): int(row[2]) for row in connection.execute(found)}

    def write(
        self, rows: Sequence[tuple[str, str, str, Mapping[str, Any]]], *, within: Connection | None = None
    ) -> Path | None:
        """Keep records (kind, community, id, content); one of the same kind and id takes the place of the old one.

        All or nothing; `within` the transaction of the workspace's own records, where both are in one database. Returns
        the path of the key if it was made just now.
        """
        if not rows:
            return None
        from cryptography.fernet import Fernet

        key, made = _key(make=True)
        cipher = Fernet(key)
        sealed = [
            {
                "digest": _digest(key, kind, name),
                "kind": kind,
                "community": community,
                "sealed": cipher.encrypt(json.dumps(content, ensure_ascii=False).encode()),
            }
            for kind, community, name, content in rows
        ]
        with self.writing(within) as connection:
            _metadata.create_all(connection, checkfirst=True)
            statement = upsert(connection, restricted_table)
            kept = {name: statement.excluded[name] for name in ("community", "sealed")}
            connection.execute(statement.on_conflict_do_update(index_elements=["digest"], set_=kept), sealed)
        return made

    def read(self, kind: str) -> list[dict[str, Any]]:
        """Return the records of a kind in clear. Raises StoreError without the key they were sealed with."""
        with self.reading() as connection:
            if connection is None or not inspect(connection).has_table(restricted_table.name):
                return []
            from cryptography.fernet import Fernet, InvalidToken

            cipher = Fernet(_key(make=False)[0])
            sealed = connection.execute(
                select(restricted_table.c.sealed)
                .where(restricted_table.c.kind == kind)
                .order_by(restricted_table.c.digest)
            ).scalars()
            try:
                return [json.loads(cipher.decrypt(bytes(one))) for one in sealed]
            except InvalidToken:
                raise StoreError(
                    "key-wrong",
                    f"{self.place}: the records were sealed with another key.",
                    "Set GRIDMAP_KEY to the key that they were sealed with.",
                ) from None


class RestrictedFile(RestrictedRecords):
    """The restricted records of a workspace file: a file of their own, which does not go where the workspace goes."""

    def __init__(self, workspace: Path) -> None:
        self._workspace = workspace
        self.path = workspace.with_name(f"{workspace.stem}.restricted.sqlite")
        self.restored = workspace.with_name(f"{workspace.stem}.restricted.restored.sqlite")
        self.place = str(self.path)

    def discard(self) -> None:
        """Remove the file, if there is one: the workspace that it belonged to is no more."""
        self.path.unlink(missing_ok=True)

    def settle(self) -> None:
        """Let the records of a backup take the place of the others, if the workspace of that backup has done so.

        No two files change at one moment. So a restore lays `restored` beside the workspace first, with the hash of the
        entry by which the workspace's log will tell of it; whoever finds it there can tell whether that has happened.
        """
        if not self.restored.exists():
            return
        try:
            with connect(self.restored, mode="ro")[0].connect() as connection:
                entry = connection.execute(select(restored_by.c.hash)).scalar_one()
            with connect(self._workspace, mode="ro")[0].connect() as connection:
                done = connection.execute(select(audit.c.seq).where(audit.c.hash == entry)).first() is not None
            if done:
                self.restored.replace(self.path)
        except (DBAPIError, FileNotFoundError):
            if self.restored.exists():
                raise  # otherwise another process has done it

    @contextmanager
    def reading(self) -> Iterator[Connection | None]:
        """Give a connection to the file, None while there is none."""
        with translated(self.path):
            self.settle()
        if not self.path.exists():
            yield None
            return
        with translated(self.path), connect(self.path, mode="ro")[0].connect() as connection:
            yield connection

    @contextmanager
    def writing(self, within: Connection | None = None) -> Iterator[Connection]:  # noqa: ARG002 - another file
        """Give a connection to the file, which is made readable to its owner alone."""
        with translated(self.path):
            self.settle()
        new = not self.path.exists()
        with translated(self.path), connect(self.path, mode="rwc")[1].connect() as connection, connection.begin():
            if new:
                self.path.chmod(0o600)
            yield connection


class RestrictedTable(RestrictedRecords):
    """The restricted records of a workspace on a server: a table of sealed rows."""

    def __init__(self, opened: Store) -> None:
        self._store = opened
        self.place = opened.place

    def reading(self) -> AbstractContextManager[Connection | None]:
        """Give a connection to the database."""
        return self._store.reading()

    def writing(self, within: Connection | None = None) -> AbstractContextManager[Connection]:
        """Give a connection to the database, the one that is writing already if there is one."""
        return self._store.writing() if within is None else nullcontext(within)


def restricted_records(opened: Store) -> RestrictedRecords:
    """Return where the restricted records of a workspace are kept."""
    return RestrictedTable(opened) if opened.path is None else RestrictedFile(opened.path)


def _digest(key: bytes, kind: str, name: str) -> str:
    # Ids may tell whom a record is about: without the key they cannot be guessed and compared.
    return hmac.new(key, f"{kind}\0{name}".encode(), hashlib.sha256).hexdigest()


def _key(*, make: bool) -> tuple[bytes, Path | None]:
    from cryptography.fernet import Fernet

    given = os.environ.get("GRIDMAP_KEY", "").encode()
    path = key_path()
    made = None
    if not given:
        try:
            given = path.read_bytes().strip()
        except FileNotFoundError:
            if not make:
                raise StoreError(
                    "key-missing",
                    "The key of the restricted records is not here.",
                    f"Set GRIDMAP_KEY, or put it at {path}.",
                ) from None
            given, made = Fernet.generate_key(), path
            _keep(path, given)
    try:
        Fernet(given)
    except ValueError:
        raise InputError(
            "key-invalid",
            "The key of the restricted records is none.",
            "It is 32 bytes in URL-safe base64, as Fernet has it.",
        ) from None
    return given, made


def _keep(path: Path, key: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            stream.write(key + b"\n")
    except OSError as error:
        raise StoreError(
            "key-unwritable", f"{path}: {error.strerror}.", "Set GRIDMAP_KEY to a key of your own (Fernet)."
        ) from None
