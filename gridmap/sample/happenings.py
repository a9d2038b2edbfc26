"""What happens in the sample city: matters with their histories in the published numbers, all of them invented."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gridmap.matters import matter_kind
from gridmap.sample.registers import MARK

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

__all__ = ["Happenings", "happenings"]

SOLVED, IN_HAND, DECLINED = 462, 138, 9
PROJECTS, NEEDS, RESOURCES = 115, 84, 92
TALKS, MARKETS, STATION_ACTIVITIES, SILVER_HAIR = 8, 12, 824, 193
CULTURE_VISITS = (300, 30, 200, 500)
TRAININGS, TRAINED = 12, 536
SERVICE_VISITS = 31_280
TASKS = 60

Step = tuple[str, str, int]
"""An action, as what it is done, and how many working days after the step before."""

_YEAR = 250
"""Working days that the records reach back."""
_REQUESTS = (
    "停车秩序",
    "供暖不热",
    "噪声扰民",
    "环境卫生",
    "下水堵塞",
    "邻里纠纷",
    "路灯不亮",
    "消防通道占用",
    "电动车充电",
    "楼道堆物",
)
_LOOP: tuple[Step, ...] = (
    ("dispatch", "community_worker", 1),
    ("answer", "department", 1),
    ("handle", "department", 3),
)
_ROUNDS: tuple[tuple[float, tuple[Step, ...]], ...] = (
    (0.72, (*_LOOP, ("rate", "resident", 2))),
    (0.82, (("settle", "grid_worker", 1), ("rate", "resident", 1))),
    (0.88, (("dispatch", "community_worker", 1), ("return", "department", 1), *_LOOP, ("rate", "resident", 2))),
    (0.94, (("escalate", "grid_worker", 1), ("dispatch", "subdistrict", 1), *_LOOP[1:], ("rate", "resident", 2))),
    (1.0, (*_LOOP, ("reopen", "resident", 1), *_LOOP[1:], ("rate", "resident", 2))),
)
"""The ways that a request goes round, by how many go it."""
_UNDER_WAY: tuple[tuple[Step, ...], ...] = (
    (), _LOOP[:1], _LOOP[:1], _LOOP[:2], _LOOP[:2], _LOOP[:2], _LOOP, (("escalate", "grid_worker", 1),),
)  # fmt: skip
_FIELDS = {
    "roads": "道路修补", "health": "健康义诊", "fire_safety": "消防安全", "culture": "文化惠民",
    "education": "课后辅导", "elders": "助老服务", "greening": "小区绿化", "employment": "就业帮扶",
}  # fmt: skip
_PROJECT: tuple[Step, ...] = (
    ("start", "unit", 6), ("track", "community_worker", 40), ("evaluate", "community_worker", 12),
)  # fmt: skip
_WORKS: tuple[Step, ...] = (("design", "department", 15), ("build", "department", 30), ("accept", "department", 80))
_ITEMS = {"roof": "屋面防水", "insulation": "外墙保温", "power_lines": "强弱电线路", "bicycle_sheds": "自行车棚"}


@dataclass
class Happenings:
    """Rows of matters and of their events, as they are gathered."""

    rng: np.random.Generator
    on: dt.date
    matters: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)

    def day(self, back: int) -> dt.date:
        """Return the weekday so many weekdays before the day of the sample (negative: after it)."""
        found = np.busday_offset(np.datetime64(self.on, "D"), -back, roll="backward")
        return dt.date.fromisoformat(str(found))

    def add(self, kind: str, place: tuple[str, str], back: int, steps: Sequence[Step] = (), **values: Any) -> str:
        """Add a matter that was opened `back` weekdays ago and went through the steps; return its id."""
        about = matter_kind(kind)
        name = f"{kind}-{sum(one['kind'] == kind for one in self.matters) + 1:04d}"
        stage, when, rating = about.start, back, None
        self._event(name, 1, when, values.pop("by", "community_worker"), "open", None, stage)
        for number, (action, actor, later) in enumerate(steps, 2):
            move = next(one for one in about.moves_from(stage) if one.action == action)
            when = max(when - later, 0)
            self._event(name, number, when, actor, action, stage, move.to)
            stage = move.to
            if "rating" in move.needs:
                rating = int(self.rng.choice([3, 4, 5, 5, 5]))
        rule = about.stages[stage]
        due = None if rule.days is None else self.day(when - rule.days).isoformat()
        self.matters.append({
            "id": name, "kind": kind, "level": place[0], "code": place[1], "stage": stage, "due": due,
            "opened": self.day(back).isoformat(), "rating": rating, "note": MARK, **values,
        })  # fmt: skip
        return name

    def _event(
        self, matter: str, revision: int, back: int, actor: str, action: str, before: str | None, after: str
    ) -> None:
        # Later steps of one day come later in the day.
        at = f"{self.day(back)}T{8 + min(revision, 10):02d}:{int(self.rng.integers(60)):02d}"
        self.events.append({
            "matter": matter, "revision": revision, "at": at, "user": "sample", "actor": actor, "action": action,
            "from_stage": before, "to_stage": after,
        })  # fmt: skip

    def some(self, choices: Sequence[Any]) -> Any:
        """Return one of the choices."""
        return choices[int(self.rng.integers(len(choices)))]

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the tables."""
        return {
            "matters": pd.DataFrame(self.matters, dtype=object),
            "matter_events": pd.DataFrame(self.events, dtype=object),
        }


