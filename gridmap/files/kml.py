"""KML read and written: folders are layers, ExtendedData are columns, places are longitude and latitude."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.errors import InputError
from gridmap.files.drawn import Drawing, ring_of
from gridmap.files.sheets import _UNWRITABLE, _plain
from gridmap.files.staging import Staged
from gridmap.files.xml import walk
from gridmap.settings import Settings

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["kml_bytes", "read_kml"]

_SHAPES = ("Point", "LineString", "LinearRing", "Polygon")
_KEPT = ("name", "description", "address", "phoneNumber")


@dataclass
class _Placemark:
    values: dict[str, Any] = field(default_factory=dict)
    parts: list[Any] = field(default_factory=list)
    rings: list[Any] = field(default_factory=list)
    bad: bool = False


def read_kml(staged: Staged, settings: Settings) -> Drawing:
    """Read all placemarks of a KML file. Links to other files (NetworkLink, overlays) are not followed, but noted."""
    reader = _Reader(staged.file, settings)
    walk(staged.path, settings, file=staged.file, start=reader.start, text=reader.texts.append, end=reader.end)
    if reader.links:
        reader.drawing.notes = (f"{reader.links:,} links to other files are not followed.",)
    return reader.drawing


class _Reader:
    def __init__(self, file: str, settings: Settings) -> None:
        self.drawing = Drawing(file, settings, crs="EPSG:4326")
        self.default = file.rpartition(".")[0] or file
        self.path: list[str] = []
        self.folders: list[str] = []
        self.texts: list[str] = []
        self.mark: _Placemark | None = None
        self.data = ""
        self.links = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.path.append(name)
        self.texts.clear()
        if name == "Folder":
            self.folders.append("")
        elif name == "Placemark":
            self.mark = _Placemark()
        elif name in ("Data", "SimpleData"):
            self.data = attributes.get("name", "")
        elif name == "NetworkLink":
            self.links += 1

    def end(self, name: str) -> None:
        self.path.pop()
        text = "".join(self.texts)
        above = self.path[-1] if self.path else ""
        if self.mark is not None:
            self._within(name, text, above)
        elif name == "name" and above == "Folder":
            self.folders[-1] = text.strip()
        if name == "Folder":
            self.folders.pop()
        self.texts.clear()

    def _within(self, name: str, text: str, above: str) -> None:
        mark = self.mark
        if mark is None:
            return
        if name in _KEPT and above == "Placemark":
            mark.values[name] = text.strip()
        elif self.data and (name == "SimpleData" or (name == "value" and above == "Data")):
            mark.values[self.data] = text
        elif name == "coordinates" and above in _SHAPES:
            self._take(mark, self._points(text), above)
        elif name == "Polygon":
            shell, *holes = mark.rings or [None]
            mark.bad |= shell is None or None in holes
            mark.parts.append(None if shell is None or None in holes else shapely.polygons(shell, holes=holes or None))
            mark.rings = []
        elif name == "Placemark":
            layer = next((folder for folder in reversed(self.folders) if folder), self.default)
            self.drawing.add(layer, mark.values, _whole(mark.parts), bad=mark.bad)
            self.mark = None

    def _take(self, mark: _Placemark, points: NDArray[np.float64], kind: str) -> None:
        if kind == "Point":
            mark.parts.append(shapely.points(points[0]) if len(points) else None)
        elif kind == "LinearRing" and self.path[-2:-1] and self.path[-2].endswith("BoundaryIs"):
            ring, is_open = ring_of(points)
            mark.bad |= is_open
            mark.rings.append(ring)
        else:
            mark.parts.append(shapely.linestrings(points) if len(points) > 1 else None)
            mark.bad |= len(points) < 2

    def _points(self, text: str) -> NDArray[np.float64]:
        """Return points as written: x,y or x,y,z, with spaces between them."""
        try:
            rows = [[float(value) for value in word.split(",")] for word in re.sub(r"\s*,\s*", ",", text).split()]
            width = min((len(row) for row in rows), default=2)
            return np.array([row[: min(width, 3)] for row in rows], dtype=np.float64).reshape(len(rows), -1)
        except ValueError:
            raise InputError(
                "coordinates-unreadable",
                f"{self.drawing.file}: {text.strip()[:40]!r} are no coordinates.",
                "Correct it, or export it again from where it is from.",
            ) from None


def _whole(parts: list[Any]) -> Any:
    """Return the parts of a placemark as one shape; None where there is none, or one that is of several kinds."""
    if not parts or None in parts:
        return None
    if len(parts) == 1:
        return parts[0]
    kinds = {int(kind) for kind in shapely.get_type_id(parts)}
    makers: dict[int, Callable[..., Any]] = {
        0: shapely.multipoints, 1: shapely.multilinestrings, 3: shapely.multipolygons,
    }  # fmt: skip
    make = makers[kinds.pop()] if len(kinds) == 1 else shapely.geometrycollections
    return make(parts)


def kml_bytes(frame: gpd.GeoDataFrame, *, layer: str) -> bytes:
    """Write a layer in degrees as one folder of KML; places have all their digits, what is missing is left out."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Folder><name>{_text(layer)}</name>',
    ]
    names = [str(name) for name in frame.columns if name != frame.geometry.name]
    columns = [[_plain(value) for value in frame[name].tolist()] for name in names]
    for row, shape in enumerate(frame.geometry.to_numpy()):
        values = {name: column[row] for name, column in zip(names, columns, strict=True)}
        lines.append("<Placemark>")
        label = values.pop("name", None)
        if label is not None:
            lines.append(f"<name>{_text(label)}</name>")
        data = [
            f'<Data name="{_text(name)}"><value>{_text(value)}</value></Data>'
            for name, value in values.items()
            if value is not None
        ]
        if data:
            lines.append(f"<ExtendedData>{''.join(data)}</ExtendedData>")
        lines.extend(_shape(shape))
        lines.append("</Placemark>")
    lines.append("</Folder></Document></kml>\n")
    return "\n".join(lines).encode("utf-8")


def _text(value: Any) -> str:
    text = (
        ("true" if value else "false") if isinstance(value, bool) else value if isinstance(value, str) else repr(value)
    )
    return escape(_UNWRITABLE.sub("\ufffd", text), {'"': "&quot;", "\r": "&#13;", "\t": "&#9;", "\n": "&#10;"})


def _shape(shape: Any) -> Iterator[str]:
    if shape is None or shapely.is_empty(shape):
        return
    parts = shapely.get_parts(shape).tolist()
    if len(parts) > 1 or shapely.get_type_id(shape) > 3:
        yield "<MultiGeometry>"
    for part in parts:
        kind = int(shapely.get_type_id(part))
        if kind == 3:
            shell, *holes = shapely.get_rings(part).tolist()
            inner = "".join(f"<innerBoundaryIs>{_line(hole, 'LinearRing')}</innerBoundaryIs>" for hole in holes)
            yield f"<Polygon><outerBoundaryIs>{_line(shell, 'LinearRing')}</outerBoundaryIs>{inner}</Polygon>"
        else:
            yield _line(part, "Point" if kind == 0 else "LineString")
    if len(parts) > 1 or shapely.get_type_id(shape) > 3:
        yield "</MultiGeometry>"


def _line(shape: Any, tag: str) -> str:
    points = " ".join(",".join(map(repr, point)) for point in shapely.get_coordinates(shape).tolist())
    return f"<{tag}><coordinates>{points}</coordinates></{tag}>"
