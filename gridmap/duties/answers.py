"""Questions to a table of duties: who answers for a place, which places nobody does, how many holders are needed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from gridmap.duties.kinds import duty_kind, staffing_rules
from gridmap.duties.ledger import places_of
from gridmap.errors import InputError

__all__ = ["Coverage", "Staffing", "Vacancies", "answering", "coverage", "holding", "staffing", "vacancies"]


@dataclass(frozen=True)
class Vacancies:
    """Places of a kind's level and who holds them.

    `vacant` have no holder, `shared` one who holds others too; `holders` are counted once each. `short` is how many
    holders fewer there are than places: vacancies and shared places together.
    """

    kind: str
    level: str
    places: int
    holders: int
    vacant: tuple[str, ...]
    shared: tuple[str, ...]

    @property
    def short(self) -> int:
        """How many holders are missing for each place to have one of its own."""
        return max(0, self.places - self.holders)

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as JSON has it."""
        return {
            "kind": self.kind,
            "level": self.level,
            "places": self.places,
            "holders": self.holders,
            "short": self.short,
            "vacant": list(self.vacant),
            "shared": list(self.shared),
        }


@dataclass(frozen=True)
class Coverage:
    """Which places a kind's holders cover together: `covered` of `places`, by so many `holders`."""

    kind: str
    level: str
    places: int
    covered: int
    holders: int
    missing: tuple[str, ...]

    @property
    def headline(self) -> str:
        """The answer in one line."""
        return f"{self.covered} of {self.places} by {self.holders}"


@dataclass(frozen=True)
class Staffing:
    """How many holders a number of residents needs (rounded), and how many there are."""

    kind: str
    residents: int
    per_10000: float
    needed: int
    present: int
    source: str
    verified: bool

    @property
    def gap(self) -> int:
        """How many are missing; negative where there are more than needed."""
        return self.needed - self.present


def holding(duties: pd.DataFrame, *, kind: str | None = None, on: dt.date | str | None = None) -> pd.DataFrame:
    """Return the duties that hold on a day (all days if None), of a kind if given."""
    found = duties
    if kind is not None:
        found = found[found["kind"] == duty_kind(kind).id]
    if on is not None:
        day = str(on)
        begun = found["valid_from"].isna() | (found["valid_from"].fillna("") <= day)
        found = found[begun & (found["valid_to"].isna() | (found["valid_to"].fillna("9999") >= day))]
    return found


def answering(
    duties: pd.DataFrame, places: Sequence[tuple[str, str]], *, on: dt.date | str | None = None
) -> pd.DataFrame:
    """Return the duties that stand on any of the places, (level, code) from the narrowest to the widest.

    In the order of the places, and for each in that of the table; a column `level` and one `place` say which.
    """
    held = holding(duties, on=on)
    levels = {name: duty_kind(name).level for name in held["kind"].unique()}
    rows: list[tuple[int, int]] = []
    order = {place: rank for rank, place in enumerate(places)}
    for row, (kind, text) in enumerate(zip(held["kind"], held["places"], strict=True)):
        ranks = [order[place] for code in places_of(text) if (place := (levels[kind], code)) in order]
        rows += [(rank, row) for rank in sorted(ranks)]
    rows.sort()
    out = held.iloc[[row for _, row in rows]].reset_index(drop=True)
    return out.assign(
        level=[places[rank][0] for rank, _ in rows],
        place=[places[rank][1] for rank, _ in rows],
    )


def vacancies(duties: pd.DataFrame, kind: str, places: Iterable[str], *, on: dt.date | str | None = None) -> Vacancies:
    """Say which of the places have no holder of a kind on a day, and which share theirs."""
    rule = duty_kind(kind)
    wanted = tuple(dict.fromkeys(places))
    held = _held_by(holding(duties, kind=kind, on=on), set(wanted))
    count: dict[str, int] = {}
    for codes in held.values():
        for code in codes:
            count[code] = count.get(code, 0) + 1
    alone = {code for codes in held.values() if len(codes) == 1 for code in codes}
    return Vacancies(
        rule.id,
        rule.level,
        len(wanted),
        sum(1 for codes in held.values() if codes),
        tuple(code for code in wanted if code not in count),
        tuple(code for code in wanted if code in count and code not in alone),
    )


def coverage(duties: pd.DataFrame, kind: str, places: Iterable[str], *, on: dt.date | str | None = None) -> Coverage:
    """Say how many of the places the holders of a kind cover together on a day.

    Raises InputError where there are no places to cover.
    """
    found = vacancies(duties, kind, places, on=on)
    if not found.places:
        raise InputError("places-none", f"There are no places of the level {found.level}.", "Import them first.")
    return Coverage(
        found.kind, found.level, found.places, found.places - len(found.vacant), found.holders, found.vacant
    )


def staffing(
    duties: pd.DataFrame, residents: int, *, kind: str = "community_worker", on: str | None = None
) -> Staffing:
    """Say how many holders of a kind the residents need by its rule, and how many persons hold it on a day.

    Raises InputError for a kind without a staffing rule.
    """
    name = duty_kind(kind).id
    if name not in staffing_rules():
        known = ", ".join(staffing_rules())
        raise InputError("staffing-unknown", f"There is no staffing rule for {name}.", f"There is one for {known}.")
    rule = staffing_rules()[name]
    present = int(holding(duties, kind=name, on=on)["person"].nunique())
    needed = round(rule.per_10000 * residents / 10_000)
    return Staffing(name, residents, rule.per_10000, needed, present, rule.source, rule.verified)


def _held_by(duties: pd.DataFrame, wanted: set[str]) -> dict[str, set[str]]:
    """Return the places of each holder, a person before the organisation that sent them."""
    held: dict[str, set[str]] = {}
    for person, organisation, text in zip(duties["person"], duties["organisation"], duties["places"], strict=True):
        holder = f"p {person}" if person is not None else f"o {organisation}"
        held.setdefault(holder, set()).update(code for code in places_of(text) if code in wanted)
    return held
