"""How the server is started and stopped: the address, the workers, the log, and an end that keeps what was promised."""

from __future__ import annotations

import json
import logging
import os
import socket
import sys
import tempfile
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

__all__ = ["HOST", "require_safe", "serve", "worker"]

HOST = "127.0.0.1"

STOP_S = 8
"""So long may answers that are under way take once the server is told to stop."""

_PLACE, _SHARED = "GRIDMAP_SERVED", "GRIDMAP_SHARED"


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
    return create_app(os.environ[_PLACE], shared=Path(os.environ[_SHARED]))


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
    tls: tuple[Path, Path] | None = None,
    behind_proxy: bool = False,
) -> None:
    """Serve a workspace until it is told to stop; answers that are under way are finished.

    `workers` are processes, `tls` the files of a certificate and its key; `behind_proxy` says that a proxy on this
    machine does TLS. Raises InputError for a port that cannot be had, and for an address that others reach without
    accounts, or without TLS.
    """
    with Workspace.open(place) as ws:  # what cannot be opened is said before anything else
        require_safe(host, accounts=ws.people().any(), tls=tls, behind_proxy=behind_proxy)
    bound = _bound(host, port)
    about: dict[str, Any] = {
        "log_config": None, "log_level": "warning", "access_log": False, "server_header": False,
        "timeout_graceful_shutdown": STOP_S, "lifespan": "on", "proxy_headers": behind_proxy,
    }  # fmt: skip
    if tls is not None:
        about |= {"ssl_certfile": str(tls[0]), "ssl_keyfile": str(tls[1])}
    with bound:
        shown = f"[{host}]" if ":" in host else host
        say(f"The map is at http{'s' if tls else ''}://{shown}:{bound.getsockname()[1]}/ — stop with Ctrl+C.")
        if workers > 1:
            os.environ[_PLACE] = str(place)
            config = uvicorn.Config("gridmap.server.running:worker", factory=True, workers=workers, **about)
            with tempfile.TemporaryDirectory(prefix="gridmap-served-") as shared:
                os.environ[_SHARED] = shared
                Multiprocess(config, [bound]).run()
            return
        if not quiet:
            log_lines()
        _Server(uvicorn.Config(create_app(place), **about)).run(sockets=[bound])


def require_safe(host: str, *, accounts: bool, tls: tuple[Path, Path] | None, behind_proxy: bool) -> None:
    """Refuse to serve whom there is nobody to tell apart by, and passwords that anybody on the way could read."""
    try:
        own = host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        own = False
    if not accounts and (behind_proxy or not own):
        who = "Others reach what is behind a proxy" if behind_proxy else f"Others may reach {host}"
        raise InputError(
            "accounts-missing",
            f"{who}, and there are no accounts.",
            "Make one first: gridmap users add WS NAME --role admin",
        )
    if not own and tls is None and not behind_proxy:
        raise InputError(
            "tls-missing",
            f"What is sent to {host} could be read on its way.",
            "Give --tls-cert and --tls-key, or --behind-proxy where a proxy on this machine does TLS.",
        )
    for file in tls or ():
        if not file.is_file():
            raise InputError("tls-unreadable", f"{file}: there is no such file.", "Name certificate and key as PEM.")


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
