"""How many grids a number of households can make."""

from __future__ import annotations


def count_range(households: int, lo: int, hi: int) -> tuple[int, int]:
    """Return the fewest and the most zones in [lo, hi] that households can make; the first is larger when none can.

    >>> count_range(2000, 300, 500), count_range(550, 300, 500), count_range(200, 300, 500)
    ((4, 6), (2, 1), (1, 0))
    """
    return -(-households // hi), households // lo if lo > 0 else households


def share_out(households: list[int], ranges: list[tuple[int, int]], count: int) -> list[int]:
    """Divide a number of zones among parts, each within its range of counts, so that zones are of like size.

    The sum is `count` where the ranges allow it, else as near to it as they do.

    >>> share_out([2000, 1000], [(4, 6), (2, 3)], 8)
    [5, 3]
    """
    average = max(1.0, sum(households) / max(1, count))
    counts = [min(max(round(h / average), few), many) for h, (few, many) in zip(households, ranges, strict=True)]
    while sum(counts) != count:
        step = 1 if sum(counts) < count else -1
        free = [p for p, k in enumerate(counts) if ranges[p][0] <= k + step <= ranges[p][1]]
        if not free:
            break
        counts[min(free, key=lambda p: (abs(households[p] / max(1, counts[p] + step) - average), p))] += step
    return counts
