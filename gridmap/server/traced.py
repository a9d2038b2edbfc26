"""What an editor draws a plan on, as the server tells it: the cells as columns, and which grid each is in."""

from __future__ import annotations

from typing import Any

from gridmap.plan import Plan
from gridmap.plan.traced import columns
from gridmap.release import Sight
from gridmap.server.drawn import households_of

__all__ = ["fabric", "layout"]


def fabric(plan: Plan, sight: Sight, *, scope: frozenset[str] | None) -> dict[str, Any]:
    """Return the cells of a plan as columns, see `gridmap.plan.traced`, and who lives there.

    `households` are null where they are unknown, and outside the sight. A community is `open` within the `scope`,
    everywhere if None.
    """
    cells = plan.fabric
    return {
        "ids": cells.cell_ids.tolist(),
        "communities": [
            {"code": str(code), "name": str(name), "open": scope is None or str(code) in scope}
            for code, name in zip(cells.community_codes, cells.community_names, strict=True)
        ],
        "compounds": [
            {"id": str(one), "name": str(name)}
            for one, name in zip(cells.compound_ids, cells.compound_names, strict=True)
        ],
        "households": households_of(plan, sight),
        **{name: values.tolist() for name, values in columns(cells).items()},
    }


def layout(plan: Plan, *, revision: int) -> dict[str, Any]:
    """Return which grid each cell is in, by position in `grids` (-1: none), at a revision of the plan."""
    ids = plan.fabric.cell_ids
    return {
        "revision": revision,
        "grid": plan.grid_of.tolist(),
        "grids": [grid.record() for grid in plan.grids],
        "bridges": [[str(ids[one]), str(ids[other])] for one, other in plan.bridges],
    }
