"""Plans in the file: a log that only grows, one writer a revision, undo without end, and a model to compare with."""

from dataclasses import replace

import numpy as np
import pyogrio
import pytest
import shapely
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from gridmap.errors import ConflictError, InputError
from gridmap.plan import assign, lock, merge, rename, split
from gridmap.plan.testing import chequered, striped
from gridmap.rules import profile
from gridmap.store import ReviewDesk, Store, state_of
from gridmap.store.model import grids, plan_edits
from gridmap.store.plans import SNAPSHOT_EVERY, find_plan, read_state

FABRIC = chequered(10, 6, communities=2, specials=1)
PLAN = replace(striped(FABRIC, 5), name="p")


def desk_on(store, fabric=FABRIC, revision=1):
    return ReviewDesk(
        store, user="local", fabric=lambda _: fabric, revision=lambda: revision, window=lambda: (100, 300)
    )


@pytest.fixture
def store(databases):
    with Store.create(databases.fresh(), profile="cn", frame_epsg=4546) as opened:
        yield opened


@pytest.fixture
def desk(store):
    made = desk_on(store)
    made.create(PLAN, "p")
    return made


def edited(desk, verb, *args, base=None):
    row, plan = desk.open("p", base=base)
    new, edit = verb(plan, *args)
    return desk.advance(row, plan, new, kind=edit.kind)


def residents(plan):
    return [grid.id for grid in plan.grids if grid.resident]


def mover(plan, at=0):
    """Return a building and another grid of its community."""
    cells = np.flatnonzero(FABRIC.special < 0)
    cell = int(cells[at % len(cells)])
    here = plan.grids[plan.grid_of[cell]]
    others = [one.id for one in plan.grids if one.resident and one.community == here.community and one.id != here.id]
    return [str(FABRIC.cell_ids[cell])], others[0]


def shown(store, name="p"):
    """Return what QGIS sees of a plan: grid → (households, WKB of its normalised shape)."""
    if store.path is None:
        with store.reading() as connection:
            rows = connection.execute(select(grids).where(grids.c.plan == name)).all()
        return {
            row.grid_id: (row.households, shapely.normalize(_multi(shapely.from_wkb(row.geom))).wkb) for row in rows
        }
    frame = pyogrio.read_dataframe(store.path, layer="grids")
    frame = frame[frame["plan"] == name]
    return {row.grid_id: (row.households, shapely.normalize(row.geometry).wkb) for row in frame.itertuples(index=False)}


def _multi(shape):
    return shapely.set_srid(shapely.multipolygons([shape]) if shape.geom_type == "Polygon" else shape, 0)


def expected(plan):
    shapes = [shapely.normalize(_multi(shape)).wkb for shape in plan.polygons()]
    return {
        grid.id: (households, shape)
        for grid, households, shape, cells in zip(
            plan.grids,
            plan.households.tolist(),
            shapes,
            np.bincount(plan.grid_of, minlength=len(plan.grids)),
            strict=True,
        )
        if cells
    }


def test_a_saved_plan_comes_back(desk, store):
    assert desk.open("p")[1] == PLAN
    assert desk_on(store).open("p")[1] == PLAN
    assert shown(store) == expected(PLAN)
    row = desk.table()[0]
    assert (row["name"], row["state"], row["revision"], row["grids"]) == ("p", "draft", 1, len(residents(PLAN)))
    assert (row["base"], row["note"], row["saved"][:2]) == (None, "", "20")


def test_a_name_is_taken_once(desk):
    with pytest.raises(ConflictError, match="already"):
        desk.create(PLAN, "p")
    with pytest.raises(InputError, match="without a name"):
        desk.create(PLAN, "  ")
    with pytest.raises(InputError, match="no plan 'q'") as caught:
        desk.open("q")
    assert "p" in caught.value.hint


