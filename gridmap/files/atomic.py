"""Files that appear whole or not at all: written under another name, flushed to the disk, renamed."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from gridmap.errors import StoreError

__all__ = ["replacing", "write_bytes", "write_files", "write_text"]

_FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}


@contextlib.contextmanager
def replacing(path: Path | str) -> Iterator[Path]:
    """Yield the path of a new, empty file beside `path`; when the block ends well, it takes the place of `path`.

    The new file lies in the same folder, so the rename is atomic; file and folder are flushed to the disk. On any
    failure the new file is removed and whatever stood at `path` is untouched. Raises StoreError, code `disk-full` or
    `not-writable`, for failures of the file system.
    """
    target = _target(path)
    with _beside(target) as fresh, refusals_of(target):
        yield fresh
        _flush(fresh)
        fresh.replace(target)
        _flush_folder(target.parent)


@contextlib.contextmanager
def _beside(target: Path) -> Iterator[Path]:
    """Make a new, empty file in the folder of `target`, and remove it in the end if it still bears its name."""
    # The ending is kept, because writers choose the format by it.
    fresh = target.with_name(f".{target.stem[:40]}.{secrets.token_hex(6)}{target.suffix}")
    try:
        with refusals_of(target):
            os.close(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
            if target.exists():
                shutil.copymode(target, fresh)
        yield fresh
    finally:
        with contextlib.suppress(OSError):
            fresh.unlink(missing_ok=True)


def write_bytes(path: Path | str, data: bytes) -> None:
    """Write `data` to `path` so that it holds all of it or is as before. Raises as `replacing`."""
    with replacing(path) as fresh, fresh.open("wb") as stream:
        stream.write(data)


def write_text(path: Path | str, text: str) -> None:
    """Write `text` to `path` in UTF-8, as `write_bytes` does."""
    write_bytes(path, text.encode("utf-8"))


def write_files(folder: Path | str, files: Mapping[str, bytes]) -> None:
    """Write several files that belong together into `folder`: none is renamed before all are on the disk.

    Name the one last by which the others are found (`.shp`). No file system renames several at once, so the old one is
    taken away first and the new one comes when the others are in place: a process killed within these microseconds
    leaves none, never old and new side by side. Raises as `replacing`.
    """
    targets = [_target(Path(folder) / name) for name in files]
    with contextlib.ExitStack() as stack:
        fresh = [stack.enter_context(_beside(target)) for target in targets]
        for path, target, data in zip(fresh, targets, files.values(), strict=True):
            with refusals_of(target):
                path.write_bytes(data)
                _flush(path)
        with refusals_of(targets[-1]):
            targets[-1].unlink(missing_ok=True)
            for path, target in zip(fresh, targets, strict=True):
                path.replace(target)
            _flush_folder(targets[-1].parent)


@contextlib.contextmanager
def refusals_of(target: Path) -> Iterator[None]:
    """Turn errors of the file system within the block into StoreErrors that name `target`."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StoreError(
                "disk-full",
                f"{target.name}: there is no room left to write it; nothing was changed.",
                f"Free some space in {target.parent} or write to another disk.",
            ) from None
        raise StoreError(
            "not-writable",
            f"{target.name}: it cannot be written ({os.strerror(error.errno) if error.errno else 'refused'}); "
            "nothing was changed.",
            f"Check that the folder {target.parent} exists and that you may write there.",
        ) from None


def _target(path: Path | str) -> Path:
    """Resolve links, so that the file behind a link is replaced and not the link."""
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        raise StoreError("not-writable", f"{target}: this is not a file.", "Name a file to write to.")
    return target


def _flush(path: Path) -> None:
    with path.open("rb") as stream:
        os.fsync(stream.fileno())


def _flush_folder(folder: Path) -> None:
    # Windows opens no folders; there the rename itself is durable enough.
    if os.name != "nt":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
