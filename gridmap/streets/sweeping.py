"""Distances: from many seeds at once over the whole network, and from point to point.

All distances are metres of level ground along the network, with the access at both ends.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gridmap.errors import InputError
from gridmap.streets.network import Network
from gridmap.streets.snapping import Snapped

__all__ = ["Labels", "Seeds", "at_points", "distances", "seeds_of", "sweep"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
_MOST_BUCKETS = 1 << 16


@dataclass(frozen=True, eq=False)
class Seeds:
    """Seeds by edge: where they lie, what they cost to begin with, and whose they are."""

    edge: Ints
    offset_m: Floats
    cost_m: Floats
    facility: Ints
    seeded: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Labels:
    """The k nearest facilities of each node: `facility` int32[n, k] (−1: none within the limit), `dist_m` [n, k].

    Nearest first, of equally near ones the lowest number. `seeds` are kept for points on the same edge.
    """

    facility: Ints
    dist_m: Floats
    limit_m: float
    seeds: Seeds


def sweep(
    network: Network,
    seeds: Snapped,
    *,
    facility: ArrayLike | None = None,
    offset_m: ArrayLike = 0.0,
    limit_m: float = np.inf,
    k: int = 1,
) -> Labels:
    """Find for every node the k nearest facilities and their distances, from all seeds at once.

    `facility` int[seeds.count] says which facility each point of `seeds` is a door of (default: each its own; several
    doors may be of one, −1 leaves a point out); `offset_m` float[seeds.count] or one number is added at the seeds (a
    wait, in metres). Facilities farther than `limit_m` are not found. Cost: about 40–60 ns an edge for k = 1.
    """
    from gridmap.streets.kernels.sweeps import sweep_many, sweep_one

    if k < 1:
        raise InputError("k-not-positive", f"{k} nearest facilities were asked for.", "Ask for one or more.")
    laid = seeds_of(network, seeds, facility, offset_m)
    node, dist, which = _starts(network, laid)
    width, buckets = _queue(network)
    limit = float(limit_m)
    if k == 1:
        dist_m, found = sweep_one(network.core, node, dist, which, limit, width, buckets)
        dist_m, found = dist_m[:, None], found[:, None]
    else:
        dist_m, found = sweep_many(network.core, node, dist, which, limit, width, buckets, k)
    return Labels(found, dist_m, limit, laid)


def at_points(network: Network, labels: Labels, points: Snapped) -> tuple[Ints, Floats]:
    """Return the k nearest facilities of points, int32[count, k] and float64[count, k] (−1 and infinite: none).

    The least over both ends of the point's edge and the seeds on that edge, over all ways into the point: exact, in
    constant time a point. `labels.limit_m` holds for the whole way.
    """
    from gridmap.streets.kernels.sweeps import at_rows

    k = labels.facility.shape[1]
    facility = np.full((points.count, k), -1, np.int32)
    dist_m = np.full((points.count, k), np.inf)
    seeds = labels.seeds
    at_rows(
        network.u, network.v, network.length_m, network.factor, k,
        labels.dist_m.reshape(-1), labels.facility.reshape(-1), seeds.seeded,
        seeds.edge, seeds.offset_m, seeds.cost_m, seeds.facility,
        points.point, points.edge, points.offset_m, points.access_m, labels.limit_m,
        dist_m.reshape(-1), facility.reshape(-1),
    )  # fmt: skip
    return facility, dist_m


def distances(network: Network, sources: Snapped, targets: Snapped, *, limit_m: float = np.inf) -> Floats:
    """Return the distance of each source from each target, float64[sources.count, targets.count]; infinite: none.

    Exact for points on the same edge too. One truncated search a source: for many sources use `sweep`.
    """
    from gridmap.streets.kernels.searches import settle

    ends = np.unique(np.concatenate([network.u[targets.edge[_on(targets)]], network.v[targets.edge[_on(targets)]]]))
    wanted = np.full(len(network.x), -1, np.int32)
    wanted[ends] = np.arange(len(ends), dtype=np.int32)
    result = np.full((sources.count, targets.count), np.inf)
    rows = _on(targets)
    edge, cost = targets.edge[rows], targets.access_m[rows]
    pace = network.factor[edge]
    to_u = cost + pace * targets.offset_m[rows]
    to_v = cost + pace * (network.length_m[edge] - targets.offset_m[rows])
    slot_u, slot_v = wanted[network.u[edge]], wanted[network.v[edge]]
    for source in range(sources.count):
        begin = sources.take([source])
        laid = seeds_of(network, begin, None, 0.0)
        node, dist, _ = _starts(network, laid)
        found = np.full(len(ends), np.inf)
        settle(network.arcs, network.room, node, dist, float(limit_m), wanted, len(ends), found)
        least = np.minimum(found[slot_u] + to_u, found[slot_v] + to_v)
        for e, o, c in zip(laid.edge, laid.offset_m, laid.cost_m, strict=True):
            same = np.flatnonzero(edge == e)
            direct = c + cost[same] + pace[same] * np.abs(targets.offset_m[rows][same] - o)
            least[same] = np.minimum(least[same], direct)
        least[least > limit_m] = np.inf
        np.minimum.at(result[source], targets.point[rows], least)
    return result


def _on(points: Snapped) -> NDArray[np.intp]:
    return np.flatnonzero(points.edge >= 0)


def seeds_of(network: Network, seeds: Snapped, facility: ArrayLike | None, offset_m: ArrayLike) -> Seeds:
    """Bring seeds into the order of their edges; those that are not on the network are left out."""
    own = np.arange(seeds.count, dtype=np.int32) if facility is None else np.asarray(facility).reshape(-1)
    wait = np.broadcast_to(np.asarray(offset_m, np.float64), (seeds.count,))
    if len(own) != seeds.count:
        raise InputError(
            "facilities-uneven",
            f"{len(own)} facility numbers for {seeds.count} points.",
            "Give the facility of each point.",
        )
    wait_rows = wait[seeds.point]
    if np.isnan(wait).any() or (wait < 0).any():
        raise InputError("offset-negative", "An offset is negative or not a number.", "Give metres of 0 or more.")
    rows = np.flatnonzero((seeds.edge >= 0) & (own[seeds.point] >= 0) & np.isfinite(wait_rows))
    rows = rows[np.lexsort((seeds.offset_m[rows], seeds.edge[rows]))]
    seeded = np.zeros(len(network.u), bool)
    seeded[seeds.edge[rows]] = True
    return Seeds(
        seeds.edge[rows],
        seeds.offset_m[rows],
        seeds.access_m[rows] + wait_rows[rows],
        own[seeds.point[rows]].astype(np.int32),
        seeded,
    )


def _starts(network: Network, seeds: Seeds) -> tuple[Ints, Floats, Ints]:
    """Return the nodes from which a search of these seeds begins, with distance and facility, nearest first."""
    pace = network.factor[seeds.edge]
    node = np.concatenate([network.u[seeds.edge], network.v[seeds.edge]])
    back = network.length_m[seeds.edge] - seeds.offset_m
    dist = np.concatenate([seeds.cost_m + pace * seeds.offset_m, seeds.cost_m + pace * back])
    facility = np.concatenate([seeds.facility, seeds.facility])
    order = np.lexsort((facility, dist))
    return node[order], dist[order], facility[order]


def _queue(network: Network) -> tuple[float, int]:
    """Choose the width and the number of buckets: wide enough that few are empty, and that the longest edge fits."""
    if (kept := network.kept.get("queue")) is not None:
        found: tuple[float, int] = kept  # type: ignore[assignment] # `kept` holds things of any kind
        return found
    costs = network.core.inner_costs
    longest = float(costs.max()) if len(costs) else 1.0
    width = max(float(np.median(costs)) * 0.5 if len(costs) else 1.0, longest / (_MOST_BUCKETS / 2 - 4), 1e-3)
    buckets = 1 << int(np.ceil(np.log2(longest / width + 3)))
    network.kept["queue"] = (width, buckets)
    return width, buckets
