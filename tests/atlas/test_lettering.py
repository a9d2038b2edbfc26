"""Text that fits, and labels that cover nothing."""

from itertools import combinations

import shapely
from hypothesis import given
from hypothesis import strategies as st

from gridmap.atlas.lettering import POINT_MM, Labels, box_of, fitting, width_em, wrapped


@given(st.text("汾阳市，。网格ab12（）", max_size=60), st.floats(15, 60))
def test_wrapped_text_is_whole_and_fits(text, width):
    lines = wrapped(text, 10, width)
    assert "".join(lines) == text
    assert all(width_em(line) * 10 * POINT_MM <= width + 1e-9 for line in lines)


def test_text_that_is_cut_says_so():
    lines = wrapped("网格" * 40, 10, 40, most=2)
    assert len(lines) == 2
    assert lines[-1].endswith("…")
    assert width_em(lines[-1]) * 10 * POINT_MM <= 40


def test_type_shrinks_to_its_room():
    assert fitting("网格", 10, 100) == 10
    size = fitting("冯家庄社区第三网格", 72, 100)
    assert abs(width_em("冯家庄社区第三网格") * size * POINT_MM - 100) < 1e-6


_SPOT = st.tuples(st.floats(0, 100), st.floats(0, 80), st.floats(-90, 90), st.text("网格12", min_size=1, max_size=6))


@given(st.lists(_SPOT, max_size=40))
def test_labels_that_are_put_never_touch_and_stay_inside(spots):
    labels, taken = Labels((0, 0, 100, 80)), []
    for x, y, angle, text in spots:
        if labels.put(text, x, y, 9, angle=angle, pad=0.6):
            wide, tall = width_em(text) * 9 * POINT_MM, 9 * POINT_MM
            turned = shapely.affinity.rotate(
                shapely.box(x - wide / 2, y - tall / 2, x + wide / 2, y + tall / 2), -angle
            )
            assert shapely.box(0, 0, 100, 80).contains(turned)
            taken.append(turned)
    assert not any(one.intersects(other) for one, other in combinations(taken, 2))


def test_a_label_has_room_where_nothing_is():
    labels = Labels((0, 0, 100, 80))
    assert labels.put("网格", 50, 40, 9)
    assert not labels.put("网格", 52, 40, 9)
    assert labels.put("网格", 52, 50, 9)
    labels.block(box_of(20, 20, 10, 10))
    assert not labels.put("网格", 20, 24, 9)
