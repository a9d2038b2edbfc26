"""Sweeps: from all seeds at once over the whole network, with a circular queue of buckets.

Buckets are wider than the shortest edge, so a node may be settled again when a shorter way comes late: labels are
corrected until nothing changes, and the result does not depend on the width.
"""
# ruff: noqa: C901, FBT001 - compiled loops are long on purpose

from __future__ import annotations

import numpy as np

from gridmap.streets.kernels.base import Arcs, Bools, Floats, Ints, compiled


@compiled
def sweep_one(
    arcs: Arcs, seed_node: Ints, seed_dist: Floats, seed_facility: Ints, limit: float, width: float, buckets: int,
    dist: Floats, facility: Ints,
) -> int:  # fmt: skip
    """Write the nearest facility and its distance to every node. Seeds come by rising distance; `buckets` is 2^i."""
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
    settled = 0
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
            settled += 1
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
    return settled


@compiled
def _place(dists: Floats, facilities: Ints, reached: float, f: int) -> bool:
    """Put a facility among the nearest of a node, by distance and then by number; tell whether anything changed."""
    k = len(dists)
    last = k - 1
    if reached > dists[last] or (reached == dists[last] and facilities[last] >= 0 and f >= facilities[last]):
        return False
    at = last
    for i in range(k):
        if facilities[i] == f:
            if reached >= dists[i]:
                return False
            at = i
            break
    while at > 0 and (dists[at - 1] > reached or (dists[at - 1] == reached and facilities[at - 1] > f)):
        dists[at] = dists[at - 1]
        facilities[at] = facilities[at - 1]
        at -= 1
    dists[at] = reached
    facilities[at] = f
    return True


@compiled
def sweep_many(
    arcs: Arcs, seed_node: Ints, seed_dist: Floats, seed_facility: Ints, limit: float, width: float, buckets: int,
    dist: Floats, facility: Ints,
) -> int:  # fmt: skip
    """Write the k nearest facilities of every node, `dist` and `facility` being [n, k]; otherwise as `sweep_one`."""
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
    settled = 0
    while live > 0 or next_seed < seeds:
        if live == 0:
            current = int(seed_dist[next_seed] * scale)
        slot = current & mask
        while True:
            # Seeds of this bucket first, then its entries; what they reach may fall into the same bucket again.
            if next_seed < seeds and int(seed_dist[next_seed] * scale) <= current:
                node, d, f = seed_node[next_seed], seed_dist[next_seed], seed_facility[next_seed]
                next_seed += 1
                if d > limit or not _place(dist[node], facility[node], d, f):
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
            settled += 1
            for arc in range(arcs.indptr[node], arcs.indptr[node + 1]):
                head = arcs.heads[arc]
                reached = d + arcs.costs[arc]
                if reached > limit or reached > dist[head, k - 1]:
                    continue
                if not _place(dist[head], facility[head], reached, f):
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
    return settled


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
        dists, facilities = out_dist[point[row]], out_facility[point[row]]
        pace = factor[e]
        for end in range(2):
            node = tail[e] if end == 0 else head[e]
            way = access[row] + pace * (offset[row] if end == 0 else length[e] - offset[row])
            for i in range(k):
                f = facility[node, i]
                reached = dist[node, i] + way
                if f < 0 or reached > limit or reached > dists[k - 1]:
                    break
                _place(dists, facilities, reached, f)
        if seeded[e]:
            s = np.searchsorted(seed_edge, e)
            while s < len(seed_edge) and seed_edge[s] == e:
                reached = access[row] + seed_cost[s] + pace * abs(offset[row] - seed_offset[s])
                if reached <= limit:
                    _place(dists, facilities, reached, seed_facility[s])
                s += 1
