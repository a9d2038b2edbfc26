"""What is asked of a city's records: who answers, what is vacant, who should go where, the figures of its account."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from gridmap import duties as answers
from gridmap.city import City, Finding, finding
from gridmap.duties import Coverage, Staffing, Vacancies, duty_kind, duty_kinds, places_of
from gridmap.errors import InputError
from gridmap.geo.frames import point_in
from gridmap.matters import EVENTS, MATTERS, Match, city_date, match_needs
from gridmap.plan import Plan
from gridmap.store.figures import Figure, Sources, figures, of_places_now, remarks, restricted_counts
from gridmap.store.placing import walks
from gridmap.store.reassigning import Reassignment, propose
from gridmap.store.recordsdesk import RecordsDesk

__all__ = ["Accounts"]


class Accounts:
    """Questions to the records of a workspace. `plan` gives a plan by name, the current one for None."""

    def __init__(self, records: RecordsDesk, *, city: Callable[[], City], plan: Callable[[str | None], Plan]) -> None:
        self._records = records
        self._city = city
        self._plan = plan

    # ---- duties -----------------------------------------------------------------------------------------------------

    def duties(self, kind: str | None = None, *, on: dt.date | None = None, contacts: bool = False) -> pd.DataFrame:
        """Return the duties that hold on a day (today if None) with the holders' names.

        A contact that is not posted publicly is left out, unless `contacts` asks for it for use within. Restricted
        duties are not among them.
        """
        shown = self._records.registers().holding(kind=kind, on=on or today())
        if not contacts:
            shown["contact"] = shown["contact"].where(shown["posted"].fillna(value=False).astype(bool), None)
        return shown

    def vacancies(self, kind: str = "grid_worker", *, plan: str | None = None, on: dt.date | None = None) -> Vacancies:
        """Say which places of a kind's level have no holder on a day, by a plan where they are grids."""
        return answers.vacancies(self._records.table("duties"), *self._wanted(kind, plan), on=on or today())

    def coverage(self, kind: str = "party_org", *, plan: str | None = None, on: dt.date | None = None) -> Coverage:
        """Say how many places of its level a kind's holders cover together on a day."""
        return answers.coverage(self._records.table("duties"), *self._wanted(kind, plan), on=on or today())

    def staffing(self, kind: str = "community_worker", *, on: dt.date | None = None) -> Staffing:
        """Say how many holders of a kind the city's residents need, and how many there are."""
        residents = int(self._city().buildings["residents"].sum())
        return answers.staffing(self._records.table("duties"), residents, kind=kind, on=str(on or today()))

    def answering(self, lon: float, lat: float, *, on: dt.date | None = None, crs: str = "EPSG:4326") -> dict[str, Any]:
        """Say who answers for a place on a day, by the plan in force on it: plan, and a duty a row from near to far."""
        city = self._city()
        x, y = point_in(city.frame, lon, lat, crs=crs)
        plan, held = self._records.answering(x, y, on=on or today())
        shown = [{name: value for name, value in one.items() if name != "id"} for one in held]
        return {"plan": plan or None, "answers": shown}

    def assign(
        self,
        plan: str | None = None,
        *,
        kind: str = "grid_worker",
        on: dt.date | None = None,
        cost_s: pd.DataFrame | None = None,
        **options: float,
    ) -> Reassignment:
        """Propose which worker answers for which grid of a plan, proven to be the best there is.

        Duties name grids of the plan in force; a grid of another plan that continues one keeps its worker where it
        can. See `gridmap.store.reassigning.propose` and `gridmap.duties.assign`.
        """
        if duty_kind(kind).level != "grid":
            raise InputError("kind-without-grids", f"{kind} does not answer for grids.", "Use grid_worker.")
        day = on or today()
        present = self._records.plan_on(day) or self._plan(None)
        wanted = present if plan is None else self._plan(plan)
        duties, persons = self._records.table("duties"), self._records.table("persons")
        return propose(self._city(), duties, persons, wanted, present, kind=kind, on=day, cost_s=cost_s, **options)

    def restricted(self, kind: str) -> dict[str, int | None]:
        """Return how many restricted records of a kind there are a community, those below k held back."""
        return restricted_counts(self._sealed(), duty_kind(kind).id, k=self._city().profile.suppression.k)

    def _sealed(self) -> dict[tuple[str, str], int]:
        codes = set(self._city().communities["code"].dropna())
        return of_places_now(self._records.restricted.counts(), codes)

    def _wanted(self, kind: str, plan: str | None) -> tuple[str, list[str]]:
        rule = duty_kind(kind)
        if rule.restricted:
            raise InputError("kind-restricted", f"{rule.id} is restricted.", "Only counts of it are shown.")
        used = self._plan(plan) if rule.level == "grid" else None
        return rule.id, self._records.codes(rule.level, used)

    # ---- matters ----------------------------------------------------------------------------------------------------

    def match(self, *, max_s: float = 1_800.0, cost_s: Any = None) -> pd.DataFrame:
        """Propose which listed resource meets which listed need of the same topic, at the least walking.

        `cost_s` float64[needs, resources] may be passed in. Columns: need, resource, amount, walk_s; the rows of what
        stays unmet have no resource.
        """
        needs = [one for one in self._records.find(kind="need", stage="listed") if one.x is not None]
        resources = [one for one in self._records.find(kind="resource", stage="listed") if one.x is not None]
        columns = ["need", "resource", "amount", "walk_s"]
        if not needs or not resources:
            alone = [(one.id, None, one.quantity or 0, float("nan")) for one in needs]
            return pd.DataFrame(alone, columns=columns)
        start, end = ([(one.x or 0.0, one.y or 0.0) for one in side] for side in (needs, resources))
        costs = walks(self._city(), start, end) if cost_s is None else np.asarray(cost_s, np.float64)
        wanted, given = (
            ([one.topic or "" for one in side], [one.quantity or 0 for one in side]) for side in (needs, resources)
        )
        found: Match = match_needs(wanted, given, costs, max_s=max_s)
        pairs = zip(found.need.tolist(), found.resource.tolist(), found.amount.tolist(), strict=True)
        rows: list[tuple[str, str | None, int, float]] = [
            (needs[a].id, resources[b].id, amount, float(costs[a, b])) for a, b, amount in pairs
        ]
        rows += [(needs[k].id, None, n, float("nan")) for k, n in enumerate(found.unmet.tolist()) if n]
        return pd.DataFrame(rows, columns=columns)

    # ---- tables out -------------------------------------------------------------------------------------------------

    def export(self, names: tuple[str, ...], *, contacts: bool = False) -> dict[str, pd.DataFrame]:
        """Return tables of records as they can be imported again, without restricted ones.

        Telephones of persons, and contacts that are not posted, are left out unless `contacts` asks for them.
        """
        out: dict[str, pd.DataFrame] = {}
        for name in names:
            if name in ("persons", "organisations", "duties"):
                found = self._records.table(name)
                if name == "duties" and not contacts:
                    found["contact"] = found["contact"].where(found["posted"].fillna(value=False).astype(bool), None)
                if name == "persons" and not contacts:
                    found["phone"] = None
                out[name] = found
        if "matters" in names:
            out["matters"] = self._matters_table()
        if "matter_events" in names:
            rows = [
                {**asdict(event), "at": event.at.isoformat(timespec="milliseconds")} for event in self._records.events()
            ]
            out["matter_events"] = pd.DataFrame(rows, columns=[field.name for field in EVENTS], dtype=object)
        return out

    def _matters_table(self) -> pd.DataFrame:
        made = self._records.find()
        columns: dict[str, list[Any]] = {
            field.name: [getattr(one, field.name) for one in made] for field in MATTERS if field.name not in ("x", "y")
        }
        known = [one.x is not None for one in made]
        lon, lat = self._city().frame.to_lonlat(
            [one.x for one in made if one.x is not None], [one.y for one in made if one.y is not None]
        )
        degrees = iter(zip(lon, lat, strict=True))
        points = [next(degrees) if there else (None, None) for there in known]
        columns |= {"x": [a if a is None else round(float(a), 9) for a, _ in points]}
        columns |= {"y": [b if b is None else round(float(b), 9) for _, b in points]}
        return pd.DataFrame({field.name: pd.Series(columns[field.name], dtype=object) for field in MATTERS})

    # ---- figures ----------------------------------------------------------------------------------------------------

    def figures(self, *, on: dt.date | None = None) -> list[Figure]:
        """Count the figures of the city's account."""
        return figures(self._sources(on or today()))

    def findings(self) -> list[Finding]:
        """Return the remarks on the figures, and duties that name places that are not there. Empty without records."""
        if not self._records.any():
            return []
        sources = self._sources(today())
        return [*remarks(figures(sources), sources), *self._strays(sources)]

    def _sources(self, day: dt.date) -> Sources:
        city = self._city()
        divisible = not city.communities.empty
        return Sources(
            city=city,
            plan=self._plan(None) if divisible else None,
            duties=self._records.table("duties"),
            sums=self._records.sums(),
            find=lambda kind: self._records.find(kind=kind),
            tasks=self._records.tasks(),
            restricted=self._sealed(),
            day=day.isoformat(),
            k=city.profile.suppression.k,
        )

    def _strays(self, sources: Sources) -> list[Finding]:
        known: Mapping[str, set[str]] = {
            level: set(self._records.codes(level, sources.plan))
            for level in {kind.level for kind in duty_kinds().values()}
        }
        found = []
        for duty in answers.holding(sources.duties, on=sources.day).to_dict("records"):
            level = duty_kind(duty["kind"]).level
            gone = [code for code in places_of(duty["places"]) if code not in known[level]]
            if gone and known[level]:
                message = f"Duty {duty['id']} ({duty['kind']}) stands at {', '.join(gone[:3])}, which is no {level}."
                found.append(finding("record-place-unknown", "duties", str(duty["id"]), message))
        return found


def today() -> dt.date:
    """Return the day it is in China."""
    return city_date(dt.datetime.now(dt.UTC))
