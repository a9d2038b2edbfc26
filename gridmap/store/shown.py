"""The grids of every saved plan as features, so that QGIS shows what the log says."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection, bindparam, delete, func, insert, select

from gridmap.plan import Plan
from gridmap.store.backend import backend
from gridmap.store.blobs import promote
from gridmap.store.model import GRIDS, geometry_type, grids

__all__ = ["count_shown", "show_plan"]


def show_plan(
    connection: Connection, name: str, plan: Plan, *, window: tuple[int, int], before: Plan | None = None
) -> None:
    """Make the features of a plan what the plan says; given the plan `before`, only grids that differ are written.

    Grids without buildings have no feature. O(cells) in numbers, and the cells of the grids that differ in geometry.
    """
    new = _records(name, plan, window)
    old = {} if before is None or before.fabric is not plan.fabric else _records(name, before, window)
    old_cells = {} if not old or before is None else _members(before)
    cells = _members(plan)
    keep = {
        grid
        for grid, record in new.items()
        if old.get(grid) == record and np.array_equal(old_cells.get(grid, np.empty(0)), cells[grid])
    }
    gone = delete(grids).where(grids.c.plan == name)
    if not old:
        connection.execute(gone)
    elif drop := [{"grid": grid} for grid in old if grid not in keep]:
        connection.execute(gone.where(grids.c.grid_id == bindparam("grid")), drop)
    if rows := [grid for grid in new if grid not in keep]:
        epsg = plan.fabric.frame.epsg
        shapes = promote(_shapes(plan, rows, cells), geometry_type(GRIDS))
        blobs = backend(connection).to_values(shapes, epsg)
        connection.execute(insert(grids), [{**new[grid], "geom": blob} for grid, blob in zip(rows, blobs, strict=True)])
        backend(connection).touch(connection, GRIDS, bounds=_bounds(connection, shapes))
    else:
        backend(connection).touch(connection, GRIDS)


def count_shown(connection: Connection) -> dict[str, int]:
    """Return how many resident grids each saved plan has."""
    rows = select(grids.c.plan, func.count()).where(grids.c.kind == "resident").group_by(grids.c.plan)
    return {str(plan): int(count) for plan, count in connection.execute(rows)}


def _records(name: str, plan: Plan, window: tuple[int, int]) -> dict[str, dict[str, Any]]:
    low, high = window
    counts = np.bincount(plan.grid_of[plan.grid_of >= 0], minlength=len(plan.grids))
    records = {}
    for grid, households, cells in zip(plan.grids, plan.households.tolist(), counts.tolist(), strict=True):
        if not cells and grid.resident:
            continue
        status = "under" if households < low else "over" if households > high else "in_range"
        records[grid.id] = {
            "plan": name,
            "grid_id": grid.id,
            "code": grid.code or None,
            "name": grid.name or None,
            "kind": grid.kind,
            "community": grid.community,
            "households": households,
            "status": status if grid.resident else "special",
        }
    return records


def _members(plan: Plan) -> dict[str, NDArray[np.intp]]:
    order = np.argsort(plan.grid_of, kind="stable")
    ends = np.searchsorted(plan.grid_of[order], np.arange(len(plan.grids) + 1))
    return {grid.id: order[ends[row] : ends[row + 1]] for row, grid in enumerate(plan.grids)}


def _shapes(plan: Plan, ids: list[str], cells: dict[str, NDArray[np.intp]]) -> NDArray[np.object_]:
    given = {special.code: special.polygon for special in plan.fabric.specials}
    shapes = np.empty(len(ids), dtype=object)
    for row, grid in enumerate(ids):
        shapes[row] = given.get(grid) or shapely.coverage_union_all(plan.fabric.polygons[cells[grid]])
    return shapes


def _bounds(connection: Connection, shapes: NDArray[np.object_]) -> list[float]:
    """Return the extent of the features there are and of those that come."""
    found = backend(connection).extent(connection, GRIDS)
    west, south, east, north = shapely.total_bounds(shapes).tolist()
    if found is None or not connection.execute(select(grids.c.fid).limit(1)).first():
        return [west, south, east, north]
    return [min(found[0], west), min(found[1], south), max(found[2], east), max(found[3], north)]
