"""Who reaches a facility of a kind within so many minutes: by building, and summed to any area."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridmap.errors import InputError
from gridmap.facilities.flow import assign
from gridmap.facilities.ground import Ground
from gridmap.facilities.kinds import WHO, Limit, limit_of
from gridmap.facilities.sharing import pairs_of
from gridmap.facilities.supply import STATUSES, Supply, supply_for
from gridmap.facilities.walks import nearest_k
from gridmap.plan import Plan

__all__ = ["LEVELS", "NOT_COVERED", "Coverage", "coverage", "headline"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Bools = NDArray[np.bool_]

NOT_COVERED: dict[str, tuple[str, str]] = {
    "distance": ("too far", "距离过远"),
    "capacity": ("no places left", "容量不足"),
    "closed": ("only a closed or planned facility is near", "附近设施未开放"),
    "barrier": ("cut off by a barrier", "被屏障隔断"),
    "unreachable": ("no way on foot", "步行无法到达"),
}
"""Why a building is not covered: code, English, Chinese. Of several reasons the last in this order counts."""

LEVELS = ("grid", "community", "subdistrict", "city")


@dataclass(frozen=True, eq=False)
class Coverage:
    """Coverage by a kind of facility, per building (n). Figures about people leave through `gridmap.release` only.

    `dist_m` float64[n] is the way to the nearest facility that serves (infinite: none), `facility` int32[n] its number
    in `supply`. `share` maps each column of people to float64[n], what share of the building's is covered: 0 or 1
    without capacities. `reason` object[n] is a code of `NOT_COVERED`, empty where the households are covered.
    """

    ground: Ground
    supply: Supply
    limit: Limit
    facility: Ints
    dist_m: Floats
    share: dict[str, Floats]
    reason: NDArray[np.object_]
    capacity_for: str | None = None
    notes: tuple[str, ...] = field(default=())

    @cached_property
    def covered(self) -> Bools:
        """Whether the households of each building are covered, all of them."""
        return np.asarray(self.share["households"] >= 1.0, bool)

    def sums(self, area: Ints, count: int) -> dict[str, NDArray[Any]]:
        """Sum to areas 0 … count − 1 (`area` int[n], −1: none): of each column all, the covered, and unknown buildings.

        Unknown figures count nothing and are counted: `…_unknown` buildings, `unknown_covered` of households. `…_some`
        and `…_whole` count buildings of which some and all such people are covered.
        """
        inside = area >= 0
        at = area[inside]

        def total(values: Floats) -> Floats:
            return np.bincount(at, weights=values[inside], minlength=count).astype(np.float64)

        made: dict[str, NDArray[Any]] = {"buildings": total(np.ones(len(area))).astype(np.int64)}
        made["buildings_covered"] = total(self.covered.astype(np.float64)).astype(np.int64)
        for who in WHO:
            people = self.ground.people(who)
            known = ~np.isnan(people)
            values = np.where(known, people, 0.0)
            made[who] = np.rint(total(values)).astype(np.int64)
            made[f"{who}_covered"] = np.rint(total(values * self.share[who])).astype(np.int64)
            made[f"{who}_unknown"] = total((~known).astype(np.float64)).astype(np.int64)
            made[f"{who}_some"] = total((self.share[who] > 0).astype(np.float64)).astype(np.int64)
            made[f"{who}_whole"] = total((self.share[who] >= 1).astype(np.float64)).astype(np.int64)
        unknown = np.isnan(self.ground.households)
        made["unknown_buildings"] = made["households_unknown"]
        made["unknown_covered"] = total((unknown & self.covered).astype(np.float64)).astype(np.int64)
        return made

    def areas(self, level: str, plan: Plan | None = None) -> tuple[Ints, pd.DataFrame]:
        """Return the area of each building, int32[n], and the areas' code and name; grids are those of `plan`."""
        city, ground = self.ground.city, self.ground
        if level == "city":
            return np.zeros(len(ground), np.int32), pd.DataFrame({"code": [""], "name": [city.name]})
        if level == "community":
            return ground.community, city.communities[["code", "name"]].copy()
        if level == "subdistrict":
            return ground.subdistrict, city.subdistricts[["code", "name"]].copy()
        if level != "grid":
            raise InputError("level-unknown", f"There is no level {level!r}.", f"Use {', '.join(LEVELS)}.")
        if plan is None:
            raise InputError("plan-missing", "Grids are those of a plan.", "Say which plan.")
        of = np.full(len(ground), -1, np.int32)
        some = (plan.fabric.building >= 0) & (plan.grid_of >= 0)
        of[plan.fabric.building[some]] = plan.grid_of[some]
        names = {"code": [one.code or one.id for one in plan.grids], "name": [one.name for one in plan.grids]}
        return of, pd.DataFrame({"grid": [one.id for one in plan.grids], **names,
                                 "kind": [one.kind for one in plan.grids],
                                 "community": [one.community for one in plan.grids]})  # fmt: skip

    def table(self, level: str, plan: Plan | None = None) -> pd.DataFrame:
        """Return a row per area of a level: code, name, then what `sums` has and the share of households covered."""
        area, names = self.areas(level, plan)
        made = names.reset_index(drop=True).assign(**self.sums(area, len(names)))
        with np.errstate(invalid="ignore", divide="ignore"):
            made["share"] = (made["households_covered"] / made["households"]).where(made["households"] > 0)
        return made

    @cached_property
    def totals(self) -> dict[str, int]:
        """The sums of the city, with the households not covered by reason."""
        sums = self.sums(np.zeros(len(self.ground), np.int32), 1)
        lost = np.where(np.isnan(self.ground.households), 0.0, self.ground.households) * (1 - self.share["households"])
        reasons = {f"not_covered_{code}": round(float(lost[self.reason == code].sum())) for code in NOT_COVERED}
        plain = {name: int(values[0]) for name, values in sums.items() if not name.endswith(("_some", "_whole"))}
        return plain | reasons


