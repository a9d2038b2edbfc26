"""A PostgreSQL with PostGIS for a benchmark, the one that the tests start."""

from __future__ import annotations

import importlib.util
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any


def postgis_server() -> AbstractContextManager[Any]:
    """Run a server for the length of a block; see `tests/databases.py`."""
    path = Path(__file__).parents[1] / "tests" / "databases.py"
    spec = importlib.util.spec_from_file_location("databases", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    running: AbstractContextManager[Any] = module.server()
    return running
