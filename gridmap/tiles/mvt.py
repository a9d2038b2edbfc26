"""Mapbox Vector Tile 2.1: a layer of shapes on the grid of a tile becomes bytes, without a loop over features.

All that a feature holds are varints (its id, its tags, its commands), so the features of a layer are one long column of
numbers; what depends on lengths is filled in once the sizes of the others are known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridmap.tiles.flat import Flat
from gridmap.tiles.varints import encode, sizes, zigzag

__all__ = ["EXTENT", "Drawn", "draw", "layer_bytes", "value_bytes"]

EXTENT = 4096
"""Units of a tile's grid."""

Ints = NDArray[np.int64]

MOVE, CLOSE = 9, 15  # MoveTo once, ClosePath
POINT, LINE, POLYGON = 1, 2, 3
_ID, _TAGS, _TYPE, _GEOMETRY, _FEATURE = 8, 18, 24, 34, 18  # field << 3 | wire type


@dataclass(frozen=True)
class Drawn:
    """The commands of a layer's features: `row` int64[f] says whose, ascending; `words` holds all of them in turn.

    `ends` int64[f] is where the commands of each end, `kind` int64[f] what they draw. Features that vanish on the grid
    are not there.
    """

    row: Ints
    kind: Ints
    words: NDArray[np.uint64]
    ends: Ints


def draw(flat: Flat) -> Drawn:
    """Return the commands for shapes whose coordinates are on the tile's grid already, y downwards."""
    xy = np.rint(flat.xy).astype(np.int64)
    if flat.dimension == 0:
        return _points(xy, flat.owner)
    of = np.repeat(np.arange(len(flat.owner)), np.diff(flat.start))
    return _paths(xy, of, flat.owner, flat.inner, closed=flat.dimension == 2)


def _points(xy: Ints, row: Ints) -> Drawn:
    """Every feature is one MoveTo with all its points."""
    starts = np.flatnonzero(np.concatenate([[True], row[1:] != row[:-1]])) if len(row) else np.zeros(0, np.int64)
    count = np.diff(np.append(starts, len(row)))
    step = np.diff(xy, axis=0, prepend=xy[:1] * 0)
    step[starts] = xy[starts]
    words = np.empty(2 * len(xy) + len(starts), np.uint64)
    ends = np.cumsum(2 * count + 1)
    head = ends - 2 * count - 1
    words[head] = (count.astype(np.uint64) << np.uint64(3)) | np.uint64(1)
    body = np.ones(len(words), bool)
    body[head] = False
    words[body] = zigzag(step).ravel()
    return Drawn(row[starts], np.full(len(starts), POINT, np.int64), words, ends)


def _paths(xy: Ints, of: Ints, owner: Ints, inner: NDArray[np.bool_], *, closed: bool) -> Drawn:
    """Lines and rings: MoveTo, LineTo with the rest, and ClosePath for rings. Points met twice in a row go.

    A ring that the grid leaves without area goes, with its holes where it is the outer one; a line of one point too.
    """
    first = np.concatenate([[True], of[1:] != of[:-1]]) if len(of) else np.zeros(0, bool)
    keep = first | np.concatenate([[True], (xy[1:] != xy[:-1]).any(axis=1)]) if len(of) else first
    xy, of = xy[keep], of[keep]
    count = np.bincount(of, minlength=len(owner))
    start = np.cumsum(count) - count
    if closed:
        last = start + count - 1
        some = count > 0
        same = np.zeros(len(owner), bool)
        same[some] = (xy[start[some]] == xy[last[some]]).all(axis=1) & (count[some] > 1)
        stays = np.ones(len(of), bool)
        stays[last[same]] = False
        xy, of = xy[stays], of[stays]
        count = count - same
        good = (count >= 3) & (_twice_areas(xy, of, count) != 0)
        # A hole goes with the ring around it: the nearest outer ring before it.
        outer = np.maximum.accumulate(np.where(inner, -1, np.arange(len(owner))))
        good &= good[outer]
    else:
        good = count >= 2
    xy, of = xy[good[of]], of[good[of]]
    ring = np.cumsum(good) - 1
    of, owner, count = ring[of], owner[good], count[good]
    return _commands(xy, owner, count, closed=closed)


