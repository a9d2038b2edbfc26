"""Saved plans and their log. Every function works inside the caller's transaction."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from sqlalchemy import Connection, CursorResult, bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from gridmap.errors import ConflictError, InputError
from gridmap.store import audit
from gridmap.store.model import plan_edits, plan_snapshots, plans, retired_codes
from gridmap.store.oplog import Json, PlanState, apply_change

__all__ = [
    "LogEntry",
    "PlanRow",
    "append_change",
    "create_plan",
    "entries_since",
    "entry",
    "find_plan",
    "history",
    "last_entry",
    "list_plans",
    "read_state",
    "require_new_name",
    "retire_codes",
    "retired",
    "stale",
]

SNAPSHOT_EVERY = 64
"""So many changes at most are replayed to read a plan."""


@dataclass(frozen=True)
class PlanRow:
    """A saved plan: `head` is its revision, `state` one of `gridmap.store.steps.STATES`."""

    id: int
    name: str
    state: str
    head: int
    city_revision: int
    base: str | None
    note: str
    created_at: dt.datetime
    changed_at: dt.datetime


@dataclass(frozen=True)
class LogEntry:
    """A change of a plan: it followed revision `base_rev` and made `rev`. `reverts`: see `undoing`."""

    base_rev: int
    user: str
    at: dt.datetime
    kind: str
    reverts: int | None
    payload: Json
    inverse: Json | None

    @property
    def rev(self) -> int:
        """The revision that the change made."""
        return self.base_rev + 1


def list_plans(connection: Connection) -> list[PlanRow]:
    """Return all plans, oldest first."""
    return [PlanRow(**row._mapping) for row in connection.execute(select(plans).order_by(plans.c.id))]  # noqa: SLF001


# Said once: making a statement takes as long as running it.
_FIND = select(plans).where(plans.c.name == bindparam("of"))
_MOVE = (
    update(plans)
    .where(
        (plans.c.id == bindparam("of"))
        & (plans.c.head == bindparam("at"))
        & (plans.c.state == bindparam("of_state"))  # nobody hands in what somebody is still changing
    )
    .values(head=bindparam("to"), city_revision=bindparam("revision"), changed_at=bindparam("now"))
)
_LOG = insert(plan_edits)


def find_plan(connection: Connection, name: str) -> PlanRow:
    """Return the plan of that name; InputError if there is none."""
    row = connection.execute(_FIND, {"of": name}).one_or_none()
    if row is None:
        names = [one.name for one in list_plans(connection)]
        raise InputError(
            "plan-unknown",
            f"There is no plan {name!r} in this workspace.",
            f"Use one of {', '.join(names)}." if names else "There are no plans yet: draw one, or import grids.",
        )
    return PlanRow(**row._mapping)  # noqa: SLF001


def create_plan(
    connection: Connection,
    name: str,
    state: PlanState,
    *,
    status: str,
    city_revision: int,
    user: str,
    base: str | None = None,
    note: str = "",
    layer: Sequence[Json] | None = None,
) -> PlanRow:
    """Save a new plan; ConflictError if the name is taken. `layer` is kept with it: the grids as they were imported."""
    require_new_name(name)
    now = dt.datetime.now(dt.UTC)
    values = {"name": name, "state": status, "head": 1, "city_revision": city_revision, "base": base, "note": note}
    try:
        made = connection.execute(insert(plans).values(created_at=now, changed_at=now, **values))
    except IntegrityError:
        raise _taken(name) from None
    key = cast("int", made.inserted_primary_key[0]) if made.inserted_primary_key else 0
    text = state.to_json()
    if layer is not None:
        text = f'{text[:-1]},"layer":{_dump(layer)}}}'
    _log(connection, key, 0, "create", text, None, None, user, now)
    audit.record(connection, "plan created", name, user=user, detail={"state": status, "base": base})
    return find_plan(connection, name)


def require_new_name(name: str, taken: Iterable[str] = ()) -> None:
    """Refuse a name that no new plan can have: InputError for one that says nothing, ConflictError if taken."""
    if not name.strip():
        raise InputError("plan-unnamed", "A plan cannot be saved without a name.", "Give it a name.")
    if not name.isprintable():
        raise InputError("plan-unnamed", f"{name!r} is no name for a plan.", "Leave out tabs and line breaks.")
    if name in taken:
        raise _taken(name)


def _taken(name: str) -> ConflictError:
    return ConflictError(
        "plan-exists", f"There already is a plan {name!r}.", "Choose another name, or replace that plan."
    )


def append_change(
    connection: Connection,
    row: PlanRow,
    kind: str,
    change: Json,
    inverse: Json,
    *,
    state: Callable[[], PlanState],
    city_revision: int,
    user: str,
    reverts: int | None = None,
) -> PlanRow:
    """Append a change to the log of a plan that is still at revision `row.head`; `state` tells what it leads to.

    Raises ConflictError, naming who changed what, if another writer was first.
    """
    now = dt.datetime.now(dt.UTC)
    moved = cast(
        "CursorResult[Any]",
        connection.execute(
            _MOVE,
            {
                "of": row.id,
                "at": row.head,
                "of_state": row.state,
                "to": row.head + 1,
                "revision": city_revision,
                "now": now,
            },
        ),
    )
    if moved.rowcount != 1:
        raise stale(connection, row)
    _log(connection, row.id, row.head, kind, _dump({"change": change}), _dump({"change": inverse}), reverts, user, now)
    audit.record(connection, "plan changed", row.name, user=user, detail={"kind": kind, "revision": row.head + 1})
    if (row.head + 1) % SNAPSHOT_EVERY == 0:
        connection.execute(insert(plan_snapshots).values(plan=row.id, rev=row.head + 1, state=state().to_json()))
    return replace(row, head=row.head + 1, city_revision=city_revision, changed_at=now)


def stale(connection: Connection, row: PlanRow) -> ConflictError:
    """Return the error that says who changed a plan after a revision."""
    log = plan_edits.c
    since = select(log.kind, log.user, log.at).where((log.plan == row.id) & (log.base_rev >= row.head))
    last = connection.execute(since.order_by(log.base_rev.desc()).limit(3)).all()[::-1]
    who = "; ".join(f"{one.kind} by {one.user} at {one.at:%Y-%m-%d %H:%M:%S} UTC" for one in last)
    return ConflictError(
        "plan-changed",
        f"The plan {row.name} was changed since revision {row.head}: {who or 'it is in another state now'}.",
        "Open the plan again and repeat the change.",
    )


def _log(
    connection: Connection,
    plan: int,
    base_rev: int,
    kind: str,
    payload: str,
    inverse: str | None,
    reverts: int | None,
    user: str,
    at: dt.datetime,
) -> None:
    values = {"plan": plan, "base_rev": base_rev, "user": user, "at": at, "kind": kind, "reverts": reverts}
    try:
        connection.execute(_LOG, {**values, "payload": payload, "inverse": inverse})
    except IntegrityError:
        raise ConflictError(
            "plan-changed",
            f"Another change followed revision {base_rev} first.",
            "Open the plan again and repeat the change.",
        ) from None


def retire_codes(connection: Connection, row: PlanRow, codes: Iterable[str]) -> None:
    """Retire codes for ever, because a plan came into force that has them no more."""
    now = dt.datetime.now(dt.UTC)
    rows = [{"code": code, "plan": row.name, "retired_at": now} for code in sorted(codes)]
    if rows:
        connection.execute(insert(retired_codes), rows)


def retired(connection: Connection) -> set[str]:
    """Return the codes that no grid may have again."""
    return set(connection.execute(select(retired_codes.c.code)).scalars())


def read_state(connection: Connection, row: PlanRow, *, rev: int | None = None) -> PlanState:
    """Return a plan's state at a revision, its head if None: the nearest snapshot before it, and the log from there."""
    rev = row.head if rev is None else rev
    start = connection.execute(
        select(func.max(plan_snapshots.c.rev)).where((plan_snapshots.c.plan == row.id) & (plan_snapshots.c.rev <= rev))
    ).scalar_one()
    if start is None:
        start = 1
        first = select(plan_edits.c.payload).where((plan_edits.c.plan == row.id) & (plan_edits.c.base_rev == 0))
    else:
        first = select(plan_snapshots.c.state).where(
            (plan_snapshots.c.plan == row.id) & (plan_snapshots.c.rev == start)
        )
    state = PlanState.from_json(connection.execute(first).scalar_one())
    changes = select(plan_edits.c.payload).where(
        (plan_edits.c.plan == row.id) & (plan_edits.c.base_rev >= start) & (plan_edits.c.base_rev < rev)
    )
    for payload in connection.execute(changes.order_by(plan_edits.c.base_rev)).scalars():
        state = apply_change(state, json.loads(payload)["change"])
    return state


