import pickle

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gridmap.city import LAYERS, City, require_unique
from gridmap.errors import CrsError, GeometryError, InputError
from gridmap.geo.frames import Frame
from gridmap.rules import profile


def test_build_gives_every_layer_its_columns_and_kinds(town, build) -> None:
    city = build(town, name="汾阳市", revision=3, sample=True)
    assert set(city.layers) == set(LAYERS) - {"grids"}
    kinds = {"text": "object", "date": "object", "integer": "Int64", "real": "float64", "boolean": "boolean"}
    for name, gdf in city.layers.items():
        assert list(gdf.columns) == [*LAYERS[name].names, "geometry"]
        assert gdf.crs == Frame(4546).crs
        assert isinstance(gdf.index, pd.RangeIndex)
        assert {field.name: str(gdf[field.name].dtype) for field in LAYERS[name].fields} == {
            field.name: kinds[field.kind] for field in LAYERS[name].fields
        }
    assert (city.name, city.revision, city.sample) == ("汾阳市", 3, True)
    assert city.buildings["address"].tolist() == [None] * 4
    assert city.water.empty
    assert repr(city) == "<City 汾阳市: 1 subdistricts, 2 communities, 2 compounds, 4 buildings, 1 streets>"


def test_build_keeps_a_built_city_as_it_is(town, build) -> None:
    city = build(town)
    again = build(dict(city.layers))
    for name, gdf in city.layers.items():
        pd.testing.assert_frame_equal(pd.DataFrame(again.layers[name]), pd.DataFrame(gdf))


def test_build_leaves_the_input_alone_and_drops_what_it_does_not_know(town, build) -> None:
    town["buildings"]["note"] = "x"
    town["buildings"].index = [5, 6, 7, 8]
    before = town["buildings"].copy()
    assert "note" not in build(town).buildings
    pd.testing.assert_frame_equal(pd.DataFrame(town["buildings"]), pd.DataFrame(before))


def test_a_city_travels_between_processes(town, build) -> None:
    city = build(town, name="汾阳市")
    city.place(1, 1)
    again = pickle.loads(pickle.dumps(city))  # noqa: S301 - our own bytes
    assert again.building_community.tolist() == city.building_community.tolist()
    assert again.name == "汾阳市"
    with pytest.raises(TypeError):
        again.layers["water"] = city.water


def test_heights_and_measures_are_dropped(town, build) -> None:
    town["streets"].geometry = shapely.force_3d(town["streets"].geometry)
    assert not build(town).streets.has_z.any()


def test_place_returns_the_chain(town, build) -> None:
    place = build(town).place(125, 25)
    assert [ref and ref.code for ref in (place.subdistrict, place.community, place.compound, place.building)] == [
        "141182001",
        "141182001002",
        "C2",
        "B3",
    ]
    assert place.to_dict()["building"] == {"code": "B3", "name": "3号楼"}


def test_place_is_none_where_nothing_is(town, build) -> None:
    assert set(build(town).place(1e6, 1e6).to_dict().values()) == {None}
    assert set(build({}).place(0, 0).to_dict().values()) == {None}
    inside = build(town).place(95, 95)
    assert inside.community is not None
    assert (inside.compound, inside.building) == (None, None)


def test_place_refuses_what_is_no_place(town, build) -> None:
    with pytest.raises(InputError, match="no place"):
        build(town).place(float("nan"), 0)


def test_place_takes_the_compound_that_the_building_names(town, build) -> None:
    town["buildings"]["compound"] = [None, "C1", None, None]
    place = build(town).place(75, 75)
    assert place.compound is not None
    assert place.compound.code == "C1"


def test_on_a_shared_border_the_lowest_code_holds(town, build) -> None:
    city = build(town)
    assert city.rows_at("communities", [100, 150, 500], [50, 50, 50]).tolist() == [0, 1, -1]
    swapped = build(town | {"communities": town["communities"].iloc[::-1]})
    assert swapped.communities["code"].iloc[swapped.rows_at("communities", 100, 50)[0]] == "141182001001"


@pytest.mark.parametrize(
    ("community", "shape", "expected"),
    [
        (None, shapely.box(20, 20, 30, 30), 0),
        ("141182001001", shapely.box(20, 20, 30, 30), 0),
        ("141182001002", shapely.box(20, 20, 30, 30), 0),  # names another: where it stands decides
        ("nowhere", shapely.box(20, 20, 30, 30), 0),
        ("141182001002", shapely.box(500, 500, 510, 510), 1),  # stands in none: what it names decides
        ("nowhere", shapely.box(500, 500, 510, 510), -1),
        (None, shapely.box(500, 500, 510, 510), -1),
        (None, shapely.box(110, 20, 115, 25), 0),  # in an overlap: the lowest code
        ("141182001002", shapely.box(110, 20, 115, 25), 1),  # in an overlap: the one it names
        (None, shapely.Point(20, 20), 0),
        (None, shapely.MultiPoint([(20, 20), (22, 22)]), 0),
    ],
)
def test_building_community(town, build, make_layer, community, shape, expected) -> None:
    town["communities"].geometry = [shapely.box(0, 0, 120, 100), shapely.box(100, 0, 200, 100)]
    town["buildings"] = make_layer([shape], id=["B"], community=[community])
    result = build(town).building_community
    assert result.tolist() == [expected]
    assert result.dtype == np.int32


def test_building_compound_and_the_levels_above(town, build) -> None:
    city = build(town)
    assert city.building_compound.tolist() == [0, -1, 1, -1]
    assert city.compound_community.tolist() == [0, 1]
    assert city.community_subdistrict.tolist() == [0, 0]


