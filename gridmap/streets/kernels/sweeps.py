"""Sweeps: from all seeds at once over the whole network.

Up from the seeds to the core, over the core with a circular queue of buckets, and down again to every node. Buckets are
wider than the shortest edge, so a node may be settled again when a shorter way comes late: labels are corrected until
nothing changes, and the result does not depend on the width.

Two things cost more than the work itself and are avoided where it counts: signed indexes, which are tested for counting
from the end, and handing arrays to a function, which counts references. So indexes are unsigned, and putting a facility
among the nearest (`place`) is written out where it happens most. The k labels of node i stand at k·i in flat arrays.
"""
# ruff: noqa: C901 - compiled loops are long on purpose

from __future__ import annotations

import numpy as np

from gridmap.streets.kernels.base import Bools, Floats, Ints, Words, compiled
from gridmap.streets.kernels.cores import Core

U = np.uint64
_0, _1 = U(0), U(1)
_NONE = np.uint32(0xFFFFFFFF)


@compiled
def _grown(words: Words) -> Words:
    return np.concatenate((words, np.empty(len(words), np.uint32)))


@compiled
def _cross_one(
    indptr: Words, heads: Words, costs: Floats, seed_node: Words, seed_dist: Floats, seed_facility: Ints, limit: float,
    width: float, buckets: int, dist: Floats, facility: Ints,
) -> None:  # fmt: skip
    """Write the nearest facility and its distance to every node of the core. Seeds come by rising distance."""
    mask = U(buckets - 1)
    first = np.full(buckets, _NONE, np.uint32)
    entry_node, entry_next = np.empty(4096, np.uint32), np.empty(4096, np.uint32)
    entry_dist = np.empty(4096, np.float64)
    free, used, live = _NONE, 0, 0
    scale = 1.0 / width
    seeds, next_seed = len(seed_node), 0
    current = 0
    while live > 0 or next_seed < seeds:
        if live == 0:
            current = int(seed_dist[next_seed] * scale)
        slot = U(current) & mask
        while True:
            # Seeds of this bucket first, then its entries; what they reach may fall into the same bucket again.
            if next_seed < seeds and int(seed_dist[next_seed] * scale) <= current:
                node, d, f = U(seed_node[next_seed]), seed_dist[next_seed], seed_facility[next_seed]
                next_seed += 1
                if d > limit or d > dist[node] or (d == dist[node] and f >= facility[node]):
                    continue
                dist[node], facility[node] = d, f
            else:
                e = first[slot]
                if e == _NONE:
                    break
                first[slot] = entry_next[e]
                node, d = U(entry_node[e]), entry_dist[e]
                entry_next[e] = free
                free = e
                live -= 1
                if d > dist[node]:
                    continue
                f = facility[node]
            for arc in range(U(indptr[node]), U(indptr[node + _1])):
                head = U(heads[arc])
                reached = d + costs[arc]
                known = dist[head]
                if reached > known or reached > limit or (reached == known and f >= facility[head]):
                    continue
                dist[head] = reached
                facility[head] = f
                if free != _NONE:
                    e = free
                    free = entry_next[e]
                else:
                    e = np.uint32(used)
                    used += 1
                    if used > len(entry_node):
                        entry_node, entry_next = _grown(entry_node), _grown(entry_next)
                        entry_dist = np.concatenate((entry_dist, np.empty(len(entry_dist))))
                entry_node[e] = head
                entry_dist[e] = reached
                into = U(int(reached * scale)) & mask
                entry_next[e] = first[into]
                first[into] = e
                live += 1
        current += 1


@compiled
def place(dist: Floats, facility: Ints, base: np.uint64, last: np.uint64, reached: float, f: int) -> bool:
    """Put a facility among the nearest, at `base` to `last`, by distance and then by number; tell whether it is new."""
    if reached > dist[last] or (reached == dist[last] and facility[last] >= 0 and f >= facility[last]):
        return False
    at = last
    for i in range(base, last):
        if facility[i] == f:
            at = U(i)
            break
    if facility[at] == f and reached >= dist[at]:
        return False
    while at > base and (dist[at - _1] > reached or (dist[at - _1] == reached and facility[at - _1] > f)):
        dist[at] = dist[at - _1]
        facility[at] = facility[at - _1]
        at -= _1
    dist[at] = reached
    facility[at] = f
    return True


