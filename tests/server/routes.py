"""Every route of an application, with the rights that it asks for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gridmap.server.who import right_of


def routes(app: Any) -> Iterator[Any]:
    """Yield the routes of an application, those of its routers too."""
    for route in getattr(app, "routes", app):
        nested = getattr(getattr(route, "original_router", None), "routes", None)
        if nested is not None:
            yield from routes(nested)
        elif hasattr(route, "dependant"):
            yield route
        else:
            raise AssertionError(f"{route} answers and asks for no right")


def rights(route: Any) -> set[str]:
    """Return the rights that a route asks for."""
    found, waiting = set(), [route.dependant]
    while waiting:
        one = waiting.pop()
        waiting += one.dependencies
        if (right := right_of(one.call)) is not None:
            found.add(right)
    return found
