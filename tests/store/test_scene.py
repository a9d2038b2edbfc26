"""What a map of records is given: counted again from the matters one by one; nothing that is not posted."""

import base64
import datetime as dt
from collections import Counter

import pandas as pd
import pytest

from gridmap.matters import matter_kinds
from gridmap.store import answers, testing
from gridmap.workspace import Workspace

ON = dt.date(2026, 3, 20)
EAST, WEST = "141182001001", "141182001002"


@pytest.fixture(scope="module")
def ws(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scene")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRIDMAP_KEY", base64.urlsafe_b64encode(b"s" * 32).decode())
        with Workspace.create_sample(folder / "town.gpkg", testing.town(), name="t") as made:
            made.import_records(_tables())
            yield made


def _tables():
    stages = ["found", "dispatched", "answered", "rated"]
    rows = [
        {"id": f"r{k}", "kind": "request", "level": "building", "code": f"b{k % 120:03}", "stage": stages[k % 4],
         "opened": "2026-03-02", "due": None if k % 4 == 3 else f"2026-03-{10 + k % 20:02}", "title": f"事{k}"}
        for k in range(90)
    ]  # fmt: skip
    rows += [{"id": f"p{k}", "kind": "project", "level": "community", "code": EAST, "stage": "running",
              "topic": "road", "opened": "2026-03-02", "due": "2026-05-01"} for k in range(3)]  # fmt: skip
    persons = [{"id": "p1", "name": "王五"}, {"id": "p2", "name": "赵六"}, {"id": "p3", "name": "机密人"}]
    duties = [
        {"id": "w1", "kind": "grid_worker", "person": "p1", "places": f"{EAST}001;{EAST}002", "posted": True},
        {"id": "w2", "kind": "grid_worker", "person": "p2", "places": f"{WEST}001", "posted": False},
        {"id": "x1", "kind": "pairing", "person": "p3", "places": f"{EAST}:H1", "posted": True},
    ]
    return {"matters": pd.DataFrame(rows), "persons": pd.DataFrame(persons), "duties": pd.DataFrame(duties)}


def test_counts_by_grid_are_those_of_the_matters(ws):
    scene, _ = ws.records_scene(ws.current_plan(), on=ON)
    final = {(kind.id, stage.id) for kind in matter_kinds().values() for stage in kind.stages.values() if stage.final}
    open_ = [one for one in ws.records.find() if (one.kind, one.stage) not in final]
    counted = Counter((one.grid, one.kind, one.stage) for one in open_ if one.grid)
    late = Counter((one.grid, one.kind, one.stage) for one in open_ if one.grid and one.overdue(ON))
    assert {(one.grid, one.kind, one.stage): one.n for one in scene.grids} == counted
    assert {(one.grid, one.kind, one.stage): one.late for one in scene.grids if one.late} == late
    assert len(counted) > 4
    assert sum(scene.heat.n) == sum(one.x is not None for one in open_)


def test_boards_and_points_are_of_kinds_that_there_are(ws):
    scene, _ = ws.records_scene(ws.current_plan(), on=ON)
    assert set(scene.boards) == set(scene.points) == {"request", "project"}
    shown = scene.points["request"]
    assert len(shown.matters) == 68  # of 90, each fourth has ended
    dues = [one.due for one in scene.late]
    assert dues == sorted(dues)
    assert all(due < ON.isoformat() for due in dues)


def test_too_many_matters_come_as_squares(ws):
    bounds = tuple(ws.city().communities.total_bounds.tolist())
    scene = ws.records.scene(bounds, on=ON, limit=20)
    assert sum(scene.points["request"].n) == 68


def test_names_leave_only_where_they_are_posted(ws):
    _, told = ws.records_scene(ws.current_plan(), on=ON)
    assert dict(zip(told.held["places"], told.held["holder"], strict=True)) == {
        f"{EAST}001;{EAST}002": "王五",
        f"{WEST}001": None,
    }
    workers = {one.kind: one for one in told.vacancies}["grid_worker"]
    assert (workers.holders, workers.places) == (2, 5)
    assert "机密人" not in told.held.to_json(force_ascii=False)


def test_a_workspace_without_records_has_an_empty_scene(tmp_path):
    with Workspace.create_sample(tmp_path / "bare.gpkg", testing.town(), name="t") as bare:
        scene, told = bare.records_scene(bare.current_plan(), on=ON)
        assert (scene.boards, scene.late, scene.grids, scene.venues, scene.heat.n) == ({}, (), (), (), ())
        assert told.vacancies == ()
        assert answers(bare.accounts, on=ON).staffing is None
