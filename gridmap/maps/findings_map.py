"""What is wrong with a city and its plan, on a page: the worst first, each where it is, with what to do."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from gridmap.city.findings import finding_rules
from gridmap.maps.folium_map import CityMap, topic_map
from gridmap.maps.ground import Language, plain_name
from gridmap.maps.shapes import points_at
from gridmap.maps.topic import Board, Class, Item, Layer, Row, Said, Stage, Topic, View, counted

if TYPE_CHECKING:
    from gridmap.city import City, Finding

__all__ = ["findings_map", "findings_topic"]

_SEVERITIES: dict[str, tuple[tuple[str, str], str]] = {
    "error": (("错误", "errors"), "✕"),
    "warning": (("警告", "warnings"), "!"),
    "note": (("提示", "notes"), "i"),
}
_MOST_ROWS = 200


def findings_map(
    city: City,
    findings: Sequence[Finding],
    *,
    title: str = "",
    day: date | None = None,
    language: Language = "zh",
    buildings: bool = True,
    offline: bool = True,
) -> CityMap:
    """Return a map of findings. Those without a place are listed and say so. The page needs nothing but itself."""
    topic = findings_topic(city, findings, title=title, day=day, language=language)
    return topic_map(city, topic, buildings=buildings, offline=offline)


def findings_topic(
    city: City, findings: Sequence[Finding], *, title: str = "", day: date | None = None, language: Language = "zh"
) -> Topic:
    """Return what the page of findings shows; see `findings_map`."""
    placed = [one for one in findings if math.isfinite(one.x) and math.isfinite(one.y)]
    of = {id(one): at for at, one in enumerate(placed)}
    counts = {name: sum(one.severity == name for one in findings) for name in _SEVERITIES}
    notes: list[Said] = [
        (f"{sign} {zh} {counts[name]:,}", f"{sign} {counts[name]:,} {en}")
        for name, ((zh, en), sign) in _SEVERITIES.items()
        if counts[name]
    ]
    view = View(
        name=("检查", "Findings"), figure=counted(len(findings)), caption=("处问题", "findings"),
        notes=notes or [("没有发现问题", "Nothing was found")],
        sections=[Board(("按规则，严重者在前", "By rule, the worst first"), _rules(findings, of))] if findings else [],
    )  # fmt: skip
    name = plain_name(city)
    return Topic(
        title=title or (f"{name}数据检查", f"{name}: findings"), views=[view], layers=_layers(placed),
        items=[_item(one) for one in placed], language=language, day=day,
    )  # fmt: skip


def _item(found: Finding) -> Item:
    rule = finding_rules()[found.rule]
    (zh, en), sign = _SEVERITIES[found.severity]
    return Item(
        name=(rule.title_zh, rule.title), x=found.x, y=found.y,
        chain=" · ".join(part for part in (found.layer, found.feature) if part),
        verdict=(f"finding-{found.severity}", (f"{sign} {zh}", f"{sign} {en.removesuffix('s')}")),
        rows=[
            (("情况", "What"), found.message),
            (("怎么办", "What to do"), (rule.remedy_zh, found.remedy)),
            (("可自动修复", "gridmap repair would"), found.repair),
            (("规则", "Rule"), found.rule),
        ],
        zoom=17.0,
    )  # fmt: skip


def _rules(findings: Sequence[Finding], of: dict[int, int]) -> list[Stage]:
    """Return the rules that are broken, the worst first, with their findings; the first stands open."""
    rules = list(dict.fromkeys(one.rule for one in findings))
    order = list(_SEVERITIES)
    rules.sort(key=lambda rule: order.index(finding_rules()[rule].severity))
    stages: list[Stage] = []
    for rule in rules:
        about, mine = finding_rules()[rule], [one for one in findings if one.rule == rule]
        rows = [_row(one, of) for one in mine[:_MOST_ROWS]]
        if len(mine) > len(rows):
            more = len(mine) - len(rows)
            rows.append(Row(-1, (f"另有 {more:,} 处", f"{more:,} more")))
        stages.append(
            Stage((about.title_zh, about.title), f"finding-{about.severity}", counted(len(mine)), open=not stages,
                  rows=rows)
        )  # fmt: skip
    return stages


def _row(found: Finding, of: dict[int, int]) -> Row:
    item = of.get(id(found), -1)
    rule = finding_rules()[found.rule]
    # What can be shown on the map says what to do on its card.
    about: Said = (
        found.message if item >= 0 else (f"{found.message} → {rule.remedy_zh}", f"{found.message} → {found.remedy}")
    )
    return Row(item, found.feature or found.layer, "", about)


def _layers(placed: Sequence[Finding]) -> list[Layer]:
    """Return the findings as dots, the worst on top."""
    used = [name for name in _SEVERITIES if any(one.severity == name for one in placed)]
    order = sorted(range(len(placed)), key=lambda at: -used.index(placed[at].severity))
    classes = [
        Class(_SEVERITIES[name][0], f"finding-{name}", counted(sum(one.severity == name for one in placed)))
        for name in used
    ]
    points = points_at([(placed[at].x, placed[at].y) for at in order])
    return [
        Layer("findings", ("检查发现", "Findings"), "dots", points, classes, size=[4.0] * len(order), item=order,
              of=[used.index(placed[at].severity) for at in order])
    ]  # fmt: skip
