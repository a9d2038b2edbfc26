"""How far one gets on foot, as layers of a page: areas by distance, and the street pieces that are reached."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.maps.topic import Class, Layer, Said
from gridmap.streets import isochrone

if TYPE_CHECKING:
    from gridmap.facilities import Limit
    from gridmap.streets import Network, Snapped

__all__ = ["COLOURS", "band_names", "reach_layers", "ring_areas"]

COLOURS = ("coverage-minutes-5", "coverage-minutes-10", "coverage-minutes-15")
"""One hue, the nearest darkest."""
_AREA_M, _PIECE_M = 4.0, 1.0


def band_names(limits_m: Sequence[float], limit: Limit) -> list[Said]:
    """Return what the bands up to limits are called: minutes where the limit is in minutes, else metres."""
    names: list[Said] = []
    for metres in limits_m:
        minutes = metres / limit.speed_m_per_min
        whole = abs(minutes - round(minutes)) < 0.01 and limit.minutes is not None
        names.append(
            (f"{round(minutes)} 分钟以内", f"within {round(minutes)} min")
            if whole
            else (f"{metres:,.0f} 米以内", f"within {metres:,.0f} m")
        )
    return names


def band_colours(count: int) -> tuple[str, ...]:
    """Return the colours of so many bands: a single one is as dark as the farthest of few."""
    return COLOURS[:count] if count > 1 else COLOURS[1:2]


def reach_layers(
    network: Network,
    seeds: Snapped,
    *,
    limits_m: Sequence[float],
    limit: Limit,
    views: tuple[int, ...] = (),
    suffix: str = "",
    streets: bool = True,
) -> list[Layer]:
    """Return the layers of what is within rising limits of some doors; none where there are no doors."""
    if not len(seeds):
        return []
    found = isochrone(network, seeds, limits_m=limits_m)
    names = band_names(limits_m, limit)
    colours = band_colours(len(names))
    classes = [Class(name, colour, alpha=0.6) for name, colour in zip(names, colours, strict=True)]
    areas = Layer(
        f"reach{suffix}", ("步行可达范围", "Reached on foot"), "polygons", ring_areas(found.polygons), classes,
        of=range(len(classes)), views=views,
    )  # fmt: skip
    if not streets:
        return [areas]
    strokes = [Class(name, colour) for name, colour in zip(names, colours, strict=True)]
    pieces = Layer(
        areas.id, areas.name, "lines", _differences(found.pieces, _PIECE_M), strokes,
        of=range(len(strokes)), views=views, width=3.0, min_zoom=14.5,
    )  # fmt: skip
    return [areas, pieces]


def ring_areas(areas: NDArray[np.object_]) -> NDArray[np.object_]:
    """Cut the nearer areas out of the farther ones, so that each place has one colour."""
    simple = np.array([shapely.simplify(area, _AREA_M) for area in areas], dtype=object)
    simple = shapely.make_valid(simple)
    out = simple.copy()
    for at in range(1, len(simple)):
        out[at] = shapely.difference(simple[at], simple[at - 1])
    return np.array([_flat(area) for area in out], dtype=object)


def _flat(area: shapely.Geometry) -> shapely.MultiPolygon:
    parts = [part for part in shapely.get_parts(area) if isinstance(part, shapely.Polygon)]
    return shapely.MultiPolygon(parts)


def _differences(pieces: NDArray[np.object_], tolerance_m: float) -> NDArray[np.object_]:
    """Return street pieces, merged and simplified; nearer ones are painted over farther ones."""
    out = np.empty(len(pieces), dtype=object)
    out[:] = [shapely.simplify(shapely.line_merge(piece), tolerance_m) for piece in pieces]
    return out
