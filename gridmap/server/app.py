"""One page and a health check over HTTP. The map is made once for each state of the workspace's plans."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from fastapi.responses import HTMLResponse, JSONResponse

from gridmap import handles
from gridmap.errors import InputError

HOST = "127.0.0.1"
"""The only address served: there are no accounts yet, so nobody but this machine may look."""

# The page brings its own script and style and asks nobody for anything.
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def create_app(path: Path) -> FastAPI:
    """Make the application that shows one workspace."""
    app = FastAPI(title="gridmap", docs_url=None, redoc_url=None)
    pages: dict[str, str] = {}

    @app.get("/", response_class=HTMLResponse)
    def page() -> HTMLResponse:
        with handles.open(path) as ws:
            state = str(ws.plans())
            if state not in pages:
                pages.clear()
                pages[state] = ws.page()
        return HTMLResponse(pages[state], headers=_HEADERS)

    @app.get("/health")
    def health() -> JSONResponse:
        with handles.open(path) as ws:
            return JSONResponse({"status": "ok", "plans": len(ws.plans())})

    return app


def serve(path: Path, *, port: int, say: Callable[[str], None]) -> None:
    """Serve a workspace's map on this machine until it is stopped."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            raise InputError(
                "port-taken", f"Port {port} of this machine is in use or not allowed.", "Choose another with --port."
            ) from None
    say(f"The map is at http://{HOST}:{port}/ — stop with Ctrl+C.")
    uvicorn.run(create_app(path), host=HOST, port=port, log_level="warning")
