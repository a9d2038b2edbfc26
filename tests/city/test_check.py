from collections import Counter
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

import gridmap
from gridmap.city import CHECK_STEPS, LAYERS, Finding, check, finding, finding_rules
from gridmap.geo.frames import Frame

box = shapely.box


def rules(city) -> Counter[str]:
    return Counter(one.rule for one in check(city))


def only(city, rule) -> Finding:
    (one,) = [one for one in check(city) if one.rule == rule]
    return one


def test_a_sound_town_has_no_findings(town, build) -> None:
    assert check(build(town)) == ()


def test_an_empty_city_says_what_is_missing(build) -> None:
    found = check(build({}))
    assert [(one.rule, one.layer) for one in found] == [
        ("layer-needed", "buildings"),
        ("layer-needed", "communities"),
        ("layer-missing", "compounds"),
        ("layer-missing", "streets"),
        ("layer-missing", "subdistricts"),
    ]


def change(town, layer, **columns):
    """Change values of a layer: column=(row, value)."""
    town[layer] = town[layer].copy()
    for column, (row, value) in columns.items():
        if column not in town[layer]:
            town[layer][column] = None
        town[layer][column] = [value if k == row else old for k, old in enumerate(town[layer][column])]
    return town


CASES = {
    "duplicate-id": lambda town: change(town, "buildings", id=(3, "B1")),
    "duplicate-name": lambda town: change(town, "communities", name=(1, "东关社区")),
    "code-invalid": lambda town: change(town, "communities", code=(1, "14118200100")),
    "reference-unknown": lambda town: change(town, "buildings", community=(0, "141182001009")),
    "code-unclean": lambda town: change(town, "compounds", id=(0, "Ｃ 1")),
    "name-unclean": lambda town: change(town, "compounds", name=(0, "府东 小区")),
    "parent-missing": lambda town: change(
        change(town, "compounds", community=(0, "141182001001")), "compounds", name=(1, "汾酒小区")
    ),
    "shape-vertices": lambda town: change(
        town, "compounds", geometry=(0, shapely.Polygon([(10, 10), (60, 10), (60, 10), (60, 60), (10, 60)]))
    ),
    "shape-parts": lambda town: change(
        town, "communities", geometry=(0, shapely.MultiPolygon([box(0, 0, 100, 62), box(0, 68, 100, 100)]))
    ),
    "validity-reversed": lambda town: change(
        town, "compounds", valid_from=(0, "2020-01-02"), valid_to=(0, "2020-01-01")
    ),
    "community-overlap": lambda town: change(town, "communities", geometry=(0, box(0, 0, 105, 100))),
    "community-gap": lambda town: change(town, "communities", geometry=(0, box(0, 0, 100, 100) - box(85, 40, 95, 60))),
    "community-sliver": lambda town: change(town, "communities", geometry=(0, box(0, 0, 100.5, 100))),
    "community-outside-subdistrict": lambda town: change(town, "communities", geometry=(1, box(100, 0, 250, 100))),
    "compound-across-communities": lambda town: change(town, "compounds", geometry=(0, box(10, 10, 108, 60))),
    "compound-overlap": lambda town: change(town, "compounds", geometry=(1, box(50, 10, 90, 60))),
    "building-without-community": lambda town: change(
        town, "buildings", geometry=(1, box(70, 170, 80, 180)), households=(0, 1100)
    ),
    "building-outside-community": lambda town: change(town, "buildings", community=(1, "141182001002")),
    "building-outside-compound": lambda town: change(town, "buildings", compound=(1, "C1")),
    "households-unknown": lambda town: change(town, "buildings", households=(1, None)),
    "households-negative": lambda town: change(town, "buildings", resident_households=(1, -1)),
    "households-basis": lambda town: change(town, "buildings", households_basis=(1, None)),
    "households-date": lambda town: change(town, "buildings", households_as_of=(1, None)),
    "people-negative": lambda town: change(town, "buildings", elders_80=(1, -1)),
    "people-contradict": lambda town: change(town, "buildings", elders_60=(1, 1201)),
    "residents-few": lambda town: change(town, "buildings", resident_households=(1, 1201)),
    "community-size": lambda town: change(town, "buildings", households=(1, 399)),
}


@pytest.mark.parametrize("rule", CASES)
def test_each_fault_is_found_and_nothing_else(town, build, rule) -> None:
    city = build(CASES[rule](town))
    assert rules(city) == {rule: 1}
    one = only(city, rule)
    assert one.severity == finding_rules()[rule].severity
    assert one.message
    assert one.remedy == finding_rules()[rule].remedy
    assert one.feature or rule in {"households-basis", "households-date"}
    assert np.isfinite(one.x) != (rule in {"households-basis", "households-date"})
    assert [one.id] == [again.id for again in check(build(CASES[rule](town)))]


