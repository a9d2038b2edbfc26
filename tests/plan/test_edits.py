"""Edits: each can be taken back exactly, survives JSON, conserves households, and is refused where it must be."""

import json
from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import assume, given
from hypothesis import strategies as st

from gridmap.errors import ConflictError, InputError
from gridmap.plan import Edit, Plan, apply, assign, lock, merge, redrawn, rename, split, unlock
from gridmap.plan.testing import chequered, striped

KINDS = ("assign", "merge", "split", "lock", "rename", "redraw")


def draw_edit(data, plan, plans, kind):
    """Draw an edit of a kind that the plan allows; reject the example if there is none."""
    free = [grid for grid in plan.grids if grid.resident and not grid.locked]
    assume(free)
    grid = data.draw(st.sampled_from(free))
    own = np.flatnonzero(plan.grid_of == plan.position(grid.id)).tolist()
    row = plan.fabric.community_codes.tolist().index(grid.community)
    locked = [index for index, one in enumerate(plan.grids) if one.locked]
    near = np.flatnonzero((plan.fabric.community == row) & (plan.fabric.special < 0) & ~np.isin(plan.grid_of, locked))
    if kind == "assign":
        return assign(plan, data.draw(st.lists(st.sampled_from(near.tolist()))) if len(near) else [], grid.id)
    if kind == "merge":
        others = [one.id for one in free if one.community == grid.community and one is not grid]
        assume(others)
        return merge(plan, grid.id, data.draw(st.sampled_from(others)))
    if kind == "split":
        assume(len(own) > 1)
        cells = data.draw(st.lists(st.sampled_from(own), min_size=1, max_size=len(own) - 1))
        new = f"{grid.community}~new{sum('new' in one.id for one in plan.grids)}"
        assume(new not in plan.index_of)
        return split(plan, grid.id, cells, new, name=data.draw(st.text(max_size=3)))
    if kind == "lock":
        return lock(plan, grid.id, data.draw(st.booleans()))
    if kind == "rename":
        return rename(plan, grid.id, data.draw(st.text()))
    return redrawn(plan, data.draw(plans(plan.fabric, gaps=True)))


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_an_edit_and_its_inverse_change_nothing(plans, kind, data):
    plan = data.draw(plans(gaps=True))
    after, edit = draw_edit(data, plan, plans, kind)
    assert apply(plan, edit) == after
    assert apply(after, edit.inverse()) == plan
    assert edit.inverse().inverse() == edit
    stored = Edit.from_json(edit.to_json())
    assert stored == edit
    assert apply(apply(plan, stored), Edit.from_json(stored.inverse().to_json())) == plan


@given(data=st.data())
def test_any_sequence_can_be_taken_back_and_conserves(plans, data):
    plan = first = data.draw(plans())
    log = []
    for kind in data.draw(st.lists(st.sampled_from(KINDS[:-1]), max_size=6)):
        after, edit = draw_edit(data, plan, plans, kind)
        assert after.households.sum() == plan.fabric.households.sum()
        assert shapely.area(after.polygons()).sum() == pytest.approx(shapely.area(plan.polygons()).sum())
        assert (after.grid_of >= 0).all()
        untouched = {grid for grid in plan.grids if grid.id not in edit.grids}
        for grid in untouched:
            np.testing.assert_array_equal(after.cells_of(grid.id), plan.cells_of(grid.id))
            assert after.grid(grid.id) == grid
        plan = after
        log.append(edit)
    for edit in reversed(log):
        plan = apply(plan, edit.inverse())
    assert plan == first


@given(data=st.data())
def test_edits_of_disjoint_grids_can_be_swapped(plans, data):
    plan = data.draw(plans())
    one = draw_edit(data, plan, plans, data.draw(st.sampled_from(("assign", "lock", "rename"))))[1]
    two = draw_edit(data, plan, plans, data.draw(st.sampled_from(("assign", "lock", "rename"))))[1]
    assume(not one.grids & two.grids)
    assert apply(apply(plan, one), two) == apply(apply(plan, two), one)


def test_assign_says_where_each_building_came_from():
    plan = striped(chequered(4, 4), 2)
    first, second = (grid.id for grid in plan.grids)
    after, edit = assign(plan, ["b0000", "b0015", "b0000"], second)
    assert json.loads(edit.to_json()) == {
        "kind": "assign",
        "payload": {"moves": [{"from": first, "to": second, "buildings": ["b0000"]}]},
    }
    assert edit.grids == {first, second}
    assert after.grid_of[0] == 1
    assert assign(plan, [15], second) == (plan, Edit("assign", {"moves": []}))


