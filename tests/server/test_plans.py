"""Plans over HTTP: drawn, measured, changed by compare-and-set, followed as they change."""

import gzip
import io
import itertools
import json
import threading

import httpx
import numpy as np
import pandas as pd
import pytest
import shapely

from gridmap.plan import diff
from gridmap.workspace import Workspace

PLANS = "/api/v1/plans"


@pytest.fixture
def draft(served):
    """Return the path of a fresh draft."""
    name = served.service.ws.next_name("draft")
    served.post(PLANS, {"name": name}, 201)
    return f"{PLANS}/{name}"


def _neighbours(served, draft):
    """Return two grids of a community and two buildings of the second."""
    cells = served.json(f"{draft}/cells")
    first = cells["grids"][0]
    second = next(one for one in cells["grids"][1:] if one["community"] == first["community"])
    at = cells["grids"].index(second)
    inside = [building for building, grid in zip(cells["buildings"], cells["grid"], strict=True) if grid == at]
    return first["id"], second["id"], inside[:2]


def test_plans_are_listed_as_on_the_command_line(looked):
    assert looked.json(PLANS)["plans"] == looked.service.ws.plans()


def test_grids_are_drawn_small_seamless_and_with_labels_inside(looked):
    with looked.http.stream("GET", f"{PLANS}/present/grids", headers={"Accept-Encoding": "gzip"}) as answer:
        body = b"".join(answer.iter_raw())
    assert len(body) <= 60 * 1024
    told = json.loads(gzip.decompress(body))
    assert len(told["features"]) == len(told["labels"]["features"]) == 300
    shapes = np.array([shapely.from_geojson(json.dumps(one["geometry"])) for one in told["features"]])
    points = np.array([shapely.from_geojson(json.dumps(one["geometry"])) for one in told["labels"]["features"]])
    assert shapely.is_valid(shapes).all()
    assert shapely.contains(shapes, points).all()
    plan = looked.service.ws.plan("present")
    exact = shapely.area(plan.polygons()).sum()
    x, y = plan.fabric.frame.from_lonlat(*shapely.get_coordinates(shapes).T)
    drawn = shapely.set_coordinates(shapes.copy(), np.column_stack([x, y]))
    assert shapely.area(drawn).sum() == pytest.approx(exact, rel=1e-4)
    assert [one["properties"]["households"] for one in told["features"]] == plan.households.tolist()
    assert not {"elders_60", "elders_80", "children"} & set(told["features"][0]["properties"])


def test_the_balance_is_that_of_the_command_line(looked):
    told = looked.json(f"{PLANS}/present/balance")
    expected = looked.service.handle.plan("present").balance().to_dict()
    assert told["totals"]["in_range"] == expected["totals"]["in_range"] == 183
    assert [row["households"] for row in told["grids"]] == [row["households"] for row in expected["grids"]]
    wide = looked.json(f"{PLANS}/present/balance?min_households=1&max_households=10000")
    assert wide["totals"]["in_range"] == 292
    assert looked.json(f"{PLANS}/present/balance?min_households=9&max_households=3", 422)["code"] == "window-invalid"


def test_small_figures_are_held_back(looked):
    k = looked.json("/api/v1/city")["k"]
    rows = looked.json(f"{PLANS}/present/balance")["grids"]
    small = [row for row in rows if row["elders_80"] is not None and 0 < row["elders_80"] < k]
    assert not small
    assert any(row["elders_80_suppressed"] for row in rows)


def test_an_edit_moves_buildings_and_tells_the_balance_of_what_it_touched(served, draft):
    one, two, buildings = _neighbours(served, draft)
    before = {row["grid"]: row["households"] for row in served.json(f"{draft}/balance")["grids"]}
    told = served.post(
        f"{draft}/edits", {"base": 1, "kind": "assign", "payload": {"buildings": buildings, "grid": one}}
    )
    assert told["revision"] == 2
    assert told["grids"] == sorted([one, two])
    after = {row["grid"]: row["households"] for row in told["rows"]}
    assert after[one] + after[two] == before[one] + before[two]
    assert after[one] > before[one]
    cells = served.json(f"{draft}/cells")
    at = dict(zip(cells["buildings"], cells["grid"], strict=True))
    assert {cells["grids"][at[building]]["id"] for building in buildings} == {one}


