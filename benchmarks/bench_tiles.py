"""Vector tiles against PostGIS and mapbox-vector-tile: the same buildings, the same tiles, features compared.

A made city of 100,000 buildings. All three cut the same tiles; what PostGIS answers is decoded and compared: the same
buildings, and how far apart outlines within the tile are, in units of its grid of 4,096. PostGIS reads a table in
EPSG:3857 with a spatial index, as fast as it can; mapbox-vector-tile gets shapes that a tree found and shapely cut.
"""

from __future__ import annotations

import os
import time
from typing import Any

import mapbox_vector_tile
import numpy as np
import psycopg
import shapely

from benchmarks.servers import postgis_server
from gridmap import sample
from gridmap.geo.frames import Frame
from gridmap.tiles import Tile, TileLayer, tiles_over
from gridmap.tiles.mercator import projected
from gridmap.tiles.mvt import EXTENT

BUFFER = 64
COPIES = 12
TILES = 40
"""Most tiles of a zoom that are timed."""
PLAIN = 13
"""So many of them, evenly taken, mapbox-vector-tile encodes too."""

SQL = """WITH b AS (SELECT ST_TileEnvelope(%(z)s, %(x)s, %(y)s) AS e)
SELECT ST_AsMVT(t, 'buildings', 4096, 'g', 'fid') FROM (
  SELECT fid, id, ST_AsMVTGeom(geom, e, 4096, 64, true) AS g FROM buildings, b
  WHERE geom && ST_TileEnvelope(%(z)s, %(x)s, %(y)s, margin => 64.0 / 4096)) t WHERE g IS NOT NULL"""


