"""What the definition says of answers is what routes answer: each is asked, and held against its schema.

With GRIDMAP_WRITE_ANSWERS=1 the schemas and examples are written anew from the answers.
"""

import json
import os
from pathlib import Path

import jsonschema
import pytest

import gridmap.server
from gridmap.server.described import ANSWERS, known_answers, schema_of

API = "/api/v1"
BARE = {
    "GET /metrics": "text/plain", "GET /map": "text/html", "GET /rate/{token}": "text/html",
    "POST /rate/{token}": "text/html", f"GET {API}/tiles/{{name}}/{{z}}/{{x}}/{{y}}.mvt": "", "GET /": "text/html",
    f"GET {API}/plans/{{name}}/diff/{{other}}/map": "text/html", f"GET {API}/plans/{{name}}/diff/{{other}}/sheets": "",
    "GET /sw.js": "", "GET /app/{name}": "",
    f"GET {API}/plans/{{name}}/events": "", f"GET {API}/jobs/{{id}}/events": "", f"DELETE {API}/session": "",
    f"DELETE {API}/tokens/{{token}}": "",
}  # fmt: skip
"""Answers that are no JSON."""

NAMED = {
    f"POST {API}/session", f"POST {API}/session/password", f"POST {API}/accounts", f"PATCH {API}/accounts/{{name}}",
    f"POST {API}/tokens", f"POST {API}/findings/undo", f"POST {API}/matters/{{name}}/rating-link",
    *(f"POST {API}/plans/{{name}}/{step}" for step in ("submit", "withdraw", "approve", "return", "file", "publish")),
}  # fmt: skip
"""Answers that need a login, a second person, or something to take back: said by an example, and tested elsewhere."""


@pytest.fixture(scope="module")
def answers(served):
    """Ask every route once, and return its answers by `GET /path`."""
    told = {}

    def ask(method, path, route=None, **options):
        answer = served.http.request(method, path, **options)
        assert answer.status_code < 300, (method, path, answer.text[:500])
        media = answer.headers["content-type"].partition(";")[0]
        told.setdefault(f"{method} {route or path.partition('?')[0]}", []).append((media, answer.json()))
        return answer.json()

    point = "lon=111.788&lat=37.265"
    for path in ("/health", "/ready", "/ogc", "/ogc/conformance", "/ogc/collections"):
        ask("GET", path)
    for path in ("session", "accounts", "tokens", "audit", "city", "places", f"where?{point}",
                 "where?lon=111.95&lat=37.35", "figures", "kinds",
                 "findings", "search?q=gulou", "plans", "duties", "vacancies", "staffing", "liaison", "organisations",
                 "venues", "matters", "matters/board?kind=request", f"around?{point}",
                 f"nearest?kind=canteen&{point}", "coverage?kind=canteen&minutes=15", "access?kind=care_class",
                 "coverage/reach?kind=canteen&minutes=15", "matters/map?bbox=111.7,37.2,111.9,37.3", "compounds",
                 "staffing/places", "coverage/shares?kind=canteen", "in-force", "in-force/grids",
                 "in-force/diff"):  # fmt: skip
        ask("GET", f"{API}/{path}")
    ask("GET", f"{API}/tiles/base.json", f"{API}/tiles/{{name}}.json")
    for tail in ("", "/queryables", "/items?limit=5"):
        ask("GET", f"/ogc/collections/facilities{tail}", "/ogc/collections/{name}" + tail.partition("?")[0])
    one = ask("GET", "/ogc/collections/facilities/items?limit=1", "/ogc/collections/{name}/items")["features"][0]["id"]
    ask("GET", f"/ogc/collections/facilities/items/{one}", "/ogc/collections/{name}/items/{item}")

    plan, named = f"{API}/plans/answers", f"{API}/plans/{{name}}"
    ask("POST", f"{API}/plans", json={"name": "answers", "base": "present"})
    cells = ask("GET", f"{plan}/cells", f"{named}/cells")
    first = cells["grids"][0]
    second = next(grid for grid in cells["grids"][1:] if grid["community"] == first["community"])
    at = cells["grids"].index(second)
    moved = [building for building, grid in zip(cells["buildings"], cells["grid"], strict=True) if grid == at][:2]
    change = {"kind": "assign", "payload": {"buildings": moved, "grid": first["id"]}}
    ask("POST", f"{plan}/edits", f"{named}/edits", json=change)
    for tail in ("", "/grids", "/balance", "/history", "/fabric", "/layout", "/changes", "/steps"):
        if served.http.get(f"{plan}{tail}").status_code != 404:
            ask("GET", f"{plan}{tail}", f"{named}{tail}")
    for tail in ("", "/addresses?limit=5"):
        route = f"{named}/diff/{{other}}{tail.partition('?')[0]}"
        ask("GET", f"{API}/plans/present/diff/answers{tail}", route)
    for verb in ("undo", "redo"):
        ask("POST", f"{plan}/{verb}", f"{named}/{verb}", json={})
    ask("POST", f"{plan}/rebalance", f"{named}/rebalance", json={"grid": first["id"]})

    ask("POST", f"{API}/site", json={"kind": "canteen", "add": 2})
    ask("POST", f"{API}/what-if", json={"kind": "canteen", "open": [{"lon": 111.8, "lat": 37.25}]})
    made = ask("POST", f"{API}/matters", json={"kind": "request", "lon": 111.788, "lat": 37.265, "title": "井盖缺失"})
    ask("GET", f"{API}/matters/{made['id']}", f"{API}/matters/{{name}}")
    step = {"action": "dispatch", "actor": "community_worker", "organisation": "O001"}
    ask("POST", f"{API}/matters/{made['id']}/advance", f"{API}/matters/{{name}}/advance", json=step)
    ask("GET", f"{API}/grids/{made['grid']}/record", f"{API}/grids/{{code}}/record")

    corners = [[111.788, 37.265], [111.7885, 37.265], [111.7885, 37.2655], [111.788, 37.2655], [111.788, 37.265]]
    shape = {"type": "Polygon", "coordinates": [corners]}
    feature = {"type": "Feature", "properties": {"id": "G9", "name": "新绿地"}, "geometry": shape}
    collection = {"type": "FeatureCollection", "features": [feature]}
    sent = ask("POST", f"{API}/uploads?name=a.geojson&layer=green", content=json.dumps(collection))
    ask("POST", f"{API}/uploads/{sent['id']}/propose", f"{API}/uploads/{{id}}/propose", json={})
    ask("POST", f"{API}/uploads/{sent['id']}/take", f"{API}/uploads/{{id}}/take", json={})
    job = ask("POST", f"{API}/jobs", json={"kind": "site", "site": {"kind": "canteen", "add": 1}})
    with served.http.stream("GET", f"{API}/jobs/{job['id']}/events") as events:
        events.read()
    ask("GET", f"{API}/jobs/{job['id']}", f"{API}/jobs/{{id}}")
    ask("GET", f"{API}/jobs/{job['id']}/result", f"{API}/jobs/{{id}}/result")
    ask("DELETE", f"{API}/jobs/{job['id']}", f"{API}/jobs/{{id}}")
    ask("POST", f"{API}/findings/repair", json={"all_safe": True, "dry_run": True})
    ask("GET", f"{API}/findings/repairs")
    return told


