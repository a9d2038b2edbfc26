"""Where somebody sees figures about people as a planner sees them: by communities."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["EVERYWHERE", "NOWHERE", "OWN", "Sight"]


@dataclass(frozen=True, slots=True)
class Sight:
    """In which communities figures are shown as a planner sees them; outside they are those of a public release.

    `communities` are codes, None for all of them. `own` is whoever can open the file anyway: for them nothing is taken
    together in blocks, see `gridmap.release.blocks`.
    """

    communities: frozenset[str] | None
    own: bool = False

    @property
    def everywhere(self) -> bool:
        """Whether all of the city is within."""
        return self.communities is None

    @property
    def nowhere(self) -> bool:
        """Whether nothing is within."""
        return self.communities is not None and not self.communities

    @property
    def mark(self) -> str:
        """A text that is the same for all who see the same, and for nobody else: for tags of answers."""
        return ("own" if self.own else "all") if self.communities is None else ",".join(sorted(self.communities)) or "-"

    def inside(self, communities: Iterable[object]) -> NDArray[np.bool_]:
        """Tell of each code of a community whether it is within; what is in no community is only within everything."""
        codes = list(communities)
        if self.communities is None:
            return np.ones(len(codes), bool)
        return np.fromiter((str(code) in self.communities for code in codes), bool, len(codes))


OWN = Sight(None, own=True)
EVERYWHERE = Sight(None)
NOWHERE = Sight(frozenset())
