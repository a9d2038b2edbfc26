"""The frontier and the alternatives: figures that are those of the plans, none beaten by another, truly different."""

from dataclasses import replace
from itertools import combinations, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridmap.errors import InputError
from gridmap.plan import Plan, balance, diff, lock
from gridmap.plan.testing import chequered, striped
from gridmap.redraw import Effort, redraw
from gridmap.redraw.alternatives import Alternatives, alternatives, different
from gridmap.redraw.choices import AXES, Choices, combined
from gridmap.redraw.frontier import Frontier, frontier, least_change

WINDOW = {"min_households": 300, "max_households": 500}
QUICK = Effort(seeds=2, flips=60, merges=10, covers=5)


@pytest.fixture(scope="module")
def old() -> Plan:
    return striped(chequered(18, 16, communities=2, specials=1, unknown=0.05, seed=3), 9, name="old")


@pytest.fixture(scope="module")
def swept(old: Plan) -> Frontier:
    return frontier(old, **WINDOW, effort=QUICK, staying=(0.0, 0.5, 4.0))


@pytest.fixture(scope="module")
def offered(old: Plan) -> Alternatives:
    return alternatives(old, 3, **WINDOW, effort=QUICK, at_least=0.1)


def assert_told_truly(old: Plan, choices: Choices) -> None:
    """Check the figures of every choice with the balance and the difference of the plan room."""
    assert choices.table["choice"].tolist() == list(range(len(choices) + 1))
    for one in (choices.present, *choices):
        figures, totals = one.figures, balance(one.plan, window=(300, 500)).totals
        assert figures["grids"] == totals["grids"]
        assert figures["grids_in_range"] == totals["in_range"]
        assert figures["grids_out_of_range"] == totals["grids"] - totals["in_range"]
        assert figures["contiguity_breaks"] == totals["contiguity_breaks"]
        assert figures["compounds_split"] == totals["compounds_split"]
        assert figures["mean_polsby_popper"] == pytest.approx(totals["polsby_popper"])
        assert figures["households_moved"] == diff(old, one.plan).totals["households_moved"]
        loads = one.plan.households[[at for at, grid in enumerate(one.plan.grids) if grid.resident]]
        assert figures["workload_spread_pct"] == pytest.approx(100 * np.std(loads) / np.mean(loads))


def test_no_plan_of_the_frontier_beats_another(old: Plan, swept: Frontier) -> None:
    assert len(swept) > 2
    assert_told_truly(old, swept)
    for one, other in permutations((swept.present, *swept), 2):
        gain = [sign * (other.figures[name] - one.figures[name]) for name, sign in AXES.items()]
        assert max(gain) > 0 or one.number == 0, (one.number, other.number)


def test_the_frontier_reaches_from_least_change_to_the_roundest_grids(old: Plan, swept: Frontier) -> None:
    moved = [one.figures["households_moved"] for one in swept]
    assert moved == sorted(moved)
    usual = redraw(old, **WINDOW, effort=QUICK).plan
    most = max(one.figures["grids_in_range"] for one in swept)
    assert most >= balance(usual, window=(300, 500)).totals["in_range"]
    assert moved[0] < diff(old, usual).totals["households_moved"]
    assert swept.choices[-1].figures["mean_polsby_popper"] > swept.choices[0].figures["mean_polsby_popper"]


def test_the_frontier_is_the_same_again_and_over_fewer_communities(old: Plan, swept: Frontier) -> None:
    again = frontier(old, **WINDOW, effort=QUICK, staying=(0.0, 0.5, 4.0))
    assert [one.plan for one in again] == [one.plan for one in swept]
    code = str(old.fabric.community_codes[0])
    told: list[tuple[str, int, int]] = []
    part = frontier(
        old, **WINDOW, effort=QUICK, staying=(1.0,), communities=[code], progress=lambda *one: told.append(one)
    )
    assert told == [("1", 1, 1)]
    elsewhere = np.flatnonzero(old.fabric.community != 0)
    for one in part:
        ids = [[plan.grids[at].id for at in plan.grid_of[elsewhere]] for plan in (old, one.plan)]
        assert ids[0] == ids[1]
        assert one.figures["grids"] == sum(grid.resident and grid.community == code for grid in one.plan.grids)


def test_locked_grids_stay_in_every_choice(old: Plan) -> None:
    kept = old.grids[3].id
    held, _ = lock(old, kept)
    choices = [
        *frontier(held, **WINDOW, effort=QUICK, staying=(0.0,)),
        *alternatives(held, 2, **WINDOW, effort=QUICK, at_least=0.0),
    ]
    assert len(choices) > 2
    for one in choices:
        np.testing.assert_array_equal(one.plan.cells_of(kept), held.cells_of(kept))


