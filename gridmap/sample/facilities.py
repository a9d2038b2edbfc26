"""Facilities of the sample city, in the numbers of the published account."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import MultiPoint, Point, Polygon

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

STATIONS, CARE_CLASSES, CANTEENS, DISABILITY_HOMES, MEDIATION_STATIONS = 160, 32, 2, 2, 1
_THIS_YEAR = 2025
_NEW_CENTERS, _NEW_STATIONS = 5, 8
_PLAYGROUNDS = 40
READING_ZONES, PREMISES, IDLE_PREMISES = 17, 26, 7
SOURCE = "虚构示例"
_FUNCTIONS = "党群活动、便民服务、议事协商、志愿服务"

Row = dict[str, object]


@dataclass(slots=True)
class Site:
    """What facilities are placed by: all in local metres. Communities, compounds and buildings by row."""

    community_code: Sequence[str]
    community_name: Sequence[str]
    subdistrict_of: Sequence[str]
    compound_id: Sequence[str]
    compound_name: Sequence[str]
    compound_community: IntArray
    compound_outline: Sequence[Polygon]
    compound_dwellings: IntArray
    compound_new: NDArray[np.bool_]
    building_xy: FloatArray
    building_community: IntArray
    building_compound: IntArray
    building_dwellings: IntArray
    building_address: Sequence[str]
    parcel_gates: dict[int, FloatArray]
    parcel_use: dict[int, str]
    parcel_name: dict[int, str]
    parcel_community: dict[int, int]
    parcel_area_m2: dict[int, float]
    parcel_address: Callable[[int], str]
    subdistrict_names: dict[str, str]
    rows: list[Row] = field(default_factory=list)
    taken: set[int] = field(default_factory=set)

    def add(self, shape: Point | MultiPoint, community: int, kind: str, name: str, **more: object) -> None:
        """Add a facility."""
        number = len(self.rows) + 1
        self.rows.append({
            "id": f"F{number:04d}",
            "name": name,
            "kind": kind,
            "status": "open",
            "phone": f"0358-000{number:04d}",
            "community": self.community_code[community],
            "source": SOURCE,
            "geometry": shape,
            **more,
        })  # fmt: skip

    def house(self, community: int, xy: FloatArray) -> int:
        """Return the building with dwellings of a community that is nearest to a place and holds no facility yet."""
        mine = np.flatnonzero((self.building_community == community) & (self.building_dwellings >= 2))
        mine = np.array([k for k in mine if k not in self.taken], dtype=np.int64)
        best = int(mine[np.argmin(np.hypot(*(self.building_xy[mine] - xy).T).round(2))])
        self.taken.add(best)
        return best

    def middle(self, community: int) -> FloatArray:
        """Return the middle of a community's dwellings."""
        mine = self.building_community == community
        weight = self.building_dwellings[mine].astype(float)
        return np.asarray((self.building_xy[mine] * weight[:, None]).sum(axis=0) / weight.sum())

    def in_house(self, community: int, xy: FloatArray, kind: str, name: str, **more: object) -> None:
        """Add a facility on the ground floor of the nearest building that has none."""
        k = self.house(community, xy)
        self.add(Point(self.building_xy[k]), community, kind, name, address=self.building_address[k], **more)

    def on_parcel(self, parcel: int, kind: str, name: str, **more: object) -> None:
        """Add a facility that takes a whole parcel, with a point for each of its gates."""
        gates = self.parcel_gates[parcel]
        shape = MultiPoint(gates) if len(gates) > 1 else Point(gates[0])
        area = round(self.parcel_area_m2[parcel])
        community = self.parcel_community[parcel]
        self.add(
            shape, community, kind, name, **{"area_m2": float(area), "address": self.parcel_address(parcel), **more}
        )


