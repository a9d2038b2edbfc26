"""Exact division of small clusters of zones: every connected set of atoms in range, then the cheapest cover by them."""
# ruff: noqa: C901, FBT001 - compiled loops are long on purpose, and machine code takes no keywords

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from gridmap.redraw.kernels.base import (
    HI,
    LO,
    TARGET,
    W_STAY,
    Floats,
    Graph,
    Int,
    Ints,
    Room,
    Words,
    Zones,
    compiled,
    inner,
    measure,
    uniform,
    zone_out,
    zone_soft,
)

ATOMS, ZONES = 60, 8
"""Most atoms (bits of a word) and zones of a cluster."""

PARTED = 100.0
"""What a piece of a compound costs in a cover: more than all that may be traded."""

ONE = np.uint64(1)
NONE = np.uint64(0)


class Cluster(NamedTuple):
    """Memory for one cluster of zones.

    `shape`: how many zones and atoms it has, and how many steps the search for a cover took. Then which zones and atoms
    they are; who touches whom; the sets in range (as bits, grouped by their lowest atom from `first` on) with their
    figures; two stacks; the best cover.
    """

    shape: Ints
    zones: Ints
    atoms: Ints
    near: Words
    touch: Floats
    off: Floats
    sets: Words
    total: Floats
    homes: Floats
    price: Floats
    held: Floats
    first: Ints
    share: Floats
    words: Words
    sums: Floats
    best: Ints
    names: Ints
    cursor: Ints

    @classmethod
    def of(cls, limit: int) -> Cluster:
        """Return memory for at most `limit` sets."""
        return cls(
            shape=np.zeros(3, np.int64),
            zones=np.zeros(ZONES, np.int64),
            atoms=np.zeros(ATOMS, np.int64),
            near=np.zeros(ATOMS, np.uint64),
            touch=np.zeros((ATOMS, ATOMS)),
            off=np.zeros((ATOMS, ATOMS)),
            sets=np.zeros(limit, np.uint64),
            total=np.zeros(1),
            homes=np.zeros(limit),
            price=np.zeros(limit),
            held=np.zeros((limit, ZONES)),
            first=np.zeros(ATOMS + 1, np.int64),
            share=np.zeros(ATOMS),
            words=np.zeros((ATOMS * ATOMS, 3), np.uint64),
            sums=np.zeros((ATOMS * ATOMS, 4)),
            best=np.zeros(ZONES, np.int64),
            names=np.zeros(ZONES, np.int64),
            cursor=np.zeros((ZONES + 1, 3), np.int64),
        )


@inner
def gather(graph: Graph, zones: Zones, room: Room, seed: Words, cluster: Cluster, start: int, most: int) -> bool:
    """Pick the zone of an atom and neighbours of what is picked, at random, with at most `most` atoms together.

    False where there is but one. Their atoms are marked in `room.stamp`, numbered by `cluster.atoms` and `room.place`.
    """
    stamp = room.stamp
    cluster_zones, atoms, shape = cluster.zones, cluster.atoms, cluster.shape
    zone_atoms = zones.atoms
    indptr = graph.indptr
    label = zones.label
    stamp[-1] += 1
    clock = stamp[-1]
    cluster_zones[0] = label[start]
    picked, total = 1, zone_atoms[label[start]]
    if total > most:
        return False
    stamp[start] = clock
    atoms[0] = start
    head, tail = 0, 1
    while head < tail:
        v = atoms[head]
        room.place[v] = head
        head += 1
        for e in range(indptr[v], indptr[v + 1]):
            u = graph.indices[e]
            if stamp[u] == clock:
                continue
            z = label[u]
            inside = False
            for q in range(picked):
                inside = inside or cluster_zones[q] == z
            if not inside and picked < ZONES and total + zone_atoms[z] <= most and uniform(seed) < 0.4:
                cluster_zones[picked] = z
                picked += 1
                total += zone_atoms[z]
                inside = True
            if inside:
                stamp[u] = clock
                atoms[tail] = u
                tail += 1
    # An atom may have been passed by before its zone was picked.
    shape[0], shape[1] = picked, tail
    return picked > 1 and tail == total


