"""What all tests share: the folder of real inputs, two real towns, and Hypothesis profiles."""

import os
from pathlib import Path

import geopandas as gpd
import pytest
from hypothesis import HealthCheck, settings

from gridmap.city import City
from gridmap.geo.frames import frame_for, to_frame
from gridmap.rules import profile

# The counts of `make test`; `make prove` chooses "prove".
settings.register_profile(
    "test", max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "prove", max_examples=2_000, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("GRIDMAP_HYPOTHESIS", "test"))

REAL_DATA = os.environ.get("GRIDMAP_REAL_DATA")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect, and so count, the tests that need real inputs where there are none; in CI their absence fails."""
    if REAL_DATA:
        return
    wanting = [item for item in items if item.get_closest_marker("real_data")]
    if wanting and os.environ.get("CI"):
        raise pytest.UsageError(f"{len(wanting)} tests need GRIDMAP_REAL_DATA, which is not set.")
    if wanting:
        config.hook.pytest_deselected(items=wanting)
        items[:] = [item for item in items if item not in wanting]


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Return the folder of real inputs."""
    assert REAL_DATA, "mark the test with real_data"
    return Path(REAL_DATA).resolve()


_OURS = {
    "singapore_toapayoh_punggol.gpkg": {
        "communities": {"SUBZONE_C": "code", "SUBZONE_N": "name"},
        "buildings": {"block_id": "id", "total_dwelling_units": "households"},
    },
    "olemps.gpkg": {
        "communities": {"INSEE_COM": "code", "NOM": "name"},
        "buildings": {"ID": "id", "NB_LOGTS": "households"},
    },
}


@pytest.fixture(params=sorted(_OURS))
def real_city(real_data: Path, request: pytest.FixtureRequest) -> City:
    """Return each of two real towns: points on un-noded streets, and outlines with unknown dwellings."""
    path, ours = real_data / request.param, _OURS[request.param]
    layers = {
        name: gpd.read_file(path, layer=name).rename(columns=ours.get(name, {}))
        for name in ("communities", "buildings", "streets")
    }
    layers["streets"]["id"] = [f"s{row}" for row in range(len(layers["streets"]))]
    frame = frame_for(layers["communities"])
    placed = {name: to_frame(layer, frame) for name, layer in layers.items()}
    return City.build(placed, frame=frame, profile=profile("opaque"))
