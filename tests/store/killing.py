"""Kill a process in the midst of imports and edits, again and again, and look at what it left. Run by test_crash.

Arguments: the workspace (a path, or the address of a database), how many kills, a seed. The workspace gets a plan `p`
and, again and again, a layer `green`. Each child says on a pipe what was acknowledged to it; after each kill the store
must hold all of that, and no halves.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from gridmap.plan import assign
from gridmap.plan.testing import chequered, striped
from gridmap.store import PlanDesk, state_of, where
from gridmap.store.plans import find_plan, read_state
from gridmap.workspace import Workspace

FABRIC = chequered(12, 8, communities=2, specials=1)
ROWS = 400


def desk_on(store):
    return PlanDesk(store, user="local", fabric=lambda _: FABRIC, revision=lambda: 1, window=lambda: (100, 300))


def green(number):
    """A layer whose every row says which import it is from."""
    x = 570_000 + np.arange(ROWS + number % 7) * 10.0
    shapes = shapely.box(x, 4_125_000, x + 5, 4_125_000 + 5)
    return gpd.GeoDataFrame({"id": [f"{number}-{k}" for k in range(len(x))], "name": str(number)}, geometry=shapes)


def work(path, pipe, start):
    """Edit and import for ever, telling what was acknowledged."""
    with Workspace.open(path) as ws:
        desk = desk_on(ws._store)
        for number in range(start, start + 100_000):
            row, plan = desk.open("p")
            cell = number * 7 % len(FABRIC)
            here = plan.grids[plan.grid_of[cell]]
            others = [g.id for g in plan.grids if g.resident and g.community == here.community and g.id != here.id]
            if FABRIC.special[cell] < 0:
                new, edit = assign(plan, [str(FABRIC.cell_ids[cell])], others[number % len(others)])
                desk.advance(row, plan, new, kind=edit.kind)
                os.write(pipe, f"edit {desk.open('p')[0].head}\n".encode())
            if number % 2 == 0:
                ws.import_layer("green", green(number).set_crs("EPSG:4546"), source=str(number))
                os.write(pipe, f"import {number}\n".encode())


def look(path, told):
    """Return what is wrong with the file, given what was acknowledged."""
    wrong = []
    with Workspace.open(path) as ws:
        store, desk = ws._store, desk_on(ws._store)
        with store.writing():
            pass  # a server may still be at what the killed process sent it: this waits for its end
        wrong += store.verify()
        row, plan = desk.open("p")
        if row.head < told.get("edit", 1):
            wrong.append(f"edit {told['edit']} was acknowledged, the plan is at {row.head}")
        if len(desk.history("p")) != row.head:
            wrong.append(f"{len(desk.history('p'))} entries in the log of a plan at {row.head}")
        with store.reading() as connection:
            if read_state(connection, find_plan(connection, "p")) != state_of(plan):
                wrong.append("the log does not replay to the plan")
            shown = dict(connection.exec_driver_sql("SELECT grid_id, households FROM grids").all())
            counted = "grids" if store.path is None else "rtree_grids_geom"
            indexed = connection.exec_driver_sql(f"SELECT count(*) FROM {counted}").scalar()  # noqa: S608 - of two names
        counts = np.bincount(plan.grid_of, minlength=len(plan.grids))
        expected = {g.id: h for g, h, n in zip(plan.grids, plan.households.tolist(), counts, strict=True) if n}
        if shown != expected or indexed != len(expected):
            wrong.append("the grids that are shown are not those of the plan")
        last = store.imports()[-1]["source"]
        rows = ws.city().green
        if set(rows["name"]) != {last} or len(rows) != store.imports()[-1]["rows"]:
            wrong.append(f"the layer is not that of import {last}")
        if int(last) < told.get("import", 0):
            wrong.append(f"import {told['import']} was acknowledged, the last one there is {last}")
    return wrong


def foreign(path):
    """Return what GDAL's own program says against the file; it brings its own SQLite."""
    ran = subprocess.run(["ogrinfo", "-ro", "-so", "-al", path], capture_output=True, text=True, check=False)
    bad = ran.returncode or "ERROR" in ran.stderr or "Layer name: grids" not in ran.stdout
    return [f"ogrinfo: {ran.stderr or ran.stdout[:300]}"] if bad else []


def main(path, kills, seed):
    rng = random.Random(seed)  # noqa: S311 - when to kill is no secret
    with Workspace.create(path, frame=4546, profile="cn") as ws:
        ws.import_layer("green", green(0).set_crs("EPSG:4546"), source="0")
        desk_on(ws._store).create(replace(striped(FABRIC, 4), name="p"), "p")
    look(path, {})  # whatever is loaded late is loaded before the first fork
    wrong, edits, imports, start = [], 0, 0, 1
    for kill in range(kills):
        read, write = os.pipe()
        child = os.fork()
        if not child:
            os.close(read)
            work(path, write, start)
            os._exit(1)
        os.close(write)
        with os.fdopen(read) as pipe:
            lines = [pipe.readline() for _ in range(rng.randint(0, 5))]  # after none it is killed while it opens
            time.sleep(rng.uniform(0, 0.15))
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            lines = [line.split() for line in (*lines, *pipe) if line.endswith("\n")]
        told = {kind: int(number) for kind, number in lines}
        edits += sum(kind == "edit" for kind, _ in lines)
        imports += sum(kind == "import" for kind, _ in lines)
        wrong += [f"kill {kill}: {what}" for what in look(path, told)]
        if isinstance(path, Path) and (kill % 20 == 0 or kill == kills - 1):
            wrong += [f"kill {kill}: {what}" for what in foreign(path)]
        start = max(start, told.get("import", 0)) + 1
    print(json.dumps({"kills": kills, "edits": edits, "imports": imports, "wrong": wrong}))


if __name__ == "__main__":
    main(where(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
