"""Every connected set of atoms that could be a zone, as bits of a word: what exact division chooses from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridmap.redraw.exact.limits import MOST_ATOMS
from gridmap.redraw.kernels.base import Ints, Words, compiled, inner
from gridmap.redraw.problem import Floats, Problem, connected_parts, perimeters, street_scale

__all__ = ["Pool", "connected_sets", "members", "pieces_of", "pool_of", "soft_costs"]

ONE = np.uint64(1)
NONE = np.uint64(0)


@dataclass(frozen=True, slots=True)
class Pool:
    """Sets of atoms with their figures.

    `member` bool[s, n]; `households` int64[s]; `out`, `dist`, `crossings` int64[s], the share of a set in the first
    three numbers of a `Score`; `touched` int64[s], the compounds to keep whole that it has a part of; `held`
    int64[s, p], its households of each previous zone.
    """

    member: NDArray[np.bool_]
    households: Ints
    out: Ints
    dist: Ints
    crossings: Ints
    touched: Ints
    held: Ints

    def __len__(self) -> int:
        return len(self.households)

    def __getitem__(self, chosen: NDArray[np.intp] | NDArray[np.bool_]) -> Pool:
        return Pool(*(getattr(self, name)[chosen] for name in self.__slots__))


def bits(i: Ints, j: Ints, size: int) -> Words:
    """Return the neighbours of each atom by edges, as bits, uint64[size]."""
    near = [0] * size
    for a, b in zip(i.tolist(), j.tolist(), strict=True):
        near[a] |= 1 << b
        near[b] |= 1 << a
    return np.array(near, np.uint64)


def connected_sets(
    problem: Problem,
    low: int,
    high: int,
    *,
    exits: NDArray[np.bool_] | None = None,
    fitting: bool = False,
    most: int,
    work: int,
) -> Words | None:
    """Return every connected set with `low` to `high` households, each once; None where there are too many.

    `exits` marks atoms with neighbours beyond the problem: a set with one may go on there, so it only has to have at
    most `high`. With `fitting`, sets that leave a piece whose households make no whole number of zones in range are
    left out. At most `most` sets are listed and `work` looked at. At most `MOST_ATOMS` atoms.
    """
    size = problem.size
    if size > MOST_ATOMS:
        return None
    near, out = bits(problem.i, problem.j, size), np.zeros(most, np.uint64)
    rim = np.zeros(size, np.bool_) if exits is None else exits
    gate = np.array([sum(1 << int(v) for v in np.flatnonzero(rim))], np.uint64)
    limits = np.array([low, high, problem.lo, problem.hi, int(fitting), work], np.int64)
    words = np.zeros((size * size + 1, 3), np.uint64)
    sums = np.zeros(size * size + 1, np.int64)
    found = list_sets(near, problem.households.astype(np.int64), gate, limits, words, sums, out)
    return None if found < 0 else out[:found].copy()


@inner
def leaves_whole(near: Words, households: Ints, gate: np.uint64, part: np.uint64, limits: Ints) -> bool:
    """Say whether each piece outside a set can be zones in range, or has an exit."""
    size = len(near)
    left = ~part
    if size < 64:
        left &= (ONE << np.uint64(size)) - ONE
    lo, hi = limits[2], limits[3]
    for start in range(size):
        if not left >> np.uint64(start) & ONE:
            continue
        piece = ONE << np.uint64(start)
        fresh = piece
        total = np.int64(0)
        while fresh:
            reach = NONE
            for v in range(start, size):
                if fresh >> np.uint64(v) & ONE:
                    reach |= near[v]
                    total += households[v]
            fresh = reach & left & ~piece
            piece |= fresh
        left &= ~piece
        if not piece & gate and max(1, -(-total // hi)) * lo > total:
            return False
    return True


@compiled
def list_sets(near: Words, households: Ints, gate: Words, limits: Ints, words: Words, sums: Ints, out: Words) -> int:
    """List sets into `out`; returns how many there are, −1 when there is no room or work for all."""
    size, low, high, fitting, work = len(near), limits[0], limits[1], limits[4], limits[5]
    exits = gate[0]
    count = np.int64(0)
    for root in range(size):
        if households[root] > high:
            continue
        bit = ONE << np.uint64(root)
        allowed = ~((bit << ONE) - ONE)
        words[0, 0], words[0, 1], words[0, 2] = bit, NONE, near[root]
        sums[0] = households[root]
        top = 1
        while top > 0:
            top -= 1
            work -= 1
            if work < 0:
                return -1
            part, ban, rim, total = words[top, 0], words[top, 1], words[top, 2], sums[top]
            if (total >= low or part & exits) and (not fitting or leaves_whole(near, households, exits, part, limits)):
                if count >= len(out):
                    return -1
                out[count] = part
                count += 1
            free = rim & allowed & ~part & ~ban
            y = root
            while free >> np.uint64(y):
                y += 1
                if y >= size:
                    break
                mark = ONE << np.uint64(y)
                if not free & mark:
                    continue
                if total + households[y] <= high:
                    words[top, 0], words[top, 1], words[top, 2] = part | mark, ban, rim | near[y]
                    sums[top] = total + households[y]
                    top += 1
                # A set that could have had this atom and did not must not get it later: each set is listed once.
                ban |= mark
    return int(count)


@compiled
def count_pieces(near: Words, sets: Words, pieces: Ints) -> None:
    """Count into `pieces` what each set falls into over some of the edges."""
    size = len(near)
    for k in range(len(sets)):
        left = sets[k]
        pieces[k] = 0
        for start in range(size):
            if not left >> np.uint64(start) & ONE:
                continue
            pieces[k] += 1
            fresh = ONE << np.uint64(start)
            left &= ~fresh
            while fresh:
                reach = NONE
                for v in range(size):
                    if fresh >> np.uint64(v) & ONE:
                        reach |= near[v]
                fresh = reach & left
                left &= ~fresh


def pieces_of(problem: Problem, group: Ints, sets: Words) -> Ints | None:
    """Return into how many pieces each set of groups (int64[n]) falls along barriers, None without barriers."""
    if not problem.barred.any():
        return None
    dry = ~problem.barred
    inside = connected_parts(problem, dry & (group[problem.i] == group[problem.j]))
    # A group that a barrier divides is in pieces wherever it is.
    extra = np.bincount(group[np.unique(inside, return_index=True)[1]], minlength=int(group.max()) + 1) - 1
    pieces = np.ones(len(sets), np.int64)
    near = bits(group[problem.i[dry]], group[problem.j[dry]], len(extra))
    count_pieces(near, sets, pieces)
    return np.asarray(pieces + members(len(extra), sets) @ extra, np.int64)


def members(size: int, sets: Words) -> NDArray[np.bool_]:
    """Return sets as bool[s, size]."""
    return (sets[:, None] >> np.arange(size, dtype=np.uint64) & ONE).astype(np.bool_)


def pool_of(problem: Problem, member: NDArray[np.bool_], pieces: Ints | None = None) -> Pool:
    """Return the figures of sets bool[s, n]. `pieces` is into how many each falls along barriers, None for one."""
    count = len(member)
    households = member @ problem.households
    dist = np.maximum(0, np.maximum(problem.lo - households, households - problem.hi))
    out = np.where(households > problem.hi, households // problem.share, dist > 0).astype(np.int64)
    return Pool(
        member=member,
        households=households,
        out=out,
        dist=dist,
        crossings=np.zeros(count, np.int64) if pieces is None else pieces - 1,
        touched=_compounds_touched(problem, member),
        held=member @ _one_hot(problem.previous, problem.households),
    )


def _one_hot(column: Ints, values: Ints) -> Ints:
    """Return values int64[n] in the columns named, none for −1; int64[n, columns]."""
    spread = np.zeros((len(column), int(column.max(initial=-1)) + 1), np.int64)
    known = np.flatnonzero(column >= 0)
    spread[known, column[known]] = values[known]
    return spread


def _compounds_touched(problem: Problem, member: NDArray[np.bool_]) -> Ints:
    """Count the compounds to keep whole that each set has a part of."""
    if problem.compound is None:
        return np.zeros(len(member), np.int64)
    names = np.unique(problem.compound[problem.compound >= 0])
    touched = np.zeros(len(member), np.int64)
    for name in names:
        touched += member[:, problem.compound == name].any(axis=1)
    return touched


def soft_costs(problem: Problem, pool: Pool, count: int) -> Floats:
    """Return the share of each set in `Score.soft` for divisions into `count` zones, but for households that move."""
    weights, member = problem.weights, pool.member
    edge, wall = member @ perimeters(problem), np.zeros(len(pool))
    off = np.maximum(0.0, problem.shared_m - problem.street_m)
    for a, b, shared, away in zip(problem.i, problem.j, problem.shared_m, off, strict=True):
        one, other = member[:, a], member[:, b]
        edge -= 2 * shared * (one & other)
        wall += away * (one ^ other)
    area = member @ problem.area_m2
    compact = np.where(edge > 0, np.minimum(1, 4 * np.pi * area / np.where(edge > 0, edge, 1) ** 2), 1)
    cost = weights.compactness * (1 - compact) + 0.5 * weights.streets * wall / street_scale(problem, count)
    cost += weights.equality * _strain(pool.households.astype(np.float64), max(1.0, problem.total / count))
    if weights.workload:
        loads = problem.loads
        cost += weights.workload * _strain(member @ loads, max(1e-9, float(loads.sum()) / count))
    return np.asarray(cost)


def _strain(values: Floats, goal: float) -> Floats:
    return np.asarray(np.minimum(1.0, ((values - goal) / goal) ** 2))
