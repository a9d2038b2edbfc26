"""Items of a map of records: each grid's record, each matter's card."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.duties import duty_kinds, places_of
from gridmap.maps.ground import shapes_of
from gridmap.maps.payload import full_name, released_rows
from gridmap.maps.service_words import figure
from gridmap.maps.shapes import anchors, display_coverage
from gridmap.maps.topic import Item, Said, counted
from gridmap.matters import Matter, MatterKind, Stage, matter_kinds
from gridmap.rules import table
from gridmap.store.placing import grids_at

if TYPE_CHECKING:
    from gridmap.city import City
    from gridmap.plan import Plan
    from gridmap.release import Released
    from gridmap.store import Answers, RecordsScene

__all__ = ["GridRecords", "grid_records", "late_words", "matter_item", "stage_colour"]

_GRID_M = 2.0
_MOST_NAMES = 4


@dataclass(frozen=True, eq=False)
class GridRecords:
    """The grids that a page draws: shapes, items, codes, and how each is staffed (0 held, 1 shared, 2 vacant, 3 –)."""

    shapes: NDArray[np.object_]
    items: tuple[Item, ...]
    codes: tuple[str, ...]
    staffed: NDArray[np.int64]
    names: Mapping[str, str]


def stage_colour(kind: MatterKind, stage: str) -> str:
    """Return the colour of a stage: of its place among those that are open."""
    going = [one.id for one in kind.stages.values() if not one.final]
    return f"matter-stage-{min(going.index(stage) + 1, 5)}" if stage in going else "matter-ended"


def late_words(matter: Matter, day: dt.date) -> tuple[str, str]:
    """Say by how many days a matter is late."""
    days = (day - dt.date.fromisoformat(matter.due)).days if matter.due else 0
    return f"逾期 {days} 天", f"{days} days late"


def matter_item(matter: Matter, scene: RecordsScene, answers: Answers, grids: Mapping[str, str]) -> Item:
    """Return the card of a matter that has a point."""
    kind = matter_kinds()[matter.kind]
    stage: Stage = kind.stages[matter.stage]
    late = matter.overdue(scene.day)
    zh, en = (
        (f"{stage.zh}，{late_words(matter, scene.day)[0]}", f"{stage.en}, {late_words(matter, scene.day)[1]}")
        if late
        else (stage.zh, stage.en)
    )
    grid = grids.get(matter.grid or "", "") or matter.grid or ""
    return Item(
        name=matter.title or (kind.zh, kind.en), x=matter.x or 0.0, y=matter.y or 0.0,
        chain=(f"{kind.zh} › {grid}", f"{kind.en} › {grid}") if grid else (kind.zh, kind.en),
        verdict=("matter-late" if late else stage_colour(kind, matter.stage), (zh, en)),
        rows=[
            (("编号", "Id"), matter.id),
            (("开始", "Opened"), matter.opened),
            (("时限", "Due"), matter.due or ""),
            (("承办", "To act"), answers.organisations.get(matter.organisation or "", matter.organisation or "")),
            (("类型", "Topic"), matter.topic or ""),
        ],
        zoom=17.0,
    )  # fmt: skip


def grid_records(city: City, plan: Plan, balance: Released, scene: RecordsScene, answers: Answers) -> GridRecords:
    """Return the record of each grid: who answers, open matters, facilities, households as released."""
    rows = released_rows(plan, balance)
    drawn = plan.polygons()
    kept = np.flatnonzero(~shapely.is_empty(drawn))
    shapes = display_coverage(drawn[kept], _GRID_M)
    points = shapely.get_coordinates(anchors(shapes)[0])
    communities = dict(zip(city.communities["code"], city.communities["name"], strict=True))
    position = {grid: row for row, grid in enumerate(balance.table["grid"])}
    shown = balance.shown("households")
    held, open_, stand = _held(answers), _open(scene), _facilities(city, plan)
    staffing = next((one for one in answers.vacancies if one.kind == "grid_worker"), None)
    vacant, shared = (set(staffing.vacant), set(staffing.shared)) if staffing else (set(), set())
    items, codes, staffed, names = [], [], [], {}
    for (x, y), at in zip(points.tolist(), kept.tolist(), strict=True):
        grid = plan.grids[at]
        code = grid.code or grid.id
        community = communities.get(grid.community, "")
        name = (full_name(grid.name, community) if grid.resident else grid.name) or code
        state = 3 if staffing is None else 2 if code in vacant else 1 if code in shared else 0
        households = shown[position[rows.index[at]]]
        items.append(
            Item(
                name=name, x=x, y=y, chain=community, verdict=_verdict(state),
                rows=[
                    *held.get(code, []),
                    *held.get(grid.community, []),
                    (("户数", "Households"), figure(households)),
                    *open_.get(code, []),
                    (("设施", "Facilities"), stand.get(code, "")),
                    (("网格编码", "Code"), code),
                ],
            )
        )  # fmt: skip
        codes.append(code)
        staffed.append(state)
        names[code] = name
    return GridRecords(shapes, tuple(items), tuple(codes), np.array(staffed, np.int64), names)


def _verdict(state: int) -> tuple[str, Said]:
    says: tuple[tuple[str, Said], ...] = (
        ("staffing-held", ("有专职网格员", "has a grid worker of its own")),
        ("staffing-shared", ("网格员兼管多个网格", "shares its grid worker")),
        ("staffing-vacant", ("网格员空缺", "no grid worker")),
        ("", ""),
    )
    return says[state]


def _held(answers: Answers) -> dict[str, list[tuple[Said, Said]]]:
    """Return who answers for each grid, and community, by kind: names that are posted, else how many."""
    kinds = duty_kinds()
    found: dict[str, dict[str, list[str | None]]] = {}
    for kind, places, holder in answers.held[["kind", "places", "holder"]].itertuples(index=False):
        # Of those who answer for the whole community, a grid's record names its leader.
        if kinds[kind].restricted or (kinds[kind].level != "grid" and kind != "leader_liaison"):
            continue
        for code in places_of(places):
            found.setdefault(code, {}).setdefault(kind, []).append(holder)
    order = list(kinds)
    out: dict[str, list[tuple[Said, Said]]] = {}
    for code, by_kind in found.items():
        out[code] = [
            ((kinds[kind].zh, kinds[kind].en), _names(by_kind[kind])) for kind in sorted(by_kind, key=order.index)
        ]
    return out


def _names(holders: Sequence[str | None]) -> Said:
    named = [one for one in holders if one is not None and one == one]
    if len(named) == len(holders) <= _MOST_NAMES:
        return "、".join(named)
    return f"{counted(len(holders))} 人", f"{counted(len(holders))}"


def _open(scene: RecordsScene) -> dict[str, list[tuple[Said, Said]]]:
    """Return the open matters of each grid by kind, with their stages and how many are late."""
    found: dict[str, dict[str, list[tuple[str, int, int]]]] = {}
    for one in scene.grids:
        found.setdefault(one.grid, {}).setdefault(one.kind, []).append((one.stage, one.n, one.late))
    out: dict[str, list[tuple[Said, Said]]] = {}
    for grid, by_kind in found.items():
        out[grid] = []
        for name, stages in by_kind.items():
            kind = matter_kinds()[name]
            total, late = sum(n for _, n, _ in stages), sum(late for _, _, late in stages)
            zh = "、".join(f"{kind.stages[stage].zh} {n}" for stage, n, _ in stages)
            en = ", ".join(f"{n} {kind.stages[stage].en}" for stage, n, _ in stages)
            zh, en = f"{total} 件：{zh}", f"{total}: {en}"
            out[grid].append(
                ((kind.zh, kind.en), (f"{zh}（逾期 {late}）", f"{en} ({late} late)") if late else (zh, en))
            )
    return out


def _facilities(city: City, plan: Plan) -> dict[str, Said]:
    """Return the facilities that stand in each grid, by kind."""
    layer = city.facilities
    if layer.empty:
        return {}
    points = shapely.get_coordinates(shapely.point_on_surface(shapes_of(layer)))
    looks = table("look")["facility"]
    found: dict[str, dict[str, int]] = {}
    for code, kind in zip(grids_at(plan, points[:, 0], points[:, 1]), layer["kind"], strict=True):
        if code is not None:
            by_kind = found.setdefault(code, {})
            by_kind[str(kind)] = by_kind.get(str(kind), 0) + 1
    out: dict[str, Said] = {}
    for code, by_kind in found.items():
        said = [
            (looks.get(kind, {"zh": kind})["zh"], looks.get(kind, {"en": kind})["en"], n) for kind, n in by_kind.items()
        ]
        out[code] = "、".join(f"{zh} {n}" for zh, _, n in said), ", ".join(f"{n} {en}" for _, en, n in said)
    return out
