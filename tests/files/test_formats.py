"""Formats as other programs write them: drawings, KML with folders, TopoJSON, extracts of OpenStreetMap."""

import json
import zipfile

import ezdxf
import geopandas as gpd
import pytest
import shapely
from shapely.geometry import LineString, Point, box

from gridmap import files
from gridmap.errors import InputError

X0, Y0 = 570_000.0, 4_125_000.0


@pytest.fixture
def drawing(tmp_path):
    """Draw as CAD offices do: communities with names as text on another layer, one within another, and the rest."""
    document = ezdxf.new("R2010")
    space = document.modelspace()
    for layer in ("社区", "道路", "标注"):
        document.layers.add(layer)
    space.add_lwpolyline([(0, 0), (100, 0), (100, 100), (0, 100)], close=True, dxfattribs={"layer": "社区"})
    space.add_lwpolyline([(10, 10), (40, 10), (40, 40), (10, 40), (10, 10)], dxfattribs={"layer": "社区"})
    space.add_polyline2d([(200, 0), (300, 0), (300, 100)], close=True, dxfattribs={"layer": "社区"})
    space.add_text("东关社区", height=5, dxfattribs={"layer": "标注", "insert": (60, 60)})
    space.add_text("320户", height=2, dxfattribs={"layer": "标注", "insert": (70, 50)})
    space.add_mtext("内\\P院", dxfattribs={"layer": "标注", "insert": (20, 20), "char_height": 3})
    space.add_text("西关", height=3, dxfattribs={"layer": "标注", "insert": (290, 10)})
    space.add_text("无主", height=3, dxfattribs={"layer": "标注", "insert": (999, 999)})
    space.add_line((0, 0), (50, 50), dxfattribs={"layer": "道路"})
    space.add_lwpolyline([(0, 0, 0, 0, 1), (10, 0, 0, 0, 0)], dxfattribs={"layer": "道路"})
    space.add_circle((0, 0), 5)
    document.saveas(tmp_path / "a.dxf")
    return tmp_path / "a.dxf"


def test_a_drawing_gives_named_areas(drawing):
    found = {source.name: (source.shape, source.rows) for source in files.layers_in(drawing)}
    assert found == {"社区": ("Polygon", 3), "道路": ("LineString", 2), "标注": ("Point", 1)}
    proposal = files.propose(drawing, "communities", crs="EPSG:4546")
    assert proposal.source_layer == "社区"
    read = files.read(proposal)
    assert read.gdf["name"].tolist() == ["东关社区", "内 院", "西关"]
    assert read.gdf.geometry.area.tolist() == [10_000, 900, 5_000]
    assert any("1 CIRCLE" in note for note in read.notes)
    streets = files.read(files.propose(drawing, "streets", source_layer="道路", crs="EPSG:4546")).gdf
    arc = streets.geometry.iloc[1]
    assert arc.length == pytest.approx(5 * 3.14159265, rel=1e-2)
    assert arc.hausdorff_distance(Point(5, 0).buffer(5, 512).exterior.intersection(box(0, -9, 10, 0))) < 0.02


def test_an_old_drawing_in_gbk(tmp_path):
    document = ezdxf.new("R2000")
    document.encoding = "gbk"
    document.header["$DWGCODEPAGE"] = "ANSI_936"
    space = document.modelspace()
    space.add_lwpolyline([(0, 0), (9, 0), (9, 9)], close=True)
    space.add_text("西关", height=1, dxfattribs={"insert": (6, 3)})
    document.saveas(tmp_path / "a.dxf", encoding="gbk")
    assert "西关".encode("gbk") in (tmp_path / "a.dxf").read_bytes()
    assert files.read(files.propose(tmp_path / "a.dxf", "communities", crs="EPSG:4546")).gdf["name"].tolist() == [
        "西关"
    ]


def test_what_we_draw_others_can_read(tmp_path):
    frame = gpd.GeoDataFrame(
        {"code": ["1", "2"], "name": ["东关", None]}, geometry=[box(0, 0, 9, 9), box(9, 0, 18, 9)], crs="EPSG:4546"
    )
    files.write(frame, tmp_path / "a.dxf", layer="communities")
    document = ezdxf.readfile(tmp_path / "a.dxf")
    assert document.audit().errors == []
    outlines = document.modelspace().query("LWPOLYLINE")
    assert [outline.closed for outline in outlines] == [True, True]
    assert {outline.dxf.layer for outline in outlines} == {"communities"}
    assert [text.plain_text() for text in document.modelspace().query("TEXT")] == ["东关"]


