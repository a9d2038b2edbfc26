"""Attacks on what is released: everything that may be asked, asked as often as one likes, added and subtracted."""

from __future__ import annotations

import itertools
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridmap import facilities
from gridmap import plan as planning
from gridmap.city import City
from gridmap.errors import PermissionDenied
from gridmap.geo.frames import Frame
from gridmap.plan import Plan
from gridmap.release import (
    COUNTS,
    EVERYWHERE,
    NOWHERE,
    OWN,
    PERSONAL,
    Released,
    Sight,
    blocks,
    release_balance,
    release_coverage,
    shown_city,
    shown_fabric,
    shown_plan,
    spread,
)
from gridmap.rules import profile
from gridmap.store import testing

EAST, WEST = "141182001001", "141182001002"
K = profile("cn").suppression.k


@pytest.fixture(scope="module")
def city():
    """Return a town whose buildings count few and different numbers of people."""
    layers = {name: rows for name, rows in testing.town().items() if name != "grids"}
    rows = layers["buildings"].copy()
    chance = np.random.default_rng(5)
    for name, most in (("households", 14), ("resident_households", 12), ("residents", 30), ("elders_60", 6),
                       ("elders_80", 3), ("children", 4)):  # fmt: skip
        rows[name] = chance.integers(0, most, len(rows))
    rows["households_basis"] = "registered"
    layers["buildings"] = rows
    return City.build(layers, frame=Frame(int(rows.crs.to_epsg())), profile=profile("cn"))


def column(city, name):
    return city.buildings[name].to_numpy(float, na_value=np.nan)


def blocks_of(city, name):
    points = np.array([(one.x, one.y) for one in city.building_points])
    return blocks(
        column(city, name), city.building_community, city.building_compound, x=points[:, 0], y=points[:, 1], k=K
    )


def with_columns(city, columns):
    table = city.buildings.copy()
    for name, values in columns.items():
        table[name] = np.asarray(values).astype(int)
        table[name] = table[name].astype("Int64")
    return replace(city, layers=MappingProxyType({**city.layers, "buildings": table}))


# ---- blocks --------------------------------------------------------------------------------------------------------


@given(st.data())
def test_each_block_counts_k_or_more_and_lies_in_one_community(data):
    n = data.draw(st.integers(1, 60))
    values = np.array(
        data.draw(st.lists(st.sampled_from([0, 1, 2, 3, 9, 10, 40, np.nan]), min_size=n, max_size=n)), float
    )
    community = np.array(data.draw(st.lists(st.integers(-1, 2), min_size=n, max_size=n)), np.int32)
    compound = np.array(data.draw(st.lists(st.integers(-1, 4), min_size=n, max_size=n)), np.int32)
    place = st.floats(0, 900_000, allow_nan=False)
    x, y = (np.array(data.draw(st.lists(place, min_size=n, max_size=n))) for _ in range(2))
    k = data.draw(st.integers(2, 12))
    block = blocks(values, community, compound, x=x, y=y, k=k)
    assert (block[np.isnan(values)] == -1).all()
    for one in np.unique(block[block >= 0]):
        inside = block == one
        assert len(np.unique(community[inside])) == 1
        assert values[inside].sum() >= k or values[(community == community[inside][0]) & ~np.isnan(values)].sum() == 0
    left = (block < 0) & ~np.isnan(values)
    for one in np.unique(community[left]):
        whole = values[(community == one) & ~np.isnan(values)]
        assert left[community == one].sum() == len(whole)
        assert 0 < whole.sum() < k
    told = spread(values, block, np.ones(n))
    for one in np.unique(block[block >= 0]):
        assert told[block == one].sum() == values[block == one].sum()


