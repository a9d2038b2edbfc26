"""A coverage on paper: areas by the way on foot, and who is left out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from gridmap.errors import InputError
from gridmap.maps import draw
from gridmap.maps.coverage_map import outline
from gridmap.maps.ground import plain_name, shapes_of
from gridmap.maps.look import chinese_type, colour
from gridmap.maps.paper import WIDTH_IN, Picture, borders, fit, footing, ground
from gridmap.maps.reach import band_colours, band_names
from gridmap.maps.service_words import dots, glyph, limit_words, seats, speed_words
from gridmap.release import CoverageFigures, bands_of
from gridmap.streets import isochrone

if TYPE_CHECKING:
    from gridmap.facilities import Coverage, HotSpot

__all__ = ["coverage_plot"]


def coverage_plot(
    coverage: Coverage,
    figures: CoverageFigures,
    spots: Sequence[HotSpot],
    *,
    ax: Axes | None = None,
    title: str = "",
    day: date | None = None,
) -> Figure:
    """Draw a coverage with its clusters that are not covered, for a page 7.2 inches wide; on `ax` if given.

    `figures` are the released figures of the coverage and the clusters. InputError if they are not. Returns the figure.
    """
    if not isinstance(figures, CoverageFigures):
        raise InputError("not-released", "A picture shows released figures only.", "Use coverage_figures.")
    city, kind = coverage.ground.city, coverage.supply.kind
    west, south, east, north = shapely.total_bounds(shapes_of(city.communities)).tolist()
    with chinese_type():
        if ax is None:
            tall = WIDTH_IN * min(1.6, max(0.5, (north - south) / (east - west))) + 0.35
            picture = Picture(WIDTH_IN, tall + 0.95)
            ax = picture.add_axes((0.02, 0.45 / (tall + 0.95), 0.96, tall / (tall + 0.95)))
        figure = ax.get_figure(root=True)
        if figure is None:
            raise InputError("axes-detached", "These axes are in no figure.", "Pass axes of a figure, or none.")
        fit(ax, (west, south, east, north))
        ground(ax, city, shapes_of(city.communities))
        _reach(ax, coverage)
        _left_out(ax, coverage, figures)
        borders(ax, city)
        _marks(ax, coverage, spots)
        draw.furniture(ax)
        covered, whole = figures.city.shown("households_covered")[0], figures.city.shown("households")[0]
        line = f"{covered} / {whole} 户在{limit_words(coverage.limit)[0]}可达{kind.zh}"
        ax.set_title(title or f"{plain_name(city)}：{line}", fontsize=10, loc="left", parse_math=False)
        _legend(figure, coverage, spots)
        footing(figure, city, figures.city, day)
    return figure


def _reach(ax: Axes, coverage: Coverage) -> None:
    limits = bands_of(coverage)
    if not len(coverage.supply.doors):
        return
    areas = isochrone(coverage.ground.network, coverage.supply.doors.snapped, limits_m=limits).polygons
    shades = band_colours(len(limits))
    for at in range(len(limits)):
        band = areas[at] if at == 0 else shapely.difference(areas[at], areas[at - 1])
        draw.fill(ax, np.array([band], dtype=object), facecolor=colour(*_path(shades[at])), alpha=0.6, zorder=8)


def _path(name: str) -> tuple[str, str]:
    table, _, key = name.partition("-")
    return table, key.replace("-", "_")


def _left_out(ax: Axes, coverage: Coverage, figures: CoverageFigures) -> None:
    layer = dots(coverage, figures)
    xy = shapely.get_coordinates(layer.shapes)
    # On paper a page holds a thousand pixels of map, as a screen at zoom 14 does.
    area = (np.asarray(layer.size, float) * 0.75) ** 2 * np.pi
    ax.scatter(xy[:, 0], xy[:, 1], s=area, c=colour("coverage", "uncovered"), linewidths=0, zorder=9)


def _marks(ax: Axes, coverage: Coverage, spots: Sequence[HotSpot]) -> None:
    ink = colour("coverage", "cluster")
    draw.lines(ax, np.array([outline(one.area) for one in spots], dtype=object), width=0.9, colour=ink, order=13)
    text: dict[str, Any] = {
        "ha": "center",
        "va": "center",
        "color": colour("ui", "facility_text"),
        "zorder": 22,
        "parse_math": False,
    }
    for one in spots:
        ax.scatter([one.x], [one.y], s=42, c=ink, linewidths=0.6, edgecolors="white", zorder=21)
        ax.text(one.x, one.y, str(one.rank), fontsize=5, **text)
    points = shapely.get_coordinates(seats(coverage.ground.city, coverage.supply))
    size, few = (60, 5.5) if len(points) <= 40 else (16, 0)
    ink = colour("siting", "existing")
    ax.scatter(points[:, 0], points[:, 1], s=size, c=ink, linewidths=0.6, edgecolors="white", zorder=21)
    for x, y in points if few else []:
        ax.text(x, y, glyph(coverage.supply.kind.id), fontsize=few, **text)


def _legend(figure: Figure, coverage: Coverage, spots: Sequence[HotSpot]) -> None:
    limits = bands_of(coverage)
    entries: list[Patch | Line2D] = [
        Patch(label=name[0], facecolor=colour(*_path(shade)), alpha=0.6, linewidth=0)
        for name, shade in zip(band_names(limits, coverage.limit), band_colours(len(limits)), strict=True)
    ]
    round_: dict[str, Any] = {"color": "none", "marker": "o", "linewidth": 0}
    dot = colour("coverage", "uncovered")
    entries.append(Line2D([], [], label="未覆盖住户", markerfacecolor=dot, markersize=3, **round_))
    if spots:
        entries.append(Patch(label="未覆盖集中片区", facecolor="none", edgecolor=colour("coverage", "cluster")))
    seat = colour("siting", "existing")
    entries.append(Line2D([], [], label=coverage.supply.kind.zh, markerfacecolor=seat, markersize=6, **round_))
    inch = 1 / figure.get_figheight()
    figure.legend(
        handles=entries, loc="lower left", bbox_to_anchor=(0.01, 0.17 * inch), ncols=len(entries), frameon=False,
        fontsize=7, handlelength=1.6, columnspacing=1.2, handletextpad=0.5,
    )  # fmt: skip
    figure.text(
        0.98, 0.09 * inch, speed_words(coverage.limit)[0].replace(" ⚠", ""), ha="right", fontsize=6.5,
        color=colour("ui", "muted"), parse_math=False,
    )  # fmt: skip
