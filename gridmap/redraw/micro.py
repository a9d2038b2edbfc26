"""Micro grids 微网格: each grid of a plan divided once more, into the smaller ranges that building heads look after."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.city.codes import spatial_order
from gridmap.errors import InputError, LimitError
from gridmap.plan import Plan, polsby_popper, window_limits
from gridmap.redraw.engine import Effort, solve
from gridmap.redraw.problem import Ints, Problem, attach_empty, connected_parts, contracted, part_of
from gridmap.redraw.region import Region, region

if TYPE_CHECKING:
    from geopandas import GeoDataFrame
    from pandas import DataFrame

__all__ = ["MicroGrid", "MicroGrids", "micro_grids"]

EFFORT = Effort(more_seeds=2, counts=3)
"""A grid has a dozen buildings, and there are hundreds of grids: what a few tries do not find is mostly not there."""

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class MicroGrid:
    """A micro grid: `code` is its grid's code (or id) and a sequence. `reason` says why it is out of range, else ''."""

    code: str
    grid: str
    community: str
    households: int
    buildings: int
    reason: str = ""


@dataclass(frozen=True, eq=False)
class MicroGrids:
    """The micro grids of some grids of a plan.

    `micro_of` is int32[n_cells], the index into `micro_grids` of each cell, −1 where no grid was divided.
    `window` is the range of households, `without` are grids that have none because no household is known in them.
    """

    plan: Plan
    window: tuple[int, int]
    micro_of: NDArray[np.int32]
    micro_grids: tuple[MicroGrid, ...]
    without: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.micro_grids)

    @property
    def in_range(self) -> int:
        """How many have as many households as they should."""
        low, high = self.window
        return sum(low <= one.households <= high for one in self.micro_grids)

    def __repr__(self) -> str:
        low, high = self.window
        return f"<micro grids: {self.in_range} of {len(self)} have {low}–{high} households>"

    def polygons(self) -> NDArray[np.object_]:
        """Return the extent of each, object[n]: unions of cells, seamless and without overlap within a grid."""
        return self._polygons.copy()

    @cached_property
    def _polygons(self) -> NDArray[np.object_]:
        order = np.argsort(self.micro_of, kind="stable")
        ends = np.searchsorted(self.micro_of[order], np.arange(len(self) + 1))
        shapes = np.empty(len(self), object)
        for index in range(len(self)):
            shapes[index] = shapely.coverage_union_all(self.plan.fabric.polygons[order[ends[index] : ends[index + 1]]])
        return shapes

    @cached_property
    def table(self) -> DataFrame:
        """A row each: code, grid, community, households, buildings, area_m2, polsby_popper, status, reason."""
        import pandas as pd

        low, high = self.window
        shapes = self._polygons
        area = shapely.area(shapes)
        households = np.array([one.households for one in self.micro_grids], np.int64)
        return pd.DataFrame(
            {
                "code": [one.code for one in self.micro_grids],
                "grid": [one.grid for one in self.micro_grids],
                "community": [one.community for one in self.micro_grids],
                "households": households,
                "buildings": [one.buildings for one in self.micro_grids],
                "area_m2": area,
                "polsby_popper": polsby_popper(area, shapely.length(shapes)),
                "status": np.select([households < low, households > high], ["under", "over"], "in_range"),
                "reason": [one.reason for one in self.micro_grids],
            }
        )

    def frame(self) -> GeoDataFrame:
        """Return the table with the extents as a layer in the city's frame."""
        import geopandas as gpd

        return gpd.GeoDataFrame(self.table, geometry=self._polygons, crs=self.plan.fabric.frame.crs)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values: `micro_grids`, `totals` and `without`."""
        low, high = self.window
        totals = {"micro_grids": len(self), "in_range": self.in_range, "min_households": low, "max_households": high}
        return {
            "micro_grids": self.table.to_dict("records"),
            "totals": {**totals, "households": sum(one.households for one in self.micro_grids)},
            "without": list(self.without),
        }

    def _repr_html_(self) -> str:
        html: str = self.table.round(3).to_html(index=False, max_rows=20)
        return html


def micro_grids(
    plan: Plan,
    grids: Sequence[str] | None = None,
    *,
    min_households: int,
    max_households: int,
    digits: int = 2,
    seed: int = 0,
    effort: Effort | None = None,
    progress: Progress | None = None,
) -> MicroGrids:
    """Divide resident grids (ids, all of them if None) into connected micro grids within a range of households.

    No micro grid leaves its grid; a compound that could be one is kept whole. Their codes are that of the grid, its id
    while it has none, and a sequence of `digits` digits, numbered as grids are. Deterministic for a seed. Each one out
    of range is told with a reason. Raises InputError: window-invalid, grid-unknown, grid-special; LimitError where a
    grid has more than the digits can number.
    """
    window = window_limits((min_households, max_households))
    micro_of = np.full(len(plan.fabric), -1, np.int32)
    made: list[MicroGrid] = []
    without: list[str] = []
    places = _asked(plan, grids)
    for done, place in enumerate(places, start=1):
        grid = plan.grids[place]
        here = region(plan, [place], window=window)
        if here.problem.total == 0:
            without.append(grid.id)
        else:
            labels, reasons = _divided(here, grid.id, seed, effort or EFFORT)
            order = _order(here, labels)
            labels = np.argsort(order)[labels]
            micro_of[here.cells] = len(made) + labels
            made += _named(here, labels, [reasons.get(int(zone), "") for zone in order], digits)
        if progress is not None:
            progress(grid.id, done, len(places))
    return MicroGrids(plan, window, micro_of, tuple(made), tuple(without))


def _asked(plan: Plan, grids: Sequence[str] | None) -> list[int]:
    if grids is None:
        return [at for at, grid in enumerate(plan.grids) if grid.resident and plan.parts[at]]
    places = list(dict.fromkeys(plan.position(one) for one in grids))
    for place in places:
        if not plan.grids[place].resident:
            raise InputError(
                "grid-special", f"Grid {plan.grids[place].id} is a special grid, which has no micro grids.", ""
            )
    return [place for place in places if plan.parts[place]]


def _divided(here: Region, name: str, seed: int, effort: Effort) -> tuple[Ints, dict[int, str]]:
    """Return the micro grid of each cell of a grid, and the reason for each that is out of range."""
    problem = here.problem
    same = (here.compound[problem.i] == here.compound[problem.j]) & (here.compound[problem.i] >= 0)
    atom = connected_parts(problem, same)
    small = _undrawn(contracted(problem, atom))
    joined = attach_empty(small)
    small, atom = contracted(small, joined), joined[atom]
    digest = int.from_bytes(hashlib.blake2b(f"{seed}/{name}".encode(), digest_size=7).digest())
    part, labels, reasons, used = connected_parts(small), np.full(small.size, -1, np.int64), {}, 0
    for number in range(int(part.max()) + 1):
        members = np.flatnonzero(part == number)
        piece = part_of(small, members)
        zones = solve(piece, seed=digest + number, effort=effort).labels
        labels[members] = zones + used
        for zone in range(int(zones.max()) + 1):
            reason = _reason(piece, zones, zone)
            if reason:
                reasons[used + zone] = reason
        used += int(zones.max()) + 1
    return labels[atom], reasons


def _undrawn(problem: Problem) -> Problem:
    return replace(problem, previous=np.full(problem.size, -1, np.int64), grids=None)


def _reason(piece: Problem, zones: Ints, zone: int) -> str:
    """Say why a micro grid is out of range, '' where it is not."""
    inside = zones == zone
    households, biggest = int(piece.households[inside].sum()), int(piece.households[inside].max())
    if piece.lo <= households <= piece.hi:
        return ""
    if biggest > piece.hi:
        return f"a building of {biggest} households is larger than {piece.hi}"
    if piece.total < piece.lo:
        return f"the grid, or a part of it, has {piece.total} households, fewer than {piece.lo}"
    return f"no division of {piece.total} households into {piece.lo}–{piece.hi} was found"


def _order(here: Region, labels: Ints) -> Ints:
    """Return the zones in the order of their numbers: rows from north to south, in each from west to east."""
    fabric, area = here.plan.fabric, here.problem.area_m2
    whole = np.maximum(np.bincount(labels, area), 1e-9)
    x, y = (np.bincount(labels, area * values[here.cells]) / whole for values in (fabric.x, fabric.y))
    return spatial_order(x, y).astype(np.int64)


def _named(here: Region, labels: Ints, reasons: list[str], digits: int) -> list[MicroGrid]:
    grid = here.plan.grids[here.grids[0]]
    if len(reasons) >= 10**digits:
        raise LimitError(
            "sequence-too-large",
            f"Grid {grid.id} would have {len(reasons)} micro grids, more than {digits} digits can number.",
            "Divide the grid first, or give the profile more digits.",
        )
    households = np.bincount(labels, here.problem.households, len(reasons)).astype(np.int64)
    buildings = np.bincount(labels, here.plan.fabric.building[here.cells] >= 0, len(reasons)).astype(np.int64)
    return [
        MicroGrid(
            code=f"{grid.code or f'{grid.id}-'}{number + 1:0{digits}d}",
            grid=grid.id,
            community=grid.community,
            households=int(households[number]),
            buildings=int(buildings[number]),
            reason=reason,
        )
        for number, reason in enumerate(reasons)
    ]
