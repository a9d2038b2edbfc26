"""Cells against momepy's enclosed tessellation: the same streets, the same buildings, the same step, one process each.

Both begin with the streets: ours cuts the blocks and divides them, momepy makes enclosures (`peer_blocks_s`) and then
the tessellation (`peer_s`), for which it is handed our blocks, so that the answers can be compared. `ratio` is ours
against both steps, `ratio_cells` against the tessellation alone. Times are seconds of processor time, the better of
several runs: other programs on the machine distort the clock on the wall. momepy takes no points, so points are set
against it twice: against squares of 20 cm around the same points, and against the outlines it is made for. Run
`python benchmarks/bench_cells.py`; with GRIDMAP_REAL_DATA set it also measures a French commune.
"""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import momepy
import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.geo.blocks import blocks
from gridmap.geo.cells import cells

Objects = NDArray[np.object_]
STEP_M = 2.0
ROUNDS = 3


@dataclass(frozen=True)
class Town:
    """An area, its buildings and its streets."""

    name: str
    area: shapely.Geometry
    buildings: Objects
    streets: Objects


def town(seed: int = 1) -> Town:
    """Make a town of about 10,000 slab buildings in 1,152 blocks, with crooked streets and dead ends."""
    rng = np.random.default_rng(seed)
    columns, rows, pitch = 49, 25, 95.0
    x, y = np.meshgrid(np.arange(columns) * pitch, np.arange(rows) * pitch)
    x = x + rng.uniform(-18, 18, x.shape)
    y = y + rng.uniform(-18, 18, y.shape)
    nodes = np.stack([x, y], axis=-1)
    streets = [nodes[k] for k in range(rows)] + [nodes[:, k] for k in range(columns)]
    outline = [*nodes[0], *nodes[1:, -1], *nodes[-1, -2::-1], *nodes[-2:0:-1, 0]]
    buildings: list[Any] = []
    for a in range(rows - 1):
        for b in range(columns - 1):
            quad = shapely.Polygon([nodes[a, b], nodes[a, b + 1], nodes[a + 1, b + 1], nodes[a + 1, b]])
            buildings += _slabs(quad, rng)
            if rng.random() < 0.3:
                streets.append(np.array([nodes[a, b], quad.centroid.coords[0]]))
    lines = _array([shapely.LineString(street) for street in streets])
    return Town("a made town", shapely.Polygon(outline), _array(buildings), lines)


def _slabs(quad: shapely.Polygon, rng: np.random.Generator) -> list[Any]:
    """Fill a block with slab buildings in rows, some at right angles, some side by side."""
    room = quad.buffer(-6.0)
    centre = quad.centroid
    turn = float(rng.uniform(-12, 12))
    found = []
    for y in np.arange(-40.0, 41.0, rng.choice([15.0, 18.0, 22.0])):
        x = -45.0 + float(rng.uniform(0, 5))
        while x < 45.0:
            length = float(rng.uniform(12, 34))
            slab = shapely.box(centre.x + x, centre.y + y, centre.x + x + length, centre.y + y + 10.5)
            slab = shapely.affinity.rotate(slab, turn, origin=centre)
            if room.contains(slab):
                found.append(slab)
            x += length + float(rng.choice([0.0, 1.0, 5.0, 9.0]))
    return found


def _array(items: list[Any]) -> Objects:
    array = np.empty(len(items), dtype=object)
    array[:] = items
    return array


def commune(folder: Path) -> Town:
    """Read the French commune: one area with 2,273 outlines."""
    layer = {
        name: gpd.read_file(folder / "olemps.gpkg", layer=name).geometry
        for name in ("communities", "buildings", "streets")
    }
    area = layer["communities"].iloc[0]
    return Town("Olemps", area, layer["buildings"].to_numpy(), layer["streets"].to_numpy())


def _best(call: Callable[[], Any]) -> tuple[float, Any]:
    times, result = [], None
    for _ in range(ROUNDS):
        start = time.process_time()
        result = call()
        times.append(time.process_time() - start)
    return min(times), result


