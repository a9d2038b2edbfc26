"""Neighbours and shared lengths equal those of an overlay; what is no coverage is refused or mended."""

from itertools import pairwise
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from shapely import box

from gridmap.errors import GeometryError
from gridmap.geo.adjacency import Adjacency, adjacency, match_vertices, unmatched
from gridmap.geo.cells import cells


def array(*items: Any) -> NDArray[np.object_]:
    result = np.empty(len(items), dtype=object)
    result[:] = items
    return result


def by_overlay(polygons: NDArray[np.object_]) -> dict[tuple[int, int], float]:
    """Find neighbours the slow way: by intersecting boundaries."""
    i, j = shapely.STRtree(polygons).query(polygons, predicate="intersects")
    i, j = i[i < j], j[i < j]
    edge = shapely.boundary(polygons)
    length = shapely.length(shapely.intersection(edge[i], edge[j]))
    return {(int(a), int(b)): float(m) for a, b, m in zip(i, j, length, strict=True) if m > 1e-9}


def as_dict(found: Adjacency) -> dict[tuple[int, int], float]:
    return {(int(a), int(b)): float(m) for a, b, m in zip(found.i, found.j, found.shared_m, strict=True)}


QUARTERS = array(box(0, 0, 10, 10), box(10, 0, 20, 10), box(0, 10, 10, 20), box(10, 10, 20, 20))


def test_corners_are_no_neighbours() -> None:
    found = adjacency(QUARTERS)
    assert as_dict(found) == {(0, 1): 10.0, (0, 2): 10.0, (1, 3): 10.0, (2, 3): 10.0}
    assert found.outer_m.tolist() == [20.0] * 4
    assert found.perimeter_m.tolist() == [40.0] * 4
    assert found.i.dtype == np.int32


def test_holes_and_several_parts_count() -> None:
    ring = box(0, 0, 10, 10).difference(box(2, 2, 3, 3)).difference(box(5, 5, 7, 7))
    found = adjacency(array(ring, shapely.MultiPolygon([box(2, 2, 3, 3), box(20, 0, 21, 1)]), box(5, 5, 7, 7)))
    assert as_dict(found) == {(0, 1): 4.0, (0, 2): 8.0}
    assert found.outer_m.tolist() == [40.0, 4.0, 0.0]
    assert found.perimeter_m.tolist() == [52.0, 8.0, 8.0]


def test_the_direction_of_rings_does_not_matter() -> None:
    turned = shapely.orient_polygons(QUARTERS, exterior_cw=True)
    mixed = array(QUARTERS[0], turned[1], QUARTERS[2], turned[3])
    assert as_dict(adjacency(mixed)) == as_dict(adjacency(QUARTERS))


def test_nothing_has_no_neighbours() -> None:
    assert len(adjacency(array()).i) == 0
    alone = adjacency(array(box(0, 0, 3, 4)))
    assert len(alone.i) == 0
    assert alone.outer_m.tolist() == [14.0]


def test_whole_coordinates_are_told_apart() -> None:
    # Whole numbers have few digits, which a weak hash of coordinates confuses.
    side = 60
    found = adjacency(array(*(box(x, y, x + 1, y + 1) for x in range(side) for y in range(side))))
    assert len(found.i) == 2 * side * (side - 1)
    assert set((found.j - found.i).tolist()) == {1, side}
    assert found.outer_m.sum() == 4 * side


def test_a_hash_shared_by_all_does_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = as_dict(adjacency(QUARTERS))
    monkeypatch.setattr("gridmap.geo.adjacency._hashes", lambda start, end: np.zeros(len(start), np.uint64))
    assert as_dict(adjacency(QUARTERS)) == expected


def test_minus_zero_is_zero() -> None:
    left = shapely.Polygon([(-5, 0.0), (-0.0, 0.0), (-0.0, 5), (-5, 5)])
    assert as_dict(adjacency(array(left, box(0, 0, 5, 5)))) == {(0, 1): 5.0}


def test_the_part_along_lines_is_told() -> None:
    street = array(shapely.LineString([(10, -5), (10, 25)]))
    river = array(shapely.LineString([(-5, 10), (10, 10)]), shapely.MultiLineString([[(50, 50), (60, 60)]]))
    found = adjacency(QUARTERS, lines={"street": street, "barrier": river, "none": array()})
    assert found.along["street"].tolist() == [10.0, 0.0, 0.0, 10.0]
    assert found.along["barrier"].tolist() == [0.0, 10.0, 0.0, 0.0]
    assert found.along["none"].tolist() == [0.0] * 4


