"""Where records stand: points of places, the grid they lie in by a plan, and the plan in force on a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from gridmap.city import City
from gridmap.matters import city_date
from gridmap.plan import Plan
from gridmap.store.model import plan_edits
from gridmap.store.plans import PlanRow, list_plans
from gridmap.store.steps import steps_of

__all__ = ["Placer", "grids_at", "in_force_name", "in_force_on", "neighbours", "walks"]

Floats = NDArray[np.float64]

_APART_M = 1.0
_ALONG_M = 10.0
"""Grids adjoin where their boundaries run less than the one apart for the other or more."""

_SNAP_M = 2_000.0
"""How far from a street the middle of a place may lie: of a park it is farther than a doorstep."""


class Placer:
    """The places of a city and of a plan: their points and what they lie in."""

    def __init__(self, city: City) -> None:
        self.city = city

    @cached_property
    def points(self) -> Mapping[str, Mapping[str, tuple[float, float, int]]]:
        """A point within each place and the row of its community (−1: none), by level and code; grids are a plan's."""
        city = self.city
        layers: dict[str, tuple[str, str, NDArray[Any] | None]] = {
            "community": ("communities", "code", np.arange(len(city.communities))),
            "compound": ("compounds", "id", city.compound_community),
            "building": ("buildings", "id", city.building_community),
            "facility": ("facilities", "id", None),
            "subdistrict": ("subdistricts", "code", np.full(len(city.subdistricts), -1)),
        }
        found: dict[str, dict[str, tuple[float, float, int]]] = {}
        for level, (name, key, community) in layers.items():
            frame = city.layers[name]
            inner = shapely.point_on_surface(frame.geometry.to_numpy())
            x, y = shapely.get_x(inner), shapely.get_y(inner)
            rows = city.rows_at("communities", x, y) if community is None and len(frame) else community
            rows = np.zeros(0, int) if rows is None else rows
            codes = frame[key].tolist()
            found[level] = {
                str(code): (float(a), float(b), int(row))
                for code, a, b, row in zip(codes, x, y, rows, strict=True)
                if a == a
            }
        return found

    def codes(self, level: str, plan: Plan | None = None) -> list[str]:
        """Return the codes of a level; of grids those of the plan (resident and special)."""
        if level == "grid":
            return [] if plan is None else [grid.code or grid.id for grid in plan.grids]
        if level == "compound":  # courtyards are no compounds 小区
            compounds = self.city.compounds
            return list(compounds["id"][compounds["kind"].isna() | (compounds["kind"] == "compound")])
        return list(self.points.get(level, {}))

    def chain(self, x: float, y: float, plan: Plan | None) -> list[tuple[str, str]]:
        """Return the places that a point lies in as (level, code), from the building to the subdistrict."""
        place = self.city.place(x, y).to_dict()
        grid = None if plan is None else plan.where(x, y)
        codes = {level: (found or {}).get("code") or (found or {}).get("id") for level, found in place.items()}
        codes["grid"] = None if grid is None else grid.code or grid.id
        levels = ("building", "compound", "grid", "community", "subdistrict")
        return [(level, str(codes[level])) for level in levels if codes.get(level)]

    def communities_at(self, x: Floats, y: Floats) -> list[str | None]:
        """Return the code of the community at each point."""
        rows = self.city.rows_at("communities", x, y)
        codes = self.city.communities["code"].tolist()
        return [codes[row] if row >= 0 else None for row in rows.tolist()]


def grids_at(plan: Plan, x: Floats, y: Floats) -> list[str | None]:
    """Return the code of the grid at each point, None outside all."""
    points = np.asarray(shapely.points(x, y), object).reshape(-1)
    point, cell = plan.fabric.tree.query(points, predicate="intersects")
    order = np.lexsort([cell, point])
    point, cell = point[order], cell[order]
    inside = plan.grid_of[cell] >= 0
    which, first = np.unique(point[inside], return_index=True)
    out: list[str | None] = [None] * len(points)
    for at, grid in zip(which.tolist(), plan.grid_of[cell[inside][first]].tolist(), strict=True):
        out[at] = plan.grids[grid].code or plan.grids[grid].id
    return out


