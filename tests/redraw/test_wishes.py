"""A wished number of grids, and work that is to be alike."""

import numpy as np
import pytest

from gridmap.errors import InputError
from gridmap.plan import Plan, lock
from gridmap.plan.testing import chequered, striped
from gridmap.redraw import Effort, Weights, redraw

WINDOW = {"min_households": 300, "max_households": 500}


@pytest.fixture(scope="module")
def old() -> Plan:
    return striped(chequered(24, 20, communities=3, specials=2), 13)


def counts(plan: Plan) -> dict[str, int]:
    drawn = np.unique(plan.grid_of)
    codes = [plan.grids[at].community for at in drawn if plan.grids[at].resident]
    return {code: codes.count(code) for code in dict.fromkeys(codes)}


def test_a_community_gets_the_number_of_grids_wished(old: Plan) -> None:
    codes = [str(code) for code in old.fabric.community_codes]
    new = redraw(old, **WINDOW, grids={codes[1]: 15}, seed=1)
    assert counts(new.plan) == {codes[0]: 13, codes[1]: 15, codes[2]: 13}
    assert new.totals.in_range == new.totals.grids


def test_a_number_that_cannot_be_gets_the_nearest(old: Plan) -> None:
    code = str(old.fabric.community_codes[0])
    new = redraw(old, **WINDOW, grids={code: 99}, communities=[code], seed=1)
    here = int(old.fabric.households[(old.fabric.community == 0) & (old.fabric.special < 0)].sum())
    assert new.communities[0].in_range == new.communities[0].grids
    assert here // 300 - 1 <= new.communities[0].grids <= here // 300


def test_locked_grids_count_among_those_wished(old: Plan) -> None:
    code = str(old.fabric.community_codes[0])
    held, _ = lock(old, old.grids[0].id)
    new = redraw(held, **WINDOW, grids={code: 14}, communities=[code], seed=1)
    assert counts(new.plan)[code] == 14


def test_work_is_shared_more_evenly_when_it_counts(old: Plan) -> None:
    work = old.fabric.households * np.where(np.arange(len(old.fabric)) % 24 < 4, 4.0, 1.0)
    effort = Effort(seeds=4)
    plain, fair = (
        redraw(old, **WINDOW, work=work, weights=Weights(workload=weight), effort=effort, seed=1).plan
        for weight in (0.0, 5.0)
    )

    def spread(plan: Plan) -> float:
        load = plan.total(work)
        total = 0.0
        for code in plan.fabric.community_codes:
            mine = [
                at for at in np.unique(plan.grid_of) if plan.grids[at].community == code and plan.grids[at].resident
            ]
            total += float(np.std(load[mine]) / np.mean(load[mine]))
        return total

    assert spread(fair) < spread(plain)


def test_impossible_wishes_are_refused(old: Plan) -> None:
    code = str(old.fabric.community_codes[0])
    for wish, error in (
        ({"grids": {code: 0}}, "grids-none"),
        ({"grids": {"nowhere": 3}}, "community-unknown"),
        ({"work": np.ones(3)}, "work-shape"),
        ({"work": np.full(len(old.fabric), -1.0)}, "work-shape"),
    ):
        with pytest.raises(InputError) as caught:
            redraw(old, **WINDOW, **wish)
        assert caught.value.code == error
