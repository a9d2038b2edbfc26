"""The main job on the sample city: what the issue promises, measured from what the commands print and export."""

import geopandas as gpd
import pytest
import shapely

import gridmap


def test_balance_before_shows_what_history_left(run, demo):
    ran = run("balance", demo, "--json")
    assert ran.code == 0
    totals = ran.json["totals"]
    assert totals["grids"] == 292
    assert totals["special_grids"] == 8
    assert totals["in_range"] < 250
    assert {"grid", "community", "kind", "households", "status"} <= set(ran.json["grids"][0])


def test_all_292_grids_come_into_range(run, demo):
    ran = run("balance", demo, "--plan", "redrawn", "--json")
    totals = ran.json["totals"]
    assert (totals["grids"], totals["in_range"]) == (292, 292)
    assert (totals["contiguity_breaks"], totals["compounds_split"]) == (0, 0)
    assert totals["min"] >= 300
    assert totals["max"] <= 500
    assert totals["households"] == run("balance", demo, "--json").json["totals"]["households"]


def test_redraw_reports_what_later_tools_rely_on(run, demo):
    ran = run("redraw", demo, "--seed", 3, "--json")
    assert ran.code == 0
    keys = {
        "code", "grids", "in_range", "min", "max", "contiguity_breaks", "compounds_split", "polsby_popper",
        "households", "kept_households", "unknown_buildings", "exceptions", "seconds", "grids_lower", "grids_upper",
        "proven",
    }  # fmt: skip
    assert set(ran.json["totals"]) == keys
    assert all(set(row) == keys for row in ran.json["communities"])
    assert len(ran.json["communities"]) == 32
    assert sum(row["grids"] for row in ran.json["communities"]) == ran.json["totals"]["grids"] == 292
    assert "redraw-1" in ran.err


def test_redrawn_grids_as_shapes(run, demo, tmp_path):
    paths = {}
    for plan in ("redrawn", ""):
        paths[plan] = tmp_path / f"grids{plan}.gpkg"
        assert run("export", demo, "--layer", "grids", *(["--plan", plan] if plan else []), "-o", paths[plan]).code == 0
    assert run("export", demo, "--layer", "communities", "-o", tmp_path / "communities.gpkg").code == 0
    new, old = gpd.read_file(paths["redrawn"]), gpd.read_file(paths[""])
    communities = gpd.read_file(tmp_path / "communities.gpkg").set_index("code")
    resident = new[new["kind"] == "resident"]
    assert len(resident) == 292
    assert set(resident.geom_type) == {"Polygon"}
    for _, grids in resident.groupby("community"):
        assert shapely.coverage_is_valid(grids.geometry.values, gap_width=0.01)
    # Across communities, and to special grids, which keep their shape as given, borders agree without common vertices.
    assert new.area.sum() == pytest.approx(communities.area.sum(), rel=1e-9)
    assert new.union_all().area == pytest.approx(new.area.sum(), rel=1e-9)
    outside = resident.geometry.difference(
        communities.loc[resident["community"]].geometry.set_axis(resident.index), align=False
    )
    assert outside.area.max() < 0.01
    special = [frame[frame["kind"] == "special"].set_index("code").geometry.to_wkb() for frame in (old, new)]
    assert len(special[0]) == 8
    assert special[0].equals(special[1].reindex(special[0].index))


def test_the_same_seed_gives_the_same_plan(run, demo):
    for name in ("a", "b"):
        assert run("redraw", demo, "--seed", 5, "--save", name).code == 0
    tables = [run("balance", demo, "--plan", name, "--json").json for name in ("a", "b")]
    assert tables[0] == tables[1]


def test_one_community_leaves_the_others_alone(run, demo):
    before = run("balance", demo, "--json").json["grids"]
    code = before[0]["community"]
    ran = run("redraw", demo, "--community", code, "--save", "one", "--json")
    assert [row["code"] for row in ran.json["communities"]] == [code]
    after = run("balance", demo, "--plan", "one", "--json").json["grids"]
    others = [[row for row in table if row["community"] != code] for table in (before, after)]
    assert others[0] == others[1]


def test_plan_list_and_where(run, demo):
    plans = run("plan", "list", demo, "--json").json["plans"]
    assert "redrawn" in {plan["name"] for plan in plans}
    ran = run("where", demo, "--at", "111.788,37.265", "--json")
    assert ran.code == 0
    assert ran.json["community"]["name"]
    assert ran.json["grid"]["code"].startswith(ran.json["community"]["code"])
    assert ran.json["plan"]


def test_check_finds_what_history_left(run, demo):
    ran = run("check", demo, "--json")
    assert ran.code == 1
    assert {"id", "rule", "severity", "layer", "feature", "message", "remedy"} <= set(ran.json["findings"][0])


def test_the_map_is_one_small_page(run, demo, tmp_path):
    page = tmp_path / "map.html"
    assert run("map", demo, "-o", page).code == 0
    assert page.stat().st_size <= 1_500_000
    text = page.read_text("utf-8")
    assert "虚构示例" in text
    assert "https://" not in text.replace("https://leafletjs.com", "")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["balance", "--plan", "nothing"], 2, "nothing"),
        (["redraw", "--community", "999"], 2, "999"),
        (["redraw", "--min", "600", "--max", "500"], 2, "600"),
        (["redraw", "--min", "-1"], 2, "-1"),
        (["export", "--layer", "roads", "-o", "x.gpkg"], 2, "roads"),
        (["export", "--layer", "grids", "-o", "x.doc"], 2, "x.doc"),
        (["where", "--at", "here"], 2, "here"),
        (["where", "--at", "37.265,111.788"], 2, ""),
        (["where", "--at", "111.788,37.265", "--at-crs", "EPSG:banana"], 2, "banana"),
    ],
)
def test_wrong_wishes(run, demo, words, code, said):
    command, *options = words
    state = demo.read_bytes()
    ran = run(command, demo, *options)
    assert (ran.code, said in ran.err, "→" in ran.err) == (code, True, True), ran.err
    assert demo.read_bytes() == state


@pytest.mark.parametrize(("name", "code"), [("redrawn", 3), ("", 2), (" ", 2), ("a\nb", 2)])
def test_a_name_that_no_plan_can_have_is_refused_before_the_work(run, demo, name, code):
    state = demo.read_bytes()
    ran = run("redraw", demo, "--save", name)
    assert ran.code == code
    assert "Redrawing" not in ran.err
    assert demo.read_bytes() == state


def test_a_place_far_away_speaks_of_the_place(run, demo):
    ran = run("where", demo, "--at", "37.265,111.788")
    assert ran.code == 2
    assert "--at-crs" in ran.err


def test_what_a_planner_holds_says_itself_in_a_line(demo):
    with gridmap.open(demo) as ws:
        plan = ws.current_plan()
        better = ws.plan("redrawn")
        for value in (ws, plan, plan.balance(), better.compare(plan)):
            assert len(repr(value)) < 200
        columns = list(plan.grids.columns)
        assert len(set(columns)) == len(columns)
        assert {"grid", "households", "area_m2", "status", "geometry"} <= set(columns)
        assert better.balance().totals["in_range"] == 292
