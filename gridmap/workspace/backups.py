"""Backups of a whole workspace: for whoever runs the machine that it is on, not for people who log in to a server."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gridmap import store

__all__ = ["back_up", "restore"]


def back_up(place: str | Path, file: str | Path) -> Mapping[str, Any]:
    """Write a backup of the workspace at a path or a postgresql:// address; see `gridmap.store.backups`."""
    return store.back_up(store.where(place), Path(file))


def restore(file: str | Path, place: str | Path, *, force: bool = False) -> Mapping[str, Any]:
    """Put a backup back as the workspace at a path or a postgresql:// address; see `gridmap.store.backups`."""
    return store.restore(Path(file), store.where(place), force=force)
