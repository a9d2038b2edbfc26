"""The tables of a workspace, declared once for every back end.

Feature tables are made from `gridmap.city.schema`; `grids` shows every saved plan; the rest are the tool's own. What
only a GeoPackage has (its system tables, R-trees and triggers) is in `gridmap.store.geopackage`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

from gridmap.city.schema import LAYERS, Layer
from gridmap.store.types import FIELD_TYPES, Geometry, Instant

__all__ = [
    "ATTRIBUTES",
    "FEATURES",
    "GRIDS",
    "HISTORY",
    "SCHEMA_VERSION",
    "VERSION_FROM",
    "fabrics",
    "geometry_type",
    "grids",
    "imports",
    "layer_history",
    "meta",
    "metadata",
    "plan_edits",
    "plan_snapshots",
    "plans",
    "retired_codes",
]

SCHEMA_VERSION = 4
"""The version of this model. A workspace of a newer one is refused; an older one is migrated when it is opened."""

metadata = MetaData()

GRIDS = "grids"
"""The name of the feature table in which QGIS sees the grids of every saved plan."""


HISTORY = "layer_history"
"""The name of the feature table that holds what rows of the layers were before they changed or vanished."""

VERSION_FROM = "version_from"
"""The column of every layer that says since when a row is as it reads. It is the store's own: no layer has it."""


def geometry_type(layer: str) -> str:
    """Return the type that a layer's geometry column is declared with: the multi type of its shapes, or GEOMETRY.

    Shapes of one part are stored as multi shapes of one part: QGIS and the standard want one type a layer.
    """
    multi = {shape if shape.startswith("Multi") else f"Multi{shape}" for shape in LAYERS[layer].shapes}
    return multi.pop().upper() if len(multi) == 1 else "GEOMETRY"


def _fid() -> Column[int]:
    return Column("fid", Integer, primary_key=True)


def _features(layer: Layer) -> Table:
    columns = [Column(field.name, FIELD_TYPES[field.kind]()) for field in layer.fields]
    return Table(
        layer.name,
        metadata,
        _fid(),
        Column("geom", Geometry(geometry_type(layer.name))),
        *columns,
        # First day of the row as it reads; NULL: since the records begin. What it was before is in the history.
        Column(VERSION_FROM, FIELD_TYPES["date"]()),
        Index(f"{layer.name}_{layer.key}", layer.key),
        sqlite_autoincrement=True,
    )


FEATURES: Mapping[str, Table] = MappingProxyType(
    {name: _features(layer) for name, layer in LAYERS.items() if name != GRIDS}
)
"""The feature tables of the city's layers, by layer."""

grids = Table(
    GRIDS,
    metadata,
    _fid(),
    Column("geom", Geometry(geometry_type(GRIDS))),
    Column("plan", Text, nullable=False),
    Column("grid_id", Text, nullable=False),
    Column("code", Text),
    Column("name", Text),
    Column("kind", Text),
    Column("community", Text),
    Column("households", Integer),
    Column("status", Text),
    Index("grids_plan_grid_id", "plan", "grid_id", unique=True),
    sqlite_autoincrement=True,
)

layer_history = Table(
    HISTORY,
    metadata,
    _fid(),
    Column("geom", Geometry("GEOMETRY")),
    Column("layer", Text, nullable=False),
    Column("key", Text),  # the row's id or code
    Column("valid_from", FIELD_TYPES["date"]()),  # NULL: since the records begin
    Column("valid_to", FIELD_TYPES["date"](), nullable=False),  # the last day on which it was so
    Column("revision", Integer, nullable=False),  # of the city, that ended it
    Column("layer_fid", Integer, nullable=False),  # the row's fid in its layer
    Column("record", Text, nullable=False),  # its columns as JSON, without those that were empty
    Index("layer_history_layer", "layer", "valid_to"),
    sqlite_autoincrement=True,
)

meta = Table(
    "gridmap_meta",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1"), primary_key=True, autoincrement=False),
    Column("schema_version", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("profile", Text),  # NULL: decided by where the first layer lies
    Column("frame_epsg", Integer),  # NULL: likewise
    Column("city_revision", Integer, nullable=False),
    Column("stamp", Text, nullable=False),  # what the layers' last_change said at that revision
    Column("sample", Integer, nullable=False),
    Column("created_at", Instant(), nullable=False),
)

plans = Table(
    "plans",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("state", Text, nullable=False),
    Column("head", Integer, nullable=False),
    Column("city_revision", Integer, nullable=False),
    Column("base", Text),
    Column("note", Text, nullable=False),
    Column("created_at", Instant(), nullable=False),
    Column("changed_at", Instant(), nullable=False),
    sqlite_autoincrement=True,
)

plan_edits = Table(
    "plan_edits",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("plan", Integer, ForeignKey("plans.id"), nullable=False),
    Column("base_rev", Integer, nullable=False),
    Column("user", Text, nullable=False),
    Column("at", Instant(), nullable=False),
    Column("kind", Text, nullable=False),
    Column("reverts", Integer),  # for undo and redo: the revision whose change is taken back or made again
    Column("payload", Text, nullable=False),
    Column("inverse", Text),
    # The database itself lets one writer follow a revision: this is the compare-and-set.
    UniqueConstraint("plan", "base_rev"),
    sqlite_autoincrement=True,
)

plan_snapshots = Table(
    "plan_snapshots",
    metadata,
    Column("plan", Integer, ForeignKey("plans.id"), primary_key=True),
    Column("rev", Integer, primary_key=True),
    Column("state", Text, nullable=False),
)

retired_codes = Table(
    "retired_codes",
    metadata,
    Column("code", Text, primary_key=True),
    Column("plan", Text, nullable=False),
    Column("retired_at", Instant(), nullable=False),
)

imports = Table(
    "imports",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("layer", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("crs", Text, nullable=False),
    Column("encoding", Text, nullable=False),
    Column("at", Instant(), nullable=False),
    Column("revision", Integer, nullable=False),
    Column("notes", Text, nullable=False),
    sqlite_autoincrement=True,
)

fabrics = Table(
    "fabric_cache",
    metadata,
    Column("key", Text, primary_key=True),
    Column("part", Text, primary_key=True),
    Column("data", LargeBinary, nullable=False),
)

ATTRIBUTES = ("plans", "imports")
"""Tables without geometry that QGIS lists. The others are the tool's own and stay out of its sight."""
