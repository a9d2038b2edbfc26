"""Metric frames: the one projected reference system a city is stored and measured in, and the way into it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TypeAlias

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError as ProjCrsError

from gridmap.errors import CrsError, GeometryError
from gridmap.geo.shifts import wgs84_from_bd09, wgs84_from_gcj02
from gridmap.settings import DEFAULT, Settings

__all__ = ["Frame", "frame_for", "metric_frame", "point_in", "require_metric", "swap_axes", "to_frame"]

Floats = NDArray[np.float64]
Shapes: TypeAlias = gpd.GeoDataFrame | gpd.GeoSeries | Sequence[shapely.Geometry] | NDArray[np.object_]
Unshift = Callable[[ArrayLike, ArrayLike], tuple[Floats, Floats]]

_SHIFTED: dict[str, Unshift] = {"gcj02": wgs84_from_gcj02, "bd09": wgs84_from_bd09}
# A city may reach into the next zone; beyond this many degrees past its own, the frame is not the city's.
_FRAME_MARGIN = 3.0
# A coarse, generous outline that does nothing but choose the frame; it is not a boundary of anything.
_CHINA = shapely.Polygon(
    [
        (134.9, 48.5), (133.3, 45.0), (131.1, 44.8), (131.4, 43.5), (130.7, 42.3), (129.9, 43.0), (129.7, 42.4),
        (128.0, 41.9), (126.9, 41.7), (125.3, 40.5), (124.3, 39.7), (123.5, 38.5), (122.9, 37.0), (122.5, 35.5),
        (123.5, 31.0), (123.0, 29.0), (122.3, 25.6), (122.2, 24.0), (121.2, 21.6), (117.5, 20.0), (113.0, 15.0),
        (110.0, 16.0), (108.2, 18.3), (107.8, 20.0), (108.1, 21.4), (106.7, 21.9), (106.6, 22.9), (105.4, 23.2),
        (103.9, 22.45), (102.5, 22.4), (101.8, 22.4), (101.7, 21.1), (100.1, 21.4), (99.1, 22.1), (98.7, 23.9),
        (97.5, 23.8), (98.6, 25.8), (98.6, 27.6), (97.3, 28.1), (95.0, 26.8), (92.0, 26.8), (91.6, 27.7),
        (90.0, 28.0), (89.0, 27.3), (88.8, 27.9), (86.5, 27.9), (84.0, 28.9), (81.5, 30.1), (79.5, 31.0),
        (78.7, 32.5), (78.2, 34.5), (76.0, 35.9), (75.0, 37.0), (73.5, 38.5), (73.4, 39.5), (75.5, 40.5),
        (78.4, 41.4), (80.2, 42.1), (80.3, 44.9), (82.5, 45.1), (82.3, 45.6), (83.0, 47.2), (85.5, 47.1),
        (85.5, 48.3), (87.0, 49.2), (88.0, 49.2), (90.0, 47.9), (91.0, 46.6), (90.9, 45.2), (94.5, 44.3),
        (96.4, 42.7), (100.0, 42.6), (103.5, 41.9), (105.0, 41.6), (107.5, 42.45), (110.0, 42.6), (111.9, 43.7),
        (111.4, 44.3), (113.6, 44.8), (116.0, 45.7), (119.9, 46.7), (118.5, 47.9), (116.0, 47.8), (115.5, 48.2),
        (116.7, 49.85), (119.2, 50.1), (119.5, 50.8), (120.7, 52.0), (120.1, 52.8), (121.0, 53.35), (123.6, 53.6),
        (126.0, 52.9), (127.5, 50.2), (128.2, 49.6), (130.6, 48.9), (131.0, 47.7), (132.6, 47.8),
    ]
).buffer(0.15)  # fmt: skip


@dataclass(frozen=True)
class Frame:
    """A metric frame by its EPSG code: coordinates are x (east), y (north), in metres."""

    epsg: int

    @cached_property
    def crs(self) -> CRS:
        """The reference system."""
        return _crs(self.epsg, name="")

    def to_lonlat(self, x: ArrayLike, y: ArrayLike) -> tuple[Floats, Floats]:
        """Return longitude and latitude (EPSG:4326) of frame coordinates."""
        return _as_arrays(_transformer(self.crs, CRS(4326)).transform(np.asarray(x, float), np.asarray(y, float)))

    def from_lonlat(self, lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
        """Return frame coordinates of longitude and latitude (EPSG:4326)."""
        return _as_arrays(_transformer(CRS(4326), self.crs).transform(np.asarray(lon, float), np.asarray(lat, float)))


def metric_frame(lon: float, lat: float) -> Frame:
    """Choose the metric frame of a place: CGCS2000 3-degree Gauss-Krüger in China, WGS 84 / UTM elsewhere.

    China is decided by a coarse outline that reaches a little past the borders. Zones there are the ones without a zone
    number in the easting (EPSG:4534, 75°E, to EPSG:4554, 135°E). Raises CrsError where UTM is not defined.

    >>> metric_frame(111.788, 37.265).epsg, metric_frame(103.85, 1.33).epsg, metric_frame(2.6, 44.35).epsg
    (4546, 32648, 32631)
    """
    if not (-180 <= lon <= 180 and -80 <= lat <= 84):
        raise CrsError(
            "frame-none",
            f"No metric frame exists for longitude {lon:g}, latitude {lat:g}.",
            "Give longitude first, then latitude, in degrees, between 80° south and 84° north.",
        )
    if shapely.contains_xy(_CHINA, lon, lat):
        meridian = min(max(3 * int(lon / 3 + 0.5), 75), 135)
        return Frame(4534 + (meridian - 75) // 3)
    return Frame((32600 if lat >= 0 else 32700) + _utm_zone(lon, lat))


def _utm_zone(lon: float, lat: float) -> int:
    """Return the UTM zone, with the exceptions for south-west Norway and Svalbard."""
    if 56 <= lat < 64 and 3 <= lon < 12:
        return 32
    if lat >= 72 and 0 <= lon < 42:
        return 31 + 2 * int((lon + 3) // 12)
    return min(int((lon + 180) // 6) + 1, 60)


def require_metric(crs: object, *, name: str) -> None:
    """Raise CrsError unless lengths and areas may be measured in this CRS: projected, in metres, not Web Mercator."""
    if crs is None:
        raise _missing(name)
    known = _crs(crs, name=name)
    if not known.is_projected or any(axis.unit_name not in {"metre", "meter"} for axis in known.axis_info[:2]):
        raise CrsError(
            "crs-not-metric",
            f"{_label(name)}{known.name} is not in metres, so nothing may be measured in it.",
            "Transform it to the city's metric frame first.",
        )
    if "Popular Visualisation" in known.name or "Pseudo-Mercator" in known.name or known.to_epsg() in {3857, 3785}:
        raise CrsError(
            "crs-web-mercator",
            f"{_label(name)}{known.name} stretches lengths and areas, so nothing may be measured in it.",
            "Transform it to the city's metric frame first.",
        )


def swap_axes(shapes: Shapes) -> gpd.GeoDataFrame:
    """Exchange x and y of every coordinate; Z and M are dropped."""
    frame = _table(shapes)
    swapped = shapely.transform(shapely.force_2d(frame.geometry.to_numpy()), lambda xy: xy[:, ::-1])
    return frame.set_geometry(gpd.GeoSeries(swapped, index=frame.index, crs=frame.crs))


def frame_for(
    shapes: Shapes, *, crs: object = None, name: str = "", swap: bool = False, settings: Settings = DEFAULT
) -> Frame:
    """Choose the metric frame for shapes by the middle of their coordinates; refuses what `to_frame` refuses."""
    lon, lat = _lonlat(swap_axes(shapes) if swap else _table(shapes), crs, name, settings)[2]
    if not len(lon):
        raise GeometryError(
            "layer-empty", f"{_label(name)}there are no coordinates to choose a frame by.", "Give a layer with shapes."
        )
    return metric_frame(float(np.median(lon)), float(np.median(lat)))


def to_frame(
    shapes: Shapes,
    frame: Frame,
    *,
    crs: object = None,
    name: str = "",
    swap: bool = False,
    settings: Settings = DEFAULT,
) -> gpd.GeoDataFrame:
    """Bring shapes into a metric frame, or refuse them with the reason.

    `shapes` is a GeoDataFrame, a GeoSeries or a sequence of geometries; `crs` overrides its own CRS: anything pyproj
    understands, or `gcj02` and `bd09` for shifted degrees. `swap` exchanges x and y first. Z and M are dropped; empty
    and missing geometries stay. `name` (file, layer) begins every message. Raises CrsError for a missing or unknown
    CRS, swapped axes, and coordinates outside the CRS's area of use or far outside the frame; GeometryError for
    coordinates that are not finite.
    """
    table = swap_axes(shapes) if swap else _table(shapes)
    flat, source, (lon, lat), rows = _lonlat(table, crs, name, settings)
    _check_frame(flat, source, frame, lon, lat, rows, name)
    if isinstance(source, str):
        placed = _moved(flat, frame.from_lonlat(lon, lat))
    elif source == frame.crs:
        placed = flat
    else:
        xy = shapely.get_coordinates(flat)
        placed = _moved(flat, _as_arrays(_transformer(source, frame.crs).transform(xy[:, 0], xy[:, 1])))
    result = table.set_geometry(gpd.GeoSeries(placed, index=table.index, crs=None))
    return result.set_crs(frame.crs, allow_override=True)


@lru_cache(maxsize=4096)
def point_in(frame: Frame, x: float, y: float, *, crs: str) -> tuple[float, float]:
    """Return a point's coordinates in a metric frame; refuses what `to_frame` refuses."""
    point = to_frame([shapely.Point(x, y)], frame, crs=crs, name=f"{x:g},{y:g}").geometry.iloc[0]
    return float(point.x), float(point.y)


