"""What all tests share: the folder of real inputs, two real towns, both kinds of database, and Hypothesis profiles."""

import base64
import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from hypothesis import HealthCheck, settings

from gridmap.city import City
from gridmap.geo.frames import frame_for, to_frame
from gridmap.rules import profile
from gridmap.store.testing import town
from gridmap.workspace import Workspace

# The counts of `make test`; `make prove` chooses "prove".
settings.register_profile(
    "test", max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "prove", max_examples=2_000, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("GRIDMAP_HYPOTHESIS", "test"))

# A key is made in the user's configuration where none is set: tests, and what they start, must never do that.
os.environ.setdefault("GRIDMAP_KEY", base64.urlsafe_b64encode(b"tests of gridmap, never secret..").decode())

REAL_DATA = os.environ.get("GRIDMAP_REAL_DATA")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect, and so count, tests of `make prove`, and those of real inputs where none are; in CI that fails."""
    if os.environ.get("GRIDMAP_HYPOTHESIS") != "prove":
        long = [item for item in items if item.get_closest_marker("prove")]
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]
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


_SPEC = importlib.util.spec_from_file_location("databases", Path(__file__).with_name("databases.py"))
assert _SPEC is not None
assert _SPEC.loader is not None
_DATABASES: Any = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_DATABASES)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Any]:
    """Run a PostgreSQL with PostGIS for the whole run."""
    with _DATABASES.server() as running:
        yield running


@pytest.fixture(scope="session", params=["geopackage", "postgis"])
def databases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return what makes workspaces of each kind: `fresh()` and `copy(place)` give places."""
    running = request.getfixturevalue("postgres") if request.param == "postgis" else None
    return _DATABASES.Databases(request.param, tmp_path_factory.mktemp("databases"), running)


@pytest.fixture(scope="session")
def small_town(databases: Any) -> Any:
    """Make a workspace of each kind with a small town and its grids once; to be copied."""
    place = databases.fresh()
    with Workspace.create(place, name="汾阳") as made:
        for layer in ("communities", "buildings", "streets", "grids"):
            made.import_layer(layer, town()[layer])
    return place


@pytest.fixture(scope="session")
def drawn_town(databases: Any, small_town: Any) -> Any:
    """Make a copy of it with a plan to edit, `drawn`, once; to be copied."""
    place = databases.copy(small_town)
    with Workspace.open(place) as made:
        made.save_plan(made.plan("imported"), "drawn")
    return place


@pytest.fixture(scope="session")
def contents() -> Any:
    """Return the function that tells all that a workspace holds."""
    return _DATABASES.contents
