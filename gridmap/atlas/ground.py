"""The map on a sheet: its window and scale, the city in it, scale bar and north arrow."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.patches import Polygon, Rectangle
from numpy.typing import NDArray

from gridmap.atlas.lettering import POINT_MM, Labels, box_of, width_em
from gridmap.atlas.scene import Scene
from gridmap.atlas.sheet import Sheet
from gridmap.maps import draw
from gridmap.maps.look import colour, token
from gridmap.maps.shapes import STREET_CLASSES, display_outlines

__all__ = ["View", "furniture", "ground", "outlines", "shapes_in", "veil", "view_of"]

Shapes = NDArray[np.object_]
_STREET_M = 2.4
"""Metres of a pixel of the tokens' street widths."""


@dataclass(frozen=True, slots=True)
class View:
    """A window of the map: `box` (x, y, width, height) of the sheet, `bounds` in metres, both of one shape.

    `metres` are those of a millimetre of the sheet, `scale` is N of the scale 1:N on the real paper.
    """

    box: tuple[float, float, float, float]
    bounds: tuple[float, float, float, float]
    metres: float
    scale: int

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return where a place of the frame is on the sheet."""
        return self.box[0] + (x - self.bounds[0]) / self.metres, self.box[1] + (self.bounds[3] - y) / self.metres

    @property
    def window(self) -> shapely.Polygon:
        """The window in metres."""
        return shapely.box(*self.bounds)

    @property
    def frame(self) -> tuple[float, float, float, float]:
        """West, top, east, bottom of the box, a little inside its line."""
        x, y, wide, tall = self.box
        return x + 0.5, y + 0.5, x + wide - 0.5, y + tall - 0.5


def view_of(
    sheet: Sheet, box: tuple[float, float, float, float], bounds: tuple[float, float, float, float], *,
    margin: float = 0.1, least_m: float = 160.0,
) -> View:  # fmt: skip
    """Return the window about bounds that fills a box, at a round scale and at least so many metres across."""
    west, south, east, north = bounds
    wide, tall = (max((b - a) * (1 + 2 * margin), least_m) for a, b in ((west, east), (south, north)))
    metres = max(wide / box[2], tall / box[3])
    exact = metres * 1000 / sheet.scale
    step = 50 if exact < 5_000 else 500
    scale = ceil(exact / step) * step
    metres = scale * sheet.scale / 1000
    x, y = (west + east) / 2, (south + north) / 2
    half = (box[2] * metres / 2, box[3] * metres / 2)
    return View(box, (x - half[0], y - half[1], x + half[0], y + half[1]), metres, scale)


def shapes_in(scene: Scene, layer: str, view: View) -> tuple[NDArray[np.intp], Shapes]:
    """Return the rows of a layer that reach into a window, ascending, and their shapes."""
    gdf = scene.city.layers[layer]
    if not len(gdf):
        return np.empty(0, np.intp), np.empty(0, object)
    rows = np.sort(scene.city.tree(layer).query(view.window, predicate="intersects"))
    return rows, np.asarray(gdf.geometry.array, dtype=object)[rows]


def ground(sheet: Sheet, scene: Scene, view: View, *, detail: bool = True) -> Axes:
    """Draw the city in a window: land, water, green, streets in their width, buildings, barriers."""
    ax = sheet.window(view.box, view.bounds)
    _, _, wide, tall = view.box
    backdrop = Rectangle((view.bounds[0], view.bounds[1]), wide * view.metres, tall * view.metres, linewidth=0)
    backdrop.set(facecolor=colour("base", "land"), zorder=0)
    ax.add_patch(backdrop)
    for order, layer in ((1, "green"), (2, "water")):
        draw.fill(ax, shapes_in(scene, layer, view)[1], facecolor=colour("base", layer), zorder=order)
    _streets(ax, sheet, scene, view, classes=STREET_CLASSES if detail else STREET_CLASSES[:3])
    if detail:
        _, outlines_ = shapes_in(scene, "buildings", view)
        edge = {"edgecolor": colour("base", "street_casing"), "linewidth": 0.25 * sheet.scale}
        draw.fill(ax, display_outlines(outlines_, 0.2), facecolor=colour("base", "building"), zorder=6, **edge)
    rows, shapes = shapes_in(scene, "barriers", view)
    kinds = scene.city.barriers["kind"].iloc[rows].fillna("other").to_numpy(object)
    for kind in dict.fromkeys(kinds):
        own = kind if kind in token("barrier") else "other"
        width, ink = 2.4 * sheet.scale, colour("barrier", own)
        draw.lines(ax, shapes[kinds == kind], width=width, colour=ink, order=7)
        if own == "railway":
            style: dict[str, Any] = {"linestyles": (0, (4, 4)), "capstyle": "butt"}
            draw.lines(ax, shapes[kinds == kind], width=width * 0.6, colour="white", order=7.1, **style)
    sheet.frame(view.box)
    return ax


def _streets(ax: Axes, sheet: Sheet, scene: Scene, view: View, *, classes: tuple[str, ...]) -> None:
    rows, shapes = shapes_in(scene, "streets", view)
    shapes = shapely.intersection(shapes, shapely.buffer(view.window, 30 * view.metres))
    known = scene.city.streets["class"].iloc[rows]
    known = known.where(known.isin(STREET_CLASSES), "local").to_numpy(object)
    for rank, kind in enumerate(reversed(classes)):
        own = shapes[known == kind]
        width = token("street_px", kind) * _STREET_M / view.metres / POINT_MM * sheet.scale
        width = max(width, 0.5 * sheet.scale)
        casing = colour("base", "street_casing")
        draw.lines(ax, own, width=width + 0.7 * sheet.scale, colour=casing, order=4 + rank / 10)
        draw.lines(ax, own, width=width, colour=colour("base", "street"), order=5 + rank / 10)


def veil(ax: Axes, view: View, shape: shapely.Geometry, *, alpha: float = 0.5) -> None:
    """Make the city outside a shape paler."""
    outside = shapely.difference(view.window, shape)
    draw.fill(ax, np.array([outside], object), facecolor="white", alpha=alpha, zorder=8)


def outlines(ax: Axes, sheet: Sheet, shapes: Shapes, *, width: float, order: float, casing: float = 0.0) -> None:
    """Draw boundaries, on a white casing if told; widths are points on A3."""
    ink, lines_ = colour("grid", "boundary"), shapely.boundary(shapes)
    if casing:
        draw.lines(ax, lines_, width=(width + 2 * casing) * sheet.scale, colour=colour("base", "halo"), order=order)
    draw.lines(ax, lines_, width=width * sheet.scale, colour=ink, order=order + 0.1)


def furniture(sheet: Sheet, view: View, labels: Labels) -> None:
    """Draw scale bar, scale and north arrow on a plate in the lower right corner, and keep labels off it."""
    x, y, wide, tall = view.box
    length_m = draw.scale_length(min(wide, 160.0) * view.metres)
    length = length_m / view.metres
    label = f"{length_m / 1000:g} km" if length_m >= 1000 else f"{length_m:g} m"
    ratio = f"1:{view.scale:,}"
    across = max(length, width_em(label + "　" + ratio) * 9 * POINT_MM) + 17
    left, top = x + wide - across - 2, y + tall - 15
    plate = Rectangle((left, top), across, 13, facecolor="white", alpha=0.88, linewidth=0, zorder=12)
    sheet.paper.add_patch(plate)
    ink = colour("ui", "text")
    ends = np.array([left + 3, left + 3 + length])
    style: dict[str, Any] = {"color": ink, "linewidth": 1.4 * sheet.scale, "solid_capstyle": "butt", "zorder": 21}
    sheet.paper.plot(
        [ends[0], ends[0], ends[1], ends[1]], [top + 9, top + 11, top + 11, top + 9], gid="scale-bar", **style
    )
    sheet.text(left + 3, top + 4.5, f"{label}　{ratio}", 9)
    tip = np.array([[0, -5.5], [1.8, 1.0], [0, -0.6], [-1.8, 1.0]]) + np.array([left + across - 6, top + 7])
    sheet.paper.add_patch(Polygon(tip, closed=True, facecolor=ink, linewidth=0, zorder=21))
    sheet.text(left + across - 6, top + 10.6, "北", 8, ha="center")
    labels.block(box_of(left + across / 2, top + 6.5, across + 1, 14))
