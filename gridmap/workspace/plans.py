"""Plans of a workspace: saved, changed, undone, put in force, measured."""

from __future__ import annotations

from dataclasses import replace as changed
from typing import Any

from gridmap import plan as planning
from gridmap import store
from gridmap.plan import Balance, Edit, Fabric, Plan
from gridmap.store import LogEntry
from gridmap.workspace.state import OpenWorkspace, Progress

__all__ = ["PlanVerbs"]


class PlanVerbs(OpenWorkspace):
    """Every change is one transaction and one entry of the log."""

    def fabric(self, plan: Plan | str | None = None, *, progress: Progress | None = None) -> Fabric:
        """Return the cells that a plan is drawn on: those of the current plan if None.

        Cells are kept in the file until a layer changes. Making them takes seconds for a city.
        """
        if plan is None:
            plan = self.current_plan()
        return self._fabric((self.plan(plan) if isinstance(plan, str) else plan).fabric.specials, progress=progress)

    def plans(self) -> list[dict[str, Any]]:
        """Return the saved plans, oldest first: name, state, revision, resident grids, saved (UTC), base, note."""
        return self._desk.table()

    def next_name(self, stem: str) -> str:
        """Return the first of stem-1, stem-2 … that no plan has."""
        return self._desk.next_name(stem)

    def require_new_name(self, name: str) -> None:
        """Refuse a name that no new plan can have: InputError for one that says nothing, ConflictError if taken."""
        store.require_new_name(name, (row.name for row in self._desk.rows()))

    def save_plan(
        self, plan: Plan, name: str, *, base: str | None = None, note: str = "", replace: bool = False
    ) -> Plan:
        """Save a plan as a draft under a name, and return it under that name.

        `base` names the plan that it was made from (its own name if None). With `replace`, a plan that has the name
        already becomes this one by one more change, which can be undone. Raises ConflictError if the name is taken.
        """
        with self._lock:
            fabric = self._fabric(plan.fabric.specials)
            if plan.fabric is not fabric:
                plan = store.place(store.state_of(plan), fabric, name=plan.name).plan
            if replace and any(row.name == name for row in self._desk.rows()):
                row, old = self._desk.open(name)
                return self._desk.advance(row, old, changed(plan, name=name), kind="redraw")
            from_ = base or plan.name or None
            if self._principal.scope:
                self._desk.permit(self._desk.open(from_)[1] if from_ else self.current_plan(), plan)
            return self._desk.create(plan, name, base=from_, note=note)[1]

    def edit(self, plan_name: str, edit: Edit, *, base: int | None = None) -> Plan:
        """Change a saved plan by an edit and return it.

        `base` is the revision that the edit was made on, the present one if None. An edit of grids that nobody has
        changed since is made all the same; otherwise ConflictError says which were changed, and by whom.
        """
        with self._lock:
            return self._desk.edit(plan_name, edit, base=base)

    def undo(self, plan_name: str, *, base: int | None = None) -> Plan:
        """Take back the last change of a plan that is not taken back yet; InputError if there is none."""
        with self._lock:
            return self._desk.revert(plan_name, "undo", base=base)

    def redo(self, plan_name: str, *, base: int | None = None) -> Plan:
        """Make again the change that was taken back last; InputError if there is none."""
        with self._lock:
            return self._desk.revert(plan_name, "redo", base=base)

    def history(self, plan_name: str) -> list[LogEntry]:
        """Return the log of a plan, oldest first: who changed what kind of thing when."""
        return self._desk.history(plan_name)

    def changes(self, plan_name: str, *, since: int, whole: bool = False) -> list[dict[str, Any]]:
        """Return what changed a plan after a revision, oldest first: revision, user, at, kind, grids touched.

        With `whole` also the change itself: the grids taken out and put in, and the new grid of each building moved.
        """
        return self._desk.changes(plan_name, since=since, whole=whole)

    def balance(
        self, plan: Plan | str, *, min_households: int | None = None, max_households: int | None = None
    ) -> Balance:
        """Measure a plan. Its figures about people leave the tool through `gridmap.release` only."""
        measured = self.plan(plan) if isinstance(plan, str) else plan
        return planning.balance(measured, window=self.window(min_households, max_households))
