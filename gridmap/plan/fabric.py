"""The fabric: a city's cells with their households, what every plan is drawn on."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from gridmap.city.city import City, require_unique
from gridmap.errors import InputError
from gridmap.geo.adjacency import match_vertices
from gridmap.geo.frames import Frame
from gridmap.plan.grid import SpecialGrid
from gridmap.plan.tiling import Executor, Piece, Progress, Tile, pieces_of, place_specials, tile
from gridmap.settings import DEFAULT, Settings

__all__ = ["PEOPLE", "Fabric", "fabric"]

Bools = NDArray[np.bool_]
Ints = NDArray[np.int32]
Floats = NDArray[np.float64]
Objects = NDArray[np.object_]

PEOPLE = ("residents", "elders_60", "elders_80", "children")
"""The columns that count people; NaN where a building's number is unknown."""

_TEXTS = ("cell_ids", "community_codes", "community_names", "compound_ids", "compound_names", "homeless", "astride")
_INTS = ("building", "community", "compound", "special", "i", "j")
_FLOATS = ("x", "y", *PEOPLE, "area_m2", "perimeter_m", "shared_m", "barrier_m", "street_m")
_PER_CELL = ("building", "community", "compound", "special", "x", "y", "households", "known", *PEOPLE, "area_m2")
_PER_EDGE = ("j", "shared_m", "barrier_m", "street_m")


# A vertex this near to a border lies on it: what rounding leaves, and no more.
_SAME_M = 1e-6


