"""Coverage: sums, reasons, clusters, relations, capacities; what opening, closing and minutes do to it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridmap.errors import InputError
from gridmap.facilities import (
    Close,
    Extend,
    Move,
    Open,
    access,
    coverage,
    gini,
    ground,
    hot_spots,
    hot_spots_frame,
    lorenz,
    nearest_table,
    relation,
    two_step,
    what_if,
)
from gridmap.facilities.sharing import pairs_of
from gridmap.plan import Plan, fabric


def test_who_is_covered_is_who_is_near(here):
    measured = coverage(here, "canteen", minutes=10)
    near = nearest_table(here, "canteen").set_index("building")["dist_m"].reindex(here.city.buildings["id"]).to_numpy()
    assert (measured.covered == (near <= 660)).all()
    households, elders = here.households, here.elders_60
    assert measured.totals["households"] == np.nansum(households)
    assert measured.totals["households_covered"] == np.nansum(households[near <= 660])
    assert measured.totals["elders_60_covered"] == elders[near <= 480].sum()
    assert measured.totals["unknown_buildings"] == np.isnan(households).sum()
    assert measured.totals["unknown_covered"] == np.isnan(households[near <= 660]).sum()


def test_every_level_sums_to_the_city(here):
    measured = coverage(here, "canteen", minutes=10)
    plan = Plan.undivided(fabric(here.city))
    for level in ("grid", "community", "subdistrict", "city"):
        table = measured.table(level, plan)
        for name in ("households", "households_covered", "children_covered", "unknown_buildings"):
            assert table[name].sum() == measured.totals[name], (level, name)
    with pytest.raises(InputError, match="plan"):
        measured.table("grid")
    with pytest.raises(InputError, match="village"):
        measured.table("village")


def test_limits_in_metres_hold_for_elders_too(here):
    measured = coverage(here, "canteen", metres=500)
    assert (measured.share["elders_60"] == measured.share["households"]).all()
    assert measured.limit.minutes is None
    default = coverage(here, "service_station").limit
    assert (default.limit_m, default.verified) == (300, False)
    assert "300" in default.source


def test_each_reason_is_told(here, build, rows):
    measured = coverage(here, "canteen", minutes=5)
    reason, dist = measured.reason, measured.dist_m
    assert set(reason[measured.covered]) == {""}
    east = here.buildings.x > 570_710
    near_straight = np.hypot(here.buildings.x - 570_610, here.buildings.y - 4_125_100) <= 330
    assert (reason[east & near_straight & ~measured.covered] == "barrier").all()
    assert (east & near_straight).any()
    assert (reason == "closed").any()
    assert (reason == "distance").any()
    assert np.isfinite(dist).all()
    full = coverage(here, "canteen", minutes=10, capacity_for="elders_60")
    assert (full.reason == "capacity").any()
    lost = sum(
        full.totals[f"not_covered_{code}"] for code in ("distance", "capacity", "closed", "barrier", "unreachable")
    )
    assert lost == pytest.approx(full.totals["households"] - full.totals["households_covered"], abs=3)


def test_capacities_are_kept(here):
    full = coverage(here, "canteen", minutes=15, capacity_for="elders_60")
    free = coverage(here, "canteen", minutes=15)
    assert (here.elders_60 * full.share["elders_60"]).sum() <= 65 + 1e-9
    assert full.totals["elders_60_covered"] <= free.totals["elders_60_covered"]


def test_clusters_hold_each_lost_household_once(here):
    measured = coverage(here, "canteen", minutes=5)
    spots = hot_spots(measured, top=1000)
    assert [one.rank for one in spots] == list(range(1, len(spots) + 1))
    assert sorted((one.households for one in spots), reverse=True) == [one.households for one in spots]
    lost = measured.totals["households"] - measured.totals["households_covered"]
    assert sum(one.households for one in spots) == lost
    members = np.concatenate([one.buildings for one in spots])
    assert len(set(members.tolist())) == len(members)
    assert sum(one.unknown_buildings for one in spots) == np.isnan(here.households[~measured.covered]).sum()
    frame = hot_spots_frame(spots, measured)
    assert frame.geometry.is_valid.all()
    assert set(spots[0].to_dict(here.city.frame)) >= {"rank", "households", "reason", "lon", "lat"}


def test_compounds_served_by_relation(here):
    told = relation(coverage(here, "service_station"))
    assert told.totals["served_by_relation"] == 3
    assert told.unknown == ("C9",)
    table = told.table.set_index("compound")
    assert table.loc["C2", "served_by"] == "S1"
    assert table.loc["C1", "households_covered"] == table.loc["C1", "households"]
    assert relation(coverage(here, "canteen")).totals["served_by_relation"] == 0


def test_nobody_is_covered_by_nothing(build):
    alone = ground(
        build([{"id": "F9", "kind": "canteen", "geometry": build().facilities.geometry[0], "status": "closed"}])
    )
    measured = coverage(alone, "canteen", minutes=15)
    assert measured.totals["households_covered"] == 0
    assert (measured.reason == "closed").any()
    assert measured.notes == ("设施F9: status closed",)


@given(st.lists(st.tuples(st.floats(20, 1180), st.floats(20, 1180)), min_size=1, max_size=3), st.integers(3, 20))
def test_opening_never_uncovers_and_closing_never_covers(here, place, new, minutes):
    opened = what_if(here, "canteen", [Open(f"N{k}", *place(*xy)) for k, xy in enumerate(new)], minutes=minutes)
    assert (opened.after.share["households"] >= opened.before.share["households"]).all()
    assert (opened.after.dist_m <= opened.before.dist_m + 1e-9).all()
    closed = what_if(here, "canteen", [Close("F1")], minutes=minutes)
    assert (closed.after.share["households"] <= closed.before.share["households"]).all()
    assert opened.totals["households_lost"] == closed.totals["households_gained"] == 0


@given(st.floats(1, 25), st.floats(0, 10))
def test_more_minutes_never_uncover(here, minutes, more):
    less, longer = coverage(here, "canteen", minutes=minutes), coverage(here, "canteen", minutes=minutes + more)
    for who in less.share:
        assert (longer.share[who] >= less.share[who]).all()


def test_move_reopen_and_longer_hours(here, place):
    x, y = place(1000, 1000)
    moved = what_if(here, "canteen", [Move("F1", x, y)], minutes=10)
    both = what_if(here, "canteen", [Close("F1"), Open("N", x, y)], minutes=10)
    assert moved.totals == both.totals
    assert moved.totals["households_gained"] > 0
    assert moved.totals["households_lost"] > 0
    assert len(moved.communities()) == 2
    again = what_if(here, "canteen", [Open("F4")], minutes=10)
    assert again.totals["households_gained"] > 0
    late = "2026-03-02 13:30"
    longer = what_if(here, "canteen", [Extend("F1", later_min=60)], minutes=10, open_at=late)
    assert longer.totals["households_before"] == 0
    assert longer.totals["households_after"] > 0


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ([Close("F99")], "facility-unknown"),
        ([Close("S1")], "facility-unknown"),
        ([Open("N")], "facility-placeless"),
        ([Open("S1", 570_000, 4_125_000)], "facility-kind"),
        ([Extend("F1", later_min=-5)], "extension-negative"),
    ],
)
def test_changes_that_cannot_be(here, changes, code):
    with pytest.raises(InputError) as told:
        what_if(here, "canteen", changes, minutes=10)
    assert told.value.code == code


@pytest.mark.parametrize(
    ("options", "code"),
    [({"minutes": 0}, "limit-not-positive"), ({"minutes": 5, "metres": 300}, "limit-twice"), ({"metres": -3},
    "limit-not-positive"), ({"capacity_for": "cats"}, "who-unknown")],
)  # fmt: skip
def test_limits_that_cannot_be(here, options, code):
    with pytest.raises(InputError) as told:
        coverage(here, "canteen", **options)
    assert told.value.code == code


def test_access_shares_out_every_place(here):
    shared = access(here, "canteen", minutes=20)
    people = here.elders_60
    assert shared.who == "elders_60"
    assert (shared.places_per_person * people).sum() == pytest.approx(65)
    dense = np.zeros((len(shared.supply), len(here)))
    rows = np.repeat(np.arange(len(shared.supply)), np.diff(shared.pairs.indptr))
    dense[rows, shared.pairs.indices] = 1.0
    by_hand = dense.T @ (shared.supply.capacity / (dense @ people))
    assert shared.places_per_person == pytest.approx(by_hand)
    answer = shared.to_dict()
    assert 0 <= answer["gini"] < 1
    assert len(answer["communities"]) == 2
    near = access(here, "canteen", minutes=20, enhanced=True)
    assert (near.places_per_person * people).sum() == pytest.approx(65)
    assert near.gini >= 0
    with pytest.raises(InputError) as told:
        access(here, "park")
    assert told.value.code == "capacity-unknown"


def test_gini_and_lorenz():
    assert gini([0, 0, 0, 4], [1, 1, 1, 1]) == pytest.approx(0.75)
    assert gini([3, 3], [10, 1]) == 0
    assert gini([0, 0], [1, 2]) == 0
    people, held = lorenz([1, 3], [1, 1])
    assert people.tolist() == [0, 0.5, 1]
    assert held.tolist() == [0, 0.25, 1]
    values = np.array([1.0, 5.0, 2.0, 9.0])
    by_pairs = np.abs(values[:, None] - values[None, :]).sum() / (2 * len(values) ** 2 * values.mean())
    assert gini(values, np.ones(4)) == pytest.approx(by_pairs)
    for call, code in ((lambda: gini([-1], [1]), "access-negative"), (lambda: gini([1, 2], [1]), "access-uneven")):
        with pytest.raises(InputError) as told:
            call()
        assert told.value.code == code


def test_two_step_refuses_what_cannot_be(here):
    pairs = pairs_of(here, coverage(here, "canteen").supply, limit_m=500)
    n = pairs.shape[1]
    for call, code in (
        (lambda: two_step(pairs, np.ones(n), [-5, 5], limit_m=500), "supply-negative"),
        (lambda: two_step(pairs, np.ones(3), [5, 5], limit_m=500), "demand-uneven"),
        (lambda: two_step(pairs, np.ones(n), [5, 5], limit_m=0), "limit-not-positive"),
        (lambda: two_step(pairs, np.ones(n), [5, 5], limit_m=500, bands=[(300, 1), (200, 0.5)]), "bands-unordered"),
    ):
        with pytest.raises(InputError) as told:
            call()
        assert told.value.code == code
