"""Edits as clients send them: what an edit gave when it was made, or what a planner says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, cast

from gridmap.errors import InputError
from gridmap.plan import edits
from gridmap.plan.edit import Edit
from gridmap.plan.plan import Plan

if TYPE_CHECKING:
    from gridmap.plan.edit import EditKind

__all__ = ["communities_of", "edit_of"]

_MOST_BUILDINGS = 50_000


def edit_of(plan: Plan, kind: str, payload: Mapping[str, Any]) -> Edit:
    """Return the edit of a plan that was asked for.

    Short forms: assign {buildings, grid}; merge {grid, other}; split {grid, buildings, new, name?}; lock {grid,
    locked}; rename {grid, name}. Anything else is the payload of an `Edit`, as of a `redraw` that a job has made.
    InputError for what is neither.
    """
    make = _SHORT.get(kind)
    if make is None and kind != "redraw":
        raise InputError("edit-unknown", "There is no such kind of edit.", f"Use one of {', '.join(_SHORT)}, redraw.")
    found = make(plan, payload) if make else None
    return found or Edit(cast("EditKind", kind), payload)


def communities_of(plan: Plan, grids: frozenset[str]) -> set[str]:
    """Return the codes of the communities that grids of a plan are in."""
    return {plan.grids[plan.index_of[one]].community for one in grids if one in plan.index_of}


def _assign(plan: Plan, said: Mapping[str, Any]) -> Edit | None:
    if set(said) != {"buildings", "grid"}:
        return None
    return edits.assign(plan, _texts(said["buildings"]), _text(said["grid"]))[1]


def _merge(plan: Plan, said: Mapping[str, Any]) -> Edit | None:
    if set(said) != {"grid", "other"} or not isinstance(said["other"], str):
        return None
    return edits.merge(plan, _text(said["grid"]), said["other"])[1]


def _split(plan: Plan, said: Mapping[str, Any]) -> Edit | None:
    if set(said) - {"name"} != {"grid", "buildings", "new"}:
        return None
    name = _text(said.get("name", ""))
    return edits.split(plan, _text(said["grid"]), _texts(said["buildings"]), _text(said["new"]), name=name)[1]


def _lock(plan: Plan, said: Mapping[str, Any]) -> Edit | None:
    if set(said) != {"grid", "locked"} or not isinstance(said["locked"], bool):
        return None
    return edits.lock(plan, _text(said["grid"]), locked=said["locked"])[1]


def _rename(plan: Plan, said: Mapping[str, Any]) -> Edit | None:
    if set(said) != {"grid", "name"}:
        return None
    return edits.rename(plan, _text(said["grid"]), _text(said["name"]))[1]


_SHORT: dict[str, Callable[[Plan, Mapping[str, Any]], Edit | None]] = {
    "assign": _assign, "merge": _merge, "split": _split, "lock": _lock, "rename": _rename,
}  # fmt: skip


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > 200 or (value and not value.isprintable()):
        raise InputError("edit-broken", "A grid is named by a text.", "Use an id that the balance lists.")
    return value


def _texts(value: object) -> list[str]:
    if not isinstance(value, list) or len(value) > _MOST_BUILDINGS or not all(isinstance(one, str) for one in value):
        raise InputError("edit-broken", "Buildings are a list of their ids.", "Use ids that the cells list.")
    return list(value)
