"""Cells of small areas that can be checked by eye, of bad input, and of real cities."""

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from numpy.typing import NDArray
from shapely import LineString, MultiPoint, MultiPolygon, Point, Polygon, box

from gridmap.errors import GeometryError
from gridmap.geo.cells import Cells, cells
from gridmap.geo.frames import frame_for, to_frame

Objects = NDArray[np.object_]


def array(*items: Any) -> Objects:
    result = np.empty(len(items), dtype=object)
    result[:] = items
    return result


SQUARE = box(0, 0, 100, 100)
NONE = array()


def tile(area: Any, found: Cells) -> None:
    assert shapely.is_valid(found.polygons).all()
    assert shapely.coverage_is_valid(found.polygons)
    assert shapely.area(found.polygons).sum() == pytest.approx(area.area, rel=1e-9)
    assert shapely.union_all(found.polygons).symmetric_difference(area).area < 1e-6 * area.area


def test_two_points_share_a_square_down_the_middle() -> None:
    found = cells(SQUARE, array(Point(20, 50), Point(80, 50)), NONE)
    assert found.polygons[0].equals(box(0, 0, 50, 100))
    assert found.polygons[1].equals(box(50, 0, 100, 100))
    assert found.building.tolist() == [0, 1]


def test_an_area_without_buildings_is_one_cell_of_nobody() -> None:
    found = cells(SQUARE, NONE, array(LineString([(50, -1), (50, 101)])))
    assert found.polygons.tolist() == [SQUARE]
    assert found.building.tolist() == [-1]


def test_cells_follow_the_street_rather_than_the_middle() -> None:
    street = LineString([(30, -10), (30, 110)])
    found = cells(SQUARE, array(Point(20, 50), Point(80, 50)), array(street))
    assert found.polygons[0].equals(box(0, 0, 30, 100))


def test_a_dead_end_does_not_cut_its_block() -> None:
    street = LineString([(30, -10), (30, 90)])
    found = cells(SQUARE, array(Point(20, 50), Point(80, 50)), array(street))
    assert found.polygons[0].equals(box(0, 0, 50, 100))


def test_streets_need_no_nodes() -> None:
    cross = array(LineString([(40, -1), (40, 101)]), LineString([(-1, 60), (101, 60)]))
    homes = array(Point(10, 10), Point(90, 10), Point(10, 90), Point(90, 90))
    found = cells(SQUARE, homes, cross)
    assert shapely.area(found.polygons).tolist() == pytest.approx([2400, 3600, 1600, 2400])


def test_an_empty_block_goes_to_the_longest_border() -> None:
    lines = array(
        LineString([(30, -1), (30, 101)]), LineString([(30, 40), (101, 40)]), LineString([(60, -1), (60, 101)])
    )
    found = cells(SQUARE, array(Point(10, 50), Point(80, 20), Point(80, 70), Point(45, 20)), lines)
    tile(SQUARE, found)
    # The block x 30–60, y 40–100 borders the first cell along 60 m, the third along 60 m too, the fourth along 30 m.
    assert found.polygons[0].area == pytest.approx(3000 + 1800) or found.polygons[2].area == pytest.approx(2400 + 1800)
    assert found.polygons[3].area == pytest.approx(1200)


def test_blocks_behind_empty_blocks_are_not_forgotten() -> None:
    lines = array(*(LineString([(x, -1), (x, 101)]) for x in range(10, 100, 10)))
    found = cells(SQUARE, array(Point(5, 50)), lines)
    assert found.polygons[0].equals(SQUARE)


def test_no_wall_is_cut_where_buildings_touch() -> None:
    left, right = box(20, 20, 50, 60), box(50, 30, 80, 70)
    found = cells(SQUARE, array(left, right), NONE)
    tile(SQUARE, found)
    assert found.polygons[0].covers(left)
    assert found.polygons[1].covers(right)
    assert not len(found.overlapping)


@pytest.mark.parametrize("gap", [0.001, 0.05, 0.3, 1.0, 1.9])
def test_no_wall_is_cut_in_narrow_alleys(gap: float) -> None:
    row = array(*(box(10 + k * (15 + gap), 20 + 3 * k, 25 + k * (15 + gap), 70 + 2 * k) for k in range(5)))
    found = cells(SQUARE, row, NONE)
    tile(SQUARE, found)
    assert shapely.covers(shapely.buffer(found.polygons, 1e-6), row).all()


def test_a_building_in_a_courtyard_has_its_own_cell() -> None:
    ring = box(20, 20, 80, 80).difference(box(35, 35, 65, 65))
    inner = box(45, 45, 55, 55)
    found = cells(SQUARE, array(ring, inner), NONE)
    tile(SQUARE, found)
    assert found.polygons[1].covers(inner)
    assert found.polygons[0].covers(ring)
    assert len(found.polygons[0].interiors) == 1


