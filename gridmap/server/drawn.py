"""A plan as a map draws it: its grids as GeoJSON, its cells as columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridmap.plan import Plan
from gridmap.release import release
from gridmap.server.shapes import coordinates, degrees, label_points

if TYPE_CHECKING:
    from gridmap.results import BalanceHandle
    from gridmap.server.service import Service

__all__ = ["cells", "grids"]

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


def cells(service: Service, plan: Plan, *, counts: bool, scope: tuple[str, ...]) -> dict[str, Any]:
    """Return the buildings of a plan as columns: id, and the position of its grid in `grids` (−1: none).

    With `counts` also each building's households, null where unknown, and outside the scope.
    """
    fabric = plan.fabric
    built = np.flatnonzero(fabric.building >= 0)
    told: dict[str, Any] = {
        "buildings": fabric.cell_ids[built].tolist(),
        "grid": plan.grid_of[built].tolist(),
        "grids": [grid.record() for grid in plan.grids],
    }
    if counts:
        community = fabric.community_codes[fabric.community[built]]
        known = fabric.known[built]
        table = pd.DataFrame(
            {"code": fabric.cell_ids[built], "community": community, "buildings": 1,
             "households": np.where(known, fabric.households[built], np.nan)}
        )  # fmt: skip
        released = release(table, k=service.ws.city().profile.suppression.k, group="community")
        shown = released.table["households"].astype(object).where(released.table["households"].notna(), None)
        if scope:
            inside = [str(code).startswith(scope) for code in community]
            shown = shown.where(pd.Series(inside), None)
        told["households"] = shown.tolist()
    return told
