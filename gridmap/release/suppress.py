"""Which figures to hold back so that none that stands on too few people can be read or computed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Suppression", "suppress"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Suppression:
    """What is held back of one column: of its cells, of the totals of its groups, and of the total of all.

    `group_total` and `total` sum the known cells; NaN where no cell is known.
    """

    cells: Bools
    groups: Bools
    all: bool
    group_total: Floats
    total: float


def suppress(
    values: Floats, group: NDArray[np.intp], *, groups: int, k: int, open_zero: Bools, also: Suppression | None = None
) -> Suppression:
    """Decide which cells and totals of a column of counts to hold back.

    `values` float64[n] are counts, NaN where unknown; `group` int[n] says which of the `groups` a cell is in.
    `open_zero` bool[n] are zeros that anybody can tell without the column, such as those of ground without buildings:
    they are shown, and never serve to hide another cell.

    A figure below k is held back. Whatever can be computed from the rest has to stand on k or more too: what is shown
    of a group, subtracted from its total, leaves the sum of what is held back, so that must be k or more, which takes
    two figures at least. Where it is not, the smallest further figures are held back too. The same holds between the
    totals of groups and the total of all: a group whose total is held back shows none of its cells. Then each figure
    that is held back may, for all that can be computed, be anything from 0 to a number of k or more. O(n log n).

    `also` is held back already for another column of the same rows, and is to be held back here too: two or more in
    each group, so that the column cannot be computed where it is.

    Not covered is what is known from elsewhere, such as the difference to another plan of the same buildings, and what
    columns say of each other.
    """
    known = ~np.isnan(values)
    closed = known & ~open_zero
    counts = np.bincount(group, minlength=groups)
    group_total = np.bincount(group[known], weights=values[known], minlength=groups).astype(np.float64)
    group_total[np.bincount(group[known], minlength=groups) == 0] = np.nan
    at_stake = np.bincount(group[closed], minlength=groups) > 0
    total = float(values[known].sum()) if known.any() else np.nan
    every = bool(at_stake.any()) and (total < k or (also is not None and also.all))
    forced = np.zeros(len(values), bool) if also is None else also.cells & closed
    forced_groups = np.zeros(groups, bool)
    if also is not None:  # a figure that stands alone in its group would be told by the group's total
        alone = np.bincount(group[closed], minlength=groups) == 1
        forced_groups = also.groups | (alone & (np.bincount(group[forced], minlength=groups) > 0))
    held_groups = at_stake.copy() if every else _held(group_total, at_stake, k, forced_groups)
    if also is not None and held_groups.sum() == 1 and at_stake.sum() == 1:
        every = True
    cells = closed & held_groups[group]
    low = np.bincount(group[closed & ((values < k) | forced)], minlength=groups) > 0
    order, last = np.argsort(group, kind="stable"), np.cumsum(counts)
    for number in np.flatnonzero(low & ~held_groups).tolist():  # in the others no figure is below k
        members = order[last[number] - counts[number] : last[number]]
        cells[members] = _held(values[members], closed[members], k, forced[members])
    return Suppression(cells, held_groups, every, group_total, total)


def _held(values: Floats, candidates: Bools, k: int, forced: Bools) -> Bools:
    """Return which of the candidates to hold back, when the total of all values is shown.

    All below k, those that are forced, and as many of the smallest others as bring the sum of what is held back to k;
    two at least.
    """
    held = candidates & ((values < k) | forced)
    if held.any():
        rest = np.flatnonzero(candidates & ~held)
        rest = rest[np.argsort(values[rest], kind="stable")]
        before = values[held].sum() + np.cumsum(values[rest]) - values[rest]
        more = before < k
        more[: int(held.sum() == 1)] = True
        held[rest[more]] = True
    return held
