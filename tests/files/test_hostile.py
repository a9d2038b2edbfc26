"""Files made to do harm, and files that are odd in ways that real ones are: each is read or clearly refused."""

import json
import sqlite3
import zipfile

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely.geometry import LineString, MultiPolygon, Point, box

from gridmap import files
from gridmap.errors import CrsError, GridmapError, InputError, LimitError
from gridmap.files import worker
from gridmap.settings import DEFAULT

X0, Y0 = 570_000.0, 4_125_000.0
GIB = 1 << 30


def refused(path, layer="communities", **options):
    """Read a file that must be refused; returns the error, whose process used less than 1 GiB."""
    outcome = worker.run("look", path, DEFAULT, head=True)
    assert outcome.memory < GIB
    assert outcome.seconds < 30
    with pytest.raises(GridmapError) as caught:
        files.read(files.propose(path, layer, **options))
    assert path.name in str(caught.value)
    assert caught.value.hint
    return caught.value


def collection(*features, **more):
    return json.dumps({"type": "FeatureCollection", "features": list(features), **more})


def feature(geometry, **properties):
    return {"type": "Feature", "geometry": geometry, "properties": {"code": "1", "name": "东关", **properties}}


def polygon(*ring):
    return {"type": "Polygon", "coordinates": [list(map(list, ring))]}


SQUARE = polygon((111.7, 37.2), (111.8, 37.2), (111.8, 37.3), (111.7, 37.2))


def test_a_virtual_dataset_reads_no_other_file(tmp_path):
    secret = tmp_path / "secret.csv"
    secret.write_text("code,name,wkt\n1,secret,POINT (1 1)\n")
    source = f"<OGRVRTLayer name='a'><SrcDataSource>{secret}</SrcDataSource></OGRVRTLayer>"
    for text in (
        f"<OGRVRTDataSource>{source}</OGRVRTDataSource>",
        f'{{"type": "gdal_streamed_alg", "command_line": "gdal vector pipeline ! read {secret}"}}',
    ):
        for ending in ("geojson", "json", "gpkg", "shp", "fgb", "kml", "dxf", "topojson", "osm"):
            path = tmp_path / f"a.{ending}"
            path.write_text(text)
            refused(path)


@pytest.mark.parametrize(
    "name",
    [
        "/vsicurl/http://127.0.0.1/a.geojson",
        "/vsizip/a.zip/a.shp",
        "/vsistdin/",
        "/vsimem/a.gpkg",
        "http://127.0.0.1/a.gpkg",
    ],
)
def test_names_that_are_no_files_of_this_computer(name):
    with pytest.raises(InputError) as caught:
        files.propose(name, "communities")
    assert caught.value.code in ("file-missing", "format-unknown")


@pytest.mark.parametrize("ending", [".zip", ".kmz", ".xlsx"])
def test_a_zip_bomb(tmp_path, ending):
    path = tmp_path / f"bomb{ending}"
    name = {".zip": "a.shp", ".kmz": "doc.kml", ".xlsx": "xl/workbook.xml"}[ending]
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open(name, "w", force_zip64=True) as member,
    ):
        for _ in range(512):
            member.write(bytes(1 << 20))
    assert path.stat().st_size < 1 << 20
    assert refused(path).code == "zip-too-large"


def test_a_zip_that_lies_about_its_size(tmp_path):
    path = tmp_path / "bomb.kmz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("doc.kml", b"<kml>" + bytes(64 << 20))
    data = path.read_bytes()
    lied = data.replace((5 + (64 << 20)).to_bytes(4, "little"), (1000).to_bytes(4, "little"))
    assert lied != data
    path.write_bytes(lied)
    assert refused(path).code in ("file-damaged", "file-unreadable")


