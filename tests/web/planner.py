"""A planner's hand in a browser: where places are on the screen, what is drawn there, what the page says of it."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from gridmap import plan as planning
from gridmap.plan import Plan

ZOOM = 17.5
TILE_PX = 512


class Planner:
    """One page with the editor on a plan."""

    def __init__(self, page: Any, served: Any, plan: str) -> None:
        self.page, self.served, self.name = page, served, plan
        page.wait_for_selector("[data-testid=saved]", timeout=90_000)
        self.middle: tuple[float, float] = (0.0, 0.0)

    @property
    def plan(self) -> Plan:
        """The plan as the server has it."""
        return self.served.service.ws.plan(self.name)

    @property
    def revision(self) -> int:
        return next(row["revision"] for row in self.served.service.ws.plans() if row["name"] == self.name)

    def go(self, *cells: int) -> None:
        """Show the middle of some cells."""
        places = [self.place(cell) for cell in cells]
        self.middle = tuple(np.mean(places, axis=0))
        self.page.evaluate(f"location.hash = '#{ZOOM}/{self.middle[1]:.7f}/{self.middle[0]:.7f}'")
        self.page.wait_for_timeout(300)

    def place(self, cell: int) -> tuple[float, float]:
        """Return longitude and latitude of a place inside a cell."""
        fabric = self.plan.fabric
        point = shapely.point_on_surface(fabric.polygons[cell])
        lon, lat = fabric.frame.to_lonlat(np.array([point.x]), np.array([point.y]))
        return float(lon[0]), float(lat[0])

    def at(self, cell: int) -> tuple[float, float]:
        """Return where a cell is on the screen."""
        size = self.page.viewport_size
        (x, y), (x0, y0) = _mercator(*self.place(cell)), _mercator(*self.middle)
        return size["width"] / 2 + x - x0, size["height"] / 2 + y - y0

    def draw(self, points: Sequence[tuple[float, float]], *, steps: int = 6) -> None:
        """Press at the first point, move over the others, and let go."""
        mouse = self.page.mouse
        mouse.move(*points[0])
        mouse.down()
        for point in points[1:]:
            mouse.move(*point, steps=steps)
        self.page.wait_for_timeout(60)
        mouse.up()

    def brush(self, source: int, target: int) -> None:
        """Paint a cell into the grid of its neighbour."""
        self.go(source, target)
        self.page.keyboard.press("2")
        self.page.locator(".gm-edit-size input").fill("0")
        self.draw([self.at(source), self.at(target)])

    def select(self, cell: int) -> None:
        self.go(cell)
        self.page.keyboard.press("1")
        self.page.mouse.click(*self.at(cell))
        self.page.locator(".gm-edit-bar [aria-keyshortcuts='8']:enabled").wait_for()

    def saved(self, revision: int | None = None) -> None:
        """Wait until the server has everything, and the page is at a revision."""
        at = "" if revision is None else f"[data-revision='{revision}']"
        self.page.wait_for_selector(f"[data-testid=saved][data-pending='0'][data-online=true]{at}", timeout=60_000)

    def waiting(self, count: int) -> None:
        """Wait until so many edits wait for the server."""
        self.page.wait_for_selector(f"[data-testid=saved][data-pending='{count}']", timeout=30_000)

    def list(self, key: str) -> None:
        """Show the table, or the problems."""
        self.page.locator(f".gm-edit-lists [data-tab={key}]").click()

    def rows(self) -> dict[str, tuple[int, str]]:
        """Return what the table says of every grid: households, status."""
        self.list("table")
        near = self.page.locator(".gm-edit-near input")
        if near.is_enabled() and near.is_checked():
            near.uncheck()
        told = self.page.evaluate(
            "() => [...document.querySelectorAll('[data-testid=table] tr[data-grid]')]"
            ".map(({ dataset }) => [dataset.grid, Number(dataset.households), dataset.status])"
        )
        return {grid: (households, status) for grid, households, status in told}

    def totals(self) -> list[int]:
        """Return what the panel says: in range, grids, under, over, breaks, compounds cut."""
        text = self.page.locator(".gm-edit .gm-figure-headline b").inner_text()
        line = self.page.locator("[data-testid=totals]").inner_text()
        return [int(part) for part in _numbers(text + " " + line)]

    def agrees(self) -> None:
        """Assert that the page says of the plan what `gridmap balance` says of it."""
        told = self.served.service.ws.balance(self.name)
        table = told.table
        wanted = {
            row.grid: (int(row.households), row.status) for row in table[["grid", "households", "status"]].itertuples()
        }
        assert self.rows() == wanted
        names = ("in_range", "grids", "under", "over", "contiguity_breaks", "compounds_split")
        assert self.totals() == [told.totals[name] for name in names]

    def until(self, true: Callable[[], Any], seconds: float = 30) -> Any:
        end = time.monotonic() + seconds
        while not (found := true()):
            assert time.monotonic() < end, "it never came"
            self.page.wait_for_timeout(50)
        return found


def _numbers(text: str) -> Iterator[str]:
    return iter(re.findall(r"\d+", text.replace(",", "")))


def _mercator(lon: float, lat: float) -> tuple[float, float]:
    world = TILE_PX * 2**ZOOM
    y = 0.5 - math.log(math.tan(math.pi / 4 + math.radians(lat) / 2)) / (2 * math.pi)
    return (lon + 180) / 360 * world, y * world


def borders(plan: Plan, *, barred: bool = False, seed: int = 0) -> Iterator[tuple[int, int]]:
    """Yield neighbours of two resident grids, in a straight line through both alone: across barriers, or not."""
    fabric = plan.fabric
    resident = np.array([grid.kind == "resident" for grid in plan.grids])
    i, j = (np.r_[fabric.i, fabric.j], np.r_[fabric.j, fabric.i])
    along = np.tile(fabric.barrier_m >= 0.9 * fabric.shared_m, 2)
    one, two = plan.grid_of[i], plan.grid_of[j]
    good = (one >= 0) & (two >= 0) & (one != two) & resident[one] & resident[two] & (along == barred)
    good &= (fabric.building[i] >= 0) & (fabric.building[j] >= 0)
    for at in np.random.default_rng(seed).permutation(np.flatnonzero(good)):
        ends = [fabric.polygons[cell] for cell in (int(i[at]), int(j[at]))]
        line = shapely.LineString([shapely.point_on_surface(end) for end in ends])
        if line.length < 120 and shapely.covers(shapely.buffer(shapely.union_all(ends), 0.01), line):
            yield int(i[at]), int(j[at])


def moves(
    plan: Plan, window: tuple[int, int], *, seed: int = 0, barred: bool = False
) -> Iterator[tuple[int, int, dict]]:
    """Yield for neighbours what painting the second into the grid of the first would change in the totals."""
    before = planning.balance(plan, window=window).totals
    for source, target in borders(plan, barred=barred, seed=seed):
        grid = plan.grids[plan.grid_of[source]].id
        after = planning.balance(planning.assign(plan, [target], grid)[0], window=window).totals
        yield source, target, {name: after[name] - before[name] for name in ("contiguity_breaks", "compounds_split")}


def harmless(plan: Plan, window: tuple[int, int], *, seed: int = 0) -> tuple[int, int]:
    """Return neighbours of which the second can be painted into the grid of the first without breaking anything."""
    dry = _dry(plan)
    for source, target, change in moves(plan, window, seed=seed):
        grid = plan.grids[plan.grid_of[source]].id
        if not any(change.values()) and _dry(planning.assign(plan, [target], grid)[0]) == dry:
            return source, target
    raise AssertionError("nothing can be moved")


def _dry(plan: Plan) -> int:
    """Return in how many parts the grids are where nothing reaches across a barrier."""
    fabric = plan.fabric
    same = (plan.grid_of[fabric.i] == plan.grid_of[fabric.j]) & (fabric.barrier_m < 0.9 * fabric.shared_m)
    size = len(fabric.cell_ids)
    pairs = (fabric.i[same], fabric.j[same])
    return int(connected_components(coo_array((np.ones(same.sum()), pairs), shape=(size, size)), directed=False)[0])
