"""An edit of the sample city's plan, in the embedded store and on PostGIS, at both levels of what is not lost.

`commit` is the transaction from its begin to its end with the change, its inverse, the audit entry and the shown grids;
`edit` is all that the workspace does for it; `over HTTP` the request to the server with its answer, the balance. At the
level `process` what was acknowledged outlives the killing of the process, at `power` that of the machine too (each
commit waits for the disk; how long that takes is in the column `fsync`, measured beside it).
"""

from __future__ import annotations

import json
import os
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psycopg
import uvicorn

from benchmarks.servers import postgis_server
from gridmap import handles, sample
from gridmap.plan import Edit, Plan, assign
from gridmap.server import create_app
from gridmap.workspace import Workspace

EDITS = 400
LAYERS = ("communities", "buildings", "streets", "grids")


def ms(seconds: list[float]) -> dict[str, float]:
    return {"p50": 1e3 * float(np.median(seconds)), "p99": 1e3 * float(np.percentile(seconds, 99))}


def some_edit(plan: Plan, rng: np.random.Generator) -> Edit:
    """Return an edit that moves a building to another grid of its community."""
    while True:
        cell = int(rng.integers(len(plan.fabric)))
        here = plan.grids[plan.grid_of[cell]]
        others = [one.id for one in plan.grids if one.resident and one.community == here.community and one != here]
        if here.resident and others:
            return assign(plan, [str(plan.fabric.cell_ids[cell])], others[int(rng.integers(len(others)))])[1]


def measure(ws: Workspace) -> dict[str, float]:
    """Make edits; return how long they and their transactions took."""
    name, rng = ws.plans()[0]["name"], np.random.default_rng(1)
    commits: list[float] = []
    edits: list[float] = []
    plain: Callable[[], Any] = ws._store.writing  # noqa: SLF001 - what is timed is inside

    @contextmanager
    def timed() -> Iterator[Any]:
        start = time.perf_counter()
        with plain() as connection:
            yield connection
        commits.append(time.perf_counter() - start)

    ws._store.writing = timed  # type: ignore[method-assign]  # noqa: SLF001
    for _ in range(EDITS):
        edit = some_edit(ws.plan(name), rng)
        start = time.perf_counter()
        ws.edit(name, edit)
        edits.append(time.perf_counter() - start)
    undone: list[float] = []
    for _ in range(EDITS // 4):
        start = time.perf_counter()
        ws.undo(name)
        undone.append(time.perf_counter() - start)
    commit, edit_ms = ms(commits[20:EDITS]), ms(edits[20:])
    return {
        "commit ms p50": commit["p50"],
        "commit ms p99": commit["p99"],
        "edit ms p50": edit_ms["p50"],
        "undo ms p50": ms(undone)["p50"],
    }


def over_http(place: str | Path) -> float:
    """Return the median time in ms of an edit by the API."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as bound:
        bound.bind(("127.0.0.1", 0))
        app = create_app(place)
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        took = []
        rng = np.random.default_rng(2)
        ws = app.state.service.ws
        name = ws.plans()[0]["name"]
        with httpx.Client(base_url=f"http://127.0.0.1:{bound.getsockname()[1]}") as http:
            for _ in range(EDITS // 4):
                edit = some_edit(ws.plan(name), rng)
                move = edit.payload["moves"][0]
                body = {"kind": "assign", "payload": {"buildings": move["buildings"], "grid": move["to"]}}
                start = time.perf_counter()
                answer = http.post(
                    f"/api/v1/plans/{name}/edits",
                    content=json.dumps(body),
                    headers={"content-type": "application/json"},
                )
                took.append(time.perf_counter() - start)
                answer.raise_for_status()
        server.should_exit = True
        thread.join(30)
    return ms(took)["p50"]


def fsync_ms(folder: Path) -> float:
    """Return how long the disk takes to say that it has a page."""
    took = []
    with (folder / "probe").open("wb", buffering=0) as file:
        for _ in range(100):
            file.write(bytes(4096))
            start = time.perf_counter()
            os.fdatasync(file.fileno())
            took.append(time.perf_counter() - start)
    return ms(took)["p50"]


def run() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "city.gpkg"
        handles.create_sample(path).close()
        for level, synchronous in (("process", "NORMAL"), ("power", "FULL")):
            with Workspace.open(path, pooled=True, synchronous=synchronous) as ws:  # type: ignore[arg-type]
                rows.append({"store": "embedded", "level": level, **measure(ws)})
        rows[-1] |= {"over HTTP ms p50": over_http(path), "fsync ms": fsync_ms(Path(folder))}
    with postgis_server() as server:
        address = server.fresh()
        layers = sample.layers()
        with Workspace.create(address, name="sample", sample=True) as ws:
            for layer in LAYERS:
                ws.import_layer(layer, layers[layer])
        for level, setting in (("process", "off"), ("power", "on")):
            with psycopg.connect(address, autocommit=True) as connection:
                database = address.rsplit("/", 1)[1]
                connection.execute(f"ALTER DATABASE {database} SET synchronous_commit = {setting}")
            with Workspace.open(address, pooled=True) as ws:
                rows.append({"store": "PostGIS", "level": level, **measure(ws)})
        rows[-1]["over HTTP ms p50"] = over_http(address)
    return rows


if __name__ == "__main__":
    for row in run():
        print(row)