def _commands(xy: Ints, owner: Ints, count: Ints, *, closed: bool) -> Drawn:
    if not len(owner):  # the grid left nothing of any
        none = np.zeros(0, np.int64)
        return Drawn(none, none, np.zeros(0, np.uint64), none)
    start = np.cumsum(count) - count
    heads = np.flatnonzero(np.concatenate([[True], owner[1:] != owner[:-1]]))
    step = np.diff(xy, axis=0, prepend=xy[:1] * 0)
    step[start[heads]] = xy[start[heads]]  # the pen begins every feature at the corner of the tile
    length = 2 * count + (3 if closed else 2)
    ends = np.cumsum(length)
    at = ends - length
    words = np.empty(int(length.sum()), np.uint64)
    plain = np.ones(len(words), bool)
    words[at] = MOVE
    words[at + 3] = ((count - 1).astype(np.uint64) << np.uint64(3)) | np.uint64(2)
    plain[at] = plain[at + 3] = False
    if closed:
        words[ends - 1] = CLOSE
        plain[ends - 1] = False
    words[plain] = zigzag(step).ravel()
    kind = POLYGON if closed else LINE
    tail = np.append(heads[1:], len(owner)) - 1
    return Drawn(owner[heads], np.full(len(heads), kind, np.int64), words, ends[tail])


def _twice_areas(xy: Ints, of: Ints, count: Ints) -> Ints:
    """Return twice the area of each ring, whose closing point is left out."""
    start = np.cumsum(count) - count
    following = np.arange(1, len(xy) + 1)
    some = count > 0
    following[(start + count - 1)[some]] = start[some]
    cross = xy[:, 0] * xy[following, 1] - xy[following, 0] * xy[:, 1] if len(xy) else np.zeros(0, np.int64)
    return np.bincount(of, cross, minlength=len(count)).astype(np.int64)


def layer_bytes(
    name: str, drawn: Drawn, ids: Ints, tags: NDArray[np.uint64], keys: Sequence[str], values: Sequence[bytes]
) -> bytes:
    """Return a layer: `ids` int64[f] ≥ 0 and `tags` uint64[f, 2·k] (numbers of key and value) of what is drawn.

    `values` are encoded by `value_bytes`. Empty where nothing is drawn.
    """
    if not len(drawn.row):
        return b""
    body = _features(drawn, ids.astype(np.uint64), tags)
    head = _text(10, name)
    tail = b"".join(_text(26, key) for key in keys)
    tail += b"".join(b"\x22" + _varint(len(value)) + value for value in values)
    tail += b"\x28" + _varint(EXTENT) + b"\x78\x02"
    whole = head + body.tobytes() + tail
    return b"\x1a" + _varint(len(whole)) + whole


def _features(drawn: Drawn, ids: NDArray[np.uint64], tags: NDArray[np.uint64]) -> NDArray[np.uint8]:
    n, width = tags.shape
    command_size = sizes(drawn.words)
    begins = np.concatenate([[0], drawn.ends[:-1]])
    total = np.concatenate([[0], np.cumsum(command_size)])
    geometry_len = (total[drawn.ends] - total[begins]).astype(np.uint64)
    tags_len = sizes(tags.ravel()).reshape(n, width).sum(axis=1).astype(np.uint64)
    front = np.empty((n, 9 + width), np.uint64)
    front[:, 0], front[:, 2], front[:, 3], front[:, 4] = _FEATURE, _ID, ids, _TAGS
    front[:, 5], front[:, 6 : 6 + width] = tags_len, tags
    front[:, 6 + width], front[:, 7 + width] = _TYPE, drawn.kind
    front[:, 8 + width] = _GEOMETRY
    front = np.concatenate([front, geometry_len[:, None]], axis=1)
    front[:, 1] = 0
    front_size = sizes(front.ravel()).reshape(front.shape)
    front[:, 1] = front_size[:, 2:].sum(axis=1).astype(np.uint64) + geometry_len
    front_size[:, 1] = sizes(front[:, 1])
    # The fronts and the commands of features take turns.
    commands = np.diff(np.append(begins, drawn.ends[-1]))
    columns = front.shape[1]
    place = np.arange(n) * columns + begins
    words = np.empty(n * columns + len(drawn.words), np.uint64)
    size = np.empty(len(words), np.int64)
    at = (place[:, None] + np.arange(columns)).ravel()
    words[at], size[at] = front.ravel(), front_size.ravel()
    within = np.repeat(place + columns - begins, commands) + np.arange(len(drawn.words))
    words[within], size[within] = drawn.words, command_size
    return encode(words, size)


def value_bytes(value: Any) -> bytes:
    """Return an attribute as a value of a tile: text, boolean, whole number or real."""
    if isinstance(value, bool | np.bool_):
        return b"\x38" + (b"\x01" if value else b"\x00")
    if isinstance(value, int | np.integer):
        number = int(value)
        return b"\x28" + _varint(number) if number >= 0 else b"\x30" + _varint((number << 1) ^ (number >> 63))
    if isinstance(value, float | np.floating):
        return b"\x19" + np.float64(value).tobytes()
    return _text(10, str(value))


def _text(tag: int, text: str) -> bytes:
    raw = text.encode()
    return bytes([tag]) + _varint(len(raw)) + raw


def _varint(number: int) -> bytes:
    # A negative number would never end here: Python's shift keeps its sign.
    number &= 0xFFFF_FFFF_FFFF_FFFF
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)
