"""Answers on the map, as documents: every figure is a released one, every place is where it is."""

import math
from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from gridmap import facilities
from gridmap.city.findings import finding
from gridmap.errors import InputError
from gridmap.maps.coverage_map import coverage_map, coverage_topic, outline
from gridmap.maps.findings_map import findings_topic
from gridmap.maps.matters_map import matters_topic
from gridmap.maps.siting_map import siting_map, siting_topic
from gridmap.maps.topic import Board, Item, Topic, topic_document
from gridmap.matters import Matter, matter_kinds
from gridmap.release import CoverageFigures, bands_of, coverage_figures
from gridmap.store import Answers, Heat, Points, RecordsScene
from gridmap.store.board import Column
from gridmap.store.scene import GridCount, Venue

DAY = date(2026, 3, 2)


@pytest.fixture(scope="module")
def ground(town: Any) -> facilities.Ground:
    return facilities.ground(town.city)


@pytest.fixture(scope="module")
def covered(town: Any, ground: facilities.Ground) -> tuple[Any, CoverageFigures, Any]:
    found = facilities.coverage(ground, "canteen", metres=180)
    spots = facilities.hot_spots(found, top=4)
    return found, coverage_figures(found, spots, plan=town.plans[1]), spots


def rows_of(item: Item) -> dict[str, str]:
    return {label[0]: value if isinstance(value, str) else value[0] for label, value in item.rows}


# ---- coverage -------------------------------------------------------------------------------------------------------


def test_a_page_of_coverage_says_the_released_figures(town: Any, covered: Any) -> None:
    found, figures, spots = covered
    topic = coverage_topic(found, figures, spots, plan=town.plans[1])
    view = topic.views[0]
    known = found.ground.households
    within = found.dist_m <= 180
    assert view.figure == f"{int(known[within].sum()):,}"
    assert view.of == f"{int(known.sum()):,}"
    assert topic.basis == ("dwelling", "2025-06-30")
    texts = [note if isinstance(note, str) else note[0] for note in view.notes]
    assert any("未核实" in text for text in texts)
    listed = view.sections[1].rows
    assert [row.value for row in listed] == [f"{spot.households:,}" for spot in spots]
    assert [topic.items[row.item].chain for row in listed] == [spot.community_name for spot in spots]


def test_bands_count_each_household_once_by_the_way(covered: Any) -> None:
    found, figures, _ = covered
    limits = [0.0, *bands_of(found)]
    known = found.ground.households
    counted = [int(known[(found.dist_m > low) & (found.dist_m <= high)].sum()) for low, high in pairwise(limits)]
    counted[0] += int(known[found.dist_m == 0].sum())
    assert figures.bands.table["households"].tolist() == [*counted, int(known.sum()) - sum(counted)]


def test_grids_show_what_the_release_shows_and_nothing_it_holds_back(town: Any, covered: Any) -> None:
    found, figures, spots = covered
    topic = coverage_topic(found, figures, spots, plan=town.plans[1])
    table, raw = figures.grids.table, found.table("grid", town.plans[1])
    layer = next(one for one in topic.layers if one.id == "grids")
    items = [topic.items[at] for at in layer.item]
    assert len(items) == len(table)
    hidden = 0
    for item, row in zip(items, range(len(table)), strict=True):
        said = rows_of(item)["60 岁以上"]
        if table["elders_60_covered_suppressed"][row]:
            hidden += 1
            assert said.startswith("＊")
        else:
            assert said.split(" / ")[0] == f"{raw['elders_60_covered'][row]:,}"
    assert hidden > 0


def test_dots_are_the_buildings_left_out_each_with_its_cluster(covered: Any) -> None:
    found, figures, spots = covered
    topic = coverage_topic(found, figures, spots)
    dots = next(one for one in topic.layers if one.id == "uncovered")
    out = np.flatnonzero(found.dist_m > 180)
    xy = shapely.get_coordinates(dots.shapes)
    order = np.argsort(figures.row)
    assert figures.row[order].tolist() == out.tolist()
    assert np.allclose(xy[order], np.column_stack([found.ground.buildings.x, found.ground.buildings.y])[out])
    first = spots[0]
    mine = {topic.items[item].chain for item, row in zip(dots.item, figures.row, strict=True) if row in first.buildings}
    assert mine == {first.community_name}


