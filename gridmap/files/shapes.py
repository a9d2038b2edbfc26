"""Shapes as a layer may have them: there, finite, flat, of its kind, valid; else refused or, by consent, repaired."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.city.schema import Layer
from gridmap.errors import GeometryError
from gridmap.files.source import rows_text
from gridmap.settings import DEFAULT, Settings

if TYPE_CHECKING:
    from geopandas import GeoDataFrame

__all__ = ["ACCEPTED", "Shapes", "check_shapes", "refuse_overlaps"]


class Origin(Protocol):
    """What a layer is and what messages call the place it is from; a `Proposal` is one."""

    @property
    def layer(self) -> str:
        """The city's layer."""

    @property
    def place(self) -> str:
        """The file, and its layer where it has several."""


ACCEPTED = ("invalid-geometry", "empty-geometry", "overlap")
"""What a user may consent to: repair of invalid shapes, rows without a shape left out, overlapping areas."""

_TYPES = {
    0: "Point", 1: "LineString", 2: "LineString", 3: "Polygon", 4: "MultiPoint", 5: "MultiLineString",
    6: "MultiPolygon", 7: "GeometryCollection",
}  # fmt: skip
_SEAMLESS = {"subdistricts", "communities", "grids"}
_PLACE = re.compile(r"\[(-?[0-9.eE+-]+) (-?[0-9.eE+-]+)")
_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Shapes:
    """Shapes that a layer may have, which of the rows given they are for, and notes."""

    shapes: NDArray[np.object_]
    kept: NDArray[np.bool_]
    notes: tuple[str, ...]


# Coordinates of a damaged file may be so large that nothing can be measured; the shapes are judged all the same.
@np.errstate(over="ignore", invalid="ignore")
def check_shapes(
    shapes: NDArray[np.object_],
    broken: NDArray[np.int64],
    rows: NDArray[np.int64],
    layer: Layer,
    *,
    place: str,
    crs: str,
    accept: Collection[str] = (),
) -> Shapes:
    """Check the shapes of a layer's rows; `broken` are the positions of shapes that could not be built as they are.

    Raises GeometryError naming rows and remedy for: no or an empty shape (left out with `empty-geometry` accepted), NaN
    or infinite coordinates, another kind of shape than the layer has, invalid areas (with `invalid-geometry` accepted
    repaired, the change in area noted for each row).
    """
    notes: list[str] = []
    notes.extend(_closed(shapes, broken, rows, place, accept))
    kept = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    _finite(shapes, rows, place)
    if not kept.all():
        notes.append(_leave_out(~kept, rows, place, accept))
    shapes, rows = shapes[kept], rows[kept]
    if (shapely.has_z(shapes) | shapely.has_m(shapes)).any():
        shapes = shapely.force_2d(shapes)
        notes.append("Heights (Z) and measures (M) of the shapes are dropped.")
    _right_kind(shapes, rows, layer, place)
    flat = ~shapely.is_valid(shapes) & np.isin(shapely.get_type_id(shapes), (1, 5)) & (shapely.length(shapes) == 0)
    if flat.any():
        notes.append(f"Lines without any length are left out ({rows_text(rows[flat])}).")
        kept[np.flatnonzero(kept)[flat]] = False
        shapes, rows = shapes[~flat], rows[~flat]
    shapes, more = _repair(shapes, rows, place=place, crs=crs, accept=accept)
    return Shapes(shapes, kept, (*notes, *more))


def refuse_overlaps(
    gdf: GeoDataFrame, proposal: Origin, *, accept: Collection[str] = (), settings: Settings = DEFAULT
) -> tuple[str, ...]:
    """Refuse areas of one seamless layer that overlap; returns notes.

    `gdf` is what `read` gave, in the city's metric frame (`gridmap.geo.to_frame`), with its row numbers as index.
    Checks subdistricts, communities and grids. Raises GeometryError, code `overlap`, naming pairs of rows and m²,
    unless `overlap` is accepted.
    """
    if proposal.layer not in _SEAMLESS or len(gdf) < 2:
        return ()
    from gridmap.geo.coverage import coverage_faults

    shapes = np.asarray(gdf.geometry.array, dtype=object)
    faults = coverage_faults(shapes, tolerance_m=settings.coverage_tolerance_m, sliver_width_m=settings.sliver_width_m)
    # A sliver between two polygons is an overlap too narrow to be meant; `check` reports it.
    found = np.flatnonzero(faults.kind == "overlap")
    if not len(found):
        return ()
    rows = gdf.index.to_numpy()
    order = found[np.argsort(-faults.area_m2[found], kind="stable")]
    pairs = [f"{rows[faults.i[at]]} and {rows[faults.j[at]]} by {faults.area_m2[at]:,.1f} m²" for at in order[:_SHOWN]]
    more = f" … ({len(found):,} pairs in all)" if len(found) > _SHOWN else ""
    text = f"{proposal.place}: rows overlap: {'; '.join(pairs)}{more}."
    if "overlap" in accept:
        return (f"Accepted: {text}",)
    raise GeometryError("overlap", text, "Correct the areas, or take them as they are with --accept overlap.")


