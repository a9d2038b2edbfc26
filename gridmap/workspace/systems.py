"""Grid systems of several departments: imported as plans, compared by pair, merged into one plan to redraw from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from gridmap import plan as planning
from gridmap.duties import places_of
from gridmap.plan import Plan
from gridmap.workspace.plans import PlanVerbs
from gridmap.workspace.records import RecordVerbs

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["SystemVerbs"]


class SystemVerbs(PlanVerbs, RecordVerbs):
    """A system is a saved plan: `import_layer("grids", …, plan_name="party")` takes one in."""

    def crosswalk(self, old: str, new: str, *, staff: bool = False) -> DataFrame:
        """Return what each pair of grids of two plans shares; see `gridmap.plan.crosswalk`.

        With `staff` also who answers for the old grid today: `staff`, holders with the kind of their duty. Restricted
        duties are not among them.
        """
        table = planning.crosswalk(self.plan(old), self.plan(new))
        if staff:
            held = self.accounts.duties()
            of: dict[str, list[str]] = {}
            for kind, holder, places in zip(held["kind"], held["holder"], held["places"], strict=True):
                for code in places_of(places):
                    of.setdefault(code, []).append(f"{holder} ({kind})")
            table["staff"] = [";".join(of.get(code, ())) for code in table["grid_a"]]
        return table

    def conflicts(self, old: str, new: str) -> DataFrame:
        """Return for each grid of a plan what another makes of it; see `gridmap.plan.conflicts`."""
        return planning.conflicts(planning.crosswalk(self.plan(old), self.plan(new)))

    def merge_systems(self, weights: Mapping[str, float], name: str) -> Plan:
        """Merge saved plans by a vote of each cell into a new draft; see `gridmap.plan.merge_systems`.

        Raises ConflictError if the name is taken.
        """
        self.require_new_name(name)
        merged = planning.merge_systems({one: self.plan(one) for one in weights}, weights)
        note = ", ".join(f"{one} × {weight:g}" for one, weight in weights.items())
        return self.save_plan(merged, name, base=max(weights, key=lambda one: weights[one]), note=f"merged: {note}")
