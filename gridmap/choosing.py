"""The verbs by which a planner chooses among plans. The handle of a plan carries them, and they only forward."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Literal, Protocol, Self, TypeVar, overload

from gridmap import files, maps
from gridmap import redraw as drawing
from gridmap.maps import cards
from gridmap.redraw.choices import Choices

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

    from gridmap.plan import Plan
    from gridmap.redraw.alternatives import Alternatives
    from gridmap.redraw.crossings import Crossings
    from gridmap.redraw.explain import Explanation
    from gridmap.redraw.frontier import Frontier
    from gridmap.redraw.micro import MicroGrids
    from gridmap.redraw.repair import Repaired
    from gridmap.workspace import Workspace

__all__ = ["ChoicesHandle", "ChoosingVerbs", "RepairedHandle"]

_CHOICE_WORDS = {
    "choice": "方案", "grids": "网格", "grids_in_range": "达标网格", "compounds_split": "拆分小区",
    "mean_polsby_popper": "紧凑度", "households_moved": "变更户数", "households_moved_pct": "变更 %",
    "workload_spread_pct": "负担差异 %",
}  # fmt: skip

P = TypeVar("P", bound="ChoosingVerbs")


class Owner(Protocol):
    """The handle of the workspace that plans are of."""

    @property
    def workspace(self) -> Workspace:
        """The workspace."""

    def require_other(self, path: str | Path) -> None:
        """Refuse the workspace itself where a file of the outside world is meant."""


@dataclass(frozen=True)
class ChoicesHandle(Generic[P]):
    """Several plans to choose from, numbered from 1. `plan(3)` gives the third."""

    start: P
    value: Choices

    def __repr__(self) -> str:
        return repr(self.value)

    def __len__(self) -> int:
        return len(self.value)

    def __iter__(self) -> Iterator[P]:
        return (self.plan(one.number) for one in self.value)

    @property
    def table(self) -> DataFrame:
        """A row per plan, the present one (choice 0) first, with what each costs and gains."""
        return self.value.table

    def plan(self, number: int) -> P:
        """Return the plan of a number."""
        return self.start.handle_of(self.value.choice(number).plan)

    def plot(self, *, title: str = "") -> Figure:
        """Draw the plans by households that change grid and by compactness."""
        return maps.frontier_plot(self.table, title=title)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values: `present` and `choices`."""
        return self.value.to_dict()

    def _repr_html_(self) -> str:
        shown = self.table
        chart = cards.points_chart(shown, "households_moved_pct", "mean_polsby_popper", label="变更住户与紧凑度")
        note = "横：变更网格的住户 %；纵：平均紧凑度。菱形是现行方案；.plan(n) 取第 n 个。"
        return cards.card(f"{len(self)} 个可选方案", chart, cards.table(shown, _CHOICE_WORDS), note=note)


@dataclass(frozen=True)
class RepairedHandle(Generic[P]):
    """What a repair did, and the plan it made."""

    plan: P
    value: Repaired

    def __repr__(self) -> str:
        return repr(self.value)

    def to_dict(self) -> dict[str, Any]:
        """Return what moved as plain values."""
        return self.value.to_dict()


class ChoosingVerbs:
    """What a plan's handle can do to help with a decision."""

    if TYPE_CHECKING:

        @property
        def owner(self) -> Owner:
            """The workspace's handle."""

        @property
        def value(self) -> Plan:
            """The plan."""

    @overload
    def redraw(
        self,
        *,
        seed: int = 0,
        communities: Sequence[str] | None = None,
        frontier: Literal[False] = False,
        alternatives: None = None,
        **options: Any,
    ) -> Self: ...

    @overload
    def redraw(
        self, *, seed: int = 0, communities: Sequence[str] | None = None, frontier: Literal[True], **options: Any
    ) -> ChoicesHandle[Self]: ...

    @overload
    def redraw(
        self, *, seed: int = 0, communities: Sequence[str] | None = None, alternatives: int, **options: Any
    ) -> ChoicesHandle[Self]: ...

    def redraw(
        self,
        *,
        seed: int = 0,
        communities: Sequence[str] | None = None,
        frontier: bool = False,
        alternatives: int | None = None,
        **options: Any,
    ) -> Self | ChoicesHandle[Self]:
        """Redraw the grids, of all communities or of some; see `gridmap.redraw.redraw` for the options.

        With `frontier=True` it returns plans from least change to best shape, with `alternatives=n` up to n plans that
        are drawn quite differently.
        """
        options |= {"seed": seed, "communities": communities}
        if frontier:
            return self.frontier(**options)
        if alternatives is not None:
            return self.alternatives(alternatives, **options)
        return self.redraw_reported(**options)[0]

    def redraw_reported(
        self, *, seed: int = 0, communities: Sequence[str] | None = None, **options: Any
    ) -> tuple[Self, drawing.Redrawn]:
        """Redraw, and return also the report: per community, with each exception and its reason."""
        asked = self.owner.workspace.redraw_options(self.value, **options)
        result = drawing.redraw(self.value, communities=communities, seed=seed, **asked)
        return self.handle_of(result.plan), result

    def frontier(self, **options: Any) -> ChoicesHandle[Self]:
        """Return plans from least change to best shape, none better than another in everything.

        `work` says what counts as work, such as {"households": 1, "requests": 5}; see `gridmap.redraw.frontier` for the
        other options.
        """
        found: Frontier = self.owner.workspace.frontier(self.value, **options)
        return ChoicesHandle(self, found)

    def alternatives(self, count: int, **options: Any) -> ChoicesHandle[Self]:
        """Return up to `count` plans that are drawn quite differently; see `gridmap.redraw.alternatives`."""
        found: Alternatives = self.owner.workspace.alternatives(self.value, count, **options)
        return ChoicesHandle(self, found)

    def explain(self, building: str | None = None, *, compound: str | None = None, **options: Any) -> Explanation:
        """Say why a building or a compound is in its grid, and what the grids beside it would cost instead."""
        return self.owner.workspace.explain(self.value, building=building, compound=compound, **options)

    def repair(self, *grids: str, keep: Iterable[str] = (), **options: Any) -> RepairedHandle[Self]:
        """Bring grids back into range together with their neighbours, moving as little as can be.

        `keep` are buildings that stay where they are now, such as those moved by hand just before.
        """
        done = self.owner.workspace.repair(self.value, grids, keep=keep, **options)
        return RepairedHandle(self.handle_of(done.plan), done)

    def micro_grids(self, *grids: str, **options: Any) -> MicroGrids:
        """Divide some grids, or all, into micro grids 微网格."""
        return self.owner.workspace.micro_grids(self.value, grids or None, **options)

    def export_micro_grids(self, made: MicroGrids, path: str | Path, *, crs: str | None = None) -> int:
        """Write micro grids to a file; returns their number."""
        self.owner.require_other(path)
        return files.write(made.frame(), Path(path), layer="micro_grids", crs=crs)

    def crossings(self) -> Crossings:
        """Return which grids hang together only across a river, a railway or an expressway, and which."""
        return self.owner.workspace.crossings(self.value)

    def handle_of(self, plan: Plan) -> Self:
        """Return another plan of the same workspace as a handle."""
        return type(self)(self.owner, plan)  # type: ignore[call-arg]  # as every handle of a plan is made
