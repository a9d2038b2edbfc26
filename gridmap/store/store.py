"""An open workspace: its transactions, its description and its layers."""

from __future__ import annotations

import datetime as dt
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import geopandas as gpd
from sqlalchemy import Connection, Engine, insert, select, update

from gridmap.errors import InputError, StoreError
from gridmap.files.atomic import replacing
from gridmap.matters import city_date
from gridmap.store import access_tables as _access_tables  # noqa: F401 - tables of every workspace
from gridmap.store import audit
from gridmap.store.backend import backend
from gridmap.store.engine import Synchronous, connect, connect_server, place_of, translated
from gridmap.store.intake import Origin
from gridmap.store.layers import read_layer, read_layer_on, write_layer
from gridmap.store.migrations import ADDED, migrate
from gridmap.store.model import FEATURES, SCHEMA_VERSION, imports, meta, metadata
from gridmap.store.steps import plan_steps

__all__ = ["Meta", "Store"]

_REVISION = select(meta.c.city_revision, meta.c.stamp)
_META = select(*(column for column in meta.c if column.name != "id"))


@dataclass(frozen=True)
class Meta:
    """What a workspace says about itself. `profile` and `frame_epsg` are None until the first layer decides them.

    `city_revision` counts the changes of the city's layers.
    """

    schema_version: int
    name: str
    profile: str | None
    frame_epsg: int | None
    city_revision: int
    stamp: str
    sample: bool
    created_at: dt.datetime


