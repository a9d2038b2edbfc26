"""Mapbox Vector Tile 2.1: a layer of shapes on the grid of a tile becomes bytes, without a loop over features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gridmap.tiles.flat import Flat
from gridmap.tiles.kernels import Tags, features

__all__ = ["EXTENT", "Attributes", "attributes", "layer_bytes", "value_bytes"]

EXTENT = 4096
"""Units of a tile's grid."""

Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Attributes:
    """Names of attributes and their values, which are encoded once.

    What is missing is an empty text: the features of a layer then have one shape.
    """

    names: tuple[str, ...]
    tags: Tags


def attributes(columns: Mapping[str, Sequence[Any] | NDArray[Any]], *, rows: int) -> Attributes:
    """Encode the attributes of a layer: a column of `rows` values each."""
    codes, base, single, encoded = np.zeros((len(columns), rows), np.int64), [0], [], []
    for k, values in enumerate(columns.values()):
        code, found = pd.factorize(np.asarray(values, object), use_na_sentinel=True)
        codes[k] = np.where(code < 0, len(found), code)
        single.append(bool(np.bincount(codes[k]).max(initial=0) <= 1))
        encoded += [*(value_bytes(value) for value in found), value_bytes("")]
        base.append(len(encoded))
    at = np.zeros(len(encoded) + 1, np.int64)
    np.cumsum([len(value) for value in encoded], out=at[1:])
    text = np.frombuffer(b"".join(encoded), np.uint8).copy()  # a copy may be written to: one kind of array to compile
    return Attributes(tuple(columns), Tags(codes, np.array(base), np.array(single, bool), at, text))


def layer_bytes(
    name: str, rows: Ints, whole: Flat, ids: Ints, about: Attributes, *,
    place: tuple[float, float, float] = (0.0, 0.0, 1.0), cut: tuple[Ints, Flat] | None = None,
) -> bytes:  # fmt: skip
    """Return a layer with the shapes `rows` int64[f] of `whole`, named by `ids` int64[n] ≥ 0; empty where none shows.

    `place` is where the west and the north of the tile are and how many units a metre is; `cut`, of each
    row, the shape that takes its place, or −1.
    """
    if not len(rows):
        return b""
    cut_of, other = (np.full(len(rows), -1, np.int64), whole) if cut is None else cut
    body, values = features(rows, cut_of, whole.paths, other.paths, place, whole.dimension + 1, ids, about.tags)
    if not len(body):
        return b""
    keys = b"".join(_text(26, key) for key in about.names)
    layer = (_text(10, name), body.tobytes(), keys, values.tobytes(), b"\x28" + _varint(EXTENT) + b"\x78\x02")
    return b"".join((b"\x1a", _varint(sum(map(len, layer))), *layer))


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
