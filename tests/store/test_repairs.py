"""Repairs are whole or not there, and come undone byte by byte."""

import json
import os
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from sqlalchemy import select, update

from gridmap.errors import ConflictError, InputError
from gridmap.store.backend import backend
from gridmap.store.blobs import promote
from gridmap.store.model import FEATURES
from gridmap.store.records import has_records
from gridmap.store.renaming import RECORDS
from gridmap.workspace import Workspace

# The count of `make test`; `make prove` sets more.
KILLS = int(os.environ.get("GRIDMAP_KILLS", "20"))
CRS = "EPSG:4546"
X, Y = 570_000, 4_125_000


@pytest.fixture
def ws(databases):
    """Two communities that do not quite meet, one of a code in full width, with four buildings and a plan."""
    boxes = [shapely.box(X, Y, X + 99.5, Y + 100), shapely.box(X + 100, Y, X + 200, Y + 100)]
    communities = gpd.GeoDataFrame(
        {"code": ["14118200100１", "141182001002"], "name": ["东关 社区", "建昌社区"]}, geometry=boxes, crs=CRS
    )
    at = shapely.points([(X + 20, Y + 20), (X + 70, Y + 70), (X + 120, Y + 20), (X + 170, Y + 70)])
    buildings = gpd.GeoDataFrame(
        {
            "id": ["B1", "B2", "B3", "B4"],
            "households": [300, 310, 320, 330],
            "community": ["14118200100１", None, "141182001009", "141182001002"],
        },
        geometry=at,
        crs=CRS,
    )
    with Workspace.create(databases.fresh(), frame=4546, profile="cn") as made:
        made.import_layer("communities", communities)
        made.import_layer("buildings", buildings)
        made.save_plan(made.current_plan(), "p")
        yield made


def raw(ws):
    with ws._store.reading() as connection:
        found = {
            name: [tuple(row) for row in connection.execute(select(FEATURES[name]).order_by(FEATURES[name].c.fid))]
            for name in ("communities", "compounds", "buildings", "facilities")
        }
        found["extent"] = [backend(connection).extent(connection, name) for name in ("communities", "buildings")]
        if connection.dialect.name == "sqlite":
            found["index"] = connection.exec_driver_sql("SELECT * FROM rtree_communities_geom ORDER BY id").all()
        if has_records(connection):
            for name, table in RECORDS.items():
                found[name] = [tuple(row) for row in connection.execute(select(table).order_by(table.c.id))]
            found["tally"] = sorted(map(str, connection.exec_driver_sql("SELECT * FROM matter_tally WHERE n > 0")))
    return found


def test_repairs_are_made_and_taken_back_byte_by_byte(ws) -> None:
    before, grids = raw(ws), ws.plan("p").grid_of.tolist()
    done = ws.mend(all_safe=True)
    assert {one.rule for one in done.repairs} == {
        "community-sliver", "code-unclean", "name-unclean", "reference-unknown", "parent-missing",
    }  # fmt: skip
    city = ws.city()
    assert city.communities["code"].tolist() == ["141182001001", "141182001002"]
    assert city.communities["name"].tolist() == ["东关社区", "建昌社区"]
    assert city.buildings["community"].tolist() == ["141182001001", "141182001001", "141182001002", "141182001002"]
    assert shapely.area(city.communities.geometry).sum() == pytest.approx(20_000, abs=0.1)
    assert not [one for one in ws.check() if one.safe]
    assert raw(ws) != before
    # The plan follows the community that has another code.
    plan = ws.plan("p")
    assert {grid.community for grid in plan.grids} == {"141182001001", "141182001002"}
    assert plan.grid_of.tolist() == grids
    undone = ws.undo_mend()
    assert undone.undone_at is not None
    assert raw(ws) == before
    assert {grid.community for grid in ws.plan("p").grids} == {"14118200100１", "141182001002"}
    with pytest.raises(InputError, match="no repair to undo"):
        ws.undo_mend()


