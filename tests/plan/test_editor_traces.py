"""Edit traces for the editor in the browser: what is edited, and what each edit makes of the plan.

`web/tests/editor/traces.json` is made by `GRIDMAP_WRITE_TRACES=1 pytest tests/plan/test_editor_traces.py` and replayed
by the front end's tests. It is committed; these tests fail when it is not what the plans say.
"""

import json
import os
from functools import lru_cache
from pathlib import Path

import numpy as np

from gridmap.city import City
from gridmap.errors import InputError
from gridmap.plan import apply, assign, balance, lock, merge, rename, split
from gridmap.plan.testing import chequered, striped
from gridmap.redraw.crossings import crossings
from gridmap.release import OWN
from gridmap.rules import profile
from gridmap.server.traced import fabric as told_fabric
from gridmap.server.traced import layout as told_layout

TRACES = Path(__file__).parents[2] / "web" / "tests" / "editor" / "traces.json"
STEPS = 60
TOWNS = {
    "one community": {"nx": 6, "ny": 5, "seed": 1},
    "two communities and a special grid": {"nx": 8, "ny": 6, "communities": 2, "specials": 1, "seed": 2},
    "unknown households": {"nx": 7, "ny": 6, "unknown": 0.2, "compound_cells": 3, "seed": 3},
}
WINDOW = (300, 480)


def _town(options):
    fabric = chequered(**options)
    return striped(fabric, 3), City.build({}, frame=fabric.frame, profile=profile("cn"), name="格子市", sample=True)


def _state(plan, city):
    """Return the figures of a plan as the editor has them."""
    found = balance(plan, window=WINDOW)
    across = set(_across(plan))
    assert not crossings(plan, city)  # the city has no barriers to name: `_across` says the same without names
    rows = found.table.to_dict("records")
    return {
        "grids": [
            {
                "grid": row["grid"],
                "households": int(row["households"]),
                "unknown": int(row["unknown_buildings"]),
                "buildings": int(row["buildings"]),
                "compounds": int(row["compounds"]),
                "status": row["status"],
                "distance": int(row["distance"]),
                "parts": int(row["parts"]),
                "locked": bool(row["locked"]),
                "name": row["name"],
                "polsby_popper": None if np.isnan(row["polsby_popper"]) else round(float(row["polsby_popper"]), 9),
                "across": row["grid"] in across,
            }
            for row in rows
        ],
        "totals": {
            name: int(found.totals[name])
            for name in ("grids", "in_range", "under", "over", "households", "contiguity_breaks", "compounds_split")
        },
        "split": sorted(str(plan.fabric.compound_ids[row]) for _, row in plan.split_pairs(WINDOW[1])),
    }


def _across(plan):
    """Yield grids that fall apart further when borders along barriers do not count: by hand, cell by cell."""
    fabric = plan.fabric
    for index, grid in enumerate(plan.grids):
        if grid.resident:
            cells = set(np.flatnonzero(plan.grid_of == index).tolist())
            counts = []
            for dry in (False, True):
                left, count = set(cells), 0
                while left:
                    waiting, count = [left.pop()], count + 1
                    while waiting:
                        cell = waiting.pop()
                        for i, j, barrier, shared in zip(
                            fabric.i, fabric.j, fabric.barrier_m, fabric.shared_m, strict=True
                        ):
                            if dry and barrier >= 0.9 * shared:
                                continue
                            for one, other in ((i, j), (j, i)):
                                if one == cell and other in left:
                                    left.discard(int(other))
                                    waiting.append(int(other))
                counts.append(count)
            if counts[1] > counts[0]:
                yield grid.id


def _wish(rng, plan, number):
    """Return an edit that somebody might ask for, allowed or not, as it is sent."""
    fabric, grids = plan.fabric, [grid.id for grid in plan.grids]
    one, other = (grids[int(rng.integers(len(grids)))] for _ in range(2))
    middle = int(rng.integers(len(fabric)))
    near = {middle, *fabric.j[fabric.i == middle].tolist(), *fabric.i[fabric.j == middle].tolist()}
    match int(rng.choice(6, p=[0.55, 0.1, 0.15, 0.07, 0.07, 0.06])):
        case 0:
            return "assign", {"buildings": [str(fabric.cell_ids[cell]) for cell in sorted(near)], "grid": one}
        case 1:
            return "merge", {"grid": one, "other": other}
        case 2:
            cells = plan.cells_of(one)
            chosen = cells[rng.random(len(cells)) < 0.4]
            return "split", {
                "grid": one,
                "buildings": fabric.cell_ids[chosen].tolist(),
                "new": f"new~{number}",
                "name": "新",
            }
        case 3:
            return "lock", {"grid": one, "locked": not plan.grid(one).locked}
        case 4:
            return "rename", {"grid": one, "name": f"第{number}网格"}
        case _:
            return "undo", {}


def _make(plan, kind, payload):
    match kind:
        case "assign":
            return assign(plan, payload["buildings"], payload["grid"])
        case "merge":
            return merge(plan, payload["grid"], payload["other"])
        case "split":
            return split(plan, payload["grid"], payload["buildings"], payload["new"], name=payload["name"])
        case "lock":
            return lock(plan, payload["grid"], payload["locked"])
        case _:
            return rename(plan, payload["grid"], payload["name"])


@lru_cache
def _trace(name):
    plan, city = _town(TOWNS[name])
    rng = np.random.default_rng(TOWNS[name]["seed"])
    steps, done = [], []
    trace = {
        "name": name,
        "window": list(WINDOW),
        "fabric": told_fabric(plan, OWN, scope=None),
        "layout": told_layout(plan, revision=1),
        "start": _state(plan, city),
        "steps": steps,
    }
    for number in range(STEPS):
        kind, payload = _wish(rng, plan, number)
        if kind == "undo":
            if done:
                plan = apply(plan, done.pop().inverse())
                steps.append({"kind": "undo", "payload": {}, "refused": None, "state": _state(plan, city)})
            continue
        try:
            plan, edit = _make(plan, kind, payload)
        except InputError as error:
            steps.append({"kind": kind, "payload": payload, "refused": error.code, "state": None})
            continue
        done.append(edit)
        steps.append({"kind": kind, "payload": payload, "refused": None, "state": _state(plan, city)})
    return trace


def _text():
    return json.dumps([_trace(name) for name in TOWNS], ensure_ascii=False, separators=(",", ":")) + "\n"


def test_the_committed_traces_are_what_the_plans_say():
    made = _text()
    if os.environ.get("GRIDMAP_WRITE_TRACES"):
        TRACES.write_text(made, "utf-8")
    assert json.loads(TRACES.read_text("utf-8")) == json.loads(made), (
        "The traces are stale: GRIDMAP_WRITE_TRACES=1 pytest tests/plan/test_editor_traces.py"
    )


def test_traces_show_what_can_go_wrong():
    steps = [step for name in TOWNS for step in _trace(name)["steps"]]
    states = [step["state"] for step in steps if step["state"]]
    assert any(state["totals"]["contiguity_breaks"] for state in states)
    assert any(state["totals"]["compounds_split"] for state in states)
    assert any(grid["across"] for state in states for grid in state["grids"])
    assert {"under", "in_range", "over"} <= {grid["status"] for state in states for grid in state["grids"]}
    assert {"grid-locked", "other-community", "grid-special"} <= {step["refused"] for step in steps}
    assert {"assign", "merge", "split", "lock", "rename", "undo"} <= {step["kind"] for step in steps if step["state"]}
