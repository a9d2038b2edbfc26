"""The shifted coordinates of Chinese map services: GCJ-02 and BD-09, both ways.

All functions take and return longitude and latitude in degrees, element by element. The forward formulas are those in
public use; their inverses here are the true ones, found by iteration, where the usual one-step inverse leaves 1–2 m.
GCJ-02 leaves points outside a box around China as they are, as the public formula does.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "bd09_from_gcj02",
    "bd09_from_wgs84",
    "gcj02_from_bd09",
    "gcj02_from_wgs84",
    "wgs84_from_bd09",
    "wgs84_from_gcj02",
]

Floats = NDArray[np.float64]
LonLat = tuple[Floats, Floats]

# Krasovsky 1940, as the public formula uses it.
_A = 6_378_245.0
_EE = 0.00669342162296594323
_BD_TURN = np.pi * 3000.0 / 180.0
_BOX = (72.004, 0.8293, 137.8347, 55.8271)
# Each round gains about three digits; eight leave less than a micrometre.
_ROUNDS = 8


def _arrays(lon: ArrayLike, lat: ArrayLike) -> LonLat:
    return np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)


def _in_box(lon: Floats, lat: Floats) -> NDArray[np.bool_]:
    west, south, east, north = _BOX
    return (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)


def _wave(value: Floats, periods: tuple[float, float, float], heights: tuple[float, float, float]) -> Floats:
    total = np.zeros_like(value)
    for period, height in zip(periods, heights, strict=True):
        total = total + height * np.sin(value * np.pi * period)
    return total * 2.0 / 3.0


def _offset(lon: Floats, lat: Floats) -> LonLat:
    """Return how far GCJ-02 lies from WGS 84, in degrees."""
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    common = _wave(x, (6.0, 2.0, 0.0), (20.0, 20.0, 0.0))
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + common
    north = north + _wave(y, (1.0, 1.0 / 3.0, 0.0), (20.0, 40.0, 0.0)) + _wave(y, (1 / 12, 1 / 30, 0), (160, 320, 0))
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + common
    east = east + _wave(x, (1.0, 1.0 / 3.0, 0.0), (20.0, 40.0, 0.0)) + _wave(x, (1 / 12, 1 / 30, 0), (150, 300, 0))
    angle = np.radians(lat)
    magic = 1.0 - _EE * np.sin(angle) ** 2
    d_lat = np.degrees(north * magic * np.sqrt(magic) / (_A * (1.0 - _EE)))
    d_lon = np.degrees(east * np.sqrt(magic) / (_A * np.cos(angle)))
    return d_lon, d_lat


def gcj02_from_wgs84(lon: ArrayLike, lat: ArrayLike) -> LonLat:
    """Shift WGS 84 to GCJ-02; points outside the box around China stay.

    >>> lon, lat = gcj02_from_wgs84(111.788, 37.265)
    >>> f"{lon:.6f} {lat:.6f}"
    '111.794438 37.265529'
    """
    x, y = _arrays(lon, lat)
    inside = _in_box(x, y)
    d_lon, d_lat = _offset(np.where(inside, x, 105.0), np.where(inside, y, 35.0))
    return np.where(inside, x + d_lon, x), np.where(inside, y + d_lat, y)


def wgs84_from_gcj02(lon: ArrayLike, lat: ArrayLike) -> LonLat:
    """Shift GCJ-02 back to WGS 84, to well under a centimetre of the true inverse."""
    x, y = _arrays(lon, lat)
    inside = _in_box(x, y)
    goal_x, goal_y = np.where(inside, x, 105.0), np.where(inside, y, 35.0)
    at_x, at_y = goal_x, goal_y
    for _ in range(_ROUNDS):
        d_lon, d_lat = _offset(at_x, at_y)
        at_x, at_y = goal_x - d_lon, goal_y - d_lat
    return np.where(inside, at_x, x), np.where(inside, at_y, y)


def bd09_from_gcj02(lon: ArrayLike, lat: ArrayLike) -> LonLat:
    """Shift GCJ-02 to BD-09."""
    x, y = _arrays(lon, lat)
    radius = np.hypot(x, y) + 0.00002 * np.sin(y * _BD_TURN)
    angle = np.arctan2(y, x) + 0.000003 * np.cos(x * _BD_TURN)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def gcj02_from_bd09(lon: ArrayLike, lat: ArrayLike) -> LonLat:
    """Shift BD-09 back to GCJ-02, to well under a centimetre of the true inverse."""
    goal_x, goal_y = _arrays(lon, lat)
    at_x, at_y = goal_x - 0.0065, goal_y - 0.006
    for _ in range(_ROUNDS):
        x, y = bd09_from_gcj02(at_x, at_y)
        at_x, at_y = at_x + goal_x - x, at_y + goal_y - y
    return at_x, at_y


def bd09_from_wgs84(lon: ArrayLike, lat: ArrayLike) -> LonLat:
    """Shift WGS 84 to BD-09."""
    return bd09_from_gcj02(*gcj02_from_wgs84(lon, lat))


def wgs84_from_bd09(lon: ArrayLike, lat: ArrayLike) -> LonLat:
    """Shift BD-09 back to WGS 84."""
    return wgs84_from_gcj02(*gcj02_from_bd09(lon, lat))
