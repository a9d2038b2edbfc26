"""The search for the least change: a few moves of single atoms that bring some grids into range.

Zones are whole numbers whose bits are their atoms: a region of a few grids has some hundred atoms, and the states of
the search are many and small. A beam search moves atoms out of zones above the range and into zones below it; chains
through a third zone and exchanges come of themselves, because a zone that a move pushes out of range is next.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gridmap.redraw.problem import Ints, Problem

__all__ = ["Board", "mend", "put_back"]

WIDTH, DEPTH, KEPT = 16, 10, 6
"""States that go on at each step, most steps, and solutions that are handed back."""


@dataclass(frozen=True, slots=True)
class _State:
    """A labelling: the bits of each zone, its households, and the households moved so far."""

    zones: tuple[int, ...]
    sums: tuple[int, ...]
    moved: int


class Board:
    """The atoms of a problem as bits: neighbours, those not across a barrier, households, and what may not move."""

    def __init__(self, problem: Problem, count: int, fixed: NDArray[np.bool_]) -> None:
        self.count, self.lo, self.hi, self.share = count, problem.lo, problem.hi, problem.share
        self.households: list[int] = problem.households.tolist()
        self.near, self.dry = [0] * problem.size, [0] * problem.size
        self.touch: dict[tuple[int, int], float] = {}
        edges = (problem.i.tolist(), problem.j.tolist(), problem.barred.tolist(), problem.shared_m.tolist())
        for a, b, barred, shared in zip(*edges, strict=True):
            self.near[a] |= 1 << b
            self.near[b] |= 1 << a
            self.touch[a, b] = self.touch[b, a] = shared
            if not barred:
                self.dry[a] |= 1 << b
                self.dry[b] |= 1 << a
        self.wet = self.near != self.dry
        self.fixed = _mask(fixed)

    def out(self, households: int) -> int:
        """Count a zone out of range as `Score` does."""
        if households > self.hi:
            return households // self.share
        return int(households < self.lo)

    def distance(self, households: int) -> int:
        """Return how many households a zone is out of range."""
        return max(0, self.lo - households, households - self.hi)

    def hard(self, sums: tuple[int, ...]) -> tuple[int, int]:
        """Return how many zones and households are out of range."""
        return sum(map(self.out, sums)), sum(map(self.distance, sums))

    def piece(self, mask: int, near: list[int]) -> int:
        """Return the connected piece of a set of atoms that holds its first."""
        seen = rim = mask & -mask
        while rim:
            grown = 0
            while rim:
                bit = rim & -rim
                grown |= near[bit.bit_length() - 1]
                rim ^= bit
            rim = grown & mask & ~seen
            seen |= rim
        return seen

    def pieces(self, mask: int, near: list[int] | None = None) -> list[int]:
        """Return the connected pieces of a set of atoms."""
        parts = []
        while mask:
            part = self.piece(mask, near or self.near)
            parts.append(part)
            mask &= ~part
        return parts

    def crossings(self, zones: tuple[int, ...]) -> int:
        """Count the pieces beyond one that zones fall into without the edges along a barrier."""
        return sum(len(self.pieces(zone, self.dry)) - 1 for zone in zones if zone) if self.wet else 0

    def total(self, mask: int) -> int:
        """Return the households of a set of atoms."""
        return sum(self.households[v] for v in bits(mask))


def bits(mask: int) -> Iterator[int]:
    """Yield the atoms of a set, ascending."""
    while mask:
        bit = mask & -mask
        yield bit.bit_length() - 1
        mask ^= bit


def mend(board: Board, labels: Ints) -> list[Ints]:
    """Return labellings near to one, the most promising first: connected, with fewer zones out of range.

    `labels` int64[n] in 0 … count − 1 may be in pieces. The first result is the labelling with its pieces joined to
    neighbours; the others change more. Deterministic.
    """
    first = _settled(board, labels)
    start = _State(first, tuple(map(board.total, first)), 0)
    found = [start, *(_put_back(board, start, one) for one in _search(board, start))]
    found.sort(key=lambda one: (*board.hard(one.sums), board.crossings(one.zones), one.moved))
    return [_labels(one.zones, len(labels)) for one in found[:KEPT]]


def put_back(board: Board, start: Ints, labels: Ints) -> Ints:
    """Return a connected labelling with every atom that moved without need back in the zone it had in `start`."""
    zones = [tuple(_mask(one == zone) for zone in range(board.count)) for one in (start, labels)]
    first, drawn = (_State(one, tuple(map(board.total, one)), 0) for one in zones)
    return _labels(_put_back(board, first, drawn).zones, len(labels))


def _mask(chosen: NDArray[np.bool_]) -> int:
    return sum(1 << int(v) for v in np.flatnonzero(chosen))


def _labels(zones: tuple[int, ...], size: int) -> Ints:
    labels = np.zeros(size, np.int64)
    for zone, mask in enumerate(zones):
        labels[list(bits(mask))] = zone
    return labels


def _settled(board: Board, labels: Ints) -> tuple[int, ...]:
    """Keep one piece of each zone, the one with what may not move or with most households; join the others."""
    zones, loose = [0] * board.count, []
    for zone in range(board.count):
        parts = board.pieces(_mask(labels == zone))
        parts.sort(key=lambda part: (-(part & board.fixed).bit_count(), -board.total(part), part))
        zones[zone], rest = (parts[0], parts[1:]) if parts else (0, [])
        loose += [(part, zone) for part in rest]
    loose.sort(key=lambda one: (-board.total(one[0]), one[0]))
    while loose:
        for part, home in loose:
            rim = 0
            for v in bits(part):
                rim |= board.near[v]
            touching = [zone for zone in range(board.count) if zones[zone] & rim]
            if touching:
                zones[min(touching, key=lambda zone: _joined_price(board, zones, part, zone))] |= part
                loose.remove((part, home))
                break
        else:  # what touches nothing stays where it was
            for part, home in loose:
                zones[home] |= part
            break
    return tuple(zones)


def _joined_price(board: Board, zones: list[int], part: int, zone: int) -> tuple[int, int, float, int]:
    before, more = board.total(zones[zone]), board.total(part)
    touch = sum(board.touch.get((v, u), 0.0) for v in bits(part) for u in bits(board.near[v] & zones[zone]))
    out = board.out(before + more) - board.out(before)
    return out, board.distance(before + more) - board.distance(before), -touch, zone


def _search(board: Board, start: _State) -> list[_State]:
    """Return the states met with the fewest zones and households out of range."""
    beam, seen, found = [start], {start.zones}, [start]
    last = DEPTH
    for step in range(DEPTH):
        if step > last or not beam:
            break
        moves = sorted(move for at, state in enumerate(beam) for move in _moves(board, state, at))
        grown: list[_State] = []
        for _, _, _, at, v, a, b in moves:
            new = _moved(board, start, beam[at], v, a, b)
            if new is not None and new.zones not in seen:
                seen.add(new.zones)
                grown.append(new)
                if len(grown) == WIDTH:
                    break
        found += grown
        # Once all are in range, one more step may find the same with fewer households moved.
        if any(board.hard(state.sums)[0] == 0 for state in grown):
            last = min(last, step + 1)
        beam = [state for state in grown if board.hard(state.sums)[0] > 0]
    found.sort(key=lambda one: (*board.hard(one.sums), one.moved))
    return found[: 2 * KEPT]


def _moves(board: Board, state: _State, at: int) -> Iterator[tuple[int, int, int, int, int, int, int]]:
    """Yield the moves out of zones above the range and into zones below: price, state, atom, from, to."""
    zones, sums = state.zones, state.sums
    out, distance = board.hard(sums)
    for zone, households in enumerate(sums):
        if households > board.hi:
            pairs = [
                (v, zone, other)
                for v in bits(zones[zone] & ~board.fixed)
                if board.near[v] & ~zones[zone]
                for other in range(board.count)
                if other != zone and zones[other] & board.near[v]
            ]
        elif households < board.lo and zones[zone]:
            rim = 0
            for v in bits(zones[zone]):
                rim |= board.near[v]
            rim &= ~zones[zone] & ~board.fixed
            pairs = [
                (v, other, zone) for other in range(board.count) if other != zone for v in bits(rim & zones[other])
            ]
        else:
            continue
        for v, a, b in pairs:
            h = board.households[v]
            if not h or zones[a] == 1 << v:
                continue
            more = board.out(sums[a] - h) + board.out(sums[b] + h) - board.out(sums[a]) - board.out(sums[b])
            far = board.distance(sums[a] - h) + board.distance(sums[b] + h)
            far -= board.distance(sums[a]) + board.distance(sums[b])
            yield out + more, distance + far, state.moved + h, at, v, a, b


def _moved(board: Board, start: _State, state: _State, v: int, a: int, b: int) -> _State | None:
    """Return the state after a move, None where it would part the zone that loses the atom."""
    left = state.zones[a] & ~(1 << v)
    held = board.near[v] & left
    if held & (held - 1) and board.piece(left, board.near) != left:
        return None
    zones, sums, h = list(state.zones), list(state.sums), board.households[v]
    zones[a], zones[b] = left, zones[b] | 1 << v
    sums[a], sums[b] = sums[a] - h, sums[b] + h
    home = bool(start.zones[b] >> v & 1)
    away = bool(start.zones[a] >> v & 1)
    return _State(tuple(zones), tuple(sums), state.moved + h * (int(away) - int(home)))


def _put_back(board: Board, start: _State, state: _State) -> _State:
    """Return what was moved without need to where it was, the largest first."""
    best, again = state, True
    while again:
        again = False
        away = [(v, a, b) for a in range(board.count) for b in range(board.count) if a != b
                for v in bits(best.zones[a] & start.zones[b])]  # fmt: skip
        for v, a, b in sorted(away, key=lambda one: -board.households[one[0]]):
            if best.zones[a] == 1 << v or not board.near[v] & best.zones[b]:
                continue
            back = _moved(board, start, best, v, a, b)
            if back is not None and (*board.hard(back.sums), board.crossings(back.zones)) <= (
                *board.hard(best.sums),
                board.crossings(best.zones),
            ):
                best, again = back, True
                break
    return best
