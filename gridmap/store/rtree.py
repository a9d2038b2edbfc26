"""The spatial index of a whole feature table, packed at once: entry by entry it takes eight seconds a million.

SQLite keeps an R-tree in three tables: nodes (a count, then entries of id and four 32-bit bounds, big-endian), and
which node holds a row and a node. Entries are sorted into tiles and packed from the leaves to the root (Leutenegger,
Lopez, Edgington: STR, 1997).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

__all__ = ["pack"]

_ENTRY = np.dtype([("id", ">i8"), ("bounds", ">f4", 4)])
_HEADER = 4
_FULL = 51
"""Entries of a node at most, whatever the page; SQLite's own limit."""
_FILLED = 46
"""Entries of a packed node: there is room for some more before it has to be divided."""


def pack(connection: Connection, table: str, ids: NDArray[np.int64], bounds: NDArray[np.float64]) -> None:
    """Replace the R-tree of a feature table by one of these rows: ids (n), bounds (n, 4: x and y least, then most).

    Rows without bounds (NaN) are left out. Part of the caller's transaction. O(n log n).
    """
    there = np.isfinite(bounds).all(axis=1)
    ids, low_high = ids[there], bounds[there][:, [0, 2, 1, 3]]
    size = int(connection.exec_driver_sql(f'SELECT length(data) FROM "rtree_{table}_geom_node" LIMIT 1').scalar_one())  # noqa: S608
    for part in ("node", "rowid", "parent"):
        connection.exec_driver_sql(f'DELETE FROM "rtree_{table}_geom_{part}"')  # noqa: S608
    full = min(_FULL, (size - _HEADER) // _ENTRY.itemsize)
    entries = np.zeros(len(ids), dtype=_ENTRY)
    entries["id"], entries["bounds"] = ids, _outward(low_high)
    depth, number = 0, 2
    while len(entries) > full:
        entries, node = _tiled(entries, min(_FILLED, full), number)
        above = "rowid" if depth == 0 else "parent"
        _fill(connection, f"rtree_{table}_geom_{above}", zip(entries["id"].tolist(), node.tolist(), strict=True))
        blobs, entries = _nodes(entries, node, size)
        _fill(connection, f"rtree_{table}_geom_node", zip(entries["id"].tolist(), blobs, strict=True))
        depth, number = depth + 1, number + len(blobs)
    above = "rowid" if depth == 0 else "parent"
    _fill(connection, f"rtree_{table}_geom_{above}", ((one, 1) for one in entries["id"].tolist()))
    root = depth.to_bytes(2) + len(entries).to_bytes(2) + entries.tobytes()
    _fill(connection, f"rtree_{table}_geom_node", [(1, root.ljust(size, b"\0"))])


def _fill(connection: Connection, table: str, rows: Any) -> None:
    listed = list(rows)
    if listed:
        connection.exec_driver_sql(f'INSERT INTO "{table}" VALUES (?, ?)', listed)  # noqa: S608 - a name of ours


def _outward(bounds: NDArray[np.float64]) -> NDArray[np.float32]:
    """Round bounds (low, high, low, high) to 32 bits so that they hold what they held."""
    rounded = bounds.astype(np.float32)
    for axis, end in enumerate((-np.inf, np.inf, -np.inf, np.inf)):
        wrong = rounded[:, axis] > bounds[:, axis] if end < 0 else rounded[:, axis] < bounds[:, axis]
        rounded[wrong, axis] = np.nextafter(rounded[wrong, axis], np.float32(end))
    return rounded


def _tiled(entries: NDArray[Any], filled: int, first: int) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Return the entries in the order of tiles, and the number of the node that each comes into."""
    middle = entries["bounds"].astype(np.float64)
    x, y = middle[:, 0] + middle[:, 1], middle[:, 2] + middle[:, 3]
    count = -(-len(entries) // filled)
    slabs = int(np.ceil(np.sqrt(count)))
    slab = np.empty(len(entries), dtype=np.int64)
    slab[np.argsort(x, kind="stable")] = np.arange(len(entries)) // (filled * -(-count // slabs))
    order = np.lexsort((y, slab))
    return entries[order], first + np.arange(len(entries)) // filled


def _nodes(entries: NDArray[Any], node: NDArray[np.int64], size: int) -> tuple[list[bytes], NDArray[Any]]:
    """Return the nodes as they are stored, and an entry for each of them with the bounds of all in it."""
    numbers, starts, counts = np.unique(node, return_index=True, return_counts=True)
    ends, raw = starts + counts, entries.tobytes()
    width = entries.dtype.itemsize
    blobs = [
        (b"\0\0" + int(count).to_bytes(2) + raw[start * width : end * width]).ljust(size, b"\0")
        for start, end, count in zip(starts.tolist(), ends.tolist(), counts.tolist(), strict=True)
    ]
    bounds = entries["bounds"].astype(np.float32)
    above = np.zeros(len(numbers), dtype=entries.dtype)
    above["id"] = numbers
    for axis, most in enumerate((np.minimum, np.maximum, np.minimum, np.maximum)):
        above["bounds"][:, axis] = most.reduceat(bounds[:, axis], starts)
    return blobs, above
