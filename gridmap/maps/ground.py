"""The part of every page that shows the city: what it is called, its base map, places and facilities, as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Literal, TypedDict

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridmap.errors import InputError
from gridmap.maps.encode import Json
from gridmap.maps.pack import Packer
from gridmap.maps.shapes import STREET_CLASSES, anchors, display_coverage, display_outlines, merged, street_names
from gridmap.rules import table

if TYPE_CHECKING:
    from gridmap.city import City
    from gridmap.release import Released

__all__ = ["CityDocument", "Language", "basis_of", "city_document", "frame_bounds", "plain_name", "shapes_of", "texts"]

Language = Literal["zh", "en"]

# How coarse generalised shapes are, in metres: a change is less than a pixel until street names fill the screen.
_BUILDING_M, _LINE_M, _LAND_M = 0.4, 0.6, 2.0


class CityDocument(TypedDict):
    """What every page holds."""

    title: str
    city: str
    sample: bool
    date: str
    basis: str
    basis_date: str
    language: Language
    origin: list[float]
    bounds: list[float]
    base: dict[str, Json]
    communities: dict[str, Json]
    subdistricts: dict[str, Json]
    compounds: dict[str, Json]
    facilities: dict[str, Json]


def city_document(
    city: City,
    packer: Packer,
    *,
    title: str,
    day: date,
    language: Language,
    basis: tuple[str, str] = ("", ""),
    shapes: Sequence[NDArray[np.object_]] = (),
    buildings: bool = True,
) -> CityDocument:
    """Return what a page shows of a city; `shapes` are drawn besides and have to be seen too."""
    return {
        "title": title,
        "city": city.name,
        "sample": city.sample,
        "date": day.isoformat(),
        "basis": basis[0],
        "basis_date": basis[1],
        "language": language,
        "origin": [packer.lon, packer.lat],
        "bounds": _lonlat_bounds(city, shapes),
        "base": _base(city, packer, buildings=buildings),
        "communities": _areas(city.communities, packer, _LAND_M),
        "subdistricts": _areas(city.subdistricts, packer, _LAND_M),
        "compounds": _compounds(city.compounds, packer),
        "facilities": _facilities(city.facilities, packer),
    }


def plain_name(city: City) -> str:
    """Return a city's name without the remark that it is invented: a page says that by itself."""
    return city.name.removesuffix("（虚构示例）")


def texts(values: Iterable[str | float | None]) -> list[str]:
    """Return values as texts, unknown ones empty."""
    return ["" if pd.isna(value) else str(value) for value in values]


def shapes_of(gdf: gpd.GeoDataFrame) -> NDArray[np.object_]:
    """Return the geometries of a layer."""
    return np.array(gdf.geometry.array, dtype=object)


def frame_bounds(city: City, shapes: Sequence[NDArray[np.object_]] = ()) -> tuple[float, float, float, float]:
    """Return the extent of a city and of shapes drawn besides; InputError where there is nothing."""
    bounds = shapely.total_bounds(np.concatenate([*shapes, shapes_of(city.communities)]))
    if not np.isfinite(bounds).all():
        raise InputError("map-empty", "There is nothing to draw: the city has no communities.", "Import communities.")
    return tuple(bounds.tolist())


def _lonlat_bounds(city: City, shapes: Sequence[NDArray[np.object_]]) -> list[float]:
    west, south, east, north = frame_bounds(city, shapes)
    lon, lat = city.frame.to_lonlat([west, west, east, east], [south, north, south, north])
    return [round(float(value), 6) for value in (lon.min(), lat.min(), lon.max(), lat.max())]


def basis_of(city: City, balance: Released | None = None) -> tuple[str, str]:
    """Return the basis of the households and its day; several bases are joined by a slash, days span a range."""
    if balance is not None and balance.basis:
        return balance.basis, balance.as_of
    buildings = city.buildings
    bases = sorted({one for one in texts(buildings["households_basis"]) if one})
    days = sorted({one for one in texts(buildings["households_as_of"]) if one})
    day = days[0] if len(days) == 1 else f"{days[0]} – {days[-1]}" if days else ""
    return "/".join(bases) or "unstated", day


def _areas(gdf: gpd.GeoDataFrame, packer: Packer, tolerance_m: float) -> dict[str, Json]:
    shapes = display_coverage(shapes_of(gdf), tolerance_m)
    points, room = anchors(shapes)
    return {
        "name": texts(gdf["name"]),
        "shapes": packer.polygons(shapes),
        "anchors": packer.points(points),
        "room": np.rint(room).astype(int).tolist(),
    }


def _compounds(gdf: gpd.GeoDataFrame, packer: Packer) -> dict[str, Json]:
    renovated = [int(bool(one)) for one in texts(gdf["renovation"])]
    return {**_areas(gdf, packer, _BUILDING_M), "renovation": renovated}


def _facilities(gdf: gpd.GeoDataFrame, packer: Packer) -> dict[str, Json]:
    order = {kind: rank for rank, kind in enumerate(table("look")["facility"])}
    rows = gdf.assign(_rank=[order.get(kind, len(order)) for kind in gdf["kind"]]).sort_values(["_rank", "id"])
    columns = {"kind": "kind", "name": "name", "status": "status", "hours": "opening_hours"}
    columns |= {"phone": "phone", "address": "address"}
    words: dict[str, Json] = {ours: texts(rows[theirs]) for ours, theirs in columns.items()}
    return {"points": packer.points(shapely.point_on_surface(shapes_of(rows))), **words}


def _base(city: City, packer: Packer, *, buildings: bool) -> dict[str, Json]:
    names = street_names(city.streets)
    points = shapely.points([[one[1], one[2]] for one in names]) if names else np.empty(0, object)
    classes = city.streets["class"].where(city.streets["class"].isin(STREET_CLASSES), "local")
    outlines = display_outlines(shapes_of(city.buildings), _BUILDING_M) if buildings else np.empty(0, object)
    return {
        "buildings": packer.polygons(outlines),
        "water": packer.polygons(shapely.simplify(shapes_of(city.water), _LAND_M)),
        "green": packer.polygons(shapely.simplify(shapes_of(city.green), _LAND_M)),
        "streets": _lines(city.streets, classes, packer),
        "barriers": _lines(city.barriers, city.barriers["kind"].fillna("other"), packer),
        "street_names": {
            "name": [one[0] for one in names],
            "anchors": packer.points(points),
            "angle": [round(one[3]) for one in names],
            "length": [round(one[4]) for one in names],
            "rank": [one[5] for one in names],
        },
    }


def _lines(gdf: gpd.GeoDataFrame, kinds: pd.Series, packer: Packer) -> dict[str, Json]:
    shapes = shapes_of(gdf)
    return {str(kind): packer.lines(merged(shapes[(kinds == kind).to_numpy(bool)], _LINE_M)) for kind in kinds.unique()}
