"""Redrawing made cities of 1 to 1,000 communities of 1,000 buildings each, from atoms to plan, on two cores.

Each size runs in a process of its own. Memory is the most that it and its workers held together, the made city
included. The plot goes to `docs/images/redraw-scale.svg`.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from gridmap.geo.frames import Frame
from gridmap.plan import Fabric, Plan

SIZES = (1, 10, 100, 1000)
SIDE = (40, 25)
PLOT = Path(__file__).parent.parent / "docs" / "images" / "redraw-scale.svg"


def made_city(communities: int, seed: int = 1) -> Fabric:
    """Return communities of 40 × 25 buildings on a shaken lattice, every other block of four a compound."""
    nx, ny = SIDE
    rng = np.random.default_rng(seed)
    one, size = nx * ny, nx * ny * communities
    column, row = np.tile(np.arange(one) % nx, communities), np.tile(np.arange(one) // nx, communities)
    community = np.repeat(np.arange(communities), one)
    cells = np.arange(size)
    east, north = cells[column < nx - 1], cells[row < ny - 1]
    i, j = np.concatenate([east, north]), np.concatenate([east + 1, north + nx])
    degree = np.bincount(np.concatenate([i, j]), minlength=size)
    block = (column // 2 + row // 2) % 2 == 0
    across = (nx + 1) // 2
    key = community * (across * ny) + row // 2 * across + column // 2
    names, compound = np.unique(key[block], return_inverse=True)
    of = np.full(size, -1)
    of[block] = compound
    shared = 30.0 * rng.uniform(0.6, 1.4, len(i))
    shape = np.empty(size, object)
    shape[:] = shapely.box(0, 0, 30, 30)
    unknown = np.full(size, np.nan)
    return Fabric(
        frame=Frame(4546),
        cell_ids=np.char.add("b", cells.astype(str)).astype(object),
        building=cells,
        x=community % 40 * 2000.0 + column * 30.0,
        y=community // 40 * 1200.0 + row * 30.0,
        polygons=shape,
        community=community,
        community_codes=np.array([f"{141182000000 + number + 1}" for number in range(communities)], object),
        community_names=np.array([""] * communities, object),
        compound=of,
        compound_ids=names.astype(str).astype(object),
        compound_names=np.full(len(names), "", object),
        households=rng.integers(4, 18, size),
        known=np.ones(size, bool),
        residents=unknown,
        elders_60=unknown,
        elders_80=unknown,
        children=unknown,
        special=np.full(size, -1),
        area_m2=np.full(size, 900.0),
        perimeter_m=np.bincount(np.concatenate([i, j]), np.concatenate([shared, shared]), size) + 30.0 * (4 - degree),
        i=i,
        j=j,
        shared_m=shared,
        barrier_m=np.zeros(len(i)),
        street_m=np.where((column[j] % 8 == 0) & (row[i] == row[j]), shared, 0.0),
    )


def _held() -> float:
    """Return the memory of this process and its children in MB, what they share counted once (Linux)."""
    total = 0
    for process in ["self", *_children()]:
        try:
            text = Path(f"/proc/{process}/smaps_rollup").read_text("ascii")
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))
    return total / 1024


def _children() -> list[str]:
    import os

    path = Path(f"/proc/self/task/{os.getpid()}/children")
    return path.read_text("ascii").split() if path.exists() else []


def _cpu() -> float:
    """Return the seconds of CPU of this process and of its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def measure(communities: int, workers: int) -> dict[str, Any]:
    """Redraw one made city in this process."""
    from gridmap.redraw import redraw

    window = {"min_households": 300, "max_households": 500}
    redraw(Plan.undivided(made_city(1)), **window)
    plan = Plan.undivided(made_city(communities))
    before = peak = _held()
    done = threading.Event()

    def watch() -> None:
        nonlocal peak
        while not done.wait(0.5):
            peak = max(peak, _held())

    begin, worked = time.perf_counter(), _cpu()
    watcher: list[threading.Thread] = []

    def progress(_code: str, number: int, _total: int) -> None:
        # Begun after the fork: a process of several threads is not forked.
        if number == 1:
            watcher.append(threading.Thread(target=watch))
            watcher[0].start()

    try:
        totals = redraw(plan, workers=workers, progress=progress, **window).totals
    finally:
        done.set()
    seconds, worked = time.perf_counter() - begin, _cpu() - worked
    peak = max(peak, _held(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    return {
        "communities": communities,
        "buildings": len(plan.fabric),
        "workers": workers,
        "seconds": seconds,
        "of CPU": worked,
        "CPU ms a community": 1000 * worked / communities,
        "MB": peak,
        "of it the city": before,
        "grids": totals.grids,
        "in range %": 100 * totals.in_range / totals.grids,
        "breaks": totals.contiguity_breaks,
        "Polsby–Popper": totals.polsby_popper,
    }


def run() -> list[dict[str, Any]]:
    """Measure every size, each in a process of its own, and draw the growth."""
    rows = []
    for size in SIZES:
        code = [sys.executable, "-m", "benchmarks.bench_redraw_scale", str(size), "2"]
        rows.append(json.loads(subprocess.run(code, capture_output=True, check=True, text=True).stdout))
    _draw(rows)
    return rows


def _draw(rows: list[dict[str, Any]]) -> None:
    from matplotlib.figure import Figure

    size, seconds, worked = np.array([[row["buildings"], row["seconds"], row["of CPU"]] for row in rows]).T
    figure = Figure(figsize=(5, 3.2), layout="constrained")
    axes = figure.add_subplot()
    axes.loglog(size, seconds, "o-", color="#c8b273", label="elapsed, two processes")
    axes.loglog(size, worked, "o-", color="#1b6ca8", label="of CPU, all processes")
    axes.loglog(size, worked[-1] * size / size[-1], "--", color="#999999", label="straight growth")
    axes.set_xlabel("buildings")
    axes.set_ylabel("seconds from atoms to plan")
    axes.legend(frameon=False)
    axes.grid(visible=True, which="major", color="#dddddd")
    figure.savefig(PLOT, metadata={"Date": None})


if __name__ == "__main__":
    if len(sys.argv) > 2:
        print(json.dumps(measure(int(sys.argv[1]), int(sys.argv[2]))))
    else:
        from benchmarks.report import markdown

        print(markdown(run()))
