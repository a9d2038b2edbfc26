"""The map as one page that brings everything with it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from gridmap.server.service import service_of
from gridmap.server.who import Principal, needs

router = APIRouter(tags=["page"])

# The page brings its own script and style and asks nobody for anything.
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@router.get("/map", response_class=HTMLResponse)
def page(request: Request, who: Annotated[Principal, needs("edit")]) -> HTMLResponse:
    """Show the plan in force and the latest draft."""
    return HTMLResponse(service_of(request).page(who), headers={"Content-Security-Policy": POLICY})
