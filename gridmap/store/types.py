"""Column types of the model: what each is called in a GeoPackage and what it becomes on PostgreSQL."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from sqlalchemy import BigInteger, Boolean, Date, DateTime, Double, Integer, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine, UserDefinedType

from gridmap.city.schema import Kind

__all__ = ["FIELD_TYPES", "Geometry", "Instant"]


class _Named(UserDefinedType[Any]):
    """A type that SQLite only needs the name of."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        self.name = name

    def get_col_spec(self, **_: object) -> str:
        return self.name


class _PostgisGeometry(UserDefinedType[Any]):
    """A PostGIS column of shapes of one type; its SRID is set when the frame is decided."""

    cache_ok = True

    def __init__(self, name: str) -> None:
        self.name = name

    def get_col_spec(self, **_: object) -> str:
        return f"geometry({self.name}, 0)"


def Geometry(name: str) -> TypeEngine[Any]:  # noqa: N802 - a type of columns, like its neighbours
    """Return the type of a geometry column; values go in and out a column at a time by the back end's verbs.

    `name` is GeoPackage's name of the type of its shapes, such as MULTIPOLYGON.
    """
    return _Named(name).with_variant(_PostgisGeometry(name), "postgresql")


class _IsoDate(TypeDecorator[str]):
    """A date as ISO text on this side, and a date in the database."""

    impl = Date
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> Any:  # noqa: ARG002 - the base's
        """Write a date."""
        return None if value is None else dt.date.fromisoformat(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002 - the base's
        """Read ISO text."""
        return None if value is None else value.isoformat()


class Instant(TypeDecorator[dt.datetime]):
    """A moment in UTC: GeoPackage's DATETIME text (`2026-03-01T08:00:00.000Z`), PostgreSQL's timestamptz."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Use the plain name DATETIME on SQLite, where the value is text."""
        return dialect.type_descriptor(_Named("DATETIME") if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> Any:
        """Write UTC, to the millisecond on either side."""
        if value is None:
            return None
        text = value.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return text if dialect.name == "sqlite" else dt.datetime.fromisoformat(text)

    def process_result_value(self, value: Any, dialect: Dialect) -> dt.datetime | None:  # noqa: ARG002 - the base's
        """Read UTC."""
        return dt.datetime.fromisoformat(value) if isinstance(value, str) else value and value.astimezone(dt.UTC)


FIELD_TYPES: dict[Kind, Callable[[], TypeEngine[Any]]] = {
    "text": Text,
    "integer": lambda: Integer().with_variant(BigInteger(), "postgresql"),
    "real": lambda: Double().with_variant(_Named("REAL"), "sqlite"),
    "boolean": lambda: _Named("BOOLEAN").with_variant(Boolean(), "postgresql"),
    "date": lambda: _Named("DATE").with_variant(_IsoDate(), "postgresql"),
}
"""The type of a schema field. On SQLite, dates are ISO text and booleans 0 or 1, under GeoPackage's names."""
