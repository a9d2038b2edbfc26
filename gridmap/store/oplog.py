"""A plan as it is kept: ids of buildings and grids, and the changes that lead from one state to the next.

Cells and their numbers are derived from the city and change with it; ids do not. So a log of changes in ids replays to
the same state whatever became of the city since, and `place` lays the state on the cells there are now.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from gridmap.errors import InputError, StoreError
from gridmap.plan import Fabric, Grid, Plan, SpecialGrid

__all__ = ["Placed", "PlanState", "apply_change", "change_between", "change_plan", "place", "state_of"]

Json = dict[str, Any]
NOWHERE = ""
"""The grid id under which a state lists buildings that are in no grid."""


@dataclass(frozen=True, eq=False)
class PlanState:
    """A plan in ids: its grids in order, the grid of each cell id, bridges as pairs of cell ids, its special grids."""

    grids: tuple[Grid, ...]
    grid_of: Mapping[str, str]
    bridges: tuple[tuple[str, str], ...] = ()
    specials: tuple[SpecialGrid, ...] = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PlanState) and self.to_json() == other.to_json()

    def __hash__(self) -> int:
        return hash(self.grids)

    def to_json(self) -> str:
        """Return the state as compact JSON: the same text for the same state."""
        return _dump(
            {
                "grids": [grid.record() for grid in self.grids],
                "cells": _by_grid(self.grid_of.items()),
                "bridges": self.bridges,
                "specials": [_special_record(special) for special in self.specials],
            }
        )

    @classmethod
    def from_json(cls, text: str) -> PlanState:
        """Return the state of `to_json`; StoreError if it is not one."""
        try:
            raw = json.loads(text)
            return cls(
                tuple(Grid.from_record(record) for record in raw["grids"]),
                {cell: grid for grid, cells in raw["cells"].items() for cell in cells},
                tuple((str(one), str(other)) for one, other in raw["bridges"]),
                tuple(_special(record) for record in raw["specials"]),
            )
        except (ValueError, KeyError, TypeError, AttributeError, shapely.GEOSException):
            raise _damaged() from None


def state_of(plan: Plan) -> PlanState:
    """Return a plan's state in ids."""
    ids = plan.fabric.cell_ids
    names = np.array([*(grid.id for grid in plan.grids), NOWHERE], dtype=object)
    bridges = tuple((str(ids[one]), str(ids[other])) for one, other in plan.bridges)
    grid_of = dict(zip(ids.tolist(), names[plan.grid_of].tolist(), strict=True))
    return PlanState(plan.grids, grid_of, bridges, plan.fabric.specials)


def change_between(old: PlanState, new: PlanState) -> Json:
    """Return what leads from one state to another, as JSON-able values; only what differs is in it.

    `cells`: the new grid of each cell that changes it, by grid; `gone`: cells that are no more; `drop` and `put`: grids
    taken out, and records put in at their positions; `bridges` and `specials`: the whole new list.
    """
    change: Json = {}
    if moved := _by_grid((cell, grid) for cell, grid in new.grid_of.items() if old.grid_of.get(cell) != grid):
        change["cells"] = moved
    if gone := sorted(cell for cell in old.grid_of if cell not in new.grid_of):
        change["gone"] = gone
    change |= _grid_changes(old.grids, new.grids)
    if old.bridges != new.bridges:
        change["bridges"] = [list(pair) for pair in new.bridges]
    old_specials, new_specials = ([_special_record(one) for one in state.specials] for state in (old, new))
    if old_specials != new_specials:
        change["specials"] = new_specials
    return change


