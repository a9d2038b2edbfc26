"""What every picture on paper shares: the figure, the city below the answer, its boundaries, and the footing."""

from __future__ import annotations

from datetime import UTC, date, datetime
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from gridmap.maps import draw
from gridmap.maps.ground import basis_of, shapes_of
from gridmap.maps.look import colour, token
from gridmap.maps.shapes import STREET_CLASSES

if TYPE_CHECKING:
    from gridmap.city import City
    from gridmap.release import Released

__all__ = ["WIDTH_IN", "Picture", "borders", "fit", "footing", "ground"]

WIDTH_IN = 7.2
_STREET_PT = {"arterial": 1.9, "collector": 1.3, "local": 0.7, "lane": 0.35, "path": 0.25}
_BASES = {"dwelling": "住宅套数", "resident": "常住户", "registered": "户籍户", "unstated": "未注明"}


class Picture(Figure):
    """A matplotlib figure that a notebook shows by itself and that no global state of pyplot knows."""

    def __init__(self, width_in: float, height_in: float) -> None:
        super().__init__(figsize=(width_in, height_in), dpi=200, facecolor="white")
        FigureCanvasAgg(self)

    def _repr_png_(self) -> bytes:
        buffer = BytesIO()
        self.savefig(buffer, format="png")
        return buffer.getvalue()


def fit(ax: Axes, bounds: tuple[float, float, float, float]) -> None:
    """Give axes the extent of a map, with room for the furniture at its foot."""
    west, south, east, north = bounds
    margin = 0.015 * max(east - west, north - south)
    ax.set_axis_off()
    ax.set_aspect("equal", adjustable="box", anchor="C")
    ax.set_xlim(west - margin, east + margin)
    width_in = ax.get_window_extent().width / draw.dots_per_inch(ax)
    ax.set_ylim(south - margin - draw.strip_m(east - west, width_in), north + margin)
    ax.apply_aspect()


def ground(ax: Axes, city: City, land: NDArray[np.object_]) -> None:
    """Draw the city below every answer; `land` are the shapes that its ground is."""
    draw.fill(ax, land, facecolor=colour("base", "land"), zorder=1)
    draw.fill(ax, shapes_of(city.green), facecolor=colour("base", "green"), zorder=2)
    draw.fill(ax, shapes_of(city.water), facecolor=colour("base", "water"), zorder=3)
    # On paper the whole city is some hundred pixels to the kilometre: lanes and paths would only grey it.
    known = city.streets["class"].where(city.streets["class"].isin(STREET_CLASSES), "local")
    for rank, kind in enumerate(reversed(STREET_CLASSES[:3])):
        shapes = shapes_of(city.streets[known == kind])
        width, casing = _STREET_PT[kind], colour("base", "street_casing")
        draw.lines(ax, shapes, width=width + 0.5, colour=casing, order=4 + rank / 10)
        draw.lines(ax, shapes, width=width, colour=colour("base", "street"), order=5 + rank / 10)
    outlines = shapes_of(city.buildings)
    flat = np.isin(shapely.get_type_id(outlines), [3, 6])
    draw.fill(ax, outlines[flat], facecolor=colour("base", "building"), zorder=6)
    for kind, rows in city.barriers.groupby(city.barriers["kind"].fillna("other")):
        own = kind if kind in token("barrier") else "other"
        draw.lines(ax, shapes_of(rows), width=1.2, colour=colour("barrier", own), order=7)


def borders(ax: Axes, city: City) -> None:
    """Draw the boundaries of communities and subdistricts."""
    ink = colour("grid", "boundary")
    draw.lines(ax, shapely.boundary(shapes_of(city.communities)), width=0.9, colour=ink, order=10)
    districts = shapely.boundary(shapes_of(city.subdistricts))
    draw.lines(ax, districts, width=2.4, colour=colour("base", "halo"), order=11)
    draw.lines(ax, districts, width=1.5, colour=ink, order=12)


def footing(figure: Figure, city: City, balance: Released | None, day: date | None) -> None:
    """Write under a picture what its households count, and the day; mark invented data."""
    basis, as_of = basis_of(city, balance)
    parts = [city.name, f"户数口径：{'、'.join(_BASES.get(one, one) for one in basis.split('/'))}"]
    parts += [f"截至 {as_of}"] if as_of else []
    parts.append(f"{(day or datetime.now(UTC).astimezone().date()).isoformat()} 制图")
    ink = colour("ui", "muted")
    figure.text(
        0.02, 0.09 / figure.get_figheight(), "　".join(filter(None, parts)), fontsize=6.5, color=ink, parse_math=False
    )
    if city.sample:
        box = {"boxstyle": "round,pad=0.35", "facecolor": colour("ui", "badge_ground"), "edgecolor": "none"}
        place = (0.98, 1 - 0.13 / figure.get_figheight())
        figure.text(*place, "虚构示例", ha="right", va="top", fontsize=7.5, color=colour("ui", "badge"), bbox=box)
