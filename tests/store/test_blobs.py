"""GeoPackage blobs: what goes in comes out, what the triggers ask is what shapely says, and damage is told."""

import sqlite3
import struct

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon

from gridmap.store.blobs import from_blobs, promote, register_functions, to_blobs

NUMBER = st.floats(-1e8, 1e8, allow_nan=False)
XY = st.tuples(NUMBER, NUMBER)
LINE = st.lists(XY, min_size=2, max_size=5, unique=True).map(LineString)
RING = st.lists(XY, min_size=3, max_size=6, unique=True).map(Polygon)
SHAPES = st.one_of(
    st.none(),
    XY.map(Point),
    LINE,
    RING,
    st.lists(XY, min_size=2, max_size=4, unique=True).map(MultiPoint),
    st.lists(LINE, min_size=2, max_size=3).map(MultiLineString),
    st.lists(RING, min_size=2, max_size=3).map(MultiPolygon),
    st.sampled_from([Point(), LineString(), Polygon(), MultiPolygon()]),
)


def objects(shapes):
    out = np.empty(len(shapes), dtype=object)
    out[:] = shapes
    return out


@given(st.lists(SHAPES, max_size=8), st.sampled_from([-1, 4546, 32648]))
def test_shapes_come_back_byte_for_byte(shapes, srs_id):
    blobs = to_blobs(objects(shapes), srs_id)
    back = from_blobs(blobs)
    assert [None if one is None else one.wkb for one in back] == [None if one is None else one.wkb for one in shapes]
    for blob in blobs:
        if blob is not None:
            assert blob[:3] == b"GP\0"
            assert struct.unpack_from("<i", blob, 4) == (srs_id,)


@given(st.lists(SHAPES, min_size=1, max_size=8))
def test_the_functions_of_the_triggers_say_what_shapely_says(shapes):
    connection = sqlite3.connect(":memory:")
    register_functions(connection)
    sql = "SELECT ST_MinX(?1), ST_MinY(?1), ST_MaxX(?1), ST_MaxY(?1), ST_IsEmpty(?1)"
    for shape, blob in zip(shapes, to_blobs(objects(shapes), 4546), strict=True):
        found = connection.execute(sql, (blob,)).fetchone()
        if shape is None:
            assert found == (None,) * 5
        elif shape.is_empty:
            assert found == (None, None, None, None, 1)
        else:
            assert found == (*shape.bounds, 0)
    connection.close()


def test_what_other_programs_write_is_read():
    point = struct.pack(">BIdd", 0, 1, 3.0, 4.0)  # big-endian WKB
    bare = b"GP\0\0" + struct.pack(">i", 4326) + point
    enveloped = b"GP\0" + bytes([0b100]) + struct.pack(">i", 4326) + struct.pack(">6d", 3, 3, 4, 4, 5, 5) + point
    deep = shapely.to_wkb(Point(1, 2, 9), output_dimension=3, flavor="iso")
    with_z = b"GP\0\x01" + struct.pack("<i", 4326) + deep
    back = from_blobs([bare, enveloped, with_z])
    assert [one.wkt for one in back] == ["POINT (3 4)", "POINT (3 4)", "POINT (1 2)"]
    connection = sqlite3.connect(":memory:")
    register_functions(connection)
    rows = [connection.execute("SELECT ST_MinX(?), ST_MaxY(?)", (blob, blob)).fetchone() for blob in (bare, with_z)]
    assert rows == [(3.0, 4.0), (1.0, 2.0)]
    connection.close()


@pytest.mark.parametrize(
    "blob",
    [
        b"",
        b"GP",
        b"XX\0\1\0\0\0\0" + Point(1, 2).wkb,
        b"GP\0\x03\0\0\0\0",
        b"GP\0\x0f\0\0\0\0" + b"\0" * 80,
        b"GP\0\1\0\0\0\0",
        b"GP\0\1\0\0\0\0" + Point(1, 2).wkb[:-3],
        b"GP\0\1\0\0\0\0" + shapely.GeometryCollection([Point(1, 2)]).wkb,
    ],
)
def test_damage_is_told_by_row_and_harms_no_trigger(blob):
    with pytest.raises(ValueError, match="row 1 "):
        from_blobs([to_blobs(objects([Point(1, 1)]), 0)[0], blob])
    connection = sqlite3.connect(":memory:")
    register_functions(connection)
    value = connection.execute("SELECT ST_MinX(?), ST_IsEmpty(?)", (blob, blob)).fetchone()
    assert value in [(None, 1), (1.0, 0)]
    connection.close()


def test_single_shapes_become_multi_where_the_column_is_and_come_back_single():
    box, two = shapely.box(0, 0, 1, 1), MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(2, 0, 3, 1)])
    stored = promote(objects([box, two, None, Point(1, 2)]), "MULTIPOLYGON")
    assert [None if one is None else one.geom_type for one in stored] == ["MultiPolygon", "MultiPolygon", None, "Point"]
    assert from_blobs(to_blobs(stored, 1)).tolist() == [box, two, None, Point(1, 2)]
    assert promote(objects([box]), "GEOMETRY").tolist() == [box]
