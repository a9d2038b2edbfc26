"""Small made-up fabrics and plans for the tests of every room. Nothing here describes a real place."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.errors import InputError
from gridmap.geo.frames import Frame
from gridmap.plan.fabric import Fabric
from gridmap.plan.grid import Grid, SpecialGrid
from gridmap.plan.layer import special_grids
from gridmap.plan.plan import Plan

__all__ = ["chequered", "striped"]

_WEST, _SOUTH = 570_000.0, 4_126_000.0


def chequered(
    nx: int = 8,
    ny: int = 6,
    *,
    communities: int = 1,
    cell_m: float = 50.0,
    households: tuple[int, int] = (10, 60),
    compound_cells: int = 2,
    specials: int = 0,
    unknown: float = 0.0,
    seed: int = 0,
) -> Fabric:
    """Return a fabric of nx × ny square cells, the same for the same arguments.

    Cell k is in column k % nx (from the west) and row k // nx (from the south), with a building of id `b0000` …
    `communities` are vertical strips of whole columns with the codes 141182001001 …; every other block of
    `compound_cells`² cells is a compound (0: none), the blocks between are single buildings. `households` are drawn
    evenly from the range; `unknown` is the share of buildings where they and all people are unknown. Each of the first
    `specials` communities has a special grid of one cell in its north-east corner. A street runs along every second
    line from south to north, a barrier along the middle line from west to east.
    """
    if not 1 <= communities <= nx or specials > communities:
        raise InputError("testing-shape", "There are more communities than columns, or more special grids than those.")
    rng = np.random.default_rng(seed)
    size = nx * ny
    column, row = np.arange(size) % nx, np.arange(size) // nx
    community = (column * communities // nx).astype(np.int32)
    left, below = (np.asarray(start + at * cell_m, np.float64) for start, at in ((_WEST, column), (_SOUTH, row)))
    polygons = shapely.box(left, below, left + cell_m, below + cell_m)
    codes = [f"141182001{number + 1:03d}" for number in range(communities)]
    corner = [int(np.flatnonzero((community == number) & (row == ny - 1))[-1]) for number in range(specials)]
    special = np.full(size, -1, np.int32)
    special[corner] = np.arange(specials)
    compound, compound_ids = _compounds(column, row, compound_cells)
    i, j = _neighbours(column, row, community, special)
    upright, middle = row[i] == row[j], (row[i] != row[j]) & (row[j] == (ny + 1) // 2)
    known = rng.random(size) >= unknown
    lived_in = rng.integers(*households, size, endpoint=True)
    residents = np.where(known, np.round(lived_in * 2.6), np.nan)
    return Fabric(
        frame=Frame(4546),
        cell_ids=np.array([f"b{number:04d}" for number in range(size)], object),
        building=np.arange(size, dtype=np.int32),
        x=left + cell_m / 2,
        y=below + cell_m / 2,
        polygons=polygons,
        community=community,
        community_codes=np.array(codes, object),
        community_names=np.array([f"社区{number + 1}" for number in range(communities)], object),
        compound=compound,
        compound_ids=compound_ids,
        compound_names=np.array([f"小区{name}" for name in compound_ids], object),
        households=np.where(known, lived_in, 0),
        known=known,
        residents=residents,
        elders_60=np.round(residents * 0.2),
        elders_80=np.round(residents * 0.03),
        children=np.round(residents * 0.15),
        special=special,
        specials=tuple(
            SpecialGrid(f"{codes[number]}9{number + 1:02d}", f"专属{number + 1}", codes[number], polygons[cell])
            for number, cell in enumerate(corner)
        ),
        area_m2=np.full(size, cell_m**2),
        perimeter_m=np.full(size, 4 * cell_m),
        i=i,
        j=j,
        shared_m=np.full(len(i), cell_m),
        barrier_m=np.where(middle, cell_m, 0.0),
        street_m=np.where(upright & (column[j] % 2 == 0), cell_m, 0.0),
    )


def striped(fabric: Fabric, grids: int = 2, *, name: str = "") -> Plan:
    """Return a plan of a fabric in which each community has that many grids, strips from south to north.

    The grids are filed: their codes are the community's code and 001, 002 … from the south. A strip may be empty.
    """
    grid_of = np.full(len(fabric), -1, np.int32)
    made: list[Grid] = []
    for number, code in enumerate(fabric.community_codes):
        cells = np.flatnonzero((fabric.community == number) & (fabric.special < 0))
        if len(cells):
            levels = np.unique(fabric.y[cells], return_inverse=True)[1]
            grid_of[cells] = len(made) + levels * grids // (levels.max() + 1)
            codes = [f"{code}{sequence + 1:03d}" for sequence in range(grids)]
            made.extend(Grid(one, f"第{at + 1}网格", "resident", str(code), code=one) for at, one in enumerate(codes))
    fixed = fabric.special >= 0
    grid_of[fixed] = len(made) + fabric.special[fixed]
    return Plan(fabric, grid_of, (*made, *special_grids(fabric)), name)


def _compounds(
    column: NDArray[np.intp], row: NDArray[np.intp], side: int
) -> tuple[NDArray[np.int32], NDArray[np.object_]]:
    if not side:
        return np.full(len(column), -1, np.int32), np.empty(0, object)
    across, up = column // side, row // side
    key = np.where((across + up) % 2 == 0, up * (int(across.max()) + 1) + across, -1)
    names, compound = np.unique(key[key >= 0], return_inverse=True)
    result = np.full(len(column), -1, np.int32)
    result[key >= 0] = compound
    return result, np.array([f"c{name:03d}" for name in names], object)


def _neighbours(
    column: NDArray[np.intp], row: NDArray[np.intp], community: NDArray[np.int32], special: NDArray[np.int32]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    nx = int(column.max()) + 1
    cells = np.arange(len(column))
    east, north = cells[column < nx - 1], cells[row < row.max()]
    i, j = np.append(east, north), np.append(east + 1, north + nx)
    same = (community[i] == community[j]) & (special[i] == special[j])
    order = np.lexsort((j[same], i[same]))
    return i[same][order].astype(np.int32), j[same][order].astype(np.int32)
