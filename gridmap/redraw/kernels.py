"""The compiled inner loops: flips, merge-and-resplit, random division, and exact covers of small clusters.

All of them stand in this one file because numba's cache looks at the file of a function only, never at the files of
those it calls: a change must not leave half of the machine code behind. Nothing is global: randomness is a one-element
array that the caller seeds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

F = TypeVar("F", bound=Callable[..., Any])
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class Graph(NamedTuple):
    """Atoms and their neighbours in compressed rows. `off_street` is the price of a boundary along that edge."""

    households: Ints
    area: Floats
    perimeter: Floats
    indptr: Ints
    indices: Ints
    shared: Floats
    barrier: Ints
    off_street: Floats
    previous: Ints


class Zones(NamedTuple):
    """Which zone each atom is in, and what each zone sums to."""

    label: Ints
    atoms: Ints
    households: Ints
    area: Floats
    perimeter: Floats
    crossings: Ints


class Room(NamedTuple):
    """Memory that the loops write over, allocated once."""

    stamp: Ints
    queue: Ints
    place: Ints
    parent: Ints
    above: Ints
    heap_at: Ints
    heap_from: Ints
    heap_key: Floats
    sums: Floats


# Positions in `rule`, the limits and weights of a problem as one array.
LO, HI, SHARE, TARGET, W_OUT, W_DIST, W_CROSS, W_COMPACT, W_STAY, W_EQUAL = range(10)
# Positions in `totals`: grids out of range, households out of range, barrier crossings, and everything that may be traded.
OUT, DIST, CROSS, SOFT = range(4)
# Columns of `Room.sums`, summed over the subtree below an atom.
(
    S_ATOMS,
    S_HOUSEHOLDS,
    S_AREA,
    S_PERIMETER,
    S_INSIDE,
    S_TOUCH,
    S_OFF_INSIDE,
    S_OFF_TOUCH,
    S_KEPT_A,
    S_KEPT_B,
    S_CROSS,
) = range(11)


def compiled(function: F) -> F:
    """Compile a function on its first call and keep the machine code on disk."""
    return cast(F, numba.njit(cache=True, nogil=True, error_model="numpy")(function))


@compiled
def uniform(seed: NDArray[np.uint64]) -> float:
    """Draw from [0, 1): splitmix64."""
    seed[0] += np.uint64(0x9E3779B97F4A7C15)
    z = seed[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return float(z >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@compiled
def zone_out(households: float, rule: Floats) -> float:
    """Count a zone out of range; one above it as the zones it should have been, so that heaping up gains nothing."""
    if rule[LO] <= households <= rule[HI]:
        return 0.0
    return 1.0 if households < rule[LO] else float(households // rule[SHARE])


@compiled
def zone_dist(households: float, rule: Floats) -> float:
    """Return how many households a zone is out of range."""
    return max(0.0, rule[LO] - households, households - rule[HI])


@compiled
def zone_soft(households: float, area: float, perimeter: float, rule: Floats) -> float:
    """Price what may be traded in a zone: 1 − Polsby–Popper and the distance from the equal share."""
    compact = 1.0 if perimeter <= 0.0 else min(1.0, 4.0 * np.pi * area / (perimeter * perimeter))
    uneven = (households - rule[TARGET]) / rule[TARGET]
    return rule[W_COMPACT] * (1.0 - compact) + rule[W_EQUAL] * min(1.0, uneven * uneven)


@compiled
def weigh(out: float, dist: float, cross: float, soft: float, rule: Floats) -> float:
    """Return one number to anneal on."""
    return rule[W_OUT] * out + rule[W_DIST] * dist / rule[TARGET] + rule[W_CROSS] * cross + soft


@compiled
def less(a: Floats, b: Floats) -> bool:
    """Compare two totals in order: range, barriers, the rest."""
    for k in range(3):
        if a[k] < b[k] - 0.5:
            return True
        if a[k] > b[k] + 0.5:
            return False
    return a[SOFT] < b[SOFT] - 1e-9


@compiled
def copy(source: Any, target: Any) -> None:
    """Copy an array. `target[:] = source` compiles a second of code for the text of an error that cannot occur."""
    for k in range(len(source)):
        target[k] = source[k]


@compiled
def pieces(graph: Graph, label: Ints, room: Room, atom: int, zone: int, dry: bool) -> int:
    """Count the pieces that the neighbours of an atom in a zone fall into when the atom is not there.

    `dry` leaves out edges along a barrier. Stops as soon as all neighbours are seen to hang together.
    """
    stamp, queue = room.stamp, room.queue
    stamp[-1] += 1
    clock = stamp[-1]
    wanted = 0
    for e in range(graph.indptr[atom], graph.indptr[atom + 1]):
        if label[graph.indices[e]] == zone and not (dry and graph.barrier[e]):
            wanted += 1
    stamp[atom] = clock
    found = 0
    count = 0
    for first in range(graph.indptr[atom], graph.indptr[atom + 1]):
        start = graph.indices[first]
        if label[start] != zone or stamp[start] == clock or (dry and graph.barrier[first]):
            continue
        count += 1
        stamp[start] = clock
        queue[0] = start
        head, tail = 0, 1
        # Neighbours of the atom that this piece reaches are counted by looking for the atom among their own edges.
        while head < tail:
            v = queue[head]
            head += 1
            for e in range(graph.indptr[v], graph.indptr[v + 1]):
                u = graph.indices[e]
                if dry and graph.barrier[e]:
                    continue
                if u == atom:
                    found += 1
                    continue
                if label[u] == zone and stamp[u] != clock:
                    stamp[u] = clock
                    queue[tail] = u
                    tail += 1
            if found == wanted:
                return count
    return count


@compiled
def measure(graph: Graph, zones: Zones, room: Room, rule: Floats, wet: bool) -> Floats:
    """Fill the sums of all zones from their labels and return the totals."""
    n, k = len(zones.label), len(zones.atoms)
    label = zones.label
    zones.atoms[:] = 0
    zones.households[:] = 0
    zones.area[:] = 0.0
    zones.perimeter[:] = 0.0
    zones.crossings[:] = 0
    totals = np.zeros(4)
    for v in range(n):
        z = label[v]
        zones.atoms[z] += 1
        zones.households[z] += graph.households[v]
        zones.area[z] += graph.area[v]
        zones.perimeter[z] += graph.perimeter[v]
        if graph.previous[v] >= 0 and graph.previous[v] != z:
            totals[SOFT] += rule[W_STAY] * graph.households[v] / rule[TARGET]
        for e in range(graph.indptr[v], graph.indptr[v + 1]):
            if label[graph.indices[e]] == z:
                zones.perimeter[z] -= graph.shared[e]
            else:
                totals[SOFT] += 0.5 * graph.off_street[e]
    if wet:
        room.stamp[-1] += 1
        clock = room.stamp[-1]
        zones.crossings[:] = -1
        for start in range(n):
            if room.stamp[start] == clock:
                continue
            z = label[start]
            zones.crossings[z] += 1
            room.stamp[start] = clock
            room.queue[0] = start
            head, tail = 0, 1
            while head < tail:
                v = room.queue[head]
                head += 1
                for e in range(graph.indptr[v], graph.indptr[v + 1]):
                    u = graph.indices[e]
                    if label[u] == z and room.stamp[u] != clock and not graph.barrier[e]:
                        room.stamp[u] = clock
                        room.queue[tail] = u
                        tail += 1
    for z in range(k):
        totals[OUT] += zone_out(zones.households[z], rule)
        totals[DIST] += zone_dist(zones.households[z], rule)
        totals[CROSS] += zones.crossings[z]
        totals[SOFT] += zone_soft(zones.households[z], zones.area[z], zones.perimeter[z], rule)
    return totals


@compiled
def flips(
    graph: Graph,
    zones: Zones,
    room: Room,
    rule: Floats,
    seed: NDArray[np.uint64],
    hot: float,
    cold: float,
    steps: int,
    wet: bool,
) -> Floats:
    """Anneal by moving one atom at a time to a neighbouring zone; leaves the best labelling seen and its totals."""
    label = zones.label
    n = len(label)
    totals = measure(graph, zones, room, rule, wet)
    best, kept = totals.copy(), label.copy()
    sweep = 2 * n
    cool = (cold / hot) ** (1.0 / max(1, steps // sweep - 1))
    heat = hot
    change = np.zeros(4)
    for step in range(1, steps + 1):
        if step % sweep == 0 or step == steps:
            heat *= cool
            if less(totals, best):
                copy(totals, best)
                copy(label, kept)
        v = int(uniform(seed) * n)
        begin, end = graph.indptr[v], graph.indptr[v + 1]
        if begin == end:
            continue
        b = label[graph.indices[begin + int(uniform(seed) * (end - begin))]]
        a = label[v]
        if a == b or zones.atoms[a] == 1:
            continue
        to_a = to_b = off = 0.0
        for e in range(begin, end):
            z = label[graph.indices[e]]
            if z == a:
                to_a += graph.shared[e]
                off += graph.off_street[e]
            elif z == b:
                to_b += graph.shared[e]
                off -= graph.off_street[e]
        h = graph.households[v]
        a_h, b_h = zones.households[a] - h, zones.households[b] + h
        a_area, b_area = zones.area[a] - graph.area[v], zones.area[b] + graph.area[v]
        a_edge = zones.perimeter[a] - graph.perimeter[v] + 2.0 * to_a
        b_edge = zones.perimeter[b] + graph.perimeter[v] - 2.0 * to_b
        change[OUT] = (
            zone_out(a_h, rule)
            + zone_out(b_h, rule)
            - zone_out(zones.households[a], rule)
            - zone_out(zones.households[b], rule)
        )
        change[DIST] = (
            zone_dist(a_h, rule)
            + zone_dist(b_h, rule)
            - zone_dist(zones.households[a], rule)
            - zone_dist(zones.households[b], rule)
        )
        change[SOFT] = (
            zone_soft(a_h, a_area, a_edge, rule)
            + zone_soft(b_h, b_area, b_edge, rule)
            - zone_soft(zones.households[a], zones.area[a], zones.perimeter[a], rule)
            - zone_soft(zones.households[b], zones.area[b], zones.perimeter[b], rule)
            + off
        )
        was = graph.previous[v]
        if was == a:
            change[SOFT] += rule[W_STAY] * h / rule[TARGET]
        elif was == b:
            change[SOFT] -= rule[W_STAY] * h / rule[TARGET]
        a_cross, b_cross = zones.crossings[a], zones.crossings[b]
        if wet:
            a_cross += pieces(graph, label, room, v, a, True) - 1
            b_cross += 1 - pieces(graph, label, room, v, b, True)
        change[CROSS] = a_cross + b_cross - zones.crossings[a] - zones.crossings[b]
        gain = weigh(change[OUT], change[DIST], change[CROSS], change[SOFT], rule)
        if gain > 0.0 and uniform(seed) >= np.exp(-gain / heat):
            continue
        if pieces(graph, label, room, v, a, False) > 1:
            continue
        label[v] = b
        zones.atoms[a] -= 1
        zones.atoms[b] += 1
        zones.households[a], zones.households[b] = a_h, b_h
        zones.area[a], zones.area[b] = a_area, b_area
        zones.perimeter[a], zones.perimeter[b] = a_edge, b_edge
        zones.crossings[a], zones.crossings[b] = a_cross, b_cross
        for c in range(4):
            totals[c] += change[c]
    copy(kept, label)
    return measure(graph, zones, room, rule, wet)


@compiled
def push(room: Room, size: int, key: float, at: int, source: int) -> None:
    """Put an edge on the heap of the growing tree."""
    k = size
    while k > 0 and room.heap_key[(k - 1) // 2] > key:
        up = (k - 1) // 2
        room.heap_key[k], room.heap_at[k], room.heap_from[k] = room.heap_key[up], room.heap_at[up], room.heap_from[up]
        k = up
    room.heap_key[k], room.heap_at[k], room.heap_from[k] = key, at, source


@compiled
def pop(room: Room, size: int) -> None:
    """Take the first edge off the heap; `size` is that before."""
    last = size - 1
    key, at, source = room.heap_key[last], room.heap_at[last], room.heap_from[last]
    k = 0
    while True:
        down = 2 * k + 1
        if down >= last:
            break
        if down + 1 < last and room.heap_key[down + 1] < room.heap_key[down]:
            down += 1
        if room.heap_key[down] >= key:
            break
        room.heap_key[k], room.heap_at[k], room.heap_from[k] = (
            room.heap_key[down],
            room.heap_at[down],
            room.heap_from[down],
        )
        k = down
    room.heap_key[k], room.heap_at[k], room.heap_from[k] = key, at, source


@compiled
def tree(
    graph: Graph, label: Ints, room: Room, rule: Floats, seed: NDArray[np.uint64], root: int, a: int, b: int
) -> int:
    """Grow a random spanning tree over zones a and b from `root` and sum up what lies below each atom.

    Atoms stand in `room.queue` in the order of growth, `room.parent` holds positions in it. Edges along a barrier are
    taken last, so the barrier edges below an atom are the crossings of that part. Returns how many atoms it spans.
    """
    queue, place, parent, sums = room.queue, room.place, room.parent, room.sums
    room.stamp[-1] += 1
    clock = room.stamp[-1]
    room.heap_key[0], room.heap_at[0], room.heap_from[0] = 0.0, root, -1
    size, count = 1, 0
    while size > 0:
        v, source, key = room.heap_at[0], room.heap_from[0], room.heap_key[0]
        pop(room, size)
        size -= 1
        if room.stamp[v] == clock:
            continue
        room.stamp[v] = clock
        queue[count] = v
        place[v] = count
        parent[count] = source
        for c in range(11):
            sums[count, c] = 0.0
        h = graph.households[v]
        sums[count, S_ATOMS] = 1.0
        sums[count, S_HOUSEHOLDS] = h
        sums[count, S_AREA] = graph.area[v]
        sums[count, S_PERIMETER] = graph.perimeter[v]
        if graph.previous[v] == a:
            sums[count, S_KEPT_A] = h
        elif graph.previous[v] == b:
            sums[count, S_KEPT_B] = h
        room.above[count] = 1 if key >= 1e6 else 0
        if key >= 1e6:
            sums[source, S_CROSS] += 1.0
        for e in range(graph.indptr[v], graph.indptr[v + 1]):
            u = graph.indices[e]
            if label[u] == a or label[u] == b:
                sums[count, S_TOUCH] += graph.shared[e]
                sums[count, S_OFF_TOUCH] += graph.off_street[e]
                if room.stamp[u] != clock:
                    push(room, size, uniform(seed) + 1e6 * graph.barrier[e], u, count)
                    size += 1
        count += 1
    # An edge lies inside every part that holds the lowest common ancestor of its ends.
    for x in range(count):
        v = queue[x]
        for e in range(graph.indptr[v], graph.indptr[v + 1]):
            u = graph.indices[e]
            if room.stamp[u] != clock or place[u] >= x:
                continue
            i, j = x, place[u]
            while i != j:
                if i > j:
                    i = parent[i]
                else:
                    j = parent[j]
            sums[i, S_INSIDE] += graph.shared[e]
            sums[i, S_OFF_INSIDE] += graph.off_street[e]
    for x in range(count - 1, 0, -1):
        for c in range(11):
            sums[parent[x], c] += sums[x, c]
    return count


@compiled
def side(room: Room, x: int, rest: bool, rule: Floats, out: Floats) -> None:
    """Add the totals of one side of the cut above position x; `rest` takes the side of the root."""
    sums = room.sums
    inside = sums[x, S_INSIDE]
    h, area, edge = sums[x, S_HOUSEHOLDS], sums[x, S_AREA], sums[x, S_PERIMETER] - 2.0 * inside
    cross = sums[x, S_CROSS]
    if rest:
        cut = sums[x, S_TOUCH] - 2.0 * inside
        h, area = sums[0, S_HOUSEHOLDS] - h, sums[0, S_AREA] - area
        edge = sums[0, S_PERIMETER] - sums[x, S_PERIMETER] - 2.0 * (sums[0, S_INSIDE] - inside - cut)
        cross = sums[0, S_CROSS] - cross - room.above[x]
    out[OUT] += zone_out(h, rule)
    out[DIST] += zone_dist(h, rule)
    out[CROSS] += cross
    out[SOFT] += zone_soft(h, area, edge, rule)


@compiled
def recombine(
    graph: Graph,
    zones: Zones,
    room: Room,
    rule: Floats,
    seed: NDArray[np.uint64],
    hot: float,
    cold: float,
    rounds: int,
    wet: bool,
) -> Floats:
    """Merge two neighbouring zones and divide them anew along the best cut of a random tree, `rounds` times.

    Leaves the best labelling seen and its totals.
    """
    label = zones.label
    n = len(label)
    totals = measure(graph, zones, room, rule, wet)
    best, kept = totals.copy(), label.copy()
    if len(zones.atoms) < 2:
        return totals
    cool = (cold / hot) ** (1.0 / max(1, rounds - 1))
    heat = hot
    old, new, cheapest = np.zeros(4), np.zeros(4), np.zeros(4)
    for _ in range(rounds):
        heat *= cool
        v, a, b = 0, 0, 0
        # Every other time look where a zone is out of range, as long as one is.
        seek = totals[OUT] > 0.5 and uniform(seed) < 0.5
        for _try in range(64):
            v = int(uniform(seed) * n)
            begin, end = graph.indptr[v], graph.indptr[v + 1]
            if begin == end:
                continue
            a, b = label[v], label[graph.indices[begin + int(uniform(seed) * (end - begin))]]
            if a != b and not (
                seek and zone_out(zones.households[a], rule) == 0.0 and zone_out(zones.households[b], rule) == 0.0
            ):
                break
        if a == b:
            continue
        # The root decides which parts can be cut off, so it is any atom of the two zones, not one on their boundary.
        count = zones.atoms[a] + zones.atoms[b]
        if count == 2:
            continue
        for _walk in range(count):
            begin, end = graph.indptr[v], graph.indptr[v + 1]
            u = graph.indices[begin + int(uniform(seed) * (end - begin))]
            if label[u] == a or label[u] == b:
                v = u
        count = tree(graph, label, room, rule, seed, v, a, b)
        sums = room.sums
        old[:] = 0.0
        for z in (a, b):
            old[OUT] += zone_out(zones.households[z], rule)
            old[DIST] += zone_dist(zones.households[z], rule)
            old[CROSS] += zones.crossings[z]
            old[SOFT] += zone_soft(zones.households[z], zones.area[z], zones.perimeter[z], rule)
        off = held = 0.0
        for x in range(count):
            u = room.queue[x]
            if graph.previous[u] >= 0 and graph.previous[u] == label[u]:
                held += graph.households[u]
            if label[u] == a:
                for e in range(graph.indptr[u], graph.indptr[u + 1]):
                    if label[graph.indices[e]] == b:
                        off += graph.off_street[e]
        old[SOFT] += off - rule[W_STAY] * held / rule[TARGET]
        price, chosen, swap = np.inf, -1, False
        for x in range(1, count):
            new[:] = 0.0
            side(room, x, False, rule, new)
            side(room, x, True, rule, new)
            straight = sums[x, S_KEPT_A] + sums[0, S_KEPT_B] - sums[x, S_KEPT_B]
            crossed = sums[x, S_KEPT_B] + sums[0, S_KEPT_A] - sums[x, S_KEPT_A]
            new[SOFT] += sums[x, S_OFF_TOUCH] - 2.0 * sums[x, S_OFF_INSIDE]
            new[SOFT] -= rule[W_STAY] * max(straight, crossed) / rule[TARGET]
            value = weigh(new[OUT], new[DIST], new[CROSS], new[SOFT], rule)
            if value < price:
                price, chosen, swap = value, x, crossed > straight
                copy(new, cheapest)
        gain = price - weigh(old[OUT], old[DIST], old[CROSS], old[SOFT], rule)
        if gain > 0.0 and uniform(seed) >= np.exp(-gain / heat):
            continue
        x = chosen
        inside = sums[x, S_INSIDE]
        cut = sums[x, S_TOUCH] - 2.0 * inside
        below, above = (b, a) if swap else (a, b)
        zones.atoms[below], zones.atoms[above] = int(sums[x, S_ATOMS]), int(sums[0, S_ATOMS] - sums[x, S_ATOMS])
        zones.households[below] = int(sums[x, S_HOUSEHOLDS])
        zones.households[above] = int(sums[0, S_HOUSEHOLDS] - sums[x, S_HOUSEHOLDS])
        zones.area[below], zones.area[above] = sums[x, S_AREA], sums[0, S_AREA] - sums[x, S_AREA]
        zones.perimeter[below] = sums[x, S_PERIMETER] - 2.0 * inside
        zones.perimeter[above] = sums[0, S_PERIMETER] - sums[x, S_PERIMETER] - 2.0 * (sums[0, S_INSIDE] - inside - cut)
        if wet:
            zones.crossings[below] = int(sums[x, S_CROSS])
            zones.crossings[above] = int(sums[0, S_CROSS] - sums[x, S_CROSS] - room.above[x])
        for y in range(count):
            # Positions follow the order of growth, so a parent is marked before its children.
            under = y == x or (y > x and label[room.queue[room.parent[y]]] == below)
            label[room.queue[y]] = below if under else above
        for c in range(4):
            totals[c] += cheapest[c] - old[c]
        if less(totals, best):
            copy(totals, best)
            copy(label, kept)
    copy(kept, label)
    return measure(graph, zones, room, rule, wet)


@compiled
def fine_cut(room: Room, count: int, parts: int, rule: Floats, seed: NDArray[np.uint64], nothing: Floats) -> Floats:
    """Find the best cut of the tree in the room: its price, position, and the parts for the side below.

    A cut is right when both sides can still be divided into a whole number of zones in range.
    """
    sums = room.sums
    found = np.zeros(3)
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
            # Among many parts even cuts keep the number of trees down that the whole division needs.
            value = (
                wrong / rule[TARGET] * 100.0
                + 0.3 * uniform(seed)
                + (0.5 * abs(k_rest - k) / parts if parts > 16 else 0.0)
            )
            if sums[0, S_CROSS] > 0 and not room.above[x]:
                value += 1.0
            if value >= found[0]:
                continue
            nothing[:] = 0.0
            side(room, x, False, rule, nothing)
            side(room, x, True, rule, nothing)
            value += 0.5 * nothing[SOFT]
            if value < found[0]:
                found[0], found[1], found[2] = value, x, k
    return found


@compiled
def divide(
    graph: Graph, region: Ints, parts: Ints, room: Room, rule: Floats, seed: NDArray[np.uint64], draws: int
) -> None:
    """Divide each region r into parts[r] connected zones by cutting random trees in two, again and again.

    Of the cuts of `draws` trees the one that is least wrong is taken, of those the roundest. `region` and `parts` (with
    room for all zones, 0 where there is none yet) are changed in place; a region gets at most as many parts as atoms.
    """
    n = len(region)
    used = 0
    while used < len(parts) and parts[used] > 0:
        used += 1
    nothing = np.zeros(4)
    below = np.zeros(n, np.int64)
    inside = np.zeros(n, np.bool_)
    for start in range(n):
        while parts[region[start]] > 1:
            r = region[start]
            price, k_below, size = np.inf, 0, 0
            root = start
            for _ in range(draws):
                count = tree(graph, region, room, rule, seed, root, r, r)
                found = fine_cut(room, count, parts[r], rule, seed, nothing)
                if found[0] < price:
                    price, k_below, size = found[0], int(found[2]), 0
                    for y in range(count):
                        inside[y] = y == int(found[1]) or (y > 0 and inside[room.parent[y]])
                        if inside[y]:
                            below[size] = room.queue[y]
                            size += 1
                root = room.queue[int(uniform(seed) * count)]
            if size == 0:
                parts[r] = 1
                break
            for y in range(size):
                region[below[y]] = used
            parts[used] = k_below
            parts[r] -= k_below
            used += 1
