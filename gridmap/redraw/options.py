"""What it would cost to put some cells of a plan into a neighbouring grid, term by term, in numbers and in words."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from gridmap.plan import Grid, Plan, match, polsby_popper
from gridmap.redraw.problem import Ints, Problem, breaks, perimeters, score
from gridmap.redraw.region import Region

__all__ = ["HARD", "Judge", "Language", "Option", "Term"]

Language = Literal["en", "zh"]

HARD = ("contiguity", "range", "crossings", "compounds")
"""What is never traded for what follows, in this order; all else is summed up as `shape`."""

SMALL = 0.0005
"""Prices below this are not told."""


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that would change: by how much, and in words. A positive `change` speaks against it.

    The change of contiguity is in parts of grids, of the range in households out of it, of crossings and compounds in
    number; of what is soft in the price that redrawing puts on it (1 is a Polsby–Popper of 1 lost in one grid).
    """

    name: str
    change: float
    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class Option:
    """A neighbouring grid that could have it instead.

    `households` are those of that grid then, `own_households` those left in the present one. `decided_by` is the first
    term in order that tells the two apart: contiguity, range, crossings, compounds, or shape, the sum of the soft
    prices, which is `price`. `better` says that a redrawing would prefer it.
    """

    grid: str
    name: str
    households: int
    own_households: int
    price: float
    decided_by: str
    better: bool
    terms: tuple[Term, ...]

    def text(self, language: Language = "en") -> str:
        """Return in words what would change."""
        named = f"{self.grid} {self.name}".strip()
        told = [getattr(term, language) for term in self.terms]
        if language == "zh":
            return f"改归网格 {named}：{'；'.join(told) or '没有变化'}。"
        return f"In grid {named}: {'; '.join(told) or 'nothing changes'}."


@dataclass(frozen=True, eq=False)
class _Figures:
    """What is compared of a labelling; arrays have a value per grid."""

    parts: Ints
    households: Ints
    crossings: int
    split: int
    compact: NDArray[np.float64]
    moved: int
    soft: dict[str, float]
    off_street_m: float


