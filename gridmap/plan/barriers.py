"""Further barriers: lines along which grids should not hang together, beside the rivers and railways of the fabric."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gridmap.geo.adjacency import adjacency
from gridmap.plan.fabric import Fabric
from gridmap.plan.plan import Plan

__all__ = ["barrier_lengths", "walled"]


def barrier_lengths(fabric: Fabric, lines: NDArray[np.object_]) -> NDArray[np.float64]:
    """Return how much of the border of each pair of neighbours lies along a barrier or one of the lines, float64[m].

    `lines` are in the fabric's frame. Time grows with the vertices of the cells.
    """
    beside = adjacency(fabric.polygons, lines={"line": lines})
    size = max(len(fabric), 1)
    known = beside.i.astype(np.int64) * size + beside.j
    asked = fabric.i.astype(np.int64) * size + fabric.j
    place = np.minimum(np.searchsorted(known, asked), max(len(known) - 1, 0))
    along = np.zeros(len(asked))
    if len(known):
        found = known[place] == asked
        along[found] = beside.along["line"][place[found]]
    return np.minimum(fabric.shared_m, np.maximum(fabric.barrier_m, along))


def walled(plan: Plan, barrier_m: NDArray[np.float64] | None) -> Plan:
    """Return a plan on a fabric with other barriers (float64[m], see `barrier_lengths`), as it is with None."""
    return plan if barrier_m is None else replace(plan, fabric=replace(plan.fabric, barrier_m=barrier_m))
