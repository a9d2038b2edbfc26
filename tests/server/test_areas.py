"""Who sees households by building where: route by role by area, each cell; on both back ends."""

import importlib.util
import io
from pathlib import Path

import pandas as pd
import pytest

from gridmap.plan import assign

_LOADED = {}
for _name in ("asking", "routes"):
    _spec = importlib.util.spec_from_file_location(_name, Path(__file__).with_name(f"{_name}.py"))
    _LOADED[_name] = importlib.util.module_from_spec(_spec)
    _spec.loader.exec_module(_LOADED[_name])
asking, listed = _LOADED["asking"], _LOADED["routes"]
EAST, WEST, told = asking.EAST, asking.WEST, asking.told

P = "/api/v1/plans/{name}"
BY_AREA = {
    f"{P}", f"{P}/grids", f"{P}/cells", f"{P}/balance", f"{P}/fabric", f"{P}/diff/{{other}}",
    f"{P}/diff/{{other}}/addresses", f"{P}/diff/{{other}}/sheets", f"{P}/diff/{{other}}/map",
    "/api/v1/coverage", "/api/v1/access", "/api/v1/findings", "/map",
    "/api/v1/matters", "/api/v1/matters/board", "/api/v1/matters/map", "/api/v1/matters/{name}",
    "/api/v1/grids/{code}/record", "/api/v1/in-force/grids", "/api/v1/in-force/diff", "/api/v1/staffing/places",
}  # fmt: skip
"""Routes that tell other things inside an area than outside it: each is asked below."""

FOR_ALL_ALIKE = {
    "/api/v1/city", "/api/v1/places", "/api/v1/where", "/api/v1/search", "/api/v1/figures", "/api/v1/plans",
    f"{P}/history", f"{P}/steps", "/api/v1/nearest", "/api/v1/around", "/api/v1/coverage/reach", "/api/v1/vacancies",
    "/api/v1/staffing", "/api/v1/kinds", "/api/v1/venues", "/api/v1/tiles/{name}.json",
    "/api/v1/tiles/{name}/{z}/{x}/{y}.mvt", "/ogc", "/ogc/", "/ogc/api", "/ogc/conformance", "/ogc/collections",
    "/ogc/collections/{name}", "/ogc/collections/{name}/queryables", "/ogc/collections/{name}/items",
    "/ogc/collections/{name}/items/{item}", "/api/v1/compounds", "/api/v1/coverage/shares", "/api/v1/in-force",
}  # fmt: skip
"""Routes that tell everybody the same, whatever their area, and no figures of buildings: asked below, too."""

WITHOUT_PEOPLE = {
    "/health", "/ready", "/metrics", "/", "/sw.js", "/app/{name:path}", "/openapi.json",
    "/api/v1/session", "/api/v1/accounts", "/api/v1/tokens",
    "/api/v1/audit", f"{P}/events", f"{P}/layout", f"{P}/changes", "/api/v1/findings/repairs", "/api/v1/duties",
    "/api/v1/liaison", "/api/v1/organisations", "/rate/{token}", "/api/v1/jobs/{id}", "/api/v1/jobs/{id}/result",
    "/api/v1/jobs/{id}/events",
}  # fmt: skip
"""Routes without figures about buildings: accounts, logs, names of who answers, one's own work."""


@pytest.fixture(scope="module")
def served(databases):
    place = databases.fresh()
    asking.make(place, asking.few_people())
    with asking.serving(place) as made:
        ws = made.app.state.service.ws
        made.app.state.service.ws.save_plan(ws.plan("present"), "draft")
        ws.save_plan(moved(ws.plan("present")), "moved")
        yield made


def moved(plan):
    """Return a plan in which some buildings of each community are in its other grid."""
    for community in (EAST, WEST):
        own = [grid.id for grid in plan.grids if grid.community == community and grid.resident]
        cells = [str(plan.fabric.cell_ids[at]) for at in plan.cells_of(own[0])[:4]]
        plan = assign(plan, cells, own[1])[0]
    return plan


@pytest.fixture(scope="module")
def exact(served):
    """Return the households and the community of each building."""
    fabric = served.app.state.service.ws.plan("present").fabric
    codes = fabric.community_codes[fabric.community]
    return {
        str(one): (int(n), str(code)) for one, n, code in zip(fabric.cell_ids, fabric.households, codes, strict=True)
    }


def test_each_route_says_what_it_tells_of_people(served):
    paths = {route.path for route in listed.routes(served.app) if "GET" in route.methods}
    known = BY_AREA | FOR_ALL_ALIKE | WITHOUT_PEOPLE
    assert not {path for path in paths - known if not path.startswith(("/app", "/{"))}, "say it above, and ask it below"


CELLS = [(role, area) for role in asking.ROLES for area in asking.AREAS]


