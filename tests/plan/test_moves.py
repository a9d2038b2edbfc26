"""Who moves, told three ways: the tables of a difference say the same, and agree with a look at every building."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gridmap.plan import Plan, assign, diff, match, split
from gridmap.plan.moves import ADDRESSES, COMPOUNDS, PAIRS


@settings(max_examples=25)
@given(data=st.data())
def test_pairs_compounds_and_addresses_are_of_the_same_buildings(plans, fabrics, data):
    fabric = data.draw(fabrics())
    old, new = (data.draw(plans(fabric, gaps=True)) for _ in range(2))
    grids = [grid.code or grid.id for plan in (old, new) for grid in plan.grids]
    workers = data.draw(st.dictionaries(st.sampled_from(grids), st.sampled_from("甲乙丙"))) if grids else {}
    found = diff(old, new, workers=workers)
    goes_on = np.append(match(old, new), -1)
    moved = [
        cell
        for cell, (was, now) in enumerate(zip(old.grid_of.tolist(), new.grid_of.tolist(), strict=True))
        if goes_on[now] != was or (was < 0) != (now < 0)
    ]
    built = [cell for cell in moved if fabric.building[cell] >= 0]
    assert sorted(found.addresses["building"]) == sorted(fabric.cell_ids[built].tolist())
    assert found.table["buildings"].sum() == found.totals["buildings_moved"] == len(built)
    households = int(fabric.households[moved].sum())
    assert found.table["households"].sum() == found.totals["households_moved"] == households
    assert int(found.addresses["households"].fillna(0).sum()) == int(fabric.households[built].sum())
    assert found.addresses["households"].isna().sum() == int((~fabric.known[built]).sum())
    inside = [cell for cell in moved if fabric.compound[cell] >= 0]
    assert found.compounds["households"].sum() == int(fabric.households[inside].sum())
    assert found.compounds["compound"].nunique() == found.totals["compounds_moved"]
    both = ["from_grid", "to_grid", "from_worker", "to_worker"]
    pairs = set(map(tuple, found.table[both].to_numpy().tolist()))
    for table in (found.compounds, found.addresses):
        assert set(map(tuple, table[both].to_numpy().tolist())) <= pairs
    changes = found.table[found.table["worker_changes"]]
    assert changes["households"].sum() == found.totals["households_worker_changes"]
    assert (found.table["worker_changes"] == (found.table["from_worker"] != found.table["to_worker"])).all()
    for table, columns in ((found.table, PAIRS), (found.compounds, COMPOUNDS), (found.addresses, ADDRESSES)):
        assert tuple(table) == columns


def test_a_new_grid_goes_on_with_the_worker_of_the_one_it_continues(town):
    city = town()
    from gridmap.plan import fabric

    plan = Plan.undivided(fabric(city))
    one = plan.grids[0].id
    made, _ = split(plan, one, ["h1", "h2"], "fresh")
    workers = {plan.grids[0].code or one: "甲"}
    found = diff(plan, made, city=city, workers=workers)
    assert found.totals["households_worker_changes"] == found.totals["households_moved"]
    told = found.table.to_dict("records")
    assert {row["from_worker"] for row in told} == {"甲"}
    assert {row["to_worker"] for row in told} == {""}, "nobody answers for what is new"
    back = diff(made, made, city=city, workers=workers)
    assert back.table.empty
    assert back.compounds.empty
    assert back.addresses.empty
    renamed = Plan(made.fabric, made.grid_of, made.grids, "b")
    swapped, _ = assign(renamed, ["h4"], "fresh")
    assert swapped is not renamed
    assert diff(made, swapped, city=city, workers=workers).addresses["building"].tolist() == ["h4"]


def test_a_compound_that_goes_the_same_way_is_whole(town):
    city = town()
    from gridmap.plan import fabric

    plan = Plan.undivided(fabric(city))
    both, _ = split(plan, plan.grids[0].id, ["h1", "h2"], "fresh")
    one, _ = split(plan, plan.grids[0].id, ["h1"], "fresh")
    for made, whole in ((both, True), (one, False)):
        rows = diff(plan, made, city=city).compounds
        if len(rows):
            assert set(rows["compound"]) == {"c1"}
            assert rows["name"].tolist() == ["小区1"]
            assert rows["whole"].tolist() == [whole]
