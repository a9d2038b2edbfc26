"""The walking network against scipy, pandana and shapely: the same network, seeds and points, answers compared.

Times are the best of several runs in one process. Networks of 1,000,000 and 5,000,000 places are lattices with corners
moved at random and a third of the edges left out, so that a node has 2.6 neighbours as in a real town; scipy is given
the network in our order of nodes, which suits it. pandana knows nodes only, so all seeds it is compared on are nodes.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from gridmap import sample
from gridmap.geo.frames import Frame
from gridmap.streets import (
    Network,
    Snapped,
    Snapper,
    at_points,
    distances,
    nearest,
    network_from_pbf,
    network_of,
    route,
    snap,
    sweep,
    targets,
)
from gridmap.streets.lines import Lines
from gridmap.streets.network import Joined, assembled
from gridmap.streets.noding import Noded

Floats = NDArray[np.float64]
FACILITIES = 200
PITCH_M = 80.0
DROPPED = 0.345


def lattice(side: int, seed: int = 1) -> Network:
    """Make a crooked lattice of side × side places without a third of its edges."""
    rng = np.random.default_rng(seed)
    x, y = np.meshgrid(np.arange(side) * PITCH_M, np.arange(side) * PITCH_M)
    xy = np.column_stack([x.ravel(), y.ravel()]) + rng.uniform(-25, 25, (side * side, 2))
    number = np.arange(side * side, dtype=np.int32).reshape(side, side)
    u = np.concatenate([number[:, :-1].ravel(), number[:-1].ravel()])
    v = np.concatenate([number[:, 1:].ravel(), number[1:].ravel()])
    kept = rng.random(len(u)) >= DROPPED
    u, v = u[kept], v[kept]
    rows = np.zeros(len(u), np.int32)
    pieces = Lines(xy[np.column_stack([u, v]).ravel()], np.arange(0, 2 * len(u) + 1, 2, dtype=np.int64), rows, rows)
    return assembled(
        Noded(xy, u, v, pieces),
        frame=Frame(32649),
        labels=(np.full(1, -1, np.int16), ("plaza",), np.full(1, -1, np.int32), ()),
        factors={},
        walls=np.empty((0, 4)),
        wall_owner=np.empty(0, np.int32),
        gates=None,
        joined=Joined(),
    )


def town() -> tuple[str, Network]:
    """Return a real town where there is one, else a lattice of its size."""
    folder = os.environ.get("GRIDMAP_REAL_DATA")
    if folder:
        return "Heidelberg", network_from_pbf(Path(folder) / "heidelberg.osm.pbf")
    return "lattice", lattice(175)


def best(call: Callable[[], Any], times: int) -> tuple[float, Any]:
    """Return the shortest of several times, in seconds, and the answer."""
    took, answer = np.inf, None
    for _ in range(times):
        start = time.perf_counter()
        answer = call()
        took = min(took, time.perf_counter() - start)
    return took, answer


def row(name: str, ours_s: float, peer: str, peer_s: float, note: str) -> dict[str, Any]:
    return {"name": name, "ours_s": ours_s, "peer": peer, "peer_s": peer_s, "ratio": ours_s / peer_s, "note": note}


def at_nodes(net: Network, nodes: NDArray[np.int64]) -> Snapped:
    """Return nodes of the largest part as points on one of their edges, without any access."""
    first = net.arcs.indptr[nodes]
    edge = net.arcs.edges[first]
    offset = np.where(net.u[edge] == nodes, 0.0, net.length_m[edge])
    count = len(nodes)
    return Snapped(
        edge, offset, np.zeros(count), np.zeros(count, np.uint8), np.arange(count, dtype=np.int32),
        np.full(count, -1, np.int32), count, net.x[nodes], net.y[nodes],
    )  # fmt: skip


def largest(net: Network, count: int, seed: int = 5) -> NDArray[np.int64]:
    """Choose nodes of the largest part."""
    inside = np.flatnonzero(net.component == 0)
    return np.sort(np.random.default_rng(seed).choice(inside, count, replace=False))


def scattered(net: Network, count: int, seed: int = 3) -> tuple[Floats, Floats]:
    """Choose places near streets."""
    rng = np.random.default_rng(seed)
    edge = rng.integers(0, len(net.u), count)
    return net.x[net.u[edge]] + rng.normal(0, 40, count), net.y[net.u[edge]] + rng.normal(0, 40, count)


def against_scipy(name: str, net: Network, times: int) -> dict[str, Any]:
    """Sweep from all facilities at once."""
    nodes = largest(net, FACILITIES)
    seeds = at_nodes(net, nodes)
    prepared = time.perf_counter()
    sweep(net, seeds)
    prepared = time.perf_counter() - prepared
    ours_s, labels = best(lambda: sweep(net, seeds), times)
    arcs = net.arcs
    count = len(net.x)
    graph = csr_array((arcs.costs, arcs.heads, arcs.indptr), shape=(count, count))
    peer_s, theirs = best(lambda: dijkstra(graph, indices=nodes, min_only=True), max(2, times // 2))
    reached = np.isfinite(theirs)
    assert np.array_equal(reached, np.isfinite(labels.dist_m[:, 0]))
    worst = float(np.abs(labels.dist_m[reached, 0] - theirs[reached]).max())
    assert worst < 1e-6
    note = (
        f"distances equal to {worst:.0e} m; it names the facility, {1e9 * ours_s / len(arcs.heads):.0f} ns an arc; "
        f"first sweep of a network {prepared:.2f} s (compilation or loading of it, and the core)"
    )
    return row(f"sweep k=1, {name} ({count:,} nodes)", ours_s, "scipy", peer_s, note)


def pandana_network(net: Network) -> tuple[Any, float]:
    import pandana
    import pandas as pd

    start = time.perf_counter()
    made = pandana.Network(
        pd.Series(net.x), pd.Series(net.y), pd.Series(net.u), pd.Series(net.v), pd.DataFrame({"weight": net.cost_m})
    )
    return made, time.perf_counter() - start


def against_pandana(name: str, net: Network, theirs: Any, prepared_s: float) -> list[dict[str, Any]]:
    """Find the k nearest facilities of every node."""
    import pandas as pd

    nodes = largest(net, FACILITIES)
    seeds = at_nodes(net, nodes)
    rows = []
    for k in (1, 3):
        ours_s, labels = best(lambda k=k: sweep(net, seeds, k=k), 15)
        ours = labels.dist_m
        reach = float(ours[np.isfinite(ours)].max()) + 1.0
        start = time.perf_counter()
        theirs.set_pois("all", reach, k, pd.Series(net.x[nodes]), pd.Series(net.y[nodes]))
        set_s = time.perf_counter() - start
        peer_s, table = best(lambda k=k, reach=reach: theirs.nearest_pois(reach, "all", num_pois=k), 3)
        inside = np.isfinite(ours[:, k - 1])
        worst = float(np.abs(table.to_numpy()[inside] - ours[inside]).max())
        note = (
            f"distances equal to {worst:.0e} m where all k are reached; not counted: pandana's preparation "
            f"{prepared_s:.1f} s and {set_s:.1f} s a set of facilities"
        )
        rows.append(row(f"sweep k={k}, {name} ({len(net.x):,} nodes)", ours_s, "pandana", peer_s, note))
    return rows


def snapping(name: str, net: Network) -> dict[str, Any]:
    """Put 100,000 points on the nearest street."""
    x, y = scattered(net, 100_000)
    snapper = Snapper(net, min_component=0.0)
    snapper.snap(x[:10], y[:10])
    ours_s, points = best(lambda: snapper.snap(x, y), 7)
    shapes = net.shapes()
    tree = shapely.STRtree(shapes)

    def peer() -> tuple[NDArray[np.int64], Floats]:
        places = shapely.points(x, y)
        return tree.query_nearest(places, max_distance=250.0, return_distance=True, all_matches=False)

    peer_s, (index, apart) = best(peer, 2)
    worst = float(np.abs(points.access_m[index[0]] - apart).max())
    assert worst < 1e-6
    assert points.reachable.sum() == len(index[0])
    note = f"accesses equal to {worst:.0e} m; ours gives the offset along the edge too"
    return row(f"snap 100,000 points, {name}", ours_s, "shapely STRtree", peer_s, note)


def table(name: str, net: Network) -> dict[str, Any]:
    """Answer from coordinates to the table of the three nearest, warm."""
    x, y = scattered(net, 100_000)
    nodes = largest(net, FACILITIES, seed=8)
    fx, fy = net.x[nodes] + 12.0, net.y[nodes] - 7.0

    def whole() -> tuple[NDArray[np.int32], Floats]:
        return at_points(net, sweep(net, snap(net, fx, fy), k=3), snap(net, x, y))

    whole()
    ours_s, (facility, _) = best(whole, 15)
    cpu_s = min(_processor_s(whole) for _ in range(10))
    note = (
        f"from coordinates to facility and metres, one kind of {FACILITIES}; {(facility >= 0).mean():.1%} found; "
        f"{cpu_s:.3f} s of processor time"
    )
    return {"name": f"100,000 buildings × k=3, {name}", "ours_s": ours_s, "note": note}


def _processor_s(call: Callable[[], Any]) -> float:
    start = time.thread_time()
    call()
    return time.thread_time() - start


def single(name: str, net: Network, theirs: Any) -> list[dict[str, Any]]:
    """Find the nearest facility of one place and the way there, one place after the other."""
    nodes = largest(net, FACILITIES)
    doors = at_nodes(net, nodes)
    goals = targets(net, doors)
    x, y = scattered(net, 600, seed=12)

    def ours(i: int) -> Any:
        place = snap(net, x[i : i + 1], y[i : i + 1])
        facility, _ = nearest(net, place, goals)
        return route(net, place, doors.take(facility)) if facility[0] >= 0 else None

    def peer(i: int) -> Any:
        start = int(theirs.get_node_ids(x[i : i + 1], y[i : i + 1]).iloc[0])
        lengths = theirs.shortest_path_lengths([start] * len(nodes), nodes)
        return theirs.shortest_path(start, int(nodes[int(np.argmin(lengths))]))

    ways = [ours(i) for i in range(30)]
    peer(0)
    took = np.array([best(lambda i=i: ours(i), 3)[0] for i in range(len(x))])
    took_peer = np.array([best(lambda i=i: peer(i), 2)[0] for i in range(100)])
    points = snap(net, x, y)
    wanted = at_points(net, sweep(net, doors), points)[1][:, 0]
    worst = max(abs(way.dist_m - wanted[i]) for i, way in enumerate(ways) if way is not None)
    start = time.perf_counter()
    lines = [way.turns() for way in ways if way is not None]
    words_s = (time.perf_counter() - start) / len(lines)
    matrix = distances(net, points.take(np.arange(5)), doors)
    assert np.allclose(matrix.min(axis=1), wanted[:5], rtol=0, atol=1e-6)
    note = (
        f"median of {len(x)} places, with snapping, route and its line (pandana: nearest node, lengths to all, path of "
        f"nodes); equal to the sweep to {worst:.0e} m; p99 {1000 * np.quantile(took, 0.99):.2f} ms; the turns in words "
        f"{1000 * words_s:.2f} ms more"
    )
    return [row(f"one query, {name}", float(np.median(took)), "pandana", float(np.median(took_peer)), note)]


def shortcuts(
    name: str, net: Network, homes: tuple[Floats, Floats], doors: tuple[Floats, Floats]
) -> list[dict[str, Any]]:
    """Measure what others' shortcuts get wrong, in homes misjudged for each 100 truly covered, at 66 m a minute."""
    points, goals = snap(net, *homes), snap(net, *doors)
    on = np.flatnonzero(points.reachable)
    wanted = at_points(net, sweep(net, goals), points)
    inside = np.flatnonzero(net.component == 0)
    tree = cKDTree(np.column_stack([net.x, net.y])[inside])
    # The nearest node of the largest part, and nothing for the way to it.
    home_node, door_node = (inside[tree.query(np.column_stack(places))[1]] for places in (homes, doors))
    nodes = sweep(net, at_nodes(net, door_node))
    straight = cKDTree(np.column_stack(doors)).query(np.column_stack(homes))
    wrong = wanted[0][on, 0] != nodes.facility[home_node[on], 0]
    rows = []
    for minutes in (5, 10, 15):
        limit = 66.0 * minutes
        true = wanted[1][on, 0] <= limit
        hull = np.zeros(len(on), bool)
        for door in range(goals.count):
            reached = sweep(net, goals.take([door]), limit_m=limit).dist_m[:, 0] <= limit
            if reached.sum() > 2:
                area = shapely.convex_hull(shapely.multipoints(np.column_stack([net.x, net.y])[reached]))
                hull |= shapely.contains_xy(area, homes[0][on], homes[1][on])
        judged = {
            "nearest nodes": nodes.dist_m[home_node[on], 0] <= limit,
            "circles": straight[0][on] <= limit,
            "hulls of reached nodes": hull,
        }
        said = ", ".join(f"{way} {100 * (answer != true).sum() / true.sum():.0f}" for way, answer in judged.items())
        note = f"homes misjudged for each 100 truly covered ({true.sum():,} of {len(on):,}): {said}"
        rows.append({"name": f"shortcuts at {minutes} minutes, {name}", "note": note})
    far = (straight[1][on] != wanted[0][on, 0]).mean()
    rows[0]["note"] += f"; the wrong facility is nearest by nodes for {wrong.mean():.1%}, by circles for {far:.1%}"
    return rows


