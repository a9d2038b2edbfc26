"""GeoPackage geometry blobs: a header with the envelope, then WKB. Whole columns at a time.

Layout (OGC 12-128r18, 2.1.3): `GP`, version, flags, srs_id, envelope (min x, max x, min y, max y), WKB. Points and
empty shapes carry no envelope. We write little-endian and two dimensions; we read what the standard allows.
"""

from __future__ import annotations

import math
import sqlite3
import struct
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

__all__ = ["demote", "from_blobs", "promote", "register_functions", "to_blobs"]

_LITTLE_ENDIAN = 0b0000_0001
_ENVELOPE_XY = 0b0000_0010
_EMPTY = 0b0001_0000
_HEADER_BYTES = (8, 40, 56, 56, 72)
_HEADER = np.dtype([("magic", "S2"), ("version", "u1"), ("flags", "u1"), ("srs_id", "<i4"), ("envelope", "<f8", 4)])

_MULTI = {4: "MULTIPOINT", 5: "MULTILINESTRING", 6: "MULTIPOLYGON"}
_MULTI_OF = {0: 4, 1: 5, 3: 6}
_MAKE: dict[int, Callable[..., Any]] = {
    4: shapely.multipoints,
    5: shapely.multilinestrings,
    6: shapely.multipolygons,
}


def promote(shapes: NDArray[Any], declared: str) -> NDArray[Any]:
    """Make single shapes multi shapes of one part, as a column declared MULTI… holds them; `from_blobs` undoes it."""
    kinds = shapely.get_type_id(shapes)
    out = np.array(shapes, dtype=object)
    for single, multi in _MULTI_OF.items():
        rows = np.flatnonzero(kinds == single)
        if _MULTI[multi] == declared and len(rows):
            parts = np.asarray(out[rows], dtype=object)
            out[rows] = _MAKE[multi](parts, indices=np.arange(len(rows)))
    return out


def to_blobs(shapes: NDArray[Any], srs_id: int) -> list[bytes | None]:
    """Encode shapes as GeoPackage blobs, in two dimensions; missing shapes become None."""
    flat = shapely.force_2d(np.asarray(shapes, dtype=object))
    header = np.zeros(len(flat), dtype=_HEADER)
    empty = shapely.is_empty(flat)
    bare = empty | (shapely.get_type_id(flat) == 0)
    header["magic"] = b"GP"
    header["flags"] = _LITTLE_ENDIAN | np.where(bare, 0, _ENVELOPE_XY) | np.where(empty, _EMPTY, 0)
    header["srs_id"] = srs_id
    header["envelope"] = shapely.bounds(flat)[:, [0, 2, 1, 3]]
    raw, size = header.tobytes(), _HEADER.itemsize
    bodies = shapely.to_wkb(flat, byte_order=1)
    ends = np.arange(len(flat)) * size + np.where(bare, 8, size)
    return [
        None if body is None else raw[row * size : end] + body
        for row, (end, body) in enumerate(zip(ends.tolist(), bodies, strict=True))
    ]


def from_blobs(blobs: Sequence[bytes | None]) -> NDArray[Any]:
    """Decode GeoPackage blobs; None stays None, and multi shapes of one part become single shapes.

    Raises ValueError naming the first row that is not a GeoPackage geometry.
    """
    bodies = np.empty(len(blobs), dtype=object)
    for row, blob in enumerate(blobs):
        if blob is not None:
            bodies[row] = _body(blob, row)
    try:
        shapes = shapely.from_wkb(bodies)
    except shapely.errors.GEOSException:
        shapes = np.empty(0, dtype=object)
    if len(shapes) != len(bodies):
        bad = next(row for row, body in enumerate(bodies) if _is_broken(body))
        raise ValueError(f"row {bad} holds no readable geometry")
    return demote(shapely.force_2d(shapes))


def demote(shapes: NDArray[Any]) -> NDArray[Any]:
    """Make multi shapes of one part single shapes, in place."""
    kinds = shapely.get_type_id(shapes)
    rows = np.flatnonzero((kinds >= 4) & (kinds <= 6) & (shapely.get_num_geometries(shapes) == 1))
    shapes[rows] = shapely.get_geometry(shapes[rows], 0)
    return shapes


def _is_broken(body: bytes | None) -> bool:
    try:
        shapely.from_wkb(body)
    except shapely.errors.GEOSException:
        return True
    return False


def _body(blob: bytes, row: int) -> bytes:
    """Return the WKB of a blob. Collections are refused before they are parsed: our layers hold none, and they nest."""
    body = blob[_header_bytes(blob, row) :]
    code = int.from_bytes(body[1:5], "little" if body[:1] == b"\x01" else "big")
    if len(body) < 5 or not 1 <= code % 1000 <= 6:
        raise ValueError(f"row {row} holds a geometry of an unknown type")
    return body


def _header_bytes(blob: bytes, row: int = 0) -> int:
    kind = (blob[3] >> 1) & 0b111 if len(blob) >= 8 and blob[:2] == b"GP" else 99
    if kind >= len(_HEADER_BYTES) or len(blob) < _HEADER_BYTES[kind]:
        raise ValueError(f"row {row} holds no GeoPackage geometry")
    return _HEADER_BYTES[kind]


def _envelope(blob: bytes) -> tuple[float, float, float, float] | None:
    """Return min x, max x, min y, max y of a blob; None for an empty or unreadable shape."""
    try:
        start = _header_bytes(blob)
        order = "<" if blob[3] & _LITTLE_ENDIAN else ">"
        if start > 8:
            found: tuple[float, float, float, float] = struct.unpack_from(f"{order}4d", blob, 8)
        elif blob[start + 1 : start + 5] == b"\x01\0\0\0" and blob[start] == 1:
            x, y = struct.unpack_from("<2d", blob, start + 5)
            found = (x, x, y, y)
        else:
            min_x, min_y, max_x, max_y = shapely.bounds(shapely.from_wkb(blob[start:])).tolist()
            found = (min_x, max_x, min_y, max_y)
    except (ValueError, struct.error, shapely.errors.GEOSException):
        return None
    return None if any(math.isnan(value) for value in found) else found


def register_functions(connection: sqlite3.Connection) -> None:
    """Teach a connection the four envelope functions and ST_IsEmpty, which the triggers of the R-trees call."""

    def bound(place: int) -> Any:
        def of(blob: bytes | None) -> float | None:
            envelope = None if blob is None else _envelope(blob)
            return None if envelope is None else envelope[place]

        return of

    for place, name in enumerate(("ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY")):
        connection.create_function(name, 1, bound(place), deterministic=True)

    def is_empty(blob: bytes | None) -> int | None:
        return None if blob is None else int(_envelope(blob) is None)

    connection.create_function("ST_IsEmpty", 1, is_empty, deterministic=True)
