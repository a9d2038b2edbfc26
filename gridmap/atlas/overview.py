"""The map of a community with the table of its grids, and the wall map of the city."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from matplotlib.axes import Axes
from numpy.typing import NDArray

from gridmap.atlas import marks
from gridmap.atlas.ground import View, furniture, ground, outlines, shapes_in, veil, view_of
from gridmap.atlas.lettering import POINT_MM, Labels
from gridmap.atlas.poster import LEFT, WIDE, footing, open_facilities
from gridmap.atlas.scene import Scene
from gridmap.atlas.sheet import Sheet
from gridmap.maps import draw
from gridmap.maps.look import colour, token

__all__ = ["community_map", "tints", "wall_map"]

_MAP = (LEFT, 66.0, WIDE, 214.0)
_TABLE = (288.0, 400.0)
_WIDTHS = (43.0, 62.0, 24.0, 20.0, 62.0, 62.0)
_HEAD = ("网格编号", "网格", "户数", "楼栋", "网格员", "联系电话")


def community_map(scene: Scene, code: str, paper: str) -> Sheet:
    """Draw the map of a community: its grids, compounds and facilities, and a table of its grids."""
    sheet = Sheet(paper)
    rows = scene.grids_of(code)
    shape = scene.city.communities.geometry.iloc[scene.community_row[code]]
    _heading(sheet, scene, code, rows)
    view = view_of(sheet, _MAP, shapely.total_bounds(np.append(scene.shapes[rows], shape)).tolist(), margin=0.05)
    ax = ground(sheet, scene, view)
    shades = tints(scene.shapes)
    for row in rows:
        draw.fill(ax, scene.shapes[[row]], facecolor=colour("tint", f"tint_{shades[row] + 1}"), alpha=0.55, zorder=6.2)
    _hatch(ax, scene.shapes[[row for row in rows if not scene.plan.grids[row].resident]])
    communities = np.asarray(scene.city.communities.geometry.array, dtype=object)
    veil(ax, view, shape, alpha=0.6)
    outlines(ax, sheet, communities, width=0.8, order=9)
    outlines(ax, sheet, scene.shapes[rows], width=1.6, order=10)
    outlines(ax, sheet, np.array([shape], object), width=3.2, order=11, casing=1.2)
    _write(sheet, scene, code, view, rows)
    _table(sheet, scene, rows)
    footing(sheet, scene)
    return sheet


def _hatch(ax: Axes, shapes: NDArray[np.object_]) -> None:
    """Hatch the special grids."""
    style: dict[str, Any] = {
        "hatch": "//",
        "edgecolor": colour("status", "special"),
        "linewidth": 0.0,
        "facecolor": "none",
    }
    draw.fill(ax, shapes, zorder=6.3, **style)


def _heading(sheet: Sheet, scene: Scene, code: str, rows: Sequence[int]) -> None:
    above = scene.above(code).rsplit("　", 1)[0]
    sheet.text(LEFT, 17, above, 18, width=WIDE - 50, ink=colour("ui", "muted"))
    sheet.text(LEFT, 38, scene.community_name(code), 64, width=WIDE)
    resident = sum(scene.plan.grids[row].resident for row in rows)
    words = [f"居民网格 {resident} 个"]
    words += [f"专属网格 {len(rows) - resident} 个"] if len(rows) > resident else []
    words += (
        [f"社区工作者 {count} 名"] if (count := len(scene.answering("community", code, "community_worker"))) else []
    )
    leaders = [one.name for one in scene.answering("community", code, "leader_liaison")]
    words += [f"包联领导 {'、'.join(leaders)}"] if leaders else []
    words += [f"监督电话 {scene.notice.supervision}"] if scene.notice.supervision else []
    sheet.text(LEFT, 58, "　".join(words), 14, width=WIDE)
    if scene.city.sample:
        sheet.badge(LEFT + WIDE, 16, "虚构示例", 14)


def _write(sheet: Sheet, scene: Scene, code: str, view: View, rows: Sequence[int]) -> None:
    labels = Labels(view.frame)
    furniture(sheet, view, labels)
    names = [(scene.name(scene.plan.grids[row]), scene.shapes[row]) for row in rows]
    marks.name_areas(sheet, view, labels, names, size=13.0, least=0.5)
    shape = scene.city.communities.geometry.iloc[scene.community_row[code]]
    ink = colour("ui", "text")
    edge = marks.name_streets(sheet, scene, view, labels, along=shapely.boundary(shape), size=9.0, ink=ink)
    points = shapely.point_on_surface(np.asarray(scene.city.facilities.geometry.array, dtype=object))
    inside = np.flatnonzero(shapely.intersects(points, shape) & open_facilities(scene))
    marks.facilities(sheet, scene, view, labels, inside)
    known = scene.city.compounds[scene.city.compounds["name"].notna()]
    own = shapely.intersection(np.asarray(known.geometry.array, dtype=object), shape)
    areas = sorted(zip(known["name"], own, strict=True), key=lambda one: -one[1].area)
    marks.name_areas(sheet, view, labels, [one for one in areas if one[1].area > 150], size=7.5)
    every, _ = shapes_in(scene, "communities", view)
    near = scene.city.communities.iloc[np.setdiff1d(every, [scene.community_row[code]])]
    others = zip(near["name"].astype(str), near.geometry.difference(shape), strict=True)
    marks.name_areas(sheet, view, labels, others, size=11.0, ink=colour("ui", "muted"))
    rest = frozenset(str(one).strip() for one in scene.city.streets["name"].dropna()) - edge
    marks.name_streets(sheet, scene, view, labels, names=rest, size=6.5)


def _table(sheet: Sheet, scene: Scene, rows: Sequence[int]) -> None:
    lines = [_HEAD, *(_line(scene, row) for row in rows)]
    room = (_TABLE[1] - _TABLE[0]) / len(lines) - 1.5
    size = float(np.clip(room / (POINT_MM * 1.35), 4.5, 10.0))
    sheet.table(LEFT, _TABLE[0], _WIDTHS, lines, size=size, bottom=_TABLE[1])


def _line(scene: Scene, row: int) -> tuple[str, ...]:
    grid = scene.plan.grids[row]
    workers = scene.answering("grid", grid.id, "grid_worker", "grid_lead")
    names = "、".join(one.name for one in workers) or "待公示"
    phones = "、".join(one.phone for one in workers if one.phone)
    buildings = int((scene.building_grid == row).sum())
    return grid.code or "备案时编定", scene.name(grid), scene.households[row], f"{buildings:,}", names, phones


def tints(shapes: NDArray[np.object_]) -> NDArray[np.int32]:
    """Return a tint 0…4 for each shape, int32[n], such that neighbours differ where five are enough."""
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    beside: dict[int, list[int]] = {}
    for a, b in zip(one.tolist(), other.tolist(), strict=True):
        beside.setdefault(a, []).append(b)
    shades = np.full(len(shapes), -1, np.int32)
    # Those with the most neighbours first: they have the least choice.
    for row in sorted(range(len(shapes)), key=lambda at: (-len(beside.get(at, ())), at)):
        used = [int(shades[at]) for at in beside.get(row, ()) if shades[at] >= 0]
        shades[row] = min(range(5), key=lambda shade: (used.count(shade), shade))
    return shades


def wall_map(scene: Scene, paper: str) -> Sheet:
    """Draw the wall map of the city: every grid with its name, communities, subdistricts, main streets."""
    bounds = shapely.total_bounds(np.asarray(scene.city.communities.geometry.array, dtype=object))
    wide = bool(bounds[2] - bounds[0] >= bounds[3] - bounds[1])
    sheet = Sheet(paper, landscape=wide)
    box = (LEFT, 27.0, sheet.width - 2 * LEFT, sheet.height - 47.0)
    view = view_of(sheet, box, bounds.tolist(), margin=0.015)
    ax = ground(sheet, scene, view)
    communities = np.asarray(scene.city.communities.geometry.array, dtype=object)
    shades = tints(communities)
    for shade in range(5):
        face = colour("tint", f"tint_{shade + 1}")
        draw.fill(ax, communities[shades == shade], facecolor=face, alpha=0.6, zorder=6.2)
    _hatch(ax, scene.shapes[[row for row, one in enumerate(scene.plan.grids) if not one.resident]])
    outlines(ax, sheet, scene.shapes[~shapely.is_empty(scene.shapes)], width=0.45, order=9)
    outlines(ax, sheet, communities, width=1.1, order=10)
    subdistricts = np.asarray(scene.city.subdistricts.geometry.array, dtype=object)
    outlines(ax, sheet, subdistricts, width=2.0, order=11, casing=0.6)
    _wall_heading(sheet, scene)
    _wall_names(sheet, scene, view, communities)
    footing(sheet, scene)
    return sheet


def _wall_heading(sheet: Sheet, scene: Scene) -> None:
    residents = sum(one.resident for row, one in enumerate(scene.plan.grids) if not scene.shapes[row].is_empty)
    special = sum(not one.resident for one in scene.plan.grids)
    counts = f"{len(scene.city.communities)} 个社区　居民网格 {residents} 个　专属网格 {special} 个"
    sheet.text(LEFT, 15, f"{scene.place}网格图", 36, width=sheet.width * 0.45)
    edge = sheet.width - LEFT
    if scene.city.sample:
        sheet.badge(edge, 10, "虚构示例", 9)
    sheet.text(edge, 20, counts, 10, ha="right", width=sheet.width * 0.5, ink=colour("ui", "muted"))


def _wall_names(sheet: Sheet, scene: Scene, view: View, communities: NDArray[np.object_]) -> None:
    labels = Labels(view.frame)
    furniture(sheet, view, labels)
    names = scene.city.communities["name"].astype(str)
    marks.name_areas(sheet, view, labels, zip(names, communities, strict=True), size=9.0, least=0.6)
    kinds = ("arterial", "collector")
    marks.name_streets(sheet, scene, view, labels, size=4.6, classes=kinds, times=2, ink=colour("ui", "text"))
    areas = [
        (scene.name(grid), shape)
        for grid, shape in zip(scene.plan.grids, scene.shapes, strict=True)
        if not shape.is_empty
    ]
    marks.name_areas(sheet, view, labels, areas, size=4.4, least=0.6)
    wanted = ("service_center", "canteen")
    centres = scene.city.facilities["kind"].isin(wanted).to_numpy(bool) & open_facilities(scene)
    marks.facilities(sheet, scene, view, labels, np.flatnonzero(centres), faint=True)
    kinds_shown = [
        one for one in ("service_center", "canteen") if (scene.city.facilities["kind"][centres] == one).any()
    ]
    for number, kind in enumerate(kinds_shown):
        x = LEFT + sheet.width * 0.35 + 45 * number
        marks.badge(sheet, x, 21, kind, 2.0)
        sheet.text(x + 3.5, 21, str(token("facility", kind, "zh")), 8)
