"""Findings: what is wrong with a city or a plan, where, and what to do about it.

Rules are data: `rules/findings.toml` says of each its severity, its title and its remedy in both languages.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from gridmap.geo.frames import Frame
from gridmap.rules import table

__all__ = ["Finding", "FindingRule", "Severity", "finding", "finding_rules"]

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class FindingRule:
    """A rule that is checked: what breaking it is called and means, and what mends it."""

    id: str
    severity: Severity
    title: str
    title_zh: str
    remedy: str
    remedy_zh: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One place where a rule does not hold.

    `id` is the same on each run for the same rule, layer and feature. `feature` is a code or id, or several joined by
    ` · `, or empty for the whole layer. `x`, `y` and `bounds` (least x and y, greatest x and y) are in the city's
    frame, NaN and None where the finding has no place. `repair` says what `gridmap repair` would do, empty where it
    cannot; then `area_m2` is the ground that would change and `households` those whose place would, and `safe` says
    that neither matters. `column` and `rows` of the layer, and `shape`, are what it is about, where it is about some.
    """

    id: str
    rule: str
    severity: Severity
    layer: str
    feature: str
    message: str
    remedy: str
    x: float = math.nan
    y: float = math.nan
    bounds: tuple[float, float, float, float] | None = None
    repair: str = ""
    safe: bool = False
    area_m2: float = math.nan
    households: int | None = None
    column: str = field(default="", compare=False, repr=False)
    rows: NDArray[np.intp] | None = field(default=None, compare=False, repr=False)
    shape: BaseGeometry | None = field(default=None, compare=False, repr=False)

    @property
    def repairable(self) -> bool:
        """Whether `gridmap repair` can mend it."""
        return bool(self.repair)

    @property
    def title_zh(self) -> str:
        """What the rule is called in Chinese."""
        return finding_rules()[self.rule].title_zh

    @property
    def remedy_zh(self) -> str:
        """The remedy in Chinese."""
        return finding_rules()[self.rule].remedy_zh

    def to_dict(self, frame: Frame | None = None) -> dict[str, Any]:
        """Return the finding as JSON has it; with the city's frame also `lon` and `lat` where the place is known."""
        result: dict[str, Any] = {
            "id": self.id,
            "rule": self.rule,
            "severity": self.severity,
            "layer": self.layer,
            "feature": self.feature,
            "message": self.message,
            "remedy": self.remedy,
        }
        if math.isfinite(self.x) and math.isfinite(self.y):
            result["x"], result["y"] = round(self.x, 3), round(self.y, 3)
        if self.bounds is not None:
            result["bounds"] = [round(value, 3) for value in self.bounds]
        if self.repair:
            result |= {
                "repair": self.repair,
                "safe": self.safe,
                "area_m2": round(self.area_m2, 3),
                "households": self.households,
            }
        if frame is not None and math.isfinite(self.x) and math.isfinite(self.y):
            lon, lat = frame.to_lonlat([self.x], [self.y])
            result["lon"], result["lat"] = round(float(lon[0]), 7), round(float(lat[0]), 7)
        return result


def finding(
    rule: str,
    layer: str,
    feature: str,
    message: str,
    *,
    x: float = math.nan,
    y: float = math.nan,
    at: str = "",
    column: str = "",
    rows: ArrayLike | None = None,
    shape: BaseGeometry | None = None,
) -> Finding:
    """Make a finding of a catalogued rule; KeyError for a rule that is not catalogued.

    `at` tells apart findings of the same rule, layer and feature, such as two gaps beside one community. `column`
    and `rows` of the layer and `shape` are what it is about.
    """
    kind = finding_rules()[rule]
    digest = hashlib.sha256("\0".join((rule, layer, feature, at)).encode()).hexdigest()[:10]
    return Finding(
        f"{rule}-{digest}",
        rule,
        kind.severity,
        layer,
        feature,
        message,
        kind.remedy,
        x,
        y,
        bounds=None if shape is None or shape.is_empty else shape.bounds,
        column=column,
        rows=None if rows is None else np.asarray(rows, np.intp),
        shape=shape,
    )


@cache
def finding_rules() -> Mapping[str, FindingRule]:
    """Return the catalogue of rules by id."""
    return MappingProxyType({rule: FindingRule(id=rule, **about) for rule, about in table("findings").items()})
