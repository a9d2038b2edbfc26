"""The grids as history left them: grown over the land's pieces, of the wrong sizes, and never redrawn since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.sample.communities import Neighbours

IntArray = NDArray[np.int64]

RESIDENT_GRIDS = 292
_LOW, _HIGH = 300, 500
_LEAN = 335
_SMALLEST, _LARGEST = 90, 1100
_ATTEMPTS = 120


def apportion(dwellings: NDArray[np.float64] | IntArray, total: int) -> IntArray:
    """Return a number of grids for each community: `total` shared out by dwellings, by highest averages (Sainte-Laguë).

    Nobody gets so many that less than `_LEAN` dwellings are left for each.
    """
    got = np.zeros(len(dwellings), dtype=np.int64)
    for _ in range(total):
        claim = np.where(dwellings >= _LEAN * (got + 1), dwellings / (2 * got + 1), 0.0)
        got[int(np.argmax(claim))] += 1
    return got


@dataclass(frozen=True, slots=True)
class Ground:
    """The pieces of one community's land: dwellings, middle points and neighbours."""

    dwellings: IntArray
    xy: NDArray[np.float64]
    near: Sequence[Sequence[int]]


def plots(near: Neighbours, community: IntArray, buildings: IntArray, free: NDArray[np.bool_]) -> IntArray:
    """Return for each face the built-up face that it goes with: itself, or for empty land the neighbour it opens to.

    Empty land goes with what is in its own block first, then across the streets, to where the longest edge is faced by
    the fewest buildings. Faces that are not `free` get −1.
    """
    built = buildings > 0
    worth = near.length_m[:, None] / np.sqrt(np.maximum(buildings, 1))[np.column_stack([near.j, near.i])]
    plot = np.where(built & free, np.arange(len(built)), -1)
    inside = free[near.i] & free[near.j] & (community[near.i] == community[near.j])
    inside &= ~np.isin(near.kind, ["river", "railway"])
    for within_block in (True, False):
        usable = inside & ((near.kind != "street") | (not within_block))
        i, j = np.r_[near.i, near.j][np.tile(usable, 2)], np.r_[near.j, near.i][np.tile(usable, 2)]
        length = np.r_[worth[:, 0], worth[:, 1]][np.tile(usable, 2)]
        while True:
            open_ = (plot[i] < 0) & (plot[j] >= 0)
            if not open_.any():
                break
            order = np.lexsort((j[open_], -length[open_].round(2), i[open_]))
            empty, first = np.unique(i[open_][order], return_index=True)
            plot[empty] = plot[j[open_][order][first]]
    return plot


def bridge(around: list[set[int]], i: IntArray, j: IntArray) -> None:
    """Join pieces that are no neighbours of the others yet by the edges given (−1: not a piece), one for each group."""
    group = list(range(len(around)))

    def root(a: int) -> int:
        while group[a] != a:
            a = group[a]
        return a

    def join(a: int, b: int) -> bool:
        first, second = sorted((root(a), root(b)))
        group[second] = first
        return first != second

    for a, others in enumerate(around):
        for b in others:
            join(a, b)
    for a, b in zip(i.tolist(), j.tolist(), strict=True):
        if a >= 0 and b >= 0 and join(a, b):
            around[a].add(b)
            around[b].add(a)


def drawn_by_history(ground: Ground, k: int, rng: np.random.Generator, share: float) -> IntArray:
    """Return the grid (0…k−1) of each piece: connected, most of them in range, some far too small or too large.

    Tries seeds and wished sizes many times and keeps the drawing whose sizes are nearest to what history leaves:
    about `share` of the grids in range, none of a size that nobody would have drawn.
    """
    best: IntArray | None = None
    score = np.inf
    for _ in range(_ATTEMPTS):
        label = _attempt(ground, k, rng, share)
        size = np.bincount(label, ground.dwellings, k)
        odd = int(
            (
                (size < _SMALLEST) | (size > _LARGEST) | ((size >= 290) & (size < 300)) | ((size > 500) & (size < 510))
            ).sum()
        )
        right = float(((size >= _LOW) & (size <= _HIGH)).mean())
        here = odd + abs(right - share)
        if here < score:
            best, score = label, here
        if score < 0.08:
            break
    if best is None:
        raise AssertionError("no attempt was made")
    return best


def _attempt(ground: Ground, k: int, rng: np.random.Generator, share: float) -> IntArray:
    """Grow k regions at once; each takes the nearest free piece while it lags behind its wished size."""
    small, large = rng.uniform(110, 270, k), rng.uniform(540, 950, k)
    wish = np.where(rng.random(k) < share, rng.uniform(330, 470, k), np.where(rng.random(k) < 0.62, small, large))
    wish *= ground.dwellings.sum() / wish.sum()
    seeds = _seeds(ground, k, rng)
    stretch = rng.uniform(0.7, 1.45, k)  # some were drawn along a street, others across
    away = np.hypot(
        (ground.xy[:, 0] - ground.xy[seeds, 0][:, None]) * stretch[:, None],
        (ground.xy[:, 1] - ground.xy[seeds, 1][:, None]) / stretch[:, None],
    )
    far = (away * rng.uniform(0.85, 1.2, away.shape)).tolist()
    homes, need, label = ground.dwellings.tolist(), wish.tolist(), [-1] * len(ground.dwellings)
    got = [0] * k
    fronts: list[list[tuple[float, int]]] = [[] for _ in range(k)]

    def take(g: int, piece: int) -> None:
        label[piece] = g
        got[g] += homes[piece]
        for other in ground.near[piece]:
            if label[other] < 0:
                heappush(fronts[g], (far[g][other], other))

    for g, piece in enumerate(seeds):
        label[piece] = g
    for g, piece in enumerate(seeds):
        take(g, piece)
    turn = sorted((got[g] / need[g], g) for g in range(k))
    while turn:
        _, g = heappop(turn)
        while fronts[g] and label[fronts[g][0][1]] >= 0:
            heappop(fronts[g])
        if fronts[g]:
            take(g, heappop(fronts[g])[1])
            heappush(turn, (got[g] / need[g], g))
    return np.array(label, dtype=np.int64)


def _seeds(ground: Ground, k: int, rng: np.random.Generator) -> list[int]:
    """Return k pieces with dwellings, spread out by weight of dwellings."""
    lived = np.flatnonzero(ground.dwellings > 0)
    weight = ground.dwellings[lived] / ground.dwellings[lived].sum()
    chosen = [int(rng.choice(lived, p=weight))]
    near = np.hypot(*(ground.xy[lived] - ground.xy[chosen[0]]).T)
    while len(chosen) < k:
        pull = weight * np.minimum(near, 500.0) ** 2
        pick = int(rng.choice(lived, p=pull / pull.sum()))
        chosen.append(pick)
        near = np.minimum(near, np.hypot(*(ground.xy[lived] - ground.xy[pick]).T))
    return chosen


def surfaces(polygons: NDArray[np.object_], label: IntArray, k: int) -> NDArray[np.object_]:
    """Return the union of the pieces of each label, with the pieces' own vertices."""
    order = np.argsort(label, kind="stable")
    start = np.searchsorted(label[order], np.arange(k + 1))
    return np.array(
        [shapely.normalize(shapely.coverage_union_all(polygons[order[a:b]])) for a, b in pairwise(start.tolist())],
        dtype=object,
    )
