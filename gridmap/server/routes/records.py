"""Who answers and what happens: duties, vacancies, staffing, liaison; matters, their board, map and stages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
import shapely
from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field

from gridmap.duties import duty_kind, duty_kinds
from gridmap.errors import InputError, PermissionDenied
from gridmap.geo.frames import to_frame
from gridmap.matters import Matter, matter_kind, matter_kinds
from gridmap.server.parameters import Limit, Offset
from gridmap.server.service import Service, service_of
from gridmap.server.who import Principal, needs
from gridmap.server.words import day_of
from gridmap.store import Heat, today

router = APIRouter(prefix="/api/v1", tags=["records"])

Viewer = Annotated[Principal, needs("view")]
Staff = Annotated[Principal, needs("records")]
Kind = Annotated[str | None, Query(max_length=60, description="The kind, by id or Chinese name.")]
On = Annotated[str | None, Query(max_length=10, description="The day; today if left out.")]
Plan = Annotated[str | None, Query(max_length=200, description="The plan; the one in force if left out.")]
Code = Annotated[str | None, Query(max_length=60, description="Code of a place.")]

ROW = ("id", "kind", "topic", "title", "stage", "level", "code", "grid", "opened", "due", "closed", "revision")
DUTY = ("id", "kind", "holder", "role", "places", "valid_from", "valid_to", "contact", "posted")


@router.get("/duties")
def duties(
    request: Request, _: Staff, kind: Kind = None, on: On = None, place: Code = None, limit: Limit = 100,
    offset: Offset = 0,
) -> Response:  # fmt: skip
    """List who answers for what on a day. Restricted kinds are never listed, nor contacts that are not posted."""
    service = service_of(request)

    def make() -> dict[str, Any]:
        held = service.ws.accounts.duties(kind, on=day_of(on))[list(DUTY)]
        if place is not None:
            held = held[[place in str(places or "").split(";") for places in held["places"]]]
        page = held.iloc[offset : offset + limit].astype(object).to_dict("records")
        return {"duties": page, "total": len(held), "limit": limit, "offset": offset}

    return service.answers.give(request, make)


@router.get("/vacancies")
def vacancies(request: Request, _: Viewer, kind: Kind = "grid_worker", plan: Plan = None, on: On = None) -> Response:
    """Say which places of a kind's level have nobody who answers for them, and which share somebody."""
    service, day = service_of(request), day_of(on)
    return service.answers.give(
        request, lambda: service.ws.accounts.vacancies(kind or "grid_worker", plan=plan, on=day).to_dict()
    )


@router.get("/staffing")
def staffing(request: Request, _: Viewer, kind: Kind = "community_worker", on: On = None) -> Response:
    """Say how many holders of a kind the city's residents need, and how many there are."""
    service, day = service_of(request), day_of(on)

    def make() -> dict[str, Any]:
        found = service.ws.accounts.staffing(kind or "community_worker", on=day)
        names = ("kind", "residents", "per_10000", "needed", "present", "gap", "source", "verified")
        return {name: getattr(found, name) for name in names}

    return service.answers.give(request, make)


@router.get("/liaison")
def liaison(request: Request, _: Staff, on: On = None, limit: Limit = 1000, offset: Offset = 0) -> Response:
    """List which leaders and cadres answer for which communities and grids 包联."""
    service = service_of(request)

    def make() -> dict[str, Any]:
        held = service.ws.accounts.duties(on=day_of(on))
        kinds = [kind.id for kind in duty_kinds().values() if kind.id.endswith("_liaison") and not kind.restricted]
        held = held[held["kind"].isin(kinds)][["kind", "holder", "role", "places", "valid_from", "valid_to"]]
        page = held.iloc[offset : offset + limit].astype(object).to_dict("records")
        titles = {kind: duty_kind(kind).zh for kind in kinds}
        return {"kinds": titles, "liaison": page, "total": len(held), "limit": limit, "offset": offset}

    return service.answers.give(request, make)


def row_of(matter: Matter) -> dict[str, Any]:
    """Return a matter as a list shows it: without remarks and without its point."""
    return {name: getattr(matter, name) for name in ROW}


def _open_kind(kind: str) -> str:
    found = matter_kind(kind)
    if found.restricted:
        raise InputError("kind-restricted", f"{found.id} is restricted.", "Only counts of it are shown.")
    return found.id


def _shown(matters: list[Matter]) -> list[Matter]:
    kinds = matter_kinds()
    return [one for one in matters if not kinds[one.kind].restricted]


