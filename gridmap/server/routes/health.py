"""Whether the server lives, whether it can answer, and what it has done."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response

from gridmap.server import metrics
from gridmap.server.service import service_of
from gridmap.server.who import Principal, needs

router = APIRouter(tags=["operations"])


@router.get("/health")
def health(_: Annotated[Principal, needs("anyone")]) -> dict[str, str]:
    """Say that the process lives; the store is not asked."""
    return {"status": "ok"}


@router.get("/ready")
def ready(request: Request, _: Annotated[Principal, needs("anyone")]) -> dict[str, Any]:
    """Say that the store answers; 503 while it does not."""
    return {"status": "ready", "plans": len(service_of(request).ws.plans())}


@router.get("/metrics", response_class=Response)
def measured(request: Request, _: Annotated[Principal, needs("anyone")]) -> Response:
    """Return what has been counted, as Prometheus reads it: routes and times, never who asked for what."""
    body, media = metrics.render(service_of(request))
    return Response(body, headers={"Content-Type": media})
