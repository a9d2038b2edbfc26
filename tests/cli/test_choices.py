"""Commands of choice, run in the process."""

import json

import geopandas as gpd
import pytest

from gridmap.cli.words import numbers
from gridmap.errors import InputError
from gridmap.store.testing import town
from gridmap.workspace import Workspace

EAST = "141182001001"
WINDOW = ("--min", "100", "--max", "250")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    path = tmp_path_factory.mktemp("choices") / "t.gpkg"
    Workspace.create_sample(path, town(), name="t").close()
    return path


@pytest.fixture
def ws(made, tmp_path):
    path = tmp_path / "t.gpkg"
    path.write_bytes(made.read_bytes())
    return path


def names(ws):
    with Workspace.open(ws) as opened:
        return [row["name"] for row in opened.plans()]


def test_a_frontier_is_shown_and_saves_what_is_chosen(run, ws):
    shown = run("redraw", ws, "--frontier", *WINDOW)
    assert shown.code == 0
    assert "households moved" in shown.out
    assert "--choose" in shown.err
    assert names(ws) == ["present"]
    chosen = run("redraw", ws, "--frontier", *WINDOW, "--choose", 1, "--save", "方案一", "--json")
    told = json.loads(chosen.out)
    assert told["saved"] == "方案一"
    assert names(ws) == ["present", "方案一"]
    with Workspace.open(ws) as opened:
        totals = opened.balance("方案一", min_households=100, max_households=250).totals
    assert totals["in_range"] == told["choices"][0]["grids_in_range"]
    assert run("redraw", ws, "--frontier", *WINDOW, "--choose", 99).code == 2


def test_alternatives_tell_how_much_they_differ(run, ws):
    told = run("redraw", ws, "--alternatives", 2, *WINDOW, "--work", "households=1")
    assert told.code == 0
    assert "% from 1" in told.err
    values = json.loads(run("redraw", ws, "--alternatives", 2, *WINDOW, "--json").out)
    assert values["differing_pct"][0][1] >= values["at_least_pct"]


def test_a_number_of_grids_can_be_wished(run, ws):
    values = json.loads(run("redraw", ws, *WINDOW, "--grids", f"{EAST}=6", "--json").out)
    assert [row["grids"] for row in values["communities"] if row["code"] == EAST] == [6]


@pytest.mark.parametrize(
    "words",
    [
        ("--choose", "1"),
        ("--frontier", "--alternatives", "2"),
        ("--frontier", "--certificates"),
        ("--grids", "six"),
        ("--grids", f"{EAST}=6.5"),
        ("--grids", "nowhere=6"),
        ("--work", "dogs=1"),
        ("--work", "households=-1"),
        ("--alternatives", "0"),
    ],
)
def test_what_is_asked_wrongly_is_refused(run, ws, words):
    ran = run("redraw", ws, *words)
    assert (ran.code, ran.out) == (2, "")
    assert "Error: " in ran.err
    assert "→" in ran.err
    assert names(ws) == ["present"]


def test_pairs_of_names_and_numbers():
    assert numbers(["a=1", "b=2.5"], "--work") == {"a": 1.0, "b": 2.5}
    for pairs in (["a"], ["=1"], ["a=x"], ["a=1", "a=2"], ["a=nan"]):
        with pytest.raises(InputError):
            numbers(pairs, "--work")


def test_a_building_is_explained_in_both_languages(run, ws):
    english, chinese = (run("explain", ws, "--building", "b040", "--language", word).out for word in ("en", "zh"))
    assert "Building b040" in english
    assert "楼栋b040" in chinese
    values = json.loads(run("explain", ws, "--building", "b040", "--json").out)
    assert values["text"] == {"en": english.rstrip("\n"), "zh": chinese.rstrip("\n")}
    assert values["plan"] == "present"
    for words in (
        (),
        ("--building", "b040", "--compound", "c1"),
        ("--building", "no"),
        ("--building", "b040", "--language", "fr"),
    ):
        assert run("explain", ws, *words).code == 2


def test_a_plan_is_rebalanced_by_one_edit(run, ws):
    with Workspace.open(ws) as opened:
        plan = opened.plan("present")
        from gridmap.plan import assign

        painted = plan.fabric.cell_ids[plan.cells_of(f"{EAST}001")[-14:]].tolist()
        opened.save_plan(assign(plan, painted, f"{EAST}002")[0], "draft")
    grids = ("--grid", f"{EAST}001", "--grid", f"{EAST}002", "--min", "250", "--max", "450")
    values = json.loads(run("rebalance", ws, "--plan", "draft", *grids, "--json").out)
    assert values["households_moved"] > 0
    assert values["left"] == []
    again = run("rebalance", ws, "--plan", "draft", *grids)
    assert "0 buildings" in again.err
    assert run("rebalance", ws, "--plan", "draft", "--grid", "no").code == 2
    kept = run("rebalance", ws, "--plan", "draft", "--grid", f"{EAST}001", "--keep", "b999999")
    assert kept.code == 2


def test_micro_grids_are_listed_and_written(run, ws, tmp_path):
    out = tmp_path / "micro.geojson"
    values = json.loads(run("micro", ws, "--all", "-o", out, "--json").out)
    assert values["totals"]["micro_grids"] == len(values["micro_grids"]) == len(gpd.read_file(out))
    one = run("micro", ws, "--grid", f"{EAST}001")
    assert one.code == 0
    assert f"{EAST}00101" in one.out
    assert run("micro", ws).code == 2
    assert run("micro", ws, "--all", "--grid", f"{EAST}001").code == 2


def test_crossings_are_listed(run, ws):
    assert json.loads(run("crossings", ws, "--json").out) == {"plan": "present", "crossings": [], "bridges": []}
    assert "0 grids reach across a barrier" in run("crossings", ws).out
