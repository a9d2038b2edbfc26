"""Persons, organisations and duties as they are held in memory: read again only when their history has grown."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

import pandas as pd
from sqlalchemy import Connection, func, select

from gridmap import duties as answers
from gridmap.duties import duty_kind, places_of
from gridmap.store import records

__all__ = ["HeldRegisters", "Registers"]

_DAYS = 8
"""For so many days who stands where is kept."""

Roster = Mapping[tuple[str, str], Sequence[Mapping[str, Any]]]


@dataclass(frozen=True, eq=False)
class Registers:
    """The registers in one state. `tables` are not to be changed."""

    tables: Mapping[str, pd.DataFrame]
    _rosters: dict[dt.date, Roster] = field(default_factory=dict)

    def holding(self, *, kind: str | None = None, on: dt.date) -> pd.DataFrame:
        """Return the duties that hold on a day, with the holders' names: person · organisation."""
        held = answers.holding(self.tables["duties"], kind=kind, on=on)
        names = {
            name: dict(zip(*(self.tables[name][column] for column in ("id", "name")), strict=True))
            for name in ("persons", "organisations")
        }
        holder = [
            " · ".join(
                text for text in (names["persons"].get(person), names["organisations"].get(organisation)) if text
            )
            for person, organisation in zip(held["person"], held["organisation"], strict=True)
        ]
        shown = held.reset_index(drop=True)
        shown["holder"] = pd.Series(holder, dtype=object)
        return shown

    def standing(self, places: Sequence[tuple[str, str]], *, on: dt.date) -> list[dict[str, Any]]:
        """Return the duties that stand on places, (level, code) from near to far: a row a duty and place.

        id, level, place, kind, title, holder, contact (None unless it is posted), posted. O(answers) once a day is
        known.
        """
        roster = self._rosters.get(on)
        if roster is None:
            while len(self._rosters) >= _DAYS:
                self._rosters.pop(next(iter(self._rosters)), None)
            roster = self._rosters[on] = self._roster(on)
        return [dict(one) for place in places for one in roster.get(place, ())]

    def _roster(self, on: dt.date) -> Roster:
        held = self.holding(on=on)
        posted = held["posted"].fillna(value=False).astype(bool)
        kinds = {name: duty_kind(name) for name in held["kind"].unique()}
        made: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
        columns = (held["id"], held["kind"], held["places"], held["holder"], held["contact"], posted)
        for duty, kind, places, holder, contact, shown in zip(*columns, strict=True):
            rule = kinds[kind]
            for code in places_of(places):
                row = {"id": duty, "level": rule.level, "place": code, "kind": kind, "title": rule.zh, "holder": holder,
                       "contact": contact if shown else None, "posted": bool(shown)}  # fmt: skip
                made.setdefault((rule.level, code), []).append(row)
        return made


class HeldRegisters:
    """The registers of a store as they were read last; threads share it."""

    def __init__(self) -> None:
        self._held: tuple[tuple[int, int], Registers] | None = None
        self._lock = Lock()

    def get(self, connection: Connection) -> Registers:
        """Return the registers as a connection sees them."""
        mark = _mark(connection)  # first: what is written after it is read again the next time
        with self._lock:
            held = self._held
        if held is None or held[0] != mark:
            tables = {name: records.read_table(connection, name) for name in records.REGISTRIES}
            held = mark, Registers(tables)
            with self._lock:
                self._held = held
        return held[1]


def _mark(connection: Connection) -> tuple[int, int]:
    """Return what changes whenever persons, organisations or duties do: the last entry of their history, and how many.

    Both, for a database may give a number before another that is given later stands.
    """
    if not records.has_records(connection):
        return 0, 0
    log = records.record_log.c
    last, many = connection.execute(select(func.max(log.seq), func.count())).one()
    return int(last or 0), int(many)
