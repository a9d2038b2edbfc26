"""What if a facility opened, closed, moved, or kept longer hours: before and after, in households."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridmap.city import City
from gridmap.errors import InputError
from gridmap.facilities.coverage import Coverage, coverage
from gridmap.facilities.ground import Ground
from gridmap.facilities.kinds import kind_named

__all__ = ["Change", "Close", "Extend", "Move", "Open", "WhatIf", "changed_city", "what_if"]


@dataclass(frozen=True, slots=True)
class Open:
    """Open a facility: the one of that id, or a new one at x, y (frame coordinates)."""

    id: str
    x: float | None = None
    y: float | None = None
    capacity: int | None = None
    opening_hours: str | None = None


@dataclass(frozen=True, slots=True)
class Close:
    """Close the facility of that id."""

    id: str


@dataclass(frozen=True, slots=True)
class Move:
    """Move the facility of that id to x, y (frame coordinates)."""

    id: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Extend:
    """Keep the facility of that id open longer, by minutes before and after each of its intervals."""

    id: str
    earlier_min: int = 0
    later_min: int = 0


Change = Open | Close | Move | Extend


@dataclass(frozen=True, eq=False)
class WhatIf:
    """Coverage before and after changes."""

    before: Coverage
    after: Coverage

    @property
    def totals(self) -> dict[str, int]:
        """Households covered before and after, those that gain and those that lose it."""
        known = np.nan_to_num(self.before.ground.households, nan=0.0)
        change = self.after.share["households"] - self.before.share["households"]
        return {
            "households": self.before.totals["households"],
            "households_before": self.before.totals["households_covered"],
            "households_after": self.after.totals["households_covered"],
            "households_gained": round(float((known * np.maximum(change, 0)).sum())),
            "households_lost": round(float((known * np.maximum(-change, 0)).sum())),
        }

    def communities(self) -> pd.DataFrame:
        """Return a row per community that changes: code, name, households before and after."""
        old, new = self.before.table("community"), self.after.table("community")
        made = old[["code", "name", "households"]].assign(
            households_before=old["households_covered"], households_after=new["households_covered"]
        )
        return made[made["households_before"] != made["households_after"]].reset_index(drop=True)


def changed_city(city: City, kind: str, changes: Sequence[Change]) -> tuple[City, dict[str, tuple[int, int]]]:
    """Return the city with its facilities changed, and the minutes that hours are extended by; the city stays as it is.

    InputError for an id that no facility of the kind has, or a new facility without a place.
    """
    layer = city.facilities.copy()
    wanted = kind_named(kind, layer["kind"].dropna()).id
    longer: dict[str, tuple[int, int]] = {}
    for change in changes:
        rows = layer.index[(layer["id"] == change.id) & (layer["kind"] == wanted)]
        if isinstance(change, Open) and not len(rows):
            layer = _added(layer, wanted, change)
            continue
        if not len(rows):
            raise InputError(
                "facility-unknown",
                f"There is no facility {change.id!r} of the kind {wanted}.",
                "Use an id of the layer.",
            )
        if isinstance(change, Extend):
            earlier, later = longer.get(change.id, (0, 0))
            longer[change.id] = (earlier + change.earlier_min, later + change.later_min)
            continue
        layer.loc[rows, "status"] = "closed" if isinstance(change, Close) else "open"
        if not isinstance(change, Close) and change.x is not None and change.y is not None:
            layer.loc[rows, "geometry"] = shapely.Point(change.x, change.y)
        if isinstance(change, Open):
            for name in ("capacity", "opening_hours"):
                if getattr(change, name) is not None:
                    layer.loc[rows, name] = getattr(change, name)
    return replace(city, layers=MappingProxyType({**city.layers, "facilities": layer})), longer


def _added(layer: gpd.GeoDataFrame, kind: str, change: Open) -> gpd.GeoDataFrame:
    if change.x is None or change.y is None or not np.isfinite([change.x, change.y]).all():
        raise InputError("facility-placeless", f"The new facility {change.id!r} has no place.", "Give x and y.")
    if (layer["id"] == change.id).any():
        raise InputError(
            "facility-kind", f"{change.id!r} is a facility of another kind.", "Give the new one another id."
        )
    row = layer.iloc[:0].reindex([len(layer)]).astype(layer.dtypes.to_dict())
    row["id"], row["name"], row["kind"], row["status"] = change.id, change.id, kind, "open"
    row["capacity"] = pd.array([change.capacity], dtype="Int64")
    row["opening_hours"] = change.opening_hours
    made = gpd.GeoDataFrame(row, geometry=[shapely.Point(change.x, change.y)], crs=layer.crs)
    return gpd.GeoDataFrame(pd.concat([layer, made]), geometry="geometry", crs=layer.crs)


def what_if(ground: Ground, kind: str, changes: Sequence[Change], **options: Any) -> WhatIf:
    """Tell who is covered before and after changes; `options` as `coverage` has them (minutes, open_at …)."""
    city, longer = changed_city(ground.city, kind, changes)
    before = coverage(ground, kind, **options)
    after = coverage(replace(ground, city=city), kind, **{**options, "longer": longer})
    return WhatIf(before, after)
