"""Ledgers in a workspace: matched, reviewed, decided for good, and added up into the buildings."""

import json
import shutil
import sqlite3

import pandas as pd
import pytest

from gridmap import files, sample
from gridmap.errors import ConflictError, InputError
from gridmap.workspace import Workspace

PERSON = "金丝雀"


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    path = tmp_path_factory.mktemp("town") / "town.gpkg"
    layers = sample.layers()
    with Workspace.create(path, name=sample.NAME) as made:
        for name in ("subdistricts", "communities", "compounds", "buildings"):
            made.import_layer(name, layers[name])
    return path


@pytest.fixture
def workspace(town, tmp_path):
    with Workspace.open(shutil.copy(town, tmp_path / "town.gpkg")) as opened:
        yield opened


def ledger(path, addresses):
    rows = pd.DataFrame({"住址": addresses, "户主": PERSON, "电话": "138-7774-1177", "家庭人口": 3})
    files.write_ledger({"住户": rows}, path)
    return path


def home(city, at=0):
    rows = city.buildings[city.buildings["compound"].notna()]
    row = rows.iloc[at]
    return row["id"], f"{city.compounds.set_index('id').loc[row['compound'], 'name']}{row['name']}"


def test_counts_are_written_where_rows_are_and_nowhere_else(workspace, tmp_path):
    city = workspace.city()
    building, address = home(city)
    found = workspace.match_ledger(ledger(tmp_path / "a.xlsx", [f"{address}1单元101", f"{address}1-201", "无"]))
    assert found.states() == {"accepted": 2, "doubtful": 0, "unmatched": 1}
    before = city.buildings.set_index("id")
    report = workspace.apply_ledger(found, as_of="2025-03-01", source="a.xlsx")
    after = workspace.city().buildings.set_index("id")
    assert report.columns["residents"] == (int(before.loc[building, "residents"]), 6)
    assert after.loc[building, ["resident_households", "residents"]].tolist() == [2, 6]
    assert after.loc[building, "resident_households_as_of"] == "2025-03-01"
    assert after.loc[building, "households"] == before.loc[building, "households"]  # counted as dwellings
    assert any("counted as dwelling" in note for note in report.notes)
    rest = after.drop(index=building)
    assert rest.drop(columns="geometry").equals(before.drop(index=building).drop(columns="geometry"))
    with pytest.raises(ConflictError):
        workspace.apply_ledger(found)


def test_decisions_are_remembered(workspace, tmp_path):
    building, _ = home(workspace.city(), 5)
    other, name = home(workspace.city())
    path = ledger(tmp_path / "a.xlsx", [f"小向善社区{name}1单元101", f"小向善社区{name}2单元101"])
    found = workspace.match_ledger(path)
    assert found.states()["doubtful"] == 2
    assert workspace.queue_ledger(found, source="a.xlsx") == 1
    assert workspace.queue_ledger(found, source="a.xlsx") == 1
    (waiting,) = workspace.review()
    assert (waiting["rows"], waiting["building"]) == (2, other)
    assert waiting["candidates"][0]["building"] == other
    with pytest.raises(InputError):
        workspace.decide(waiting["id"], "B-no")
    with pytest.raises(InputError):
        workspace.decide(waiting["id"] + 1, building)
    workspace.decide(waiting["id"], building)
    assert workspace.review() == []
    again = workspace.match_ledger(path)
    assert again.states()["accepted"] == 2
    assert workspace.city().buildings["id"].iloc[again.building[0]] == building
    assert workspace.queue_ledger(again, source="a.xlsx") == 0


def test_nobody_is_kept(workspace, tmp_path):
    _, name = home(workspace.city())
    found = workspace.match_ledger(ledger(tmp_path / "a.xlsx", [f"小向善社区{name}1单元101"]))
    workspace.queue_ledger(found, source="a.xlsx")
    workspace.decide(workspace.review()[0]["id"], None)
    kept = "\n".join(sqlite3.connect(workspace.path).iterdump())
    assert PERSON not in kept
    assert "138-7774-1177" not in kept
    assert "1单元" not in kept
    assert PERSON not in found.table().to_csv()


def test_the_commands(workspace, tmp_path, capsys):
    from typer.testing import CliRunner

    from gridmap.cli.app import app

    _, name = home(workspace.city())
    path = ledger(tmp_path / "a.xlsx", [f"小向善社区{name}1单元101", f"{name}2单元101"])
    run = CliRunner()
    ran = run.invoke(app, ["match", str(workspace.path), str(path), "--apply", "--yes", "--json"])
    assert ran.exit_code == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert (told["accepted"], told["doubtful"], told["applied"]["buildings"]) == (1, 1, 1)
    waiting = json.loads(run.invoke(app, ["review", str(workspace.path), "--json"]).stdout)["waiting"]
    ran = run.invoke(app, ["review", str(workspace.path), "--accept", str(waiting[0]["id"]), "--json"])
    assert json.loads(ran.stdout) == {"waiting": [], "all": 0}
