"""Links by which residents rate what was done: signed, for one matter as it stands, without an account.

A link is of a matter at its revision. Whoever rates moves the matter, and with that the link has been used; so has
every other one of the same matter. Nothing is kept of it, and nothing about a person is in it.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hmac
from typing import TYPE_CHECKING

from gridmap.errors import InputError
from gridmap.store import signing_key

if TYPE_CHECKING:
    from gridmap.matters import Matter

__all__ = ["DAYS", "denied", "link_of", "matter_named", "require_valid"]

DAYS = 30
"""How long a link holds."""

_SIGNED = 20


def link_of(matter: Matter, *, now: dt.datetime) -> tuple[str, dt.datetime]:
    """Return the text of a link that rates a matter as it stands, and when it ends."""
    ends = now + dt.timedelta(days=DAYS)
    until = int(ends.timestamp())
    text = f"{until:x}.{matter.id}".encode()
    return base64.urlsafe_b64encode(_signature(matter, until) + text).decode().rstrip("="), ends


def matter_named(text: str) -> tuple[str, int, bytes]:
    """Return the id of the matter that a link names, when it ends, and its signature; InputError for no link."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        until, _, name = raw[_SIGNED:].decode().partition(".")
        return name, int(until, 16), raw[:_SIGNED]
    except (binascii.Error, ValueError):
        raise denied() from None


def require_valid(matter: Matter, until: int, signature: bytes, *, now: dt.datetime) -> None:
    """Refuse a link that was not made here for this matter as it stands, or has ended: InputError."""
    if not hmac.compare_digest(signature, _signature(matter, until)) or now.timestamp() > until:
        raise denied()


def _signature(matter: Matter, until: int) -> bytes:
    # When it was last changed tells it from a matter of the same id in another workspace.
    said = "\0".join((matter.id, str(matter.revision), matter.changed.isoformat(), str(until)))
    return hmac.digest(signing_key("rating links"), said.encode(), "sha256")[:_SIGNED]


def denied() -> InputError:
    """Return the one answer to every link that does not let in, so that who guesses learns nothing."""
    return InputError(
        "rating-link-used", "This link was used already, has ended, or is none.", "Ask your grid worker for another."
    )