@compiled
def _cross_many(
    indptr: Words, heads: Words, costs: Floats, seed_node: Words, seed_dist: Floats, seed_facility: Ints, limit: float,
    width: float, buckets: int, k: int, dist: Floats, facility: Ints,
) -> None:  # fmt: skip
    """Write the k nearest facilities of every node of the core; otherwise as `_cross_one`."""
    mask, wide = U(buckets - 1), U(k)
    first = np.full(buckets, _NONE, np.uint32)
    entry_node, entry_next = np.empty(4096, np.uint32), np.empty(4096, np.uint32)
    entry_facility, entry_dist = np.empty(4096, np.int32), np.empty(4096, np.float64)
    free, used, live = _NONE, 0, 0
    scale = 1.0 / width
    seeds, next_seed = len(seed_node), 0
    current = 0
    while live > 0 or next_seed < seeds:
        if live == 0:
            current = int(seed_dist[next_seed] * scale)
        slot = U(current) & mask
        while True:
            if next_seed < seeds and int(seed_dist[next_seed] * scale) <= current:
                node, d, f = U(seed_node[next_seed]), seed_dist[next_seed], seed_facility[next_seed]
                next_seed += 1
                if d > limit or not place(dist, facility, node * wide, node * wide + wide - _1, d, f):
                    continue
            else:
                e = first[slot]
                if e == _NONE:
                    break
                first[slot] = entry_next[e]
                node, d, f = U(entry_node[e]), entry_dist[e], entry_facility[e]
                entry_next[e] = free
                free = e
                live -= 1
            fresh = False
            for i in range(node * wide, node * wide + wide):
                if facility[i] == f:
                    fresh = dist[i] == d
                    break
            if not fresh:
                continue
            for arc in range(U(indptr[node]), U(indptr[node + _1])):
                head = U(heads[arc])
                reached = d + costs[arc]
                base = head * wide
                last = base + wide - _1
                if reached > limit or reached > dist[last]:
                    continue
                if reached == dist[last] and 0 <= facility[last] <= f:
                    continue
                at, known = last, False
                for j in range(base, last):
                    if facility[j] == f:
                        at, known = U(j), reached >= dist[j]
                        break
                if known:
                    continue
                while at > base and (dist[at - _1] > reached or (dist[at - _1] == reached and facility[at - _1] > f)):
                    dist[at], facility[at] = dist[at - _1], facility[at - _1]
                    at -= _1
                dist[at], facility[at] = reached, f
                if free != _NONE:
                    e = free
                    free = entry_next[e]
                else:
                    e = np.uint32(used)
                    used += 1
                    if used > len(entry_node):
                        entry_node, entry_next = _grown(entry_node), _grown(entry_next)
                        entry_facility = np.concatenate((entry_facility, np.empty(len(entry_facility), np.int32)))
                        entry_dist = np.concatenate((entry_dist, np.empty(len(entry_dist))))
                entry_node[e] = head
                entry_dist[e] = reached
                entry_facility[e] = f
                into = U(int(reached * scale)) & mask
                entry_next[e] = first[into]
                first[into] = e
                live += 1
        current += 1


@compiled
def sweep_one(
    core: Core, seed_node: Ints, seed_dist: Floats, seed_facility: Ints, limit: float, width: float, buckets: int,
) -> tuple[Floats, Ints]:  # fmt: skip
    """Return the nearest facility of every node and its distance; `buckets` is a power of two.

    Of equally near facilities the one of the lowest number is returned, infinite and −1 where none is within the limit.
    """
    taken, nodes = len(core.indptr) - 1, len(core.rank)
    indptr, heads, costs = core.indptr, core.heads, core.costs
    dist, facility = np.full(nodes, np.inf), np.full(nodes, -1, np.int32)
    for s in range(len(seed_node)):
        at, d, f = core.rank[seed_node[s]], seed_dist[s], seed_facility[s]
        if d <= limit and (d < dist[at] or (d == dist[at] and f < facility[at])):
            dist[at], facility[at] = d, f
    for at in range(U(taken)):
        d, f = dist[at], facility[at]
        if f < 0:
            continue
        for arc in range(U(indptr[at]), U(indptr[at + _1])):
            head, reached = U(heads[arc]), d + costs[arc]
            if reached <= limit and (reached < dist[head] or (reached == dist[head] and f < facility[head])):
                dist[head], facility[head] = reached, f
    inner_dist, inner_facility = dist[taken:], facility[taken:]
    starts = np.flatnonzero(inner_facility >= 0)
    starts = starts[np.argsort(inner_dist[starts])]
    first, whose = inner_dist[starts], inner_facility[starts]
    inner_dist[starts], inner_facility[starts] = np.inf, -1
    _cross_one(
        core.inner_indptr, core.inner_heads, core.inner_costs, starts.astype(np.uint32), first, whose, limit, width,
        buckets, inner_dist, inner_facility,
    )  # fmt: skip
    for back in range(U(taken)):
        at = U(taken) - _1 - back
        d, f = dist[at], facility[at]
        for arc in range(U(indptr[at]), U(indptr[at + _1])):
            head = U(heads[arc])
            reached = dist[head] + costs[arc]
            if reached < d or (reached == d and facility[head] >= 0 and facility[head] < f):
                d, f = reached, facility[head]
        if d <= limit:
            dist[at], facility[at] = d, f
    return dist[core.rank], facility[core.rank]


