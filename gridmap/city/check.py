"""Everything that is wrong with a city's layers, as findings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from gridmap.city.check_figures import check_figures
from gridmap.city.check_places import check_places
from gridmap.city.check_records import check_records
from gridmap.city.check_shapes import check_invalid, check_shapes
from gridmap.city.city import City
from gridmap.city.findings import Finding
from gridmap.city.repairs import offered
from gridmap.settings import DEFAULT, Settings

__all__ = ["STEPS", "check", "check_raw"]

STEPS = ("records", "shapes", "places", "figures", "repairs")
"""What a check goes through, in this order."""

_SEVERITIES = ("error", "warning", "note")


def check(
    city: City, *, settings: Settings = DEFAULT, begin: Callable[[str], None] = lambda _: None
) -> tuple[Finding, ...]:
    """Return the findings of a city: errors first, then warnings, then notes, each by rule, layer and feature.

    The same city gives the same findings with the same ids. Rows that break a rule get a finding each while they are
    few; otherwise one finding sums them up, for buildings one a community. Each says how it can be repaired, if at all.
    `begin` is told each of `STEPS` before it is taken.
    """
    found: list[Finding] = []
    begin("records")
    found += check_records(city)
    begin("shapes")
    found += check_shapes(city, settings)
    begin("places")
    found += check_places(city, settings)
    begin("figures")
    found += check_figures(city)
    begin("repairs")
    return _told(city, found, settings)


def check_raw(city: City, *, settings: Settings = DEFAULT) -> tuple[Finding, ...]:
    """Return the findings of layers that `City.build` refuses for invalid polygons: these alone, with their repairs."""
    return _told(city, check_invalid(city), settings)


def _told(city: City, found: list[Finding], settings: Settings) -> tuple[Finding, ...]:
    found.sort(key=lambda one: (_SEVERITIES.index(one.severity), one.rule, one.layer, one.feature, one.message))
    return offered(city, _distinct(found), settings=settings)


def _distinct(found: Sequence[Finding]) -> list[Finding]:
    """Tell apart ids that meet, such as those of two rows with the same id and the same fault."""
    seen: Counter[str] = Counter()
    result = []
    for one in found:
        seen[one.id] += 1
        result.append(one if seen[one.id] == 1 else replace(one, id=f"{one.id}-{seen[one.id]}"))
    return result
