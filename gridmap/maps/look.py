"""The tokens of `rules/look.toml` as the pictures on paper read them: the light side of every colour."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib import font_manager
from numpy.typing import NDArray
from pylopdf_fonts_zh_cn import sans_path

from gridmap.rules import table

__all__ = ["STATUSES", "chinese_type", "colour", "fill_alpha", "token"]

STATUSES = ("under", "in_range", "over", "unknown", "special")


def token(*path: str) -> Any:
    """Return a value of `look.toml` by its path.

    >>> token("status", "over", "zh")
    '偏大'
    """
    value: Any = table("look")
    for name in path:
        value = value[name]
    return value


def colour(*path: str) -> str:
    """Return the light colour at a path of `look.toml`.

    >>> colour("status", "under")
    '#2c7fb8'
    """
    return str(token(*path, "light"))


def fill_alpha(distance: NDArray[np.float64], window: tuple[int, int]) -> NDArray[np.float64]:
    """Return how opaque a grid out of range is filled: the farther, the more. As the web pages do it."""
    far = np.minimum(1.0, np.abs(distance) / max(1.0, 0.75 * (window[1] - window[0])))
    return float(token("grid", "fill_opacity")) + 0.5 * (far - 0.5)


@cache
def _family() -> str:
    path = str(Path(sans_path()))
    font_manager.fontManager.addfont(path)
    return font_manager.FontProperties(fname=path).get_name()


@contextmanager
def chinese_type() -> Iterator[None]:
    """Draw text in the Chinese font that comes with the package, within this block only.

    Text made inside keeps the font; a sign it lacks is taken from the font that comes with matplotlib.
    """
    with mpl.rc_context({"font.family": [_family(), "DejaVu Sans"], "font.size": 8, "axes.unicode_minus": False}):
        yield
