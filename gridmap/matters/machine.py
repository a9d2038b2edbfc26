"""The stage machine: a matter is opened, and moved from stage to stage by those who may, each time with an event."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from gridmap.errors import InputError, PermissionDenied
from gridmap.matters.kinds import MatterKind, Move, matter_kind
from gridmap.matters.workdays import city_date, due_date

__all__ = ["Event", "Matter", "advance", "open_matter", "readdress", "replay"]

_OPENED = "open"
_RECORDED = "record"
"""The action by which a matter enters at a later stage than its first, because its history is not known."""

_READDRESSED = "readdress"
"""The action by which an open matter goes to another grid, because another plan came into force. Its stage stays."""


@dataclass(frozen=True, slots=True)
class Matter:
    """Something that happens at a place. Dates are ISO text; `due` is None where the stage has no deadline.

    `level` and `code` name its place, `x` and `y` its point in the city's frame; `grid`, `community` and `plan` say in
    which grid that lies, by the plan in force: of a matter that has ended, by the one in force while it was open.
    `organisation` is who is to act, `link` another matter, `quantity` and `rating` what its kind counts. `revision`
    counts its events.
    """

    id: str
    kind: str
    stage: str
    level: str
    code: str
    opened: str
    changed: dt.datetime
    revision: int = 1
    topic: str | None = None
    title: str | None = None
    x: float | None = None
    y: float | None = None
    grid: str | None = None
    community: str | None = None
    plan: str | None = None
    organisation: str | None = None
    link: str | None = None
    quantity: int | None = None
    rating: int | None = None
    due: str | None = None
    closed: str | None = None
    note: str | None = None

    def overdue(self, on: dt.date) -> bool:
        """Tell whether its deadline has passed on a day."""
        return self.due is not None and self.closed is None and self.due < on.isoformat()


@dataclass(frozen=True, slots=True)
class Event:
    """What was done to a matter: it made its revision `revision`, and led from one stage to another."""

    matter: str
    revision: int
    at: dt.datetime
    user: str
    actor: str
    action: str
    from_stage: str | None
    to_stage: str
    due: str | None
    note: str | None


def open_matter(
    matter: Matter, *, user: str, actor: str = "", stage: str | None = None, due: str | None = None
) -> tuple[Matter, Event]:
    """Return a new matter at the first stage of its kind, with its deadline, and the event that opened it.

    `stage` is the one it is recorded at where its history is not known, `due` the deadline where it is not to be
    computed. Raises InputError for a kind, stage, level, topic or rating that cannot be, and for a kind that is
    restricted; LimitError where the deadline falls into a year whose holidays are not known.
    """
    kind = matter_kind(matter.kind)
    _check(kind, matter)
    at = kind.start if stage is None else kind.stage(stage).id
    day = city_date(matter.changed)
    deadline = due or (None if stage is not None else _deadline(kind, at, day))
    closed = day.isoformat() if kind.stages[at].final else None
    opened = replace(matter, kind=kind.id, stage=at, revision=1, due=None if closed else deadline, closed=closed)
    action = _OPENED if at == kind.start and stage is None else _RECORDED
    return opened, Event(matter.id, 1, matter.changed, user, actor, action, None, at, opened.due, None)


def advance(
    matter: Matter,
    action: str,
    *,
    actor: str,
    user: str,
    at: dt.datetime,
    organisation: str | None = None,
    rating: int | None = None,
    link: str | None = None,
    quantity: int | None = None,
    due: str | None = None,
    note: str | None = None,
) -> tuple[Matter, Event]:
    """Return a matter moved by an action, and the event.

    Raises InputError for an action that the stage does not have or that lacks what it needs, PermissionDenied for an
    actor who may not do it, and InputError for a time before the last event.
    """
    kind = matter_kind(matter.kind)
    move = _move(kind, matter, action)
    if actor not in move.actors:
        raise PermissionDenied(
            "actor-not-allowed",
            f"{matter.id}: {action} is not for {actor or 'nobody'}.",
            f"It is for {', '.join(move.actors)}.",
        )
    if at < matter.changed:
        raise InputError(
            "time-reversed", f"{matter.id}: {at.isoformat()} is before its last event.", "Check the clock."
        )
    for name, value in (("organisation", organisation), ("rating", rating), ("link", link)):
        if name in move.needs and value is None:
            raise InputError(f"{name}-missing", f"{matter.id}: {action} needs the {name}.", f"Say --{name}.")
    _check_numbers(matter.id, rating, quantity)
    final = kind.stages[move.to].final
    day = city_date(at)
    moved = replace(
        matter,
        stage=move.to,
        revision=matter.revision + 1,
        changed=at,
        organisation=organisation or matter.organisation,
        rating=matter.rating if rating is None else rating,
        link=link or matter.link,
        quantity=matter.quantity if quantity is None else quantity,
        due=None if final else (due or _deadline(kind, move.to, day)),
        closed=day.isoformat() if final else None,
    )
    return moved, Event(matter.id, moved.revision, at, user, actor, action, matter.stage, move.to, moved.due, note)


def readdress(matter: Matter, grid: str, *, plan: str, user: str, at: dt.datetime) -> tuple[Matter, Event]:
    """Return an open matter at another grid, by a plan that came into force, and the event; stage and deadline stay.

    The event's note says from which grid to which. InputError for a matter that has ended: it keeps its grid.
    """
    if matter.closed is not None:
        raise InputError("matter-ended", f"{matter.id} has ended: it keeps its grid.", "Leave it where it was.")
    when = max(at, matter.changed)
    code = grid if matter.level == "grid" else matter.code
    moved = replace(matter, grid=grid, code=code, plan=plan, revision=matter.revision + 1, changed=when)
    note = f"{matter.grid or '–'} → {grid}"
    stage = matter.stage
    return moved, Event(matter.id, moved.revision, when, user, "", _READDRESSED, stage, stage, matter.due, note)


def replay(kind: MatterKind, events: Iterable[Event]) -> str:
    """Return the stage that a history leads to; InputError where it breaks the kind's machine or skips a revision."""
    stage: str | None = None
    last: Event | None = None
    for number, event in enumerate(events, 1):
        if event.revision != number or event.from_stage != stage:
            raise _broken(event, "it does not follow the event before")
        if last is not None and event.at < last.at:
            raise _broken(event, "it is before the event that it follows")
        if number == 1:
            if event.action not in (_OPENED, _RECORDED) or event.to_stage not in kind.stages:
                raise _broken(event, "a history begins with open or record")
            if event.action == _OPENED and event.to_stage != kind.start:
                raise _broken(event, f"a matter is opened at {kind.start}")
        elif event.action == _READDRESSED:
            if event.to_stage != stage or kind.stages[event.to_stage].final:
                raise _broken(event, "to go to another grid leaves an open matter at its stage")
        else:
            moves = [move for move in kind.moves_from(stage or "") if move.action == event.action]
            if not moves or moves[0].to != event.to_stage:
                raise _broken(event, f"{event.action} does not lead from {stage} to {event.to_stage}")
            if event.actor not in moves[0].actors:
                raise _broken(event, f"{event.action} is not for {event.actor or 'nobody'}")
        stage, last = event.to_stage, event
    if stage is None:
        raise InputError("history-empty", f"A matter of the kind {kind.id} has no events.", "Give at least the first.")
    return stage


