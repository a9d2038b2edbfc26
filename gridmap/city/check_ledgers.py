"""Checks of a city against what others say of it: totals of households, releases of codes, codes that were retired."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from gridmap.city.city import City
from gridmap.city.findings import Finding, finding
from gridmap.city.lineage import lineage, retired_between, stem
from gridmap.city.report import label, point_of
from gridmap.city.schema import LAYERS
from gridmap.errors import InputError

__all__ = ["CODED", "check_codes", "check_retired", "check_totals", "retired_by"]

CODED = ("subdistricts", "communities")
"""The layers whose codes are given once and never again."""
_LEVELS = ("communities", "compounds", "subdistricts")


def check_totals(city: City, totals: pd.DataFrame) -> tuple[Finding, ...]:
    """Compare the households of a ledger with the sums of the buildings; a finding for each place that differs.

    `totals` has `code` (code, id or name of a community, compound or subdistrict) and `households`. Where households of
    buildings are unknown, the sum is a lower limit: only a larger one contradicts the ledger. A place that is not
    in the city is told too. Raises InputError for missing columns.
    """
    for name in ("code", "households"):
        if name not in totals:
            raise InputError("column-missing", f"The totals have no column {name}.", "Name it so.")
    texts = [None if pd.isna(value) else str(value).strip() for value in totals["code"]]
    named = pd.Series(texts, dtype=object)
    said = pd.to_numeric(totals["households"], errors="coerce").to_numpy(float)
    rows = {name: city.rows_named(name, named) for name in _LEVELS}
    sums = {name: _sums(city, name) for name in _LEVELS}
    found = []
    for line, (text, figure) in enumerate(zip(texts, said, strict=True)):
        if text is None or not np.isfinite(figure):
            continue
        level = next((name for name in _LEVELS if rows[name][line] >= 0), None)
        if level is None:
            message = f"The ledger has {figure:,.0f} households for {text}, which is no place of the city."
            found.append(finding("households-total", "buildings", text, message))
            continue
        row = int(rows[level][line])
        total, unknown = (int(values[row]) for values in sums[level])
        if total == figure or (unknown and total < figure):
            continue
        least = f"at least {total:,} ({unknown} buildings unknown)" if unknown else f"{total:,}"
        message = f"{label(city, level, row)} has {least} households by its buildings, {figure:,.0f} by the ledger."
        x, y = point_of(city, level, row)
        key, shape = str(city.layers[level][LAYERS[level].key].iloc[row]), city.layers[level].geometry.iloc[row]
        found.append(finding("households-total", level, key, message, x=x, y=y, rows=[row], shape=shape))
    return tuple(found)


def _sums(city: City, level: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the known households of each place, and how many of its buildings are unknown."""
    of = city.building_compound if level == "compounds" else city.building_community
    if level == "subdistricts":
        of = np.append(city.community_subdistrict, np.int32(-1))[of]
    households = city.buildings["households"]
    known = households.notna().to_numpy(bool)
    size, inside = len(city.layers[level]), of >= 0
    weights = households.to_numpy(float, na_value=0.0)
    total = np.bincount(of[inside], weights=weights[inside], minlength=size)
    return total, np.bincount(of[inside & ~known], minlength=size)


def check_codes(city: City, release: pd.DataFrame) -> tuple[Finding, ...]:
    """Tell how the codes of the city differ from another release of them, place by place, and which are used again.

    `release` has `code` and `name`. Only the levels are compared of which the release has codes of the same length.
    """
    found = []
    for layer, before in _levels(city, release):
        row_of = {code: row for row, code in enumerate(city.layers[layer]["code"])}
        became = lineage(before, city.layers[layer][["code", "name"]])
        drifted = became[(became["kind"] != "kept") | became["reused"]]
        found += [_drifted(city, layer, one, row_of) for one in drifted.to_dict("records")]
    return tuple(found)


def retired_by(city: City, release: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return by layer `code` and `name` of what a release has and the city gave up; see `retired_between`."""
    return {
        layer: retired_between(before, city.layers[layer][["code", "name"]]) for layer, before in _levels(city, release)
    }


def _levels(city: City, release: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Return the rows of a release that are of the level of each coded layer, within the city."""
    lengths = release["code"].map(lambda code: len(str(code))).to_numpy()
    found = []
    for layer in CODED:
        codes = city.layers[layer]["code"]
        if codes.empty:
            continue
        level = lengths == codes.str.len().mode().iloc[0]
        if layer == "communities" and (digits := city.profile.codes.subdistrict_digits):
            # What lies in other subdistricts is not the city's, unless its name is, which moved.
            own, stems = set(codes.str[:digits]), set(city.layers[layer]["name"].dropna().map(stem))
            here = release["code"].astype(str).str[:digits].isin(own).to_numpy(bool)
            named = release["name"].map(lambda name: stem(name) if isinstance(name, str) else None).isin(stems)
            level = level & (here | named.to_numpy(bool))
        if level.any():
            found.append((layer, release[level]))
    return found


def check_retired(city: City, retired: pd.DataFrame) -> tuple[Finding, ...]:
    """Tell which codes of the city were given up once by a place of another name.

    `retired` has `layer`, `code` and `name`. Where one of the two names is unknown, it may be the same place again.
    """
    found = []
    for layer in CODED:
        gone = retired[(retired["layer"] == layer) & (retired["name"] != "")]
        own = city.layers[layer]
        for row in np.flatnonzero(own["code"].isin(gone["code"]).to_numpy(bool)):
            code, name = own["code"].iloc[row], own["name"].iloc[row]
            others = [one for one in gone.loc[gone["code"] == code, "name"] if name and stem(one) != stem(name)]
            if others:
                message = f"{label(city, layer, int(row))} has a code that was retired: {', '.join(others)} had it."
                x, y = point_of(city, layer, int(row))
                shape = own.geometry.iloc[row]
                found.append(
                    finding("code-reused", layer, code, message, x=x, y=y, at="retired", rows=[row], shape=shape)
                )
    return tuple(found)


_SAYS = {
    "renamed": "became",
    "merged": "went into",
    "split": "was divided into",
    "new": "",
    "retired": "",
    "kept": "is",
}


def _drifted(city: City, layer: str, one: Mapping[Hashable, Any], row_of: dict[str, int]) -> Finding:
    was, now = f"{one['old_name']} ({one['old_code']})", f"{one['new_name']} ({one['new_code']})"
    kind = str(one["kind"])
    if kind == "retired":
        message = f"{was} is no more."
    elif kind == "new":
        message = f"{now} is new."
    else:
        message = f"{was} {_SAYS[kind]} {now}."
    if one["reused"]:
        message = f"{message[:-1]}, under a code that was another place's."
    rule = "code-reused" if one["reused"] else "code-drifted"
    row = row_of.get(str(one["new_code"]), -1)
    at = f"{one['old_code']} {one['new_code']}"
    if row < 0:
        return finding(rule, layer, str(one["old_code"]), message, at=at)
    x, y = point_of(city, layer, row)
    shape = city.layers[layer].geometry.iloc[row]
    return finding(rule, layer, str(one["new_code"]), message, x=x, y=y, at=at, rows=[row], shape=shape)