def test_an_edit_can_be_sent_as_it_was_told(served, draft):
    one, _, buildings = _neighbours(served, draft)
    told = served.post(f"{draft}/edits", {"kind": "assign", "payload": {"buildings": buildings, "grid": one}})
    undone = served.post(f"{draft}/undo", {"base": told["revision"]})
    again = served.post(f"{draft}/edits", {"base": undone["revision"], **told["edit"]})
    assert again["rows"] == told["rows"]


@pytest.mark.parametrize("kind", ["merge", "split", "lock", "rename"])
def test_every_kind_of_edit_is_undone_and_made_again(served, draft, kind):
    one, two, buildings = _neighbours(served, draft)
    payload = {
        "merge": {"grid": one, "other": two},
        "split": {"grid": two, "buildings": buildings, "new": "new~1", "name": "新网格"},
        "lock": {"grid": one, "locked": True},
        "rename": {"grid": one, "name": "东片"},
    }[kind]
    start = served.json(f"{draft}/cells")
    served.post(f"{draft}/edits", {"base": 1, "kind": kind, "payload": payload})
    changed = served.json(f"{draft}/cells")
    assert changed != start
    served.post(f"{draft}/undo", {"base": 2})
    assert served.json(f"{draft}/cells") == start
    served.post(f"{draft}/redo", {"base": 3})
    assert served.json(f"{draft}/cells") == changed
    history = served.json(f"{draft}/history")["history"]
    assert [row["kind"] for row in history] == ["redo", "undo", kind, "create"]
    assert [row["kind"] for row in served.json(f"{draft}/history?limit=1&offset=2")["history"]] == [kind]


def test_a_stale_edit_is_refused_with_what_others_changed(served, draft):
    one, two, buildings = _neighbours(served, draft)
    change = {"base": 1, "kind": "assign", "payload": {"buildings": buildings, "grid": one}}
    served.post(f"{draft}/edits", change)
    told = served.post(f"{draft}/edits", {"base": 1, "kind": "merge", "payload": {"grid": one, "other": two}}, 409)
    assert told["code"] == "plan-changed"
    assert [(row["revision"], row["kind"], row["grids"]) for row in told["changes"]] == [
        (2, "assign", sorted([one, two]))
    ]
    assert served.json(draft)["revision"] == 2


def test_an_edit_of_other_grids_is_taken_on_an_older_revision(served, draft):
    one, two, _ = _neighbours(served, draft)
    for number, grid in enumerate((one, two)):
        told = served.post(f"{draft}/edits", {"base": 1, "kind": "rename", "payload": {"grid": grid, "name": "x"}})
        assert told["revision"] == 2 + number


