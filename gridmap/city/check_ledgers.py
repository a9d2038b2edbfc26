"""Checks of a city against what others say of it: totals of households, and releases of codes."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from gridmap.city.city import City
from gridmap.city.findings import Finding, finding
from gridmap.city.lineage import lineage
from gridmap.city.report import label, point_of
from gridmap.city.schema import LAYERS
from gridmap.errors import InputError

__all__ = ["check_codes", "check_totals"]

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
    """Compare the codes of the communities and subdistricts with another, earlier release; a finding for each change.

    `release` has `code` and `name`. Only the levels are compared of which the release has codes of the same length.
    """
    found = []
    lengths = release["code"].map(lambda code: len(str(code)))
    for layer in ("subdistricts", "communities"):
        own = city.layers[layer][["code", "name"]]
        if own.empty:
            continue
        digits = own["code"].str.len().mode().iloc[0]
        before = release[(lengths == digits).to_numpy(bool)]
        if before.empty:
            continue
        row_of = {code: row for row, code in enumerate(own["code"])}
        parents = {str(code)[:9] for code in own["code"]} if layer == "communities" else None
        for one in lineage(before, own).to_dict("records"):
            far = parents is not None and str(one["old_code"])[:9] not in parents
            if (one["kind"] == "retired" and far) or (one["kind"] == "kept" and not one["reused"]):
                continue
            found.append(_drifted(city, layer, one, row_of))
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
