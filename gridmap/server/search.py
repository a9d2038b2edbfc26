"""Search by name and address: as written, by pinyin, and by its initials."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from geopandas import GeoDataFrame
from numpy.typing import NDArray
from pypinyin import Style, lazy_pinyin

from gridmap.city import City
from gridmap.plan import Plan

__all__ = ["Index"]

_LEVELS = (
    ("subdistrict", "subdistricts", "code"), ("community", "communities", "code"), ("compound", "compounds", "id"),
    ("facility", "facilities", "id"), ("street", "streets", "id"), ("building", "buildings", "id"),
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Index:
    """Names of places with what they are found by.

    `lines` are names and addresses, `spoken` their pinyin and its initials, `owner` int64 the entry of each line, and
    `named` tells names from addresses.
    """

    entries: tuple[dict[str, Any], ...]
    lines: tuple[str, ...]
    spoken: tuple[tuple[str, str], ...]
    owner: NDArray[np.int64]
    named: tuple[bool, ...]

    @classmethod
    def of(cls, city: City) -> Index:
        """Make the index of a city: O(names). Readings are made once a name."""
        entries: list[dict[str, Any]] = []
        lines: list[str] = []
        owner: list[int] = []
        named: list[bool] = []
        for level, layer, key in _LEVELS:
            frame = city.layers[layer]
            if level == "street":  # a street is many pieces of one name
                frame = frame.drop_duplicates("name")
            for row, names in enumerate(_names(frame)):
                fresh = {folded: is_name for text, is_name in names if (folded := _folded(text))}
                lines += fresh
                named += fresh.values()
                owner += [len(entries) + row] * len(fresh)
            entries += _entries(city, level, frame, key)
        known: dict[str, tuple[str, str]] = {}
        for line in lines:
            if line not in known:
                known[line] = _readings(line)
        return cls(
            tuple(entries), tuple(lines), tuple(known[line] for line in lines), np.array(owner, np.int64), tuple(named)
        )

    def find(self, text: str, *, limit: int, plan: Plan | None = None) -> list[dict[str, Any]]:
        """Return the entries that a text names, the best first: whole, from the beginning, then within.

        Codes and ids are found whole or from the beginning. Grids are those of `plan`.
        """
        wanted = _folded(text)
        if not wanted:
            return []
        best: dict[int, int] = {}
        latin = wanted.isascii()
        for at, line in enumerate(self.lines):
            rank = _rank(wanted, line, self.spoken[at] if latin else None)
            if rank is not None:
                one = int(self.owner[at])
                rank += 0 if self.named[at] else 6
                best[one] = min(best.get(one, 99), rank)
        for one, entry in enumerate(self.entries):
            code = entry["code"].lower()
            if code == wanted:
                best[one] = 0
            elif len(wanted) > 3 and code.startswith(wanted):
                best[one] = min(best.get(one, 99), 3)
        ranked = sorted(best, key=lambda one: (best[one], one))
        grids = _grids(plan, wanted, limit)
        whole = [one for one in grids if wanted in (one["code"], _folded(one["name"] or ""))]
        rest = [one for one in grids if one not in whole]
        return [*whole, *(self.entries[one] for one in ranked[:limit]), *rest][:limit]


def _grids(plan: Plan | None, wanted: str, limit: int) -> list[dict[str, Any]]:
    if plan is None:
        return []
    hits = [
        grid for grid in plan.grids
        if (grid.name and wanted in _folded(grid.name))
        or (len(wanted) > 3 and (grid.code or grid.id).startswith(wanted))
    ][:limit]  # fmt: skip
    found = []
    for grid in hits:
        cells = plan.cells_of(grid.id)
        if len(cells):
            lon, lat = plan.fabric.frame.to_lonlat(plan.fabric.x[cells[:1]], plan.fabric.y[cells[:1]])
            about = {"kind": "grid", "code": grid.code or grid.id, "name": grid.name or None}
            found.append({**about, "lon": round(float(lon[0]), 6), "lat": round(float(lat[0]), 6), "address": None})
    return found


def _names(frame: GeoDataFrame) -> Iterable[list[tuple[str, bool]]]:
    """Yield the texts of each row, and whether each is a name rather than an address; a name wins over an address."""
    columns = [name for name in ("address", "aliases", "name") if name in frame]
    for values in zip(*(frame[name] for name in columns), strict=True):
        told = [
            (value, name != "address") for name, value in zip(columns, values, strict=True) if isinstance(value, str)
        ]
        yield [(part, is_name) for text, is_name in told for part in text.replace("；", ";").split(";")]


def _entries(city: City, level: str, frame: GeoDataFrame, key: str) -> list[dict[str, Any]]:
    points = shapely.point_on_surface(np.asarray(frame.geometry.array, object))
    lon, lat = city.frame.to_lonlat(shapely.get_x(points), shapely.get_y(points))
    addresses = frame["address"] if "address" in frame else [None] * len(frame)
    return [
        {"kind": level, "code": str(code), "name": name if isinstance(name, str) else None,
         "lon": round(float(a), 6), "lat": round(float(b), 6),
         "address": address if isinstance(address, str) else None}
        for code, name, address, a, b in zip(frame[key], frame["name"], addresses, lon, lat, strict=True)
    ]  # fmt: skip


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def _readings(line: str) -> tuple[str, str]:
    """Return a line's pinyin without tones, and its initials."""
    if line.isascii():
        return line, line
    whole = "".join(lazy_pinyin(line)).lower()
    first = "".join(lazy_pinyin(line, style=Style.FIRST_LETTER)).lower()
    return whole, first


def _rank(wanted: str, line: str, spoken: tuple[str, str] | None) -> int | None:
    if line == wanted:
        return 0
    if line.startswith(wanted):
        return 1
    if wanted in line:
        return 2
    if spoken is None:
        return None
    whole, first = spoken
    if whole == wanted or first == wanted:
        return 3
    if whole.startswith(wanted) or (len(wanted) > 1 and first.startswith(wanted)):
        return 4
    if len(wanted) > 2 and (wanted in first or wanted in whole):
        return 5
    return None
