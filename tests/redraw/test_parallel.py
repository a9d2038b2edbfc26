"""Several processes, an early stop, and buildings as atoms: the same plan, or an honest part of one."""

import time

import numpy as np

from gridmap.plan import Plan
from gridmap.plan.testing import chequered, striped
from gridmap.redraw import Effort, redraw

WINDOW = {"min_households": 300, "max_households": 500}


def town() -> Plan:
    return striped(chequered(40, 14, communities=5, seed=4), 3)


def test_workers_do_not_change_the_plan():
    plan, seen = town(), []
    alone = redraw(plan, seed=3, **WINDOW)
    shared = redraw(plan, seed=3, workers=2, progress=lambda *step: seen.append(step), **WINDOW)
    np.testing.assert_array_equal(alone.plan.grid_of, shared.plan.grid_of)
    assert alone.plan.grids == shared.plan.grids
    codes = plan.fabric.community_codes.tolist()
    assert seen == [(code, number + 1, 5) for number, code in enumerate(codes)]
    assert not shared.interrupted


def test_what_is_not_drawn_before_a_stop_stays_as_it_is():
    plan, seen = town(), []
    result = redraw(plan, seed=3, progress=lambda *step: seen.append(step), cancelled=lambda: len(seen) >= 2, **WINDOW)
    assert result.interrupted
    assert [one.code for one in result.communities] == plan.fabric.community_codes[:2].tolist()
    later = plan.fabric.community >= 2
    names = [np.array([grid.id for grid in one.grids])[one.grid_of[later]] for one in (plan, result.plan)]
    np.testing.assert_array_equal(*names)
    whole = redraw(plan, seed=3, communities=plan.fabric.community_codes[:2].tolist(), **WINDOW)
    np.testing.assert_array_equal(whole.plan.grid_of, result.plan.grid_of)


def test_a_long_search_is_stopped_within():
    begin = time.monotonic()
    for workers in (1, 2):
        result = redraw(town(), time_limit_s=0.3, effort=Effort(seeds=100_000), workers=workers, **WINDOW)
        assert result.interrupted
        assert not result.communities
    # A hundred thousand seeds take minutes.
    assert time.monotonic() - begin < 60


def test_the_callers_executor_is_asked_between_tasks():
    class Straight:
        def map(self, fn, tasks):
            return map(fn, tasks)

    result = redraw(town(), executor=Straight(), cancelled=lambda: True, **WINDOW)
    assert (result.interrupted, len(result.communities)) == (True, 1)


def test_compounds_are_divided_only_where_the_range_asks_for_it():
    # Compounds of 4 × 4 cells with some 280 households beside single buildings: mostly no whole number of grids.
    fabric = chequered(16, 16, communities=2, compound_cells=4, households=(16, 19), seed=2)
    plan = Plan.undivided(fabric)
    tight = {"min_households": 350, "max_households": 400}
    whole, free = redraw(plan, seed=1, **tight), redraw(plan, seed=1, whole_compounds=False, **tight)
    assert whole.totals.compounds_split == 0
    assert whole.totals.in_range < whole.totals.grids
    assert free.totals.in_range == free.totals.grids
    assert free.totals.compounds_split > 0
    assert free.totals.contiguity_breaks == 0
    wide = {"min_households": 200, "max_households": 600}
    assert redraw(plan, seed=1, whole_compounds=False, **wide).totals.compounds_split == 0


def test_further_barriers_are_kept_to():
    fabric = chequered(16, 9, households=(16, 19), seed=2)
    plan = Plan.undivided(fabric)
    across = (fabric.x[fabric.i] < np.median(fabric.x)) != (fabric.x[fabric.j] < np.median(fabric.x))
    barrier = np.where(across, fabric.shared_m, 0.0)
    reaching = []
    for given in (None, barrier):
        grid = redraw(plan, seed=1, barrier_m=given, **WINDOW).plan.grid_of
        reaching.append(int((grid[fabric.i[across]] == grid[fabric.j[across]]).sum()))
    assert reaching[0] > 0
    assert reaching[1] == 0
