"""Grids that hang together only across a river, a railway or an expressway, and the bridges that join islands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gridmap.city import City, Finding, finding
from gridmap.plan import Plan
from gridmap.redraw.problem import ALONG_BARRIER

__all__ = ["Bridge", "Crossing", "Crossings", "crossings"]

NEAR_M = 50.0
"""Farthest that the barrier of a border is looked for. Cells are cut along barriers, so mostly it is on the border."""

_KINDS = {"river": "河流", "railway": "铁路", "expressway": "快速路"}


@dataclass(frozen=True, slots=True)
class Crossing:
    """A barrier that a grid reaches across: on both sides the grid hangs together, but not from side to side.

    `barrier` is the barrier's id, `name` and `kind` what the city's layer says of it ('' where unknown). `households`
    live on the lesser side, in `buildings` buildings. `x`, `y` are on the barrier, `shared_m` is the border along it.
    """

    grid: str
    barrier: str
    name: str
    kind: str
    households: int
    buildings: int
    shared_m: float
    x: float
    y: float

    @property
    def named(self) -> tuple[str, str]:
        """The barrier in words, English and Chinese."""
        zh = _KINDS.get(self.kind, "屏障")
        return f"the {self.kind or 'barrier'} {self.name or self.barrier}".strip(), self.name or f"{zh} {self.barrier}"


@dataclass(frozen=True, slots=True)
class Bridge:
    """Two buildings that count as neighbours though they do not touch: an island joined to the mainland."""

    grid: str
    building: str
    other: str
    distance_m: float
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Crossings:
    """The crossings of a plan, the most households first, and those of its bridges that lie within a grid."""

    crossings: tuple[Crossing, ...]
    bridges: tuple[Bridge, ...]

    def __len__(self) -> int:
        return len(self.crossings)

    @property
    def table(self) -> pd.DataFrame:
        """A row per crossing."""
        columns = [*Crossing.__dataclass_fields__]
        return pd.DataFrame([asdict(one) for one in self.crossings], columns=columns)

    def findings(self) -> Iterator[Finding]:
        """Yield a finding per crossing and per bridge."""
        for one in self.crossings:
            message = (
                f"Grid {one.grid} hangs together only across {one.named[0]}: {one.households} households in "
                f"{one.buildings} buildings are on the other side."
            )
            yield finding("grid-across-barrier", "grids", one.grid, message, x=one.x, y=one.y, at=one.barrier)
        for bridge in self.bridges:
            message = (
                f"Grid {bridge.grid} is joined to an island: {bridge.building} and {bridge.other}, "
                f"{bridge.distance_m:.0f} m apart, count as neighbours."
            )
            at = f"{bridge.building} {bridge.other}"
            yield finding("grid-bridged", "grids", bridge.grid, message, x=bridge.x, y=bridge.y, at=at)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "crossings": [asdict(one) for one in self.crossings],
            "bridges": [asdict(one) for one in self.bridges],
        }

    def __repr__(self) -> str:
        return f"<crossings: {len({one.grid for one in self.crossings})} grids reach across a barrier>"


def crossings(plan: Plan, city: City) -> Crossings:
    """Return which resident grids of a plan hang together only across which barrier, and its bridges.

    A border lies along a barrier where nine tenths of it do, as redrawing has it. Of a grid that a barrier parts, the
    side with fewest households is told. O(cells + neighbours), and geometry only where there is a crossing.
    """
    fabric = plan.fabric
    barred = fabric.barrier_m >= ALONG_BARRIER * fabric.shared_m
    resident = np.array([grid.resident for grid in plan.grids] + [False], np.bool_)
    same = (plan.grid_of[fabric.i] == plan.grid_of[fabric.j]) & resident[plan.grid_of[fabric.i]]
    dry = same & ~barred
    size = len(fabric)
    graph = coo_array((np.ones(int(dry.sum()), np.int8), (fabric.i[dry], fabric.j[dry])), shape=(size, size))
    side = np.asarray(connected_components(graph, directed=False)[1], np.int64)
    across = np.flatnonzero(same & barred & (side[fabric.i] != side[fabric.j]))
    found = sorted(_found(plan, city, across, side), key=lambda one: (-one.households, one.grid, one.barrier))
    return Crossings(tuple(found), tuple(_bridges(plan)))


def _found(plan: Plan, city: City, across: NDArray[np.intp], side: NDArray[np.int64]) -> Iterator[Crossing]:
    """Yield the crossings of edges (rows of the fabric's pairs) between sides of one grid."""
    fabric, barriers = plan.fabric, city.barriers
    if not len(across) or barriers.empty:
        return
    borders = shapely.intersection(fabric.polygons[fabric.i[across]], fabric.polygons[fabric.j[across]])
    middle = shapely.point_on_surface(borders)
    tree = shapely.STRtree(np.asarray(barriers.geometry, object))
    pairs = tree.query_nearest(middle, max_distance=NEAR_M, all_matches=False)
    nearest = np.full(len(across), -1, np.int64)
    nearest[pairs[0]] = pairs[1]
    households = np.bincount(side, fabric.households, int(side.max()) + 1)
    buildings = np.bincount(side, fabric.building >= 0, int(side.max()) + 1)
    grid = plan.grid_of[fabric.i[across]]
    for key in np.unique(np.stack([grid, nearest], axis=1), axis=0):
        edges = np.flatnonzero((grid == key[0]) & (nearest == key[1]))
        ends = np.unique(side[np.concatenate([fabric.i[across[edges]], fabric.j[across[edges]]])])
        lesser = ends[np.lexsort((ends, households[ends]))[0]]
        longest = edges[np.argmax(fabric.shared_m[across[edges]])]
        row = None if key[1] < 0 else barriers.iloc[int(key[1])]
        yield Crossing(
            grid=plan.grids[key[0]].id,
            barrier="" if row is None else str(row["id"]),
            name="" if row is None else _text(row["name"]),
            kind="" if row is None else _text(row["kind"]),
            households=int(households[lesser]),
            buildings=int(buildings[lesser]),
            shared_m=float(fabric.shared_m[across[edges]].sum()),
            x=float(shapely.get_x(middle[longest])),
            y=float(shapely.get_y(middle[longest])),
        )


def _text(value: object) -> str:
    return str(value) if isinstance(value, str) else ""


def _bridges(plan: Plan) -> Iterator[Bridge]:
    fabric = plan.fabric
    for one, other in plan.bridges:
        if plan.grid_of[one] == plan.grid_of[other] >= 0:
            yield Bridge(
                grid=plan.grids[plan.grid_of[one]].id,
                building=str(fabric.cell_ids[one]),
                other=str(fabric.cell_ids[other]),
                distance_m=float(shapely.distance(fabric.polygons[one], fabric.polygons[other])),
                x=float(fabric.x[one]),
                y=float(fabric.y[one]),
            )