@router.get("/matters")
def matters(
    request: Request,
    who: Staff,
    kind: Kind = None,
    stage: Annotated[str | None, Query(max_length=60)] = None,
    grid: Code = None,
    community: Code = None,
    organisation: Annotated[str | None, Query(max_length=100, description="Id of who is to act.")] = None,
    overdue: bool = False,  # noqa: FBT001, FBT002 - a query
    open_only: bool = False,  # noqa: FBT001, FBT002 - a query
    limit: Limit = 50,
    offset: Annotated[int, Query(ge=0, le=100_000)] = 0,
) -> Response:
    """List matters, what is due first at the top; those of a grid newest first."""
    service = service_of(request)

    def make() -> dict[str, Any]:
        found = service.ws.records.find(
            kind=None if kind is None else _open_kind(kind), stage=stage, grid=grid, community=community,
            organisation=organisation, overdue_on=today() if overdue else None, open_only=open_only,
            communities=service.user(who).reach, limit=offset + limit + 1,
        )  # fmt: skip
        page = _shown(found[offset : offset + limit])
        more = len(found) > offset + limit
        return {"matters": [row_of(one) for one in page], "limit": limit, "offset": offset, "more": more}

    return service.answers.give(request, make)


@router.get("/matters/board")
def board(
    request: Request, who: Staff, kind: Kind = "request", community: Code = None,
    cards: Annotated[int, Query(ge=0, le=100)] = 20,
) -> Response:  # fmt: skip
    """Show the matters of a kind by stage: how many, how many overdue, and the first of them."""
    service = service_of(request)

    def make() -> dict[str, Any]:
        named = _open_kind(kind or "request")
        area = service.user(who).reach
        columns = service.ws.records.board(named, today=today(), community=community, communities=area, cards=cards)
        stages = [
            {"stage": one.stage, "title": one.title, "matters": one.matters, "overdue": one.overdue,
             "cards": [row_of(card) for card in one.cards]}
            for one in columns
        ]  # fmt: skip
        return {"kind": named, "stages": stages}

    return service.answers.give(request, make)


@router.get("/matters/map")
def on_map(
    request: Request,
    who: Viewer,
    bbox: Annotated[str, Query(max_length=100, description="west,south,east,north in degrees")],
    kind: Kind = None,
    open_only: bool = True,  # noqa: FBT001, FBT002 - a query
) -> Response:
    """Return the matters of some ground as GeoJSON: one by one for staff in their area, in squares where many."""
    service = service_of(request)
    west, south, east, north = box_of(bbox)

    def make() -> dict[str, Any]:
        named = [_open_kind(kind)] if kind else [one.id for one in matter_kinds().values() if not one.restricted]
        frame = service.ws.city().frame
        corners = [shapely.Point(x, y) for x in (west, east) for y in (south, north)]
        x0, y0, x1, y1 = to_frame(corners, frame, crs="EPSG:4326", name="bbox").total_bounds.tolist()
        limit, reach = 2_000 if who.may("records") else 0, service.user(who).reach
        found = service.ws.records.on_map((x0, y0, x1, y1), kinds=named, open_only=open_only, limit=limit)
        if isinstance(found, Heat):
            whole = who.may("records") and reach is None
            return _heat(service, found, k=1 if whole else service.ws.city().profile.suppression.k)
        placed = [
            one for one in found.matters if one.x is not None and (reach is None or (one.community or "") in reach)
        ]
        lon, lat = frame.to_lonlat([one.x or 0.0 for one in placed], [one.y or 0.0 for one in placed])
        features = [
            {"type": "Feature", "id": at, "properties": row_of(one),
             "geometry": {"type": "Point", "coordinates": [round(float(a), 6), round(float(b), 6)]}}
            for at, (one, a, b) in enumerate(zip(placed, lon, lat, strict=True))
            if west <= a <= east and south <= b <= north  # the frame's extent is a little larger
        ]  # fmt: skip
        return {"type": "FeatureCollection", "squares": None, "features": features}

    return service.answers.give(request, make, media="application/geo+json")


def _heat(service: Service, found: Heat, *, k: int) -> dict[str, Any]:
    """Return squares with their counts, rounded down to multiples of k.

    Those below k are left out; squares in squares and kinds of all kinds tell no small one by their difference then.
    """
    x, y, n = (np.asarray(values) for values in (found.x, found.y, found.n))
    n = n.astype(np.int64) // k * k
    kept = np.flatnonzero(n)
    lon, lat = service.ws.city().frame.to_lonlat(x[kept] + found.width_m / 2, y[kept] + found.width_m / 2)
    features = [
        {"type": "Feature", "id": at, "properties": {"n": int(count)},
         "geometry": {"type": "Point", "coordinates": [round(float(a), 6), round(float(b), 6)]}}
        for at, (count, a, b) in enumerate(zip(n[kept], lon, lat, strict=True))
    ]  # fmt: skip
    return {"type": "FeatureCollection", "squares": found.width_m, "features": features}


def box_of(text: str) -> tuple[float, float, float, float]:
    """Read west,south,east,north in degrees; InputError otherwise."""
    try:
        parts = tuple(float(part) for part in text.split(","))
    except ValueError:
        parts = ()
    if len(parts) == 6:
        parts = (*parts[:2], *parts[3:5])
    if len(parts) != 4 or not all(np.isfinite(parts)):
        raise InputError("bbox-unclear", "bbox is not four numbers.", "Write west,south,east,north.")
    west, south, east, north = parts
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise InputError("bbox-unclear", "bbox is no extent in degrees.", "Write west,south,east,north.")
    return west, south, east, north


