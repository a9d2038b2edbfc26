"""Redrawing: the sample city, two real towns and a synthetic community of 2,531 cells; warm, one core.

The real towns and the synthetic community need GRIDMAP_REAL_DATA. Contiguity is counted with networkx, not by the
engine. "Buildings as atoms" forgets the compounds; "buildings that hold compounds" divides them only where the range
asks for it. After a shock, a tenth of the atoms have 60 % more households, a tenth 40 % less: the grids are mended
with `Weights.minimal_change()`.
"""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np

from gridmap import sample
from gridmap.city import City
from gridmap.geo.adjacency import adjacency, match_vertices
from gridmap.geo.frames import frame_for, to_frame
from gridmap.plan import Fabric, Plan, fabric, specials_from_layer
from gridmap.redraw import Effort, redraw
from gridmap.redraw.engine import solve
from gridmap.redraw.problem import Ints, Problem, Weights, connected_parts, contracted, kept, perimeters
from gridmap.rules import profile

WINDOW = (300, 500)
COLUMNS = {
    "singapore_toapayoh_punggol.gpkg": {
        "communities": {"SUBZONE_C": "code", "SUBZONE_N": "name"},
        "buildings": {"block_id": "id", "total_dwelling_units": "households"},
    },
    "olemps.gpkg": {
        "communities": {"INSEE_COM": "code", "NOM": "name"},
        "buildings": {"ID": "id", "NB_LOGTS": "households"},
    },
}


def sample_city() -> Plan:
    """Return the present grids of the sample city."""
    city = sample.city()
    grids = sample.layers()["grids"].to_crs(city.frame.crs)
    return Plan.from_layer(fabric(city, specials=specials_from_layer(grids)), grids)


def real_town(path: Path) -> Fabric:
    """Return the cells of a real town."""
    layers = {
        name: gpd.read_file(path, layer=name).rename(columns=COLUMNS[path.name].get(name, {}))
        for name in ("communities", "buildings", "streets")
    }
    layers["streets"]["id"] = [f"s{row}" for row in range(len(layers["streets"]))]
    frame = frame_for(layers["communities"])
    shaped = {name: to_frame(layer, frame) for name, layer in layers.items()}
    return fabric(City.build(shaped, frame=frame, profile=profile("opaque")))


def synthetic(folder: Path, *, whole: bool) -> tuple[Problem, Ints, Ints]:
    """Return the synthetic community of buildings, or of whole compounds; the atom and the compound of each cell."""
    table = gpd.read_parquet(folder / "synthetic_community.parquet")
    cells = match_vertices(table.geometry.to_numpy(), tolerance_m=0.01)
    touching = adjacency(cells)
    none = np.zeros(len(touching.i))
    problem = Problem(
        households=table["households"].to_numpy(np.int64),
        area_m2=table.area.to_numpy(),
        outer_m=touching.outer_m,
        i=touching.i.astype(np.int64),
        j=touching.j.astype(np.int64),
        shared_m=touching.shared_m,
        barrier_m=none,
        street_m=none,
        previous=np.full(len(table), -1, np.int64),
        lo=WINDOW[0],
        hi=WINDOW[1],
    )
    compound = table["compound"].to_numpy(np.int64)
    atom = np.arange(len(table), dtype=np.int64)
    if whole:
        small = np.bincount(compound, problem.households)[compound] <= WINDOW[1]
        together = (compound[problem.i] == compound[problem.j]) & small[problem.i]
        atom = connected_parts(problem, together)
    return contracted(problem, atom), atom, compound


def _pieces(labels: Ints, i: Ints, j: Ints) -> int:
    """Count pieces beyond one a zone, with networkx."""
    graph = nx.Graph()
    graph.add_nodes_from(np.flatnonzero(labels >= 0).tolist())
    within = (labels[i] == labels[j]) & (labels[i] >= 0)
    graph.add_edges_from(zip(i[within].tolist(), j[within].tolist(), strict=True))
    return nx.number_connected_components(graph) - len(np.unique(labels[labels >= 0]))


def _plan_row(name: str, plan: Plan, effort: Effort) -> dict[str, Any]:
    for _ in range(2):
        start = time.perf_counter()
        result = redraw(plan, min_households=WINDOW[0], max_households=WINDOW[1], seed=1, effort=effort)
        seconds = time.perf_counter() - start
    totals, fabric_of = result.totals, plan.fabric
    return {
        "input": name,
        "seconds": seconds,
        "grids": totals.grids,
        "in range %": 100 * totals.in_range / totals.grids,
        "exceptions": sum(one.grid is not None for one in totals.exceptions),
        "breaks": _pieces(result.plan.grid_of, fabric_of.i, fabric_of.j),
        "Polsby–Popper": totals.polsby_popper,
        "compounds split": totals.compounds_split,
        "households kept %": 100 * totals.kept_households / totals.households,
    }


