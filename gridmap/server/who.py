"""Who asks, and what they may do: every route names the right that it needs, and nothing is open that names none.

A request is of whoever its token or its session names. Without either it is nobody's; where the workspace has no
accounts, it is of this machine's own user if it comes from this machine.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from fastapi import Depends, Request, Response

from gridmap.errors import PermissionDenied
from gridmap.workspace import LOCAL, NOBODY, RIGHTS, Principal, principal_of

__all__ = [
    "RIGHTS", "Principal", "address_of", "clear_cookie", "needs", "people", "right_of", "secret_of", "set_cookie",
    "who_asks",
]  # fmt: skip

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_COOKIES = ("__Host-gridmap", "gridmap")
"""The session's cookie over TLS, which no other host and no unencrypted page can set, and on this machine."""


class _Needs:
    def __init__(self, right: str) -> None:
        self.right = right

    def __call__(self, request: Request) -> Principal:
        """Return who asks; PermissionDenied without the right."""
        asks = who_asks(request)
        if not asks.may(self.right) and not asks.name:
            raise PermissionDenied("login-needed", "This needs a login.", "Log in, or send a token.")
        asks.require(self.right)
        return asks


def needs(right: str) -> Any:
    """Return the dependency of a route that needs a right; it gives the Principal."""
    if right not in RIGHTS:
        raise ValueError(f"{right} is no right")
    return Depends(_Needs(right))


def right_of(call: object) -> str | None:
    """Return the right that a dependency asks for, None if it is none of `needs`."""
    return call.right if isinstance(call, _Needs) else None


def people(request: Request, who: Principal = LOCAL, *, by: str | None = None) -> Any:
    """Return the accounts of the workspace that is served, with the rights of `who`, in the name of `by`."""
    service = request.app.state.service
    return service.user(who).people(service.settings, by=by)


def who_asks(request: Request) -> Principal:
    """Return who a request is of. Refuses a request that changes something and comes from another site's page."""
    kind, _, text = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        known = people(request).token(text.strip())
        if known is None:
            raise PermissionDenied("token-wrong", "This token is not valid.", "Ask for a new one.")
        return principal_of(*known)
    if request.method not in _SAFE:
        _require_own_page(request)
    if secret := secret_of(request):
        account = people(request).session(secret)
        return NOBODY if account is None else principal_of(account)
    return LOCAL if _from_here(request) and not people(request).any() else NOBODY


def secret_of(request: Request) -> str | None:
    """Return the id of the session that the browser has, None without."""
    return request.cookies.get(_cookie(request))


def set_cookie(request: Request, response: Response, secret: str) -> None:
    """Let the browser keep the id of a session: for this site only, out of reach of scripts."""
    secure = request.url.scheme == "https"
    response.set_cookie(_cookie(request), secret, httponly=True, samesite="strict", secure=secure, path="/")


def clear_cookie(request: Request, response: Response) -> None:
    """Let the browser forget the id of a session."""
    secure = request.url.scheme == "https"
    response.delete_cookie(_cookie(request), httponly=True, samesite="strict", secure=secure, path="/")


def address_of(request: Request) -> str:
    """Return the address that a request comes from. Behind a proxy, the one that the proxy says."""
    return request.client.host if request.client else ""


def _cookie(request: Request) -> str:
    return _COOKIES[0 if request.url.scheme == "https" else 1]


def _require_own_page(request: Request) -> None:
    """Refuse what a browser sends for another site's page. Programs that are no browsers send none of these headers."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    own = urlsplit(str(request.url))
    strange = site not in (None, "same-origin", "none")
    if origin is not None:
        sent = urlsplit(origin)
        strange = strange or (sent.scheme, sent.netloc) != (own.scheme, own.netloc)
    if strange or (origin is None and site is None and secret_of(request)):
        raise PermissionDenied("origin-strange", "This was not sent by a page of this server.", "Use its own pages.")


def _from_here(request: Request) -> bool:
    """Tell whether a request comes from this machine and is meant for it by name.

    A page elsewhere whose name suddenly leads to this machine still says its own name.
    """
    name = request.url.hostname or ""
    if "." in name or ":" in name:
        try:
            if not ip_address(name).is_loopback:
                return False
        except ValueError:
            return False
    try:
        return ip_address(address_of(request)).is_loopback
    except ValueError:
        return True  # no address at all: not over a network
