"""Rights: each verb of the workspace and each route of the server by each role and area, each change by each area."""

import datetime as dt
import importlib.util
import inspect
from pathlib import Path

import pytest

from gridmap.duties import duty_kinds
from gridmap.errors import ConflictError, GridmapError, InputError, PermissionDenied
from gridmap.plan import apply, assign, merge, rename
from gridmap.store import Account, Accounts, RecordsDesk, Token
from gridmap.store.testing import X0, Y0
from gridmap.workspace import LOCAL, NOBODY, ROLES, Workspace, principal_of
from gridmap.workspace.rights import ACCOUNTS, RECORDS, VERBS, guard


def _beside(name):
    spec = importlib.util.spec_from_file_location(name, Path(__file__).parent / "server" / f"{name}.py")
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


asking, listed = _beside("asking"), _beside("routes")
EAST, WEST = asking.EAST, asking.WEST

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


@pytest.fixture
def place(databases, drawn_town):
    return databases.copy(drawn_town)


@pytest.fixture
def ws(place):
    with Workspace.open(place) as opened:
        yield opened


@pytest.fixture(scope="module")
def looked(drawn_town):
    """Open the workspace that no test of a module changes."""
    with Workspace.open(drawn_town) as opened:
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


# ---- routes --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def matrix(databases, drawn_town):
    """Serve with an account of each role and area, and routes that say only that they were reached."""
    with asking.serving(databases.copy(drawn_town)) as served:
        document = served.app.openapi()
        listed.only_reached(served.app)
        every = [
            (route, method, *listed.request(document, route.path, method))
            for route in listed.routes(served.app)
            for method in sorted(route.methods - {"HEAD", "OPTIONS"})
        ]
        yield served, every


def test_each_route_asks_for_one_right(matrix):
    _, every = matrix
    assert len(every) > 90
    for route, method, *_ in every:
        assert len(listed.rights(route)) == 1, f"{method} {route.path} asks for no right, or for several"


@pytest.mark.parametrize("area", asking.AREAS)
@pytest.mark.parametrize("role", ["nobody", *MAY])
def test_each_route_is_reached_by_who_has_its_right_alone(matrix, role, area):
    served, every = matrix
    rights = MAY.get(role, set()) - (WHOLE_CITY if AREAS[area] else set()) | {"anyone"}
    ask = served.nobody if role == "nobody" else served.ask[role, area]
    for route, method, path, options in every:
        answer = ask(method, path, **options)
        if listed.rights(route) <= rights:
            expected = listed.REACHED, ""
        elif role == "nobody":
            expected = 401, "login-needed"
        else:
            narrow = listed.rights(route) <= MAY[role]
            expected = 403, "area-too-small" if narrow else "right-missing"
        code = answer.json()["code"] if answer.status_code >= 400 else ""
        assert (answer.status_code, code) == expected, (method, path)


@pytest.mark.parametrize(("area", "status"), [("city", 200), ("subdistrict", 200), ("east", 200), ("west", 403)])
def test_an_edit_over_http_keeps_to_the_area(databases, drawn_town, area, status):
    with asking.serving(databases.copy(drawn_town)) as served:
        ws = served.app.state.service.ws
        edit = edits(ws.plan("drawn"), EAST)[0]
        body = {"base": 1, "kind": edit.kind, "payload": dict(edit.payload)}
        answer = served.ask["planner", area]("POST", "/api/v1/plans/drawn/edits", json=body)
        assert answer.status_code == status, answer.text
        if status == 403:
            assert answer.json()["code"] == "outside-area"
            assert EAST in answer.json()["detail"]
        made = [f"planner {area}"] if status == 200 else []
        assert [one.user for one in ws.history("drawn")] == ["local", *made]
        assert ws.audit_verify().faults == ()


# ---- plans that hold -----------------------------------------------------------------------------------------------


def test_what_is_in_force_is_changed_by_a_draft_alone(ws):
    """Whatever the role and the way; this machine's own user without accounts may."""
    edit = edits(ws.plan("imported"), EAST)[0]
    moved = apply(ws.plan("imported"), edit)
    ws.edit("imported", edit)
    ws.undo("imported")
    before = ws.history("imported")
    for role in ("planner", "admin"):
        acting = ws.acting(somebody(role))
        for attempt in (lambda acting=acting: acting.edit("imported", edit),
                        lambda acting=acting: acting.undo("imported"), lambda acting=acting: acting.redo("imported"),
                        lambda acting=acting: acting.save_plan(moved, "imported", replace=True),
                        lambda acting=acting: acting.rebalance("imported", [ws.plan("imported").grids[0].id],
                                                               min_households=1, max_households=300)):  # fmt: skip
            with pytest.raises(ConflictError) as caught:
                attempt()
            assert (caught.value.code, "Draft from it" in caught.value.hint) == ("plan-in-force", True)
    assert ws.history("imported") == before
    planner = ws.acting(somebody("planner"))
    planner.save_plan(ws.plan("imported"), "anew", base="imported")
    planner.edit("anew", edit)
    planner.submit("anew")
    with pytest.raises(ConflictError, match="under review"):
        planner.edit("anew", edit)
    reviewer = ws.acting(somebody("reviewer", name="wang"))
    for step in (reviewer.approve, reviewer.file_plan, reviewer.put_in_force):
        step("anew")
        with pytest.raises(ConflictError):
            planner.edit("anew", edit)
    with pytest.raises(ConflictError, match="in force before"):
        planner.edit("imported", edit)


