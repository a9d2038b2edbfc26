"""The document of a map page: everything it shows, as JSON. Its counterpart is `web/src/folium/document.ts`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridmap.errors import InputError
from gridmap.maps.encode import Json
from gridmap.maps.ground import CityDocument, Language, basis_of, city_document, frame_bounds, texts
from gridmap.maps.pack import Packer
from gridmap.maps.shapes import anchors, display_coverage

if TYPE_CHECKING:
    from gridmap.city import City
    from gridmap.plan import Plan
    from gridmap.release import Released

__all__ = ["Language", "MapDocument", "Options", "basis_of", "full_name", "map_document", "released_rows", "short_name"]

_STATUSES = ("under", "in_range", "over", "unknown", "special")
_PEOPLE = ("residents", "elders_60", "elders_80", "children")
_SUPPRESSED = -1
_GRID_M = 2.0
"""How coarse generalised grids are, in metres: less than a pixel until street names fill the screen."""


class MapDocument(CityDocument):
    """The document of a page of plans."""

    window: list[int]
    k: int
    plans: list[dict[str, Json]]


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
    packer = Packer.around(city.frame, frame_bounds(city, shapes))
    return {
        **city_document(
            city, packer, title=options.title, day=options.day, language=options.language,
            basis=basis_of(city, balances[0]), shapes=shapes, buildings=options.buildings,
        ),
        "window": list(options.window),
        "k": balances[0].k,
        "plans": [
            _plan(city, plan, released, packer, polygons, label)
            for plan, released, polygons, label in zip(plans, balances, shapes, options.labels, strict=True)
        ],
    }  # fmt: skip


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
    names, communities, codes = (texts(rows[column]) for column in ("name", "community_name", "code"))
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


def _subdistrict_names(city: City) -> dict[str, str]:
    """Return the name of each community's subdistrict, by the community's code."""
    names = [*texts(city.subdistricts["name"]), ""]
    return dict(zip(city.communities["code"], (names[row] for row in city.community_subdistrict), strict=True))
