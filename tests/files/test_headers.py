"""Which column is which."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridmap.city.schema import LAYERS
from gridmap.errors import InputError
from gridmap.files.headers import match_columns, match_coordinates
from gridmap.files.values import key
from gridmap.rules import table

FIELDS = table("aliases")["fields"]
NAMES = [
    (layer, field, entry if isinstance(entry, str) else entry["name"])
    for layer, fields in FIELDS.items()
    for field, entries in fields.items()
    for entry in entries
    if isinstance(entry, str) or "name" in entry
]


def found(layer, columns, **options):
    matches, notes = match_columns(layer, columns, **options)
    return {match.field: match for match in matches}, notes


def test_the_table_names_only_what_there_is():
    assert set(FIELDS) == set(LAYERS)
    for layer, fields in FIELDS.items():
        assert set(fields) <= set(LAYERS[layer].names), layer
    for layer, fields in table("aliases")["values"].items():
        assert set(fields) <= set(LAYERS[layer].names), layer
    fields = {name for layer in LAYERS.values() for name in layer.names}
    short = table("aliases")["short"]
    assert set(short) <= fields
    assert all(len(name) <= 10 for name in short.values())


@pytest.mark.parametrize("layer", list(LAYERS))
def test_no_name_means_two_columns_of_a_layer(layer):
    """Names that carry a basis may: resident households are households, too."""
    owners = {}
    for field in LAYERS[layer].fields:
        names = [field.name, field.zh, table("aliases")["short"].get(field.name, field.name)]
        plain = [entry for entry in FIELDS[layer].get(field.name, ()) if isinstance(entry, str)]
        for name in {key(name) for name in (*names, *plain)}:
            owners.setdefault(name, set()).add(field.name)
    assert {name: fields for name, fields in owners.items() if len(fields) > 1} == {}


@pytest.mark.parametrize(("layer", "field", "name"), NAMES)
def test_every_alias_is_found(layer, field, name):
    matches, _ = found(layer, ["x9", name])
    assert matches[field].columns == (name,)


@given(st.sampled_from(NAMES), st.sampled_from(["upper", "lower", "swapcase"]), st.sampled_from(["", "_", " ", "　"]))
def test_aliases_are_found_whatever_case_width_and_gaps(entry, case, gap):
    layer, field, name = entry
    written = gap.join(getattr(name, case)())
    matches, _ = found(layer, [written])
    assert matches[field].columns == (written,)


def test_own_names_come_first_then_the_order_of_the_table():
    matches, notes = found("buildings", ["总户数", "NB_LOGTS", "户数"])
    assert matches["households"].columns == ("户数",)
    assert matches["households"].how == "name"
    assert len(notes) == 1
    assert "总户数" in notes[0]
    matches, notes = found("buildings", ["NB_LOGTS", "总户数"])
    assert matches["households"].columns == ("总户数",)
    assert "NB_LOGTS" in notes[0]


def test_the_order_of_the_columns_does_not_matter():
    columns = ["总户数", "NB_LOGTS", "户数", "blk_no", "street"]
    results = {
        str(sorted((f, m.columns) for f, m in found("buildings", order)[0].items()))
        for order in itertools.permutations(columns)
    }
    assert len(results) == 1


def test_a_basis_comes_with_the_name():
    for name, basis in (("住宅套数", "dwelling"), ("常住户数", "resident"), ("户籍户数", "registered"), ("户数", "")):
        assert found("buildings", [name])[0]["households"].basis == basis


def test_resident_households_are_households_where_nothing_else_is():
    matches, notes = found("buildings", ["常住户数"])
    assert matches["households"].columns == matches["resident_households"].columns == ("常住户数",)
    matches, notes = found("buildings", ["常住户数", "户数"])
    assert matches["households"].columns == ("户数",)
    assert matches["resident_households"].columns == ("常住户数",)
    assert notes == ()


def test_what_is_given_wins():
    matches, _ = found("buildings", ["户数", "NB_LOGTS"], given={"households": "nb_logts"})
    assert matches["households"].columns == ("NB_LOGTS",)
    assert matches["households"].how == "given"
    assert matches["households"].basis == "dwelling"
    matches, _ = found("buildings", ["户数"], given={"households": "-", "use": "=mixed"})
    assert "households" not in matches
    assert matches["use"].value == "mixed"


def test_a_name_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(InputError, match="户数") as caught:
        match_columns("buildings", ["户数", "楼号"], given={"households": "住户"}, file="a.csv")
    assert caught.value.code == "column-missing"
    assert "a.csv" in str(caught.value)
    assert "楼号" in caught.value.hint
    with pytest.raises(InputError, match="household"):
        match_columns("buildings", ["户数"], given={"household": "户数"}, file="a.csv")


def test_names_cut_by_shapefiles_are_completed():
    matches, _ = found("buildings", ["total_dwel"], cut=["total_dwel"])
    assert matches["households"].columns == ("total_dwel",)
    assert "households" not in found("buildings", ["total_dwel"])[0]


def test_units_in_brackets_are_no_part_of_a_name():
    assert found("buildings", ["户数（户）"])[0]["households"].columns == ("户数（户）",)


def test_two_columns_make_an_address():
    assert found("buildings", ["street", "blk_no"])[0]["address"].columns == ("blk_no", "street")


def test_places():
    assert match_coordinates(["经度", "纬度", "名称"]) == ("经度", "纬度")
    assert match_coordinates(["LAT", "LNG"]) == ("LNG", "LAT")
    assert match_coordinates(["x", "y", "WKT"]) == ("WKT",)
    assert match_coordinates(["x", "y", "WKT"], given={"x": "x", "y": "y"}) == ("x", "y")
    assert match_coordinates(["E", "N"], given={"x": "E", "y": "N"}) == ("E", "N")
    assert match_coordinates(["名称"]) == ()
