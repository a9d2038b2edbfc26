"""CAD drawings (DXF) read and written: closed polylines are areas, named by the text that stands in them."""

from __future__ import annotations

import io
import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.errors import InputError
from gridmap.files.drawn import Drawing
from gridmap.files.sheets import _UNWRITABLE, _plain
from gridmap.files.source import broken
from gridmap.files.staging import Staged
from gridmap.settings import Settings

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["dxf_bytes", "read_dxf"]

# What a drawing of ours says of its shapes: JSON in the extended data of this application.
_APP, _STRING, _CHUNK, _MOST = "GRIDMAP", 1000, 250, 15_000
_NOT_IN_NAMES = re.compile(r'[<>/\\":;?*|=`,\x00-\x1f]')
_ARC_STEP_M = 0.01
Row = tuple[str, dict[str, Any], Any, bool]


def read_dxf(staged: Staged, settings: Settings) -> Drawing:
    """Read the model space of a drawing: polylines and lines, points, blocks (as points) and texts.

    A closed polyline is an area; of the texts in it that stand in no smaller one of its layer, the tallest is its
    `name`, the others are its `text`. Arcs become chords, no farther off than 1 cm. Others are counted in a note.
    """
    import ezdxf
    from ezdxf import recover

    try:
        document = ezdxf.readfile(str(staged.path))  # type: ignore[attr-defined]
    except (ezdxf.DXFError, UnicodeError, ValueError, KeyError, TypeError, AttributeError, IndexError):  # type: ignore[attr-defined]
        try:
            document = recover.readfile(str(staged.path))[0]
        except (ezdxf.DXFError, OSError, ValueError, KeyError, TypeError, AttributeError, IndexError):  # type: ignore[attr-defined]
            raise broken(staged.file, "DXF drawing") from None
    crs = dict(document.header.custom_vars.properties).get("CRS")
    drawing = Drawing(staged.file, settings, crs=crs)
    rows, texts, ours, others = _entities(document.modelspace())
    for layer, values, shape, bad in [*_rebuilt(ours), *_labelled(rows, texts)]:
        drawing.add(layer, values, shape, bad=bad)
    if others:
        shown = ", ".join(f"{count:,} {kind}" for kind, count in others.most_common(6))
        drawing.notes = (f"Entities that are no polylines, lines, points, blocks or texts are not read: {shown}.",)
    return drawing


def _entities(space: Any) -> tuple[list[Row], list[tuple[str, str, float, Any]], list[Any], Counter[str]]:
    """Sort what is drawn: shapes, texts (layer, text, height, place), what we wrote ourselves, and the rest by kind."""
    rows: list[Row] = []
    texts: list[tuple[str, str, float, Any]] = []
    ours: list[tuple[str, dict[str, Any], Any]] = []
    others: Counter[str] = Counter()
    for entity in space:
        kind, layer = entity.dxftype(), str(entity.dxf.get("layer", "0"))
        said = _said(entity)
        if kind in ("TEXT", "MTEXT"):
            text = " ".join(entity.plain_text().split())
            height = float(entity.dxf.get("height" if kind == "TEXT" else "char_height", 1.0))
            if text and said is None:
                texts.append((layer, text, height, _flat(entity.dxf.insert)))
            continue
        points, closed = _points(entity, kind)
        if points is None:
            others[kind] += 1
        elif said is not None:
            ours.append((layer, said, points))
        else:
            rows.append((layer, _values(entity, kind), *_shape(points, closed=closed)))
    return rows, texts, ours, others


def _said(entity: Any) -> dict[str, Any] | None:
    """Return what a drawing of ours says of a shape; None for anybody else's."""
    if not entity.has_xdata(_APP):
        return None
    try:
        found = json.loads("".join(tag.value for tag in entity.get_xdata(_APP) if tag.code == _STRING))
        return found if isinstance(found, dict) else None
    except (ValueError, RecursionError, TypeError):
        return None


