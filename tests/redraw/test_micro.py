"""Micro grids: connected, within their grid, numbered, and each one out of range with a reason."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gridmap.errors import InputError, LimitError
from gridmap.plan import Plan, lock
from gridmap.plan.testing import chequered, striped
from gridmap.redraw.micro import MicroGrids, micro_grids

WINDOW = {"min_households": 50, "max_households": 80}


@pytest.fixture(scope="module")
def drawn() -> Plan:
    return striped(chequered(12, 16, communities=2, specials=1, unknown=0.05, households=(5, 35), seed=1), 4)


def assert_sound(plan: Plan, made: MicroGrids, window: tuple[int, int]) -> None:
    fabric, low, high = plan.fabric, *window
    inside = made.micro_of >= 0
    sums = np.bincount(made.micro_of[inside], fabric.households[inside], len(made))
    assert sums.tolist() == [one.households for one in made.micro_grids]
    for index, (one, shape) in enumerate(zip(made.micro_grids, made.polygons(), strict=True)):
        cells = np.flatnonzero(made.micro_of == index)
        assert {plan.grids[at].id for at in plan.grid_of[cells]} == {one.grid}
        assert shape.geom_type == "Polygon" or plan.parts[plan.position(one.grid)] > 1
        assert (one.reason == "") == (low <= one.households <= high)
    assert len({one.code for one in made.micro_grids}) == len(made)


def test_every_grid_is_tiled_by_its_micro_grids(drawn: Plan) -> None:
    made = micro_grids(drawn, **WINDOW)
    assert_sound(drawn, made, (50, 80))
    shapes = made.polygons()
    for at, grid in enumerate(drawn.grids):
        mine = [index for index, one in enumerate(made.micro_grids) if one.grid == grid.id]
        assert bool(mine) == grid.resident
        if mine:
            assert shapely.union_all(shapes[mine]).equals(drawn.polygons()[at])
            assert shapely.area(shapes[mine]).sum() == pytest.approx(drawn.polygons()[at].area)
    assert made.in_range / len(made) > 0.9
    assert made.to_dict()["totals"]["in_range"] == made.in_range == (made.table["status"] == "in_range").sum()


def test_codes_are_those_of_the_grid_with_a_sequence(drawn: Plan) -> None:
    grid = drawn.grids[1]
    made = micro_grids(drawn, [grid.id], **WINDOW)
    assert [one.code for one in made.micro_grids] == [f"{grid.id}{n + 1:02d}" for n in range(len(made))]
    assert set(np.unique(drawn.grid_of[made.micro_of >= 0])) == {1}
    middle = shapely.centroid(made.polygons())
    assert shapely.get_y(middle[0]) >= shapely.get_y(middle[-1]) - 1e-6
    draft = Plan.undivided(drawn.fabric)
    assert micro_grids(draft, [draft.grids[0].id], **WINDOW).micro_grids[0].code.startswith(f"{draft.grids[0].id}-01")


def test_compounds_are_whole_and_locked_grids_are_divided_too(drawn: Plan) -> None:
    held, _ = lock(drawn, drawn.grids[0].id)
    made = micro_grids(held, [held.grids[0].id], **WINDOW)
    assert made.micro_of.tolist() == micro_grids(drawn, [drawn.grids[0].id], **WINDOW).micro_of.tolist()
    fabric = drawn.fabric
    for compound in range(len(fabric.compound_ids)):
        cells = (fabric.compound == compound) & (made.micro_of >= 0)
        whole = fabric.households[(fabric.compound == compound) & (fabric.special < 0)].sum()
        if whole <= 80 and (fabric.compound[made.micro_of >= 0] == compound).any():
            assert len(np.unique(made.micro_of[cells])) == 1


def test_a_large_building_is_a_micro_grid_with_its_reason() -> None:
    plan = striped(chequered(4, 2, compound_cells=0, households=(90, 90)), 1)
    made = micro_grids(plan, **WINDOW)
    assert made.in_range == 0
    assert "larger than 80" in made.micro_grids[0].reason


def test_grids_without_known_households_have_none() -> None:
    plan = striped(chequered(4, 2, unknown=1.0), 1)
    made = micro_grids(plan, **WINDOW)
    assert (len(made), made.without) == (0, (plan.grids[0].id,))
    assert made.frame().empty


@given(
    seed=st.integers(0, 30), nx=st.integers(1, 7), ny=st.integers(1, 6), low=st.integers(1, 60), wide=st.integers(0, 60)
)
def test_any_grid_can_be_divided(seed: int, nx: int, ny: int, low: int, wide: int) -> None:
    plan = striped(chequered(nx, ny, unknown=0.1, households=(0, 40), seed=seed), 2)
    made = micro_grids(plan, min_households=low, max_households=low + wide, digits=3, seed=seed)
    assert_sound(plan, made, (low, low + wide))
    again = micro_grids(plan, min_households=low, max_households=low + wide, digits=3, seed=seed)
    assert again.micro_of.tolist() == made.micro_of.tolist()


def test_what_cannot_be_divided_is_refused(drawn: Plan) -> None:
    special = next(grid.id for grid in drawn.grids if not grid.resident)
    for grids, code in (([special], "grid-special"), (["x"], "grid-unknown")):
        with pytest.raises(InputError) as caught:
            micro_grids(drawn, grids, **WINDOW)
        assert caught.value.code == code
    with pytest.raises(LimitError):
        micro_grids(drawn, min_households=1, max_households=40, digits=1)
