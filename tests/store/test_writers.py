"""Many at work on one plan at once: no edit is lost, none is made twice, and the log says how the plan came about.

`make prove` runs 64 writers of 1,000 edits (GRIDMAP_WRITERS, GRIDMAP_EDITS).
"""

import os
import threading
from collections import Counter

import geopandas as gpd
import numpy as np
import pytest
import shapely

from gridmap.errors import ConflictError
from gridmap.plan import assign, rename
from gridmap.store import apply_change, state_of, testing
from gridmap.store.plans import entry, find_plan, read_state
from gridmap.workspace import Workspace

WRITERS = int(os.environ.get("GRIDMAP_WRITERS", "16"))
EDITS = int(os.environ.get("GRIDMAP_EDITS", "12"))


def small_grids():
    """Return the town with many buildings and grids of five or so: writers meet now and then, and not always."""
    layers = testing.town()
    layers["buildings"] = testing.buildings(columns=40, rows=25)
    boxes = [
        shapely.box(testing.X0 + 60 * x, testing.Y0 + 40 * y, testing.X0 + 60 * (x + 1), testing.Y0 + 40 * (y + 1))
        for x in range(20)
        for y in range(10)
    ]
    codes = [f"14118200100{1 + at // 100}{1 + at % 100:03}" for at in range(len(boxes))]
    layers["grids"] = gpd.GeoDataFrame({"code": codes, "kind": "resident"}, geometry=boxes, crs=testing.CRS)
    return layers


@pytest.fixture
def place(databases):
    place = databases.fresh()
    with Workspace.create(place, name="t", sample=True) as made:
        for layer, rows in small_grids().items():
            made.import_layer(layer, rows)
    return place


def write(place, number, told):
    """Make edits of two kinds; one that meets another writer's is made anew on what is there then."""
    rng = np.random.default_rng(number)
    with Workspace.open(place, pooled=True, user=f"w{number}") as mine:
        for turn in range(EDITS):
            while True:
                row, plan = mine._desk.open("imported")
                if turn % 3:
                    grid = plan.grids[int(rng.integers(len(plan.grids)))].id
                    edit = rename(plan, grid, f"{number}-{turn}")[1]
                else:
                    cell = int(rng.integers(len(plan.fabric)))
                    here = plan.grids[plan.grid_of[cell]]
                    others = [one.id for one in plan.grids if one.community == here.community and one.id != here.id]
                    other = others[int(rng.integers(len(others)))]
                    edit = assign(plan, [str(plan.fabric.cell_ids[cell])], other)[1]
                try:
                    mine.edit("imported", edit, base=row.head)
                except ConflictError:
                    told["again"] += 1
                    continue
                told["made"] += 1
                break


def test_nothing_is_lost_and_nothing_twice(place):
    told, failures = Counter(), []

    def work(number):
        try:
            write(place, number, told)
        except Exception as error:  # noqa: BLE001 - told to the thread that waits
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with Workspace.open(place) as ws, ws._store.reading() as connection:
        row = find_plan(connection, "imported")
        log = [entry(connection, row, rev) for rev in range(1, row.head + 1)]
        edits = [one for one in log if one.user.startswith("w")]
        assert Counter(one.user for one in edits) == {f"w{number}": EDITS for number in range(WRITERS)}
        assert [one.base_rev for one in log] == list(range(row.head))
        state = read_state(connection, row, rev=1)
        for one in log[1:]:
            state = apply_change(state, one.payload["change"])
        assert state == read_state(connection, row)
        assert state == state_of(ws.plan("imported"))
        assert ws._store.verify() == []


def test_ten_thousand_edits_are_taken_back(place):
    """Undo has no end: the plan is byte by byte what it was. A tenth of a thousand here, all in `make prove`."""
    many = int(os.environ.get("GRIDMAP_UNDOS", "100"))
    with Workspace.open(place, pooled=True) as ws:
        before = state_of(ws.plan("imported")).to_json()
        grids = [grid.id for grid in ws.plan("imported").grids if grid.resident]
        for turn in range(many):
            ws.edit("imported", rename(ws.plan("imported"), grids[turn % len(grids)], f"第{turn}次")[1])
        after = state_of(ws.plan("imported")).to_json()
        for _ in range(many):
            ws.undo("imported")
        assert state_of(ws.plan("imported")).to_json() == before
        for _ in range(many):
            ws.redo("imported")
        assert state_of(ws.plan("imported")).to_json() == after
