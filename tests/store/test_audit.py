"""The chain of the audit log: who did what is in it, and nothing of it can be changed unseen."""

import datetime as dt
import sqlite3
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from gridmap.errors import GridmapError, PermissionDenied
from gridmap.plan import assign
from gridmap.store import Account
from gridmap.workspace import Workspace, principal_of

EAST, WEST = "141182001001", "141182001002"


def planner(*scope):
    return principal_of(Account("li", "planner", scope, dt.datetime.now(dt.UTC), None))


def move(plan):
    """Return an edit that takes a building of the east to the next grid."""
    first, second = [grid.id for grid in plan.grids if grid.resident and grid.community == EAST][:2]
    return assign(plan, [str(plan.fabric.cell_ids[plan.cells_of(first)[0]])], second)[1]


@pytest.fixture
def place(databases, drawn_town):
    return databases.copy(drawn_town)


@pytest.fixture
def told(place):
    with Workspace.open(place) as ws:
        ws.acting(planner()).edit("drawn", move(ws.plan("drawn")))
        ws.undo("drawn")
        yield ws


def test_each_change_is_in_the_log_with_who_made_it(told):
    log = [(one.user, one.action, one.subject) for one in told.audit_entries()]
    assert log == [
        ("local", "layer imported", "communities"),
        ("local", "layer imported", "buildings"),
        ("local", "layer imported", "streets"),
        ("local", "plan created", "imported"),
        ("local", "layer imported", "grids"),
        ("local", "plan created", "drawn"),
        ("li", "plan changed", "drawn"),
        ("local", "plan changed", "drawn"),
    ]
    assert told.audit_verify().faults == ()


def test_what_is_refused_leaves_no_entry_and_no_change(told):
    before = told.audit_verify()
    with pytest.raises(PermissionDenied):
        told.acting(planner(WEST)).edit("drawn", move(told.plan("drawn")))
    with pytest.raises(GridmapError):
        told.save_plan(told.plan("imported"), "imported")
    assert told.audit_verify() == before


TAMPERED = {
    "changed": ["UPDATE audit SET \"user\" = 'wang' WHERE seq = 3"],
    "detail": ["UPDATE audit SET detail = '{}' WHERE seq = 2"],
    "removed": ["DELETE FROM audit WHERE seq = 4"],
    "first": ["DELETE FROM audit WHERE seq = 1"],
    "last": ["DELETE FROM audit WHERE seq = 8"],
    "all": ["DELETE FROM audit"],
    "reordered": ["UPDATE audit SET seq = 99 WHERE seq = 2", "UPDATE audit SET seq = 2 WHERE seq = 3",
                  "UPDATE audit SET seq = 3 WHERE seq = 99"],
    "put in": ["INSERT INTO audit SELECT 9, at, \"user\", action, subject, detail, hash, hash FROM audit WHERE seq=8"],
    "hash": ["UPDATE audit SET hash = previous WHERE seq = 5"],
    "head": ["UPDATE audit_head SET seq = 7"],
}  # fmt: skip


@pytest.mark.parametrize("how", TAMPERED)
def test_a_log_that_was_tampered_with_is_found_out(told, place, how):
    tamper(place, TAMPERED[how])
    assert told.audit_verify().faults


def test_a_log_that_was_written_anew_is_found_out_by_a_head_noted_before(told, place):
    noted = told.audit_verify().head
    assert told.audit_verify(expected=noted).faults == ()
    told.redo("drawn")
    assert told.audit_verify(expected=noted).faults == (), "the head is still in the log"
    forged, before = [], "0" * 64
    for one in told.audit_entries():
        bare = replace(one, user="wang", previous=before)
        forged.append(replace(bare, hash=bare.digest()))
        before = forged[-1].hash
    tamper(
        place,
        [
            *(
                f"UPDATE audit SET \"user\" = 'wang', previous = '{one.previous}', hash = '{one.hash}' "  # noqa: S608
                f"WHERE seq = {one.seq}"
                for one in forged
            ),
            f"UPDATE audit_head SET hash = '{before}'",  # noqa: S608
        ],
    )
    assert told.audit_verify().faults == ()
    assert told.audit_verify(expected=noted).faults


def tamper(place, statements):
    """Write past the database's own refusal, as whoever owns the file can."""
    if isinstance(place, Path):
        with sqlite3.connect(place) as raw:
            for verb in ("UPDATE", "DELETE"):
                raw.execute(f'DROP TRIGGER "audit_no_{verb}"')
            for statement in statements:
                raw.execute(statement)
        raw.close()
        return
    with psycopg.connect(place) as raw:
        raw.execute("ALTER TABLE audit DISABLE TRIGGER USER")
        for statement in statements:
            raw.execute(statement)
