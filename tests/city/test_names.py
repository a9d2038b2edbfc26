"""A column that says which community or compound a row belongs to may hold its code, its name or an alias."""

import geopandas as gpd
import pandas as pd
from shapely import box

from gridmap.city import City, check
from gridmap.geo.frames import Frame
from gridmap.rules import profile

CODES = ["141182001001", "141182001002", "141182001003"]


def city(named):
    communities = gpd.GeoDataFrame(
        {"code": CODES, "name": ["甲社区", "乙社区", "乙社区"], "aliases": ["老甲; 甲", None, "丙"]},
        geometry=[box(0, 0, 10, 10), box(10, 0, 20, 10), box(20, 0, 30, 10)],
        crs="EPSG:4546",
    )
    buildings = gpd.GeoDataFrame(
        {"id": [f"b{k}" for k in range(len(named))], "community": named},
        geometry=[box(100 + k, 100, 100.5 + k, 101) for k in range(len(named))],
        crs="EPSG:4546",
    )
    layers = {"communities": communities, "buildings": buildings}
    return City.build(layers, frame=Frame(4546), profile=profile("cn"))


def test_code_name_and_alias():
    named = [CODES[1], "甲社区", "甲", "丙", "乙社区", "丁", None]
    assert city(named).building_community.tolist() == [1, 0, 0, 2, -1, -1, -1]


def test_a_name_of_two_places_names_none():
    rows = city(["乙社区"]).rows_named("communities", pd.Series(["乙社区"], dtype=object))
    assert rows.tolist() == [-1]


def test_check_knows_names():
    found = [f for f in check(city(["甲社区", "丁"])) if f.rule == "reference-unknown"]
    assert [f.feature for f in found] == ["b1"]
