"""Bad input: each is one clear error or finding that names file, layer and row; the workspace stays as it was."""

import json
import resource
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import LineString, Point, Polygon, box

LEFT, RIGHT = box(0, 0, 1000, 1000), box(1000, 0, 2000, 1000)
X0, Y0 = 570_000, 4_125_000


def _moved(shapes):
    return gpd.GeoSeries(shapes).translate(X0, Y0)


def communities(shapes=(LEFT, RIGHT), crs="EPSG:4546", **columns):
    codes = [f"14118200100{k + 1}" for k in range(len(shapes))]
    data = {"code": codes, "name": [f"第{k + 1}社区" for k in range(len(shapes))], **columns}
    return gpd.GeoDataFrame(data, geometry=list(_moved(shapes)), crs=crs)


def buildings(households, shapes=None, **columns):
    n = len(households)
    shapes = shapes or [box(50 + 40 * k, 100, 70 + 40 * k, 112) for k in range(n)]
    data = {"id": [f"b{k}" for k in range(n)], "户数": households, **columns}
    return gpd.GeoDataFrame(data, geometry=list(_moved(shapes)), crs="EPSG:4546")


@pytest.fixture
def ws(run, tmp_path):
    path = tmp_path / "city.gpkg"
    assert run("new", path).code == 0
    communities().to_file(tmp_path / "communities.gpkg")
    assert run("import", tmp_path / "communities.gpkg", "--into", path, "--layer", "communities", "--yes").code == 0
    return path


@pytest.fixture
def refused(run, ws, tmp_path):
    """Import something that must be refused; check the message and that nothing changed."""

    def refused(frame_or_path, layer, *options, file="bad.gpkg", says=()):
        path = frame_or_path
        if isinstance(frame_or_path, gpd.GeoDataFrame):
            path = tmp_path / file
            frame_or_path.to_file(path)
        state = ws.read_bytes()
        ran = run("import", path, "--into", ws, "--layer", layer, "--yes", *options)
        assert ran.code == 2, ran.err
        assert ran.err.count("Error:") == 1
        assert "→" in ran.err
        assert Path(path).name in ran.err
        for word in says:
            assert word in ran.err, ran.err
        assert ws.read_bytes() == state
        return ran

    return refused


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
def test_no_crs(refused):
    refused(communities(crs=None), "communities", file="bad.shp", says=["--crs"])


def test_swapped_axes(refused):
    shapes = [Polygon([(37.26, 111.78), (37.27, 111.78), (37.27, 111.79), (37.26, 111.79)])]
    frame = gpd.GeoDataFrame({"code": ["141182001001"], "name": ["甲"]}, geometry=shapes, crs="EPSG:4326")
    refused(frame, "communities", file="bad.geojson", says=["--swap-axes"])


def test_duplicate_ids(refused):
    frame = buildings([3, 4, 5])
    frame["id"] = ["b1", "b1", "b2"]
    refused(frame, "buildings", says=["b1"])


def test_self_crossing_community(refused):
    bow = Polygon([(0, 0), (1000, 1000), (1000, 0), (0, 1000)])
    refused(communities([bow]), "communities", says=["1", "--accept"])


def test_overlapping_communities(refused):
    refused(communities([LEFT, box(900, 0, 2000, 1000)]), "communities", says=["m²", "--accept"])


def test_nan_coordinates(refused, tmp_path):
    path = tmp_path / "bad.csv"
    path.write_text("id,x,y,户数\nb1,570100,4125100,3\nb2,nan,4125100,4\n", "utf-8")
    refused(path, "buildings", "--crs", "EPSG:4546", says=["2"])


def test_negative_households(refused):
    refused(buildings([3, -4, 5]), "buildings", says=["-4", "2"])


def test_households_that_are_words(refused):
    refused(buildings(["3", "很多", "5"]), "buildings", says=["很多", "2"])


def test_households_as_people_write_them(run, ws, tmp_path):
    buildings(["1,200", "约300", None, "４５"]).to_file(tmp_path / "written.gpkg")
    ran = run("import", tmp_path / "written.gpkg", "--into", ws, "--layer", "buildings", "--yes", "--json")
    assert ran.code == 0, ran.err
    assert any("约300" in note for note in ran.json["notes"])
    assert run("export", ws, "--layer", "buildings", "-o", tmp_path / "out.gpkg").code == 0
    out = gpd.read_file(tmp_path / "out.gpkg").set_index("id")["households"]
    assert out["b0"] == 1200
    assert out["b1"] == 300
    assert pd.isna(out["b2"])
    assert out["b3"] == 45
    findings = run("check", ws, "--json").json["findings"]
    assert any("households" in finding["rule"] for finding in findings)


