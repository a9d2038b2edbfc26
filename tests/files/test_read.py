"""Reading: what is proposed, what is read, what is refused and how it says so."""

import json
import sqlite3
import zipfile
from dataclasses import replace

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely
from shapely.geometry import GeometryCollection, LineString, Point, Polygon, box

from gridmap import files
from gridmap.city.schema import LAYERS
from gridmap.errors import CrsError, EncodingError, GeometryError, GridmapError, InputError, LimitError
from gridmap.files.columns import convert
from gridmap.files.encodings import detect
from gridmap.geo.frames import metric_frame, to_frame
from gridmap.settings import DEFAULT

X0, Y0 = 570_000.0, 4_125_000.0


def communities(path, shapes, crs="EPSG:4546", **columns):
    codes = [f"14118200100{k + 1}" for k in range(len(shapes))]
    data = {"code": codes, "name": [f"第{k + 1}社区" for k in range(len(shapes))], **columns}
    gpd.GeoDataFrame(data, geometry=shapes, crs=crs).to_file(path)
    return path


def refused(code, kind=InputError):
    return pytest.raises(kind, match=r".") if code is None else _refused(code, kind)


class _refused:  # noqa: N801 - reads as the function that it is
    def __init__(self, code, kind):
        self.code, self.kind, self.error = code, kind, None

    def __enter__(self):
        return self

    def __exit__(self, kind, error, at):
        assert error is not None, "nothing was refused"
        assert isinstance(error, self.kind), error
        assert error.code == self.code, error
        assert error.hint
        self.error = error
        return True

    def says(self, *words):
        for word in words:
            assert word in str(self.error), self.error


def test_columns_and_dtypes_are_those_of_the_schema(buildings, take):
    read = take(buildings([3, None, 5]))
    layer = LAYERS["buildings"]
    assert list(read.gdf.columns) == [*layer.names, "geometry"]
    kinds = {"text": "object", "date": "object", "integer": "Int64", "real": "float64", "boolean": "boolean"}
    for field in layer.fields:
        assert str(read.gdf[field.name].dtype) == kinds[field.kind]
    assert read.gdf.crs.to_epsg() == 4546
    assert read.gdf.index.name == "row"
    assert read.gdf.index.tolist() == [1, 2, 3]
    assert read.gdf["households"].isna().tolist() == [False, True, False]
    assert read.gdf["households_basis"].tolist() == ["unstated", None, "unstated"]
    assert any("unknown in 1 of 3" in note for note in read.notes)


@pytest.mark.parametrize("layer", list(LAYERS))
def test_every_layer_can_be_read(layer, tmp_path, take):
    shape = {
        "Polygon": box(X0, Y0, X0 + 9, Y0 + 9),
        "Point": Point(X0, Y0),
        "LineString": LineString([(X0, Y0), (X0 + 9, Y0)]),
    }
    frame = gpd.GeoDataFrame(
        {"code": ["1"], "name": ["甲"], "kind": ["公园"]}, geometry=[shape[LAYERS[layer].shapes[0]]], crs="EPSG:4546"
    )
    frame.to_file(tmp_path / "a.gpkg")
    read = take(tmp_path / "a.gpkg", layer)
    assert list(read.gdf.columns) == [*LAYERS[layer].names, "geometry"]
    assert len(read.gdf) == 1


def test_a_proposal_can_be_read_by_people_and_programs(buildings):
    proposal = files.propose(buildings([3], 楼名=["一号"], extra=[1]), "buildings", columns={"name": "楼名"})
    text = str(proposal)
    for word in ("buildings.gpkg", "户数", "楼名", "EPSG:4546", "extra", "UTF-8", "as given"):
        assert word in text
    again = files.Proposal.from_dict(json.loads(json.dumps(proposal.to_dict())))
    assert again == proposal
    assert files.read(again).gdf["name"].tolist() == ["一号"]


def test_households_as_people_write_them(buildings, take):
    read = take(buildings(["1,200", "约300", None, "４５", "—", "0", "20户"]))
    assert read.gdf["households"].tolist() == [1200, 300, pd.NA, 45, pd.NA, 0, 20]
    assert any("约300" in note and "row 2" in note for note in read.notes)
    assert any("unknown in 2 of 7" in note for note in read.notes)


@pytest.mark.parametrize(
    ("values", "code", "words"),
    [
        ([3, -4, 5], "value-out-of-range", ["row 2", "-4"]),
        (["3", "很多", "5"], "value-unreadable", ["row 2", "很多"]),
        (["3", "100-200"], "value-unreadable", ["row 2", "100-200"]),
        ([3.0, 4.5], "value-out-of-range", ["row 2", "4.5"]),
        ([3.0, np.inf], "value-out-of-range", ["row 2", "inf"]),
    ],
)
def test_households_that_are_none(buildings, take, values, code, words):
    with refused(code) as caught:
        take(buildings(values))
    caught.says("buildings.gpkg", "户数", *words)


def test_what_can_not_be_read_can_be_left_out(buildings, take):
    path = buildings(["很多", "少"])
    assert take(path, columns={"households": "-"}).gdf["households"].isna().all()


