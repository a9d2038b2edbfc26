"""Rights at the door: which right each verb needs, and in whose name a workspace is worked on."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from functools import wraps
from types import MappingProxyType
from typing import Any, Self, TypeVar, cast

from gridmap import store
from gridmap.errors import InputError
from gridmap.release import NOWHERE, OWN, Sight
from gridmap.rules import table as rule_table
from gridmap.settings import DEFAULT, Settings
from gridmap.store import Access, AuditEntry, AuditVerdict
from gridmap.workspace.principal import RIGHTS, Principal, require_role
from gridmap.workspace.state import OpenWorkspace

__all__ = ["ACCOUNTS", "RECORDS", "VERBS", "RightsVerbs", "guard", "guarded"]

Made = TypeVar("Made")


def _table(**rights: str) -> Mapping[str, str]:
    named = [(verb, right) for right, verbs in rights.items() for verb in verbs.split()]
    return MappingProxyType({verb: "import" if right == "import_" else right for verb, right in named})


VERBS = _table(
    anyone="acting actors close path place meta principal profile reach sight window",
    view="""accounts changes history mends nearest next_name plan_steps plans records records_scene require_new_name
        where""",
    edit="""access alternatives atlas balance check city conflicts coverage crossings crosswalk current_plan edit
        explain fabric frontier ground judged latest_plan layer merge_systems micro_grids plan rebalance
        redo redraw_options repair save_plan site submit undo weights what_if withdraw workload""",
    review="approve file_plan put_in_force return_plan",
    import_="""apply_ledger crs_candidates decide import_invented import_layer import_records match_ledger mend propose
        queue_ledger review take undo_mend""",
    admin="audit_entries audit_verify people",
)
"""The right that each verb of a workspace needs. A verb that is not here needs `admin`, and fails a test.

What gives plans, layers and measures as they are, with the households of each building, needs the right to draw;
everybody else gets them as `gridmap.release` lets them out.
"""

RECORDS = _table(
    view="answering any board codes events find matter on_map plan_on readdressed registers scene sums table tasks",
    records="add advance",
    import_="apply take",
    admin="acting restricted",
)
"""The same for the desk of records."""

ACCOUNTS = _table(
    view="answering assign coverage duties export figures findings match restricted staffing vacancies",
)
"""The same for the accounts of records; contacts that are not posted need `records`."""


class RightsVerbs(OpenWorkspace):
    """Working in somebody's name, the accounts of people, and the audit log."""

    @property
    def principal(self) -> Principal:
        """Who works on the workspace."""
        return self._principal

    def acting(self, principal: Principal) -> Self:
        """Return this workspace for somebody: verbs need their rights, changes carry their name and keep to their area.

        It shares the open file and all that is read of it; close the one it was made of.
        """
        other = copy.copy(self)
        other._principal, other._user = principal, principal.name  # noqa: SLF001 - its own class
        other._take_desks(self)  # noqa: SLF001
        return other

    @property
    def reach(self) -> frozenset[str] | None:
        """The communities of the principal's area; None for the whole city."""
        return frozenset(self._reach()) if self._principal.scope else None

    @property
    def actors(self) -> tuple[str, ...] | None:
        """As what the principal may act in matters: by their area, never as a resident; None for this machine's user.

        An account of a community acts as its workers do, one of a subdistrict as that, too, one of the city as all.
        """
        if self._principal.local:
            return None
        known = rule_table("rights")["acts_as"]
        if not self._principal.may("records"):
            return ()
        scope = set(self._principal.scope)
        wide = not scope or bool(scope & {one for parents, _ in self._parents() for one in parents})
        levels = ("community", *(("subdistrict",) if wide else ()), *(() if scope else ("city",)))
        return tuple(actor for level in levels for actor in known[level])

    @property
    def sight(self) -> Sight:
        """Where the principal sees figures about people as a planner does: in their area, with the right to draw."""
        if self._principal.local:
            return OWN
        if not self._principal.may("edit"):
            return NOWHERE
        return Sight(self.reach)

    def people(self, settings: Settings = DEFAULT, *, by: str | None = None) -> Access:
        """Return the accounts, sessions and tokens of the workspace; `by` is who changes them, if it is another."""
        return Access(self._store, user=by or self._user, settings=settings, check=self._check_account)

    def audit_entries(self, *, last: int | None = None) -> list[AuditEntry]:
        """Return the audit log, oldest first; with `last`, so many of its newest entries."""
        with self._store.reading() as connection:
            return store.audit_entries(connection, last=last)

    def audit_verify(self, *, expected: str | None = None) -> AuditVerdict:
        """Look through the audit log; see `gridmap.store.audit.verify_chain`."""
        with self._store.reading() as connection:
            return store.verify_chain(connection, expected=expected)

    def _check_account(self, role: str, scope: Sequence[str]) -> None:
        require_role(role)
        known = {code for parents, community in self._parents() for code in (*parents, community)}
        for code in scope:
            if code not in known:
                raise InputError(
                    "place-unknown", f"There is no subdistrict and no community {code!r}.", "Give codes of those."
                )


def guard(workspace: type[Made], verbs: Mapping[str, str] = VERBS) -> None:
    """Let every public verb of a class ask first whether the principal has the right that it needs."""
    for name in dir(workspace):
        if name.startswith("_"):
            continue
        found = inspect.getattr_static(workspace, name)
        right = verbs.get(name, "admin")
        if right not in RIGHTS:
            raise ValueError(f"{name} needs {right}, which is no right")
        if isinstance(found, property) and found.fget is not None:
            setattr(workspace, name, property(_asked(found.fget, right), doc=found.__doc__))
        elif inspect.isfunction(found):
            setattr(workspace, name, _asked(found, right))


_inside: ContextVar[bool] = ContextVar("inside", default=False)
"""Whether a verb is at work already: what it asks of other verbs is its own business."""


def _asked(verb: Callable[..., Any], right: str) -> Callable[..., Any]:
    @wraps(verb)
    def asked(self: OpenWorkspace, *args: Any, **options: Any) -> Any:
        if self._principal.local or _inside.get():
            return verb(self, *args, **options)
        self._principal.require(right)
        before = _inside.set(True)
        try:
            return verb(self, *args, **options)
        finally:
            _inside.reset(before)

    return asked


class _Guarded:
    """A desk that asks for rights: passes on what the principal may ask of it."""

    def __init__(self, desk: object, verbs: Mapping[str, str], principal: Principal) -> None:
        self._desk, self._verbs, self._who = desk, verbs, principal

    def __repr__(self) -> str:
        return repr(self._desk)

    def __getattr__(self, name: str) -> Any:
        self._who.require(self._verbs.get(name, "admin"))
        found = getattr(self._desk, name)
        if not callable(found):
            return found

        @wraps(found)
        def asked(*args: Any, **options: Any) -> Any:
            if options.get("contacts"):
                self._who.require("records")
            return found(*args, **options)

        return asked


def guarded(desk: Made, verbs: Mapping[str, str], principal: Principal) -> Made:
    """Return a desk that asks for rights; the desk itself for who has all."""
    return desk if principal.local else cast("Made", _Guarded(desk, verbs, principal))
