"""Who is to answer for which grid of a plan: the assignment of workers, from the duties that hold today."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridmap import duties as answers
from gridmap.city import City
from gridmap.duties import DUTIES, places_of
from gridmap.errors import InputError
from gridmap.files.ledgers import canonical_table
from gridmap.plan import Plan, match
from gridmap.store.placing import neighbours, walks

__all__ = ["Reassignment", "propose", "replaced_duties"]

_CARRIED = ("role", "share", "contact", "posted", "points", "organisation")
"""What a worker's duty keeps when the grids change."""


@dataclass(frozen=True)
class Reassignment:
    """Who is to answer for which grid of a plan: one row a grid, and the figures of the assignment.

    `table`: grid, grid_name, person, name, before (the person today; of a new grid, the one of the grid that it
    continues), walk_s, shared, changed. `households` are those of the plan that somebody answers for today,
    `households_kept` those of them whose worker stays the same, whatever becomes of their grid.
    """

    kind: str
    plan: str
    table: pd.DataFrame
    figures: answers.Assignment
    households: int
    households_kept: int

    def to_dict(self) -> dict[str, Any]:
        """Return the proposal as JSON has it."""
        return {
            "kind": self.kind,
            "plan": self.plan,
            **self.figures.to_dict(),
            "households": self.households,
            "households_kept": self.households_kept,
            "grids": self.table.to_dict("records"),
        }


def propose(
    city: City,
    duties: pd.DataFrame,
    persons: pd.DataFrame,
    plan: Plan,
    present: Plan,
    *,
    kind: str,
    on: dt.date,
    cost_s: pd.DataFrame | None = None,
    **options: float,
) -> Reassignment:
    """Assign the holders of a kind to the grids of `plan`, `present` being the plan that their duties name grids of.

    A grid of the plan that continues one of the present has its worker (see `gridmap.plan.match`). `cost_s` has a row a
    person and a column a grid, in seconds; without it, walking counts from the nearest of a worker's present grids.
    Options as `gridmap.duties.assign` has them. Raises InputError where nobody holds the kind, or costs are missing.
    """
    held = answers.holding(duties, kind=kind, on=on)
    workers = list(dict.fromkeys(held["person"].dropna()))
    if not workers:
        raise InputError("workers-none", f"Nobody holds a duty of the kind {kind}.", "Import duties first.")
    keep = np.flatnonzero([not shape.is_empty for shape in plan.polygons()])
    names = [plan.grids[k].code or plan.grids[k].id for k in keep]
    own, worker_at = _present(held, present, workers)
    today = worker_at[match(present, plan)][keep]
    costs = _given(cost_s, workers, names) if cost_s is not None else _walks(city, plan, present, keep, own, workers)
    row_of = {int(k): row for row, k in enumerate(keep)}
    pairs = [(row_of[a], row_of[b]) for a, b in neighbours(plan) if a in row_of and b in row_of]
    load = plan.households[keep].astype(float)
    found = answers.assign(costs, neighbours=pairs, today=today, load=load, **options)
    people = dict(zip(persons["id"], persons["name"], strict=True))
    given = found.worker_of.tolist()
    chosen = [workers[k] if k >= 0 else None for k in given]
    before = [workers[k] if k >= 0 else None for k in today.tolist()]
    times = {person: chosen.count(person) for person in workers}
    table = pd.DataFrame(
        {
            "grid": names,
            "grid_name": [plan.grids[k].name for k in keep],
            "person": chosen,
            "name": [None if person is None else people.get(person) for person in chosen],
            "before": before,
            "walk_s": [float(costs[k, row]) if k >= 0 else np.nan for row, k in enumerate(given)],
            "shared": [person is not None and times[person] > 1 for person in chosen],
            "changed": [person != old for person, old in zip(chosen, before, strict=True)],
        }
    )
    after = np.full(len(plan.grids) + 1, -1, np.int64)
    after[keep] = found.worker_of
    return Reassignment(answers.duty_kind(kind).id, plan.name, table, found, *_kept(plan, present, worker_at, after))


