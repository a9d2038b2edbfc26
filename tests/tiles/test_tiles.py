"""Tiles against two independent readers: what another library decodes, and what PostGIS draws of the same shapes."""

import gzip

import mapbox_vector_tile
import numpy as np
import psycopg
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from mapbox_vector_tile.Mapbox import vector_tile_pb2

from gridmap.errors import InputError
from gridmap.geo.frames import Frame
from gridmap.tiles import Tile, TileLayer, TileSet, tiles_over
from gridmap.tiles.flat import flatten
from gridmap.tiles.mercator import HALF_M, projected
from gridmap.tiles.mvt import attributes, layer_bytes

FRAME = Frame(4546)
X0, Y0 = 570_000.0, 4_125_000.0


def decode(raw):
    return mapbox_vector_tile.decode(raw, default_options={"y_coord_down": True})


def features(raw, layer="l"):
    found = decode(raw).get(layer, {"features": []})["features"]
    return {one["id"]: (shapely.geometry.shape(one["geometry"]), one["properties"]) for one in found}


def drawn(shapes, ids=None, **columns):
    """Return a layer of shapes whose coordinates are on the tile's grid already, y downwards."""
    shapes = shapely.transform(np.array(shapes, object), lambda xy: xy * (1, -1))
    rows = np.arange(len(shapes))
    return layer_bytes("l", rows, flatten(shapes), rows if ids is None else ids, attributes(columns, rows=len(shapes)))


@given(st.lists(st.tuples(st.integers(-(2**29), 2**29), st.integers(-(2**29), 2**29)), min_size=1, max_size=9),
       st.integers(0, 2**53), st.integers(0, 2**62) | st.integers(0, 300))  # fmt: skip
def test_numbers_of_any_size_come_back(points, value, number):
    shape = shapely.MultiPoint(points)
    back, about = features(drawn([shape], np.array([number]), k=[value]))[number]
    assert shapely.get_coordinates(back).tolist() == [[x, y] for x, y in points]
    assert about == {"k": value}


@st.composite
def polygons(draw_):
    """A star around a point, sometimes with a hole, sometimes in two parts; whole numbers."""
    x, y = draw_(st.integers(0, 4000)), draw_(st.integers(0, 4000))
    radii = draw_(st.lists(st.integers(20, 90), min_size=3, max_size=9))
    angle = np.linspace(0, 2 * np.pi, len(radii), endpoint=False)
    shell = np.rint(np.column_stack([x + radii * np.cos(angle), y + radii * np.sin(angle)]))
    hole = [shapely.box(x - 3, y - 3, x + 2, y + 4).exterior] if draw_(st.booleans()) else []
    shape = shapely.Polygon(shell, [one for one in hole if shapely.Polygon(shell).contains(shapely.Polygon(one))])
    return shapely.MultiPolygon([shape, shapely.box(5000, 5000, 5009, 5007)]) if draw_(st.booleans()) else shape


@given(st.lists(polygons(), min_size=1, max_size=6))
def test_polygons_come_back(shapes):
    kept = [shape for shape in shapes if shape.is_valid and shape.area > 0]
    back = features(drawn(kept))
    assert len(back) == len(kept)
    for k, shape in enumerate(kept):
        assert back[k][0].equals(shape)


def test_lines_and_points_come_back():
    line = shapely.LineString([(0, 0), (5, 5), (5, 5), (9, 2)])
    assert features(drawn([line], np.array([7])))[7][0].equals(shapely.LineString([(0, 0), (5, 5), (9, 2)]))
    many = [shapely.MultiPoint([(1, 2), (4, 4)]), shapely.Point(3, 3)]
    back = features(drawn(many))
    assert back[0][0].equals(many[0])
    assert back[1][0].equals(many[1])


@pytest.mark.parametrize("value", ["鼓楼", "", 0, 7, -7, 2**40, -(2**40), 1.5, -0.25, True, False])
def test_values_come_back(value):
    found = features(drawn([shapely.Point(1, 1)] * 3, k=[value, "x", value], m=["x", value, None]))
    assert [(one["k"], one["m"]) for _, one in found.values()] == [(value, "x"), ("x", value), (value, "")]
    assert type(found[0][1]["k"]) is type(value)


