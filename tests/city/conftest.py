"""A town of squares: what the tests of the city are built from."""

from collections.abc import Callable
from typing import Any

import geopandas as gpd
import pytest
import shapely

from gridmap.city import City
from gridmap.geo.frames import Frame
from gridmap.rules import profile

FRAME = Frame(4546)
Layers = dict[str, gpd.GeoDataFrame]
BuildCity = Callable[..., City]


def layer(shapes: list[Any], *, crs: Any = FRAME.crs, **columns: list[Any]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=crs)


@pytest.fixture
def make_layer() -> Callable[..., gpd.GeoDataFrame]:
    return layer


@pytest.fixture
def town() -> Layers:
    """One subdistrict of two communities of 100 m, each with one compound and two buildings; no finding but notes."""
    box = shapely.box
    return {
        "subdistricts": layer([box(0, 0, 200, 100)], code=["141182001"], name=["文峰街道"]),
        "communities": layer(
            [box(0, 0, 100, 100), box(100, 0, 200, 100)],
            code=["141182001001", "141182001002"],
            name=["东关社区", "建昌社区"],
        ),
        "compounds": layer(
            [box(10, 10, 60, 60), box(110, 10, 160, 60)], id=["C1", "C2"], name=["府东小区", "汾酒小区"]
        ),
        "buildings": layer(
            [box(20, 20, 30, 30), box(70, 70, 80, 80), box(120, 20, 130, 30), box(170, 70, 180, 80)],
            id=["B1", "B2", "B3", "B4"],
            name=["1号楼", "2号楼", "3号楼", "4号楼"],
            households=[600, 500, 700, 400],
            households_basis=["dwelling"] * 4,
            households_as_of=["2020-11-01"] * 4,
            residents=[1500, 1200, 1700, 1000],
            elders_60=[300, 200, 400, 150],
            elders_80=[30, 20, 40, 15],
            children=[200, 100, 300, 150],
        ),
        "streets": layer([shapely.LineString([(0, 65), (200, 65)])], id=["S1"], name=["鼓楼街"]),
    }


@pytest.fixture
def build() -> BuildCity:
    def build_city(layers: Layers, *, rules: str = "cn", **options: Any) -> City:
        return City.build(layers, frame=FRAME, profile=profile(rules), **options)

    return build_city
