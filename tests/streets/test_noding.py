"""Where streets meet, where they do not, and what is joined."""

from collections.abc import Callable

import numpy as np
import pytest
import shapely
from geopandas import GeoDataFrame

from gridmap.city import City
from gridmap.errors import CrsError, InputError, LimitError
from gridmap.geo.frames import Frame
from gridmap.settings import Settings
from gridmap.streets import Network, distances, network, network_of, snap

Make = Callable[..., Network]
CROSS = [[(0, 0), (200, 0)], [(100, -100), (100, 100)]]


def between(net: Network, a: tuple[float, float], b: tuple[float, float]) -> float:
    """Return the distance between two places on streets."""
    at = snap(net, [a[0], b[0]], [a[1], b[1]], cap_m=30.0)
    return float(distances(net, at.take([0]), at.take([1]))[0, 0])


def test_streets_that_cross_meet(made: Make) -> None:
    net = made(CROSS)
    assert (len(net.x), len(net.u)) == (5, 4)
    assert between(net, (0, 0), (100, 100)) == pytest.approx(200)


def test_a_street_that_ends_on_another_meets_it_though_rounded_to_centimetres(made: Make) -> None:
    net = made([[(0, 0), (300, 100)], [(100, 33.33), (100, 200)]])
    assert len(net.u) == 3
    assert len(net.component_m) == 1


def test_streets_that_share_a_corner_meet(made: Make) -> None:
    assert len(made([[(0, 0), (50, 50), (100, 0)], [(0, 100), (50, 50), (100, 100)]]).u) == 4


def test_ends_that_nearly_reach_a_street_are_joined_and_counted(made: Make) -> None:
    lines = [[(0, 0), (200, 0)], [(100, 0.8), (100, 90)], [(150, 2.0), (150, 90)]]
    net = made(lines)
    report = net.report()
    assert report["dangles_joined"] == 1
    assert report["dangles_joined_m"] == pytest.approx(0.8)
    assert between(net, (0, 0), (100, 90)) == pytest.approx(190)
    assert between(net, (0, 0), (150, 90)) == np.inf
    assert made(lines, settings=Settings(street_join_m=3.0)).report()["components"] == 1


def test_two_ends_that_face_each_other_are_joined_once(made: Make) -> None:
    net = made([[(0, 0), (100, 0)], [(100.5, 0), (200, 0)]])
    assert len(net.component_m) == 1
    assert net.length_m.sum() == pytest.approx(200)


def test_no_end_is_joined_across_a_barrier(made: Make) -> None:
    river = [shapely.LineString([(-50, 0.4), (300, 0.4)])]
    lines = [[(0, 0), (200, 0)], [(100, 0.8), (100, 90)]]
    assert made(lines, barriers=river).report()["components"] == 2


@pytest.mark.parametrize(
    "columns",
    [
        {"bridge": ["yes", None]},
        {"bridge": [True, False]},
        {"tunnel": ["no", "yes"]},
        {"layer": ["1", "0"]},
        {"level": [0, -1]},
    ],
)
def test_streets_on_two_levels_cross_without_meeting(made: Make, columns: dict[str, list[object]]) -> None:
    net = made(CROSS, columns=columns)
    assert (len(net.u), len(net.component_m)) == (2, 2)
    assert between(net, (0, 0), (100, 100)) == np.inf


@pytest.mark.parametrize("said", [["no", ""], [None, None], [False, False], [0, 0], ["否", "nan"]])
def test_what_says_no_is_no_bridge(made: Make, said: list[object]) -> None:
    assert len(made(CROSS, columns={"bridge": said}).u) == 4


def test_a_bridge_meets_the_street_it_ends_on(made: Make) -> None:
    lines = [[(0, 0), (100, 0)], [(100, 0), (200, 0)], [(150, -50), (150, 50)], [(200, -50), (200, 50)]]
    net = made(lines, columns={"bridge": [None, "yes", None, None]})
    assert between(net, (0, 0), (200, 50)) == pytest.approx(250)
    assert between(net, (0, 0), (150, 50)) == np.inf