def _problem_row(name: str, problem: Problem, atom: Ints, compound: Ints, effort: Effort) -> dict[str, Any]:
    for _ in range(2):
        start = time.perf_counter()
        labels = solve(problem, seed=1, effort=effort).labels
        seconds = time.perf_counter() - start
    count = int(labels.max()) + 1
    sums = np.bincount(labels, problem.households, count)
    within = labels[problem.i] == labels[problem.j]
    edge = np.bincount(labels, perimeters(problem), count)
    edge -= 2 * np.bincount(labels[problem.i[within]], problem.shared_m[within], count)
    area = np.bincount(labels, problem.area_m2, count)
    split = np.unique(np.stack([compound, labels[atom]]), axis=1)[0]
    return {
        "input": name,
        "seconds": seconds,
        "grids": count,
        "in range %": 100 * np.mean((sums >= WINDOW[0]) & (sums <= WINDOW[1])),
        "exceptions": int(np.count_nonzero((sums < WINDOW[0]) | (sums > WINDOW[1]))),
        "breaks": _pieces(labels, problem.i, problem.j),
        "Polsby–Popper": float(np.mean(4 * np.pi * area / edge**2)),
        "compounds split": int(np.count_nonzero(np.bincount(split) > 1)),
        "households kept %": 100 * kept(problem, labels) / problem.total if (problem.previous >= 0).any() else "",
    }


def run() -> list[dict[str, Any]]:
    """Redraw everything there is."""
    usual, thorough = Effort(), Effort.thorough()
    present = sample_city()
    rows = [
        _plan_row("sample city, from its present grids", present, usual),
        _plan_row("sample city, thorough", present, thorough),
        _plan_row("sample city, first drawing", Plan.undivided(present.fabric), usual),
    ]
    if "GRIDMAP_REAL_DATA" not in os.environ:
        return rows
    folder = Path(os.environ["GRIDMAP_REAL_DATA"])
    for file in COLUMNS:
        plan = Plan.undivided(real_town(folder / file))
        rows += [_plan_row(file, plan, usual), _plan_row(f"{file}, thorough", plan, thorough)]
    for whole in (True, False):
        name = f"synthetic community, {'whole compounds' if whole else 'buildings as atoms'}"
        problem = synthetic(folder, whole=whole)
        rows += [_problem_row(name, *problem, usual), _problem_row(f"{name}, thorough", *problem, thorough)]
    cells, atom, compound = synthetic(folder, whole=False)
    held = _holding(cells, compound)
    rows.append(_problem_row("synthetic community, buildings that hold compounds", held, atom, compound, usual))
    for name, base, holds in (
        ("buildings as atoms", cells, False),
        ("whole compounds", held, True),
        (
            "whole compounds, drawn with sizes alike (equality 4)",
            replace(held, weights=Weights(equality=4.0)),
            True,
        ),
    ):
        for number in (1, 2, 3):
            shocked = _shocked(base, compound, number, holds=holds)
            rows.append(_problem_row(f"after shock {number}: {name}", shocked, atom, compound, usual))
    return rows


def _holding(problem: Problem, compound: Ints) -> Problem:
    """Return a problem of buildings whose compounds of at most the upper limit are to stay whole."""
    small = np.bincount(compound, problem.households)[compound] <= WINDOW[1]
    together = (compound[problem.i] == compound[problem.j]) & small[problem.i]
    return replace(problem, compound=connected_parts(problem, together))


def _shocked(base: Problem, compound: Ints, number: int, *, holds: bool) -> Problem:
    """Return a problem after a shock to its buildings, from the grids it had before."""
    present = solve(base, seed=1).labels
    order = np.random.default_rng(number).permutation(base.size)
    factor = np.ones(base.size)
    factor[order[: base.size // 10]], factor[order[base.size // 10 : base.size // 5]] = 1.6, 0.6
    people = np.round(base.households * factor).astype(np.int64)
    problem = replace(
        base,
        households=people,
        previous=present,
        grids=int(present.max()) + 1,
        weights=Weights.minimal_change(),
    )
    return _holding(problem, compound) if holds else problem


if __name__ == "__main__":
    from benchmarks.report import markdown

    print(markdown(run()))