def test_members_of_archives_get_names_of_ours(tmp_path):
    """A member that climbs out of the archive is unpacked as all others are: under a name of ours, in our folder."""
    home = tmp_path / "home"
    home.mkdir()
    gpd.GeoDataFrame({"code": ["1"], "name": ["a"]}, geometry=[box(X0, Y0, X0 + 9, Y0 + 9)], crs="EPSG:4546").to_file(
        home / "a.shp"
    )
    for number, stem in enumerate(("../../slip", "/tmp/gridmap-slip", "..\\slip", "C:\\slip")):  # noqa: S108
        path = home / f"{number}.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for ending in (".shp", ".shx", ".dbf", ".prj"):
                archive.write(home / f"a{ending}", f"{stem}{ending}")
        assert len(files.read(files.propose(path, "communities")).gdf) == 1
    assert [found.name for found in tmp_path.rglob("*slip*")] == []


def test_entities_are_not_expanded(tmp_path):
    levels = "".join(f'<!ENTITY e{k + 1} "{f"&e{k};" * 10}">' for k in range(12))
    bomb = f'<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY e0 "{"x" * 100}">{levels}]><kml><name>&e12;</name></kml>'
    outside = '<?xml version="1.0"?><!DOCTYPE kml [<!ENTITY e SYSTEM "file:///etc/passwd">]><kml><name>&e;</name></kml>'
    for text in (bomb, outside):
        (tmp_path / "a.kml").write_text(text)
        assert refused(tmp_path / "a.kml").code == "xml-doctype"
        with zipfile.ZipFile(tmp_path / "a.kmz", "w") as archive:
            archive.writestr("doc.kml", text)
        assert refused(tmp_path / "a.kmz").code == "xml-doctype"


def test_depth(tmp_path):
    deep = 50_000
    texts = {
        "a.geojson": "[" * deep + "]" * deep,
        "b.geojson": collection(feature({"type": "MultiPolygon", "coordinates": 0})).replace(
            "0}", "[" * deep + "]" * deep + "}"
        ),
        "c.geojson": '{"a":' * deep + "1" + "}" * deep,
        "d.kml": "<kml>" + "<Folder>" * deep + "</Folder>" * deep + "</kml>",
        "e.topojson": '{"type": "Topology", "arcs": ' + "[" * deep + "]" * deep + "}",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
        assert isinstance(refused(tmp_path / name), LimitError)
    wkt = "GEOMETRYCOLLECTION (" * deep + "POINT (1 1)" + ")" * deep
    (tmp_path / "f.csv").write_text(f'code,name,wkt\n1,a,"{wkt}"\n')
    assert refused(tmp_path / "f.csv", crs="EPSG:4546").code == "too-deep"


@pytest.mark.parametrize("code", [7, 6])
def test_deep_shapes_in_binary(tmp_path, code):
    """Collections in collections, as bytes that no reader should follow all the way down."""
    wkb = b"".join(b"\1" + code.to_bytes(4, "little") + b"\1\0\0\0" for _ in range(50_000)) + shapely.to_wkb(
        Point(1, 1)
    )
    frame = gpd.GeoDataFrame({"code": ["1"], "name": ["a"]}, geometry=[Point(1, 1)], crs="EPSG:4546")
    frame.to_parquet(tmp_path / "a.parquet")
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.read_table(tmp_path / "a.parquet")
    pq.write_table(table.set_column(2, "geometry", pa.array([wkb])), tmp_path / "a.parquet")
    refused(tmp_path / "a.parquet")
    files.write(frame, tmp_path / "b.gpkg")
    with sqlite3.connect(tmp_path / "b.gpkg") as base:
        for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            base.execute(f'DROP TRIGGER "{name}"')
        base.execute("UPDATE b SET geom = substr(geom, 1, 8) || ?", (wkb,))
    base.close()
    refused(tmp_path / "b.gpkg")


def test_triggers_and_views_of_a_geopackage_do_nothing(tmp_path):
    path = tmp_path / "a.gpkg"
    files.write(
        gpd.GeoDataFrame({"code": ["1"], "name": ["a"]}, geometry=[box(X0, Y0, X0 + 9, Y0 + 9)], crs="EPSG:4546"), path
    )
    with sqlite3.connect(path) as base:
        base.execute("CREATE TRIGGER evil AFTER UPDATE ON a BEGIN DELETE FROM a; END")
        base.execute(
            "CREATE VIEW endless AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) "
            "SELECT x AS fid, NULL AS geom FROM n"
        )
        base.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) "
            "VALUES ('endless', 'features', 'e', 0)"
        )
        base.execute("INSERT INTO gpkg_geometry_columns VALUES ('endless', 'geom', 'POLYGON', 0, 0, 0)")
    base.close()
    before = path.read_bytes()
    assert [source.name for source in files.layers_in(path)] == ["a"]
    assert len(files.read(files.propose(path, "communities")).gdf) == 1
    assert path.read_bytes() == before
    assert [found.name for found in tmp_path.iterdir()] == ["a.gpkg"]
    with pytest.raises(InputError, match="no layer 'endless'"):
        files.propose(path, "communities", source_layer="endless")


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("ending", [".gpkg", ".shp", ".parquet", ".fgb", ".csv"])
def test_coordinates_that_are_no_numbers(tmp_path, bad, ending):
    path = tmp_path / f"a{ending}"
    shapes = [Point(X0, Y0), Point(bad, Y0)]
    frame = gpd.GeoDataFrame(
        {"id": ["1", "2"], "name": ["a", "b"], "kind": ["canteen"] * 2}, geometry=shapes, crs="EPSG:4546"
    )
    if ending == ".csv":
        path.write_text(f"id,name,kind,x,y\n1,a,canteen,{X0},{Y0}\n2,b,canteen,{bad},{Y0}\n")
    elif ending in (".parquet", ".shp"):
        files.write(frame, path)
    else:
        frame.to_file(path)
    error = refused(path, "facilities", **({"crs": "EPSG:4546"} if ending == ".csv" else {}))
    # A point of NaN is how several formats write that there is none.
    assert error.code in ("coordinates-not-finite", "geometry-empty", "geometry-unreadable"), error
    assert "row 2" in str(error)


