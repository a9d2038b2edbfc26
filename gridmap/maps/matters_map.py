"""Who answers and what happens, on a page: boards by stage, what is late, a heat map, each grid's record, culture."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.errors import InputError
from gridmap.maps.culture import culture_layers
from gridmap.maps.folium_map import CityMap, topic_map
from gridmap.maps.ground import Language, basis_of, plain_name
from gridmap.maps.record_items import GridRecords, grid_records, late_words, matter_item, stage_colour
from gridmap.maps.shapes import points_at
from gridmap.maps.staffing import staffing_layer, staffing_view
from gridmap.maps.topic import Bars, Board, Class, Layer, ListOf, Row, Said, Stage, Topic, View, counted
from gridmap.matters import Matter, matter_kinds
from gridmap.release import Released
from gridmap.store import Answers, Heat, Points, RecordsScene

if TYPE_CHECKING:
    from gridmap.city import City
    from gridmap.plan import Plan

__all__ = ["matters_map", "matters_topic"]

_HEAT, _FEW_SQUARES = 4, 150
Floats = NDArray[np.float64]


def matters_map(
    city: City,
    plan: Plan,
    balance: Released,
    scene: RecordsScene,
    answers: Answers,
    *,
    title: str = "",
    day: date | None = None,
    language: Language = "zh",
    buildings: bool = True,
    offline: bool = True,
) -> CityMap:
    """Return a map of what happens and of who answers, by the grids of a plan.

    `balance` is the plan's, released; `scene` and `answers` are what the store gives for maps, and hold no restricted
    record. The page needs nothing but itself; `buildings=False` leaves the buildings out and makes it smaller.
    """
    topic = matters_topic(city, plan, balance, scene, answers, title=title, day=day, language=language)
    return topic_map(city, topic, buildings=buildings, offline=offline)


def matters_topic(
    city: City,
    plan: Plan,
    balance: Released,
    scene: RecordsScene,
    answers: Answers,
    *,
    title: str = "",
    day: date | None = None,
    language: Language = "zh",
) -> Topic:
    """Return what the page of records shows; see `matters_map`."""
    if not isinstance(balance, Released):
        raise InputError("not-released", "A map shows a released balance only.", "Use gridmap.release.release_balance.")
    grids = grid_records(city, plan, balance, scene, answers)
    placed = _placed(scene)
    of = {one.id: len(grids.items) + at for at, one in enumerate(placed)}
    items = [*grids.items, *(matter_item(one, scene, answers, grids.names) for one in placed)]
    kinds = list(scene.boards)
    views = [_overview(scene, of, grids), *(_kind_view(scene, kind, of, grids) for kind in kinds)]
    layers = [_grid_layer(grids), staffing_layer(grids, len(views)), _heat_layer(scene.heat)]
    for view, kind in enumerate(kinds, 1):
        layers += _kind_layers(scene, kind, of, view)
    layers.append(_late_layer(scene, of))
    culture, venues, shown = culture_layers(city, scene, view=len(views) + 1, first=len(items))
    views += [staffing_view(answers, grids), culture]
    on = scene.day.isoformat()
    told: Said = (f"事项截至 {on}；保密类不上图", f"Matters as of {on}; restricted kinds are on no map")
    return Topic(
        title=title or (f"{plain_name(city)}网格事项与力量", f"{plain_name(city)}: matters and who answers"),
        views=views, layers=[*layers, *shown], items=[*items, *venues], choice=("看什么", "What to see"),
        remarks=[told],
        basis=basis_of(city, balance), language=language, day=day,
    )  # fmt: skip


def _placed(scene: RecordsScene) -> list[Matter]:
    """Return the matters that have a point and are shown one by one or in a list, each once."""
    found = [one for points in scene.points.values() if isinstance(points, Points) for one in points.matters]
    found += [card for columns in scene.boards.values() for column in columns for card in column.cards]
    return list({one.id: one for one in [*found, *scene.late] if one.x is not None}.values())


def _row(matter: Matter, scene: RecordsScene, of: dict[str, int], grids: GridRecords, *, kind: bool) -> Row:
    about = matter_kinds()[matter.kind]
    stage = about.stages[matter.stage]
    where = grids.names.get(matter.grid or "", "") or matter.grid or ""
    late = late_words(matter, scene.day) if matter.overdue(scene.day) else None
    parts = [(about.zh, about.en)] if kind else []
    parts += [(stage.zh, stage.en)] if kind else []
    parts += [late] if late else []
    parts += [(where, where)] if where else []
    return Row(
        of.get(matter.id, -1), matter.title or matter.id, matter.due[5:] if matter.due else "",
        (" · ".join(zh for zh, _ in parts), " · ".join(en for _, en in parts)),
    )  # fmt: skip


def _counts(scene: RecordsScene, kind: str) -> tuple[int, int]:
    """Return how many matters of a kind are open, and how many are late."""
    final = {stage.id for stage in matter_kinds()[kind].stages.values() if stage.final}
    columns = [column for column in scene.boards[kind] if column.stage not in final]
    return sum(column.matters for column in columns), sum(column.overdue for column in columns)


def _overview(scene: RecordsScene, of: dict[str, int], grids: GridRecords) -> View:
    counts = {kind: _counts(scene, kind) for kind in scene.boards}
    total, late = sum(n for n, _ in counts.values()), sum(n for _, n in counts.values())
    most = max([n for n, _ in counts.values()], default=0) or 1
    rows = [_row(one, scene, of, grids, kind=True) for one in scene.late[:15]]
    more = late - len(rows)
    foot: Said = (f"另有 {more:,} 件逾期", f"{more:,} more are late") if more > 0 else ""
    bars = [
        ((matter_kinds()[kind].zh, matter_kinds()[kind].en), "matter-heat-3", n / most, counted(n))
        for kind, (n, _) in counts.items()
    ]
    sections: list[ListOf | Bars] = []
    if rows:
        sections.append(ListOf(("逾期最久（右为时限）", "Late the longest (and when due)"), rows, foot))
    if bars:
        sections.append(Bars(("在办事项", "Open matters"), bars))
    return View(
        name=("全部事项", "All matters"), figure=counted(total), caption=("件事项在办", "matters are open"),
        notes=[(f"逾期 {late:,} 件", f"{late:,} are late") if late else ("没有逾期", "None is late")],
        sections=sections, show=("heat",),
    )  # fmt: skip


def _kind_view(scene: RecordsScene, name: str, of: dict[str, int], grids: GridRecords) -> View:
    kind = matter_kinds()[name]
    total, late = _counts(scene, name)
    stages = []
    for column in scene.boards[name]:
        final = kind.stages[column.stage].final
        about: Said = (f"逾期 {column.overdue:,}", f"{column.overdue:,} late") if column.overdue else ""
        cards = [] if final else [_row(card, scene, of, grids, kind=False) for card in column.cards]
        stages.append(
            Stage((kind.stages[column.stage].zh, kind.stages[column.stage].en), stage_colour(kind, column.stage),
                  counted(column.matters), about, late=column.overdue > 0, rows=cards)
        )  # fmt: skip
    # The first stage that has something late stands open: what is late comes first.
    first = next(
        (at for at, stage in enumerate(stages) if stage.late),
        next((at for at, one in enumerate(stages) if one.rows), -1),
    )
    if first >= 0:
        one = stages[first]
        stages[first] = Stage(one.name, one.colour, one.count, one.about, one.late, open=True, rows=one.rows)
    return View(
        name=(kind.zh, kind.en), figure=counted(total), caption=("件在办", "are open"),
        notes=[(f"逾期 {late:,} 件", f"{late:,} are late") if late else ("没有逾期", "None is late")],
        sections=[Board(("按阶段（右为件数、时限）", "By stage (counts, and when due)"), stages)], hide=("heat",),
    )  # fmt: skip


def _grid_layer(grids: GridRecords) -> Layer:
    """Return the outlines of the grids, to click."""
    return Layer(
        "grids", ("网格（点击看档案）", "grids (click for the record)"), "polygons", grids.shapes,
        [Class(("网格界", "grid"), "grid-boundary", counted(len(grids.items)), alpha=0.0)],
        item=np.arange(len(grids.items)), width=1.2,
    )  # fmt: skip


def _heat_layer(heat: Heat, *, layer: str = "heat", views: tuple[int, ...] = ()) -> Layer:
    """Return squares by how many open matters they hold, few to many in at most four classes."""
    x, y, n, width_m = _coarse(heat)
    of, names = n, list[str]()
    if len(n):
        edges = np.unique(np.quantile(n, [0.4, 0.7, 0.9], method="higher"))
        edges = edges[edges < n.max()]
        of = np.searchsorted(edges, n, side="left")
        lows, highs = [1, *(int(edge) + 1 for edge in edges)], [*(int(edge) for edge in edges), int(n.max())]
        names = [f"{a:,}" if a >= b else f"{a:,}–{b:,}" for a, b in zip(lows, highs, strict=True)]
    shift = _HEAT - len(names)
    classes = [Class((f"{name} 件", name), f"matter-heat-{at + 1 + shift}", alpha=0.8) for at, name in enumerate(names)]
    squares = np.asarray(shapely.box(x, y, x + width_m, y + width_m), dtype=np.object_).reshape(-1)
    name: Said = (f"在办事项热力（{width_m:g} 米方格）", f"open matters ({width_m:g} m squares)")
    return Layer(layer, name, "polygons", squares, classes, of=of, views=views)


def _coarse(heat: Heat) -> tuple[Floats, Floats, NDArray[np.int64], float]:
    """Sum squares into wider ones while most of many hold a single matter, in which nobody can see a pattern."""
    width = heat.width_m
    x, y, n = np.array(heat.x, float), np.array(heat.y, float), np.array(heat.n, np.int64)
    while len(n) > _FEW_SQUARES and np.median(n) < 2:
        width *= 2
        corners = np.floor(np.column_stack([x, y]) / width) * width
        merged, of = np.unique(corners, axis=0, return_inverse=True)
        n = np.bincount(of.reshape(-1), weights=n).astype(np.int64)
        x, y = merged[:, 0], merged[:, 1]
    return x, y, n, width


def _kind_layers(scene: RecordsScene, name: str, of: dict[str, int], view: int) -> list[Layer]:
    """Return the open matters of a kind as dots by stage, or as squares where there are too many."""
    points, kind = scene.points[name], matter_kinds()[name]
    if isinstance(points, Heat):
        return [_heat_layer(points, layer=f"kind:{name}", views=(view,))] if points.n else []
    made = [one for one in points.matters if one.x is not None]
    if not made:
        return []
    keys = [(one.stage, one.overdue(scene.day)) for one in made]
    stages = [stage for stage in kind.stages if any(key[0] == stage for key in keys)]
    used = [(stage, late) for late in (False, True) for stage in stages if not late or (stage, late) in keys]
    # A late matter has the colour of its stage and a ring: the legend says both once.
    classes = [
        Class(
            "" if late else (kind.stages[stage].zh, kind.stages[stage].en), stage_colour(kind, stage),
            counted(sum(key[0] == stage for key in keys)), ring="matter-late" if late else "",
        )
        for stage, late in used
    ]  # fmt: skip
    if late := sum(late for _, late in keys):
        classes.append(Class(("逾期", "late"), "base-land", counted(late), ring="matter-late"))
    return [
        Layer(
            f"kind:{name}", (kind.zh, kind.en), "dots", _points(made), classes, of=[used.index(key) for key in keys],
            size=[4.5] * len(made), item=[of[one.id] for one in made], views=(view,),
        )
    ]  # fmt: skip


def _late_layer(scene: RecordsScene, of: dict[str, int]) -> Layer:
    made = [one for one in scene.late if one.x is not None]
    look = [Class(("逾期最久", "late the longest"), "matter-late-text", counted(len(made)), ring="matter-late")]
    return Layer(
        "late", ("逾期最久的事项", "Late the longest"), "dots", _points(made), look if made else [],
        size=[4.5] * len(made), item=[of[one.id] for one in made], views=(0,),
    )  # fmt: skip


def _points(made: Sequence[Matter]) -> NDArray[np.object_]:
    return points_at([(one.x or 0.0, one.y or 0.0) for one in made])
