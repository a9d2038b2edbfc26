"""Steps from one version of the schema to the next, each written once and never changed.

A step adds tables, or columns by ADD COLUMN. Alembic's operations make them on both back ends; its batch mode, which
copies a table and drops the triggers of its R-tree, and its autogenerate, which proposes to drop what only the standard
or PostGIS knows, are not used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from sqlalchemy import Connection, update

from gridmap.store.model import SCHEMA_VERSION, meta

if TYPE_CHECKING:
    from alembic.operations import Operations

__all__ = ["ADDED", "migrate"]

ADDED: Mapping[int, frozenset[str]] = MappingProxyType(
    {
        2: frozenset({"repairs", "accounts", "sessions", "tokens", "login_attempts", "audit", "audit_head"}),
        3: frozenset({"plan_steps"}),
        4: frozenset({"layer_history"}),
    }
)
"""The tables that each version brought: a workspace of an older one that is only read is whole without them."""


def migrate(connection: Connection, version: int) -> None:
    """Bring a workspace from a version to the present one, within the caller's transaction."""
    from alembic.migration import MigrationContext
    from alembic.operations import Operations

    operations = Operations(MigrationContext.configure(connection))
    steps = _steps()
    for wanted in range(version + 1, SCHEMA_VERSION + 1):
        steps[wanted](operations, connection)
    connection.execute(update(meta).values(schema_version=SCHEMA_VERSION))


def _steps() -> dict[int, Callable[[Operations, Connection], None]]:
    from gridmap.store.migrations import v2, v3, v4

    return {2: v2.upgrade, 3: v3.upgrade, 4: v4.upgrade}
