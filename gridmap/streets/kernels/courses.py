"""Pieces of edges as coordinates, and contours of a raster."""

from __future__ import annotations

import numpy as np

from gridmap.streets.kernels.base import Floats, Ints, Longs, compiled


@compiled
def cut(coords: Floats, along: Floats, offsets: Longs, edge: Ints, begin: Floats, end: Floats) -> tuple[Floats, Longs]:
    """Return edges from one offset to another, backwards where it is smaller: coordinates, and where each begins."""
    room = 0
    for i in range(len(edge)):
        room += offsets[edge[i] + 1] - offsets[edge[i]] + 2
    xy = np.empty((room, 2))
    bounds = np.zeros(len(edge) + 1, np.int64)
    size = 0
    for i in range(len(edge)):
        first, last = offsets[edge[i]], offsets[edge[i] + 1] - 1
        low, high = min(begin[i], end[i]), max(begin[i], end[i])
        at = size
        c = first
        while c < last - 1 and along[c + 1] <= low:
            c += 1
        _put(xy, size, coords, along, c, low)
        size += 1
        c += 1
        while c < last and along[c] < high:
            xy[size] = coords[c]
            size += 1
            c += 1
        _put(xy, size, coords, along, c - 1, high)
        size += 1
        if begin[i] > end[i]:
            xy[at:size] = xy[at:size][::-1].copy()
        bounds[i + 1] = size
    return xy[:size], bounds


@compiled
def _put(out: Floats, row: int, coords: Floats, along: Floats, c: int, at: float) -> None:
    """Write the place at a distance along an edge, on the segment that begins with coordinate c."""
    t = (at - along[c]) / (along[c + 1] - along[c])
    if t <= 0.0:
        out[row] = coords[c]
    elif t >= 1.0:
        out[row] = coords[c + 1]
    else:
        out[row] = coords[c] + t * (coords[c + 1] - coords[c])


@compiled
def contour(field: Floats, level: float) -> Floats:
    """Return the segments, [s, 4], along which a raster takes a value, in cells: marching squares.

    The end of a segment on a side of a cell is the same number for both cells, so the segments close to rings. Saddles
    are decided by the mean of their corners.
    """
    rows, columns = field.shape
    out = np.empty((2 * rows * columns, 4))
    size = 0
    for j in range(rows - 1):
        for i in range(columns - 1):
            a, b, c, d = field[j, i], field[j, i + 1], field[j + 1, i + 1], field[j + 1, i]
            case = (a <= level) + 2 * (b <= level) + 4 * (c <= level) + 8 * (d <= level)
            if case in (0, 15):
                continue
            # Where the value is taken on the south, east, north and west side.
            south = i + (level - a) / (b - a) if (a <= level) != (b <= level) else 0.0
            north = i + (level - d) / (c - d) if (d <= level) != (c <= level) else 0.0
            west = j + (level - a) / (d - a) if (a <= level) != (d <= level) else 0.0
            east = j + (level - b) / (c - b) if (b <= level) != (c <= level) else 0.0
            if case in (5, 10):
                joined = ((a + b + c + d) / 4 <= level) == (case == 5)
                if joined:  # the corners a and c, or b and d, hang together: cut off the other two
                    out[size] = np.array([south, j, i + 1, east])
                    out[size + 1] = np.array([i, west, north, j + 1])
                else:
                    out[size] = np.array([south, j, i, west])
                    out[size + 1] = np.array([i + 1, east, north, j + 1])
                size += 2
                continue
            ends = np.empty(4)
            at = 0
            if (a <= level) != (b <= level):
                ends[at], ends[at + 1] = south, j
                at += 2
            if (b <= level) != (c <= level):
                ends[at], ends[at + 1] = i + 1, east
                at += 2
            if (d <= level) != (c <= level):
                ends[at], ends[at + 1] = north, j + 1
                at += 2
            if (a <= level) != (d <= level):
                ends[at], ends[at + 1] = i, west
                at += 2
            out[size] = ends
            size += 1
    return out[:size]
