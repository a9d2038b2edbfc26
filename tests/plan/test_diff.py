"""Which grid goes on as which: against every possible pairing; codes that are carried, filed and never reused."""

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridmap.errors import LimitError
from gridmap.plan import (
    Grid,
    Plan,
    assign,
    carry_codes,
    diff,
    file_codes,
    kept_households,
    match,
    merge,
    prune,
    split,
)
from gridmap.plan.testing import chequered, striped
from gridmap.rules import profile

CN = profile("cn")
COMMUNITY = "141182001001"


def shared(old, new, one, other):
    both = (old.grid_of == one) & (new.grid_of == other)
    return int(new.fabric.households[both].sum()), int(both.sum())


def best(old, new):
    """Return the most households, and with them the most cells, that any pairing keeps, community by community."""
    kept = cells = 0
    for code in new.fabric.community_codes:
        before = [k for k, grid in enumerate(old.grids) if grid.community == code and grid.resident]
        after = [k for k, grid in enumerate(new.grids) if grid.community == code and grid.resident]
        size = max(len(before), len(after))
        before += [-9] * (size - len(before))
        after += [-9] * (size - len(after))
        sums = [
            tuple(
                map(
                    sum, zip(*(shared(old, new, one, two) for one, two in zip(before, order, strict=True)), strict=True)
                )
            )
            for order in permutations(after)
            if size
        ]
        if sums:
            kept, cells = kept + max(sums)[0], cells + max(sums)[1]
    return kept, cells


@given(data=st.data())
def test_matching_keeps_as_many_households_as_any_pairing(plans, data):
    old = data.draw(plans(gaps=True))
    new = data.draw(plans(old.fabric, gaps=True))
    matched = match(old, new)
    pairs = [(int(one), other) for other, one in enumerate(matched) if one >= 0]
    assert len({one for one, _ in pairs}) == len(pairs)
    residents = [(one, other) for one, other in pairs if new.grids[other].resident]
    assert all(old.grids[one].community == new.grids[other].community for one, other in residents)
    assert all(shared(old, new, one, other)[1] for one, other in residents)
    sums = [shared(old, new, one, other) for one, other in residents]
    assert (sum(households for households, _ in sums), sum(cells for _, cells in sums)) == best(old, new)
    special = int(old.fabric.households[old.fabric.special >= 0].sum())
    assert kept_households(old, new) == best(old, new)[0] + special


@given(data=st.data())
def test_a_plan_matches_itself(plans, data):
    plan = data.draw(plans())
    filled = [index if (plan.grid_of == index).any() else -1 for index in range(len(plan.grids))]
    assert match(plan, plan).tolist() == filled
    assert diff(plan, plan).table.empty
    assert kept_households(plan, plan) == plan.fabric.households.sum()


@given(data=st.data())
def test_the_difference_lists_exactly_the_buildings_that_change_grid(plans, data):
    old = data.draw(plans(gaps=True))
    new = data.draw(plans(old.fabric, gaps=True))
    matched, fabric = match(old, new), new.fabric
    expected = {}
    for cell in range(len(fabric)):
        was, now = int(old.grid_of[cell]), int(new.grid_of[cell])
        if (was if was >= 0 else None) != (None if now < 0 else int(matched[now])) or (was < 0 <= now):
            pair = (old.grids[was].id if was >= 0 else "", new.grids[now].id if now >= 0 else "")
            row = expected.setdefault(pair, [0, 0, 0, set()])
            row[0] += int(fabric.households[cell])
            row[1] += int(not fabric.known[cell])
            row[2] += 1
            row[3] |= {int(fabric.compound[cell])} - {-1}
    found = diff(old, new)
    rows = {
        (row["from_grid"], row["to_grid"]): [
            row["households"],
            row["unknown_buildings"],
            row["buildings"],
            row["compounds"],
        ]
        for row in found.table.to_dict("records")
    }
    assert rows == {pair: [*row[:3], len(row[3])] for pair, row in expected.items()}
    assert found.totals["households_moved"] == sum(row[0] for row in expected.values())
    assert found.totals["buildings_moved"] == sum(row[2] for row in expected.values())


def test_plans_of_two_revisions_are_compared_by_building():
    old = striped(chequered(4, 4, compound_cells=0), 2)
    ids = old.fabric.cell_ids.copy()
    ids[[0, 15]] = ["n1", "n2"]
    new = striped(replace(chequered(4, 4, compound_cells=0), cell_ids=ids[::-1], y=old.fabric.y[::-1]), 2)
    assert match(old, new).tolist() == [0, 1]
    found = diff(old, new)
    assert found.table.empty
    assert (found.totals["buildings_gone"], found.totals["buildings_new"]) == (2, 2)
    assert found.totals["grids_kept"] == 2


