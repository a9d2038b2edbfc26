"""Answers with a tag, packed as the client takes them, and kept for the next who asks."""

from __future__ import annotations

import gzip
import hashlib
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Any

import brotli
from fastapi import Request, Response

from gridmap.server.words import dumped

__all__ = ["Answers", "encoding_of"]

_PACKED_FROM = 1_000
_KEPT_BYTES = 32 << 20

_HEADERS = {"Cache-Control": "private, no-cache", "Vary": "Accept-Encoding, Authorization, Cookie"}


def encoding_of(request: Request) -> str:
    """Return how the client wants bodies packed: br, gzip or not at all."""
    offered: dict[str, str] = {}
    for part in request.headers.get("accept-encoding", "").lower().split(","):
        name, _, quality = part.strip().partition(";")
        offered[name.strip()] = quality.replace(" ", "")
    for name in ("br", "gzip"):
        if name in offered and offered[name] not in ("q=0", "q=0.0", "q=0.00", "q=0.000"):
            return name
    return ""


def packed(body: bytes, encoding: str) -> bytes:
    """Return a body packed; the same body gives the same bytes."""
    if encoding == "br":
        return bytes(brotli.compress(body, quality=5))
    return gzip.compress(body, 6, mtime=0) if encoding == "gzip" else body


class Answers:
    """Makes answers. Those with a tag of their own are kept as long as there is room."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str, str], bytes] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def give(
        self,
        request: Request,
        make: Callable[[], Any],
        *,
        tag: str | None = None,
        media: str = "application/json",
        headers: dict[str, str] | None = None,
    ) -> Response:
        """Answer what `make` returns (bytes, or a value to write as JSON), or 304 to who has it already.

        `tag` names the state that the answer is of, whoever asks: only then is it kept, and not made for a 304. Without
        it the tag is that of the bytes.
        """
        encoding = encoding_of(request)
        mark = None if tag is None else _tag(f"{tag} {request.url.path}?{request.url.query}".encode())
        about = {**_HEADERS, **(headers or {})}
        if mark is not None and _known(request, mark):
            return Response(status_code=304, headers={**about, "ETag": mark})
        body = None if mark is None else self._find(mark, encoding, media)
        if body is None:
            made = make()
            plainly = made if isinstance(made, bytes) else dumped(made)
            mark = mark or _tag(plainly)
            if _known(request, mark):
                return Response(status_code=304, headers={**about, "ETag": mark})
            encoding = encoding if len(plainly) >= _PACKED_FROM else ""
            body = packed(plainly, encoding)
            if tag is not None:
                self._keep(mark, encoding_of(request), media, body, encoding)
        else:
            body, encoding = body[1:], {b"b": "br", b"g": "gzip", b"-": ""}[body[:1]]
        if encoding:
            about["Content-Encoding"] = encoding
        return Response(body, headers={**about, "ETag": mark or ""}, media_type=media)

    def _find(self, mark: str, encoding: str, media: str) -> bytes | None:
        with self._lock:
            return self._kept.get((mark, encoding, media))

    def _keep(self, mark: str, asked: str, media: str, body: bytes, encoding: str) -> None:
        with self._lock:
            self._kept[mark, asked, media] = (encoding[:1] or "-").encode() + body
            self._bytes += len(body)
            while self._bytes > _KEPT_BYTES and self._kept:
                self._bytes -= len(self._kept.popitem(last=False)[1])


def _tag(text: bytes) -> str:
    return f'W/"{hashlib.blake2b(text, digest_size=12).hexdigest()}"'


def _known(request: Request, mark: str) -> bool:
    held = [one.strip() for one in request.headers.get("if-none-match", "").split(",")]
    return request.method in ("GET", "HEAD") and (mark in held or "*" in held)