def city() -> tuple[np.ndarray, np.ndarray, Frame]:
    """Return outlines in a frame, and ids: the sample city's, side by side."""
    layer = sample.layers()["buildings"].to_crs(4546)
    shapes = np.asarray(layer.geometry.array, object)
    west, south, east, north = shapely.total_bounds(shapes)
    copies = []
    for k in range(COPIES):
        shift = np.array([(k % 4) * (east - west + 50), (k // 4) * (north - south + 50)])
        copies.append(shapely.transform(shapes, lambda xy, shift=shift: xy + shift))
    shapes = np.concatenate(copies)
    return shapes, np.array([f"b{k:06}" for k in range(len(shapes))], object), Frame(4546)


def load(connection: psycopg.Connection, shapes: np.ndarray, ids: np.ndarray) -> None:
    connection.execute("CREATE TABLE buildings (fid int, id text, geom geometry(geometry, 3857))")
    wkb = shapely.to_wkb(shapely.set_srid(shapes, 3857), hex=True, include_srid=True)
    with connection.cursor().copy("COPY buildings FROM STDIN") as copy:
        for k, (name, shape) in enumerate(zip(ids.tolist(), wkb.tolist(), strict=True)):
            copy.write_row((k, name, shape))
    connection.execute("CREATE INDEX ON buildings USING gist (geom)")
    connection.commit()
    connection.autocommit = True
    connection.execute("VACUUM ANALYZE buildings")


def plain(tree: shapely.STRtree, shapes: np.ndarray, ids: np.ndarray, tile: Tile) -> bytes:
    """Encode a tile by mapbox-vector-tile."""
    west, south, east, north = tile.bounds
    unit = (east - west) / EXTENT
    frame = (west - BUFFER * unit, south - BUFFER * unit, east + BUFFER * unit, north + BUFFER * unit)
    rows = tree.query(shapely.box(*frame))
    cut = shapely.clip_by_rect(shapes[rows], *frame)
    features = [
        {"geometry": shape, "properties": {"id": ids[row]}, "id": int(row)}
        for row, shape in zip(rows.tolist(), cut, strict=True)
        if not shape.is_empty
    ]
    made: bytes = mapbox_vector_tile.encode(
        [{"name": "buildings", "features": features}],
        default_options={"quantize_bounds": tile.bounds, "extents": EXTENT},
    )
    return made


def decoded(raw: bytes) -> dict[int, Any]:
    found = mapbox_vector_tile.decode(raw, default_options={"y_coord_down": True}) if raw else {}
    return {
        one["id"]: shapely.geometry.shape(one["geometry"]) for one in found.get("buildings", {}).get("features", [])
    }


def compare(ours: bytes, theirs: bytes) -> tuple[int, int, float]:
    """Return how many features only one of both has, how many both, and the farthest apart outlines are, in units."""
    one, other = decoded(ours), decoded(theirs)
    both = sorted(one.keys() & other.keys())
    sides = [np.array([side[k] for k in both], object) for side in (one, other)]
    whole = np.all([shapely.within(side, shapely.box(0, 0, EXTENT, EXTENT)) for side in sides], axis=0)
    apart = shapely.hausdorff_distance(*(side[whole] for side in sides))
    return len(one.keys() ^ other.keys()), len(both), float(apart.max(initial=0))


def timed(call: Any, times: int = 3) -> tuple[float, float, bytes]:
    """Return the best of several times in ms, by the clock and of this process alone, and the answer."""
    best, own, answer = np.inf, np.inf, b""
    for _ in range(times):
        start, used = time.perf_counter(), time.process_time()
        answer = call()
        best = min(best, 1e3 * (time.perf_counter() - start))
        own = min(own, 1e3 * (time.process_time() - used))
    return best, own, answer


def run() -> list[dict[str, Any]]:
    shapes, ids, frame = city()
    layer = TileLayer("buildings", shapes, {"id": ids}, frame=frame)
    mercator = projected(shapes, frame)
    tree = shapely.STRtree(mercator)
    rows = []
    with postgis_server() as server, psycopg.connect(server.fresh()) as connection:
        load(connection, mercator, ids)
        rows += [zoom(z, layer, connection, tree, mercator, ids) for z in range(10, 17)]
    return rows


def zoom(
    z: int, layer: TileLayer, connection: psycopg.Connection, tree: shapely.STRtree, shapes: np.ndarray, ids: np.ndarray
) -> dict[str, Any]:
    tiles = tiles_over(layer.bounds, z)
    tiles = [tiles[k] for k in np.linspace(0, len(tiles) - 1, min(TILES, len(tiles))).astype(int)]
    every, same_tiles = max(1, len(tiles) // PLAIN), []
    for tile in tiles[:2]:  # what is simplified, and compiled, is so once for all tiles
        layer.tile(tile)
    ours, postgis, plain_ms, one_sided, both, apart = [], [], [], 0, 0, 0.0
    for tile in tiles:
        took, used, mine = timed(lambda tile=tile: layer.tile(tile))
        at = {"z": tile.z, "x": tile.x, "y": tile.y}
        their, _, theirs = timed(lambda at=at: bytes(connection.execute(SQL, at).fetchone()[0]))
        ours.append(took)
        postgis.append(their)
        if len(ours) % every == 0:
            plain_ms.append(timed(lambda tile=tile: plain(tree, shapes, ids, tile), 3 if z > 12 else 1)[:2])
            same_tiles.append((took, used))
        alone, same, far = compare(mine, theirs)
        one_sided, both, apart = one_sided + alone, both + same, max(apart, far)
    plain_p50, ours_p50 = np.median(plain_ms, axis=0), np.median(same_tiles, axis=0)
    return {
        "zoom": z,
        "tiles": len(tiles),
        "features": both,
        "ours ms p50": float(np.median(ours)),
        "ours ms p99": float(np.percentile(ours, 99)),
        "PostGIS ms p50": float(np.median(postgis)),
        "PostGIS ms p99": float(np.percentile(postgis, 99)),
        "PostGIS / ours": float(np.median(postgis) / np.median(ours)),
        "PostGIS / ours p99": float(np.percentile(postgis, 99) / np.percentile(ours, 99)),
        "mapbox-vector-tile ms p50": float(plain_p50[0]),
        "mapbox-vector-tile / ours": float(plain_p50[0] / ours_p50[0]),
        "the same, CPU": float(plain_p50[1] / ours_p50[1]),
        "only in one": one_sided,
        "farthest apart, units": apart,
    }


if __name__ == "__main__":
    os.environ.setdefault("PYTHONWARNINGS", "ignore")
    for row in run():
        print(row)
