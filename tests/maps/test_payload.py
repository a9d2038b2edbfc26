"""The document of a page holds what was released, and nothing else about people."""

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pytest

from gridmap.errors import InputError
from gridmap.maps.encode import script_json
from gridmap.maps.payload import Options, map_document
from gridmap.release import release_balance


def document(town: Any, released: Any = None, **changes: Any) -> dict[str, Any]:
    options = {"title": "图", "window": (300, 500), "labels": ("", ""), "day": date(2025, 7, 1), "language": "zh"}
    made = map_document(town.city, town.plans, released or town.released, options=Options(**(options | changes)))
    return json.loads(script_json(made))


@pytest.fixture(scope="module")
def page(town: Any) -> dict[str, Any]:
    return document(town)


def test_grids_stand_in_the_order_of_the_plan_with_their_balance(town: Any, page: dict[str, Any]) -> None:
    for plan, measured, shown in zip(town.plans, town.measured, page["plans"], strict=True):
        grids = shown["grids"]
        assert shown["name"] == plan.name
        assert grids["code"] == [grid.code for grid in plan.grids]
        assert grids["households"] == measured.table["households"].tolist()
        statuses = ["under", "in_range", "over", "unknown", "special"]
        assert [statuses[one] for one in grids["status"]] == measured.table["status"].tolist()
        assert {len(column) for column in grids.values() if isinstance(column, list)} == {len(plan.grids)}
        assert set(grids["subdistrict"]) == {"棋盘街道"}
        assert (grids["name"][0], grids["short"][0]) == ("社区1第1网格", "第1网格")
        assert (grids["name"][-1], grids["short"][-1]) == ("专属1", "专属1")


def test_what_is_held_back_is_not_on_the_page(town: Any, make: Callable[..., Any]) -> None:
    small = make(6, 4, communities=1)
    held = tuple(release_balance(one.table, k=60) for one in small.measured)
    found = 0
    for released, measured, shown in zip(held, small.measured, document(small, held)["plans"], strict=True):
        for name in ("elders_60", "elders_80", "children"):
            # Grids without cells are not drawn.
            drawn = measured.table["area_m2"].to_numpy() > 0
            hidden = released.table[f"{name}_suppressed"].to_numpy(bool)[drawn]
            values = np.array(shown["grids"][name], float)
            assert (values[hidden] == -1).all()
            assert (values[~hidden] == measured.table[name].to_numpy()[drawn][~hidden]).all()
            found += int(hidden.sum())
    assert found > 5


def test_a_public_release_shows_neither_households_nor_what_tells_them(make: Callable[..., Any]) -> None:
    small = make(4, 2, communities=1)
    held = tuple(release_balance(one.table, k=100_000, public=True) for one in small.measured)
    grids = document(small, held)["plans"][0]["grids"]
    resident = [row for row, code in enumerate(grids["code"]) if not code.endswith("901")]
    assert {grids["households"][row] for row in resident} == {-1}
    assert {grids["status"][row] for row in resident} == {3}
    assert {grids["distance"][row] for row in resident} == {0}


def test_unknown_is_not_zero(make: Callable[..., Any]) -> None:
    blank = document(make(8, 6, communities=1, unknown=1.0))["plans"][0]["grids"]
    resident = [row for row, status in enumerate(blank["status"]) if status != 4]
    assert {blank["households"][row] for row in resident} == {None}
    assert {blank["residents"][row] for row in resident} == {None}
    assert {blank["status"][row] for row in resident} == {3}


def test_it_says_where_its_figures_are_from(town: Any, page: dict[str, Any]) -> None:
    assert (page["basis"], page["basis_date"], page["date"], page["k"]) == ("dwelling", "2025-06-30", "2025-07-01", 10)
    assert (page["window"], page["sample"]) == ([300, 500], True)
    bare = tuple(release_balance(one.table, k=10) for one in town.measured)
    assert document(town, bare)["basis"] == "dwelling"


def test_bounds_hold_the_city_in_degrees(page: dict[str, Any]) -> None:
    west, south, east, north = page["bounds"]
    assert 111 < west < page["origin"][0] < east < 113
    assert 37 < south < page["origin"][1] < north < 38


def test_buildings_can_be_left_out(town: Any, page: dict[str, Any]) -> None:
    assert page["base"]["buildings"]
    assert document(town, buildings=False)["base"]["buildings"] == ""


def test_a_balance_of_another_plan_is_refused(town: Any) -> None:
    with pytest.raises(InputError, match="not that of plan 'redrawn'"):
        document(town, (town.released[0], town.released[0]))
