"""The town before it is divided among communities: parcels filled with buildings, and the green between them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Polygon

from gridmap.sample import works
from gridmap.sample.buildings import Building, courtyards, rectangle, slabs
from gridmap.sample.faces import Faces, node
from gridmap.sample.land import Land, Parcel, divide_land
from gridmap.sample.streets import HALF_WIDTH_M, centre_line, drawing, limit

LAKE = "文湖公园"

_STOREYS = {"mall": (3, 6), "shops": (1, 3), "hospital": (4, 10), "office": (4, 8), "hall": (1, 3), "temple": (1, 1)}
"""Fewest and most storeys of large buildings by use."""


@dataclass(frozen=True, slots=True)
class Town:
    """Land, faces and what stands on them.

    `usable[p]` is parcel p without streets and water (None: nothing left), `house_parcel[b]` the parcel of building b,
    `greens` are (parcel, kind, polygon), `waters` (name, polygon).
    """

    land: Land
    faces: Faces
    usable: tuple[Polygon | None, ...]
    houses: tuple[Building, ...]
    house_parcel: NDArray[np.int64]
    greens: tuple[tuple[int, str, Polygon], ...]
    waters: tuple[tuple[str, Polygon], ...]


def river_surface() -> Polygon:
    """Return the river's surface: wider downstream."""
    line = centre_line("river")
    low, high = drawing()["river"]["width"]
    xy = np.asarray(shapely.segmentize(line, 60.0).coords)
    half = np.linspace(low, high, len(xy)) + 2.5 * np.sin(np.arange(len(xy)) * 0.9)
    along = np.gradient(xy, axis=0)
    along /= np.hypot(*along.T)[:, None]
    side = np.stack([-along[:, 1], along[:, 0]], axis=1) * half[:, None]
    return _polygon(shapely.intersection(Polygon(np.vstack([xy + side, (xy - side)[::-1]])), limit()))


def _polygon(shape: Any) -> Polygon:
    """Return the largest polygon of what an operation left."""
    parts = shapely.get_parts(shape)
    return Polygon(parts[int(np.argmax(shapely.area(parts)))])


def lake(area: Polygon) -> Polygon:
    """Return the lake in a park, with an uneven shore."""
    x0, y0, x1, y1 = area.bounds
    turn = np.linspace(0.0, 2 * np.pi, 49)[:-1]
    reach = 0.33 * (1 + 0.16 * np.sin(2 * turn + 0.8) + 0.11 * np.sin(3 * turn) + 0.05 * np.sin(5 * turn + 2.0))
    shore = np.column_stack([np.cos(turn) * (x1 - x0), np.sin(turn) * (y1 - y0)]) * reach[:, None]
    return _polygon(shapely.intersection(Polygon(shore + area.centroid.coords[0]), shapely.buffer(area, -14.0)))


def landmark(parcel: Parcel) -> list[Building]:
    """Return the drawing's landmarks that stand on a parcel."""
    return [
        Building(rectangle(x - w / 2, y - d / 2, x + w / 2, y + d / 2), mark["floors"], 1, 0, "public", 1925)
        for mark in drawing()["landmark"]
        for (x, y), (w, d) in [(mark["at"], mark["size"])]
        if shapely.contains_xy(parcel.polygon, x, y)
    ]


def build_town(seed: int) -> Town:
    """Divide the land, node it and build on every parcel."""
    land = divide_land(seed)
    faces = node(land)
    water = river_surface()
    usable = _usable(land, faces, water)
    houses: list[Building] = []
    owner: list[int] = []
    greens: list[tuple[int, str, Polygon]] = []
    for number, (parcel, area) in enumerate(zip(land.parcels, usable, strict=True)):
        if area is None:
            continue
        rng = np.random.default_rng([seed, 3, number])
        made, green = _built(parcel, area, land, rng)
        made = _rounded(made)
        houses.extend(made)
        owner.extend([number] * len(made))
        greens.extend((number, kind, shape) for kind, shape in green)
    waters = [(drawing()["river"]["name"], water)]
    waters += [("文湖", lake(a)) for p, a in zip(land.parcels, usable, strict=True) if p.name == LAKE and a is not None]
    return Town(
        land, faces, tuple(usable), tuple(houses), np.array(owner, dtype=np.int64), tuple(greens), tuple(waters)
    )


