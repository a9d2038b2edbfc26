"""Put points on the network: on the nearest edge that can be walked to in a straight line.

A point of the network is (edge, offset, access): how far along its edge, from `u`, the foot of the point lies, and how
far the point is from it. A point in a gated compound has one such row for each entrance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gridmap.errors import InputError
from gridmap.settings import DEFAULT
from gridmap.streets.cells import cells_of
from gridmap.streets.gates import Gates
from gridmap.streets.lines import Shapes, shapes_in, walls_of
from gridmap.streets.network import Network

__all__ = ["REASONS", "Snapped", "Snapper", "snap"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]

_MANY = 5_000
REASONS: tuple[tuple[str, str, str], ...] = (
    ("ok", "on the network", "可达"),
    ("far", "no street within the cap", "附近无道路"),
    ("blocked", "a barrier lies between the point and every street near it", "被屏障隔断"),
    ("island", "the streets near it hang together with no others", "附近道路不连通"),
)
"""What `Snapped.reason` indexes: code, English, Chinese."""


@dataclass(frozen=True, eq=False)
class Snapped:
    """Points on a network, r rows of them; row i is a way in of point `point[i]` of `count` points.

    `edge` int32[r] is −1 where the point cannot be reached, for the reason `reason` uint8[r] (see `REASONS`).
    `offset_m` float64[r] is measured along the edge from its node `u`; `access_m` float64[r] is the straight way to the
    street, through the entrance where there is one (infinite where the edge is −1). `x`, `y` float64[count] are the
    points as given; `via` int32[r] is the entrance (−1: none).
    """

    edge: Ints
    offset_m: Floats
    access_m: Floats
    reason: NDArray[np.uint8]
    point: Ints
    via: Ints
    count: int
    x: Floats
    y: Floats

    def __len__(self) -> int:
        return len(self.edge)

    @property
    def reachable(self) -> NDArray[np.bool_]:
        """Which points are on the network, bool[count]."""
        found = np.zeros(self.count, bool)
        found[self.point[self.edge >= 0]] = True
        return found

    @property
    def point_reason(self) -> NDArray[np.uint8]:
        """The reason of each point, uint8[count]; 0 where any of its rows is on the network."""
        worst = np.zeros(self.count, np.uint8)
        worst[self.point] = self.reason
        worst[self.reachable] = 0
        return worst

    @property
    def nearest_access_m(self) -> Floats:
        """The shortest access of each point, float64[count]; a histogram of it reveals shifted coordinates."""
        least = np.full(self.count, np.inf)
        np.minimum.at(least, self.point, self.access_m)
        return least

    def take(self, points: ArrayLike) -> Snapped:
        """Return the rows of some points, numbered anew in the order given."""
        chosen = np.atleast_1d(np.asarray(points))
        chosen = np.flatnonzero(chosen) if chosen.dtype == bool else chosen.astype(np.int64)
        if np.array_equal(self.point, np.arange(self.count)):
            rows, number = chosen, np.arange(len(chosen), dtype=np.int32)
        else:
            order = np.argsort(self.point, kind="stable")
            low = np.searchsorted(self.point[order], chosen, "left")
            size = np.searchsorted(self.point[order], chosen, "right") - low
            number = np.repeat(np.arange(len(chosen), dtype=np.int32), size)
            first = np.repeat(low - np.concatenate([[0], np.cumsum(size)[:-1]]), size) if len(chosen) else low
            rows = order[first + np.arange(len(number))]
        return Snapped(
            self.edge[rows], self.offset_m[rows], self.access_m[rows], self.reason[rows], number, self.via[rows],
            len(chosen), self.x[chosen], self.y[chosen],
        )  # fmt: skip


class Snapper:
    """An index of a network's segments that puts points on it. Building it takes time once; it does not change."""

    def __init__(self, network: Network, *, barriers: Shapes = None, min_component: float | None = None) -> None:
        """Index a network; `barriers` come on top of its walls.

        Connected parts shorter than `min_component` (a share of the longest, default of the settings) carry no points.
        """
        share = DEFAULT.min_component_share if min_component is None else min_component
        self.network = network
        inner = np.ones(len(network.coords), bool)
        inner[network.offsets[1:] - 1] = False
        starts = np.flatnonzero(inner).astype(np.int32)
        # Small cells make few segments to look at; a very large network must not have too many.
        per_segment = min(8.0, max(1.0, 2e7 / len(starts)))
        self._cells = cells_of(network.coords[starts], network.coords[starts + 1], starts, per_segment=per_segment)
        self._edge_of = np.repeat(np.arange(len(network.u), dtype=np.int32), np.diff(network.offsets))
        large = network.component_m >= share * network.component_m[0]
        self._sizeable = large[network.component[network.u]]
        more = walls_of(shapes_in(barriers, network.frame, "barriers")) if barriers is not None else np.empty((0, 4))
        self._walls = np.ascontiguousarray(np.concatenate([network.walls, more]))
        self._owner = np.concatenate([network.wall_owner, np.full(len(more), -1, np.int32)])
        self._wall_cells = cells_of(self._walls[:, :2], self._walls[:, 2:], np.arange(len(self._walls), dtype=np.int32))
        self._entrances: dict[float, Snapped] = {}

    def snap(
        self, x: ArrayLike, y: ArrayLike, *, cap_m: float | None = None, compound: ArrayLike | None = None
    ) -> Snapped:
        """Put points, n eastings and northings in the frame, on the network.

        A point farther than `cap_m` from every street is out of reach. A point in a gated compound is put on it through
        each of the compound's entrances; `compound` int[n] says which compound of the city each point is in (−1: none)
        where that is known, otherwise geometry tells.
        """
        px, py = _coordinates(x, y)
        cap = DEFAULT.snap_cap_m if cap_m is None else float(cap_m)
        if not cap > 0:
            raise InputError("cap-not-positive", f"The cap is {cap_m} m.", "Give the farthest access in metres.")
        gates = self.network.gates
        if gates is None or not gates.gated.any():
            return self._direct(px, py, np.full(len(px), -1, np.int32), cap)
        owner = gates.at(px, py) if compound is None else np.asarray(compound, np.int32).reshape(-1)
        owner = np.where((owner >= 0) & gates.gated[owner], owner, -1).astype(np.int32)
        inside = np.flatnonzero(owner >= 0)
        if not len(inside):
            return self._direct(px, py, owner, cap)
        outside = np.flatnonzero(owner < 0)
        direct = self._direct(px[outside], py[outside], owner[outside], cap)
        gated = self._through(gates, px, py, inside, owner[inside], cap)
        merged = {
            name: np.concatenate([getattr(direct, name), getattr(gated, name)])
            for name in ("edge", "offset_m", "access_m", "reason", "via")
        }
        point = np.concatenate([outside.astype(np.int32), gated.point])
        order = np.argsort(point, kind="stable")
        return Snapped(
            merged["edge"][order], merged["offset_m"][order], merged["access_m"][order], merged["reason"][order],
            point[order], merged["via"][order], len(px), px, py,
        )  # fmt: skip

    def _direct(self, x: Floats, y: Floats, own: Ints, cap: float) -> Snapped:
        """Put points on the nearest edges."""
        from gridmap.streets.kernels.segments import snap_points

        n = len(x)
        edge, offset, access = np.empty(n, np.int32), np.empty(n), np.empty(n)
        reason = np.empty(n, np.uint8)
        snap_points(
            self._order(x, y), x, y, own, cap, self.network.coords, self.network.along, self._edge_of, self._sizeable,
            self._cells, self._walls, self._owner, self._wall_cells, edge, offset, access, reason,
        )  # fmt: skip
        number = np.arange(n, dtype=np.int32)
        return Snapped(edge, offset, access, reason, number, np.full(n, -1, np.int32), n, x, y)

    def _order(self, x: Floats, y: Floats) -> NDArray[np.int64]:
        """Return an order of points in which neighbours follow each other; few points stay as they are."""
        if len(x) < _MANY:
            return np.arange(len(x))
        side = self._cells.side * 16.0
        # Not a number and far away are sorted anywhere; the search itself tells them.
        column, row = (
            np.clip(np.nan_to_num((part - low) / side), 0, 30_000).astype(np.int32)
            for part, low in ((x, self._cells.x0), (y, self._cells.y0))
        )
        return np.argsort(row * np.int32(30_001) + column, kind="stable")

    def _through(
        self, gates: Gates, x: Floats, y: Floats, inside: NDArray[np.intp], owner: Ints, cap: float
    ) -> Snapped:
        """Put points on the network through the entrances of their compounds; one without a way in has one row."""
        if cap not in self._entrances:
            self._entrances[cap] = self._direct(gates.x, gates.y, gates.compound, cap)
        doors = self._entrances[cap]
        order = np.argsort(gates.compound, kind="stable")
        # Doors that lead nowhere are used only where a compound has no other, so that the reason is known.
        leads = np.zeros(len(gates.gated), bool)
        leads[gates.compound[doors.edge >= 0]] = True
        order = order[(doors.edge[order] >= 0) | ~leads[gates.compound[order]]]
        low = np.searchsorted(gates.compound[order], owner, "left")
        size = np.searchsorted(gates.compound[order], owner, "right") - low
        point = np.repeat(inside, size)
        first = np.repeat(low - np.concatenate([[0], np.cumsum(size)[:-1]]), size)
        via = order[first + np.arange(len(point))]
        walk = np.hypot(x[point] - gates.x[via], y[point] - gates.y[via])
        return Snapped(
            doors.edge[via], doors.offset_m[via], doors.access_m[via] + walk, doors.reason[via],
            point.astype(np.int32), via.astype(np.int32), len(x), x, y,
        )  # fmt: skip