def coverage(
    ground: Ground,
    kind: str,
    *,
    minutes: float | None = None,
    metres: float | None = None,
    capacity_for: str | None = None,
    **options: Any,
) -> Coverage:
    """Tell who reaches a facility of a kind within minutes or metres; without either, as the rule of the kind says.

    Elders walk at their own speed where the limit is in minutes. With `capacity_for` (a column such as children) the
    facilities take in no more of these people than their capacity says (unknown: none), and who finds no place is not
    covered. `options` as `select` has them: statuses, tiers, open_at, seats, used. O(network + buildings).
    """
    supply = supply_for(ground, kind, **options)
    limit = limit_of(supply.kind, ground.city.profile.walking, minutes=minutes, metres=metres)
    facility, dist = nearest_k(ground.network, ground.buildings, supply.doors, supply.door_of)
    within = {who: (dist[:, 0] <= limit.of(who)).astype(np.float64) for who in WHO}
    share, full = dict(within), np.zeros(len(ground), bool)
    if capacity_for is not None:
        placed = _placed(ground, supply, limit, capacity_for)
        share = {who: np.minimum(within[who], placed) for who in WHO}
        full = (within[capacity_for] > 0) & (placed < 1)
    reason = _reasons(ground, supply, limit, dist[:, 0], share["households"] >= 1.0, full, options)
    notes = tuple(f"{one.name or one.id}: {one.reason} {one.detail}".strip() for one in supply.left_out)
    return Coverage(ground, supply, limit, facility[:, 0], dist[:, 0], share, reason, capacity_for, notes)


def _placed(ground: Ground, supply: Supply, limit: Limit, who: str) -> Floats:
    """Return the share of each building's people that find a place within the limit, by the best assignment."""
    people = np.nan_to_num(ground.people(who), nan=0.0).round().astype(np.int64)
    pairs = pairs_of(ground, supply, limit_m=limit.of(who))
    done = assign(pairs, people, np.nan_to_num(supply.capacity, nan=0.0))
    return np.divide(done.served, people, out=np.ones(len(people)), where=people > 0)


def _reasons(
    ground: Ground, supply: Supply, limit: Limit, dist: Floats, covered: Bools, full: Bools, options: dict[str, Any]
) -> NDArray[np.object_]:
    """Say of each building why it is not covered."""
    reason = np.full(len(dist), "distance", object)
    reason[full] = "capacity"
    every = {name: value for name, value in options.items() if name not in {"open_at", "seats", "used", "longer"}}
    if supply.left_out:
        wide = supply_for(ground, supply.kind.id, **{**every, "statuses": STATUSES})
        near = nearest_k(ground.network, ground.buildings, wide.doors, wide.door_of, limit_m=limit.limit_m)[1][:, 0]
        shut = np.isfinite(near) & (dist > limit.limit_m)
        crowded = {one.id for one in supply.left_out if one.reason == "capacity"}
        reason[shut] = "capacity" if len(crowded) == len(supply.left_out) else "closed"
    reason[_cut_off(ground, supply, limit, dist)] = "barrier"
    reason[~np.isfinite(dist) & (len(supply) > 0)] = "unreachable"
    reason[covered] = ""
    return reason


def _cut_off(ground: Ground, supply: Supply, limit: Limit, dist: Floats) -> Bools:
    """Tell which buildings are near a facility in a straight line across a barrier, but too far on foot."""
    cut = np.zeros(len(dist), bool)
    barriers = ground.city.barriers
    if barriers.empty or not len(supply):
        return cut
    walls = shapely.union_all(np.asarray(barriers.geometry.array, dtype=object))
    shapely.prepare(walls)
    seats = shapely.STRtree(np.atleast_1d(np.asarray(shapely.points(supply.doors.x, supply.doors.y), object)))
    far = np.flatnonzero(dist > limit.limit_m)
    points = shapely.points(ground.buildings.x[far], ground.buildings.y[far])
    (which, door), _ = seats.query_nearest(points, max_distance=limit.limit_m, return_distance=True, all_matches=False)
    ends = np.stack(
        [
            np.column_stack([ground.buildings.x[far[which]], ground.buildings.y[far[which]]]),
            np.column_stack([supply.doors.x[door], supply.doors.y[door]]),
        ],
        axis=1,
    )
    crossing = shapely.intersects(walls, shapely.linestrings(ends)) if len(ends) else np.zeros(0, bool)
    cut[far[which[crossing]]] = True
    return cut


def headline(coverage: Coverage) -> str:
    """Say a coverage in one line: households, the limit, the speeds, where from and whether that was checked."""
    limit, totals, kind = coverage.limit, coverage.totals, coverage.supply.kind
    how = f"{limit.minutes:g} minutes" if limit.minutes else f"{limit.limit_m:g} m"
    return (
        f"{kind.zh} {kind.en}: {totals['households_covered']:,} of {totals['households']:,} households within {how} on "
        f"foot ({limit.speed_m_per_min:g} m/min, elders {limit.elder_speed_m_per_min:g}; {limit.source}; "
        f"{'verified' if limit.verified else 'not verified'})"
    )
