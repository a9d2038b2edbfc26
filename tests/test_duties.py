"""Duties: kinds, vacancies, coverage, staffing, and the assignment against every assignment there is."""

import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from gridmap.duties import (
    DUTIES,
    ORGANISATIONS,
    PERSONS,
    answering,
    assign,
    check_duties,
    coverage,
    duty_kind,
    duty_kinds,
    holding,
    staffing,
    vacancies,
)
from gridmap.duties.kinds import staffing_rules
from gridmap.errors import InputError
from gridmap.files.ledgers import canonical_table
from gridmap.matters import EVENTS, MATTERS, matter_kinds

KINDS = {
    "grid_worker", "grid_worker_part", "grid_lead", "community_worker", "building_head", "party_org", "party_secretary",
    "leader_liaison", "cadre_liaison", "posting", "volunteer", "rider_group", "partner_unit", "social_org", "report_in",
    "pairing",
}  # fmt: skip


def duties(rows, **columns):
    frame = pd.DataFrame([{"id": f"d{k}", **columns, **row} for k, row in enumerate(rows)])
    table = canonical_table(frame, DUTIES, table="duties")
    people = set(table["person"].dropna())
    return check_duties(table, persons=people, organisations=set(table["organisation"].dropna()))


def test_kinds_are_those_of_the_account_and_say_where_they_are_from():
    assert set(duty_kinds()) == KINDS
    assert {name for name, kind in duty_kinds().items() if kind.restricted} == {"pairing", "report_in"}
    assert all(kind.source and kind.verified is False for kind in duty_kinds().values())
    assert duty_kind("专职网格员").id == "grid_worker"
    with pytest.raises(InputError, match="no kind"):
        duty_kind("mayor")


def test_289_workers_for_300_grids_are_11_short():
    grids = [f"g{k:03}" for k in range(300)]
    held = duties([{"kind": "grid_worker", "person": f"p{k}", "places": grids[k]} for k in range(289)])
    found = vacancies(held, "grid_worker", grids)
    assert (found.places, found.holders, found.short) == (300, 289, 11)
    assert found.vacant == tuple(grids[289:])
    assert found.shared == ()
    shared = held.copy()
    shared.loc[:10, "places"] = [f"{grids[k]};{grids[289 + k]}" for k in range(11)]
    found = vacancies(shared, "grid_worker", grids)
    assert (found.short, found.vacant, len(found.shared)) == (11, (), 22)


def test_175_organisations_cover_224_compounds():
    compounds = [f"c{k}" for k in range(224)]
    served = np.array_split(compounds, 175)
    held = duties([{"kind": "party_org", "organisation": f"o{k}", "places": ";".join(s)} for k, s in enumerate(served)])
    assert coverage(held, "party_org", compounds).headline == "224 of 224 by 175"
    assert coverage(held.iloc[1:], "party_org", compounds).missing == tuple(served[0])
    with pytest.raises(InputError, match="no places"):
        coverage(held, "party_org", [])


def test_staffing_is_373_for_the_published_residents():
    held = duties([{"kind": "community_worker", "person": f"p{k}", "places": "c1"} for k in range(300)])
    found = staffing(held, 207_473)
    assert (found.needed, found.present, found.gap) == (373, 300, 73)
    assert staffing_rules()["community_worker"].verified is False
    with pytest.raises(InputError, match="no staffing rule"):
        staffing(held, 1, kind="grid_worker")


def test_duties_hold_from_their_first_to_their_last_day():
    held = duties(
        [
            {"kind": "grid_lead", "person": "p1", "places": "g1", "valid_from": "2026-01-01", "valid_to": "2026-06-30"},
            {"kind": "grid_lead", "person": "p2", "places": "g1", "valid_from": "2026-07-01"},
            {"kind": "community_worker", "person": "p3", "places": "c1"},
        ]
    )
    on = {
        day: list(holding(held, kind="grid_lead", on=day)["person"])
        for day in ("2025-12-31", "2026-06-30", "2026-07-01")
    }
    assert on == {"2025-12-31": [], "2026-06-30": ["p1"], "2026-07-01": ["p2"]}
    near = answering(held, [("building", "b1"), ("grid", "g1"), ("community", "c1")], on="2026-08-01")
    assert list(zip(near["person"], near["level"], near["place"], strict=True)) == [
        ("p2", "grid", "g1"),
        ("p3", "community", "c1"),
    ]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"kind": "grid_worker", "places": "g1"}, "row 1: grid_worker is held by a person"),
        ({"kind": "party_org", "person": "p", "places": "c"}, "held by a organisation"),
        ({"kind": "grid_worker", "person": "p"}, "row 1: grid_worker has one place or more, not 0"),
        ({"kind": "community_worker", "person": "p", "places": "c1;c2"}, "exactly one place, not 2"),
        ({"kind": "grid_worker", "person": "p", "places": "g", "share": 1.5}, "share is 1.5"),
        ({"kind": "grid_worker", "person": "p", "places": "g", "valid_from": "2026-02", "valid_to": "2026-01-01"},
         "valid_from is"),
        ({"kind": "grid_worker", "person": "p", "places": "g", "valid_from": "2026-2-1", "valid_to": "2026/01/01"},
         "ends before"),
        ({"kind": "mayor", "person": "p", "places": "g"}, "no kind of duty"),
        ({"kind": "grid_worker", "person": "p", "places": "g", "valid_from": "soon"}, "row 0: valid_from is 'soon'"),
        ({"kind": "grid_worker", "person": "p", "places": "g", "religion": "x"}, "no column religion"),
    ],
)  # fmt: skip
def test_duties_that_cannot_be_are_refused_by_row(row, says):
    with pytest.raises(InputError, match=says):
        duties([row])


