"""The document of a map page: everything it shows, as JSON. Its counterpart is `web/src/folium/document.ts`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
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
    from gridmap.plan import Plan
    from gridmap.release import Released

__all__ = ["Language", "MapDocument", "Options", "basis_of", "full_name", "map_document", "released_rows", "short_name"]

Language = Literal["zh", "en"]

_STATUSES = ("under", "in_range", "over", "unknown", "special")
_PEOPLE = ("residents", "elders_60", "elders_80", "children")
_SUPPRESSED = -1
# How coarse generalised shapes are, in metres: a change is less than a pixel until street names fill the screen.
_GRID_M, _BUILDING_M, _LINE_M, _LAND_M = 2.0, 0.4, 0.6, 2.0


class MapDocument(TypedDict):
    """The document of a page."""

    title: str
    city: str
    sample: bool
    date: str
    basis: str
    basis_date: str
    window: list[int]
    k: int
    language: Language
    origin: list[float]
    bounds: list[float]
    plans: list[dict[str, Json]]
    base: dict[str, Json]
    communities: dict[str, Json]
    subdistricts: dict[str, Json]
    compounds: dict[str, Json]
    facilities: dict[str, Json]


@dataclass(frozen=True, slots=True)
class Options:
    """What a page says besides its figures: title, window of households, labels of the plans, day, language."""

    title: str
    window: tuple[int, int]
    labels: tuple[str, ...]
    day: date
    language: Language
    buildings: bool = True


def map_document(city: City, plans: Sequence[Plan], balances: Sequence[Released], *, options: Options) -> MapDocument:
    """Return the document of a map of a city with one or more plans and the released balance of each.

    InputError if a plan and its balance do not list the same grids.
    """
    shapes = [plan.polygons() for plan in plans]
    packer = Packer.around(city.frame, _bounds(city, shapes))
    basis, basis_day = basis_of(city, balances[0])
    return {
        "title": options.title,
        "city": city.name,
        "sample": city.sample,
        "date": options.day.isoformat(),
        "basis": basis,
        "basis_date": basis_day,
        "window": list(options.window),
        "k": balances[0].k,
        "language": options.language,
        "origin": [packer.lon, packer.lat],
        "bounds": _lonlat_bounds(city, shapes),
        "plans": [
            _plan(city, plan, released, packer, polygons, label)
            for plan, released, polygons, label in zip(plans, balances, shapes, options.labels, strict=True)
        ],
        "base": _base(city, packer, buildings=options.buildings),
        "communities": _areas(city.communities, packer, _LAND_M),
        "subdistricts": _areas(city.subdistricts, packer, _LAND_M),
        "compounds": _compounds(city.compounds, packer),
        "facilities": _facilities(city.facilities, packer),
    }


def released_rows(plan: Plan, released: Released) -> pd.DataFrame:
    """Return the balance in the order of the plan's grids; InputError if a grid has no row."""
    rows = released.table.set_index("grid")
    missing = [grid.id for grid in plan.grids if grid.id not in rows.index]
    if missing or not rows.index.is_unique:
        raise InputError(
            "balance-differs",
            f"The balance is not that of plan {plan.name!r}: {len(missing)} grids are missing, such as {missing[:3]}.",
            "Release the balance of this plan.",
        )
    return rows.loc[[grid.id for grid in plan.grids]]


def short_name(name: str, community: str) -> str:
    """Return a grid's name without its community's, for places where the community is said already.

    >>> short_name("冯家庄社区第3网格", "冯家庄社区"), short_name("第3网格", "冯家庄社区")
    ('第3网格', '第3网格')
    """
    for prefix in (community, community.removesuffix("社区")):
        rest = name.removeprefix(prefix).strip(" -·")
        if prefix and rest and rest != name:
            return rest
    return name