@inner
def link(graph: Graph, room: Room, cluster: Cluster) -> None:
    """Fill in who touches whom in the cluster. Edges along barriers join nothing."""
    stamp = room.stamp
    near, touch, off = cluster.near, cluster.touch, cluster.off
    indptr = graph.indptr
    clock, size = stamp[-1], cluster.shape[1]
    for x in range(size):
        near[x] = NONE
        for y in range(size):
            touch[x, y] = 0.0
            off[x, y] = 0.0
    for x in range(size):
        v = cluster.atoms[x]
        for e in range(indptr[v], indptr[v + 1]):
            u = graph.indices[e]
            if stamp[u] == clock:
                y = room.place[u]
                touch[x, y] = graph.shared[e]
                off[x, y] = graph.off_street[e]
                if not graph.barrier[e]:
                    near[x] |= ONE << np.uint64(y)


@inner
def parted_price(graph: Graph, cluster: Cluster, label: Ints, zone: Int) -> float:
    """Price what a zone lacks of compounds in the cluster; over all zones, their pieces beyond one each."""
    atoms, size = cluster.atoms, cluster.shape[1]
    price = 0.0
    for x in range(size):
        c = graph.compound[atoms[x]]
        if c < 0 or label[atoms[x]] != zone:
            continue
        here, inside = 0.0, 0.0
        for y in range(size):
            if graph.compound[atoms[y]] == c:
                here += 1.0
                inside += 1.0 if label[atoms[y]] == zone else 0.0
        price += PARTED * (1.0 / inside - 1.0 / here)
    return price


@inner
def price_now(graph: Graph, zones: Zones, cluster: Cluster, rule: Floats) -> float:
    """Price the zones of the cluster as they are; what is in range and without crossings is always cheaper."""
    shape, cluster_zones, atoms = cluster.shape, cluster.zones, cluster.atoms
    zone_households, label = zones.households, zones.label
    previous = graph.previous
    picked, size = shape[0], shape[1]
    price = 0.0
    cluster.total[0] = 0.0
    for q in range(picked):
        z = cluster_zones[q]
        cluster.total[0] += zone_households[z]
        price += zone_soft(zone_households[z], zones.area[z], zones.perimeter[z], zones.work[z], rule)
        if zones.crossings[z] > 0 or zone_out(zone_households[z], rule) > 0.0:
            price += 1e3
        price += parted_price(graph, cluster, label, z)
    for x in range(size):
        v = atoms[x]
        for y in range(x):
            if label[atoms[y]] != label[v]:
                price += cluster.off[x, y]
        for q in range(picked):
            if cluster_zones[q] == previous[v] and label[v] != previous[v]:
                price += rule[W_STAY] * graph.households[v] / rule[TARGET]
    return price


@inner
def record(
    graph: Graph,
    cluster: Cluster,
    rule: Floats,
    k: Int,
    part: np.uint64,
    h: float,
    area: float,
    edge: float,
    street: float,
) -> None:
    """Write down a set with its price, if its households stay in the zone where most of them are."""
    shape, held, share, atoms = cluster.shape, cluster.held, cluster.share, cluster.atoms
    households = graph.households
    picked, size = shape[0], shape[1]
    cluster.sets[k] = part
    cluster.homes[k] = h
    for q in range(picked):
        held[k, q] = 0.0
    count, homes, most, work, lack = 0, 0.0, 0.0, 0.0, 0.0
    for x in range(size):
        if not part >> np.uint64(x) & ONE:
            continue
        count += 1
        work += graph.work[atoms[x]]
        c = graph.compound[atoms[x]]
        if c >= 0:
            here, inside = 0.0, 0.0
            for y in range(size):
                if graph.compound[atoms[y]] == c:
                    here += 1.0
                    inside += 1.0 if part >> np.uint64(y) & ONE else 0.0
            lack += PARTED * (1.0 / inside - 1.0 / here)
        for q in range(picked):
            if cluster.zones[q] == graph.previous[atoms[x]]:
                homes += households[atoms[x]]
                held[k, q] += households[atoms[x]]
                most = max(most, held[k, q])
    price = zone_soft(h, area, edge, work, rule) + 0.5 * street + rule[W_STAY] * (homes - most) / rule[TARGET] + lack
    cluster.price[k] = price
    for x in range(size):
        if part >> np.uint64(x) & ONE:
            share[x] = min(share[x], price / count)