def test_a_grid_keeps_its_code_only_with_more_than_half_of_its_old_households():
    fabric = chequered(4, 2, households=(10, 10), compound_cells=0)
    old = striped(fabric, 2)
    first, second = (grid.id for grid in old.grids)
    half, _ = assign(old, [0, 1], second)
    assert [grid.code for grid in carry_codes(old, half).grids] == ["", second]
    most, _ = assign(old, [0], second)
    assert [grid.code for grid in carry_codes(old, most).grids] == [first, second]
    # It may grow as much as it likes.
    grown, _ = merge(old, first, second)
    assert [grid.code for grid in carry_codes(old, grown).grids] == [first]


def test_unknown_households_are_carried_by_buildings():
    old = striped(chequered(4, 2, unknown=1.0), 2)
    new = replace(old, grids=tuple(replace(grid, id=f"t{k}", code="", name="") for k, grid in enumerate(old.grids)))
    assert carry_codes(old, new) == old


@given(data=st.data())
def test_carried_ids_are_unique_and_new_grids_get_ids_nobody_had(plans, data):
    old = data.draw(plans())
    new = data.draw(plans(old.fabric))
    retired = set(data.draw(st.lists(st.sampled_from([grid.id for grid in old.grids]))))
    carried = carry_codes(old, new, retired=retired)
    np.testing.assert_array_equal(carried.grid_of, new.grid_of)
    before = {grid.id: grid for grid in old.grids}
    for grid in carried.grids:
        if not grid.resident:
            continue
        assert grid.code not in retired
        if grid.code:
            assert (grid.code, grid.name) == (before[grid.id].code, before[grid.id].name)
            now = carried.grid_of == carried.position(grid.id)
            was = old.grid_of == old.position(grid.id)
            weights = old.fabric.households if old.fabric.households[was].any() else np.ones(len(was))
            assert 2 * weights[now & was].sum() > weights[was].sum()
        elif grid.id not in before or before[grid.id].code:
            assert grid.id not in before
            assert grid.id not in retired


def test_a_first_plan_is_numbered_from_west_to_east_then_north_to_south():
    fabric = chequered(6, 6, compound_cells=0)
    column, row = np.arange(36) % 6, np.arange(36) // 6
    labels = (column // 3 + 2 * (row // 3)).astype(np.int32)
    plan = Plan(fabric, labels, tuple(Grid(f"t{k}", "", "resident", COMMUNITY) for k in range(4)))
    filed = file_codes(plan, profile=CN)
    assert [grid.code for grid in filed.grids] == [COMMUNITY + end for end in ("003", "004", "001", "002")]
    assert [grid.id for grid in filed.grids] == [grid.code for grid in filed.grids]
    assert file_codes(filed, profile=CN) == filed


def test_filing_goes_on_after_every_number_ever_used():
    plan = striped(chequered(4, 6, communities=2, specials=1), 2)
    draft, _ = split(plan, plan.grids[0].id, [0], f"{COMMUNITY}~1")
    filed = file_codes(draft, profile=CN, retired=[f"{COMMUNITY}007", "141182001002050"])
    # 901 is the number of the special grid.
    assert filed.grids[-1].code == f"{COMMUNITY}902"
    assert [grid.code for grid in filed.grids[:-1]] == [grid.code for grid in plan.grids]
    opaque = file_codes(draft, profile=profile("opaque"))
    assert opaque.grids[-1].code == f"{COMMUNITY}-001"


def test_empty_grids_are_not_filed():
    plan = striped(chequered(4, 4), 2)
    emptied, _ = assign(plan, range(8), plan.grids[1].id)
    assert [grid.id for grid in prune(emptied).grids] == [plan.grids[1].id]
    filed = file_codes(emptied, profile=CN)
    assert [grid.id for grid in filed.grids] == [plan.grids[1].id]
    assert (filed.grid_of == 0).all()


def test_a_community_without_free_numbers_says_so():
    plan = striped(chequered(4, 4), 2)
    draft, _ = split(plan, plan.grids[0].id, [0], "t")
    with pytest.raises(LimitError):
        file_codes(draft, profile=CN, retired=[f"{COMMUNITY}{number:03d}" for number in range(1, 1000)])
