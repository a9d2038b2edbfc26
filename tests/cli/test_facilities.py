"""The commands about facilities, on the sample city: shapes of JSON, what is printed with each result, bad input."""

import pytest

from gridmap.release import PERSONAL

AT = "111.788,37.265"


@pytest.fixture
def ws(demo_file):
    return demo_file


def test_nearest(run, ws):
    answer = run("nearest", ws, "--kind", "canteen", "--at", AT, "-k", "2", "--json").json
    assert len(answer["facilities"]) == 2
    first, second = answer["facilities"]
    assert set(first) >= {"id", "name", "kind", "walk_s", "dist_m", "open", "route"}
    assert first["dist_m"] <= second["dist_m"]
    assert first["walk_s"] == pytest.approx(first["dist_m"] / 66 * 60)
    assert len(first["route"]["coordinates"]) >= 2
    assert first["route"]["turns"]["zh"][-1] == "到达"
    assert answer["verified"] is False
    told = run("nearest", ws, "--kind", "食堂", "--at", AT, "--open-at", "2026-03-02 12:00")
    assert "到达" in told.out
    assert "66 m/min" in told.err
    shut = run("nearest", ws, "--kind", "食堂", "--at", AT, "--open-at", "2026-03-02 03:00", "--json").json
    assert shut["facilities"] == []
    assert len(shut["left_out"]) == 2


def test_coverage(run, ws):
    answer = run("coverage", ws, "--kind", "canteen", "--minutes", "15", "--json").json
    totals = answer["totals"]
    assert 0 < totals["households_covered"] < totals["households"] == 107_000
    assert sum(grid["households_covered"] for grid in answer["grids"]) == totals["households_covered"]
    assert answer["limit"]["limit_m"] == 15 * 66
    assert answer["limit"]["elder_limit_m"] == 15 * 48
    assert answer["limit"]["verified"] is False
    assert answer["hot_spots"][0]["households"] >= answer["hot_spots"][1]["households"]
    for grid in answer["grids"]:
        for name in PERSONAL:
            for column in (name, f"{name}_covered"):
                assert grid[column] is None or not 0 < grid[column] < 10 or grid["buildings"] == 0
    told = run("coverage", ws, "--kind", "canteen", "--minutes", "15")
    assert "not verified" in told.out
    assert "of 107,000 households" in told.out
    metres = run("coverage", ws, "--kind", "canteen", "--metres", "990", "--json").json
    assert metres["totals"]["households_covered"] == totals["households_covered"]


def test_stations_serve_every_compound_by_relation(run, ws):
    answer = run("coverage", ws, "--kind", "service_station", "--json").json
    assert answer["compounds"]["served_by_relation"] == answer["compounds"]["compounds"] == 224
    assert answer["compounds"]["covered_on_foot"] < 224


def test_site_and_what_if_agree(run, ws):
    plan = run("site", ws, "--kind", "canteen", "--add", "2", "--minutes", "15", "--json").json
    assert plan["answer"]["proven"]
    assert plan["answer"]["gap"] == 0
    gained = [one["households_gained"] for one in plan["sites"]]
    assert plan["before"] + sum(gained) == plan["after"]
    assert gained[0] >= gained[1] > 0
    told = run("site", ws, "--kind", "canteen", "--add", "1", "--minutes", "15")
    assert "proven best" in told.err
    places = [word for one in plan["sites"] for word in ("--open", f"{one['lon']},{one['lat']}")]
    after = run("what-if", ws, "--kind", "canteen", *places, "--minutes", "15", "--json").json
    # A candidate stands for its compound, so the place that is printed to 7 digits is snapped where it was.
    assert after["totals"]["households_after"] == pytest.approx(plan["after"], rel=0.002)
    closed = run("what-if", ws, "--kind", "canteen", "--close", "F0229", "--minutes", "15", "--json").json["totals"]
    assert closed["households_gained"] == 0
    assert closed["households_lost"] > 0


def test_access(run, ws):
    answer = run("access", ws, "--kind", "care_class", "--minutes", "15", "--json").json
    assert 0 < answer["gini"] < 1
    assert answer["who"] == "children"
    assert len(answer["communities"]) == 32
    assert "Gini" in run("access", ws, "--kind", "care_class", "--minutes", "15", "--enhanced").out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["nearest", "--kind", "sauna", "--at", AT], ["sauna", "canteen"]),
        (["nearest", "--kind", "canteen", "--at", "here"], ["here", "111.788"]),
        (["nearest", "--kind", "canteen", "--at", "110,37"], ["no community"]),
        (["nearest", "--kind", "canteen", "--at", AT, "-k", "0"], ["0"]),
        (["nearest", "--kind", "canteen", "--at", AT, "--open-at", "noon"], ["noon"]),
        (["coverage", "--kind", "canteen", "--minutes", "-5"], ["-5"]),
        (["coverage", "--kind", "canteen", "--minutes", "5", "--metres", "300"], ["minutes", "metres"]),
        (["coverage", "--kind", "canteen", "--plan", "none"], ["none"]),
        (["site", "--kind", "canteen", "--add", "999", "--minutes", "15"], ["999", "224"]),
        (["site", "--kind", "canteen", "--model", "oracle"], ["oracle", "mclp"]),
        (["what-if", "--kind", "canteen"], ["--open"]),
        (["what-if", "--kind", "canteen", "--close", "F9999"], ["F9999"]),
        (["what-if", "--kind", "canteen", "--move", "F0229"], ["F0229"]),
        (["what-if", "--kind", "canteen", "--extend", "F0229=soon"], ["soon"]),
    ],
)
def test_bad_input_is_one_clear_error(run, ws, words, says):
    ran = run(words[0], ws, *words[1:])
    assert ran.code == 2
    assert ran.err.count("Error:") == 1
    assert "→" in ran.err
    for word in says:
        assert word in ran.err


def test_no_streets(run, tmp_path):
    empty = tmp_path / "empty.gpkg"
    assert run("new", empty).code == 0
    ran = run("nearest", empty, "--kind", "canteen", "--at", AT)
    assert ran.code == 2
    assert "streets" in ran.err
