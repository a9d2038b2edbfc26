"""The columns of the tables of matters and of their events, and what must hold in them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pandas as pd

from gridmap.city.schema import Field
from gridmap.errors import GridmapError, InputError
from gridmap.matters.kinds import matter_kind
from gridmap.matters.machine import Event, Matter, open_matter, replay

__all__ = ["EVENTS", "MATTERS", "check_matters"]

MATTERS = (
    Field("id", "text", "编号", "identifier", required=True),
    Field("kind", "text", "类别", "kind of matter, by id or Chinese name", required=True),
    Field("topic", "text", "主题", "topic within the kind: works item, sort of activity, task, sort of need …"),
    Field("title", "text", "标题", "what it is, in words, without names of residents"),
    Field(
        "level", "text", "层级", "level of its place: community, grid, compound, building, facility …", required=True
    ),
    Field("code", "text", "地点", "code or id of its place", required=True),
    Field("x", "real", "x", "longitude of its point; empty: only the place is known", "°"),
    Field("y", "real", "y", "latitude of its point", "°"),
    Field("organisation", "text", "单位编号", "id of the department or unit that is to act"),
    Field("link", "text", "关联事项", "id of another matter: the need of a project, the resource of a need"),
    Field("quantity", "integer", "数量", "what the kind counts: visits, households, persons trained …"),
    Field("rating", "integer", "评分", "rating by residents, 1 to 5"),
    Field("stage", "text", "阶段", "stage that it is at, by id or Chinese name; empty: the first"),
    Field("opened", "date", "开始日期", "day on which it was opened", required=True),
    Field("due", "date", "期限", "day by which the stage is due; empty: as the kind has it, or none"),
    Field("closed", "date", "结束日期", "day on which it ended; empty: the day of its last event, or not yet"),
    Field("note", "text", "备注", "remark, without names of residents"),
)
EVENTS = (
    Field("matter", "text", "事项编号", "id of the matter", required=True),
    Field("revision", "integer", "序号", "1, 2, 3 … within the matter", required=True),
    Field("at", "text", "时间", "moment as ISO text, with offset or in China's time", required=True),
    Field("user", "text", "操作人", "who did it"),
    Field("actor", "text", "角色", "as what: grid_worker, community_worker, department, resident …"),
    Field("action", "text", "动作", "open, then the kind's moves", required=True),
    Field("from_stage", "text", "原阶段", "stage before; empty for the first"),
    Field("to_stage", "text", "新阶段", "stage after", required=True),
    Field("note", "text", "备注", "remark"),
)

_CHINA = dt.timezone(dt.timedelta(hours=8))


def check_matters(matters: pd.DataFrame, events: pd.DataFrame, *, user: str) -> tuple[list[Matter], list[Event]]:
    """Return matters and complete histories of canonical tables; x and y are left as they are.

    A matter without events is opened, or recorded at its stage, on the day `opened`. InputError names the row: a place,
    stage or topic that its kind does not have, an id twice, an event that breaks the machine or has no matter.
    """
    of: dict[str, list[Event]] = {}
    for row, values in enumerate(_rows(events), 1):
        of.setdefault(values.matter, []).append(
            Event(
                values.matter, int(values.revision), _moment(values.at, row), values.user or user, values.actor or "",
                values.action, values.from_stage, values.to_stage, None, values.note,
            )
        )  # fmt: skip
    made: list[Matter] = []
    history: list[Event] = []
    seen: set[str] = set()
    for row, values in enumerate(_rows(matters), 1):
        try:
            if values.id in seen:
                raise InputError("id-duplicate", f"the id {values.id} is there twice.", "Give each matter its own id.")
            matter, told = _matter(values, of.pop(values.id, []), user)
        except GridmapError as error:
            raise type(error)(error.code, f"matters, row {row}: {error.message}", error.hint) from None
        seen.add(matter.id)
        made.append(matter)
        history += told
    if of:
        raise InputError(
            "matter-unknown", f"matter_events: there is no matter {next(iter(of))} in matters.", "Add its row."
        )
    return made, history


def _matter(values: Any, events: list[Event], user: str) -> tuple[Matter, list[Event]]:
    kind = matter_kind(values.kind)
    stage = None if values.stage is None else kind.stage(values.stage).id
    events = sorted(events, key=lambda event: event.revision)
    day = dt.datetime.fromisoformat(values.opened).replace(hour=9, tzinfo=_CHINA)
    recorded = None if stage in (None, kind.start) and not events else stage
    matter = Matter(
        values.id, kind.id, kind.start, values.level, values.code, values.opened,
        events[0].at if events else day,
        topic=values.topic, title=values.title,
        x=_number(values.x), y=_number(values.y),
        organisation=values.organisation, link=values.link,
        quantity=_whole(values.quantity), rating=_whole(values.rating), note=values.note,
    )  # fmt: skip
    opened, first = open_matter(matter, user=user, stage=recorded, due=values.due)
    if not events:
        closed = values.closed or opened.opened if opened.closed else None
        return _but(opened, opened.revision, opened.changed, opened.stage, opened.due, closed), [first]
    end = replay(kind, events)
    if stage is not None and stage != end:
        raise InputError(
            "stage-contradiction", f"it is at {stage}, but its events lead to {end}.", "Correct one of them."
        )
    final = kind.stages[end].final
    last = events[-1]
    closed = (values.closed or last.at.astimezone(_CHINA).date().isoformat()) if final else None
    return _but(opened, last.revision, last.at, end, None if final else values.due, closed), events


def _but(matter: Matter, revision: int, at: dt.datetime, stage: str, due: str | None, closed: str | None) -> Matter:
    from dataclasses import replace

    return replace(matter, revision=revision, changed=at, stage=stage, due=due, closed=closed)


def _moment(text: str, row: int) -> dt.datetime:
    try:
        at = dt.datetime.fromisoformat(text)
    except ValueError:
        raise InputError(
            "time-unreadable", f"matter_events, row {row}: {text!r} is no moment.", "Write 2026-03-01T09:30."
        ) from None
    return at if at.tzinfo else at.replace(tzinfo=_CHINA)


def _number(value: Any) -> float | None:
    return None if value != value else float(value)


def _whole(value: Any) -> int | None:
    return None if value is pd.NA or value is None else int(value)


def _rows(table: pd.DataFrame) -> Iterator[Any]:
    return iter(table.itertuples(index=False))
