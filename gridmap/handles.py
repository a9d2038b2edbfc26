"""What a planner types: `gridmap.open(…)` gives a handle whose plans carry the verbs, and each verb only forwards.

The values below (City, Plan, Balance) stay pure and know no higher room; a handle knows the workspace it came from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from gridmap import facilities, files, maps, sample
from gridmap import plan as planning
from gridmap.choosing import ChoosingVerbs
from gridmap.city import findings_table
from gridmap.errors import InputError
from gridmap.release import release_balance
from gridmap.results import (
    BalanceHandle,
    CoverageHandle,
    DifferenceHandle,
    SiteHandle,
    difference,
    plan_card,
    workspace_card,
)
from gridmap.store import today
from gridmap.workspace import RECORD_TABLES, ImportReport, Workspace, is_server

if TYPE_CHECKING:
    from datetime import date

    from geopandas import GeoDataFrame
    from matplotlib.figure import Figure
    from pandas import DataFrame

    from gridmap.atlas import Order
    from gridmap.city import City, Finding
    from gridmap.store import Accounts, RecordsDesk, RecordsReport, RepairRow
    from gridmap.workspace import LedgerReport, Mended

__all__ = [
    "BalanceHandle", "CoverageHandle", "PlanHandle", "SiteHandle", "WorkspaceHandle", "create", "create_sample", "open",
]  # fmt: skip

Progress = Callable[[str, int, int], None]


def open(path: str | Path) -> WorkspaceHandle:  # noqa: A001 - gridmap.open is what one says
    """Open a workspace.

    Raises StoreError where there is none, where it is damaged, or where a newer version wrote it.
    """
    return WorkspaceHandle(Workspace.open(path))


def create(
    path: str | Path, *, name: str = "", profile: str | None = None, frame: str | None = None
) -> WorkspaceHandle:
    """Make an empty workspace and open it. Without `profile` and `frame`, the first layer imported decides both."""
    if not is_server(path) and Path(path).suffix.lower() != ".gpkg":
        raise InputError("workspace-ending", f"{path}: a workspace is a GeoPackage.", "End its name in .gpkg.")
    return WorkspaceHandle(Workspace.create(path, name=name, profile=profile, frame=frame))


def create_sample(path: str | Path, *, progress: Progress | None = None) -> WorkspaceHandle:
    """Make a workspace of the sample city, with its present grids in force and a year of records, and open it.

    A workspace of the sample that is there already is made anew; any other file is left alone and refused.
    """
    layers = sample.layers()
    records = sample.records(layers, on=today())
    made = Workspace.create_sample(Path(path), layers, name=sample.NAME, records=records, progress=progress)
    return WorkspaceHandle(made)


@dataclass(frozen=True)
class WorkspaceHandle:
    """An open workspace."""

    workspace: Workspace

    def __repr__(self) -> str:
        return f"<workspace {self.workspace.place}: {self.workspace.meta.name or 'unnamed'}, {len(self.plans())} plans>"

    def _repr_html_(self) -> str:
        return workspace_card(self.workspace)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self.workspace.close()

    @property
    def city(self) -> City:
        """The city: its layers as GeoDataFrames, in metres."""
        return self.workspace.city()

    def current_plan(self) -> PlanHandle:
        """Return the plan in force; else the one saved last; else an empty one."""
        return PlanHandle(self, self.workspace.current_plan())

    def plan(self, name: str) -> PlanHandle:
        """Return a saved plan."""
        return PlanHandle(self, self.workspace.plan(name))

    def latest_plan(self) -> PlanHandle:
        """Return the plan saved last."""
        return PlanHandle(self, self.workspace.latest_plan())

    def put_in_force(self, name: str, *, note: str = "") -> PlanHandle:
        """Put a plan in force: its grids get codes, open matters the grids that they lie in by it."""
        return PlanHandle(self, self.workspace.put_in_force(name, note=note))

    def step(self, name: str, step: str, *, note: str = "") -> dict[str, Any]:
        """Take a plan a step on: submit, withdraw, approve, return or file. Returns as `plan_steps`."""
        verb = {"return": "return_plan", "file": "file_plan"}.get(step, step)
        getattr(self.workspace, verb)(name, note=note)
        return self.workspace.plan_steps(name)

    def plan_steps(self, name: str) -> dict[str, Any]:
        """Say in which state a plan is, who took which step when, and which may come next."""
        return self.workspace.plan_steps(name)

    def plans(self) -> list[dict[str, Any]]:
        """Return the saved plans, oldest first: name, state, when saved, grids."""
        return self.workspace.plans()

    def require_new_name(self, name: str) -> None:
        """Refuse a name that no new plan can have, before the work of making one."""
        self.workspace.require_new_name(name)

    def next_name(self, stem: str) -> str:
        """Return the first of stem-1, stem-2 … that no plan has."""
        return self.workspace.next_name(stem)

    def propose(self, path: str | Path, layer: str, **options: Any) -> files.Proposal:
        """Say how a file would be read as one of the city's layers. Options as `files.propose` has them."""
        self.require_other(path)
        return self.workspace.propose(Path(path), layer, **options)

    def take(
        self,
        proposal: files.Proposal,
        *,
        accept: frozenset[str] = frozenset(),
        name: str | None = None,
        valid_from: date | str | None = None,
        progress: Progress | None = None,
    ) -> ImportReport:
        """Read a file as proposed into the workspace, whole or not at all; it holds from a day (today)."""
        return self.workspace.take(proposal, accept=accept, plan_name=name, valid_from=valid_from, progress=progress)

    def import_file(self, path: str | Path, layer: str, **options: Any) -> ImportReport:
        """Read a layer of a file into the workspace as gridmap proposes; see `propose` for the options."""
        return self.take(self.propose(path, layer, **options))

    def crs_candidates(self, layer: str, gdf: GeoDataFrame) -> tuple[files.Candidate, ...]:
        """Rank the reference systems that a layer without one may be in, by how it fits the city's other layers."""
        return self.workspace.crs_candidates(layer, gdf)

    def match_ledger(self, path: str | Path, **options: Any) -> files.LedgerMatch:
        """Match a ledger's addresses to buildings; options `kind`, `sheet`, `encoding`, `columns`. Writes nothing."""
        return self.workspace.match_ledger(path, **options)

    def queue_ledger(self, match: files.LedgerMatch, *, source: str = "") -> int:
        """Put the doubtful addresses of a ledger in the review queue; returns how many."""
        return self.workspace.queue_ledger(match, source=source)

    def apply_ledger(self, match: files.LedgerMatch, **options: Any) -> LedgerReport:
        """Write what a ledger's accepted rows add up to into the buildings; options `basis`, `as_of`, `source`."""
        return self.workspace.apply_ledger(match, **options)

    def export_match(self, match: files.LedgerMatch, path: str | Path) -> int:
        """Write the outcome of each row of a ledger, with codes and coordinates; returns the number of rows."""
        return files.write_ledger({"matched": match.table()}, path)

    def review(self) -> list[dict[str, Any]]:
        """Return the addresses of ledgers that wait for a decision, those of most rows first."""
        return self.workspace.review()

    def decide(self, number: int, building: str | None) -> str:
        """Decide which building a waiting address is, None for none; it is remembered for every later ledger."""
        return self.workspace.decide(number, building)

    def check(
        self,
        *,
        totals: str | Path | None = None,
        codes: str | Path | None = None,
        progress: Progress | None = None,
    ) -> tuple[Finding, ...]:
        """Return what is wrong with the city and its current plan, the worst first.

        `totals` is a ledger of households by place, `codes` another release of the codes; see `Workspace.check`.
        """
        return self.workspace.check(
            totals=None if totals is None else files.read_totals(totals),
            codes=None if codes is None else files.read_release(codes),
            source="" if codes is None else Path(codes).name,
            progress=progress,
        )

    def repair(self, findings: Sequence[str] = (), *, all_safe: bool = False, **options: Any) -> Mended:
        """Repair findings of `check` by their ids, or all safe ones, in one transaction; see `Workspace.mend`."""
        return self.workspace.mend(findings, all_safe=all_safe, **options)

    def undo_repair(self) -> RepairRow:
        """Take back the last repair, byte by byte."""
        return self.workspace.undo_mend()

    def repairs(self) -> list[RepairRow]:
        """Return the repairs that were made, oldest first."""
        return self.workspace.mends()

    def crosswalk(self, old: str, new: str, *, staff: bool = False) -> DataFrame:
        """Return which grids of two plans share which households and ground; with `staff`, who answers for the old."""
        return self.workspace.crosswalk(old, new, staff=staff)

    def conflicts(self, old: str, new: str) -> DataFrame:
        """Return for each grid of a plan what another makes of it, and whom it loses."""
        return self.workspace.conflicts(old, new)

    def merge_systems(self, weights: Mapping[str, float], name: str) -> PlanHandle:
        """Make one plan of several by a vote of each cell, and save it as a draft to redraw from."""
        return PlanHandle(self, self.workspace.merge_systems(weights, name))

    def export_table(self, tables: Mapping[str, DataFrame], path: str | Path) -> int:
        """Write tables to .xlsx or .csv; returns the number of rows."""
        self.require_other(path)
        return files.write_ledger(tables, Path(path))

    def city_at(self, day: date | str) -> City:
        """Return the city as it was on a day."""
        return self.workspace.city(at=day)

    def where(self, x: float, y: float, **options: Any) -> dict[str, Any]:
        """Say what stands at a place (longitude, latitude unless `crs` says otherwise), and in whose grid.

        Options `plan`, `crs`, and `at`, the day; see `Workspace.where`.
        """
        return self.workspace.where(x, y, **options)

    def nearest(
        self, kind: str, x: float, y: float, *, k: int = 1, crs: str = "EPSG:4326", **options: Any
    ) -> facilities.Nearest:
        """Return the k nearest facilities of a kind from a place (longitude, latitude), with the ways there."""
        return self.workspace.nearest(kind, x, y, k=k, crs=crs, **options)

    def coverage(self, kind: str, *, plan: PlanHandle | str | None = None, **options: Any) -> CoverageHandle:
        """Tell who reaches a facility of a kind within `minutes` or `metres`, by the grids of a plan."""
        shown = self.plan(plan) if isinstance(plan, str) else plan or self.current_plan()
        return CoverageHandle(self.workspace.coverage(kind, **options), shown.value)

    def access(self, kind: str, **options: Any) -> facilities.Access:
        """Measure how many places of a kind each person has within reach, and how evenly they are shared."""
        return self.workspace.access(kind, **options)

    def site(self, kind: str, *, add: int = 1, **options: Any) -> SiteHandle:
        """Choose where `add` more facilities of a kind should stand, and say what each adds."""
        return SiteHandle(self.workspace.site(kind, add=add, **options), add, options)

    def what_if(self, kind: str, *changes: facilities.Change, **options: Any) -> facilities.WhatIf:
        """Tell who is covered before and after facilities open, close, move or keep longer hours."""
        return self.workspace.what_if(kind, changes, **options)

    @property
    def records(self) -> RecordsDesk:
        """Persons, organisations, duties and matters: taken in, added, moved through their stages, found."""
        return self.workspace.records

    @property
    def accounts(self) -> Accounts:
        """Questions to the records: who answers, vacancies, coverage, staffing, assignment, figures."""
        return self.workspace.accounts

    def import_records(
        self, source: str | Path | Mapping[str, DataFrame], *, names: Sequence[str] = RECORD_TABLES, only: str = ""
    ) -> RecordsReport:
        """Take in tables of records, or a ledger: a workbook with a sheet a table, or a CSV file (the table `only`)."""
        if isinstance(source, Mapping):
            return self.workspace.import_records(source)
        self.require_other(source)
        return self.workspace.import_records(files.read_records(source, names, only=only), source=Path(source).name)

    def export_records(self, path: str | Path, *, names: Sequence[str] = RECORD_TABLES, contacts: bool = False) -> int:
        """Write tables of records to a ledger that can be imported again, without restricted kinds; return the rows."""
        self.require_other(path)
        return files.write_ledger(self.workspace.accounts.export(tuple(names), contacts=contacts), Path(path))

    def matters_map(
        self, *, plan: PlanHandle | str | None = None, on: date | None = None, **options: Any
    ) -> maps.CityMap:
        """Draw what happens and who answers on a day (today), by the grids of a plan, on a page of its own."""
        shown = self.plan(plan) if isinstance(plan, str) else plan or self.current_plan()
        scene, answers = self.workspace.records_scene(shown.value, on=on)
        return maps.matters_map(self.city, shown.value, shown.balance().released, scene, answers, **options)

    def atlas(self, path: str | Path, order: Order | None = None, **options: Any) -> int:
        """Write posters, maps and leaflets to a PDF (a poster a grid if none are named); see `Workspace.atlas`."""
        self.require_other(path)
        return self.workspace.atlas(Path(path), order, **options)

    def findings_map(self, findings: Sequence[Finding] | None = None, **options: Any) -> maps.CityMap:
        """Draw findings (what `check` finds now), the worst first, on a map that needs no network."""
        return maps.findings_map(self.city, self.check() if findings is None else findings, **options)

    def export_findings(self, path: str | Path, findings: Sequence[Finding] | None = None) -> int:
        """Write findings (what `check` finds now) to a sheet, with places and remedies; return the rows."""
        self.require_other(path)
        found = self.check() if findings is None else findings
        return files.write_ledger({"findings": findings_table(found, self.city.frame)}, Path(path))

    def export(
        self,
        layer: str,
        path: str | Path,
        *,
        plan: str | None = None,
        crs: str | None = None,
        at: date | str | None = None,
    ) -> int:
        """Write a layer, or the grids of a plan, to a file, as they were on a day `at`; returns the number of rows."""
        self.require_other(path)
        frame = self.workspace.layer(layer, plan=plan, at=at)
        return files.write(frame, Path(path), layer=layer, crs=crs)

    def require_other(self, path: str | Path) -> None:
        """Refuse the workspace itself where a file of the outside world is meant."""
        own = self.workspace.path
        if own is not None and Path(path).resolve() == own.resolve():
            raise InputError("workspace-itself", f"{path} is this workspace.", "Choose another file.")

    def map(self, path: str | Path, *, plan: str | None = None, before: str | None = None) -> Path:
        """Write the map as one page that needs no network; see `page`."""
        files.write_text(Path(path), self.page(plan=plan, before=before))
        return Path(path)

    def page(self, *, plan: str | None = None, before: str | None = None) -> str:
        """Return the map as HTML that needs no network: `before` (the plan in force) and `plan` (the latest)."""
        shown = self.plan(plan) if plan else self.latest_plan()
        old = self.plan(before) if before else self.current_plan()
        page: str = shown.explore(before=old if old.name != shown.name else None).get_root().render()
        return page


