"""Who answers in the sample city: persons, organisations and duties in the published numbers, all of them invented."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridmap.sample.people import rounded

if TYPE_CHECKING:
    import datetime as dt

    from geopandas import GeoDataFrame

__all__ = ["DEPARTMENTS", "MARK", "Registers", "registers"]

MARK = "虚构示例"
"""Stands on every record of the sample."""

PARTY_ORGS, GRID_WORKERS, SHARING_WORKERS, COMMUNITY_WORKERS = 175, 289, 7, 373
LEADERS, SUBDISTRICT_CADRES, COMMUNITY_CADRES, POSTINGS = 27, 31, 279, 1_991
PAIRINGS, REPORT_INS, PARTNER_UNITS, SOCIAL_ORGS, RIDER_GROUPS = 1_156, 5_126, 67, 20, 6

DEPARTMENTS = (
    "公安局", "城市管理局", "住房和城乡建设局", "民政局", "卫生健康局", "教育科技局", "人力资源和社会保障局",
    "市场监督管理局", "应急管理局", "消防救援大队", "司法局", "自然资源局", "生态环境分局", "交通运输局", "水利局",
    "文化和旅游局", "退役军人事务局", "医疗保障局", "残疾人联合会", "妇女联合会", "总工会", "团市委", "供电公司",
    "供水公司", "供热公司", "燃气公司", "园林绿化中心", "环卫中心", "房产服务中心", "信访局",
)  # fmt: skip
"""The departments that post staff to grids, and that requests are dispatched to."""

_UNITS = (
    "医院",
    "中学",
    "小学",
    "银行支行",
    "通信公司",
    "酒业公司",
    "超市",
    "药房",
    "律师事务所",
    "物业公司",
    "书店",
    "农商行",
)
_SOCIAL = ("社会工作服务中心", "志愿服务协会", "养老服务中心", "心理服务站", "公益促进会")
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红建文辉力永志国晓春梅云鹏飞宁欣怡子涵"


@dataclass
class Registers:
    """Rows of the three tables, as they are gathered, and the people by what they are."""

    rng: np.random.Generator
    begun: str
    persons: list[dict[str, Any]] = field(default_factory=list)
    organisations: list[dict[str, Any]] = field(default_factory=list)
    duties: list[dict[str, Any]] = field(default_factory=list)

    def person(self, organisation: str | None = None) -> str:
        """Add a person with a name by chance and a telephone that no network gives out, and return the id."""
        number = len(self.persons) + 1
        name = _pick(self.rng, _SURNAMES) + _pick(self.rng, _GIVEN)
        if self.rng.random() < 0.7:
            name += _pick(self.rng, _GIVEN)
        self.persons.append({
            "id": f"P{number:05d}", "name": name, "organisation": organisation,
            "phone": f"1000{number:07d}", "note": MARK,
        })  # fmt: skip
        return f"P{number:05d}"

    def organisation(self, letter: str, name: str, kind: str) -> str:
        """Add an organisation and return its id."""
        number = sum(one["kind"] == kind for one in self.organisations) + 1
        about = {"id": f"{letter}{number:03d}", "name": name, "kind": kind, "phone": None, "note": MARK}
        self.organisations.append(about)
        return str(about["id"])

    def duty(self, kind: str, places: Sequence[str], **values: Any) -> None:
        """Add a duty at places."""
        self.duties.append({
            "id": f"D{len(self.duties) + 1:05d}", "kind": kind, "places": ";".join(places),
            "valid_from": self.begun, "note": MARK, **values,
        })  # fmt: skip

    def held(self, kind: str, places: Sequence[str], *, organisation: str | None = None, **values: Any) -> str:
        """Add a person and the duty that they hold."""
        person = self.person(organisation)
        if values.get("posted"):
            values["contact"] = self.persons[-1]["phone"]
        self.duty(kind, places, person=person, organisation=organisation, **values)
        return person

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the tables."""
        named = {"persons": self.persons, "organisations": self.organisations, "duties": self.duties}
        return {name: pd.DataFrame(rows, dtype=object) for name, rows in named.items()}


