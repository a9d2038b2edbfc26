"""What words of a command line mean."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

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


def numbers(pairs: Iterable[str], option: str, *, whole: bool = False) -> dict[str, float]:
    """Read NAME=NUMBER pairs; InputError that names the option for anything else, and for a name twice.

    >>> numbers(["households=1", "requests=2.5"], "--work")
    {'households': 1.0, 'requests': 2.5}
    """
    found: dict[str, float] = {}
    for pair in pairs:
        name, _, text = pair.rpartition("=")
        try:
            value = float(int(text) if whole else float(text))
        except ValueError:
            name, value = "", 0.0
        if not name or name in found or value != value:
            example = "141182001001=9" if whole else "households=1"
            raise InputError("pair-unclear", f"{option} {pair} is not NAME=NUMBER, or comes twice.", f"Write {example}")
        found[name] = value
    return found