def _points(entity: Any, kind: str) -> tuple[NDArray[np.float64] | None, bool]:
    if kind in ("LWPOLYLINE", "POLYLINE"):
        if kind == "POLYLINE" and not (entity.is_2d_polyline or entity.is_3d_polyline):
            return None, False
        closed = bool(entity.closed if kind == "LWPOLYLINE" else entity.is_closed)
        if entity.has_arc:
            from ezdxf import path

            found = [(point.x, point.y) for point in path.make_path(entity).flattening(_ARC_STEP_M, segments=2)]
        elif kind == "LWPOLYLINE":
            found = [(x, y) for x, y in entity.get_points("xy")]
        else:
            found = [_flat(vertex.dxf.location) for vertex in entity.vertices]
        points = np.array(found, dtype=np.float64).reshape(-1, 2)
        return points, closed or (len(points) > 3 and bool(np.array_equal(points[0], points[-1])))
    if kind == "LINE":
        return np.array([_flat(entity.dxf.start), _flat(entity.dxf.end)], dtype=np.float64), False
    if kind in ("POINT", "INSERT"):
        return np.array([_flat(entity.dxf.location if kind == "POINT" else entity.dxf.insert)], dtype=np.float64), False
    return None, False


def _flat(place: Any) -> tuple[float, float]:
    return float(place.x), float(place.y)


def _values(entity: Any, kind: str) -> dict[str, Any]:
    values: dict[str, Any] = {"handle": str(entity.dxf.get("handle", ""))}
    if kind == "INSERT":
        values["block"] = str(entity.dxf.get("name", ""))
        values |= {str(attribute.dxf.tag): str(attribute.dxf.text) for attribute in entity.attribs}
    return values


def _shape(points: NDArray[np.float64], *, closed: bool) -> tuple[Any, bool]:
    if len(points) == 1:
        return shapely.points(points[0]), False
    if closed:
        around = _closed(points)
        return (shapely.polygons(around), False) if len(around) > 3 else (None, True)
    return (shapely.linestrings(points), False) if len(points) > 1 else (None, True)


def _closed(points: NDArray[np.float64]) -> NDArray[np.float64]:
    return points if np.array_equal(points[0], points[-1]) else np.vstack([points, points[:1]])


def _labelled(rows: list[Row], texts: list[tuple[str, str, float, Any]]) -> Iterator[Row]:
    """Yield shapes, areas with the texts in them; then texts that stand in none, as points."""
    places = [shapely.Point(place) for *_, place in texts]
    tree = shapely.STRtree(places)
    inside: dict[int, list[int]] = {}
    for layer in dict.fromkeys(layer for layer, *_ in rows):
        areas = [at for at, row in enumerate(rows) if row[0] == layer and shapely.get_type_id(row[2]) == 3]
        shapes = np.array([*(rows[at][2] for at in areas), None], dtype=object)[:-1]
        # A text belongs to the smallest area of the layer that it stands in: of several the last, by size, wins.
        owner: dict[int, int] = {}
        for number in np.argsort(-shapely.area(shapes), kind="stable").tolist():
            owner |= dict.fromkeys(tree.query(shapes[number], predicate="intersects").tolist(), areas[number])
        for found, area in owner.items():
            inside.setdefault(area, []).append(found)
    for number, (layer, values, shape, bad) in enumerate(rows):
        named = sorted(inside.get(number, ()), key=lambda at: (-texts[at][2], at))
        if named:
            values["name"] = texts[named[0]][1]
            values["text"] = " ".join(texts[at][1] for at in named[1:]) or None
        yield layer, values, shape, bad
    used = {at for several in inside.values() for at in several}
    for at, (layer, text, _, place) in enumerate(texts):
        if at not in used:
            yield layer, {"name": text}, shapely.points(place), False


def _rebuilt(ours: list[tuple[str, dict[str, Any], NDArray[np.float64]]]) -> Iterator[Row]:
    """Yield the features of a drawing of ours: their outlines, holes and parts belong together again."""
    features: dict[tuple[str, int], list[tuple[tuple[int, int], str, NDArray[np.float64]]]] = {}
    values: dict[tuple[str, int], dict[str, Any]] = {}
    for layer, said, points in ours:
        key = layer, int(said.get("feature", 0))
        number, ring = said.get("part", (0, 0))
        features.setdefault(key, []).append(((int(number), int(ring)), str(said.get("kind", "line")), points))
        if isinstance(said.get("values"), dict):
            values[key] = {str(name): value for name, value in said["values"].items()}
    for (layer, feature), parts in sorted(features.items(), key=lambda item: item[0][1]):
        parts.sort(key=lambda part: part[0])
        kind = parts[0][1]
        if kind == "area":
            rings: dict[int, list[Any]] = {}
            for (part, _), _, points in parts:
                rings.setdefault(part, []).append(_closed(points))
            built = [shapely.polygons(shell, holes=holes or None) for shell, *holes in rings.values()]
            shape = built[0] if len(built) == 1 else shapely.multipolygons(built)
        elif kind == "point":
            found = [shapely.points(points[0]) for *_, points in parts]
            shape = found[0] if len(found) == 1 else shapely.multipoints(found)
        else:
            lines = np.array([shapely.linestrings(points) for *_, points in parts], dtype=object)
            shape = lines[0] if len(lines) == 1 else shapely.multilinestrings(lines)
        yield layer, values.get((layer, feature), {}), shape, False


