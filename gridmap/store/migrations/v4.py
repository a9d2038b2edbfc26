"""Version 4: since when rows of the layers are as they read, and what they were before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Column, Connection, Integer, Text, select

from gridmap.store.types import FIELD_TYPES, Geometry

if TYPE_CHECKING:
    from alembic.operations import Operations

__all__ = ["upgrade"]

_LAYERS = (
    "subdistricts", "communities", "compounds", "entrances", "buildings", "streets", "barriers", "water", "green",
    "facilities",
)  # fmt: skip


def upgrade(op: Operations, connection: Connection) -> None:
    """Add the column to each layer, and the table. The rows there are hold since the records begin."""
    from gridmap.store.audit import record
    from gridmap.store.backend import backend
    from gridmap.store.model import meta

    for layer in _LAYERS:
        op.add_column(layer, Column("version_from", FIELD_TYPES["date"]()))
    op.create_table(
        "layer_history",
        Column("fid", Integer, primary_key=True),
        Column("geom", Geometry("GEOMETRY")),
        Column("layer", Text, nullable=False),
        Column("key", Text),
        Column("valid_from", FIELD_TYPES["date"]()),
        Column("valid_to", FIELD_TYPES["date"](), nullable=False),
        Column("revision", Integer, nullable=False),
        Column("layer_fid", Integer, nullable=False),
        Column("record", Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("layer_history_layer", "layer_history", ["layer", "valid_to"])
    backend(connection).add_history(connection, connection.execute(select(meta.c.frame_epsg)).scalar())
    record(connection, "workspace migrated", "", user="gridmap", detail={"version": 4})
