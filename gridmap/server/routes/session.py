"""Logging in and out."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from gridmap.errors import PermissionDenied
from gridmap.server.parameters import example
from gridmap.server.who import Principal, address_of, clear_cookie, needs, people, secret_of, set_cookie
from gridmap.server.words import dumped
from gridmap.workspace import principal_of

router = APIRouter(prefix="/api/v1", tags=["session"])

Anyone = Annotated[Principal, needs("anyone")]
_SHOWN = {
    "name": "li",
    "role": "planner",
    "scope": ["141182001"],
    "rights": ["edit", "records", "view"],
    "local": False,
}


class Login(BaseModel):
    """Who wants in."""

    name: str = Field(max_length=200)
    password: str = Field(max_length=1000)


class NewPassword(BaseModel):
    """A password in place of another."""

    old: str = Field(max_length=1000)
    new: str = Field(max_length=1000)


@router.get("/session", responses=example(_SHOWN))
def session(who: Anyone) -> Response:
    """Say who is logged in; without a login the name is empty. `local` is the user of this machine."""
    return _told(who)


@router.post("/session", responses=example(_SHOWN))
def login(request: Request, asked: Login, _: Anyone) -> Response:
    """Log in. The browser gets a new id each time; one that it had before ends."""
    opened = people(request).login(asked.name, asked.password, address=address_of(request), old=secret_of(request))
    response = _told(principal_of(opened.account))
    set_cookie(request, response, opened.id)
    return response


@router.delete("/session", status_code=204)
def logout(request: Request, _: Anyone) -> Response:
    """Log out: the id ends here, and the browser forgets it."""
    if secret := secret_of(request):
        people(request).logout(secret)
    response = Response(status_code=204)
    clear_cookie(request, response)
    return response


@router.post("/session/password", responses=example(_SHOWN))
def new_password(request: Request, asked: NewPassword, who: Anyone) -> Response:
    """Change one's own password. All sessions of the account end, and this browser gets a new one."""
    if not who.name or who.local:
        raise PermissionDenied("login-needed", "This needs a login.", "Log in first.")
    access = people(request, by=who.name)
    access.login(who.name, asked.old, address=address_of(request), old=secret_of(request))
    access.set_password(who.name, asked.new)
    opened = access.login(who.name, asked.new, address=address_of(request))
    response = _told(who)
    set_cookie(request, response, opened.id)
    return response


def _told(who: Principal) -> Response:
    told: dict[str, Any] = {"name": who.name, "role": who.role, "scope": list(who.scope)}
    told |= {"rights": sorted(who.rights - {"anyone"}), "local": who.local}
    return Response(dumped(told), media_type="application/json")
