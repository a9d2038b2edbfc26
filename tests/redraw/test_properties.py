"""Random planar problems with windows, islands, barriers, locks, oversize and zero atoms: rules hold, all is proven."""

from dataclasses import replace

import networkx as nx
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmap.plan import Plan, lock
from gridmap.plan.testing import chequered, striped
from gridmap.redraw import Effort, redraw
from gridmap.redraw.community import Drawing, Task, draw
from gridmap.redraw.exact.causes import KINDS
from gridmap.redraw.problem import Problem, connected_parts, part_of, score
from gridmap.redraw.testing import divisions, random_problem

INSTANCES = max(500, settings.default.max_examples)
SMALL = Effort(seeds=1, more_seeds=2, flips=40, merges=8)
SEEDS = st.integers(0, 2**32 - 1)


def instance(seed: int, atoms: int, *, islands: bool, barriers: bool, locks: bool) -> Problem:
    """Return a random community; with `locks` some of its atoms are taken out, as those of locked grids are."""
    problem = random_problem(seed, atoms=atoms, islands=islands, barriers=barriers)
    if not locks:
        return problem
    free = np.flatnonzero(np.random.default_rng(seed).random(atoms) < 0.8)
    return part_of(problem, free, grids=problem.grids)


def drawn(problem: Problem, seed: int, *, certify: bool) -> Drawing:
    names = tuple(f"building {v}" for v in range(problem.size))
    cut_off = ("it is an island",) * problem.size
    return draw(Task("c", problem, names, cut_off, seed, SMALL, certify))


def assert_rules(problem: Problem, drawing: Drawing) -> None:
    labels = drawing.labels
    graph = nx.Graph(zip(problem.i.tolist(), problem.j.tolist(), strict=True))
    graph.add_nodes_from(range(problem.size))
    for zone in range(int(labels.max(initial=-1)) + 1):
        assert nx.is_connected(graph.subgraph(np.flatnonzero(labels == zone).tolist()))
    lived_in = [part for part in nx.connected_components(graph) if problem.households[list(part)].sum() > 0]
    assert set(np.flatnonzero(labels >= 0).tolist()) == set().union(*lived_in)
    sums = np.bincount(labels[labels >= 0], problem.households[labels >= 0])
    out = set(np.flatnonzero((sums < problem.lo) | (sums > problem.hi)).tolist())
    assert set(drawing.reasons) == out
    assert len(drawing.without) == nx.number_connected_components(graph) - len(lived_in)
    for cause in (*drawing.reasons.values(), *drawing.without):
        assert cause.kind in KINDS
        assert cause.reason
        assert cause.atoms
    if not out:
        assert drawing.bounds[0] <= len(sums) <= drawing.bounds[1]


@settings(max_examples=INSTANCES)
@given(
    seed=SEEDS,
    atoms=st.integers(1, 20) | st.integers(31, 40),
    islands=st.booleans(),
    barriers=st.booleans(),
    locks=st.booleans(),
)
def test_no_instance_breaks_a_rule(seed: int, atoms: int, islands: bool, barriers: bool, locks: bool) -> None:
    problem = instance(seed, atoms, islands=islands, barriers=barriers, locks=locks)
    assert_rules(problem, drawn(problem, seed, certify=False))


@settings(max_examples=INSTANCES)
@given(seed=SEEDS, atoms=st.integers(1, 7), islands=st.booleans(), barriers=st.booleans(), locks=st.booleans())
def test_certificates_hold_for_every_division(
    seed: int, atoms: int, islands: bool, barriers: bool, locks: bool
) -> None:
    problem = instance(seed, atoms, islands=islands, barriers=barriers, locks=locks)
    drawing = drawn(problem, seed, certify=True)
    assert_rules(problem, drawing)
    causes = list(drawing.reasons.values())
    assert "not_proven" not in {cause.kind for cause in causes}
    part = connected_parts(problem)
    least = most = 0
    for p in np.unique(part[drawing.labels >= 0]).tolist():
        members = np.flatnonzero(part == p)
        piece = part_of(problem, members)
        here = [np.isin(members, cause.atoms) for cause in causes if set(cause.atoms) <= set(members.tolist())]
        mine = score(piece, np.unique(drawing.labels[members], return_inverse=True)[1])
        counts = []
        for labels in divisions(piece):
            sums = np.bincount(labels, piece.households)
            bad = ((sums < piece.lo) | (sums > piece.hi))[labels]
            # Whatever is drawn, a grid that holds some of the atoms of the proof is out of range.
            assert all((bad & atoms_of).any() for atoms_of in here)
            if score(piece, labels).out <= mine.out:
                counts.append(int(labels.max()) + 1)
        least, most = least + min(counts), most + max(counts)
    assert drawing.bounds[0] <= least
    assert most <= drawing.bounds[1]


@given(
    nx_=st.integers(2, 10), ny=st.integers(1, 6), side=st.integers(0, 3), top=st.integers(1, 300),
    unknown=st.floats(0, 0.5), grids=st.integers(1, 6), seed=st.integers(0, 999), certificates=st.booleans(),
)  # fmt: skip
def test_locked_grids_stay_and_every_exception_has_a_kind(
    nx_: int, ny: int, side: int, top: int, unknown: float, grids: int, seed: int, certificates: bool
) -> None:
    fabric = chequered(nx_, ny, communities=2, households=(0, top), compound_cells=side, unknown=unknown, seed=seed)
    old = striped(fabric, grids)
    for grid in old.grids[:: 1 + seed % 4]:
        old, _ = lock(old, grid.id)
    result = redraw(old, min_households=300, max_households=500, seed=seed, effort=SMALL, certificates=certificates)
    assert result.totals.contiguity_breaks == 0
    assert_locked(old, result.plan)
    listed = [one for one in result.totals.exceptions if one.grid is not None]
    assert len(listed) == result.totals.grids - result.totals.in_range
    assert {one.kind for one in result.totals.exceptions} <= set(KINDS)
    assert result.totals.proven == all(one.kind != "not_proven" for one in result.totals.exceptions)
    for one in listed:
        assert all(fix.out_after < fix.out_before for fix in one.fixes)
        assert [fix.cost for fix in one.fixes if fix.out_after == 0] == sorted(
            fix.cost for fix in one.fixes if fix.out_after == 0
        )


def assert_locked(old: Plan, new: Plan) -> None:
    for grid in old.grids:
        if grid.locked:
            np.testing.assert_array_equal(old.cells_of(grid.id), new.cells_of(grid.id))
            assert replace(new.grid(grid.id)) == grid
