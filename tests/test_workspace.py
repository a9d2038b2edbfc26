"""The door to a workspace: layers in, plans out, nothing by halves, and several at work at once."""

import threading
from dataclasses import replace

import geopandas as gpd
import geopandas.testing
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from shapely.geometry import Point, box
from sqlalchemy import select, update

from gridmap import files
from gridmap.errors import ConflictError, CrsError, GeometryError, InputError, StoreError
from gridmap.plan import Plan, assign, merge, rename
from gridmap.store.model import fabrics, grids
from gridmap.store.testing import CRS, X0, Y0, buildings, town
from gridmap.workspace import Workspace

LAYERS = ("communities", "buildings", "streets", "grids")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "汾阳.gpkg"


@pytest.fixture
def empty(databases):
    with Workspace.create(databases.fresh(), name="汾阳") as ws:
        yield ws


@pytest.fixture
def place(databases, small_town):
    """Return a copy of it."""
    return databases.copy(small_town)


@pytest.fixture
def ws(place):
    """Open the copy."""
    with Workspace.open(place) as opened:
        yield opened


def shown(ws):
    """Return what QGIS sees of the grids of plans."""
    with ws._store.reading() as connection:
        return pd.DataFrame(connection.execute(select(grids)).mappings().all())


def residents(plan):
    return [grid.id for grid in plan.grids if grid.resident]


def movable(plan):
    """Return a building and another grid of its community."""
    grid, other = residents(plan)[:2]
    return [str(plan.fabric.cell_ids[plan.cells_of(grid)[0]])], other


# ---- layers --------------------------------------------------------------------------------------------------------


def test_the_first_layer_decides_the_frame_and_the_profile(empty):
    assert (empty.meta.frame_epsg, empty.meta.profile) == (None, None)
    empty.import_layer("communities", town()["communities"].to_crs("EPSG:4490"))
    assert (empty.meta.frame_epsg, empty.meta.profile) == (4546, "cn")
    assert empty.profile().id == "cn"
    assert empty.city().frame.epsg == 4546
    assert empty.city().name == "汾阳"


def test_elsewhere_codes_are_opaque_and_the_frame_is_utm(path):
    shapes = [box(103.84, 1.33, 103.85, 1.34)]
    with Workspace.create(path) as ws:
        ws.import_layer("communities", gpd.GeoDataFrame({"code": ["TPSZ01"], "name": ["x"]}, geometry=shapes, crs=4326))
        assert (ws.meta.frame_epsg, ws.meta.profile) == (32648, "opaque")


def test_what_is_asked_for_stays(path):
    with Workspace.create(path, profile="opaque", frame="EPSG:4547") as ws:
        ws.import_layer("communities", town()["communities"])
        assert (ws.meta.frame_epsg, ws.meta.profile) == (4547, "opaque")
        assert ws.city().communities.crs.to_epsg() == 4547


@pytest.mark.parametrize(
    ("options", "error"),
    [({"frame": "EPSG:4326"}, CrsError), ({"frame": 3857}, CrsError), ({"profile": "mars"}, InputError)],
)
def test_a_frame_in_degrees_and_an_unknown_profile_are_refused(path, options, error):
    with pytest.raises(error):
        Workspace.create(path, **options)
    assert not path.exists()


def test_layers_come_back(ws, place):
    city = ws.city()
    assert city is ws.city(), "read once"
    geopandas.testing.assert_geoseries_equal(city.buildings.geometry, town()["buildings"].geometry, check_crs=False)
    assert city.buildings["households"].isna().sum() == town()["buildings"]["households"].isna().sum() > 0
    with Workspace.open(place) as other:
        geopandas.testing.assert_geodataframe_equal(other.city().buildings, city.buildings)


