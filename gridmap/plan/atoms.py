"""Atoms: what redrawing assigns as one piece. A derived view of the fabric, never stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridmap.errors import InputError
from gridmap.plan.contiguity import components
from gridmap.plan.fabric import Fabric
from gridmap.plan.plan import Plan

__all__ = ["Atoms", "atoms", "expand", "previous_labels"]

Ints = NDArray[np.int32]
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False, kw_only=True)
class Atoms:
    """Pieces of a fabric that redrawing keeps whole, numbered by their first cell.

    `atom_of` is int32[n_cells], -1 for a cell that is taken out. Per atom (a): `households` (unknown count 0),
    `unknown` (buildings whose households are unknown), `area_m2`, `outer_m` (perimeter that is shared with no other
    atom: the rim of the community and of what is taken out), `community` and `compound` (rows of the fabric; -1 for a
    building of no compound; no atom has buildings of several). Per edge (e, `i < j`, both of one community):
    `shared_m`, `barrier_m`, `street_m`, all 0 for a bridge between atoms that do not touch.
    """

    fabric: Fabric
    atom_of: Ints
    households: NDArray[np.int64]
    unknown: Ints
    area_m2: Floats
    outer_m: Floats
    community: Ints
    compound: Ints
    i: Ints
    j: Ints
    shared_m: Floats
    barrier_m: Floats
    street_m: Floats

    def __len__(self) -> int:
        return len(self.households)


def atoms(
    fabric: Fabric,
    *,
    max_households: int,
    taken_out: NDArray[np.bool_] | None = None,
    bridges: Sequence[tuple[int, int]] = (),
) -> Atoms:
    """Contract every compound of at most `max_households` into one atom; leave larger ones to their buildings.

    `taken_out` is bool[n_cells]: cells that are not redrawn; cells of special grids never are. A compound is counted
    per community and without what is taken out; where it falls into several connected parts, each is an atom of its
    own. `bridges` are pairs of cells that count as neighbours. O(cells + neighbours).
    """
    size = len(fabric)
    if taken_out is not None and taken_out.shape != (size,):
        raise InputError("atoms-shape", f"taken_out has {taken_out.size} values, the fabric {size} cells.")
    kept = fabric.special < 0
    if taken_out is not None:
        kept &= ~taken_out
    group = _groups(fabric, kept, max_households)
    part = components(fabric, group, bridges)
    atom_of = np.full(size, -1, np.int32)
    cells = np.flatnonzero(kept)
    names, first, inverse = np.unique(part[cells], return_index=True, return_inverse=True)
    rank = np.empty(len(names), np.int32)
    rank[np.argsort(first, kind="stable")] = np.arange(len(names), dtype=np.int32)
    atom_of[cells] = rank[inverse]
    head = cells[np.sort(first)]

    def total(values: NDArray[np.generic]) -> Floats:
        return np.bincount(atom_of[cells], weights=values[cells], minlength=len(head)).astype(np.float64)

    edges = _edges(fabric, atom_of, bridges)
    one, other = atom_of[fabric.i], atom_of[fabric.j]
    between = (one >= 0) & (other >= 0)
    touched = np.bincount(one[between], weights=fabric.shared_m[between], minlength=len(head))
    touched += np.bincount(other[between], weights=fabric.shared_m[between], minlength=len(head))
    return Atoms(
        fabric=fabric,
        atom_of=atom_of,
        households=total(fabric.households).astype(np.int64),
        unknown=total(~fabric.known).astype(np.int32),
        area_m2=total(fabric.area_m2),
        outer_m=np.maximum(total(fabric.perimeter_m) - touched, 0.0),
        community=fabric.community[head],
        compound=fabric.compound[head],
        **edges,
    )


def expand(atoms: Atoms, labels: NDArray[np.integer], *, base: NDArray[np.int32] | None = None) -> Ints:
    """Return the label of each cell, int32[n_cells], from one per atom; cells taken out keep `base`, -1 without it."""
    if labels.shape != (len(atoms),):
        raise InputError("atoms-shape", f"There are {labels.size} labels for {len(atoms)} atoms.")
    spread = np.append(labels, -1).astype(np.int32)[atoms.atom_of]
    return spread if base is None else np.where(atoms.atom_of >= 0, spread, base).astype(np.int32)


def previous_labels(atoms: Atoms, plan: Plan) -> Ints:
    """Return the grid of a plan that each atom was in, int32[a], -1 for none.

    The grid that has most of its households; of equal ones the lowest index; where it has no household, the one that
    has most of its area.
    """
    inside = (atoms.atom_of >= 0) & (plan.grid_of >= 0)
    atom, grid = atoms.atom_of[inside].astype(np.int64), plan.grid_of[inside]
    key, group = np.unique(atom * (len(plan.grids) + 1) + grid, return_inverse=True)
    area = np.bincount(group, weights=atoms.fabric.area_m2[inside], minlength=len(key))
    households = np.bincount(group, weights=atoms.fabric.households[inside], minlength=len(key))
    owner, label = key // (len(plan.grids) + 1), key % (len(plan.grids) + 1)
    weight = np.where(atoms.households[owner] > 0, households, area)
    order = np.lexsort((label, -weight, owner))
    first = np.unique(owner[order], return_index=True)
    labels = np.full(len(atoms), -1, np.int32)
    labels[first[0]] = label[order][first[1]]
    return labels


def _groups(fabric: Fabric, kept: NDArray[np.bool_], max_households: int) -> Ints:
    """Return a label per cell: cells of a compound to contract share one (from n_cells on), others have their own."""
    size, width = len(fabric), max(len(fabric.compound_ids), 1)
    group = np.arange(size, dtype=np.int64)
    inside = kept & (fabric.compound >= 0)
    key = fabric.community[inside].astype(np.int64) * width + fabric.compound[inside]
    names, of = np.unique(key, return_inverse=True)
    small = np.bincount(of, weights=fabric.households[inside], minlength=len(names)) <= max_households
    group[inside] = np.where(small[of], size + of, group[inside])
    return group.astype(np.int32)


def _edges(fabric: Fabric, atom_of: Ints, bridges: Sequence[tuple[int, int]]) -> dict[str, NDArray[Any]]:
    extra = np.array(bridges, np.int32).reshape(-1, 2)
    zeros = np.zeros(len(extra))
    one, other = atom_of[np.append(fabric.i, extra[:, 0])], atom_of[np.append(fabric.j, extra[:, 1])]
    keep = (one >= 0) & (other >= 0) & (one != other)
    low, high = np.minimum(one, other)[keep].astype(np.int64), np.maximum(one, other)[keep].astype(np.int64)
    width = int(atom_of.max(initial=0)) + 1
    key, group = np.unique(low * width + high, return_inverse=True)
    edges: dict[str, NDArray[Any]] = {
        "i": (key // width).astype(np.int32),
        "j": (key % width).astype(np.int32),
    }
    for name in ("shared_m", "barrier_m", "street_m"):
        values = np.append(getattr(fabric, name), zeros)[keep]
        edges[name] = np.bincount(group, weights=values, minlength=len(key)).astype(np.float64)
    return edges
