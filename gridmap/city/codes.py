"""Codes of places: how they are written, checked, numbered and never reused.

Codes are text. Under a profile that counts digits (China: 9 for a subdistrict, 12 for a community, 3 more for a grid)
they are checked against it; under any other profile they are opaque, and a grid is `<community>-001`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from decimal import Decimal
from itertools import pairwise
from math import ceil, floor, sqrt
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from gridmap.errors import InputError, LimitError
from gridmap.rules import Profile

__all__ = [
    "code_fault",
    "code_text",
    "grid_code",
    "next_free",
    "parse_grid_code",
    "spatial_order",
]

Level = Literal["subdistrict", "community", "grid"]

# A spreadsheet writes a long number as 1.41182001001E+11. Codes like 1E5, without a point, exist.
_SCIENTIFIC = re.compile(r"\d\.\d+[eE]\+?\d{1,2}")
_WHOLE_FLOAT = 2.0**53


def code_text(value: object) -> str | None:
    """Write a code as text without losing a digit; None for a missing or blank value.

    Numbers that stand for whole numbers lose their decimal point, spreadsheet notation is written out. InputError
    (`code-digits-lost`) where digits are gone already: a float of 2^53 or more, or a mantissa that is too short.

    >>> code_text(141182001001.0), code_text("1.41182001001E+11"), code_text(" 01-A ")
    ('141182001001', '141182001001', '01-A')
    """
    if value is None or value is pd.NA or value != value:  # NaN and NaT differ from themselves
        return None
    if isinstance(value, float | np.floating):
        return _from_float(float(value))
    text = str(value).strip()
    if not text:
        return None
    return _from_scientific(text) if _SCIENTIFIC.fullmatch(text) else text


def _from_float(value: float) -> str | None:
    if abs(value) >= _WHOLE_FLOAT:
        raise _digits_lost(repr(value))
    return str(int(value)) if value.is_integer() else repr(value)


def _from_scientific(text: str) -> str:
    number = Decimal(text)
    sign, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int) or exponent != 0:  # fewer digits than the number has, or a fraction
        raise _digits_lost(text)
    return "".join(map(str, digits)) if not sign else text


def _digits_lost(text: str) -> InputError:
    return InputError(
        "code-digits-lost",
        f"{text} is a code that was turned into a number and has lost digits.",
        "Take the codes from the source again, in a column of type text.",
    )


def code_fault(level: Level, code: str, profile: Profile) -> str | None:
    """Say what is wrong with a code under a profile; None when nothing is.

    >>> from gridmap.rules import profile
    >>> code_fault("community", "14118200100", profile("cn"))
    'has 11 digits where 12 are due'
    """
    rule = profile.codes
    if not rule.community_digits:
        return None
    due = {
        "subdistrict": rule.subdistrict_digits,
        "community": rule.community_digits,
        "grid": rule.community_digits + rule.grid_sequence_digits,
    }[level]
    if not (code.isascii() and code.isdigit()):
        return "is not made of digits only"
    if len(code) != due:
        return f"has {len(code)} digits where {due} are due"
    grid_digits = rule.community_digits + rule.grid_sequence_digits
    steps = (rule.subdistrict_digits - 3, rule.subdistrict_digits, rule.community_digits, grid_digits)
    for start, end in pairwise(steps):
        if end <= due and not code[start:end].strip("0"):
            return f"has only zeros in its digits {start + 1} to {end}"
    return None


def grid_code(community: str, sequence: int, profile: Profile) -> str:
    """Write the code of a grid: its community's code and a sequence number.

    Where the profile counts digits and the community's code has them, the sequence follows directly; otherwise after a
    hyphen, so that no code of the one kind can be taken for one of the other. LimitError when the number has too many
    digits for the first kind, InputError below 1.

    >>> from gridmap.rules import profile
    >>> grid_code("141182001001", 7, profile("cn")), grid_code("TPSZ01", 7, profile("opaque"))
    ('141182001001007', 'TPSZ01-007')
    """
    digits = profile.codes.grid_sequence_digits
    if sequence < 1:
        raise InputError("sequence-below-one", f"Grid number {sequence} is below 1.", "Number grids from 1.")
    number = f"{sequence:0{digits}d}"
    if not _counted(community, profile):
        return f"{community}-{number}"
    if len(number) > digits:
        raise LimitError(
            "sequence-too-large",
            f"Community {community}: grid number {sequence} has more than {digits} digits.",
            "Divide the community, or use a profile with more digits.",
        )
    return community + number


def parse_grid_code(code: str, profile: Profile) -> tuple[str, int] | None:
    """Split a grid's code into its community's code and its sequence number; None when it is not of that form.

    >>> from gridmap.rules import profile
    >>> parse_grid_code("141182001001007", profile("cn")), parse_grid_code("A-12", profile("cn"))
    (('141182001001', 7), ('A', 12))
    """
    community, hyphen, number = code.rpartition("-")
    if not hyphen:
        digits = profile.codes.community_digits
        community, number = code[:digits], code[digits:]
        if not _counted(community, profile) or len(number) != profile.codes.grid_sequence_digits:
            return None
    if not community or not (number.isascii() and number.isdigit()) or not int(number):
        return None
    return community, int(number)


def _counted(community: str, profile: Profile) -> bool:
    """Tell whether a community's code is one of counted digits."""
    digits = profile.codes.community_digits
    return bool(digits) and len(community) == digits and community.isascii() and community.isdigit()


