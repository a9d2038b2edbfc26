"""Who moves between two plans: pair of grids by pair, compound by compound, address by address; and whose they become.

A worker is who answers for a grid: told by the grid's code, as it will be once the plan is in force. A grid of the new
plan that nobody answers for yet goes on with the worker of the grid that it continues.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

if TYPE_CHECKING:
    from gridmap.city import City
    from gridmap.plan.plan import Plan

__all__ = ["ADDRESSES", "COMPOUNDS", "PAIRS", "Moves"]

_BOTH = ("from_grid", "from_name", "from_worker", "to_grid", "to_name", "to_worker", "worker_changes")
_COUNTS = ("households", "unknown_buildings", "buildings")
PAIRS = ("community", "community_name", *_BOTH, *_COUNTS, "compounds")
COMPOUNDS = ("community", "community_name", "compound", "name", *_BOTH, *_COUNTS, "whole")
ADDRESSES = ("community", "community_name", "building", "address", "name", "compound", *_BOTH, "households")

Objects = NDArray[np.object_]


@dataclass(frozen=True, eq=False)
class Moves:
    """Cells of `new` that change grid: `cells` intp[n], the old and the new grid of each `was`, `now` (−1: none).

    `continues` is the old grid that each new one continues, int32[n_new] (−1: none), `workers` who answers for a grid
    by its code (or its id, while it has none).
    """

    old: Plan
    new: Plan
    cells: NDArray[np.intp]
    was: NDArray[np.int32]
    now: NDArray[np.int32]
    continues: NDArray[np.int32]
    workers: Mapping[str, str]

    def pairs(self) -> pd.DataFrame:
        """Return a row per pair of grids between which buildings move; columns `PAIRS`."""
        rows = []
        for of, these in self._groups(self._pair):
            compounds = self.new.fabric.compound[self.cells[of]]
            touched = len(np.unique(compounds[compounds >= 0]))
            rows.append({**self._about(these), **self._counts(of), "compounds": touched})
        return _framed(rows, PAIRS)

    def compounds(self) -> pd.DataFrame:
        """Return a row per compound and pair of grids; `whole` where all its buildings go the same way."""
        fabric = self.new.fabric
        compound = fabric.compound[self.cells]
        inside = np.flatnonzero(compound >= 0)
        size = np.bincount(fabric.compound[(fabric.compound >= 0) & (fabric.building >= 0)])
        key = compound.astype(np.int64) * (int(self._pair.max(initial=0)) + 1) + self._pair
        rows = []
        for of, these in self._groups(key, inside):
            at, counts = int(compound[these]), self._counts(of)
            told = {"compound": str(fabric.compound_ids[at]), "name": _text(fabric.compound_names[at])}
            rows.append({**self._about(these), **told, **counts, "whole": counts["buildings"] == size[at]})
        return _framed(rows, COMPOUNDS)

    def addresses(self, city: City | None) -> pd.DataFrame:
        """Return a row per building that moves, with its address in the city that the plans are laid on."""
        fabric = self.new.fabric
        built = np.flatnonzero(fabric.building[self.cells] >= 0)
        cells = self.cells[built]
        rows: dict[str, Any] = {name: [] for name in ADDRESSES}
        if len(built):
            told = pd.DataFrame([self._about(at) for at in built.tolist()])
            rows = {str(name): told[name].to_numpy(object) for name in told}
            rows["building"] = fabric.cell_ids[cells]
            names = [*map(_text, fabric.compound_names), ""]
            rows["compound"] = [names[at] for at in fabric.compound[cells].tolist()]
            known, households = fabric.known[cells].tolist(), fabric.households[cells].tolist()
            rows["households"] = [count if sure else None for count, sure in zip(households, known, strict=True)]
            for name in ("address", "name"):
                at = fabric.building[cells]
                values = [""] * len(cells) if city is None else city.buildings[name].iloc[at].tolist()
                rows[name] = [_text(value) for value in values]
        made = pd.DataFrame(rows, columns=list(ADDRESSES)).astype({"households": "Int64", "worker_changes": "bool"})
        order = ["community", "from_grid", "to_grid", "compound", "address", "building"]
        return made.sort_values(order, ignore_index=True)

    def totals(self) -> dict[str, int]:
        """Return how many move, and of how many households the worker changes."""
        counts = self._counts(np.arange(len(self.cells)))
        compounds = self.new.fabric.compound[self.cells]
        before, after = self._workers_before[self.was], self._workers_after[self.now]
        return {
            "households_moved": counts["households"],
            "unknown_buildings_moved": counts["unknown_buildings"],
            "buildings_moved": counts["buildings"],
            "compounds_moved": len(np.unique(compounds[compounds >= 0])),
            "households_worker_changes": int(self.new.fabric.households[self.cells[before != after]].sum()),
        }

    @cached_property
    def _pair(self) -> NDArray[np.int64]:
        return (self.was.astype(np.int64) + 1) * (len(self.new.grids) + 1) + self.now + 1

    def _groups(
        self, key: NDArray[np.int64], rows: NDArray[np.intp] | None = None
    ) -> list[tuple[NDArray[np.intp], int]]:
        """Return the rows of each key, with the first of them; of some rows only if given."""
        rows = np.arange(len(key)) if rows is None else rows
        order = rows[np.argsort(key[rows], kind="stable")]
        parts = np.split(order, np.flatnonzero(np.diff(key[order])) + 1) if len(order) else []
        return [(part, int(part[0])) for part in parts]

    def _about(self, row: int) -> dict[str, Any]:
        """Return where a moved cell comes from and goes to."""
        fabric, was, now = self.new.fabric, int(self.was[row]), int(self.now[row])
        community = fabric.community[self.cells[row]]
        before, after = self._workers_before[was], self._workers_after[now]
        return {
            "community": str(fabric.community_codes[community]),
            "community_name": _text(fabric.community_names[community]),
            "from_grid": self.old.grids[was].id if was >= 0 else "",
            "from_name": self.old.grids[was].name if was >= 0 else "",
            "from_worker": before,
            "to_grid": self.new.grids[now].id if now >= 0 else "",
            "to_name": self.new.grids[now].name if now >= 0 else "",
            "to_worker": after,
            "worker_changes": bool(before != after),
        }

    @cached_property
    def _workers_before(self) -> Objects:
        """Who answers for each grid of the old plan, and '' for no grid at the end."""
        return np.array([*(self.workers.get(grid.code or grid.id, "") for grid in self.old.grids), ""], object)

    @cached_property
    def _workers_after(self) -> Objects:
        before = [grid.code or grid.id for grid in self.old.grids]
        taken, held = set(before), []
        for grid, source in zip(self.new.grids, self.continues.tolist(), strict=True):
            code = grid.code or grid.id
            # A code that another grid goes on with is that one's, once the plan is in force.
            own = self.workers.get(code, "") if code not in taken or (source >= 0 and before[source] == code) else ""
            held.append(own or self._workers_before[source])
        return np.array([*held, ""], object)

    def _counts(self, rows: NDArray[np.intp]) -> dict[str, int]:
        fabric, cells = self.new.fabric, self.cells[rows]
        return {
            "households": int(fabric.households[cells].sum()),
            "unknown_buildings": int((~fabric.known[cells]).sum()),
            "buildings": int((fabric.building[cells] >= 0).sum()),
        }


def _framed(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> pd.DataFrame:
    """Return rows as a table whose columns have their kinds, also where there are no rows."""
    kinds = dict.fromkeys((*_COUNTS, "compounds"), "int64") | {"worker_changes": "bool", "whole": "bool"}
    made = pd.DataFrame(rows, columns=list(columns))
    return made.astype({name: kind for name, kind in kinds.items() if name in made})


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
