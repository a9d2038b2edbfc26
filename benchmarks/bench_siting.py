"""Siting against spopt on the same instance, answers compared; and alone where spopt cannot follow.

Demands and candidates are spread evenly over 10 × 10 km, weights are 1–99. spopt builds its models in PuLP and solves
them with CBC; its times are those of building and solving.
"""

from __future__ import annotations

import time
import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridmap.facilities.siting import Sited, mclp, p_center, p_median

Floats = NDArray[np.float64]
RADIUS_M = 600.0


def instance(demands: int, sites: int, *, seed: int = 0) -> tuple[Floats, Floats]:
    """Return metres of sites by demands, and the weights of the demands."""
    rng = np.random.default_rng(seed)
    at, to = rng.random((demands, 2)) * 10_000, rng.random((sites, 2)) * 10_000
    weight = rng.integers(1, 100, demands).astype(float)
    return np.hypot(to[:, None, 0] - at[None, :, 0], to[:, None, 1] - at[None, :, 1]), weight


def _spopt(model: str, dist: Floats, weight: Floats, p: int) -> tuple[float, float]:
    """Return spopt's best value and the seconds it took."""
    from pulp import PULP_CBC_CMD
    from spopt.locate import MCLP, PCenter, PMedian

    start = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if model == "mclp":
            made = MCLP.from_cost_matrix(dist.T, weight, service_radius=RADIUS_M, p_facilities=p)
        elif model == "p_median":
            made = PMedian.from_cost_matrix(dist.T, weight, p_facilities=p)
        else:
            made = PCenter.from_cost_matrix(dist.T, p_facilities=p)
        made = made.solve(PULP_CBC_CMD(msg=False, timeLimit=240))
    return float(made.problem.objective.value()), time.perf_counter() - start


def _ours(model: str, dist: Floats, weight: Floats, p: int, *, gap: float, time_limit_s: float) -> Sited:
    if model == "mclp":
        return mclp(dist <= RADIUS_M, weight, p=p, gap=gap, time_limit_s=time_limit_s)
    if model == "p_median":
        return p_median(dist, weight, p=p, gap=gap, time_limit_s=time_limit_s)
    return p_center(dist, p=p, time_limit_s=time_limit_s)


def _row(model: str, demands: int, sites: int, p: int, answer: Sited, note: str = "") -> dict[str, Any]:
    proof = f"gap {100 * answer.gap:.3f} %{', proven' if answer.proven else ''}"
    return {
        "name": f"{model} {demands:,} × {sites:,}, p = {p}{note}",
        "ours_s": answer.seconds,
        "value": answer.value,
        "bound": answer.bound,
        "proof": proof,
    }


def run() -> list[dict[str, Any]]:
    """Measure all cases; one row each."""
    warm, weights = instance(200, 40)
    for model in ("mclp", "p_median", "p_center"):
        _ours(model, warm, weights, 5, gap=0.0, time_limit_s=10)
    rows = []
    dist, weight = instance(1_000, 200)
    for model, p in (("mclp", 20), ("p_median", 20)):
        answer = _ours(model, dist, weight, p, gap=0.0, time_limit_s=120)
        theirs, seconds = _spopt(model, dist, weight, p)
        same = abs(theirs - answer.value) <= 1e-6 * max(abs(theirs), 1.0)
        rows.append(
            _row(model, 1_000, 200, p, answer)
            | {
                "peer": "spopt",
                "peer_s": seconds,
                "ratio": answer.seconds / seconds,
                "equal": "yes" if same else f"no ({theirs})",
            }
        )
    dist, weight = instance(10_000, 1_000)
    for limit, note in ((0.0, ", at once"), (60.0, ", proven")):
        answer = _ours("mclp", dist, weight, 50, gap=0.0, time_limit_s=limit)
        rows.append(_row("mclp", 10_000, 1_000, 50, answer, note))
    answer = _ours("p_median", dist, weight, 50, gap=0.01, time_limit_s=60.0)
    rows.append(_row("p_median", 10_000, 1_000, 50, answer))
    return rows


def main() -> None:
    for row in run():
        print(row, flush=True)


if __name__ == "__main__":
    main()
