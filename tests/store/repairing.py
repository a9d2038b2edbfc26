"""Kill a process in the midst of repairs and undos, again and again, and look at what it left. Run by test_repairs.

Arguments: the workspace, how many kills, a seed. Each child repairs and takes back for ever, telling what was
acknowledged; after each kill the layers must be all of the state before or all of the one after, as the log says.
"""

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import geopandas as gpd
import shapely

from gridmap.workspace import Workspace

CRS = "EPSG:4546"
SIDE = 8


def spoiled():
    """Communities with gaps and slivers between them, and buildings that name a community that is not there."""
    shapes = [
        shapely.box(x * 100, y * 100, x * 100 + 99.6, y * 100 + 100).difference(
            shapely.box(x * 100 + 40, y * 100 + 40, x * 100 + 45, y * 100 + 45)
        )
        for y in range(SIDE)
        for x in range(SIDE)
    ]
    codes = [f"1411820010{k:02d}" for k in range(len(shapes))]
    communities = gpd.GeoDataFrame({"code": codes, "name": [f" 社区　{k}" for k in codes]}, geometry=shapes, crs=CRS)
    points = shapely.points([(k % 40 * 20 + 3, k // 40 * 20 + 3) for k in range(800)])
    named = ["141182001099" if k % 50 == 0 else None for k in range(800)]
    buildings = gpd.GeoDataFrame({"id": [f"b{k}" for k in range(800)], "community": named}, geometry=points, crs=CRS)
    offset = (570_000, 4_125_000)
    for layer in (communities, buildings):
        layer["geometry"] = layer.geometry.translate(*offset)
    return communities, buildings


def rows_of(ws):
    """Every byte of the layers, in order."""
    with ws._store.reading() as connection:
        return [
            connection.exec_driver_sql(f"SELECT * FROM {layer} ORDER BY fid").all()  # noqa: S608 - two fixed names
            for layer in ("communities", "buildings")
        ]


def work(path, pipe):
    with Workspace.open(path) as ws:
        while True:
            standing = [one for one in ws.mends() if one.undone_at is None]
            if standing:
                ws.undo_mend()
                os.write(pipe, b"undo\n")
            else:
                ws.mend(all_safe=True)
                os.write(pipe, b"repair\n")


def look(path, before, after):
    wrong = []
    with Workspace.open(path) as ws:
        wrong += ws._store.verify()
        standing = [one for one in ws.mends() if one.undone_at is None]
        if rows_of(ws) != (after if standing else before):
            wrong.append(f"the layers are not those that the log says ({len(standing)} repairs stand)")
        if len(standing) > 1:
            wrong.append("one repair was made twice")
        ws.city()
    return wrong


def main(path, kills, seed):
    rng = random.Random(seed)  # noqa: S311 - when to kill is no secret
    with Workspace.create(path, frame=4546, profile="cn") as ws:
        communities, buildings = spoiled()
        ws.import_layer("communities", communities)
        ws.import_layer("buildings", buildings)
        before = rows_of(ws)
        done = ws.mend(all_safe=True)
        after = rows_of(ws)
        ws.undo_mend()
        undone = rows_of(ws)
    wrong = [] if undone == before and after != before else ["the first undo did not bring everything back"]
    told = {"repair": 0, "undo": 0}
    for kill in range(kills):
        read, write = os.pipe()
        child = os.fork()
        if not child:
            os.close(read)
            work(path, write)
            os._exit(1)
        os.close(write)
        with os.fdopen(read) as pipe:
            lines = [pipe.readline() for _ in range(rng.randint(0, 2))]
            time.sleep(rng.uniform(0, 0.3))
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            for line in (*lines, *pipe):
                if line.endswith("\n"):
                    told[line.strip()] += 1
        wrong += [f"kill {kill}: {what}" for what in look(path, before, after)]
    print(json.dumps({"kills": kills, **told, "mended": len(done.repairs), "wrong": wrong}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
