"""Several systems of grids over one city (多网合一): what they share by pair, where they conflict, one plan of them.

Departments drew grids of their own. Each of their layers is imported as a plan; here plans are compared cell by cell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridmap.errors import InputError
from gridmap.plan.contiguity import components
from gridmap.plan.diff import prune
from gridmap.plan.grid import Grid
from gridmap.plan.plan import Plan

__all__ = ["conflicts", "crosswalk", "merge_systems"]

SAME = 0.95
"""Grids that share so much of both count as the same one drawn a little differently."""


def crosswalk(a: Plan, b: Plan) -> pd.DataFrame:
    """Return what each pair of grids of two plans shares, one row a pair that shares a cell, by the grids' order.

    community, grid_a, name_a, grid_b, name_b (codes where there are some, else ids), buildings, households (of `b`'s
    cells; unknown counted 0), area_m2, share_a and share_b: the part of each grid's households, of its area where it
    has none. Cells that only one of the plans knows count nowhere. O(cells).
    """
    cells, of_a, of_b = _common(a, b)
    pairs, at = np.unique(np.stack([of_a, of_b]), axis=1, return_inverse=True)
    at = at.reshape(-1)
    fabric, count = b.fabric, pairs.shape[1]

    def total(values: NDArray[Any], by: NDArray[Any], size: int) -> NDArray[np.float64]:
        return np.asarray(np.bincount(by, weights=np.asarray(values[cells], float), minlength=size), float)

    households, area = total(fabric.households, at, count), total(fabric.area_m2, at, count)
    shares = {}
    for side, of, plan in (("a", of_a, a), ("b", of_b, b)):
        row = pairs[0 if side == "a" else 1]
        whole, ground = (total(values, of, len(plan))[row] for values in (fabric.households, fabric.area_m2))
        peopled = whole > 0
        shares[side] = np.where(peopled, households, area) / np.where(peopled, whole, ground)
    one, other = ([plan.grids[k] for k in row] for plan, row in ((a, pairs[0]), (b, pairs[1])))
    return pd.DataFrame(
        {
            "community": [grid.community for grid in other],
            "grid_a": [grid.code or grid.id for grid in one],
            "name_a": [grid.name for grid in one],
            "grid_b": [grid.code or grid.id for grid in other],
            "name_b": [grid.name for grid in other],
            "buildings": total(fabric.building >= 0, at, count).astype(np.int64),
            "households": households.astype(np.int64),
            "area_m2": area,
            "share_a": shares["a"],
            "share_b": shares["b"],
        }
    )


def conflicts(table: pd.DataFrame) -> pd.DataFrame:
    """Return for each grid of the first system of a crosswalk what the second makes of it.

    grid_a, verdict, grid_b (the one with most of it), households, lost (households that go elsewhere), lost_to. The
    verdict is `same` (almost all of both), `inside` (almost all of it in a larger grid), `divided` (into grids that lie
    almost wholly in it) or `conflict`: it shares parts with grids that reach beyond it, and cannot be reconciled.
    """
    rows = []
    for grid, mine in table.groupby("grid_a", sort=False):
        mine = mine.sort_values(["share_a", "grid_b"], ascending=[False, True], kind="stable")
        best, rest = mine.iloc[0], mine.iloc[1:]
        if best["share_a"] >= SAME:
            verdict = "same" if best["share_b"] >= SAME else "inside"
        else:
            verdict = "divided" if (mine["share_b"] >= SAME).all() else "conflict"
        total = int(mine["households"].sum())
        lost_to = ";".join(rest.loc[rest["households"] > 0, "grid_b"])
        rows.append((grid, verdict, best["grid_b"], total, total - int(best["households"]), lost_to))
    return pd.DataFrame(rows, columns=["grid_a", "verdict", "grid_b", "households", "lost", "lost_to"])


def merge_systems(plans: Mapping[str, Plan], weights: Mapping[str, float]) -> Plan:
    """Return one plan of several systems, drawn on the cells of the one that weighs most.

    Each cell votes: a system speaks for its own grid there with its weight, and every other system backs that grid by
    its weight and by how far its own grid there is the same (shared households of all households of both). The cell
    goes to the grid with most votes, the heavier system's in a tie. Of a grid in several parts the one with most
    households stays; the others go to the neighbour with the longest border. Grids are named `system·code`. Special
    grids are those of the heaviest system. Raises InputError without a system, or where a weight is not above 0.
    """
    if not plans:
        raise InputError("systems-none", "There are no systems to merge.", "Name at least one plan.")
    wrong = [name for name in plans if not weights.get(name, 0) > 0]
    if wrong:
        raise InputError("weight-wrong", f"The system {wrong[0]} has no weight above 0.", "Write NAME=WEIGHT.")
    order = sorted(plans, key=lambda name: (-weights[name], list(plans).index(name)))
    base = plans[order[0]]
    of = {name: _on(plans[name], base) for name in order}
    best, voted = np.full(len(base.fabric), -1.0), np.full(len(base.fabric), -1, np.int32)
    grids: list[Grid] = []
    for name in order:
        votes = np.full(len(base.fabric), float(weights[name]))
        for other in order:
            if other != name:
                votes += weights[other] * _alike(base, of[name], of[other])
        # The grid of another system may have cells of several communities here: it speaks for those of its own.
        plan, mine = plans[name], of[name]
        own = np.array([*(grid.community for grid in plan.grids), ""], object)[mine]
        fits = (mine >= 0) & (own == base.fabric.community_codes[base.fabric.community])
        better = fits & (votes > best + 1e-9)
        voted[better] = len(grids) + mine[better]
        best[better] = votes[better]
        grids += [
            replace(grid, id=f"{name}·{grid.code or grid.id}", code="", locked=False, kind="resident")
            for grid in plan.grids
        ]
    return _joined(base, voted, grids)


def _joined(base: Plan, voted: NDArray[np.int32], grids: list[Grid]) -> Plan:
    """Make a plan of votes: special grids as they are, and every grid in one part."""
    special = base.fabric.special >= 0
    specials = [grid for grid in base.grids if not grid.resident]
    place = {grid.id: len(grids) + k for k, grid in enumerate(specials)}
    voted[special] = [place[base.fabric.specials[k].code] for k in base.fabric.special[special]]
    home = np.flatnonzero(voted < 0)
    if len(home):  # no system has a grid there: the community's own rest
        codes = base.fabric.community_codes[base.fabric.community[home]]
        start = len(grids) + len(specials)
        rest = {code: start + k for k, code in enumerate(dict.fromkeys(codes.tolist()))}
        voted[home] = [rest[code] for code in codes.tolist()]
        specials += [Grid(f"{code}~1", "", "resident", code) for code in rest]
    labels = _whole(base, voted, special)
    return prune(Plan(base.fabric, labels, (*grids, *specials), bridges=base.bridges))


def _whole(base: Plan, labels: NDArray[np.int32], special: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Give the smaller parts of each grid to the neighbour with the longest border, until nothing changes."""
    fabric, labels = base.fabric, labels.copy()
    for _ in range(len(np.unique(labels))):
        part = components(fabric, labels, base.bridges)
        size = np.bincount(part, weights=fabric.households + 1e-6 * fabric.area_m2 / fabric.area_m2.sum())
        first = np.unique(part, return_index=True)[1]
        rank = np.lexsort((np.arange(len(size)), -size, labels[first]))
        stay = np.zeros(len(size), bool)
        stay[rank[np.append(True, labels[first][rank][1:] != labels[first][rank][:-1])]] = True
        moved = False
        for small in np.flatnonzero(~stay & ~special[first]):
            here = part == small
            edge = here[fabric.i] != here[fabric.j]
            outside = np.where(here[fabric.i[edge]], fabric.j[edge], fabric.i[edge])
            fits = (
                (fabric.community[outside] == fabric.community[first[small]]) & ~special[outside] & stay[part[outside]]
            )
            if not fits.any():
                continue
            border = np.bincount(labels[outside[fits]], weights=fabric.shared_m[edge][fits])
            labels[here] = int(np.argmax(border))
            moved = True
        if not moved:
            break
    return labels


