"""What staff on the way ask for, and ratings by a link."""

import base64
import datetime as dt
import re

import httpx
import pytest

from gridmap.duties import duty_kinds
from gridmap.matters import matter_kinds
from gridmap.server import rated

HERE = {"lon": 111.788, "lat": 37.265}


def of_stage(served, stage, kind="request"):
    return served.json("/api/v1/matters", params={"kind": kind, "stage": stage, "limit": 30})["matters"]


# ---- all that is near ----------------------------------------------------------------------------------------------


def test_around_tells_the_nearest_of_each_kind_as_nearest_does_it(looked):
    told = looked.json("/api/v1/around", params={**HERE, "at": "2026-03-02 09:30"})
    assert [row["walk_s"] for row in told["facilities"]] == sorted(row["walk_s"] for row in told["facilities"])
    of = {row["kind"]: row for row in told["facilities"]}
    assert len(of) == len(told["facilities"]) > 10
    for kind in ("canteen", "clinic", "school"):
        alone = looked.json("/api/v1/nearest", params={**HERE, "kind": kind})["facilities"][0]
        assert (of[kind]["id"], of[kind]["dist_m"], of[kind]["route"]) == (alone["id"], alone["dist_m"], alone["route"])


@pytest.mark.parametrize(("at", "kind", "is_open", "opening"), [
    ("2026-03-02 08:00", "canteen", True, None),
    ("2026-03-02 09:30", "canteen", False, "2026-03-02T11:00"),
    ("2026-03-02 20:00", "canteen", False, "2026-03-03T07:00"),
    ("2026-03-02 03:00", "elder_home", True, None),
])  # fmt: skip
def test_around_says_what_is_open_and_when_it_opens(looked, at, kind, is_open, opening):
    told = looked.json("/api/v1/around", params={**HERE, "at": at})["facilities"]
    row = next(row for row in told if row["kind"] == kind)
    assert (row["open"], row["next_opening"]) == (is_open, opening), row["opening_hours"]


def test_around_refuses_a_moment_of_another_zone(looked):
    answer = looked.get("/api/v1/around", params={**HERE, "at": "2026-03-02T09:30:00+00:00"})
    assert (answer.status_code, answer.json()["code"]) == (422, "moment-unclear")


# ---- kinds, organisations, venues, records -------------------------------------------------------------------------


def test_kinds_have_all_that_is_open_and_nothing_restricted(looked):
    told = looked.json("/api/v1/kinds")
    assert [one["id"] for one in told["matters"]] == [one.id for one in matter_kinds().values() if not one.restricted]
    hidden = {one.id for one in duty_kinds().values() if one.restricted}
    assert hidden
    assert hidden.isdisjoint(one["id"] for one in told["duties"])
    request = next(one for one in told["matters"] if one["id"] == "request")
    assert request["stages"][0]["id"] == "found"
    assert {"action": "dispatch", "zh": "派单", "from": ["escalated", "found"], "to": "dispatched",
            "actors": ["community_worker", "subdistrict"], "needs": ["organisation"]} in request["moves"]  # fmt: skip


def test_a_departments_inbox_has_its_own_alone(looked):
    departments = looked.json("/api/v1/organisations", params={"kind": "department"})["organisations"]
    assert departments
    assert set(departments[0]) == {"id", "name", "kind"}
    seen = 0
    for one in departments[:8]:
        inbox = looked.json("/api/v1/matters", params={"organisation": one["id"], "open_only": True, "limit": 500})
        for row in inbox["matters"]:
            seen += 1
            whole = looked.json(f"/api/v1/matters/{row['id']}")
            assert (whole["organisation"], whole["closed"]) == (one["id"], None)
    assert seen > 3


def test_a_matter_says_what_can_be_done_with_it(looked):
    row = of_stage(looked, "found")[0]
    actions = looked.json(f"/api/v1/matters/{row['id']}")["actions"]
    assert {one["action"] for one in actions} == {"dispatch", "settle", "decline", "escalate"}


def test_venues_count_activities_and_visits(looked):
    features = looked.json("/api/v1/venues")["features"]
    total = looked.service.ws.records.sums()
    held = [one for one in total if one.kind == "activity" and one.stage == "held"]
    here = sum(one["properties"]["visits"] for one in features)
    assert 0 < here <= sum(one.quantity for one in held)
    assert {"culture_venue", "folk_village"} <= {one["properties"]["kind"] for one in features}
    assert all(one["geometry"]["type"] == "Point" for one in features)


