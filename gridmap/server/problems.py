"""Errors as application/problem+json, in one shape; what another library says never leaves."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from gridmap.errors import GridmapError, outcome
from gridmap.server.words import plain

__all__ = ["PROBLEM", "conflict", "install", "problem", "status_of"]

_LOG = logging.getLogger("gridmap.server")

_MISSING = (
    "plan-unknown", "matter-unknown", "job-unknown", "upload-unknown", "tiles-unknown", "tile-unknown",
    "account-unknown", "token-unknown", "collection-unknown", "item-unknown", "grid-unknown", "place-unknown",
    "rating-link-used",
)  # fmt: skip

_LOGINS = {"login-needed": 401, "login-wrong": 401, "token-wrong": 401, "login-throttled": 429}
"""Who asks is not known, or asks too often."""

PROBLEM: dict[int | str, dict[str, Any]] = {
    "4XX": {
        "description": "What is wrong, and what to do about it.",
        "content": {
            "application/problem+json": {
                "schema": {
                    "type": "object",
                    "required": ["type", "title", "status", "detail", "code", "hint"],
                    "properties": {
                        "type": {"type": "string"},
                        "title": {"type": "string"},
                        "status": {"type": "integer"},
                        "detail": {"type": "string"},
                        "code": {"type": "string"},
                        "hint": {"type": "string"},
                    },
                },
                "example": {
                    "type": "about:blank",
                    "title": "Conflict",
                    "status": 409,
                    "detail": "The plan draft was changed since revision 3: assign by 李 at 2026-03-02 09:30:00 UTC",
                    "code": "plan-changed",
                    "hint": "Open the plan again and repeat the change.",
                },
            }
        },
    }
}


def problem(
    status: int, code: str, detail: str, hint: str = "", *, headers: dict[str, str] | None = None
) -> JSONResponse:
    """Return an error as its response."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "hint": hint,
    }
    return JSONResponse(plain(body), status, headers, media_type="application/problem+json")


def conflict(error: GridmapError, changes: list[dict[str, Any]]) -> JSONResponse:
    """Return a conflict with the changes that others made meanwhile."""
    body = {
        "type": "about:blank",
        "title": "Conflict",
        "status": 409,
        "detail": error.message,
        "code": error.code,
        "hint": error.hint,
        "changes": changes,
    }
    return JSONResponse(plain(body), 409, media_type="application/problem+json")


def install(app: FastAPI) -> None:
    """Let every error of an application leave as a problem."""
    app.add_exception_handler(GridmapError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unforeseen)


def status_of(error: GridmapError) -> int:
    """Return the HTTP status of an error: 404 for what is not there, 400 for parameters, else as `outcome` says."""
    if error.code.startswith("query-"):
        return 400
    return _LOGINS.get(error.code) or (404 if error.code in _MISSING else outcome(error)[1])


def _ours(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, GridmapError)  # noqa: S101 - what the handler is registered for
    return problem(status_of(error), error.code, error.message, error.hint)


def _invalid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    # Where it is wrong, never what was sent: values may be of people.
    places = [".".join(str(part) for part in one["loc"] if isinstance(part, str | int)) for one in error.errors()]
    named = ", ".join(place for place in dict.fromkeys(places) if place.isprintable())[:200]
    return problem(422, "request-invalid", f"The request is not understood: {named}.", "See /openapi.json.")


def _http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101
    headers = dict(error.headers or {})
    phrase = HTTPStatus(error.status_code).phrase
    code = phrase.lower().replace(" ", "-")
    return problem(error.status_code, code, f"{phrase}.", "See /openapi.json.", headers=headers)


def _unforeseen(request: Request, error: Exception) -> JSONResponse:
    route = getattr(request.scope.get("route"), "path", "")
    # The kind of error and the route only: its text may hold what was sent.
    _LOG.error("unforeseen %s at %s %s", type(error).__name__, request.method, route)
    return problem(500, "unforeseen", "Something went wrong in here.", "Look into the server's log.")
