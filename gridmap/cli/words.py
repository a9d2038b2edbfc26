"""What words of a command line mean."""

from __future__ import annotations

from gridmap.errors import InputError


def point(text: str, option: str) -> tuple[float, float]:
    """Read X,Y as two numbers; InputError that names the option otherwise."""
    try:
        x, y = (float(part) for part in text.replace("，", ",").split(","))
    except ValueError:
        raise InputError("point-unclear", f"{option} {text} is not X,Y.", f"Write {option} 111.788,37.265") from None
    return x, y