def test_every_kind_of_edit_is_logged_shown_and_undone(desk, store):
    plans = [PLAN]
    first, second, *_ = residents(PLAN)
    cells = [str(FABRIC.cell_ids[cell]) for cell in np.flatnonzero(PLAN.grid_of == PLAN.position(first))]
    for verb, args in [
        (assign, mover(PLAN)),
        (rename, (first, "东关第一网格")),
        (split, (first, cells[1:3], "new-1")),
        (lock, (second, True)),
        (lock, (second, False)),
        (merge, (second, first)),
    ]:
        plans.append(edited(desk, verb, *args))
        assert shown(store) == expected(plans[-1]), verb.__name__
    assert desk_on(store).open("p")[1] == plans[-1]
    for plan in reversed(plans[:-1]):
        assert desk.revert("p", "undo") == plan
        assert shown(store) == expected(plan)
    with pytest.raises(InputError, match="nothing to undo"):
        desk.revert("p", "undo")
    again = desk_on(store)  # as after a restart
    for plan in plans[1:]:
        assert again.revert("p", "redo") == plan
    with pytest.raises(InputError, match="nothing to redo"):
        again.revert("p", "redo")
    kinds = [entry.kind for entry in again.history("p")]
    assert kinds == ["create", "assign", "rename", "split", "lock", "lock", "merge", *["undo"] * 6, *["redo"] * 6]
    assert [entry.rev for entry in again.history("p")] == list(range(1, 20))


def test_what_changes_nothing_is_not_logged(desk):
    first = residents(PLAN)[0]
    edited(desk, assign, [str(FABRIC.cell_ids[PLAN.cells_of(first)[0]])], first)
    assert [entry.kind for entry in desk.history("p")] == ["create"]


def test_two_writers_on_one_revision(desk, store):
    """Both read revision 1; one writes first, the other is told who was first, and nothing of it is kept."""
    other = desk_on(store)
    row, plan = other.open("p")
    winner = edited(desk, rename, residents(PLAN)[0], "先到")
    new, edit = rename(plan, residents(PLAN)[1], "后到")
    with pytest.raises(ConflictError, match="rename by local") as caught:
        other.advance(row, plan, new, kind=edit.kind)
    assert caught.value.hint
    assert other.open("p")[1] == winner
    assert len(other.history("p")) == 2
    with pytest.raises(ConflictError, match="revision 1"):
        other.open("p", base=1)
    assert other.open("p", base=2)[0].head == 2


def test_the_database_itself_lets_one_follow_a_revision(desk, store):
    names = [column.name for column in plan_edits.c if column.name != "seq"]
    copy = insert(plan_edits).from_select(names, select(*(plan_edits.c[name] for name in names)))
    with store.writing() as connection:
        within = connection.begin_nested()
        with pytest.raises(IntegrityError, match=r"(?i)unique"):
            connection.execute(copy)
        within.rollback()


def test_the_log_replays_to_the_same_states(desk, store):
    """Snapshots are a shortcut: without them the log says the same, at every revision."""
    states = {1: state_of(PLAN).to_json()}
    for number in range(SNAPSHOT_EVERY + 10):
        _, plan = desk.open("p")
        edited(desk, assign, *mover(plan, number))
        states[number + 2] = state_of(desk.open("p")[1]).to_json()
    for erase in (False, True):
        with store.writing() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM plan_snapshots").scalar() == 1
            if erase:
                connection.exec_driver_sql("DELETE FROM plan_snapshots")
        with store.reading() as connection:
            row = find_plan(connection, "p")
            for rev in (1, 2, SNAPSHOT_EVERY - 1, SNAPSHOT_EVERY, SNAPSHOT_EVERY + 1, row.head):
                assert read_state(connection, row, rev=rev).to_json() == states[rev]


def test_new_cells_are_logged_once_and_undo_goes_on(desk, store):
    before = edited(desk, assign, *mover(PLAN))
    larger = chequered(10, 8, communities=2)
    later = desk_on(store, fabric=larger, revision=2)
    row, plan = later.open("p")
    assert (len(plan.fabric), row.head, row.city_revision) == (80, 3, 2)
    later.open("p")
    assert [entry.kind for entry in later.history("p")] == ["create", "assign", "reimport"]
    assert {finding.rule for finding in later.findings(plan)} == {"plan-building-new"}
    assert shown(store) == expected(plan)
    undone = later.revert("p", "undo")
    moved = before.grid_of != PLAN.grid_of
    ids = [plan.grids[k].id for k in plan.grid_of[:60]]
    ids_undone = [undone.grids[k].id for k in undone.grid_of[:60]]
    assert [one != other for one, other in zip(ids, ids_undone, strict=True)] == moved.tolist()
    assert later.findings(undone) == []


