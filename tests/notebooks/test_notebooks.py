"""Every notebook runs from a clean kernel, without outputs in the repository and without asking the network.

Its figures are those that verbs give.
"""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from gridmap.handles import WorkspaceHandle

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
_FOREIGN = re.compile(r"""(?:\bsrc|\bhref)=["']?(?:https?:)?//|url\(["']?(?:https?:)?//|@import""")


@contextmanager
def environment(values: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def executed(path: Path, kernels) -> list[nbformat.NotebookNode]:
    """Run a notebook and return its outputs. Its files go to a folder of the tests, and it has no network."""
    notebook = nbformat.read(path, as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells), "commit notebooks without outputs"
    with environment(kernels.environment):
        NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(path.parent)}}).execute()
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]


def redrawn(ws: WorkspaceHandle) -> list[str]:
    totals = ws.current_plan().redraw(seed=1).balance().totals
    assert totals["in_range"] == totals["grids"]
    return [f"{totals['in_range']} of {totals['grids']}"]


def own_files(ws: WorkspaceHandle) -> list[str]:
    city = ws.city
    assert ws.city.frame.epsg == 4546
    return [f"EPSG:{city.frame.epsg}", "gcj02", f"rows={len(city.buildings)}", f"rows={len(city.communities)}"]


def frontier(ws: WorkspaceHandle) -> list[str]:
    table = ws.current_plan().balance().table
    ours = table[(table["community"] == "141182003008") & (table["kind"] == "resident")]
    # What its text says of the community.
    assert (len(ours), int((ours["status"] != "in_range").sum())) == (15, 5)
    return ["中华街社区", "可选方案", "变更户数", "变更网格"]


def by_hand(ws: WorkspaceHandle) -> list[str]:
    names = set(ws.current_plan().grids["grid"])
    assert not any("~" in name for name in names)
    return ["undo", "redo", "~new"]


def covered(ws: WorkspaceHandle) -> list[str]:
    # Counted from the distances of every building, which test_coverage compares with networkx.
    value = ws.coverage("canteen", minutes=15).value
    near = value.dist_m <= value.limit.limit_m
    at, total = int(value.ground.households[near].sum()), int(value.ground.households.sum())
    site = ws.site("canteen", add=2, minutes=15)
    assert site.value.before == at
    return [f"{at:,} of {total:,}", f"{at:,} → {site.value.after:,}", *site.steps["name"]]


def staffed(ws: WorkspaceHandle) -> list[str]:
    people = ws.city.buildings["residents"].sum()
    workers = ws.accounts.vacancies("grid_worker")
    grids = len(ws.current_plan().grids)
    assert (grids, workers.places, workers.short) == (300, 300, 300 - workers.holders)
    return [str(workers.holders), str(round(people * 18 / 10_000)), "专职网格员", "households_kept"]


def in_force(ws: WorkspaceHandle) -> list[str]:
    before = ws.current_plan()
    moved = before.redraw(seed=1).compare(before).totals["households_moved"]
    return [*redrawn(ws), "filed", "in_force", f"{moved:,}"]


# What each shows on the sample city, asked anew.
SHOWN: dict[str, Callable[[WorkspaceHandle], list[str]]] = {
    "01_first_look": redrawn,
    "02_your_own_files": own_files,
    "03_redraw_and_choose": frontier,
    "04_edit_by_hand": by_hand,
    "05_coverage_and_sites": covered,
    "06_staffing_and_liaison": staffed,
    "07_draft_to_in_force": in_force,
}


def test_there_are_notebooks():
    assert [path.stem for path in NOTEBOOKS] == list(SHOWN)


def test_what_asks_the_network_fails_and_is_noted(kernels, tmp_path):
    noted = tmp_path / "asked.txt"
    for line in ("import socket; socket.create_connection(('192.0.2.1', 80), 1)",
                 "import urllib.request; urllib.request.urlopen('http://tiles.example/1')"):  # fmt: skip
        environment = kernels.environment | {"GRIDMAP_ASKED": str(noted)}
        done = subprocess.run([sys.executable, "-c", line], env=environment, capture_output=True, text=True)
        assert "a notebook asked the network" in done.stderr
    assert [line.split()[1] for line in noted.read_text("utf-8").splitlines()] == ["192.0.2.1", "tiles.example"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook(path, kernels, ws):
    outputs = executed(path, kernels)
    assert not kernels.asked
    assert not [output for output in outputs if output.output_type in ("error", "stream")]
    data = [output.get("data", {}) for output in outputs]
    shown = "".join(str(one.get("text/html", "")) + str(one.get("text/plain", "")) for one in data)
    assert not [text for text in SHOWN[path.stem](ws) if text not in shown]
    assert max(len(str(one.get("text/plain", ""))) for one in data) < 10_000, "a repr that tells everything"
    assert any("image/png" in one for one in data), "a notebook without a picture"
    cards = "".join(str(one["text/html"]) for one in data if "gridmap-card" in str(one.get("text/html", "")))
    assert "<script" not in cards
    assert not _FOREIGN.search(cards)