def all_shortcuts() -> list[dict[str, Any]]:
    """Measure the shortcuts on the sample city, and on Helsinki where its extract is."""
    city = sample.city()
    homes = shapely.get_coordinates(city.building_points)
    some = city.facilities[city.facilities["kind"] == "care_class"].geometry.representative_point()
    doors = (some.x.to_numpy(), some.y.to_numpy())
    rows = shortcuts("sample city, 32 care classes", network_of(city), (homes[:, 0].copy(), homes[:, 1].copy()), doors)
    if folder := os.environ.get("GRIDMAP_REAL_DATA"):
        net = network_from_pbf(Path(folder) / "helsinki.osm.pbf")
        rows += shortcuts("Helsinki, 4 places", net, scattered(net, 20_000), scattered(net, 4, seed=9))
    return rows


def run() -> list[dict[str, Any]]:
    """Measure all cases; one row each."""
    name, net = town()
    rows = [against_scipy(name, net, 25)]
    theirs, prepared_s = pandana_network(net)
    rows += against_pandana(name, net, theirs, prepared_s)
    rows += [snapping(name, net), table(name, net)]
    rows += single(name, net, theirs)
    for label, side in (("lattice", 1_000), ("lattice", 2_237)):
        rows.append(against_scipy(label, lattice(side), 5))
    return rows + all_shortcuts()


def main() -> None:
    for found in run():
        ours = f"ours {found['ours_s']:.4f} s; " if "ours_s" in found else ""
        ratio = (
            f"{found['peer']} {found['peer_s']:.4f} s, ours/peer = {found['ratio']:.4f}×; " if "peer" in found else ""
        )
        print(f"{found['name']}: {ours}{ratio}{found['note']}")


if __name__ == "__main__":
    main()
