"""The frontier of plans as a picture: how many households change grid, and what that gains."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter

from gridmap.errors import InputError
from gridmap.maps.look import chinese_type, colour, token
from gridmap.maps.plot import Picture

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["frontier_plot"]

_SIZE = 34.0
_NEEDED = (
    "choice",
    "households_moved",
    "households_moved_pct",
    "mean_polsby_popper",
    "in_range_pct",
    "compounds_split",
)


def frontier_plot(table: DataFrame, *, ax: Axes | None = None, title: str = "") -> Figure:
    """Draw plans by households that change grid (across) and mean compactness (up), on `ax` if given.

    `table` is that of the choices: a row per plan, the present one (choice 0) first. Plans with all grids in range are
    joined by a line; the colour and the sign tell how many are. Returns the figure. InputError for another table.
    """
    missing = [name for name in _NEEDED if name not in table]
    if missing:
        raise InputError("table-columns", f"The table has no column {missing[0]}.", "Pass the table of the choices.")
    with chinese_type():
        if ax is None:
            ax = Picture(6.4, 3.9).add_axes((0.105, 0.135, 0.865, 0.755))
        figure = ax.get_figure(root=True)
        if figure is None:
            raise InputError("axes-detached", "These axes are in no figure.", "Pass axes of a figure, or none.")
        moved, compact = (table[name].to_numpy(float) for name in ("households_moved_pct", "mean_polsby_popper"))
        whole = table["in_range_pct"].to_numpy(float) >= 100
        chosen = table["choice"].to_numpy(int) > 0
        _points(ax, moved, compact, whole, chosen)
        _numbers(ax, table, moved, compact, chosen)
        _furnish(ax, table, whole, title)
    return figure


def _points(ax: Axes, moved: Any, compact: Any, whole: Any, chosen: Any) -> None:
    line = np.flatnonzero(whole & chosen)
    ink = colour("grid", "boundary")
    ax.plot(moved[line], compact[line], color=colour("ui", "line"), linewidth=1.4, zorder=1)
    for rows, face, marker in (
        (chosen & whole, colour("status", "in_range"), "o"),
        (chosen & ~whole, colour("status", "over"), "o"),
        (~chosen, colour("ui", "surface"), "D"),
    ):
        ax.scatter(
            moved[rows], compact[rows], s=_SIZE, marker=marker, color=face, edgecolors=ink, linewidths=0.9, zorder=3
        )


def _numbers(ax: Axes, table: DataFrame, moved: Any, compact: Any, chosen: Any) -> None:
    """Write the number of each plan left above its point, where a frontier leaves room, unless it covers another."""
    order = [*np.flatnonzero(~chosen), *np.flatnonzero(chosen)[[0, -1]]] if chosen.any() else []
    order += [row for row in np.flatnonzero(chosen) if row not in order]
    span = (max(np.ptp(moved), 1e-6), max(np.ptp(compact), 1e-6))
    written: list[tuple[float, float]] = []
    for row in order:
        place = (moved[row] / span[0], compact[row] / span[1])
        if any(abs(place[0] - one[0]) < 0.035 and abs(place[1] - one[1]) < 0.05 for one in written):
            continue
        written.append(place)
        text = "现行" if not chosen[row] else str(int(table["choice"].iloc[row]))
        style: dict[str, Any] = {"ha": "right", "va": "bottom", "fontsize": 7, "color": colour("ui", "text")}
        ax.annotate(text, (moved[row], compact[row]), xytext=(-3.5, 1.5), textcoords="offset points", zorder=4, **style)


def _furnish(ax: Axes, table: DataFrame, whole: Any, title: str) -> None:
    muted = colour("ui", "muted")
    ax.set_title(title or _headline(table, whole), fontsize=9.5, loc="left", parse_math=False)
    ax.set_xlabel("变更网格的住户（%）", fontsize=7.5, color=muted)
    ax.set_ylabel("网格平均紧凑度（Polsby–Popper）", fontsize=7.5, color=muted)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.margins(0.06, 0.13)
    ax.grid(color=colour("ui", "line"), linewidth=0.5, zorder=0)
    ax.tick_params(length=0, labelsize=7, colors=muted)
    for side in ("left", "right", "top"):
        ax.spines[side].set_visible(False)
    ax.spines["bottom"].set_color(colour("ui", "line"))
    ink = colour("grid", "boundary")
    style: dict[str, Any] = {"linestyle": "none", "markersize": 5.5, "markeredgecolor": ink, "markeredgewidth": 0.9}
    signs = [token("status", name, "sign") for name in ("in_range", "over")]
    entries = [
        Line2D([], [], marker="o", color=colour("status", "in_range"), label=f"{signs[0]} 全部在范围内", **style)
    ]
    if (~whole[1:]).any():
        entries.append(
            Line2D([], [], marker="o", color=colour("status", "over"), label=f"{signs[1]} 部分超出范围", **style)
        )
    share = float(table["in_range_pct"].iloc[0])
    entries.append(
        Line2D([], [], marker="D", color=colour("ui", "surface"), label=f"现行方案（{share:.0f}% 在范围内）", **style)
    )
    ax.legend(handles=entries, loc="lower right", fontsize=7, frameon=False)


def _headline(table: DataFrame, whole: Any) -> str:
    rows = table[whole & (table["choice"].to_numpy(int) > 0)]
    if rows.empty:
        return f"{len(table) - 1} 个可选方案"
    least = rows["households_moved"].min()
    return f"{len(table) - 1} 个可选方案：最少 {int(least):,} 户变更网格即可全部达标"