def test_a_building_that_fills_a_courtyard_has_its_own_cell() -> None:
    ring = box(20, 20, 80, 80).difference(box(35, 35, 65, 65))
    found = cells(SQUARE, array(ring, box(35, 35, 65, 65)), NONE)
    assert found.polygons[1].equals(box(35, 35, 65, 65))


def test_a_building_astride_a_street_is_named_and_goes_by_its_point() -> None:
    street = LineString([(50, -1), (50, 101)])
    wide = box(30, 40, 60, 60)
    found = cells(SQUARE, array(wide, Point(80, 50)), array(street))
    assert found.astride.tolist() == [0]
    assert found.polygons[0].equals(box(0, 0, 50, 100))


def test_a_building_that_leaves_the_area_is_astride() -> None:
    found = cells(SQUARE, array(box(-5, 40, 20, 60), box(60, 40, 80, 60)), NONE)
    assert found.astride.tolist() == [0]


def test_buildings_that_overlap_are_named_and_have_cells() -> None:
    found = cells(SQUARE, array(box(20, 20, 50, 50), box(40, 40, 70, 70), box(80, 80, 90, 90)), NONE)
    tile(SQUARE, found)
    assert found.overlapping.tolist() == [0, 1]


@pytest.mark.parametrize("count", [2, 3, 7, 40])
def test_points_in_one_place_share_the_ground_around_it(count: int) -> None:
    found = cells(SQUARE, array(*[Point(50, 50)] * count, Point(10, 10)), NONE)
    tile(SQUARE, found)
    shares = shapely.area(found.polygons[:count])
    assert shares.min() > 20
    assert shapely.distance(found.polygons[:count], Point(50, 50)).max() < 0.05


@pytest.mark.parametrize("place", [(0, 0), (100, 50), (50, 50)])
def test_points_in_one_place_on_a_street_or_corner_all_get_ground(place: tuple[float, float]) -> None:
    street = LineString([(50, -1), (50, 101)])
    found = cells(SQUARE, array(*[Point(place)] * 5), array(street))
    tile(SQUARE, found)
    assert shapely.area(found.polygons).min() > 1


def test_the_same_outline_twice_gives_two_cells() -> None:
    found = cells(SQUARE, array(box(20, 20, 50, 50), box(20, 20, 50, 50)), NONE)
    tile(SQUARE, found)
    assert found.overlapping.tolist() == [0, 1]
    assert shapely.area(found.polygons).min() > 100


def test_a_point_on_a_corner_of_a_building_shares_its_ground_and_is_named() -> None:
    found = cells(SQUARE, array(box(0, 0, 5, 5), Point(0, 0)), NONE)
    tile(SQUARE, found)
    assert found.overlapping.tolist() == [0, 1]


def test_the_hole_of_an_area_that_touches_its_edge_stays_a_hole() -> None:
    area = SQUARE.difference(Polygon([(100, 50), (80, 60), (60, 50), (80, 40)]))
    found = cells(area, array(Point(20, 50)), NONE)
    tile(area, found)


def test_a_building_outside_the_area_gets_a_cell_at_its_edge() -> None:
    found = cells(SQUARE, array(Point(150, 50), Point(20, 50)), NONE)
    tile(SQUARE, found)
    assert found.outside.tolist() == [0]
    assert found.polygons[0].covers(Point(99.9, 50))


def test_parts_of_one_building_that_lie_apart_are_named() -> None:
    two = MultiPolygon([box(10, 40, 30, 60), box(70, 45, 75, 55)])
    found = cells(SQUARE, array(two, box(45, 5, 55, 95)), NONE)
    tile(SQUARE, found)
    assert found.apart.tolist() == [0]
    assert found.polygons[0].geom_type == "Polygon"
    assert found.polygons[1].covers(box(70, 45, 75, 55))


def test_several_points_of_one_building_count_as_one() -> None:
    found = cells(SQUARE, array(MultiPoint([(20, 20), (22, 22)]), Point(80, 80)), NONE)
    tile(SQUARE, found)


def test_holes_and_several_parts_of_an_area_are_kept() -> None:
    area = MultiPolygon([SQUARE.difference(box(40, 40, 60, 60)), box(200, 0, 250, 50)])
    found = cells(area, array(Point(20, 20), Point(80, 80), Point(220, 20)), NONE)
    tile(area, found)
    assert [p.geom_type for p in found.polygons] == ["Polygon"] * 3


def test_a_part_without_buildings_goes_to_the_nearest_cell() -> None:
    area = MultiPolygon([SQUARE, box(110, 0, 150, 50)])
    found = cells(area, array(Point(20, 20), Point(80, 20)), NONE)
    tile(area, found)
    assert found.polygons[1].geom_type == "MultiPolygon"