class Store:
    """A workspace, in a file or on a server. Use `reading` and `writing` for a transaction; errors are StoreErrors.

    `place` names it to people; `path` is its file, None on a server. One store may be shared by threads. Several
    processes may have the same workspace open at once.
    """

    def __init__(self, place: Path | str, engines: tuple[Engine, Engine], *, read_only: bool) -> None:
        self.path = place if isinstance(place, Path) else None
        self.place = str(place)
        self.read_only = read_only
        self._reader, self._writer = engines

    @classmethod
    def create(
        cls,
        path: Path | str,
        *,
        name: str = "",
        profile: str | None = None,
        frame_epsg: int | None = None,
        sample: bool = False,
        synchronous: Synchronous = "FULL",
    ) -> Store:
        """Make an empty workspace and open it. It is made under another name and renamed, so it is whole or not there.

        `path` may be the postgresql:// address of a database; there it is made in one transaction. Raises StoreError if
        there already is a workspace, or none can be made there.
        """
        if not isinstance(path, Path):
            build_schema(path, name=name, profile=profile, frame_epsg=frame_epsg, sample=sample)
            return cls.open(path)
        if path.exists():
            raise StoreError(
                "workspace-exists",
                f"{path}: there already is a file.",
                "Choose another name, or remove that file first.",
            )
        with new_file(path) as fresh:
            build_file(fresh, name=name, profile=profile, frame_epsg=frame_epsg, sample=sample)
        return cls.open(path, synchronous=synchronous)

    @classmethod
    def open(
        cls,
        path: Path | str,
        *,
        read_only: bool = False,
        synchronous: Synchronous = "FULL",
        pooled: bool = False,
    ) -> Store:
        """Open a workspace. One whose file may not be written is opened for reading; `pooled` as `engine.connect` says.

        Raises StoreError where there is none, where it is damaged or no workspace, and where a newer version wrote it.
        """
        if isinstance(path, Path):
            _require_file(path)
            read_only = read_only or not _writable(path)
            engines = connect(path, mode="ro" if read_only else "rw", synchronous=synchronous, pooled=pooled)
            store = cls(path, engines, read_only=read_only)
        else:
            store = cls(place_of(path), connect_server(path), read_only=read_only)
        try:
            store._admit()
        except BaseException:
            store.close()
            raise
        return store

    def close(self) -> None:
        """Let go of the workspace. Between two transactions nothing of a file is open, unless it is pooled."""
        self._reader.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that sees one state of the file until the block ends."""
        with translated(self.place), self._reader.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection whose changes are kept together when the block ends, and not at all if it raises."""
        if self.read_only:
            raise StoreError(
                "store-read-only",
                f"{self.place}: the workspace is open for reading only.",
                "Give yourself the right to write to the file and its folder, or copy it to where you have it.",
            )
        with translated(self.place), self._writer.connect() as connection, connection.begin():
            yield connection

    def _admit(self) -> None:
        """Refuse a file that is no workspace of this version; bring an older one up to it, unless it is only read."""
        with self.reading() as connection:
            tables = backend(connection).tables(connection)
            if meta.name not in tables:
                raise StoreError(
                    "not-a-workspace",
                    f"{self.place}: this is not a gridmap workspace.",
                    "Make one with `gridmap new`, then `gridmap import` the file into it.",
                )
            version = connection.execute(select(meta.c.schema_version)).scalar()
            if version is not None and version > SCHEMA_VERSION:
                raise StoreError(
                    "workspace-newer",
                    f"{self.place}: a newer gridmap wrote this workspace (format {version}, this one reads "
                    f"{SCHEMA_VERSION}).",
                    "Update gridmap.",
                )
            later = {name for number, added in ADDED.items() if number > (version or 0) for name in added}
            missing = sorted(set(metadata.tables) - tables - later)
            if version is None or missing:
                raise StoreError(
                    "workspace-corrupt",
                    f"{self.place}: the workspace is not whole: {', '.join(missing) or meta.name} is missing.",
                    "Restore it from a backup.",
                )
        if version < SCHEMA_VERSION and not self.read_only:
            with self.writing() as connection:
                # Another process may have done it since.
                found = connection.execute(select(meta.c.schema_version)).scalar_one()
                if found < SCHEMA_VERSION:
                    migrate(connection, found)

    def meta(self, connection: Connection | None = None) -> Meta:
        """Return what the workspace says about itself."""
        if connection is None:
            with self.reading() as connection:
                return self.meta(connection)
        row = connection.execute(_META).one()
        return Meta(**{**row._mapping, "sample": bool(row.sample)})  # noqa: SLF001 - SQLAlchemy's public name

    def revision(self) -> int:
        """Return the revision of the city's layers, counted up first if another program has changed one of them."""
        with self.reading() as connection:
            if (known := self.settled(connection)) is not None:
                return known
        with self.writing() as connection:
            return self.settle(connection)

    def settled(self, connection: Connection) -> int | None:
        """Return the revision of the city's layers; None if another program has changed one and it must be settled."""
        revision, stamp = connection.execute(_REVISION).one()
        return int(revision) if self.read_only or stamp == backend(connection).stamp(connection) else None

    def settle(self, connection: Connection, **values: Any) -> int:
        """Count the city's revision up if a layer has changed since, set `values` of the meta, return the revision."""
        known, now = self.meta(connection), backend(connection).stamp(connection)
        if known.stamp != now:
            values |= {"city_revision": known.city_revision + 1, "stamp": now}
        if values:
            connection.execute(update(meta).values(**values))
        return int(values.get("city_revision", known.city_revision))

    def set_frame(self, connection: Connection, *, epsg: int, profile: str) -> None:
        """Decide the frame and the profile of a workspace that has no layers yet."""
        backend(connection).add_frame(connection, epsg)
        connection.execute(update(meta).values(frame_epsg=epsg, profile=profile))

    def write_layers(
        self, connection: Connection, layers: dict[str, gpd.GeoDataFrame], *, epsg: int, valid_from: str | None = None
    ) -> int:
        """Replace layers by canonical frames, which hold from a day (ISO; today), and return the city's new revision.

        Raises InputError for a day to come, and for one before that from which rows are as they are that change.
        """
        day = city_date(dt.datetime.now(dt.UTC)).isoformat()
        if valid_from is not None and valid_from > day:
            raise InputError("valid-from-late", f"{valid_from} is to come.", "Import the layer when it holds.")
        revision = self.meta(connection).city_revision + 1
        about: dict[str, Any] = {"day": valid_from or day, "named": valid_from is not None, "revision": revision}
        for layer, frame in layers.items():
            write_layer(connection, layer, frame, epsg=epsg, **about)
        return self.settle(connection)

    def read_layers(self, connection: Connection) -> dict[str, gpd.GeoDataFrame]:
        """Return every layer of the city."""
        epsg = self.meta(connection).frame_epsg
        return {layer: read_layer(connection, layer, epsg=epsg) for layer in FEATURES}

    def read_layers_on(self, connection: Connection, day: dt.date) -> dict[str, gpd.GeoDataFrame]:
        """Return every layer of the city as it was on a day."""
        epsg = self.meta(connection).frame_epsg
        return {layer: read_layer_on(connection, layer, day.isoformat(), epsg=epsg) for layer in FEATURES}

    def log_import(
        self, connection: Connection, origin: Origin, *, rows: int, revision: int, user: str = "local"
    ) -> None:
        """Record that a layer was imported, from where, and to which revision of the city."""
        values = {
            "layer": origin.layer,
            "source": origin.source,
            "rows": rows,
            "crs": origin.crs or "",
            "encoding": origin.encoding,
            "at": dt.datetime.now(dt.UTC),
            "revision": revision,
            "notes": "\n".join(origin.notes),
        }
        connection.execute(insert(imports).values(**values))
        audit.record(
            connection, "layer imported", origin.layer, user=user, detail={"rows": rows, "city_revision": revision}
        )

    def imports(self) -> list[dict[str, Any]]:
        """Return what was imported, oldest first."""
        with self.reading() as connection:
            return [dict(row._mapping) for row in connection.execute(select(imports).order_by(imports.c.id))]  # noqa: SLF001

    def verify(self) -> list[str]:
        """Return what the database's own check finds; empty if the workspace is sound."""
        with self.reading() as connection:
            return backend(connection).verify(connection)


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """Yield where to make a workspace that becomes `path` when the block ends well; nothing is left beside it."""
    with replacing(path) as fresh:
        try:
            yield fresh
        finally:
            for ending in ("-wal", "-shm", "-journal"):
                Path(f"{fresh}{ending}").unlink(missing_ok=True)


