"""Duties and matters by command: ledgers in and out, stages, boards, vacancies, assignment, figures."""

import base64

import pandas as pd
import pytest

from gridmap import files
from gridmap.store import testing
from gridmap.workspace import Workspace

EAST, WEST = "141182001001", "141182001002"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    path = tmp_path_factory.mktemp("records") / "town.gpkg"
    Workspace.create_sample(path, testing.town(), name="t").close()
    return path


@pytest.fixture
def ws(made, tmp_path, monkeypatch):
    monkeypatch.setenv("GRIDMAP_KEY", base64.urlsafe_b64encode(b"k" * 32).decode())
    path = tmp_path / "town.gpkg"
    path.write_bytes(made.read_bytes())
    return path


@pytest.fixture
def ledger(tmp_path):
    """A workbook as an office keeps it: Chinese sheets and headers."""
    path = tmp_path / "责任台账.xlsx"
    people = pd.DataFrame({"编号": ["p1", "p2", "p3"], "姓名": ["甲", "乙", "丙"], "电话": ["1", "2", "3"]})
    duties = pd.DataFrame(
        {
            "编号": ["d1", "d2", "d3"],
            "类别": ["专职网格员"] * 3,
            "人员编号": ["p1", "p2", "p3"],
            "地点": [f"{EAST}001", f"{EAST}002", f"{WEST}001"],
            "联系方式": ["13800000001", "13800000002", None],
            "公示": ["是", "否", None],
            "开始日期": ["2026年1月1日", None, "2026/1/1"],
        }
    )
    units = pd.DataFrame({"编号": ["o1"], "名称": ["住建局"], "类别": ["department"]})
    files.write_ledger({"人员": people, "责任": duties, "单位": units}, path)
    return path


def test_ledgers_come_in_and_go_out(run, ws, ledger, tmp_path):
    ran = run("duties", "import", ledger, "--into", ws, "--json")
    assert ran.code == 0
    assert ran.json["rows"] == {"persons": 3, "organisations": 1, "duties": 3}
    shown = run("duties", "list", ws, "--kind", "grid_worker", "--json").json["duties"]
    assert [(one["holder"], one["contact"]) for one in shown] == [("甲", "13800000001"), ("乙", None), ("丙", None)]
    assert shown[0]["valid_from"] == "2026-01-01"
    assert "甲" in run("duties", "list", ws).out
    assert run("duties", "list", ws, "--on", "2025-12-31", "--json").json["duties"][0]["id"] == "d2"
    assert run("duties", "export", ws, "-o", tmp_path / "out.xlsx", "--contacts").code == 0
    assert list(files.read_ledger(tmp_path / "out.xlsx")) == ["persons", "organisations", "duties"]
    assert run("duties", "export", ws, "-o", tmp_path / "out.csv").code == 0
    assert list(files.read_ledger(tmp_path / "out.csv")["out"]["contact"].dropna()) == ["13800000001"]


def test_a_bad_ledger_is_one_clear_error(run, ws, tmp_path):
    bad = pd.DataFrame({"id": ["d1"], "kind": ["grid_worker"], "person": ["p9"], "places": ["g"]})
    files.write_ledger({"duties": bad}, tmp_path / "bad.xlsx")
    ran = run("duties", "import", tmp_path / "bad.xlsx", "--into", ws)
    assert ran.code == 2
    assert "duties, row 1: there is no person p9" in ran.err
    files.write_ledger({"sheet": bad, "other": bad}, tmp_path / "bad.xlsx")
    ran = run("duties", "import", tmp_path / "bad.xlsx", "--into", ws)
    assert (ran.code, "bad.xlsx: there is no table" in ran.err) == (2, True)
    (tmp_path / "text.txt").write_text("x")
    assert run("duties", "import", tmp_path / "text.txt", "--into", ws).code == 2
    assert run("duties", "import", ws, "--into", ws).code == 2


def test_a_request_goes_through_its_stages(run, ws, ledger):
    run("duties", "import", ledger, "--into", ws)
    with Workspace.open(ws) as opened:
        lon, lat = opened.city().frame.to_lonlat(testing.X0 + 310.0, testing.Y0 + 100.0)
    at = f"{float(lon):.7f},{float(lat):.7f}"
    due = ("--due", "2030-01-02")  # whatever year it is, the calendar need not be known
    opened = run("matters", "add", ws, "--kind", "居民诉求", "--at", at, "--title", "路灯不亮", *due, "--json").json
    assert (opened["stage"], opened["grid"], opened["due"]) == ("found", f"{EAST}002", "2030-01-02")
    name = opened["id"]
    wrong = run("matters", "advance", ws, name, "rate", "--as", "resident")
    assert (wrong.code, "Use one of" in wrong.err) == (2, True)
    assert run("matters", "advance", ws, name, "dispatch", "--as", "resident", *due).code == 5
    sent = run(
        "matters", "advance", ws, name, "dispatch", "--as", "community_worker", "--organisation", "o1", *due, "--json"
    )
    assert sent.json["stage"] == "dispatched"
    late = run("matters", "advance", ws, name, "return", "--as", "department", "--base", "1", *due)
    assert (late.code, "was changed since revision 1: dispatch" in late.err) == (3, True)
    for action, actor in (("answer", "department"), ("handle", "department")):
        assert run("matters", "advance", ws, name, action, "--as", actor, *due).code == 0
    done = run("matters", "advance", ws, name, "rate", "--as", "resident", "--rating", "5", "--json").json
    assert (done["stage"], done["due"], done["revision"]) == ("rated", None, 5)
    stages = {one["stage"]: one["matters"] for one in run("matters", "board", ws, "--json").json["stages"]}
    assert stages == {"found": 0, "dispatched": 0, "answered": 0, "escalated": 0, "handled": 0, "rated": 1, "closed": 0}
    assert run("matters", "list", ws, "--grid", f"{EAST}002", "--json").json["matters"][0]["id"] == name
    assert "路灯不亮" in run("matters", "list", ws).out


