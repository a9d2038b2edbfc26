"""Sweeps: from all seeds at once over the whole network.

Up from the seeds to the core, over the core with a circular queue of buckets, and down again to every node. Buckets are
wider than the shortest edge, so a node may be settled again when a shorter way comes late: labels are corrected until
nothing changes, and the result does not depend on the width.
"""
# ruff: noqa: C901 - compiled loops are long on purpose

from __future__ import annotations

import numpy as np

from gridmap.streets.kernels.base import Arcs, Bools, Floats, Ints, compiled
from gridmap.streets.kernels.cores import Core


@compiled
def _cross_one(
    arcs: Arcs, seed_node: Ints, seed_dist: Floats, seed_facility: Ints, limit: float, width: float, buckets: int,
    dist: Floats, facility: Ints,
) -> None:  # fmt: skip
    """Write the nearest facility and its distance to every node of the core. Seeds come by rising distance."""
    mask = buckets - 1
    first = np.full(buckets, -1, np.int32)
    room = 4096
    entry_node = np.empty(room, np.int32)
    entry_next = np.empty(room, np.int32)
    entry_dist = np.empty(room, np.float64)
    free, used, live = -1, 0, 0
    scale = 1.0 / width
    seeds, next_seed = len(seed_node), 0
    current = 0
    while live > 0 or next_seed < seeds:
        if live == 0:
            current = int(seed_dist[next_seed] * scale)
        while next_seed < seeds and int(seed_dist[next_seed] * scale) <= current:
            node, d, f = seed_node[next_seed], seed_dist[next_seed], seed_facility[next_seed]
            next_seed += 1
            if d > limit or d > dist[node] or (d == dist[node] and f >= facility[node]):
                continue
            dist[node] = d
            facility[node] = f
            if free >= 0:
                e = free
                free = entry_next[e]
            else:
                e = used
                used += 1
                if used > room:
                    room *= 2
                    entry_node = np.concatenate((entry_node, np.empty(used - 1, np.int32)))
                    entry_next = np.concatenate((entry_next, np.empty(used - 1, np.int32)))
                    entry_dist = np.concatenate((entry_dist, np.empty(used - 1, np.float64)))
            entry_node[e] = node
            entry_dist[e] = d
            slot = current & mask
            entry_next[e] = first[slot]
            first[slot] = e
            live += 1
        slot = current & mask
        while first[slot] >= 0:
            e = first[slot]
            first[slot] = entry_next[e]
            node, d = entry_node[e], entry_dist[e]
            entry_next[e] = free
            free = e
            live -= 1
            if d > dist[node]:
                continue
            f = facility[node]
            for arc in range(arcs.indptr[node], arcs.indptr[node + 1]):
                head = arcs.heads[arc]
                reached = d + arcs.costs[arc]
                known = dist[head]
                if reached > known or reached > limit or (reached == known and f >= facility[head]):
                    continue
                dist[head] = reached
                facility[head] = f
                if free >= 0:
                    e = free
                    free = entry_next[e]
                else:
                    e = used
                    used += 1
                    if used > room:
                        room *= 2
                        entry_node = np.concatenate((entry_node, np.empty(used - 1, np.int32)))
                        entry_next = np.concatenate((entry_next, np.empty(used - 1, np.int32)))
                        entry_dist = np.concatenate((entry_dist, np.empty(used - 1, np.float64)))
                entry_node[e] = head
                entry_dist[e] = reached
                into = int(reached * scale) & mask
                entry_next[e] = first[into]
                first[into] = e
                live += 1
        current += 1


@compiled
def place(dist: Floats, facility: Ints, row: int, reached: float, f: int) -> bool:
    """Put a facility among the nearest of a row, by distance and then by number; tell whether anything changed."""
    last = dist.shape[1] - 1
    if reached > dist[row, last] or (reached == dist[row, last] and 0 <= facility[row, last] <= f):
        return False
    at = last
    for i in range(last):
        if facility[row, i] == f:
            if reached >= dist[row, i]:
                return False
            at = i
            break
    while at > 0 and (dist[row, at - 1] > reached or (dist[row, at - 1] == reached and facility[row, at - 1] > f)):
        dist[row, at] = dist[row, at - 1]
        facility[row, at] = facility[row, at - 1]
        at -= 1
    dist[row, at] = reached
    facility[row, at] = f
    return True


