"""What a grid is, apart from its extent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import shapely

__all__ = ["Grid", "GridKind", "SpecialGrid"]

GridKind = Literal["resident", "special"]


@dataclass(frozen=True, slots=True)
class Grid:
    """A grid of a plan: which buildings it has is told by `Plan.grid_of`.

    `id` tells it apart within its plan: its code once it has been filed, something temporary before. `code` is empty
    while there is only a temporary id. `community` is a community's code. A locked grid keeps its buildings.
    """

    id: str
    name: str
    kind: GridKind
    community: str
    locked: bool = False
    code: str = ""

    @property
    def resident(self) -> bool:
        """Whether this is a resident grid 居民网格, one that plans draw."""
        return self.kind == "resident"

    def record(self) -> dict[str, Any]:
        """Return the grid as JSON-able values."""
        return asdict(self)

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Grid:
        """Return the grid of a `record`."""
        return cls(**record)


@dataclass(frozen=True, slots=True)
class SpecialGrid:
    """A special-purpose grid 专属网格: its polygon is kept exactly as it was given, and no plan changes it.

    `code` is unique in the city; it is also the id of the grid in every plan. `polygon` is in the city's frame.
    """

    code: str
    name: str
    community: str
    polygon: shapely.Geometry
