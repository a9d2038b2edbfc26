"""Vector tiles of the ground and of facilities."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request, Response

from gridmap.server.answer import encoding_of
from gridmap.server.service import service_of
from gridmap.server.who import Principal, needs
from gridmap.tiles import Tile

router = APIRouter(prefix="/api/v1/tiles", tags=["tiles"])

MEDIA = "application/vnd.mapbox-vector-tile"
Viewer = Annotated[Principal, needs("view")]


@router.get("/{name}.json")
def tilejson(request: Request, _: Viewer, name: str) -> Response:
    """Return the TileJSON of a set; its tiles' address has the city's revision, so that tiles may be kept for good."""
    service = service_of(request)
    tiles = service.tiles(name)
    base = str(request.base_url).rstrip("/")
    url = f"{base}/api/v1/tiles/{name}/{{z}}/{{x}}/{{y}}.mvt?v={tiles.revision}"
    made = tiles.tilejson(url, name=name)
    if service.ws.meta.sample:
        made["attribution"] = "虚构示例"
    return service.answers.give(request, lambda: made)


@router.get(
    "/{name}/{z}/{x}/{y}.mvt",
    response_class=Response,
    responses={200: {"content": {MEDIA: {}}}, 204: {"description": "Nothing lies there."}},
)
def tile(request: Request, _: Viewer, name: str, z: int, x: int, y: int, v: str = "") -> Response:
    """Return a tile; 204 where it holds nothing."""
    tiles = service_of(request).tiles(name)
    mark = f'W/"{name}-{tiles.revision}"'
    fixed = v == tiles.revision
    headers = {
        "ETag": mark,
        "Vary": "Accept-Encoding",
        "Cache-Control": "private, max-age=86400, immutable" if fixed else "private, no-cache",
    }
    at = Tile(z, x, y)
    if mark in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    zipped = encoding_of(request) != ""
    body = tiles.tile(at, compressed=zipped)
    if not body:
        return Response(status_code=204, headers=headers)
    if zipped:
        headers["Content-Encoding"] = "gzip"
    return Response(body, headers=headers, media_type=MEDIA)