def happenings(
    layers: Mapping[str, GeoDataFrame], organisations: pd.DataFrame, rng: np.random.Generator, *, on: dt.date
) -> Happenings:
    """Let a year of matters happen in the city of the layers, up to the day `on`."""
    made = Happenings(rng, on)
    by_kind = {str(kind): rows["id"].tolist() for kind, rows in organisations.groupby("kind")}
    communities = layers["communities"]["code"].tolist()
    facilities = layers["facilities"]
    open_ones = facilities[facilities["status"] == "open"]
    of_kind = {str(kind): rows["id"].tolist() for kind, rows in open_ones.groupby("kind")}
    _requests(made, layers["buildings"], by_kind["department"])
    _lists(made, communities, by_kind["unit"])
    _renovation(made, layers["compounds"], layers["buildings"])
    _activities(made, communities, of_kind)
    _culture(made, of_kind, open_ones.set_index("id")["name"].to_dict())
    _services(made, of_kind)
    _trainings(made, communities)
    _tasks(made, layers["grids"]["code"].tolist())
    return made


def _requests(made: Happenings, buildings: GeoDataFrame, departments: list[str]) -> None:
    homes = buildings["households"].fillna(0).to_numpy(dtype=float)
    chosen = made.rng.choice(len(homes), SOLVED + IN_HAND + DECLINED, p=homes / homes.sum())
    names, ids = buildings["address"].tolist(), buildings["id"].tolist()
    for number, row in enumerate(chosen.tolist()):
        what = made.some(_REQUESTS)
        about: dict[str, Any] = {"topic": what, "title": f"{names[row]}{what}", "by": "grid_worker"}
        place = ("building", ids[row])
        if number < SOLVED:
            share = made.rng.random()
            steps = next(steps for most, steps in _ROUNDS if share < most)
            back = int(made.rng.integers(16, _YEAR))
        elif number < SOLVED + IN_HAND:
            steps = made.some(_UNDER_WAY)
            # Most were opened so lately that they are not due yet.
            back = sum(step[2] for step in steps) + int(made.rng.integers(0, 3 if made.rng.random() < 0.8 else 12))
        else:
            steps, back = (("decline", "community_worker", 1),), int(made.rng.integers(5, _YEAR))
        if any(step[0] == "dispatch" for step in steps):
            about["organisation"] = made.some(departments)
        made.add("request", place, back, steps, **about)


