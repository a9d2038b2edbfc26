"""Alternatives of siting, each measured by a coverage of its own; the measures told again from the distances."""

import numpy as np
import pytest

from gridmap import facilities
from gridmap.city import City
from gridmap.geo.frames import Frame
from gridmap.rules import profile
from gridmap.store import testing


@pytest.fixture(scope="module")
def ground():
    import geopandas as gpd
    import shapely

    layers = testing.town()
    block = [shapely.box(testing.X0 + x, testing.Y0 + y, testing.X0 + x + 90, testing.Y0 + y + 60)
             for x in range(20, 1100, 200) for y in (40, 300)]  # fmt: skip
    layers["compounds"] = gpd.GeoDataFrame(
        {"id": [f"c{k:02}" for k in range(len(block))], "name": [f"小区{k}" for k in range(len(block))]},
        geometry=block, crs=testing.CRS,
    )  # fmt: skip
    layers["facilities"] = gpd.GeoDataFrame(
        {"id": ["f1"], "kind": ["canteen"], "name": ["食堂"], "status": ["open"]},
        geometry=[shapely.Point(testing.X0 + 300, testing.Y0 + 190)], crs=testing.CRS,
    )  # fmt: skip
    del layers["grids"]
    return facilities.ground(City.build(layers, frame=Frame(4546), profile=profile("cn"), name="t"))


def test_they_are_the_present_the_answer_and_others(ground):
    plan = facilities.site(ground, "canteen", add=2, metres=250)
    told = []
    made = facilities.alternatives(plan, add=2, options={"metres": 250}, progress=lambda *step: told.append(step))
    assert told == [("present", 0, 4), ("p_median", 1, 4), ("p_center", 2, 4), ("second", 3, 4)]
    assert [one.id for one in made] == ["present", "mclp", "p_median", "p_center", "second"]
    by = {one.id: one for one in made}
    assert by["present"].coverage.totals["households_covered"] == plan.before
    assert by["mclp"].coverage.totals["households_covered"] == plan.after
    # The answer covers most, the median walks least: each is best by its own yardstick.
    covered = {name: one.coverage.totals["households_covered"] for name, one in by.items()}
    assert max(covered.values()) == covered["mclp"] > covered["present"]
    assert min(one.mean_m for one in made) == by["p_median"].mean_m
    longest = {name: one.coverage.dist_m[ground.households > 0].max() for name, one in by.items()}
    assert min(longest.values()) == longest["p_center"]
    first, second = set(plan.steps["id"]), set(by["second"].plan.steps["id"])
    assert second
    assert not first & second


def test_measures_are_those_of_the_distances(ground):
    plan = facilities.site(ground, "canteen", add=1, metres=250)
    for one in facilities.alternatives(plan, add=1, options={"metres": 250}):
        households = np.nan_to_num(ground.households).astype(int)
        every = np.sort(np.repeat(one.coverage.dist_m, households))
        assert one.mean_m == pytest.approx(every.mean())
        assert (every <= one.far_m).mean() >= 0.95
        assert (every < one.far_m).mean() < 0.95
        reached = one.coverage.dist_m <= 250
        served = {int(area) for area in ground.community[reached & (households > 0)]}
        assert one.unserved == len(ground.city.communities) - len(served)


def test_candidates_can_be_left_out(ground):
    every = facilities.candidates(ground)
    fewer = facilities.candidates(ground, without=["c00", "c03", "nothing"])
    assert set(every.ids) - set(fewer.ids) == {"c00", "c03"}
    plan = facilities.site(ground, "canteen", add=1, metres=250, without=list(every.ids[:-1]))
    assert list(plan.steps["id"]) == [every.ids[-1]]
