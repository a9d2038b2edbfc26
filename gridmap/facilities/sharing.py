"""How the places of a kind are shared in a city: places per person within reach, by community, and the Gini."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import csr_array

from gridmap.errors import InputError
from gridmap.facilities.access import gini, lorenz, two_step
from gridmap.facilities.ground import Ground
from gridmap.facilities.kinds import Limit, limit_of
from gridmap.facilities.supply import Supply, supply_for
from gridmap.facilities.walks import reach

__all__ = ["Access", "access", "pairs_of"]

Floats = NDArray[np.float64]
_BANDS = ((1 / 3, 1.0), (2 / 3, 0.68), (1.0, 0.22))
"""Thirds of the limit and what they weigh: the Gaussian weights of Luo and Qi (2009)."""


@dataclass(frozen=True, eq=False)
class Access:
    """Places per person within reach at each building, float64[n]; Gini and Lorenz are over households.

    `pairs` csr float64[m, n] are the metres of facilities by buildings within the limit.
    """

    ground: Ground
    supply: Supply
    limit: Limit
    who: str
    places_per_person: Floats
    pairs: csr_array
    notes: tuple[str, ...]

    @property
    def gini(self) -> float:
        """How unevenly access is spread over households: 0 evenly, towards 1 unevenly."""
        return gini(self.places_per_person, np.nan_to_num(self.ground.households, nan=0.0))

    def lorenz(self) -> tuple[Floats, Floats]:
        """Return the Lorenz curve over households: shares of households and of access."""
        return lorenz(self.places_per_person, np.nan_to_num(self.ground.households, nan=0.0))

    def communities(self) -> pd.DataFrame:
        """Return a row per community: code, name, mean places per 1,000 people, share of households without any."""
        city, of = self.ground.city, self.ground.community
        inside, size = of >= 0, len(city.communities)
        at, value = of[inside], self.places_per_person[inside]
        households = np.nan_to_num(self.ground.households, nan=0.0)[inside]
        weight = np.bincount(at, weights=households, minlength=size)
        held = np.bincount(at, weights=households * value, minlength=size)
        none = np.bincount(at, weights=households * (value <= 0), minlength=size)
        made: pd.DataFrame = city.communities[["code", "name"]].reset_index(drop=True)
        with np.errstate(invalid="ignore", divide="ignore"):
            rates = {"places_per_1000": 1000 * held / weight, "share_without": none / weight}
        return pd.DataFrame({"code": made["code"], "name": made["name"], **rates})

    def to_dict(self) -> dict[str, Any]:
        """Return the access as JSON has it."""
        people, held = self.lorenz()
        cut = np.linspace(0.0, 1.0, 21)
        return {
            "kind": self.supply.kind.id,
            "who": self.who,
            "seats": int(np.nan_to_num(self.supply.capacity, nan=0.0).sum()),
            "gini": self.gini,
            "lorenz": {"households": cut.tolist(), "access": np.interp(cut, people, held).tolist()},
            "communities": self.communities().to_dict("records"),
            "limit": self.limit.to_dict(),
            "notes": list(self.notes),
        }


def pairs_of(ground: Ground, supply: Supply, *, limit_m: float) -> csr_array:
    """Return the metres of a supply's facilities by buildings within a limit, csr float64[m, n]."""
    pairs = reach(ground.network, supply.doors, supply.door_of, ground.buildings, limit_m=limit_m)
    rows = np.append(pairs.indptr, np.full(len(supply) - pairs.shape[0], pairs.indptr[-1]))
    return csr_array((pairs.data, pairs.indices, rows), shape=(len(supply), len(ground)))


def access(
    ground: Ground,
    kind: str,
    *,
    who: str | None = None,
    minutes: float | None = None,
    metres: float | None = None,
    enhanced: bool = False,
    **options: Any,
) -> Access:
    """Measure how many places of a kind each person has within reach: 2SFCA, or E2SFCA in thirds of the limit.

    `who` is the column of people the places are for, by default the kind's; unknown people and capacities count nothing
    and are said. InputError where no facility of the kind has a known capacity.
    """
    supply = supply_for(ground, kind, **options)
    counted = who or supply.kind.who
    people = ground.people(counted)
    limit = limit_of(supply.kind, ground.city.profile.walking, minutes=minutes, metres=metres)
    reach_m = limit.of(counted)
    known = ~np.isnan(supply.capacity)
    if not known.any():
        raise InputError(
            "capacity-unknown", f"No facility of the kind {supply.kind.id} has a known capacity.", "Fill in capacity."
        )
    pairs = pairs_of(ground, supply, limit_m=reach_m)
    bands = [(share * reach_m, weight) for share, weight in _BANDS] if enhanced else ()
    value = two_step(
        pairs, np.nan_to_num(people, nan=0.0), np.nan_to_num(supply.capacity, nan=0.0), limit_m=reach_m, bands=bands
    )
    notes = []
    if unknown := int((~known).sum()):
        notes.append(f"{unknown} facilities of unknown capacity count nothing.")
    if unknown := int(np.isnan(people).sum()):
        notes.append(f"{unknown} buildings with unknown {counted} count nothing.")
    return Access(ground, supply, limit, counted, value, pairs, tuple(notes))
