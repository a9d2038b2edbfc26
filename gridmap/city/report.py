"""Findings about rows: one each while they are few, one a community when they are many."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.city.city import City
from gridmap.city.findings import Finding, finding
from gridmap.city.schema import LAYERS

__all__ = ["FEW", "about_buildings", "about_rows", "label", "point_of"]

FEW = 20
"""Up to so many rows get a finding each."""
_EXAMPLES = 5


def label(city: City, layer: str, row: int) -> str:
    """Name a row as people do: its name and its key, or the key alone."""
    record = city.layers[layer].iloc[row]
    key = str(record[LAYERS[layer].key])
    return f"{record['name']} ({key})" if record.get("name") else key


def point_of(city: City, layer: str, row: int) -> tuple[float, float]:
    """Return the representative point of a row's shape, in the city's frame."""
    point = shapely.point_on_surface(city.layers[layer].geometry.iloc[row])
    return (point.x, point.y) if not point.is_empty else (math.nan, math.nan)


def about_rows(
    city: City, rule: str, layer: str, rows: NDArray[np.intp], *, each: Callable[[int], str], many: str, at: str = ""
) -> list[Finding]:
    """Report rows of a layer that break a rule: one by one when few, in one finding otherwise.

    `each` says what is wrong with a row; `many` says it of several ("name a community that is not there"). `at` is the
    column, where a rule is about more than one.
    """
    if len(rows) > FEW:
        message = (
            f"{len(rows)} of {len(city.layers[layer])} rows of {layer} {many}, such as {_examples(city, layer, rows)}."
        )
        x, y = point_of(city, layer, int(rows[0]))
        return [finding(rule, layer, "", message, x=x, y=y, at=f"{at} many", column=at, rows=rows)]
    keys = city.layers[layer][LAYERS[layer].key]
    found = []
    for row in map(int, rows):
        x, y = point_of(city, layer, row)
        said = f"{label(city, layer, row)} {each(row)}."
        shape = city.layers[layer].geometry.iloc[row]
        found.append(finding(rule, layer, keys.iloc[row], said, x=x, y=y, at=at, column=at, rows=[row], shape=shape))
    return found


def about_buildings(
    city: City,
    rule: str,
    wrong: NDArray[np.bool_],
    *,
    each: Callable[[int], str] | None,
    many: str,
    at: str = "",
) -> list[Finding]:
    """Report buildings that break a rule: one by one when few in the city, otherwise one finding a community.

    `wrong` is bool[n_buildings]. With `each` None there is always one finding a community. Buildings in no community
    are summed up in a finding of their own.
    """
    rows = np.flatnonzero(wrong)
    if each is not None and len(rows) <= FEW:
        return about_rows(city, rule, "buildings", rows, each=each, many=many, at=at)
    community = city.building_community
    size = np.bincount(community + 1, minlength=len(city.communities) + 1)
    found = []
    order = rows[np.argsort(community[rows], kind="stable")]
    places, starts = np.unique(community[order], return_index=True)
    for place, here in zip(places.tolist(), np.split(order, starts[1:]), strict=bool(len(places))):
        where = label(city, "communities", place) if place >= 0 else "No community"
        code = str(city.communities["code"].iat[place]) if place >= 0 else ""
        x, y = point_of(city, "buildings", int(here[0]))
        examples = _examples(city, "buildings", here)
        message = f"{where}: {len(here)} of {size[place + 1]} buildings {many}, such as {examples}."
        several = f"{at} many"
        found.append(finding(rule, "buildings", code, message, x=x, y=y, at=several, column=at, rows=here))
    return found


def _examples(city: City, layer: str, rows: NDArray[np.intp]) -> str:
    return ", ".join(map(str, city.layers[layer][LAYERS[layer].key].iloc[rows[:_EXAMPLES]]))