@compiled
def _cross_many(
    arcs: Arcs, seed_node: Ints, seed_dist: Floats, seed_facility: Ints, limit: float, width: float, buckets: int,
    dist: Floats, facility: Ints,
) -> None:  # fmt: skip
    """Write the k nearest facilities of every node of the core, [n, k]; otherwise as `_cross_one`."""
    mask = buckets - 1
    k = dist.shape[1]
    first = np.full(buckets, -1, np.int32)
    room = 4096
    entry_node = np.empty(room, np.int32)
    entry_next = np.empty(room, np.int32)
    entry_facility = np.empty(room, np.int32)
    entry_dist = np.empty(room, np.float64)
    free, used, live = -1, 0, 0
    scale = 1.0 / width
    seeds, next_seed = len(seed_node), 0
    current = 0
    while live > 0 or next_seed < seeds:
        if live == 0:
            current = int(seed_dist[next_seed] * scale)
        slot = current & mask
        while True:
            # Seeds of this bucket first, then its entries; what they reach may fall into the same bucket again.
            if next_seed < seeds and int(seed_dist[next_seed] * scale) <= current:
                node, d, f = seed_node[next_seed], seed_dist[next_seed], seed_facility[next_seed]
                next_seed += 1
                if d > limit or not place(dist, facility, node, d, f):
                    continue
            else:
                e = first[slot]
                if e < 0:
                    break
                first[slot] = entry_next[e]
                node, d, f = entry_node[e], entry_dist[e], entry_facility[e]
                entry_next[e] = free
                free = e
                live -= 1
            fresh = False
            for i in range(k):
                if facility[node, i] == f:
                    fresh = dist[node, i] == d
                    break
            if not fresh:
                continue
            for arc in range(arcs.indptr[node], arcs.indptr[node + 1]):
                head = arcs.heads[arc]
                reached = d + arcs.costs[arc]
                if reached > limit or reached > dist[head, k - 1]:
                    continue
                if not place(dist, facility, head, reached, f):
                    continue
                if free >= 0:
                    e = free
                    free = entry_next[e]
                else:
                    e = used
                    used += 1
                    if used > room:
                        room *= 2
                        entry_node = np.concatenate((entry_node, np.empty(used - 1, np.int32)))
                        entry_next = np.concatenate((entry_next, np.empty(used - 1, np.int32)))
                        entry_facility = np.concatenate((entry_facility, np.empty(used - 1, np.int32)))
                        entry_dist = np.concatenate((entry_dist, np.empty(used - 1, np.float64)))
                entry_node[e] = head
                entry_dist[e] = reached
                entry_facility[e] = f
                into = int(reached * scale) & mask
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
    taken, nodes = len(core.indptr) - 1, len(core.nodes)
    dist, facility = np.full(nodes, np.inf), np.full(nodes, -1, np.int32)
    for s in range(len(seed_node)):
        at, d, f = core.rank[seed_node[s]], seed_dist[s], seed_facility[s]
        if d <= limit and (d < dist[at] or (d == dist[at] and f < facility[at])):
            dist[at], facility[at] = d, f
    for at in range(taken):
        d, f = dist[at], facility[at]
        if f < 0:
            continue
        for arc in range(core.indptr[at], core.indptr[at + 1]):
            head, reached = core.heads[arc], d + core.costs[arc]
            if reached <= limit and (reached < dist[head] or (reached == dist[head] and f < facility[head])):
                dist[head], facility[head] = reached, f
    inner_dist, inner_facility = dist[taken:], facility[taken:]
    starts = np.flatnonzero(inner_facility >= 0).astype(np.int32)
    starts = starts[np.argsort(inner_dist[starts])]
    first, whose = inner_dist[starts], inner_facility[starts]
    inner_dist[starts], inner_facility[starts] = np.inf, -1
    _cross_one(core.arcs, starts, first, whose, limit, width, buckets, inner_dist, inner_facility)
    for at in range(taken - 1, -1, -1):
        d, f = dist[at], facility[at]
        for arc in range(core.indptr[at], core.indptr[at + 1]):
            head = core.heads[arc]
            reached = dist[head] + core.costs[arc]
            if reached < d or (reached == d and facility[head] >= 0 and facility[head] < f):
                d, f = reached, facility[head]
        if d <= limit:
            dist[at], facility[at] = d, f
    return dist[core.rank], facility[core.rank]


