"""Questions about facilities over HTTP: the answers of the command line, as far as they may be told."""

import json
from itertools import pairwise

import pytest
import shapely

from gridmap.facilities import Close

API = "/api/v1"


def plainly(value):
    """Return a value as JSON has it."""
    from gridmap.server.words import plain

    return json.loads(json.dumps(plain(value)))


def test_nearest_is_that_of_the_command_line(looked):
    told = looked.json(f"{API}/nearest?kind=社区食堂&lon=111.788&lat=37.265&k=2")
    assert told == plainly(looked.service.ws.nearest("canteen", 111.788, 37.265, k=2).to_dict())
    assert len(told["facilities"]) == 2
    assert told["facilities"][0]["route"]["turns"]["zh"]


def test_coverage_is_released(looked):
    told = looked.json(f"{API}/coverage?kind=canteen&minutes=15")
    shown = looked.service.handle.coverage("canteen", minutes=15)
    assert told["totals"] == plainly(shown.totals)
    assert told["grids"] == plainly(shown.table.to_dict("records"))
    assert told["communities"] == plainly(shown.released.totals.to_dict("records"))
    for row in told["communities"]:
        own = [one["households_covered"] for one in told["grids"] if one["community"] == row["community"]]
        assert row["households_covered"] == sum(own)
    k = looked.json(f"{API}/city")["k"]
    few = [row for row in told["grids"] if row["elders_80_covered"] and row["elders_80_covered"] < k]
    assert not few
    assert told["limit"]["speed_m_per_min"] == 66


def test_reach_is_drawn_the_farthest_first(looked):
    told = looked.json(f"{API}/coverage/reach?kind=canteen&minutes=15")
    shapes = [shapely.from_geojson(json.dumps(one["geometry"])) for one in told["features"]]
    assert [one["properties"]["minutes"] for one in told["features"]] == [15, 10, 5]
    assert shapes[0].area > shapes[1].area > shapes[2].area > 0
    rings = looked.json(f"{API}/coverage/reach?kind=canteen&minutes=15&rings=true")["features"]
    cut = [shapely.from_geojson(json.dumps(one["geometry"])) for one in rings]
    assert all(one.intersection(other).area < 1e-10 for one, other in pairwise(cut))
    assert sum(one.area for one in cut) == pytest.approx(shapes[0].area, rel=0.01)


def test_buildings_beyond_reach_are_told_as_places(looked):
    told = looked.json(f"{API}/coverage/reach?kind=canteen&minutes=15")
    found = looked.service.ws.coverage("canteen", minutes=15)
    assert len(told["beyond"]) == int((~(found.dist_m <= told["limit"]["limit_m"])).sum())
    west, south, east, north = looked.json(f"{API}/city")["bounds"]
    assert all(west < lon < east and south < lat < north for lon, lat in told["beyond"])


def test_access_is_that_of_the_command_line(looked):
    told = looked.json(f"{API}/access?kind=care_class&who=residents")
    assert told == plainly(looked.service.ws.access("care_class", who="residents").to_dict())
    assert looked.json(f"{API}/access?kind=care_class&who=children", 422)["code"] == "request-invalid"


def test_siting_says_what_each_new_one_adds(looked):
    told = looked.post(f"{API}/site", {"kind": "canteen", "add": 2})
    assert [row["step"] for row in told["sites"]] == [1, 2]
    assert told["after"] - told["before"] == sum(row["households_gained"] for row in told["sites"])


def test_siting_for_people_of_a_kind_tells_no_small_numbers(looked):
    told = looked.post(f"{API}/site", {"kind": "care_class", "add": 50, "who": "elders_80", "minutes": 2})
    k = looked.json(f"{API}/city")["k"]
    gained = [row["elders_80_gained"] for row in told["sites"]]
    assert None in gained, "more sites than there are elders to gain"
    assert all(number is None or number >= k for number in gained)
    assert told["before"] is None
    assert not any("elders_80_covered" in row for row in told["sites"])


def test_what_if_tells_before_and_after(looked):
    canteen = looked.json(f"{API}/nearest?kind=canteen&lon=111.788&lat=37.265")["facilities"][0]["id"]
    told = looked.post(f"{API}/what-if", {"kind": "canteen", "close": [canteen]})
    expected = looked.service.ws.what_if("canteen", [Close(canteen)])
    assert told["totals"] == expected.totals
    assert told["totals"]["households_lost"] > 0
    opened = looked.post(f"{API}/what-if", {"kind": "canteen", "open": [{"lon": 111.8, "lat": 37.25}]})
    assert opened["totals"]["households_gained"] > 0
    assert looked.post(f"{API}/what-if", {"kind": "canteen"}, 422)["code"] == "change-missing"


@pytest.mark.parametrize("path", ["nearest?kind=nope&lon=111.788&lat=37.265", "coverage?kind=nope", "access?kind=nope"])
def test_kinds_that_none_has_are_refused(looked, path):
    assert "kind" in looked.json(f"{API}/{path}", 422)["code"]
