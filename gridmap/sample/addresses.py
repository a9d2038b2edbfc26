"""Standard addresses: street and number, odd on the northern and western side, even on the other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray


def numbered(
    points: NDArray[np.float64], streets: NDArray[np.object_], names: Sequence[str], *, lanes: NDArray[np.bool_]
) -> tuple[list[str], NDArray[np.int64]]:
    """Return street name and house number of each point (local metres, (n, 2)).

    Each point takes the nearest named street; `lanes[n]` says whether a lane will do for it. Numbers run from west to
    east or from south to north along all pieces of a street with that name.
    """
    label = np.array(names, dtype=object)
    wide = np.array([bool(name) and not name.endswith("巷") for name in names])
    named = np.array([bool(name) for name in names])
    nearest = np.zeros(len(points), dtype=np.int64)
    for mask, streets_here in ((~lanes, np.flatnonzero(wide)), (lanes, np.flatnonzero(named))):
        if mask.any():
            tree = shapely.STRtree(streets[streets_here])
            nearest[mask] = streets_here[tree.nearest(shapely.points(points[mask]))]
    street = label[nearest]
    foot = shapely.get_coordinates(
        shapely.line_interpolate_point(
            streets[nearest], shapely.line_locate_point(streets[nearest], shapely.points(points))
        )
    )
    number = np.zeros(len(points), dtype=np.int64)
    for name in sorted(set(street)):
        mine = np.flatnonzero(street == name)
        pieces = shapely.total_bounds(streets[label == name])
        easterly = pieces[2] - pieces[0] >= pieces[3] - pieces[1]
        along, across = (0, 1) if easterly else (1, 0)
        off = points[mine, across] - foot[mine, across]
        odd = off >= 0 if easterly else off < 0
        for side, start in ((mine[odd], 1), (mine[~odd], 2)):
            order = side[np.lexsort((points[side, across], foot[side, along].round(1)))]
            number[order] = start + 2 * np.arange(len(order))
    return [str(name) for name in street], number