def _lists(made: Happenings, communities: list[str], units: list[str]) -> None:
    """List needs and resources, and let 67 units take on 115 projects, each at least one."""
    needs: list[tuple[str, str, str]] = []
    for number in range(RESOURCES):
        topic = made.some(list(_FIELDS))
        place = ("community", communities[number % len(communities)])
        used: tuple[Step, ...] = (("use", "unit", 10),) if number % 3 == 0 else ()
        made.add(
            "resource",
            place,
            int(made.rng.integers(20, _YEAR)),
            used,
            topic=topic,
            quantity=made.some([20, 40, 80]),
            title=f"可提供：{_FIELDS[topic]}",
            organisation=made.some(units),
        )
    for number in range(NEEDS):
        topic = made.some(list(_FIELDS))
        code = communities[int(made.rng.integers(len(communities)))]
        waits = number % 4 == 0
        steps: tuple[Step, ...] = () if waits else (("match", "community_worker", 5),)
        if number % 4 == 1:
            steps += (("meet", "community_worker", 30),)
        back = int(made.rng.integers(1, 13)) if waits else int(made.rng.integers(40, _YEAR))
        link = None if waits else f"resource-{int(made.rng.integers(RESOURCES)) + 1:04d}"
        name = made.add("need", ("community", code), back, steps, topic=topic, title=f"需要：{_FIELDS[topic]}",
                        quantity=made.some([10, 20, 30, 60]), link=link)  # fmt: skip
        if not waits:
            needs.append((name, topic, code))
    for number in range(PROJECTS):
        name, topic, code = needs[number % len(needs)]
        done = _PROJECT[: (3, 3, 2, 1, 0)[number % 5]]
        back = sum(step[2] for step in done) + int(made.rng.integers(0, 120 if len(done) == len(_PROJECT) else 12))
        unit = units[number] if number < len(units) else made.some(units)
        made.add(
            "project",
            ("community", code),
            back,
            done,
            topic=topic,
            title=f"{_FIELDS[topic]}项目",
            organisation=unit,
            link=name,
            quantity=made.some([60, 120, 240, 400]),
            by="unit",
        )


def _renovation(made: Happenings, compounds: GeoDataFrame, buildings: GeoDataFrame) -> None:
    """Renovate the 49 compounds that the layer says are: a matter per works item, two to four a compound."""
    homes = buildings.groupby("compound")["households"].sum()
    renovated = compounds[compounds["renovation"].notna()]
    for number, (code, name) in enumerate(zip(renovated["id"], renovated["name"], strict=True)):
        for turn in range(2 + number % 3):
            item = list(_ITEMS)[(number + turn) % len(_ITEMS)]
            done = _WORKS[: (3, 3, 3, 2, 2, 1, 0)[(number + turn) % 7]]
            back = sum(step[2] for step in done) + int(made.rng.integers(0, 24))
            made.add("renovation", ("compound", code), back, done, topic=item, title=f"{name}{_ITEMS[item]}",
                     quantity=int(homes.get(code, 0)), by="department")  # fmt: skip


def _activities(made: Happenings, communities: list[str], of_kind: Mapping[str, list[str]]) -> None:
    """Hold talks, markets, activities of stations and of silver-hair helpers, and plan some more."""
    stations, centers = of_kind["service_station"], of_kind["service_center"]
    sorts: tuple[tuple[str, str, str, int, list[str], tuple[int, int]], ...] = (
        ("talk", "书记月谈", "facility", TALKS, centers[:1], (20, 60)),
        ("market", "便民集市", "community", MARKETS, communities, (120, 500)),
        ("station", "站点活动", "facility", STATION_ACTIVITIES, stations, (8, 60)),
        ("silver_hair", "银发助力", "community", SILVER_HAIR, communities, (5, 40)),
    )  # fmt: skip
    for topic, title, level, many, places, (low, high) in sorts:
        for number in range(many):
            back = int(made.rng.integers(1, _YEAR)) if topic != "talk" else 10 + 21 * number
            made.add(
                "activity",
                (level, places[number % len(places)]),
                back,
                (("hold", "community_worker", 0),),
                topic=topic,
                title=f"{title}第{number + 1}场",
                quantity=int(made.rng.integers(low, high)),
            )
        for number in range(min(many, 10)):
            place = places[(number * 7) % len(places)]
            made.add("activity", (level, place), int(made.rng.integers(0, 5)), topic=topic, title=f"{title}（计划）")


