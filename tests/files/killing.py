"""Kill a process in the midst of exports and imports, again and again, and look at what it left. Run by test_killing.

Arguments: a folder, how many kills, a seed. After each kill every file is whole, the old one or a new one, and the
workspace holds all of the layer last imported, and no half of another. Of a Shapefile, which is several files, the one
that names the others may be gone, if the kill hit the moment in which they change places.
"""

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from gridmap import files
from gridmap.workspace import Workspace

ENDINGS = (".gpkg", ".geojson", ".shp", ".fgb", ".parquet", ".kml", ".dxf", ".csv", ".xlsx")
ROWS = 150
X0, Y0 = 570_000.0, 4_125_000.0


def green(number):
    """A layer whose every row says which writing it is of; how many rows it has says so, too."""
    x = X0 + np.arange(ROWS + number % 7) * 10.0
    shapes = shapely.box(x, Y0, x + 5, Y0 + 5)
    data = {"id": [f"{number}-{k}" for k in range(len(x))], "name": [f"n{number}"] * len(x)}
    return gpd.GeoDataFrame(data, geometry=shapes, crs="EPSG:4546")


def export(folder, pipe, start):
    """Write files for ever, telling which number of which ending is written."""
    for number in range(start, start + 100_000):
        for ending in ENDINGS:
            files.write(green(number), folder / f"a{ending}", layer="green")
            os.write(pipe, f"{ending} {number}\n".encode())


def bring(folder, pipe, start):
    """Read files and import them for ever, telling which number is in."""
    with Workspace.open(folder / "city.gpkg") as ws:
        for number in range(start, start + 100_000):
            files.write(green(number), folder / "in.gpkg", layer="green")
            os.write(pipe, b"begun 0\n")
            ws.take(files.propose(folder / "in.gpkg", "green"))
            os.write(pipe, f"import {number}\n".encode())


def whole(rows, least):
    """Return what is wrong with the rows of a layer."""
    names = set(rows["name"])
    if len(names) != 1:
        return f"rows of several writings: {names}"
    number = int(names.pop()[1:])
    if len(rows) != len(green(number)):
        return f"{len(rows)} rows of writing {number}"
    return f"writing {number}, but {least} was told of" if number < least else ""


def look(folder, told, kind, endings=ENDINGS):
    """Return what is wrong with what a killed process left."""
    wrong = []
    if kind == "export":
        for ending in endings:
            if ending == ".shp" and not (folder / "a.shp").exists():
                files.write(green(told.get(ending, 0)), folder / "a.shp", layer="green")
            crs = "EPSG:4546" if ending in (".csv", ".xlsx") else None
            found = files.read(files.propose(folder / f"a{ending}", "green", crs=crs))
            wrong.append(whole(found.gdf, told.get(ending, 0)) and f"{ending}: {whole(found.gdf, told.get(ending, 0))}")
    else:
        with Workspace.open(folder / "city.gpkg") as ws:
            wrong += ws._store.verify()
            wrong.append(whole(ws.city().green, told.get("import", 0)))
            logged = ws._store.imports()[-1]["rows"]
            wrong.append("" if logged == len(ws.city().green) else f"{logged} rows are logged")
            with ws._store.reading() as connection:
                indexed = connection.exec_driver_sql("SELECT count(*) FROM rtree_green_geom").scalar()
            wrong.append("" if indexed == logged else f"{indexed} rows are indexed")
    return [what for what in wrong if what]


def strike(work, folder, start, rng):
    """Run `work` in a child and kill it after a while; returns what it told of last, by kind."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.close(read)
        try:
            work(folder, write, start)
        finally:
            os._exit(1)
    os.close(write)
    with os.fdopen(read) as pipe:
        lines = [pipe.readline() for _ in range(rng.randint(1, 12 if work is export else 3))]
        time.sleep(rng.uniform(0, 0.08))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        lines = [line.split() for line in (*lines, *pipe) if line.endswith("\n")]
    told = {}
    for kind, number in lines:
        told.pop(kind, None)  # the last one told stands last
        told[kind] = int(number)
    return told


def main(folder, kills, seed):
    rng = random.Random(seed)  # noqa: S311 - when to kill is no secret
    with Workspace.create(folder / "city.gpkg", frame=4546, profile="cn") as ws:
        ws.import_layer("green", green(0), source="0")
    for ending in ENDINGS:
        files.write(green(0), folder / f"a{ending}", layer="green")
    wrong, starts, done = look(folder, {}, "import"), {"export": 1, "import": 1}, {"export": 0, "import": 0}
    wrong += look(folder, {}, "export")
    for kill in range(kills):
        # One in four is of an import: its process has to bring up the readers first, which takes a second.
        kind = "import" if kill % 4 == 0 else "export"
        told = strike(bring if kind == "import" else export, folder, starts[kind], rng)
        done[kind] += bool(told)
        # The file that was written last and the next: one of them was in work. All of them are looked at in the end.
        last = ENDINGS.index(list(told)[-1]) if kind == "export" else 0
        endings = (ENDINGS[last], ENDINGS[(last + 1) % len(ENDINGS)])
        wrong += [f"kill {kill}, {kind}: {what}" for what in look(folder, told, kind, endings)]
        starts[kind] = max([starts[kind], *told.values()]) + 1
    wrong += look(folder, {}, "export")
    print(json.dumps({"kills": kills, "wrong": wrong, **done}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
