"""The network as a value: its arrays, its factors, its name, its copies."""

import pickle
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest

from gridmap.streets import Network, at_points, distances, snap, sweep

Make = Callable[..., Network]


def test_arrays_fit_together_and_are_read_only(square: Network) -> None:
    assert len(square.x) == 36
    assert len(square.u) == 60
    assert square.report()["length_m"] == pytest.approx(12 * 500)
    assert np.array_equal(square.coords[square.offsets[:-1]], np.column_stack([square.x, square.y])[square.u])
    assert np.array_equal(square.coords[square.offsets[1:] - 1], np.column_stack([square.x, square.y])[square.v])
    assert np.abs([shape.length for shape in square.shapes()] - square.length_m).max() < 1e-9
    with pytest.raises(ValueError, match="read-only"):
        square.x[0] = 1.0


def test_parts_are_numbered_by_falling_length(made: Make) -> None:
    net = made([[(0, 0), (10, 0)], [(0, 100), (300, 100)], [(0, 200), (50, 200)]])
    assert net.component_m.tolist() == pytest.approx([300, 50, 10])
    report = net.report()
    assert (report["components"], report["nodes_outside_largest"]) == (3, 4)


def test_equal_streets_make_equal_networks_whatever_their_order(made: Make) -> None:
    lines = [[(0, 0), (100, 0)], [(50, -50), (50, 50)], [(0, 30), (100, 30)]]
    net, again, other = made(lines), made(lines[::-1]), made(lines[:2])
    assert net.digest == made(lines).digest
    assert net.digest != other.digest
    at = [snap(each, [0, 100], [0, 30]) for each in (net, again)]
    ways = [distances(each, points, points) for each, points in zip((net, again), at, strict=True)]
    assert np.allclose(ways[0], ways[1], rtol=0, atol=1e-9)


def test_a_copy_through_pickle_is_the_same(square: Network) -> None:
    copy = pickle.loads(pickle.dumps(square))  # noqa: S301 - our own bytes
    assert copy.digest == square.digest
    points = snap(copy, [10, 410], [5, 395])
    assert distances(copy, points, points)[0, 1] == pytest.approx(distances(square, points, points)[0, 1])


def test_classes_have_factors(made: Make) -> None:
    lines = [[(0, 0), (100, 0)], [(0, 0), (0, 10), (100, 10), (100, 0)]]
    net = made(lines, columns={"class": ["steps", "path"]}, factors={"steps": 2.0})
    points = snap(net, [0, 100, 40], [0, 0, 0])
    # 100 m of steps count 200 m, so the way around them (120 m) is shorter.
    assert distances(net, points, points)[0, 1] == pytest.approx(120)
    assert distances(net, points, points)[0, 2] == pytest.approx(80)
    assert at_points(net, sweep(net, points.take([0])), points)[1][:, 0] == pytest.approx([0, 120, 80])


def test_importing_the_room_compiles_nothing() -> None:
    run = "import sys, gridmap.streets; sys.exit('numba' in sys.modules or 'matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", run], check=False).returncode == 0
