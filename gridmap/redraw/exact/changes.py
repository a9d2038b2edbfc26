"""Changes to a city's fabric and plan that may bring a grid into range, made on the communities concerned alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.ops import split

from gridmap.plan import Fabric, Plan

__all__ = ["Change", "bridges", "divided_building", "only", "parted_compounds", "unlocked"]

Cells = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Change:
    """A plan with one thing changed. `cells` are the cells concerned, in the fabric that was changed.

    `households` are those that the change itself moves, −1 where drawing anew shows how many they are.
    """

    kind: str
    plan: Plan
    text: str
    target: str
    cells: Cells
    communities: tuple[str, ...]
    households: int = 0
    distance_m: float = 0.0


def only(plan: Plan, rows: Sequence[int]) -> tuple[Plan, Cells]:
    """Return the plan of some communities alone, and which cells of the whole it has."""
    fabric = plan.fabric
    cells = np.flatnonzero(np.isin(fabric.community, rows))
    kept = np.unique(fabric.special[cells][fabric.special[cells] >= 0])
    special_row = np.append(np.full(len(fabric.specials), -1), -1)
    special_row[kept] = np.arange(len(kept))
    codes = {str(fabric.community_codes[row]) for row in rows}
    names = {fabric.specials[row].code for row in kept}
    stays = [g.community in codes if g.resident else g.id in names for g in plan.grids]
    grid_row = np.append(np.cumsum(stays) - 1, -1)
    small = replace(
        _of_cells(fabric, cells),
        special=special_row[fabric.special[cells]],
        specials=tuple(fabric.specials[row] for row in kept),
    )
    place = np.full(len(fabric), -1, np.int64)
    place[cells] = np.arange(len(cells))
    pairs = [(int(place[a]), int(place[b])) for a, b in plan.bridges if place[a] >= 0 and place[b] >= 0]
    grids = tuple(grid for grid, stay in zip(plan.grids, stays, strict=True) if stay)
    return Plan(small, grid_row[plan.grid_of[cells]], grids, plan.name, tuple(pairs)), cells


def _of_cells(fabric: Fabric, cells: Cells) -> Fabric:
    place = np.full(len(fabric), -1, np.int64)
    place[cells] = np.arange(len(cells))
    edges = (place[fabric.i] >= 0) & (place[fabric.j] >= 0)
    values: dict[str, Any] = {}
    for each in fields(fabric):
        value = getattr(fabric, each.name)
        if each.name in ("i", "j"):
            values[each.name] = place[value[edges]]
        elif each.name in EDGES:
            values[each.name] = value[edges]
        elif each.name in PER_CELL:
            values[each.name] = value[cells]
    return replace(fabric, **values)


EDGES = ("shared_m", "barrier_m", "street_m")
PER_CELL = (
    *("cell_ids", "building", "x", "y", "polygons", "community", "compound", "households", "known", "residents"),
    *("elders_60", "elders_80", "children", "special", "area_m2", "perimeter_m"),
)


def parted_compounds(plan: Plan, row: int, near: Cells) -> Iterator[Change]:
    """Let the compounds of some cells, and of their neighbours, be divided: the smallest first."""
    fabric = plan.fabric
    around = np.zeros(len(fabric), np.bool_)
    around[near] = True
    touching = around.copy()
    touching[fabric.j[around[fabric.i]]] = touching[fabric.i[around[fabric.j]]] = True
    here = (fabric.community == row) & (fabric.special < 0) & (fabric.compound >= 0)
    sizes = np.bincount(fabric.compound[here], fabric.households[here], len(fabric.compound_ids))
    cells_of = np.bincount(fabric.compound[here], minlength=len(fabric.compound_ids))
    found = np.unique(fabric.compound[here & touching])
    for compound in sorted(found[cells_of[found] > 1].tolist(), key=lambda one: (sizes[one], one)):
        mine = here & (fabric.compound == compound)
        name = str(fabric.compound_names[compound] or fabric.compound_ids[compound])
        yield Change(
            "split_compound",
            replace(plan, fabric=replace(fabric, compound=np.where(mine, -1, fabric.compound))),
            f"divide compound {name} of {int(sizes[compound])} households between grids",
            str(fabric.compound_ids[compound]),
            np.flatnonzero(mine),
            (str(fabric.community_codes[row]),),
            households=-1,
        )


def bridges(plan: Plan, row: int, part: Cells) -> Iterator[Change]:
    """Join a part of a community to the nearest cells of what else there is of it, by a bridge."""
    fabric = plan.fabric
    locked = np.array([grid.locked for grid in plan.grids] + [False], np.bool_)[plan.grid_of]
    there = np.flatnonzero((fabric.community == row) & (fabric.special < 0) & ~locked)
    there = np.setdiff1d(there, part)
    if not len(there) or not len(part):
        return
    tree = shapely.STRtree(fabric.polygons[there])
    pairs, distance = tree.query_nearest(fabric.polygons[part], return_distance=True, all_matches=False)
    best = np.lexsort((pairs[1], pairs[0], distance))[0]
    one, other = int(part[pairs[0][best]]), int(there[pairs[1][best]])
    metres = float(distance[best])
    yield Change(
        "bridge",
        replace(plan, bridges=(*plan.bridges, (min(one, other), max(one, other)))),
        f"allow a bridge of {metres:.0f} m between the buildings {fabric.cell_ids[one]} and {fabric.cell_ids[other]}",
        f"{fabric.cell_ids[one]} – {fabric.cell_ids[other]}",
        np.array([one, other], np.intp),
        (str(fabric.community_codes[row]),),
        distance_m=metres,
    )


def unlocked(plan: Plan, row: int, names: Sequence[str]) -> Iterator[Change]:
    """Free locked grids, one at a time."""
    for name in names:
        grid = plan.grids[plan.index_of[name]]
        grids = tuple(replace(one, locked=False) if one.id == name else one for one in plan.grids)
        yield Change(
            "unlock",
            replace(plan, grids=grids),
            f"unlock grid {name}",
            name,
            plan.cells_of(grid.id),
            (str(plan.fabric.community_codes[row]),),
        )


def divided_building(plan: Plan, cell: int, at_most: int) -> Iterator[Change]:
    """Divide a building, by its stairwells say, into two of half the households, across its longer axis."""
    fabric = plan.fabric
    households = int(fabric.households[cell])
    halves = _halves(fabric.polygons[cell])
    if households < 2 or households > 2 * at_most or halves is None:
        return
    new = len(fabric)
    values: dict[str, Any] = {
        name: np.append(getattr(fabric, name), getattr(fabric, name)[cell]) for name in PER_CELL if name != "polygons"
    }
    values["cell_ids"][new] = f"{fabric.cell_ids[cell]}#2"
    values["households"][[cell, new]] = households - households // 2, households // 2
    for name in ("residents", "elders_60", "elders_80", "children"):
        values[name][[cell, new]] /= 2
    polygons = np.empty(new + 1, object)
    polygons[:new], polygons[cell], polygons[new] = fabric.polygons, halves[0], halves[1]
    values["area_m2"][[cell, new]] = shapely.area(halves)
    values["perimeter_m"][[cell, new]] = shapely.length(halves)
    divided = replace(fabric, polygons=polygons, **values, **_half_edges(fabric, cell, halves))
    grid_of = np.append(plan.grid_of, plan.grid_of[cell])
    yield Change(
        "divide_building",
        replace(plan, fabric=divided, grid_of=grid_of),
        f"divide building {fabric.cell_ids[cell]} of {households} households between grids, by its stairwells",
        str(fabric.cell_ids[cell]),
        np.array([cell], np.intp),
        (str(fabric.community_codes[fabric.community[cell]]),),
        households=households // 2,
    )


def _halves(polygon: Any) -> NDArray[np.object_] | None:
    """Cut a polygon in two through its middle, across its longer axis; None where that leaves more pieces."""
    box = shapely.get_coordinates(shapely.oriented_envelope(polygon))
    if len(box) < 4:
        return None
    sides = np.diff(box[:3], axis=0)
    short = sides[int(np.argmin(np.hypot(*sides.T)))]
    middle = shapely.get_coordinates(polygon.centroid)[0]
    line = shapely.LineString([middle - 10 * short, middle + 10 * short])
    pieces = list(split(polygon, line).geoms) if polygon.geom_type == "Polygon" else []
    if len(pieces) != 2:
        return None
    halves = np.empty(2, object)
    halves[:] = pieces
    return halves


def _half_edges(fabric: Fabric, cell: int, halves: NDArray[np.object_]) -> dict[str, Any]:
    """Return the edges with those of a cell shared out between its halves, the second of which is the last cell."""
    mine = (fabric.i == cell) | (fabric.j == cell)
    other = np.where(fabric.i == cell, fabric.j, fabric.i)[mine]
    rows = [(fabric.i[~mine], fabric.j[~mine], np.flatnonzero(~mine), np.ones(int((~mine).sum())))]
    for half, index in zip(halves, (cell, len(fabric)), strict=True):
        rim = shapely.length(shapely.intersection(half.boundary, shapely.boundary(fabric.polygons[other])))
        some = rim > 0.1
        a = np.minimum(other[some], index)
        rows.append((a, np.maximum(other[some], index), np.flatnonzero(mine)[some], rim[some]))
    share = [rows[0][3], *(rim / fabric.shared_m[edge] for _, _, edge, rim in rows[1:])]
    edges = np.concatenate([edge for _, _, edge, _ in rows])
    factor = np.minimum(1.0, np.concatenate(share))
    cut = shapely.length(shapely.intersection(halves[0].boundary, halves[1].boundary))
    values: dict[str, Any] = {
        "i": np.append(np.concatenate([row[0] for row in rows]), cell),
        "j": np.append(np.concatenate([row[1] for row in rows]), len(fabric)),
    }
    for name in EDGES:
        values[name] = np.append(getattr(fabric, name)[edges] * factor, cut if name == "shared_m" else 0.0)
    return values
