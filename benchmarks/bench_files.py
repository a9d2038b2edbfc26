"""Files: reading behind walls against plain pyogrio, and a large city's buildings from the file to the findings."""

from __future__ import annotations

import gc
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyogrio
import shapely

from gridmap import files
from gridmap.workspace import Workspace

X0, Y0 = 570_000.0, 4_125_000.0
ENDINGS = (".gpkg", ".fgb", ".shp", ".geojson")


def buildings(count: int) -> gpd.GeoDataFrame:
    """Return small houses on a square raster, with a few columns that ledgers have."""
    rng = np.random.default_rng(1)
    side = int(np.ceil(np.sqrt(count)))
    x, y = X0 + 12.0 * (np.arange(count) % side), Y0 + 12.0 * (np.arange(count) // side)
    shapes = shapely.box(x, y, x + rng.uniform(4, 9, count), y + rng.uniform(4, 9, count))
    data = {
        "id": [f"b{k}" for k in range(count)],
        "name": [f"{k % 900}号楼" for k in range(count)],
        "households": rng.integers(1, 90, count),
        "floors": rng.integers(1, 30, count),
    }
    return gpd.GeoDataFrame(data, geometry=shapes, crs="EPSG:4546")


def communities(count: int) -> gpd.GeoDataFrame:
    """Return communities that tile the ground of as many buildings."""
    side, parts = 12.0 * int(np.ceil(np.sqrt(count))), 20
    at = np.arange(parts * parts)
    x, y = X0 + side / parts * (at % parts), Y0 + side / parts * (at // parts)
    codes = [f"141182001{k + 1:03}" for k in at.tolist()]
    shapes = shapely.box(x - 1, y - 1, x + side / parts - 1, y + side / parts - 1)
    return gpd.GeoDataFrame({"code": codes, "name": codes}, geometry=shapes, crs="EPSG:4546")


def _seconds(work: Callable[[], object]) -> float:
    gc.collect()
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _read(path: Path) -> int:
    return len(files.read(files.propose(path, "buildings")).gdf)


def run(count: int = 50_000, large: int = 1_000_000) -> list[dict[str, object]]:
    """Compare reading, format by format; then import a large layer and check the city."""
    rows: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as name:
        folder, frame = Path(name), buildings(count)
        _read(_written(frame.head(10), folder / "first.gpkg"))  # the process that reads comes up once
        for ending in ENDINGS:
            path = _written(frame, folder / f"a{ending}")
            ours = min(_seconds(lambda path=path: _read(path)) for _ in range(2))
            peer = min(_seconds(lambda path=path: pyogrio.read_dataframe(path)) for _ in range(2))
            assert _read(path) == count
            what = f"read {count:,} buildings from {ending}, proposed, checked, with the columns of the layer"
            rows.append(
                {"what": what, "peer": "pyogrio.read_dataframe", "ours_s": ours, "peer_s": peer, "ratio": ours / peer}
            )
        rows.append(_large(large, folder))
    return rows


def _written(frame: gpd.GeoDataFrame, path: Path) -> Path:
    files.write(frame, path, layer="buildings")
    return path


def _large(count: int, folder: Path) -> dict[str, object]:
    path = _written(buildings(count), folder / "large.gpkg")
    around = folder / "communities.gpkg"
    files.write(communities(count), around, layer="communities")
    parts: dict[str, float] = {}
    with Workspace.create(folder / "city.gpkg", frame=4546, profile="opaque") as ws:
        ws.take(files.propose(around, "communities"))
        found: list[object] = []
        parts["propose"] = _seconds(lambda: found.append(files.propose(path, "buildings")))
        parts["take"] = _seconds(lambda: ws.take(found[0]))  # type: ignore[arg-type]
        parts["check"] = _seconds(lambda: found.append(ws.check()))
    memory = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    shown = ", ".join(f"{part} {seconds:.1f} s" for part, seconds in parts.items())
    what = f"{count:,} buildings imported and checked ({shown}; {memory / 1024**2:.1f} GiB at most)"
    return {"what": what, "peer": "", "ours_s": sum(parts.values()), "peer_s": float("nan"), "ratio": float("nan")}


if __name__ == "__main__":
    for row in run():
        print(row)
