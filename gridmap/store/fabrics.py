"""The cells of a city, kept beside it: they take seconds to make and are the same until a layer changes."""

from __future__ import annotations

import hashlib
import io
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from sqlalchemy import Connection, delete, insert, select

from gridmap.errors import InputError
from gridmap.plan import Fabric, SpecialGrid
from gridmap.store.model import fabrics

__all__ = ["fabric_key", "read_fabric", "specials_digest", "write_fabric"]

_FORMAT = 1
"""Counted up when cells are made in another way, so that stored ones are made anew."""


def specials_digest(specials: Sequence[SpecialGrid]) -> str:
    """Return a digest of special grids: codes, names, communities and every byte of their polygons."""
    total = hashlib.sha256()
    for special in specials:
        for part in (special.code, special.name, special.community):
            total.update(f"{len(part.encode())}:{part}".encode())
        total.update(shapely.to_wkb(special.polygon))
    return total.hexdigest()[:16]


def fabric_key(revision: int, specials: Sequence[SpecialGrid]) -> str:
    """Return the key under which a fabric is kept: the city's revision and the special grids it was built with."""
    return f"{_FORMAT}/{revision}/{specials_digest(specials)}"


def read_fabric(connection: Connection, key: str) -> Fabric | None:
    """Return the fabric kept under a key; None if there is none, or none that can be read."""
    rows = connection.execute(select(fabrics.c.part, fabrics.c.data).where(fabrics.c.key == key)).all()
    if not rows:
        return None
    try:
        return Fabric.from_arrays({part: _unpack(data) for part, data in rows})
    except (InputError, ValueError, zlib.error, EOFError):
        return None


def write_fabric(connection: Connection, key: str, fabric: Fabric) -> None:
    """Keep a fabric under a key, in place of those of other revisions."""
    current = key.rsplit("/", 1)[0]
    connection.execute(delete(fabrics).where((fabrics.c.key == key) | ~fabrics.c.key.startswith(f"{current}/")))
    rows = [{"key": key, "part": part, "data": _pack(array)} for part, array in fabric.to_arrays().items()]
    connection.execute(insert(fabrics), rows)


def _pack(array: NDArray[Any]) -> bytes:
    file = io.BytesIO()
    np.save(file, array, allow_pickle=False)
    return zlib.compress(file.getvalue(), 1)


def _unpack(data: bytes) -> NDArray[Any]:
    array: NDArray[Any] = np.load(io.BytesIO(zlib.decompress(data)), allow_pickle=False)
    return array
