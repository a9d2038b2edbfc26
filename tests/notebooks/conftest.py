"""What the tests of notebooks share: the sample city made once, and kernels that cannot ask the network."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import gridmap
from gridmap.handles import WorkspaceHandle

ROOT = Path(__file__).parents[2]
# Run when a kernel starts: the sample city is the same every time, so it is made once and copied.
_COPIED = """
import os as _os, shutil as _shutil
import gridmap as _gridmap

def _copied(path, **_):
    _shutil.copyfile(_os.environ["GRIDMAP_NOTEBOOK_SAMPLE"], path)
    return _gridmap.open(path)

_gridmap.create_sample = _copied
"""


@dataclass(frozen=True)
class Kernels:
    """The environment of kernels that a test starts, and what they asked the network for."""

    environment: dict[str, str]
    _asked: Path

    @property
    def asked(self) -> str:
        return self._asked.read_text("utf-8") if self._asked.exists() else ""


@pytest.fixture(scope="session")
def sample(tmp_path_factory) -> Path:
    """Make the sample city once."""
    path = tmp_path_factory.mktemp("notebooks") / "fenyang.gpkg"
    gridmap.create_sample(path).close()
    return path


@pytest.fixture
def ws(sample, tmp_path) -> Iterator[WorkspaceHandle]:
    """Open a copy of the sample city, to ask it what a notebook asks."""
    shutil.copyfile(sample, tmp_path / "asked.gpkg")
    with gridmap.open(tmp_path / "asked.gpkg") as opened:
        yield opened


@pytest.fixture(scope="session")
def kernels(sample, tmp_path_factory) -> Kernels:
    """Say how kernels start: on a copy of the sample city, without the network, their files in a folder of the test."""
    home = tmp_path_factory.mktemp("kernels")
    startup = home / "ipython" / "profile_default" / "startup"
    startup.mkdir(parents=True)
    (startup / "00-sample.py").write_text(_COPIED, "utf-8")
    for name in ("jupyter", "tmp"):
        (home / name).mkdir()
    paths = filter(None, (str(Path(__file__).parent / "kernel"), str(ROOT), os.environ.get("PYTHONPATH", "")))
    changed = {
        "GRIDMAP_NOTEBOOK_SAMPLE": str(sample),
        "GRIDMAP_ASKED": str(home / "asked.txt"),
        "PYTHONPATH": os.pathsep.join(paths),
        "IPYTHONDIR": str(home / "ipython"),
        "JUPYTER_CONFIG_DIR": str(home / "jupyter"),
        "JUPYTER_DATA_DIR": str(home / "jupyter"),
        "JUPYTER_RUNTIME_DIR": str(home / "jupyter"),
        "TMPDIR": str(home / "tmp"),
        "HOME": str(home),
    }
    return Kernels({**os.environ, **changed}, home / "asked.txt")
