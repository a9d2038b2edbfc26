"""The shifts are the ones in public use, and their inverses are true inverses."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridmap.geo import shifts

CENTIMETRE = 0.01 / 111_320.0  # in degrees, at the equator
places = st.tuples(st.floats(73.6, 134.7), st.floats(3.9, 53.5))


def public_gcj02(lon: float, lat: float) -> tuple[float, float]:
    """Shift as the widely copied scalar code does: an oracle written line by line after it."""
    x, y = lon - 105.0, lat - 35.0
    wave = (20.0 * math.sin(6.0 * x * math.pi) + 20.0 * math.sin(2.0 * x * math.pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x)) + wave
    north += (20.0 * math.sin(y * math.pi) + 40.0 * math.sin(y / 3.0 * math.pi)) * 2.0 / 3.0
    north += (160.0 * math.sin(y / 12.0 * math.pi) + 320.0 * math.sin(y * math.pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x)) + wave
    east += (20.0 * math.sin(x * math.pi) + 40.0 * math.sin(x / 3.0 * math.pi)) * 2.0 / 3.0
    east += (150.0 * math.sin(x / 12.0 * math.pi) + 300.0 * math.sin(x / 30.0 * math.pi)) * 2.0 / 3.0
    angle = lat / 180.0 * math.pi
    magic = 1.0 - 0.00669342162296594323 * math.sin(angle) ** 2
    d_lat = north * 180.0 / ((6378245.0 * (1.0 - 0.00669342162296594323)) / (magic * math.sqrt(magic)) * math.pi)
    d_lon = east * 180.0 / (6378245.0 / math.sqrt(magic) * math.cos(angle) * math.pi)
    return lon + d_lon, lat + d_lat


def public_bd09(lon: float, lat: float) -> tuple[float, float]:
    turn = math.pi * 3000.0 / 180.0
    z = math.sqrt(lon * lon + lat * lat) + 0.00002 * math.sin(lat * turn)
    theta = math.atan2(lat, lon) + 0.000003 * math.cos(lon * turn)
    return z * math.cos(theta) + 0.0065, z * math.sin(theta) + 0.006


@given(places)
def test_forward_equals_the_public_formula(place: tuple[float, float]) -> None:
    gcj = shifts.gcj02_from_wgs84(*place)
    assert np.allclose(gcj, public_gcj02(*place), rtol=0, atol=1e-11)
    bd = shifts.bd09_from_wgs84(*place)
    assert np.allclose(bd, public_bd09(*public_gcj02(*place)), rtol=0, atol=1e-11)


@given(places)
def test_inverses_return_to_a_centimetre(place: tuple[float, float]) -> None:
    assert np.allclose(shifts.wgs84_from_gcj02(*public_gcj02(*place)), place, rtol=0, atol=CENTIMETRE / 100)
    shifted = public_bd09(*public_gcj02(*place))
    assert np.allclose(shifts.wgs84_from_bd09(*shifted), place, rtol=0, atol=CENTIMETRE / 100)


@given(places)
def test_shifting_back_and_forth_is_identity(place: tuple[float, float]) -> None:
    assert np.allclose(shifts.gcj02_from_wgs84(*shifts.wgs84_from_gcj02(*place)), place, rtol=0, atol=1e-10)
    assert np.allclose(shifts.bd09_from_gcj02(*shifts.gcj02_from_bd09(*place)), place, rtol=0, atol=1e-10)


@pytest.mark.parametrize("place", [(2.6, 44.35), (151.2, -33.9), (-74.0, 40.7)])
def test_gcj02_leaves_the_rest_of_the_world(place: tuple[float, float]) -> None:
    assert shifts.gcj02_from_wgs84(*place) == place
    assert shifts.wgs84_from_gcj02(*place) == place


def test_the_shift_at_fenyang_is_more_than_a_grid() -> None:
    lon, lat = shifts.gcj02_from_wgs84(111.788, 37.265)
    metres = math.hypot((lon - 111.788) * 111_320 * math.cos(math.radians(37.265)), (lat - 37.265) * 110_990)
    assert 570 < metres < 578


def test_arrays_go_in_and_come_out() -> None:
    lon, lat = shifts.bd09_from_wgs84([111.788, 2.6], [37.265, 44.35])
    assert lon.shape == lat.shape == (2,)
    assert lon.dtype == np.float64
