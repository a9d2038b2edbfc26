"""What officials look at: compounds with what serves them, who works where, shares covered, plans of other days."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import shapely
from fastapi import APIRouter, Query, Request, Response

from gridmap.duties import duty_kind, places_of
from gridmap.errors import InputError
from gridmap.facilities import circles
from gridmap.matters import matter_kind
from gridmap.release import release_coverage
from gridmap.server import drawn
from gridmap.server.parameters import example
from gridmap.server.service import Service, service_of
from gridmap.server.shapes import box_lonlat, coordinates, degrees
from gridmap.server.who import Principal, needs
from gridmap.server.words import day_of
from gridmap.store import today

if TYPE_CHECKING:
    from gridmap.plan import Plan

router = APIRouter(prefix="/api/v1", tags=["officials"])

Viewer = Annotated[Principal, needs("view")]
Editor = Annotated[Principal, needs("edit")]
On = Annotated[str | None, Query(description="A day such as 2026-03-01; today if left out.", max_length=10)]
Kind = Annotated[str, Query(max_length=60, description="Kind of facilities: canteen, 食堂, care_class …")]

_STATION = "service_station"
_GIVEN_UP = "dropped"
_PEOPLE = ("households", "elders_60", "elders_80", "children")


@router.get(
    "/compounds", responses=example({"type": "FeatureCollection", "features": []}, media="application/geo+json")
)
def compounds(request: Request, _: Viewer, on: On = None) -> Response:
    """Return the compounds as GeoJSON: organisation and stations that serve each, and its renovation by stage."""
    service, day = service_of(request), day_of(on) or today()
    return service.answers.give(request, lambda: _compounds(service, day), media="application/geo+json")


def _compounds(service: Service, day: dt.date) -> dict[str, Any]:
    city = service.ws.city()
    layer = city.compounds
    served = _served(service, day)
    works = _works(service)
    codes = np.array([*city.communities["code"], None], object)[city.compound_community]
    names = np.array([*city.communities["name"], None], object)[city.compound_community]
    counted = np.bincount(city.building_compound[city.building_compound >= 0], minlength=len(layer))
    shapes = np.asarray(layer.geometry.array, dtype=object)
    ground = coordinates(degrees(shapely.simplify(shapes, drawn.SIMPLIFY_M), city.frame))
    features = []
    for row, (id_, name, programme) in enumerate(
        layer[["id", "name", "renovation"]].astype(object).itertuples(index=False)
    ):
        about = {
            "id": id_, "name": name, "community": codes[row], "community_name": names[row],
            "buildings": int(counted[row]), "organisation": served["party_org"].get(id_),
            "stations": served[_STATION].get(id_, []), "programme": programme or None, "works": works.get(id_, []),
            "stage": _stage(works.get(id_, [])),
        }  # fmt: skip
        features.append({"type": "Feature", "id": row, "geometry": ground[row], "properties": about})
    kind = matter_kind("renovation")
    return {
        "type": "FeatureCollection",
        "features": features,
        "on": day,
        "stages": [{"id": one.id, "zh": one.zh, "en": one.en} for one in kind.stages.values() if one.id != _GIVEN_UP],
        "source": duty_kind("party_org").source,
    }


def _served(service: Service, day: dt.date) -> dict[str, dict[str, Any]]:
    """Return by compound the organisation that covers it on a day, and the open stations that serve it by relation."""
    organisation: dict[str, str | None] = {}
    held = service.ws.accounts.duties("party_org", on=day)
    for places, holder, posted in held[["places", "holder", "posted"]].astype(object).itertuples(index=False):
        for code in places_of(places):
            organisation[code] = str(holder) if str(posted) == "True" else organisation.get(code, "")
    stations: dict[str, list[str]] = {}
    layer = service.ws.city().facilities
    layer = layer[(layer["kind"] == _STATION) & (layer["status"].fillna("open") == "open")]
    for serves, name in layer[["serves", "name"]].astype(object).itertuples(index=False):
        for code in places_of(serves if isinstance(serves, str) else None):
            stations.setdefault(code, []).append(str(name or ""))
    return {"party_org": dict(organisation), _STATION: dict(stations)}


def _works(service: Service) -> dict[str, list[dict[str, Any]]]:
    """Return the works of renovation by compound, those of a building at its compound; none given up."""
    city = service.ws.city()
    ids = np.array([*city.compounds["id"], None], object)
    of = dict(zip(city.buildings["id"], ids[city.building_compound], strict=True))
    found: dict[str, list[dict[str, Any]]] = {}
    for one in service.ws.records.find(kind="renovation"):
        place = one.code if one.level == "compound" else of.get(one.code)
        if one.stage != _GIVEN_UP and place is not None:
            row = {"topic": one.topic, "stage": one.stage, "due": one.due, "overdue": one.overdue(today())}
            found.setdefault(place, []).append(row)
    return found


def _stage(works: list[dict[str, Any]]) -> str | None:
    """Return the stage of what is furthest behind, None without works."""
    order = list(matter_kind("renovation").stages)
    return min((one["stage"] for one in works), key=order.index, default=None)


@router.get(
    "/staffing/places",
    responses=example(
        {"communities": [{"code": "141182001001", "residents": 6520, "needed": 12, "present": 11}],
         "grids": [{"code": "141182001001001", "workers": 1, "shared": False}]}
    ),
)  # fmt: skip
def staffing_places(request: Request, who: Viewer, on: On = None) -> Response:
    """Say of each community how many workers its residents need and there are, and of each grid who stands there."""
    service, day = service_of(request), day_of(on) or today()
    return service.answers.give(request, lambda: _staffing(service, who, day))


def _staffing(service: Service, who: Principal, day: dt.date) -> dict[str, Any]:
    city, plan = service.ws.city(), service.ws.current_plan()
    accounts = service.ws.accounts
    rule = accounts.staffing("community_worker", on=day)
    shown = service.balance(plan, who).released.totals.set_index("community")
    tally = {name: _tally(service, name, day) for name in _COUNTED}
    workers = accounts.vacancies("grid_worker", on=day)
    vacant, shared = set(workers.vacant), set(workers.shared)
    grids: list[dict[str, Any]] = [
        {"grid": grid.id, "code": grid.code or grid.id, "name": grid.name or None, "kind": grid.kind,
         "community": grid.community, "vacant": (grid.code or grid.id) in vacant,
         "shared": (grid.code or grid.id) in shared,
         **{name: tally[name][grid.code or grid.id] for name in ("grid_worker", "cadre_liaison", "posting")}}
        for grid in plan.grids
    ]  # fmt: skip
    rows = []
    for code, name, box in zip(city.communities["code"], city.communities["name"], _boxes(service), strict=True):
        residents = shown["residents"].get(code) if "residents" in shown else None
        known = residents is not None and residents == residents
        needed = round(rule.per_10000 * float(residents) / 10_000) if known and residents is not None else None
        own = [one for one in grids if one["community"] == code]
        rows.append(
            {"code": code, "name": name, "bbox": box, "residents": int(residents or 0) if known else None,
             "needed": needed, "present": tally["community_worker"][code],
             "gap": None if needed is None else needed - tally["community_worker"][code],
             "leaders": tally["leader_liaison"][code], "grids": len(own),
             "vacant": sum(one["vacant"] for one in own), "shared": sum(one["shared"] for one in own)}
        )  # fmt: skip
    return {
        "on": day,
        "plan": plan.name,
        "per_10000": rule.per_10000,
        "source": rule.source,
        "verified": rule.verified,
        "kinds": [
            {"zh": kind.zh, "en": kind.en, **_summed(service, kind.id, day)} for kind in map(duty_kind, _COUNTED)
        ],
        "communities": rows,
        "grids": grids,
    }


_COUNTED = ("grid_worker", "community_worker", "leader_liaison", "cadre_liaison", "posting")


def _summed(service: Service, kind: str, day: dt.date) -> dict[str, Any]:
    """Return how many hold a kind and how many of its places have nobody; vacancies only where each is to have one."""
    rule, found = duty_kind(kind), service.ws.accounts.vacancies(kind, on=day)
    told: dict[str, Any] = {
        "kind": kind,
        "zh": rule.zh,
        "en": rule.en,
        "level": found.level,
        "places": found.places,
        "holders": found.holders,
    }
    return {
        **told,
        "every": rule.every,
        "vacant": len(found.vacant),
        "shared": len(found.shared),
        "source": rule.source,
    }


def _tally(service: Service, kind: str, day: dt.date) -> Counter[str]:
    """Count the holders of a kind by place, each once a place."""
    held = service.ws.accounts.duties(kind, on=day)
    holder = held["person"].where(held["person"].notna(), held["organisation"])
    pairs = {(code, one) for places, one in zip(held["places"], holder, strict=True) for code in places_of(places)}
    return Counter(code for code, _ in pairs)


def _boxes(service: Service) -> list[list[float] | None]:
    city = service.ws.city()
    return [box_lonlat(shape, city.frame) for shape in city.communities.geometry]


@router.get(
    "/coverage/shares",
    responses=example(
        {"kind": "canteen", "circles": [{"minutes": 15, "shares": {"households": 16, "elders_60": 12}}], "grids": []}
    ),
)  # fmt: skip
def shares(request: Request, _: Viewer, kind: Kind) -> Response:
    """Say which share of households, elders and children the life circles of a kind reach, in whole percent.

    Percentages are of the whole city; null where either figure is held back. Grids tell buildings, not people.
    """
    service = service_of(request)
    return service.answers.give(request, lambda: _shares(service, kind), tag=service.tag(""))


def _shares(service: Service, kind: str) -> dict[str, Any]:
    city, plan = service.ws.city(), service.ws.current_plan()
    found = [service.ws.coverage(kind, minutes=minutes) for minutes in circles()]
    k = city.profile.suppression.k
    told = []
    for minutes, one in zip(circles(), found, strict=True):
        sums = release_coverage(one.table("city").assign(code="city"), k=k, group="code").overall
        limit = one.limit
        told.append(
            {"minutes": minutes, "metres": limit.limit_m, "elder_metres": limit.elder_limit_m,
             "shares": {who: _percent(sums.get(f"{who}_covered"), sums.get(who)) for who in _PEOPLE}}
        )  # fmt: skip
    tables = [one.table("grid", plan) for one in found]
    grids = [
        {"grid": grid, "code": code, "community": community, "buildings": int(buildings),
         "covered": [int(table["buildings_covered"].iloc[row]) for table in tables]}
        for row, (grid, code, community, buildings) in enumerate(
            tables[0][["grid", "code", "community", "buildings"]].itertuples(index=False)
        )
    ]  # fmt: skip
    limit, supply = found[-1].limit, found[-1].supply
    lon, lat = city.frame.to_lonlat(supply.doors.x, supply.doors.y)
    door_of = supply.door_of.tolist()
    return {
        "kind": supply.kind.id,
        "facilities": [
            {"id": supply.ids[of], "name": supply.names[of], "lon": round(float(x), 6), "lat": round(float(y), 6)}
            for of, x, y in zip(door_of, lon, lat, strict=True)
        ],
        "circles": told,
        "speed_m_per_min": limit.speed_m_per_min,
        "elder_speed_m_per_min": limit.elder_speed_m_per_min,
        "source": limit.source,
        "verified": limit.verified,
        "basis": city.households_basis,
        "as_of": city.households_as_of,
        "grids": grids,
    }


def _percent(part: Any, whole: Any) -> int | None:
    return None if part is None or not whole else round(100 * float(part) / float(whole))


@router.get("/in-force")
def in_force(request: Request, _: Viewer, on: On = None) -> Response:
    """Say which plan was in force on a day."""
    service, day = service_of(request), day_of(on) or today()
    return service.answers.give(request, lambda: {"plan": _then(service, day).name, "on": day})


@router.get(
    "/in-force/grids", responses=example({"type": "FeatureCollection", "features": []}, media="application/geo+json")
)
def grids_then(request: Request, who: Viewer, on: On = None) -> Response:
    """Return the grids that were in force on a day as GeoJSON, as `/plans/{name}/grids` has them."""
    service, day = service_of(request), day_of(on) or today()

    def make() -> dict[str, Any]:
        shown = _then(service, day)
        return {**drawn.grids(shown, service.balance(shown, who)), "plan": shown.name, "on": day}

    return service.answers.give(request, make, media="application/geo+json")


@router.get("/in-force/diff")
def diff_then(
    request: Request,
    who: Editor,
    on: On = None,
    until: Annotated[str | None, Query(max_length=10, description="The later day; today if left out.")] = None,
) -> Response:
    """Say what changed between the plans in force on two days, as `/plans/{name}/diff/{other}` does."""
    service = service_of(request)
    days = [day_of(one) or today() for one in (on, until)]

    def make() -> dict[str, Any]:
        before, after = (_then(service, day) for day in days)
        return service.difference(before, after, who).to_dict(addresses=False)

    return service.answers.give(request, make)


def _then(service: Service, day: dt.date) -> Plan:
    found = service.ws.records.plan_on(day)
    if found is None:
        raise InputError("plan-none-then", "No plan was ever in force.", "Put one in force first.")
    return found
