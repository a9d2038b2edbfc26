import json

import pandas as pd
import pytest

from gridmap.city import check_codes, check_totals, lineage
from gridmap.errors import InputError


def release(**names):
    return pd.DataFrame({"code": [code[1:] for code in names], "name": list(names.values())})


def kinds(table):
    return {(one.kind, one.old_code, one.new_code): bool(one.reused) for one in table.itertuples()}


def test_what_became_of_each_place() -> None:
    old = release(_1="鼓楼社区", _2="东路社区", _3="西路社区", _4="北门北社区", _5="北门南社区", _8="建昌社区居委会")
    new = release(_1="鼓楼北社区", _6="鼓楼南社区", _2="西路社区", _7="北门社区", _4="新城社区", _8="建昌社区")
    assert kinds(lineage(old, new)) == {
        ("split", "1", "1"): False,
        ("split", "1", "6"): False,
        ("retired", "2", None): False,
        ("renamed", "3", "2"): True,
        ("new", None, "4"): True,
        ("merged", "4", "7"): False,
        ("merged", "5", "7"): False,
        ("renamed", "8", "8"): False,
    }


def test_names_that_differ_in_their_side_alone_are_two_places() -> None:
    table = lineage(release(_1="东路家庄村"), release(_2="西路家庄村"))
    assert kinds(table) == {("retired", "1", None): False, ("new", None, "2"): False}
    assert kinds(lineage(release(_1="曹兴庄社区"), release(_2="曹新庄社区"))) == (
        {("retired", "1", None): False, ("new", None, "2"): False}
    )
    assert kinds(lineage(release(_1="南阳曹兴庄村"), release(_2="南阳曹新庄村"))) == {("renamed", "1", "2"): False}


def test_every_place_is_told_and_none_twice() -> None:
    old, new = release(_1="甲村", _2="乙村", _3="丙村"), release(_1="乙村", _2="甲村", _9="丁村")
    table = lineage(old, new)
    assert sorted(table["old_code"].dropna()) == ["1", "2", "3"]
    assert sorted(table["new_code"].dropna()) == ["1", "2", "9"]
    assert kinds(table)["renamed", "1", "2"]  # the code 2 was 乙村's


def test_releases_that_cannot_be_compared_are_refused() -> None:
    with pytest.raises(InputError, match="twice"):
        lineage(pd.DataFrame({"code": ["1", "1"], "name": ["甲", "乙"]}), release(_1="甲"))
    with pytest.raises(InputError, match="no column name"):
        lineage(pd.DataFrame({"code": ["1"]}), release(_1="甲"))


@pytest.mark.real_data
def test_the_releases_of_fenyang(real_data) -> None:
    folder = real_data / "fenyang_codes"
    raw = json.loads((folder / "fenyang_level4_older_mumuy.json").read_text("utf-8"))
    old = pd.DataFrame({"code": list(raw), "name": list(raw.values())})
    new = pd.read_csv(folder / "fenyang_level4_streets_towns_2023.csv", dtype=str)
    table = lineage(old, new)
    assert table["kind"].value_counts().to_dict() == {"kept": 11, "renamed": 3, "retired": 2}
    moved = table[table["kind"] == "renamed"]
    assert dict(zip(moved["old_code"], moved["new_code"], strict=True)) == {
        "141182200": "141182003",
        "141182201": "141182109",
        "141182202": "141182110",
    }
    assert not table["reused"].any()


def test_totals_of_a_ledger_against_the_buildings(town, build) -> None:
    city = build(town)
    ledger = pd.DataFrame(
        {
            "code": ["141182001001", "建昌社区", "C1", "文峰街道", "C9", None],
            "households": [1100, 1000, 600, 2200, 5, 1],
        }
    )
    found = check_totals(city, ledger)
    assert [(one.layer, one.feature) for one in found] == [("communities", "141182001002"), ("buildings", "C9")]
    assert "has 1,100 households by its buildings, 1,000 by the ledger" in found[0].message


def test_unknown_households_make_a_sum_a_lower_limit(town, build) -> None:
    town["buildings"]["households"] = [600, None, 700, 400]
    city = build(town)
    assert check_totals(city, pd.DataFrame({"code": ["141182001001"], "households": [1100]})) == ()
    (one,) = check_totals(city, pd.DataFrame({"code": ["141182001001"], "households": [500]}))
    assert "at least 600 (1 buildings unknown)" in one.message


def test_codes_that_drifted_or_are_used_again(town, build) -> None:
    old = pd.DataFrame(
        {"code": ["141182001001", "141182001003", "141182001002"], "name": ["东关社区居委会", "建昌社区", "古庄社区"]}
    )
    found = {(one.rule, one.feature) for one in check_codes(build(town), old)}
    assert found == {
        ("code-drifted", "141182001001"),
        ("code-reused", "141182001002"),
        ("code-drifted", "141182001002"),
    }
