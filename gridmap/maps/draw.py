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

from gridmap.errors import InputError
from gridmap.maps.look import colour

__all__ = ["area_path", "dots_per_inch", "fill", "furniture", "lines", "name", "place_names", "scale_length", "strip_m"]

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
    frame = ax.get_window_extent()
    taken: list[Any] = []
    placed = []
    for x, y, text, size in names:
        mark = name(ax, x, y, text, size=size, weight="normal")
        box = mark.get_window_extent().padded(1.5)
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


def furniture(ax: Axes) -> None:
    """Draw scale bar and north arrow in the lower right corner of axes that are in metres and of equal aspect.

    Up is grid north of the frame. `strip_m` says how much room below the shapes they need.
    """
    (west, east), south = ax.get_xlim(), ax.get_ylim()[0]
    per_point = (east - west) / (ax.get_window_extent().width / dots_per_inch(ax) * 72)
    length = scale_length(east - west)
    ink = colour("ui", "text")
    right, base = east - 8 * per_point, south + 3 * per_point
    arrow = np.array([[0.0, 12.0], [3.6, 0.0], [0.0, 3.2], [-3.6, 0.0]]) * per_point + [right, base]
    ax.add_patch(Polygon(arrow, closed=True, facecolor=ink, linewidth=0, zorder=30))
    name(ax, right, base + 17 * per_point, "北", size=6.5, order=30)
    end = right - 12 * per_point
    bar = np.array([[end - length, 3], [end - length, 0], [end, 0], [end, 3]]) * [1, per_point] + [0, base]
    ax.plot(bar[:, 0], bar[:, 1], color=ink, linewidth=1, zorder=30, solid_joinstyle="miter")
    label = f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m"
    name(ax, end - length / 2, base + 7 * per_point, label, size=6.5, order=30)


def dots_per_inch(ax: Axes) -> float:
    """Return the resolution of the axes' figure; InputError if they are in none."""
    figure = ax.get_figure(root=True)
    if figure is None:
        raise InputError("axes-detached", "These axes are in no figure.", "Pass axes of a figure, or none.")
    return float(figure.dpi)


def strip_m(width_m: float, width_in: float) -> float:
    """Return how many metres of a map so many metres and inches wide the furniture takes at its foot."""
    return 24 * width_m / (width_in * 72)