def full_name(name: str, community: str) -> str:
    """Return a grid's name with its community's; empty stays empty.

    >>> full_name("第3网格", "冯家庄社区"), full_name("冯家庄第3网格", "冯家庄社区"), full_name("Grid 3", "KIM KEAT")
    ('冯家庄社区第3网格', '冯家庄第3网格', 'KIM KEAT Grid 3')
    """
    stem = community.removesuffix("社区")
    if not name or not community or (stem and name.startswith(stem)):
        return name
    return f"{community} {name}" if community.isascii() else f"{community}{name}"


def _plan(
    city: City, plan: Plan, released: Released, packer: Packer, polygons: NDArray[np.object_], label: str
) -> dict[str, Json]:
    rows = released_rows(plan, released)
    kept = np.flatnonzero(~shapely.is_empty(polygons))
    rows, shapes = rows.iloc[kept], polygons[kept]
    resident = (rows["kind"] != "special").to_numpy(bool)
    # Special grids keep the outline they were given with, which need not fit the cells around them.
    shapes[resident] = display_coverage(shapes[resident], _GRID_M)
    shapes[~resident] = shapely.simplify(shapes[~resident], _GRID_M / 2)
    points, room = anchors(shapes)
    names, communities, codes = (_texts(rows[column]) for column in ("name", "community_name", "code"))
    # A special grid has a name of its own, which may begin with its community's.
    pairs = list(zip(names, communities, resident, strict=True))
    subdistricts = _subdistrict_names(city)
    unknown = rows["unknown_buildings"].to_numpy(np.int64)
    # A grid in which no building's households are known has an unknown number, not zero.
    blank = (unknown > 0) & (unknown == rows["buildings"].to_numpy(np.int64))
    households = [None if gone else value for gone, value in zip(blank, _figures(rows, "households"), strict=True)]
    status = [_STATUSES.index(one) if one in _STATUSES else 3 for one in rows["status"]]
    grids: dict[str, Json] = {
        "shapes": packer.polygons(shapes),
        "anchors": packer.points(points),
        "room": np.rint(room).astype(int).tolist(),
        "code": codes,
        "name": [full_name(name, community) if own else name for name, community, own in pairs],
        "short": [short_name(name, community) if own else name for name, community, own in pairs],
        # A grid that a redraw made has a temporary id: its community's code and a number.
        "number": [code[-3:] or str(grid).rpartition("~")[2] for code, grid in zip(codes, rows.index, strict=True)],
        "community": communities,
        "subdistrict": [subdistricts.get(code, "") for code in rows["community"]],
        "status": [3 if gone and one != 4 else one for gone, one in zip(blank, status, strict=True)],
        "households": households,
        "compactness": [None if np.isnan(one) else round(one, 3) for one in rows["polsby_popper"].astype(float)],
        **{name: _figures(rows, name) for name in _PEOPLE},
        **{name: _counts(rows[name]) for name in ("distance", "unknown_buildings", "compounds", "buildings", "parts")},
        "area_m2": _counts(rows["area_m2"]),
    }
    drawn = set(rows["community"])
    bare = [row for row, code in enumerate(city.communities["code"]) if code not in drawn]
    return {"label": label, "name": plan.name, "grids": grids, "bare": bare}


def _figures(rows: pd.DataFrame, name: str) -> list[Json]:
    """Return figures: None unknown, -1 held back by the release. What is held back never reaches the page."""
    hidden = rows.get(f"{name}_suppressed", pd.Series(data=False, index=rows.index)).to_numpy(bool)
    values = rows[name].to_numpy(float, na_value=np.nan)
    return [
        _SUPPRESSED if gone else None if np.isnan(value) else int(value)
        for gone, value in zip(hidden, values, strict=True)
    ]


def _counts(values: pd.Series) -> list[Json]:
    return [int(value) for value in np.nan_to_num(np.rint(values.to_numpy(float, na_value=np.nan)))]


def _texts(values: Iterable[str | float | None]) -> list[str]:
    return ["" if pd.isna(value) else str(value) for value in values]


