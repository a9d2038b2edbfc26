"""The kinds of duty, from `rules/duties.toml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Literal

from gridmap.errors import InputError
from gridmap.rules import table

__all__ = ["DutyKind", "StaffingRule", "duty_kind", "duty_kinds", "staffing_rules"]

Holder = Literal["person", "organisation", "either"]


@dataclass(frozen=True, slots=True)
class DutyKind:
    """A kind of duty: who may hold it, at which level of the backbone, and whether each place is to have a holder.

    `restricted` duties are kept apart and encrypted; only counts of them are shown.
    """

    id: str
    zh: str
    en: str
    holder: Holder
    level: str
    every: bool
    many: bool
    restricted: bool
    source: str
    verified: bool


@dataclass(frozen=True, slots=True)
class StaffingRule:
    """How many holders of a kind 10,000 residents need."""

    kind: str
    per_10000: float
    zh: str
    en: str
    source: str
    verified: bool


@cache
def duty_kinds() -> Mapping[str, DutyKind]:
    """Return the kinds by id.

    >>> duty_kinds()["grid_worker"].zh
    '专职网格员'
    """
    return MappingProxyType({name: DutyKind(id=name, **about) for name, about in table("duties")["kinds"].items()})


@cache
def staffing_rules() -> Mapping[str, StaffingRule]:
    """Return the staffing rules by kind of duty."""
    rules = table("duties")["staffing"].items()
    return MappingProxyType({name: StaffingRule(kind=name, **about) for name, about in rules})


def duty_kind(name: str) -> DutyKind:
    """Return a kind by id or Chinese name; InputError if there is none."""
    kinds = duty_kinds()
    found = kinds.get(name) or next((kind for kind in kinds.values() if kind.zh == name), None)
    if found is None:
        raise InputError("duty-kind-unknown", f"There is no kind of duty {name!r}.", f"Use one of {', '.join(kinds)}.")
    return found
