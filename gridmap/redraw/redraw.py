"""Redraw the grids of a plan: communities in, a new plan and its reports out."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.city.codes import spatial_order
from gridmap.errors import InputError
from gridmap.plan import Atoms, Grid, Plan, atoms, carry_codes, expand, previous_labels, window_limits
from gridmap.redraw.community import Drawing, Task, draw
from gridmap.redraw.engine import Effort
from gridmap.redraw.exact.causes import Cause
from gridmap.redraw.problem import Ints, Problem, Weights, connected_parts
from gridmap.redraw.report import GridException, Redrawn, reports

__all__ = ["redraw"]

Progress = Callable[[str, int, int], None]
Noted = tuple[GridException, NDArray[np.intp]]

TOUCH_M = 0.1
"""Special grids are kept as they were given, so their rims may miss those of the cells around them by a hair."""


class Executor(Protocol):
    """Anything with the `map` of `concurrent.futures.Executor`."""

    def map(self, fn: Callable[[Task], Drawing], tasks: Iterable[Task], /) -> Iterable[Drawing]:
        """Return fn of each task, in order."""


def redraw(
    plan: Plan,
    *,
    min_households: int,
    max_households: int,
    communities: Sequence[str] | None = None,
    seed: int = 0,
    keep_count: bool = True,
    grids: Mapping[str, int] | None = None,
    work: NDArray[np.float64] | None = None,
    weights: Weights | None = None,
    effort: Effort | None = None,
    certificates: bool = False,
    progress: Progress | None = None,
    executor: Executor | None = None,
) -> Redrawn:
    """Divide communities into contiguous grids of `min_households` to `max_households`, compact and near the plan.

    `communities` are codes, None for all; the others, locked grids and special grids stay exactly as they are. Each
    community keeps its number of grids with `keep_count`, unless that is infeasible or no division of that number is
    found: then it gets the nearest feasible number. `grids` wishes another number for some communities, by code, locked
    grids counted. `work` float64[n_cells] is what each building asks of a grid worker, its households if None;
    `weights.workload` says how much it counts that all grids have alike. Whole compounds of at most `max_households`
    stay in one grid. Grids that go on keep their code; the others have temporary ids until the plan is filed. The same
    seed gives the same plan, whatever the order of communities and the `executor` (its `map` gets one task a
    community). With `certificates` the solver is asked to prove each grid out of range, and changes that would help are
    tried: these are in the report. Raises InputError for an impossible window, wish or work and for an unknown
    community; what cannot be in range is reported, never raised.
    """
    begin = time.perf_counter()
    window = window_limits((min_households, max_households))
    rows = _rows(plan, communities)
    _require_wishes(plan, grids or {}, work)
    pieces = _Pieces.of(plan, rows, window)
    tasks = [
        pieces.task(row, keep_count=keep_count, weights=weights or Weights(), seed=seed, effort=effort or Effort())
        for row in rows
    ]
    tasks = [pieces.asked(task, row, grids or {}, work) for task, row in zip(tasks, rows, strict=True)]
    tasks = [replace(task, certify=certificates) for task in tasks]
    drawings: list[Drawing] = []
    for done, drawing in enumerate(map(draw, tasks) if executor is None else executor.map(draw, tasks), start=1):
        drawings.append(drawing)
        if progress is not None:
            progress(tasks[done - 1].code, done, len(tasks))
    new, noted = pieces.joined(drawings)
    if certificates:
        from gridmap.redraw.exact.fixes import with_fixes

        noted = with_fixes(plan, new, noted, window=window, seed=seed, keep_count=keep_count, redraw=redraw)
    seconds = {row: drawing.seconds for row, drawing in zip(rows, drawings, strict=True)}
    communities_done, totals = reports(
        plan,
        new,
        rows,
        window=window,
        exceptions={row: [exception for exception, _ in found] for row, found in noted.items()},
        bounds=pieces.bounds(drawings),
        seconds=seconds,
        total_seconds=time.perf_counter() - begin,
    )
    return Redrawn(new, communities_done, totals)


def _rows(plan: Plan, communities: Sequence[str] | None) -> list[int]:
    codes = {code: row for row, code in enumerate(plan.fabric.community_codes)}
    if communities is None:
        return list(range(len(codes)))
    unknown = [code for code in communities if code not in codes]
    if unknown:
        raise InputError(
            "community-unknown", f"There is no community {unknown[0]!r}.", "Use a code of the layer communities."
        )
    return sorted({codes[code] for code in communities})


def _require_wishes(plan: Plan, grids: Mapping[str, int], work: NDArray[np.float64] | None) -> None:
    _rows(plan, list(grids))
    for code, count in grids.items():
        if count < 1:
            raise InputError("grids-none", f"Community {code} cannot have {count} grids.", "Wish for 1 or more.")
    if work is not None and (work.shape != (len(plan.fabric),) or not np.isfinite(work).all() or (work < 0).any()):
        raise InputError("work-shape", "The work is not one number of 0 or more a building.", "See plan.workload.")


@dataclass(frozen=True)
class _Pieces:
    """The atoms of the communities to redraw, and the way back from them to a plan."""

    plan: Plan
    rows: list[int]
    window: tuple[int, int]
    free: NDArray[np.bool_]
    atoms: Atoms
    previous: NDArray[np.int32]
    head: Ints

    @classmethod
    def of(cls, plan: Plan, rows: list[int], window: tuple[int, int]) -> _Pieces:
        fabric = plan.fabric
        locked = np.array([grid.locked for grid in plan.grids] + [False], bool)[plan.grid_of]
        free = np.isin(fabric.community, rows) & (fabric.special < 0) & ~locked
        found = atoms(fabric, max_households=window[1], taken_out=~free, bridges=plan.bridges)
        head = np.zeros(len(found), np.int64)
        cells = np.flatnonzero(found.atom_of >= 0)[::-1]
        head[found.atom_of[cells]] = cells
        return cls(plan, rows, window, free, found, previous_labels(found, plan), head)

    def task(self, row: int, *, keep_count: bool, weights: Weights, seed: int, effort: Effort) -> Task:
        """Return the task of one community."""
        found, fabric = self.atoms, self.plan.fabric
        here = np.flatnonzero(found.community == row)
        place = np.full(len(found), -1, np.int64)
        place[here] = np.arange(len(here))
        edges = place[found.i] >= 0
        grids, previous = self._present(here, keep_count=keep_count)
        code = str(fabric.community_codes[row])
        problem = Problem(
            households=found.households[here],
            area_m2=found.area_m2[here],
            outer_m=found.outer_m[here],
            i=place[found.i[edges]],
            j=place[found.j[edges]],
            shared_m=found.shared_m[edges],
            barrier_m=found.barrier_m[edges],
            street_m=found.street_m[edges],
            previous=previous,
            lo=self.window[0],
            hi=self.window[1],
            grids=grids,
            weights=weights,
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
            inside = found.atom_of >= 0
            sums = np.bincount(found.atom_of[inside], work[inside], len(found)).astype(np.float64)
            problem = replace(problem, work=sums[found.community == row])
        return replace(task, problem=problem)

    def _present(self, here: Ints, *, keep_count: bool) -> tuple[int | None, Ints]:
        """Return the wished number of grids and the previous zone of each atom."""
        plan = self.plan
        cells = np.isin(self.atoms.atom_of, here) & (plan.grid_of >= 0)
        used = np.unique(plan.grid_of[cells])
        if len(used) == 0:
            return None, np.full(len(here), -1, np.int64)
        if len(used) == 1 and not plan.grids[used[0]].code and plan.households[used[0]] > self.window[1]:
            # A community that nobody has divided yet is one grid without a code.
            return None, np.full(len(here), -1, np.int64)
        place = np.append(np.full(len(plan.grids), -1, np.int64), -1)
        place[used] = np.arange(len(used))
        return len(used) if keep_count else None, place[self.previous[here]]

    def _names(self, here: Ints) -> tuple[str, ...]:
        """Name atoms for reasons: a compound that is kept whole, or a building."""
        fabric, found = self.plan.fabric, self.atoms
        size = np.bincount(found.atom_of[found.atom_of >= 0], minlength=len(found))
        names = []
        for atom in here:
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
        fixed = np.unique(plan.grid_of[(fabric.community == row) & ~self.free & (plan.grid_of >= 0)])
        shapes = plan.polygons()[fixed] if len(fixed) else np.empty(0, object)
        part_of_cell = np.full(len(self.atoms), -1, np.int64)
        part_of_cell[here] = part
        part_of_cell = np.append(part_of_cell, -1)[self.atoms.atom_of]
        causes = []
        for number in range(int(part.max()) + 1):
            tree = shapely.STRtree(fabric.polygons[part_of_cell == number])
            near = np.unique(tree.query(shapes, predicate="dwithin", distance=TOUCH_M)[0])
            names = [f"{'locked' if plan.grids[g].locked else 'special'} grid {plan.grids[g].id}" for g in fixed[near]]
            causes.append(f"it is cut off by {', '.join(names)}" if names else "it is an island")
        return tuple(causes[p] for p in part)

    def bounds(self, drawings: list[Drawing]) -> dict[int, tuple[int, int]]:
        """Return the fewest and the most grids of each row, those that stay included."""
        plan = self.plan
        drawn = np.bincount(plan.grid_of[plan.grid_of >= 0], minlength=len(plan.grids)) > 0
        held = [g.community for g, some in zip(plan.grids, drawn, strict=True) if g.resident and g.locked and some]
        stay = [held.count(str(self.plan.fabric.community_codes[row])) for row in self.rows]
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
            here = np.flatnonzero(self.atoms.community == row)
            rank = self._order(here, drawing.labels)
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

    def _order(self, here: Ints, labels: Ints) -> Ints:
        """Return the rank of each zone from west to east, then north to south."""
        count = int(labels.max()) + 1 if len(labels) else 0
        fabric, found = self.plan.fabric, self.atoms
        place = np.full(len(found), -1, np.int64)
        place[here] = labels
        zone = np.append(place, -1)[found.atom_of]
        cells = np.flatnonzero(zone >= 0)
        weight = np.maximum(np.bincount(zone[cells], fabric.area_m2[cells], count), 1e-9)
        middle = [
            np.bincount(zone[cells], fabric.area_m2[cells] * values[cells], count) / weight
            for values in (fabric.x, fabric.y)
        ]
        rank = np.empty(count, np.int64)
        rank[spatial_order(*middle)] = np.arange(count)
        return rank

    def _exceptions(self, new: Plan, notes: list[tuple[int, int | None, Cause]]) -> dict[int, list[Noted]]:
        low, high = self.window
        exceptions: dict[int, list[Noted]] = {row: [] for row in self.rows}
        for row, index, cause in notes:
            here = np.flatnonzero(self.atoms.community == row)
            cells = np.flatnonzero(np.isin(self.atoms.atom_of, here[list(cause.atoms)]))
            name, households = (None, 0) if index is None else (new.grids[index].id, int(new.households[index]))
            exceptions[row].append((GridException(name, households, cause.reason, cause.kind, cause.proof), cells))
        rows = {str(self.plan.fabric.community_codes[row]): row for row in self.rows}
        for index, grid in enumerate(new.grids):
            households = int(new.households[index])
            if grid.resident and grid.locked and grid.community in rows and not low <= households <= high:
                found = GridException(grid.id, households, "the grid is locked", "locked", {"households": households})
                exceptions[rows[grid.community]].append((found, new.cells_of(grid.id)))
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
