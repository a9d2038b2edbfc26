"""One Playwright a process: its synchronous interface refuses to be started twice."""

from __future__ import annotations

from typing import Any

import playwright.sync_api as api


def one_playwright() -> Any:
    """Return the Playwright of this process, started when it is first asked for."""
    started = getattr(api, "of_this_process", None)
    if started is None:
        started = api.sync_playwright().start()
        setattr(api, "of_this_process", started)  # noqa: B010 - the module is the one thing that all copies of this file share
    return started
