"""How well shapes fit where a city's layers are: what they are drawn to, what they keep off, and by how much they miss.

The city is laid on squares: +1 where the layer's points belong (streets lie on streets), −1 where they do not (houses
stand on no street). The mean over the points is the fit; its correlation over all translations, by one Fourier
transform, is where the layer would fit best.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["Fit", "Ground", "ground", "layer_points"]

Floats = NDArray[np.float64]

_SQUARES = 1024
_FINEST_M = 4.0
_MARGIN_M = 2_500.0
_REACH_M = 2_000.0
"""No shift that is known, and no wrong datum, moves a layer farther than this."""

_LIKES: Mapping[str, Mapping[str, float]] = {
    "subdistricts": {"communities": 1.0, "streets": 1.0, "buildings": -1.0},
    "communities": {"communities": 1.0, "streets": 1.0, "buildings": -1.0},
    "grids": {"communities": 1.0, "streets": 1.0, "buildings": -1.0},
    "compounds": {"compounds": 1.0, "streets": -1.0, "buildings": -1.0, "communities": -0.5},
    "entrances": {"compounds": 1.0, "buildings": -1.0},
    "buildings": {"buildings": 1.0, "streets": -1.0, "communities": -0.5},
    "streets": {"streets": 1.0, "buildings": -1.0, "communities": 0.5},
    "barriers": {"barriers": 1.0, "buildings": -1.0},
    "water": {"water": 1.0, "streets": -1.0, "buildings": -1.0},
    "green": {"green": 1.0, "streets": -1.0, "buildings": -1.0, "communities": -0.5},
    "facilities": {"buildings": 0.5, "streets": -1.0, "facilities": 1.0, "communities": -0.5},
}
"""What the points of a layer are drawn to in another (its edges where that has areas), and what they keep off."""


_FILLED = frozenset({"green", "water"})
_RINGS = 12


@dataclass(frozen=True, slots=True)
class Fit:
    """How a layer fits where it lies: `here` and `best` mean over its points, `usual` over all translations.

    `east_m`, `north_m` lead from where it lies to where it would fit best; `clear` says how far the best one stands
    out, in standard deviations of all, `here_clear` how far the place where it lies does.
    """

    here: float
    best: float
    usual: float
    east_m: float
    north_m: float
    clear: float
    here_clear: float


@dataclass(frozen=True, slots=True)
class Ground:
    """A city on squares of `cell_m`, from its south-western corner: what a layer likes and what is inside the city."""

    likes: Floats
    spectrum: NDArray[np.complex128]
    inside: NDArray[np.bool_]
    x0: float
    y0: float
    cell_m: float
    by: tuple[str, ...]

    @property
    def middle(self) -> Floats:
        """The middle of the city."""
        rows, columns = self.likes.shape
        return np.array([self.x0 + columns * self.cell_m / 2, self.y0 + rows * self.cell_m / 2])

    def share_inside(self, points: Floats) -> float:
        """Return the share of points that lie in the city."""
        row, column, there = self._squares(points)
        return float(self.inside[row, column].sum() / max(len(points), 1)) if there.any() else 0.0

    def fit(self, points: Floats, *, reach_m: float = _REACH_M, anywhere: bool = False) -> Fit:
        """Measure how points (n, 2) fit, moved by at most `reach_m`; `anywhere`: across the whole city."""
        row, column, _ = self._squares(points)
        layer = np.zeros(self.likes.shape)
        np.add.at(layer, (row, column), 1.0)
        over = np.fft.irfft2(self.spectrum * np.conj(np.fft.rfft2(layer)), s=self.likes.shape) / max(len(points), 1)
        reach = min(int(reach_m / self.cell_m), min(over.shape) // 2 - 1)
        seen = over if anywhere else _around(over, reach)
        up, right = np.unravel_index(int(np.argmax(seen)), seen.shape)
        rows, columns = over.shape
        north = int(up) - reach if not anywhere else int(up) - rows * (int(up) > rows // 2)
        east = int(right) - reach if not anywhere else int(right) - columns * (int(right) > columns // 2)
        usual, spread = float(seen.mean()), float(seen.std())
        best = float(seen.max())
        here = float(_around(over, 1).max())  # half a square of rounding either way
        clear = (best - usual) / spread if spread > 0 else 0.0
        stands = (here - usual) / spread if spread > 0 else 0.0
        return Fit(here, best, usual, east * self.cell_m, north * self.cell_m, clear, stands)

    def _squares(self, points: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
        rows, columns = self.likes.shape
        with np.errstate(invalid="ignore"):
            column = np.floor((points[:, 0] - self.x0) / self.cell_m)
            row = np.floor((points[:, 1] - self.y0) / self.cell_m)
            there = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
        return row[there].astype(np.int64), column[there].astype(np.int64), there


def _around(over: Floats, reach: int) -> Floats:
    """Return the translations of at most `reach` squares, from south-west to north-east."""
    steps = np.arange(-reach, reach + 1)
    return over[np.ix_(steps, steps)]


def ground(
    layers: Mapping[str, gpd.GeoDataFrame], layer: str, *, window: tuple[float, float, float] | None = None
) -> Ground | None:
    """Lay a city's layers, in metres, on squares for the points of `layer`; None if there is nothing to compare with.

    `window` (x, y of its middle, half its width in metres) takes a part of the city on finer squares.
    """
    known = {name: np.asarray(frame.geometry.array, dtype=object) for name, frame in layers.items() if len(frame)}
    if not known:
        return None
    if window is None:
        west, south, east, north = shapely.total_bounds(known.get("communities", next(iter(known.values()))))
        west, south, east, north = west - _MARGIN_M, south - _MARGIN_M, east + _MARGIN_M, north + _MARGIN_M
        cell = max(_FINEST_M, max(east - west, north - south) / _SQUARES)
    else:
        x, y, half = window
        west, south, east, north, cell = x - half, y - half, x + half, y + half, 2 * half / _SQUARES
    shape = (int((north - south) / cell) + 1, int((east - west) / cell) + 1)
    likes, by = np.zeros(shape), []
    for name, weight in _LIKES[layer].items():
        if name in known:
            by.append(name)
            near = (
                known[name]
                if window is None
                else shapely.intersection(known[name], shapely.box(west, south, east, north))
            )
            column, row = np.floor((outline_points(near, step_m=cell / 2) - [west, south]) / cell).astype(np.int64).T
            there = (row >= 0) & (row < shape[0]) & (column >= 0) & (column < shape[1])
            mask = np.zeros(shape, dtype=bool)
            mask[row[there], column[there]] = True
            likes += weight * mask
    inside = np.ones(shape, dtype=bool) if window else _inside(known, shape, west, south, cell)
    likes = _centred(likes, inside)
    return Ground(likes, np.fft.rfft2(likes), inside, west, south, cell, tuple(by))


def _centred(likes: Floats, inside: NDArray[np.bool_]) -> Floats:
    """Make the city's average 0 and what lies outside worse: else a layer that keeps off things had best leave."""
    if not inside.any():
        return likes
    usual, spread = likes[inside].mean(), likes[inside].std()
    return np.asarray(np.where(inside, likes - usual, -spread / 2))


