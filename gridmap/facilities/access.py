"""Access: how much of a facility's room each person has within reach, and how evenly it is shared.

Radke, J., and Mu, L. (2000): Spatial decompositions, modeling and mapping service regions. Geographic Information
Sciences 6, 105–112 (2SFCA). Luo, W., and Qi, Y. (2009): An enhanced two-step floating catchment area method. Health &
Place 15, 1100–1107 (E2SFCA).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

from gridmap.errors import InputError

__all__ = ["gini", "lorenz", "two_step"]

Floats = NDArray[np.float64]


def two_step(
    dist: csr_array,
    demand: ArrayLike,
    supply: ArrayLike,
    *,
    limit_m: float,
    bands: Sequence[tuple[float, float]] = (),
) -> Floats:
    """Return the supply within reach per person at each demand, float64[n] (2SFCA; with `bands` E2SFCA).

    `dist` csr float64[m, n] in metres of m facilities by n demands (pairs that are not in it are out of reach),
    `demand` float[n] persons, `supply` float[m] seats. `bands` are (metres, weight), nearest first:
    a pair weighs what the first band that holds it says. Facilities that nobody can reach give nothing. The sum of
    access times demand is the supply of the facilities that anybody reaches.
    """
    pairs = csr_array(dist)
    people, seats = _checked(demand, pairs.shape[1], "demand"), _checked(supply, pairs.shape[0], "supply")
    if not limit_m > 0:
        raise InputError("limit-not-positive", f"The limit is {limit_m} m.", "Give metres above 0.")
    edges = np.array([metres for metres, _ in bands] or [limit_m], np.float64)
    weights = np.array([*(weight for _, weight in bands), 0.0] if bands else [1.0, 0.0], np.float64)
    if (np.diff(edges) <= 0).any() or (weights < 0).any():
        raise InputError("bands-unordered", "The bands do not rise, or a weight is negative.", "Sort them by metres.")
    weight = np.where(pairs.data <= limit_m, weights[np.searchsorted(edges, pairs.data, side="left")], 0.0)
    table = csr_array((weight, pairs.indices, pairs.indptr), shape=pairs.shape)
    asked = table @ people
    ratio = np.divide(seats, asked, out=np.zeros_like(seats), where=asked > 0)
    return np.asarray(table.T @ ratio, np.float64)


def lorenz(values: ArrayLike, weights: ArrayLike) -> tuple[Floats, Floats]:
    """Return the Lorenz curve: shares of people, poorest first, and of the value they have, both from 0 to 1.

    `values` float[n] per person, `weights` float[n] persons (or households) that have them; rows without people go.
    """
    value, weight = np.asarray(values, np.float64).reshape(-1), np.asarray(weights, np.float64).reshape(-1)
    value = _checked(value, len(weight), "access")
    weight = _checked(weight, len(value), "weight")
    some = weight > 0
    value, weight = value[some], weight[some]
    order = np.argsort(value, kind="stable")
    people = np.concatenate([[0.0], np.cumsum(weight[order])])
    held = np.concatenate([[0.0], np.cumsum((value * weight)[order])])
    if not len(order):
        return np.array([0.0, 1.0]), np.array([0.0, 1.0])
    return people / people[-1], held / held[-1] if held[-1] > 0 else people / people[-1]


def gini(values: ArrayLike, weights: ArrayLike) -> float:
    """Return the Gini coefficient over people: 0 where all have the same, towards 1 where one has all.

    >>> gini([1, 1, 1], [5, 2, 9])
    0.0
    >>> gini([0, 1], [1, 1])
    0.5
    """
    people, held = lorenz(values, weights)
    area = float(np.trapezoid(held, people))
    return max(0.0, round(1.0 - 2.0 * area, 15))


def _checked(values: ArrayLike, count: int, what: str) -> Floats:
    numbers = np.asarray(values, np.float64).reshape(-1)
    if len(numbers) != count:
        raise InputError(f"{what}-uneven", f"{len(numbers)} values of {what} for {count}.", "Give each one.")
    if not np.isfinite(numbers).all() or (numbers < 0).any():
        row = int(np.argmax(~np.isfinite(numbers) | (numbers < 0)))
        raise InputError(
            f"{what}-negative", f"The {what} of row {row} is {numbers[row]:g}.", "Give numbers of 0 or more."
        )
    return numbers
