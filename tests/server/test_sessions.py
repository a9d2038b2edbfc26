"""Sessions, tokens, cookies, pages of other sites, and who is served without accounts."""

import asyncio
import importlib.util
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from gridmap.errors import InputError
from gridmap.server import create_app
from gridmap.server.running import require_safe

_SPEC = importlib.util.spec_from_file_location("asking", Path(__file__).with_name("asking.py"))
asking = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(asking)

QUICK, GOOD = asking.QUICK, asking.GOOD


@pytest.fixture
def served(databases, small_town):
    """Serve a copy with an account of each role."""
    app = create_app(databases.copy(small_town), settings=QUICK)
    people = app.state.service.ws.people(QUICK)
    for role in asking.ROLES:
        people.add(role, GOOD, role=role)
    with closing(app):
        yield client(app)


class Browser:
    """Asks an application from an address, and keeps cookies."""

    def __init__(self, app, address, base):
        self.app, self.address, self.base = app, address, base
        self.cookies, self.headers = httpx.Cookies(), {}

    def request(self, method, path, **options):
        async def ask():
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False, client=(self.address, 50_000))
            about = {"base_url": self.base, "cookies": self.cookies, "headers": self.headers}
            async with httpx.AsyncClient(transport=transport, **about) as one:
                answer = await one.request(method, path, **options)
                self.cookies = one.cookies
            return answer

        return asyncio.run(ask())

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def post(self, path, **options):
        return self.request("POST", path, **options)

    def patch(self, path, **options):
        return self.request("PATCH", path, **options)

    def delete(self, path, **options):
        return self.request("DELETE", path, **options)


def client(app, *, address="127.0.0.1", base="http://127.0.0.1"):
    return Browser(app, address, base)


@contextmanager
def closing(app):
    try:
        yield app
    finally:
        app.state.service.close()


def login(served, name, **options):
    answer = served.post("/api/v1/session", json={"name": name, "password": GOOD}, **options)
    assert answer.status_code == 200, answer.text
    return answer


OWN = {"Origin": "http://127.0.0.1"}

# ---- accounts or none ----------------------------------------------------------------------------------------------


def test_without_accounts_it_is_of_this_machine_alone(databases, small_town):
    with closing(create_app(databases.copy(small_town), settings=QUICK)) as app:
        here = client(app).get("/api/v1/session").json()
        assert here["local"]
        assert "admin" in here["rights"]
        for other in (client(app, address="192.168.1.9"), client(app, base="http://evil.example"),
                      client(app, base="http://192.168.1.9")):  # fmt: skip
            assert not other.get("/api/v1/session").json()["local"]
            assert other.get("/api/v1/city").status_code == 401
        app.state.service.ws.people(QUICK).add("boss", GOOD, role="admin")
        assert client(app).get("/api/v1/city").status_code == 401


@pytest.mark.parametrize(
    ("host", "accounts", "tls", "proxy", "code"),
    [
        ("127.0.0.1", False, False, False, None),
        ("localhost", False, False, False, None),
        ("::1", False, False, False, None),
        ("127.0.0.1", False, False, True, "accounts-missing"),
        ("0.0.0.0", False, True, False, "accounts-missing"),  # noqa: S104 - refused
        ("::", False, True, False, "accounts-missing"),
        ("city.example", False, True, True, "accounts-missing"),
        ("0.0.0.0", True, False, False, "tls-missing"),  # noqa: S104 - refused
        ("city.example", True, False, False, "tls-missing"),
        ("0.0.0.0", True, True, False, None),  # noqa: S104 - with accounts and TLS
        ("0.0.0.0", True, False, True, None),  # noqa: S104 - behind a proxy
        ("127.0.0.1", True, False, True, None),
    ],
)
def test_others_are_served_with_accounts_and_tls_only(tmp_path, host, accounts, tls, proxy, code):
    files = tmp_path / "cert.pem", tmp_path / "key.pem"
    for file in files:
        file.touch()
    wanted = files if tls else None
    if code is None:
        require_safe(host, accounts=accounts, tls=wanted, behind_proxy=proxy)
        return
    with pytest.raises(InputError) as caught:
        require_safe(host, accounts=accounts, tls=wanted, behind_proxy=proxy)
    assert caught.value.code == code


def test_a_certificate_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match=r"cert\.pem"):
        require_safe("::", accounts=True, tls=(tmp_path / "cert.pem", tmp_path / "key.pem"), behind_proxy=False)


# ---- sessions ------------------------------------------------------------------------------------------------------


def test_a_login_sets_a_cookie_that_scripts_and_other_sites_do_not_get(served):
    told = login(served, "planner")
    assert told.json() == {"name": "planner", "role": "planner", "scope": [], "local": False,
                           "rights": ["edit", "import", "records", "view"]}  # fmt: skip
    cookie = told.headers["set-cookie"].lower()
    assert cookie.startswith("gridmap=")
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "secure" not in cookie
    assert served.get("/api/v1/session").json()["name"] == "planner"
    safe = client(served.app, base="https://127.0.0.1")
    cookie = login(safe, "planner").headers["set-cookie"].lower()
    assert cookie.startswith("__host-gridmap=")
    assert "secure" in cookie
    assert "path=/" in cookie
    assert "domain" not in cookie


