"""Checks of the records themselves: layers, ids, codes, references, names and dates."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridmap.city.city import City
from gridmap.city.cleaning import clean_code, clean_name, unclean_codes, unclean_names
from gridmap.city.codes import Level, code_fault
from gridmap.city.findings import Finding, finding
from gridmap.city.report import FEW, about_buildings, about_rows, point_of
from gridmap.city.schema import LAYERS

__all__ = ["REFERENCES", "check_records", "holders"]

_NEEDED = {
    "communities": "Nothing can be drawn: every grid lies in one.",
    "buildings": "Nothing can be drawn: grids are made of buildings.",
}
_WANTED = {
    "subdistricts": "Communities are not summed up by subdistrict.",
    "compounds": "A plan cannot keep compounds whole.",
    "streets": "Grid boundaries do not follow streets.",
}
REFERENCES = (
    ("communities", "subdistrict", "subdistricts"),
    ("compounds", "community", "communities"),
    ("entrances", "compound", "compounds"),
    ("buildings", "community", "communities"),
    ("buildings", "compound", "compounds"),
    ("facilities", "community", "communities"),
)
_CODED: tuple[tuple[str, Level], ...] = (("subdistricts", "subdistrict"), ("communities", "community"))


def check_records(city: City) -> list[Finding]:
    """Find empty layers, repeated ids and names, malformed codes, references to nothing or left out, reversed dates."""
    found = [*_layers(city), *_codes(city), *_unclean(city), *_references(city), *_left_out(city), *_served(city)]
    for name in city.layers:
        found += _duplicate_ids(city, name)
        found += _dates(city, name)
    for name in ("subdistricts", "communities"):
        found += _duplicate_names(city, name, np.zeros(len(city.layers[name]), np.int32))
    found += _duplicate_names(city, "compounds", city.compound_community)
    return found


def _layers(city: City) -> list[Finding]:
    rules = {"layer-needed": _NEEDED, "layer-missing": _WANTED}
    return [
        finding(rule, name, "", f"There are no {name} ({LAYERS[name].zh}). {effect}")
        for rule, layers in rules.items()
        for name, effect in layers.items()
        if city.layers[name].empty
    ]


def _duplicate_ids(city: City, name: str) -> list[Finding]:
    keys = city.layers[name][LAYERS[name].key]
    return _repeated(city, "duplicate-id", name, keys, LAYERS[name].key)


def _duplicate_names(city: City, name: str, group: NDArray[np.int32]) -> list[Finding]:
    """Find names that stand in several rows of one group."""
    layer = city.layers[name]
    rows = pd.DataFrame({"key": layer[LAYERS[name].key], "name": layer["name"], "group": group})
    # A row with the same key too is reported as a repeated id.
    rows = rows[rows["name"].notna()].drop_duplicates(["group", "key"])
    rows = rows[rows.duplicated(["group", "name"], keep=False)]
    found: list[Finding] = []
    if rows.groupby(["group", "name"]).ngroups > FEW:
        examples = ", ".join(map(str, rows["name"].unique()[:5]))
        number = rows.groupby(["group", "name"]).ngroups
        return [finding("duplicate-name", name, "", f"{number} values of name in {name} repeat, such as {examples}.")]
    for _, here in rows.groupby("group", sort=True):
        found += _repeated(city, "duplicate-name", name, layer["name"].loc[here.index], "name")
    return found


def _repeated(city: City, rule: str, name: str, values: pd.Series, what: str) -> list[Finding]:
    repeated = values[values.duplicated(keep=False) & values.notna()]
    groups = repeated.groupby(repeated, sort=True)
    if groups.ngroups > FEW:
        examples = ", ".join(map(str, repeated.unique()[:5]))
        return [finding(rule, name, "", f"{groups.ngroups} values of {what} in {name} repeat, such as {examples}.")]
    found = []
    for value, rows in groups:
        places = ", ".join(str(row + 1) for row in rows.index[:5])
        x, y = point_of(city, name, int(rows.index[0]))
        keys = " · ".join(city.layers[name][LAYERS[name].key].loc[rows.index].unique())
        message = f"{value} is the {what} of {len(rows)} rows of {name}: rows {places}."
        found.append(finding(rule, name, str(value), message, x=x, y=y, at=keys))
    return found


def _codes(city: City) -> list[Finding]:
    found = []
    for name, level in _CODED:
        codes = city.layers[name]["code"]
        faults = [code_fault(level, code, city.profile) for code in codes]
        found += about_rows(
            city,
            "code-invalid",
            name,
            np.flatnonzero([fault is not None for fault in faults]),
            each=partial(_fault, faults),
            many=f"have codes that profile {city.profile.id} does not know",
        )
    return found


def _fault(faults: list[str | None], row: int) -> str:
    return f"has a code that {faults[row]}"


def _unclean(city: City) -> list[Finding]:
    """Find codes and names with what spreadsheets and input methods leave in them."""
    found = []
    for name in ("subdistricts", "communities", "compounds"):
        keys, names = city.layers[name][LAYERS[name].key], city.layers[name]["name"]
        found += about_rows(
            city,
            "code-unclean",
            name,
            unclean_codes(keys),
            each=partial(_cleaner, keys, clean_code),
            many="have codes with blanks, letters of full width or decimals",
            at=LAYERS[name].key,
        )
        found += about_rows(
            city,
            "name-unclean",
            name,
            unclean_names(names),
            each=partial(_cleaner, names, clean_name),
            many="have names with stray blanks or letters of full width",
            at="name",
        )
    return found


def _cleaner(values: pd.Series, clean: Callable[[str], str], row: int) -> str:
    return f"has the {values.name} {values.iloc[row]!r}, which should be {clean(values.iloc[row])!r}"


def _left_out(city: City) -> list[Finding]:
    """Find rows that name no parent although they lie in one, where most rows of the layer name theirs."""
    found = []
    for name, column, target in REFERENCES:
        values = city.layers[name][column]
        empty = values.isna().to_numpy(bool)
        if city.layers[target].empty or not empty.any() or 2 * empty.sum() > len(empty):
            continue
        empty = empty & (holders(city, name, target, empty) >= 0)
        many = f"name no {column} although they lie in one and others name theirs"
        each = partial(_names_none, column)
        if name == "buildings":
            found += about_buildings(city, "parent-missing", empty, each=each, many=many, at=column)
        else:
            rows = np.flatnonzero(empty)
            found += about_rows(city, "parent-missing", name, rows, each=each, many=many, at=column)
    return found


def _names_none(column: str, _: int) -> str:
    return f"names no {column} although it lies in one and others name theirs"


def holders(city: City, name: str, target: str, rows: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Return the row of `target` that holds the middle of each row of a layer by geometry, int32[n], -1 for none.

    Only `rows` (bool[n]) are looked at.
    """
    result = np.full(len(rows), -1, np.int32)
    at = np.flatnonzero(rows)
    if name == "buildings":
        points = city.building_points[at]
    else:
        points = shapely.point_on_surface(np.asarray(city.layers[name].geometry.array, dtype=object)[at])
    result[at] = city.rows_at(target, shapely.get_x(points), shapely.get_y(points))
    return result


