"""Which reference system a layer's coordinates may be in, ranked by how well the layer fits the city's other layers.

Nothing is decided here: candidates are proposed with the offset that each leaves, for a person to confirm.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.files.fit import Fit, Ground, ground, layer_points
from gridmap.files.systems import System, systems
from gridmap.files.values import key
from gridmap.geo.frames import Frame

if TYPE_CHECKING:
    import geopandas as gpd

    from gridmap.city import City

__all__ = ["Candidate", "Reference", "Rows", "crs_candidates", "doubt"]

Floats = NDArray[np.float64]

_POINTS = 40_000
_LAID = 2_000
_CLEAR = 4.8
"""How far the best of all translations has to stand out, in standard deviations; chance alone gives about 4."""

_HERE = 3.0
"""How far the place of one of the few candidates has to stand out, in standard deviations."""

_WINDOW_M = 800.0

_FITS, _BETTER, _FAR_M = 0.6, 0.2, 100.0
"""A file's own word is doubted where another system fits at least so well, so much better, and so far away."""

_FREE, _CROSSED = 0.8, 0.2
"""Streets tell where areas lie if so many of them are crossed by none, and so many more than elsewhere."""

_WALLED = frozenset({"buildings", "compounds", "green"})
"""Layers whose areas no street runs through."""

_NEAR_M = 30.0
_KEYED = 3
_SAME_M = 25.0
"""Candidates whose coordinates differ by less than this are ranked by which is usual, not by their fit."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What a layer is compared with: a city's layers, in the metres of its frame."""

    frame: Frame
    layers: Mapping[str, gpd.GeoDataFrame]

    @classmethod
    def of(cls, city: City) -> Reference:
        """Return the reference that a city is."""
        return cls(city.frame, city.layers)


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows to be placed: shapes as they are in the file, and what they are called (None where nothing says so).

    `keys` and `names` may be those of rows the city has already, `communities` the codes or names each says it is in.
    """

    layer: str
    shapes: NDArray[np.object_]
    keys: NDArray[np.object_] | None = None
    names: NDArray[np.object_] | None = None
    communities: NDArray[np.object_] | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A reference system that the coordinates may be in.

    `crs`, `swap_axes` and `offset` (added to x and y) are what to read the layer with; `fit` is 1 where it fits as well
    as it can anywhere, about 0 where it fits no better than by chance; `inside` is the share of the layer in the city;
    `east_m` and `north_m` lead from where it would lie to where it would fit best, None where that cannot be told; `by`
    is what it was judged by.
    """

    crs: str
    name: str
    swap_axes: bool
    offset: tuple[float, float]
    fit: float
    inside: float
    east_m: float | None
    north_m: float | None
    lon: float
    lat: float
    by: str

    @property
    def offset_m(self) -> float | None:
        """How far the layer would lie from where it fits best, in metres."""
        if self.east_m is None or self.north_m is None:
            return None
        return float(np.hypot(self.east_m, self.north_m))

    @property
    def telling(self) -> bool:
        """Tell whether the fit sets this one apart from others: an extent, or numbers alone, do not."""
        return self.fit > 0 and self.by != "extent"

    @property
    def options(self) -> str:
        """The options of the command line that take this candidate."""
        swap = " --swap-axes" if self.swap_axes else ""
        x, y = self.offset
        moved = f" --offset {x:.2f},{y:.2f}" if (x, y) != (0.0, 0.0) else ""
        return f"--crs {self.crs}{swap}{moved}"


def crs_candidates(
    rows: Rows, reference: Reference | None = None, *, declared: str | None = None
) -> tuple[Candidate, ...]:
    """Rank the systems that a layer's coordinates may be in, the best first.

    With a `reference` each candidate is judged, in this order, by rows that both have (`keys`), by the communities that
    rows say they are in, and by how the shapes fit the streets, buildings and boundaries; without one only by whether
    the numbers can be coordinates of that system, which `by` then says. `declared` is what the file says, if anything:
    among systems that cannot be told apart it comes first.
    """
    xy = _sample(rows.shapes)
    if not len(xy):
        return ()
    middle = np.median(xy, axis=0)
    found = systems(middle, None if reference is None else reference.frame, declared=declared)
    laid = None if reference is None else ground(reference.layers, rows.layer)
    if reference is None or laid is None:
        return tuple(_by_extent(one, middle) for one in found)
    judged = [_judged(one, rows, xy, laid, reference) for one in found]
    near = [one for one in judged if one is not None and one.candidate.inside > 0]
    near = _weighed(near, laid)
    if (np.abs(middle) > 360).any() or not near:
        near += _weighed(_local(rows, xy, laid, reference, near), laid)
    return _ranked(near, declared)


