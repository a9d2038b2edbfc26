"""Writes the sample city's boundary files: `python -m gridmap.sample.boundaries [FOLDER]`."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from gridmap.sample import EPSG, NAME, layers

LAYERS = {
    "subdistricts": ("code", "name", "kind"),
    "communities": ("code", "name", "subdistrict", "aliases", "lineage"),
    "compounds": ("id", "name", "community", "kind", "gated", "built_year", "renovation"),
    "grids": ("code", "name", "kind", "community"),
}
"""The layers that are shipped as files, with their columns."""

NOTE = (
    "虚构示例：名称与公布数字取自汾阳市，位置与边界均为虚构，不代表任何实际界线。"
    "Fictitious sample: names and published figures are Fenyang's, every place and boundary is invented."
)
_DIGITS = 7


def collection(layer: str, gdf: gpd.GeoDataFrame) -> dict[str, Any]:
    """Return a layer of the sample (in its metric frame) as a GeoJSON object in longitude and latitude.

    Coordinates have 7 decimals, about 1 cm. Rings follow RFC 7946: outer ones counter-clockwise.
    """
    flat = gdf.to_crs("EPSG:4326")
    shapes = shapely.transform(flat.geometry.to_numpy(), lambda xy: xy.round(_DIGITS))
    shapes = shapely.orient_polygons(shapes)
    columns = LAYERS[layer]
    return {
        "type": "FeatureCollection",
        "name": layer,
        "note": NOTE,
        "city": NAME,
        "features": [
            {
                "type": "Feature",
                "properties": {name: _plain(row[name]) for name in columns},
                "geometry": json.loads(shapely.to_geojson(shape)),
            }
            for (_, row), shape in zip(flat.iterrows(), shapes, strict=True)
        ],
    }


def _plain(value: Any) -> Any:
    """Return a cell as JSON has it: missing as null, numpy's numbers as Python's."""
    if value is None or value != value:  # NaN differs from itself
        return None
    return value.item() if isinstance(value, np.generic) else value


def text(features: Mapping[str, Any]) -> str:
    """Write a feature collection as JSON, one feature a line, so that versions can be compared."""
    head = {key: value for key, value in features.items() if key != "features"}
    lines = [json.dumps(one, ensure_ascii=False, separators=(",", ":")) for one in features["features"]]
    opening = json.dumps(head, ensure_ascii=False, separators=(",", ":"))[:-1]
    return opening + ',"features":[\n' + ",\n".join(lines) + "\n]}\n"


def write(folder: Path) -> list[Path]:
    """Write the boundary files of the sample city into a folder and return their paths."""
    made = layers()
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for layer in LAYERS:
        path = folder / f"{layer}.geojson"
        path.write_text(text(collection(layer, made[layer])), encoding="utf-8", newline="\n")
        paths.append(path)
    return paths


def main() -> None:
    """Write the files into the folder named, or into `boundaries`."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path("boundaries")
    for path in write(folder):
        print(f"{path}: {path.stat().st_size / 1024:.0f} KB, EPSG:{EPSG} → EPSG:4326")


if __name__ == "__main__":
    main()
