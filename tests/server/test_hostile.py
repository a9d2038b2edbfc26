"""Requests made to do harm: scripts, paths, queries, filters, forged origins."""

import json

import pytest

API = "/api/v1"
SCRIPTS = (
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "javascript:alert(1)", "{{7*7}}", "{% raw %}",
    "${7*7}", "'-alert(1)-'", "</title><svg/onload=alert(1)>", "\u202e\u2066", "<!--", "]]>", "`${alert(1)}`",
)  # fmt: skip
PATHS = (
    "../../../etc/passwd", "..%2f..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/etc/passwd", "....//....//etc/passwd",
    "/etc/passwd", "file:///etc/passwd", "C:%5CWindows%5Cwin.ini", "%00", "a%00.gpkg", "~root",
)  # fmt: skip
SQL = (
    "' OR '1'='1", "'; DROP TABLE plans; --", '" OR ""="', "1; SELECT pg_sleep(5)", "' UNION SELECT * FROM persons --",
    "\\'; --", "0x27", "admin'--", "1) OR (1=1", "%27%20OR%201=1",
)  # fmt: skip


def _tables(served):
    ws = served.service.ws
    return ws.plans(), len(ws.accounts.duties()), [one.id for one in ws.records.find()]


@pytest.mark.parametrize("text", SCRIPTS)
def test_scripts_stay_text(served, text):
    plan = served.service.ws.next_name("x")
    name = f"{plan} {text}"
    made = served.http.post(f"{API}/plans", json={"name": name, "note": text})
    assert made.status_code in (201, 422)
    for path in ("/plans", f"/search?q={json.dumps(text)}", "/plans/" + text.replace("/", "")):
        answer = served.http.get(f"{API}{path}")
        assert answer.headers["content-type"] in ("application/json", "application/problem+json")
        assert answer.headers["x-content-type-options"] == "nosniff"
    if made.status_code == 201:
        assert made.json()["name"] == name  # as it was given: who shows it escapes it


def test_the_page_of_the_map_runs_no_name(served):
    names = [f"{number} {text}" for number, text in enumerate(SCRIPTS)]
    for name in (names[:6], names[6:]):
        served.http.post(f"{API}/plans", json={"name": " ".join(name)})
    page = served.http.get("/map").text
    assert not [text for text in SCRIPTS if set(text) & set("<{") and text in page]


@pytest.mark.parametrize("path", PATHS)
def test_no_path_leaves_what_is_served(looked, path):
    for before in (
        f"{API}/plans/",
        f"{API}/tiles/",
        f"{API}/uploads/",
        f"{API}/jobs/",
        "/ogc/collections/",
        "/map/",
        "/",
    ):
        for after in ("", ".json", "/items"):
            answer = looked.get(f"{before}{path}{after}")
            assert answer.status_code in (404, 405, 422, 307), answer.url
            assert "root:" not in answer.text


@pytest.mark.parametrize("text", SQL)
def test_queries_are_values_and_never_code(served, text):
    before = _tables(served)
    for path in ("/search?q=", "/matters?stage=", "/matters?grid=", "/matters?community=", "/duties?place=", "/plans/",
                 "/matters/"):  # fmt: skip
        answer = served.http.get(f"{API}{path}{text}")
        assert answer.status_code in (200, 404, 422)
        if answer.status_code == 200:
            rows = next(value for value in answer.json().values() if isinstance(value, list))
            assert rows == []
    for column in ("name", "kind", "id"):
        answer = served.http.get("/ogc/collections/facilities/items", params={column: text})
        assert answer.json()["numberMatched"] == 0
        answer = served.http.get("/ogc/collections/facilities/items", params={text: "1"})
        assert answer.status_code == 400
    made = served.http.post(f"{API}/matters", json={"kind": text, "title": text})
    assert made.status_code == 422
    assert _tables(served) == before


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/plans", b"\xff\xfe"),
        ("/plans", b'{"name": "' + b"x" * 10_000 + b'"}'),
        ("/plans", b"[" * 5_000),
        ("/plans", b'{"name": 1e999}'),
        ("/plans", b'{"name": "\\ud800"}'),
        ("/plans/present/edits", b'{"kind": "assign", "payload": {"buildings": {"a": 1}, "grid": []}}'),
        ("/plans/present/edits", b'{"kind": "assign", "payload": {"__class__": "x"}}'),
        ("/plans/present/edits", b'{"base": 99999999999999999999999, "kind": "lock", "payload": {}}'),
        ("/what-if", b'{"kind": "canteen", "open": [{"lon": NaN, "lat": Infinity}]}'),
        ("/site", b'{"kind": "canteen", "add": 1000000000}'),
    ],
)
def test_bodies_that_are_broken_are_refused(served, path, body):
    before = _tables(served)
    answer = served.http.post(f"{API}{path}", content=body, headers={"Content-Type": "application/json"})
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert _tables(served) == before


def test_a_header_cannot_be_written_by_a_parameter(looked):
    answer = looked.get("/ogc/collections/green/items", params={"crs": "x\r\nSet-Cookie: a=b"})
    assert answer.status_code == 400
    assert "set-cookie" not in answer.headers