@dataclass(frozen=True, eq=False, kw_only=True)
class Fabric:
    """Cells, one a building, with who lives there and which cells touch. All arrays are read-only.

    Per cell (n): `cell_ids` (the building's id; `area:` + code of the community or special grid for one that has no
    building), `building` (row of the city's buildings, or -1), `x`, `y` (the building's representative point, in the
    frame), `polygons`, `community` (row of `community_codes`), `compound` (row of `compound_ids`, or -1), `households`
    (unknown counts 0, and `known` is False), `residents` … `children` (NaN unknown), `special` (index into `specials`,
    or -1), `area_m2`, `perimeter_m`.

    Per pair of neighbours (m, `i < j`, both of one community, never a special grid's cell with another's): `shared_m`
    is the length of their common boundary, `barrier_m` and `street_m` the parts of it that run along a barrier and a
    street.

    `homeless` are ids of buildings in no community, which have no cell; `astride` are ids of buildings whose outline
    crosses a street, barrier or boundary.
    """

    frame: Frame
    cell_ids: Objects
    building: Ints
    x: Floats
    y: Floats
    polygons: Objects
    community: Ints
    community_codes: Objects
    community_names: Objects
    compound: Ints
    compound_ids: Objects
    compound_names: Objects
    households: NDArray[np.int64]
    known: Bools
    residents: Floats
    elders_60: Floats
    elders_80: Floats
    children: Floats
    special: Ints
    specials: tuple[SpecialGrid, ...] = ()
    area_m2: Floats
    perimeter_m: Floats
    i: Ints
    j: Ints
    shared_m: Floats
    barrier_m: Floats
    street_m: Floats
    homeless: Objects = field(default_factory=lambda: np.empty(0, object))
    astride: Objects = field(default_factory=lambda: np.empty(0, object))

    def __post_init__(self) -> None:
        kinds: dict[str, Any] = {"polygons": object, "households": np.int64, "known": np.bool_}
        kinds |= dict.fromkeys(_TEXTS, object) | dict.fromkeys(_INTS, np.int32) | dict.fromkeys(_FLOATS, np.float64)
        for name, kind in kinds.items():
            array = np.array(getattr(self, name), dtype=kind)
            array.flags.writeable = False
            object.__setattr__(self, name, array)
        for names, size in ((_PER_CELL, len(self.cell_ids)), (_PER_EDGE, len(self.i))):
            wrong = [name for name in names if len(getattr(self, name)) != size]
            if wrong:
                raise InputError("fabric-shape", f"The arrays {', '.join(wrong)} do not have {size} values.")
        if len(self.cell_of) != len(self.cell_ids):
            raise InputError(
                "building-duplicate",
                f"The building id {_first_duplicate(self.cell_ids)!r} occurs more than once.",
                "Give every building an id of its own.",
            )

    def __len__(self) -> int:
        return len(self.cell_ids)

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Fabric) and self.digest == other.digest)

    def __hash__(self) -> int:
        return hash(self.digest)

    @cached_property
    def cell_of(self) -> Mapping[str, int]:
        """The cell of each building id."""
        return dict(zip(self.cell_ids.tolist(), range(len(self.cell_ids)), strict=True))

    @cached_property
    def tree(self) -> shapely.STRtree:
        """A spatial index over `polygons`."""
        return shapely.STRtree(self.polygons)

    @cached_property
    def digest(self) -> str:
        """The sha256 of everything in the fabric: results that name it can be tied to it."""
        total = hashlib.sha256()
        for name, array in sorted(self.to_arrays().items()):
            total.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
            total.update(np.ascontiguousarray(array).tobytes())
        return total.hexdigest()

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the whole fabric as plain numpy arrays (no objects): numbers, text, and WKB with offsets."""
        arrays: dict[str, NDArray[Any]] = {"epsg": np.array([self.frame.epsg], np.int64)}
        for name in (item.name for item in fields(self)):
            value = getattr(self, name)
            if name in _TEXTS:
                arrays[name] = _text(value)
            elif name not in ("frame", "polygons", "specials"):
                arrays[name] = value
        for part in ("code", "name", "community"):
            arrays[f"special_{part}"] = _text([getattr(special, part) for special in self.specials])
        arrays["polygons_wkb"], arrays["polygons_end"] = _packed(self.polygons)
        arrays["special_wkb"], arrays["special_end"] = _packed([special.polygon for special in self.specials])
        return arrays

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> Fabric:
        """Return the fabric that `to_arrays` gave these arrays for, equal to it in every byte.

        >>> from gridmap.plan.testing import chequered
        >>> fabric = chequered(4, 3)
        >>> Fabric.from_arrays(fabric.to_arrays()) == fabric
        True
        """
        try:
            values: dict[str, Any] = {
                item.name: arrays[item.name]
                for item in fields(cls)
                if item.name not in ("frame", "polygons", "specials")
            }
            values |= {name: arrays[name].astype(object) for name in _TEXTS}
            values["frame"] = Frame(int(arrays["epsg"][0]))
            values["polygons"] = _unpacked(arrays["polygons_wkb"], arrays["polygons_end"])
            shapes = _unpacked(arrays["special_wkb"], arrays["special_end"])
            texts = (arrays[f"special_{part}"].tolist() for part in ("code", "name", "community"))
            values["specials"] = tuple(SpecialGrid(*row) for row in zip(*texts, shapes, strict=True))
        except (KeyError, ValueError, shapely.GEOSException):
            raise InputError(
                "fabric-broken", "The stored cells cannot be read.", "Build them again from the city."
            ) from None
        return cls(**values)


def fabric(
    city: City,
    *,
    specials: Sequence[SpecialGrid] = (),
    executor: Executor | None = None,
    progress: Progress | None = None,
    settings: Settings = DEFAULT,
) -> Fabric:
    """Build the fabric of a city around its special grids.

    Every building whose representative point lies in a community or in a special grid gets one cell; the others are
    `homeless`. One on the edge of a special grid belongs to the community around it. Streets and barriers cut the
    cells; borders shorter than `settings.coverage_tolerance_m` count as points. A special grid without a community goes
    to the one that it overlaps most. `executor` runs the pieces elsewhere; `progress(code, done, total)` is called
    after each. Negative households count as unknown. Raises InputError for repeated community codes, building ids or
    special codes and for a special grid outside every community.
    """
    require_unique("communities", city.communities)
    require_unique("buildings", city.buildings)
    specials = place_specials(city, specials)
    pieces = pieces_of(city, specials, settings)
    tiles = []
    for done, made in enumerate(map(tile, pieces) if executor is None else executor.map(tile, pieces), start=1):
        tiles.append(made)
        if progress is not None:
            progress(pieces[done - 1].label, done, len(pieces))
    return _joined(city, specials, pieces, tiles)


def _joined(city: City, specials: tuple[SpecialGrid, ...], pieces: list[Piece], tiles: list[Tile]) -> Fabric:
    sizes = [len(made.polygons) for made in tiles]
    starts = np.cumsum([0, *sizes])

    def spread(values: Sequence[Any], kind: type[Any]) -> NDArray[Any]:
        return np.repeat(np.array(values, kind), sizes)

    def joined(arrays: Iterable[NDArray[Any]], kind: type[Any]) -> NDArray[Any]:
        return np.concatenate([np.empty(0, kind), *arrays]).astype(kind)

    row = joined((np.append(one.rows, -1)[made.building] for one, made in zip(pieces, tiles, strict=True)), np.int32)
    empty = row < 0
    # Communities are tiled one by one: across their borders, cells get each other's vertices here.
    polygons = match_vertices(joined((made.polygons for made in tiles), object), tolerance_m=_SAME_M)
    points = _padded(city.building_points)[row]
    points[empty] = shapely.point_on_surface(polygons[empty])
    names = city.buildings["id"].to_numpy(object)
    ids = _padded(names)[row]
    ids[empty] = [f"area:{label}" for label in spread([one.label for one in pieces], object)[empty]]
    households, known = _households(city, row)
    return Fabric(
        frame=city.frame,
        cell_ids=ids,
        building=row,
        x=shapely.get_x(points),
        y=shapely.get_y(points),
        polygons=polygons,
        community=spread([one.community for one in pieces], np.int32),
        community_codes=_texts(city, "communities", "code"),
        community_names=_texts(city, "communities", "name"),
        compound=np.append(city.building_compound, -1)[row],
        compound_ids=_texts(city, "compounds", "id"),
        compound_names=_texts(city, "compounds", "name"),
        households=households,
        known=known,
        **{name: _counts(city, name)[row] for name in PEOPLE},
        special=spread([one.special for one in pieces], np.int32),
        specials=specials,
        area_m2=shapely.area(polygons),
        perimeter_m=joined((made.perimeter_m for made in tiles), np.float64),
        i=joined((made.i + start for made, start in zip(tiles, starts, strict=False)), np.int32),
        j=joined((made.j + start for made, start in zip(tiles, starts, strict=False)), np.int32),
        shared_m=joined((made.shared_m for made in tiles), np.float64),
        barrier_m=joined((made.barrier_m for made in tiles), np.float64),
        street_m=joined((made.street_m for made in tiles), np.float64),
        homeless=np.delete(names, row[~empty]),
        astride=joined((names[one.rows[made.astride]] for one, made in zip(pieces, tiles, strict=True)), object),
    )


def _padded(values: Objects) -> Objects:
    """Return the values with None at the end, where the row -1 of a cell without a building points."""
    padded = np.full(len(values) + 1, None, object)
    padded[:-1] = values
    return padded


def _households(city: City, row: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return households and whether they are known, per cell; a cell without a building is known to have none."""
    values = _counts(city, "households")[row]
    known = ~np.isnan(values)
    return np.where(known, values, 0).astype(np.int64), known


