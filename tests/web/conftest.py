"""What the tests of the web map share: a server of the sample city, and Chromium looking at it."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from gridmap import handles
from gridmap.server.routes.app import STATIC

FLAGS = ["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--no-first-run"]
SIZES = {"desk": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}


def _loaded(name: str) -> Any:
    path = Path(__file__).parents[1] / name
    spec = importlib.util.spec_from_file_location(name.replace("/", "_of_tests_"), path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_browsers = _loaded("browsers.py")


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Serve the sample city to tests that only look."""
    if not (STATIC / "index.html").exists():
        _browsers.without("The web map has not been built: python hatch_build.py build")
    path = tmp_path_factory.mktemp("web") / "city.gpkg"
    handles.create_sample(path).close()
    with _loaded("server/conftest.py").running(path) as served:
        yield served


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Start Chromium: the one of GRIDMAP_CHROMIUM, or of the system."""
    with _browsers.chromium(*FLAGS) as started:
        yield started


@pytest.fixture(params=[(size, language) for size in SIZES for language in ("zh", "en")], ids="-".join)
def page(request: pytest.FixtureRequest, site: Any, chromium: Any) -> Iterator[Page]:
    """Open the map on a desk and on a phone, in both languages; nothing may leave the server or go wrong."""
    size, language = request.param
    with opened(chromium, site, f"/?lang={language}", size=size) as made:
        yield made


@contextmanager
def opened(
    browser: Any, served: Any, address: str = "/", *, size: str = "desk", theme: str = "light", scale: float = 1
) -> Iterator[Page]:
    """Open an address of a server; nothing may leave the server, break its policy or go wrong."""
    context = browser.new_context(
        viewport=SIZES[size], service_workers="block", color_scheme=theme, device_scale_factor=scale
    )
    made = context.new_page()
    strange: list[str] = []
    wrong: list[str] = []
    context.on("request", lambda asked: None if _own(asked.url, served.url) else strange.append(asked.url))
    made.on("pageerror", lambda error: wrong.append(str(error)))
    made.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    made.goto(served.url + address)
    ready(made)
    yield made
    assert not strange
    assert not wrong
    context.close()


def ready(page: Page) -> None:
    """Wait until the map has drawn what was asked for."""
    page.wait_for_selector("html[data-ready]", timeout=30_000)


def _own(url: str, own: str) -> bool:
    return url.startswith((own, "data:", "blob:"))
