"""Distances against networkx and scipy on a graph in which every point is a node: Heidelberg, Helsinki, the sample."""

from collections.abc import Callable
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
import shapely
from numpy.typing import NDArray
from scipy.sparse.csgraph import dijkstra

from gridmap.city import City
from gridmap.streets import (
    Network,
    Snapped,
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

METRE = 1e-6
POINTS = 10_000
DOORS = 60


def scattered(net: Network, seed: int, count: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return random places near random streets."""
    rng = np.random.default_rng(seed)
    edge = rng.integers(0, len(net.u), count)
    return tuple(part[net.u[edge]] + rng.normal(0, 45, count) for part in (net.x, net.y))  # type: ignore[return-value]


def check_town(net: Network, points: Snapped, augmented: Callable[..., nx.Graph]) -> None:
    """Compare everything that tells distances, for the doors (the first points, two a facility) and all points."""
    assert points.count >= POINTS + DOORS
    assert points.reachable.mean() > 0.95
    doors = points.take(np.arange(DOORS))
    facility = np.arange(DOORS) // 2
    wait = np.linspace(0, 200, DOORS)
    graph = augmented(net, points)
    oracle = check_sweep(net, points, doors, facility, wait, graph)
    check_scipy(graph)
    assert np.isfinite(oracle).any()
    check_single(net, points, doors, facility, wait)


def check_sweep(
    net: Network,
    points: Snapped,
    doors: Snapped,
    facility: NDArray[np.int64],
    wait: NDArray[np.float64],
    graph: nx.Graph,
) -> NDArray[np.float64]:
    """Compare the three nearest facilities of every point; return the distance from each facility to each point."""
    feet = np.flatnonzero(points.edge >= 0)
    oracle = np.full((facility.max() + 1, points.count), np.inf)
    for number in range(len(oracle)):
        own = np.flatnonzero(np.isin(points.point, np.flatnonzero(facility == number)) & (points.edge >= 0))
        hub = ("facility", number)
        metres_to = {row: wait[points.point[row]] + points.access_m[row] for row in own}
        graph.add_weighted_edges_from([(hub, ("foot", row), metres) for row, metres in metres_to.items()])
        found = nx.single_source_dijkstra_path_length(graph, hub) if len(own) else {}
        # Nothing leads through a facility: its node goes before the next one comes.
        graph.remove_nodes_from([hub])
        at_feet = np.array([found.get(("foot", row), np.inf) for row in feet])
        np.minimum.at(oracle[number], points.point[feet], at_feet + points.access_m[feet])
    wanted = np.sort(oracle, axis=0)[:3].T
    for k in (1, 3):
        found, dist = at_points(net, sweep(net, doors, facility=facility, offset_m=wait, k=k), points)
        finite = np.isfinite(wanted[:, :k])
        assert np.array_equal(np.isfinite(dist), finite)
        assert np.abs(dist[finite] - wanted[:, :k][finite]).max() < METRE
        # The facility named is one at that distance: never a wrong one.
        row, place = np.nonzero(finite)
        assert np.abs(oracle[found[row, place], row] - dist[finite]).max() < METRE
        assert (found[~finite] == -1).all()
    limited = at_points(net, sweep(net, doors, facility=facility, offset_m=wait, limit_m=600.0), points)[1][:, 0]
    inside = wanted[:, 0] <= 600.0 - METRE
    assert np.abs(limited[inside] - wanted[inside, 0]).max() < METRE
    assert np.isinf(limited[wanted[:, 0] > 600.0 + METRE]).all()
    return oracle


def check_scipy(graph: nx.Graph) -> None:
    """Compare the two oracles, so that a fault of one does not hide."""
    order = list(graph)
    matrix = nx.to_scipy_sparse_array(graph, nodelist=order)
    place = {key: at for at, key in enumerate(order)}
    for key in [key for key in order if isinstance(key, tuple)][:3]:
        row = dijkstra(matrix, indices=place[key])
        theirs = nx.single_source_dijkstra_path_length(graph, key)
        assert max(abs(row[place[other]] - metres) for other, metres in theirs.items()) < METRE


def check_single(
    net: Network, points: Snapped, doors: Snapped, facility: NDArray[np.int64], wait: NDArray[np.float64]
) -> None:
    """Compare single searches and ways with the sweep, and the matrix of distances with its transpose."""
    some = points.take(np.arange(DOORS, DOORS + 150))
    dist = at_points(net, sweep(net, doors, facility=facility, offset_m=wait, k=3), some)[1]
    goals = targets(net, doors, facility=facility, offset_m=wait)
    for i in range(some.count):
        one = some.take([i])
        number, metres = nearest(net, one, goals, k=3)
        assert np.array_equal(number >= 0, np.isfinite(dist[i]))
        assert np.abs(metres[number >= 0] - dist[i][number >= 0]).max(initial=0.0) < METRE
    matrix = distances(net, some.take(np.arange(40)), doors)
    back = distances(net, doors, some.take(np.arange(40))).T
    finite = np.isfinite(matrix)
    assert np.array_equal(finite, np.isfinite(back))
    assert np.abs(matrix[finite] - back[finite]).max() < METRE
    for i, j in zip(*np.nonzero(finite[:20, :10]), strict=True):
        way = route(net, some.take([i]), doors.take([j]))
        assert abs(way.dist_m - matrix[i, j]) < METRE
        assert abs(way.geometry.length - way.dist_m) < METRE
    for i, j in zip(*np.nonzero(~finite[:20, :10]), strict=True):
        assert route(net, some.take([i]), doors.take([j])).dist_m == np.inf


@pytest.mark.real_data
@pytest.mark.parametrize("town", ["heidelberg", "helsinki"])
def test_equal_to_an_augmented_graph_in_a_real_town(
    town: str, real_data: Path, augmented: Callable[..., nx.Graph]
) -> None:
    net = network_from_pbf(real_data / f"{town}.osm.pbf")
    points = snap(net, *scattered(net, 7, POINTS + DOORS), cap_m=400.0)
    check_town(net, points, augmented)


def test_equal_to_an_augmented_graph_in_the_sample_city(city: City, augmented: Callable[..., nx.Graph]) -> None:
    net = network_of(city)
    houses = city.building_points
    x, y = scattered(net, 3, POINTS + DOORS - 5_000)
    # Half of the points are real houses, most of them in gated compounds with several entrances.
    x = np.concatenate([x, shapely.get_x(houses[:5_000])])
    y = np.concatenate([y, shapely.get_y(houses[:5_000])])
    points = snap(net, x, y, cap_m=400.0)
    assert len(points) > points.count
    check_town(net, points, augmented)
