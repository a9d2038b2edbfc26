"""Single searches: from one point as far as needed, in memory that is cleared by what was touched."""

from __future__ import annotations

import numpy as np

from gridmap.streets.kernels.base import Arcs, Floats, Ints, Room, clear, compiled, nearest_node, reach
from gridmap.streets.kernels.sweeps import U, place


@compiled
def settle(
    arcs: Arcs, room: Room, start: Ints, cost: Floats, limit: float, wanted: Ints, slots: int, found: Floats
) -> None:
    """Write the distances of the nodes that are wanted (`wanted[node]` is a slot of `found`, −1: not wanted)."""
    for i in range(len(start)):
        if cost[i] <= limit and cost[i] < room.dist[start[i]]:
            reach(room, start[i], cost[i], cost[i], -1)
    while slots > 0:
        node = nearest_node(room)
        if node < 0:
            break
        d = room.dist[node]
        if wanted[node] >= 0:
            found[wanted[node]] = d
            slots -= 1
        for arc in range(arcs.indptr[node], arcs.indptr[node + 1]):
            reached = d + arcs.costs[arc]
            if reached <= limit and reached < room.dist[arcs.heads[arc]]:
                reach(room, arcs.heads[arc], reached, reached, arc)
    clear(room)


@compiled
def nearest_targets(
    arcs: Arcs, room: Room, start: Ints, cost: Floats, limit: float,
    target_ptr: Ints, target_cost: Floats, target_facility: Ints,
    edge: Ints, offset: Floats, access: Floats, factor: Floats,
    seed_edge: Ints, seed_offset: Floats, seed_cost: Floats, seed_facility: Ints,
    dists: Floats, facilities: Ints,
) -> None:  # fmt: skip
    """Find the k nearest facilities; at node i wait the targets `target_ptr[i]:target_ptr[i + 1]`.

    The point has the rows `edge`, `offset`, `access`; what lies on its own edges is looked at first. What is found is
    written to `dists` and `facilities`.
    """
    last = len(dists) - 1
    for row in range(len(edge)):
        s = np.searchsorted(seed_edge, edge[row])
        while s < len(seed_edge) and seed_edge[s] == edge[row]:
            reached = access[row] + seed_cost[s] + factor[edge[row]] * abs(offset[row] - seed_offset[s])
            if reached <= limit:
                place(dists, facilities, U(0), U(last), reached, seed_facility[s])
            s += 1
    for i in range(len(start)):
        if cost[i] <= limit and cost[i] < room.dist[start[i]]:
            reach(room, start[i], cost[i], cost[i], -1)
    while True:
        node = nearest_node(room)
        if node < 0 or room.dist[node] > min(limit, dists[last]):
            break
        d = room.dist[node]
        for t in range(target_ptr[node], target_ptr[node + 1]):
            if d + target_cost[t] <= limit:
                place(dists, facilities, U(0), U(last), d + target_cost[t], target_facility[t])
        for arc in range(arcs.indptr[node], arcs.indptr[node + 1]):
            reached = d + arcs.costs[arc]
            if reached <= limit and reached <= dists[last] and reached < room.dist[arcs.heads[arc]]:
                reach(room, arcs.heads[arc], reached, reached, arc)
    clear(room)


@compiled
def way(
    arcs: Arcs, room: Room, x: Floats, y: Floats, goal_x: float, goal_y: float, round_it: float, pace: float,
    start: Ints, cost: Floats, goal: Ints, goal_cost: Floats, limit: float,
) -> tuple[float, int, Ints]:  # fmt: skip
    """Find the shortest way to one of the goal nodes, with what it costs from there: its cost, start and arcs.

    The straight distance to the circle `round_it` around the goal, at the pace of the fastest class, bounds what is
    left from below (A*). Nodes are
    opened again when a shorter way comes late, so rounding in the bound does no harm.
    """
    best, end = limit, -1
    for i in range(len(start)):
        node = start[i]
        if cost[i] < room.dist[node]:
            left = pace * max(0.0, np.hypot(x[node] - goal_x, y[node] - goal_y) - round_it)
            reach(room, node, cost[i], cost[i] + left, -1)
    while True:
        node = nearest_node(room)
        if node < 0 or room.key[node] > best:
            break
        d = room.dist[node]
        for i in range(len(goal)):
            if goal[i] == node and (d + goal_cost[i] < best or (end < 0 and d + goal_cost[i] <= best)):
                best, end = d + goal_cost[i], node
        for arc in range(arcs.indptr[node], arcs.indptr[node + 1]):
            head = arcs.heads[arc]
            reached = d + arcs.costs[arc]
            if reached < room.dist[head] and reached <= best:
                left = pace * max(0.0, np.hypot(x[head] - goal_x, y[head] - goal_y) - round_it)
                reach(room, head, reached, reached + left, arc)
    count, node = 0, end
    while node >= 0 and room.arc[node] >= 0:
        count += 1
        node = _tail(arcs, room.arc[node])
    arcs_back = np.empty(count, np.int32)
    node = end
    while count > 0:
        count -= 1
        arcs_back[count] = room.arc[node]
        node = _tail(arcs, room.arc[node])
    clear(room)
    return (best if end >= 0 else np.inf), node, arcs_back


@compiled
def _tail(arcs: Arcs, arc: int) -> int:
    """Return the node from which an arc goes."""
    return int(np.searchsorted(arcs.indptr, arc, side="right") - 1)
