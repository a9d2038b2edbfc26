"""What an editor needs of a plan: the cells it is drawn on, which grids they are in, and the changes as logged."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from gridmap.server import traced
from gridmap.server.parameters import example
from gridmap.server.service import service_of
from gridmap.server.who import Principal, needs

router = APIRouter(prefix="/api/v1/plans/{name}", tags=["plans"])

Editor = Annotated[Principal, needs("edit")]
Name = Annotated[str, Path(max_length=200, description="Name of a plan.")]


@router.get("/fabric", responses=example({"ids": ["b1", "b2"], "i": [0], "j": [1], "households": [40, None]}))
def fabric(request: Request, who: Editor, name: Name) -> Response:
    """Return the cells of a plan as columns, with neighbours and outlines; the same at every revision of the plan."""
    service = service_of(request)
    acting = service.user(who)
    plan = acting.plan(name)
    return service.answers.give(
        request,
        lambda: traced.fabric(plan, acting.sight, scope=acting.reach),
        tag=f"{plan.fabric.digest} {acting.sight.mark} {','.join(sorted(acting.reach or ()))}",
    )


@router.get("/layout", responses=example({"revision": 3, "grid": [0, 0], "grids": [{"id": "g1"}], "bridges": []}))
def layout(request: Request, who: Editor, name: Name) -> Response:
    """Return which grid each cell of the fabric is in, by position in `grids`, at a revision."""
    service = service_of(request)

    def make() -> dict[str, Any]:
        # Read before the plan: what is changed in between is in the changes since, and made twice does no harm.
        revision = int(service.row(name)["revision"])
        return traced.layout(service.user(who).plan(name), revision=revision)

    return service.answers.give(request, make)


@router.get("/changes", responses=example({"plan": "draft", "changes": [{"revision": 4, "kind": "assign"}]}))
def changes(request: Request, who: Editor, name: Name, since: Annotated[int, Query(ge=0, le=2**53)] = 0) -> Response:
    """Return what changed a plan after a revision, oldest first, the last 256 at most, each change as it is logged.

    `change` is null where it made the plan what it is as a whole.
    """
    service = service_of(request)
    made = service.user(who).changes(name, since=since, whole=True)
    return service.answers.give(request, lambda: {"plan": name, "changes": made})
