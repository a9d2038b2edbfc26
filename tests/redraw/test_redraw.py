"""Redrawing plans: what never changes, what is reported, and that nothing depends on order or workers."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gridmap.errors import InputError
from gridmap.plan import Fabric, Grid, Plan, lock
from gridmap.plan.layer import special_grids
from gridmap.plan.testing import chequered, striped
from gridmap.redraw import Redrawn, redraw

WINDOW = {"min_households": 300, "max_households": 500}


@pytest.fixture(scope="module")
def fabric() -> Fabric:
    return chequered(24, 20, communities=3, specials=2, unknown=0.1)


@pytest.fixture(scope="module")
def old(fabric: Fabric) -> Plan:
    return striped(fabric, 13)


def assert_sound(old: Plan, result: Redrawn) -> None:
    """Check with shapely what no redraw may break, and that the report says what the plan is."""
    new = result.plan
    fabric = new.fabric
    shapes = new.polygons()
    drawn = [at for at, grid in enumerate(new.grids) if grid.resident and not shapes[at].is_empty]
    for at in drawn:
        assert shapes[at].geom_type == "Polygon", f"grid {new.grids[at].id} is in pieces"
        cells = np.flatnonzero(new.grid_of == at)
        assert {fabric.community_codes[c] for c in fabric.community[cells]} == {new.grids[at].community}
    special = {one.code: one.polygon.wkb for one in fabric.specials}
    assert {new.grids[at].id: shapes[at].wkb for at, grid in enumerate(new.grids) if not grid.resident} == special
    sums = new.households[drawn]
    assert result.totals.grids == len(drawn)
    assert result.totals.in_range == np.count_nonzero((sums >= 300) & (sums <= 500))
    assert (result.totals.min, result.totals.max) == (sums.min(), sums.max())
    assert result.totals.contiguity_breaks == 0
    out = {new.grids[at].id for at in drawn if not 300 <= new.households[at] <= 500}
    assert {one.grid for one in result.totals.exceptions if one.grid} == out
    assert all(one.reason for one in result.totals.exceptions)
    assert new.households.sum() == fabric.households.sum()


def test_every_community_keeps_its_number_of_grids(old: Plan) -> None:
    result = redraw(old, **WINDOW, seed=1)
    assert_sound(old, result)
    assert [(one.grids, one.in_range) for one in result.communities] == [(13, 13)] * 3
    assert result.totals.compounds_split == 0
    assert result.totals.exceptions == ()


def test_without_keeping_the_number_it_follows_from_the_window(old: Plan) -> None:
    result = redraw(old, **WINDOW, seed=1, keep_count=False)
    middle = [round(one.households / 400) for one in result.communities]
    assert [one.grids for one in result.communities] == middle
    assert result.totals.in_range == result.totals.grids


def test_a_city_that_nobody_has_drawn(fabric: Fabric) -> None:
    for empty in (Plan.undivided(fabric), _no_plan(fabric)):
        result = redraw(empty, **WINDOW, seed=1)
        assert_sound(empty, result)
        assert result.totals.in_range == result.totals.grids > 30
        assert all(not grid.code for grid in result.plan.grids if grid.resident)


def _no_plan(fabric: Fabric) -> Plan:
    return Plan(fabric, fabric.special.copy(), special_grids(fabric))


def test_first_grids_are_numbered_from_west_to_east(fabric: Fabric) -> None:
    plan = redraw(_no_plan(fabric), **WINDOW, seed=1).plan
    drawn = [at for at, grid in enumerate(plan.grids) if grid.community == fabric.community_codes[0] and grid.resident]
    assert [plan.grids[at].id.rsplit("~", 1)[1] for at in drawn] == [str(n + 1) for n in range(len(drawn))]
    x = shapely.get_x(shapely.centroid(plan.polygons()[drawn]))
    assert x[0] < x[-1]


def test_other_communities_locked_and_special_grids_stay_exactly(old: Plan) -> None:
    kept = old.grids[4].id
    locked, _ = lock(old, kept)
    code = str(old.fabric.community_codes[0])
    result = redraw(locked, **WINDOW, communities=[code], seed=1)
    new = result.plan
    assert [one.code for one in result.communities] == [code]
    for grid in locked.grids:
        if grid.community != code or not grid.resident or grid.locked:
            assert new.grid(grid.id) == grid
            np.testing.assert_array_equal(new.cells_of(grid.id), locked.cells_of(grid.id))


def test_a_locked_grid_out_of_range_is_an_exception(old: Plan) -> None:
    wide = striped(old.fabric, 8)
    locked, _ = lock(wide, wide.grids[0].id)
    households = int(locked.households[0])
    assert households > 500
    result = redraw(locked, **WINDOW, seed=1)
    assert_sound(locked, result)
    reasons = {one.grid: one.reason for one in result.totals.exceptions}
    assert "locked" in reasons[wide.grids[0].id]


def test_grids_that_go_on_keep_their_codes(old: Plan) -> None:
    new = redraw(old, **WINDOW, seed=1).plan
    carried = [grid for grid in new.grids if grid.code and grid.resident]
    assert carried
    for grid in carried:
        was, now = old.cells_of(grid.id), new.cells_of(grid.id)
        stayed = old.fabric.households[np.intersect1d(was, now)].sum()
        assert 2 * stayed > old.fabric.households[was].sum()


def test_drawing_twice_changes_little(old: Plan) -> None:
    first = redraw(old, **WINDOW, seed=1)
    again = redraw(first.plan, **WINDOW, seed=2)
    assert again.totals.kept_households >= 0.9 * again.totals.households


def test_order_and_workers_do_not_matter(old: Plan) -> None:
    codes = [str(code) for code in old.fabric.community_codes]
    one = redraw(old, **WINDOW, seed=4)
    other = redraw(old, **WINDOW, seed=4, communities=codes[::-1])
    with ThreadPoolExecutor(2) as pool:
        threaded = redraw(old, **WINDOW, seed=4, executor=pool)
    assert one.plan == other.plan == threaded.plan
    alone = redraw(old, **WINDOW, seed=4, communities=codes[1:2]).plan
    at = old.fabric.community == 1
    ids = [[plan.grids[g].id for g in plan.grid_of[at]] for plan in (one.plan, alone)]
    assert ids[0] == ids[1]


def test_another_seed_gives_another_plan(old: Plan) -> None:
    assert redraw(old, **WINDOW, seed=1).plan != redraw(old, **WINDOW, seed=2).plan


def test_progress_is_told_per_community(old: Plan) -> None:
    told: list[tuple[str, int, int]] = []
    redraw(old, **WINDOW, progress=lambda code, done, total: told.append((code, done, total)))
    assert told == [(str(code), at + 1, 3) for at, code in enumerate(old.fabric.community_codes)]


def test_json_has_the_keys_that_later_tools_rely_on(old: Plan) -> None:
    keys = {
        "code", "grids", "in_range", "min", "max", "contiguity_breaks", "compounds_split", "polsby_popper",
        "households", "kept_households", "unknown_buildings", "exceptions", "seconds",
        "grids_lower", "grids_upper", "proven",
    }  # fmt: skip
    values = redraw(old, **WINDOW).to_dict()
    assert set(values) == {"communities", "totals", "interrupted"}
    assert all(set(one) == keys for one in (*values["communities"], values["totals"]))


def test_a_small_community_is_one_grid_and_an_exception() -> None:
    fabric = chequered(4, 2, households=(10, 20))
    result = redraw(Plan.undivided(fabric), **WINDOW)
    assert_sound(Plan.undivided(fabric), result)
    assert result.totals.grids == 1
    assert "fewer than 300" in result.totals.exceptions[0].reason


def test_a_community_without_known_households_gets_no_grid() -> None:
    fabric = chequered(4, 4, unknown=1.0)
    result = redraw(_no_plan(fabric), **WINDOW)
    assert result.totals.grids == 0
    assert [(one.grid, one.households) for one in result.totals.exceptions] == [(None, 0)]
    assert result.totals.unknown_buildings == 16


def test_a_building_above_the_range_is_named() -> None:
    fabric = chequered(8, 8, compound_cells=0)
    people = fabric.households.copy()
    people[27] = 539
    fabric = replace(fabric, households=people)
    result = redraw(Plan.undivided(fabric), **WINDOW)
    assert_sound(Plan.undivided(fabric), result)
    assert [one.households for one in result.totals.exceptions] == [539]
    assert "b0027" in result.totals.exceptions[0].reason


def test_an_island_is_an_exception_with_its_cause() -> None:
    fabric = chequered(12, 6)
    far = fabric.x > np.sort(fabric.x)[-12]
    apart = far[fabric.i] != far[fabric.j]
    fabric = replace(
        fabric, **{name: getattr(fabric, name)[~apart] for name in ("i", "j", "shared_m", "barrier_m", "street_m")}
    )
    result = redraw(Plan.undivided(fabric), **WINDOW)
    assert [one.households for one in result.totals.exceptions] == [int(fabric.households[far].sum())]
    assert "island" in result.totals.exceptions[0].reason


def test_a_part_cut_off_by_a_locked_grid_names_it() -> None:
    fabric = chequered(12, 3, compound_cells=0, households=(40, 40))
    columns = np.arange(len(fabric)) % 12
    grid_of = np.select([columns < 2, columns < 5], [0, 1], 2)
    code = str(fabric.community_codes[0])
    grids = tuple(Grid(f"{code}00{n}", "", "resident", code, locked=n == 2, code=f"{code}00{n}") for n in (1, 2, 3))
    result = redraw(Plan(fabric, grid_of, grids), **WINDOW)
    reasons = [one.reason for one in result.totals.exceptions if one.households == 240]
    assert reasons
    assert f"cut off by locked grid {code}002" in reasons[0]


@pytest.mark.parametrize("window", [(0, 500), (500, 300), (-1, -1)])
def test_an_impossible_window_is_refused(old: Plan, window: tuple[int, int]) -> None:
    with pytest.raises(InputError):
        redraw(old, min_households=window[0], max_households=window[1])


def test_an_unknown_community_is_refused(old: Plan) -> None:
    with pytest.raises(InputError, match="x-1"):
        redraw(old, **WINDOW, communities=["x-1"])


@given(
    nx=st.integers(1, 12), ny=st.integers(1, 8), side=st.integers(0, 3), top=st.integers(0, 700),
    unknown=st.floats(0, 1), grids=st.integers(1, 6), seed=st.integers(0, 99), low=st.integers(1, 400),
    wide=st.integers(0, 400),
)  # fmt: skip
def test_any_plan_is_redrawn_soundly(
    nx: int, ny: int, side: int, top: int, unknown: float, grids: int, seed: int, low: int, wide: int
) -> None:
    fabric = chequered(
        nx, ny, communities=1 + nx // 4, households=(0, top), compound_cells=side, unknown=unknown, seed=seed
    )
    old = striped(fabric, grids)
    result = redraw(old, min_households=low, max_households=low + wide, seed=seed)
    assert result.totals.contiguity_breaks == 0
    assert result.totals.households == fabric.households.sum()
    assert result.plan.households.sum() == fabric.households.sum()
    listed = sum(one.grid is not None for one in result.totals.exceptions)
    assert listed == result.totals.grids - result.totals.in_range