@compiled
def _pull(
    dist: Floats, facility: Ints, node: np.uint64, other: np.uint64, wide: np.uint64, cost: float, limit: float
) -> None:
    """Put the facilities of another node among those of a node, at their distance through it."""
    last = node * wide + wide - _1
    for i in range(other * wide, other * wide + wide):
        reached = dist[i] + cost
        if facility[i] < 0 or reached > limit or reached > dist[last]:
            break
        place(dist, facility, node * wide, last, reached, facility[i])


@compiled
def sweep_many(
    core: Core, seed_node: Ints, seed_dist: Floats, seed_facility: Ints, limit: float, width: float, buckets: int,
    k: int,
) -> tuple[Floats, Ints]:  # fmt: skip
    """Return the k nearest facilities of every node and their distances, [n, k]; otherwise as `sweep_one`."""
    taken, nodes, wide = len(core.indptr) - 1, len(core.rank), U(k)
    indptr, heads, costs = core.indptr, core.heads, core.costs
    dist, facility = np.full(nodes * k, np.inf), np.full(nodes * k, -1, np.int32)
    for s in range(len(seed_node)):
        base = U(core.rank[seed_node[s]]) * wide
        if seed_dist[s] <= limit:
            place(dist, facility, base, base + wide - _1, seed_dist[s], seed_facility[s])
    for low in range(U(taken)):
        if facility[low * wide] < 0:
            continue
        for arc in range(U(indptr[low]), U(indptr[low + _1])):
            _pull(dist, facility, U(heads[arc]), U(low), wide, costs[arc], limit)
    inner_dist, inner_facility = dist[taken * k :], facility[taken * k :]
    starts = np.flatnonzero(inner_facility >= 0)
    starts = starts[np.argsort(inner_dist[starts])]
    first, whose = inner_dist[starts], inner_facility[starts]
    inner_dist[starts], inner_facility[starts] = np.inf, -1
    _cross_many(
        core.inner_indptr, core.inner_heads, core.inner_costs, (starts // k).astype(np.uint32), first, whose, limit,
        width, buckets, k, inner_dist, inner_facility,
    )  # fmt: skip
    for back in range(U(taken)):
        node = U(taken) - _1 - back
        base = node * wide
        last = base + wide - _1
        for arc in range(U(indptr[node]), U(indptr[node + _1])):
            other, cost = U(heads[arc]) * wide, costs[arc]
            for i in range(other, other + wide):
                reached, f = dist[i] + cost, facility[i]
                if f < 0 or reached > limit or reached > dist[last]:
                    break
                if reached == dist[last] and 0 <= facility[last] <= f:
                    continue
                at, known = last, False
                for j in range(base, last):
                    if facility[j] == f:
                        at, known = U(j), reached >= dist[j]
                        break
                if known:
                    continue
                while at > base and (dist[at - _1] > reached or (dist[at - _1] == reached and facility[at - _1] > f)):
                    dist[at], facility[at] = dist[at - _1], facility[at - _1]
                    at -= _1
                dist[at], facility[at] = reached, f
    return dist.reshape(nodes, k)[core.rank], facility.reshape(nodes, k)[core.rank]


@compiled
def at_rows(
    tail: Ints, head: Ints, length: Floats, factor: Floats, k: int,
    dist: Floats, facility: Ints, seeded: Bools,
    seed_edge: Ints, seed_offset: Floats, seed_cost: Floats, seed_facility: Ints,
    point: Ints, edge: Ints, offset: Floats, access: Floats, limit: float,
    out_dist: Floats, out_facility: Ints,
) -> None:  # fmt: skip
    """Write the k nearest facilities of points that lie on edges: over both ends, and along the edge itself."""
    wide = U(k)
    for row in range(U(len(edge))):
        if edge[row] < 0:
            continue
        e = U(edge[row])
        base = U(point[row]) * wide
        last = base + wide - _1
        pace = factor[e]
        for end in range(2):
            node = U(tail[e]) if end == 0 else U(head[e])
            way = access[row] + pace * (offset[row] if end == 0 else length[e] - offset[row])
            for i in range(node * wide, node * wide + wide):
                reached, f = dist[i] + way, facility[i]
                if f < 0 or reached > limit or reached > out_dist[last]:
                    break
                if reached == out_dist[last] and 0 <= out_facility[last] <= f:
                    continue
                at, known = last, False
                for j in range(base, last):
                    if out_facility[j] == f:
                        at, known = U(j), reached >= out_dist[j]
                        break
                if known:
                    continue
                while at > base and (
                    out_dist[at - _1] > reached or (out_dist[at - _1] == reached and out_facility[at - _1] > f)
                ):
                    out_dist[at], out_facility[at] = out_dist[at - _1], out_facility[at - _1]
                    at -= _1
                out_dist[at], out_facility[at] = reached, f
        if seeded[e]:
            s = np.searchsorted(seed_edge, edge[row])
            while s < len(seed_edge) and seed_edge[s] == edge[row]:
                reached = access[row] + seed_cost[s] + pace * abs(offset[row] - seed_offset[s])
                if reached <= limit:
                    place(out_dist, out_facility, base, last, reached, seed_facility[s])
                s += 1