def test_http_says_how_to_change_what_is_in_force(databases, drawn_town):
    with asking.serving(databases.copy(drawn_town)) as served:
        edit = edits(served.app.state.service.ws.plan("imported"), EAST)[0]
        body = {"base": 1, "kind": edit.kind, "payload": dict(edit.payload)}
        for path in ("edits", "undo", "redo"):
            said = body if path == "edits" else {"base": 1}
            told = asking.told(served.ask["planner", "city"], f"/api/v1/plans/imported/{path}", "POST", 409, json=said)
            assert (told["code"], "Draft from it" in told["hint"]) == ("plan-in-force", True)


# ---- as what -------------------------------------------------------------------------------------------------------

ACTS = {
    "city": {"grid_worker", "community_worker", "unit", "subdistrict", "department", "city"},
    "subdistrict": {"grid_worker", "community_worker", "unit", "subdistrict"},
    "east": {"grid_worker", "community_worker", "unit"},
}


@pytest.mark.parametrize("area", ACTS)
def test_the_account_says_as_what_somebody_acts(databases, drawn_town, area):
    with asking.serving(databases.copy(drawn_town)) as served:
        ws, ask = served.app.state.service.ws, served.ask["staff", area]
        lon, lat = (float(one[0]) for one in ws.city().frame.to_lonlat([X0 + 100], [Y0 + 100]))
        for actor in ("resident", "system", "department", "subdistrict", "mayor", "community_worker", None):
            said = {"kind": "request", "lon": lon, "lat": lat, **({} if actor is None else {"actor": actor})}
            may = actor is None or actor in ACTS[area]
            made = asking.told(ask, "/api/v1/matters", "POST", 201 if may else 403, json=said)
            if not may:
                assert made["code"] == "actor-not-allowed"
                continue
            path = f"/api/v1/matters/{made['id']}"
            assert asking.told(ask, path)["history"][0]["actor"] == (actor or "grid_worker")
            refused = asking.told(ask, f"{path}/advance", "POST", 403, json={"action": "dispatch", "actor": "resident"})
            assert refused["code"] == "actor-not-allowed"
            asking.told(ask, f"{path}/advance", "POST", json={"action": "dispatch", "organisation": "o1"})
            last = asking.told(ask, path)["history"][-1]
            assert (last["to"], last["actor"]) == ("dispatched", "community_worker")
        assert ws.records.events()[-1].user == f"staff {area}"


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
    acting, before = ws.acting(somebody(role, AREAS[area])), ws.history("drawn")
    for edit in edits(ws.plan("drawn"), touched):
        if not allowed:
            with pytest.raises(PermissionDenied):
                acting.edit("drawn", edit)
            continue
        acting.edit("drawn", edit)
        assert ws.history("drawn")[-1].user == "li"
        acting.undo("drawn")
    assert (len(ws.history("drawn")) > len(before)) == allowed


def test_a_refusal_says_where_and_whose(ws):
    acting = ws.acting(somebody("planner", [EAST]))
    with pytest.raises(PermissionDenied, match=f"outside your area .{EAST}.*{WEST}") as caught:
        acting.edit("drawn", edits(ws.plan("drawn"), WEST)[0])
    assert caught.value.code == "outside-area"
    with pytest.raises(PermissionDenied, match="whole city"):
        ws.acting(somebody("reviewer", [EAST])).put_in_force("imported")


def test_undo_redo_and_new_drafts_keep_to_the_area_too(ws):
    east = ws.acting(somebody("planner", [EAST]))
    plan = ws.plan("drawn")
    moved = ws.edit("drawn", edits(plan, WEST)[0])
    with pytest.raises(PermissionDenied):
        east.undo("drawn")
    ws.undo("drawn")
    with pytest.raises(PermissionDenied):
        east.redo("drawn")
    with pytest.raises(PermissionDenied):
        east.save_plan(moved, "mine", base="drawn")
    mine = apply(plan, edits(plan, EAST)[0])
    east.save_plan(mine, "mine", base="drawn")
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
