"""What an editor draws a plan on: its cells as columns, their outlines as steps of whole numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.geo.frames import Frame
from gridmap.plan import Plan
from gridmap.release import Sight
from gridmap.server.drawn import households_of

__all__ = ["fabric", "layout"]

_E7 = 1e7
"""Degrees are told in ten-millionths: a centimetre."""


def fabric(plan: Plan, sight: Sight, *, scope: frozenset[str] | None) -> dict[str, Any]:
    """Return the cells of a plan as columns: who lives there, which touch, and where they are.

    Names that end in `_e7` are ten-millionths of a degree, each value the step from the one before. `corners_e7` has x
    and y in turn, of all rings, without the corner that closes a ring. `households` are null where they are unknown,
    and outside the sight. A community is `open` within the `scope`, everywhere if None.
    """
    cells = plan.fabric
    lon, lat = _steps(cells.x, cells.y, cells.frame)
    return {
        "ids": cells.cell_ids.tolist(),
        "x_e7": lon,
        "y_e7": lat,
        "community": cells.community.tolist(),
        "communities": [
            {"code": str(code), "name": str(name), "open": scope is None or str(code) in scope}
            for code, name in zip(cells.community_codes, cells.community_names, strict=True)
        ],
        "compound": cells.compound.tolist(),
        "compounds": [
            {"id": str(one), "name": str(name)}
            for one, name in zip(cells.compound_ids, cells.compound_names, strict=True)
        ],
        "special": cells.special.tolist(),
        "households": households_of(plan, sight),
        "area_m2": cells.area_m2.round(3).tolist(),
        "perimeter_m": cells.perimeter_m.round(4).tolist(),
        "i": cells.i.tolist(),
        "j": cells.j.tolist(),
        "shared_m": cells.shared_m.round(4).tolist(),
        "barrier_m": cells.barrier_m.round(4).tolist(),
        **_outlines(plan),
    }


def layout(plan: Plan, *, revision: int) -> dict[str, Any]:
    """Return which grid each cell is in, by position in `grids` (-1: none), at a revision of the plan."""
    ids = plan.fabric.cell_ids
    return {
        "revision": revision,
        "grid": plan.grid_of.tolist(),
        "grids": [grid.record() for grid in plan.grids],
        "bridges": [[str(ids[one]), str(ids[other])] for one, other in plan.bridges],
    }


def _outlines(plan: Plan) -> dict[str, Any]:
    parts, part_cell = shapely.get_parts(plan.fabric.polygons, return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    # The last corner of a ring is its first again.
    last = np.append(ring[1:] != ring[:-1], True)
    xy, ring = xy[~last], ring[~last]
    lon, lat = _steps(xy[:, 0], xy[:, 1], plan.fabric.frame)
    return {
        "corners_e7": np.column_stack([lon, lat]).ravel().tolist(),
        "rings": np.bincount(ring, minlength=len(rings)).tolist(),
        "ring_cell": part_cell[ring_part].tolist(),
    }


def _steps(x: NDArray[np.float64], y: NDArray[np.float64], frame: Frame) -> tuple[list[int], list[int]]:
    west, south = (
        np.diff(np.round(np.asarray(values, np.float64) * _E7).astype(np.int64), prepend=0)
        for values in frame.to_lonlat(x, y)
    )
    return west.tolist(), south.tolist()
