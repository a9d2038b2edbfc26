"""How far one gets: areas for display, and the street pieces that are reached, which are exact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from gridmap.errors import InputError
from gridmap.streets.network import Network
from gridmap.streets.snapping import Snapped, snap
from gridmap.streets.sweeping import Labels, at_points, sweep

__all__ = ["Isochrone", "isochrone", "reached"]

Floats = NDArray[np.float64]
_MOST_CELLS = 250_000
_SPECK_CELLS = 3.0


@dataclass(frozen=True, eq=False)
class Isochrone:
    """What is within each of `limits_m` float64[l], in metres of level ground.

    `polygons` object[l] are areas for display, with their holes (MultiPolygon, empty where nothing is reached): what
    lies up to `beside_m` beside a reached street. `pieces` object[l] are the reached street pieces (MultiLineString)
    and `reached_m` float64[l] their length; coverage is told by distances, never by these areas.
    """

    limits_m: Floats
    polygons: NDArray[np.object_]
    pieces: NDArray[np.object_]
    reached_m: Floats
    beside_m: float


def isochrone(
    network: Network,
    seeds: Snapped,
    *,
    limits_m: Sequence[float],
    offset_m: ArrayLike = 0.0,
    cell_m: float | None = None,
    beside_m: float = 50.0,
) -> Isochrone:
    """Draw what is within limits of the nearest of some seeds.

    A raster of walking distances (each cell put on the network like a point, so no barrier is crossed) and marching
    squares on it. `cell_m` is its cell, by default 10 m or what keeps it under 250,000 cells.
    """
    limits = np.asarray(limits_m, np.float64).reshape(-1)
    if not len(limits) or not (np.isfinite(limits) & (limits > 0)).all():
        raise InputError("limits-not-positive", f"The limits are {list(limits_m)}.", "Give metres above 0.")
    labels = sweep(network, seeds, offset_m=offset_m, limit_m=float(limits.max()) + 2 * beside_m)
    cuts = [reached(network, labels, float(limit)) for limit in limits]
    pieces = np.empty(len(limits), dtype=object)
    pieces[:] = [shapely.MultiLineString(list(lines)) for lines, _ in cuts]
    polygons = np.empty(len(limits), dtype=object)
    polygons[:] = shapely.MultiPolygon()
    outline = pieces[int(np.argmax(limits))]
    if not outline.is_empty:
        bounds = shapely.bounds(outline) + np.array([-1, -1, 1, 1]) * 1.5 * beside_m
        raster = _raster(network, labels, bounds, cell_m, beside_m)
        for at, limit in enumerate(limits):
            polygons[at] = _area(raster, float(limit), beside_m)
    return Isochrone(limits, polygons, pieces, np.array([length for _, length in cuts]), beside_m)


def reached(network: Network, labels: Labels, limit_m: float) -> tuple[NDArray[np.object_], float]:
    """Return the street pieces within `limit_m` of the nearest seed, LineStrings, and their length in metres."""
    from gridmap.streets.kernels.courses import cut

    dist = labels.dist_m[:, 0]
    length, pace = network.length_m, network.factor
    ahead = np.clip((limit_m - dist[network.u]) / pace, 0.0, length)
    back = np.clip((limit_m - dist[network.v]) / pace, 0.0, length)
    seeds = labels.seeds
    room = np.maximum((limit_m - seeds.cost_m) / pace[seeds.edge], 0.0)
    every = np.arange(len(length), dtype=np.int32)
    edge = np.concatenate([every, every, seeds.edge])
    begin = np.concatenate([np.zeros(len(every)), length - back, np.maximum(seeds.offset_m - room, 0.0)])
    end = np.concatenate([ahead, length, np.minimum(seeds.offset_m + room, length[seeds.edge])])
    edge, begin, end = _united(edge, begin, end)
    if not len(edge):
        return np.empty(0, dtype=object), 0.0
    xy, bounds = cut(network.coords, network.along, network.offsets, edge, begin, end)
    index = np.repeat(np.arange(len(edge)), np.diff(bounds))
    return np.asarray(shapely.linestrings(xy, indices=index), dtype=object), float((end - begin).sum())


def _united(edge: NDArray[np.int32], begin: Floats, end: Floats) -> tuple[NDArray[np.int32], Floats, Floats]:
    """Unite the intervals on each edge that meet; empty ones go."""
    some = end > begin
    edge, begin, end = edge[some], begin[some], end[some]
    order = np.lexsort((begin, edge))
    edge, begin, end = edge[order], begin[order], end[order]
    # Few edges have more than two intervals, so a pass for each further one is cheap.
    while len(edge) > 1:
        meets = (edge[1:] == edge[:-1]) & (begin[1:] <= end[:-1])
        # Of a row of intervals that meet, every second one is united with the one before it.
        meets[1:] &= ~meets[:-1]
        if not meets.any():
            break
        at = np.flatnonzero(meets)
        end[at] = np.maximum(end[at], end[at + 1])
        kept = np.ones(len(edge), bool)
        kept[at + 1] = False
        edge, begin, end = edge[kept], begin[kept], end[kept]
    return edge, begin, end


@dataclass(frozen=True)
class _Raster:
    """Walking distance and access of the cells of a raster, [rows, columns], its first corner and its cell."""

    dist_m: Floats
    access_m: Floats
    x0: float
    y0: float
    cell_m: float


def _raster(network: Network, labels: Labels, bounds: Floats, cell_m: float | None, beside_m: float) -> _Raster:
    """Put each cell of a raster on the network, like a point."""
    width, height = bounds[2] - bounds[0], bounds[3] - bounds[1]
    cell = max(10.0 if cell_m is None else cell_m, float(np.sqrt(width * height / _MOST_CELLS)))
    columns, rows = int(width / cell) + 2, int(height / cell) + 2
    x, y = np.meshgrid(bounds[0] + np.arange(columns) * cell, bounds[1] + np.arange(rows) * cell)
    places = snap(network, x.ravel(), y.ravel(), cap_m=2 * beside_m)
    dist = at_points(network, labels, places)[1][:, 0]
    # The way inside a gated compound is walked, but not beside a street: only the way from its entrance is access.
    access = np.where(np.isfinite(dist), _beside(places), np.inf)
    return _Raster(dist.reshape(rows, columns), access.reshape(rows, columns), bounds[0], bounds[1], cell)


def _beside(places: Snapped) -> Floats:
    """Return how far places are from the street; those in a gated compound count as on it."""
    access = places.nearest_access_m
    access[places.point[(places.via >= 0) & (places.edge >= 0)]] = 0.0
    return access


def _area(raster: _Raster, limit: float, beside_m: float) -> shapely.MultiPolygon:
    """Draw around the cells within a limit: what is too far to walk, or too far beside the street, is outside."""
    from gridmap.streets.kernels.courses import contour

    over = np.maximum(raster.dist_m - limit, 2.0 * (raster.access_m - beside_m))
    field = np.pad(np.clip(over, -beside_m, beside_m), 1, constant_values=beside_m)
    segments = contour(field, 0.0).reshape(-1, 2)
    if not len(segments):
        return shapely.MultiPolygon()
    xy = (segments - 1.0) * raster.cell_m + np.array([raster.x0, raster.y0])
    rings = shapely.multilinestrings(list(shapely.linestrings(xy, indices=np.repeat(np.arange(len(xy) // 2), 2))))
    area = shapely.build_area(rings)
    parts = [part for part in shapely.get_parts(area) if isinstance(part, shapely.Polygon)]
    # What is smaller than a few cells says something about the raster, not about the town.
    small = _SPECK_CELLS * raster.cell_m**2
    kept = [
        shapely.Polygon(part.exterior, [hole for hole in part.interiors if shapely.Polygon(hole).area >= small])
        for part in parts
        if part.area >= small
    ]
    return shapely.MultiPolygon(kept)