def _label(name: str) -> str:
    return f"{name}: " if name else ""


def _missing(name: str) -> CrsError:
    return CrsError(
        "crs-missing",
        f"{_label(name)}the coordinates come without a reference system.",
        "Name it with --crs EPSG:…, --crs gcj02 or --crs bd09.",
    )


@lru_cache(maxsize=64)
def _known(text: str | int) -> CRS:
    return CRS.from_user_input(text)


def _crs(crs: object, *, name: str) -> CRS:
    if isinstance(crs, CRS):
        return crs
    try:
        return _known(crs) if isinstance(crs, (str, int)) else CRS.from_user_input(crs)
    except ProjCrsError:
        raise CrsError(
            "crs-unknown",
            f"{_label(name)}{crs!s} is not a reference system that is known here.",
            "Name it as EPSG:… (for example EPSG:4326), gcj02 or bd09.",
        ) from None


@lru_cache(maxsize=64)
def _transformer(source: CRS, target: CRS) -> Transformer:
    return Transformer.from_crs(source, target, always_xy=True)


def _as_arrays(pair: tuple[ArrayLike, ArrayLike]) -> tuple[Floats, Floats]:
    return np.asarray(pair[0], dtype=np.float64), np.asarray(pair[1], dtype=np.float64)


def _table(shapes: Shapes) -> gpd.GeoDataFrame:
    if isinstance(shapes, gpd.GeoDataFrame):
        return shapes
    if isinstance(shapes, gpd.GeoSeries):
        return gpd.GeoDataFrame(geometry=shapes)
    return gpd.GeoDataFrame(geometry=gpd.GeoSeries(list(shapes)))


