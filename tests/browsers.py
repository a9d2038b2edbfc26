"""Chromium for tests: one Playwright a process, since its synchronous interface refuses to be started twice."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import playwright.sync_api as api
import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")


def chromium_path() -> str | None:
    """Return the Chromium of GRIDMAP_CHROMIUM, or of the system; None if there is none."""
    return os.environ.get("GRIDMAP_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


def without(message: str) -> None:
    """Skip a test for want of something; in CI that is a failure."""
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


@contextmanager
def chromium(*flags: str) -> Iterator[Any]:
    """Start Chromium with some flags."""
    path = chromium_path()
    if path is None:
        without("Chromium is not installed: apt-get install chromium, or set GRIDMAP_CHROMIUM.")
    started = _playwright().chromium.launch(executable_path=path, args=list(flags))
    yield started
    started.close()


def _playwright() -> Any:
    started = getattr(api, "of_this_process", None)
    if started is None:
        started = api.sync_playwright().start()
        setattr(api, "of_this_process", started)  # noqa: B010 - the one module that all copies of this file share
    return started
