"""What the tests of staff share: a server of a copy of the sample city, and browsers of staff and residents."""

from __future__ import annotations

import importlib.util
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from gridmap import handles
from gridmap.server import create_app
from gridmap.server.routes.app import STATIC
from gridmap.settings import DEFAULT

HERE = {"longitude": 111.788, "latitude": 37.265}
GOOD = "correct horse battery"
ROOT = Path(__file__).parents[1]


def loaded(path: str) -> Any:
    """Return a module of the tests by its path."""
    spec = importlib.util.spec_from_file_location(path.replace("/", "_"), ROOT / path)
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


running = loaded("server/conftest.py").running
_browsers = loaded("browsers.py")
_maps = loaded("maps/conftest.py")


@contextmanager
def site(folder: Path, accounts: dict[str, str] | None = None, *, sample: Path | None = None) -> Iterator[Any]:
    """Serve the sample city, or a copy of one that is there, with an account of each name and role."""
    if not (STATIC / "index.html").exists():
        _browsers.without("The web map has not been built: python hatch_build.py build")
    path = folder / "city.gpkg"
    if sample is None:
        handles.create_sample(path).close()
    else:
        copied(sample, path)
    app = create_app(path, settings=replace(DEFAULT, argon2_rounds=1, argon2_memory_kib=64))
    people = app.state.service.ws.people(app.state.service.settings)
    for name, role in (accounts or {}).items():
        people.add(name, GOOD, role=role)
    with running(path, app) as served:
        yield served


def copied(sample: Path, path: Path) -> Path:
    """Copy a workspace that may be served meanwhile."""
    with sqlite3.connect(sample) as source, sqlite3.connect(path) as target:
        source.backup(target)
    source.close()
    target.close()
    return path


@contextmanager
def chromium(*flags: str) -> Iterator[Any]:
    """Start Chromium with more flags."""
    with _browsers.chromium(*_maps.FLAGS, *flags) as started:
        yield started


@contextmanager
def phone(
    browser: Any, served: Any, address: str = "", *, at: dict[str, float] | None = None, granted: bool = True,
    wide: bool = False, js: bool = True, dropped: bool = False, name: str = "",
) -> Iterator[Any]:  # fmt: skip
    """Open a page as a phone has it (or a desk), at a position; nothing may leave the server, nothing may go wrong.

    `dropped`: the connection is dropped on the way, which the browser calls an error; `name`: who has logged in before.
    """
    size = {"width": 1440, "height": 900} if wide else {"width": 390, "height": 844}
    options: dict[str, Any] = {"viewport": size, "locale": "zh-CN", "has_touch": not wide, "java_script_enabled": js}
    if granted:
        options |= {"permissions": ["geolocation"], "geolocation": at or {**HERE, "accuracy": 15}}
    context = browser.new_context(**options)
    strange, wrong = [], []
    context.on("request", lambda asked: strange.append(asked.url) if _foreign(asked.url, served.url) else None)
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    # Of a dropped connection the map complains for every tile.
    page.on(
        "console",
        lambda said: (
            wrong.append(said.text) if said.type == "error" and not dropped and "status of" not in said.text else None
        ),
    )
    if name:
        answer = context.request.post(f"{served.url}/api/v1/session", data={"name": name, "password": GOOD})
        assert answer.ok, answer.text()
    page.goto(served.url + address)
    yield page
    assert not strange, strange
    assert not wrong, wrong
    context.close()


def _foreign(url: str, own: str) -> bool:
    return url.startswith("http") and not url.startswith(own)


def lift(page: Any, taps: int = 2) -> None:
    """Raise a phone's sheet."""
    for _ in range(taps):
        page.click(".gm-handle")
        page.wait_for_timeout(200)


def enter(page: Any, name: str) -> None:
    """Log in."""
    page.fill("input[autocomplete=username], input[name=name], .gm-login input >> nth=0", name)
    page.fill(".gm-login input[type=password]", GOOD)
    page.click(".gm-login button[type=submit]")
