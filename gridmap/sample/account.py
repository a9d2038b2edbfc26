"""The published account beside the sample city: each of its rows, what it is in the tool, and where it is seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["ACCOUNT", "Line", "page"]


@dataclass(frozen=True, slots=True)
class Line:
    """A published figure: `figure` is its id in `gridmap figures`; with `least` the account has it as "more than"."""

    item: str
    published: int | None
    figure: str
    kind: str
    seen: str
    least: bool = False

    @property
    def told(self) -> str:
        """The published figure as the account writes it."""
        return "–" if self.published is None else f"{self.published:,}{'+' if self.least else ''}"

    def holds(self, value: int | None) -> bool:
        """Tell whether a count is what was published; where no number was, whether there is any."""
        if value is None:
            return False
        if self.published is None:
            return value > 0
        return value >= self.published if self.least else value == self.published


_DUTIES, _LIST, _MAP = "gridmap duties list", "gridmap matters board", "gridmap matters map"

ACCOUNT: tuple[Line, ...] = (
    Line("compounds 小区", 224, "compounds", "layer compounds", "gridmap map"),
    Line("communities 社区", 32, "communities", "layer communities", "gridmap map"),
    Line("resident grids 居民网格", 292, "resident_grids", "plan, kind resident", "gridmap balance, gridmap map"),
    Line("special-purpose grids 专属网格", 8, "special_grids", "plan, kind special", "gridmap map"),
    Line("compound party organisations 小区党组织", 175, "party_orgs", "duty party_org", _DUTIES),
    Line("compounds that they cover", 224, "compounds_covered", "duty party_org", "gridmap vacancies"),
    Line("their secretaries", 175, "party_secretaries", "duty party_secretary", _DUTIES),
    Line("compound service stations 小区党群服务站", 160, "stations", "layer facilities", "gridmap coverage"),
    Line("new or rebuilt stations of the year", 8, "new_stations", "layer facilities", "gridmap map"),
    Line("new or rebuilt community centres", 5, "new_centers", "layer facilities", "gridmap map"),
    Line("centres of the three tiers 党群服务中心", None, "service_centers", "layer facilities", "gridmap coverage"),
    Line("premises survey 社区公共服务用房", None, "premises", "layer facilities", "gridmap site"),
    Line("of them idle", None, "idle_premises", "layer facilities", "gridmap site"),
    Line("full-time grid workers 专职网格员", 289, "grid_workers", "duty grid_worker",
         "gridmap vacancies, gridmap assign"),
    Line("18 community workers per 10,000", 373, "community_workers", "duty community_worker", "gridmap check"),
    Line("trained workers", 500, "trained_workers", "matter training", _LIST, least=True),
    Line("tasks admitted to grids 事项准入", None, "tasks_admitted", "matter task_admission", _LIST),
    Line("tasks given to grids", None, "tasks", "matter task", _LIST),
    Line("old-compound renovation: compounds", 49, "renovation_compounds", "matter renovation", _MAP),
    Line("old-compound renovation: buildings", 145, "renovation_buildings", "matter renovation", _MAP),
    Line("old-compound renovation: households", 4_101, "renovation_households", "matter renovation", _LIST),
    Line("mediation station 调解站", 1, "mediation_stations", "layer facilities", "gridmap nearest"),
    Line("canteens 社区食堂", 2, "canteens", "layer facilities", "gridmap coverage, gridmap nearest"),
    Line("homes for the disabled 残疾人之家", 2, "disability_homes", "layer facilities", "gridmap nearest"),
    Line("care classes 托管班", 32, "care_classes", "layer facilities", "gridmap coverage"),
    Line("visits to them 人次", 30_000, "service_visits", "matter service_month", _LIST, least=True),
    Line("city leaders for 32 communities", 27, "city_leaders", "duty leader_liaison", _DUTIES),
    Line("subdistrict cadres for grids", 31, "subdistrict_cadres", "duty cadre_liaison", _DUTIES),
    Line("community cadres for grids", 279, "community_cadres", "duty cadre_liaison", _DUTIES),
    Line("paired priority households 结对帮扶", 1_156, "pairings", "duty pairing, restricted",
         "gridmap figures, only the count"),
    Line("problems solved", 450, "problems_solved", "matter request", f"{_LIST}, {_MAP}", least=True),
    Line("department staff posted to grids", 1_991, "postings", "duty posting", _DUTIES),
    Line("party members reporting in 双报到", 5_100, "report_ins", "duty report_in, restricted",
         "gridmap figures, only the count", least=True),
    Line("silver-hair activities 银发助力", 190, "silver_hair_activities", "matter activity", _MAP, least=True),
    Line("riders' groups", None, "rider_groups", "duty rider_group", _DUTIES),
    Line("list of needs", None, "needs", "matter need", _LIST),
    Line("list of resources", None, "resources", "matter resource", _LIST),
    Line("list of projects", 115, "projects", "matter project", _LIST),
    Line("units that took them on", 67, "project_units", "matter project", _LIST),
    Line("partner units 共建单位", 67, "partner_units", "duty partner_unit", _DUTIES),
    Line("social organisations 五社联动", 20, "social_orgs", "duty social_org", _DUTIES),
    Line("secretaries' monthly talks", 8, "talks", "matter activity", _MAP),
    Line("markets", 10, "markets", "matter activity", _MAP, least=True),
    Line("station activities", 820, "station_activities", "matter activity", _MAP, least=True),
    Line("heritage and temple venues", None, "culture_venues", "layer facilities", _MAP),
    Line("folk villages", None, "folk_villages", "layer facilities", _MAP),
    Line("experience zones", None, "experience_zones", "layer facilities", _MAP),
    Line("reading service zones", 17, "reading_zones", "layer facilities", _MAP),
    Line("visits to culture: 300, 30, 200, 500", 1_030, "culture_visits", "matter activity", _MAP),
)  # fmt: skip


def page(values: Mapping[str, int | None]) -> str:
    """Write the document that sets the account beside the counts of the sample city (`values`, by figure)."""
    head = """# The published account, and where it is in gridmap

The sample city (虚构示例: every place, name and record is invented) carries each figure of the city's published
account as records on four mechanisms: layers, plans, duties and matters. `gridmap figures WS` counts them; this page is
what it counts in the sample. A figure with + is one that the account has as "more than". Pairings and report-ins are
restricted: only their number leaves the tool. Visits 人次 are counted, who attended is stored nowhere.
`gridmap check WS` says where the figures do not fit together.

| published item | published | in the sample | figure | kept as | seen with |
| --- | ---: | ---: | --- | --- | --- |
"""
    rows = [
        f"| {one.item} | {one.told} | {values[one.figure] or 0:,} | `{one.figure}` | {one.kind} | {_code(one.seen)} |"
        for one in ACCOUNT
    ]
    return head + "\n".join(rows) + "\n"


def _code(text: str) -> str:
    return ", ".join(f"`{part}`" if part.startswith("gridmap") else part for part in text.split(", "))
