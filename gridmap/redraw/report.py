"""What a redraw did: figures per community, and each grid out of range with its reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gridmap.plan import Plan, balance, match
from gridmap.redraw.problem import Ints

__all__ = ["CommunityReport", "Fix", "GridException", "Redrawn", "reports"]


@dataclass(frozen=True, slots=True)
class Fix:
    """A change that brings a grid into range, tried by redrawing the communities that it touches.

    `kind` is split_compound, divide_building, bridge, boundary or unlock. `target` names what is changed (a compound, a
    building, a pair of buildings, the other community, a grid), `buildings` the buildings concerned. `households` are
    those that are divided from their compound or building, or get another community; `distance_m` is the length of a
    bridge. `out_before` and `out_after` are the grids out of range in these communities, `grids` is their number after.
    """

    kind: str
    text: str
    target: str
    buildings: tuple[str, ...]
    households: int
    distance_m: float
    out_before: int
    out_after: int
    grids: int

    @property
    def cost(self) -> float:
        """What fixes are ordered by: households, and one more for ten metres of a bridge."""
        return self.households + self.distance_m / 10


@dataclass(frozen=True, slots=True)
class GridException:
    """A resident grid out of range, or (`grid` None) a place without one, and why.

    `kind` is one of `gridmap.redraw.exact.causes.KINDS`; `proof` holds the figures it rests on. `fixes` are changes
    that were tried and help, the cheapest first; they are looked for with `certificates` only.
    """

    grid: str | None
    households: int
    reason: str
    kind: str = ""
    proof: Mapping[str, Any] = field(default_factory=dict)
    fixes: tuple[Fix, ...] = ()

    @property
    def proven(self) -> bool:
        """Whether no division could have avoided it."""
        return self.kind != "not_proven"

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {**asdict(self), "proof": dict(self.proof), "fixes": [asdict(fix) for fix in self.fixes]}


@dataclass(frozen=True, slots=True)
class CommunityReport:
    """Figures of the resident grids of one community after a redraw; of all of them in `Redrawn.totals`.

    `min` and `max` are the households of the smallest and the largest grid, None without any. `grids` counts the
    exceptions too. `kept_households` stay in the grid that they were in. `polsby_popper` is the mean, None without
    grids. `seconds` is the time of the search. No division with as few grids out of range has fewer than `grids_lower`
    grids or more than `grids_upper`, grids that were not redrawn included. `proven` says that every exception is.
    """

    code: str
    grids: int
    in_range: int
    min: int | None
    max: int | None
    contiguity_breaks: int
    compounds_split: int
    polsby_popper: float | None
    households: int
    kept_households: int
    unknown_buildings: int
    exceptions: tuple[GridException, ...]
    seconds: float
    grids_lower: int
    grids_upper: int
    proven: bool

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, as `gridmap redraw --json` prints them."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return {**values, "exceptions": [exception.to_dict() for exception in self.exceptions]}


@dataclass(frozen=True, slots=True)
class Redrawn:
    """The new plan, a report per community that was redrawn, and the totals over these.

    `interrupted` says that the work was stopped before all communities were redrawn; the others stay as they were.
    """

    plan: Plan
    communities: tuple[CommunityReport, ...]
    totals: CommunityReport
    interrupted: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return the reports as plain values: `communities` and `totals`, and whether it was `interrupted`."""
        return {
            "communities": [report.to_dict() for report in self.communities],
            "totals": self.totals.to_dict(),
            "interrupted": self.interrupted,
        }


