"""Accounts, tokens and the audit log, for administrators."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field

from gridmap.server.parameters import example
from gridmap.server.who import Principal, needs, people
from gridmap.server.words import dumped
from gridmap.workspace import RIGHTS

router = APIRouter(prefix="/api/v1", tags=["accounts"])

Admin = Annotated[Principal, needs("admin")]
Name = Annotated[str, Path(max_length=200)]
Scope = Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=200)]
_ACCOUNT = {"name": "li", "role": "planner", "scope": ["141182001"], "created_at": "2026-03-02T09:30:00+00:00",
            "disabled_at": None}  # fmt: skip
_TOKEN = {"id": "9f86d081884c", "account": "li", "label": "sync", "rights": ["view"], "scope": [],
          "created_at": "2026-03-02T09:30:00+00:00", "expires_at": "2026-05-31T09:30:00+00:00",
          "revoked_at": None}  # fmt: skip


class NewAccount(BaseModel):
    """An account to make."""

    name: str = Field(max_length=200)
    password: str = Field(max_length=1000)
    role: str = Field(max_length=64)
    scope: Scope = []


class ChangedAccount(BaseModel):
    """What of an account becomes another; the rest stays."""

    role: str | None = Field(None, max_length=64)
    scope: Scope | None = None
    disabled: bool | None = None
    password: str | None = Field(None, max_length=1000)


class NewToken(BaseModel):
    """A token to make; without rights it has all of its account's."""

    account: str = Field(max_length=200)
    label: str = Field(max_length=200)
    rights: list[str] = Field([], max_length=20)
    scope: Scope = []
    days: int = Field(90, ge=1, le=10_000)


@router.get("/accounts", responses=example([_ACCOUNT]))
def list_accounts(request: Request, who: Admin) -> Response:
    """List the accounts."""
    return _told([one.to_dict() for one in people(request, who).accounts()])


@router.post("/accounts", status_code=201, responses=example(_ACCOUNT))
def add_account(request: Request, asked: NewAccount, who: Admin) -> Response:
    """Make an account."""
    made = people(request, who).add(asked.name, asked.password, role=asked.role, scope=asked.scope)
    return _told(made.to_dict(), 201)


@router.patch("/accounts/{name}", responses=example(_ACCOUNT))
def change_account(request: Request, name: Name, asked: ChangedAccount, who: Admin) -> Response:
    """Change an account's role, area or password, or shut it out. Its sessions end."""
    access = people(request, who)
    if asked.role is not None or asked.scope is not None:
        access.change(name, role=asked.role, scope=asked.scope)
    if asked.password is not None:
        access.set_password(name, asked.password)
    if asked.disabled is not None:
        access.disable(name, disabled=asked.disabled)
    return _told(access.account(name).to_dict())


@router.get("/tokens", responses=example([_TOKEN]))
def list_tokens(request: Request, who: Admin) -> Response:
    """List the tokens, without their secrets."""
    return _told([one.to_dict() for one in people(request, who).tokens()])


@router.post("/tokens", status_code=201, responses=example({**_TOKEN, "token": "gm_9f86d081884c_…"}))
def make_token(request: Request, asked: NewToken, who: Admin) -> Response:
    """Make a token. Its text is told this once."""
    text, made = people(request, who).make_token(
        asked.account,
        label=asked.label,
        rights=asked.rights or [right for right in RIGHTS if right != "anyone"],
        scope=asked.scope,
        days=asked.days,
    )
    return _told({**made.to_dict(), "token": text}, 201)


@router.delete("/tokens/{token}", status_code=204)
def revoke_token(request: Request, token: Annotated[str, Path(max_length=64)], who: Admin) -> Response:
    """End a token."""
    people(request, who).revoke(token)
    return Response(status_code=204)


@router.get("/audit")
def audit(request: Request, who: Admin, last: Annotated[int, Query(ge=1, le=10_000)] = 100) -> Response:
    """Return the newest entries of the audit log, oldest of them first."""
    entries = request.app.state.service.user(who).audit_entries(last=last)
    return _told([one.to_dict() for one in entries])


def _told(value: Any, status: int = 200) -> Response:
    return Response(dumped(value), status, media_type="application/json")
