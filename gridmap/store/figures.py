"""The figures of a city's account, counted from layers, plan and records, and the remarks on how they fit together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from gridmap.city import City, Finding, finding
from gridmap.city.cleaning import clean_code
from gridmap.duties import duty_kind, duty_kinds, holding, places_of, staffing
from gridmap.matters import Matter, Task
from gridmap.plan import Plan
from gridmap.release.suppress import suppress
from gridmap.rules import table
from gridmap.store.board import Sum

__all__ = ["Figure", "Sources", "figures", "of_places_now", "remarks", "restricted_counts"]


_HOMES = ("residential", "mixed")
_GIVEN_UP = ("dropped", "withdrawn", "cancelled")


@dataclass(frozen=True)
class Figure:
    """A figure of the account. `value` is None where it is held back because it stands on too few people."""

    id: str
    value: int | None
    basis: str
    as_of: str
    source: str
    zh: str

    def to_dict(self) -> dict[str, Any]:
        """Return the figure as JSON has it."""
        return {
            "id": self.id,
            "value": self.value,
            "basis": self.basis,
            "as_of": self.as_of,
            "source": self.source,
            "title": self.zh,
        }


@dataclass(frozen=True)
class Sources:
    """What figures are counted from.

    `find` gives the matters of a kind, `day` is the one on which duties hold, `restricted` counts kind and community.
    """

    city: City
    plan: Plan | None
    duties: pd.DataFrame
    sums: Sequence[Sum]
    find: Callable[[str], Sequence[Matter]]
    tasks: Mapping[str, Task]
    restricted: Mapping[tuple[str, str], int]
    day: str
    k: int


def figures(sources: Sources) -> list[Figure]:
    """Count the figures of `rules/figures.toml`, in its order. O(rows)."""
    return [_figure(name, about, sources) for name, about in table("figures")["figures"].items()]


def of_places_now(counts: Mapping[tuple[str, str], int], codes: Collection[str]) -> dict[tuple[str, str], int]:
    """Return counts by kind and community under the codes that communities have now.

    A sealed record keeps the code it came with. Where no community has that code, it counts for the one whose code is
    the same but for what cleaning takes away.
    """
    now = {clean_code(code): code for code in codes}
    moved: Counter[tuple[str, str]] = Counter()
    for (kind, community), n in counts.items():
        known = community in codes
        moved[kind, community if known else now.get(clean_code(community), community)] += n
    return dict(moved)


def restricted_counts(counts: Mapping[tuple[str, str], int], kind: str, *, k: int) -> dict[str, int | None]:
    """Return how many restricted records of a kind each community has, None where that stands on fewer than k.

    The total under '' is held back likewise; see `gridmap.release.suppress`.
    """
    mine = {community: n for (name, community), n in counts.items() if name == kind}
    values = np.array(list(mine.values()), np.float64)
    done = suppress(values, np.zeros(len(values), np.intp), groups=1, k=k, open_zero=np.zeros(len(values), bool))
    shown: dict[str, int | None] = {
        community: None if hidden else n for (community, n), hidden in zip(mine.items(), done.cells, strict=True)
    }
    shown[""] = None if done.all else int(values.sum())
    return shown


def remarks(counted: Sequence[Figure], sources: Sources) -> list[Finding]:
    """Return how the figures fail to fit together, and the ratios worth knowing, as findings."""
    values = {figure.id: figure.value or 0 for figure in counted}
    found: list[Finding] = []
    for rule in table("figures")["remarks"]:
        made = _remark(rule, values, sources)
        if made is not None:
            found.append(made)
    return found


def _remark(rule: Mapping[str, Any], values: Mapping[str, int], sources: Sources) -> Finding | None:
    def total(names: Sequence[str]) -> int:
        return sum(values[name] for name in names)

    def said(names: Sequence[str]) -> str:
        return " + ".join(f"{values[name]:,} {name.replace('_', ' ')}" for name in names)

    about = f"{rule['zh']} ({rule['en']})"
    if rule["sort"] in ("told", "window"):
        return _told(rule, about, values, sources.city)
    if rule["sort"] == "ratio":
        of, per = total(rule["of"]), total(rule["per"])
        if not of or not per:
            return None
        message = f"{about}: {said(rule['of'])} / {said(rule['per'])} = {of / per:.1f}."
        return finding("figures-ratio", "figures", rule["id"], message)
    if rule["sort"] == "staffing":
        found = staffing(sources.duties, values["residents"], kind=rule["kind"], on=sources.day)
        if not found.residents or not found.present:
            return None
        message = (
            f"{about}: {found.per_10000:g} per 10,000 × {found.residents:,} residents = {found.needed:,}; "
            f"there are {found.present:,}"
        )
        if found.gap <= 0:
            return finding("figures-ratio", "figures", rule["id"], f"{message}: enough.")
        return finding("figures-short", "figures", rule["id"], f"{message}, short {found.gap:,}.")
    have, need = total(rule["have"]), total(rule["need"])
    if not have or have >= need:
        return None
    message = f"{about}: {said(rule['have'])} for {said(rule['need'])}, short {need - have:,}."
    more = rule.get("enough_with", ())
    if more and have + total(more) >= need:
        return finding("figures-ratio", "figures", rule["id"], f"{message} With {said(more)} there are enough.")
    return finding("figures-short", "figures", rule["id"], message)


def _told(rule: Mapping[str, Any], about: str, values: Mapping[str, int], city: City) -> Finding | None:
    """Set what was published, or what a number of grids takes, beside what the layers count."""
    if not city.communities["code"].str.startswith(rule["city"]).any():
        return None
    if rule["sort"] == "told":
        have = values[rule["figure"]]
        if not have or have == rule["told"]:
            return None
        name = rule["figure"].replace("_", " ")
        return finding(
            "figures-ratio", "figures", rule["id"], f"{about}: {rule['told']:,} told, {have:,} {name} counted."
        )
    grids, window = values[rule["grids"]], city.profile.grid
    if not grids:
        return None
    bases = {city.households_basis or "unknown": "households", "resident": "resident_households"}
    counted = {basis: int(city.buildings[column].sum()) for basis, column in bases.items()}
    low, high = grids * window.min_households, grids * window.max_households
    fits = [
        f"{n:,} {basis} households {'fit' if low <= n <= high else 'do not fit'}" for basis, n in counted.items() if n
    ]
    message = f"{about}: {grids:,} grids of {window.min_households} to {window.max_households} take {low:,} to {high:,}"
    return finding("figures-ratio", "figures", rule["id"], f"{message}; {', '.join(fits)}.")


def _figure(name: str, about: Mapping[str, Any], sources: Sources) -> Figure:
    value: int | None
    basis, as_of = "records", sources.day
    if "layer" in about:
        value, source = _of_layer(about, sources.city), f"layer {about['layer']}"
        basis = "resident population" if about.get("sum") == "residents" else "layer"
    elif "grids" in about:
        plan = sources.plan
        value = 0 if plan is None else sum(grid.kind == about["grids"] for grid in plan.grids)
        basis, source = "plan in force", "" if plan is None else f"plan {plan.name}"
    elif "tasks" in about:
        value, source = sum(task.admitted for task in sources.tasks.values()), "catalogue of tasks"
    elif "duty" in about:
        value, source = _of_duty(about, sources), f"duties {about['duty']}"
    else:
        value, source = _of_matter(about, sources), f"matters {about['matter']}"
        if about["measure"] == "households":
            basis, as_of = sources.city.households_basis, sources.city.households_as_of
    return Figure(name, value, basis, as_of, source, about["zh"])


def _of_layer(about: Mapping[str, Any], city: City) -> int:
    frame = city.layers[about["layer"]]
    for column, value in about.get("where", {}).items():
        frame = frame[(frame[column] == value).fillna(value=False).astype(bool)]
    if "sum" in about:
        return int(frame[about["sum"]].sum())
    return len(frame)


def _of_duty(about: Mapping[str, Any], sources: Sources) -> int | None:
    if duty_kinds()[about["duty"]].restricted:
        return restricted_counts(sources.restricted, about["duty"], k=sources.k)[""]
    held = holding(sources.duties, kind=about["duty"], on=sources.day)
    if "role" in about:
        held = held[held["role"] == about["role"]]
    if about["measure"] == "records":
        return len(held)
    if about["measure"] == "places":
        there = {code for text in held["places"] for code in places_of(text)}
        if duty_kind(about["duty"]).level == "compound":
            there &= set(sources.city.compounds["id"])
        return len(there)
    holder = held["person"].where(held["person"].notna(), held["organisation"])
    return int(holder.nunique())


def _of_matter(about: Mapping[str, Any], sources: Sources) -> int:
    measure = about["measure"]
    if measure in ("records", "sum"):
        fits = [one for one in sources.sums if _counts(one, about)]
        return sum(one.n if measure == "records" else one.quantity for one in fits)
    found = [matter for matter in sources.find(about["matter"]) if _counts(matter, about)]
    if measure == "organisations":
        return len({matter.organisation for matter in found if matter.organisation})
    places = {(matter.level, matter.code) for matter in found}
    if measure == "places":
        return len(places)
    city = sources.city
    ids = city.compounds["id"].to_numpy()
    named = np.append(np.isin(ids, [code for level, code in places if level == "compound"]), False)
    inside = named[city.building_compound] & city.buildings["use"].fillna("residential").isin(_HOMES).to_numpy()
    inside |= city.buildings["id"].isin([code for level, code in places if level == "building"]).to_numpy()
    if measure == "buildings":
        return int(inside.sum())
    return int(city.buildings["households"][inside].sum())


def _counts(matter: Matter | Sum, about: Mapping[str, Any]) -> bool:
    """Tell whether a matter, or a sum of some, is among those that a figure counts: none that was given up is."""
    fits = matter.kind == about["matter"] and matter.stage not in _GIVEN_UP
    return fits and about.get("topic") in (None, matter.topic) and about.get("stage") in (None, matter.stage)