def test_of_many_who_edit_one_revision_one_is_taken(served, draft):
    one, two, _ = _neighbours(served, draft)
    codes = []

    def rename(number):
        body = {"base": 1, "kind": "rename", "payload": {"grid": (one, two)[number % 2], "name": f"n{number}"}}
        codes.append(httpx.post(f"{served.url}{draft}/edits", json=body, timeout=60).status_code)

    threads = [threading.Thread(target=rename, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes.count(200) >= 1
    assert set(codes) <= {200, 409}
    assert served.json(draft)["revision"] == 1 + codes.count(200)


@pytest.mark.parametrize(
    ("kind", "payload", "code"),
    [
        ("nothing", {}, "edit-unknown"),
        ("redraw", {}, "edit-broken"),
        ("assign", {"moves": 3}, "edit-broken"),
        ("assign", {"buildings": ["nowhere"], "grid": "141182001001001"}, "building-unknown"),
        ("assign", {"buildings": [["B1"]], "grid": "141182001001001"}, "edit-broken"),
        ("merge", {"grid": "141182001001001", "other": "141182001001001"}, "grid-same"),
        ("merge", {"grid": "141182001001001", "other": "141182002001001"}, "other-community"),
        ("lock", {"grid": "nope", "locked": True}, "grid-unknown"),
        ("rename", {"grid": "141182001001001", "name": 3}, "edit-broken"),
    ],
)
def test_edits_that_cannot_be_made_change_nothing(served, draft, kind, payload, code):
    answer = served.http.post(f"{draft}/edits", json={"kind": kind, "payload": payload})
    assert answer.status_code in (404, 422)
    assert answer.json()["code"] == code
    assert served.json(draft)["revision"] == 1


def test_a_grid_is_brought_into_range_with_its_neighbours(served, draft):
    rows = served.json(f"{draft}/balance")["grids"]
    worst = max((row for row in rows if row["status"] == "over"), key=lambda row: row["distance"])
    told = served.post(f"{draft}/rebalance", {"grid": worst["grid"], "base": 1})
    assert told["revision"] == 2
    assert worst["grid"] in told["grids"]
    moved = next(row for row in told["rows"] if row["grid"] == worst["grid"])
    assert moved["distance"] < worst["distance"]


def test_the_difference_of_two_plans_is_that_of_the_plans(served, draft):
    one, _, buildings = _neighbours(served, draft)
    served.post(f"{draft}/edits", {"kind": "assign", "payload": {"buildings": buildings, "grid": one}})
    name = draft.rsplit("/", 1)[1]
    told = served.json(f"{PLANS}/present/diff/{name}")
    expected = served.service.plan(name).compare(served.service.plan("present"))
    assert told == expected.to_dict(addresses=False)
    assert told["totals"] == {**diff(served.service.ws.plan("present"), served.service.ws.plan(name)).totals,
                              "households_worker_changes": expected.totals["households_worker_changes"]}  # fmt: skip
    assert sum(row["households"] for row in told["changes"]) == told["totals"]["households_moved"] > 0


def test_a_difference_goes_out_as_sheets_addresses_and_a_map(served, draft):
    one, _, buildings = _neighbours(served, draft)
    served.post(f"{draft}/edits", {"kind": "assign", "payload": {"buildings": buildings, "grid": one}})
    path = f"{PLANS}/present/diff/{draft.rsplit('/', 1)[1]}"
    answer = served.http.get(f"{path}/sheets")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == 'attachment; filename="difference.xlsx"'
    book = pd.read_excel(io.BytesIO(answer.content), sheet_name=None, dtype=str)
    assert list(book) == ["grids", "compounds", "addresses"]
    assert set(book["addresses"]["building"]) == set(buildings)
    told = served.json(f"{path}/addresses?limit=1")
    assert (len(told["addresses"]), told["total"]) == (1, len(buildings))
    assert set(book["addresses"]) == set(told["addresses"][0])
    page = served.http.get(f"{path}/map")
    assert page.status_code == 200
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "网格变更" in page.text


def test_who_follows_a_plan_sees_the_changes_of_others_and_of_other_processes(served, draft, until):
    one, two, _ = _neighbours(served, draft)
    name = draft.rsplit("/", 1)[1]
    heard = []

    def listen():
        try:
            with httpx.stream("GET", f"{served.url}{draft}/events", timeout=60) as stream:
                heard.extend(json.loads(line[6:]) for line in stream.iter_lines() if line.startswith("data: "))
        except httpx.TransportError:
            return

    threading.Thread(target=listen, daemon=True).start()
    until(lambda: heard)
    assert heard[0] == {"plan": name, "revision": 1}
    served.post(f"{draft}/edits", {"kind": "rename", "payload": {"grid": one, "name": "here"}})
    until(lambda: len(heard) > 1)
    with Workspace.open(served.path, user="elsewhere") as other:  # as another process has it
        from gridmap.plan import rename

        other.edit(name, rename(other.plan(name), two, "there")[1])
    until(lambda: len(heard) > 2)
    assert [(one["revision"], one["kind"], one["grids"]) for one in heard[1:]] == [
        (2, "rename", [one]), (3, "rename", [two])
    ]  # fmt: skip
    assert heard[2]["user"] == "elsewhere"
    with httpx.stream("GET", f"{served.url}{draft}/events?since=1", timeout=60) as stream:
        lines = itertools.islice(stream.iter_lines(), 11)
        told = [json.loads(line[6:]) for line in lines if line.startswith("data: ")]
    assert [row["revision"] for row in told[1:]] == [2, 3]


def test_tags_change_with_the_plan_and_only_with_it(served, draft):
    one, _, _ = _neighbours(served, draft)
    tag, other = (served.get(f"{path}/grids").headers["etag"] for path in (draft, f"{PLANS}/present"))
    served.post(f"{draft}/edits", {"kind": "rename", "payload": {"grid": one, "name": "x"}})
    assert served.get(f"{draft}/grids", headers={"If-None-Match": tag}).status_code == 200
    assert served.get(f"{PLANS}/present/grids", headers={"If-None-Match": other}).status_code == 304


def test_a_plan_is_put_in_force(served, draft):
    told = served.post(f"{draft}/publish")
    assert told["state"] == "in_force"
    assert served.json("/api/v1/city")["plan_in_force"] == draft.rsplit("/", 1)[1]


def test_names_that_are_taken_are_a_conflict(served):
    assert served.post(PLANS, {"name": "present"}, 409)["code"] == "plan-exists"
    assert served.post(PLANS, {"name": "\t"}, 422)["code"] == "plan-unnamed"
