"""The frontier between change and quality: plans of which none is better than another in everything."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridmap.errors import InputError
from gridmap.plan import Plan, walled, window_limits
from gridmap.redraw.choices import Choice, Choices, combined, dominated, drawn_before, measure, prices
from gridmap.redraw.engine import Effort
from gridmap.redraw.problem import Weights
from gridmap.redraw.redraw import Executor, redraw
from gridmap.redraw.repair import repair

__all__ = ["STAYING", "Frontier", "frontier", "least_change"]

STAYING = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 100.0)
"""Weights on moved households for which the city is drawn."""

BETWEEN = 4
"""Weights looked at between two of these when the drawings of communities are put together."""

TRIES = 3
"""How often a grid is repaired while its repairs change something and leave it out of range."""

LEAST = 100.0
"""The weight at which repairs are judged that are to change as little as can be."""

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, eq=False)
class Frontier(Choices):
    """Plans from least to most change, none better than another in every figure, beside the present one."""

    def __repr__(self) -> str:
        if not self.choices:
            return "<frontier: nothing is better than the present plan>"
        ends = [self.choices[0].figures, self.choices[-1].figures]
        moved, compact = (
            "–".join(text.format(one[name]) for one in ends)
            for name, text in (("households_moved_pct", "{:.1f}"), ("mean_polsby_popper", "{:.2f}"))
        )
        return f"<frontier: {len(self)} plans, {moved} % of households change grid, compactness {compact}>"


def frontier(
    plan: Plan,
    *,
    min_households: int,
    max_households: int,
    communities: Sequence[str] | None = None,
    staying: Sequence[float] = STAYING,
    seed: int = 0,
    weights: Weights | None = None,
    effort: Effort | None = None,
    work: NDArray[np.float64] | None = None,
    progress: Progress | None = None,
    executor: Executor | None = None,
    barrier_m: NDArray[np.float64] | None = None,
    **options: Any,
) -> Frontier:
    """Sweep the weight on households that move, and return the plans that no other one beats in everything.

    The communities are drawn for each weight of `staying`, and once more by repairs alone, which change least. Then,
    for each weight and some between, every community takes the drawing that is cheapest there. Plans are compared by
    grids out of range, pieces, compounds split, compactness, households moved and the spread of work. Other `options`
    are those of `redraw`. Deterministic for a seed. Takes as many redraws as there are weights. Raises as `redraw`.
    """
    window = window_limits((min_households, max_households))
    low, high = window
    if not staying or min(staying) < 0:
        raise InputError("staying-none", "The weights to sweep are not numbers of 0 or more.", "Leave them out.")
    weights = weights or Weights()
    drawings: list[Plan] = [
        least_change(
            plan,
            min_households=low,
            max_households=high,
            communities=communities,
            seed=seed,
            weights=weights,
            barrier_m=barrier_m,
        )
    ]
    rows: list[int] = []
    for done, weight in enumerate(staying, start=1):
        drawn = redraw(
            plan,
            min_households=low,
            max_households=high,
            communities=communities,
            seed=seed,
            weights=replace(weights, staying=weight),
            effort=effort,
            work=work,
            executor=executor,
            barrier_m=barrier_m,
            **options,
        )
        codes = plan.fabric.community_codes.tolist()
        rows = [codes.index(one.code) for one in drawn.communities]
        drawings.append(drawn.plan)
        if progress is not None:
            progress(f"{weight:g}", done, len(staying))
    priced = [prices(plan, one, window=window, rows=rows, weights=weights, work=work) for one in drawings]
    found: list[tuple[float, Plan]] = []
    for weight in _weights(staying):
        best = {row: min(range(len(drawings)), key=lambda k: (*priced[k][row].at(weight), k)) for row in rows}
        found.append((weight, combined(plan, {row: drawings[k] for row, k in best.items()})))
    return _frontier(plan, found, window=window, rows=rows, work=work)


def _weights(staying: Sequence[float]) -> list[float]:
    """Return the weights in order, with some between each two."""
    marks = sorted(set(staying))
    steps = [float(one) for a, b in pairwise(marks) for one in np.linspace(a, b, BETWEEN)[:-1]]
    return [*steps, marks[-1]]


def _frontier(
    plan: Plan,
    found: list[tuple[float, Plan]],
    *,
    window: tuple[int, int],
    rows: list[int],
    work: NDArray[np.float64] | None,
) -> Frontier:
    """Keep one plan of each drawing that none of the others dominates, from least to most change."""
    distinct: dict[bytes, tuple[float, Plan]] = {}
    for weight, one in found:
        distinct.setdefault(one.grid_of.tobytes() + repr(one.grids).encode(), (weight, one))
    figures = [(w, one, measure(plan, one, window=window, rows=rows, work=work)) for w, one in distinct.values()]
    now = measure(plan, plan, window=window, rows=rows, work=work)
    standing = [now] if drawn_before(plan) else []
    others: list[Mapping[str, float]] = [*standing, *(told for _, _, told in figures)]
    kept = [one for one in figures if not any(dominated(one[2], other) for other in others)]
    kept.sort(key=lambda one: (one[2]["households_moved"], one[2]["grids_out_of_range"], -one[0]))
    choices: list[Choice] = []
    seen: set[tuple[float, ...]] = set()
    for weight, drawn, told in kept:
        key = tuple(round(value, 9) for value in told.values())
        if key not in seen:
            seen.add(key)
            choices.append(Choice(len(choices) + 1, f"weight {weight:.3g} on households that move", drawn, told))
    return Frontier(Choice(0, "present", plan, now), tuple(choices), window)


def least_change(
    plan: Plan,
    *,
    min_households: int,
    max_households: int,
    communities: Sequence[str] | None = None,
    seed: int = 0,
    weights: Weights | None = None,
    barrier_m: NDArray[np.float64] | None = None,
) -> Plan:
    """Return a plan with grids out of range repaired one by one, the worst first, as long as it helps.

    The number of grids stays as it is, and locked grids do: where a community needs another number, it stays out of
    range here.
    """
    low, high = min_households, max_households
    weights = replace(weights or Weights(), staying=LEAST)
    drawn_on, plan = plan.fabric, walled(plan, barrier_m)
    for grid in _bad(plan, low, high, communities):
        for again in range(TRIES):
            tried = repair(plan, [grid], min_households=low, max_households=high, seed=seed + again, weights=weights)
            if not tried.moved:
                break
            plan = tried.plan
            if grid not in tried.left:
                break
    return replace(plan, fabric=drawn_on)


def _bad(plan: Plan, low: int, high: int, communities: Sequence[str] | None) -> Iterator[str]:
    """Yield the grids out of range or in pieces that may change, the worst first."""
    asked = None if communities is None else set(communities)

    def wrong(at: int) -> int:
        households = int(plan.households[at])
        return max(low - households, households - high, 0) + high * max(0, int(plan.parts[at]) - 1)

    free = [
        at
        for at, grid in enumerate(plan.grids)
        if grid.resident and not grid.locked and plan.parts[at] and (asked is None or grid.community in asked)
    ]
    order = sorted((at for at in free if wrong(at)), key=lambda at: (-wrong(at), at))
    yield from (plan.grids[at].id for at in order)
