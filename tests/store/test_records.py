"""Records in a workspace: whole or not at all, moved by one of two, counted as they are, restricted ones apart."""

import base64
import datetime as dt
import threading
from collections import Counter
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy.exc import DBAPIError

from gridmap.errors import ConflictError, GridmapError, InputError, PermissionDenied, StoreError
from gridmap.matters import matter_kind, matter_kinds, replay
from gridmap.store import Heat, Points, RestrictedFile, testing, today
from gridmap.store.figures import of_places_now, restricted_counts
from gridmap.workspace import Workspace

AT = dt.datetime(2026, 3, 2, 1, tzinfo=dt.UTC)
DAY = dt.date(2026, 3, 2)
KEY = base64.urlsafe_b64encode(b"k" * 32).decode()
EAST, WEST = "141182001001", "141182001002"


@pytest.fixture(autouse=True)
def _key(monkeypatch, tmp_path):
    monkeypatch.setenv("GRIDMAP_KEY", KEY)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


@pytest.fixture(scope="module")
def ready(databases):
    """Make a workspace with the town and its grids once."""
    place = databases.fresh()
    with Workspace.create(place, name="t", sample=True) as made:
        for layer, rows in testing.town().items():
            made.import_layer(layer, rows, plan_name="present" if layer == "grids" else None)
    return place


@pytest.fixture
def place(databases, ready):
    """Return a copy of it."""
    return databases.copy(ready)


@pytest.fixture
def ws(place):
    with Workspace.open(place) as opened:
        yield opened


@pytest.fixture
def file_ws(tmp_path):
    """Open a workspace in a file whatever the others are in."""
    with Workspace.create_sample(tmp_path / "town.gpkg", testing.town(), name="t") as opened:
        yield opened


def tables(pairings=0, matters=True):
    codes = [f"{EAST}001", f"{EAST}002", f"{WEST}001", f"{WEST}002"]
    duties = [
        *({"id": f"w{k}", "kind": "grid_worker", "person": f"p{k}", "places": codes[k], "contact": f"1380000000{k}",
           "posted": k == 0} for k in range(3)),
        {"id": "o1", "kind": "partner_unit", "organisation": "unit1", "places": f"{EAST};{WEST}"},
        *({"id": f"pair{k}", "kind": "pairing", "person": "hidden", "places": f"{EAST}:SECRETHOME{k}",
           "note": "SECRETNOTE"} for k in range(pairings)),
    ]  # fmt: skip
    people = [{"id": f"p{k}", "name": f"网格员{k}", "phone": f"1390000000{k}"} for k in range(3)]
    people += [{"id": "hidden", "name": "SECRETNAME", "phone": "SECRETPHONE"}] if pairings else []
    out = {
        "persons": pd.DataFrame(people),
        "organisations": pd.DataFrame([{"id": "unit1", "name": "市医院", "kind": "unit"}]),
        "duties": pd.DataFrame(duties),
    }
    if matters:
        out["matters"] = pd.DataFrame(
            [
                {"id": "m1", "kind": "request", "level": "building", "code": "b003", "opened": "2026-03-02"},
                {"id": "m2", "kind": "request", "level": "community", "code": WEST, "opened": "2026-03-02"},
                {"id": "m3", "kind": "activity", "topic": "talk", "level": "community", "code": EAST,
                 "opened": "2026-03-02", "stage": "held", "quantity": 30},
            ]
        )  # fmt: skip
    return out


def test_records_come_in_whole_and_stand_in_their_grids(ws):
    report = ws.import_records(tables())
    assert dict(report.rows) == {"persons": 3, "organisations": 1, "duties": 4, "matters": 3, "matter_events": 3}
    matter, events = ws.records.matter("m1")
    assert (matter.grid, matter.community, matter.plan) == (f"{EAST}001", EAST, "present")
    assert (matter.stage, matter.due, len(events)) == ("found", "2026-03-03", 1)
    assert ws.records.matter("m2")[0].community == WEST
    assert ws.records.matter("m3")[0].closed == "2026-03-02"
    found = ws.accounts.vacancies(on=DAY)
    assert (found.places, found.holders, found.vacant) == (5, 3, (f"{WEST}002", f"{WEST}801"))


