"""Duties and matters at work: taken in whole or not at all, moved by compare-and-set, placed by the plan in force."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Callable, Collection, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from gridmap import duties as answers
from gridmap import matters as happenings
from gridmap.city import City
from gridmap.duties import DUTIES, ORGANISATIONS, PERSONS, duty_kinds, places_of
from gridmap.errors import ConflictError, InputError
from gridmap.files.ledgers import canonical_table
from gridmap.geo.frames import to_frame
from gridmap.matters import EVENTS, MATTERS, Event, Matter, city_date
from gridmap.plan import Plan
from gridmap.store import audit, records
from gridmap.store import board as boards
from gridmap.store.placing import Placer, grids_at, in_force_name, in_force_on
from gridmap.store.readdressing import readdressed
from gridmap.store.reassigning import Reassignment, replaced_duties
from gridmap.store.registers import HeldRegisters, Registers
from gridmap.store.restricted import restricted_records
from gridmap.store.scene import RecordsScene, records_scene
from gridmap.store.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["RECORD_TABLES", "RecordsDesk", "RecordsReport"]

FIELDS = {"persons": PERSONS, "organisations": ORGANISATIONS, "duties": DUTIES, "matters": MATTERS,
          "matter_events": EVENTS}  # fmt: skip
"""The tables of an import and their columns."""

RECORD_TABLES = tuple(FIELDS)


@dataclass(frozen=True)
class RecordsReport:
    """What an import of records did: rows a table, restricted ones (kept apart) counted by themselves."""

    rows: Mapping[str, int]
    restricted: int
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON has it."""
        return {"rows": dict(self.rows), "restricted": self.restricted, "notes": list(self.notes)}


