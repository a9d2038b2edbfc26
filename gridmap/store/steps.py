"""The steps of a plan's life: which lead from which state to which, who took them and when.

Every function works inside the caller's transaction, and each step is an entry of the audit log too.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, cast

from sqlalchemy import (
    Column,
    Connection,
    CursorResult,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    insert,
    inspect,
    select,
    update,
)

from gridmap.errors import ConflictError
from gridmap.store import audit
from gridmap.store.model import metadata, plans
from gridmap.store.plans import PlanRow, stale
from gridmap.store.types import Instant

__all__ = [
    "EDITABLE",
    "STATES",
    "STEPS",
    "Step",
    "StepRule",
    "last_step",
    "plan_steps",
    "require_editable",
    "require_step",
    "steps",
    "steps_of",
    "take_step",
]

STATES = ("draft", "submitted", "reviewed", "filed", "in_force", "superseded")
"""The states of a plan. `superseded`: it was in force until another one came."""

EDITABLE = ("draft", "in_force", "superseded")
"""In these states a plan may be changed; in the others it is what somebody reviews or has reviewed."""

plan_steps = Table(
    "plan_steps",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("plan", Integer, ForeignKey("plans.id"), nullable=False),
    Column("step", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("user", Text, nullable=False),
    Column("at", Instant(), nullable=False),
    Column("note", Text, nullable=False),
    Index("plan_steps_plan", "plan"),
    sqlite_autoincrement=True,
)


@dataclass(frozen=True, slots=True)
class StepRule:
    """From which states a step leads, and to which; `done` is what the audit log says of it."""

    before: tuple[str, ...]
    after: str
    done: str


STEPS: Mapping[str, StepRule] = MappingProxyType(
    {
        "submit": StepRule(("draft",), "submitted", "plan submitted"),
        "withdraw": StepRule(("submitted",), "draft", "plan withdrawn"),
        "approve": StepRule(("submitted",), "reviewed", "plan approved"),
        "return": StepRule(("submitted", "reviewed", "filed"), "draft", "plan returned"),
        "file": StepRule(("reviewed",), "filed", "plan filed"),
        "publish": StepRule(("filed",), "in_force", "plan in force"),
        "supersede": StepRule(("in_force",), "superseded", "plan superseded"),
    }
)


@dataclass(frozen=True, slots=True)
class Step:
    """A step that a plan took: which one, into which state, at which of its revisions, by whom and when (UTC)."""

    step: str
    state: str
    revision: int
    user: str
    at: dt.datetime
    note: str

    def to_dict(self) -> dict[str, Any]:
        """Return the step as JSON has it."""
        about = {"step": self.step, "state": self.state, "revision": self.revision, "user": self.user}
        return {**about, "at": self.at.isoformat(timespec="seconds"), "note": self.note}


_COLUMNS = ("step", "state", "revision", "user", "at", "note")


def steps_of(connection: Connection) -> dict[int, list[Step]]:
    """Return the steps of every plan by its id, oldest first; of a workspace that is older than steps, none."""
    if not inspect(connection).has_table(plan_steps.name):
        return {}
    found: dict[int, list[Step]] = {}
    asked = select(plan_steps.c.plan, *(plan_steps.c[name] for name in _COLUMNS)).order_by(plan_steps.c.seq)
    for row in connection.execute(asked):
        found.setdefault(row.plan, []).append(Step(*row[1:]))
    return found


def steps(connection: Connection, row: PlanRow) -> list[Step]:
    """Return the steps that a plan took, oldest first."""
    return steps_of(connection).get(row.id, [])


def last_step(connection: Connection, row: PlanRow, step: str) -> Step | None:
    """Return when a plan took a step last; None if it never did."""
    return next((one for one in reversed(steps(connection, row)) if one.step == step), None)


_SAID = {
    "draft": "is a draft",
    "submitted": "is under review",
    "reviewed": "has been reviewed",
    "filed": "is filed",
    "in_force": "is in force",
    "superseded": "was in force before",
}
_MEND = {
    "draft": "Submit it first.",
    "submitted": "Approve or return it first, or let who submitted it withdraw it.",
    "reviewed": "File it, or return it to be changed.",
    "filed": "Put it in force, or return it to be changed.",
    "in_force": "Make a new draft of it.",
    "superseded": "Make a new draft of it.",
}


def require_step(row: PlanRow, step: str) -> None:
    """Refuse a step that does not lead on from where the plan is: ConflictError that says what does."""
    if row.state not in STEPS[step].before:
        raise ConflictError(
            "plan-step",
            f"The plan {row.name} {_SAID.get(row.state, row.state)}: it cannot take the step {step!r} now.",
            _MEND.get(row.state, ""),
        )


def require_editable(row: PlanRow, *, drafts_only: bool = False) -> None:
    """Refuse to change a plan that is under review or has been reviewed: ConflictError.

    With `drafts_only`, also one that is in force or was: what holds is changed by a draft that somebody else reviews.
    """
    if drafts_only and row.state in ("in_force", "superseded"):
        raise ConflictError(
            "plan-in-force",
            f"The plan {row.name} {_SAID[row.state]} and cannot be changed.",
            f"Draft from it: save a new plan whose base is {row.name}, change that one, and hand it in.",
        )
    if row.state not in EDITABLE:
        back = "Withdraw" if row.state == "submitted" else "Return"
        raise ConflictError(
            "plan-under-review",
            f"The plan {row.name} {_SAID[row.state]} and cannot be changed.",
            f"{back} it first, or make a new draft of it.",
        )


def take_step(connection: Connection, row: PlanRow, step: str, *, user: str, note: str = "") -> PlanRow:
    """Take a plan into the state that a step leads to, and record who did. ConflictError if another was faster.

    Whether the step is allowed from where the plan is, the caller has asked (`require_step`).
    """
    rule, now = STEPS[step], dt.datetime.now(dt.UTC)
    here = (plans.c.id == row.id) & (plans.c.head == row.head) & (plans.c.state == row.state)
    moved = cast("CursorResult[Any]", connection.execute(update(plans).where(here).values(state=rule.after)))
    if moved.rowcount != 1:
        raise stale(connection, row)
    about = {"step": step, "state": rule.after, "revision": row.head, "user": user, "at": now, "note": note}
    connection.execute(insert(plan_steps).values(plan=row.id, **about))
    audit.record(connection, rule.done, row.name, user=user, detail={"revision": row.head, "before": row.state})
    return replace(row, state=rule.after)
