"""A grid of segments: which cells each crosses, the nearest of them to a point, and where two of them meet.

A segment is named by the index of its first coordinate. A cell (i, j) holds `start[j * columns + i]:start[… + 1]`.
"""
# ruff: noqa: C901 - compiled loops are long on purpose

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gridmap.streets.kernels.base import Bools, Floats, Ints, Longs, compiled

NDArrayU8 = NDArray[np.uint8]

FREE, FAR, BLOCKED, ISLAND = 0, 1, 2, 3
"""How a point was put on the network, or why not: see `gridmap.streets.snapping`."""


class Cells(NamedTuple):
    """Segments by the cells they cross."""

    x0: float
    y0: float
    side: float
    columns: int
    rows: int
    start: Longs
    items: Ints


@compiled
def _span(ax: float, ay: float, bx: float, by: float, low: float, high: float) -> tuple[float, float]:
    """Return the least and the largest x of a segment between two heights."""
    if ay > by:
        ax, ay, bx, by = bx, by, ax, ay
    left, right = ax, bx
    if by > ay:
        if ay < low:
            left = ax + (bx - ax) * (low - ay) / (by - ay)
        if by > high:
            right = ax + (bx - ax) * (high - ay) / (by - ay)
    return min(left, right), max(left, right)


@compiled
def sort_into_cells(
    ax: Floats, ay: Floats, bx: Floats, by: Floats, names: Ints, x0: float, y0: float, side: float, columns: int,
    rows: int,
) -> tuple[Longs, Ints]:  # fmt: skip
    """Return, cell by cell, the names of the segments that cross it or come within rounding of it."""
    start = np.zeros(columns * rows + 1, np.int64)
    items = np.empty(0, np.int32)
    slack = side * 1e-9
    for turn in range(2):
        if turn == 1:
            for c in range(columns * rows):
                start[c + 1] += start[c]
            items = np.empty(start[columns * rows], np.int32)
        for s in range(len(ax) - 1, -1, -1):
            low = int((min(ay[s], by[s]) - slack - y0) / side)
            high = int((max(ay[s], by[s]) + slack - y0) / side)
            for j in range(max(low, 0), min(high, rows - 1) + 1):
                left, right = _span(ax[s], ay[s], bx[s], by[s], y0 + j * side - slack, y0 + (j + 1) * side + slack)
                i0, i1 = int((left - slack - x0) / side), int((right + slack - x0) / side)
                for i in range(max(i0, 0), min(i1, columns - 1) + 1):
                    c = j * columns + i
                    if turn == 0:
                        start[c + 1] += 1
                    else:
                        # Filled from behind, last segment first: so each cell lists its segments in rising order, and
                        # `start[c + 1]` ends up where the cell begins.
                        start[c + 1] -= 1
                        items[start[c + 1]] = names[s]
    for c in range(columns * rows):
        start[c] = start[c + 1]
    start[columns * rows] = len(items)
    return start, items


@compiled
def _crosses(px: float, py: float, qx: float, qy: float, own: int, walls: Floats, owner: Ints, cells: Cells) -> bool:
    """Tell whether the line from p to q crosses a wall that is not its own."""
    i0 = max(int(np.floor((min(px, qx) - cells.x0) / cells.side)), 0)
    i1 = min(int(np.floor((max(px, qx) - cells.x0) / cells.side)), cells.columns - 1)
    j0 = max(int(np.floor((min(py, qy) - cells.y0) / cells.side)), 0)
    j1 = min(int(np.floor((max(py, qy) - cells.y0) / cells.side)), cells.rows - 1)
    for j in range(j0, j1 + 1):
        for i in range(i0, i1 + 1):
            c = j * cells.columns + i
            for at in range(cells.start[c], cells.start[c + 1]):
                w = cells.items[at]
                if owner[w] >= 0 and owner[w] == own:
                    continue
                ax, ay, bx, by = walls[w, 0], walls[w, 1], walls[w, 2], walls[w, 3]
                a = (qx - px) * (ay - py) - (qy - py) * (ax - px)
                b = (qx - px) * (by - py) - (qy - py) * (bx - px)
                if (a > 0) == (b > 0):
                    continue
                p = (bx - ax) * (py - ay) - (by - ay) * (px - ax)
                q = (bx - ax) * (qy - ay) - (by - ay) * (qx - ax)
                if (p > 0) != (q > 0):
                    return True
    return False