Name = Annotated[str, Path(max_length=100, description="Id of a matter.")]


@router.get("/matters/{name}")
def matter(request: Request, who: Staff, name: Name) -> Response:
    """Return a matter, its history, and what can be done with it now."""
    service = service_of(request)

    def make() -> dict[str, Any]:
        found, events = service.ws.records.matter(name)
        _open_kind(found.kind)
        service.require_inside(who, found.community)
        history = [
            {"at": one.at, "action": one.action, "from": one.from_stage, "to": one.to_stage, "actor": one.actor}
            for one in events
        ]
        actions = [
            {"action": one.action, "zh": one.zh, "to": one.to, "actors": list(one.actors), "needs": list(one.needs)}
            for one in matter_kind(found.kind).moves_from(found.stage)
        ]
        about = {"organisation": found.organisation, "quantity": found.quantity, "rating": found.rating}
        return {**row_of(found), **about, "note": found.note, "history": history, "actions": actions}

    return service.answers.give(request, make)


class NewMatter(BaseModel):
    """Something that happens. Its place is a point (lon, lat) or the code of a place."""

    kind: str = Field(max_length=60, examples=["request"])
    actor: str = Field("grid_worker", max_length=60, description="One that the account acts as.")
    lon: float | None = Field(None, ge=-180, le=180)
    lat: float | None = Field(None, ge=-90, le=90)
    level: str = Field("", max_length=40)
    code: str = Field("", max_length=60)
    title: str | None = Field(None, max_length=200, description="What it is, without names of residents.")
    topic: str | None = Field(None, max_length=100)
    organisation: str | None = Field(None, max_length=100)
    link: str | None = Field(None, max_length=100)
    quantity: int | None = Field(None, ge=0, le=10**9)
    due: str | None = Field(None, max_length=10)


@router.post("/matters", status_code=201)
def add(request: Request, who: Staff, asked: NewMatter) -> Response:
    """Open a matter at a place or point, and say whose grid it is in."""
    service = service_of(request)
    values: dict[str, Any] = asked.model_dump(
        include={"level", "code", "title", "topic", "organisation", "link", "quantity"}
    )
    if (asked.lon is None) != (asked.lat is None):
        raise InputError("point-unclear", "A point is a longitude and a latitude.", "Give both, or neither.")
    if asked.lon is not None:
        values |= {"x": asked.lon, "y": asked.lat}
    day = day_of(asked.due)
    made = service.user(who).records.add(
        asked.kind,
        at=dt.datetime.now(dt.UTC),
        actor=_actor(service, who, asked.actor, ()),
        due=None if day is None else day.isoformat(),
        **values,
    )
    told = service.answers.give(request, lambda: row_of(made))
    told.status_code = 201
    return told


def _actor(service: Service, who: Principal, wished: str | None, able: Sequence[str]) -> str:
    """Return as what somebody acts, which their account says; PermissionDenied for anything else.

    Without a wish, the first of those who are `able` to do what is asked. This machine's own user is asked nothing.
    """
    mine = service.user(who).actors
    if mine is None:
        return wished or ""
    if wished is None:
        wished = next((one for one in able if one in mine), mine[0])
    if wished not in mine:
        raise PermissionDenied(
            "actor-not-allowed", f"{who.name} does not act as {wished}.", f"It may act as {', '.join(mine)}."
        )
    return wished


class Advance(BaseModel):
    """What is done with a matter."""

    action: str = Field(max_length=60, examples=["dispatch"])
    actor: str | None = Field(
        None, max_length=60, examples=["community_worker"],
        description="As what, where the account acts as several; the account's own that may do this, if left out.",
    )  # fmt: skip
    base: int | None = Field(None, ge=0, le=2**31)
    organisation: str | None = Field(None, max_length=100)
    rating: int | None = Field(None, ge=1, le=5)
    link: str | None = Field(None, max_length=100)
    quantity: int | None = Field(None, ge=0, le=10**9)
    due: str | None = Field(None, max_length=10)
    note: str | None = Field(None, max_length=1000, description="A remark, without names of residents.")


@router.post("/matters/{name}/advance")
def advance(request: Request, who: Staff, name: Name, asked: Advance) -> Response:
    """Move a matter to its next stage. 409 if somebody else has moved it since `base`."""
    service = service_of(request)
    about = asked.model_dump(exclude={"action", "base", "due", "actor"})
    day = day_of(asked.due)
    found, _ = service.ws.records.matter(name)
    able = [actor for move in matter_kind(_open_kind(found.kind)).moves_from(found.stage) if move.action == asked.action
            for actor in move.actors]  # fmt: skip
    about["actor"] = _actor(service, who, asked.actor, able)
    moved = service.user(who).records.advance(
        name, asked.action, base=asked.base, at=dt.datetime.now(dt.UTC),
        due=None if day is None else day.isoformat(), **about,
    )  # fmt: skip
    return service.answers.give(request, lambda: row_of(moved))
