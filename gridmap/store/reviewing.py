"""Plans on their way into force: handed in, approved by another, filed with their codes, put in force."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from gridmap.errors import ConflictError, PermissionDenied
from gridmap.plan import Plan, carry_codes, file_codes
from gridmap.rules import Profile
from gridmap.store.desk import PlanDesk
from gridmap.store.oplog import changes_between, state_of
from gridmap.store.plans import PlanRow, find_plan, list_plans, retire_codes, retired, stale
from gridmap.store.readdressing import readdress_open
from gridmap.store.shown import showing
from gridmap.store.steps import Step, last_step, require_step, steps, take_step

__all__ = ["ReviewDesk"]


@dataclass(frozen=True)
class _Coded:
    """A plan with its codes, beside what they were given by: the plan in force (`old`) and the retired codes."""

    old: Plan
    filed: Plan
    gone: set[str]
    around: frozenset[tuple[int, str]]


class ReviewDesk(PlanDesk):
    """The saved plans of a store, with the steps from draft to in force. Each step is one transaction."""

    def steps(self, name: str) -> list[Step]:
        """Return the steps that a plan took, oldest first."""
        with self._store.reading() as connection:
            return steps(connection, find_plan(connection, name))

    def step(self, name: str, step: str, *, note: str = "", base: int | None = None, other: bool = False) -> PlanRow:
        """Take a plan a step on that changes its state alone: submit, withdraw, approve or return.

        `base` is the revision that was looked at. With `other`, who submitted the plan may not be who takes the step.
        Raises ConflictError where the step does not lead on, and where the plan has changed.
        """
        row, _ = self.open(name, base=base)  # what an import of layers made of it is logged before anybody looks
        with self._store.writing() as connection:
            row = self._here(connection, row)
            require_step(row, step)
            handed_in = last_step(connection, row, "submit") if other else None
            if handed_in is not None and handed_in.user == self._user:
                raise PermissionDenied(
                    "own-plan",
                    f"{self._user} submitted the plan {name} and cannot {step} it.",
                    "Ask another reviewer.",
                )
            return take_step(connection, row, step, user=self._user, note=note)

    def file(self, name: str, *, profile: Profile, note: str = "") -> Plan:
        """File a reviewed plan: its grids get the codes that they will have in force.

        A grid keeps its code when more than half of its households stay, others get the next free number, never one
        that another filed plan waits with. Raises LimitError when a community has no number left.
        """
        row, plan = self.open(name)
        require_step(row, "file")
        coded = self._coded(row, plan, profile)
        with self._store.writing() as connection:
            self._require_same(connection, row, coded)
            row = self._write_codes(connection, row, plan, coded.filed)
            row = take_step(connection, row, "file", user=self._user, note=note)
        return self._keep(row, coded.filed, self._known[row.id][1])

    def put_in_force(self, name: str, *, profile: Profile, note: str = "", at_once: bool = True) -> Plan:
        """Put a plan in force in place of the one that is.

        With `at_once` a plan that is not filed is filed by the same step, whatever state it is in; without, it must be
        filed. ConflictError says so if what came into force since gave its grids other codes. Codes that no grid has
        any more are retired. Open matters go to the grids they lie in by it, each with an event, in the same
        transaction; see `gridmap.store.readdressing`.
        """
        row, plan = self.open(name)
        if not at_once:
            require_step(row, "publish")
        coded = self._coded(row, plan, profile, filed=row.state == "filed")
        codes = {grid.code for grid in coded.old.grids if grid.code} - {grid.code for grid in coded.filed.grids}
        with self._store.writing() as connection:
            self._require_same(connection, row, coded)
            if row.state != "filed":
                row = self._write_codes(connection, row, plan, coded.filed)
                row = take_step(connection, row, "file", user=self._user, note=note)
            for one in list_plans(connection):
                if one.state == "in_force" and one.id != row.id:
                    take_step(connection, one, "supersede", user=self._user, note=f"by {name}")
            row = take_step(connection, row, "publish", user=self._user, note=note)
            retire_codes(connection, row, codes - coded.gone)
            readdress_open(connection, coded.old, coded.filed, user=self._user)
        return self._keep(row, coded.filed, self._known[row.id][1])

    def _coded(self, row: PlanRow, plan: Plan, profile: Profile, *, filed: bool = False) -> _Coded:
        """Give a plan the codes that it has in force, beside the plan in force and those that wait, as they are now.

        One that is `filed` has them: ConflictError if what came into force since would have given it others.
        """
        with self._store.reading() as connection:
            gone, rows = retired(connection), list_plans(connection)
        before = [one for one in rows if one.state == "in_force" and one.id != row.id]
        waiting = [self.open(one.name)[1] for one in rows if one.state == "filed" and one.id != row.id]
        old = self.open(before[0].name)[1] if before else plan
        kept = {grid.code for grid in old.grids}
        # Nor does a number that falls free here go to another grid: who knows it would look for the wrong place.
        reserved = gone | kept | {grid.code for other in waiting for grid in other.grids}
        own = plan
        if before:
            # A code that was never in force is given anew, by the same rule; what the grid is called stays.
            fresh = [one if one.code in kept | gone else replace(one, code="") for one in plan.grids]
            plan = carry_codes(old, replace(plan, grids=tuple(fresh)), retired=gone)
        if filed:
            _require_standing(row, own, plan, taken=kept | gone if before else gone)
            return _Coded(old, own, gone, _around(rows, row))
        return _Coded(old, file_codes(plan, profile=profile, retired=reserved), gone, _around(rows, row))

    def _write_codes(self, connection: Connection, row: PlanRow, plan: Plan, filed: Plan) -> PlanRow:
        changes, revision = changes_between(plan, filed), self._known[row.id][1]
        row = self._log(connection, row, changes, lambda: state_of(filed), kind="file", revision=revision)
        if (shown := showing(row.name, filed, window=self._window(), before=plan)) is not None:
            shown.write(connection)
        return row

    def _require_same(self, connection: Connection, row: PlanRow, coded: _Coded) -> None:
        """Refuse to give codes by what is no longer so: ConflictError."""
        here = self._here(connection, row)
        if here.state != row.state or _around(list_plans(connection), row) != coded.around:
            raise ConflictError(
                "plan-outdated", f"While {row.name} got its codes, another plan did, too.", "Take the step again."
            )

    def _here(self, connection: Connection, row: PlanRow) -> PlanRow:
        """Return the plan as it is in this transaction; ConflictError if it is not what was looked at."""
        now = find_plan(connection, row.name)
        if (now.id, now.head) != (row.id, row.head):
            raise stale(connection, row)
        return now


def _require_standing(row: PlanRow, filed: Plan, carried: Plan, *, taken: set[str]) -> None:
    """Refuse a filed plan whose grids would carry other codes of the plan in force than they have: ConflictError."""
    for own, now in zip(filed.grids, carried.grids, strict=True):
        if own.code != now.code and (now.code or own.code in taken):
            raise ConflictError(
                "plan-outdated",
                f"Since the plan {row.name} was filed, the city or the plan in force has changed, and codes with it.",
                "Return it, look at it again, and file it anew.",
            )


def _around(rows: Sequence[PlanRow], row: PlanRow) -> frozenset[tuple[int, str]]:
    """Return the other plans that have or wait with codes. Their codes do not change without their state."""
    return frozenset((one.id, one.state) for one in rows if one.state in ("filed", "in_force") and one.id != row.id)