@compiled
def _seen(
    px: float, py: float, s: int, best: float, own: int, coords: Floats, walls: Floats, owner: Ints, cells: Cells
) -> tuple[float, float]:
    """Return the nearest place of a segment that is seen past the walls: how far along (0 to 1), squared distance.

    Looked at are places every ten metres and both ends; nearer than the square root of `best` or not at all.
    """
    dx, dy = coords[s + 1, 0] - coords[s, 0], coords[s + 1, 1] - coords[s, 1]
    steps = min(max(int(np.sqrt(dx * dx + dy * dy) / 10.0), 1), 100)
    at = 0.0
    for step in range(steps + 1):
        t = step / steps
        ux, uy = px - coords[s, 0] - t * dx, py - coords[s, 1] - t * dy
        d2 = ux * ux + uy * uy
        if d2 < best:
            keep = max(0.0, 1.0 - 0.05 / max(np.sqrt(d2), 0.05))
            if not _crosses(px, py, px - keep * ux, py - keep * uy, own, walls, owner, cells):
                best, at = d2, t
    return at, best


@compiled
def snap_points(
    order: Longs, x: Floats, y: Floats, own: Ints, cap: float, coords: Floats, along: Floats, of_edge: Ints,
    sizeable: Bools, cells: Cells, walls: Floats, owner: Ints, wall_cells: Cells,
    edge: Ints, offset: Floats, access: Floats, reason: NDArrayU8,
) -> None:  # fmt: skip
    """Put each point on the nearest edge whose straight access crosses no wall; of equally near ones the lowest.

    Rings of cells around the point are looked at until no cell left can hold anything nearer. The order in which points
    are taken decides nothing but how often the cache is missed.
    """
    walled = len(owner) > 0
    for n in order:
        px, py = x[n], y[n]
        edge[n] = -1
        offset[n] = 0.0
        access[n] = np.inf
        reason[n] = FAR
        if not (np.isfinite(px) and np.isfinite(py)):
            continue
        east, north = cells.x0 + cells.columns * cells.side, cells.y0 + cells.rows * cells.side
        if px < cells.x0 - cap or py < cells.y0 - cap or px > east + cap or py > north + cap:
            continue
        ci = int(np.floor((px - cells.x0) / cells.side))
        cj = int(np.floor((py - cells.y0) / cells.side))
        inside = min(
            min(px - (cells.x0 + ci * cells.side), cells.x0 + (ci + 1) * cells.side - px),
            min(py - (cells.y0 + cj * cells.side), cells.y0 + (cj + 1) * cells.side - py),
        )
        best, ring = cap * cap, 0
        found, found_at = -1, 0.0
        blocked, island = False, False
        while True:
            for j in range(max(cj - ring, 0), min(cj + ring, cells.rows - 1) + 1):
                step = 1 if (j == cj - ring or j == cj + ring) else 2 * ring
                i = ci - ring
                while i <= ci + ring:
                    if 0 <= i < cells.columns:
                        c = j * cells.columns + i
                        for at in range(cells.start[c], cells.start[c + 1]):
                            s = cells.items[at]
                            ax, ay = coords[s, 0], coords[s, 1]
                            dx, dy = coords[s + 1, 0] - ax, coords[s + 1, 1] - ay
                            t = ((px - ax) * dx + (py - ay) * dy) / (dx * dx + dy * dy)
                            if t >= 1.0:
                                t = 1.0
                                ux, uy = px - coords[s + 1, 0], py - coords[s + 1, 1]
                            else:
                                if not t > 0.0:
                                    t = 0.0
                                ux, uy = px - (ax + t * dx), py - (ay + t * dy)
                            d2 = ux * ux + uy * uy
                            if d2 > best or (d2 == best and found >= 0 and of_edge[s] >= edge[n]):
                                continue
                            if not sizeable[of_edge[s]]:
                                island = True
                                continue
                            if walled:
                                # A wall may lie on the street itself: the last five centimetres are not looked at.
                                keep = max(0.0, 1.0 - 0.05 / max(np.sqrt(d2), 0.05))
                                if _crosses(px, py, px - keep * ux, py - keep * uy, own[n], walls, owner, wall_cells):
                                    blocked = True
                                    t, d2 = _seen(px, py, s, best, own[n], coords, walls, owner, wall_cells)
                                    if d2 >= best:
                                        continue
                            best, found, found_at = d2, s, t
                            edge[n] = of_edge[s]
                    i += step if step > 0 else 1
            bound = ring * cells.side + inside
            if bound > cap or (found >= 0 and bound * bound > best):
                break
            ring += 1
        if found >= 0:
            offset[n] = along[found] + found_at * (_piece(coords, found))
            access[n] = np.sqrt(best)
            reason[n] = FREE
        elif blocked:
            reason[n] = BLOCKED
        elif island:
            reason[n] = ISLAND