def test_codes_keep_their_digits(tmp_path, take):
    shapes = [box(X0, Y0, X0 + 9, Y0 + 9), box(X0 + 9, Y0, X0 + 18, Y0 + 9)]
    for codes in ([141182001001.0, 141182001002.0], [141182001001, 141182001002], ["141182001001.0", "141182001002.0"]):
        path = communities(tmp_path / "a.gpkg", shapes, code=codes)
        assert take(path, "communities").gdf["code"].tolist() == ["141182001001", "141182001002"]
    path = communities(tmp_path / "b.gpkg", shapes, code=["1.41182001001E+11", "１４１１８２００１００２"])
    assert take(path, "communities").gdf["code"].tolist() == ["141182001001", "141182001002"]
    path = communities(tmp_path / "c.gpkg", shapes, code=["007", "1e5"])
    assert take(path, "communities").gdf["code"].tolist() == ["007", "1e5"]


@pytest.mark.parametrize("codes", [["1.41182E+11", "2"], [1.41182001001001e17, 2.0]])
def test_codes_that_lost_digits_are_refused(tmp_path, take, codes):
    shapes = [box(X0, Y0, X0 + 9, Y0 + 9), box(X0 + 9, Y0, X0 + 18, Y0 + 9)]
    with refused("digits-lost") as caught:
        take(communities(tmp_path / "a.gpkg", shapes, code=codes), "communities")
    caught.says("row 1")


def test_long_codes_with_gaps_keep_their_digits(tmp_path, take):
    """Whole numbers of 18 digits survive even where a column has NULLs, which would make floats of them."""
    table = pd.DataFrame(
        {
            "id": pd.array([141182001001001001, 2], dtype="Int64"),
            "community": pd.array([None, 141182001001001003], dtype="Int64"),
        }
    )
    gpd.GeoDataFrame(table, geometry=[Point(X0, Y0), Point(X0, Y0 + 1)], crs="EPSG:4546").to_file(tmp_path / "a.gpkg")
    read = take(tmp_path / "a.gpkg")
    assert read.gdf["id"].tolist() == ["141182001001001001", "2"]
    assert read.gdf["community"].tolist() == [None, "141182001001001003"]


def test_duplicate_ids(tmp_path, take):
    frame = gpd.GeoDataFrame(
        {"id": ["b1", "b2", "b1"]}, geometry=[Point(X0, Y0 + k) for k in range(3)], crs="EPSG:4546"
    )
    frame.to_file(tmp_path / "a.gpkg")
    with refused("duplicate-ids") as caught:
        take(tmp_path / "a.gpkg")
    caught.says("b1", "rows 1, 3")


def test_empty_and_missing_keys(tmp_path, take):
    frame = gpd.GeoDataFrame({"id": ["b1", None]}, geometry=[Point(X0, Y0), Point(X0, Y0 + 1)], crs="EPSG:4546")
    frame.to_file(tmp_path / "a.gpkg")
    with refused("key-empty") as caught:
        take(tmp_path / "a.gpkg")
    caught.says("row 2")
    read = take(tmp_path / "a.gpkg", columns={"id": "-"})
    assert read.gdf["id"].tolist() == ["1", "2"]
    assert any("numbered" in note for note in read.notes)


def test_names_serve_as_codes_and_codes_as_names(tmp_path, take):
    shapes = [box(X0, Y0, X0 + 9, Y0 + 9)]
    gpd.GeoDataFrame({"社区名称": ["东关"]}, geometry=shapes, crs="EPSG:4546").to_file(tmp_path / "a.gpkg")
    read = take(tmp_path / "a.gpkg", "communities")
    assert (read.gdf["code"].item(), read.gdf["name"].item()) == ("东关", "东关")
    assert any("names serve as codes" in note for note in read.notes)
    gpd.GeoDataFrame({"extra": [1]}, geometry=shapes, crs="EPSG:4546").to_file(tmp_path / "b.gpkg")
    proposal = files.propose(tmp_path / "b.gpkg", "communities")
    assert proposal.missing == ("code", "name")
    with refused("column-missing") as caught:
        files.read(proposal)
    caught.says("extra", "--column code=")


def test_facilities_need_a_kind_which_may_be_one_for_all(tmp_path, take):
    frame = gpd.GeoDataFrame({"名称": ["甲", "乙"]}, geometry=[Point(X0, Y0), Point(X0, Y0 + 1)], crs="EPSG:4546")
    frame.to_file(tmp_path / "a.gpkg")
    with refused("column-missing") as caught:
        take(tmp_path / "a.gpkg", "facilities")
    caught.says("kind==")
    assert (
        take(tmp_path / "a.gpkg", "facilities", columns={"kind": "=托管班"}).gdf["kind"].tolist() == ["care_class"] * 2
    )


def test_values_in_other_words(tmp_path, take):
    kinds = ["食堂", "公益托管班", "小区党群服务站", "child_care", None, "canteen"]
    frame = gpd.GeoDataFrame(
        {"类型": kinds, "状态": ["运营", "在建", "", "open", None, "规划"]},
        geometry=[Point(X0, Y0 + k) for k in range(6)],
        crs="EPSG:4546",
    )
    frame.to_file(tmp_path / "a.gpkg")
    read = take(tmp_path / "a.gpkg", "facilities")
    assert read.gdf["kind"].tolist() == ["canteen", "care_class", "service_station", "child_care", "other", "canteen"]
    assert read.gdf["status"].tolist() == ["open", "building", None, "open", None, "planned"]
    assert any("食堂 → canteen" in note for note in read.notes)
    assert any("row 5" in note for note in read.notes)


