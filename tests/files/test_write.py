"""Writing: what comes back, what is refused, and that files are whole or as they were."""

import csv
import errno
import io
import os
import subprocess
import sys
import textwrap

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LinearRing, LineString, MultiPoint, MultiPolygon, Point, Polygon, box

from gridmap import files
from gridmap.errors import CrsError, InputError, LimitError, StoreError
from gridmap.files.atomic import write_files
from gridmap.files.sheets import safe_cell

X0, Y0 = 570_000.0, 4_125_000.0
ENDINGS = [".gpkg", ".geojson", ".shp", ".fgb", ".parquet", ".kml", ".dxf", ".csv", ".xlsx"]
LOSSLESS = [".gpkg", ".fgb", ".parquet", ".csv", ".xlsx", ".shp", ".dxf"]


def same(left, right, *, within_m=0.0):
    """Assert that two layers hold the same values, and shapes no farther apart than `within_m`."""
    assert list(left.columns) == list(right.columns)
    for name in left.columns:
        if name != "geometry":
            ours, theirs = (
                [None if gone else value for value, gone in zip(frame[name], frame[name].isna(), strict=True)]
                for frame in (left, right)
            )
            assert ours == theirs, name
            assert left[name].dtype == right[name].dtype, name
    apart = [a.hausdorff_distance(b) for a, b in zip(left.geometry, right.geometry, strict=True)]
    assert np.max(apart) <= within_m


def again(path, layer="buildings"):
    crs = "EPSG:4546" if path.suffix in (".csv", ".xlsx") else None
    return files.read(files.propose(path, layer, crs=crs)).gdf


@pytest.mark.parametrize("ending", ENDINGS)
def test_round_trip(whole_layer, tmp_path, ending):
    path = tmp_path / f"楼栋{ending}"
    assert files.write(whole_layer, path, layer="buildings") == len(whole_layer)
    back = again(path)
    if ending in (".geojson", ".kml"):
        assert back.crs.to_epsg() == 4326
        back = back.to_crs("EPSG:4546")
    assert back.crs == whole_layer.crs
    # An apostrophe that is there is there afterwards, as is text that looks like a formula.
    same(back.reset_index(drop=True), whole_layer, within_m=0.0 if ending in LOSSLESS else 0.001)
    leftovers = [p.name for p in tmp_path.iterdir() if p.name.startswith(".")]
    assert leftovers == []


SHAPES = {
    "polygons with holes": [Polygon(box(0, 0, 9, 9).exterior, [box(1, 1, 2, 2).exterior, box(4, 4, 5, 6).exterior])],
    "several parts": [
        MultiPolygon([box(0, 0, 1, 1), box(2, 0, 3, 1 / 3)]),
        MultiPolygon([box(5, 5, 6, 6), box(7, 7, 8, 8)]),
    ],
    "mixed parts": [box(0, 0, 1, 1), MultiPolygon([box(2, 0, 3, 1), box(4, 0, 5, 1)])],
    "points of several entrances": [MultiPoint([(0, 0), (1, 1 / 7)]), MultiPoint([(3, 3), (4, 4)])],
}


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("shapes", list(SHAPES))
def test_shapes_come_back(tmp_path, ending, shapes):
    moved = shapely.transform(np.array(SHAPES[shapes], dtype=object), lambda p: p + np.array([X0, Y0]))
    frame = gpd.GeoDataFrame({"id": [str(k) for k in range(len(moved))]}, geometry=moved, crs="EPSG:4546")
    path = tmp_path / f"a{ending}"
    files.write(frame, path, layer="buildings")
    back = again(path).to_crs("EPSG:4546")
    apart = [a.hausdorff_distance(b) for a, b in zip(back.geometry, frame.geometry, strict=True)]
    assert max(apart) <= (0.001 if ending in (".geojson", ".kml") else 0)
    assert back.geometry.area.tolist() == pytest.approx(frame.geometry.area.tolist(), abs=0.01)
    assert back.geometry.is_valid.all()


def test_a_coverage_stays_one_as_geojson(tmp_path):
    """Vertices that neighbours share are rounded alike."""
    rng = np.random.default_rng(1)
    seeds = shapely.points(X0 + rng.uniform(0, 2000, 300), Y0 + rng.uniform(0, 2000, 300))
    cells = shapely.get_parts(
        shapely.voronoi_polygons(shapely.multipoints(seeds), extend_to=box(X0, Y0, X0 + 2000, Y0 + 2000))
    )
    frame = gpd.GeoDataFrame({"code": [str(k) for k in range(len(cells))]}, geometry=cells, crs="EPSG:4546")
    files.write(frame, tmp_path / "a.geojson", layer="communities")
    back = again(tmp_path / "a.geojson", "communities")
    assert shapely.coverage_is_valid(back.geometry.to_numpy())
    assert back.to_crs("EPSG:4546").geometry.area.sum() == pytest.approx(frame.geometry.area.sum(), rel=1e-7)


