"""A space-filling curve: places near each other get numbers near each other, so that searches stay in the cache."""

from __future__ import annotations

from gridmap.streets.kernels.base import Floats, Longs, compiled


@compiled
def hilbert(x: Floats, y: Floats, x0: float, y0: float, scale: float, code: Longs) -> None:
    """Write the position of each point along a Hilbert curve of order 20; `scale` brings the extent to [0, 2^20)."""
    for n in range(len(x)):
        i, j = int((x[n] - x0) * scale), int((y[n] - y0) * scale)
        d = 0
        s = 1 << 19
        while s > 0:
            right, up = (i & s) > 0, (j & s) > 0
            d += s * s * ((3 if right else 0) ^ (1 if up else 0))
            if not up:
                if right:
                    i, j = s - 1 - (i & (s - 1)), s - 1 - (j & (s - 1))
                i, j = j, i
            s >>= 1
        code[n] = d