def test_booleans_and_days():
    rows = np.arange(1, 4)
    gated = LAYERS["compounds"].field("gated")
    day = LAYERS["buildings"].field("households_as_of")

    def texts(*values):
        return np.array(values, dtype=object)

    assert convert(texts("是", None, "N"), "compounds", gated, rows, place="a")[0].tolist() == [True, pd.NA, False]
    assert convert(np.array([1.0, np.nan, 0.0]), "compounds", gated, rows, place="a")[0].tolist() == [
        True,
        pd.NA,
        False,
    ]
    assert convert(texts("2023年1月5日", None, "20231231"), "buildings", day, rows, place="a")[0].tolist() == [
        "2023-01-05",
        None,
        "2023-12-31",
    ]
    found, notes = convert(np.array([45291.0, np.nan, 45292.0]), "buildings", day, rows, place="a")
    assert found.tolist() == ["2023-12-31", None, "2024-01-01"]
    assert len(notes) == 1
    with refused("value-unreadable") as caught:
        convert(texts("是", "也许", "N"), "compounds", gated, rows, place="file a, column 封闭")
    caught.says("row 2", "也许", "file a")


# ---- shapes ----------------------------------------------------------------------------------------------------------


def test_no_shape(buildings, take):
    path = buildings([1, 2, 3], shapes=[box(X0, Y0, X0 + 9, Y0 + 9), None, Polygon()])
    with refused("geometry-empty", GeometryError) as caught:
        take(path)
    caught.says("rows 2, 3", "--accept empty-geometry")
    read = take(path, accept=("empty-geometry",))
    assert read.gdf.index.tolist() == [1]
    assert any("rows 2, 3" in note for note in read.notes)


def test_no_numbers_as_coordinates(tmp_path, take):
    path = tmp_path / "a.csv"
    for bad in ("nan", "NaN", "inf", "-Infinity"):
        path.write_text(f"id,x,y\nb1,{X0},{Y0}\nb2,{bad},{Y0}\n", "utf-8")
        with refused(None, GridmapError) as caught:
            take(path, crs="EPSG:4546")
        assert "row 2" in str(caught.value)
    path = tmp_path / "b.gpkg"
    shapes = [LineString([(X0, Y0), (X0 + 9, Y0)]), LineString([(X0, Y0), (np.inf, Y0)])]
    gpd.GeoDataFrame({"id": ["1", "2"]}, geometry=shapes, crs="EPSG:4546").to_file(path, spatial_index=False)
    with refused("coordinates-not-finite", GeometryError) as caught:
        take(path, "streets")
    caught.says("row 2")


def test_lines_are_no_communities(tmp_path, take):
    line = LineString([(X0, Y0), (X0 + 9, Y0), (X0 + 9, Y0 + 9), (X0, Y0)])
    with refused("geometry-type", GeometryError) as caught:
        take(communities(tmp_path / "a.gpkg", [line]), "communities")
    caught.says("row 1", "LineString", "Polygon")


def test_collections_and_curves_are_refused_unparsed(tmp_path, take):
    frame = gpd.GeoDataFrame({"id": ["1"]}, geometry=[GeometryCollection([Point(X0, Y0)])], crs="EPSG:4546")
    frame.to_file(tmp_path / "a.gpkg")
    with refused("geometry-unreadable", GeometryError) as caught:
        take(tmp_path / "a.gpkg", "facilities", columns={"kind": "=park"})
    caught.says("row 1")


def test_heights_are_dropped_with_a_note(tmp_path, take):
    frame = gpd.GeoDataFrame({"id": ["1"]}, geometry=[Point(X0, Y0, 740.5)], crs="EPSG:4546")
    frame.to_file(tmp_path / "a.gpkg")
    read = take(tmp_path / "a.gpkg")
    assert not read.gdf.geometry.has_z.any()
    assert any("Heights" in note for note in read.notes)


@pytest.mark.parametrize("crs", ["EPSG:4546", "EPSG:4490"])
def test_a_self_crossing_outline(tmp_path, take, crs):
    bow = Polygon([(0, 0), (1000, 1000), (1000, 0), (0, 1000)])
    bow = (
        shapely.transform(bow, lambda p: p + np.array([X0, Y0]))
        if crs == "EPSG:4546"
        else shapely.transform(bow, lambda p: p / 1e5 + np.array([111.8, 37.2]))
    )
    path = communities(tmp_path / "a.gpkg", [box(*bow.bounds), bow], crs=crs)
    with refused("invalid-geometry", GeometryError) as caught:
        take(path, "communities")
    caught.says("row 2", "self-intersection at", "--accept invalid-geometry")
    read = take(path, "communities", accept=("invalid-geometry",))
    assert read.gdf.geometry.is_valid.all()
    assert read.gdf.geometry.iloc[1].geom_type == "MultiPolygon"
    note = next(note for note in read.notes if "repaired" in note)
    assert "row 2" in note
    # Two triangles of 1000 m by 500 m, on the ellipsoid where the file is in degrees.
    area = float(note.partition(" to ")[2].split()[0].replace(",", ""))
    assert area == pytest.approx(500_000 if crs == "EPSG:4546" else 492_500, rel=0.01)


