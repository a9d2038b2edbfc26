"""XML walked by expat, element by element: no document types, no entities of anybody's making, no deep nesting."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn
from xml.parsers import expat  # nosec - document types, which its attacks need, are refused

from gridmap.errors import InputError, LimitError
from gridmap.files.encodings import codec
from gridmap.files.source import broken
from gridmap.settings import Settings

__all__ = ["walk"]

_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*encoding\s*=\s*["']([A-Za-z0-9._-]+)["'][^>]*\?>""")
_KNOWN = {"utf-8", "utf-16", "ascii", "iso8859-1"}
_LEVELS = 4
_CHUNK = 1 << 20


def walk(
    path: Path,
    settings: Settings,
    *,
    file: str,
    start: Callable[[str, dict[str, str]], None] | None = None,
    text: Callable[[str], None] | None = None,
    end: Callable[[str], None] | None = None,
) -> None:
    """Call back for each start, text and end of an element; names come without their prefixes.

    Raises InputError for XML that is broken or has a document type, LimitError for elements that nest deeper than four
    times `max_depth`.
    """
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    depth = 0

    def opened(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _LEVELS * settings.max_depth:
            raise LimitError(
                "too-deep",
                f"{file}: its elements nest more than {_LEVELS * settings.max_depth} deep.",
                "No layer needs that; export it again from where it is from.",
            )
        if start:
            start(name.rpartition("}")[2], attributes)

    def closed(name: str) -> None:
        nonlocal depth
        depth -= 1
        if end:
            end(name.rpartition("}")[2])

    def refuse(*_: object) -> NoReturn:
        raise InputError(
            "xml-doctype",
            f"{file}: it defines entities of its own (a document type), which is not read.",
            "Export it again from where it is from.",
        )

    parser.StartElementHandler, parser.EndElementHandler = opened, closed
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = parser.ExternalEntityRefHandler = refuse
    if text:
        parser.CharacterDataHandler = text
    try:
        for chunk in _chunks(path, file):
            parser.Parse(chunk, False)  # noqa: FBT003 - expat takes it by position only
        parser.Parse(b"", True)  # noqa: FBT003
    except (expat.ExpatError, UnicodeError):
        raise broken(file, "XML file") from None


def _chunks(path: Path, file: str) -> list[bytes]:
    """Return the file in pieces; where it is in an encoding that expat does not know, turned into UTF-8."""
    data = path.read_bytes()
    found = _DECLARED.match(data[:400])
    name = codec(found[1].decode("ascii"), file=file) if found else "utf-8"
    if found and name not in _KNOWN:
        data = data[found.end() :].decode(name).encode("utf-8")
    return [data[at : at + _CHUNK] for at in range(0, len(data), _CHUNK)]