def _counts(city: City, column: str) -> NDArray[np.float64]:
    """Return a column of counts per building, NaN unknown, with 0 at the end for cells without a building."""
    values = city.buildings[column].to_numpy(np.float64, na_value=np.nan)
    return np.append(np.where(values < 0, np.nan, values), 0.0)


def _texts(city: City, layer: str, column: str) -> Objects:
    return np.array(["" if pd.isna(value) else str(value) for value in city.layers[layer][column]], object)


def _first_duplicate(ids: Objects) -> object:
    seen: set[object] = set()
    return next(one for one in ids if one in seen or seen.add(one))  # type: ignore[func-returns-value]  # add returns None


def _text(values: Any) -> NDArray[np.str_]:
    return np.array([str(value) for value in values], dtype=np.str_) if len(values) else np.empty(0, "<U1")


def _packed(shapes: Any) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    pieces = [shapely.to_wkb(shape) for shape in shapes]
    ends = np.cumsum([len(piece) for piece in pieces], dtype=np.int64)
    return np.frombuffer(b"".join(pieces), np.uint8), ends


def _unpacked(wkb: NDArray[np.uint8], ends: NDArray[np.int64]) -> Objects:
    blob, starts = wkb.tobytes(), [0, *ends.tolist()]
    shapes = np.empty(len(ends), object)
    shapes[:] = shapely.from_wkb([blob[start:end] for start, end in zip(starts, ends.tolist(), strict=False)])
    return shapes
