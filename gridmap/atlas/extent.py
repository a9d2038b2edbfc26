"""The extent of a grid in words: what its boundary follows in the east, south, west and north."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from gridmap.atlas.scene import Scene
from gridmap.maps.look import token

__all__ = ["SIDES", "Along", "Extent", "Surroundings"]

SIDES = ("东", "南", "西", "北")
_UNIT = np.array([[1.0, 0.0], [0.0, -1.0], [-1.0, 0.0], [0.0, 1.0]])
_PIECE_M = 8.0
# A boundary runs in the middle of the street that it follows; imported ones run along its edge.
_NEAR_M = 14.0
_PARALLEL = 0.8
_SECOND = 0.3
_FACES = 0.4
_GRAZING = 0.05
_EDGE = "社区边界"

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Along:
    """What a side follows: its name, kind (street, barrier, neighbour or edge), and the metres seen from there."""

    name: str
    kind: str
    length_m: float


@dataclass(frozen=True, slots=True)
class Extent:
    """What the four sides follow, in the order of `SIDES`, the longest first."""

    sides: tuple[tuple[Along, ...], ...]

    @property
    def words(self) -> str:
        """The extent as it is posted (东至…，南至…，西至…，北至…)."""
        return "，".join(
            f"{side}至{'、'.join(one.name for one in found)}" for side, found in zip(SIDES, self.sides, strict=True)
        ) + "。"  # fmt: skip

    @property
    def streets(self) -> frozenset[str]:
        """The names of streets and barriers that the sentence has."""
        return frozenset(one.name for side in self.sides for one in side if one.kind in ("street", "barrier"))


class Surroundings:
    """All that a boundary can follow: named streets and barriers in straight pieces, and the other grids."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene

    @cached_property
    def _lines(self) -> tuple[shapely.STRtree, list[tuple[str, str]], Floats]:
        """The index of straight pieces, name and kind of each, and its direction float64[n, 2]."""
        ends: list[Floats] = []
        about: list[tuple[str, str]] = []
        for shape, name, kind in self._named():
            for line in shapely.get_parts(shapely.boundary(shape) if shape.geom_type.endswith("Polygon") else shape):
                points = shapely.get_coordinates(line)
                ends.append(np.stack([points[:-1], points[1:]], axis=1))
                about += [(name, kind)] * (len(points) - 1)
        pairs = np.concatenate(ends) if ends else np.empty((0, 2, 2))
        step = pairs[:, 1] - pairs[:, 0]
        return shapely.STRtree(np.asarray(shapely.linestrings(pairs), object).reshape(-1)), about, _unit(step)

    def _named(self) -> Iterator[tuple[BaseGeometry, str, str]]:
        city = self.scene.city
        for shape, name in zip(city.streets.geometry, city.streets["name"], strict=True):
            if isinstance(name, str) and name.strip():
                yield shape, name.strip(), "street"
        for shape, name, kind in zip(city.barriers.geometry, city.barriers["name"], city.barriers["kind"], strict=True):
            own = kind if kind in token("barrier") else "other"
            yield shape, str(token("barrier", own, "zh")) if pd.isna(name) else str(name).strip(), "barrier"

    def extent(self, row: int) -> Extent:
        """Return what the boundary of a grid follows; O(vertices · log of the city's streets)."""
        shape = self.scene.shapes[row]
        middle, normal, length = _pieces(shape)
        names = self._followed(row, middle, normal)
        shapely.prepare(shape)
        sides = []
        for unit in _UNIT:
            across = normal @ unit  # of each metre, how much is seen from that side
            seen = across > _GRAZING
            rays = _rays(middle[seen] + 0.5 * normal[seen], unit, shape)
            seen[seen] = ~shapely.intersects(shape, rays)
            facing = seen & (across >= np.sqrt(0.5) - 1e-9)
            width = length * across
            # Where a grid ends in a point, nothing faces that side: then all that is seen from it counts.
            sides.append(_longest(names, width, facing if width[facing].sum() >= _FACES * width[seen].sum() else seen))
        return Extent(tuple(sides))

    def _followed(self, row: int, middle: Floats, normal: Floats) -> list[tuple[str, str]]:
        """Return name and kind of what each piece of a boundary follows."""
        tree, about, direction = self._lines
        points = np.asarray(shapely.points(middle), object)
        names = self._beyond(row, middle, normal)
        piece, line = tree.query(points, predicate="dwithin", distance=_NEAR_M)
        tangent = np.stack([-normal[:, 1], normal[:, 0]], axis=1)
        beside = np.abs((tangent[piece] * direction[line]).sum(axis=1)) >= _PARALLEL
        piece, line = piece[beside], line[beside]
        away = np.rint(shapely.distance(points[piece], tree.geometries[line]))
        # Of what is equally near, a street is better known than a barrier in its middle.
        barrier = np.array([about[one][1] == "barrier" for one in line], bool)
        for at in np.lexsort((line, barrier, away))[::-1]:  # the nearest is written last
            names[piece[at]] = about[line[at]]
        return names

    def _beyond(self, row: int, middle: Floats, normal: Floats) -> list[tuple[str, str]]:
        """Return the grid on the other side of each piece, or that there is none."""
        scene, own = self.scene, self.scene.plan.grids[row]
        names = [(_EDGE, "edge")] * len(middle)
        piece, other = scene.tree.query(shapely.points(middle + 1.5 * normal), predicate="intersects")
        for at, neighbour in zip(piece, other, strict=True):
            if neighbour != row:
                grid = scene.plan.grids[neighbour]
                before = "" if grid.community == own.community else scene.community_name(grid.community)
                names[at] = (before + scene.name(grid), "neighbour")
        return names


def _pieces(shape: BaseGeometry) -> tuple[Floats, Floats, Floats]:
    """Return middle, outward normal and length of the pieces of a boundary, none longer than 8 m."""
    middles, normals, lengths = [], [], []
    for part in shapely.get_parts(shape):
        ring = shapely.segmentize(shapely.get_exterior_ring(shapely.orient_polygons(part)), _PIECE_M)
        points = shapely.get_coordinates(ring)
        step = np.diff(points, axis=0)
        middles.append((points[:-1] + points[1:]) / 2)
        normals.append(_unit(np.stack([step[:, 1], -step[:, 0]], axis=1)))
        lengths.append(np.hypot(step[:, 0], step[:, 1]))
    return np.concatenate(middles), np.concatenate(normals), np.concatenate(lengths)


def _unit(steps: Floats) -> Floats:
    size = np.hypot(steps[:, 0], steps[:, 1])
    return np.asarray(steps / np.maximum(size, 1e-12)[:, None], np.float64)


def _rays(start: Floats, unit: Floats, shape: BaseGeometry) -> NDArray[np.object_]:
    west, south, east, north = shape.bounds
    end = start + unit * (east - west + north - south)
    return np.asarray(shapely.linestrings(np.stack([start, end], axis=1)), object)


def _longest(names: list[tuple[str, str]], length: Floats, seen: NDArray[np.bool_]) -> tuple[Along, ...]:
    """Return what most of the pieces follow, and a second where it is a good part of them."""
    sums: dict[tuple[str, str], float] = defaultdict(float)
    for at in np.flatnonzero(seen):
        sums[names[at]] += float(length[at])
    order = sorted(sums.items(), key=lambda pair: (-pair[1], pair[0]))
    total = sum(sums.values())
    return tuple(
        Along(name, kind, metres)
        for rank, ((name, kind), metres) in enumerate(order[:2])
        if rank == 0 or metres >= _SECOND * total
    )
