"""Plans: their rules, their polygons, what hangs together, and plans made of imported layers."""

from collections import Counter, deque
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import box

from gridmap.errors import CrsError, GeometryError, InputError
from gridmap.plan import Grid, Plan, fabric, specials_from_layer
from gridmap.plan.testing import chequered, striped


def flood(plan, cells):
    """Count the connected parts of cells by walking from neighbour to neighbour."""
    links = {int(cell): set() for cell in cells}
    for one, other in [*zip(plan.fabric.i.tolist(), plan.fabric.j.tolist(), strict=True), *plan.bridges]:
        if one in links and other in links:
            links[one].add(other)
            links[other].add(one)
    parts, left = 0, set(links)
    while left:
        parts += 1
        queue = deque([left.pop()])
        while queue:
            for cell in links[queue.popleft()] & left:
                left.discard(cell)
                queue.append(cell)
    return parts


@given(data=st.data())
def test_polygons_cover_each_grids_cells_and_nothing_twice(plans, data):
    plan = data.draw(plans(gaps=True))
    polygons = plan.polygons()
    for index, grid in enumerate(plan.grids):
        cells = np.flatnonzero(plan.grid_of == index)
        if grid.resident:
            assert polygons[index].equals(shapely.union_all(plan.fabric.polygons[cells]))
            assert polygons[index].is_empty == (not len(cells))
    assert shapely.area(polygons).sum() == pytest.approx(shapely.area(shapely.union_all(polygons)))


def test_special_grids_polygons_are_byte_identical():
    plan = striped(chequered(6, 4, communities=2, specials=2))
    given = {one.code: one.polygon for one in plan.fabric.specials}
    found = {grid.id: shape for grid, shape in zip(plan.grids, plan.polygons(), strict=True) if not grid.resident}
    assert {code: shape.wkb for code, shape in found.items()} == {code: shape.wkb for code, shape in given.items()}


@given(data=st.data())
def test_parts_are_those_found_by_walking(plans, data):
    plan = data.draw(plans(gaps=True))
    size = len(plan.fabric)
    pairs = data.draw(st.lists(st.tuples(st.integers(0, size - 1), st.integers(0, size - 1)), max_size=2))
    plan = replace(plan, bridges=tuple(pairs))
    parts = [flood(plan, np.flatnonzero(plan.grid_of == index)) for index in range(len(plan.grids))]
    assert plan.parts.tolist() == parts
    resident = [part for part, grid in zip(parts, plan.grids, strict=True) if grid.resident]
    assert plan.contiguity_breaks == sum(max(part - 1, 0) for part in resident)


@given(data=st.data(), limit=st.integers(0, 500))
def test_split_compounds_are_those_counted_one_by_one(plans, data, limit):
    plan = data.draw(plans(gaps=True))
    fabric, split = plan.fabric, set()
    for community in range(len(fabric.community_codes)):
        for compound in range(len(fabric.compound_ids)):
            cells = [
                cell
                for cell in range(len(fabric))
                if (fabric.community[cell], fabric.compound[cell], fabric.special[cell]) == (community, compound, -1)
                and plan.grid_of[cell] >= 0
            ]
            grids = {int(plan.grid_of[cell]) for cell in cells}
            if len(grids) > 1 and sum(int(fabric.households[cell]) for cell in cells) <= limit:
                split.add((community, compound))
    assert {(int(one), int(two)) for one, two in plan.split_pairs(limit)} == split
    assert plan.compounds_split(limit) == len(split)


@given(data=st.data())
def test_where_is_the_grid_of_the_cell(plans, data):
    plan = data.draw(plans(gaps=True))
    cell = data.draw(st.integers(0, len(plan.fabric) - 1))
    expected = plan.grids[plan.grid_of[cell]] if plan.grid_of[cell] >= 0 else None
    assert plan.where(plan.fabric.x[cell], plan.fabric.y[cell]) == expected
    assert plan.where(0, 0) is None


