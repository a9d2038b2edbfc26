"""A small town in the frame EPSG:4546: two communities, a street, compounds, buildings; and its grids."""

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

X0, Y0 = 570_000.0, 4_125_000.0
CRS = "EPSG:4546"


@dataclass(frozen=True)
class Town:
    """The layers of the town by name, `grids` among them."""

    layers: dict[str, gpd.GeoDataFrame]

    def __getitem__(self, name: str) -> gpd.GeoDataFrame:
        return self.layers[name].copy()


def communities() -> gpd.GeoDataFrame:
    shapes = [shapely.box(X0, Y0, X0 + 600, Y0 + 400), shapely.box(X0 + 600, Y0, X0 + 1200, Y0 + 400)]
    names = {"code": ["141182001001", "141182001002"], "name": ["东关社区", "西关社区"]}
    return gpd.GeoDataFrame(names, geometry=shapes, crs=CRS)


def buildings(columns: int = 20, rows: int = 6) -> gpd.GeoDataFrame:
    k = np.arange(columns * rows)
    x, y = X0 + 20 + k % columns * (1160 / columns), Y0 + 20 + k // columns * (360 / rows)
    return gpd.GeoDataFrame(
        {
            "id": [f"b{number:03}" for number in k],
            "name": [f"{number}号楼" for number in k],
            "households": pd.array([None if number % 17 == 3 else 10 + number % 7 for number in k], dtype="Int64"),
            "households_basis": "dwelling",
            "residents": pd.array(k % 40, dtype="Int64"),
            "elders_60": pd.array(k % 9, dtype="Int64"),
        },
        geometry=shapely.box(x, y, x + 20, y + 14),
        crs=CRS,
    )


def streets() -> gpd.GeoDataFrame:
    line = shapely.LineString([(X0 - 10, Y0 + 195), (X0 + 1210, Y0 + 195)])
    return gpd.GeoDataFrame({"id": ["s1"], "name": ["府学街"], "class": ["arterial"]}, geometry=[line], crs=CRS)


def grids() -> gpd.GeoDataFrame:
    """Four resident grids, two a community, and a special one in a corner."""
    shapes = [shapely.box(X0 + 300 * k, Y0, X0 + 300 * (k + 1), Y0 + 400) for k in range(4)]
    special = shapely.box(X0 + 1090.123456789, Y0 + 290.1, X0 + 1200, Y0 + 400)
    shapes[3] = shapes[3].difference(special)
    codes = [f"14118200100{1 + k // 2}00{1 + k % 2}" for k in range(4)] + ["141182001002801"]
    kinds = [*(["resident"] * 4), "special"]
    names = ["一网格", "二网格", "三网格", "四网格", "商圈专属网格"]
    return gpd.GeoDataFrame({"code": codes, "name": names, "kind": kinds}, geometry=[*shapes, special], crs=CRS)


@pytest.fixture(scope="session")
def town() -> Town:
    """Return the town's layers."""
    return Town({"communities": communities(), "buildings": buildings(), "streets": streets(), "grids": grids()})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where a workspace may be made. The name needs quoting in a URI."""
    return tmp_path / "汾阳 100%?#.gpkg"
