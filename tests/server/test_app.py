"""What holds for every route: rights, headers, errors in one shape, tags, packing."""

import asyncio
import gzip
import importlib.util
import json
from pathlib import Path

import brotli
import httpx
import pytest
from fastapi import FastAPI

from gridmap import handles
from gridmap.server import create_app
from gridmap.server.problems import install

_SPEC = importlib.util.spec_from_file_location("routes", Path(__file__).with_name("routes.py"))
listed = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(listed)

PLAN = "/api/v1/plans/present"


def test_every_route_asks_for_a_right(looked):
    routes = list(listed.routes(looked.app))
    assert len(routes) > 50
    assert not [route.path for route in routes if not listed.rights(route)]


def test_a_route_without_a_right_is_seen(looked):
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.get("/free")(lambda: None)
    assert [listed.rights(route) for route in listed.routes(app)] == [set()]


@pytest.mark.parametrize(
    "path", ["/", "/health", "/api/v1/city", "/api/v1/plans/nope", "/nowhere", "/map", "/openapi.json"]
)
def test_headers_keep_browsers_safe(looked, path):
    answer = looked.get(path, headers={"Origin": "https://elsewhere.example"})
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert ("unsafe-inline" in policy) == (path == "/map")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert not [name for name in answer.headers if name.startswith("access-control-")]
    assert "server" not in answer.headers or "uvicorn" in answer.headers["server"]


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "not-found"),
        ("PUT", "/api/v1/city", 405, "method-not-allowed"),
        ("GET", "/api/v1/where?lon=x&lat=1", 422, "request-invalid"),
        ("GET", "/api/v1/where?lon=10&lat=10", 422, "place-far"),
        ("GET", "/api/v1/plans/nope", 404, "plan-unknown"),
        ("GET", "/api/v1/jobs/nope", 404, "job-unknown"),
        ("GET", "/api/v1/matters/nope", 404, "matter-unknown"),
        ("GET", "/api/v1/tiles/base/3/9/0.mvt", 404, "tile-unknown"),
        ("GET", "/api/v1/vacancies?kind=pairing", 422, "kind-restricted"),
        ("POST", "/api/v1/plans", 422, "request-invalid"),
        ("GET", "/ogc/collections/nope", 404, "collection-unknown"),
        ("GET", "/ogc/collections/green/items?nope=1", 400, "query-unknown"),
    ],
)
def test_errors_have_one_shape(looked, method, path, status, code):
    answer = looked.http.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert set(told) == {"type", "title", "status", "detail", "code", "hint"}
    assert (told["status"], told["code"]) == (status, code)


def test_what_was_sent_is_not_told_again(looked):
    answer = looked.http.post("/api/v1/plans", json={"name": {"secret": "13877741177"}})
    assert answer.status_code == 422
    assert "13877741177" not in answer.text


def test_what_goes_wrong_inside_stays_inside(caplog):
    app = FastAPI()
    install(app)

    @app.get("/broken")
    def broken():
        raise RuntimeError("password=hunter2 at /srv/x")

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)

    async def ask():
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
            return await http.get("/broken?who=13877741177")

    answer = asyncio.run(ask())
    assert answer.status_code == 500
    assert answer.json()["code"] == "unforeseen"
    for text in (answer.text, caplog.text):
        assert "hunter2" not in text
        assert "13877741177" not in text


@pytest.mark.parametrize(
    "path", ["/api/v1/city", "/api/v1/places", f"{PLAN}/grids", f"{PLAN}/cells", f"{PLAN}/balance"]
)
def test_who_has_it_already_is_not_sent_it_again(looked, path):
    first = looked.get(path)
    again = looked.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    other = looked.get(path, headers={"If-None-Match": '"another"'})
    assert other.content == first.content


@pytest.mark.parametrize(("encoding", "unpack"), [("gzip", gzip.decompress), ("br", brotli.decompress), ("", bytes)])
def test_bodies_are_packed_as_asked(looked, encoding, unpack):
    plainly = looked.json(f"{PLAN}/grids")
    for _ in range(2):  # made, and kept
        with looked.http.stream("GET", f"{PLAN}/grids", headers={"Accept-Encoding": encoding or "identity"}) as answer:
            body = b"".join(answer.iter_raw())
            assert answer.headers.get("content-encoding", "") == encoding
        assert json.loads(unpack(body)) == plainly
    refused = looked.http.stream("GET", f"{PLAN}/grids", headers={"Accept-Encoding": "gzip;q=0, br;q=0"})
    with refused as answer:
        assert "content-encoding" not in answer.headers


def test_the_definition_describes_every_route_with_its_answers(looked):
    told = looked.json("/openapi.json")
    routes = [route for route in listed.routes(looked.app) if route.include_in_schema]
    assert {route.path for route in routes} == set(told["paths"])
    for path, verbs in told["paths"].items():
        for verb, about in verbs.items():
            assert about.get("description"), f"{verb} {path}"
            assert "4XX" in about["responses"], f"{verb} {path}"


def test_what_is_measured_tells_no_one(looked):
    looked.get("/api/v1/search?q=13877741177")
    looked.get("/api/v1/plans/present")
    text = looked.get("/metrics").text
    assert 'gridmap_requests_total{method="GET",route="/api/v1/plans/{name}",status="200"}' in text
    assert "gridmap_request_seconds_bucket" in text
    assert "present" not in text
    assert "13877741177" not in text


def test_it_says_whether_it_lives_and_is_ready(looked):
    assert looked.json("/health") == {"status": "ok"}
    assert looked.json("/ready") == {"status": "ready", "plans": 1}


EMPTY = (
    "/map", "/ready", "/ogc/collections", "/ogc/collections/grids/items", "/ogc/collections/green/items",
    *(f"/api/v1/{path}" for path in (
        "city", "places", "where?lon=111&lat=37", "plans", "search?q=a", "tiles/base.json", "tiles/base/0/0/0.mvt",
        "figures", "findings", "nearest?kind=canteen&lon=111&lat=37", "coverage?kind=canteen", "access?kind=canteen",
        "duties", "vacancies", "staffing", "liaison", "matters", "matters/board", "matters/map?bbox=111,37,112,38",
    )),
)  # fmt: skip


def test_a_workspace_with_nothing_in_it_answers(tmp_path):
    handles.create(tmp_path / "empty.gpkg").close()
    app = create_app(tmp_path / "empty.gpkg")

    async def ask():
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1") as http:
            return {path: (await http.get(path)).status_code for path in EMPTY}

    told = asyncio.run(ask())
    app.state.service.close()
    assert set(told.values()) <= {200, 204, 422}
    assert told["/api/v1/city"] == 200
