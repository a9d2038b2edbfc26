"""What no division can reach: proofs that a zone must be out of range."""

from __future__ import annotations

import numpy as np

from gridmap.redraw.problem import Ints, Problem
from gridmap.redraw.window import count_range

SETS, ALL_SETS = 20_000, 200_000
"""Connected sets looked at for one atom, and for all, before a proof is given up."""


def least_out(problem: Problem) -> int:
    """Return a proven lower bound on `Score.out` over all divisions of a connected problem."""
    big = problem.households > problem.hi
    if big.any():
        return int((problem.households[big] // problem.share).sum())
    few, many = count_range(problem.total, problem.lo, problem.hi)
    return 1 if few > many or len(stuck_atoms(problem)) else 0


def count_bounds(problem: Problem, out: int) -> tuple[int, int]:
    """Return the fewest and the most zones of any division with `Score.out` of at most `out`: what sums alone say.

    >>> from gridmap.redraw.testing import lattice
    >>> count_bounds(lattice(5, 4, households=100, window=(300, 500)), 0)
    (4, 6)
    """
    few, many = count_range(problem.total, problem.lo, problem.hi)
    if out == 0:
        return few, many
    # m zones out of range that count as `out` have fewer than (out + m) · share households together.
    room = [m + -(-max(0, problem.total - (out + m) * problem.share) // problem.hi) for m in range(1, out + 1)]
    return max(1, min([few, *room])), min(problem.size, problem.total // max(1, problem.lo) + out)


def stuck_atoms(problem: Problem) -> Ints:
    """Return the atoms that no connected set in range holds, whatever else is done; proven, so maybe not all.

    Oversize atoms are among them. Exponential in the atoms of a zone, and given up after
    `SETS` sets an atom.
    """
    near = [0] * problem.size
    for a, b in zip(problem.i.tolist(), problem.j.tolist(), strict=True):
        near[a] |= 1 << b
        near[b] |= 1 << a
    households = problem.households.tolist()
    stuck, left = [], ALL_SETS
    for atom in range(problem.size):
        looked = _sets_until_one_fits(atom, near, households, (problem.lo, problem.hi), min(SETS, left))
        if looked is None:
            stuck.append(atom)
        else:
            left -= looked
    return np.array(stuck, np.int64)


def _sets_until_one_fits(
    atom: int, near: list[int], households: list[int], window: tuple[int, int], most: int
) -> int | None:
    """Enumerate connected sets (as bits) with an atom, each once, from small neighbours up, until one is in range.

    Returns how many were looked at, `most` when that was not enough; None when there is none.
    """
    lo, hi = window
    stack = [(1 << atom, households[atom], near[atom], 0)]
    looked = 1
    while stack and looked < most:
        part, sum_of, reach, banned = stack.pop()
        if lo <= sum_of <= hi:
            return looked
        rim, fitting = reach & ~part & ~banned, []
        while rim:
            u = (rim & -rim).bit_length() - 1
            rim &= rim - 1
            if sum_of + households[u] <= hi:
                fitting.append(u)
        looked += len(fitting)
        fitting.sort(key=lambda u: households[u])
        later = []
        for u in fitting:
            later.append((part | 1 << u, sum_of + households[u], reach | near[u], banned))
            # Each set is met once: those with a later neighbour leave out the ones tried before it.
            banned |= 1 << u
        stack += reversed(later)
    return most if stack else None