def test_an_outline_of_which_nothing_is_left(tmp_path, take):
    flat = Polygon([(X0, Y0), (X0 + 9, Y0), (X0 + 4, Y0), (X0, Y0)])
    with refused("invalid-geometry", GeometryError) as caught:
        take(communities(tmp_path / "a.gpkg", [flat]), "communities", accept=("invalid-geometry",))
    caught.says("nothing is left", "row 1")


def geojson(path, *shapes, **members):
    features = [{"type": "Feature", "properties": {"id": str(k)}, "geometry": shape} for k, shape in enumerate(shapes)]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features, **members}), "utf-8")
    return path


def test_rings_of_two_points_and_open_rings(tmp_path, take):
    two = {"type": "Polygon", "coordinates": [[[111.7, 37.2], [111.8, 37.2]]]}
    for accept in ((), ("invalid-geometry",)):
        with refused("invalid-geometry", GeometryError) as caught:
            take(geojson(tmp_path / "a.geojson", two), "green", accept=accept)
        caught.says("row 1")
    opened = {"type": "Polygon", "coordinates": [[[111.7, 37.2], [111.8, 37.2], [111.8, 37.3]]]}
    path = geojson(tmp_path / "b.geojson", opened)
    with refused("invalid-geometry", GeometryError) as caught:
        take(path, "green")
    caught.says("row 1", "--accept")
    read = take(path, "green", accept=("invalid-geometry",))
    assert read.gdf.geometry.item().area > 0
    assert any("closed" in note for note in read.notes)


def test_lines_without_length_are_left_out(tmp_path, take):
    lines = [LineString([(X0, Y0), (X0 + 9, Y0)]), LineString([(X0, Y0), (X0, Y0)])]
    gpd.GeoDataFrame({"id": ["1", "2"]}, geometry=lines, crs="EPSG:4546").to_file(tmp_path / "a.gpkg")
    read = take(tmp_path / "a.gpkg", "streets")
    assert read.gdf["id"].tolist() == ["1"]
    assert any("row 2" in note for note in read.notes)


def test_overlapping_communities(tmp_path):
    shapes = [
        box(X0, Y0, X0 + 100, Y0 + 100),
        box(X0 + 100, Y0, X0 + 200, Y0 + 100),
        box(X0 + 190, Y0, X0 + 300, Y0 + 100),
    ]
    proposal = files.propose(communities(tmp_path / "a.gpkg", shapes), "communities")
    frame = to_frame(files.read(proposal).gdf, metric_frame(111.8, 37.2))
    with refused("overlap", GeometryError) as caught:
        files.refuse_overlaps(frame, proposal)
    caught.says("a.gpkg", "2 and 3", "1,000.0 m²", "--accept overlap")
    notes = files.refuse_overlaps(frame, proposal, accept=("overlap",))
    assert "2 and 3" in notes[0]
    assert files.refuse_overlaps(frame.iloc[:2], proposal) == ()
    assert files.refuse_overlaps(frame, replace(proposal, layer="compounds")) == ()


def test_consent_to_what_there_is_not(buildings, take):
    with refused("consent-unknown"):
        take(buildings([1]), accept=("everything",))


# ---- reference systems -----------------------------------------------------------------------------------------------


def test_a_missing_crs(tmp_path, take):
    with pytest.warns(UserWarning, match="crs"):
        communities(tmp_path / "a.shp", [box(X0, Y0, X0 + 9, Y0 + 9)], crs=None)
    proposal = files.propose(tmp_path / "a.shp", "communities")
    assert proposal.crs is None
    assert "missing" in str(proposal)
    with refused("crs-missing", CrsError) as caught:
        files.read(proposal)
    caught.says("a.shp", "--crs")
    read = take(tmp_path / "a.shp", "communities", crs="4546")
    assert read.gdf.crs.to_epsg() == 4546
    with refused("crs-unknown", CrsError):
        take(tmp_path / "a.shp", "communities", crs="EPSG:99999")


def test_a_crs_that_is_given_wins_with_a_note(buildings, take):
    read = take(buildings([1]), crs="EPSG:4547")
    assert read.gdf.crs.to_epsg() == 4547
    assert any("EPSG:4546" in note for note in read.notes)


def test_shifted_coordinates_have_no_crs_but_a_mark(tmp_path, take):
    from gridmap.geo.shifts import bd09_from_wgs84, gcj02_from_wgs84

    frame = metric_frame(111.788, 37.265)
    for mark, shift in (("gcj02", gcj02_from_wgs84), ("bd09", bd09_from_wgs84), ("GCJ-02", gcj02_from_wgs84)):
        lon, lat = shift(np.array([111.788]), np.array([37.265]))
        path = geojson(tmp_path / "a.geojson", {"type": "Point", "coordinates": [float(lon[0]), float(lat[0])]})
        read = take(path, crs=mark)
        assert read.shift == mark.lower().replace("-", "")
        assert read.gdf.crs is None
        with pytest.raises(CrsError):
            to_frame(read.gdf, frame)
        placed = to_frame(read.gdf, frame, crs=read.shift).geometry.item()
        x, y = frame.from_lonlat(np.array([111.788]), np.array([37.265]))
        assert placed.distance(Point(x[0], y[0])) < 0.01


