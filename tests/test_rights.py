"""Rights at the door: each verb by each role, each change by each area, and the chain of the audit log."""

import datetime as dt
import inspect
import sqlite3
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from gridmap.duties import duty_kinds
from gridmap.errors import GridmapError, InputError, PermissionDenied
from gridmap.plan import apply, assign, merge, rename
from gridmap.store import Account, Accounts, RecordsDesk, Token
from gridmap.store.testing import X0, Y0, town
from gridmap.workspace import LOCAL, NOBODY, ROLES, Principal, Workspace, principal_of
from gridmap.workspace.rights import ACCOUNTS, RECORDS, VERBS, guard

EAST, WEST = "141182001001", "141182001002"

# What each role may, written here a second time: the table that ships must say the same.
MAY = {
    "viewer": {"view"},
    "staff": {"view", "records"},
    "planner": {"view", "records", "edit", "import"},
    "reviewer": {"view", "review"},
    "admin": {"view", "records", "edit", "review", "import", "admin"},
}
WHOLE_CITY = {"review", "import", "admin"}
AREAS = {"city": (), "subdistrict": ("141182001",), "east": (EAST,), "west": (WEST,), "elsewhere": ("141182009",)}


def somebody(role, scope=(), name="li"):
    return principal_of(Account(name, role, tuple(scope), dt.datetime.now(dt.UTC), None))


@pytest.fixture(scope="module")
def ready(databases):
    place = databases.fresh()
    with Workspace.create(place, name="汾阳") as made:
        for layer in ("communities", "buildings", "streets", "grids"):
            made.import_layer(layer, town()[layer])
    return place


@pytest.fixture
def place(databases, ready):
    return databases.copy(ready)


@pytest.fixture
def ws(place):
    with Workspace.open(place) as opened:
        yield opened


@pytest.fixture(scope="module")
def looked(ready):
    """Open the workspace that no test of a module changes."""
    with Workspace.open(ready) as opened:
        yield opened


# ---- roles ---------------------------------------------------------------------------------------------------------


def test_the_table_of_roles_says_what_is_written_here():
    assert set(ROLES) == set(MAY)
    for role, rights in MAY.items():
        assert somebody(role).rights == rights, role
        assert somebody(role, [EAST]).rights == rights - WHOLE_CITY, role


def test_what_is_no_role_may_nothing():
    assert somebody("emperor").rights == frozenset()
    assert NOBODY.rights == frozenset()


@pytest.mark.parametrize(("kind", "table"), [(Workspace, VERBS), (RecordsDesk, RECORDS), (Accounts, ACCOUNTS)])
def test_every_verb_has_its_right_and_no_right_is_of_nothing(kind, table):
    verbs = {
        name
        for name in dir(kind)
        if not name.startswith("_") and not isinstance(inspect.getattr_static(kind, name), classmethod)
    }
    assert verbs | ({"restricted"} if kind is RecordsDesk else set()) == set(table)


def verbs():
    for verb, right in VERBS.items():
        if verb not in ("close", "acting"):
            yield verb, right


def ask(ws, verb):
    """Call a verb with nothing, or look at a property: a right is asked for before anything else."""
    found = getattr(ws, verb)
    return found() if callable(found) and not isinstance(inspect.getattr_static(Workspace, verb), property) else found


@pytest.mark.parametrize("area", AREAS)
@pytest.mark.parametrize("role", [*MAY, ""])
def test_each_verb_is_for_who_has_its_right(looked, role, area):
    rights = MAY.get(role, set()) - (WHOLE_CITY if AREAS[area] else set()) | {"anyone"}
    acting = looked.acting(somebody(role, AREAS[area]))
    answers = {}
    for verb, right in verbs():
        if verb in ("undo_mend", "redo", "ground"):  # these need no words, and work
            continue
        try:
            ask(acting, verb)
            answers[verb] = True
        except PermissionDenied:
            answers[verb] = False
        except (TypeError, GridmapError):  # it was let in, and wants to know more
            answers[verb] = True
        assert answers[verb] == (right in rights), (verb, right)
    assert len(answers) > 40