def test_more_than_two_owners_of_a_border_are_refused() -> None:
    with pytest.raises(GeometryError) as error:
        adjacency(array(box(0, 0, 10, 10), box(10, 0, 20, 10), box(10, 0, 15, 10)))
    assert error.value.code == "coverage-overlap"


JUNCTION = array(box(0, 0, 10, 20), box(10, 0, 20, 10), box(10, 10, 20, 20))


def test_unmatched_vertices_are_found_refused_and_mended() -> None:
    assert unmatched(JUNCTION, tolerance_m=0.01).tolist() == [0]
    with pytest.raises(GeometryError) as error:
        adjacency(JUNCTION, check=True)
    assert error.value.code == "coverage-unmatched"
    matched = match_vertices(JUNCTION, tolerance_m=0.01)
    assert as_dict(adjacency(matched, check=True)) == {(0, 1): 10.0, (0, 2): 10.0, (1, 2): 10.0}
    assert shapely.equals(matched, JUNCTION).all()
    assert matched[1] is JUNCTION[1]


def test_matching_keeps_holes_and_parts() -> None:
    ring = box(0, 0, 30, 30).difference(box(10, 10, 20, 20))
    parts = shapely.MultiPolygon([ring, box(40, 0, 50, 10)])
    inner = array(parts, box(10, 10, 20, 15), box(10, 15, 20, 20), box(50, 0, 60, 5), box(50, 5, 60, 10))
    matched = match_vertices(inner, tolerance_m=0.01)
    assert shapely.equals(matched, inner).all()
    assert [p.geom_type for p in matched] == ["MultiPolygon"] + ["Polygon"] * 4
    expected = {(0, 1): 20.0, (0, 2): 20.0, (0, 3): 5.0, (0, 4): 5.0, (1, 2): 10.0, (3, 4): 10.0}
    assert as_dict(adjacency(matched, check=True)) == pytest.approx(expected)


def test_matched_polygons_come_back_as_they_are() -> None:
    assert match_vertices(QUARTERS, tolerance_m=0.01) is QUARTERS


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100)), min_size=1, max_size=30), st.integers(0, 3))
def test_cells_have_the_neighbours_an_overlay_finds(spots: list[tuple[float, float]], streets: int) -> None:
    lines = array(*(shapely.LineString([(20 + 25 * k, -1), (30 + 20 * k, 101)]) for k in range(streets)))
    polygons = cells(box(0, 0, 100, 100), np.atleast_1d(shapely.points(spots)), lines).polygons
    found = as_dict(adjacency(polygons, check=True, tolerance_m=1e-9))
    slow = by_overlay(polygons)
    for pair in found.keys() | slow.keys():
        assert found.get(pair, 0.0) == pytest.approx(slow.get(pair, 0.0), abs=1e-6)


@given(
    st.lists(st.integers(1, 99), min_size=1, max_size=9, unique=True),
    st.lists(st.integers(1, 99), min_size=1, max_size=9, unique=True),
)
def test_matching_makes_any_two_rows_of_fields_neighbours(below: list[int], above: list[int]) -> None:
    def row(cuts: list[int], y: int) -> list[shapely.Polygon]:
        ends = [0, *sorted(cuts), 100]
        return [box(a, y, b, y + 10) for a, b in pairwise(ends)]

    fields = array(*row(below, 0), *row(above, 10))
    matched = match_vertices(fields, tolerance_m=1e-6)
    assert as_dict(adjacency(matched, check=True)) == pytest.approx(by_overlay(fields))


@pytest.mark.real_data
def test_real_communities_can_be_matched(real_data: object) -> None:
    source = gpd.read_file(f"{real_data}/singapore_toapayoh_punggol.gpkg", layer="communities")
    polygons = source.geometry.to_numpy()
    matched = match_vertices(polygons, tolerance_m=0.05)
    assert np.abs(shapely.area(matched) - shapely.area(polygons)).max() < 1.0
    found = as_dict(adjacency(matched, check=True, tolerance_m=0.05))
    slow = by_overlay(matched)
    assert found.keys() == {pair for pair, length in slow.items() if length > 1e-3} & found.keys()
    assert sum(found.values()) == pytest.approx(sum(slow.values()), rel=1e-3)
