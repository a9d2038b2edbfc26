"""Boards, maps and records of matters: questions that stay quick when there are a million of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, case, func, select

from gridmap.matters import Matter, matter_kind
from gridmap.store.records import CELL_LEVELS_M, MATTER, cells, has_records, matter_row, matters, tally

__all__ = ["Column", "Heat", "Points", "Sum", "board", "find_matters", "heat", "map_matters", "sum_matters"]

_CELLS_ACROSS = 64
"""A heat map has at most so many squares across; then wider ones are counted."""

Bounds = tuple[float, float, float, float]


@dataclass(frozen=True)
class Column:
    """A column of a board: a stage of a kind, how many matters are at it, how many overdue, and the first of them."""

    kind: str
    stage: str
    title: str
    matters: int
    overdue: int
    cards: tuple[Matter, ...]


@dataclass(frozen=True)
class Heat:
    """Counts of matters in squares of `width_m`: corners x, y (south-west, in the frame) and n, one row a square."""

    width_m: float
    x: tuple[float, ...]
    y: tuple[float, ...]
    n: tuple[int, ...]


@dataclass(frozen=True)
class Points:
    """Matters of a map one by one."""

    matters: tuple[Matter, ...]


def board(
    connection: Connection,
    kind: str,
    *,
    today: dt.date,
    community: str | None = None,
    communities: Collection[str] | None = None,
    cards: int = 20,
) -> tuple[Column, ...]:
    """Return the board of a kind, of one community or some if given: a column a stage, what is overdue first.

    The counts come from a table that every change keeps, the cards from an index: the cost does not grow with the
    matters that have ended. `cards` are shown of stages that are not final.
    """
    rule = matter_kind(kind)
    if not has_records(connection):
        return tuple(Column(rule.id, stage.id, stage.zh, 0, 0, ()) for stage in rule.stages.values())
    late = func.sum(case((tally.c.due < today.isoformat(), tally.c.n), else_=0))
    counted = select(tally.c.stage, func.sum(tally.c.n), late).where(tally.c.kind == rule.id)
    if community is not None:
        counted = counted.where(tally.c.community == community)
    if communities is not None:
        counted = counted.where(tally.c.community.in_(sorted(communities)))
    counts = {row[0]: (int(row[1]), int(row[2])) for row in connection.execute(counted.group_by(tally.c.stage))}
    columns = []
    for stage in rule.stages.values():
        n, overdue = counts.get(stage.id, (0, 0))
        shown: tuple[Matter, ...] = ()
        if n and not stage.final and cards:
            found = select(*MATTER).where((matters.c.kind == rule.id) & (matters.c.stage == stage.id))
            if community is not None:
                found = found.where(matters.c.community == community)
            if communities is not None:
                found = found.where(matters.c.community.in_(sorted(communities)))
            shown = tuple(map(matter_row, connection.execute(found.order_by(matters.c.due).limit(cards))))
        columns.append(Column(rule.id, stage.id, stage.zh, n, 0 if stage.final else overdue, shown))
    return tuple(columns)


def find_matters(
    connection: Connection,
    *,
    kind: str | None = None,
    stage: str | None = None,
    grid: str | None = None,
    community: str | None = None,
    code: str | None = None,
    organisation: str | None = None,
    overdue_on: dt.date | None = None,
    open_only: bool = False,
    communities: Collection[str] | None = None,
    limit: int | None = None,
) -> list[Matter]:
    """Return matters that fit all that is given: a grid's newest first, others what is due first.

    `communities` are those that they have to be in, all if None.

    Of a kind, the stage may be said in Chinese; InputError for one that the kind does not have.
    """
    if not has_records(connection):
        return []
    found = select(*MATTER)
    if kind is not None:
        rule = matter_kind(kind)
        found = found.where(matters.c.kind == rule.id)
        stage = None if stage is None else rule.stage(stage).id
    given = (
        (matters.c.stage, stage), (matters.c.grid, grid), (matters.c.community, community), (matters.c.code, code),
        (matters.c.organisation, organisation),
    )  # fmt: skip
    for column, value in given:
        if value is not None:
            found = found.where(column == value)
    if communities is not None:
        found = found.where(matters.c.community.in_(sorted(communities)))
    if overdue_on is not None:
        found = found.where((matters.c.is_open == 1) & (matters.c.due < overdue_on.isoformat()))
    elif open_only:
        found = found.where(matters.c.is_open == 1)
    found = found.order_by(matters.c.due if grid is None else matters.c.opened.desc())
    if limit is not None:
        found = found.limit(limit)
    return [matter_row(row) for row in connection.execute(found)]


def heat(connection: Connection, bounds: Bounds, *, kinds: Sequence[str] = (), open_only: bool = True) -> Heat:
    """Return how many matters lie in each square of a map, `bounds` being (min x, min y, max x, max y) of the frame."""
    x0, y0, x1, y1 = bounds
    across = max(x1 - x0, y1 - y0)
    level = next(
        (k for k, width in enumerate(CELL_LEVELS_M) if across <= width * _CELLS_ACROSS), len(CELL_LEVELS_M) - 1
    )
    width = CELL_LEVELS_M[level]
    if not has_records(connection):
        return Heat(width, (), (), ())
    found = select(cells.c.cell_x, cells.c.cell_y, func.sum(cells.c.n)).where(
        (cells.c.level == level)
        & (cells.c.is_open.in_((1,) if open_only else (0, 1)))
        & cells.c.cell_x.between(int(x0 // width), int(x1 // width))
        & cells.c.cell_y.between(int(y0 // width), int(y1 // width))
    )
    if kinds:
        found = found.where(cells.c.kind.in_([matter_kind(kind).id for kind in kinds]))
    rows = connection.execute(found.group_by(cells.c.cell_x, cells.c.cell_y)).all()
    return Heat(
        width,
        tuple(row[0] * width for row in rows),
        tuple(row[1] * width for row in rows),
        tuple(int(row[2]) for row in rows),
    )


def map_matters(
    connection: Connection,
    bounds: Bounds,
    *,
    kinds: Sequence[str] = (),
    open_only: bool = True,
    limit: int = 2_000,
) -> Points | Heat:
    """Return what a map of some ground shows: the matters one by one, or squares where there are more than `limit`."""
    counted = heat(connection, bounds, kinds=kinds, open_only=open_only)
    if sum(counted.n) > limit:
        return counted
    if not counted.n:
        return Points(())
    x0, y0, x1, y1 = bounds
    width = CELL_LEVELS_M[0]
    columns = range(int(x0 // width), int(x1 // width) + 1)
    # With more columns than this the strips cost more than the whole width.
    strip: Any = (
        matters.c.cell_x.in_(columns) if len(columns) <= 400 else matters.c.cell_x.between(columns[0], columns[-1])
    )
    found = select(*MATTER).where(
        matters.c.is_open.in_((1,) if open_only else (0, 1))
        & strip
        & matters.c.cell_y.between(int(y0 // width), int(y1 // width))
        & matters.c.x.between(x0, x1)
        & matters.c.y.between(y0, y1)
    )
    if kinds:
        found = found.where(matters.c.kind.in_([matter_kind(kind).id for kind in kinds]))
    return Points(tuple(map(matter_row, connection.execute(found.limit(limit)))))


@dataclass(frozen=True)
class Sum:
    """How many matters of a kind have a topic and are at a stage, and what their quantities come to."""

    kind: str
    topic: str | None
    stage: str
    n: int
    quantity: int


def sum_matters(connection: Connection) -> list[Sum]:
    """Return the matters of each kind, topic and stage, summed. One pass over the table."""
    if not has_records(connection):
        return []
    keys = (matters.c.kind, matters.c.topic, matters.c.stage)
    summed = select(*keys, func.count(), func.coalesce(func.sum(matters.c.quantity), 0)).group_by(*keys)
    return [Sum(*row) for row in connection.execute(summed)]
