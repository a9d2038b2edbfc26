"""What must go on counting when a workspace is put back to an earlier state.

Servers hold what they have read by the revision of the city and by the numbers of entries. None of these may be given a
second time to something else, or they would go on showing what is no more.
"""

from __future__ import annotations

from sqlalchemy import Connection, func, select, update

from gridmap.store import audit
from gridmap.store.backups.archive import Manifest
from gridmap.store.model import fabrics, meta, plans

__all__ = ["FORGOTTEN", "count_on", "record_restore", "require_same_log"]

FORGOTTEN = ("sessions", "login_attempts")
"""Tables that are not put back: nobody is logged in after a restore."""


def count_on(connection: Connection, *, above: int) -> None:
    """Give the city, put back in place of another, a revision that neither has had."""
    known = int(connection.execute(select(meta.c.city_revision)).scalar_one())
    fresh = max(known, above) + 1
    connection.execute(update(meta).values(city_revision=fresh))
    connection.execute(update(plans).where(plans.c.city_revision == known).values(city_revision=fresh))
    for key in connection.execute(select(fabrics.c.key).distinct()).scalars().all():
        form, revision, digest = key.split("/", 2)
        if revision == str(known):
            moved = update(fabrics).where(fabrics.c.key == key).values(key=f"{form}/{fresh}/{digest}")
            connection.execute(moved)


def require_same_log(connection: Connection, manifest: Manifest) -> list[str]:
    """Return what is wrong with the audit log of a workspace that was put back; empty if it is the one backed up."""
    found = audit.verify_chain(connection)
    faults = list(found.faults)
    if (found.entries, found.head) != (manifest.entries, manifest.head):
        faults.append("The audit log is not the one that was backed up.")
    return faults


def record_restore(connection: Connection, manifest: Manifest, *, replaced: str | None) -> str:
    """Add to the audit log that it is one of a backup; `replaced` is the head of the log that it took the place of.

    Returns the hash of the entry.
    """
    detail = {"made_at": manifest.made_at, "head": manifest.head, "replaced": replaced}
    return audit.record(connection, "workspace restored", "", user="local", detail=detail).hash


def log_head(connection: Connection) -> tuple[int, str]:
    """Return how many entries the audit log has, and its last hash."""
    many = connection.execute(select(func.count()).select_from(audit.audit)).scalar_one()
    return int(many), str(connection.execute(select(audit.audit_head.c.hash)).scalar_one())