def cut(value):
    """Return a value with its lists cut short, for an example."""
    if isinstance(value, dict):
        return {name: cut(item) for name, item in value.items()}
    return [cut(item) for item in value[:2]] if isinstance(value, list) else value


def written(answers):
    made = {}
    for route, told in sorted(answers.items()):
        *_, (media, value) = sorted(told, key=lambda one: len(json.dumps(one[1])))
        schemas = schema_of([one for _, one in told])["items"]
        made[route] = {"media": media, "example": cut(value), "schema": schemas}
    return made


def test_answers_are_as_the_definition_says(answers):
    if os.environ.get("GRIDMAP_WRITE_ANSWERS"):
        place = Path(gridmap.server.__file__).with_name(ANSWERS)
        lines = [
            f"{json.dumps(route)}: {json.dumps(one, ensure_ascii=False)}" for route, one in written(answers).items()
        ]
        place.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
        known_answers.cache_clear()
    faults = []
    for route, told in answers.items():
        known = known_answers().get(route)
        if known is None:
            faults.append(f"{route}: no schema")
            continue
        for media, value in told:
            assert media == known["media"], route
            checker = jsonschema.Draft202012Validator(known["schema"])
            faults += [f"{route}: {error.json_path} {error.message[:200]}" for error in checker.iter_errors(value)]
    assert not faults, "\n".join(faults[:20])


def test_every_route_says_what_it_answers(served):
    document = served.json("/openapi.json")
    silent = []
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            route = f"{method.upper()} {path}"
            good = [one for status, one in operation["responses"].items() if status.startswith("2") and status != "204"]
            contents = [content for one in good for content in one.get("content", {}).values()]
            if route not in BARE and not any("schema" in one and "example" in one for one in contents):
                silent.append(route)
    assert not [route for route in silent if route not in NAMED], "ask it above, and write the answers anew"


def test_examples_fit_their_schemas():
    for route, known in known_answers().items():
        jsonschema.Draft202012Validator.check_schema(known["schema"])
        errors = list(jsonschema.Draft202012Validator(known["schema"]).iter_errors(known["example"]))
        assert not errors, route
