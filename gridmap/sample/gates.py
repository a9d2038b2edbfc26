"""Gates: where the edge of a piece of land comes nearest to the streets around it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Polygon

FloatArray = NDArray[np.float64]

_STEP_M = 9.0


def gates(
    areas: Sequence[Polygon], counts: Sequence[int], streets: NDArray[np.object_], cost_m: FloatArray
) -> list[FloatArray]:
    """Return for each area up to `counts` points on its edge, best first, well apart from each other.

    `cost_m` makes a street seem farther away: people build their gate on the better street.
    """
    tree = shapely.STRtree(streets)
    result: list[FloatArray] = []
    for area, count in zip(areas, counts, strict=True):
        edge = area.exterior
        steps = max(8, int(edge.length / _STEP_M))
        points = shapely.line_interpolate_point(edge, (np.arange(steps) + 0.5) / steps, normalized=True)
        at, which = tree.query(points, predicate="dwithin", distance=45.0)
        price = np.full(steps, 90.0)
        np.minimum.at(price, at, shapely.distance(points[at], streets[which]) + cost_m[which])
        xy = shapely.get_coordinates(points)
        middle = np.asarray(area.centroid.coords[0])
        price += 0.06 * np.abs(xy - middle).min(axis=1)  # near the middle of a side rather than at a corner
        chosen: list[int] = []
        for _ in range(count):
            free = np.array(
                [not chosen or min(np.hypot(*(xy[k] - xy[c])) for c in chosen) > edge.length / 5 for k in range(steps)]
            )
            if not free.any():
                break
            options = np.where(free, price, np.inf)
            chosen.append(int(np.argmin(options.round(2))))
        result.append(xy[chosen].round(2))
    return result


def side(area: Polygon, gate: FloatArray) -> str:
    """Return the side of an area that a gate is on: 东, 南, 西 or 北."""
    x0, y0, x1, y1 = area.bounds
    dx = (gate[0] - (x0 + x1) / 2) / (x1 - x0)
    dy = (gate[1] - (y0 + y1) / 2) / (y1 - y0)
    if abs(dx) > abs(dy):
        return "东" if dx > 0 else "西"
    return "北" if dy > 0 else "南"
