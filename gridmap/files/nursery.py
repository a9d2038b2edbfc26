"""The process from which reading processes come: it has loaded all readers once, so a new one costs milliseconds.

It is told on its standard input what to do, one JSON line a file, and tells on its standard output how it ended. It
opens no file of anybody; its children do, each one file, behind the walls of `guard`, and end. Where a system cannot
fork well (anything but Linux) it does its one task itself and ends.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import signal
import struct
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

__all__ = ["DRIVERS", "FORKS", "main"]

FORKS = sys.platform == "linux"
# GDAL is left these drivers only; worker.py says so in the environment, before GDAL is loaded.
DRIVERS = ("ESRI Shapefile", "GPKG", "GeoJSON", "GeoJSONSeq", "TopoJSON", "FlatGeobuf", "OSM", "GML")
_DEATH_SIGNAL = 1
_PROGRESS = struct.Struct("<qq")
_GDAL = {
    "GDAL_DRIVER_PATH": "disable",
    "PROJ_NETWORK": "OFF",
    "GDAL_HTTP_MAX_RETRY": "0",
    "GML_SKIP_RESOLVE_ELEMS": "ALL",
    "OGR_GPKG_NUM_THREADS": "1",
    "OGR_SQLITE_JOURNAL": "OFF",
    "OSM_MAX_TMPFILE_SIZE": "200",
    "OGR_GEOJSON_MAX_OBJ_SIZE": "200",
}


def _preload() -> None:
    """Load what readers need, so that the children find it loaded."""
    import charset_normalizer
    import ezdxf
    import ezdxf.path
    import ezdxf.recover
    import openpyxl
    import pandas as pd
    import pyarrow.compute
    import pyarrow.parquet
    import pyogrio
    import pyproj
    import shapely

    from gridmap.files import guard, reading, wire

    loaded = (
        charset_normalizer,
        ezdxf,
        openpyxl,
        pd,
        pyarrow,
        pyogrio,
        pyproj,
        shapely,
        guard,
        reading,
        wire,
    )
    assert all(loaded)  # noqa: S101 - they are loaded for the children
    pyogrio.set_gdal_config_options(_GDAL)
    shapely.to_ragged_array(shapely.from_wkt(["POLYGON ((0 0, 1 0, 1 1, 0 0))"]))


def main() -> None:
    """Serve requests until the input ends."""
    incoming, answers = os.dup(0), os.dup(1)
    for stream, mode in ((0, os.O_RDONLY), (1, os.O_WRONLY), (2, os.O_WRONLY)):
        nothing = os.open(os.devnull, mode)
        os.dup2(nothing, stream)
        os.close(nothing)
    _preload()
    os.write(answers, b'{"ready": true}\n')
    with os.fdopen(incoming, "rb", buffering=0) as lines:
        while line := lines.readline():
            request = json.loads(line)
            if not FORKS:
                _work(request, fenced=False)
                ended: dict[str, Any] = {"ended": "well", "memory": 0, "seconds": 0.0}
            else:
                ended = _attend(request, incoming, answers)
            os.write(answers, json.dumps(ended).encode() + b"\n")


def _attend(request: dict[str, Any], incoming: int, answers: int) -> dict[str, Any]:
    """Have a child do the work; wait for it, for its time to be over, or for our own user to be gone."""
    start = time.monotonic()
    told, tells = os.pipe()
    child = os.fork()
    if not child:
        with contextlib.suppress(BaseException):
            for handle in (incoming, answers, told):
                os.close(handle)
            os.set_blocking(tells, False)
            ctypes.CDLL(None).prctl(_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
            _work(request, fenced=True, tell=partial(_tell, tells))
            os._exit(0)
        os._exit(1)
    os.close(tells)
    handle = os.pidfd_open(child)
    try:
        how = _waited(handle, incoming, told, answers, until=start + request["seconds"])
        if how:
            os.kill(child, signal.SIGKILL)
    finally:
        os.close(handle)
        os.close(told)
    _, status, usage = os.wait4(child, 0)
    if not how:
        number = -os.waitstatus_to_exitcode(status)
        how = {0: "well", signal.SIGSYS: "forbidden", signal.SIGXCPU: "late"}.get(number, "crashed")
    return {"ended": how, "memory": usage.ru_maxrss * 1024, "seconds": time.monotonic() - start}


def _waited(handle: int, incoming: int, told: int, answers: int, *, until: float) -> str:
    """Wait for a child to end and pass on what it tells of its progress; returns `late` where it has to be ended."""
    poll = select.poll()
    for one, wanted in ((handle, select.POLLIN), (incoming, select.POLLHUP), (told, select.POLLIN)):
        poll.register(one, wanted)
    while True:
        left = until - time.monotonic()
        events = dict(poll.poll(max(1, int(left * 1000))))
        if handle in events:
            return ""
        if incoming in events or left <= 0:
            return "late"
        if told in events:
            # Two numbers, whatever the child may have become: nothing else it says is passed on.
            said = os.read(told, _PROGRESS.size)
            if len(said) == _PROGRESS.size:
                done, total = _PROGRESS.unpack(said)
                os.write(answers, json.dumps({"done": done, "total": total}).encode() + b"\n")
            else:
                poll.unregister(told)


def _tell(tells: int, done: int, total: int) -> None:
    """Say how many rows are read of how many. Nobody may be listening, and that is no reason to wait."""
    with contextlib.suppress(OSError):
        os.write(tells, _PROGRESS.pack(done, total))


def _work(request: dict[str, Any], *, fenced: bool, tell: Callable[[int, int], None] | None = None) -> None:
    """Do what is asked behind the walls, and write down what was found or which error was met."""
    from gridmap.errors import GridmapError, InputError, LimitError
    from gridmap.files import guard, reading, wire
    from gridmap.settings import Settings

    folder, path = Path(request["folder"]), Path(request["path"])
    parts = [Path(part) for part in request["parts"]]
    tempfile.tempdir = str(folder)
    os.environ["CPL_TMPDIR"] = os.environ["SQLITE_TMPDIR"] = str(folder)
    guard.limit(memory=int(request["memory"]), seconds=int(request["seconds"]) + 1)
    if fenced:
        libraries = [Path(entry) for entry in dict.fromkeys(sys.path) if entry]
        guard.fence_files(folder, [path.resolve(), *(part.resolve() for part in parts)], libraries)
        guard.fence_calls()
    try:
        settings = Settings(**request["settings"])
        found = reading.perform(request["operation"], path, parts, settings, {**request["options"], "tell": tell})
    except GridmapError as error:
        found = error
    except MemoryError:
        found = LimitError("reader-memory", f"{path.name}: reading it needs too much memory.", "Split the file.")
    except Exception:  # noqa: BLE001 - whatever a stranger's file makes a reader raise is one clear refusal
        found = InputError(
            "file-unreadable", f"{path.name}: its content makes no sense to the reader.", "Export it again."
        )
    wire.save_answer(folder, found)


if __name__ == "__main__":
    main()
