"""The file of a backup: a zip of what a workspace holds, and a manifest by which all of it is checked.

Only what the manifest lists is ever read from it, to the length and the sum that the manifest says.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from gridmap.errors import InputError, StoreError
from gridmap.files.atomic import refusals_of, replacing

__all__ = ["Archive", "Kept", "Manifest", "making", "opened"]

FORMAT = 1
"""Counted up when archives are made in another way. A newer one is refused."""

MANIFEST = "manifest.json"
_MOST_MANIFEST = 1 << 20
_AT_ONCE = 1 << 20


@dataclass
class Manifest:
    """What a backup says of itself: which kind of store it is of, made when, and what was in it then.

    `head` is the last hash of the audit log, of `entries` entries. `rows` and `sequences` are by table, of a server's
    alone; `members` give the length and the SHA-256 of each part.
    """

    kind: str
    name: str
    made_at: str
    gridmap: str
    schema_version: int
    city_revision: int
    entries: int
    head: str
    rows: dict[str, int] = field(default_factory=dict)
    sequences: dict[str, int] = field(default_factory=dict)
    members: dict[str, dict[str, Any]] = field(default_factory=dict)
    format: int = FORMAT


class Archive:
    """A backup that is being made."""

    def __init__(self, packed: zipfile.ZipFile) -> None:
        self._packed = packed
        self.members: dict[str, dict[str, Any]] = {}

    @contextmanager
    def member(self, name: str) -> Iterator[_Summing]:
        """Give what takes the bytes of one part."""
        with self._packed.open(name, "w", force_zip64=True) as stream:
            counting = _Summing(stream)
            yield counting
        self.members[name] = {"bytes": counting.length, "sha256": counting.sum.hexdigest()}

    def finish(self, manifest: Manifest) -> None:
        """Write the manifest, last: without it the archive is none."""
        manifest.members = self.members
        self._packed.writestr(MANIFEST, json.dumps(asdict(manifest), ensure_ascii=False, indent=1))


class _Summing:
    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.length, self.sum = 0, hashlib.sha256()

    def write(self, data: bytes | memoryview) -> None:
        self._stream.write(data)
        self.length += len(data)
        self.sum.update(data)


@contextmanager
def making(path: Path) -> Iterator[Archive]:
    """Make a backup that its owner alone may read; what stands at `path` is replaced when the block ends well.

    Raises StoreError for failures of the file system, InputError where something stands there that is no backup.
    """
    if path.exists():
        try:
            with opened(path):
                pass
        except InputError:
            raise InputError(
                "file-exists", f"{path}: there is a file that is no backup.", "Choose another name."
            ) from None
    with replacing(path) as fresh:
        fresh.chmod(0o600)
        with zipfile.ZipFile(fresh, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
            yield Archive(packed)


class Kept:
    """A backup that was made."""

    def __init__(self, path: Path, packed: zipfile.ZipFile, manifest: Manifest) -> None:
        self.path, self.manifest, self._packed = path, manifest, packed

    def __contains__(self, name: str) -> bool:
        return name in self.manifest.members

    def verify(self) -> None:
        """Read all of it once; StoreError unless every part is what the manifest says."""
        for name in self.manifest.members:
            for _ in self.parts(name):
                pass

    def parts(self, name: str) -> Iterator[bytes]:
        """Yield the bytes of a part; StoreError, at the latest in the end, if they are not those that were written."""
        said = self.manifest.members.get(name)
        if said is None:
            raise _damaged(self.path)
        length, total = 0, hashlib.sha256()
        with _reading(self.path), self._packed.open(name) as stream:
            while data := stream.read(_AT_ONCE):
                length += len(data)
                total.update(data)
                if length > said["bytes"]:
                    raise _damaged(self.path)
                yield data
        if length != said["bytes"] or total.hexdigest() != said["sha256"]:
            raise _damaged(self.path)

    def extract(self, name: str, to: Path) -> None:
        """Write a part to a file that its owner alone may read."""
        to.touch(mode=0o600)
        with refusals_of(to), to.open("wb") as stream:
            for data in self.parts(name):
                stream.write(data)


@contextmanager
def opened(path: Path) -> Iterator[Kept]:
    """Open a backup. InputError where it is none, StoreError where it is damaged or of a newer version."""
    none = InputError("not-a-backup", f"{path}: this is no backup.", "Name a file that `gridmap backup` has written.")
    try:
        packed = zipfile.ZipFile(path)
    except FileNotFoundError:
        raise InputError("backup-missing", f"{path}: there is no such file.", "Check the path.") from None
    except (OSError, zipfile.BadZipFile, ValueError):
        raise none from None
    with packed:
        try:
            with packed.open(MANIFEST) as stream:
                said = json.loads(stream.read(_MOST_MANIFEST))
            manifest = _manifest(path, said)
        except (KeyError, TypeError, ValueError, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError):
            raise none from None
        yield Kept(path, packed, manifest)


def _manifest(path: Path, said: Mapping[str, Any]) -> Manifest:
    if int(said["format"]) > FORMAT:
        raise StoreError(
            "backup-newer", f"{path}: a newer gridmap ({said['gridmap']}) made this backup.", "Update gridmap."
        )
    made = Manifest(**said)
    if not all({"bytes", "sha256"} <= set(one) for one in made.members.values()):
        raise ValueError("members without a sum")
    return made


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, OSError, RuntimeError):
        raise _damaged(path) from None


def _damaged(path: Path) -> StoreError:
    return StoreError("backup-damaged", f"{path}: the backup is damaged; nothing was changed.", "Take another one.")
