"""A city cut into areas that are tiled one by one: its communities and its special grids."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.city.city import City
from gridmap.errors import InputError
from gridmap.geo.adjacency import adjacency
from gridmap.geo.cells import cells
from gridmap.plan.grid import SpecialGrid
from gridmap.settings import Settings

__all__ = ["Executor", "Piece", "Progress", "Tile", "pieces_of", "place_specials", "shapes_of", "tile"]

Objects = NDArray[np.object_]
Progress = Callable[[str, int, int], None]


class Executor(Protocol):
    """Whatever runs pure functions: `concurrent.futures.Executor`, a Dask client's."""

    def map(self, function: Callable[[Any], Any], items: Iterable[Any], /) -> Iterable[Any]:
        """Return the results in the order of the items."""


@dataclass(frozen=True, eq=False)
class Piece:
    """An area that is tiled by itself: a community without its special grids, or a special grid.

    `label` is the code it is called by. `community` and `special` are rows, -1 for no special grid. `rows` are the
    buildings (rows of the city) whose representative point lies in `area`, `buildings` their shapes. Cells that share
    less than `least_m` of boundary only touch in a point, but for rounding, and are no neighbours.
    """

    label: str
    community: int
    special: int
    area: shapely.Geometry
    rows: NDArray[np.intp]
    buildings: Objects
    streets: Objects
    barriers: Objects
    step_m: float
    least_m: float


@dataclass(frozen=True, eq=False)
class Tile:
    """The cells of a piece: `building` indexes the piece's buildings (-1 none), `i`, `j` its cells."""

    polygons: Objects
    building: NDArray[np.int32]
    astride: NDArray[np.intp]
    perimeter_m: NDArray[np.float64]
    i: NDArray[np.int32]
    j: NDArray[np.int32]
    shared_m: NDArray[np.float64]
    barrier_m: NDArray[np.float64]
    street_m: NDArray[np.float64]


def tile(piece: Piece) -> Tile:
    """Tile one piece. A pure function of its argument, so pieces can be tiled anywhere and in any order."""
    lines = np.concatenate([piece.streets, piece.barriers])
    made = cells(piece.area, piece.buildings, lines, step_m=piece.step_m)
    beside = adjacency(made.polygons, lines={"barrier": piece.barriers, "street": piece.streets})
    borders = beside.shared_m >= piece.least_m
    return Tile(
        polygons=made.polygons,
        building=made.building,
        astride=made.astride,
        perimeter_m=beside.perimeter_m,
        i=beside.i[borders],
        j=beside.j[borders],
        shared_m=beside.shared_m[borders],
        barrier_m=beside.along["barrier"][borders],
        street_m=beside.along["street"][borders],
    )


def place_specials(city: City, specials: Sequence[SpecialGrid]) -> tuple[SpecialGrid, ...]:
    """Return the special grids with their communities filled in."""
    codes = [str(code) for code in city.communities["code"]]
    if len({one.code for one in specials}) != len(specials):
        raise InputError("special-duplicate", "Two special grids have the same code.", "Give each its own code.")
    shapes = shapes_of(city, "communities")
    placed = []
    for one in specials:
        if one.community in codes:
            placed.append(one)
            continue
        near = city.tree("communities").query(one.polygon, predicate="intersects")
        shared = shapely.area(shapely.intersection(shapes[near], one.polygon))
        if not len(near) or shared.max() <= 0:
            raise InputError(
                "special-outside",
                f"The special grid {one.code} lies in no community.",
                "Correct its polygon, or import the community.",
            )
        placed.append(replace(one, community=codes[int(near[np.argmax(shared)])]))
    return tuple(placed)


def pieces_of(city: City, specials: tuple[SpecialGrid, ...], settings: Settings) -> list[Piece]:
    """Return the areas to tile in order: the communities, then the special grids."""
    codes = [str(code) for code in city.communities["code"]]
    given = np.array([one.polygon for one in specials] + [None], object)[:-1]
    tree = shapely.STRtree(given)
    areas = [_without(area, given[np.sort(tree.query(area))]) for area in shapes_of(city, "communities")]
    areas += [
        _without(area, given[[at for at in np.sort(tree.query(area)) if at < row]]) for row, area in enumerate(given)
    ]
    points = city.building_points
    in_special = np.full(len(points), -1, np.intp)
    hits = shapely.STRtree(points).query(given, predicate="contains")
    in_special[hits[1][::-1]] = hits[0][::-1]
    home = np.where(in_special >= 0, len(codes) + in_special, city.building_community)
    # A building may name a community that it does not stand in: then it has no cell there.
    housed = np.flatnonzero(home >= 0)
    inside = shapely.intersects(np.array(areas, object)[home[housed]], points[housed])
    order = housed[inside][np.argsort(home[housed[inside]], kind="stable")]
    ends = np.searchsorted(home[order], np.arange(len(areas) + 1))
    buildings = shapes_of(city, "buildings")
    streets, barriers = _near(shapes_of(city, "streets"), areas), _near(_lines(shapes_of(city, "barriers")), areas)
    labels = codes + [one.code for one in specials]
    community = [*range(len(codes)), *(codes.index(one.community) for one in specials)]
    pieces = []
    for row, area in enumerate(areas):
        if not shapely.is_empty(area):
            rows = order[ends[row] : ends[row + 1]]
            special = row - len(codes) if row >= len(codes) else -1
            pieces.append(
                Piece(
                    label=labels[row],
                    community=community[row],
                    special=special,
                    area=area,
                    rows=rows,
                    buildings=buildings[rows],
                    streets=streets[row],
                    barriers=barriers[row],
                    step_m=settings.outline_step_m,
                    least_m=settings.coverage_tolerance_m,
                )
            )
    return pieces


def _without(area: shapely.Geometry, others: Objects) -> shapely.Geometry:
    """Return an area less the others: a polygon or multipolygon, perhaps empty, itself where none reaches into it."""
    near = [other for other in others if shapely.relate_pattern(area, other, "T********")]
    if not near:
        return area
    parts = shapely.get_parts(shapely.difference(area, shapely.union_all(near)))
    parts = parts[(shapely.get_type_id(parts) == shapely.GeometryType.POLYGON) & ~shapely.is_empty(parts)]
    rest: shapely.Geometry = parts[0] if len(parts) == 1 else shapely.multipolygons(parts)
    return rest


def _near(lines: Objects, areas: list[shapely.Geometry]) -> list[Objects]:
    """Return the lines that meet each area."""
    hits = shapely.STRtree(lines).query(np.array(areas, object), predicate="intersects")
    hits = hits[:, np.lexsort((hits[1], hits[0]))]
    ends = np.searchsorted(hits[0], np.arange(len(areas) + 1))
    return [lines[hits[1][ends[row] : ends[row + 1]]] for row in range(len(areas))]


def _lines(shapes: Objects) -> Objects:
    """Return barriers as lines: those that are areas by their banks."""
    banks = shapely.get_dimensions(shapes) == 2  # the dimension of an area
    lines = shapes.copy()
    lines[banks] = shapely.boundary(shapes[banks])
    return lines


def shapes_of(city: City, layer: str) -> Objects:
    """Return the shapes of a layer, object[n]."""
    return np.asarray(city.layers[layer].geometry.array, dtype=object)
