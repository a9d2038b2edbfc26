"""Search for places."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from gridmap.server.parameters import example
from gridmap.server.service import service_of
from gridmap.server.who import Principal, needs

router = APIRouter(prefix="/api/v1", tags=["city"])


@router.get(
    "/search",
    responses=example(
        {"found": [{"kind": "community", "code": "141182001001", "name": "鼓楼社区", "lon": 111.787, "lat": 37.264,
                    "address": None}]}
    ),
)  # fmt: skip
def search(
    request: Request,
    _: Annotated[Principal, needs("view")],
    q: Annotated[str, Query(max_length=100, description="Name, address or code; in Chinese, in pinyin or initials.")],
    limit: Annotated[int, Query(ge=1, le=50)] = 12,
) -> Response:
    """Find places, grids, facilities, streets and buildings by name, address or code."""
    service = service_of(request)

    def found() -> dict[str, object]:
        plan = service.ws.current_plan() if len(service.ws.city().communities) else None
        return {"found": service.index().find(q, limit=limit, plan=plan)}

    return service.answers.give(request, found)
