"""Explanations: their figures are those of the plan after the change, measured by the balance."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridmap.errors import InputError
from gridmap.plan import Plan, assign, balance, lock
from gridmap.plan.testing import chequered, striped
from gridmap.redraw import redraw
from gridmap.redraw.explain import Explanation, explain
from gridmap.redraw.problem import Weights

WINDOW = {"min_households": 300, "max_households": 500}


@pytest.fixture(scope="module")
def drawn() -> Plan:
    fabric = chequered(20, 16, communities=2, specials=1, unknown=0.05, seed=5)
    return redraw(striped(fabric, 12), **WINDOW, seed=3).plan


def figures(plan: Plan) -> dict[str, float]:
    """Measure a plan's community terms with the balance of the plan room."""
    table = balance(plan, window=(300, 500)).table
    table = table[(table["kind"] == "resident") & (table["parts"] > 0)]
    far = table["distance"].sum()
    return {
        "contiguity": float((table["parts"] - 1).sum()),
        "range": float(far),
        "compounds": float(plan.compounds_split(500)),
        "compactness": float((1 - table["polsby_popper"]).sum()),
    }


@given(cell=st.integers(0, 319))
def test_the_figures_are_those_of_the_plan_after_the_change(drawn: Plan, cell: int) -> None:
    fabric = drawn.fabric
    if fabric.special[cell] >= 0:
        return
    name = str(fabric.cell_ids[cell])
    told = explain(drawn, building=name, **WINDOW)
    own = int(drawn.grid_of[cell])
    near = set(drawn.grid_of[fabric.j[fabric.i == cell]]) | set(drawn.grid_of[fabric.i[fabric.j == cell]])
    assert {one.grid for one in told.options} == {drawn.grids[at].id for at in near - {own}}
    assert (told.grid, told.households) == (drawn.grids[own].id, fabric.households[cell])
    now = figures(drawn)
    for row in told.table.to_dict("records"):
        after, _ = assign(drawn, [name], row["grid"])
        if (after.grid_of == own).any():
            then = figures(after)
            for term in ("contiguity", "range", "compounds"):
                assert row[term] == then[term] - now[term], term
            assert row["compactness"] == pytest.approx(then["compactness"] - now["compactness"], abs=0.002)
        assert row["households"] == after.households[after.position(row["grid"])]
        assert row["own_households"] == after.households[own]


def test_options_are_ordered_by_what_is_never_traded(drawn: Plan) -> None:
    order = ["contiguity", "range", "crossings", "compounds"]
    for cell in range(0, 320, 7):
        if drawn.fabric.special[cell] >= 0:
            continue
        told = explain(drawn, building=str(drawn.fabric.cell_ids[cell]), **WINDOW)
        parts = told.table["contiguity"].tolist()
        assert parts == sorted(parts)
        for one, row in zip(told.options, told.table.to_dict("records"), strict=True):
            if one.decided_by in order and one.decided_by != "range":
                assert all(not row[name] for name in order[: order.index(one.decided_by)] if name != "range")
                assert (row[one.decided_by] < 0) == one.better


def wrongly_placed(plan: Plan) -> tuple[Plan, str, str]:
    """Put a building into a neighbouring grid whose range it breaks; returns also the building and where it was."""
    fabric = plan.fabric
    for one, other in zip(fabric.i.tolist(), fabric.j.tolist(), strict=True):
        a, b = plan.grid_of[one], plan.grid_of[other]
        if a != b and fabric.compound[one] < 0 and plan.grids[b].resident:
            new, _ = assign(plan, [one], plan.grids[b].id)
            if new.households[a] < 300 and new.contiguity_breaks == 0:
                return new, str(fabric.cell_ids[one]), plan.grids[a].id
    raise AssertionError("the plan has no such building")


