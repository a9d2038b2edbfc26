"""A small made-up town for the tests of pictures: a real City, its fabric, two plans and their balances."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from gridmap.city import City
from gridmap.plan import Balance, Plan, balance
from gridmap.plan.fabric import Fabric
from gridmap.plan.testing import chequered, striped
from gridmap.release import Released, release_balance
from gridmap.rules import profile

WINDOW = (300, 500)


@dataclass(frozen=True)
class Town:
    """A city, two plans of it, and their released balances."""

    city: City
    fabric: Fabric
    plans: tuple[Plan, Plan]
    measured: tuple[Balance, Balance]
    released: tuple[Released, Released]


def make_town(
    nx: int = 24, ny: int = 16, *, communities: int = 4, names: dict[str, str] | None = None, unknown: float = 0.0
) -> Town:
    """Return a town of square cells; `names` replaces the names of layers' features, by layer."""
    fabric = chequered(
        nx, ny, communities=communities, households=(5, 30), specials=1, compound_cells=3, unknown=unknown, seed=3
    )
    city = City.build(
        _layers(fabric, names or {}),
        frame=fabric.frame,
        profile=profile("cn"),
        name=(names or {}).get("city", "格子市"),
        sample=True,
    )
    plans = (striped(fabric, 2, name="present"), striped(fabric, 5, name="redrawn"))
    measured = tuple(balance(plan, window=WINDOW) for plan in plans)
    released = tuple(release_balance(one.table, k=10, basis="dwelling", as_of="2025-06-30") for one in measured)
    return Town(city, fabric, plans, (measured[0], measured[1]), (released[0], released[1]))


def _layers(fabric: Fabric, names: dict[str, str]) -> dict[str, gpd.GeoDataFrame]:
    crs = fabric.frame.crs
    west, south, east, north = shapely.total_bounds(fabric.polygons)

    def frame(columns: dict[str, Any], shapes: Any) -> gpd.GeoDataFrame:
        return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=crs)

    def named(layer: str, usual: list[str]) -> list[str]:
        return [names.get(layer, one) for one in usual]

    areas = [shapely.union_all(fabric.polygons[fabric.community == row]) for row in range(len(fabric.community_codes))]
    blocks = [shapely.union_all(fabric.polygons[fabric.compound == row]) for row in range(len(fabric.compound_ids))]
    middle = (south + north) / 2
    across = [shapely.LineString([(west, y), (east, y)]) for y in np.arange(south, north + 1, 100.0)]
    upright = [shapely.LineString([(x, south), (x, north)]) for x in np.arange(west, east + 1, 100.0)]
    streets = [*across, *upright]
    kinds = ["canteen", "care_class", "service_station", "school", "something_new"]
    spots = shapely.points(np.linspace(west + 70, east - 90, 25), np.linspace(south + 60, north - 40, 25)[::-1])
    return {
        "subdistricts": frame(
            {"code": ["141182001"], "name": named("subdistricts", ["棋盘街道"])}, [shapely.union_all(areas)]
        ),
        "communities": frame(
            {"code": list(fabric.community_codes), "name": named("communities", list(fabric.community_names))}, areas
        ),
        "compounds": frame(
            {
                "id": list(fabric.compound_ids),
                "name": named("compounds", list(fabric.compound_names)),
                "renovation": ["2025" if row % 3 == 0 else None for row in range(len(blocks))],
            },
            [block.buffer(-8) for block in blocks],
        ),
        "buildings": frame(
            {
                "id": list(fabric.cell_ids),
                "households": fabric.households,
                "households_basis": ["dwelling"] * len(fabric),
                "households_as_of": ["2025-06-30"] * len(fabric),
            },
            shapely.box(fabric.x - 16, fabric.y - 6, fabric.x + 16, fabric.y + 6),
        ),
        "streets": frame(
            {
                "id": [f"s{row}" for row in range(len(streets))],
                "name": named("streets", [f"第{row}大街" if row % 2 else "永和路" for row in range(len(streets))]),
                "class": ["arterial" if row % 4 == 0 else "local" for row in range(len(streets))],
            },
            streets,
        ),
        "barriers": frame(
            {"id": ["r1"], "kind": ["railway"]}, [shapely.LineString([(west, middle), (east, middle + 40)])]
        ),
        "water": frame({"id": ["w1"]}, [shapely.Point(west + 300, north - 150).buffer(80)]),
        "green": frame({"id": ["g1"]}, [shapely.box(east - 260, south + 20, east - 120, south + 140)]),
        "facilities": frame(
            {
                "id": [f"f{row}" for row in range(len(spots))],
                "name": named("facilities", [f"设施{row}" for row in range(len(spots))]),
                "kind": [names.get("kind", kinds[row % 5]) for row in range(len(spots))],
                "status": ["open"] * len(spots),
                "opening_hours": named("facilities", ["08:00–18:00"] * len(spots)),
                "phone": named("facilities", ["0358-0000000"] * len(spots)),
                "address": named("facilities", ["棋盘路 1 号"] * len(spots)),
            },
            spots,
        ),
    }
