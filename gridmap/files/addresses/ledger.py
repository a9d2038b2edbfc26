"""Ledgers of households, persons or elders: their addresses matched to buildings, and what they add up to there.

Only what is asked is read: address, counts, age. Names and telephones stay in the file.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridmap.errors import InputError
from gridmap.files.addresses.gazetteer import gazetteer
from gridmap.files.addresses.match import Given, Matcher, Outcome
from gridmap.files.addresses.parse import parse, plain
from gridmap.files.columns import to_numbers, to_text
from gridmap.files.heading import forms
from gridmap.files.values import key, parse_month
from gridmap.rules import table

if TYPE_CHECKING:
    from gridmap.city import City

__all__ = ["COUNTS", "Doubt", "LedgerKind", "LedgerMatch", "ledger_columns", "match_ledger"]

LedgerKind = Literal["households", "persons", "elders"]

COUNTS = ("households", "residents", "elders_60", "elders_80", "children")
_PLACES = ("address", "subdistrict", "community", "compound", "building")
_ADULT, _OLD, _VERY_OLD = 14, 60, 80


@dataclass(frozen=True, slots=True)
class Doubt:
    """Addresses that wait for a person: what is remembered (`key`), its rows, the likeliest building and others."""

    key: str
    rows: int
    building: str
    others: tuple[str, ...]
    confidence: float
    reason: str


@dataclass(frozen=True)
class LedgerMatch:
    """A ledger matched to a city's buildings: an outcome a row, and the counts of each row (NaN where unknown).

    `columns` says which column of the file was read as which, `kind` what a row is. `rows` are numbers of the file.
    """

    city: City
    columns: Mapping[str, str]
    kind: LedgerKind
    rows: NDArray[np.int64]
    outcomes: tuple[Outcome, ...]
    keys: tuple[str, ...]
    homes: NDArray[np.object_]
    counts: Mapping[str, NDArray[np.float64]]
    notes: tuple[str, ...]

    @property
    def building(self) -> NDArray[np.int64]:
        """The building of each row that is accepted, −1 for the others."""
        return np.array([o.building if o.outcome == "accepted" else -1 for o in self.outcomes], dtype=np.int64)

    def states(self) -> dict[str, int]:
        """Return the number of rows that are accepted, doubtful and unmatched."""
        found = Counter(outcome.outcome for outcome in self.outcomes)
        return {state: found.get(state, 0) for state in ("accepted", "doubtful", "unmatched")}

    def reasons(self) -> dict[str, int]:
        """Return why rows are not accepted, the most frequent reason first."""
        found = Counter(outcome.reason for outcome in self.outcomes if outcome.outcome != "accepted")
        return dict(found.most_common())

    def doubts(self) -> tuple[Doubt, ...]:
        """Return the addresses that a person has to decide, those of most rows first; each building string once."""
        count = Counter(k for k, outcome in zip(self.keys, self.outcomes, strict=True) if outcome.outcome == "doubtful")
        first = dict(zip(reversed(self.keys), reversed(self.outcomes), strict=True))
        ids = self.city.buildings["id"].tolist()
        return tuple(
            Doubt(
                address,
                rows,
                ids[first[address].building],
                tuple(ids[row] for row in first[address].others),
                first[address].confidence,
                first[address].reason,
            )
            for address, rows in count.most_common()
        )

    def table(self) -> pd.DataFrame:
        """Return the outcome of each row: building, compound, community and where it is, nothing about persons."""
        buildings, frame = self.city.buildings, self.city.frame
        at = np.array([outcome.building for outcome in self.outcomes], dtype=np.int64)
        there = at >= 0
        points = buildings.geometry.representative_point()
        lon, lat = frame.to_lonlat(points.x.to_numpy(), points.y.to_numpy())

        def of(values: Any) -> NDArray[np.object_]:
            listed = np.asarray(values, dtype=object)
            return np.array([listed[row] if row >= 0 else None for row in at.tolist()], dtype=object)

        columns = {
            "row": self.rows,
            "outcome": [outcome.outcome for outcome in self.outcomes],
            "building": of(buildings["id"]),
            "building_name": of(buildings["name"]),
            "compound": of(buildings["compound"]),
            "community": of(buildings["community"]),
            "x": np.where(there, lon[at], np.nan),
            "y": np.where(there, lat[at], np.nan),
            "confidence": [outcome.confidence for outcome in self.outcomes],
            "how": [outcome.how for outcome in self.outcomes],
            "reason": [outcome.reason for outcome in self.outcomes],
        }
        return pd.DataFrame(columns)

    def totals(self) -> pd.DataFrame:
        """Return what the accepted rows add up to, a row a building that has any, by its row in the layer."""
        building = self.building
        there = building >= 0
        found = pd.DataFrame({name: values[there] for name, values in self.counts.items()})
        found["building"] = building[there]
        sums = found.groupby("building").sum(min_count=1)
        if self.kind == "persons" and "households" not in self.counts:
            homes = pd.DataFrame({"building": building[there], "home": self.homes[there]}).dropna()
            sums["households"] = homes.groupby("building")["home"].nunique().reindex(sums.index)
        return sums


def ledger_columns(names: Sequence[str], *, given: Mapping[str, str] | None = None, file: str = "") -> dict[str, str]:
    """Tell which columns of a ledger say where and how many; `given` (ours → theirs) wins, `-` leaves one out.

    Raises InputError where nothing says where, and for names that do not exist.
    """
    known = table("addresses")["columns"]
    by_key: dict[str, str] = {}
    for name in names:
        by_key.setdefault(key(name), name)
        by_key.setdefault(key(name.partition("(")[0].partition("（")[0]), name)
    for name in names:
        for form in forms(name):
            by_key.setdefault(key(form), name)
    found: dict[str, str] = {}
    for ours, theirs in known.items():
        column = next((by_key[key(name)] for name in theirs if key(name) in by_key), None)
        if column is not None and column not in found.values():
            found[ours] = column
    for ours, theirs_given in (given or {}).items():
        if ours not in known or (theirs_given != "-" and theirs_given not in names):
            wrong = ours if ours not in known else theirs_given
            raise InputError(
                "column-unknown",
                f"{file}: there is no column {wrong!r}.",
                f"It has {', '.join(names)}; ours are {', '.join(known)}.",
            )
        found.pop(ours, None)
        if theirs_given != "-":
            found[ours] = theirs_given
    if not {"address", "compound"} & set(found):
        raise InputError(
            "address-missing",
            f"{file}: no column says where the rows are; it has {', '.join(names)}.",
            "Name it with --column address=….",
        )
    return found


def match_ledger(
    frame: pd.DataFrame,
    city: City,
    *,
    kind: LedgerKind | None = None,
    columns: Mapping[str, str] | None = None,
    decisions: Mapping[str, str] | None = None,
    on: dt.date | None = None,
    file: str = "",
) -> LedgerMatch:
    """Match the addresses of a ledger (its index numbers the rows) to the buildings of a city.

    `kind` says what a row is: a household, a person, an elder; told by the columns if left out. `decisions` are what
    people decided before (address key → building id, "" for none). `on` is the day at which ages are counted.
    O(rows), about 50 µs each. Raises InputError for numbers that are none.
    """
    found = ledger_columns(list(frame.columns), given=columns, file=file)
    rows = np.asarray(frame.index, dtype=np.int64)
    texts = {name: _texts(frame, found.get(name), rows, file) for name in (*_PLACES, "stairwell", "room")}
    matcher = Matcher(gazetteer(city), decisions=decisions)
    given = [Given(*parts) for parts in zip(*(texts[name] for name in _PLACES), strict=True)]
    outcomes = tuple(map(matcher.match, given))
    what = kind or ("persons" if {"age", "born"} & set(found) and "households" not in found else "households")
    counts, notes = _counts(frame, found, what, rows, file, on or dt.datetime.now(dt.UTC).date())
    keys = tuple(matcher.key_of(g) if o.outcome != "accepted" else "" for g, o in zip(given, outcomes, strict=True))
    homes = np.full(len(rows), None, dtype=object)
    if what == "persons":
        homes[:] = [_home(g, s, r) for g, s, r in zip(given, texts["stairwell"], texts["room"], strict=True)]
    return LedgerMatch(city, found, what, rows, outcomes, keys, homes, counts, notes)


def _texts(frame: pd.DataFrame, name: str | None, rows: NDArray[np.int64], file: str) -> list[str]:
    if name is None:
        return [""] * len(frame)
    values = frame[name].to_numpy() if frame[name].dtype.kind in "fO" else frame[name].array
    found = to_text(values, rows, place=f"{file}, column {name}")[0]
    return ["" if text is None else str(text) for text in found]


def _home(given: Given, stairwell: str, room: str) -> str | None:
    """Return what tells dwellings of a building apart; None where the ledger does not say."""
    address = parse(given.address)
    own = f"{plain(stairwell) or address.stairwell}-{plain(room) or address.room}"
    return None if own.endswith("-") else own


def _counts(
    frame: pd.DataFrame, found: Mapping[str, str], kind: LedgerKind, rows: NDArray[np.int64], file: str, on: dt.date
) -> tuple[dict[str, NDArray[np.float64]], tuple[str, ...]]:
    """Return what each row counts as, and notes about numbers that only say about."""
    counts: dict[str, NDArray[np.float64]] = {}
    notes: list[str] = []
    for name in COUNTS:
        if name in found:
            values = frame[found[name]]
            plain_values = values.to_numpy() if values.dtype.kind in "fO" else values.array
            numbers = to_numbers(plain_values, rows, place=f"{file}, column {found[name]}")
            counts[name] = numbers.found
            notes.extend(numbers.notes)
    one = np.ones(len(rows))
    if kind == "households":
        counts.setdefault("households", one)
        return counts, tuple(notes)
    age = _ages(frame, found, rows, file, on)
    if kind == "persons":
        counts["residents"] = one
        if age is not None:
            counts |= {"elders_60": _at_least(age, _OLD), "elders_80": _at_least(age, _VERY_OLD)}
            counts["children"] = 1.0 - _at_least(age, _ADULT)
        return counts, tuple(notes)
    elders = {"elders_60": one if age is None else np.where(np.isnan(age), 1.0, _at_least(age, _OLD))}
    if age is not None:
        elders["elders_80"] = _at_least(age, _VERY_OLD)
    return elders, tuple(notes)


def _at_least(age: NDArray[np.float64], years: int) -> NDArray[np.float64]:
    return np.where(np.isnan(age), np.nan, (age >= years).astype(np.float64))


def _ages(
    frame: pd.DataFrame, found: Mapping[str, str], rows: NDArray[np.int64], file: str, on: dt.date
) -> NDArray[np.float64] | None:
    if "age" in found:
        values = frame[found["age"]]
        return to_numbers(
            values.to_numpy() if values.dtype.kind in "fO" else values.array,
            rows,
            place=f"{file}, column {found['age']}",
        ).found
    if "born" not in found:
        return None
    born = [parse_month(text) if text else None for text in _texts(frame, found["born"], rows, file)]
    return np.array([np.nan if day is None else _age(day, on) for day in born], dtype=np.float64)


def _age(born: Any, on: dt.date) -> float:
    year, month, day = (int(part) for part in str(born).split("-"))
    return float(on.year - year - ((on.month, on.day) < (month, day)))
