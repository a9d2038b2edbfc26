"""Adjacency by hashed segments against libpysal's rook contiguity, on the same cells: neighbours and shared lengths.

libpysal's contiguity knows neighbours; its users get shared lengths either from `by_perimeter=True` or by intersecting
the boundaries of the neighbours it found. Ours gives neighbours and lengths at once, and is set against both. Times
are seconds of processor time, the best of three runs. Run `python benchmarks/bench_adjacency.py`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from libpysal.graph import Graph
from numpy.typing import NDArray

from gridmap.geo.adjacency import Adjacency, adjacency
from gridmap.geo.cells import cells

Objects = NDArray[np.object_]
ROUNDS = 3


def made_cells(count: int = 12_000, seed: int = 1) -> Objects:
    """Make cells of random points between straight streets; a valid coverage."""
    rng = np.random.default_rng(seed)
    area = shapely.box(0, 0, 4_000, 3_000)
    across = [shapely.LineString([(x, 0), (x, 3_000)]) for x in range(100, 4_000, 100)]
    along = [shapely.LineString([(0, y), (4_000, y)]) for y in range(100, 3_000, 100)]
    streets = np.array([*across, *along], dtype=object)
    points = shapely.points(rng.uniform((0, 0), (4_000, 3_000), (count, 2)))
    return cells(area, points, streets).polygons


def _best(call: Callable[[], Any]) -> tuple[float, Any]:
    times, result = [], None
    for _ in range(ROUNDS):
        start = time.process_time()
        result = call()
        times.append(time.process_time() - start)
    return min(times), result


def _pairs(graph: Graph) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return libpysal's pairs with i < j, sorted, and their weights."""
    table = graph.adjacency.reset_index()
    table = table[(table["focal"] < table["neighbor"])].sort_values(["focal", "neighbor"])
    return table[["focal", "neighbor"]].to_numpy(np.int64), table["weight"].to_numpy(np.float64)


def _by_intersection(polygons: Objects, left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.float64]:
    boundary = shapely.boundary(polygons)
    return np.asarray(shapely.length(shapely.intersection(boundary[left], boundary[right])))


def _answers(ours: Adjacency, pairs: NDArray[np.int64], lengths: NDArray[np.float64]) -> str:
    equal = np.array_equal(np.column_stack([ours.i, ours.j]), pairs)
    if not equal:
        return f"neighbours differ: ours {len(ours.i)}, theirs {len(pairs)}"
    apart = float(np.abs(ours.shared_m - lengths).max(initial=0.0))
    return f"{len(pairs)} neighbours equal, lengths equal to {apart:.0e} m"


def run() -> list[dict[str, Any]]:
    """Measure; one row a way of the peer's."""
    polygons = made_cells()
    series = gpd.GeoSeries(polygons)
    ours_s, ours = _best(lambda: adjacency(polygons))
    perimeter_s, perimeter = _best(lambda: Graph.build_contiguity(series, rook=True, by_perimeter=True))
    rook_s, rook = _best(lambda: Graph.build_contiguity(series, rook=True))
    pairs, lengths = _pairs(perimeter)
    rook_pairs, _ = _pairs(rook)
    left, right = rook_pairs.T
    cut_s, cut = _best(lambda: _by_intersection(polygons, left, right))
    cases = [
        ("neighbours alone", "libpysal rook", rook_s, _answers(ours, rook_pairs, ours.shared_m)),
        ("lengths by perimeter", "libpysal rook by_perimeter", perimeter_s, _answers(ours, pairs, lengths)),
        ("lengths by intersection", "libpysal rook + intersection", rook_s + cut_s, _answers(ours, rook_pairs, cut)),
    ]
    return [
        {
            "name": f"adjacency/{name} ({len(polygons):,} cells)",
            "ours_s": ours_s,
            "peer": peer,
            "peer_s": peer_s,
            "ratio": ours_s / peer_s,
            "note": note,
        }
        for name, peer, peer_s, note in cases
    ]


def main() -> None:
    for row in run():
        print(
            f"{row['name']}: ours {row['ours_s']:.3f} s, {row['peer']} {row['peer_s']:.3f} s, "
            f"ours/peer = {row['ratio']:.3f}×; {row['note']}"
        )


if __name__ == "__main__":
    main()
