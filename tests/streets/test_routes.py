"""Ways: their lines, their legs, and how they are said."""

from collections.abc import Callable

import numpy as np
import pytest

from gridmap.errors import InputError
from gridmap.streets import Network, Snapped, nearest, route, snap, sweep, targets

Make = Callable[..., Network]


def at(net: Network, *places: tuple[float, float]) -> list[Snapped]:
    points = snap(net, *np.array(places, float).T)
    return [points.take([k]) for k in range(len(places))]


def test_a_way_has_its_line_and_its_legs(made: Make) -> None:
    lines = [[(0, 0), (500, 0)], [(100, 0), (100, 250)], [(400, -50), (400, 250)]]
    square = made(lines, columns={"name": ["横0路", "纵1街", "纵4街"], "class": ["local"] * 3})
    one, other = at(square, (20, 5), (400, 230))
    way = route(square, one, other)
    assert way.dist_m == pytest.approx(5 + 380 + 230)
    assert way.geometry.coords[0] == (20, 5)
    assert way.geometry.coords[-1] == (400, 230)
    assert way.geometry.length == pytest.approx(way.dist_m)
    assert [(leg.name, round(leg.length_m), leg.turn) for leg in way.legs] == [
        ("横0路", 380, "start"),
        ("纵4街", 230, "left"),
    ]
    assert way.turns() == ["沿横0路向东步行380米", "左转进入纵4街，步行230米", "到达"]
    assert way.turns("en") == ["Walk 380 m east along 横0路", "Turn left onto 纵4街 and walk 230 m", "Arrive"]
    back = route(square, other, one)
    assert back.dist_m == pytest.approx(way.dist_m)
    assert [leg.turn for leg in back.legs] == ["start", "right"]


def test_a_way_on_one_edge_stays_on_it(square: Network) -> None:
    one, other = at(square, (20, 5), (60, -3))
    way = route(square, one, other)
    assert way.dist_m == pytest.approx(5 + 40 + 3)
    assert len(way.edge) == 1
    assert way.turns() == ["沿横0路向东步行40米", "到达"]


def test_a_way_round_a_bend_is_shorter_by_the_other_street(made: Make) -> None:
    net = made([[(0, 0), (0, 90), (100, 90), (100, 0)], [(0, 0), (100, 0)]])
    one, other = at(net, (0, 10), (100, 10))
    assert route(net, one, other).dist_m == pytest.approx(120)


@pytest.mark.parametrize(
    ("corner", "turn"),
    [
        ((200, 5), "straight"),
        ((170, 50), "slight_left"),
        ((100, 100), "left"),
        ((20, 60), "sharp_left"),
        ((170, -50), "slight_right"),
        ((100, -100), "right"),
        ((20, -60), "sharp_right"),
    ],
)
def test_turns_are_named_by_their_angle(made: Make, corner: tuple[float, float], turn: str) -> None:
    net = made([[(0, 0), (100, 0)], [(100, 0), corner]], columns={"name": ["东西路", "新路"]})
    assert [leg.turn for leg in route(net, *at(net, (0, 0), corner)).legs] == ["start", turn]


def test_a_jog_between_two_streets_is_no_turn(made: Make) -> None:
    lines = [[(0, 0), (100, 0)], [(100, -50), (100, 51)], [(100, 1), (200, 1)]]
    net = made(lines, columns={"name": ["长路", "横街", "长路"]})
    assert [leg.name for leg in route(net, *at(net, (0, 0), (200, 1))).legs] == ["长路"]


def test_an_unnamed_way_is_said_to_be(made: Make) -> None:
    net = made([[(0, 0), (100, 0)]])
    way = route(net, *at(net, (100, 0), (0, 0)))
    assert way.turns()[0] == "沿无名巷道向西步行100米"
    assert way.turns("en")[0] == "Walk 100 m west along an unnamed way"


def test_there_is_no_way_between_parts(made: Make) -> None:
    net = made([[(0, 0), (100, 0)], [(0, 50), (100, 50)]])
    way = route(net, *at(net, (0, 0), (100, 50)))
    assert way.dist_m == np.inf
    assert way.geometry.is_empty
    assert way.legs == ()
    assert way.turns() == ["步行无法到达"]
    assert way.turns("en") == ["There is no way on foot"]


def test_a_limit_holds(square: Network) -> None:
    one, other = at(square, (0, 0), (0, 300))
    assert route(square, one, other, limit_m=299).dist_m == np.inf
    assert route(square, one, other, limit_m=300).dist_m == pytest.approx(300)
    near, far = at(square, (10, 0), (90, 0))
    assert route(square, near, far, limit_m=79).dist_m == np.inf


def test_of_several_doors_the_nearest_is_taken(square: Network) -> None:
    doors = snap(square, [500, 0], [500, 100])
    way = route(square, at(square, (0, 0))[0], doors)
    assert way.dist_m == pytest.approx(100)
    assert way.geometry.coords[-1] == (0, 100)


def test_a_point_to_itself(square: Network) -> None:
    one = at(square, (50, 10))[0]
    assert route(square, one, one).dist_m == pytest.approx(20)
    on = at(square, (50, 0))[0]
    way = route(square, on, on)
    assert way.dist_m == 0
    assert way.turns()[-1] == "到达"


def test_nearest_counts_doors_and_waits(square: Network) -> None:
    doors = snap(square, [100, 0, 500], [0, 300, 500])
    goals = targets(square, doors, facility=[4, 4, 9], offset_m=[0, 0, 50])
    number, metres = nearest(square, at(square, (0, 0))[0], goals, k=3)
    assert number.tolist() == [4, 9, -1]
    assert metres[:2].tolist() == pytest.approx([100, 1050])
    assert nearest(square, at(square, (0, 0))[0], goals, limit_m=99)[0].tolist() == [-1]


def test_of_equally_near_facilities_the_lowest_number_is_named(square: Network) -> None:
    doors = snap(square, [200, 0], [0, 200])
    one = at(square, (0, 0))[0]
    for numbers in ([7, 3], [3, 7]):
        assert nearest(square, one, targets(square, doors, facility=numbers))[0].tolist() == [3]
        labels = sweep(square, doors, facility=numbers)
        node = int(np.argmin(np.hypot(square.x, square.y)))
        assert labels.facility[node].tolist() == [3]


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda net, p: nearest(net, p, targets(net, p), k=0), "k-not-positive"),
        (lambda net, p: sweep(net, p, k=0), "k-not-positive"),
        (lambda net, p: sweep(net, p, facility=[1, 2, 3]), "facilities-uneven"),
        (lambda net, p: sweep(net, p, offset_m=-1.0), "offset-negative"),
        (lambda net, p: sweep(net, p, offset_m=np.nan), "offset-negative"),
        (lambda net, p: nearest(net, snap(net, [0, 1], [0, 1]), targets(net, p)), "not-one-point"),
        (lambda net, p: route(net, p, p).turns("de"), "language-unknown"),
    ],
)
def test_what_makes_no_sense_is_refused(square: Network, call: Callable[..., object], code: str) -> None:
    with pytest.raises(InputError) as caught:
        call(square, at(square, (50, 10))[0])
    assert caught.value.code == code
