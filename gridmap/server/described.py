"""The definition of the API with what its routes answer: a schema and an example each, as of the sample city.

Answers are written as they are made, without a model in between, so their schemas stand beside the routes, in
`answers.json`. A test asks every route and holds its answer against them; the same test writes them anew.
"""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.resources import files
from typing import Any

from fastapi import FastAPI

__all__ = ["ANSWERS", "describe", "known_answers", "schema_of"]

ANSWERS = "answers.json"


@lru_cache(maxsize=1)
def known_answers() -> dict[str, dict[str, Any]]:
    """Return of each route, such as `GET /api/v1/city`, its media type, the schema of its answer and an example."""
    made: dict[str, dict[str, Any]] = json.loads(files("gridmap.server").joinpath(ANSWERS).read_text("utf-8"))
    return made


def describe(app: FastAPI) -> None:
    """Let the definition of an application say what its routes answer."""
    plainly = app.openapi

    def openapi() -> dict[str, Any]:
        fresh = app.openapi_schema is None
        document = plainly()
        if fresh:
            for path, methods in document["paths"].items():
                for method, operation in methods.items():
                    if (told := known_answers().get(f"{method.upper()} {path}")) is not None:
                        _tell(operation["responses"], told)
        return document

    app.openapi = openapi  # type: ignore[method-assign] # as FastAPI's documentation has it


def _tell(responses: dict[str, Any], told: dict[str, Any]) -> None:
    for status, response in responses.items():
        if status.startswith("2") and status != "204":
            old = response.get("content", {}).get(told["media"], {})
            response["content"] = {told["media"]: {"example": told["example"], **old, "schema": told["schema"]}}


def schema_of(value: Any) -> dict[str, Any]:
    """Return the narrowest schema of a value of JSON; what is null is not narrowed.

    >>> schema_of([{"a": 1}, {"a": 2.5, "b": None}])["items"]["properties"]["a"]
    {'type': 'number'}
    """
    return _schema([value])


def _schema(values: list[Any]) -> dict[str, Any]:
    kinds = {_KINDS[type(value)] for value in values if value is not None}
    if "number" in kinds:
        kinds.discard("integer")
    if not kinds or len(kinds) > 1:
        return {}
    kind = kinds.pop()
    made: dict[str, Any] = {"type": [kind, "null"] if None in values else kind}
    if kind == "object":
        rows = [value for value in values if value is not None]
        names = list(dict.fromkeys(name for row in rows for name in row))
        made["properties"] = {name: _schema([row[name] for row in rows if name in row]) for name in names}
        for name in names:
            # Where a figure is held back there is null, whether or not one of these was.
            if f"{name}_suppressed" in names and isinstance(one := made["properties"][name].get("type"), str):
                made["properties"][name]["type"] = [one, "null"]
        made["required"] = [name for name in names if all(name in row for row in rows)]
    elif kind == "array":
        made["items"] = _schema([item for value in values if value is not None for item in value])
    return made


_KINDS = {bool: "boolean", int: "integer", float: "number", str: "string", dict: "object", list: "array"}
