"""Duties held in memory: what answers never grows old, and says what the table says."""

import datetime as dt

import pandas as pd
import pytest

from gridmap.duties import duty_kind, places_of
from gridmap.store import testing, today
from gridmap.workspace import Workspace

EAST = "141182001001"
GRIDS = [f"{EAST}001", f"{EAST}002"]


def people(*names):
    return pd.DataFrame([{"id": f"p{at}", "name": name} for at, name in enumerate(names)])


def duty(id_, person, places, **more):
    return {"id": id_, "kind": "grid_worker", "person": person, "places": places, **more}


@pytest.fixture(scope="module")
def ready(databases):
    place = databases.fresh()
    with Workspace.create(place, name="t", sample=True) as made:
        for layer, rows in testing.town().items():
            made.import_layer(layer, rows, plan_name="present" if layer == "grids" else None)
        made.import_records({"persons": people("甲", "乙"), "duties": pd.DataFrame([duty("d0", "p0", GRIDS[0])])})
    return place


@pytest.fixture
def place(databases, ready):
    return databases.copy(ready)


@pytest.fixture
def ws(place):
    with Workspace.open(place) as opened:
        yield opened


def at(ws, grid):
    plan = ws.current_plan()
    cell = plan.cells_of(grid)[0]
    lon, lat = plan.fabric.frame.to_lonlat(plan.fabric.x[[cell]], plan.fabric.y[[cell]])
    return float(lon[0]), float(lat[0])


def holders(ws, grid, **options):
    told = ws.accounts.answering(*at(ws, grid), **options)["answers"]
    return [row["holder"] for row in told if row["level"] == "grid"]


def test_a_change_of_duty_shows_at_once(ws):
    assert holders(ws, GRIDS[0]) == ["甲"]
    assert holders(ws, GRIDS[1]) == []
    ws.import_records({"duties": pd.DataFrame([duty("d0", "p1", GRIDS[0]), duty("d1", "p0", GRIDS[1])])})
    assert holders(ws, GRIDS[0]) == ["乙"]
    assert holders(ws, GRIDS[1]) == ["甲"]
    ws.import_records({"persons": people("甲", "丙")})
    assert holders(ws, GRIDS[0]) == ["丙"]


def test_what_another_program_changes_shows_at_once(place, ws):
    assert holders(ws, GRIDS[0]) == ["甲"]
    with Workspace.open(place) as other:
        other.import_records({"duties": pd.DataFrame([duty("d0", "p1", GRIDS[0])])})
        assert holders(other, GRIDS[0]) == ["乙"]
    assert holders(ws, GRIDS[0]) == ["乙"]


def test_each_day_has_its_own_answers(ws):
    day = today()
    ended = duty("d0", "p0", GRIDS[0], valid_to=str(day - dt.timedelta(days=1)))
    begun = duty("d1", "p1", GRIDS[0], valid_from=str(day))
    ws.import_records({"duties": pd.DataFrame([ended, begun])})
    for _ in range(2):
        assert holders(ws, GRIDS[0]) == ["乙"]
        assert holders(ws, GRIDS[0], on=day - dt.timedelta(days=1)) == ["甲"]


def test_what_is_handed_out_may_be_changed_by_who_has_it(ws):
    table = ws.records.table("duties")
    table["places"] = "elsewhere"
    ws.accounts.answering(*at(ws, GRIDS[0]))["answers"][0]["holder"] = "nobody"
    assert holders(ws, GRIDS[0]) == ["甲"]


def test_the_answers_are_those_of_the_table(ws):
    rows = [duty(f"x{n}", "p1", ";".join(GRIDS[n % 2 :]), posted=n % 2 == 0, contact=str(n)) for n in range(5)]
    rows.append({"id": "c", "kind": "community_worker", "person": "p0", "places": EAST})
    ws.import_records({"duties": pd.DataFrame(rows)})
    held = ws.accounts.duties()
    for grid in GRIDS:
        expected = [
            (kind, place, holder, contact)
            for level, place in (("grid", grid), ("community", EAST))
            for kind, places, holder, contact in zip(
                held["kind"], held["places"], held["holder"], held["contact"], strict=True
            )
            if duty_kind(kind).level == level and place in places_of(places)
        ]
        told = ws.accounts.answering(*at(ws, grid))["answers"]
        assert [(row["kind"], row["place"], row["holder"], row["contact"]) for row in told] == expected
