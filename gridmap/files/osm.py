"""OpenStreetMap extracts: streets, buildings, facilities, water and green as layers, with tags that planners use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from gridmap.files.source import Table, is_none, objects
from gridmap.files.staging import Staged

__all__ = ["LAYERS", "Part", "columns_in_file", "columns_of_part", "finish", "options_of"]

_PLACES = ("amenity", "healthcare", "social_facility", "shop", "office", "leisure", "tourism")
_ADDRESS = ("addr:city", "addr:suburb", "addr:street", "addr:housenumber")


@dataclass(frozen=True, slots=True)
class Part:
    """A layer: which of GDAL's layers it is in, the tags that are its columns, the condition that picks its rows."""

    layer: str
    shape: str
    tags: tuple[str, ...]
    where: str
    kinds: tuple[str, ...] = ()


def _any(tags: tuple[str, ...]) -> str:
    return " OR ".join(f'"{tag.replace(":", "_")}" IS NOT NULL' for tag in tags)


LAYERS = {
    "streets": Part(
        "lines",
        "MultiLineString",
        ("name", "highway", "foot", "access", "sidewalk", "area", "bridge", "tunnel"),
        _any(("highway",)),
    ),
    "buildings": Part(
        "multipolygons",
        "MultiPolygon",
        ("name", "building", "building:levels", "building:flats", *_ADDRESS),
        _any(("building",)),
    ),
    "facilities": Part("points", "Point", ("name", *_PLACES, *_ADDRESS, "opening_hours"), _any(_PLACES), _PLACES),
    "facility areas": Part(
        "multipolygons", "MultiPolygon", ("name", *_PLACES, *_ADDRESS, "opening_hours"), _any(_PLACES), _PLACES
    ),
    "water": Part("multipolygons", "MultiPolygon", ("name", "natural", "water"), "\"natural\" = 'water'"),
    "green": Part(
        "multipolygons",
        "MultiPolygon",
        ("name", "leisure", "landuse"),
        "\"leisure\" IN ('park', 'garden') OR \"landuse\" IN ('grass', 'forest', 'recreation_ground')",
    ),
}
"""The layers of an extract by the name that they have for us."""


def options_of(staged: Staged, part: Part) -> dict[str, Any]:
    """Return GDAL's options for one of the layers; the tags that are columns are written down beside the file."""
    config = staged.path.with_name("osm.ini")
    if not config.exists():
        lines = ["attribute_name_laundering=yes", "closed_ways_are_polygons=building,amenity,leisure,landuse,natural"]
        for name in ("points", "lines", "multipolygons", "multilinestrings", "other_relations"):
            tags = dict.fromkeys(tag for known in LAYERS.values() if known.layer == name for tag in known.tags)
            lines += [f"[{name}]", "osm_id=yes", f"attributes={','.join(tags)}", "other_tags=no"]
        config.write_text("\n".join(lines), "ascii")
    return {"layer": part.layer, "CONFIG_FILE": str(config)}


def columns_of_part(part: Part) -> tuple[str, ...]:
    """Return the columns of a layer; where a kind is told by several tags, it is the first that is there."""
    return ("id", *(("kind",) if part.kinds else ()), *(tag.replace(":", "_") for tag in part.tags))


def columns_in_file(part: Part) -> list[str]:
    """Return the columns that GDAL has for a layer: areas made of a way have its number in another column."""
    ways = ("osm_way_id",) if part.layer == "multipolygons" else ()
    return ["osm_id", *ways, *(tag.replace(":", "_") for tag in part.tags)]


def finish(columns: dict[str, Any], table: Table, part: Part) -> Table:
    """Tell ids, kinds, bridges; leave out shapes that the extract holds in parts only, and areas that have none."""
    found = {name: objects(values) for name, values in columns.items()}
    letter = {"points": "n", "lines": "w"}.get(part.layer, "r")
    ids = objects(None if value is None else f"{letter}{value}" for value in found.pop("osm_id"))
    if "osm_way_id" in found:
        ways = objects(None if value is None else f"w{value}" for value in found.pop("osm_way_id"))
        ids = np.where(is_none(ids), ways, ids)
    found["id"] = ids
    for name in {"bridge", "tunnel"} & found.keys():
        found[name] = objects(None if value is None else "no" if value == "no" else "yes" for value in found[name])
    notes = []
    if "building_levels" in found:  # half a level, lists, words: for a number of floors they are unknown
        levels = found["building_levels"]
        whole = objects(value if value is None or value.isdigit() else None for value in levels)
        lost = int((is_none(whole) & ~is_none(levels)).sum())
        found["building_levels"] = whole
        notes += [f"building_levels: {lost:,} that are no whole number are left out."] if lost else []
    if part.kinds:
        kind = found[part.kinds[0]].copy()
        for name in part.kinds[1:]:
            kind = np.where(is_none(kind), found[name], kind)
        found["kind"] = kind
    assert table.shapes is not None  # noqa: S101 - every layer of an extract has shapes
    cut = np.zeros(len(table.rows), dtype=bool)
    cut[table.broken] = True
    if part.shape == "MultiPolygon":
        cut |= ~(shapely.area(table.shapes) > 0)
    kept = ~cut
    if cut.any():
        notes.append(f"{int(cut.sum()):,} shapes that are broken, or cut off by the edge of the extract, are left out.")
    values = {name: column[kept] for name, column in found.items()}
    return Table(values, table.rows[kept], table.shapes[kept], notes=tuple(notes))
