"""Random spanning trees: merging two zones and dividing them anew, and dividing a whole community."""
# ruff: noqa: C901, FBT001 - compiled loops are long on purpose, and machine code takes no keywords

from __future__ import annotations

import numpy as np

from gridmap.redraw.kernels.base import (
    CROSS,
    DIST,
    HI,
    LO,
    OUT,
    S_AREA,
    S_ATOMS,
    S_CROSS,
    S_HOUSEHOLDS,
    S_INSIDE,
    S_KEPT_A,
    S_KEPT_B,
    S_OFF_INSIDE,
    S_OFF_TOUCH,
    S_PERIMETER,
    S_TOUCH,
    S_WORK,
    SOFT,
    SPLIT,
    STOUT,
    SUMS,
    TARGET,
    TOTALS,
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
    keep,
    less,
    measure,
    uniform,
    weigh,
    zone_dist,
    zone_out,
    zone_soft,
)


@inner
def push(room: Room, size: Int, key: float, at: Int, source: Int) -> None:
    """Put an edge on the heap of the growing tree."""
    heap_key, heap_at, heap_from = room.heap_key, room.heap_at, room.heap_from
    k = size
    while k > 0 and heap_key[(k - 1) // 2] > key:
        up = (k - 1) // 2
        heap_key[k], heap_at[k], heap_from[k] = heap_key[up], heap_at[up], heap_from[up]
        k = up
    heap_key[k], heap_at[k], heap_from[k] = key, at, source


@inner
def pop(room: Room, size: Int) -> None:
    """Take the first edge off the heap; `size` is that before."""
    heap_key, heap_at, heap_from = room.heap_key, room.heap_at, room.heap_from
    last = size - 1
    key, at, source = heap_key[last], heap_at[last], heap_from[last]
    k = 0
    while True:
        down = 2 * k + 1
        if down >= last:
            break
        if down + 1 < last and heap_key[down + 1] < heap_key[down]:
            down += 1
        if heap_key[down] >= key:
            break
        heap_key[k], heap_at[k], heap_from[k] = (
            heap_key[down],
            heap_at[down],
            heap_from[down],
        )
        k = down
    heap_key[k], heap_at[k], heap_from[k] = key, at, source


@inner
def tree(graph: Graph, label: Ints, room: Room, rule: Floats, seed: Words, root: Int, a: Int, b: Int) -> Int:
    """Grow a random spanning tree over zones a and b from `root` and sum up what lies below each atom.

    Atoms stand in `room.queue` in the order of growth, `room.parent` holds positions in it. Edges along a barrier are
    taken last, so the barrier edges below an atom are the crossings of that part. Returns how many atoms it spans.
    """
    stamp, heap_key, heap_at, heap_from = room.stamp, room.heap_key, room.heap_at, room.heap_from
    previous, indptr, indices, shared, off_street = (
        graph.previous,
        graph.indptr,
        graph.indices,
        graph.shared,
        graph.off_street,
    )
    queue, place, parent, sums = room.queue, room.place, room.parent, room.sums
    # Trees along long boundaries have rounder parts; those without regard to them have more different ones.
    stout = uniform(seed) < rule[STOUT]
    stamp[-1] += 1
    clock = stamp[-1]
    heap_key[0], heap_at[0], heap_from[0] = 0.0, root, -1
    # Typed, because numba compiles a callee once more for each literal it is given.
    size, count = np.int64(1), np.int64(0)
    while size > 0:
        v, source, key = heap_at[0], heap_from[0], heap_key[0]
        pop(room, size)
        size -= 1
        if stamp[v] == clock:
            continue
        stamp[v] = clock
        queue[count] = v
        place[v] = count
        parent[count] = source
        for c in range(SUMS):
            sums[count, c] = 0.0
        h = graph.households[v]
        sums[count, S_ATOMS] = 1.0
        sums[count, S_HOUSEHOLDS] = h
        sums[count, S_AREA] = graph.area[v]
        sums[count, S_PERIMETER] = graph.perimeter[v]
        sums[count, S_WORK] = graph.work[v]
        if previous[v] == a:
            sums[count, S_KEPT_A] = h
        elif previous[v] == b:
            sums[count, S_KEPT_B] = h
        room.above[count] = 1 if key >= 1e6 else 0
        if key >= 1e6:
            sums[source, S_CROSS] += 1.0
        for e in range(indptr[v], indptr[v + 1]):
            u = indices[e]
            if label[u] == a or label[u] == b:
                sums[count, S_TOUCH] += shared[e]
                sums[count, S_OFF_TOUCH] += off_street[e]
                if stamp[u] != clock:
                    key = uniform(seed)
                    if stout:
                        key *= min(1e3, graph.perimeter[v] / max(1e-9, shared[e]))
                    push(room, size, key + 1e6 * graph.barrier[e] + strange(graph, v, u), u, count)
                    size += 1
        count += 1
    # An edge lies inside every part that holds the lowest common ancestor of its ends.
    for x in range(count):
        v = queue[x]
        for e in range(indptr[v], indptr[v + 1]):
            u = indices[e]
            if stamp[u] != clock or place[u] >= x:
                continue
            i, j = x, place[u]
            while i != j:
                if i > j:
                    i = parent[i]
                else:
                    j = parent[j]
            sums[i, S_INSIDE] += shared[e]
            sums[i, S_OFF_INSIDE] += off_street[e]
    for x in range(count - 1, 0, -1):
        for c in range(SUMS):
            sums[parent[x], c] += sums[x, c]
    if len(graph.mates_at) > 1:
        part_compounds(graph, room, count, clock)
    return count


@inner
def strange(graph: Graph, v: Int, u: Int) -> float:
    """Return what is added to the key of an edge: the atoms of a compound are to hang together in the tree."""
    return 0.0 if graph.compound[v] >= 0 and graph.compound[v] == graph.compound[u] else 1.0


@inner
def part_compounds(graph: Graph, room: Room, count: Int, clock: Int) -> None:
    """Count in `room.cuts` the compounds that the cut above each position of the tree would part."""
    queue, place, parent, cuts, owner, stamp = room.queue, room.place, room.parent, room.cuts, room.owner, room.stamp
    for x in range(count):
        cuts[x] = 0
        owner[x] = -1
    for x in range(count):
        c = graph.compound[queue[x]]
        if c < 0:
            continue
        begin, end = graph.mates_at[c], graph.mates_at[c + 1]
        top, first = x, True
        for m in range(begin, end):
            u = graph.mates[m]
            if stamp[u] != clock:
                continue
            y = place[u]
            first = first and y >= x
            while y != top:
                if y > top:
                    y = parent[y]
                else:
                    top = parent[top]
        if not first:
            continue
        # Every edge of the tree between atoms of the compound parts it.
        for m in range(begin, end):
            u = graph.mates[m]
            if stamp[u] != clock:
                continue
            y = place[u]
            while y != top and owner[y] != c:
                owner[y] = c
                cuts[y] += 1
                y = parent[y]


@inner
def side(room: Room, x: Int, rest: Int, rule: Floats, out: Floats) -> None:
    """Add the totals of one side of the cut above position x; `rest` (0 or 1) takes the side of the root."""
    sums = room.sums
    inside = sums[x, S_INSIDE]
    h, area, edge = sums[x, S_HOUSEHOLDS], sums[x, S_AREA], sums[x, S_PERIMETER] - 2.0 * inside
    cross, work = sums[x, S_CROSS], sums[x, S_WORK]
    if rest:
        cut = sums[x, S_TOUCH] - 2.0 * inside
        h, area, work = sums[0, S_HOUSEHOLDS] - h, sums[0, S_AREA] - area, sums[0, S_WORK] - work
        edge = sums[0, S_PERIMETER] - sums[x, S_PERIMETER] - 2.0 * (sums[0, S_INSIDE] - inside - cut)
        cross = sums[0, S_CROSS] - cross - room.above[x]
    out[OUT] += zone_out(h, rule)
    out[DIST] += zone_dist(h, rule)
    out[CROSS] += cross
    out[SOFT] += zone_soft(h, area, edge, work, rule)


@inner
def parted(graph: Graph, room: Room, count: Int, label: Ints, a: Int, b: Int) -> float:
    """Count the compounds of the tree with atoms in both of its zones."""
    queue = room.queue
    found = 0.0
    for x in range(count):
        v = queue[x]
        c = graph.compound[v]
        if c < 0 or label[v] != a:
            continue
        first, both = True, False
        for m in range(graph.mates_at[c], graph.mates_at[c + 1]):
            u = graph.mates[m]
            if label[u] == a and room.place[u] < x:
                first = False
            both = both or label[u] == b
        if first and both:
            found += 1.0
    return found


@compiled
def recombine(
    graph: Graph,
    zones: Zones,
    room: Room,
    rule: Floats,
    seed: Words,
    hot: float,
    cold: float,
    rounds: int,
    wet: bool,
) -> None:
    """Merge two neighbouring zones and divide them anew along the best cut of a random tree, `rounds` times.

    Leaves the best labelling seen.
    """
    kept, notes, queue = room.kept, room.notes, room.queue
    zone_atoms, zone_households, zone_perimeter, zone_crossings, zone_area = (
        zones.atoms,
        zones.households,
        zones.perimeter,
        zones.crossings,
        zones.area,
    )
    indices, indptr, previous = graph.indices, graph.indptr, graph.previous
    label = zones.label
    n = len(label)
    hold = len(graph.mates_at) > 1
    totals, best = notes[0], notes[1]
    measure(graph, zones, room, rule, wet, totals)
    keep(label, totals, kept, best)
    if len(zone_atoms) < 2:
        return
    cool = (cold / hot) ** (1.0 / max(1, rounds - 1))
    heat = hot
    old, new, cheapest = notes[2], notes[3], notes[4]
    for _ in range(rounds):
        heat *= cool
        v, a, b = 0, 0, 0
        # Every other time look where a zone is out of range, as long as one is.
        seek = totals[OUT] > 0.5 and uniform(seed) < 0.5
        for _try in range(64):
            v = int(uniform(seed) * n)
            begin, end = indptr[v], indptr[v + 1]
            if begin == end:
                continue
            a, b = label[v], label[indices[begin + int(uniform(seed) * (end - begin))]]
            if a != b and not (
                seek and zone_out(zone_households[a], rule) == 0.0 and zone_out(zone_households[b], rule) == 0.0
            ):
                break
        if a == b:
            continue
        # The root decides which parts can be cut off, so it is any atom of the two zones, not one on their boundary.
        count = zone_atoms[a] + zone_atoms[b]
        if count == 2:
            continue
        for _walk in range(count):
            begin, end = indptr[v], indptr[v + 1]
            u = indices[begin + int(uniform(seed) * (end - begin))]
            if label[u] == a or label[u] == b:
                v = u
        count = tree(graph, label, room, rule, seed, v, a, b)
        sums = room.sums
        old[:] = 0.0
        for z in (a, b):
            old[OUT] += zone_out(zone_households[z], rule)
            old[DIST] += zone_dist(zone_households[z], rule)
            old[CROSS] += zone_crossings[z]
            old[SOFT] += zone_soft(zone_households[z], zone_area[z], zone_perimeter[z], zones.work[z], rule)
        old[SPLIT] = parted(graph, room, count, label, a, b) if hold else 0.0
        off = held = 0.0
        for x in range(count):
            u = queue[x]
            if previous[u] >= 0 and previous[u] == label[u]:
                held += graph.households[u]
            if label[u] == a:
                for e in range(indptr[u], indptr[u + 1]):
                    if label[indices[e]] == b:
                        off += graph.off_street[e]
        old[SOFT] += off - rule[W_STAY] * held / rule[TARGET]
        price, chosen, swap = np.inf, -1, False
        for x in range(1, count):
            new[:] = 0.0
            for rest in range(2):
                side(room, x, rest, rule, new)
            if hold:
                new[SPLIT] = float(room.cuts[x])
            straight = sums[x, S_KEPT_A] + sums[0, S_KEPT_B] - sums[x, S_KEPT_B]
            crossed = sums[x, S_KEPT_B] + sums[0, S_KEPT_A] - sums[x, S_KEPT_A]
            new[SOFT] += sums[x, S_OFF_TOUCH] - 2.0 * sums[x, S_OFF_INSIDE]
            new[SOFT] -= rule[W_STAY] * max(straight, crossed) / rule[TARGET]
            value = weigh(new, rule)
            if value < price:
                price, chosen, swap = value, x, crossed > straight
                for c in range(TOTALS):
                    cheapest[c] = new[c]
        gain = price - weigh(old, rule)
        if gain > 0.0 and uniform(seed) >= np.exp(-gain / heat):
            continue
        x = chosen
        inside = sums[x, S_INSIDE]
        cut = sums[x, S_TOUCH] - 2.0 * inside
        below, above = (b, a) if swap else (a, b)
        zone_atoms[below], zone_atoms[above] = int(sums[x, S_ATOMS]), int(sums[0, S_ATOMS] - sums[x, S_ATOMS])
        zone_households[below] = sums[x, S_HOUSEHOLDS]
        zone_households[above] = sums[0, S_HOUSEHOLDS] - sums[x, S_HOUSEHOLDS]
        zones.work[below], zones.work[above] = sums[x, S_WORK], sums[0, S_WORK] - sums[x, S_WORK]
        zone_area[below], zone_area[above] = sums[x, S_AREA], sums[0, S_AREA] - sums[x, S_AREA]
        zone_perimeter[below] = sums[x, S_PERIMETER] - 2.0 * inside
        zone_perimeter[above] = sums[0, S_PERIMETER] - sums[x, S_PERIMETER] - 2.0 * (sums[0, S_INSIDE] - inside - cut)
        if wet:
            zone_crossings[below] = int(sums[x, S_CROSS])
            zone_crossings[above] = int(sums[0, S_CROSS] - sums[x, S_CROSS] - room.above[x])
        for y in range(count):
            # Positions follow the order of growth, so a parent is marked before its children.
            under = y == x or (y > x and label[queue[room.parent[y]]] == below)
            label[queue[y]] = below if under else above
        for c in range(TOTALS):
            totals[c] += cheapest[c] - old[c]
        if less(totals, best):
            keep(label, totals, kept, best)
    keep(kept, best, label, totals)


@inner
def fine_cut(room: Room, count: Int, parts: Int, rule: Floats, seed: Words, hold: bool) -> None:
    """Find the best cut of the tree in the room; notes its price, position, and the parts for the side below.

    A cut is right when both sides can still be divided into a whole number of zones in range.
    """
    notes = room.notes
    sums = room.sums
    found, part = notes[0], notes[1]
    found[0] = np.inf
    for x in range(1, count):
        h, m = sums[x, S_HOUSEHOLDS], int(sums[x, S_ATOMS])
        h_rest = sums[0, S_HOUSEHOLDS] - h
        share = h / max(1.0, sums[0, S_HOUSEHOLDS]) * parts
        # Each side needs an atom a part; within that, the whole numbers beside its share of the households.
        fewest, most = max(1, parts - (count - m)), min(parts - 1, m)
        first, last = min(max(int(share), fewest), most), min(max(int(share) + 1, fewest), most)
        for k in range(first, last + 1):
            k_rest = parts - k
            wrong = max(0.0, k * rule[LO] - h, h - k * rule[HI])
            wrong += max(0.0, k_rest * rule[LO] - h_rest, h_rest - k_rest * rule[HI])
            value = wrong / rule[TARGET] * 100.0 + 0.3 * uniform(seed)
            if parts > 16:
                # Even cuts keep the number of trees down that the whole division needs.
                value += 0.5 * abs(2.0 * k / parts - 1.0)
            if sums[0, S_CROSS] > 0 and not room.above[x]:
                value += 1.0
            if hold:
                value += float(room.cuts[x])
            if value >= found[0]:
                continue
            part[:] = 0.0
            for rest in range(2):
                side(room, x, rest, rule, part)
            value += 0.5 * part[SOFT]
            if value < found[0]:
                found[0], found[1], found[2] = value, x, k


@compiled
def divide(graph: Graph, region: Ints, parts: Ints, room: Room, rule: Floats, seed: Words, draws: int) -> None:
    """Divide each region r into parts[r] connected zones by cutting random trees in two, again and again.

    Of the cuts of `draws` trees the one that is least wrong is taken, of those the roundest. `region` and `parts` (with
    room for all zones, 0 where there is none yet) are changed in place; a region gets at most as many parts as atoms.
    """
    queue = room.queue
    n = len(region)
    used = 0
    while used < len(parts) and parts[used] > 0:
        used += 1
    found, below, inside = room.notes[0], room.kept, room.above
    for start in range(n):
        while parts[region[start]] > 1:
            r = region[start]
            price, k_below, size = np.inf, 0, 0
            root = start
            for _ in range(draws):
                count = tree(graph, region, room, rule, seed, root, r, r)
                fine_cut(room, count, parts[r], rule, seed, len(graph.mates_at) > 1)
                if found[0] < price:
                    price, k_below, size = found[0], int(found[2]), 0
                    for y in range(count):
                        inside[y] = 1 if y == int(found[1]) or (y > 0 and inside[room.parent[y]] == 1) else 0
                        if inside[y] == 1:
                            below[size] = queue[y]
                            size += 1
                root = queue[int(uniform(seed) * count)]
            if size == 0:
                parts[r] = 1
                break
            for y in range(size):
                region[below[y]] = used
            parts[used] = k_below
            parts[r] -= k_below
            used += 1
