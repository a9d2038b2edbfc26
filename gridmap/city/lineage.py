"""What became of the places of one release of codes in another: kept, renamed, merged, split, new, retired.

Registries drift: places change names, codes or both. Names are compared by their stems (东关社区居委会 and 东关社区 are
one), codes as text. A code that was somebody else's is told: retired codes are never used again.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import NamedTuple

import pandas as pd
from rapidfuzz import fuzz

from gridmap.city.cleaning import clean_code, clean_name
from gridmap.errors import InputError

__all__ = ["COLUMNS", "lineage", "retired_between", "stem"]

COLUMNS = ("kind", "old_code", "old_name", "new_code", "new_name", "similarity", "reused")
"""The columns of a lineage. `similarity` of the names is 0 to 1; `reused`: the new code was another place's."""

_ENDINGS = re.compile(
    r"(社区居民委员会|社区居委会|居民委员会|居委会|村民委员会|村委会|社区|街道办事处|街道|地区|镇|乡|村)$"
)
# What tells the halves of a place apart: two names that differ in these alone are two places, or a split one.
_SIDES = frozenset("东西南北中上下前后左右新老内外一二三四五六七八九十0123456789")
_ALIKE = 0.75


class _Place(NamedTuple):
    code: str
    name: str
    stem: str


def stem(name: str) -> str:
    """Return what tells a place's name from others of its kind.

    >>> stem("东关社区居委会"), stem("文峰街道"), stem("村")
    ('东关', '文峰', '村')
    """
    plain = clean_name(name)
    return _ENDINGS.sub("", plain) or plain


