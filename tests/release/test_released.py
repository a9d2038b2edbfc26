import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridmap.errors import InputError, PermissionDenied
from gridmap.release import PERSONAL, SUPPRESSED_SIGN, Released, release, release_balance


def balance(**columns) -> pd.DataFrame:
    table = {
        "grid": ["g1", "g2", "g3", "park"],
        "code": ["A001", "A002", "A003", "A901"],
        "name": ["一", "二", "三", "公园"],
        "kind": ["resident"] * 3 + ["special"],
        "community": ["A"] * 4,
        "households": [5, 400, 450, 0],
        "unknown_buildings": [0, 1, 0, 0],
        "residents": [12.0, 1000.0, 1100.0, 0.0],
        "elders_60": [4.0, 200.0, 180.0, 0.0],
        "elders_80": [np.nan, 20.0, 18.0, 0.0],
        "children": [15.0, 100.0, np.nan, 0.0],
        "compounds": [0, 3, 4, 0],
        "buildings": [1, 20, 25, 0],
        "area_m2": [1e4, 2e4, 2e4, 5e4],
        "polsby_popper": [0.5] * 4,
        "status": ["under", "in_range", "in_range", "special"],
        "distance": [295, 0, 0, 0],
    }
    return pd.DataFrame(table | columns)


def test_small_figures_are_held_back_with_what_would_reveal_them() -> None:
    released = release_balance(balance(), k=10, basis="dwelling", as_of="2020-11-01")
    assert released.shown("elders_60") == [SUPPRESSED_SIGN, "200", SUPPRESSED_SIGN, "0"]
    table = released.table
    assert table["elders_60"].tolist() == [pd.NA, 200, pd.NA, 0]
    assert table["elders_60_suppressed"].tolist() == [True, False, True, False]
    assert released.totals["elders_60"].tolist() == [384]
    assert released.overall["elders_60"] == 384
    assert (released.k, released.basis, released.as_of, released.public) == (10, "dwelling", "2020-11-01", False)
    assert released.notes[0] == "2 figures below 10, or that would reveal one, are held back (＊)."


def test_unknown_is_told_from_held_back() -> None:
    released = release_balance(balance(), k=10)
    assert released.shown("elders_80") == ["?", "20", "18", "0"]
    assert not released.table["elders_80_suppressed"].any()
    assert released.shown("children") == ["15", "100", "?", "0"]


def test_a_planner_sees_households_and_residents() -> None:
    table = release_balance(balance(), k=10).table
    assert table["households"].tolist() == [5, 400, 450, 0]
    assert table["residents"].tolist() == [12, 1000, 1100, 0]
    assert table["distance"].tolist() == [295, 0, 0, 0]


def test_the_public_does_not_see_small_households_nor_what_tells_them() -> None:
    released = release_balance(balance(), k=10, public=True)
    table = released.table
    assert released.shown("households") == [SUPPRESSED_SIGN, SUPPRESSED_SIGN, "450", "0"]
    assert released.shown("residents") == ["12", "1,000", "1,100", "0"]
    assert table["distance"].tolist() == [None, None, 0, 0]
    assert table["status"].tolist() == [None, None, "in_range", "special"]
    assert released.public


def test_a_zero_is_open_only_where_what_tells_it_is_shown() -> None:
    # Nobody lives in g1: a planner reads that from its residents, the public must not from its elders.
    empty = balance(residents=[0.0, 1000.0, 1100.0, 0.0], elders_60=[0.0, 200.0, 180.0, 0.0])
    assert release_balance(empty, k=10).shown("elders_60") == ["0", "200", "180", "0"]
    assert release_balance(empty, k=10, public=True).shown("elders_60")[0] == SUPPRESSED_SIGN


def test_columns_that_nobody_vouches_for_stay_inside() -> None:
    table = balance(elder_share=[0.3] * 4, leaders=["x"] * 4)
    assert set(balance().columns) <= set(release_balance(table, k=10).table.columns)
    assert not {"elder_share", "leaders"} & set(release_balance(table, k=10).table.columns)
    assert "leaders" in release(table, k=10, group="community", also=["leaders"]).table
    # `also` cannot let a figure about people pass.
    named = release(table, k=10, group="community", also=["elders_60"])
    assert named.shown("elders_60")[0] == SUPPRESSED_SIGN


