"""Small layers near the sample city, and ways to write them that are not ours."""

from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pytest
from shapely.geometry import Point, Polygon, box

from gridmap import files

X0, Y0 = 570_000.0, 4_125_000.0


def squares(count: int, *, side: float = 100.0) -> list[Polygon]:
    """Return squares side by side."""
    return [box(X0 + side * k, Y0, X0 + side * (k + 1), Y0 + side) for k in range(count)]


def points(count: int) -> list[Point]:
    """Return points that no short decimal number stands for."""
    return [Point(X0 + k * 10 + 1 / 3, Y0 + k / 7) for k in range(count)]


@pytest.fixture
def buildings(tmp_path: Path) -> Callable[..., Path]:
    """Write a layer of buildings with these columns as a GeoPackage; returns its path."""

    def write(households: list[object] | None = None, *, shapes: list[object] | None = None, **columns: object) -> Path:
        some = next(iter(columns.values()), None) if households is None else households
        count = len(some) if some is not None else len(shapes or [])
        data = {"id": [f"b{k + 1}" for k in range(count)], **columns}
        if households is not None:
            data["户数"] = households
        path = tmp_path / "buildings.gpkg"
        gpd.GeoDataFrame(data, geometry=shapes or squares(count), crs="EPSG:4546").to_file(path)
        return path

    return write


@pytest.fixture
def take() -> Callable[..., files.Read]:
    """Propose and read in one go."""

    def take(path: Path, layer: str = "buildings", *, accept: tuple[str, ...] = (), **options: object) -> files.Read:
        return files.read(files.propose(path, layer, **options), accept=accept)

    return take


@pytest.fixture
def whole_layer() -> gpd.GeoDataFrame:
    """Return buildings in which every kind of column holds something, and something missing."""
    rows = 5
    data = {
        "id": [f"b{k}" for k in range(rows)],
        "name": ["东关1号楼", "=1+1", "-5", None, "“引号”, 逗号"],
        "address": ["太和桥街道", None, "a\tb", "@x", "'quoted'"],
        "community": ["141182001001"] * 4 + [None],
        "compound": [None, "007", "7", "1e5", "0"],
        "use": ["residential", "mixed", None, "other", "residential"],
        "floors": [6, None, 1, 33, 18],
        "stairwells": [None] * rows,
        "built_year": [1998, 2003, None, 2020, 2021],
        "households": [0, None, 12, 340, 2**31],
        "households_basis": ["dwelling", None, "dwelling", "dwelling", "dwelling"],
        "households_as_of": ["2023-12-31", None, "2023-12-31", None, None],
        "resident_households": [1, 2, 3, None, 5],
        "resident_households_as_of": ["2020-11-01"] * rows,
        "residents": [3, 4, None, 6, 7],
        "elders_60": [None] * rows,
        "elders_80": [0, 0, 0, 0, 1],
        "children": [1, 2, None, 4, 5],
        "valid_from": [None] * rows,
        "valid_to": [None, "2024-02-29", None, None, None],
    }
    integers = {"floors", "stairwells", "built_year", "households", "resident_households", "residents"}
    integers |= {"elders_60", "elders_80", "children"}
    frame = gpd.GeoDataFrame(data, geometry=points(rows), crs="EPSG:4546")
    for name in data:
        frame[name] = (
            frame[name].astype("Int64")
            if name in integers
            else frame[name].astype(object).where(frame[name].notna(), None)
        )
    return frame