def test_where_on_a_boundary_is_one_grid():
    plan = striped(chequered(4, 4), 2)
    x, y = plan.fabric.x[4], plan.fabric.y[4] + 25
    assert plan.where(x, y) == plan.grids[0]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda plan: {"grid_of": plan.grid_of[:-1]}, "plan-shape"),
        (lambda plan: {"grid_of": np.full(24, 99)}, "grid-unknown"),
        (lambda plan: {"grid_of": np.full(24, -2)}, "grid-unknown"),
        (lambda plan: {"grids": (*plan.grids[:1], plan.grids[0], *plan.grids[2:])}, "grid-duplicate"),
        (lambda plan: {"grids": plan.grids[:-1]}, "grid-unknown"),
        (lambda plan: {"grids": (*plan.grids, Grid("S", "", "special", plan.grids[0].community))}, "special-mismatch"),
        (lambda plan: {"grids": (*plan.grids, Grid("x", "", "resident", "?"))}, "community-unknown"),
        (lambda plan: {"grid_of": np.zeros(24)}, "other-community"),
        (lambda plan: {"grid_of": np.where(plan.fabric.special == 0, 0, plan.grid_of)}, "grid-special"),
        (lambda plan: {"grid_of": np.where(plan.fabric.special == 0, -1, plan.grid_of)}, "grid-special"),
    ],
)
def test_plans_that_break_a_rule_are_refused(change, code):
    plan = striped(chequered(6, 4, communities=2, specials=2))
    with pytest.raises(InputError) as error:
        replace(plan, **change(plan))
    assert error.value.code == code


def test_plans_are_equal_by_what_they_say():
    plan = striped(chequered(4, 4))
    assert plan == striped(chequered(4, 4))
    assert hash(plan) == hash(striped(chequered(4, 4)))
    assert plan != replace(plan, name="other")
    assert plan != replace(plan, bridges=((0, 5),))
    assert plan != striped(chequered(4, 4, seed=1))
    assert plan != replace(plan, grids=(replace(plan.grids[0], locked=True), *plan.grids[1:]))
    with pytest.raises(ValueError, match="read-only"):
        plan.grid_of[0] = 1


def test_grids_frame_says_each_grid_in_the_citys_frame():
    plan = striped(chequered(6, 4, communities=2, specials=1, unknown=0.3), 2)
    empty = replace(plan, grids=(*plan.grids, Grid("new", "", "resident", plan.grids[0].community)))
    frame = empty.grids_frame()
    assert frame.crs.to_epsg() == 4546
    assert frame["grid"].tolist() == [grid.id for grid in plan.grids]
    assert frame["households"].sum() == plan.fabric.households.sum()
    assert frame["unknown_buildings"].sum() == (~plan.fabric.known).sum()
    assert frame["area_m2"].tolist() == pytest.approx(frame.area.tolist())
    assert frame["community_name"].tolist() == ["社区1", "社区1", "社区2", "社区2", "社区1"]


@given(data=st.data())
def test_undivided_puts_every_cell_in_its_communitys_one_grid(fabrics, data):
    made = data.draw(fabrics())
    plan = Plan.undivided(made)
    assert (plan.grid_of >= 0).all()
    counts = Counter(grid.community for grid in plan.grids if grid.resident)
    assert set(counts.values()) <= {1}
    assert not any(grid.code for grid in plan.grids if grid.resident)


@given(data=st.data())
def test_a_plan_comes_back_from_the_layer_it_was_written_as(plans, data):
    plan = data.draw(plans())
    layer = plan.grids_frame()
    layer["code"] = layer["grid"]
    again = Plan.from_layer(plan.fabric, layer, name="draft")
    names = [plan.grids[index].id for index in plan.grid_of]
    assert [again.grids[index].id for index in again.grid_of] == names
    assert [grid.community for grid in again.grids] == layer["community"].tolist()


