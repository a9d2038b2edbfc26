"""Numbers, dates, yes and no, as people type them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridmap.files.values import is_unknown, key, parse_boolean, parse_date, parse_number

FULL = str.maketrans("0123456789,.-", "０１２３４５６７８９，．－")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("三百", 300),
        ("一千零五", 1005),
        ("十二户", 12),
        ("二万三千", 23_000),
        ("两百五十", 250),
        ("二〇二三", 2023),
        ("万", None),
    ],
)
def test_numerals(text, value):
    if value is None:
        with pytest.raises(ValueError, match=text):
            parse_number(text)
    else:
        found = parse_number(text)
        assert (int(found.value), found.about, found.words) == (value, False, True)


@pytest.mark.parametrize(
    ("text", "value", "about"),
    [
        ("1,200", 1200, False),
        ("1 200", 1200, False),
        ("１，２００", 1200, False),
        ("1200户", 1200, False),
        ("约300", 300, True),
        ("300左右", 300, True),
        ("300余户", 300, True),
        ("近 1,000 户", 1000, True),
        ("~50", 50, True),
        ("1.2万", 12000, False),
        ("-7", -7, False),
        ("−7", -7, False),
        ("3.50", Decimal("3.5"), False),
        (".5", Decimal("0.5"), False),
        ("1.41182001001E+11", 141182001001, False),
        ("6层", 6, False),
        ("98.5㎡", Decimal("98.5"), False),
    ],
)
def test_numbers(text, value, about):
    number = parse_number(text)
    assert number is not None
    assert number.value == value
    assert number.about is about


@pytest.mark.parametrize("text", ["", " ", "—", "－", "无", "NULL", "null", "n/a", "/", "未知", "#N/A"])
def test_unknown_is_not_zero(text):
    assert is_unknown(text)
    assert parse_number(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "百三",
        "三百百",
        "300-500",
        "1,20",
        "12,34,567",
        "1.200,5",
        "1200①",
        "abc",
        "12 34",
        "3..5",
        "0x10",
        "٣٠٠",
        "1 2000",
    ],
)
def test_no_numbers(text):
    with pytest.raises(ValueError, match=r".*"):
        parse_number(text)


@given(
    number=st.integers(-(10**18), 10**18),
    grouped=st.booleans(),
    full=st.booleans(),
    unit=st.sampled_from(["", "户", " 人", "households"]),
    pad=st.sampled_from(["", " ", "　"]),
)
def test_whole_numbers_are_read_exactly(number, grouped, full, unit, pad):
    text = f"{number:,}" if grouped else str(number)
    text = text.translate(FULL) if full else text
    parsed = parse_number(f"{pad}{text}{unit}{pad}")
    assert parsed is not None
    assert int(parsed.value) == number
    assert parsed.value == number
    assert not parsed.about


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**9), max_value=10**9))
def test_decimals_are_read_exactly(number):
    assert parse_number(f"{number:f}").value == number
    assert parse_number(f"约{number:f}").about


@given(st.text(max_size=12))
def test_any_text_is_a_number_unknown_or_refused(text):
    try:
        parsed = parse_number(text)
    except ValueError:
        return
    assert parsed is None or parsed.value.is_finite()


@given(st.dates())
def test_days_are_read_in_all_their_ways(day):
    for text in (
        day.isoformat(),
        f"{day.year:04}/{day.month}/{day.day}",
        f"{day.year:04}年{day.month}月{day.day}日",
        f"{day:%Y%m%d}".rjust(8, "0"),
        f"{day.isoformat()} 17:06:46",
        f"{day.isoformat()}T00:00:00Z",
    ):
        assert parse_date(text) == day.isoformat()


@pytest.mark.parametrize("text", ["05/06/2020", "2023", "2023-13-01", "2023-02-30", "去年", "2023-1"])
def test_no_days(text):
    with pytest.raises(ValueError, match=r".*"):
        parse_date(text)


def test_yes_and_no():
    assert [parse_boolean(t) for t in ("是", "Y", "ＹＥＳ", "1", "有", "True")] == [True] * 6
    assert [parse_boolean(t) for t in ("否", "n", "无", "0", "没有", "FALSE")] == [False] * 6
    assert [parse_boolean(t) for t in ("", "—", "未知")] == [None] * 3
    with pytest.raises(ValueError, match="也许"):
        parse_boolean("也许")


@given(st.text(alphabet="abcXYZ户数楼号 _-　0189", max_size=20), st.sampled_from(["lower", "upper", "title"]))
def test_names_match_whatever_their_case_width_and_gaps(name, case):
    def wide(sign):
        return chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign

    changed = getattr(name, case)()
    assert key(changed) == key(name)
    assert key("".join(map(wide, name))) == key(name)
    assert key("_".join(name)) == key(name)
