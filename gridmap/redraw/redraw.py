"""Redraw the grids of a plan: communities in, a new plan and its reports out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from gridmap.errors import InputError
from gridmap.plan import Plan, walled, window_limits
from gridmap.redraw.community import Drawing, Task
from gridmap.redraw.compiling import compile_loops
from gridmap.redraw.engine import Effort
from gridmap.redraw.parallel import Cancelled, Executor, drawn, stop_at
from gridmap.redraw.pieces import Pieces
from gridmap.redraw.problem import Weights
from gridmap.redraw.report import Redrawn, reports

__all__ = ["Executor", "redraw"]

Progress = Callable[[str, int, int], None]


def redraw(
    plan: Plan,
    *,
    min_households: int,
    max_households: int,
    communities: Sequence[str] | None = None,
    seed: int = 0,
    keep_count: bool = True,
    grids: Mapping[str, int] | None = None,
    work: NDArray[np.float64] | None = None,
    weights: Weights | None = None,
    effort: Effort | None = None,
    certificates: bool = False,
    progress: Progress | None = None,
    executor: Executor | None = None,
    workers: int = 1,
    cancelled: Cancelled | None = None,
    time_limit_s: float | None = None,
    whole_compounds: bool = True,
    barrier_m: NDArray[np.float64] | None = None,
) -> Redrawn:
    """Divide communities into contiguous grids of `min_households` to `max_households`, compact and near the plan.

    `communities` are codes, None for all; the others, locked grids and special grids stay exactly as they are. Each
    community keeps its number of grids with `keep_count`, unless that is infeasible or no division of that number is
    found: then it gets the nearest feasible number. `grids` wishes another number for some communities, by code, locked
    grids counted. `work` float64[n_cells] is what each building asks of a grid worker, its households if None;
    `weights.workload` says how much it counts that all grids have alike. Compounds of at most `max_households`
    stay in one grid; without `whole_compounds` they are divided where, and only where, the range or a barrier asks for
    it. `barrier_m` float64[m] is how much of the border of each pair of neighbours of the fabric counts as a barrier,
    its own `barrier_m` if None. Grids that go on keep their code; the others have temporary ids until the plan is
    filed. The same seed gives the same plan, whatever the order of communities and the `executor` (its `map` gets
    one task a community). With `certificates` the solver is asked to prove each grid out of range, and changes that
    would help are tried: these are in the report. With `workers` as many processes draw. `cancelled` is asked
    between communities and within long searches, and `time_limit_s` ends the work by the clock; communities not
    drawn by then stay as they are, and the result is `interrupted`. Raises InputError for an impossible window,
    wish or work and for an unknown community; what cannot be in range is reported, never raised.
    """
    begin = time.perf_counter()
    drawn_on, plan = plan.fabric, walled(plan, barrier_m)
    window = window_limits((min_households, max_households))
    rows = _rows(plan, communities)
    _require_wishes(plan, grids or {}, work)
    cut = partial(Pieces.of, plan, window=window, whole_compounds=whole_compounds)
    pieces = cut(rows)
    weights, effort = weights or Weights(), effort or Effort()
    compile_loops()

    def tasks() -> Iterator[Task]:
        for row in rows:
            task = pieces.task(row, keep_count=keep_count, weights=weights, seed=seed, effort=effort)
            yield replace(pieces.asked(task, row, grids or {}, work), certify=certificates)

    drawings: list[Drawing] = []
    stop = stop_at(cancelled, time_limit_s)
    for drawing in drawn(tasks(), workers=workers, executor=executor, cancelled=stop):
        drawings.append(drawing)
        if progress is not None:
            progress(str(plan.fabric.community_codes[rows[len(drawings) - 1]]), len(drawings), len(rows))
    interrupted = len(drawings) < len(rows)
    if interrupted:
        rows = rows[: len(drawings)]
        pieces = cut(rows)
    new, noted = pieces.joined(drawings)
    if certificates and not interrupted:
        from gridmap.redraw.exact.fixes import with_fixes

        noted = with_fixes(plan, new, noted, window=window, seed=seed, keep_count=keep_count, redraw=redraw)
    seconds = {row: drawing.seconds for row, drawing in zip(rows, drawings, strict=True)}
    communities_done, totals = reports(
        plan,
        new,
        rows,
        window=window,
        exceptions={row: [exception for exception, _ in found] for row, found in noted.items()},
        bounds=pieces.bounds(drawings),
        seconds=seconds,
        total_seconds=time.perf_counter() - begin,
    )
    return Redrawn(replace(new, fabric=drawn_on), communities_done, totals, interrupted)


def _rows(plan: Plan, communities: Sequence[str] | None) -> list[int]:
    codes = {code: row for row, code in enumerate(plan.fabric.community_codes)}
    if communities is None:
        return list(range(len(codes)))
    unknown = [code for code in communities if code not in codes]
    if unknown:
        raise InputError(
            "community-unknown", f"There is no community {unknown[0]!r}.", "Use a code of the layer communities."
        )
    return sorted({codes[code] for code in communities})


def _require_wishes(plan: Plan, grids: Mapping[str, int], work: NDArray[np.float64] | None) -> None:
    _rows(plan, list(grids))
    for code, count in grids.items():
        if count < 1:
            raise InputError("grids-none", f"Community {code} cannot have {count} grids.", "Wish for 1 or more.")
    if work is not None and (work.shape != (len(plan.fabric),) or not np.isfinite(work).all() or (work < 0).any()):
        raise InputError("work-shape", "The work is not one number of 0 or more a building.", "See plan.workload.")
