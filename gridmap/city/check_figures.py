"""Checks of the figures: households and people. Unknown is never zero."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from gridmap.city.city import City
from gridmap.city.findings import Finding, finding
from gridmap.city.report import about_buildings, label, point_of

__all__ = ["check_figures"]

_PEOPLE = ("residents", "elders_60", "elders_80", "children")
_UNSTATED = "unstated"


def check_figures(city: City) -> list[Finding]:
    """Find households unknown, negative or of unstated basis, impossible numbers of people, and community sizes."""
    return [*_households(city), *_basis(city), *_people(city), *_sizes(city)]


def _households(city: City) -> list[Finding]:
    found = about_buildings(
        city,
        "households-unknown",
        city.buildings["households"].isna().to_numpy(bool),
        each=None,
        many="have an unknown number of households",
    )
    for column in ("households", "resident_households"):
        values = city.buildings[column]
        found += about_buildings(
            city,
            "households-negative",
            _true(values < 0),
            each=partial(_figure, values),
            many=f"have negative {column}",
            at=column,
        )
    return found


def _figure(values: pd.Series, row: int) -> str:
    return f"has {values.iloc[row]} {values.name}"


def _basis(city: City) -> list[Finding]:
    counted = city.buildings[city.buildings["households"].notna()]
    if counted.empty:
        return []
    found = []
    basis = counted["households_basis"].fillna(_UNSTATED).value_counts(sort=True)
    if len(basis) > 1 or _UNSTATED in basis:
        counts = ", ".join(f"{name} ({number:,} buildings)" for name, number in basis.items())
        found.append(finding("households-basis", "buildings", "", f"The households are of basis {counts}."))
    undated = int(counted["households_as_of"].isna().sum())
    if undated:
        message = f"The households of {undated:,} of {len(counted):,} buildings say no day for which they were counted."
        found.append(finding("households-date", "buildings", "", message))
    return found


def _people(city: City) -> list[Finding]:
    buildings = city.buildings
    negative = _true((buildings[list(_PEOPLE)] < 0).any(axis=1))
    found = about_buildings(
        city,
        "people-negative",
        negative,
        each=lambda row: f"has {_said(buildings, row)}",
        many="have a negative number of people",
    )
    residents, elders = buildings["residents"], buildings["elders_60"]
    contradict = (
        _true(elders > residents)
        | _true(buildings["elders_80"] > elders)
        | _true(buildings["elders_80"] > residents)
        | _true(buildings["children"] > residents)
        | _true(elders + buildings["children"] > residents)
    )
    found += about_buildings(
        city,
        "people-contradict",
        contradict & ~negative,
        each=lambda row: f"has {_said(buildings, row)}",
        many="have more elders or children than residents, or more of 80 than of 60",
    )
    # Dwellings may stand empty and the registered may live elsewhere: only resident households need a resident each.
    resident = buildings["resident_households"].where(
        buildings["resident_households"].notna(),
        buildings["households"].where(buildings["households_basis"] == "resident"),
    )
    found += about_buildings(
        city,
        "residents-few",
        _true(residents < resident) & ~negative,
        each=lambda row: f"has {residents.iloc[row]} residents in {resident.iloc[row]} resident households",
        many="have fewer residents than resident households",
    )
    return found


def _said(buildings: pd.DataFrame, row: int) -> str:
    figures = buildings.iloc[row]
    return ", ".join(f"{figures[name]} {name}" for name in _PEOPLE if not pd.isna(figures[name]))


def _sizes(city: City) -> list[Finding]:
    """Find communities certainly outside the profile's size: where households are unknown, a sum is a lower limit.

    Resident households are counted where they are known of each building whose households are.
    """
    rule, found = city.profile.community, []
    unverified = "" if rule.verified else "; not verified"
    households, resident = city.buildings["households"], city.buildings["resident_households"]
    by_resident = bool((resident.notna() | households.isna()).all())
    if by_resident:
        households = resident
    basis = "resident" if by_resident else city.households_basis
    known = households.notna().to_numpy(bool) & (city.building_community >= 0)
    size = len(city.communities)
    counted = np.bincount(city.building_community[known], minlength=size)
    total = np.bincount(
        city.building_community[known], weights=households.to_numpy(float, na_value=0.0)[known], minlength=size
    )
    every = np.bincount(city.building_community[city.building_community >= 0], minlength=size)
    small = (total < rule.min_households) & (counted == every) & (every > 0)
    for row in np.flatnonzero(small | (total > rule.max_households)):
        least = "" if counted[row] == every[row] else "at least "
        x, y = point_of(city, "communities", int(row))
        message = (
            f"{label(city, 'communities', int(row))} has {least}{total[row]:,.0f} households ({basis}) where "
            f"{rule.min_households:,} to {rule.max_households:,} are usual ({rule.source}{unverified})."
        )
        code = city.communities["code"].iloc[row]
        found.append(finding("community-size", "communities", code, message, x=x, y=y))
    return found


def _true(values: pd.Series) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return where a comparison is certainly true: with an unknown it is not."""
    return np.asarray(values.fillna(value=False), dtype=bool)
