"""Work that takes longer than a request: submitted, followed, stopped, fetched."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from gridmap.server.hub import BEAT_S, sse
from gridmap.server.parameters import example
from gridmap.server.service import service_of
from gridmap.server.who import Principal, needs
from gridmap.server.work import JobAsked, work_of

router = APIRouter(prefix="/api/v1/jobs", tags=["jobs"])

Editor = Annotated[Principal, needs("edit")]
Id = Annotated[str, Path(max_length=64)]

LOOK_S = 0.2


@router.post(
    "",
    status_code=202,
    responses={
        202: example({"id": "6d0f", "kind": "redraw", "state": "waiting", "done": 0, "total": 0})[200],
    },
)
def submit(request: Request, who: Editor, asked: JobAsked) -> Response:
    """Submit work; follow it by its events, and fetch its result when it is done."""
    service = service_of(request)
    job = service.jobs.submit(asked.kind, work_of(service, who, asked), owner=who.name)
    told = service.answers.give(request, job.to_dict, headers={"Location": f"/api/v1/jobs/{job.id}"})
    told.status_code = 202
    return told


@router.get("/{id}")
def job(request: Request, who: Editor, id: Id) -> Response:  # noqa: A002 - as the path names it
    """Say how far a job is."""
    service = service_of(request)
    return service.answers.give(request, service.jobs.get(id, who.name).to_dict)


@router.delete("/{id}")
def cancel(request: Request, who: Editor, id: Id) -> Response:  # noqa: A002
    """Stop a job; it ends at its next step, and changes nothing."""
    service = service_of(request)
    found = service.jobs.get(id, who.name)
    found.cancel()
    return service.answers.give(request, found.to_dict)


@router.get("/{id}/result")
def result(request: Request, who: Editor, id: Id) -> Response:  # noqa: A002
    """Return what a job came to, in the shape of the command line's `--json`; 409 while it is not done."""
    service = service_of(request)
    return service.answers.give(request, lambda: service.jobs.result(id, who.name))


@router.get("/{id}/events", response_class=StreamingResponse, responses={200: {"content": {"text/event-stream": {}}}})
async def events(request: Request, who: Editor, id: Id) -> StreamingResponse:  # noqa: A002
    """Follow a job: an event `progress` for each step, and one named by how it ended."""
    jobs = service_of(request).jobs
    await run_in_threadpool(jobs.get, id, who.name)

    async def stream() -> AsyncIterator[bytes]:
        told, said = -1, time.monotonic()
        while True:
            found = await run_in_threadpool(jobs.get, id, who.name)
            turn = found.turn
            if found.ended:
                yield sse(found.state, found.to_dict())
                return
            if turn != told:
                told, said = turn, time.monotonic()
                yield sse("progress", found.to_dict())
            elif time.monotonic() - said > BEAT_S:
                said = time.monotonic()
                yield b": beat\n\n"
            await asyncio.sleep(LOOK_S)

    return StreamingResponse(stream(), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
