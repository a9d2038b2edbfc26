"""Workers to grids: one each, neighbours shared where workers are short, walked and changed as little as can be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csr_array

from gridmap.errors import InfeasibleError, InputError

__all__ = ["Assignment", "assign"]

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_UNREACHABLE = 10**7
"""What is charged for a walk that does not exist: more than any that does, in seconds."""
_PER_WORKER = 24
"""So many columns of a worker enter the linear programme at a time."""
_WORK = 2_000.0
"""Deterministic time of the exact step; far above what a city takes."""


@dataclass(frozen=True)
class Assignment:
    """Which worker answers for which grid.

    `worker_of` is int32[g], the worker of each grid, −1 where it stays vacant. `cost` is what was minimised, `bound`
    proves that nothing costs less; `optimal` says that they are equal. `walk_s` sums the walks, `changed` counts grids
    that go to another worker than today, `shared` workers of two grids.
    """

    worker_of: NDArray[np.int32]
    cost: int
    bound: int
    walk_s: float
    changed: int
    shared: int
    vacant: int

    @property
    def optimal(self) -> bool:
        """Whether the assignment is proven to be the best."""
        return self.cost == self.bound

    def to_dict(self) -> dict[str, Any]:
        """Return the figures as JSON has them, without the assignment."""
        names = ("cost", "bound", "optimal", "walk_s", "changed", "shared", "vacant")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True)
class _Choices:
    """What a worker may be given: one grid (`second` −1) or two that adjoin. `cost` is int64[workers, choices]."""

    first: Ints
    second: Ints
    cost: Ints


def assign(
    cost_s: NDArray[Any],
    *,
    neighbours: Sequence[tuple[int, int]] = (),
    today: NDArray[Any] | None = None,
    load: NDArray[Any] | None = None,
    change_s: float = 1_800.0,
    load_s: float = 0.0,
    vacant_s: float = 200_000.0,
) -> Assignment:
    """Assign w workers to g grids, at the least cost there is, and prove it.

    `cost_s` float64[w, g] is what walking to a grid costs a worker, in seconds (infinite: cannot). Each worker gets a
    grid while there are any. Where workers are short, a worker may take two grids of `neighbours` (pairs of grids that
    adjoin), and who takes two walks to both. A grid that nobody can take stays vacant at `vacant_s`, and a worker who
    can take none stays idle at the same. `today` int[g] is
    the present worker of each grid (−1: none): another worker costs `change_s` more. `load` float64[g], such as
    households, is balanced by `load_s` for each time that a worker's load exceeds the fair share, squared.

    Deterministic. Exact: the linear programme over all choices is solved by columns; those that its dual prices rule
    out are dropped, and CP-SAT proves the best of the rest. Raises InputError for arrays that do not fit, and
    InfeasibleError where the proof needs more work than allowed.
    """
    costs = np.asarray(cost_s, np.float64)
    if costs.ndim != 2 or not costs.size or np.isnan(costs).any() or (costs < 0).any():
        raise InputError(
            "costs-shape", "cost_s is no table of workers × grids, or has a cost that is none.", "Fill it."
        )
    workers, grids = costs.shape
    before = np.full(grids, -1, np.int64) if today is None else np.asarray(today, np.int64)
    weight = np.zeros(grids) if load is None else np.asarray(load, np.float64)
    if before.shape != (grids,) or weight.shape != (grids,) or before.max() >= workers:
        raise InputError("today-shape", "today or load does not fit the grids of cost_s.", "Give one value a grid.")
    choices = _choices(costs, neighbours if workers < grids else (), before, weight, change_s=change_s, load_s=load_s)
    price = round(vacant_s)
    picked, cost, bound = _solve(choices, grids, price)
    worker_of = np.full(grids, -1, np.int32)
    shared = 0
    for worker, choice in picked:
        worker_of[choices.first[choice]] = worker
        if choices.second[choice] >= 0:
            worker_of[choices.second[choice]] = worker
            shared += 1
    taken = np.flatnonzero(worker_of >= 0)
    walk = np.minimum(costs[worker_of[taken], taken], _UNREACHABLE).sum()
    changed = int(((worker_of != before) & (before >= 0)).sum())
    return Assignment(worker_of, cost, bound, float(walk), changed, shared, int(grids - len(taken)))


def _choices(
    costs: Floats,
    neighbours: Sequence[tuple[int, int]],
    before: Ints,
    load: Floats,
    *,
    change_s: float,
    load_s: float,
) -> _Choices:
    workers, grids = costs.shape
    pairs = np.array(sorted({(min(one), max(one)) for one in neighbours if one[0] != one[1]}), np.int64).reshape(-1, 2)
    if pairs.size and (pairs.min() < 0 or pairs.max() >= grids):
        raise InputError("neighbours-range", "A pair of neighbours names no grid of cost_s.", "Count grids from 0.")
    first = np.concatenate([np.arange(grids), pairs[:, 0]])
    second = np.concatenate([np.full(grids, -1), pairs[:, 1]])
    own = np.minimum(costs, _UNREACHABLE) + change_s * (before[None, :] != np.arange(workers)[:, None]) * (before >= 0)
    both = own[:, first] + np.where(second >= 0, own[:, second], 0.0)
    fair = load.sum() / workers
    over = load[first] + np.where(second >= 0, load[second], 0.0)
    if fair > 0:
        both = both + load_s * np.maximum(0.0, over / fair - 1) ** 2
    return _Choices(first.astype(np.int64), second.astype(np.int64), np.rint(both).astype(np.int64))


def _solve(choices: _Choices, grids: int, price: int) -> tuple[list[tuple[int, int]], int, int]:
    """Return the best (worker, choice) pairs, what they cost and the proven bound.

    Any solution with a column whose reduced cost exceeds the distance of a known solution to the bound of the linear
    programme is worse than the known one: only the others go into the exact step.
    """
    idle = 0 if choices.cost.shape[0] > grids else price
    active, reduced, bound = _linear(choices, grids, price, idle)
    picked, cost, _ = _exact(choices, active, grids, price, idle)
    if cost <= np.ceil(bound - 1e-6):
        return picked, cost, cost
    within = reduced <= cost - bound + 1e-3
    return _exact(choices, within | active, grids, price, idle)


def _linear(choices: _Choices, grids: int, price: int, idle: int) -> tuple[NDArray[np.bool_], Floats, float]:
    """Solve the linear programme by columns: which were used, the reduced cost of all, and a safe lower bound."""
    workers, count = choices.cost.shape
    active = np.zeros((workers, count), bool)
    rows = np.arange(workers)[:, None]
    few = min(_PER_WORKER, count)
    active[rows, np.argpartition(choices.cost, few - 1, axis=1)[:, :few]] = True
    # Every grid can be taken from the beginning: by those who walk least to it.
    near = np.argsort(choices.cost[:, :grids], axis=0, kind="stable")[: min(8, workers)]
    active[near, np.arange(grids)[None, :]] = True
    while True:
        worker, choice = np.nonzero(active)
        cost = np.concatenate([choices.cost[worker, choice], np.full(grids, price), np.full(workers, idle)])
        matrix = _matrix(choices, worker, choice, workers, grids)
        found = linprog(cost.astype(float), A_eq=matrix, b_eq=np.ones(workers + grids), method="highs")
        if found.status != 0:
            raise InfeasibleError("assignment-none", "The workers cannot be assigned.", "Check the costs.")
        dual = np.asarray(found.eqlin.marginals)
        of_worker, of_grid = np.minimum(dual[:workers], idle), np.minimum(dual[workers:], price)
        worth = of_grid[choices.first] + np.where(choices.second >= 0, of_grid[choices.second], 0.0)
        reduced = choices.cost - of_worker[:, None] - worth[None, :]
        best = np.argpartition(reduced, few - 1, axis=1)[:, :few]
        fresh = np.zeros_like(active)
        fresh[rows, best] = reduced[rows, best] < -1e-7
        fresh &= ~active
        if not fresh.any():
            # Whatever rounding left of the dual is taken off, so the bound holds to the letter.
            short = np.minimum(reduced.min(axis=1), 0.0)
            return active, reduced - short[:, None], float(of_worker.sum() + of_grid.sum() + short.sum())
        active |= fresh


def _matrix(choices: _Choices, worker: Ints, choice: Ints, workers: int, grids: int) -> csr_array:
    """Return the rows (workers, then grids) over the columns (choices, vacant grids, idle workers)."""
    n = len(worker)
    columns = np.arange(n)
    two = choices.second[choice] >= 0
    at = [worker, workers + choices.first[choice], workers + choices.second[choice][two]]
    of = [columns, columns, columns[two]]
    at += [workers + np.arange(grids), np.arange(workers)]
    of += [n + np.arange(grids), n + grids + np.arange(workers)]
    row, column = np.concatenate(at), np.concatenate(of)
    return csr_array((np.ones(len(row)), (row, column)), shape=(workers + grids, n + grids + workers))


def _exact(
    choices: _Choices, allowed: NDArray[np.bool_], grids: int, price: int, idle: int
) -> tuple[list[tuple[int, int]], int, int]:
    """Choose the best of the allowed columns with CP-SAT: the pairs, their cost and the proven bound."""
    from ortools.sat.python import cp_model

    workers = allowed.shape[0]
    model = cp_model.CpModel()
    columns: list[tuple[int, int, Any]] = []
    of_worker: list[list[Any]] = [[model.new_bool_var("")] for _ in range(workers)]
    of_grid: list[list[Any]] = [[model.new_bool_var("")] for _ in range(grids)]
    left = [cells[0] for cells in of_grid] + [cells[0] for cells in of_worker]
    for worker, choice in np.argwhere(allowed).tolist():
        taken = model.new_bool_var("")
        columns.append((worker, choice, taken))
        of_worker[worker].append(taken)
        of_grid[int(choices.first[choice])].append(taken)
        if choices.second[choice] >= 0:
            of_grid[int(choices.second[choice])].append(taken)
    for cells in (*of_grid, *of_worker):
        model.add_exactly_one(cells)
    costs = [int(choices.cost[worker, choice]) for worker, choice, _ in columns] + [price] * grids + [idle] * workers
    model.minimize(cp_model.LinearExpr.weighted_sum([taken for *_, taken in columns] + left, costs))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 0
    solver.parameters.max_deterministic_time = _WORK
    solver.parameters.linearization_level = 2
    status = solver.solve(model)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        raise InfeasibleError("assignment-none", "The workers cannot be assigned.", "Check the costs.")
    picked = [(worker, choice) for worker, choice, taken in columns if solver.boolean_value(taken)]
    return picked, round(solver.objective_value), int(np.ceil(solver.best_objective_bound - 1e-6))
