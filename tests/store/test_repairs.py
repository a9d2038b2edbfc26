"""Repairs are whole or not there, and come undone byte by byte."""

import json
import os
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from gridmap.errors import ConflictError, InputError
from gridmap.workspace import Workspace

# The count of `make test`; `make prove` sets more.
KILLS = int(os.environ.get("GRIDMAP_KILLS", "20"))
CRS = "EPSG:4546"
X, Y = 570_000, 4_125_000


@pytest.fixture
def ws(tmp_path):
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
    with Workspace.create(tmp_path / "w.gpkg", frame=4546, profile="cn") as made:
        made.import_layer("communities", communities)
        made.import_layer("buildings", buildings)
        made.save_plan(made.current_plan(), "p")
        yield made


def raw(ws):
    with ws._store.reading() as connection:
        layers = {
            "communities": connection.exec_driver_sql("SELECT * FROM communities ORDER BY fid").all(),
            "buildings": connection.exec_driver_sql("SELECT * FROM buildings ORDER BY fid").all(),
        }
        layers["index"] = connection.exec_driver_sql("SELECT * FROM rtree_communities_geom ORDER BY id").all()
        layers["extent"] = connection.exec_driver_sql(
            "SELECT table_name, min_x, min_y, max_x, max_y FROM gpkg_contents WHERE data_type = 'features'"
        ).all()
    return {name: [row for row in rows if "grids" not in row] for name, rows in layers.items()}


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
    from gridmap.store.blobs import promote, to_blobs

    blob = to_blobs(promote([bow], "MULTIPOLYGON"), 4546)[0]
    with ws._store.writing() as connection:
        connection.exec_driver_sql("UPDATE communities SET geom = ? WHERE fid = 1", (blob,))
        connection.exec_driver_sql(
            "UPDATE gpkg_contents SET last_change = '2030-01-01T00:00:00.000Z' WHERE table_name = 'communities'"
        )
    (found,) = ws.check()
    assert (found.rule, found.safe) == ("shape-invalid", False)
    assert found.area_m2 > 1_000
    ws.mend([found.id])
    assert "shape-invalid" not in {one.rule for one in ws.check()}
    assert ws.city().communities.geometry.is_valid.all()


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
