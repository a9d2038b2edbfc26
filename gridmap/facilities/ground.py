"""The ground that facilities serve: the walking network, and the buildings on it with who lives there."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.city import City
from gridmap.errors import InputError
from gridmap.streets import Network, Snapped, network_of, snap

__all__ = ["Ground", "Places", "ground", "places"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Places:
    """Points with their ways onto the network.

    `x`, `y` float64[n] in the frame; `compound` int32[n] the gated compound that each is in (−1: none): inside it one
    walks straight, and out of it through its entrances.
    """

    x: Floats
    y: Floats
    compound: Ints
    snapped: Snapped

    def __len__(self) -> int:
        return len(self.x)


@dataclass(frozen=True, eq=False)
class Ground:
    """A city's network and buildings. Per building (n): `households` float64 (NaN unknown) and the people columns.

    `community` and `compound` are int32[n] rows of the city's layers, −1 for none.
    """

    city: City
    network: Network
    buildings: Places
    households: Floats
    residents: Floats
    elders_60: Floats
    elders_80: Floats
    children: Floats
    community: Ints
    compound: Ints

    def __len__(self) -> int:
        return len(self.households)

    def people(self, who: str) -> Floats:
        """Return a column of people, NaN unknown; InputError for one that buildings do not have."""
        if who not in {field.name for field in fields(self)} - {
            "city",
            "network",
            "buildings",
            "community",
            "compound",
        }:
            raise InputError("who-unknown", f"Buildings do not count {who!r}.", "Use households, residents, children …")
        values: Floats = getattr(self, who)
        return values

    @cached_property
    def kept(self) -> dict[object, object]:
        """Facilities chosen before, by kind and options; they never change what the ground is."""
        return {}

    @cached_property
    def subdistrict(self) -> Ints:
        """The row of each building's subdistrict, −1 for none."""
        of = self.city.community_subdistrict
        return np.where(self.community >= 0, of[self.community], -1).astype(np.int32) if len(of) else self.community


def places(network: Network, x: Floats, y: Floats, *, compound: Ints | None = None) -> Places:
    """Put points on a network; `compound` int[n] says in which compound of the city each is, where that is known."""
    px, py = (np.ascontiguousarray(part, np.float64).reshape(-1) for part in (x, y))
    gates = network.gates
    inside = np.full(len(px), -1, np.int32)
    if gates is not None and gates.gated.any():
        inside = gates.at(px, py) if compound is None else np.asarray(compound, np.int32)
        inside = np.where((inside >= 0) & gates.gated[inside], inside, -1).astype(np.int32)
    return Places(px, py, inside, snap(network, px, py, compound=inside))


def ground(city: City, network: Network | None = None) -> Ground:
    """Put a city's buildings on its walking network. InputError where the city has no streets or no buildings."""
    if city.streets.empty:
        raise InputError(
            "streets-missing",
            "The city has no streets, so no way on foot can be measured.",
            "Import the layer streets.",
        )
    if city.buildings.empty:
        raise InputError("buildings-missing", "The city has no buildings.", "Import the layer buildings.")
    made = network_of(city) if network is None else network
    points = shapely.get_coordinates(city.building_points)
    table = city.buildings
    people = {
        name: table[name].to_numpy(float, na_value=np.nan)
        for name in ("households", "residents", "elders_60", "elders_80", "children")
    }
    return Ground(
        city=city,
        network=made,
        buildings=places(made, points[:, 0], points[:, 1], compound=city.building_compound),
        community=city.building_community,
        compound=city.building_compound,
        **people,
    )
