"""What a planner types: `gridmap.open(…)` gives a handle whose plans carry the verbs, and each verb only forwards.

The values below (City, Plan, Balance) stay pure and know no higher room; a handle knows the workspace it came from.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from gridmap import files, maps, sample
from gridmap import plan as planning
from gridmap import redraw as drawing
from gridmap.errors import InputError
from gridmap.release import Released, release_balance
from gridmap.workspace import ImportReport, Workspace

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from matplotlib.figure import Figure
    from pandas import DataFrame

    from gridmap.city import City, Finding

__all__ = ["BalanceHandle", "PlanHandle", "WorkspaceHandle", "create", "create_sample", "open"]

Progress = Callable[[str, int, int], None]

# Totals of a balance that say how the plan is, not who lives in it: those come through `release` alone.
_SHAPE = (
    "grids", "in_range", "under", "over", "special_grids", "min", "max", "contiguity_breaks", "compounds_split",
    "polsby_popper", "unknown_buildings", "min_households", "max_households",
)  # fmt: skip


def open(path: str | Path) -> WorkspaceHandle:  # noqa: A001 - gridmap.open is what one says
    """Open a workspace.

    Raises StoreError where there is none, where it is damaged, or where a newer version wrote it.
    """
    return WorkspaceHandle(Workspace.open(Path(path)))


def create(
    path: str | Path, *, name: str = "", profile: str | None = None, frame: str | None = None
) -> WorkspaceHandle:
    """Make an empty workspace and open it. Without `profile` and `frame`, the first layer imported decides both."""
    return WorkspaceHandle(Workspace.create(Path(path), name=name, profile=profile, frame=frame))


def create_sample(path: str | Path, *, progress: Progress | None = None) -> WorkspaceHandle:
    """Make a workspace of the sample city, with its present grids as the plan in force, and open it.

    A workspace of the sample that is there already is made anew; any other file is left alone and refused.
    """
    return WorkspaceHandle(Workspace.create_sample(Path(path), sample.layers(), name=sample.NAME, progress=progress))


@dataclass(frozen=True)
class WorkspaceHandle:
    """An open workspace."""

    workspace: Workspace

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

    def plans(self) -> list[dict[str, Any]]:
        """Return the saved plans, oldest first: name, state, when saved, grids."""
        return self.workspace.plans()

    def next_name(self, stem: str) -> str:
        """Return the first of stem-1, stem-2 … that no plan has."""
        return self.workspace.next_name(stem)

    def propose(self, path: str | Path, layer: str, **options: Any) -> files.Proposal:
        """Say how a file would be read as one of the city's layers. Options as `files.propose` has them."""
        self._require_other(path)
        return files.propose(Path(path), layer, **options)

    def take(
        self, proposal: files.Proposal, *, accept: frozenset[str] = frozenset(), name: str | None = None
    ) -> ImportReport:
        """Read a file as proposed into the workspace, whole or not at all."""
        return self.workspace.take(proposal, accept=accept, plan_name=name)

    def import_file(self, path: str | Path, layer: str, **options: Any) -> ImportReport:
        """Read a layer of a file into the workspace as gridmap proposes; see `propose` for the options."""
        return self.take(self.propose(path, layer, **options))

    def check(self) -> tuple[Finding, ...]:
        """Look for what is wrong with the city and its current plan."""
        return self.workspace.check()

    def where(self, x: float, y: float, *, plan: str | None = None, crs: str = "EPSG:4326") -> dict[str, Any]:
        """Say what stands at a place (longitude, latitude unless `crs` says otherwise), and in whose grid."""
        return self.workspace.where(x, y, plan=plan, crs=crs)

    def export(self, layer: str, path: str | Path, *, plan: str | None = None, crs: str | None = None) -> int:
        """Write a layer, or the grids of a plan, to a file; returns the number of rows."""
        self._require_other(path)
        frame = self.workspace.layer(layer, plan=plan)
        return files.write(frame, Path(path), layer=layer, crs=crs)

    def _require_other(self, path: str | Path) -> None:
        """Refuse the workspace itself where a file of the outside world is meant."""
        if Path(path).resolve() == self.workspace.path.resolve():
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
class PlanHandle:
    """A plan of an open workspace. It never changes: each verb gives a new one."""

    owner: WorkspaceHandle
    value: planning.Plan

    @property
    def name(self) -> str:
        """The name it is saved by; empty while it is not."""
        return self.value.name

    @cached_property
    def grids(self) -> GeoDataFrame:
        """The grids with their balance, in metres."""
        shapes = self.value.grids_frame()
        figures = self.balance().table.drop(columns=["code", "name", "kind", "community"])
        return shapes.merge(figures, left_on="grid", right_on="grid", how="left")

    def balance(self, *, min_households: int | None = None, max_households: int | None = None) -> BalanceHandle:
        """Measure each grid against the range of households; the profile's where it is left out."""
        window = self.owner.workspace.window(min_households, max_households)
        measured = planning.balance(self.value, window=window)
        city = self.owner.city
        released = release_balance(
            measured.table, k=city.profile.suppression.k, basis=city.households_basis, as_of=city.households_as_of
        )
        return BalanceHandle(measured.totals, released, window)

    def redraw(self, *, seed: int = 0, communities: Sequence[str] | None = None, **options: Any) -> PlanHandle:
        """Redraw the grids, of all communities or of some; see `gridmap.redraw.redraw` for the options."""
        return self.redraw_reported(seed=seed, communities=communities, **options)[0]

    def redraw_reported(
        self,
        *,
        seed: int = 0,
        communities: Sequence[str] | None = None,
        min_households: int | None = None,
        max_households: int | None = None,
        **options: Any,
    ) -> tuple[PlanHandle, drawing.Redrawn]:
        """Redraw, and return also the report: per community, with each exception and its reason."""
        low, high = self.owner.workspace.window(min_households, max_households)
        result = drawing.redraw(
            self.value, min_households=low, max_households=high, communities=communities, seed=seed, **options
        )
        return PlanHandle(self.owner, result.plan), result

    def compare(self, other: PlanHandle) -> planning.Difference:
        """Say what changes from the other plan to this: households, buildings and compounds, grid by grid."""
        return planning.diff(other.value, self.value)

    def save(self, name: str, *, replace: bool = False) -> PlanHandle:
        """Save the plan under a name of its own."""
        return PlanHandle(self.owner, self.owner.workspace.save_plan(self.value, name, replace=replace))

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


@dataclass(frozen=True)
class BalanceHandle:
    """The households of each grid of a plan, measured against a range."""

    measured: Mapping[str, Any]
    released: Released
    window: tuple[int, int]

    @property
    def table(self) -> DataFrame:
        """One row a grid; figures about few people are left out."""
        return self.released.table

    @cached_property
    def totals(self) -> Mapping[str, Any]:
        """The figures of the whole plan; those about few people are left out."""
        return {**{name: value for name, value in self.measured.items() if name in _SHAPE}, **self.released.overall}

    @property
    def headline(self) -> str:
        """The plan in one line."""
        low, high = self.window
        return f"{self.totals['in_range']} of {self.totals['grids']} grids have {low}–{high} households"

    def to_dict(self) -> dict[str, Any]:
        """Return the balance as plain values: `grids` and `totals`."""
        return {"grids": self.table.to_dict("records"), "totals": dict(self.totals)}

    def _repr_html_(self) -> str:
        return f"<p><b>{escape(self.headline)}</b></p>{self.table.to_html(index=False, na_rep='–', max_rows=20)}"
