"""The facilities of a kind that serve at a time, with their doors; and those left out, each with the reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridmap.errors import InputError
from gridmap.facilities.ground import Ground, Places, places
from gridmap.facilities.hours import OpeningHours, moment, parse_hours
from gridmap.facilities.kinds import Kind, kind_named
from gridmap.streets import Network

__all__ = ["STATUSES", "LeftOut", "Supply", "doors", "select", "supply_for", "supply_of"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
STATUSES = ("planned", "building", "open", "closed")
_OUTLINE_STEP_M = 20.0
_MOST_KEPT = 256


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A facility that does not serve: row of the layer, id, and why: status, hours, hours_unknown, capacity, tier."""

    row: int
    id: str
    name: str
    reason: str
    detail: str


@dataclass(frozen=True, eq=False)
class Supply:
    """m facilities that serve: rows of the layer, ids, names, tiers and hours (None: unknown).

    `capacity` float64[m] is NaN where it is unknown or negative. `doors` are their entrances on the network and
    `door_of` int32[doors] the facility of each. `at` is the moment asked about (None: any).
    """

    kind: Kind
    row: Ints
    ids: NDArray[np.object_]
    names: NDArray[np.object_]
    tier: NDArray[np.object_]
    capacity: Floats
    hours: tuple[OpeningHours | None, ...]
    doors: Places
    door_of: Ints
    left_out: tuple[LeftOut, ...] = ()
    at: datetime | None = None

    def __len__(self) -> int:
        return len(self.row)

    def open(self, index: int, at: datetime | None = None) -> bool | None:
        """Whether a facility is open at a moment (the one asked about if None); None where that is not known."""
        when, hours = self.at if at is None else at, self.hours[index]
        return None if when is None or hours is None else hours.is_open(when)


def select(
    layer: gpd.GeoDataFrame,
    kind: str,
    *,
    statuses: Sequence[str] = ("open",),
    tiers: Sequence[str] = (),
    open_at: datetime | str | None = None,
    seats: int = 0,
    used: Mapping[str, int] | None = None,
    longer: Mapping[str, tuple[int, int]] | None = None,
) -> tuple[Kind, NDArray[np.intp], tuple[LeftOut, ...], list[OpeningHours | None], datetime | None]:
    """Choose the facilities of a kind that serve: kind, rows of the layer, those left out, hours, the moment.

    A facility without a status counts as open. With `open_at` those that are shut then, or whose hours are not known,
    are left out; with `seats` those with fewer places left (`used` people by id are there already). `longer` adds
    minutes before and after the hours, by id. InputError for an unknown kind, status or a negative number of people.
    """
    strange = [status for status in statuses if status not in STATUSES]
    if strange:
        raise InputError("status-unknown", f"There is no status {strange[0]!r}.", f"Use {', '.join(STATUSES)}.")
    if seats < 0 or any(number < 0 for number in (used or {}).values()):
        raise InputError("seats-negative", "A number of people is negative.", "Give 0 or more.")
    found = kind_named(kind, layer["kind"].dropna())
    at = moment(open_at) if isinstance(open_at, str) else open_at
    rows, hours, left = [], [], []
    for row in np.flatnonzero((layer["kind"] == found.id).to_numpy(bool, na_value=False)):
        record = layer.iloc[row]
        own = _hours(record, longer or {})
        why = _left_out(record, statuses, tiers, at, own, seats, used or {})
        if why is None:
            rows.append(int(row))
            hours.append(own)
        else:
            left.append(LeftOut(int(row), str(record["id"]), _text(record["name"]), *why))
    return found, np.array(rows, np.intp), tuple(left), hours, at


def _hours(record: pd.Series, longer: Mapping[str, tuple[int, int]]) -> OpeningHours | None:
    """Read the hours of a facility; None where there are none or they are not understood, which `check` reports."""
    text = _text(record["opening_hours"])
    if not text:
        return None
    try:
        hours = parse_hours(text)
    except InputError:
        return None
    earlier, later = longer.get(str(record["id"]), (0, 0))
    return hours.extended(earlier_min=earlier, later_min=later) if earlier or later else hours


def _left_out(
    record: pd.Series, statuses: Sequence[str], tiers: Sequence[str], at: datetime | None, hours: OpeningHours | None,
    seats: int, used: Mapping[str, int],
) -> tuple[str, str] | None:  # fmt: skip
    status = _text(record["status"]) or "open"
    if status not in statuses:
        return "status", status
    if tiers and _text(record["tier"]) not in tiers:
        return "tier", _text(record["tier"])
    if at is not None and hours is None:
        return "hours_unknown", _text(record["opening_hours"])
    if at is not None and hours is not None and not hours.is_open(at):
        return "hours", hours.text
    if seats:
        capacity = record["capacity"]
        left = 0 if pd.isna(capacity) else int(capacity) - int(used.get(str(record["id"]), 0))
        if left < seats:
            return "capacity", "unknown" if pd.isna(capacity) else str(left)
    return None


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def doors(shapes: NDArray[np.object_]) -> tuple[Floats, Ints]:
    """Return the entrances of facilities, float64[d, 2], and whose each is: the points of a point shape.

    An area without known entrances is open on all sides: a point each 20 m of its outline.
    """
    area = shapely.get_dimensions(shapes) == 2
    lines = np.where(area, shapely.segmentize(shapely.boundary(shapes), _OUTLINE_STEP_M), shapes)
    xy, of = shapely.get_coordinates(lines, return_index=True)
    return xy, of.astype(np.int32)


def supply_of(network: Network, layer: gpd.GeoDataFrame, kind: str, **options: object) -> Supply:
    """Choose the facilities of a kind as `select` does, and put their doors on the network."""
    found, rows, left, hours, at = select(layer, kind, **options)  # type: ignore[arg-type] # checked by select
    chosen = layer.iloc[rows]
    xy, of = doors(np.asarray(chosen.geometry.array, dtype=object))
    return Supply(
        kind=found,
        row=rows.astype(np.int32),
        ids=chosen["id"].to_numpy(object),
        names=np.array([_text(name) for name in chosen["name"]], object),
        tier=np.array([_text(tier) for tier in chosen["tier"]], object),
        capacity=np.where((seats := chosen["capacity"].to_numpy(float, na_value=np.nan)) < 0, np.nan, seats),
        hours=tuple(hours),
        doors=places(network, xy[:, 0], xy[:, 1]),
        door_of=of,
        left_out=left,
        at=at,
    )


def supply_for(ground: Ground, kind: str, **options: object) -> Supply:
    """Choose the facilities of a kind of a city as `supply_of` does; the same question is answered once a ground."""
    key = (kind, repr(sorted(options.items())))
    found = ground.kept.get(key)
    if not isinstance(found, Supply):
        found = supply_of(ground.network, ground.city.facilities, kind, **options)
        if len(ground.kept) >= _MOST_KEPT:
            ground.kept.clear()
        ground.kept[key] = found
    return found
