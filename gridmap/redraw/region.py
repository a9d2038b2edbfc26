"""A part of a plan as a problem: some grids of one community, cell by cell, without the rest of the city."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from gridmap.plan import Plan
from gridmap.redraw.problem import Ints, Problem, Weights, breaks, score

__all__ = ["Region", "free_grids", "neighbours", "region"]


@dataclass(frozen=True, eq=False)
class Region:
    """Grids of one community with their cells.

    `grids` are positions in `plan.grids`, ascending; `cells` int64[n] are their cells, ascending. `problem` has one
    atom a cell, and as `previous` the place of its grid in `grids`. `window` is the range of households.
    """

    plan: Plan
    window: tuple[int, int]
    grids: Ints
    cells: Ints
    problem: Problem

    @property
    def labels(self) -> Ints:
        """The place in `grids` of the grid that each cell is in, int64[n]."""
        return self.problem.previous

    @cached_property
    def compound(self) -> Ints:
        """The compound of each cell, int64[n]; −1 for none, and for one too large to be one grid."""
        fabric = self.plan.fabric
        compound = fabric.compound[self.cells].astype(np.int64)
        row = fabric.community[self.cells[0]] if len(self.cells) else -1
        around = (fabric.community == row) & (fabric.special < 0) & (fabric.compound >= 0)
        sums = np.bincount(fabric.compound[around], fabric.households[around], len(fabric.compound_ids) + 1)
        return np.where(sums[compound] <= self.window[1], compound, -1)

    @cached_property
    def _outside(self) -> Ints:
        """Compounds with a cell in a resident grid that is not of this region."""
        fabric, plan = self.plan.fabric, self.plan
        row = fabric.community[self.cells[0]] if len(self.cells) else -1
        rest = (fabric.community == row) & (fabric.special < 0) & (fabric.compound >= 0) & (plan.grid_of >= 0)
        rest[self.cells] = False
        return np.unique(fabric.compound[rest]).astype(np.int64)

    def split(self, labels: Ints) -> int:
        """Count the compounds with a cell here that a labelling leaves in several grids though one could hold them."""
        whole = self.compound >= 0
        pairs = np.unique(np.stack([self.compound[whole], labels[whole]]), axis=1)
        names, times = np.unique(pairs[0], return_counts=True)
        return int(np.count_nonzero((times > 1) | np.isin(names, self._outside)))

    def moved(self, labels: Ints) -> int:
        """Count the households that leave their grid."""
        return int(self.problem.households[labels != self.labels].sum())

    def rank(self, labels: Ints) -> tuple[int, int, int, int, int, float]:
        """Return what a labelling is compared by: parts too many, range, crossings, compounds split, all that is soft.

        Zones keep their names: what is soft counts households that leave the grid with the same place in `grids`.
        """
        used = np.unique(labels, return_inverse=True)[1].astype(np.int64)
        weights = self.problem.weights
        price = score(replace(self.problem, weights=replace(weights, staying=0.0)), used)
        goal = max(1.0, self.problem.total / max(1, len(self.grids)))
        # A grid that was emptied is no grid, and nobody is to empty one more.
        empty = len(self.grids) - int(used.max(initial=-1)) - 1
        return (
            breaks(self.problem, used),
            price.out + empty,
            price.households_out + empty * self.window[0],
            price.crossings,
            self.split(labels),
            price.soft + weights.staying * self.moved(labels) / goal,
        )

    def drawn(self, labels: Ints) -> Plan:
        """Return the plan with other grids for the cells here."""
        grid_of = self.plan.grid_of.copy()
        grid_of[self.cells] = self.grids[labels]
        return replace(self.plan, grid_of=grid_of)


def free_grids(plan: Plan, row: int) -> NDArray[np.bool_]:
    """Return which grids a redrawing of a community (row of the fabric) may change, bool[n_grids]."""
    code = str(plan.fabric.community_codes[row])
    return np.array([grid.resident and not grid.locked and grid.community == code for grid in plan.grids], np.bool_)


def neighbours(plan: Plan, grids: Iterable[int], *, among: NDArray[np.bool_]) -> Ints:
    """Return the grids that touch some grids, or share a compound with them, and these; only those `among`."""
    fabric = plan.fabric
    chosen = np.zeros(len(plan.grids) + 1, np.bool_)
    chosen[list(grids)] = True
    allowed = np.append(among, False)
    extra = np.array(plan.bridges, np.int64).reshape(-1, 2)
    one, other = plan.grid_of[np.append(fabric.i, extra[:, 0])], plan.grid_of[np.append(fabric.j, extra[:, 1])]
    reached = chosen.copy()
    reached[other[chosen[one]]] = True
    reached[one[chosen[other]]] = True
    inside = np.flatnonzero(chosen[plan.grid_of] & (fabric.compound >= 0))
    kin = np.isin(fabric.compound, fabric.compound[inside]) & (fabric.compound >= 0)
    reached[plan.grid_of[kin]] = True
    return np.flatnonzero(reached & allowed).astype(np.int64)


def region(plan: Plan, grids: Iterable[int], *, window: tuple[int, int], weights: Weights | None = None) -> Region:
    """Return some grids of one community as a region. O(cells of the city) in plain array passes."""
    fabric = plan.fabric
    places = np.unique(np.array(list(grids), np.int64))
    place = np.full(len(plan.grids) + 1, -1, np.int64)
    place[places] = np.arange(len(places))
    label = place[plan.grid_of]
    cells = np.flatnonzero(label >= 0)
    at = np.full(len(fabric), -1, np.int64)
    at[cells] = np.arange(len(cells))
    edges = np.flatnonzero((label[fabric.i] >= 0) & (label[fabric.j] >= 0))
    bridges = [pair for pair in plan.bridges if at[pair[0]] >= 0 and at[pair[1]] >= 0]
    extra, none = np.array(bridges, np.int64).reshape(-1, 2), np.zeros(len(bridges))
    i, j = at[np.append(fabric.i[edges], extra[:, 0])], at[np.append(fabric.j[edges], extra[:, 1])]
    shared = fabric.shared_m[edges]
    touched = np.bincount(i[: len(edges)], shared, len(cells)) + np.bincount(j[: len(edges)], shared, len(cells))
    problem = Problem(
        households=fabric.households[cells],
        area_m2=fabric.area_m2[cells],
        outer_m=np.maximum(fabric.perimeter_m[cells] - touched, 0.0),
        i=np.minimum(i, j),
        j=np.maximum(i, j),
        shared_m=np.append(shared, none),
        barrier_m=np.append(fabric.barrier_m[edges], none),
        street_m=np.append(fabric.street_m[edges], none),
        previous=label[cells],
        lo=window[0],
        hi=window[1],
        grids=len(places),
        weights=weights or Weights(),
    )
    return Region(plan, window, places, cells, problem)