def _moved(flat: NDArray[np.object_], xy: tuple[Floats, Floats]) -> NDArray[np.object_]:
    return np.asarray(shapely.set_coordinates(flat.copy(), np.column_stack(xy)))


def _rows_text(rows: NDArray[np.intp]) -> str:
    """Name rows as a reader of the file counts them, from 1."""
    found = np.unique(rows) + 1
    shown = ", ".join(str(row) for row in found[:5])
    return f"row {shown}" if len(found) == 1 else f"rows {shown}{' …' if len(found) > 5 else ''} ({len(found)} in all)"


def _lonlat(
    table: gpd.GeoDataFrame, crs: object, name: str, settings: Settings
) -> tuple[NDArray[np.object_], CRS | str, tuple[Floats, Floats], NDArray[np.intp]]:
    """Return the flat shapes, their CRS (or `gcj02`, `bd09`), and longitude, latitude and row of every coordinate."""
    source: CRS | str
    key = str(crs).lower().replace("-", "").replace("_", "") if isinstance(crs, str) else ""
    if key in _SHIFTED:
        source = key
    elif crs is not None:
        source = _crs(crs, name=name)
    elif table.crs is None:
        raise _missing(name)
    else:
        source = table.crs
    flat = np.asarray(shapely.force_2d(table.geometry.to_numpy()))
    xy, rows = shapely.get_coordinates(flat, return_index=True)
    bad = ~np.isfinite(xy).all(axis=1)
    if bad.any():
        raise GeometryError(
            "coordinates-not-finite",
            f"{_label(name)}{_rows_text(rows[bad])}: a coordinate is not a number.",
            "Correct or remove these rows.",
        )
    lon, lat = _degrees(source, xy[:, 0], xy[:, 1])
    outside = _outside(source, lon, lat, settings)
    if outside.any():
        raise _out_of_use(source, xy, rows, outside, name, settings)
    return flat, source, (lon, lat), rows