@pytest.mark.parametrize(
    ("name", "row", "error"),
    [
        ("duties", {"id": "x", "kind": "grid_worker", "person": "nobody", "places": "g"}, "no person nobody"),
        ("matters", {"id": "x", "kind": "request", "level": "sky", "code": "g", "opened": "2026-03-02"}, "row 4"),
        ("persons", {"id": "p1", "name": "again"}, "there twice"),
        ("matters", {"id": "x", "kind": "task", "level": "grid", "code": "g", "opened": "never"}, "opened is 'never'"),
    ],
)
def test_one_bad_row_refuses_all(ws, name, row, error):
    given = tables(pairings=2)
    given[name] = pd.concat([given[name], pd.DataFrame([row])], ignore_index=True)
    with pytest.raises(InputError, match=error):
        ws.import_records(given)
    assert not ws.records.any()
    assert ws.records.restricted.counts() == {}


def test_a_matter_that_is_there_refuses_all(ws):
    ws.import_records(tables())
    again = tables(pairings=3, matters=True)
    with pytest.raises(ConflictError, match="already is a matter m1"):
        ws.import_records(again)
    assert ws.records.restricted.counts() == {}


def test_registers_are_replaced_by_id_and_logged(ws):
    ws.import_records(tables(matters=False))
    ws.import_records({"persons": pd.DataFrame([{"id": "p1", "name": "改名"}])}, source="改")
    people = ws.records.table("persons")
    assert list(people["id"]) == ["p0", "p1", "p2"]
    assert list(people["name"]) == ["网格员0", "改名", "网格员2"]
    with ws._store.reading() as connection:
        actions = connection.exec_driver_sql("SELECT action FROM record_log ORDER BY seq").scalars().all()
    assert actions == ["import", "import"]


def test_histories_are_only_added_to(ws):
    ws.import_records(tables())
    for statement in (
        "DELETE FROM matter_events",
        "UPDATE matter_events SET actor = 'x'",
        "DELETE FROM record_log",
        "UPDATE record_log SET payload = ''",
    ):
        with ws._store.writing() as connection:
            within = connection.begin_nested()
            with pytest.raises(DBAPIError, match="only ever added to"):
                connection.exec_driver_sql(statement)
            within.rollback()


