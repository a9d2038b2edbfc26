"""Version 3: the steps of plans, from draft to in force."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Column, Connection, ForeignKey, Integer, Text

from gridmap.store.types import Instant

if TYPE_CHECKING:
    from alembic.operations import Operations

__all__ = ["upgrade"]


def upgrade(op: Operations, connection: Connection) -> None:
    """Add the table. Plans keep the state they are in; who put them there before is told by their log."""
    from gridmap.store.audit import record
    from gridmap.store.backend import backend
    from gridmap.store.steps import plan_steps

    op.create_table(
        "plan_steps",
        Column("seq", Integer, primary_key=True),
        Column("plan", Integer, ForeignKey("plans.id"), nullable=False),
        Column("step", Text, nullable=False),
        Column("state", Text, nullable=False),
        Column("revision", Integer, nullable=False),
        Column("user", Text, nullable=False),
        Column("at", Instant(), nullable=False),
        Column("note", Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("plan_steps_plan", "plan_steps", ["plan"])
    backend(connection).forbid_changes(connection, plan_steps)
    record(connection, "workspace migrated", "", user="gridmap", detail={"version": 3})
