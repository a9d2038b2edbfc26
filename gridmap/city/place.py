"""Where a point lies: the backbone chain from the subdistrict down to the building."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Place", "PlaceRef"]


@dataclass(frozen=True, slots=True)
class PlaceRef:
    """One place of the chain: its row in its layer, its code or id, and its name where it has one."""

    row: int
    code: str
    name: str | None


@dataclass(frozen=True, slots=True)
class Place:
    """A point, in the city's frame, and the places it lies in; None where it lies in none."""

    x: float
    y: float
    subdistrict: PlaceRef | None
    community: PlaceRef | None
    compound: PlaceRef | None
    building: PlaceRef | None

    def to_dict(self) -> dict[str, dict[str, str | None] | None]:
        """Return the codes and names of the chain, from the subdistrict to the building, as JSON has them."""
        return {
            level: None if ref is None else {"code": ref.code, "name": ref.name}
            for level, ref in (
                ("subdistrict", self.subdistrict),
                ("community", self.community),
                ("compound", self.compound),
                ("building", self.building),
            )
        }