@compiled
def _piece(coords: Floats, s: int) -> float:
    """Return the length of a segment."""
    return float(np.hypot(coords[s + 1, 0] - coords[s, 0], coords[s + 1, 1] - coords[s, 1]))


@compiled
def nearest_other(
    x: Floats, y: Floats, line: Ints, at: Floats, reach: float, coords: Floats, along: Floats, of_line: Ints,
    level: Ints, cells: Cells, walls: Floats, owner: Ints, wall_cells: Cells, foot: Floats,
) -> None:  # fmt: skip
    """Write for each line end the nearest place on another line, or far along its own, within reach; otherwise NaN."""
    for n in range(len(x)):
        best = reach * reach
        foot[n, 0] = np.nan
        i0, i1 = int((x[n] - reach - cells.x0) / cells.side), int((x[n] + reach - cells.x0) / cells.side)
        j0, j1 = int((y[n] - reach - cells.y0) / cells.side), int((y[n] + reach - cells.y0) / cells.side)
        for j in range(max(j0, 0), min(j1, cells.rows - 1) + 1):
            for i in range(max(i0, 0), min(i1, cells.columns - 1) + 1):
                c = j * cells.columns + i
                for item in range(cells.start[c], cells.start[c + 1]):
                    s = cells.items[item]
                    ax, ay = coords[s, 0], coords[s, 1]
                    dx, dy = coords[s + 1, 0] - ax, coords[s + 1, 1] - ay
                    t = min(1.0, max(0.0, ((x[n] - ax) * dx + (y[n] - ay) * dy) / (dx * dx + dy * dy)))
                    if of_line[s] == line[n]:
                        if abs(along[s] + t * np.hypot(dx, dy) - at[n]) < 10 * reach:
                            continue
                    elif level[of_line[s]] != level[line[n]]:
                        continue
                    fx, fy = (ax + t * dx, ay + t * dy) if t < 1.0 else (coords[s + 1, 0], coords[s + 1, 1])
                    d2 = (x[n] - fx) ** 2 + (y[n] - fy) ** 2
                    if d2 > best or (d2 == best and not np.isnan(foot[n, 0])):
                        continue
                    if len(owner) > 0 and _crosses(x[n], y[n], fx, fy, -1, walls, owner, wall_cells):
                        continue
                    best = d2
                    foot[n, 0], foot[n, 1] = fx, fy


@compiled
def _beside(px: float, py: float, ax: float, ay: float, bx: float, by: float, reach: float) -> float:
    """Return where on the segment a-b a point lies that is within reach of it (0 to 1), or −1."""
    dx, dy = bx - ax, by - ay
    t = min(1.0, max(0.0, ((px - ax) * dx + (py - ay) * dy) / (dx * dx + dy * dy)))
    if (px - ax - t * dx) ** 2 + (py - ay - t * dy) ** 2 > reach * reach:
        return -1.0
    return t


