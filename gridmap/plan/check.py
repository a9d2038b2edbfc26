"""What is wrong with a plan, and with a grid layer before it becomes one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.city.city import City
from gridmap.city.findings import Finding, finding
from gridmap.geo.coverage import coverage_faults
from gridmap.plan.balance import Window, balance, window_limits
from gridmap.plan.contiguity import components, parts_per_label
from gridmap.plan.fabric import Fabric
from gridmap.plan.layer import LayerReading, read_layer
from gridmap.plan.plan import Plan
from gridmap.settings import DEFAULT, Settings

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["check", "check_layer"]

_SHOWN = 5


def check(plan: Plan, city: City, *, window: Window | None = None) -> tuple[Finding, ...]:
    """Return what is wrong with a plan: grids in parts, empty or out of range, compounds cut, buildings in no grid.

    `window` is the profile's range of households unless another is given. A building astride a street is told too.
    """
    window = city.profile.grid if window is None else window
    found = [*_grids(plan, window), *_compounds(plan, window), *_buildings(plan)]
    return tuple(found)


def _grids(plan: Plan, window: Window) -> Iterator[Finding]:
    low, high = window_limits(window)
    x, y = _places(plan)
    for index, row in enumerate(balance(plan, window=window).table.to_dict("records")):
        name, parts, place = str(row["grid"]), int(row["parts"]), (float(x[index]), float(y[index]))
        if row["kind"] != "resident":
            continue
        if not parts:
            yield finding("grid-without-building", "grids", name, f"Grid {name} has no building.")
            continue
        if parts > 1:
            message = f"Grid {name} is in {parts} parts that do not touch."
            yield finding("grid-not-contiguous", "grids", name, message, x=place[0], y=place[1])
        if row["distance"]:
            unknown = int(row["unknown_buildings"])
            more = f", and {_count(unknown)} whose households are unknown" if unknown else ""
            message = f"Grid {name} has {row['households']} households{more}; the range is {low} to {high}."
            yield finding("grid-out-of-range", "grids", name, message, x=place[0], y=place[1])


def _count(buildings: int) -> str:
    return "1 building" if buildings == 1 else f"{buildings} buildings"


def _places(plan: Plan) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return a point in each grid, NaN where it has no cells."""
    points = shapely.point_on_surface(plan.polygons())
    points[shapely.is_empty(points)] = None
    return shapely.get_x(points), shapely.get_y(points)


def _compounds(plan: Plan, window: Window) -> Iterator[Finding]:
    fabric = plan.fabric
    housed = np.flatnonzero((fabric.compound >= 0) & (fabric.special < 0) & (plan.grid_of >= 0))
    pair = fabric.community[housed].astype(np.int64) * len(fabric.compound_ids) + fabric.compound[housed]
    order = np.argsort(pair, kind="stable")
    housed, pair = housed[order], pair[order]
    for community, compound in plan.split_pairs(window_limits(window)[1]):
        wanted = int(community) * len(fabric.compound_ids) + int(compound)
        cells = housed[np.searchsorted(pair, wanted) : np.searchsorted(pair, wanted, "right")]
        grids = [plan.grids[index].id for index in np.unique(plan.grid_of[cells])]
        name = str(fabric.compound_ids[compound])
        message = (
            f"Compound {fabric.compound_names[compound] or name} of {int(fabric.households[cells].sum())} households "
            f"is cut by the grids {', '.join(grids)}."
        )
        at = str(fabric.community_codes[community])
        x, y = float(fabric.x[cells[0]]), float(fabric.y[cells[0]])
        yield finding("compound-cut", "compounds", name, message, x=x, y=y, at=at)


def _buildings(plan: Plan) -> Iterator[Finding]:
    fabric = plan.fabric
    for cell in np.flatnonzero((plan.grid_of < 0) & (fabric.building >= 0)):
        name = str(fabric.cell_ids[cell])
        x, y = float(fabric.x[cell]), float(fabric.y[cell])
        yield finding("building-without-grid", "buildings", name, f"Building {name} is in no grid.", x=x, y=y)
    for name in (str(one) for one in fabric.astride):
        at = fabric.cell_of[name]
        message = f"Building {name} stands across a street, a barrier or a boundary."
        yield finding("building-astride", "buildings", name, message, x=float(fabric.x[at]), y=float(fabric.y[at]))


def check_layer(fabric: Fabric, grids: gpd.GeoDataFrame, *, settings: Settings = DEFAULT) -> tuple[Finding, ...]:
    """Return what had to be decided to make a plan of an imported grid layer, and what is wrong with its shapes.

    Grids outside their community by more than a sliver, grids that overlap, buildings in no grid that went to the
    nearest, grids without a building, grids in parts, communities without a grid. Raises as `Plan.from_layer`.
    """
    reading = read_layer(fabric, grids)
    return (
        *_outside(fabric, reading, settings),
        *_overlaps(fabric, reading, settings),
        *_decided(fabric, reading),
        *_parts(fabric, reading),
    )


