"""Siting as it may be told: what each new site adds, by released figures."""

from __future__ import annotations

from typing import Any

from gridmap.facilities import SitePlan
from gridmap.release import PERSONAL, release

__all__ = ["site_told"]


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
