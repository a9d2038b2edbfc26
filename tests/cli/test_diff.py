"""`gridmap diff`: who changes grid and worker, as a table, JSON, a workbook and a page."""

import pandas as pd
import pytest

from gridmap.errors import InputError
from gridmap.plan import assign
from gridmap.results import difference
from gridmap.store import testing
from gridmap.workspace import Workspace

EAST = "141182001001"


@pytest.fixture
def place(tmp_path):
    """Return a workspace of the town with a plan in which three buildings go from the first to the second grid."""
    path = tmp_path / "t.gpkg"
    with Workspace.create_sample(path, testing.town(), name="t") as ws:
        people = pd.DataFrame([{"id": "p1", "name": "甲"}, {"id": "p2", "name": "=乙"}])
        duties = [
            {"id": "d1", "kind": "grid_worker", "person": "p1", "places": f"{EAST}001"},
            {"id": "d2", "kind": "grid_worker", "person": "p2", "places": f"{EAST}002", "posted": True},
        ]
        ws.import_records({"persons": people, "duties": pd.DataFrame(duties)})
        plan = ws.save_plan(ws.plan("present"), "other")
        ws.edit("other", assign(plan, ["b000", "b001", "b002"], f"{EAST}002")[1])
    return path


def test_it_is_told_in_every_way(run, place, tmp_path):
    sheets, page = tmp_path / "d.xlsx", tmp_path / "d.html"
    ran = run("diff", place, "present", "other", "-o", sheets, "--map", page, "--json")
    assert ran.code == 0, ran.err
    told = ran.json
    assert told["totals"]["households_moved"] == told["totals"]["households_worker_changes"] == 33
    (pair,) = told["changes"]
    assert (pair["from_grid"], pair["from_worker"], pair["to_grid"], pair["to_worker"]) == (
        f"{EAST}001", "甲", f"{EAST}002", "=乙",
    )  # fmt: skip
    assert [one["building"] for one in told["addresses"]] == ["b000", "b001", "b002"]
    assert [one["households"] for one in told["addresses"]] == [10, 11, 12]
    book = pd.read_excel(sheets, sheet_name=None, dtype=str)
    assert list(book) == ["grids", "compounds", "addresses"]
    assert [len(sheet) for sheet in book.values()] == [1, 0, 3]
    assert set(book["grids"]["to_worker"]) == {"'=乙"}, "no spreadsheet takes it for a formula"
    text = page.read_text("utf-8")
    assert "网格变更" in text
    assert "b000" not in text
    assert f"{EAST}001" in run("diff", place, "present", "other").out


def test_nothing_changes(run, place, tmp_path):
    sheets, page = tmp_path / "d.xlsx", tmp_path / "d.html"
    ran = run("diff", place, "present", "present", "-o", sheets, "--map", page, "--json")
    assert ran.code == 0, ran.err
    assert ran.json["changes"] == ran.json["compounds"] == ran.json["addresses"] == []
    assert page.is_file()
    assert run("diff", place, "present", "nope").code == 2


def test_only_workers_that_are_posted_are_named_where_that_is_asked(place):
    with Workspace.open(place) as ws:
        found = difference(ws, ws.plan("present"), ws.plan("other"), posted=True)
        assert set(found.table["from_worker"]) == {""}
        assert set(found.table["to_worker"]) == {"=乙"}


def test_a_map_is_of_the_plans_that_its_figures_are_of(place):
    from gridmap.maps import difference_map

    with Workspace.open(place) as ws:
        present, other = ws.plan("present"), ws.plan("other")
        released = difference(ws, present, other).released
        with pytest.raises(InputError, match="not of these plans"):
            difference_map(ws.city(), present, present, released)
        with pytest.raises(InputError, match="released figures only"):
            difference_map(ws.city(), present, other, released.table)
