"""The balance against the same figures added up one cell at a time and measured on real polygons."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gridmap.errors import InputError
from gridmap.plan import Plan, SpecialGrid, balance, fabric, polsby_popper
from gridmap.plan.balance import window_limits
from gridmap.plan.testing import chequered, striped
from gridmap.rules import profile

PEOPLE = ("residents", "elders_60", "elders_80", "children")


def summed(fabric, cells):
    """Add up the figures of cells one by one."""
    sums = {"households": 0, "unknown_buildings": 0, "buildings": 0, "compounds": set()}
    sums |= dict.fromkeys(PEOPLE) | {f"{name}_unknown": 0 for name in PEOPLE}
    for cell in cells:
        sums["households"] += int(fabric.households[cell])
        sums["unknown_buildings"] += not fabric.known[cell]
        sums["buildings"] += bool(fabric.building[cell] >= 0)
        if fabric.compound[cell] >= 0:
            sums["compounds"].add(int(fabric.compound[cell]))
        for name in PEOPLE:
            value = getattr(fabric, name)[cell]
            if np.isnan(value):
                sums[f"{name}_unknown"] += 1
            else:
                sums[name] = (sums[name] or 0.0) + value
    for name in PEOPLE:
        if sums[name] is None:
            sums[name] = np.nan if sums["buildings"] else 0.0
    return sums | {"compounds": len(sums["compounds"])}


def same(found, expected):
    return {name: found[name] for name in expected} == {
        name: pytest.approx(value, nan_ok=True) for name, value in expected.items()
    }


@given(data=st.data(), low=st.integers(1, 400), more=st.integers(0, 400))
def test_balance_is_what_adding_up_gives(plans, data, low, more):
    plan = data.draw(plans(gaps=True))
    made, high = plan.fabric, low + more
    found = balance(plan, window=(low, high))
    polygons = plan.polygons()
    statuses, breaks, compact = [], 0, []
    for index, (grid, row) in enumerate(zip(plan.grids, found.table.to_dict("records"), strict=True)):
        expected = summed(made, np.flatnonzero(plan.grid_of == index))
        households = expected["households"]
        distance = max(low - households, 0, households - high) if grid.resident else 0
        assert same(row, expected)
        assert (row["grid"], row["code"], row["kind"]) == (grid.id, grid.code, grid.kind)
        assert row["distance"] == distance
        status = "under" if households < low else "over" if households > high else "in_range"
        assert row["status"] == (status if grid.resident else "special")
        area, perimeter = polygons[index].area, polygons[index].length
        assert row["area_m2"] == pytest.approx(area)
        assert row["polsby_popper"] == pytest.approx(4 * np.pi * area / perimeter**2 if area else np.nan, nan_ok=True)
        if grid.resident:
            statuses.append(row["status"])
            breaks += max(row["parts"] - 1, 0)
            if area:
                compact.append(row["polsby_popper"])
    expected = summed(made, range(len(made))) | {name: statuses.count(name) for name in ("under", "in_range", "over")}
    expected |= {"grids": len(statuses), "special_grids": len(plan) - len(statuses), "contiguity_breaks": breaks}
    expected |= {"compounds_split": plan.compounds_split(high), "area_m2": shapely.area(made.polygons).sum()}
    expected |= {
        "polsby_popper": np.mean(compact) if compact else np.nan,
        "min_households": low,
        "max_households": high,
    }
    expected |= {"unassigned_households": int(made.households[plan.grid_of < 0].sum())}
    expected |= {"unassigned_buildings": int((plan.grid_of < 0).sum())}
    resident = plan.households[[grid.resident for grid in plan.grids]]
    expected |= {"min": resident.min(), "max": resident.max()}
    assert same(found.totals, expected)


@given(data=st.data())
def test_communities_add_up_to_the_city(plans, data):
    plan = data.draw(plans(gaps=True))
    found = balance(plan, window=(30, 60))
    sums = [name for name in found.communities.columns if name not in {"community_name", "min", "max", "polsby_popper"}]
    for name in sums:
        values = found.communities[name]
        total = np.nan if values.isna().all() else values.sum()
        if name != "compounds":  # one that lies in two communities counts in both
            assert found.totals[name] == pytest.approx(total, nan_ok=True), name
    assert found.totals["min"] == found.communities["min"].min()
    assert found.totals["max"] == found.communities["max"].max()
    assert set(found.totals) == {*found.communities.columns, "min_households", "max_households"} - {"community_name"}
    for row, code in enumerate(plan.fabric.community_codes):
        cells = np.flatnonzero(plan.fabric.community == row)
        assert same(found.communities.loc[code].to_dict(), summed(plan.fabric, cells))


def test_people_are_unknown_only_where_nobody_is_known(town):
    made = fabric(town())
    found = balance(Plan.undivided(made), window=profile("cn").grid)
    assert found.table["residents"].tolist() == [100, 39, 0]
    assert found.table["residents_unknown"].tolist() == [2, 0, 0]
    assert found.table["elders_80"].isna().tolist() == [True, True, False]
    assert found.table["unknown_buildings"].tolist() == [1, 1, 0]
    assert found.totals["residents"] == 139
    assert np.isnan(found.totals["elders_80"])


def test_special_grids_are_measured_as_given_and_have_no_range(town):
    triangle = shapely.Polygon([(570_110, 4_126_110), (570_190, 4_126_110), (570_150, 4_126_190)])
    made = fabric(town(), specials=(SpecialGrid("S", "园区", "", triangle),))
    row = balance(Plan.undivided(made), window=(300, 500)).table.set_index("grid").loc["S"]
    assert (row["status"], row["distance"], row["households"]) == ("special", 0, 7)
    assert row["area_m2"] == triangle.area
    assert row["polsby_popper"] == pytest.approx(4 * np.pi * triangle.area / triangle.length**2)


def test_polsby_popper_of_known_shapes():
    circle = shapely.Point(0, 0).buffer(100, quad_segs=256)
    value = polsby_popper(np.array([1.0, circle.area, 0.0]), np.array([4.0, circle.length, 0.0]))
    assert value[0] == pytest.approx(np.pi / 4)
    assert value[1] == pytest.approx(1, abs=1e-4)
    assert np.isnan(value[2])


def test_windows_that_are_none_are_refused():
    assert window_limits(profile("cn").grid) == (300, 500)
    for window in ((0, 5), (6, 5)):
        with pytest.raises(InputError) as error:
            balance(striped(chequered(2, 2)), window=window)
        assert error.value.code == "window-invalid"


def test_totals_are_plain_values_that_json_knows():
    totals = balance(striped(chequered(4, 4), 2), window=(300, 500)).totals
    assert {type(value) for value in totals.values()} == {int, float}
    none = Plan(chequered(1, 1, specials=1), np.zeros(1), striped(chequered(1, 1, specials=1)).grids)
    totals = balance(none, window=(300, 500)).totals
    assert (totals["grids"], totals["min"], totals["max"]) == (0, None, None)
    assert isinstance(balance(none, window=(300, 500)).communities["min"].dtype, pd.Int64Dtype)


def test_both_ends_of_the_window_are_in_range():
    made = chequered(5, 4, compound_cells=0, households=(10, 10))
    grid_of = np.repeat(np.arange(4), 5)[np.argsort(np.argsort(made.y, kind="stable"), kind="stable")]
    plan = replace(striped(made, 4), grid_of=grid_of)
    assert plan.households.tolist() == [50, 50, 50, 50]
    for window, status, distance in [
        ((50, 60), "in_range", 0),
        ((40, 50), "in_range", 0),
        ((51, 60), "under", 1),
        ((40, 49), "over", 1),
    ]:
        table = balance(plan, window=window).table
        assert set(table["status"]) == {status}
        assert set(table["distance"]) == {distance}
