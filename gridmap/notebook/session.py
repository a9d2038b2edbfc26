"""A plan that is being edited in a kernel: what it is now, the log of its changes, and what takes them back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from gridmap.errors import ConflictError, GridmapError, InputError, outcome
from gridmap.plan import Edit, Plan, apply
from gridmap.plan.asked import edit_of
from gridmap.redraw.repair import Repaired
from gridmap.store.oplog import Json, change_plan, changes_between
from gridmap.store.rebase import touched

__all__ = ["KERNEL", "READER", "Session"]

READER, KERNEL = "reader", "python"
"""Who changes a plan: whoever looks at the editor, and the code of the notebook."""

_LOGGED = 24
"""Changes that are sent with each new one: an editor that lags by more loads the whole plan."""


@dataclass(frozen=True)
class _Change:
    kind: str
    change: Json
    inverse: Json


class Session:
    """The plan of one editor. Every change makes a new revision, and each can be taken back."""

    def __init__(self, plan: Plan, *, repair: Callable[[Plan, str], Repaired]) -> None:
        self.plan = plan
        self.revision = 0
        self.log: list[dict[str, Any]] = []
        self._repair = repair
        self._done: list[_Change] = []
        self._undone: list[_Change] = []

    def ask(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """Do what an editor asks for; returns the answer, or the error as the server would tell it."""
        try:
            return self._ask(said)
        except GridmapError as error:
            told = {"status": outcome(error)[1], "code": error.code, "detail": error.message, "hint": error.hint}
            return {"error": told}
        except (KeyError, TypeError):
            broken = {"status": 422, "code": "edit-broken", "detail": "This is no request of an editor.", "hint": ""}
            return {"error": broken}

    def take(self, plan: Plan, *, kind: str, user: str = KERNEL) -> bool:
        """Go on from another plan of the same cells; returns whether anything is different in it."""
        if plan.fabric != self.plan.fabric:
            raise InputError(
                "fabric-mismatch", "This plan is drawn on other cells than the editor's.", "Open an editor for it."
            )
        change, inverse = changes_between(self.plan, plan)
        if change:
            self._done.append(_Change(kind, change, inverse))
            self._undone.clear()
            self._tell(self._done[-1], user)
        self.plan = plan
        return bool(change)

    def edit(self, edit: Edit, *, user: str = KERNEL) -> None:
        """Make an edit."""
        self.take(apply(self.plan, edit), kind=edit.kind, user=user)

    def undo(self, *, user: str = KERNEL) -> None:
        """Take back the last change that is not taken back yet; InputError if there is none."""
        self._step(self._done, self._undone, "undo", user)

    def redo(self, *, user: str = KERNEL) -> None:
        """Make again what was taken back last; InputError if there is nothing."""
        self._step(self._undone, self._done, "redo", user)

    def _ask(self, said: Mapping[str, Any]) -> dict[str, Any]:
        verb, base = said["verb"], int(said["base"])
        done: dict[str, Any] = {}
        if verb == "edit":
            made = edit_of(self.plan, str(said["edit"]["kind"]), said["edit"]["payload"])
            self._require_apart(made.grids, base)
            self.edit(made, user=READER)
        elif verb == "rebalance":
            found = self._repair(self.plan, str(said["grid"]))
            done["rebalanced"] = found.to_dict()
            if found.edit is not None:
                self.edit(found.edit, user=READER)
        elif verb in ("undo", "redo"):
            getattr(self, verb)(user=READER)
        else:
            raise InputError("edit-unknown", "An editor asks for edit, rebalance, undo or redo.")
        return done | {"revision": self.revision}

    def _require_apart(self, grids: frozenset[str], base: int) -> None:
        """Refuse an edit of grids that were changed after the revision it was made on."""
        since = [entry for entry in self.log if entry["revision"] > base]
        if base < self.revision - len(since) or any(grids.intersection(entry["grids"]) for entry in since):
            raise ConflictError("plan-changed", "The same grids were changed meanwhile.", "Repeat the change.")

    def _step(self, source: list[_Change], onto: list[_Change], kind: str, user: str) -> None:
        if not source:
            raise InputError("nothing-to-" + kind, f"There is nothing to {kind}.")
        last = source.pop()
        change, inverse = (last.inverse, last.change) if kind == "undo" else (last.change, last.inverse)
        made = change_plan(self.plan, change)
        assert made is not None  # noqa: S101 - changes of one fabric can be followed
        self._tell(_Change(kind, change, inverse), user)
        onto.append(last)
        self.plan = made

    def _tell(self, made: _Change, user: str) -> None:
        self.revision += 1
        entry = {
            "revision": self.revision,
            "user": user,
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "kind": made.kind,
            "grids": sorted(touched(made.change, made.inverse)),
            "change": made.change,
        }
        self.log = [*self.log[1 - _LOGGED :], entry]
