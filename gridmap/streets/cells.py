"""Lay a grid over segments, so that what is near a place is found at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from gridmap.streets.kernels.segments import Cells

__all__ = ["cells_of"]

Floats = NDArray[np.float64]


def cells_of(a: Floats, b: Floats, names: NDArray[np.int32], *, per_segment: float = 1.0) -> Cells:
    """Sort segments from `a` to `b` (both [s, 2]) into square cells, about `per_segment` cells for each of them."""
    from gridmap.streets.kernels.segments import Cells, sort_into_cells

    if not len(a):
        return Cells(0.0, 0.0, 1.0, 1, 1, np.zeros(2, np.int64), np.empty(0, np.int32))
    low = np.minimum(a, b).min(axis=0)
    high = np.maximum(a, b).max(axis=0)
    extent = np.maximum(high - low, 1.0)
    side = float(np.sqrt(extent[0] * extent[1] / (per_segment * len(a))))
    side = max(side, float(extent.max()) / 30_000, 1.0)
    columns, rows = (int(count) for count in extent // side + 1)
    x0, y0 = float(low[0]), float(low[1])
    ax, ay, bx, by = (np.ascontiguousarray(part) for part in (a[:, 0], a[:, 1], b[:, 0], b[:, 1]))
    start, items = sort_into_cells(ax, ay, bx, by, names, x0, y0, side, columns, rows)
    return Cells(x0, y0, side, columns, rows, start, items)