def registers(layers: Mapping[str, GeoDataFrame], rng: np.random.Generator, *, on: dt.date) -> Registers:
    """Give the city of the layers its people: duties hold from the first of the year before `on`."""
    made = Registers(rng, f"{on.year - 1}-01-01")
    communities = layers["communities"]["code"].tolist()
    grids = layers["grids"]
    resident = grids["code"][grids["kind"] == "resident"].tolist()
    _party(made, layers["compounds"], layers["buildings"])
    _workers(made, grids)
    shares: NDArray[np.float64] = np.bincount(
        layers["buildings"]["community"].map({code: k for k, code in enumerate(communities)}).to_numpy(dtype=np.int64),
        layers["buildings"]["residents"].to_numpy(dtype=float),
        len(communities),
    ).astype(np.float64)
    for code, many in zip(
        communities, rounded(shares / shares.sum() * COMMUNITY_WORKERS, COMMUNITY_WORKERS), strict=True
    ):
        for _ in range(int(many)):
            made.held("community_worker", [code], posted=True)
    _liaison(made, communities, resident)
    _posted(made, grids["code"].tolist())
    _organisations(made, communities)
    _restricted(made, communities, shares)
    return made


def _pick(rng: np.random.Generator, letters: Sequence[str]) -> str:
    return str(letters[int(rng.integers(len(letters)))])


def _party(made: Registers, compounds: GeoDataFrame, buildings: GeoDataFrame) -> None:
    """Found 175 organisations in compounds, one a community at least; the nearest of theirs serves the others."""
    ids, home = compounds["id"].to_numpy(), compounds["community"].to_numpy()
    names = compounds["name"].to_numpy()
    homes = buildings.groupby("compound")["households"].sum()
    size = np.array([int(homes.get(name, 0)) for name in ids])
    for community in np.unique(home):
        mine = np.flatnonzero(home == community)
        size[mine[np.argmax(size[mine])]] += 10_000
    hosts = np.sort(np.argsort(-size, kind="stable")[:PARTY_ORGS])
    middle = shapely.get_coordinates(shapely.centroid(compounds.geometry.to_numpy()))
    serves: dict[int, list[str]] = {int(host): [str(ids[host])] for host in hosts}
    for k in np.setdiff1d(np.arange(len(ids)), hosts):
        near = hosts[home[hosts] == home[k]]
        serves[int(near[np.argmin(np.hypot(*(middle[near] - middle[k]).T).round(2))])].append(str(ids[k]))
    for host, places in serves.items():
        org = made.organisation("DZ", f"{names[host]}党支部", "party_org")
        made.duty("party_org", places, organisation=org, posted=True)
        role = "学生党员书记" if made.rng.random() < 0.15 else "退休党员书记"
        made.held("party_secretary", places, organisation=org, role=role, posted=True)


def _workers(made: Registers, grids: GeoDataFrame) -> None:
    """Give 289 workers to 300 grids: seven have two that adjoin, four grids stand vacant."""
    codes = grids["code"].tolist()
    together = _adjoining(grids, SHARING_WORKERS, made.rng)
    paired = {code for pair in together for code in pair}
    alone = [code for code in codes if code not in paired]
    few = len(alone) - (GRID_WORKERS - SHARING_WORKERS)
    resident = set(grids["code"][grids["kind"] == "resident"])
    spare = [code for code in alone if code in resident]
    vacant = {spare[k] for k in made.rng.permutation(len(spare))[:few].tolist()}
    first = {pair[0]: pair for pair in together}
    for code in codes:
        if code in first:
            made.held("grid_worker", first[code], role="专职", posted=True)
        elif code not in paired and code not in vacant:
            made.held("grid_worker", [code], role="专职", posted=True)


def _adjoining(grids: GeoDataFrame, many: int, rng: np.random.Generator) -> list[tuple[str, str]]:
    """Return pairs of resident grids of one community that share 50 m of boundary or more, no grid in two."""
    resident = grids[grids["kind"] == "resident"]
    codes, shapes = resident["code"].tolist(), resident.geometry.to_numpy()
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    home = resident["community"].to_numpy()
    fits = (one < other) & (home[one] == home[other])
    one, other = one[fits], other[fits]
    order = np.lexsort((other, one))
    shared = shapely.length(shapely.intersection(shapely.boundary(shapes[one]), shapely.boundary(shapes[other])))
    pairs: list[tuple[str, str]] = []
    used: set[int] = set()
    for k in order[rng.permutation(len(order))].tolist():
        a, b = int(one[k]), int(other[k])
        if len(pairs) < many and shared[k] >= 50.0 and not {a, b} & used:
            pairs.append((codes[a], codes[b]))
            used |= {a, b}
    return pairs


