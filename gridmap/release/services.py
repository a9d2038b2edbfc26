"""Release what a picture of a coverage needs: the city's sums, its grids, its clusters and buildings not covered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridmap.facilities import circles
from gridmap.release.coverage import release_coverage
from gridmap.release.released import Released, release

if TYPE_CHECKING:
    from gridmap.facilities import Coverage, HotSpot, SitePlan
    from gridmap.plan import Plan

__all__ = ["CoverageFigures", "bands_of", "coverage_figures"]


@dataclass(frozen=True, eq=False)
class CoverageFigures:
    """The figures of a coverage that may be shown.

    `city` has one row; `bands` a row per distance (`code`: its metres), with the households within it, each counted in
    the nearest; `spots` a row per cluster that is not covered, with the households that are not; `buildings` likewise,
    a row per building that is not covered wholly (`row` int[n]: its number in the ground); `grids` a row per grid of a
    plan, None without one; `sites` a row per new site with the people of the asked column that it gains, None without.
    """

    city: Released
    bands: Released
    spots: Released
    buildings: Released
    row: NDArray[np.intp]
    grids: Released | None = None
    sites: Released | None = None


def bands_of(coverage: Coverage) -> tuple[float, ...]:
    """Return the metres by which the way is shown: of the life circles below the limit, then the limit."""
    limit = coverage.limit
    inner = [minutes * limit.speed_m_per_min for minutes in circles()]
    return (*(metres for metres in inner if metres < limit.limit_m - 1.0), limit.limit_m)[-3:]


def coverage_figures(
    coverage: Coverage, spots: Sequence[HotSpot], *, plan: Plan | None = None, sited: SitePlan | None = None
) -> CoverageFigures:
    """Release the figures of a coverage and of its clusters, and of new sites, as a planner may see them."""
    ground = coverage.ground
    city, k = ground.city, ground.city.profile.suppression.k
    about: dict[str, Any] = {"k": k, "basis": city.households_basis, "as_of": city.households_as_of}
    unknown = np.isnan(ground.households)
    lost = np.round(ground.households * (1 - coverage.share["households"]))
    row = np.flatnonzero((coverage.reason != "") & (unknown | (lost > 0)))
    ids = city.buildings["id"].to_numpy(object)
    codes = np.append(city.communities["code"].to_numpy(object), "")
    buildings = pd.DataFrame(
        {"code": ids[row], "community": codes[ground.community[row]], "buildings": 1,
         "unknown_buildings": unknown[row].astype(int), "households": lost[row]}
    )  # fmt: skip
    clusters = pd.DataFrame(
        {"code": [str(one.rank) for one in spots], "community": [one.community for one in spots],
         "buildings": [len(one.buildings) for one in spots],
         "unknown_buildings": [one.unknown_buildings for one in spots],
         "households": [one.households for one in spots]}
    )  # fmt: skip
    whole = coverage.table("city").assign(code="city")
    return CoverageFigures(
        city=release_coverage(whole, group="code", **about),
        bands=release(_bands(coverage), group="kind", **about),
        spots=release(clusters, group="community", **about),
        buildings=release(buildings, group="community", **about),
        row=row,
        grids=None if plan is None else release_coverage(coverage.table("grid", plan), group="community", **about),
        sites=None if sited is None else release(_sites(sited), group="kind", **about),
    )


def _sites(plan: SitePlan) -> pd.DataFrame:
    """Return what each new site gains, in the order of what it adds."""
    gained = plan.steps[f"{plan.who}_gained"].to_numpy(float)
    return pd.DataFrame({"code": plan.steps["id"].to_numpy(object), "kind": "site", "buildings": 1, plan.who: gained})


def _bands(coverage: Coverage) -> pd.DataFrame:
    """Count the households by the way to the nearest facility, and those beyond the last limit or without any way."""
    limits = bands_of(coverage)
    at = np.searchsorted(np.asarray(limits), coverage.dist_m, side="left")
    households = coverage.ground.households
    known = ~np.isnan(households)
    size = len(limits) + 1
    return pd.DataFrame(
        {
            "code": [f"{metres:g}" for metres in limits] + ["beyond"],
            "kind": "way",
            "buildings": np.bincount(at, minlength=size),
            "unknown_buildings": np.bincount(at[~known], minlength=size),
            "households": np.bincount(at[known], weights=households[known], minlength=size).round(),
        }
    )
