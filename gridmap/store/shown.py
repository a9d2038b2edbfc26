"""The grids of every saved plan as features, so that QGIS shows what the log says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection, bindparam, delete, func, insert, select

from gridmap.plan import Plan
from gridmap.store.backend import backend
from gridmap.store.blobs import promote
from gridmap.store.model import GRIDS, geometry_type, grids

__all__ = ["Showing", "count_shown", "show_plan", "showing"]


@dataclass(frozen=True)
class Showing:
    """What is written so that the features of a plan are what the plan says; made before the transaction begins.

    `gone` are ids whose features are removed first, None for all of the plan's; `records` and `shapes` are put in.
    """

    name: str
    gone: list[str] | None
    records: list[dict[str, Any]]
    shapes: NDArray[np.object_]
    epsg: int

    def write(self, connection: Connection) -> None:
        """Write it, within the caller's transaction."""
        if self.gone is None:
            connection.execute(delete(grids).where(grids.c.plan == self.name))
        else:
            connection.execute(_DELETE, [{"of": self.name, "grid": one} for one in self.gone])
        verbs = backend(connection)
        if not self.records:
            verbs.touch(connection, GRIDS)
            return
        values = verbs.to_values(self.shapes, self.epsg)
        connection.execute(_INSERT, [{**record, "geom": one} for record, one in zip(self.records, values, strict=True)])
        verbs.touch(connection, GRIDS, bounds=_bounds(connection, self.shapes, alone=self.gone is None))


_DELETE = delete(grids).where((grids.c.plan == bindparam("of")) & (grids.c.grid_id == bindparam("grid")))
_INSERT = insert(grids)


def showing(name: str, plan: Plan, *, window: tuple[int, int], before: Plan | None = None) -> Showing | None:
    """Return what to write to show a plan; given the plan `before`, only grids that differ, None where none does.

    Grids without buildings have no feature. O(cells) in numbers, and the cells of the grids that differ in geometry.
    """
    at = _rows(plan) if before is None or before.fabric is not plan.fabric else _differing(before, plan)
    if at is None:
        return None
    made = _records(name, plan, window, at[0])
    shapes = promote(_shapes(plan, [row for row, _ in made]), geometry_type(GRIDS))
    return Showing(name, at[1], [record for _, record in made], shapes, plan.fabric.frame.epsg)


def show_plan(connection: Connection, name: str, plan: Plan, *, window: tuple[int, int]) -> None:
    """Make the features of a plan what the plan says."""
    if (made := showing(name, plan, window=window)) is not None:
        made.write(connection)


def count_shown(connection: Connection) -> dict[str, int]:
    """Return how many resident grids each saved plan has."""
    rows = select(grids.c.plan, func.count()).where(grids.c.kind == "resident").group_by(grids.c.plan)
    return {str(plan): int(count) for plan, count in connection.execute(rows)}


def _rows(plan: Plan) -> tuple[Sequence[int], list[str] | None]:
    return range(len(plan.grids)), None


def _differing(old: Plan, new: Plan) -> tuple[Sequence[int], list[str] | None] | None:
    """Return the grids of a plan to write and the ids to remove, given the plan before; None where nothing differs.

    On one fabric a grid differs where cells come or go, or where its record is another.
    """
    names = [np.array([*(grid.id for grid in plan.grids), ""], object) for plan in (old, new)]
    one, other = names[0][old.grid_of], names[1][new.grid_of]
    moved = np.flatnonzero(one != other)
    touched = {*one[moved].tolist(), *other[moved].tolist()}
    if old.grids is not new.grids:
        records = {grid.id: grid for grid in old.grids}
        touched |= {grid.id for grid in new.grids if records.get(grid.id) != grid} | (
            records.keys() - new.index_of.keys()
        )
    touched.discard("")
    if not touched:
        return None
    return [row for row, grid in enumerate(new.grids) if grid.id in touched], sorted(touched)


def _records(name: str, plan: Plan, window: tuple[int, int], rows: Sequence[int]) -> list[tuple[int, dict[str, Any]]]:
    low, high = window
    counts = np.bincount(plan.grid_of[plan.grid_of >= 0], minlength=len(plan.grids))
    sums = plan.households
    records = []
    for row in rows:
        grid, households = plan.grids[row], int(sums[row])
        if not counts[row] and grid.resident:
            continue
        status = "under" if households < low else "over" if households > high else "in_range"
        records.append(
            (
                row,
                {
                    "plan": name,
                    "grid_id": grid.id,
                    "code": grid.code or None,
                    "name": grid.name or None,
                    "kind": grid.kind,
                    "community": grid.community,
                    "households": households,
                    "status": status if grid.resident else "special",
                },
            )
        )
    return records


def _shapes(plan: Plan, rows: Sequence[int]) -> NDArray[np.object_]:
    given = {special.code: special.polygon for special in plan.fabric.specials}
    shapes = np.empty(len(rows), dtype=object)
    wanted = np.zeros(len(plan.grids) + 1, bool)
    wanted[list(rows)] = True
    cells = np.flatnonzero(wanted[plan.grid_of])
    cells = cells[np.argsort(plan.grid_of[cells], kind="stable")]
    first, last = (np.searchsorted(plan.grid_of[cells], rows, side=side) for side in ("left", "right"))
    for k, row in enumerate(rows):
        shapes[k] = given.get(plan.grids[row].id) or shapely.coverage_union_all(
            plan.fabric.polygons[cells[first[k] : last[k]]]
        )
    return shapes


def _bounds(connection: Connection, shapes: NDArray[np.object_], *, alone: bool) -> list[float] | None:
    """Return the extent of the features there are and of those that come; None where it is the one recorded.

    `alone` says that there may be no other features, so that what is recorded may be of none.
    """
    found = backend(connection).extent(connection, GRIDS)
    west, south, east, north = shapely.total_bounds(shapes).tolist()
    if found is None or (alone and not connection.execute(select(grids.c.fid).limit(1)).first()):
        return [west, south, east, north]
    wide = (min(found[0], west), min(found[1], south), max(found[2], east), max(found[3], north))
    return None if wide == found else [*wide]
