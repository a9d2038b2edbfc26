"""Findings of plans and of imported grid layers."""

from dataclasses import replace

import numpy as np
import shapely
from shapely import box

from gridmap.plan import Grid, Plan, assign, check, check_layer, fabric, specials_from_layer
from gridmap.plan.testing import chequered, striped

X, Y = 570_000.0, 4_126_000.0
FIRST, SECOND, THIRD = "141182001001", "141182001002", "141182001003"


def rules(findings):
    return {(one.rule, one.feature) for one in findings}


def test_a_plan_is_checked_against_the_profiles_range(town):
    city = town()
    plan = Plan.undivided(fabric(city))
    found = check(plan, city)
    assert rules(found) == {("grid-out-of-range", f"{FIRST}~1"), ("grid-out-of-range", f"{SECOND}~1"),
                            ("grid-out-of-range", f"{THIRD}~1")}  # fmt: skip
    message = next(one.message for one in found if one.feature == f"{FIRST}~1")
    assert message == (
        f"Grid {FIRST}~1 has 47 households, and 1 building whose households are unknown; the range is 300 to 500."
    )
    assert rules(check(plan, city, window=(1, 47))) == {("grid-out-of-range", f"{THIRD}~1")}


def test_parts_cuts_empty_grids_and_unassigned_buildings_are_found(town):
    city = town()
    made = fabric(city)
    first = [made.cell_of[name] for name in ("h1", "h3", "h2", "h4")]
    grid_of = np.where(made.community == 1, 2, np.where(made.community == 2, 3, -1)).astype(np.int32)
    grid_of[first[:2]], grid_of[first[2]] = 0, 1
    names = [("A", FIRST), ("B", FIRST), ("C", SECOND), ("D", THIRD), ("E", SECOND)]
    plan = Plan(made, grid_of, tuple(Grid(name, "", "resident", code) for name, code in names))
    found = check(plan, city, window=(1, 500))
    assert rules(found) == {
        ("grid-not-contiguous", "A"),
        ("grid-out-of-range", "B"),
        ("grid-out-of-range", "D"),
        ("grid-without-building", "E"),
        ("compound-cut", "c1"),
        ("building-without-grid", "h4"),
    }
    cut = next(one for one in found if one.rule == "compound-cut")
    assert cut.message == "Compound 小区1 of 40 households is cut by the grids A, B."
    assert shapely.contains_xy(shapely.union_all(made.polygons[first]), cut.x, cut.y)
    assert len({one.id for one in found}) == len(found)


def test_a_building_astride_is_a_note(town):
    rows = town().buildings.to_dict("records")
    rows[0]["geometry"] = box(X + 60, Y + 20, X + 120, Y + 40)
    city = town(buildings=rows)
    found = [one for one in check(Plan.undivided(fabric(city)), city) if one.rule == "building-astride"]
    assert [(one.feature, one.severity, one.x, one.y) for one in found] == [("h1", "note", X + 90, Y + 30)]


def test_a_sound_layer_has_no_findings():
    plan = striped(chequered(6, 6, communities=2, specials=2), 2)
    assert check_layer(plan.fabric, plan.grids_frame()) == ()


def test_a_layers_faults_are_found_with_what_was_decided(town, layer):
    rows = [
        # reaches 30 m into the second community, overlaps B
        {"code": "A", "community": FIRST, "geometry": box(X, Y, X + 230, Y + 110)},
        {"code": "B", "community": None, "geometry": box(X + 100, Y + 40, X + 200, Y + 120)},
        # holds no building, but is nearest to one
        {"code": "C", "community": SECOND, "geometry": box(X + 300, Y, X + 400, Y + 50)},
        # names a community that is not known
        {"code": "D", "community": "999", "geometry": box(X + 360, Y + 160, X + 390, Y + 200)},
    ]
    made = fabric(town())
    found = check_layer(made, layer(rows))
    assert rules(found) == {
        ("grid-outside-community", "A"),
        ("grid-overlap", "A · B"),
        ("building-nearest-grid", "B"),
        ("building-nearest-grid", "C"),
        ("community-without-grid", THIRD),
    }
    messages = {(one.rule, one.feature): one.message for one in found}
    assert messages["grid-outside-community", "A"] == f"13% of grid A (3300 m²) lies outside community {FIRST}."
    assert messages["grid-overlap", "A · B"].startswith("Grids A and B overlap in 7000 m² with 1 building;")
    assert messages["building-nearest-grid", "B"].startswith("1 building of community")
    assert ": h4." in messages["building-nearest-grid", "B"]
    plan = Plan.from_layer(made, layer(rows))
    assert [plan.grids[at].id for at in plan.grid_of] == ["A", "A", "A", "B", "C", "D", f"{THIRD}~1"]


def test_boundaries_drawn_a_little_differently_are_no_findings(layer):
    made = chequered(4, 4)
    west, south, east, north = shapely.total_bounds(made.polygons)
    rows = [
        {"code": "A", "geometry": box(west - 0.4, south, west + 100.2, north + 0.4)},
        {"code": "B", "geometry": box(west + 100, south + 0.4, east, north)},
    ]
    assert check_layer(made, layer(rows)) == ()


def test_a_grid_in_two_parts_and_one_over_a_special_grid_are_found(layer):
    made = chequered(6, 3, specials=1)
    plan = striped(made, 3)
    apart, _ = assign(plan, [0, 1, 2, 3, 4, 5], plan.grids[2].id)
    grids = apart.grids_frame()
    found = check_layer(made, grids)
    assert ("grid-not-contiguous", plan.grids[2].id) in rules(found)
    grids.loc[grids["kind"] == "resident", "geometry"] = grids.geometry.iloc[0].union(grids.geometry.iloc[-1])
    assert ("grid-overlap", f"{plan.grids[1].id} · {made.specials[0].code}") in rules(check_layer(made, grids))


def test_an_empty_grid_of_a_layer_is_kept_and_told(layer):
    made = chequered(4, 4)
    west, south, east, north = shapely.total_bounds(made.polygons)
    rows = [
        {"code": "A", "geometry": box(west, south, east, north)},
        {"code": "B", "community": None, "geometry": box(east - 1, north - 1, east, north)},
    ]
    found = check_layer(made, layer(rows))
    assert ("grid-without-building", "B") in rules(found)
    plan = Plan.from_layer(made, layer(rows))
    assert [grid.community for grid in plan.grids] == [FIRST, FIRST]
    assert len(plan.cells_of("B")) == 0


def test_findings_of_the_same_layer_have_the_same_ids(town, layer):
    rows = [{"code": "A", "community": FIRST, "geometry": box(X, Y, X + 230, Y + 110)}]
    made = fabric(town(), specials=specials_from_layer(layer(rows)))
    one, two = (check_layer(made, layer(rows)) for _ in range(2))
    assert [finding.id for finding in one] == [finding.id for finding in two]
    assert len({finding.id for finding in one}) == len(one)


def test_compounds_without_a_name_are_called_by_their_id(town):
    city = town()
    made = fabric(city)
    made = replace(made, compound_names=np.array([""], object))
    grids = tuple(
        Grid(name, "", "resident", code) for name, code in [("A", FIRST), ("B", FIRST), ("C", SECOND), ("D", THIRD)]
    )
    plan = Plan(made, np.array([0, 1, 1, 1, 2, 2, 3]), grids)
    assert [one.message[:13] for one in check(plan, city) if one.rule == "compound-cut"] == ["Compound c1 o"]