def town(n=400, seed=3):
    rng = np.random.default_rng(seed)
    x, y = X0 + rng.random(n) * 3000, Y0 + rng.random(n) * 2000
    w, h = rng.uniform(5, 60, (2, n))
    names = np.array([f"{k}号楼" if k % 7 else None for k in range(n)], object)
    return shapely.box(x, y, x + w, y + h), names


@pytest.mark.parametrize("z", [10, 13, 14, 16, 18])
def test_postgis_draws_the_same(postgres, z):
    shapes, names = town()
    layer = TileLayer("l", shapes, {"name": names}, frame=FRAME)
    flat = projected(shapes, FRAME)
    sql = """WITH b AS (SELECT ST_TileEnvelope(%s, %s, %s) AS e) SELECT ST_AsMVT(t, 'l', 4096, 'g', 'fid') FROM (
        SELECT fid, coalesce(name, '') AS name, ST_AsMVTGeom(geom, e, 4096, 64, true) AS g FROM shapes, b) t
        WHERE g IS NOT NULL"""
    with psycopg.connect(postgres.fresh()) as connection:
        connection.execute("CREATE TABLE shapes (fid int, name text, geom geometry)")
        for k, (shape, name) in enumerate(zip(flat, names, strict=True)):
            connection.execute(
                "INSERT INTO shapes VALUES (%s, %s, ST_SetSRID(%s::geometry, 3857))", (k, name, shape.wkb_hex)
            )
        tiles = tiles_over(layer.bounds, z)
        seen = 0
        for tile in tiles[:: max(1, len(tiles) // 20)]:
            theirs = features(bytes(connection.execute(sql, (tile.z, tile.x, tile.y)).fetchone()[0]))
            ours = features(layer.tile(tile))
            inside = shapely.box(0, 0, 4096, 4096)
            for k in ours.keys() | theirs.keys():
                if k not in ours or k not in theirs:
                    # One of both found the shape too small for the grid.
                    assert (ours.get(k) or theirs[k])[0].area < 16
                    continue
                seen += 1
                one, other = (shapely.make_valid(side[k][0]).intersection(inside) for side in (ours, theirs))
                assert one.symmetric_difference(other).area <= 1.5 * max(one.length, other.length, 4)
                assert ours[k][1] == theirs[k][1]
        assert seen > 20


def test_every_building_is_in_the_tile_it_stands_in():
    shapes, names = town()
    layer = TileLayer("l", shapes, {"name": names}, frame=FRAME, ids=np.arange(400) + 10)
    found = set()
    for tile in tiles_over(layer.bounds, 15):
        for k, (shape, about) in features(layer.tile(tile)).items():
            assert about["name"] == (names[k - 10] or "")
            assert shape.bounds[0] >= -64
            assert shape.bounds[2] <= 4096 + 64
            found.add(k)
    assert found == set(range(10, 410))


def test_outer_rings_have_positive_area_and_holes_negative():
    """Readers tell rings apart by it. Read by hand: libraries forgive the wrong order."""
    hole = shapely.Polygon(
        shapely.box(X0, Y0, X0 + 90, Y0 + 90).exterior, [shapely.box(X0 + 30, Y0 + 30, X0 + 60, Y0 + 50).exterior]
    )
    layer = TileLayer("l", np.array([hole], object), {}, frame=FRAME)
    tile = vector_tile_pb2.tile()
    tile.ParseFromString(max((layer.tile(one) for one in tiles_over(layer.bounds, 16)), key=len))
    words = list(tile.layers[0].features[0].geometry)
    rings, at, x, y = [], 0, 0, 0
    while at < len(words):
        command, count = words[at] & 7, words[at] >> 3
        at += 1
        if command == 1:
            rings.append([])
        for _ in range(count if command != 7 else 0):
            dx, dy = ((word >> 1) ^ -(word & 1) for word in words[at : at + 2])
            x, y, at = x + dx, y + dy, at + 2
            rings[-1].append((x, y))
    areas = [
        sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, ring[1:] + ring[:1], strict=True)) / 2 for ring in rings
    ]
    assert [area > 0 for area in areas] == [True, False]