def _alike(base: Plan, mine: NDArray[np.int32], other: NDArray[np.int32]) -> NDArray[np.float64]:
    """Return for each cell how far the grids that two systems have there are the same, 0 to 1, float64[n_cells]."""
    both = (mine >= 0) & (other >= 0)
    # An empty building counts a little, so that grids without households can be told apart too.
    weight = base.fabric.households + 1e-3
    pairs, at = np.unique(np.stack([mine[both], other[both]]), axis=1, return_inverse=True)
    shared = np.bincount(at.reshape(-1), weights=weight[both], minlength=pairs.shape[1])
    one, two = (np.bincount(of[of >= 0], weights=weight[of >= 0]) for of in (mine, other))
    result = np.zeros(len(mine))
    result[both] = (shared / (one[pairs[0]] + two[pairs[1]] - shared))[at.reshape(-1)]
    return result


def _on(plan: Plan, base: Plan) -> NDArray[np.int32]:
    """Return the grid of a plan for each cell of another plan's fabric, -1 for none."""
    if plan.fabric is base.fabric:
        return plan.grid_of
    known = dict(zip(plan.fabric.cell_ids.tolist(), plan.grid_of.tolist(), strict=True))
    return np.array([known.get(cell, -1) for cell in base.fabric.cell_ids.tolist()], np.int32)


def _common(a: Plan, b: Plan) -> tuple[NDArray[np.intp], NDArray[np.int32], NDArray[np.int32]]:
    of_a = _on(a, b)
    cells = np.flatnonzero((of_a >= 0) & (b.grid_of >= 0))
    return cells, of_a[cells], b.grid_of[cells]
