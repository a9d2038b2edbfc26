"""The application: its routes and its headers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, FastAPI
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gridmap.server import problems
from gridmap.server.described import describe
from gridmap.server.metrics import Metered
from gridmap.server.routes import ROUTERS
from gridmap.server.routes import app as web
from gridmap.server.service import Service
from gridmap.server.who import Principal, needs
from gridmap.settings import DEFAULT, Settings

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=(self)",
    "Cache-Control": "no-store",
}
"""On every answer that does not say otherwise. No CORS header is ever sent: other sites' pages may not read."""


class Guarded:
    """Gives every answer the headers that keep browsers safe."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, with_headers if scope["type"] == "http" else send)


def create_app(
    place: str | Path,
    *,
    settings: Settings = DEFAULT,
    routers: Sequence[APIRouter] = (),
    home: bool = True,
    shared: Path | None = None,
) -> FastAPI:
    """Make the application that serves one workspace: a file, or the postgresql:// address of a database.

    `routers` are asked before the tool's own. `home` serves the web map at /. `shared` is the folder of
    processes that serve together.
    """
    service = Service(place, settings=settings, shared=shared)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        service.close()

    app = FastAPI(
        title="gridmap",
        description="Grids, facilities, duties and matters of a city. Places are longitude, latitude (EPSG:4326).",
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=lifespan,
        responses=problems.PROBLEM,
    )
    app.state.service = service
    problems.install(app)
    for router in (*routers, *ROUTERS):
        app.include_router(router)
    described = APIRouter()

    @described.get("/openapi.json", include_in_schema=False)
    def openapi(_: Annotated[Principal, needs("anyone")]) -> dict[str, Any]:
        return app.openapi()

    app.include_router(described)
    if home:
        app.include_router(web.router)
    describe(app)
    app.add_middleware(Guarded)
    app.add_middleware(Metered, metrics=service.metrics)
    return app
