"""Coverage of millions of buildings by twelve kinds of facility within 15 minutes: time and memory as the city grows.

Each size runs in a process of its own: a crooked lattice with four places for ten buildings, buildings scattered along
its streets, and per kind one facility for so many buildings as a city has (a canteen for 50,000, a shop for 300). Timed
are snapping all buildings once, and for each kind the snapping of its facilities, the sweep and the reading at every
building. The last column says how much longer a building takes than in the smallest city: flat is linear.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

SIZES = (125_000, 250_000, 500_000, 1_000_000, 2_000_000, 10_000_000)
LIMIT_M = 15 * 66.0
BUILDINGS_PER_FACILITY = (300, 500, 800, 1_000, 1_500, 2_000, 3_000, 5_000, 8_000, 12_000, 25_000, 50_000)


def measure(buildings: int) -> dict[str, Any]:
    """Cover one made city; times in seconds, memory in MB."""
    from benchmarks.bench_streets import lattice, scattered
    from gridmap.streets import at_points, snap, sweep

    warm = lattice(40)
    at_points(warm, sweep(warm, snap(warm, *scattered(warm, 9)), limit_m=LIMIT_M), snap(warm, *scattered(warm, 99)))
    net = lattice(round((0.4 * buildings) ** 0.5))
    x, y = scattered(net, buildings)
    net.core  # noqa: B018 - made once for a network, whatever is asked of it
    before_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    start = time.perf_counter()
    homes = snap(net, x, y)
    snapped_s = time.perf_counter() - start
    covered = []
    for kind, each in enumerate(BUILDINGS_PER_FACILITY):
        seeds = snap(net, *scattered(net, max(1, buildings // each), seed=100 + kind))
        _, dist_m = at_points(net, sweep(net, seeds, limit_m=LIMIT_M), homes)
        covered.append(float((dist_m <= LIMIT_M).mean()))
    total_s = time.perf_counter() - start
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    assert all(0 < share <= 1 for share in covered), covered
    assert covered[0] > covered[-1], covered
    return {
        "buildings": f"{buildings:,}",
        "places of the network": f"{len(net.x):,}",
        "snapping s": snapped_s,
        "12 kinds s": total_s - snapped_s,
        "all s": total_s,
        "network and points MB": round(before_mb),
        "peak MB": round(peak_mb),
        "covered %": f"{100 * covered[-1]:.1f}–{100 * covered[0]:.1f}",
    }


def run() -> list[dict[str, Any]]:
    """Measure all sizes."""
    rows = []
    for size in SIZES:
        command = [sys.executable, "-m", "benchmarks.bench_coverage_scale", str(size)]
        done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1])
        rows.append(json.loads(done.stdout))
    first = rows[0]["all s"] / SIZES[0]
    return [{**row, "s a building / first": row["all s"] / size / first} for row, size in zip(rows, SIZES, strict=True)]


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]))))
