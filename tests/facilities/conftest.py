"""A town on both banks of a river, with one bridge, a gated compound and facilities of several kinds."""

from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely import LineString, MultiPoint, Point, box

from gridmap.city import City
from gridmap.facilities import Ground, ground
from gridmap.geo.frames import Frame
from gridmap.rules import profile

FRAME = Frame(4546)
X0, Y0 = 570_000, 4_125_000
RIVER = box(X0 + 690, Y0 - 50, X0 + 710, Y0 + 1250)


def layer(shapes: list[Any], **columns: Any) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=FRAME.crs)


def at(x: float, y: float) -> Point:
    return Point(X0 + x, Y0 + y)


def streets() -> list[LineString]:
    """Streets each 200 m on both banks; only the northernmost crosses the river."""
    lines = [LineString([(X0 + x, Y0), (X0 + x, Y0 + 1200)]) for x in (0, 200, 400, 600, 800, 1000, 1200)]
    for y in range(0, 1400, 200):
        spans = [(0, 1200)] if y == 1200 else [(0, 600), (800, 1200)]
        lines += [LineString([(X0 + a, Y0 + y), (X0 + b, Y0 + y)]) for a, b in spans]
    return lines


FACILITIES: list[dict[str, Any]] = [
    {"id": "F1", "kind": "canteen", "geometry": at(610, 100), "capacity": 40, "opening_hours": "Mo-Su 11:00-13:00"},
    {
        "id": "F2", "kind": "canteen", "geometry": MultiPoint([at(190, 900), at(210, 1010)]), "capacity": 25,
        "opening_hours": "周一至周五11:00-13:00，17:00-19:00",
    },
    {"id": "F3", "kind": "canteen", "geometry": at(1010, 300), "status": "planned", "capacity": 50},
    {"id": "F4", "kind": "canteen", "geometry": at(1190, 900), "status": "closed"},
    {"id": "S1", "kind": "service_station", "geometry": at(150, 150), "serves": "C1;C2", "tier": "compound"},
    {"id": "S2", "kind": "service_station", "geometry": at(1100, 1100), "serves": "C3;C9", "tier": "community"},
    {"id": "P1", "kind": "park", "geometry": box(X0 + 420, Y0 + 420, X0 + 580, Y0 + 580)},
    {"id": "W1", "kind": "premises", "geometry": at(900, 700), "status": "closed"},
]  # fmt: skip


def facilities(rows: list[dict[str, Any]] | None = None) -> gpd.GeoDataFrame:
    made = FACILITIES if rows is None else rows
    names = ["id", "kind", "status", "capacity", "opening_hours", "serves", "tier"]
    columns = {name: [row.get(name) for row in made] for name in names}
    columns["status"] = [row.get("status", "open") for row in made]
    columns["name"] = [f"设施{row['id']}" for row in made]
    return layer([row["geometry"] for row in made], **columns)


def town(rows: list[dict[str, Any]] | None = None, *, seed: int = 7, count: int = 160, **more: Any) -> City:
    rng = np.random.default_rng(seed)
    xy = rng.uniform(0, 1200, (count, 2))
    xy[(xy[:, 0] > 680) & (xy[:, 0] < 720), 0] = 640
    xy[:12] = np.array([105, 105]) + rng.uniform(0, 80, (12, 2))  # inside the gated compound
    households = [None if k % 17 == 5 else int(number) for k, number in enumerate(rng.integers(1, 60, count))]
    people = rng.integers(0, 90, count)
    layers = {
        "subdistricts": layer([box(X0, Y0, X0 + 1200, Y0 + 1200)], code=["141182001"], name=["文峰街道"]),
        "communities": layer(
            [box(X0, Y0, X0 + 700, Y0 + 1200), box(X0 + 700, Y0, X0 + 1200, Y0 + 1200)],
            code=["141182001001", "141182001002"], name=["西岸社区", "东岸社区"],
        ),
        "compounds": layer(
            [box(X0 + a, Y0 + b, X0 + a + 90, Y0 + b + 90) for a, b in ((100, 100), (450, 250), (1050, 1050))],
            id=["C1", "C2", "C3"], name=["甲小区", "乙小区", "丙小区"], gated=[True, False, False],
        ),
        "entrances": layer([at(145, 190)], id=["E1"], compound=["C1"]),
        "buildings": layer(
            [at(x, y) for x, y in xy], id=[f"B{k}" for k in range(count)], households=households,
            residents=[int(number) * 2 for number in people], elders_60=[int(number) // 3 for number in people],
            elders_80=[int(number) // 9 for number in people], children=[int(number) // 4 for number in people],
        ),
        "streets": layer(streets(), id=[f"R{k}" for k in range(len(streets()))], name=["路"] * len(streets())),
        "barriers": layer([RIVER], id=["V1"], kind=["river"], name=["汾河"]),
        "water": layer([RIVER], id=["W1"], name=["汾河"]),
        "facilities": facilities(rows),
    }  # fmt: skip
    return City.build({**layers, **more}, frame=FRAME, profile=profile("cn"), name="河镇")


@pytest.fixture(scope="session")
def here() -> Ground:
    return ground(town())


@pytest.fixture(scope="session")
def build() -> Callable[..., City]:
    return town


@pytest.fixture(scope="session")
def place() -> Callable[[float, float], tuple[float, float]]:
    """Return frame coordinates of a place of the town."""
    return lambda x, y: (X0 + x, Y0 + y)


@pytest.fixture(scope="session")
def rows() -> list[dict[str, Any]]:
    return [dict(row) for row in FACILITIES]


@pytest.fixture(scope="session")
def point() -> Callable[[float, float], shapely.Point]:
    return at
