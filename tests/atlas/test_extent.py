"""Every sentence of an extent names what really runs along that side of the grid."""

import numpy as np
import pytest
import shapely

from gridmap.atlas.extent import SIDES

_STEP = {"东": (1, 0), "南": (0, -1), "西": (-1, 0), "北": (0, 1)}


def _lines(city, name):
    rows = [
        *city.streets.geometry[city.streets["name"] == name],
        *city.barriers.geometry[city.barriers["name"] == name],
    ]
    return shapely.union_all(rows)


def _reaches_out(shape, point, step):
    """Tell whether one can walk from a point of the boundary straight away to that side and not meet the grid again."""
    far = 10_000
    way = shapely.LineString([(point.x + 2 * step[0], point.y + 2 * step[1]),
                              (point.x + far * step[0], point.y + far * step[1])])  # fmt: skip
    return way.intersection(shape).length < 1.0


def test_every_sentence_names_what_runs_along_that_side(present, surroundings):
    city, grids = present.city, {one.name for one in present.plan.grids}
    communities = set(city.communities["name"])
    named = streets = 0
    for row, shape in enumerate(present.shapes):
        extent = surroundings.extent(row)
        for side, found in zip(SIDES, extent.sides, strict=True):
            assert found, (row, side)
            for one in found:
                named += 1
                if one.kind == "neighbour":
                    assert one.name in grids or any(one.name.startswith(name) for name in communities), one
                    continue
                if one.kind == "edge":
                    continue
                streets += 1
                line = _lines(city, one.name)
                assert not line.is_empty, one
                beside = shape.boundary.intersection(line.buffer(16, quad_segs=4))
                assert beside.length >= 15, (row, side, one)
                points = [shapely.line_interpolate_point(part, at, normalized=True)
                          for part in shapely.get_parts(beside) if part.geom_type == "LineString"
                          for at in (0.1, 0.3, 0.5, 0.7, 0.9)]  # fmt: skip
                assert any(_reaches_out(shape, point, _STEP[side]) for point in points), (row, side, one)
    assert named >= 4 * len(present.shapes)
    assert streets > named / 2, "most sides of the sample's grids follow a street"


@pytest.mark.parametrize("side", range(4))
def test_neighbours_are_told_where_no_street_is(present, surroundings, side):
    """The neighbour a sentence names touches the grid on that side."""
    checked = 0
    for row, shape in enumerate(present.shapes[:80]):
        for one in surroundings.extent(row).sides[side]:
            if one.kind != "neighbour":
                continue
            near = [
                other for other in present.tree.query(shape, predicate="intersects")
                if other != row and one.name.endswith(present.plan.grids[other].name)
            ]  # fmt: skip
            step = np.array(_STEP[SIDES[side]])
            touching = shapely.intersection(shape.buffer(3), present.shapes[near])
            moved = shapely.affinity.translate(shape, *(step * 3))
            assert shapely.area(shapely.intersection(moved, shapely.union_all(touching))) > 0, (row, one)
            checked += 1
    assert checked


def test_words_are_one_sentence(surroundings):
    words = surroundings.extent(0).words
    assert words.startswith("东至")
    assert words.endswith("。")
    assert [part[0] for part in words.split("，")] == list(SIDES)