@pytest.mark.parametrize("ring", [[(111, 37), (112, 37)], [(111, 37), (112, 37), (111, 37)], [(111, 37)], []])
def test_rings_of_too_few_points(tmp_path, ring):
    (tmp_path / "a.geojson").write_text(collection(feature(SQUARE, code="2"), feature(polygon(*ring))))
    assert "row 2" in str(refused(tmp_path / "a.geojson"))
    text = " ".join(f"{x},{y}" for x, y in ring)
    (tmp_path / "a.kml").write_text(
        "<kml><Placemark><name>a</name><Polygon><outerBoundaryIs><LinearRing><coordinates>"
        f"{text}</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark></kml>"
    )
    refused(tmp_path / "a.kml")


def test_the_antimeridian(tmp_path):
    across = {
        "type": "MultiPolygon",
        "coordinates": [
            polygon((179.9, -17), (180, -17), (180, -16.9), (179.9, -17))["coordinates"],
            polygon((-180, -17), (-179.9, -17), (-180, -16.9), (-180, -17))["coordinates"],
        ],
    }
    (tmp_path / "a.geojson").write_text(collection(feature(across)))
    read = files.read(files.propose(tmp_path / "a.geojson", "communities"))
    assert read.gdf.geometry.iloc[0].geom_type == "MultiPolygon"
    assert read.gdf.total_bounds.tolist() == [-180, -17, 180, -16.9]
    (tmp_path / "b.geojson").write_text(collection(feature(polygon((179, 0), (181, 0), (181, 1), (179, 0)))))
    assert files.read(files.propose(tmp_path / "b.geojson", "communities")).gdf.total_bounds[2] == 181


def test_several_crs_in_one_file(tmp_path):
    """Each layer of a GeoPackage has its own; a GeoJSON that names another than its standard's is read in that."""
    square = gpd.GeoDataFrame({"code": ["1"], "name": ["a"]}, geometry=[box(X0, Y0, X0 + 9, Y0 + 9)], crs="EPSG:4546")
    square.to_file(tmp_path / "a.gpkg", layer="metres")
    square.to_crs(4326).to_file(tmp_path / "a.gpkg", layer="degrees")
    for layer, crs in (("metres", "EPSG:4546"), ("degrees", "EPSG:4326")):
        assert files.propose(tmp_path / "a.gpkg", "communities", source_layer=layer).crs == crs
    named = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}
    (tmp_path / "b.geojson").write_text(collection(feature(SQUARE), crs={"type": "name", **named}))
    assert files.propose(tmp_path / "b.geojson", "communities").crs == "EPSG:4490"
    link = {"type": "link", "properties": {"href": "http://127.0.0.1/crs", "type": "proj4"}}
    (tmp_path / "c.geojson").write_text(collection(feature(SQUARE), crs=link))
    assert refused(tmp_path / "c.geojson").code == "reader-forbidden", "GDAL asks the network for such a CRS"


