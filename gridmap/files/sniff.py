"""What a file is, told from its first bytes, before any reader opens it.

Opening a file is processing it: a virtual dataset renamed .geojson would make GDAL read other files. So each format is
recognised by its content, has to agree with the file's ending, and is opened by that format's reader alone.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Literal

import numpy as np

from gridmap.errors import InputError, LimitError
from gridmap.files.database import has_contents
from gridmap.files.encodings import sniff_text
from gridmap.settings import Settings

__all__ = ["ENDINGS", "LAYERED", "NAMES", "Format", "by_ending", "scan_json", "sniff"]

Format = Literal[
    "gpkg",
    "geojson",
    "geojsonseq",
    "shp",
    "shp.zip",
    "parquet",
    "csv",
    "xlsx",
    "dbf",
    "topojson",
    "fgb",
    "kml",
    "kmz",
    "dxf",
    "gml",
    "osm",
]

ENDINGS: dict[str, Format] = {
    ".gpkg": "gpkg",
    ".geojson": "geojson",
    ".json": "geojson",
    ".geojsonl": "geojsonseq",
    ".geojsons": "geojsonseq",
    ".ndjson": "geojsonseq",
    ".jsonl": "geojsonseq",
    ".shp": "shp",
    ".zip": "shp.zip",
    ".parquet": "parquet",
    ".geoparquet": "parquet",
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".dbf": "dbf",
    ".topojson": "topojson",
    ".fgb": "fgb",
    ".kml": "kml",
    ".kmz": "kmz",
    ".dxf": "dxf",
    ".gml": "gml",
    ".pbf": "osm",
    ".osm": "osm",
}

NAMES: dict[Format, str] = {
    "gpkg": "GeoPackage",
    "geojson": "GeoJSON",
    "geojsonseq": "GeoJSON sequence",
    "shp": "Shapefile",
    "shp.zip": "zipped Shapefile",
    "parquet": "GeoParquet",
    "csv": "CSV table",
    "xlsx": "Excel workbook",
    "dbf": "dBase table",
    "topojson": "TopoJSON",
    "fgb": "FlatGeobuf",
    "kml": "KML",
    "kmz": "zipped KML",
    "dxf": "DXF drawing",
    "gml": "GML",
    "osm": "OpenStreetMap extract",
}

LAYERED = ("gpkg", "xlsx", "topojson", "kml", "kmz", "dxf", "gml", "osm")
"""Formats whose layers have names that a reader of messages needs."""

_SIGNS = (
    (b"SQLite format 3\0", "an SQLite database"),
    (b"PAR1", "a Parquet file"),
    (b"PK\x03\x04", "a zip archive"),
    (b"PK\x05\x06", "an empty zip archive"),
    (b"\x00\x00\x27\x0a", "a Shapefile's shapes"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel file (.xls); save it as .xlsx"),
    (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"fgb\x03", "a FlatGeobuf file"),
)
_CHUNK = 4 << 20
_FREE_GROWTH = 16 << 20


def by_ending(path: Path, settings: Settings) -> Format:
    """Return what a file's ending says it is; looks at its name and size only.

    Raises InputError for none, an empty one and an ending that is not read, LimitError for one that is too large.
    """
    name = path.name
    if str(path).startswith("/vsi"):
        raise InputError("file-missing", f"{name}: this is no file of this computer.", "Give the path of a file.")
    if not path.is_file():
        raise InputError("file-missing", f"{name}: there is no such file.", f"Check the path: {path}")
    size = path.stat().st_size
    if size > settings.max_file_bytes:
        raise LimitError(
            "file-too-large",
            f"{name}: {size:,} bytes are more than the limit of {settings.max_file_bytes:,}.",
            "Split the file, or raise max_file_bytes in the settings.",
        )
    wanted = ENDINGS.get(path.suffix.lower())
    if wanted is None:
        raise InputError(
            "format-unknown",
            f"{name}: files that end in {path.suffix or 'nothing'} are not read.",
            "Use .gpkg, .geojson, .topojson, .shp, .zip (of a Shapefile), .fgb, .parquet, .kml, .kmz, .dxf, .csv, "
            ".xlsx or .osm.pbf.",
        )
    if wanted == "gml" and not settings.read_gml:
        raise InputError(
            "gml-off",
            f"{name}: GML is not read, because its documents may refer to others.",
            "Convert it to .gpkg, or set read_gml in the settings.",
        )
    if size == 0:
        raise InputError("file-empty", f"{name}: the file is empty.", "Export it again from where it is from.")
    return wanted


def sniff(path: Path, settings: Settings) -> Format:
    """Return what `path` is; raises InputError if it is not what its ending says, LimitError if it is too large."""
    name, wanted = path.name, by_ending(path, settings)
    with path.open("rb") as stream:
        head = stream.read(4096)
    problem = _problem(path, wanted, head, settings)
    if problem:
        raise InputError(
            "not-its-ending",
            f"{name}: this is no {NAMES[wanted]}; it is {problem}.",
            "Rename it to its true ending, or export it again.",
        )
    return wanted


def _problem(path: Path, wanted: Format, head: bytes, settings: Settings) -> str:
    """Say what a file is that is not what is wanted; empty if it is."""
    sign = next((what for start, what in _SIGNS if head.startswith(start)), "")
    text = "" if sign else _describe_text(head)
    if wanted in ("shp.zip", "xlsx", "kmz"):
        return "" if sign == "a zip archive" and _zip_holds(path, wanted, settings) else sign or text
    if wanted == "gpkg":
        return "" if sign == "an SQLite database" and has_contents(path) else sign or text
    if wanted == "dbf":
        return "" if not sign and head[0] & 7 == 3 and not text.startswith("a text") else sign or text
    if wanted == "osm":
        whole = b"OSMHeader" in head[:64] if path.suffix.lower() == ".pbf" else b"<osm" in head
        return "" if whole and not sign else sign or text
    if sign:
        signs = {"parquet": "a Parquet file", "shp": "a Shapefile's shapes", "fgb": "a FlatGeobuf file"}
        return "" if signs.get(wanted) == sign else sign
    if wanted in ("kml", "gml"):
        return "" if text == "a text of XML" and (b"<kml" in head or wanted == "gml" or b"kml" in head) else text
    if wanted == "dxf":
        return "" if _is_drawing(head) else text or "something binary"
    if wanted in ("geojson", "geojsonseq", "topojson"):
        return "" if text == "a text of JSON" else text
    if wanted == "csv":
        return "" if text.startswith("a text") and "XML" not in text else text
    return text


def _is_drawing(head: bytes) -> bool:
    """Tell whether a file begins as a drawing does: a section, after comments, as text or in binary."""
    lines = [line.strip() for line in head.replace(b"\r", b"\n").split(b"\n") if line.strip()]
    return head.startswith(b"AutoCAD Binary DXF") or (b"SECTION" in lines[:40] and lines[0] in (b"0", b"999"))


def _describe_text(head: bytes) -> str:
    marked = sniff_text(head)
    if marked and marked.startswith("utf-16"):
        head = head[: len(head) // 2 * 2].decode(marked, "replace").encode()
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n\x1e")
    if b"\0" in head:
        return "something binary"
    if start[:1] == b"<":
        return "a text of XML"
    if start[:1] in (b"{", b"["):
        return "a text of JSON"
    return "a text"


def _zip_holds(path: Path, wanted: Format, settings: Settings) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise InputError(
            "file-damaged", f"{path.name}: this zip archive is damaged.", "Pack or download it again."
        ) from None
    grown = sum(member.file_size for member in members)
    if grown > settings.max_file_bytes or grown > _FREE_GROWTH + settings.max_zip_ratio * path.stat().st_size:
        raise LimitError(
            "zip-too-large", f"{path.name}: it would unpack to {grown:,} bytes, which is not read.", "Unpack it first."
        )
    names = [member.filename.lower() for member in members]
    if wanted == "xlsx":
        return any(name == "xl/workbook.xml" for name in names)
    if wanted == "kmz":
        return any(name.endswith(".kml") for name in names)
    if not any(name.endswith(".shp") for name in names):
        raise InputError(
            "not-its-ending", f"{path.name}: this archive holds no Shapefile (.shp).", "Unpack it and name the file."
        )
    return True


def scan_json(path: Path, settings: Settings) -> int:
    """Check the nesting of a JSON file before any parser does; returns how many values stand at its top.

    Raises LimitError if brackets nest deeper than the limit, InputError if they do not close.
    """
    depth, inside, values, deepest = 0, False, 0, 0
    table = np.zeros(256, dtype=np.int8)
    table[[ord("{"), ord("[")]], table[[ord("}"), ord("]")]] = 1, -1
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            while chunk.endswith(b"\\") and (more := stream.read(1)):
                chunk += more
            if b"\\" in chunk:
                chunk = chunk.replace(b"\\\\", b"").replace(b'\\"', b"")
            data = np.frombuffer(chunk, dtype=np.uint8)
            quoted = (np.cumsum(data == ord('"'), dtype=np.int64) + inside) & 1
            steps = np.where(quoted == 0, table[data], 0)
            depths = np.cumsum(steps, dtype=np.int64) + depth
            if len(depths):
                deepest = max(deepest, int(depths.max()))
                values += int(np.count_nonzero((depths == 0) & (steps == -1)))
                depth, inside = int(depths[-1]), bool(quoted[-1])
                if int(depths.min()) < 0:
                    break
            if deepest > settings.max_depth:
                raise LimitError(
                    "too-deep",
                    f"{path.name}: its brackets nest more than {settings.max_depth} deep.",
                    "No layer needs that; export it again from where it is from.",
                )
    if depth != 0 or inside:
        raise InputError(
            "file-damaged", f"{path.name}: its JSON ends too early or does not close.", "Export or download it again."
        )
    return values