def test_blocks_do_not_follow_the_order_of_the_rows(city):
    values = column(city, "elders_60")
    points = np.array([(one.x, one.y) for one in city.building_points])
    turn = np.random.default_rng(1).permutation(len(values))
    straight = blocks_of(city, "elders_60")
    turned = blocks(
        values[turn],
        city.building_community[turn],
        city.building_compound[turn],
        x=points[turn, 0],
        y=points[turn, 1],
        k=K,
    )
    pairs = {(a, b) for a, b in zip(straight[turn].tolist(), turned.tolist(), strict=True)}
    assert len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs})


# ---- whatever is asked ----------------------------------------------------------------------------------------------


def rearranged(city, chance):
    """Return a city in which people have moved between the buildings of their blocks: other people, the same blocks."""
    made = city
    for name in (*COUNTS, *PERSONAL):
        block = blocks_of(city, name)
        for one in np.unique(block[block >= 0]):
            inside, values = np.flatnonzero(block == one), column(made, name)
            values[inside] = values[chance.permutation(inside)]
            moved = with_columns(made, {name: values})
            if (blocks_of(moved, name) == block).all():
                made = moved
    return made


@pytest.fixture(scope="module")
def twins(city):
    """Return the city and others that must look the same to everybody who may not see buildings one by one."""
    chance = np.random.default_rng(11)
    found = [rearranged(city, chance) for _ in range(3)]
    for other, name in itertools.product(found, (*COUNTS, *PERSONAL)):
        assert (column(other, name) != column(city, name)).sum() > 5, "the attack has something to tell apart"
    return city, found


def plans(city, count, seed=3):
    """Return divisions that no planner would make: any building in any grid of its community, and each by itself."""
    fabric, chance = planning.fabric(city), np.random.default_rng(seed)
    base = Plan.undivided(fabric)
    for _ in range(count):
        plan = base
        for at, building in enumerate(chance.permutation(fabric.cell_ids[fabric.building >= 0])[:6]):
            home = plan.grids[plan.grid_of[fabric.cell_of[building]]]
            if len(plan.cells_of(home.id)) > 1:
                plan = planning.split(plan, home.id, [str(building)], f"new~{at}")[0]
        yield plan


def balance(city, plan, sight):
    shown = shown_city(city, sight)
    drawn = shown_plan(plan, shown_fabric(plan.fabric, shown))
    measured = planning.balance(drawn, window=(3, 9))
    released = release_balance(measured.table, k=K, sight=sight)
    return (
        released.table,
        released.totals,
        dict(released.overall),
        {name: measured.totals[name] for name in ("in_range", "under", "over")},
    )


