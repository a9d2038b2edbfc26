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
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

__all__ = ["DRIVERS", "FORKS", "main"]

FORKS = sys.platform == "linux"
# GDAL is left these drivers only; worker.py says so in the environment, before GDAL is loaded.
DRIVERS = ("ESRI Shapefile", "GPKG", "GeoJSON", "GeoJSONSeq", "TopoJSON", "FlatGeobuf", "OSM", "GML")
_DEATH_SIGNAL = 1
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
    child = os.fork()
    if not child:
        with contextlib.suppress(BaseException):
            os.close(incoming)
            os.close(answers)
            ctypes.CDLL(None).prctl(_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
            _work(request, fenced=True)
            os._exit(0)
        os._exit(1)
    how, handle = "", os.pidfd_open(child)
    try:
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        poll.register(incoming, select.POLLHUP)
        events = dict(poll.poll(max(1, int(request["seconds"] * 1000))))
        if handle not in events:
            how = "late"
            os.kill(child, signal.SIGKILL)
    finally:
        os.close(handle)
    _, status, usage = os.wait4(child, 0)
    if not how:
        number = -os.waitstatus_to_exitcode(status)
        how = {0: "well", signal.SIGSYS: "forbidden", signal.SIGXCPU: "late"}.get(number, "crashed")
    seconds = time.monotonic() - start
    return {"ended": how, "memory": usage.ru_maxrss * 1024, "seconds": seconds}


def _work(request: dict[str, Any], *, fenced: bool) -> None:
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
        found = reading.perform(request["operation"], path, parts, Settings(**request["settings"]), request["options"])
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