def test_putting_in_force_gives_codes_and_retires_them_for_ever(desk):
    rules = profile("cn")
    first = desk.put_in_force("p", profile=rules)
    assert all(grid.code == grid.id for grid in first.grids)
    assert [row.state for row in desk.rows()] == ["in_force"]
    with pytest.raises(InputError, match="nothing to undo"):
        desk.revert("p", "undo")
    a, b = residents(first)[:2]
    desk.create(merge(first, a, b)[0], "q")
    second = desk.put_in_force("q", profile=rules)
    assert [row.state for row in desk.rows()] == ["superseded", "in_force"]
    assert b not in {grid.code for grid in second.grids}
    cells = [str(FABRIC.cell_ids[cell]) for cell in second.cells_of(a)[:3]]
    desk.create(split(second, a, cells, "draft-1")[0], "r")
    third = desk.put_in_force("r", profile=rules)
    assert b not in {grid.code for grid in third.grids}, "a retired code does not come back"
    assert len(residents(third)) == len(residents(first))


class PlanEditing(RuleBasedStateMachine):
    """Edits, undo, redo and restarts, against a list of plans and a cursor."""

    databases = None

    @initialize(size=st.sampled_from([3, 5]))
    def begin(self, size):
        self.place = self.databases.fresh()
        self.store = Store.create(self.place, profile="cn", frame_epsg=4546, synchronous="NORMAL")
        self.desk = desk_on(self.store)
        self.desk.create(replace(striped(FABRIC, size), name="p"), "p")
        self.plans = [self.desk.open("p")[1]]
        self.at = 0

    def teardown(self):
        if hasattr(self, "store"):
            self.store.close()

    @property
    def plan(self):
        return self.plans[self.at]

    def change(self, verb, *args):
        try:
            new = edited(self.desk, verb, *args)
        except InputError:
            return
        if new is not self.plan and new != self.plan:
            self.plans = [*self.plans[: self.at + 1], new]
            self.at += 1

    @rule(at=st.integers(0, 200), count=st.integers(1, 5))
    def assign(self, at, count):
        buildings, grid = mover(self.plan, at) if len(residents(self.plan)) > 2 else ([], "")
        if buildings:
            self.change(assign, buildings, grid)

    @rule(one=st.integers(0, 20), other=st.integers(0, 20))
    def merge(self, one, other):
        names = residents(self.plan)
        if len(names) > 4:
            self.change(merge, names[one % len(names)], names[other % len(names)])

    @rule(one=st.integers(0, 20), take=st.integers(1, 3))
    def split(self, one, take):
        names = residents(self.plan)
        grid = names[one % len(names)]
        cells = [str(FABRIC.cell_ids[cell]) for cell in self.plan.cells_of(grid)[:take]]
        self.change(split, grid, cells, f"t{len(names)}-{one}")

    @rule(one=st.integers(0, 20), locked=st.booleans())
    def lock(self, one, locked):
        names = residents(self.plan)
        self.change(lock, names[one % len(names)], locked)

    @precondition(lambda self: self.at > 0)
    @rule()
    def undo(self):
        self.at -= 1
        assert self.desk.revert("p", "undo") == self.plan

    @precondition(lambda self: self.at < len(self.plans) - 1)
    @rule()
    def redo(self):
        self.at += 1
        assert self.desk.revert("p", "redo") == self.plan

    @rule()
    def restart(self):
        self.store.close()
        self.store = Store.open(self.place, synchronous="NORMAL")
        self.desk = desk_on(self.store)

    @invariant()
    def the_file_says_what_the_model_says(self):
        if hasattr(self, "plans"):
            assert self.desk.open("p")[1] == self.plan
            with self.store.reading() as connection:
                assert read_state(connection, find_plan(connection, "p")) == state_of(self.plan)
                count = connection.exec_driver_sql("SELECT count(*) FROM grids WHERE households >= 0").scalar()
            filled = np.bincount(self.plan.grid_of, minlength=len(self.plan.grids)) > 0
            assert count == sum(full or not grid.resident for grid, full in zip(self.plan.grids, filled, strict=True))


def test_plans_are_what_a_model_says(databases):
    PlanEditing.databases = databases
    many = settings(max_examples=8, stateful_step_count=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    run_state_machine_as_test(PlanEditing, settings=many)
