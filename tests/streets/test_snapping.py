"""Points on the network: caps, barriers, islands, gates, ties."""

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pytest
import shapely

from gridmap.city import City
from gridmap.errors import InputError
from gridmap.geo.frames import Frame
from gridmap.rules import profile
from gridmap.streets import REASONS, Network, Snapper, at_points, distances, network_of, route, snap, sweep

Make = Callable[..., Network]


def reasons(points: object) -> list[str]:
    return [REASONS[code][0] for code in points.point_reason]  # type: ignore[attr-defined]


def test_a_point_is_an_edge_an_offset_and_an_access(square: Network) -> None:
    points = snap(square, [130, 100, 620], [8, 200, 250])
    edge = points.edge[0]
    assert {int(square.x[square.u[edge]]), int(square.x[square.v[edge]])} == {100, 200}
    from_u = abs(130 - square.x[square.u[edge]])
    assert (points.offset_m[0], points.access_m[0]) == pytest.approx((from_u, 8))
    assert points.access_m[1] == 0
    assert points.access_m[2] == pytest.approx(120)
    assert points.reachable.all()


def test_ties_break_by_the_lower_edge(square: Network) -> None:
    crossing = snap(square, [200], [200])
    ends = np.flatnonzero(np.hypot(square.x - 200, square.y - 200) < 1e-9)
    touching = np.flatnonzero(np.isin(square.u, ends) | np.isin(square.v, ends))
    assert crossing.edge[0] == touching.min()
    middle = snap(square, [250], [250])
    assert middle.access_m[0] == pytest.approx(50)


def test_beyond_the_cap_there_is_no_street(square: Network) -> None:
    points = snap(square, [520, 521, 1e7, np.nan], [250, 250, 1e7, 0], cap_m=20.0)
    assert reasons(points) == ["ok", "far", "far", "far"]
    assert points.edge.tolist()[1:] == [-1, -1, -1]
    assert np.isinf(points.access_m[1:]).all()
    assert np.isinf(distances(square, points, points)[0, 1:]).all()


def test_no_access_crosses_a_barrier(made: Make) -> None:
    river = [shapely.LineString([(-50, 20), (300, 20)])]
    lines = [[(0, 0), (200, 0)], [(0, 60), (200, 60)], [(0, 0), (0, 60)]]
    net = made(lines, barriers=river)
    points = snap(net, [100, 100, 100], [15, 25, 100])
    assert points.access_m.tolist() == pytest.approx([15, 35, 40])
    alone = snap(made(lines[:1], barriers=river), [100, 100], [15, 25])
    assert reasons(alone) == ["ok", "blocked"]
    pond = shapely.box(80, -40, 120, -10)
    inside = snap(made(lines[:1], barriers=[pond]), [100, 118], [-20, -45], cap_m=60.0)
    assert reasons(inside) == ["blocked", "ok"]
    assert 45 + 3 < inside.access_m[1] < 52  # beside the pond, not straight through it


def test_a_street_on_the_barrier_itself_is_reached(made: Make) -> None:
    quay = [[(0, 0), (200, 0)]]
    assert reasons(snap(made(quay, barriers=[shapely.LineString(quay[0])]), [100, 100], [15, -15])) == ["ok", "ok"]


def test_barriers_may_come_with_the_call(square: Network) -> None:
    wall = [shapely.LineString([(0, 30), (500, 30)])]
    assert snap(square, [150], [40]).access_m[0] == pytest.approx(40)
    assert snap(square, [150], [40], barriers=wall).access_m[0] == pytest.approx(50)


def test_small_islands_carry_no_points(made: Make) -> None:
    lines = [[(0, 0), (2_000, 0)], [(0, 30), (10, 30)]]
    net = made(lines)
    points = snap(net, [5, 5], [29, 200], cap_m=100.0)
    assert points.access_m[0] == pytest.approx(29)
    assert reasons(points) == ["ok", "far"]
    assert reasons(snap(net, [5], [120], cap_m=100.0)) == ["island"]
    assert snap(net, [5], [29], min_component=0.0).access_m[0] == pytest.approx(1)


def test_taking_points_takes_all_their_rows(square: Network) -> None:
    points = snap(square, [10, 20, 30, 40], [1, 2, 3, 4])
    some = points.take([3, 1, 3])
    assert some.access_m.tolist() == pytest.approx([4, 2, 4])
    assert (some.count, some.point.tolist()) == (3, [0, 1, 2])
    assert points.take(np.array([True, False, False, True])).y.tolist() == [1, 4]
    assert points.take([]).count == 0


@pytest.mark.parametrize("cap", [0.0, -1.0, np.nan])
def test_a_cap_that_is_none_is_refused(square: Network, cap: float) -> None:
    with pytest.raises(InputError) as caught:
        snap(square, [0], [0], cap_m=cap)
    assert caught.value.code == "cap-not-positive"


