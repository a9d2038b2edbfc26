"""The mixed-integer solver (HiGHS through SciPy), asked in one way and read in one way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csc_array

from gridmap.errors import GridmapError

__all__ = ["Solved", "minimise"]

Floats = NDArray[np.float64]
_OPTIMAL, _LIMIT, _INFEASIBLE = 0, 1, 2


@dataclass(frozen=True, eq=False)
class Solved:
    """What the solver found: `x` (None: nothing), its value, a bound on any value, and how it ended."""

    x: Floats | None
    value: float
    bound: float
    optimal: bool
    infeasible: bool


def minimise(
    objective: Floats, rows: csc_array, low: Floats, high: Floats, *, upper: Floats, whole: NDArray[np.bool_],
    time_limit_s: float, gap: float = 0.0, lower: Floats | None = None,
) -> Solved:  # fmt: skip
    """Make `objective · x` least under `low <= rows · x <= high`, `lower` (0) `<= x <= upper`, `whole` ones whole."""
    answer = milp(
        objective,
        constraints=LinearConstraint(rows, low, high),
        bounds=Bounds(np.zeros(len(objective)) if lower is None else lower, upper),
        integrality=whole.astype(np.uint8),
        options={"time_limit": max(time_limit_s, 0.01), "mip_rel_gap": gap},
    )
    if answer.status not in (_OPTIMAL, _LIMIT, _INFEASIBLE):
        raise GridmapError("solver-failed", "The solver could not work with these numbers.", "Check the distances.")
    found = None if answer.x is None else np.asarray(answer.x, np.float64)
    bound = answer.mip_dual_bound
    return Solved(
        found,
        float("inf") if found is None else float(objective @ found),
        -float("inf") if bound is None else float(bound),
        answer.status == _OPTIMAL,
        answer.status == _INFEASIBLE,
    )
