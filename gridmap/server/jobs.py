"""Work that takes longer than a request: one at a time, with its progress told, stopped when asked to, kept a while."""

from __future__ import annotations

import json
import logging
import re
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock
from typing import Any

from gridmap.errors import ConflictError, GridmapError, InputError, LimitError
from gridmap.server.problems import status_of
from gridmap.server.words import plain

__all__ = ["Job", "Jobs", "Work"]

_LOG = logging.getLogger("gridmap.server")
_MOST_WAITING = 16
_MOST_KEPT = 64
_WRITE_S = 0.2


class _StopError(Exception):
    """Ends work that was told to stop."""


@dataclass(eq=False)
class Job:
    """A piece of work: state is waiting, running, done, failed or cancelled. `turn` counts what has been told of it.

    With a `folder` other processes see it there, and ask it there to stop.
    """

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
    folder: Path | None = None
    written: float = 0.0

    def stopped(self) -> bool:
        """Tell whether somebody, in any process, has asked for an end."""
        if self.folder is not None and (self.folder / f"{self.id}.stop").exists():
            self.stop.set()
        return self.stop.is_set()

    def cancel(self) -> None:
        """Ask for an end."""
        self.stop.set()
        if self.folder is not None and not self.ended:
            (self.folder / f"{self.id}.stop").touch()

    def write(self, *, often: bool = True) -> None:
        """Tell other processes how far it is; with `often` False not more than five times a second."""
        if self.folder is None or (not often and time.monotonic() - self.written < _WRITE_S):
            return
        self.written = time.monotonic()
        told = {**self.to_dict(), "owner": self.owner, "turn": self.turn}
        if self.ended:
            told["result"] = plain(self.result)
        fresh = self.folder / f"{self.id}.new"
        fresh.write_text(json.dumps(told, ensure_ascii=False), "utf-8")
        fresh.replace(self.folder / f"{self.id}.json")

    def report(self, name: str, done: int, total: int) -> None:
        """Take note of how far it is; ends the work when it was told to stop."""
        if self.stopped():
            raise _StopError
        self.at, self.done, self.total, self.turn = name, done, total, self.turn + 1
        self.write(often=False)

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
    """The jobs of one process; with a `folder` that several processes share, the jobs of all can be asked for."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="gridmap-job")
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._lock = Lock()

    def submit(self, kind: str, work: Work, *, owner: str) -> Job:
        """Take work on; LimitError where too much waits already."""
        job = Job(uuid.uuid4().hex, kind, owner, folder=self._folder)
        job.write()
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
        job = self._jobs.get(id_) or self._elsewhere(id_)
        if job is None or (owner is not None and job.owner != owner):
            raise InputError("job-unknown", "There is no such job.", "Jobs are kept until the server stops.")
        return job

    def _elsewhere(self, id_: str) -> Job | None:
        """Return the job of another process as that last told of it."""
        if self._folder is None or not re.fullmatch(r"[0-9a-f]{32}", id_):
            return None
        try:
            told = json.loads((self._folder / f"{id_}.json").read_text("utf-8"))
        except OSError:
            return None
        return Job(**told, folder=self._folder)

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
            job.cancel()
        self._pool.shutdown(wait=True, cancel_futures=True)


def _run(job: Job, work: Work) -> None:
    if job.stopped():
        job.state = "cancelled"
        job.write()
        return
    job.state = "running"
    job.write()
    try:
        result = work(job)
        job.result, job.state = result, "cancelled" if job.stopped() else "done"
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
        job.write()