def test_neighbouring_tiles_meet():
    """What two tiles draw of one shape is together the shape, within a unit of the grid."""
    shape = np.array([shapely.box(X0, Y0, X0 + 4000, Y0 + 3000)], object)
    layer = TileLayer("l", shape, {}, frame=FRAME)
    area = 0.0
    z = 15
    unit = 2 * HALF_M / (1 << z) / 4096
    for tile in tiles_over(layer.bounds, z):
        for one, _ in features(layer.tile(tile)).values():
            area += one.intersection(shapely.box(0, 0, 4096, 4096)).area * unit**2
    assert area == pytest.approx(projected(shape, FRAME)[0].area, rel=1e-4)


def test_zooms_and_empty_places():
    shapes, _ = town(5)
    layer = TileLayer("l", shapes, {}, frame=FRAME, zooms=(14, 16))
    tile = tiles_over(layer.bounds, 13)[0]
    assert layer.tile(tile) == b""
    assert layer.tile(Tile(15, 0, 0)) == b""
    assert TileLayer("l", np.empty(0, object), {}, frame=FRAME).tile(Tile(0, 0, 0)) == b""


@pytest.mark.parametrize("at", [(-1, 0, 0), (23, 0, 0), (3, 8, 0), (3, 0, -1)])
def test_tiles_that_there_are_not(at):
    with pytest.raises(InputError, match="no tile"):
        Tile(*at)


def test_mixed_and_negative_are_refused():
    both = np.array([shapely.Point(X0, Y0), shapely.box(X0, Y0, X0 + 1, Y0 + 1)], object)
    with pytest.raises(InputError, match="cannot be one layer"):
        TileLayer("l", both, {}, frame=FRAME)
    with pytest.raises(InputError, match="below 0"):
        TileLayer("l", both[:1], {}, frame=FRAME, ids=np.array([-1]))


def test_a_set_of_layers():
    shapes, names = town(50)
    areas = TileLayer("areas", shapes, {"name": names}, frame=FRAME)
    points = TileLayer("points", shapely.centroid(shapes), {"name": names}, frame=FRAME, zooms=(15, 22))
    tiles = TileSet([areas, points], revision="7", cache_bytes=4_000)
    tile = tiles_over(areas.bounds, 15)[0]
    raw = tiles.tile(tile)
    assert set(decode(raw)) == {"areas", "points"}
    assert gzip.decompress(tiles.tile(tile, compressed=True)) == raw
    assert tiles.tile(tile) == raw
    for other in tiles_over(areas.bounds, 16):
        tiles.tile(other)
    assert tiles.tile(tile) == raw, "what fell out of the cache is made again"
    about = tiles.tilejson("https://x/{z}/{x}/{y}", name="t")
    assert [one["id"] for one in about["vector_layers"]] == ["areas", "points"]
    west, south, east, north = about["bounds"]
    lon, lat = FRAME.to_lonlat(*shapely.total_bounds(shapes).reshape(2, 2).T)
    assert (west, east) == (pytest.approx(lon.min(), abs=1e-3), pytest.approx(lon.max(), abs=1e-3))
    assert (south, north) == (pytest.approx(lat.min(), abs=1e-3), pytest.approx(lat.max(), abs=1e-3))
    assert TileSet([], revision="0").tile(tile) == b""


def test_a_tile_in_which_everything_is_too_small_to_show_is_empty():
    small = shapely.buffer(shapely.points([500_000.0, 500_020.0], [4_000_000.0, 4_000_000.0]), 5.0)
    layer = TileLayer("ground", small, {}, frame=Frame(4546))
    assert layer.tile(Tile(0, 0, 0)) == b""
    lines = shapely.linestrings([[[500_000.0, 4_000_000.0], [500_001.0, 4_000_001.0]]])
    assert TileLayer("lines", lines, {}, frame=Frame(4546)).tile(Tile(0, 0, 0)) == b""
