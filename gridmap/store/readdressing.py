"""Open matters follow the grids: when another plan comes into force, each goes to the grid that it lies in now."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence

import numpy as np
import shapely
from sqlalchemy import Connection, select

from gridmap.matters import Matter, readdress
from gridmap.plan import Plan
from gridmap.store.placing import grids_at
from gridmap.store.records import MATTER, has_records, log_change, matter_row, matters, move_matters, record_log

__all__ = ["readdress_open", "readdressed"]

_ACTION = "readdress"


def readdress_open(connection: Connection, old: Plan, new: Plan, *, user: str) -> int:
    """Give every open matter its grid by the plan that comes into force, and return how many went to another one.

    By its point; where it has none, or one in no grid, by a point within the grid it had. Those that have ended keep
    theirs. What moves gets an event that keeps its stage; the rest only says by which plan its grid is told now.
    """
    if not has_records(connection):
        return 0
    found = select(*MATTER).where((matters.c.is_open == 1) & matters.c.grid.is_not(None)).order_by(matters.c.id)
    there = [matter_row(row) for row in connection.execute(found)]
    now = dt.datetime.now(dt.UTC)
    changes = [
        (matter, *readdress(matter, grid, plan=new.name, user=user, at=now))
        for matter, grid in zip(there, _grids(there, old, new), strict=True)
        if grid not in (None, matter.grid)
    ]
    move_matters(connection, changes)
    connection.execute(
        matters.update().where((matters.c.is_open == 1) & matters.c.grid.is_not(None)).values(plan=new.name)
    )
    log_change(connection, _ACTION, {"plan": new.name, "matters": len(changes)}, user=user)
    return len(changes)


def readdressed(connection: Connection, plan: str) -> int:
    """Return how many open matters went to another grid when a plan came into force last; 0 if it never did."""
    if not has_records(connection):
        return 0
    log = record_log.c
    told = connection.execute(select(log.payload).where(log.action == _ACTION).order_by(log.seq.desc())).scalars()
    return next((int(one["matters"]) for one in map(json.loads, told) if one["plan"] == plan), 0)


def _grids(there: Sequence[Matter], old: Plan, new: Plan) -> list[str | None]:
    """Return the grid of each matter by a new plan, None where neither its point nor its old grid is in one."""
    x, y = (np.array([np.nan if at is None else at for at in side]) for side in _points(there))
    known = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    out: list[str | None] = [None] * len(there)
    for row, grid in zip(known.tolist(), grids_at(new, x[known], y[known]), strict=True):
        out[row] = grid
    within = _middles(old, new)
    return [within.get(matter.grid or "") if grid is None else grid for matter, grid in zip(there, out, strict=True)]


def _points(there: Sequence[Matter]) -> tuple[list[float | None], list[float | None]]:
    return [one.x for one in there], [one.y for one in there]


def _middles(old: Plan, new: Plan) -> dict[str, str | None]:
    """Return in which grid of a new plan a point within each old grid lies, by the old grid's code."""
    shapes = old.polygons()
    full = np.flatnonzero(~shapely.is_empty(shapes))
    inner = shapely.point_on_surface(shapes[full])
    found = grids_at(new, shapely.get_x(inner), shapely.get_y(inner))
    return {old.grids[k].code or old.grids[k].id: grid for k, grid in zip(full.tolist(), found, strict=True)}