def _closed(
    shapes: NDArray[np.object_], broken: NDArray[np.int64], rows: NDArray[np.int64], place: str, accept: Collection[str]
) -> list[str]:
    """Refuse shapes that cannot be built; by consent, those with open rings are taken closed."""
    lost = broken[shapely.is_missing(shapes[broken])]
    if len(lost):
        raise GeometryError(
            "geometry-unreadable",
            f"{place}, {rows_text(rows[lost])}: the shape cannot be built: a ring of too few points, or a kind "
            "of shape other than point, line or area.",
            "Correct or remove these rows in the program the file is from.",
        )
    if not len(broken):
        return []
    if "invalid-geometry" not in accept:
        raise GeometryError(
            "invalid-geometry",
            f"{place}, {rows_text(rows[broken])}: a ring does not end where it begins.",
            "Correct it, or have it closed with --accept invalid-geometry.",
        )
    return [f"Accepted: open rings are closed ({rows_text(rows[broken])})."]


def _finite(shapes: NDArray[np.object_], rows: NDArray[np.int64], place: str) -> None:
    points, of = shapely.get_coordinates(shapes, return_index=True)
    wrong = np.unique(of[~np.isfinite(points).all(axis=1)])
    # A point of NaN counts as empty in some versions of GEOS and not in others; its text tells it from an empty one.
    hollow = np.flatnonzero(~shapely.is_missing(shapes) & shapely.is_empty(shapes))
    wrong = np.union1d(wrong, [at for at in hollow.tolist() if "NaN" in shapely.to_wkt(shapes[at])]).astype(np.int64)
    if len(wrong):
        raise GeometryError(
            "coordinates-not-finite",
            f"{place}, {rows_text(rows[wrong])}: a coordinate is not a number (NaN or infinite).",
            "Correct or remove these rows.",
        )


def _leave_out(empty: NDArray[np.bool_], rows: NDArray[np.int64], place: str, accept: Collection[str]) -> str:
    which = rows_text(rows[empty])
    if "empty-geometry" not in accept:
        raise GeometryError(
            "geometry-empty",
            f"{place}, {which}: there is no shape.",
            "Give these rows a place, or leave them out with --accept empty-geometry.",
        )
    if empty.all():
        raise GeometryError("geometry-empty", f"{place}: no row has a shape.", "Choose a layer with shapes.")
    return f"Accepted: rows without a shape are left out ({which})."


def _right_kind(shapes: NDArray[np.object_], rows: NDArray[np.int64], layer: Layer, place: str) -> None:
    types = np.array([_TYPES.get(int(code), "other") for code in shapely.get_type_id(shapes)], dtype=object)
    wrong = ~np.isin(types.astype(str), layer.shapes)
    if wrong.any():
        raise GeometryError(
            "geometry-type",
            f"{place}, {rows_text(rows[wrong])}: {types[wrong][0]} is no shape of {layer.name}; it takes "
            f"{', '.join(layer.shapes)}.",
            "Choose another layer with --layer or --source-layer.",
        )


def _repair(
    shapes: NDArray[np.object_], rows: NDArray[np.int64], *, place: str, crs: str, accept: Collection[str]
) -> tuple[NDArray[np.object_], list[str]]:
    wrong = np.flatnonzero(~shapely.is_valid(shapes))
    if not len(wrong):
        return shapes, []
    reasons = [_reason(shapes[at]) for at in wrong[:3].tolist()]
    if "invalid-geometry" not in accept:
        raise GeometryError(
            "invalid-geometry",
            f"{place}, {rows_text(rows[wrong])}: the outline is invalid: {'; '.join(reasons)}.",
            "Correct it, or have it repaired with --accept invalid-geometry, which reports the change in area.",
        )
    fixed = shapely.make_valid(shapes[wrong], method="structure", keep_collapsed=False)
    types = shapely.get_type_id(fixed)
    lost = shapely.is_empty(fixed) | (np.isin(types, (3, 6)) != np.isin(shapely.get_type_id(shapes[wrong]), (3, 6)))
    if lost.any():
        raise GeometryError(
            "invalid-geometry",
            f"{place}, {rows_text(rows[wrong][lost])}: nothing is left of the outline when it is repaired.",
            "Correct or remove these rows in the program the file is from.",
        )
    notes = [
        f"Accepted: row {rows[at]} repaired ({_reason(shapes[at])}); its area changes from "
        f"{_area(shapes[at], crs):,.1f} to {_area(new, crs):,.1f} m²."
        for at, new in zip(wrong.tolist(), fixed, strict=True)
    ]
    shapes = shapes.copy()
    shapes[wrong] = fixed
    return shapes, notes


def _reason(shape: Any) -> str:
    text = shapely.is_valid_reason(shape)
    found = _PLACE.search(text)
    what = text.partition("[")[0].strip().lower() or "invalid"
    return f"{what} at {float(found[1]):.10g}, {float(found[2]):.10g}" if found else what


def _area(shape: Any, crs: str) -> float:
    """Return an area in m²; degrees are measured on the ellipsoid."""
    from pyproj import CRS

    known = CRS.from_user_input("EPSG:4326" if crs in ("gcj02", "bd09") else crs)
    if not known.is_geographic:
        factor = known.axis_info[0].unit_conversion_factor if known.axis_info else 1.0
        return float(shapely.area(shape)) * factor**2
    geod = known.get_geod()
    assert geod is not None  # noqa: S101 - a geographic CRS has an ellipsoid
    return sum(abs(_ring_sum(part, geod)) for part in shapely.get_parts(shape))


def _ring_sum(part: Any, geod: Any) -> float:
    return float(geod.geometry_area_perimeter(shapely.orient_polygons(part))[0])
