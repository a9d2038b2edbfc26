"""What a siting model answers with, and the checks of what it is asked."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gridmap.errors import InputError, LimitError

__all__ = ["Clock", "Sited", "checked_count", "checked_weight", "far_of", "relative_gap"]

Floats = NDArray[np.float64]
MOST_PAIRS = 200_000_000
"""Most pairs of candidates and demands that a model of distances takes."""


@dataclass(frozen=True, eq=False)
class Sited:
    """The sites a model proposes, how good they are, and how much better any others could be at most.

    `chosen` int32[p] are rows of the candidates, ascending. `value` is what is made small or large (`sense`):
    households covered, household-metres, metres to the farthest, or sites; `first` is that of the answer by greedy and
    exchange, and `bound` what no answer can beat. `gap` is (bound − value) / value, 0 where proven best; `proven` says
    that the gap is at most what was asked for. `interrupted` says that the clock, and not the work, ended the search.
    """

    model: str
    chosen: NDArray[np.int32]
    value: float
    bound: float
    sense: str
    first: float
    proven: bool
    interrupted: bool
    seconds: float

    @property
    def gap(self) -> float:
        """How far the value is from the bound, as a share of the value."""
        return relative_gap(self.value, self.bound)

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as JSON has it."""
        return {
            "model": self.model,
            "chosen": self.chosen.tolist(),
            "value": self.value,
            "bound": self.bound,
            "gap": self.gap,
            "first": self.first,
            "proven": self.proven,
            "interrupted": self.interrupted,
            "seconds": self.seconds,
        }


class Clock:
    """Counts the seconds a search may still take."""

    def __init__(self, limit_s: float) -> None:
        self._start = time.perf_counter()
        self._limit = float(limit_s)

    @property
    def spent_s(self) -> float:
        """Seconds since the search began."""
        return time.perf_counter() - self._start

    @property
    def left_s(self) -> float:
        """Seconds that are left, never less than none."""
        return max(self._limit - self.spent_s, 0.0)


def relative_gap(value: float, bound: float) -> float:
    """Return |bound − value| as a share of the value; 0 where both agree to a ten-millionth."""
    if not np.isfinite(bound):
        return float("inf")
    apart = abs(bound - value)
    return 0.0 if apart <= 1e-7 * max(abs(value), 1.0) else apart / max(abs(value), 1e-12)


def checked_count(p: int, sites: int) -> int:
    """Return how many sites to open; InputError for fewer than none or more than there are candidates."""
    if p < 0:
        raise InputError("sites-negative", f"{p} sites were asked for.", "Ask for none or more.")
    if p > sites:
        raise InputError(
            "candidates-few", f"{p} sites were asked for, and there are {sites} candidates.", "Add candidates."
        )
    return int(p)


def checked_weight(weight: ArrayLike, count: int) -> Floats:
    """Return the weights of demands; InputError where one is negative or no number, or they are not `count`."""
    values = np.ascontiguousarray(weight, np.float64).reshape(-1)
    if len(values) != count:
        raise InputError("weights-uneven", f"{len(values)} weights for {count} demands.", "Give each demand one.")
    if not np.isfinite(values).all() or (values < 0).any():
        row = int(np.argmax(~(values >= 0) | ~np.isfinite(values)))
        raise InputError("weight-negative", f"Demand {row} weighs {values[row]}.", "Give numbers of 0 or more.")
    return values


def checked_pairs(dist: ArrayLike) -> Floats:
    """Return distances float64[sites, demands]; InputError for other shapes, negative or missing distances."""
    array = np.ascontiguousarray(dist, np.float64)
    if array.ndim != 2:
        raise InputError("distances-shape", "The distances are no table of sites by demands.", "Give a 2-D array.")
    if array.size > MOST_PAIRS:
        raise LimitError(
            "pairs-many",
            f"{array.shape[0]} candidates × {array.shape[1]} demands are more than {MOST_PAIRS:,} pairs.",
            "Take fewer candidates, or buildings by compound.",
        )
    if np.isnan(array).any() or (array < 0).any():
        raise InputError("distance-negative", "A distance is negative or no number.", "Infinite means no way.")
    return array


def far_of(dist: Floats, base: Floats) -> float:
    """Return what being out of reach counts as: twice the longest way there is, 1 where there is none."""
    longest = max(
        float(np.max(dist, where=np.isfinite(dist), initial=0.0)),
        float(np.max(base, where=np.isfinite(base), initial=0.0)),
    )
    return 2.0 * longest if longest > 0 else 1.0
