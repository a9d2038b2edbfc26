"""The names that addresses of a city are made of, and which building each combination of them is."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gridmap.files.addresses.parse import plain, without
from gridmap.rules import table

if TYPE_CHECKING:
    from gridmap.city import City

__all__ = ["Gazetteer", "gazetteer"]

STREET = re.compile(r"(?P<street>.{1,12}?(?:路|街|巷|道|胡同|弄|里))(?P<house>[0-9]+)(?:号院|号)?(?P<rest>.*)")
NUMBER = re.compile(r"(?P<n>[0-9]+[A-Z]?|[A-Z][0-9]*)(?:号楼|号院|号幢|号栋|栋|幢|座|楼|号|#)?")
_SHORTEST = 2


@dataclass
class Gazetteer:
    """Names by their plain form, and buildings (rows of the layer) by what names them.

    `communities`, `subdistricts`: name → rows; `compounds`: full names and aliases → rows, `shorts`: beginnings of
    names → rows; `streets`: names. `by_compound`: (compound, number) → buildings; `by_house`: (street, house) →
    buildings; `by_name`: names of single buildings → buildings; `number`: a building's own number or "".
    """

    city: City
    subdistricts: dict[str, list[int]] = field(default_factory=dict)
    communities: dict[str, list[int]] = field(default_factory=dict)
    compounds: dict[str, list[int]] = field(default_factory=dict)
    shorts: dict[str, set[int]] = field(default_factory=dict)
    streets: set[str] = field(default_factory=set)
    by_compound: dict[tuple[int, str], list[int]] = field(default_factory=dict)
    of_compound: dict[int, list[int]] = field(default_factory=dict)
    by_house: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    by_name: dict[str, list[int]] = field(default_factory=dict)
    number: list[str] = field(default_factory=list)
    community_of: list[int] = field(default_factory=list)
    compound_of: list[int] = field(default_factory=list)
    compound_community: list[int] = field(default_factory=list)
    city_names: tuple[str, ...] = ()


def gazetteer(city: City) -> Gazetteer:
    """Collect the names of a city. O(buildings)."""
    found = Gazetteer(city)
    found.city_names = tuple(sorted(_city_names(city), key=len, reverse=True))
    for row, name in _names(city.subdistricts):
        # Not the bare name: 西河 begins the names of compounds as well.
        for form in list(_forms(name, "subdistrict"))[2:]:
            found.subdistricts[form] = [row]
    for row, name in _names(city.communities):
        for form in dict.fromkeys(_forms(name, "community")):
            if row not in found.communities.setdefault(form, []):
                found.communities[form].append(row)
    for row, code in enumerate(city.communities["code"]):
        found.communities.setdefault(str(code), []).append(row)
    for row, name in _names(city.compounds):
        full = plain(name)
        if row not in found.compounds.setdefault(full, []):
            found.compounds[full].append(row)
        for length in range(_SHORTEST, len(full)):
            found.shorts.setdefault(full[:length], set()).add(row)
    at = {code: row for row, code in enumerate(city.communities["code"])}
    found.compound_community = [at.get(code, -1) for code in city.compounds["community"]]
    found.streets = {plain(str(name)) for name in city.streets["name"].dropna()}
    _add_buildings(found)
    return found


def _city_names(city: City) -> Iterable[str]:
    bare = plain(re.sub(r"[（(].*", "", city.name or ""))
    if bare:
        yield bare


def _names(layer: Any) -> Iterable[tuple[int, str]]:
    """Yield row and name, and row and alias, of a layer of places."""
    aliases = layer["aliases"] if "aliases" in layer else [None] * len(layer)
    for row, (name, other) in enumerate(zip(layer["name"], aliases, strict=True)):
        if isinstance(name, str):
            yield row, name
        for alias in re.split("[;；,，、]", other) if isinstance(other, str) else ():
            if alias.strip():
                yield row, alias.strip()


def _forms(name: str, kind: str) -> Iterable[str]:
    """Yield the ways to write a name: with each word of its kind, and without any."""
    bare = without(plain(name), kind)
    yield from (plain(name), bare, *(bare + word for word in table("addresses")["words"][kind]))


def _add_buildings(found: Gazetteer) -> None:
    city = found.city
    found.community_of = city.building_community.tolist()
    found.compound_of = city.building_compound.tolist()
    by_compound: dict[tuple[int, str], list[int]] = defaultdict(list)
    of_compound: dict[int, list[int]] = defaultdict(list)
    by_house: dict[tuple[str, str], list[int]] = defaultdict(list)
    by_name: dict[str, list[int]] = defaultdict(list)
    names, addresses = city.buildings["name"].tolist(), city.buildings["address"].tolist()
    for row, (name, address) in enumerate(zip(names, addresses, strict=True)):
        own = plain(name) if isinstance(name, str) else ""
        number = NUMBER.fullmatch(own)
        found.number.append(number["n"].lstrip("0") if number else "")
        compound = found.compound_of[row]
        if compound >= 0:
            of_compound[compound].append(row)
            if number:
                by_compound[compound, found.number[row]].append(row)
        if own and not number:
            by_name[own].append(row)
        street = STREET.fullmatch(plain(address)) if isinstance(address, str) else None
        if street:
            found.streets.add(street["street"])
            by_house[street["street"], street["house"].lstrip("0")].append(row)
    found.by_compound, found.of_compound = dict(by_compound), dict(of_compound)
    found.by_house, found.by_name = dict(by_house), dict(by_name)
