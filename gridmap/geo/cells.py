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
from gridmap.geo.adjacency import adjacency
from gridmap.geo.blocks import Blocks, absorb, blocks, join, place, polygonal_faces
from gridmap.geo.ridges import ridges, sites
from gridmap.geo.shares import share_out

__all__ = ["Cells", "cells"]

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Objects = NDArray[np.object_]

# How far a ridge is left standing past the line it ends on, so that noding finds the crossing whatever the rounding.
_OVERSHOOT_M = 1e-4
# Ground outside its block, or shared with another building, below which a building counts as neither.
_NOISE_M2 = 0.01


@dataclass(frozen=True)
class Cells:
    """The cells of an area, with what could not be as it should.

    `polygons[k]` is the cell of building `building[k]`, which is k; an area without buildings is one cell of building −1.
    `astride` are buildings whose outline reaches out of their block, `overlapping` those that share ground with another
    building, `outside` those whose representative point is not in the area: their cell lies at the nearest place in it.
    """

    polygons: Objects
    building: NDArray[np.int32]
    astride: Ints
    overlapping: Ints
    outside: Ints


def cells(area: shapely.Geometry, buildings: Objects, lines: Objects, *, step_m: float = 2.0) -> Cells:
    """Divide an area among its buildings, each metre to the nearest building of its street block.

    `area` is a Polygon or MultiPolygon in metres, `buildings` n points or polygons, `lines` streets, rivers, railways and
    other cuts, noded or not; those that end inside a block do not cut it. A building belongs to the block of its
    representative point; no boundary cuts a building within its block, except where two buildings overlap. Blocks without a
    building go to the neighbouring cell with the longest common border. The cells tile the area and form a valid coverage:
    neighbours have the same vertices. `step_m` is the longest step along an outline. Raises GeometryError for an area or a
    building without a valid shape. The same input gives the same cells.
    """
    buildings = np.asarray(buildings, dtype=object)
    _check(area, buildings)
    if not len(buildings):
        none = np.empty(0, dtype=np.intp)
        return Cells(_array([area]), np.array([-1], dtype=np.int32), none, none, none)
    buildings = shapely.force_2d(buildings)
    found = blocks(area, np.asarray(lines, dtype=object))
    block_of, points, outside = place(found, shapely.point_on_surface(buildings))
    shapes = np.where(outside, points, buildings)
    faces, label = _faces(found, shapes, points, block_of, step_m)
    polygons, homeless = _dissolve(faces, label, found, points, block_of)
    if len(homeless):
        polygons = share_out(polygons, points, homeless)
    return Cells(
        polygons=polygons,
        building=np.arange(len(buildings), dtype=np.int32),
        astride=_astride(found, shapes, block_of),
        overlapping=np.union1d(_overlapping(shapes, block_of), homeless),
        outside=np.flatnonzero(outside),
    )


def _check(area: shapely.Geometry, buildings: Objects) -> None:
    if shapely.is_missing(area) or shapely.is_empty(area) or area.geom_type not in {"Polygon", "MultiPolygon"}:
        raise GeometryError("area-not-polygon", "The area to divide is not a polygon.", "Give a polygon.")
    if not shapely.is_valid(area):
        raise GeometryError("area-invalid", "The outline of the area to divide crosses itself.", "Mend it first.")
    bad = np.flatnonzero(shapely.is_missing(buildings) | shapely.is_empty(buildings))
    if len(bad):
        raise GeometryError("building-empty", f"Building {bad[0] + 1} has no shape.", "Leave it out or give it a shape.")


def _array(items: list[object]) -> Objects:
    array = np.empty(len(items), dtype=object)
    array[:] = items
    return array


