"""Plans change: edits, undo and redo by compare-and-set, states, and the stream that tells everybody."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from gridmap.errors import ConflictError, GridmapError
from gridmap.plan import Plan
from gridmap.plan.asked import communities_of, edit_of
from gridmap.server.parameters import example
from gridmap.server.problems import conflict
from gridmap.server.service import service_of
from gridmap.server.who import Principal, needs

router = APIRouter(prefix="/api/v1/plans/{name}", tags=["plans"])

Editor = Annotated[Principal, needs("edit")]
Name = Annotated[str, Path(max_length=200, description="Name of a plan.")]

_CHANGED = example(
    {"plan": "draft", "revision": 4, "grids": ["141182001001001", "141182001001002"], "edit": {"kind": "assign"},
     "rows": [{"grid": "141182001001001", "households": 412, "status": "in_range"}],
     "totals": {"grids": 292, "in_range": 184}}
)  # fmt: skip


class Base(BaseModel):
    """Which revision was looked at; the present one if left out."""

    base: int | None = Field(None, ge=0, le=2**53)


class Change(Base):
    """A change of a plan. Short forms: assign {buildings, grid}, merge {grid, other}, split {grid, buildings, new}."""

    kind: str = Field(max_length=20, examples=["assign"])
    payload: dict[str, Any] = Field(examples=[{"buildings": ["B00006"], "grid": "141182001001002"}])


class Rebalance(Base):
    """Grids to bring into range together with their neighbours."""

    grid: str = Field(max_length=200)
    keep: list[str] = Field(default_factory=list, max_length=50_000)


@router.post("/edits", responses=_CHANGED)
def edit(request: Request, who: Editor, name: Name, asked: Change) -> Response:
    """Change a plan, and get the balance of the grids that it touched.

    An edit made on an older revision, `base`, is taken where nobody has changed its grids since; else 409 with what
    others changed.
    """
    service = service_of(request)

    def act() -> tuple[Plan, Iterable[str], dict[str, Any]]:
        plan = service.ws.plan(name)
        made = edit_of(plan, asked.kind, asked.payload)
        who.require_places(communities_of(plan, made.grids))
        new = service.user(who).edit(name, made, base=asked.base)
        return new, made.grids, {"edit": {"kind": made.kind, "payload": dict(made.payload)}}

    return _changed(request, who, name, asked.base, act)


@router.post("/undo", responses=_CHANGED)
def undo(request: Request, who: Editor, name: Name, asked: Base) -> Response:
    """Take back the last change that is not taken back yet."""
    return _reverted(request, who, name, asked.base, "undo")


@router.post("/redo", responses=_CHANGED)
def redo(request: Request, who: Editor, name: Name, asked: Base) -> Response:
    """Make again what was taken back last."""
    return _reverted(request, who, name, asked.base, "redo")


@router.post("/rebalance", responses=_CHANGED)
def rebalance(request: Request, who: Editor, name: Name, asked: Rebalance) -> Response:
    """Bring a grid into range together with its neighbours, moving as few households as can be."""
    service = service_of(request)

    def act() -> tuple[Plan, Iterable[str], dict[str, Any]]:
        plan = service.ws.plan(name)
        plan.position(asked.grid)
        who.require_places(communities_of(plan, frozenset([asked.grid])))
        done = service.user(who).rebalance(name, [asked.grid], keep=asked.keep, base=asked.base)
        return done.plan, done.grids, {"rebalanced": done.to_dict()}

    return _changed(request, who, name, asked.base, act)


def _reverted(request: Request, who: Principal, name: str, base: int | None, kind: str) -> Response:
    service = service_of(request)

    def act() -> tuple[Plan, Iterable[str], dict[str, Any]]:
        before = int(service.row(name)["revision"])
        plan = getattr(service.user(who), kind)(name, base=base)
        touched = {grid for one in service.ws.changes(name, since=before) for grid in one["grids"] or ()}
        return plan, touched, {}

    return _changed(request, who, name, base, act)


def _changed(
    request: Request,
    who: Principal,
    name: str,
    base: int | None,
    act: Callable[[], tuple[Plan, Iterable[str], dict[str, Any]]],
) -> Response:
    """Answer a change: the revision it made and the balance of what it touched, or the conflict."""
    service = service_of(request)
    try:
        plan, touched, more = act()
    except ConflictError as error:
        since = service.ws.changes(name, since=base) if base is not None else []
        return conflict(error, since)
    service.hub.wake()
    balance = service.balance(plan, who)
    grids = sorted(touched)
    table = balance.table
    rows = table[table["grid"].isin(grids)].astype(object).to_dict("records")
    told = {"plan": name, "revision": service.row(name)["revision"], "grids": grids, **more}
    return service.answers.give(request, lambda: {**told, "rows": rows, "totals": dict(balance.totals)})


Reviewer = Annotated[Principal, needs("review")]

_STEPPED = example(
    {"plan": "draft-1", "state": "submitted", "revision": 7,
     "created": {"user": "li", "at": "2026-03-01T08:00:00+00:00"},
     "steps": [{"step": "submit", "state": "submitted", "revision": 7, "user": "li",
                "at": "2026-03-02T09:30:00+00:00", "note": ""}],
     "next": ["withdraw"]}
)  # fmt: skip


class Remark(BaseModel):
    """A remark that is kept with the step."""

    note: str = Field("", max_length=1000, examples=["东关社区已与居委会核对"])


class Looked(Remark):
    """A remark, and the revision that was looked at; the present one if left out."""

    base: int | None = Field(None, ge=0, le=2**53)


@router.get("/steps", responses=_STEPPED)
def steps(request: Request, who: Annotated[Principal, needs("view")], name: Name) -> Response:
    """Say in which state a plan is, who took which step when, and which steps who asks may take next."""
    service = service_of(request)
    return service.answers.give(request, lambda: service.user(who).plan_steps(name))


@router.post("/submit", responses=_STEPPED)
def submit(request: Request, who: Editor, name: Name, asked: Looked | None = None) -> Response:
    """Hand a draft in for review; until it is withdrawn or returned it cannot be changed."""
    return _step(request, who, name, "submit", asked or Looked(note="", base=None))


@router.post("/withdraw", responses=_STEPPED)
def withdraw(request: Request, who: Editor, name: Name, asked: Remark | None = None) -> Response:
    """Take a plan back that is under review, to change it."""
    return _step(request, who, name, "withdraw", asked or Remark(note=""))


@router.post("/approve", responses=_STEPPED)
def approve(request: Request, who: Reviewer, name: Name, asked: Looked | None = None) -> Response:
    """Approve a plan that another one handed in."""
    return _step(request, who, name, "approve", asked or Looked(note="", base=None))


@router.post("/return", responses=_STEPPED)
def give_back(request: Request, who: Reviewer, name: Name, asked: Remark | None = None) -> Response:
    """Give a plan back to be changed; the note says why."""
    return _step(request, who, name, "return_plan", asked or Remark(note=""))


@router.post("/file", responses=_STEPPED)
def file(request: Request, who: Reviewer, name: Name, asked: Remark | None = None) -> Response:
    """File an approved plan: its grids get their codes."""
    return _step(request, who, name, "file_plan", asked or Remark(note=""))


@router.post("/publish", responses=_STEPPED)
def publish(request: Request, who: Reviewer, name: Name, asked: Remark | None = None) -> Response:
    """Put a filed plan in force; the one in force so far is superseded."""
    return _step(request, who, name, "put_in_force", asked or Remark(note=""))


def _step(request: Request, who: Principal, name: str, verb: str, asked: Remark) -> Response:
    """Take a step in the life of a plan, and tell all of them."""
    service = service_of(request)
    acting = service.user(who)
    getattr(acting, verb)(name, **asked.model_dump())
    service.hub.wake()
    return service.answers.give(request, lambda: acting.plan_steps(name))


@router.get("/events", response_class=StreamingResponse, responses={200: {"content": {"text/event-stream": {}}}})
async def events(
    request: Request,
    _: Annotated[Principal, needs("view")],
    name: Name,
    since: Annotated[int | None, Query(ge=0, le=2**53, description="First, what changed after this revision.")] = None,
) -> StreamingResponse:
    """Follow a plan: an event `change` for each, with revision, user, kind and the grids it touched."""
    service = service_of(request)
    await run_in_threadpool(service.row, name)
    last = request.headers.get("last-event-id", "")
    if last.isdigit() and len(last) < 16:
        since = int(last)

    async def stream() -> AsyncIterator[bytes]:
        try:
            async for event in service.hub.listen(name, since=since):
                yield event
        except GridmapError:  # the store is away, or the plan is gone: the client comes again and is told
            return

    return StreamingResponse(stream(), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
