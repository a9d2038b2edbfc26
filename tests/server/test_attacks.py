"""Attacks over HTTP: zoom, export, plans and limits one after the other, tiles, errors, tags and sizes, search."""

import importlib.util
import itertools
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gridmap.matters import matter_kinds
from gridmap.release import COUNTS, PERSONAL, blocks
from gridmap.rules import profile
from gridmap.workspace import Workspace

_spec = importlib.util.spec_from_file_location("asking", Path(__file__).with_name("asking.py"))
asking = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(asking)
told, EAST, WEST = asking.told, asking.EAST, asking.WEST

API, K = "/api/v1", profile("cn").suppression.k


def blocks_of(city, rows, name):
    points = np.array([(one.x, one.y) for one in city.building_points])
    values = rows[name].to_numpy(float, na_value=np.nan)
    return blocks(values, city.building_community, city.building_compound, x=points[:, 0], y=points[:, 1], k=K)


def rearranged(city, rows, seed=3):
    """Return buildings between which people have moved within their blocks."""
    made, chance = rows.copy(), np.random.default_rng(seed)
    for name in (*COUNTS, *PERSONAL):
        block = blocks_of(city, rows, name)
        for one in np.unique(block[block >= 0]):
            inside, values = np.flatnonzero(block == one), made[name].to_numpy(float)
            values[inside] = values[chance.permutation(inside)]
            moved = made.assign(**{name: pd.array(values, dtype="Int64")})
            if (blocks_of(city, moved, name) == block).all():
                made = moved
        assert (made[name] != rows[name]).sum() > 5
    return made


@pytest.fixture(scope="module")
def twins(databases):
    """Serve two cities of the same blocks and different people in their buildings."""
    place, rows = databases.fresh(), asking.few_people()
    asking.make(place, rows)
    with Workspace.open(place) as ws:
        other_rows = rearranged(ws.city(), rows)
    other = databases.fresh()
    asking.make(other, other_rows)
    with asking.serving(place) as one, asking.serving(other) as two:
        for served in (one, two):
            planner = served.ask["planner", "city"]
            for name in ("draft", "odd"):
                told(planner, f"{API}/plans", "POST", 201, json={"name": name, "base": "present"})
            for at in range(6):  # a building after the other by itself
                grid = told(planner, f"{API}/plans/odd/cells")
                building = f"b{at * 7:03}"
                home = grid["grids"][grid["grid"][grid["buildings"].index(building)]]["id"]
                change = {"kind": "split", "payload": {"grid": home, "buildings": [building], "new": f"n~{at}"}}
                told(planner, f"{API}/plans/odd/edits", "POST", json=change)
        yield one, two


def alike(one, other, path, method="GET", **options):
    """Require two answers that nobody can tell apart: status, body, tag and size."""
    first, second = (ask(method, path, **options) for ask in (one, other))
    assert first.status_code == second.status_code, path
    seen = [re.sub(rb'"(timeStamp|saved|at|since)":"[^"]*"', b"", answer.content) for answer in (first, second)]
    assert seen[0] == seen[1], (path, first.text[:300], second.text[:300])
    if b"timeStamp" not in first.content and b'"saved"' not in first.content and b'"at"' not in first.content:
        assert first.headers.get("etag") == second.headers.get("etag"), path
        assert first.headers.get("content-length") == second.headers.get("content-length"), path
    return first


PLANS = ("present", "draft", "odd")


def test_two_cities_of_the_same_blocks_look_the_same_to_everybody_but_planners(twins):
    viewers = [served.ask["viewer", "city"] for served in twins]
    for plan in PLANS:
        for path in ("", "/grids", "/cells", "/balance"):
            assert alike(*viewers, f"{API}/plans/{plan}{path}").status_code == 200
        for least, most in itertools.product((1, 2, 3, 5, 8, 13), (13, 40)):  # limits, one household after the other
            alike(*viewers, f"{API}/plans/{plan}/balance?min_households={least}&max_households={most}")
    for role in ("viewer", "staff", "reviewer"):
        pair = [served.ask[role, "east"] for served in twins]
        alike(*pair, f"{API}/plans/odd/balance")
        alike(*pair, f"{API}/plans/odd/grids")


