"""What the tests of pictures share: a small made-up town, a list of hostile texts, and Chromium."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import geopandas as gpd
import numpy as np
import pytest
import shapely
from playwright.sync_api import Browser, Page

from gridmap.city import City
from gridmap.plan import Balance, Plan, balance
from gridmap.plan.fabric import Fabric
from gridmap.plan.testing import chequered, striped
from gridmap.release import Released, release_balance
from gridmap.rules import profile

WINDOW = (300, 500)
PAYLOADS: list[str] = json.loads((Path(__file__).parent / "payloads.json").read_text("utf-8"))
_SPEC = importlib.util.spec_from_file_location("browsers", Path(__file__).parents[1] / "browsers.py")
_browsers = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_browsers)

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass(frozen=True)
class Town:
    """A city, two plans of it, and their released balances."""

    city: City
    fabric: Fabric
    plans: tuple[Plan, Plan]
    measured: tuple[Balance, Balance]
    released: tuple[Released, Released]


def make_town(
    nx: int = 24, ny: int = 16, *, communities: int = 4, names: dict[str, str] | None = None, unknown: float = 0.0
) -> Town:
    """Return a town of square cells; `names` replaces the names of layers' features, by layer."""
    fabric = chequered(
        nx, ny, communities=communities, households=(5, 30), specials=1, compound_cells=3, unknown=unknown, seed=3
    )
    city = City.build(
        _layers(fabric, names or {}),
        frame=fabric.frame,
        profile=profile("cn"),
        name=(names or {}).get("city", "格子市"),
        sample=True,
    )
    plans = (striped(fabric, 2, name="present"), striped(fabric, 5, name="redrawn"))
    measured = tuple(balance(plan, window=WINDOW) for plan in plans)
    released = tuple(release_balance(one.table, k=10, basis="dwelling", as_of="2025-06-30") for one in measured)
    return Town(city, fabric, plans, (measured[0], measured[1]), (released[0], released[1]))


def _layers(fabric: Fabric, names: dict[str, str]) -> dict[str, gpd.GeoDataFrame]:
    crs = fabric.frame.crs
    west, south, east, north = shapely.total_bounds(fabric.polygons)

    def frame(columns: dict[str, Any], shapes: Any) -> gpd.GeoDataFrame:
        return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=crs)

    def named(layer: str, usual: list[str]) -> list[str]:
        return [names.get(layer, one) for one in usual]

    areas = [shapely.union_all(fabric.polygons[fabric.community == row]) for row in range(len(fabric.community_codes))]
    blocks = [shapely.union_all(fabric.polygons[fabric.compound == row]) for row in range(len(fabric.compound_ids))]
    middle = (south + north) / 2
    across = [shapely.LineString([(west, y), (east, y)]) for y in np.arange(south, north + 1, 100.0)]
    upright = [shapely.LineString([(x, south), (x, north)]) for x in np.arange(west, east + 1, 100.0)]
    streets = [*across, *upright]
    kinds = ["canteen", "care_class", "service_station", "school", "something_new"]
    spots = shapely.points(np.linspace(west + 70, east - 90, 25), np.linspace(south + 60, north - 40, 25)[::-1])
    return {
        "subdistricts": frame(
            {"code": ["141182001"], "name": named("subdistricts", ["棋盘街道"])}, [shapely.union_all(areas)]
        ),
        "communities": frame(
            {"code": list(fabric.community_codes), "name": named("communities", list(fabric.community_names))}, areas
        ),
        "compounds": frame(
            {
                "id": list(fabric.compound_ids),
                "name": named("compounds", list(fabric.compound_names)),
                "renovation": ["2025" if row % 3 == 0 else None for row in range(len(blocks))],
            },
            [block.buffer(-8) for block in blocks],
        ),
        "buildings": frame(
            {
                "id": list(fabric.cell_ids),
                "households": fabric.households,
                "households_basis": ["dwelling"] * len(fabric),
                "households_as_of": ["2025-06-30"] * len(fabric),
                **{name: getattr(fabric, name) for name in ("residents", "elders_60", "elders_80", "children")},
            },
            shapely.box(fabric.x - 16, fabric.y - 6, fabric.x + 16, fabric.y + 6),
        ),
        "streets": frame(
            {
                "id": [f"s{row}" for row in range(len(streets))],
                "name": named("streets", [f"第{row}大街" if row % 2 else "永和路" for row in range(len(streets))]),
                "class": ["arterial" if row % 4 == 0 else "local" for row in range(len(streets))],
            },
            streets,
        ),
        "barriers": frame(
            {"id": ["r1"], "kind": ["railway"]}, [shapely.LineString([(west, middle), (east, middle + 40)])]
        ),
        "water": frame({"id": ["w1"]}, [shapely.Point(west + 300, north - 150).buffer(80)]),
        "green": frame({"id": ["g1"]}, [shapely.box(east - 260, south + 20, east - 120, south + 140)]),
        "facilities": frame(
            {
                "id": [f"f{row}" for row in range(len(spots))],
                "name": named("facilities", [f"设施{row}" for row in range(len(spots))]),
                "kind": [names.get("kind", kinds[row % 5]) for row in range(len(spots))],
                "status": ["open"] * len(spots),
                "opening_hours": named("facilities", ["08:00–18:00"] * len(spots)),
                "phone": named("facilities", ["0358-0000000"] * len(spots)),
                "address": named("facilities", ["棋盘路 1 号"] * len(spots)),
            },
            spots,
        ),
    }


