"""The sample city put together: town, communities, compounds, people, present grids."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.errors import InfeasibleError
from gridmap.sample import grids, names
from gridmap.sample.addresses import numbered
from gridmap.sample.communities import Community, Neighbours, gather, neighbours, roster
from gridmap.sample.compounds import Housing, settle
from gridmap.sample.gates import gates
from gridmap.sample.people import People, settle_people
from gridmap.sample.streets import drawing
from gridmap.sample.town import Town, build_town

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float64]
ObjectArray = NDArray[np.object_]


@dataclass(frozen=True)
class Sample:
    """Everything that is known about the sample city, in local metres, before it is written into layers."""

    seed: int
    town: Town
    housing: Housing
    near: Neighbours
    roster: tuple[Community, ...]
    block_community: IntArray

    @cached_property
    def dwellings(self) -> IntArray:
        """Dwellings of each building."""
        return np.array([house.dwellings for house in self.housing.houses], dtype=np.int64)

    @cached_property
    def house_xy(self) -> FloatArray:
        """A point inside each building."""
        return shapely.get_coordinates(shapely.point_on_surface(self.house_shapes))

    @cached_property
    def house_shapes(self) -> ObjectArray:
        """The outline of each building."""
        return np.array([house.polygon for house in self.housing.houses], dtype=object)

    @cached_property
    def parcel_community(self) -> IntArray:
        """The community of each parcel."""
        return self.block_community[[parcel.block for parcel in self.town.land.parcels]]

    @cached_property
    def house_community(self) -> IntArray:
        """The community of each building."""
        return self.parcel_community[self.town.house_parcel]

    @cached_property
    def compound_community(self) -> IntArray:
        """The community of each compound."""
        return self.parcel_community[self.housing.parcels]

    @cached_property
    def face_community(self) -> IntArray:
        """The community of each face."""
        return self.block_community[self.town.faces.block]

    @cached_property
    def housing_kind(self) -> list[str]:
        """The kind of housing of each building: courtyard, village, old, mid, new; empty where nobody lives."""
        parcels, blocks = self.town.land.parcels, self.town.land.blocks
        result = []
        for p, house in zip(self.town.house_parcel, self.housing.houses, strict=True):
            kind = parcels[p].era if house.dwellings else ""
            if kind and parcels[p].use == "courtyard":
                kind = "village" if blocks[parcels[p].block].zone == "village" else "courtyard"
            result.append(kind)
        return result

    @cached_property
    def people(self) -> People:
        """The people of each building."""
        return settle_people(self.dwellings, self.housing_kind, self.seed)

    @cached_property
    def streets(self) -> tuple[ObjectArray, IntArray, list[str]]:
        """Street pieces between junctions, the way of each, and its name."""
        faces, ways = self.town.faces, self.town.land.ways
        is_street = np.array([ways[w].kind == "street" for w in faces.edge_way])
        lines = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(faces.edges[is_street])))
        middles = shapely.line_interpolate_point(lines, 0.5, normalized=True)
        xy = shapely.get_coordinates(middles).round(2)
        order = np.lexsort((xy[:, 1], xy[:, 0]))
        lines, xy, middles = shapely.normalize(lines[order]), xy[order], middles[order]
        way = faces.edge_way[is_street][shapely.STRtree(faces.edges[is_street]).nearest(middles)]
        return lines, way, names.street_names(self.town, xy, way, self.seed)

    @cached_property
    def street_cost_m(self) -> FloatArray:
        """How much farther than it is a street seems to those who choose where their gate is."""
        cost = {"arterial": 12.0, "collector": 0.0, "local": 4.0, "lane": 22.0, "path": 40.0}
        return np.array([cost[self.town.land.ways[w].cls] for w in self.streets[1]])

    @cached_property
    def parcel_names(self) -> dict[int, str]:
        """The name of each parcel with a use of its own."""
        return names.parcel_names(self.town, self.streets[0], self.streets[2])

    @cached_property
    def compound_names(self) -> list[str]:
        """The name of each compound."""
        return names.compound_names(self.town, self.housing, self.seed)

    @cached_property
    def compound_dwellings(self) -> IntArray:
        """Dwellings of each compound."""
        inside = self.housing.house_compound >= 0
        n = len(self.housing.parcels)
        return np.bincount(self.housing.house_compound[inside], self.dwellings[inside], n).astype(np.int64)

    @cached_property
    def compound_gates(self) -> list[FloatArray]:
        """The gates of each compound, best first."""
        counts = [1 + (d > 110) + (d > 380) for d in self.compound_dwellings]
        return gates(self.housing.outlines, counts, self.streets[0], self.street_cost_m)

    @cached_property
    def addresses(self) -> tuple[list[str], IntArray]:
        """Street and number of each building; the buildings of a compound share that of its main gate."""
        lines, _, label = self.streets
        inside = self.housing.house_compound
        main = np.array([gate[0] for gate in self.compound_gates])
        alone = np.flatnonzero(inside < 0)
        kinds = np.array(self.housing_kind, dtype=object)
        lanes = np.r_[np.zeros(len(main), dtype=bool), np.isin(kinds[alone], ["courtyard", "village"])]
        street, number = numbered(np.vstack([main, self.house_xy[alone]]), lines, label, lanes=lanes)
        row = np.where(inside >= 0, inside, 0)
        row[alone] = len(main) + np.arange(len(alone))
        return [street[r] for r in row], number[row]

    @cached_property
    def specials(self) -> list[tuple[str, int, IntArray]]:
        """Name, community and faces of each special grid, in the order of the drawing."""
        blocks = self.town.land.blocks
        result = []
        for place in drawing()["special"]:
            faces = np.flatnonzero([blocks[b].special == place["name"] for b in self.town.faces.block])
            homes = np.unique(self.face_community[faces])
            if len(homes) != 1:
                raise InfeasibleError("sample-special", f"{place['name']} lies in {len(homes)} communities.")
            result.append((place["name"], int(homes[0]), faces))
        return result

    @cached_property
    def grid_counts(self) -> IntArray:
        """The number of resident grids of each community: one for each compound of that size, the rest by dwellings."""
        n = len(self.roster)
        alone = (self.compound_dwellings >= 300) & (self.compound_dwellings <= 500)
        single = np.bincount(self.compound_community[alone], minlength=n)
        total = np.bincount(self.house_community, self.dwellings, n)
        rest = total - np.bincount(self.compound_community[alone], self.compound_dwellings[alone], n)
        return np.asarray(single + grids.apportion(rest, grids.RESIDENT_GRIDS - int(single.sum())), dtype=np.int64)

    @cached_property
    def house_face(self) -> IntArray:
        """The face that each building stands on."""
        nearest = shapely.STRtree(self.town.faces.polygons).nearest(shapely.points(self.house_xy))
        return np.asarray(nearest, dtype=np.int64)

    @cached_property
    def standing(self) -> ObjectArray:
        """All that stands on each face, as one shape; None on empty land."""
        order = np.argsort(self.house_face, kind="stable")
        result = np.full(len(self.town.faces.polygons), None, dtype=object)
        shapely.multipolygons(self.house_shapes[order], indices=self.house_face[order], out=result)
        result[np.bincount(self.house_face, minlength=len(result)) == 0] = None
        return result

    @cached_property
    def plots(self) -> tuple[IntArray, IntArray, FloatArray]:
        """The built-up face that each face goes with (−1 in a special grid); dwellings and middle of each face."""
        faces, face = self.town.faces, self.house_face
        n = len(faces.polygons)
        homes = np.bincount(face, self.dwellings, n).astype(np.int64)
        built = np.bincount(face, minlength=n)
        free = np.ones(n, dtype=bool)
        for _, _, mine in self.specials:
            free[mine] = False
        middle = shapely.get_coordinates(shapely.centroid(faces.polygons)).round(2)
        return grids.plots(self.near, self.face_community, built, free), homes, middle

    @cached_property
    def present(self) -> list[tuple[int, IntArray, IntArray]]:
        """The present resident grids of each community: community, its faces, the grid of each."""
        plot, homes, middle = self.plots
        near = self.near
        # Neighbours across empty land, by a short edge or with buildings far apart may be none once the land is divided
        # among the buildings.
        standing = self.standing[plot]
        standing[plot < 0] = None
        apart = shapely.distance(standing[near.i], standing[near.j])
        passable = ~np.isin(near.kind, ["river", "railway"]) & (near.length_m > 30.0) & (apart < 50.0)
        built = (plot[near.i] == near.i) & (plot[near.j] == near.j)
        by_worth = np.lexsort((-near.length_m.round(1), apart.round(1)))
        passable &= built
        result = []
        for community in range(len(self.roster)):
            mine = np.flatnonzero((self.face_community == community) & (plot >= 0))
            pieces, piece = np.unique(plot[mine], return_inverse=True)
            place = np.full(len(homes), -1, dtype=np.int64)
            place[mine] = piece
            pair = passable & (place[near.i] >= 0) & (place[near.j] >= 0) & (place[near.i] != place[near.j])
            around: list[set[int]] = [set() for _ in pieces]
            for a, b in zip(place[near.i[pair]].tolist(), place[near.j[pair]].tolist(), strict=True):
                around[a].add(b)
                around[b].add(a)
            grids.bridge(around, place[near.i[by_worth]], place[near.j[by_worth]])
            rng = np.random.default_rng([self.seed, 11, community])
            ground = grids.Ground(homes[pieces], middle[pieces], [sorted(others) for others in around])
            share = float(rng.uniform(0.46, 0.76))
            label = grids.drawn_by_history(ground, int(self.grid_counts[community]), rng, share)
            if (label < 0).any():
                name = self.roster[community].name
                raise InfeasibleError("sample-island", f"{name}: {(label < 0).sum()} pieces of land are cut off.")
            result.append((community, mine, label[piece]))
        return result


def make(seed: int) -> Sample:
    """Make the sample city."""
    town = build_town(seed)
    housing = settle(town, seed)
    near = neighbours(town)
    block = np.array([parcel.block for parcel in town.land.parcels])[town.house_parcel]
    homes = np.bincount(block, [house.dwellings for house in housing.houses], len(town.land.blocks)).astype(float)
    return Sample(seed, town, housing, near, roster(), gather(town, near, homes, seed))
