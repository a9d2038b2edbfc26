"""Which communities the difference between two plans touches."""

from __future__ import annotations

import numpy as np

from gridmap.plan.plan import Plan

__all__ = ["communities_touched"]


def communities_touched(old: Plan, new: Plan) -> set[str]:
    """Return the codes of the communities with a cell in another grid, or with a grid that is another one; O(cells).

    "" stands for special grids of no community.
    """
    touched = {grid.community for grid in set(old.grids) ^ set(new.grids)}
    if old.fabric is new.fabric:
        names = [np.array([*(grid.id for grid in plan.grids), ""], dtype=object)[plan.grid_of] for plan in (old, new)]
        moved = np.unique(new.fabric.community[np.flatnonzero(names[0] != names[1])])
        return touched | {str(new.fabric.community_codes[row]) if row >= 0 else "" for row in moved.tolist()}
    return touched | {code for (_, code, _) in _places(old) ^ _places(new)}


def _places(plan: Plan) -> set[tuple[str, str, str]]:
    """Return the cells with their communities and grids."""
    codes, grids = [*map(str, plan.fabric.community_codes), ""], [*(grid.id for grid in plan.grids), ""]
    return {
        (str(cell), codes[community], grids[grid])
        for cell, community, grid in zip(
            plan.fabric.cell_ids, plan.fabric.community.tolist(), plan.grid_of.tolist(), strict=True
        )
    }
