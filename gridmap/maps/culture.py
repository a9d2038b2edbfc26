"""Culture on a page: venues with their activities and visits. Who came is stored nowhere, so it is on no map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gridmap.maps.ground import shapes_of
from gridmap.maps.look import token
from gridmap.maps.topic import Class, Item, Layer, ListOf, Row, Said, View, counted

if TYPE_CHECKING:
    from pandas import Series

    from gridmap.city import City
    from gridmap.store import RecordsScene

__all__ = ["culture_layers"]

_TOPICS: dict[str, tuple[str, str]] = {
    "talk": ("议事恳谈", "talks"), "market": ("集市", "markets"), "station": ("站点活动", "station activities"),
    "silver_hair": ("银龄活动", "silver-hair activities"), "culture": ("文化活动", "culture"),
}  # fmt: skip
_MOST = 20


@dataclass(frozen=True, slots=True)
class _Held:
    """What is held at a venue: activities by topic, their visits, and how many are planned."""

    topics: tuple[tuple[str, int], ...] = ()
    visits: int = 0
    planned: int = 0

    @property
    def number(self) -> int:
        return sum(n for _, n in self.topics)


def culture_layers(city: City, scene: RecordsScene, *, view: int, first: int) -> tuple[View, list[Item], list[Layer]]:
    """Return the view of culture, an item per venue and their layer.

    Venues are facilities of the kinds of culture, and all others where activities are held or planned.
    """
    kinds = set(token("culture", "kinds"))
    held = _held(scene)
    layer = city.facilities
    ids = layer["id"].astype(str).tolist()
    rows = [row for row, kind in enumerate(layer["kind"]) if kind in kinds or ids[row] in held]
    points = np.asarray(shapely.point_on_surface(shapes_of(layer)[rows]), dtype=object).reshape(-1)
    used = list(dict.fromkeys(str(layer["kind"].iloc[row]) for row in rows))
    of = [used.index(str(layer["kind"].iloc[row])) for row in rows]
    mine = [held.get(ids[row], _Held()) for row in rows]
    items = [_venue(layer.iloc[row], points[at].x, points[at].y, mine[at]) for at, row in enumerate(rows)]
    order = sorted(range(len(rows)), key=lambda at: (-mine[at].visits, -mine[at].number, -mine[at].planned, at))
    ranked = [_row(first + at, items[at].name, mine[at]) for at in order]
    looks = token("facility")
    classes = [
        Class(_kind(kind), "matter-stage-2", counted(of.count(at)), sign=looks.get(kind, looks["other"])["glyph"])
        for at, kind in enumerate(used)
    ]
    shown = Layer(
        "venues", ("文化与活动场所", "Venues"), "badges", points, classes, of=of,
        item=first + np.arange(len(items)), views=(view,), min_zoom=0.0 if len(items) <= 60 else 13.5,
    )  # fmt: skip
    number, visits = sum(one.number for one in mine), sum(one.visits for one in mine)
    sections = [ListOf(("活动场所（按人次）", "Venues by visits"), ranked[:_MOST])] if ranked else []
    told = View(
        name=("文化活动", "Culture"), figure=counted(visits), caption=("人次参加活动", "visits to activities"),
        notes=[(f"{len(items):,} 处场所，已举办 {number:,} 场", f"{len(items):,} venues, {number:,} activities held"),
               ("人次不是人数；谁参加不作记录", "Visits are not persons; who came is not recorded")],
        sections=sections, hide=("heat",),
    )  # fmt: skip
    return told, items, [shown] if items else []


def _held(scene: RecordsScene) -> dict[str, _Held]:
    """Sum the activities of each facility."""
    found: dict[str, _Held] = {}
    for one in scene.venues:
        old = found.get(one.facility, _Held())
        if one.stage == "held":
            found[one.facility] = _Held((*old.topics, (one.topic, one.n)), old.visits + one.visits, old.planned)
        else:
            planned = one.n if one.stage == "planned" else 0
            found[one.facility] = _Held(old.topics, old.visits, old.planned + planned)
    return found


def _kind(kind: str) -> tuple[str, str]:
    look = token("facility").get(kind, {"zh": kind, "en": kind})
    return look["zh"], look["en"]


def _venue(record: Series, x: float, y: float, held: _Held) -> Item:
    topics = [(*_TOPICS.get(topic, (topic, topic)), n) for topic, n in held.topics]
    said: Said = ("、".join(f"{zh} {n}" for zh, _, n in topics), ", ".join(f"{n} {en}" for _, en, n in topics))
    visits: Said = (f"{held.visits:,} 人次", f"{held.visits:,} visits") if held.visits else ""
    kind = _kind(str(record["kind"]))
    return Item(
        name=record["name"] or kind, x=x, y=y, chain=kind, verdict=("matter-stage-2", visits),
        rows=[
            (("已举办", "Held"), said if topics else ""),
            (("计划", "Planned"), counted(held.planned) if held.planned else ""),
            (("开放时间", "Open"), record["opening_hours"] or ""),
            (("地址", "Address"), record["address"] or ""),
        ],
    )  # fmt: skip


def _row(item: int, name: Said, held: _Held) -> Row:
    zh = f"已举办 {held.number} 场" + (f"，计划 {held.planned} 场" if held.planned else "")
    en = f"{held.number} held" + (f", {held.planned} planned" if held.planned else "")
    return Row(item, name, counted(held.visits) if held.visits else "", (zh, en))
