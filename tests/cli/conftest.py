"""The command line run in this process, and the sample city's workspace made once."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gridmap.cli import main


@dataclass(frozen=True)
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Ran]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `gridmap …` and return its exit code and what it printed."""

    def run(*words: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["gridmap", *map(str, words)])
        capsys.readouterr()
        code = 0
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return Ran(code, out, err)

    return run


@pytest.fixture(scope="session")
def demo_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the sample city's workspace, redrawn, as `gridmap demo --no-serve` does."""
    path = tmp_path_factory.mktemp("demo") / "fenyang.gpkg"
    words = [sys.executable, "-m", "gridmap", "demo", "--workspace", str(path), "--no-serve"]
    run = subprocess.run(words, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return path


@pytest.fixture
def demo(demo_file: Path, tmp_path: Path) -> Path:
    """Return a copy of the sample city's workspace that the test may change."""
    return Path(shutil.copy(demo_file, tmp_path / "fenyang.gpkg"))
