"""Addresses to buildings: what an address names, which buildings that can be, and how sure that is.

An address is read from the left: city, subdistrict, community, street and house number; what is left names a compound
or a building. Each kind of evidence has the confidence that it earned on ledgers whose truth is known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from rapidfuzz import fuzz, process

from gridmap.files.addresses.gazetteer import NUMBER, STREET, Gazetteer
from gridmap.files.addresses.parse import Address, parse, plain
from gridmap.rules import table

__all__ = ["Given", "Matcher", "Outcome"]

_CUT = 66.0
"""Names less alike than this (0 to 100) are not compared further."""

_SURE = 80.0
_MARGIN = 8.0
_SHOWN = 5
_HOUSE = re.compile(r"([0-9]+)(?:号院|号(?!楼|幢|栋)|-(?=[^0-9]|$))")
_SAID = re.compile(r"([^0-9]{2,6}?)(社区居民委员会|社区居委会|居民委员会|社区|居委会)")
_UPPER = re.compile(r"[^0-9]{2,3}?(?:省|市|县)")


@dataclass(frozen=True, slots=True)
class Given:
    """What a row of a ledger says of its place: one text, or names in columns of their own; empty: not said."""

    address: str = ""
    subdistrict: str = ""
    community: str = ""
    compound: str = ""
    building: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an address was matched to: rows of the layers, −1 for none, `outcome` accepted, doubtful or unmatched.

    `how` names the evidence, `confidence` how often such evidence was right, `reason` says why a match is not accepted,
    `others` are further buildings that come into question. `compound` may be known where `building` is not.
    """

    outcome: str
    building: int
    compound: int
    confidence: float
    how: str
    reason: str = ""
    others: tuple[int, ...] = ()


@dataclass(slots=True)
class _Read:
    """What has been read of an address so far, and what is left."""

    rest: str
    community: int = -1
    said: str = ""
    street: str = ""
    house: str = ""
    marks: list[str] = field(default_factory=list)


@cache
def _trust() -> dict[str, float]:
    return dict(table("addresses")["trust"])


