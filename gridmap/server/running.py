"""How the server is started and stopped: the address, the workers, the log, and an end that keeps what was promised."""

from __future__ import annotations

import json
import logging
import os
import socket
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from types import FrameType
from typing import Any

import uvicorn
from fastapi import FastAPI
from uvicorn.supervisors import Multiprocess

from gridmap.errors import InputError
from gridmap.server.app import create_app
from gridmap.workspace import Workspace

__all__ = ["HOST", "serve", "worker"]

HOST = "127.0.0.1"

STOP_S = 8
"""So long may answers that are under way take once the server is told to stop."""

_PLACE = "GRIDMAP_SERVED"


class _Lines(logging.Formatter):
    """A log line is a JSON object: when, how grave, what, and what the place that logged told of it."""

    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, Any] = getattr(record, "told", {})
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        about = {"at": at, "level": record.levelname.lower(), "log": record.name, "message": record.getMessage()}
        return json.dumps({**about, **told}, ensure_ascii=False)


class _Server(uvicorn.Server):
    """Sends home who listens to streams before it waits for the rest."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        app = self.config.loaded_app if self.config.loaded else None
        hub = getattr(getattr(getattr(_inner(app), "state", None), "service", None), "hub", None)
        if hub is not None:
            hub.stop()
        super().handle_exit(sig, frame)


def _inner(app: Any) -> Any:
    while app is not None and not isinstance(app, FastAPI):
        app = getattr(app, "app", None)
    return app


def worker() -> FastAPI:
    """Make the application of one of several processes."""
    log_lines()
    return create_app(os.environ[_PLACE])


def log_lines() -> None:
    """Write the log of the server to standard error, a JSON object a line. The library that serves logs no requests."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines())
    for name in ("gridmap", "uvicorn", "uvicorn.error"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler] if name != "uvicorn.error" else [], name == "uvicorn.error"
        logger.setLevel(logging.INFO if name == "gridmap" else logging.WARNING)


def serve(
    place: str | Path,
    *,
    say: Callable[[str], None],
    host: str = HOST,
    port: int = 8000,
    workers: int = 1,
    quiet: bool = False,
) -> None:
    """Serve a workspace until it is told to stop; answers that are under way are finished.

    `workers` are processes. Raises InputError for a port that cannot be had, and for an address that others reach.
    """
    _require_own(host)
    Workspace.open(place).close()  # what cannot be opened is said before anything else
    bound = _bound(host, port)
    about: dict[str, Any] = {
        "log_config": None, "log_level": "warning", "access_log": False, "server_header": False,
        "timeout_graceful_shutdown": STOP_S, "lifespan": "on",
    }  # fmt: skip
    with bound:
        shown = f"[{host}]" if ":" in host else host
        say(f"The map is at http://{shown}:{bound.getsockname()[1]}/ — stop with Ctrl+C.")
        if workers > 1:
            os.environ[_PLACE] = str(place)
            config = uvicorn.Config("gridmap.server.running:worker", factory=True, workers=workers, **about)
            Multiprocess(config, [bound]).run()
            return
        if not quiet:
            log_lines()
        _Server(uvicorn.Config(create_app(place), **about)).run(sockets=[bound])


def _require_own(host: str) -> None:
    """Refuse an address that others reach: there is nobody to tell them apart by."""
    try:
        own = host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        own = False
    if not own:
        raise InputError("host-open", f"Others may reach {host}.", "Serve on 127.0.0.1: accounts come first.")


def _bound(host: str, port: int) -> socket.socket:
    """Return a socket of its own protocol: without it small answers wait for the other side's acknowledgement."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((host, port))
    except OSError:
        made.close()
        raise InputError(
            "port-taken", f"Port {port} of this machine is in use or not allowed.", "Choose another with --port."
        ) from None
    return made
