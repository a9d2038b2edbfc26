"""Addresses of ledgers: taken apart, matched, added up; measured on ledgers whose truth is known."""

import datetime as dt
import os
from collections import Counter

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridmap import sample
from gridmap.city import City
from gridmap.errors import InputError
from gridmap.files.addresses import Given, Matcher, gazetteer, match_ledger, parse
from gridmap.geo.frames import Frame
from gridmap.rules import profile, table
from gridmap.sample.ledgers import household_ledger

ROWS = int(os.environ.get("GRIDMAP_LEDGER_ROWS", "6000"))


@pytest.fixture(scope="module")
def layers():
    return sample.layers()


@pytest.fixture(scope="module")
def city(layers):
    rest = {name: layer for name, layer in layers.items() if name != "grids"}
    return City.build(rest, frame=Frame(sample.EPSG), profile=profile("cn"), name=sample.NAME, sample=True)


@pytest.fixture(scope="module")
def matcher(city):
    return Matcher(gazetteer(city))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("东关社区府学苑3号楼2单元501室", ("东关社区府学苑", "3", "2", "501")),
        ("府学苑３幢二单元５０１户", ("府学苑", "3", "2", "501")),
        ("府学苑 3-2-501", ("府学苑", "3", "2", "501")),
        ("府学苑3#501", ("府学苑", "3", "", "501")),
        ("府学苑3＃楼二门洞501号", ("府学苑", "3", "2", "501")),
        ("府学苑十二栋", ("府学苑", "12", "", "")),
        ("翰林国际A座1203", ("翰林国际", "A", "", "1203")),
        ("府学苑3号2单元501", ("府学苑", "3", "2", "501")),
        ("府学苑（原二中）03号樓", ("府学苑", "3", "", "")),
        ("古庄二十四巷19号院2户", ("古庄24巷19号院", "", "", "2")),
        ("杏花印刷厂", ("杏花印刷厂", "", "", "")),
    ],
)
def test_an_address_is_taken_apart(text, parts):
    found = parse(text)
    assert (found.place, found.building, found.stairwell, found.room) == parts


@given(text=st.text(max_size=40), building=st.text(max_size=8))
def test_any_text_is_matched_or_not(matcher, text, building):
    """Whatever is written, there is an outcome with a reason, and no row is accepted without a building."""
    outcome = matcher.match(Given(text, building=building))
    assert (outcome.outcome == "accepted") == (outcome.building >= 0 and not outcome.reason)
    assert outcome.outcome in ("accepted", "doubtful", "unmatched")
    assert outcome.outcome == "accepted" or outcome.reason


@pytest.mark.parametrize("split", [False, True])
def test_what_is_accepted_is_right(layers, city, split):
    """At least 99 of 100 accepted rows are the right building; the confidence is not higher than what comes out."""
    ledger = household_ledger(layers, rows=ROWS, seed=31 + split, split=split)
    found = match_ledger(ledger.rows.set_index("序号"), city)
    ids = city.buildings["id"].tolist()
    accepted = [(ids[row], true) for row, true in zip(found.building, ledger.truth, strict=True) if row >= 0]
    right = sum(ours == true for ours, true in accepted)
    findable = sum(
        true is not None and "no building" not in noise for true, noise in zip(ledger.truth, ledger.noise, strict=True)
    )
    assert right / len(accepted) >= 0.99
    assert right / findable >= 0.94
    sums = Counter()
    for outcome, true in zip(found.outcomes, ledger.truth, strict=True):
        if outcome.building >= 0:
            sums[outcome.how, "all"] += 1
            sums[outcome.how, "right"] += ids[outcome.building] == true
    trust = table("addresses")["trust"]
    for how in {how for how, _ in sums}:
        if sums[how, "all"] >= 100:
            assert abs(sums[how, "right"] / sums[how, "all"] - trust.get(how, 0.0)) < 0.1, how


def test_the_same_seed_writes_the_same_ledger(layers):
    one, two = household_ledger(layers, rows=200, seed=5), household_ledger(layers, rows=200, seed=5)
    assert one.rows.equals(two.rows)
    assert not one.rows.equals(household_ledger(layers, rows=200, seed=6).rows)


def test_every_building_answers_to_its_standard_address(city, matcher):
    """Addresses as the city writes them find their own building."""
    wrong = []
    for row, (address, name) in enumerate(zip(city.buildings["address"], city.buildings["name"], strict=True)):
        outcome = matcher.match(Given(address))
        if outcome.outcome == "accepted" and outcome.building != row:
            wrong.append((address, name))
    assert wrong == []


def test_aliases_and_contradictions(city, matcher):
    building = city.buildings[city.buildings["compound"].notna()].iloc[0]
    compound = city.compounds.set_index("id").loc[building["compound"]]
    number = building["name"]
    elsewhere = city.communities[city.communities["code"] != building["community"]]["name"].iloc[0]
    right = matcher.match(Given(f"{compound['name']}{number}"))
    assert (right.outcome, right.building) == ("accepted", building.name)
    apart = matcher.match(Given(f"{elsewhere}{compound['name']}{number}"))
    assert apart.outcome == "doubtful"
    assert "another community" in apart.reason
    missing = matcher.match(Given(f"{compound['name']}99号楼"))
    assert (missing.outcome, missing.building) == ("unmatched", -1)
    assert "no building 99" in missing.reason
    assert missing.compound == city.compounds.index[city.compounds["id"] == building["compound"]][0]


def test_decisions_are_kept_whatever_room_and_district(city):
    address = "不知名小区7号楼"
    first = Matcher(gazetteer(city))
    assert first.match(Given(address)).outcome != "accepted"
    key = first.key_of(Given(f"文峰街道{address}2单元501室"))
    assert key == first.key_of(Given(address))
    target = city.buildings["id"].iloc[12]
    decided = Matcher(gazetteer(city), decisions={key: target})
    outcome = decided.match(Given(f"汾阳市文峰街道{address}1单元302"))
    assert (outcome.outcome, outcome.building, outcome.how) == ("accepted", 12, "decided")
    assert Matcher(gazetteer(city), decisions={key: ""}).match(Given(address)).outcome == "unmatched"
    assert Matcher(gazetteer(city), decisions={key: "gone"}).match(Given(address)).how != "decided"


def test_persons_are_counted_by_age(city):
    building = city.buildings[city.buildings["compound"].notna()].iloc[0]
    name = city.compounds.set_index("id").loc[building["compound"], "name"]
    rows = [(f"{name}{building['name']}1单元{room}", born) for room, born in
            ((101, "1940年3月"), (101, "1960-05-02"), (102, "2015.6"), (102, None))]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["住址", "出生年月"], index=range(1, 5))
    found = match_ledger(frame, city, on=dt.date(2025, 1, 1))
    assert found.kind == "persons"
    (sums,) = found.totals().to_dict("records")
    assert sums == {"residents": 4, "elders_60": 2, "elders_80": 1, "children": 1, "households": 2}


def test_a_ledger_without_addresses_is_refused(city):
    with pytest.raises(InputError) as caught:
        match_ledger(pd.DataFrame({"姓名": ["a"], "电话": ["1"]}, index=[1]), city)
    assert caught.value.code == "address-missing"
