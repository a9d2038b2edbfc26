"""Moving the boundary between two communities: buildings or whole compounds at it, as few households as may do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridmap.geo.adjacency import Adjacency, adjacency
from gridmap.plan import Fabric, Plan
from gridmap.redraw.exact.changes import EDGES, Cells, Change

__all__ = ["Border", "handed_over", "neighbours", "taken_over"]

STARTS = 3
"""Places along a boundary at which a shift of it is tried."""


def neighbours(fabric: Fabric, part: Cells, within_m: float = 0.5) -> list[int]:
    """Return the other communities that some cells border on."""
    whole = fabric.tree.query(fabric.polygons[part], predicate="dwithin", distance=within_m)[1]
    rows = np.unique(fabric.community[whole[fabric.special[whole] < 0]])
    return [int(row) for row in rows if row not in set(fabric.community[part].tolist())]


class Border:
    """Two communities (their plan alone), with the pairs of cells that touch across their boundary."""

    def __init__(self, plan: Plan, own: int, other: int, at_most: int) -> None:
        fabric = plan.fabric
        self.plan, self.own, self.other = plan, own, other
        self.touching: Adjacency = adjacency(fabric.polygons)
        locked = np.array([grid.locked for grid in plan.grids] + [False], np.bool_)[plan.grid_of]
        self.free = (fabric.special < 0) & ~locked
        self.unit = _units(fabric, at_most)

    def moved(self, cells: Cells, to: int, text: str) -> Change | None:
        """Return the plan in which cells belong to the other of the two communities; None where it has no grid."""
        plan, fabric = self.plan, self.plan.fabric
        code = str(fabric.community_codes[to])
        homes = [g for g, grid in enumerate(plan.grids) if grid.community == code and grid.resident and not grid.locked]
        if not homes:
            return None
        community = fabric.community.copy()
        community[cells] = to
        grid_of = plan.grid_of.copy()
        grid_of[cells] = self._nearest_grid(cells, homes)
        changed = replace(fabric, community=community, **self._edges(community))
        households = int(fabric.households[cells].sum())
        codes = tuple(str(fabric.community_codes[row]) for row in (self.own, self.other))
        return Change(
            "boundary", replace(plan, fabric=changed, grid_of=grid_of), text, code, cells, codes, households=households
        )

    def _nearest_grid(self, cells: Cells, homes: list[int]) -> int:
        """Return the grid that most of the boundary of the cells is shared with."""
        inside = np.zeros(len(self.plan.fabric), np.bool_)
        inside[cells] = True
        weight = np.zeros(len(self.plan.grids) + 1)
        a, b, shared = self.touching.i, self.touching.j, self.touching.shared_m
        for here, there in ((a, b), (b, a)):
            out = inside[here] & ~inside[there]
            np.add.at(weight, self.plan.grid_of[there[out]], shared[out])
        return max(homes, key=lambda grid: weight[grid])

    def _edges(self, community: NDArray[np.int32]) -> dict[str, Any]:
        """Return the edges inside communities: those that stay inside one, and those that now are."""
        fabric, near = self.plan.fabric, self.touching
        stays = community[fabric.i] == community[fabric.j]
        was, now = fabric.community, community
        fresh = (was[near.i] != was[near.j]) & (now[near.i] == now[near.j])
        fresh &= (fabric.special[near.i] < 0) & (fabric.special[near.j] < 0)
        values: dict[str, Any] = {
            "i": np.append(fabric.i[stays], near.i[fresh]),
            "j": np.append(fabric.j[stays], near.j[fresh]),
        }
        for name in EDGES:
            more = near.shared_m[fresh] if name == "shared_m" else np.zeros(int(fresh.sum()))
            values[name] = np.append(getattr(fabric, name)[stays], more)
        return values

    def growths(self, start: Cells, giver: int, least: int, most: int) -> Iterator[Cells]:
        """Yield sets of whole units of a community that touch some cells, each with about `least` households.

        Grown one unit at a time from the unit that comes nearest to what is wanted, by the longest common boundary.
        """
        fabric, near = self.plan.fabric, self.touching
        pool = self.free & (fabric.community == giver)
        goal = np.zeros(len(fabric), np.bool_)
        goal[start] = True
        rim = np.unique(np.concatenate([near.j[goal[near.i]], near.i[goal[near.j]]]))
        sums = np.bincount(self.unit, fabric.households)
        first = [u for u in np.unique(self.unit[rim[pool[rim]]]).tolist() if 0 < sums[u] <= most]
        first.sort(key=lambda u: (abs(sums[u] - least), u))
        for unit in first[:STARTS]:
            chosen, total = [unit], int(sums[unit])
            while total < least:
                inside = np.isin(self.unit, chosen) | goal
                touch = np.zeros(len(sums))
                for here, there in ((near.i, near.j), (near.j, near.i)):
                    out = inside[here] & ~inside[there] & pool[there]
                    np.add.at(touch, self.unit[there[out]], near.shared_m[out])
                fits = [u for u in np.flatnonzero(touch).tolist() if total + sums[u] <= most]
                if not fits:
                    break
                chosen.append(max(fits, key=lambda u: (touch[u], -u)))
                total += int(sums[chosen[-1]])
            if total >= least:
                yield np.flatnonzero(np.isin(self.unit, chosen) & pool)


def taken_over(border: Border, zone: Cells, need: int, most: int) -> Iterator[Change]:
    """Take units of the other community that border on a zone: `need` households or a few more."""
    fabric = border.plan.fabric
    for cells in border.growths(zone, border.other, need, most):
        yield from _told(
            border, cells, border.own, f"from community {fabric.community_codes[border.other]} to this one"
        )


def handed_over(border: Border, zone: Cells, need: int, most: int) -> Iterator[Change]:
    """Hand units of a zone at the boundary over to the other community: `need` households or a few more."""
    fabric = border.plan.fabric
    outside = np.flatnonzero(border.free & (fabric.community == border.other))
    inside = np.zeros(len(fabric), np.bool_)
    inside[zone] = True
    for cells in border.growths(outside, border.own, need, most):
        if inside[cells].all():
            yield from _told(border, cells, border.other, f"to community {fabric.community_codes[border.other]}")


def _told(border: Border, cells: Cells, to: int, where: str) -> Iterator[Change]:
    fabric = border.plan.fabric
    households = int(fabric.households[cells].sum())
    ids = [str(name) for name in fabric.cell_ids[cells]]
    names = ", ".join(ids[:3]) + (f" and {len(ids) - 3} more" if len(ids) > 3 else "")
    text = f"move the community boundary: {households} households ({names}) go {where}"
    change = border.moved(cells, to, text)
    if change is not None:
        yield change


def _units(fabric: Fabric, at_most: int) -> NDArray[np.int64]:
    """Return what goes over as a whole: a compound of at most the upper limit, else a building; int64[n_cells]."""
    size, width = len(fabric), max(1, len(fabric.compound_ids))
    key = fabric.community.astype(np.int64) * width + fabric.compound
    held = (fabric.compound >= 0) & (fabric.special < 0)
    names, group = np.unique(np.where(held, size + key, np.arange(size)), return_inverse=True)
    small = np.bincount(group, fabric.households, len(names)) <= at_most
    return np.unique(np.where(held & small[group], size + key, np.arange(size)), return_inverse=True)[1].astype(
        np.int64
    )
