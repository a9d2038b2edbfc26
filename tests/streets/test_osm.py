"""OpenStreetMap extracts: which ways are walked, and files that are none."""

from pathlib import Path

import pandas as pd
import pytest

from gridmap.errors import InputError
from gridmap.geo.frames import Frame
from gridmap.streets import network_from_pbf
from gridmap.streets.osm import tag, walkable


@pytest.mark.parametrize(
    ("highway", "tags", "wanted"),
    [
        ("footway", None, True),
        ("residential", '"lit"=>"yes"', True),
        ("motorway", None, False),
        ("motorway", '"foot"=>"yes"', False),
        ("trunk", None, False),
        ("trunk", '"foot"=>"yes"', True),
        ("trunk", '"sidewalk"=>"both"', True),
        ("primary", '"foot"=>"no"', False),
        ("primary", '"foot"=>"use_sidepath"', False),
        ("service", '"access"=>"private"', False),
        ("service", '"access"=>"private","foot"=>"permissive"', True),
        ("service", '"note"=>"\\"foot\\"=>\\"no\\""', True),
        ("pedestrian", '"area"=>"yes"', False),
        ("construction", None, False),
        (None, '"foot"=>"yes"', False),
    ],
)
def test_tags_say_what_is_walked(highway: str | None, tags: str | None, wanted: bool) -> None:
    lines = pd.DataFrame({"highway": [highway], "other_tags": [tags]}, dtype=object)
    assert walkable(lines).tolist() == [wanted]


def test_a_tag_may_be_a_column() -> None:
    assert tag(pd.DataFrame({"foot": ["no", None]}), "foot").tolist() == ["no", ""]
    assert tag(pd.DataFrame({"highway": ["path"]}), "foot").tolist() == [""]


OSM = """<?xml version="1.0"?><osm version="0.6">
<node id="1" lat="37.26" lon="111.78"/><node id="2" lat="37.261" lon="111.78"/><node id="3" lat="37.261" lon="111.782"/>
<node id="4" lat="37.2605" lon="111.779"/><node id="5" lat="37.2605" lon="111.781"/>
<way id="10"><nd ref="1"/><nd ref="2"/><nd ref="3"/><tag k="highway" v="residential"/><tag k="name" v="北街"/></way>
<way id="11"><nd ref="4"/><nd ref="5"/><tag k="highway" v="footway"/><tag k="bridge" v="yes"/></way>
<way id="12"><nd ref="1"/><nd ref="1"/><tag k="highway" v="service"/></way>
<way id="13"><nd ref="2"/><nd ref="1"/><nd ref="2"/><tag k="highway" v="path"/></way>
<way id="14"><nd ref="3"/><tag k="highway" v="path"/></way>
</osm>"""


def test_ways_meet_at_shared_nodes_and_broken_rings_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "town.osm"
    path.write_text(OSM, "utf-8")
    net = network_from_pbf(path)
    assert net.frame == Frame(4546)
    assert net.report()["components"] == 2  # the bridge crosses without meeting
    assert "北街" in net.names
    assert net.length_m.min() > 0


def test_no_file_no_extract_and_no_street_are_refused(tmp_path: Path) -> None:
    empty, odd = tmp_path / "empty.osm", tmp_path / "odd.osm.pbf"
    empty.write_text('<?xml version="1.0"?><osm version="0.6"></osm>', "utf-8")
    odd.write_bytes(b"PK\x03\x04 no map at all")
    for path, code in ((tmp_path / "none.osm", "file-missing"), (odd, "osm-unreadable"), (empty, "streets-missing")):
        with pytest.raises(InputError) as caught:
            network_from_pbf(path)
        assert caught.value.code == code, path
        assert path.name in caught.value.message


@pytest.mark.real_data
@pytest.mark.parametrize(("town", "nodes", "share"), [("heidelberg", 29_000, 0.96), ("helsinki", 3_300, 0.98)])
def test_real_extracts_hang_together(real_data: Path, town: str, nodes: int, share: float) -> None:
    report = network_from_pbf(real_data / f"{town}.osm.pbf").report()
    assert int(report["nodes"]) - int(report["nodes_outside_largest"]) > nodes
    assert float(report["largest_component_share"]) > share


@pytest.mark.real_data
def test_noding_connects_the_streets_of_singapore(real_data: Path) -> None:
    import geopandas as gpd

    from gridmap.streets import network

    layer = gpd.read_file(real_data / "singapore_toapayoh_punggol.gpkg", layer="streets")
    shares = [
        float(network(layer, frame=Frame(3414), noded=noded).report()["largest_component_share"])
        for noded in (True, False)
    ]
    assert shares[1] > shares[0]
