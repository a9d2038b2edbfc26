"""A plan: which grid each building is in. Immutable; edits and redrawing return new plans."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.errors import InputError
from gridmap.plan.contiguity import components, parts_per_label
from gridmap.plan.fabric import Fabric
from gridmap.plan.grid import Grid
from gridmap.plan.layer import read_layer, special_grids

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["Plan"]


@dataclass(frozen=True, eq=False)
class Plan:
    """An assignment of a fabric's cells to grids.

    `grid_of` is int32[n_cells], the index into `grids` of each cell, -1 for one in no grid. Plans made here give every
    cell a grid. `grids` has every special grid of the fabric, under its code as id, with exactly its cells; a resident
    grid has cells of its own community only, and may have none (it is dropped when the plan is filed). `bridges` are
    pairs of cells that count as neighbours although they do not touch: islands joined to the mainland.

    Raises InputError if these rules are broken.
    """

    fabric: Fabric
    grid_of: NDArray[np.int32]
    grids: tuple[Grid, ...]
    name: str = ""
    bridges: tuple[tuple[int, int], ...] = ()

    def __post_init__(self) -> None:
        grid_of = np.array(self.grid_of, np.int32)
        grid_of.flags.writeable = False
        object.__setattr__(self, "grid_of", grid_of)
        object.__setattr__(self, "grids", tuple(self.grids))
        object.__setattr__(self, "bridges", tuple((int(one), int(other)) for one, other in self.bridges))
        self._validate()

    def _validate(self) -> None:
        fabric, grid_of = self.fabric, self.grid_of
        if grid_of.shape != (len(fabric),):
            raise InputError("plan-shape", f"The plan has {grid_of.size} cells, its fabric {len(fabric)}.")
        if grid_of.size and (grid_of.min() < -1 or grid_of.max() >= len(self.grids)):
            raise InputError("grid-unknown", f"The plan names a grid outside its {len(self.grids)} grids.")
        if len(self.index_of) != len(self.grids):
            raise InputError("grid-duplicate", "Two grids of the plan have the same id.", "Give each grid its own id.")
        codes = {code: row for row, code in enumerate(fabric.community_codes)}
        special = {one.code: row for row, one in enumerate(fabric.specials)}
        own = np.array([codes.get(grid.community, -2) for grid in self.grids] + [-2], np.int32)
        kind = np.array([-1 if grid.resident else special.get(grid.id, -2) for grid in self.grids] + [-1], np.int32)
        strange = [grid for grid in self.grids if grid.community not in codes]
        if strange:
            raise InputError(
                "community-unknown", f"Grid {strange[0].id} belongs to {strange[0].community!r}, which is no community."
            )
        if not set(special) == {grid.id for grid in self.grids if not grid.resident}:
            raise InputError(
                "special-mismatch",
                "The plan's special grids are not those of its fabric.",
                "Build the fabric with them.",
            )
        wrong = (grid_of >= 0) & (own[grid_of] != fabric.community)
        if wrong.any():
            cell = int(np.argmax(wrong))
            raise InputError(
                "other-community",
                f"Building {fabric.cell_ids[cell]} is not in the community of grid {self.grids[grid_of[cell]].id}.",
            )
        wrong = kind[grid_of] != fabric.special
        if wrong.any():
            raise InputError(
                "grid-special", f"Building {fabric.cell_ids[int(np.argmax(wrong))]} does not keep its special grid."
            )

    def __eq__(self, other: object) -> bool:
        return self is other or (
            isinstance(other, Plan)
            and (self.name, self.grids, self.bridges) == (other.name, other.grids, other.bridges)
            and np.array_equal(self.grid_of, other.grid_of)
            and self.fabric == other.fabric
        )

    def __hash__(self) -> int:
        return hash((self.name, self.grids, self.bridges, self.grid_of.tobytes()))

    def __len__(self) -> int:
        return len(self.grids)

    @classmethod
    def from_layer(cls, fabric: Fabric, grids: gpd.GeoDataFrame, *, name: str = "") -> Plan:
        """Make a plan of an imported grid layer (schema layer `grids`, in the fabric's frame).

        Each cell goes to the grid of its community that holds its building's representative point (the first in the
        file where several do), else to the nearest grid of its community; a community without grids becomes one grid.
        What had to be decided so is told by `check_layer`. Special grids must be those the fabric was built with.
        Raises CrsError, GeometryError, InputError.
        """
        reading = read_layer(fabric, grids)
        return cls(fabric, reading.grid_of, reading.grids, name)

    @classmethod
    def undivided(cls, fabric: Fabric, *, name: str = "") -> Plan:
        """Return the plan in which each community is one grid: where redrawing begins when nobody has drawn yet."""
        grids = [
            Grid(f"{code}~1", "", "resident", code)
            for row, code in enumerate(fabric.community_codes)
            if bool(((fabric.community == row) & (fabric.special < 0)).any())
        ]
        place = {grid.community: index for index, grid in enumerate(grids)}
        of_community = np.array([place.get(code, -1) for code in fabric.community_codes], np.int32)
        grid_of = np.where(fabric.special < 0, of_community[fabric.community], len(grids) + fabric.special)
        return cls(fabric, grid_of.astype(np.int32), (*grids, *special_grids(fabric)), name)

    @cached_property
    def index_of(self) -> Mapping[str, int]:
        """The index into `grids` of each grid id."""
        return {grid.id: index for index, grid in enumerate(self.grids)}

    def grid(self, grid_id: str) -> Grid:
        """Return the grid of that id; InputError `grid-unknown` if there is none."""
        return self.grids[self.position(grid_id)]

    def position(self, grid_id: str) -> int:
        """Return the index into `grids` of a grid id; InputError `grid-unknown` if there is none."""
        try:
            return self.index_of[grid_id]
        except KeyError:
            raise InputError(
                "grid-unknown", f"There is no grid {grid_id!r} in this plan.", "Use an id that the balance lists."
            ) from None

    def cells_of(self, grid_id: str) -> NDArray[np.intp]:
        """Return the cells of a grid, ascending."""
        return np.flatnonzero(self.grid_of == self.position(grid_id))

    def total(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Return the sum of a value per cell over each grid, float64[n_grids]."""
        inside = self.grid_of >= 0
        return np.bincount(self.grid_of[inside], weights=values[inside], minlength=len(self.grids)).astype(np.float64)

    @cached_property
    def households(self) -> NDArray[np.int64]:
        """Households per grid, int64[n_grids]; unknown buildings count 0."""
        return self.total(self.fabric.households).astype(np.int64)

    @cached_property
    def part_of(self) -> NDArray[np.int32]:
        """The connected part each cell is in; two cells are in one part if their grid joins them."""
        return components(self.fabric, self.grid_of, self.bridges)

    @cached_property
    def parts(self) -> NDArray[np.int32]:
        """How many connected parts each grid has, int32[n_grids]; 1 is contiguous, 0 empty."""
        return parts_per_label(self.grid_of, self.part_of, len(self.grids))

    @property
    def contiguity_breaks(self) -> int:
        """How many parts too many the resident grids have."""
        resident = np.array([grid.resident for grid in self.grids], bool)
        return int(np.maximum(self.parts[resident] - 1, 0).sum())

    def split_pairs(self, max_households: int) -> NDArray[np.int32]:
        """Return int32[k, 2]: community and compound (rows of the fabric) of each compound that is split needlessly.

        A compound counts where more than one resident grid of a community has buildings of it though one could hold
        them all: its buildings there, without those in special grids, have at most `max_households` households.
        """
        fabric = self.fabric
        inside = (fabric.compound >= 0) & (fabric.special < 0) & (self.grid_of >= 0)
        size = max(len(fabric.compound_ids), 1)
        key = fabric.community[inside].astype(np.int64) * size + fabric.compound[inside]
        names, group = np.unique(key, return_inverse=True)
        sums = np.bincount(group, weights=fabric.households[inside], minlength=len(names))
        grids = max(len(self.grids), 1)
        pairs = np.unique(group * grids + self.grid_of[inside])
        split = names[(np.bincount(pairs // grids, minlength=len(names)) > 1) & (sums <= max_households)]
        return np.stack([split // size, split % size], axis=1).astype(np.int32)

    def compounds_split(self, max_households: int) -> int:
        """Return how many compounds of at most `max_households` the grids cut; `split_pairs` says which."""
        return len(self.split_pairs(max_households))

    def polygons(self) -> NDArray[np.object_]:
        """Return the extent of each grid, object[n_grids], seamless and without overlap.

        Resident grids are unions of their cells, an empty polygon where there are none; special grids are their
        polygons exactly as they were given.
        """
        return self._polygons.copy()

    @cached_property
    def _polygons(self) -> NDArray[np.object_]:
        given = {one.code: one.polygon for one in self.fabric.specials}
        order = np.argsort(self.grid_of, kind="stable")
        ends = np.searchsorted(self.grid_of[order], np.arange(len(self.grids) + 1))
        shapes = np.empty(len(self.grids), object)
        for index, grid in enumerate(self.grids):
            cells = self.fabric.polygons[order[ends[index] : ends[index + 1]]]
            shapes[index] = shapely.coverage_union_all(cells) if grid.resident else given[grid.id]
            if shapes[index].is_empty:
                shapes[index] = shapely.Polygon()
        return shapes

    def grids_frame(self) -> gpd.GeoDataFrame:
        """Return the grids that have cells as a GeoDataFrame in the city's frame, indexed by position in `grids`.

        Columns: grid (id), code, name, kind, community, community_name, locked, households, unknown_buildings, area_m2,
        geometry.
        """
        import geopandas as gpd  # a second of import that edits and balances do not need

        names = dict(zip(self.fabric.community_codes, self.fabric.community_names, strict=True))
        shapes = self._polygons
        frame = gpd.GeoDataFrame(
            {
                "grid": [grid.id for grid in self.grids],
                "code": [grid.code for grid in self.grids],
                "name": [grid.name for grid in self.grids],
                "kind": [grid.kind for grid in self.grids],
                "community": [grid.community for grid in self.grids],
                "community_name": [names.get(grid.community, "") for grid in self.grids],
                "locked": [grid.locked for grid in self.grids],
                "households": self.households,
                "unknown_buildings": self.total(~self.fabric.known).astype(np.int64),
                "area_m2": shapely.area(shapes),
            },
            geometry=shapes,
            crs=self.fabric.frame.crs,
        )
        return frame[~shapely.is_empty(shapes)]

    def where(self, x: float, y: float) -> Grid | None:
        """Return the grid at a point of the frame, None outside all; on a boundary the one of the first cell."""
        hits = self.fabric.tree.query(shapely.Point(x, y), predicate="intersects")
        found = self.grid_of[np.sort(hits)]
        return self.grids[found[found >= 0][0]] if (found >= 0).any() else None
