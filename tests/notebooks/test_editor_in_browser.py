"""The editor where planners use it: JupyterLab, Notebook and marimo, each a real server, in headless Chromium.

A compound is dragged to another grid with the mouse, and the next cell reads the plan. Nothing leaves this machine.
"""

import importlib.util
import math
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from gridmap.plan import Plan

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
COMMUNITY = "141182003008"
FLAGS = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--no-first-run"]
WAIT_MS = 120_000
expect.set_options(timeout=WAIT_MS)


def _loaded(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, ROOT / "tests" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with _loaded("browsers").chromium(*FLAGS) as started:
        yield started


@pytest.fixture
def page(chromium) -> Iterator[Page]:
    """Open a page that may ask this machine alone."""
    opened = chromium.new_context(viewport={"width": 1440, "height": 1000}).new_page()
    asked: list[str] = []
    opened.on("request", lambda request: asked.append(request.url))
    opened.set_default_timeout(WAIT_MS)
    yield opened
    opened.context.close()
    here = ("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:")
    assert not [url for url in asked if not url.startswith(here)]


@contextmanager
def serving(command: list[str], environment: dict[str, str], folder: Path, path: str) -> Iterator[str]:
    """Run a server, `{port}` in its command filled in, until it answers at a path; return its address."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
    log = (folder / "server.log").open("w")
    told = [sys.executable, *(part.format(port=port) for part in command)]
    server = subprocess.Popen(told, cwd=folder, env=environment, stdout=log, stderr=log)
    try:
        for _ in range(600):
            assert server.poll() is None, (folder / "server.log").read_text()
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5).close()
                break
            except OSError:
                time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(30)
        log.close()


@pytest.fixture(scope="module")
def jupyter(kernels, tmp_path_factory) -> Iterator[str]:
    """Serve notebook 04 to JupyterLab and to Notebook 7."""
    folder = tmp_path_factory.mktemp("jupyter")
    for name in ("lab", "notebook"):
        shutil.copy(ROOT / "notebooks" / "04_edit_by_hand.ipynb", folder / f"{name}.ipynb")
    quiet = ["--LabApp.news_url=", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]
    command = [
        "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1", "--port={port}",
        "--IdentityProvider.token=", f"--ServerApp.root_dir={folder}", *quiet,
    ]  # fmt: skip
    with serving(command, kernels.environment, folder, "/api") as address:
        yield address


def widget(page: Page) -> Locator:
    """Return the editor, drawn."""
    shown = page.locator(".gm-widget[data-ready]").first
    shown.wait_for()
    shown.scroll_into_view_if_needed()
    return shown


def pixel(shown: Locator, lon: float, lat: float) -> tuple[float, float]:
    """Return where a place is on the page."""
    zoom, south, west = map(float, str(shown.get_attribute("data-view")).split("/"))
    box = shown.locator(".gm-map").bounding_box()
    assert box is not None

    def world(lon: float, lat: float) -> tuple[float, float]:
        size = 512 * 2**zoom
        up = math.log(math.tan(math.pi / 4 + math.radians(lat) / 2))
        return (lon + 180) / 360 * size, (1 - up / math.pi) / 2 * size

    (x, y), (at_x, at_y) = world(lon, lat), world(west, south)
    return box["x"] + box["width"] / 2 + x - at_x, box["y"] + box["height"] / 2 + y - at_y


def neighbours(plan: Plan) -> tuple[str, str, tuple[float, float], tuple[float, float]]:
    """Return a compound, a grid of its community beside it, and a place in either (degrees).

    All of the compound is in one grid, which has more than it.
    """
    fabric, of = plan.fabric, plan.grid_of
    rows = np.flatnonzero(fabric.community[fabric.i] == list(fabric.community_codes).index(COMMUNITY))
    for one, other in zip(fabric.i[rows].tolist(), fabric.j[rows].tolist(), strict=True):
        compound = int(fabric.compound[one])
        inside = np.flatnonzero(fabric.compound == compound)
        grid = plan.grids[of[other]]
        fixed = fabric.special[one] >= 0 or fabric.special[other] >= 0
        if compound < 0 or fixed or of[one] == of[other] or len({*of[inside].tolist()}) > 1:
            continue
        if (of == of[one]).sum() > len(inside):
            lon, lat = fabric.frame.to_lonlat(fabric.x[[one, other]], fabric.y[[one, other]])
            return str(fabric.compound_ids[compound]), grid.id, (lon[0], lat[0]), (lon[1], lat[1])
    raise AssertionError("no compound borders on another grid")


def drag_compound(page: Page, shown: Locator, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Take up the compound at a place and let it go at another."""
    shown.get_by_role("button", name="Carry a compound").click()
    page.mouse.move(*pixel(shown, *start))
    page.mouse.down()
    page.mouse.move(*pixel(shown, *end), steps=8)
    shown.locator("[data-testid=cursor]").wait_for()
    page.mouse.up()
    asked = shown.get_by_role("button", name="Keep")
    saved = shown.locator("[data-testid=saved][data-pending='0']:not([data-revision='0'])")
    expect(asked.or_(saved).first).to_be_visible()
    if asked.is_visible():
        asked.click()
    saved.wait_for(state="attached")


def grids_of(plan: Plan, compound: str) -> str:
    """Say in which grids the buildings of a compound are, as a cell of a notebook does."""
    held = plan.fabric.compound == list(plan.fabric.compound_ids).index(compound)
    return " ".join(sorted({plan.grids[one].id for one in plan.grid_of[held].tolist()}))


def asking(compound: str, plan: str) -> str:
    """Return the code of a cell that says it."""
    return (
        f"value = {plan}.value; held = value.fabric.compound == list(value.fabric.compound_ids).index('{compound}'); "
        "print('in', *sorted({value.grids[one].id for one in value.grid_of[held].tolist()}), 'now')"
    )


def run(page: Page, number: int, code: str = "") -> None:
    """Run the code cell of a number, with other code in it if given."""
    page.locator(".jp-CodeCell").nth(number).locator(".cm-content").click()
    if code:
        page.keyboard.press("Control+A")
        page.keyboard.insert_text(code)
    page.keyboard.press("Shift+Enter")


def printed(page: Page, number: int) -> Locator:
    return page.locator(".jp-CodeCell").nth(number).locator(".jp-OutputArea-output")


def dragged(page: Page, plan: Plan) -> Locator:
    """Open the editor of notebook 04, drag a compound, read the plan below; undo it there and look at the editor."""
    compound, grid, start, end = neighbours(plan)
    before = grids_of(plan, compound)
    assert before != grid
    for number in range(3):
        run(page, number)
    shown = widget(page)
    drag_compound(page, shown, start, end)
    run(page, 3, asking(compound, "editor.plan"))
    expect(printed(page, 3)).to_contain_text(f"in {grid} now")
    revision = shown.locator("[data-testid=saved]")
    expect(revision).to_have_attribute("data-revision", "1")
    run(page, 4, "editor.undo(); " + asking(compound, "editor.plan"))
    expect(printed(page, 4)).to_contain_text(f"in {before} now")
    expect(revision).to_have_attribute("data-revision", "2")
    return shown


def test_a_compound_is_dragged_in_jupyterlab(jupyter, page, ws, kernels) -> None:
    page.goto(f"{jupyter}/lab/tree/lab.ipynb?reset")
    page.locator(".jp-NotebookPanel .jp-CodeCell").first.wait_for()
    dragged(page, ws.current_plan().redraw(seed=1, communities=[COMMUNITY]).value)
    assert not kernels.asked


@pytest.mark.prove
def test_a_compound_is_dragged_in_notebook_7(jupyter, page, ws, kernels) -> None:
    page.goto(f"{jupyter}/notebooks/notebook.ipynb")
    page.locator(".jp-NotebookPanel .jp-CodeCell").first.wait_for()
    dragged(page, ws.current_plan().redraw(seed=1, communities=[COMMUNITY]).value)
    assert not kernels.asked


MARIMO = """
import marimo
app = marimo.App()


@app.cell
def _():
    import os
    import marimo as mo
    import gridmap
    from gridmap.notebook import Editor
    ws = gridmap.open(os.environ["GRIDMAP_NOTEBOOK_SAMPLE"])
    editor = mo.ui.anywidget(Editor(ws.current_plan()))
    editor
    return editor, mo


@app.cell
def _(editor, mo):
    editor.value
    mo.md(READ)
    return


if __name__ == "__main__":
    app.run()
"""


@pytest.mark.prove
def test_a_compound_is_dragged_in_marimo(kernels, page, ws, tmp_path) -> None:
    plan = ws.current_plan().value
    compound, grid, start, end = neighbours(plan)
    read = (
        "'in ' + ' '.join(sorted({editor.plan.value.grids[one].id for one in editor.plan.value.grid_of["
        f"editor.plan.value.fabric.compound == {list(plan.fabric.compound_ids).index(compound)}]"
        ".tolist()})) + ' now'"
    )
    (tmp_path / "hand.py").write_text(MARIMO.replace("READ", read), "utf-8")
    command = ["-m", "marimo", "run", "hand.py", "--headless", "--no-token", "--host=127.0.0.1", "--port={port}"]
    with serving(command, kernels.environment, tmp_path, "/health") as address:
        page.goto(address)
        expect(page.get_by_text(f"in {grids_of(plan, compound)} now")).to_be_visible()
        drag_compound(page, widget(page), start, end)
        expect(page.get_by_text(f"in {grid} now")).to_be_visible()
    assert not kernels.asked