@inner
def enumerate_sets(graph: Graph, cluster: Cluster, rule: Floats) -> bool:
    """List every connected set in range, grouped by its lowest atom; False when there is no room for all."""
    first, atoms, near, off = cluster.first, cluster.atoms, cluster.near, cluster.off
    households, graph_area, perimeter = graph.households, graph.area, graph.perimeter
    words, sums = cluster.words, cluster.sums
    size, limit = cluster.shape[1], len(cluster.sets)
    count = np.int64(0)
    for x in range(size):
        cluster.share[x] = np.inf
    for root in range(size):
        first[root] = count
        v = atoms[root]
        bit = ONE << np.uint64(root)
        allowed = ~((bit << ONE) - ONE)
        words[0, 0], words[0, 1], words[0, 2] = bit, NONE, near[root]
        sums[0, 0], sums[0, 1], sums[0, 2] = households[v], graph_area[v], perimeter[v]
        sums[0, 3] = 0.0
        for y in range(size):
            sums[0, 3] += off[root, y]
        top = 1
        while top > 0:
            top -= 1
            part, ban, rim = words[top, 0], words[top, 1], words[top, 2]
            h, area, edge, street = sums[top, 0], sums[top, 1], sums[top, 2], sums[top, 3]
            if rule[LO] <= h <= rule[HI]:
                if count >= limit:
                    first[size] = count
                    return False
                record(graph, cluster, rule, count, part, h, area, edge, street)
                count += 1
            free = rim & allowed & ~part & ~ban
            y = root
            while free >> np.uint64(y):
                y += 1
                low = ONE << np.uint64(y)
                if not free & low:
                    continue
                v = atoms[y]
                if h + households[v] <= rule[HI]:
                    inner = walls = 0.0
                    for x in range(root, size):
                        if part >> np.uint64(x) & ONE:
                            inner += cluster.touch[x, y]
                            walls += 2.0 * off[x, y]
                        walls -= off[x, y]
                    for x in range(root):
                        walls -= off[x, y]
                    words[top, 0], words[top, 1], words[top, 2] = part | low, ban, rim | near[y]
                    sums[top, 0], sums[top, 1] = h + households[v], area + graph_area[v]
                    sums[top, 2] = edge + perimeter[v] - 2.0 * inner
                    sums[top, 3] = street - walls
                    top += 1
                # A set that could have had this atom and did not must not get it later: each set is listed once.
                ban |= low
    first[size] = count
    return True


@inner
def cheapest(cluster: Cluster, rule: Floats, ceiling: float, steps: int) -> bool:
    """Find the cheapest cover of all atoms by as many sets as there are zones; leaves it in `cluster.best`.

    Depth first over the lowest atom not covered. An atom's share is the least that a set with it costs an atom, so what
    a set costs above its shares is lost for good: that is the bound. Ends after `steps` with the best found;
    False where nothing below the ceiling was.
    """
    shape, share, cursor, price, sets = cluster.shape, cluster.share, cluster.cursor, cluster.price, cluster.sets
    words, sums, first = cluster.words, cluster.sums, cluster.first
    picked, size = shape[0], shape[1]
    homes = cluster.homes
    shape[2] = 0
    floor = 0.0
    for x in range(size):
        floor += share[x]
    for k in range(first[size]):
        for x in range(size):
            if sets[k] >> np.uint64(x) & ONE:
                price[k] -= share[x]
    if not floor < ceiling:
        return False
    full = (ONE << np.uint64(size)) - ONE
    chosen, at, lowest = cursor[:, 0], cursor[:, 1], cursor[:, 2]
    at[0], lowest[0] = 0, 0
    words[0, 0], sums[0, 0], sums[0, 1] = NONE, floor, cluster.total[0]
    depth, better = 0, False
    while depth >= 0 and shape[2] < steps:
        shape[2] += 1
        k = at[depth]
        if k >= first[lowest[depth] + 1]:
            depth -= 1
            continue
        at[depth] = k + 1
        value = sums[depth, 0] + price[k]
        if sets[k] & words[depth, 0] or value >= ceiling:
            continue
        left, rest = picked - depth - 1, sums[depth, 1] - homes[k]
        if rest < left * rule[LO] or rest > left * rule[HI]:
            continue
        chosen[depth] = k
        covered = words[depth, 0] | sets[k]
        if covered == full:
            if depth == picked - 1:
                ceiling, better = value, True
                for d in range(picked):
                    cluster.best[d] = chosen[d]
            continue
        if depth + 1 < picked:
            x = lowest[depth] + 1
            while covered >> np.uint64(x) & ONE:
                x += 1
            depth += 1
            words[depth, 0], sums[depth, 0], sums[depth, 1] = covered, value, rest
            lowest[depth], at[depth] = x, first[x]
    return better


