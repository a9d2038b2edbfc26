"""What no division can reach: proofs that a zone must be out of range."""

from __future__ import annotations

import numpy as np

from gridmap.redraw.problem import Ints, Problem
from gridmap.redraw.window import count_range

SETS = 20_000
"""Connected sets looked at for one atom before the proof is given up."""


def least_out(problem: Problem) -> int:
    """Return a proven lower bound on `Score.out` over all divisions of a connected problem."""
    big = problem.households > problem.hi
    if big.any():
        return int((problem.households[big] // problem.share).sum())
    few, many = count_range(problem.total, problem.lo, problem.hi)
    return 1 if few > many or len(stuck_atoms(problem)) else 0


def stuck_atoms(problem: Problem) -> Ints:
    """Return the atoms that no connected set in range holds, whatever else is done; proven, so maybe not all.

    Oversize atoms are among them. Exponential in the atoms of a zone, and given up after `SETS` sets.
    """
    near: list[list[int]] = [[] for _ in range(problem.size)]
    for a, b in zip(problem.i.tolist(), problem.j.tolist(), strict=True):
        near[a].append(b)
        near[b].append(a)
    households = problem.households.tolist()
    stuck = [v for v in range(problem.size) if _is_stuck(v, near, households, problem.lo, problem.hi)]
    return np.array(stuck, np.int64)


def _is_stuck(atom: int, near: list[list[int]], households: list[int], lo: int, hi: int) -> bool:
    """Enumerate connected sets with an atom, each once, from small neighbours up, until one is in range."""
    stack = [(frozenset((atom,)), households[atom], frozenset[int]())]
    for _ in range(SETS):
        if not stack:
            return True
        part, sum_of, banned = stack.pop()
        if lo <= sum_of <= hi:
            return False
        rim = {u for v in part for u in near[v]} - part - banned
        fitting = sorted((u for u in rim if sum_of + households[u] <= hi), key=lambda u: -households[u])
        without = banned | (rim - set(fitting))
        # Pushed from large to small: the smallest is tried first, and the others' sets leave out what was tried.
        later = [(part | {u}, sum_of + households[u], without | set(fitting[at + 1 :])) for at, u in enumerate(fitting)]
        stack += [(grown, total, frozenset(ban)) for grown, total, ban in later]
    return False