def same(one, other):
    return all(a.equals(b) if hasattr(a, "equals") else a == b for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("sight", [NOWHERE, Sight(frozenset([EAST]))])
def test_no_plans_however_drawn_tell_one_building_from_another(twins, sight):
    """Whoever asks for any plans gets what the blocks say: two cities of the same blocks cannot be told apart."""
    city, others = twins
    codes = np.append(city.communities["code"].to_numpy(object), "")[city.building_community]
    for other in others:
        # Within the sight buildings are seen as they are.
        kept = {name: np.where(sight.inside(codes), column(city, name), column(other, name)) for name in COUNTS}
        twin = with_columns(other, kept)
        for plan, alike in zip(plans(city, 12), plans(twin, 12), strict=True):
            assert same(balance(city, plan, sight), balance(twin, alike, sight))


def test_a_planner_of_the_whole_city_sees_households_but_no_elders_of_a_building(twins):
    city, others = twins
    for other in others:
        twin = with_columns(city, {name: column(other, name) for name in PERSONAL})
        for plan in plans(city, 8):
            assert same(balance(city, plan, EVERYWHERE), balance(twin, _on(plan, twin), EVERYWHERE))
    sums = planning.balance(next(plans(city, 1)), window=(3, 9)).table["households"]
    assert balance(city, next(plans(city, 1)), EVERYWHERE)[0]["households"].tolist() == sums.tolist()


def _on(plan, city):
    return replace(plan, fabric=planning.fabric(city))


def test_the_files_own_user_sees_sums_as_they_are(city):
    assert shown_city(city, OWN) is city


def test_no_limits_and_no_places_tell_who_is_covered_in_a_building(twins):
    """Limits metre by metre and facilities at any door: coverage, too, is of blocks."""
    city, others = twins
    ground = facilities.ground(city)
    points = ground.buildings
    for other in others[:1]:
        second = facilities.ground(other)
        for at, metres in itertools.product((0, 7), (5.0, 40.0, 41.0, 160.0)):
            change = [facilities.Open("new", float(points.x[at]) + 1, float(points.y[at]))]
            told = []
            for of in (ground, second):
                shown = shown_city(of.city, NOWHERE)
                people = {name: column(shown, name) for name in ("households", "residents", *PERSONAL)}
                covered = facilities.what_if(replace(of, city=shown, **people), "canteen", change, metres=metres)
                table = covered.after.table("community").rename(columns={"code": "community"})
                released = release_coverage(table, k=K, group="community", sight=NOWHERE)
                told.append((released.table, released.totals, dict(released.overall), covered.totals))
            assert same(*told)


# ---- two tables of the same buildings -----------------------------------------------------------------------------


def test_the_difference_of_two_plans_is_no_building(city):
    """Without blocks it would be: this is the hole that they close."""
    first = next(plans(city, 1))
    home = next(grid for grid in first.grids if len(first.cells_of(grid.id)) > 2)
    building = first.fabric.cell_ids[first.cells_of(home.id)[0]]
    second = planning.split(first, home.id, [str(building)], "alone")[0]
    row = int(first.fabric.building[first.fabric.cell_of[building]])

    def difference(of):
        one, other = (
            planning.balance(of(plan), window=(3, 9)).table.set_index("grid")["elders_60"][home.id]
            for plan in (first, second)
        )
        return one - other

    assert difference(lambda plan: plan) == column(city, "elders_60")[row]
    shown = shown_fabric(first.fabric, shown_city(city, EVERYWHERE))
    told = difference(lambda plan: shown_plan(plan, shown))
    block = blocks_of(city, "elders_60")
    mates = block == block[row]
    assert mates.sum() > 1
    assert column(city, "elders_60")[mates].sum() >= K
    assert told == shown.elders_60[first.fabric.cell_of[building]]


def test_two_days_of_the_same_buildings_differ_by_blocks(city):
    """A later count of one building changes the sums of blocks, whichever plan is asked."""
    values = column(city, "elders_60")
    values[4] += 1
    later = with_columns(city, {"elders_60": values})
    first, second = (shown_city(one, NOWHERE) for one in (city, later))
    change = column(second, "elders_60") - column(first, "elders_60")
    block = blocks_of(city, "elders_60")
    if (block == blocks_of(later, "elders_60")).all():
        assert set(np.flatnonzero(change)) <= set(np.flatnonzero(block == block[4]))
    assert change.sum() == 1


# ---- joined releases ------------------------------------------------------------------------------------------------


def test_within_an_area_figures_are_a_planners_and_outside_the_publics(city):
    sight = Sight(frozenset([EAST]))
    plan = next(plans(city, 1))
    table = balance(city, plan, sight)[0].set_index("grid")
    public = balance(city, plan, NOWHERE)[0].set_index("grid")
    exact = planning.balance(plan, window=(3, 9)).table.set_index("grid")
    east = table["community"] == EAST
    assert table["households"][east].tolist() == exact["households"][east].tolist()
    assert not table["households_suppressed"][east].any()
    assert table["households"][~east].equals(public["households"][~east])
    assert public["households_suppressed"].any()
    held = table["households_suppressed"]
    assert table.loc[held, ["status", "distance"]].isna().all(axis=None)


def test_released_values_cannot_be_made_by_anybody_else(city):
    with pytest.raises(PermissionDenied):
        Released(city.buildings, city.buildings, {}, "community", (), K, "", "", False)