def test_uneven_coordinates_are_refused(square: Network) -> None:
    with pytest.raises(InputError) as caught:
        snap(square, [0, 1], [0])
    assert caught.value.code == "points-uneven"


def test_no_points_are_no_rows(square: Network) -> None:
    nothing = snap(square, [], [])
    assert (len(nothing), nothing.count) == (0, 0)
    assert distances(square, nothing, nothing).shape == (0, 0)
    assert at_points(square, sweep(square, nothing), nothing)[0].shape == (0, 1)


FRAME = Frame(4546)


def town(*, gated: list[bool], doors: list[tuple[str | None, float, float]]) -> City:
    """Make two compounds side by side within a rectangle of streets 300 m by 150 m."""

    def layer(geometry: list[object], **columns: list[object]) -> gpd.GeoDataFrame:
        return gpd.GeoDataFrame(columns, geometry=geometry, crs=FRAME.crs)

    x, y = 500_000.0, 4_000_000.0
    ring = shapely.LinearRing([(x, y), (x + 300, y), (x + 300, y + 150), (x, y + 150)])
    compounds = [shapely.box(x + 10, y + 10, x + 150, y + 140), shapely.box(x + 150, y + 10, x + 290, y + 140)]
    layers = {
        "streets": layer([shapely.LineString(ring.coords)], id=["S1"], name=["环路"]),
        "compounds": layer(compounds, id=["A", "B"], gated=gated),
        "buildings": layer([shapely.box(x + 30, y + 30, x + 50, y + 40)], id=["H1"]),
    }
    if doors:
        points = [shapely.Point(x + dx, y + dy) for _, dx, dy in doors]
        layers["entrances"] = layer(points, id=[f"E{k}" for k in range(len(doors))], compound=[d[0] for d in doors])
    return City.build(layers, frame=FRAME, profile=profile("cn"))


def house(city: City) -> tuple[float, float]:
    point = city.building_points[0]
    return float(point.x), float(point.y)


def test_a_gated_compound_is_entered_at_its_entrances() -> None:
    city = town(gated=[True, True], doors=[("A", 80, 140), ("A", 10, 75), ("B", 220, 10)])
    net = network_of(city)
    x, y = house(city)
    points = snap(net, [x], [y])
    assert points.edge.tolist() == [0, 0]
    assert sorted(points.via.tolist()) == [0, 1]
    west, north = np.hypot(x - 500_010, y - 4_000_075) + 10, np.hypot(x - 500_080, y - 4_000_140) + 10
    assert sorted(points.access_m) == pytest.approx(sorted([west, north]))
    # From the street's south-west corner the west door is nearer, from the north-east the north door.
    corners = snap(net, [500_000, 500_300], [4_000_000, 4_000_150])
    assert distances(net, points, corners)[0] == pytest.approx([west + 75, north + 220])
    way = route(net, points, corners.take([1]))
    assert way.geometry.length == pytest.approx(way.dist_m)
    assert shapely.distance(way.geometry, shapely.Point(500_080, 4_000_140)) == 0
    known = snap(net, [x], [y], compound=city.building_compound)
    assert np.array_equal(known.access_m, points.access_m)


def test_a_house_outside_does_not_walk_through_a_gated_compound() -> None:
    city = town(gated=[True, False], doors=[("A", 80, 140)])
    net = network_of(city)
    # Beside the wall of A, in the open compound B: north is nearer through B than west through A.
    points = snap(net, [500_155], [4_000_075])
    assert points.access_m[0] == pytest.approx(75)
    assert net.report()["compounds_gated"] == 1


def test_a_compound_without_known_entrances_is_open_and_said_to_be() -> None:
    city = town(gated=[True, False], doors=[])
    net = network_of(city)
    x, y = house(city)
    assert snap(net, [x], [y]).access_m[0] == pytest.approx(y - 4_000_000)
    assert net.gates is not None
    assert net.gates.missing.tolist() == [True, False]
    assert net.report()["compounds_open"] == 2


def test_an_entrance_that_names_no_compound_belongs_to_the_nearest() -> None:
    net = network_of(town(gated=[True, True], doors=[(None, 80, 141)]))
    assert net.gates is not None
    assert net.gates.compound.tolist() == [0]


def test_an_entrance_out_of_reach_makes_its_houses_so() -> None:
    city = town(gated=[True, True], doors=[("A", 80, 140), ("B", 220, 10)])
    x, y = house(city)
    assert reasons(snap(network_of(city), [x, x], [y, y], cap_m=5.0)) == ["far", "far"]


def test_a_snapper_is_made_once(square: Network) -> None:
    snapper = Snapper(square)
    one, other = snapper.snap([33], [44]), snap(square, [33], [44])
    assert (one.edge, one.offset_m, one.access_m) == (other.edge, other.offset_m, other.access_m)
