"""The leaflet of a change between two plans: in each community who gets another grid, before and after."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.atlas import marks
from gridmap.atlas.ground import View, furniture, ground, outlines, veil, view_of
from gridmap.atlas.lettering import Labels
from gridmap.atlas.marks import building_number
from gridmap.atlas.overview import tints
from gridmap.atlas.poster import LEFT, WIDE, footing
from gridmap.atlas.scene import Scene
from gridmap.atlas.sheet import Sheet
from gridmap.errors import InputError
from gridmap.maps import draw
from gridmap.maps.look import colour
from gridmap.maps.shapes import display_outlines
from gridmap.plan import match

__all__ = ["Change", "changes", "leaflet"]

_HEAD = ("楼栋（地址）", "原网格　网格员", "现网格　网格员", "联系电话")
_WIDTHS = (114.0, 56.0, 56.0, 47.0)
_NUMBERED = re.compile(r"^(.*?)(\d+\s*(?:号楼|号|#|栋|幢).*)$")
_SIZE = 10.0


@dataclass(frozen=True, slots=True)
class Change:
    """Buildings of a community that go from one grid to another: rows of the city, of the old and the new grids."""

    community: str
    source: int
    target: int
    buildings: tuple[int, ...]


def changes(before: Scene, after: Scene) -> tuple[Change, ...]:
    """Return who changes grid, by community, old and new grid. A grid that goes on is the same whatever its code.

    InputError where nobody does, or the two are not plans of one city.
    """
    if before.plan.fabric.frame != after.plan.fabric.frame or before.city.name != after.city.name:
        raise InputError("other-city", "The two plans are not of one city.", "Name two plans of this workspace.")
    was, now = before.building_grid, after.building_grid
    goes_on = np.append(match(before.plan, after.plan), -1)
    moved = np.flatnonzero((was >= 0) & (now >= 0) & (goes_on[now] != was))
    if not len(moved):
        raise InputError(
            "nothing-changes",
            f"No building changes grid from {before.plan.name} to {after.plan.name}.",
            "Name the old plan, then the new one.",
        )
    found: dict[tuple[str, int, int], list[int]] = {}
    for row in moved.tolist():
        community = after.plan.grids[now[row]].community
        found.setdefault((community, int(was[row]), int(now[row])), []).append(row)
    return tuple(Change(*key, tuple(rows)) for key, rows in sorted(found.items()))


def leaflet(before: Scene, after: Scene, community: str, paper: str) -> list[Sheet]:
    """Draw the leaflet of a community, on as many sheets as its table needs; none where nothing changes there."""
    own = [one for one in changes(before, after) if one.community == community]
    rows = [line for one in own for line in _lines(before, after, one)]
    sheets: list[Sheet] = []
    while rows:
        sheet = Sheet(paper)
        _heading(sheet, after, community, number=len(sheets))
        top = 62.0
        if not sheets:
            top = _maps(sheet, before, after, own, community)
        done = sheet.table(LEFT, top, _WIDTHS, [_HEAD, *rows], size=_SIZE, bottom=sheet.height - 22)
        rows = rows[max(done, 1) :]
        footing(sheet, after)
        sheets.append(sheet)
    return sheets


def _heading(sheet: Sheet, scene: Scene, community: str, *, number: int) -> None:
    above = scene.above(community).rsplit("　", 1)[0]
    sheet.text(LEFT, 16, above, 14, width=WIDE - 50, ink=colour("ui", "muted"))
    more = f"（续 {number}）" if number else ""
    sheet.text(LEFT, 32, f"{scene.community_name(community)}网格调整告知单{more}", 36, width=WIDE)
    words = "下列楼栋的所属网格有变化，未列出的楼栋不变。"
    if scene.notice.supervision:
        words += f"监督电话 {scene.notice.supervision}。"
    sheet.text(LEFT, 48, words, 13, width=WIDE)
    if scene.city.sample:
        sheet.badge(LEFT + WIDE, 15, "虚构示例", 12)


def _maps(sheet: Sheet, before: Scene, after: Scene, own: Sequence[Change], community: str) -> float:
    """Draw the grids before and after side by side; returns where the table begins."""
    wide, tall, top = (WIDE - 6) / 2, 150.0, 66.0
    shape = after.city.communities.geometry.iloc[after.community_row[community]]
    moved = np.array(sorted(row for one in own for row in one.buildings), np.intp)
    for number, (scene, title) in enumerate(((before, "调整前"), (after, "调整后"))):
        box = (LEFT + number * (wide + 6), top, wide, tall)
        view = view_of(sheet, box, shape.bounds, margin=0.04)
        sheet.text(box[0], top - 6, title, 16)
        _map(sheet, scene, view, community, moved)
    return top + tall + 6


def _map(sheet: Sheet, scene: Scene, view: View, community: str, moved: NDArray[np.intp]) -> None:
    ax = ground(sheet, scene, view)
    rows = scene.grids_of(community)
    shape = scene.city.communities.geometry.iloc[scene.community_row[community]]
    shades = tints(scene.shapes[rows])
    for row, shade in zip(rows, shades, strict=True):
        draw.fill(ax, scene.shapes[[row]], facecolor=colour("tint", f"tint_{shade + 1}"), alpha=0.55, zorder=6.2)
    shapes = display_outlines(np.asarray(scene.city.buildings.geometry.array, dtype=object)[moved], 0.2)
    draw.fill(ax, shapes, facecolor=colour("ui", "focus"), zorder=6.5)
    veil(ax, view, shape, alpha=0.7)
    outlines(ax, sheet, scene.shapes[rows], width=1.4, order=9)
    outlines(ax, sheet, np.array([shape], object), width=2.4, order=11, casing=0.8)
    labels = Labels(view.frame)
    furniture(sheet, view, labels)
    names = [(scene.name(scene.plan.grids[row]), scene.shapes[row]) for row in rows]
    points = shapely.get_coordinates(scene.city.building_points[moved])
    marks.name_areas(sheet, view, labels, names, size=10.0, least=0.5, avoid=points)
    marks.name_streets(sheet, scene, view, labels, size=6.0, classes=("arterial", "collector"))


def _lines(before: Scene, after: Scene, change: Change) -> list[tuple[str, str, str, str]]:
    """Return the rows of the table: buildings together by compound or street."""
    old, new = before.plan.grids[change.source], after.plan.grids[change.target]
    workers = after.answering("grid", new.id, "grid_worker", "grid_lead")
    phones = "、".join(one.phone for one in workers if one.phone)
    told = (_told(before, old.id, before.name(old)), _told(after, new.id, after.name(new)), phones)
    groups: dict[str, list[str]] = {}
    for row in change.buildings:
        group, number = _address(after, row)
        groups.setdefault(group, []).append(number)
    return [(_joined(group, numbers), *told) for group, numbers in sorted(groups.items())]


def _told(scene: Scene, grid: str, name: str) -> str:
    workers = scene.answering("grid", grid, "grid_worker", "grid_lead")
    return f"{name}　{'、'.join(one.name for one in workers) or '待公示'}"


def _address(scene: Scene, row: int) -> tuple[str, str]:
    """Return compound or street of a building, and its number there."""
    building = scene.city.buildings.iloc[row]
    compound = int(scene.city.building_compound[row])
    place = scene.city.compounds["name"].iloc[compound] if compound >= 0 else None
    if isinstance(place, str) and place:
        return place, building_number(building["name"], building["address"])
    told = [str(one) for one in (building["address"], building["name"]) if isinstance(one, str) and one]
    text = told[0] if told else ""
    found = _NUMBERED.match(text)
    return (found[1], building_number(text, None)) if found else (text or str(building["id"]), "")


def _joined(group: str, numbers: Sequence[str]) -> str:
    known = sorted({one for one in numbers if one}, key=lambda one: (int(one), one))
    if not known:
        return f"{group}　{len(numbers)} 栋" if len(numbers) > 1 else group
    return f"{group}　{'、'.join(known)}号" + ("" if all(numbers) else " 等")