def test_every_rule_of_the_city_is_tried_and_complete() -> None:
    source = "".join(path.read_text("utf-8") for path in Path(gridmap.__file__).parent.glob("city/check*.py"))
    used = {rule for rule in finding_rules() if f'"{rule}"' in source}
    elsewhere = {"shape-invalid", "households-total", "code-drifted", "code-reused"}  # test_repairs, test_ledgers
    assert used - set(CASES) == {"layer-missing", "layer-needed", "community-without-subdistrict"} | elsewhere
    for rule in finding_rules().values():
        assert rule.severity in {"error", "warning", "note"}
        assert all((rule.title, rule.title_zh, rule.remedy, rule.remedy_zh))


def test_a_community_in_no_subdistrict(town, build) -> None:
    town = change(town, "subdistricts", geometry=(0, box(0, 0, 100, 100)))
    assert rules(build(town, rules="opaque")) == {"community-without-subdistrict": 1}
    # Its code says which: then it reaches out of that one.
    assert rules(build(town)) == {"community-outside-subdistrict": 1}


def test_messages_name_places_and_figures(town, build) -> None:
    overlap = only(build(CASES["community-overlap"](town)), "community-overlap")
    assert overlap.message == (
        "Overlap of 东关社区 (141182001001) and 建昌社区 (141182001002): 500.0 m², up to 5.00 m wide."
    )
    assert overlap.feature == "141182001001 · 141182001002"
    assert 100 < overlap.x < 105


def test_a_compound_across_communities_says_its_shares(town, build) -> None:
    one = only(build(CASES["compound-across-communities"](town)), "compound-across-communities")
    assert "东关社区 (141182001001) 92%, 建昌社区 (141182001002) 8%" in one.message


def test_unknown_is_never_zero(town, build) -> None:
    # Unknown households leave the size of the community open below, and say nothing about people.
    for column in ("households", "residents", "elders_60", "children"):
        town = change(town, "buildings", **{column: (0, None)})
    found = rules(build(town))
    assert found == {"households-unknown": 1}
    # Above the limit the known ones alone decide.
    town = change(town, "buildings", households=(1, 3001))
    one = only(build(town), "community-size")
    assert "has at least 3,001 households (dwelling) where 1,000 to 3,000 are usual" in one.message
    # A zero is known, and all of a known community counts.
    zero = change(change(town, "buildings", households=(0, 0)), "buildings", households=(1, 0))
    assert "has 0 households" in only(build(zero), "community-size").message


def test_the_size_is_of_resident_households_where_they_are_known(town, build) -> None:
    town["buildings"]["resident_households"] = [300, 250, 610, 390]
    (one,) = check(build(town))
    assert (one.rule, one.feature) == ("community-size", "141182001001")
    assert "has 550 households (resident) where" in one.message
    # Known of some only, they are no sum to judge by.
    assert check(build(change(town, "buildings", resident_households=(0, None)))) == ()


def test_a_community_without_buildings_has_no_size(town, build) -> None:
    town["buildings"] = town["buildings"].iloc[:2]
    assert rules(build(town)) == {}


def many(town, count=60, **columns):
    """Fill the town with points, half of them in each community, of five columns a value or one made from the row."""
    points = [shapely.Point(x % 100 + 100 * (x % 2), 90) for x in range(count)]
    values = {"id": [f"M{k:03d}" for k in range(count)], "households": [40] * count}
    values |= {"households_basis": ["dwelling"] * count, "households_as_of": ["2020-11-01"] * count}
    town["buildings"] = gpd.GeoDataFrame(values | columns, geometry=points, crs=4546)
    return town


@pytest.mark.parametrize(
    ("rule", "columns"),
    [
        ("households-negative", {"households": [-1] * 60}),
        ("households-unknown", {"households": [None] * 60}),
        ("people-negative", {"residents": [-1] * 60}),
        ("people-contradict", {"residents": [5] * 60, "elders_60": [6] * 60}),
        ("residents-few", {"residents": [5] * 60, "resident_households": [6] * 60}),
        ("building-outside-compound", {"compound": ["C1"] * 60}),
        ("reference-unknown", {"community": ["nowhere"] * 60}),
    ],
)
def test_many_buildings_are_summed_up_by_community(town, build, rule, columns) -> None:
    found = [one for one in check(build(many(town, **columns))) if one.rule == rule]
    assert [one.feature for one in found] == ["141182001001", "141182001002"]
    assert [one.message.split(" have ")[0].split(" stand ")[0].split(" name ")[0] for one in found] == [
        "东关社区 (141182001001): 30 of 30 buildings",
        "建昌社区 (141182001002): 30 of 30 buildings",
    ]


def test_many_buildings_outside_are_one_finding(town, build) -> None:
    town = many(town)
    town["buildings"].geometry = town["buildings"].geometry.translate(0, 1000)
    one = only(build(town), "building-without-community")
    assert one.message == (
        "No community: 60 of 60 buildings stand in none and name none, such as M000, M001, M002, M003, M004."
    )


