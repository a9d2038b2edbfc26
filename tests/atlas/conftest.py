"""The sample city's workspace, made once, and what is drawn from it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from gridmap import atlas, handles
from gridmap.atlas import Notice, Scene, Surroundings
from gridmap.handles import PlanHandle, WorkspaceHandle

DAY = dt.date(2026, 3, 1)


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> WorkspaceHandle:
    """Return the workspace of the sample city: its present grids in force, and a redrawn community as a draft."""
    ws = handles.create_sample(tmp_path_factory.mktemp("atlas") / "fenyang.gpkg")
    ws.current_plan().redraw(seed=1, communities=["141182001001"]).save("redrawn")
    return ws


@pytest.fixture(scope="session")
def scene_of(sample: WorkspaceHandle):
    """Return the function that makes a plan ready to be drawn."""
    contacts = atlas.posted(sample.accounts.duties(on=DAY))

    def made(plan: PlanHandle, notice: Notice | None = None) -> Scene:
        return atlas.scene(
            sample.city,
            plan.value,
            plan.balance().released,
            contacts,
            notice or Notice(DAY, supervision="0358-7220000"),
        )

    return made


@pytest.fixture(scope="session")
def present(sample: WorkspaceHandle, scene_of) -> Scene:
    """Return the present plan of the sample city."""
    return scene_of(sample.current_plan())


@pytest.fixture(scope="session")
def surroundings(present: Scene) -> Surroundings:
    """Return all that the present grids can follow."""
    return Surroundings(present)


@pytest.fixture
def pdf(tmp_path: Path) -> Path:
    """Return where a PDF goes."""
    return tmp_path / "atlas.pdf"
