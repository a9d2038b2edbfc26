"""The nearest facilities: against distances from point to point, with doors, gates, hours, places and tiers."""

import networkx as nx
import numpy as np
import pytest
import shapely

from gridmap.errors import InputError
from gridmap.facilities import ground, nearest, nearest_table, supply_of
from gridmap.streets import distances


def brute(here, supply):
    """Return the metres of each building from each facility: one search a door, straight inside one compound."""
    dist = np.full((len(here), len(supply)), np.inf)
    for door, of in enumerate(supply.door_of):
        way = distances(here.network, supply.doors.snapped.take([door]), here.buildings.snapped)[0]
        straight = np.hypot(here.buildings.x - supply.doors.x[door], here.buildings.y - supply.doors.y[door])
        same = (supply.doors.compound[door] >= 0) & (here.buildings.compound == supply.doors.compound[door])
        dist[:, of] = np.minimum(dist[:, of], np.where(same, np.minimum(way, straight), way))
    return dist


@pytest.mark.parametrize("kind", ["canteen", "service_station", "park"])
def test_the_table_of_all_buildings(here, kind):
    supply = supply_of(here.network, here.city.facilities, kind)
    expected = np.sort(brute(here, supply), axis=1)
    made = nearest_table(here, kind, k=2).pivot_table(index="building", columns="rank", values="dist_m")
    for number, building in enumerate(here.city.buildings["id"]):
        got = made.loc[building].to_numpy()[: len(supply)]
        assert got == pytest.approx(expected[number][: len(got)], abs=1e-6)


def test_a_limit_leaves_out_what_is_farther(here):
    table = nearest_table(here, "canteen", k=2, minutes=5)
    assert (table["dist_m"] <= 5 * 66).all()
    everything = nearest_table(here, "canteen", k=2)
    assert len(table) == (everything["dist_m"] <= 330).sum()


def test_a_gated_compound_is_left_through_its_gate(here, place):
    x, y = place(150, 110)
    answer = nearest(here, "canteen", x, y, k=1).to_dict()["facilities"][0]
    assert answer["id"] == "F1"
    gate = np.hypot(150 - 145, 190 - 110)
    # Through the northern gate to the street, east along it, then south: not by the street that runs beside the wall.
    assert answer["dist_m"] == pytest.approx(gate + 10 + (600 - 145) + 100 + 10)


def test_inside_the_compound_one_walks_straight(here, place):
    x, y = place(120, 130)
    found = nearest(here, "service_station", x, y).found[0]
    assert found.dist_m == pytest.approx(np.hypot(30, 20))
    assert found.way is None
    assert found.turns("zh")[-1] == "到达"
    assert found.geometry.length == pytest.approx(found.dist_m)


def test_the_route_is_as_long_as_the_distance_and_ends_at_a_door(here, place):
    x, y = place(395, 610)
    answer = nearest(here, "canteen", x, y, k=2)
    for one in answer.found:
        assert one.geometry.length == pytest.approx(one.dist_m, abs=1e-6)
        doors = shapely.points(answer.supply.doors.x, answer.supply.doors.y)[answer.supply.door_of == one.index]
        assert shapely.distance(doors, shapely.Point(one.geometry.coords[-1])).min() == pytest.approx(0, abs=1e-6)
    first = answer.to_dict()["facilities"][0]
    assert set(first) >= {"id", "name", "kind", "walk_s", "dist_m", "open", "route"}
    assert first["walk_s"] == pytest.approx(first["dist_m"] / 66 * 60)
    assert first["route"]["coordinates"][0] == pytest.approx(
        [float(value[0]) for value in here.city.frame.to_lonlat([x], [y])], abs=1e-6
    )


def test_planned_and_closed_ones_are_left_out_and_said(here, place):
    x, y = place(1100, 700)
    answer = nearest(here, "canteen", x, y, k=9)
    assert {one["id"] for one in answer.to_dict()["facilities"]} == {"F1", "F2"}
    assert {(one["id"], one["detail"]) for one in answer.to_dict()["left_out"]} == {("F3", "planned"), ("F4", "closed")}
    assert len(answer.notes) == 2
    planned = nearest(here, "canteen", x, y, k=9, statuses=("open", "planned"))
    assert planned.to_dict()["facilities"][0]["id"] == "F3"


