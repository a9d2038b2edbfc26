"""Work that takes longer than a request: one at a time, with its progress told, stopped when asked to, kept a while."""

from __future__ import annotations

import logging
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import Any

from gridmap.errors import ConflictError, GridmapError, InputError, LimitError
from gridmap.server.problems import status_of

__all__ = ["Job", "Jobs", "Work"]

_LOG = logging.getLogger("gridmap.server")
_MOST_WAITING = 16
_MOST_KEPT = 64


class _StopError(Exception):
    """Ends work that was told to stop."""


@dataclass(eq=False)
class Job:
    """A piece of work: state is waiting, running, done, failed or cancelled. `turn` counts what has been told of it."""

    id: str
    kind: str
    owner: str
    state: str = "waiting"
    done: int = 0
    total: int = 0
    at: str = ""
    turn: int = 0
    result: Any = None
    error: dict[str, Any] | None = None
    made: float = field(default_factory=time.time)
    stop: Event = field(default_factory=Event)

    def report(self, name: str, done: int, total: int) -> None:
        """Take note of how far it is; ends the work when it was told to stop."""
        if self.stop.is_set():
            raise _StopError
        self.at, self.done, self.total, self.turn = name, done, total, self.turn + 1

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self.state in ("done", "failed", "cancelled")

    def to_dict(self) -> dict[str, Any]:
        """Return how far it is, as JSON has it."""
        told = {"id": self.id, "kind": self.kind, "state": self.state, "done": self.done, "total": self.total}
        return {**told, "at": self.at, "error": self.error}


Work = Callable[[Job], Any]


class Jobs:
    """The jobs of one process."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="gridmap-job")
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._lock = Lock()

    def submit(self, kind: str, work: Work, *, owner: str) -> Job:
        """Take work on; LimitError where too much waits already."""
        job = Job(uuid.uuid4().hex, kind, owner)
        with self._lock:
            if sum(not one.ended for one in self._jobs.values()) >= _MOST_WAITING:
                raise LimitError("jobs-too-many", "Too many jobs are waiting.", "Wait until some are done.")
            self._jobs[job.id] = job
            for old in [one for one in self._jobs.values() if one.ended][: max(len(self._jobs) - _MOST_KEPT, 0)]:
                del self._jobs[old.id]
        self._pool.submit(_run, job, work)
        return job

    def get(self, id_: str, owner: str | None = None) -> Job:
        """Return a job; InputError if there is none, or it is somebody else's."""
        job = self._jobs.get(id_)
        if job is None or (owner is not None and job.owner != owner):
            raise InputError("job-unknown", "There is no such job.", "Jobs are kept until the server stops.")
        return job

    def result(self, id_: str, owner: str | None = None) -> Any:
        """Return what a job came to; ConflictError while it has not ended well."""
        job = self.get(id_, owner)
        if job.state != "done":
            raise ConflictError("job-not-done", f"The job is {job.state}.", "Follow its events until it is done.")
        return job.result

    def count(self) -> int:
        """Return how many wait or run."""
        return sum(not one.ended for one in list(self._jobs.values()))

    def close(self) -> None:
        """Stop all jobs and wait for the one that runs."""
        for job in list(self._jobs.values()):
            job.stop.set()
        self._pool.shutdown(wait=True, cancel_futures=True)


def _run(job: Job, work: Work) -> None:
    if job.stop.is_set():
        job.state = "cancelled"
        return
    job.state = "running"
    try:
        result = work(job)
        job.result, job.state = result, "cancelled" if job.stop.is_set() else "done"
    except _StopError:
        job.state = "cancelled"
    except GridmapError as error:
        job.error = {"status": status_of(error), "code": error.code, "detail": error.message, "hint": error.hint}
        job.state = "failed"
    except Exception as error:  # noqa: BLE001 - a job that fails must not end the thread that works
        _LOG.error("unforeseen %s in a job of kind %s", type(error).__name__, job.kind)
        job.error = {"status": 500, "code": "unforeseen", "detail": "Something went wrong in here.", "hint": ""}
        job.state = "failed"
    finally:
        job.turn += 1
