"""Plan states and the changes between them: what leads there leads back, through text, on whatever cells there are."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridmap.errors import StoreError
from gridmap.plan import Grid, Plan, SpecialGrid, assign, merge, rename, split
from gridmap.plan.testing import chequered, striped
from gridmap.store import PlanState, apply_change, change_between, place, state_of
from gridmap.store.oplog import change_plan, changes_between

NAMES = st.sampled_from(["g1", "g2", "g3", "网格4", ""])
GRIDS = st.lists(
    st.builds(
        Grid,
        NAMES.filter(bool),
        st.sampled_from(["", "一网格"]),
        st.just("resident"),
        st.sampled_from(["141182001001", "141182001002"]),
        st.booleans(),
    ),
    unique_by=lambda grid: grid.id,
    max_size=4,
).map(tuple)
SQUARE = chequered(2, 2, specials=1).specials[0]
STATES = st.builds(
    PlanState,
    GRIDS,
    st.dictionaries(st.sampled_from([f"b{k}" for k in range(8)]), NAMES),
    st.lists(st.tuples(st.just("b1"), st.just("b2")), max_size=1).map(tuple),
    st.sampled_from([(), (SQUARE,), (replace(SQUARE, name="园区"),)]),
)


@given(STATES, STATES)
def test_a_change_leads_there_and_back(old, new):
    assert apply_change(old, change_between(old, new)) == new
    assert apply_change(apply_change(old, change_between(old, new)), change_between(new, old)) == old
    assert change_between(old, old) == {}


@given(STATES)
def test_a_state_goes_through_text(state):
    again = PlanState.from_json(state.to_json())
    assert again == state
    assert again.to_json() == state.to_json()
    assert again.grids == state.grids
    assert dict(again.grid_of) == dict(state.grid_of)
    assert [one.polygon.wkb for one in again.specials] == [one.polygon.wkb for one in state.specials]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"grids":[{}],"cells":{},"bridges":[],"specials":[]}', "null"])
def test_a_damaged_state_is_told(text):
    with pytest.raises(StoreError, match="damaged"):
        PlanState.from_json(text)


def test_a_damaged_change_is_told():
    with pytest.raises(StoreError, match="damaged"):
        apply_change(PlanState((), {}), {"put": [["x", {}]]})


def plan_on(fabric, *, stripes=4, name="p"):
    return replace(striped(fabric, stripes), name=name)


@pytest.mark.parametrize("specials", [0, 2])
def test_a_plan_is_placed_as_it_was(specials):
    plan = plan_on(chequered(8, 6, communities=2, specials=specials))
    placed = place(state_of(plan), plan.fabric, name="p")
    assert placed.plan == plan
    assert (placed.vanished, placed.added) == ((), ())


def test_buildings_that_come_and_go():
    old = plan_on(chequered(8, 6, communities=2))
    new_fabric = chequered(
        8, 8, communities=2
    )  # two rows more; ids are numbers, so the first 48 are the same buildings
    state = state_of(old)
    state = replace(state, grid_of={**state.grid_of, "gone": state.grids[0].id})
    placed = place(state, new_fabric, name="p")
    assert placed.vanished == ("gone",)
    assert placed.added == tuple(f"b{number:04}" for number in range(48, 64))
    assert (placed.plan.grid_of >= 0).all()
    np.testing.assert_array_equal(placed.plan.grid_of[:48], old.grid_of)
    # A new building joins the grid of the nearest old one, which stands right below it.
    np.testing.assert_array_equal(placed.plan.grid_of[48:56], old.grid_of[40:48])


def test_a_building_that_is_in_another_community_now():
    old = plan_on(chequered(8, 6, communities=2))
    new_fabric = chequered(8, 6, communities=4)
    placed = place(state_of(old), new_fabric, name="p")
    grids = placed.plan.grids
    own = np.array([grids[index].community for index in placed.plan.grid_of], dtype=object)
    assert (own == new_fabric.community_codes[new_fabric.community]).all()
    # Communities that had no grid have one now, with an id of its own.
    assert {grid.community for grid in grids} == set(new_fabric.community_codes)
    assert len({grid.id for grid in grids}) == len(grids)


def test_communities_that_are_gone_take_their_grids_along():
    old = plan_on(chequered(8, 6, communities=4))
    placed = place(state_of(old), chequered(8, 6, communities=2), name="p")
    assert {grid.community for grid in placed.plan.grids} == {"141182001001", "141182001002"}
    assert (placed.plan.grid_of >= 0).all()


def test_special_grids_are_those_of_the_cells():
    old = plan_on(chequered(8, 6, communities=2, specials=1))
    fabric = chequered(8, 6, communities=2, specials=2)
    placed = place(state_of(old), fabric, name="p")
    special = {grid.id for grid in placed.plan.grids if not grid.resident}
    assert special == {one.code for one in fabric.specials}
    bare = place(state_of(old), chequered(8, 6, communities=2), name="p")
    assert all(grid.resident for grid in bare.plan.grids)
    assert (bare.plan.grid_of >= 0).all()


def test_buildings_in_no_grid_stay_in_none():
    plan = plan_on(chequered(6, 4))
    grid_of = plan.grid_of.copy()
    grid_of[:3] = -1
    loose = Plan(plan.fabric, grid_of, plan.grids, "p", bridges=((0, 5),))
    assert place(state_of(loose), plan.fabric, name="p").plan == loose


def test_a_special_grid_is_known_by_every_byte():
    from gridmap.store import fabric_key

    moved = SpecialGrid(SQUARE.code, SQUARE.name, SQUARE.community, SQUARE.polygon.reverse())
    assert fabric_key(1, [SQUARE]) != fabric_key(1, [moved])
    assert fabric_key(1, [SQUARE]) != fabric_key(2, [SQUARE])
    assert fabric_key(1, [SQUARE]) == fabric_key(1, [SpecialGrid(*(getattr(SQUARE, n) for n in SQUARE.__slots__))])


@given(st.data())
def test_a_change_laid_on_a_plan_is_that_of_its_state(data):
    """The short way, by the cells that a change names, leads where the long way over the whole state leads."""
    fabric = chequered(6, 4, communities=2, specials=1)
    plan = plan_on(fabric, stripes=3)
    seen = [plan]
    for number in range(data.draw(st.integers(1, 4))):
        plan = data.draw(st.sampled_from(edits_of(plan, number)))
        seen.append(plan)
    old, new = data.draw(st.sampled_from(seen)), data.draw(st.sampled_from(seen))
    for change in (change_between(state_of(old), state_of(new)), *changes_between(old, new)[:1]):
        quick = change_plan(old, change)
        assert quick == new
        assert quick == place(apply_change(state_of(old), change), fabric, name="p").plan


def edits_of(plan, number):
    grids = [grid.id for grid in plan.grids if grid.resident and len(plan.cells_of(grid.id)) > 1]
    one = grids[number % len(grids)]
    cell = plan.cells_of(one)[:1]
    peers = [g for g in grids if g != one and plan.grid(g).community == plan.grid(one).community]
    made = [rename(plan, one, f"第{number}")[0], split(plan, one, cell, f"new{number}")[0]]
    return made + [verb for g in peers for verb in (merge(plan, g, one)[0], assign(plan, cell, g)[0])]


@pytest.mark.parametrize(
    "change",
    [{"gone": ["b0000"]}, {"specials": []}, {"cells": {"p~none": ["b0000"]}}, {"cells": {"": ["not there"]}}],
)
def test_what_needs_the_whole_state_is_left_to_it(change):
    assert change_plan(plan_on(chequered(6, 4, communities=2)), change) is None


def test_a_building_that_changed_its_community_is_left_to_the_nearest():
    """An old change may put a building into a grid of the community that it was in then."""
    plan = plan_on(chequered(8, 6, communities=2))
    other = next(grid for grid in plan.grids if grid.community != plan.grids[plan.grid_of[0]].community)
    assert change_plan(plan, {"cells": {other.id: [str(plan.fabric.cell_ids[0])]}}) is None
