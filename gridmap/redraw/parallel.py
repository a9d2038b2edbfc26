"""Drawing communities one after the other or in several processes: the same drawings in the same order."""

from __future__ import annotations

import multiprocessing
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, wait
from typing import Any, Protocol

from gridmap.redraw.community import Drawing, Task, draw
from gridmap.redraw.search import Stopped

__all__ = ["Cancelled", "Executor", "drawn", "stop_at"]

Cancelled = Callable[[], bool]

AHEAD = 4
"""Tasks that wait for each process: enough that none idles, few enough to keep memory flat."""

LOOK_S = 0.1
"""How often a stop is looked for while processes work."""


class Executor(Protocol):
    """Anything with the `map` of `concurrent.futures.Executor`."""

    def map(self, fn: Callable[[Task], Drawing], tasks: Iterable[Task], /) -> Iterable[Drawing]:
        """Return fn of each task, in order."""


def stop_at(cancelled: Cancelled | None, seconds: float | None) -> Cancelled | None:
    """Return what says whether to stop: the caller's word, or a limit of wall-clock seconds from now."""
    if seconds is None:
        return cancelled
    end = time.monotonic() + seconds
    return lambda: time.monotonic() >= end or (cancelled is not None and cancelled())


def drawn(
    tasks: Iterable[Task], *, workers: int = 1, executor: Executor | None = None, cancelled: Cancelled | None = None
) -> Iterator[Drawing]:
    """Yield the drawing of each task in order; ends early where `cancelled` says so.

    With several workers tasks are built as they are needed. The caller's `executor` takes all tasks and is
    asked between them.
    """
    if executor is not None:
        for drawing in executor.map(draw, tasks):
            yield drawing
            if cancelled is not None and cancelled():
                return
    elif workers > 1:
        yield from _in_processes(iter(tasks), workers, cancelled)
    else:
        for task in tasks:
            try:
                yield draw(task, cancelled=cancelled)
            except Stopped:
                return


_stop: Any = None
"""In a process that draws: the event by which all of them are told to stop."""


def _begin(event: Any) -> None:
    global _stop
    _stop = event
    # Ctrl+C in a terminal reaches every process of it; the one that waits for the others tells them to stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _draw(task: Task) -> Drawing:
    return draw(task, cancelled=_stop.is_set)


def _in_processes(tasks: Iterator[Task], workers: int, cancelled: Cancelled | None) -> Iterator[Drawing]:
    # A fork is quick and shares what is loaded, but only a process of one thread may be forked.
    alone = sys.platform == "linux" and threading.active_count() == 1
    context = multiprocessing.get_context("fork" if alone else "spawn")
    event = context.Event()
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_begin, initargs=(event,))
    waiting: deque[Future[Drawing]] = deque()
    try:
        while True:
            while len(waiting) < workers * AHEAD and (task := next(tasks, None)) is not None:
                waiting.append(pool.submit(_draw, task))
            if not waiting:
                return
            while not wait([waiting[0]], timeout=LOOK_S if cancelled else None).done:
                if cancelled is not None and cancelled():
                    return
            yield waiting.popleft().result()
            if cancelled is not None and cancelled():
                return
    finally:
        event.set()
        pool.shutdown(cancel_futures=True)
