"""Siting in a town: what is proposed is what coverage then finds; candidates, models, what is refused; findings."""

from itertools import combinations

import geopandas as gpd
import numpy as np
import pytest

from gridmap.city import finding_rules
from gridmap.errors import InputError
from gridmap.facilities import Open, candidates, check, check_reach, coverage, ground, kinds, site, what_if


def points(place, *xy):
    shapes = gpd.points_from_xy(*zip(*(place(*one) for one in xy), strict=True))
    return gpd.GeoDataFrame({"id": [f"K{k}" for k in range(len(xy))]}, geometry=shapes, crs="EPSG:4546")


SPOTS = [(100, 600), (500, 1000), (900, 200), (1000, 600), (900, 1000), (300, 300)]


def test_what_is_proposed_is_what_coverage_finds(here, place):
    plan = site(here, "canteen", add=2, minutes=8, where=points(place, *SPOTS))
    assert plan.answer.proven
    assert plan.before == coverage(here, "canteen", minutes=8).totals["households_covered"]
    opened = [Open(row.id, row.x, row.y) for row in plan.steps.itertuples()]
    assert what_if(here, "canteen", opened, minutes=8).totals["households_after"] == plan.after
    best = max(
        what_if(here, "canteen", [Open(f"N{k}", *place(*SPOTS[k])) for k in pair], minutes=8).totals["households_after"]
        for pair in combinations(range(len(SPOTS)), 2)
    )
    assert plan.after == best
    steps = plan.steps
    assert steps["households_gained"].sum() == plan.after - plan.before
    assert steps["households_gained"].is_monotonic_decreasing
    answer = plan.to_dict()
    assert answer["limit"]["verified"] is False
    assert len(answer["sites"]) == 2
    assert plan.frame().crs == here.city.frame.crs


@pytest.mark.parametrize("model", ["lscp", "p_median", "p_center", "capacitated_mclp", "capacitated_p_median"])
def test_every_model_answers_for_a_city(here, place, model):
    plan = site(here, "canteen", add=2, minutes=8, where=points(place, *SPOTS), model=model, capacity=300, gap=0.01)
    assert plan.answer.model == model
    assert plan.answer.proven
    assert plan.after >= plan.before
    assert model == "lscp" or len(plan.steps) <= 2


def test_candidates(here, place):
    assert candidates(here).ids.tolist() == ["C1", "C2", "C3"]
    assert set(candidates(here, "premises").ids) == {"F4", "W1"}
    with pytest.raises(InputError) as told:
        candidates(here, "clouds")
    assert told.value.code == "candidates-unknown"
    with pytest.raises(InputError) as told:
        candidates(here, points(place, (1, 1)).iloc[:0])
    assert told.value.code == "candidates-none"
    with pytest.raises(InputError) as told:
        candidates(here, points(place, (1, 1)).to_crs(4326))
    assert told.value.code == "crs-differs"


@pytest.mark.parametrize(
    ("options", "code"),
    [({"add": 4}, "candidates-few"), ({"add": -1}, "sites-negative"), ({"add": 1, "model": "oracle"}, "model-unknown"),
     ({"add": 1, "model": "capacitated_mclp"}, "capacity-missing"), ({"add": 1, "who": "cats"}, "who-unknown")],
)  # fmt: skip
def test_what_cannot_be_asked(here, options, code):
    with pytest.raises(InputError) as told:
        site(here, "canteen", minutes=8, **options)
    assert told.value.code == code


def test_a_floor_for_each_community(here, place):
    free = site(here, "canteen", add=2, minutes=8, where=points(place, *SPOTS))
    fair = site(here, "canteen", add=2, minutes=8, where=points(place, *SPOTS), floor=0.2)
    assert fair.after <= free.after
    opened = [Open(row.id, row.x, row.y) for row in fair.steps.itertuples()]
    table = what_if(here, "canteen", opened, minutes=8).after.table("community")
    assert (table["share"] >= 0.2).all()


def test_findings_of_facilities(build, rows, point):
    bad = [
        {"id": "X1", "kind": "canteen", "geometry": point(700, 300), "capacity": -3},
        {"id": "X2", "kind": "sauna", "geometry": point(100, 300), "opening_hours": "随缘"},
        {"id": "X3", "kind": "canteen", "geometry": point(9000, 300)},
        {
            "id": "X4",
            "kind": "canteen",
            "geometry": point(300, 300),
            "opening_hours": "周一至周五8:30-11:30，14:00-17:30",
        },
    ]
    city = build(bad)
    found = {(one.rule, one.feature) for one in check(city)}
    assert found == {
        ("facility-capacity", "X1"), ("facility-in-water", "X1"), ("facility-kind", "sauna"), ("facility-hours", "X2"),
        ("facility-outside", "X3"),
    }  # fmt: skip
    assert {one.feature for one in check_reach(ground(city))} == {"X1", "X3"}
    assert all(one.title_zh and one.remedy_zh for one in (*check(city), *check_reach(ground(city))))
    assert {rule for rule in finding_rules() if rule.startswith("facility-")} == {
        "facility-unreachable",
        *(rule for rule, _ in found),
    }
    assert np.isnan(coverage(ground(city), "canteen", minutes=15).supply.capacity[0])


def test_rules_say_where_they_are_from():
    for kind in kinds().values():
        assert kind.source
        assert kind.verified is False
        assert (kind.minutes is None) != (kind.metres is None)
