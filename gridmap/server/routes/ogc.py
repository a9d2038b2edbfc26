"""OGC API – Features: core, GeoJSON, other reference systems, filters by catalogued columns."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from gridmap.city.schema import LAYERS
from gridmap.errors import InputError
from gridmap.server.features import CRS84, Collection, Page, crs_uris
from gridmap.server.service import service_of
from gridmap.server.who import Principal, needs
from gridmap.store import today

router = APIRouter(prefix="/ogc", tags=["OGC API"])

Viewer = Annotated[Principal, needs("view")]
Name = Annotated[str, Path(max_length=40)]

CONFORMS = (
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
    "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",
)
MOST = 10_000
_KNOWN = {"limit", "offset", "bbox", "bbox-crs", "datetime", "crs", "f"}
_API = "application/vnd.oai.openapi+json;version=3.0"
_DECIMAL = "application/geo+json"


@router.get("")
@router.get("/", include_in_schema=False)
def landing(request: Request, _: Viewer) -> Response:
    """Say what there is."""
    service = service_of(request)
    _only(request, {"f"})
    links = [
        _link(request, "", "self", "application/json", "This document"),
        _link(request, "/api", "service-desc", _API, "The definition of this API"),
        _link(request, "/conformance", "conformance", "application/json", "What it conforms to"),
        _link(request, "/collections", "data", "application/json", "The collections"),
    ]
    about = {"title": service.ws.meta.name or "gridmap", "description": "Layers of a city", "links": links}
    return service.answers.give(request, lambda: about)


@router.get("/api", include_in_schema=False)
def api(request: Request, _: Viewer) -> Response:
    """Return the definition of this API."""
    return service_of(request).answers.give(request, request.app.openapi, media=_API)


@router.get("/conformance")
def conformance(request: Request, _: Viewer) -> Response:
    """Say which requirements are met."""
    _only(request, {"f"})
    return service_of(request).answers.give(request, lambda: {"conformsTo": list(CONFORMS)})


@router.get("/collections")
def collections(request: Request, _: Viewer) -> Response:
    """List the layers of the city, and the grids of the plan in force."""
    service = service_of(request)
    _only(request, {"f"})

    def make() -> dict[str, Any]:
        links = [_link(request, "/collections", "self", "application/json", "This document")]
        told = [_told(request, service.collection(name)) for name in LAYERS]
        return {"links": links, "collections": told, "crs": list(crs_uris(service.ws.city().frame))}

    return service.answers.give(request, make)


@router.get("/collections/{name}")
def collection(request: Request, _: Viewer, name: Name) -> Response:
    """Say what a collection is."""
    service = service_of(request)
    _only(request, {"f"})
    return service.answers.give(request, lambda: _told(request, service.collection(name)))


@router.get("/collections/{name}/queryables")
def queryables(request: Request, _: Viewer, name: Name) -> Response:
    """Say by which columns features can be chosen."""
    service = service_of(request)
    found = service.collection(name)
    properties = {column: {"type": kind, "title": column} for column, kind in found.columns.items()}
    about = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": str(request.url.replace(query="")),
        "type": "object",
        "title": found.title,
        "properties": properties,
        "additionalProperties": False,
    }
    return service.answers.give(request, lambda: about, media="application/schema+json")


@router.get(
    "/collections/{name}/items",
    openapi_extra={
        "parameters": [
            {"name": "limit", "in": "query",
             "schema": {"type": "integer", "minimum": 1, "maximum": MOST, "default": 10}},
            {"name": "offset", "in": "query", "schema": {"type": "integer", "minimum": 0, "default": 0}},
            {"name": "bbox", "in": "query", "style": "form", "explode": False,
             "schema": {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 6}},
            {"name": "bbox-crs", "in": "query", "schema": {"type": "string", "format": "uri"}},
            {"name": "datetime", "in": "query", "schema": {"type": "string"}},
            {"name": "crs", "in": "query", "schema": {"type": "string", "format": "uri"}},
        ]
    },
)  # fmt: skip
def items(request: Request, _: Viewer, name: Name) -> Response:
    """Return features, page by page; any catalogued column may be a parameter that it has to equal.

    A `datetime` that is one day gives them as they were on that day.
    """
    service = service_of(request)
    found = service.collection(name)
    _only(request, _KNOWN | set(found.columns))
    page, crs = _page(request, found), _crs(request, "crs", found)
    if page.when is not None and (day := page.when[0]) is not None and day == page.when[1] and day < today():
        found = service.collection_on(name, day)

    def make() -> dict[str, Any]:
        rows, matched = found.find(page)
        links = [_here(request, page.offset, "self")]
        if page.offset + len(rows) < matched and len(rows):
            links.append(_here(request, page.offset + len(rows), "next"))
        if page.offset:
            links.append(_here(request, max(0, page.offset - page.limit), "prev"))
        links.append(_link(request, f"/collections/{name}", "collection", "application/json", found.title))
        return {
            "type": "FeatureCollection",
            "features": found.features(rows, crs=crs),
            "links": links,
            "timeStamp": dt.datetime.now(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
            "numberMatched": matched,
            "numberReturned": len(rows),
        }

    return service.answers.give(request, make, media=_DECIMAL, headers={"Content-Crs": f"<{crs}>"})


@router.get("/collections/{name}/items/{item}")
def item(request: Request, _: Viewer, name: Name, item: Annotated[str, Path(max_length=200)]) -> Response:
    """Return one feature."""
    service = service_of(request)
    found = service.collection(name)
    _only(request, {"f", "crs"})
    crs = _crs(request, "crs", found)
    row = found.row_of.get(item)
    if row is None:
        raise InputError("item-unknown", "There is no such feature.", "Look at the items of the collection.")

    def make() -> dict[str, Any]:
        made = found.features([row], crs=crs)[0]
        about = f"/collections/{name}"
        links = [
            {"href": str(request.url), "rel": "self", "type": _DECIMAL},
            _link(request, about, "collection", "application/json", found.title),
        ]
        return {**made, "links": links}

    return service.answers.give(request, make, media=_DECIMAL, headers={"Content-Crs": f"<{crs}>"})


def _told(request: Request, found: Collection) -> dict[str, Any]:
    path = f"/collections/{found.name}"
    links = [
        _link(request, path, "self", "application/json", found.title),
        _link(request, f"{path}/items", "items", _DECIMAL, found.title),
        _link(request, f"{path}/queryables", "http://www.opengis.net/def/rel/ogc/1.0/queryables",
              "application/schema+json", "Columns"),
    ]  # fmt: skip
    uris = crs_uris(found.frame)
    told = {"id": found.name, "title": found.title, "description": found.description, "itemType": "feature"}
    extent = {} if found.bounds is None else {"extent": {"spatial": {"bbox": [found.bounds], "crs": CRS84}}}
    return {**told, **extent, "crs": list(uris), "storageCrs": uris[-1], "links": links}


def _link(request: Request, path: str, rel: str, media: str, title: str) -> dict[str, str]:
    base = str(request.base_url).rstrip("/")
    return {"href": f"{base}/ogc{path}", "rel": rel, "type": media, "title": title}


def _here(request: Request, offset: int, rel: str) -> dict[str, str]:
    return {"href": str(request.url.include_query_params(offset=offset)), "rel": rel, "type": _DECIMAL}


def _only(request: Request, known: set[str]) -> None:
    """Refuse parameters that are not known, or come twice: 400, as the standard wants."""
    given = [key for key, _ in request.query_params.multi_items()]
    if any(key not in known for key in given) or len(set(given)) != len(given):
        raise InputError("query-unknown", "A parameter is unknown, or comes twice.", f"Use {', '.join(sorted(known))}.")
    if request.query_params.get("f", "json") not in ("json", "geojson"):
        raise InputError("query-value", "There is only JSON.", "Write f=json.")


def _crs(request: Request, name: str, found: Collection) -> str:
    asked = request.query_params.get(name, CRS84)
    if asked not in crs_uris(found.frame):
        raise InputError("query-crs", f"{name} is none of the collection's.", "Use one that the collection lists.")
    return asked


def _page(request: Request, found: Collection) -> Page:
    asked = request.query_params
    return Page(
        limit=min(_whole(asked.get("limit", "10"), "limit", least=1), MOST),
        offset=_whole(asked.get("offset", "0"), "offset", least=0),
        bbox=_bbox(asked["bbox"]) if "bbox" in asked else None,
        bbox_crs=_crs(request, "bbox-crs", found),
        when=_when(asked["datetime"]) if "datetime" in asked else None,
        equal={name: asked[name] for name in found.columns if name in asked and name not in _KNOWN},
    )


def _whole(text: str, name: str, *, least: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) >= least):
        raise InputError("query-value", f"{name} is no whole number from {least}.", "Write it in digits.")
    return int(text)


def _bbox(text: str) -> tuple[float, float, float, float]:
    try:
        parts = [float(part) for part in text.split(",")]
    except ValueError:
        parts = []
    if len(parts) == 6:
        parts = [*parts[:2], *parts[3:5]]
    if len(parts) != 4 or not all(abs(part) < 1e9 for part in parts) or parts[1] > parts[3]:
        raise InputError("query-bbox", "bbox is not four numbers, lower left and upper right.", "Write 111,37,112,38.")
    return parts[0], parts[1], parts[2], parts[3]


def _when(text: str) -> tuple[dt.date | None, dt.date | None]:
    """Read an instant or an interval; .. or nothing is open."""
    parts = text.split("/")
    if len(parts) > 2 or (len(parts) == 1 and parts[0] in ("", "..")):
        raise InputError("query-datetime", "datetime is no instant and no interval.", "Write 2026-03-01/..")
    days = [None if part in ("", "..") else _day(part) for part in parts]
    begin, end = days[0], days[-1]
    if begin is not None and end is not None and begin > end:
        raise InputError("query-datetime", "datetime ends before it begins.", "Write the earlier day first.")
    return begin, end


def _day(text: str) -> dt.date:
    try:
        return dt.datetime.fromisoformat(text).date()
    except ValueError:
        raise InputError("query-datetime", "datetime is no day.", "Write 2026-03-01T00:00:00Z.") from None