def test_a_dry_run_changes_nothing_and_says_the_same(ws) -> None:
    before = raw(ws)
    shown = ws.mend(all_safe=True, dry_run=True)
    assert (raw(ws), ws.mends()) == (before, [])
    made = ws.mend(all_safe=True)
    said = [{**one.to_dict(), "dry_run": None, "revision": None} for one in (shown, made)]
    assert said[0] == said[1]


def test_one_finding_is_repaired_and_the_others_left(ws) -> None:
    (sliver,) = [one for one in ws.check() if one.rule == "community-sliver"]
    done = ws.mend([sliver.id])
    assert [one.finding for one in done.repairs] == [sliver.id]
    assert {one.rule for one in ws.check()} >= {"code-unclean", "name-unclean"}


def test_what_cannot_be_repaired_is_refused(ws) -> None:
    with pytest.raises(InputError, match="no finding nonsense"):
        ws.mend(["nonsense"])
    (size, *_) = [one for one in ws.check() if one.rule == "community-size"]
    with pytest.raises(InputError, match="has no repair"):
        ws.mend([size.id])


def test_a_repair_that_was_overtaken_is_not_taken_back(ws) -> None:
    ws.mend(all_safe=True)
    ws.import_layer("communities", ws.city().communities.assign(name=["甲", "乙"]))
    before = raw(ws)
    with pytest.raises(ConflictError, match="have changed since the repair"):
        ws.undo_mend()
    assert raw(ws) == before


def test_an_invalid_polygon_drawn_by_another_program_is_told_and_mended(ws) -> None:
    bow = shapely.Polygon([(X, Y), (X + 99, Y + 100), (X + 99, Y), (X, Y + 100)])
    with ws._store.writing() as connection:
        verbs, table = backend(connection), FEATURES["communities"]
        (value,) = verbs.to_values(promote([bow], "MULTIPOLYGON"), 4546)
        connection.execute(update(table).where(table.c.fid == 1).values(geom=value))
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(
                "UPDATE gpkg_contents SET last_change = '2030-01-01T00:00:00.000Z' WHERE table_name = 'communities'"
            )
    (found,) = ws.check()
    assert (found.rule, found.safe) == ("shape-invalid", False)
    assert found.area_m2 > 1_000
    ws.mend([found.id])
    assert "shape-invalid" not in {one.rule for one in ws.check()}
    assert ws.city().communities.geometry.is_valid.all()


def test_records_follow_a_code_that_is_cleaned_and_go_back_with_it(ws) -> None:
    unclean, clean = "14118200100１", "141182001001"
    block = shapely.box(X + 10, Y + 10, X + 40, Y + 40)
    ws.import_layer("compounds", gpd.GeoDataFrame({"id": ["Ｃ1"]}, geometry=[block], crs=CRS))
    ws.import_layer(
        "facilities",
        gpd.GeoDataFrame(
            {"id": ["f1"], "kind": ["service_station"], "serves": ["Ｃ1;C9"]},
            geometry=[shapely.Point(X + 20, Y + 30)],
            crs=CRS,
        ),
    )
    ws.import_records(
        {
            "organisations": pd.DataFrame([{"id": "o1", "name": "市医院"}, {"id": "o2", "name": "党支部"}]),
            "duties": pd.DataFrame(
                [
                    {"id": "d1", "kind": "partner_unit", "organisation": "o1", "places": unclean},
                    {"id": "d2", "kind": "party_org", "organisation": "o2", "places": "Ｃ1"},
                    {"id": "d3", "kind": "partner_unit", "organisation": "o1", "places": "141182001002"},
                ]
            ),
            "matters": pd.DataFrame(
                [
                    {"id": "m1", "kind": "request", "level": "community", "code": unclean, "opened": "2026-03-02"},
                    {"id": "m2", "kind": "request", "level": "compound", "code": "Ｃ1", "opened": "2026-03-02"},
                ]
            ),
        }
    )
    before = raw(ws)
    ws.mend(all_safe=True)
    after = raw(ws)
    assert [row[after_column("duties", "places")] for row in after["duties"]] == [clean, "C1", "141182001002"]
    assert [row[after_column("matters", "code")] for row in after["matters"]] == [clean, "C1"]
    assert {row[after_column("matters", "community")] for row in after["matters"]} <= {clean, None}
    assert not any(unclean in row for row in after["tally"])
    assert len(after["tally"]) == len(before["tally"])
    assert ws.city().facilities["serves"].tolist() == ["C1;C9"]
    ws.undo_mend()
    assert raw(ws) == before


