"""Shapes for display: shared boundaries stay shared, labels stand inside, street names lie along their street."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gridmap.maps.shapes import anchors, display_coverage, display_outlines, merged, street_names
from gridmap.plan.testing import chequered, striped


def wavy(columns: int, rows: int, seed: int) -> np.ndarray:
    """Return polygons that tile a rectangle with boundaries of many vertices."""
    rng = np.random.default_rng(seed)
    xs, ys = np.arange(columns + 1) * 100.0, np.arange(rows + 1) * 100.0

    def wiggle(start: tuple[float, float], end: tuple[float, float]) -> np.ndarray:
        at = np.linspace(0, 1, 21)[:, None]
        line = np.array(start) * (1 - at) + np.array(end) * at
        line[1:-1] += rng.normal(0, 0.3, (19, 2))
        return line

    across = [[wiggle((xs[i], y), (xs[i + 1], y)) for i in range(columns)] for y in ys]
    upright = [[wiggle((x, ys[j]), (x, ys[j + 1])) for j in range(rows)] for x in xs]
    rings = [
        np.vstack([across[j][i], upright[i + 1][j], across[j + 1][i][::-1], upright[i][j][::-1]])
        for j in range(rows)
        for i in range(columns)
    ]
    return np.array([shapely.Polygon(ring) for ring in rings], object)


@given(st.integers(1, 4), st.integers(1, 4), st.integers(0, 1000))
def test_a_coverage_stays_one_and_moves_little(columns: int, rows: int, seed: int) -> None:
    polygons = wavy(columns, rows, seed)
    simple = display_coverage(polygons, 2.0)
    assert shapely.coverage_is_valid(simple)
    assert shapely.get_num_coordinates(simple).sum() < shapely.get_num_coordinates(polygons).sum() / 2
    assert max(shapely.hausdorff_distance(polygons, simple)) < 3.0
    assert shapely.area(shapely.union_all(simple)) == pytest.approx(shapely.area(simple).sum())


def test_empty_polygons_pass() -> None:
    shapes = np.array([shapely.box(0, 0, 9, 9), shapely.Polygon()], object)
    assert shapely.is_empty(display_coverage(shapes, 1.0)).tolist() == [False, True]
    assert len(display_coverage(np.empty(0, object), 1.0)) == 0
    _, room = anchors(shapes)
    assert room[1] == 0


@given(st.integers(2, 12), st.integers(2, 12), st.integers(1, 4))
def test_anchors_stand_inside_with_the_room_they_claim(nx: int, ny: int, grids: int) -> None:
    polygons = striped(chequered(nx, ny), grids).polygons()
    polygons = polygons[~shapely.is_empty(polygons)]
    points, room = anchors(polygons)
    assert shapely.within(points, polygons).all()
    assert np.allclose(shapely.distance(points, shapely.boundary(polygons)), room, atol=1e-6)


def test_the_largest_part_carries_the_label() -> None:
    small, large = shapely.box(0, 0, 10, 10), shapely.box(50, 0, 90, 40)
    points, room = anchors(np.array([shapely.MultiPolygon([small, large])], object))
    assert points[0].within(large)
    assert room[0] == pytest.approx(20, abs=1)


def test_point_buildings_become_squares() -> None:
    shapes = np.array([shapely.Point(5, 5), shapely.box(0, 0, 30, 10), shapely.MultiPoint([(0, 0), (10, 0)])], object)
    made = display_outlines(shapes, 0.4)
    assert np.isin(shapely.get_type_id(made), [3, 6]).all()
    assert made[0].centroid.equals(shapely.Point(5, 5))
    assert shapes[0].geom_type == "Point"


def test_lines_are_joined_and_areas_outlined() -> None:
    pieces = shapely.linestrings([[[0, 0], [10, 0]], [[10, 0], [20, 0]], [[50, 0], [60, 0]]])
    assert len(merged(np.array(pieces, object), 0.5)) == 2
    assert merged(np.array([shapely.box(0, 0, 5, 5)], object), 0.5)[0].length == 20
    assert len(merged(np.empty(0, object), 0.5)) == 0


def test_street_names_lie_on_straight_stretches() -> None:
    east = shapely.LineString([(0, 0), (400, 0)])
    north = shapely.LineString([(0, 0), (0, 1500)])
    zigzag = shapely.LineString([(x, 60 * (x // 40 % 2)) for x in range(0, 800, 40)])
    short = shapely.LineString([(0, 0), (40, 0)])
    streets = gpd.GeoDataFrame(
        {"name": ["东大街", "北路", "之字巷", "短巷", None], "class": ["arterial", "local", "lane", "lane", "lane"]},
        geometry=[east, north, zigzag, short, east],
    )
    found = street_names(streets)
    assert [(name, rank) for name, *_, rank in found] == [("东大街", 0), ("北路", 2), ("北路", 2)]
    by_name = {name: (x, y, angle, length) for name, x, y, angle, length, _ in found}
    assert by_name["东大街"] == pytest.approx((200, 0, 0, 320))
    assert abs(by_name["北路"][2]) == pytest.approx(90)
