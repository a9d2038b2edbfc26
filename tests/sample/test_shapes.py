"""Shapes: valid, seamless, nested, and nothing built on anything else."""

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pytest
import shapely

from gridmap.geo.coverage import coverage_faults
from gridmap.settings import DEFAULT

Layers = Mapping[str, gpd.GeoDataFrame]

# Half the width of the carriageway that no building may stand on, in metres.
CARRIAGEWAY_M = {"arterial": 15.0, "collector": 9.0, "local": 5.0, "lane": 1.8}


def shapes(layers: Layers, name: str) -> np.ndarray:
    return layers[name].geometry.to_numpy()


def test_all_shapes_are_valid_and_on_the_centimetre(layers: Layers) -> None:
    for gdf in layers.values():
        assert shapely.is_valid(gdf.geometry.to_numpy()).all()
        assert not shapely.is_empty(gdf.geometry.to_numpy()).any()
        xy = shapely.get_coordinates(gdf.geometry.to_numpy())
        assert np.array_equal(xy, xy.round(2))


@pytest.mark.parametrize("name", ["subdistricts", "communities", "grids"])
def test_areas_tile_without_gap_or_overlap(layers: Layers, name: str) -> None:
    areas = shapes(layers, name)
    assert shapely.coverage_is_valid(areas)
    faults = coverage_faults(areas, tolerance_m=DEFAULT.coverage_tolerance_m, sliver_width_m=DEFAULT.sliver_width_m)
    assert len(faults.kind) == 0
    assert (shapely.get_type_id(areas) == shapely.GeometryType.POLYGON).all()


def test_grids_tile_their_communities_and_communities_their_subdistricts(layers: Layers) -> None:
    for parts, wholes, key in (("grids", "communities", "community"), ("communities", "subdistricts", "subdistrict")):
        whole = layers[wholes].set_index("code").geometry
        for code, group in layers[parts].groupby(key):
            union = shapely.coverage_union_all(group.geometry.to_numpy())
            assert shapely.equals(union, whole[code])


def test_buildings_do_not_touch_each_other(layers: Layers) -> None:
    houses = shapes(layers, "buildings")
    i, j = shapely.STRtree(houses).query(houses, predicate="intersects")
    assert len(i) == len(houses)
    assert np.array_equal(np.sort(i), np.sort(j))


def test_buildings_stand_inside_their_community_and_compound_and_no_other(layers: Layers) -> None:
    buildings = layers["buildings"]
    community = layers["communities"].set_index("code").geometry[buildings["community"]]
    assert shapely.contains_properly(community.to_numpy(), buildings.geometry.to_numpy()).all()
    compounds = layers["compounds"]
    wall = compounds.set_index("id").geometry
    house, compound = shapely.STRtree(compounds.geometry.to_numpy()).query(
        buildings.geometry.to_numpy(), predicate="intersects"
    )
    found = np.full(len(buildings), None, dtype=object)
    found[house] = compounds["id"].to_numpy()[compound]
    assert len(np.unique(house)) == len(house)
    named = buildings["compound"].astype(object).where(buildings["compound"].notna(), None)
    assert found.tolist() == named.tolist()
    inside = buildings[buildings["compound"].notna()]
    assert shapely.contains_properly(wall[inside["compound"]].to_numpy(), inside.geometry.to_numpy()).all()


def test_compounds_lie_in_their_community_apart_from_each_other(layers: Layers) -> None:
    compounds = layers["compounds"]
    community = layers["communities"].set_index("code").geometry[compounds["community"]]
    assert shapely.contains_properly(community.to_numpy(), compounds.geometry.to_numpy()).all()
    i, j = shapely.STRtree(compounds.geometry.to_numpy()).query(compounds.geometry.to_numpy(), predicate="intersects")
    assert np.array_equal(i, j)


@pytest.mark.parametrize("kind", list(CARRIAGEWAY_M))
def test_nothing_stands_on_a_street(layers: Layers, kind: str) -> None:
    streets = layers["streets"]
    lines = streets.loc[streets["class"] == kind].geometry.to_numpy()
    assert len(lines)
    for name in ("buildings", "compounds"):
        on, _ = shapely.STRtree(lines).query(shapes(layers, name), predicate="dwithin", distance=CARRIAGEWAY_M[kind])
        assert len(on) == 0


def test_nothing_stands_in_water_or_on_the_railway(layers: Layers) -> None:
    houses = shapes(layers, "buildings")
    assert len(shapely.STRtree(shapes(layers, "water")).query(houses, predicate="intersects")[0]) == 0
    rail = layers["barriers"].query("kind == 'railway'").geometry.to_numpy()
    assert len(shapely.STRtree(rail).query(houses, predicate="dwithin", distance=10.0)[0]) == 0


def test_special_grids_end_on_streets(layers: Layers) -> None:
    lines = np.concatenate([shapes(layers, "streets"), shapes(layers, "barriers")])
    tree = shapely.STRtree(lines)
    for special in layers["grids"].query("kind == 'special'").geometry:
        near = shapely.union_all(lines[tree.query(special, predicate="intersects")])
        assert shapely.difference(special.boundary, shapely.buffer(near, 0.02)).length < 1.0


def test_communities_do_not_reach_across_river_or_railway(layers: Layers) -> None:
    barriers = shapely.union_all(shapes(layers, "barriers"))
    for area in shapes(layers, "communities"):
        assert shapely.intersection(shapely.buffer(area, -0.5), barriers).length == 0


def test_entrances_stand_on_their_compounds_wall(layers: Layers) -> None:
    wall = layers["compounds"].set_index("id").geometry.boundary[layers["entrances"]["compound"]]
    assert (shapely.distance(wall.to_numpy(), shapes(layers, "entrances")) < 0.02).all()
    compounds = layers["compounds"]
    gated = compounds.loc[compounds["gated"], "id"]
    assert set(gated) <= set(layers["entrances"]["compound"])


def test_streets_are_noded_and_nearly_all_connected(layers: Layers) -> None:
    streets = layers["streets"]
    lines = streets.geometry.to_numpy()
    ends = np.concatenate([shapely.get_coordinates(shapely.get_point(lines, k)) for k in (0, -1)])
    nodes, index = np.unique(ends.round(2), axis=0, return_inverse=True)
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    a, b = index.reshape(2, -1)
    part = connected_components(csr_array((np.ones(len(a)), (a, b)), shape=(len(nodes), len(nodes))), directed=False)[1]
    largest = np.bincount(part[a], shapely.length(lines)).argmax()
    assert shapely.length(lines)[part[a] == largest].sum() / shapely.length(lines).sum() > 0.98
    crossing = shapely.STRtree(lines).query(lines, predicate="crosses")
    assert crossing.shape[1] == 0
    assert set(streets["class"]) == {"arterial", "collector", "local", "lane"}
    assert {"英雄路", "府学街", "西门街", "东关街", "鼓楼南街", "胜利街", "汾州路"} <= set(streets["name"])
