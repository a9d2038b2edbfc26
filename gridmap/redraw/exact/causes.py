"""Why a grid is out of range: the first cause that holds, with what proves it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from gridmap.redraw import window
from gridmap.redraw.bounds import least_out, stuck_atoms
from gridmap.redraw.exact.limits import MOST_ATOMS, Limits
from gridmap.redraw.problem import Ints, Problem, connected_parts, score

__all__ = ["KINDS", "Cause", "Place", "cause_of", "empty_cause"]

Plain = str | int | bool | list[str]

KINDS: Mapping[str, str] = {
    "oversize_atom": "a building, or what cannot be divided, is larger than a grid may be",
    "too_few": "the community has fewer households to divide than one grid needs",
    "island": "a part of the community that touches no other is too small for a grid",
    "cut_off": "a special or locked grid, or an oversize building, cuts off too few households for a grid",
    "no_count": "the households make no whole number of grids in range",
    "stuck_atom": "a building or compound is in no connected set of neighbours in range",
    "no_partition": "no connected division in range exists, proven by the solver",
    "not_proven": "no division in range was found, nor that there is none",
    "locked": "the grid is locked",
    "no_households": "nobody is known to live there, so there is no grid",
}
"""What a grid is out of range for. All but `not_proven` hold for any division that could have been drawn."""

PROOF = Limits(sets=60_000, looks=6_000_000, solves=4.0)
"""The work for one proof."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a zone is out of range: one of `KINDS`, said in words, and the figures that prove it.

    `atoms` are rows of the community's problem that the proof is about.
    """

    kind: str
    reason: str
    proof: Mapping[str, Plain] = field(default_factory=dict)
    atoms: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a zone is out of range: the community, its connected part (rows `atoms`, alone as `piece`), its labels.

    `names` say what each atom of the community is; `cut_off` what cuts its part off, '' for nothing known.
    """

    whole: Problem
    piece: Problem
    atoms: Ints
    labels: Ints
    names: tuple[str, ...]
    cut_off: tuple[str, ...]


def cause_of(place: Place, zone: int, *, certify: bool) -> Cause:
    """Return the first cause that holds for a zone of `place.labels`; with `certify`, the solver is asked too."""
    inside = np.flatnonzero(place.labels == zone)
    return (
        _oversize(place, inside)
        or _too_small(place)
        or _stranded(place, inside)
        or _no_count(place)
        or _stuck(place, inside)
        or (_no_partition(place, inside) if certify else None)
        or _not_proven(place, certify=certify)
    )


def empty_cause(problem: Problem, atoms: Ints, cut_off: str) -> Cause:
    """Say why a part without known households has no grid."""
    if len(atoms) == problem.size:
        text = "no household is known in this community, so it gets no resident grid"
    else:
        text = "a part of the community without known households touches no other part and gets no resident grid"
        text += f": {cut_off}" if cut_off else ""
    return Cause("no_households", text, {"households": 0}, tuple(atoms.tolist()))


def _oversize(place: Place, inside: Ints) -> Cause | None:
    piece = place.piece
    biggest = inside[np.argmax(piece.households[inside])]
    most = int(piece.households[biggest])
    if most <= piece.hi:
        return None
    name = place.names[place.atoms[biggest]]
    return Cause(
        "oversize_atom",
        f"{name} of {most} households is larger than {piece.hi} and cannot be divided",
        {"what": name, "households": most, "at_most": piece.hi},
        (int(place.atoms[biggest]),),
    )


def _too_small(place: Place) -> Cause | None:
    piece, atoms = place.piece, tuple(place.atoms.tolist())
    if piece.total >= piece.lo:
        return None
    proof: dict[str, Plain] = {"households": piece.total, "at_least": piece.lo}
    if place.whole.total == piece.total:
        text = f"the community has {piece.total} households to divide, fewer than {piece.lo}"
        return Cause("too_few", text, proof, atoms)
    cause = place.cut_off[atoms[0]]
    text = f"a part of the community with {piece.total} households, fewer than {piece.lo}, touches no other part"
    kind = "cut_off" if cause.startswith("it is cut off") else "island"
    return Cause(kind, text + (f": {cause}" if cause else ""), proof, atoms)


