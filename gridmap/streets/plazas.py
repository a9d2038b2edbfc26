"""Plazas: areas walked across in straight lines, from every place where a street enters to every other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from gridmap.errors import LimitError
from gridmap.settings import Settings
from gridmap.streets.lines import Lines, walls_of
from gridmap.streets.noding import Noded, node

__all__ = ["with_plazas"]

Floats = NDArray[np.float64]
_OUT_M = 0.05
_PLAZA_ROW = -1


def with_plazas(noded: Noded, plazas: NDArray[np.object_], walls: Floats, settings: Settings) -> tuple[Noded, int]:
    """Add to a network the edges of plazas and the straight ways across; returns how many ways across there are.

    The edge of a plaza is a street; the nodes in and on it see each other where the straight line stays inside and
    crosses no wall. LimitError for a plaza with more nodes than `settings.plaza_nodes`.
    """
    areas = plazas[shapely.get_dimensions(plazas) == 2]
    if not len(areas):
        return noded, 0
    # One line a side, because a straight way across may turn at any corner.
    sides = walls_of(areas).reshape(-1, 2)
    base = node(_behind(noded.pieces, _straight(sides)), touch_m=settings.street_touch_m)
    barrier = shapely.multilinestrings(walls.reshape(-1, 2, 2).tolist()) if len(walls) else None
    tree = cKDTree(base.xy)
    pairs = [_chords(base.xy, area, tree, barrier, settings) for area in areas]
    chords = _new(np.unique(np.concatenate(pairs), axis=0), base)
    if not len(chords):
        return base, 0
    ways = _straight(base.xy[chords.ravel()])
    u, v = np.concatenate([base.u, chords[:, 0]]), np.concatenate([base.v, chords[:, 1]])
    return Noded(base.xy, u.astype(np.int32), v.astype(np.int32), _behind(base.pieces, ways)), len(chords)


def _straight(ends: Floats) -> Lines:
    """Return the lines between every two of these places."""
    count = len(ends) // 2
    offsets = np.arange(0, 2 * count + 1, 2, dtype=np.int64)
    return Lines(ends, offsets, np.full(count, _PLAZA_ROW, np.int32), np.zeros(count, np.int32))


def _new(chords: NDArray[np.int64], base: Noded) -> NDArray[np.int64]:
    """Leave out the chords along which an edge runs already."""
    straight = np.diff(base.pieces.offsets) == 2
    ends = np.sort(np.column_stack([base.u, base.v])[straight], axis=1).astype(np.int64)
    count = len(base.xy)
    known = np.isin(chords[:, 0] * count + chords[:, 1], ends[:, 0] * count + ends[:, 1])
    return chords[~known]


def _behind(first: Lines, second: Lines) -> Lines:
    return replace(
        first,
        coords=np.concatenate([first.coords, second.coords]),
        offsets=np.concatenate([first.offsets, second.offsets[1:] + first.offsets[-1]]),
        row=np.concatenate([first.row, second.row]),
        level=np.concatenate([first.level, second.level]),
    )


def _chords(
    xy: Floats, area: shapely.Geometry, tree: cKDTree, barrier: shapely.Geometry | None, settings: Settings
) -> NDArray[np.int64]:
    """Return the pairs of nodes that see each other across a plaza."""
    x0, y0, x1, y1 = shapely.bounds(area)
    near = np.array(tree.query_ball_point([(x0 + x1) / 2, (y0 + y1) / 2], np.hypot(x1 - x0, y1 - y0) / 2 + 1.0))
    near = np.sort(near).astype(np.int64)
    wide = shapely.buffer(area, _OUT_M)
    inside = near[shapely.intersects_xy(wide, xy[near])] if len(near) else near
    if len(inside) > settings.plaza_nodes:
        raise LimitError(
            "plaza-too-busy",
            f"plazas: {len(inside)} street ends meet one plaza near x {x0:.0f}, y {y0:.0f}.",
            "Divide this plaza, or raise plaza_nodes in the settings.",
        )
    a, b = np.triu_indices(len(inside), 1)
    pairs = np.column_stack([inside[a], inside[b]])
    sights = shapely.linestrings(xy[pairs])
    shapely.prepare(wide)
    seen = shapely.covers(wide, sights)
    if barrier is not None:
        shapely.prepare(barrier)
        seen &= ~shapely.intersects(barrier, sights)
    return np.asarray(pairs[seen])
