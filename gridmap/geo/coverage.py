"""Where a layer that should cover its ground without seam overlaps or leaves gaps, and how large each fault is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

__all__ = ["Faults", "coverage_faults"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Objects = NDArray[np.object_]


@dataclass(frozen=True)
class Faults:
    """Faults of a coverage, one a row: overlaps, then gaps, each by its polygons.

    `kind` is `overlap`, `gap` or, where it is narrower than the sliver width, `sliver`. `i` < `j` are the rows of the
    two polygons that overlap, or of the two with the longest border on the gap; −1 where there is none, in `j` first.
    `width_m` is the mean width: that of the rectangle of the same area and perimeter.
    """

    kind: NDArray[np.str_]
    i: Ints
    j: Ints
    area_m2: Floats
    width_m: Floats
    geometry: Objects

    def __len__(self) -> int:
        return len(self.kind)


def coverage_faults(polygons: Objects, *, tolerance_m: float, sliver_width_m: float) -> Faults:
    """Find overlaps, gaps and slivers in a layer of polygons.

    A gap is ground enclosed by the polygons, or an open crack between two of them narrower than `sliver_width_m`.
    Faults narrower than `tolerance_m` are noise of coordinates and left out. Missing and empty polygons are passed
    over; an invalid one is judged by its valid form. Time grows with the faults, hardly with sound polygons.
    """
    rows = np.flatnonzero(~(shapely.is_missing(polygons) | shapely.is_empty(polygons)))
    shapes = polygons[rows]
    broken = ~shapely.is_valid(shapes)
    if broken.any():
        shapes = shapes.copy()
        shapes[broken] = shapely.make_valid(shapes[broken], method="structure", keep_collapsed=False)
    union = _sure(shapely.union_all, shapes)
    pieces, i, j = _overlaps(shapes, union, tolerance_m)
    gaps, gap_i, gap_j = _gaps(shapes, union, tolerance_m, sliver_width_m)
    overlap_count = len(pieces)
    geometry = _objects([*pieces, *gaps])
    width = _widths(geometry)
    area = shapely.area(geometry)
    kind = np.where(np.arange(len(geometry)) < overlap_count, "overlap", "gap")
    kind = np.where(width < sliver_width_m, "sliver", kind)
    back = np.append(rows, -1).astype(np.int32)
    keep = width > tolerance_m
    return Faults(
        kind=kind[keep],
        i=back[np.concatenate([i, gap_i])][keep],
        j=back[np.concatenate([j, gap_j])][keep],
        area_m2=area[keep],
        width_m=width[keep],
        geometry=geometry[keep],
    )


def _sure(operation: Callable[..., Any], *shapes: Any) -> Any:
    """Overlay shapes; where the last digits confuse the exact way, on a grid of a micrometre."""
    try:
        return operation(*shapes)
    except shapely.errors.GEOSException:
        return operation(*shapes, grid_size=1e-6)


def _objects(items: list[shapely.Geometry]) -> Objects:
    array = np.empty(len(items), dtype=object)
    array[:] = items
    return array


def _widths(shapes: Objects) -> Floats:
    """Return the mean widths: of the rectangles of the same area and perimeter (of the square, where there is none)."""
    half, area = shapely.length(shapes) / 2.0, shapely.area(shapes)
    return np.asarray((half - np.sqrt(np.maximum(half**2 - 4.0 * area, 0.0))) / 2.0)


def _overlaps(
    shapes: Objects, union: shapely.Geometry, tolerance_m: float
) -> tuple[list[shapely.Geometry], Ints, Ints]:
    """Return the pieces of ground that two polygons claim, with the positions of the two."""
    # Where the areas add up to that of the union, no piece is as wide as the tolerance: nothing to look for.
    if shapely.area(shapes).sum() - shapely.area(union) < min(tolerance_m, 1.0) ** 2:
        return [], np.empty(0, np.int32), np.empty(0, np.int32)
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    left, right = left[left < right], right[left < right]
    shapely.prepare(shapes)
    inside = shapely.relate_pattern(shapes[left], shapes[right], "T********")
    left, right = left[inside], right[inside]
    shared = _sure(shapely.intersection, shapes[left], shapes[right])
    pieces, pair = shapely.get_parts(shared, return_index=True)
    # A piece without area is a common border.
    wide = (shapely.area(pieces) > 0) & (_widths(pieces) > tolerance_m)
    pieces, pair = pieces[wide], pair[wide]
    return list(pieces), left[pair].astype(np.int32), right[pair].astype(np.int32)


def _gaps(
    shapes: Objects, union: shapely.Geometry, tolerance_m: float, sliver_width_m: float
) -> tuple[list[shapely.Geometry], Ints, Ints]:
    """Return enclosed gaps and open cracks, with the positions of the two polygons of longest border each."""
    parts = shapely.get_parts(union)
    solid = _sure(shapely.union_all, [shapely.Polygon(part.exterior) for part in parts])
    holes = shapely.get_parts(_sure(shapely.difference, solid, union))
    found: list[shapely.Geometry] = [hole for hole in holes if hole.area > 0]
    # Closing by half the width fills every crack that is narrower, and the corners, which are no cracks: they have
    # little length for their width.
    half = sliver_width_m / 2.0
    closed = shapely.buffer(shapely.buffer(solid, half, quad_segs=4), -half, quad_segs=4)
    cracks = shapely.get_parts(_sure(shapely.difference, closed, solid))
    enclosed = len(found)
    found += [crack for crack in cracks if crack.length / 2.0 > 3.0 * sliver_width_m]
    i, j = _longest_borders(found, shapes, tolerance_m)
    both = [k for k in range(len(found)) if k < enclosed or j[k] >= 0]
    return [found[k] for k in both], i[both], j[both]


def _longest_borders(gaps: list[shapely.Geometry], shapes: Objects, tolerance_m: float) -> tuple[Ints, Ints]:
    """Return, for each gap, the positions of the two polygons with the longest border on it; −1 where there is none."""
    i = np.full(len(gaps), -1, dtype=np.int32)
    j = np.full(len(gaps), -1, dtype=np.int32)
    if not gaps:
        return i, j
    grown = shapely.buffer(_objects(gaps), max(tolerance_m, 1e-6), quad_segs=1)
    gap, shape = shapely.STRtree(shapes).query(grown, predicate="intersects")
    border = shapely.length(_sure(shapely.intersection, shapely.boundary(shapes[shape]), grown[gap]))
    order = np.lexsort((shape, -border, gap))
    seen: Counter[int] = Counter()
    for k in order:
        target = (i, j)[seen[gap[k]]] if seen[gap[k]] < 2 else None
        if target is not None and border[k] > 0:
            target[gap[k]] = shape[k]
            seen[int(gap[k])] += 1
    pair = j >= 0
    return np.where(pair, np.minimum(i, j), i), np.where(pair, np.maximum(i, j), j)
