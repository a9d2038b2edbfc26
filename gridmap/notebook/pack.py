"""What an editor in a browser is sent: columns of numbers in one block of bytes, without a text of coordinates."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridmap.city import City
from gridmap.plan import Plan
from gridmap.plan.traced import columns
from gridmap.tiles import TileSet, tiles_over
from gridmap.tiles.mercator import HALF_M
from gridmap.tiles.sets import tile_set

__all__ = ["base", "cells", "layout", "packed"]

ZOOMS = (10, 14)
"""Of the base map's tiles; larger scales are drawn from the last."""

_MOST_TILES = 400
"""More of the largest scale are left out: a province is not edited house by house in one cell of a notebook."""

_FLOATS = ("area_m2", "perimeter_m", "shared_m", "barrier_m")


def packed(said: Mapping[str, Any], parts: Mapping[str, NDArray[Any]], *, level: int = 1) -> bytes:
    """Return values and arrays as one block, by gzip at a `level` (0: only wrapped).

    It holds the length of a head (uint32), the head as JSON (`said`, and for each part name, type, place and length),
    and the parts, each on a multiple of 8. Numbers are little-endian.
    """
    heads, bodies, at = [], [], 0
    for name, values in parts.items():
        body = np.ascontiguousarray(values).astype(values.dtype.newbyteorder("<"), copy=False).tobytes()
        body += b"\0" * (-len(body) % 8)
        heads.append({"name": name, "type": values.dtype.name, "at": at, "length": values.size})
        bodies.append(body)
        at += len(body)
    head = json.dumps({"said": said, "parts": heads}, ensure_ascii=False, separators=(",", ":")).encode()
    head += b" " * ((-4 - len(head)) % 8)
    whole = b"".join([len(head).to_bytes(4, "little"), head, *bodies])
    return gzip.compress(whole, level, mtime=0)


def cells(plan: Plan) -> bytes:
    """Return the cells that a plan is drawn on, with their households (-1: unknown)."""
    fabric = plan.fabric
    ids = [one.encode() for one in fabric.cell_ids.tolist()]
    said = {
        "communities": [
            {"code": str(code), "name": str(name), "open": True}
            for code, name in zip(fabric.community_codes, fabric.community_names, strict=True)
        ],
        "compounds": [
            {"id": str(one), "name": str(name)}
            for one, name in zip(fabric.compound_ids, fabric.compound_names, strict=True)
        ],
    }
    parts = {name: values.astype(np.float32 if name in _FLOATS else np.int32)
             for name, values in columns(fabric).items()}  # fmt: skip
    parts["households"] = np.where(fabric.known, fabric.households, -1).astype(np.int32)
    parts["ids"] = np.frombuffer(b"\n".join(ids), np.uint8)
    return packed(said, parts)


def layout(plan: Plan, revision: int) -> bytes:
    """Return which grid each cell is in, at a revision."""
    ids = plan.fabric.cell_ids
    said = {
        "revision": revision,
        "grids": [grid.record() for grid in plan.grids],
        "bridges": [[str(ids[one]), str(ids[other])] for one, other in plan.bridges],
    }
    return packed(said, {"grid": plan.grid_of})


def base(city: City | None) -> bytes:
    """Return the base map as tiles from the smallest scale to the largest that is sent; nothing without a city."""
    if city is None:
        return packed({"zooms": list(ZOOMS), "bounds": None}, {})
    tiles = tile_set("base", city)
    bounds = tiles.bounds_lonlat()
    found: dict[str, NDArray[Any]] = {}
    first, last = ZOOMS
    if bounds is not None:
        edges = _mercator(tiles)
        while last > first and len(tiles_over(edges, last)) > _MOST_TILES:
            last -= 1
        for zoom in range(first, last + 1):
            for tile in tiles_over(edges, zoom):
                if body := tiles.tile(tile):
                    found[f"{tile.z}/{tile.x}/{tile.y}"] = np.frombuffer(body, np.uint8)
    return packed({"zooms": [first, last], "bounds": bounds}, found)


def _mercator(tiles: TileSet) -> tuple[float, float, float, float]:
    """Return the extent of all layers in EPSG:3857."""
    some = np.array([layer.bounds for layer in tiles.layers.values() if len(layer)])
    low, high = np.maximum(some[:, :2].min(axis=0), -HALF_M), np.minimum(some[:, 2:].max(axis=0), HALF_M)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])
