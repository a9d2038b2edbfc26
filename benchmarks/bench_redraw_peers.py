"""Redrawing against what can be installed: the same atoms and as many grids a community, one process a method.

All methods get whole compounds as atoms, save in the input "buildings". Peers run community by community, as a user
would run them, each stopped after `LIMIT_S` with its imports. METIS gets `contig`, KaHIP and GerryChain a tolerance of
a quarter around the average, spopt the centres of the atoms. Contiguity is counted with networkx. A result is ranked
where it breaks no contiguity and has no more grids out of range than the best; seconds are those of drawing alone.
"""

from __future__ import annotations

import os
import pickle
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from gridmap.redraw import Effort
from gridmap.redraw.problem import Ints, Problem, connected_parts, part_of, perimeters

WINDOW, LIMIT_S, TOLERANCE = (300, 500), 6, 0.25
OURS = 8
"""How many times as long ours may take, so that its thorough drawing is seen; the ranking tells the seconds."""
COLUMNS = ("Polsby–Popper", "cut km", "compounds split", "seconds", "MB")


@dataclass(frozen=True)
class Community:
    """Atoms of one connected part, where they are, and the compound of each (−1 none)."""

    problem: Problem
    xy: NDArray[np.float64]
    compound: Ints


def _of_plan(plan: Any) -> list[Community]:
    from gridmap.redraw.pieces import Pieces
    from gridmap.redraw.problem import Weights

    rows = list(range(len(plan.fabric.community_codes)))
    pieces = Pieces.of(plan, rows, WINDOW)
    found, fabric = pieces.atoms, plan.fabric
    inside = found.atom_of >= 0
    weight = np.bincount(found.atom_of[inside], fabric.area_m2[inside], len(found))
    xy = np.stack(
        [
            np.bincount(found.atom_of[inside], (fabric.area_m2 * v)[inside], len(found)) / weight
            for v in (fabric.x, fabric.y)
        ],
        axis=1,
    )
    made = []
    for row in rows:
        here = pieces.members(row)
        task = pieces.task(row, keep_count=False, weights=Weights(), seed=0, effort=Effort())
        problem = replace(task.problem, previous=np.full(len(here), -1, np.int64), grids=None)
        part = connected_parts(problem)
        for number in range(int(part.max(initial=-1)) + 1):
            members = np.flatnonzero(part == number)
            if problem.households[members].sum() > 0:
                compound = found.compound[here[members]].astype(np.int64)
                made.append(Community(part_of(problem, members), xy[here[members]], compound))
    return made


def inputs() -> dict[str, list[Community]]:
    """Return the sample city and, with GRIDMAP_REAL_DATA, two real towns and the synthetic community."""
    from benchmarks import bench_redraw as base
    from gridmap.plan import Plan

    made = {"sample city": _of_plan(Plan.undivided(base.sample_city().fabric))}
    if "GRIDMAP_REAL_DATA" in os.environ:
        folder = Path(os.environ["GRIDMAP_REAL_DATA"])
        for file in base.COLUMNS:
            made[file.split(".")[0].split("_")[0]] = _of_plan(Plan.undivided(base.real_town(folder / file)))
        for whole in (True, False):
            problem, atom, compound = base.synthetic(folder, whole=whole)
            import geopandas as gpd

            middle = gpd.read_parquet(folder / "synthetic_community.parquet").centroid
            count = np.bincount(atom)
            xy = np.stack([np.bincount(atom, v) / count for v in (middle.x.to_numpy(), middle.y.to_numpy())], axis=1)
            first = np.unique(atom, return_index=True)[1]
            name = f"synthetic, {'whole compounds' if whole else 'buildings'}"
            made[name] = [Community(problem, xy, compound[first])]
    return made


def _ours(one: Community, _: int) -> Ints:
    from gridmap.redraw.engine import solve

    return solve(one.problem, seed=1).labels


def _ours_thorough(one: Community, _: int) -> Ints:
    from gridmap.redraw.engine import solve

    return solve(one.problem, seed=1, effort=Effort.thorough()).labels


def _rows(problem: Problem) -> tuple[list[int], list[int], list[int]]:
    source, target = np.concatenate([problem.i, problem.j]), np.concatenate([problem.j, problem.i])
    order = np.lexsort((target, source))
    weight = np.maximum(1, np.round(np.concatenate([problem.shared_m, problem.shared_m])[order] * 10)).astype(int)
    begin = np.concatenate([[0], np.cumsum(np.bincount(source, minlength=problem.size))])
    return begin.tolist(), target[order].tolist(), weight.tolist()


def _metis(one: Community, k: int) -> Ints:
    import pymetis

    begin, near, weight = _rows(one.problem)
    people = one.problem.households.tolist()
    cut = pymetis.part_graph(
        k, xadj=begin, adjncy=near, vweights=people, eweights=weight, recursive=False, contiguous=True
    )
    return np.asarray(cut[1], np.int64)


