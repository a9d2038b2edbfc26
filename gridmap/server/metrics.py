"""What is counted: requests by route, method and status, and their time. No address, no query, no name."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

if TYPE_CHECKING:
    from gridmap.server.service import Service

__all__ = ["Metered", "Metrics", "render"]

_LOG = logging.getLogger("gridmap.access")
_BUCKETS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class Metrics:
    """The counters of one application."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        names = ("method", "route", "status")
        self.requests = Counter("gridmap_requests", "Requests answered.", names, registry=self.registry)
        self.seconds = Histogram(
            "gridmap_request_seconds", "Time until a request was answered.", names[:2], buckets=_BUCKETS,
            registry=self.registry,
        )  # fmt: skip
        self.jobs = Gauge("gridmap_jobs", "Jobs that wait or run.", registry=self.registry)


def render(service: Service) -> tuple[bytes, str]:
    """Return the counters as text, and its media type."""
    service.metrics.jobs.set(service.jobs.count())
    return generate_latest(service.metrics.registry), CONTENT_TYPE_LATEST


class Metered:
    """Counts and logs each request by its route's pattern, so that no code, name or place gets into either."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self.app, self.metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begin, status = time.perf_counter(), 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, noted)
        finally:
            taken = time.perf_counter() - begin
            route = getattr(scope.get("route"), "path", "") or "none"
            method = scope["method"] if scope["method"] in _METHODS else "other"
            self.metrics.requests.labels(method, route, str(status)).inc()
            self.metrics.seconds.labels(method, route).observe(taken)
            about = {"method": method, "route": route, "status": status, "ms": round(1000 * taken, 1)}
            _LOG.info("request", extra={"told": about})