def test_a_planner_elsewhere_learns_no_more_than_a_viewer(twins):
    """People move in the west only; whoever plans in the east cannot tell."""
    east = [served.ask["planner", "east"] for served in twins]
    for plan in PLANS:
        shown = [told(ask, f"{API}/plans/{plan}/balance")["grids"] for ask in east]
        west = [[row for row in rows if row["community"] == WEST] for rows in shown]
        assert west[0] == west[1]
        fabrics = [told(ask, f"{API}/plans/{plan}/fabric") for ask in east]
        for shown_fabric in fabrics:
            codes = [one["code"] for one in shown_fabric["communities"]]
            outside = [
                n for at, n in zip(shown_fabric["community"], shown_fabric["households"], strict=True)
                if codes[at] == WEST
            ]  # fmt: skip
            assert outside
            assert set(outside) == {None}
    for metres in (20, 21, 60, 150):
        told_ = [told(ask, f"{API}/coverage?kind=canteen&metres={metres}")["grids"] for ask in east]
        west = [[row for row in rows if row["community"] == WEST] for rows in told_]
        assert west[0] == west[1]


def test_elders_and_children_are_of_blocks_to_planners_too(twins):
    planners = [served.ask["planner", "city"] for served in twins]
    for plan in PLANS:
        tables = [told(ask, f"{API}/plans/{plan}/balance") for ask in planners]
        for name in PERSONAL:
            first, second = ([row[name] for row in one["grids"]] for one in tables)
            assert first == second, name
            assert all(value is None or value >= K or value == 0 for value in first)
            assert tables[0]["totals"][name] == tables[1]["totals"][name]
    for metres in (20, 21, 60, 150):
        rows = [told(ask, f"{API}/coverage?kind=canteen&metres={metres}")["grids"] for ask in planners]
        for name in PERSONAL:
            assert [row[f"{name}_covered"] for row in rows[0]] == [row[f"{name}_covered"] for row in rows[1]]
    body = {"kind": "canteen", "add": 2, "who": "elders_80", "metres": 60, "where": "compounds"}
    answers = [ask("POST", f"{API}/site", json=body) for ask in planners]
    assert answers[0].status_code == answers[1].status_code
    assert answers[0].content == answers[1].content


def test_a_building_by_itself_shows_no_figure(twins):
    for served in twins:
        rows = told(served.ask["viewer", "city"], f"{API}/plans/odd/balance")["grids"]
        alone = [row for row in rows if row["grid"].startswith("n~")]
        assert len(alone) == 6
        for row in alone:
            for name in ("households", "residents", *PERSONAL):
                assert row[name] is None or row[name] >= K
            assert row["households"] is not None or row["status"] is row["distance"] is None


def test_squares_in_squares_tell_no_small_number(twins):
    """Zoomed in and out, of one kind and of all, open and ended: differences are of multiples of k."""
    ask = twins[0].ask["viewer", "city"]
    frame = twins[0].app.state.service.ws.city().frame
    seen = []
    for width in (150, 400, 1_200, 8_000, 60_000, 90_000):
        lon, lat = frame.to_lonlat([570_000, 570_000 + width], [4_125_000, 4_125_000 + min(width, 400)])
        for more in ("", "&kind=request", "&open_only=false"):
            found = told(ask, f"{API}/matters/map?bbox={lon[0]},{min(lat)},{lon[1]},{max(lat) + 0.004}{more}")
            assert found["squares"] > 0
            seen += [one["properties"]["n"] for one in found["features"]]
            assert not any(set(one["properties"]) - {"n"} for one in found["features"])
    assert seen
    assert all(n > 0 and n % K == 0 for n in seen)