def in_force_name(connection: Connection) -> str | None:
    """Return the name of the plan in force, None while none is."""
    return next((row.name for row in list_plans(connection) if row.state == "in_force"), None)


def in_force_on(connection: Connection, days: Iterable[dt.date]) -> dict[dt.date, tuple[PlanRow, int] | None]:
    """Return the plan in force on each day and its revision at the end of that day; None if none ever was.

    A plan is in force from the day that it was filed (or, the first that was imported, from then) until another one
    is. Days before the first take the first: what happened earlier is told by the oldest grids there are.
    """
    moments: list[tuple[dt.datetime, PlanRow, int]] = []
    log = plan_edits.c
    taken = steps_of(connection)
    for row in list_plans(connection):
        own = taken.get(row.id, [])
        logged = connection.execute(
            select(log.at, log.base_rev).where((log.plan == row.id) & (log.kind == "file")).order_by(log.base_rev)
        ).all()
        # Before steps were recorded, to file a plan was to put it in force.
        recorded = {one.revision for one in own if one.step == "file"}
        filed = [(at, base + 1) for at, base in logged if base + 1 not in recorded]
        filed += [(one.at, one.revision) for one in own if one.step == "publish"]
        imported = connection.execute(
            select(log.payload.contains('"layer":')).where((log.plan == row.id) & (log.base_rev == 0))
        ).scalar()
        if imported and not moments and row.state in ("in_force", "superseded"):
            moments.append((row.created_at, row, 1))
        moments += [(at, row, rev) for at, rev in filed]
    if not moments:
        return dict.fromkeys(days)
    moments.sort(key=lambda moment: moment[0])
    made: dict[int, list[tuple[dt.date, int]]] = {}
    for _, row, _ in moments:
        if row.id not in made:
            changes = connection.execute(select(log.at, log.base_rev).where(log.plan == row.id)).all()
            made[row.id] = [(city_date(when), base + 1) for when, base in changes]
    found: dict[dt.date, tuple[PlanRow, int] | None] = {}
    for day in days:
        at = max((k for k, moment in enumerate(moments) if city_date(moment[0]) <= day), default=0)
        _, row, rev = moments[at]
        found[day] = row, max((one for when, one in made[row.id] if when <= day and one >= rev), default=rev)
    return found


def neighbours(plan: Plan) -> list[tuple[int, int]]:
    """Return the pairs of grids of one community that adjoin along 10 m or more, as positions in `grids`.

    Told by their shapes: a special grid's polygon is as it was given, and shares no corners with the cells around it.
    """
    shapes = plan.polygons()
    tree = shapely.STRtree(shapes)
    one, other = tree.query(shapes, predicate="dwithin", distance=_APART_M)
    community = np.array([grid.community for grid in plan.grids], object)
    fits = (one < other) & (community[one] == community[other])
    one, other = one[fits], other[fits]
    along = shapely.intersection(shapely.boundary(shapes[one]), shapely.buffer(shapes[other], _APART_M))
    return [(int(a), int(b)) for a, b, long in zip(one, other, shapely.length(along) >= _ALONG_M, strict=True) if long]


def walks(city: City, start: Sequence[tuple[float, float]], end: Sequence[tuple[float, float]]) -> Floats:
    """Return how long walking takes between points, float64[start, end] in seconds, infinite where there is no way.

    Along the city's streets at the profile's speed; as the crow flies where there are no streets.
    """
    speed = city.profile.walking.speed_m_per_min / 60
    a, b = np.asarray(start, float).reshape(-1, 2), np.asarray(end, float).reshape(-1, 2)
    if city.streets.empty:
        return np.asarray(np.hypot(a[:, None, 0] - b[None, :, 0], a[:, None, 1] - b[None, :, 1]) / speed)
    from gridmap.streets import distances, network_of, snap

    net = network_of(city)
    starts, ends = (snap(net, points[:, 0], points[:, 1], cap_m=_SNAP_M) for points in (a, b))
    return distances(net, starts, ends) / speed
