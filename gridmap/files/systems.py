"""The reference systems that files of Chinese cities come in, and which of them some numbers can be coordinates of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS, Transformer

from gridmap.geo.frames import Frame
from gridmap.geo.shifts import wgs84_from_bd09, wgs84_from_gcj02

__all__ = ["System", "systems"]

Floats = NDArray[np.float64]

_NEAR_DEG = 1.0
"""How far from a city's middle a layer of it may lie, in degrees of either direction."""

_SHIFTS = {"gcj02": ("GCJ-02", wgs84_from_gcj02), "bd09": ("BD-09", wgs84_from_bd09)}
_DEGREES = (("EPSG:4326", "WGS 84 / CGCS2000, degrees"), ("gcj02", "GCJ-02, degrees"), ("bd09", "BD-09, degrees"))
# (name, width of a zone in degrees, first EPSG code with the zone's number in x, first without, first meridian, number)
_ZONES = (
    ("CGCS2000", 3, 4513, 4534, 75, 25),
    ("CGCS2000", 6, 4491, 4502, 75, 13),
    ("Xi'an 80", 3, 2349, 2370, 75, 25),
    ("Xi'an 80", 6, 2327, 2338, 75, 13),
    ("Beijing 54", 3, 2401, 2422, 75, 25),
    ("Beijing 54", 6, 21413, 21453, 75, 13),
)


@dataclass(frozen=True, slots=True)
class System:
    """A reference system as a file may use it; `rank` says how usual it is, 0 the most."""

    crs: str
    name: str
    swap_axes: bool
    rank: int

    def lonlat(self, xy: Floats) -> Floats:
        """Return longitude and latitude (n, 2) of coordinates as they stand in the file; inf where there are none."""
        x, y = (xy[:, 1], xy[:, 0]) if self.swap_axes else (xy[:, 0], xy[:, 1])
        if self.crs in _SHIFTS:
            return np.column_stack(_SHIFTS[self.crs][1](x, y))
        return np.column_stack(_between(self.crs, "EPSG:4326").transform(x, y))

    def to_frame(self, xy: Floats, frame: Frame) -> Floats:
        """Return coordinates in a frame; inf where there are none."""
        x, y = (xy[:, 1], xy[:, 0]) if self.swap_axes else (xy[:, 0], xy[:, 1])
        if self.crs in _SHIFTS:
            x, y = _SHIFTS[self.crs][1](x, y)
            return np.column_stack(_between("EPSG:4326", f"EPSG:{frame.epsg}").transform(x, y))
        return np.column_stack(_between(self.crs, f"EPSG:{frame.epsg}").transform(x, y))


def systems(middle: Floats, frame: Frame | None, *, declared: str | None) -> tuple[System, ...]:
    """Return the systems in which a layer with this middle may be, the most usual first.

    With a frame, only those that put it near the frame's zone; without one, those that put it into China.
    """
    found = [one for one in _all(middle, frame, declared) if _fits(one, middle, frame)]
    unique = {(one.crs, one.swap_axes): one for one in reversed(found)}
    return tuple(sorted(unique.values(), key=lambda one: (one.rank, one.swap_axes, one.crs)))


def _all(middle: Floats, frame: Frame | None, declared: str | None) -> Iterator[System]:
    degrees = bool((np.abs(middle) <= 180).all())
    for swap in (False, True):
        back = ", x and y exchanged" if swap else ""
        if declared is not None and declared not in _SHIFTS:
            name = CRS.from_user_input(declared).name
            yield System(declared, f"{name}, as declared{back}", swap, 0)
        if degrees:
            for rank, (crs, name) in enumerate(_DEGREES):
                yield System(crs, f"{name}{back}", swap, rank)
            continue
        yield from _zones(middle[1] if swap else middle[0], frame, back)
        yield System("EPSG:3857", f"Web Mercator{back}", swap, 5)
        if frame is not None:
            yield System(f"EPSG:{frame.epsg}", f"the city's own, {frame.crs.name}{back}", swap, 0)


def _zones(x: float, frame: Frame | None, back: str) -> Iterator[System]:
    """Yield the Gauss-Krüger zones that an easting can be in: the one it begins with, or those around the frame's."""
    around = None if frame is None else _meridian(frame)
    for order, (datum, width, with_number, without, first, number) in enumerate(_ZONES):
        for k in range((135 - first) // width + 1):
            meridian = first + width * k
            if around is not None and abs(meridian - around) > 6:
                continue
            if int(x // 1_000_000) == number + k:
                name = f"{datum}, {width}° zone {number + k}, {meridian}°E, number in x{back}"
                yield System(f"EPSG:{with_number + k}", name, bool(back), order)
            elif 0 < x < 1_000_000:
                name = f"{datum}, {width}° zone, {meridian}°E, no number in x{back}"
                yield System(f"EPSG:{without + k}", name, bool(back), order)


def _meridian(frame: Frame) -> float | None:
    area = frame.crs.area_of_use
    return None if area is None else (area.west + area.east) / 2


def _fits(one: System, middle: Floats, frame: Frame | None) -> bool:
    lon, lat = one.lonlat(middle[None, :])[0]
    if not (np.isfinite(lon) and np.isfinite(lat)):
        return False
    if frame is None:
        return bool(73 <= lon <= 136 and 3 <= lat <= 54)
    area = frame.crs.area_of_use
    if area is None:
        return True
    west, east = area.west - _NEAR_DEG, area.east + _NEAR_DEG
    return bool(west <= lon <= east and area.south - _NEAR_DEG <= lat <= area.north + _NEAR_DEG)


@lru_cache(maxsize=256)
def _between(source: str, target: str) -> Transformer:
    return Transformer.from_crs(source, target, always_xy=True)
