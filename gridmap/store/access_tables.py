"""The tables of accounts, sessions, tokens and of attempts to log in. Secrets are kept as hashes only."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text

from gridmap.store.model import metadata
from gridmap.store.types import Instant

__all__ = ["accounts", "attempts", "sessions", "tokens"]

accounts = Table(
    "accounts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("role", Text, nullable=False),
    Column("scope", Text, nullable=False),  # codes of places as JSON; none: the whole city
    Column("password", Text, nullable=False),  # as argon2id writes it, with salt and costs
    Column("created_at", Instant(), nullable=False),
    Column("disabled_at", Instant()),
    sqlite_autoincrement=True,
)

sessions = Table(
    "sessions",
    metadata,
    Column("digest", Text, primary_key=True),  # of the id, which only the browser has
    Column("account", Integer, ForeignKey("accounts.id"), nullable=False),
    Column("created_at", Instant(), nullable=False),
    Column("seen_at", Instant(), nullable=False),
    Index("sessions_account", "account"),
)

tokens = Table(
    "tokens",
    metadata,
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

attempts = Table(
    "login_attempts",
    metadata,
    Column("key", Text, primary_key=True),  # a hash of the account's name or of the address
    Column("failures", Integer, nullable=False),
    Column("at", Instant(), nullable=False),
)
