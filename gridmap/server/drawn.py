"""A plan as a map draws it: its grids as GeoJSON, its cells as columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.plan import Plan
from gridmap.release import Sight
from gridmap.server.shapes import coordinates, degrees, label_points

if TYPE_CHECKING:
    from gridmap.results import BalanceHandle

__all__ = ["cells", "grids", "households_of"]

SIMPLIFY_M = 1.0
"""Borders are drawn with corners left out that lie nearer than this to the line without them: a pixel at zoom 17."""

_SHOWN = (
    "grid", "code", "name", "kind", "community", "locked", "households", "households_suppressed", "unknown_buildings",
    "compounds", "buildings", "status", "distance", "parts",
)  # fmt: skip


def grids(plan: Plan, balance: BalanceHandle) -> dict[str, Any]:
    """Return the grids as GeoJSON; `labels` are points within them. Feature ids are positions in the plan's grids."""
    polygons = plan.polygons()
    there = np.flatnonzero(~shapely.is_empty(polygons))
    frame = plan.fabric.frame
    drawn = coordinates(degrees(simplified(polygons[there]), frame))
    points = coordinates(degrees(label_points(polygons[there]), frame))
    table = balance.table
    shown = [name for name in _SHOWN if name in table]
    records = table[shown].astype(object).to_dict("records")
    features = [
        {"type": "Feature", "id": int(row), "geometry": shape, "properties": records[row]}
        for row, shape in zip(there, drawn, strict=True)
    ]
    labels = [
        {"type": "Feature", "id": int(row), "geometry": point,
         "properties": {"grid": plan.grids[row].id, "label": plan.grids[row].name or plan.grids[row].id[-6:]}}
        for row, point in zip(there, points, strict=True)
    ]  # fmt: skip
    return {
        "type": "FeatureCollection",
        "features": features,
        "labels": {"type": "FeatureCollection", "features": labels},
        "notes": list(balance.released.notes),
    }


def simplified(polygons: NDArray[Any]) -> NDArray[np.object_]:
    """Return polygons with fewer corners. Borders that are the same corner by corner stay shared; for display only."""
    made: NDArray[np.object_] = shapely.coverage_simplify(polygons, SIMPLIFY_M) if len(polygons) else polygons
    return made


def cells(plan: Plan, *, sight: Sight) -> dict[str, Any]:
    """Return the buildings of a plan as columns: id, and the position of its grid in `grids` (−1: none).

    Whoever sees some of the city as a planner does gets each building's households, null where they are unknown and
    outside the sight; see `households_of`.
    """
    fabric = plan.fabric
    built = np.flatnonzero(fabric.building >= 0)
    told: dict[str, Any] = {
        "buildings": fabric.cell_ids[built].tolist(),
        "grid": plan.grid_of[built].tolist(),
        "grids": [grid.record() for grid in plan.grids],
    }
    if not sight.nowhere:
        told["households"] = households_of(plan, sight, built)
    return told


def households_of(plan: Plan, sight: Sight, cells: NDArray[np.intp] | None = None) -> list[int | None]:
    """Return the households of cells (all of the plan's if None): null where unknown, and outside the sight."""
    fabric = plan.fabric
    cells = np.arange(len(fabric)) if cells is None else cells
    seen = sight.inside(fabric.community_codes[fabric.community[cells]]) & fabric.known[cells]
    return [int(count) if shown else None for count, shown in zip(fabric.households[cells], seen, strict=True)]
