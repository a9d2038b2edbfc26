"""The balance of a plan: how many households, people and compounds each grid has, and how it is shaped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridmap.errors import InputError
from gridmap.plan.fabric import PEOPLE, Fabric
from gridmap.plan.plan import Plan
from gridmap.rules import WindowRule

__all__ = ["STATUSES", "Balance", "Window", "balance", "polsby_popper", "window_limits"]

Window = WindowRule | tuple[int, int]
"""The fewest and most households of a grid, both allowed."""

STATUSES = ("under", "in_range", "over", "special")


@dataclass(frozen=True, eq=False)
class Balance:
    """Figures of a plan. Contains people's figures as they are: they leave the tool through `gridmap.release` only.

    `table` has a row per grid, in the plan's order: grid (id), code, name, kind, community, community_name, locked,
    households, unknown_buildings (whose households are unknown and count 0), residents, elders_60, elders_80, children
    (sums of the known, NaN where all are unknown), residents_unknown … children_unknown (buildings left out of those
    sums), compounds, buildings, area_m2, polsby_popper (0 … 1, NaN for a grid without cells), status (under, in_range,
    over or special), distance (households to the range, 0 inside and for special grids), parts (1 is contiguous).

    `communities` has a row per community and the columns of `totals`; with the code as index. `totals` are of the city:
    grids, in_range, under, over (resident grids), special_grids, households (all), special_households (those in special
    grids, among them), unassigned_households, unassigned_buildings (in no grid), unknown_buildings, the four people
    columns with their unknown, compounds, buildings, area_m2, min and max (households of the smallest and largest
    resident grid, None without any), contiguity_breaks (parts of resident grids too many), compounds_split (of at most
    the upper limit), polsby_popper (mean of the resident grids), min_households, max_households.
    """

    table: pd.DataFrame
    communities: pd.DataFrame
    totals: Mapping[str, Any]


def window_limits(window: Window) -> tuple[int, int]:
    """Return a window's fewest and most households; InputError `window-invalid` unless 1 <= fewest <= most."""
    low, high = (window.min_households, window.max_households) if isinstance(window, WindowRule) else window
    if not 1 <= low <= high:
        raise InputError("window-invalid", f"There is no range from {low} to {high} households.", "Give 1 ≤ min ≤ max.")
    return int(low), int(high)