def doubt(candidates: Sequence[Candidate], crs: str, *, swap_axes: bool) -> Candidate | None:
    """Return the candidate that fits clearly better than the system a file is said to be in; None if none does."""
    if not candidates:
        return None
    first = candidates[0]
    own = next((one for one in candidates if one.crs == crs and one.swap_axes == swap_axes), None)
    if first.crs == crs and first.swap_axes == swap_axes:
        return None
    if own is None:
        return first if first.fit >= _FITS else None
    far = (own.offset_m or 0.0) > _FAR_M and (first.offset_m or 0.0) < _FAR_M / 2
    return first if far and first.fit >= _FITS and own.fit <= first.fit - _BETTER else None


@dataclass(frozen=True, slots=True)
class _Judged:
    """A candidate with where it puts the points, and what they were compared with."""

    candidate: Candidate
    rank: int
    at: Floats
    fit: Fit | None = None
    told: float | None = None
    keyed: bool = False
    free: float | None = None


def _sample(shapes: NDArray[np.object_]) -> Floats:
    there = shapes[~shapely.is_missing(shapes)]
    if len(there) > _POINTS:
        there = there[np.linspace(0, len(there) - 1, _POINTS).astype(np.int64)]
    xy = np.asarray(shapely.get_coordinates(there), dtype=np.float64)
    xy = xy[np.isfinite(xy).all(axis=1)]
    return xy if len(xy) <= 3 * _POINTS else xy[np.linspace(0, len(xy) - 1, 3 * _POINTS).astype(np.int64)]


def _by_extent(one: System, middle: Floats) -> Candidate:
    lon, lat = one.lonlat(middle[None, :])[0]
    by = "numbers only: there is no layer to compare with"
    return Candidate(one.crs, one.name, one.swap_axes, (0.0, 0.0), 0.0, 0.0, None, None, lon, lat, by)


def _judged(one: System, rows: Rows, xy: Floats, laid: Ground, reference: Reference) -> _Judged | None:
    at = one.to_frame(xy, reference.frame)
    if not np.isfinite(at).all(axis=1).any():
        return None
    return _measured(one, rows, at, _points_of(rows, one, reference.frame, laid), laid, reference)


def _points_of(rows: Rows, one: System, frame: Frame, laid: Ground) -> Floats:
    """Return points along the layer's outlines, in the city's frame."""
    shapes = rows.shapes[~shapely.is_missing(rows.shapes)]
    if len(shapes) > _POINTS:
        shapes = shapes[np.linspace(0, len(shapes) - 1, _POINTS).astype(np.int64)]
    moved = shapely.transform(shapes, lambda points: one.to_frame(points, frame))
    finite = np.isfinite(shapely.bounds(moved)).all(axis=1)
    size = max(laid.likes.shape) * laid.cell_m
    near = np.abs(shapely.bounds(moved[finite])[:, :2] - laid.middle).max(axis=1) < size
    return layer_points(rows.layer, moved[finite][near], step_m=laid.cell_m)


def _measured(
    one: System,
    rows: Rows,
    at: Floats,
    points: Floats,
    laid: Ground,
    reference: Reference,
    offset: tuple[float, float] = (0.0, 0.0),
) -> _Judged:
    """Place the rows as a candidate says, and compare them with all that the city has."""
    at = at + offset
    inside = laid.share_inside(at)
    lon, lat = (float(value) for value in reference.frame.to_lonlat(*np.nanmedian(at, axis=0)))
    placed = Candidate(one.crs, one.name, one.swap_axes, offset, inside, inside, None, None, lon, lat, "extent")
    centres = one.to_frame(_centres(rows.shapes), reference.frame) + offset
    keyed = _by_keys(rows, centres, reference)
    if keyed is not None:
        east, north, share = keyed
        by = f"rows that {rows.layer} have already"
        return _Judged(replace(placed, fit=share, east_m=east, north_m=north, by=by), one.rank, at, keyed=True)
    told = _by_communities(rows, centres, reference)
    fit = laid.fit(points + offset) if inside > 0 and laid.by else None
    free = _uncrossed(one, rows, reference, offset) * inside if inside > 0 and _walled(rows, reference) else None
    return _Judged(placed, one.rank, at, fit=fit, told=told, free=free)