def _inside(
    known: Mapping[str, NDArray[np.object_]], shape: tuple[int, int], x0: float, y0: float, cell: float
) -> NDArray[np.bool_]:
    """Tell which squares lie in the city: in its communities, else in the hull of all there is."""
    if "communities" in known:
        area = shapely.union_all(shapely.buffer(known["communities"], cell))
    else:
        boxes = [shapely.box(*shapely.total_bounds(shapes)) for shapes in known.values()]
        area = shapely.convex_hull(shapely.union_all(boxes))
    shapely.prepare(area)
    coarse = 4
    rows, columns = shape[0] // coarse + 1, shape[1] // coarse + 1
    y, x = np.mgrid[0:rows, 0:columns]
    middle = (np.stack([x, y], axis=-1) + 0.5) * cell * coarse + [x0, y0]
    held = shapely.contains_xy(area, middle[..., 0], middle[..., 1])
    whole: NDArray[np.bool_] = np.kron(held, np.ones((coarse, coarse), dtype=bool))[: shape[0], : shape[1]]
    return whole


def outline_points(shapes: NDArray[np.object_], *, step_m: float, most: int = 3_000_000) -> Floats:
    """Return points along outlines and lines, at most `step_m` apart, and points themselves."""
    there = shapes[~shapely.is_missing(shapes)]
    lengths = float(shapely.length(there).sum())
    step = max(step_m, lengths / most)
    # Areas are cut by a window into areas whose edges are the window's: only outlines count.
    dense = shapely.segmentize(there, step)
    return np.asarray(shapely.get_coordinates(dense), dtype=np.float64)


def layer_points(layer: str, shapes: NDArray[np.object_], *, step_m: float) -> Floats:
    """Return the points by which a layer is judged: along its outlines, and within what nothing should run through."""
    if layer not in _FILLED:
        return outline_points(shapes, step_m=step_m, most=300_000)
    points, inner = [outline_points(shapes, step_m=step_m, most=300_000)], shapes
    for _ in range(_RINGS):
        inner = shapely.buffer(inner, -2 * step_m, join_style="mitre")
        inner = inner[~shapely.is_empty(inner)]
        if not len(inner):
            break
        points.append(outline_points(inner, step_m=2 * step_m, most=100_000))
    return np.concatenate(points)
