"""Rule profiles and tables that are data: read from TOML beside this file, each rule with its source.

A planner may pass a profile of the city's own: `profile("/path/to/city.toml")`.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from gridmap.errors import InputError

__all__ = ["CodeRule", "Profile", "RedrawRule", "WindowRule", "profile", "table"]

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class WindowRule:
    """A range of households, both ends included, with where it is from."""

    min_households: int
    max_households: int
    source: str
    verified: bool


@dataclass(frozen=True, slots=True)
class CodeRule:
    """How codes are built. Zero digits means: codes are opaque text."""

    subdistrict_digits: int
    community_digits: int
    grid_sequence_digits: int
    source: str
    verified: bool
    micro_sequence_digits: int = 2
    """Digits that a micro grid has after its grid's code."""


@dataclass(frozen=True, slots=True)
class SuppressionRule:
    """The smallest number of people a published figure about them may stand on."""

    k: int
    source: str
    verified: bool


@dataclass(frozen=True, slots=True)
class WalkingRule:
    """Walking speeds in metres a minute."""

    speed_m_per_min: float
    elder_speed_m_per_min: float
    source: str
    verified: bool


@dataclass(frozen=True, slots=True)
class RedrawRule:
    """What may be traded while redrawing, and what counts as a barrier; see `gridmap.redraw.Weights` for the weights.

    `workload` counts only where a redrawing is asked to share work evenly.
    """

    compactness: float = 1.0
    staying: float = 0.5
    equality: float = 0.1
    streets: float = 0.02
    workload: float = 0.5
    arterials_are_barriers: bool = False
    source: str = "working value of this tool"
    verified: bool = False


@dataclass(frozen=True, slots=True)
class Profile:
    """The rules a city works by."""

    id: str
    title: str
    codes: CodeRule
    grid: WindowRule
    micro_grid: WindowRule
    community: WindowRule
    suppression: SuppressionRule
    walking: WalkingRule
    redraw: RedrawRule = RedrawRule()


def profile(name: str = "cn") -> Profile:
    """Read a rule profile: `cn`, `opaque`, or the path of a TOML file.

    >>> profile("cn").grid.max_households
    500
    """
    path = Path(name) if name.endswith(".toml") else _FOLDER / f"{name}.toml"
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
        return Profile(
            id=raw["id"],
            title=raw["title"],
            codes=CodeRule(**raw["codes"]),
            grid=WindowRule(**raw["grid"]),
            micro_grid=WindowRule(**raw["micro_grid"]),
            community=WindowRule(**raw["community"]),
            suppression=SuppressionRule(**raw["suppression"]),
            walking=WalkingRule(**raw["walking"]),
            redraw=RedrawRule(**raw.get("redraw", {})),
        )
    except FileNotFoundError:
        raise InputError(
            "profile-unknown", f"There is no rule profile {name!r}.", "Use cn, opaque or the path of a .toml file."
        ) from None
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise InputError(
            "profile-broken", f"{path.name}: this rule profile cannot be read ({error}).", "Compare it with cn.toml."
        ) from None


@cache
def table(name: str) -> dict[str, Any]:
    """Read one of the tables that ship with the tool (`look`, `aliases`), as nested dicts. Do not change the result."""
    return tomllib.loads((_FOLDER / f"{name}.toml").read_text("utf-8"))