@compiled
def meetings(
    coords: Floats, of_line: Ints, level: Ints, first: Longs, last: Longs, touch: float, cells: Cells
) -> tuple[Ints, Floats, Floats]:  # fmt: skip
    """Find where segments meet: on which segment, how far along it (0 to 1), and at which coordinates.

    A corner within `touch` of a segment is where they meet; otherwise the crossing of both. Lines of different level
    meet only where one of them ends. `first` and `last` are the coordinates with which each line begins and ends.
    """
    size, room = 0, 1024
    which = np.empty(room, np.int32)
    where = np.empty(room, np.float64)
    xy = np.empty((room, 2), np.float64)
    for c in range(cells.columns * cells.rows):
        for a in range(cells.start[c], cells.start[c + 1]):
            for b in range(a + 1, cells.start[c + 1]):
                s, r = cells.items[a], cells.items[b]
                # Of two segments one after the other only a far corner can lie on the other one: the line folds back.
                shared = max(s, r) if of_line[s] == of_line[r] and abs(s - r) == 1 else -1
                if size + 9 > room:
                    which = np.concatenate((which, np.empty(room, np.int32)))
                    where = np.concatenate((where, np.empty(room, np.float64)))
                    xy = np.concatenate((xy, np.empty((room, 2), np.float64)))
                    room *= 2
                sx, sy, tx, ty = coords[s, 0], coords[s, 1], coords[s + 1, 0], coords[s + 1, 1]
                ux, uy, vx, vy = coords[r, 0], coords[r, 1], coords[r + 1, 0], coords[r + 1, 1]
                if (
                    max(sx, tx) + touch < min(ux, vx)
                    or max(ux, vx) + touch < min(sx, tx)
                    or max(sy, ty) + touch < min(uy, vy)
                    or max(uy, vy) + touch < min(sy, ty)
                ):
                    continue
                apart = level[of_line[s]] != level[of_line[r]]
                touched = False
                for corner in range(4):
                    p = s + corner if corner < 2 else r + corner - 2
                    o = r if corner < 2 else s
                    if shared >= 0 and (
                        p == shared
                        or np.hypot(coords[p, 0] - coords[shared, 0], coords[p, 1] - coords[shared, 1]) <= touch
                    ):
                        continue
                    t = _beside(
                        coords[p, 0], coords[p, 1], coords[o, 0], coords[o, 1], coords[o + 1, 0], coords[o + 1, 1],
                        touch,
                    )  # fmt: skip
                    if t < 0:
                        continue
                    touched = True
                    line, other = of_line[p], of_line[o]
                    ends = p == first[line] or p == last[line]
                    ends = ends or (t == 0.0 and o == first[other]) or (t == 1.0 and o + 1 == last[other])
                    if apart and not ends:
                        continue
                    for side in range(2):
                        which[size] = o if side == 0 else (s if corner < 2 else r)
                        where[size] = t if side == 0 else float(p - which[size])
                        xy[size] = coords[p]
                        size += 1
                if touched and shared >= 0:
                    # Where it turns back is a node too, so that both of its halves are one edge.
                    which[size], where[size] = s, float(shared - s)
                    xy[size] = coords[shared]
                    size += 1
                if touched or apart or shared >= 0:
                    continue
                d = (tx - sx) * (vy - uy) - (ty - sy) * (vx - ux)
                if d == 0.0:
                    continue
                t = ((ux - sx) * (vy - uy) - (uy - sy) * (vx - ux)) / d
                w = ((ux - sx) * (ty - sy) - (uy - sy) * (tx - sx)) / d
                if not (0.0 < t < 1.0 and 0.0 < w < 1.0):
                    continue
                mx, my = sx + t * (tx - sx), sy + t * (ty - sy)
                which[size], which[size + 1] = s, r
                where[size], where[size + 1] = t, w
                xy[size, 0], xy[size, 1] = mx, my
                xy[size + 1, 0], xy[size + 1, 1] = mx, my
                size += 2
    return which[:size], where[:size], xy[:size]
