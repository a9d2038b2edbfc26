"""What holds for any streets: distances are a metric, more streets never make ways longer, noding keeps lengths."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra

from gridmap.geo.frames import Frame
from gridmap.settings import DEFAULT
from gridmap.streets import Network, Snapped, Snapper, at_points, distances, nearest, network, route, sweep, targets

FRAME = Frame(32649)
# Corners are on a lattice of millimetres, so what does not touch is more than a nanometre apart.
EXACT = replace(DEFAULT, street_touch_m=1e-9, street_join_m=0.0)
Line = Sequence[tuple[float, float]]

corner = st.tuples(st.integers(0, 12), st.integers(0, 12)).map(lambda c: (c[0] * 25.0, c[1] * 25.0))
streets = st.lists(st.lists(corner, min_size=2, max_size=3, unique=True), min_size=1, max_size=14)
metre = st.floats(-40, 340, allow_nan=False).map(lambda value: round(value, 3))
places = st.lists(st.tuples(metre, metre), min_size=3, max_size=7)
free = st.lists(st.lists(st.tuples(metre, metre), min_size=2, max_size=4, unique=True), min_size=1, max_size=12)


def made(lines: Sequence[Line], **options: Any) -> Network:
    shapes = [shapely.LineString(line) for line in lines]
    return network(gpd.GeoDataFrame(geometry=shapes, crs=FRAME.crs), frame=FRAME, settings=EXACT, **options)


def put(net: Network, points: Sequence[tuple[float, float]]) -> Snapped:
    """Put points on the network, however far and on however small a part."""
    x, y = np.array(points).T
    return Snapper(net, min_component=0.0).snap(x, y, cap_m=5_000.0)


@given(free)
def test_noding_keeps_the_total_length(lines: list[Line]) -> None:
    source = sum(shapely.LineString(line).length for line in lines)
    union = shapely.union_all([shapely.LineString(line) for line in lines])
    assume(abs(union.length - source) < 1e-6)  # nothing lies on top of another
    assume(source > 1.0)
    assert abs(made(lines).length_m.sum() - source) < 1e-4


@given(streets)
def test_noding_is_the_union_of_lines_that_overlap(lines: list[Line]) -> None:
    net = made(lines)
    union = shapely.union_all([shapely.LineString(line) for line in lines])
    assert abs(net.length_m.sum() - union.length) < 1e-3
    parts = shapely.get_parts(union)
    ends = np.array([[part.coords[0], part.coords[-1]] for part in parts]).round(4)
    nodes, number = np.unique(ends.reshape(-1, 2), axis=0, return_inverse=True)
    number = number.reshape(-1, 2)
    graph = csr_array((np.ones(len(parts)), (number[:, 0], number[:, 1])), shape=(len(nodes),) * 2)
    assert len(net.component_m) == connected_components(graph, directed=False)[0]


@given(streets, places)
def test_distances_are_symmetric_and_keep_the_triangle(lines: list[Line], points: list[tuple[float, float]]) -> None:
    net = made(lines)
    at = put(net, points)
    matrix = distances(net, at, at)
    assert np.array_equal(np.isfinite(matrix), np.isfinite(matrix.T))
    finite = np.isfinite(matrix)
    assert np.abs(matrix[finite] - matrix.T[finite]).max(initial=0.0) < 1e-6
    over = (matrix[:, :, None] + matrix[None, :, :]).min(axis=1)
    assert (matrix[finite] <= over[finite] + 1e-6).all()
    apart = np.hypot(*(np.array(points)[:, None] - np.array(points)[None]).T).T
    assert (matrix >= apart - 1e-6)[~np.eye(len(points), dtype=bool)].all()


@given(streets, st.lists(corner, min_size=2, max_size=3, unique=True), st.data())
def test_a_further_street_lengthens_no_way(lines: list[Line], more: Line, data: st.DataObject) -> None:
    before, after = made(lines), made([*lines, more])
    # Points on the streets themselves, so that the way to the street is the same with and without the further one.
    share = st.tuples(st.integers(0, len(lines) - 1), st.floats(0, 1))
    drawn = data.draw(st.lists(share, min_size=2, max_size=6))
    feet = [shapely.LineString(lines[i]).interpolate(t, normalized=True) for i, t in drawn]
    points = [(foot.x, foot.y) for foot in feet]
    old = distances(before, put(before, points), put(before, points))
    new = distances(after, put(after, points), put(after, points))
    assert (new <= old + 1e-6).all()


@given(streets, places, st.integers(1, 3), st.sampled_from([np.inf, 180.0]))
def test_a_sweep_is_many_single_searches(
    lines: list[Line], points: list[tuple[float, float]], k: int, limit: float
) -> None:
    net = made(lines)
    at = put(net, points)
    doors = at.take(np.arange(0, at.count, 2))
    facility = np.arange(doors.count) // 2
    wait = np.arange(doors.count) * 7.0
    found, dist = at_points(net, sweep(net, doors, facility=facility, offset_m=wait, k=k, limit_m=limit), at)
    goals = targets(net, doors, facility=facility, offset_m=wait)
    matrix = distances(net, doors, at) + wait[:, None]
    for i in range(at.count):
        single, metres = nearest(net, at.take([i]), goals, k=k, limit_m=limit)
        assert np.allclose(metres, dist[i], rtol=0, atol=1e-6)
        assert np.array_equal(single >= 0, found[i] >= 0)
        per = np.array([matrix[facility == f, i].min() for f in range(facility.max() + 1)])
        per = np.sort(np.where(per <= limit, per, np.inf))
        wanted = np.concatenate([per, np.full(k, np.inf)])[:k]
        assert np.allclose(dist[i], wanted, rtol=0, atol=1e-6)


@given(streets, places)
def test_a_sweep_is_scipys(lines: list[Line], points: list[tuple[float, float]]) -> None:
    net = made(lines, factors={})
    at = put(net, points)
    labels = sweep(net, at)
    arcs = net.arcs
    nodes = len(net.x)
    matrix = np.full((nodes + 1, nodes + 1), np.inf)
    tail = np.repeat(np.arange(nodes), np.diff(arcs.indptr))
    np.minimum.at(matrix, (tail, arcs.heads), arcs.costs)
    edge = at.edge
    # Shifted by a metre, because scipy takes an edge of no length for none.
    np.minimum.at(matrix[nodes], net.u[edge], 1.0 + at.access_m + at.offset_m)
    np.minimum.at(matrix[nodes], net.v[edge], 1.0 + at.access_m + net.length_m[edge] - at.offset_m)
    wanted = dijkstra(np.where(np.isfinite(matrix), matrix, 0.0), indices=nodes)[:nodes] - 1.0
    assert np.allclose(labels.dist_m[:, 0], wanted, rtol=0, atol=1e-6)


@given(streets, places)
def test_a_way_is_as_long_as_its_distance(lines: list[Line], points: list[tuple[float, float]]) -> None:
    net = made(lines)
    at = put(net, points)
    one, other = at.take([0]), at.take([1])
    metres = distances(net, one, other)[0, 0]
    way = route(net, one, other)
    assert way.dist_m == metres or abs(way.dist_m - metres) < 1e-6
    if np.isfinite(metres):
        assert abs(way.geometry.length - metres) < 1e-6
        assert abs(sum(leg.length_m for leg in way.legs) + sum(way.access_m) - metres) < 1e-6


@given(streets, places)
def test_points_are_put_on_the_nearest_street(lines: list[Line], points: list[tuple[float, float]]) -> None:
    net = made(lines)
    at = put(net, points)
    shapes = net.shapes()
    for i, place in enumerate(shapely.points(points)):
        apart = shapely.distance(shapes, place)
        assert abs(at.access_m[i] - apart.min()) < 1e-9
        foot = shapely.line_interpolate_point(shapes[at.edge[i]], at.offset_m[i])
        assert abs(shapely.distance(foot, place) - at.access_m[i]) < 1e-6
        # Of several streets equally near, to the last bit of what the kernel computes, the lowest number.
        assert at.edge[i] <= np.flatnonzero(apart <= apart.min() + 1e-9).max()
