"""What changes from one plan to another: which grid is which, who keeps a grid worker, which codes go on."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array, csr_array

from gridmap.city.codes import grid_code, next_free, parse_grid_code, spatial_order
from gridmap.plan.moves import Moves
from gridmap.plan.plan import Plan
from gridmap.rules import Profile

if TYPE_CHECKING:
    from gridmap.city import City

__all__ = ["Difference", "carry_codes", "diff", "file_codes", "kept_households", "match", "moves", "prune"]


@dataclass(frozen=True, eq=False)
class _Overlap:
    """Shared households and cells of the grids of two plans, both sparse float64[n_old, n_new]."""

    households: csr_array
    cells: csr_array


def match(old: Plan, new: Plan) -> NDArray[np.int32]:
    """Return for each grid of `new` the grid of `old` that it continues, int32[n_new], -1 for none.

    One to one, within a community, so that as many households as possible stay in their grid; among equally good ones
    so that as many buildings as possible do, which also tells apart grids whose households are unknown. Special grids
    continue those of the same code. Households are those of `new`; buildings that only one of the plans knows count
    nowhere. Kuhn–Munkres: O(k³) for k grids of a community.
    """
    return _matched(old, new, _overlap(old, new))


def kept_households(old: Plan, new: Plan) -> int:
    """Return how many households stay in their grid, special grids included."""
    overlap = _overlap(old, new)
    matched = _matched(old, new, overlap)
    kept = np.flatnonzero(matched >= 0)
    return int(overlap.households[matched[kept], kept].sum())


def carry_codes(old: Plan, new: Plan, *, retired: Collection[str] = ()) -> Plan:
    """Return `new` with the ids, codes and names of `old` where a grid goes on, and temporary ids elsewhere.

    A grid goes on when it is matched (`match`) and more than half of the old grid's households stay in it (of its
    buildings, where no household is known). The others have no code until the plan is filed (`file_codes`); their id is
    their own unless `old` or `retired` had it. A code in `retired` does not come back.
    """
    overlap = _overlap(old, new)
    matched = _matched(old, new, overlap)
    most = _more_than_half(old, overlap, matched)
    goes_on = {
        index: old.grids[source]
        for index, source in enumerate(matched)
        if most[index] and old.grids[source].code not in retired
    }
    taken = {grid.id for grid in old.grids} | {grid.code for grid in old.grids} | set(retired)
    grids = []
    for index, grid in enumerate(new.grids):
        if not grid.resident:
            grids.append(grid)
        elif index in goes_on:
            before = goes_on[index]
            grids.append(replace(grid, id=before.id, code=before.code, name=before.name))
        else:
            name = _temporary(grid.community, taken) if grid.id in taken or grid.code else grid.id
            taken.add(name)
            grids.append(replace(grid, id=name, code="", name=grid.name if name == grid.id else ""))
    return replace(new, grids=tuple(grids))


def prune(plan: Plan) -> Plan:
    """Return the plan without its resident grids that have no cells."""
    keep = np.array([not grid.resident for grid in plan.grids], bool)
    keep[plan.grid_of[plan.grid_of >= 0]] = True
    place = np.append(np.where(keep, np.cumsum(keep) - 1, -1), -1).astype(np.int32)
    grids = tuple(grid for grid, stays in zip(plan.grids, keep, strict=True) if stays)
    return replace(plan, grid_of=place[plan.grid_of], grids=grids)


def file_codes(plan: Plan, *, profile: Profile, retired: Collection[str] = ()) -> Plan:
    """Return the plan as it is filed: every grid with a code, which is its id too, and none empty.

    Grids without a code get the next free numbers of their community, in spatial order (west to east, then north to
    south) among themselves; so a first plan is numbered in spatial order. Numbers of `retired` codes are never used
    again. Raises LimitError when a community has no number left.
    """
    plan = prune(plan)
    used: dict[str, list[int]] = {}
    for code in [grid.code for grid in plan.grids] + list(retired):
        parsed = parse_grid_code(code, profile) if code else None
        if parsed:
            used.setdefault(parsed[0], []).append(parsed[1])
    grids = list(plan.grids)
    for community in dict.fromkeys(grid.community for grid in grids):
        fresh = [at for at, grid in enumerate(grids) if grid.community == community and not grid.code]
        numbers = used.setdefault(community, [])
        for at in (fresh[order] for order in _order(plan, fresh)):
            sequence = next_free(numbers, digits=profile.codes.grid_sequence_digits or 3)
            numbers.append(sequence)
            grids[at] = replace(grids[at], code=grid_code(community, sequence, profile))
    return replace(plan, grids=tuple(replace(grid, id=grid.code) for grid in grids))


@dataclass(frozen=True, eq=False)
class Difference:
    """Who changes grid, and with it the worker, between two plans.

    Each table says where from and where to: community, community_name, from_grid, to_grid (ids in the old and in the
    new plan; '' for no grid), their names, from_worker, to_worker ('' where nobody answers), worker_changes.

    - `table` has a row per pair of grids between which buildings move: households, unknown_buildings, buildings,
      compounds (with a building that moves).
    - `compounds` has a row per compound and pair of grids: compound, name, households, unknown_buildings, buildings,
      whole (all its buildings go the same way).
    - `addresses` has a row per building: building, address, name, compound (its name), households (missing: unknown).

    `totals`: grids_before, grids_after, grids_kept (matched), households, households_moved, households_kept,
    households_worker_changes, unknown_buildings_moved, buildings_moved, compounds_moved, buildings_gone, buildings_new
    (known to one only).
    """

    table: pd.DataFrame
    totals: Mapping[str, int]
    compounds: pd.DataFrame
    addresses: pd.DataFrame

    def __repr__(self) -> str:
        moved, all_households = self.totals["households_moved"], self.totals["households"]
        return f"<difference: {moved:,} of {all_households:,} households change grid>"


def diff(
    old: Plan, new: Plan, *, city: City | None = None, workers: Mapping[str, str] = MappingProxyType({})
) -> Difference:
    """Compare two plans building by building; a grid that is matched (`match`) is the same whatever its id.

    Addresses are those of `city`, which the plans are laid on. `workers` says who answers for a grid by its code; see
    `gridmap.plan.moves`.
    """
    found = moves(old, new, workers=workers)
    fabric = new.fabric
    moved = found.totals()
    totals = {
        "grids_before": sum(grid.resident for grid in old.grids),
        "grids_after": sum(grid.resident for grid in new.grids),
        "grids_kept": sum(bool(source >= 0 and old.grids[source].resident) for source in found.continues),
        "households": int(fabric.households.sum()),
        "households_moved": moved.pop("households_moved"),
        "households_kept": kept_households(old, new),
        **moved,
        "buildings_gone": sum(one not in fabric.cell_of for one in old.fabric.cell_ids[old.fabric.building >= 0]),
        "buildings_new": sum(one not in old.fabric.cell_of for one in fabric.cell_ids[fabric.building >= 0]),
    }
    return Difference(found.pairs(), totals, found.compounds(), found.addresses(city))


def moves(old: Plan, new: Plan, *, workers: Mapping[str, str] = MappingProxyType({})) -> Moves:
    """Return the cells of `new` that change grid; see `diff`."""
    was, cells = _old_grids(old, new)
    matched = _matched(old, new, _overlap(old, new))
    now = new.grid_of[cells]
    moved = (np.append(matched, -1)[now] != was) | ((now < 0) != (was < 0))
    return Moves(old, new, cells[moved], was[moved], now[moved], matched, workers)


def _old_grids(old: Plan, new: Plan) -> tuple[NDArray[np.int32], NDArray[np.intp]]:
    """Return the old grid of each cell of `new` that `old` knows, and those cells."""
    if old.fabric is new.fabric or np.array_equal(old.fabric.cell_ids, new.fabric.cell_ids):
        return old.grid_of, np.arange(len(new.fabric))
    of = old.fabric.cell_of
    source = np.array([of.get(one, -1) for one in new.fabric.cell_ids], np.intp)
    cells = np.flatnonzero(source >= 0)
    return old.grid_of[source[cells]], cells


def _overlap(old: Plan, new: Plan) -> _Overlap:
    was, cells = _old_grids(old, new)
    now = new.grid_of[cells]
    both = (was >= 0) & (now >= 0)
    shape = (len(old.grids), len(new.grids))
    pairs = (was[both].astype(np.int64), now[both].astype(np.int64))
    households = coo_array((new.fabric.households[cells[both]].astype(np.float64), pairs), shape=shape)
    cells_shared = coo_array((np.ones(len(pairs[0])), pairs), shape=shape)
    return _Overlap(households.tocsr(), cells_shared.tocsr())


def _matched(old: Plan, new: Plan, overlap: _Overlap) -> NDArray[np.int32]:
    matched = np.full(len(new.grids), -1, np.int32)
    # Households first, cells second: both are whole numbers, and the sums stay far below 2**53.
    weight = overlap.households * (overlap.cells.sum() + 1) + overlap.cells
    before = _by_community(old)
    for community, after in _by_community(new).items():
        rows = before.get(community, [])
        pairs = linear_sum_assignment((block := weight[rows][:, after].toarray()), maximize=True) if rows else ((), ())
        for row, column in zip(*pairs, strict=True):
            if block[row, column] > 0:
                matched[after[column]] = rows[row]
    for index, grid in enumerate(new.grids):
        source = old.index_of.get(grid.id, -1)
        if not grid.resident and source >= 0 and not old.grids[source].resident:
            matched[index] = source
    return matched


def _by_community(plan: Plan) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = {}
    for index, grid in enumerate(plan.grids):
        if grid.resident:
            groups.setdefault(grid.community, []).append(index)
    return groups


def _more_than_half(old: Plan, overlap: _Overlap, matched: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Return for each new grid whether it is matched and has most of the old one, bool[n_new]."""
    most = np.zeros(len(matched), np.bool_)
    new = np.flatnonzero(matched >= 0)
    if len(new):
        source = matched[new]
        cells = np.bincount(old.grid_of[old.grid_of >= 0], minlength=len(old.grids))[source]
        households = old.households[source]
        by_households = 2 * np.asarray(overlap.households[source, new]).ravel() > households
        by_cells = 2 * np.asarray(overlap.cells[source, new]).ravel() > cells
        most[new] = np.where(households > 0, by_households, by_cells)
    return most


def _temporary(community: str, taken: Collection[str]) -> str:
    number = 1
    while (name := f"{community}~{number}") in taken:
        number += 1
    return name


def _order(plan: Plan, grids: list[int]) -> list[int]:
    if not grids:
        return []
    points = shapely.centroid(plan.polygons()[grids])
    return [int(one) for one in spatial_order(shapely.get_x(points), shapely.get_y(points))]