def test_many_repeated_ids_are_one_finding(town, build) -> None:
    found = only(build(many(town, id=[f"M{k // 2}" for k in range(60)])), "duplicate-id")
    assert found.message == "30 values of id in buildings repeat, such as M0, M1, M2, M3, M4."


def test_many_repeated_names_and_malformed_codes_are_one_finding(town, build, make_layer) -> None:
    shapes = [box(k, 200, k + 1, 201) for k in range(60)]
    town["communities"] = make_layer(
        shapes, code=[f"X{k}" for k in range(60)], name=[f"name {k // 2}" for k in range(60)]
    )
    city = build(town)
    assert only(city, "code-invalid").message.startswith("60 of 60 rows of communities have codes that profile cn")
    assert only(city, "duplicate-name").message == (
        "30 values of name in communities repeat, such as name 0, name 1, name 2, name 3, name 4."
    )


def test_compounds_of_two_communities_may_have_one_name(town, build) -> None:
    assert rules(build(change(town, "compounds", name=(1, "府东小区")))) == {}


def test_two_gaps_beside_one_community_are_two_findings(town, build) -> None:
    holed = box(0, 0, 100, 100) - box(2, 2, 8, 8) - box(90, 90, 96, 96)
    found = check(build(change(town, "communities", geometry=(0, holed))))
    assert [one.rule for one in found] == ["community-gap"] * 2
    assert len({one.id for one in found}) == 2


def test_two_wrong_references_of_one_row_are_two_findings(town, build) -> None:
    city = build(change(town, "buildings", community=(0, "nowhere"), compound=(0, "nothing")))
    found = check(city)
    assert rules(city) == {"reference-unknown": 2}
    assert len({one.id for one in found}) == 2


def test_a_facility_may_serve_only_what_is_there(town, build, make_layer) -> None:
    point = shapely.Point(5, 5)
    town["facilities"] = make_layer([point] * 2, id=["F1", "F2"], kind=["canteen"] * 2, serves=["C1; C2", "C1; C9"])
    one = only(build(town), "reference-unknown")
    assert (one.feature, one.message) == ("F2", "F2 serves C9, which is not in compounds.")


def test_rows_that_cannot_be_told_apart_have_findings_that_can(town, build) -> None:
    town = change(change(town, "buildings", id=(3, "B1")), "buildings", households=(0, -1))
    found = check(build(change(town, "buildings", households=(3, -1))))
    assert len({one.id for one in found}) == len(found)


def test_findings_come_worst_first(town, build) -> None:
    town = CASES["community-overlap"](CASES["households-unknown"](CASES["duplicate-name"](town)))
    assert [one.severity for one in check(build(town))] == ["error", "warning", "note"]


def test_a_finding_as_json_says_where() -> None:
    one = finding("community-gap", "communities", "A", "m", x=500_000.0, y=4_125_000.0)
    assert set(one.to_dict()) == {"id", "rule", "severity", "layer", "feature", "message", "remedy", "x", "y"}
    there = one.to_dict(Frame(4546))
    assert there["lon"] == pytest.approx(111.0, abs=1e-6)
    assert there["lat"] == pytest.approx(37.25, abs=0.05)
    assert "lon" not in finding("households-date", "buildings", "", "m").to_dict(Frame(4546))
    assert (one.title_zh, one.remedy_zh) == (
        finding_rules()["community-gap"].title_zh,
        finding_rules()["community-gap"].remedy_zh,
    )
    with pytest.raises(KeyError):
        finding("no-such-rule", "communities", "A", "m")


@pytest.mark.real_data
@pytest.mark.parametrize(
    ("file", "epsg", "columns", "expected"),
    [
        (
            "singapore_toapayoh_punggol.gpkg",
            3414,
            {
                "communities": {"SUBZONE_C": "code", "SUBZONE_N": "name"},
                "buildings": {"block_id": "id", "SUBZONE_C": "community", "total_dwelling_units": "households"},
            },
            {"community-size", "households-basis", "households-date", "layer-missing"},
        ),
        (
            "olemps.gpkg",
            2154,
            {"communities": {"ID": "code", "NOM": "name"}, "buildings": {"ID": "id", "NB_LOGTS": "households"}},
            {"households-unknown", "households-basis", "households-date", "layer-missing"},
        ),
    ],
)
def test_real_cities(real_data, build, file, epsg, columns, expected) -> None:
    from gridmap.city import City
    from gridmap.rules import profile

    layers = {
        name: gpd.read_file(real_data / file, layer=name).rename(columns=names) for name, names in columns.items()
    }
    assert set(layers) <= set(LAYERS)
    city = City.build(layers, frame=Frame(epsg), profile=profile("opaque"))
    assert (city.building_community >= 0).all()
    assert set(rules(city)) == expected


def test_each_step_is_told_before_it_is_taken(town, build) -> None:
    told: list[str] = []
    check(build(town), begin=told.append)
    assert tuple(told) == CHECK_STEPS
