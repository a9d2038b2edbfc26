"""The sets of tiles: the ground that every map stands on, and the facilities. None has a figure about people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import shapely
from geopandas import GeoDataFrame

from gridmap.city import City
from gridmap.errors import InputError
from gridmap.tiles.layers import TileLayer
from gridmap.tiles.tileset import TileSet

__all__ = ["SETS", "tile_set"]


def tile_set(name: str, city: City) -> TileSet:
    """Return a set by its name; InputError if there is none of that name."""
    if name not in SETS:
        raise InputError("tiles-unknown", "There is no such set of tiles.", f"Use one of {', '.join(SETS)}.")
    return TileSet(SETS[name](city), revision=str(city.revision))


def _base(city: City) -> list[TileLayer]:
    barriers = city.barriers
    return [
        _layer(city, "land", city.subdistricts, ("code", "name"), zooms=(0, 22)),
        _layer(city, "green", city.green, ("id", "name"), zooms=(10, 22)),
        _layer(city, "water", city.water, ("id", "name"), zooms=(0, 22)),
        _layer(city, "compounds", city.compounds, ("id", "name"), zooms=(13, 22)),
        _layer(city, "buildings", _shaped(city.buildings, 2), ("id", "name", "use", "floors"), zooms=(14, 22)),
        _layer(city, "streets", city.streets, ("id", "name", "class"), zooms=(10, 22)),
        _layer(city, "barriers", _shaped(barriers, 1), ("id", "name", "kind"), zooms=(0, 22)),
        _layer(city, "communities", city.communities, ("code", "name"), zooms=(0, 22)),
        _labels(city),
    ]


def _facilities(city: City) -> list[TileLayer]:
    frame = city.facilities
    points = shapely.point_on_surface(np.asarray(frame.geometry.array, object))
    keys = ("id", "name", "kind", "tier", "status", "opening_hours")
    return [_layer(city, "facilities", frame.set_geometry(points, crs=frame.crs), keys, zooms=(0, 22))]


SETS: dict[str, Callable[[City], list[TileLayer]]] = {"base": _base, "facilities": _facilities}
"""The sets by name."""


def _layer(city: City, name: str, frame: GeoDataFrame, keys: tuple[str, ...], *, zooms: tuple[int, int]) -> TileLayer:
    columns: dict[str, Any] = {key: _plain(frame[key].to_numpy(object)) for key in keys}
    return TileLayer(name, np.asarray(frame.geometry.array, object), columns, frame=city.frame, zooms=zooms)


def _labels(city: City) -> TileLayer:
    """Return the names of places as points, so that a name stands once, not in every tile of its place."""
    parts = [
        ("subdistrict", city.subdistricts, "code"), ("community", city.communities, "code"),
        ("compound", city.compounds, "id"),
    ]  # fmt: skip
    shapes = np.concatenate([np.asarray(frame.geometry.array, object) for _, frame, _ in parts])
    columns = {
        "level": np.concatenate([np.full(len(frame), level, object) for level, frame, _ in parts]),
        "code": np.concatenate([_plain(frame[key].to_numpy(object)) for _, frame, key in parts]),
        "name": np.concatenate([_plain(frame["name"].to_numpy(object)) for _, frame, _ in parts]),
    }
    return TileLayer("labels", shapely.point_on_surface(shapes), columns, frame=city.frame, zooms=(0, 22))


def _shaped(frame: GeoDataFrame, dimension: int) -> GeoDataFrame:
    """Return the rows of the dimension that most have: a layer of tiles has one."""
    of = shapely.get_dimensions(np.asarray(frame.geometry.array, object))
    if not (of == dimension).any() and len(of):
        dimension = int(np.bincount(of[of >= 0]).argmax()) if (of >= 0).any() else dimension
    return frame[of == dimension]


def _plain(values: Any) -> Any:
    return np.array([None if pd.isna(value) else value for value in values], object)