class Judge:
    """Measures a community before and after some cells change their grid."""

    def __init__(self, here: Region, before: Plan, cells: Ints) -> None:
        self.here, self.cells = here, cells
        plan = here.plan
        old = match(before, plan)[here.grids]
        was = before.grid_of[here.cells]
        if before.fabric is not plan.fabric:
            rows = [before.fabric.cell_of.get(name, -1) for name in plan.fabric.cell_ids[here.cells].tolist()]
            was = np.append(before.grid_of, -1)[rows]
        place = np.full(len(before.grids) + 1, -1, np.int64)
        place[old[old >= 0]] = np.flatnonzero(old >= 0)
        place[-1] = -1
        self.was = place[was]
        self.own = int(here.labels[cells[0]])
        self.now = self._figures(here.labels)

    @property
    def around(self) -> list[int]:
        """The grids that touch the cells, by place, without their own."""
        problem, labels = self.here.problem, self.here.labels
        inside = np.zeros(problem.size, np.bool_)
        inside[self.cells] = True
        near = np.concatenate([labels[problem.j[inside[problem.i]]], labels[problem.i[inside[problem.j]]]])
        return [int(one) for one in np.unique(near) if one != self.own]

    def _figures(self, labels: Ints) -> _Figures:
        here, count = self.here, len(self.here.grids)
        problem = replace(here.problem, previous=self.was)
        used = np.unique(labels, return_inverse=True)[1].astype(np.int64)
        within = labels[problem.i] == labels[problem.j]
        edge = np.bincount(labels, perimeters(problem), count).astype(np.float64)
        edge -= 2 * np.bincount(labels[problem.i[within]], problem.shared_m[within], count)
        off = np.maximum(0, problem.shared_m - problem.street_m)[~within].sum()
        price = score(problem, used)
        goal = max(1.0, problem.total / max(1, int(used.max()) + 1))
        moved = int(problem.households[(self.was >= 0) & (self.was != labels)].sum())
        return _Figures(
            parts=np.array([_parts(problem, labels, zone) for zone in range(count)], np.int64),
            households=np.bincount(labels, problem.households, count).astype(np.int64),
            crossings=price.crossings,
            split=here.split(labels),
            compact=polsby_popper(np.bincount(labels, problem.area_m2, count).astype(np.float64), edge),
            moved=moved,
            soft=_soft(problem, used) | {"moved": problem.weights.staying * moved / goal},
            off_street_m=float(off),
        )

    def option(self, place: int, grid: Grid) -> tuple[tuple[float, ...], Option]:
        """Return what the grid at a place would cost, with what options are sorted by."""
        labels = self.here.labels.copy()
        labels[self.cells] = place
        new, now = self._figures(labels), self.now
        terms = [*self._hard(place, new), *self._soft_terms(place, new)]
        low, high = self.here.window
        far = [np.maximum(low - one, 0) + np.maximum(one - high, 0) for one in (new.households, now.households)]
        # A grid of which nothing is left is no grid of too few households.
        far[0] = np.where((new.parts == 0) & (now.parts > 0), low, far[0])
        price = sum(new.soft.values()) - sum(now.soft.values())
        rank = (
            float(np.maximum(new.parts - 1, 0).sum() - np.maximum(now.parts - 1, 0).sum()),
            float((far[0] > 0).sum() - (far[1] > 0).sum()),
            float(far[0].sum() - far[1].sum()),
            float(new.crossings - now.crossings),
            float(new.split - now.split),
            round(price, 9),
        )
        names = ("contiguity", "range", "range", "crossings", "compounds", "shape")
        first = next((name for name, value in zip(names, rank, strict=True) if value), "nothing")
        return rank, Option(
            grid=grid.id,
            name=grid.name,
            households=int(new.households[place]),
            own_households=int(new.households[self.own]),
            price=price,
            decided_by=first,
            better=next((value < 0 for value in rank if value), False),
            terms=tuple(terms),
        )

    def _hard(self, place: int, new: _Figures) -> list[Term]:
        """Tell what changes of what is never traded."""
        now, (low, high), terms = self.now, self.here.window, []
        ids = [self.here.plan.grids[one].id for one in self.here.grids]
        if not new.parts[self.own]:
            terms.append(
                Term("range", float(low), f"grid {ids[self.own]} would be empty", f"网格 {ids[self.own]} 将没有楼栋")
            )
        for zone in (self.own, place):
            change = int(new.parts[zone] - now.parts[zone])
            if change and new.parts[zone]:
                en = f"grid {ids[zone]} would be in {new.parts[zone]} parts instead of {now.parts[zone]}"
                zh = f"网格 {ids[zone]} 将由 {now.parts[zone]} 片变为 {new.parts[zone]} 片"
                terms.append(Term("contiguity", float(change), en, zh))
        for zone in (self.own, place):
            if new.parts[zone]:
                terms += _range_term(ids[zone], int(now.households[zone]), int(new.households[zone]), (low, high))
        change = new.crossings - now.crossings
        if change:
            en = f"{abs(change)} {'more' if change > 0 else 'fewer'} parts would hang together only across a barrier"
            zh = f"仅跨屏障相连的部分{'增加' if change > 0 else '减少'} {abs(change)} 处"
            terms.append(Term("crossings", float(change), en, zh))
        change = new.split - now.split
        if change:
            en = f"{abs(change)} compound{'s' * (abs(change) > 1)} would be {'cut' if change > 0 else 'whole again'}"
            zh = f"{abs(change)} 个小区{'被拆分' if change > 0 else '恢复完整'}"
            terms.append(Term("compounds", float(change), en, zh))
        return terms

    def _soft_terms(self, place: int, new: _Figures) -> list[Term]:
        """Tell what changes of what may be traded, with its price."""
        now, terms = self.now, []
        price = {name: new.soft[name] - now.soft[name] for name in new.soft}
        before, after = (float(np.nanmean(one.compact[[self.own, place]])) for one in (now, new))
        words = {
            "compactness": (
                f"mean compactness of the two grids {before:.2f} → {after:.2f}",
                f"两网格平均紧凑度 {before:.2f} → {after:.2f}",
            ),
            "moved": (
                f"{abs(new.moved - now.moved)} households {'more' if new.moved > now.moved else 'fewer'} change grid",
                f"变更网格的住户{'增加' if new.moved > now.moved else '减少'} {abs(new.moved - now.moved)} 户",
            ),
            "equality": (
                f"sizes would be {'less' if price['equality'] > 0 else 'more'} alike",
                f"规模{'更不' if price['equality'] > 0 else '更'}均衡",
            ),
            "streets": (
                f"boundary off the streets {new.off_street_m - now.off_street_m:+,.0f} m",
                f"不沿街的网格界 {new.off_street_m - now.off_street_m:+,.0f} 米",
            ),
            "workload": (
                f"work would be {'less' if price.get('workload', 0) > 0 else 'more'} evenly shared",
                f"工作量{'更不' if price.get('workload', 0) > 0 else '更'}均衡",
            ),
        }
        for name, (en, zh) in words.items():
            cost = price.get(name, 0.0)
            if abs(cost) >= SMALL or (name == "moved" and new.moved != now.moved):
                terms.append(Term(name, cost, f"{en} ({cost:+.3f})", f"{zh}（{cost:+.3f}）"))
        return terms


def _range_term(grid: str, old: int, new: int, window: tuple[int, int]) -> list[Term]:
    """Tell how far a grid is out of range after a change; nothing where it is in range before and after."""
    low, high = window
    change = max(low - new, new - high, 0) - max(low - old, old - high, 0)
    if not change:
        return []
    if low <= new <= high:
        return [
            Term(
                "range",
                float(change),
                f"grid {grid} would come into range with {new} households",
                f"网格 {grid} 将回到范围内（{new} 户）",
            )
        ]
    far, word, zh = (low - new, "below", "低于下限") if new < low else (new - high, "above", "超出上限")
    return [
        Term(
            "range",
            float(change),
            f"grid {grid} would have {new} households, {far} {word} the range",
            f"网格 {grid} 将有 {new} 户，{zh} {far} 户",
        )
    ]


def _parts(problem: Problem, labels: Ints, zone: int) -> int:
    """Return how many connected parts a zone has."""
    inside = labels == zone
    if not inside.any():
        return 0
    alone = np.where(inside, 0, np.arange(1, problem.size + 1))
    return 1 + breaks(problem, np.unique(alone, return_inverse=True)[1].astype(np.int64))


def _soft(problem: Problem, labels: Ints) -> dict[str, float]:
    """Return the price of each soft term by itself."""
    weights = problem.weights
    none = {item.name: 0.0 for item in fields(weights)}
    return {
        name: score(replace(problem, weights=replace(weights, **(none | {name: getattr(weights, name)}))), labels).soft
        for name in none
        if name != "staying"
    }
