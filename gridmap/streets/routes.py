"""Single queries: the nearest of some targets from one point, and the way there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from gridmap.errors import InputError
from gridmap.streets.network import Network
from gridmap.streets.snapping import Snapped
from gridmap.streets.sweeping import Seeds, seeds_of
from gridmap.streets.turns import Leg, legs_of, said

__all__ = ["Route", "Targets", "nearest", "route", "targets"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Targets:
    """Facilities ready for single searches: their doors by edge, and by node in compressed rows."""

    seeds: Seeds
    indptr: Ints
    cost_m: Floats
    facility: Ints


def targets(
    network: Network, points: Snapped, *, facility: ArrayLike | None = None, offset_m: ArrayLike = 0.0
) -> Targets:
    """Make facilities ready for `nearest`; arguments as those of `sweep`. Cost grows with the nodes."""
    seeds = seeds_of(network, points, facility, offset_m)
    pace = network.factor[seeds.edge]
    back = network.length_m[seeds.edge] - seeds.offset_m
    node = np.concatenate([network.u[seeds.edge], network.v[seeds.edge]])
    cost = np.concatenate([seeds.cost_m + pace * seeds.offset_m, seeds.cost_m + pace * back])
    order = np.argsort(node, kind="stable")
    indptr = np.zeros(len(network.x) + 1, np.int32)
    np.cumsum(np.bincount(node, minlength=len(network.x)), out=indptr[1:])
    return Targets(seeds, indptr, cost[order], np.concatenate([seeds.facility, seeds.facility])[order])


def nearest(
    network: Network, source: Snapped, goals: Targets, *, k: int = 1, limit_m: float = np.inf
) -> tuple[Ints, Floats]:
    """Return the k facilities nearest to one point, int32[k] and float64[k] (−1 and infinite: none within the limit).

    A search that goes no farther than the k-th: for one point faster than a `sweep`, with the same answer.
    """
    from gridmap.streets.kernels.searches import nearest_targets

    if k < 1:
        raise InputError("k-not-positive", f"{k} nearest facilities were asked for.", "Ask for one or more.")
    _require_one(source)
    facility, dist_m = np.full(k, -1, np.int32), np.full(k, np.inf)
    rows = np.flatnonzero(source.edge >= 0)
    if not len(rows):
        return facility, dist_m
    node, cost = _ends(network, source, rows)
    seeds = goals.seeds
    nearest_targets(
        network.arcs, network.room, node, cost, float(limit_m), goals.indptr, goals.cost_m, goals.facility,
        source.edge[rows], source.offset_m[rows], source.access_m[rows], network.factor,
        seeds.edge, seeds.offset_m, seeds.cost_m, seeds.facility, dist_m, facility,
    )  # fmt: skip
    return facility, dist_m


def _require_one(points: Snapped) -> None:
    if points.count != 1:
        raise InputError("not-one-point", f"{points.count} points were given for one.", "Take one of them.")


def _ends(network: Network, points: Snapped, rows: NDArray[np.intp]) -> tuple[Ints, Floats]:
    """Return both ends of the edges of points, and the cost of getting there from the points."""
    edge, offset, access = points.edge[rows], points.offset_m[rows], points.access_m[rows]
    pace = network.factor[edge]
    node = np.concatenate([network.u[edge], network.v[edge]])
    return node, np.concatenate([access + pace * offset, access + pace * (network.length_m[edge] - offset)])


@dataclass(frozen=True, eq=False)
class Route:
    """A way on foot: `dist_m` metres of level ground (infinite: there is none), with the access at both ends.

    `geometry` is its line from point to point in the network's frame, empty where there is none. Piece i of the way
    runs along `edge[i]` from the offset `begin_m[i]` to `end_m[i]`, both measured from the edge's node `u`.
    """

    network: Network
    dist_m: float
    geometry: shapely.LineString
    edge: Ints
    begin_m: Floats
    end_m: Floats
    access_m: tuple[float, float]

    @cached_property
    def legs(self) -> tuple[Leg, ...]:
        """The stretches along one street, each with its name, length and the turn at its beginning."""
        return legs_of(self.network, self.edge, self.begin_m, self.end_m)

    def turns(self, language: str = "zh") -> list[str]:
        """Say the way in words, a line a leg: `zh` or `en`."""
        return said(self.legs, language, found=bool(np.isfinite(self.dist_m)))


def route(network: Network, source: Snapped, target: Snapped, *, limit_m: float = np.inf) -> Route:
    """Find the shortest way from one point to one other; of several ways in (entrances) the best pair.

    `target` may hold several points, such as the doors of one facility: the way leads to the nearest.
    """
    from gridmap.streets.kernels.searches import way

    _require_one(source)
    begin_rows, end_rows = np.flatnonzero(source.edge >= 0), np.flatnonzero(target.edge >= 0)
    best = _along_one_edge(network, source, target, begin_rows, end_rows)
    if len(begin_rows) and len(end_rows):
        start, cost = _ends(network, source, begin_rows)
        goal, goal_cost = _ends(network, target, end_rows)
        x, y, around = _circle(network, goal)
        found, node, arcs = way(
            network.arcs, network.room, network.x, network.y, x, y, around, network.pace,
            start, cost, goal, goal_cost, min(float(limit_m), best[0]),
        )  # fmt: skip
        if found < best[0]:
            last = int(network.arcs.heads[arcs[-1]]) if len(arcs) else node
            a = int(np.argmin(np.where(start == node, cost, np.inf))) % len(begin_rows)
            b = int(np.argmin(np.where(goal == last, goal_cost, np.inf))) % len(end_rows)
            pieces = _pieces(network, source, target, int(begin_rows[a]), int(end_rows[b]), node, arcs, last)
            return _route(network, found, source, target, int(begin_rows[a]), int(end_rows[b]), pieces)
    dist, a, b = best
    if not dist <= limit_m or a < 0:
        none = np.empty(0)
        return Route(network, np.inf, shapely.LineString(), none.astype(np.int32), none, none, (np.inf, np.inf))
    pieces = (source.edge[a : a + 1], source.offset_m[a : a + 1], target.offset_m[b : b + 1])
    return _route(network, dist, source, target, a, b, pieces)


def _circle(network: Network, nodes: Ints) -> tuple[float, float, float]:
    """Return a circle that holds nodes: its middle and radius."""
    x, y = network.x[nodes], network.y[nodes]
    mx, my = float(x.mean()), float(y.mean())
    return mx, my, float(np.hypot(x - mx, y - my).max())


def _along_one_edge(
    network: Network, source: Snapped, target: Snapped, begin: NDArray[np.intp], end: NDArray[np.intp]
) -> tuple[float, int, int]:
    """Return the shortest way that stays on one edge: its distance and the rows of both points."""
    best = (float("inf"), -1, -1)
    for a in begin:
        for b in end[target.edge[end] == source.edge[a]]:
            walk = network.factor[source.edge[a]] * abs(source.offset_m[a] - target.offset_m[b])
            best = min(best, (float(source.access_m[a] + walk + target.access_m[b]), int(a), int(b)))
    return best


Pieces = tuple[Ints, Floats, Floats]


def _pieces(
    network: Network, source: Snapped, target: Snapped, a: int, b: int, node: int, arcs: Ints, last: int
) -> Pieces:
    """Return the pieces of edges that a way runs along, from the foot of the source to that of the target."""
    middle = network.arcs.edges[arcs]
    edge = np.concatenate([source.edge[a : a + 1], middle, target.edge[b : b + 1]])
    whole = network.length_m[middle]
    ahead = network.v[middle] == network.arcs.heads[arcs]
    begin, end = np.empty(len(edge)), np.empty(len(edge))
    begin[1:-1], end[1:-1] = np.where(ahead, 0.0, whole), np.where(ahead, whole, 0.0)
    begin[0], end[-1] = source.offset_m[a], target.offset_m[b]
    end[0] = _end_at(network, source, a, node)
    begin[-1] = _end_at(network, target, b, last)
    # A point at the very end of its edge has no way along it.
    some = begin != end
    return edge[some], begin[some], end[some]


def _end_at(network: Network, points: Snapped, row: int, node: int) -> float:
    """Return the offset of a node on the edge of a point; of a loop's two ends the nearer one."""
    edge = int(points.edge[row])
    length = float(network.length_m[edge])
    if network.u[edge] == network.v[edge]:
        return 0.0 if points.offset_m[row] <= length / 2 else length
    return 0.0 if network.u[edge] == node else length


