"""Which housing parcels are compounds, and the 49 old ones that are being renovated."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Polygon

from gridmap.sample.buildings import Building
from gridmap.sample.town import Town

IntArray = NDArray[np.int64]

COMPOUNDS, DWELLINGS = 224, 107_000
RENOVATED, RENOVATED_BUILDINGS, RENOVATED_DWELLINGS = 49, 145, 4101
_MIDDLING = (168, 306)
_LARGE, _LARGEST = 10, 880
"""How many compounds are larger than a grid may be, and the most dwellings that one of them has."""


@dataclass(frozen=True, slots=True)
class Housing:
    """The town's buildings with their final dwellings, and the parcels that are compounds, west to east.

    `parcels[c]` is the parcel of compound c, `outlines[c]` its wall, `renovated[c]` whether it is in the programme;
    `house_compound[b]` the compound of building b or −1.
    """

    houses: tuple[Building, ...]
    parcels: IntArray
    outlines: tuple[Polygon, ...]
    renovated: NDArray[np.bool_]
    house_compound: IntArray


def settle(town: Town, seed: int) -> Housing:
    """Choose the compounds and fit the dwellings to the published figures."""
    rng = np.random.default_rng([seed, 6])
    houses = list(town.houses)
    owner = town.house_parcel
    n = len(town.land.parcels)
    era = np.array([parcel.era if parcel.use in ("slab", "tower") else "" for parcel in town.land.parcels])
    count = np.bincount(owner, minlength=n)
    old = _renovated(np.flatnonzero(era == "old"), count, _dwellings(houses, owner, n), rng)
    _fit_renovated(houses, owner, old, rng)
    homes = _dwellings(houses, owner, n)
    towers = np.flatnonzero((era == "new") & (homes >= 60) & (count >= 2))
    mid = np.flatnonzero((era == "mid") & (homes >= 60) & (count >= 2))
    wanted = COMPOUNDS - RENOVATED - len(towers)
    mid = rng.permutation(mid)
    between = (homes[mid] > _MIDDLING[0]) & (homes[mid] < 0.94 * _MIDDLING[1])
    mid = np.r_[mid[~between], mid[between]]
    chosen = np.r_[old, towers, mid[: max(wanted, 0)]][:COMPOUNDS]
    _fit_large(houses, owner, towers, homes, rng)
    _fit_middling(houses, owner, [int(p) for p in chosen if p not in set(old.tolist())])
    _fit_total(houses, np.flatnonzero(~np.isin(owner, chosen) & np.isin(era[owner], ["old", "mid"])), rng)
    outlines = {int(p): _outline(town.usable[p]) for p in chosen}
    chosen = np.array(sorted((int(p) for p in chosen), key=lambda p: outlines[p].centroid.coords[0]), dtype=np.int64)
    row = np.full(n, -1, dtype=np.int64)
    row[chosen] = np.arange(len(chosen))
    return Housing(tuple(houses), chosen, tuple(outlines[int(p)] for p in chosen), np.isin(chosen, old), row[owner])


def _dwellings(houses: list[Building], owner: IntArray, n: int) -> IntArray:
    return np.bincount(owner, [house.dwellings for house in houses], n).astype(np.int64)


def _renovated(fit: IntArray, count: IntArray, homes: IntArray, rng: np.random.Generator) -> IntArray:
    """Return 49 old parcels with exactly 145 buildings and nearly 4,101 dwellings."""
    fit = fit[(count[fit] >= 1) & (count[fit] <= 7) & (homes[fit] >= 24) & (homes[fit] <= 260)]
    order = rng.permutation(len(fit))
    inside, outside = list(fit[order[:RENOVATED]]), list(fit[order[RENOVATED:]])

    def off(buildings: int, dwellings: int) -> int:
        return abs(buildings - RENOVATED_BUILDINGS) * 60 + abs(dwellings - RENOVATED_DWELLINGS)

    total = (int(count[inside].sum()), int(homes[inside].sum()))
    for _ in range(20_000):
        if total[0] == RENOVATED_BUILDINGS and abs(total[1] - RENOVATED_DWELLINGS) <= 60:
            break
        a, b = int(rng.integers(len(inside))), int(rng.integers(len(outside)))
        left, right = inside[a], outside[b]
        other = (total[0] - int(count[left]) + int(count[right]), total[1] - int(homes[left]) + int(homes[right]))
        if off(*other) < off(*total):
            inside[a], outside[b], total = right, left, other
    return np.array(sorted(inside), dtype=np.int64)


def _fit_renovated(houses: list[Building], owner: IntArray, old: IntArray, rng: np.random.Generator) -> None:
    """Change single dwellings (a shop on the ground floor, a flat divided) until there are 4,101."""
    mine = np.flatnonzero(np.isin(owner, old))
    off = RENOVATED_DWELLINGS - sum(houses[k].dwellings for k in mine)
    for k in rng.permutation(mine)[: abs(off)]:
        houses[k] = replace(houses[k], dwellings=houses[k].dwellings + (1 if off > 0 else -1))


def _fit_large(
    houses: list[Building], owner: IntArray, towers: IntArray, homes: IntArray, rng: np.random.Generator
) -> None:
    """Take storeys off tower compounds so that only a few are larger than a grid may be."""
    ranked = towers[np.argsort(-homes[towers], kind="stable")]
    for rank, parcel in enumerate(ranked):
        most = float(rng.integers(540, _LARGEST) if rank < _LARGE else rng.integers(309, 352))
        if homes[parcel] <= most:
            continue
        for k in np.flatnonzero(owner == parcel):
            house = houses[k]
            landing = house.dwellings // (house.floors * house.stairwells)
            floors = max(5, int(house.floors * most / homes[parcel]))
            houses[k] = replace(house, floors=floors, dwellings=floors * house.stairwells * landing)


def _fit_middling(houses: list[Building], owner: IntArray, compounds: list[int]) -> None:
    """Add or take off storeys so that no compound is too small for a grid of its own and too large for a partner."""
    for parcel in compounds:
        mine = [int(k) for k in np.flatnonzero(owner == parcel)]
        total = sum(houses[k].dwellings for k in mine)
        low, high = _MIDDLING
        if not low < total < high:
            continue
        step = 1 if total > (low + high) / 2 else -1
        turn = 0
        while low < total < high:
            house = houses[mine[turn % len(mine)]]
            landing = house.dwellings // (house.floors * house.stairwells)
            changed = replace(
                house, floors=house.floors + step, dwellings=(house.floors + step) * house.stairwells * landing
            )
            total += changed.dwellings - house.dwellings
            houses[mine[turn % len(mine)]] = changed
            turn += 1


def _fit_total(houses: list[Building], slabs: IntArray, rng: np.random.Generator) -> None:
    """Add or take off storeys of slabs outside compounds, and single dwellings at last, until the town has them all."""
    off = DWELLINGS - sum(house.dwellings for house in houses)
    for k in rng.permutation(slabs):
        house = houses[k]
        step = 1 if off > 0 else -1
        floor = house.dwellings // house.floors
        if 3 <= house.floors + step <= 7 and floor <= abs(off):
            houses[k] = replace(house, floors=house.floors + step, dwellings=house.dwellings + step * floor)
            off -= step * floor
    for k in rng.permutation(slabs)[: abs(off)]:
        houses[k] = replace(houses[k], dwellings=houses[k].dwellings + (1 if off > 0 else -1))


def _outline(area: Polygon | None) -> Polygon:
    """Return the wall of a compound: its parcel's usable land, a step back."""
    assert area is not None, "a parcel with buildings has usable land"  # noqa: S101
    wall = shapely.simplify(shapely.buffer(area, -0.6, join_style="mitre"), 0.05)
    parts = shapely.get_parts(wall)
    return Polygon(shapely.normalize(parts[int(np.argmax(shapely.area(parts)))]))