def _stranded(place: Place, inside: Ints) -> Cause | None:
    """Tell an oversize atom that leaves a zone too few households."""
    piece, lo, hi = place.piece, place.piece.lo, place.piece.hi
    big = piece.households > hi
    if not big.any():
        return None
    part = connected_parts(piece, ~big[piece.i] & ~big[piece.j])
    here = part == part[inside[0]]
    left = int(piece.households[here].sum())
    few, many = window.count_range(left, lo, hi)
    touching = np.concatenate([piece.j[here[piece.i] & big[piece.j]], piece.i[here[piece.j] & big[piece.i]]])
    if few <= many or not len(touching):
        return None
    name = place.names[place.atoms[touching.min()]]
    zone = int(piece.households[inside].sum())
    text = f"cut off by {name}, which is larger than {hi}: {zone} households are left here"
    proof: dict[str, Plain] = {"by": name, "households": left, "at_least": lo, "at_most": hi}
    return Cause("cut_off", text, proof, tuple(place.atoms[here].tolist()))


def _no_count(place: Place) -> Cause | None:
    piece = place.piece
    few, many = window.count_range(piece.total, piece.lo, piece.hi)
    if few <= many:
        return None
    return Cause(
        "no_count",
        f"{piece.total} households make no whole number of grids of {piece.lo}–{piece.hi}",
        {"households": piece.total, "at_least": piece.lo, "at_most": piece.hi},
        tuple(place.atoms.tolist()),
    )


def _stuck(place: Place, inside: Ints) -> Cause | None:
    piece = place.piece
    stuck = np.intersect1d(inside, stuck_atoms(piece))
    if not len(stuck):
        return None
    atom, count = place.atoms[stuck[0]], int(piece.households[stuck[0]])
    name, lo, hi = place.names[atom], piece.lo, piece.hi
    text = f"{name} of {count} households is in no connected set of neighbours with {lo}–{hi} households: proven"
    proof: dict[str, Plain] = {"what": name, "households": count, "at_least": lo, "at_most": hi}
    return Cause("stuck_atom", text, proof, (int(atom),))


def _no_partition(place: Place, inside: Ints) -> Cause | None:
    from gridmap.redraw.exact.impossible import no_partition

    piece = place.piece
    core = no_partition(piece, inside, limits=PROOF)
    if core is None:
        return None
    households, lo, hi = int(piece.households[core].sum()), piece.lo, piece.hi
    names = [place.names[atom] for atom in place.atoms[core].tolist()]
    some = ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
    proof: dict[str, Plain] = {"among": names, "households": households, "at_least": lo, "at_most": hi}
    if len(core) == piece.size and (piece.households > hi).any():
        text = f"no connected division of these {piece.total} households has only what is larger than {hi} out of range"
        text += ": proven"
    elif len(core) == piece.size:
        text = f"no connected division of these {piece.total} households into grids of {lo}–{hi} exists: proven"
    else:
        text = f"no connected grids of {lo}–{hi} can cover {some}, whatever the grids around: proven"
    return Cause("no_partition", text, proof, tuple(place.atoms[core].tolist()))


def _not_proven(place: Place, *, certify: bool) -> Cause:
    """Say what is known where nothing is proven: the fewest grids that have to be out of range, and how many are."""
    piece, bound, found = place.piece, least_out(place.piece), score(place.piece, place.labels).out
    few, many = window.count_range(piece.total, piece.lo, piece.hi)
    text = (
        f"no connected division of {piece.total} households into grids of {piece.lo}–{piece.hi} was found, nor that "
        f"there is none; {few} to {many} grids would do"
    )
    if certify:
        text += f"; at least {bound} are out of range in any division, {found} are in this: gap {found - bound}"
        if piece.size <= MOST_ATOMS:
            text += "; too many sets of buildings to try them all"
    return Cause(
        "not_proven", text, {"bound": bound, "found": found, "gap": found - bound}, tuple(place.atoms.tolist())
    )
