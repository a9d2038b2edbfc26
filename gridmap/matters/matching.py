"""Needs and resources: who can help whom, by topic, walking cost and capacity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridmap.errors import InputError

__all__ = ["Match", "match_needs"]


@dataclass(frozen=True)
class Match:
    """How much of which resource goes to which need: one row a pair, int32[m], int32[m], int64[m].

    `unmet` int64[needs] is what no resource within reach can give; `cost_s` sums walks × amounts.
    """

    need: NDArray[np.int32]
    resource: NDArray[np.int32]
    amount: NDArray[np.int64]
    unmet: NDArray[np.int64]
    cost_s: float


def match_needs(
    needs: tuple[Sequence[str], Sequence[int]],
    resources: tuple[Sequence[str], Sequence[int]],
    cost_s: NDArray[Any],
    *,
    max_s: float = np.inf,
) -> Match:
    """Match needs with resources of the same topic: as much as can be met, at the least walking.

    `needs` and `resources` are (topics, amounts); `cost_s` float64[needs, resources] is what walking costs between
    them, infinite or above `max_s` where it is too far. A min-cost flow: exact, deterministic. Raises InputError for
    arrays that do not fit and for negative amounts.
    """
    from ortools.graph.python import min_cost_flow

    topics, other = np.asarray(needs[0], object), np.asarray(resources[0], object)
    want, have = np.asarray(needs[1], np.int64), np.asarray(resources[1], np.int64)
    costs = np.asarray(cost_s, np.float64)
    if costs.shape != (len(want), len(have)) or np.isnan(costs).any() or (costs < 0).any():
        raise InputError("costs-shape", "cost_s is no table of needs × resources.", "Give one cost a pair.")
    if (want < 0).any() or (have < 0).any():
        raise InputError("amount-negative", "A need or a resource has a negative amount.", "Count from 0.")
    fits = (topics[:, None] == other[None, :]) & np.isfinite(costs) & (costs <= max_s)
    need, resource = np.nonzero(fits)
    flow = min_cost_flow.SimpleMinCostFlow()
    n, m = len(want), len(have)
    price = np.rint(costs[need, resource]).astype(np.int64)
    # Meeting a need always beats leaving it: what is unmet costs more than the longest walk.
    unmet_price = int(price.max(initial=0)) + 1
    pairs = flow.add_arcs_with_capacity_and_unit_cost(
        1 + need, 1 + n + resource, np.minimum(want[need], have[resource]), price
    )
    flow.add_arcs_with_capacity_and_unit_cost(np.zeros(n, int), 1 + np.arange(n), want, np.zeros(n, int))
    sink = n + m + 1
    flow.add_arcs_with_capacity_and_unit_cost(1 + n + np.arange(m), np.full(m, sink), have, np.zeros(m, int))
    left = flow.add_arcs_with_capacity_and_unit_cost(1 + np.arange(n), np.full(n, sink), want, np.full(n, unmet_price))
    total = int(want.sum())
    flow.set_nodes_supplies(np.array([0, sink]), np.array([total, -total]))
    if flow.solve() != flow.OPTIMAL:
        raise InputError("match-impossible", "The needs cannot be matched.", "Check the amounts and costs.")
    amount = np.asarray(flow.flows(pairs), np.int64) if len(need) else np.zeros(0, np.int64)
    unmet = np.asarray(flow.flows(left), np.int64) if n else np.zeros(0, np.int64)
    used = amount > 0
    return Match(
        need[used].astype(np.int32),
        resource[used].astype(np.int32),
        amount[used],
        unmet,
        float((costs[need, resource][used] * amount[used]).sum()),
    )
