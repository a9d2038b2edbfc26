"""An imported grid layer: whose building is in which grid, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridmap.errors import CrsError, GeometryError, InputError
from gridmap.plan.fabric import Fabric
from gridmap.plan.grid import Grid, GridKind, SpecialGrid

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["LayerReading", "read_layer", "special_grids", "specials_from_layer"]

_KINDS: dict[str, GridKind] = {
    "": "resident",
    "resident": "resident",
    "居民网格": "resident",
    "special": "special",
    "专属网格": "special",
}


@dataclass(frozen=True, eq=False)
class LayerReading:
    """What an imported grid layer says about a fabric.

    `grids` and `grid_of` are those of the plan. `polygons` is object[n_grids], the layer's shape of each grid, None
    for one that the layer does not have. `held` is bool[n_cells]: the cell's building lies in a grid of its community.
    `doubled` is int[k, 2]: pairs of grids that claim one building, and `claimed` int[k], how many. `undivided` are the
    communities (rows) for which the layer has no grid. `declared` is object[n_grids], the community each grid's row
    names, '' for none.
    """

    grids: tuple[Grid, ...]
    grid_of: NDArray[np.int32]
    polygons: NDArray[np.object_]
    held: NDArray[np.bool_]
    doubled: NDArray[np.intp]
    claimed: NDArray[np.intp]
    undivided: tuple[int, ...]
    declared: NDArray[np.object_]


def special_grids(fabric: Fabric) -> tuple[Grid, ...]:
    """Return the fabric's special grids as grids of a plan, in order."""
    return tuple(Grid(one.code, one.name, "special", one.community, code=one.code) for one in fabric.specials)


def specials_from_layer(grids: gpd.GeoDataFrame) -> tuple[SpecialGrid, ...]:
    """Return the special grids of an imported grid layer, with their polygons as they are, to build a fabric with.

    A row that names no community gets '' and is placed by `fabric`. Raises InputError, GeometryError.
    """
    codes, kinds = _codes(grids), _kinds(grids)
    rows = [row for row, kind in enumerate(kinds) if kind == "special"]
    names, communities = _column(grids, "name"), _column(grids, "community")
    shapes = _shapes(grids)
    return tuple(SpecialGrid(codes[row], names[row], communities[row], shapes[row]) for row in rows)


def read_layer(fabric: Fabric, grids: gpd.GeoDataFrame) -> LayerReading:
    """Give each cell of a fabric its grid of an imported layer; `Plan.from_layer` says by which rules.

    O(cells log grids). Raises CrsError for a layer in another frame, GeometryError for an invalid shape, InputError for
    missing or repeated codes, unknown kinds, and special grids that the fabric was not built with.
    """
    if grids.crs is None or not grids.crs.equals(fabric.frame.crs, ignore_axis_order=True):
        raise CrsError(
            "frame-mismatch", "grids: the layer is not in the city's frame.", f"Project it to EPSG:{fabric.frame.epsg}."
        )
    codes, kinds, shapes = _codes(grids), _kinds(grids), _shapes(grids)
    unknown = {code for code, kind in zip(codes, kinds, strict=True) if kind == "special"}
    unknown -= {one.code for one in fabric.specials}
    if unknown:
        raise InputError(
            "special-mismatch",
            f"grids: the special grids {', '.join(sorted(unknown))} are not in the city's cells.",
            "Build the cells with the special grids of this layer.",
        )
    rows = [row for row, kind in enumerate(kinds) if kind == "resident"]
    return _assigned(fabric, grids, rows, codes, shapes)