def test_a_crs_that_is_none(tmp_path):
    square = gpd.GeoDataFrame({"code": ["1"], "name": ["a"]}, geometry=[box(X0, Y0, X0 + 9, Y0 + 9)], crs="EPSG:4546")
    square.to_file(tmp_path / "a.shp")
    (tmp_path / "a.prj").write_text("PROJCS[" * 3000)
    proposal = files.propose(tmp_path / "a.shp", "communities")
    assert proposal.crs is None
    with pytest.raises(CrsError):
        files.read(proposal)
    assert len(files.read(files.propose(tmp_path / "a.shp", "communities", crs="EPSG:4546")).gdf) == 1


def test_columns_of_one_name(tmp_path):
    (tmp_path / "a.csv").write_text("code,name,name,x,y\n1,a,b,570000,4125000\n")
    proposal = files.propose(tmp_path / "a.csv", "buildings", crs="EPSG:4546")
    assert "name (2)" in (*proposal.unmapped, *(c for m in proposal.mapping for c in m.columns))
    twice = '{"code": "1", "name": "first", "name": "last"}'
    text = collection(feature(SQUARE)).replace('{"code": "1", "name": "\\u4e1c\\u5173"}', twice)
    assert twice in text
    (tmp_path / "a.geojson").write_text(text)
    assert files.read(files.propose(tmp_path / "a.geojson", "communities")).gdf["name"].tolist() in (
        ["first"],
        ["last"],
    )


@pytest.mark.parametrize(
    ("ending", "text"),
    [
        *((ending, "Z") for ending in (".gpkg", ".shp", ".geojson", ".kml", ".fgb", ".parquet", ".csv")),
        (".csv", "M"),
        (".csv", "ZM"),
    ],
)
def test_heights_and_measures_are_dropped_and_said(tmp_path, ending, text):
    path, numbers = tmp_path / f"a{ending}", " 7" * len(text)
    shape = shapely.from_wkt(f"LINESTRING {text} (111.7 37.2{numbers}, 111.8 37.3{numbers})")
    frame = gpd.GeoDataFrame({"id": ["1"], "name": ["a"], "class": ["local"]}, geometry=[shape], crs="EPSG:4326")
    if ending == ".parquet":
        frame.to_parquet(path)
    elif ending == ".csv":
        path.write_text(f'id,name,class,wkt\n1,a,local,"{shape.wkt}"\n')
    elif ending == ".kml":
        path.write_text(
            "<kml><Placemark><name>a</name><LineString><coordinates>111.7,37.2,7 111.8,37.3,7</coordinates>"
            "</LineString></Placemark></kml>"
        )
    else:
        frame.to_file(path)
    read = files.read(files.propose(path, "streets", crs="EPSG:4326"))
    assert not shapely.has_z(read.gdf.geometry.iloc[0])
    assert not shapely.has_m(read.gdf.geometry.iloc[0])
    assert read.gdf.geometry.iloc[0].equals_exact(LineString([(111.7, 37.2), (111.8, 37.3)]), 1e-12)
    assert any("Heights (Z) and measures (M)" in note for note in read.notes)


