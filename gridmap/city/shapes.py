"""Shapes of a layer as they come, refused when they cannot be measured."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.city.columns import row_name
from gridmap.city.schema import Layer
from gridmap.errors import GeometryError

__all__ = ["checked_shapes"]

# The numbers GEOS gives to types.
_TYPE_IDS = {
    "Point": 0,
    "LineString": 1,
    "Polygon": 3,
    "MultiPoint": 4,
    "MultiLineString": 5,
    "MultiPolygon": 6,
}


def checked_shapes(layer: Layer, shapes: NDArray[np.object_], keys: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return a layer's shapes in two dimensions; GeometryError naming the first row that cannot be used.

    Refused are shapes that are missing or empty, not of the layer's types, or not finite, and polygons that are not
    valid. `keys` names the rows in messages. A line of no length is kept: it harms nothing.
    """
    _refuse(
        layer,
        keys,
        shapely.is_missing(shapes) | shapely.is_empty(shapes),
        code="shape-missing",
        what="is missing or empty",
        hint="Leave such rows out, or give them a shape.",
    )
    kinds = shapely.get_type_id(shapes)
    allowed = [_TYPE_IDS[name] for name in layer.shapes]
    _refuse(
        layer,
        keys,
        ~np.isin(kinds, allowed),
        code="shape-of-other-type",
        what=f"is none of {', '.join(layer.shapes)}",
        hint=f"Choose the layer of the file that holds the {layer.zh}.",
    )
    if shapely.has_z(shapes).any() or shapely.has_m(shapes).any():
        shapes = shapely.force_2d(shapes)
    coordinates, owner = shapely.get_coordinates(shapes, return_index=True)
    infinite = np.zeros(len(shapes), bool)
    infinite[owner[~np.isfinite(coordinates).all(axis=1)]] = True
    _refuse(
        layer,
        keys,
        infinite,
        code="shape-not-finite",
        what="has a coordinate that is not a finite number",
        hint="Leave such rows out, or correct their coordinates.",
    )
    areal = np.isin(kinds, [_TYPE_IDS["Polygon"], _TYPE_IDS["MultiPolygon"]])
    invalid = areal.copy()
    invalid[areal] = ~shapely.is_valid(shapes[areal])
    if invalid.any():
        reason = shapely.is_valid_reason(shapes[int(invalid.argmax())])
        _refuse(
            layer,
            keys,
            invalid,
            code="shape-invalid",
            what=f"is not a valid polygon ({reason})",
            hint="Repair it in the source, or accept the repair that the import proposes.",
        )
    return shapes


def _refuse(
    layer: Layer, keys: NDArray[np.object_], bad: NDArray[np.bool_], *, code: str, what: str, hint: str
) -> None:
    if not bad.any():
        return
    count, row = int(bad.sum()), int(bad.argmax())
    others = "" if count == 1 else f" So it is in {count - 1} more rows."
    raise GeometryError(code, f"{layer.name}: the shape of {row_name(row, keys[row])} {what}.{others}", hint)