def lineage(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Return what became of each place, with `COLUMNS`, by old and new code; a merge or split has a row a pair.

    Both have `code` and `name` as text. Same code and name: kept. Same code or same stem with anything else changed, or
    names that are alike: renamed. A stem that comes back with sides (鼓楼 as 鼓楼北 and 鼓楼南): split; the other way:
    merged. Raises InputError for missing columns and codes that repeat in a release.
    """
    before, after = _places(old, "old"), _places(new, "new")
    rows: list[tuple[str, _Place | None, _Place | None]] = []
    _families(before, after, rows)
    _same_codes(before, after, rows)
    _same_stems(before, after, rows)
    _alike(before, after, rows)
    rows += [("retired", place, None) for place in before.values()]
    rows += [("new", None, place) for place in after.values()]
    return _table(rows, set(old["code"].map(clean_code)))


def retired_between(old: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Return `code` and `name` of the places that lost their code from one release to the next.

    The new release has the code no more, or gives it to another: to a place that had a code of its own before, or while
    the place itself has another now. A place that only has a new name keeps its code. O(rows).
    """
    before, after = (_stems(release) for release in (old, new))
    old_stems, new_stems = Counter(before.values()), Counter(after.values())
    lost = []
    for code, name in zip(map(clean_code, old["code"].map(str)), old["name"], strict=True):
        mine, now = before[code], after.get(code)
        if now is None or (mine and now and mine != now and (new_stems[mine] or old_stems[now])):
            lost.append((code, name if isinstance(name, str) else ""))
    return pd.DataFrame(lost, columns=["code", "name"], dtype=object)


def _stems(release: pd.DataFrame) -> dict[str, str]:
    codes, names = release["code"].map(str).map(clean_code), release["name"]
    return {code: stem(name) if isinstance(name, str) else "" for code, name in zip(codes, names, strict=True)}


def _places(release: pd.DataFrame, which: str) -> dict[str, _Place]:
    missing = [name for name in ("code", "name") if name not in release]
    if missing:
        raise InputError("column-missing", f"The {which} codes have no column {missing[0]}.", "Name it code or name.")
    codes = [clean_code(str(code)) for code in release["code"]]
    repeated = [code for code, times in Counter(codes).items() if times > 1]
    if repeated:
        raise InputError("duplicate-id", f"The {which} codes have {repeated[0]} twice.", "Leave one of the rows out.")
    names = ["" if name is None or name != name else str(name) for name in release["name"]]
    return {code: _Place(code, name, stem(name)) for code, name in zip(codes, names, strict=True)}


_Rows = list[tuple[str, "_Place | None", "_Place | None"]]
_Places = dict[str, _Place]


def _families(before: _Places, after: _Places, rows: _Rows) -> None:
    """Take out splits and merges: a stem on one side, and on the other two or more that add a side to it."""
    for whole, parts, kind in ((before, after, "split"), (after, before, "merged")):
        stems = Counter(place.stem for place in whole.values())
        others = {place.stem for place in parts.values()}
        for place in [one for one in whole.values() if one.stem not in others and stems[one.stem] == 1]:
            family = [
                part
                for part in parts.values()
                if part.stem.startswith(place.stem)
                and part.stem not in stems
                and len(part.stem) == len(place.stem) + 1
                and part.stem[-1] in _SIDES
            ]
            if len(family) < 2:
                continue
            rows += [(kind, place, part) if kind == "split" else (kind, part, place) for part in family]
            del whole[place.code]
            for part in family:
                del parts[part.code]


def _same_codes(before: _Places, after: _Places, rows: _Rows) -> None:
    old_stems = Counter(place.stem for place in before.values())
    new_stems = Counter(place.stem for place in after.values())
    for code in [code for code in before if code in after]:
        one, other = before[code], after[code]
        # A place that is elsewhere under its own name left its code to another.
        moved = one.stem != other.stem and (new_stems[one.stem] or old_stems[other.stem])
        if not moved:
            rows.append(("kept" if clean_name(one.name) == clean_name(other.name) else "renamed", one, other))
            del before[code], after[code]


def _same_stems(before: _Places, after: _Places, rows: _Rows) -> None:
    """Take out places that keep their stem under another code: alone of that stem, or alone in the same parent."""
    for digits in (0, 9):
        old, new = _grouped(before.values(), digits), _grouped(after.values(), digits)
        for key in [key for key in old if len(old[key]) == 1 == len(new.get(key, ()))]:
            rows.append(("renamed", old[key][0], new[key][0]))
            del before[old[key][0].code], after[new[key][0].code]


def _grouped(places: Iterable[_Place], digits: int) -> dict[tuple[str, str], list[_Place]]:
    groups: dict[tuple[str, str], list[_Place]] = defaultdict(list)
    for place in places:
        groups[place.stem, place.code[:digits]].append(place)
    return groups


def _alike(before: _Places, after: _Places, rows: _Rows) -> None:
    """Take out pairs of similar names, the most similar first; never two that differ by their sides alone."""
    pairs = sorted(
        (-score, one.code, other.code)
        for one in before.values()
        for other in after.values()
        if (score := fuzz.ratio(one.stem, other.stem) / 100.0) >= _ALIKE and not _sides(one.stem, other.stem)
    )
    for _, one, other in pairs:
        if one in before and other in after:
            rows.append(("renamed", before.pop(one), after.pop(other)))


def _sides(one: str, other: str) -> bool:
    """Tell whether two stems differ only in what tells the halves of a place apart."""
    return len(one) == len(other) and all(a == b or {a, b} <= _SIDES for a, b in zip(one, other, strict=True))


def _table(rows: _Rows, taken: set[str]) -> pd.DataFrame:
    own = {(one.code, other.code) for _, one, other in rows if one is not None and other is not None}
    records = []
    for kind, one, other in rows:
        reused = other is not None and other.code in taken and (other.code, other.code) not in own
        alike = fuzz.ratio(one.stem, other.stem) / 100.0 if one is not None and other is not None else float("nan")
        records.append(
            (
                kind,
                None if one is None else one.code,
                None if one is None else one.name,
                None if other is None else other.code,
                None if other is None else other.name,
                round(alike, 3),
                reused,
            )
        )
    records.sort(key=lambda row: (row[1] or row[3] or "", row[3] or ""))
    columns = list(zip(*records, strict=True)) or [()] * len(COLUMNS)
    texts = ("kind", "old_code", "old_name", "new_code", "new_name")
    return pd.DataFrame(
        {
            name: pd.Series(values, dtype=object if name in texts else bool if name == "reused" else float)
            for name, values in zip(COLUMNS, columns, strict=True)
        }
    )
