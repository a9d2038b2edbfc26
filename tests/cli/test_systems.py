"""The way of the documents: systems in, crosswalk, one plan of them; findings repaired and taken back."""

import json

import pytest
from typer.testing import CliRunner

from gridmap import handles
from gridmap.cli import app
from gridmap.store import testing
from gridmap.workspace import Workspace


def run(*words, code=0):
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exit_code == code, result.output
    return json.loads(result.stdout) if "--json" in words else result.stdout


@pytest.fixture
def path(tmp_path):
    with Workspace.create_sample(tmp_path / "t.gpkg", testing.town(), name="t") as ws:
        ws.save_plan(ws.plan("present"), "other")
    return tmp_path / "t.gpkg"


def test_crosswalk_and_merge(path, tmp_path) -> None:
    rows = run("crosswalk", path, "--old", "present", "--new", "other", "--staff", "--json")["rows"]
    with handles.open(path) as ws:
        assert sum(row["households"] for row in rows) == int(ws.plan("present").value.fabric.households.sum())
    assert {"grid_a", "grid_b", "area_m2", "share_a", "share_b", "staff"} <= set(rows[0])
    found = run("crosswalk", path, "--old", "present", "--new", "other", "--conflicts", "--json")["rows"]
    assert {row["verdict"] for row in found} == {"same"}
    out = tmp_path / "x.csv"
    run("crosswalk", path, "--old", "present", "--new", "other", "-o", out)
    assert len(out.read_text("utf-8-sig").splitlines()) == len(rows) + 1
    made = run("merge-systems", path, "--system", "present=2", "--system", "other=1", "--save", "merged", "--json")
    assert set(made["verdicts"]["present"]) == {"same"}
    run("redraw", path, "--plan", "merged", "--save", "drawn", "--json")


def test_weights_that_say_nothing_are_refused(path) -> None:
    for words in (["present"], ["present=0"], ["=1"], ["present=nan"]):
        result = CliRunner().invoke(app, ["merge-systems", str(path), "--system", *words, "--save", "m"])
        assert result.exit_code != 0
        assert "PLAN=WEIGHT" in str(result.exception) + result.output


def test_repair_and_undo(path) -> None:
    with handles.open(path) as ws:
        communities = ws.city.communities.copy()
        communities["name"] = [f"{name}　１" for name in communities["name"]]
        ws.workspace.import_layer("communities", communities)
        names = ws.city.communities["name"].tolist()
    shown = run("repair", path, "--all-safe", "--dry-run", "--json")
    assert shown["dry_run"]
    done = run("repair", path, "--all-safe", "--json")
    assert len(done["repairs"]) == len(shown["repairs"]) > 0
    run("repair", path, "--undo", "--json")
    with handles.open(path) as ws:
        assert ws.city.communities["name"].tolist() == names
