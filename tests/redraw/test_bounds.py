"""Proofs: never more than enumeration confirms, and in small problems all that it does."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gridmap.redraw.bounds import least_out, stuck_atoms
from gridmap.redraw.problem import connected_parts, part_of
from gridmap.redraw.testing import best_by_count, divisions, lattice, random_problem


@given(seed=st.integers(0, 2**32 - 1), atoms=st.integers(1, 7))
def test_stuck_atoms_are_those_that_no_division_puts_in_range(seed: int, atoms: int) -> None:
    whole = random_problem(seed, atoms=atoms)
    problem = part_of(whole, np.flatnonzero(connected_parts(whole) == 0))
    free = np.zeros(problem.size, np.bool_)
    for labels in divisions(problem):
        sums = np.bincount(labels, problem.households)
        free |= ((sums >= problem.lo) & (sums <= problem.hi))[labels]
    assert stuck_atoms(problem).tolist() == np.flatnonzero(~free).tolist()
    assert least_out(problem) <= min(found.out for found in best_by_count(problem).values())


def test_a_block_between_large_ones_is_stuck() -> None:
    row = lattice(3, 1, households=450, window=(300, 500), oversize={1: 282})
    assert stuck_atoms(row).tolist() == [1]
    assert least_out(row) == 1
