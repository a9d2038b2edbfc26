"""A way in words: its stretches along one street, the turn at the beginning of each, in Chinese and English."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gridmap.errors import InputError

if TYPE_CHECKING:
    from gridmap.streets.network import Network

__all__ = ["TURNS", "Leg", "legs_of", "said"]

Floats = NDArray[np.float64]

TURNS: dict[str, tuple[str, str]] = {
    "straight": ("直行", "Continue"),
    "slight_left": ("向左前方", "Bear left"),
    "slight_right": ("向右前方", "Bear right"),
    "left": ("左转", "Turn left"),
    "right": ("右转", "Turn right"),
    "sharp_left": ("向左后方转", "Turn sharp left"),
    "sharp_right": ("向右后方转", "Turn sharp right"),
    "back": ("掉头", "Turn back"),
}
"""The turns by code: Chinese, English. A leg's turn may also be `start`."""

_COMPASS = (
    ("东", "east"), ("东北", "north-east"), ("北", "north"), ("西北", "north-west"),
    ("西", "west"), ("西南", "south-west"), ("南", "south"), ("东南", "south-east"),
)  # fmt: skip
_LOOK_M = 8.0
_SAME_DEG = 40.0
_JOG_M = 3.0


@dataclass(frozen=True)
class Leg:
    """A stretch of a way: street name ("": unnamed), class, length, the turn into it, and where it leads (degrees)."""

    name: str
    walk_class: str
    length_m: float
    turn: str
    heading_deg: float


def legs_of(network: Network, edge: NDArray[np.int32], begin_m: Floats, end_m: Floats) -> tuple[Leg, ...]:
    """Put the pieces of a way together to legs: pieces of one name that go on within 40 degrees are one."""
    from gridmap.streets.kernels.courses import cut

    if not len(edge):
        return ()
    xy, bounds = cut(network.coords, network.along, network.offsets, edge, begin_m, end_m)
    legs: list[Leg] = []
    heading_before = 0.0
    for i, e in enumerate(edge):
        line = xy[bounds[i] : bounds[i + 1]]
        name = network.names[network.name[e]] if network.name[e] >= 0 else ""
        kind = network.classes[network.walk_class[e]] if network.walk_class[e] >= 0 else ""
        heading = _heading(line)
        turned = (heading - heading_before + 180.0) % 360.0 - 180.0
        length = abs(float(end_m[i] - begin_m[i]))
        if legs and length < _JOG_M and i < len(edge) - 1:
            # Two streets that meet a third not quite opposite each other: nobody turns twice there.
            legs[-1] = replace(legs[-1], length_m=legs[-1].length_m + length)
            continue
        if legs and legs[-1].name == name and abs(turned) < _SAME_DEG:
            legs[-1] = replace(legs[-1], length_m=legs[-1].length_m + length)
        else:
            legs.append(Leg(name, kind, length, _turn(turned) if legs else "start", heading))
        heading_before = (_heading(line[::-1]) + 180.0) % 360.0
    return tuple(legs)


def _heading(line: Floats) -> float:
    """Return the direction in which a line sets out over its first metres: degrees from east, against the clock."""
    away = np.hypot(*(line - line[0]).T)
    far = np.flatnonzero(away >= _LOOK_M)
    to = line[far[0]] if len(far) else line[int(np.argmax(away))]
    return float(np.degrees(np.arctan2(to[1] - line[0, 1], to[0] - line[0, 0])) % 360.0)


def _turn(angle_deg: float) -> str:
    """Name a turn by its angle, positive to the left."""
    size = abs(angle_deg)
    if size < 20:
        return "straight"
    if size > 170:
        return "back"
    side = "left" if angle_deg > 0 else "right"
    return f"slight_{side}" if size < 50 else side if size < 130 else f"sharp_{side}"


def said(legs: Sequence[Leg], language: str, *, found: bool = True) -> list[str]:
    """Say legs in words, `zh` or `en`; the last line is the arrival.

    >>> said([Leg("西门街", "arterial", 118.0, "start", 0.0), Leg("", "lane", 42.0, "left", 90.0)], "zh")
    ['沿西门街向东步行120米', '左转进入无名巷道，步行40米', '到达']
    >>> said([Leg("西门街", "arterial", 118.0, "start", 0.0)], "en")
    ['Walk 120 m east along 西门街', 'Arrive']
    """
    if language not in {"zh", "en"}:
        raise InputError("language-unknown", f"There is no language {language!r}.", "Use zh or en.")
    chinese = language == "zh"
    if not found:
        return ["步行无法到达" if chinese else "There is no way on foot"]
    say = _zh if chinese else _en
    return [*(say(leg) for leg in legs), "到达" if chinese else "Arrive"]


def _metres(length_m: float) -> int:
    """Round a length as it is spoken: to 10 m, short ones to 1 m."""
    return round(length_m) if length_m < 20 else round(length_m / 10) * 10


def _zh(leg: Leg) -> str:
    street = leg.name or "无名巷道"
    if leg.turn == "start":
        return f"沿{street}向{_COMPASS[round(leg.heading_deg / 45) % 8][0]}步行{_metres(leg.length_m)}米"
    return f"{TURNS[leg.turn][0]}进入{street}，步行{_metres(leg.length_m)}米"


def _en(leg: Leg) -> str:
    street = leg.name or "an unnamed way"
    if leg.turn == "start":
        return f"Walk {_metres(leg.length_m)} m {_COMPASS[round(leg.heading_deg / 45) % 8][1]} along {street}"
    return f"{TURNS[leg.turn][1]} onto {street} and walk {_metres(leg.length_m)} m"
