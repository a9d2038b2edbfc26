"""Accounts, sessions and tokens of a workspace. What they may do is for the room above to say.

Passwords are kept as argon2id writes them; ids of sessions and secrets of tokens are 256 random bits, kept as hashes.
Every change is one transaction with its entry in the audit log.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Row, delete, func, insert, inspect, select, update

from gridmap.errors import ConflictError, InputError, PermissionDenied
from gridmap.rules import table
from gridmap.settings import DEFAULT, Settings
from gridmap.store import audit
from gridmap.store.access_kinds import Account, Session, Token
from gridmap.store.access_tables import accounts, sessions, tokens
from gridmap.store.store import Store
from gridmap.store.throttle import Throttle

if TYPE_CHECKING:
    from argon2 import PasswordHasher

__all__ = ["Access"]


class Access:
    """The accounts of a store; `user` is who changes them, `check` refuses roles and places there are none of."""

    def __init__(
        self,
        opened: Store,
        *,
        user: str = "local",
        settings: Settings = DEFAULT,
        check: Callable[[str, Sequence[str]], None] | None = None,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self._store = opened
        self._user = user
        self._settings = settings
        self._check = check or _anything
        self._now = now
        self._throttle = Throttle(settings)

    # ---- accounts ---------------------------------------------------------------------------------------------------

    def any(self) -> bool:
        """Tell whether there are accounts, disabled ones included: then nobody works here without one."""
        with self._store.reading() as connection:
            if not inspect(connection).has_table(accounts.name):
                return False
            return connection.execute(select(accounts.c.id).limit(1)).first() is not None

    def accounts(self) -> list[Account]:
        """Return the accounts by name."""
        with self._store.reading() as connection:
            if not inspect(connection).has_table(accounts.name):
                return []
            return [_account(row) for row in connection.execute(select(accounts).order_by(accounts.c.name))]

    def account(self, name: str) -> Account:
        """Return an account; InputError if there is none of that name."""
        with self._store.reading() as connection:
            return _account(self._known(connection, name))

    def add(self, name: str, password: str, *, role: str, scope: Sequence[str] = ()) -> Account:
        """Make an account; ConflictError if the name is taken, InputError for a weak password."""
        name = name.strip()
        if not name or not name.isprintable() or len(name) > self._settings.name_most:
            raise InputError("account-unnamed", "That is no name for an account.", "Use a short name of one line.")
        self._check(role, scope)
        self._require_strong(name, password)
        hashed = self._hasher().hash(password)
        with self._store.writing() as connection:
            if _find(connection, name) is not None:
                raise ConflictError("account-exists", f"There already is an account {name!r}.", "Use another name.")
            values = {"name": name, "role": role, "scope": _dump(scope), "password": hashed}
            connection.execute(insert(accounts).values(created_at=self._now(), **values))
            self._record(connection, "account added", name, role=role, scope=list(scope))
            return _account(self._known(connection, name))

    def change(self, name: str, *, role: str | None = None, scope: Sequence[str] | None = None) -> Account:
        """Give an account another role or area. Its sessions end: a new login makes a new id."""
        before = next((one for one in self.accounts() if one.name == name), None)
        if before is not None:
            self._check(before.role if role is None else role, before.scope if scope is None else scope)
        with self._store.writing() as connection:
            row = self._known(connection, name)
            role = row.role if role is None else role
            text = row.scope if scope is None else _dump(scope)
            self._require_admin_left(connection, row, role=role, scope=text)
            connection.execute(update(accounts).where(accounts.c.id == row.id).values(role=role, scope=text))
            self._end(connection, row.id)
            self._record(connection, "account changed", name, role=role, scope=json.loads(text))
            return _account(self._known(connection, name))

    def disable(self, name: str, *, disabled: bool = True) -> Account:
        """Shut an account out, or let it in again; its sessions end, and its tokens with them."""
        with self._store.writing() as connection:
            row = self._known(connection, name)
            if disabled:
                self._require_admin_left(connection, row, role="", scope=row.scope)
            at = self._now() if disabled else None
            connection.execute(update(accounts).where(accounts.c.id == row.id).values(disabled_at=at))
            self._end(connection, row.id)
            if disabled:
                connection.execute(
                    update(tokens)
                    .where((tokens.c.account == row.id) & tokens.c.revoked_at.is_(None))
                    .values(revoked_at=at)
                )
            self._record(connection, "account disabled" if disabled else "account enabled", name)
            return _account(self._known(connection, name))

    def set_password(self, name: str, password: str) -> None:
        """Give an account another password; its sessions end."""
        self._require_strong(name, password)
        hashed = self._hasher().hash(password)
        with self._store.writing() as connection:
            row = self._known(connection, name)
            connection.execute(update(accounts).where(accounts.c.id == row.id).values(password=hashed))
            self._end(connection, row.id)
            self._record(connection, "password changed", name)

    # ---- sessions ---------------------------------------------------------------------------------------------------

    def login(self, name: str, password: str, *, address: str = "", old: str | None = None) -> Session:
        """Open a session with a new id; `old`, the id that the browser had, ends.

        Raises PermissionDenied, the same for an unknown name, a wrong password and a disabled account, and
        `login-throttled` after too many attempts. An attempt counts before the password is looked at, so that many at
        once are counted too.
        """
        with self._store.writing() as connection:
            wait_s = self._throttle.attempt(connection, name, address, at=self._now())
            row = None if wait_s else _find(connection, name)
        if wait_s:
            raise PermissionDenied(
                "login-throttled", "There were too many attempts to log in.", f"Try again in {wait_s:,} seconds."
            )
        fits = self._fits(None if row is None else row.password, password)
        with self._store.writing() as connection:
            row = None if row is None else _find(connection, row.name)
            if not fits or row is None or row.disabled_at is not None:
                # What was typed as a name may be a password.
                self._record(connection, "login refused", "" if row is None else row.name)
                session = None
            else:
                self._throttle.succeeded(connection, name, address)
                if old:
                    connection.execute(delete(sessions).where(sessions.c.digest == _digest(old)))
                session = self._open(connection, row)
                audit.record(connection, "login", row.name, user=row.name)
        if session is None:
            raise PermissionDenied("login-wrong", "Name and password do not fit.", "Try again, or ask who runs this.")
        return session

    def session(self, secret: str) -> Account | None:
        """Return whose session an id is; None for one that is unknown, idle or too old. A use keeps it from idling."""
        now, idle = self._now(), dt.timedelta(seconds=self._settings.session_idle_s)
        oldest = dt.timedelta(seconds=self._settings.session_max_s)
        with self._store.reading() as connection:
            row = connection.execute(
                select(sessions.c.digest, sessions.c.created_at.label("opened_at"), sessions.c.seen_at, accounts)
                .join(accounts, accounts.c.id == sessions.c.account)
                .where(sessions.c.digest == _digest(secret))
            ).one_or_none()
        if row is None or not hmac.compare_digest(row.digest, _digest(secret)):
            return None
        if row.disabled_at is not None or now - row.seen_at > idle or now - row.opened_at > oldest:
            return None
        if now - row.seen_at > min(idle / 10, dt.timedelta(minutes=1)):  # not a write at every request
            with self._store.writing() as connection:
                connection.execute(update(sessions).where(sessions.c.digest == row.digest).values(seen_at=now))
        return _account(row)

    def logout(self, secret: str) -> None:
        """End a session."""
        with self._store.writing() as connection:
            whose = connection.execute(
                select(accounts.c.name)
                .join(sessions, accounts.c.id == sessions.c.account)
                .where(sessions.c.digest == _digest(secret))
            ).scalar()
            if whose is not None:
                connection.execute(delete(sessions).where(sessions.c.digest == _digest(secret)))
                audit.record(connection, "logout", whose, user=whose)

    # ---- tokens -----------------------------------------------------------------------------------------------------

    def make_token(
        self, account: str, *, label: str, rights: Sequence[str], scope: Sequence[str] = (), days: int = 90
    ) -> tuple[str, Token]:
        """Make a token and return its text, which is shown this once, and what is kept of it."""
        if not 1 <= days <= self._settings.token_days_most:
            most = self._settings.token_days_most
            raise InputError("token-days", f"A token lasts from 1 to {most} days.", "Choose fewer.")
        if not label.strip() or not label.isprintable():
            raise InputError("token-unnamed", "A token needs a label.", "Say what uses it.")
        self._check_rights(rights)
        name, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
        now = self._now()
        with self._store.writing() as connection:
            row = self._known(connection, account)
            values = {"id": name, "digest": _digest(secret), "account": row.id, "label": label.strip()}
            values |= {"rights": _dump(rights), "scope": _dump(scope)}
            connection.execute(
                insert(tokens).values(created_at=now, expires_at=now + dt.timedelta(days=days), **values)
            )
            self._record(connection, "token made", account, token=name, rights=list(rights), scope=list(scope))
        return f"gm_{name}_{secret}", next(one for one in self.tokens() if one.id == name)

    def tokens(self, account: str | None = None) -> list[Token]:
        """Return the tokens, of one account or all, oldest first."""
        with self._store.reading() as connection:
            if not inspect(connection).has_table(tokens.name):
                return []
            found = select(tokens, accounts.c.name).join(accounts, accounts.c.id == tokens.c.account)
            rows = connection.execute(found.order_by(tokens.c.created_at, tokens.c.id)).all()
        return [_token(row) for row in rows if account in (None, row.name)]

    def revoke(self, token: str) -> None:
        """End a token; InputError if there is none of that id."""
        with self._store.writing() as connection:
            row = None
            if token.isalnum():
                row = connection.execute(select(tokens.c.id).where(tokens.c.id == token)).one_or_none()
            if row is None:
                raise InputError("token-unknown", f"There is no token {token!r}.", "See `gridmap token list`.")
            connection.execute(
                update(tokens)
                .where((tokens.c.id == token) & tokens.c.revoked_at.is_(None))
                .values(revoked_at=self._now())
            )
            self._record(connection, "token revoked", token)

    def token(self, text: str) -> tuple[Account, Token] | None:
        """Return whose token a text is; None for one that is unknown, revoked or expired."""
        prefix, _, rest = text.partition("_")
        name, _, secret = rest.partition("_")
        if prefix != "gm" or not name.isalnum():
            return None
        with self._store.reading() as connection:
            row = connection.execute(
                select(tokens, accounts.c.name)
                .join(accounts, accounts.c.id == tokens.c.account)
                .where(tokens.c.id == name)
            ).one_or_none()
            whose = None if row is None else _find(connection, row.name)
        known = "" if row is None else row.digest
        if not hmac.compare_digest(known, _digest(secret)) or row is None or whose is None:
            return None
        if row.revoked_at is not None or self._now() >= row.expires_at or whose.disabled_at is not None:
            return None
        return _account(whose), _token(row)

    # ---- within -----------------------------------------------------------------------------------------------------

    @staticmethod
    def _check_rights(rights: Sequence[str]) -> None:
        known = table("rights")["rights"]
        for right in rights:
            if right not in known:
                raise InputError("right-unknown", f"There is no right {right!r}.", f"Use {', '.join(known)}.")

    def _hasher(self) -> PasswordHasher:
        from argon2 import PasswordHasher

        return PasswordHasher(time_cost=self._settings.argon2_rounds, memory_cost=self._settings.argon2_memory_kib)

    def _fits(self, known: str | None, password: str) -> bool:
        """Compare a password; an unknown account takes as long as a known one."""
        from argon2.exceptions import InvalidHashError, VerificationError

        hasher = self._hasher()
        if len(password) > self._settings.password_most or not password.isprintable():
            password = ""
        try:
            if known is None:
                hasher.hash(password)
                return False
            return hasher.verify(known, password)
        except (VerificationError, InvalidHashError):
            return False

    def _require_strong(self, name: str, password: str) -> None:
        least, most = self._settings.password_least, self._settings.password_most
        fits = least <= len(password) <= most and password.isprintable()
        if not fits or password.casefold() == name.casefold() or len(set(password)) < 4:
            raise InputError(
                "password-weak",
                f"The password is too easy to guess: it takes at least {least} characters, several of them different.",
                "Use a few words that do not belong together.",
            )

    def _known(self, connection: Connection, name: str) -> Row[Any]:
        row = _find(connection, name)
        if row is None:
            raise InputError("account-unknown", f"There is no account {name!r}.", "See `gridmap users list`.")
        return row

    def _require_admin_left(self, connection: Connection, row: Row[Any], *, role: str, scope: str) -> None:
        """Refuse to lock out the last account that may manage accounts."""
        if row.role != "admin" or row.disabled_at is not None or (role == "admin" and scope == "[]"):
            return
        others = select(func.count()).where(
            (accounts.c.role == "admin") & accounts.c.disabled_at.is_(None) & (accounts.c.id != row.id)
        )
        if not connection.execute(others).scalar_one():
            raise ConflictError(
                "admin-last", f"{row.name} is the last account that manages accounts.", "Make another one first."
            )

    def _open(self, connection: Connection, row: Row[Any]) -> Session:
        secret, now = secrets.token_urlsafe(32), self._now()
        oldest = now - dt.timedelta(seconds=self._settings.session_max_s)
        connection.execute(delete(sessions).where(sessions.c.created_at < oldest))
        values = {"digest": _digest(secret), "account": row.id}
        connection.execute(insert(sessions).values(created_at=now, seen_at=now, **values))
        return Session(secret, _account(row))

    def _end(self, connection: Connection, account: int) -> None:
        connection.execute(delete(sessions).where(sessions.c.account == account))

    def _record(self, connection: Connection, action: str, subject: str, **detail: Any) -> None:
        audit.record(connection, action, subject, user=self._user, detail=detail)


def _anything(role: str, scope: Sequence[str]) -> None:
    del role, scope


def _find(connection: Connection, name: str) -> Row[Any] | None:
    if not name.isprintable():  # no account has such a name, and PostgreSQL does not take every one
        return None
    return connection.execute(select(accounts).where(accounts.c.name == name.strip())).one_or_none()


def _account(row: Row[Any]) -> Account:
    return Account(row.name, row.role, tuple(json.loads(row.scope)), row.created_at, row.disabled_at)


def _token(row: Row[Any]) -> Token:
    rights, scope = tuple(json.loads(row.rights)), tuple(json.loads(row.scope))
    return Token(row.id, row.name, row.label, rights, scope, row.created_at, row.expires_at, row.revoked_at)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _dump(values: Sequence[str]) -> str:
    return json.dumps(list(values), ensure_ascii=False)
