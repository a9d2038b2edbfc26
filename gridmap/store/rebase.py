"""Edits made on an older revision: laid on the present one where they touch other grids than what came in between."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gridmap.errors import ConflictError
from gridmap.store.oplog import NOWHERE, Json

if TYPE_CHECKING:
    from gridmap.store.plans import LogEntry

__all__ = ["require_apart", "touched"]


def touched(change: Json, inverse: Json | None) -> set[str]:
    """Return the ids of the grids that a change alters: those that gain or lose buildings, come, go, or are renamed."""
    grids: set[str] = set()
    for side in (change, inverse or {}):
        grids |= set(side.get("cells", {})) | set(side.get("drop", ()))
        grids |= {record["id"] for _, record in side.get("put", ())}
    return grids - {NOWHERE}


def require_apart(plan: str, base: int, mine: frozenset[str], since: Sequence[LogEntry]) -> None:
    """Refuse an edit that touches a grid which others changed after the revision it was made on.

    Raises ConflictError that names the grids and who changed them.
    """
    clashes = []
    for entry in since:
        inverse = None if entry.inverse is None else entry.inverse["change"]
        both = mine & touched(entry.payload["change"], inverse)
        if both:
            clashes.append(
                f"{', '.join(sorted(both)[:3])} ({entry.kind} by {entry.user} at {entry.at:%Y-%m-%d %H:%M:%S} UTC)"
            )
    if clashes:
        raise ConflictError(
            "plan-changed",
            f"Of the plan {plan} the same grids were changed since revision {base}: {'; '.join(clashes[-3:])}.",
            "Look at the plan as it is now and repeat the change if it is still wanted.",
        )
