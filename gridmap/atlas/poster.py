"""The poster of a grid 网格公示牌: its map, its extent in words, who answers for it and whom to call."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import shapely
from matplotlib.axes import Axes
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gridmap.atlas import marks
from gridmap.atlas.extent import Extent, Surroundings
from gridmap.atlas.ground import View, furniture, ground, outlines, veil, view_of
from gridmap.atlas.lettering import POINT_MM, Labels, width_em
from gridmap.atlas.scene import Contact, Scene
from gridmap.atlas.sheet import Sheet
from gridmap.maps import draw
from gridmap.maps.look import colour, token
from gridmap.maps.shapes import display_outlines

__all__ = ["footing", "open_facilities", "poster"]

LEFT, WIDE = 12.0, 273.0
_MAP = (LEFT, 66.0, WIDE, 228.0)


def poster(scene: Scene, row: int, paper: str, *, surroundings: Surroundings | None = None) -> Sheet:
    """Draw the poster of the grid in a row of the plan."""
    sheet = Sheet(paper)
    extent = (surroundings or Surroundings(scene)).extent(row)
    _heading(sheet, scene, row)
    inside = _map(sheet, scene, row, extent)
    _people(sheet, scene, row)
    _about(sheet, scene, row, extent, inside)
    footing(sheet, scene)
    return sheet


def _heading(sheet: Sheet, scene: Scene, row: int) -> None:
    grid, notice = scene.plan.grids[row], scene.notice
    right = LEFT + WIDE
    linked = bool(notice.link and (grid.code or grid.id))
    room = WIDE - (44 if linked else 0)
    sheet.text(LEFT, 17, scene.above(grid.community), 18, width=room - 40, ink=colour("ui", "muted"))
    sheet.text(LEFT, 38, scene.name(grid), 72, width=room)
    kind = "居民网格" if grid.resident else "专属网格"
    code = f"网格编号　{grid.code}" if grid.code else "网格编号　备案时编定"
    sheet.text(LEFT, 58, f"{kind}　{code}", 16, width=room)
    if linked:
        import segno  # only where a code is asked for

        made = segno.make(notice.link.replace("{code}", grid.code or grid.id), error="m", micro=False)
        sheet.squares(right - 36, 24, 36, np.array([[bool(one) for one in line] for line in made.matrix]))
    if scene.city.sample:
        sheet.badge(right, 16, "虚构示例", 14)


def _map(sheet: Sheet, scene: Scene, row: int, extent: Extent) -> NDArray[np.intp]:
    """Draw the map; returns the rows of the facilities in the grid."""
    shape = scene.shapes[row]
    view = view_of(sheet, _MAP, shape.bounds)
    ax = ground(sheet, scene, view)
    buildings = np.flatnonzero(scene.building_grid == row)
    near = np.sort(scene.tree.query(view.window, predicate="intersects"))
    _own_buildings(ax, sheet, scene, buildings)
    veil(ax, view, shape)
    communities = np.asarray(scene.city.communities.geometry.array, dtype=object)
    outlines(ax, sheet, scene.shapes[near], width=0.7, order=9)
    outlines(ax, sheet, communities, width=1.5, order=10)
    compounds = _compounds(scene, shape)
    edge = colour("compound", "outline")
    style = {"linestyles": (0, (3, 2))}
    draw.lines(
        ax, np.array([one for _, one in compounds], object), width=0.8 * sheet.scale, colour=edge, order=9, **style
    )
    outlines(ax, sheet, scene.shapes[[row]], width=3.4, order=11, casing=1.2)
    inside = _facilities_in(scene, shape)
    labels = Labels(view.frame)
    furniture(sheet, view, labels)
    _write(sheet, scene, row, view, labels, extent, compounds, inside, near, buildings)
    return inside


def _own_buildings(ax: Axes, sheet: Sheet, scene: Scene, buildings: NDArray[np.intp]) -> None:
    shapes = display_outlines(np.asarray(scene.city.buildings.geometry.array, dtype=object)[buildings], 0.2)
    edge = {"edgecolor": colour("ui", "muted"), "linewidth": 0.4 * sheet.scale}
    draw.fill(ax, shapes, facecolor=colour("compound", "outline"), alpha=0.55, zorder=6.5, **edge)


def _write(
    sheet: Sheet, scene: Scene, row: int, view: View, labels: Labels, extent: Extent,
    compounds: list[tuple[str, BaseGeometry]], inside: NDArray[np.intp], near: NDArray[np.intp],
    buildings: NDArray[np.intp],
) -> None:  # fmt: skip
    """Write everything on the map, the most needed first: what comes later takes the room that is left."""
    shape = scene.shapes[row]
    edge, muted = shapely.boundary(shape), colour("ui", "muted")
    first = marks.name_streets(
        sheet, scene, view, labels, along=edge, names=extent.streets, size=10.5, times=2, ink=colour("ui", "text")
    )
    named = [(_neighbour(scene, row, other), shapely.difference(scene.shapes[other], shapely.buffer(shape, 4.0)))
             for other in near if other != row]  # fmt: skip
    marks.name_areas(sheet, view, labels, named, size=11.0, ink=muted)
    marks.facilities(sheet, scene, view, labels, inside)
    points = shapely.get_coordinates(scene.city.building_points[buildings])
    marks.name_areas(sheet, view, labels, compounds, size=9.5, avoid=points)
    marks.number_buildings(sheet, scene, view, labels, buildings)
    more = marks.name_streets(sheet, scene, view, labels, along=edge, names=_others(scene, first), size=8.5)
    marks.name_streets(sheet, scene, view, labels, names=_others(scene, first | more), size=7.0)
    others = np.setdiff1d(_facilities_in(scene, view.window), inside)
    marks.facilities(sheet, scene, view, labels, others, faint=True)


def _others(scene: Scene, written: frozenset[str]) -> frozenset[str]:
    names = [*scene.city.streets["name"].dropna(), *scene.city.barriers["name"].dropna()]
    return frozenset(str(one).strip() for one in names) - written


def _neighbour(scene: Scene, row: int, other: int) -> str:
    own, grid = scene.plan.grids[row], scene.plan.grids[other]
    if grid.community == own.community:
        return scene.name(grid)
    return f"{scene.community_name(grid.community)}\n{scene.name(grid)}"


def _compounds(scene: Scene, shape: BaseGeometry) -> list[tuple[str, BaseGeometry]]:
    """Return name and extent, within a grid, of the compounds in it, the largest first."""
    gdf = scene.city.compounds
    found: list[tuple[str, BaseGeometry]] = []
    for row in np.sort(scene.city.tree("compounds").query(shape, predicate="intersects")) if len(gdf) else ():
        own = shapely.intersection(gdf.geometry.iloc[row], shape)
        if own.area > 150 and isinstance(gdf["name"].iloc[row], str):
            found.append((str(gdf["name"].iloc[row]), own))
    return sorted(found, key=lambda one: -one[1].area)


def open_facilities(scene: Scene) -> NDArray[np.bool_]:
    """Tell which facilities are there to be shown: those not planned, not being built and not closed."""
    away = scene.city.facilities["status"].isin(["planned", "building", "closed"])
    return np.asarray(~away.to_numpy(bool), bool)


def _facilities_in(scene: Scene, shape: BaseGeometry) -> NDArray[np.intp]:
    if not len(scene.city.facilities):
        return np.empty(0, np.intp)
    rows = np.sort(scene.city.tree("facilities").query(shape, predicate="intersects"))
    points = shapely.point_on_surface(np.asarray(scene.city.facilities.geometry.array, dtype=object)[rows])
    return rows[shapely.intersects(points, shape) & open_facilities(scene)[rows]]


def _people(sheet: Sheet, scene: Scene, row: int) -> None:
    """Write who answers: the grid worker large, then liaison, departments and supervision."""
    grid = scene.plan.grids[row]
    muted = colour("ui", "muted")
    workers = scene.answering("grid", grid.id, "grid_worker", "grid_lead")
    sheet.text(LEFT, 303, "网格员", 14, ink=muted)
    for number, one in enumerate(workers[:2]):
        alone = len(workers) == 1
        y = 315.5 if alone else 312.5 + 17 * number
        sheet.text(LEFT, y, one.name, 36 if alone else 30, width=132)
        if alone:
            sheet.text(LEFT, y + 17, one.phone, 36, width=132)
        else:
            sheet.text(LEFT + width_em(one.name) * 30 * POINT_MM + 6, y, one.phone, 26, width=80)
    if not workers:
        sheet.text(LEFT, 315.5, "待公示", 36, ink=muted)
    x, wide = 152.0, LEFT + WIDE - 152.0
    y = _listed(sheet, x, 303, wide, "包联干部", scene.answering("grid", grid.id, "cadre_liaison"), 16, most=2)
    y = _listed(sheet, x, y + 3, wide, "部门联系人", scene.answering("grid", grid.id, "posting"), 10, most=3)
    supervision = scene.notice.supervision or "＿＿＿＿＿＿＿＿"
    sheet.text(x, max(y + 4, 335), f"监督电话　{supervision}", 16, width=wide)


def _listed(sheet: Sheet, x: float, y: float, wide: float, title: str, contacts: Iterable[Contact], size: float, *,
            most: int) -> float:  # fmt: skip
    """Write a title and some contacts from y down; returns where the next would be. Without contacts nothing."""
    shown = list(contacts)
    if not shown:
        return y
    sheet.text(x, y, title, 12, ink=colour("ui", "muted"))
    step = size * POINT_MM * 1.4
    more = f"　等 {len(shown)} 人" if len(shown) > most else ""
    for number, one in enumerate(shown[:most]):
        last = more if number == most - 1 else ""
        sheet.text(x, y + 4 + (number + 0.5) * step, one.words + last, size, width=wide)
    return y + 4 + min(len(shown), most) * step + 2


def _about(sheet: Sheet, scene: Scene, row: int, extent: Extent, inside: NDArray[np.intp]) -> None:
    """Write the extent in words, the figures and the facilities in the grid."""
    muted = colour("ui", "muted")
    sheet.rule(LEFT, 343, WIDE)
    sheet.text(LEFT, 350, "四至范围", 12, ink=muted)
    y = sheet.block(LEFT + 24, 346.5, extent.words, 14, WIDE - 24, most=2)
    cells = scene.building_grid == row
    figures = f"{scene.households[row]} 户（{scene.basis}）　{int(cells.sum()):,} 栋楼"
    sheet.text(LEFT, y + 6, "基本情况", 12, ink=muted)
    sheet.text(LEFT + 24, y + 6, figures, 12, width=WIDE - 24)
    y += 12
    names = [name for name, _ in _compounds(scene, scene.shapes[row])]
    if names:
        sheet.text(LEFT, y + 4, "小区院落", 12, ink=muted)
        y = sheet.block(LEFT + 24, y + 0.6, "、".join(names), 11, WIDE - 24, most=2) + 1.5
    if len(inside):
        sheet.text(LEFT, y + 4, "便民设施", 12, ink=muted)
        _legend(sheet, scene, LEFT + 24, y + 4, inside, bottom=401.0)


def _legend(sheet: Sheet, scene: Scene, x: float, y: float, rows: NDArray[np.intp], *, bottom: float) -> None:
    """Write the facilities with their signs, in columns, as many as have room."""
    table = scene.city.facilities.iloc[rows]
    left, wide = x, (LEFT + WIDE - x) / 3
    room = 3 * (int((bottom - y) // 5.6) + 1)
    for number, (name, kind) in enumerate(zip(table["name"], table["kind"], strict=True)):
        if number == room - 1 < len(table) - 1:
            sheet.text(left + 6, y, f"等 {len(table)} 处", 9.5, width=wide - 8)
            return
        marks.badge(sheet, left + 2.4, y, kind, 2.1)
        known = kind if kind in token("facility") else "other"
        text = name if isinstance(name, str) and name else str(token("facility", known, "zh"))
        sheet.text(left + 6, y, text, 9.5, width=wide - 8)
        left += wide
        if left + wide > LEFT + WIDE + 1:
            left, y = x, y + 5.6


def footing(sheet: Sheet, scene: Scene) -> None:
    """Write day, approval number and the basis of the map at the foot of a sheet."""
    notice = scene.notice
    wide = sheet.width - 2 * LEFT
    y = sheet.height - 12
    sheet.rule(LEFT, y - 6, wide)
    plan = f"　方案：{scene.plan.name}" if scene.plan.name and not notice.approval else ""
    words = f"{scene.place}{plan}　户数口径：{scene.basis}　上为坐标北"
    sheet.text(LEFT, y, words, 9, width=wide * 0.62, ink=colour("ui", "muted"))
    remark = f"{notice.footing}　{notice.day.isoformat()}"
    sheet.text(sheet.width - LEFT, y, remark, 11, ha="right", width=wide * 0.36)
