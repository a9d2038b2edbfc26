"""Land: street blocks, the parcels inside them, and the lines that part them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import shapely
from shapely import Polygon

from gridmap.sample.streets import Divider, Way, centre_line, drawing, drawn_ways, ring, split, width

TARGET_HA = {
    "core": 2.0,
    "slab": 4.6,
    "tower": 7.5,
    "village": 2.6,
    "industry": 7.0,
    "park": 30.0,
    "strip": 200.0,
    "field": 70.0,
}
"""Size of a block by zone, in hectares."""

# Share of old, middle and new housing by zone: small parcels of four to six storeys, larger ones, towers.
_ERAS = {"core": (0.9, 0.1, 0.0), "village": (0.6, 0.4, 0.0), "slab": (0.46, 0.40, 0.14), "tower": (0.10, 0.45, 0.45)}
_ERA_HA = {"old": 0.72, "mid": 2.0, "new": 2.9}


@dataclass(slots=True)
class Parcel:
    """A piece of land with one use; `tiles` are the pieces that a grid boundary may part it into."""

    polygon: Polygon
    use: str
    era: str
    block: int
    name: str = ""
    tiles: list[Polygon] = field(default_factory=list)


@dataclass(slots=True)
class Block:
    """Land between streets, with its zone."""

    polygon: Polygon
    zone: str
    name: str
    special: str = ""


@dataclass(frozen=True, slots=True)
class Land:
    """The divided town: ways, blocks and parcels, before its lines are noded."""

    ways: tuple[Way, ...]
    blocks: tuple[Block, ...]
    parcels: tuple[Parcel, ...]


def zone_at(point: shapely.Point) -> tuple[str, str]:
    """Return kind and name of the zone at a point: the first of the drawing that holds it."""
    for zone in drawing()["zone"]:
        if _holds(zone, point):
            return zone["kind"], zone["name"]
    return "field", ""


@cache
def _outline(name: str) -> Polygon:
    return Polygon(next(zone["polygon"] for zone in drawing()["zone"] if zone["name"] == name))


def _holds(zone: dict[str, Any], point: shapely.Point) -> bool:
    if "circle" in zone:
        x, y, r = zone["circle"]
        return bool(np.hypot(point.x - x, point.y - y) <= r)
    if "polygon" in zone:
        return bool(shapely.contains_xy(_outline(zone["name"]), point.x, point.y))
    if "beside" in zone:
        line = centre_line(zone["beside"])
        foot = line.interpolate(line.project(point))
        away = point.distance(foot) * (1 if point.x >= foot.x else -1)
        low, high = zone["offset"]
        return bool(low <= away <= high and zone["south"] <= point.y <= zone["north"])
    if zone.get("inside") == "ring":
        return bool(shapely.contains_xy(ring(), point.x, point.y))
    return True


def divide_land(seed: int) -> Land:
    """Divide the drawn town into blocks and parcels."""
    ways = drawn_ways()
    divider = Divider()
    noded = shapely.union_all([way.line for way in ways], grid_size=0.001)
    whole = [face for face in shapely.get_parts(shapely.polygonize([noded])) if face.area > 150]
    faces = sorted(whole, key=lambda face: (face.centroid.x, face.centroid.y))
    blocks: list[Block] = []
    for number, face in enumerate(faces):
        rng = np.random.default_rng([seed, 1, number])
        parts, cuts = divider.divide(face, rng, target_m2=_target, narrow_m=85.0)
        for cut in cuts:
            kind, _ = zone_at(cut.centroid)
            ways.append(Way(cut, "street", "lane" if kind == "village" else "local"))
        blocks.extend(_block(part) for part in parts)
    for place in [*drawing()["place"], *drawing()["special"]]:
        _claim(blocks, place)
    parcels: list[Parcel] = []
    for number, block in enumerate(blocks):
        rng = np.random.default_rng([seed, 2, number])
        made, lines = _parcels(number, block, rng)
        parcels.extend(made)
        ways.extend(lines)
    _scatter(parcels, np.random.default_rng([seed, 4]))
    return Land(tuple(ways), tuple(blocks), tuple(parcels))


def _target(part: Polygon) -> float:
    if width(part) < 115:
        return 200e4
    points = [part.representative_point()]
    if part.area > 12e4:  # a large piece of fields may hold a village
        xy = np.asarray(part.exterior.coords)
        points += [shapely.Point(p) for p in xy * 0.35 + np.asarray(points[0].coords) * 0.65]
    return min(TARGET_HA[zone_at(point)[0]] for point in points) * 1e4


def _block(part: Polygon) -> Block:
    kind, name = zone_at(part.representative_point())
    river = centre_line("river")
    if shapely.dwithin(part, river, 1.0) and width(part) < 170:
        kind, name = "strip", "禹门河绿带"
    elif part.area < 6000 and kind not in ("core", "village"):
        kind, name = "green", ""
    return Block(part, kind, name)


def _parcels(number: int, block: Block, rng: np.random.Generator) -> tuple[list[Parcel], list[Way]]:
    """Divide a block into parcels by its zone."""
    if block.zone in ("core", "village"):
        return _quarter(number, block, rng)
    if block.zone in ("slab", "tower"):
        era = str(rng.choice(["old", "mid", "new"], p=_ERAS[block.zone]))
        return _housing(number, block, era, rng)
    if block.zone == "industry":
        parts, cuts = Divider().divide(block.polygon, rng, target_m2=lambda _: 2.6e4, narrow_m=70.0, bend=0.0)
        return [Parcel(part, "industry", "", number, block.special, [part]) for part in parts], [
            Way(cut, "wall") for cut in cuts
        ]
    return [Parcel(block.polygon, block.zone, "", number, block.name, [block.polygon])], []


def _quarter(number: int, block: Block, rng: np.random.Generator) -> tuple[list[Parcel], list[Way]]:
    """Divide a block of an old quarter into clusters of courtyards by lanes; some were rebuilt with slabs."""
    parts, cuts = Divider().divide(
        block.polygon, rng, target_m2=lambda _: 0.56e4, narrow_m=38.0, bend=0.025, snap_m=16.0
    )
    share = 0.42 if block.zone == "core" else 0.04
    parcels = []
    for part in parts:
        slab = width(part) > 46 and rng.random() < share
        parcels.append(Parcel(part, "slab" if slab else "courtyard", "old", number, block.name, [part]))
    return parcels, [Way(cut, "street", "lane") for cut in cuts]


def _housing(number: int, block: Block, era: str, rng: np.random.Generator) -> tuple[list[Parcel], list[Way]]:
    """Divide a block into housing parcels of one time; the larger ones in two tiles."""
    target = _ERA_HA[era] * 1e4
    parts, cuts = Divider().divide(block.polygon, rng, target_m2=lambda _: target, narrow_m=58.0, bend=0.0, snap_m=20.0)
    ways = [Way(cut, "street", "lane") if rng.random() < 0.4 else Way(cut, "wall") for cut in cuts]
    parcels = []
    for part in parts:
        tiles = [part]
        if part.area > 2.1e4 and rng.random() < 0.6:
            cut = Divider().cut(part, rng, bend=0.0, snap_m=0.0)
            halves = split(part, cut) if cut is not None else []
            if cut is not None and len(halves) == 2 and min(width(half) for half in halves) > 60:
                tiles = halves
                ways.append(Way(cut, "seam"))
        parcels.append(Parcel(part, "slab" if era != "new" else "tower", era, number, "", tiles))
    return parcels, ways


def _claim(blocks: list[Block], place: dict[str, Any]) -> None:
    """Give the blocks that hold a place's points to that place."""
    points = place["at"] if isinstance(place["at"][0], list) else [place["at"]]
    for point in points:
        block = next(b for b in blocks if shapely.contains_xy(b.polygon, *point))
        block.zone, block.name = place["kind"], place["name"]
        block.special = place["name"] if place in drawing()["special"] else ""


def _scatter(parcels: list[Parcel], rng: np.random.Generator) -> None:
    """Give parcels of fitting size to the uses that are strewn over the town, each far from its like."""
    area = np.array([parcel.polygon.area for parcel in parcels]) / 1e4
    xy = np.array([parcel.polygon.centroid.coords[0] for parcel in parcels])
    core = np.array([parcel.name == "老城" for parcel in parcels])
    for use in drawing()["scatter"]:
        low, high = use["hectares"]
        kinds = ("slab", "courtyard") if "zone" in use else ("slab", "tower")
        housing = np.array([parcel.use in kinds for parcel in parcels]) & (core == ("zone" in use))
        fit = np.flatnonzero(housing & (area >= low) & (area <= high))
        near = np.full(len(fit), np.inf)
        chosen = int(rng.integers(len(fit)))
        for _ in range(use["count"]):
            parcel = parcels[fit[chosen]]
            parcel.use, parcel.era, parcel.name = use["kind"], "", ""
            near = np.minimum(near, np.hypot(*(xy[fit] - xy[fit[chosen]]).T) * rng.uniform(0.75, 1.0, len(fit)))
            near[chosen] = -1.0
            chosen = int(np.argmax(near))