def test_tiles_and_layers_have_no_figures_at_any_zoom(twins):
    viewers = [served.ask["viewer", "city"] for served in twins]
    for zoom in range(8, 19, 2):
        n = 2**zoom
        x = int((111.797 + 180) / 360 * n)
        y = int((1 - np.arcsinh(np.tan(np.radians(37.2558))) / np.pi) / 2 * n)
        for name in ("base", "facilities"):
            alike(*viewers, f"{API}/tiles/{name}/{zoom}/{x}/{y}.mvt")
    for name in ("buildings", "grids", "communities", "compounds"):
        alike(*viewers, f"/ogc/collections/{name}/items?limit=1000")
        assert not asking.FIGURES & set(told(viewers[0], f"/ogc/collections/{name}/queryables")["properties"])
        for column in (*sorted(asking.FIGURES), "households_basis", "unknown_buildings"):
            answer = viewers[0]("GET", f"/ogc/collections/{name}/items?{column}=3")
            assert answer.status_code == 400
            assert "3" not in answer.json()["detail"]


def test_search_does_not_find_by_figures_nor_by_who_lives_there(twins):
    viewers = [served.ask["viewer", "city"] for served in twins]
    for text in ("号楼", "甲", "p0", "13", "141182001001", "households", "elders_80", "b0"):
        alike(*viewers, f"{API}/search?q={text}&limit=50")
    assert told(viewers[0], f"{API}/search?q=甲")["found"] == []


def test_errors_do_not_say_what_is_there(twins):
    """What is missing and what one may not see is told alike, whatever is behind it."""
    viewers = [served.ask["viewer", "city"] for served in twins]
    for path in (
        "/plans/nope/balance", "/matters/m1", "/plans/present/diff/draft", "/coverage?kind=canteen", "/search?q=",
        "/plans/present/balance?min_households=0", "/figures?on=x", "/vacancies?kind=pairing",
    ):  # fmt: skip
        first = alike(*viewers, f"{API}{path}")
        if first.status_code >= 400:
            assert first.headers["content-type"] == "application/problem+json"
    west = twins[0].ask["staff", "west"]
    there = next(at for at in range(120) if west("GET", f"{API}/matters/m{at}").status_code == 403)
    assert WEST in west("GET", f"{API}/matters/m{there}").json()["detail"]
    assert west("GET", f"{API}/matters/m{there}").json()["code"] == "outside-area"
    assert "号楼" not in west("GET", f"{API}/matters/m{there}").text


def test_tags_say_nothing_of_what_they_stand_for(twins):
    """A tag that is guessed or was another's is answered by 304 to who may see the answer, and by 401 or 403 else."""
    admin, viewer = twins[0].ask["admin", "city"], twins[0].ask["viewer", "city"]
    for path in (f"{API}/plans/present/balance", f"{API}/plans/present/cells"):
        tag = admin("GET", path).headers["etag"]
        assert viewer("GET", path, headers={"If-None-Match": tag}).status_code == 200
        assert viewer("GET", path).headers["etag"] != tag
        assert twins[0].nobody("GET", path, headers={"If-None-Match": "*"}).status_code == 401
    tag = admin("GET", f"{API}/coverage?kind=canteen").headers["etag"]
    for held in (tag, "*"):
        answer = viewer("GET", f"{API}/coverage?kind=canteen", headers={"If-None-Match": held})
        assert answer.status_code == 403


def test_what_is_kept_for_one_is_not_given_to_another(twins):
    """Asked in any order, each gets their own: answers are kept by what may be seen."""
    served, path = twins[0], f"{API}/plans/draft/cells"
    for key in (("admin", "city"), ("planner", "east"), ("planner", "west"), ("viewer", "city"), ("planner", "east")):
        shown = told(served.ask[key], path).get("households")
        assert (shown is None) == (key[0] == "viewer")
        if key[1] != "city" and shown is not None:
            assert None in shown
            assert any(shown)
    east, west = (told(served.ask["planner", area], path)["households"] for area in ("east", "west"))
    assert not [1 for one, other in zip(east, west, strict=True) if one is not None and other is not None]