def _momepy(place: Town, shapes: Objects, *, shrink: float) -> tuple[float, float, gpd.GeoSeries]:
    """Return momepy's seconds for enclosures and for the tessellation, and the tessellation."""
    frame = gpd.GeoSeries(shapes, crs=32649)
    enclosures = gpd.GeoSeries(blocks(place.area, place.streets).polygons, crs=32649)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        streets = gpd.GeoSeries(shapely.get_parts(place.streets), crs=32649)
        limit = gpd.GeoSeries([place.area], crs=32649)
        blocks_s, _ = _best(lambda: momepy.enclosures(streets, limit=limit))
        seconds, found = _best(
            lambda: momepy.enclosed_tessellation(frame, enclosures, shrink=shrink, segment=STEP_M, n_jobs=1)
        )
    return blocks_s, seconds, found.geometry


def _faulty(polygons: Objects) -> int:
    """Count the polygons whose edges do not match their neighbours'."""
    flat = shapely.get_parts(polygons)
    return int((~shapely.is_empty(shapely.coverage_invalid_edges(flat[shapely.get_dimensions(flat) == 2]))).sum())


def _agreement(ours: Objects, theirs: gpd.GeoSeries) -> str:
    """Say how much ground both give to the same building, of what momepy gives to any."""
    theirs = theirs[(theirs.index >= 0) & theirs.notna() & ~theirs.is_empty]
    both = shapely.area(shapely.intersection(ours[theirs.index], shapely.make_valid(theirs.to_numpy()))).sum()
    return f"same building on {100 * both / theirs.area.sum():.1f} % of the ground momepy divides"


def _row(
    place: Town, kind: str, shapes: Objects, peer_shapes: Objects, *, shrink: float, peer: str = "momepy"
) -> dict[str, Any]:
    ours_s, found = _best(lambda: cells(place.area, shapes, place.streets, step_m=STEP_M))
    blocks_s, peer_s, theirs = _momepy(place, peer_shapes, shrink=shrink)
    bad, peer_bad = _faulty(found.polygons), _faulty(theirs.to_numpy())
    missing = len(shapes) - len(np.unique(theirs.index[theirs.index >= 0]))
    return {
        "name": f"cells/{kind} of {place.name} ({len(shapes):,} buildings)",
        "ours_s": ours_s,
        "peer": peer,
        "peer_blocks_s": blocks_s,
        "peer_s": peer_s,
        "ratio": ours_s / (blocks_s + peer_s),
        "ratio_cells": ours_s / peer_s,
        "note": f"coverage valid: ours {_answer(bad)}, momepy {_answer(peer_bad)}; "
        f"{_agreement(found.polygons, theirs)}; buildings without a cell: ours 0, momepy {missing}",
    }


def _answer(faults: int) -> str:
    return "yes" if faults == 0 else f"no ({faults} polygons)"


def run() -> list[dict[str, Any]]:
    """Measure all cases; one row each."""
    places = [town()]
    if folder := os.environ.get("GRIDMAP_REAL_DATA"):
        places.append(commune(Path(folder)))
    rows = []
    for place in places:
        points = shapely.point_on_surface(place.buildings)
        squares = shapely.buffer(points, 0.1, cap_style="square")
        rows += [
            _row(place, "outlines", place.buildings, place.buildings, shrink=0.4),
            _row(place, "points", points, squares, shrink=0.0, peer="momepy (20 cm squares)"),
            _row(place, "points", points, place.buildings, shrink=0.4, peer="momepy (outlines)"),
        ]
    return rows


def main() -> None:
    for row in run():
        print(
            f"{row['name']}: ours {row['ours_s']:.2f} s, "
            f"{row['peer']} {row['peer_blocks_s'] + row['peer_s']:.2f} s, "
            f"ours/peer = {row['ratio']:.3f}×; {row['note']}"
        )


if __name__ == "__main__":
    main()
