"""The town before it is divided among communities: parcels filled with buildings, and the green between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Polygon

from gridmap.sample import works
from gridmap.sample.buildings import Building, courtyards, slabs
from gridmap.sample.faces import Faces, node
from gridmap.sample.land import Land, Parcel, divide_land
from gridmap.sample.streets import HALF_WIDTH_M, centre_line, drawing, limit


LAKE = "文湖公园"


@dataclass(frozen=True, slots=True)
class Town:
    """Land, faces and what stands on them. `usable[p]` is parcel p without streets and water; `house_parcel[b]` the
    parcel of building b; `greens` are (name, polygon, kind)."""

    land: Land
    faces: Faces
    usable: tuple[Polygon | None, ...]
    houses: tuple[Building, ...]
    house_parcel: NDArray[np.int64]
    greens: tuple[tuple[str, Polygon, str], ...]
    water: tuple[tuple[str, Polygon], ...]


def river_surface() -> Polygon:
    """Return the river's surface: wider downstream."""
    line = centre_line("river")
    low, high = drawing()["river"]["width"]
    xy = np.asarray(shapely.segmentize(line, 60.0).coords)
    half = np.linspace(low, high, len(xy)) + 2.5 * np.sin(np.arange(len(xy)) * 0.9)
    along = np.gradient(xy, axis=0)
    along /= np.hypot(*along.T)[:, None]
    side = np.stack([-along[:, 1], along[:, 0]], axis=1) * half[:, None]
    return shapely.intersection(Polygon(np.vstack([xy + side, (xy - side)[::-1]])), limit())


def lake(area: Polygon) -> Polygon:
    """Return the lake in a park: its land, far from the edge, with round shores."""
    return shapely.simplify(shapely.buffer(shapely.buffer(area, -75.0), 35.0, quad_segs=6), 0.5)


def build_town(seed: int) -> Town:
    """Divide the land, node it and build on every parcel."""
    land = divide_land(seed)
    faces = node(land)
    water = river_surface()
    usable = _usable(land, faces, water)
    houses: list[Building] = []
    owner: list[int] = []
    greens: list[tuple[str, Polygon, str]] = []
    for number, (parcel, area) in enumerate(zip(land.parcels, usable, strict=True)):
        if area is None:
            continue
        rng = np.random.default_rng([seed, 3, number])
        made, green = _built(parcel, area, land, rng)
        houses.extend(made)
        owner.extend([number] * len(made))
        greens.extend(green)
    waters = [(drawing()["river"]["name"], water)]
    waters += [("文湖", lake(a)) for p, a in zip(land.parcels, usable, strict=True) if p.name == LAKE and a is not None]
    return Town(land, faces, tuple(usable), tuple(houses), np.array(owner, dtype=np.int64), tuple(greens), tuple(waters))


def _usable(land: Land, faces: Faces, water: Polygon) -> list[Polygon | None]:
    """Return each parcel without the streets' widths, the railway's strip and the water; None where nothing is left."""
    kinds = [land.ways[w] for w in faces.edge_way]
    reach = np.array([
        HALF_WIDTH_M[way.cls] if way.kind == "street" else {"railway": 16.0, "river": 1.0, "seam": 0.0}.get(way.kind, 1.2)
        for way in kinds
    ])
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
) -> tuple[list[Building], list[tuple[str, Polygon, str]]]:
    """Build on one parcel by its use."""
    green: list[tuple[str, Polygon, str]] = []
    made: list[Building] = []
    if parcel.use in ("slab", "tower"):
        parts = [area]
        if len(parcel.tiles) > 1:  # no building stands across the seam of two tiles
            parts = [shapely.intersection(area, shapely.buffer(tile, -2.0, join_style="mitre")) for tile in parcel.tiles]
        made = [building for part in parts for building in slabs(part, parcel.era, rng)]
    elif parcel.use == "courtyard":
        made = courtyards(area, rng, rural=land.blocks[parcel.block].zone == "village")
    elif parcel.use == "industry":
        made = works.sheds(area, rng)
    elif parcel.use == "school":
        made, fields = works.school(area, rng)
        green = [(f"{parcel.name}操场", ground, "field") for ground in fields]
    elif parcel.use in ("park", "green", "strip"):
        lawn = shapely.buffer(area, -2.0, join_style="mitre")
        if parcel.name == LAKE:
            lawn = shapely.difference(lawn, lake(area))
        green = [(parcel.name, part, parcel.use) for part in shapely.get_parts(lawn)]
    elif parcel.use == "market":
        made = works.stalls(area, rng)
    elif parcel.use in ("mall", "hospital", "office", "hall"):
        use = "commercial" if parcel.use == "mall" else "public"
        made = works.halls(area, rng, use, {"mall": (3, 6), "hospital": (4, 10), "office": (4, 8)}.get(parcel.use, (1, 3)))
    return made, [item for item in green if not item[1].is_empty]
