"""Blocks: buildings taken together so that each number of people stands on k or more, whoever asks how often.

Holding back small figures protects one table. Who may ask again and again, for other plans, limits or places, compares
answers that differ by one building, and reads that building. So what is shown of buildings that somebody may not see
one by one is never a sum of buildings, but of blocks that do not change with the question: each block of neighbouring
buildings counts k people or more, and its sum is spread over its buildings by what everybody can see of them (use,
storeys, size). Whatever is computed of that (sums of any plan, shares of any coverage, differences of all of
them) says no more than the sums of the blocks say. The blocks are those of a column of figures, lie within a
community, and within a compound where it counts k; they follow from where buildings stand and from the figures alone.

Fixed building blocks are how a census publishes areas of any shape; spreading sums over a group of k is
microaggregation: Domingo-Ferrer, J., and Mateo-Sanz, J. (2002): Practical data-oriented microaggregation for
statistical disclosure control. IEEE Transactions on Knowledge and Data Engineering 14, 189–201.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.city import City
from gridmap.plan import Fabric, Plan
from gridmap.release.released import COUNTS, PERSONAL
from gridmap.release.sight import Sight

__all__ = ["blocks", "shown_city", "shown_fabric", "shown_plan", "spread"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_BITS = 20
"""Places are told apart to a metre within 1,000 km."""

_LIVED_IN = ("residential", "mixed")


def blocks(values: Floats, community: NDArray[np.int32], compound: NDArray[np.int32], *, x: Floats, y: Floats,
           k: int) -> Ints:  # fmt: skip
    """Return the block of each building, int64[n]; −1 for unknown values, and where a whole community has fewer than k.

    `community` and `compound` int32[n] are numbers, −1 for none; `x`, `y` float64[n] are metres. Squares are halved
    again and again as long as both halves count k; what is too small joins its neighbour on the line through them.
    Communities in which nobody is counted are one block. O(n log n).
    """
    of = np.full(len(values), -1, np.int64)
    known = np.flatnonzero(~np.isnan(values))
    if not len(known):
        return of
    unit = np.where(compound[known] >= 0, compound[known].astype(np.int64), -2 - known)
    middle = _middles(unit, x[known], y[known])
    keys = (_places(*middle).astype(object) << (2 * _BITS)) | _places(x[known], y[known]).astype(object)
    order = sorted(range(len(known)), key=lambda at: (community[known[at]], keys[at], known[at]))
    rows = known[np.array(order, np.intp)]
    keys = keys[np.array(order, np.intp)]
    sums = np.concatenate([[0.0], np.cumsum(values[rows])])
    edges = np.flatnonzero(np.diff(community[rows], prepend=-2))
    count = 0
    for low, high in zip(edges.tolist(), [*edges[1:].tolist(), len(rows)], strict=True):
        total = sums[high] - sums[low]
        if 0 < total < k:
            continue
        cuts = _cuts(keys, sums, low, high, k=k)
        for start, end in zip([low, *cuts], [*cuts, high], strict=True):
            of[rows[start:end]] = count
            count += 1
    return of


def _cuts(keys: NDArray[np.object_], sums: Floats, low: int, high: int, *, k: int) -> list[int]:
    """Return where to cut a line of places, so that each piece counts k or more."""
    found: list[int] = []
    waiting = [(low, high)]
    while waiting:
        low, high = waiting.pop()
        differ = int(keys[low]) ^ int(keys[high - 1])  # whatever both ends share, all between them share
        if sums[high] - sums[low] < 2 * k or not differ:
            continue
        bit = differ.bit_length() - 1
        first, last = low, high - 1
        while first < last:  # the first of the farther half
            middle = (first + last) // 2
            first, last = (first, middle) if (int(keys[middle]) >> bit) & 1 else (middle + 1, last)
        left, right = sums[first] - sums[low], sums[high] - sums[first]
        if left >= k and right >= k:
            found.append(first)
        waiting += [(low, first)] if left >= k else []
        waiting += [(first, high)] if right >= k else []
    return sorted(found)


def _places(x: Floats, y: Floats) -> Ints:
    """Return places as numbers that run through squares within squares (Morton's order)."""
    made = np.zeros(len(x), np.int64)
    parts = [np.asarray(np.floor(part), np.float64).astype(np.int64) & ((1 << _BITS) - 1) for part in (x, y)]
    for bit in range(_BITS):
        for at, part in enumerate(parts):
            made |= ((part >> bit) & 1) << (2 * bit + at)
    return made


def _middles(unit: Ints, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    _, of = np.unique(unit, return_inverse=True)
    size = np.bincount(of)
    across, up = ((np.bincount(of, weights=part) / size)[of] for part in (x, y))
    return across, up


def spread(values: Floats, block: Ints, weights: Floats) -> Floats:
    """Return each block's sum spread over its buildings by weights, in whole numbers; NaN where there is no block.

    `weights` float64[n] are 0 or more; where all of a block are 0, each building counts alike.
    """
    made = np.full(len(values), np.nan)
    rows = np.flatnonzero(block >= 0)
    if not len(rows):
        return made
    _, of = np.unique(block[rows], return_inverse=True)
    weight = np.nan_to_num(weights[rows], nan=0.0)
    whole = np.bincount(of, weights=weight)
    weight = np.where(whole[of] > 0, weight, 1.0)
    share = np.rint(np.bincount(of, weights=values[rows]))[of] * weight / np.bincount(of, weights=weight)[of]
    made[rows] = np.floor(share + 1e-9)
    left = np.rint(np.bincount(of, weights=values[rows])) - np.bincount(of, weights=made[rows])
    order = np.lexsort((np.arange(len(rows)), -np.round(share - made[rows], 9), of))
    rank = np.arange(len(rows)) - np.searchsorted(of[order], of[order], side="left")
    more = order[rank < left[of[order]]]
    made[rows[more]] += 1
    return made


def shown_city(city: City, sight: Sight) -> City:
    """Return the city as somebody may count it: its figures by blocks where they do not see them by building.

    Elders, children and whatever else is personal are told by blocks to everybody but the file's own user; households
    and residents within the sight are as they are.
    """
    if sight.own or not len(city.buildings):
        return city
    table = city.buildings.copy()
    codes = np.append(city.communities["code"].to_numpy(object), "")
    exact = sight.inside(codes[city.building_community])
    points = shapely.get_coordinates(city.building_points)
    seen = _seen(city)
    for name in (*COUNTS, *PERSONAL):
        if name not in table:
            continue
        values = table[name].to_numpy(float, na_value=np.nan)
        block = blocks(
            values, city.building_community, city.building_compound, x=points[:, 0], y=points[:, 1],
            k=city.profile.suppression.k,
        )  # fmt: skip
        told = spread(values, block, seen)
        shown = np.where(exact, values, told) if name in COUNTS else told
        table[name] = np.array([None if np.isnan(one) else int(one) for one in shown], object)
        table[name] = table[name].astype("Int64")
    return replace(city, layers=MappingProxyType({**city.layers, "buildings": table}))


def _seen(city: City) -> Floats:
    """Return how much of a dwelling each building is, as anybody can see: its floor space, none where nobody lives."""
    table = city.buildings
    shapes = np.asarray(table.geometry.array, object)
    area = np.where(shapely.get_dimensions(shapes) == 2, shapely.area(shapes), 100.0)
    floors = table["floors"].to_numpy(float, na_value=np.nan)
    lived_in = table["use"].isna() | table["use"].isin(_LIVED_IN)
    made: Floats = np.where(lived_in, area * np.where(floors > 0, floors, 1.0), 0.0)
    return made


def shown_fabric(fabric: Fabric, shown: City) -> Fabric:
    """Return a fabric with the figures of a city as it may be counted."""
    built = fabric.building >= 0
    rows = fabric.building[built]
    table = shown.buildings

    def of(name: str) -> Floats:
        made = np.full(len(fabric), np.nan)
        made[built] = table[name].to_numpy(float, na_value=np.nan)[rows]
        return np.where(built, made, 0.0) if name == "households" else made

    households = of("households")
    people: dict[str, Any] = {
        name: np.where(built, of(name), getattr(fabric, name)) for name in ("residents", *PERSONAL)
    }
    return replace(
        fabric, households=np.nan_to_num(households, nan=0.0).astype(np.int64), known=~np.isnan(households), **people
    )


def shown_plan(plan: Plan, fabric: Fabric) -> Plan:
    """Return a plan on a fabric as it may be counted."""
    return replace(plan, fabric=fabric)
