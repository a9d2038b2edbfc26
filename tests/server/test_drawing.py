"""What an editor needs of a plan, over HTTP."""

import itertools

import numpy as np
import pytest
import shapely
from httpx import Client

from gridmap.workspace import Workspace

PLANS = "/api/v1/plans"
GOOD = "a long enough password"


@pytest.fixture
def draft(served):
    """Return the path of a fresh draft."""
    name = served.service.ws.next_name("draft")
    served.post(PLANS, {"name": name}, 201)
    return f"{PLANS}/{name}"


def test_the_fabric_is_told_with_its_figures_and_neighbours(looked):
    told, fabric = looked.json(f"{PLANS}/present/fabric"), looked.service.ws.plan("present").fabric
    assert told["ids"] == fabric.cell_ids.tolist()
    assert told["households"] == fabric.households.tolist()
    assert sum(told["area_m2"]) == pytest.approx(fabric.area_m2.sum())
    assert list(zip(told["i"], told["j"], strict=True)) == list(zip(fabric.i.tolist(), fabric.j.tolist(), strict=True))
    assert np.allclose(told["shared_m"], fabric.shared_m, atol=1e-4)
    assert all(one["open"] for one in told["communities"])
    x, y = fabric.frame.from_lonlat(np.cumsum(told["x_e7"]) / 1e7, np.cumsum(told["y_e7"]) / 1e7)
    assert np.hypot(x - fabric.x, y - fabric.y).max() < 0.02


def test_the_outlines_are_those_of_the_cells(looked):
    told, fabric = looked.json(f"{PLANS}/present/fabric"), looked.service.ws.plan("present").fabric
    corners = np.cumsum(np.array(told["corners_e7"]).reshape(-1, 2), axis=0) / 1e7
    xy = np.column_stack(fabric.frame.from_lonlat(corners[:, 0], corners[:, 1]))
    ends = np.cumsum([0, *told["rings"]])
    area = np.zeros(len(fabric))
    for (start, end), cell in zip(itertools.pairwise(ends), told["ring_cell"], strict=True):
        area[cell] += shapely.area(shapely.Polygon(xy[start:end]))
    assert area == pytest.approx(fabric.area_m2, abs=5)


def test_the_layout_and_the_changes_since_make_the_plan(served, draft):
    before = served.json(f"{draft}/layout")
    first = before["grids"][0]["id"]
    second = before["grids"][1]["id"]
    told = served.json(f"{draft}/fabric")
    moved = [told["ids"][cell] for cell, grid in enumerate(before["grid"]) if grid == 1][:2]
    served.post(f"{draft}/edits", {"base": 1, "kind": "assign", "payload": {"buildings": moved, "grid": first}})
    served.post(f"{draft}/edits", {"base": 2, "kind": "lock", "payload": {"grid": second, "locked": True}})
    changes = served.json(f"{draft}/changes?since={before['revision']}")["changes"]
    assert [one["revision"] for one in changes] == [2, 3]
    assert {grid: sorted(cells) for grid, cells in changes[0]["change"]["cells"].items()} == {first: sorted(moved)}
    assert changes[1]["change"]["drop"] == [second]
    assert changes[1]["change"]["put"][0][1]["locked"]
    after = served.json(f"{draft}/layout")
    assert after["revision"] == 3
    assert [
        cell for cell, pair in enumerate(zip(before["grid"], after["grid"], strict=True)) if len(set(pair)) > 1
    ] == [told["ids"].index(one) for one in sorted(moved, key=told["ids"].index)]
    assert served.json(f"{draft}/changes?since=3")["changes"] == []


def test_households_are_told_within_the_area_of_a_planner_only(served, draft):
    people = Workspace.open(served.path).people()
    inside = served.json(f"{draft}/fabric")["communities"][0]["code"]
    people.add("boss", GOOD, role="admin")
    people.add("li", GOOD, role="planner", scope=[inside])
    with Client(base_url=served.url) as http:
        assert http.get(f"{draft}/fabric").status_code == 401
        origin = {"Origin": served.url}
        login = {"name": "li", "password": GOOD}
        assert http.post("/api/v1/session", json=login, headers=origin).status_code == 200
        told = http.get(f"{draft}/fabric").json()
    opened = [one["open"] for one in told["communities"]]
    assert opened == [True] + [False] * (len(opened) - 1)
    shown = [count is not None for count in told["households"]]
    assert shown == [community == 0 for community in told["community"]]