def reports(
    old: Plan,
    new: Plan,
    rows: Sequence[int],
    *,
    window: tuple[int, int],
    exceptions: Mapping[int, Sequence[GridException]],
    bounds: Mapping[int, tuple[int, int]],
    seconds: Mapping[int, float],
    total_seconds: float,
) -> tuple[tuple[CommunityReport, ...], CommunityReport]:
    """Measure the communities of some rows of the fabric, and their totals. O(cells + neighbours)."""
    fabric = new.fabric
    table = balance(new, window=window).table
    # As plain arrays: a selection of a table takes milliseconds, and there are two a community.
    households, parts, round_ = (table[name].to_numpy(np.float64) for name in ("households", "parts", "polsby_popper"))
    good = table["status"].to_numpy() == "in_range"
    resident = table["kind"].to_numpy() == "resident"
    drawn = resident & (table["buildings"].to_numpy() + table["area_m2"].to_numpy() > 0)
    of = {code: row for row, code in enumerate(fabric.community_codes)}
    community = np.array([of.get(grid.community, -1) for grid in new.grids], np.int64)
    stayed = _kept(old, new)
    # Sorted once, so that a thousand communities cost no more than one of their size.
    grid_rows, cell_rows = _by_community(community), _by_community(fabric.community)
    split = new.split_pairs(window[1])[:, 0]

    def figures(code: str, asked: Sequence[int]) -> dict[str, Any]:
        of_grids = _rows_of(grid_rows, asked)
        grids = of_grids[drawn[of_grids]]
        cells = _rows_of(cell_rows, asked)
        cells = cells[fabric.special[cells] < 0]
        return {
            "code": code,
            "grids": len(grids),
            "in_range": int(good[grids].sum()),
            "min": int(households[grids].min()) if len(grids) else None,
            "max": int(households[grids].max()) if len(grids) else None,
            "contiguity_breaks": int(np.maximum(parts[grids] - 1, 0).sum()),
            "compounds_split": int(np.isin(split, asked).sum()),
            "polsby_popper": float(round_[grids].mean()) if len(grids) else None,
            "households": int(fabric.households[cells].sum()),
            "kept_households": int(fabric.households[cells[stayed[cells]]].sum()),
            "unknown_buildings": int((~fabric.known[cells]).sum()),
        }

    def report(code: str, asked: Sequence[int], took: float) -> CommunityReport:
        listed = tuple(exception for row in asked for exception in exceptions.get(row, ()))
        low, high = (sum(bounds[row][end] for row in asked) for end in (0, 1))
        return CommunityReport(
            **figures(code, asked),
            exceptions=listed,
            seconds=took,
            grids_lower=low,
            grids_upper=high,
            proven=all(exception.proven for exception in listed),
        )

    communities = tuple(report(str(fabric.community_codes[row]), [row], seconds.get(row, 0.0)) for row in rows)
    return communities, report("", rows, total_seconds)


def _by_community(community: NDArray[np.integer]) -> tuple[Ints, NDArray[np.integer]]:
    order = np.argsort(community, kind="stable").astype(np.int64)
    return order, community[order]


def _rows_of(sorted_rows: tuple[Ints, NDArray[np.integer]], asked: Sequence[int]) -> Ints:
    """Return the rows of some communities, in order."""
    order, community = sorted_rows
    begin, end = np.searchsorted(community, asked, "left"), np.searchsorted(community, asked, "right")
    found = [order[a:b] for a, b in zip(begin.tolist(), end.tolist(), strict=True)]
    return np.sort(np.concatenate([np.zeros(0, np.int64), *found]))


def _kept(old: Plan, new: Plan) -> NDArray[np.bool_]:
    """Return which cells stay in the grid that they were in, bool[n_cells]; none where nobody had drawn any yet."""
    if not any(grid.resident and (grid.code or grid.name) for grid in old.grids) and not old.name:
        return np.zeros(len(new.fabric), np.bool_)
    source = np.append(match(old, new), -1)[new.grid_of]
    was = _old_grid(old, new)
    return np.asarray((source >= 0) & (source == was), np.bool_)


def _old_grid(old: Plan, new: Plan) -> Ints:
    if old.fabric is new.fabric:
        return old.grid_of.astype(np.int64)
    cells = [old.fabric.cell_of.get(name, -1) for name in new.fabric.cell_ids.tolist()]
    return np.append(old.grid_of, -1)[cells].astype(np.int64)
