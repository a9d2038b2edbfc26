"""Plans at work: opened on the cells there are, changed by compare-and-set, shown to QGIS in the same transaction."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace as changed
from typing import Any, Self

from sqlalchemy import Connection

from gridmap.city import Finding, finding
from gridmap.errors import ConflictError, InputError, StoreError
from gridmap.plan import Edit, Fabric, Plan, SpecialGrid, apply, check_layer
from gridmap.store.fabrics import fabric_key, write_fabric
from gridmap.store.intake import layer_from_records
from gridmap.store.oplog import (
    Json,
    PlanState,
    apply_change,
    change_between,
    change_plan,
    changes_between,
    place,
    state_of,
)
from gridmap.store.plans import (
    SNAPSHOT_EVERY,
    LogEntry,
    PlanRow,
    append_change,
    create_plan,
    entries_since,
    entry,
    find_plan,
    history,
    list_plans,
    read_state,
    stale,
)
from gridmap.store.rebase import require_apart
from gridmap.store.shown import count_shown, show_plan, showing
from gridmap.store.steps import require_editable
from gridmap.store.store import Store
from gridmap.store.undoing import Stacks

__all__ = ["PlanDesk"]


class PlanDesk:
    """The saved plans of a store, for one user.

    `fabric` gives the cells around special grids, `revision` that of the city, `window` the range of households that a
    shown grid's status is measured against. The desk keeps each plan it has opened until the plan or the city changes;
    whoever shares it among threads brings the lock.
    """

    def __init__(
        self,
        opened: Store,
        *,
        user: str,
        fabric: Callable[[Sequence[SpecialGrid]], Fabric],
        revision: Callable[[], int],
        window: Callable[[], tuple[int, int]],
    ) -> None:
        self._store = opened
        self._user = user
        self._fabric = fabric
        self._revision = revision
        self._window = window
        self._known: dict[int, tuple[int, int, Plan]] = {}
        self._stacks = Stacks()
        self._permit: Callable[[Plan, Plan], None] | None = None
        self._drafts_only = False

    def acting(self, user: str, *, permit: Callable[[Plan, Plan], None], drafts_only: bool) -> Self:
        """Return this desk for somebody; `permit` raises PermissionDenied for a change (old, new) they may not make.

        With `drafts_only` a plan that is in force, or was, is not theirs to change: see `require_editable`.
        """
        other = copy.copy(self)
        other._user, other._permit, other._drafts_only = user, permit, drafts_only  # noqa: SLF001 - its own class
        return other

    def permit(self, old: Plan, new: Plan) -> None:
        """Raise PermissionDenied if a change of plans is not this desk's user's to make."""
        if self._permit is not None:
            self._permit(old, new)

    def rows(self) -> list[PlanRow]:
        """Return the saved plans, oldest first."""
        with self._store.reading() as connection:
            return list_plans(connection)

    def row(self, name: str) -> PlanRow:
        """Return the plan of that name; InputError if there is none."""
        with self._store.reading() as connection:
            return find_plan(connection, name)

    def table(self) -> list[dict[str, Any]]:
        """Return the saved plans for people: name, state, revision, grids (resident ones), saved, base, note."""
        with self._store.reading() as connection:
            rows, counts = list_plans(connection), count_shown(connection)
        return [
            {
                "name": row.name,
                "state": row.state,
                "revision": row.head,
                "grids": counts.get(row.name, 0),
                "saved": row.changed_at.isoformat(timespec="seconds"),
                "base": row.base,
                "note": row.note,
            }
            for row in rows
        ]

    def next_name(self, stem: str) -> str:
        """Return the first of stem-1, stem-2 … that no plan has."""
        taken = {row.name for row in self.rows()}
        return next(name for number in range(1, len(taken) + 2) if (name := f"{stem}-{number}") not in taken)

    def free_name(self, name: str) -> str:
        """Return the name itself if no plan has it, otherwise as `next_name`."""
        return self.next_name(name) if any(row.name == name for row in self.rows()) else name

    def history(self, name: str) -> list[LogEntry]:
        """Return the log of a plan, oldest first, without what the changes hold."""
        with self._store.reading() as connection:
            return history(connection, find_plan(connection, name))

    def changes(self, name: str, *, since: int, limit: int = 256, whole: bool = False) -> list[dict[str, Any]]:
        """Return the changes after a revision, oldest first, the last `limit`: revision, user, at, kind, and the grids.

        `grids` are ids of those that got or lost buildings, or whose record changed; None where that is the whole plan.
        With `whole` also the `change` as it is logged, and None likewise.
        """
        with self._store.reading() as connection:
            row = find_plan(connection, name)
            first = max(since, row.head - limit)
            entries = entries_since(connection, row, first)
        return [
            {
                "plan": name,
                "revision": one.rev,
                "user": one.user,
                "at": one.at.isoformat(timespec="seconds"),
                "kind": one.kind,
                "grids": None if one.inverse is None else touched_grids(one.payload, one.inverse),
                **({"change": None if one.inverse is None else one.payload.get("change")} if whole else {}),
            }
            for one in entries
        ]

    def open(self, name: str, *, base: int | None = None) -> tuple[PlanRow, Plan]:
        """Return a plan with the revision it is at, laid on the buildings there are now.

        What a new import of layers made of it is logged, once. Raises InputError if there is no such plan, and
        ConflictError if `base` is given and the plan is at another revision.
        """
        with self._store.reading() as connection:
            row = find_plan(connection, name)
            if base is not None and base != row.head:
                raise stale(connection, changed(row, head=base))
            # The usual case: nothing has changed since, which one look tells.
            known = self._known.get(row.id)
            revision = self._store.settled(connection) if known else None
            if known and revision is not None and (plan := self._followed(connection, row, known, revision)):
                return row, self._keep(row, plan, revision)
        revision = self._revision()
        with self._store.reading() as connection:
            row = find_plan(connection, name)
            if base is not None and base != row.head:
                raise stale(connection, changed(row, head=base))
            if (known := self._known.get(row.id)) and known[:2] == (row.head, revision):
                return row, known[2]
            state = read_state(connection, row)
        plan = place(state, self._fabric(state.specials), name=name).plan
        if row.city_revision != revision:
            # A file that cannot be written, and another process that logs it first, are no reason not to read.
            with suppress(StoreError, ConflictError):
                row = self._reimported(row, state, plan, revision)
        return row, self._keep(row, plan, revision)

    @staticmethod
    def _followed(connection: Connection, row: PlanRow, known: tuple[int, int, Plan], revision: int) -> Plan | None:
        """Return a plan that was open before with what others have changed since; None where it has to be read anew.

        While many write, this is what each of them does before each edit: it costs what was changed, not what there is.
        """
        head, at, plan = known
        if at != revision or row.city_revision != revision or not 0 <= row.head - head <= SNAPSHOT_EVERY:
            return None
        for one in entries_since(connection, row, head) if row.head > head else ():
            changed_ = None if one.inverse is None else change_plan(plan, one.payload["change"])
            if changed_ is None:
                return None
            plan = changed_
        return plan

    def at(self, name: str, rev: int) -> Plan:
        """Return a plan as it was at a revision, laid on the buildings there are now."""
        row, plan = self.open(name)
        if rev == row.head:
            return plan
        with self._store.reading() as connection:
            state = read_state(connection, row, rev=rev)
        return place(state, self._fabric(state.specials), name=name).plan

    def create(
        self,
        plan: Plan,
        name: str,
        *,
        base: str | None = None,
        note: str = "",
        layer: Sequence[dict[str, Any]] | None = None,
        log: Callable[[Any], None] | None = None,
    ) -> tuple[PlanRow, Plan]:
        """Save a new plan; ConflictError if the name is taken.

        `layer` are the records of the grid layer that it was imported from: such a plan is in force if none is yet, and
        its fabric is kept too. `log` is called within the transaction.
        """
        plan, revision = changed(plan, name=name), self._revision()
        with self._store.writing() as connection:
            vacant = not any(row.state == "in_force" for row in list_plans(connection))
            row = create_plan(
                connection,
                name,
                state_of(plan),
                status="in_force" if layer is not None and vacant else "draft",
                city_revision=revision,
                user=self._user,
                base=base,
                note=note,
                layer=layer,
            )
            show_plan(connection, name, plan, window=self._window())
            if layer is not None:
                write_fabric(connection, fabric_key(revision, plan.fabric.specials), plan.fabric)
            if log is not None:
                log(connection)
        return row, self._keep(row, plan, revision)

    def advance(self, row: PlanRow, old: Plan, new: Plan, *, kind: str, reverts: int | None = None) -> Plan:
        """Append what leads from one plan to another to the log; nothing if they are the same.

        Raises ConflictError if the plan is no longer at `row.head`.
        """
        changes = changes_between(old, new)
        if not changes[0]:
            return old
        require_editable(row, drafts_only=self._drafts_only)
        self.permit(old, new)
        # Asked before the transaction, because the answers may need one.
        known = self._known.get(row.id)
        revision = known[1] if known and known[2] is old else self._revision()
        new = new if new.name == row.name else changed(new, name=row.name)
        shown = showing(row.name, new, window=self._window(), before=old)
        with self._store.writing() as connection:
            row = self._log(
                connection, row, changes, lambda: state_of(new), kind=kind, revision=revision, reverts=reverts
            )
            if shown is not None:
                shown.write(connection)
        return self._keep(row, new, revision)

    def edit(self, name: str, edit: Edit, *, base: int | None = None) -> Plan:
        """Change a plan by an edit that was made on revision `base`, the present one if None.

        On a later revision the edit is made all the same if it touches other grids than the changes in between.
        Raises ConflictError that names grids and writers where it does not.
        """
        while True:
            row, plan = self.open(name)
            require_editable(row, drafts_only=self._drafts_only)
            if base is not None and base != row.head:
                self._require_apart(row, base, edit.grids)
            new = apply(plan, edit)
            try:
                return self.advance(row, plan, new, kind=edit.kind)
            except ConflictError:
                # Somebody was faster by a moment: what the edit was made on is what was read here.
                base = row.head if base is None else base

    def _require_apart(self, row: PlanRow, base: int, mine: frozenset[str]) -> None:
        with self._store.reading() as connection:
            if not 1 <= base < row.head:
                raise stale(connection, changed(row, head=base))
            since = entries_since(connection, row, base)
        require_apart(row.name, base, mine, since)

    def revert(self, name: str, kind: str, *, base: int | None = None) -> Plan:
        """Undo or redo (`kind`) by one more change; InputError if there is nothing to."""
        row, plan = self.open(name, base=base)
        require_editable(row, drafts_only=self._drafts_only)
        with self._store.reading() as connection:
            rev = self._stacks.next(connection, row, kind)
            found = None if rev is None else entry(connection, row, rev)
        change = None if found is None else found.inverse if kind == "undo" else found.payload
        if change is None:
            raise InputError(
                f"nothing-to-{kind}", f"There is nothing to {kind} in the plan {name}.", "Change it first."
            )
        new = change_plan(plan, change["change"])
        if new is None:
            state = apply_change(state_of(plan), change["change"])
            new = place(state, self._fabric(state.specials), name=name).plan
        return self.advance(row, plan, new, kind=kind, reverts=rev)

    def findings(self, plan: Plan) -> list[Finding]:
        """Say what is wrong with imported grids, and what a new import of layers changed, until the next edit."""
        with self._store.reading() as connection:
            row = find_plan(connection, plan.name)
            kinds = {one.kind for one in history(connection, row)}
            first, last = entry(connection, row, 1), entry(connection, row, row.head)
        found: list[Finding] = []
        if "layer" in first.payload and kinds <= {"create", "reimport"}:
            grids = layer_from_records(first.payload["layer"], frame=plan.fabric.frame)
            with suppress(
                InputError
            ):  # communities imported since may contradict it; the plan itself is checked anyway
                found += check_layer(plan.fabric, grids)
        if last.kind == "reimport" and last.inverse is not None:
            gone, new = last.payload["change"].get("gone", []), last.inverse["change"].get("gone", [])
            found += _import_finding("plan-building-gone", plan.name, gone, "are no longer in the city and left it")
            found += _import_finding(
                "plan-building-new", plan.name, new, "are new in the city and went to the nearest grid"
            )
        return found

    def _reimported(self, row: PlanRow, state: PlanState, plan: Plan, revision: int) -> PlanRow:
        with self._store.writing() as connection:
            after = state_of(plan)
            changes = change_between(state, after), change_between(after, state)
            row = self._log(connection, row, changes, lambda: after, kind="reimport", revision=revision)
            show_plan(connection, row.name, plan, window=self._window())
        return row

    def _log(
        self,
        connection: Connection,
        row: PlanRow,
        changes: tuple[Json, Json],
        state: Callable[[], PlanState],
        *,
        kind: str,
        revision: int,
        reverts: int | None = None,
    ) -> PlanRow:
        change, inverse = changes
        return append_change(
            connection,
            row,
            kind,
            change,
            inverse,
            state=state,
            city_revision=revision,
            user=self._user,
            reverts=reverts,
        )

    def _keep(self, row: PlanRow, plan: Plan, revision: int) -> Plan:
        self._known[row.id] = (row.head, revision, plan)
        return plan


def _import_finding(rule: str, plan: str, ids: Sequence[str], what: str) -> list[Finding]:
    if not ids:
        return []
    shown = ", ".join(ids[:5]) + (" …" if len(ids) > 5 else "")
    return [finding(rule, "grids", plan, f"Plan {plan}: {len(ids)} buildings {what}: {shown}.")]


def touched_grids(payload: Json, inverse: Json) -> list[str]:
    """Return the ids of the grids that a logged change touches."""
    found: set[str] = set()
    for change in (payload.get("change", {}), inverse.get("change", {})):
        found |= {
            *change.get("cells", {}),
            *change.get("drop", ()),
            *(record["id"] for _, record in change.get("put", ())),
        }
    return sorted(found - {""})
