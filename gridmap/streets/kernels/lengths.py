"""Lengths along lines that stand one behind the other."""

from __future__ import annotations

import numpy as np

from gridmap.streets.kernels.base import Floats, Longs, compiled


@compiled
def sums_within(steps: Floats, offsets: Longs) -> Floats:
    """Return running sums that begin anew at each offset."""
    sums = np.empty(len(steps))
    for line in range(len(offsets) - 1):
        total = 0.0
        for c in range(offsets[line], offsets[line + 1]):
            total += steps[c]
            sums[c] = total
    return sums
