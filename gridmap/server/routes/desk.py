"""What staff on the way ask for: all that is near, the record of a grid, venues, kinds and organisations."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Annotated, Any

import numpy as np
import shapely
from fastapi import APIRouter, Path, Query, Request, Response

from gridmap.duties import duty_kinds
from gridmap.errors import InputError
from gridmap.facilities import Nearest, kinds
from gridmap.facilities.hours import moment
from gridmap.maps.look import token
from gridmap.matters import MatterKind, matter_kinds
from gridmap.server.parameters import Lat, Lon
from gridmap.server.routes.records import row_of
from gridmap.server.service import Service, service_of
from gridmap.server.shapes import coordinates, degrees
from gridmap.server.who import Principal, needs
from gridmap.store import today

router = APIRouter(prefix="/api/v1", tags=["desk"])

Viewer = Annotated[Principal, needs("view")]
Staff = Annotated[Principal, needs("records")]
Code = Annotated[str, Path(max_length=60, description="Code of a grid of the plan in force.")]
At = Annotated[
    str | None, Query(max_length=40, description="A moment of local time: 2026-03-02 09:30; now if left out.")
]

_CHINA = dt.timezone(dt.timedelta(hours=8))
_MOST = 50


@router.get("/around")
def around(
    request: Request, _: Viewer, lon: Lon, lat: Lat, at: At = None,
    crs: Annotated[str, Query(max_length=40)] = "EPSG:4326",
) -> Response:  # fmt: skip
    """Find the nearest facility of each kind on foot, with the way there, and say whether it is open."""
    service = service_of(request)
    when = moment(at) if at else dt.datetime.now(_CHINA).replace(tzinfo=None, second=0, microsecond=0)
    if when.tzinfo is not None:
        raise InputError("moment-unclear", "That moment has an offset.", "Write it in local time: 2026-03-02 09:30.")

    def make() -> dict[str, Any]:
        layer = service.ws.city().facilities
        there = set(layer["kind"].dropna())
        rows = []
        for kind in kinds().values():
            if kind.id in there:
                found = service.ws.nearest(kind.id, lon, lat, crs=crs)
                rows += [{**row, "zh": kind.zh, "en": kind.en} for row in _open(found, layer, when)]
        rows.sort(key=lambda row: row["walk_s"])
        return {"at": when.isoformat(timespec="minutes"), "facilities": rows}

    return service.answers.give(request, make)


def _open(found: Nearest, layer: Any, when: dt.datetime) -> list[dict[str, Any]]:
    """Return what was found with whether it is open at a moment, when it opens next, and its telephone."""
    told: list[dict[str, Any]] = found.to_dict()["facilities"]
    for row, one in zip(told, found.found, strict=True):
        hours = found.supply.hours[one.index]
        shut = hours is not None and not hours.is_open(when)
        opening = hours.next_opening(when) if hours is not None and shut else None
        record = layer.iloc[int(found.supply.row[one.index])]
        row |= {
            "open": None if hours is None else not shut,
            "next_opening": None if opening is None else opening.isoformat(timespec="minutes"),
            "phone": record["phone"],
            "address": record["address"],
        }
    return told


@router.get("/kinds")
def list_kinds(request: Request, _: Viewer) -> Response:
    """List the kinds of matters with their stages and moves, and of duties; none that is restricted."""
    service = service_of(request)
    return service.answers.give(
        request,
        lambda: {
            "matters": [_kind(one) for one in matter_kinds().values() if not one.restricted],
            "duties": [
                {"id": one.id, "zh": one.zh, "en": one.en} for one in duty_kinds().values() if not one.restricted
            ],
        },
    )


def _kind(kind: MatterKind) -> dict[str, Any]:
    stages = [
        {"id": one.id, "zh": one.zh, "en": one.en, "days": one.days, "final": one.final} for one in kind.stages.values()
    ]
    moves = [
        {"action": one.action, "zh": one.zh, "from": sorted(one.begin), "to": one.to, "actors": list(one.actors),
         "needs": list(one.needs)}
        for one in kind.moves
    ]  # fmt: skip
    about = {"id": kind.id, "zh": kind.zh, "en": kind.en, "levels": list(kind.levels), "topics": list(kind.topics)}
    return {**about, "quantity": kind.quantity, "stages": stages, "moves": moves}


@router.get("/organisations")
def organisations(
    request: Request, _: Staff, kind: Annotated[str | None, Query(max_length=60, description="department …")] = None
) -> Response:
    """List the organisations, without their telephones: who may be called out, and who is to act."""
    service = service_of(request)

    def make() -> dict[str, Any]:
        held = service.ws.records.table("organisations")
        held = held if kind is None else held[held["kind"] == kind]
        return {"organisations": held[["id", "name", "kind"]].astype(object).to_dict("records")}

    return service.answers.give(request, make)


@router.get("/venues")
def venues(request: Request, _: Viewer) -> Response:
    """List as GeoJSON the venues of culture and where activities are held: how many, their visits, the next ones."""
    service = service_of(request)
    return service.answers.give(request, lambda: _venues(service), media="application/geo+json")


def _venues(service: Service) -> dict[str, Any]:
    city = service.ws.city()
    activities = service.ws.records.find(kind="activity")
    held: dict[str, Counter[str]] = {}
    planned: dict[str, list[dict[str, Any]]] = {}
    for one in activities:
        if one.level == "facility":
            tally = held.setdefault(one.code, Counter())
            tally[one.stage] += 1
            tally["visits"] += one.quantity or 0
            if one.stage == "planned":
                planned.setdefault(one.code, []).append({"topic": one.topic, "day": one.due or one.opened})
    wanted = set(token("culture", "kinds"))
    layer = city.facilities
    here = [kind in wanted or str(id_) in held for kind, id_ in zip(layer["kind"], layer["id"], strict=True)]
    layer = layer[np.array(here, bool)]  # an empty list would choose no columns
    points = coordinates(degrees(shapely.point_on_surface(layer.geometry.to_numpy(object)), city.frame))
    named = kinds()
    features: list[dict[str, Any]] = []
    for row, point in zip(layer[["id", "name", "kind", "opening_hours", "address"]].itertuples(), points, strict=True):
        kind, tally = named.get(row.kind), held.get(row.id, Counter())
        about = {"id": row.id, "name": row.name, "kind": row.kind, "zh": kind.zh if kind else row.kind}
        about |= {"en": kind.en if kind else row.kind, "opening_hours": row.opening_hours, "address": row.address}
        about |= {"held": tally["held"], "visits": tally["visits"], "planned": planned.get(row.id, [])[:_MOST]}
        features.append({"type": "Feature", "id": len(features), "geometry": point, "properties": about})
    return {"type": "FeatureCollection", "features": features}


@router.get("/grids/{code}/record")
def grid_record(request: Request, who: Staff, code: Code) -> Response:
    """Return the record of a grid: who answers as posted, its open matters by stage, its facilities."""
    service = service_of(request)
    return service.answers.give(request, lambda: _record(service, who, code))


def _record(service: Service, who: Principal, code: str) -> dict[str, Any]:
    plan = service.ws.current_plan()
    row = next((at for at, grid in enumerate(plan.grids) if code in (grid.code, grid.id)), None)
    if row is None:
        raise InputError("grid-unknown", "There is no grid of that code in the plan in force.", "Search for it.")
    grid, known = plan.grids[row], matter_kinds()
    service.require_inside(who, grid.community)
    own = [one for one in service.ws.records.find(grid=code) if not known[one.kind].restricted]
    waiting = sorted((one for one in own if one.closed is None), key=lambda one: one.due or "9999")
    late = {one.id for one in waiting if one.overdue(today())}
    stages: Counter[tuple[str, str]] = Counter((one.kind, one.stage) for one in waiting)
    facilities = service.ws.city().facilities
    inside = facilities[shapely.intersects(plan.polygons()[row], facilities.geometry.to_numpy(object))]
    return {
        "grid": {"code": grid.code or grid.id, "name": grid.name or None, "kind": grid.kind},
        "answers": _posted(service, [code, grid.community]),
        "open": len(waiting),
        "late": len(late),
        "ended": len(own) - len(waiting),
        "stages": [{"kind": kind, "stage": stage, "n": n} for (kind, stage), n in sorted(stages.items())],
        "matters": [{**row_of(one), "late": one.id in late} for one in waiting[:_MOST]],
        "facilities": inside[["id", "name", "kind", "opening_hours"]].astype(object).to_dict("records"),
    }


def _posted(service: Service, places: list[str]) -> list[dict[str, Any]]:
    """Return who answers for places, the narrowest first; names and contacts as they are posted publicly."""
    held = service.ws.accounts.duties(on=today())
    kinds_ = duty_kinds()
    found = []
    for place in places:
        here = held[[place in str(codes or "").split(";") for codes in held["places"]]]
        for one in here[["kind", "holder", "contact", "posted"]].astype(object).to_dict("records"):
            kind, posted = kinds_[str(one["kind"])], str(one["posted"]) == "True"
            shown = {name: one[name] if posted else None for name in ("holder", "contact")}
            found.append({"place": place, "kind": kind.id, "title": kind.zh, "en": kind.en, **shown, "posted": posted})
    return found
