"""Who lives where: resident households, residents, elders and children of each building, to the published totals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]

RESIDENTS = 207_473
DWELLINGS_AS_OF, RESIDENT_AS_OF = "2025-06-30", "2020-11-01"

# Occupied dwellings, persons a household, share of 60+, of 80+ among them, of children under 14; by kind of housing.
_RATES = {
    "courtyard": (0.70, 2.60, 0.30, 0.17, 0.11),
    "village": (0.78, 3.15, 0.25, 0.14, 0.14),
    "old": (0.73, 2.50, 0.28, 0.18, 0.11),
    "mid": (0.73, 2.80, 0.20, 0.13, 0.14),
    "new": (0.63, 3.00, 0.12, 0.10, 0.19),
}


@dataclass(frozen=True, slots=True)
class People:
    """Figures of each building."""

    resident_households: IntArray
    residents: IntArray
    elders_60: IntArray
    elders_80: IntArray
    children: IntArray


def rounded(exact: NDArray[np.float64], total: int) -> IntArray:
    """Round numbers so that they add up to `total`: largest remainders first, earlier ones first among equals."""
    whole = np.floor(exact).astype(np.int64)
    order = np.argsort(-(exact - whole), kind="stable")
    whole[order[: total - int(whole.sum())]] += 1
    return whole


def settle_people(dwellings: IntArray, housing: list[str], seed: int) -> People:
    """Give each building its people. `housing` is the kind of housing of each building, empty where nobody lives."""
    rng = np.random.default_rng([seed, 9])
    rate = np.array([_RATES.get(kind, (0.0, 0.0, 0.0, 0.0, 0.0)) for kind in housing])
    n = len(dwellings)
    occupied = np.clip(rate[:, 0] + (rng.random(n) - 0.5) * 0.24, 0.0, 0.97)
    households = np.floor(dwellings * occupied + rng.random(n)).astype(np.int64)
    households = np.minimum(households, dwellings)
    size = rate[:, 1] * (0.88 + 0.24 * rng.random(n))
    exact = households * size
    residents = rounded(exact * (RESIDENTS / exact.sum()), RESIDENTS)
    old = _share(residents, rate[:, 2], rng)
    very_old = _share(old, rate[:, 3], rng)
    children = np.minimum(_share(residents, rate[:, 4], rng), residents - old)
    return People(households, residents, old, very_old, children)


def _share(of: IntArray, share: NDArray[np.float64], rng: np.random.Generator) -> IntArray:
    """Return about that share of each number, shaken, whole."""
    shaken = of * share * (0.75 + 0.5 * rng.random(len(of)))
    return np.minimum(np.floor(shaken + rng.random(len(of))).astype(np.int64), of)
