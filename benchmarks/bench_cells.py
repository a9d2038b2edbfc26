"""Cells against momepy's enclosed tessellation: the same streets, the same buildings, the same step, one process each.

momepy is handed the finished blocks as its enclosures, so its time is the tessellation alone; ours includes cutting the
blocks. Run `python benchmarks/bench_cells.py`; with GRIDMAP_REAL_DATA set it also measures a French commune.
"""

from __future__ import annotations

import os
import time
import warnings
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


@dataclass(frozen=True)
class Town:
    """Areas that do not overlap, the buildings in each, and the streets of all."""

    name: str
    areas: Objects
    buildings: list[Objects]
    streets: Objects


def town(seed: int = 1) -> Town:
    """Make a town of 32 communities and about 10,000 slab buildings, with crooked streets and dead ends."""
    rng = np.random.default_rng(seed)
    columns, rows, pitch = 49, 25, 95.0
    x, y = np.meshgrid(np.arange(columns) * pitch, np.arange(rows) * pitch)
    x = x + rng.uniform(-18, 18, x.shape)
    y = y + rng.uniform(-18, 18, y.shape)
    nodes = np.stack([x, y], axis=-1)
    streets = [nodes[k] for k in range(rows)] + [nodes[:, k] for k in range(columns)]
    areas, buildings = [], []
    for row in range(0, rows - 1, 6):
        for column in range(0, columns - 1, 6):
            r, c = slice(row, row + 7), slice(column, column + 7)
            ring = [
                *nodes[row, c],
                *nodes[r, column + 6][1:],
                *nodes[row + 6, c][::-1][1:],
                *nodes[r, column][::-1][1:],
            ]
            areas.append(shapely.Polygon(ring))
            inside: list[Any] = []
            for a in range(row, row + 6):
                for b in range(column, column + 6):
                    quad = shapely.Polygon([nodes[a, b], nodes[a, b + 1], nodes[a + 1, b + 1], nodes[a + 1, b]])
                    inside += _slabs(quad, rng)
                    if rng.random() < 0.3:
                        streets.append(np.array([nodes[a, b], quad.centroid.coords[0]]))
            buildings.append(_array(inside))
    return Town("synthetic town", _array([shapely.union_all(areas)]), [np.concatenate(buildings)], _array([shapely.LineString(s) for s in streets]))


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
    area = layer["communities"].to_numpy()
    return Town("Olemps", area, [layer["buildings"].to_numpy()], layer["streets"].to_numpy())


def _ours(place: Town, shapes: list[Objects]) -> tuple[float, Objects]:
    start = time.perf_counter()
    found = [
        cells(area, some, place.streets, step_m=STEP_M).polygons for area, some in zip(place.areas, shapes, strict=True)
    ]
    return time.perf_counter() - start, np.concatenate(found)


def _momepy(place: Town, shapes: list[Objects], *, shrink: float) -> tuple[float, gpd.GeoSeries]:
    enclosures = np.concatenate([blocks(area, place.streets).polygons for area in place.areas])
    frame = gpd.GeoSeries(np.concatenate(shapes), crs=32649)
    start = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = momepy.enclosed_tessellation(
            frame, gpd.GeoSeries(enclosures, crs=32649), shrink=shrink, segment=STEP_M, n_jobs=1
        )
    return time.perf_counter() - start, found.geometry


def _faulty(polygons: Objects) -> int:
    """Count the polygons whose edges do not match their neighbours'."""
    flat = shapely.get_parts(polygons)
    return int((~shapely.is_empty(shapely.coverage_invalid_edges(flat[shapely.get_dimensions(flat) == 2]))).sum())


def _agreement(ours: Objects, theirs: gpd.GeoSeries) -> str:
    """Say how much ground both give to the same building, of what both give to any."""
    rows = theirs.index.to_numpy()
    own = rows >= 0
    both = shapely.area(shapely.intersection(ours[rows[own]], shapely.make_valid(theirs.to_numpy()[own]))).sum()
    return (
        f"same building on {100 * both / shapely.area(theirs.to_numpy()[own]).sum():.1f} % of the ground momepy divides"
    )


def _row(
    place: Town, kind: str, shapes: list[Objects], peer_shapes: list[Objects], *, shrink: float, note: str
) -> dict[str, Any]:
    ours_s, ours = _ours(place, shapes)
    peer_s, theirs = _momepy(place, peer_shapes, shrink=shrink)
    bad, peer_bad = _faulty(ours), _faulty(theirs.to_numpy())
    count = sum(len(some) for some in shapes)
    validity = f"coverage valid: ours {_answer(bad)}, momepy {_answer(peer_bad)}"
    missing = count - len(np.unique(theirs.index[theirs.index >= 0]))
    return {
        "name": f"cells/{kind} of {place.name} ({count:,} buildings)",
        "ours_s": ours_s,
        "peer": "momepy",
        "peer_s": peer_s,
        "ratio": ours_s / peer_s,
        "note": f"{validity}; {_agreement(ours, theirs)}; buildings without a cell: ours 0, momepy {missing}{note}",
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
        rows.append(_row(place, "outlines", place.buildings, place.buildings, shrink=0.4, note=""))
        points = [shapely.point_on_surface(some) for some in place.buildings]
        # momepy takes no points: squares of 20 cm stand for them, which it need not shrink.
        squares = [shapely.buffer(some, 0.1, cap_style="square") for some in points]
        rows.append(_row(place, "points", points, squares, shrink=0.0, note="; momepy got squares of 20 cm for points"))
    return rows


def main() -> None:
    for row in run():
        print(
            f"{row['name']}: ours {row['ours_s']:.2f} s, {row['peer']} {row['peer_s']:.2f} s, "
            f"ours/peer = {row['ratio']:.3f}×; {row['note']}"
        )


if __name__ == "__main__":
    main()
