"""Local repair: bring a few grids back into range after a change by hand, moving as little as can be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridmap.errors import InputError
from gridmap.plan import Edit, Plan, redrawn, window_limits
from gridmap.redraw.engine import Effort, solve
from gridmap.redraw.mend import Board, mend, put_back
from gridmap.redraw.problem import Ints, Problem, Weights, attach_empty, connected_parts, contracted, matching
from gridmap.redraw.region import Region, free_grids, neighbours, region

__all__ = ["Repaired", "repair"]

RINGS = 3
"""How far from the grids named others may change: neighbours, their neighbours, and once more."""

STAYING = 4.0
"""The price of an average grid's worth of households that moves, unless the weights say more: least change first."""


@dataclass(frozen=True, eq=False)
class Repaired:
    """What a repair did.

    `moved` are the building ids that change grid, `households_moved` those who live there. `grids` are the ids of the
    grids that gained or lost some; `left` those around the repair that are still out of range, or in parts. `given_up`
    are buildings that were to stay and could not.
    """

    plan: Plan
    moved: tuple[str, ...]
    households_moved: int
    grids: tuple[str, ...]
    left: tuple[str, ...]
    given_up: tuple[str, ...] = ()
    before: Plan | None = None

    @property
    def edit(self) -> Edit | None:
        """The repair as one edit of the plan that was repaired; None where nothing changed."""
        if self.before is None or not self.moved:
            return None
        return redrawn(self.before, self.plan)[1]

    def to_dict(self) -> dict[str, Any]:
        """Return what was done as plain values."""
        return {
            "buildings_moved": list(self.moved),
            "households_moved": self.households_moved,
            "grids": list(self.grids),
            "left": list(self.left),
            "given_up": list(self.given_up),
        }

    def __repr__(self) -> str:
        left = f", {len(self.left)} still out of range" if self.left else ""
        return f"<repair: {len(self.moved)} buildings of {self.households_moved:,} households move{left}>"


def repair(
    plan: Plan,
    grids: Sequence[str],
    *,
    min_households: int,
    max_households: int,
    keep: Iterable[str] = (),
    weights: Weights | None = None,
    seed: int = 0,
) -> Repaired:
    """Rebalance grids together with their neighbours, changing as little as can be; the other grids stay as they are.

    `grids` are ids of resident grids of one community that are not locked; `keep` are ids of buildings that stay where
    they are, such as those just moved by hand. In this order: grids hang together, as few as possible are out of range,
    none more hangs together only across a barrier, compounds are whole, few households move. Grids further away join in
    only where the nearer ones do not suffice. No grid begins or ceases; one without buildings stays so. Deterministic.

    Raises InputError: window-invalid, grid-unknown, grid-locked, grid-special, other-community, building-unknown.
    """
    window = window_limits((min_households, max_households))
    row, places = _asked(plan, grids)
    weights = weights or Weights()
    weights = replace(weights, staying=max(weights.staying, STAYING))
    held = _held(plan, keep)
    free = free_grids(plan, row)
    # Who has emptied a grid wants it gone.
    ring = np.array([place for place in places if plan.parts[place]], np.int64)
    best: tuple[Region, Ints] | None = None
    for _ in range(RINGS if len(ring) else 0):
        wider = neighbours(plan, ring, among=free)
        if best is not None and len(wider) == len(ring):
            break
        ring = wider
        here = region(plan, ring, window=window, weights=weights)
        labels = _best(here, held, seed)
        rank = here.rank(labels)
        if best is None or _gain(here, labels) < _gain(*best):
            best = here, labels
        if rank[0] == 0 and rank[1] == 0:
            break
    if best is None:
        return Repaired(plan, (), 0, (), (), before=plan)
    return _report(plan, *best, held)


def _asked(plan: Plan, grids: Sequence[str]) -> tuple[int, list[int]]:
    if not grids:
        raise InputError("grid-unknown", "No grid was named to repair.", "Name the grids that a change touched.")
    places = sorted({plan.position(one) for one in grids})
    for place in places:
        grid = plan.grids[place]
        if not grid.resident:
            raise InputError("grid-special", f"Grid {grid.id} is a special grid, which plans keep as it is.", "")
        if grid.locked:
            raise InputError("grid-locked", f"Grid {grid.id} is locked.", "Unlock it first.")
    codes = {plan.grids[place].community for place in places}
    if len(codes) > 1:
        raise InputError(
            "other-community",
            f"The grids {', '.join(grids)} are of several communities.",
            "Repair those of one community at a time.",
        )
    return plan.fabric.community_codes.tolist().index(codes.pop()), places


def _held(plan: Plan, keep: Iterable[str]) -> NDArray[np.bool_]:
    held = np.zeros(len(plan.fabric), np.bool_)
    for one in keep:
        if one not in plan.fabric.cell_of:
            raise InputError("building-unknown", f"There is no building {one!r}.", "Use an id of the buildings.")
        held[plan.fabric.cell_of[one]] = True
    return held


def _gain(here: Region, labels: Ints) -> tuple[float, ...]:
    """Return what a repair gains, smaller is better; comparable between a region and a wider one."""
    before, after = here.rank(here.labels), here.rank(labels)
    return tuple(new - old for new, old in zip(after, before, strict=True))