def test_merge_and_split_keep_the_order_of_grids():
    plan = striped(chequered(4, 6), 3)
    a, b, c = (grid.id for grid in plan.grids)
    merged, edit = merge(plan, c, a)
    assert [grid.id for grid in merged.grids] == [b, c]
    assert merged.cells_of(c).tolist() == [*range(8), *range(16, 24)]
    assert [grid.id for grid in apply(merged, edit.inverse()).grids] == [a, b, c]
    halves, _ = split(plan, b, ["b0008", "b0009"], "141182001001~1", name="新")
    assert halves.grids[-1].name == "新"
    assert halves.grids[-1].code == ""
    assert halves.cells_of("141182001001~1").tolist() == [8, 9]


def test_breaking_a_grid_apart_is_allowed_and_visible():
    plan = striped(chequered(4, 6), 3)
    after, _ = assign(plan, range(4, 8), plan.grids[2].id)
    after, _ = assign(after, range(8, 12), plan.grids[0].id)
    assert after.parts.tolist() == [2, 1, 2]
    assert after.contiguity_breaks == 2


def moving(buildings, source, target):
    return Edit("assign", {"moves": [{"from": source, "to": target, "buildings": buildings}]})


def changed(edit, **values):
    return Edit(edit.kind, {**edit.payload, **values})


FIRST, SECOND, OTHER, SPECIAL = "141182001001001", "141182001001002", "141182001002001", "141182001001901"


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (lambda plan: assign(plan, [0], "nowhere"), "grid-unknown"),
        (lambda plan: assign(plan, ["b9999"], FIRST), "building-unknown"),
        (lambda plan: assign(plan, [999], FIRST), "building-unknown"),
        (lambda plan: assign(plan, [-1], FIRST), "building-unknown"),
        (lambda plan: assign(plan, [5], FIRST), "other-community"),
        (lambda plan: assign(plan, [0], SPECIAL), "grid-special"),
        (lambda plan: assign(plan, [20], FIRST), "grid-special"),
        (lambda plan: assign(lock(plan, FIRST)[0], [12], FIRST), "grid-locked"),
        (lambda plan: assign(lock(plan, SECOND)[0], [12], FIRST), "grid-locked"),
        (lambda plan: assign(lock(plan, FIRST)[0], [], FIRST), "grid-locked"),
        (lambda plan: merge(plan, FIRST, FIRST), "grid-same"),
        (lambda plan: merge(plan, FIRST, OTHER), "other-community"),
        (lambda plan: merge(plan, FIRST, SPECIAL), "grid-special"),
        (lambda plan: merge(plan, SPECIAL, FIRST), "grid-special"),
        (lambda plan: merge(lock(plan, FIRST)[0], SECOND, FIRST), "grid-locked"),
        (lambda plan: merge(plan, "nowhere", FIRST), "grid-unknown"),
        (lambda plan: split(plan, FIRST, [], "n"), "split-empty"),
        (lambda plan: split(plan, FIRST, [0, 1, 2, 6, 7, 8], "n"), "split-whole"),
        (lambda plan: split(plan, FIRST, [0, 12], "n"), "building-elsewhere"),
        (lambda plan: split(plan, FIRST, [0], SECOND), "grid-duplicate"),
        (lambda plan: split(plan, FIRST, [0], FIRST), "grid-duplicate"),
        (lambda plan: split(plan, SPECIAL, [20], "n"), "grid-special"),
        (lambda plan: split(lock(plan, FIRST)[0], FIRST, [0], "n"), "grid-locked"),
        (lambda plan: lock(plan, SPECIAL), "grid-special"),
        (lambda plan: rename(plan, SPECIAL, "x"), "grid-special"),
        (lambda plan: rename(plan, "nowhere", "x"), "grid-unknown"),
        (lambda plan: redrawn(plan, striped(chequered(5, 5))), "fabric-mismatch"),
        (lambda plan: redrawn(lock(plan, FIRST)[0], Plan.undivided(plan.fabric)), "grid-locked"),
        (lambda plan: Edit("paint", {}), "edit-broken"),
        (lambda plan: apply(plan, moving(["b0000", "b0000"], FIRST, SECOND)), "edit-broken"),
        (lambda plan: apply(plan, moving(["b0000"], FIRST, OTHER)), "other-community"),
        (lambda plan: apply(plan, moving(["b0000"], FIRST, SPECIAL)), "grid-special"),
        (lambda plan: apply(plan, moving(["b0020"], SPECIAL, FIRST)), "grid-special"),
        (lambda plan: apply(plan, changed(redrawn(plan, plan)[1], after=[])), "edit-broken"),
        (lambda plan: apply(plan, changed(redrawn(plan, plan)[1], bridges_after=[["b0000", "?"]])), "building-unknown"),
        (lambda plan: apply(plan, changed(split(plan, FIRST, [0], "n")[1], buildings=["b0005"])), "edit-stale"),
        (lambda plan: apply(plan, changed(split(plan, FIRST, [0], "n")[1], at=99)), "edit-stale"),
    ],
)
def test_what_may_not_be_is_refused_with_its_reason(edit, code):
    plan = striped(chequered(6, 4, communities=2, specials=1), 2)
    assert [grid.id for grid in plan.grids] == [FIRST, SECOND, OTHER, "141182001002002", SPECIAL]
    with pytest.raises((InputError, ConflictError)) as error:
        edit(plan)
    assert error.value.code == code


