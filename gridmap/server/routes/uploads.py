"""Files come in: sent, proposed, taken."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field

from gridmap.errors import GridmapError
from gridmap.server.service import Service, service_of
from gridmap.server.uploads import Upload
from gridmap.server.who import Principal, needs
from gridmap.store import known_layer

router = APIRouter(prefix="/api/v1/uploads", tags=["uploads"])

Importer = Annotated[Principal, needs("import")]


@router.post(
    "",
    status_code=201,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def send(
    request: Request,
    who: Importer,
    name: Annotated[str, Query(max_length=200, description="The file's name; its ending says the format.")],
    layer: Annotated[str, Query(max_length=40, description="The city's layer that the rows become.")],
    source_layer: Annotated[str | None, Query(max_length=200)] = None,
    crs: Annotated[str | None, Query(max_length=4000)] = None,
    encoding: Annotated[str | None, Query(max_length=40)] = None,
) -> Response:
    """Send a file as the body, and get how it would be read. Nothing is changed until it is taken."""
    service = service_of(request)
    known_layer(layer)
    upload = await service.uploads.receive(name, layer, request.stream(), owner=who.name)
    options = {"source_layer": source_layer, "crs": crs, "encoding": encoding}

    def made() -> Response:
        try:
            told = _propose(service, upload, options)
        except GridmapError:
            service.uploads.drop(upload)
            raise
        return service.answers.give(request, lambda: told)

    answer = await run_in_threadpool(made)
    answer.status_code = 201
    return answer


def _propose(service: Service, upload: Upload, options: dict[str, Any]) -> dict[str, Any]:
    proposal = service.ws.propose(upload.path, upload.layer, **options)
    service.uploads.propose(upload, proposal)
    told = proposal.to_dict()
    del told["path"]  # the server's own name for it
    return {"id": upload.id, **told}


class Propose(BaseModel):
    """How else to read it."""

    source_layer: str | None = Field(None, max_length=200)
    crs: str | None = Field(None, max_length=4000)
    encoding: str | None = Field(None, max_length=40)
    columns: dict[str, str] = Field(default_factory=dict, max_length=200)
    swap_axes: bool = False
    offset: tuple[float, float] = (0.0, 0.0)


Id = Annotated[str, Path(max_length=64)]


@router.post("/{id}/propose")
def propose(request: Request, who: Importer, id: Id, asked: Propose) -> Response:  # noqa: A002 - as the path names it
    """Propose anew how to read a file, with other columns, another CRS or encoding."""
    service = service_of(request)
    upload = service.uploads.get(id, who.name)
    return service.answers.give(request, lambda: _propose(service, upload, asked.model_dump()))


class Take(BaseModel):
    """What is accepted of what would be refused, the name of the plan that grids become, and the day of the rows."""

    accept: list[str] = Field(default_factory=list, max_length=10)
    plan: str | None = Field(None, max_length=200)
    valid_from: dt.date | None = Field(None, description="The day from which the rows hold; today if left out.")


@router.post("/{id}/take")
def take(request: Request, who: Importer, id: Id, asked: Take) -> Response:  # noqa: A002
    """Read a file as proposed into the workspace, whole or not at all. Large files are taken by a job `import`."""
    service = service_of(request)
    upload = service.uploads.get(id, who.name)
    report = service.take(
        upload, who, accept=frozenset(asked.accept), plan_name=asked.plan, valid_from=asked.valid_from
    )
    return service.answers.give(request, lambda: report)