def _faces(found: Blocks, shapes: Objects, points: Objects, block_of: Ints, step_m: float) -> tuple[Objects, Ints]:
    """Cut the blocks along the ridges; return the faces and whose ground each is (−1: a block without building)."""
    xy, owner = sites(shapes, points, step_m)
    site_block = block_of[owner]
    order = np.argsort(site_block, kind="stable")
    xy, owner, site_block = xy[order], owner[order], site_block[order]
    chains, chain_block = _chains(found, xy, owner, site_block, step_m)
    chains, chain_block = _clip(found, chains, chain_block)
    walls, chains = _walls(found, shapes, block_of, chains, chain_block)
    faces = polygonal_faces([*shapely.boundary(found.polygons), *chains, *walls])
    inner = shapely.point_on_surface(faces)
    face_block = found.find(inner)
    faces, inner, face_block = faces[face_block >= 0], inner[face_block >= 0], face_block[face_block >= 0]
    # One search tree for all blocks: the third coordinate keeps them apart.
    apart = 4.0 * np.ptp(shapely.total_bounds(found.polygons)[[0, 1, 2, 3]].reshape(2, 2), axis=0).sum() + 1.0
    tree = cKDTree(np.column_stack([xy, site_block * apart]))
    _, near = tree.query(np.column_stack([shapely.get_coordinates(inner), face_block * apart]))
    label = np.where(np.isin(face_block, site_block), owner[near], -1)
    return faces, _inside_buildings(shapes, walls, inner, label)


def _chains(found: Blocks, xy: Floats, owner: Ints, site_block: Ints, step_m: float) -> tuple[Objects, Ints]:
    """Return the ridges of all blocks, merged to lines and smoothed to a twentieth of the step, and their blocks."""
    starts = np.flatnonzero(np.diff(site_block, prepend=-1))
    ends = np.append(starts[1:], len(site_block))
    bounds = shapely.bounds(found.polygons)
    merged, block = [], []
    for start, end in zip(starts, ends, strict=True):
        here = site_block[start]
        lines, _ = ridges(xy[start:end], owner[start:end], bounds[here])
        if len(lines):
            parts = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(lines)))
            merged.append(parts)
            block.append(np.full(len(parts), here))
    if not merged:
        return np.empty(0, dtype=object), np.empty(0, dtype=np.intp)
    return shapely.simplify(np.concatenate(merged), step_m / 20.0, preserve_topology=False), np.concatenate(block)


def _clip(found: Blocks, chains: Objects, block: Ints) -> tuple[Objects, Ints]:
    """Cut off what lies outside the block, a hair past its edge."""
    shapely.prepare(found.polygons)
    crossing = np.flatnonzero(~shapely.contains_properly(found.polygons[block], chains))
    used, back = np.unique(block[crossing], return_inverse=True)
    wide = shapely.buffer(found.polygons[used], _OVERSHOOT_M, join_style="mitre")
    cut, which = shapely.get_parts(shapely.intersection(chains[crossing], wide[back]), return_index=True)
    whole = np.setdiff1d(np.arange(len(chains)), crossing)
    lines = np.concatenate([chains[whole], cut])
    of = np.concatenate([block[whole], block[crossing][which]])
    keep = shapely.get_dimensions(lines) == 1
    return lines[keep], of[keep]


def _walls(
    found: Blocks, shapes: Objects, block_of: Ints, chains: Objects, chain_block: Ints
) -> tuple[Objects, Objects]:
    """Where ridges enter buildings, let the walls be the boundary: return these walls, and the ridges without the inside."""
    rows = np.flatnonzero(shapely.get_dimensions(shapes) == 2)
    if not len(rows) or not len(chains):
        return np.empty(0, dtype=object), chains
    tree = shapely.STRtree(shapes[rows])
    chain, hit = tree.query(chains, predicate="intersects")
    mine = chain_block[chain] == block_of[rows[hit]]
    chain, hit = chain[mine], rows[hit[mine]]
    cut = np.unique(hit)
    if not len(cut):
        return np.empty(0, dtype=object), chains
    core = shapely.buffer(shapes, -_OVERSHOOT_M, join_style="mitre")
    chains = chains.copy()
    for k in np.unique(chain):
        inside = shapely.union_all(core[hit[chain == k]])
        chains[k] = shapely.difference(chains[k], inside)
    wide = shapely.buffer(found.polygons[block_of[cut]], _OVERSHOOT_M, join_style="mitre")
    walls = shapely.intersection(shapely.boundary(shapes[cut]), wide)
    return walls, chains


