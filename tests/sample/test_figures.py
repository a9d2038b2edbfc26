"""The published figures, exactly; and what they stand on."""

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pytest

from gridmap.city.schema import LAYERS
from gridmap.sample.figures import PUBLISHED, published_figures

Layers = Mapping[str, gpd.GeoDataFrame]


@pytest.mark.parametrize("name", list(PUBLISHED))
def test_the_published_figure_is_exact(layers: Layers, name: str) -> None:
    assert published_figures(layers)[name] == PUBLISHED[name]


def test_every_figure_counted_is_published(layers: Layers) -> None:
    assert list(published_figures(layers)) == list(PUBLISHED)


def test_sizes_are_those_of_the_issue(layers: Layers) -> None:
    buildings = layers["buildings"]
    assert 5_000 <= len(buildings) <= 9_000
    assert buildings["households"].sum() == 107_000
    assert 72_000 <= buildings["resident_households"].sum() <= 77_000
    assert set(buildings["households_basis"]) == {"dwelling"}
    assert buildings["households_as_of"].nunique() == buildings["resident_households_as_of"].nunique() == 1
    assert set(buildings["households_as_of"]) != set(buildings["resident_households_as_of"])


def test_layers_have_the_columns_of_the_schema(layers: Layers) -> None:
    assert set(layers) == set(LAYERS)
    for name, gdf in layers.items():
        assert tuple(gdf.columns) == (*LAYERS[name].names, "geometry")
        assert gdf[LAYERS[name].key].is_unique
        assert gdf.crs.to_epsg() == 4546
        for field in LAYERS[name].fields:
            assert not (field.required and gdf[field.name].isna().any())


def test_people_add_up(layers: Layers) -> None:
    b = layers["buildings"]
    assert (b["resident_households"] <= b["households"]).all()
    assert ((b["residents"] > 0) <= (b["resident_households"] > 0)).all()
    assert (b["elders_80"] <= b["elders_60"]).all()
    assert (b["elders_60"] + b["children"] <= b["residents"]).all()
    assert (b.loc[~b["use"].isin(["residential", "mixed"]), "residents"] == 0).all()
    assert 2.5 < b["residents"].sum() / b["resident_households"].sum() < 3.0
    assert 0.15 < b["elders_60"].sum() / b["residents"].sum() < 0.25


def test_names_and_addresses(layers: Layers) -> None:
    compounds, buildings = layers["compounds"], layers["buildings"]
    assert compounds["name"].is_unique
    assert {"府学苑", "汾酒家园"} <= set(compounds["name"])
    assert buildings["name"].ne("").all()
    assert buildings["address"].str.contains(r"\d+号").all()
    inside = buildings[buildings["compound"].notna()]
    assert not inside.duplicated(["compound", "name"]).any()


def test_each_compound_is_renovated_whole_and_old(layers: Layers) -> None:
    old = layers["compounds"]["renovation"].notna()
    assert layers["compounds"].loc[old, "built_year"].max() < 2000
    assert layers["compounds"].loc[~old, "built_year"].max() > 2015


def test_stations_serve_by_relation(layers: Layers) -> None:
    stations = layers["facilities"].query("kind == 'service_station'")
    served = [compound for text in stations["serves"] for compound in text.split(";")]
    assert len(served) == len(set(served)) == 224
    home = layers["compounds"].set_index("id")["community"]
    for _, station in stations.iterrows():
        assert {home[compound] for compound in station["serves"].split(";")} == {station["community"]}


def test_facilities_are_complete_and_obviously_fictitious(layers: Layers) -> None:
    facilities = layers["facilities"]
    assert {"school", "clinic", "elder_home", "playground", "park"} <= set(facilities["kind"])
    assert facilities["phone"].str.fullmatch(r"0358-000\d{4}").all()
    assert set(facilities["status"]) == {"open", "planned", "building", "closed"}
    assert facilities["capacity"].dropna().gt(0).all()
    assert set(facilities.geom_type) == {"Point", "MultiPoint"}
    assert facilities.query("kind == 'care_class'")["community"].nunique() == 32
    assert facilities["address"].str.len().gt(2).all()


def test_special_grids_have_no_dwellings_and_present_grids_need_redrawing(layers: Layers) -> None:
    grids, buildings = layers["grids"], layers["buildings"]
    inside = gpd.sjoin(buildings.set_geometry(buildings.representative_point()), grids, predicate="within")
    assert len(inside) == len(buildings)
    households = inside.groupby("code")["households"].sum().reindex(grids["code"], fill_value=0).to_numpy(np.int64)
    special = grids["kind"].eq("special").to_numpy()
    assert (households[special] == 0).all()
    resident = households[~special]
    assert 0.55 <= ((resident >= 300) & (resident <= 500)).mean() <= 0.65
    assert resident.min() >= 90
    assert resident.max() <= 1_100


def test_every_community_can_be_divided_into_its_number_of_grids(layers: Layers) -> None:
    resident = layers["grids"].query("kind == 'resident'").groupby("community").size()
    dwellings = layers["buildings"].groupby("community")["households"].sum()
    assert resident.sum() == 292
    assert (dwellings >= 315 * resident).all()
    assert (dwellings <= 470 * resident).all()
    assert dwellings.between(1_500, 6_000).all()


def test_few_compounds_are_larger_than_a_grid_may_be(layers: Layers) -> None:
    size = layers["buildings"].groupby("compound")["households"].sum()
    assert 6 <= (size > 500).sum() <= 12
    assert size.max() <= 900
    assert size.min() >= 24
