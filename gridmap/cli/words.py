"""What words of a command line mean."""

from __future__ import annotations

import datetime as dt

from gridmap.errors import InputError


def point(text: str, option: str) -> tuple[float, float]:
    """Read X,Y as two numbers; InputError that names the option otherwise."""
    try:
        x, y = (float(part) for part in text.replace("，", ",").split(","))
    except ValueError:
        raise InputError("point-unclear", f"{option} {text} is not X,Y.", f"Write {option} 111.788,37.265") from None
    return x, y


def day_of(text: str) -> dt.date | None:
    """Read a day, None for no text; InputError for what is none."""
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise InputError("date-unclear", f"{text} is no day.", "Write 2026-03-01.") from None
