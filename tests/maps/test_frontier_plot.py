"""The picture of the frontier shows each plan where its figures are."""

import numpy as np
import pandas as pd
import pytest

from gridmap.errors import InputError
from gridmap.maps import Picture, frontier_plot


def table(**changes):
    """Return the figures of a present plan and of three choices."""
    values = {
        "choice": [0, 1, 2, 3],
        "households_moved": [0, 100, 200, 400],
        "households_moved_pct": [0.0, 5.0, 10.0, 20.0],
        "mean_polsby_popper": [0.5, 0.52, 0.6, 0.66],
        "in_range_pct": [50.0, 100.0, 100.0, 100.0],
        "compounds_split": [3, 0, 0, 0],
    }
    return pd.DataFrame(values | changes)


def points(figure):
    """Return the points of the scatter, per kind."""
    return [np.asarray(one.get_offsets()) for one in figure.axes[0].collections]


def test_every_plan_is_a_point_by_its_figures():
    whole, partly, present = points(frontier_plot(table(in_range_pct=[50.0, 90.0, 100.0, 100.0])))
    assert whole.tolist() == [[10.0, 0.6], [20.0, 0.66]]
    assert partly.tolist() == [[5.0, 0.52]]
    assert present.tolist() == [[0.0, 0.5]]


def test_it_is_said_how_few_households_suffice():
    ax = frontier_plot(table()).axes[0]
    assert "100 户" in ax.get_title(loc="left")
    assert {text.get_text() for text in ax.texts} >= {"现行", "1", "3"}
    assert any("50%" in text.get_text() for text in ax.get_legend().get_texts())
    nothing = frontier_plot(table(in_range_pct=[50.0] * 4)).axes[0]
    assert nothing.get_title(loc="left") == "3 个可选方案"


def test_numbers_do_not_cover_each_other():
    near = table(households_moved_pct=[0.0, 10.0, 10.01, 20.0], mean_polsby_popper=[0.5, 0.6, 0.6, 0.66])
    texts = [text.get_text() for text in frontier_plot(near).axes[0].texts]
    assert texts.count("1") + texts.count("2") == 1


def test_it_draws_on_given_axes_and_refuses_other_tables():
    ax = Picture(3, 2).add_axes((0.1, 0.1, 0.8, 0.8))
    assert frontier_plot(table(), ax=ax, title="题") is ax.figure
    assert ax.get_title(loc="left") == "题"
    with pytest.raises(InputError, match="in_range_pct"):
        frontier_plot(table().drop(columns="in_range_pct"))
    lonely = frontier_plot(table().head(1)).axes[0]
    assert lonely.get_title(loc="left") == "0 个可选方案"