def _degrees(source: CRS | str, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Return WGS 84 longitude and latitude; infinite where there is none."""
    if isinstance(source, str):
        return _SHIFTED[source](x, y)
    if source.is_geographic and source.prime_meridian is not None and source.prime_meridian.longitude == 0:
        unit = source.axis_info[0].unit_conversion_factor
        return np.degrees(x * unit), np.degrees(y * unit)
    return _as_arrays(_transformer(source, CRS(4326)).transform(x, y))


def _outside(source: CRS | str, lon: Floats, lat: Floats, settings: Settings) -> NDArray[np.bool_]:
    """Mark what lies outside the CRS's area of use and its margin."""
    area = None if isinstance(source, str) else source.area_of_use
    west, south, east, north = area.bounds if area is not None else (-180.0, -90.0, 180.0, 90.0)
    margin = settings.area_of_use_margin
    ends = (west - margin, east + margin)
    # An area of use that crosses the antimeridian has its west end east of its east end.
    in_lon = (lon >= ends[0]) & (lon <= ends[1]) if west <= east else (lon >= ends[0]) | (lon <= ends[1])
    in_lat = (lat >= max(south - margin, -90.0)) & (lat <= min(north + margin, 90.0))
    return ~(in_lon & in_lat)


def _swapped(name: str, crs_name: str) -> CrsError:
    return CrsError(
        "axes-swapped",
        f"{_label(name)}x and y are exchanged: the coordinates fit {crs_name} only the other way round.",
        "Import it with --swap-axes.",
    )


def _crs_name(source: CRS | str) -> str:
    return {"gcj02": "GCJ-02", "bd09": "BD-09"}[source] if isinstance(source, str) else source.name


def _out_of_use(
    source: CRS | str, xy: Floats, rows: NDArray[np.intp], outside: NDArray[np.bool_], name: str, settings: Settings
) -> CrsError:
    if not _outside(source, *_degrees(source, xy[:, 1], xy[:, 0]), settings).any():
        return _swapped(name, _crs_name(source))
    x, y = xy[outside][0]
    return CrsError(
        "outside-area-of-use",
        f"{_label(name)}{_rows_text(rows[outside])}: x {x:.10g}, y {y:.10g} lies outside the area {_crs_name(source)} "
        "is made for.",
        _remedy(source, xy),
    )


def _remedy(source: CRS | str, xy: Floats) -> str:
    """Say which CRS the coordinates look like, where that can be told."""
    x, y = np.median(xy, axis=0)
    zone = int(x // 1_000_000)
    if 25 <= zone <= 45 and 0 < y < 6_000_000:
        return f"The easting begins with zone number {zone}: try --crs EPSG:{4513 + zone - 25}."
    if 13 <= zone <= 23 and 0 < y < 6_000_000:
        return f"The easting begins with zone number {zone}: try --crs EPSG:{4491 + zone - 13}."
    degrees = abs(x) <= 180 and abs(y) <= 90
    projected = not isinstance(source, str) and source.is_projected
    if degrees and projected:
        return "These look like degrees: try --crs EPSG:4326, gcj02 or bd09."
    if not degrees and not projected:
        return "These look like metres: name their projected CRS with --crs EPSG:…."
    return "Name the right CRS with --crs, or correct these rows."


def _check_frame(
    flat: NDArray[np.object_],
    source: CRS | str,
    frame: Frame,
    lon: Floats,
    lat: Floats,
    rows: NDArray[np.intp],
    name: str,
) -> None:
    """Refuse coordinates so far from the frame's zone that they cannot belong to the city."""
    area = frame.crs.area_of_use
    if area is None:
        return

    def far(lon: Floats, lat: Floats) -> NDArray[np.bool_]:
        ok = (lon >= area.west - _FRAME_MARGIN) & (lon <= area.east + _FRAME_MARGIN)
        return ~(ok & (lat >= area.south - _FRAME_MARGIN) & (lat <= area.north + _FRAME_MARGIN))

    off = far(lon, lat)
    if not off.any():
        return
    xy = shapely.get_coordinates(flat)
    if not far(*_degrees(source, xy[:, 1], xy[:, 0])).any():
        raise _swapped(name, frame.crs.name)
    raise CrsError(
        "outside-frame",
        f"{_label(name)}{_rows_text(rows[off])}: longitude {lon[off][0]:.6g}, latitude {lat[off][0]:.6g} lies far "
        f"outside the city's frame ({frame.crs.name}, EPSG:{frame.epsg}).",
        "Check the CRS of the file with --crs, or open a workspace of its own for this city.",
    )
