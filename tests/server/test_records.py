"""Duties and matters over HTTP."""

import pytest

from gridmap.store import today

API = "/api/v1"


def test_duties_come_by_pages_without_restricted_ones(looked):
    first = looked.json(f"{API}/duties?limit=3")
    second = looked.json(f"{API}/duties?limit=3&offset=3")
    assert len(first["duties"]) == 3
    assert {one["id"] for one in first["duties"]}.isdisjoint(one["id"] for one in second["duties"])
    assert first["total"] == len(looked.service.ws.accounts.duties())
    assert looked.json(f"{API}/duties?kind=pairing")["total"] == 0
    place = first["duties"][0]["places"].split(";")[0]
    assert first["duties"][0]["id"] in {one["id"] for one in looked.json(f"{API}/duties?place={place}")["duties"]}


def test_contacts_that_are_not_posted_stay_inside(looked):
    told = looked.json(f"{API}/duties?limit=1000")["duties"]
    assert any(one["contact"] for one in told)
    assert not [one for one in told if one["contact"] and not one["posted"]]


def test_vacancies_staffing_and_liaison_are_those_of_the_account(looked):
    assert looked.json(f"{API}/vacancies")["short"] == 11
    assert looked.json(f"{API}/vacancies?kind=cadre_liaison")["holders"] == 310
    assert looked.json(f"{API}/staffing")["needed"] == 373
    leaders = {row["holder"] for row in looked.json(f"{API}/liaison")["liaison"] if row["kind"] == "leader_liaison"}
    assert len(leaders) == 27


def test_matters_are_listed_page_by_page(looked):
    whole = looked.json(f"{API}/matters?kind=request&limit=1000")
    assert not whole["more"]
    pages = [looked.json(f"{API}/matters?kind=request&limit=200&offset={at}") for at in range(0, 1000, 200)]
    assert [row for page in pages for row in page["matters"]] == whole["matters"]
    late = looked.json(f"{API}/matters?kind=request&overdue=true&limit=1000")["matters"]
    assert all(row["due"] < today().isoformat() for row in late)


def test_the_board_counts_what_the_list_has(looked):
    stages = looked.json(f"{API}/matters/board?kind=request&cards=2")["stages"]
    for one in stages:
        listed = looked.json(f"{API}/matters?kind=request&stage={one['stage']}&limit=1000")["matters"]
        assert one["matters"] == len(listed)
        assert len(one["cards"]) <= 2


def test_the_map_shows_what_lies_in_its_extent(looked):
    west, south, east, north = looked.json(f"{API}/city")["bounds"]
    whole = looked.json(f"{API}/matters/map?bbox={west},{south},{east},{north}")["features"]
    middle = (west + east) / 2
    half = looked.json(f"{API}/matters/map?bbox={west},{south},{middle},{north}")["features"]
    expected = {one["properties"]["id"] for one in whole if one["geometry"]["coordinates"][0] <= middle - 1e-4}
    assert 0 < len(expected) < len(whole)
    assert expected <= {one["properties"]["id"] for one in half}
    assert all(one["geometry"]["coordinates"][0] <= middle + 1e-4 for one in half)


@pytest.mark.parametrize("bbox", ["", "1,2,3", "a,b,c,d", "nan,0,1,1", "5,5,1,1", "1e400,0,1,1"])
def test_extents_that_are_none_are_refused(looked, bbox):
    assert looked.json(f"{API}/matters/map", 422, params={"bbox": bbox})["code"] == "bbox-unclear"


def test_a_request_runs_through_its_stages(served):
    made = served.post(f"{API}/matters", {"kind": "request", "lon": 111.788, "lat": 37.265, "title": "井盖缺失"}, 201)
    assert made["grid"] == served.json(f"{API}/where?lon=111.788&lat=37.265")["grid"]["code"]
    path = f"{API}/matters/{made['id']}"
    moved = served.post(
        f"{path}/advance",
        {"action": "dispatch", "actor": "community_worker", "organisation": "O001", "base": made["revision"]},
    )
    assert moved["stage"] == "dispatched"
    late = served.post(
        f"{path}/advance", {"action": "dispatch", "actor": "community_worker", "base": made["revision"]}, 409
    )
    assert late["code"] == "matter-changed"
    told = served.json(path)
    assert [row["to"] for row in told["history"]] == ["found", "dispatched"]
    assert served.post(f"{path}/advance", {"action": "answer", "actor": "resident"}, 403)["code"] == "actor-not-allowed"


def test_a_point_is_a_longitude_and_a_latitude(served):
    assert served.post(f"{API}/matters", {"kind": "request", "lon": 111.788}, 422)["code"] == "point-unclear"
