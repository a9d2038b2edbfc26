"""Layers served together, with what a map has to know about them, and a cache of the tiles asked for."""

from __future__ import annotations

import gzip
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any

import numpy as np

from gridmap.tiles.layers import TileLayer
from gridmap.tiles.mercator import HALF_M, Tile

__all__ = ["TileSet"]

CACHE_BYTES = 64 << 20
"""Most bytes of tiles that are kept."""


class TileSet:
    """Layers in the order they are drawn, in one state: another revision is another set. May be shared by threads."""

    def __init__(self, layers: Sequence[TileLayer], *, revision: str, cache_bytes: int = CACHE_BYTES) -> None:
        self.layers: Mapping[str, TileLayer] = {layer.name: layer for layer in layers}
        self.revision = revision
        self._most = cache_bytes
        self._kept: OrderedDict[tuple[Tile, bool], bytes] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def tile(self, tile: Tile, *, compressed: bool = False) -> bytes:
        """Return a tile, by gzip if `compressed`; empty bytes where it holds nothing."""
        key = (tile, compressed)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        made = b"".join(layer.tile(tile) for layer in self.layers.values())
        if compressed and made:
            # The time stamp is left out: the same tile is the same bytes, and so has the same tag for caches.
            made = gzip.compress(made, 5, mtime=0)
        with self._lock:
            if key not in self._kept:
                self._kept[key] = made
                self._bytes += len(made)
                while self._bytes > self._most and len(self._kept) > 1:
                    self._bytes -= len(self._kept.popitem(last=False)[1])
        return made

    def bounds_lonlat(self) -> tuple[float, float, float, float] | None:
        """Return west, south, east, north in degrees; None where no layer holds anything."""
        some = [layer.bounds for layer in self.layers.values() if len(layer)]
        if not some:
            return None
        all_of = np.array(some)
        edges = np.concatenate([all_of[:, :2].min(axis=0), all_of[:, 2:].max(axis=0)])
        lon, lat = edges[[0, 2]] / HALF_M * 180, np.rad2deg(np.arctan(np.sinh(edges[[1, 3]] / HALF_M * np.pi)))
        return float(lon[0]), float(lat[0]), float(lon[1]), float(lat[1])

    def tilejson(self, url: str, *, name: str, attribution: str = "") -> dict[str, Any]:
        """Return the TileJSON 3.0 of the set; `url` has {z}, {x} and {y} in it."""
        zooms = [layer.zooms for layer in self.layers.values()] or [(0, 22)]
        bounds = self.bounds_lonlat()
        return {
            "tilejson": "3.0.0",
            "name": name,
            "tiles": [url],
            "scheme": "xyz",
            "version": "1.0.0",
            "attribution": attribution,
            "minzoom": min(first for first, _ in zooms),
            "maxzoom": max(last for _, last in zooms),
            **({} if bounds is None else {"bounds": list(bounds)}),
            "vector_layers": [
                {
                    "id": layer.name,
                    "fields": dict.fromkeys(layer.fields, "String"),
                    "minzoom": layer.zooms[0],
                    "maxzoom": layer.zooms[1],
                }
                for layer in self.layers.values()
            ],
        }
