"""What would bring a grid into range: changes to the city or the plan, each tried by drawing anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from gridmap.plan import Plan
from gridmap.redraw.exact.boundary import Border, handed_over, neighbours, taken_over
from gridmap.redraw.exact.changes import Change, bridges, divided_building, only, parted_compounds, unlocked
from gridmap.redraw.report import Fix, GridException, Redrawn
from gridmap.redraw.window import count_range

__all__ = ["with_fixes"]

Cells = NDArray[np.intp]
Noted = tuple[GridException, Cells]

TRIES, SHOWN = 12, 3
"""Changes tried for one grid, and those of them that are shown."""


def with_fixes(
    old: Plan,
    new: Plan,
    noted: Mapping[int, list[Noted]],
    *,
    window: tuple[int, int],
    redraw: Callable[..., Redrawn],
    **options: object,
) -> dict[int, list[Noted]]:
    """Return the exceptions of each community with the changes that help, the cheapest first.

    A change helps if fewer grids are out of range when the communities that it touches are drawn anew, from the plan
    `old` with the change, than there are in `new`. `redraw` does that, with `options`.
    """
    bench = _Bench(old, new, window, redraw, options)
    return {row: [(bench.fixed(row, *one), one[1]) for one in found] for row, found in noted.items()}


@dataclass(frozen=True)
class _Bench:
    """Where changes are tried."""

    old: Plan
    new: Plan
    window: tuple[int, int]
    redraw: Callable[..., Redrawn]
    options: Mapping[str, object]

    def fixed(self, row: int, exception: GridException, cells: Cells) -> GridException:
        """Return an exception with what would mend it."""
        if exception.grid is None:
            return exception
        zone = self.new.cells_of(exception.grid)
        found: list[Fix] = []
        for change in islice(self.changes(row, exception, zone, cells), TRIES):
            fix = self.tried(change)
            if fix is not None:
                found.append(fix)
        found.sort(key=lambda fix: (fix.out_after, fix.cost))
        return replace(exception, fixes=tuple(found[:SHOWN]))

    def changes(self, row: int, exception: GridException, zone: Cells, cells: Cells) -> Iterator[Change]:
        """Yield changes that may help, those of least consequence first."""
        alone, kept = only(self.old, [row])
        near = np.searchsorted(kept, zone)
        kind, proven = exception.kind, np.searchsorted(kept, cells)
        if kind == "locked":
            yield from unlocked(alone, row, [exception.grid or ""])
            return
        if kind == "cut_off":
            yield from unlocked(alone, row, [grid.id for grid in alone.grids if grid.resident and grid.locked][:2])
        if kind in ("island", "cut_off"):
            yield from bridges(alone, row, near)
        if kind in ("stuck_atom", "no_partition", "not_proven"):
            yield from islice(parted_compounds(alone, row, near), TRIES // 2)
        if kind in ("oversize_atom", "stuck_atom") and len(proven) == 1:
            yield from divided_building(alone, int(proven[0]), self.window[1])
        if kind != "oversize_atom":
            yield from self._shifts(row, zone)

    def _shifts(self, row: int, zone: Cells) -> Iterator[Change]:
        """Yield shifts of the boundary of the community at a zone."""
        lo, hi = self.window
        fabric = self.old.fabric
        households = int(fabric.households[zone].sum())
        few, many = count_range(households, lo, hi)
        for other in neighbours(fabric, zone)[:3]:
            pair, kept = only(self.old, [row, other])
            border, here = Border(pair, row, other, hi), np.searchsorted(kept, zone)
            # Up to a whole number of grids, or down to one, or all of it.
            if few > many:
                yield from taken_over(border, here, few * lo - households, few * hi - households)
                if many:
                    yield from handed_over(border, here, households - many * hi, households - many * lo)
                else:
                    yield from handed_over(border, here, households, households)

    def tried(self, change: Change) -> Fix | None:
        """Draw the communities of a change anew; return what it costs, None where it does not help."""
        lo, hi = self.window
        before = self._out(change.communities)
        drawn = self.redraw(
            change.plan, min_households=lo, max_households=hi, communities=change.communities, **self.options
        )
        after = drawn.totals.grids - drawn.totals.in_range
        if after >= before or drawn.totals.contiguity_breaks:
            return None
        names = change.plan.fabric.cell_ids[change.cells].tolist()
        households = self._divided(change, drawn.plan) if change.households < 0 else change.households
        return Fix(
            change.kind,
            change.text,
            change.target,
            tuple(str(name) for name in names),
            households,
            change.distance_m,
            before,
            after,
            drawn.totals.grids,
        )

    def _out(self, communities: tuple[str, ...]) -> int:
        lo, hi = self.window
        new = self.new
        drawn = np.bincount(new.grid_of[new.grid_of >= 0], minlength=len(new.grids)) > 0
        mine = np.array([grid.resident and grid.community in communities for grid in new.grids], np.bool_)
        return int((mine & drawn & ((new.households < lo) | (new.households > hi))).sum())

    @staticmethod
    def _divided(change: Change, drawn: Plan) -> int:
        """Count the households of the cells that are not in the grid where most of them are."""
        households = drawn.fabric.households[change.cells]
        sums = np.bincount(drawn.grid_of[change.cells], households)
        return int(households.sum() - sums.max())
