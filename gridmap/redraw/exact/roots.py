"""Whether a problem can be divided in range, where its connected sets are too many to list.

Each atom chooses the zone it is in by that zone's root, the first of its atoms. Connectedness is not written down at
once: where a zone of CP-SAT's answer is in pieces, what every connected zone would have to keep is added, and it is
asked again. With few lived-in atoms among many empty ones this ends where listing sets does not.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from gridmap.redraw.problem import Ints, Problem

__all__ = ["rooted_division"]

ROUNDS = 400
"""Times that connectedness is mended."""


def rooted_division(problem: Problem, *, work: float) -> tuple[str, Ints | None]:
    """Say "feasible" (with labels int64[n]), "infeasible" (proven) or "open" for a connected problem.

    Feasible is a division in which each zone is in range, but for those that hold an atom above it: such a zone may
    hold more, as long as it counts no more in `Score.out` than its atoms above the range do in any division. `work` is
    CP-SAT's deterministic time for all questions together.
    """
    from ortools.sat.python import cp_model

    rooted = _Rooted(problem)
    if not rooted.roots:
        return "open", None
    spent = 0.0
    for _ in range(ROUNDS):
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = 0
        solver.parameters.max_deterministic_time = max(1e-3, work - spent)
        status = solver.solve(rooted.model)
        spent += solver.response_proto.deterministic_time
        if status == cp_model.INFEASIBLE:
            return "infeasible", None
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE) or spent >= work:
            return "open", None
        zone = rooted.zones(solver)
        if rooted.whole(zone):
            return "feasible", rooted.filled(zone)
    return "open", None


class _Rooted:
    """The model: `use[v, r]` says that atom v is in the zone of root r."""

    def __init__(self, problem: Problem) -> None:
        from ortools.sat.python import cp_model

        self.problem = problem
        self.near: list[list[int]] = [[] for _ in range(problem.size)]
        for a, b in zip(problem.i.tolist(), problem.j.tolist(), strict=True):
            self.near[a].append(b)
            self.near[b].append(a)
        self.households: list[int] = problem.households.tolist()
        # Atoms above the range come first, so that the root of a zone tells whether it has to be in range.
        lived_in = [v for v in range(problem.size) if self.households[v] > 0]
        self.roots = sorted(lived_in, key=lambda v: (self.households[v] <= problem.hi, v))
        self.rank = {root: k for k, root in enumerate(self.roots)}
        self.model = cp_model.CpModel()
        self.use: dict[tuple[int, int], cp_model.IntVar] = {}
        for root in self.roots:
            for v in self._reachable(root):
                self.use[v, root] = self.model.new_bool_var("")
        self._sums()
        for (v, root), one in self.use.items():
            if v != root:
                self._needs([one], [v], root)

    def _reachable(self, root: int) -> list[int]:
        """Return the atoms that a connected zone with this root may hold."""
        most = None if self.households[root] > self.problem.hi else self.problem.hi
        best, fresh = {root: self.households[root]}, [root]
        while fresh:
            at = fresh.pop()
            for v in self.near[at]:
                if self.rank.get(v, len(self.roots)) < self.rank[root]:
                    continue
                total = best[at] + self.households[v]
                if (most is None or total <= most) and total < best.get(v, total + 1):
                    best[v] = total
                    fresh.append(v)
        return list(best)

    def _sums(self) -> None:
        problem, model, use = self.problem, self.model, self.use
        large = {v for v in self.rank if self.households[v] > problem.hi}
        for v in range(problem.size):
            mine = [use[v, root] for root in self.roots if (v, root) in use]
            # An empty atom in no zone joins one in the end: the problem is connected.
            model.add_exactly_one(mine) if self.households[v] else model.add_at_most_one(mine)
        for root in self.roots:
            members = [v for v in self.rank if (v, root) in use]
            total = sum(self.households[v] * use[v, root] for v in members)
            if self.households[root] > problem.hi:
                share = problem.share
                least = sum(self.households[v] // share * use[v, root] for v in members if v in large)
                model.add(total <= share * least + share - 1)
                continue
            model.add(total <= problem.hi * use[root, root])
            model.add(total >= problem.lo * use[root, root])

    def _needs(self, ones: list[object], piece: list[int], root: int) -> None:
        """Ask that a zone which holds an atom of a piece without its root holds a neighbour of the piece too."""
        inside = set(piece)
        rim = {u for v in piece for u in self.near[v] if u not in inside and (u, root) in self.use}
        for one in ones:
            self.model.add_bool_or([*(self.use[u, root] for u in sorted(rim)), ~one])  # type: ignore[operator]

    def zones(self, solver: object) -> NDArray[np.int64]:
        """Return the root of each atom in an answer, −1 for none."""
        zone = np.full(self.problem.size, -1, np.int64)
        for (v, root), one in self.use.items():
            if solver.boolean_value(one):  # type: ignore[attr-defined]
                zone[v] = root
        return zone

    def whole(self, zone: Ints) -> bool:
        """Say whether the lived-in atoms of each zone are connected; add what the pieces that are not would need."""
        good = True
        for root in np.unique(zone[zone >= 0]).tolist():
            for piece in self._pieces(np.flatnonzero(zone == root).tolist()):
                if root in piece:
                    continue
                if not any(self.households[v] for v in piece):
                    zone[piece] = -1
                    continue
                good = False
                self._needs([self.use[v, root] for v in piece], piece, root)
        return good

    def _pieces(self, atoms: list[int]) -> Iterator[list[int]]:
        left = set(atoms)
        while left:
            piece = [left.pop()]
            for v in piece:
                fresh = [u for u in self.near[v] if u in left]
                left.difference_update(fresh)
                piece += fresh
            yield piece

    def filled(self, zone: Ints) -> Ints:
        """Return labels 0 … k−1, with each atom that is in no zone in that of a neighbour."""
        while (zone < 0).any():
            for v in np.flatnonzero(zone < 0).tolist():
                zone[v] = next((zone[u] for u in self.near[v] if zone[u] >= 0), -1)
        return np.unique(zone, return_inverse=True)[1].astype(np.int64)