@dataclass(frozen=True)
class PlanHandle(ChoosingVerbs):
    """A plan of an open workspace. It never changes: each verb gives a new one."""

    owner: WorkspaceHandle
    value: planning.Plan

    def __repr__(self) -> str:
        return f"<plan {self.name or 'not saved'}: {self.balance().headline}>"

    def _repr_html_(self) -> str:
        return plan_card(self.name, self.balance(), sample=self.owner.city.sample)

    @property
    def name(self) -> str:
        """The name it is saved by; empty while it is not."""
        return self.value.name

    @cached_property
    def grids(self) -> GeoDataFrame:
        """The grids with their balance, in metres."""
        shapes = self.value.grids_frame()[["grid", "geometry"]]
        figures = self.balance().table
        frame = shapes.merge(figures, on="grid", how="left")
        return frame[[*figures.columns, "geometry"]]

    def balance(self, *, min_households: int | None = None, max_households: int | None = None) -> BalanceHandle:
        """Measure each grid against the range of households; the profile's where it is left out."""
        window = self.owner.workspace.window(min_households, max_households)
        measured = planning.balance(self.value, window=window)
        city = self.owner.city
        released = release_balance(
            measured.table, k=city.profile.suppression.k, basis=city.households_basis, as_of=city.households_as_of
        )
        return BalanceHandle(measured.totals, released, window)

    def compare(self, other: PlanHandle) -> DifferenceHandle:
        """Say who changes grid and worker from the other plan to this: grid by grid, by compound and by address."""
        return difference(self.owner.workspace, other.value, self.value)

    def save(self, name: str, *, replace: bool = False, note: str = "") -> PlanHandle:
        """Save the plan under a name of its own."""
        return PlanHandle(self.owner, self.owner.workspace.save_plan(self.value, name, replace=replace, note=note))

    def assign(self, buildings: Sequence[str], grid: str) -> PlanHandle:
        """Give buildings to another grid of their community."""
        return PlanHandle(self.owner, planning.assign(self.value, buildings, grid)[0])

    def merge(self, grid: str, other: str) -> PlanHandle:
        """Make one grid of two; the first keeps its code."""
        return PlanHandle(self.owner, planning.merge(self.value, grid, other)[0])

    def split(self, grid: str, buildings: Sequence[str], new: str) -> PlanHandle:
        """Take buildings out of a grid into a new one."""
        return PlanHandle(self.owner, planning.split(self.value, grid, buildings, new)[0])

    def lock(self, grid: str, *, locked: bool = True) -> PlanHandle:
        """Keep a grid from being changed, or free it again."""
        return PlanHandle(self.owner, planning.lock(self.value, grid, locked=locked)[0])

    def explore(self, *, before: PlanHandle | None = None) -> maps.PlanMap:
        """Draw the plan, and one before it if given, on a map that needs no network."""
        shown = [handle for handle in (before, self) if handle is not None]
        return maps.plan_map(
            self.owner.city, [handle.value for handle in shown], [handle.balance().released for handle in shown]
        )

    def plot(self, *, before: PlanHandle | None = None) -> Figure:
        """Draw the plan for a page, beside one before it if given."""
        if before is None:
            return maps.plot(self.owner.city, self.value, self.balance().released)
        return maps.compare_plot(
            self.owner.city, (before.value, self.value), (before.balance().released, self.balance().released)
        )