@pytest.mark.parametrize(("role", "area"), CELLS)
def test_households_by_building_stay_inside_the_area(served, exact, role, area):
    ask, edits, inside = served.ask[role, area], role in asking.MAY_EDIT, asking.INSIDE[area]
    for path, ids, status in (("cells", "buildings", 200), ("fabric", "ids", 200 if edits else 403)):
        for plan in ("present", "draft"):
            shown = told(ask, f"/api/v1/plans/{plan}/{path}", status=status)
            if status == 403:
                continue
            assert ("households" in shown) == edits
            if edits:
                pairs = dict(zip(shown[ids], shown["households"], strict=True))
                assert pairs == {one: exact[one][0] if exact[one][1] in inside else None for one in pairs}
                assert len(pairs) >= 120


@pytest.mark.parametrize(("role", "area"), CELLS)
def test_grids_are_as_released_outside_the_area(served, exact, role, area):
    ask, public = served.ask[role, area], served.ask["viewer", "city"]
    inside = asking.INSIDE[area] if role in asking.MAY_EDIT else set()
    full = served.ask["admin", "city"]
    for draft in ("present", "draft"):
        path = f"/api/v1/plans/{draft}"
        mine, outer, inner = (told(one, f"{path}/balance") for one in (ask, public, full))
        for row, open_, planner in zip(mine["grids"], outer["grids"], inner["grids"], strict=True):
            assert row == (planner if row["community"] in inside else open_)
        sums = {}
        for cell, at in zip(*(told(full, f"{path}/cells")[name] for name in ("buildings", "grid")), strict=True):
            sums[at] = sums.get(at, 0) + exact[cell][0]
        for at, row in enumerate(mine["grids"]):
            assert row["households"] == sums[at] or row["community"] not in inside
        shown = [one["properties"] for one in told(ask, f"{path}/grids")["features"]]
        by_id = {row["grid"]: row for row in mine["grids"]}
        for one in shown:
            assert one["households"] == by_id[one["grid"]]["households"]
        if draft == "present":  # the plan in force
            then = [one["properties"] for one in told(ask, "/api/v1/in-force/grids")["features"]]
            assert then == shown
            residents = {one["code"]: one["residents"] for one in told(ask, "/api/v1/staffing/places")["communities"]}
            everybody = {
                one["code"]: one["residents"] for one in told(public, "/api/v1/staffing/places")["communities"]
            }
            assert {code: n for code, n in residents.items() if code not in inside} == {
                code: n for code, n in everybody.items() if code not in inside
            }
        assert told(ask, path)["totals"] == mine["totals"]
        assert (mine["totals"]["min"] is not None) == (inside == {EAST, WEST} and area == "city")


@pytest.mark.parametrize(("role", "area"), CELLS)
def test_services_are_as_released_outside_the_area(served, role, area):
    ask, edits = served.ask[role, area], role in asking.MAY_EDIT
    for path in ("/api/v1/coverage?kind=canteen&metres=150", "/api/v1/access?kind=canteen", "/api/v1/findings",
                 "/api/v1/plans/present/diff/draft", "/api/v1/in-force/diff"):  # fmt: skip
        assert ask("GET", path).status_code == (200 if edits else 403), path
    if not edits:
        return
    inside = asking.INSIDE[area]
    mine = told(ask, "/api/v1/coverage?kind=canteen&metres=150")
    full = told(served.ask["admin", "city"], "/api/v1/coverage?kind=canteen&metres=150")
    for row, whole in zip(mine["grids"], full["grids"], strict=True):
        if row["community"] in inside:
            assert (row["households"], row["households_covered"]) == (whole["households"], whole["households_covered"])
    for spot in mine["hot_spots"]:
        assert spot["community"] in inside or spot["households"] is None or spot["households"] >= 10
    kept = {one["id"] for one in told(ask, "/api/v1/findings?limit=1000")["findings"]}
    every = told(served.ask["admin", "city"], "/api/v1/findings?limit=1000")["findings"]
    assert kept <= {one["id"] for one in every}
    page = ask("GET", "/map")
    assert page.status_code == 200


@pytest.mark.parametrize(("role", "area"), CELLS)
def test_addresses_that_change_grid_are_told_inside_the_area(served, exact, role, area):
    ask, edits, inside = served.ask[role, area], role in asking.MAY_EDIT, asking.INSIDE[area]
    path = "/api/v1/plans/present/diff/moved"
    for tail in ("", "/addresses", "/sheets", "/map"):
        assert ask("GET", f"{path}{tail}").status_code == (200 if edits else 403), tail
    if not edits:
        return
    told_of = told(ask, f"{path}/addresses?limit=1000")["addresses"]
    everywhere = told(served.ask["admin", "city"], f"{path}/addresses?limit=1000")["addresses"]
    assert {one["community"] for one in everywhere} == {EAST, WEST}
    assert [one["building"] for one in told_of] == [one["building"] for one in everywhere if one["community"] in inside]
    assert all(one["households"] == exact[one["building"]][0] for one in told_of)
    book = pd.read_excel(io.BytesIO(ask("GET", f"{path}/sheets").content), sheet_name=None, dtype=str)
    assert list(book) == ["grids", "compounds", "addresses"]
    assert book["addresses"].get("building", pd.Series(dtype=str)).tolist() == [one["building"] for one in told_of]
    outside = {one["building"] for one in everywhere} - {one["building"] for one in told_of}
    names = {one["building"] for one in everywhere}
    page = ask("GET", f"{path}/map").text
    assert not any(f'"{name}"' in page for name in names | outside)


