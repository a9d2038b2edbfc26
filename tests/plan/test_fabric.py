"""The fabric: what it is made of, how it is stored, and that it tiles a city around its special grids."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, MultiPolygon, Polygon, box

from gridmap.errors import InputError
from gridmap.plan import Fabric, SpecialGrid, fabric
from gridmap.plan.testing import chequered

X, Y = 570_000.0, 4_126_000.0


@given(data=st.data())
def test_arrays_give_the_same_fabric_back(fabrics, data):
    made = data.draw(fabrics())
    arrays = made.to_arrays()
    assert all(array.dtype != object for array in arrays.values())
    again = Fabric.from_arrays(arrays)
    assert again == made
    assert again.digest == made.digest
    for name in ("cell_ids", "households", "residents", "i", "shared_m", "special"):
        np.testing.assert_array_equal(getattr(again, name), getattr(made, name))
    assert [shapely.to_wkb(one.polygon) for one in again.specials] == [
        shapely.to_wkb(one.polygon) for one in made.specials
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"households": np.full(12, 5)},
        {"cell_ids": np.array([f"x{k}" for k in range(12)], object)},
        {"elders_80": np.zeros(12)},
        {"shared_m": np.full(17, 1.0)},
        {"polygons": shapely.box(np.arange(12.0), 0, np.arange(12.0) + 1, 1)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_digest_tells_any_change(change):
    made = chequered(4, 3)
    changed = replace(made, **change)
    assert changed.digest != made.digest
    assert changed != made


def test_arrays_cannot_be_changed_nor_reach_back():
    values = np.arange(12)
    made = replace(chequered(4, 3), households=values)
    with pytest.raises(ValueError, match="read-only"):
        made.households[0] = 1
    values[0] = 99
    assert made.households[0] == 0


def test_wrong_lengths_and_repeated_ids_are_refused():
    made = chequered(4, 3)
    with pytest.raises(InputError, match="known") as error:
        replace(made, known=np.ones(3, bool))
    assert error.value.code == "fabric-shape"
    with pytest.raises(InputError, match="'b0000'") as error:
        replace(made, cell_ids=np.array(["b0000"] * 12, object))
    assert error.value.code == "building-duplicate"


def test_broken_arrays_are_refused():
    arrays = chequered(4, 3).to_arrays()
    for broken in (
        {**arrays, "polygons_wkb": arrays["polygons_wkb"][:-9]},
        {k: v for k, v in arrays.items() if k != "x"},
    ):
        with pytest.raises(InputError) as error:
            Fabric.from_arrays(broken)
        assert error.value.code == "fabric-broken"


def test_town_is_tiled_with_a_cell_a_building(town):
    city = town()
    made = fabric(city)
    assert made.cell_ids.tolist() == ["h1", "h2", "h3", "h4", "h5", "h6", "area:141182001003"]
    assert made.homeless.tolist() == ["h7"]
    assert made.building.tolist() == [0, 1, 2, 3, 4, 5, -1]
    assert made.community.tolist() == [0, 0, 0, 0, 1, 1, 2]
    assert made.compound.tolist() == [0, 0, -1, -1, -1, -1, -1]
    assert made.households.tolist() == [40, 0, 0, 7, 0, 12, 0]
    assert made.known.tolist() == [True, False, True, True, False, True, True]
    np.testing.assert_array_equal(made.residents, [100, np.nan, 0, np.nan, 9, 30, 0])
    for row, area in enumerate(city.communities.geometry):
        cells = made.polygons[made.community == row]
        assert shapely.coverage_is_valid(cells, gap_width=0.01)
        assert shapely.union_all(cells).symmetric_difference(area).area < 1e-6
    assert shapely.contains_xy(made.polygons, made.x, made.y).all()
    np.testing.assert_allclose(made.perimeter_m, shapely.length(made.polygons))


def test_neighbours_know_streets_and_barriers(town):
    made = fabric(town())
    assert (made.i < made.j).all()
    assert (made.community[made.i] == made.community[made.j]).all()
    for k, (one, other) in enumerate(zip(made.i, made.j, strict=True)):
        common = shapely.intersection(made.polygons[one], made.polygons[other])
        assert made.shared_m[k] == pytest.approx(shapely.length(common))
    rows = town().buildings.to_dict("records")
    rows[1]["geometry"] = box(X + 60, Y + 130, X + 80, Y + 150)
    made = fabric(town(buildings=rows))
    pairs = {
        (made.cell_ids[one], made.cell_ids[other]): [made.shared_m[k], made.street_m[k], made.barrier_m[k]]
        for k, (one, other) in enumerate(zip(made.i, made.j, strict=True))
    }
    # Each of the four blocks of the first community has one building; across the crossing they only touch.
    expected = {("h1", "h2"): [100, 0, 100], ("h1", "h3"): [100, 100, 0], ("h2", "h4"): [100, 100, 0]}
    expected |= {("h3", "h4"): [100, 0, 100], ("h5", "h6"): [200, 0, 200]}
    assert pairs == {pair: pytest.approx(metres) for pair, metres in expected.items()}


def test_area_barriers_cut_by_their_banks(town):
    river = box(X - 10, Y + 95, X + 610, Y + 105)
    made = fabric(town(barriers=[{"id": "r1", "kind": "river", "geometry": river}]))
    pair = (made.cell_ids[made.i] == "h5") & (made.cell_ids[made.j] == "h6")
    assert made.barrier_m[pair] == pytest.approx(200)


def test_special_grids_keep_their_polygon_and_their_buildings(town):
    polygon = Polygon([(X + 125, Y + 120), (X + 190, Y + 125.5), (X + 180, Y + 190), (X + 120, Y + 180)])
    park = MultiPolygon([box(X + 410, Y + 10, X + 450, Y + 50)])
    specials = (SpecialGrid("S1", "园区", "", polygon), SpecialGrid("S2", "公园", "141182001003", park))
    city = town()
    made = fabric(city, specials=specials)
    assert made.specials[0].polygon is polygon
    assert [one.community for one in made.specials] == ["141182001001", "141182001003"]
    assert made.special[made.cell_of["h4"]] == 0
    assert made.cell_ids[made.special >= 0].tolist() == ["h4", "area:S2"]
    for row, special in enumerate(specials):
        inside = shapely.union_all(made.polygons[made.special == row])
        assert inside.symmetric_difference(special.polygon).area < 1e-6
    rest = made.polygons[(made.community == 0) & (made.special < 0)]
    assert shapely.coverage_is_valid(rest, gap_width=0.01)
    assert shapely.area(rest).sum() == pytest.approx(200 * 200 - polygon.area)
    assert (made.special[made.i] == made.special[made.j]).all()


def test_overlapping_special_grids_give_no_ground_twice(town):
    one, two = box(X + 10, Y + 10, X + 90, Y + 90), box(X + 50, Y + 10, X + 190, Y + 90)
    made = fabric(town(), specials=(SpecialGrid("S1", "", "", one), SpecialGrid("S2", "", "", two)))
    assert made.area_m2[made.community == 0].sum() == pytest.approx(200 * 200)
    assert made.special[[made.cell_of[name] for name in ("h1", "h2", "h3", "h4")]].tolist() == [0, 0, 1, -1]


def test_a_building_on_the_edge_of_a_special_grid_belongs_to_the_community(town):
    made = fabric(town(), specials=(SpecialGrid("S", "", "", box(X + 150, Y + 40, X + 190, Y + 60)),))
    assert made.special[made.cell_of["h3"]] == -1
    assert made.cell_ids[made.special == 0].tolist() == ["area:S"]


def test_a_special_grid_that_fills_its_community_leaves_no_other_cell(town):
    made = fabric(town(), specials=(SpecialGrid("S", "", "", box(X + 400, Y, X + 600, Y + 200)),))
    assert made.cell_ids[made.community == 2].tolist() == ["area:S"]


def test_special_grids_outside_or_doubled_are_refused(town):
    far = SpecialGrid("S", "", "", box(X, Y + 500, X + 1, Y + 501))
    with pytest.raises(InputError, match="S lies in no community") as error:
        fabric(town(), specials=(far,))
    assert error.value.code == "special-outside"
    with pytest.raises(InputError) as error:
        fabric(town(), specials=(replace(far, community="141182001001"),) * 2)
    assert error.value.code == "special-duplicate"


@pytest.mark.parametrize("name", ["communities", "buildings"])
def test_repeated_keys_are_refused(town, name):
    city = town()
    rows = city.layers[name].to_dict("records")
    key = "code" if name == "communities" else "id"
    rows[1][key] = rows[0][key]
    with pytest.raises(InputError) as error:
        fabric(town(**{name: rows}))
    assert error.value.code == "duplicate-id"


def test_a_building_astride_a_street_is_told(town):
    rows = town().buildings.to_dict("records")
    rows[0]["geometry"] = box(X + 60, Y + 20, X + 120, Y + 40)
    assert fabric(town(buildings=rows)).astride.tolist() == ["h1"]


def test_a_building_that_names_a_community_it_does_not_stand_in_has_no_cell(town):
    rows = town().buildings.to_dict("records")
    rows[6]["community"] = "141182001001"
    assert fabric(town(buildings=rows)).homeless.tolist() == ["h7"]


def test_an_executor_and_progress_change_nothing(town):
    city, told = town(), []
    with ThreadPoolExecutor(2) as executor:
        made = fabric(city, executor=executor, progress=lambda *step: told.append(step))
    assert made == fabric(city)
    assert told == [("141182001001", 1, 3), ("141182001002", 2, 3), ("141182001003", 3, 3)]


def test_a_city_without_streets_or_buildings_has_a_cell_a_community(town):
    made = fabric(town(buildings=[], streets=[], barriers=[], compounds=[]))
    assert made.cell_ids.tolist() == [f"area:14118200100{k}" for k in (1, 2, 3)]
    assert made.households.sum() == 0
    assert not len(made.i)


def test_unnoded_streets_over_a_community_border_keep_the_tiling(town):
    street = {"id": "s2", "geometry": LineString([(X + 150, Y + 30), (X + 260, Y + 170)])}
    made = fabric(town(streets=[*town().streets.to_dict("records"), street]))
    assert made.area_m2.sum() == pytest.approx(3 * 200 * 200)
