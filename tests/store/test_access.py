"""Accounts, sessions, tokens and the throttle, on both kinds of database."""

import datetime as dt
import hmac
import threading
from dataclasses import replace

import pytest
from sqlalchemy import select

from gridmap.errors import ConflictError, InputError, PermissionDenied
from gridmap.settings import DEFAULT
from gridmap.store import Access, Store
from gridmap.store import access as module
from gridmap.store.access_tables import accounts, attempts, sessions, tokens
from gridmap.store.audit import entries, verify_chain

QUICK = replace(DEFAULT, argon2_rounds=1, argon2_memory_kib=64, login_forget_s=100_000.0)
GOOD = "correct horse battery"


class Clock:
    """A clock that the test moves."""

    def __init__(self):
        self.at = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)

    def __call__(self):
        return self.at

    def on(self, seconds):
        self.at += dt.timedelta(seconds=seconds)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture(scope="module")
def empty(databases):
    """Make an empty workspace once."""
    Store.create(place := databases.fresh()).close()
    return place


@pytest.fixture
def opened(databases, empty):
    with Store.open(databases.copy(empty)) as made:
        yield made


@pytest.fixture
def access(opened, clock):
    made = Access(opened, settings=QUICK, now=clock)
    made.add("li", GOOD, role="planner", scope=["141182001"])
    return made


def raw(opened, table):
    with opened.reading() as connection:
        return connection.execute(select(table)).all()


def refused(access, *args, **options):
    with pytest.raises(PermissionDenied) as caught:
        access.login(*args, **options)
    return caught.value.code


# ---- accounts ------------------------------------------------------------------------------------------------------


def test_a_workspace_begins_without_accounts(opened):
    assert not Access(opened).any()
    assert Access(opened).accounts() == []


def test_a_password_is_kept_as_argon2id_only(access, opened):
    assert access.any()
    (row,) = raw(opened, accounts)
    assert row.password.startswith("$argon2id$")
    assert GOOD not in str(row)
    assert access.account("li").scope == ("141182001",)


def test_the_shipped_costs_are_those_of_rfc_9106():
    assert (DEFAULT.argon2_rounds, DEFAULT.argon2_memory_kib) == (3, 65_536)


@pytest.mark.parametrize("password", ["", "short", "li", "aaaaaaaaaaaaaaaa", "x" * 300, "tab\tand twelve more"])
def test_a_weak_password_is_refused(access, password):
    with pytest.raises(InputError):
        access.add("wang", password, role="viewer")
    with pytest.raises(InputError):
        access.set_password("li", password)
    access.login("li", GOOD)


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "a\0b", "x" * 65])
def test_what_is_no_name_is_refused(access, name):
    with pytest.raises(InputError):
        access.add(name, GOOD, role="viewer")


def test_a_name_is_there_once(access):
    with pytest.raises(ConflictError):
        access.add("li", GOOD, role="viewer")


def test_the_last_administrator_stays(access):
    access.add("boss", GOOD, role="admin")
    for change in (lambda: access.disable("boss"), lambda: access.change("boss", role="viewer"),
                   lambda: access.change("boss", scope=["141182001"])):  # fmt: skip
        with pytest.raises(ConflictError):
            change()
    access.add("other", GOOD, role="admin")
    access.disable("boss")
    assert access.account("boss").disabled_at is not None


# ---- sessions ------------------------------------------------------------------------------------------------------


def test_a_session_is_kept_as_a_hash_and_has_256_bits(access, opened):
    made = access.login("li", GOOD)
    assert len(made.id) == 43
    (row,) = raw(opened, sessions)
    assert made.id not in str(row)
    assert access.session(made.id).name == "li"
    assert access.session(row.digest) is None, "what is stolen from the database opens nothing"


def test_each_login_makes_a_new_id_and_ends_the_one_before(access):
    first = access.login("li", GOOD)
    planted = "an id that somebody else chose for this browser"
    second = access.login("li", GOOD, old=first.id)
    third = access.login("li", GOOD, old=planted)
    assert len({first.id, second.id, third.id, planted}) == 4
    assert access.session(first.id) is None
    assert access.session(planted) is None
    assert access.session(second.id) is not None


