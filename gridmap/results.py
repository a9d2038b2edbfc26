"""Answers that a planner gets: what was measured, its figures released, and its pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from gridmap import facilities, files, maps
from gridmap import plan as planning
from gridmap.duties import places_of
from gridmap.maps import cards
from gridmap.release import CoverageFigures, Released, Sight, coverage_figures, release_balance, release_coverage

if TYPE_CHECKING:
    from pathlib import Path

    from geopandas import GeoDataFrame
    from matplotlib.figure import Figure
    from pandas import DataFrame

    from gridmap.city import City
    from gridmap.workspace import Workspace

__all__ = [
    "BalanceHandle", "CoverageHandle", "DifferenceHandle", "SiteHandle", "difference", "plan_card",
    "workspace_card",
]  # fmt: skip

# Totals of a balance that say how the plan is, not who lives in it: those come through `release` alone.
_SHAPE = (
    "grids", "in_range", "under", "over", "special_grids", "min", "max", "contiguity_breaks", "compounds_split",
    "polsby_popper", "unknown_buildings", "min_households", "max_households",
)  # fmt: skip

_BALANCE_WORDS = {
    "grid": "网格 grid", "name": "名称", "community_name": "社区", "households": "户数", "status": "状态",
    "buildings": "楼栋", "area_m2": "面积 m²", "polsby_popper": "紧凑度",
}  # fmt: skip
_COVERAGE_WORDS = {
    "grid": "网格 grid", "name": "名称", "community": "社区", "households": "户数", "households_covered": "覆盖户数",
    "residents": "居民", "residents_covered": "覆盖居民",
}  # fmt: skip
_DIFFERENCE_WORDS = {
    "community": "社区编码", "from_grid": "原网格", "from_worker": "原网格员", "to_grid": "新网格",
    "to_worker": "新网格员", "households": "户数", "buildings": "楼栋", "compounds": "小区",
}  # fmt: skip
_SITE_WORDS = {
    "step": "次序", "id": "地点 id", "name": "名称", "households_gained": "新增户数", "households_covered": "累计户数",
}  # fmt: skip
_PLAN_WORDS = {
    "name": "方案", "state": "状态", "grids": "居民网格", "saved": "保存时间（UTC）", "note": "说明",
}  # fmt: skip


@dataclass(frozen=True)
class BalanceHandle:
    """The households of each grid of a plan, measured against a range."""

    measured: Mapping[str, Any]
    released: Released
    window: tuple[int, int]

    def __repr__(self) -> str:
        return f"<balance: {self.headline}>"

    @property
    def table(self) -> DataFrame:
        """One row a grid; figures about few people are left out."""
        return self.released.table

    @cached_property
    def totals(self) -> Mapping[str, Any]:
        """The figures of the whole plan; those about few people are left out."""
        return {**{name: value for name, value in self.measured.items() if name in _SHAPE}, **self.released.overall}

    @property
    def headline(self) -> str:
        """The plan in one line."""
        low, high = self.window
        return f"{self.totals['in_range']} of {self.totals['grids']} grids have {low}–{high} households"

    def to_dict(self) -> dict[str, Any]:
        """Return the balance as plain values: `grids` and `totals`."""
        return {"grids": self.table.to_dict("records"), "totals": dict(self.totals)}

    def _repr_html_(self) -> str:
        worst = self.table.assign(far=lambda rows: rows["distance"].abs()).sort_values("far", ascending=False)
        basis = "、".join(filter(None, (self.released.basis, self.released.as_of)))
        return cards.card(
            self.headline,
            cards.status_line(self.totals),
            cards.households_chart(self.released, self.window),
            cards.table(worst, _BALANCE_WORDS),
            note=f"户数口径与日期：{basis or '未注明'}。偏离最大的在前；– 表示不明或不予显示。",
        )


@dataclass(frozen=True, eq=False, repr=False)
class DifferenceHandle(planning.Difference):
    """Who changes grid, and with it the worker, between two plans: tables, sheets, a map, and a card in a notebook.

    Outside a `sight` figures are as for the public, and there are no addresses.
    """

    old: planning.Plan
    new: planning.Plan
    city: City
    sight: Sight | None = None

    @cached_property
    def released(self) -> Released:
        """The figures of each pair of grids that may be shown."""
        city = self.city
        return release_balance(
            self.table, k=city.profile.suppression.k, basis=city.households_basis, as_of=city.households_as_of,
            sight=self.sight, also=[str(name) for name in self.table if name not in ("households", "community")],
        )  # fmt: skip

    def sheets(self) -> dict[str, DataFrame]:
        """Return the tables as sheets: grids, compounds, addresses."""
        return {"grids": self.table, "compounds": self.compounds, "addresses": self.addresses}

    def export(self, path: str | Path) -> int:
        """Write grids, compounds and addresses to an .xlsx file, a sheet each; returns the number of rows."""
        return files.write_ledger(self.sheets(), path)

    def explore(self, **options: Any) -> maps.CityMap:
        """Draw who changes grid on a map that needs no network."""
        return maps.difference_map(self.city, self.old, self.new, self.released, **options)

    def to_dict(self, *, addresses: bool = True) -> dict[str, Any]:
        """Return the difference as plain values, with the addresses or without."""
        told = {
            "from": self.old.name, "to": self.new.name, "totals": dict(self.totals),
            "changes": self.table.astype(object).to_dict("records"),
            "compounds": self.compounds.astype(object).to_dict("records"),
        }  # fmt: skip
        return {**told, "addresses": self.addresses_told()} if addresses else told

    def addresses_told(self) -> list[dict[str, Any]]:
        """Return the addresses as plain values; unknown households are None."""
        rows = self.addresses.astype(object)
        rows = rows.where(rows.notna(), None)
        return [dict(zip(map(str, rows), row, strict=True)) for row in rows.itertuples(index=False, name=None)]

    def _repr_html_(self) -> str:
        told = self.totals
        moved, everyone = told["households_moved"], told["households"]
        kept = f"网格 {told['grids_before']:,} → {told['grids_after']:,}，其中 {told['grids_kept']:,} 个延续"
        most = self.table.sort_values("households", ascending=False, kind="stable")
        moving = f"变更楼栋 {told['buildings_moved']:,} 栋、小区 {told['compounds_moved']:,} 个"
        return cards.card(
            f"{moved:,} / {everyone:,} 户变更网格",
            cards.share_bar(moved, everyone, label="变更网格的住户"),
            cards.table(most, _DIFFERENCE_WORDS),
            note=f"{kept}；{moving}；{told['households_worker_changes']:,} 户换网格员。",
        )


def difference(
    workspace: Workspace, old: planning.Plan, new: planning.Plan, *, sight: Sight | None = None, posted: bool = False
) -> DifferenceHandle:
    """Compare two plans, with who answers for their grids today; see `DifferenceHandle`.

    With `posted` only workers that are posted publicly are named. The figures are those of the plans: with a `sight`,
    they have to be as it may count them.
    """
    city = workspace.city()
    held = workspace.accounts.duties("grid_worker")
    workers: dict[str, list[str]] = {}
    for holder, places, known in zip(held["holder"], held["places"], held["posted"], strict=True):
        for code in places_of(places):
            if str(known) == "True" or not posted:
                workers.setdefault(code, []).append(str(holder))
    names = {code: "、".join(dict.fromkeys(sorted(of))) for code, of in workers.items()}
    found = planning.diff(old, new, city=city, workers=names)
    addresses = found.addresses
    if sight is not None and not sight.everywhere:
        addresses = addresses[sight.inside(addresses["community"])].reset_index(drop=True)
    return DifferenceHandle(found.table, found.totals, found.compounds, addresses, old, new, city, sight)


@dataclass(frozen=True)
class CoverageHandle:
    """Who reaches a facility of a kind, by the grids of a plan; figures about few people are left out."""

    value: facilities.Coverage
    plan: planning.Plan
    sight: Sight | None = None

    def __repr__(self) -> str:
        return f"<coverage: {self.headline}>"

    @cached_property
    def released(self) -> Released:
        """The figures that may be shown, a row per grid; outside a `sight` as for the public."""
        city = self.value.ground.city
        return release_coverage(
            self.value.table("grid", self.plan),
            k=city.profile.suppression.k,
            group="community",
            basis=city.households_basis,
            as_of=city.households_as_of,
            sight=self.sight,
        )

    @property
    def table(self) -> DataFrame:
        """One row a grid: buildings, households, residents, elders and children, all and covered."""
        return self.released.table

    @cached_property
    def totals(self) -> dict[str, Any]:
        """The figures of the city; those about people of a kind are of the buildings in grids, as far as shown."""
        own = {
            name: number for name, number in self.value.totals.items() if not name.startswith(("elders", "children"))
        }
        return {**own, **{name: value for name, value in self.released.overall.items() if name not in own}}

    def hot_spots(self, *, top: int = 20) -> tuple[facilities.HotSpot, ...]:
        """Return the largest clusters of households that are not covered, with the reason."""
        return facilities.hot_spots(self.value, top=top)

    def compounds(self) -> facilities.Relation:
        """Return the compounds that are served by relation, beside those covered on foot."""
        return facilities.relation(self.value)

    def figures(self, *, top: int = 10) -> tuple[CoverageFigures, tuple[facilities.HotSpot, ...]]:
        """Return what a picture shows: the released figures, and the clusters that they are of."""
        spots = self.hot_spots(top=top)
        return coverage_figures(self.value, spots, plan=self.plan), spots

    def explore(self, *, top: int = 10, **options: Any) -> maps.CityMap:
        """Draw who is covered, and the `top` clusters of those who are not, on a map that needs no network."""
        figures, spots = self.figures(top=top)
        return maps.coverage_map(self.value, figures, spots, plan=self.plan, **options)

    def plot(self, *, top: int = 10, **options: Any) -> Figure:
        """Draw who is covered for a page."""
        figures, spots = self.figures(top=top)
        return maps.coverage_plot(self.value, figures, spots, **options)

    @property
    def headline(self) -> str:
        """The coverage in one line, with the limit and where it is from."""
        return facilities.headline(self.value)

    def to_dict(self, *, top: int = 20) -> dict[str, Any]:
        """Return the coverage as plain values: limit, totals, grids, hot spots, compounds, facilities left out."""
        return {
            "kind": self.value.supply.kind.id,
            "limit": self.value.limit.to_dict(),
            "facilities": len(self.value.supply),
            "totals": self.totals,
            "grids": self.table.to_dict("records"),
            "communities": self.released.totals.to_dict("records"),
            "hot_spots": [self._spot(spot) for spot in self.hot_spots(top=top)],
            "compounds": self.compounds().totals,
            "left_out": list(self.value.notes),
            "notes": list(self.released.notes),
        }

    def _spot(self, spot: facilities.HotSpot) -> dict[str, Any]:
        """Return a cluster as plain values; outside the sight without few households."""
        city = self.value.ground.city
        told = spot.to_dict(city.frame)
        if self.sight is not None and not self.sight.inside([spot.community])[0]:
            few = spot.households < city.profile.suppression.k
            told |= {"households": None if few else spot.households, "reasons": {}}
        return told

    def _repr_html_(self) -> str:
        shown = self.released.overall
        part, whole = (shown.get(name) for name in ("households_covered", "households"))
        bar = ""
        if isinstance(part, int | float) and isinstance(whole, int | float):
            bar = cards.share_bar(float(part), float(whole), label="覆盖的户数")
        return cards.card(self.headline, bar, cards.table(self.table, _COVERAGE_WORDS))


@dataclass(frozen=True)
class SiteHandle:
    """Where more facilities of a kind should stand; `options` are those of the question."""

    value: facilities.SitePlan
    add: int
    options: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"<sites: {len(self.steps)} more, {self.value.before:,} → {self.value.after:,} households covered>"

    @property
    def steps(self) -> DataFrame:
        """One row a new site, in the order of what each adds."""
        return self.value.steps

    def frame(self) -> GeoDataFrame:
        """Return the proposed sites as points."""
        return self.value.frame()

    @cached_property
    def alternatives(self) -> tuple[facilities.Alternative, ...]:
        """The same question answered in other ways, each measured alike; the present state and this answer first."""
        return facilities.alternatives(self.value, add=self.add, options=self.options)

    def explore(self, **options: Any) -> maps.CityMap:
        """Draw the present state, this answer and its alternatives on a map that needs no network."""
        shown = self.alternatives
        return maps.siting_map(shown, [coverage_figures(one.coverage, (), sited=one.plan) for one in shown], **options)

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as plain values."""
        return self.value.to_dict()

    def _repr_html_(self) -> str:
        return cards.card(f"覆盖 {self.value.before:,} → {self.value.after:,} 户", cards.table(self.steps, _SITE_WORDS))


def plan_card(name: str, balance: BalanceHandle, *, sample: bool) -> str:
    """Return a plan as a notebook shows it."""
    return cards.card(
        f"{name or '未保存的方案'}：{balance.headline}",
        cards.status_line(balance.totals),
        cards.households_chart(balance.released, balance.window),
        note="虚构示例" if sample else "",
    )


def workspace_card(workspace: Workspace) -> str:
    """Return a workspace as a notebook shows it: its layers and its plans."""
    city, plans = workspace.city(), pd.DataFrame(workspace.plans())
    layers = "　".join(f"{name} {len(frame):,}" for name, frame in city.layers.items() if len(frame))
    return cards.card(
        f"{city.name or '未命名的城市'}{'（虚构示例）' if city.sample else ''}",
        cards.table(plans, _PLAN_WORDS),
        note=f"{workspace.place}　EPSG:{city.frame.epsg}（米）　{layers}",
    )
