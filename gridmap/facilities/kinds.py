"""Kinds of facilities and how far they serve: data of `rules/facilities.toml`, with metres made of minutes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from gridmap.errors import InputError
from gridmap.rules import WalkingRule, table

__all__ = ["Kind", "Limit", "circles", "kind_named", "kinds", "limit_of"]

WHO = ("households", "residents", "elders_60", "elders_80", "children")
"""Columns of buildings that facilities are for."""
_ELDERS = frozenset({"elders_60", "elders_80"})


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of facilities: what it is called, whom it is for, and how far it serves unless said otherwise."""

    id: str
    zh: str
    en: str
    names: tuple[str, ...] = ()
    minutes: float | None = None
    metres: float | None = None
    who: str = "households"
    source: str = ""
    verified: bool = False


@dataclass(frozen=True, slots=True)
class Limit:
    """How far counts as covered: metres on the network, for elders and for all others, and where that is from.

    `minutes` is None where the limit was given in metres, which hold for everybody.
    """

    minutes: float | None
    limit_m: float
    elder_limit_m: float
    speed_m_per_min: float
    elder_speed_m_per_min: float
    source: str
    verified: bool

    def of(self, who: str) -> float:
        """Return the metres that count for a column of people."""
        return self.elder_limit_m if who in _ELDERS else self.limit_m

    def to_dict(self) -> dict[str, Any]:
        """Return the limit as JSON has it: it is printed with every result."""
        return {name: getattr(self, name) for name in self.__slots__}


@cache
def kinds() -> dict[str, Kind]:
    """Return the kinds that ship with the tool, by id."""
    made = {}
    for id_, about in table("facilities")["kind"].items():
        made[id_] = Kind(id=id_, **{**about, "names": tuple(about["names"])})
    return made


def circles() -> tuple[float, ...]:
    """Return the minutes of the life circles, rising.

    >>> circles()
    (5.0, 10.0, 15.0)
    """
    return tuple(sorted(float(circle["minutes"]) for circle in table("facilities")["circle"].values()))


def kind_named(name: str, present: Iterable[str] = ()) -> Kind:
    """Return the kind of an id, a Chinese or English name; `present` are the kinds that the city has facilities of.

    A kind that the rules do not know is taken where the city has it. InputError `kind-unknown` otherwise.

    >>> kind_named("食堂").id, kind_named("care class").id
    ('canteen', 'care_class')
    """
    wanted = name.strip()
    there = sorted({str(one) for one in present})
    for kind in kinds().values():
        if wanted.lower() in {kind.id, kind.zh, kind.en.lower(), *kind.names}:
            return kind
    if wanted in there:
        return Kind(wanted, wanted, wanted)
    known = there or sorted(kinds())
    raise InputError("kind-unknown", f"There is no kind of facilities {name!r}.", f"Use one of {', '.join(known)}.")


def limit_of(kind: Kind, walking: WalkingRule, *, minutes: float | None = None, metres: float | None = None) -> Limit:
    """Return how far a kind serves: as asked in minutes or metres, else by its rule, else the 15-minute circle."""
    speed, elder_speed = float(walking.speed_m_per_min), float(walking.elder_speed_m_per_min)
    if not (speed > 0 and elder_speed > 0):
        raise InputError("speed-not-positive", "A walking speed is 0 or less.", "Correct [walking] of the profile.")
    if minutes is not None and metres is not None:
        raise InputError("limit-twice", "Both minutes and metres were given.", "Give one of them.")
    source, verified = "as asked; speeds: " + walking.source, walking.verified
    if minutes is None and metres is None:
        minutes, metres = (kind.minutes, kind.metres) if kind.minutes or kind.metres else (15.0, None)
        source, verified = kind.source or "15-minute life circle", kind.verified and walking.verified
    value = minutes if minutes is not None else metres
    if value is None or not 0 < value < float("inf"):
        raise InputError("limit-not-positive", f"The limit is {value}.", "Give minutes or metres above 0.")
    if minutes is not None:
        return Limit(float(minutes), minutes * speed, minutes * elder_speed, speed, elder_speed, source, verified)
    return Limit(None, float(value), float(value), speed, elder_speed, source, verified)
