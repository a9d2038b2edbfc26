"""What a map of records shows, gathered by few queries whose cost does not grow with the matters that have ended."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd
from sqlalchemy import Connection, case, func, select

from gridmap.duties import Staffing, Vacancies, duty_kinds
from gridmap.matters import Matter, MatterKind, matter_kinds
from gridmap.store.board import Bounds, Column, Heat, Points, board, find_matters, heat, map_matters
from gridmap.store.records import has_records, matters

if TYPE_CHECKING:
    from gridmap.store.accounts import Accounts

__all__ = ["Answers", "GridCount", "RecordsScene", "Venue", "answers", "records_scene"]

STAFFED = ("grid_worker", "grid_lead", "cadre_liaison", "leader_liaison", "party_org")
"""The kinds of duty whose vacancies a map tells."""


@dataclass(frozen=True)
class GridCount:
    """How many open matters of a kind are at a stage in a grid, and how many of them are late."""

    grid: str
    kind: str
    stage: str
    n: int
    late: int


@dataclass(frozen=True)
class Venue:
    """How many activities of a topic are at a stage at a facility, and the visits they count: visits, not persons."""

    facility: str
    topic: str
    stage: str
    n: int
    visits: int


@dataclass(frozen=True)
class RecordsScene:
    """Matters as a map shows them, none of a restricted kind.

    `boards` has the columns of each kind that has matters, `points` the open matters of each kind one by one, or
    squares where there are too many, `late` those that are due longest, `heat` all that are open in squares.
    """

    day: dt.date
    boards: Mapping[str, tuple[Column, ...]]
    points: Mapping[str, Points | Heat]
    late: tuple[Matter, ...]
    heat: Heat
    grids: tuple[GridCount, ...]
    venues: tuple[Venue, ...]


@dataclass(frozen=True, eq=False)
class Answers:
    """Who answers, as a map shows it.

    `held` has a row per duty: kind, places, holder (None where the name is not posted publicly). `vacancies` are those
    of the kinds that every place is to have, `staffing` that of community workers (None without records).
    """

    held: pd.DataFrame
    vacancies: tuple[Vacancies, ...]
    staffing: Staffing | None
    organisations: Mapping[str, str]


def records_scene(
    connection: Connection, bounds: Bounds, *, on: dt.date, limit: int = 1_000, cards: int = 8
) -> RecordsScene:
    """Gather what a map of some ground shows on a day: at most `limit` matters of a kind one by one."""
    kinds = [kind for kind in matter_kinds().values() if not kind.restricted]
    boards = {kind.id: board(connection, kind.id, today=on, cards=cards) for kind in kinds}
    there = {name: columns for name, columns in boards.items() if any(column.matters for column in columns)}
    names = tuple(kind.id for kind in kinds)
    return RecordsScene(
        day=on,
        boards=there,
        points={name: map_matters(connection, bounds, kinds=(name,), limit=limit) for name in there},
        late=tuple(one for one in find_matters(connection, overdue_on=on, limit=30) if one.kind in names),
        heat=heat(connection, bounds, kinds=names),
        grids=_grid_counts(connection, kinds, on),
        venues=_venues(connection),
    )


def _grid_counts(connection: Connection, kinds: list[MatterKind], on: dt.date) -> tuple[GridCount, ...]:
    if not has_records(connection):
        return ()
    late = func.sum(case((matters.c.due < on.isoformat(), 1), else_=0))
    keys = (matters.c.grid, matters.c.kind, matters.c.stage)
    found = select(*keys, func.count(), late).where(
        (matters.c.is_open == 1) & matters.c.grid.is_not(None) & matters.c.kind.in_([kind.id for kind in kinds])
    )
    rows = connection.execute(found.group_by(*keys).order_by(*keys))
    return tuple(GridCount(row[0], row[1], row[2], int(row[3]), int(row[4])) for row in rows)


def _venues(connection: Connection) -> tuple[Venue, ...]:
    if not has_records(connection) or matter_kinds()["activity"].restricted:
        return ()
    keys = (matters.c.code, matters.c.topic, matters.c.stage)
    found = select(*keys, func.count(), func.coalesce(func.sum(matters.c.quantity), 0)).where(
        (matters.c.kind == "activity") & (matters.c.level == "facility")
    )
    rows = connection.execute(found.group_by(*keys).order_by(*keys))
    return tuple(Venue(row[0], row[1] or "", row[2], int(row[3]), int(row[4])) for row in rows)


def answers(accounts: Accounts, *, on: dt.date, plan: str | None = None) -> Answers:
    """Gather who answers on a day by a plan (the current one if None); names that are not posted stay inside."""
    held = accounts.duties(on=on)
    posted = held["posted"].fillna(value=False).astype(bool)
    shown = held[["kind", "places"]].assign(holder=held["holder"].where(posted, None))
    kinds = duty_kinds()
    present = set(held["kind"])
    named = [name for name in STAFFED if name in present and not kinds[name].restricted]
    staffed = accounts.staffing(on=on) if "community_worker" in present else None
    table = accounts.export(("organisations",))["organisations"]
    organisations = {str(key): str(name or key) for key, name in zip(table["id"], table["name"], strict=True)}
    vacancies = tuple(accounts.vacancies(name, plan=plan, on=on) for name in named)
    return Answers(shown, vacancies, staffed, organisations)