def _inside_buildings(shapes: Objects, walls: Objects, inner: Objects, label: Ints) -> Ints:
    """Give the faces inside buildings to these; where several overlap, to the smallest."""
    if not len(walls):
        return label
    rows = np.flatnonzero(shapely.get_dimensions(shapes) == 2)
    face, hit = shapely.STRtree(shapes[rows]).query(inner, predicate="within")
    size = shapely.area(shapes[rows[hit]])
    order = np.lexsort((hit, -size))[::-1]
    label = label.copy()
    order = np.lexsort((-hit, -size))
    label[face[order]] = rows[hit[order]]
    return label


def _dissolve(faces: Objects, label: Ints, found: Blocks, points: Objects, block_of: Ints) -> tuple[Objects, Ints]:
    """Join faces to cells; return a cell a building, None for those (returned too) that got no ground."""
    count = len(points)
    point, face = shapely.STRtree(faces).query(points, predicate="intersects")
    # A face around the points of one building only is that building's.
    alone = np.bincount(face, minlength=len(faces))[face] == 1
    label = label.copy()
    owned = np.isin(label[face[alone]], np.arange(count)) & (block_of[np.maximum(label[face[alone]], 0)] == block_of[point[alone]])
    label[face[alone][owned]] = point[alone][owned]
    part = _parts(faces, label)
    seed = _seeds(faces, label, point, face, count)
    kept = np.full(len(faces), -1, dtype=np.intp)
    housed = np.flatnonzero(seed >= 0)
    part_owner = np.full(part.max(initial=0) + 1, -1, dtype=np.intp)
    part_owner[part[seed[housed]]] = housed
    kept = np.where(label >= 0, part_owner[part], -1)
    group = np.where(label >= 0, block_of[np.maximum(label, 0)], -1 - np.arange(len(faces)))
    final = absorb(faces, kept, group)
    polygons = np.empty(count, dtype=object)
    polygons[np.unique(final)] = join(faces, final)
    return polygons, np.flatnonzero(seed < 0)


def _parts(faces: Objects, label: Ints) -> Ints:
    """Number the connected parts of equally labelled faces."""
    pairs = adjacency(faces)
    same = label[pairs.i] == label[pairs.j]
    graph = coo_array((np.ones(same.sum()), (pairs.i[same], pairs.j[same])), shape=(len(faces), len(faces)))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.intp)


def _seeds(faces: Objects, label: Ints, point: Ints, face: Ints, count: int) -> Ints:
    """Return the face each cell grows from: the one its point lies in, else its largest; −1 where it has none."""
    seed = np.full(count, -1, dtype=np.intp)
    area = shapely.area(faces)
    order = np.argsort(area, kind="stable")
    labelled = order[label[order] >= 0]
    seed[label[labelled]] = labelled
    own = label[face] == point
    seed[point[own]] = face[own]
    return seed


def _astride(found: Blocks, shapes: Objects, block_of: Ints) -> Ints:
    """Return the buildings that reach out of their block."""
    rows = np.flatnonzero(shapely.get_dimensions(shapes) == 2)
    out = rows[~shapely.covers(found.polygons[block_of[rows]], shapes[rows])]
    excess = shapely.area(shapely.difference(_valid(shapes[out]), found.polygons[block_of[out]]))
    return out[excess > _NOISE_M2]


def _valid(shapes: Objects) -> Objects:
    return np.where(shapely.is_valid(shapes), shapes, shapely.make_valid(shapes))


def _overlapping(shapes: Objects, block_of: Ints) -> Ints:
    """Return the buildings of one block that share ground."""
    rows = np.flatnonzero(shapely.get_dimensions(shapes) == 2)
    some = _valid(shapes[rows])
    left, right = shapely.STRtree(some).query(some, predicate="intersects")
    keep = (left < right) & (block_of[rows[left]] == block_of[rows[right]])
    left, right = left[keep], right[keep]
    both = shapely.area(shapely.intersection(some[left], some[right])) > _NOISE_M2
    return np.unique(rows[np.concatenate([left[both], right[both]])])
