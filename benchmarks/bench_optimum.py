"""Distance of the usual redraw from the proven optimum, on every part of a community of at most 60 atoms that closes.

The solver lists every connected set in range and proves the cheapest choice of them for the same number of grids. Parts
with too many sets stay open, and are counted. Real towns need GRIDMAP_REAL_DATA.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.bench_redraw import COLUMNS, WINDOW, real_town, sample_city
from gridmap.plan import Plan
from gridmap.redraw import Effort, Weights
from gridmap.redraw.community import divided
from gridmap.redraw.exact.limits import Limits
from gridmap.redraw.exact.optimum import best_division
from gridmap.redraw.pieces import Pieces
from gridmap.redraw.problem import Problem, connected_parts, part_of, score
from gridmap.redraw.testing import random_problem

MOST_ATOMS = 60
LIMITS = Limits(sets=1_600_000, looks=20_000_000, solves=20.0)
RANDOM = 40


def parts(plan: Plan) -> Iterator[Problem]:
    """Yield the connected parts of the communities of a plan that are small enough to be listed."""
    rows = list(range(len(plan.fabric.community_codes)))
    pieces = Pieces.of(plan, rows, WINDOW)
    for row in rows:
        problem = pieces.task(row, keep_count=True, weights=Weights(), seed=1, effort=Effort()).problem
        part = connected_parts(problem)
        for p in np.unique(part):
            members = np.flatnonzero(part == p)
            if 2 < len(members) <= MOST_ATOMS:
                yield part_of(problem, members, grids=problem.grids if len(members) == problem.size else None)


def random_parts(count: int) -> Iterator[Problem]:
    """Yield the first parts of random planar problems of up to 40 atoms."""
    for seed in range(count):
        problem = random_problem(seed, atoms=8 + seed % 33, barriers=seed % 2 == 0)
        members = np.flatnonzero(connected_parts(problem) == 0)
        if len(members) > 2:
            yield part_of(problem, members, grids=problem.grids)


def compared(problem: Problem, seed: int) -> tuple[bool, bool, float, float]:
    """Return whether the optimum was proven, whether more is out of range than it has to be, the gap in %, seconds."""
    start = time.process_time()
    labels = divided(problem, seed=seed, effort=Effort())
    seconds = time.process_time() - start
    usual, count = score(problem, labels), int(labels.max()) + 1
    best = best_division(problem, count, known=labels, limits=LIMITS)
    if best.status != "optimal" or best.score is None:
        return False, False, 0.0, seconds
    worse = usual.hard > best.score.hard
    return True, worse, 100 * (usual.soft - best.score.soft) / max(best.score.soft, 1e-9), seconds


def _row(name: str, problems: Iterator[Problem], seeds: tuple[int, ...]) -> dict[str, Any]:
    found = [compared(problem, seed) for problem in problems for seed in seeds]
    gaps = [gap for closed, worse, gap, _ in found if closed and not worse]
    if not gaps:
        return {"input": name, "redraws": len(found), "proven": 0}
    return {
        "input": name,
        "redraws": len(found),
        "proven": sum(closed for closed, *_ in found),
        "worse out of range": sum(worse for _, worse, *_ in found),
        "at the optimum": sum(gap < 0.01 for gap in gaps),
        "gap median %": float(np.median(gaps)),
        "gap 95th %": float(np.percentile(gaps, 95)),
        "gap max %": max(gaps),
        "seconds a redraw": float(np.mean([seconds for *_, seconds in found])),
    }


def run() -> list[dict[str, Any]]:
    """Compare everything there is."""
    present = sample_city()
    seeds = (1, 2)
    rows = [
        _row("sample city, from its present grids", parts(present), seeds),
        _row("sample city, first drawing", parts(Plan.undivided(present.fabric)), seeds),
    ]
    if "GRIDMAP_REAL_DATA" in os.environ:
        folder = Path(os.environ["GRIDMAP_REAL_DATA"])
        rows += [_row(file, parts(Plan.undivided(real_town(folder / file))), seeds) for file in COLUMNS]
    return [*rows, _row("random planar communities", random_parts(RANDOM), (1,))]


if __name__ == "__main__":
    from benchmarks.report import markdown

    print(markdown(run()))
