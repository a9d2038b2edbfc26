"""What can be undone and made again in a plan: two stacks that the log of a plan leads to, followed as it grows.

An undo and a redo are entries of the log of their own, that say by `reverts` which change they take back or make again.
A new change after an undo ends what can be made again; what was filed is not edited away.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock

from sqlalchemy import Connection, select

from gridmap.store.model import plan_edits
from gridmap.store.plans import PlanRow

__all__ = ["Stacks"]

_KEEP = frozenset({"create", "reimport"})
"""Kinds of changes that nobody made by hand: they are not undone, and end nothing."""


@dataclass
class _Stack:
    revision: int
    head: int = 0
    done: list[int] = field(default_factory=list)
    undone: list[int] = field(default_factory=list)

    def take(self, rev: int, kind: str) -> None:
        if kind == "undo":
            self.undone.append(self.done.pop())
        elif kind == "redo":
            self.done.append(self.undone.pop())
        elif kind == "file":
            self.done.clear()
            self.undone.clear()
        elif kind not in _KEEP:
            self.done.append(rev)
            self.undone.clear()
        self.head = rev


class Stacks:
    """The stacks of the plans of one store. Only what the log has gained since the last look is read: O(1) an undo."""

    def __init__(self) -> None:
        self._of: dict[int, _Stack] = {}
        self._lock = Lock()

    def next(self, connection: Connection, row: PlanRow, kind: str) -> int | None:
        """Return the revision whose change an `undo` takes back, or a `redo` makes again; None if there is none."""
        with self._lock:
            stack = self._of.get(row.id)
            # Another revision of the city is rare, and may come of a restore: then the log is another one.
            if stack is None or stack.revision != row.city_revision:
                stack = self._of[row.id] = _Stack(row.city_revision)
            log = plan_edits.c
            since = (log.plan == row.id) & (log.base_rev >= stack.head) & (log.base_rev < row.head)
            for base_rev, made in connection.execute(
                select(log.base_rev, log.kind).where(since).order_by(log.base_rev)
            ):
                stack.take(base_rev + 1, made)
            found = stack.done if kind == "undo" else stack.undone
            return found[-1] if found else None
