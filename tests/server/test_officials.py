"""What officials look at: figures that agree with those of the account, the same for everybody who may look."""

from __future__ import annotations

import pytest

API = "/api/v1"


@pytest.fixture(scope="module")
def account(looked):
    return {row["id"]: row["value"] for row in looked.json(f"{API}/figures")["figures"]}


def test_every_compound_has_its_organisation_and_its_stations(looked, account):
    told = [one["properties"] for one in looked.json(f"{API}/compounds")["features"]]
    assert len(told) == account["compounds"]
    assert sum(one["organisation"] is not None for one in told) == account["compounds_covered"]
    assert len({one["organisation"] for one in told}) == account["party_orgs"]
    assert len({name for one in told for name in one["stations"]}) <= account["stations"]
    before = looked.json(f"{API}/compounds?on=2020-01-01")["features"]
    assert not any(one["properties"]["organisation"] for one in before), "duties begin in 2025"


def test_renovation_is_told_by_what_is_furthest_behind(looked, account):
    told = looked.json(f"{API}/compounds")
    stages = [one["id"] for one in told["stages"]]
    renewed = [one["properties"] for one in told["features"] if one["properties"]["works"]]
    assert len(renewed) == account["renovation_compounds"]
    for one in renewed:
        assert one["stage"] == min((work["stage"] for work in one["works"]), key=stages.index)
    assert "dropped" not in stages


def test_staffing_by_place_adds_up(looked, account):
    told = looked.json(f"{API}/staffing/places")
    assert sum(one["present"] for one in told["communities"]) == account["community_workers"]
    assert sum(one["residents"] for one in told["communities"]) == account["residents"]
    vacant = {one["code"] for one in told["grids"] if one["vacant"]}
    assert vacant == set(looked.json(f"{API}/vacancies")["vacant"])
    assert all((one["grid_worker"] == 0) == one["vacant"] for one in told["grids"])
    assert sum(one["posting"] for one in told["grids"]) == account["postings"]
    for one in told["communities"]:
        assert one["needed"] == round(18 * one["residents"] / 10_000)
        assert one["gap"] == one["needed"] - one["present"]


def test_shares_are_those_of_the_coverage(looked):
    told = looked.json(f"{API}/coverage/shares?kind=canteen")
    assert [one["minutes"] for one in told["circles"]] == [5, 10, 15]
    for at, circle in enumerate(told["circles"]):
        full = looked.json(f"{API}/coverage?kind=canteen&minutes={circle['minutes']:g}")
        totals = full["totals"]
        for who, share in circle["shares"].items():
            assert share == round(100 * totals[f"{who}_covered"] / totals[who])
        assert sum(one["covered"][at] for one in told["grids"]) == sum(r["buildings_covered"] for r in full["grids"])
    assert looked.json(f"{API}/coverage/shares?kind=nope", 422)["code"] == "kind-unknown"


def test_a_day_tells_its_plan(looked):
    assert looked.json(f"{API}/in-force?on=2026-01-01") == {"plan": "present", "on": "2026-01-01"}
    then = looked.json(f"{API}/in-force/grids?on=2026-01-01")
    assert then["features"] == looked.json(f"{API}/plans/present/grids")["features"]
    assert looked.json(f"{API}/in-force/diff?on=2026-01-01&until=2026-02-01")["changes"] == []
    assert looked.get(f"{API}/in-force?on=never").status_code == 422