def test_least_change_moves_less_and_leaves_grids_in_range_where_it_can(old: Plan) -> None:
    new = least_change(old, **WINDOW)
    before, after = (balance(plan, window=(300, 500)) for plan in (old, new))
    assert new.grids == old.grids
    assert after.table["distance"].sum() <= before.table["distance"].sum()
    assert after.totals["in_range"] > before.totals["in_range"]
    assert after.totals["contiguity_breaks"] == 0


def test_alternatives_differ_and_are_as_good(old: Plan, offered: Alternatives) -> None:
    assert len(offered) == 3
    assert_told_truly(old, offered)
    usual = balance(redraw(old, **WINDOW, effort=QUICK).plan, window=(300, 500)).totals["in_range"]
    assert all(one.figures["grids_out_of_range"] == 0 for one in offered)
    assert offered.choices[0].figures["grids_in_range"] == usual
    for one, other in combinations(range(3), 2):
        share = brute(offered.choices[one].plan, offered.choices[other].plan)
        assert offered.differing[one, other] == pytest.approx(share)
        assert share >= 0.1
    assert offered.distances.loc[1, 2] == pytest.approx(100 * offered.differing[0, 1])


def brute(one: Plan, other: Plan) -> float:
    """Count household pairs, cell pair by cell pair."""
    fabric = one.fabric
    open_cells = fabric.special < 0
    people = fabric.households[open_cells].astype(float)
    pairs = people[:, None] * people[None, :]
    same = [np.equal.outer(plan.grid_of[open_cells], plan.grid_of[open_cells]) for plan in (one, other)]
    return 1 - pairs[same[0] & same[1]].sum() / pairs[same[0] | same[1]].sum()


@given(first=st.integers(2, 12), second=st.integers(2, 12))
def test_the_difference_is_a_distance(first: int, second: int) -> None:
    fabric = chequered(6, 12, communities=2, seed=4)
    one, other = striped(fabric, first), striped(fabric, second)
    share = different(one, other, [0, 1])
    assert share == pytest.approx(brute(one, other))
    assert share == different(other, one, [0, 1])
    assert (share == 0) == (first == second)


def test_alternatives_that_are_too_alike_are_left_out(old: Plan) -> None:
    found = alternatives(old, 2, **WINDOW, effort=QUICK, at_least=1.0)
    assert (len(found), found.asked) == (1, 2)
    assert found.choices[0].plan.households.sum() == old.households.sum()


def test_communities_are_put_together_from_several_plans(old: Plan) -> None:
    one, other = (redraw(old, **WINDOW, effort=QUICK, seed=seed).plan for seed in (1, 2))
    both = combined(old, {0: one, 1: other})
    for row, source in enumerate((one, other)):
        cells = np.flatnonzero(old.fabric.community == row)
        names = [[plan.grids[at].id for at in plan.grid_of[cells]] for plan in (both, source)]
        assert names[0] == names[1]
    assert combined(old, {}).grids == old.grids


def test_choices_are_found_by_number_and_shown(swept: Frontier, offered: Alternatives) -> None:
    assert swept.choice(1) is swept.choices[0]
    for number in (0, 99):
        with pytest.raises(InputError, match=str(number)):
            swept.choice(number)
    for choices in (swept, offered):
        values = choices.to_dict()
        assert len(values["choices"]) == len(choices)
        assert values["present"]["choice"] == 0
        assert "<table" in choices._repr_html_()
    assert f"{len(swept)} plans" in repr(swept)
    assert "3 of 3" in repr(offered)


def test_what_cannot_be_asked_is_refused(old: Plan) -> None:
    for call, code in (
        (lambda: alternatives(old, 0, **WINDOW), "alternatives-count"),
        (lambda: frontier(old, **WINDOW, staying=()), "staying-none"),
        (lambda: frontier(old, **WINDOW, staying=(-1.0,)), "staying-none"),
        (lambda: frontier(old, **WINDOW, communities=["x"]), "community-unknown"),
    ):
        with pytest.raises(InputError) as caught:
            call()
        assert caught.value.code == code


def test_no_choice_crosses_further_barriers_and_all_stand_on_the_fabric_as_it_is() -> None:
    # No barrier runs here but the wall given, between the fourth and the fifth row from the south.
    fabric = chequered(8, 8, households=(60, 60))
    fabric = replace(fabric, barrier_m=np.zeros(len(fabric.i)))
    plan = striped(fabric, 8)
    levels = np.unique(fabric.y, return_inverse=True)[1]
    wall = np.where((levels[fabric.i] < 4) != (levels[fabric.j] < 4), fabric.shared_m, 0.0)
    found = frontier(plan, **WINDOW, effort=QUICK, staying=(0.0, 0.5, 4.0), barrier_m=wall)
    assert len(found)
    for choice in found:
        assert choice.plan.fabric is fabric
        sides = {(int(grid), bool(level < 4)) for grid, level in zip(choice.plan.grid_of, levels, strict=True)}
        assert len(sides) == len({grid for grid, _ in sides})
