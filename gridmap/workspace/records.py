"""Records of a workspace: persons, organisations, duties and matters."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from gridmap import store
from gridmap.duties import duty_kinds
from gridmap.errors import InputError, StoreError
from gridmap.store import Accounts, RecordsDesk, RecordsReport
from gridmap.workspace.rights import ACCOUNTS, RECORDS, guarded
from gridmap.workspace.state import OpenWorkspace

if TYPE_CHECKING:
    from pandas import DataFrame

    from gridmap.plan import Plan
    from gridmap.store import Answers, RecordsScene

__all__ = ["RecordVerbs"]


class RecordVerbs(OpenWorkspace):
    """The desk that takes records in and moves them, and the accounts that answer from them."""

    @property
    def records(self) -> RecordsDesk:
        """Persons, organisations, duties and matters: taken in, added, moved through their stages, found."""
        return guarded(self._records, RECORDS, self._principal)

    @property
    def accounts(self) -> Accounts:
        """Questions to the records: who answers, vacancies, coverage, staffing, assignment, figures, tables."""
        return guarded(self._accounts, ACCOUNTS, self._principal)

    def import_records(self, records: Mapping[str, DataFrame], *, source: str = "") -> RecordsReport:
        """Take in tables of persons, organisations, duties, matters and matter_events, whole or not at all.

        See `RecordsDesk.take` for their columns and for what becomes of restricted kinds.
        """
        with self._lock:
            return self._records.take(records, source=source)

    def import_invented(self, records: Mapping[str, DataFrame], *, source: str) -> RecordsReport:
        """Take in the records of an invented city; without the restricted ones where their key can be kept nowhere."""
        try:
            return self.import_records(records, source=source)
        except StoreError as error:
            if error.code != "key-unwritable":
                raise
        apart = [kind.id for kind in duty_kinds().values() if kind.restricted]
        duties = records["duties"]
        return self.import_records({**records, "duties": duties[~duties["kind"].isin(apart)]}, source=source)

    def records_scene(self, plan: Plan, *, on: dt.date | None = None) -> tuple[RecordsScene, Answers]:
        """Return what a map shows on a day (today): matters, and who answers by a plan; nothing restricted."""
        day = on or store.today()
        bounds = self.city().communities.total_bounds.tolist()
        if not all(map(math.isfinite, bounds)):
            raise InputError("map-empty", "There is nothing to draw: there are no communities.", "Import communities.")
        scene = self._records.scene((bounds[0], bounds[1], bounds[2], bounds[3]), on=day)
        return scene, store.answers(self._accounts, on=day, plan=plan.name or None)
