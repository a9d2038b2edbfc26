"""The atoms of the communities to redraw as tasks, and the way back from drawings to a plan."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.city.codes import spatial_order
from gridmap.plan import Atoms, Grid, Plan, atoms, carry_codes, expand, previous_labels
from gridmap.redraw.community import Drawing, Task
from gridmap.redraw.engine import Effort
from gridmap.redraw.exact.causes import Cause
from gridmap.redraw.problem import Ints, Problem, Weights, connected_parts
from gridmap.redraw.report import GridException

__all__ = ["Noted", "Pieces"]

Noted = tuple[GridException, NDArray[np.intp]]

TOUCH_M = 0.1
"""Special grids are kept as they were given, so their rims may miss those of the cells around them by a hair."""


@dataclass(frozen=True)
class Pieces:
    """The atoms of the communities to redraw, and the way back from them to a plan. Everything is linear in the cells.

    `whole` says of each atom which compound it should stay with where atoms are buildings, None where compounds are
    atoms.
    """

    plan: Plan
    rows: list[int]
    window: tuple[int, int]
    free: NDArray[np.bool_]
    atoms: Atoms
    previous: NDArray[np.int32]
    head: Ints
    whole: Ints | None = None

    @classmethod
    def of(
        cls,
        plan: Plan,
        rows: list[int],
        window: tuple[int, int],
        *,
        whole_compounds: bool = True,
    ) -> Pieces:
        """Return the atoms of the communities of some rows: whole compounds, or buildings that know theirs."""
        fabric = plan.fabric
        locked = np.array([grid.locked for grid in plan.grids] + [False], bool)[plan.grid_of]
        free = np.isin(fabric.community, rows) & (fabric.special < 0) & ~locked
        found = atoms(fabric, max_households=window[1], taken_out=~free, bridges=plan.bridges)
        compound_of = found.atom_of
        if not whole_compounds:
            found = atoms(fabric, max_households=0, taken_out=~free, bridges=plan.bridges)
        head = np.zeros(len(found), np.int64)
        cells = np.flatnonzero(found.atom_of >= 0)[::-1]
        head[found.atom_of[cells]] = cells
        whole = None if whole_compounds else compound_of[head].astype(np.int64)
        return cls(plan, rows, window, free, found, previous_labels(found, plan), head, whole)

    @cached_property
    def _atoms_by_row(self) -> tuple[Ints, Ints, Ints]:
        """Atoms by community, where each community begins, and the place of each atom in its community."""
        community = self.atoms.community
        order = np.argsort(community, kind="stable")
        begin = np.searchsorted(community[order], np.arange(len(self.plan.fabric.community_codes) + 1))
        place = np.empty(len(order), np.int64)
        place[order] = np.arange(len(order)) - begin[community[order]]
        return order, begin, place

    @cached_property
    def _edges_by_row(self) -> tuple[Ints, Ints]:
        return _grouped(self.atoms.community[self.atoms.i], len(self.plan.fabric.community_codes))

    @cached_property
    def _cells_by_row(self) -> tuple[Ints, Ints]:
        return _grouped(self.plan.fabric.community, len(self.plan.fabric.community_codes))

    @cached_property
    def _sizes(self) -> Ints:
        """The cells of each atom."""
        found = self.atoms
        return np.bincount(found.atom_of[found.atom_of >= 0], minlength=len(found))

    def members(self, row: int) -> Ints:
        """Return the atoms of a community."""
        order, begin, _ = self._atoms_by_row
        return order[begin[row] : begin[row + 1]]

    def cells(self, row: int) -> Ints:
        """Return the cells of a community."""
        order, begin = self._cells_by_row
        return order[begin[row] : begin[row + 1]]

    def task(self, row: int, *, keep_count: bool, weights: Weights, seed: int, effort: Effort) -> Task:
        """Return the task of one community."""
        found, fabric = self.atoms, self.plan.fabric
        here, place = self.members(row), self._atoms_by_row[2]
        order, begin = self._edges_by_row
        edges = order[begin[row] : begin[row + 1]]
        grids, previous = self._present(row, here, keep_count=keep_count)
        compound = found.compound[here]
        shared = found.shared_m[edges]
        i, j = place[found.i[edges]], place[found.j[edges]]
        code = str(fabric.community_codes[row])
        problem = Problem(
            households=found.households[here],
            area_m2=found.area_m2[here],
            outer_m=found.outer_m[here],
            i=i,
            j=j,
            shared_m=shared,
            barrier_m=found.barrier_m[edges],
            # A border between compounds runs along the wall of one.
            street_m=np.where(compound[i] != compound[j], shared, found.street_m[edges]),
            previous=previous,
            lo=self.window[0],
            hi=self.window[1],
            grids=grids,
            weights=weights,
            compound=None if self.whole is None else self.whole[here],
        )
        # A hash of Python's own differs from run to run.
        digest = hashlib.blake2b(f"{seed}/{code}".encode(), digest_size=7).digest()
        return Task(code, problem, self._names(here), self._cut_off(row, problem, here), int.from_bytes(digest), effort)

    def asked(self, task: Task, row: int, grids: Mapping[str, int], work: NDArray[np.float64] | None) -> Task:
        """Return a task with the number of grids wished for its community, and with the work of its atoms."""
        plan, found, problem = self.plan, self.atoms, task.problem
        if task.code in grids:
            locked = sum(grid.resident and grid.locked and grid.community == task.code for grid in plan.grids)
            problem = replace(problem, grids=max(1, grids[task.code] - locked))
        if work is not None:
            cells, place = self.cells(row), self._atoms_by_row[2]
            inside = cells[found.atom_of[cells] >= 0]
            sums = np.bincount(place[found.atom_of[inside]], work[inside], problem.size)
            problem = replace(problem, work=sums.astype(np.float64))
        return replace(task, problem=problem)

    def _present(self, row: int, here: Ints, *, keep_count: bool) -> tuple[int | None, Ints]:
        """Return the wished number of grids and the previous zone of each atom."""
        plan = self.plan
        cells = self.cells(row)
        cells = cells[(self.atoms.atom_of[cells] >= 0) & (plan.grid_of[cells] >= 0)]
        used = np.unique(plan.grid_of[cells])
        if len(used) == 0:
            return None, np.full(len(here), -1, np.int64)
        if len(used) == 1 and not plan.grids[used[0]].code and plan.households[used[0]] > self.window[1]:
            # A community that nobody has divided yet is one grid without a code.
            return None, np.full(len(here), -1, np.int64)
        was = self.previous[here]
        previous = np.where(was >= 0, np.searchsorted(used, was), -1).astype(np.int64)
        return len(used) if keep_count else None, previous

    def _names(self, here: Ints) -> tuple[str, ...]:
        """Name atoms for reasons: a compound that is kept whole, or a building."""
        fabric, found = self.plan.fabric, self.atoms
        size = self._sizes
        names = []
        for atom in here.tolist():
            compound = found.compound[atom]
            if compound >= 0 and size[atom] > 1:
                names.append(f"compound {fabric.compound_names[compound] or fabric.compound_ids[compound]}")
            else:
                names.append(f"building {fabric.cell_ids[self.head[atom]]}")
        return tuple(names)

    def _cut_off(self, row: int, problem: Problem, here: Ints) -> tuple[str, ...]:
        """Say for each atom what cuts its part of the community off: special and locked grids that it borders on."""
        part = connected_parts(problem)
        if not len(part) or part.max() == 0:
            return ("",) * len(here)
        fabric, plan = self.plan.fabric, self.plan
        cells = self.cells(row)
        fixed = np.unique(plan.grid_of[cells[~self.free[cells] & (plan.grid_of[cells] >= 0)]])
        shapes = plan.polygons()[fixed] if len(fixed) else np.empty(0, object)
        cells = cells[self.atoms.atom_of[cells] >= 0]
        part_of_cell = part[self._atoms_by_row[2][self.atoms.atom_of[cells]]]
        causes = []
        for number in range(int(part.max()) + 1):
            tree = shapely.STRtree(fabric.polygons[cells[part_of_cell == number]])
            near = np.unique(tree.query(shapes, predicate="dwithin", distance=TOUCH_M)[0])
            names = [f"{'locked' if plan.grids[g].locked else 'special'} grid {plan.grids[g].id}" for g in fixed[near]]
            causes.append(f"it is cut off by {', '.join(names)}" if names else "it is an island")
        return tuple(causes[p] for p in part)

    def bounds(self, drawings: list[Drawing]) -> dict[int, tuple[int, int]]:
        """Return the fewest and the most grids of each row, those that stay included."""
        plan = self.plan
        drawn = np.bincount(plan.grid_of[plan.grid_of >= 0], minlength=len(plan.grids)) > 0
        stays = (g.community for g, some in zip(plan.grids, drawn, strict=True) if g.resident and g.locked and some)
        held = Counter(stays)
        stay = [held[str(self.plan.fabric.community_codes[row])] for row in self.rows]
        return {
            row: (drawing.bounds[0] + more, drawing.bounds[1] + more)
            for row, drawing, more in zip(self.rows, drawings, stay, strict=True)
        }

    def joined(self, drawings: list[Drawing]) -> tuple[Plan, dict[int, list[Noted]]]:
        """Return the new plan and the exceptions of each row, with the cells that their proofs are about."""
        plan, fabric = self.plan, self.plan.fabric
        base = np.where(self.free, -1, plan.grid_of)
        held = np.unique(base[base >= 0])
        stays = np.array([not grid.resident or grid.locked for grid in plan.grids], bool)
        codes = {str(fabric.community_codes[row]) for row in self.rows}
        stays |= np.array([grid.community not in codes for grid in plan.grids], bool)
        stays[held] = True
        place = np.append(np.where(stays, np.cumsum(stays) - 1, -1), -1)
        grids = [grid for grid, stay in zip(plan.grids, stays, strict=True) if stay]
        untouched = len(grids)
        labels = np.full(len(self.atoms), -1, np.int64)
        notes: list[tuple[int, int | None, Cause]] = []
        taken = {grid.id for grid in grids}
        for row, drawing in zip(self.rows, drawings, strict=True):
            here = self.members(row)
            rank = self._order(row, drawing.labels)
            names = _fresh(str(fabric.community_codes[row]), len(rank), taken)
            labels[here] = np.where(drawing.labels >= 0, len(grids) + np.append(rank, -1)[drawing.labels], -1)
            notes += [(row, len(grids) + int(rank[zone]), cause) for zone, cause in drawing.reasons.items()]
            notes += [(row, None, cause) for cause in drawing.without]
            grids += [Grid(name, "", "resident", str(fabric.community_codes[row])) for name in names]
        grid_of = expand(self.atoms, labels, base=place[base].astype(np.int32))
        drawn = replace(plan, grid_of=grid_of, grids=tuple(grids))
        carried = carry_codes(plan, drawn)
        new = replace(carried, grids=(*grids[:untouched], *carried.grids[untouched:]))
        return new, self._exceptions(new, notes)

    def _order(self, row: int, labels: Ints) -> Ints:
        """Return the rank of each zone from west to east, then north to south."""
        count = int(labels.max()) + 1 if len(labels) else 0
        fabric, found = self.plan.fabric, self.atoms
        cells = self.cells(row)
        cells = cells[found.atom_of[cells] >= 0]
        zone = labels[self._atoms_by_row[2][found.atom_of[cells]]]
        cells, zone = cells[zone >= 0], zone[zone >= 0]
        weight = np.maximum(np.bincount(zone, fabric.area_m2[cells], count), 1e-9)
        middle = [
            np.bincount(zone, fabric.area_m2[cells] * values[cells], count) / weight for values in (fabric.x, fabric.y)
        ]
        rank = np.empty(count, np.int64)
        rank[spatial_order(*middle)] = np.arange(count)
        return rank

    def _exceptions(self, new: Plan, notes: list[tuple[int, int | None, Cause]]) -> dict[int, list[Noted]]:
        low, high = self.window
        exceptions: dict[int, list[Noted]] = {row: [] for row in self.rows}
        for row, index, cause in notes:
            cells = self.cells(row)
            cells = cells[np.isin(self.atoms.atom_of[cells], self.members(row)[list(cause.atoms)])]
            name, households = (None, 0) if index is None else (new.grids[index].id, int(new.households[index]))
            exceptions[row].append((GridException(name, households, cause.reason, cause.kind, cause.proof), cells))
        rows = {str(self.plan.fabric.community_codes[row]): row for row in self.rows}
        for index, grid in enumerate(new.grids):
            households = int(new.households[index])
            if not (grid.resident and grid.locked and grid.community in rows) or low <= households <= high:
                continue
            cells = new.cells_of(grid.id)
            if len(cells):
                found = GridException(grid.id, households, "the grid is locked", "locked", {"households": households})
                exceptions[rows[grid.community]].append((found, cells))
        return exceptions


def _fresh(community: str, count: int, taken: set[str]) -> list[str]:
    """Return temporary ids that no grid has; adds them to `taken`."""
    names: list[str] = []
    number = 0
    while len(names) < count:
        number += 1
        name = f"{community}~{number}"
        if name not in taken:
            names.append(name)
    taken.update(names)
    return names


def _grouped(group: NDArray[np.int32], groups: int) -> tuple[Ints, Ints]:
    """Return the items by group, in order, and where each group begins."""
    order = np.argsort(group, kind="stable").astype(np.int64)
    return order, np.searchsorted(group[order], np.arange(groups + 1)).astype(np.int64)
