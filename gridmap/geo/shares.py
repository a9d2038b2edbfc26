"""Sharing one cell among several buildings that stand in the same place."""

from __future__ import annotations

import heapq

import numpy as np
import shapely
from numpy.typing import NDArray

from gridmap.geo.adjacency import adjacency
from gridmap.geo.blocks import dissolve

__all__ = ["share_out"]

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Objects = NDArray[np.object_]


def share_out(polygons: Objects, points: Objects, homeless: Ints) -> tuple[Objects, Ints]:
    """Give each building without ground a share of the cell its point lies in or is nearest to; return these hosts too.

    The cell is cut along straight lines between its own vertices, so that its neighbours keep matching.
    """
    polygons = polygons.copy()
    housed = np.setdiff1d(np.arange(len(points)), homeless)
    hosts = housed[shapely.STRtree(polygons[housed]).nearest(points[homeless])]
    for host in np.unique(hosts):
        members = np.append(host, homeless[hosts == host])
        polygons[members] = _shares(polygons[host], points[members])
    return polygons, np.unique(hosts)


def _shares(polygon: shapely.Geometry, points: Objects) -> Objects:
    """Cut a polygon into one connected share a point, of similar size, each near its point."""
    triangles, ample = _triangles(polygon, 2 * len(points))
    pairs = adjacency(triangles)
    neighbours: list[list[int]] = [[] for _ in triangles]
    for a, b in zip(pairs.i.tolist(), pairs.j.tolist(), strict=True):
        neighbours[a].append(b)
        neighbours[b].append(a)
    area = shapely.area(triangles)
    share = np.full(len(triangles), -1)
    size = np.zeros(len(points))
    queue: list[tuple[float, int, int]] = []
    for k, point in enumerate(points):
        free = np.flatnonzero((share < 0) & ample)
        seed = int(free[np.argmin(shapely.distance(triangles[free], point))])
        share[seed], size[k] = k, area[seed]
        queue += [(size[k], k, n) for n in neighbours[seed]]
    heapq.heapify(queue)
    while queue:
        _, k, triangle = heapq.heappop(queue)
        if share[triangle] >= 0:
            continue
        share[triangle] = k
        size[k] += area[triangle]
        for n in neighbours[triangle]:
            if share[n] < 0:
                heapq.heappush(queue, (float(size[k]), k, n))
    # Parts of a multipart cell that no share reaches stay with the first.
    share[share < 0] = 0
    result = np.empty(len(points), dtype=object)
    for k in range(len(points)):
        result[k] = dissolve(triangles[share == k])
    return result


def _triangles(polygon: shapely.Geometry, least: int) -> tuple[Objects, NDArray[np.bool_]]:
    """Cut a polygon into triangles without a new vertex on its edge, `least` of them ample; say which are."""
    triangles = list(shapely.get_parts(shapely.constrained_delaunay_triangles(polygon)))
    enough = float(shapely.area(polygon)) / least * 1e-3
    queue = [(-triangle.area, k) for k, triangle in enumerate(triangles)]
    heapq.heapify(queue)
    ample = sum(triangle.area >= enough for triangle in triangles)
    while ample < least and queue:
        size, k = heapq.heappop(queue)
        a, b, c = shapely.get_coordinates(triangles[k])[:3]
        centre = (a + b + c) / 3.0
        pieces = [shapely.Polygon([*corners, centre]) for corners in ((a, b), (b, c), (c, a))]
        for at, piece in zip((k, len(triangles), len(triangles) + 1), pieces, strict=True):
            heapq.heappush(queue, (-piece.area, at))
        ample += sum(piece.area >= enough for piece in pieces) - (-size >= enough)
        triangles[k] = pieces[0]
        triangles += pieces[1:]
    result = np.empty(len(triangles), dtype=object)
    result[:] = triangles
    return result, shapely.area(result) >= enough
