"""Boards, maps and grid records over 1,000,000 matters in one workspace, against plain SQL that counts them.

Half of the matters have ended; the others lie about their deadlines within four months. Each question is asked with
other communities and other ground each time; the peer is asked the same ones, and both say the same.
"""

from __future__ import annotations

import datetime as dt
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, case, func, select

from gridmap.matters import Event, Matter, matter_kinds
from gridmap.store import Store, board, build_file, records

COUNT = int(os.environ.get("GRIDMAP_BENCH_MATTERS", "1000000"))
TODAY = dt.date(2026, 3, 2)
SIDE_M = 9_000.0
CHUNK = 50_000
KINDS = ("request", "need", "resource", "project", "activity", "task")


def _make(start: int, rng: np.random.Generator) -> tuple[list[Matter], list[Event]]:
    kinds = rng.choice(len(KINDS), CHUNK, p=[0.6, 0.05, 0.05, 0.05, 0.15, 0.1])
    x, y = rng.normal(SIDE_M / 2, SIDE_M / 6, (2, CHUNK)).clip(0, SIDE_M) + 560_000.0
    days, ended, turn = rng.integers(-60, 60, CHUNK), rng.random(CHUNK) < 0.5, rng.integers(0, 100, CHUNK)
    at = dt.datetime(2026, 1, 5, 1, tzinfo=dt.UTC)
    made, events = [], []
    for k in range(CHUNK):
        kind = matter_kinds()[KINDS[kinds[k]]]
        stages = [stage for stage in kind.stages.values() if stage.final == ended[k]]
        stage = stages[turn[k] % len(stages)]
        due = None if stage.final or stage.days is None else (TODAY + dt.timedelta(days=int(days[k]))).isoformat()
        community = int(y[k] % 32)
        matter = Matter(
            f"m{start + k:07}", kind.id, stage.id, "grid", f"g{int(x[k]) % 300}", "2026-01-05", at, title="漏水",
            x=float(x[k]), y=float(y[k]), grid=f"g{int(x[k]) % 300}", community=f"c{community:02}", due=due,
            closed="2026-02-01" if stage.final else None,
        )  # fmt: skip
        made.append(matter)
        events.append(Event(matter.id, 1, at, "u", "", "record", None, stage.id, due, None))
    return made, events


def _fill(store: Store) -> float:
    rng = np.random.default_rng(0)
    began = time.perf_counter()
    for start in range(0, COUNT, CHUNK):
        made, events = _make(start, rng)
        with store.writing() as connection:
            records.ensure_tables(connection)
            records.add_matters(connection, made)
            records.add_events(connection, events)
    return time.perf_counter() - began


def _timed(
    store: Store, ask: Callable[[Connection, int], Any], times: int
) -> tuple[NDArray[Any], NDArray[Any], list[Any]]:
    """Return what each question took in milliseconds, by the clock and of this process alone, and the answers."""
    clock, own, answers = [], [], []
    for turn in range(times):
        began, used = time.perf_counter(), time.process_time()
        with store.reading() as connection:
            answers.append(ask(connection, turn))
        clock.append((time.perf_counter() - began) * 1_000)
        own.append((time.process_time() - used) * 1_000)
    return np.array(clock), np.array(own), answers


def _window(turn: int, side: float) -> tuple[float, float, float, float]:
    x, y = np.random.default_rng(turn).uniform(0, SIDE_M - side, 2) + 560_000.0
    return float(x), float(y), float(x + side), float(y + side)


def _board(connection: Connection, _turn: int) -> dict[str, tuple[int, int]]:
    found = board.board(connection, "request", today=TODAY, cards=20)
    return {one.stage: (one.matters, one.overdue) for one in found if one.matters}


def _plain_board(connection: Connection, _turn: int) -> dict[str, tuple[int, int]]:
    table = records.matters
    late = func.sum(case(((table.c.is_open == 1) & (table.c.due < TODAY.isoformat()), 1), else_=0))
    rows = connection.execute(
        select(table.c.stage, func.count(), late).where(table.c.kind == "request").group_by(table.c.stage)
    )
    return {stage: (n, int(overdue)) for stage, n, overdue in rows}


def _community(connection: Connection, turn: int) -> int:
    return sum(c.matters for c in board.board(connection, "request", today=TODAY, community=f"c{turn % 32:02}"))


def _heat(connection: Connection, _turn: int) -> int:
    shown = board.map_matters(connection, (560_000.0, 560_000.0, 560_000.0 + SIDE_M, 560_000.0 + SIDE_M))
    return sum(shown.n) if isinstance(shown, board.Heat) else len(shown.matters)


def _plain_heat(connection: Connection, _turn: int) -> int:
    table = records.matters
    cells = select(func.count()).where(table.c.is_open == 1)
    rows = connection.execute(cells.group_by(table.c.cell_x, table.c.cell_y))
    return sum(rows.scalars())


def _points(connection: Connection, turn: int) -> int:
    shown = board.map_matters(connection, _window(turn, 300.0))
    return len(shown.matters) if isinstance(shown, board.Points) else -1


def _plain_points(connection: Connection, turn: int) -> int:
    x0, y0, x1, y1 = _window(turn, 300.0)
    table = records.matters
    inside = table.c.x.between(x0, x1) & table.c.y.between(y0, y1) & (table.c.is_open == 1)
    return len(connection.execute(select(table).where(inside)).all())


def _screen(connection: Connection, turn: int) -> int:
    shown = board.map_matters(connection, _window(turn, 2_000.0))
    return len(shown.matters) if isinstance(shown, board.Points) else sum(shown.n)


def _grid(connection: Connection, turn: int) -> int:
    return len(board.find_matters(connection, grid=f"g{turn * 7 % 300}", limit=100))


def _overdue(connection: Connection, _turn: int) -> int:
    return len(board.find_matters(connection, overdue_on=TODAY, limit=100))


QUESTIONS: tuple[tuple[str, Callable[..., Any], Callable[..., Any] | None], ...] = (
    ("board of requests", _board, _plain_board),
    ("board of a community", _community, None),
    ("heat map of the city", _heat, _plain_heat),
    ("map of 300 m × 300 m", _points, _plain_points),
    ("map of 2 km × 2 km", _screen, None),
    ("record of a grid", _grid, None),
    ("what is overdue", _overdue, None),
)


def run() -> list[dict[str, object]]:
    """Fill a workspace and ask each question 200 times, the peers 5 times."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "matters.gpkg"
        build_file(path, name="bench", profile=None, frame_epsg=None, sample=True)
        with Store.open(path, synchronous="NORMAL") as store:
            filled = _fill(store)
            rows: list[dict[str, object]] = [
                {
                    "question": f"import of {COUNT:,}",
                    "ours p50 ms": filled * 1_000,
                    "note": f"{path.stat().st_size >> 20} MiB",
                }
            ]
            for name, ours, peer in QUESTIONS:
                clock, own, answers = _timed(store, ours, 200)
                p50 = float(np.median(clock))
                row: dict[str, object] = {"question": name, "ours p50 ms": p50}
                row |= {"ours p99 ms": float(np.percentile(clock, 99)), "of it CPU": float(np.percentile(own, 99))}
                if peer is not None:
                    took, _, said = _timed(store, peer, 5)
                    theirs = float(np.median(took))
                    assert said == answers[:5], (name, said[0], answers[0])
                    row |= {"plain SQL p50 ms": theirs, "ours/peer": f"{p50 / theirs:.3f}×"}
                rows.append(row)
    return rows
