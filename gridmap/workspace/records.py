"""Records of a workspace: persons, organisations, duties and matters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from gridmap.store import Accounts, RecordsDesk, RecordsReport
from gridmap.workspace.state import OpenWorkspace

if TYPE_CHECKING:
    from pandas import DataFrame

__all__ = ["RecordVerbs"]


class RecordVerbs(OpenWorkspace):
    """The desk that takes records in and moves them, and the accounts that answer from them."""

    @property
    def records(self) -> RecordsDesk:
        """Persons, organisations, duties and matters: taken in, added, moved through their stages, found."""
        return self._records

    @property
    def accounts(self) -> Accounts:
        """Questions to the records: who answers, vacancies, coverage, staffing, assignment, figures, tables."""
        return self._accounts

    def import_records(self, records: Mapping[str, DataFrame], *, source: str = "") -> RecordsReport:
        """Take in tables of persons, organisations, duties, matters and matter_events, whole or not at all.

        See `RecordsDesk.take` for their columns and for what becomes of restricted kinds.
        """
        with self._lock:
            return self._records.take(records, source=source)