@compiled
def sweep_many(
    core: Core, seed_node: Ints, seed_dist: Floats, seed_facility: Ints, limit: float, width: float, buckets: int,
    k: int,
) -> tuple[Floats, Ints]:  # fmt: skip
    """Return the k nearest facilities of every node and their distances, [n, k]; otherwise as `sweep_one`."""
    taken, nodes = len(core.indptr) - 1, len(core.nodes)
    dist, facility = np.full((nodes, k), np.inf), np.full((nodes, k), -1, np.int32)
    for s in range(len(seed_node)):
        at = core.rank[seed_node[s]]
        if seed_dist[s] <= limit:
            place(dist, facility, at, seed_dist[s], seed_facility[s])
    for at in range(taken):
        for arc in range(core.indptr[at], core.indptr[at + 1]):
            _pull(dist, facility, core.heads[arc], at, core.costs[arc], limit)
    flat = facility[taken:].reshape(-1)
    starts = np.flatnonzero(flat >= 0)
    first, whose = dist[taken:].reshape(-1)[starts], flat[starts]
    order = np.argsort(first)
    dist[taken:], facility[taken:] = np.inf, -1
    _cross_many(
        core.arcs, (starts[order] // k).astype(np.int32), first[order], whose[order], limit, width, buckets,
        dist[taken:], facility[taken:],
    )  # fmt: skip
    for at in range(taken - 1, -1, -1):
        for arc in range(core.indptr[at], core.indptr[at + 1]):
            _pull(dist, facility, at, core.heads[arc], core.costs[arc], limit)
    return dist[core.rank], facility[core.rank]


@compiled
def _pull(dist: Floats, facility: Ints, node: int, other: int, cost: float, limit: float) -> None:
    """Put the facilities of another node among those of a node, at their distance through it."""
    for i in range(dist.shape[1]):
        reached = dist[other, i] + cost
        if facility[other, i] < 0 or reached > limit or reached > dist[node, -1]:
            break
        place(dist, facility, node, reached, facility[other, i])


@compiled
def at_rows(
    tail: Ints, head: Ints, length: Floats, factor: Floats,
    dist: Floats, facility: Ints, seeded: Bools,
    seed_edge: Ints, seed_offset: Floats, seed_cost: Floats, seed_facility: Ints,
    point: Ints, edge: Ints, offset: Floats, access: Floats, limit: float,
    out_dist: Floats, out_facility: Ints,
) -> None:  # fmt: skip
    """Write the k nearest facilities of points that lie on edges: over both ends, and along the edge itself."""
    k = dist.shape[1]
    for row in range(len(edge)):
        e = edge[row]
        if e < 0:
            continue
        pace = factor[e]
        for end in range(2):
            node = tail[e] if end == 0 else head[e]
            way = access[row] + pace * (offset[row] if end == 0 else length[e] - offset[row])
            for i in range(k):
                f = facility[node, i]
                reached = dist[node, i] + way
                if f < 0 or reached > limit or reached > out_dist[point[row], k - 1]:
                    break
                place(out_dist, out_facility, point[row], reached, f)
        if seeded[e]:
            s = np.searchsorted(seed_edge, e)
            while s < len(seed_edge) and seed_edge[s] == e:
                reached = access[row] + seed_cost[s] + pace * abs(offset[row] - seed_offset[s])
                if reached <= limit:
                    place(out_dist, out_facility, point[row], reached, seed_facility[s])
                s += 1