def _coordinates(x: ArrayLike, y: ArrayLike) -> tuple[Floats, Floats]:
    px, py = (np.ascontiguousarray(np.asarray(part, np.float64).reshape(-1)) for part in (x, y))
    if len(px) != len(py):
        raise InputError("points-uneven", f"{len(px)} eastings and {len(py)} northings.", "Give as many of each.")
    return px, py


def snap(
    network: Network,
    x: ArrayLike,
    y: ArrayLike,
    *,
    cap_m: float | None = None,
    barriers: Shapes = None,
    min_component: float | None = None,
    compound: ArrayLike | None = None,
) -> Snapped:
    """Put points on the network, as `Snapper.snap`; the index of the network is kept with it.

    With `barriers` or `min_component` an index of its own is made for the call: keep a `Snapper` where there are many.
    """
    if barriers is None and min_component is None:
        return _snapper(network).snap(x, y, cap_m=cap_m, compound=compound)
    return Snapper(network, barriers=barriers, min_component=min_component).snap(x, y, cap_m=cap_m, compound=compound)


def _snapper(network: Network) -> Snapper:
    """Return the index that is kept with a network, made when it is first asked for."""
    kept = network.kept.get("snapper")
    if isinstance(kept, Snapper):
        return kept
    made = Snapper(network)
    network.kept["snapper"] = made
    return made
