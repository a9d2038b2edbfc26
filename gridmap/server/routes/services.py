"""Facilities: the nearest, who is covered, how many places each has, what new ones would add or a change would do."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
import shapely
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from gridmap import facilities
from gridmap.errors import InputError
from gridmap.facilities import Change, Close, Extend, Move, Open
from gridmap.geo.frames import to_frame
from gridmap.maps.reach import ring_areas
from gridmap.release import PERSONAL, bands_of
from gridmap.results import CoverageHandle
from gridmap.server.parameters import Lat, Lon
from gridmap.server.service import Service, service_of
from gridmap.server.shapes import coordinates, degrees
from gridmap.server.sited import site_told
from gridmap.server.who import Principal, needs
from gridmap.streets import isochrone

router = APIRouter(prefix="/api/v1", tags=["facilities"])

Viewer = Annotated[Principal, needs("view")]
Editor = Annotated[Principal, needs("edit")]
Kind = Annotated[str, Query(max_length=60, description="Kind of facilities: canteen, 食堂, care_class …")]
Minutes = Annotated[float | None, Query(gt=0, le=240, description="Limit in minutes on foot.")]
Metres = Annotated[float | None, Query(gt=0, le=20_000, description="Limit in metres on the network.")]
OpenAt = Annotated[str | None, Query(max_length=40, description="Only those open then: 2026-03-02 09:30.")]
Plan = Annotated[str | None, Query(max_length=200, description="The plan; the current one if left out.")]


@router.get("/nearest")
def nearest(
    request: Request,
    _: Viewer,
    kind: Kind,
    lon: Lon,
    lat: Lat,
    k: Annotated[int, Query(ge=1, le=50)] = 1,
    crs: Annotated[str, Query(max_length=40)] = "EPSG:4326",
    open_at: OpenAt = None,
    seats: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> Response:
    """Find the nearest facilities of a kind on foot, with the way there."""
    service = service_of(request)
    return service.answers.give(
        request,
        lambda: service.ws.nearest(kind, lon, lat, k=k, crs=crs, open_at=open_at, seats=seats).to_dict(),
    )


@router.get("/coverage")
def coverage(
    request: Request,
    who: Editor,
    kind: Kind,
    minutes: Minutes = None,
    metres: Metres = None,
    plan: Plan = None,
    open_at: OpenAt = None,
    top: Annotated[int, Query(ge=0, le=100)] = 10,
) -> Response:
    """Say who reaches a facility of a kind on foot, by grid, and where those live who do not."""
    service = service_of(request)

    def make() -> dict[str, Any]:
        found = facilities.coverage(service.ground(who), kind, minutes=minutes, metres=metres, open_at=open_at)
        shown = service.counted(service.plan(plan).value, who)
        return CoverageHandle(found, shown, service.sight(who)).to_dict(top=top)

    tag = service.tag(plan or "", who) if open_at is None else None
    return service.answers.give(request, make, tag=tag)


@router.get("/coverage/reach")
def reach(
    request: Request,
    _: Viewer,
    kind: Kind,
    minutes: Minutes = None,
    metres: Metres = None,
    open_at: OpenAt = None,
    rings: Annotated[bool, Query(description="Cut the nearer areas out of the farther ones.")] = False,  # noqa: FBT002
) -> Response:
    """Return as GeoJSON, the farthest first, what is within reach of the facilities of a kind: areas for display.

    `beyond` are the places of the buildings that are farther.
    """
    service = service_of(request)

    def make() -> dict[str, Any]:
        found = service.ws.coverage(kind, minutes=minutes, metres=metres, open_at=open_at)
        features: list[dict[str, Any]] = []
        if len(found.supply.doors.snapped):
            limits = bands_of(found)
            drawn = isochrone(found.ground.network, found.supply.doors.snapped, limits_m=limits)
            shapes = ring_areas(drawn.polygons) if rings else shapely.simplify(drawn.polygons, 4.0)
            areas = coordinates(degrees(shapes, found.ground.city.frame))
            speed = found.limit.speed_m_per_min
            features = [
                {"type": "Feature", "id": at, "geometry": areas[at],
                 "properties": {"metres": limits[at], "minutes": round(limits[at] / speed, 2)}}
                for at in reversed(range(len(limits)))
            ]  # fmt: skip
        return {
            "type": "FeatureCollection", "features": features, "limit": found.limit.to_dict(), "beyond": _beyond(found),
        }  # fmt: skip

    tag = service.tag() if open_at is None else None
    return service.answers.give(request, make, tag=tag, media="application/geo+json")


def _beyond(found: facilities.Coverage) -> list[list[float]]:
    """Return where the buildings stand that are farther than the limit, as degrees: ways alone, no people."""
    buildings, far = found.ground.buildings, ~(found.dist_m <= found.limit.limit_m)
    lon, lat = found.ground.city.frame.to_lonlat(buildings.x[far], buildings.y[far])
    return np.column_stack([lon, lat]).round(5).tolist()  # type: ignore[no-any-return]  # numpy says Any


@router.get("/access")
def access(
    request: Request,
    asks: Editor,
    kind: Kind,
    who: Annotated[Literal["households", "residents"] | None, Query(description="Per whom.")] = None,
    minutes: Minutes = None,
    metres: Metres = None,
    enhanced: bool = False,  # noqa: FBT001, FBT002 - a query
) -> Response:
    """Say how many places each person has within reach, by community, and how evenly (2SFCA, Gini)."""
    service = service_of(request)
    return service.answers.give(
        request,
        lambda: facilities.access(
            service.ground(asks), kind, who=who or "households", minutes=minutes, metres=metres, enhanced=enhanced
        ).to_dict(),
        tag=service.tag(None, asks),
    )


class Site(BaseModel):
    """Where more facilities of a kind should stand. Long questions are asked as a job of the kind `site`."""

    kind: str = Field(max_length=60, examples=["canteen"])
    add: int = Field(1, ge=1, le=50)
    minutes: float | None = Field(None, gt=0, le=240)
    metres: float | None = Field(None, gt=0, le=20_000)
    model: Literal["mclp", "lscp", "p_median", "p_center", "capacitated_mclp", "capacitated_p_median"] = "mclp"
    where: Literal["compounds", "premises"] = "compounds"
    who: Literal["households", "residents", "elders_60", "elders_80", "children"] | None = None
    floor: float = Field(0.0, ge=0, le=1)
    capacity: int | None = Field(None, ge=1, le=1_000_000)

    def options(self) -> dict[str, Any]:
        """Return what `Workspace.site` takes."""
        return self.model_dump(exclude={"kind"})


@router.post("/site")
def site(request: Request, who: Editor, asked: Site) -> Response:
    """Choose where more facilities of a kind should stand, and say what each adds."""
    service = service_of(request)
    return service.answers.give(
        request, lambda: site_told(facilities.site(service.ground(who), asked.kind, **asked.options()))
    )


class Point(BaseModel):
    """A place in degrees."""

    lon: float = Field(ge=-180, le=180)
    lat: float = Field(ge=-90, le=90)


class Opened(Point):
    """A new facility; an id without a place opens one that is there."""

    id: str = Field("", max_length=100)
    capacity: int | None = Field(None, ge=0, le=1_000_000)


class Moved(Point):
    """A facility that moves."""

    id: str = Field(max_length=100)


class Extended(BaseModel):
    """A facility that keeps longer hours."""

    id: str = Field(max_length=100)
    minutes: int = Field(ge=0, le=1440)


class WhatIf(BaseModel):
    """What would change."""

    kind: str = Field(max_length=60)
    open: list[Opened] = Field(default_factory=list, max_length=50)
    reopen: list[str] = Field(default_factory=list, max_length=50)
    close: list[str] = Field(default_factory=list, max_length=50)
    move: list[Moved] = Field(default_factory=list, max_length=50)
    extend: list[Extended] = Field(default_factory=list, max_length=50)
    minutes: float | None = Field(None, gt=0, le=240)
    metres: float | None = Field(None, gt=0, le=20_000)
    open_at: str | None = Field(None, max_length=40)


@router.post("/what-if")
def what_if(request: Request, who: Editor, asked: WhatIf) -> Response:
    """Say who is covered before and after facilities open, close, move or keep longer hours."""
    service = service_of(request)

    def make() -> dict[str, Any]:
        options = {"minutes": asked.minutes, "metres": asked.metres, "open_at": asked.open_at}
        found = facilities.what_if(service.ground(who), asked.kind, _changes(service, asked), **options)
        table = found.communities()
        rows = table[[name for name in table if name not in PERSONAL]].astype(object).to_dict("records")
        return {"totals": found.totals, "communities": rows, "limit": found.before.limit.to_dict()}

    return service.answers.give(request, make)


def _changes(service: Service, asked: WhatIf) -> list[Change]:
    def at(place: Point) -> tuple[float, float]:
        frame = service.ws.city().frame
        points = to_frame([shapely.Point(place.lon, place.lat)], frame, crs="EPSG:4326", name="the place")
        return points.geometry.iloc[0].x, points.geometry.iloc[0].y

    made: list[Change] = []
    for number, one in enumerate(asked.open, 1):
        x, y = at(one)
        made.append(Open(one.id or f"new-{number}", x, y, capacity=one.capacity))
    made += [Open(id_) for id_ in asked.reopen]
    made += [Close(id_) for id_ in asked.close]
    made += [Move(one.id, *at(one)) for one in asked.move]
    made += [Extend(one.id, later_min=one.minutes) for one in asked.extend]
    if not made:
        raise InputError("change-missing", "Nothing would change.", "Name what opens, closes, moves or stays open.")
    return made
