"""The city, its places, what stands at a point, search, tiles."""

import gzip
import itertools

import mapbox_vector_tile
import numpy as np
import pytest
import shapely

from gridmap import handles
from gridmap.tiles import tiles_over


@pytest.fixture(scope="module")
def ws(sample_file):
    with handles.open(sample_file) as opened:
        yield opened


def _lonlat(ws, shape):
    lon, lat = ws.city.frame.to_lonlat([shape.x], [shape.y])
    return {"lon": float(lon[0]), "lat": float(lat[0])}


def test_the_city_says_what_it_is(looked, ws):
    told = looked.json("/api/v1/city")
    assert (told["name"], told["sample"], told["plan_in_force"]) == ("汾阳市（虚构示例）", True, "present")
    assert told["window"] == {"min": 300, "max": 500}
    west, south, east, north = ws.city.communities.to_crs(4326).total_bounds
    assert told["bounds"] == pytest.approx([west, south, east, north], abs=1e-3)
    assert {"id": "canteen", "zh": "社区食堂"}.items() <= next(
        one for one in told["kinds"] if one["id"] == "canteen"
    ).items()


def test_places_are_a_tree_of_all_communities(looked, ws):
    tree = looked.json("/api/v1/places")
    assert [one["level"] for one in tree] == ["subdistrict"] * 3
    below = [child for one in tree for child in one["children"]]
    assert sorted(child["code"] for child in below) == sorted(ws.city.communities["code"])
    assert all(child["code"].startswith(one["code"]) for one in tree for child in one["children"])


def test_where_says_what_the_command_line_says_and_who_answers(looked, ws):
    plan = ws.current_plan().value
    for shape in ws.city.building_points[:: len(ws.city.buildings) // 5]:
        at = _lonlat(ws, shape)
        told = looked.json("/api/v1/where", params=at)
        assert ws.where(at["lon"], at["lat"]).items() <= told.items()
        assert told["grid"]["code"] == plan.where(shape.x, shape.y).code
        answering = ws.accounts.answering(at["lon"], at["lat"])
        assert told["answers"] == [one if one["posted"] else one | {"holder": None} for one in answering["answers"]]


def test_where_on_a_day_before_any_plan_was_in_force(looked, ws):
    at = _lonlat(ws, ws.city.building_points[0])
    told = looked.json("/api/v1/where", params={**at, "at": "2020-01-01"})
    assert told["at"] == "2020-01-01"
    assert looked.json("/api/v1/where", 422, params={**at, "at": "yesterday"})["code"] == "date-unclear"


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("文峰街道", "subdistrict", "文峰街道"),
        ("wenfengjiedao", "subdistrict", "文峰街道"),
        ("WFJD", "subdistrict", "文峰街道"),
        ("鼓楼社区", "community", "鼓楼社区"),
        ("gulousheq", "community", "鼓楼社区"),
        ("141182001", "subdistrict", "文峰街道"),
        ("鼓楼社区食堂", "facility", "鼓楼社区食堂"),
    ],
)
def test_search_finds_by_name_pinyin_initials_and_code(looked, text, kind, name):
    found = looked.json("/api/v1/search", params={"q": text})["found"]
    assert (found[0]["kind"], found[0]["name"]) == (kind, name)


def test_search_finds_a_building_by_its_address_where_it_stands(looked, ws):
    row = ws.city.buildings.iloc[100]
    found = looked.json("/api/v1/search", params={"q": row["address"], "limit": 50})["found"]
    hit = next(one for one in found if one["code"] == row["id"])
    x, y = ws.city.frame.from_lonlat([hit["lon"]], [hit["lat"]])
    assert row.geometry.buffer(0.5).contains(shapely.Point(x[0], y[0]))


@pytest.mark.parametrize("text", ["", " ", "zzzzqqq", "%", "' OR 1=1 --", "\u0000"])
def test_search_of_nothing_finds_nothing(looked, text):
    assert looked.json("/api/v1/search", params={"q": text})["found"] == []


def test_figures_are_those_of_the_command_line(looked, ws):
    told = looked.json("/api/v1/figures")["figures"]
    assert [one["value"] for one in told] == [one.value for one in ws.accounts.figures()]


def test_findings_come_by_pages(looked, ws):
    whole = looked.json("/api/v1/findings")
    pages = [looked.json(f"/api/v1/findings?limit=2&offset={at}")["findings"] for at in range(0, whole["total"], 2)]
    assert list(itertools.chain.from_iterable(pages)) == whole["findings"]
    assert [one["id"] for one in whole["findings"]] == [one.id for one in ws.check()]


def test_tiles_hold_every_building_once_at_one_zoom(looked, ws):
    told = looked.json("/api/v1/tiles/base.json")
    assert told["tilejson"] == "3.0.0"
    names = [layer["id"] for layer in told["vector_layers"]]
    assert {"buildings", "streets", "water", "green", "barriers", "communities", "labels"} <= set(names)
    west, south, east, north = ws.city.buildings.to_crs(3857).total_bounds
    found = set()
    for tile in tiles_over((west, south, east, north), 15):
        url = told["tiles"][0].replace("{z}", "15").replace("{x}", str(tile.x)).replace("{y}", str(tile.y))
        answer = looked.get(url)
        assert answer.status_code in (200, 204)
        assert "immutable" in answer.headers["cache-control"]
        if answer.content:
            layers = mapbox_vector_tile.decode(answer.content)
            found |= {one["properties"]["id"] for one in layers.get("buildings", {"features": []})["features"]}
            assert not {"households", "residents", "elders_60", "children"} & {
                key for layer in layers.values() for one in layer["features"] for key in one["properties"]
            }
    assert found == set(ws.city.buildings["id"])


def test_a_tile_is_packed_and_tagged(looked):
    bounds = np.array(looked.json("/api/v1/city")["bounds"])
    lon, lat = bounds[[0, 2]].mean(), bounds[[1, 3]].mean()
    x = int((lon + 180) / 360 * 2**14)
    y = int((1 - np.arcsinh(np.tan(np.radians(lat))) / np.pi) / 2 * 2**14)
    path = f"/api/v1/tiles/base/14/{x}/{y}.mvt"
    with looked.http.stream("GET", path, headers={"Accept-Encoding": "gzip"}) as answer:
        body = b"".join(answer.iter_raw())
        tag = answer.headers["etag"]
        assert answer.headers["content-encoding"] == "gzip"
    with looked.http.stream("GET", path, headers={"Accept-Encoding": "identity"}) as answer:
        assert gzip.decompress(body) == b"".join(answer.iter_raw())
    assert looked.get(path, headers={"If-None-Match": tag}).status_code == 304
    assert looked.get("/api/v1/tiles/base/0/0/0.mvt").status_code in (200, 204)
