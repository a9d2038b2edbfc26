"""How wide text is, how it breaks into lines, and which labels have room on a sheet."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import shapely
from matplotlib.ft2font import FT2Font, LoadFlags
from numpy.typing import NDArray
from pylopdf_fonts_zh_cn import sans_path

__all__ = ["POINT_MM", "Labels", "box_of", "fitting", "width_em", "wrapped"]

POINT_MM = 25.4 / 72
"""Millimetres of a point."""
_LINE_EM = 1.12
_NO_START = "，。、；：）】》！？”’·"


@cache
def _font() -> FT2Font:
    font = FT2Font(str(Path(sans_path())))
    font.set_size(100, 72)
    return font


@cache
def _advance(letter: str) -> float:
    glyph = _font().load_char(ord(letter), flags=LoadFlags.NO_HINTING)
    return float(glyph.linearHoriAdvance) / 6_553_600


def width_em(text: str) -> float:
    """Return the width of a line of text, in ems of its type.

    >>> width_em("网格")
    2.0
    """
    return round(sum(map(_advance, text)), 3)


def fitting(text: str, size: float, width_mm: float) -> float:
    """Return the size in points, at most `size`, at which a line is no wider than `width_mm`."""
    wide = width_em(text) * size * POINT_MM
    return size if wide <= width_mm else size * width_mm / wide


def wrapped(text: str, size: float, width_mm: float, *, most: int = 99) -> list[str]:
    """Break text into lines of at most `width_mm`; what `most` lines cannot hold ends with an ellipsis.

    No line begins with punctuation.

    >>> wrapped("东至英雄路，南至北环路", 10, 20)
    ['东至英雄', '路，南至北', '环路']
    """
    room = width_mm / (size * POINT_MM)
    lines: list[str] = []
    line = ""
    for letter in text:
        if line and width_em(line + letter) > room:
            keep = line[-1] if letter in _NO_START and len(line) > 1 else ""
            lines.append(line[: len(line) - len(keep)])
            line = keep + letter
        else:
            line += letter
    lines += [line] if line else []
    if len(lines) > most:
        last = lines[most - 1]
        while last and width_em(last + "…") > room:
            last = last[:-1]
        lines = [*lines[: most - 1], last + "…"]
    return lines


def box_of(x: float, y: float, width: float, height: float, angle: float = 0.0) -> shapely.Polygon:
    """Return a rectangle about a point of a sheet whose y runs down, turned by degrees counterclockwise as seen."""
    turn = np.radians(angle)
    along = np.array([np.cos(turn), -np.sin(turn)]) * width / 2
    across = np.array([np.sin(turn), np.cos(turn)]) * height / 2
    signs = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    return shapely.Polygon(signs[:, :1] * along + signs[:, 1:] * across + [x, y])


class Labels:
    """The room that is left for labels inside a frame of a sheet: nothing that is put covers anything else.

    `frame` is west, top, east, bottom in millimetres of the sheet.
    """

    def __init__(self, frame: tuple[float, float, float, float]) -> None:
        self._frame = frame
        self._boxes: list[shapely.Polygon] = []
        self._bounds: NDArray[np.float64] = np.empty((64, 4))

    def free(self, box: shapely.Polygon) -> bool:
        """Tell whether a box lies in the frame and touches no other."""
        west, top, east, bottom = box.bounds
        frame = self._frame
        if west < frame[0] or top < frame[1] or east > frame[2] or bottom > frame[3]:
            return False
        taken = self._bounds[: len(self._boxes)]
        near = (taken[:, 0] <= east) & (taken[:, 2] >= west) & (taken[:, 1] <= bottom) & (taken[:, 3] >= top)
        return not any(box.intersects(self._boxes[row]) for row in np.flatnonzero(near))

    def block(self, box: shapely.Polygon) -> None:
        """Keep labels off a box."""
        if len(self._boxes) == len(self._bounds):
            self._bounds = np.concatenate([self._bounds, np.empty_like(self._bounds)])
        self._bounds[len(self._boxes)] = box.bounds
        self._boxes.append(box)

    def put(self, text: str, x: float, y: float, size: float, *, angle: float = 0.0, pad: float = 0.6) -> bool:
        """Take the room of a line of text centred on a point; False where there is none."""
        lines = text.split("\n")
        wide = max(map(width_em, lines)) * size * POINT_MM
        box = box_of(x, y, wide + 2 * pad, len(lines) * _LINE_EM * size * POINT_MM + pad, angle)
        if not self.free(box):
            return False
        self.block(box)
        return True
