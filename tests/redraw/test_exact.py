"""The exact solver against enumeration of every division, and the usual search against the exact solver."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridmap.redraw.community import divided
from gridmap.redraw.engine import Effort, solve
from gridmap.redraw.exact.limits import Limits
from gridmap.redraw.exact.optimum import best_division
from gridmap.redraw.exact.sets import connected_sets, members, pieces_of, pool_of, soft_costs
from gridmap.redraw.problem import Problem, Weights, breaks, connected_parts, kept, part_of, score
from gridmap.redraw.testing import best_by_count, divisions, lattice, random_problem

SEEDS = st.integers(0, 2**32 - 1)


def first_part(seed: int, atoms: int, **extra: bool) -> Problem:
    whole = random_problem(seed, atoms=atoms, **extra)
    problem = part_of(whole, np.flatnonzero(connected_parts(whole) == 0), grids=whole.grids)
    return replace(problem, weights=Weights(workload=0.1 * (seed % 2)))


@given(seed=SEEDS, atoms=st.integers(1, 7), barriers=st.booleans())
def test_the_best_division_is_that_of_enumeration(seed: int, atoms: int, barriers: bool) -> None:
    problem = first_part(seed, atoms, barriers=barriers)
    best = best_by_count(problem)
    for count in range(1, problem.size + 2):
        found = best_division(problem, count)
        if count not in best:
            assert found.status == "infeasible"
            continue
        assert found.status == "optimal"
        assert found.labels is not None
        assert found.score == score(problem, found.labels)
        assert found.score.hard == best[count].hard
        assert found.score.soft == pytest.approx(best[count].soft, abs=2e-5)
        assert found.bound <= best[count].soft + 1e-9


@given(seed=SEEDS, atoms=st.integers(2, 8), barriers=st.booleans())
def test_knowing_a_division_changes_nothing(seed: int, atoms: int, barriers: bool) -> None:
    problem = first_part(seed, atoms, barriers=barriers)
    known = solve(problem, seed=seed).labels
    count = int(known.max()) + 1
    alone, helped = best_division(problem, count), best_division(problem, count, known=known)
    assert (alone.status, helped.status) == ("optimal", "optimal")
    assert helped.score is not None
    assert alone.score is not None
    assert helped.score.hard == alone.score.hard
    assert helped.score.soft == pytest.approx(alone.score.soft, abs=2e-5)


@given(seed=SEEDS, atoms=st.integers(1, 7))
def test_the_figures_of_sets_add_up_to_the_score(seed: int, atoms: int) -> None:
    problem = first_part(seed, atoms, barriers=True)
    for labels in divisions(problem):
        count = int(labels.max()) + 1
        member = labels == np.arange(count)[:, None]
        words = np.array([sum(1 << int(v) for v in np.flatnonzero(row)) for row in member], np.uint64)
        pool = pool_of(problem, member, pieces_of(problem, np.arange(problem.size), words))
        price, goal = score(problem, labels), max(1.0, problem.total / count)
        assert (pool.out.sum(), pool.dist.sum()) == (price.out, price.households_out)
        assert pool.crossings.sum() == breaks(problem, labels, ~problem.barred)
        moved = problem.households[problem.previous >= 0].sum() - kept(problem, labels)
        soft = soft_costs(problem, pool, count).sum() + problem.weights.staying * moved / goal
        assert soft == pytest.approx(price.soft)


@given(seed=SEEDS, atoms=st.integers(1, 9))
def test_every_connected_set_in_range_is_listed_once(seed: int, atoms: int) -> None:
    problem = first_part(seed, atoms)
    wanted = set()
    for labels in divisions(problem):
        for zone in range(int(labels.max()) + 1):
            inside = np.flatnonzero(labels == zone)
            if problem.lo <= problem.households[inside].sum() <= problem.hi:
                wanted.add(tuple(inside.tolist()))
    sets = connected_sets(problem, problem.lo, problem.hi, most=10_000, work=100_000)
    assert sets is not None
    listed = [tuple(np.flatnonzero(row).tolist()) for row in members(problem.size, sets)]
    assert len(listed) == len(set(listed))
    assert set(listed) == wanted


def test_compounds_to_keep_whole_are_parted_only_for_the_range() -> None:
    row = lattice(6, 1, households=100, window=(300, 300))
    whole = replace(row, compound=np.array([0, 0, 0, 1, 1, 1]))
    parted = replace(row, compound=np.array([-1, -1, 0, 0, -1, -1]))
    assert best_division(whole, 2).score == score(whole, np.array([0, 0, 0, 1, 1, 1]))
    found = best_division(parted, 2)
    assert found.score is not None
    assert found.score.hard == (0, 0, 0, 1)


def test_what_is_too_large_stays_open_with_its_known_division() -> None:
    problem = lattice(7, 7, households=50, window=(300, 500))
    known = solve(problem, seed=1).labels
    found = best_division(problem, int(known.max()) + 1, known=known, limits=Limits(sets=100))
    assert found.status == "open"
    assert found.labels is known


def test_previous_zones_are_matched_one_to_one() -> None:
    # Both zones are mostly of the first previous zone; only one may keep it.
    problem = lattice(6, 2, households=100, window=(600, 600), previous=np.array([0, 0, 0, 0, 1, 1] * 2))
    found = best_division(problem, 2)
    best = best_by_count(problem)[2]
    assert found.score is not None
    assert found.score.soft == pytest.approx(best.soft, abs=2e-5)


def test_the_usual_redraw_comes_near_the_optimum() -> None:
    gaps = []
    for seed in range(24):
        problem = first_part(seed, 12 + seed % 12, barriers=seed % 2 == 0)
        labels = divided(problem, seed=seed, effort=Effort())
        usual = score(problem, labels)
        best = best_division(problem, int(labels.max()) + 1, known=labels, limits=Limits(sets=20_000))
        if best.status != "optimal":
            continue
        assert best.score is not None
        assert usual.hard == best.score.hard
        gaps.append(usual.soft / max(best.score.soft, 1e-9) - 1)
    assert len(gaps) > 10
    assert np.median(gaps) <= 0.01
    assert max(gaps) <= 0.05
