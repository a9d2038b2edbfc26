"""Noding: cut lines where they meet, so that what meets is connected, and join what nearly meets.

Two lines meet where they cross, where a corner of one lies on the other, and where they share a corner. Lines on
different levels (bridges, tunnels) cross without meeting; they meet where one of them ends.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from gridmap.streets.cells import cells_of
from gridmap.streets.lines import Lines

__all__ = ["Noded", "join_dangles", "node"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]


@dataclass(frozen=True)
class Noded:
    """Pieces of lines between nodes, not yet put in order: piece p goes from node `u[p]` to `v[p]`."""

    xy: Floats
    u: Ints
    v: Ints
    pieces: Lines


def node(lines: Lines, *, touch_m: float, crossings: bool = True) -> Noded:
    """Cut lines where they meet; without `crossings` only where they share a coordinate."""
    coords, offsets, cut = _with_cuts(lines, touch_m) if crossings else (lines.coords, lines.offsets, None)
    _, corner, count = np.unique(_keys(coords), return_inverse=True, return_counts=True)
    is_node = count[corner] > 1
    if cut is not None:
        is_node |= cut
    is_node[offsets[:-1]] = True
    is_node[offsets[1:] - 1] = True
    at = np.flatnonzero(is_node)
    xy, number = _merged(coords[at], touch_m if crossings else 0.0)
    return _pieces(lines, coords.copy(), offsets, at, xy, number)


def _keys(coords: Floats) -> NDArray[np.complex128]:
    return np.asarray(coords[:, 0] + 1j * coords[:, 1])


def _with_cuts(lines: Lines, touch_m: float) -> tuple[Floats, NDArray[np.int64], NDArray[np.bool_]]:
    """Return the lines with the places where they meet put in as coordinates, and which coordinates these are."""
    from gridmap.streets.kernels.segments import meetings

    starts = lines.starts
    ends = lines.offsets[1:] - 1
    grid = cells_of(lines.coords[starts], lines.coords[starts + 1], starts)
    which, where, xy = meetings(lines.coords, lines.of_line, lines.level, lines.offsets[:-1], ends, touch_m, grid)
    at_start, at_end = where == 0.0, where == 1.0
    cut = np.zeros(len(lines.coords), bool)
    cut[which[at_start]] = True
    cut[which[at_end] + 1] = True
    inner = ~(at_start | at_end)
    order = np.lexsort((where[inner], which[inner]))
    which, xy = which[inner][order], xy[inner][order]
    place = np.concatenate([np.arange(len(lines.coords)), which + 0.5])
    order = np.argsort(place, kind="stable")
    line = np.concatenate([lines.of_line, lines.of_line[which]])[order]
    coords = np.concatenate([lines.coords, xy])[order]
    cut = np.concatenate([cut, np.ones(len(which), bool)])[order]
    # The same meeting is found once in each cell that both segments cross.
    fresh = np.ones(len(coords), bool)
    fresh[1:] = (coords[1:] != coords[:-1]).any(axis=1) | (line[1:] != line[:-1])
    group = np.cumsum(fresh) - 1
    cut = np.bincount(group, weights=cut) > 0
    coords, line = coords[fresh], line[fresh]
    offsets = np.searchsorted(line, np.arange(len(lines) + 1)).astype(np.int64)
    return np.ascontiguousarray(coords), offsets, np.asarray(cut)


def _merged(xy: Floats, touch_m: float) -> tuple[Floats, Ints]:
    """Give places numbers, those within `touch_m` of each other the same, and each number the place of its first."""
    _, first, number = np.unique(_keys(xy), return_index=True, return_inverse=True)
    xy = xy[first]
    if touch_m > 0 and len(xy):
        pairs = cKDTree(xy).query_pairs(touch_m, output_type="ndarray")
        graph = coo_array((np.ones(len(pairs), bool), (pairs[:, 0], pairs[:, 1])), shape=(len(xy), len(xy)))
        _, group = connected_components(graph, directed=False)
        _, leader, group = np.unique(group, return_index=True, return_inverse=True)
        xy, number = xy[leader], group[number]
    return xy, number.astype(np.int32)


def _pieces(
    lines: Lines, coords: Floats, offsets: NDArray[np.int64], at: NDArray[np.intp], xy: Floats, number: Ints
) -> Noded:
    """Cut the lines at the coordinates `at`, which are the nodes `number`, and drop what has no length or is twice."""
    coords[at] = xy[number]
    line = np.repeat(np.arange(len(lines), dtype=np.int32), np.diff(offsets))
    same = line[at[1:]] == line[at[:-1]]
    begin, end = at[:-1][same], at[1:][same]
    u, v = number[:-1][same], number[1:][same]
    count = end - begin + 1
    bounds = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    take = np.arange(bounds[-1]) - np.repeat(bounds[:-1] - begin, count)
    pieces = Lines(np.ascontiguousarray(coords[take]), bounds, lines.row[line[begin]], lines.level[line[begin]])
    kept = _kept(pieces, u, v)
    return Noded(xy, u[kept], v[kept], chosen(pieces, kept))


def _kept(pieces: Lines, u: Ints, v: Ints) -> NDArray[np.intp]:
    """Return the pieces that have a length, each shape once, in order."""
    last = pieces.offsets[1:] - 1
    length = pieces.along[last]
    # Two pieces are alike when their ends, their length and their centre of gravity agree to the millimetre.
    middle = np.add.reduceat(pieces.coords, pieces.offsets[:-1], axis=0) / np.diff(pieces.offsets)[:, None]
    table = np.column_stack(
        [np.minimum(u, v), np.maximum(u, v), np.round(np.column_stack([length, middle]) * 1000).astype(np.int64)]
    )
    long = np.flatnonzero((length > 0) & ((u != v) | (np.diff(pieces.offsets) > 2)))
    _, first = np.unique(table[long], axis=0, return_index=True)
    return np.asarray(long[np.sort(first)])


def chosen(lines: Lines, which: NDArray[np.intp]) -> Lines:
    """Return some of the lines, in the order given."""
    count = np.diff(lines.offsets)[which]
    bounds = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    take = np.arange(bounds[-1]) - np.repeat(bounds[:-1] - lines.offsets[:-1][which], count)
    return Lines(np.ascontiguousarray(lines.coords[take]), bounds, lines.row[which], lines.level[which])


def join_dangles(lines: Lines, noded: Noded, walls: Floats, *, join_m: float, touch_m: float) -> tuple[Lines, Floats]:
    """Lengthen the lines that end within `join_m` of another to end on it, and return how far each was lengthened.

    Only line ends at which nothing else is are lengthened, never across a wall.
    """
    from gridmap.streets.kernels.segments import nearest_other

    degree = np.bincount(np.concatenate([noded.u, noded.v]), minlength=len(noded.xy))
    loose = noded.xy[degree == 1]
    ends = np.column_stack([lines.offsets[:-1], lines.offsets[1:] - 1]).ravel()
    if not len(loose) or join_m <= 0:
        return lines, np.empty(0)
    apart, _ = cKDTree(loose).query(lines.coords[ends], distance_upper_bound=touch_m + 1e-9)
    ends = ends[np.isfinite(apart)]
    starts = lines.starts
    grid = cells_of(lines.coords[starts], lines.coords[starts + 1], starts)
    no_walls = cells_of(walls[:, :2], walls[:, 2:], np.arange(len(walls), dtype=np.int32))
    foot = np.full((len(ends), 2), np.nan)
    along, of_line = lines.along, lines.of_line
    x, y = np.ascontiguousarray(lines.coords[ends, 0]), np.ascontiguousarray(lines.coords[ends, 1])
    owner = np.full(len(walls), -1, np.int32)
    nearest_other(
        x, y, of_line[ends], along[ends], join_m, lines.coords, along, of_line, lines.level, grid, walls, owner,
        no_walls, foot,
    )  # fmt: skip
    gap = np.hypot(x - foot[:, 0], y - foot[:, 1])
    found = gap > touch_m
    return _lengthened(lines, ends[found], foot[found]), gap[found]


def _lengthened(lines: Lines, ends: NDArray[np.int64], foot: Floats) -> Lines:
    """Put a coordinate before the beginning or behind the end of lines."""
    of_line = lines.of_line
    before = np.isin(ends, lines.offsets[:-1])
    place = np.concatenate([np.arange(len(lines.coords), dtype=float), ends + np.where(before, -0.5, 0.5)])
    order = np.argsort(place, kind="stable")
    line = np.concatenate([of_line, of_line[ends]])[order]
    offsets = np.searchsorted(line, np.arange(len(lines) + 1)).astype(np.int64)
    return Lines(np.ascontiguousarray(np.concatenate([lines.coords, foot])[order]), offsets, lines.row, lines.level)
