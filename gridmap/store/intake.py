"""Layers on their way in: canonical, in the frame, without repeated ids; and a grid layer made a plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gridmap.city import LAYERS, City, Finding, require_unique
from gridmap.city.columns import column
from gridmap.city.shapes import checked_shapes
from gridmap.errors import InputError
from gridmap.geo.frames import Frame
from gridmap.rules import Profile

__all__ = [
    "ImportReport",
    "Origin",
    "canonical_grids",
    "canonical_layer",
    "known_layer",
    "layer_from_records",
    "layer_records",
]


@dataclass(frozen=True)
class Origin:
    """Where a layer comes from: what messages call it (`place`), and what the log of imports says of it."""

    layer: str
    place: str
    source: str
    crs: str | None
    encoding: str
    notes: tuple[str, ...]

    def noted(self, notes: Sequence[str]) -> Origin:
        """Return the origin with more notes."""
        return replace(self, notes=(*self.notes, *notes))


@dataclass(frozen=True)
class ImportReport:
    """What an import did: rows of which layer from where; `plan` is the plan that a grid layer became.

    `notes` are for people: what was decided on the way. `findings` are what is wrong with an imported grid layer.
    """

    layer: str
    rows: int
    source: str
    epsg: int
    revision: int
    plan: str | None = None
    notes: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = field(default=(), repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON-able values."""
        return {
            "layer": self.layer,
            "rows": self.rows,
            "source": self.source,
            "frame": f"EPSG:{self.epsg}",
            "revision": self.revision,
            "plan": self.plan,
            "notes": list(self.notes),
            "findings": [finding.to_dict() for finding in self.findings],
        }


def known_layer(layer: str) -> str:
    """Return the name of a layer; InputError if there is none of that name."""
    if layer not in LAYERS:
        raise InputError("layer-unknown", f"There is no layer {layer!r}.", f"Use one of {', '.join(LAYERS)}.")
    return layer


def canonical_layer(
    layer: str, frame_gdf: gpd.GeoDataFrame, *, frame: Frame, profile: Profile, before: gpd.GeoDataFrame | None = None
) -> gpd.GeoDataFrame:
    """Return a layer as the city holds it, after the rows `before` if given.

    Raises as `City.build`, and InputError for repeated ids.
    """
    rows = _canonical(layer, frame_gdf, frame, profile)
    if before is not None and len(before):
        rows = _canonical(layer, pd.concat([before, rows], ignore_index=True), frame, profile)
    require_unique(layer, rows)
    return rows


def _canonical(layer: str, rows: gpd.GeoDataFrame, frame: Frame, profile: Profile) -> gpd.GeoDataFrame:
    return City.build({layer: rows}, frame=frame, profile=profile).layers[layer]


def canonical_grids(grids: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return a grid layer with the schema's columns, its codes as text; InputError for repeated or missing codes."""
    layer = LAYERS["grids"]
    columns = {one.name: column(layer, one, grids.get(one.name), rows=len(grids)) for one in layer.fields}
    shapes = checked_shapes(layer, np.asarray(grids.geometry.array, dtype=object), columns[layer.key].to_numpy(object))
    frame = gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries(shapes, crs=grids.crs), crs=grids.crs)
    require_unique("grids", frame)
    return frame


def layer_records(grids: gpd.GeoDataFrame) -> list[dict[str, str | None]]:
    """Return a canonical grid layer as JSON-able records, so that what was imported can be checked later."""
    shapes = shapely.to_wkb(np.asarray(grids.geometry.array, dtype=object), hex=True)
    rows = grids[list(LAYERS["grids"].names)].to_dict("records")
    return [{**row, "wkb": wkb} for row, wkb in zip(rows, shapes.tolist(), strict=True)]


def layer_from_records(records: list[Mapping[str, str | None]], *, frame: Frame) -> gpd.GeoDataFrame:
    """Return the grid layer of `layer_records`."""
    names = LAYERS["grids"].names
    columns = {name: pd.Series([record[name] for record in records], dtype=object) for name in names}
    shapes = shapely.from_wkb(np.array([record["wkb"] for record in records], dtype=object))
    return gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries(shapes, crs=frame.crs), crs=frame.crs)
