"""A small made-up town for the tests of every room: nothing here describes a real place."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

__all__ = ["CRS", "X0", "Y0", "buildings", "town"]

X0, Y0 = 570_000.0, 4_125_000.0
CRS = "EPSG:4546"


def town() -> dict[str, gpd.GeoDataFrame]:
    """Return the town's layers in EPSG:4546, the same each time, `grids` last.

    Two communities side by side, each 600 m by 400 m from (X0, Y0); 120 buildings in rows, a street from west to east;
    four resident grids and a special one in the north-east corner.
    """
    return {"communities": _communities(), "buildings": buildings(), "streets": _streets(), "grids": _grids()}


def _communities() -> gpd.GeoDataFrame:
    shapes = [shapely.box(X0, Y0, X0 + 600, Y0 + 400), shapely.box(X0 + 600, Y0, X0 + 1200, Y0 + 400)]
    names = {"code": ["141182001001", "141182001002"], "name": ["东关社区", "西关社区"]}
    return gpd.GeoDataFrame(names, geometry=shapes, crs=CRS)


def buildings(columns: int = 20, rows: int = 6) -> gpd.GeoDataFrame:
    """Return `columns` × `rows` buildings spread over the town, with ids b000 … from the south-west; some unknown."""
    k = np.arange(columns * rows)
    x, y = X0 + 20 + k % columns * (1160 / columns), Y0 + 20 + k // columns * (360 / rows)
    return gpd.GeoDataFrame(
        {
            "id": [f"b{number:03}" for number in k],
            "name": [f"{number}号楼" for number in k],
            "households": pd.array([None if number % 17 == 3 else 10 + number % 7 for number in k], dtype="Int64"),
            "households_basis": "dwelling",
            "residents": pd.array(k % 40, dtype="Int64"),
            "elders_60": pd.array(k % 40 // 5, dtype="Int64"),
        },
        geometry=shapely.box(x, y, x + 20, y + 14),
        crs=CRS,
    )


def _streets() -> gpd.GeoDataFrame:
    line = shapely.LineString([(X0 - 10, Y0 + 195), (X0 + 1210, Y0 + 195)])
    return gpd.GeoDataFrame({"id": ["s1"], "name": ["府学街"], "class": ["arterial"]}, geometry=[line], crs=CRS)


def _grids() -> gpd.GeoDataFrame:
    shapes: list[Any] = [shapely.box(X0 + 300 * k, Y0, X0 + 300 * (k + 1), Y0 + 400) for k in range(4)]
    special = shapely.box(X0 + 1090.123456789, Y0 + 290.1, X0 + 1200, Y0 + 400)
    shapes[3] = shapes[3].difference(special)
    codes = [f"14118200100{1 + k // 2}00{1 + k % 2}" for k in range(4)] + ["141182001002801"]
    kinds = [*(["resident"] * 4), "special"]
    names = ["一网格", "二网格", "三网格", "四网格", "商圈专属网格"]
    return gpd.GeoDataFrame({"code": codes, "name": names, "kind": kinds}, geometry=[*shapes, special], crs=CRS)
