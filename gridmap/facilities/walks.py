"""Distances between places and facilities: over the network, and straight inside a gated compound of both."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

from gridmap.facilities.ground import Places
from gridmap.streets import Network, at_points, distances, sweep

__all__ = ["nearest_k", "reach"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]


def nearest_k(
    network: Network,
    points: Places,
    doors: Places,
    door_of: ArrayLike,
    *,
    k: int = 1,
    limit_m: float = np.inf,
) -> tuple[Ints, Floats]:
    """Return the k nearest facilities of each point, int32[n, k] and float64[n, k] metres (−1 and infinite: none).

    `door_of` int[d] says whose each door is. One sweep over the network for all points; ties go to the lower number.
    """
    of = np.asarray(door_of, np.int32)
    if not len(doors):
        return np.full((len(points), k), -1, np.int32), np.full((len(points), k), np.inf)
    labels = sweep(network, doors.snapped, facility=of, limit_m=limit_m, k=k)
    facility, dist = at_points(network, labels, points.snapped)
    for door, rows in _same_compound(points, doors):
        straight = np.hypot(points.x[rows] - doors.x[door], points.y[rows] - doors.y[door])
        near = straight <= limit_m
        _put(facility, dist, rows[near], straight[near], int(of[door]))
    return facility, dist


def _same_compound(points: Places, doors: Places) -> list[tuple[int, NDArray[np.intp]]]:
    """Return for each door inside a gated compound the points inside the same."""
    inside = np.flatnonzero(doors.compound >= 0)
    if not len(inside):
        return []
    order = np.argsort(points.compound, kind="stable")
    sorted_ = points.compound[order]
    low = np.searchsorted(sorted_, doors.compound[inside], "left")
    high = np.searchsorted(sorted_, doors.compound[inside], "right")
    return [(int(door), order[a:b]) for door, a, b in zip(inside, low, high, strict=True) if b > a]


def _put(facility: Ints, dist: Floats, rows: NDArray[np.intp], metres: Floats, number: int) -> None:
    """Put a facility at a distance into the lists of some rows, where it belongs by distance and number."""
    known = facility[rows] == number
    ids = np.column_stack([facility[rows], np.full(len(rows), number, np.int32)])
    far = np.column_stack([dist[rows], metres])
    have = np.where(known, dist[rows], np.inf).min(axis=1)
    far[:, :-1][known] = np.inf
    ids[:, :-1][known] = -1
    far[:, -1] = np.minimum(have, metres)
    rank = np.where(ids < 0, np.iinfo(np.int32).max, ids)
    order = np.lexsort((rank, far), axis=1)[:, : dist.shape[1]]
    facility[rows] = np.take_along_axis(ids, order, axis=1)
    dist[rows] = np.take_along_axis(far, order, axis=1)


def reach(network: Network, sites: Places, site_of: ArrayLike, points: Places, *, limit_m: float) -> csr_array:
    """Return the metres of all pairs within a limit, csr float64[m, n]: m sites (with doors `site_of`) by n points.

    A distance of 0 is kept as a stored value. One truncated search a door.
    """
    of = np.asarray(site_of, np.int32)
    count = int(of.max(initial=-1)) + 1
    rows, columns, metres = [], [], []
    beside = dict(_same_compound(points, sites))
    for door in range(len(sites)):
        dist = distances(network, sites.snapped.take([door]), points.snapped, limit_m=limit_m)[0]
        if (same := beside.get(door)) is not None:
            straight = np.hypot(points.x[same] - sites.x[door], points.y[same] - sites.y[door])
            dist[same] = np.minimum(dist[same], straight)
        within = np.flatnonzero(dist <= limit_m)
        rows.append(np.full(len(within), of[door]))
        columns.append(within)
        metres.append(dist[within])
    if not rows:
        return csr_array((count, len(points)))
    row, column, metre = np.concatenate(rows), np.concatenate(columns), np.concatenate(metres)
    # Of several doors of a site the nearest counts.
    order = np.lexsort((metre, column, row))
    row, column, metre = row[order], column[order], metre[order]
    first = np.ones(len(row), bool)
    first[1:] = (row[1:] != row[:-1]) | (column[1:] != column[:-1])
    indptr = np.zeros(count + 1, np.int64)
    np.cumsum(np.bincount(row[first], minlength=count), out=indptr[1:])
    return csr_array((metre[first], column[first], indptr), shape=(count, len(points)))