def after_column(table, column):
    return [one.name for one in RECORDS[table].columns].index(column)


def test_whoever_is_named_gets_the_ground_that_two_claim(ws) -> None:
    boxes = [shapely.box(X, Y, X + 130, Y + 100), shapely.box(X + 100, Y, X + 200, Y + 100)]
    overlapping = ws.city().communities.set_geometry(gpd.GeoSeries(boxes, crs=CRS))
    ws.import_layer("communities", overlapping, accept=frozenset({"overlap"}))
    (overlap,) = [one for one in ws.check() if one.rule == "community-overlap"]
    for code, widths in (("14118200100１", [130, 70]), ("141182001002", [100, 100])):
        ws.mend([overlap.id], give=[code])
        assert (shapely.area(ws.city().communities.geometry) / 100).round(3).tolist() == widths
        ws.undo_mend()
    with pytest.raises(InputError, match="No ground can be given to B1"):
        ws.mend([overlap.id], give=["B1"])


def test_a_code_that_an_import_retired_is_known_when_another_place_has_it(ws) -> None:
    first = ws.city().communities
    assert "code-reused" not in {one.rule for one in ws.check()}
    ws.import_layer("communities", first.assign(code=["141182001003", "141182001002"], name=["东关社区", "建昌社区"]))
    ws.import_layer("communities", first.assign(code=["141182001001", "141182001002"], name=["东关社区", "建昌社区"]))
    assert "code-reused" not in {one.rule for one in ws.check()}
    # 东关 has had 003 in between: nobody else may have it.
    ws.import_layer("communities", first.assign(code=["141182001001", "141182001003"], name=["东关社区", "建昌社区"]))
    found = [(one.feature, "东关社区 had it" in one.message) for one in ws.check() if one.rule == "code-reused"]
    assert found == [("141182001003", True)]


def test_a_release_that_was_checked_is_remembered(ws) -> None:
    ws.mend(all_safe=True)
    release = pd.DataFrame({"code": ["141182001001", "141182001007"], "name": ["东关社区居委会", "鼓楼社区"]})
    told = [one for one in ws.check(codes=release, source="2020") if one.rule.startswith("code-")]
    assert {(one.rule, one.feature) for one in told} == {
        ("code-drifted", "141182001001"), ("code-drifted", "141182001002"), ("code-drifted", "141182001007"),
    }  # fmt: skip
    assert not [one for one in ws.check() if one.rule.startswith("code-")]
    ws.import_layer("communities", ws.city().communities.assign(code=["141182001001", "141182001007"]))
    assert [one.feature for one in ws.check() if one.rule == "code-reused"] == ["141182001007"]


def test_the_worst_is_told_first(ws) -> None:
    order = ["error", "warning", "note"]
    told = [order.index(one.severity) for one in ws.check()]
    assert len(set(told)) > 1
    assert told == sorted(told)


def test_killed_in_the_midst_of_repairs(tmp_path) -> None:
    script = Path(__file__).with_name("repairing.py")
    ran = subprocess.run(
        [sys.executable, script, tmp_path / "w.gpkg", str(KILLS), "1"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    )
    assert ran.returncode == 0, ran.stderr
    report = json.loads(ran.stdout)
    assert report["wrong"] == []
    assert report["kills"] == KILLS
    assert report["mended"] > 50
    assert report["repair"] + report["undo"] >= KILLS / 2, "the kills hit a process at work"