def _best(here: Region, held: NDArray[np.bool_], seed: int) -> Ints:
    """Return the best labelling of a region that was found: that of now, if nothing is better."""
    if here.rank(here.labels)[:5] == (0, 0, 0, 0, 0):
        return here.labels
    fixed = held[here.cells]
    found = [here.labels]
    for whole in (True, False):
        group, start = _groups(here, fixed, whole=whole)
        small = contracted(here.problem, group)
        small = replace(small, previous=start)
        stays = np.zeros(small.size, np.bool_)
        stays[group[fixed]] = True
        board = Board(small, len(here.grids), stays)
        mended = mend(board, start)
        found += [labels[group] for labels in mended]
        if here.rank(found[-len(mended)])[1] > 0:
            drawn = _drawn(small, stays, len(here.grids), seed)
            found += [] if drawn is None else [put_back(board, start, drawn)[group]]
        ranks = [here.rank(labels) for labels in found]
        # Compounds that are split already are left so only where keeping them whole costs the range.
        if min(ranks)[:3] <= (0, *ranks[0][1:3]) or not here.split(here.labels):
            break
    return found[ranks.index(min(ranks))]


def _groups(here: Region, fixed: NDArray[np.bool_], *, whole: bool) -> tuple[Ints, Ints]:
    """Return the atom of each cell, and the zone that each atom is in now.

    A compound that could be one grid is one atom a connected part; with `whole` False, one a grid that holds some of
    it. Cells without households go with a neighbour of their grid.
    """
    problem, compound = here.problem, here.compound
    same = (compound[problem.i] == compound[problem.j]) & (compound[problem.i] >= 0)
    within = problem.previous[problem.i] == problem.previous[problem.j]
    group = connected_parts(problem, same if whole else same & within)
    small = contracted(problem, group)
    start = small.previous.copy()
    start[group[fixed]] = problem.previous[fixed]
    inside = start[small.i] == start[small.j]
    cut = {name: getattr(small, name)[inside] for name in ("i", "j", "shared_m", "barrier_m", "street_m")}
    joined = attach_empty(replace(small, **cut))
    first = np.zeros(int(joined.max(initial=-1)) + 1, np.int64)
    first[joined[::-1]] = start[::-1]
    return joined[group], first


def _drawn(problem: Problem, stays: NDArray[np.bool_], count: int, seed: int) -> Ints | None:
    """Let the engine divide the atoms anew; None where it leaves what should stay, or makes another number of grids."""
    group = _anchored(problem, stays)
    small = replace(contracted(problem, group), grids=count)
    if len(connected_parts(small)) and int(connected_parts(small).max()) > 0:
        return None
    labels = solve(small, seed=seed, effort=Effort(seeds=2, more_seeds=2, counts=1)).labels
    if int(labels.max()) + 1 != count:
        return None
    rows, columns = matching(small, labels)
    name = np.full(count, -1, np.int64)
    name[rows] = columns
    anchors = np.unique(group[stays])
    for anchor in anchors:
        zone, home = labels[anchor], small.previous[anchor]
        other = np.flatnonzero(name == home)
        name[other], name[zone] = name[zone], home
    rest = np.setdiff1d(np.arange(count), name)
    name[name < 0] = rest[: int((name < 0).sum())]
    new = name[labels][group]
    return new if (new[stays] == problem.previous[stays]).all() and len(np.unique(name)) == count else None


def _anchored(problem: Problem, stays: NDArray[np.bool_]) -> Ints:
    """Group what stays with the largest atom of its zone, along the zone's atoms between them."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import breadth_first_order

    group = np.arange(problem.size, dtype=np.int64)
    within = problem.previous[problem.i] == problem.previous[problem.j]
    i, j = problem.i[within], problem.j[within]
    graph = coo_array((np.ones(len(i), np.int8), (i, j)), shape=(problem.size, problem.size)).tocsr()
    for zone in np.unique(problem.previous[stays]):
        inside = np.flatnonzero(problem.previous == zone)
        core = int(inside[np.argmax(problem.households[inside])])
        _, above = breadth_first_order(graph, core, directed=False)
        for atom in np.flatnonzero(stays & (problem.previous == zone)):
            step = int(atom)
            while step != core and step >= 0:
                group[step] = core
                step = int(above[step])
    return np.unique(group, return_inverse=True)[1].astype(np.int64)


def _report(plan: Plan, here: Region, labels: Ints, held: NDArray[np.bool_]) -> Repaired:
    changed = labels != here.labels
    fabric = plan.fabric
    new = here.drawn(labels) if changed.any() else plan
    touched = np.unique(np.concatenate([here.labels[changed], labels[changed]]))
    low, high = here.window
    rank_of = np.bincount(labels, here.problem.households, len(here.grids))
    apart = [len(np.unique(new.part_of[new.grid_of == grid])) > 1 for grid in here.grids]
    out = (rank_of < low) | (rank_of > high) | np.array(apart, np.bool_)
    ids = [plan.grids[grid].id for grid in here.grids]
    cells = here.cells[changed]
    return Repaired(
        plan=new,
        moved=tuple(str(fabric.cell_ids[cell]) for cell in cells if fabric.building[cell] >= 0),
        households_moved=int(fabric.households[cells].sum()),
        grids=tuple(ids[place] for place in touched),
        left=tuple(ids[place] for place in np.flatnonzero(out)),
        given_up=tuple(str(fabric.cell_ids[cell]) for cell in cells[held[cells]]),
        before=plan,
    )
