"""Names of invented places: streets, lanes, compounds, and what stands on other parcels."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.sample.compounds import Housing
from gridmap.sample.land import zone_at
from gridmap.sample.town import Town

_NUMERALS = "零一二三四五六七八九"


@cache
def lists() -> dict[str, Any]:
    """Read the lists of names."""
    return tomllib.loads((Path(__file__).parent / "names.toml").read_text("utf-8"))


def numeral(number: int) -> str:
    """Write a number from 1 to 99 in Chinese.

    >>> numeral(7), numeral(10), numeral(12), numeral(30)
    ('七', '十', '十二', '三十')
    """
    ten, one = divmod(number, 10)
    tens = "" if ten == 0 else ("十" if ten == 1 else _NUMERALS[ten] + "十")
    return tens + (_NUMERALS[one] if one else "")


def street_names(town: Town, middles: NDArray[np.float64], way_of: NDArray[np.int64], seed: int) -> list[str]:
    """Return the name of each street piece, given its middle (local metres, (n, 2)) and its way.

    Drawn streets carry their own names. Streets that divide a block are named once each: lanes after what stood there,
    village lanes by number, others 街 where they run east–west and 路 where they run north–south.
    """
    rng = np.random.default_rng([seed, 7])
    named: dict[int, str] = {}
    bases = list(rng.permutation(lists()["streets"]))
    local = {"街": _endless(bases, ["街"]), "路": _endless(bases[::-1], ["路"])}
    lanes = _endless(list(rng.permutation(lists()["lanes"])), lists()["lane_endings"])
    village: dict[str, int] = {}
    for number, way in enumerate(town.land.ways):
        if way.kind != "street" or way.sections:
            continue
        first, last = way.line.coords[0], way.line.coords[-1]
        kind, zone = zone_at(way.line.interpolate(0.5, normalized=True))
        if kind == "village":
            village[zone] = village.get(zone, 0) + 1
            named[number] = f"{zone}{numeral(village[zone])}巷" if village[zone] < 100 else ""
        elif way.cls == "lane":
            named[number] = next(lanes) if kind == "core" else ""
        elif kind != "field":
            named[number] = next(local["街" if abs(first[0] - last[0]) > abs(first[1] - last[1]) else "路"])
    return [
        town.land.ways[way].name_at(x, y) or named.get(int(way), "")
        for way, (x, y) in zip(way_of, middles, strict=True)
    ]


def _endless(bases: Sequence[str], endings: Sequence[str]) -> Iterator[str]:
    for prefix in ("", "新", "东", "南", "西", "北"):
        for ending, base in product(endings, bases):
            yield f"{prefix}{base}{ending}"


def compound_names(town: Town, housing: Housing, seed: int) -> list[str]:
    """Return the unique name of each compound, after the time it was built in."""
    rng = np.random.default_rng([seed, 8])
    table = lists()["compounds"]
    pools: dict[str, Iterator[str]] = {}
    for era in ("old", "mid", "new"):
        every = [f"{base}{ending}" for base in table[era] for ending in table[f"{era}_endings"]]
        first = ["府学苑"] if era == "mid" else ["汾酒家园"] if era == "new" else []
        pools[era] = iter([*first, *(str(name) for name in rng.permutation(every) if name not in first)])
    return [next(pools[town.land.parcels[parcel].era]) for parcel in housing.parcels]


def parcel_names(town: Town, streets: NDArray[np.object_], names: Sequence[str]) -> dict[int, str]:
    """Return a name for each parcel that is neither housing nor open country: after the nearest named street."""
    table = lists()["facilities"]
    kinds = {
        "school": table["schools"], "office": table["offices"], "mall": table["malls"], "industry": table["plants"],
        "market": table["markets"], "park": table["parks"], "hospital": table["hospitals"], "hall": ["会堂"],
        "temple": table["temples"], "shops": table["shops"],
    }  # fmt: skip
    roads = np.array([bool(name) and not name.endswith("巷") for name in names])
    tree = shapely.STRtree(streets[roads])
    chosen = [name for name, road in zip(names, roads, strict=True) if road]
    used: dict[str, int] = {}
    turn = dict.fromkeys(kinds, 0)
    result: dict[int, str] = {}
    for number, parcel in enumerate(town.land.parcels):
        if parcel.name:
            result[number] = parcel.name
            continue
        if parcel.use not in kinds or town.usable[number] is None:
            continue
        street = chosen[int(tree.nearest(parcel.polygon.centroid))]
        pool = kinds[parcel.use]
        ending = pool[turn[parcel.use] % len(pool)]
        turn[parcel.use] += 1
        plain = street[:-2] if len(street) > 3 and street[-2] in "东西南北" else street[:-1]
        stem = street if parcel.use in ("school", "market", "park") else plain
        stem = {"office": "汾阳市", "temple": ""}.get(parcel.use, stem)
        name = f"{stem}{ending}"
        used[name] = used.get(name, 0) + 1
        result[number] = name if used[name] == 1 else f"{stem}第{numeral(used[name])}{ending}"
    return result