def test_unlocking_lets_edits_through_again():
    plan = striped(chequered(4, 4), 2)
    locked, edit = lock(plan, plan.grids[0].id)
    assert locked.grids[0].locked
    assert apply(locked, edit.inverse()) == plan
    assert unlock(locked, plan.grids[0].id)[0] == plan
    assert rename(locked, plan.grids[0].id, "东区")[0].grids[0].name == "东区"


def test_edits_of_a_plan_that_has_moved_on_conflict():
    plan = striped(chequered(4, 6), 3)
    a, b, c = (grid.id for grid in plan.grids)
    edits = [
        assign(plan, [0], b)[1],
        merge(plan, b, a)[1],
        merge(plan, b, c)[1].inverse(),
        split(plan, a, [0], "n")[1],
        redrawn(plan, Plan.undivided(plan.fabric))[1],
        lock(plan, a)[1],
        rename(plan, a, "x")[1],
    ]
    moved = rename(lock(assign(plan, [0, 1], c)[0], a)[0], a, "y")[0]
    moved = replace(moved, grids=tuple(replace(grid, locked=False) for grid in moved.grids))
    for edit in edits[:-2]:
        with pytest.raises((ConflictError, InputError)) as error:
            apply(moved, edit)
        assert error.value.code in {"edit-stale", "grid-duplicate"}
    for edit in edits[-2:]:
        with pytest.raises(ConflictError) as error:
            apply(lock(rename(plan, a, "y")[0], a)[0], edit)
        assert error.value.code == "edit-stale"


def test_a_redraw_is_one_edit_that_brings_its_bridges():
    plan = striped(chequered(4, 4), 2, name="2024")
    new = replace(striped(chequered(4, 4), 3), bridges=((0, 15),))
    after, edit = redrawn(plan, new)
    assert after == replace(new, name="2024")
    assert apply(after, Edit.from_json(edit.to_json()).inverse()) == plan


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '"assign"',
        "[" * 100_000,
        '{"kind": "assign"}',
        '{"kind": ["assign"], "payload": {"moves": []}}',
        '{"kind": "drop", "payload": {}}',
        '{"kind": "assign", "payload": {"moves": {}}}',
        '{"kind": "assign", "payload": {"moves": [{"from": 1, "to": "a", "buildings": []}]}}',
        '{"kind": "assign", "payload": {"moves": [{"from": "b", "to": "a", "buildings": "b"}]}}',
        '{"kind": "lock", "payload": {"grid": "a", "locked": 1, "was": false}}',
        '{"kind": "rename", "payload": {"grid": "a", "name": "n", "was": false}}',
        '{"kind": "merge", "payload": {"grid": "a", "at": 0, "buildings": [], "other": {"id": "b"}}}',
    ],
)
def test_text_that_is_no_edit_is_refused(text):
    with pytest.raises(InputError) as error:
        Edit.from_json(text)
    assert error.value.code == "edit-broken"