def replaced_duties(duties: pd.DataFrame, proposed: Reassignment, day: dt.date) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the duties that end the day before, and those that begin on the day, for a proposal to hold."""
    held = answers.holding(duties, kind=proposed.kind, on=day)
    wanted = {str(person): tuple(rows["grid"]) for person, rows in proposed.table.groupby("person", sort=True)}
    pairs = zip(held["person"], held["places"], strict=True)
    same = np.array([set(places_of(text)) == set(wanted.get(person, ())) for person, text in pairs], bool)
    settled = set(held["person"][same])
    ended = held[~same].assign(valid_to=(day - dt.timedelta(days=1)).isoformat())
    fresh = {person: grids for person, grids in wanted.items() if person not in settled}
    first = held.drop_duplicates("person").set_index("person")
    columns: dict[str, Any] = {
        "id": [f"{proposed.kind}-{day:%Y%m%d}-{person}" for person in fresh],
        "kind": [proposed.kind] * len(fresh),
        "person": list(fresh),
        "places": [";".join(grids) for grids in fresh.values()],
        "valid_from": [day.isoformat()] * len(fresh),
    }
    columns |= {name: [first[name].get(person) for person in fresh] for name in _CARRIED}
    return ended, canonical_table(pd.DataFrame(columns), DUTIES, table="duties")


def _present(
    held: pd.DataFrame, present: Plan, workers: Sequence[str]
) -> tuple[dict[int, list[int]], NDArray[np.int64]]:
    """Return each worker's grids of the present plan, and the worker of each grid (−1: none; one more for none)."""
    index = {grid.code or grid.id: k for k, grid in enumerate(present.grids)}
    number = {person: k for k, person in enumerate(workers)}
    worker_at = np.full(len(present.grids) + 1, -1, np.int64)
    own: dict[int, list[int]] = {}
    for person, text in zip(held["person"], held["places"], strict=True):
        for code in places_of(text):
            if code in index and person in number:
                worker_at[index[code]] = number[person]
                own.setdefault(number[person], []).append(index[code])
    return own, worker_at


def _kept(plan: Plan, present: Plan, before: NDArray[np.int64], after: NDArray[np.int64]) -> tuple[int, int]:
    """Return the households that somebody answers for in the present plan, and those who keep their worker."""
    was = dict(zip(present.fabric.cell_ids.tolist(), before[present.grid_of].tolist(), strict=True))
    old = np.array([was.get(cell, -1) for cell in plan.fabric.cell_ids.tolist()], np.int64)
    answered = old >= 0
    kept = answered & (old == after[plan.grid_of])
    return int(plan.fabric.households[answered].sum()), int(plan.fabric.households[kept].sum())


def _walks(
    city: City,
    plan: Plan,
    present: Plan,
    keep: NDArray[np.intp],
    own: Mapping[int, Sequence[int]],
    workers: Sequence[str],
) -> NDArray[np.float64]:
    """Return what walking from the nearest of their present grids to each new one costs workers, in seconds."""
    inside = [shape.representative_point() for shape in present.polygons()]
    start = [(0.0, 0.0) if point.is_empty else (point.x, point.y) for point in inside]
    end = [(point.x, point.y) for point in (shape.representative_point() for shape in plan.polygons()[keep])]
    between = walks(city, start, end)
    costs = np.full((len(workers), len(keep)), np.nan)
    for worker, grids in own.items():
        costs[worker] = between[list(grids)].min(axis=0)
    # Where somebody comes from is not known: every grid is as far as it is for the others on average.
    costs[np.isnan(costs).all(axis=1)] = np.where(np.isfinite(between), between, 0.0).mean(axis=0)
    return costs


def _given(cost_s: pd.DataFrame, workers: Sequence[str], grids: Sequence[str]) -> NDArray[np.float64]:
    """Return costs that a caller passed in, in our order of workers and grids."""
    missing = [name for name in workers if name not in cost_s.index] + [name for name in grids if name not in cost_s]
    if missing:
        raise InputError("costs-missing", f"There are no costs for {missing[0]}.", "Give one a worker and grid.")
    return cost_s.loc[list(workers), list(grids)].to_numpy(float)