def test_a_verb_that_was_forgotten_is_for_administrators_only(looked, monkeypatch):
    class Longer(Workspace):
        def forgotten(self):
            return "done"

    guard(Longer, {})
    made = Longer.__new__(Longer)
    made.__dict__.update(looked.__dict__)
    made._principal = somebody("planner")
    with pytest.raises(PermissionDenied):
        made.forgotten()
    made._principal = somebody("admin")
    assert made.forgotten() == "done"


def test_the_desk_of_records_asks_too(ws):
    viewer, staff = ws.acting(somebody("viewer")), ws.acting(somebody("staff"))
    assert viewer.records.find() == []
    for ask_for in (lambda: viewer.records.add("request", at=None, actor="resident"), lambda: staff.records.take({}),
                    lambda: staff.records.restricted, lambda: viewer.accounts.duties(contacts=True),
                    lambda: viewer.accounts.export(("persons",), contacts=True)):  # fmt: skip
        with pytest.raises(PermissionDenied):
            ask_for()
    assert staff.accounts.duties(contacts=True).empty
    assert duty_kinds()


def test_what_nobody_local_does_needs_no_account(ws):
    assert ws.principal is LOCAL
    ws.put_in_force("imported")


# ---- areas ---------------------------------------------------------------------------------------------------------


def edits(plan, community):
    """Return edits that touch a community alone: a building moved, grids merged, a grid named."""
    first, second = [grid.id for grid in plan.grids if grid.resident and grid.community == community][:2]
    cell = str(plan.fabric.cell_ids[plan.cells_of(first)[0]])
    return [assign(plan, [cell], second)[1], merge(plan, first, second)[1], rename(plan, first, "新名")[1]]


@pytest.mark.parametrize("touched", [EAST, WEST])
@pytest.mark.parametrize("area", AREAS)
@pytest.mark.parametrize("role", MAY)
def test_each_role_changes_its_own_area_only(ws, role, area, touched):
    allowed = "edit" in MAY[role] and area in {"city", "subdistrict", {EAST: "east", WEST: "west"}[touched]}
    acting, before = ws.acting(somebody(role, AREAS[area])), ws.history("imported")
    for edit in edits(ws.plan("imported"), touched):
        if not allowed:
            with pytest.raises(PermissionDenied):
                acting.edit("imported", edit)
            continue
        acting.edit("imported", edit)
        assert ws.history("imported")[-1].user == "li"
        acting.undo("imported")
    assert (len(ws.history("imported")) > len(before)) == allowed


def test_a_refusal_says_where_and_whose(ws):
    acting = ws.acting(somebody("planner", [EAST]))
    with pytest.raises(PermissionDenied, match=f"outside your area .{EAST}.*{WEST}") as caught:
        acting.edit("imported", edits(ws.plan("imported"), WEST)[0])
    assert caught.value.code == "outside-area"
    with pytest.raises(PermissionDenied, match="whole city"):
        ws.acting(somebody("reviewer", [EAST])).put_in_force("imported")


def test_undo_redo_and_new_drafts_keep_to_the_area_too(ws):
    east = ws.acting(somebody("planner", [EAST]))
    plan = ws.plan("imported")
    moved = ws.edit("imported", edits(plan, WEST)[0])
    with pytest.raises(PermissionDenied):
        east.undo("imported")
    ws.undo("imported")
    with pytest.raises(PermissionDenied):
        east.redo("imported")
    with pytest.raises(PermissionDenied):
        east.save_plan(moved, "mine", base="imported")
    mine = apply(plan, edits(plan, EAST)[0])
    east.save_plan(mine, "mine", base="imported")
    with pytest.raises(PermissionDenied):
        east.save_plan(moved, "mine", replace=True)


