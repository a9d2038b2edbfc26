"""Which grids reach across which barrier."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
from shapely import LineString

from gridmap.city import City, finding_rules
from gridmap.plan import Plan
from gridmap.plan.testing import chequered, striped
from gridmap.redraw.crossings import crossings
from gridmap.rules import profile

NX, NY = 8, 9


@pytest.fixture(scope="module")
def plan() -> Plan:
    return striped(chequered(NX, NY, communities=2, specials=1, compound_cells=0), 3)


@pytest.fixture(scope="module")
def city(plan: Plan) -> City:
    """Return a city with a river along the barrier of the fabric, and another one elsewhere."""
    fabric = plan.fabric
    edge = np.argmax(fabric.barrier_m)
    level = (fabric.y[fabric.i[edge]] + fabric.y[fabric.j[edge]]) / 2
    west, east = fabric.x.min() - 500, fabric.x.max() + 500
    lines = [LineString([(west, level), (east, level)]), LineString([(west, level + 900), (east, level + 900)])]
    rivers = gpd.GeoDataFrame(
        {"id": ["r1", "r2"], "kind": ["river", "river"], "name": ["禹门河", None]},
        geometry=lines,
        crs=fabric.frame.crs,
    )
    return City.build({"barriers": rivers}, frame=fabric.frame, profile=profile("cn"))


def test_the_grids_on_both_sides_are_told_with_the_barrier(plan: Plan, city: City) -> None:
    fabric, found = plan.fabric, crossings(plan, city)
    both = set()
    for at, grid in enumerate(plan.grids):
        rows = np.arange(len(fabric))[plan.grid_of == at] // NX
        if grid.resident and (rows < (NY + 1) // 2).any() and (rows >= (NY + 1) // 2).any():
            both.add(grid.id)
    assert both
    assert {one.grid for one in found.crossings} == both
    assert len(found) == len(found.table) == len(both)
    for one in found.crossings:
        cells = plan.cells_of(one.grid)
        north = cells[cells // NX >= (NY + 1) // 2]
        south = np.setdiff1d(cells, north)
        assert one.households == min(fabric.households[north].sum(), fabric.households[south].sum())
        assert (one.barrier, one.name, one.kind) == ("r1", "禹门河", "river")
        assert one.shared_m == pytest.approx(fabric.barrier_m[np.isin(fabric.i, cells)].sum())
        assert one.named[1] == "禹门河"
    messages = [one.message for one in found.findings()]
    assert all("禹门河" in message for message in messages)
    assert {one.rule for one in found.findings()} <= set(finding_rules())


def test_a_way_round_the_barrier_is_no_crossing(plan: Plan, city: City) -> None:
    fabric = plan.fabric
    # A gap in the barrier in each grid that reaches across it.
    open_edges = [np.flatnonzero((fabric.barrier_m > 0) & (fabric.i % NX == column))[0] for column in (0, NX - 1)]
    barrier = fabric.barrier_m.copy()
    barrier[open_edges] = 0.0
    gapped = replace(fabric, barrier_m=barrier)
    assert not crossings(Plan(gapped, plan.grid_of, plan.grids), city).crossings


def test_bridges_within_grids_are_listed(plan: Plan, city: City) -> None:
    bridged = replace(plan, bridges=((0, 2), (0, len(plan.fabric) - 2)))
    found = crossings(bridged, city).bridges
    assert [(one.building, one.other) for one in found] == [("b0000", "b0002")]
    assert found[0].distance_m == pytest.approx(plan.fabric.x[1] - plan.fabric.x[0])
    told = crossings(bridged, city)
    assert [one.rule for one in told.findings()].count("grid-bridged") == 1
    assert told.to_dict()["bridges"][0]["grid"] == plan.grids[plan.grid_of[0]].id


def test_without_a_barrier_layer_nothing_is_told(plan: Plan) -> None:
    bare = City.build({}, frame=plan.fabric.frame, profile=profile("cn"))
    assert len(crossings(plan, bare)) == 0
