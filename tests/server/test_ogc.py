"""OGC API – Features, Part 1 (OGC 17-069r4) and Part 2 (18-058r1): the core requirements, by their names."""

import datetime as dt
import json
import math
import re
import subprocess

import pytest
import shapely

from gridmap.city import LAYERS
from gridmap.release import COUNTS, PERSONAL

OGC = "/ogc"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"


def _links(told):
    return {link["rel"]: link for link in told["links"]}


def test_req_01_02_core_root(looked):
    told = looked.json(OGC)
    assert {"self", "service-desc", "conformance", "data"} <= set(_links(told))
    for link in told["links"]:
        assert looked.get(link["href"]).status_code == 200


def test_req_03_04_core_api_definition(looked):
    link = _links(looked.json(OGC))["service-desc"]
    answer = looked.get(link["href"])
    assert answer.headers["content-type"] == link["type"] == "application/vnd.oai.openapi+json;version=3.0"
    assert "/ogc/collections/{name}/items" in answer.json()["paths"]


def test_req_05_06_core_conformance(looked):
    told = looked.json(f"{OGC}/conformance")["conformsTo"]
    assert "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core" in told
    assert "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson" in told


@pytest.mark.parametrize(
    "path", ["?nope=1", "/conformance?nope=1", "/collections?nope=1", "/collections/green?nope=1",
             "/collections/green/items?nope=1", "/collections/green/items?limit=1&limit=2"]
)  # fmt: skip
def test_req_08_core_query_param_unknown(looked, path):
    assert looked.get(f"{OGC}{path}").status_code == 400


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=-1", "limit=x", "limit=1.5", "offset=-1", "bbox=1,2,3", "bbox=a,b,c,d", "bbox=1,9,2,3",
     "bbox=nan,1,2,3", "bbox-crs=EPSG:3857", "crs=http://www.opengis.net/def/crs/EPSG/0/3857", "datetime=tomorrow",
     "datetime=2026-03-01/2020-01-01", "datetime=..", "datetime=a/b/c", "f=xml"],
)  # fmt: skip
def test_req_07_core_query_param_invalid(looked, query):
    assert looked.get(f"{OGC}/collections/green/items?{query}").status_code == 400


def test_req_11_to_16_core_collections(looked):
    told = looked.json(f"{OGC}/collections")
    assert "self" in _links(told)
    assert {one["id"] for one in told["collections"]} == set(LAYERS)
    for one in told["collections"]:
        assert _links(one)["items"]["type"] == "application/geo+json"
        if "extent" in one:
            west, south, east, north = one["extent"]["spatial"]["bbox"][0]
            assert 111 < west < east < 112.1
            assert 37 < south < north < 37.6


@pytest.mark.parametrize("name", sorted(LAYERS))
def test_req_17_18_core_collection_is_as_listed(looked, name):
    listed = next(one for one in looked.json(f"{OGC}/collections")["collections"] if one["id"] == name)
    assert looked.json(f"{OGC}/collections/{name}") == listed


@pytest.mark.parametrize("name", sorted(LAYERS))
def test_req_19_to_32_core_features(looked, name):
    answer = looked.get(f"{OGC}/collections/{name}/items")
    assert answer.headers["content-type"] == "application/geo+json"
    told = answer.json()
    assert told["type"] == "FeatureCollection"
    assert told["numberReturned"] == len(told["features"]) <= 10
    assert told["numberReturned"] <= told["numberMatched"]
    stamp = dt.datetime.fromisoformat(told["timeStamp"])
    assert abs(dt.datetime.now(dt.UTC) - stamp) < dt.timedelta(minutes=5)
    assert ("next" in _links(told)) == (told["numberMatched"] > told["numberReturned"])
    west, south, east, north = looked.json(f"{OGC}/collections/{name}")["extent"]["spatial"]["bbox"][0]
    box = shapely.box(west, south, east, north).buffer(1e-5)
    for one in told["features"]:
        assert box.covers(shapely.from_geojson(json.dumps(one["geometry"])))


@pytest.mark.parametrize("name", ["communities", "facilities"])
def test_req_29_core_pages_hold_each_feature_once(looked, name):
    url, seen, pages = f"{OGC}/collections/{name}/items?limit=13", [], 0
    while url:
        told = looked.json(url)
        seen += [one["id"] for one in told["features"]]
        link = _links(told).get("next")
        url, pages = link and link["href"], pages + 1
    assert len(seen) == len(set(seen)) == told["numberMatched"]
    assert pages == math.ceil(len(seen) / 13)


