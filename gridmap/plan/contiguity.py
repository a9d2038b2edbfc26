"""Which cells of a grid hang together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gridmap.plan.fabric import Fabric

__all__ = ["components", "island_bridges", "parts_per_label"]

Bridges = Sequence[tuple[int, int]]


def components(fabric: Fabric, labels: NDArray[np.int32], bridges: Bridges = ()) -> NDArray[np.int32]:
    """Return the connected part of each cell, numbered over all cells: neighbours with one label are in one part.

    `labels` is int32[n_cells]. `bridges` are pairs of cells that count as neighbours. O(cells + pairs).
    """
    pairs = np.array(bridges, np.int32).reshape(-1, 2)
    i, j = np.concatenate([fabric.i, pairs[:, 0]]), np.concatenate([fabric.j, pairs[:, 1]])
    same = labels[i] == labels[j]
    graph = coo_array((np.ones(int(same.sum()), np.int8), (i[same], j[same])), shape=(len(labels), len(labels)))
    return np.asarray(connected_components(graph, directed=False)[1], np.int32)


def parts_per_label(labels: NDArray[np.int32], part: NDArray[np.int32], size: int) -> NDArray[np.int32]:
    """Return how many connected parts each label `0 … size - 1` has; cells labelled -1 are left out."""
    inside = labels >= 0
    wide = int(part.max(initial=0)) + 1
    pairs = np.unique(labels[inside].astype(np.int64) * wide + part[inside])  # one number a pair sorts fastest
    return np.bincount(pairs // wide, minlength=size).astype(np.int32)


def island_bridges(fabric: Fabric, *, min_households: int) -> tuple[tuple[int, int], ...]:
    """Return pairs of cells that join islands too small for a grid to the nearest other part of their community.

    An island is a connected part of a community, special grids taken out, of fewer than `min_households` households.
    Each is joined by its shortest bridge, the smallest island first, until none is left or the community is one
    part. A plan lists its bridges, so that nobody takes them for common boundaries.
    """
    open_cells = fabric.special < 0
    part = components(fabric, np.where(open_cells, fabric.community, -1 - fabric.special).astype(np.int32))
    bridges: list[tuple[int, int]] = []
    for community in range(len(fabric.community_codes)):
        cells = np.flatnonzero(open_cells & (fabric.community == community))
        while len(names := np.unique(part[cells])) > 1:
            sums = np.array([fabric.households[cells[part[cells] == name]].sum() for name in names])
            if sums.min() >= min_households:
                break
            smallest = names[int(np.argmin(sums))]
            here, there = cells[part[cells] == smallest], cells[part[cells] != smallest]
            one, other = _nearest(fabric, here, there)
            bridges.append((min(one, other), max(one, other)))
            part[part == smallest] = part[other]
    return tuple(bridges)


def _nearest(fabric: Fabric, here: NDArray[np.intp], there: NDArray[np.intp]) -> tuple[int, int]:
    """Return the closest pair of cells, one of each side; of equally close ones the first by index."""
    tree = shapely.STRtree(fabric.polygons[there])
    pairs, distance = tree.query_nearest(fabric.polygons[here], return_distance=True, all_matches=True)
    best = np.lexsort((pairs[1], pairs[0], distance))[0]
    return int(here[pairs[0][best]]), int(there[pairs[1][best]])