@inner
def name_sets(cluster: Cluster) -> float:
    """Give the sets of the best cover the zones where most households stay, greedily; returns how many stay."""
    held, best = cluster.held, cluster.best
    picked, names = cluster.shape[0], cluster.names
    names[:] = -1
    stay = 0.0
    for _ in range(picked):
        top_d, top_q, most = -1, -1, -1.0
        for d in range(picked):
            for q in range(picked):
                free = names[d] < 0
                for other in range(picked):
                    free = free and names[other] != q
                if free and held[best[d], q] > most:
                    most, top_d, top_q = held[best[d], q], d, q
        names[top_d] = top_q
        stay += most
    return stay


@compiled
def cover(
    graph: Graph,
    zones: Zones,
    room: Room,
    cluster: Cluster,
    rule: Floats,
    seed: Words,
    rounds: int,
    most: int,
    work: int,
    wet: bool,
) -> None:
    """Divide clusters of at most `most` atoms (≤ 60) anew in the best way there is, `rounds` times.

    Ends earlier once `work` sets have been listed and tried. Leaves a labelling that is never worse.
    """
    notes = room.notes
    shape, best, cluster_zones, sets = cluster.shape, cluster.best, cluster.zones, cluster.sets
    label = zones.label
    n = len(label)
    measure(graph, zones, room, rule, wet, notes[0])
    tired = room.kept  # of a length of atoms, of which there are more than zones
    tired[:] = 0
    for _ in range(rounds):
        start = int(uniform(seed) * n)
        # A zone whose clusters were best as they are is left alone until one of them changes.
        if tired[label[start]] > 3:
            continue
        tired[label[start]] += 1
        if not gather(graph, zones, room, seed, cluster, start, most):
            continue
        link(graph, room, cluster)
        now = price_now(graph, zones, cluster, rule)
        if not shape[0] * rule[LO] <= cluster.total[0] <= shape[0] * rule[HI]:
            continue
        complete = enumerate_sets(graph, cluster, rule)
        work -= cluster.first[shape[1]]
        if complete and work > 0:
            complete = cheapest(cluster, rule, now - 1e-9, 8 * len(sets))
            work -= shape[2]
        if work <= 0:
            break
        if not complete:
            continue
        stay = name_sets(cluster)
        picked, size = shape[0], shape[1]
        promised = 0.0
        for d in range(picked):
            hold = 0.0
            for q in range(picked):
                hold = max(hold, cluster.held[best[d], q])
            promised += hold
        # The price took each set's best zone, which two sets may share.
        value = rule[W_STAY] * (promised - stay) / rule[TARGET]
        for d in range(picked):
            value += cluster.price[best[d]]
        for x in range(size):
            value += cluster.share[x]
        if value >= now - 1e-9:
            continue
        for d in range(picked):
            for x in range(size):
                if sets[best[d]] >> np.uint64(x) & ONE:
                    label[cluster.atoms[x]] = cluster_zones[cluster.names[d]]
            tired[cluster_zones[d]] = 0
        measure(graph, zones, room, rule, wet, notes[0])