def test_a_community_outside_every_subdistrict_is_told_by_its_code(town, build) -> None:
    town["subdistricts"].geometry = [shapely.box(1000, 1000, 1100, 1100)]
    assert build(town).community_subdistrict.tolist() == [0, 0]
    assert build(town, rules="opaque").community_subdistrict.tolist() == [-1, -1]


def test_lookups_of_empty_layers(build, town) -> None:
    empty = build({})
    assert empty.building_community.tolist() == []
    without = build({"buildings": town["buildings"]})
    assert without.building_community.tolist() == [-1] * 4
    assert without.building_compound.tolist() == [-1] * 4


def test_households_say_their_basis_and_date(town, build) -> None:
    assert build({}).households_basis == "unstated"
    assert build({}).households_as_of == ""
    city = build(town)
    assert (city.households_basis, city.households_as_of) == ("dwelling", "2020-11-01")
    town["buildings"]["households_basis"] = ["dwelling", "resident", None, None]
    town["buildings"]["households_as_of"] = ["2021-01-01", "2020-11-01", None, None]
    city = build(town)
    assert (city.households_basis, city.households_as_of) == ("mixed", "2020-11-01/2021-01-01")


@given(
    st.lists(
        st.tuples(
            st.floats(-50, 250), st.floats(-50, 150), st.sampled_from([None, "141182001001", "141182001002", "x"])
        ),
        min_size=1,
        max_size=20,
    )
)
def test_building_community_agrees_with_the_rule_taken_literally(rows) -> None:
    import geopandas as gpd

    frame = Frame(4546)
    shapes = [shapely.box(0, 0, 120, 100), shapely.box(100, 0, 200, 100)]
    codes = ["141182001001", "141182001002"]
    communities = gpd.GeoDataFrame({"code": codes, "name": codes}, geometry=shapes, crs=frame.crs)
    points = [shapely.Point(x, y) for x, y, _ in rows]
    buildings = gpd.GeoDataFrame(
        {"id": [str(k) for k in range(len(rows))], "community": [named for _, _, named in rows]},
        geometry=points,
        crs=frame.crs,
    )
    city = City.build({"communities": communities, "buildings": buildings}, frame=frame, profile=profile("cn"))
    for point, (_, _, named), row in zip(points, rows, city.building_community, strict=True):
        holding = [code for code, shape in zip(codes, shapes, strict=True) if shape.intersects(point)]
        expected = named if named in holding or (not holding and named in codes) else min(holding, default=None)
        assert (None if row < 0 else codes[row]) == expected


def _bad(make_layer, shape, **columns):
    return {"buildings": make_layer([shapely.Point(0, 0), shape], id=["B1", "B2"], **columns)}


@pytest.mark.parametrize(
    ("shape", "code", "says"),
    [
        (None, "shape-missing", "row 2 (B2) is missing or empty"),
        (shapely.Point(), "shape-missing", "row 2 (B2) is missing or empty"),
        (shapely.LineString([(0, 0), (1, 1)]), "shape-of-other-type", "is none of Polygon"),
        (shapely.Point(float("nan"), 1), "shape-not-finite", "row 2 (B2) has a coordinate"),
        (shapely.Point(float("inf"), 1), "shape-not-finite", "row 2 (B2) has a coordinate"),
        (
            shapely.Polygon([(0, 0), (9, 9), (9, 0), (0, 9)]),
            "shape-invalid",
            "row 2 (B2) is not a valid polygon (Self-",
        ),
    ],
)
def test_build_refuses_shapes(build, make_layer, shape, code, says) -> None:
    with pytest.raises(GeometryError) as caught:
        build(_bad(make_layer, shape))
    assert caught.value.code == code
    assert says in caught.value.message
    assert caught.value.hint


def test_build_refuses_layers(town, build, make_layer) -> None:
    point = shapely.Point(0, 0)
    bad = {
        "city-holds-no-grids": {"grids": make_layer([shapely.box(0, 0, 1, 1)], code=["1"])},
        "layer-unknown": {"houses": make_layer([point], id=["1"])},
        "column-missing": {"buildings": make_layer([point], name=["1"])},
        "value-missing": {"buildings": make_layer([point, point], id=["1", " "])},
        "value-not-of-kind": {"buildings": make_layer([point], id=["1"], households=["约300"])},
        "shapes-missing": {"buildings": pd.DataFrame({"id": ["1"]})},
        "column-repeated": {
            "buildings": make_layer([point], id=["1"], name=["a"], address=["b"]).rename(columns={"address": "name"})
        },
    }
    for code, layers in bad.items():
        with pytest.raises(InputError) as caught:
            build(layers)
        assert caught.value.code == code


@pytest.mark.parametrize(("crs", "code"), [(None, "crs-missing"), (4547, "crs-differs"), (4326, "crs-differs")])
def test_build_refuses_other_frames(build, make_layer, crs, code) -> None:
    with pytest.raises(CrsError) as caught:
        build({"buildings": make_layer([shapely.Point(0, 0)], crs=crs, id=["1"])})
    assert caught.value.code == code


def test_require_unique(town) -> None:
    require_unique("buildings", town["buildings"])
    town["buildings"]["id"] = ["B1", "B2", "B1", "B4"]
    with pytest.raises(InputError, match="B1 in rows 1, 3") as caught:
        require_unique("buildings", town["buildings"])
    assert caught.value.code == "duplicate-id"
