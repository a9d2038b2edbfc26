"""Voronoi ridges between the buildings of a block: the lines that are as far from one building as from another."""

from __future__ import annotations

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
# A ring of helpers so far out that no point of the block is nearer to them than to a site: all ridges end, outside.
_HELPERS = np.array([[1.0, 0.1], [0.6, 0.8], [-0.1, 1.0], [-0.8, 0.6], [-1.0, -0.1], [-0.6, -0.8], [0.1, -1.0], [0.8, -0.6]])


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


def ridges(xy: Floats, owner: Ints, bounds: Floats) -> tuple[Floats, Ints]:
    """Return the ridges between sites of different owners in one block by their ends (r × 2 × 2), and the owners that count.

    `xy` are sites (n × 2), `bounds` the block's bounding box. An owner does not count when each of its sites is also one of
    an owner before it. Source: the dual of the Delaunay triangulation.
    """
    origin = np.round((bounds[:2] + bounds[2:]) / 2.0)
    grains = np.round((xy - origin) / _GRAIN_M)
    # Sort by place, then owner: of sites in one place the first owner's is kept, whatever the order of the input.
    order = np.lexsort((owner, grains[:, 1], grains[:, 0]))
    fresh = np.ones(len(order), dtype=bool)
    fresh[1:] = (grains[order[1:]] != grains[order[:-1]]).any(axis=1)
    kept = order[fresh]
    local, label = grains[kept] * _GRAIN_M, owner[kept]
    owners = np.unique(label)
    if len(owners) < 2:
        return np.empty((0, 2, 2)), owners
    reach = np.abs(np.concatenate([local, bounds.reshape(2, 2) - origin])).max() * 12.0 + 1.0
    local = np.concatenate([local, _HELPERS * reach])
    label = np.concatenate([label, np.full(len(_HELPERS), -1)])
    dual = Delaunay(local)
    corners, beyond = dual.simplices, dual.neighbors
    ends = []
    for k in range(3):
        p, q = corners[:, (k + 1) % 3], corners[:, (k + 2) % 3]
        keep = (beyond[:, k] > np.arange(len(corners))) & (label[p] != label[q]) & (label[p] >= 0) & (label[q] >= 0)
        here = np.flatnonzero(keep)
        ends.append(np.column_stack([here, beyond[here, k]]))
    pairs = np.concatenate(ends)
    centre = _circumcentres(local[corners])
    # Centres of one circle through many sites differ in the last digits; a micrometre makes them one.
    lines = np.round(centre[pairs] + origin, 6)
    moves = (lines[:, 0] != lines[:, 1]).any(axis=1)
    return lines[moves], owners


def _circumcentres(triangles: Floats) -> Floats:
    """Return the centres of the circles through three points each (n × 3 × 2)."""
    a = triangles[:, 0]
    b, c = triangles[:, 1] - a, triangles[:, 2] - a
    twice = 2.0 * (b[:, 0] * c[:, 1] - b[:, 1] * c[:, 0])
    twice = np.where(twice == 0.0, np.finfo(np.float64).tiny ** 0.5, twice)
    b2, c2 = (b**2).sum(axis=1), (c**2).sum(axis=1)
    x = (c[:, 1] * b2 - b[:, 1] * c2) / twice
    y = (b[:, 0] * c2 - c[:, 0] * b2) / twice
    return a + np.column_stack([x, y])
