"""Siting as it may be told: what each new site adds, by released figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gridmap.facilities import Alternative, SitePlan
from gridmap.release import PERSONAL, release, release_coverage

__all__ = ["alternatives_told", "site_told"]


def site_told(plan: SitePlan) -> dict[str, Any]:
    """Return a proposal as JSON has it. Figures of elders and children are released, small ones held back."""
    told = plan.to_dict()
    if plan.who not in PERSONAL:
        return told
    gained = plan.steps.rename(columns={f"{plan.who}_gained": plan.who, "id": "code"})
    table = gained[["code", plan.who]].assign(kind="site", buildings=1)
    released = release(table, k=plan.ground.city.profile.suppression.k, group="kind").table
    values = released[plan.who].astype(object).where(released[plan.who].notna(), None)
    for row, value in zip(told["sites"], values, strict=True):
        row[f"{plan.who}_gained"] = value
        row.pop(f"{plan.who}_covered", None)  # sums would tell what is held back
    if any(value is None for value in values):
        told["before"] = told["after"] = None
    return told


def alternatives_told(found: Sequence[Alternative]) -> list[dict[str, Any]]:
    """Return alternatives as JSON has them: the households that each covers, their ways in minutes, and its sites.

    `mean_minutes` is the way of a household, `far_minutes` that which 95 % do not exceed, `unserved` in how many
    communities nobody is covered.
    """
    rows = []
    for one in found:
        city, limit = one.coverage.ground.city, one.coverage.limit
        table = one.coverage.table("city").assign(code="city")
        sums = release_coverage(table, k=city.profile.suppression.k, group="code").overall
        rows.append(
            {"id": one.id, "zh": one.zh, "en": one.en,
             "households": sums.get("households"), "households_covered": sums.get("households_covered"),
             "mean_minutes": _minutes(one.mean_m, limit.speed_m_per_min),
             "far_minutes": _minutes(one.far_m, limit.speed_m_per_min), "unserved": one.unserved,
             "sites": [] if one.plan is None else site_told(one.plan)["sites"]}
        )  # fmt: skip
    return rows


def _minutes(metres: float, speed_m_per_min: float) -> float | None:
    return None if np.isnan(metres) else round(metres / speed_m_per_min, 1)
