"""Plans that are drawn quite differently and are about equally good, for people to choose among."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gridmap.errors import InputError
from gridmap.plan import Grid, Plan, carry_codes, window_limits
from gridmap.redraw.choices import Choice, Choices, Price, combined, measure, prices
from gridmap.redraw.engine import Effort
from gridmap.redraw.problem import Weights
from gridmap.redraw.redraw import Executor, redraw

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["Alternatives", "alternatives", "different"]

MOST = 20
"""Most alternatives of one call."""

TRIES = 3
"""Drawings from which each alternative is chosen."""

SOFT = 1.25
"""How much dearer the drawing of a community may be than the cheapest one, in what is soft."""

Progress = Callable[[str, int, int], None]
Pairs = tuple[float, float]


@dataclass(frozen=True, eq=False)
class Alternatives(Choices):
    """Plans that differ in structure, the ordinary redrawing first.

    `differing` float64[n, n] is the share of household pairs that two of them group differently: of all pairs that
    share a grid in one or the other plan, those that do so in one alone. `at_least` is the least share between any two.
    """

    differing: NDArray[np.float64]
    at_least: float
    asked: int

    @property
    def distances(self) -> DataFrame:
        """The differing pairs in per cent, a row and a column per alternative."""
        import pandas as pd

        names = [one.number for one in self.choices]
        return pd.DataFrame(100 * self.differing, index=pd.Index(names, name="choice"), columns=names)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values: those of the choices, and the shares of pairs grouped differently, in per cent."""
        return {
            **super().to_dict(),
            "asked": self.asked,
            "at_least_pct": 100 * self.at_least,
            "differing_pct": (100 * self.differing).tolist(),
        }

    def __repr__(self) -> str:
        if len(self) < 2:
            return f"<alternatives: {len(self)} of {self.asked} wished>"
        least = 100 * self.differing[np.triu_indices(len(self), 1)].min()
        return f"<alternatives: {len(self)} of {self.asked} wished, any two group {least:.0f} % of pairs differently>"


def alternatives(
    plan: Plan,
    count: int,
    *,
    min_households: int,
    max_households: int,
    communities: Sequence[str] | None = None,
    at_least: float = 0.2,
    seed: int = 0,
    weights: Weights | None = None,
    effort: Effort | None = None,
    work: NDArray[np.float64] | None = None,
    progress: Progress | None = None,
    executor: Executor | None = None,
    **options: Any,
) -> Alternatives:
    """Return up to `count` plans that differ in structure and are as good in all that is never traded.

    The first is the ordinary redrawing. The others are drawn without regard to the present grids, each community
    several times; a community's drawings are chosen one by one, the one that differs most from those chosen before.
    A plan that groups fewer than `at_least` of the household pairs differently from one before it is left out, so there
    may be fewer than wished. Other `options` are those of `redraw`. Deterministic for a seed; takes three redraws an
    alternative. Raises as `redraw`, and InputError `alternatives-count`.
    """
    if not 1 <= count <= MOST:
        raise InputError("alternatives-count", f"{count} alternatives cannot be made.", f"Ask for 1 to {MOST}.")
    window = window_limits((min_households, max_households))
    weights = weights or Weights()
    drawn = partial(
        redraw,
        min_households=window[0],
        max_households=window[1],
        communities=communities,
        effort=effort,
        work=work,
        executor=executor,
    )
    first = drawn(plan, seed=seed, weights=weights, **options)
    codes = plan.fabric.community_codes.tolist()
    rows = [codes.index(one.code) for one in first.communities]
    blank = _blank(plan, rows)
    wishes = {one.code: one.grids for one in first.communities if one.grids} | dict(options.pop("grids", None) or {})
    pool, total = [first.plan], TRIES * (count - 1)
    free = replace(weights, staying=0.0)
    for step in range(1, total + 1):
        pool.append(drawn(blank, seed=seed + step, weights=free, grids=wishes, **options).plan)
        if progress is not None:
            progress(str(step), step, total)
    told = [prices(plan, one, window=window, rows=rows, weights=weights, work=work) for one in pool]
    order = {row: _ordered([one[row] for one in told], [_labels(one, row) for one in pool], count) for row in rows}
    found = [combined(plan, {row: pool[order[row][step]] for row in rows}) for step in range(count)]
    found = [found[0], *(carry_codes(plan, one) for one in found[1:])]
    return _kept(plan, found, count, window=window, rows=rows, work=work, at_least=at_least)


