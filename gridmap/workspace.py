"""The one door to a workspace: layers in, city and plans out, changes of plans, each in one transaction.

Rights and the audit log come to stand here; for now there is one user. A workspace may be shared by threads, and its
file by processes: what another one changed is seen at the next call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace as changed
from functools import partial
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import shapely
from pyproj import CRS

from gridmap import city as cities
from gridmap import facilities, files, store
from gridmap import plan as planning
from gridmap.city import LAYERS, City, Finding
from gridmap.errors import CrsError, InputError, StoreError
from gridmap.geo.frames import Frame, require_metric, to_frame
from gridmap.plan import Balance, Edit, Fabric, Plan, SpecialGrid
from gridmap.rules import Profile
from gridmap.rules import profile as rule_profile
from gridmap.store import (
    RECORD_TABLES,
    Accounts,
    ImportDesk,
    ImportReport,
    LogEntry,
    Meta,
    Origin,
    PlanDesk,
    RecordsDesk,
    RecordsReport,
    Store,
)

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from pandas import DataFrame

__all__ = ["RECORD_TABLES", "ImportReport", "Workspace"]

Progress = Callable[[str, int, int], None]

_NO_FRAME = Frame(4544)
"""Stands in while a workspace has no layers: there is nothing to measure."""


class Workspace:
    """An open workspace. Every verb reads or changes the file; nothing is kept back for later."""

    def __init__(self, opened: Store, *, user: str = "local") -> None:
        self._store = opened
        self._lock = RLock()
        self._city: City | None = None
        self._fabrics: dict[str, Fabric] = {}
        self._ground: facilities.Ground | None = None
        self._desk = PlanDesk(
            opened, user=user, fabric=self._fabric, revision=lambda: self.city().revision, window=self.window
        )
        self._imports = ImportDesk(opened, city=self.city, fabric=partial(self._fabric, keep=False), plans=self._desk)
        self._records = RecordsDesk(opened, user=user, city=self.city, plans=self._desk.at)
        self._accounts = Accounts(
            self._records, city=self.city, plan=lambda name: self.current_plan() if name is None else self.plan(name)
        )

    # ---- open and close ---------------------------------------------------------------------------------------------

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
        """Make an empty workspace and open it.

        `frame` is a metric CRS (EPSG code) and `profile` a rule profile; where they are None, the first layer decides
        both by where it lies. Raises StoreError if there is a file already, CrsError for a frame that is not metric.
        """
        epsg = None if frame is None else _epsg(frame)
        if profile is not None:
            rule_profile(profile)
        made = Store.create(Path(path), name=name, profile=profile, frame_epsg=epsg, sample=sample)
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
            opened.import_records(records, source=name)
        return opened

    @classmethod
    def open(cls, path: str | Path, *, read_only: bool = False) -> Self:
        """Open a workspace. Raises StoreError where there is none, it is damaged, or a newer gridmap wrote it."""
        return cls(Store.open(Path(path), read_only=read_only))

    def close(self) -> None:
        """Close the file."""
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    # ---- the city ---------------------------------------------------------------------------------------------------

    @property
    def path(self) -> Path:
        """The file."""
        return self._store.path

    @property
    def meta(self) -> Meta:
        """What the workspace says about itself."""
        return self._store.meta()

    def profile(self) -> Profile:
        """Return the rule profile; that of China while nothing has decided it."""
        return rule_profile(self.meta.profile or "cn")

    def window(self, min_households: int | None = None, max_households: int | None = None) -> tuple[int, int]:
        """Return the range of households of a grid: the profile's, with what is given in its place."""
        rule = self.profile().grid
        low = rule.min_households if min_households is None else min_households
        high = rule.max_households if max_households is None else max_households
        return planning.window_limits((low, high))

    def city(self) -> City:
        """Return the city. It is read again only when a layer has changed, here or in another program."""
        with self._lock:
            revision = self._store.revision()
            if self._city is None or self._city.revision != revision:
                with self._store.reading() as connection:
                    meta, layers = self._store.meta(connection), self._store.read_layers(connection)
                self._city = City.build(
                    layers if meta.frame_epsg is not None else {},
                    frame=_NO_FRAME if meta.frame_epsg is None else Frame(meta.frame_epsg),
                    profile=rule_profile(meta.profile or "cn"),
                    name=meta.name,
                    revision=meta.city_revision,
                    sample=meta.sample,
                )
                self._fabrics.clear()
            return self._city

    def fabric(self, plan: Plan | str | None = None, *, progress: Progress | None = None) -> Fabric:
        """Return the cells that a plan is drawn on: those of the current plan if None.

        Cells are kept in the file until a layer changes. Making them takes seconds for a city.
        """
        if plan is None:
            plan = self.current_plan()
        return self._fabric((self.plan(plan) if isinstance(plan, str) else plan).fabric.specials, progress=progress)

    def layer(self, name: str, *, plan: str | None = None) -> GeoDataFrame:
        """Return a layer for export: of the city, or `grids`, the grids of a plan (the current one if None).

        Columns that count people of a kind (elders, children) stay inside; see `gridmap.release`.
        """
        if store.known_layer(name) == "grids":
            return (self.current_plan() if plan is None else self.plan(plan)).grids_frame()
        personal = [field.name for field in LAYERS[name].fields if field.personal]
        return self.city().layers[name].drop(columns=personal)

    def where(self, lon: float, lat: float, *, plan: str | None = None, crs: str = "EPSG:4326") -> dict[str, Any]:
        """Say which subdistrict, community, grid, compound and building a place is in, and which plan says so.

        `crs` is what the two numbers are in, x first: an EPSG code, gcj02 or bd09. Levels that hold nothing are None.
        """
        levels = ("subdistrict", "community", "grid", "compound", "building")
        if self.meta.frame_epsg is None:  # no layer yet, so nothing is anywhere
            return dict.fromkeys((*levels, "plan"))
        city = self.city()
        point = _point_in(city.frame, lon, lat, crs)
        asked = self.current_plan() if plan is None else self.plan(plan)
        grid = asked.where(point.x, point.y)
        shown = None if grid is None else {"code": grid.code or grid.id, "name": grid.name or None, "kind": grid.kind}
        chain = {**city.place(point.x, point.y).to_dict(), "grid": shown}
        return {**{level: chain[level] for level in levels}, "plan": asked.name or None}

    def check(self) -> tuple[Finding, ...]:
        """Return what is wrong with the city and with its current plan, and what a new import changed in the plan."""
        city = self.city()
        found = [*cities.check(city), *facilities.check(city)]
        if city.communities.empty or city.buildings.empty:
            return tuple(found)
        plan = self.current_plan()
        found += planning.check(plan, city)
        if plan.name:
            found += self._desk.findings(plan)
        return (*found, *self._accounts.findings())

    # ---- facilities -------------------------------------------------------------------------------------------------

    def ground(self) -> facilities.Ground:
        """Return the walking network with the buildings on it; made again only when a layer has changed."""
        with self._lock:
            city = self.city()
            if self._ground is None or self._ground.city is not city:
                self._ground = facilities.ground(city)
            return self._ground

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

    # ---- plans ------------------------------------------------------------------------------------------------------

    def plans(self) -> list[dict[str, Any]]:
        """Return the saved plans, oldest first: name, state, revision, resident grids, saved (UTC), base, note."""
        return self._desk.table()

    def plan(self, name: str) -> Plan:
        """Return a saved plan, laid on the buildings there are now; InputError if there is none of that name."""
        with self._lock:
            return self._desk.open(name)[1]

    def current_plan(self) -> Plan:
        """Return the plan in force; else the one saved last; else the one in which each community is one grid."""
        in_force = [row.name for row in self._desk.rows() if row.state == "in_force"]
        return self.plan(in_force[0]) if in_force else self.latest_plan()

    def latest_plan(self) -> Plan:
        """Return the plan saved or changed last; without any, the one in which each community is one grid."""
        rows = self._desk.rows()
        if not rows:
            return Plan.undivided(self._fabric(()))
        return self.plan(max(rows, key=lambda row: (row.changed_at, row.id)).name)

    def next_name(self, stem: str) -> str:
        """Return the first of stem-1, stem-2 … that no plan has."""
        return self._desk.next_name(stem)

    def require_new_name(self, name: str) -> None:
        """Refuse a name that no new plan can have: InputError for one that says nothing, ConflictError if taken."""
        store.require_new_name(name, (row.name for row in self._desk.rows()))

    def save_plan(
        self, plan: Plan, name: str, *, base: str | None = None, note: str = "", replace: bool = False
    ) -> Plan:
        """Save a plan as a draft under a name, and return it under that name.

        `base` names the plan that it was made from (its own name if None). With `replace`, a plan that has the name
        already becomes this one by one more change, which can be undone. Raises ConflictError if the name is taken.
        """
        with self._lock:
            fabric = self._fabric(plan.fabric.specials)
            if plan.fabric is not fabric:
                plan = store.place(store.state_of(plan), fabric, name=plan.name).plan
            if replace and any(row.name == name for row in self._desk.rows()):
                row, old = self._desk.open(name)
                return self._desk.advance(row, old, changed(plan, name=name), kind="redraw")
            return self._desk.create(plan, name, base=base or plan.name or None, note=note)[1]

    def edit(self, plan_name: str, edit: Edit, *, base: int | None = None) -> Plan:
        """Change a saved plan by an edit and return it.

        `base` is the revision that the edit was made on, the present one if None. Raises ConflictError if another
        writer has changed the plan since.
        """
        with self._lock:
            row, plan = self._desk.open(plan_name, base=base)
            return self._desk.advance(row, plan, planning.apply(plan, edit), kind=edit.kind)

    def undo(self, plan_name: str, *, base: int | None = None) -> Plan:
        """Take back the last change of a plan that is not taken back yet; InputError if there is none."""
        with self._lock:
            return self._desk.revert(plan_name, "undo", base=base)

    def redo(self, plan_name: str, *, base: int | None = None) -> Plan:
        """Make again the change that was taken back last; InputError if there is none."""
        with self._lock:
            return self._desk.revert(plan_name, "redo", base=base)

    def put_in_force(self, plan_name: str) -> Plan:
        """File a plan and put it in force: its grids get their codes, and the plan in force so far is superseded."""
        with self._lock:
            return self._desk.put_in_force(plan_name, profile=self.profile())

    def history(self, plan_name: str) -> list[LogEntry]:
        """Return the log of a plan, oldest first: who changed what kind of thing when."""
        return self._desk.history(plan_name)

    def balance(
        self, plan: Plan | str, *, min_households: int | None = None, max_households: int | None = None
    ) -> Balance:
        """Measure a plan. Its figures about people leave the tool through `gridmap.release` only."""
        measured = self.plan(plan) if isinstance(plan, str) else plan
        return planning.balance(measured, window=self.window(min_households, max_households))

    # ---- records ----------------------------------------------------------------------------------------------------

    @property
    def records(self) -> RecordsDesk:
        """Persons, organisations, duties and matters: taken in, added, moved through their stages, found."""
        return self._records

    @property
    def accounts(self) -> Accounts:
        """Questions to the records: who answers, vacancies, coverage, staffing, assignment, figures, tables."""
        return self._accounts

    def import_records(self, records: Mapping[str, DataFrame], *, source: str = "") -> RecordsReport:
        """Take in tables of persons, organisations, duties, matters and matter_events, whole or not at all.

        See `RecordsDesk.take` for their columns and for what becomes of restricted kinds.
        """
        with self._lock:
            return self._records.take(records, source=source)

    # ---- import -----------------------------------------------------------------------------------------------------

    def take(
        self, proposal: files.Proposal, *, accept: frozenset[str] = frozenset(), plan_name: str | None = None
    ) -> ImportReport:
        """Read a file as proposed into the workspace, whole or not at all. Messages name the file."""
        read = files.read(proposal, accept=accept)
        origin = Origin(proposal.layer, proposal.place, proposal.file, proposal.crs, proposal.encoding.name, read.notes)
        try:
            with self._lock:
                return self._imports.take(origin, read.gdf, crs=read.shift, accept=accept, plan_name=plan_name)
        except InputError as error:
            if proposal.file in error.message:
                raise
            raise type(error)(error.code, f"{proposal.place}: {error.message}", error.hint) from None

    def import_layer(
        self,
        layer: str,
        gdf: GeoDataFrame,
        *,
        crs: str | None = None,
        source: str = "",
        accept: frozenset[str] = frozenset(),
        replace: bool = True,
        plan_name: str | None = None,
        progress: Progress | None = None,
    ) -> ImportReport:
        """Take a layer in, whole or not at all; `grids` become a plan, the first one in force.

        `crs` overrides the layer's own (an EPSG code, gcj02 or bd09). `accept` names rules whose breach is taken in
        all the same (overlap). `replace` puts the rows in place of those there are, otherwise after them. Raises
        InputError, CrsError or GeometryError, naming layer and row, and leaves the file as it was.
        """
        if gdf.empty:
            raise InputError("layer-empty", f"{layer}: there are no rows.", "Choose a layer that has some.")
        place = f"{source}: {store.known_layer(layer)}" if source else store.known_layer(layer)
        origin = Origin(layer, place, source, str(crs or gdf.crs), "", ())
        numbered = gdf.set_axis(range(1, len(gdf) + 1), axis=0)
        with self._lock:
            return self._imports.take(
                origin, numbered, crs=crs, accept=accept, replace=replace, plan_name=plan_name, progress=progress
            )

    # ---- inside -----------------------------------------------------------------------------------------------------

    def _fabric(
        self, specials: Sequence[SpecialGrid], *, progress: Progress | None = None, keep: bool = True
    ) -> Fabric:
        with self._lock:
            city = self.city()
            codes = set(city.communities["code"])
            specials = tuple(one if one.community in codes else changed(one, community="") for one in specials)
            key = store.fabric_key(city.revision, specials)
            if key in self._fabrics:
                return self._fabrics[key]
            with self._store.reading() as connection:
                fabric = store.read_fabric(connection, key)
            if fabric is None:
                fabric = planning.fabric(city, specials=specials, progress=progress)
                # Whoever only reads need not be able to write, and a city without buildings is done in no time.
                if keep and len(city.buildings):
                    with suppress(StoreError), self._store.writing() as connection:
                        store.write_fabric(connection, key, fabric)
            self._fabrics[key] = self._fabrics[store.fabric_key(city.revision, fabric.specials)] = fabric
            return fabric


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
        point: shapely.Point = to_frame([shapely.Point(x, y)], frame, crs=crs, name=f"{x:g},{y:g}").geometry.iloc[0]
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