def test_a_session_ends_when_it_idles_and_at_its_age(access, clock):
    made = access.login("li", GOOD)
    clock.on(QUICK.session_idle_s - 1)
    assert access.session(made.id) is not None
    clock.on(QUICK.session_idle_s - 1)
    assert access.session(made.id) is not None, "the use before kept it"
    clock.on(QUICK.session_idle_s + 1)
    assert access.session(made.id) is None
    other = access.login("li", GOOD)
    for _ in range(int(QUICK.session_max_s // 1_000)):
        clock.on(1_000)
        assert access.session(other.id) is not None
    clock.on(1_000)
    assert access.session(other.id) is None, "used all the time, and too old"


@pytest.mark.parametrize(
    "change",
    [
        lambda access: access.change("li", role="viewer"),
        lambda access: access.change("li", scope=[]),
        lambda access: access.set_password("li", "another horse battery"),
        lambda access: access.disable("li"),
    ],
)
def test_sessions_end_when_rights_change(access, change):
    access.add("wang", GOOD, role="viewer")
    made, other = access.login("li", GOOD), access.login("wang", GOOD)
    change(access)
    assert access.session(made.id) is None
    assert access.session(other.id) is not None


def test_a_logout_ends_the_session(access):
    made = access.login("li", GOOD)
    access.logout(made.id)
    access.logout(made.id)
    assert access.session(made.id) is None


def test_a_disabled_account_stays_out_until_it_is_let_in(access):
    access.disable("li")
    assert refused(access, "li", GOOD) == "login-wrong"
    access.disable("li", disabled=False)
    assert access.login("li", GOOD).account.name == "li"


# ---- the throttle --------------------------------------------------------------------------------------------------


def test_unknown_names_and_wrong_passwords_are_told_alike(access):
    assert refused(access, "li", "wrong password") == refused(access, "nobody", "wrong password") == "login-wrong"


def test_an_unknown_name_takes_a_hash_too(access, monkeypatch):
    """What takes the time is done once in either case."""
    done = []
    hasher = access._hasher()

    class Counting:
        def hash(self, password):
            done.append("hash")
            return hasher.hash(password)

        def verify(self, known, password):
            done.append("verify")
            return hasher.verify(known, password)

    monkeypatch.setattr(access, "_hasher", Counting)
    refused(access, "nobody", "wrong password")
    refused(access, "li", "wrong password")
    assert done == ["hash", "verify"]


def test_failures_wait_twice_as_long_each_time(access, clock):
    waited = []
    for _ in range(8):
        while refused(access, "li", "wrong password", address="10.0.0.1") == "login-throttled":
            clock.on(1)
            waited[-1] += 1
        waited.append(0)
    assert waited[:7] == [0, 0, 1, 2, 4, 8, 16]


def test_the_right_password_waits_too_and_then_forgets(access, clock):
    for _ in range(3):
        refused(access, "li", "wrong password")
    assert refused(access, "li", GOOD) == "login-throttled"
    clock.on(1)
    access.login("li", GOOD)
    for _ in range(3):
        assert refused(access, "li", "wrong password") == "login-wrong"


def test_an_address_is_counted_over_all_accounts(access):
    for k in range(3):
        assert refused(access, f"name{k}", "wrong password", address="10.0.0.1") == "login-wrong"
    assert refused(access, "li", GOOD, address="10.0.0.1") == "login-throttled"
    access.login("li", GOOD, address="10.0.0.2")


def test_a_login_of_ones_own_does_not_clear_the_address(access):
    for k in range(2):
        refused(access, f"name{k}", "wrong password", address="10.0.0.1")
    access.login("li", GOOD, address="10.0.0.1")
    assert refused(access, "name3", "wrong password", address="10.0.0.1") == "login-wrong"
    assert refused(access, "li", GOOD, address="10.0.0.1") == "login-throttled"


def test_the_longest_wait_is_bounded_and_counts_are_forgotten(access, clock, opened):
    for _ in range(20):
        refused(access, "li", "wrong password")
        clock.on(QUICK.login_pause_most_s)
    assert access.login("li", GOOD)
    refused(access, "wang", "wrong password")
    clock.on(QUICK.login_forget_s + 1)
    access.login("li", GOOD)
    assert raw(opened, attempts) == []


def test_neither_names_nor_addresses_are_kept(access, opened):
    refused(access, "my own secret password", "x", address="10.0.0.77")
    with opened.reading() as connection:
        told = str(raw(opened, attempts)) + str(entries(connection))
    assert "my own secret" not in told
    assert "10.0.0.77" not in told


def test_many_guesses_at_once_are_counted_before_they_are_tried(access):
    codes = []

    def guess():
        codes.append(refused(access, "li", "wrong password"))

    threads = [threading.Thread(target=guess) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes.count("login-wrong") == QUICK.login_free
    assert codes.count("login-throttled") == 12 - QUICK.login_free


def test_sessions_of_many_at_once(access, opened):
    made, faults = [], []

    def work():
        try:
            mine = access.login("li", GOOD)
            for _ in range(5):
                assert access.session(mine.id).name == "li"
            made.append(mine.id)
        except Exception as error:  # noqa: BLE001 - told to the test
            faults.append(error)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    assert len(set(made)) == 3 == len(raw(opened, sessions))
    with opened.reading() as connection:
        assert verify_chain(connection).faults == ()


# ---- tokens --------------------------------------------------------------------------------------------------------


def test_a_token_is_shown_once_and_kept_as_a_hash(access, opened):
    text, made = access.make_token("li", label="sync", rights=["view"], scope=["141182001001"])
    assert text.startswith(f"gm_{made.id}_")
    assert text.rsplit("_", 1)[1] not in str(raw(opened, tokens))
    assert text not in str([one.to_dict() for one in access.tokens()])
    account, token = access.token(text)
    assert (account.name, token.rights, token.scope) == ("li", ("view",), ("141182001001",))


@pytest.mark.parametrize("text", ["", "gm", "gm__", "gm_x_y", "gm_\0_\0", "gm_\ud800_\ud800", "xx_{id}_{secret}",
                                  "gm_{id}_", "gm_{id}_{secret}x", "gm_{id}_{digest}", "{secret}"])  # fmt: skip
def test_what_is_no_token_is_nobodys(access, opened, text):
    made, token = access.make_token("li", label="sync", rights=["view"])
    secret = made.split("_", 2)[2]
    digest = raw(opened, tokens)[0].digest
    assert access.token(text.format(id=token.id, secret=secret, digest=digest)) is None


def test_tokens_expire_and_are_revoked(access, clock):
    text, made = access.make_token("li", label="sync", rights=["view"], days=1)
    other, _ = access.make_token("li", label="other", rights=["view"], days=2)
    access.revoke(made.id)
    assert access.token(text) is None
    assert access.token(other) is not None
    clock.on(2 * 86_400)
    assert access.token(other) is None
    with pytest.raises(InputError):
        access.revoke("nothing")


def test_tokens_end_with_their_account_for_good(access):
    text, _ = access.make_token("li", label="sync", rights=["view"])
    access.disable("li")
    assert access.token(text) is None
    access.disable("li", disabled=False)
    assert access.token(text) is None


@pytest.mark.parametrize(
    "options", [{"rights": ["fly"]}, {"rights": ["view"], "days": 0}, {"rights": ["view"], "days": 9_999},
                {"rights": ["view"], "label": " "}]
)  # fmt: skip
def test_what_no_token_may_be_is_refused(access, options):
    with pytest.raises(InputError):
        access.make_token("li", **{"label": "sync", **options})


def test_secrets_are_compared_in_constant_time(access, monkeypatch):
    compared = []

    def counting(one, other):
        compared.append((one, other))
        return hmac.compare_digest(one, other)

    class Shown:
        compare_digest = staticmethod(counting)

    monkeypatch.setattr(module, "hmac", Shown)
    text, _ = access.make_token("li", label="sync", rights=["view"])
    assert access.token(text) is not None
    assert access.token(text[:-1] + ("a" if text[-1] != "a" else "b")) is None
    made = access.login("li", GOOD)
    assert access.session(made.id) is not None
    assert len(compared) == 3
    assert all(len(one) == len(other) == 64 for one, other in compared), "hashes, never the secrets"


def test_what_is_done_with_accounts_is_in_the_audit_log(access, opened):
    made = access.login("li", GOOD)
    refused(access, "li", "wrong password")
    refused(access, "nobody", "wrong password")
    _, token = access.make_token("li", label="sync", rights=["view"])
    access.logout(made.id)
    access.revoke(token.id)
    with opened.reading() as connection:
        log = [(one.user, one.action, one.subject) for one in entries(connection)]
        assert verify_chain(connection).faults == ()
    assert log == [
        ("local", "account added", "li"),
        ("li", "login", "li"),
        ("local", "login refused", "li"),
        ("local", "login refused", ""),
        ("local", "token made", "li"),
        ("li", "logout", "li"),
        ("local", "token revoked", token.id),
    ]