def changes_between(old: Plan, new: Plan) -> tuple[Json, Json]:
    """Return what leads from one plan to another and what leads back, as `change_between` of their states does.

    On one fabric only what differs is looked at in names, so that an edit does not cost what a city costs.
    """
    if old.fabric is not new.fabric:
        before, after = state_of(old), state_of(new)
        return change_between(before, after), change_between(after, before)
    names = [np.array([*(grid.id for grid in plan.grids), NOWHERE], object) for plan in (old, new)]
    if old.grids is new.grids:
        moved = np.flatnonzero(old.grid_of != new.grid_of)
    else:
        moved = np.flatnonzero(names[0][old.grid_of] != names[1][new.grid_of])
    cells = old.fabric.cell_ids[moved].tolist()
    made: list[Json] = []
    for plan, other, of in ((old, new, names[1]), (new, old, names[0])):
        change: Json = {}
        if len(moved):
            change["cells"] = _by_grid(zip(cells, of[other.grid_of[moved]].tolist(), strict=True))
        if plan.grids is not other.grids:
            change |= _grid_changes(plan.grids, other.grids)
        if plan.bridges != other.bridges:
            ids = plan.fabric.cell_ids
            change["bridges"] = [[str(ids[one]), str(ids[two])] for one, two in other.bridges]
        made.append(change)
    return made[0], made[1]


def _grid_changes(old: Sequence[Grid], new: Sequence[Grid]) -> Json:
    change: Json = {}
    stay = _unmoved(old, new)
    if drop := [grid.id for grid in old if grid.id not in stay]:
        change["drop"] = drop
    if put := [[index, grid.record()] for index, grid in enumerate(new) if grid.id not in stay]:
        change["put"] = put
    return change


def apply_change(state: PlanState, change: Json) -> PlanState:
    """Return the state that a change leads to; StoreError if it is none."""
    try:
        grid_of = dict(state.grid_of)
        for cell in change.get("gone", ()):
            grid_of.pop(cell, None)
        for grid, cells in change.get("cells", {}).items():
            grid_of.update(dict.fromkeys(cells, grid))
        drop = set(change.get("drop", ()))
        grids = [grid for grid in state.grids if grid.id not in drop]
        for index, record in change.get("put", ()):
            grids.insert(index, Grid.from_record(record))
        state = replace(state, grid_of=grid_of, grids=tuple(grids))
        if "bridges" in change:
            state = replace(state, bridges=tuple((str(one), str(other)) for one, other in change["bridges"]))
        if "specials" in change:
            state = replace(state, specials=tuple(_special(record) for record in change["specials"]))
    except (ValueError, KeyError, TypeError, AttributeError, shapely.GEOSException):
        raise _damaged() from None
    return state


def change_plan(plan: Plan, change: Json) -> Plan | None:
    """Return a plan after a change, by the cells that the change names alone, as `apply_change` and `place` make it.

    None where that needs more: other special grids, cells that are no more, or a cell that is in another community now.
    """
    if "gone" in change or "specials" in change:
        return None
    drop = set(change.get("drop", ()))
    grids = [grid for grid in plan.grids if grid.id not in drop]
    for index, record in change.get("put", ()):
        grids.insert(index, Grid.from_record(record))
    place_of = {grid.id: row for row, grid in enumerate(grids)} | {NOWHERE: -1}
    follows = np.array([place_of.get(grid.id, -2) for grid in plan.grids] + [-1], np.int32)
    grid_of, cell_of = follows[plan.grid_of], plan.fabric.cell_of
    for grid, cells in change.get("cells", {}).items():
        at = [cell_of.get(cell, -1) for cell in cells]
        if min(at, default=0) < 0:
            return None
        grid_of[at] = place_of.get(grid, -2)
    try:
        bridges = plan.bridges
        if "bridges" in change:
            bridges = tuple((cell_of[one], cell_of[other]) for one, other in change["bridges"])
        return replace(plan, grid_of=grid_of, grids=tuple(grids), bridges=bridges)
    except (InputError, KeyError):
        return None


@dataclass(frozen=True)
class Placed:
    """A state laid on the cells there are: the plan, the ids that vanished, and the new ids with where they went."""

    plan: Plan
    vanished: tuple[str, ...]
    added: tuple[str, ...]


