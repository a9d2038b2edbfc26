"""What several routes say alike: parameters and examples of their documentation."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query

from gridmap.server.described import schema_of

__all__ = ["Lat", "Limit", "Lon", "Offset", "Window", "example"]

Lon = Annotated[float, Query(description="Longitude, or x in `crs`.", allow_inf_nan=False, examples=[111.788])]
Lat = Annotated[float, Query(description="Latitude, or y in `crs`.", allow_inf_nan=False, examples=[37.265])]
Limit = Annotated[int, Query(ge=1, le=1000, description="At most so many.")]
Offset = Annotated[int, Query(ge=0, le=10_000_000, description="After so many.")]
Window = Annotated[
    int | None, Query(ge=1, le=1_000_000, description="Households of a grid; the profile's if left out.")
]


def example(value: Any, *, media: str = "application/json") -> dict[int | str, dict[str, Any]]:
    """Return the documentation of an answer by one of them, and by the schema that it shows."""
    content = {media: {"example": value, "schema": schema_of(value)}}
    return {200: {"description": "The answer.", "content": content}}
