"""Changes of plans told to who listens, whoever made them: here, in another process, or on the command line."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from gridmap.errors import GridmapError
from gridmap.server.words import dumped

if TYPE_CHECKING:
    from gridmap.workspace import Workspace

__all__ = ["Hub", "sse"]

LOOK_S = 1.0
"""So often the store is asked what others have changed."""

BEAT_S = 15.0
"""So often something is said to who listens, that both sides know the other is there."""

_MOST_WAITING = 256

Queue = asyncio.Queue["dict[str, Any] | None"]


def sse(event: str, value: Any, *, number: int | None = None) -> bytes:
    """Return an event as a stream has it."""
    head = "" if number is None else f"id: {number}\n"
    return f"{head}event: {event}\ndata: ".encode() + dumped(value) + b"\n\n"


class Hub:
    """One look at the store a second serves all who listen, and none is taken while nobody does."""

    def __init__(self, ws: Workspace) -> None:
        self._ws = ws
        self._listeners: dict[str, set[Queue]] = {}
        self._heads: dict[str, int] = {}
        self._task: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def wake(self) -> None:
        """Look at the store now; may be called from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake.set)

    def stop(self) -> None:
        """Send everybody home."""
        for queues in self._listeners.values():
            for queue in queues:
                _put(queue, None)
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def listen(self, plan: str, *, since: int | None) -> AsyncIterator[bytes]:
        """Yield the changes of a plan as they come; with `since`, first those after that revision."""
        queue: Queue = asyncio.Queue(_MOST_WAITING)
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop, self._wake = loop, asyncio.Event()
        self._listeners.setdefault(plan, set()).add(queue)
        try:
            rows = await asyncio.to_thread(self._ws.plans)
            head = next((int(row["revision"]) for row in rows if row["name"] == plan), 0)
            self._heads.setdefault(plan, head)
            if self._task is None or self._task.done():
                self._task = loop.create_task(self._watch())
            yield sse("hello", {"plan": plan, "revision": head})
            told = head if since is None else min(since, head)
            if since is not None:
                for change in await asyncio.to_thread(self._ws.changes, plan, since=since):
                    told = int(change["revision"])
                    yield sse("change", change, number=told)
            while True:
                try:
                    change_ = await asyncio.wait_for(queue.get(), BEAT_S)
                except TimeoutError:
                    yield b": beat\n\n"
                    continue
                if change_ is None:
                    return
                if int(change_["revision"]) > told:
                    told = int(change_["revision"])
                    yield sse("change", change_, number=told)
        finally:
            self._listeners[plan].discard(queue)
            if not self._listeners[plan]:
                del self._listeners[plan]
                self._heads.pop(plan, None)

    async def _watch(self) -> None:
        while self._listeners:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), LOOK_S)
            self._wake.clear()
            with suppress(GridmapError):  # a store that is away for a moment is asked again
                await self._look()

    async def _look(self) -> None:
        heads = {str(row["name"]): int(row["revision"]) for row in await asyncio.to_thread(self._ws.plans)}
        for plan in [*self._listeners]:
            last = self._heads.get(plan)
            if last is not None and heads.get(plan, last) < last:
                # The workspace was put back to an earlier state: whoever listens has to begin anew.
                self._heads[plan] = heads[plan]
                for queue in self._listeners.get(plan, ()):
                    _put(queue, None)
                continue
            if last is None or heads.get(plan, last) == last:
                continue
            for change in await asyncio.to_thread(self._ws.changes, plan, since=last):
                self._heads[plan] = int(change["revision"])
                for queue in self._listeners.get(plan, ()):
                    _put(queue, change)


def _put(queue: Queue, change: dict[str, Any] | None) -> None:
    if queue.full():  # who does not keep up is told to come again
        while not queue.empty():
            queue.get_nowait()
        change = None
    queue.put_nowait(change)