def test_matters_keep_to_the_area(ws):
    at = dt.datetime.now(dt.UTC)
    lon, lat = ws.city().frame.to_lonlat([X0 + 100, X0 + 1000], [Y0 + 100, Y0 + 100])
    staff = ws.acting(somebody("staff", [EAST]))
    made = staff.records.add("request", at=at, actor="resident", x=float(lon[0]), y=float(lat[0]), topic="road")
    with pytest.raises(PermissionDenied):
        staff.records.add("request", at=at, actor="resident", x=float(lon[1]), y=float(lat[1]), topic="road")
    there = {"x": float(lon[1]), "y": float(lat[1])}
    other = ws.records.add("request", at=at, actor="resident", topic="road", name="m2", **there)
    with pytest.raises(PermissionDenied):
        staff.records.advance(other.id, "dispatch", base=None, actor="community", at=at)
    assert ws.records.events()[0].user in ("li", "local")
    assert made.community == EAST


def test_accounts_know_roles_and_places(ws):
    people = ws.people()
    for options in ({"role": "emperor"}, {"role": "planner", "scope": ["141182009"]}):
        with pytest.raises(InputError):
            people.add("wang", "correct horse battery", **options)
    people.add("wang", "correct horse battery", role="planner", scope=["141182001", EAST])


def test_a_token_narrows_its_account():
    now = dt.datetime.now(dt.UTC)
    account = Account("li", "planner", ("141182001",), now, None)
    cases = {
        (("view",), ()): ({"view"}, ("141182001",)),
        (("view", "edit", "admin"), (EAST,)): ({"view", "edit"}, (EAST,)),
        (("view", "edit"), ("141182002",)): (set(), ("141182002",)),
        ((), ()): (set(), ("141182001",)),
    }
    for (rights, scope), expected in cases.items():
        found = principal_of(account, Token("t", "li", "x", rights, scope, now, now, None))
        assert (found.rights, found.scope) == expected


# ---- the audit log -------------------------------------------------------------------------------------------------


@pytest.fixture
def told(ws):
    ws.acting(Principal("li", "planner", rights=frozenset({"edit", "view"}))).edit(
        "imported", edits(ws.plan("imported"), EAST)[0]
    )
    ws.undo("imported")
    return ws


def test_each_change_is_in_the_log_with_who_made_it(told):
    log = [(one.user, one.action, one.subject) for one in told.audit_entries()]
    assert log == [
        ("local", "layer imported", "communities"),
        ("local", "layer imported", "buildings"),
        ("local", "layer imported", "streets"),
        ("local", "plan created", "imported"),
        ("local", "layer imported", "grids"),
        ("li", "plan changed", "imported"),
        ("local", "plan changed", "imported"),
    ]
    assert told.audit_verify().faults == ()


def test_what_is_refused_leaves_no_entry_and_no_change(told):
    before = told.audit_verify()
    with pytest.raises(PermissionDenied):
        told.acting(somebody("planner", [WEST])).edit("imported", edits(told.plan("imported"), EAST)[0])
    with pytest.raises(GridmapError):
        told.save_plan(told.plan("imported"), "imported")
    assert told.audit_verify() == before


TAMPERED = {
    "changed": ["UPDATE audit SET \"user\" = 'wang' WHERE seq = 3"],
    "detail": ["UPDATE audit SET detail = '{}' WHERE seq = 2"],
    "removed": ["DELETE FROM audit WHERE seq = 4"],
    "first": ["DELETE FROM audit WHERE seq = 1"],
    "last": ["DELETE FROM audit WHERE seq = 7"],
    "all": ["DELETE FROM audit"],
    "reordered": ["UPDATE audit SET seq = 99 WHERE seq = 2", "UPDATE audit SET seq = 2 WHERE seq = 3",
                  "UPDATE audit SET seq = 3 WHERE seq = 99"],
    "put in": ["INSERT INTO audit SELECT 8, at, \"user\", action, subject, detail, hash, hash FROM audit WHERE seq=7"],
    "hash": ["UPDATE audit SET hash = previous WHERE seq = 5"],
    "head": ["UPDATE audit_head SET seq = 6"],
}  # fmt: skip


@pytest.mark.parametrize("how", TAMPERED)
def test_a_log_that_was_tampered_with_is_found_out(told, place, how):
    tamper(place, TAMPERED[how])
    assert told.audit_verify().faults


def test_a_log_that_was_written_anew_is_found_out_by_a_head_noted_before(told, place):
    noted = told.audit_verify().head
    assert told.audit_verify(expected=noted).faults == ()
    told.redo("imported")
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
