"""A coverage on paper says the released figures and marks who is left out, where they live."""

from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.collections import PathCollection

from gridmap import facilities
from gridmap.errors import InputError
from gridmap.maps import coverage_plot
from gridmap.release import coverage_figures


@pytest.fixture(scope="module")
def covered(town: Any) -> tuple[Any, Any, Any]:
    found = facilities.coverage(facilities.ground(town.city), "canteen", metres=180)
    spots = facilities.hot_spots(found, top=3)
    return found, coverage_figures(found, spots), spots


def texts(figure: Any) -> str:
    return "\n".join(text.get_text() for text in figure.findobj(mpl.text.Text))


def test_it_says_what_the_release_says(covered: Any) -> None:
    found, figures, spots = covered
    figure = coverage_plot(found, figures, spots)
    said = texts(figure)
    assert f"{found.totals['households_covered']:,} / {found.totals['households']:,} 户" in said
    for part in ("虚构示例", "北", "未核实", "米以内", "住宅套数", "未覆盖集中片区", "社区食堂"):
        assert part in said
    assert {str(spot.rank) for spot in spots} <= set(said.split("\n"))


def test_a_dot_stands_for_each_building_left_out(covered: Any) -> None:
    found, figures, spots = covered
    axes = coverage_plot(found, figures, spots).axes[0]
    dots = max(
        (one for one in axes.collections if isinstance(one, PathCollection)), key=lambda one: len(one.get_offsets())
    )
    out = np.flatnonzero(found.dist_m > 180)
    wanted = np.column_stack([found.ground.buildings.x[out], found.ground.buildings.y[out]])
    assert np.array_equal(np.sort(np.asarray(dots.get_offsets()), axis=0), np.sort(wanted, axis=0))
    households = found.ground.households[figures.row]
    sizes = dots.get_sizes()
    order = np.argsort(households, kind="stable")
    assert (np.diff(sizes[order]) >= 0).all()
    assert sizes[order[-1]] > sizes[order[0]]


def test_without_a_facility_there_is_no_reach_but_a_picture(town: Any) -> None:
    found = facilities.coverage(facilities.ground(town.city), "canteen", metres=180, statuses=("planned",))
    figure = coverage_plot(found, coverage_figures(found, ()), ())
    assert "\n0 / " in "\n" + texts(figure).replace("：", "\n")


def test_what_is_not_released_is_refused(covered: Any) -> None:
    found, _, spots = covered
    with pytest.raises(InputError, match="released"):
        coverage_plot(found, found.table("city"), spots)  # type: ignore[arg-type]  # that is the point