def test_streets_that_lie_on_each_other_are_walked_once(made: Make) -> None:
    net = made([[(0, 0), (100, 0)], [(100, 0), (0, 0)], [(50, 0), (150, 0)], [(0, 0), (0, 0)]])
    assert net.length_m.sum() == pytest.approx(150)
    assert len(net.u) == 3


def test_a_street_that_folds_back_on_itself_is_walked_the_short_way(made: Make) -> None:
    net = made([[(0, 0), (50, 0), (25, 0)]])
    assert net.length_m.sum() == pytest.approx(50)
    assert between(net, (0, 0), (25, 0)) == pytest.approx(25)


def test_two_ways_between_the_same_crossings_are_both_kept(made: Make) -> None:
    net = made([[(0, 0), (100, 0)], [(0, 0), (50, 30), (100, 0)]])
    assert len(net.u) == 2
    assert between(net, (0, 0), (50, 30)) == pytest.approx(np.hypot(50, 30))


def test_a_ring_is_an_edge_and_is_walked_the_shorter_way(made: Make) -> None:
    net = made([[(0, 0), (100, 0), (100, 100), (0, 100), (0, 0)], [(0, 0), (-50, 0)]])
    assert (net.u == net.v).sum() == 1
    assert between(net, (-50, 0), (0, 90)) == pytest.approx(140)
    assert between(net, (10, 0), (0, 10)) == pytest.approx(20)


def test_many_parts_and_repeated_corners(streets: Callable[..., GeoDataFrame]) -> None:
    layer = streets([[(0, 0), (1, 1)]])
    layer.geometry = [shapely.MultiLineString([[(0, 0), (0, 0), (100, 0)], [(100, 0), (100, 50), (100, 50)]])]
    net = network(layer, frame=Frame(32649))
    assert net.length_m.sum() == pytest.approx(150)


def test_lines_on_levels_in_three_dimensions_lose_their_height(streets: Callable[..., GeoDataFrame]) -> None:
    layer = streets([[(0, 0), (1, 1)]])
    layer.geometry = [shapely.LineString([(0, 0, 5), (100, 0, 9)])]
    assert network(layer, frame=Frame(32649)).length_m.sum() == pytest.approx(100)


def test_streets_end_at_closures(made: Make) -> None:
    works = [shapely.box(40, -10, 60, 10)]
    net = made(CROSS, closures=works)
    assert net.length_m.sum() == pytest.approx(380)
    assert between(net, (0, 0), (100, 100)) == np.inf
    assert between(made(CROSS, closures=[shapely.Point(50, 0)]), (0, 0), (100, 100)) == np.inf
    assert between(made(CROSS, closures=[shapely.LineString([(50, -9), (50, 9)])]), (0, 0), (100, 100)) == np.inf


def test_a_street_crosses_a_barrier_unless_the_bridges_are_known(made: Make) -> None:
    river = [shapely.LineString([(50, -200), (50, 200)]), shapely.box(150, -200, 160, 200)]
    assert between(made(CROSS, barriers=river), (0, 0), (200, 0)) == pytest.approx(200)
    assert between(made(CROSS, barriers=river, bridges=[]), (0, 0), (100, 0)) == np.inf
    one = made(CROSS, barriers=river, bridges=[shapely.Point(50, 3)])
    assert between(one, (0, 0), (100, 0)) == pytest.approx(100)
    assert between(one, (0, 0), (200, 0)) == np.inf


def test_a_plaza_is_walked_across(made: Make) -> None:
    lines = [[(-50, 50), (0, 50)], [(100, 80), (150, 80)], [(50, -50), (50, 0)]]
    square = shapely.box(0, 0, 100, 100)
    net = made(lines, plazas=[square])
    straight = 50 + float(np.hypot(100, 30)) + 50
    assert between(net, (-50, 50), (150, 80)) == pytest.approx(straight)
    assert net.report()["plaza_chords"] > 0
    # A statue in the middle and a wall are walked around.
    statue = shapely.difference(square, shapely.box(45, 40, 55, 90))
    assert straight + 1 < between(made(lines, plazas=[statue]), (-50, 50), (150, 80)) < straight + 40
    wall = [shapely.LineString([(50, 20), (50, 200)])]
    assert between(made(lines, plazas=[square], barriers=wall), (-50, 50), (150, 80)) > straight + 1