def _outside(fabric: Fabric, reading: LayerReading, settings: Settings) -> Iterator[Finding]:
    rows = {str(code): row for row, code in enumerate(fabric.community_codes)}
    wholes = _extents(fabric)
    for index, shape in enumerate(reading.polygons):
        if shape is None:
            continue
        grid, named = reading.grids[index], str(reading.declared[index])
        outside = shapely.difference(shape, wholes[rows[grid.community]])
        # What a margin takes away was a boundary drawn a little differently.
        thick = shapely.buffer(outside, -settings.sliver_width_m / 2)
        if thick.is_empty:
            continue
        strangers = named and named not in rows
        reason = f" The community {named} that it names is not known." if strangers else ""
        message = (
            f"{outside.area / shape.area:.0%} of grid {grid.id} ({outside.area:.0f} m²) lies outside community "
            f"{grid.community}.{reason}"
        )
        point = shapely.point_on_surface(thick)
        yield finding("grid-outside-community", "grids", grid.id, message, x=point.x, y=point.y)


def _extents(fabric: Fabric) -> list[shapely.Geometry]:
    """Return the extent of each community, its special grids included."""
    extents: list[shapely.Geometry] = []
    for row, code in enumerate(fabric.community_codes):
        # Special grids are not noded with the cells around them, so they are joined to them by a true union.
        cells = shapely.coverage_union_all(fabric.polygons[(fabric.community == row) & (fabric.special < 0)])
        extents.append(shapely.union_all([cells, *(one.polygon for one in fabric.specials if one.community == code)]))
    return extents


def _overlaps(fabric: Fabric, reading: LayerReading, settings: Settings) -> Iterator[Finding]:
    given = {one.code: one.polygon for one in fabric.specials}
    shapes = np.array([given.get(grid.id) for grid in reading.grids] + [None], object)[:-1]
    drawn = ~shapely.is_missing(reading.polygons)
    shapes[drawn] = reading.polygons[drawn]
    claimed = {
        (int(one), int(two)): int(count) for (one, two), count in zip(reading.doubled, reading.claimed, strict=True)
    }
    faults = coverage_faults(shapes, tolerance_m=settings.coverage_tolerance_m, sliver_width_m=settings.sliver_width_m)
    for row in np.flatnonzero(faults.kind == "overlap"):
        one, two = int(faults.i[row]), int(faults.j[row])
        names = f"{reading.grids[one].id} · {reading.grids[two].id}"
        buildings = claimed.get((min(one, two), max(one, two)), 0)
        point = shapely.point_on_surface(faults.geometry[row])
        message = (
            f"Grids {reading.grids[one].id} and {reading.grids[two].id} overlap in {faults.area_m2[row]:.0f} m² with "
            f"{_count(buildings)}; what lies in both went to the first."
        )
        at = f"{point.x:.1f} {point.y:.1f}"
        yield finding("grid-overlap", "grids", names, message, x=point.x, y=point.y, at=at)


def _decided(fabric: Fabric, reading: LayerReading) -> Iterator[Finding]:
    left = ~reading.held & (fabric.building >= 0)
    for index, grid in enumerate(reading.grids):
        cells = np.flatnonzero(left & (reading.grid_of == index))
        x, y = (float(fabric.x[cells[0]]), float(fabric.y[cells[0]])) if len(cells) else (np.nan, np.nan)
        code = grid.community
        if reading.polygons[index] is None and grid.resident:
            message = f"No grid of the layer is in community {code}: with {_count(len(cells))} it is one grid for now."
            yield finding("community-without-grid", "communities", code, message, x=x, y=y)
        elif len(cells):
            shown = ", ".join(str(one) for one in fabric.cell_ids[cells[:_SHOWN]])
            message = (
                f"{_count(len(cells))} of community {code} with {int(fabric.households[cells].sum())} households, in "
                f"no grid of it, went to the nearest, {grid.id}: {shown}{' …' if len(cells) > _SHOWN else ''}."
            )
            yield finding("building-nearest-grid", "grids", grid.id, message, x=x, y=y)


def _parts(fabric: Fabric, reading: LayerReading) -> Iterator[Finding]:
    size = len(reading.grids)
    parts = parts_per_label(reading.grid_of, components(fabric, reading.grid_of), size)
    buildings = np.bincount(reading.grid_of[fabric.building >= 0], minlength=size)
    for index, shape in enumerate(reading.polygons):
        if shape is None:
            continue
        name, point = reading.grids[index].id, shapely.point_on_surface(shape)
        if not buildings[index]:
            message = f"Grid {name} has no building."
            yield finding("grid-without-building", "grids", name, message, x=point.x, y=point.y)
        elif parts[index] > 1:
            message = f"Grid {name} is in {parts[index]} parts that do not touch."
            yield finding("grid-not-contiguous", "grids", name, message, x=point.x, y=point.y)
