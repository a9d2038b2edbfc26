"""What a GeoPackage and PostGIS each do in their own way, behind one set of verbs.

Everything else in this room is written once, in SQLAlchemy, and asks `backend(connection)` for these.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

from gridmap.store import geopackage, postgis

__all__ = ["Backend", "backend", "upsert"]


class Backend(Protocol):
    """Every verb works inside the caller's transaction."""

    def tables(self, connection: Connection, /) -> set[str]:
        """Return the names of the tables there are."""

    def columns(self, connection: Connection, name: str, /) -> set[str]:
        """Return the names of the columns of a table."""

    def build(self, connection: Connection, /) -> None:
        """Make every table of a workspace, empty."""

    def add_frame(self, connection: Connection, epsg: int, /) -> None:
        """Give every feature table, still empty, the spatial reference of the frame."""

    def add_history(self, connection: Connection, epsg: int | None, /) -> None:
        """Show the new, empty table of the layers' history to other programs, in the frame if there is one."""

    def touch(self, connection: Connection, name: str, /, *, bounds: Iterable[float] | None = None) -> None:
        """Record that a feature table changed now, and its extent if given."""

    def extent(self, connection: Connection, name: str, /) -> tuple[float, float, float, float] | None:
        """Return the recorded extent of a feature table, None while it has none."""

    def stamp(self, connection: Connection, /) -> str:
        """Return one text that changes whenever a layer of the city does."""

    def to_values(self, shapes: NDArray[Any], epsg: int, /) -> Sequence[Any]:
        """Return shapes as a geometry column takes them."""

    def from_values(self, values: Sequence[Any], /) -> NDArray[np.object_]:
        """Return shapes of what a geometry column gives; ValueError names the first row that holds none."""

    def replace_rows(
        self,
        connection: Connection,
        table: Table,
        columns: Mapping[str, Sequence[Any]],
        /,
        *,
        bounds: NDArray[np.float64],
    ) -> None:
        """Replace all rows of a feature table by whole columns, in the quickest way; `bounds` are those of shapes."""

    def forbid_changes(self, connection: Connection, table: Table, /) -> None:
        """Let the database itself refuse to change or delete rows of a history."""

    def verify(self, connection: Connection, /) -> list[str]:
        """Return what is broken; empty if the store is sound."""


def backend(connection: Connection) -> Backend:
    """Return the verbs of the database that a connection leads to."""
    return postgis if connection.dialect.name == "postgresql" else geopackage


def upsert(connection: Connection, table: Table) -> Any:
    """Return an INSERT that can say what becomes of a row that is there; both dialects spell it alike."""
    return (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table)