@pytest.mark.parametrize(("role", "area"), CELLS)
def test_matters_are_read_inside_the_area(served, exact, role, area):
    ask, reads = served.ask[role, area], role in ("staff", "planner", "admin")
    inside = asking.INSIDE[area]
    expected = {f"m{int(one[1:])}" for one, (_, code) in exact.items() if code in inside and one.startswith("b")}
    for path in ("/api/v1/matters?limit=1000", "/api/v1/matters/board?cards=100"):
        assert ask("GET", path).status_code == (200 if reads else 403)
    bbox = "/api/v1/matters/map?bbox=111,36,113,38"
    if not reads:
        counts = [one["properties"]["n"] for one in told(ask, bbox)["features"]]
        assert counts
        assert all(n % 10 == 0 and n > 0 for n in counts)
        assert ask("GET", "/api/v1/matters/m0").status_code == 403
        return
    assert {one["id"] for one in told(ask, "/api/v1/matters?limit=1000")["matters"]} == expected
    stages = told(ask, "/api/v1/matters/board?cards=100")["stages"]
    assert sum(one["matters"] for one in stages) == len(expected)
    assert {card["id"] for one in stages for card in one["cards"]} <= expected
    assert {one["properties"]["id"] for one in told(ask, bbox)["features"]} == expected
    for one, (_, code) in list(exact.items())[::17]:
        if one.startswith("b"):
            status = ask("GET", f"/api/v1/matters/m{int(one[1:])}").status_code
            assert status == (200 if code in inside else 403)
    for grid, code in ((f"{EAST}001", EAST), (f"{WEST}001", WEST)):
        assert ask("GET", f"/api/v1/grids/{grid}/record").status_code == (200 if code in inside else 403)


ALIKE = (
    "/api/v1/city", "/api/v1/places", "/api/v1/where?lon=111.797&lat=37.2558", "/api/v1/search?q=1号楼",
    "/api/v1/search?q=141182001001", "/api/v1/figures", "/api/v1/plans", "/api/v1/plans/present/history",
    "/api/v1/plans/present/steps", "/api/v1/nearest?kind=canteen&lon=111.797&lat=37.2558",
    "/api/v1/coverage/reach?kind=canteen&metres=150", "/api/v1/vacancies", "/api/v1/staffing", "/api/v1/kinds",
    "/api/v1/venues", "/api/v1/tiles/base.json", "/api/v1/tiles/base/14/13278/6356.mvt", "/ogc", "/ogc/collections",
    "/ogc/collections/buildings", "/ogc/collections/buildings/queryables", "/ogc/collections/grids",
    "/ogc/collections/buildings/items/b001", "/ogc/conformance", "/api/v1/compounds",
    "/api/v1/coverage/shares?kind=canteen", "/api/v1/in-force",
)  # fmt: skip


CITY_WIDE = {
    "/api/v1/places": {"children"},
    "/api/v1/staffing": {"residents"},
    "/api/v1/coverage/shares?kind=canteen": {"households", "elders_60", "elders_80", "children"},
}
"""Places within places; the residents and the shares of the whole city."""


@pytest.mark.parametrize(("role", "area"), CELLS)
def test_everything_else_tells_everybody_the_same_and_no_figures_of_buildings(served, role, area):
    ask, full = served.ask[role, area], served.ask["admin", "city"]
    for path in ALIKE:
        mine, whole = ask("GET", path), full("GET", path)
        assert mine.status_code == whole.status_code < 300, (path, mine.text[:300])
        assert mine.content == whole.content, path
        assert mine.headers.get("etag") == whole.headers.get("etag"), path
        told_of = {name for name in asking.FIGURES if f'"{name}":'.encode() in mine.content}
        assert told_of <= CITY_WIDE.get(path, set()), path
    for name in ("buildings", "grids", "communities"):
        items = told(ask, f"/ogc/collections/{name}/items?limit=1000")
        for one in items["features"]:
            assert not asking.FIGURES & set(one["properties"])
        for hidden in asking.FIGURES:
            assert ask("GET", f"/ogc/collections/{name}/items?{hidden}=1").status_code == 400
