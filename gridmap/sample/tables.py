"""The sample city written into the layers of the schema."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridmap.city.codes import grid_code, spatial_order
from gridmap.city.schema import LAYERS
from gridmap.rules import profile
from gridmap.sample.build import Sample
from gridmap.sample.communities import SUBDISTRICTS
from gridmap.sample.facilities import Site, place
from gridmap.sample.gates import gates, side
from gridmap.sample.grids import surfaces
from gridmap.sample.labels import green_names, house_addresses, house_names, house_uses
from gridmap.sample.names import numeral
from gridmap.sample.people import DWELLINGS_AS_OF, RESIDENT_AS_OF
from gridmap.sample.streets import drawing

EPSG = 4546
RENOVATION = "2025年老旧小区改造"

ObjectArray = NDArray[np.object_]


def tables(city: Sample) -> dict[str, gpd.GeoDataFrame]:
    """Return every layer of the schema, `grids` among them, in EPSG:4546 with coordinates to the centimetre."""
    ids = _Ids(city)
    return {
        "subdistricts": _subdistricts(city),
        "communities": _communities(city),
        "compounds": _compounds(city, ids),
        "entrances": _entrances(city, ids),
        "buildings": _buildings(city, ids),
        "streets": _streets(city),
        "barriers": _barriers(city),
        "water": _areas("water", "W", city.town.waters),
        "green": _areas("green", "G", green_names(city)),
        "facilities": _facilities(city, ids),
        "grids": _grids(city),
    }


class _Ids:
    """Ids of compounds and buildings, by community and from north to south, and what is written on buildings."""

    def __init__(self, city: Sample) -> None:
        code = np.array([community.code for community in city.roster])
        middle = np.array([outline.centroid.coords[0] for outline in city.housing.outlines]).round(1)
        self.compound_order = np.lexsort((middle[:, 0], -middle[:, 1], code[city.compound_community]))
        self.compound = np.empty(len(middle), dtype=object)
        self.compound[self.compound_order] = [f"C{k + 1:03d}" for k in range(len(middle))]
        xy = city.house_xy.round(1)
        self.house_order = np.lexsort((xy[:, 0], -xy[:, 1], code[city.house_community]))
        self.house = np.empty(len(xy), dtype=object)
        self.house[self.house_order] = [f"B{k + 1:05d}" for k in range(len(xy))]
        self.names = house_names(city)
        self.addresses = house_addresses(city)
        self.uses = house_uses(city)


def placed(shapes: Any) -> ObjectArray:
    """Return shapes moved from local metres to the frame, to the centimetre."""
    origin = np.array(drawing()["origin"])
    return np.asarray(shapely.transform(np.asarray(shapes, dtype=object), lambda xy: (xy + origin).round(2)))


def _frame(layer: str, columns: Mapping[str, Any], shapes: Any) -> gpd.GeoDataFrame:
    known = LAYERS[layer].names
    data = pd.DataFrame({name: columns[name] for name in known if name in columns})
    for name in known:
        if name not in data:
            data[name] = None
    return gpd.GeoDataFrame(data[list(known)], geometry=placed(shapes), crs=f"EPSG:{EPSG}")


def _subdistricts(city: Sample) -> gpd.GeoDataFrame:
    codes = list(SUBDISTRICTS)
    of = np.array([codes.index(community.subdistrict) for community in city.roster])
    shapes = surfaces(city.town.faces.polygons, of[city.face_community], len(codes))
    return _frame(
        "subdistricts",
        {"code": codes, "name": list(SUBDISTRICTS.values()), "kind": ["subdistrict"] * len(codes)},
        shapes,
    )


def _communities(city: Sample) -> gpd.GeoDataFrame:
    rows = city.roster
    shapes = surfaces(city.town.faces.polygons, city.face_community, len(rows))
    return _frame(
        "communities",
        {
            "code": [row.code for row in rows],
            "name": [row.name for row in rows],
            "subdistrict": [row.subdistrict for row in rows],
            "aliases": [row.aliases or None for row in rows],
            "lineage": [row.lineage or None for row in rows],
        },
        shapes,
    )


def _compounds(city: Sample, ids: _Ids) -> gpd.GeoDataFrame:
    order = ids.compound_order
    era = np.array([city.town.land.parcels[p].era for p in city.housing.parcels])
    rng = np.random.default_rng([city.seed, 12])
    gated = (era == "new") | ((rng.random(len(era)) < 0.7) & (era == "mid")) | (rng.random(len(era)) < 0.3)
    year = np.zeros(len(era), dtype=np.int64)
    inside = city.housing.house_compound >= 0
    years = np.array([house.year for house in city.housing.houses])
    year[city.housing.house_compound[inside]] = years[inside]
    return _frame(
        "compounds",
        {
            "id": ids.compound[order],
            "name": np.array(city.compound_names, dtype=object)[order],
            "community": [city.roster[c].code for c in city.compound_community[order]],
            "kind": ["compound"] * len(order),
            "gated": pd.array(gated[order], dtype="boolean"),
            "built_year": year[order],
            "renovation": [RENOVATION if on else None for on in city.housing.renovated[order]],
        },
        np.array(city.housing.outlines, dtype=object)[order],
    )


def _entrances(city: Sample, ids: _Ids) -> gpd.GeoDataFrame:
    rows: list[tuple[str, str, Any]] = []
    for c in ids.compound_order:
        seen: dict[str, int] = {}
        for gate in city.compound_gates[c]:
            where = side(city.housing.outlines[c], gate)
            seen[where] = seen.get(where, 0) + 1
            name = f"{where}门" if seen[where] == 1 else f"{where}{numeral(seen[where])}门"
            rows.append((ids.compound[c], name, shapely.Point(gate)))
    number = [f"E{k + 1:04d}" for k in range(len(rows))]
    columns = {"id": number, "compound": [row[0] for row in rows], "name": [row[1] for row in rows]}
    return _frame("entrances", columns, [row[2] for row in rows])


def _buildings(city: Sample, ids: _Ids) -> gpd.GeoDataFrame:
    order = ids.house_order
    houses = [city.housing.houses[k] for k in order]
    people = city.people
    inside = city.housing.house_compound[order]
    n = len(order)
    return _frame(
        "buildings",
        {
            "id": ids.house[order],
            "name": [ids.names[k] for k in order],
            "address": [ids.addresses[k] for k in order],
            "community": [city.roster[c].code for c in city.house_community[order]],
            "compound": [ids.compound[c] if c >= 0 else None for c in inside],
            "use": [ids.uses[k] for k in order],
            "floors": [house.floors for house in houses],
            "stairwells": [house.stairwells for house in houses],
            "built_year": [house.year for house in houses],
            "households": city.dwellings[order],
            "households_basis": ["dwelling"] * n,
            "households_as_of": [DWELLINGS_AS_OF] * n,
            "resident_households": people.resident_households[order],
            "resident_households_as_of": [RESIDENT_AS_OF] * n,
            "residents": people.residents[order],
            "elders_60": people.elders_60[order],
            "elders_80": people.elders_80[order],
            "children": people.children[order],
        },
        city.house_shapes[order],
    )


def _streets(city: Sample) -> gpd.GeoDataFrame:
    lines, way, name = city.streets
    return _frame(
        "streets",
        {
            "id": [f"S{k + 1:04d}" for k in range(len(lines))],
            "name": [text or None for text in name],
            "class": [city.town.land.ways[w].cls for w in way],
        },
        lines,
    )


def _barriers(city: Sample) -> gpd.GeoDataFrame:
    faces, ways = city.town.faces, city.town.land.ways
    rows: list[tuple[str, str, Any]] = []
    for kind in ("river", "railway"):
        edges = faces.edges[[ways[w].kind == kind for w in faces.edge_way]]
        line = shapely.line_merge(shapely.multilinestrings(edges))
        rows += [(kind, drawing()[kind]["name"], part) for part in shapely.get_parts(line)]
    columns = {
        "id": [f"K{k + 1:02d}" for k in range(len(rows))],
        "kind": [row[0] for row in rows],
        "name": [row[1] for row in rows],
    }
    return _frame("barriers", columns, [row[2] for row in rows])


def _areas(layer: str, letter: str, named: Sequence[tuple[str, Any]]) -> gpd.GeoDataFrame:
    columns = {
        "id": [f"{letter}{k + 1:03d}" for k in range(len(named))],
        "name": [name or None for name, _ in named],
    }
    return _frame(layer, columns, [shapely.normalize(shape) for _, shape in named])


def _facilities(city: Sample, ids: _Ids) -> gpd.GeoDataFrame:
    parcels = [
        (number, parcel)
        for number, parcel in enumerate(city.town.land.parcels)
        if parcel.use in ("school", "park", "hospital", "office") and city.town.usable[number] is not None
    ]
    areas = [city.town.usable[number] for number, _ in parcels]
    doors = gates(
        [area for area in areas if area is not None],
        [4 if parcel.use == "park" else 3 if parcel.use == "hospital" else 2 for _, parcel in parcels],
        city.streets[0],
        city.street_cost_m,
    )
    era = np.array([city.town.land.parcels[p].era for p in city.housing.parcels])
    address = _parcel_addresses(city, ids, {number: door[0] for (number, _), door in zip(parcels, doors, strict=True)})

    site = Site(
        community_code=[row.code for row in city.roster],
        community_name=[row.name for row in city.roster],
        subdistrict_of=[row.subdistrict for row in city.roster],
        compound_id=list(ids.compound),
        compound_name=city.compound_names,
        compound_community=city.compound_community,
        compound_outline=city.housing.outlines,
        compound_dwellings=city.compound_dwellings,
        compound_new=era == "new",
        building_xy=city.house_xy,
        building_community=city.house_community,
        building_compound=city.housing.house_compound,
        building_dwellings=city.dwellings,
        building_address=ids.addresses,
        parcel_gates={number: door for (number, _), door in zip(parcels, doors, strict=True)},
        parcel_use={number: parcel.use for number, parcel in parcels},
        parcel_name={number: city.parcel_names[number] for number, _ in parcels},
        parcel_community={number: int(city.parcel_community[number]) for number, _ in parcels},
        parcel_area_m2={number: parcel.polygon.area for number, parcel in parcels},
        parcel_address=address.__getitem__,
        subdistrict_names=SUBDISTRICTS,
    )
    rows = place(site, city.seed)
    columns = {name: [row.get(name) for row in rows] for name in LAYERS["facilities"].names}
    return _frame("facilities", columns, [row["geometry"] for row in rows])


def _parcel_addresses(city: Sample, ids: _Ids, gate: Mapping[int, NDArray[np.float64]]) -> dict[int, str]:
    """Return the address of each parcel: that of its first building, or else the road that its gate is at."""
    first = {int(p): k for k, p in reversed(list(enumerate(city.town.house_parcel)))}
    lines, _, label = city.streets
    road = np.array([bool(name) and not name.endswith("巷") for name in label])
    tree = shapely.STRtree(lines[road])
    along = [name for name, ok in zip(label, road, strict=True) if ok]
    return {
        parcel: ids.addresses[first[parcel]] if parcel in first else f"{along[int(tree.nearest(shapely.Point(xy)))]}旁"
        for parcel, xy in gate.items()
    }


def _grids(city: Sample) -> gpd.GeoDataFrame:
    rules = profile("cn")
    polygons = city.town.faces.polygons
    rows: list[tuple[str, str, str, str, Any]] = []
    for community, faces, label in city.present:
        code = city.roster[community].code
        shapes = surfaces(polygons[faces], label, int(label.max()) + 1)
        middle = shapely.get_coordinates(shapely.centroid(shapes)).round(1)
        for number, k in enumerate(spatial_order(middle[:, 0], middle[:, 1]), start=1):
            rows.append((grid_code(code, number, rules), f"第{numeral(number)}网格", "resident", code, shapes[k]))
        number = len(shapes)
        for name, at, mine in city.specials:
            if at == community:
                number += 1
                shape = surfaces(polygons[mine], np.zeros(len(mine), dtype=np.int64), 1)[0]
                rows.append((grid_code(code, number, rules), name, "special", code, shape))
    rows.sort(key=lambda row: row[0])
    columns = {name: [row[k] for row in rows] for k, name in enumerate(("code", "name", "kind", "community"))}
    return _frame("grids", columns, [row[4] for row in rows])
