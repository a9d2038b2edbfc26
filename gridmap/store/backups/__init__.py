"""Backups of a workspace while it is in use, and putting them back: whole and checked, or not at all.

The key of the restricted records is never in a backup: who finds one reads no personal field in it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from gridmap.errors import InputError
from gridmap.files.atomic import refusals_of
from gridmap.store import audit
from gridmap.store.backups import files, servers
from gridmap.store.backups.archive import Manifest, making, opened
from gridmap.store.backups.revisions import log_head
from gridmap.store.engine import is_server, place_of
from gridmap.store.restricted import RestrictedFile
from gridmap.store.store import Store

__all__ = ["back_up", "restore"]

_KINDS = {"geopackage": "of a workspace file", "postgis": "of a workspace in PostgreSQL"}


def back_up(place: Path | str, file: Path) -> Mapping[str, Any]:
    """Write a backup of a workspace, as it is at one moment, to a file; return what the backup says of itself.

    Others go on reading and writing. That it was made is an entry of the audit log, where that can be written. Raises
    StoreError where the workspace is damaged or the file cannot be written.
    """
    if isinstance(place, Path) and file.resolve() in {place.resolve(), RestrictedFile(place).path.resolve()}:
        raise InputError("file-exists", f"{file}: this is the workspace itself.", "Choose another name.")
    with Store.open(place) as store, refusals_of(file), making(file) as archive:
        if not store.read_only:
            with store.writing() as connection:
                audit.record(connection, "workspace backed up", "", user="local")
        rows: dict[str, int] = {}
        sequences: dict[str, int] = {}
        with store.reading() as connection:
            said = store.meta(connection)
            if isinstance(place, Path):
                entries, head = files.copy_into(archive, place, beside=file)
            else:
                entries, head = log_head(connection)
                rows, sequences = servers.copy_into(archive, connection)
        made = Manifest(
            kind="geopackage" if isinstance(place, Path) else "postgis",
            name=said.name,
            made_at=dt.datetime.now(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
            gridmap=version("gridmap"),
            schema_version=said.schema_version,
            city_revision=said.city_revision,
            entries=entries,
            head=head,
            rows=rows,
            sequences=sequences,
        )
        archive.finish(made)
    return _told(made)


def restore(file: Path, place: Path | str, *, force: bool = False) -> Mapping[str, Any]:
    """Put a backup back as a workspace; return what the backup says of itself.

    All of it is checked first. A workspace that is there is replaced if `force`, at once and whole, while others go on
    reading it; that it was is an entry of the audit log. Raises InputError for what is no backup or of the other kind,
    StoreError for one that is damaged and where there is a workspace already.
    """
    with opened(file) as kept:
        kind = "postgis" if is_server(place) else "geopackage"
        if kept.manifest.kind != kind:
            raise InputError(
                "backup-other-kind",
                f"{file}: this is a backup {_KINDS.get(kept.manifest.kind, 'of another kind')}.",
                "Restore it to a file." if kind == "postgis" else "Restore it to a postgresql:// address.",
            )
        kept.verify()
        if isinstance(place, Path):
            files.put_back(kept, place, force=force)
        else:
            servers.put_back(kept, place, force=force)
    return {**_told(kept.manifest), "place": str(place) if isinstance(place, Path) else place_of(place)}


def _told(made: Manifest) -> dict[str, Any]:
    about = {"kind": made.kind, "name": made.name, "made_at": made.made_at, "schema_version": made.schema_version}
    size = sum(int(one["bytes"]) for one in made.members.values())
    return {**about, "city_revision": made.city_revision, "entries": made.entries, "head": made.head, "bytes": size}
