"""The audit log: who did what, each entry with the hash of the one before, so that none can be changed unseen.

An entry is written in the transaction of what it records. It names accounts, plans, layers and ids, never people of the
city or what is told of them. Every function works inside the caller's transaction.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import CheckConstraint, Column, Connection, Integer, Table, Text, insert, inspect, select, update

from gridmap.store.model import metadata

__all__ = ["AuditEntry", "AuditVerdict", "audit", "audit_head", "entries", "record", "start_chain", "verify_chain"]

FIRST = "0" * 64
"""What stands for the hash before the first entry."""

audit = Table(
    "audit",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", Text, nullable=False),
    Column("user", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
)

audit_head = Table(
    "audit_head",
    metadata,
    Column("id", Integer, CheckConstraint("id = 1"), primary_key=True, autoincrement=False),
    Column("seq", Integer, nullable=False),
    Column("hash", Text, nullable=False),
)


_HEAD = select(audit_head.c.seq, audit_head.c.hash)
_ADD = insert(audit)
_MOVE = update(audit_head)


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One entry: `previous` is the hash of the one before, `hash` that of all of this one."""

    seq: int
    at: str
    user: str
    action: str
    subject: str
    detail: str
    previous: str
    hash: str

    def digest(self) -> str:
        """Return the hash that the entry must have."""
        told = [self.seq, self.at, self.user, self.action, self.subject, self.detail, self.previous]
        return hashlib.sha256(json.dumps(told, ensure_ascii=True, separators=(",", ":")).encode()).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        """Return the entry as JSON has it."""
        return {
            "seq": self.seq,
            "at": self.at,
            "user": self.user,
            "action": self.action,
            "subject": self.subject,
            "detail": json.loads(self.detail),
            "hash": self.hash,
        }


@dataclass(frozen=True, slots=True)
class AuditVerdict:
    """What a look through the whole log found: `faults` is empty for one that is whole; `head` is its last hash."""

    entries: int
    head: str
    faults: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the verdict as JSON has it."""
        return {"entries": self.entries, "head": self.head, "whole": not self.faults, "faults": list(self.faults)}


def start_chain(connection: Connection) -> None:
    """Put the head of an empty log in place."""
    connection.execute(insert(audit_head).values(id=1, seq=0, hash=FIRST))


def record(
    connection: Connection, action: str, subject: str, *, user: str, detail: Mapping[str, Any] | None = None
) -> AuditEntry:
    """Add an entry. Writers come one after the other, so the head that is read is the last."""
    seq, previous = connection.execute(_HEAD).one()
    at = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    text = json.dumps(dict(detail or {}), ensure_ascii=False, separators=(",", ":"), sort_keys=True, default=str)
    bare = AuditEntry(seq + 1, at, user, action, subject, text, previous, "")
    made = replace(bare, hash=bare.digest())
    connection.execute(_ADD, {name: getattr(made, name) for name in _COLUMNS})
    connection.execute(_MOVE, {"seq": made.seq, "hash": made.hash})
    return made


_COLUMNS = ("seq", "at", "user", "action", "subject", "detail", "previous", "hash")


def entries(connection: Connection, *, last: int | None = None) -> list[AuditEntry]:
    """Return the log, oldest first; with `last`, so many of its newest entries. Empty before there is a log."""
    if not inspect(connection).has_table(audit.name):
        return []
    asked = select(*(audit.c[name] for name in _COLUMNS)).order_by(audit.c.seq.desc())
    rows = connection.execute(asked if last is None else asked.limit(last)).all()
    return [AuditEntry(*row) for row in reversed(rows)]


def verify_chain(connection: Connection, *, expected: str | None = None) -> AuditVerdict:
    """Look through the whole log for entries that were changed, removed, put in or moved. O(entries).

    Whoever may write the file may also compute every hash anew. `expected`, a head that was noted elsewhere before,
    finds that too: it must still be the hash of an entry.
    """
    faults: list[str] = []
    before, number, met = FIRST, 0, expected in (None, FIRST)
    for one in entries(connection):
        number += 1
        if one.seq != number:
            faults.append(f"Entry {number} is missing: {one.seq} follows {number - 1}.")
            number = one.seq
        if not hmac.compare_digest(one.previous, before):
            faults.append(f"Entry {one.seq} does not follow the entry before it.")
        if not hmac.compare_digest(one.hash, one.digest()):
            faults.append(f"Entry {one.seq} was changed.")
        before = one.hash
        met = met or (expected is not None and hmac.compare_digest(one.hash, expected))
    if inspect(connection).has_table(audit_head.name):
        head = connection.execute(select(audit_head.c.seq, audit_head.c.hash)).one_or_none()
        if head is None or tuple(head) != (number, before):
            faults.append(f"The last entry is {number}, and {0 if head is None else head.seq} were written.")
    if not met:
        faults.append("The head that was noted is in the log no more: entries were removed or written anew.")
    return AuditVerdict(number, before, tuple(faults))
