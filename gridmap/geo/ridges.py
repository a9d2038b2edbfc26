"""Voronoi ridges between the buildings of a block: the lines that are as far from one building as from another."""

from __future__ import annotations

from typing import cast

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.spatial import Delaunay

__all__ = ["ridges", "sites"]

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Objects = NDArray[np.object_]

# Sites nearer than this to one another are one.
_GRAIN_M = 1e-4
_BATCH = 2_000
# A ring of helpers so far out that no point of the block is nearer to them than to a site: all ridges end, outside.
_HELPERS = np.array(
    [[1.0, 0.1], [0.6, 0.8], [-0.1, 1.0], [-0.8, 0.6], [-1.0, -0.1], [-0.6, -0.8], [0.1, -1.0], [0.8, -0.6]]
)


def sites(buildings: Objects, points: Objects, step_m: float) -> tuple[Floats, Ints]:
    """Return the points a building is represented by, and whose they are.

    An outline gives its vertices and points at most `step_m` apart; a point gives itself (`points`: where each building
    is placed). Points of several buildings in the same place are set on a small circle around it.
    """
    areal = shapely.get_dimensions(buildings) == 2
    rows = np.flatnonzero(areal)
    rings, ring_of = shapely.get_parts(shapely.boundary(buildings[rows]), return_index=True)
    outline, at = shapely.get_coordinates(shapely.segmentize(rings, step_m), return_index=True)
    lone = np.flatnonzero(~areal)
    xy = np.concatenate([outline, _spread(shapely.get_coordinates(points[lone]))])
    owner = np.concatenate([rows[ring_of[at]] if len(at) else np.empty(0, np.intp), lone])
    return xy, owner


def _spread(xy: Floats) -> Floats:
    """Set points of the same place on a circle around it, so that each keeps a share of the ground."""
    if not len(xy):
        return xy
    _, place, size = np.unique(np.round(xy / _GRAIN_M), axis=0, return_inverse=True, return_counts=True)
    place = place.ravel()
    crowded = np.flatnonzero(size[place] > 1)
    if not len(crowded):
        return xy
    order = crowded[np.argsort(place[crowded], kind="stable")]
    many = size[place[order]]
    first = np.searchsorted(place[order], place[order])
    angle = 2.0 * np.pi * (np.arange(len(order)) - first) / many + 0.3
    # Neighbours on the circle stay several grains apart.
    radius = np.maximum(0.01, 0.001 * many)
    xy = xy.copy()
    xy[order] = xy[order[first]] + radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    return xy


def ridges(xy: Floats, owner: Ints, block: Ints, *, smooth_m: float) -> tuple[Objects, Ints, Ints]:
    """Return the ridges between sites of different owners in a block, each one's block, and the owners that count.

    `xy` are sites (n × 2), sorted by `block`. Lines are smoothed to within `smooth_m` (Douglas-Peucker). Ridges reach
    past their block. An owner does not count when each of its sites is also one of an owner before it. Source: the dual
    of the Delaunay triangulation.
    """
    starts = np.flatnonzero(np.diff(block, prepend=-1))
    ends = np.append(starts[1:], len(block))
    lines, of, owners = [np.empty(0, dtype=object)], [np.empty(0, dtype=np.intp)], [np.empty(0, dtype=np.intp)]
    first = 0
    for k, end in enumerate(ends):
        # A call costs as much as some hundred sites, and sites cost more the more there are.
        if end - starts[first] >= _BATCH or k == len(ends) - 1:
            some = slice(starts[first], end)
            found = _batch(xy[some], owner[some], block[some], smooth_m)
            lines.append(found[0])
            of.append(found[1])
            owners.append(found[2])
            first = k + 1
    return np.concatenate(lines), np.concatenate(of), np.concatenate(owners)