def polsby_popper(area_m2: NDArray[np.float64], perimeter_m: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return 4π · area / perimeter², 1 for a circle; NaN where there is no perimeter.

    Polsby, D., and Popper, R. (1991): The third criterion. Yale Law & Policy Review 9, 301–353.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        value = 4 * np.pi * area_m2 / np.square(perimeter_m)
    return np.where(perimeter_m > 0, value, np.nan)


def balance(plan: Plan, *, window: Window) -> Balance:
    """Return the balance of a plan against a window of households. O(cells + neighbours): no geometry is touched."""
    low, high = window_limits(window)
    fabric = plan.fabric
    area, perimeter = _shape(plan)
    households = plan.households
    resident = np.array([grid.resident for grid in plan.grids], bool)
    distance = np.where(resident, np.maximum(low - households, 0) + np.maximum(households - high, 0), 0)
    status = np.select([~resident, households < low, households > high], ["special", "under", "over"], "in_range")
    names = dict(zip(fabric.community_codes, fabric.community_names, strict=True))
    table = pd.DataFrame(
        {
            "grid": _texts(grid.id for grid in plan.grids),
            "code": _texts(grid.code for grid in plan.grids),
            "name": _texts(grid.name for grid in plan.grids),
            "kind": _texts(grid.kind for grid in plan.grids),
            "community": _texts(grid.community for grid in plan.grids),
            "community_name": _texts(names.get(grid.community, "") for grid in plan.grids),
            "locked": np.array([grid.locked for grid in plan.grids], bool),
            **_sums(fabric, plan.grid_of, len(plan.grids)),
            "area_m2": area,
            "polsby_popper": polsby_popper(area, perimeter),
            "status": _texts(status),
            "distance": distance.astype(np.int64),
            "parts": plan.parts.astype(np.int64),
        }
    )
    split = plan.split_pairs(high)[:, 0]
    size = len(fabric.community_codes)
    communities = _totals(plan, table, split, place=np.arange(size), size=size)
    city = _totals(plan, table, split, place=np.zeros(size, np.intp), size=1)
    totals = {name: None if values[0] is pd.NA else values[0].item() for name, values in city.items()}
    totals |= {"min_households": low, "max_households": high}
    index = pd.Index(_texts(fabric.community_codes), name="community")
    frame = pd.DataFrame({"community_name": _texts(fabric.community_names), **communities}, index=index)
    return Balance(table, frame, totals)


def _texts(values: Any) -> NDArray[np.object_]:
    return np.array([str(value) for value in values], object)


def _shape(plan: Plan) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return area and perimeter of each grid's extent: boundaries between two of its own cells are no boundary."""
    fabric, size = plan.fabric, len(plan.grids)
    inner = (plan.grid_of[fabric.i] == plan.grid_of[fabric.j]) & (plan.grid_of[fabric.i] >= 0)
    shared = np.bincount(plan.grid_of[fabric.i[inner]], weights=fabric.shared_m[inner], minlength=size)
    area, perimeter = plan.total(fabric.area_m2), plan.total(fabric.perimeter_m) - 2 * shared
    given = {one.code: one.polygon for one in fabric.specials}
    for index, grid in enumerate(plan.grids):
        if not grid.resident:
            area[index], perimeter[index] = shapely.area(given[grid.id]), shapely.length(given[grid.id])
    return area, perimeter


def _sums(fabric: Fabric, label: NDArray[np.int32], size: int) -> dict[str, NDArray[Any]]:
    """Return the sums of the fabric's figures over cells of one label, for the labels 0 … size - 1."""
    cells = np.flatnonzero(label >= 0)
    of = label[cells]

    def count(values: NDArray[Any]) -> NDArray[np.int64]:
        return np.bincount(of, weights=values[cells], minlength=size).astype(np.int64)

    sums: dict[str, NDArray[Any]] = {"households": count(fabric.households), "unknown_buildings": count(~fabric.known)}
    buildings = count(fabric.building >= 0)
    for name in PEOPLE:
        values = getattr(fabric, name)
        unknown = count(np.isnan(values))
        known = np.bincount(of, weights=np.nan_to_num(values[cells]), minlength=size)
        sums[name] = np.where((unknown == buildings) & (buildings > 0), np.nan, known)
        sums[f"{name}_unknown"] = unknown
    within = fabric.compound[cells] >= 0
    wide = max(len(fabric.compound_ids), 1)
    pairs = np.unique(of[within].astype(np.int64) * wide + fabric.compound[cells][within])
    sums["compounds"] = np.bincount(pairs // wide, minlength=size).astype(np.int64)
    sums["buildings"] = buildings
    return sums


def _totals(
    plan: Plan, table: pd.DataFrame, split: NDArray[np.int32], *, place: NDArray[np.intp], size: int
) -> dict[str, Any]:
    """Return the totals of the places 0 … size - 1, `place` being the one of each community (row of the fabric)."""
    fabric = plan.fabric
    rows = {str(code): row for row, code in enumerate(fabric.community_codes)}
    of_grid = place[np.array([rows[grid.community] for grid in plan.grids], np.intp)]
    of_cell = place[fabric.community].astype(np.int32)
    resident = (table["kind"] == "resident").to_numpy()
    status, households = table["status"].to_numpy(), table["households"].to_numpy()
    left = plan.grid_of < 0

    def grids(chosen: NDArray[np.bool_], values: NDArray[Any] | None = None) -> NDArray[np.int64]:
        weights = None if values is None else values[chosen]
        return np.bincount(of_grid[chosen], weights=weights, minlength=size).astype(np.int64)

    lowest, highest = np.full(size, np.iinfo(np.int64).max), np.full(size, -1)
    np.minimum.at(lowest, of_grid[resident], households[resident])
    np.maximum.at(highest, of_grid[resident], households[resident])
    compactness = table["polsby_popper"].to_numpy()
    shaped = resident & ~np.isnan(compactness)
    with np.errstate(invalid="ignore"):
        mean = np.bincount(of_grid[shaped], weights=compactness[shaped], minlength=size) / grids(shaped)
    return {
        "grids": grids(resident),
        **{name: grids(status == name) for name in STATUSES if name != "special"},
        "special_grids": grids(~resident),
        "special_households": grids(~resident, households),
        "min": pd.arrays.IntegerArray(lowest, highest < 0),
        "max": pd.arrays.IntegerArray(highest, highest < 0),
        "contiguity_breaks": grids(resident, np.maximum(table["parts"].to_numpy() - 1, 0)),
        "compounds_split": np.bincount(place[split], minlength=size).astype(np.int64),
        "polsby_popper": mean,
        "unassigned_households": np.bincount(of_cell[left], weights=fabric.households[left], minlength=size).astype(
            int
        ),
        "unassigned_buildings": np.bincount(of_cell[left & (fabric.building >= 0)], minlength=size).astype(np.int64),
        **_sums(fabric, of_cell, size),
        "area_m2": np.bincount(of_cell, weights=fabric.area_m2, minlength=size),
    }