def _liaison(made: Registers, communities: list[str], resident: list[str]) -> None:
    """Give leaders to communities, five of them two; and cadres to grids, of the subdistricts where none is left."""
    more = len(communities) - LEADERS
    for k in range(LEADERS):
        made.held("leader_liaison", [communities[k], *communities[LEADERS + k :][: 1 if k < more else 0]], posted=True)
    order = [resident[k] for k in made.rng.permutation(len(resident))]
    for code in sorted(order[:COMMUNITY_CADRES]):
        made.held("cadre_liaison", [code], role="community", posted=True)
    rest = order[COMMUNITY_CADRES:] + order[: SUBDISTRICT_CADRES - (len(order) - COMMUNITY_CADRES)]
    for code in sorted(rest):
        made.held("cadre_liaison", [code], role="subdistrict", posted=True)


def _posted(made: Registers, grids: list[str]) -> None:
    """Post 1,991 members of departments, six or seven a grid, none twice from one department."""
    ids = [made.organisation("BM", f"汾阳市{name}", "department") for name in DEPARTMENTS]
    for k in range(POSTINGS):
        grid, turn = k % len(grids), k // len(grids)
        department = ids[(grid * 7 + turn * 4 + grid // len(ids)) % len(ids)]
        made.held("posting", [grids[grid]], organisation=department, role="下沉干部")


def _organisations(made: Registers, communities: list[str]) -> None:
    """Add partner units, social organisations, riders' groups and teams of silver-hair helpers."""
    ordinals = ["第一", "第二", "第三", "第四", "第五", "第六"]

    def some(most: int) -> list[str]:
        picked = made.rng.permutation(len(communities))[: int(made.rng.integers(1, most + 1))]
        return sorted(communities[k] for k in picked.tolist())

    for k in range(PARTNER_UNITS):
        name = f"汾阳市{ordinals[k // len(_UNITS)]}{_UNITS[k % len(_UNITS)]}"
        made.duty("partner_unit", some(3), organisation=made.organisation("DW", name, "unit"), posted=True)
    for k in range(SOCIAL_ORGS):
        name = f"汾阳市{['同心', '暖阳', '汾水', '杏花'][k // len(_SOCIAL)]}{_SOCIAL[k % len(_SOCIAL)]}"
        made.duty("social_org", some(4), organisation=made.organisation("SZ", name, "social_org"), posted=True)
    for k in range(RIDER_GROUPS):
        org = made.organisation("QS", f"{ordinals[k]}骑手志愿服务队", "rider_group")
        made.duty("rider_group", some(8), organisation=org, points=int(made.rng.integers(50, 400)), posted=True)
    for code in communities:
        org = made.organisation("YF", f"银发助力队{code[-6:]}", "volunteers")
        made.duty("volunteer", [code], organisation=org, role="银发助力", points=int(made.rng.integers(80, 900)))


def _restricted(made: Registers, communities: list[str], shares: NDArray[np.float64]) -> None:
    """Pair 1,156 priority households with cadres, and let 5,126 party members report in with their points."""
    helpers = [duty["person"] for duty in made.duties if duty["kind"] in ("cadre_liaison", "posting")]
    even = shares / shares.sum()
    number = 0
    for code, many in zip(communities, rounded(even * PAIRINGS, PAIRINGS), strict=True):
        for _ in range(int(many)):
            number += 1
            helper = helpers[int(made.rng.integers(len(helpers)))]
            made.duty("pairing", [f"{code}:H{number:05d}"], person=helper, role="帮扶责任人")
    for code, many in zip(communities, rounded(even * REPORT_INS, REPORT_INS), strict=True):
        for _ in range(int(many)):
            made.held("report_in", [code], points=int(made.rng.integers(0, 60)))
