"""The walking network: nodes, edges with their course, and the walls that no access may cross. A value."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gridmap.geo.frames import Frame
from gridmap.streets.noding import Noded, chosen

if TYPE_CHECKING:
    from gridmap.streets.gates import Gates
    from gridmap.streets.kernels.base import Arcs, Room
    from gridmap.streets.kernels.cores import Core

__all__ = ["Joined", "Network", "assembled"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
# Nodes of up to so many neighbours are taken out for sweeps. More neighbours make more edges than they save.
_FEW = 4


@dataclass(frozen=True)
class Joined:
    """What noding did: dangles joined and by how many metres, dead ends cut at barriers, chords laid over plazas."""

    dangles: int = 0
    dangles_m: float = 0.0
    source_m: float = 0.0
    chords: int = 0


@dataclass(frozen=True, eq=False, repr=False)
class Network:
    """A network of n nodes and m edges in a metric frame. Made by `network`, `network_of` and `network_from_pbf`.

    `x`, `y` float64[n] place the nodes; edge e goes from node `u[e]` to `v[e]` (int32[m]) along
    `coords[offsets[e]:offsets[e + 1]]`, which is `length_m[e]` long; walking it costs `length_m * factor` metres of
    level ground. `walk_class` int16[m] and `name` int32[m] index `classes` and `names` (−1: none); `row` int32[m] is
    the row of the streets layer (−1: a way over a plaza). `component` int32[n] numbers the connected parts, the longest
    first, and `component_m` float64[c] is their length. `walls` float64[w, 4] are segments that no access line may
    cross, but for those of the compound `wall_owner` that the point belongs to. Nodes and edges are numbered along a
    space-filling curve. Arrays are read-only.
    """

    frame: Frame
    x: Floats
    y: Floats
    u: Ints
    v: Ints
    length_m: Floats
    factor: Floats
    walk_class: NDArray[np.int16]
    classes: tuple[str, ...]
    name: Ints
    names: tuple[str, ...]
    row: Ints
    coords: Floats
    offsets: NDArray[np.int64]
    component: Ints
    component_m: Floats
    walls: Floats
    wall_owner: Ints
    gates: Gates | None = None
    joined: Joined = Joined()

    def __repr__(self) -> str:
        return f"<Network: {len(self.x)} nodes, {len(self.u)} edges, {self.length_m.sum() / 1000:.1f} km>"

    def __getstate__(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    @cached_property
    def cost_m(self) -> Floats:
        """What walking each edge costs, in metres of level ground."""
        return self.length_m * self.factor

    @cached_property
    def along(self) -> Floats:
        """How far along its edge each coordinate is, in metres."""
        from gridmap.streets.kernels.lengths import sums_within

        steps = np.zeros(len(self.coords))
        steps[1:] = np.hypot(*(self.coords[1:] - self.coords[:-1]).T)
        steps[self.offsets[:-1]] = 0.0
        return sums_within(steps, self.offsets)

    @cached_property
    def arcs(self) -> Arcs:
        """The edges in both directions in compressed rows; loops are left out, for no shortest way takes them."""
        from gridmap.streets.kernels.base import Arcs

        open_ends = np.flatnonzero(self.u != self.v).astype(np.int32)
        tail = np.concatenate([self.u[open_ends], self.v[open_ends]])
        head = np.concatenate([self.v[open_ends], self.u[open_ends]])
        edge = np.concatenate([open_ends, open_ends])
        order = np.argsort(tail, kind="stable")
        indptr = np.zeros(len(self.x) + 1, np.int32)
        np.cumsum(np.bincount(tail, minlength=len(self.x)), out=indptr[1:])
        return Arcs(indptr, head[order], self.cost_m[edge[order]], edge[order])

    @cached_property
    def core(self) -> Core:
        """The network without its nodes of few neighbours, for sweeps; made when it is first asked for."""
        from gridmap.streets.kernels.cores import take_out

        return take_out(self.u, self.v, self.cost_m, len(self.x), _FEW)

    @cached_property
    def digest(self) -> str:
        """A short name of the content: equal networks have equal digests."""
        hasher = hashlib.blake2b(str(self.frame.epsg).encode(), digest_size=12)
        for array in (self.x, self.y, self.u, self.v, self.length_m, self.factor, self.coords, self.walls):
            hasher.update(np.ascontiguousarray(array).tobytes())
        return hasher.hexdigest()

    @cached_property
    def kept(self) -> dict[str, object]:
        """Indexes that other modules make of the network once; they never change what the network is."""
        return {}

    @cached_property
    def _rooms(self) -> threading.local:
        return threading.local()

    @property
    def room(self) -> Room:
        """The memory of single searches of the thread that asks."""
        from gridmap.streets.kernels.base import room

        if not hasattr(self._rooms, "room"):
            self._rooms.room = room(len(self.x))
        found: Room = self._rooms.room
        return found

    @cached_property
    def pace(self) -> float:
        """The least cost of a metre, which bounds from below what is left to a goal."""
        return float(self.factor.min()) * (1.0 - 1e-12)

    def shapes(self) -> NDArray[np.object_]:
        """Return the course of each edge as a LineString, object[m]."""
        index = np.repeat(np.arange(len(self.u)), np.diff(self.offsets))
        return np.asarray(shapely.linestrings(self.coords, indices=index), dtype=object)

    def report(self) -> dict[str, object]:
        """Say how large the network is, how it hangs together and what was joined; lengths in metres."""
        total = float(self.length_m.sum())
        return {
            "nodes": len(self.x),
            "edges": len(self.u),
            "length_m": total,
            "components": len(self.component_m),
            "largest_component_m": float(self.component_m[0]),
            "largest_component_share": float(self.component_m[0]) / total,
            "nodes_outside_largest": int((self.component > 0).sum()),
            "streets_m": self.joined.source_m,
            "dangles_joined": self.joined.dangles,
            "dangles_joined_m": self.joined.dangles_m,
            "plaza_chords": self.joined.chords,
            "compounds_gated": 0 if self.gates is None else int(self.gates.gated.sum()),
            "compounds_open": 0 if self.gates is None else int((~self.gates.gated).sum()),
        }


def assembled(
    noded: Noded,
    *,
    frame: Frame,
    labels: tuple[NDArray[np.int16], tuple[str, ...], Ints, tuple[str, ...]],
    factors: Mapping[str, float],
    walls: Floats,
    wall_owner: Ints,
    gates: Gates | None,
    joined: Joined,
) -> Network:
    """Make the network: nodes and edges along the curve, components by falling length.

    `labels` are class and name of each row of the streets layer, with their tables; the last class is that of rows −1.
    """
    used, ends = np.unique(np.concatenate([noded.u, noded.v]), return_inverse=True)
    xy = noded.xy[used]
    order = np.argsort(_curve(xy), kind="stable")
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    u, v = (np.asarray(rank[part], np.int32) for part in np.split(ends, 2))
    pieces = noded.pieces
    by_place = np.lexsort((np.maximum(u, v), np.minimum(u, v)))
    pieces, u, v = chosen(pieces, by_place), u[by_place], v[by_place]
    length = pieces.along[pieces.offsets[1:] - 1]
    walk_class, classes, name, names = labels
    kind = np.where(pieces.row < 0, len(classes) - 1, walk_class[pieces.row]).astype(np.int16)
    pace = np.array([factors.get(cls, 1.0) for cls in classes])
    component, component_m = _components(len(order), u, v, length)
    made = Network(
        frame=frame,
        x=np.ascontiguousarray(xy[order, 0]),
        y=np.ascontiguousarray(xy[order, 1]),
        u=u,
        v=v,
        length_m=length,
        factor=pace[kind],
        walk_class=kind,
        classes=classes,
        name=np.where(pieces.row < 0, -1, name[pieces.row]).astype(np.int32),
        names=names,
        row=pieces.row,
        coords=pieces.coords,
        offsets=pieces.offsets,
        component=component,
        component_m=component_m,
        walls=walls,
        wall_owner=wall_owner,
        gates=gates,
        joined=joined,
    )
    for field in made.__dataclass_fields__:
        if isinstance(array := getattr(made, field), np.ndarray):
            array.flags.writeable = False
    return made


def _curve(xy: Floats) -> NDArray[np.int64]:
    from gridmap.streets.kernels.curves import hilbert

    low = xy.min(axis=0)
    scale = (2**20 - 1) / max(float((xy.max(axis=0) - low).max()), 1e-9)
    code = np.empty(len(xy), np.int64)
    hilbert(np.ascontiguousarray(xy[:, 0]), np.ascontiguousarray(xy[:, 1]), low[0], low[1], scale, code)
    return code


def _components(nodes: int, u: Ints, v: Ints, length: Floats) -> tuple[Ints, Floats]:
    """Return the connected part of each node, the longest first, and the length of each."""
    graph = coo_array((np.ones(len(u), bool), (u, v)), shape=(nodes, nodes))
    count, part = connected_components(graph, directed=False)
    total = np.bincount(part[u], weights=length, minlength=count)
    order = np.argsort(-total, kind="stable")
    rank = np.empty(count, np.int32)
    rank[order] = np.arange(count, dtype=np.int32)
    return rank[part], np.asarray(total[order], np.float64)
