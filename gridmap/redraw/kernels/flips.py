"""Moving one atom at a time to a neighbouring zone, by simulated annealing."""
# ruff: noqa: C901, FBT001 - compiled loops are long on purpose, and machine code takes no keywords

from __future__ import annotations

import numpy as np

from gridmap.redraw.kernels.base import (
    CROSS,
    DIST,
    OUT,
    SOFT,
    SPLIT,
    TARGET,
    TOTALS,
    W_STAY,
    Floats,
    Graph,
    Room,
    Words,
    Zones,
    compiled,
    join_cost,
    keep,
    less,
    measure,
    pieces,
    uniform,
    weigh,
    zone_dist,
    zone_out,
    zone_soft,
)


@compiled
def flips(
    graph: Graph,
    zones: Zones,
    room: Room,
    rule: Floats,
    seed: Words,
    hot: float,
    cold: float,
    steps: int,
    wet: bool,
) -> None:
    """Anneal by moving one atom at a time to a neighbouring zone; leaves the best labelling seen."""
    kept, notes, choice = room.kept, room.notes, room.choice
    zone_atoms, zone_crossings, zone_households, zone_area, zone_perimeter = (
        zones.atoms,
        zones.crossings,
        zones.households,
        zones.area,
        zones.perimeter,
    )
    indptr, indices, shared, off_street, area = graph.indptr, graph.indices, graph.shared, graph.off_street, graph.area
    perimeter, work, zone_work = graph.perimeter, graph.work, zones.work
    label = zones.label
    n = len(label)
    totals, best, change = notes[0], notes[1], notes[2]
    measure(graph, zones, room, rule, wet, totals)
    keep(label, totals, kept, best)
    every, dry = choice[0], choice[1]
    sweep = 2 * n
    cool = (cold / hot) ** (1.0 / max(1, steps // sweep - 1))
    heat = hot
    for step in range(1, steps + 1):
        if step % sweep == 0 or step == steps:
            heat *= cool
            if less(totals, best):
                keep(label, totals, kept, best)
        v = int(uniform(seed) * n)
        begin, end = indptr[v], indptr[v + 1]
        if begin == end:
            continue
        b = label[indices[begin + int(uniform(seed) * (end - begin))]]
        a = label[v]
        if a == b or zone_atoms[a] == 1:
            continue
        to_a = to_b = off = 0.0
        for e in range(begin, end):
            z = label[indices[e]]
            if z == a:
                to_a += shared[e]
                off += off_street[e]
            elif z == b:
                to_b += shared[e]
                off -= off_street[e]
        h = graph.households[v]
        a_h, b_h = zone_households[a] - h, zone_households[b] + h
        a_area, b_area = zone_area[a] - area[v], zone_area[b] + area[v]
        a_work, b_work = zone_work[a] - work[v], zone_work[b] + work[v]
        a_edge = zone_perimeter[a] - perimeter[v] + 2.0 * to_a
        b_edge = zone_perimeter[b] + perimeter[v] - 2.0 * to_b
        change[OUT] = (
            zone_out(a_h, rule)
            + zone_out(b_h, rule)
            - zone_out(zone_households[a], rule)
            - zone_out(zone_households[b], rule)
        )
        change[DIST] = (
            zone_dist(a_h, rule)
            + zone_dist(b_h, rule)
            - zone_dist(zone_households[a], rule)
            - zone_dist(zone_households[b], rule)
        )
        change[SOFT] = (
            zone_soft(a_h, a_area, a_edge, a_work, rule)
            + zone_soft(b_h, b_area, b_edge, b_work, rule)
            - zone_soft(zone_households[a], zone_area[a], zone_perimeter[a], zone_work[a], rule)
            - zone_soft(zone_households[b], zone_area[b], zone_perimeter[b], zone_work[b], rule)
            + off
        )
        was = graph.previous[v]
        if was == a:
            change[SOFT] += rule[W_STAY] * h / rule[TARGET]
        elif was == b:
            change[SOFT] -= rule[W_STAY] * h / rule[TARGET]
        a_cross, b_cross = zone_crossings[a], zone_crossings[b]
        if wet:
            a_cross += pieces(graph, label, room, v, a, dry) - 1
            b_cross += 1 - pieces(graph, label, room, v, b, dry)
        change[CROSS] = a_cross + b_cross - zone_crossings[a] - zone_crossings[b]
        change[SPLIT] = join_cost(graph, label, v, a, b)
        gain = weigh(change, rule)
        if gain > 0.0 and uniform(seed) >= np.exp(-gain / heat):
            continue
        if pieces(graph, label, room, v, a, every) > 1:
            continue
        label[v] = b
        zone_atoms[a] -= 1
        zone_atoms[b] += 1
        zone_households[a], zone_households[b] = a_h, b_h
        zone_area[a], zone_area[b] = a_area, b_area
        zone_perimeter[a], zone_perimeter[b] = a_edge, b_edge
        zone_crossings[a], zone_crossings[b] = a_cross, b_cross
        zone_work[a], zone_work[b] = a_work, b_work
        for c in range(TOTALS):
            totals[c] += change[c]
    keep(kept, best, label, totals)
