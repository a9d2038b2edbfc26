"""What all tests share: the folder of real inputs, and Hypothesis profiles."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

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