def test_shifted_coordinates_are_unshifted(empty):
    from gridmap.geo.shifts import gcj02_from_wgs84

    plain = town()["communities"].to_crs(4326)
    shifted = plain.set_geometry(
        shapely.transform(plain.geometry.to_numpy(), lambda xy: np.stack(gcj02_from_wgs84(*xy.T), axis=1))
    ).set_crs(None, allow_override=True)
    empty.import_layer("communities", shifted, crs="gcj02")
    moved = shapely.hausdorff_distance(
        np.asarray(empty.city().communities.geometry.array), np.asarray(town()["communities"].geometry.array)
    )
    assert moved.max() < 0.02


def test_rows_are_not_added_to_a_city_that_changed_meanwhile(ws, place):
    """What is added is laid beside the rows that were read, so those must still be the ones there are."""
    stale_city = ws.city()
    with Workspace.open(place) as other:
        other.import_layer("buildings", buildings().iloc[:3])
    ws._imports._city = lambda: stale_city
    with pytest.raises(ConflictError, match="faster"):
        ws.import_layer("buildings", buildings().iloc[:1].assign(id="n1"), replace=False)
    assert len(ws.city().buildings) == 3


def test_rows_are_added_or_replaced(ws):
    more = buildings(20, 6).iloc[:2].assign(id=["n1", "n2"])
    assert ws.import_layer("buildings", more, replace=False).rows == 2
    assert len(ws.city().buildings) == 122
    with pytest.raises(InputError, match="n1"):
        ws.import_layer("buildings", more, replace=False)
    ws.import_layer("buildings", more)
    assert ws.city().buildings["id"].tolist() == ["n1", "n2"]


def lines():
    return town()["communities"].set_geometry([box(X0, Y0, X0 + 1, Y0 + 1).exterior] * 2, crs=CRS)


def far_specials():
    return town()["grids"].translate(90_000).to_frame("geometry").assign(code=list("abcde"), kind="special")


def overlapping():
    frame = town()["communities"]
    return frame.set_geometry([frame.geometry.iloc[0], box(X0 + 500, Y0, X0 + 1200, Y0 + 400)], crs=CRS)


BOW = shapely.Polygon([(X0, Y0), (X0 + 9, Y0 + 9), (X0 + 9, Y0), (X0, Y0 + 9)])