MAP = "Object.values(window).find((each) => each && each.getZoom && each._leaflet_id)"


class Visit:
    """A page opened in the browser, with everything it asked for and complained about."""

    def __init__(self, browser: Browser, path: Path, viewport: dict[str, int], **options: Any) -> None:
        self.context = browser.new_context(viewport=viewport, **options)  # type: ignore[arg-type]  # width and height
        self.page: Page = self.context.new_page()
        self.requests: list[str] = []
        self.problems: list[str] = []
        self.dialogs: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self._console(message.type, message.text))
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.dialogs.append(dialog.message), dialog.dismiss()))
        self.page.goto(path.as_uri())
        self.page.wait_for_selector(".gm-figure")

    def _console(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.problems.append(text)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()

    def settle(self) -> None:
        """Wait until what was asked for has been painted."""
        self.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def ink(self, pane: str) -> int:
        """Count the pixels that a pane's canvas has painted."""
        script = """(pane) => {
            const canvas = document.querySelector(`.leaflet-${pane}-pane canvas`);
            const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            let ink = 0;
            for (let at = 3; at < data.length; at += 4) if (data[at] > 0) ink += 1;
            return ink;
        }"""
        self.settle()
        return int(self.page.evaluate(script, pane))

    def click_place(self, lon: float, lat: float) -> None:
        """Click the map at a place, moving there first."""
        self.page.evaluate(f"([lon, lat]) => {MAP}.setView([lat, lon], 17, {{animate: false}})", [lon, lat])
        self.settle()
        at = self.page.evaluate(f"([lon, lat]) => {MAP}.latLngToContainerPoint([lat, lon])", [lon, lat])
        self.page.mouse.click(at["x"], at["y"])
        self.page.wait_for_selector(".leaflet-popup")


@pytest.fixture(scope="session")
def visit() -> type[Visit]:
    """Return what opens a page in the browser and keeps what it asked for and complained about."""
    return Visit


@pytest.fixture(scope="session")
def town() -> Town:
    """Return the usual town: 384 buildings in 4 communities, drawn as 8 grids too large and as 20 mostly in range."""
    return make_town()


@pytest.fixture(scope="session")
def make() -> Callable[..., Town]:
    """Return `make_town`, for a town of other size or names."""
    return make_town


@pytest.fixture(scope="session")
def payloads() -> list[str]:
    """Return texts that try to become markup, script or template."""
    return PAYLOADS


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start Chromium: the one of GRIDMAP_CHROMIUM, or of the system. Its absence fails in CI and skips elsewhere."""
    with _browsers.chromium(*FLAGS) as started:
        yield started
