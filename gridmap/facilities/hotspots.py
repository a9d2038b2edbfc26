"""Where the households that are not covered live together: clusters, the largest first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from gridmap.errors import InputError
from gridmap.facilities.coverage import NOT_COVERED, Coverage
from gridmap.geo.frames import Frame

__all__ = ["HotSpot", "hot_spots", "hot_spots_frame"]


@dataclass(frozen=True, eq=False)
class HotSpot:
    """A cluster of buildings that are not covered: how many households, why, and where (frame coordinates).

    `reason` is that of most of its households and `reasons` says how many each has; `unknown_buildings` have unknown
    households, which count nothing. `nearest_m` is the median way to the nearest facility (infinite: none).
    """

    rank: int
    community: str
    community_name: str
    households: int
    buildings: NDArray[np.int32]
    unknown_buildings: int
    reason: str
    reasons: Mapping[str, int]
    nearest_m: float
    x: float
    y: float
    area: shapely.Geometry

    def to_dict(self, frame: Frame) -> dict[str, Any]:
        """Return the cluster as JSON has it; its middle as longitude and latitude."""
        lon, lat = frame.to_lonlat([self.x], [self.y])
        plain = ("rank", "community", "community_name", "households", "unknown_buildings", "reason", "nearest_m")
        return {
            **{name: getattr(self, name) for name in plain},
            "buildings": len(self.buildings),
            "reasons": dict(self.reasons),
            "lon": round(float(lon[0]), 7),
            "lat": round(float(lat[0]), 7),
        }


def hot_spots(coverage: Coverage, *, top: int = 20, link_m: float = 80.0) -> tuple[HotSpot, ...]:
    """Return the largest clusters of households that are not covered, most households first.

    Buildings of one community that stand at most `link_m` apart, directly or by others between them, are one cluster.
    """
    if top < 1 or not link_m > 0:
        raise InputError("hot-spots", "Clusters need a number and a distance above 0.", "Give top ≥ 1 and link_m > 0.")
    ground = coverage.ground
    lost = np.nan_to_num(ground.households, nan=0.0) * (1 - coverage.share["households"])
    inside = np.flatnonzero((coverage.reason != "") & ((lost > 0) | np.isnan(ground.households)))
    if not len(inside):
        return ()
    xy = np.column_stack([ground.buildings.x[inside], ground.buildings.y[inside]])
    pairs = KDTree(xy).query_pairs(link_m, output_type="ndarray")
    same = ground.community[inside[pairs[:, 0]]] == ground.community[inside[pairs[:, 1]]]
    pairs = pairs[same]
    graph = coo_array((np.ones(len(pairs), bool), (pairs[:, 0], pairs[:, 1])), shape=(len(inside), len(inside)))
    count, label = connected_components(graph, directed=False)
    size = np.bincount(label, weights=lost[inside], minlength=count)
    first = np.full(count, len(inside))
    np.minimum.at(first, label, np.arange(len(inside)))
    ranked = np.lexsort((first, -size))[:top]
    return tuple(_spot(coverage, inside[label == which], lost, rank + 1) for rank, which in enumerate(ranked))


def _spot(coverage: Coverage, rows: NDArray[np.intp], lost: NDArray[np.float64], rank: int) -> HotSpot:
    ground = coverage.ground
    reasons = {
        code: round(float(lost[rows][coverage.reason[rows] == code].sum()))
        for code in NOT_COVERED
        if (coverage.reason[rows] == code).any()
    }
    row = int(ground.community[rows[0]])
    community = ground.city.communities.iloc[row] if row >= 0 else None
    points = shapely.points(ground.buildings.x[rows], ground.buildings.y[rows])
    weight = np.maximum(lost[rows], 1e-9)
    return HotSpot(
        rank=rank,
        community="" if community is None else str(community["code"]),
        community_name="" if community is None else str(community["name"]),
        households=round(float(lost[rows].sum())),
        buildings=rows.astype(np.int32),
        unknown_buildings=int(np.isnan(ground.households[rows]).sum()),
        reason=max(reasons, key=lambda code: reasons[code]),
        reasons=reasons,
        nearest_m=float(np.median(coverage.dist_m[rows])),
        x=float(np.average(ground.buildings.x[rows], weights=weight)),
        y=float(np.average(ground.buildings.y[rows], weights=weight)),
        area=shapely.buffer(shapely.union_all(shapely.buffer(points, 40.0)), 0.0),
    )


def hot_spots_frame(spots: tuple[HotSpot, ...], coverage: Coverage) -> gpd.GeoDataFrame:
    """Return hot spots as a GeoDataFrame of their areas, for display, in the city's frame."""
    return gpd.GeoDataFrame(
        {
            "rank": [one.rank for one in spots],
            "community": [one.community for one in spots],
            "households": [one.households for one in spots],
            "reason": [one.reason for one in spots],
            "nearest_m": [one.nearest_m for one in spots],
        },
        geometry=[one.area for one in spots],
        crs=coverage.ground.city.frame.crs,
    )
