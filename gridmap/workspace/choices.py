"""Choices about plans of a workspace: frontier, alternatives, explanations, repairs, micro grids, crossings, work."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from dataclasses import replace as changed
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap import plan as planning
from gridmap.errors import InputError
from gridmap.plan import Plan
from gridmap.redraw.alternatives import Alternatives, alternatives
from gridmap.redraw.crossings import Crossings, crossings
from gridmap.redraw.explain import Explanation, explain
from gridmap.redraw.frontier import Frontier, frontier
from gridmap.redraw.micro import MicroGrids, micro_grids
from gridmap.redraw.problem import Weights
from gridmap.redraw.repair import Repaired, repair
from gridmap.workspace.plans import PlanVerbs

__all__ = ["ChoiceVerbs"]


class ChoiceVerbs(PlanVerbs):
    """What helps people to decide on a plan. Nothing is saved, save by `rebalance`."""

    def redraw_options(
        self,
        plan: Plan,
        *,
        work: Mapping[str, float] | None = None,
        weights: Weights | Mapping[str, float] | None = None,
        arterials: bool | None = None,
        **options: Any,
    ) -> dict[str, Any]:
        """Return the arguments of a redrawing: what is left out is taken from the profile, work counted by building.

        `weights` may name some only; `arterials` says whether arterial streets are barriers. Raises InputError
        `weight-unknown`.
        """
        low, high = self.window(options.pop("min_households", None), options.pop("max_households", None))
        if work:
            options["work"] = self.workload(plan, work)
        if not isinstance(weights, Weights):
            weights = self.weights(weights, workload=bool(work))
        if (walls := self._walls(plan, arterials=arterials)) is not None:
            options["barrier_m"] = walls
        return {**options, "min_households": low, "max_households": high, "weights": weights}

    def _walls(self, plan: Plan, *, arterials: bool | None) -> NDArray[np.float64] | None:
        """Return what of each border is a barrier where arterial streets are ones, asked for or by the profile."""
        if not (self.profile().redraw.arterials_are_barriers if arterials is None else arterials):
            return None
        streets = self.city().streets
        lines = streets.geometry[streets["class"].eq("arterial").fillna(value=False)].to_numpy()
        return planning.barrier_lengths(plan.fabric, lines)

    def _walled(self, plan: Plan, *, arterials: bool | None) -> Plan:
        """Return a plan on a fabric with those barriers."""
        return planning.walled(plan, self._walls(plan, arterials=arterials))

    def weights(self, given: Mapping[str, float] | None = None, *, workload: bool = False) -> Weights:
        """Return the profile's weights with some changed; that of work counts with `workload` only."""
        rule = self.profile().redraw
        names = [each.name for each in fields(Weights)]
        values = {name: float(getattr(rule, name)) for name in names}
        values["workload"] *= workload
        for name, value in (given or {}).items():
            if name not in names or value < 0:
                raise InputError("weight-unknown", f"{name}={value:g} is no weight.", f"0 or more: {', '.join(names)}.")
            values[name] = value
        return Weights(**values)

    def frontier(self, plan: Plan | str, **options: Any) -> Frontier:
        """Return plans between least change and best shape; see `gridmap.redraw.frontier`."""
        start = self._asked(plan)
        return frontier(start, **self.redraw_options(start, **options))

    def alternatives(self, plan: Plan | str, count: int, **options: Any) -> Alternatives:
        """Return plans that differ in structure; see `gridmap.redraw.alternatives`."""
        start = self._asked(plan)
        return alternatives(start, count, **self.redraw_options(start, **options))

    def explain(
        self,
        plan: Plan | str,
        *,
        building: str | None = None,
        compound: str | None = None,
        min_households: int | None = None,
        max_households: int | None = None,
        weights: Weights | None = None,
        arterials: bool | None = None,
    ) -> Explanation:
        """Say why a building or a compound is in its grid; households count as moved against the current plan."""
        low, high = self.window(min_households, max_households)
        shown, before = self._asked(plan), self.current_plan()
        return explain(
            self._walled(shown, arterials=arterials),
            building=building,
            compound=compound,
            min_households=low,
            max_households=high,
            before=before if before.name else None,
            weights=weights or self.weights(),
        )

    def repair(
        self,
        plan: Plan | str,
        grids: Sequence[str],
        *,
        keep: Iterable[str] = (),
        min_households: int | None = None,
        max_households: int | None = None,
        weights: Weights | None = None,
        arterials: bool | None = None,
    ) -> Repaired:
        """Rebalance grids with their neighbours, saving nothing; see `gridmap.redraw.repair`."""
        low, high = self.window(min_households, max_households)
        asked = self._asked(plan)
        done = repair(
            self._walled(asked, arterials=arterials),
            grids,
            keep=keep,
            min_households=low,
            max_households=high,
            weights=weights or self.weights(),
        )
        return changed(done, plan=changed(done.plan, fabric=asked.fabric), before=asked)

    def rebalance(
        self, plan_name: str, grids: Sequence[str], *, keep: Iterable[str] = (), base: int | None = None, **options: Any
    ) -> Repaired:
        """Repair grids of a saved plan and save the result as one edit, which can be undone.

        `base` is the revision that was looked at, the present one if None. Raises ConflictError if another writer has
        changed the plan since.
        """
        with self._lock:
            row, plan = self._desk.open(plan_name, base=base)
            done = self.repair(plan, grids, keep=keep, **options)
            if done.edit is None:
                return done
            saved = self._desk.advance(row, plan, planning.apply(plan, done.edit), kind=done.edit.kind)
            return changed(done, plan=saved)

    def micro_grids(
        self,
        plan: Plan | str,
        grids: Sequence[str] | None = None,
        *,
        min_households: int | None = None,
        max_households: int | None = None,
        **options: Any,
    ) -> MicroGrids:
        """Divide grids into micro grids of the profile's range; see `gridmap.redraw.micro_grids`."""
        rule = self.profile().micro_grid
        return micro_grids(
            self._asked(plan),
            grids,
            min_households=rule.min_households if min_households is None else min_households,
            max_households=rule.max_households if max_households is None else max_households,
            digits=self.profile().codes.micro_sequence_digits,
            **options,
        )

    def crossings(self, plan: Plan | str) -> Crossings:
        """Return which grids hang together only across which barrier, and the bridges to islands."""
        return crossings(self._asked(plan), self.city())

    def workload(self, plan: Plan | str, weights: Mapping[str, float]) -> NDArray[np.float64]:
        """Return what each cell of a plan asks of a grid worker, float64[n_cells]; see `gridmap.plan.workload`.

        Beside households and people, `requests` count the open requests at a building and `shops` the buildings in
        commercial or mixed use.
        """
        fabric = self._asked(plan).fabric
        counts: dict[str, Mapping[str, float]] = {"requests": {}, "shops": {}}
        if "requests" in weights:
            counts["requests"] = self._requests(fabric)
        if "shops" in weights:
            used = self.city().buildings
            shops = used["id"][used["use"].isin(["commercial", "mixed"])]
            counts["shops"] = {str(one): 1.0 for one in shops if one in fabric.cell_of}
        return planning.workload(fabric, weights, counts=counts)

    def _requests(self, fabric: planning.Fabric) -> dict[str, float]:
        """Count the open requests of each building: those that name it, and those at a point in its cell."""
        found: dict[str, float] = {}
        for matter in self._records.find(kind="request", open_only=True):
            if matter.level == "building" and matter.code in fabric.cell_of:
                name = matter.code
            elif matter.x is not None and matter.y is not None:
                hits = fabric.tree.query(shapely.Point(matter.x, matter.y), predicate="intersects")
                if not len(hits):
                    continue
                name = str(fabric.cell_ids[int(hits.min())])
            else:
                continue
            found[name] = found.get(name, 0.0) + 1.0
        return found

    def _asked(self, plan: Plan | str) -> Plan:
        return self.plan(plan) if isinstance(plan, str) else plan
