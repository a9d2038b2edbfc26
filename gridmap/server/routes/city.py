"""The city: what it is, its places, what stands at a point, its figures and what is wrong with it."""

from __future__ import annotations

from typing import Annotated, Any

import shapely
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from gridmap.errors import InputError
from gridmap.facilities import kinds
from gridmap.geo.frames import Frame
from gridmap.server.parameters import Lat, Lon, example
from gridmap.server.service import Service, service_of
from gridmap.server.shapes import box_lonlat
from gridmap.server.who import Principal, needs
from gridmap.server.words import day_of
from gridmap.store import today

router = APIRouter(prefix="/api/v1", tags=["city"])

Viewer = Annotated[Principal, needs("view")]
On = Annotated[str | None, Query(description="A day such as 2026-03-01; today if left out.", max_length=10)]


@router.get(
    "/city",
    responses=example(
        {"name": "汾阳（虚构示例）", "sample": True, "bounds": [111.74, 37.23, 111.83, 37.3], "revision": 12,
         "profile": "cn", "window": {"min": 300, "max": 500}, "plan_in_force": "present",
         "kinds": [{"id": "canteen", "zh": "社区食堂", "en": "community canteen"}], "today": "2026-03-01"}
    ),
)  # fmt: skip
def city(request: Request, _: Viewer) -> Response:
    """Say which city this is: its extent, its rules, the kinds of facilities, the plan in force."""
    service = service_of(request)
    return service.answers.give(request, lambda: _city(service))


def _city(service: Service) -> dict[str, Any]:
    made, meta = service.ws.city(), service.ws.meta
    low, high = service.ws.window()
    in_force = [row["name"] for row in service.ws.plans() if row["state"] == "in_force"]
    ground = shapely.box(*made.communities.total_bounds) if len(made.communities) else shapely.Point()
    return {
        "name": meta.name,
        "sample": meta.sample,
        "bounds": box_lonlat(ground, made.frame),
        "revision": made.revision,
        "profile": meta.profile,
        "crs": f"EPSG:{made.frame.epsg}",
        "window": {"min": low, "max": high},
        "k": made.profile.suppression.k,
        "households_basis": made.households_basis,
        "households_as_of": made.households_as_of,
        "plan_in_force": in_force[0] if in_force else None,
        "kinds": [{"id": kind.id, "zh": kind.zh, "en": kind.en} for kind in kinds().values()],
        "today": today(),
    }


@router.get(
    "/places",
    responses=example(
        [{"level": "subdistrict", "code": "141182001", "name": "文峰街道", "bbox": [111.74, 37.23, 111.79, 37.3],
          "children": [{"level": "community", "code": "141182001001", "name": "鼓楼社区",
                        "bbox": [111.74, 37.23, 111.75, 37.24], "children": []}]}]
    ),
)  # fmt: skip
def places(request: Request, _: Viewer) -> Response:
    """Return the backbone as a tree: subdistricts with their communities."""
    service = service_of(request)
    return service.answers.give(request, lambda: _places(service), tag=service.tag())


def _places(service: Service) -> list[dict[str, Any]]:
    city = service.ws.city()

    def node(level: str, row: Any) -> dict[str, Any]:
        box = box_lonlat(row.geometry, city.frame)
        return {"level": level, "code": row.code, "name": row.name_, "bbox": box, "children": []}

    upper = city.subdistricts.rename(columns={"name": "name_"})
    tree = [node("subdistrict", row) for row in upper.itertuples()]
    loose: list[dict[str, Any]] = []
    lower = city.communities.rename(columns={"name": "name_"})
    for row, of in zip(lower.itertuples(), city.community_subdistrict.tolist(), strict=True):
        (tree[of]["children"] if of >= 0 else loose).append(node("community", row))
    return tree + loose


