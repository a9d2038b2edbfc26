"""The one door to a workspace: layers in, city and plans out, changes of plans, each in one transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import shapely
from pyproj import CRS

from gridmap import store
from gridmap.city import LAYERS
from gridmap.errors import CrsError, StoreError
from gridmap.geo.frames import Frame, point_in, require_metric
from gridmap.rules import profile as rule_profile
from gridmap.store import Store
from gridmap.store.engine import Synchronous
from gridmap.workspace.atlas import AtlasVerbs
from gridmap.workspace.checks import CheckVerbs
from gridmap.workspace.ledgers import LedgerVerbs
from gridmap.workspace.principal import Principal
from gridmap.workspace.records import RecordVerbs
from gridmap.workspace.review import ReviewVerbs
from gridmap.workspace.rights import RightsVerbs, guard
from gridmap.workspace.services import ServiceVerbs
from gridmap.workspace.state import Progress, day_of
from gridmap.workspace.systems import SystemVerbs

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from pandas import DataFrame

    from gridmap.plan import Plan

__all__ = ["Workspace"]


class Workspace(AtlasVerbs, CheckVerbs, SystemVerbs, ServiceVerbs, RecordVerbs, LedgerVerbs, ReviewVerbs, RightsVerbs):
    """An open workspace. Every verb reads or changes the file; nothing is kept back for later."""

    @classmethod
    def create(
        cls,
        path: str | Path,
        *,
        name: str = "",
        profile: str | None = None,
        frame: str | int | Frame | None = None,
        sample: bool = False,
    ) -> Self:
        """Make an empty workspace, at a path or at the postgresql:// address of a database, and open it.

        `frame` is a metric CRS (EPSG code) and `profile` a rule profile; where they are None, the first layer decides
        both by where it lies. Raises StoreError if there is a file already, CrsError for a frame that is not metric.
        """
        epsg = None if frame is None else _epsg(frame)
        if profile is not None:
            rule_profile(profile)
        made = Store.create(store.where(path), name=name, profile=profile, frame_epsg=epsg, sample=sample)
        return cls(made)

    @classmethod
    def create_sample(
        cls,
        path: str | Path,
        layers: Mapping[str, GeoDataFrame],
        *,
        name: str,
        plan_name: str = "present",
        records: Mapping[str, DataFrame] | None = None,
        progress: Progress | None = None,
    ) -> Self:
        """Make the workspace of an invented city from its layers, `grids` among them, and its records, and open it.

        A workspace of an invented city that is there already is made anew; any other file is refused.
        """
        path = Path(path)
        if path.exists():
            _require_sample(path)
        with store.new_file(path) as fresh:
            store.build_file(fresh, name=name, profile="cn", frame_epsg=None, sample=True)
            with cls.open(fresh) as made:
                rest = {layer: gdf for layer, gdf in layers.items() if layer != "grids"}
                made._imports.take_all(rest, source=name)  # noqa: SLF001 - its own class
                made.import_layer("grids", layers["grids"], source=name, plan_name=plan_name, progress=progress)
        store.RestrictedFile(path).discard()
        opened = cls.open(path)
        if records is not None:
            opened.import_invented(records, source=name)
        return opened

    @classmethod
    def open(
        cls,
        path: str | Path,
        *,
        read_only: bool = False,
        pooled: bool = False,
        synchronous: Synchronous = "FULL",
        user: str = "local",
        principal: Principal | None = None,
    ) -> Self:
        """Open a workspace, at a path or at the postgresql:// address of a database.

        `pooled` is for servers, see `gridmap.store.engine.connect`. What is acknowledged outlives a loss of power, or
        with `synchronous` NORMAL, which is quicker, only the end of the process, however it comes (of a file; a server
        has its own setting). `user` is who changes things, `principal` who does
        so with which rights (all of them if None). Raises StoreError where there is none, it is damaged, or a newer
        gridmap wrote it.
        """
        opened = cls(
            Store.open(store.where(path), read_only=read_only, pooled=pooled, synchronous=synchronous), user=user
        )
        return opened if principal is None else opened.acting(principal)

    def layer(self, name: str, *, plan: str | None = None, at: dt.date | str | None = None) -> GeoDataFrame:
        """Return a layer for export: of the city, or `grids`, the grids of a plan (the current one if None).

        With `at` as it was on that day; the grids of the plan that was in force, unless a plan is named.
        Columns that count people of a kind (elders, children) stay inside; see `gridmap.release`.
        """
        if store.known_layer(name) == "grids":
            return self._plan_at(plan, at).grids_frame()
        personal = [field.name for field in LAYERS[name].fields if field.personal]
        return self.city(at=at).layers[name].drop(columns=personal)

    def where(
        self,
        lon: float,
        lat: float,
        *,
        plan: str | None = None,
        crs: str = "EPSG:4326",
        at: dt.date | str | None = None,
    ) -> dict[str, Any]:
        """Say which subdistrict, community, grid, compound and building a place is in, and which plan says so.

        `crs` is what the two numbers are in, x first: an EPSG code, gcj02 or bd09. Levels that hold nothing are None.
        With `at`, what there was on that day, and the grid of the plan that was in force, unless a plan is named.
        """
        levels = ("subdistrict", "community", "grid", "compound", "building")
        if self.meta.frame_epsg is None:  # no layer yet, so nothing is anywhere
            return dict.fromkeys((*levels, "plan"))
        city = self.city(at=at)
        point = _point_in(city.frame, lon, lat, crs)
        asked = self._plan_at(plan, at)
        grid = asked.where(point.x, point.y)
        shown = None if grid is None else {"code": grid.code or grid.id, "name": grid.name or None, "kind": grid.kind}
        chain = {**city.place(point.x, point.y).to_dict(), "grid": shown}
        return {**{level: chain[level] for level in levels}, "plan": asked.name or None}

    def _plan_at(self, name: str | None, at: dt.date | str | None) -> Plan:
        """Return a plan, or the one in force on a day; the current one where there is neither."""
        if name is not None:
            return self.plan(name)
        found = None if at is None else self._records.plan_on(day_of(at))
        return self.current_plan() if found is None else found


guard(Workspace)


def _epsg(frame: str | int | Frame) -> int:
    """Return the EPSG code of a frame; CrsError if it is none, or not metric."""
    if isinstance(frame, Frame):
        return frame.epsg
    require_metric(frame, name="frame")
    code = CRS(frame).to_epsg()
    if code is None:
        raise CrsError(
            "frame-unknown", f"The frame {frame} has no EPSG code.", "Name a projected CRS by its EPSG code."
        )
    return code


def _point_in(frame: Frame, x: float, y: float, crs: str) -> shapely.Point:
    """Return a place in a frame; CrsError where the numbers cannot be a place near the city."""
    try:
        point = shapely.Point(*point_in(frame, x, y, crs=crs))
    except CrsError as error:
        if error.code in ("crs-unknown", "crs-missing"):
            raise
        raise CrsError(
            "place-far",
            f"{x:g},{y:g} is no place near this city in {crs}.",
            "Give the longitude first, then the latitude, or say with --at-crs what the numbers are in.",
        ) from None
    return point


def _require_sample(path: Path) -> None:
    """Refuse to make a sample city in the place of anything else, or of one that somebody has open."""
    with Store.open(path) as old:
        sample = old.meta().sample
    if not sample:
        raise StoreError(
            "workspace-exists",
            f"{path}: this is not a sample city's workspace.",
            "Choose another place for the sample.",
        )
    if Path(f"{path}-wal").exists():
        raise StoreError("store-busy", f"{path}: another program has the sample open.", "Close it and try again.")
