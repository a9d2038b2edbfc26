"""An address as people write it, taken apart: what names the place, then building, stairwell, floor and room."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from gridmap.files.values import half_width
from gridmap.rules import table

__all__ = ["Address", "arabic", "parse", "plain", "without"]

_NUMERALS = {sign: number for number, sign in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_RUN = re.compile("[零〇一二三四五六七八九十百两廿卅]+")
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^】]*】")
_GAPS = re.compile(r"[\s,，。.;；:：、·•|｜\"'“”]+")
_DASHES = str.maketrans(
    dict.fromkeys("‐‑‒–—―─一－~～／\\", "-") | {"/": "-", "＃": "#", "號": "号", "樓": "楼", "棟": "栋"}
)
_DASHES.pop(ord("一"), None)
_N = r"[0-9]+[A-Z]?|[A-Z][0-9]*"


@dataclass(frozen=True, slots=True)
class Address:
    """What an address says: `place` is all that stands before the building, numbers are text without leading zeros.

    `head` is place and building: what decides which building it is, without stairwell and room.
    """

    place: str
    building: str = ""
    stairwell: str = ""
    floor: str = ""
    room: str = ""

    @property
    def head(self) -> str:
        """The place and the building, which is all that is ever kept."""
        return f"{self.place}{self.building}号楼" if self.building else self.place


def arabic(text: str) -> str:
    """Write Chinese numerals as digits, wherever they stand: names are compared after the same change.

    >>> arabic("古庄二十四巷十九号"), arabic("二〇一室"), arabic("一百零二号")
    ('古庄24巷19号', '201室', '102号')
    """
    return _RUN.sub(lambda found: _number(found[0]), text)


def _number(run: str) -> str:
    if not any(sign in run for sign in "十百廿卅"):
        return "".join(str(_NUMERALS[sign]) for sign in run)
    run = run.replace("廿", "二十").replace("卅", "三十")
    total, last = 0, None
    for sign in run:
        if sign in "十百":
            total += (1 if last is None else last) * (10 if sign == "十" else 100)
            last = None
        else:
            last = _NUMERALS[sign]
    return str(total + (last or 0))


def plain(text: str) -> str:
    """Reduce an address to what is compared: half width, capital letters, digits, no gaps, no remarks in brackets."""
    short = half_width(text).upper().translate(_DASHES)
    short = _GAPS.sub("", _BRACKETS.sub("", short)).strip("-")
    return arabic(short)


@cache
def _words(name: str) -> str:
    return "|".join(re.escape(word) for word in table("addresses")["words"][name])


@cache
def _tails() -> tuple[re.Pattern[str], ...]:
    """Return the ways in which building, stairwell, floor and room end an address, the fullest first."""
    b, u, f, r = (_words(name) for name in ("building", "stairwell", "floor", "room"))
    building = rf"(?P<b>{_N})(?:{b})"
    stairwell, room = rf"(?P<u>{_N})(?:{u})", rf"(?P<r>[0-9]+[A-Z]?)(?:{r})?"
    floor = rf"(?:(?P<f>[0-9]+)(?:{f})-?)?"
    return tuple(
        re.compile(pattern)
        for pattern in (
            rf"{building}-?(?:{stairwell})?-?{floor}(?:{room})?$",
            rf"{building}-?(?P<u>[0-9]{{1,2}})-{floor}{room}$",
            rf"(?P<b>{_N})-(?P<u>[0-9]{{1,2}})(?:{u})?-{room}$",
            rf"(?P<b>{_N})-?{stairwell}-?{floor}(?:{room})?$",
            rf"(?P<b>[0-9]{{1,3}}|[A-Z])-(?P<r>[0-9]{{2,5}})(?:{r})?$",
            rf"(?P<b>[0-9]{{1,3}})(?:号院|号)-?{stairwell}-?{floor}(?:{room})?$",
            rf"(?P<=号|院){room}$".replace("?P<=", "?<="),
        )
    )


def parse(text: str) -> Address:
    """Take an address apart. What cannot be told stays in `place`.

    >>> parse("文峰街道东关社区府学苑３号楼二单元501室")
    Address(place='文峰街道东关社区府学苑', building='3', stairwell='2', floor='', room='501')
    >>> parse("府学苑 3-2-501").building, parse("府学苑3＃2单元501").stairwell, parse("古庄五巷19号").place
    ('3', '2', '古庄5巷19号')
    """
    whole = plain(text)
    for pattern in _tails():
        found = pattern.search(whole)
        if found:
            parts = found.groupdict(default="")
            return Address(
                whole[: found.start()].strip("-"),
                _bare(parts.get("b", "")),
                _bare(parts.get("u", "")),
                _bare(parts.get("f", "")),
                _bare(parts.get("r", "")),
            )
    return Address(whole)


def _bare(number: str) -> str:
    return number.lstrip("0") or ("0" if number else "")


@cache
def _endings(name: str) -> tuple[str, ...]:
    return tuple(table("addresses")["words"][name])


def without(text: str, name: str) -> str:
    """Return a name without the word of its kind at its end: 府学苑小区 → 府学苑; a name of that word alone stays."""
    for ending in _endings(name):
        if text.endswith(ending) and len(text) - len(ending) >= 2:
            return text[: -len(ending)]
    return text