class Matcher:
    """Matches addresses to the buildings of a city; what it has seen it knows."""

    def __init__(self, names: Gazetteer, *, decisions: Mapping[str, str] | None = None) -> None:
        """Make a matcher; `decisions` are those of people: address key (see `key_of`) → building id, "" for none."""
        self.names = names
        self._decided = dict(decisions or {})
        self._row = {str(id_): row for row, id_ in enumerate(names.city.buildings["id"])}
        self._seen: dict[tuple[Given, str, str], Outcome] = {}
        self._longest = {
            kind: sorted({len(name) for name in getattr(names, kind)}, reverse=True)
            for kind in ("subdistricts", "communities", "streets")
        }
        self._compound_names = list(names.compounds)
        self._street_names = sorted(names.streets)
        self._community_names = [name for name in names.communities if len(name) >= 4]

    def match(self, given: Given) -> Outcome:
        """Match one row."""
        address = self._address(given)
        asked = replace(given, address="", compound="", building="")
        seen = (asked, address.place, address.building)
        known = self._seen.get(seen)
        if known is None:
            known = self._seen[seen] = self._decision(asked, address) or self._match(asked, address)
        return known

    def key_of(self, given: Given) -> str:
        """Return what a decision is remembered by: community, street, compound and building; never the room."""
        return self._key(replace(given, address="", compound="", building=""), self._address(given))

    def _key(self, given: Given, address: Address) -> str:
        read = self._read(given, address)
        name = "" if read.community < 0 else str(self.names.city.communities["name"].iloc[read.community])
        place = f"{read.street}{read.house}{'号' if read.house else ''}{read.rest}"
        return f"{name or read.said}{replace(address, place=place).head}"

    def _address(self, given: Given) -> Address:
        address = parse(given.address or given.compound)
        compound = plain(given.compound) if given.address else ""
        if compound and compound not in address.place:
            address = replace(address, place=address.place + compound)
        if given.building:
            own = parse(plain(given.building))
            number = own.building or (found["n"] if (found := NUMBER.fullmatch(plain(given.building))) else "")
            address = replace(address, building=number.lstrip("0") or address.building)
        return address

    def _decision(self, asked: Given, address: Address) -> Outcome | None:
        decided = self._decided.get(self._key(asked, address)) if self._decided else None
        if decided is None or (decided and decided not in self._row):  # that building is gone: ask again
            return None
        if not decided:
            return Outcome("unmatched", -1, -1, 1.0, "decided", "somebody decided that it is no building of the city")
        row = self._row[decided]
        return Outcome("accepted", row, self.names.compound_of[row], 1.0, "decided")

    def _match(self, given: Given, address: Address) -> Outcome:
        read = self._read(given, address)
        segment, number = read.rest, address.building
        if not number and segment:
            tail = re.search(r"(?<![0-9])([0-9]{1,3})(?:号院|号|#)?$", segment)
            if tail and tail.start() >= 2:
                segment, number = segment[: tail.start()], tail[1].lstrip("0")
        if not segment:
            return self._by_street(read, number)
        return self._by_name(read, segment, number)

    def _read(self, given: Given, address: Address) -> _Read:
        """Take the names of larger places off the left of an address."""
        read = _Read(address.place)
        if given.community:
            self._community(read, plain(given.community))
        for _ in range(6):
            before = read.rest
            self._take_upper(read)
            self._take_community(read)
            if read.rest == before:
                break
        self._take_street(read)
        return read

    def _community(self, read: _Read, name: str) -> None:
        rows = self.names.communities.get(name, [])
        if len(rows) == 1:
            read.community = rows[0]
        elif not rows:
            read.said = name
            near = process.extractOne(name, self._community_names, scorer=fuzz.ratio, score_cutoff=_SURE)
            if near is not None and len(self.names.communities[near[0]]) == 1:
                read.community = self.names.communities[near[0]][0]

    def _take_upper(self, read: _Read) -> None:
        for name in self.names.city_names:
            if read.rest.startswith(name) and len(read.rest) > len(name):
                read.rest = read.rest[len(name) :]
        subdistrict = self._longest_at(read.rest, "subdistricts")
        if subdistrict and not self._is_street(read.rest):
            read.rest = read.rest[len(subdistrict) :]
        upper = _UPPER.match(read.rest)
        if (
            upper
            and upper.end() < len(read.rest)
            and upper[0] not in self.names.shorts
            and not self._is_street(read.rest)
        ):
            read.rest = read.rest[upper.end() :]

    def _take_community(self, read: _Read) -> None:
        if not read.rest or self._is_street(read.rest):
            return
        found = self._longest_at(read.rest, "communities")
        rest = read.rest[len(found) :]
        full = found.endswith(("社区", "委会", "村"))
        if found and read.rest not in self.names.compounds and (full or self._starts_place(rest)):
            if not self._longer_compound(read.rest, found) and (rest or full):
                read.community = self.names.communities[found][0] if len(self.names.communities[found]) == 1 else -1
                read.rest = rest
            return
        said = _SAID.match(read.rest)
        if said and not self._longer_compound(read.rest, said[0]):
            self._community(read, said[0])
            read.rest = read.rest[said.end() :]

    def _take_street(self, read: _Read) -> None:
        street = self._longest_at(read.rest, "streets")
        if street:
            number = _HOUSE.match(read.rest, len(street))
            if number:
                read.street, read.house = street, number[1].lstrip("0")
                read.rest = read.rest[number.end() :]
            elif len(street) == len(read.rest):
                read.street, read.rest = street, ""
            return
        unknown = STREET.match(read.rest)
        end = _HOUSE.match(read.rest, unknown.end("street")) if unknown else None
        if unknown and end and unknown["street"] not in self.names.compounds:
            near = process.extract(unknown["street"], self._street_names, scorer=fuzz.ratio, limit=2, score_cutoff=_CUT)
            if near:
                read.street, read.house, read.rest = near[0][0], end[1].lstrip("0"), read.rest[end.end() :]
                clear = len(near) == 1 or near[0][1] - near[1][1] >= _MARGIN
                read.marks.append("street-typo" if clear else "street-unclear")

    def _longest_at(self, text: str, kind: str) -> str:
        known = getattr(self.names, kind)
        return next((text[:n] for n in self._longest[kind] if n <= len(text) and text[:n] in known), "")

    def _is_street(self, text: str) -> bool:
        street = self._longest_at(text, "streets")
        return bool(street) and (len(street) == len(text) or text[len(street)].isdigit())

    def _starts_place(self, text: str) -> bool:
        if self._is_street(text):
            return True
        return any(text[:n] in self.names.compounds for n in range(2, len(text) + 1)) or text in self.names.by_name

    def _longer_compound(self, text: str, name: str) -> bool:
        return any(text[:n] in self.names.compounds for n in range(len(name), len(text) + 1))

    def _by_street(self, read: _Read, number: str) -> Outcome:
        if not read.street:
            why = "it names no compound, street or building" if read.community < 0 else "it names only a community"
            return Outcome("unmatched", -1, -1, 0.0, "nothing", why)
        house = read.house or number
        found = self.names.by_house.get((read.street, house), [])
        if read.house and number:
            exact = [row for row in found if self.names.number[row] == number]
            found = exact or ([row for row in found if len(found) == 1 and number == read.house])
        if not found:
            return self._missing(f"{read.street} has no number {house}" if house else f"{read.street} without a number")
        how = next((mark for mark in read.marks if mark.startswith("street")), "street")
        return self._chosen(read, found, how)

    def _missing(self, why: str, *, compound: int = -1) -> Outcome:
        return Outcome("unmatched", -1, compound, 0.0, "nothing", why)

    def _by_name(self, read: _Read, segment: str, number: str) -> Outcome:
        names = self.names
        exact = names.compounds.get(segment)
        if exact:
            return self._in_compounds(read, exact, number, "compound")
        single = names.by_name.get(read.rest) or names.by_name.get(f"{segment}{number}号楼")
        if single:
            return self._chosen(read, single, "building")
        short = names.shorts.get(segment)
        if short:
            return self._in_compounds(read, sorted(short), number, "short")
        if read.street and read.house:
            there = names.by_house.get((read.street, read.house), [])
            alike = [
                row for row in there if names.compound_of[row] >= 0 and (not number or names.number[row] == number)
            ]
            if alike and "street-unclear" not in read.marks:
                return self._chosen(read, alike, "street+name")
        return self._alike(read, segment, number)

    def _alike(self, read: _Read, segment: str, number: str) -> Outcome:
        """Find the compound that a misspelt name means: in the community that is named, else in the city."""
        pool: Iterable[str] = self._compound_names
        if read.community >= 0:
            pool = [
                n
                for n in pool
                if any(self.names.compound_community[c] == read.community for c in self.names.compounds[n])
            ]
        near = process.extract(segment, list(pool), scorer=fuzz.ratio, limit=4, score_cutoff=_CUT)
        if not near:
            what = "in this community " if read.community >= 0 else ""
            return self._missing(f"no compound {what}is called anything like {segment}")
        # A name that is nearly as much like another compound anywhere in the city is not told by its letters.
        wide = process.extract(segment, self._compound_names, scorer=fuzz.ratio, limit=2, score_cutoff=_CUT)
        clear = len(wide) < 2 or wide[0][1] - wide[1][1] >= _MARGIN
        best = [name for name, score, _ in near if score >= near[0][1] - _MARGIN]
        rows = [row for name in best for row in self.names.compounds[name]]
        kind = "typo" if len(best) == 1 and (clear and wide[0][0] == best[0]) else "unclear"
        size = "-slight" if near[0][1] >= 75.0 else ""
        place = "-here" if read.community >= 0 else ""
        return self._in_compounds(read, rows, number, f"{kind}{size}{place}" if kind == "typo" else kind)

    def _in_compounds(self, read: _Read, compounds: Sequence[int], number: str, how: str) -> Outcome:
        """Choose the building by its number in the compounds that come into question."""
        here = [c for c in compounds if self.names.compound_community[c] == read.community]
        apart = read.community >= 0 and not here
        chosen = here or list(compounds)
        buildings = [row for c in chosen for row in self._numbered(c, number)]
        if read.street and read.house and buildings:
            there = set(self.names.by_house.get((read.street, read.house), []))
            if there & set(buildings):
                buildings = [row for row in buildings if row in there]
                how = f"{how}+street" if how in ("short", "unclear") else how
            elif there:
                return self._doubtful(
                    buildings, f"{how}-street-apart", "the street and the compound contradict each other"
                )
        if not buildings:
            return self._no_building(chosen, number, how)
        if apart:
            how = f"{how}-apart"
        if how == "short" and len(chosen) > 1:
            how = "short-several"
        elif how == "short" and read.community >= 0:
            how = "short-here"
        return self._chosen(read, buildings, how)

    def _numbered(self, compound: int, number: str) -> list[int]:
        if number:
            return self.names.by_compound.get((compound, number), [])
        only = self.names.of_compound.get(compound, [])
        return only if len(only) == 1 else []

    def _no_building(self, compounds: Sequence[int], number: str, how: str) -> Outcome:
        if len(compounds) > 1:
            return self._missing(
                "several compounds are called so" if not number else f"none of them has a building {number}"
            )
        compound = compounds[0]
        name = self.names.city.compounds["name"].iloc[compound]
        if number:
            return self._missing(f"{name} has no building {number}", compound=compound)
        if how in ("compound", "short"):
            return Outcome("unmatched", -1, compound, 0.0, how, f"{name} is named, its building is not")
        return self._missing("the building is not named", compound=compound)

    def _chosen(self, read: _Read, rows: Sequence[int], how: str) -> Outcome:
        unique = list(dict.fromkeys(rows))
        if len(unique) > 1 and read.community >= 0:
            unique = [row for row in unique if self.names.community_of[row] == read.community] or unique
        if len(unique) > 1:
            compounds = {self.names.compound_of[row] for row in unique}
            if len(compounds) == 1 and -1 not in compounds:
                return Outcome("unmatched", -1, compounds.pop(), 0.0, how, "it names several buildings of one compound")
            return self._doubtful(unique, f"{how}-several", f"{len(unique)} buildings come into question")
        if read.community >= 0 and self.names.community_of[unique[0]] != read.community and "apart" not in how:
            how = f"{how}-apart"
        trust = _trust().get(how, 0.0)
        accepted = trust >= _trust()["accept"]
        reason = "" if accepted else _REASONS.get(how.partition("-")[0], "the name is not certain")
        if "apart" in how:
            reason = "it stands in another community than the ledger says"
        asked = trust >= _trust()["offer"] or "apart" in how
        state = "accepted" if accepted else "doubtful" if asked else "unmatched"
        return Outcome(state, unique[0], self.names.compound_of[unique[0]], trust, how, reason)

    def _doubtful(self, rows: Sequence[int], how: str, reason: str) -> Outcome:
        unique = tuple(dict.fromkeys(rows))
        trust = _trust().get(how, 1.0 / (len(unique) + 1))
        return Outcome("doubtful", unique[0], self.names.compound_of[unique[0]], trust, how, reason, unique[1:_SHOWN])


_REASONS = {
    "short": "only a part of the name is written",
    "typo": "the name is written otherwise",
    "unclear": "several names are as much alike",
    "street": "the street is written otherwise",
}
