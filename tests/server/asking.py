"""A small city of few people with an account of each role and area, and clients that ask for them."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import geopandas as gpd
import httpx
import numpy as np
import pandas as pd
import shapely

from gridmap.release import COUNTS, PERSONAL
from gridmap.server import create_app
from gridmap.settings import DEFAULT
from gridmap.store.testing import CRS, X0, Y0, town
from gridmap.workspace import Workspace

QUICK = replace(DEFAULT, argon2_rounds=1, argon2_memory_kib=64)
GOOD = "correct horse battery"
EAST, WEST = "141182001001", "141182001002"
ROLES = ("viewer", "staff", "planner", "reviewer", "admin")
AREAS = {"city": [], "subdistrict": ["141182001"], "east": [EAST], "west": [WEST]}
INSIDE = {"city": {EAST, WEST}, "subdistrict": {EAST, WEST}, "east": {EAST}, "west": {WEST}}
MAY_EDIT = {"planner", "admin"}


def few_people(seed: int = 5) -> gpd.GeoDataFrame:
    """Return the town's buildings with few people in each."""
    rows, chance = town()["buildings"].copy(), np.random.default_rng(seed)
    for name, most in (("households", 14), ("resident_households", 12), ("residents", 30), ("elders_60", 6),
                       ("elders_80", 3), ("children", 4)):  # fmt: skip
        rows[name] = pd.array(chance.integers(0, most, len(rows)), dtype="Int64")
    return rows


def make(place: Any, rows: gpd.GeoDataFrame) -> None:
    """Make the workspace: layers, a canteen, matters, duties."""
    canteen = gpd.GeoDataFrame(
        {"id": ["f1"], "name": ["一号食堂"], "kind": ["canteen"], "status": ["open"], "capacity": [40]},
        geometry=[shapely.Point(X0 + 300, Y0 + 190)], crs=CRS,
    )  # fmt: skip
    with Workspace.create(place, name="汾阳", sample=True) as made:
        layers = town()
        for layer in ("communities", "streets"):
            made.import_layer(layer, layers[layer])
        made.import_layer("buildings", rows)
        made.import_layer("facilities", canteen)
        made.import_layer("grids", layers["grids"], plan_name="present")
        matters = [
            {"id": f"m{at}", "kind": "request", "level": "building", "code": f"b{at:03}", "opened": "2026-03-02"}
            for at in range(len(rows))
        ]
        people = [{"id": "p0", "name": "甲"}]
        duties = [{"id": "d0", "kind": "grid_worker", "person": "p0", "places": f"{EAST}001", "posted": True}]
        made.import_records(
            {"matters": pd.DataFrame(matters), "persons": pd.DataFrame(people), "duties": pd.DataFrame(duties)}
        )


@contextmanager
def serving(place: Any):
    """Serve a workspace with accounts, and give clients by (role, area), and the application as `app`."""
    app = create_app(place, settings=QUICK)
    people = app.state.service.ws.people(QUICK)
    tokens = {}
    every = ["view", "records", "edit", "review", "import", "admin"]
    for role in ROLES:
        for area, scope in AREAS.items():
            people.add(f"{role} {area}", GOOD, role=role, scope=scope)
            tokens[role, area] = people.make_token(f"{role} {area}", label="test", rights=every)[0]
    try:
        yield SimpleNamespace(app=app, ask={key: asking(app, token) for key, token in tokens.items()},
                              nobody=asking(app, None))  # fmt: skip
    finally:
        app.state.service.close()


def asking(app: Any, token: str | None, *, local: bool = True) -> Any:
    """Return a function that asks an application as who has a token."""

    def ask(method: str, path: str, **options: Any) -> httpx.Response:
        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=("127.0.0.1", 50_000))
            headers = {} if token is None else {"Authorization": f"Bearer {token}"}
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
                return await client.request(method, path, headers={**headers, **options.pop("headers", {})}, **options)

        return asyncio.run(send())

    return ask


def told(ask: Any, path: str, method: str = "GET", status: int = 200, **options: Any) -> Any:
    """Return what an answer says."""
    answer = ask(method, path, **options)
    assert answer.status_code == status, (path, answer.status_code, answer.text[:500])
    return answer.json() if answer.content else None


FIGURES = {*COUNTS, *PERSONAL}
