"""Changes of a plan by hand. Each verb returns the new plan and the Edit, which can be stored, replayed and undone.

An edit names buildings and grids by id, never by position in a fabric, so it outlives the cells it was made on. Edits
on locked or special grids and across communities are refused. One that breaks a grid apart is allowed, because a
planner often passes through such a state: `balance` shows it as `parts` and `contiguity_breaks`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridmap.errors import ConflictError, InputError
from gridmap.plan.edit import Edit, Move
from gridmap.plan.fabric import Fabric
from gridmap.plan.grid import Grid
from gridmap.plan.plan import Plan

__all__ = ["Edit", "apply", "assign", "lock", "merge", "redrawn", "rename", "split", "unlock"]

Cells = Iterable[int] | Iterable[str] | NDArray[Any]


def assign(plan: Plan, cells: Cells, grid_id: str) -> tuple[Plan, Edit]:
    """Put cells (positions or building ids) into a grid of their community. Those already in it stay.

    The grid may fall into several parts by this, and so may those that lose cells: the balance shows it.
    Raises InputError: grid-unknown, grid-locked, grid-special, other-community, building-unknown.
    """
    target = plan.position(grid_id)
    chosen = _chosen(plan.fabric, cells)
    chosen = chosen[plan.grid_of[chosen] != target]
    moves = [
        _move(plan, int(source), grid_id, chosen[plan.grid_of[chosen] == source])
        for source in np.unique(plan.grid_of[chosen])
    ]
    edit = Edit("assign", {"moves": moves})
    _refuse_fixed(plan, [grid_id])
    return apply(plan, edit), edit


def merge(plan: Plan, a: str, b: str) -> tuple[Plan, Edit]:
    """Put all of grid `b` into grid `a`; `b` ceases to be. They need not touch, but the balance shows it.

    Raises InputError: grid-unknown, grid-locked, grid-special, other-community, grid-same.
    """
    if a == b:
        raise InputError("grid-same", f"Grid {a} cannot be merged with itself.", "Name two grids.")
    _refuse_fixed(plan, [a, b])
    edit = Edit("merge", _pair(plan, a, plan.grid(b), plan.position(b), plan.cells_of(b)))
    return apply(plan, edit), edit


def split(plan: Plan, grid_id: str, cells: Cells, new_id: str, *, name: str = "") -> tuple[Plan, Edit]:
    """Take cells (positions or building ids) of one grid out into a new one, a draft without a code.

    Raises InputError: grid-unknown, grid-locked, grid-special, building-unknown, building-elsewhere, grid-duplicate,
    split-empty (no cells), split-whole (all of them).
    """
    whole = plan.cells_of(grid_id)
    _refuse_fixed(plan, [grid_id])
    chosen = _chosen(plan.fabric, cells)
    if not len(chosen):
        raise InputError("split-empty", f"Nothing was chosen of grid {grid_id}.", "Choose the buildings to split off.")
    if not np.isin(chosen, whole).all():
        stray = plan.fabric.cell_ids[chosen[~np.isin(chosen, whole)][0]]
        raise InputError("building-elsewhere", f"Building {stray} is not in grid {grid_id}.", "Choose only its own.")
    if len(chosen) == len(whole):
        raise InputError("split-whole", f"All of grid {grid_id} was chosen.", "Leave something, or rename the grid.")
    new = Grid(new_id, name, "resident", plan.grid(grid_id).community)
    edit = Edit("split", _pair(plan, grid_id, new, len(plan.grids), chosen))
    return apply(plan, edit), edit


def lock(plan: Plan, grid_id: str, locked: bool = True) -> tuple[Plan, Edit]:  # noqa: FBT001, FBT002  # reads as said
    """Lock a grid, so that neither edits nor redrawing change it, or unlock it.

    Raises InputError: grid-unknown, grid-special (those are always fixed).
    """
    grid = plan.grid(grid_id)
    edit = Edit("lock", {"grid": grid_id, "locked": bool(locked), "was": grid.locked})
    return apply(plan, edit), edit


def unlock(plan: Plan, grid_id: str) -> tuple[Plan, Edit]:
    """Unlock a grid. Raises as `lock`."""
    return lock(plan, grid_id, locked=False)


def rename(plan: Plan, grid_id: str, name: str) -> tuple[Plan, Edit]:
    """Give a grid another name; a locked one too. Raises InputError: grid-unknown, grid-special."""
    edit = Edit("rename", {"grid": grid_id, "name": name, "was": plan.grid(grid_id).name})
    return apply(plan, edit), edit


def redrawn(old: Plan, new: Plan) -> tuple[Plan, Edit]:
    """Take over another drawing of the same fabric as one edit, so that it can be undone. The plan keeps its name.

    Raises InputError: fabric-mismatch, grid-locked (a locked grid is not the same in both).
    """
    if old.fabric != new.fabric:
        raise InputError("fabric-mismatch", "The two plans are drawn on different cells.", "Redraw the plan itself.")
    edit = Edit(
        "redraw",
        {
            "before": [grid.record() for grid in old.grids],
            "after": [grid.record() for grid in new.grids],
            "bridges_before": _bridge_ids(old),
            "bridges_after": _bridge_ids(new),
            "moves": _moves_between(old, new),
        },
    )
    touched = edit.grids
    held = [grid.id for grid in old.grids if grid.locked and grid.id in touched]
    if held:
        raise InputError("grid-locked", f"Grid {held[0]} is locked and would change.", "Unlock it first.")
    return apply(old, edit), edit


def apply(plan: Plan, edit: Edit) -> Plan:
    """Return the plan after an edit.

    Raises InputError as the verbs do, and ConflictError `edit-stale` where the plan is no longer as the edit found it.
    """
    return _APPLY[edit.kind](plan, edit.payload)


def _apply_assign(plan: Plan, payload: Mapping[str, Any]) -> Plan:
    moves = payload["moves"]
    _refuse_fixed(plan, [move[end] for move in moves for end in ("from", "to") if move[end] is not None])
    _refuse_repeated(moves)
    grid_of = plan.grid_of.copy()
    for move in moves:
        cells = _held(plan, move["buildings"], move["from"])
        target = -1 if move["to"] is None else plan.position(move["to"])
        if target >= 0:
            _refuse_elsewhere(plan, cells, plan.grids[target])
        grid_of[cells] = target
    return replace(plan, grid_of=grid_of)


def _apply_merge(plan: Plan, payload: Mapping[str, Any]) -> Plan:
    other, at = Grid.from_record(payload["other"]), payload["at"]
    _refuse_fixed(plan, [payload["grid"], other.id])
    keep = plan.position(payload["grid"])
    cells = _held(plan, payload["buildings"], other.id)
    if plan.position(other.id) != at or plan.grids[at] != other or len(cells) != len(plan.cells_of(other.id)):
        raise _stale(other.id)
    _refuse_elsewhere(plan, cells, plan.grids[keep])
    if plan.grids[keep].community != other.community:
        raise _elsewhere(f"Grid {other.id}", plan.grids[keep])
    grid_of = plan.grid_of.copy()
    grid_of[cells] = keep
    grid_of[grid_of > at] -= 1
    return replace(plan, grid_of=grid_of, grids=plan.grids[:at] + plan.grids[at + 1 :])


def _apply_split(plan: Plan, payload: Mapping[str, Any]) -> Plan:
    other, at = Grid.from_record(payload["other"]), payload["at"]
    _refuse_fixed(plan, [payload["grid"]])
    if other.id in plan.index_of or any(other.id == one.code for one in plan.fabric.specials):
        raise InputError("grid-duplicate", f"There already is a grid {other.id}.", "Choose another id.")
    if not 0 <= at <= len(plan.grids):
        raise _stale(other.id)
    cells = _held(plan, payload["buildings"], payload["grid"])
    if plan.grid(payload["grid"]).community != other.community:
        raise _elsewhere(f"Grid {payload['grid']}", other)
    _refuse_elsewhere(plan, cells, other)
    grid_of = plan.grid_of.copy()
    grid_of[grid_of >= at] += 1
    grid_of[cells] = at
    return replace(plan, grid_of=grid_of, grids=(*plan.grids[:at], other, *plan.grids[at:]))


def _apply_lock(plan: Plan, payload: Mapping[str, Any]) -> Plan:
    return _changed(plan, payload, "locked")


def _apply_rename(plan: Plan, payload: Mapping[str, Any]) -> Plan:
    return _changed(plan, payload, "name")


def _apply_redraw(plan: Plan, payload: Mapping[str, Any]) -> Plan:
    if [grid.record() for grid in plan.grids] != payload["before"] or _bridge_ids(plan) != payload["bridges_before"]:
        raise _stale("of this plan")
    grids = tuple(Grid.from_record(record) for record in payload["after"])
    place = {grid.id: index for index, grid in enumerate(grids)}
    # Cells that do not move stay with their grid's id, whose position may be another.
    index = np.array([place.get(grid.id, -1) for grid in plan.grids] + [-1], np.int32)
    grid_of = index[plan.grid_of]
    _refuse_repeated(payload["moves"])
    left = (plan.grid_of >= 0) & (grid_of < 0)
    for move in payload["moves"]:
        cells = _held(plan, move["buildings"], move["from"])
        if move["to"] is not None and move["to"] not in place:
            raise InputError("edit-broken", f"This edit moves buildings into {move['to']}, which it does not make.")
        grid_of[cells] = -1 if move["to"] is None else place[move["to"]]
        left[cells] = False
    if left.any():
        raise InputError("edit-broken", "This edit removes a grid without saying where its buildings go.")
    bridges = tuple(
        (int(one), int(other)) for one, other in (_positions(plan.fabric, pair) for pair in payload["bridges_after"])
    )
    return replace(plan, grid_of=grid_of, grids=grids, bridges=bridges)


_APPLY: dict[str, Callable[[Plan, Mapping[str, Any]], Plan]] = {
    "assign": _apply_assign,
    "merge": _apply_merge,
    "split": _apply_split,
    "lock": _apply_lock,
    "rename": _apply_rename,
    "redraw": _apply_redraw,
}


def _changed(plan: Plan, payload: Mapping[str, Any], attribute: str) -> Plan:
    at = plan.position(payload["grid"])
    grid = plan.grids[at]
    if not grid.resident:
        raise _special(grid)
    if getattr(grid, attribute) != payload["was"]:
        raise _stale(grid.id)
    grid = replace(grid, **{attribute: payload[attribute]})
    return replace(plan, grids=(*plan.grids[:at], grid, *plan.grids[at + 1 :]))


def _chosen(fabric: Fabric, cells: Cells) -> NDArray[np.intp]:
    """Return positions of cells, ascending and each once."""
    items = list(cells)
    if any(isinstance(item, str) for item in items):
        return np.unique(_positions(fabric, items))
    chosen = np.unique(np.array(items, np.intp))
    if len(chosen) and not (chosen[0] >= 0 and chosen[-1] < len(fabric)):
        raise InputError("building-unknown", f"There are no cells outside 0 … {len(fabric) - 1}.")
    return chosen


def _positions(fabric: Fabric, ids: Sequence[Any]) -> NDArray[np.intp]:
    try:
        return np.array([fabric.cell_of[one] for one in ids], np.intp)
    except (KeyError, TypeError):
        one = next(one for one in ids if one not in fabric.cell_ids)
        raise InputError("building-unknown", f"There is no building {one!r}.", "Use an id of the buildings.") from None


def _held(plan: Plan, buildings: Sequence[str], grid_id: str | None) -> NDArray[np.intp]:
    """Return the cells of buildings; ConflictError if one is not in the grid that the edit found it in."""
    cells = _positions(plan.fabric, buildings)
    expected = -1 if grid_id is None else plan.position(grid_id)
    if (plan.grid_of[cells] != expected).any():
        raise _stale(str(grid_id))
    return cells


def _refuse_repeated(moves: Sequence[Mapping[str, Any]]) -> None:
    buildings = [one for move in moves for one in move["buildings"]]
    if len(set(buildings)) != len(buildings):
        raise InputError("edit-broken", "This edit moves a building twice.", "Move each building once.")


def _refuse_fixed(plan: Plan, ids: Iterable[str]) -> None:
    for grid in (plan.grid(one) for one in ids):
        if not grid.resident:
            raise _special(grid)
        if grid.locked:
            raise InputError("grid-locked", f"Grid {grid.id} is locked.", "Unlock it first.")


def _refuse_elsewhere(plan: Plan, cells: NDArray[np.intp], grid: Grid) -> None:
    codes = plan.fabric.community_codes[plan.fabric.community[cells]]
    if (codes != grid.community).any():
        raise _elsewhere(f"Building {plan.fabric.cell_ids[cells[codes != grid.community][0]]}", grid)


def _special(grid: Grid) -> InputError:
    return InputError("grid-special", f"Grid {grid.id} is a special grid, which plans keep as it is.", "")


def _elsewhere(what: str, grid: Grid) -> InputError:
    return InputError(
        "other-community", f"{what} is not in community {grid.community}, to which grid {grid.id} belongs.", ""
    )


def _stale(grid_id: str) -> ConflictError:
    return ConflictError("edit-stale", f"Grid {grid_id} has changed since this edit was made.", "Reload and try again.")


def _move(plan: Plan, source: int, to: str | None, cells: NDArray[np.intp]) -> Move:
    return {"from": plan.grids[source].id if source >= 0 else None, "to": to, "buildings": _ids(plan.fabric, cells)}


def _pair(plan: Plan, grid_id: str, other: Grid, at: int, cells: NDArray[np.intp]) -> dict[str, Any]:
    return {"grid": grid_id, "other": other.record(), "at": at, "buildings": _ids(plan.fabric, cells)}


def _ids(fabric: Fabric, cells: NDArray[np.intp]) -> list[str]:
    return [str(one) for one in fabric.cell_ids[cells]]


def _bridge_ids(plan: Plan) -> list[list[str]]:
    return [_ids(plan.fabric, np.array(pair, np.intp)) for pair in plan.bridges]


def _moves_between(old: Plan, new: Plan) -> list[Move]:
    size = len(new.grids) + 1
    ids = {grid.id: index for index, grid in enumerate(new.grids)}
    follows = np.array([ids.get(grid.id, -1) for grid in old.grids] + [-1], np.int32)
    moved = np.flatnonzero((follows[old.grid_of] != new.grid_of) | ((old.grid_of >= 0) & (follows[old.grid_of] < 0)))
    key = (old.grid_of[moved].astype(np.int64) + 1) * size + new.grid_of[moved] + 1
    return [
        _move(old, int(pair // size) - 1, new.grids[pair % size - 1].id if pair % size else None, moved[key == pair])
        for pair in np.unique(key)
    ]
