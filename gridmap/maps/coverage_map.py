"""Who reaches a facility on foot, on a page: areas by distance, who is left out, and where most of them live."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridmap.errors import InputError
from gridmap.maps.folium_map import CityMap, topic_map
from gridmap.maps.ground import Language, basis_of, plain_name
from gridmap.maps.payload import full_name
from gridmap.maps.reach import COLOURS, band_colours, reach_layers
from gridmap.maps.service_words import (
    badge_class,
    bands,
    dots,
    figure,
    limit_words,
    reason,
    remarks,
    seats,
    speed_words,
)
from gridmap.maps.shapes import anchors, display_coverage, points_at
from gridmap.maps.topic import Class, Item, Layer, ListOf, Row, Said, Topic, View
from gridmap.release import CoverageFigures, bands_of

if TYPE_CHECKING:
    from gridmap.city import City
    from gridmap.facilities import Coverage, HotSpot
    from gridmap.plan import Plan

__all__ = ["coverage_map", "coverage_topic", "outline"]

_PEOPLE: tuple[tuple[str, tuple[str, str]], ...] = (
    ("households", ("户数", "households")), ("residents", ("常住人口", "residents")),
    ("elders_60", ("60 岁以上", "aged 60 and over")), ("elders_80", ("80 岁以上", "aged 80 and over")),
    ("children", ("14 岁以下", "under 14")),
)  # fmt: skip
_GRID_M, _SPOT_M, _CLOSE_M = 2.0, 4.0, 15.0


def coverage_map(
    coverage: Coverage,
    figures: CoverageFigures,
    spots: Sequence[HotSpot],
    *,
    plan: Plan | None = None,
    title: str = "",
    day: date | None = None,
    language: Language = "zh",
    buildings: bool = True,
    offline: bool = True,
) -> CityMap:
    """Return a map of a coverage: who reaches a facility of the kind, by the grids of a plan.

    `figures` are the released figures of the coverage and of the clusters `spots`. InputError if they are not. The page
    needs nothing but itself; `buildings=False` leaves the buildings out and makes it smaller.
    """
    topic = coverage_topic(coverage, figures, spots, plan=plan, title=title, day=day, language=language)
    return topic_map(coverage.ground.city, topic, buildings=buildings, offline=offline)


def coverage_topic(
    coverage: Coverage,
    figures: CoverageFigures,
    spots: Sequence[HotSpot],
    *,
    plan: Plan | None = None,
    title: str = "",
    day: date | None = None,
    language: Language = "zh",
) -> Topic:
    """Return what the page of a coverage shows; see `coverage_map`."""
    if not isinstance(figures, CoverageFigures):
        raise InputError("not-released", "A map shows released figures only.", "Use gridmap.release.coverage_figures.")
    if len(figures.spots.table) != len(spots):
        raise InputError(
            "figures-differ", "The figures are not those of these clusters.", "Release the figures of this coverage."
        )
    ground, supply, limit = coverage.ground, coverage.supply, coverage.limit
    city, kind = ground.city, coverage.supply.kind
    limits = bands_of(coverage)
    serving = _facilities(city, coverage)
    clusters, spot_of = _clusters(figures, spots, len(serving), len(ground))
    items = [*serving, *clusters]
    layers = reach_layers(ground.network, supply.doors.snapped, limits_m=limits, limit=limit)
    if plan is not None and figures.grids is not None:
        layer, more = _grids(city, plan, figures, len(items))
        layers.insert(0, layer)
        items += more
    layers += [
        *_outlines(spots, len(serving)),
        dots(coverage, figures, item=spot_of[figures.row]),
        _badges(city, coverage),
    ]
    zh, en = limit_words(limit)
    view = View(
        name=(kind.zh, kind.en),
        figure=figures.city.shown("households_covered")[0],
        of=figures.city.shown("households")[0],
        caption=(f"户在{zh}可达{kind.zh}", f"households reach a {kind.en} {en}"),
        notes=[*_share(figures, kind.who), speed_words(limit)],
        sections=[bands(figures, limits, limit, band_colours(len(limits))), _ranking(figures, spots, len(serving))],
    )
    left = [("未计入：" + note, "Left out: " + note) for note in coverage.notes[:5]]
    return Topic(
        title=title or (f"{plain_name(city)}{kind.zh}覆盖", f"{plain_name(city)}: reach of {kind.en}"),
        views=[view], layers=layers, items=items, remarks=[*remarks(limit), *left],
        basis=basis_of(city), language=language, day=day,
    )  # fmt: skip


def _share(figures: CoverageFigures, who: str) -> list[Said]:
    """Say the share of the city, whom the kind is for, and what is not known."""
    row = figures.city.table.iloc[0]
    notes: list[Said] = []
    if pd.notna(row["share"]):
        notes.append((f"占 {row['share']:.1%}", f"{row['share']:.1%} of all"))
    names = dict(_PEOPLE)
    if who in names and who != "households":
        covered, whole = figures.city.shown(f"{who}_covered")[0], figures.city.shown(who)[0]
        notes.append((f"{names[who][0]}：{covered} / {whole}", f"{names[who][1]}: {covered} / {whole}"))
    if unknown := int(row["unknown_buildings"]):
        notes.append(
            (f"另有 {unknown:,} 栋楼户数不明，未计入", f"{unknown:,} buildings of unknown households are not counted")
        )
    return notes


def _facilities(city: City, coverage: Coverage) -> list[Item]:
    """Return an item per facility that serves, and per facility left out."""
    supply, table = coverage.supply, city.facilities
    rows = [*supply.row.tolist(), *(one.row for one in supply.left_out)]
    points = shapely.get_coordinates(shapely.point_on_surface(np.asarray(table.geometry.array, dtype=object)[rows]))
    items = []
    for at, row in enumerate(rows):
        record = table.iloc[row]
        serves = at < len(supply)
        capacity = record["capacity"]
        said: tuple[str, str] = ("运营", "open") if serves else ("未计入", "left out")
        items.append(
            Item(
                name=record["name"] or (supply.kind.zh, supply.kind.en), x=points[at, 0], y=points[at, 1],
                chain=(supply.kind.zh, supply.kind.en),
                verdict=("siting-existing" if serves else "matter-ended", said),
                rows=[
                    (("开放时间", "Open"), record["opening_hours"] or ""),
                    (("容量", "Capacity"), "" if pd.isna(capacity) else f"{int(capacity):,}"),
                    (("地址", "Address"), record["address"] or ""),
                    (("电话", "Phone"), record["phone"] or ""),
                ],
            )
        )  # fmt: skip
    return items


def _badges(city: City, coverage: Coverage) -> Layer:
    supply = coverage.supply
    left = [one.row for one in supply.left_out]
    shapes = np.asarray(city.facilities.geometry.array, dtype=object)
    points = np.append(seats(city, supply), shapely.point_on_surface(shapes[left]))
    classes = [badge_class(supply.kind, count=len(supply))]
    if left:
        classes.append(badge_class(supply.kind, count=len(left), serves=False))
    of = np.repeat([0, 1], [len(supply), len(left)])
    return Layer(
        "kind", (supply.kind.zh, supply.kind.en), "badges", points, classes, of=of, item=np.arange(len(points)),
        min_zoom=0.0 if len(points) <= 40 else 14.0,
    )  # fmt: skip


def _clusters(
    figures: CoverageFigures, spots: Sequence[HotSpot], first: int, buildings: int
) -> tuple[list[Item], NDArray[np.int64]]:
    """Return an item per cluster, and of each building the item of its cluster."""
    of = np.full(buildings, -1, np.int64)
    shown = figures.spots.shown("households")
    items = []
    for at, spot in enumerate(spots):
        of[spot.buildings] = first + at
        zh, en = reason(spot.reason)
        unknown = f"{spot.unknown_buildings:,}" if spot.unknown_buildings else ""
        far = "" if np.isinf(spot.nearest_m) else f"{spot.nearest_m:,.0f} m"
        items.append(
            Item(
                name=(f"第 {spot.rank} 片", f"Cluster {spot.rank}"), x=spot.x, y=spot.y, chain=spot.community_name,
                verdict=("coverage-cluster", (f"{shown[at]} 户未覆盖", f"{shown[at]} households not covered")),
                rows=[
                    (("原因", "Why"), (zh, en)),
                    (("楼栋", "Buildings"), f"{len(spot.buildings):,}"),
                    (("户数不明的楼栋", "Of unknown households"), unknown),
                    (("到最近一处（中位）", "Way to the nearest (median)"), far),
                ],
            )
        )  # fmt: skip
    return items, of


def _outlines(spots: Sequence[HotSpot], first: int) -> list[Layer]:
    """Return the outlines of the clusters, and their ranks as badges."""
    shapes = np.empty(len(spots), dtype=object)
    shapes[:] = [outline(one.area) for one in spots]
    item = first + np.arange(len(spots))
    name: Said = ("未覆盖集中片区", "Clusters not covered")
    look = Class(name, "coverage-cluster", str(len(spots)), alpha=0.0)
    points = points_at([(one.x, one.y) for one in spots])
    badge = [Class(name, "coverage-cluster")]
    signs = [str(one.rank) for one in spots]
    return [
        Layer("spots", name, "polygons", shapes, [look], item=item, width=2.6),
        Layer("spots", name, "badges", points, badge, item=item, signs=signs),
    ]


def outline(area: shapely.Geometry) -> shapely.Geometry:
    """Return one calm outline of a cluster: small gaps between its buildings closed, holes filled."""
    closed = shapely.buffer(shapely.buffer(area, 2 * _CLOSE_M), -_CLOSE_M)
    parts = [shapely.Polygon(part.exterior) for part in shapely.get_parts(closed) if isinstance(part, shapely.Polygon)]
    return shapely.MultiPolygon(list(shapely.simplify(parts, _SPOT_M)))


def _ranking(figures: CoverageFigures, spots: Sequence[HotSpot], first: int) -> ListOf:
    shown = figures.spots.shown("households")
    rows = [
        Row(first + at, spot.community_name or ("社区外", "outside all communities"), shown[at], reason(spot.reason),
            str(spot.rank), "coverage-cluster")
        for at, spot in enumerate(spots)
    ]  # fmt: skip
    return ListOf(("未覆盖户数最多的片区", "Most households not covered"), rows)


def _grids(city: City, plan: Plan, figures: CoverageFigures, first: int) -> tuple[Layer, list[Item]]:
    """Return the grids by the share of their households that is covered, and an item each with its released figures."""
    released = figures.grids
    if released is None:
        raise InputError("plan-missing", "Grids are those of a plan.", "Release the figures by a plan.")
    table = released.table.set_index("grid")
    order = [row for row, grid in enumerate(plan.grids) if grid.id in table.index]
    shapes = display_coverage(plan.polygons()[order], _GRID_M)
    points = shapely.get_coordinates(anchors(shapes)[0])
    rows = {grid: row for row, grid in enumerate(released.table["grid"])}
    columns = {name: (released.shown(name), released.shown(f"{name}_covered")) for name, _ in _PEOPLE}
    communities = dict(zip(city.communities["code"], city.communities["name"], strict=True))
    items, of = [], []
    for (x, y), at in zip(points, order, strict=True):
        grid = plan.grids[at]
        row = rows[grid.id]
        share = table["share"].loc[grid.id]
        of.append(3 if pd.isna(share) or not grid.resident else 0 if share >= 1 else 1 if share > 0 else 2)
        community = communities.get(grid.community, "")
        name = full_name(grid.name or "", community) or grid.code or grid.id
        percent = "–" if pd.isna(share) else f"{share:.0%}"
        figures_of = [((zh, en), _of(columns[who][1][row], columns[who][0][row])) for who, (zh, en) in _PEOPLE]
        items.append(
            Item(name=name, x=x, y=y, chain=community, rows=figures_of,
                 verdict=(COLOURS[0], (f"户数覆盖 {percent}", f"{percent} of households covered")))
        )  # fmt: skip
    classes = [
        Class(("全部覆盖", "all covered"), "coverage-minutes-5", alpha=0.6),
        Class(("部分覆盖", "in part"), "coverage-minutes-15", alpha=0.6),
        Class(("无人覆盖", "none"), "base-land", alpha=0.2),
        Class(("不适用", "not applicable"), "status-special", alpha=0.7, hatched=True),
    ]
    layer = Layer(
        "grids", ("网格覆盖率", "Grids by share covered"), "polygons", shapes, classes, of=of,
        item=first + np.arange(len(items)), on=False, width=1.5,
    )  # fmt: skip
    return layer, items


def _of(covered: str, whole: str) -> tuple[str, str]:
    return tuple(f"{a} / {b}" for a, b in zip(figure(covered), figure(whole), strict=True))  # type: ignore[return-value]  # a pair