def test_shapes_of_all_kinds_come_through_the_wire(tmp_path):
    """What the reader's process hands over is what is in the file, bit by bit, with those that are missing or empty."""
    from gridmap.files.source import Table, objects
    from gridmap.files.wire import load_answer, save_answer

    texts = [
        "POINT (1 2)", "POINT EMPTY", "POINT Z (1 2 3)", "LINESTRING (0 0, 0.1 0.3)", "LINESTRING M (0 0 5, 1 1 6)",
        "POLYGON ((0 0, 9 0, 9 9, 0 0), (5 2, 6 2, 6 3, 5 2))", "POLYGON EMPTY", "MULTIPOINT ((1 1), (2 2))",
        "MULTILINESTRING ((0 0, 1 1), (2 2, 3 3))", "MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)), ((5 5, 6 5, 6 6, 5 5)))",
        "POLYGON Z ((0 0 1, 9 0 2, 9 9 3, 0 0 1))",
    ]  # fmt: skip
    shapes = objects([*shapely.from_wkt(texts), None, Point(np.nan, 1)])
    rows = np.arange(1, len(shapes) + 1)
    columns = {"text": objects([None, "东关", "", *"a" * (len(rows) - 3)]), "share": rows / 3}
    save_answer(tmp_path, Table(columns, rows, shapes, np.array([2]), ("note",)))
    back = load_answer(tmp_path, file="a")
    assert back.rows.tolist() == rows.tolist()
    assert back.broken.tolist() == [2]
    assert back.notes == ("note",)
    assert back.columns["text"].tolist() == columns["text"].tolist()
    assert back.columns["share"].tolist() == columns["share"].tolist()
    flat, same = shapely.force_2d(shapes[:-1]), shapely.force_2d(back.shapes[:-1])
    assert shapely.to_wkt(same, rounding_precision=-1).tolist() == shapely.to_wkt(flat, rounding_precision=-1).tolist()
    # Heights and measures are dropped by every layer; that there were some has to be seen.
    higher = shapely.has_z(shapes) | shapely.has_m(shapes)
    assert (shapely.has_z(back.shapes) | shapely.has_m(back.shapes)).tolist() == higher.tolist()
    assert np.isnan(shapely.get_x(back.shapes[-1]))


def test_what_comes_over_the_wire_is_not_believed(tmp_path):
    """A reader that was taken over can send anything: it is an error, whatever it is."""
    from gridmap.files.source import Table, objects
    from gridmap.files.wire import load_answer, save_answer

    shapes = objects([box(0, 0, 1, 1), MultiPolygon([box(2, 2, 3, 3), box(5, 5, 6, 6)])])
    save_answer(tmp_path, Table({"a": objects(["x", "y"])}, np.array([1, 2]), shapes))
    good = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    rng = np.random.default_rng(3)
    refusals = 0
    for _ in range(400):
        name = str(rng.choice(sorted(good)))
        broken = bytearray(good[name])
        for at in rng.integers(0, len(broken), rng.integers(1, 8)).tolist():
            broken[at] = int(rng.integers(0, 256))
        (tmp_path / name).write_bytes(broken)
        try:
            load_answer(tmp_path, file="a.gpkg")
        except InputError:
            refusals += 1
        (tmp_path / name).write_bytes(good[name])
    assert refusals > 100
    for text in (
        "",
        "[]",
        "{}",
        '{"table": 1}',
        '{"list": [{"nothing": 1}]}',
        '{"error": ["object", "a", "b", "c"]}',
        "[" * 9999,
    ):
        (tmp_path / "answer.json").write_text(text)
        with pytest.raises(InputError):
            load_answer(tmp_path, file="a.gpkg")


def test_gml_is_off_unless_it_is_wanted(tmp_path):
    from dataclasses import replace

    path = tmp_path / "a.gml"
    frame = gpd.GeoDataFrame({"code": ["1"], "name": ["a"]}, geometry=[box(X0, Y0, X0 + 9, Y0 + 9)], crs="EPSG:4546")
    frame.to_file(path, driver="GML")
    assert refused(path).code == "gml-off"
    on = replace(DEFAULT, read_gml=True)
    assert len(files.read(files.propose(path, "communities", settings=on, crs="EPSG:4546"), settings=on).gdf) == 1
    path.write_text(
        '<!DOCTYPE a [<!ENTITY b "c">]><FeatureCollection xmlns="http://www.opengis.net/gml">&b;</FeatureCollection>'
    )
    with pytest.raises(InputError) as caught:
        files.propose(path, "communities", settings=on)
    assert caught.value.code == "xml-doctype"