def test_req_22_23_core_bbox_keeps_what_intersects(looked):
    layer = looked.service.ws.city().communities.to_crs(4326)
    west, south, east, north = layer.total_bounds
    for box in ((west, south, (west + east) / 2, (south + north) / 2), (east, north, east + 1, north + 1)):
        told = looked.json(f"{OGC}/collections/communities/items?limit=1000&bbox={','.join(map(str, box))}")
        expected = set(layer["code"][layer.intersects(shapely.box(*box))])
        assert {one["id"] for one in told["features"]} == expected
    everything = looked.json(f"{OGC}/collections/communities/items?bbox=-180,-90,180,90")
    assert everything["numberMatched"] == len(layer)
    six = looked.json(f"{OGC}/collections/communities/items?bbox=-180,-90,0,180,90,100")
    assert six["numberMatched"] == len(layer)
    around = looked.json(f"{OGC}/collections/communities/items?bbox=100,-90,-100,90")
    assert around["numberMatched"] == len(layer)
    assert looked.json(f"{OGC}/collections/communities/items?bbox=170,-90,-170,90")["numberMatched"] == 0


def test_req_26_core_datetime(looked):
    whole = looked.json(f"{OGC}/collections/streets/items")["numberMatched"]
    for when in ("2026-03-01T00:00:00Z", "2026-03-01/..", "../2026-03-01", "2020-01-01/2026-03-01"):
        assert looked.json(f"{OGC}/collections/streets/items", params={"datetime": when})["numberMatched"] == whole


@pytest.mark.parametrize("name", sorted(LAYERS))
def test_req_33_34_core_feature(looked, name):
    listed = looked.json(f"{OGC}/collections/{name}/items?limit=1")["features"][0]
    told = looked.json(f"{OGC}/collections/{name}/items/{listed['id']}")
    assert {"self", "collection"} <= set(_links(told))
    assert {key: told[key] for key in listed} == listed
    assert looked.get(f"{OGC}/collections/{name}/items/nope").status_code == 404


def test_crs_are_given_in_the_order_of_their_axes(looked):
    path = f"{OGC}/collections/buildings/items/B00100"
    own = looked.service.ws.city()
    shape = own.buildings.geometry[own.buildings["id"] == "B00100"].iloc[0]
    lonlat = looked.get(path)
    latlon = looked.get(path, params={"crs": f"{EPSG}4326"})
    metric = looked.get(path, params={"crs": f"{EPSG}{own.frame.epsg}"})
    assert lonlat.headers["content-crs"] == f"<{CRS84}>"
    assert metric.headers["content-crs"] == f"<{EPSG}{own.frame.epsg}>"
    first, second, third = (
        shapely.from_geojson(json.dumps(answer.json()["geometry"])) for answer in (lonlat, latlon, metric)
    )
    swapped = shapely.transform(second, lambda xy: xy[:, ::-1])
    assert swapped.equals_exact(first, 1e-9)
    assert shapely.transform(third, lambda xy: xy[:, ::-1]).equals_exact(shape, 0.01)


def test_bbox_crs_is_understood(looked):
    city = looked.service.ws.city()
    west, south, east, north = city.communities.geometry.iloc[0].bounds
    uri = f"{EPSG}{city.frame.epsg}"
    told = looked.json(
        f"{OGC}/collections/communities/items?bbox={south},{west},{north},{east}&bbox-crs={uri}&limit=99"
    )
    box = shapely.box(west, south, east, north)
    expected = set(city.communities["code"][city.communities.intersects(box)])
    assert {one["id"] for one in told["features"]} == expected


def test_filters_take_catalogued_columns_only(looked):
    facilities = looked.service.ws.city().facilities
    told = looked.json(f"{OGC}/collections/facilities/items?kind=canteen&limit=100")
    assert {one["id"] for one in told["features"]} == set(facilities["id"][facilities["kind"] == "canteen"])
    buildings = looked.service.ws.city().buildings
    told = looked.json(f"{OGC}/collections/buildings/items?floors=6&use=residential&limit=1")
    assert told["numberMatched"] == int(((buildings["floors"] == 6) & (buildings["use"] == "residential")).sum()) > 0
    assert looked.get(f"{OGC}/collections/buildings/items?floors=six").status_code == 400
    for column in (*COUNTS, *PERSONAL, "geom", "fid", "__class__"):
        assert looked.get(f"{OGC}/collections/buildings/items?{column}=1").status_code == 400


@pytest.mark.parametrize("name", sorted(LAYERS))
def test_no_collection_counts_people(looked, name):
    columns = set(looked.json(f"{OGC}/collections/{name}/queryables")["properties"])
    told = looked.json(f"{OGC}/collections/{name}/items?limit=3")
    for one in told["features"]:
        assert set(one["properties"]) == columns
    assert not columns & {*COUNTS, *PERSONAL}


@pytest.mark.parametrize(("name", "count"), [("grids", 300), ("communities", 32), ("buildings", 8338)])
def test_ogrinfo_reads_the_layers(looked, name, count):
    ran = subprocess.run(
        ["ogrinfo", "-ro", "-so", f"OAPIF:{looked.url}/ogc", name],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert int(re.search(r"Feature Count: (\d+)", ran.stdout)[1]) == count
    assert "ERROR" not in ran.stderr
    assert "WGS 84" in ran.stdout