def test_what_is_not_released_is_refused(covered: Any) -> None:
    found, figures, spots = covered
    with pytest.raises(InputError, match="released"):
        coverage_map(found, found.table("city"), spots)  # type: ignore[arg-type]  # that is the point
    with pytest.raises(InputError, match="clusters"):
        coverage_map(found, figures, spots[1:])
    with pytest.raises(InputError, match="needs its figures"):
        siting_map([], [])


def test_an_outline_has_no_holes_and_holds_its_buildings(covered: Any) -> None:
    found, _, spots = covered
    for spot in spots:
        shape = outline(spot.area)
        assert all(not part.interiors for part in shape.geoms)
        points = shapely.points(found.ground.buildings.x[spot.buildings], found.ground.buildings.y[spot.buildings])
        assert shapely.contains(shape, points).all()


def test_nobody_left_out_and_no_facility_can_be_drawn(town: Any, ground: facilities.Ground) -> None:
    all_in = facilities.coverage(ground, "canteen", metres=5_000)
    nobody = facilities.coverage(ground, "canteen", metres=180, statuses=("planned",))
    for found in (all_in, nobody):
        spots = facilities.hot_spots(found)
        document = topic_document(town.city, coverage_topic(found, coverage_figures(found, spots), spots))
        assert document["views"]
    assert nobody.totals["households_covered"] == 0


# ---- siting ---------------------------------------------------------------------------------------------------------


def test_alternatives_are_compared_by_their_own_coverage(ground: facilities.Ground) -> None:
    plan = facilities.site(ground, "care_class", add=2, metres=120)
    options = {"metres": 120}
    shown = facilities.alternatives(plan, add=2, options=options)
    topic = siting_topic(shown, [coverage_figures(one.coverage, (), sited=one.plan) for one in shown])
    assert [view.name for view in topic.views][:2] == [("覆盖最多", "most covered"), ("现状", "present state")]
    assert topic.views[0].figure == f"{plan.after:,}"
    assert topic.views[1].figure == f"{plan.before:,}"
    gains = topic.views[0].sections[0].rows
    assert [row.value for row in gains] == [f"+{value:,}" for value in plan.steps["households_gained"]]
    assert [(topic.items[row.item].x, topic.items[row.item].y) for row in gains] == list(
        zip(plan.steps["x"], plan.steps["y"], strict=True)
    )
    table = next(one for one in topic.views[0].sections if hasattr(one, "columns"))
    assert [cells[1] for _, cells in table.rows] == [view.figure for view in topic.views]
    own = [layer for layer in topic.layers if layer.id == "proposed"]
    assert sorted(view for layer in own for view in layer.views) == [0, *range(2, len(shown))]


def test_gains_of_few_people_are_held_back(ground: facilities.Ground) -> None:
    plan = facilities.site(ground, "care_class", add=3, metres=60, who="elders_80")
    shown = facilities.alternatives(plan, add=3, options={"metres": 60, "who": "elders_80"})[:2]
    figures = [coverage_figures(one.coverage, (), sited=one.plan) for one in shown]
    topic = siting_topic(shown, figures)
    gains = [row.value for row in topic.views[0].sections[0].rows]
    raw = plan.steps["elders_80_gained"].tolist()
    assert min(raw) < 10
    for said, value in zip(gains, raw, strict=True):
        assert said == "+＊" if value < 10 else said in ("+＊", f"+{value:,}")
    assert all(f"{value:,}" not in str(topic.items) for value in plan.steps["elders_80_covered"] if value > 20)


# ---- matters --------------------------------------------------------------------------------------------------------


