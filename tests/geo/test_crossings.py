"""The short way to faces gives what the overlay gives, or nothing."""

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from shapely import LineString, box

from gridmap.geo.blocks import polygonal_faces
from gridmap.geo.crossings import cut_straight

Objects = NDArray[np.object_]


def array(*items: Any) -> Objects:
    result = np.empty(len(items), dtype=object)
    result[:] = items
    return result


PAIR = array(box(0, 0, 10, 10), box(10, 0, 20, 10))


def test_ridges_end_where_they_leave_their_block() -> None:
    ridges = array(LineString([(-5, 4), (15, 4)]), LineString([(5, 6), (25, 6)]))
    faces = cut_straight(PAIR, ridges, np.array([0, 1]))
    assert faces is not None
    assert shapely.coverage_is_valid(faces)
    assert shapely.area(faces).tolist() == pytest.approx([40, 60, 60, 40])


def test_ridges_that_meet_inside_make_sectors() -> None:
    arms = array(*(LineString([(5, 5), end]) for end in [(-3, 4), (13, 3), (6, 14)]))
    faces = cut_straight(PAIR[:1], arms, np.array([0, 0, 0]))
    slow = polygonal_faces([*(arm.intersection(box(0, 0, 10, 10)) for arm in arms), PAIR[0].boundary])
    assert faces is not None
    assert shapely.area(faces).tolist() == pytest.approx(shapely.area(slow).tolist())


def test_a_ridge_far_outside_cuts_nothing() -> None:
    faces = cut_straight(PAIR, array(LineString([(50, 0), (60, 5)])), np.array([0]))
    assert faces is not None
    assert shapely.equals(faces, PAIR).all()


@pytest.mark.parametrize(
    "ridge",
    [
        LineString([(-5, -5), (15, 15)]),  # through a corner
        LineString([(-5, 10), (15, 10)]),  # along an edge
        LineString([(5, 0), (5, 15)]),  # from an edge
        LineString([(5, 2), (5, 15)]),  # a loose end inside
        LineString([(2, 2), (8, 8)]),  # two loose ends
    ],
)
def test_what_is_not_clear_is_left_to_the_overlay(ridge: LineString) -> None:
    assert cut_straight(PAIR, array(ridge), np.array([0])) is None


def test_what_does_not_hang_together_keeps_its_holes() -> None:
    ring = box(0, 0, 30, 30).difference(box(10, 10, 20, 20))
    island = box(40, 0, 50, 10)
    ridges = array(LineString([(5, -1), (5, 31)]), LineString([(39, 5), (51, 5)]))
    faces = cut_straight(array(ring, box(10, 10, 20, 20), island), ridges, np.array([0, 2]))
    assert faces is not None
    assert shapely.coverage_is_valid(faces)
    assert sorted(shapely.area(faces)) == pytest.approx([50, 50, 100, 150, 650])


def test_an_island_within_an_island_is_in_one_hole_only() -> None:
    nested = [box(k, k, 60 - k, 60 - k) for k in (0, 10, 20)]
    rings = array(nested[0].difference(nested[1]), nested[1].difference(nested[2]), nested[2])
    faces = cut_straight(rings, array(LineString([(30, 15), (30, 45)])), np.array([2]))
    assert faces is not None
    assert shapely.coverage_is_valid(faces)
    assert sorted(shapely.area(faces)) == pytest.approx([200, 200, 1200, 2000])


@given(st.lists(st.tuples(st.floats(1, 99), st.floats(1, 99)), min_size=1, max_size=12, unique=True))
def test_parallel_ridges_cut_like_the_overlay(spots: list[tuple[float, float]]) -> None:
    block = shapely.Polygon([(0, 0), (103, -7), (90, 50), (110, 108), (40, 95), (-9, 104), (12, 60)])
    ridges = array(*(LineString([(-20, y), (120, y + 0.1)]) for y in sorted({round(y, 2) for _, y in spots})))
    faces = cut_straight(array(block), ridges, np.zeros(len(ridges), dtype=np.intp))
    slow = polygonal_faces([*shapely.get_parts(shapely.intersection(ridges, block.buffer(1e-4))), block.boundary])
    if faces is not None:
        assert shapely.area(faces).sum() == pytest.approx(block.area)
        assert shapely.area(faces).tolist() == pytest.approx(shapely.area(slow).tolist(), abs=1e-2)