def test_the_record_of_a_grid(looked):
    row = next(one for one in of_stage(looked, "dispatched") if one["grid"])
    record = looked.json(f"/api/v1/grids/{row['grid']}/record")
    assert record["grid"]["code"] == row["grid"]
    assert row["id"] in [one["id"] for one in record["matters"]]
    assert sum(one["n"] for one in record["stages"]) == record["open"] >= record["late"]
    worker = next(one for one in record["answers"] if one["kind"] == "grid_worker")
    assert worker["title"] == "专职网格员"
    for one in record["answers"]:
        assert one["posted"] or (one["holder"] is None and one["contact"] is None)
    assert looked.get("/api/v1/grids/1/record").status_code == 404


def test_findings_have_their_places_and_repairs_can_be_taken_back(served):
    found = served.json("/api/v1/findings", params={"limit": 1000})["findings"]
    assert found
    assert any("lon" in one for one in found)
    assert served.json("/api/v1/findings/repairs")["repairs"] == []
    assert served.post("/api/v1/findings/undo", status=422)["code"] == "nothing-to-undo"
    mendable = [one for one in found if one.get("repair")]
    if mendable:
        served.post("/api/v1/findings/repair", {"findings": [mendable[0]["id"]]})
        assert served.json("/api/v1/findings/repairs")["repairs"][0]["undone_at"] is None
        assert served.post("/api/v1/findings/undo")["undone_at"]


# ---- rating by a link ----------------------------------------------------------------------------------------------


def linked(served, row):
    answer = served.http.post(f"/api/v1/matters/{row['id']}/rating-link")
    assert answer.status_code == 201, answer.text
    return answer.json()["path"]


def form(served, path, said):
    with httpx.Client(base_url=served.url) as stranger:
        return stranger.post(path, data=said)


def test_a_resident_rates_once_without_an_account(served):
    first, second, *_ = of_stage(served, "handled")
    path, other = linked(served, first), linked(served, first)
    page = served.get(path)
    assert page.status_code == 200
    assert "script" not in page.text
    policy = page.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert "form-action 'self'" in policy
    assert (first["title"] or "?") not in page.text
    for _ in range(3):  # looking uses nothing up
        assert served.get(path).status_code == 200
    assert form(served, path, {}).status_code == 422
    assert "感谢" in form(served, path, {"rating": "4"}).text
    whole = served.json(f"/api/v1/matters/{first['id']}")
    assert (whole["stage"], whole["rating"], whole["history"][-1]["actor"]) == ("rated", 4, "resident")
    for used in (path, other):
        assert served.get(used).status_code == 404
        assert form(served, used, {"rating": "1"}).status_code == 404
    assert served.json(f"/api/v1/matters/{first['id']}")["rating"] == 4
    assert "退回重办" in form(served, linked(served, second), {"again": "1"}).text
    assert served.json(f"/api/v1/matters/{second['id']}")["stage"] == "dispatched"


def test_no_link_for_what_is_not_handled(served):
    row = of_stage(served, "found")[0]
    assert served.post(f"/api/v1/matters/{row['id']}/rating-link", status=422)["code"] == "not-rateable"
    assert served.post("/api/v1/matters/none/rating-link", status=404)["code"] == "matter-unknown"


def test_a_link_that_was_changed_or_guessed_says_nothing(served):
    row = of_stage(served, "handled")[0]
    text = linked(served, row).removeprefix("/rate/")
    raw = bytearray(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    for at in range(len(raw)):
        changed = bytes(raw[:at]) + bytes([raw[at] ^ 1]) + bytes(raw[at + 1 :])
        guess = base64.urlsafe_b64encode(changed).decode().rstrip("=")
        answer = served.get(f"/rate/{guess}")
        assert answer.status_code == 404, at
        assert "链接已使用" in answer.text
    for guess in ("", "x", "?", "%00", "A" * 300, "链接"):
        assert served.get(f"/rate/{guess}").status_code == 404


def test_a_link_ends(served):
    row = of_stage(served, "handled")[0]
    matter, _ = served.service.ws.records.matter(row["id"])
    made = dt.datetime.now(dt.UTC) - dt.timedelta(days=rated.DAYS, seconds=5)
    assert served.get(f"/rate/{rated.link_of(matter, now=made)[0]}").status_code == 404
    still = made + dt.timedelta(seconds=60)
    assert served.get(f"/rate/{rated.link_of(matter, now=still)[0]}").status_code == 200


def test_another_sites_page_cannot_rate(served):
    path = linked(served, of_stage(served, "handled")[0])
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        answer = httpx.post(served.url + path, data={"rating": "1"}, headers=headers)
        assert answer.status_code == 403, headers
    assert served.get(path).status_code == 200


def test_what_is_answered_names_nobody(served):
    page = served.get(linked(served, of_stage(served, "handled")[0])).text
    assert not re.search(r"1\d{10}|B\d{5}|\d{12}", page)