def _assigned(
    fabric: Fabric, layer: gpd.GeoDataFrame, rows: list[int], codes: list[str], shapes: NDArray[np.object_]
) -> LayerReading:
    names, declared = _column(layer, "name"), _column(layer, "community")
    polygons = shapes[rows]
    points = np.asarray(shapely.points(fabric.x, fabric.y), object)
    open_cells = np.flatnonzero(fabric.special < 0)
    hits, which = shapely.STRtree(polygons).query(points[open_cells], predicate="intersects")
    cells = open_cells[hits]
    community = _communities(fabric, polygons, [declared[row] for row in rows], cells, which)

    own = community[which] == fabric.community[cells]
    cells, which = cells[own], which[own]
    order = np.lexsort((which, cells))
    cells, which = cells[order], which[order]
    first = np.append(True, cells[1:] != cells[:-1])[: len(cells)]
    doubled = np.stack([which[np.maximum(np.flatnonzero(~first) - 1, 0)], which[~first]], axis=1)
    pairs, claimed = np.unique(doubled, axis=0, return_counts=True)

    grid_of = np.full(len(fabric), -1, np.int32)
    grid_of[cells[first]] = which[first]
    held = (grid_of >= 0) | (fabric.special >= 0)
    _nearest(fabric, polygons, community, points, grid_of)

    grids = [
        Grid(codes[row], names[row], "resident", str(fabric.community_codes[at]), code=codes[row])
        for row, at in zip(rows, community, strict=True)
    ]
    undivided = tuple(int(row) for row in np.unique(fabric.community[(grid_of < 0) & (fabric.special < 0)]))
    for row in undivided:
        grid_of[(grid_of < 0) & (fabric.special < 0) & (fabric.community == row)] = len(grids)
        code = str(fabric.community_codes[row])
        grids.append(Grid(f"{code}~1", "", "resident", code))
    grid_of[fabric.special >= 0] = len(grids) + fabric.special[fabric.special >= 0]
    more = len(undivided) + len(fabric.specials)
    return LayerReading(
        grids=(*grids, *special_grids(fabric)),
        grid_of=grid_of,
        polygons=np.append(polygons, np.full(more, None)),
        held=held,
        doubled=pairs,
        claimed=claimed,
        undivided=undivided,
        declared=np.append(np.array([declared[row] for row in rows], object), np.full(more, "", object)),
    )


def _communities(
    fabric: Fabric,
    polygons: NDArray[np.object_],
    declared: list[str],
    cells: NDArray[np.intp],
    which: NDArray[np.intp],
) -> NDArray[np.int32]:
    """Return the community (row) of each grid: the one it names, else the one that most of its buildings are in.

    A grid without buildings takes the community of the cell nearest to it.
    """
    rows = {str(code): row for row, code in enumerate(fabric.community_codes)}
    community = np.array([rows.get(code, -1) for code in declared], np.int32)
    votes = np.zeros((len(polygons), len(fabric.community_codes)), np.int64)
    np.add.at(votes, (which, fabric.community[cells]), 1)
    for grid in np.flatnonzero(community < 0):
        if votes[grid].any():
            community[grid] = int(np.argmax(votes[grid]))
        else:
            community[grid] = fabric.community[fabric.tree.nearest(shapely.point_on_surface(polygons[grid]))]
    return community


def _nearest(
    fabric: Fabric,
    polygons: NDArray[np.object_],
    community: NDArray[np.int32],
    points: NDArray[np.object_],
    grid_of: NDArray[np.int32],
) -> None:
    """Fill in, for cells in no grid, the nearest grid of their community, the first of equally near ones."""
    left = np.flatnonzero((grid_of < 0) & (fabric.special < 0))
    for row in np.unique(fabric.community[left]):
        mine = np.flatnonzero(community == row)
        if mine.size:
            cells = left[fabric.community[left] == row]
            away = shapely.distance(points[cells][:, None], polygons[mine][None, :])
            grid_of[cells] = mine[np.argmin(away, axis=1)]


def _column(layer: gpd.GeoDataFrame, name: str) -> list[str]:
    if name not in layer.columns:
        return [""] * len(layer)
    return ["" if pd.isna(value) else str(value) for value in layer[name]]


def _codes(layer: gpd.GeoDataFrame) -> list[str]:
    codes = _column(layer, "code")
    seen: dict[str, int] = {}
    for row, code in enumerate(codes, start=1):
        if not code:
            raise InputError("grid-code-missing", f"grids, row {row}: the grid has no code.", "Give every grid a code.")
        if code in seen:
            raise InputError(
                "grid-code-duplicate",
                f"grids, rows {seen[code]} and {row}: two grids have the code {code}.",
                "Give each grid its own code, or join the two shapes into one.",
            )
        seen[code] = row
    return codes


def _kinds(layer: gpd.GeoDataFrame) -> list[GridKind]:
    kinds: list[GridKind] = []
    for row, text in enumerate(_column(layer, "kind"), start=1):
        if text not in _KINDS:
            raise InputError(
                "grid-kind-unknown", f"grids, row {row}: the kind {text!r} is not known.", "Use resident or special."
            )
        kinds.append(_KINDS[text])
    return kinds


def _shapes(layer: gpd.GeoDataFrame) -> NDArray[np.object_]:
    shapes = np.asarray(layer.geometry, object)
    for row, shape in enumerate(shapes, start=1):
        if shape is None or shape.is_empty or shape.geom_type not in ("Polygon", "MultiPolygon"):
            raise GeometryError("grid-empty", f"grids, row {row}: the grid has no area.", "Draw it, or remove the row.")
        if not shape.is_valid:
            reason = shapely.is_valid_reason(shape)
            raise GeometryError(
                "grid-invalid", f"grids, row {row}: the polygon is invalid ({reason}).", "Repair the shape."
            )
    return shapes