def test_a_better_place_is_told(drawn: Plan) -> None:
    plan, building, home = wrongly_placed(drawn)
    told = explain(plan, building=building, before=drawn, **WINDOW)
    best = told.options[0]
    assert (best.grid, best.better, best.decided_by) == (home, True, "range")
    assert "better place" in told.text("en")
    assert "更合适" in told.text("zh")
    moved = next(term for term in best.terms if term.name == "moved")
    assert "fewer" in moved.en
    assert moved.change == pytest.approx(-0.5 * told.households / (drawn.households[drawn_in(plan, building)].mean()))


def drawn_in(plan: Plan, building: str) -> np.ndarray:
    """Return the resident grids of the community of a building."""
    code = plan.grids[plan.grid_of[plan.fabric.cell_of[building]]].community
    return np.array([at for at, grid in enumerate(plan.grids) if grid.resident and grid.community == code])


def test_weights_price_the_soft_terms(drawn: Plan) -> None:
    name = boundary_building(drawn)
    dear = explain(drawn, building=name, weights=Weights(compactness=2.0), **WINDOW).table
    usual = explain(drawn, building=name, **WINDOW).table
    merged = usual.merge(dear, on="grid")
    assert np.allclose(merged["compactness_y"], 2 * merged["compactness_x"], atol=0.002)
    assert np.allclose(merged["range_y"], merged["range_x"])


def boundary_building(plan: Plan) -> str:
    fabric = plan.fabric
    apart = plan.grid_of[fabric.i] != plan.grid_of[fabric.j]
    return str(fabric.cell_ids[fabric.i[np.flatnonzero(apart)[3]]])


def test_a_compound_is_moved_as_a_whole(drawn: Plan) -> None:
    fabric = drawn.fabric
    inside = np.flatnonzero((fabric.compound >= 0) & (fabric.special < 0))
    for compound in np.unique(fabric.compound[inside]):
        name = str(fabric.compound_ids[compound])
        if len(np.unique(fabric.community[fabric.compound == compound])) > 1:
            continue
        told = explain(drawn, compound=name, **WINDOW)
        assert told.households == fabric.households[(fabric.compound == compound) & (fabric.special < 0)].sum()
        assert not told.table["compounds"].any()


def test_locked_and_special_grids_are_said_to_be_so(drawn: Plan) -> None:
    name = boundary_building(drawn)
    open_options = explain(drawn, building=name, **WINDOW).options
    held, _ = lock(drawn, open_options[0].grid)
    told = explain(held, building=name, **WINDOW)
    assert open_options[0].grid not in {one.grid for one in told.options}
    assert f"Grid {open_options[0].grid} beside it is locked." in told.text()
    own, _ = lock(drawn, told.grid)
    assert explain(own, building=name, **WINDOW).options == ()
    special = str(drawn.fabric.cell_ids[np.flatnonzero(drawn.fabric.special >= 0)[0]])
    assert "专属网格" in explain(drawn, building=special, **WINDOW).text("zh")


def test_it_is_shown_as_text_and_values(drawn: Plan) -> None:
    told = explain(drawn, building=boundary_building(drawn), **WINDOW)
    assert isinstance(told, Explanation)
    values = told.to_dict()
    assert values["text"]["en"] == repr(told)
    assert values["options"][0]["terms"][0]["zh"] in values["text"]["zh"]
    assert "<table" in told._repr_html_()


def test_what_is_not_there_is_refused(drawn: Plan) -> None:
    for asked, code in (
        ({}, "explain-what"),
        ({"building": "b0001", "compound": "c000"}, "explain-what"),
        ({"building": "nowhere"}, "building-unknown"),
        ({"compound": "nowhere"}, "compound-unknown"),
    ):
        with pytest.raises(InputError) as caught:
            explain(drawn, **asked, **WINDOW)
        assert caught.value.code == code
    loose = replace(drawn, grid_of=np.where(np.arange(len(drawn.fabric)) == 5, -1, drawn.grid_of))
    with pytest.raises(InputError, match="in no grid"):
        explain(loose, building="b0005", **WINDOW)
