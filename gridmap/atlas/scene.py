"""What every sheet of an atlas is drawn from: the city, a plan, released figures, and who is posted publicly."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridmap.city import City
from gridmap.city.codes import parse_grid_code
from gridmap.duties import duty_kind, places_of
from gridmap.errors import InputError
from gridmap.maps.ground import basis_of, plain_name
from gridmap.maps.payload import released_rows
from gridmap.plan import Grid, Plan
from gridmap.release import Released

__all__ = ["Contact", "Notice", "Posted", "Scene", "posted", "scene"]


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody who is posted publicly: what for, who, and the telephone that is posted with it."""

    kind: str
    title: str
    name: str
    phone: str

    @property
    def words(self) -> str:
        """Name and telephone in a line."""
        return f"{self.name}　{self.phone}" if self.phone else self.name


Posted = Mapping[tuple[str, str], tuple[Contact, ...]]
"""Contacts by level and code or id of the place."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What the office that posts a sheet puts on it.

    `approval` is the map approval number 审图号: without one a sheet says that it is for internal use. `supervision` is
    a telephone, `link` the address of a grid, in which `{code}` stands for its code.
    """

    day: dt.date
    approval: str = ""
    supervision: str = ""
    link: str = ""

    @property
    def footing(self) -> str:
        """The approval number, or that there is none."""
        return f"审图号：{self.approval}" if self.approval else "内部使用"


def posted(duties: pd.DataFrame) -> Posted:
    """Return who is posted publicly, by place. `duties` has the columns of `Accounts.duties`.

    A duty that is not posted is left out whole, with the name of who holds it.
    """
    found: dict[tuple[str, str], list[Contact]] = {}
    shown = duties[duties["posted"].fillna(value=False).astype(bool)]
    for duty in shown.to_dict("records"):
        kind = duty_kind(duty["kind"])
        if kind.restricted or not duty["holder"]:
            continue
        phone = "" if pd.isna(duty["contact"]) else str(duty["contact"])
        contact = Contact(kind.id, kind.zh, str(duty["holder"]), phone)
        for place in places_of(duty["places"]):
            found.setdefault((kind.level, place), []).append(contact)
    return MappingProxyType({place: tuple(those) for place, those in found.items()})


@dataclass(frozen=True, eq=False)
class Scene:
    """A plan of a city ready to be drawn. `households` are the released figures as they are written."""

    city: City
    plan: Plan
    households: tuple[str, ...]
    contacts: Posted
    notice: Notice
    basis: str
    shapes: NDArray[np.object_] = field(repr=False)

    def __getstate__(self) -> dict[str, object]:
        """Leave the indexes behind: they are made again faster than they travel, and a mapping proxy cannot."""
        kept = ("city", "plan", "households", "notice", "basis", "shapes")
        return {name: getattr(self, name) for name in kept} | {"contacts": dict(self.contacts)}

    def __setstate__(self, state: Mapping[str, object]) -> None:
        """Take what `__getstate__` kept."""
        for name, value in state.items():
            object.__setattr__(self, name, value)

    @cached_property
    def tree(self) -> shapely.STRtree:
        """The index of the grids' shapes."""
        return shapely.STRtree(self.shapes)

    @cached_property
    def community_row(self) -> Mapping[str, int]:
        """The row of each community by its code."""
        return {code: row for row, code in enumerate(self.city.communities["code"])}

    @cached_property
    def building_grid(self) -> NDArray[np.int32]:
        """The grid of each building of the city, int32[n], -1 for none."""
        of = self.plan.fabric.cell_of
        cells = np.array([of.get(one, -1) for one in self.city.buildings["id"]], np.intp)
        grids = np.append(self.plan.grid_of, -1)
        return grids[cells].astype(np.int32)

    @property
    def place(self) -> str:
        """The name of the city, without the remark that it is invented."""
        return plain_name(self.city)

    def community_name(self, code: str) -> str:
        """Return the name of a community."""
        return str(self.city.communities["name"].iloc[self.community_row[code]])

    def name(self, grid: Grid) -> str:
        """Return what a grid is called on a sheet: its name, else the number in its code, else its code or draft id."""
        if grid.name:
            return grid.name
        parsed = parse_grid_code(grid.code, self.city.profile) if grid.code else None
        if parsed:
            return f"网格{grid.code[len(parsed[0]) :].lstrip('-')}"
        # Drafts number the new grids of a community after a tilde.
        return f"新设网格{grid.id.rpartition('~')[2]}" if "~" in grid.id else grid.code or grid.id

    def above(self, community: str) -> str:
        """Return the names of city, subdistrict and community, from wide to narrow."""
        row = self.community_row[community]
        subdistrict = int(self.city.community_subdistrict[row])
        names = [self.place]
        names += [str(self.city.subdistricts["name"].iloc[subdistrict])] if subdistrict >= 0 else []
        return "　".join([*filter(None, names), self.community_name(community)])

    def grids_of(self, community: str) -> list[int]:
        """Return the grids of a community that have an extent, by code."""
        rows = [
            row for row, grid in enumerate(self.plan.grids)
            if grid.community == community and not self.shapes[row].is_empty
        ]  # fmt: skip
        return sorted(rows, key=lambda row: self.plan.grids[row].code or self.plan.grids[row].id)

    def position(self, code: str) -> int:
        """Return the row of a grid by code or id; InputError for one that is not there or has no extent."""
        found = [row for row, grid in enumerate(self.plan.grids) if code in (grid.id, grid.code)]
        if not found:
            hint = "Use a code that gridmap balance lists."
            raise InputError("grid-unknown", f"There is no grid {code!r} in the plan {self.plan.name}.", hint)
        if self.shapes[found[0]].is_empty:
            raise InputError("grid-empty", f"Grid {code} has no building.", "Leave it out, or give it buildings.")
        return found[0]

    def require_community(self, code: str) -> str:
        """Return a community's code; InputError for one that is not there."""
        if code not in self.community_row:
            raise InputError("community-unknown", f"There is no community {code!r}.", "Use a code of the layer.")
        return code

    def answering(self, level: str, place: str, *kinds: str) -> tuple[Contact, ...]:
        """Return who is posted at a place, of some kinds of duty."""
        return tuple(one for one in self.contacts.get((level, place), ()) if one.kind in kinds)


_BASES = {
    "dwelling": "住宅套数",
    "resident": "常住户",
    "registered": "户籍户",
    "unstated": "未注明口径",
    "mixed": "口径不一",
}


def scene(city: City, plan: Plan, balance: Released, contacts: Posted, notice: Notice) -> Scene:
    """Return a plan ready to be drawn; InputError where it has no extent, or the balance is another plan's."""
    released_rows(plan, balance)  # refuses the balance of another plan
    shapes = plan.polygons()
    if shapely.is_empty(shapes).all():
        raise InputError("map-empty", "There is nothing to draw: no grid has an extent.", "Import communities.")
    shown = dict(zip(balance.table["grid"], balance.shown("households"), strict=True))
    households = tuple(shown.get(grid.id, "?") for grid in plan.grids)
    basis, as_of = basis_of(city, balance)
    words = "、".join(_BASES.get(one, one) for one in basis.split("/"))
    return Scene(city, plan, households, contacts, notice, words + (f"，截至 {as_of}" if as_of else ""), shapes)
