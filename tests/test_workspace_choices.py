"""Choices about saved plans: what they count from the workspace, and that a repair is one edit that can be undone."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from gridmap import rules
from gridmap.errors import ConflictError, InputError
from gridmap.plan import assign, lock
from gridmap.redraw import Weights
from gridmap.store.testing import CRS, X0, Y0, town
from gridmap.workspace import Workspace

WINDOW = {"min_households": 250, "max_households": 450}


@pytest.fixture(scope="module")
def ws(tmp_path_factory):
    """Return a workspace of the town with shops, a river and requests."""
    layers = town()
    layers["buildings"]["use"] = ["mixed" if number in (3, 7) else "residential" for number in range(120)]
    river = gpd.GeoDataFrame(
        {"id": ["r1"], "kind": ["river"], "name": ["禹门河"]},
        geometry=[shapely.LineString([(X0 - 10, Y0 + 130), (X0 + 1210, Y0 + 130)])],
        crs=CRS,
    )
    with Workspace.create(tmp_path_factory.mktemp("choices") / "t.gpkg", name="t") as made:
        for name, layer in layers.items():
            if name != "grids":
                made.import_layer(name, layer)
        made.import_layer("barriers", river)
        made.import_layer("grids", layers["grids"], plan_name="present")
        lon, lat = made.city().frame.to_lonlat(X0 + 30.0, Y0 + 30.0)
        rows = [
            {"id": "m1", "kind": "request", "level": "building", "code": "b007", "opened": "2026-03-02"},
            {"id": "m2", "kind": "request", "level": "community", "code": "141182001001", "x": lon, "y": lat,
             "opened": "2026-03-02"},
            {"id": "m3", "kind": "request", "level": "community", "code": "141182001001", "opened": "2026-03-02"},
        ]  # fmt: skip
        made.import_records({"matters": pd.DataFrame(rows)})
        yield made


def test_work_is_counted_from_the_city_and_its_open_requests(ws):
    plan = ws.plan("present")
    work = ws.workload(plan, {"households": 1.0, "requests": 10.0, "shops": 100.0})
    alone = ws.workload(plan, {"households": 1.0})
    extra = {plan.fabric.cell_ids[cell]: float(work[cell] - alone[cell]) for cell in np.flatnonzero(work != alone)}
    assert extra == {"b003": 100.0, "b007": 110.0, "b000": 10.0}
    options = ws.redraw_options(plan, work={"shops": 1.0}, **WINDOW)
    assert options["weights"].workload > 0
    assert options["work"].sum() == 2
    assert (options["min_households"], options["max_households"]) == (250, 450)
    assert ws.redraw_options(plan)["weights"] == Weights()
    with pytest.raises(InputError, match="dogs"):
        ws.frontier(plan, work={"dogs": 1.0})


def test_choices_start_from_a_plan_by_name(ws):
    found = ws.frontier("present", min_households=100, max_households=250, staying=(0.0, 1.0))
    assert len(found) >= 1
    assert found.present.plan == ws.plan("present")
    assert ws.alternatives("present", 1, **WINDOW).choices[0].figures["grids_out_of_range"] == 0
    assert [row["name"] for row in ws.plans()] == ["present"]


def test_a_repair_is_saved_as_one_edit_that_can_be_undone(ws):
    plan = ws.plan("present")
    grid, other = [one.id for one in plan.grids if one.resident][:2]
    painted = plan.fabric.cell_ids[plan.cells_of(grid)[-14:]].tolist()
    draft = ws.save_plan(assign(plan, painted, other)[0], "draft")
    assert draft.households[draft.position(other)] > 450
    pure = ws.repair("draft", [grid, other], **WINDOW)
    assert pure.moved
    assert ws.plan("draft") == draft
    done = ws.rebalance("draft", [grid, other], **WINDOW)
    assert done.moved == pure.moved
    assert ws.plan("draft").grid_of.tolist() == pure.plan.grid_of.tolist()
    assert ws.undo("draft").grid_of.tolist() == draft.grid_of.tolist()
    assert len(ws.history("draft")) == 3
    with pytest.raises(ConflictError):
        ws.rebalance("draft", [grid, other], base=1, **WINDOW)


def test_a_repair_without_need_changes_nothing(ws):
    plan = ws.save_plan(ws.plan("present"), "calm")
    grid = next(one.id for one in plan.grids if one.resident)
    assert ws.rebalance("calm", [grid], min_households=1, max_households=9999).moved == ()
    assert len(ws.history("calm")) == 1
    held = ws.save_plan(lock(plan, grid)[0], "held")
    with pytest.raises(InputError, match="locked"):
        ws.rebalance(held.name, [grid])


def test_crossings_are_among_the_findings(ws):
    found = ws.crossings("present")
    assert {one.name for one in found.crossings} == {"禹门河"}
    told = [one for one in ws.check() if one.rule == "grid-across-barrier"]
    assert {one.feature for one in told} == {one.grid for one in found.crossings}


def test_micro_grids_take_the_range_and_the_digits_of_the_profile(ws):
    made = ws.micro_grids("present")
    assert made.window == (50, 80)
    assert all(one.code == f"{one.grid}{one.code[-2:]}" for one in made.micro_grids)
    assert ws.micro_grids("present", min_households=1, max_households=40).window == (1, 40)


def test_explanations_count_moves_against_the_current_plan(ws):
    plan = ws.plan("present")
    grid, other = [one.id for one in plan.grids if one.resident][:2]
    fabric = plan.fabric
    edge = next(
        (a, b)
        for a, b in zip(fabric.i.tolist(), fabric.j.tolist(), strict=True)
        if {plan.grids[plan.grid_of[a]].id, plan.grids[plan.grid_of[b]].id} == {grid, other} and fabric.households[a]
    )
    name = str(fabric.cell_ids[edge[0]])
    home = plan.grids[plan.grid_of[edge[0]]].id
    away = other if home == grid else grid
    ws.save_plan(assign(plan, [name], away)[0], "moved")
    term = next(one for one in ws.explain("moved", building=name).options if one.grid == home)
    assert any(one.name == "moved" and one.change < 0 for one in term.terms)


def test_weights_and_barriers_come_from_the_profile_unless_they_are_given(tmp_path):
    text = (Path(rules.__file__).parent / "cn.toml").read_text("utf-8")
    assert "staying = 0.5\n" in text
    profile = tmp_path / "city.toml"
    profile.write_text(
        text.replace("staying = 0.5\n", "staying = 3.0\n").replace("barriers = false", "barriers = true"), "utf-8"
    )
    layers = town()
    layers["streets"]["class"] = "arterial"
    with Workspace.create(tmp_path / "t.gpkg", name="t", profile=str(profile)) as made:
        for name, layer in layers.items():
            if name != "grids":
                made.import_layer(name, layer)
        made.import_layer("grids", layers["grids"], plan_name="present")
        plan = made.plan("present")
        asked = made.redraw_options(plan)
        assert asked["weights"] == Weights(staying=3.0)
        along = plan.fabric.street_m > 0
        np.testing.assert_allclose(asked["barrier_m"][along], plan.fabric.street_m[along], atol=1e-6)
        assert along.any()
        given = made.redraw_options(plan, weights={"compactness": 2.0}, arterials=False, work={"households": 1})
        assert given["weights"] == Weights(compactness=2.0, staying=3.0, workload=0.5)
        assert "barrier_m" not in given
        # A repair counts the same barriers, and gives back a plan on the fabric as it is.
        grid = plan.grids[plan.grid_of[plan.fabric.i[along][0]]].id
        assert made.repair(plan, [grid]).plan.fabric is plan.fabric
        with pytest.raises(InputError, match="roundness"):
            made.redraw_options(plan, weights={"roundness": 1.0})
