"""Files brought under names of our own in a folder of our own, so that no reader meets a name somebody else chose."""

from __future__ import annotations

import codecs
import contextlib
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from gridmap.errors import InputError
from gridmap.files.database import is_live
from gridmap.files.encodings import codec
from gridmap.files.sniff import Format, scan_json, sniff
from gridmap.files.source import broken
from gridmap.files.xml import walk
from gridmap.settings import Settings

__all__ = ["Staged", "companions", "staged"]

_TOPOLOGY = re.compile(rb'"type"\s*:\s*"Topology"')
_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")


@dataclass(frozen=True, slots=True)
class Staged:
    """A file as its reader may open it.

    `file` is its name for messages, `path` where the reader finds it; `shapes` are the Shapefiles of it by name, each
    with its parts by ending.
    """

    file: str
    format: Format
    path: Path
    shapes: dict[str, dict[str, Path]]
    known: dict[str, Any] = field(default_factory=dict)
    """What has been asked of the file already, so that it is parsed once."""


def companions(path: Path) -> list[Path]:
    """Return the files that are opened with a file: the parts of a Shapefile, the journal of a database."""
    ending = path.suffix.lower()
    if ending == ".shp":
        parts: dict[str, Path] = {}
        for found in sorted(path.parent.iterdir()):
            kind = found.suffix.lower()
            same = found.stem == path.stem or (found.stem.lower() == path.stem.lower() and kind not in parts)
            if kind in _PARTS and same and found.is_file():
                parts[kind] = path if kind == ".shp" else found
        return list(parts.values())
    if ending == ".gpkg" and is_live(path):
        whole = path.resolve()
        return [found for end in ("-wal", "-shm") if (found := Path(f"{whole}{end}")).exists()]
    return []


@contextlib.contextmanager
def staged(
    path: Path | str, settings: Settings, *, encoding: str | None = None, parts: list[Path] | None = None
) -> Iterator[Staged]:
    """Check what a file is and bring it and its parts into a folder of their own, which is removed afterwards.

    `parts` are its `companions`, where the caller knows them. Linked where the system can, else copied. Text formats
    that GDAL reads are turned into UTF-8. Raises InputError, LimitError and EncodingError.
    """
    path = Path(path)
    kind = sniff(path, settings)
    with tempfile.TemporaryDirectory(prefix="gridmap-") as name:
        folder = Path(name)
        ready = Staged(path.name, kind, folder / f"layer{path.suffix.lower()}", {})
        if kind == "shp":
            yield replace(
                ready, shapes={path.stem: _link_parts(path, folder, companions(path) if parts is None else parts)}
            )
        elif kind == "shp.zip":
            yield replace(ready, shapes=_unpack(path, folder))
        elif kind in ("geojson", "geojsonseq", "topojson"):
            values = scan_json(path, settings)
            _stage_json(path, ready.path, encoding)
            yield replace(ready, format=_flavour(path, kind, values))
        elif kind == "kmz":
            _unpack_kmz(path, ready.path)
            yield ready
        else:
            if kind == "gml":
                walk(path, settings, file=path.name)  # GDAL would follow what a document type says
            _link(path, ready.path)
            yield ready


def _flavour(path: Path, kind: Format, values: int) -> Format:
    """Tell which kind of JSON of shapes a file is; one ending stands for all of them."""
    if values > 1:
        return "geojsonseq"
    with path.open("rb") as stream:
        return "topojson" if _TOPOLOGY.search(stream.read(4096)) else "geojson" if kind == "topojson" else kind


def _link(source: Path, target: Path) -> None:
    try:
        target.symlink_to(source.resolve())
    except OSError:
        shutil.copyfile(source, target)


def _link_parts(path: Path, folder: Path, files: list[Path]) -> dict[str, Path]:
    """Link the parts of a Shapefile, whatever case their endings are in."""
    parts = {}
    for found in files:
        ending = found.suffix.lower()
        parts[ending] = folder / f"layer{ending}"
        _link(found, parts[ending])
    _complete(parts, path.name)
    return parts