def _kept(
    plan: Plan,
    found: list[Plan],
    count: int,
    *,
    window: tuple[int, int],
    rows: list[int],
    work: NDArray[np.float64] | None,
    at_least: float,
) -> Alternatives:
    """Leave out plans that are too like one before them, and measure the others."""
    kept: list[Plan] = []
    for one in found:
        if all(different(one, other, rows) >= at_least for other in kept):
            kept.append(one)
    measured = partial(measure, plan, window=window, rows=rows, work=work)
    differing = np.array([[different(one, other, rows) for other in kept] for one in kept])
    labels = ["ordinary redrawing", *(f"alternative {number}" for number in range(1, len(kept)))]
    choices = tuple(Choice(at + 1, labels[at], one, measured(one)) for at, one in enumerate(kept))
    return Alternatives(Choice(0, "present", plan, measured(plan)), choices, window, differing, at_least, count)


def different(one: Plan, other: Plan, rows: Sequence[int]) -> float:
    """Return the share of household pairs that two plans of one fabric group differently, 0 … 1.

    Of the pairs of households in some communities that share a grid in one plan or the other, those that do in one only
    (Jaccard's distance of the two partitions). O(cells).
    """
    shared, either = 0.0, 0.0
    for row in rows:
        both, any_ = _pairs(_labels(one, row), _labels(other, row))
        shared, either = shared + both, either + any_
    return 1 - shared / either if either else 0.0


def _labels(plan: Plan, row: int) -> NDArray[np.float64]:
    """Return households and grids of the cells of a community, float64[n, 2]."""
    fabric = plan.fabric
    cells = (fabric.community == row) & (fabric.special < 0) & (plan.grid_of >= 0)
    return np.stack([fabric.households[cells], plan.grid_of[cells]], axis=1).astype(np.float64)


def _pairs(one: NDArray[np.float64], other: NDArray[np.float64]) -> Pairs:
    """Return the pairs of households that share a grid in both labellings, and in one or the other."""
    weight = one[:, 0]

    def within(*labels: NDArray[np.float64]) -> float:
        group = np.unique(np.stack(labels, axis=1), axis=0, return_inverse=True)[1].ravel()
        return float((np.bincount(group, weight) ** 2).sum())

    both = within(one[:, 1], other[:, 1])
    return both, within(one[:, 1]) + within(other[:, 1]) - both


def _ordered(told: list[Price], labels: list[NDArray[np.float64]], count: int) -> list[int]:
    """Choose drawings of one community: the first, then again and again the one that differs most from all chosen."""
    best = min(one.hard for one in told)
    cheapest = min(one.soft for one in told if one.hard == best)
    good = [k for k, one in enumerate(told) if k == 0 or (one.hard == best and one.soft <= SOFT * cheapest + 1e-9)]
    chosen = [0]

    def apart(k: int) -> float:
        shares = []
        for other in chosen:
            both, either = _pairs(labels[k], labels[other])
            shares.append(1 - both / either if either else 0.0)
        return min(shares)

    while len(chosen) < count:
        left = [k for k in good if k not in chosen]
        # Where there is but one good drawing, all plans have it.
        chosen.append(max(left, key=lambda k: (apart(k), -k)) if left else chosen[len(chosen) % len(good)])
    return chosen


def _blank(plan: Plan, rows: Sequence[int]) -> Plan:
    """Return the plan with the free grids of some communities forgotten: no cell of theirs is in a grid."""
    fabric = plan.fabric
    gone = np.array([grid.resident and not grid.locked for grid in plan.grids] + [False], np.bool_)
    cells = np.isin(fabric.community, list(rows)) & gone[plan.grid_of]
    codes = {str(fabric.community_codes[row]) for row in rows}

    def stays(grid: Grid) -> bool:
        return not grid.resident or grid.locked or grid.community not in codes

    place = np.append(np.cumsum([stays(grid) for grid in plan.grids]) - 1, -1)
    grid_of = np.where(cells | (plan.grid_of < 0), -1, place[plan.grid_of]).astype(np.int32)
    return replace(plan, grid_of=grid_of, grids=tuple(grid for grid in plan.grids if stays(grid)))