def _references(city: City) -> list[Finding]:
    found = []
    for name, column, target in REFERENCES:
        if city.layers[target].empty:
            continue
        values = city.layers[name][column]
        wrong = values.notna().to_numpy(bool) & (city.rows_named(target, values) < 0)
        each = partial(_names, values, column, target)
        many = f"name a {column} that is not in {target}"
        if name == "buildings":
            found += about_buildings(city, "reference-unknown", wrong, each=each, many=many, at=column)
        else:
            rows = np.flatnonzero(wrong)
            found += about_rows(city, "reference-unknown", name, rows, each=each, many=many, at=column)
    return found


def _names(values: pd.Series, column: str, target: str, row: int) -> str:
    return f"names {column} {values.iloc[row]}, which is not in {target}"


def _served(city: City) -> list[Finding]:
    """Find facilities that serve a compound which is not there."""
    if city.compounds.empty:
        return []
    known = set(city.compounds["id"])
    lost = [
        []
        if serves is None
        else [each.strip() for each in serves.split(";") if each.strip() and each.strip() not in known]
        for serves in city.facilities["serves"]
    ]
    return about_rows(
        city,
        "reference-unknown",
        "facilities",
        np.flatnonzero([bool(names) for names in lost]),
        each=lambda row: f"serves {', '.join(lost[row][:5])}, which is not in compounds",
        many="serve a compound that is not in compounds",
        at="serves",
    )


def _dates(city: City, name: str) -> list[Finding]:
    layer = city.layers[name]
    if "valid_from" not in layer:
        return []
    both = (layer["valid_from"].notna() & layer["valid_to"].notna()).to_numpy(bool)
    rows = [row for row in np.flatnonzero(both) if layer["valid_from"].iloc[row] > layer["valid_to"].iloc[row]]
    return about_rows(
        city,
        "validity-reversed",
        name,
        np.array(rows, np.intp),
        each=lambda row: f"holds from {layer['valid_from'].iloc[row]} to {layer['valid_to'].iloc[row]}",
        many="end before they begin",
    )
