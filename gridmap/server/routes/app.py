"""The web map: its page, and its files packed in advance."""

from __future__ import annotations

import mimetypes
from functools import cache
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from gridmap.errors import StoreError
from gridmap.server.answer import encoding_of
from gridmap.server.who import Principal, needs

router = APIRouter(include_in_schema=False)

STATIC = Path(__file__).resolve().parents[1] / "static"
POLICY = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; img-src 'self' data: blob:; "
    "style-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
FOR_GOOD = "public, max-age=31536000, immutable"
_MEDIA = {".js": "text/javascript", ".mjs": "text/javascript", ".webmanifest": "application/manifest+json"}
_ENDINGS = {"br": ".br", "gzip": ".gz", "": ""}

Anyone = Annotated[Principal, needs("anyone")]


@cache
def _files(folder: Path) -> dict[str, Path]:
    """Return the files that may be served, by name: nothing else is looked up on the disk."""
    found = folder.rglob("*") if folder.is_dir() else ()
    return {path.relative_to(folder).as_posix(): path for path in found if path.is_file()}


def _served(request: Request, name: str, *, keep: str) -> Response:
    files = _files(STATIC)
    if name not in files or name.startswith(".") or name.endswith((".br", ".gz")):
        if name == "index.html":
            raise StoreError("map-missing", "The web map has not been built.", "Build it: python hatch_build.py build")
        raise HTTPException(404)
    encoding = encoding_of(request)
    if name + _ENDINGS[encoding] not in files:
        encoding = ""
    suffix = Path(name).suffix
    media = _MEDIA.get(suffix) or mimetypes.types_map.get(suffix) or "application/octet-stream"
    headers = {"Cache-Control": keep, "Vary": "Accept-Encoding", "Content-Security-Policy": POLICY}
    if encoding:
        headers["Content-Encoding"] = encoding
    return Response(files[name + _ENDINGS[encoding]].read_bytes(), headers=headers, media_type=media)


@router.get("/")
def page(request: Request, _: Anyone) -> Response:
    """Return the web map; it asks by itself who is there."""
    return _served(request, "index.html", keep="no-cache")


@router.get("/sw.js")
def worker(request: Request, _: Anyone) -> Response:
    """Return what keeps the last data on a phone."""
    return _served(request, "sw.js", keep="no-cache")


@router.get("/app/{name:path}")
def asset(request: Request, _: Anyone, name: str) -> Response:
    """Return a file of the web map; those whose name has their hash may be kept for good."""
    return _served(request, name, keep=FOR_GOOD if name.startswith("assets/") else "no-cache")