def test_rows_without_a_group_make_their_own() -> None:
    table = balance(community=["A", None, "A", np.nan])
    assert release_balance(table, k=10).totals["community"].tolist() == ["", "A"]


def test_unknowns_are_counted_in_the_totals() -> None:
    totals = release_balance(balance(residents_unknown=[1, 2, 0, 0]), k=10).totals
    assert totals["unknown_buildings"].tolist() == [1]
    assert totals["residents_unknown"].tolist() == [3]


def test_nobody_else_makes_a_release() -> None:
    released = release_balance(balance(), k=10)
    with pytest.raises(PermissionDenied):
        Released(balance(), balance(), {}, "community", ("elders_60",), 10, "", "", False)
    with pytest.raises(PermissionDenied):
        dataclasses.replace(released, k=2)
    with pytest.raises(dataclasses.FrozenInstanceError):
        released.k = 2
    with pytest.raises(TypeError):
        released.overall["elders_60"] = 1


def test_what_was_released_does_not_change() -> None:
    table = balance()
    released = release_balance(table, k=10)
    table["elders_60"] = 1.0
    copy = released.table
    copy["elders_60"] = 2
    assert released.table["elders_60"].tolist() == [pd.NA, 200, pd.NA, 0]


@pytest.mark.parametrize(
    ("table", "options", "code"),
    [
        (balance(), {"k": 1}, "k-too-small"),
        (balance().drop(columns="community"), {"k": 10}, "column-missing"),
        (balance(elders_60=[-1.0, 1.0, 1.0, 1.0]), {"k": 10}, "figure-impossible"),
        (balance(elders_60=[np.inf, 1.0, 1.0, 1.0]), {"k": 10}, "figure-impossible"),
        (balance(elders_60=["many", "1", "1", "1"]), {"k": 10}, "figure-impossible"),
    ],
)
def test_bad_input_is_one_clear_error(table, options, code) -> None:
    with pytest.raises(InputError) as caught:
        release_balance(table, **options)
    assert caught.value.code == code
    assert caught.value.hint


def test_only_released_figures_are_shown() -> None:
    with pytest.raises(InputError, match="area_m2 is not among"):
        release_balance(balance(), k=10).shown("area_m2")


def test_an_empty_table_and_one_without_figures() -> None:
    assert release_balance(balance().iloc[:0], k=10).table.empty
    released = release_balance(balance().drop(columns=list(PERSONAL)), k=10)
    assert released.columns == ("households", "residents")
    assert released.notes == ()


people = st.lists(
    st.tuples(st.sampled_from("AB"), *[st.none() | st.integers(0, 40)] * 3, st.integers(0, 3)), min_size=1, max_size=10
)


@given(people, st.integers(2, 12), st.booleans())
def test_no_release_shows_a_small_figure_and_every_subtraction_stands_on_k(rows, k, public) -> None:
    table = pd.DataFrame(rows, columns=["community", "elders_60", "households", "children", "buildings"])
    table["grid"] = [str(n) for n in range(len(table))]
    original = table.copy()
    released = release_balance(table, k=k, public=public)
    pd.testing.assert_frame_equal(table, original)
    for column in ("elders_60", "children", *(["households"] if public else [])):
        truth = original[column].to_numpy(float, na_value=np.nan)
        shown = released.table[column].to_numpy(float, na_value=np.nan)
        held = released.table[f"{column}_suppressed"].to_numpy()
        assert np.array_equal(shown[~held], truth[~held], equal_nan=True)
        assert np.isnan(shown[held]).all()
        visible = shown[~np.isnan(shown) & (original["buildings"] > 0).to_numpy()]
        assert (visible >= k).all()
        for _, total in released.totals.iterrows():
            members = (original["community"] == total["community"]).to_numpy()
            if pd.isna(total[column]):
                continue
            rest = total[column] - np.nansum(shown[members])
            count = int((held & members).sum())
            assert (count == 0 and rest == 0) or (count >= 2 and rest >= k)