def test_other_programs_read_what_is_written(whole_layer, tmp_path):
    for ending in (".gpkg", ".geojson", ".shp"):
        files.write(whole_layer, tmp_path / f"a{ending}", layer="buildings")
        there = pyogrio.read_dataframe(tmp_path / f"a{ending}")
        assert there["name"].tolist()[0] == "东关1号楼"
        assert len(there) == len(whole_layer)
        assert there["floors"].isna().tolist() == [False, True, False, False, False]
        apart = there.to_crs("EPSG:4546").distance(whole_layer)
        assert apart.max() < 0.001
    assert gpd.read_parquet(_written(whole_layer, tmp_path / "a.parquet"))["floors"].isna().sum() == 1
    assert pyogrio.list_layers(tmp_path / "a.gpkg")[0][0] == "buildings"


def _written(frame, path):
    files.write(frame, path)
    return path


def test_geojson_is_in_degrees_and_says_nothing_about_it(whole_layer, tmp_path):
    files.write(whole_layer, tmp_path / "a.geojson")
    text = (tmp_path / "a.geojson").read_text("utf-8")
    assert '"crs"' not in text
    with pytest.raises(InputError, match="4326"):
        files.write(whole_layer, tmp_path / "a.geojson", crs="EPSG:4546")
    assert (tmp_path / "a.geojson").read_text("utf-8") == text


@pytest.mark.parametrize("ending", [".geojson", ".csv", ".gpkg"])
@pytest.mark.parametrize("shift", ["gcj02", "bd09"])
def test_shifted_coordinates_come_back(whole_layer, tmp_path, ending, shift):
    from gridmap.geo.frames import metric_frame, to_frame

    files.write(whole_layer, tmp_path / f"a{ending}", crs=shift)
    read = files.read(files.propose(tmp_path / f"a{ending}", "buildings", crs=shift))
    placed = to_frame(read.gdf, metric_frame(111.8, 37.2), crs=read.shift).to_crs("EPSG:4546").reset_index(drop=True)
    assert placed.distance(whole_layer).max() < 0.01
    wrong = read.gdf.set_crs("EPSG:4326").to_crs("EPSG:4546").reset_index(drop=True)
    assert wrong.distance(whole_layer).min() > 100


def test_another_crs(whole_layer, tmp_path):
    files.write(whole_layer, tmp_path / "a.gpkg", crs="EPSG:4490")
    assert again(tmp_path / "a.gpkg").crs.to_epsg() == 4490
    with pytest.raises(CrsError, match="99999"):
        files.write(whole_layer, tmp_path / "b.gpkg", crs="EPSG:99999")
    with pytest.raises(CrsError, match="no CRS"):
        files.write(whole_layer.set_crs(None, allow_override=True), tmp_path / "b.geojson")
    assert not (tmp_path / "b.gpkg").exists()


def test_rings_are_written_as_lines(tmp_path):
    frame = gpd.GeoDataFrame({"id": ["1"]}, geometry=[LinearRing([(0, 0), (1, 0), (1, 1)])], crs="EPSG:4546")
    files.write(frame, tmp_path / "a.gpkg", layer="streets")
    assert again(tmp_path / "a.gpkg", "streets").geometry.item() == LineString([(0, 0), (1, 0), (1, 1), (0, 0)])


def test_shapefile_names_are_short_and_explained(whole_layer, tmp_path):
    frame = whole_layer.assign(户数合计=1, 户数=2, a_very_long_name_1=1, a_very_long_name_2=2)
    files.write(frame, tmp_path / "a.shp", layer="buildings")
    names = list(pyogrio.read_info(tmp_path / "a.shp")["fields"])
    assert len({name.lower() for name in names}) == len(names) == len(frame.columns) - 1
    assert all(name.isascii() and len(name) <= 10 for name in names)
    assert (tmp_path / "a.cpg").read_text() == "UTF-8"
    rows = list(csv.DictReader(io.StringIO((tmp_path / "a_fields.csv").read_text("utf-8-sig"))))
    assert [row["field"] for row in rows] == names
    assert [row["name"] for row in rows] == list(frame.columns.drop("geometry"))
    assert next(row for row in rows if row["name"] == "households")["名称"] == "户数"