def _kahip(one: Community, k: int) -> Ints:
    import kahip

    begin, near, weight = _rows(one.problem)
    people = one.problem.households.tolist()
    return np.asarray(kahip.kaffpa(people, begin, weight, near, k, TOLERANCE, True, 1, 1)[1], np.int64)  # noqa: FBT003


def _graph(one: Community) -> Any:
    from gerrychain import Graph

    graph = nx.Graph()
    for v, people in enumerate(one.problem.households.tolist()):
        graph.add_node(v, people=people)
    for a, b, shared in zip(one.problem.i.tolist(), one.problem.j.tolist(), one.problem.shared_m.tolist(), strict=True):
        graph.add_edge(a, b, shared=shared)
    return Graph.from_networkx(graph)


def _tree(one: Community, k: int) -> Any:
    from gerrychain.tree import recursive_tree_part

    random.seed(1)
    target = one.problem.total / k
    return recursive_tree_part(_graph(one), range(k), target, "people", TOLERANCE)


def _recursive_tree(one: Community, k: int) -> Ints:
    cut = _tree(one, k)
    return np.array([cut[v] for v in range(one.problem.size)], np.int64)


def _recom(one: Community, k: int) -> Ints:
    from functools import partial

    from gerrychain import Partition
    from gerrychain.optimization import SingleMetricOptimizer
    from gerrychain.proposals import recom
    from gerrychain.updaters import Tally

    graph = _graph(one)
    start = Partition(graph, _tree(one, k), {"people": Tally("people", alias="people")})
    target = one.problem.total / k
    proposal = partial(recom, pop_col="people", pop_target=target, epsilon=TOLERANCE, node_repeats=1)
    search = SingleMetricOptimizer(proposal, [], start, lambda part: len(part["cut_edges"]), maximize=False)
    for _ in search.short_bursts(5, 4 * k):
        pass
    best = search.best_part.assignment
    return np.array([best[v] for v in range(one.problem.size)], np.int64)


def _spopt(one: Community) -> tuple[Any, Any]:
    import geopandas as gpd
    from libpysal.weights import W

    near: dict[int, list[int]] = {v: [] for v in range(one.problem.size)}
    for a, b in zip(one.problem.i.tolist(), one.problem.j.tolist(), strict=True):
        near[a].append(b)
        near[b].append(a)
    x, y = one.xy.T
    table = gpd.GeoDataFrame(
        {"x": x, "y": y, "people": one.problem.households.astype(float)}, geometry=gpd.points_from_xy(x, y)
    )
    return table, W(near, silence_warnings=True)


def _max_p(one: Community, _: int) -> Ints:
    from spopt.region import MaxPHeuristic

    np.random.seed(1)  # noqa: NPY002 - what spopt draws from
    table, near = _spopt(one)
    model = MaxPHeuristic(table, near, ["x", "y"], "people", WINDOW[0], top_n=2, max_iterations_construction=5)
    model.solve()
    return np.asarray(model.labels_, np.int64)


def _skater(one: Community, k: int) -> Ints:
    from spopt.region import Skater

    table, near = _spopt(one)
    model = Skater(table, near, ["x", "y"], n_clusters=k, floor=1)
    model.solve()
    return np.asarray(model.labels_, np.int64)


def _azp(one: Community, k: int) -> Ints:
    from spopt.region import AZP

    table, near = _spopt(one)
    model = AZP(table, near, ["x", "y"], n_clusters=k, random_state=1)
    model.solve()
    return np.asarray(model.labels_, np.int64)


def _region_k_means(one: Community, k: int) -> Ints:
    from spopt.region import RegionKMeansHeuristic

    table, near = _spopt(one)
    model = RegionKMeansHeuristic(table[["x", "y"]].to_numpy(), k, near)
    model.solve()
    return np.asarray(model.labels_, np.int64)


METHODS: dict[str, Callable[[Community, int], Ints]] = {
    "ours": _ours,
    "ours, thorough": _ours_thorough,
    "METIS": _metis,
    "KaHIP": _kahip,
    "GerryChain tree": _recursive_tree,
    "GerryChain ReCom": _recom,
    "spopt MaxP": _max_p,
    "spopt Skater": _skater,
    "spopt AZP": _azp,
    "spopt RegionKMeans": _region_k_means,
}


