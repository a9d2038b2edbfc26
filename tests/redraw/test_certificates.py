"""Certificates of whole plans: the kind of each exception, and fixes that do what they say when they are made."""

from dataclasses import replace

import numpy as np
import pytest

from gridmap.plan import Fabric, Grid, Plan, lock
from gridmap.plan.testing import chequered
from gridmap.redraw import Fix, Redrawn, redraw
from gridmap.redraw.bounds import least_out
from gridmap.redraw.exact.impossible import in_range_counts, in_range_division, no_partition
from gridmap.redraw.exact.limits import Limits
from gridmap.redraw.exact.rescue import rescued
from gridmap.redraw.problem import score
from gridmap.redraw.testing import lattice

WINDOW = {"min_households": 300, "max_households": 500}


def certified(plan: Plan) -> Redrawn:
    return redraw(plan, **WINDOW, seed=1, certificates=True)


def only_fix(result: Redrawn, kind: str) -> Fix:
    """Return the cheapest fix of a kind of the first exception; check that fixes are sorted and help."""
    fixes = result.totals.exceptions[0].fixes
    assert all(fix.out_after < fix.out_before for fix in fixes)
    assert [(fix.out_after, fix.cost) for fix in fixes] == sorted((fix.out_after, fix.cost) for fix in fixes)
    return next(fix for fix in fixes if fix.kind == kind)


def with_households(fabric: Fabric, people: dict[int, int]) -> Fabric:
    households = fabric.households.copy()
    households[list(people)] = list(people.values())
    return replace(fabric, households=households)


def test_an_island_is_mended_by_the_bridge_that_is_named() -> None:
    fabric = chequered(12, 6, households=(20, 20), compound_cells=0)
    far = fabric.x > np.sort(fabric.x)[-12]
    apart = far[fabric.i] != far[fabric.j]
    names = ("i", "j", "shared_m", "barrier_m", "street_m")
    fabric = replace(fabric, **{name: getattr(fabric, name)[~apart] for name in names})
    plan = Plan.undivided(fabric)
    result = certified(plan)
    assert [(one.kind, one.proven) for one in result.totals.exceptions] == [("island", True)]
    fix = only_fix(result, "bridge")
    one, other = sorted(fabric.cell_of[name] for name in fix.buildings)
    assert far[one] != far[other]
    bridged = redraw(replace(plan, bridges=((one, other),)), **WINDOW, seed=1)
    assert bridged.totals.exceptions == ()
    assert (bridged.totals.grids, 0) == (fix.grids, fix.out_after)


def test_a_building_above_the_range_is_divided() -> None:
    fabric = with_households(chequered(8, 8, households=(20, 20), compound_cells=0), {27: 539})
    result = certified(Plan.undivided(fabric))
    assert [(one.kind, one.proof["households"]) for one in result.totals.exceptions] == [("oversize_atom", 539)]
    fix = only_fix(result, "divide_building")
    assert (fix.target, fix.households, fix.out_after) == (str(fabric.cell_ids[27]), 269, 0)


def test_a_compound_that_fits_no_grid_is_parted() -> None:
    # Three compounds in a row of 450, 250 and 450 households: the middle one fits nowhere whole.
    fabric = chequered(9, 1, households=(150, 150), compound_cells=0)
    fabric = with_households(fabric, {3: 80, 4: 90, 5: 80})
    compound = np.arange(9, dtype=np.int32) // 3
    ids = np.array(["a", "b", "c"], object)
    fabric = replace(fabric, compound=compound, compound_ids=ids, compound_names=ids)
    result = certified(Plan.undivided(fabric))
    assert [one.kind for one in result.totals.exceptions] == ["stuck_atom"]
    fix = only_fix(result, "split_compound")
    assert fix.target in ("a", "b", "c")
    assert 0 < fix.households < 450
    parted = replace(fabric, compound=np.where(compound == "abc".index(fix.target), -1, compound))
    assert redraw(Plan.undivided(parted), **WINDOW, seed=1).totals.exceptions == ()


def test_too_few_households_are_mended_by_moving_the_boundary() -> None:
    fabric = chequered(10, 8, communities=2, households=(20, 20), compound_cells=0)
    few = fabric.community == 0
    fabric = replace(fabric, households=np.where(few, 5, fabric.households))
    result = certified(Plan.undivided(fabric))
    found = [one for one in result.totals.exceptions if one.kind == "too_few"]
    assert len(found) == 1
    fix = found[0].fixes[0]
    assert fix.kind == "boundary"
    assert fix.target in {str(code) for code in fabric.community_codes}
    assert fix.households == int(fabric.households[[fabric.cell_of[name] for name in fix.buildings]].sum()) > 0
    assert fix.out_after < fix.out_before


def test_a_locked_grid_is_mended_by_unlocking_it() -> None:
    fabric = chequered(8, 6, households=(25, 25), compound_cells=0)
    code = str(fabric.community_codes[0])
    grid_of = (np.arange(48) % 8 >= 3).astype(np.int32)
    grids = tuple(Grid(f"{code}00{n}", "", "resident", code, code=f"{code}00{n}") for n in (1, 2))
    plan, _ = lock(Plan(fabric, grid_of, grids), grids[1].id)
    result = certified(plan)
    locked = next(one for one in result.totals.exceptions if one.kind == "locked")
    assert (locked.grid, locked.households) == (grids[1].id, 750)
    assert [fix.kind for fix in locked.fixes] == ["unlock"]
    free = replace(plan, grids=tuple(replace(grid, locked=False) for grid in grids))
    assert redraw(free, **WINDOW, seed=1).totals.exceptions == ()


def test_without_certificates_kinds_are_told_and_no_fix_is_tried() -> None:
    fabric = with_households(chequered(8, 8, households=(20, 20), compound_cells=0), {27: 539})
    result = redraw(Plan.undivided(fabric), **WINDOW, seed=1)
    assert [(one.kind, one.fixes) for one in result.totals.exceptions] == [("oversize_atom", ())]
    assert result.totals.proven


def test_certificates_are_plain_values() -> None:
    fabric = with_households(chequered(8, 8, households=(20, 20), compound_cells=0), {27: 539})
    told = certified(Plan.undivided(fabric)).to_dict()["totals"]
    assert told["grids_lower"] <= told["grids"] <= told["grids_upper"]
    assert told["exceptions"][0]["fixes"][0]["kind"] == "divide_building"
    assert told["exceptions"][0]["proof"]["at_most"] == 500


@pytest.mark.parametrize(("high", "counts"), [(400, (3, 4)), (500, (3, 4)), (300, (4, 4))])
def test_the_bounds_on_the_number_of_zones_are_met(high: int, counts: tuple[int, int]) -> None:
    problem = lattice(4, 3, households=100, window=(300, high))
    assert in_range_counts(problem, limits=Limits()) == counts


def test_what_no_set_of_zones_covers_is_proven_in_a_corner_of_a_large_problem() -> None:
    # Two towers side by side at the end of a long row: each alone is too small, both together too large.
    row = lattice(80, 1, households=50, window=(300, 500), oversize={0: 280, 1: 280})
    core = no_partition(row, np.array([0]), limits=Limits())
    assert core is not None
    assert len(core) < row.size
    assert in_range_division(lattice(6, 1, households=50, window=(300, 500)), limits=Limits()).status == "feasible"


def test_the_solver_rescues_what_a_search_left() -> None:
    problem = lattice(6, 4, households=50, window=(300, 300))
    poor = (np.arange(24) // 5).astype(np.int64)
    assert score(problem, poor).out > 0
    mended = rescued(problem, poor)
    assert score(problem, mended).out == least_out(problem) == 0
