"""What people decided about addresses in ledgers, and the addresses that wait for a decision.

An address is kept down to its building, never with stairwell, room or anybody's name. The tables are made when the
first ledger is matched, so workspaces of any age take them. Every function works inside the caller's transaction.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, Connection, Float, Integer, MetaData, Table, Text, delete, insert, inspect, select

from gridmap.errors import InputError
from gridmap.store import audit
from gridmap.store.types import Instant

if TYPE_CHECKING:
    from gridmap.files.addresses import Doubt

__all__ = ["decide", "decisions", "queue", "queue_up"]

metadata = MetaData()

address_decisions = Table(
    "address_decisions",
    metadata,
    Column("address", Text, primary_key=True),
    Column("building", Text, nullable=False),  # empty: no building of the city
    Column("user", Text, nullable=False),
    Column("at", Instant(), nullable=False),
)

address_queue = Table(
    "address_queue",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("address", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("building", Text, nullable=False),
    Column("others", Text, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("reason", Text, nullable=False),
    sqlite_autoincrement=True,
)


def decisions(connection: Connection) -> dict[str, str]:
    """Return the building id of each address that was decided, "" where it is no building of the city."""
    if not inspect(connection).has_table(address_decisions.name):
        return {}
    rows = connection.execute(select(address_decisions.c.address, address_decisions.c.building))
    return {str(address): str(building) for address, building in rows}


def queue_up(connection: Connection, doubts: Iterable[Doubt], *, source: str) -> int:
    """Put the doubtful addresses of a ledger in the queue, in place of those that it had there; returns how many."""
    metadata.create_all(connection, checkfirst=True)
    known = decisions(connection)
    found = [one for one in doubts if one.key not in known]
    connection.execute(delete(address_queue).where(address_queue.c.source == source))
    values = [
        {
            "address": one.key,
            "source": source,
            "rows": one.rows,
            "building": one.building,
            "others": json.dumps(one.others, ensure_ascii=False),
            "confidence": one.confidence,
            "reason": one.reason,
        }
        for one in found
    ]
    if values:
        connection.execute(insert(address_queue), values)
    return len(values)


def queue(connection: Connection) -> list[dict[str, Any]]:
    """Return the addresses that wait, those of most rows first."""
    if not inspect(connection).has_table(address_queue.name):
        return []
    order = (address_queue.c.rows.desc(), address_queue.c.id)
    rows = connection.execute(select(address_queue).order_by(*order)).mappings()
    return [{**row, "others": json.loads(row["others"])} for row in rows]


def decide(connection: Connection, number: int, building: str, *, user: str) -> str:
    """Record which building a waiting address is ("" for none) and take it off the queue; returns the address."""
    waiting = next((row for row in queue(connection) if row["id"] == number), None)
    if waiting is None:
        raise InputError(
            "review-unknown", f"No address with the number {number} waits.", "List them with `gridmap review WS`."
        )
    address = str(waiting["address"])
    connection.execute(delete(address_decisions).where(address_decisions.c.address == address))
    at = dt.datetime.now(dt.UTC)
    connection.execute(insert(address_decisions).values(address=address, building=building, user=user, at=at))
    connection.execute(delete(address_queue).where(address_queue.c.address == address))
    audit.record(connection, "address decided", building, user=user)
    return address
