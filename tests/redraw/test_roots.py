"""Division by roots: the same verdict as listing every connected set, also where those are too many."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gridmap.redraw.exact.impossible import in_range_division
from gridmap.redraw.exact.limits import Limits
from gridmap.redraw.exact.roots import rooted_division
from gridmap.redraw.problem import Ints, Problem, connected_parts, part_of, score
from gridmap.redraw.testing import divisions, lattice, random_problem


def pieces(seed: int, atoms: int) -> list[Problem]:
    problem = random_problem(seed, atoms=atoms)
    part = connected_parts(problem)
    found = [part_of(problem, np.flatnonzero(part == p)) for p in range(int(part.max()) + 1)]
    return [piece for piece in found if piece.total > 0]


def assert_connected(problem: Problem, labels: Ints) -> None:
    assert int(connected_parts(problem, labels[problem.i] == labels[problem.j]).max()) == int(labels.max())


@given(seed=st.integers(0, 2**32 - 1), atoms=st.integers(1, 8))
def test_the_verdict_is_that_of_every_division(seed: int, atoms: int) -> None:
    for piece in pieces(seed, atoms):
        large = piece.households > piece.hi
        least = int((piece.households[large] // piece.share).sum())
        possible = any(score(piece, labels).out == least and _fit(piece, labels) for labels in divisions(piece))
        status, labels = rooted_division(piece, work=20.0)
        assert status == ("feasible" if possible else "infeasible")
        if labels is not None:
            assert_connected(piece, labels)
            assert _fit(piece, labels)
            assert score(piece, labels).out == least


def _fit(piece: Problem, labels: Ints) -> bool:
    """Say whether every zone without an atom above the range is in it."""
    sums = np.bincount(labels, piece.households)
    large = np.bincount(labels, piece.households > piece.hi) > 0
    return bool(((sums >= piece.lo) & (sums <= piece.hi) | large).all())


def test_a_large_problem_with_few_lived_in_atoms_is_decided() -> None:
    # 56 empty cells between four of 100 and one of 90: their connected sets are past counting.
    field = lattice(10, 6, households=0, window=(200, 290))
    lived_in = dict(zip([0, 9, 50, 59, 25], [100, 100, 100, 100, 90], strict=True))
    households = np.array([lived_in.get(v, 0) for v in range(60)], np.int64)
    problem = _with(field, households)
    found = in_range_division(problem, limits=Limits(sets=50_000, looks=500_000, solves=20.0))
    assert found.status == "feasible"
    assert found.labels is not None
    assert_connected(problem, found.labels)
    sums = np.bincount(found.labels, households)
    assert ((sums >= 200) & (sums <= 290)).all()
    tight = _with(lattice(10, 6, households=0, window=(240, 249)), households)
    assert in_range_division(tight, limits=Limits(sets=50_000, looks=500_000, solves=20.0)).status == "infeasible"


def _with(problem: Problem, households: Ints) -> Problem:
    return replace(problem, households=households)
