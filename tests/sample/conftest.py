"""The sample city, made once for all of its tests."""

from collections.abc import Mapping

import geopandas as gpd
import pytest

from gridmap import sample


@pytest.fixture(scope="session")
def layers() -> Mapping[str, gpd.GeoDataFrame]:
    """Return the layers of the sample city."""
    return sample.layers()
