from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridmap.errors import InputError
from gridmap.plan import Plan
from gridmap.plan.contiguity import components, parts_per_label
from gridmap.plan.crosswalk import conflicts, crosswalk, merge_systems
from gridmap.plan.grid import Grid
from gridmap.plan.testing import chequered, striped

FABRIC = chequered(12, 8, communities=2, specials=1)


def drawn(labels):
    """A plan of labels, a grid for each label and community; special cells keep their grid."""
    pairs = sorted({(int(FABRIC.community[k]), int(labels[k])) for k in np.flatnonzero(FABRIC.special < 0)})
    index = {pair: k for k, pair in enumerate(pairs)}
    grids = [Grid(f"g{c}-{n}", "", "resident", str(FABRIC.community_codes[c])) for c, n in pairs]
    specials = [Grid(one.code, one.name, "special", one.community, code=one.code) for one in FABRIC.specials]
    grid_of = [
        len(grids) + int(FABRIC.special[k])
        if FABRIC.special[k] >= 0
        else index[int(FABRIC.community[k]), int(labels[k])]
        for k in range(len(FABRIC))
    ]
    return Plan(FABRIC, np.array(grid_of, np.int32), (*grids, *specials))


labellings = st.lists(st.integers(0, 3), min_size=len(FABRIC), max_size=len(FABRIC)).map(np.array)


@given(labellings, labellings)
def test_every_household_and_all_ground_is_in_one_pair(one, other) -> None:
    a, b = drawn(one), drawn(other)
    table = crosswalk(a, b)
    assert table["households"].sum() == FABRIC.households.sum()
    assert table["area_m2"].sum() == pytest.approx(FABRIC.area_m2.sum())
    assert table["buildings"].sum() == (FABRIC.building >= 0).sum()
    for side in "ab":
        assert np.allclose(table.groupby(f"grid_{side}")[f"share_{side}"].sum(), 1.0)
    # Against a count one by one.
    counted = {}
    for k in range(len(FABRIC)):
        key = tuple(p.grids[p.grid_of[k]].code or p.grids[p.grid_of[k]].id for p in (a, b))
        counted[key] = counted.get(key, 0) + int(FABRIC.households[k])
    assert dict(zip(zip(table["grid_a"], table["grid_b"], strict=True), table["households"], strict=True)) == counted


def test_a_plan_against_itself_has_no_conflict() -> None:
    plan = striped(FABRIC, 4)
    found = conflicts(crosswalk(plan, plan))
    assert set(found["verdict"]) == {"same"}
    assert found["lost"].sum() == 0


def test_what_becomes_of_a_grid() -> None:
    x = np.argsort(np.argsort(FABRIC.x, kind="stable"), kind="stable")
    fine, coarse = drawn(x * 8 // len(x)), drawn(x * 4 // len(x))
    resident = [grid.id for grid in fine.grids if grid.resident]
    down = conflicts(crosswalk(fine, coarse)).set_index("grid_a")
    assert set(down.loc[resident, "verdict"]) <= {"same", "inside"}
    up = conflicts(crosswalk(coarse, fine))
    assert "divided" in set(up["verdict"])
    assert "conflict" not in set(up["verdict"])
    y = np.argsort(np.argsort(FABRIC.y, kind="stable"), kind="stable")
    across = conflicts(crosswalk(drawn(y * 3 // len(y)), coarse))
    assert "conflict" in set(across["verdict"])
    assert across["lost"].sum() > 0


def same_partition(a, b):
    return len(crosswalk(a, b)) == len(set(a.grid_of.tolist())) == len(set(b.grid_of.tolist()))


def test_systems_that_agree_are_the_plan() -> None:
    plan = striped(FABRIC, 4)
    assert same_partition(merge_systems({"a": plan, "b": plan}, {"a": 1, "b": 1}), plan)


def test_a_system_that_outweighs_the_others_is_the_plan() -> None:
    plan, other = striped(FABRIC, 4), striped(FABRIC, 3)
    assert same_partition(merge_systems({"b": other, "a": plan}, {"a": 10, "b": 1}), plan)


@given(labellings, labellings, st.floats(0.1, 5), st.floats(0.1, 5))
def test_a_merged_plan_is_whole_and_every_building_has_a_grid(one, other, weight, second) -> None:
    merged = merge_systems({"a": drawn(one), "b": drawn(other)}, {"a": weight, "b": second})
    assert (merged.grid_of >= 0).all()
    resident = np.array([grid.resident for grid in merged.grids])
    parts = parts_per_label(merged.grid_of, components(FABRIC, merged.grid_of), len(merged))
    # A community that special grids cut in two may leave a grid no way to be whole.
    ground = components(FABRIC, np.where(FABRIC.special >= 0, -1 - FABRIC.special, FABRIC.community).astype(np.int32))
    if all(len(np.unique(ground[(FABRIC.community == c) & (FABRIC.special < 0)])) == 1 for c in (0, 1)):
        assert (parts[resident] == 1).all()


def test_weights_must_be_said() -> None:
    plan = striped(FABRIC, 4)
    with pytest.raises(InputError, match="no weight"):
        merge_systems({"a": plan}, {"a": 0})
    with pytest.raises(InputError, match="no systems"):
        merge_systems({}, {})


def test_plans_on_other_cells_meet_in_the_cells_both_know() -> None:
    plan = striped(FABRIC, 4)
    table = crosswalk(replace(plan, name="x"), plan)
    assert (table["grid_a"] == table["grid_b"]).all()