# ---- restricted records ------------------------------------------------------------------------------------------

SECRETS = ("QZHOUSEHOLD", "QZNAME", "QZPHONE", "QZNOTE")


def pairings(count):
    rows = [
        {"id": f"QZID{at}", "kind": "pairing", "person": f"QZPERSON{at}", "places": f"{EAST}:QZHOUSEHOLD{at}",
         "note": f"QZNOTE{at}", "contact": f"QZPHONE{at}"} for at in range(count)
    ]  # fmt: skip
    people = [{"id": f"QZPERSON{at}", "name": f"QZNAME{at}", "phone": f"QZPHONE{at}"} for at in range(count)]
    return {"persons": pd.DataFrame(people), "duties": pd.DataFrame(rows)}


@pytest.fixture(scope="module")
def priority(databases):
    """Serve the same city with and without priority households, fewer of them than k."""
    place = databases.fresh()
    asking.make(place, asking.few_people())
    other = databases.copy(place)
    with Workspace.open(place) as ws:
        ws.import_records(pairings(K - 1))
    with asking.serving(place) as one, asking.serving(other) as two:
        yield one, two


ASKED = (
    "/duties?limit=1000", "/duties?kind=pairing", "/duties?place=141182001001", "/liaison", "/vacancies",
    "/vacancies?kind=pairing", "/staffing", "/staffing?kind=pairing", "/matters?limit=1000", "/matters?kind=pairing",
    "/matters/QZID1", "/matters/board?kind=pairing", "/where?lon=111.797&lat=37.2558", "/search?q=QZHOUSEHOLD1",
    "/search?q=QZNAME1", "/search?q=QZ", "/search?q=pairing", "/duties?place=QZHOUSEHOLD1", "/kinds", "/organisations",
    "/plans/present/balance", "/plans/present/cells", "/findings?limit=1000", "/grids/141182001001001/record",
    "/duties?kind=QZNOTE1", "/plans/QZHOUSEHOLD1",
)  # fmt: skip


def test_priority_households_are_in_no_answer_and_no_answer_says_that_there_are_any(priority):
    kinds = [kind.id for kind in matter_kinds().values() if kind.restricted]
    for key in (("admin", "city"), ("planner", "city"), ("staff", "east"), ("viewer", "city")):
        pair = [served.ask[key] for served in priority]
        for path in (
            *ASKED,
            *(f"/matters?kind={kind}" for kind in kinds),
            *(f"/matters/board?kind={kind}" for kind in kinds),
        ):
            first = alike(*pair, f"{API}{path}")
            sent = path.partition("?")[2] + path
            for text in SECRETS:
                assert text not in first.text or text in sent, path


def test_only_the_count_of_them_is_told_and_only_from_k_on(priority):
    with_, without = (told(served.ask["viewer", "city"], f"{API}/figures")["figures"] for served in priority)
    changed = [(a, b) for a, b in zip(with_, without, strict=True) if a != b]
    for shown, _ in changed:
        assert shown["value"] is None, "held back below k"
    text = json.dumps(with_, ensure_ascii=False)
    assert not [secret for secret in SECRETS if secret in text]


def test_the_log_and_the_metrics_say_nothing_of_them(priority, caplog):
    ask = priority[0].ask["admin", "city"]
    with caplog.at_level("DEBUG"):
        for path in ASKED:
            ask("GET", f"{API}{path}")
    written = (
        " ".join(str(record.__dict__) for record in caplog.records if record.name.startswith("gridmap"))
        + ask("GET", "/metrics").text
    )
    written += ask("GET", f"{API}/audit?last=1000").text
    assert not [text for text in SECRETS if text in written]
