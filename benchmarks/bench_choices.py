"""Choices: least change after a shock, the frontier of plans, and local repairs after edits by hand; warm, one core.

The synthetic community needs GRIDMAP_REAL_DATA. After the shock a tenth of its atoms have 60 % more households and a
tenth 40 % fewer. The frontier is drawn into `docs/images/frontier.png`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from benchmarks.bench_redraw import WINDOW, sample_city
from benchmarks.report import FOLDER, markdown
from gridmap.geo.adjacency import adjacency, match_vertices
from gridmap.geo.frames import Frame
from gridmap.maps import frontier_plot
from gridmap.plan import Fabric, Plan, assign, atoms
from gridmap.redraw import redraw
from gridmap.redraw.choices import measure
from gridmap.redraw.frontier import frontier, least_change
from gridmap.redraw.repair import repair

LIMITS = {"min_households": WINDOW[0], "max_households": WINDOW[1]}
EDITS = 300


def synthetic_fabric(path: Path) -> Fabric:
    """Return the cells of the synthetic community."""
    table = gpd.read_parquet(path)
    cells = match_vertices(table.geometry.to_numpy(), tolerance_m=0.01)
    touching, size = adjacency(cells), len(table)
    points, none = shapely.point_on_surface(cells), np.zeros(len(touching.i))
    unknown = np.full(size, np.nan)
    return Fabric(
        frame=Frame(4546),
        cell_ids=np.array([f"b{row:05d}" for row in range(size)], object),
        building=np.arange(size, dtype=np.int32),
        x=shapely.get_x(points),
        y=shapely.get_y(points),
        polygons=cells,
        community=np.zeros(size, np.int32),
        community_codes=np.array(["141182001001"], object),
        community_names=np.array(["合成社区"], object),
        compound=table["compound"].to_numpy(np.int32),
        compound_ids=np.array([f"c{row}" for row in range(int(table["compound"].max()) + 1)], object),
        compound_names=np.array([f"小区{row}" for row in range(int(table["compound"].max()) + 1)], object),
        households=table["households"].to_numpy(np.int64),
        known=np.ones(size, bool),
        **dict.fromkeys(("residents", "elders_60", "elders_80", "children"), unknown),
        special=np.full(size, -1, np.int32),
        area_m2=shapely.area(cells),
        perimeter_m=touching.perimeter_m,
        i=touching.i,
        j=touching.j,
        shared_m=touching.shared_m,
        barrier_m=none,
        street_m=none,
    )


def shocked(plan: Plan, *, seed: int = 1) -> Plan:
    """Return the plan after a tenth of the atoms grew by 60 % and a tenth shrank by 40 %."""
    fabric = plan.fabric
    atom = atoms(fabric, max_households=WINDOW[1]).atom_of
    order = np.random.default_rng(seed).permutation(int(atom.max()) + 1)
    tenth = len(order) // 10
    factor = np.ones(len(order))
    factor[order[:tenth]], factor[order[tenth : 2 * tenth]] = 1.6, 0.6
    people = np.round(fabric.households * factor[atom]).astype(np.int64)
    return Plan(replace(fabric, households=people), plan.grid_of, plan.grids, "before")


def edits(plan: Plan, *, seed: int = 0) -> Iterator[tuple[Plan, list[str], list[str]]]:
    """Yield plans after one stroke of a brush: up to eight buildings beside a boundary go to the grid beyond it."""
    fabric, random = plan.fabric, np.random.default_rng(seed)
    resident = np.array([grid.resident for grid in plan.grids])[plan.grid_of]
    edges = np.flatnonzero((plan.grid_of[fabric.i] != plan.grid_of[fabric.j]) & resident[fabric.i] & resident[fabric.j])
    for edge in random.choice(edges, EDITS):
        cell, other = int(fabric.i[edge]), int(fabric.j[edge])
        source, target = (plan.grids[plan.grid_of[one]].id for one in (cell, other))
        cells = plan.cells_of(source)
        away = np.hypot(fabric.x[cells] - fabric.x[cell], fabric.y[cells] - fabric.y[cell])
        painted = cells[np.argsort(away)[: int(random.integers(1, 9))]]
        yield assign(plan, painted, target)[0], [source, target], fabric.cell_ids[painted].tolist()


def _repairs() -> dict[str, Any]:
    """Time repairs of the sample city after random edits; only those that have something to repair count."""
    plan = redraw(sample_city(), **LIMITS, seed=1).plan
    made = list(edits(plan))
    for edited, grids, painted in made[:20]:
        repair(edited, grids, **LIMITS, keep=painted)
    seconds, left, worse = [], 0, 0
    for edited, grids, painted in made:
        begin = time.process_time()
        done = repair(edited, grids, **LIMITS, keep=painted)
        if done.moved or done.left:
            seconds.append(time.process_time() - begin)
            left += bool(done.left)
            worse += _out(done.plan) > _out(edited)
    return {
        "what": f"local repair, sample city, {len(seconds)} of {EDITS} edits needed one",
        "median ms": 1000 * float(np.median(seconds)),
        "p99 ms": 1000 * float(np.percentile(seconds, 99)),
        "repaired whole %": 100 * (1 - left / len(seconds)),
        "worse": worse,
    }


def _out(plan: Plan) -> tuple[int, int, int]:
    resident = np.array([grid.resident for grid in plan.grids]) & (plan.parts > 0)
    far = np.maximum(WINDOW[0] - plan.households, 0) + np.maximum(plan.households - WINDOW[1], 0)
    several = np.where(plan.households > WINDOW[1], plan.households // WINDOW[0], far > 0)
    return plan.contiguity_breaks, int(several[resident].sum()), int(far[resident].sum())


def kept_at_most(plan: Plan) -> float:
    """Return the share of households in percent that no plan in range can exceed in keeping their grid.

    Of a grid above the range at most the largest sum of its atoms up to the limit can stay together. Sums are listed as
    the bits of a number.
    """
    fabric, lost = plan.fabric, 0
    atom = atoms(fabric, max_households=WINDOW[1]).atom_of
    for grid in np.flatnonzero(plan.households > WINDOW[1]):
        cells = np.flatnonzero((plan.grid_of == grid) & (atom >= 0))
        sums = 1
        for people in np.bincount(atom[cells], fabric.households[cells]).astype(int).tolist():
            sums |= sums << people
        lost += int(plan.households[grid]) - ((sums & ((1 << WINDOW[1] + 1) - 1)).bit_length() - 1)
    return 100 * (1 - lost / int(fabric.households.sum()))


def _shock(fabric: Fabric, name: str, picture: str = "") -> list[dict[str, Any]]:
    drawn = redraw(Plan.undivided(fabric), **LIMITS, seed=1).plan
    before = shocked(drawn)
    begin = time.process_time()
    least = least_change(before, **LIMITS)
    seconds = time.process_time() - begin
    begin = time.process_time()
    found = frontier(before, **LIMITS, seed=1)
    swept = time.process_time() - begin
    if picture:
        images = FOLDER.parent / "docs" / "images"
        images.mkdir(exist_ok=True)
        frontier_plot(found.table).savefig(images / picture)
    most = kept_at_most(before)
    kept = measure(before, least, window=WINDOW, rows=[0])
    told = [(f"{name}: after the shock, present plan", "", found.present.figures)]
    told.append((f"{name}: least change, by repairs alone", seconds, kept))
    told += [(f"{name}: frontier, choice {one.number}", swept if one.number == 1 else "", one.figures) for one in found]
    return [
        {
            "what": what,
            "seconds": took,
            "grids": int(figures["grids"]),
            "in range %": figures["in_range_pct"],
            "households kept %": 100 - figures["households_moved_pct"],
            "kept at most %": most,
            "Polsby–Popper": figures["mean_polsby_popper"],
            "compounds split": int(figures["compounds_split"]),
            "workload spread %": figures["workload_spread_pct"],
        }
        for what, took, figures in told
    ]


def run() -> list[dict[str, Any]]:
    """Repair the sample city, and draw the frontier of the synthetic community."""
    rows = [_repairs()]
    if "GRIDMAP_REAL_DATA" in os.environ:
        whole = synthetic_fabric(Path(os.environ["GRIDMAP_REAL_DATA"]) / "synthetic_community.parquet")
        free = replace(whole, compound=np.full(len(whole), -1, np.int32))
        rows += _shock(whole, "whole compounds", "frontier.png") + _shock(free, "buildings")
    return rows


if __name__ == "__main__":
    print(markdown(run()))