def test_shapefiles_do_not_cut_text(whole_layer, tmp_path):
    files.write(whole_layer.assign(name="字" * 84), tmp_path / "a.shp")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(InputError, match="254 bytes") as caught:
        files.write(whole_layer.assign(name=["字" * 85, "a", "b", "c", "d"]), tmp_path / "a.shp")
    assert "name" in str(caught.value)
    assert "row 1" in str(caught.value)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_shapefiles_hold_one_kind_of_shape(tmp_path):
    frame = gpd.GeoDataFrame({"id": ["1", "2"]}, geometry=[Point(0, 0), box(0, 0, 1, 1)], crs="EPSG:4546")
    with pytest.raises(InputError, match="one kind"):
        files.write(frame, tmp_path / "a.shp")
    assert list(tmp_path.iterdir()) == []


def test_a_shapefile_replaces_all_of_an_older_one(whole_layer, tmp_path):
    (tmp_path / "a.qix").write_bytes(b"an index of the old shapes")
    (tmp_path / "a.prj").write_text("old")
    files.write(whole_layer.set_crs(None, allow_override=True), tmp_path / "a.shp")
    assert sorted(p.suffix for p in tmp_path.iterdir()) == [".cpg", ".csv", ".dbf", ".shp", ".shx"]


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_layer_without_rows_is_a_file_without_rows(whole_layer, tmp_path, ending):
    assert files.write(whole_layer.iloc[:0], tmp_path / f"a{ending}", layer="buildings") == 0
    with pytest.raises(InputError) as caught:
        again(tmp_path / f"a{ending}")
    assert caught.value.code in ("layer-empty", "coordinates-missing")


DANGEROUS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\0=1", "=cmd|' /C calc'!A0"]


def test_no_cell_is_a_formula(tmp_path):
    frame = gpd.GeoDataFrame(
        {"id": [str(k) for k in range(len(DANGEROUS))], "=name": DANGEROUS, "change": -5, "share": -0.5},
        geometry=[Point(-1, -2)] * len(DANGEROUS),
        crs="EPSG:4546",
    )
    files.write(frame, tmp_path / "a.csv")
    rows = list(csv.reader(io.StringIO((tmp_path / "a.csv").read_text("utf-8-sig"), newline="")))
    assert rows[0] == ["id", "'=name", "change", "share", "x", "y"]
    assert [row[1][0] for row in rows[1:]] == ["'"] * len(DANGEROUS)
    assert rows[1][2:] == ["-5", "-0.5", "-1.0", "-2.0"]
    files.write(frame, tmp_path / "a.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").active
    for row in list(sheet.iter_rows())[1:]:
        assert row[1].data_type == "s"
        assert row[1].value.startswith("'")
        assert [cell.value for cell in row[2:]] == [-5, -0.5, -1, -2]


@given(st.one_of(st.text(max_size=8), st.integers(), st.floats()))
def test_safe_cells(value):
    safe = safe_cell(value)
    if isinstance(value, str):
        assert not safe.startswith(("=", "+", "-", "@", "\t", "\r", "\0"))
        assert safe in (value, f"'{value}")
    else:
        assert safe is value


def test_what_excel_cannot_hold(tmp_path):
    ring = shapely.transform(Point(0, 0).buffer(100, quad_segs=500), lambda p: p + 1 / 3)
    frame = gpd.GeoDataFrame({"id": ["1"]}, geometry=[ring], crs="EPSG:4546")
    with pytest.raises(LimitError, match="32,767"):
        files.write(frame, tmp_path / "a.xlsx")
    frame = gpd.GeoDataFrame({"id": ["a\x07b￾"]}, geometry=[Point(0, 0)], crs="EPSG:4546")
    files.write(frame, tmp_path / "a.xlsx", layer="a/b:c*?[]" * 9)
    assert openpyxl.load_workbook(tmp_path / "a.xlsx").active["A2"].value == "a�b�"


