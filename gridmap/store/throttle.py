"""How fast one may try to log in: after a few failures each next attempt has to wait twice as long.

Counted for the account that is tried and for the address that tries, in the database, so that all processes count
together. Kept are hashes, not names or addresses.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import math

from sqlalchemy import Connection, delete, select, update

from gridmap.settings import Settings
from gridmap.store.access_tables import attempts
from gridmap.store.backend import upsert

__all__ = ["Throttle"]


class Throttle:
    """Works inside the caller's transaction; writers come one after the other."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def attempt(self, connection: Connection, name: str, address: str, *, at: dt.datetime) -> int:
        """Count an attempt as failed until it succeeds, and return 0; or the seconds it must wait, uncounted."""
        forgotten = at - dt.timedelta(seconds=self._settings.login_forget_s)
        connection.execute(delete(attempts).where(attempts.c.at < forgotten))
        keys = _keys(name, address)
        wait_s = 0.0
        for key in keys:
            row = connection.execute(select(attempts).where(attempts.c.key == key)).one_or_none()
            if row is not None:
                wait_s = max(wait_s, self.pause_s(row.failures) - (at - row.at).total_seconds())
        if wait_s > 0:
            return math.ceil(wait_s)
        for key in keys:
            statement = upsert(connection, attempts).values(key=key, failures=1, at=at)
            counted = {"failures": attempts.c.failures + 1, "at": at}
            connection.execute(statement.on_conflict_do_update(index_elements=["key"], set_=counted))
        return 0

    def succeeded(self, connection: Connection, name: str, address: str) -> None:
        """Forget an account's failures. Those of the address only lose this attempt: it may own one account of many."""
        account, *rest = _keys(name, address)
        connection.execute(delete(attempts).where(attempts.c.key == account))
        for key in rest:
            connection.execute(update(attempts).where(attempts.c.key == key).values(failures=attempts.c.failures - 1))

    def pause_s(self, failures: int) -> float:
        """Return how long to wait after so many failures, in seconds."""
        beyond = failures - self._settings.login_free
        if beyond < 0:
            return 0.0
        return min(self._settings.login_pause_s * 2.0 ** min(beyond, 30), self._settings.login_pause_most_s)


def _keys(name: str, address: str) -> list[str]:
    told = [("account", name.strip()), *([("address", address)] if address else [])]
    return [hashlib.sha256(f"{kind}\0{value}".encode("utf-8", "surrogatepass")).hexdigest() for kind, value in told]
