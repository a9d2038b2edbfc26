"""Plans as they are: listed, drawn, measured, compared."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from gridmap.files import workbook
from gridmap.results import DifferenceHandle
from gridmap.server import drawn
from gridmap.server.parameters import Limit, Offset, Window, example
from gridmap.server.routes.page import POLICY
from gridmap.server.service import Service, service_of
from gridmap.server.who import Principal, needs

router = APIRouter(prefix="/api/v1/plans", tags=["plans"])

Viewer = Annotated[Principal, needs("view")]
Editor = Annotated[Principal, needs("edit")]
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Name = Annotated[str, Path(max_length=200, description="Name of a plan.")]


@router.get(
    "",
    responses=example(
        {"plans": [{"name": "present", "state": "in_force", "revision": 1, "grids": 292,
                    "saved": "2026-03-01T08:00:00+00:00", "base": None, "note": ""}]}
    ),
)  # fmt: skip
def plans(request: Request, _: Viewer) -> Response:
    """List the saved plans, oldest first."""
    service = service_of(request)
    return service.answers.give(request, lambda: {"plans": service.ws.plans()})


class New(BaseModel):
    """A new draft."""

    name: str = Field(min_length=1, max_length=200, examples=["draft-1"])
    base: str | None = Field(None, max_length=200, description="The plan it starts from; the current one if left out.")
    note: str = Field("", max_length=1000)


@router.post("", status_code=201)
def create(request: Request, who: Editor, asked: New) -> Response:
    """Save a copy of a plan as a new draft."""
    service = service_of(request)
    start = service.plan(asked.base).value
    service.user(who).save_plan(start, asked.name, base=start.name or None, note=asked.note)
    made = service.answers.give(request, lambda: _plan(service, asked.name, who))
    made.status_code = 201
    return made


@router.get("/{name}")
def plan(request: Request, who: Viewer, name: Name) -> Response:
    """Return what a plan is: its state, revision and totals."""
    service = service_of(request)
    return service.answers.give(request, lambda: _plan(service, name, who), tag=service.tag(name, who))


def _plan(service: Service, name: str, who: Principal) -> dict[str, Any]:
    shown = service.ws.plan(name)
    return {**service.row(name), "totals": dict(service.balance(shown, who).totals)}


@router.get(
    "/{name}/grids", responses=example({"type": "FeatureCollection", "features": []}, media="application/geo+json")
)
def grids(request: Request, who: Viewer, name: Name) -> Response:
    """Return the grids of a plan as GeoJSON, with label points, households and status as they may be shown."""
    service = service_of(request)

    def make() -> dict[str, Any]:
        shown = service.ws.plan(name)
        return drawn.grids(shown, service.balance(shown, who))

    return service.answers.give(request, make, tag=service.tag(name, who), media="application/geo+json")


@router.get("/{name}/cells", responses=example({"buildings": ["b1", "b2"], "grid": [0, 0], "grids": [{"id": "g1"}]}))
def cells(request: Request, who: Viewer, name: Name) -> Response:
    """Return which building is in which grid, as columns; planners get each building's households in their area."""
    service = service_of(request)
    return service.answers.give(
        request,
        lambda: drawn.cells(service.counted(service.ws.plan(name), who), sight=service.sight(who)),
        tag=service.tag(name, who),
    )


@router.get("/{name}/balance")
def balance(
    request: Request, who: Viewer, name: Name, min_households: Window = None, max_households: Window = None
) -> Response:
    """Return the households of each grid against the range, and the totals; figures about few people are held back."""
    service = service_of(request)

    def make() -> dict[str, Any]:
        window = service.ws.window(min_households, max_households)
        return service.balance(service.ws.plan(name), who, window=window).to_dict()

    return service.answers.give(request, make, tag=service.tag(name, who))


@router.get("/{name}/history")
def history(request: Request, _: Viewer, name: Name, limit: Limit = 100, offset: Offset = 0) -> Response:
    """Return the log of a plan, newest first: revision, who, when, which kind of change."""
    service = service_of(request)

    def make() -> dict[str, Any]:
        entries = service.ws.history(name)[::-1]
        rows = [
            {"revision": one.rev, "user": one.user, "at": one.at, "kind": one.kind, "reverts": one.reverts}
            for one in entries[offset : offset + limit]
        ]
        return {"plan": name, "history": rows, "total": len(entries), "limit": limit, "offset": offset}

    return service.answers.give(request, make, tag=service.tag(name))


@router.get("/{name}/diff/{other}")
def diff(request: Request, who: Editor, name: Name, other: Name) -> Response:
    """Say who changes grid and worker from a plan to another: by pair of grids, and by compound."""
    service = service_of(request)
    return service.answers.give(request, lambda: _compared(service, who, name, other).to_dict(addresses=False))


@router.get("/{name}/diff/{other}/addresses")
def addresses(
    request: Request, who: Editor, name: Name, other: Name, limit: Limit = 100, offset: Offset = 0
) -> Response:
    """List the addresses that change grid and worker, in the area of who asks."""
    service = service_of(request)

    def make() -> dict[str, Any]:
        rows = _compared(service, who, name, other).addresses_told()
        return {"addresses": rows[offset : offset + limit], "total": len(rows), "limit": limit, "offset": offset}

    return service.answers.give(request, make)


@router.get("/{name}/diff/{other}/sheets")
def sheets(request: Request, who: Editor, name: Name, other: Name) -> Response:
    """Return the difference of two plans as a workbook: grids, compounds, and the addresses in the area of who asks."""
    found = _compared(service_of(request), who, name, other)
    body = workbook(found.sheets(), name="difference.xlsx")
    headers = {"Content-Disposition": 'attachment; filename="difference.xlsx"', "Cache-Control": "private, no-cache"}
    return Response(body, media_type=_XLSX, headers=headers)


@router.get("/{name}/diff/{other}/map", response_class=HTMLResponse)
def difference_page(request: Request, who: Editor, name: Name, other: Name) -> HTMLResponse:
    """Show the difference of two plans on a page that brings everything with it."""
    page: str = _compared(service_of(request), who, name, other).explore().get_root().render()
    return HTMLResponse(page, headers={"Content-Security-Policy": POLICY})


def _compared(service: Service, who: Principal, name: str, other: str) -> DifferenceHandle:
    return service.difference(service.ws.plan(name), service.ws.plan(other), who)