def _move(kind: MatterKind, matter: Matter, action: str) -> Move:
    moves = kind.moves_from(matter.stage)
    found = next((move for move in moves if action in (move.action, move.zh)), None)
    if found is None:
        names: Collection[str] = [move.action for move in moves]
        raise InputError(
            "move-illegal",
            f"{matter.id}: there is no {action} from the stage {matter.stage}.",
            f"Use one of {', '.join(names)}." if names else "The matter has ended.",
        )
    return found


def _deadline(kind: MatterKind, stage: str, day: dt.date) -> str | None:
    days = kind.stages[stage].days
    return None if days is None else due_date(day, days).isoformat()


def _check(kind: MatterKind, matter: Matter) -> None:
    if kind.restricted:
        raise PermissionDenied(
            "kind-restricted", f"{kind.id} is restricted: it is not kept as a matter.", "Keep it as a restricted duty."
        )
    if matter.level not in kind.levels:
        raise InputError(
            "level-wrong",
            f"{matter.id}: a {kind.id} does not stand at the level {matter.level!r}.",
            f"Use one of {', '.join(kind.levels)}.",
        )
    if not matter.code:
        raise InputError("place-missing", f"{matter.id}: it has no place.", "Give its code or point.")
    if kind.topics and matter.topic not in kind.topics:
        raise InputError(
            "topic-wrong", f"{matter.id}: {matter.topic!r} is no topic of {kind.id}.", f"Use {', '.join(kind.topics)}."
        )
    _check_numbers(matter.id, matter.rating, matter.quantity)


def _check_numbers(name: str, rating: int | None, quantity: int | None) -> None:
    if rating is not None and not 1 <= rating <= 5:
        raise InputError("rating-range", f"{name}: the rating {rating} is not from 1 to 5.", "Rate from 1 to 5.")
    if quantity is not None and quantity < 0:
        raise InputError("quantity-range", f"{name}: the quantity {quantity} is negative.", "Count from 0.")


def _broken(event: Event, what: str) -> InputError:
    return InputError(
        "history-broken",
        f"matter_events: revision {event.revision} of {event.matter} cannot be: {what}.",
        "Correct the history, or leave its events out: the matter is then recorded at its stage.",
    )