def _unpack(path: Path, folder: Path) -> dict[str, dict[str, Path]]:
    shapes: dict[str, dict[str, Path]] = {}
    with zipfile.ZipFile(path) as archive:
        members = {_member_name(member): member for member in archive.infolist() if not member.is_dir()}
        wanted = [n for n in members if n.lower().endswith(".shp") and not n.startswith("__MACOSX")]
        for number, name in enumerate(wanted):
            stem = name[:-4]
            parts = {}
            for other, member in members.items():
                ending = other[-4:].lower()
                if other[:-4].lower() == stem.lower() and ending in _PARTS:
                    parts[ending] = folder / f"layer{number}{ending}"
                    _extract(archive, member, parts[ending], path.name)
            _complete(parts, path.name)
            shapes[stem.rpartition("/")[2]] = parts
    return shapes


def _unpack_kmz(path: Path, target: Path) -> None:
    """Take the document out of a KMZ: its doc.kml, else the first there is."""
    with zipfile.ZipFile(path) as archive:
        members = [member for member in archive.infolist() if member.filename.lower().endswith(".kml")]
        members.sort(key=lambda member: member.filename.lower() != "doc.kml")
        _extract(archive, members[0], target, path.name)


def _extract(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, file: str) -> None:
    try:
        with archive.open(member) as source, target.open("wb") as stream:
            # The size promised was checked; more than that is a lie.
            left = member.file_size
            while left > 0 and (chunk := source.read(min(left, 1 << 20))):
                stream.write(chunk)
                left -= len(chunk)
    except RuntimeError:
        raise InputError("zip-locked", f"{file}: the archive needs a password.", "Unpack it first.") from None
    except (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError, OSError):
        raise broken(file, "zip archive") from None


def _member_name(member: zipfile.ZipInfo) -> str:
    """Return a member's name; archives from Chinese Windows hold GBK where the standard says cp437."""
    if member.flag_bits & 0x800:
        return member.filename
    try:
        return member.filename.encode("cp437").decode("gb18030")
    except UnicodeError:
        return member.filename


def _complete(parts: dict[str, Path], file: str) -> None:
    """Build the index (.shx) of a Shapefile that came without, or with one of another length."""
    size = parts[".shp"].stat().st_size
    data = np.memmap(parts[".shp"], dtype=np.uint8, mode="r")
    if size < 100 or bytes(data[:4]) != b"\x00\x00\x27\x0a":
        raise broken(file, "Shapefile")
    if ".shx" in parts and parts[".shx"].stat().st_size > 100:
        return
    entries, at = bytearray(), 100
    while at + 8 <= size:
        length = int.from_bytes(bytes(data[at + 4 : at + 8]), "big")
        if length < 2 or at + 8 + 2 * length > size:
            break
        entries += (at // 2).to_bytes(4, "big") + length.to_bytes(4, "big")
        at += 8 + 2 * length
    header = bytearray(bytes(data[:100]))
    header[24:28] = ((100 + len(entries)) // 2).to_bytes(4, "big")
    index = parts[".shp"].with_suffix(".shx")
    index.unlink(missing_ok=True)
    index.write_bytes(bytes(header + entries))
    parts[".shx"] = index


def _stage_json(path: Path, target: Path, encoding: str | None) -> None:
    """Link JSON that is in UTF-8, as its standard wants; turn it into UTF-8 where an encoding is given."""
    name = codec(encoding, file=path.name) if encoding else "utf-8"
    decoder = codecs.getincrementaldecoder(name)()
    copy = name not in ("utf-8", "utf-8-sig")
    with path.open("rb") as source, contextlib.ExitStack() as stack:
        out = stack.enter_context(target.open("wb")) if copy else None
        while True:
            chunk = source.read(4 << 20)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError:
                raise _not_utf8(path.name, name) from None
            if out:
                out.write(text.encode("utf-8"))
            if not chunk:
                break
    if not copy:
        _link(path, target)


def _not_utf8(file: str, name: str) -> InputError:
    from gridmap.errors import EncodingError

    hint = "Name the encoding with --encoding, such as gbk." if name == "utf-8" else "Name another with --encoding."
    return EncodingError("encoding-wrong", f"{file}: its text is not in {name}.", hint)