def test_geojson_is_in_degrees_by_its_standard_unless_it_says_otherwise(tmp_path):
    shape = {"type": "Point", "coordinates": [111.788, 37.265]}
    proposal = files.propose(geojson(tmp_path / "a.geojson", shape), "buildings")
    assert (proposal.crs, proposal.crs_how) == ("EPSG:4326", "standard")
    named = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4546"}}
    proposal = files.propose(geojson(tmp_path / "b.geojson", shape, crs=named), "buildings")
    assert (proposal.crs, proposal.crs_how) == ("EPSG:4546", "declared")


def test_exchanged_axes(tmp_path, take):
    path = geojson(tmp_path / "a.geojson", {"type": "Point", "coordinates": [37.265, 111.788]})
    assert take(path, swap_axes=True).gdf.geometry.item() == Point(111.788, 37.265)


# ---- layers and formats ----------------------------------------------------------------------------------------------


def test_the_layer_of_a_file_with_several(tmp_path, take):
    path = tmp_path / "city.gpkg"
    for name in ("楼栋", "roads", "other"):
        gpd.GeoDataFrame({"id": [name]}, geometry=[Point(X0, Y0)], crs="EPSG:4546").to_file(path, layer=name)
    assert {source.name: source.rows for source in files.layers_in(path)} == {"楼栋": 1, "roads": 1, "other": 1}
    assert take(path).gdf["id"].item() == "楼栋"
    assert take(path, source_layer="other").gdf["id"].item() == "other"
    with refused("source-layer-missing") as caught:
        take(path, source_layer="none")
    caught.says("楼栋", "other")
    with refused("source-layer-unclear") as caught:
        take(path, "facilities")
    caught.says("--source-layer")


def test_an_unknown_layer_of_ours(buildings):
    with refused("layer-unknown") as caught:
        files.propose(buildings([1]), "roads")
    caught.says("roads", "streets")


def test_an_empty_layer(tmp_path, take):
    frame = gpd.GeoDataFrame({"id": ["1"]}, geometry=[Point(X0, Y0)], crs="EPSG:4546")
    frame.iloc[:0].to_file(tmp_path / "a.gpkg")
    with refused("layer-empty") as caught:
        take(tmp_path / "a.gpkg")
    caught.says("a.gpkg")
    (tmp_path / "a.csv").write_text("id,x,y\n")
    with refused("layer-empty"):
        take(tmp_path / "a.csv", crs="EPSG:4546")


def test_geojson_sequences(tmp_path, take):
    lines = [
        json.dumps(
            {
                "type": "Feature",
                "properties": {"id": str(k)},
                "geometry": {"type": "Point", "coordinates": [111.7, 37.2 + k / 100]},
            }
        )
        for k in range(3)
    ]
    for name, text in (
        ("a.geojsonl", "\n".join(lines)),
        ("b.geojson", "\n".join(lines)),
        ("c.geojsons", "".join(f"\x1e{line}\n" for line in lines)),
    ):
        (tmp_path / name).write_text(text, "utf-8")
        assert take(tmp_path / name).gdf["id"].tolist() == ["0", "1", "2"]


def test_properties_called_like_what_gdal_adds(tmp_path, take):
    features = [
        {
            "type": "Feature",
            "id": 7 + k,
            "properties": {"id": f"b{k}", "wkb_geometry": "x", "OGC_FID": 3},
            "geometry": {"type": "Point", "coordinates": [111.7, 37.2]},
        }
        for k in range(2)
    ]
    path = tmp_path / "a.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    assert take(path, columns={"name": "wkb_geometry"}).gdf[["id", "name"]].to_numpy().tolist() == [
        ["b0", "x"],
        ["b1", "x"],
    ]


def test_csv_in_many_ways(tmp_path, take):
    rows = '编号,户数,经度,纬度\nb1,"1,200",111.7,37.2\n\nb2,约3,111.8,37.3\n'
    for encoding in ("utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16", "utf-16-le"):
        for separator in (",", ";", "\t"):
            text = rows if separator == "," else rows.replace('"1,200"', "1200").replace(",", separator)
            (tmp_path / "a.csv").write_bytes(text.encode(encoding))
            read = take(tmp_path / "a.csv", crs="EPSG:4326")
            assert read.gdf["households"].tolist() == [1200, 3]
            # The empty line keeps its number.
            assert read.gdf.index.tolist() == [1, 3]
            assert read.gdf.geometry.tolist() == [Point(111.7, 37.2), Point(111.8, 37.3)]


def test_csv_that_is_ragged_or_without_places(tmp_path, take):
    path = tmp_path / "a.csv"
    path.write_text("id,x,y\nb1,1,2\nb2,1,2,3,4\n")
    with refused("table-ragged") as caught:
        take(path, crs="EPSG:4546")
    caught.says("line 3")
    path.write_text("id,东,北\nb1,1,2\n", "utf-8")
    with refused("coordinates-missing") as caught:
        take(path, crs="EPSG:4546")
    caught.says("东", "--column x=")
    assert take(path, crs="EPSG:4546", columns={"x": "东", "y": "北"}).gdf.geometry.item() == Point(1, 2)
    path.write_text(f"id,x,y\nb1,{X0},{Y0}\nb2,,{Y0}\nb3,那里,{Y0}\n", "utf-8")
    with refused("value-unreadable") as caught:
        take(path, crs="EPSG:4546")
    caught.says("row 3", "那里")
    with refused("crs-missing", CrsError):
        take(path)