class RecordsDesk:
    """The records of a store, for one user. `plans` gives a plan at a revision by its name (None: the head)."""

    def __init__(
        self,
        opened: Store,
        *,
        user: str,
        city: Callable[[], City],
        plans: Callable[[str, int], Plan],
    ) -> None:
        self._store = opened
        self._user = user
        self._city = city
        self._plans = plans
        self._placer: Placer | None = None
        self._registers = HeldRegisters()
        self._permit: Callable[[str | None], None] | None = None
        self.restricted = restricted_records(opened)

    def acting(self, user: str, *, permit: Callable[[str | None], None]) -> RecordsDesk:
        """Return this desk for somebody; `permit` raises PermissionDenied for matters of a community not theirs."""
        other = copy.copy(self)
        other._user, other._permit = user, permit  # noqa: SLF001 - its own class
        return other

    # ---- registers --------------------------------------------------------------------------------------------------

    def table(self, name: str) -> pd.DataFrame:
        """Return persons, organisations or duties, without restricted ones."""
        return self.registers().tables[name].copy()

    def registers(self) -> Registers:
        """Return persons, organisations and duties; read again only when they have changed, here or elsewhere."""
        with self._store.reading() as connection:
            return self._registers.get(connection)

    def any(self) -> bool:
        """Tell whether there are records, restricted ones included."""
        with self._store.reading() as connection:
            there = records.has_records(connection)
        return there or bool(self.restricted.counts())

    def take(self, tables: Mapping[str, pd.DataFrame], *, source: str = "") -> RecordsReport:
        """Take tables of records in, whole or not at all.

        Columns are those of `FIELDS`, by their English or Chinese names, missing ones empty. Rows of persons,
        organisations and duties replace those of the same id; matters must be new. Restricted duties, and persons who
        hold no other, go encrypted into a file beside the workspace. Open matters get their grid by the plan in force,
        others by the one of the day they were opened. InputError names table, row and column; ConflictError a matter
        that is there already.
        """
        strange = sorted(set(tables) - set(FIELDS))
        if strange:
            raise InputError("table-unknown", f"There is no table {strange[0]}.", f"Use {', '.join(FIELDS)}.")
        given = {
            name: canonical_table(tables.get(name, pd.DataFrame()), fields, table=name)
            for name, fields in FIELDS.items()
        }
        for name in ("persons", "organisations"):
            _require_unique(given[name], name)
        with self._store.reading() as connection:
            old = {name: set(records.read_table(connection, name)["id"]) for name in ("persons", "organisations")}
        known = {name: old[name] | set(given[name]["id"]) for name in old}
        given["duties"] = answers.check_duties(
            given["duties"], persons=known["persons"], organisations=known["organisations"]
        )
        made, history = happenings.check_matters(given["matters"], given["matter_events"], user=self._user)
        in_force = self._in_force()
        made = self._placed(made)
        apart, sealed = self._set_apart(given, old["persons"])
        rows = {name: len(given[name]) for name in ("persons", "organisations", "duties")}
        rows |= {"matters": len(made), "matter_events": len(history)}
        with self._changing() as connection:
            _require_in_force(connection, in_force)
            for name in ("organisations", "persons", "duties"):
                records.write_rows(connection, name, given[name])
            records.add_matters(connection, made)
            records.add_events(connection, history)
            records.log_change(connection, "import", {"source": source, "rows": rows}, user=self._user)
            # Last, so that nothing restricted is kept if anything else is refused; a repeat replaces by id.
            key = self.restricted.write(sealed, within=connection)
        notes = []
        if key is not None:
            notes.append(f"The key of the restricted records was made at {key}: keep a copy apart from the workspace.")
        return RecordsReport({name: n for name, n in rows.items() if n}, apart, tuple(notes))

    def _set_apart(
        self, given: dict[str, pd.DataFrame], old: set[str]
    ) -> tuple[int, list[tuple[str, str, str, Mapping[str, Any]]]]:
        """Take restricted duties, and persons who hold no other, out of what is written in clear."""
        kinds = duty_kinds()
        table = given["duties"]
        apart = np.array([kinds[kind].restricted for kind in table["kind"]], bool)
        hidden = table[apart]
        given["duties"] = table[~apart].reset_index(drop=True)
        only = set(hidden["person"].dropna()) - set(given["duties"]["person"].dropna()) - old
        persons = given["persons"]
        away = persons["id"].isin(only)
        about = {row["id"]: row for row in map(_content, persons[away].to_dict("records"))}
        given["persons"] = persons[~away].reset_index(drop=True)
        sealed: list[tuple[str, str, str, Mapping[str, Any]]] = []
        for row in map(_content, hidden.to_dict("records")):
            place = places_of(row["places"])[0]
            content = {**row, "holder": about.get(row["person"])}
            sealed.append((row["kind"], place.partition(":")[0], row["id"], content))
        return len(hidden), sealed

    # ---- matters ----------------------------------------------------------------------------------------------------

    def add(
        self, kind: str, *, at: dt.datetime, actor: str, name: str | None = None, due: str | None = None, **values: Any
    ) -> Matter:
        """Open a matter at a place (`level`, `code`) or point (`x`, `y` in degrees), as an actor, and return it.

        Of a point, the grid by the plan in force that day is the place. `values` are topic, title, organisation, link,
        quantity, note. PermissionDenied for a task that the catalogue does not admit.
        """
        rule = happenings.matter_kind(kind)
        day = city_date(at)
        name = name or f"{rule.id}-{day:%Y%m%d}-{np.base_repr(int(at.timestamp() * 1000) % 10**10, 36).lower()}"
        draft = Matter(name, rule.id, rule.start, values.pop("level", "") or "", values.pop("code", "") or "",
                       day.isoformat(), at, **values)  # fmt: skip
        in_force = self._in_force()
        placed = self._placed([draft])[0]
        if not placed.code and placed.x is not None:
            chain = self._places().chain(placed.x, placed.y or 0.0, self.plan_on(max(day, _today())))
            wanted = [one for one in chain if one[0] in rule.levels and one[0] in ("grid", "community")]
            if not wanted:
                raise InputError(
                    "point-outside", f"{placed.id}: its point is in no grid and no community.", "Check --at."
                )
            placed = replace(placed, level=wanted[0][0], code=wanted[0][1])
        if self._permit is not None:
            self._permit(placed.community)
        opened, event = happenings.open_matter(placed, user=self._user, actor=actor, due=due)
        with self._changing() as connection:
            _require_in_force(connection, in_force)
            if rule.admitted:
                happenings.require_admitted(opened.topic, self._tasks(connection))
            records.add_matters(connection, [opened])
            records.add_events(connection, [event])
            audit.record(connection, "matter opened", opened.id, user=self._user, detail={"kind": opened.kind})
        return opened

    def advance(self, name: str, action: str, *, base: int | None, **about: Any) -> Matter:
        """Move a matter by an action, and return it; `about` as `gridmap.matters.advance` has it.

        `base` is the revision that was looked at, the present one if None. ConflictError if another writer was first.
        """
        with self._changing() as connection:
            old = records.find_matter(connection, name)
            if self._permit is not None:
                self._permit(old.community)
            if base is not None and base != old.revision:
                raise records.stale(connection, replace(old, revision=base))
            new, event = happenings.advance(old, action, user=self._user, **about)
            records.move_matter(connection, old, new, event)
            audit.record(connection, f"matter {action}", new.id, user=self._user, detail={"revision": new.revision})
        return new

    def readdressed(self, plan: str) -> int:
        """Return how many open matters went to another grid when a plan came into force."""
        with self._store.reading() as connection:
            return readdressed(connection, plan)

    def matter(self, name: str) -> tuple[Matter, list[Event]]:
        """Return a matter and its history."""
        with self._store.reading() as connection:
            return records.find_matter(connection, name), records.read_events(connection, name)

    def find(self, **wanted: Any) -> list[Matter]:
        """Return matters; see `gridmap.store.board.find_matters`."""
        with self._store.reading() as connection:
            return boards.find_matters(connection, **wanted)

    def events(self) -> list[Event]:
        """Return every event, matter by matter."""
        with self._store.reading() as connection:
            return records.all_events(connection)

    def board(self, kind: str, **options: Any) -> tuple[boards.Column, ...]:
        """Return a board; see `gridmap.store.board.board`."""
        with self._store.reading() as connection:
            return boards.board(connection, kind, **options)

    def on_map(self, bounds: tuple[float, float, float, float], **options: Any) -> boards.Points | boards.Heat:
        """Return what a map shows; see `gridmap.store.board.map_matters`."""
        with self._store.reading() as connection:
            return boards.map_matters(connection, bounds, **options)

    def scene(self, bounds: tuple[float, float, float, float], *, on: dt.date, **options: int) -> RecordsScene:
        """Return what a map of all kinds shows on a day; see `gridmap.store.scene.records_scene`."""
        with self._store.reading() as connection:
            return records_scene(connection, bounds, on=on, **options)

    def sums(self) -> list[boards.Sum]:
        """Return how many matters of each kind, topic and stage there are, and what their quantities come to."""
        with self._store.reading() as connection:
            return boards.sum_matters(connection)

    def tasks(self) -> Mapping[str, happenings.Task]:
        """Return the catalogue of tasks as the city has decided it."""
        with self._store.reading() as connection:
            return self._tasks(connection)

    @staticmethod
    def _tasks(connection: Any) -> Mapping[str, happenings.Task]:
        decided = boards.find_matters(connection, kind="task_admission")
        decided.sort(key=lambda matter: (matter.changed, matter.id))
        return happenings.catalogue((matter.topic or "", matter.stage) for matter in decided)

    # ---- places and plans -------------------------------------------------------------------------------------------

    def plan_on(self, day: dt.date) -> Plan | None:
        """Return the plan in force on a day, as it was at its end; None if none ever was."""
        return self._plans_on({day})[day]

    def _plans_on(self, days: Collection[dt.date]) -> dict[dt.date, Plan | None]:
        with self._store.reading() as connection:
            found = in_force_on(connection, days)
        heads = {(one[0].name, one[1]) for one in found.values() if one is not None}
        plans = {head: self._plans(*head) for head in sorted(heads)}
        return {day: None if one is None else plans[one[0].name, one[1]] for day, one in found.items()}

    def answering(self, x: float, y: float, *, on: dt.date) -> tuple[str, list[dict[str, Any]]]:
        """Return the plan's name and who answers for a point of the frame on a day, as `Registers.standing` has it."""
        plan = self.plan_on(on)
        standing = self.registers().standing(self._places().chain(x, y, plan), on=on)
        return ("" if plan is None else plan.name), standing

    def codes(self, level: str, plan: Plan | None) -> list[str]:
        """Return the codes of the places of a level."""
        return self._places().codes(level, plan)

    def apply(self, proposed: Reassignment, *, day: dt.date) -> int:
        """Put a proposed assignment in force from a day: duties that end, end the day before. Returns the new ones."""
        known = {name: set(self.table(name)["id"]) for name in ("persons", "organisations")}
        ended, new = replaced_duties(self.table("duties"), proposed, day)
        new = answers.check_duties(new, persons=known["persons"], organisations=known["organisations"])
        with self._changing() as connection:
            records.write_rows(connection, "duties", ended)
            records.write_rows(connection, "duties", new)
            about = {"kind": proposed.kind, "plan": proposed.plan, "ended": list(ended["id"]), "new": list(new["id"])}
            records.log_change(connection, "assign", about, user=self._user)
        return len(new)

    def _places(self) -> Placer:
        city = self._city()
        if self._placer is None or self._placer.city is not city:
            self._placer = Placer(city)
        return self._placer

    def _placed(self, made: list[Matter]) -> list[Matter]:
        """Give matters their points in the frame, their communities, and their grids by the plan of their day.

        That is the day they were opened for those that have ended, and today for those that are open.
        """
        if not made or self._store.meta().frame_epsg is None:
            return made
        placer, city = self._places(), self._city()
        x = np.array([np.nan if matter.x is None else matter.x for matter in made])
        y = np.array([np.nan if matter.y is None else matter.y for matter in made])
        pointed = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
        if len(pointed):
            points = [shapely.Point(a, b) for a, b in zip(x[pointed], y[pointed], strict=True)]
            placed = to_frame(points, city.frame, crs="EPSG:4326", name="matters")
            x[pointed], y[pointed] = placed.geometry.x.to_numpy(), placed.geometry.y.to_numpy()
        today, began = _today(), [dt.date.fromisoformat(matter.opened) for matter in made]
        days = [day if matter.closed else max(day, today) for day, matter in zip(began, made, strict=True)]
        plans = self._plans_on(set(days))
        fine = np.isfinite(x)
        for row, matter in enumerate(made):
            found = placer.points.get(matter.level, {}).get(matter.code)
            if not fine[row] and found is not None and matter.level in ("building", "compound", "facility"):
                x[row], y[row], fine[row] = found[0], found[1], True
        at = np.flatnonzero(fine)
        communities: list[str | None] = [None] * len(made)
        grids: list[str | None] = [None] * len(made)
        if len(at):
            for row, code in zip(at.tolist(), placer.communities_at(x[at], y[at]), strict=True):
                communities[row] = code
        for plan in {id(plan): plan for plan in plans.values() if plan is not None}.values():
            rows = [row for row in at.tolist() if plans[days[row]] is plan]
            for row, code in zip(rows, grids_at(plan, x[rows], y[rows]) if rows else (), strict=True):
                grids[row] = code
        return [
            self._one(matter, x[row], y[row], grids[row], communities[row], plans[days[row]])
            for row, matter in enumerate(made)
        ]

    @staticmethod
    def _one(matter: Matter, x: float, y: float, grid: str | None, community: str | None, plan: Plan | None) -> Matter:
        if matter.level == "grid":
            grid = matter.code or grid
            owner = next((one for one in plan.grids if grid in (one.code, one.id)), None) if plan else None
            community = owner.community if owner else community
        elif matter.level == "community":
            community = matter.code or community
        known = x == x
        return replace(
            matter,
            x=float(x) if known else None,
            y=float(y) if known else None,
            grid=grid,
            community=community,
            plan=plan.name if plan is not None else None,
        )

    def _in_force(self) -> str | None:
        with self._store.reading() as connection:
            return in_force_name(connection)

    @contextmanager
    def _changing(self) -> Iterator[Any]:
        with self._store.writing() as connection:
            records.ensure_tables(connection)
            yield connection


def _today() -> dt.date:
    return city_date(dt.datetime.now(dt.UTC))


def _require_in_force(connection: Any, name: str | None) -> None:
    """Refuse to write what was placed by a plan that is no longer in force: nothing would give it its grid anew."""
    if in_force_name(connection) != name:
        raise ConflictError("plan-changed", "Another plan came into force meanwhile.", "Repeat it.")


def _require_unique(table: pd.DataFrame, name: str) -> None:
    doubled = table["id"].duplicated()
    if doubled.any():
        row = int(np.flatnonzero(doubled)[0])
        raise InputError(
            "id-duplicate",
            f"{name}, row {row + 1}: the id {table['id'].iloc[row]} is there twice.",
            "Give each its own.",
        )


def _content(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(name): None if value is pd.NA or value != value else value for name, value in row.items()}