def matter(name: str, x: float, y: float, **more: Any) -> Matter:
    from datetime import UTC, datetime

    at = datetime(2026, 2, 1, tzinfo=UTC)
    about = {"kind": "request", "stage": "dispatched", "title": f"事{name}", "due": "2026-03-10", "grid": None} | more
    kind, stage = about.pop("kind"), about.pop("stage")
    return Matter(name, kind, stage, "grid", "g", "2026-02-01", at, x=x, y=y, **about)


@pytest.fixture(scope="module")
def records(town: Any) -> tuple[RecordsScene, Answers]:
    fabric = town.fabric
    codes = [grid.code for grid in town.plans[1].grids]
    late = matter("m1", fabric.x[3], fabric.y[3], due="2026-02-20", grid=codes[0])
    soon = matter("m2", fabric.x[9], fabric.y[9], stage="found", grid=codes[0], organisation="o1")
    placeless = Matter(**{**{name: getattr(soon, name) for name in soon.__slots__}, "id": "m3", "x": None, "y": None})
    kind = matter_kinds()["request"]
    cards = {"dispatched": (late,), "found": (soon, placeless)}
    board = tuple(
        Column("request", one.id, one.zh, {"dispatched": 1, "found": 2, "rated": 40}.get(one.id, 0),
               int(one.id == "dispatched"), cards.get(one.id, ()))
        for one in kind.stages.values()
    )  # fmt: skip
    scene = RecordsScene(
        DAY, {"request": board}, {"request": Points((late, soon))}, (late,),
        Heat(100.0, (late.x // 100 * 100,), (late.y // 100 * 100,), (2,)),
        (GridCount(codes[0], "request", "dispatched", 1, 1), GridCount(codes[0], "request", "found", 1, 0)),
        (Venue("f0", "culture", "held", 3, 300), Venue("f0", "culture", "planned", 1, 0)),
    )  # fmt: skip
    held = pd.DataFrame(
        [("grid_worker", codes[0], "王五"), ("grid_lead", codes[0], None), ("pairing", codes[0], "某户")],
        columns=["kind", "places", "holder"],
    )
    vacancies = facilities_vacancies(codes)
    return scene, Answers(held, vacancies, None, {"o1": "市住建局"})


def facilities_vacancies(codes: list[str]) -> Any:
    from gridmap.duties import Vacancies

    return (Vacancies("grid_worker", "grid", len(codes), 1, tuple(codes[2:]), (codes[1],)),)


def drawn(town: Any, records: Any) -> Topic:
    return matters_topic(town.city, town.plans[1], town.released[1], *records, day=DAY)


def test_boards_count_what_is_open_and_late(town: Any, records: Any) -> None:
    topic = drawn(town, records)
    everything, request = topic.views[0], topic.views[1]
    assert (everything.figure, request.figure) == ("3", "3")
    assert request.notes[0][0] == "逾期 1 件"
    board = request.sections[0]
    assert isinstance(board, Board)
    counts = {stage.name[0]: (stage.count, stage.late, stage.open, len(stage.rows)) for stage in board.stages}
    assert counts["社区吹哨派单"] == ("1", True, True, 1)
    assert counts["网格发现"] == ("2", False, False, 2)
    assert counts["居民已评价"] == ("40", False, False, 0)
    rows = {row.name: row for stage in board.stages for row in stage.rows}
    assert "逾期 10 天" in rows["事m1"].about[0]
    assert rows["事m1"].item >= 0
    card = topic.items[rows["事m1"].item]
    assert (card.x, card.y) == (town.fabric.x[3], town.fabric.y[3])
    placeless = next(row for stage in board.stages for row in stage.rows if row.item < 0)
    assert placeless.name == "事m2"


def test_each_grid_has_its_record(town: Any, records: Any) -> None:
    topic = drawn(town, records)
    layer = next(one for one in topic.layers if one.id == "grids")
    codes = [rows_of(topic.items[at])["网格编码"] for at in layer.item]
    first = topic.items[layer.item[codes.index(town.plans[1].grids[0].code)]]
    said = rows_of(first)
    assert said["专职网格员"] == "王五"
    assert said["网格长"] == "1 人"
    assert said["居民诉求"] == "2 件：社区吹哨派单 1、网格发现 1（逾期 1）"
    households = town.released[1].shown("households")
    position = list(town.released[1].table["grid"]).index(town.plans[1].grids[0].id)
    assert said["户数"] == households[position]
    assert first.verdict[1][0] == "有专职网格员"
    assert not any("某户" in str(item) for item in topic.items)


def test_staffing_colours_what_is_vacant_and_shared(town: Any, records: Any) -> None:
    topic = drawn(town, records)
    layer = next(one for one in topic.layers if one.id == "staffing")
    names = {one.name[0]: one.count for one in layer.classes}
    grids = len(town.plans[1].grids)
    assert names == {"有专职网格员": "1", "与他格共用": "1", "空缺": str(grids - 2)}
    assert topic.views[layer.views[0]].name[0] == "力量"


def test_culture_counts_visits_at_venues(town: Any, records: Any) -> None:
    topic = drawn(town, records)
    view = topic.views[-1]
    assert view.figure == "300"
    venues = next(one for one in topic.layers if one.id == "venues")
    assert len(venues.shapes) == 1
    assert rows_of(topic.items[venues.item[0]])["已举办"] == "文化活动 3"


def test_heat_squares_add_up_and_grow_only_while_most_are_single() -> None:
    from gridmap.maps.matters_map import _coarse

    x, y = (axis.ravel() * 100.0 for axis in np.meshgrid(np.arange(20), np.arange(20)))
    wide = _coarse(Heat(100.0, tuple(x), tuple(y), (1,) * 400))
    assert (wide[3], wide[2].sum(), len(wide[2])) == (200.0, 400, 100)
    assert set(wide[2]) == {4}
    few = _coarse(Heat(100.0, tuple(x[:10]), tuple(y[:10]), (1,) * 10))
    assert few[3] == 100.0


# ---- findings -------------------------------------------------------------------------------------------------------


def test_findings_stand_by_rule_the_worst_first_with_what_to_do(town: Any) -> None:
    x, y = float(town.fabric.x[0]), float(town.fabric.y[0])
    found = [
        finding("grid-out-of-range", "grids", "g1", "Grid g1 is small.", x=x, y=y),
        finding("duplicate-id", "buildings", "b1", "The id b1 is there twice."),
        finding("grid-out-of-range", "grids", "g2", "Grid g2 is small.", x=x + 100, y=y),
    ]
    topic = findings_topic(town.city, found, day=DAY)
    stages = topic.views[0].sections[0].stages
    ranks = [found[1].severity, found[0].severity]
    assert [stage.colour for stage in stages] == [f"finding-{severity}" for severity in ranks]
    assert [len(stage.rows) for stage in stages] == [1, 2]
    lone = stages[0].rows[0]
    assert lone.item == -1
    assert found[1].remedy_zh in lone.about[0]
    dots = topic.layers[0]
    spots = shapely.get_coordinates(dots.shapes)
    assert {tuple(spot) for spot in spots} == {(x, y), (x + 100, y)}
    assert all(
        (topic.items[item].x, topic.items[item].y) == tuple(spot) for item, spot in zip(dots.item, spots, strict=True)
    )
    assert rows_of(topic.items[0])["怎么办"] == found[0].remedy_zh
    assert rows_of(topic.items[0])["可自动修复"] == ""
    mended = findings_topic(town.city, [replace(found[0], repair="join b1 to g2")], day=DAY)
    assert rows_of(mended.items[0])["可自动修复"] == "join b1 to g2"


def test_no_findings_is_said_too(town: Any) -> None:
    topic = findings_topic(town.city, [], day=DAY)
    assert topic.views[0].figure == "0"
    assert not topic.views[0].sections
    assert not math.isnan(topic_document(town.city, topic)["origin"][0])