def _culture(made: Happenings, of_kind: Mapping[str, list[str]], names: Mapping[str, str]) -> None:
    """Hold the four cultural activities whose visits were published. Who came is known to nobody."""
    places = [*of_kind["culture_venue"][:2], of_kind["folk_village"][0], of_kind["experience_zone"][0]]
    for place, visits in zip(places, CULTURE_VISITS, strict=True):
        made.add(
            "activity",
            ("facility", place),
            int(made.rng.integers(10, _YEAR)),
            (("hold", "unit", 0),),
            topic="culture",
            title=f"{names[place]}文化活动",
            quantity=visits,
        )
    for place in of_kind["reading_zone"][::4]:
        made.add("activity", ("facility", place), 2, topic="culture", title=f"{names[place]}（计划）")


def _services(made: Happenings, of_kind: Mapping[str, list[str]]) -> None:
    """Count the visits to canteens, care classes, homes and the mediation station, a matter a month and place."""
    weights = {"canteen": 90.0, "care_class": 6.0, "disability_home": 18.0, "mediation_station": 12.0}
    months = [(place, month, weights[kind]) for kind in weights for place in of_kind[kind] for month in range(12)]
    share = np.array([weight for *_, weight in months]) * made.rng.uniform(0.7, 1.3, len(months))
    visits = np.floor(share / share.sum() * SERVICE_VISITS).astype(int)
    visits[0] += SERVICE_VISITS - int(visits.sum())
    for (place, month, _), n in zip(months, visits.tolist(), strict=True):
        made.add("service_month", ("facility", place), 22 + month * 20, (("count", "unit", 20),), quantity=n,
                 title="月度服务人次", by="unit")  # fmt: skip


def _trainings(made: Happenings, communities: list[str]) -> None:
    each = TRAINED // TRAININGS
    for number in range(TRAININGS):
        more = TRAINED - each * TRAININGS if number == 0 else 0
        made.add("training", ("community", communities[number * 2]), 15 + number * 18, (("hold", "subdistrict", 0),),
                 title=f"网格员培训第{number + 1}期", quantity=each + more, by="subdistrict")  # fmt: skip


def _tasks(made: Happenings, grids: list[str]) -> None:
    """Admit and refuse tasks to the catalogue, and give admitted ones to grids."""
    admitted = (("review", "subdistrict", 5), ("admit", "city", 5))
    applied: tuple[tuple[str, str, tuple[Step, ...]], ...] = (
        ("census", "人口信息核对", admitted),
        ("safety_talk", "防溺水防诈骗提醒", admitted),
        ("pest", "病媒消杀协助", (("review", "subdistrict", 5), ("refuse", "city", 5))),
        ("meter", "水电抄表", (("refuse", "city", 4),)),
        ("subsidy", "惠民补贴告知", (("review", "subdistrict", 5),)),
    )
    for topic, title, steps in applied:
        made.add(
            "task_admission",
            ("city", "141182"),
            60 if len(steps) > 1 else 8,
            steps,
            topic=topic,
            title=title,
            by="department",
        )
    done: tuple[Step, ...] = (("finish", "grid_worker", 2), ("check", "community_worker", 1))
    for number in range(TASKS):
        steps = done[: (2, 2, 1, 0)[number % 4]]
        back = sum(step[2] for step in steps) + int(made.rng.integers(0, 100 if number % 4 < 2 else 4))
        topic = ("patrol", "visit", "hazard", "mediation", "policy", "census")[number % 6]
        title = {"patrol": "日常巡查", "visit": "入户走访", "hazard": "安全隐患排查"}.get(topic, "网格任务")
        made.add("task", ("grid", grids[(number * 37) % len(grids)]), back, steps, topic=topic, title=title)
