"""Local repair: it never breaks a hard rule nor worsens the range, and finds what one move would mend."""

from dataclasses import replace

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridmap.errors import InputError
from gridmap.plan import Plan, apply, assign, lock
from gridmap.plan.testing import chequered, striped
from gridmap.redraw import redraw
from gridmap.redraw.repair import Repaired, repair

WINDOW = {"min_households": 300, "max_households": 500}


@pytest.fixture(scope="module")
def drawn() -> Plan:
    """Return a plan in range, of two communities with compounds and special grids."""
    fabric = chequered(24, 16, communities=2, specials=2, unknown=0.05, seed=3)
    return redraw(striped(fabric, 14), **WINDOW, seed=1).plan


def out(plan: Plan) -> tuple[int, int, int]:
    """Return pieces too many, grids out of range and households by which they are, without what is to be tested."""
    graph = nx.Graph()
    graph.add_nodes_from(range(len(plan.fabric)))
    same = plan.grid_of[plan.fabric.i] == plan.grid_of[plan.fabric.j]
    graph.add_edges_from(zip(plan.fabric.i[same].tolist(), plan.fabric.j[same].tolist(), strict=True))
    pieces = nx.number_connected_components(graph) - len(np.unique(plan.grid_of))
    used = np.unique(plan.grid_of)
    sums = plan.households[[at for at in used if plan.grids[at].resident]]
    far = np.maximum(300 - sums, 0) + np.maximum(sums - 500, 0)
    # As the engine has it, a grid above the range counts as the grids it should have been.
    return pieces, int(np.where(sums > 500, sums // 300, far > 0).sum()), int(far.sum())


def brushed(plan: Plan, edge: int, size: int) -> tuple[Plan, list[str], list[str]]:
    """Paint buildings beside a boundary into the grid on its other side; return the plan, these and the grids."""
    fabric = plan.fabric
    resident = np.array([grid.resident for grid in plan.grids])
    apart = plan.grid_of[fabric.i] != plan.grid_of[fabric.j]
    edges = np.flatnonzero(apart & resident[plan.grid_of[fabric.i]] & resident[plan.grid_of[fabric.j]])
    chosen = edges[edge % len(edges)]
    cell, over = fabric.i[chosen], fabric.j[chosen]
    cells = plan.cells_of(plan.grids[plan.grid_of[cell]].id)
    away = np.hypot(fabric.x[cells] - fabric.x[cell], fabric.y[cells] - fabric.y[cell])
    painted = cells[np.argsort(away, kind="stable")[:size]]
    grids = [plan.grids[plan.grid_of[one]].id for one in (cell, over)]
    return assign(plan, painted, grids[1])[0], [str(one) for one in fabric.cell_ids[painted]], grids


@given(edge=st.integers(0, 10_000), size=st.integers(1, 20), locked=st.integers(-1, 27), hold=st.booleans())
def test_no_hard_rule_is_broken_and_the_range_is_never_worse(
    drawn: Plan, edge: int, size: int, locked: int, hold: bool
) -> None:
    edited, painted, grids = brushed(drawn, edge, size)
    if locked >= 0 and edited.grids[locked].resident and edited.grids[locked].id not in grids:
        edited, _ = lock(edited, edited.grids[locked].id)
    result = repair(edited, grids, **WINDOW, keep=painted if hold else ())
    new = result.plan
    assert out(new) <= out(edited)
    assert new.grids == edited.grids
    fixed = np.array([not grid.resident or grid.locked for grid in new.grids])
    assert np.array_equal(new.grid_of[fixed[edited.grid_of]], edited.grid_of[fixed[edited.grid_of]])
    assert not fixed[new.grid_of[new.grid_of != edited.grid_of]].any()
    if out(new)[:2] == out(edited)[:2]:
        assert new.compounds_split(500) <= edited.compounds_split(500)
    stayed = {one for one in painted if new.grid_of[new.fabric.cell_of[one]] == edited.grid_of[new.fabric.cell_of[one]]}
    if hold:
        assert set(painted) - stayed == set(result.given_up)
    check_report(edited, result)


def check_report(edited: Plan, result: Repaired) -> None:
    """Check that a report says what became of the plan, and that the edit leads from the one plan to the other."""
    new, fabric = result.plan, edited.fabric
    changed = np.flatnonzero(new.grid_of != edited.grid_of)
    assert result.households_moved == fabric.households[changed].sum()
    assert result.moved == tuple(fabric.cell_ids[changed])
    ids = {grid.id for grid in new.grids}
    assert set(result.grids) <= ids
    assert set(result.left) <= ids
    if result.edit is None:
        assert new == edited
    else:
        assert apply(edited, result.edit) == new
        assert apply(new, result.edit.inverse()) == edited


@given(edge=st.integers(0, 10_000), size=st.integers(1, 6))
def test_what_one_building_or_compound_can_mend_is_mended(drawn: Plan, edge: int, size: int) -> None:
    edited, _, grids = brushed(drawn, edge, size)
    fabric, wanted = edited.fabric, None
    for place in map(edited.position, grids):
        for cell in edited.cells_of(edited.grids[place].id):
            group = (
                fabric.compound == fabric.compound[cell]
                if fabric.compound[cell] >= 0
                else np.arange(len(fabric)) == cell
            )
            group &= (fabric.community == fabric.community[cell]) & (fabric.special < 0)
            for target in {int(edited.grid_of[other]) for other in around(edited, cell)} - {place}:
                tried = replace(edited, grid_of=np.where(group, target, edited.grid_of))
                if edited.grids[target].resident and out(tried) == (0, 0, 0) and not tried.compounds_split(500):
                    wanted = tried
    if wanted is not None:
        assert out(repair(edited, grids, **WINDOW).plan) == (0, 0, 0)


def around(plan: Plan, cell: int) -> list[int]:
    fabric = plan.fabric
    return [*fabric.j[fabric.i == cell].tolist(), *fabric.i[fabric.j == cell].tolist()]


def test_a_plan_in_range_is_left_alone(drawn: Plan) -> None:
    grid = next(grid.id for grid in drawn.grids if grid.resident)
    result = repair(drawn, [grid], **WINDOW)
    assert result.plan is drawn
    assert (result.moved, result.left, result.edit) == ((), (), None)


def test_a_grid_that_was_emptied_stays_empty(drawn: Plan) -> None:
    grids = [grid.id for grid in drawn.grids if grid.resident and grid.community == drawn.grids[0].community][:2]
    edited, _ = assign(drawn, drawn.cells_of(grids[0]), grids[1])
    assert not len(repair(edited, grids, **WINDOW).plan.cells_of(grids[0]))
    alone = repair(edited, grids[:1], **WINDOW)
    assert (alone.plan, alone.moved, alone.edit) == (edited, (), None)


def test_only_what_is_near_is_touched(drawn: Plan) -> None:
    edited, _, grids = brushed(drawn, 5, 6)
    new = repair(edited, grids, **WINDOW).plan
    code = edited.grid(grids[0]).community
    elsewhere = edited.fabric.community != edited.fabric.community_codes.tolist().index(code)
    assert np.array_equal(new.grid_of[elsewhere], edited.grid_of[elsewhere])


def test_the_same_is_repaired_in_the_same_way(drawn: Plan) -> None:
    edited, painted, grids = brushed(drawn, 17, 7)
    once, twice = (repair(edited, grids, **WINDOW, keep=painted) for _ in range(2))
    assert once.plan == twice.plan
    assert repair(edited, grids[::-1], **WINDOW, keep=painted).plan == once.plan


def test_grids_that_cannot_be_repaired_are_refused(drawn: Plan) -> None:
    resident = [grid.id for grid in drawn.grids if grid.resident]
    special = next(grid.id for grid in drawn.grids if not grid.resident)
    other = next(grid.id for grid in drawn.grids if grid.community != drawn.grids[0].community and grid.resident)
    held, _ = lock(drawn, resident[0])
    for plan, grids, code in (
        (drawn, [], "grid-unknown"),
        (drawn, ["nowhere"], "grid-unknown"),
        (drawn, [special], "grid-special"),
        (held, [resident[0]], "grid-locked"),
        (drawn, [resident[0], other], "other-community"),
    ):
        with pytest.raises(InputError) as caught:
            repair(plan, grids, **WINDOW)
        assert caught.value.code == code
    with pytest.raises(InputError, match="b9999x"):
        repair(drawn, resident[:1], **WINDOW, keep=["b9999x"])