def place(state: PlanState, fabric: Fabric, *, name: str) -> Placed:
    """Lay a state on a fabric built with its special grids.

    Cells that vanished are left out. Each new cell, and each that is now in another community or special grid, goes to
    the grid of the cell nearest to it in its community; where there is none, the community becomes one grid.
    """
    grids = _grids_on(state, fabric)
    index = {grid.id: row for row, grid in enumerate(grids)}
    named = [state.grid_of.get(cell) for cell in fabric.cell_ids.tolist()]
    grid_of = np.array([-1 if grid is None else index.get(grid, -1) for grid in named], np.int32)
    known = np.array([grid == NOWHERE or grid in index for grid in named], bool)

    codes = fabric.community_codes[fabric.community] if len(fabric) else np.empty(0, object)
    own = np.array([grid.community for grid in grids] + [None], object)
    resident = np.array([grid.resident for grid in grids] + [True], bool)
    fits = (own[grid_of] == codes) & resident[grid_of]
    free = fabric.special < 0
    lost = free & (~known | ((grid_of >= 0) & ~fits))
    grid_of[lost] = -1
    _to_nearest(fabric, grid_of, np.flatnonzero(lost), grids)
    for special, grid in enumerate(fabric.specials):
        grid_of[fabric.special == special] = index[grid.code]
    bridges = tuple(
        (fabric.cell_of[one], fabric.cell_of[other])
        for one, other in state.bridges
        if one in fabric.cell_of and other in fabric.cell_of
    )
    present = set(fabric.cell_ids.tolist())
    return Placed(
        Plan(fabric, grid_of, tuple(grids), name, bridges),
        tuple(sorted(cell for cell in state.grid_of if cell not in present)),
        tuple(fabric.cell_ids[lost].tolist()),
    )


def _grids_on(state: PlanState, fabric: Fabric) -> list[Grid]:
    """Return the state's resident grids whose community is still there and the fabric's special grids, in order."""
    codes = set(fabric.community_codes.tolist())
    specials = {one.code: one for one in fabric.specials}
    grids = []
    for grid in state.grids:
        if grid.resident and grid.community in codes:
            grids.append(grid)
        elif not grid.resident and grid.id in specials:
            grids.append(replace(grid, community=specials.pop(grid.id).community))
    return grids + [Grid(one.code, one.name, "special", one.community, code=one.code) for one in specials.values()]


def _to_nearest(fabric: Fabric, grid_of: NDArray[np.int32], cells: NDArray[np.intp], grids: list[Grid]) -> None:
    """Fill in the grid of `cells` from the nearest cell of their community that has one."""
    at = np.stack([fabric.x, fabric.y], axis=1)
    for community in np.unique(fabric.community[cells]):
        mine = cells[fabric.community[cells] == community]
        settled = np.flatnonzero((fabric.community == community) & (fabric.special < 0) & (grid_of >= 0))
        if len(settled):
            grid_of[mine] = grid_of[settled[cKDTree(at[settled]).query(at[mine])[1]]]
        else:
            code = str(fabric.community_codes[community])
            grid_of[mine] = len(grids)
            grids.append(Grid(_free_id(code, grids), "", "resident", code))


def _free_id(code: str, grids: Iterable[Grid]) -> str:
    taken = {grid.id for grid in grids}
    return next(name for number in range(1, len(taken) + 2) if (name := f"{code}~{number}") not in taken)


def _unmoved(old: Sequence[Grid], new: Sequence[Grid]) -> set[str]:
    """Return ids of grids that are the same in both and in the same order; none where the order changed."""
    records = {grid.id: grid for grid in new}
    stay = [grid.id for grid in old if records.get(grid.id) == grid]
    names = set(stay)
    return names if stay == [grid.id for grid in new if grid.id in names] else set()


def _by_grid(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for cell, grid in pairs:
        groups.setdefault(grid, []).append(cell)
    return {grid: sorted(groups[grid]) for grid in sorted(groups)}


def _special_record(special: SpecialGrid) -> Json:
    # WKB in hexadecimal, because the polygon must come back with every byte.
    return {
        "code": special.code,
        "name": special.name,
        "community": special.community,
        "wkb": shapely.to_wkb(special.polygon, hex=True),
    }


def _special(record: Mapping[str, str]) -> SpecialGrid:
    polygon = shapely.from_wkb(record["wkb"])
    return SpecialGrid(record["code"], record["name"], record["community"], polygon)


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _damaged() -> StoreError:
    return StoreError(
        "plan-damaged", "The stored plan cannot be read: its log is damaged.", "Restore the workspace from a backup."
    )
