"""Gated compounds: which they are, where they are entered, and their outlines as walls."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridmap.city import City
from gridmap.streets.lines import walls_of

__all__ = ["Gates", "gates_of", "gates_walls"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Gates:
    """The compounds of a city and how they are entered.

    `polygons` object[c]; `gated` bool[c]: entered at its entrances only; `missing` bool[c]: said to be gated, but no
    entrance is known, so it counts as open. Entrance i of `x`, `y` float64[e] belongs to compound `compound[i]`.
    """

    polygons: NDArray[np.object_]
    gated: NDArray[np.bool_]
    missing: NDArray[np.bool_]
    x: Floats
    y: Floats
    compound: NDArray[np.int32]

    @cached_property
    def closed_rows(self) -> NDArray[np.int32]:
        """The rows of the gated compounds."""
        return np.flatnonzero(self.gated).astype(np.int32)

    def at(self, x: Floats, y: Floats) -> NDArray[np.int32]:
        """Return the gated compound that holds each point, −1 for none; of several the first."""
        result = np.full(len(x), -1, np.int32)
        rows = self.closed_rows
        finite = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
        tree = shapely.STRtree(np.asarray(shapely.points(x[finite], y[finite]), dtype=object))
        which, point = tree.query(self.polygons[rows], predicate="intersects")
        order = np.argsort(-which, kind="stable")
        result[finite[point[order]]] = rows[which[order]]
        return result

    def entrances(self, compound: int) -> NDArray[np.intp]:
        """Return the entrances of a compound."""
        return np.flatnonzero(self.compound == compound)


def gates_of(city: City) -> Gates:
    """Read the gates of a city: entrances belong to the compound they name, else to the nearest within 30 m."""
    compounds, entrances = city.compounds, city.entrances
    polygons = np.asarray(compounds.geometry.array, dtype=object)
    said = compounds["gated"].fillna(False).to_numpy(bool)  # noqa: FBT003 - pandas' own
    xy, of = shapely.get_coordinates(np.asarray(entrances.geometry.array, dtype=object), return_index=True)
    named = pd.Series(np.arange(len(compounds)), index=compounds["id"].to_numpy(object))
    first = named.groupby(level=0).first()
    compound = entrances["compound"].map(first).fillna(-1).to_numpy(np.int32)[of] if len(of) else of.astype(np.int32)
    unknown = np.flatnonzero(compound < 0)
    if len(unknown) and len(polygons):
        (query, row), _ = shapely.STRtree(polygons).query_nearest(
            shapely.points(xy[unknown]), max_distance=30.0, return_distance=True, all_matches=False
        )
        compound = compound.copy()
        compound[unknown[query]] = row
    known = compound >= 0
    has = np.zeros(len(polygons), bool)
    has[compound[known]] = True
    return Gates(polygons, said & has, said & ~has, xy[known, 0].copy(), xy[known, 1].copy(), compound[known])


def gates_walls(barriers: Floats, gates: Gates | None) -> tuple[Floats, NDArray[np.int32]]:
    """Return all walls and the compound each belongs to, −1 for barriers."""
    parts, owners = [barriers], [np.full(len(barriers), -1, np.int32)]
    if gates is not None:
        for row in gates.closed_rows:
            parts.append(walls_of(gates.polygons[row : row + 1]))
            owners.append(np.full(len(parts[-1]), row, np.int32))
    return np.ascontiguousarray(np.concatenate(parts)), np.concatenate(owners)
