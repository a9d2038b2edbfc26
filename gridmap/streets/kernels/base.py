"""What the compiled loops of the network share: how they are compiled, and a heap of nodes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

F = TypeVar("F", bound=Callable[..., Any])
Ints = NDArray[np.int32]
Words = NDArray[np.uint32]
Longs = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_SOURCES = b"".join(path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))
_EDITION = hashlib.blake2b(_SOURCES, digest_size=6).hexdigest()


def compiled(function: F) -> F:
    """Compile a function on its first call and keep the machine code on disk."""
    # numba's cache looks at the file of a function, never at those of the functions it calls; with the edition of all
    # of them in its name, no change leaves half of the machine code behind.
    function.__qualname__ = f"{function.__qualname__}_{_EDITION}"
    return cast(F, numba.njit(cache=True, nogil=True, error_model="numpy")(function))


class Arcs(NamedTuple):
    """The network in compressed rows: from node i go `heads[indptr[i]:indptr[i + 1]]`, each at its cost."""

    indptr: Ints
    heads: Ints
    costs: Floats
    edges: Ints


class Room(NamedTuple):
    """Memory of one single search, of one entry a node; whoever uses it leaves it as it was found.

    `dist` is infinite, `arc` and `place` are −1 outside a search. `size` holds the lengths of `heap` and `touched`.
    """

    dist: Floats
    key: Floats
    arc: Ints
    place: Ints
    heap: Ints
    touched: Ints
    size: Longs


def room(nodes: int) -> Room:
    """Make the memory of a search."""
    return Room(
        dist=np.full(nodes, np.inf),
        key=np.empty(nodes),
        arc=np.full(nodes, -1, np.int32),
        place=np.full(nodes, -1, np.int32),
        heap=np.empty(nodes, np.int32),
        touched=np.empty(nodes, np.int32),
        size=np.zeros(2, np.int64),
    )


@compiled
def _up(room: Room, hole: int, node: int) -> None:
    """Move a node towards the top of the heap until its parent is not larger."""
    key = room.key[node]
    while hole > 0:
        above = (hole - 1) >> 2
        other = room.heap[above]
        if room.key[other] <= key:
            break
        room.heap[hole] = other
        room.place[other] = hole
        hole = above
    room.heap[hole] = node
    room.place[node] = hole


@compiled
def reach(room: Room, node: int, dist: float, key: float, arc: int) -> None:
    """Give a node a smaller distance, and put it into the heap or move it up there."""
    if room.dist[node] == np.inf:
        room.touched[room.size[1]] = node
        room.size[1] += 1
    room.dist[node] = dist
    room.key[node] = key
    room.arc[node] = arc
    hole = room.place[node]
    if hole < 0:
        hole = room.size[0]
        room.size[0] += 1
    _up(room, hole, node)


@compiled
def nearest_node(room: Room) -> int:
    """Take the node of the smallest key out of the heap, −1 if there is none."""
    if room.size[0] == 0:
        return -1
    top = room.heap[0]
    room.place[top] = -1
    room.size[0] -= 1
    size = room.size[0]
    if size == 0:
        return int(top)
    node = room.heap[size]
    key = room.key[node]
    hole = 0
    while True:
        first = 4 * hole + 1
        if first >= size:
            break
        least = first
        for child in range(first + 1, min(first + 4, size)):
            if room.key[room.heap[child]] < room.key[room.heap[least]]:
                least = child
        other = room.heap[least]
        if room.key[other] >= key:
            break
        room.heap[hole] = other
        room.place[other] = hole
        hole = least
    room.heap[hole] = node
    room.place[node] = hole
    return int(top)


@compiled
def clear(room: Room) -> None:
    """Leave the memory as the next search expects it."""
    for t in range(room.size[1]):
        node = room.touched[t]
        room.dist[node] = np.inf
        room.arc[node] = -1
        room.place[node] = -1
    room.size[0] = 0
    room.size[1] = 0
