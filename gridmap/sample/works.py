"""Buildings that are not housing: sheds, schools, hospitals, halls, shops; and the open land beside them."""

from __future__ import annotations

import numpy as np
import shapely
from shapely import Polygon

from gridmap.sample.buildings import Building, reach, rectangle, row_angle, spans, turned


def _fitted(area: Polygon, angle: float, shapes: list[tuple[Polygon, int, str]], year: int) -> list[Building]:
    """Turn shapes drawn in the parcel's own frame back, and keep those that lie inside it."""
    if not shapes:
        return []
    back = turned(np.array([shape for shape, _, _ in shapes], dtype=object), angle)
    inside = shapely.contains(area, back)
    return [
        Building(shape, floors, 1, 0, use, year)
        for shape, (_, floors, use), fit in zip(back, shapes, inside, strict=True)
        if fit
    ]


def sheds(area: Polygon, rng: np.random.Generator) -> list[Building]:
    """Fill industrial land with long halls in rows, and an office near the gate."""
    angle = row_angle(area) if rng.random() < 0.85 else row_angle(area) + np.pi / 2
    inner = shapely.buffer(turned(area, -angle), -7.0, join_style="mitre")
    shapes: list[tuple[Polygon, int, str]] = []
    for part in shapely.get_parts(inner):
        if part.is_empty:
            continue
        y, top = reach(part)
        while y < top - 14:
            deep = float(rng.uniform(20, 46))
            deep = min(deep, top - y)
            for a, b in spans(part, y, y + deep):
                x = a
                while b - x > 22:
                    long = min(float(rng.uniform(45, 120)), b - x)
                    if rng.random() < 0.9:
                        shapes.append(
                            (rectangle(x, y, x + long, y + deep), int(rng.choice([1, 1, 1, 2])), "industrial")
                        )
                    x += long + float(rng.uniform(9, 16))
            y += deep + float(rng.uniform(9, 16))
    return _fitted(area, angle, shapes, int(rng.integers(1985, 2021)))


def school(area: Polygon, rng: np.random.Generator) -> tuple[list[Building], list[Polygon]]:
    """Return the teaching buildings on the northern half of a school, and its sports field on the southern."""
    angle = row_angle(area)
    inner = shapely.buffer(turned(area, -angle), -5.0, join_style="mitre")
    _, y0, _, y1 = inner.bounds
    half = y0 + (y1 - y0) * 0.46
    shapes: list[tuple[Polygon, int, str]] = []
    y = half + 6
    while y < y1 - 11:
        for a, b in spans(inner, y, y + 11):
            if b - a > 24:
                shapes.append(
                    (rectangle(a + 2, y, min(b - 2, a + 2 + float(rng.uniform(48, 76))), y + 11), 4, "public")
                )
        y += 27.0
    ground: list[Polygon] = []
    room = spans(inner, y0 + 4, half)
    if room:
        a, b = max(room, key=lambda span: span[1] - span[0])
        wide, deep = min(b - a - 6, 176.0), min(half - y0 - 6, 92.0)
        if wide > deep * 1.2 and deep > 24:
            mid = np.array([(a + b) / 2, (y0 + 4 + half) / 2])
            straight = (wide - deep) / 2
            track = shapely.buffer(
                shapely.LineString([mid - np.array([straight, 0.0]), mid + np.array([straight, 0.0])]),
                deep / 2 - 1,
                quad_segs=6,
            )
            ground = [turned(track, angle)]
        elif wide > 16 and deep > 16:
            ground = [turned(rectangle(a + 3, y0 + 5, a + 3 + wide, y0 + 5 + deep), angle)]
    ground = [field for field in ground if shapely.contains(area, field)]
    return _fitted(area, angle, shapes, int(rng.integers(1985, 2020))), ground


def halls(area: Polygon, rng: np.random.Generator, use: str, floors: tuple[int, int]) -> list[Building]:
    """Fill land with large free-standing buildings: a mall, a market's halls, offices, a hospital."""
    angle = row_angle(area)
    inner = shapely.buffer(turned(area, -angle), -7.0, join_style="mitre")
    shapes: list[tuple[Polygon, int, str]] = []
    for part in shapely.get_parts(inner):
        if part.is_empty:
            continue
        y0, y1 = reach(part)
        rows = max(1, int((y1 - y0) // 52))
        deep = (y1 - y0 - 18.0 * (rows - 1)) / rows
        for row in range(rows):
            y = y0 + row * (deep + 18.0)
            tall = deep * float(rng.uniform(0.55, 0.9))
            for a, b in spans(part, y, y + tall):
                x = a
                while b - x > 18:
                    long = min(float(rng.uniform(34, 88)), b - x)
                    if rng.random() < 0.86:
                        shape = _footprint(x, y, x + long, y + tall, rng)
                        shapes.append((shape, int(rng.integers(floors[0], floors[1] + 1)), use))
                    x += long + float(rng.uniform(10, 22))
    return _fitted(area, angle, shapes, int(rng.integers(1988, 2022)))


def stalls(area: Polygon, rng: np.random.Generator) -> list[Building]:
    """Fill a market with long narrow rows of stalls."""
    angle = row_angle(area)
    inner = shapely.buffer(turned(area, -angle), -6.0, join_style="mitre")
    shapes: list[tuple[Polygon, int, str]] = []
    for part in shapely.get_parts(inner):
        if part.is_empty:
            continue
        y, top = reach(part)
        while y < top - 12:
            for a, b in spans(part, y, y + 12):
                pieces = max(1, round((b - a) / 75))
                long = (b - a - 8.0 * (pieces - 1)) / pieces
                if long > 15:
                    shapes += [
                        (rectangle(a + i * (long + 8), y, a + i * (long + 8) + long, y + 12), 2, "commercial")
                        for i in range(pieces)
                    ]
            y += 12 + float(rng.choice([9.0, 9.0, 14.0]))
    return _fitted(area, angle, shapes, int(rng.integers(1992, 2018)))


def _footprint(x0: float, y0: float, x1: float, y1: float, rng: np.random.Generator) -> Polygon:
    """Return a plain, L- or U-shaped outline in the rectangle."""
    form, w, d = rng.random(), x1 - x0, y1 - y0
    if form < 0.5 or w < 34 or d < 26:
        return rectangle(x0, y0, x1, y1)
    if form < 0.75:
        return Polygon(
            [(x0, y0), (x0 + w * 0.4, y0), (x0 + w * 0.4, y1 - d * 0.45), (x1, y1 - d * 0.45), (x1, y1), (x0, y1)]
        )
    t = 0.3
    return Polygon([
        (x0, y0), (x0 + w * t, y0), (x0 + w * t, y1 - d * 0.45), (x1 - w * t, y1 - d * 0.45),
        (x1 - w * t, y0), (x1, y0), (x1, y1), (x0, y1),
    ])  # fmt: skip
