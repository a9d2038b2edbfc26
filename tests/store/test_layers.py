"""Layers in and out of the file: every column of every layer, with nothing lost and nothing made up."""

import datetime as dt

import geopandas as gpd
import geopandas.testing
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gridmap.city import LAYERS, City
from gridmap.errors import StoreError
from gridmap.geo.frames import Frame
from gridmap.rules import profile
from gridmap.store import Store
from gridmap.store.backend import backend
from gridmap.store.layers import count_rows, read_layer, write_layer
from gridmap.store.model import FEATURES

FRAME = Frame(4546)
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=12).filter(str.strip)
VALUES = {
    "text": st.one_of(TEXT, st.sampled_from(["鼓楼北社区", "'; DROP TABLE buildings; --", "{{7*7}}", "007", "1e5"])),
    "integer": st.integers(-(2**53), 2**53),
    "real": st.floats(allow_nan=False, allow_infinity=False),
    "boolean": st.booleans(),
    "date": st.dates(dt.date(1, 1, 1), dt.date(9999, 12, 31)).map(dt.date.isoformat),
}
SHAPES = {
    "Polygon": shapely.box(0, 0, 3, 2),
    "MultiPolygon": shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(2, 2, 3, 3)]),
    "LineString": shapely.LineString([(0, 0), (5, 1)]),
    "MultiLineString": shapely.MultiLineString([[(0, 0), (5, 1)], [(7, 7), (8, 8)]]),
    "Point": shapely.Point(1, 2),
    "MultiPoint": shapely.MultiPoint([(1, 2), (3, 4)]),
}


@pytest.fixture(scope="module")
def opened(databases):
    with Store.create(databases.fresh(), frame_epsg=4546) as store:
        yield store


@st.composite
def tables(draw):
    """A layer with any values of its columns' kinds, empty ones among them."""
    layer = LAYERS[draw(st.sampled_from(sorted(FEATURES)))]
    rows = draw(st.integers(0, 5))
    columns = {}
    for field in layer.fields:
        one = VALUES[field.kind] if field.required else st.none() | VALUES[field.kind]
        columns[field.name] = pd.Series(draw(st.lists(one, min_size=rows, max_size=rows)), dtype=object)
    shapes = [SHAPES[draw(st.sampled_from(layer.shapes))] for _ in range(rows)]
    frame = gpd.GeoDataFrame(columns, geometry=gpd.GeoSeries(shapes, crs=FRAME.crs), crs=FRAME.crs)
    return layer.name, City.build({layer.name: frame}, frame=FRAME, profile=profile("opaque")).layers[layer.name]


@given(tables())
def test_any_layer_comes_back_as_it_was(opened, table):
    layer, frame = table
    with opened.writing() as connection:
        write_layer(connection, layer, frame, epsg=4546, day="2026-03-01", revision=1)
    with opened.reading() as connection:
        back = read_layer(connection, layer, epsg=4546)
        assert count_rows(connection, layer) == len(frame)
        index = layer if connection.dialect.name == "postgresql" else f"rtree_{layer}_geom"
        indexed = connection.exec_driver_sql(f'SELECT count(*) FROM "{index}"').scalar()  # noqa: S608
    geopandas.testing.assert_geodataframe_equal(back, frame)
    assert (back.geometry.to_wkb() == frame.geometry.to_wkb()).all()
    assert indexed == len(frame)


def test_a_large_layer_comes_back_in_order(opened):
    n = 3000
    rng = np.random.default_rng(4)
    x, y = rng.random((2, n)) * 5000
    frame = gpd.GeoDataFrame({"id": [f"{k}号" for k in rng.permutation(n)]}, geometry=shapely.box(x, y, x + 9, y + 9))
    city = City.build({"buildings": frame.set_crs(FRAME.crs)}, frame=FRAME, profile=profile("cn"))
    with opened.writing() as connection:
        write_layer(connection, "buildings", city.buildings, epsg=4546, day="2026-03-01", revision=1)
    with opened.reading() as connection:
        geopandas.testing.assert_geodataframe_equal(read_layer(connection, "buildings", epsg=4546), city.buildings)
        extent = backend(connection).extent(connection, "buildings")
    np.testing.assert_array_equal(extent, city.buildings.total_bounds)


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [("households", "many", "buildings.households"), ("geom", b"rubbish", "buildings.geom")],
)
def test_what_another_program_left_unreadable_is_told(tmp_path, column, value, said):
    with Store.create(tmp_path / "w.gpkg", frame_epsg=4546) as store:
        with store.writing() as connection:
            connection.exec_driver_sql(f"INSERT INTO buildings (id, {column}) VALUES ('b1', ?)", (value,))  # noqa: S608
        with store.reading() as connection, pytest.raises(StoreError, match=said) as caught:
            read_layer(connection, "buildings", epsg=4546)
    assert caught.value.hint


def test_numbers_that_another_program_left_in_a_text_column_are_text(tmp_path):
    with Store.create(tmp_path / "w.gpkg", frame_epsg=4546) as store:
        with store.writing() as connection:
            connection.exec_driver_sql("INSERT INTO green (id, name) VALUES (7, x'41')")
        with store.reading() as connection:
            frame = read_layer(connection, "green", epsg=4546)
    assert frame["id"].tolist() == ["7"]
