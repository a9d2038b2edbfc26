"""Atoms: whole compounds, their figures, their edges, and labels there and back."""

from collections import defaultdict

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gridmap.errors import InputError
from gridmap.plan import Plan, atoms, expand, previous_labels
from gridmap.plan.testing import chequered, striped


@given(data=st.data(), limit=st.integers(0, 400))
def test_atoms_are_whole_connected_compounds_or_single_cells(fabrics, data, limit):
    fabric = data.draw(fabrics())
    out = np.array(data.draw(st.lists(st.booleans(), min_size=len(fabric), max_size=len(fabric))))
    made = atoms(fabric, max_households=limit, taken_out=out)
    kept = (fabric.special < 0) & ~out
    np.testing.assert_array_equal(made.atom_of >= 0, kept)
    firsts = [int(np.argmax(made.atom_of == atom)) for atom in range(len(made))]
    assert firsts == sorted(firsts)

    compound_households = defaultdict(int)
    for cell in np.flatnonzero(kept):
        compound_households[fabric.community[cell], fabric.compound[cell]] += int(fabric.households[cell])
    neighbours = set(zip(fabric.i.tolist(), fabric.j.tolist(), strict=True))
    for one, other in neighbours:
        if kept[one] and kept[other]:
            key = (fabric.community[one], fabric.compound[one])
            together = key == (fabric.community[other], fabric.compound[other])
            whole = together and key[1] >= 0 and compound_households[key] <= limit
            assert (made.atom_of[one] == made.atom_of[other]) == whole

    for atom in range(len(made)):
        cells = np.flatnonzero(made.atom_of == atom)
        assert made.households[atom] == fabric.households[cells].sum()
        assert made.unknown[atom] == (~fabric.known[cells]).sum()
        assert made.area_m2[atom] == pytest.approx(fabric.area_m2[cells].sum())
        assert set(fabric.community[cells]) == {made.community[atom]}
        assert set(fabric.compound[cells]) == {made.compound[atom]}
        shape = shapely.coverage_union_all(fabric.polygons[cells])
        assert shape.geom_type == "Polygon"
        edges = made.shared_m[(made.i == atom) | (made.j == atom)].sum()
        assert made.outer_m[atom] == pytest.approx(shape.length - edges)


@given(data=st.data(), limit=st.integers(0, 400))
def test_edges_add_up_the_neighbourhoods_of_their_cells(fabrics, data, limit):
    fabric = data.draw(fabrics())
    made = atoms(fabric, max_households=limit)
    sums = defaultdict(lambda: np.zeros(3))
    for k, (one, other) in enumerate(zip(made.atom_of[fabric.i], made.atom_of[fabric.j], strict=True)):
        if one >= 0 and other >= 0 and one != other:
            sums[min(one, other), max(one, other)] += [fabric.shared_m[k], fabric.barrier_m[k], fabric.street_m[k]]
    found = {
        (one, other): [made.shared_m[k], made.barrier_m[k], made.street_m[k]]
        for k, (one, other) in enumerate(zip(made.i, made.j, strict=True))
    }
    assert found == {pair: pytest.approx(list(metres)) for pair, metres in sums.items()}
    assert (made.i < made.j).all()
    assert (made.community[made.i] == made.community[made.j]).all()


def test_a_compound_that_is_cut_in_two_becomes_two_atoms():
    fabric = chequered(3, 1, compound_cells=3, households=(10, 10))
    assert len(atoms(fabric, max_households=500)) == 1
    halves = atoms(fabric, max_households=500, taken_out=np.array([False, True, False]))
    assert halves.atom_of.tolist() == [0, -1, 1]
    assert halves.compound.tolist() == [0, 0]
    assert not len(halves.i)
    joined = atoms(fabric, max_households=500, taken_out=np.array([False, True, False]), bridges=((0, 2),))
    assert joined.atom_of.tolist() == [0, -1, 0]


def test_bridges_are_edges_without_length():
    fabric = chequered(3, 1, compound_cells=0)
    made = atoms(fabric, max_households=500, taken_out=np.array([False, True, False]), bridges=((2, 0), (0, 2)))
    assert (made.i.tolist(), made.j.tolist(), made.shared_m.tolist()) == ([0], [1], [0.0])
    assert atoms(fabric, max_households=500, bridges=((0, 1),)).shared_m.tolist() == [50.0, 50.0]


@given(data=st.data(), limit=st.integers(0, 400))
def test_previous_labels_are_the_majority_and_expand_back(plans, data, limit):
    plan = data.draw(plans(gaps=True))
    made = atoms(plan.fabric, max_households=limit)
    labels = previous_labels(made, plan)
    for atom in range(len(made)):
        cells = np.flatnonzero((made.atom_of == atom) & (plan.grid_of >= 0))
        weights = plan.fabric.households if made.households[atom] else plan.fabric.area_m2
        sums = {int(grid): weights[cells[plan.grid_of[cells] == grid]].sum() for grid in plan.grid_of[cells]}
        best = min((grid for grid in sums if sums[grid] == max(sums.values())), default=-1)
        assert labels[atom] == best
    spread = expand(made, labels)
    assert (spread[made.atom_of < 0] == -1).all()
    np.testing.assert_array_equal(spread[made.atom_of >= 0], labels[made.atom_of[made.atom_of >= 0]])
    kept = expand(made, labels, base=plan.grid_of)
    Plan(plan.fabric, kept, plan.grids)
    np.testing.assert_array_equal(kept[made.atom_of < 0], plan.grid_of[made.atom_of < 0])


def test_nothing_to_redraw_gives_no_atoms():
    fabric = chequered(3, 2)
    none = atoms(fabric, max_households=500, taken_out=np.ones(6, bool))
    assert len(none) == 0
    assert expand(none, np.empty(0, np.int32)).tolist() == [-1] * 6
    assert previous_labels(none, striped(fabric)).tolist() == []


def test_arrays_of_a_wrong_length_are_refused():
    fabric = chequered(3, 2)
    for call in (
        lambda: atoms(fabric, max_households=5, taken_out=np.ones(5, bool)),
        lambda: expand(atoms(fabric, max_households=5), np.zeros(99, int)),
    ):
        with pytest.raises(InputError) as error:
            call()
        assert error.value.code == "atoms-shape"


def test_a_compound_of_just_the_limit_is_one_atom_and_one_above_is_its_buildings():
    fabric = chequered(2, 2, households=(10, 10))
    assert len(atoms(fabric, max_households=40)) == 1
    assert len(atoms(fabric, max_households=39)) == 4


def test_a_compound_in_two_communities_is_counted_in_each():
    fabric = chequered(2, 2, communities=2, households=(10, 10))
    assert len(atoms(fabric, max_households=20)) == 2
    assert len(atoms(fabric, max_households=19)) == 4
