"""Buildings: rows of slabs, towers, courtyard houses, sheds, schools and the rest, each fitted into its parcel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import Polygon

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Building:
    """A building before anybody lives in it: outline in local metres, storeys, stairwells, dwellings, use, year."""

    polygon: Polygon
    floors: int
    stairwells: int
    dwellings: int
    use: str
    year: int


@dataclass(frozen=True, slots=True)
class Style:
    """How a kind of housing is laid out: depth and length of a stairwell, distances and storeys."""

    depth: float
    bay: float
    stairwells: tuple[int, int]
    gap: float
    spacing: float
    floors: tuple[int, ...]
    per_floor: tuple[int, ...]
    years: tuple[int, int]


STYLES = {
    "old": Style(11.0, 13.5, (2, 4), 8.0, 16.0, (3, 4, 5, 5), (2,), (1978, 1999)),
    "mid": Style(12.6, 14.6, (2, 5), 10.0, 21.5, (5, 6, 6, 6), (2,), (1999, 2012)),
    "new": Style(14.5, 17.5, (1, 3), 19.0, 44.0, (11, 11, 11, 15, 17, 18), (2, 2, 2, 3), (2010, 2022)),
}


def row_angle(area: Polygon) -> float:
    """Return the angle of rows that face south as far as the parcel's own sides allow, in radians (at most 0.3)."""
    box = shapely.get_coordinates(shapely.minimum_rotated_rectangle(area))
    side = box[1] - box[0]
    angle = float(np.arctan2(side[1], side[0]))
    while angle > np.pi / 4:
        angle -= np.pi / 2
    while angle < -np.pi / 4:
        angle += np.pi / 2
    return float(np.clip(angle, -0.3, 0.3))


def turned(shape: Any, angle: float) -> Any:
    """Return a shape, or an array of them, turned about the origin."""
    c, s = np.cos(angle), np.sin(angle)
    return shapely.transform(shape, lambda xy: xy @ np.array([[c, s], [-s, c]]))


def rectangle(x0: float, y0: float, x1: float, y1: float) -> Polygon:
    """Return the rectangle between two corners."""
    return shapely.box(x0, y0, x1, y1)


def spans(area: Polygon, y0: float, y1: float) -> list[tuple[float, float]]:
    """Return the intervals of x in which a strip from y0 to y1 lies inside the area."""
    x0, _, x1, _ = area.bounds
    found: list[tuple[float, float]] | None = None
    for y in (y0, (y0 + y1) / 2, y1):
        line = shapely.intersection(area, shapely.LineString([(x0 - 1, y), (x1 + 1, y)]))
        here = [(part.bounds[0], part.bounds[2]) for part in shapely.get_parts(line) if part.length > 1]
        found = (
            here
            if found is None
            else [(max(a, c), min(b, d)) for a, b in found for c, d in here if min(b, d) - max(a, c) > 1]
        )
    return found or []


def reach(area: Polygon) -> tuple[float, float]:
    """Return the lowest and highest y between which the area is at least half as wide as anywhere."""
    x0, y0, x1, y1 = area.bounds
    y = np.linspace(y0 + 0.2, y1 - 0.2, 24)
    ends = np.stack([np.column_stack([np.full(24, x0 - 1), y]), np.column_stack([np.full(24, x1 + 1), y])], axis=1)
    chord = shapely.length(shapely.intersection(area, shapely.linestrings(ends)))
    wide = np.flatnonzero(chord >= 0.5 * chord.max())
    return float(y[wide[0]]), float(y[wide[-1]])


