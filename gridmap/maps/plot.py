"""Pictures of plans for notebooks and papers, with matplotlib. Chinese text is right on any machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from gridmap.errors import InputError
from gridmap.maps import draw
from gridmap.maps.ground import shapes_of
from gridmap.maps.look import STATUSES, chinese_type, colour, fill_alpha, token
from gridmap.maps.paper import WIDTH_IN, Picture, borders, fit, footing, ground
from gridmap.maps.payload import released_rows
from gridmap.maps.shapes import anchors, display_coverage

if TYPE_CHECKING:
    from gridmap.city import City
    from gridmap.plan import Plan
    from gridmap.release import Released

__all__ = ["Picture", "compare_plot", "histogram", "plot"]


@dataclass(frozen=True, slots=True)
class _Scene:
    """One plan made ready: shapes, rows of the balance, window."""

    city: City
    plan: Plan
    shapes: NDArray[np.object_]
    status: NDArray[np.str_]
    distance: NDArray[np.float64]
    window: tuple[int, int]
    bounds: tuple[float, float, float, float]


def plot(
    city: City,
    plan: Plan,
    balance: Released,
    *,
    ax: Axes | None = None,
    title: str = "",
    window: tuple[int, int] | None = None,
    day: date | None = None,
    names: bool = True,
) -> Figure:
    """Draw a plan with the status of its grids, for a page 7.2 inches wide; on `ax` if given. Returns the figure.

    `window` is the range of households of the balance (the profile's if left out), `day` the day the picture states
    (today), `names=False` leaves the names of communities out. InputError if the balance is not the plan's.
    """
    scene = _scene(city, plan, balance, window)
    with chinese_type():
        if ax is None:
            west, south, east, north = scene.bounds
            tall = WIDTH_IN * min(1.6, max(0.5, (north - south) / (east - west))) + 0.35
            picture = Picture(WIDTH_IN, tall + 0.95)
            ax = picture.add_axes((0.02, 0.45 / (tall + 0.95), 0.96, tall / (tall + 0.95)))
        figure = ax.get_figure(root=True)
        if figure is None:
            raise InputError("axes-detached", "These axes are in no figure.", "Pass axes of a figure, or none.")
        _map(ax, scene, names=names)
        ax.set_title(title or _headline(scene), fontsize=10, loc="left", parse_math=False)
        _legend(figure, [scene])
        footing(figure, city, balance, day)
    return figure


def compare_plot(
    city: City,
    plans: Sequence[Plan],
    balances: Sequence[Released],
    *,
    labels: Sequence[str] = ("调整前", "调整后"),
    title: str = "",
    window: tuple[int, int] | None = None,
    day: date | None = None,
    names: bool = False,
) -> Figure:
    """Draw two plans side by side, at one scale, with the histograms of their households below. As `plot` otherwise."""
    if not len(plans) == len(balances) == len(labels) == 2:
        raise InputError("two-plans", "A comparison takes two plans, two balances and two labels.")
    scenes = [_scene(city, plan, one, window) for plan, one in zip(plans, balances, strict=True)]
    west, south, east, north = scenes[0].bounds
    tall = WIDTH_IN / 2 * min(1.8, max(0.6, (north - south) / (east - west))) + 0.35
    height = tall + 2.15
    with chinese_type():
        picture = Picture(WIDTH_IN, height)
        if title:
            picture.suptitle(title, fontsize=11, x=0.02, ha="left", parse_math=False)
        axes = []
        for side, (scene, label) in enumerate(zip(scenes, labels, strict=True)):
            ax = picture.add_axes((0.02 + 0.49 * side, 1.5 / height, 0.47, tall / height))
            _map(ax, scene, names=names)
            ax.set_title(f"{label}　{_headline(scene)}", fontsize=8.5, loc="left", parse_math=False)
            axes.append(picture.add_axes((0.05 + 0.49 * side, 0.66 / height, 0.42, 0.62 / height)))
        most = max(_bars(ax, one, scenes[0].window, bins=4) for ax, one in zip(axes, balances, strict=True))
        for ax in axes:
            ax.set_ylim(0, most * 1.25)
        _legend(picture, scenes)
        footing(picture, city, balances[0], day)
    return picture


def histogram(balance: Released, *, window: tuple[int, int] = (300, 500), ax: Axes | None = None) -> Figure:
    """Draw how many resident grids have how many households, on `ax` if given. Returns the figure."""
    with chinese_type():
        if ax is None:
            ax = Picture(3.5, 1.9).add_axes((0.06, 0.2, 0.9, 0.66))
        figure = ax.get_figure(root=True)
        if figure is None:
            raise InputError("axes-detached", "These axes are in no figure.", "Pass axes of a figure, or none.")
        most = _bars(ax, balance, window)
        ax.set_ylim(0, most * 1.2)
        ax.set_title("网格按户数分布", fontsize=8.5, loc="left")
        ax.set_xlabel("户", fontsize=7)
    return figure


def _scene(city: City, plan: Plan, balance: Released, window: tuple[int, int] | None) -> _Scene:
    rows = released_rows(plan, balance)
    shapes = plan.polygons()
    resident = (rows["kind"] != "special").to_numpy(bool)
    shapes[resident] = display_coverage(shapes[resident], 2.0)
    bounds = shapely.total_bounds(shapes)
    if not np.isfinite(bounds).all():
        raise InputError("map-empty", "There is nothing to draw: no grid has an extent.", "Import communities.")
    rule = city.profile.grid
    status = np.array([one if one in STATUSES else "unknown" for one in rows["status"]], np.str_)
    distance = np.nan_to_num(rows["distance"].to_numpy(float, na_value=np.nan))
    limits = window or (rule.min_households, rule.max_households)
    return _Scene(city, plan, shapes, status, distance, limits, tuple(bounds.tolist()))


def _headline(scene: _Scene) -> str:
    resident = int((scene.status != "special").sum())
    low, high = scene.window
    return f"{int((scene.status == 'in_range').sum())} / {resident} 个居民网格在 {low}–{high} 户之间"


def _map(ax: Axes, scene: _Scene, *, names: bool) -> None:
    fit(ax, scene.bounds)
    ground(ax, scene.city, scene.shapes)
    _grids(ax, scene)
    marks = _marks(scene, names=names)
    draw.place_names(ax, marks)
    draw.furniture(ax)


def _grids(ax: Axes, scene: _Scene) -> None:
    alpha = fill_alpha(scene.distance, scene.window)
    for status in ("in_range", "under", "over"):
        rows = np.flatnonzero(scene.status == status)
        for row in rows if status != "in_range" else []:
            draw.fill(ax, scene.shapes[[row]], facecolor=colour("status", status), alpha=alpha[row], zorder=8)
        if status == "in_range":
            opacity = token("grid", "fill_opacity")
            draw.fill(ax, scene.shapes[rows], facecolor=colour("status", status), alpha=opacity, zorder=8)
    for status in ("unknown", "special"):
        hatched = scene.shapes[scene.status == status]
        style = {"hatch": "//////", "edgecolor": colour("status", status), "linewidth": 0.0, "facecolor": "none"}
        draw.fill(ax, hatched, **style, zorder=8)
    ink = colour("grid", "boundary")
    draw.lines(ax, shapely.boundary(scene.shapes), width=0.35, colour=ink, order=9, alpha=0.75)
    borders(ax, scene.city)


def _marks(scene: _Scene, *, names: bool) -> list[tuple[float, float, str, float]]:
    """Return what is written on the map, in order of rank: communities' names, then the signs of grids out of range."""
    marks: list[tuple[float, float, str, float]] = []
    if names:
        points, _ = anchors(shapes_of(scene.city.communities))
        spots = shapely.get_coordinates(points)
        texts = scene.city.communities["name"]
        marks += [(*spot, str(text), 6.5) for spot, text in zip(spots.tolist(), texts, strict=True)]
    rows = np.flatnonzero((scene.status == "under") | (scene.status == "over"))
    spots = shapely.get_coordinates(anchors(scene.shapes[rows])[0])
    signs = [token("status", scene.status[row], "sign") for row in rows]
    return marks + [(*spot, sign, 4.5) for spot, sign in zip(spots.tolist(), signs, strict=True)]


def _legend(figure: Figure, scenes: Sequence[_Scene]) -> None:
    shown = np.concatenate([scene.status for scene in scenes])
    low, high = scenes[0].window
    texts = {"under": f"<{low} 户", "in_range": f"{low}–{high} 户", "over": f">{high} 户", "special": "", "unknown": ""}
    entries: list[Patch | Line2D] = []
    for status in STATUSES:
        if status not in ("under", "in_range", "over") and status not in shown:
            continue
        sign, zh = token("status", status, "sign"), token("status", status, "zh")
        label = f"{sign} {zh} {texts[status]}".strip() if status != "special" else "专属网格"
        face = to_rgba(colour("status", status), 0.75 if status != "in_range" else token("grid", "fill_opacity"))
        style: dict[str, Any] = {"facecolor": face, "edgecolor": "#00000060", "linewidth": 0.4}
        if status in ("unknown", "special"):
            style = {"facecolor": "none", "edgecolor": colour("status", status), "hatch": "//////", "linewidth": 0}
        entries.append(Patch(label=label, **style))
    ink = colour("grid", "boundary")
    for label, width in (("网格界", 0.5), ("社区界", 1.0), ("街道界", 1.7)):
        entries.append(Line2D([], [], color=ink, linewidth=width, label=label))
    style = {"frameon": False, "fontsize": 7, "handlelength": 1.6, "columnspacing": 1.4, "handletextpad": 0.5}
    inch = 1 / figure.get_figheight()
    figure.legend(handles=entries, loc="lower left", bbox_to_anchor=(0.01, 0.17 * inch), ncols=len(entries), **style)


def _bars(ax: Axes, balance: Released, window: tuple[int, int], *, bins: int = 8) -> int:
    """Draw the histogram of resident grids, `bins` within the window; return the tallest bar's count."""
    table = balance.table
    resident = table[table["kind"] != "special"]
    values = resident["households"].to_numpy(float, na_value=np.nan)
    values = values[~np.isnan(values)]
    low, high = window
    step = max(1.0, (high - low) / bins)
    first = low - step * np.ceil(low / step)
    edges = np.arange(first, high + 0.8 * high + step, step)
    # The upper limit is in range, so it counts below the edge; what is beyond the last bin counts in it.
    inside = np.clip(np.where(values == high, high - 0.5, values), edges[0], edges[-1] - 0.5)
    counts, _ = np.histogram(inside, edges)
    status = np.where(edges[:-1] < low, "under", np.where(edges[:-1] < high, "in_range", "over"))
    shades = [colour("status", one) for one in status]
    ax.bar(edges[:-1], counts, width=step * 0.92, align="edge", color=shades, edgecolor="#00000030", linewidth=0.3)
    ax.set_xlim(0, edges[-1])
    ax.set_yticks([])
    ax.set_xticks([0, low, high])
    ax.tick_params(length=2, labelsize=6.5, width=0.5)
    for side in ("left", "right", "top"):
        ax.spines[side].set_visible(False)
    ax.spines["bottom"].set_linewidth(0.5)
    peak = int(counts.max(initial=0))
    for edge, count in zip(edges[:-1], counts, strict=True):
        if count:
            middle = (edge + step * 0.46, count)
            style: dict[str, Any] = {"ha": "center", "va": "bottom", "fontsize": 5.5}
            ax.annotate(str(count), middle, xytext=(0, 0.5), textcoords="offset points", **style)
    return max(peak, 1)