def test_an_ending_that_is_not_written(whole_layer, tmp_path):
    for name in ("a.gml", "a", "a.gdb"):
        with pytest.raises(InputError, match="not written"):
            files.write(whole_layer, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_geopackage_that_is_open_is_not_replaced(whole_layer, tmp_path):
    path = tmp_path / "a.gpkg"
    files.write(whole_layer, path)
    before = path.read_bytes()
    (tmp_path / "a.gpkg-wal").write_bytes(b"rows that are not in the file yet")
    with pytest.raises(StoreError, match="open in another program"):
        files.write(whole_layer, path)
    assert path.read_bytes() == before


# ---- whole or not at all ---------------------------------------------------------------------------------------------


def test_a_failure_within_leaves_the_file_as_it_was(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")

    def fail():
        with files.replacing(path) as fresh:
            fresh.write_text("half")
            raise RuntimeError("oops")

    with pytest.raises(RuntimeError, match="oops"):
        fail()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_links_modes_and_odd_targets(tmp_path):
    path, link = tmp_path / "a.txt", tmp_path / "link.txt"
    path.write_text("old")
    path.chmod(0o640)
    link.symlink_to(path)
    files.write_text(link, "新")
    assert link.is_symlink()
    assert path.read_bytes() == "新".encode()
    assert path.stat().st_mode & 0o777 == 0o640
    for target in (tmp_path, tmp_path / "none" / "a.txt"):
        with pytest.raises(StoreError) as caught:
            files.write_bytes(target, b"x")
        assert caught.value.code == "not-writable"
        assert caught.value.hint


def test_new_files_have_the_usual_mode(tmp_path):
    files.write_bytes(tmp_path / "a", b"x")
    (tmp_path / "b").write_bytes(b"x")
    assert (tmp_path / "a").stat().st_mode == (tmp_path / "b").stat().st_mode


def test_files_that_belong_together_come_together(tmp_path):
    (tmp_path / "b").mkdir()  # the second cannot be written
    with pytest.raises(StoreError):
        write_files(tmp_path, {"a": b"1", "b": b"2", "c": b"3"})
    assert [path.name for path in tmp_path.iterdir()] == ["b"]
    write_files(tmp_path, {"a": b"1", "c": b"3"})
    assert (tmp_path / "c").read_bytes() == b"3"


@pytest.mark.parametrize("ending", ENDINGS)
def test_disk_full(tmp_path, ending):
    """A limit on the size of files stands in for a full disk: the system refuses the write the same way."""
    frame = gpd.GeoDataFrame({"id": ["old"]}, geometry=[Point(X0, Y0)], crs="EPSG:4546")
    files.write(frame, tmp_path / f"a{ending}", layer="buildings")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    code = f"""
        import resource, signal
        import geopandas as gpd
        from shapely.geometry import Point
        from gridmap import files
        from gridmap.errors import StoreError
        count = 20_000
        shapes = [Point({X0} + k / 7, {Y0}) for k in range(count)]
        frame = gpd.GeoDataFrame({{"id": [str(k * 7919) for k in range(count)]}}, geometry=shapes, crs="EPSG:4546")
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        try:
            files.write(frame, {str(tmp_path / f"a{ending}")!r}, layer="buildings")
        except StoreError as error:
            print(error.code, "|", error)
    """
    ran = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("disk-full |"), ran.stdout
    assert f"a{ending.replace('.shp', '')}" in ran.stdout
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert again(tmp_path / f"a{ending}")["id"].tolist() == ["old"]


def test_no_space_is_told_from_other_failures(tmp_path):
    for number, code in ((errno.ENOSPC, "disk-full"), (errno.EDQUOT, "disk-full"), (errno.EACCES, "not-writable")):
        with pytest.raises(StoreError) as caught, files.replacing(tmp_path / "a"):
            raise OSError(number, os.strerror(number))
        assert caught.value.code == code
    assert list(tmp_path.iterdir()) == []


def test_a_writer_that_is_killed_leaves_whole_files(whole_layer, tmp_path):
    """Whenever the process dies, the file is the old one or the new one."""
    path = tmp_path / "a.gpkg"
    files.write(whole_layer, path, layer="buildings")
    code = f"""
        import os, sys, threading, time
        from pathlib import Path
        from gridmap import files
        data = Path({str(path)!r}).read_bytes()
        print("ready", flush=True)
        while True:
            files.write_bytes({str(path)!r}, data)
    """
    for delay in (0.01, 0.03, 0.08):
        process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE)
        assert process.stdout.readline() == b"ready\n"
        try:
            process.wait(timeout=delay)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
        assert len(again(path)) == len(whole_layer)


def test_a_column_of_several_kinds_is_text_where_the_format_has_no_other_way(tmp_path):
    frame = gpd.GeoDataFrame({"a": pd.Series([1, "x"], dtype=object)}, geometry=[Point(0, 0)] * 2, crs="EPSG:4546")
    with pytest.raises(InputError, match="different kinds"):
        files.write(frame, tmp_path / "a.parquet")
    assert list(tmp_path.iterdir()) == []
    files.write(frame, tmp_path / "a.shp")
    assert pyogrio.read_dataframe(tmp_path / "a.shp")["a"].tolist() == ["1", "x"]