def _work(method: str, source: Path, target: Path) -> None:
    """Draw every community with one method, in a process of its own."""
    limit = LIMIT_S * (OURS if method.startswith("ours") else 1)
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 1))
    communities, counts = pickle.loads(source.read_bytes())  # noqa: S301 - written by this program
    draw, labels = METHODS[method], []
    warm = min(communities, key=lambda one: one.problem.size)
    if method.startswith("ours"):
        draw(warm, 1)
    seconds = 0.0
    for one, k in zip(communities, counts, strict=True):
        begin = time.process_time()
        found = np.zeros(one.problem.size, np.int64) if k == 1 else draw(one, k)
        seconds += time.process_time() - begin
        labels.append(np.unique(found, return_inverse=True)[1])
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    target.write_bytes(pickle.dumps((labels, seconds, held)))


def _run(method: str, communities: list[Community], counts: list[int]) -> tuple[list[Ints], float, float] | str:
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "in"), Path(folder, "out")
        source.write_bytes(pickle.dumps((communities, counts)))
        code = [sys.executable, "-W", "ignore", "-m", "benchmarks.bench_redraw_peers", method, str(source), str(target)]
        ended = subprocess.run(code, capture_output=True, text=True, check=False)
        if ended.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
            return f"stopped after {LIMIT_S * (OURS if method.startswith('ours') else 1)} s"
        if ended.returncode:
            return f"failed: {(ended.stderr.strip().splitlines() or ['no word'])[-1][:90]}"
        found: tuple[list[Ints], float, float] = pickle.loads(target.read_bytes())  # noqa: S301
        return found


def _figures(communities: list[Community], labels: list[Ints]) -> dict[str, Any]:
    grids = good = breaks = split = 0
    compact: list[float] = []
    cut = 0.0
    for one, label in zip(communities, labels, strict=True):
        problem, k = one.problem, int(label.max()) + 1
        sums = np.bincount(label, problem.households, k)
        grids, good = grids + k, good + int(((sums >= WINDOW[0]) & (sums <= WINDOW[1])).sum())
        graph = nx.Graph()
        graph.add_nodes_from(range(problem.size))
        within = label[problem.i] == label[problem.j]
        graph.add_edges_from(zip(problem.i[within].tolist(), problem.j[within].tolist(), strict=True))
        breaks += nx.number_connected_components(graph) - k
        edge = np.bincount(label, perimeters(problem), k)
        edge -= 2 * np.bincount(label[problem.i[within]], problem.shared_m[within], k)
        compact += (4 * np.pi * np.bincount(label, problem.area_m2, k) / np.maximum(edge, 1e-9) ** 2).tolist()
        cut += float(problem.shared_m[~within].sum())
        held = one.compound >= 0
        pairs = np.unique(np.stack([one.compound[held], label[held]]), axis=1)[0]
        split += int((np.bincount(pairs) > 1).sum()) if len(pairs) else 0
    return {
        "grids": grids,
        "in range %": 100 * good / grids,
        "out": grids - good,
        "breaks": breaks,
        "Polsby–Popper": float(np.mean(compact)),
        "cut km": cut / 1000,
        "compounds split": split,
    }


def _judged(rows: list[dict[str, Any]]) -> None:
    """Mark what is ranked and, among that, what no other tool beats in every quality."""
    drawn = [row for row in rows if "out" in row]
    sound = [row for row in drawn if not row["breaks"]]
    least = min((row["out"] for row in sound), default=0)
    ranked = [row for row in sound if row["out"] == least]

    def qualities(row: dict[str, Any]) -> tuple[float, ...]:
        return (-row["Polsby–Popper"], row["cut km"], row["compounds split"])

    for row in drawn:
        broke = [f"{row['breaks']} contiguity breaks"] if row["breaks"] else []
        broke += [f"{row['out'] - least} more out of range"] if row["out"] > least else []
        row["ranked"] = "no: " + ", ".join(broke) if broke else "yes"
        beaten = any(
            other is not row
            and not (other["method"].startswith("ours") and row["method"].startswith("ours"))
            and all(a <= b for a, b in zip(qualities(other), qualities(row), strict=True))
            and qualities(other) != qualities(row)
            for other in ranked
        )
        row["undominated"] = "" if broke else ("no" if beaten else "yes")


def run() -> list[dict[str, Any]]:
    """Run every method on every input; the number of grids a community is that of ours."""
    table = []
    for name, communities in inputs().items():
        first = _run("ours", communities, [0] * len(communities))
        if isinstance(first, str):
            raise TypeError(first)
        counts = [int(label.max()) + 1 for label in first[0]]
        rows: list[dict[str, Any]] = []
        for method in METHODS:
            found = first if method == "ours" else _run(method, communities, counts)
            row: dict[str, Any] = {"input": name, "method": method}
            if isinstance(found, str):
                rows.append({**row, "ranked": f"no: {found}"})
                continue
            rows.append({**row, **_figures(communities, found[0]), "seconds": found[1], "MB": found[2]})
        _judged(rows)
        table += rows
    return table


if __name__ == "__main__":
    if len(sys.argv) > 3:
        _work(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        from benchmarks.report import markdown

        print(markdown(run()))