def _walled(rows: Rows, reference: Reference) -> bool:
    return rows.layer in _WALLED and "streets" in reference.layers and len(reference.layers["streets"]) > 0


def _uncrossed(one: System, rows: Rows, reference: Reference, offset: tuple[float, float]) -> float:
    """Return the share of areas that no street crosses, where a candidate puts them; 0 where there are no areas."""
    shapes = rows.shapes[np.isin(shapely.get_type_id(rows.shapes), (3, 6))]
    if len(shapes) > _LAID:
        shapes = shapes[np.linspace(0, len(shapes) - 1, _LAID).astype(np.int64)]
    moved = shapely.transform(shapes, lambda points: one.to_frame(points, reference.frame) + offset)
    moved = moved[np.isfinite(shapely.bounds(moved)).all(axis=1)]
    if not len(moved):
        return 0.0
    streets = shapely.STRtree(np.asarray(reference.layers["streets"].geometry.array, dtype=object))
    return 1.0 - len(np.unique(streets.query(moved, predicate="crosses")[0])) / len(moved)


def _weighed(judged: Sequence[_Judged], laid: Ground) -> list[_Judged]:
    """Give the candidates their fits, all by the same measure.

    Where no place of one stands out, that is how many areas streets leave alone, and where that does not differ either,
    the extent, which tells only what is out of the question.
    """
    fits = [one.fit for one in judged if one.fit is not None]
    seen = max((fit.here_clear for fit in fits), default=0.0) >= _HERE
    most = max((fit.clear for fit in fits), default=1.0)
    free = [one.free or 0.0 for one in judged]
    walled = not seen and len(free) > 1 and max(free) >= _FREE and max(free) - min(free) >= _CROSSED
    weighed = []
    for one in judged:
        if one.keyed:
            weighed.append(one)
            continue
        share, by = (one.candidate.inside, "extent") if not walled else (one.free or 0.0, "streets that cross")
        way: tuple[float | None, float | None] = (None, None)
        if seen:
            share, by = (one.fit.here_clear / most if one.fit else 0.0), ", ".join(laid.by)
            if one.fit is not None and one.fit.clear >= _CLEAR:
                way = (float(one.fit.east_m), float(one.fit.north_m))
        if one.told is not None:
            share, by = (
                ((share + one.told) / 2, f"{by}, communities named") if seen else (one.told, "communities named")
            )
        found = replace(one.candidate, fit=min(max(share, 0.0), 1.0), by=by, east_m=way[0], north_m=way[1])
        weighed.append(replace(one, candidate=found))
    return weighed


def _centres(shapes: NDArray[np.object_]) -> Floats:
    return np.asarray(shapely.get_coordinates(shapely.centroid(_full(shapes))), dtype=np.float64)


