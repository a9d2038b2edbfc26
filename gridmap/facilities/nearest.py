"""The nearest facilities of a place, with the way there; and of all buildings at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import shapely

from gridmap.errors import InputError
from gridmap.facilities.ground import Ground, Places, places
from gridmap.facilities.kinds import Limit, limit_of
from gridmap.facilities.supply import Supply, supply_for
from gridmap.facilities.walks import nearest_k
from gridmap.rules import WalkingRule
from gridmap.streets import REASONS, Network, Route, route

__all__ = ["Found", "Nearest", "nearest", "nearest_table"]


@dataclass(frozen=True, eq=False)
class Found:
    """A facility that was found: its number in the supply, the way there in metres, and the route."""

    supply: Supply
    index: int
    dist_m: float
    walk_s: float
    way: Route | None
    straight: shapely.LineString | None

    @property
    def geometry(self) -> shapely.LineString:
        """The line of the way, in the frame."""
        if self.way is not None:
            return self.way.geometry
        return self.straight or shapely.LineString()

    def turns(self, language: str = "zh") -> list[str]:
        """Say the way in words, `zh` or `en`."""
        if self.way is not None:
            return self.way.turns(language)
        metres = round(self.dist_m)
        return (
            [f"小区内步行{metres}米", "到达"]
            if language == "zh"
            else [f"Walk {metres} m inside the compound", "Arrive"]
        )


@dataclass(frozen=True, eq=False)
class Nearest:
    """The answer for one place: facilities by distance, what was left out, and the speed that minutes are made with."""

    network: Network
    found: tuple[Found, ...]
    supply: Supply
    walking: WalkingRule
    reason: str = ""

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """What has to be said with the answer."""
        notes = [f"{one.name or one.id}: {_why(one.reason, one.detail)}" for one in self.supply.left_out]
        return (*notes, *([self.reason] if self.reason else []))

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as JSON has it; routes as longitude and latitude with the way in both languages."""
        return {
            "kind": self.supply.kind.id,
            "facilities": [self._facility(one) for one in self.found],
            "left_out": [
                {"id": one.id, "name": one.name, "reason": one.reason, "detail": one.detail}
                for one in self.supply.left_out
            ],
            "speed_m_per_min": self.walking.speed_m_per_min,
            "source": self.walking.source,
            "verified": self.walking.verified,
            "notes": list(self.notes),
        }

    def _facility(self, one: Found) -> dict[str, Any]:
        supply, at = self.supply, one.index
        xy = shapely.get_coordinates(one.geometry)
        lon, lat = self.network.frame.to_lonlat(xy[:, 0], xy[:, 1])
        capacity = supply.capacity[at]
        hours = supply.hours[at]
        opening = None if hours is None or supply.at is None else hours.next_opening(supply.at)
        return {
            "id": supply.ids[at],
            "name": supply.names[at],
            "kind": supply.kind.id,
            "tier": supply.tier[at] or None,
            "walk_s": one.walk_s,
            "dist_m": one.dist_m,
            "open": supply.open(at),
            "opening_hours": None if hours is None else hours.text,
            "next_opening": None if opening is None else opening.isoformat(timespec="minutes"),
            "capacity": None if np.isnan(capacity) else int(capacity),
            "route": {
                "type": "LineString",
                "coordinates": [[round(float(x), 7), round(float(y), 7)] for x, y in zip(lon, lat, strict=True)],
                "turns": {language: one.turns(language) for language in ("zh", "en")},
            },
        }


def _why(reason: str, detail: str) -> str:
    said = {"status": "not open", "hours": "shut then", "hours_unknown": "hours not known", "capacity": "places left",
            "tier": "another tier"}[reason]  # fmt: skip
    return f"left out, {said}" + (f" ({detail})" if detail else "")


def nearest(ground: Ground, kind: str, x: float, y: float, *, k: int = 1, **options: Any) -> Nearest:
    """Return the k nearest facilities of a kind from a place (frame coordinates), with the ways there.

    `options` as `select` has them: statuses, tiers, open_at, seats, used. A place off the network has no answer, with
    the reason; InputError for a place outside the city or for k below 1.
    """
    _require_k(k)
    supply = supply_for(ground, kind, **options)
    here = places(ground.network, np.array([x]), np.array([y]))
    _require_inside(ground, x, y)
    walking = ground.city.profile.walking
    facility, dist = nearest_k(ground.network, here, supply.doors, supply.door_of, k=k)
    found = tuple(
        _found(ground.network, supply, here, int(index), float(metres), walking)
        for index, metres in zip(facility[0], dist[0], strict=True)
        if index >= 0
    )
    code = REASONS[int(here.snapped.point_reason[0])]
    return Nearest(ground.network, found, supply, walking, "" if code[0] == "ok" or found else f"{code[1]} {code[2]}")


def _require_k(k: int) -> None:
    if k < 1:
        raise InputError("k-not-positive", f"{k} nearest facilities were asked for.", "Ask for one or more.")


def _require_inside(ground: Ground, x: float, y: float) -> None:
    if not (np.isfinite(x) and np.isfinite(y)):
        raise InputError("point-unclear", "The place has no coordinates.", "Give longitude and latitude.")
    if ground.city.place(x, y).community is None:
        raise InputError(
            "point-outside",
            f"The place {x:.0f}, {y:.0f} is in no community of the city.",
            "Check the coordinates and their CRS.",
        )


def _found(network: Network, supply: Supply, here: Places, index: int, dist_m: float, walking: WalkingRule) -> Found:
    mine = np.flatnonzero(supply.door_of == index)
    walk_s = dist_m / walking.speed_m_per_min * 60.0
    way = route(network, here.snapped, supply.doors.snapped.take(mine))
    if way.dist_m <= dist_m + 1e-6:
        return Found(supply, index, dist_m, walk_s, way, None)
    door = mine[np.argmin(np.hypot(supply.doors.x[mine] - here.x[0], supply.doors.y[mine] - here.y[0]))]
    line = shapely.LineString([(here.x[0], here.y[0]), (supply.doors.x[door], supply.doors.y[door])])
    return Found(supply, index, dist_m, walk_s, None, line)


def nearest_table(
    ground: Ground, kind: str, *, k: int = 1, minutes: float | None = None, metres: float | None = None, **options: Any
) -> pd.DataFrame:
    """Return the k nearest facilities of a kind of every building: a row a building and rank.

    Columns: building, rank (from 1), facility, dist_m, walk_s. Buildings that reach none within the limit (given in
    minutes or metres; none: any distance) have no rows. One sweep for all.
    """
    _require_k(k)
    supply = supply_for(ground, kind, **options)
    walking = ground.city.profile.walking
    limit: Limit | None = None
    if minutes is not None or metres is not None:
        limit = limit_of(supply.kind, walking, minutes=minutes, metres=metres)
    facility, dist = nearest_k(
        ground.network, ground.buildings, supply.doors, supply.door_of, k=k,
        limit_m=np.inf if limit is None else limit.limit_m,
    )  # fmt: skip
    row, rank = np.nonzero(facility >= 0)
    far = dist[row, rank]
    return pd.DataFrame(
        {
            "building": ground.city.buildings["id"].to_numpy(object)[row],
            "rank": rank + 1,
            "facility": supply.ids[facility[row, rank]] if len(row) else np.empty(0, object),
            "dist_m": far,
            "walk_s": far / walking.speed_m_per_min * 60.0,
        }
    )
