"""Areas for display, and the street pieces that are reached."""

from collections.abc import Callable

import numpy as np
import pytest
import shapely

from gridmap.errors import InputError
from gridmap.streets import Network, at_points, isochrone, snap, sweep

Make = Callable[..., Network]


def test_pieces_are_exact(square: Network) -> None:
    centre = snap(square, [200], [200])
    found = isochrone(square, centre, limits_m=[50, 100, 150, 10_000])
    # Four arms of 50 and 100 m; then from each of the four crossings 50 m in three directions.
    assert found.reached_m.tolist() == pytest.approx([200, 400, 1000, 6000])
    assert [piece.length for piece in found.pieces] == pytest.approx([200, 400, 1000, 6000])


def test_pieces_are_what_points_on_streets_are_told(square: Network) -> None:
    seeds = snap(square, [33, 470], [8, 390])
    found = isochrone(square, seeds, limits_m=[240.0])
    rng = np.random.default_rng(1)
    edge = rng.integers(0, len(square.u), 800)
    on = shapely.line_interpolate_point(square.shapes()[edge], rng.random(800), normalized=True)
    points = snap(square, shapely.get_x(on), shapely.get_y(on))
    dist = at_points(square, sweep(square, seeds), points)[1][:, 0]
    inside = shapely.dwithin(found.pieces[0], on, 1e-6)
    clear = np.abs(dist - 240) > 1e-3
    assert np.array_equal(inside[clear], dist[clear] < 240)


def test_a_seed_in_the_middle_of_an_edge_reaches_both_ways(square: Network) -> None:
    found = isochrone(square, snap(square, [150], [200]), limits_m=[20.0])
    assert found.reached_m[0] == pytest.approx(40)


def test_areas_hold_the_pieces_and_keep_their_holes(made: Make) -> None:
    ring = made([[(0, 0), (600, 0), (600, 600), (0, 600), (0, 0)]])
    found = isochrone(ring, snap(ring, [0], [300]), limits_m=[2_000.0, 300.0], beside_m=40.0)
    whole, part = found.polygons
    assert shapely.is_valid(found.polygons).all()
    assert len(whole.geoms) == 1
    assert len(whole.geoms[0].interiors) == 1
    assert not whole.contains(shapely.Point(300, 300))
    assert whole.covers(found.pieces[0])
    assert shapely.within(part, whole.buffer(1e-6))
    # 2,400 m of street, 40 m on both sides, and four outer corners.
    assert whole.area == pytest.approx(2_400 * 80, rel=0.05)


def test_areas_end_at_barriers(made: Make) -> None:
    river = [shapely.LineString([(-100, 15), (700, 15)])]
    street = made([[(0, 0), (600, 0)]], barriers=river)
    area = isochrone(street, snap(street, [300], [0]), limits_m=[200.0], cell_m=10.0).polygons[0]
    x0, y0, x1, y1 = area.bounds
    assert y1 < 26
    assert y0 < -45
    assert (x0, x1) == pytest.approx((100, 500), abs=12)


def test_nothing_reached_is_an_empty_area(square: Network) -> None:
    nowhere = snap(square, [90_000], [90_000])
    found = isochrone(square, nowhere, limits_m=[500.0])
    assert found.polygons[0].is_empty
    assert found.pieces[0].is_empty
    assert found.reached_m.tolist() == [0]


@pytest.mark.parametrize("limits", [[], [0.0], [100.0, -1.0], [np.nan], [np.inf]])
def test_limits_that_are_none_are_refused(square: Network, limits: list[float]) -> None:
    with pytest.raises(InputError) as caught:
        isochrone(square, snap(square, [0], [0]), limits_m=limits)
    assert caught.value.code == "limits-not-positive"
