"""What is written on buildings: number or name, address, use."""

from __future__ import annotations

import numpy as np
import shapely
from shapely import Polygon

from gridmap.sample.build import Sample

_WORDS = {
    "school": "教学楼",
    "hospital": "门诊楼",
    "office": "办公楼",
    "mall": "商业楼",
    "market": "市场大棚",
    "industry": "厂房",
    "hall": "站房",
    "park": "管理用房",
    "temple": "殿",
    "shops": "商铺",
}


def house_names(city: Sample) -> list[str]:
    """Return the name of each building: 3号楼 in a compound, 12号院 on a lane, 1号厂房 of a works."""
    parcels = city.town.land.parcels
    number = city.addresses[1]
    xy = city.house_xy
    result = [""] * len(xy)
    owner = city.town.house_parcel
    for parcel in np.unique(owner):
        mine = np.flatnonzero(owner == parcel)
        mine = mine[np.lexsort((xy[mine, 0].round(1), -(xy[mine, 1] / 22.0).round()))]
        use = parcels[parcel].use
        for count, k in enumerate(mine, start=1):
            if city.housing.house_compound[k] >= 0:
                result[k] = f"{count}号楼"
            elif use == "courtyard":
                result[k] = f"{number[k]}号院"
            elif use in _WORDS:
                stem = city.parcel_names.get(int(parcel), "")
                result[k] = f"{stem}{count}号{_WORDS[use]}" if len(mine) > 1 else f"{stem}{_WORDS[use]}"
            else:
                result[k] = f"{number[k]}号楼"
    return result


def house_addresses(city: Sample) -> list[str]:
    """Return the standard address of each building."""
    street, number = city.addresses
    names = city.compound_names
    own = house_names(city)
    result = []
    for k, c in enumerate(city.housing.house_compound):
        result.append(f"{street[k]}{number[k]}号{names[c]}{own[k]}" if c >= 0 else f"{street[k]}{number[k]}号")
    return result


def house_uses(city: Sample) -> list[str]:
    """Return the use of each building; slabs along the larger streets have shops on their ground floor."""
    lines, way, _ = city.streets
    large = np.array([city.town.land.ways[w].cls in ("arterial", "collector") for w in way])
    tree = shapely.STRtree(lines[large])
    near = np.unique(tree.query(city.house_shapes, predicate="dwithin", distance=34.0)[0])
    front = np.zeros(len(city.house_shapes), dtype=bool)
    front[near] = True
    kinds = city.housing_kind
    rng = np.random.default_rng([city.seed, 13])
    draw = rng.random(len(kinds))
    return [
        "mixed" if house.dwellings and front[k] and kinds[k] in ("old", "mid") and draw[k] < 0.7 else house.use
        for k, house in enumerate(city.housing.houses)
    ]


def green_names(city: Sample) -> list[tuple[str, Polygon]]:
    """Return name and shape of each piece of green land; without a name where it has none."""
    names = city.parcel_names
    endings = {"field": "操场", "green": "", "park": "", "strip": ""}
    return [
        (names[parcel] + endings[kind] if parcel in names else "", shape) for parcel, kind, shape in city.town.greens
    ]