def _batch(xy: Floats, owner: Ints, block: Ints, smooth_m: float) -> tuple[Objects, Ints, Ints]:
    """Find the ridges of several blocks in one triangulation, the blocks laid out far from one another."""
    numbers, tile = np.unique(block, return_inverse=True)
    low, high = (op.reduceat(xy, np.flatnonzero(np.diff(tile, prepend=-1))) for op in (np.minimum, np.maximum))
    # Nowhere in a block is another block's site nearer than its own.
    pitch = np.ceil(8.0 * (high - low).max() + 8.0)
    width = int(np.ceil(np.sqrt(len(numbers))))
    shift = np.column_stack([np.arange(len(numbers)) % width, np.arange(len(numbers)) // width]) * pitch
    shift = shift - np.round((low + high) / 2.0)
    grains = np.round((xy + shift[tile]) / _GRAIN_M)
    # Of sites in one place the first owner's is kept, whatever the order of the input.
    order = np.lexsort((owner, grains[:, 1], grains[:, 0]))
    fresh = np.ones(len(order), dtype=bool)
    fresh[1:] = (grains[order[1:]] != grains[order[:-1]]).any(axis=1)
    kept = order[fresh]
    label = np.append(owner[kept], np.full(len(_HELPERS), -1))
    of = np.append(tile[kept], np.full(len(_HELPERS), -1))
    middle = (width - 1) * pitch / 2.0
    sites_and_helpers = np.concatenate([grains[kept] * _GRAIN_M, middle + _HELPERS * pitch * (width + 4.0)])
    segments, segment_tile = _dual(sites_and_helpers, label, of)
    owners = np.unique(owner[kept])
    if len(owners) == len(kept):
        # Ridges between lone points are straight and meet at their ends: nothing to merge or smooth.
        straight = cast("Objects", shapely.linestrings(segments - shift[segment_tile][:, None]))
        return np.atleast_1d(straight), numbers[segment_tile], owners
    line, number = _merged(segments, segment_tile, shift, smooth_m)
    return line, numbers[number], owners


def _dual(xy: Floats, label: Ints, of: Ints) -> tuple[Floats, Ints]:
    """Return the ridges between sites that differ in label but not in `of`: their ends (r × 2 × 2) and `of`."""
    dual = Delaunay(xy)
    corners, beyond = dual.simplices, dual.neighbors
    pairs, owner = [], []
    for k in range(3):
        p, q = corners[:, (k + 1) % 3], corners[:, (k + 2) % 3]
        here = np.flatnonzero((beyond[:, k] > np.arange(len(corners))) & (label[p] != label[q]) & (of[p] == of[q]))
        pairs.append(np.column_stack([here, beyond[here, k]]))
        owner.append(of[p[here]])
    ends = np.concatenate(pairs)
    used, back = np.unique(ends, return_inverse=True)
    # Centres of one circle through many sites differ in the last digits; a micrometre makes them one.
    centre = np.round(_circumcentres(xy[corners[used]]), 6)
    lines = centre[back.reshape(-1, 2)]
    moves = (lines[:, 0] != lines[:, 1]).any(axis=1)
    return lines[moves], np.concatenate(owner)[moves]


def _merged(ends: Floats, tile: Ints, shift: Floats, smooth_m: float) -> tuple[Objects, Ints]:
    """Merge ridges to lines between junctions, and bring them back to where their block lies."""
    if not len(ends):
        return np.empty(0, dtype=object), np.empty(0, dtype=np.intp)
    merged = shapely.get_parts(
        shapely.simplify(shapely.line_merge(shapely.multilinestrings(ends)), smooth_m, preserve_topology=False)
    )
    xy, at = shapely.get_coordinates(merged, return_index=True)
    # Each end of a line is an end of a ridge, whose tile is known.
    nodes = ends.reshape(-1, 2).copy().view(np.complex128).ravel()
    order = np.argsort(nodes, kind="stable")
    first = xy[np.flatnonzero(np.diff(at, prepend=-1))].copy().view(np.complex128).ravel()
    of = tile[order[np.searchsorted(nodes, first, sorter=order)] // 2]
    return np.atleast_1d(cast("Objects", shapely.linestrings(xy - shift[of[at]], indices=at))), of


def _circumcentres(triangles: Floats) -> Floats:
    """Return the centres of the circles through three points each (n × 3 × 2)."""
    a = triangles[:, 0]
    b, c = triangles[:, 1] - a, triangles[:, 2] - a
    twice = 2.0 * (b[:, 0] * c[:, 1] - b[:, 1] * c[:, 0])
    twice = np.where(twice == 0.0, np.finfo(np.float64).tiny ** 0.5, twice)
    b2, c2 = (b**2).sum(axis=1), (c**2).sum(axis=1)
    x = (c[:, 1] * b2 - b[:, 1] * c2) / twice
    y = (b[:, 0] * c2 - c[:, 0] * b2) / twice
    return np.asarray(a + np.column_stack([x, y]))
