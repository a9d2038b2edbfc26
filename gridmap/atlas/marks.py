"""What is written on a map: streets along their line, neighbours, compounds, buildings' numbers, facilities."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

import numpy as np
import pandas as pd
import shapely
from matplotlib.patches import Circle
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gridmap.atlas.ground import View, shapes_in
from gridmap.atlas.lettering import POINT_MM, Labels, box_of, width_em
from gridmap.atlas.scene import Scene
from gridmap.atlas.sheet import Sheet
from gridmap.maps.look import colour, token
from gridmap.maps.shapes import anchors, merged

__all__ = ["badge", "building_number", "facilities", "glyph", "name_areas", "name_streets", "number_buildings"]

_ALONG = (0.5, 0.3, 0.7, 0.15, 0.85, 0.4, 0.6, 0.08, 0.92)
_STRAIGHT = 0.97
_BADGE_MM = 2.7
_NUMBER = re.compile(r"(\d+)\s*(?:号|#|栋|幢)")


def glyph(kind: str) -> str:
    """Return the sign of a kind of facilities."""
    return str(token("facility", kind if kind in token("facility") else "other", "glyph"))


def building_number(name: str | None, address: str | None) -> str:
    """Return the number of a building by its name, else by its address; empty if neither has one.

    >>> building_number("世纪湾12号楼", None), building_number(None, "滨河西路37号")
    ('12', '37')
    """
    for text in (name, address):
        if isinstance(text, str) and (found := _NUMBER.findall(text)):
            return str(found[-1])
    return ""


def name_streets(
    sheet: Sheet, scene: Scene, view: View, labels: Labels, *, along: BaseGeometry | None = None,
    names: Collection[str] | None = None, size: float = 7.0, times: int = 1, ink: str | None = None,
    classes: Collection[str] | None = None,
) -> frozenset[str]:  # fmt: skip
    """Write street and barrier names along their line where there is room; returns those written.

    `along` keeps to what runs within 16 m of a line, `names` and `classes` to some; at most `times` a name.
    """
    written = set()
    ink = ink or colour("base", "name")
    for name, lines in _named_lines(scene, view, names, classes):
        inside = np.asarray(shapely.intersection(np.array(lines, object), _room(view, along)), object)
        parts = merged(_lines_of(inside), 0.3)
        left = times
        for part in parts[np.argsort(-shapely.length(parts), kind="stable")][: 3 * times]:
            for x, y, angle in _stretches(part, width_em(name) * size * POINT_MM * view.metres):
                at = view.at(x, y)
                if left and labels.put(name, *at, size, angle=angle):
                    sheet.text(*at, name, size, ink=ink, halo=2.6, ha="center", rotation=angle)
                    written.add(name)
                    left -= 1
                    break
            if not left:
                break
    return frozenset(written)


def _room(view: View, along: BaseGeometry | None) -> BaseGeometry:
    if along is None:
        return view.window
    return shapely.intersection(view.window, shapely.buffer(along, 16.0, quad_segs=2))


def _named_lines(
    scene: Scene, view: View, names: Collection[str] | None, classes: Collection[str] | None
) -> Iterator[tuple[str, list[BaseGeometry]]]:
    """Yield the names in a window with their lines, main streets first."""
    found: dict[str, list[BaseGeometry]] = {}
    ranks: dict[str, int] = {}
    order = {kind: rank for rank, kind in enumerate(token("street_px"))}
    for layer in ("streets", "barriers"):
        rows, shapes = shapes_in(scene, layer, view)
        table = scene.city.layers[layer].iloc[rows]
        kinds = table["class"] if layer == "streets" else pd.Series("arterial", index=table.index)
        for shape, name, kind in zip(shapes, table["name"], kinds, strict=True):
            if not isinstance(name, str) or not name.strip() or (names is not None and name.strip() not in names):
                continue
            if classes is not None and kind not in classes:
                continue
            found.setdefault(name.strip(), []).extend(_lines_of(shape))
            ranks[name.strip()] = min(ranks.get(name.strip(), 9), order.get(kind, 2))
    for name in sorted(found, key=lambda one: (ranks[one], one)):
        yield name, found[name]


def _lines_of(shapes: BaseGeometry | NDArray[np.object_]) -> NDArray[np.object_]:
    parts = shapely.get_parts(shapes)
    parts = np.where(shapely.get_dimensions(parts) == 2, shapely.boundary(parts), parts)
    parts = shapely.get_parts(parts)
    return np.asarray(parts[shapely.get_dimensions(parts) == 1], object)


def _stretches(line: shapely.LineString, length: float) -> Iterator[tuple[float, float, float]]:
    """Yield middle and angle of stretches of a line that are straight for a length in metres."""
    whole = float(line.length)
    if whole < length:
        return
    for share in _ALONG:
        at = length / 2 + share * (whole - length)
        ends = shapely.get_coordinates(shapely.line_interpolate_point(line, [at - length / 2, at + length / 2]))
        step = ends[1] - ends[0]
        if np.hypot(*step) >= _STRAIGHT * length:
            angle = float(np.degrees(np.arctan2(step[1], step[0])))
            angle = angle - 180 if angle > 90.5 else angle + 180 if angle <= -89.5 else angle
            yield float(ends[:, 0].mean()), float(ends[:, 1].mean()), angle


def name_areas(
    sheet: Sheet, view: View, labels: Labels, areas: Iterable[tuple[str, BaseGeometry]], *, size: float,
    ink: str | None = None, avoid: NDArray[np.float64] | None = None, least: float = 0.7,
) -> list[str]:  # fmt: skip
    """Write the names of areas inside them where there is room; a text may have two lines. Returns those left out.

    A label that is wider than its area is made smaller, to `least` of its size. `avoid` float64[n, 2] are points of the
    frame that a label had better not cover.
    """
    left = []
    for text, shape in areas:
        inside = shapely.intersection(shape, view.window)
        for form, spots in ((one, _spots(view, inside, one, size, avoid)) for one in _forms(text)):
            factor = max(least, min(1.0, _across(inside) / view.metres / _wide(form, size)))
            spot = next((at for at in spots if labels.put(form, *at, size * factor)), None)
            if spot:
                sheet.text(*spot, form, size * factor, ink=ink, halo=2.6, ha="center", linespacing=1.05)
                break
        else:
            left.append(text)
    return left


def _forms(text: str) -> list[str]:
    """Return a text in one line and, where it is long, in two."""
    half = (len(text) + 1) // 2
    return [text] if "\n" in text or len(text) < 5 else [text, text[:half] + "\n" + text[half:]]


def _wide(text: str, size: float) -> float:
    return max(map(width_em, text.split("\n"))) * size * POINT_MM


def _across(shape: BaseGeometry) -> float:
    west, _, east, _ = shape.bounds if not shape.is_empty else (0.0, 0.0, 0.0, 0.0)
    return float(east - west)


def _spots(
    view: View, shape: BaseGeometry, text: str, size: float, avoid: NDArray[np.float64] | None
) -> list[tuple[float, float]]:
    """Return where a label may stand: the middle of an area and points about it, those that cover least first."""
    if shape.is_empty or shape.area == 0:
        return []
    middle = shapely.get_coordinates(anchors(np.array([shape], object))[0])
    west, south, east, north = shape.bounds
    grid = np.stack(np.meshgrid(np.linspace(west, east, 9)[1:-1], np.linspace(south, north, 9)[1:-1]), -1).reshape(
        -1, 2
    )
    points = np.concatenate([middle, grid[shapely.contains_xy(shape, grid[:, 0], grid[:, 1])]])
    cost = np.hypot(*(points - middle[0]).T) / 1e4
    if avoid is not None and len(avoid):
        half = np.array([_wide(text, size) + 2, (1 + text.count("\n")) * 1.3 * size * POINT_MM + 1]) / 2 * view.metres
        cost += (np.abs(points[:, None] - avoid[None]) < half).all(axis=2).sum(axis=1)
    return [view.at(*points[at]) for at in np.argsort(cost, kind="stable")]


def number_buildings(sheet: Sheet, scene: Scene, view: View, labels: Labels, rows: NDArray[np.intp]) -> int:
    """Write the numbers of buildings on them, as large as they allow; returns how many had no room."""
    table = scene.city.buildings.iloc[rows]
    points = shapely.get_coordinates(scene.city.building_points[rows])
    size = float(np.clip(9.0 / view.metres / POINT_MM * 0.55, 4.2, 10.0))
    missed = 0
    for (x, y), name, address in zip(points, table["name"], table["address"], strict=True):
        if number := building_number(name, address):
            at = view.at(x, y)
            if labels.put(number, *at, size, pad=0.15):
                sheet.text(*at, number, size, ha="center")
            else:
                missed += 1
    return missed


def facilities(
    sheet: Sheet, scene: Scene, view: View, labels: Labels, rows: NDArray[np.intp], *, faint: bool = False
) -> None:
    """Draw a badge a facility near its place; one that stands apart from it has a thin line to it."""
    points = shapely.point_on_surface(np.asarray(scene.city.facilities.geometry.array, dtype=object)[rows])
    radius = _BADGE_MM * (0.75 if faint else 1.0)
    kinds = scene.city.facilities["kind"].iloc[rows]
    for (east, north), kind in zip(shapely.get_coordinates(points), kinds, strict=True):
        home = np.array(view.at(east, north))
        for step in _about(radius):
            x, y = (home + step).tolist()
            box = box_of(x, y, 2 * radius + 0.6, 2 * radius + 0.6)
            if labels.free(box):
                labels.block(box)
                if np.hypot(*step) > radius:
                    ink = colour("ui", "facility")
                    sheet.paper.plot([home[0], x], [home[1], y], color=ink, linewidth=0.5 * sheet.scale, zorder=16)
                badge(sheet, x, y, kind, radius, faint=faint)
                break


def _about(radius: float) -> list[NDArray[np.float64]]:
    """Return steps from a place: none, then rings about it."""
    turns = np.arange(0, 2 * np.pi, np.pi / 4)
    rings = [np.stack([np.cos(turns), np.sin(turns)], axis=1) * radius * far for far in (1.2, 2.3, 3.6, 5.0)]
    return [np.zeros(2), *np.concatenate(rings)]


def badge(sheet: Sheet, x: float, y: float, kind: str, radius: float = _BADGE_MM, *, faint: bool = False) -> None:
    """Draw the round sign of a kind of facilities."""
    ink = colour("base", "name") if faint else colour("ui", "facility")
    disc = Circle((x, y), radius, facecolor=ink, edgecolor="white", linewidth=0.6 * sheet.scale, zorder=17)
    sheet.paper.add_patch(disc)
    sheet.text(x, y, glyph(kind), radius * 1.15 / POINT_MM, ink=colour("ui", "facility_text"), ha="center")