REFUSED = {
    "no CRS": ("communities", lambda: town()["communities"].set_crs(None, allow_override=True), CrsError),
    "another part of the world": (
        "communities",
        lambda: town()["communities"].to_crs(4326).translate(-60, 0).to_frame("geometry").assign(code="1", name="x"),
        CrsError,
    ),
    "duplicate ids": ("buildings", lambda: buildings().assign(id="b1"), InputError),
    "missing ids": ("buildings", lambda: buildings().drop(columns="id"), InputError),
    "words for numbers": ("buildings", lambda: buildings().assign(households="many"), InputError),
    "overlapping communities": ("communities", overlapping, GeometryError),
    "invalid shapes": (
        "communities",
        lambda: town()["communities"].set_geometry([BOW] * 2, crs=CRS),
        GeometryError,
    ),
    "lines for areas": ("communities", lines, GeometryError),
    "no rows": ("buildings", lambda: buildings().iloc[:0], InputError),
    "no such layer": ("roads", buildings, InputError),
    "grids that name no kind we know": ("grids", lambda: town()["grids"].assign(kind="round"), InputError),
    "grids with one code": ("grids", lambda: town()["grids"].assign(code="1"), InputError),
    "special grids outside": ("grids", far_specials, InputError),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_leaves_every_byte(ws, case, place, contents):
    layer, make, error = REFUSED[case]
    frame = make()
    state = contents(place)
    with pytest.raises(error) as caught:
        ws.import_layer(layer, frame, source="stadt.shp")
    assert caught.value.hint
    assert contents(place) == state


def test_overlaps_are_taken_by_consent(empty):
    report = empty.import_layer("communities", overlapping(), source="c.gpkg", accept=frozenset({"overlap"}))
    assert any("overlap" in note for note in report.notes)
    assert len(empty.city().communities) == 2


def test_a_file_is_taken_as_proposed(empty, tmp_path):
    town()["communities"].to_file(tmp_path / "c.gpkg")
    report = empty.take(files.propose(tmp_path / "c.gpkg", "communities"))
    assert (report.layer, report.rows, report.source, report.epsg) == ("communities", 2, "c.gpkg", 4546)
    assert report.to_dict()["frame"] == "EPSG:4546"
    overlapping().to_file(tmp_path / "o.gpkg")
    with pytest.raises(GeometryError, match=r"o\.gpkg"):
        empty.take(files.propose(tmp_path / "o.gpkg", "communities"))
    assert [entry["source"] for entry in empty._store.imports()] == ["c.gpkg"]


def test_counts_of_people_do_not_leave_with_a_layer(ws):
    assert "elders_60" in ws.city().buildings
    assert "households" in ws.layer("buildings")
    assert not {"elders_60", "elders_80", "children"} & set(ws.layer("buildings"))
    with pytest.raises(InputError, match="roads") as caught:
        ws.layer("roads")
    assert "streets" in caught.value.hint


# ---- cells ---------------------------------------------------------------------------------------------------------


def test_cells_are_made_once_and_again_when_a_layer_changes(ws, place):
    fabric = ws.fabric()
    assert ws.fabric() is fabric
    with Workspace.open(place, read_only=True) as other:
        told = []
        again = other.fabric(progress=lambda *step: told.append(step))
        assert again == fabric
        assert told == [], "they come from the file"
    ws.import_layer("streets", town()["streets"].translate(0, 40).to_frame("geometry").assign(id="s2"))
    assert ws.fabric() != fabric


def test_damaged_cells_are_made_again(ws, place):
    fabric = ws.fabric()
    with ws._store.writing() as connection:
        connection.execute(update(fabrics).values(data=b"\0"))
    with Workspace.open(place) as other:
        assert other.fabric() == fabric


# ---- plans ---------------------------------------------------------------------------------------------------------


def test_without_plans_each_community_is_one_grid(empty):
    for layer in ("communities", "buildings"):
        empty.import_layer(layer, town()[layer])
    plan = empty.current_plan()
    assert (plan.name, len(plan)) == ("", 2)
    assert plan == empty.latest_plan()
    assert empty.plans() == []
    where = empty.where(*lonlat(empty, X0 + 30, Y0 + 25))
    assert (where["grid"]["kind"], where["plan"]) == ("resident", None)


def test_grids_need_something_to_divide(empty):
    with pytest.raises(InputError, match="communities and no buildings"):
        empty.import_layer("grids", town()["grids"])
    empty.import_layer("communities", town()["communities"])
    with pytest.raises(InputError, match="buildings") as caught:
        empty.import_layer("grids", town()["grids"])
    assert "first" in caught.value.hint


def test_imported_grids_are_the_plan_in_force(ws, place):
    plan = ws.current_plan()
    assert plan.name == "imported"
    assert [row["state"] for row in ws.plans()] == ["in_force"]
    special = plan.polygons()[plan.position("141182001002801")]
    assert special.wkb == town()["grids"].geometry.iloc[4].wkb, "special grids keep every byte"
    with Workspace.open(place) as other:
        assert other.current_plan() == plan
        again = other.layer("grids").set_index("grid").geometry["141182001002801"]
        assert again.wkb == special.wkb
    second = ws.import_layer("grids", town()["grids"].drop(index=4))
    assert (second.plan, ws.plans()[1]["state"]) == ("imported-1", "draft")
    assert ws.current_plan() == plan
    assert ws.latest_plan().name == "imported-1"
    assert ws.import_layer("grids", town()["grids"], plan_name="2026年").plan == "2026年"


def test_what_is_wrong_with_imported_grids_is_found_until_they_are_edited(empty):
    grids = town()["grids"]
    grids.loc[0, "geometry"] = box(X0 - 80, Y0, X0 + 300, Y0 + 400)
    for layer in LAYERS[:3]:
        empty.import_layer(layer, town()[layer])
    report = empty.import_layer("grids", grids)
    assert {finding.rule for finding in report.findings} == {"grid-outside-community"}
    assert "grid-outside-community" in {finding.rule for finding in empty.check()}
    plan = empty.current_plan()
    empty.edit("imported", assign(plan, *movable(plan))[1])
    assert "grid-outside-community" not in {finding.rule for finding in empty.check()}


def test_plans_are_saved_by_name(ws):
    plan = ws.current_plan()
    drawn = merge(plan, *residents(plan)[:2])[0]
    saved = ws.save_plan(drawn, ws.next_name("redraw"))
    assert (saved.name, ws.plan("redraw-1")) == ("redraw-1", saved)
    assert ws.plans()[1] | {"saved": ""} == {
        "name": "redraw-1", "state": "draft", "revision": 1, "grids": 3, "saved": "", "base": "imported", "note": "",
    }  # fmt: skip
    assert ws.next_name("redraw") == "redraw-2"
    with pytest.raises(ConflictError):
        ws.save_plan(plan, "redraw-1")
    assert ws.save_plan(plan, "redraw-1", replace=True) == replace(plan, name="redraw-1")
    assert [entry.kind for entry in ws.history("redraw-1")] == ["create", "redraw"]
    assert ws.undo("redraw-1") == saved
    assert (ws.balance("imported").totals["grids"], ws.balance(saved).totals["grids"]) == (4, 3)


def test_edits_survive_a_restart(ws, place):
    plan = ws.current_plan()
    changed = ws.edit("imported", assign(plan, *movable(plan))[1])
    assert changed != plan
    with Workspace.open(place) as other:
        assert other.plan("imported") == changed
        assert other.undo("imported") == plan
        assert other.redo("imported") == changed
    assert ws.plan("imported") == changed, "what another one wrote is seen"
    assert ws.undo("imported") == plan


def test_of_two_who_change_one_grid_one_wins_and_the_other_is_told(ws, place):
    with Workspace.open(place) as other:
        plan, theirs = ws.current_plan(), other.current_plan()
        a, b = residents(plan)[:2]
        ws.edit("imported", rename(plan, a, "甲")[1], base=1)
        with pytest.raises(ConflictError, match=f"{a} .*rename by local"):
            other.edit("imported", rename(theirs, a, "乙")[1], base=1)
        assert [grid.name for grid in other.plan("imported").grids][:2] == ["甲", "二网格"]
        other.edit("imported", rename(other.plan("imported"), b, "乙")[1], base=2)
    assert [grid.name for grid in ws.plan("imported").grids][:2] == ["甲", "乙"]
    with pytest.raises(ConflictError, match="revision 9"):
        ws.edit("imported", rename(ws.plan("imported"), a, "丙")[1], base=9)


def test_edits_of_other_grids_are_laid_on_the_present_revision(ws, place):
    with Workspace.open(place) as other:
        plan, theirs = ws.current_plan(), other.current_plan()
        one, two, three, four = residents(plan)[:4]
        ws.edit("imported", merge(plan, one, two)[1], base=1)
        other.edit("imported", rename(theirs, three, "丙")[1], base=1)
        with pytest.raises(ConflictError, match="merge by local"):
            other.edit(
                "imported", assign(theirs, [str(theirs.fabric.cell_ids[theirs.cells_of(two)[0]])], one)[1], base=1
            )
        both = rename(merge(plan, one, two)[0], three, "丙")[0]
        assert other.plan("imported") == ws.plan("imported") == both
        assert [row.base_rev for row in ws.history("imported")] == [0, 1, 2]
        assert four in {grid.id for grid in both.grids}


def test_many_writers_lose_nothing(ws, place):
    """Each repeats its edit until it is the first to follow a revision: all edits are in the log, none twice."""
    each, threads = 6, []
    failures = []

    def write(number):
        try:
            with Workspace.open(place) as mine:
                for turn in range(each):
                    done = False
                    while not done:
                        grid = residents(mine.plan("imported"))[number]
                        head = mine.plans()[0]["revision"]
                        edit = rename(mine.plan("imported"), grid, f"{number}-{turn}")[1]
                        try:
                            mine.edit("imported", edit, base=head)
                            done = True
                        except ConflictError:
                            continue
        except Exception as error:  # noqa: BLE001 - told to the thread that waits
            failures.append(error)

    for number in range(4):
        threads.append(threading.Thread(target=write, args=(number,)))
        threads[-1].start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert [entry.base_rev for entry in ws.history("imported")] == list(range(1 + 4 * each))
    assert [grid.name for grid in ws.plan("imported").grids][:4] == [f"{number}-{each - 1}" for number in range(4)]


def test_threads_may_share_a_workspace(ws):
    seen = []

    def look():
        seen.append((ws.current_plan(), ws.city(), ws.where(*lonlat(ws, X0 + 30, Y0 + 25))["grid"]["code"]))

    threads = [threading.Thread(target=look) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 6
    assert {code for *_, code in seen} == {"141182001001001"}
    assert all(plan == seen[0][0] and city is seen[0][1] for plan, city, _ in seen)


def test_reading_the_file_by_other_means_between_two_edits(path):
    """GDAL has a SQLite of its own in this very process. It must not take our log away."""
    ws = Workspace.create(path)
    for layer in LAYERS:
        ws.import_layer(layer, town()[layer])
    plan = ws.current_plan()
    for number in range(4):
        ws.edit("imported", rename(ws.plan("imported"), residents(plan)[0], f"第{number}次")[1])
        names = pyogrio.read_dataframe(path, layer="grids").set_index("grid_id")["name"]
        assert names[residents(plan)[0]] == f"第{number}次"
        with path.open("rb") as file:
            assert file.read(6) == b"SQLite"
    assert len(ws.history("imported")) == 5
    assert ws._store.verify() == []


def test_a_new_import_of_buildings_keeps_the_plans(ws):
    plan = ws.current_plan()
    ws.save_plan(merge(plan, *residents(plan)[:2])[0], "draft")
    frame = buildings()
    extra = frame.iloc[[0, -1]].assign(id=["new-west", "new-east"])
    extra["geometry"] = extra.geometry.translate(25, 0)
    ws.import_layer("buildings", pd.concat([frame.iloc[5:], extra]))
    for name in ("imported", "draft"):
        now = ws.plan(name)
        assert (now.grid_of >= 0).all()
        grid = {str(cell): now.grids[at].id for cell, at in zip(now.fabric.cell_ids, now.grid_of, strict=True)}
        kept = set(frame["id"].iloc[5:])
        old = plan if name == "imported" else merge(plan, *residents(plan)[:2])[0]
        was = {str(cell): old.grids[at].id for cell, at in zip(old.fabric.cell_ids, old.grid_of, strict=True)}
        assert {cell: grid[cell] for cell in kept} == {cell: was[cell] for cell in kept}
        assert grid["new-east"] == grid["b119"]
        assert [entry.kind for entry in ws.history(name)] == ["create", "reimport"]
    found = {finding.rule: finding.message for finding in ws.check()}
    assert "5 buildings" in found["plan-building-gone"]
    assert "new-east, new-west" in found["plan-building-new"]
    seen = shown(ws).query("plan == 'imported'")
    now = ws.plan("imported")
    expected = dict(zip((grid.id for grid in now.grids), now.households.tolist(), strict=True))
    assert seen.set_index("grid_id")["households"].to_dict() == expected
    ws.edit("imported", rename(ws.plan("imported"), residents(plan)[0], "新")[1])
    assert "plan-building-gone" not in {finding.rule for finding in ws.check()}


def test_a_plan_drawn_on_older_cells_is_saved_on_the_present_ones(ws):
    plan = ws.current_plan()
    ws.import_layer("buildings", buildings().iloc[10:])
    saved = ws.save_plan(plan, "late")
    assert len(saved.fabric) == 110
    assert saved.fabric == ws.fabric("late")


def test_a_plan_is_put_in_force(ws):
    plan = ws.current_plan()
    ws.save_plan(merge(plan, *residents(plan)[:2])[0], "draft")
    filed = ws.put_in_force("draft")
    assert ws.current_plan() == filed
    assert {row["name"]: row["state"] for row in ws.plans()} == {"imported": "superseded", "draft": "in_force"}


def test_reading_only(ws, place, contents):
    plan = ws.current_plan()
    state = contents(place)
    with Workspace.open(place, read_only=True) as other:
        assert other.current_plan() == plan
        assert other.check()
        with pytest.raises(StoreError):
            other.save_plan(plan, "x")
        with pytest.raises(StoreError):
            other.import_layer("buildings", buildings())
    assert contents(place) == state


# ---- where and check -----------------------------------------------------------------------------------------------


def lonlat(ws, x, y):
    lon, lat = ws.city().frame.to_lonlat([x], [y])
    return float(lon[0]), float(lat[0])


def test_where_names_the_chain_and_the_plan(ws):
    found = ws.where(*lonlat(ws, X0 + 30, Y0 + 25))
    assert list(found) == ["subdistrict", "community", "grid", "compound", "building", "plan"]
    assert found["community"] == {"code": "141182001001", "name": "东关社区"}
    assert found["grid"] == {"code": "141182001001001", "name": "一网格", "kind": "resident"}
    assert found["building"]["code"] == "b000"
    assert (found["subdistrict"], found["compound"], found["plan"]) == (None, None, "imported")
    special = ws.where(X0 + 1150, Y0 + 350, crs=CRS)
    assert special["grid"] == {"code": "141182001002801", "name": "商圈专属网格", "kind": "special"}
    outside = ws.where(*lonlat(ws, X0 - 5000, Y0))
    assert [outside[level] for level in ("community", "grid", "building")] == [None] * 3


@pytest.mark.parametrize(
    ("x", "y", "crs"),
    [(37.2, 111.8, "EPSG:4326"), (111.8, 37.2, "EPSG:banana"), (float("nan"), 1, "EPSG:4326")],
)
def test_where_refuses_what_is_no_place(ws, x, y, crs):
    with pytest.raises(InputError) as caught:
        ws.where(x, y, crs=crs)
    assert caught.value.hint


def test_an_empty_workspace_answers_too(empty):
    assert {finding.rule for finding in empty.check()} >= {"layer-needed"}
    assert empty.plans() == []
    assert empty.layer("buildings").empty
    assert empty.where(111.8, 37.2)["community"] is None


def test_a_window_is_the_profile_s_or_the_given(ws):
    assert ws.window() == (300, 500)
    assert ws.window(50) == (50, 500)
    with pytest.raises(InputError):
        ws.window(600, 500)


# ---- the sample ----------------------------------------------------------------------------------------------------


def test_a_sample_is_made_anew_but_nothing_else_is_replaced(path, tmp_path):
    layers = town()
    for _ in range(2):
        with Workspace.create_sample(path, layers, name="汾阳（虚构示例）") as made:
            assert made.meta.sample
            assert made.city().sample
            assert made.current_plan().name == "present"
            assert isinstance(made.current_plan(), Plan)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    own = tmp_path / "own.gpkg"
    Workspace.create(own).close()
    state = own.read_bytes()
    with pytest.raises(StoreError, match="not a sample"):
        Workspace.create_sample(own, layers, name="x")
    assert own.read_bytes() == state
    with pytest.raises(InputError):
        Workspace.create_sample(path, {**layers, "grids": layers["grids"].assign(kind="?")}, name="x")
    with Workspace.open(path) as kept:
        assert kept.current_plan().name == "present", "a sample that cannot be made leaves the one there was"


def test_points_are_buildings_too(path):
    layers = town()
    points = layers["buildings"].set_geometry(layers["buildings"].representative_point())
    with Workspace.create(path) as ws:
        ws.import_layer("communities", layers["communities"])
        ws.import_layer("buildings", points)
        assert isinstance(ws.city().buildings.geometry.iloc[0], Point)
        assert len(ws.fabric()) == len(points)
