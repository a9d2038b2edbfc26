"""The sample as a whole: the same each time, a city without findings, and a plan that can be redrawn."""

import csv
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from gridmap import sample
from gridmap.city import City, check
from gridmap.city.schema import LAYERS
from gridmap.plan import Plan, balance, fabric, specials_from_layer
from gridmap.redraw import redraw
from gridmap.sample.communities import roster

Layers = Mapping[str, gpd.GeoDataFrame]


@pytest.fixture(scope="module")
def city() -> City:
    return sample.city()


def test_two_runs_are_equal(layers: Layers, city: City) -> None:
    for name, gdf in layers.items():
        if name == "grids":  # a city holds none; the committed boundary file is their witness
            continue
        again = city.layers[name]
        assert [shape.wkb for shape in gdf.geometry] == [shape.wkb for shape in again.geometry]
        assert gdf[LAYERS[name].key].tolist() == again[LAYERS[name].key].tolist()
    for column in ("households", "residents", "elders_60", "children", "floors"):
        assert layers["buildings"][column].tolist() == city.buildings[column].tolist()


def test_another_seed_is_another_town(layers: Layers) -> None:
    other = sample.layers(7)
    assert len(other["communities"]) == 32
    assert len(other["compounds"]) == 224
    assert other["buildings"]["residents"].sum() == 207_473
    assert not shapely.equals(other["grids"].geometry.iloc[0], layers["grids"].geometry.iloc[0])


def test_the_city_has_no_errors(city: City) -> None:
    assert city.sample
    assert city.name == sample.NAME
    assert "虚构示例" in city.name
    assert [finding for finding in check(city) if finding.severity == "error"] == []


def test_the_present_plan_is_redrawn_into_292_grids_in_range(layers: Layers, city: City) -> None:
    grids = layers["grids"]
    present = Plan.from_layer(fabric(city, specials=specials_from_layer(grids)), grids)
    assert balance(present, window=(300, 500)).totals["contiguity_breaks"] == 0
    totals = redraw(present, min_households=300, max_households=500, seed=1).totals
    assert (totals.grids, totals.in_range, totals.contiguity_breaks, totals.compounds_split) == (292, 292, 0, 0)


def _rows(name: str) -> list[dict[str, str]]:
    return list(csv.DictReader((files("gridmap.sample") / name).read_text("utf-8").splitlines()))


def test_gulou_carries_its_lineage_and_takes_no_retired_code() -> None:
    rows = {row.name: row for row in roster()}
    assert len(rows) == 32
    gulou = rows["鼓楼社区"]
    assert "141182002002" in gulou.lineage
    assert "141182002004" in gulou.lineage
    retired = {row["code"] for row in _rows("communities_left_out.csv")}
    assert not retired & {row.code for row in roster()}
    assert rows["冯家庄社区"].subdistrict == "141182003"
    assert rows["太和苑社区"].subdistrict == "141182002"
    assert not any("监狱" in name for name in rows)


@pytest.mark.real_data
def test_names_and_codes_are_those_of_the_table(real_data: Path) -> None:
    path = real_data / "fenyang_codes" / "fenyang_level5_villages_communities_2023.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        table = {
            row["code"]: row["name"].removesuffix("居委会")
            for row in csv.DictReader(file)
            if row["streetCode"] in {"141182001", "141182002", "141182003"}
        }
    ours = {row["code"]: row["name"] for row in _rows("communities.csv") if "区划代码" in row["source"]}
    ours.pop("141182002017")  # 鼓楼, merged; its code is ours
    left_out = {row["code"]: row["name"] for row in _rows("communities_left_out.csv")}
    assert len(table) == 38
    assert ours | left_out == table
