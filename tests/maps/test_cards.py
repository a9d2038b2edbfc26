"""Cards: escaped, without scripts, with the tokens' colours and the numbers that they are given."""

import numpy as np
import pandas as pd
import pytest

from gridmap.maps import cards
from gridmap.maps.look import colour


def test_text_is_inert():
    frame = pd.DataFrame({"name": ["<script>alert(1)</script>"], "n": [3]})
    html = cards.card("<b>&", cards.table(frame, {"name": "<i>", "n": "n"}), note="<img src=x>")
    assert "<script" not in html
    assert "<img" not in html
    assert "<i>" not in html
    assert "&lt;script&gt;" in html


def test_numbers_and_words_of_a_table():
    frame = pd.DataFrame(
        {"status": ["over", "under"], "households": pd.array([1234, None], "Int64"), "x": [0.5, np.nan]}
    )
    html = cards.table(frame, {"status": "状态", "households": "户数", "x": "x"}, rows=1)
    assert "▴ 偏大" in html
    assert "1,234" in html
    assert "另有 1 行" in html
    assert ">–<" in cards.table(frame.tail(1), {"households": "户数"})


@pytest.mark.parametrize(("part", "whole", "wide"), [(1, 4, 105.0), (5, 4, 420.0), (0, 4, 0.0)])
def test_a_bar_is_as_long_as_its_share(part, whole, wide):
    assert f'width="{wide:.1f}"' in cards.share_bar(part, whole, label="x")


def test_no_bar_without_figures():
    assert cards.share_bar(float("nan"), 4, label="x") == cards.share_bar(1, 0, label="x") == ""


def test_a_histogram_counts_every_resident_grid(town):
    html = cards.households_chart(town.released[0], (300, 500))
    counted = sum(int(part.split(" 个网格")[0]) for part in html.split("户：")[1:])
    table = town.released[0].table
    assert counted == int(((table["kind"] != "special") & table["households"].notna()).sum()) > 0
    assert colour("status", "in_range") in html


def test_points_mark_the_first_row_apart():
    html = cards.points_chart(pd.DataFrame({"a": [0.0, 1, 2], "b": [0.3, 0.4, np.nan]}), "a", "b", label="x")
    assert html.count("<rect") == 2
    assert html.count("rotate(45") == 1
