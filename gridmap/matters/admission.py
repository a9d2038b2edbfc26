"""The catalogue of grid tasks: a task may be given to a grid only if the catalogue admits it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from gridmap.errors import InputError, PermissionDenied
from gridmap.rules import table

__all__ = ["Task", "catalogue", "require_admitted"]


@dataclass(frozen=True, slots=True)
class Task:
    """A task that a department may want a grid to do, and whether it is admitted."""

    id: str
    zh: str
    en: str
    admitted: bool
    source: str
    verified: bool


def catalogue(decided: Iterable[tuple[str, str]] = ()) -> Mapping[str, Task]:
    """Return the catalogue by id: as it ships, then as the city decided it.

    `decided` are (task id, stage) of the city's matters of the kind task_admission, oldest first; one that is in the
    stage admitted is in, one that is refused or removed is out.
    """
    tasks = {name: Task(id=name, **about) for name, about in table("matters")["tasks"].items()}
    for name, stage in decided:
        known = tasks.get(name, Task(name, name, name, admitted=False, source="", verified=True))
        if stage in ("admitted", "refused", "removed"):
            tasks[name] = replace(known, admitted=stage == "admitted", source="task_admission", verified=True)
    return tasks


def require_admitted(task: str | None, tasks: Mapping[str, Task]) -> None:
    """Refuse a task that the catalogue does not have (InputError) or does not admit (PermissionDenied)."""
    admitted = [name for name, one in tasks.items() if one.admitted]
    if task is None or task not in tasks:
        raise InputError(
            "task-unknown",
            f"The task {task!r} is not in the catalogue.",
            f"Use one of {', '.join(admitted)}, or have it admitted (task_admission).",
        )
    if not tasks[task].admitted:
        raise PermissionDenied(
            "task-not-admitted",
            f"The task {task} ({tasks[task].zh}) is not admitted to grids.",
            "Have it admitted first (task_admission).",
        )