def test_a_planted_session_is_not_taken_over(served):
    planted = login(served, "viewer").cookies["gridmap"]
    own = login(served, "admin", headers=OWN).cookies["gridmap"]
    assert own != planted
    served.cookies.clear()
    served.cookies.set("gridmap", planted)
    assert served.get("/api/v1/session").json()["name"] == ""
    served.cookies.set("gridmap", "chosen by somebody else")
    assert login(served, "admin", headers=OWN).cookies["gridmap"] not in ("chosen by somebody else", planted)


def test_a_logout_ends_the_session_and_the_cookie(served):
    kept = login(served, "planner").cookies["gridmap"]
    assert served.delete("/api/v1/session", headers=OWN).status_code == 204
    served.cookies.set("gridmap", kept)
    assert served.get("/api/v1/session").json()["name"] == ""


def test_another_role_ends_sessions_at_once(served):
    login(served, "planner")
    assert served.get("/api/v1/city").status_code == 200
    served.app.state.service.ws.people(QUICK).change("planner", role="viewer")
    assert served.get("/api/v1/city").status_code == 401


def test_a_new_password_needs_the_old_one_and_makes_a_new_id(served):
    before = login(served, "planner").cookies["gridmap"]
    words = {"old": "not the old password", "new": "another horse battery"}
    assert served.post("/api/v1/session/password", json=words, headers=OWN).status_code == 401
    answer = served.post("/api/v1/session/password", json={**words, "old": GOOD}, headers=OWN)
    assert answer.status_code == 200, answer.text
    assert answer.cookies["gridmap"] != before
    assert served.get("/api/v1/session").json()["name"] == "planner"
    served.cookies.clear()
    served.cookies.set("gridmap", before)
    assert served.get("/api/v1/session").json()["name"] == ""


def test_guesses_are_slowed_down(served):
    codes = [
        served.post("/api/v1/session", json={"name": "admin", "password": "wrong password"}).status_code
        for _ in range(4)
    ]
    assert codes == [401, 401, 401, 429]
    answer = served.post("/api/v1/session", json={"name": "admin", "password": GOOD})
    assert answer.json()["code"] == "login-throttled"


@pytest.mark.parametrize("body", [{}, {"name": "a\0b", "password": "x"}, {"name": "\ud800", "password": "\ud800"},
                                  {"name": "x" * 300, "password": "y"}, {"name": "' OR 1=1 --", "password": "' OR 1=1"},
                                  {"name": ["admin"], "password": {"$ne": 1}}])  # fmt: skip
def test_strange_logins_are_refused(served, body):
    import json

    answer = served.post("/api/v1/session", content=json.dumps(body), headers={"Content-Type": "application/json"})
    assert answer.status_code in (401, 422)


# ---- pages of other sites ------------------------------------------------------------------------------------------

STRANGE = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:9999"},
    {"Origin": "https://127.0.0.1"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1"},
    {},
]


@pytest.mark.parametrize("headers", STRANGE)
def test_what_another_sites_page_sends_changes_nothing(served, headers):
    login(served, "admin")
    for method, path, body in (
        ("POST", "/api/v1/plans", {"name": "planted"}),
        ("POST", "/api/v1/accounts", {"name": "planted", "password": GOOD, "role": "admin"}),
        ("PATCH", "/api/v1/accounts/viewer", {"role": "admin"}),
        ("DELETE", "/api/v1/session", None),
    ):
        answer = served.request(method, path, json=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "origin-strange"), path
    ws = served.app.state.service.ws
    assert [one["name"] for one in ws.plans()] == ["imported"]
    assert {one.name for one in ws.people().accounts()} == set(asking.ROLES)
    assert served.get("/api/v1/session").json()["name"] == "admin"


def test_a_page_elsewhere_cannot_use_the_tool_of_this_machine_nor_log_it_in(databases, small_town):
    app = create_app(databases.copy(small_town), settings=QUICK)
    with closing(app):
        here = client(app)
        for headers in STRANGE[:-1]:
            assert here.post("/api/v1/plans", json={"name": "planted"}, headers=headers).status_code == 403
        app.state.service.ws.people(QUICK).add("boss", GOOD, role="admin")
        words = {"name": "boss", "password": GOOD}
        assert here.post("/api/v1/session", json=words, headers=STRANGE[0]).status_code == 403


def test_pages_of_the_server_itself_may(served):
    login(served, "admin")
    answer = served.post("/api/v1/accounts", json={"name": "new", "password": GOOD, "role": "viewer"}, headers=OWN)
    assert answer.status_code == 201, answer.text
    fetched = {"Sec-Fetch-Site": "same-origin"}
    assert served.patch("/api/v1/accounts/new", json={"disabled": True}, headers=fetched).json()["disabled_at"]


# ---- tokens and areas ----------------------------------------------------------------------------------------------


def test_a_token_is_told_once_and_works_until_it_is_revoked(served):
    login(served, "admin")
    words = {"account": "planner", "label": "sync", "rights": ["view"], "days": 1}
    made = served.post("/api/v1/tokens", json=words, headers=OWN).json()
    assert made["token"] not in served.get("/api/v1/tokens").text
    program = client(served.app)
    program.headers["Authorization"] = f"Bearer {made['token']}"
    assert program.get("/api/v1/city").status_code == 200
    assert program.post("/api/v1/plans", json={"name": "x"}).status_code == 403, "narrower than its account"
    assert served.delete(f"/api/v1/tokens/{made['id']}", headers=OWN).status_code == 204
    assert program.get("/api/v1/city").json()["code"] == "token-wrong"