def dxf_bytes(frame: gpd.GeoDataFrame, *, layer: str, file: str) -> bytes:
    """Write a layer as a drawing (AutoCAD 2010): areas as closed polylines with the name as text in them.

    Columns go into the extended data of the shapes, of the application GRIDMAP; the CRS is a property of the drawing.
    Raises InputError for a row whose columns are longer than extended data may be.
    """
    import ezdxf

    document = ezdxf.new("R2010", units=6)  # type: ignore[attr-defined]
    document.appids.add(_APP)
    if frame.crs is not None:
        authority = frame.crs.to_authority(min_confidence=100)
        document.header.custom_vars.append("CRS", ":".join(authority) if authority else frame.crs.to_wkt())
    name = _NOT_IN_NAMES.sub("_", layer)[:200] or "0"
    if name != "0":
        document.layers.add(name)
    space = document.modelspace()
    names = [str(column) for column in frame.columns if column != frame.geometry.name]
    columns = [[_plain(value) for value in frame[column].tolist()] for column in names]
    for row, shape in enumerate(frame.geometry.to_numpy()):
        values = {column: known[row] for column, known in zip(names, columns, strict=True)}
        said = {"values": {column: value for column, value in values.items() if value is not None}}
        for part, (points, where) in enumerate(_outlines(shape)):
            tags = _tags({"feature": row, **where, **(said if not part else {})}, f"{file}, row {row + 1}")
            if where["kind"] == "point":
                drawn: Any = space.add_point(points[0], dxfattribs={"layer": name})
            else:
                closed = where["kind"] == "area"
                drawn = space.add_lwpolyline(
                    points[:-1] if closed else points, close=closed, dxfattribs={"layer": name}
                )
            drawn.set_xdata(_APP, tags)
        if values.get("name") and shape is not None and not shapely.is_empty(shape):
            _label(space, str(values["name"]), shape, name)
    text = io.StringIO()
    document.write(text)
    return text.getvalue().encode("utf-8", "replace")


def _outlines(shape: Any) -> Iterator[tuple[list[tuple[float, float]], dict[str, Any]]]:
    """Yield the points of each ring, line or point of a shape, with what it is: kind, part and ring."""
    for number, part in enumerate(shapely.get_parts(shape).tolist()):
        kind = int(shapely.get_type_id(part))
        rings = shapely.get_rings(part).tolist() if kind == 3 else [part]
        for ring, line in enumerate(rings):
            points = [(float(x), float(y)) for x, y in shapely.get_coordinates(line).tolist()]
            yield points, {"kind": {0: "point", 3: "area"}.get(kind, "line"), "part": [number, ring]}


def _tags(said: dict[str, Any], place: str) -> list[tuple[int, str]]:
    text = json.dumps(said)
    if len(text) > _MOST:
        raise InputError(
            "text-too-long",
            f"{place}: a drawing holds no more than {_MOST:,} bytes beside a shape.",
            "Write .gpkg instead.",
        )
    return [(_STRING, text[at : at + _CHUNK]) for at in range(0, len(text), _CHUNK)]


def _label(space: Any, text: str, shape: Any, layer: str) -> None:
    place = shapely.point_on_surface(shape)
    height = min(max(float(np.sqrt(shapely.area(shape))) / (2.0 * max(len(text), 1)), 0.5), 50.0)
    plain = " ".join(_UNWRITABLE.sub("\ufffd", text).split()).replace("%%", "% %")
    drawn = space.add_text(plain, height=height, dxfattribs={"layer": layer, "insert": (place.x, place.y)})
    drawn.set_xdata(_APP, [(_STRING, "{}")])
