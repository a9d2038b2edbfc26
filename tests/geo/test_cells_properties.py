"""Whatever area, buildings and streets: the cells tile it, each building has its own, and none is cut."""

from typing import Any

import numpy as np
import shapely
from hypothesis import given, note
from hypothesis import strategies as st
from numpy.typing import NDArray

from gridmap.geo.cells import Cells, cells
from gridmap.geo.coverage import coverage_faults

# Whole multiples of 5 m meet by chance: shared walls, corners on streets, points in one place. Others do not.
where = st.one_of(st.integers(-2, 22).map(lambda k: 5.0 * k), st.floats(-10, 110).map(lambda x: round(x, 3)))
spot = st.tuples(where, where)
size = st.one_of(st.integers(1, 5).map(lambda k: 5.0 * k), st.floats(0.5, 30).map(lambda x: round(x, 3)))
angle = st.one_of(st.just(0.0), st.floats(0, 90).map(lambda x: round(x, 2)))


@st.composite
def boxes(draw: st.DrawFn) -> shapely.Polygon:
    (x, y), w, h = draw(spot), draw(size), draw(size)
    return shapely.affinity.rotate(shapely.box(x, y, x + w, y + h), draw(angle))


@st.composite
def areas(draw: st.DrawFn) -> shapely.Geometry:
    solid = draw(st.lists(boxes(), max_size=3))
    area = shapely.union_all([shapely.box(0, 0, draw(st.sampled_from([40.0, 100.0])), 100), *solid])
    for hole in draw(st.lists(boxes(), max_size=2)):
        area = area.difference(hole)
    return shapely.union_all([part for part in shapely.get_parts(area) if part.geom_type == "Polygon"])


def without_hairs(area: shapely.Geometry) -> shapely.Geometry:
    """Take off what is thinner than 4 cm: a hair has no room for a cell."""
    return area.buffer(-0.02, join_style="mitre").buffer(0.02, join_style="mitre")


@st.composite
def buildings(draw: st.DrawFn) -> NDArray[np.object_]:
    shape = st.one_of(
        boxes(),
        boxes(),
        boxes().map(lambda box: box.difference(box.buffer(-box.length / 16)) if box.length > 32 else box),
        st.tuples(boxes(), boxes()).map(lambda pair: shapely.union_all(pair)),
        spot.map(shapely.Point),
        st.lists(spot, min_size=1, max_size=3).map(shapely.MultiPoint),
    )
    found = draw(st.lists(shape, min_size=1, max_size=14))
    twice = draw(st.lists(st.integers(0, len(found) - 1), max_size=4))
    result = np.empty(len(found) + len(twice), dtype=object)
    result[:] = found + [found[k] for k in twice]
    return result


@st.composite
def streets(draw: st.DrawFn) -> NDArray[np.object_]:
    lines = draw(st.lists(st.lists(spot, min_size=2, max_size=4).map(shapely.LineString), max_size=6))
    result = np.empty(len(lines), dtype=object)
    result[:] = lines
    return result


def judge(area: shapely.Geometry, shapes: NDArray[np.object_], found: Cells) -> None:
    """Hold cells to all that is promised."""
    polygons = found.polygons
    note(f"area {shapely.to_wkb(area, hex=True)}")
    note(f"buildings {shapely.to_wkb(shapes, hex=True).tolist()}")
    note(shapely.to_wkt(shapely.geometrycollections(list(polygons)), rounding_precision=6))
    assert len(polygons) == len(shapes)
    assert found.building.tolist() == list(range(len(shapes)))
    assert shapely.is_valid(polygons).all()
    assert (shapely.area(polygons) > 0).all()
    assert abs(shapely.area(polygons).sum() - area.area) <= 1e-6 * area.area
    assert shapely.symmetric_difference(shapely.union_all(polygons), area).area <= 1e-6 * area.area
    assert shapely.coverage_is_valid(polygons)
    faults = coverage_faults(polygons, tolerance_m=1e-3, sliver_width_m=0.01)
    assert (shapely.area(shapely.intersection(faults.geometry, area)) < 1e-6).all()
    if area.geom_type == "Polygon":
        assert {p.geom_type for p in polygons} == {"Polygon"}
    excused = np.union1d(found.overlapping, found.outside)
    sound = np.setdiff1d(np.arange(len(shapes)), excused)
    point = shapely.point_on_surface(shapes)
    assert (shapely.distance(point[sound], polygons[sound]) <= 0.1).all()
    areal = np.flatnonzero(shapely.get_dimensions(shapes) == 2)
    whole = np.setdiff1d(np.intersect1d(sound, areal), found.astride)
    for k in whole:
        parts = shapely.get_parts(shapes[k])
        lost = np.array([shapely.area(shapely.difference(part, polygons)).min() for part in parts])
        assert (lost <= 2e-3).all()
        if k not in found.apart:
            assert shapely.difference(shapes[k], polygons[k]).area <= 2e-3
    assert all(shapely.get_num_geometries(shapes[k]) > 1 for k in found.apart)


@given(areas().map(without_hairs), buildings(), streets())
def test_cells_keep_their_promises(area: Any, shapes: Any, lines: Any) -> None:
    judge(area, shapes, cells(area, shapes, lines))


@given(areas().map(without_hairs), streets(), st.lists(spot, min_size=1, max_size=25))
def test_cells_of_points_keep_their_promises(area: Any, lines: Any, spots: Any) -> None:
    shapes = shapely.points(spots)
    judge(area, shapes, cells(area, shapes, lines))


@given(areas().map(without_hairs), buildings(), streets())
def test_the_same_input_gives_the_same_cells(area: Any, shapes: Any, lines: Any) -> None:
    first, again = cells(area, shapes, lines), cells(area, shapes.copy(), lines.copy())
    assert shapely.to_wkb(first.polygons).tolist() == shapely.to_wkb(again.polygons).tolist()


@given(areas(), buildings(), streets())
def test_hair_thin_areas_are_divided_too(area: Any, shapes: Any, lines: Any) -> None:
    note(f"area {shapely.to_wkb(area, hex=True)}")
    polygons = cells(area, shapes, lines).polygons
    assert len(polygons) == len(shapes)
    assert abs(shapely.area(polygons).sum() - area.area) <= 1e-6 * area.area
