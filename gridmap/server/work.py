"""What jobs do."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, Field

from gridmap import facilities
from gridmap.errors import InputError
from gridmap.plan.edits import redrawn
from gridmap.redraw.redraw import redraw
from gridmap.server.jobs import Job, Work
from gridmap.server.routes.services import Site
from gridmap.server.sited import alternatives_told, site_told

if TYPE_CHECKING:
    from gridmap.plan import Plan
    from gridmap.server.service import Service
    from gridmap.server.who import Principal

__all__ = ["JobAsked", "work_of"]


class JobAsked(BaseModel):
    """Work to do: `redraw` and `frontier` of a plan, `site` as `/site` has it, `import` of an upload."""

    kind: Literal["redraw", "frontier", "site", "import"]
    plan: str | None = Field(None, max_length=200, description="The plan to start from; the current one if left out.")
    save: str | None = Field(None, max_length=200, description="Name of the new plan; redraw-1 … if left out.")
    choose: int | None = Field(None, ge=1, le=100, description="Of a frontier: save this choice.")
    communities: list[str] | None = Field(None, max_length=5_000)
    min_households: int | None = Field(None, ge=1, le=1_000_000)
    max_households: int | None = Field(None, ge=1, le=1_000_000)
    into: bool = Field(default=False, description="Of a redraw: save nothing, and give it as an edit of the plan.")
    seed: int = Field(0, ge=0, le=2**31 - 1)
    site: Site | None = None
    compare: bool = Field(default=False, description="Of a site: answer it in other ways, too, measured alike.")
    upload: str | None = Field(None, max_length=64)
    accept: list[str] = Field(default_factory=list, max_length=10)
    valid_from: dt.date | None = Field(None, description="Of an import: the day from which its rows hold.")


def work_of(service: Service, who: Principal, asked: JobAsked) -> Work:
    """Return what a job is to do; what cannot be done is refused at once."""
    if asked.kind == "site":
        if asked.site is None:
            raise InputError("site-missing", "It is not said what to site.", "Give `site`.")
        question = asked.site
        return lambda job: _site(service, who, question, job, compare=asked.compare)
    if asked.kind == "import":
        upload = service.uploads.get(asked.upload or "", who.name)
        return lambda _: service.take(
            upload, who, accept=frozenset(asked.accept), plan_name=asked.save, valid_from=asked.valid_from
        )
    start = service.plan(asked.plan).value
    who.require_places(asked.communities or start.fabric.community_codes)
    if asked.save is not None:
        service.ws.require_new_name(asked.save)
    return lambda job: _redraw(service, who, asked, job)


def _site(service: Service, who: Principal, asked: Site, job: Job, *, compare: bool) -> dict[str, Any]:
    """Choose sites; with `compare` the present state, this answer and others follow in `alternatives`."""
    options = asked.options()
    job.report(asked.model, 0, 1)
    plan = facilities.site(service.ground(who), asked.kind, **options)
    told = site_told(plan)
    if not compare:
        return told
    add = options.pop("add")
    found = facilities.alternatives(
        plan, add=add, options=options, progress=lambda name, done, total: job.report(name, done + 1, total + 1)
    )
    return {**told, "alternatives": alternatives_told(found)}


def _redraw(service: Service, who: Principal, asked: JobAsked, job: Job) -> dict[str, Any]:
    ws, start = service.user(who), service.plan(asked.plan).value
    options: dict[str, Any] = {
        "min_households": asked.min_households,
        "max_households": asked.max_households,
        "seed": asked.seed,
        "communities": asked.communities,
        "progress": job.report,
    }
    name = asked.save or ws.next_name("redraw")
    if asked.kind == "frontier":
        found = ws.frontier(start, **options)
        saved = None
        if asked.choose is not None:
            saved = ws.save_plan(found.choice(asked.choose).plan, name, base=start.name or None).name
        service.hub.wake()
        edits = [_as_edit(start, one.plan) for one in found]
        return {"plan": start.name, **found.to_dict(), "edits": edits, "saved": saved}
    made = redraw(start, cancelled=job.stopped, **ws.redraw_options(start, **options))
    job.report("saving", job.total, job.total)
    if asked.into:
        return {**made.to_dict(), "plan": start.name, "saved": None, "edit": _as_edit(start, made.plan)}
    saved = ws.save_plan(made.plan, name, base=start.name or None).name
    service.hub.wake()
    return {**made.to_dict(), "plan": start.name, "saved": saved}


def _as_edit(start: Plan, drawn: Plan) -> dict[str, Any]:
    """Return what leads from a plan to another drawing of it as an edit, which may be sent."""
    edit = redrawn(start, drawn)[1]
    return {"kind": edit.kind, "payload": dict(edit.payload)}