def _route(network: Network, dist_m: float, source: Snapped, target: Snapped, a: int, b: int, pieces: Pieces) -> Route:
    from gridmap.streets.kernels.courses import cut

    edge, begin, end = pieces
    line, _ = cut(network.coords, network.along, network.offsets, edge, begin, end)
    way_out, way_in = _approach(network, source, a), _approach(network, target, b)[::-1]
    xy = np.concatenate([way_out, line, way_in])
    fresh = np.ones(len(xy), bool)
    fresh[1:] = (xy[1:] != xy[:-1]).any(axis=1)
    xy = xy[fresh] if fresh.sum() > 1 else xy[:2]
    access = float(source.access_m[a]), float(target.access_m[b])
    return Route(network, float(dist_m), shapely.LineString(xy), edge, begin, end, access)


def _approach(network: Network, points: Snapped, row: int) -> Floats:
    """Return the places between a point and its foot: itself, its entrance if it has one, and the foot."""
    from gridmap.streets.kernels.courses import cut

    at = points.offset_m[row : row + 1]
    foot, _ = cut(network.coords, network.along, network.offsets, points.edge[row : row + 1], at, at)
    own = int(points.point[row])
    first = [[points.x[own], points.y[own]]]
    via = int(points.via[row])
    if via >= 0 and network.gates is not None:
        first.append([network.gates.x[via], network.gates.y[via]])
    return np.concatenate([np.array(first), foot[:1]])
