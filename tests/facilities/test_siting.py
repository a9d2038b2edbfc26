"""Every siting model against enumeration on small instances."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from gridmap.errors import InfeasibleError, InputError
from gridmap.facilities.flow import assign
from gridmap.facilities.siting import capacitated, lscp, mclp, p_center, p_median

SEEDS = st.integers(0, 2**32 - 1)


def instance(seed, sites=7, demands=16):
    rng = np.random.default_rng(seed)
    a, b = rng.random((sites, 2)) * 1000, rng.random((demands, 2)) * 1000
    dist = np.hypot(a[:, None, 0] - b[None, :, 0], a[:, None, 1] - b[None, :, 1])
    dist[rng.random(dist.shape) < 0.1] = np.inf
    weight = rng.integers(0, 30, demands).astype(float)
    return rng, dist, weight, int(rng.integers(1, 4))


def choices(sites, p):
    return [list(chosen) for size in range(p + 1) for chosen in combinations(range(sites), size)]


@given(SEEDS)
def test_mclp_is_the_best_of_all_choices(seed):
    rng, dist, weight, p = instance(seed)
    base = rng.random(len(weight)) < 0.2
    covers = dist <= 350
    best = max(weight[covers[c].any(axis=0) | base].sum() for c in choices(7, p))
    answer = mclp(covers, weight, p=p, base=base)
    assert answer.value == pytest.approx(best)
    assert answer.proven
    assert answer.bound == pytest.approx(best)
    assert weight[covers[answer.chosen].any(axis=0) | base].sum() == pytest.approx(answer.value)
    assert len(answer.chosen) <= p


@given(SEEDS)
def test_mclp_within_a_budget(seed):
    rng, dist, weight, p = instance(seed)
    covers, cost, budget = dist <= 350, rng.integers(1, 9, 7).astype(float), float(rng.integers(0, 20))
    allowed = [c for c in choices(7, p) if cost[c].sum() <= budget]
    best = max(weight[covers[c].any(axis=0)].sum() for c in allowed)
    answer = mclp(covers, weight, p=p, cost=cost, budget=budget)
    assert answer.value == pytest.approx(best)
    assert cost[answer.chosen].sum() <= budget
    by_money = mclp(covers, weight, cost=cost, budget=budget)
    assert by_money.value == pytest.approx(
        max(weight[covers[c].any(axis=0)].sum() for c in choices(7, 7) if cost[c].sum() <= budget)
    )


@given(SEEDS)
def test_mclp_with_a_floor_for_each_part(seed):
    rng, dist, weight, p = instance(seed)
    part, floor = rng.integers(0, 2, len(weight)), 0.4
    covers = dist <= 350

    def fair(c):
        got = covers[c].any(axis=0)
        return all(weight[got & (part == k)].sum() >= floor * weight[part == k].sum() - 1e-9 for k in (0, 1))

    values = [weight[covers[c].any(axis=0)].sum() for c in choices(7, p) if fair(c)]
    if values:
        answer = mclp(covers, weight, p=p, part=part, floor=floor)
        assert answer.value == pytest.approx(max(values))
        assert fair(answer.chosen.tolist())
    else:
        with pytest.raises(InfeasibleError) as told:
            mclp(covers, weight, p=p, part=part, floor=floor)
        assert told.value.code == "floor-unreachable"


@given(SEEDS, st.integers(1, 2))
def test_lscp_covers_all_that_can_be_with_the_fewest(seed, backup):
    rng, dist, weight, _ = instance(seed)
    covers = dist <= 400
    have = (rng.random(len(weight)) < 0.2).astype(int)
    need = np.clip(backup - have, 0, covers.sum(axis=0))
    best = min(len(c) for c in choices(7, 7) if (covers[c].sum(axis=0) >= need).all())
    answer = lscp(covers, backup=backup, base_count=have)
    assert answer.value == best
    assert answer.proven
    assert (covers[answer.chosen].sum(axis=0) >= need).all()
    assert answer.first >= best


@given(SEEDS)
def test_p_median_is_the_best_of_all_choices(seed):
    rng, dist, weight, p = instance(seed)
    base = np.where(rng.random(len(weight)) < 0.3, rng.random(len(weight)) * 500, np.inf)
    far = 3000.0

    def cost(c):
        return weight @ np.minimum(np.minimum(base, far), dist[c].min(axis=0, initial=np.inf))

    best = min(cost(list(c)) for c in combinations(range(7), p))
    answer = p_median(dist, weight, p=p, base_m=base, far_m=far, gap=0.0)
    assert answer.value == pytest.approx(best)
    assert answer.proven
    assert answer.bound <= best * (1 + 1e-9)
    assert cost(answer.chosen.tolist()) == pytest.approx(best)
    rough = p_median(dist, weight, p=p, base_m=base, far_m=far, time_limit_s=0)
    assert rough.bound <= best * (1 + 1e-9)
    assert rough.value >= best * (1 - 1e-9)


@given(SEEDS)
def test_p_center_is_the_best_of_all_choices(seed):
    _, dist, weight, p = instance(seed)
    some = (weight > 0) & np.isfinite(dist).any(axis=0)
    best = min(dist[list(c)][:, some].min(axis=0).max(initial=0) for c in combinations(range(7), p))
    answer = p_center(dist, weight, p=p)
    assert answer.value == pytest.approx(best)
    assert answer.proven
    assert len(answer.chosen) <= p


@given(SEEDS, st.booleans())
def test_capacitated_is_the_best_of_all_choices(seed, cover):
    rng, dist, weight, p = instance(seed, sites=5, demands=8)
    seats, far = rng.integers(0, 60, 5), 2000.0
    rows, columns = np.nonzero(dist <= 500)
    pairs = csr_array((dist[rows, columns], (rows, columns)), shape=dist.shape)
    kept = np.arange(5) == 0

    def value(c):
        open_ = kept.copy()
        open_[c] = True
        done = assign(pairs, weight, np.where(open_, seats, 0), unserved_m=None if cover else far)
        return -float(done.served.sum()) if cover else done.cost_m + far * done.unserved.sum()

    best = min(value(list(c)) for c in combinations(range(1, 5), p))
    answer = capacitated(pairs, weight, seats, p=p, kept=kept, far_m=None if cover else far, gap=0.0)
    assert (-answer.value if cover else answer.value) == pytest.approx(best, rel=1e-6, abs=1e-3)
    assert 0 not in answer.chosen
    assert len(answer.chosen) <= p


@given(SEEDS)
def test_more_sites_never_cover_less(seed):
    _, dist, weight, _ = instance(seed)
    values = [mclp(dist <= 300, weight, p=p).value for p in range(5)]
    assert values == sorted(values)


@pytest.mark.parametrize(
    ("call", "code"),
    [
        (lambda: mclp(np.ones((2, 3)), [1, 2], p=1), "weights-uneven"),
        (lambda: mclp(np.ones((2, 3)), [1, -2, 3], p=1), "weight-negative"),
        (lambda: mclp(np.ones((2, 3)), [1, 2, 3], p=3), "candidates-few"),
        (lambda: mclp(np.ones((2, 3)), [1, 2, 3], p=-1), "sites-negative"),
        (lambda: mclp(np.ones((2, 3)), [1, 2, 3], p=1, budget=-1), "budget-negative"),
        (lambda: mclp(np.ones((2, 3)), [1, 2, 3], p=1, floor=2), "floor-share"),
        (lambda: mclp(np.ones((2, 3)), [1, 2, 3], p=1, floor=0.5), "floor-parts"),
        (lambda: lscp(np.ones((2, 3)), backup=0), "backup-count"),
        (lambda: p_median(np.ones((2, 3)) * -1, [1, 2, 3], p=1), "distance-negative"),
        (lambda: p_median(np.ones(3), [1, 2, 3], p=1), "distances-shape"),
        (lambda: p_median(np.ones((2, 3)), [1, 2, 3], p=1, base_m=[1]), "base-uneven"),
        (lambda: capacitated(csr_array(np.ones((2, 3))), [1, 2, 3], [5, -5], p=1), "capacity-not-whole"),
        (lambda: capacitated(csr_array(np.ones((2, 3))), [1, 2, 3], [5, 5], p=1, far_m=0), "far-not-positive"),
    ],
)
def test_what_cannot_be_asked(call, code):
    with pytest.raises(InputError) as told:
        call()
    assert told.value.code == code
    assert told.value.hint
