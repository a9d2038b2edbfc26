from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gridmap.city import City, check, check_raw, mend
from gridmap.city.check_shapes import repeated_or_spiked, tidy
from gridmap.city.cleaning import clean_code, clean_name
from gridmap.settings import DEFAULT

box = shapely.box


def change(town, layer, **columns):
    town[layer] = town[layer].copy()
    for column, (row, value) in columns.items():
        if column not in town[layer]:
            town[layer][column] = None
        town[layer][column] = [value if k == row else old for k, old in enumerate(town[layer][column])]
    return town


def mended(city, findings=None):
    """Return the city after repairs, with the repairs."""
    repairs, changes = mend(city, check(city) if findings is None else findings)
    layers = {name: gdf.copy() for name, gdf in city.layers.items()}
    for one in changes:
        column = list(layers[one.layer][one.column])
        column[one.row] = one.value
        layers[one.layer][one.column] = column
    layers = {name: gdf.set_geometry("geometry", crs=city.frame.crs) for name, gdf in layers.items()}
    return City.build(layers, frame=city.frame, profile=city.profile), repairs


# rule: the town with the fault, the area that changes, the households whose place does, whether it is safe
FAULTS = {
    "community-gap": (
        lambda town: change(town, "communities", geometry=(0, box(0, 0, 100, 100) - box(85, 40, 95, 60))), 200, 0, False
    ),
    "community-gap with a building": (
        lambda town: change(town, "communities", geometry=(0, box(0, 0, 100, 100) - box(65, 65, 95, 95))),
        900, 500, False,
    ),
    "community-sliver": (lambda town: change(town, "communities", geometry=(0, box(0, 0, 100.5, 100))), 50, 0, True),
    # The building in both is that of the lower code, and stays so.
    "community-overlap": (lambda town: change(town, "communities", geometry=(0, box(0, 0, 125, 100))), 2500, 0, False),
    "compound-overlap": (lambda town: change(town, "compounds", geometry=(1, box(50, 10, 90, 60))), 500, 0, False),
    "shape-vertices": (
        lambda town: change(
            town, "compounds", geometry=(0, shapely.Polygon([(10, 10), (60, 10), (60, 10), (60, 60), (10, 60)]))
        ),
        0, 0, True,
    ),
    "reference-unknown": (lambda town: change(town, "buildings", community=(0, "141182001009")), 0, 0, True),
    "building-outside-community": (lambda town: change(town, "buildings", community=(1, "141182001002")), 0, 0, False),
    "code-unclean": (lambda town: change(town, "compounds", id=(0, "Ｃ 1")), 0, 0, True),
    "name-unclean": (lambda town: change(town, "compounds", name=(0, "府东 小区")), 0, 0, True),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_each_repair_does_what_it_says_and_leaves_nothing(town, build, name) -> None:
    spoil, area, households, safe = FAULTS[name]
    city = build(spoil(town))
    (found,) = [one for one in check(city) if one.rule == name.split()[0]]
    assert found.repairable
    assert found.area_m2 == pytest.approx(area, abs=1.0)
    assert (found.households, found.safe) == (households, safe)
    after, repairs = mended(city, [found])
    assert [one.finding for one in repairs] == [found.id]
    assert found.rule not in {one.rule for one in check(after)}
    moved = [
        city.communities["code"].iloc[a] != after.communities["code"].iloc[b] if a >= 0 and b >= 0 else a != b
        for a, b in zip(city.building_community, after.building_community, strict=True)
    ]
    assert after.buildings["households"][moved].sum() <= households


def test_ground_that_two_claim_stays_with_whom_more_households_count_for(town, build) -> None:
    # The building at 120, 20 stands in both; the lower code has it, and has by far the most there.
    city = build(change(town, "communities", geometry=(0, box(0, 0, 125, 100))))
    (found,) = [one for one in check(city) if one.rule == "community-overlap"]
    assert "Leave it to" in found.repair
    after, _ = mended(city, [found])
    assert shapely.area(after.communities.geometry).sum() == pytest.approx(20_000)


def test_a_clean_code_is_written_wherever_it_is_named(town, build) -> None:
    town = change(change(town, "compounds", id=(0, "Ｃ９")), "buildings", compound=(0, "Ｃ９"))
    after, _ = mended(build(town))
    assert after.compounds["id"].iloc[0] == "C9"
    assert after.buildings["compound"].iloc[0] == "C9"


def test_a_code_is_not_cleaned_into_somebody_elses(town, build) -> None:
    (found,) = [one for one in check(build(change(town, "compounds", id=(0, "C 2")))) if one.rule == "code-unclean"]
    assert not found.repairable


def test_repairs_asked_for_together_stand_on_each_other(town, build) -> None:
    # Two gaps in one community: the second repair must not forget the first.
    hollow = box(0, 0, 100, 100) - box(85, 40, 95, 60) - box(40, 80, 50, 90)
    city = build(change(town, "communities", geometry=(0, hollow)))
    after, repairs = mended(city)
    assert len(repairs) == 2
    assert after.communities.geometry.iloc[0].area == pytest.approx(10_000)
    assert check(after) == ()


def test_the_same_city_offers_the_same_repairs(town, build) -> None:
    spoiled = FAULTS["community-sliver"][0](town)
    first, second = check(build(spoiled)), check(build(spoiled))
    assert first == second
    assert [one.id for one in first] == [one.id for one in second]


def test_an_invalid_polygon_is_told_and_made_valid(town, build) -> None:
    city = build(town)
    bow = shapely.Polygon([(10, 10), (60, 60), (60, 10), (10, 60)])
    layers = dict(city.layers)
    layers["compounds"] = layers["compounds"].assign(geometry=[bow, layers["compounds"].geometry.iloc[1]])
    raw = replace(city, layers=MappingProxyType(layers))
    (found,) = check_raw(raw)
    assert (found.rule, found.feature, found.layer) == ("shape-invalid", "C1", "compounds")
    (repair,), (one,) = mend(raw, [found])
    assert one.value.is_valid
    assert repair.area_m2 == pytest.approx(abs(one.value.area - bow.area))


def test_a_spike_is_found_and_taken_out() -> None:
    spike = shapely.Polygon([(0, 0), (10, 0), (10, 5), (40, 5.001), (10, 5.002), (10, 10), (0, 10)])
    plain = box(0, 0, 10, 10)
    assert repeated_or_spiked(np.array([spike, plain], object), width_m=0.01).tolist() == [True, False]
    after = tidy(spike, width_m=0.01)
    assert after.bounds[2] == 10
    assert after.area == pytest.approx(100, abs=0.1)


def test_a_narrow_corner_is_no_spike() -> None:
    wedge = shapely.Polygon([(0, 0), (100, 0), (0, 1)])
    assert not repeated_or_spiked(np.array([wedge], object), width_m=0.01).any()


def test_safe_is_what_the_settings_say(town, build) -> None:
    city = build(FAULTS["community-sliver"][0](town))
    (repair,), _ = mend(city, check(city))
    assert repair.safe()
    assert not repair.safe(replace(DEFAULT, repair_area_m2=10.0))


@given(st.text(max_size=12))
def test_cleaning_twice_is_cleaning_once(text) -> None:
    assert clean_code(clean_code(text)) == clean_code(text)
    assert clean_name(clean_name(text)) == clean_name(text)
