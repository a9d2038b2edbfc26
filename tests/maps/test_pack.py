"""What is packed is what the page unpacks: the committed vectors are read by the front end's own tests."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gridmap.geo.frames import Frame
from gridmap.maps.pack import Packer, varints

VECTORS = Path(__file__).parents[2] / "web" / "tests" / "folium" / "packed.json"
FRAME = Frame(4546)
EAST, NORTH = 570_000.0, 4_126_000.0
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def read(text: str) -> list[int]:
    """Read varints one sign at a time: an independent reading of what `varints` writes at once."""
    values, value, shift = [], 0, 0
    for char in text:
        digit = ALPHABET.index(char)
        value |= (digit & 31) << shift
        shift += 5
        if digit < 32:
            values.append(-(value + 1) // 2 if value & 1 else value // 2)
            value, shift = 0, 0
    return values


def shapes() -> dict[str, np.ndarray]:
    square = shapely.box(EAST, NORTH, EAST + 100, NORTH + 80)
    hole = square.difference(shapely.box(EAST + 20, NORTH + 20, EAST + 40, NORTH + 40))
    far = shapely.box(EAST - 9000, NORTH + 7000, EAST - 8900, NORTH + 7100)
    two = shapely.MultiPolygon([hole, far])
    line = shapely.LineString([(EAST, NORTH), (EAST + 5, NORTH + 5), (EAST + 300, NORTH - 20)])
    return {
        "points": np.array([shapely.Point(EAST, NORTH), shapely.Point(EAST - 3000, NORTH + 1)], object),
        "lines": np.array([line, shapely.MultiLineString([line, line.reverse()]), shapely.LineString()], object),
        "polygons": np.array([square, shapely.Polygon(), two, far], object),
    }


def lonlat(coordinates: Any) -> list[list[float]]:
    lon, lat = FRAME.to_lonlat(*np.asarray(coordinates)[:, :2].T)
    return [[round(float(x), 6), round(float(y), 6)] for x, y in zip(lon, lat, strict=True)]


def vectors() -> dict[str, Any]:
    packer = Packer.around(FRAME, (EAST - 500, NORTH - 500, EAST + 500, NORTH + 500))
    made = shapes()
    integers = [0, 1, -1, 15, 16, -16, -17, 1000, -123_456, 2**40, -(2**50)]
    rings = [
        [
            [lonlat(ring.coords[:-1]) for ring in (part.exterior, *part.interiors)]
            for part in shapely.get_parts(one)
            if not part.is_empty
        ]
        for one in made["polygons"]
    ]
    return {
        "origin": [packer.lon, packer.lat],
        "integers": {"packed": varints(np.array(integers)), "values": integers},
        "points": {"packed": packer.points(made["points"]), "values": lonlat(shapely.get_coordinates(made["points"]))},
        "lines": {
            "packed": packer.lines(made["lines"]),
            "values": [
                [lonlat(part.coords) for part in shapely.get_parts(one) if not part.is_empty] for one in made["lines"]
            ],
        },
        "polygons": {"packed": packer.polygons(made["polygons"]), "values": rings},
    }


def test_the_vectors_of_the_front_end_are_what_the_packer_writes() -> None:
    assert json.loads(VECTORS.read_text("utf-8")) == json.loads(json.dumps(vectors())), (
        "write them anew: python tests/maps/test_pack.py"
    )


@given(st.lists(st.integers(-(2**58), 2**58)))
def test_varints_round_trip(values: list[int]) -> None:
    assert read(varints(np.array(values, np.int64))) == values


@given(st.lists(st.tuples(st.integers(-20_000, 20_000), st.integers(-20_000, 20_000)), min_size=1, max_size=30))
def test_points_keep_a_tenth_of_a_metre(offsets: list[tuple[int, int]]) -> None:
    at = np.array(offsets, float) + np.array([EAST, NORTH])
    packer = Packer.around(FRAME, (EAST, NORTH, EAST, NORTH))
    steps = np.cumsum(np.array(read(packer.points(shapely.points(at)))).reshape(-1, 2), axis=0)
    x, y = FRAME.from_lonlat(packer.lon + steps[:, 0] * 1e-6, packer.lat + steps[:, 1] * 1e-6)
    assert np.hypot(x - at[:, 0], y - at[:, 1]).max() < 0.1


def test_vertices_closer_than_the_resolution_are_one() -> None:
    packer = Packer.around(FRAME, (EAST, NORTH, EAST, NORTH))
    ring = [(EAST, NORTH), (EAST + 0.001, NORTH), (EAST + 50, NORTH), (EAST + 50, NORTH + 50)]
    assert packer.polygons(np.array([shapely.Polygon(ring)], object)) == packer.polygons(
        np.array([shapely.Polygon([ring[0], *ring[2:]])], object)
    )
    dot = shapely.Polygon([(EAST, NORTH), (EAST + 0.01, NORTH), (EAST, NORTH + 0.01)])
    assert read(packer.polygons(np.array([dot], object))) == [0]


@pytest.mark.parametrize("kind", ["points", "lines", "polygons"])
def test_nothing_packs_to_nothing(kind: str) -> None:
    packer = Packer.around(FRAME, (EAST, NORTH, EAST, NORTH))
    assert getattr(packer, kind)(np.empty(0, object)) == ""


if __name__ == "__main__":
    VECTORS.write_text(json.dumps(vectors(), indent=1) + "\n", "utf-8")