def place(site: Site, seed: int) -> list[Row]:
    """Place all facilities and return their rows, with geometry in local metres."""
    rng = np.random.default_rng([seed, 10])
    _centers(site, rng)
    _stations(site, rng)
    _care(site, rng)
    _single(site)
    _health(site, rng)
    _schools(site, rng)
    _open_air(site, rng)
    # Last, so that the places above stay where they are.
    _culture(site, rng)
    _premises(site, rng)
    return site.rows


def _parcels(site: Site, use: str) -> list[int]:
    return [parcel for parcel, kind in site.parcel_use.items() if kind == use]


def _centers(site: Site, rng: np.random.Generator) -> None:
    hall = next(p for p in _parcels(site, "office") if site.parcel_name[p] == "汾阳市政务中心")
    common = {"opening_hours": "Mo-Fr 08:30-12:00,14:30-18:00", "capacity": 120}
    site.on_parcel(
        hall,
        "service_center",
        "汾阳市党群服务中心",
        tier="city",
        year=2021,
        functions=f"{_FUNCTIONS}、综合受理",
        **{**common, "area_m2": 4200.0},
    )
    for code, name in site.subdistrict_names.items():
        here = [c for c, of in enumerate(site.subdistrict_of) if of == code]
        middle = np.mean([site.middle(c) for c in here], axis=0)
        nearest = min(here, key=lambda c: float(np.hypot(*(site.middle(c) - middle))))
        site.in_house(
            nearest,
            middle,
            "service_center",
            f"{name}党群服务中心",
            tier="subdistrict",
            year=2022,
            area_m2=1600.0,
            functions=f"{_FUNCTIONS}、综合受理",
            **common,
        )
    new = set(rng.permutation(len(site.community_code))[:_NEW_CENTERS].tolist())
    for c, name in enumerate(site.community_name):
        site.in_house(
            c,
            site.middle(c),
            "service_center",
            f"{name}党群服务中心",
            tier="community",
            functions=_FUNCTIONS,
            year=_THIS_YEAR if c in new else int(rng.integers(2016, _THIS_YEAR)),
            area_m2=float(rng.integers(30, 90) * 10),
            capacity=int(rng.integers(4, 13) * 10),
            opening_hours="Mo-Su 08:00-20:00" if rng.random() < 0.4 else "Mo-Fr 08:30-12:00,14:30-18:00",
        )


def _stations(site: Site, rng: np.random.Generator) -> None:
    """Open 160 stations in compounds; each compound without one is served by the nearest of its community."""
    size = site.compound_dwellings.copy()
    for c in np.unique(site.compound_community):
        mine = np.flatnonzero(site.compound_community == c)
        size[mine[np.argmax(size[mine])]] += 10_000  # every community with compounds keeps one station at least
    hosts = np.sort(np.argsort(-size, kind="stable")[:STATIONS])
    middle = np.array([outline.centroid.coords[0] for outline in site.compound_outline])
    serves: dict[int, list[int]] = {int(host): [int(host)] for host in hosts}
    for k in range(len(size)):
        if k not in serves:
            near = hosts[site.compound_community[hosts] == site.compound_community[k]]
            best = int(near[np.argmin(np.hypot(*(middle[near] - middle[k]).T).round(2))])
            serves[best].append(k)
    new = set(rng.permutation(hosts)[:_NEW_STATIONS].tolist())
    for host, served in serves.items():
        mine = np.flatnonzero(site.building_compound == host)
        k = int(mine[np.argmin(np.hypot(*(site.building_xy[mine] - middle[host]).T).round(2))])
        site.taken.add(k)
        site.add(
            Point(site.building_xy[k]),
            int(site.compound_community[host]),
            "service_station",
            f"{site.compound_name[host]}党群服务站",
            tier="compound",
            functions="议事协商、便民代办、休憩",
            year=_THIS_YEAR if host in new else int(rng.integers(2019, _THIS_YEAR)),
            area_m2=float(rng.integers(6, 22) * 10),
            capacity=int(rng.integers(2, 6) * 10),
            opening_hours="Mo-Su 09:00-21:00" if rng.random() < 0.3 else "Mo-Fr 09:00-12:00,15:00-20:00",
            address=site.building_address[k],
            serves=";".join(site.compound_id[s] for s in served),
        )


