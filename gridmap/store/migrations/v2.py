"""Version 2: accounts, sessions, tokens, attempts to log in and the audit log.

Also what the first workspaces lack, though they call themselves version 1 too: repairs, functions and tenure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, Column, Connection, ForeignKey, Integer, Text

from gridmap.store.types import Instant

if TYPE_CHECKING:
    from alembic.operations import Operations

__all__ = ["upgrade"]


def upgrade(op: Operations, connection: Connection) -> None:
    """Add the tables, and begin the audit log."""
    from gridmap.store.audit import audit, record, start_chain
    from gridmap.store.backend import backend

    verbs = backend(connection)
    have = verbs.columns(connection, "facilities")
    for name in ("functions", "tenure"):
        if name not in have:
            op.add_column("facilities", Column(name, Text))
    if "repairs" not in verbs.tables(connection):
        _repairs(op)
    _accounts(op)
    op.create_table(
        "audit",
        Column("seq", Integer, primary_key=True, autoincrement=False),
        *(Column(name, Text, nullable=False) for name in _AUDIT),
    )
    op.create_table(
        "audit_head",
        Column("id", Integer, CheckConstraint("id = 1"), primary_key=True, autoincrement=False),
        Column("seq", Integer, nullable=False),
        Column("hash", Text, nullable=False),
    )
    verbs.forbid_changes(connection, audit)
    start_chain(connection)
    record(connection, "workspace migrated", "", user="gridmap", detail={"version": 2})


_AUDIT = ("at", "user", "action", "subject", "detail", "previous", "hash")


def _repairs(op: Operations) -> None:
    op.create_table(
        "repairs",
        Column("id", Integer, primary_key=True),
        Column("user", Text, nullable=False),
        Column("at", Instant(), nullable=False),
        Column("revision", Integer, nullable=False),
        Column("said", Text, nullable=False),
        Column("payload", Text, nullable=False),
        Column("undone_at", Instant()),
        sqlite_autoincrement=True,
    )


def _accounts(op: Operations) -> None:
    op.create_table(
        "accounts",
        Column("id", Integer, primary_key=True),
        Column("name", Text, nullable=False, unique=True),
        Column("role", Text, nullable=False),
        Column("scope", Text, nullable=False),
        Column("password", Text, nullable=False),
        Column("created_at", Instant(), nullable=False),
        Column("disabled_at", Instant()),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "sessions",
        Column("digest", Text, primary_key=True),
        Column("account", Integer, ForeignKey("accounts.id"), nullable=False),
        Column("created_at", Instant(), nullable=False),
        Column("seen_at", Instant(), nullable=False),
    )
    op.create_index("sessions_account", "sessions", ["account"])
    op.create_table(
        "tokens",
        Column("id", Text, primary_key=True),
        Column("digest", Text, nullable=False),
        Column("account", Integer, ForeignKey("accounts.id"), nullable=False),
        Column("label", Text, nullable=False),
        Column("rights", Text, nullable=False),
        Column("scope", Text, nullable=False),
        Column("created_at", Instant(), nullable=False),
        Column("expires_at", Instant(), nullable=False),
        Column("revoked_at", Instant()),
    )
    op.create_table(
        "login_attempts",
        Column("key", Text, primary_key=True),
        Column("failures", Integer, nullable=False),
        Column("at", Instant(), nullable=False),
    )