def test_a_holder_must_be_known():
    table = canonical_table(
        pd.DataFrame([{"id": "d", "kind": "grid_lead", "person": "p", "places": "g"}]), DUTIES, table="duties"
    )
    with pytest.raises(InputError, match="there is no person p"):
        check_duties(table, persons=(), organisations=())


# ---- assignment -----------------------------------------------------------------------------------------------------


def best_of_all(costs, pairs, today, *, change_s, vacant_s):
    """Try every assignment; a worker has one grid, or two that adjoin where workers are short."""
    workers, grids = costs.shape
    adjoin = {frozenset(pair) for pair in pairs}
    best = np.inf
    for given_to in itertools.product(range(-1, workers), repeat=grids):
        own = [[g for g, w in enumerate(given_to) if w == worker] for worker in range(workers)]
        if any(len(one) > (2 if workers < grids else 1) for one in own):
            continue
        if any(len(one) == 2 and frozenset(one) not in adjoin for one in own):
            continue
        idle = 0 if workers > grids else vacant_s * sum(not one for one in own)
        cost = idle + vacant_s * given_to.count(-1)
        for grid, worker in enumerate(given_to):
            if worker >= 0:
                cost += costs[worker, grid] + change_s * (today[grid] not in (-1, worker))
        best = min(best, cost)
    return best


@given(st.data())
def test_assignment_is_the_best_of_all(data):
    workers, grids = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 4))
    walk = st.integers(0, 3_000) | st.just(np.inf)
    costs = np.array([[data.draw(walk) for _ in range(grids)] for _ in range(workers)], float)
    every = list(itertools.combinations(range(grids), 2))
    pairs = [pair for pair in every if data.draw(st.booleans())]
    today = np.array([data.draw(st.integers(-1, workers - 1)) for _ in range(grids)])
    found = assign(costs, neighbours=pairs, today=today, change_s=500, vacant_s=10_000)
    assert found.optimal
    assert found.cost == best_of_all(costs, pairs, today, change_s=500, vacant_s=10_000)
    again = assign(costs, neighbours=pairs, today=today, change_s=500, vacant_s=10_000)
    assert np.array_equal(found.worker_of, again.worker_of)
    taken = np.flatnonzero(found.worker_of >= 0)
    assert np.isfinite(costs[found.worker_of[taken], taken]).all()
    assert found.vacant == grids - len(taken)


def test_without_shares_it_is_the_linear_assignment():
    costs = np.random.default_rng(3).integers(0, 4_000, (40, 30)).astype(float)
    rows, columns = linear_sum_assignment(costs)
    assert assign(costs).cost == costs[rows, columns].sum()


def test_289_workers_for_300_grids_proven():
    rng = np.random.default_rng(7)
    place = rng.random((300, 2)) * 6_000
    grid = [(a, b) for a, b in itertools.combinations(range(300), 2) if np.hypot(*(place[a] - place[b])) < 450]
    home = place[rng.permutation(300)[:289]] + rng.normal(0, 200, (289, 2))
    costs = np.hypot(*(home[:, None] - place[None]).transpose(2, 0, 1)) / 1.1
    found = assign(costs, neighbours=grid)
    assert (found.optimal, found.vacant, found.shared) == (True, 0, 11)
    adjoin = {frozenset(pair) for pair in grid}
    for worker in range(289):
        own = np.flatnonzero(found.worker_of == worker)
        assert len(own) == 1 or frozenset(own.tolist()) in adjoin


def test_who_stays_stays_when_change_costs_more_than_walking():
    costs = np.array([[100.0, 10.0], [10.0, 100.0]])
    assert list(assign(costs, today=np.array([0, 1]), change_s=1_000).worker_of) == [0, 1]
    assert list(assign(costs, today=np.array([0, 1]), change_s=1).worker_of) == [1, 0]


def test_load_is_balanced_where_it_counts():
    costs = np.array([[0.0, 0.0, 0.0, 9.0], [9.0, 9.0, 9.0, 0.0], [9.0, 9.0, 1.0, 9.0]])
    heavy = np.array([900.0, 900.0, 50.0, 50.0])
    pairs = [(0, 1), (1, 2), (2, 3)]
    plain = assign(costs, neighbours=pairs, load=heavy)
    even = assign(costs, neighbours=pairs, load=heavy, load_s=1_000)
    assert plain.worker_of[0] == plain.worker_of[1]
    assert even.worker_of[0] != even.worker_of[1]


@pytest.mark.parametrize(
    ("costs", "kwargs", "says"),
    [
        (np.zeros(3), {}, "no table"),
        (np.array([[np.nan]]), {}, "no table"),
        (np.zeros((2, 3)), {"today": np.zeros(2, int)}, "does not fit"),
        (np.zeros((2, 3)), {"neighbours": [(0, 7)]}, "names no grid"),
    ],
)
def test_costs_that_do_not_fit_are_refused(costs, kwargs, says):
    with pytest.raises(InputError, match=says):
        assign(costs, **kwargs)


def test_the_document_tells_every_kind_and_column():
    text = (Path(__file__).parents[1] / "docs" / "duties-and-matters.md").read_text("utf-8")
    told = [f"| `{kind.id}` | {kind.zh} |" for kind in (*duty_kinds().values(), *matter_kinds().values())]
    told += [f"| `{field.name}` | {field.zh} |" for field in (*PERSONS, *ORGANISATIONS, *DUTIES, *MATTERS, *EVENTS)]
    assert [line for line in told if line not in text] == []
