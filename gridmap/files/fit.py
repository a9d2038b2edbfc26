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

__all__ = ["Fit", "Ground", "ground", "outline_points"]

Floats = NDArray[np.float64]

_SQUARES = 1024
_FINEST_M = 4.0
_MARGIN_M = 2_500.0
_REACH_M = 2_000.0
"""No shift that is known, and no wrong datum, moves a layer farther than this."""

_EDGES = {"communities": 1.0, "subdistricts": 1.0, "grids": 1.0}
_LIKES: Mapping[str, Mapping[str, float]] = {
    "subdistricts": {"communities": 1.0, "streets": 1.0, "buildings": -1.0},
    "communities": {"communities": 1.0, "streets": 1.0, "buildings": -1.0},
    "grids": {"communities": 1.0, "streets": 1.0, "buildings": -1.0},
    "compounds": {"compounds": 1.0, "streets": -1.0, "buildings": -1.0, "communities": -0.5},
    "entrances": {"compounds": 1.0, "buildings": -1.0},
    "buildings": {"buildings": 1.0, "streets": -1.0, "communities": -0.5},
    "streets": {"streets": 1.0, "buildings": -1.0},
    "barriers": {"barriers": 1.0, "buildings": -1.0},
    "water": {"water": 1.0, "streets": -1.0, "buildings": -1.0},
    "green": {"green": 1.0, "streets": -1.0, "buildings": -1.0},
    "facilities": {"buildings": 0.5, "streets": -1.0, "facilities": 1.0},
}
"""What the points of a layer are drawn to in another (its edges where that has areas), and what they keep off."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How a layer fits where it lies: `here` and `best` mean over its points, `usual` over all translations.

    `east_m`, `north_m` lead from where it lies to where it would fit best; `clear` says how far the best one stands
    out, in standard deviations of all.
    """

    here: float
    best: float
    usual: float
    east_m: float
    north_m: float
    clear: float


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

    def fit(self, points: Floats, *, anywhere: bool = False) -> Fit:
        """Measure how points (n, 2) fit; with `anywhere`, the best translation may lead across the whole city."""
        row, column, _ = self._squares(points)
        layer = np.zeros(self.likes.shape)
        np.add.at(layer, (row, column), 1.0)
        over = np.fft.irfft2(self.spectrum * np.conj(np.fft.rfft2(layer)), s=self.likes.shape) / max(len(points), 1)
        reach = int(_REACH_M / self.cell_m)
        seen = over if anywhere else _around(over, reach)
        up, right = np.unravel_index(int(np.argmax(seen)), seen.shape)
        rows, columns = over.shape
        north = int(up) - reach if not anywhere else int(up) - rows * (int(up) > rows // 2)
        east = int(right) - reach if not anywhere else int(right) - columns * (int(right) > columns // 2)
        usual, spread = float(seen.mean()), float(seen.std())
        best = float(seen.max())
        here = float(_around(over, 1).max())  # half a square of rounding either way
        clear = (best - usual) / spread if spread > 0 else 0.0
        return Fit(here, best, usual, east * self.cell_m, north * self.cell_m, clear)

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


def ground(layers: Mapping[str, gpd.GeoDataFrame], layer: str) -> Ground | None:
    """Lay a city's layers, in metres, on squares for the points of `layer`; None if there is nothing to compare with."""
    known = {name: np.asarray(frame.geometry.array, dtype=object) for name, frame in layers.items() if len(frame)}
    bounds = [shapely.total_bounds(shapes) for shapes in known.values()]
    if not bounds:
        return None
    around = known.get("communities", next(iter(known.values())))
    west, south, east, north = shapely.total_bounds(around)
    size = max(east - west, north - south) + 2 * _MARGIN_M
    cell = max(_FINEST_M, size / _SQUARES)
    x0, y0 = west - _MARGIN_M, south - _MARGIN_M
    shape = (int((north - south + 2 * _MARGIN_M) / cell) + 1, int((east - west + 2 * _MARGIN_M) / cell) + 1)
    likes = np.zeros(shape)
    by = []
    for name, weight in _LIKES[layer].items():
        if name not in known:
            continue
        by.append(name)
        points = outline_points(known[name], step_m=cell / 2)
        column, row = ((points - [x0, y0]) / cell).astype(np.int64).T
        there = (row >= 0) & (row < shape[0]) & (column >= 0) & (column < shape[1])
        mask = np.zeros(shape, dtype=bool)
        mask[row[there], column[there]] = True
        likes += weight * mask
    inside = _inside(known, shape, x0, y0, cell)
    return Ground(likes, np.fft.rfft2(likes), inside, x0, y0, cell, tuple(by))


def _inside(
    known: Mapping[str, NDArray[np.object_]], shape: tuple[int, int], x0: float, y0: float, cell: float
) -> NDArray[np.bool_]:
    """Tell which squares lie in the city: in its communities, else in the hull of all there is."""
    if "communities" in known:
        area = shapely.union_all(shapely.buffer(known["communities"], cell))
    else:
        area = shapely.convex_hull(shapely.geometrycollections([shapely.box(*shapely.total_bounds(s)) for s in known.values()]))
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
    dense = shapely.segmentize(there, step)
    return np.asarray(shapely.get_coordinates(dense), dtype=np.float64)
