"""Why a building or a compound is in its grid: what each neighbouring grid would cost instead."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gridmap.errors import InputError
from gridmap.plan import Plan, window_limits
from gridmap.redraw.options import HARD, Judge, Language, Option
from gridmap.redraw.problem import Weights
from gridmap.redraw.region import region

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["Explanation", "explain"]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why something is in its grid. `options` are the neighbouring grids, the next best first; `notes` are en, zh."""

    kind: str
    id: str
    name: str
    grid: str
    grid_name: str
    households: int
    buildings: int
    options: tuple[Option, ...]
    notes: tuple[tuple[str, str], ...]

    @property
    def table(self) -> DataFrame:
        """A row per option: grid, households then, the change of each term, price, decided_by, better."""
        import pandas as pd

        names = (*HARD, "compactness", "moved", "equality", "streets", "workload")
        rows = [
            {
                "grid": one.grid,
                "name": one.name,
                "households": one.households,
                "own_households": one.own_households,
                **{name: sum(term.change for term in one.terms if term.name == name) for name in names},
                "price": one.price,
                "decided_by": one.decided_by,
                "better": one.better,
            }
            for one in self.options
        ]
        columns = ["grid", "name", "households", "own_households", *names, "price", "decided_by", "better"]
        return pd.DataFrame(rows, columns=columns)

    def text(self, language: Language = "en") -> str:
        """Return the answer in words, a sentence a line."""
        at = 0 if language == "en" else 1
        kind = {"building": ("Building", "楼栋"), "compound": ("Compound", "小区")}[self.kind][at]
        named, grid = self.name or self.id, f"{self.grid} {self.grid_name}".strip()
        if language == "zh":
            first = f"{kind}{named}（{self.households} 户）在网格 {grid}。"
        else:
            first = f"{kind} {named} with {self.households} households is in grid {grid}."
        lines = [first, *(note[at] for note in self.notes), *(one.text(language) for one in self.options)]
        return "\n".join([*lines, self._verdict(at)])

    def _verdict(self, at: int) -> str:
        if not self.options:
            return ("No neighbouring grid could have it.", "没有相邻网格可以接收。")[at]
        best = self.options[0]
        if best.better:
            return (f"Grid {best.grid} would be the better place.", f"归网格 {best.grid} 更合适。")[at]
        why = {
            "contiguity": ("a grid would fall apart", "网格会断开"),
            "range": ("households would be out of range", "户数会超出范围"),
            "crossings": ("a grid would hang together across a barrier only", "网格只能跨屏障相连"),
            "compounds": ("a compound would be cut", "小区会被拆分"),
            "shape": ("shape, size and change together would be worse", "形状、规模与变动综合更差"),
            "nothing": ("it would be as good there", "两处一样好"),
        }[best.decided_by][at]
        return (
            f"It stays, for in the next best grid, {best.grid}, {why}.",
            f"留在原网格：次优的网格 {best.grid} {why}。",
        )[at]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, with the words in both languages."""
        return {**asdict(self), "text": {"en": self.text("en"), "zh": self.text("zh")}}

    def __repr__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        lines = "".join(f"<li>{escape(line)}</li>" for line in self.text("zh").split("\n"))
        return f"<ul>{lines}</ul>{self.table.round(3).to_html(index=False)}"


def explain(
    plan: Plan,
    *,
    building: str | None = None,
    compound: str | None = None,
    min_households: int,
    max_households: int,
    before: Plan | None = None,
    weights: Weights | None = None,
) -> Explanation:
    """Say why a building or a compound is in its grid, by what each neighbouring grid would cost in its place.

    Give one of `building` and `compound`, by id. Of a compound that several grids share, the part in the grid that has
    most of it is asked about. `before` is the plan against which households count as moved, this plan itself if None.
    Raises InputError: explain-what, building-unknown, compound-unknown, window-invalid.
    """
    window = window_limits((min_households, max_households))
    kind, cells = _asked(plan, building, compound)
    fabric = plan.fabric
    own = int(np.bincount(plan.grid_of[cells]).argmax())
    notes = _notes(plan, cells, own, kind, window[1])
    cells = cells[plan.grid_of[cells] == own]
    grid = plan.grids[own]
    ranked: list[tuple[tuple[float, ...], Option]] = []
    if grid.resident and not grid.locked:
        row = int(fabric.community[cells[0]])
        used = np.unique(plan.grid_of[(fabric.community == row) & (plan.grid_of >= 0)])
        here = region(plan, [g for g in used if plan.grids[g].resident], window=window, weights=weights)
        judge = Judge(here, before or plan, np.searchsorted(here.cells, cells))
        for place in judge.around:
            other = plan.grids[here.grids[place]]
            if other.locked:
                notes.append((f"Grid {other.id} beside it is locked.", f"相邻网格 {other.id} 已锁定。"))
            else:
                ranked.append(judge.option(place, other))
    first = int(cells[0])
    return Explanation(
        kind=kind,
        id=str(fabric.cell_ids[first] if kind == "building" else fabric.compound_ids[fabric.compound[first]]),
        name=str(fabric.compound_names[fabric.compound[first]]) if kind == "compound" else "",
        grid=grid.id,
        grid_name=grid.name,
        households=int(fabric.households[cells].sum()),
        buildings=int((fabric.building[cells] >= 0).sum()),
        options=tuple(one for _, one in sorted(ranked, key=lambda pair: (pair[0], pair[1].grid))),
        notes=tuple(notes),
    )


def _asked(plan: Plan, building: str | None, compound: str | None) -> tuple[str, NDArray[np.intp]]:
    """Return the kind and the cells that are asked about."""
    fabric = plan.fabric
    if (building is None) == (compound is None):
        raise InputError("explain-what", "Say one thing to explain.", "Name a building or a compound.")
    if building is not None:
        if building not in fabric.cell_of:
            raise InputError("building-unknown", f"There is no building {building!r}.", "Use an id of the buildings.")
        cells = np.array([fabric.cell_of[building]], np.intp)
    else:
        rows = np.flatnonzero(fabric.compound_ids == compound)
        cells = np.flatnonzero(np.isin(fabric.compound, rows) & (plan.grid_of >= 0)) if len(rows) else rows
        if not len(cells):
            raise InputError(
                "compound-unknown", f"There is no compound {compound!r} with buildings.", "Use an id of the compounds."
            )
    if (plan.grid_of[cells] < 0).any():
        raise InputError("building-without-grid", f"Building {building} is in no grid.", "Assign it to one first.")
    return ("building" if building is not None else "compound"), cells


def _notes(plan: Plan, cells: NDArray[np.intp], own: int, kind: str, most: int) -> list[tuple[str, str]]:
    """Return what has to be known before the options."""
    fabric, grid = plan.fabric, plan.grids[own]
    notes = []
    if not grid.resident:
        notes.append(("It is a special grid, which no plan changes.", "这是专属网格，任何方案都不改动。"))
    elif grid.locked:
        notes.append(("The grid is locked, so nothing changes it.", "该网格已锁定，不作改动。"))
    grids = [plan.grids[at].id for at in np.unique(plan.grid_of[cells])]
    if len(grids) > 1:
        notes.append((f"It is shared by the grids {', '.join(grids)}.", f"它分属网格 {'、'.join(grids)}。"))
    compound = int(fabric.compound[cells[0]])
    if kind == "building" and compound >= 0:
        same = (fabric.compound == compound) & (fabric.community == fabric.community[cells[0]]) & (fabric.special < 0)
        name, sums = fabric.compound_names[compound] or fabric.compound_ids[compound], fabric.households[same].sum()
        if sums <= most:
            notes.append(
                (
                    f"Its compound {name} of {sums} households is kept whole where it can be.",
                    f"所在小区 {name} 共 {sums} 户，原则上不拆分。",
                )
            )
    if not fabric.known[cells].all():
        notes.append(("Some households here are unknown and count 0.", "部分楼栋户数不明，按 0 户计。"))
    return notes
