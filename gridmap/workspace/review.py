"""Plans on their way into force, with who took each step and when."""

from __future__ import annotations

from typing import Any

from gridmap.plan import Plan
from gridmap.store import PLAN_STEPS, PlanRow
from gridmap.workspace.state import OpenWorkspace

__all__ = ["ReviewVerbs"]

_RIGHTS = {"submit": "edit", "withdraw": "edit"}


class ReviewVerbs(OpenWorkspace):
    """Draft → submitted → reviewed → filed → in force; a plan that is returned or withdrawn is a draft again.

    From when it is submitted until then a plan cannot be changed. Whoever works alone on this machine may approve their
    own plan, and put one in force without the steps before; everybody else takes one after the other.
    """

    def submit(self, plan_name: str, *, note: str = "", base: int | None = None) -> PlanRow:
        """Hand a draft in for review; `base` is the revision that is meant, ConflictError if it has changed since.

        An account with an area of its own submits what changes the plan in force in that area alone.
        """
        with self._lock:
            self._desk.permit(self.current_plan(), self.plan(plan_name))
            return self._desk.step(plan_name, "submit", note=note, base=base)

    def withdraw(self, plan_name: str, *, note: str = "") -> PlanRow:
        """Take a plan back that is under review, to change it."""
        with self._lock:
            self._desk.permit(self.current_plan(), self.plan(plan_name))
            return self._desk.step(plan_name, "withdraw", note=note)

    def approve(self, plan_name: str, *, note: str = "", base: int | None = None) -> PlanRow:
        """Approve a submitted plan. PermissionDenied for who submitted it."""
        with self._lock:
            return self._desk.step(plan_name, "approve", note=note, base=base, other=not self._principal.local)

    def return_plan(self, plan_name: str, *, note: str = "") -> PlanRow:
        """Give a plan back to be changed; `note` says why."""
        with self._lock:
            return self._desk.step(plan_name, "return", note=note)

    def file_plan(self, plan_name: str, *, note: str = "") -> Plan:
        """File a reviewed plan: its grids get their codes."""
        with self._lock:
            return self._desk.file(plan_name, profile=self.profile(), note=note)

    def put_in_force(self, plan_name: str, *, note: str = "") -> Plan:
        """Put a filed plan in force; the one in force so far is superseded, and open matters go to the new grids.

        Whoever works alone on this machine may do so with any plan: it is filed by the same step.
        """
        with self._lock:
            alone = self._principal.local
            return self._desk.put_in_force(plan_name, profile=self.profile(), note=note, at_once=alone)

    def plan_steps(self, plan_name: str) -> dict[str, Any]:
        """Say in which state a plan is, who made it and when, which steps it took, and which the asking one may take.

        `next` leaves out to approve one's own plan. Times are UTC.
        """
        row = self._desk.row(plan_name)
        taken, first = self._desk.steps(plan_name), self._desk.history(plan_name)[0]
        submitted = next((one.user for one in reversed(taken) if one.step == "submit"), None)
        local = self._principal.local
        return {
            "plan": row.name,
            "state": row.state,
            "revision": row.head,
            "created": {"user": first.user, "at": first.at.isoformat(timespec="seconds")},
            "steps": [one.to_dict() for one in taken],
            "next": [
                step
                for step, rule in PLAN_STEPS.items()
                if row.state in rule.before
                and step != "supersede"
                and self._principal.may(_RIGHTS.get(step, "review"))
                and (local or step != "approve" or submitted != self._user)
            ],
        }