def _full(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return the shapes with a point far away in the place of those that are missing."""
    filled = shapes.copy()
    filled[shapely.is_missing(shapes) | shapely.is_empty(shapes)] = shapely.Point(np.inf, np.inf)
    return filled


def _by_keys(rows: Rows, centres: Floats, reference: Reference) -> tuple[float, float, float] | None:
    """Compare rows with those of the same key or name in the city: median way east and north, share at home."""
    theirs = reference.layers.get(rows.layer)
    if theirs is None or not len(theirs):
        return None
    home = _centres(np.asarray(theirs.geometry.array, dtype=object))
    for own, column in ((rows.keys, "id" if "id" in theirs else "code"), (rows.names, "name")):
        if own is None:
            continue
        pairs = _pairs(own, theirs[column].to_numpy(dtype=object))
        if len(pairs) >= _KEYED:
            way = home[pairs[:, 1]] - centres[pairs[:, 0]]
            way = way[np.isfinite(way).all(axis=1)]
            if len(way) >= _KEYED:
                east, north = np.median(way, axis=0)
                return float(east), float(north), float((np.hypot(*way.T) < _NEAR_M).mean())
    return None


def _pairs(ours: NDArray[np.object_], theirs: NDArray[np.object_]) -> NDArray[np.int64]:
    """Return (row of ours, row of theirs) for texts that are there once on both sides."""
    import pandas as pd

    left = pd.Series([key(str(text)) if isinstance(text, str) else None for text in ours]).dropna()
    right = pd.Series([key(str(text)) if isinstance(text, str) else None for text in theirs]).dropna()
    left, right = left[~left.duplicated(keep=False)], right[~right.duplicated(keep=False)]
    both = left.rename("k").reset_index().merge(right.rename("k").reset_index(), on="k")
    return both[["index_x", "index_y"]].to_numpy(dtype=np.int64)


def _by_communities(rows: Rows, centres: Floats, reference: Reference) -> float | None:
    """Return the share of rows that lie in the community they name; None if too few name one that is known."""
    communities = reference.layers.get("communities")
    if rows.communities is None or communities is None or not len(communities):
        return None
    at = {key(str(name)): row for row, name in enumerate(communities["name"]) if isinstance(name, str)}
    at |= {key(str(code)): row for row, code in enumerate(communities["code"])}
    said = np.array([at.get(key(str(text)), -1) if text is not None else -1 for text in rows.communities])
    known = np.flatnonzero((said >= 0) & np.isfinite(centres).all(axis=1))
    if len(known) < _KEYED:
        return None
    areas = np.asarray(communities.geometry.array, dtype=object)[said[known]]
    return float(shapely.contains_xy(areas, centres[known, 0], centres[known, 1]).mean())


def _local(rows: Rows, xy: Floats, laid: Ground, reference: Reference, others: Sequence[_Judged]) -> list[_Judged]:
    """Return the candidate of a drawing with an origin of its own: metres of the frame, moved to where they fit."""
    if any(one.candidate.fit >= 0.8 and (one.candidate.offset_m or 0.0) < 100 for one in others):
        return []
    low, high = np.nanmin(xy, axis=0), np.nanmax(xy, axis=0)
    size = np.array(laid.likes.shape[::-1]) * laid.cell_m
    if (high - low > size).any():
        return []
    own = System(f"EPSG:{reference.frame.epsg}", "local origin, in metres", swap_axes=False, rank=9)
    points = layer_points(rows.layer, rows.shapes[~shapely.is_missing(rows.shapes)], step_m=laid.cell_m)
    keyed = _by_keys(rows, _centres(rows.shapes), reference)
    if keyed is not None:
        start = np.array(keyed[:2])
    elif laid.by:
        start = laid.middle - (low + high) / 2
        fit = laid.fit(points + start, anywhere=True)
        if fit.clear < _CLEAR:
            return []
        start = start + np.array([fit.east_m, fit.north_m])
        fine = ground(reference.layers, rows.layer, window=(*np.median(points + start, axis=0), _WINDOW_M))
        if fine is not None:
            fit = fine.fit(points + start, reach_m=2 * laid.cell_m)
            start = start + np.array([fit.east_m, fit.north_m])
    else:
        return []
    offset = (round(float(start[0]), 2), round(float(start[1]), 2))
    return [_measured(own, rows, xy, points, laid, reference, offset)]


def _ranked(judged: Sequence[_Judged], declared: str | None) -> tuple[Candidate, ...]:
    """Order by fit; where two put the layer at the same place, by which system is usual, what the file says first."""
    best = sorted(judged, key=lambda one: (-round(one.candidate.fit, 2), one.rank))
    ranked: list[_Judged] = []
    while best:
        first = best[0]
        same = [one for one in best if _together(one.at, first.at)]
        same.sort(key=lambda one: (one.candidate.crs != declared, one.rank, one.candidate.offset_m or 0.0))
        ranked += same
        best = [one for one in best if not any(one is other for other in same)]
    return tuple(_offset_from(ranked[0], one) for one in ranked)


def _offset_from(first: _Judged, one: _Judged) -> Candidate:
    """Say how far a candidate would lie from the best one, which is told better than by its own search."""
    if first.candidate.by == "extent" or one is first:
        return one.candidate
    way = first.at - one.at
    east, north = np.median(way[np.isfinite(way).all(axis=1)], axis=0)
    east += first.candidate.east_m or 0.0
    north += first.candidate.north_m or 0.0
    return replace(one.candidate, east_m=float(east), north_m=float(north))


def _together(ours: Floats, theirs: Floats) -> bool:
    apart = np.hypot(*(ours - theirs).T)
    apart = apart[np.isfinite(apart)]
    return bool(len(apart)) and float(np.median(apart)) < _SAME_M
