"""The cheapest division into given sets, proven: a linear relaxation by column generation, then what it leaves open.

Each atom is in one set; side rows are sums over the chosen sets with a given value. The relaxation's prices bound every
division from below; a set whose reduced price exceeds the distance from the bound to a known division is in no better
one. Among the few that are left CP-SAT decides (deterministic work, one thread, hinted).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gridmap.redraw.problem import Floats, Ints

__all__ = ["Answer", "Relaxed", "Rows", "cheapest_cover", "relaxation"]

MISSED = 1e6
"""Price of an atom in no set, in the relaxation: more than any division costs."""

SCALE = 1e6
"""Prices are whole multiples of one over this where CP-SAT compares them."""

BATCH, ROUNDS = 300, 400
FEW_SETS, OPEN_SETS = 400, 60_000
"""The sets that CP-SAT is asked about first, and at most."""


@dataclass(frozen=True, slots=True)
class Rows:
    """What a division has to keep beside covering each atom once.

    `equal` float64[s, r] sums to `value` float64[r]. Of the sets with the same `label` (int64[s], −1 for none) at most
    one is chosen.
    """

    equal: Floats
    value: Floats
    label: Ints


@dataclass(frozen=True, slots=True)
class Answer:
    """`status`: "optimal", "infeasible" or "open" (given up). `chosen` are rows of the sets, of the best found.

    `bound` is the least that any division costs, proven; inf where there is none.
    """

    status: str
    chosen: NDArray[np.intp] = field(default_factory=lambda: np.zeros(0, np.intp))
    cost: float = np.inf
    bound: float = -np.inf


@dataclass(frozen=True, slots=True)
class Relaxed:
    """The linear relaxation: a lower bound, the reduced cost of each set and its share in the relaxed division."""

    bound: float
    reduced: Floats
    share: Floats


def cheapest_cover(
    member: NDArray[np.bool_],
    cost: Floats,
    rows: Rows,
    *,
    relaxed: Relaxed | None = None,
    known: float = np.inf,
    whole: bool = False,
    work: float,
) -> Answer:
    """Choose sets of bool[s, n] that hold each atom once at the least cost (≥ 0), proven.

    `relaxed` is the relaxation where it is known already. `known` is the cost of a division known already: a better one
    is sought, and "infeasible" means that there is none below it. With `whole`, costs are whole numbers. `work` is
    CP-SAT's deterministic time.
    """
    if len(member) == 0 or not member.any(axis=0).all():
        return Answer("infeasible", bound=np.inf)
    relaxed = relaxed or relaxation(member, cost, rows)
    step, bound, reduced = 1.0 if whole else 1.0 / SCALE, relaxed.bound, relaxed.reduced
    if bound >= MISSED / 2:
        return Answer("infeasible", bound=np.inf)
    bound = float(np.ceil(bound - 1e-6)) if whole else bound
    if bound > known - step + 1e-9:
        return Answer("infeasible", bound=bound)
    order = np.argsort(reduced, kind="stable")
    order = order[reduced[order] <= known - bound + 1e-6]
    best, few = Answer("infeasible", cost=known, bound=known), FEW_SETS
    # A division among the sets that look cheapest makes the rest few: none of a higher reduced cost can be in a better.
    while True:
        found = _decide(member, cost, rows, order[:few], best.cost, work)
        if found.status == "open":
            return Answer("open", found.chosen if found.cost < best.cost else best.chosen, best.cost, bound)
        if found.status == "optimal":
            best = found
            if best.cost <= bound + step / 2:
                break
            order = order[: np.searchsorted(reduced[order], best.cost - bound + 1e-6, side="right")]
        if few >= len(order):
            break
        if few >= OPEN_SETS:
            return Answer("open", best.chosen, best.cost, bound)
        few *= 4
    return best


def relaxation(member: NDArray[np.bool_], cost: Floats, rows: Rows) -> Relaxed:
    """Solve the linear relaxation; its bound is at least `MISSED` where not even that can be kept."""
    from scipy.optimize import linprog
    from scipy.sparse import csr_array, eye_array, hstack, vstack

    size, labels = member.shape[1], np.unique(rows.label[rows.label >= 0])
    equal = csr_array(hstack([csr_array(member.astype(np.float64)), csr_array(rows.equal)]))
    right = np.concatenate([np.ones(size), rows.value])
    named = np.flatnonzero(rows.label >= 0)
    at = (named, np.searchsorted(labels, rows.label[named]))
    once = csr_array((np.ones(len(named)), at), shape=(len(cost), len(labels)))
    missing = csr_array(hstack([eye_array(len(right)), -eye_array(len(right))]))
    price = np.full(2 * len(right), MISSED)
    active = _first_sets(member, cost)
    for _ in range(ROUNDS):
        solved = linprog(
            np.concatenate([cost[active], price]),
            A_ub=csr_array(vstack([once[active], csr_array((2 * len(right), len(labels)))])).T if len(labels) else None,
            b_ub=np.ones(len(labels)) if len(labels) else None,
            A_eq=csr_array(hstack([equal[active].T, missing])),
            b_eq=right,
            method="highs-ds",
        )
        dual = np.asarray(solved.eqlin.marginals)
        cap = np.minimum(0.0, solved.ineqlin.marginals) if len(labels) else np.zeros(0)
        reduced = cost - equal @ dual - (once @ cap if len(labels) else 0.0)
        worst = np.argsort(reduced, kind="stable")[:BATCH]
        worst = worst[reduced[worst] < -1e-7]
        if len(worst) == 0:
            break
        active = np.unique(np.concatenate([active, worst]))
    # No division has more sets than atoms, so what the prices may be off by is bounded too.
    slack = min(0.0, float(reduced.min())) * size
    share = np.zeros(len(cost))
    share[active] = solved.x[: len(active)]
    return Relaxed(float(dual @ right + cap.sum() + slack), np.asarray(reduced), share)


def _first_sets(member: NDArray[np.bool_], cost: Floats) -> NDArray[np.intp]:
    """Return for each atom the sets that cost least an atom: something to begin with."""
    rate = cost / member.sum(axis=1)
    order = np.argsort(rate, kind="stable")
    first = [order[member[order, v]][:5] for v in range(member.shape[1])]
    return np.unique(np.concatenate(first))


def _decide(
    member: NDArray[np.bool_], cost: Floats, rows: Rows, keep: NDArray[np.intp], known: float, work: float
) -> Answer:
    """Solve the cover by some of the sets with CP-SAT."""
    from ortools.sat.python import cp_model

    if not member[keep].any(axis=0).all():
        return Answer("infeasible", bound=known)
    model = cp_model.CpModel()
    use = [model.new_bool_var("") for _ in keep]
    for v in range(member.shape[1]):
        model.add_exactly_one(use[k] for k in np.flatnonzero(member[keep, v]).tolist())
    for label in np.unique(rows.label[keep][rows.label[keep] >= 0]):
        model.add_at_most_one(use[k] for k in np.flatnonzero(rows.label[keep] == label).tolist())
    for row, value in zip(rows.equal.T, rows.value, strict=True):
        model.add(cp_model.LinearExpr.weighted_sum(use, np.rint(row[keep]).astype(int).tolist()) == round(value))
    price = np.rint(cost[keep] * SCALE).astype(np.int64).tolist()
    total = cp_model.LinearExpr.weighted_sum(use, price)
    if np.isfinite(known):
        model.add(total <= int(np.floor(known * SCALE - 0.5)))
    model.minimize(total)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 0
    solver.parameters.max_deterministic_time = work
    status = solver.solve(model)
    if status == cp_model.INFEASIBLE:
        return Answer("infeasible", bound=known)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Answer("open")
    chosen = keep[[bool(solver.boolean_value(one)) for one in use]]
    value = float(cost[chosen].sum())
    return Answer("optimal" if status == cp_model.OPTIMAL else "open", chosen, value, value)
