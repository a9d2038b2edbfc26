"""Lines as further barriers, against intersections one pair at a time."""

from dataclasses import replace

import numpy as np
import shapely

from gridmap.plan import barrier_lengths
from gridmap.plan.testing import chequered


def test_borders_along_a_line_become_barriers():
    fabric = chequered(6, 4, communities=2)
    fabric = replace(fabric, barrier_m=np.where(np.arange(len(fabric.i)) % 7 == 0, fabric.shared_m, 0.0))
    cell = fabric.polygons[7]
    line = cell.exterior
    expected = [
        max(was, shapely.intersection(shapely.intersection(fabric.polygons[a], fabric.polygons[b]), line).length)
        for a, b, was in zip(fabric.i, fabric.j, fabric.barrier_m, strict=True)
    ]
    found = barrier_lengths(fabric, np.array([line], object))
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert (found > fabric.barrier_m).any()
    np.testing.assert_array_equal(barrier_lengths(fabric, np.empty(0, object)), fabric.barrier_m)
