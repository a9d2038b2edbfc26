"""The town's line work: hand-drawn streets, river and railway, and the streets that divide what they enclose."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, Polygon

FloatArray = NDArray[np.float64]

HALF_WIDTH_M = {"arterial": 19.0, "collector": 12.0, "local": 7.0, "lane": 2.6, "path": 1.5}
"""From the centre line to the property line, in metres, by class of street."""


@dataclass(frozen=True, slots=True)
class Way:
    """A line of the town: `kind` street, river, railway, limit or wall (between two parcels); `sections` name it."""

    line: LineString
    kind: str
    cls: str = ""
    along: str = "x"
    sections: tuple[tuple[str, Any], ...] = ()

    def name_at(self, x: float, y: float) -> str:
        """Return the name of the section at a point, in local metres."""
        if not self.sections:
            return ""
        if self.along == "ring":
            side = ("E" if x > 0 else "W") if abs(x) > abs(y) else ("N" if y > 0 else "S")
            return next(name for name, at in self.sections if at == side)
        value = x if self.along == "x" else y
        return [name for name, start in self.sections if start <= value][-1]


@dataclass(slots=True)
class Divider:
    """Divides polygons by new streets; remembers where streets end so that they meet across an older street."""

    ends: list[tuple[float, float]] = field(default_factory=list)

    def cut(self, area: Polygon, rng: np.random.Generator, *, bend: float, snap_m: float) -> LineString | None:
        """Return a slightly bent line across the short way of `area`, or None where none fits."""
        box = shapely.get_coordinates(shapely.minimum_rotated_rectangle(area))
        if len(box) < 5:
            return None
        sides = np.hypot(*(box[1:3] - box[:2]).T)
        long = (box[1] - box[0]) if sides[0] >= sides[1] else (box[2] - box[1])
        length = float(max(sides))
        if length <= 0:
            return None
        axis = long / length
        turn = rng.uniform(-0.07, 0.07)
        across = np.array([-axis[1] - turn * axis[0], axis[0] - turn * axis[1]])
        across /= np.hypot(*across)
        middle = box[:4].mean(axis=0) + axis * length * rng.uniform(-0.09, 0.09)
        reach = float(min(sides)) + 50.0
        inside = shapely.intersection(area, LineString([middle - across * reach, middle + across * reach]))
        parts = [part for part in shapely.get_parts(inside) if part.geom_type == "LineString"]
        if not parts:
            return None
        piece = np.asarray(max(parts, key=lambda part: part.length).coords)
        start, end = (self._snapped(point, area, snap_m) for point in (piece[0], piece[-1]))
        span = float(np.hypot(*(end - start)))
        if span < 20:
            return None
        knee = (start + end) / 2 + axis * span * rng.uniform(-bend, bend)
        line = LineString([start, knee, end])
        if not shapely.covers(shapely.buffer(area, 0.01), line):
            line = LineString([start, end])
            if not shapely.covers(shapely.buffer(area, 0.01), line):
                return None
        return line

    def _snapped(self, point: FloatArray, area: Polygon, snap_m: float) -> FloatArray:
        best, best_d = point, snap_m
        for end in self.ends:
            d = float(np.hypot(end[0] - point[0], end[1] - point[1]))
            if d < best_d and shapely.dwithin(area.exterior, shapely.Point(end), 0.02):
                best, best_d = np.array(end), d
        return best

    def divide(
        self,
        area: Polygon,
        rng: np.random.Generator,
        *,
        target_m2: Callable[[Polygon], float],
        narrow_m: float,
        bend: float = 0.03,
        snap_m: float = 35.0,
    ) -> tuple[list[Polygon], list[LineString]]:
        """Cut `area` in two again and again until the parts are near the size wanted at their place.

        Returns the parts and the cuts, the first cut first.
        """
        parts: list[Polygon] = []
        cuts: list[LineString] = []
        waiting = [area]
        while waiting:
            part = waiting.pop(0)
            halves = None
            if part.area > target_m2(part) * rng.uniform(1.15, 1.75):
                halves = self._halved(part, rng, narrow_m=narrow_m, bend=bend, snap_m=snap_m)
            if halves is None:
                parts.append(part)
                continue
            cut, pieces = halves
            cuts.append(cut)
            waiting.extend(pieces)
        return parts, cuts

    def _halved(
        self, part: Polygon, rng: np.random.Generator, *, narrow_m: float, bend: float, snap_m: float
    ) -> tuple[LineString, list[Polygon]] | None:
        for _ in range(4):
            cut = self.cut(part, rng, bend=bend, snap_m=snap_m)
            if cut is None:
                continue
            pieces = split(part, cut)
            if len(pieces) == 2 and min(width(piece) for piece in pieces) >= narrow_m:
                self.ends.extend((float(x), float(y)) for x, y in (cut.coords[0], cut.coords[-1]))
                return cut, pieces
        return None


def width(area: Polygon) -> float:
    """Return the short side of the smallest rectangle around `area`, in metres."""
    box = shapely.get_coordinates(shapely.minimum_rotated_rectangle(area))
    return float(min(np.hypot(*(box[1:3] - box[:2]).T)))


def extended(line: LineString, by: float) -> LineString:
    """Return the line made longer by `by` metres at both ends, so that it surely reaches what it ends on."""
    xy = np.asarray(line.coords)
    first, last = xy[0] - xy[1], xy[-1] - xy[-2]
    return LineString([xy[0] + first / np.hypot(*first) * by, *xy[1:-1], xy[-1] + last / np.hypot(*last) * by])


def split(area: Polygon, cut: LineString) -> list[Polygon]:
    """Return the parts into which a line that crosses it divides a polygon, west and south first."""
    edges = shapely.union_all([area.boundary, extended(cut, 0.02)])
    faces = [
        face
        for face in shapely.get_parts(shapely.polygonize([edges]))
        if shapely.contains_xy(area, *shapely.point_on_surface(face).coords[0])
    ]
    return sorted(faces, key=lambda face: (round(face.centroid.x, 1), round(face.centroid.y, 1)))


def smooth(points: Sequence[Sequence[float]], *, closed: bool = False, steps: int = 5) -> FloatArray:
    """Return a Catmull-Rom curve through the points: `steps` pieces for each pair of neighbours."""
    p = np.asarray(points, dtype=float)
    around = np.vstack([p[-1], p, p[0], p[1]]) if closed else np.vstack([2 * p[0] - p[1], p, 2 * p[-1] - p[-2]])
    t = (np.arange(steps) / steps)[:, None]
    spans = [
        0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t + (3 * b - a - 3 * c + d) * t * t * t)
        for a, b, c, d in zip(around[:-3], around[1:-2], around[2:-1], around[3:], strict=True)
    ]
    return np.vstack([*spans, p[:1] if closed else p[-1:]]).round(2)


@cache
def drawing() -> dict[str, Any]:
    """Read the hand-drawn part of the town."""
    return tomllib.loads((Path(__file__).parent / "town.toml").read_text("utf-8"))


@cache
def limit() -> Polygon:
    """Return the outer limit of the three subdistricts, in local metres."""
    return Polygon(smooth(drawing()["limit"], closed=True, steps=3))


@cache
def centre_line(name: str) -> LineString:
    """Return the centre line of the river or the railway, cut off at the limit, north to south."""
    whole = LineString(smooth(drawing()[name]["points"]))
    return LineString(shapely.get_coordinates(shapely.intersection(whole, limit())))


def drawn_ways() -> list[Way]:
    """Return the hand-drawn lines, cut off at the limit: streets, river, railway and the limit itself."""
    edge = limit()
    ways = [Way(edge.exterior, "limit"), Way(centre_line("river"), "river"), Way(centre_line("railway"), "railway")]
    for street in drawing()["street"]:
        if "beside" in street:
            whole = LineString(smooth(drawing()[street["beside"]]["points"]))
            line = shapely.simplify(shapely.offset_curve(whole, street["offset"], join_style="mitre"), 1.0)
            line = shapely.intersection(line, ring())
        else:
            line = LineString(smooth(street["points"], closed=street.get("closed", False)))
            if street["class"] != "arterial":  # drawn to end near what it is to meet
                line = extended(line, 60.0)
        sections = tuple((name, at) for name, at in street["names"])
        clipped = shapely.intersection(line, edge)
        ways.extend(
            Way(part, "street", street["class"], street["along"], sections)
            for part in shapely.get_parts(clipped)
            if part.geom_type == "LineString"
        )
    return ways


@cache
def ring() -> Polygon:
    """Return the polygon inside the ring road."""
    street = next(street for street in drawing()["street"] if street.get("closed"))
    return Polygon(smooth(street["points"], closed=True))