def test_building_outside_every_community(run, ws, tmp_path):
    buildings([3, 4], [box(50, 50, 60, 60), box(5000, 5000, 5010, 5010)]).to_file(tmp_path / "far.gpkg")
    assert run("import", tmp_path / "far.gpkg", "--into", ws, "--layer", "buildings", "--yes").code == 0
    ran = run("check", ws, "--json")
    assert ran.code == 1
    assert any(f["layer"] == "buildings" and "b1" in (f["feature"] + f["message"]) for f in ran.json["findings"])


def test_empty_layer(refused):
    refused(buildings([3]).iloc[:0], "buildings")


@pytest.mark.parametrize("name", ["bad.geojson", "bad.gpkg", "bad.shp", "bad.parquet", "bad.xlsx", "bad.zip"])
def test_a_file_that_is_not_what_its_ending_says(refused, tmp_path, name):
    path = tmp_path / name
    inner = '<OGRVRTLayer name="x"><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer>'
    path.write_text(f"<OGRVRTDataset>{inner}</OGRVRTDataset>")
    refused(path, "buildings")


def test_a_file_that_is_not_there(refused, tmp_path):
    refused(tmp_path / "none.gpkg", "buildings")


def test_an_unknown_layer(run, ws, tmp_path):
    ran = run("import", tmp_path / "communities.gpkg", "--into", ws, "--layer", "roads", "--yes")
    assert ran.code == 2
    assert "roads" in ran.err
    assert "streets" in ran.err


def test_gbk_shapefile_without_cpg(run, ws, tmp_path):
    folder = tmp_path / "gbk"
    folder.mkdir()
    frame = buildings([3, 4]).assign(楼名=["冯家庄一号楼", "太和桥二号楼"])
    frame.to_file(folder / "buildings.shp", encoding="gbk")
    (folder / "buildings.cpg").unlink()
    ran = run(
        "import", folder / "buildings.shp", "--into", ws, "--layer", "buildings", "--column", "name=楼名", "--yes"
    )
    assert ran.code == 0, ran.err
    assert run("export", ws, "--layer", "buildings", "-o", tmp_path / "out.gpkg").code == 0
    assert sorted(gpd.read_file(tmp_path / "out.gpkg")["name"]) == ["冯家庄一号楼", "太和桥二号楼"]


def test_a_wrong_encoding_is_refused(refused, tmp_path):
    frame = buildings([3, 4]).assign(楼名=["冯家庄一号楼", "太和桥二号楼"])
    frame.to_file(tmp_path / "bad.shp", encoding="gbk")
    (tmp_path / "bad.cpg").unlink()
    refused(tmp_path / "bad.shp", "buildings", "--encoding", "utf-8", says=["utf-8"])


def test_lines_are_no_communities(refused):
    refused(
        gpd.GeoDataFrame({"code": ["1"]}, geometry=[LineString(LEFT.exterior.coords)], crs="EPSG:4546"), "communities"
    )


def test_nobody_there_to_confirm(run, ws, tmp_path):
    state = ws.read_bytes()
    buildings([3]).to_file(tmp_path / "fine.gpkg")
    ran = run("import", tmp_path / "fine.gpkg", "--into", ws, "--layer", "buildings")
    assert ran.code == 2
    assert "--yes" in ran.err
    assert "户数" in ran.err
    assert ws.read_bytes() == state


def test_grids_before_there_are_buildings(refused):
    frame = communities().assign(code=["141182001001001", "141182001002001"])
    refused(frame, "grids", says=["buildings"])


def test_disk_full_while_writing(run, ws, tmp_path):
    """A limit on the size of files stands in for the full disk: the system refuses the write the same way."""
    points = [Point(x % 900 + 1.5, x // 900 * 7 + 1.5) for x in range(20_000)]
    buildings([1] * len(points), points).to_file(tmp_path / "many.gpkg")
    state, size = ws.read_bytes(), ws.stat().st_size

    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 200_000, size + 200_000))

    words = ["import", str(tmp_path / "many.gpkg"), "--into", str(ws), "--layer", "buildings", "--yes"]
    code = "import sys, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
    code += f"sys.argv = {json.dumps(['gridmap', *words])}\n"
    ran = subprocess.run(
        [sys.executable, "-c", code + "from gridmap.cli import main; main()"],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=limit,
    )
    assert ran.returncode == 6, ran.stderr
    assert "Traceback" not in ran.stderr
    assert "space" in ran.stderr
    assert run("balance", ws, "--json").code == 0
    assert ws.read_bytes() == state