def test_open_at_a_time(here, place):
    x, y = place(610, 120)

    def ids(**options):
        return [one["id"] for one in nearest(here, "食堂", x, y, k=9, **options).to_dict()["facilities"]]

    assert ids() == ["F1", "F2"]
    assert ids(open_at="2026-03-02 12:00") == ["F1", "F2"]
    assert ids(open_at="2026-03-02 18:00") == ["F2"]
    assert ids(open_at="2026-03-07 12:00") == ["F1"]
    assert ids(open_at="2026-03-07 18:00") == []
    answer = nearest(here, "canteen", x, y, open_at="2026-03-02 12:30").to_dict()["facilities"][0]
    assert answer["open"] is True
    assert nearest(here, "canteen", x, y).to_dict()["facilities"][0]["open"] is None


def test_places_left_and_tiers(here, place):
    x, y = place(610, 120)

    def ids(kind, **options):
        return [one["id"] for one in nearest(here, kind, x, y, k=9, **options).to_dict()["facilities"]]

    assert ids("canteen", seats=30) == ["F1"]
    assert ids("canteen", seats=10, used={"F1": 35}) == ["F2"]
    assert ids("service_station", tiers=("community",)) == ["S2"]


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda g, p: nearest(g, "sauna", *p(100, 100)), "kind-unknown"),
        (lambda g, p: nearest(g, "canteen", *p(100, 100), k=0), "k-not-positive"),
        (lambda g, p: nearest(g, "canteen", *p(9000, 9000)), "point-outside"),
        (lambda g, p: nearest(g, "canteen", float("nan"), 0.0), "point-unclear"),
        (lambda g, p: nearest(g, "canteen", *p(100, 100), statuses=("ajar",)), "status-unknown"),
        (lambda g, p: nearest(g, "canteen", *p(100, 100), seats=-1), "seats-negative"),
        (lambda g, p: nearest(g, "canteen", *p(100, 100), open_at="soon"), "moment-unclear"),
    ],
)
def test_what_cannot_be_asked(here, place, call, code):
    with pytest.raises(InputError) as told:
        call(here, place)
    assert told.value.code == code
    assert told.value.hint


def test_a_city_without_streets_or_buildings_is_refused(build):
    for empty, code in (("streets", "streets-missing"), ("buildings", "buildings-missing")):
        city = build()
        with pytest.raises(InputError) as told:
            ground(build(**{empty: city.layers[empty].iloc[:0]}))
        assert told.value.code == code


def test_the_nearest_is_that_of_a_graph_drawn_anew(here):
    """Build the graph of the town from its grid by hand, and compare the nearest park gate of every open building."""
    graph = nx.Graph()
    net = here.network
    for edge in range(len(net.u)):
        graph.add_edge(int(net.u[edge]), int(net.v[edge]), weight=float(net.length_m[edge]))
    supply = supply_of(net, here.city.facilities, "canteen")
    put = supply.doors.snapped
    for row in range(len(put)):
        edge = int(put.edge[row])
        for node, length in ((net.u[edge], put.offset_m[row]), (net.v[edge], net.length_m[edge] - put.offset_m[row])):
            graph.add_edge(f"door{row}", int(node), weight=float(length + put.access_m[row]))
    far = nx.multi_source_dijkstra_path_length(graph, {f"door{row}" for row in range(len(put))})
    table = nearest_table(here, "canteen").set_index("building")["dist_m"]
    points = here.buildings.snapped
    for row in range(len(points)):
        edge, building = int(points.edge[row]), here.city.buildings["id"].iloc[int(points.point[row])]
        if edge in put.edge or edge < 0:
            continue
        ends = (
            far[int(net.u[edge])] + points.offset_m[row],
            far[int(net.v[edge])] + net.length_m[edge] - points.offset_m[row],
        )
        assert table[building] <= min(ends) + points.access_m[row] + 1e-6
        if (points.point == points.point[row]).sum() == 1:
            assert table[building] == pytest.approx(min(ends) + points.access_m[row], abs=1e-6)
