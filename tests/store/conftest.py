"""What the tests of the store share: the made-up town, and a path whose name needs quoting."""

from pathlib import Path

import geopandas as gpd
import pytest

from gridmap.store import testing


@pytest.fixture
def town() -> dict[str, gpd.GeoDataFrame]:
    """Return the town's layers by name."""
    return testing.town()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where a workspace may be made. The name needs quoting in a URI."""
    return tmp_path / "汾阳 100%?#.gpkg"
