"""What a workspace tells of streets and facilities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import shapely

from gridmap import facilities
from gridmap.geo.frames import to_frame
from gridmap.workspace.state import OpenWorkspace

__all__ = ["ServiceVerbs"]


class ServiceVerbs(OpenWorkspace):
    """Nearest, coverage, access, siting and what-if on the walking network."""

    def ground(self) -> facilities.Ground:
        """Return the walking network with the buildings on it; made again only when a layer has changed."""
        with self._lock:
            city = self.city()
            if self._held.ground is None or self._held.ground.city is not city:
                self._held.ground = facilities.ground(city)
            return self._held.ground

    def nearest(
        self, kind: str, lon: float, lat: float, *, k: int = 1, crs: str = "EPSG:4326", **options: Any
    ) -> facilities.Nearest:
        """Return the k nearest facilities of a kind from a place, with the ways; see `gridmap.facilities.nearest`."""
        ground = self.ground()
        place = to_frame([shapely.Point(lon, lat)], ground.city.frame, crs=crs, name=f"{lon:g},{lat:g}")
        point = place.geometry.iloc[0]
        return facilities.nearest(ground, kind, point.x, point.y, k=k, **options)

    def coverage(self, kind: str, **options: Any) -> facilities.Coverage:
        """Tell who reaches a facility of a kind; people's figures leave by `gridmap.release.release_coverage` only."""
        return facilities.coverage(self.ground(), kind, **options)

    def access(self, kind: str, **options: Any) -> facilities.Access:
        """Measure how many places of a kind each person has within reach; see `gridmap.facilities.access`."""
        return facilities.access(self.ground(), kind, **options)

    def site(self, kind: str, *, add: int, **options: Any) -> facilities.SitePlan:
        """Choose where more facilities of a kind should stand; see `gridmap.facilities.site`."""
        return facilities.site(self.ground(), kind, add=add, **options)

    def what_if(self, kind: str, changes: Sequence[facilities.Change], **options: Any) -> facilities.WhatIf:
        """Tell who is covered before and after facilities change; see `gridmap.facilities.what_if`."""
        return facilities.what_if(self.ground(), kind, changes, **options)
