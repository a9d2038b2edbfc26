"""An open workspace: its store, the desks that work on it, and what every theme of verbs stands on.

A workspace may be shared by threads, and its file by processes: what another one changed is seen at the next call.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from dataclasses import replace as changed
from functools import partial
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import Self

from gridmap import facilities, store
from gridmap import plan as planning
from gridmap.city import City
from gridmap.errors import InputError, StoreError
from gridmap.geo.frames import Frame
from gridmap.plan import Fabric, Plan, SpecialGrid
from gridmap.rules import Profile
from gridmap.rules import profile as rule_profile
from gridmap.store import Accounts, ImportDesk, Meta, RecordsDesk, ReviewDesk, Store
from gridmap.workspace.principal import LOCAL

__all__ = ["OpenWorkspace", "Progress", "day_of"]

Progress = Callable[[str, int, int], None]

_PAST = 4
"""So many days of the past are held at once."""

_NO_FRAME = Frame(4544)
"""Stands in while a workspace has no layers: there is nothing to measure."""


@dataclass
class Held:
    """What has been read of the layers, shared by all in whose names the workspace is worked on."""

    city: City | None = None
    past: dict[dt.date, City] = field(default_factory=dict)
    fabrics: dict[str, Fabric] = field(default_factory=dict)
    ground: facilities.Ground | None = None


class OpenWorkspace:
    """The open file with its city and its cells, each made again only when a layer has changed."""

    def __init__(self, opened: Store, *, user: str = "local") -> None:
        self._store = opened
        self._user = user
        self._principal = LOCAL
        self._lock = RLock()
        self._held = Held()
        self._desk = ReviewDesk(
            opened, user=user, fabric=self._fabric, revision=lambda: self.city().revision, window=self.window
        )
        self._imports = ImportDesk(
            opened, city=self.city, fabric=partial(self._fabric, keep=False), plans=self._desk, user=user
        )
        self._records = RecordsDesk(opened, user=user, city=self.city, plans=self._desk.at)
        self._accounts = Accounts(
            self._records, city=self.city, plan=lambda name: self.current_plan() if name is None else self.plan(name)
        )

    def _take_desks(self, of: Self) -> None:
        """Give a copy of a workspace desks that write the copy's user, and keep to the principal's area."""
        self._desk = of._desk.acting(self._user, permit=self._permit_plan, drafts_only=not self._principal.local)
        self._imports = of._imports.acting(self._user, plans=self._desk)
        self._records = of._records.acting(self._user, permit=self._permit_place)
        self._accounts = of._accounts

    def _permit_plan(self, old: Plan, new: Plan) -> None:
        """Refuse a change of a plan that reaches outside the principal's area."""
        if self._principal.scope:
            touched = planning.communities_touched(old, new)
            self._principal.require_places(touched, within=self._reach(), what=f"What this changes in {new.name}")

    def _permit_place(self, community: str | None) -> None:
        """Refuse a matter outside the principal's area."""
        if self._principal.scope:
            self._principal.require_places([community], within=self._reach(), what="This matter")

    def _reach(self) -> set[str]:
        """Return the communities of the principal's area."""
        scope = set(self._principal.scope)
        return {community for parents, community in self._parents() if community in scope or scope & parents}

    def _parents(self) -> list[tuple[frozenset[str], str]]:
        """Return each community with its subdistrict: as its column or its code names it, and as it lies."""
        city = self._read_city()  # who may not look at it all the same has an area
        digits = city.profile.codes.subdistrict_digits
        named = city.communities["subdistrict"]
        lying, at = city.subdistricts["code"].to_numpy(object), city.community_subdistrict.tolist()
        return [
            (
                frozenset({str(name)} if name is not None and name == name else {str(code)[:digits]} if digits else ())
                | ({str(lying[row])} if row >= 0 else frozenset()),
                str(code),
            )
            for code, name, row in zip(city.communities["code"], named, at, strict=True)
        ]

    def close(self) -> None:
        """Close the file."""
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @property
    def path(self) -> Path | None:
        """The file; None for a workspace on a server."""
        return self._store.path

    @property
    def place(self) -> str:
        """The file or the database, as people may see it."""
        return self._store.place

    @property
    def meta(self) -> Meta:
        """What the workspace says about itself."""
        return self._store.meta()

    def profile(self) -> Profile:
        """Return the rule profile; that of China while nothing has decided it."""
        if (city := self._held.city) is not None and not city.communities.empty:
            return city.profile  # decided for good
        return rule_profile(self.meta.profile or "cn")

    def window(self, min_households: int | None = None, max_households: int | None = None) -> tuple[int, int]:
        """Return the range of households of a grid: the profile's, with what is given in its place."""
        rule = self.profile().grid
        low = rule.min_households if min_households is None else min_households
        high = rule.max_households if max_households is None else max_households
        return planning.window_limits((low, high))

    def city(self, *, at: dt.date | str | None = None) -> City:
        """Return the city; with `at`, as it was on that day, by the days of the rows of its layers.

        It is read again only when a layer has changed, here or in another program. Raises InputError for what is no
        day, and for one to come.
        """
        if at is None:
            return self._read_city()
        day = day_of(at)
        with self._lock:
            now = self._read_city()
            if day not in self._held.past:
                while len(self._held.past) >= _PAST:
                    self._held.past.pop(next(iter(self._held.past)))
                with self._store.reading() as connection:
                    layers = self._store.read_layers_on(connection, day) if self.meta.frame_epsg is not None else {}
                self._held.past[day] = City.build(
                    layers, frame=now.frame, profile=now.profile, name=now.name, revision=now.revision,
                    sample=now.sample,
                )  # fmt: skip
            return self._held.past[day]

    def _read_city(self) -> City:
        with self._lock:
            revision = self._store.revision()
            if self._held.city is None or self._held.city.revision != revision:
                with self._store.reading() as connection:
                    meta, layers = self._store.meta(connection), self._store.read_layers(connection)
                self._held.city = City.build(
                    layers if meta.frame_epsg is not None else {},
                    frame=_NO_FRAME if meta.frame_epsg is None else Frame(meta.frame_epsg),
                    profile=rule_profile(meta.profile or "cn"),
                    name=meta.name,
                    revision=meta.city_revision,
                    sample=meta.sample,
                )
                self._held.fabrics.clear()
                self._held.past.clear()
            return self._held.city

    def plan(self, name: str) -> Plan:
        """Return a saved plan, laid on the buildings there are now; InputError if there is none of that name."""
        with self._lock:
            return self._desk.open(name)[1]

    def current_plan(self) -> Plan:
        """Return the plan in force; else the one saved last; else the one in which each community is one grid."""
        in_force = [row.name for row in self._desk.rows() if row.state == "in_force"]
        return self.plan(in_force[0]) if in_force else self.latest_plan()

    def latest_plan(self) -> Plan:
        """Return the plan saved or changed last; without any, the one in which each community is one grid."""
        rows = self._desk.rows()
        if not rows:
            return Plan.undivided(self._fabric(()))
        return self.plan(max(rows, key=lambda row: (row.changed_at, row.id)).name)

    def _fabric(
        self, specials: Sequence[SpecialGrid], *, progress: Progress | None = None, keep: bool = True
    ) -> Fabric:
        with self._lock:
            city = self.city()
            codes = set(city.communities["code"])
            specials = tuple(one if one.community in codes else changed(one, community="") for one in specials)
            key = store.fabric_key(city.revision, specials)
            if key in self._held.fabrics:
                return self._held.fabrics[key]
            with self._store.reading() as connection:
                fabric = store.read_fabric(connection, key)
            if fabric is None:
                fabric = planning.fabric(city, specials=specials, progress=progress)
                # Whoever only reads need not be able to write, and a city without buildings is done in no time.
                if keep and len(city.buildings):
                    with suppress(StoreError), self._store.writing() as connection:
                        store.write_fabric(connection, key, fabric)
            self._held.fabrics[key] = self._held.fabrics[store.fabric_key(city.revision, fabric.specials)] = fabric
            return fabric


def day_of(text: dt.date | str) -> dt.date:
    """Read a day that is not to come; InputError for anything else.

    >>> day_of("2026-03-01")
    datetime.date(2026, 3, 1)
    """
    try:
        day = text if isinstance(text, dt.date) else dt.date.fromisoformat(text)
    except ValueError:
        raise InputError("date-unclear", f"{text} is no day.", "Write 2026-03-01.") from None
    if day > store.today():
        raise InputError("date-to-come", f"{day} is to come.", "Name today or a day before.")
    return day
