"""Networks to try things on, and the oracle: a graph in which every point is a node."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import geopandas as gpd
import networkx as nx
import numpy as np
import pytest
import shapely

from gridmap import sample
from gridmap.city import City
from gridmap.geo.frames import Frame
from gridmap.streets import Network, Snapped, network

FRAME = Frame(32649)
Line = Sequence[tuple[float, float]]


def layer(lines: Sequence[Line], **columns: Sequence[Any]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(dict(columns), geometry=[shapely.LineString(line) for line in lines], crs=FRAME.crs)


@pytest.fixture(scope="session")
def streets() -> Callable[..., gpd.GeoDataFrame]:
    """Make a layer of streets from lists of coordinates and columns."""
    return layer


@pytest.fixture(scope="session")
def made() -> Callable[..., Network]:
    """Make a network from lists of coordinates."""

    def make(lines: Sequence[Line], *, columns: dict[str, Sequence[Any]] | None = None, **options: Any) -> Network:
        return network(layer(lines, **(columns or {})), frame=FRAME, **options)

    return make


@pytest.fixture(scope="session")
def square(made: Callable[..., Network]) -> Network:
    """Make a town of 5 × 5 blocks of 100 m, un-noded: six streets each way."""
    lines = [[(0, 100 * k), (500, 100 * k)] for k in range(6)] + [[(100 * k, 0), (100 * k, 500)] for k in range(6)]
    names = [f"横{k}路" for k in range(6)] + [f"纵{k}街" for k in range(6)]
    return made(lines, columns={"name": names, "class": ["local"] * 12})


@pytest.fixture(scope="session")
def city() -> City:
    return sample.city()


@pytest.fixture(scope="session")
def augmented() -> Callable[..., nx.Graph]:
    """Return the graph of a network in which row i of some points is a node ("foot", i) that splits its edge.

    It is made from nothing but the edges' ends and lengths, and the rows of the points.
    """

    def graph(net: Network, points: Snapped) -> nx.Graph:
        result = nx.Graph()
        result.add_nodes_from(range(len(net.x)))

        def join(a: Any, b: Any, metres: float) -> None:
            if not result.has_edge(a, b) or result[a][b]["weight"] > metres:
                result.add_edge(a, b, weight=metres)

        rows_of: dict[int, list[int]] = {}
        for row in np.flatnonzero(points.edge >= 0):
            rows_of.setdefault(int(points.edge[row]), []).append(int(row))
        for edge in range(len(net.u)):
            rows = sorted(rows_of.get(edge, ()), key=lambda row: points.offset_m[row])
            stops: list[Any] = [(0.0, int(net.u[edge]))]
            stops += [(float(points.offset_m[row]), ("foot", row)) for row in rows]
            stops.append((float(net.length_m[edge]), int(net.v[edge])))
            for (at, a), (to, b) in pairwise(stops):
                join(a, b, (to - at) * float(net.factor[edge]))
        return result

    return graph
