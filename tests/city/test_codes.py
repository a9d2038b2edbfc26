import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridmap.city import code_fault, code_text, grid_code, next_free, parse_grid_code, spatial_order
from gridmap.errors import InputError, LimitError
from gridmap.rules import profile

CN, OPAQUE = profile("cn"), profile("opaque")
coordinates = st.floats(-1e7, 1e7, allow_nan=False)


@given(st.integers(0, 10**15 - 1))
def test_a_code_survives_being_a_float(number) -> None:
    assert code_text(float(number)) == code_text(number) == str(number)


@given(st.integers(10**11, 10**12 - 1))
def test_a_code_survives_full_spreadsheet_notation_and_is_refused_when_cut(number) -> None:
    assert code_text(f"{number:.11E}") == str(number)
    cut = f"{number:.5E}"
    with pytest.raises(InputError) as caught:
        code_text(cut)
    assert caught.value.code == "code-digits-lost"


def test_codes_of_all_kinds() -> None:
    assert [code_text(value) for value in (None, np.nan, pd.NA, pd.NaT, "", "  ")] == [None] * 6
    assert code_text("010") == "010"
    assert code_text(np.int64(5)) == code_text(np.float32(5)) == "5"
    assert code_text(1.5) == "1.5"
    assert code_text("1E5") == "1E5"
    with pytest.raises(InputError):
        code_text(2.0**53)
    with pytest.raises(InputError):
        code_text(float("inf"))


@pytest.mark.parametrize(
    ("level", "code", "says"),
    [
        ("subdistrict", "141182001", None),
        ("subdistrict", "14118200", "has 8 digits where 9 are due"),
        ("subdistrict", "141182000", "has only zeros in its digits 7 to 9"),
        ("community", "141182001001", None),
        ("community", "141182001000", "has only zeros in its digits 10 to 12"),
        ("community", "14118200100A", "is not made of digits only"),
        ("community", "１４１１８２００１００１", "is not made of digits only"),
        ("grid", "141182001001001", None),
        ("grid", "141182001001000", "has only zeros in its digits 13 to 15"),
    ],
)
def test_code_fault(level, code, says) -> None:
    assert code_fault(level, code, CN) == says
    assert code_fault(level, code, OPAQUE) is None


@given(st.from_regex(r"[1-9][0-9]{11}|[A-Z0-9-]{1,9}", fullmatch=True), st.integers(1, 999))
def test_a_grid_code_is_taken_apart_again(community, sequence) -> None:
    for rules in (CN, OPAQUE):
        assert parse_grid_code(grid_code(community, sequence, rules), rules) == (community, sequence)


@pytest.mark.parametrize("code", ["", "-", "A-", "-001", "A-000", "A-x", "14118200100100", "141182001001000", "A-１"])
def test_what_is_no_grid_code(code) -> None:
    assert parse_grid_code(code, CN) is None


def test_grid_numbers_have_limits() -> None:
    with pytest.raises(InputError, match="below 1"):
        grid_code("A", 0, OPAQUE)
    with pytest.raises(LimitError, match="more than 3 digits"):
        grid_code("141182001001", 1000, CN)
    assert grid_code("A", 1000, OPAQUE) == "A-1000"


@given(st.sets(st.integers(1, 30)), st.sets(st.integers(1, 30)), st.integers(1, 2))
def test_next_free_was_never_used(used, retired, digits) -> None:
    used, retired = {n for n in used if n < 10**digits}, {n for n in retired if n < 10**digits}
    if len(used | retired) == 10**digits - 1:
        with pytest.raises(LimitError):
            next_free(used, retired, digits=digits)
    else:
        number = next_free(used, retired, digits=digits)
        assert number not in used | retired
        assert 1 <= number < 10**digits


def test_next_free_leaves_gaps_until_the_numbers_run_out() -> None:
    assert next_free([]) == 1
    assert next_free([1, 4]) == 5
    assert next_free([1, 4], [9]) == 10
    assert next_free([1, 3, 9], [2], digits=1) == 4


@given(st.integers(1, 6), st.integers(1, 6), st.randoms(use_true_random=False))
def test_a_shaken_lattice_is_read_like_a_page(rows, columns, random) -> None:
    # Steps of 100 m, each point off by less than a third of it.
    points = [
        (column * 100 + random.uniform(-15, 15), (rows - row) * 100 + random.uniform(-15, 15))
        for row in range(rows)
        for column in range(columns)
    ]
    shuffled = list(range(len(points)))
    random.shuffle(shuffled)
    x, y = zip(*(points[k] for k in shuffled), strict=True)
    order = [shuffled[k] for k in spatial_order(x, y)]
    assert order == list(range(len(points)))


@given(st.lists(st.tuples(coordinates, coordinates), max_size=30))
def test_spatial_order_is_a_permutation_whatever_the_points(points) -> None:
    x, y = ([p[k] for p in points] for k in (0, 1))
    assert sorted(spatial_order(x, y)) == list(range(len(points)))


def test_spatial_order_of_strips_and_single_points() -> None:
    assert spatial_order([3, 1, 2], [0, 0, 0]).tolist() == [1, 2, 0]
    assert spatial_order([0, 0, 0], [1, 3, 2]).tolist() == [1, 2, 0]
    assert spatial_order([5], [5]).tolist() == [0]
    assert spatial_order([5, 5], [5, 5]).tolist() == [0, 1]
    with pytest.raises(InputError):
        spatial_order([1, np.nan], [1, 2])
    with pytest.raises(InputError):
        spatial_order([1], [1, 2])


def test_spatial_order_does_not_depend_on_the_order_of_the_input() -> None:
    rng = np.random.default_rng(1)
    x, y = rng.uniform(0, 1000, 40), rng.uniform(0, 700, 40)
    turn = rng.permutation(40)
    assert (turn[spatial_order(x[turn], y[turn])] == spatial_order(x, y)).all()