def test_csv_with_wkt(tmp_path, take):
    path = tmp_path / "a.csv"
    shape = "POLYGON ((0 0, 0 1, 1 1, 1 0, 0 0))"
    path.write_text(f'id,WKT\nb1,"{shape}"\n')
    assert take(path, crs="EPSG:4546").gdf.geometry.item().area == 1
    path.write_text(f'id,WKT\nb1,"{shape}"\nb2,"POLYGON ((0 0, 1"\n')
    with refused("geometry-unreadable", GeometryError) as caught:
        take(path, crs="EPSG:4546")
    caught.says("row 2")
    deep = "GEOMETRYCOLLECTION (" * 50_000 + "POINT (0 0)" + ")" * 50_000
    path.write_text(f'id,WKT\nb1,"{deep}"\n')
    with refused("too-deep", LimitError):
        take(path, crs="EPSG:4546")


def test_xlsx(tmp_path, take):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "台账"
    sheet.append([])
    sheet.append(["楼栋编号", "社区代码", "户数", "x", "y", "统计时点"])
    sheet.append([1.0, 141182001001, "约30", X0, Y0, pd.Timestamp("2023-12-31").to_pydatetime()])
    sheet.append([None] * 6)
    sheet.append([2.0, 141182001002.0, 7, X0 + 1, Y0, "2023/1/5"])
    book.create_sheet("说明").append(["text"])
    book.save(tmp_path / "a.xlsx")
    read = take(tmp_path / "a.xlsx", source_layer="台账", crs="EPSG:4546")
    assert read.gdf["id"].tolist() == ["1", "2"]
    assert read.gdf["community"].tolist() == ["141182001001", "141182001002"]
    assert read.gdf["households"].tolist() == [30, 7]
    assert read.gdf["households_as_of"].tolist() == ["2023-12-31", "2023-01-05"]
    assert read.gdf.index.tolist() == [1, 3]


