"""Ledgers of households, persons and elders: matched to buildings, reviewed, and added up into the layer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from gridmap import files
from gridmap.errors import ConflictError, InputError
from gridmap.files import addresses
from gridmap.store import decisions as desk
from gridmap.workspace.imports import ImportVerbs

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

__all__ = ["LedgerReport", "LedgerVerbs"]

_BASES = ("resident", "registered", "dwelling")


@dataclass(frozen=True)
class LedgerReport:
    """What a ledger did to the buildings: how many, each column's sum before and after on them, and notes."""

    buildings: int
    columns: Mapping[str, tuple[int, int]]
    revision: int
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the report as what JSON can hold."""
        columns = {name: {"before": before, "after": after} for name, (before, after) in self.columns.items()}
        return {
            "buildings": self.buildings,
            "columns": columns,
            "revision": self.revision,
            "notes": list(self.notes),
        }


class LedgerVerbs(ImportVerbs):
    """Addresses of ledgers, what people decided about them, and the counts they bring."""

    def match_ledger(
        self, path: str | Path, *, sheet: str | None = None, encoding: str | None = None, **options: Any
    ) -> addresses.LedgerMatch:
        """Match a ledger to the buildings; decisions made before apply. Options as `addresses.match_ledger` has them.

        Nothing is written. Raises InputError for a ledger without addresses, or a city without buildings.
        """
        path = Path(path)
        tables = files.read_ledger(path, encoding=encoding)
        name = _chosen(tables, sheet, path.name)
        with self._lock:
            city = self.city()
            with self._store.reading() as connection:
                known = desk.decisions(connection)
        if city.buildings.empty:
            raise InputError("buildings-none", "The city has no buildings yet.", "Import the buildings first.")
        return addresses.match_ledger(tables[name], city, decisions=known, file=path.name, **options)

    def queue_ledger(self, match: addresses.LedgerMatch, *, source: str) -> int:
        """Put the doubtful addresses of a ledger in the review queue; returns how many there are."""
        with self._lock, self._store.writing() as connection:
            return desk.queue_up(connection, match.doubts(), source=source)

    def apply_ledger(
        self, match: addresses.LedgerMatch, *, basis: str = "resident", as_of: str | None = None, source: str = ""
    ) -> LedgerReport:
        """Write what the accepted rows add up to into the buildings that have any; all others stay as they are.

        Households on the basis `resident` become the resident households; they become the households that plans are
        drawn on only where these are on the same basis or unknown. Raises ConflictError if the city has changed since.
        """
        if basis not in _BASES:
            raise InputError("basis-unknown", f"{basis!r} is no basis of households.", f"Use {', '.join(_BASES)}.")
        with self._lock:
            if self.city() is not match.city:
                raise ConflictError(
                    "city-changed", "The city has changed since the ledger was matched.", "Match again."
                )
            buildings, columns, notes = _updated(match, basis, as_of or dt.datetime.now(dt.UTC).date().isoformat())
            if not columns:
                raise InputError("ledger-nothing", "No row of the ledger is accepted.", "See why with `gridmap match`.")
            report = self.import_layer("buildings", buildings, source=source)
            return LedgerReport(len(match.totals()), columns, report.revision, notes)

    def review(self) -> list[dict[str, Any]]:
        """Return the addresses that wait for a decision, with the building that each may be and where that is."""
        with self._lock:
            buildings = self.city().buildings.set_index("id")
            with self._store.reading() as connection:
                waiting = desk.queue(connection)
        return [
            {**row, "candidates": [_described(buildings, k) for k in (row["building"], *row["others"])]}
            for row in waiting
        ]

    def decide(self, number: int, building: str | None, *, user: str = "local") -> str:
        """Decide which building a waiting address is, None for no building of the city; returns the address.

        The decision is remembered and applied whenever a ledger has this address again.
        """
        with self._lock:
            if building is not None and building not in set(self.city().buildings["id"]):
                raise InputError("building-unknown", f"There is no building {building!r}.", "Name one by its id.")
            with self._store.writing() as connection:
                return desk.decide(connection, number, building or "", user=user)


def _chosen(tables: Mapping[str, pd.DataFrame], sheet: str | None, file: str) -> str:
    """Return the name of the table with addresses: the one asked for, or the only one that has any."""
    if sheet is not None:
        if sheet not in tables:
            raise InputError("sheet-unknown", f"{file}: there is no sheet {sheet!r}.", f"It has {', '.join(tables)}.")
        return sheet
    fit = []
    for name, frame in tables.items():
        try:
            addresses.ledger_columns(list(frame.columns), file=file)
        except InputError:
            continue
        fit.append(name)
    if len(fit) > 1:
        raise InputError("sheet-unclear", f"{file}: {', '.join(fit)} all have addresses.", "Name one with --sheet.")
    if not fit and len(tables) != 1:
        raise InputError(
            "address-missing", f"{file}: no sheet has a column of addresses.", "Name --sheet and --column address=…."
        )
    return fit[0] if fit else next(iter(tables))


def _described(buildings: GeoDataFrame, building: str) -> dict[str, str]:
    if building not in buildings.index:
        return {"building": building, "name": "", "address": ""}
    row = buildings.loc[building]
    return {"building": building, "name": row["name"] or "", "address": row["address"] or ""}


def _updated(
    match: addresses.LedgerMatch, basis: str, as_of: str
) -> tuple[GeoDataFrame, dict[str, tuple[int, int]], tuple[str, ...]]:
    """Return the buildings with the ledger's counts, each column's sum before and after, and notes."""
    totals = match.totals()
    buildings = match.city.buildings.copy()
    rows = totals.index.to_numpy(dtype=np.int64)
    columns: dict[str, tuple[int, int]] = {}
    notes: list[str] = []

    def put(name: str, values: pd.Series, where: Any) -> None:
        known = where & values.notna().to_numpy()
        at = rows[known]
        before = int(buildings[name].iloc[at].fillna(0).sum())
        column = buildings[name].array.copy()
        column[at] = values[known].astype("int64").to_numpy()
        buildings[name] = pd.Series(column, index=buildings.index)
        columns[name] = (before, int(values[known].sum()))

    everywhere = np.ones(len(rows), dtype=bool)
    for name in addresses.COUNTS:
        if name in totals and name != "households":
            put(name, totals[name], everywhere)
    if "households" in totals:
        if basis == "resident":
            put("resident_households", totals["households"], everywhere)
            buildings.iloc[rows, buildings.columns.get_loc("resident_households_as_of")] = as_of
        own = buildings["households_basis"].iloc[rows]
        same = ((own == basis) | own.isna() | buildings["households"].iloc[rows].isna()).to_numpy()
        if same.any():
            put("households", totals["households"], same)
            buildings.iloc[rows[same], buildings.columns.get_loc("households_basis")] = basis
            buildings.iloc[rows[same], buildings.columns.get_loc("households_as_of")] = as_of
        if (~same).any():
            other = ", ".join(sorted(set(own[~same].astype(str))))
            notes.append(
                f"households stay as they are for {int((~same).sum()):,} buildings: they are counted as {other}."
            )
    without = len(buildings) - len(rows)
    notes.append(f"{without:,} buildings have no row in the ledger and stay as they are.")
    return buildings, columns, tuple(notes)
