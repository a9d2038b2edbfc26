"""What one process of the server holds: the open workspace, tiles and search by revision, jobs, events, uploads."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any

import numpy as np
from fastapi import Request

from gridmap import maps
from gridmap import plan as planning
from gridmap.city.schema import LAYERS
from gridmap.errors import InputError
from gridmap.handles import PlanHandle, WorkspaceHandle
from gridmap.release import Released, Sight, release_balance
from gridmap.results import BalanceHandle, DifferenceHandle, difference
from gridmap.server.answer import Answers
from gridmap.server.features import Collection
from gridmap.server.hub import Hub
from gridmap.server.jobs import Jobs
from gridmap.server.metrics import Metrics
from gridmap.server.search import Index
from gridmap.server.shown import Shown
from gridmap.server.uploads import Upload, Uploads
from gridmap.settings import DEFAULT, Settings
from gridmap.tiles.sets import tile_set
from gridmap.workspace import Workspace

if TYPE_CHECKING:
    from datetime import date

    from geopandas import GeoDataFrame

    from gridmap.city import City
    from gridmap.facilities import Ground
    from gridmap.plan import Plan
    from gridmap.server.who import Principal
    from gridmap.tiles import TileSet

__all__ = ["Service", "service_of"]


class Service:
    """One workspace, served. Shared by the threads that answer.

    Processes that serve together have a `shared` folder, in which each finds the jobs and the uploads of the others.
    """

    def __init__(self, place: str | Path, *, settings: Settings = DEFAULT, shared: Path | None = None) -> None:
        self.settings, self._shared = settings, shared
        self.ws = Workspace.open(place, pooled=True)
        self.handle = WorkspaceHandle(self.ws)
        self.answers = Answers()
        self.hub = Hub(self.ws)
        self.jobs = Jobs(shared)
        self.metrics = Metrics()
        self._lock = RLock()
        self._sets: dict[str, tuple[int, TileSet]] = {}
        self._index: tuple[int, Index] | None = None
        self._shown = Shown()
        self._found: tuple[str, tuple[Any, ...]] | None = None
        self._page: tuple[str, str] | None = None
        self._collections: dict[str, tuple[str, Collection]] = {}

    def close(self) -> None:
        """Stop what is under way and let go of the workspace."""
        self.hub.stop()
        self.jobs.close()
        if "uploads" in self.__dict__:
            self.uploads.close()
        self.ws.close()

    @cached_property
    def uploads(self) -> Uploads:
        """Files that were sent and are not taken in yet."""
        return Uploads(self.settings, shared=self._shared)

    def user(self, who: Principal) -> Workspace:
        """Return the workspace for who asks: its verbs need rights, changes carry the name and keep to the area."""
        return self.ws.acting(who)

    def plan(self, name: str | None) -> PlanHandle:
        """Return a saved plan, the current one if None."""
        return self.handle.plan(name) if name else self.handle.current_plan()

    def row(self, name: str) -> dict[str, Any]:
        """Return what a saved plan says of itself; InputError if there is none of that name."""
        found = next((row for row in self.ws.plans() if row["name"] == name), None)
        if found is None:
            self.ws.plan(name)  # says what there is
            found = next(row for row in self.ws.plans() if row["name"] == name)
        return found

    def tag(self, plan: str | None = None, who: Principal | None = None) -> str:
        """Return the state that answers are of: the city, a plan (all plans for an empty name), and how it is shown."""
        told = [str(self.ws.city().revision)]
        if plan:
            row = self.row(plan)
            told += [plan, str(row["revision"]), str(row["state"])]
        elif plan is not None:
            told += [f"{row['name']}@{row['revision']}{row['state']}" for row in self.ws.plans()]
        if who is not None:
            told.append(self.sight(who).mark)
        return " ".join(told)

    def sight(self, who: Principal) -> Sight:
        """Return where who asks sees figures about people as a planner does: households by building only there."""
        return self.user(who).sight

    def require_inside(self, who: Principal, community: str | None) -> None:
        """Refuse what is of a community outside the area of who asks: PermissionDenied."""
        if who.scope:
            who.require_places([community], within=self.user(who).reach)

    def city(self, who: Principal) -> City:
        """Return the city as who asks may count it; see `gridmap.release.blocks`."""
        return self._shown.city(self.ws.city(), self.sight(who))

    def counted(self, plan: Plan, who: Principal) -> Plan:
        """Return a plan with the figures of the city as who asks may count them. Never to be saved."""
        return self._shown.plan(plan, self.ws.city(), self.sight(who))

    def ground(self, who: Principal) -> Ground:
        """Return the walking network with the buildings on it as who asks may count them."""
        return self._shown.ground(self.ws.ground(), self.sight(who))

    def balance(self, plan: Plan, who: Principal, *, window: tuple[int, int] | None = None) -> BalanceHandle:
        """Measure a plan, with its figures released as who asks may see them."""
        window, sight = window or self.ws.window(), self.sight(who)
        measured = planning.balance(self.counted(plan, who), window=window)
        city = self.ws.city()
        released: Released = release_balance(
            measured.table,
            k=city.profile.suppression.k,
            basis=city.households_basis,
            as_of=city.households_as_of,
            sight=sight,
        )
        totals = dict(measured.totals)
        if not sight.everywhere:  # the smallest grid's households are its own
            totals |= {"min": None, "max": None}
        return BalanceHandle(totals, released, window)

    def difference(self, old: Plan, new: Plan, who: Principal) -> DifferenceHandle:
        """Compare two plans, as who asks may see it: addresses in their area only, and the workers they may know."""
        counted = [self.counted(plan, who) for plan in (old, new)]
        return difference(self.ws, *counted, sight=self.sight(who), posted=not who.may("records"))

    def tiles(self, name: str) -> TileSet:
        """Return a set of tiles of the city as it is; InputError for a name that none has."""
        city = self.ws.city()
        with self._lock:
            held = self._sets.get(name)
            if held is None or held[0] != city.revision:
                held = self._sets[name] = (city.revision, tile_set(name, city))
            return held[1]

    def index(self) -> Index:
        """Return the names and addresses of the city as it is, to search in."""
        city = self.ws.city()
        with self._lock:
            if self._index is None or self._index[0] != city.revision:
                self._index = (city.revision, Index.of(city))
            return self._index[1]

    def collection(self, name: str) -> Collection:
        """Return a layer of the city, or the grids of the current plan, as a collection of features."""
        if name not in LAYERS:
            raise InputError("collection-unknown", "There is no such collection.", f"Use one of {', '.join(LAYERS)}.")
        tag = self.tag("") if name == "grids" else self.tag()
        with self._lock:
            held = self._collections.get(name)
            if held is None or held[0] != tag:
                city = self.ws.city()
                layer = city.layers[name] if name != "grids" else self._grids()
                held = self._collections[name] = (tag, Collection.of_layer(name, layer, city.frame))
            return held[1]

    def collection_on(self, name: str, day: date) -> Collection:
        """Return a layer of the city, or the grids in force, as they were on a day, as a collection of features."""
        layer = _coded(self.ws.layer(name, at=day)) if name == "grids" else self.ws.city(at=day).layers[name]
        return Collection.of_layer(name, layer, self.ws.city().frame)

    def _grids(self) -> GeoDataFrame:
        """Return the grids of the current plan as the schema has them."""
        return _coded(self.ws.current_plan().grids_frame())

    def findings(self, who: Principal) -> tuple[Any, ...]:
        """Return what is wrong with the city and its plan, in the area of who asks; looked for again after changes."""
        tag = self.tag("")
        with self._lock:
            if self._found is None or self._found[0] != tag:
                self._found = (tag, self.ws.check())
            found = self._found[1]
        reach = self.user(who).reach
        if reach is None or not found:
            return found
        city = self.ws.city()
        row = city.rows_at("communities", np.array([one.x for one in found]), np.array([one.y for one in found]))
        codes = np.append(city.communities["code"].to_numpy(object), "")
        return tuple(one for one, at in zip(found, row.tolist(), strict=True) if codes[at] in reach)

    def take(
        self,
        upload: Upload,
        who: Principal,
        *,
        accept: frozenset[str] = frozenset(),
        plan_name: str | None = None,
        valid_from: date | None = None,
    ) -> dict[str, Any]:
        """Read a file as proposed into the workspace, whole or not at all, and forget it."""
        if upload.proposal is None:
            raise InputError("upload-unread", "The file has no proposal.", "Send it again.")
        report = self.user(who).take(upload.proposal, accept=accept, plan_name=plan_name, valid_from=valid_from)
        self.uploads.drop(upload)
        self.hub.wake()
        return report.to_dict()

    def page(self, who: Principal) -> str:
        """Return the map as one page, as who asks may see it; made again only when a plan or the city has changed."""
        if self.ws.city().communities.empty:
            raise InputError("map-empty", "There is nothing to draw: there are no communities.", "Import communities.")
        tag = self.tag("", who)
        with self._lock:
            if self._page is None or self._page[0] != tag:
                self._page = (tag, self._drawn(who))
            return self._page[1]

    def _drawn(self, who: Principal) -> str:
        if self.sight(who).own:
            return self.handle.page()
        latest, present = self.ws.latest_plan(), self.ws.current_plan()
        plans = [self.counted(plan, who) for plan in (present, latest)][present.name == latest.name :]
        balances = [self.balance(plan, who).released for plan in plans]
        page: str = maps.plan_map(self.ws.city(), plans, balances).get_root().render()
        return page


def _coded(grids: GeoDataFrame) -> GeoDataFrame:
    """Return grids by codes; one that has none yet goes by its id."""
    return grids.assign(code=grids["code"].where(grids["code"] != "", grids["grid"]))


def service_of(request: Request) -> Service:
    """Return the service of the application that a request is for."""
    found: Service = request.app.state.service
    return found