def test_a_street_drawn_along_the_edge_leaves_no_hair() -> None:
    street = LineString([(-0.03, -1), (0.02, 50), (-0.01, 101)])
    found = cells(SQUARE, array(Point(20, 20), Point(20, 80)), array(street))
    tile(SQUARE, found)
    assert shapely.coverage_is_valid(found.polygons, gap_width=0.01)
    assert shapely.length(found.polygons).tolist() == pytest.approx([300, 300], abs=0.1)


def test_a_street_digitised_twice_leaves_no_cell_between() -> None:
    lines = array(
        LineString([(50, -1), (50, 101)]),
        LineString([(50.004, -1), (49.997, 101)]),
        LineString([(50.3, -1), (50.3, 101)]),
    )
    found = cells(SQUARE, array(Point(20, 50), Point(80, 50)), lines)
    tile(SQUARE, found)
    assert shapely.area(found.polygons).tolist() == pytest.approx([5000, 5000], abs=40)


def test_crossing_outlines_are_taken_by_their_ground() -> None:
    bow = Polygon([(20, 20), (40, 40), (40, 20), (20, 40)])
    flat = Polygon([(60, 60), (70, 70), (80, 80)])
    found = cells(SQUARE, array(bow, flat, box(80, 20, 90, 30)), NONE)
    tile(SQUARE, found)
    assert found.polygons[0].covers(Point(37, 30))


def test_a_lattice_of_equal_buildings_gives_a_lattice_of_cells() -> None:
    homes = array(*(box(x, y, x + 10, y + 10) for x in range(5, 100, 20) for y in range(5, 100, 20)))
    found = cells(SQUARE, homes, NONE)
    tile(SQUARE, found)
    assert shapely.area(found.polygons).tolist() == pytest.approx([400.0] * 25, rel=0.02)


def test_a_coarser_step_gives_nearly_the_same() -> None:
    homes = array(box(10, 10, 30, 60), box(50, 20, 90, 40), box(50, 60, 90, 90))
    fine, coarse = (shapely.area(cells(SQUARE, homes, NONE, step_m=step).polygons) for step in (0.5, 4.0))
    assert coarse.tolist() == pytest.approx(fine.tolist(), rel=0.03)


@pytest.mark.parametrize(
    ("area", "code"),
    [
        (None, "area-not-polygon"),
        (Polygon(), "area-not-polygon"),
        (LineString([(0, 0), (1, 1)]), "area-not-polygon"),
        (Polygon([(0, 0), (10, 10), (10, 0), (0, 10)]), "area-invalid"),
    ],
)
def test_an_area_that_is_none_is_refused(area: Any, code: str) -> None:
    with pytest.raises(GeometryError) as error:
        cells(area, array(Point(1, 1)), NONE)
    assert error.value.code == code


@pytest.mark.parametrize("shape", [None, Point(), Polygon()])
def test_a_building_without_shape_is_refused_by_row(shape: Any) -> None:
    with pytest.raises(GeometryError, match="Building 2"):
        cells(SQUARE, array(Point(1, 1), shape), NONE)


def test_missing_and_empty_lines_do_no_harm() -> None:
    lines = array(None, LineString(), LineString([(5, 5), (5, 5)]), LineString([(500, 500), (600, 600)]))
    tile(SQUARE, cells(SQUARE, array(Point(20, 20), Point(80, 80)), lines))


def read(folder: Path, file: str) -> tuple[Objects, Objects, Objects]:
    layers = {
        name: gpd.read_file(folder / f"{file}.gpkg", layer=name) for name in ("communities", "buildings", "streets")
    }
    frame = frame_for(layers["communities"])
    communities, buildings, streets = (to_frame(layer, frame).geometry.to_numpy() for layer in layers.values())
    return communities, buildings, streets


@pytest.mark.real_data
def test_singapore_from_points(real_data: Path) -> None:
    communities, buildings, streets = read(real_data, "singapore_toapayoh_punggol")
    housed = 0
    for area in communities:
        mine = buildings[shapely.intersects(area, buildings)]
        found = cells(area, mine, streets)
        tile(area, found)
        housed += len(mine)
        if len(mine):
            assert shapely.distance(found.polygons, mine).max() < 0.01
        assert shapely.coverage_is_valid(found.polygons, gap_width=0.001)
    assert housed == len(buildings)


@pytest.mark.real_data
def test_olemps_from_outlines(real_data: Path) -> None:
    communities, buildings, streets = read(real_data, "olemps")
    found = cells(communities[0], buildings, streets)
    tile(communities[0], found)
    assert {p.geom_type for p in found.polygons} == {"Polygon"}
    assert len(found.apart) <= 1
    assert len(found.astride) <= 2
    whole = np.setdiff1d(np.arange(len(buildings)), np.concatenate([found.astride, found.overlapping, found.apart]))
    lost = shapely.area(shapely.difference(buildings[whole], found.polygons[whole]))
    assert lost.max() < 2e-3
    assert len(whole) > 2_200
