"""The compiled loops of tiles: coordinates become the commands of features, and features bytes, in one pass.

All numbers are written as Protocol Buffers do, in groups of seven bits; none is negative here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

__all__ = ["Paths", "Tags", "features", "parted"]

F = TypeVar("F", bound=Callable[..., Any])
Ints = NDArray[np.int64]
Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]

_EDITION = hashlib.blake2b(Path(__file__).read_bytes(), digest_size=6).hexdigest()

_POINTS, _AREAS = 1, 3
_MOVE, _LINE, _CLOSE = 1, 2, 15
_ID, _TAGS, _TYPE, _GEOMETRY, _FEATURE, _VALUE = 8, 18, 24, 34, 18, 34  # field << 3 | wire type
_LONGEST = 10
"""Most bytes of a number."""


def compiled(function: F) -> F:
    """Compile a function on its first call and keep the machine code on disk."""
    # numba's cache does not look at what a function calls; with the edition of the file in its name no change
    # leaves half of the machine code behind.
    function.__qualname__ = f"{function.__qualname__}_{_EDITION}"
    return cast(F, numba.njit(cache=True, nogil=True, error_model="numpy")(function))


class Paths(NamedTuple):
    """Shapes as paths.

    Path p has the points `start[p]` to `start[p + 1]` of `xy` float64[c, 2], shape s the paths `first[s]` to
    `first[s + 1]`; `inner` uint8[p] is 1 for holes, which follow the ring that they are in.
    """

    xy: NDArray[np.float64]
    start: Ints
    first: Ints
    inner: Bytes


class Tags(NamedTuple):
    """The attributes of shapes: `code` int64[k, n] numbers the values of k columns, each from 0.

    Value v of column c is `text[at[base[c] + v]:at[base[c] + v + 1]]`, encoded. In a column that is `single` no two
    shapes have the same.
    """

    code: Ints
    base: Ints
    single: NDArray[np.bool_]
    at: Ints
    text: Bytes


@compiled
def _long(out: Bytes, at: int, value: int) -> int:
    while value > 127:
        out[at] = (value & 127) | 128
        at += 1
        value >>= 7
    out[at] = value
    return at + 1


@compiled
def _number(out: Bytes, at: int, value: int) -> int:
    if value >= 1 << 14:
        return _long(out, at, value)
    # Nearly all are of one byte or two: written without a branch that the processor would guess wrong.
    more = int(value > 127)
    out[at] = (value & 127) | (more << 7)
    out[at + 1] = value >> 7
    return at + 1 + more


@compiled
def _zigzag(value: int) -> int:
    return (value << 1) ^ (value >> 63)


@compiled
def _size(value: int) -> int:
    made = 1
    while value > 127:
        made += 1
        value >>= 7
    return made


@compiled
def _points(
    xy: Floats, start: Ints, low: int, high: int, west: float, north: float, scale: float, out: Bytes, at: int
) -> int:
    """Write one MoveTo with all points; return where it ends."""
    at = _number(out, at, ((high - low) << 3) | _MOVE)
    x, y = 0, 0
    for p in range(low, high):
        c = start[p]
        px = int(np.rint((xy[c, 0] - west) * scale))
        py = int(np.rint((xy[c, 1] - north) * -scale))
        at = _number(out, at, _zigzag(px - x))
        at = _number(out, at, _zigzag(py - y))
        x, y = px, py
    return at


@compiled
def _placed(
    xy: Floats, begin: int, end: int, west: float, north: float, scale: float, across: Ints, down: Ints, kind: int
) -> int:
    """Put the points of a path on the grid, without those met twice in a row; return how many, 0 for what vanishes."""
    n, x, y = 0, 0, 0
    for c in range(begin, end):
        px = int(np.rint((xy[c, 0] - west) * scale))
        py = int(np.rint((xy[c, 1] - north) * -scale))
        if n == 0 or px != x or py != y:
            across[n], down[n] = px, py
            x, y = px, py
            n += 1
    if kind != _AREAS:
        return n if n >= 2 else 0
    if n > 1 and across[0] == x and down[0] == y:
        n -= 1
    if n < 3:
        return 0
    area = across[n - 1] * down[0] - across[0] * down[n - 1]
    for k in range(n - 1):
        area += across[k] * down[k + 1] - across[k + 1] * down[k]
    return n if area != 0 else 0


@compiled
def _lines(
    xy: Floats, start: Ints, inner: Bytes, low: int, high: int, west: float, north: float, scale: float,
    across: Ints, down: Ints, kind: int, out: Bytes, at: int,
) -> int:  # fmt: skip
    """Write MoveTo and LineTo of each path, and ClosePath of rings; return where they end: at `at` if all vanish.

    The holes of a ring that vanishes go with it.
    """
    x, y, gone = 0, 0, False
    for p in range(low, high):
        if inner[p] and gone:
            continue
        n = _placed(xy, start[p], start[p + 1], west, north, scale, across, down, kind)
        if not inner[p]:
            gone = n == 0
        if n == 0:
            continue
        at = _number(out, at, (1 << 3) | _MOVE)
        at = _number(out, at, _zigzag(across[0] - x))
        at = _number(out, at, _zigzag(down[0] - y))
        at = _number(out, at, ((n - 1) << 3) | _LINE)
        for k in range(1, n):
            at = _number(out, at, _zigzag(across[k] - across[k - 1]))
            at = _number(out, at, _zigzag(down[k] - down[k - 1]))
        x, y = across[n - 1], down[n - 1]
        if kind == _AREAS:
            at = _number(out, at, _CLOSE)
    return at


@compiled
def _room(rows: Ints, cut_of: Ints, whole: Paths, cut: Paths) -> tuple[int, int]:
    """Return the most bytes that the geometry of all shapes may take, and the points of the longest path."""
    total, longest = 0, 1
    first, start = whole.first, whole.start
    cut_first, cut_start = cut.first, cut.start
    for f in range(len(rows)):
        if cut_of[f] < 0:
            low, high = first[rows[f]], first[rows[f] + 1]
            points = start[high] - start[low]
            if points > longest:
                for p in range(low, high):
                    longest = max(longest, start[p + 1] - start[p])
        else:
            low, high = cut_first[cut_of[f]], cut_first[cut_of[f] + 1]
            points = cut_start[high] - cut_start[low]
            longest = max(longest, points)
        total += _LONGEST * (1 + 3 * (high - low) + 2 * points)
    return total, longest


@compiled
def parted(
    rows: Ints, extents: NDArray[np.float64], frame: tuple[float, float, float, float], unit: float
) -> tuple[Ints, Ints, Ints]:
    """Return the rows that may show, those that reach over the frame, and of all the place among the latter, or −1.

    `extents` float64[n, 4] are west, south, east, north; what is smaller than a unit in both directions cannot show.
    """
    some = np.empty(len(rows), np.int64)
    out = np.empty(len(rows), np.int64)
    cut_of = np.empty(len(rows), np.int64)
    n, cuts = 0, 0
    for f in range(len(rows)):
        row = rows[f]
        west, south, east, north = extents[row, 0], extents[row, 1], extents[row, 2], extents[row, 3]
        if east - west < unit and north - south < unit:
            continue
        some[n], cut_of[n] = row, -1
        if west < frame[0] or south < frame[1] or east > frame[2] or north > frame[3]:
            out[cuts], cut_of[n] = row, cuts
            cuts += 1
        n += 1
    return some[:n].copy(), out[:cuts].copy(), cut_of[:n].copy()


@compiled
def features(
    rows: Ints, cut_of: Ints, whole: Paths, cut: Paths, place: tuple[float, float, float], kind: int, ids: Ints,
    tags: Tags,
) -> tuple[Bytes, Bytes]:  # fmt: skip
    """Return the features of a layer as bytes, and the values of their attributes.

    `rows` int64[f] are the shapes; of shape f the paths are those of `whole`, or with `cut_of[f]` ≥ 0 those of that
    shape of `cut`. `place`: west and north of the tile and grid units a metre. `kind`: 1 points, 2 lines, 3 areas.
    What vanishes on the grid is left out.
    """
    # Arrays are taken out of the tuples once: each time costs as much as a few points.
    xy, start, first, inner = whole.xy, whole.start, whole.first, whole.inner
    cut_xy, cut_start, cut_first, cut_inner = cut.xy, cut.start, cut.first, cut.inner
    code, base, single, ends, text = tags.code, tags.base, tags.single, tags.at, tags.text
    west, north, scale = place
    columns = len(code)
    total, longest = _room(rows, cut_of, whole, cut)
    words = 0
    for c in range(columns):
        for f in range(len(rows)):
            v = base[c] + code[c, rows[f]]
            words += ends[v + 1] - ends[v] + 1 + _LONGEST
    values = np.empty(words, np.uint8)
    drawn = np.empty(total, np.uint8)
    out = np.empty(total + len(rows) * _LONGEST * (7 + 2 * columns), np.uint8)
    across, down = np.empty(longest, np.int64), np.empty(longest, np.int64)
    numbers = np.empty(columns, np.int64)
    known = np.full(0 if single.all() else base[columns], -1, np.int32)
    at, told, named = 0, 0, 0
    for f in range(len(rows)):
        row, s = rows[f], cut_of[f]
        if kind == _POINTS:
            length = _points(xy, start, first[row], first[row + 1], west, north, scale, drawn, 0)
        elif s < 0:
            length = _lines(
                xy, start, inner, first[row], first[row + 1], west, north, scale, across, down, kind, drawn, 0
            )
        else:
            length = _lines(
                cut_xy, cut_start, cut_inner, cut_first[s], cut_first[s + 1], west, north, scale, across, down,
                kind, drawn, 0,
            )  # fmt: skip
        if length == 0:
            continue
        tag_bytes = 0
        for c in range(columns):
            v = base[c] + code[c, row]
            number = -1 if single[c] else known[v]
            if number < 0:
                number, named = named, named + 1
                if not single[c]:
                    known[v] = number
                values[told] = _VALUE
                told = _number(values, told + 1, ends[v + 1] - ends[v])
                told = _copied(text, ends[v], ends[v + 1], values, told)
            numbers[c] = number
            tag_bytes += _size(c) + _size(number)
        out[at] = _FEATURE
        at = _number(out, at + 1, 5 + _size(ids[row]) + _size(tag_bytes) + tag_bytes + _size(length) + length)
        out[at] = _ID
        at = _number(out, at + 1, ids[row])
        out[at] = _TAGS
        at = _number(out, at + 1, tag_bytes)
        for c in range(columns):
            at = _number(out, _number(out, at, c), numbers[c])
        out[at], out[at + 1], out[at + 2] = _TYPE, kind, _GEOMETRY
        at = _copied(drawn, 0, length, out, _number(out, at + 3, length))
    return out[:at].copy(), values[:told].copy()


@compiled
def _copied(given: Bytes, begin: int, end: int, out: Bytes, at: int) -> int:
    for k in range(begin, end):
        out[at + k - begin] = given[k]
    return at + end - begin
