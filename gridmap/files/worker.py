"""Asking the reading process: this side gives it one file and a folder, and takes arrays back."""

from __future__ import annotations

import atexit
import contextlib
import dataclasses
import functools
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from gridmap.errors import GridmapError, InputError, LimitError, StoreError
from gridmap.files.nursery import DRIVERS, FORKS
from gridmap.files.sniff import by_ending
from gridmap.files.staging import companions
from gridmap.files.wire import load_answer
from gridmap.settings import Settings

__all__ = ["Outcome", "ask", "run"]

_MIB = 1 << 20
# What the readers' libraries need of the environment; everything else is nobody's business there.
_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "SYSTEMROOT", "PROJ_DATA", "PROJ_LIB", "GDAL_DATA", "TZ")
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "GDAL_NUM_THREADS"), "1")

Ended = Literal["well", "crashed", "late", "forbidden"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a reading process ended: what it found or the error, how it ended, its memory in bytes, its seconds.

    `forbidden`: it was ended because it tried to open a connection or to start a program.
    """

    value: Any
    error: GridmapError | None
    ended: Ended
    memory: int
    seconds: float


def ask(
    operation: str,
    path: Path | str,
    settings: Settings,
    *,
    progress: Callable[[int, int], None] | None = None,
    **options: Any,
) -> Any:
    """Have a file looked at by a process of its own; returns what `reading` found. Raises InputError and its kin.

    `progress` is told of the rows read and of how many there are.
    """
    outcome = run(operation, path, settings, progress=progress, **options)
    if outcome.error is not None:
        raise outcome.error
    return outcome.value


def run(
    operation: str,
    path: Path | str,
    settings: Settings,
    *,
    progress: Callable[[int, int], None] | None = None,
    **options: Any,
) -> Outcome:
    """Have a file looked at by a process of its own, and tell how that went."""
    path = Path(path)
    try:
        by_ending(path, settings)
    except InputError as refusal:
        return Outcome(None, refusal, "well", 0, 0.0)
    parts = companions(path)
    size = sum(part.stat().st_size for part in {path, *parts})
    seconds = settings.reader_seconds + settings.reader_seconds_per_mib * (size // _MIB)
    with tempfile.TemporaryDirectory(prefix="gridmap-", ignore_cleanup_errors=True) as name:
        request = {
            "operation": operation,
            "path": str(path.absolute()),
            "parts": [str(part.absolute()) for part in parts],
            "folder": os.path.realpath(name),
            "memory": min(settings.reader_memory_bytes + 8 * size, settings.reader_memory_most),
            "seconds": seconds,
            "settings": dataclasses.asdict(settings),
            "options": options,
        }
        ended = _hand_over(request, seconds, progress)
        value: Any = None
        error: GridmapError | None = _error_of(ended["ended"], path.name)
        if error is None:
            try:
                value = load_answer(Path(name), file=path.name)
            except GridmapError as met:
                error = met
    return Outcome(value, error, ended["ended"], int(ended["memory"]), float(ended["seconds"]))


def _error_of(ended: str, file: str) -> InputError | None:
    if ended == "well":
        return None
    if ended == "late":
        return LimitError(
            "reader-late",
            f"{file}: reading it takes too long.",
            "Split the file, or raise reader_seconds in the settings.",
        )
    if ended == "forbidden":
        return InputError(
            "reader-forbidden",
            f"{file}: it made its reader try to reach the network or to start a program, which it may not.",
            "Do not trust this file; ask whom you have it from.",
        )
    return LimitError(
        "reader-crashed",
        f"{file}: its reader broke off: the file is damaged, or needs more memory than it may have.",
        "Export it again from where it is from, or split it.",
    )


@functools.cache
def _unwanted() -> str:
    """Return the names of GDAL's drivers that read none of our formats, as GDAL wants to be told which to leave out."""
    import pyogrio

    return ",".join(sorted(set(pyogrio.list_drivers()) - set(DRIVERS)))


class _Nursery:
    """One process that reading processes come from; serves one request at a time."""

    def __init__(self) -> None:
        found = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        where = os.pathsep.join(os.path.abspath(entry) for entry in sys.path)  # noqa: PTH100 - "" is the folder we are in
        settings = {"PYTHONPATH": where, "PYTHONSAFEPATH": "1", "PYTHONDONTWRITEBYTECODE": "1"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "gridmap.files.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**found, **settings, **_ONE_THREAD, "ARROW_DEFAULT_MEMORY_POOL": "system", "GDAL_SKIP": _unwanted()},
        )
        self._read()

    def serve(self, request: dict[str, Any], progress: Callable[[int, int], None] | None) -> dict[str, Any]:
        """Have a request done. The process tells of rows read as often as it likes, then once of the end."""
        assert self.process.stdin is not None  # noqa: S101 - it is a pipe
        self.process.stdin.write(json.dumps(request).encode() + b"\n")
        self.process.stdin.flush()
        while "done" in (told := self._read()):
            if progress is not None:
                progress(int(told["done"]), int(told["total"]))
        return told

    def _read(self) -> dict[str, Any]:
        assert self.process.stdout is not None  # noqa: S101 - it is a pipe
        found: dict[str, Any] = json.loads(self.process.stdout.readline())
        return found

    def close(self) -> None:
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        self.process.kill()
        self.process.wait()


class _Pool:
    """Nurseries that have nothing to do, of this very process: one that was forked starts its own."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self.lock = threading.Lock()
        self.idle: list[_Nursery] = []

    def take(self) -> _Nursery:
        with self.lock:
            while self.idle:
                nursery = self.idle.pop()
                if nursery.process.poll() is None:
                    return nursery
                nursery.close()
        return _Nursery()

    def give(self, nursery: _Nursery) -> None:
        with self.lock:
            self.idle.append(nursery)

    def close(self) -> None:
        with self.lock:
            for nursery in self.idle:
                nursery.close()
            self.idle.clear()


_POOL = _Pool()
atexit.register(_POOL.close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_POOL.forget)


def _hand_over(
    request: dict[str, Any], seconds: float, progress: Callable[[int, int], None] | None = None
) -> dict[str, Any]:
    """Give a request to a nursery; one that fails is not used again."""
    try:
        nursery = _POOL.take()
    except (OSError, ValueError):
        raise StoreError(
            "reader-missing", "The process that reads files cannot be started.", "Check that Python is installed whole."
        ) from None
    timer = None if FORKS else threading.Timer(seconds, nursery.process.kill)
    try:
        if timer:
            timer.start()
        found = nursery.serve(request, progress)
    except (OSError, ValueError):
        nursery.close()
        return {"ended": "crashed", "memory": 0, "seconds": 0.0}
    except BaseException:
        nursery.close()  # the child may be at work still
        raise
    finally:
        if timer:
            timer.cancel()
    if FORKS:
        _POOL.give(nursery)
    else:
        nursery.close()
    return found
