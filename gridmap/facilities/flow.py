"""Assignment under capacities: as many people served as can be, over the shortest ways in all (min-cost flow)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

from gridmap.errors import GridmapError, InputError

__all__ = ["Assigned", "assign", "checked_whole"]

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
_PER_METRE = 100


@dataclass(frozen=True, eq=False)
class Assigned:
    """Who is served where: `flow` csr int64[m, n] persons of demand j at facility i.

    `served` and `unserved` int64[n] by demand, `used` int64[m] by facility; `cost_m` person-metres of all ways.
    """

    flow: csr_array
    served: Whole
    unserved: Whole
    used: Whole
    cost_m: float


def checked_whole(values: ArrayLike, count: int, what: str) -> Whole:
    """Return whole numbers of 0 or more, int64[count]; InputError naming the row otherwise."""
    numbers = np.asarray(values, np.float64).reshape(-1)
    if len(numbers) != count:
        raise InputError(f"{what}-uneven", f"{len(numbers)} values of {what} for {count}.", "Give each one.")
    wrong = ~np.isfinite(numbers) | (numbers < 0) | (numbers % 1 != 0)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise InputError(
            f"{what}-not-whole", f"The {what} of row {row} is {numbers[row]:g}.", "Give whole numbers of 0 or more."
        )
    return numbers.astype(np.int64)


def assign(dist: csr_array, demand: ArrayLike, seats: ArrayLike, *, unserved_m: float | None = None) -> Assigned:
    """Assign people to facilities: first as many as can be served, then with the least walking.

    `dist` csr float64[m, n] has the metres of the pairs that may be; `demand` int[n] people and `seats` int[m]. With
    `unserved_m` a person is left out rather than walk farther than that at the cost of others. Ways are compared to the
    centimetre. Solved by OR-tools' cost scaling: exact, O(pairs · log) in practice.
    """
    from ortools.graph.python import min_cost_flow

    pairs = csr_array(dist)
    facilities, demands = pairs.shape
    people, room = checked_whole(demand, demands, "demand"), checked_whole(seats, facilities, "capacity")
    site = np.repeat(np.arange(facilities), np.diff(pairs.indptr))
    price = np.round(pairs.data * _PER_METRE).astype(np.int64)
    most = int(price.max(initial=0))
    left_out = (most + 1) * (facilities + demands + 1) if unserved_m is None else round(unserved_m * _PER_METRE)
    solver = min_cost_flow.SimpleMinCostFlow()
    sink, source = facilities + demands, facilities + demands + 1
    arcs = solver.add_arcs_with_capacity_and_unit_cost(
        facilities + pairs.indices.astype(np.int64), site, people[pairs.indices], price
    )
    solver.add_arcs_with_capacity_and_unit_cost(
        np.full(demands, source), facilities + np.arange(demands), people, np.zeros(demands, np.int64)
    )
    solver.add_arcs_with_capacity_and_unit_cost(
        facilities + np.arange(demands), np.full(demands, sink), people, np.full(demands, left_out)
    )
    solver.add_arcs_with_capacity_and_unit_cost(
        np.arange(facilities), np.full(facilities, sink), room, np.zeros(facilities, np.int64)
    )
    total = int(people.sum())
    solver.set_nodes_supplies(np.array([source, sink]), np.array([total, -total]))
    if solver.solve() != solver.OPTIMAL:
        raise GridmapError("flow-failed", "The assignment has no solution.", "Check demand and seats.")
    moved = np.asarray(solver.flows(arcs), np.int64) if pairs.nnz else np.empty(0, np.int64)
    flow = csr_array((moved.copy(), pairs.indices.copy(), pairs.indptr.copy()), shape=pairs.shape)
    served = np.bincount(pairs.indices, weights=moved, minlength=demands).astype(np.int64)
    used = np.bincount(site, weights=moved, minlength=facilities).astype(np.int64)
    flow.eliminate_zeros()
    return Assigned(flow, served, people - served, used, float(pairs.data @ moved))
