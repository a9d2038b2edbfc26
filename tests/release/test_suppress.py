from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from gridmap.release import suppress

K = 10
# Around k and at zero is where it is decided.
counts = st.integers(0, 25) | st.just(0) | st.integers(0, 400)
cells = st.lists(
    st.tuples(st.none() | counts, st.integers(0, 3), st.booleans()),
    max_size=12,
)


def decided(rows, *, groups=4):
    values = np.array([np.nan if value is None else value for value, _, _ in rows], float)
    group = np.array([g for _, g, _ in rows], np.intp)
    zero = np.array([bool(flag) and value == 0 for value, _, flag in rows], bool)
    return values, group, zero, suppress(values, group, groups=groups, k=K, open_zero=zero)


def published(values, group, done):
    """What a reader of the release knows: equations over all known cells, one a shown figure."""
    known = ~np.isnan(values)
    equations = [(np.eye(len(values))[cell], values[cell]) for cell in np.flatnonzero(known & ~done.cells)]
    equations += [
        (((group == g) & known).astype(float), done.group_total[g])
        for g in range(len(done.groups))
        if not done.groups[g] and not np.isnan(done.group_total[g])
    ]
    if not done.all and known.any():
        equations.append((known.astype(float), done.total))
    return equations


def span(target, equations, size):
    """Return the least and the most that a sum of cells can be under the equations, by linear programming."""
    if not equations:
        return 0.0, np.inf
    left, right = (np.array(side) for side in zip(*equations, strict=True))
    ends = []
    for sign in (1, -1):
        result = linprog(sign * target, A_eq=left, b_eq=right, bounds=[(0, None)] * size, method="highs")
        if result.status == 3:
            ends.append(np.inf)
        else:
            assert result.status == 0
            ends.append(sign * result.fun)
    return ends[0], ends[1]


@given(cells)
def test_nothing_held_back_can_be_computed(rows) -> None:
    values, group, _, done = decided(rows)
    equations = published(values, group, done)
    targets = [np.eye(len(values))[cell] for cell in np.flatnonzero(done.cells)]
    targets += [((group == g) & ~np.isnan(values)).astype(float) for g in np.flatnonzero(done.groups)]
    if done.all:
        targets.append((~np.isnan(values)).astype(float))
    for target in targets:
        least, most = span(target, equations, len(values))
        assert least == pytest.approx(0, abs=1e-6)
        assert most >= K - 1e-6


@given(cells)
def test_all_below_k_is_held_back_and_nothing_without_need(rows) -> None:
    values, group, zero, done = decided(rows)
    known = ~np.isnan(values)
    small = known & (values < K) & ~zero
    assert done.cells[small].all()
    assert not done.cells[~known].any()
    assert not done.cells[zero].any()
    if not small.any():
        assert not done.cells.any()
        assert not done.groups.any()
        assert not done.all
    for g in range(4):
        members = (group == g) & known & ~zero
        total = values[(group == g) & known].sum()
        if members.any() and total < K:
            assert done.groups[g]
        if not (small & members).any() and not done.groups[g]:
            assert not done.cells[members].any()


@given(cells)
def test_totals_are_those_of_the_known_cells(rows) -> None:
    values, group, _, done = decided(rows)
    for g in range(4):
        members = values[group == g]
        expected = np.nansum(members) if (~np.isnan(members)).any() else np.nan
        assert np.array_equal(done.group_total[g], expected, equal_nan=True)


def held(values, group, **options):
    rows = [(value, g, False) for value, g in zip(values, group, strict=True)]
    done = decided(rows, **options)[3]
    return done.cells.tolist(), done.groups.tolist(), done.all


def test_one_small_cell_takes_the_smallest_other_with_it() -> None:
    assert held([3, 50, 20], [0, 0, 0], groups=1) == ([True, False, True], [False], False)


def test_two_small_cells_hide_each_other_unless_their_sum_is_small() -> None:
    assert held([6, 7, 50], [0, 0, 0], groups=1) == ([True, True, False], [False], False)
    assert held([0, 0, 50], [0, 0, 0], groups=1) == ([True, True, True], [False], False)
    assert held([2, 3, 50, 60], [0] * 4, groups=1) == ([True, True, True, False], [False], False)


def test_a_small_group_takes_another_group_with_it() -> None:
    cells, groups, all_held = held([3, 40, 50, 90, 90], [0, 1, 1, 2, 2], groups=3)
    assert cells == [True, True, True, False, False]
    assert groups == [True, True, False]
    assert not all_held


def test_a_single_group_below_k_takes_the_total() -> None:
    assert held([3, 4], [0, 0], groups=1) == ([True, True], [True], True)
    assert held([3], [0], groups=1) == ([True], [True], True)


def test_unknown_is_neither_held_back_nor_counted() -> None:
    assert held([3, None, 50], [0, 0, 0], groups=1) == ([True, False, True], [False], False)
    assert held([None], [0], groups=1) == ([False], [False], False)
    assert held([], [], groups=0) == ([], [], False)


def test_an_open_zero_never_hides_a_cell() -> None:
    done = decided([(0, 0, True), (3, 0, False), (40, 0, False)], groups=1)[3]
    assert done.cells.tolist() == [False, True, True]


def test_the_sizes_around_k_exhaustively() -> None:
    steps = (None, 0, 1, 9, 10, 11, 30)
    for values in product(steps, repeat=3):
        rows = [(value, g, False) for value, g in zip(values, (0, 0, 1), strict=True)]
        amounts, group, _, done = decided(rows, groups=2)
        equations = published(amounts, group, done)
        for cell in np.flatnonzero(done.cells):
            least, most = span(np.eye(3)[cell], equations, 3)
            assert most - least >= K - 1e-6, (values, done.cells)
