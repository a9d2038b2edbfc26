"""Plots: complete, deterministic, in Chinese on any machine, and without a trace in matplotlib's global state."""

from io import BytesIO
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
import shapely
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont
from matplotlib.text import Text

from gridmap.errors import InputError
from gridmap.maps import Picture, compare_plot, histogram, plot
from gridmap.maps.draw import fill, scale_length


def texts(figure: Figure) -> str:
    return " ".join(one.get_text() for one in figure.findobj(Text) if isinstance(one, Text))


def png(figure: Figure) -> bytes:
    buffer = BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()


def test_a_plan_is_drawn_with_everything_a_map_must_say(town: Any) -> None:
    figure = plot(town.city, town.plans[1], town.released[1])
    said = texts(figure)
    for part in (
        "13 / 20 个居民网格在 300–500 户之间",
        "虚构示例",
        "住宅套数",
        "2025-06-30",
        "北",
        "200 m",
        "专属网格",
        "社区1",
    ):
        assert part in said
    assert png(figure)[:4] == b"\x89PNG"


def test_every_sign_has_a_glyph_and_global_state_is_untouched(town: Any) -> None:
    # A sign without a glyph is a warning, and warnings are errors here.
    before = dict(mpl.rcParams)
    figure = plot(town.city, town.plans[0], town.released[0])
    png(figure)
    assert dict(mpl.rcParams) == before
    family = figure.texts[0].get_fontfamily()
    assert "NotoSansSC" in findfont(mpl.font_manager.FontProperties(family=family))


def test_the_same_plan_gives_the_same_picture(town: Any) -> None:
    first, second = (png(plot(town.city, town.plans[1], town.released[1])) for _ in range(2))
    assert first == second


def test_two_plans_stand_side_by_side_at_one_scale(town: Any) -> None:
    figure = compare_plot(town.city, town.plans, town.released, title="比较")
    maps = [ax for ax in figure.axes if not ax.axison]
    assert maps[0].get_xlim() == maps[1].get_xlim()
    said = texts(figure)
    for part in ("调整前", "调整后", "0 / 8", "13 / 20", "比较"):
        assert part in said
    with pytest.raises(InputError, match="two plans"):
        compare_plot(town.city, town.plans[:1], town.released)


def test_axes_of_the_caller_are_used(town: Any) -> None:
    mine = Figure()
    ax = mine.add_subplot()
    assert plot(town.city, town.plans[0], town.released[0], ax=ax, title="我的图", names=False) is mine
    assert "我的图" in texts(mine)
    assert "社区1" not in texts(mine)


def test_no_name_covers_another(town: Any) -> None:
    figure = plot(town.city, town.plans[1], town.released[1])
    figure.canvas.draw()
    ax = figure.axes[0]
    boxes = [one.get_window_extent() for one in ax.texts if one.get_text() != "北"]
    assert len(boxes) > 8
    assert not any(a.overlaps(b) for row, a in enumerate(boxes) for b in boxes[row + 1 :])


def test_a_histogram_counts_each_resident_grid_once(town: Any) -> None:
    for released, plan in zip(town.released, town.plans, strict=True):
        figure = histogram(released)
        heights = [bar.get_height() for bar in figure.axes[0].patches]
        assert sum(heights) == sum(grid.resident for grid in plan.grids)


def test_a_dollar_sign_in_a_name_is_a_dollar_sign(make: Any) -> None:
    town = make(8, 6, communities=1, names={"communities": "$x^2$", "city": "$\\frac{1}{2}$"})
    figure = plot(town.city, town.plans[1], town.released[1], title="$\\alpha$")
    png(figure)
    assert all(not one.get_parse_math() for one in figure.findobj(Text) if "$" in one.get_text())


def test_holes_stay_open() -> None:
    ring = shapely.box(0, 0, 10, 10).difference(shapely.box(4, 4, 6, 6))
    for shape in (ring, ring.reverse()):
        picture = Picture(1, 1)
        ax = picture.add_axes((0, 0, 1, 1), xlim=(0, 10), ylim=(0, 10))
        ax.set_axis_off()
        fill(ax, np.array([shape], object), facecolor="black")
        picture.canvas.draw()
        pixels = np.asarray(picture.canvas.buffer_rgba())
        assert pixels[20, 20, 0] == 0
        assert pixels[100, 100, 0] == 255


@pytest.mark.parametrize(("width", "length"), [(5300, 1000), (900, 200), (80, 20), (250_000, 50_000)])
def test_scale_bars_are_round(width: float, length: float) -> None:
    assert scale_length(width) == length
