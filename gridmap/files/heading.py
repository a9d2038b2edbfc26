"""Where the names of a table's columns are: below its title, in one row or in two whose cells were merged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridmap.files.values import parse_number

__all__ = ["JOINT", "Heading", "cut_titles", "find_heading", "forms"]

JOINT = "/"
_WIDE = 3
_TITLES = 5


class Heading:
    """The names of the columns (None where a cell is empty), the last row they take, and notes."""

    __slots__ = ("last", "names", "notes")

    def __init__(self, names: list[Any], last: int, notes: list[str]) -> None:
        self.names = names
        self.last = last
        self.notes = notes


def find_heading(grid: NDArray[np.object_], filled: NDArray[np.int64]) -> Heading:
    """Find the names of the columns; `filled` are the rows of `grid` that are not empty.

    A row above with a single text is a title. Two rows are names together where the first leaves gaps that the second
    fills, and the second leaves some that the first fills: 户数 over 常住 and 户籍 become 户数/常住 and 户数/户籍.
    Three are where a row between them names some of the groups again: 人口 over 常住 over 户数 becomes 人口/常住/户数.
    """
    notes: list[str] = []
    at = 0
    if grid.shape[1] >= _WIDE:
        while at < min(_TITLES, len(filled) - 1) and _is_title(grid[filled[at]]):
            notes.append(
                f"{str(next(c for c in grid[filled[at]] if c is not None))[:40]!r} above the table is its title."
            )
            at += 1
    top = grid[filled[at]]
    if at + 2 < len(filled) and _goes_on_twice(top, grid[filled[at + 1]], grid[filled[at + 2]]):
        notes.append("The names of the columns are in three rows, which are read together.")
        return Heading(
            _joined(_spread(top, *grid[filled[at + 1 : at + 3]]), grid[filled[at + 2]]), int(filled[at + 2]), notes
        )
    if at + 1 < len(filled) and _goes_on(top, grid[filled[at + 1]]):
        below = grid[filled[at + 1]]
        notes.append("The names of the columns are in two rows, which are read together.")
        return Heading(_joined(top, below), int(filled[at + 1]), notes)
    return Heading(list(top), int(filled[at]), notes)


def _is_title(row: Sequence[Any]) -> bool:
    there = [cell for cell in row if cell is not None]
    return len(there) == 1 and isinstance(there[0], str) and row[0] is not None


def _goes_on(top: Sequence[Any], below: Sequence[Any]) -> bool:
    """Tell whether a row goes on with the names of the one above it."""
    there = [cell for cell in below if cell is not None]
    if not there or not all(isinstance(cell, str) and not _is_number(cell) for cell in there):
        return False
    pairs = list(zip(top, below, strict=True))
    gaps = [n for n, (above, under) in enumerate(pairs) if above is None and under is not None]
    merged = any(above is not None and under is None for above, under in pairs)
    # Whatever stands under a gap belongs to a group that begins to its left with a name of its own.
    grouped = all(n > 0 and below[n - 1] is not None for n in gaps)
    return bool(gaps) and merged and grouped


def _goes_on_twice(top: Sequence[Any], between: Sequence[Any], below: Sequence[Any]) -> bool:
    """Tell whether the names go on in the last of three rows, over fewer groups in the one between."""
    named = [cell is not None for cell in between]
    last = [cell is not None for cell in below]
    texts = all(isinstance(cell, str) and not _is_number(cell) for cell in between if cell is not None)
    within = all(under for over, under in zip(named, last, strict=True) if over)
    return any(named) and texts and within and sum(named) < sum(last) and _goes_on(top, below)


def _spread(top: Sequence[Any], between: Sequence[Any], below: Sequence[Any]) -> list[Any]:
    """Return the names of groups over the last of three rows: those of the first row with those between."""
    groups: list[Any] = []
    first = second = None
    for above, middle, under in zip(top, between, below, strict=True):
        if above is not None:
            first, second = above, None
        second = middle if middle is not None else second
        new = above is not None or middle is not None
        groups.append(JOINT.join(part for part in (first, second) if part is not None) if new and under else above)
    return groups


def _is_number(text: str) -> bool:
    try:
        return parse_number(text) is not None
    except ValueError:
        return False


def _joined(top: Sequence[Any], below: Sequence[Any]) -> list[Any]:
    names: list[Any] = []
    group = None
    for above, under in zip(top, below, strict=True):
        group = above if above is not None else group if under is not None else None
        if under is None:
            names.append(above)
        else:
            names.append(under if group is None else f"{group}{JOINT}{under}")
    return names


def forms(name: str) -> tuple[str, ...]:
    """Return what else a name from several rows may be called: 户数/常住 is 常住户数, and 常住."""
    *over, middle, last = name.split(JOINT) if name.count(JOINT) > 1 else ("", "")
    if over:
        return middle + last, last + middle, last
    group, joint, own = name.partition(JOINT)
    group, own = (part.partition("(")[0].partition("（")[0].strip() for part in (group, own))
    return (own + group, own) if joint and group and own else ()


def cut_titles(text: str, separator: str) -> tuple[str, int, list[str]]:
    """Cut the lines above a CSV table that are its title; returns the rest, how many lines are gone, and the titles."""
    lines = text.split("\n", _TITLES + 1)
    titles: list[str] = []
    gone = 0
    for at, line in enumerate(lines[:_TITLES]):
        plain = line.strip(f"\r {separator}")
        if not plain:
            continue
        rest = next((other for other in lines[at + 1 : -1] if other.strip()), "")
        if separator in line.rstrip(f"\r {separator}") or rest.count(separator) < _WIDE - 1 or '"' in line:
            break
        titles.append(plain)
        gone = at + 1
    while titles and gone < len(lines) - 1 and not lines[gone].strip(f"\r {separator}"):
        gone += 1
    return "\n".join(lines[gone:]), gone, titles
