"""Every route of an application: the rights that it asks for, a request that it understands, whether it is reached."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

from fastapi import Response

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


REACHED = 299
"""The status of a route that was reached, where `only_reached` has taken the place of what it does."""


def only_reached(app: Any) -> None:
    """Let every route of an application say that it was reached, and do nothing else."""
    for one in _served(app.routes):
        one.dependant.call = _entered_async if inspect.iscoroutinefunction(one.endpoint) else _entered


def _served(candidates: Any) -> Iterator[Any]:
    """Yield what answers: for a router that is part of the application, its routes as they are there."""
    for one in candidates:
        if hasattr(one, "effective_candidates"):
            yield from _served(one.effective_candidates())
        else:
            yield one


def _entered(**_: Any) -> Response:
    return Response(status_code=REACHED)


async def _entered_async(**_: Any) -> Response:
    return Response(status_code=REACHED)


_SAYING = {"bbox": "111,37,112,38", "layer": "green", "id": "1"}
"""What a text has to be where not every text will do."""


def request(document: dict[str, Any], path: str, method: str) -> tuple[str, dict[str, Any]]:
    """Return a path and options of a request that a route understands, by the definition of the API."""
    about = document["paths"].get(path, {}).get(method.lower(), {})
    query: dict[str, Any] = {}
    for one in about.get("parameters", ()):
        value = _value(document, one["schema"], one["name"])
        if one["in"] == "path":
            path = path.replace(f"{{{one['name']}}}", str(value))
        elif one["in"] == "query" and one.get("required"):
            query[one["name"]] = value
    body = about.get("requestBody", {}).get("content", {}).get("application/json")
    return path, {"params": query, **({} if body is None else {"json": _value(document, body["schema"])})}


def _value(document: dict[str, Any], schema: dict[str, Any], name: str = "") -> Any:
    """Return a value of a schema: its least one, with what is required."""
    if "$ref" in schema:
        return _value(document, document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]], name)
    if schema.get("examples"):
        return schema["examples"][0]
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return _value(document, schema[choice][0], name)
    if "enum" in schema or "const" in schema:
        return schema["const"] if "const" in schema else schema["enum"][0]
    kind = schema.get("type")
    if kind == "object":
        return {one: _value(document, schema["properties"][one], one) for one in schema.get("required", ())}
    if kind == "array":
        return [_value(document, schema["items"], name)] * schema.get("minItems", 0)
    if kind in ("integer", "number"):
        return schema.get("minimum", 1)
    return True if kind == "boolean" else _SAYING.get(name, "x" * max(1, schema.get("minLength", 1)))
