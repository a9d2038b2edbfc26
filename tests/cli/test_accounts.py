"""users, token and audit: what whoever runs the server types."""

import io
import sqlite3
import sys

import pytest

from gridmap.store.testing import town
from gridmap.workspace import Workspace

GOOD = "correct horse battery"
EAST = "141182001001"


@pytest.fixture
def ws(tmp_path):
    place = tmp_path / "town.gpkg"
    with Workspace.create(place, name="汾阳") as made:
        made.import_layer("communities", town()["communities"])
    return place


@pytest.fixture
def typing(monkeypatch):
    """Put a line on standard input."""

    def line(text):
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{text}\n"))

    return line


def test_an_account_is_made_changed_and_shut_out(run, ws, typing):
    typing(GOOD)
    made = run("users", "add", ws, "li", "--role", "planner", "--scope", EAST, "--json")
    assert (made.code, made.json["role"], made.json["scope"]) == (0, "planner", [EAST])
    assert GOOD not in made.out + made.err
    assert run("users", "change", ws, "li", "--whole-city", "--json").json["scope"] == []
    assert run("users", "change", ws, "li", "--role", "staff", "--json").json["role"] == "staff"
    typing("another horse battery")
    assert run("users", "change", ws, "li", "--password").code == 0
    with Workspace.open(ws) as opened:
        opened.people().login("li", "another horse battery")
    assert run("users", "disable", ws, "li", "--json").json["disabled_at"]
    assert not run("users", "disable", ws, "li", "--enable", "--json").json["disabled_at"]
    assert [one["name"] for one in run("users", "list", ws, "--json").json["accounts"]] == ["li"]
    assert "li" in run("users", "list", ws).out


@pytest.mark.parametrize(
    ("words", "password", "code"),
    [
        (("li", "--role", "emperor"), GOOD, "no role"),
        (("li", "--role", "planner", "--scope", "999"), GOOD, "no subdistrict"),
        (("li", "--role", "planner"), "short", "too easy"),
        (("li", "--role", "planner"), "", "no password"),
    ],
)
def test_what_cannot_be_is_refused_with_a_remedy(run, ws, typing, words, password, code):
    typing(password)
    refused = run("users", "add", ws, *words)
    assert refused.code == 2
    assert code in refused.err
    assert "→" in refused.err
    assert "There are no accounts" in run("users", "list", ws).err


def test_a_token_is_printed_once(run, ws, typing):
    typing(GOOD)
    run("users", "add", ws, "li", "--role", "viewer")
    made = run("token", "add", ws, "li", "--label", "sync", "--right", "view", "--days", "7")
    text = made.out.strip()
    listed = run("token", "list", ws, "--json")
    assert text.startswith("gm_")
    assert text not in listed.out
    name = listed.json["tokens"][0]["id"]
    with Workspace.open(ws) as opened:
        assert opened.people().token(text) is not None
        assert run("token", "revoke", ws, name).code == 0
        assert opened.people().token(text) is None
    assert run("token", "add", ws, "li", "--label", "x", "--right", "fly").code == 2
    assert run("token", "add", ws, "nobody", "--label", "x", "--right", "view").code == 2


def test_the_audit_log_is_shown_and_verified(run, ws, typing):
    typing(GOOD)
    run("users", "add", ws, "li", "--role", "viewer")
    whole = run("audit", "verify", ws, "--json")
    assert (whole.code, whole.json["whole"], whole.json["entries"]) == (0, True, 2)
    shown = run("audit", "show", ws, "--last", "1", "--json").json["entries"]
    assert [(one["action"], one["subject"]) for one in shown] == [("account added", "li")]
    assert "account added" in run("audit", "show", ws).out
    assert run("audit", "verify", ws, "--expect", whole.json["head"]).code == 0
    assert run("audit", "verify", ws, "--expect", "f" * 64).code == 1
    with sqlite3.connect(ws) as raw:
        raw.execute('DROP TRIGGER "audit_no_UPDATE"')
        raw.execute("UPDATE audit SET subject = 'wang' WHERE seq = 2")
    raw.close()
    broken = run("audit", "verify", ws)
    assert broken.code == 1
    assert "Entry 2 was changed" in broken.out


def test_a_server_for_others_is_refused(run, ws):
    assert "no accounts" in run("serve", ws, "--host", "0.0.0.0").err  # noqa: S104 - refused
    assert "needs its key" in run("serve", ws, "--tls-cert", ws).err
