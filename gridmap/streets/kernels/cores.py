"""Take nodes of few neighbours out of a network, so that sweeps search a small core and fill in the rest in one pass.

A node of up to `most` neighbours is taken out by joining its neighbours to each other at what the way through it costs.
What is left is the core. A shortest way from anywhere climbs to the core, crosses it and descends: so does a sweep.
"""
# ruff: noqa: C901 - compiled loops are long on purpose

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gridmap.streets.kernels.base import Floats, Ints, Longs, Words, compiled

_TILE = 1 << 11


class Core(NamedTuple):
    """A network ordered for sweeps: first the nodes taken out, in the order in which they were, then the core's.

    `rank` is the place of each node in that order. The node at place i, of those taken out, had the neighbours
    `heads[indptr[i]:indptr[i + 1]]` at `costs`, by place, all of them later. `inner_…` is the core in compressed rows,
    numbered from its first node.
    """

    rank: Words
    indptr: Words
    heads: Words
    costs: Floats
    inner_indptr: Words
    inner_heads: Words
    inner_costs: Floats


class _Lists(NamedTuple):
    """Half-edges in doubly linked lists, one a node; half h and half h ^ 1 are the two directions of an edge.

    `free` is the even half of a pair that is free (−1: none), the next hanging on it, and where unused memory begins.
    """

    first: Ints
    degree: Ints
    to: Ints
    cost: Floats
    after: Ints
    before: Ints
    free: Longs


@compiled
def _link(lists: _Lists, node: int, half: int) -> None:
    at = lists.first[node]
    lists.after[half] = at
    lists.before[half] = -1
    if at >= 0:
        lists.before[at] = half
    lists.first[node] = half
    lists.degree[node] += 1


@compiled
def _unlink(lists: _Lists, node: int, half: int) -> None:
    after, before = lists.after[half], lists.before[half]
    if before >= 0:
        lists.after[before] = after
    else:
        lists.first[node] = after
    if after >= 0:
        lists.before[after] = before
    lists.degree[node] -= 1


@compiled
def _join(lists: _Lists, a: int, b: int, cost: float) -> None:
    """Put an edge between two nodes, or make the one between them cheaper."""
    short, other = (a, b) if lists.degree[a] <= lists.degree[b] else (b, a)
    half = lists.first[short]
    while half >= 0:
        if lists.to[half] == other:
            if cost < lists.cost[half]:
                lists.cost[half] = cost
                lists.cost[half ^ 1] = cost
            return
        half = lists.after[half]
    half = lists.free[0]
    if half >= 0:
        lists.free[0] = lists.after[half]
    else:
        half = lists.free[1]
        lists.free[1] += 2
    lists.to[half], lists.to[half ^ 1] = b, a
    lists.cost[half], lists.cost[half ^ 1] = cost, cost
    _link(lists, a, half)
    _link(lists, b, half ^ 1)


@compiled
def _lists(tail: Ints, head: Ints, cost: Floats, nodes: int) -> _Lists:
    # A node of four neighbours makes six edges of four, so two edges more: the worst there can be.
    room = 2 * len(tail) + 4 * nodes + 8
    lists = _Lists(
        np.full(nodes, -1, np.int32),
        np.zeros(nodes, np.int32),
        np.empty(room, np.int32),
        np.empty(room, np.float64),
        np.empty(room, np.int32),
        np.empty(room, np.int32),
        np.array([-1, 0]),
    )
    for e in range(len(tail)):
        if tail[e] != head[e]:
            _join(lists, tail[e], head[e], cost[e])
    return lists


@compiled
def take_out(tail: Ints, head: Ints, cost: Floats, nodes: int, most: int) -> Core:
    """Take nodes of up to `most` (at most 4) neighbours out, those of fewest first."""
    lists = _lists(tail, head, cost, nodes)
    gone = np.zeros(nodes, np.bool_)
    waiting = np.zeros(nodes, np.bool_)
    queue = np.empty(nodes, np.int32)
    taken = np.empty(nodes, np.int32)
    indptr = np.zeros(nodes + 1, np.int32)
    heads, costs = np.empty(most * nodes, np.int32), np.empty(most * nodes, np.float64)
    count, size = 0, 0
    tiles = nodes // _TILE + 1
    # Tile by tile, so that a pass over the nodes taken out stays in the cache; the last turn takes what is left over.
    for turn in range((tiles + 1) * (most + 1)):
        tile, few = turn // (most + 1), turn % (most + 1)
        begin, end = 0, 0
        for node in range(0 if tile == tiles else tile * _TILE, min(nodes, (tile + 1) * _TILE)):
            if not gone[node] and lists.degree[node] <= few:
                queue[end] = node
                end += 1
                waiting[node] = True
        held = end
        while held > 0:
            node = queue[begin % nodes]
            begin += 1
            held -= 1
            waiting[node] = False
            if gone[node] or lists.degree[node] > few:
                continue
            gone[node] = True
            at = size
            half = lists.first[node]
            while half >= 0:
                heads[size], costs[size] = lists.to[half], lists.cost[half]
                size += 1
                following = lists.after[half]
                _unlink(lists, lists.to[half], half ^ 1)
                even = half & ~1
                lists.after[even] = lists.free[0]
                lists.free[0] = even
                half = following
            for i in range(at, size):
                for j in range(at, i):
                    _join(lists, heads[i], heads[j], costs[i] + costs[j])
            for i in range(at, size):
                other = heads[i]
                if lists.degree[other] <= few and not waiting[other]:
                    queue[end % nodes] = other
                    end += 1
                    held += 1
                    waiting[other] = True
            taken[count] = node
            count += 1
            indptr[count] = size
    core = np.flatnonzero(~gone)
    rank = np.empty(nodes, np.uint32)
    for i in range(count):
        rank[taken[i]] = i
    for i in range(len(core)):
        rank[core[i]] = count + i
    rows = np.zeros(len(core) + 1, np.uint32)
    for i in range(len(core)):
        rows[i + 1] = rows[i] + lists.degree[core[i]]
    to, price = np.empty(rows[-1], np.uint32), np.empty(rows[-1], np.float64)
    at = 0
    for i in range(len(core)):
        half = lists.first[core[i]]
        while half >= 0:
            to[at], price[at] = rank[lists.to[half]] - count, lists.cost[half]
            at += 1
            half = lists.after[half]
    return Core(rank, indptr[: count + 1].astype(np.uint32), rank[heads[:size]], costs[:size].copy(), rows, to, price)