def history(connection: Connection, row: PlanRow) -> list[LogEntry]:
    """Return a plan's log, oldest first, without what the changes hold."""
    log = plan_edits.c
    rows = connection.execute(
        select(log.base_rev, log.user, log.at, log.kind, log.reverts).where(log.plan == row.id).order_by(log.base_rev)
    )
    return [LogEntry(*found, {}, None) for found in rows]


def entry(connection: Connection, row: PlanRow, rev: int) -> LogEntry:
    """Return the log entry that made a revision."""
    log = plan_edits.c
    found = connection.execute(
        select(log.base_rev, log.user, log.at, log.kind, log.reverts, log.payload, log.inverse).where(
            (log.plan == row.id) & (log.base_rev == rev - 1)
        )
    ).one()
    inverse = None if found.inverse is None else json.loads(found.inverse)
    return LogEntry(*found[:5], json.loads(found.payload), inverse)


def entries_since(connection: Connection, row: PlanRow, rev: int) -> list[LogEntry]:
    """Return the log entries after a revision, oldest first, with what the changes hold."""
    log = plan_edits.c
    rows = connection.execute(
        select(log.base_rev, log.user, log.at, log.kind, log.reverts, log.payload, log.inverse)
        .where((log.plan == row.id) & (log.base_rev >= rev) & (log.base_rev < row.head))
        .order_by(log.base_rev)
    )
    return [
        LogEntry(*one[:5], json.loads(one.payload), None if one.inverse is None else json.loads(one.inverse))
        for one in rows
    ]


def last_entry(connection: Connection, row: PlanRow) -> LogEntry:
    """Return the log entry that made the plan what it is."""
    return entry(connection, row, row.head)


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
