"""Several plans side by side, as the frontier and the alternatives have them: figures, prices, putting together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gridmap.errors import InputError
from gridmap.plan import Grid, Plan, balance, match
from gridmap.redraw.problem import Weights, breaks, score
from gridmap.redraw.region import region

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["AXES", "Choice", "Choices", "Price", "combined", "dominated", "drawn_before", "measure", "prices", "stayed"]

Rows = Sequence[int]
Work = NDArray[np.float64] | None

AXES: Mapping[str, int] = {
    "grids_out_of_range": 1,
    "contiguity_breaks": 1,
    "compounds_split": 1,
    "mean_polsby_popper": -1,
    "households_moved": 1,
    "workload_spread_pct": 1,
}
"""The figures by which plans are compared; −1 where more is better."""

SAME = 1e-9


@dataclass(frozen=True, slots=True)
class Choice:
    """A plan to choose, with its number from 1, what it was drawn for (en), and its figures.

    `figures`, over the communities that were redrawn: grids, grids_in_range, in_range_pct, grids_out_of_range,
    contiguity_breaks, compounds_split, mean_polsby_popper (0 … 1), households_moved (those that change grid, and so its
    worker), households_moved_pct, workload_spread_pct (standard deviation of the grids' work, of their mean).
    """

    number: int
    label: str
    plan: Plan
    figures: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Choices:
    """Plans to choose from, by number from 1, beside the `present` one (number 0)."""

    present: Choice
    choices: tuple[Choice, ...]
    window: tuple[int, int]

    def __len__(self) -> int:
        return len(self.choices)

    def __iter__(self) -> Iterator[Choice]:
        return iter(self.choices)

    def choice(self, number: int) -> Choice:
        """Return the choice of a number; InputError `choice-unknown` if there is none."""
        for one in self.choices:
            if one.number == number:
                return one
        raise InputError("choice-unknown", f"There is no choice {number}.", f"Use a number from 1 to {len(self)}.")

    @cached_property
    def table(self) -> DataFrame:
        """A row per plan, the present one first: choice, label, and its figures, with units in the names."""
        import pandas as pd

        return pd.DataFrame([self._row(one) for one in (self.present, *self.choices)])

    def _row(self, one: Choice) -> dict[str, Any]:
        return {"choice": one.number, "label": one.label, **one.figures}

    def to_dict(self) -> dict[str, Any]:
        """Return plain values: `present` and `choices`, each a row of the table, and the range."""
        rows = [self._row(one) for one in (self.present, *self.choices)]
        low, high = self.window
        return {"present": rows[0], "choices": rows[1:], "min_households": low, "max_households": high}

    def _repr_html_(self) -> str:
        html: str = self.table.round(3).to_html(index=False)
        return html


def drawn_before(plan: Plan) -> bool:
    """Tell whether anybody has drawn the resident grids of a plan, so that a household can change its grid."""
    return bool(plan.name) or any(grid.resident and (grid.code or grid.name) for grid in plan.grids)


def stayed(old: Plan, new: Plan) -> NDArray[np.bool_]:
    """Return which cells stay in the grid that they were in, bool[n_cells]; both plans are on one fabric."""
    source = np.append(match(old, new), -1)[new.grid_of]
    return np.asarray((source >= 0) & (source == old.grid_of), np.bool_)


def measure(old: Plan, new: Plan, *, window: tuple[int, int], rows: Rows, work: Work = None) -> dict[str, float]:
    """Return the figures of a `Choice` over the resident grids of some communities (rows of the fabric).

    `work` float64[n_cells] is what each cell asks of a grid worker, households if None.
    """
    fabric = new.fabric
    codes = {str(fabric.community_codes[row]) for row in rows}
    table = balance(new, window=window).table
    mine = ((table["kind"] == "resident") & (table["parts"] > 0) & table["community"].isin(codes)).to_numpy()
    grids, load = table[mine], new.total(fabric.households if work is None else work)[mine]
    count, average = int(mine.sum()), float(load.mean()) if mine.any() else 0.0
    cells = np.isin(fabric.community, list(rows)) & (fabric.special < 0)
    everyone = int(fabric.households[cells].sum())
    moved = int(fabric.households[cells & ~stayed(old, new)].sum()) if drawn_before(old) else 0
    inside = int((grids["status"] == "in_range").sum())
    return {
        "grids": count,
        "grids_in_range": inside,
        "in_range_pct": 100 * inside / max(1, count),
        "grids_out_of_range": count - inside,
        "contiguity_breaks": int((grids["parts"] - 1).sum()),
        "compounds_split": int(np.isin(new.split_pairs(window[1])[:, 0], list(rows)).sum()),
        "mean_polsby_popper": float(grids["polsby_popper"].mean()) if count else float("nan"),
        "households_moved": moved,
        "households_moved_pct": 100 * moved / max(1, everyone),
        "workload_spread_pct": 100 * float(load.std()) / average if average else 0.0,
    }


def dominated(one: Mapping[str, float], other: Mapping[str, float]) -> bool:
    """Tell whether another plan is as good in every figure of `AXES` and better in one."""
    pairs = [(sign * one[name], sign * other[name]) for name, sign in AXES.items()]
    return all(b <= a + SAME for a, b in pairs) and any(b < a - SAME for a, b in pairs)


@dataclass(frozen=True, slots=True)
class Price:
    """What the drawing of one community costs: `hard` in order, what is soft without moving, households moved.

    `hard`: parts too many, grids and households out of range, crossings, compounds split. `goal` are the households of
    an average grid.
    """

    hard: tuple[int, ...]
    soft: float
    moved: int
    goal: float

    def at(self, staying: float) -> tuple[tuple[int, ...], float]:
        """Return what is compared at a weight on households that move."""
        return self.hard, self.soft + staying * self.moved / self.goal


def prices(
    old: Plan, new: Plan, *, window: tuple[int, int], rows: Rows, weights: Weights, work: Work = None
) -> dict[int, Price]:
    """Price each of some communities (rows of the fabric) of a drawing."""
    fabric = new.fabric
    away = ~stayed(old, new) if drawn_before(old) else np.zeros(len(fabric), np.bool_)
    found = {}
    for row in rows:
        cells = (fabric.community == row) & (new.grid_of >= 0) & (fabric.special < 0)
        grids = np.unique(new.grid_of[cells])
        if not len(grids):
            found[row] = Price((0, 0, 0, 0, 0), 0.0, 0, 1.0)
            continue
        here = region(new, grids, window=window, weights=replace(weights, staying=0.0))
        problem = here.problem if work is None else replace(here.problem, work=work[here.cells])
        told = score(problem, here.labels)
        hard = (breaks(problem, here.labels), told.out, told.households_out, told.crossings, here.split(here.labels))
        moved = int(fabric.households[cells & away].sum())
        found[row] = Price(hard, told.soft, moved, max(1.0, problem.total / len(grids)))
    return found


def combined(base: Plan, chosen: Mapping[int, Plan]) -> Plan:
    """Return a plan with the grids of each community (row of the fabric) from the plan chosen for it.

    All plans are drawn on the fabric of `base`, from which the other communities are taken. Ids of grids are those of
    their plans: they begin with their community's code or are its own, so none occurs twice.
    """
    fabric = base.fabric
    row_of = {str(code): row for row, code in enumerate(fabric.community_codes)}
    plan_of = [chosen.get(row, base) for row in range(len(fabric.community_codes))]
    grid_of = np.full(len(fabric), -1, np.int32)
    grids: list[Grid] = []
    place = {id(plan): np.full(len(plan.grids) + 1, -1, np.int32) for plan in (base, *plan_of)}
    for plan in {id(plan): plan for plan in (base, *plan_of)}.values():
        for index, grid in enumerate(plan.grids):
            # Special grids are the same in all plans.
            if plan is (plan_of[row_of[grid.community]] if grid.resident else base):
                place[id(plan)][index] = len(grids)
                grids.append(grid)
    for row, plan in enumerate(plan_of):
        cells = (fabric.community == row) & (fabric.special < 0)
        grid_of[cells] = place[id(plan)][plan.grid_of[cells]]
    fixed = fabric.special >= 0
    grid_of[fixed] = place[id(base)][base.grid_of[fixed]]
    bridges = [pair for row, plan in enumerate(plan_of) for pair in plan.bridges if fabric.community[pair[0]] == row]
    return replace(base, name="", grid_of=grid_of, grids=tuple(grids), bridges=tuple(bridges))
