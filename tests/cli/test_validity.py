"""Layers that hold from a day, and the city as it was: import --valid-from, where --on, export --at."""

import geopandas as gpd
import pytest

from gridmap.store import testing
from gridmap.workspace import Workspace


@pytest.fixture
def town(tmp_path):
    """Return a workspace of the town, and a file of its buildings in which one has another number of households."""
    place, file = tmp_path / "t.gpkg", tmp_path / "buildings.geojson"
    layers = testing.town()
    with Workspace.create(place, profile="cn") as ws:
        for layer in ("communities", "buildings", "grids"):
            ws.import_layer(layer, layers[layer])
    buildings = layers["buildings"].iloc[1:].copy()
    buildings.loc[buildings["id"] == "b001", "households"] = 99
    buildings.to_crs("EPSG:4326").to_file(file)
    return place, file


def test_the_city_of_a_day(run, town, tmp_path):
    place, file = town
    ran = run("import", file, "--into", place, "--layer", "buildings", "--valid-from", "2025-03-01", "--yes", "--json")
    assert ran.code == 0, ran.err
    assert "2 rows changed or vanished; what they were is kept." in ran.json["notes"]
    before, now = tmp_path / "before.gpkg", tmp_path / "now.gpkg"
    assert run("export", place, "--layer", "buildings", "--at", "2025-02-28", "-o", before).code == 0
    assert run("export", place, "--layer", "buildings", "-o", now).code == 0
    before, now = gpd.read_file(before).set_index("id"), gpd.read_file(now).set_index("id")
    assert (len(before), len(now)) == (120, 119)
    assert (before["households"]["b001"], now["households"]["b001"]) == (11, 99)
    frame = Workspace.open(place)
    lon, lat = frame.city().frame.to_lonlat([testing.X0 + 25], [testing.Y0 + 25])
    frame.close()
    spot = f"{lon[0]},{lat[0]}"
    then = run("where", place, "--at", spot, "--on", "2025-02-28", "--json").json
    assert then["building"]["code"] == "b000"
    assert then["grid"]["code"] == "141182001001001"
    assert run("where", place, "--at", spot, "--json").json["building"] is None


@pytest.mark.parametrize("day", ["March", "2999-01-01"])
def test_days_that_are_none_are_refused(run, town, day):
    place, file = town
    words = ["import", file, "--into", place, "--layer", "buildings", "--yes", "--valid-from", day]
    for asked in (words, ["where", place, "--at", "111.788,37.265", "--on", day],
                  ["export", place, "--layer", "green", "--at", day, "-o", file.with_suffix(".csv")]):  # fmt: skip
        ran = run(*asked)
        assert ran.code == 2
        assert day in ran.err