def _rounded(made: list[Building]) -> list[Building]:
    """Round outlines to the centimetre and leave out the few that are too thin to bear it."""
    shapes = shapely.transform(np.array([house.polygon for house in made], dtype=object), lambda xy: xy.round(2))
    fit = shapely.is_valid(shapes)
    return [replace(house, polygon=shape) for house, shape, ok in zip(made, shapes, fit, strict=True) if ok]


def _usable(land: Land, faces: Faces, water: Polygon) -> list[Polygon | None]:
    """Return each parcel without the streets' widths, the railway's strip and the water; None where nothing is left."""
    kinds = [land.ways[w] for w in faces.edge_way]
    reach = np.array(
        [
            HALF_WIDTH_M[way.cls]
            if way.kind == "street"
            else {"railway": 16.0, "river": 1.0, "seam": 0.0}.get(way.kind, 1.2)
            for way in kinds
        ]
    )
    wide = reach > 0
    strips = shapely.buffer(faces.edges[wide], reach[wide], cap_style="square", join_style="mitre", mitre_limit=2.0)
    tree = shapely.STRtree(strips)
    polygons = np.array([parcel.polygon for parcel in land.parcels], dtype=object)
    at, which = tree.query(polygons, predicate="intersects")
    order = np.lexsort((which, at))
    groups = np.split(which[order], np.flatnonzero(np.diff(at[order])) + 1)
    usable: list[Polygon | None] = [None] * len(polygons)
    for parcel, edges in zip(np.unique(at), groups, strict=True):
        left = shapely.difference(polygons[parcel], shapely.union_all(strips[edges]))
        if shapely.intersects(left, water):
            left = shapely.difference(left, water)
        parts = [part for part in shapely.get_parts(left) if part.area > 120]
        if parts:
            usable[parcel] = max(parts, key=lambda part: part.area)
    return usable


def _built(
    parcel: Parcel, area: Polygon, land: Land, rng: np.random.Generator
) -> tuple[list[Building], list[tuple[str, Polygon]]]:
    """Build on one parcel by its use; return its buildings, and its green by kind."""
    green: list[tuple[str, Polygon]] = []
    made: list[Building] = []
    if parcel.use in ("slab", "tower"):
        parts: list[Any] = [area]
        if len(parcel.tiles) > 1:  # no building stands across the seam of two tiles
            parts = [
                shapely.intersection(area, shapely.buffer(tile, -2.0, join_style="mitre")) for tile in parcel.tiles
            ]
        made = [building for part in parts for building in slabs(part, parcel.era, rng)]
    elif parcel.use == "courtyard":
        made = courtyards(area, rng, rural=land.blocks[parcel.block].zone == "village")
    elif parcel.use == "industry":
        made = works.sheds(area, rng)
    elif parcel.use == "school":
        made, fields = works.school(area, rng)
        green = [("field", ground) for ground in fields]
    elif parcel.use in ("park", "green", "strip"):
        lawn: Any = shapely.buffer(area, -2.0, join_style="mitre")
        if parcel.name == LAKE:
            lawn = shapely.difference(lawn, lake(area))
        green = [(parcel.use, part) for part in shapely.get_parts(lawn)]
    elif parcel.use == "market":
        made = works.stalls(area, rng)
    elif parcel.use in _STOREYS:
        use = "commercial" if parcel.use in ("mall", "shops") else "public"
        made = works.halls(area, rng, use, _STOREYS[parcel.use])
    marks = landmark(parcel)
    made = [house for house in made if not any(shapely.dwithin(house.polygon, mark.polygon, 6.0) for mark in marks)]
    made += marks
    return made, [item for item in green if not item[1].is_empty]
