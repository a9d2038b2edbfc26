"""Random fabrics and plans, and the small made-up town that the plan room's tests share."""

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import strategies as st
from shapely import LineString, Point, box

from gridmap.city import City
from gridmap.geo.frames import Frame
from gridmap.plan import Fabric, Grid, Plan
from gridmap.plan.layer import special_grids
from gridmap.plan.testing import chequered
from gridmap.rules import profile

X, Y = 570_000.0, 4_126_000.0


@st.composite
def _fabrics(draw: st.DrawFn) -> Fabric:
    """Draw a small fabric: up to three communities, with compounds, special grids and unknown households."""
    communities = draw(st.integers(1, 3))
    return chequered(
        draw(st.integers(communities, 7)),
        draw(st.integers(1, 6)),
        communities=communities,
        specials=draw(st.integers(0, communities)),
        compound_cells=draw(st.integers(0, 3)),
        unknown=draw(st.sampled_from([0.0, 0.2, 1.0])),
        households=draw(st.sampled_from([(0, 0), (0, 3), (10, 60), (100, 400)])),
        seed=draw(st.integers(0, 1000)),
    )


@st.composite
def _plans(draw: st.DrawFn, fabric: Fabric | None = None, *, gaps: bool = False) -> Plan:
    """Draw a plan: every cell in any grid of its community, some of them empty, in parts, or without a code."""
    fabric = draw(_fabrics()) if fabric is None else fabric
    grids: list[Grid] = []
    grid_of = np.full(len(fabric), -1, np.int32)
    for row, code in enumerate(fabric.community_codes):
        count = draw(st.integers(1, 4))
        cells = np.flatnonzero((fabric.community == row) & (fabric.special < 0))
        labels = draw(st.lists(st.integers(-1 if gaps else 0, count - 1), min_size=len(cells), max_size=len(cells)))
        labels = np.array(labels, np.int32)
        grid_of[cells] = np.where(labels < 0, -1, len(grids) + labels)
        for number in range(1, count + 1):
            filed = draw(st.booleans())
            name = f"{code}{number:03d}" if filed else f"{code}~{number}"
            grids.append(Grid(name, "", "resident", str(code), code=name if filed else ""))
    grid_of[fabric.special >= 0] = len(grids) + fabric.special[fabric.special >= 0]
    return Plan(fabric, grid_of, (*grids, *special_grids(fabric)), "draft")


def _frame_of(rows: list[dict[str, object]]) -> gpd.GeoDataFrame:
    """Return rows as a layer in the frame of the tests."""
    return gpd.GeoDataFrame(rows, geometry="geometry", crs=Frame(4546).crs)


def _town(**changes: list[dict[str, object]]) -> City:
    """Return a town of three communities of 200 m × 200 m side by side, the last one without buildings.

    A street crosses the first from south to north, a river all of them from west to east. `changes` replace layers.
    """
    layers: dict[str, list[dict[str, object]]] = {
        "communities": [
            {
                "code": f"14118200100{k + 1}",
                "name": f"社区{k + 1}",
                "geometry": box(X + 200 * k, Y, X + 200 * k + 200, Y + 200),
            }
            for k in range(3)
        ],
        "compounds": [{"id": "c1", "name": "小区1", "geometry": box(X + 10, Y + 10, X + 90, Y + 90)}],
        "buildings": [
            {"id": "h1", "households": 40, "residents": 100, "geometry": box(X + 20, Y + 20, X + 40, Y + 40)},
            {"id": "h2", "households": None, "residents": None, "geometry": box(X + 60, Y + 60, X + 80, Y + 80)},
            {"id": "h3", "households": 0, "residents": 0, "geometry": Point(X + 150, Y + 50)},
            {"id": "h4", "households": 7, "residents": None, "geometry": box(X + 130, Y + 130, X + 150, Y + 150)},
            {"id": "h5", "households": -3, "residents": 9, "geometry": box(X + 220, Y + 20, X + 240, Y + 40)},
            {"id": "h6", "households": 12, "residents": 30, "geometry": box(X + 370, Y + 170, X + 380, Y + 180)},
            {"id": "h7", "households": 5, "residents": 9, "geometry": Point(X + 10, Y + 900)},
        ],
        "streets": [{"id": "s1", "geometry": LineString([(X + 100, Y - 10), (X + 100, Y + 210)])}],
        "barriers": [{"id": "r1", "kind": "river", "geometry": LineString([(X - 10, Y + 100), (X + 610, Y + 100)])}],
    } | changes
    built = {name: _frame_of(rows) for name, rows in layers.items() if rows}
    return City.build(built, frame=Frame(4546), profile=profile("cn"))


@pytest.fixture(scope="session")
def fabrics() -> Callable[..., st.SearchStrategy[Fabric]]:
    """Return the strategy of random fabrics."""
    return _fabrics


@pytest.fixture(scope="session")
def plans() -> Callable[..., st.SearchStrategy[Plan]]:
    """Return the strategy of random plans, of one fabric if it is given."""
    return _plans


@pytest.fixture(scope="session")
def town() -> Callable[..., City]:
    """Return the maker of the small town."""
    return _town


@pytest.fixture(scope="session")
def layer() -> Callable[[list[dict[str, object]]], gpd.GeoDataFrame]:
    """Return the maker of layers in the town's frame."""
    return _frame_of
