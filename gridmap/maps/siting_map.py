"""Where more facilities should stand, on a page: the present state and each alternative, with what each gains."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import shapely

from gridmap.errors import InputError
from gridmap.maps.folium_map import CityMap, topic_map
from gridmap.maps.ground import Language, basis_of, plain_name
from gridmap.maps.reach import band_colours, reach_layers
from gridmap.maps.service_words import badge_class, bands, dots, glyph, limit_words, remarks, seats, speed_words
from gridmap.maps.shapes import points_at
from gridmap.maps.topic import Class, Item, Layer, ListOf, Row, Said, Table, Topic, View, counted
from gridmap.release import CoverageFigures, bands_of

if TYPE_CHECKING:
    from gridmap.facilities import Alternative, Coverage

__all__ = ["siting_map", "siting_topic"]


def siting_map(
    alternatives: Sequence[Alternative],
    figures: Sequence[CoverageFigures],
    *,
    title: str = "",
    day: date | None = None,
    language: Language = "zh",
    buildings: bool = True,
    offline: bool = True,
) -> CityMap:
    """Return a map that compares alternatives of siting, the present state first; `figures` are theirs, released.

    The page opens on the second, which is the answer asked for. InputError where figures are missing.
    """
    topic = siting_topic(alternatives, figures, title=title, day=day, language=language)
    city = alternatives[0].coverage.ground.city
    return topic_map(city, topic, buildings=buildings, offline=offline)


def siting_topic(
    alternatives: Sequence[Alternative],
    figures: Sequence[CoverageFigures],
    *,
    title: str = "",
    day: date | None = None,
    language: Language = "zh",
) -> Topic:
    """Return what the page of alternatives shows; see `siting_map`."""
    if not alternatives or len(alternatives) != len(figures):
        raise InputError("figures-differ", "Each alternative needs its figures.", "Release the coverage of each.")
    if not all(isinstance(one, CoverageFigures) for one in figures):
        raise InputError("not-released", "A map shows released figures only.", "Use gridmap.release.coverage_figures.")
    present = alternatives[0].coverage
    # The page opens on its first view, which is the answer; the present state comes second to compare with.
    order = [1, 0, *range(2, len(alternatives))] if len(alternatives) > 1 else [0]
    shown = [alternatives[at] for at in order]
    own = [figures[at] for at in order]
    supply, limit, city = present.supply, present.limit, present.ground.city
    items = _existing(present)
    layers: list[Layer] = []
    sections: list[ListOf | None] = []
    for view, (one, figure) in enumerate(zip(shown, own, strict=True)):
        sites, rows = _proposed(one, figure, len(supply), len(items))
        layers += _layers(one, figure, view, sites, len(items))
        items += sites
        sections.append(rows)
    layers.append(_present(present))
    table = _compared(shown, own)
    zh, en = limit_words(limit)
    views = [
        View(
            name=(one.zh, one.en),
            figure=figure.city.shown("households_covered")[0],
            of=figure.city.shown("households")[0],
            caption=(f"户在{zh}可达{supply.kind.zh}", f"households reach a {supply.kind.en} {en}"),
            notes=[*_gained(figures[0], figure), *_proof(one), speed_words(limit)],
            sections=[*([rows] if rows is not None else []), table,
                      bands(figure, bands_of(one.coverage), limit, band_colours(len(bands_of(one.coverage))))],
        )
        for one, figure, rows in zip(shown, own, sections, strict=True)
    ]  # fmt: skip
    name = plain_name(city)
    return Topic(
        title=title or (f"{name}{supply.kind.zh}选址", f"{name}: where the next {supply.kind.en} should stand"),
        views=views, layers=layers, items=items, remarks=remarks(limit), basis=basis_of(city), language=language,
        day=day,
    )  # fmt: skip


def _existing(present: Coverage) -> list[Item]:
    supply, table = present.supply, present.ground.city.facilities
    points = shapely.get_coordinates(seats(present.ground.city, supply))
    return [
        Item(
            name=str(name) or (supply.kind.zh, supply.kind.en), x=x, y=y, chain=(supply.kind.zh, supply.kind.en),
            verdict=("siting-existing", ("现有", "existing")),
            rows=[(("开放时间", "Open"), str(table["opening_hours"].iloc[row] or "")),
                  (("地址", "Address"), str(table["address"].iloc[row] or ""))],
        )
        for (x, y), name, row in zip(points.tolist(), supply.names, supply.row, strict=True)
    ]  # fmt: skip


def _proposed(
    one: Alternative, figures: CoverageFigures, existing: int, first: int
) -> tuple[list[Item], ListOf | None]:
    """Return the proposed sites as items, and as a list with what each gains."""
    plan = one.plan
    if plan is None:
        return [], None
    if figures.sites is None:
        raise InputError("figures-differ", "The figures of the new sites are missing.", "Release them with the sites.")
    shown = figures.sites.shown(plan.who)
    items, rows = [], []
    unit: tuple[str, str] = ("户", "households") if plan.who == "households" else ("人", "people")
    for at, record in enumerate(plan.steps.to_dict("records")):
        number = existing + at + 1
        gained = shown[at]
        place = str(record["name"] or record["id"])
        name = (f"第 {number} 处：{place}", f"no. {number}: {place}")
        items.append(
            Item(
                name=name, x=record["x"], y=record["y"], chain=(f"方案：{one.zh}", f"option: {one.en}"),
                verdict=("siting-proposed", (f"新增覆盖 {gained} {unit[0]}", f"{gained} more {unit[1]}")),
                zoom=15.5,
            )
        )  # fmt: skip
        rows.append(
            Row(first + at, place, f"+{gained}", (f"第 {number} 处", f"no. {number}"), str(number), "siting-proposed")
        )
    title = ("建议点位及新增覆盖", "Proposed sites and what each gains")
    return items, ListOf(title, rows)


def _layers(one: Alternative, figures: CoverageFigures, view: int, sites: Sequence[Item], first: int) -> list[Layer]:
    """Return what one alternative shows: reach, who is left out, new sites."""
    coverage = one.coverage
    layers = reach_layers(
        coverage.ground.network, coverage.supply.doors.snapped, limits_m=bands_of(coverage), limit=coverage.limit,
        views=(view,), streets=False,
    )  # fmt: skip
    layers.append(dots(coverage, figures, views=(view,)))
    if sites:
        points = points_at([(site.x, site.y) for site in sites])
        existing = len(coverage.supply) - len(sites)
        look = Class(("建议新增", "proposed"), "siting-proposed", counted(len(sites)), sign="+", ring="siting-proposed")
        layers.append(
            Layer("proposed", ("建议新增", "Proposed"), "badges", points, [look], item=first + np.arange(len(sites)),
                  signs=[str(existing + at + 1) for at in range(len(sites))], views=(view,))
        )  # fmt: skip
    return layers


def _present(present: Coverage) -> Layer:
    points = seats(present.ground.city, present.supply)
    look = [badge_class(present.supply.kind, count=len(points))]
    name: Said = (f"现有{present.supply.kind.zh}", f"existing {present.supply.kind.en}")
    return Layer("existing", name, "badges", points, look, item=np.arange(len(points)),
                 signs=[glyph(present.supply.kind.id)] * len(points))  # fmt: skip


def _compared(shown: Sequence[Alternative], figures: Sequence[CoverageFigures]) -> Table:
    """Return the alternatives by the same yardsticks."""
    rows: list[tuple[int, Sequence[Said]]] = []
    for view, (one, figure) in enumerate(zip(shown, figures, strict=True)):
        minutes = one.coverage.limit.speed_m_per_min
        cells: list[Said] = [
            (one.zh, one.en), figure.city.shown("households_covered")[0],
            "–" if np.isnan(one.mean_m) else f"{one.mean_m / minutes:.0f}",
            "–" if np.isnan(one.far_m) else f"{one.far_m / minutes:.0f}",
            str(one.unserved),
        ]  # fmt: skip
        rows.append((view, cells))
    columns: list[Said] = [
        ("方案", "option"), ("覆盖户", "covered"), ("平均（分）", "mean min"), ("95% 在（分）", "95 % min"),
        ("空白社区", "comm. without"),
    ]  # fmt: skip
    return Table(("方案比较", "Options compared"), columns, rows)


def _gained(before: CoverageFigures, after: CoverageFigures) -> list[Said]:
    values = [one.city.overall.get("households_covered") for one in (before, after)]
    if not all(isinstance(value, int) for value in values) or values[0] == values[1]:
        return []
    gain = values[1] - values[0]  # type: ignore[operator]  # both are whole numbers, as was asked
    return [(f"比现状多 {gain:,} 户", f"{gain:,} more than at present")]


def _proof(one: Alternative) -> list[Said]:
    if one.plan is None:
        return []
    gap, count = one.plan.answer.gap, len(one.plan.candidates)
    if gap == 0:
        return [(f"已证明为 {count} 个候选点中的最优", f"proven best of {count} candidates")]
    return [(f"与最优相差不超过 {gap:.1%}（{count} 个候选点）", f"at most {gap:.1%} from best, of {count} candidates")]