KML = """<?xml version="1.0" encoding="GBK"?><kml xmlns="http://www.opengis.net/kml/2.2" xmlns:gx="http://x"><Document>
<name>城</name><Folder><name>社区</name><Placemark><name>东关</name><description><![CDATA[<b>一</b>]]></description>
<ExtendedData><SchemaData schemaUrl="#s"><SimpleData name="户数">320</SimpleData></SchemaData></ExtendedData>
<MultiGeometry><Polygon><outerBoundaryIs><LinearRing><coordinates>111.7,37.2,0 111.8,37.2,0
111.8,37.3,0 111.7,37.2,0</coordinates></LinearRing></outerBoundaryIs></Polygon></MultiGeometry></Placemark></Folder>
<Folder><name>食堂</name><Placemark><name>一</name><Point><coordinates> 111.7, 37.2 </coordinates></Point></Placemark>
<Placemark><name>路</name><LineString><coordinates>111,37 112,38</coordinates></LineString></Placemark></Folder>
<NetworkLink><Link><href>http://127.0.0.1/b.kml</href></Link></NetworkLink></Document></kml>"""


@pytest.mark.parametrize("ending", [".kml", ".kmz"])
def test_kml_with_folders_in_gbk(tmp_path, ending):
    path = tmp_path / f"a{ending}"
    if ending == ".kml":
        path.write_bytes(KML.encode("gbk"))
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("files/icon.png", b"x")
            archive.writestr("doc.kml", KML.encode("gbk"))
    found = {source.name: source.shape for source in files.layers_in(path)}
    assert found == {"社区": "Polygon", "食堂 (points)": "Point", "食堂 (lines)": "LineString"}
    read = files.read(files.propose(path, "communities"))
    assert read.gdf["name"].tolist() == ["东关"]
    assert shapely.area(read.gdf.geometry.iloc[0]) == pytest.approx(0.005)
    assert any("1 links to other files" in note for note in read.notes)


def test_topojson_of_two_layers(tmp_path):
    def area(code, *arcs):
        return {"type": "Polygon", "arcs": [list(arcs)], "properties": {"code": code, "name": f"第{code}"}}

    topology = {
        "type": "Topology",
        "transform": {"scale": [0.001, 0.001], "translate": [111, 37]},
        "objects": {
            "communities": {"type": "GeometryCollection", "geometries": [area("1", 0, 1), area("2", 2, -2)]},
            "other": {"type": "GeometryCollection", "geometries": [area("3", 0, 1)]},
        },
        "arcs": [[[0, 0], [100, 0]], [[100, 0], [0, 100], [-100, -100]], [[0, 0], [0, 100], [100, 0]]],
    }
    path = tmp_path / "a.json"
    path.write_text(json.dumps(topology), "utf-8")
    assert [source.name for source in files.layers_in(path)] == ["communities", "other"]
    proposal = files.propose(path, "communities", crs="EPSG:4326")
    assert proposal.driver == "TopoJSON"
    read = files.read(proposal, accept=["invalid-geometry"])
    assert read.gdf["name"].tolist() == ["第1", "第2"]
    assert read.gdf.total_bounds.tolist() == pytest.approx([111, 37, 111.1, 37.1])


def test_an_extract_of_openstreetmap(tmp_path):
    def way(number, nodes, **tags):
        inner = "".join(f'<nd ref="{node}"/>' for node in nodes)
        inner += "".join(f'<tag k="{key}" v="{value}"/>' for key, value in tags.items())
        return f'<way id="{number}">{inner}</way>'

    places = {1: (111.7, 37.2), 2: (111.71, 37.2), 3: (111.71, 37.21), 4: (111.72, 37.22)}
    nodes = "".join(f'<node id="{k}" lon="{x}" lat="{y}"/>' for k, (x, y) in places.items())
    poi = '<node id="9" lon="111.7" lat="37.2"><tag k="amenity" v="school"/><tag k="name" v="小学"/></node>'
    ways = way(20, [1, 2, 3, 1], building="yes", name="一号楼") + way(
        21, [1, 2], highway="residential", bridge="viaduct"
    )
    (tmp_path / "a.osm").write_text(f'<?xml version="1.0"?><osm version="0.6">{nodes}{poi}{ways}</osm>', "utf-8")
    take = {
        layer: files.read(files.propose(tmp_path / "a.osm", layer)).gdf
        for layer in ("buildings", "streets", "facilities")
    }
    assert take["buildings"]["id"].tolist() == ["w20"]
    assert take["buildings"].geometry.iloc[0].equals(shapely.polygons([places[k] for k in (1, 2, 3, 1)]))
    assert take["streets"]["bridge"].tolist() == [True]
    assert take["streets"].geometry.iloc[0].equals(LineString([places[1], places[2]]))
    assert take["facilities"]["name"].tolist() == ["小学"]
    with pytest.raises(InputError, match="no rows"):
        files.propose(tmp_path / "a.osm", "water")


@pytest.mark.real_data
def test_a_real_extract(real_data):
    """A ring of two points, which crashes readers that take no care, is left out and said."""
    path = real_data / "helsinki.osm.pbf"
    counts = {}
    for layer in ("streets", "buildings", "facilities"):
        read = files.read(files.propose(path, layer), accept=["invalid-geometry"])
        assert read.gdf["id"].is_unique
        counts[layer] = len(read.gdf)
    assert counts["streets"] > 2000
    assert counts["buildings"] > 400
    assert counts["facilities"] > 1500
