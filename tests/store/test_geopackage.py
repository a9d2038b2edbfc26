"""The file is a GeoPackage to everybody else: GDAL reads and edits it, and the R-trees stay right."""

import re
import shutil
import sqlite3
import subprocess
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely
from pyproj import CRS

from gridmap.store import Store, testing
from gridmap.store.geopackage import FEATURE_TABLES
from gridmap.store.model import HISTORY
from gridmap.workspace import Workspace


@pytest.fixture(scope="module")
def ready(tmp_path_factory):
    """Make a workspace with the town and its plan once."""
    path = tmp_path_factory.mktemp("ready") / "w.gpkg"
    with Workspace.create(path, name="汾阳") as ws:
        for layer, frame in testing.town().items():
            ws.import_layer(layer, frame)
    return path


@pytest.fixture
def made(ready, path):
    """Return a copy of its file, closed."""
    return Path(shutil.copy(ready, path))


def rows(path, sql):
    connection = sqlite3.connect(path)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def test_header_and_spatial_references(made):
    assert rows(made, "PRAGMA application_id") == [(0x47504B47,)]
    assert rows(made, "PRAGMA user_version") == [(10300,)]
    found = dict(rows(made, "SELECT srs_id, definition FROM gpkg_spatial_ref_sys"))
    assert found.keys() == {-1, 0, 4326, 4546}
    assert CRS(found[4546]).to_epsg(min_confidence=100) == 4546
    assert {srs for (srs,) in rows(made, "SELECT srs_id FROM gpkg_geometry_columns")} == {4546}
    assert rows(made, "PRAGMA foreign_key_check") == []
    assert rows(made, "PRAGMA integrity_check") == [("ok",)]


def test_every_feature_table_has_its_index_and_its_triggers(made):
    triggers = {name for (name,) in rows(made, "SELECT name FROM sqlite_master WHERE type = 'trigger'")}
    kinds = ("insert", "update1", "update2", "update3", "update4", "delete")
    append_only = {f"{table}_no_{verb}" for table in ("audit", "plan_steps") for verb in ("UPDATE", "DELETE")}
    assert triggers - append_only == {f"rtree_{table}_geom_{kind}" for table in FEATURE_TABLES for kind in kinds}
    extensions = rows(made, "SELECT table_name, column_name, extension_name, scope FROM gpkg_extensions")
    assert set(extensions) == {(table, "geom", "gpkg_rtree_index", "write-only") for table in FEATURE_TABLES}


def test_gdal_reads_every_layer(town, made):
    listed = dict(pyogrio.list_layers(made).tolist())
    assert listed.keys() == {*FEATURE_TABLES, HISTORY, "plans", "imports"}
    assert listed["communities"] == "MultiPolygon"
    for layer in listed:
        pyogrio.read_dataframe(made, layer=layer)
    buildings = pyogrio.read_dataframe(made, layer="buildings")
    assert buildings["id"].tolist() == town["buildings"]["id"].tolist()
    assert buildings.crs.equals(CRS(4546))
    assert buildings.geometry.geom_equals(town["buildings"].geometry).all()
    grids = pyogrio.read_dataframe(made, layer="grids")
    assert set(grids["plan"]) == {"imported"}
    assert grids.loc[grids["kind"] == "special", "name"].tolist() == ["商圈专属网格"]


@pytest.mark.skipif(shutil.which("ogrinfo") is None, reason="ogrinfo is not installed; pyogrio's GDAL checks above")
def test_ogrinfo_has_nothing_to_complain_of(made):
    for words in (["-ro", "-al", "-so"], ["-ro", "-al", "-q"]):
        ran = subprocess.run(["ogrinfo", *words, made], capture_output=True, text=True, check=False)
        assert ran.returncode == 0
        assert ran.stderr == ""
        assert not re.search("warning|error", ran.stdout, re.IGNORECASE)
    assert "府学街" in ran.stdout


def test_gdal_edits_and_the_index_stays_right(town, made):
    """GDAL brings its own ST_ functions: what it moves, adds and deletes must be found where it is."""
    moved = pyogrio.read_dataframe(made, layer="buildings").iloc[:3].assign(id=["x1", "x2", "x3"])
    moved["geometry"] = moved.geometry.translate(5000, 7000)
    pyogrio.write_dataframe(moved, made, layer="buildings", append=True)
    with Workspace.open(made) as ws:
        before = ws.meta.city_revision
        city = ws.city()
        assert city.buildings["id"].tolist()[-3:] == ["x1", "x2", "x3"]
        assert city.revision == before + 1, "a change by another program is a change"
        assert ws.city() is city
    boxes = rows(made, "SELECT minx, miny, maxx, maxy FROM rtree_buildings_geom ORDER BY id")
    shapes = np.asarray(city.buildings.geometry.array, dtype=object)
    np.testing.assert_allclose(boxes, shapely.bounds(shapes), atol=0.5)  # R-trees hold 32-bit numbers, rounded outwards
    assert len(boxes) == len(town["buildings"]) + 3


def test_our_own_edits_keep_the_index_right(made):
    shape = shapely.box(0, 0, 1, 1)
    with Store.open(made) as store, store.writing() as connection:
        from gridmap.store.blobs import to_blobs

        blob = to_blobs(np.array([shape], dtype=object), 4546)[0]

        def index():
            return connection.exec_driver_sql("SELECT * FROM rtree_green_geom").all()

        connection.exec_driver_sql("INSERT INTO green (fid, geom, id) VALUES (5, ?, 'g')", (blob,))
        assert index() == [(5, 0.0, 1.0, 0.0, 1.0)]
        connection.exec_driver_sql("UPDATE green SET fid = 6")
        assert index() == [(6, 0.0, 1.0, 0.0, 1.0)]
        connection.exec_driver_sql("UPDATE green SET geom = NULL")
        assert index() == []
        connection.exec_driver_sql("UPDATE green SET geom = ?", (blob,))
        assert len(index()) == 1
        connection.exec_driver_sql("DELETE FROM green")
        assert index() == []


def test_an_empty_workspace_is_a_geopackage_too(path):
    Workspace.create(path).close()
    for layer, _ in pyogrio.list_layers(path).tolist():
        assert len(pyogrio.read_dataframe(path, layer=layer)) == 0