def slabs(area: Polygon, era: str, rng: np.random.Generator) -> list[Building]:
    """Fill a parcel's usable area with rows of housing of one time, gables apart, longest rows first."""
    style = STYLES[era]
    angle = row_angle(area)
    inner = shapely.buffer(turned(area, -angle), -(4.0 if era == "old" else 6.5), join_style="mitre")
    year = int(rng.integers(style.years[0], style.years[1] + 1))
    floors = int(rng.choice(style.floors))
    made: list[Building] = []
    for part in shapely.get_parts(inner):
        if part.is_empty:
            continue
        y0, y1 = reach(part)
        step = style.depth + style.spacing * (0.85 + 0.05 * floors if era != "new" else 0.8 + 0.012 * floors)
        rows = max(1, int((y1 - y0 - style.depth) // step) + 1)
        slack = (y1 - y0) - style.depth - (rows - 1) * step
        for row in range(rows):
            base = y0 + slack * 0.5 + row * step
            for a, b in spans(part, base - 0.05, base + style.depth + 0.05):
                made.extend(_row(a, b, base, style, floors, year, rng))
    boxes = np.array([building.polygon for building in made], dtype=object)
    if not len(boxes):
        return []
    fits = shapely.contains(inner, boxes)
    back = turned(boxes, angle)
    return [
        Building(polygon, b.floors, b.stairwells, b.dwellings, b.use, b.year)
        for polygon, b, fit in zip(back, made, fits, strict=True)
        if fit
    ]


def _row(
    a: float, b: float, y: float, style: Style, floors: int, year: int, rng: np.random.Generator
) -> list[Building]:
    """Fill one row with buildings of whole stairwells and share what is left among the gaps."""
    lengths: list[int] = []
    used = 0.0
    while True:
        low, high = style.stairwells
        room = int((b - a - 0.1 - used - (style.gap if lengths else 0.0)) // style.bay)
        if room < low:
            break
        stairs = min(room, int(rng.integers(low, high + 1)))
        if 0 < room - stairs < low and room <= high:
            stairs = room
        used += stairs * style.bay + (style.gap if lengths else 0.0)
        lengths.append(stairs)
    if not lengths:
        return []
    extra = min((b - a - 0.1 - used) / (len(lengths) - 1), 14.0) if len(lengths) > 1 else 0.0
    x = a + (b - a - used - extra * (len(lengths) - 1)) / 2
    row = []
    for stairs in lengths:
        here = floors if rng.random() < 0.8 else int(rng.choice(style.floors))
        here = here if style.spacing < 30 or abs(here - floors) < 8 else floors
        landing = int(rng.choice(style.per_floor))
        depth = style.depth - float(rng.integers(0, 3)) * 0.4
        shape = rectangle(x, y, x + stairs * style.bay, y + depth)
        if style.spacing > 30:
            shape = _notched(x, y, stairs, style.bay, depth)
        row.append(Building(shape, here, stairs, here * stairs * landing, "residential", year))
        x += stairs * style.bay + style.gap + extra
    return row


def _notched(x: float, y: float, stairs: int, bay: float, depth: float) -> Polygon:
    """Return the outline of towers: each stairwell steps back on its northern side."""
    top: list[tuple[float, float]] = []
    for i in range(stairs):
        left = x + i * bay
        top += [(left, y + depth - 2.0), (left + bay * 0.3, y + depth - 2.0), (left + bay * 0.3, y + depth)]
        top += [(left + bay * 0.7, y + depth), (left + bay * 0.7, y + depth - 2.0), (left + bay, y + depth - 2.0)]
    return Polygon([(x, y), *top, (x + stairs * bay, y)])


def courtyards(area: Polygon, rng: np.random.Generator, *, rural: bool) -> list[Building]:
    """Fill a cluster between lanes with courtyard houses: rows back to back, wings around a yard."""
    angle = row_angle_of_longest(area)
    local = turned(area, -angle)
    made: list[tuple[Polygon, int, int]] = []
    for part in shapely.get_parts(local):
        x0, y0, x1, y1 = part.bounds
        rows = max(1, round((y1 - y0) / 26.0))
        deep = (y1 - y0) / rows
        for row in range(rows):
            x = x0
            while x < x1 - 8:
                wide = float(rng.uniform(14.5, 20.5) if rural else rng.uniform(16.0, 27.0))
                if x1 - (x + wide) < 9:
                    wide = x1 - x
                plot = rectangle(x, y0 + row * deep, x + wide, y0 + (row + 1) * deep)
                shape = _house(plot, part, rng)
                x += wide
                if shape is not None and rng.random() > 0.04:
                    storeys = int(rng.choice([1, 1, 2, 2, 3] if rural else [1, 1, 1, 2]))
                    homes = int(rng.choice([1, 1, 1, 2, 2] if rural else [2, 3, 3, 4, 5, 6]))
                    made.append((shape, storeys, homes))
    year = int(rng.integers(1975, 2012)) if rural else int(rng.integers(1920, 1990))
    shapes = turned(np.array([shape for shape, _, _ in made], dtype=object), angle) if made else []
    return [
        Building(shape, storeys, 1, homes, "residential", int(year + rng.integers(0, 9)))
        for shape, (_, storeys, homes) in zip(shapes, made, strict=True)
    ]


def row_angle_of_longest(area: Polygon) -> float:
    """Return the angle of the long side of the smallest rectangle around the area, in radians."""
    box = shapely.get_coordinates(shapely.minimum_rotated_rectangle(area))
    first, second = box[1] - box[0], box[2] - box[1]
    side = first if np.hypot(*first) >= np.hypot(*second) else second
    if side[0] < 0:
        side = -side
    return float(np.arctan2(side[1], side[0]))


def _house(plot: Polygon, part: Polygon, rng: np.random.Generator) -> Polygon | None:
    """Return the house on a plot, its wings round a yard, cut off where the plot is."""
    x0, y0, x1, y1 = plot.bounds
    inset = float(rng.uniform(0.5, 1.1))
    x0, y0, x1, y1 = x0 + inset, y0 + inset, x1 - inset, y1 - inset
    wing, hall = float(rng.uniform(3.8, 5.2)), float(rng.uniform(5.4, 7.2))
    form = rng.random()
    if form < 0.45 and x1 - x0 > 12.5:  # three wings
        gate = [(x1, y0), (x1, y1), (x0, y1), (x0, y0), (x0 + wing, y0), (x0 + wing, y1 - hall)]
        shape = Polygon([*gate, (x1 - wing, y1 - hall), (x1 - wing, y0)])
    elif form < 0.8:  # hall and one wing
        shape = Polygon([(x0, y0), (x0 + wing, y0), (x0 + wing, y1 - hall), (x1, y1 - hall), (x1, y1), (x0, y1)])
    else:
        shape = rectangle(x0, y1 - hall - float(rng.uniform(2.0, 6.0)), x1, y1)
    if not shapely.contains(part, plot):
        cut = shapely.intersection(shape, shapely.buffer(part, -inset, join_style="mitre"))
        pieces = [piece for piece in shapely.get_parts(cut) if piece.geom_type == "Polygon"]
        if not pieces:
            return None
        shape = max(pieces, key=lambda piece: piece.area)
    return shape if shape.area > 55 and shape.area / max(shape.length, 1.0) > 1.7 else None
