"""Overlaps, gaps and slivers are found where they are, with their size."""

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from shapely import box

from gridmap.geo.coverage import Faults, coverage_faults


def find(*polygons: Any) -> Faults:
    array = np.empty(len(polygons), dtype=object)
    array[:] = polygons
    return coverage_faults(array, tolerance_m=0.01, sliver_width_m=1.0)


def mesh(side: int, *, seed: int = 0) -> NDArray[np.object_]:
    """Make side × side crooked fields with matching corners."""
    rng = np.random.default_rng(seed)
    nodes = np.stack(np.meshgrid(np.arange(side + 1) * 30.0, np.arange(side + 1) * 30.0), axis=-1)
    nodes = nodes + rng.uniform(-9, 9, nodes.shape)
    corners = [nodes[:-1, :-1], nodes[:-1, 1:], nodes[1:, 1:], nodes[1:, :-1]]
    return np.asarray(shapely.polygons(np.stack(corners, axis=-2).reshape(-1, 4, 2)))


def test_a_sound_coverage_has_no_faults() -> None:
    assert len(coverage_faults(mesh(8), tolerance_m=0.01, sliver_width_m=1.0)) == 0


def test_borders_with_other_vertices_are_no_faults() -> None:
    assert len(find(box(0, 0, 10, 10), box(10, 0, 20, 5), box(10, 5, 20, 10))) == 0


def test_an_overlap_is_found_with_its_size_and_pair() -> None:
    faults = find(box(0, 0, 10, 10), box(30, 0, 40, 10), box(8, 0, 20, 10))
    assert faults.kind.tolist() == ["overlap"]
    assert (faults.i[0], faults.j[0]) == (0, 2)
    assert faults.area_m2[0] == pytest.approx(20.0)
    assert faults.width_m[0] == pytest.approx(2.0)
    assert faults.geometry[0].equals(box(8, 0, 10, 10))


def test_the_same_polygon_twice_overlaps() -> None:
    faults = find(box(0, 0, 10, 10), box(0, 0, 10, 10))
    assert faults.kind.tolist() == ["overlap"]
    assert faults.area_m2[0] == pytest.approx(100.0)


def test_a_polygon_inside_another_overlaps() -> None:
    faults = find(box(0, 0, 10, 10), box(2, 2, 4, 4))
    assert faults.kind.tolist() == ["overlap"]
    assert faults.area_m2[0] == pytest.approx(4.0)


def test_an_enclosed_gap_is_found_with_its_neighbours() -> None:
    faults = find(box(0, 0, 10, 30), box(10, 0, 30, 10), box(10, 20, 30, 30), box(20, 10, 30, 20))
    assert faults.kind.tolist() == ["gap"]
    assert faults.area_m2[0] == pytest.approx(100.0)
    assert {int(faults.i[0]), int(faults.j[0])} <= {0, 1, 2, 3}
    assert faults.i[0] < faults.j[0]


def test_what_fills_a_hole_leaves_the_rest_as_gap() -> None:
    faults = find(box(0, 0, 30, 30).difference(box(10, 10, 20, 20)), box(12, 12, 18, 18))
    assert faults.area_m2.tolist() == [pytest.approx(64.0)]


@pytest.mark.parametrize("width", [0.02, 0.3, 0.9])
def test_an_open_crack_is_a_sliver(width: float) -> None:
    faults = find(box(0, 0, 10, 40), box(10 + width, 0, 20, 40))
    assert faults.kind.tolist() == ["sliver"]
    assert (faults.i[0], faults.j[0]) == (0, 1)
    assert faults.area_m2[0] == pytest.approx(40 * width, rel=0.05)
    assert faults.width_m[0] == pytest.approx(width, rel=0.05)


def test_a_narrow_overlap_is_a_sliver() -> None:
    faults = find(box(0, 0, 10, 40), box(9.5, 0, 20, 40))
    assert faults.kind.tolist() == ["sliver"]


@pytest.mark.parametrize("width", [1e-7, 0.005, -1e-7, -0.005])
def test_noise_of_coordinates_is_left_out(width: float) -> None:
    assert len(find(box(0, 0, 10, 40), box(10 + width, 0, 20, 40))) == 0


def test_a_gap_of_a_tenth_of_a_micrometre_is_found_when_asked_for() -> None:
    pair = np.array([box(0, 0, 10, 40), box(10 + 1e-7, 0, 20, 40)], dtype=object)
    assert coverage_faults(pair, tolerance_m=1e-8, sliver_width_m=0.01).kind.tolist() == ["sliver"]


def test_a_corner_is_no_crack() -> None:
    assert len(find(box(0, 0, 20, 10), box(0, 10, 10, 20))) == 0


def test_missing_empty_and_crossing_shapes_do_no_harm() -> None:
    bow = shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)])
    faults = find(None, shapely.Polygon(), box(20, 0, 30, 10), bow, box(29, 0, 40, 10))
    assert faults.kind.tolist() == ["overlap"]
    assert (faults.i[0], faults.j[0]) == (2, 4)
    assert len(find()) == 0
    assert len(find(None)) == 0


@given(st.integers(0, 24), st.floats(0.1, 3.0), st.integers(0, 1000))
def test_one_polygon_grown_in_a_sound_mesh_gives_overlaps_with_it_only(row: int, by: float, seed: int) -> None:
    polygons = mesh(5, seed=seed)
    polygons[row] = polygons[row].buffer(by, join_style="mitre")
    faults = coverage_faults(polygons, tolerance_m=0.01, sliver_width_m=0.05)
    inner = shapely.intersection(polygons[row], np.delete(polygons, row))
    assert set(faults.kind) <= {"overlap", "sliver"}
    assert ((faults.i == row) | (faults.j == row)).all()
    assert faults.area_m2.sum() == pytest.approx(shapely.area(inner).sum(), rel=0.02, abs=0.05)


@given(st.sampled_from([6, 7, 8, 11, 12, 13, 16, 17, 18]), st.integers(0, 1000))
def test_one_polygon_taken_out_is_a_gap(row: int, seed: int) -> None:
    polygons = mesh(5, seed=seed)
    faults = coverage_faults(np.delete(polygons, row), tolerance_m=0.01, sliver_width_m=1.0)
    assert faults.kind.tolist() == ["gap"]
    assert faults.area_m2[0] == pytest.approx(polygons[row].area)
    assert 0 <= faults.i[0] < faults.j[0]
