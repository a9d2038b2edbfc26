"""Seamless cells: an area divided among its buildings along its streets, rivers and railways."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from gridmap.errors import GeometryError
from gridmap.geo.adjacency import Adjacency, adjacency
from gridmap.geo.blocks import OVERSHOOT_M, Blocks, absorb, blocks, inner_points, join, place, polygonal_faces
from gridmap.geo.crossings import cut_straight
from gridmap.geo.ridges import ridges, sites
from gridmap.geo.shares import share_out

__all__ = ["Cells", "cells"]

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Objects = NDArray[np.object_]

# Ground outside its block, or shared with another building, below which a building counts as neither.
_NOISE_M2 = 1e-3
# Ground farther from its building than this is not taken for its cell.
_BESIDE_M = 0.05
_CRUMB_M2 = 1.0


@dataclass(frozen=True)
class Cells:
    """The cells of an area, with what could not be as it should.

    `polygons[k]` is the cell of building `building[k]`, which is k; an area without buildings is one cell of building
    −1. `astride` are buildings whose outline reaches out of their block, `overlapping` those that share ground with
    another building, `apart` those of several parts, one of which lies in another's cell, `outside` those whose
    representative point is not in the area: their cell lies at the nearest place in it.
    """

    polygons: Objects
    building: NDArray[np.int32]
    astride: Ints
    overlapping: Ints
    apart: Ints
    outside: Ints


def cells(area: shapely.Geometry, buildings: Objects, lines: Objects, *, step_m: float = 2.0) -> Cells:
    """Divide an area among its buildings, each metre to the nearest building of its street block.

    `area` is a Polygon or MultiPolygon in metres, `buildings` n points or polygons, `lines` streets, rivers, railways
    and other cuts, noded or not; those that end inside a block do not cut it. A building belongs to the block of its
    representative point; no boundary cuts a building within its block, except where two buildings overlap. Blocks
    without a building go to the neighbouring cell with the longest common border. The cells tile the area and form a
    valid coverage: neighbours have the same vertices. `step_m` is the longest step along an outline. Raises
    GeometryError for an area or a building without a valid shape. The same input gives the same cells.
    """
    buildings = np.asarray(buildings, dtype=object)
    _check(area, buildings)
    if not len(buildings):
        none = np.empty(0, dtype=np.intp)
        return Cells(_array([area]), np.array([-1], dtype=np.int32), none, none, none, none)
    buildings = _valid(shapely.force_2d(buildings))
    found = blocks(area, np.asarray(lines, dtype=object))
    block_of, points, outside = place(found, shapely.point_on_surface(buildings))
    shapes = np.where(outside | (shapely.get_dimensions(buildings) < 2), points, buildings)
    faces = _faces(found, shapes, points, block_of, step_m)
    polygons, homeless = _dissolve(faces, shapes, points, block_of)
    if len(homeless):
        polygons, hosts = share_out(polygons, points, homeless)
        homeless = np.union1d(homeless, hosts)
    astride = _astride(found, shapes, block_of)
    overlapping = np.union1d(_overlapping(shapes, block_of, faces.entered), homeless)
    several = np.flatnonzero(shapely.get_num_geometries(shapes) > 1)
    apart = several[_uncovered(polygons, shapes[several], several)]
    return Cells(
        polygons=polygons,
        building=np.arange(len(buildings), dtype=np.int32),
        astride=astride,
        overlapping=overlapping,
        apart=np.setdiff1d(apart, np.concatenate([astride, overlapping])),
        outside=np.flatnonzero(outside),
    )


def _check(area: shapely.Geometry, buildings: Objects) -> None:
    if (
        shapely.is_missing(area)
        or shapely.is_empty(area)
        or not isinstance(area, (shapely.Polygon, shapely.MultiPolygon))
    ):
        raise GeometryError("area-not-polygon", "The area to divide is not a polygon.", "Give a polygon.")
    if not shapely.is_valid(area):
        raise GeometryError("area-invalid", "The outline of the area to divide crosses itself.", "Mend it first.")
    bad = np.flatnonzero(shapely.is_missing(buildings) | shapely.is_empty(buildings))
    if len(bad):
        raise GeometryError(
            "building-empty", f"Building {bad[0] + 1} has no shape.", "Leave it out or give it a shape."
        )


def _array(items: list[object]) -> Objects:
    array = np.empty(len(items), dtype=object)
    array[:] = items
    return array


@dataclass(frozen=True)
class _Faces:
    """The pieces the ridges cut the blocks into: each one's block, and whose ground it is (−1: nobody's)."""

    polygons: Objects
    block: Ints
    label: Ints
    entered: Ints
    """Buildings that ridges enter: others are too near to them, or on the same ground."""


def _faces(found: Blocks, shapes: Objects, points: Objects, block_of: Ints, step_m: float) -> _Faces:
    xy, owner = sites(shapes, points, step_m)
    site_block = block_of[owner]
    order = np.argsort(site_block, kind="stable")
    xy, owner, site_block = xy[order], owner[order], site_block[order]
    # Smoothing by a twentieth of the step takes out the zigzag between the sites of two walls.
    chains, chain_block, sited = ridges(xy, owner, site_block, smooth_m=step_m / 20.0)
    entered, walls = np.empty(0, dtype=np.intp), np.empty(0, dtype=object)
    straight = shapely.get_dimensions(shapes).max() < 2
    cut = cut_straight(found.polygons, chains, chain_block) if straight else None
    polygons, inner, block, whole = _located(found, np.empty(0, dtype=object) if cut is None else cut)
    if not whole:
        chains, chain_block = _clip(found, chains, chain_block)
        entered, walls, chains = _walls(found, shapes, block_of, chains, chain_block, sited)
        cut = polygonal_faces([*shapely.boundary(found.polygons), *chains, *walls])
        polygons, inner, block, _ = _located(found, cut)
    # One search tree for all blocks: the third coordinate keeps them apart.
    apart = (
        10.0 * np.abs(xy - xy[0]).max(initial=0.0) + 10.0 * np.ptp(shapely.get_coordinates(inner), axis=0).sum() + 1.0
    )
    tree = cKDTree(np.column_stack([xy, site_block * apart]))
    _, near = tree.query(np.column_stack([shapely.get_coordinates(inner), block * apart]))
    label = np.where(np.isin(block, site_block), owner[near], -1)
    return _Faces(polygons, block, _inside_buildings(shapes, walls, inner, label, block_of, block), entered)


def _located(found: Blocks, faces: Objects) -> tuple[Objects, Objects, Ints, bool]:
    """Return the faces in blocks, a point in each and its block, and whether they fill the blocks."""
    inner = inner_points(faces)
    block = found.find(inner)
    inside = block >= 0
    ground = shapely.area(found.polygons).sum()
    whole = abs(shapely.area(faces[inside]).sum() - ground) <= 1e-9 * ground
    return faces[inside], inner[inside], block[inside], bool(whole)


def _clip(found: Blocks, chains: Objects, block: Ints) -> tuple[Objects, Ints]:
    """Cut off what lies outside the block, a hair past its edge."""
    shapely.prepare(found.polygons)
    crossing = np.flatnonzero(~shapely.contains_properly(found.polygons[block], chains))
    cut = shapely.intersection(chains[crossing], found.wide[block[crossing]])
    cut, which = shapely.get_parts(cut, return_index=True)
    whole = np.setdiff1d(np.arange(len(chains)), crossing)
    lines = np.concatenate([chains[whole], cut])
    of = np.concatenate([block[whole], block[crossing][which]])
    keep = shapely.get_dimensions(lines) == 1
    return lines[keep], of[keep]


def _walls(
    found: Blocks, shapes: Objects, block_of: Ints, chains: Objects, chain_block: Ints, sited: Ints
) -> tuple[Ints, Objects, Objects]:
    """Where ridges enter buildings, let walls be the boundary: return these, and the ridges without the inside."""
    rows = np.flatnonzero(shapely.get_dimensions(shapes) == 2)
    chain, hit = shapely.STRtree(shapes[rows]).query(chains, predicate="intersects")
    mine = chain_block[chain] == block_of[rows[hit]]
    chain, hit = chain[mine], rows[hit[mine]]
    # A building whose outline is all its neighbours' has no ridges of its own.
    cut = np.union1d(hit, np.setdiff1d(rows, sited))
    if not len(cut):
        return cut, np.empty(0, dtype=object), chains
    chains = chains.copy()
    core = np.empty(len(shapes), dtype=object)
    core[cut] = shapely.buffer(shapes[cut], -OVERSHOOT_M, join_style="mitre")
    while len(chain):
        first = np.unique(chain, return_index=True)[1]
        chains[chain[first]] = shapely.difference(chains[chain[first]], core[hit[first]])
        chain, hit = np.delete(chain, first), np.delete(hit, first)
    return cut, shapely.intersection(shapely.boundary(shapes[cut]), found.wide[block_of[cut]]), chains


def _inside_buildings(
    shapes: Objects, walls: Objects, inner: Objects, label: Ints, block_of: Ints, block: Ints
) -> Ints:
    """Give the faces inside buildings of their block to these; where several overlap, to the smallest."""
    if not len(walls):
        return label
    rows = np.flatnonzero(shapely.get_dimensions(shapes) == 2)
    hit, face = shapely.STRtree(inner).query(shapes[rows], predicate="contains")
    mine = block_of[rows[hit]] == block[face]
    face, hit = face[mine], rows[hit[mine]]
    order = np.lexsort((-hit, -shapely.area(shapes[hit])))
    label = label.copy()
    label[face[order]] = hit[order]
    return label


def _dissolve(faces: _Faces, shapes: Objects, points: Objects, block_of: Ints) -> tuple[Objects, Ints]:
    """Join faces to cells; return a cell a building, None for those (returned too) that got no ground."""
    count = len(points)
    face, point = shapely.STRtree(points).query(faces.polygons, predicate="intersects")
    mine = faces.block[face] == block_of[point]
    point, face = point[mine], face[mine]
    # A face around the point of one building only is that building's.
    alone = np.bincount(face, minlength=len(faces.polygons))[face] == 1
    label = faces.label.copy()
    label[face[alone]] = point[alone]
    pairs = adjacency(faces.polygons)
    part = _parts(pairs, label)
    seed = _seeds(faces.polygons, label, part, shapes, point, face)
    housed = np.flatnonzero(seed >= 0)
    owner_of_part = np.full(len(part) + 1, -1, dtype=np.intp)
    owner_of_part[part[seed[housed]]] = housed
    # Ground that does not hang together with its building goes to a neighbour, like an empty block.
    kept = np.where(label >= 0, owner_of_part[part], -1)
    final = absorb(faces.polygons, kept, pairs, group=faces.block)
    polygons = np.empty(count, dtype=object)
    polygons[np.unique(final)] = join(faces.polygons, final)
    return polygons, np.flatnonzero(seed < 0)


def _parts(pairs: Adjacency, label: Ints) -> Ints:
    """Tell the connected parts of equally labelled faces apart by numbers."""
    same = label[pairs.i] == label[pairs.j]
    graph = coo_array((np.ones(same.sum()), (pairs.i[same], pairs.j[same])), shape=(len(label), len(label)))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.intp)


def _seeds(faces: Objects, label: Ints, part: Ints, shapes: Objects, point: Ints, face: Ints) -> Ints:
    """Return the face each cell grows from: the one its point lies in, else its largest; −1 where it has none."""
    seed = np.full(len(shapes), -1, dtype=np.intp)
    order = np.argsort(shapely.area(faces), kind="stable")
    labelled = order[label[order] >= 0]
    seed[label[labelled]] = labelled
    own = label[face] == point
    seed[point[own]] = face[own]
    # Ground somewhere else is no cell for a building; it shares the one it stands in.
    lost = np.setdiff1d(np.flatnonzero(seed >= 0), point[own])
    far = lost[shapely.distance(faces[seed[lost]], shapes[lost]) > _BESIDE_M]
    # Of points in one place at a corner some would get crumbs; they share as well.
    housed = np.flatnonzero(seed >= 0)
    ground = np.bincount(part, shapely.area(faces))[part[seed[housed]]]
    poor = housed[(ground < _CRUMB_M2) & (shapely.get_dimensions(shapes[housed]) < 2)]
    # Somebody has to stay whom the others can share with.
    seed[np.setdiff1d(np.union1d(far, poor), housed[np.argmax(ground)])] = -1
    return seed


def _astride(found: Blocks, shapes: Objects, block_of: Ints) -> Ints:
    """Return the buildings that reach out of their block."""
    return _uncovered(found.polygons, shapes, block_of)


def _uncovered(grounds: Objects, shapes: Objects, of: Ints) -> Ints:
    """Return the polygons that reach out of the ground `of` each by more than noise."""
    rows = np.flatnonzero(shapely.get_dimensions(shapes) == 2)
    shapely.prepare(grounds)
    out = rows[~shapely.covers(grounds[of[rows]], shapes[rows])]
    excess = shapely.area(shapely.difference(shapes[out], grounds[of[out]]))
    return out[excess > _NOISE_M2]


def _valid(shapes: Objects) -> Objects:
    """Return shapes that hold to the rules: an outline that crosses itself by the ground it encloses."""
    bad = ~shapely.is_valid(shapes)
    if not bad.any():
        return shapes
    shapes = shapes.copy()
    mended = shapely.make_valid(shapes[bad], method="structure", keep_collapsed=False)
    # What encloses no ground stands for itself as a point.
    shapes[bad] = np.where(shapely.is_empty(mended), shapely.centroid(shapes[bad]), mended)
    return shapes


def _overlapping(shapes: Objects, block_of: Ints, rows: Ints) -> Ints:
    """Return the buildings that share ground with one of `rows` of the same block, or stand as points on it."""
    solid = shapes[rows]
    other, row = shapely.STRtree(solid).query(shapes, predicate="intersects")
    keep = (rows[row] != other) & (block_of[rows[row]] == block_of[other])
    other, row = other[keep], row[keep]
    areal = shapely.get_dimensions(shapes[other]) == 2
    shared = np.zeros(len(other), dtype=bool)
    both = shapely.intersection(shapes[other[areal]], solid[row[areal]])
    shared[areal] = shapely.area(both) > _NOISE_M2
    shared[~areal] = shapely.intersects(solid[row[~areal]], shapes[other[~areal]])
    return np.unique(np.concatenate([other[shared], rows[row[shared]]]))
