"""A sheet of paper: text, tables and frames measured in millimetres of an A3 page, at any size of paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch, PathPatch, Rectangle
from matplotlib.path import Path
from matplotlib.patheffects import withStroke
from matplotlib.text import Text

from gridmap.atlas.lettering import POINT_MM, fitting, width_em, wrapped
from gridmap.errors import InputError
from gridmap.maps.look import colour
from gridmap.maps.paper import Picture

__all__ = ["PAPERS", "Sheet", "require_paper"]

PAPERS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {"A4": (210.0, 297.0), "A3": (297.0, 420.0), "A1": (594.0, 841.0)}
)
"""Short and long side in millimetres."""


def require_paper(paper: str) -> str:
    """Return the name of a paper size as it is written; InputError for one that is not known."""
    name = paper.strip().upper()
    if name not in PAPERS:
        raise InputError("paper-unknown", f"There is no paper {paper!r} here.", f"Use one of {', '.join(PAPERS)}.")
    return name


class Sheet:
    """A page on which everything is placed in A3 millimetres from its upper left corner; sizes are points on A3.

    `scale` is how much larger the real page is. `height` is 420 where it stands, 297 where it lies.
    """

    def __init__(self, paper: str, *, landscape: bool = False) -> None:
        short, long = PAPERS[require_paper(paper)]
        self.scale = short / PAPERS["A3"][0]
        across, down = (long, short) if landscape else (short, long)
        self.width, self.height = across / self.scale, down / self.scale
        self.figure = Picture(across / 25.4, down / 25.4)
        self.paper = self._axes((0.0, 0.0, self.width, self.height))
        self.paper.set_xlim(0, self.width)
        self.paper.set_ylim(self.height, 0)
        self.paper.set_zorder(5)
        self.paper.patch.set_visible(False)

    def _axes(self, box: tuple[float, float, float, float]) -> Axes:
        x, y, wide, tall = box
        frame = (x / self.width, 1 - (y + tall) / self.height, wide / self.width, tall / self.height)
        axes = self.figure.add_axes(frame)
        axes.set_axis_off()
        return axes

    def window(self, box: tuple[float, float, float, float], bounds: tuple[float, float, float, float]) -> Axes:
        """Return axes in a box (x, y, width, height) for the bounds of a map, whose shape must be that of the box."""
        axes = self._axes(box)
        west, south, east, north = bounds
        axes.set_xlim(west, east)
        axes.set_ylim(south, north)
        return axes

    def text(
        self, x: float, y: float, text: str, size: float, *, width: float | None = None, ink: str | None = None,
        halo: float = 0.0, **style: Any,
    ) -> Text:  # fmt: skip
        """Write a line; it is made smaller where it would be wider than `width`. Left and middle unless told."""
        size = fitting(text, size, width) if width else size
        if halo:
            ground = colour("base", "halo")
            style["path_effects"] = [withStroke(linewidth=halo * self.scale, foreground=ground, alpha=0.9)]
        look: dict[str, Any] = {
            "ha": "left",
            "va": "center",
            "color": ink or colour("ui", "text"),
            "zorder": 20,
        } | style
        # A dollar sign would start mathematics: a name is text.
        return self.paper.text(x, y, text, fontsize=size * self.scale, parse_math=False, **look)

    def block(
        self, x: float, y: float, text: str, size: float, width: float, *, most: int = 99, ink: str | None = None
    ) -> float:
        """Write text in lines of at most `width` from y down; returns where the next line would be."""
        step = size * POINT_MM * 1.45
        for number, line in enumerate(wrapped(text, size, width, most=most)):
            self.text(x, y + (number + 0.5) * step, line, size, ink=ink)
            y_end = y + (number + 1) * step
        return y_end if text else y

    def rule(self, x: float, y: float, width: float, *, weight: float = 0.6, ink: str | None = None) -> None:
        """Draw a line across."""
        style: dict[str, Any] = {"linewidth": weight * self.scale, "color": ink or colour("ui", "line"), "zorder": 10}
        self.paper.plot([x, x + width], [y, y], **style)

    def frame(self, box: tuple[float, float, float, float], *, weight: float = 0.8) -> None:
        """Draw a frame about a box (x, y, width, height)."""
        x, y, wide, tall = box
        ink = colour("grid", "boundary")
        style: dict[str, Any] = {"fill": False, "linewidth": weight * self.scale, "edgecolor": ink, "zorder": 30}
        self.paper.add_patch(Rectangle((x, y), wide, tall, **style))

    def badge(self, right: float, y: float, text: str, size: float) -> None:
        """Write a remark in a coloured box that ends at `right`."""
        wide, tall = width_em(text) * size * POINT_MM + 4, size * POINT_MM * 1.5
        box = FancyBboxPatch((right - wide, y - tall / 2), wide, tall, boxstyle="round,pad=0,rounding_size=1.5")
        box.set(facecolor=colour("ui", "badge_ground"), linewidth=0, zorder=15)
        self.paper.add_patch(box)
        self.text(right - wide / 2, y, text, size, ha="center", ink=colour("ui", "badge"))

    def squares(self, x: float, y: float, side: float, dark: np.ndarray[Any, np.dtype[np.bool_]]) -> None:
        """Draw a square code of dark and light modules."""
        step = side / len(dark)
        rows, columns = np.nonzero(dark)
        corner = np.stack([x + columns * step, y + rows * step], axis=1)
        ring = np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]) * step
        vertices = (corner[:, None, :] + ring[None]).reshape(-1, 2)
        codes = np.tile([Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY], len(corner))
        self.paper.add_patch(PathPatch(Path(vertices, codes), facecolor="black", linewidth=0, zorder=15))

    def table(
        self, x: float, y: float, widths: Sequence[float], rows: Sequence[Sequence[str]], *, size: float, bottom: float
    ) -> int:
        """Write rows, the first of which is the head, down to `bottom`; returns how many rows after it had room.

        Cells break into lines; a row is never divided.
        """
        step = size * POINT_MM * 1.35
        done = -1
        for number, row in enumerate(rows):
            cells = [wrapped(text, size, wide - 2.0) or [""] for text, wide in zip(row, widths, strict=True)]
            tall = max(map(len, cells)) * step + 1.4
            if y + tall > bottom and number > 1:
                break
            left = x
            ink = colour("ui", "muted") if number == 0 else None
            for lines, wide in zip(cells, widths, strict=True):
                for at, line in enumerate(lines):
                    self.text(left + 0.6, y + 0.7 + (at + 0.5) * step, line, size, ink=ink)
                left += wide
            y += tall
            self.rule(x, y, sum(widths), weight=0.8 if number == 0 else 0.35)
            done += 1
        return done