def test_parquet_without_shapes_or_that_is_broken(tmp_path, take):
    pd.DataFrame({"id": ["a"], "x": [X0], "y": [Y0]}).to_parquet(tmp_path / "a.parquet")
    assert take(tmp_path / "a.parquet", crs="EPSG:4546").gdf.geometry.item() == Point(X0, Y0)
    whole = (tmp_path / "a.parquet").read_bytes()
    (tmp_path / "b.parquet").write_bytes(whole[: len(whole) // 2])
    with refused("file-damaged"):
        take(tmp_path / "b.parquet", crs="EPSG:4546")


# ---- Shapefiles and their encodings ----------------------------------------------------------------------------------

NAMES = {
    "gbk": ["冯家庄一号楼", "太和桥二号楼", "鼓楼社区"],
    "big5": ["繁體國語", "臺北市中正區", "龍潭"],
    "cp932": ["ひたちなか市", "西蒲原郡弥彦村", "カタカナ"],
    "euc_jp": ["ひたちなか市", "西蒲原郡弥彦村", "カタカナ"],
    "cp949": ["서울특별시 종로구 청운동", "부산광역시", "한국말"],
    "utf-8": ["冯家庄一号楼", "臺北市", "ひたち"],
    "cp1252": ["Peçeña", "México", "Zürich"],
    "gb18030": ["𠮷野家", "冯家庄", "太和桥"],
}


def shapefile(folder, encoding, *, cpg=None, names=None):
    path = folder / "a.shp"
    names = names or NAMES[encoding]
    frame = gpd.GeoDataFrame(
        {"id": ["1", "2", "3"], "label": names}, geometry=[Point(X0, Y0 + k) for k in range(3)], crs="EPSG:4546"
    )
    frame.to_file(path, encoding=encoding)
    (folder / "a.cpg").unlink()
    if cpg:
        (folder / "a.cpg").write_text(cpg)
    return path


@pytest.mark.parametrize("encoding", [name for name in NAMES if name != "euc_jp"])
def test_encodings_are_told_from_the_bytes(tmp_path, take, encoding):
    path = shapefile(tmp_path, encoding)
    proposal = files.propose(path, "buildings", columns={"name": "label"})
    assert proposal.encoding.how == "detected"
    assert proposal.preview[0] in NAMES[encoding]
    assert files.read(proposal).gdf["name"].tolist() == NAMES[encoding]


def test_japanese_in_the_bytes_of_chinese():
    """EUC-JP, which GDAL does not write, is told by its kana."""
    assert detect([name.encode("euc_jp") for name in NAMES["euc_jp"]]) == "euc_jp"


def test_gbk_is_proposed_by_its_name_with_a_preview(tmp_path):
    text = str(files.propose(shapefile(tmp_path, "gbk"), "buildings"))
    assert "GBK (detected), preview: 冯家庄一号楼" in text


def test_a_declared_encoding_is_taken_unless_the_bytes_refute_it(tmp_path):
    proposal = files.propose(shapefile(tmp_path, "gbk", cpg="936"), "buildings", columns={"name": "label"})
    assert (proposal.encoding.name, proposal.encoding.how) == ("gbk", "declared")
    proposal = files.propose(shapefile(tmp_path, "gbk", cpg="UTF-8"), "buildings", columns={"name": "label"})
    assert (proposal.encoding.name, proposal.encoding.how) == ("gbk", "detected")
    assert any("UTF-8" in note for note in proposal.notes)
    assert files.read(proposal).gdf["name"].tolist() == NAMES["gbk"]


def test_a_wrong_encoding_is_refused_with_file_and_field(tmp_path, take):
    path = shapefile(tmp_path, "gbk")
    with refused("encoding-wrong", EncodingError) as caught:
        take(path, columns={"name": "label"}, encoding="utf-8")
    caught.says("a.shp", "label", "row 1", "utf-8")
    with refused("encoding-unknown", EncodingError):
        take(path, encoding="klingon")
    assert take(path, columns={"name": "label"}, encoding="GB18030").gdf["name"].tolist() == NAMES["gbk"]


def test_names_cut_within_a_character(tmp_path, take):
    """常住户数 has 12 bytes in UTF-8, of which a table's header keeps 10."""
    frame = gpd.GeoDataFrame({"id": ["1"], "常住户数": ["12"]}, geometry=[Point(X0, Y0)], crs="EPSG:4546")
    frame.to_file(tmp_path / "a.shp", encoding="gbk")
    data = (tmp_path / "a.dbf").read_bytes()
    (tmp_path / "a.cpg").write_text("UTF-8")
    (tmp_path / "a.dbf").write_bytes(data.replace("常住户数".encode("gbk") + b"\0\0", "常住户数".encode()[:10]))
    assert take(tmp_path / "a.shp").gdf["households"].tolist() == [12]


def test_shapefiles_with_parts_missing(tmp_path, take):
    path = shapefile(tmp_path, "gbk")
    (tmp_path / "a.shx").unlink()
    assert len(take(path).gdf) == 3
    assert not (tmp_path / "a.shx").exists()
    (tmp_path / "a.dbf").unlink()
    read = take(path)
    assert read.gdf["id"].tolist() == ["1", "2", "3"]
    assert any(".dbf" in note for note in read.notes)


def test_deleted_rows_stay_deleted(tmp_path, take):
    path = shapefile(tmp_path, "gbk")
    data = bytearray((tmp_path / "a.dbf").read_bytes())
    start, width = int.from_bytes(data[8:10], "little"), int.from_bytes(data[10:12], "little")
    data[start + width] = ord("*")
    (tmp_path / "a.dbf").write_bytes(data)
    read = take(path, columns={"name": "label"})
    assert read.gdf["name"].tolist() == [NAMES["gbk"][0], NAMES["gbk"][2]]
    assert read.gdf.geometry.y.tolist() == [Y0, Y0 + 2]
    assert read.gdf.index.tolist() == [1, 3]


def test_zipped_shapefiles(tmp_path, take):
    path = shapefile(tmp_path, "gbk")
    with zipfile.ZipFile(tmp_path / "city.zip", "w") as archive:
        for name in ("楼栋", "roads"):
            for ending in ("shp", "shx", "dbf", "prj"):
                info = zipfile.ZipInfo(f"data/{name}.{ending.upper()}")
                archive.writestr(info, path.with_suffix(f".{ending}").read_bytes())
    assert [source.name for source in files.layers_in(tmp_path / "city.zip")] == ["楼栋", "roads"]
    assert take(tmp_path / "city.zip", columns={"name": "label"}).gdf["name"].tolist() == NAMES["gbk"]


# ---- files that mean harm, or are not what they say ------------------------------------------------------------------

VRT = '<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>{}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>'


@pytest.mark.parametrize(
    "name", ["a.geojson", "a.json", "a.geojsonl", "a.gpkg", "a.shp", "a.parquet", "a.xlsx", "a.zip", "a.csv", "a.dbf"]
)
def test_a_virtual_dataset_under_another_name(buildings, tmp_path, take, name):
    (tmp_path / name).write_text(VRT.format(buildings([1])))
    with refused("not-its-ending") as caught:
        take(tmp_path / name)
    caught.says(name, "XML")


@pytest.mark.parametrize("kind", ["algorithm", "topology", "esri", "list", "number"])
def test_json_that_is_not_geojson(buildings, tmp_path, take, kind):
    """GDAL would run the first, which reads another file."""
    source = buildings([1])
    text = {
        "algorithm": json.dumps(
            {"type": "gdal_streamed_alg", "command_line": f"gdal vector pipeline ! read {source} ! write --of stream x"}
        ),
        "topology": json.dumps(
            {"type": "Topology", "objects": {"a": {"type": "Point", "coordinates": [1, 2]}}, "arcs": []}
        ),
        "esri": json.dumps({"geometryType": "esriGeometryPoint", "features": [{"geometry": {"x": 1, "y": 2}}]}),
        "list": "[1, 2]",
        "number": "{}",
    }[kind]
    (tmp_path / "a.geojson").write_text(text)
    with refused(None, GridmapError) as caught:
        take(tmp_path / "a.geojson")
    assert "a.geojson" in str(caught.value)


def test_formats_under_each_others_names(buildings, tmp_path, take):
    source = buildings([1]).read_bytes()
    for name in ("a.geojson", "a.shp", "a.parquet", "a.xlsx", "a.csv", "a.zip"):
        (tmp_path / name).write_bytes(source)
        with refused("not-its-ending") as caught:
            take(tmp_path / name)
        caught.says("SQLite")
    sqlite3.connect(tmp_path / "b.gpkg").executescript(
        "CREATE TABLE t (a); INSERT INTO t VALUES (1)"
    ).connection.close()
    with refused("not-its-ending"):
        take(tmp_path / "b.gpkg")
    (tmp_path / "a.vrt").write_text(VRT)
    with refused("format-unknown"):
        take(tmp_path / "a.vrt")
    for name in ("/vsicurl/http://127.0.0.1/a.geojson", "http://127.0.0.1/a.geojson", "none.gpkg"):
        with refused("file-missing"):
            take(name)


def test_deep_json(tmp_path, take):
    for text in ("[" * 50_000 + "]" * 50_000, '{"a":' * 17 + "1" + "}" * 17):
        (tmp_path / "a.geojson").write_text(f'{{"type": "FeatureCollection", "features": [], "x": {text}}}')
        with refused("too-deep", LimitError):
            take(tmp_path / "a.geojson")
    # Brackets within text are no nesting, nor are quotes that are escaped the end of it.
    tricky = json.dumps("[" * 99 + '"' + "\\" * 3 + '"' + "{" * 99)
    point = '{"type": "Point", "coordinates": [1, 2]}'
    (tmp_path / "b.geojson").write_text(f'{{"type": "Feature", "properties": {{"id": {tricky}}}, "geometry": {point}}}')
    assert take(tmp_path / "b.geojson").gdf["id"].item().startswith("[[[")
    (tmp_path / "c.geojson").write_text('{"type": "FeatureCollection", "features": [')
    with refused("file-damaged"):
        take(tmp_path / "c.geojson")


def test_geojson_in_another_encoding(tmp_path, take):
    feature = {"type": "Feature", "properties": {"id": "东关"}, "geometry": {"type": "Point", "coordinates": [1, 2]}}
    (tmp_path / "a.geojson").write_bytes(json.dumps(feature, ensure_ascii=False).encode("gbk"))
    with refused("encoding-wrong", EncodingError) as caught:
        take(tmp_path / "a.geojson")
    caught.says("--encoding")
    assert take(tmp_path / "a.geojson", encoding="gbk").gdf["id"].item() == "东关"


def test_zip_bombs_and_names_that_climb(tmp_path, take):
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.shp", b"\0" * 64_000_000)
    with refused("zip-too-large", LimitError):
        take(tmp_path / "a.zip")
    path = shapefile(tmp_path, "gbk")
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        for ending in ("shp", "shx", "dbf", "prj"):
            archive.writestr(f"../../evil.{ending}", path.with_suffix(f".{ending}").read_bytes())
    assert len(take(tmp_path / "b.zip").gdf) == 3
    assert not list(tmp_path.parent.glob("**/evil*"))


def test_limits(buildings, tmp_path):
    path = buildings([1, 2, 3])
    with refused("too-many-rows", LimitError):
        files.read(files.propose(path, "buildings"), settings=replace(DEFAULT, max_rows=2))
    with refused("too-many-vertices", LimitError):
        files.read(files.propose(path, "buildings"), settings=replace(DEFAULT, max_vertices=5))
    with refused("file-too-large", LimitError):
        files.propose(path, "buildings", settings=replace(DEFAULT, max_file_bytes=100))
    (tmp_path / "a.csv").write_text("id,x,y\n" + "1,2,3\n" * 9)
    with refused("too-many-rows", LimitError):
        files.propose(tmp_path / "a.csv", "buildings", settings=replace(DEFAULT, max_rows=5))


def test_reading_leaves_no_trace(buildings, take):
    path = buildings([1, 2])
    base = sqlite3.connect(path)
    base.execute("PRAGMA journal_mode = WAL")
    base.close()
    before = path.read_bytes(), sorted(path.parent.iterdir())
    take(path)
    assert (path.read_bytes(), sorted(path.parent.iterdir())) == before


def test_rows_that_another_process_has_just_written_are_read(tmp_path, take):
    """Committed rows may still be in the write-ahead log."""
    path = tmp_path / "buildings.gpkg"
    frame = gpd.GeoDataFrame({"户数": [1, 2]}, geometry=[Point(X0, Y0), Point(X0, Y0 + 1)], crs="EPSG:4546")
    frame.to_file(path, spatial_index=False)
    base = sqlite3.connect(path)
    base.execute("PRAGMA journal_mode = WAL")
    base.execute('UPDATE buildings SET "户数" = 77')
    base.commit()
    try:
        assert take(path).gdf["households"].tolist() == [77, 77]
    finally:
        base.close()


@pytest.mark.parametrize(("said", "noted"), [("garbage", True), ('PROJCS["x",GEOGCS[', True), ("", False)])
def test_a_crs_that_cannot_be_read_is_told(tmp_path, said, noted):
    gpd.GeoDataFrame({"id": ["a"]}, geometry=[box(0, 0, 1, 1)], crs="EPSG:4546").to_file(tmp_path / "a.shp")
    (tmp_path / "a.prj").write_text(said, "utf-8")
    proposal = files.propose(tmp_path / "a.shp", "buildings")
    assert proposal.crs is None
    assert any(".prj" in note for note in proposal.notes) is noted
