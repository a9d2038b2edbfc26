"""Compounds served by relation (a station serves the compounds it names) beside compounds covered on foot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from gridmap.facilities.coverage import Coverage

__all__ = ["Relation", "relation"]


@dataclass(frozen=True, eq=False)
class Relation:
    """Compounds and who serves them.

    `table` has a row per compound: id, name, community, `served_by` (ids of facilities that name it), `facilities`
    (how many), households, households_covered (on foot), share. `unknown` are ids that facilities name and no compound
    has.
    """

    table: pd.DataFrame
    unknown: tuple[str, ...]

    @property
    def totals(self) -> dict[str, int]:
        """How many compounds there are, are served by relation, have all households covered on foot, or some."""
        table = self.table
        lived_in = table["households"] > 0
        whole = lived_in & (table["households_covered"] >= table["households"])
        return {
            "compounds": len(table),
            "served_by_relation": int((table["facilities"] > 0).sum()),
            "covered_on_foot": int(whole.sum()),
            "partly_on_foot": int((lived_in & ~whole & (table["households_covered"] > 0)).sum()),
        }


def relation(coverage: Coverage) -> Relation:
    """Tell which compounds the facilities of a coverage serve by relation, beside who reaches them on foot."""
    ground, supply = coverage.ground, coverage.supply
    compounds = ground.city.compounds
    place = {str(id_): row for row, id_ in enumerate(compounds["id"])}
    serving: list[list[str]] = [[] for _ in range(len(compounds))]
    unknown: set[str] = set()
    for id_, row in zip(supply.ids, supply.row, strict=True):
        named = ground.city.facilities["serves"].iloc[int(row)]
        for one in (part.strip() for part in str(named).split(";")) if isinstance(named, str) else ():
            if one in place:
                serving[place[one]].append(str(id_))
            elif one:
                unknown.add(one)
    sums = coverage.sums(ground.compound, len(compounds))
    row = ground.city.compound_community
    codes = np.array([*ground.city.communities["code"], None], object)
    table = pd.DataFrame(
        {
            "compound": compounds["id"].to_numpy(object),
            "name": compounds["name"].to_numpy(object),
            "community": codes[row],
            "served_by": [";".join(ids) for ids in serving],
            "facilities": [len(ids) for ids in serving],
            "households": sums["households"],
            "households_covered": sums["households_covered"],
        }
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        table["share"] = (table["households_covered"] / table["households"]).where(table["households"] > 0)
    return Relation(table, tuple(sorted(unknown)))
