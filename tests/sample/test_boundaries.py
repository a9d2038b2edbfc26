"""The committed boundary files are what the sample makes."""

import json
from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from gridmap.sample.boundaries import LAYERS, collection, text

FOLDER = Path(__file__).parents[2] / "boundaries"
TOLERANCE_DEG = 1e-7 * 1.01  # the last decimal may differ between machines


@pytest.mark.parametrize("layer", list(LAYERS))
def test_the_committed_file_is_not_stale(layers: Mapping[str, gpd.GeoDataFrame], layer: str) -> None:
    committed = json.loads((FOLDER / f"{layer}.geojson").read_text("utf-8"))
    made = json.loads(text(collection(layer, layers[layer])))
    assert {**committed, "features": None} == {**made, "features": None}
    assert len(committed["features"]) == len(made["features"])
    for there, here in zip(committed["features"], made["features"], strict=True):
        assert there["properties"] == here["properties"]
        left, right = (shapely.from_geojson(json.dumps(one["geometry"])) for one in (there, here))
        assert shapely.equals_exact(left, right, tolerance=TOLERANCE_DEG)


@pytest.mark.parametrize("layer", list(LAYERS))
def test_the_file_says_that_it_is_fictitious_and_opens(layer: str) -> None:
    path = FOLDER / f"{layer}.geojson"
    assert "虚构示例" in json.loads(path.read_text("utf-8"))["note"]
    gdf = gpd.read_file(path)
    assert gdf.crs.to_epsg() == 4326
    assert gdf.geometry.is_valid.all()
    west, south, east, north = gdf.total_bounds
    assert 111.74 < west < east < 111.84
    assert 37.23 < south < north < 37.31
    assert path.stat().st_size < 400_000


def test_the_dictionary_names_every_column() -> None:
    told = (FOLDER / "README.md").read_text("utf-8")
    for columns in LAYERS.values():
        for column in columns:
            assert f"`{column}`" in told