@router.get(
    "/where",
    responses=example(
        {"subdistrict": {"code": "141182001", "name": "文峰街道"},
         "community": {"code": "141182001001", "name": "鼓楼社区"},
         "grid": {"code": "141182001001003", "name": None, "kind": "resident"}, "compound": None, "building": None,
         "plan": "present", "at": "2026-03-01",
         "answers": [{"level": "grid", "place": "141182001001003", "kind": "grid_worker", "title": "专职网格员",
                      "holder": "李四", "contact": "0358-7220001", "posted": True}]}
    ),
)  # fmt: skip
def where(
    request: Request,
    _: Viewer,
    lon: Lon,
    lat: Lat,
    crs: Annotated[
        str, Query(description="What the numbers are in: EPSG:…, gcj02 or bd09.", max_length=40)
    ] = "EPSG:4326",
    plan: Annotated[str | None, Query(max_length=200, description="The plan; the one in force if left out.")] = None,
    at: On = None,
) -> Response:
    """Say which subdistrict, community, grid, compound and building a place is in, and who answers for it on a day."""
    service = service_of(request)
    return service.answers.give(request, lambda: _where(service, lon, lat, crs=crs, plan=plan, at=at))


def _where(service: Service, lon: float, lat: float, *, crs: str, plan: str | None, at: str | None) -> dict[str, Any]:
    ws, day = service.ws, day_of(at)
    # Who will answer may be asked of a day to come; what stands there is what stands there now.
    chain = ws.where(lon, lat, plan=plan, crs=crs, at=None if day is None else min(day, today()))
    if ws.meta.frame_epsg is None:
        return {**chain, "at": day or today(), "answers": []}
    told = ws.accounts.answering(lon, lat, on=day, crs=crs)
    # Whoever may look at the map gets the names that are posted; the others are told under /duties to who needs them.
    answers = [one if one["posted"] else {**one, "holder": None} for one in told["answers"]]
    return {**chain, "at": day or today(), "answers": answers}


@router.get("/figures")
def figures(request: Request, _: Viewer, on: On = None) -> Response:
    """Count the figures of the city's account from its layers and records, each with its basis, day and source."""
    service, day = service_of(request), day_of(on)
    return service.answers.give(
        request, lambda: {"figures": [one.to_dict() for one in service.ws.accounts.figures(on=day)]}
    )


@router.get("/findings", tags=["findings"])
def findings(
    request: Request,
    who: Annotated[Principal, needs("edit")],
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
) -> Response:
    """Return what is wrong with the city and with its current plan, page by page."""
    service = service_of(request)
    found = service.findings(who)
    epsg = service.ws.meta.frame_epsg
    frame = None if epsg is None else Frame(epsg)
    shown = [one.to_dict(frame) for one in found[offset : offset + limit]]
    return service.answers.give(
        request, lambda: {"findings": shown, "total": len(found), "limit": limit, "offset": offset}
    )


class Repair(BaseModel):
    """Which findings to repair."""

    findings: list[str] = Field(default_factory=list, max_length=1000)
    all_safe: bool = False
    dry_run: bool = False


@router.post("/findings/repair", tags=["findings"])
def repair(request: Request, who: Annotated[Principal, needs("import")], asked: Repair) -> Response:
    """Repair findings by their ids, or all safe ones, in one transaction."""
    service = service_of(request)
    if not asked.findings and not asked.all_safe:
        raise InputError("repair-what", "Nothing is named to repair.", "Name findings, or all_safe.")
    done = service.user(who).mend(asked.findings, all_safe=asked.all_safe, dry_run=asked.dry_run)
    return service.answers.give(request, done.to_dict)


@router.get("/findings/repairs", tags=["findings"])
def repairs(request: Request, who: Annotated[Principal, needs("edit")]) -> Response:
    """List the repairs that were made, newest first; `undone_at` is null while one stands."""
    service = service_of(request)
    return service.answers.give(
        request, lambda: {"repairs": [one.to_dict() for one in service.user(who).mends()[:-101:-1]]}
    )


@router.post("/findings/undo", tags=["findings"])
def undo_repair(request: Request, who: Annotated[Principal, needs("import")]) -> Response:
    """Take back the last repair that stands, byte by byte; 409 if what it changed has been changed again since."""
    service = service_of(request)
    undone = service.user(who).undo_mend()
    service.hub.wake()
    return service.answers.give(request, undone.to_dict)