def test_cells_in_no_grid_go_to_the_nearest_of_their_community(layer):
    made = chequered(6, 4, communities=2, specials=1)
    bounds = shapely.bounds(made.polygons)
    x, y = bounds[:, 0].min(), bounds[:, 1].min()
    rows = [
        {"code": "A", "community": "141182001001", "geometry": box(x, y, x + 150, y + 40)},
        {"code": "B", "community": None, "geometry": box(x, y + 160, x + 60, y + 200)},
        {"code": "141182001001901", "kind": "专属网格", "geometry": made.specials[0].polygon},
    ]
    plan = Plan.from_layer(made, layer(rows))
    assert [grid.id for grid in plan.grids] == ["A", "B", "141182001002~1", "141182001001901"]
    # Cell 14 stands 85 m from A and 74 m from B.
    assert plan.cells_of("A").tolist() == [0, 1, 2, 6, 7, 8]
    assert plan.cells_of("B").tolist() == [12, 13, 14, 18, 19]
    assert plan.cells_of("141182001002~1").tolist() == np.flatnonzero(made.community == 1).tolist()
    assert plan.cells_of("141182001001901").tolist() == [20]


def test_a_layer_of_another_frame_or_with_bad_rows_is_refused(layer):
    made = chequered(4, 4)
    good = striped(made).grids_frame()
    with pytest.raises(CrsError) as error:
        Plan.from_layer(made, good.to_crs(4326))
    assert error.value.code == "frame-mismatch"
    with pytest.raises(CrsError):
        Plan.from_layer(made, gpd.GeoDataFrame(good.drop(columns="geometry"), geometry=list(good.geometry)))
    bow = shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    for change, code, kind in [
        ({"code": [None, "B"]}, "grid-code-missing", InputError),
        ({"code": ["A", "A"]}, "grid-code-duplicate", InputError),
        ({"kind": ["resident", "微网格"]}, "grid-kind-unknown", InputError),
        ({"kind": ["resident", "special"]}, "special-mismatch", InputError),
        ({"geometry": [box(0, 0, 1, 1), None]}, "grid-empty", GeometryError),
        ({"geometry": [box(0, 0, 1, 1), shapely.Point(1, 1)]}, "grid-empty", GeometryError),
        ({"geometry": [box(0, 0, 1, 1), bow]}, "grid-invalid", GeometryError),
    ]:
        rows = {"code": ["A", "B"], "geometry": [box(0, 0, 1, 1)] * 2} | change
        with pytest.raises(kind) as error:
            Plan.from_layer(made, gpd.GeoDataFrame(rows, crs=made.frame.crs))
        assert error.value.code == code


def test_special_grids_of_a_layer_make_the_fabric_that_its_plan_needs(town, layer):
    x, y = 570_000.0, 4_126_000.0
    park = box(x + 110, y + 110, x + 190, y + 190)
    rows = [
        {"code": "G1", "name": "一", "kind": "", "community": "", "geometry": box(x, y, x + 200, y + 200)},
        {"code": "G9", "name": "园区", "kind": "special", "community": None, "geometry": park},
    ]
    grids = layer(rows)
    specials = specials_from_layer(grids)
    assert [(one.code, one.name, one.community) for one in specials] == [("G9", "园区", "")]
    made = fabric(town(), specials=specials)
    plan = Plan.from_layer(made, grids)
    assert plan.grid("G9").community == "141182001001"
    assert plan.polygons()[plan.position("G9")].wkb == park.wkb
    assert [made.cell_ids[cell] for cell in plan.cells_of("G9")] == ["h4"]
    assert (plan.grid_of >= 0).all()


def test_a_compound_of_just_the_limit_counts_as_split_and_one_above_does_not():
    made = chequered(2, 2, households=(10, 10))
    plan = striped(made, 2)
    assert [plan.compounds_split(limit) for limit in (39, 40)] == [0, 1]
    assert plan.split_pairs(40).tolist() == [[0, 0]]


def test_a_compound_in_two_communities_is_not_split_by_their_border():
    made = chequered(2, 2, communities=2, households=(10, 10))
    assert set(made.compound) == {0}
    assert Plan.undivided(made).compounds_split(500) == 0
    # In each community it has 20 households.
    assert striped(made, 2).split_pairs(20).tolist() == [[0, 0], [1, 0]]