def _array(gdf: gpd.GeoDataFrame) -> NDArray[np.object_]:
    return np.array(gdf.geometry.array, dtype=object)


def _bounds(city: City, shapes: Sequence[NDArray[np.object_]]) -> tuple[float, float, float, float]:
    bounds = shapely.total_bounds(np.concatenate([*shapes, _array(city.communities)]))
    if not np.isfinite(bounds).all():
        raise InputError("map-empty", "There is nothing to draw: the city has no communities.", "Import communities.")
    return tuple(bounds.tolist())


def _lonlat_bounds(city: City, shapes: Sequence[NDArray[np.object_]]) -> list[float]:
    west, south, east, north = _bounds(city, shapes)
    lon, lat = city.frame.to_lonlat([west, west, east, east], [south, north, south, north])
    return [round(float(value), 6) for value in (lon.min(), lat.min(), lon.max(), lat.max())]


def basis_of(city: City, balance: Released) -> tuple[str, str]:
    """Return the basis of the households and its day; several bases are joined by a slash, days span a range."""
    if balance.basis:
        return balance.basis, balance.as_of
    buildings = city.buildings
    bases = sorted({one for one in _texts(buildings["households_basis"]) if one})
    days = sorted({one for one in _texts(buildings["households_as_of"]) if one})
    day = days[0] if len(days) == 1 else f"{days[0]} – {days[-1]}" if days else ""
    return "/".join(bases) or "unstated", day


def _subdistrict_names(city: City) -> dict[str, str]:
    """Return the name of each community's subdistrict, by the community's code."""
    names = [*_texts(city.subdistricts["name"]), ""]
    return dict(zip(city.communities["code"], (names[row] for row in city.community_subdistrict), strict=True))


def _areas(gdf: gpd.GeoDataFrame, packer: Packer, tolerance_m: float) -> dict[str, Json]:
    shapes = display_coverage(_array(gdf), tolerance_m)
    points, room = anchors(shapes)
    return {
        "name": _texts(gdf["name"]),
        "shapes": packer.polygons(shapes),
        "anchors": packer.points(points),
        "room": np.rint(room).astype(int).tolist(),
    }


def _compounds(gdf: gpd.GeoDataFrame, packer: Packer) -> dict[str, Json]:
    renovated = [int(bool(one)) for one in _texts(gdf["renovation"])]
    return {**_areas(gdf, packer, _BUILDING_M), "renovation": renovated}


def _facilities(gdf: gpd.GeoDataFrame, packer: Packer) -> dict[str, Json]:
    order = {kind: rank for rank, kind in enumerate(table("look")["facility"])}
    rows = gdf.assign(_rank=[order.get(kind, len(order)) for kind in gdf["kind"]]).sort_values(["_rank", "id"])
    columns = {"kind": "kind", "name": "name", "status": "status", "hours": "opening_hours"}
    columns |= {"phone": "phone", "address": "address"}
    texts: dict[str, Json] = {ours: _texts(rows[theirs]) for ours, theirs in columns.items()}
    return {"points": packer.points(shapely.point_on_surface(_array(rows))), **texts}


def _base(city: City, packer: Packer, *, buildings: bool) -> dict[str, Json]:
    names = street_names(city.streets)
    points = shapely.points([[one[1], one[2]] for one in names]) if names else np.empty(0, object)
    classes = city.streets["class"].where(city.streets["class"].isin(STREET_CLASSES), "local")
    outlines = display_outlines(_array(city.buildings), _BUILDING_M) if buildings else np.empty(0, object)
    return {
        "buildings": packer.polygons(outlines),
        "water": packer.polygons(shapely.simplify(_array(city.water), _LAND_M)),
        "green": packer.polygons(shapely.simplify(_array(city.green), _LAND_M)),
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
    shapes = _array(gdf)
    return {str(kind): packer.lines(merged(shapes[(kinds == kind).to_numpy(bool)], _LINE_M)) for kind in kinds.unique()}