def test_of_two_departments_one_wins_and_the_other_is_told(ws, place):
    ws.import_records(tables())
    ws.records.advance("m1", "dispatch", base=1, actor="community_worker", at=AT, organisation="unit1")
    others = [Workspace.open(place) for _ in range(2)]
    start, told = threading.Barrier(2), []

    def act(one, action):
        start.wait()
        try:
            told.append(one.records.advance("m1", action, base=2, actor="department", at=AT).stage)
        except ConflictError as error:
            told.append(error)

    threads = [threading.Thread(target=act, args=pair) for pair in zip(others, ("answer", "return"), strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one in others:
        one.close()
    won = [one for one in told if isinstance(one, str)]
    lost = [one for one in told if isinstance(one, ConflictError)]
    assert (len(won), len(lost)) == (1, 1)
    assert "m1 was changed since revision 2" in lost[0].message
    matter, events = ws.records.matter("m1")
    assert (matter.stage, matter.revision) == (won[0], 3)
    assert replay(matter_kind("request"), events) == won[0]


def test_two_who_read_the_same_state_cannot_both_write(ws):
    """The compare-and-set itself: both have read revision 1 before either writes."""
    ws.import_records(tables())
    from gridmap.matters import advance
    from gridmap.store import records

    old, _ = ws.records.matter("m1")
    first = advance(old, "settle", actor="grid_worker", user="a", at=AT)
    second = advance(old, "escalate", actor="grid_worker", user="b", at=AT)
    with ws._store.writing() as connection:
        records.move_matter(connection, old, *first)
    with pytest.raises(ConflictError, match="settle by a"), ws._store.writing() as connection:
        records.move_matter(connection, old, *second)
    assert ws.records.matter("m1")[0].stage == "handled"


def test_tasks_go_to_grids_only_if_the_catalogue_admits_them(ws):
    task = {"level": "grid", "code": f"{EAST}001", "at": AT, "actor": "department"}
    assert ws.records.add("task", topic="patrol", **task).stage == "dispatched"
    with pytest.raises(PermissionDenied, match="not admitted"):
        ws.records.add("task", topic="enforcement", **task)
    with pytest.raises(InputError, match="not in the catalogue"):
        ws.records.add("task", topic="gardening", **task)
    city = ws.records.add("task_admission", topic="gardening", level="city", code="141182", at=AT, actor="department")
    for action, actor in (("review", "subdistrict"), ("admit", "city")):
        ws.records.advance(city.id, action, base=None, actor=actor, at=AT)
    assert ws.records.add("task", topic="gardening", name="t2", **task).id == "t2"
    assert len(ws.records.find(kind="task")) == 2


def test_a_point_is_in_the_grid_of_the_plan_in_force_on_its_day(ws):
    lon, lat = (float(a) for a in ws.city().frame.to_lonlat(testing.X0 + 310.0, testing.Y0 + 100.0))
    before = ws.records.add("request", x=lon, y=lat, at=AT, actor="grid_worker", name="a")
    assert (before.level, before.code, before.plan) == ("grid", f"{EAST}002", "present")
    from gridmap.plan import merge

    plan = ws.current_plan()
    ws.save_plan(merge(plan, f"{EAST}001", f"{EAST}002")[0], "merged")
    ws.put_in_force("merged")
    now = dt.datetime.now(dt.UTC)
    after = ws.records.add("request", x=lon, y=lat, at=now, actor="grid_worker", name="b", due="2030-01-01")
    merged = ws.current_plan().where(testing.X0 + 310.0, testing.Y0 + 100.0)
    assert (after.code, after.plan) == (merged.code, "merged")
    assert merged.code == ws.current_plan().where(testing.X0 + 10.0, testing.Y0 + 100.0).code
    # Yesterday the old plan was in force.
    assert ws.records.plan_on(dt.date(2020, 1, 1)).name == "present"
    with ws.records._store.reading() as connection:
        from gridmap.store.placing import in_force_on

        assert in_force_on(connection, [dt.date(2020, 1, 1)])[dt.date(2020, 1, 1)][0].name == "present"


def test_open_matters_go_to_the_grids_of_the_plan_that_comes_into_force(ws, databases, ready, tmp_path):
    from gridmap import files
    from gridmap.plan import assign

    place = {"kind": "request", "level": "building", "opened": "2026-03-02"}
    rows = [
        {**place, "id": "task", "kind": "task", "topic": "patrol", "level": "grid", "code": f"{EAST}001"},
        {**place, "id": "left", "code": "b104"},
        {**place, "id": "kept", "code": "b008"},
        {**place, "id": "over", "code": "b003", "stage": "rated", "rating": 5},
    ]
    given = tables()
    given["matters"] = pd.concat([given["matters"], pd.DataFrame(rows)], ignore_index=True)
    ws.import_records(given)
    old = ws.current_plan()
    first = [str(old.fabric.cell_ids[k]) for k in np.flatnonzero(old.grid_of == old.index_of[f"{EAST}001"])]
    # Most of the first grid goes to the second; what is left of it gets a number of its own.
    plan = assign(old, [one for one in first if one < "b100"], f"{EAST}002")[0]
    ws.save_plan(plan, "new")
    ws.put_in_force("new")
    matters = {one.id: one for one in ws.records.find()}
    assert {name: matters[name].grid for name in matters} == {
        "m1": f"{EAST}002", "task": f"{EAST}002", "left": f"{EAST}003", "kept": f"{EAST}002", "over": f"{EAST}001",
        "m2": None, "m3": None,
    }  # fmt: skip
    assert matters["task"].code == f"{EAST}002"
    assert ws.records.readdressed("new") == 3
    assert (matters["kept"].plan, matters["kept"].revision) == ("new", 1)
    assert (matters["over"].plan, matters["over"].revision) == ("present", 1)
    events = ws.records.matter("m1")[1]
    assert [one.action for one in events] == ["open", "readdress"]
    assert (events[1].note, events[1].user) == (f"{EAST}001 → {EAST}002", "local")
    told = ws.accounts.answering(*_lonlat(ws, matters["m1"]))
    assert [one["holder"] for one in told["answers"] if one["level"] == "grid"] == ["网格员1"]
    with pytest.raises(ConflictError, match="readdress by local"):
        ws.records.advance("m1", "settle", base=1, actor="grid_worker", at=AT)
    now = dt.datetime.now(dt.UTC)
    assert ws.records.advance("m1", "settle", base=2, actor="grid_worker", at=now).grid == f"{EAST}002"
    # Its history comes back from a ledger.
    names = ("persons", "organisations", "duties", "matters", "matter_events")
    files.write_ledger(ws.accounts.export(names, contacts=True), tmp_path / "all.xlsx")
    with Workspace.open(databases.copy(ready)) as second:
        second.import_records(files.read_records(tmp_path / "all.xlsx", names))
        assert [one.action for one in second.records.matter("m1")[1]] == ["open", "readdress", "settle"]


def test_a_plan_that_does_not_come_into_force_moves_nothing(ws, monkeypatch):
    ws.import_records(tables())
    from gridmap.plan import merge
    from gridmap.store import readdressing

    ws.save_plan(merge(ws.current_plan(), f"{EAST}001", f"{EAST}002")[0], "merged")
    before = ws.records.find()

    def fail(*_args, **_options):
        raise StoreError("disk-full", "The disk is full.", "Make room.")

    monkeypatch.setattr(readdressing, "log_change", fail)
    with pytest.raises(StoreError, match="full"):
        ws.put_in_force("merged")
    assert ws.records.find() == before
    assert ws.current_plan().name == "present"


def test_what_was_placed_by_a_plan_that_went_out_of_force_is_refused(ws, place, monkeypatch):
    ws.import_records(tables())
    from gridmap.plan import merge

    ws.save_plan(merge(ws.current_plan(), f"{EAST}001", f"{EAST}002")[0], "merged")
    placed = type(ws.records)._placed

    def late(desk, made):
        out = placed(desk, made)
        with Workspace.open(place) as other:
            other.put_in_force("merged")
        return out

    monkeypatch.setattr(type(ws.records), "_placed", late)
    with pytest.raises(ConflictError, match="Another plan came into force"):
        ws.records.add("request", level="building", code="b003", at=AT, actor="grid_worker")


def _lonlat(ws, matter):
    return tuple(float(a) for a in ws.city().frame.to_lonlat(matter.x, matter.y))


def test_a_changed_plan_proposes_workers_anew(ws):
    ws.import_records(tables(matters=False))
    from gridmap.plan import merge

    ws.save_plan(merge(ws.current_plan(), f"{EAST}001", f"{EAST}002")[0], "merged")
    proposed = ws.accounts.assign("merged", on=DAY)
    assert proposed.figures.optimal
    assert set(proposed.table["grid"]) == {f"{EAST}001", f"{WEST}001", f"{WEST}002", f"{WEST}801"}
    assert set(proposed.table["person"]) == {"p0", "p1", "p2"}
    before, after = ws.current_plan(), ws.plan("merged")
    grid = dict(zip(proposed.table["grid"], proposed.table["person"], strict=True))
    held = {f"{EAST}001": "p0", f"{EAST}002": "p1", f"{WEST}001": "p2"}
    pairs = [(held.get(before.grids[a].id), grid[after.grids[b].id], n) for a, b, n in zip(
        before.grid_of, after.grid_of, after.fabric.households, strict=True)]  # fmt: skip
    assert proposed.households == sum(n for old, _, n in pairs if old)
    assert proposed.households_kept == sum(n for old, new, n in pairs if old and old == new)
    assert 0 < proposed.households_kept < proposed.households
    kept = proposed.table.set_index("grid")
    assert kept.loc[f"{WEST}001", "person"] == "p2"
    made = ws.records.apply(proposed, day=dt.date(2026, 4, 1))
    assert made >= 1
    for day, places in ((dt.date(2026, 3, 31), 3), (dt.date(2026, 4, 1), 4)):
        held = ws.accounts.duties("grid_worker", on=day)
        assert len({code for text in held["places"] for code in text.split(";")}) == places
    assert ws.accounts.vacancies(plan="merged", on=dt.date(2026, 4, 1)).vacant == ()
    posted = ws.accounts.duties("grid_worker", on=dt.date(2026, 4, 1)).set_index("person")["contact"]
    assert posted["p0"] == "13800000000"


def test_costs_may_be_passed_in(ws):
    ws.import_records(tables(matters=False))
    grids = [grid.id for grid in ws.current_plan().grids]
    costs = pd.DataFrame(5_000.0, index=["p0", "p1", "p2"], columns=grids)
    costs.loc["p0", grids[3]] = costs.loc["p1", grids[2]] = costs.loc["p2", grids[0]] = 0.0
    found = ws.accounts.assign(on=DAY, cost_s=costs, change_s=0)
    assert (found.figures.optimal, found.figures.walk_s, found.figures.shared) == (True, 10_000.0, 2)
    with pytest.raises(InputError, match="no costs for"):
        ws.accounts.assign(on=DAY, cost_s=costs.drop(columns=grids[0]))


def test_what_leaves_comes_back_the_same(ws, tmp_path, databases, ready):
    ws.import_records(tables(pairings=2))
    ws.records.advance("m1", "dispatch", base=None, actor="community_worker", at=AT, organisation="unit1")
    from gridmap import files

    names = ("persons", "organisations", "duties", "matters", "matter_events")
    out = ws.accounts.export(names, contacts=True)
    files.write_ledger(out, tmp_path / "records.xlsx")
    back = files.read_records(tmp_path / "records.xlsx", names)
    with Workspace.open(databases.copy(ready)) as second:
        second.import_records(back)
        again = second.accounts.export(names, contacts=True)
        for name in names:
            one, two = (frame.astype(object).where(frame.notna(), None) for frame in (out[name], again[name]))
            pd.testing.assert_frame_equal(one, two)


def test_contacts_that_are_not_posted_stay_inside(ws):
    ws.import_records(tables())
    shown = ws.accounts.duties("grid_worker", on=DAY)
    assert [text if isinstance(text, str) else None for text in shown["contact"]] == ["13800000000", None, None]
    out = ws.accounts.export(("persons", "duties"))
    assert out["persons"]["phone"].isna().all()
    assert out["duties"]["contact"].notna().sum() == 1


# ---- restricted -----------------------------------------------------------------------------------------------------


def test_restricted_records_lie_encrypted_in_a_file_of_their_own(file_ws):
    report = file_ws.import_records(tables(pairings=12))
    assert report.restricted == 12
    beside = file_ws.records.restricted.path
    assert beside.name == "town.restricted.sqlite"
    for path in (file_ws.path, beside, *file_ws.path.parent.glob("town.*")):
        assert b"SECRET" not in path.read_bytes(), path
    assert "hidden" not in set(file_ws.records.table("persons")["id"])
    read = file_ws.records.restricted.read("pairing")
    assert {row["places"] for row in read} == {f"{EAST}:SECRETHOME{k}" for k in range(12)}
    assert {row["holder"]["name"] for row in read} == {"SECRETNAME"}
    file_ws.import_records(tables(pairings=12, matters=False))  # by id, so a repeat adds nothing
    assert file_ws.records.restricted.counts() == {("pairing", EAST): 12}


def test_counts_of_sealed_records_follow_a_cleaned_code():
    counts = {("pairing", "１４１１"): 5, ("pairing", "1411.0"): 2, ("pairing", "1412"): 7, ("children", "1413 "): 1}
    here = {("pairing", "1411.0"): 2, ("pairing", "1411"): 5, ("pairing", "1412"): 7, ("children", "1413"): 1}
    assert of_places_now(counts, {"1411", "1412", "1413"}) == here, "decimals of four digits are no float of a code"
    assert of_places_now({("pairing", "1411"): 5, ("pairing", "１４１１"): 2}, {"1411"}) == {("pairing", "1411"): 7}
    back = of_places_now({("pairing", "1411"): 5}, {"１４１１"})
    assert back == {("pairing", "１４１１"): 5}, "and where cleaning was taken back"


def test_a_sample_made_anew_keeps_no_records_of_the_old_one(tmp_path):
    path = tmp_path / "sample.gpkg"
    with Workspace.create_sample(path, testing.town(), name="t", records=tables(pairings=12)) as ws:
        assert ws.records.restricted.counts() == {("pairing", EAST): 12}
        assert len(ws.records.table("duties")) == 4
    with Workspace.create_sample(path, testing.town(), name="t") as ws:
        assert not ws.records.any()


def test_another_key_reads_nothing(ws, monkeypatch):
    ws.import_records(tables(pairings=1))
    monkeypatch.setenv("GRIDMAP_KEY", base64.urlsafe_b64encode(b"x" * 32).decode())
    with pytest.raises(StoreError, match="another key"):
        ws.records.restricted.read("pairing")
    monkeypatch.setenv("GRIDMAP_KEY", "short")
    with pytest.raises(InputError, match="key"):
        ws.records.restricted.read("pairing")
    monkeypatch.delenv("GRIDMAP_KEY")
    with pytest.raises(StoreError, match="not here"):
        ws.records.restricted.read("pairing")


def test_a_key_is_made_once_for_its_owner_alone(tmp_path, monkeypatch):
    monkeypatch.delenv("GRIDMAP_KEY")
    kept = RestrictedFile(tmp_path / "a.gpkg")
    made = kept.write([("pairing", EAST, "1", {"x": "y"})])
    assert made == tmp_path / "config" / "gridmap" / "key"
    assert made.stat().st_mode & 0o777 == 0o600
    assert kept.path.stat().st_mode & 0o777 == 0o600
    assert kept.write([("pairing", EAST, "2", {"x": "z"})]) is None
    assert [row["x"] for row in sorted(kept.read("pairing"), key=lambda row: row["x"])] == ["y", "z"]


@pytest.mark.parametrize(("n", "shown"), [(9, None), (10, 10), (1_156, 1_156)])
def test_restricted_counts_leave_from_k_up(n, shown):
    assert restricted_counts({("pairing", EAST): n}, "pairing", k=10)[""] == shown


def test_no_community_can_be_computed_from_the_rest():
    counts = restricted_counts({("pairing", "a"): 3, ("pairing", "b"): 40, ("pairing", "c"): 50}, "pairing", k=10)
    assert counts == {"a": None, "b": None, "c": 50, "": 93}


# ---- boards and maps ------------------------------------------------------------------------------------------------


class Desk(RuleBasedStateMachine):
    """Matters opened and moved at random while plans come into force: all say what the table holds."""

    begun = None

    @initialize()
    def begin(self):
        self.ws = Workspace.open(self.begun())
        self.ws.import_records(tables(matters=False))
        self.n = 0

    def teardown(self):
        if hasattr(self, "ws"):
            self.ws.close()

    @rule(
        kind=st.sampled_from(["request", "need", "project"]),
        x=st.integers(1, 1190),
        y=st.integers(1, 390),
        day=st.integers(0, 20),
    )
    def add(self, kind, x, y, day):
        lon, lat = (float(a) for a in self.ws.city().frame.to_lonlat(testing.X0 + x, testing.Y0 + y))
        self.n += 1
        self.ws.records.add(kind, x=lon, y=lat, at=AT + dt.timedelta(days=day), actor="x", name=f"m{self.n}")

    @rule(data=st.data())
    def move(self, data):
        found = self.ws.records.find()
        if not found:
            return
        matter = data.draw(st.sampled_from(found))
        moves = matter_kind(matter.kind).moves_from(matter.stage)
        if moves:
            move = data.draw(st.sampled_from(moves))
            about = {"organisation": "o", "rating": 3, "link": "m1"}
            self.ws.records.advance(
                matter.id, move.action, base=matter.revision, actor=move.actors[0], at=matter.changed, **about
            )

    @rule(data=st.data())
    def other_plan(self, data):
        """Move buildings to a neighbouring grid, or merge two, and put that in force."""
        from gridmap.plan import assign, merge

        plan = self.ws.current_plan()
        mine = [grid.id for grid in plan.grids if grid.community == EAST]
        if len(mine) > 1 and data.draw(st.booleans()):
            plan = merge(plan, *mine[:2])[0]
        elif len(mine) > 1:
            rows = np.flatnonzero(plan.grid_of == plan.index_of[mine[0]])
            cells = data.draw(st.lists(st.sampled_from(plan.fabric.cell_ids[rows].tolist()), min_size=1, unique=True))
            plan = assign(plan, cells, mine[1])[0]
        self.n += 1
        before = {one.id: one for one in self.ws.records.find()}
        old = self.ws.current_plan()
        self.ws.save_plan(plan, f"p{self.n}")
        self.ws.put_in_force(f"p{self.n}")
        moved = 0
        for one in self.ws.records.find():
            was = before[one.id]
            if one.closed is not None or one.grid == was.grid:
                assert one == (was if one.closed else replace(was, plan=one.plan))
                continue
            moved += 1
            last = self.ws.records.matter(one.id)[1][-1]
            assert (last.action, last.from_stage, last.to_stage) == ("readdress", was.stage, was.stage)
            assert (one.revision, one.due, one.opened) == (was.revision + 1, was.due, was.opened)
            assert was.grid in {grid.code for grid in old.grids}
        assert self.ws.records.readdressed(f"p{self.n}") == moved

    @invariant()
    def who_answers_follows_the_plan_in_force(self):
        if not hasattr(self, "ws"):
            return
        plan = self.ws.current_plan()
        for one in self.ws.records.find(open_only=True):
            grid = plan.where(one.x, one.y)
            assert one.grid == (grid.code if grid else None)
            assert one.plan == plan.name
            name, told = self.ws.records.answering(one.x, one.y, on=today())
            assert name == plan.name
            held = self.ws.records.table("duties")
            mine = held[[one.grid in text.split(";") for text in held["places"]]]
            assert {row["id"] for row in told if row["level"] == "grid"} == set(mine["id"])

    @invariant()
    def counts_are_those_of_the_table(self):
        if not hasattr(self, "ws"):
            return
        found = self.ws.records.find()
        today = DAY + dt.timedelta(days=10)
        for kind in ("request", "need", "project"):
            columns = {one.stage: one for one in self.ws.records.board(kind, today=today, cards=3)}
            mine = [one for one in found if one.kind == kind]
            assert {name: one.matters for name, one in columns.items() if one.matters} == Counter(m.stage for m in mine)
            for name, one in columns.items():
                assert one.overdue == sum(m.overdue(today) for m in mine if m.stage == name)
                dues = [card.due or "9999" for card in one.cards]
                assert dues == sorted(dues)
        everywhere = (testing.X0 - 100, testing.Y0 - 100, testing.X0 + 1300, testing.Y0 + 500)
        shown = self.ws.records.on_map(everywhere)
        is_open = [m for m in found if m.closed is None]
        assert isinstance(shown, Points)
        assert {m.id for m in shown.matters} == {m.id for m in is_open}
        heat = self.ws.records.on_map(everywhere, limit=-1)
        assert isinstance(heat, Heat)
        assert sum(heat.n) == len(is_open)
        west = (testing.X0, testing.Y0, testing.X0 + 300, testing.Y0 + 400)
        inside = {m.id for m in is_open if west[0] <= m.x <= west[2] and west[1] <= m.y <= west[3]}
        assert {m.id for m in self.ws.records.on_map(west).matters} == inside
        for m in found:
            events = self.ws.records.matter(m.id)[1]
            assert replay(matter_kind(m.kind), events) == m.stage
            assert len(events) == m.revision


@pytest.mark.usefixtures("_key")
def test_boards_and_maps_say_what_the_table_holds(databases, ready):
    Desk.begun = staticmethod(lambda: databases.copy(ready))
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(Desk, settings=settings(max_examples=6, stateful_step_count=12, deadline=None))


def test_a_grid_has_a_record_newest_first(ws):
    ws.import_records(tables())
    ws.records.add(
        "task", topic="patrol", level="grid", code=f"{EAST}001", at=AT + dt.timedelta(days=3), actor="x", name="t"
    )
    assert [one.id for one in ws.records.find(grid=f"{EAST}001")] == ["t", "m1"]
    assert [one.id for one in ws.records.find(kind="request", stage="网格发现")] == ["m1", "m2"]
    with pytest.raises(InputError, match="no stage 'nowhere'"):
        ws.records.find(kind="request", stage="nowhere")
    late = ws.records.find(overdue_on=DAY + dt.timedelta(days=2))
    assert [one.id for one in late] == ["m1", "m2"]


def test_needs_are_matched_with_resources(ws):
    def row(name, kind, code, n):
        return {"id": name, "kind": kind, "topic": "road", "level": "compound" if kind == "x" else "community",
                "code": code, "opened": "2026-03-02", "quantity": n, "x": at[code][0], "y": at[code][1]}  # fmt: skip

    frame = ws.city().frame
    at = {EAST: [float(a) for a in frame.to_lonlat(testing.X0 + 50.0, testing.Y0 + 50.0)],
          WEST: [float(a) for a in frame.to_lonlat(testing.X0 + 650.0, testing.Y0 + 50.0)]}  # fmt: skip
    rows = [row("n1", "need", EAST, 5), row("r1", "resource", EAST, 3), row("r2", "resource", WEST, 1)]
    ws.import_records({"matters": pd.DataFrame(rows)})
    found = ws.accounts.match(cost_s=np.array([[10.0, 500.0]]), max_s=600)
    assert found[["resource", "amount"]].astype(object).where(found["resource"].notna(), None).to_numpy().tolist() == [
        ["r1", 3], ["r2", 1], [None, None]
    ]  # fmt: skip
    assert found["amount"].tolist() == [3, 1, 1]
    ws.records.advance("n1", "match", base=1, actor="community_worker", at=AT, link="r1")
    assert ws.records.matter("n1")[0].link == "r1"
    assert ws.accounts.match(max_s=600).empty


# ---- figures and remarks --------------------------------------------------------------------------------------------


def test_figures_are_counted_and_remarks_made(ws):
    assert "figures-short" not in {one.rule for one in ws.check()}
    ws.import_records(tables(pairings=12))
    figures = {one.id: one for one in ws.accounts.figures(on=DAY)}
    values = {name: one.value for name, one in figures.items()}
    wanted = {"communities": 2, "resident_grids": 4, "special_grids": 1, "grid_workers": 3, "partner_units": 1,
              "pairings": 12, "requests": 2, "talks": 1, "visits": 30, "tasks_admitted": 5}  # fmt: skip
    assert {name: values[name] for name in wanted} == wanted
    assert set(figures["grid_workers"].to_dict()) == {"id", "value", "basis", "as_of", "source", "title"}
    remarks = {one.feature: one.message for one in ws.check() if one.rule.startswith("figures-")}
    assert "3 grid workers for 4 resident grids + 1 special grids, short 2" in remarks["workers-for-grids"]
    ws.import_records({"duties": pd.DataFrame([{"id": "x", "kind": "grid_lead", "person": "p0", "places": "gone"}])})
    assert any(one.rule == "record-place-unknown" and one.feature == "x" for one in ws.check())


def test_a_workspace_of_before_takes_records(ws, place, contents):
    """The tables are made when they are first needed, so asking costs nothing and changes nothing."""
    state = contents(place)
    assert ws.records.table("duties").empty
    assert ws.records.find() == []
    assert ws.records.board("request", today=DAY)[0].matters == 0
    with pytest.raises(InputError, match="no matter"):
        ws.records.matter("m1")
    assert contents(place) == state
    assert set(matter_kinds()) >= {"request"}
    with pytest.raises(GridmapError):
        ws.records.advance("m1", "settle", base=None, actor="grid_worker", at=AT)
