"""Shapes, names and map furniture on matplotlib axes. All coordinates are those of the city's metric frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.patches import PathPatch, Polygon
from matplotlib.path import Path
from matplotlib.text import Text
from numpy.typing import NDArray

from gridmap.maps.look import colour

__all__ = ["area_path", "fill", "lines", "name", "north", "place_names", "scale_bar", "scale_length"]

Shapes = NDArray[np.object_]


def area_path(polygons: Shapes) -> Path:
    """Return polygons as one path whose holes stay open. O(vertices)."""
    parts = shapely.orient_polygons(shapely.get_parts(polygons[~shapely.is_empty(polygons)]))
    rings = shapely.get_rings(parts)
    coordinates, ring = shapely.get_coordinates(rings, return_index=True)
    codes = np.full(len(coordinates), Path.LINETO, Path.code_type)
    if len(ring):
        first = np.append(True, ring[1:] != ring[:-1])
        codes[first] = Path.MOVETO
        codes[np.append(first[1:], True)] = Path.CLOSEPOLY
    return Path(coordinates, codes)


def fill(ax: Axes, polygons: Shapes, **style: Any) -> None:
    """Fill polygons as one patch. `style` is that of a matplotlib patch."""
    if not shapely.is_empty(polygons).all():
        ax.add_patch(PathPatch(area_path(polygons), **{"linewidth": 0, "edgecolor": "none"} | style))


def lines(ax: Axes, shapes: Shapes, *, width: float, colour: str, order: float, **style: Any) -> None:
    """Draw lines with a width in points."""
    parts = shapely.get_parts(shapes)
    flat = np.where(np.isin(shapely.get_type_id(parts), [3, 6]), shapely.boundary(parts), parts)
    segments = [shapely.get_coordinates(part) for part in shapely.get_parts(flat)]
    if segments:
        style = {"capstyle": "round", "joinstyle": "round"} | style
        ax.add_collection(LineCollection(segments, linewidths=width, colors=colour, zorder=order, **style))


def name(ax: Axes, x: float, y: float, text: str, *, size: float, weight: str = "normal", order: float = 20) -> Text:
    """Write a name with a halo, centred on a point."""
    halo = [patheffects.withStroke(linewidth=1.8, foreground=colour("base", "halo"), alpha=0.85)]
    style: dict[str, Any] = {"ha": "center", "va": "center", "color": colour("ui", "text"), "path_effects": halo}
    # A dollar sign would start mathematics: a name is text.
    return ax.text(x, y, text, fontsize=size, fontweight=weight, zorder=order, parse_math=False, **style)


def place_names(ax: Axes, names: Sequence[tuple[float, float, str, float]]) -> list[Text]:
    """Write names (x, y, text, points) in order of rank; leave out what would cover another or leave the axes."""
    figure = ax.figure
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]  # every canvas that draws has one
    frame = ax.get_window_extent(renderer)
    taken: list[Any] = []
    placed = []
    for x, y, text, size in names:
        mark = name(ax, x, y, text, size=size, weight="normal")
        box = mark.get_window_extent(renderer).padded(1.5)
        inside = frame.x0 <= box.x0 and box.x1 <= frame.x1 and frame.y0 <= box.y0 and box.y1 <= frame.y1
        if inside and not any(box.overlaps(other) for other in taken):
            taken.append(box)
            placed.append(mark)
        else:
            mark.remove()
    return placed


def scale_length(width_m: float) -> float:
    """Return a round length of at most a quarter of a width, in metres.

    >>> scale_length(5300)
    1000.0
    """
    power = 10 ** np.floor(np.log10(width_m / 4))
    return float(max(step for step in (power, 2 * power, 5 * power) if step <= width_m / 4))


def scale_bar(ax: Axes) -> None:
    """Draw a scale bar in the lower left corner of axes that are in metres and of equal aspect."""
    (west, east), (south, north_) = ax.get_xlim(), ax.get_ylim()
    length = scale_length(east - west)
    x, y = west + 0.02 * (east - west), south + 0.025 * (north_ - south)
    rise = 0.008 * (north_ - south)
    ink = colour("ui", "text")
    ax.plot(
        [x, x, x + length, x + length], [y + rise, y, y, y + rise], color=ink, linewidth=1, zorder=30, clip_on=False
    )
    label = f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m"
    name(ax, x + length / 2, y + 2.4 * rise, label, size=6.5, order=30)


def north(ax: Axes) -> None:
    """Draw a north arrow in the upper left corner; up is grid north of the frame."""
    points = np.array([[0.0, 1.0], [0.42, -0.9], [0.0, -0.35], [-0.42, -0.9]])
    box = ax.get_window_extent()
    size = 0.075 * ax.figure.dpi
    shift = np.array([0.025 * box.width + size / 2, box.height - 0.03 * box.height - 2.2 * size])
    scaled = (points * size + shift) / np.array([box.width, box.height])
    ink = colour("ui", "text")
    ax.add_patch(Polygon(scaled, closed=True, transform=ax.transAxes, facecolor=ink, linewidth=0, zorder=30))
    at = (shift + np.array([0, 1.9 * size])) / np.array([box.width, box.height])
    ax.text(at[0], at[1], "北", transform=ax.transAxes, ha="center", va="center", fontsize=6.5, color=ink, zorder=30)
