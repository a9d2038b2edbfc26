"""An edit as a value: what was changed, as JSON, and how to take it back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from gridmap.errors import InputError
from gridmap.plan.grid import Grid

__all__ = ["Edit", "EditKind", "Move"]

EditKind = Literal["assign", "merge", "split", "lock", "rename", "redraw"]
Move = dict[str, Any]

_KEYS: dict[str, frozenset[str]] = {
    "assign": frozenset({"moves"}),
    "merge": frozenset({"grid", "other", "at", "buildings"}),
    "split": frozenset({"grid", "other", "at", "buildings"}),
    "lock": frozenset({"grid", "locked", "was"}),
    "rename": frozenset({"grid", "name", "was"}),
    "redraw": frozenset({"before", "after", "bridges_before", "bridges_after", "moves"}),
}


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of a plan, as JSON-able values. Do not change `payload`.

    - assign: `moves`, a list of {from, to, buildings}
    - merge, split: `grid` keeps or gives the `buildings` of `other` (a grid's record), which is or was number `at`
    - lock: `grid`, `locked`, `was`
    - rename: `grid`, `name`, `was`
    - redraw: `before`, `after` (records of all grids), `bridges_before`, `bridges_after`, `moves`

    `from` and `to` are null for no grid. Raises InputError `edit-broken` for anything else.
    """

    kind: EditKind
    payload: Mapping[str, Any]

    def __post_init__(self) -> None:
        if not _well_formed(self.kind, self.payload):
            raise InputError("edit-broken", "This is not an edit of a plan.", "Use the text that an edit gave.")

    def inverse(self) -> Edit:
        """Return the edit that takes this one back: `apply(apply(plan, edit), edit.inverse()) == plan`."""
        old = self.payload
        match self.kind:
            case "assign":
                return Edit("assign", {"moves": _reversed(old["moves"])})
            case "merge":
                return Edit("split", old)
            case "split":
                return Edit("merge", old)
            case "lock":
                return Edit("lock", {"grid": old["grid"], "locked": old["was"], "was": old["locked"]})
            case "rename":
                return Edit("rename", {"grid": old["grid"], "name": old["was"], "was": old["name"]})
            case "redraw":
                turned = {"before": old["after"], "after": old["before"]}
                turned |= {"bridges_before": old["bridges_after"], "bridges_after": old["bridges_before"]}
                return Edit("redraw", turned | {"moves": _reversed(old["moves"])})

    @property
    def grids(self) -> frozenset[str]:
        """The ids of the grids that the edit touches: edits of disjoint grids can be applied in either order."""
        payload = self.payload
        if self.kind in ("assign", "redraw"):
            moved = {move[end] for move in payload["moves"] for end in ("from", "to") if move[end] is not None}
            before = {record["id"]: record for record in payload.get("before", ())}
            after = {record["id"]: record for record in payload.get("after", ())}
            return frozenset(moved | {one for one in before | after if before.get(one) != after.get(one)})
        return frozenset([payload["grid"]] + ([payload["other"]["id"]] if "other" in payload else []))

    def to_json(self) -> str:
        """Return the edit as JSON text."""
        return json.dumps({"kind": self.kind, "payload": self.payload}, ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Edit:
        """Read an edit from JSON text; InputError `edit-broken` if it is none."""
        try:
            values = json.loads(text)
        except (ValueError, RecursionError):
            values = None
        values = values if isinstance(values, dict) else {}
        return cls(values.get("kind", ""), values.get("payload", {}))


def _reversed(moves: Sequence[Mapping[str, Any]]) -> list[Move]:
    return [{"from": move["to"], "to": move["from"], "buildings": move["buildings"]} for move in moves]


def _well_formed(kind: object, payload: object) -> bool:
    """Say whether a payload has the keys of its kind, and values of the right types in them."""
    if not (isinstance(kind, str) and isinstance(payload, Mapping) and _KEYS.get(kind) == frozenset(payload)):
        return False
    checks = {
        "grid": _is_text,
        "name": _is_text,
        "at": lambda value: isinstance(value, int),
        "locked": lambda value: isinstance(value, bool),
        "was": _is_text if kind == "rename" else lambda value: isinstance(value, bool),
        "other": _is_record,
        "buildings": _are_texts,
        "moves": lambda value: isinstance(value, list) and all(map(_is_move, value)),
        "before": lambda value: isinstance(value, list) and all(map(_is_record, value)),
        "after": lambda value: isinstance(value, list) and all(map(_is_record, value)),
        "bridges_before": lambda value: isinstance(value, list) and all(map(_is_pair, value)),
        "bridges_after": lambda value: isinstance(value, list) and all(map(_is_pair, value)),
    }
    return all(checks[key](value) for key, value in payload.items())


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _is_pair(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2 and _are_texts(value)


def _is_move(value: object) -> bool:
    return (
        isinstance(value, dict)
        and set(value) == {"from", "to", "buildings"}
        and all(value[end] is None or _is_text(value[end]) for end in ("from", "to"))
        and _are_texts(value["buildings"])
    )


def _is_record(value: object) -> bool:
    example = Grid("", "", "resident", "").record()
    return (
        isinstance(value, dict)
        and set(value) == set(example)
        and all(type(value[key]) is type(one) for key, one in example.items())
        and value["kind"] in ("resident", "special")
    )