def test_a_concave_plaza_is_walked_around_its_corner(made: Make) -> None:
    corner = shapely.Polygon([(0, 0), (100, 0), (100, 20), (20, 20), (20, 100), (0, 100)])
    net = made([[(20, 140), (20, 100)], [(140, 20), (100, 20)]], plazas=[corner])
    assert between(net, (20, 140), (140, 20)) == pytest.approx(40 + 80 + 80 + 40)


def test_a_plaza_with_too_many_streets_is_refused(made: Make) -> None:
    lines = [[(10 * k, -50), (10 * k, 0)] for k in range(10)]
    with pytest.raises(LimitError) as caught:
        made(lines, plazas=[shapely.box(-5, 0, 105, 50)], settings=Settings(plaza_nodes=5))
    assert caught.value.code == "plaza-too-busy"


def test_noded_streets_meet_only_at_shared_corners(made: Make) -> None:
    assert len(made(CROSS, noded=True).component_m) == 2
    assert len(made([[(0, 0), (100, 0)], [(100, 0), (200, 5)]], noded=True).component_m) == 1


def test_the_network_of_the_sample_city_hangs_together(city: City) -> None:
    report = network_of(city).report()
    assert report["largest_component_share"] > 0.995
    assert report["compounds_gated"] > 100
    assert report["compounds_open"] > 0
    assert abs(report["length_m"] - report["streets_m"] - report["dangles_joined_m"]) < 1.0


@pytest.mark.parametrize("rows", [0, 1])
def test_no_streets_is_refused_with_the_remedy(rows: int, streets: Callable[..., GeoDataFrame]) -> None:
    empty = streets([[(0, 0), (0, 0)]] * rows) if rows else streets([[(0, 0), (1, 1)]]).iloc[:0]
    with pytest.raises(InputError) as caught:
        network(empty, frame=Frame(32649))
    assert caught.value.code == "streets-missing"
    assert caught.value.hint


def test_streets_in_another_frame_are_refused(streets: Callable[..., GeoDataFrame]) -> None:
    layer = streets(CROSS)
    for crs, code in ((32650, "crs-differs"), (None, "crs-missing")):
        with pytest.raises(CrsError) as caught:
            network(layer.set_crs(crs, allow_override=True), frame=Frame(32649))
        assert caught.value.code == code
    for frame in (4326, 3857):
        with pytest.raises(CrsError):
            network(layer.set_crs(frame, allow_override=True), frame=Frame(frame))
    with pytest.raises(CrsError):
        network(layer, frame=Frame(32649), barriers=layer.set_crs(32650, allow_override=True))


def test_what_is_no_number_is_refused(streets: Callable[..., GeoDataFrame], made: Make) -> None:
    layer = streets([[(0, 0), (1, 1)], [(0, 0), (np.inf, 1)]])
    with pytest.raises(InputError) as caught:
        network(layer, frame=Frame(32649))
    assert "row 2" in caught.value.message
    for factor in (0.0, -1.0, np.nan):
        with pytest.raises(InputError) as caught:
            made(CROSS, factors={"path": factor})
        assert caught.value.code == "factor-not-positive"
    with pytest.raises(InputError) as caught:
        made(CROSS, closures=[shapely.box(-500, -500, 500, 500)])
    assert caught.value.code == "streets-closed"


def test_a_table_without_shapes_is_refused(streets: Callable[..., GeoDataFrame]) -> None:
    with pytest.raises(InputError) as caught:
        network(streets(CROSS).drop(columns="geometry"), frame=Frame(32649))
    assert caught.value.code == "shapes-missing"