def build_file(path: Path, *, name: str, profile: str | None, frame_epsg: int | None, sample: bool) -> None:
    """Fill an empty file with an empty workspace."""
    engines = connect(path, mode="rwc")
    store = Store(path, engines, read_only=False)
    try:
        with translated(path), engines[0].connect() as connection:
            connection.exec_driver_sql("COMMIT")  # the journal mode is chosen outside a transaction
            connection.exec_driver_sql("PRAGMA journal_mode = WAL")
            connection.exec_driver_sql("BEGIN")
        with store.writing() as connection:
            _fill(connection, name=name, profile=profile, frame_epsg=frame_epsg, sample=sample)
    finally:
        store.close()


def build_schema(address: str, *, name: str, profile: str | None, frame_epsg: int | None, sample: bool) -> None:
    """Make an empty workspace in the schema that a database's address leads to; StoreError if there is one."""
    store = Store(place_of(address), connect_server(address), read_only=False)
    try:
        with store.writing() as connection:
            if meta.name in backend(connection).tables(connection):
                raise StoreError(
                    "workspace-exists", f"{store.place}: there already is a workspace.", "Choose another database."
                )
            _fill(connection, name=name, profile=profile, frame_epsg=frame_epsg, sample=sample)
    finally:
        store.close()


def _fill(connection: Connection, *, name: str, profile: str | None, frame_epsg: int | None, sample: bool) -> None:
    verbs = backend(connection)
    verbs.build(connection)
    values = {"name": name, "profile": profile, "frame_epsg": frame_epsg, "sample": int(sample)}
    connection.execute(
        insert(meta).values(
            id=1,
            schema_version=SCHEMA_VERSION,
            city_revision=0,
            stamp=verbs.stamp(connection),
            created_at=dt.datetime.now(dt.UTC),
            **values,
        )
    )
    if frame_epsg is not None:
        verbs.add_frame(connection, frame_epsg)
    for history in (audit.audit, plan_steps):
        verbs.forbid_changes(connection, history)
    audit.start_chain(connection)


def _require_file(path: Path) -> None:
    """Refuse what is no file. It is not opened here: to close it again would drop the locks of this whole process."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        raise StoreError(
            "workspace-missing", f"{path}: there is no such file.", "Make a workspace with `gridmap new`."
        ) from None
    except OSError as error:
        raise StoreError(
            "workspace-unreadable", f"{path}: {error.strerror}.", "Name a workspace file that you may read."
        ) from None
    if not stat.S_ISREG(mode):
        raise StoreError("workspace-unreadable", f"{path}: this is no file.", "Name a workspace file.")


def _writable(path: Path) -> bool:
    return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)
