"""Values as JSON has them, in the shapes of the command line's `--json`."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from gridmap.errors import InputError

__all__ = ["day_of", "dumped", "plain"]


def plain(value: Any) -> Any:
    """Return a value as JSON has it, with null for what is missing or no number."""
    if value is None or isinstance(value, str | bool | int):
        return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
    if isinstance(value, float):
        return value if abs(value) < float("inf") else None
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, dt.datetime):
        return value.isoformat(timespec="seconds")
    if hasattr(value, "tolist"):  # an array or a scalar of NumPy
        return plain(value.tolist())
    return str(value) if type(value).__name__ not in ("NAType", "NaTType") else None


def dumped(value: Any) -> bytes:
    """Return a value as compact JSON."""
    return json.dumps(plain(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def day_of(text: str | None) -> dt.date | None:
    """Read a day, None for none; InputError for what is no day."""
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise InputError("date-unclear", "That is no day.", "Write 2026-03-01.") from None