def next_free(used: Iterable[int], retired: Collection[int] = (), *, digits: int = 3) -> int:
    """Return the next sequence number that was never used: one after the highest.

    Gaps are left, because a gap in a city's numbers mostly is a grid that was given up before anybody kept count. Only
    when the highest number of that many digits is taken, the lowest number neither used nor retired is returned.
    LimitError when there is none.

    >>> next_free([1, 2, 5], [7])
    8
    """
    taken = {int(number) for number in used} | {int(number) for number in retired}
    top = max(taken, default=0)
    last = 10**digits - 1
    if top < last:
        return top + 1
    free = next((number for number in range(1, last + 1) if number not in taken), None)
    if free is None:
        raise LimitError(
            "sequence-exhausted", f"All {last} grid numbers of this community were used.", "Divide the community."
        )
    return free


def spatial_order(x: ArrayLike, y: ArrayLike) -> NDArray[np.intp]:
    """Order points as one reads a page: rows from north to south, in each row from west to east.

    `x` and `y` are n eastings and northings in metres. Returns the n positions in order, so the grid at `result[0]` is
    number 1.

    Rows are k lines equally far apart, the first through the northernmost point and the last through the southernmost;
    each point belongs to the nearest. As far apart as the points within a row they are when, for n points in a box of
    width w and height h, h / (k - 1) = w / (n / k - 1). Of the numbers within a third of that k, the one is taken whose
    lines the points lie closest to, measured in the distance of the lines. So points of a lattice get its own rows even
    when they are shaken, and a narrow strip is numbered along it. Sorting by coordinate alone would jump across the
    community with each number.
    Within a row equal eastings go from north to south, and equal points keep the order they came in.

    >>> spatial_order([0, 10, 0, 10], [9, 10, 0, 1]).tolist()
    [0, 1, 2, 3]
    """
    xs, ys = np.asarray(x, float), np.asarray(y, float)
    if xs.shape != ys.shape or xs.ndim != 1 or not (np.isfinite(xs).all() and np.isfinite(ys).all()):
        raise InputError("points-malformed", "x and y must be finite and equally long.", "Give one of each a place.")
    if xs.size == 0:
        return np.empty(0, np.intp)
    row = _rows(xs, ys.max() - ys)
    return np.lexsort((-ys, xs, row))


def _rows(x: NDArray[np.float64], down: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the number of each point's row, given its easting and how far it is from the northernmost point."""
    n, width, height = len(x), float(np.ptp(x)), float(down.max())
    # Measured in the longer side, so that neither tiny nor huge extents over- or underflow the squares.
    longer = max(width, height)
    if longer == 0 or n == 1 or height == 0:
        return np.zeros(n)
    w, h = width / longer, height / longer
    # The positive root of w·k² - (w - h)·k - h·n = 0, in the form that does not cancel.
    b = w - h
    root = sqrt(b * b + 4 * w * h * n)
    even = (b + root) / (2 * w) if b > 0 else 2 * h * n / (root - b)
    best, least = np.zeros(n), np.inf
    if even <= 2 and width > 0:  # one row, judged by the distance of its points
        least = float(np.mean(np.abs(down - height / 2))) / (width / (n - 1))
    for k in range(max(2, ceil(even * 2 / 3)), min(n, floor(even * 4 / 3)) + 1):
        place = down / height * (k - 1)
        row = np.rint(place)
        off = float(np.mean(np.abs(place - row)))
        if off < least:
            best, least = row, off
    return best