def _care(site: Site, rng: np.random.Generator) -> None:
    for c, name in enumerate(site.community_name):
        site.in_house(
            c,
            site.middle(c) + rng.uniform(-160, 160, 2),
            "care_class",
            f"{name}公益托管班",
            tier="community",
            capacity=int(rng.integers(4, 11) * 5),
            area_m2=float(rng.integers(8, 20) * 10),
            year=int(rng.integers(2022, _THIS_YEAR + 1)),
            opening_hours="Mo-Fr 16:30-19:00; PH off",
        )


def _single(site: Site) -> None:
    """Add the kinds of which there are one or two: canteens, homes, the mediation station."""
    name_row = {name: row for row, name in enumerate(site.community_name)}
    meals = {"opening_hours": "Mo-Su 07:00-08:30,11:00-13:00,17:30-19:00", "tier": "community"}
    day = {"opening_hours": "Mo-Fr 08:30-11:30,14:30-17:30"}
    for community, kind, name, more in (
        ("鼓楼社区", "canteen", "鼓楼社区食堂", {**meals, "capacity": 120, "area_m2": 420.0, "year": 2023}),
        ("东关社区", "canteen", "东关社区食堂", {**meals, "capacity": 80, "area_m2": 310.0, "year": 2024}),
        (
            "府学街社区",
            "disability_home",
            "太和桥残疾人之家",
            {**day, "tier": "subdistrict", "capacity": 30, "year": 2022},
        ),
        (
            "冯家庄社区",
            "disability_home",
            "西河残疾人之家",
            {**day, "tier": "subdistrict", "capacity": 25, "year": 2023},
        ),
        (
            "南关社区",
            "mediation_station",
            "汾阳市矛盾纠纷调解站",
            {**day, "tier": "city", "capacity": 20, "year": 2021},
        ),
        (
            "北廓社区",
            "elder_home",
            "汾阳市敬老院",
            {"opening_hours": "24/7", "tier": "city", "capacity": 180, "year": 2015},
        ),
    ):
        row = name_row[community]
        k = site.house(row, site.middle(row) + np.array([90.0, -60.0]))
        doors = site.building_xy[k] + np.array([[-5.0, -4.5], [5.0, 4.5]])
        site.add(MultiPoint(doors), row, kind, name, address=site.building_address[k], **more)


def _health(site: Site, rng: np.random.Generator) -> None:
    for parcel in _parcels(site, "hospital"):
        site.on_parcel(
            parcel,
            "clinic",
            site.parcel_name[parcel],
            tier="city",
            opening_hours="24/7",
            capacity=int(rng.integers(20, 60) * 10),
        )
    for c, name in enumerate(site.community_name):
        site.in_house(
            c,
            site.middle(c) + rng.uniform(-220, 220, 2),
            "clinic",
            f"{name}卫生服务站",
            tier="community",
            capacity=int(rng.integers(3, 9) * 5),
            area_m2=float(rng.integers(10, 30) * 10),
            opening_hours="Mo-Sa 08:00-18:00",
            status="building" if c == 13 else "open",
        )