def test_matters_come_in_and_go_out(run, ws, tmp_path):
    rows = pd.DataFrame(
        {"编号": ["m1", "m2"], "类别": ["居民诉求", "活动"], "主题": [None, "talk"], "层级": ["community"] * 2,
         "地点": [EAST, WEST], "开始日期": ["2026-03-02"] * 2, "阶段": [None, "已举办"], "数量": [None, 40]}
    )  # fmt: skip
    files.write_ledger({"事项": rows}, tmp_path / "事项.xlsx")
    assert run("matters", "import", tmp_path / "事项.xlsx", "--into", ws).code == 0
    again = run("matters", "import", tmp_path / "事项.xlsx", "--into", ws)
    assert (again.code, "already is a matter m1" in again.err) == (3, True)
    assert [one["id"] for one in run("matters", "list", ws, "--overdue", "--json").json["matters"]] == ["m1"]
    assert "2026-03-03" in run("matters", "board", ws).out
    assert run("matters", "export", ws, "-o", tmp_path / "out.xlsx").code == 0
    assert list(files.read_ledger(tmp_path / "out.xlsx")) == ["matters", "matter_events"]


def test_outside_of_the_city_nobody_answers(run, ws):
    ran = run("matters", "add", ws, "--kind", "request", "--at", "111.9,37.3", "--due", "2030-01-01")
    assert (ran.code, "in no grid" in ran.err) == (2, True)


def test_vacancies_and_the_assignment_that_fills_them(run, ws, ledger, tmp_path):
    run("duties", "import", ledger, "--into", ws)
    found = run("vacancies", ws, "--json").json
    assert (found["places"], found["holders"], found["short"]) == (5, 3, 2)
    assert found["vacant"] == [f"{WEST}002", f"{WEST}801"]
    assert f"{WEST}002" in run("vacancies", ws).out
    assert run("vacancies", ws, "--kind", "pairing").code == 2
    proposed = run("assign", ws, "--on", "2026-05-01", "--save", "--json")
    assert proposed.json["optimal"] is True
    assert (proposed.json["vacant"], proposed.json["shared"]) == (0, 2)
    assert "proven to be the best" in proposed.err
    assert run("vacancies", ws, "--on", "2026-05-01", "--json").json["vacant"] == []
    assert len(run("vacancies", ws, "--on", "2026-04-30", "--json").json["vacant"]) == 2
    costs = pd.DataFrame({"person": ["p1", "p2", "p3"], **{one["grid"]: [1, 2, 3] for one in proposed.json["grids"]}})
    files.write_ledger({"costs": costs}, tmp_path / "costs.xlsx")
    assert run("assign", ws, "--costs", tmp_path / "costs.xlsx").code == 0
    files.write_ledger({"costs": costs.iloc[:2]}, tmp_path / "costs.xlsx")
    ran = run("assign", ws, "--costs", tmp_path / "costs.xlsx")
    assert (ran.code, "no costs for p3" in ran.err) == (2, True)


def test_figures_say_their_basis_and_source(run, ws, ledger):
    run("duties", "import", ledger, "--into", ws)
    figures = {one["id"]: one for one in run("figures", ws, "--json").json["figures"]}
    assert figures["grid_workers"]["value"] == 3
    assert {"id", "value", "basis", "as_of", "source"} <= set(figures["grid_workers"])
    assert figures["resident_grids"]["source"] == "plan present"
    assert "专职网格员" in run("figures", ws).out
    remarks = {one["feature"] for one in run("check", ws, "--json").json["findings"] if one["layer"] == "figures"}
    assert "workers-for-grids" in remarks


@pytest.mark.parametrize(
    "words", [["duties", "list"], ["matters", "list"], ["matters", "board"], ["figures"], ["vacancies"]]
)
def test_a_workspace_without_records_has_none(run, ws, words):
    assert run(*words, ws).code == 0
    assert run(*words, ws, "--json").json


def test_workers_of_a_redrawn_city_are_proven_and_open_matters_move_with_it(run, demo):
    ran = run("assign", demo, "--plan", "redrawn", "--json")
    assert ran.code == 0, ran.err
    told = ran.json
    grids = told["grids"]
    assert told["optimal"]
    assert told["cost"] == told["bound"]
    workers = [grid["person"] for grid in grids]
    assert None not in workers
    assert (told["vacant"], len(set(workers))) == (0, 289)
    assert told["shared"] == sum(workers.count(person) == 2 for person in set(workers)) == len(grids) - 289
    assert max(workers.count(person) for person in set(workers)) == 2
    assert 0 < told["households_kept"] < told["households"]
    before = {one["id"]: one for one in run("matters", "list", demo, "--limit", "9999", "--json").json["matters"]}
    moved = run("plan", "put-in-force", demo, "redrawn", "--json").json
    after = {one["id"]: one for one in run("matters", "list", demo, "--limit", "9999", "--json").json["matters"]}
    other = [one for name, one in after.items() if one["grid"] != before[name]["grid"]]
    assert 0 < len(other) == moved["matters_moved"]
    assert all(one["closed"] is None and one["stage"] == before[one["id"]]["stage"] for one in other)
    assert moved["before"] == "present"
    lost = run("plan", "put-in-force", demo, "nothing")
    assert lost.code != 0
    assert "no plan 'nothing'" in lost.err
