import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridmap.city.columns import column
from gridmap.city.schema import LAYERS
from gridmap.errors import InputError

BUILDINGS = LAYERS["buildings"]


def brought(field: str, values, *, layer: str = "buildings") -> list:
    series = values if isinstance(values, pd.Series) else pd.Series(values, dtype=object)
    result = column(LAYERS[layer], LAYERS[layer].field(field), series, rows=len(series))
    return [None if pd.isna(value) else value for value in result]


@pytest.mark.parametrize(
    ("field", "values", "expected"),
    [
        ("name", ["a", " b ", "", None, np.nan, 3, 3.0, 3.5], ["a", "b", None, None, None, "3", "3", "3.5"]),
        ("name", ["1.0", "2.0"], ["1.0", "2.0"]),
        ("community", ["141182001001.0", "141182001002", None], ["141182001001", "141182001002", None]),
        ("community", ["2.0", "2.1"], ["2.0", "2.1"]),
        ("community", ["1.41182001001E+11"], ["141182001001"]),
        ("community", pd.Series([141182001001.0, np.nan]), ["141182001001", None]),
        ("community", pd.Series([141182001001, 7]), ["141182001001", "7"]),
        ("households", [1, 2.0, "3", " 4 ", "", None, np.nan], [1, 2, 3, 4, None, None, None]),
        ("households", pd.Series([0.0, np.nan, -5.0]), [0, None, -5]),
        ("households", pd.Series([1, None], dtype="Int64"), [1, None]),
        ("households_as_of", ["2020-11-01", "2020-11-01T00:00:00", "2020-11-01 08:00"], ["2020-11-01"] * 3),
        ("households_as_of", [dt.date(2020, 11, 1), dt.datetime(2020, 11, 1, 8), ""], ["2020-11-01"] * 2 + [None]),  # noqa: DTZ001
        ("households_as_of", pd.Series(pd.to_datetime(["2020-11-01", None])), ["2020-11-01", None]),
    ],
)
def test_values_are_brought_to_their_kind(field, values, expected) -> None:
    assert brought(field, values) == expected


def test_other_kinds() -> None:
    assert brought("gated", [True, 0, "是", "false", None, ""], layer="compounds") == [
        True,
        False,
        True,
        False,
        None,
        None,
    ]
    assert brought("area_m2", ["1.5", 2, None, ""], layer="facilities") == [1.5, 2.0, None, None]
    assert brought("area_m2", pd.Series([1, None], dtype="Int64"), layer="facilities") == [1.0, None]


@pytest.mark.parametrize(
    ("field", "values", "says"),
    [
        ("households", ["3", "约300"], "households in row 2: '约300' is not a whole number"),
        ("households", ["1,200"], "'1,200' is not a whole number"),
        ("households", [2.5], "2.5 is not a whole number"),
        ("households", pd.Series([1.0, 2.5]), "households in row 2: 2.5 is not a whole number"),
        ("households", pd.Series([np.inf]), "inf is not a whole number"),
        ("households_as_of", ["1.11.2020"], "is not a day written YYYY-MM-DD"),
        ("community", ["1.41182E+11"], "community in row 1: 1.41182E+11 is a code that was turned into a number"),
        ("community", pd.Series([1.41182001001e17]), "has lost digits"),
    ],
)
def test_what_is_not_of_the_kind_is_refused_by_row(field, values, says) -> None:
    with pytest.raises(InputError, match="buildings: ") as caught:
        brought(field, values)
    assert says in caught.value.message
    assert caught.value.hint


def test_more_refusals() -> None:
    with pytest.raises(InputError, match="true or false"):
        brought("gated", ["perhaps"], layer="compounds")
    with pytest.raises(InputError, match="inf is not a number"):
        brought("area_m2", [np.inf], layer="facilities")
    with pytest.raises(InputError, match="is not a number"):
        brought("area_m2", ["large"], layer="facilities")


def test_required_columns() -> None:
    with pytest.raises(InputError, match="no column id"):
        column(BUILDINGS, BUILDINGS.field("id"), None, rows=2)
    with pytest.raises(InputError, match="empty in 1 of 3 rows, first in row 2"):
        brought("id", ["a", " ", "c"])
    assert column(BUILDINGS, BUILDINGS.field("households"), None, rows=2).isna().all()


@given(st.lists(st.none() | st.integers(-(2**62), 2**62)))
def test_whole_numbers_survive_as_numbers_and_as_text(numbers) -> None:
    assert brought("households", pd.Series(numbers, dtype="Int64")) == numbers


@given(st.lists(st.none() | st.integers(-(2**52), 2**52)))
def test_written_whole_numbers_survive(numbers) -> None:
    assert brought("households", [None if n is None else str(n) for n in numbers]) == numbers