def _schools(site: Site, rng: np.random.Generator) -> None:
    for parcel in _parcels(site, "school"):
        site.on_parcel(
            parcel,
            "school",
            site.parcel_name[parcel],
            tier="community",
            opening_hours="Mo-Fr 07:30-18:00; PH off",
            capacity=int(min(2400, max(180, site.parcel_area_m2[parcel] / 18)) // 10 * 10),
            year=int(rng.integers(1978, 2020)),
        )


def _open_air(site: Site, rng: np.random.Generator) -> None:
    for parcel in _parcels(site, "park"):
        site.on_parcel(parcel, "park", site.parcel_name[parcel], tier="community", opening_hours="24/7")
    fresh = np.flatnonzero(site.compound_new & (site.compound_dwellings >= 150))
    for count, k in enumerate(sorted(rng.permutation(fresh)[:_PLAYGROUNDS].tolist())):
        outline = site.compound_outline[k]
        mine = site.building_xy[site.building_compound == k]
        spot = _free_spot(outline, mine)
        site.add(
            Point(spot),
            int(site.compound_community[k]),
            "playground",
            f"{site.compound_name[k]}儿童游乐场",
            tier="compound",
            capacity=int(rng.integers(2, 6) * 10),
            opening_hours="Mo-Su 07:00-21:30",
            address=f"{site.compound_name[k]}内",
            status="planned" if count % 13 == 5 else "open",
        )


def _culture(site: Site, rng: np.random.Generator) -> None:
    """Open the venues, the folk village, the experience zones and 17 reading service zones of the published account."""
    day = {"opening_hours": "Tu-Su 09:00-17:00", "functions": "展陈、讲习、文化活动"}
    for community, kind, name, capacity in (
        ("北廓社区", "culture_venue", "水母观文化场所", 300),
        ("西关社区", "culture_venue", "灵岩寺文化场所", 60),
        ("吴南社社区", "folk_village", "南垣寨民俗村", 240),
        ("大向善社区", "experience_zone", "三泉非遗体验区", 500),
        ("鼓楼社区", "experience_zone", "鼓楼民俗体验区", 120),
    ):
        row = list(site.community_name).index(community)
        site.in_house(row, site.middle(row) + rng.uniform(-120, 120, 2), kind, name, tier="city", capacity=capacity,
                      year=2024, **day)  # fmt: skip
    for c in sorted(rng.permutation(len(site.community_name))[:READING_ZONES].tolist()):
        site.in_house(
            c, site.middle(c) + rng.uniform(-200, 200, 2), "reading_zone", f"{site.community_name[c]}阅读服务点",
            tier="community", capacity=int(rng.integers(2, 7) * 5), year=int(rng.integers(2021, _THIS_YEAR + 1)),
            opening_hours="Mo-Su 09:00-20:00", functions="借阅、朗读",
        )  # fmt: skip


def _premises(site: Site, rng: np.random.Generator) -> None:
    """Survey premises for public service: whose they are, and which stand idle."""
    for count, c in enumerate(sorted(rng.permutation(len(site.community_name))[:PREMISES].tolist())):
        site.in_house(
            c, site.middle(c) + rng.uniform(-260, 260, 2), "premises", f"{site.community_name[c]}公共服务用房",
            tier="community", area_m2=float(rng.integers(8, 60) * 10), capacity=int(rng.integers(2, 9) * 10),
            year=int(rng.integers(1996, _THIS_YEAR)), status="closed" if count < IDLE_PREMISES else "open",
            tenure=str(rng.choice(["owned", "owned", "rented", "lent"])),
            opening_hours="Mo-Fr 09:00-17:00",
        )  # fmt: skip


def _free_spot(outline: Polygon, buildings: FloatArray) -> FloatArray:
    """Return the place inside a compound that is farthest from its buildings' middles and not at its wall."""
    x0, y0, x1, y1 = outline.bounds
    gx, gy = np.meshgrid(np.linspace(x0, x1, 12), np.linspace(y0, y1, 12))
    spots = np.column_stack([gx.ravel(), gy.ravel()])
    spots = spots[shapely.contains_xy(shapely.buffer(outline, -8.0), spots)]
    if not len(spots):
        return np.asarray(outline.point_on_surface().coords[0])
    near = np.hypot(spots[:, None, 0] - buildings[None, :, 0], (spots[:, None, 1] - buildings[None, :, 1]) * 1.6).min(
        axis=1
    )
    return np.asarray(spots[int(np.argmax(near.round(2)))])
