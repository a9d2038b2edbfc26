"""Opening hours in both notations: open at a moment, the next opening, and what is refused."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridmap.errors import InputError
from gridmap.facilities.hours import moment, parse_hours

MONDAY = moment("2026-03-02")

# The same hours in both notations; the second is read by its own reader.
SAME = [
    ("Mo-Fr 08:30-11:30,14:00-17:30", "周一至周五8:30-11:30，14:00-17:30"),
    ("Mo-Fr 08:30-11:30,14:00-17:00; Sa 09:00-12:00", "周一至周五上午8点半至11点半，下午2点至5点；周六9:00-12:00"),
    ("24/7", "全天开放"),
    ("24/7", "每天24小时"),
    ("Mo-Su 07:00-08:30,11:00-13:00; PH off", "每天7:00-8:30、11:00-13:00，节假日除外"),
    ("Mo,We 09:00-11:00", "周一、周三 9:00-11:00"),
    ("Mo-Fr 08:00-17:00; PH off", "星期一到星期五 8：00～17：00（节假日除外）"),
    ("22:00-06:00", "晚上22:00-次日6:00"),
    ("Sa-Su 10:00-16:00", "周末10:00-16:00"),
    ("Mo-Sa 08:00-12:00; Su off", "周一至周六8:00-12:00，周日休息"),
]


@pytest.mark.parametrize(("osm", "chinese"), SAME)
def test_both_notations_mean_the_same(osm, chinese):
    one, other = parse_hours(osm), parse_hours(chinese)
    for quarter in range(21 * 96):
        at = moment("2026-09-21") + timedelta(minutes=15 * quarter)  # with a public holiday among the days
        assert one.is_open(at) == other.is_open(at), at


@pytest.mark.parametrize(
    ("text", "at", "expected"),
    [
        ("Mo-Fr 08:30-12:00,14:30-18:00", "2026-03-02 08:29", False),
        ("Mo-Fr 08:30-12:00,14:30-18:00", "2026-03-02 08:30", True),
        ("Mo-Fr 08:30-12:00,14:30-18:00", "2026-03-02 12:00", False),
        ("Mo-Fr 08:30-12:00,14:30-18:00", "2026-03-07 09:00", False),
        ("Fr-Mo 22:00-02:00", "2026-03-03 01:59", True),
        ("Fr-Mo 22:00-02:00", "2026-03-04 01:00", False),
        ("Mo-Fr 09:00-12:00, Sa 10:00-12:00", "2026-03-07 10:00", True),
        ("Apr-Oct 06:00-22:00; Nov-Mar 07:00-20:00", "2026-03-02 06:30", False),
        ("Apr-Oct 06:00-22:00; Nov-Mar 07:00-20:00", "2026-06-02 06:30", True),
        ("Mo-Fr 16:30-19:00; PH off", "2026-10-01 17:00", False),
        ("PH 10:00-12:00", "2026-10-03 11:00", True),
        ("工作日8:30-17:30", "2026-10-01 09:00", False),
        ("工作日8:30-17:30", "2026-10-10 09:00", True),  # a Saturday that is worked
        ("节假日10:00-15:00，周一至周日8:00-18:00", "2026-10-01 17:00", False),
    ],
)
def test_open_at(text, at, expected):
    assert parse_hours(text).is_open(moment(at)) is expected


def test_the_next_opening():
    hours = parse_hours("Mo-Fr 08:30-12:00,14:30-18:00")
    assert hours.next_opening(moment("2026-03-02 12:30")) == moment("2026-03-02 14:30")
    assert hours.next_opening(moment("2026-03-06 18:00")) == moment("2026-03-09 08:30")
    assert hours.next_opening(moment("2026-03-02 09:00")) == moment("2026-03-02 09:00")
    assert parse_hours("Mo-Su off").next_opening(MONDAY) is None


@given(st.sampled_from([text for pair in SAME for text in pair]), st.integers(0, 60 * 24 * 30))
def test_nothing_opens_before_the_next_opening(text, minute):
    hours, at = parse_hours(text), MONDAY + timedelta(minutes=minute)
    opening = hours.next_opening(at)
    assert hours.is_open(opening)
    if opening > at:
        assert not hours.is_open(opening - timedelta(minutes=1)) or (opening - at) < timedelta(minutes=1)


@given(st.sampled_from([text for pair in SAME for text in pair]), st.integers(0, 60 * 24 * 14), st.integers(0, 180))
def test_longer_hours_never_close(text, minute, more):
    at = MONDAY + timedelta(minutes=minute)
    hours = parse_hours(text)
    longer = hours.extended(earlier_min=more, later_min=more)
    assert not hours.is_open(at) or longer.is_open(at)


@pytest.mark.parametrize(
    "text",
    [
        "随时", "电话预约", "周一至周五", "周八9:00-10:00", "周一至周五8:30-11:30，14:00", "上午9:00-2:00", "open",
        "when sunny", "Mo-Fr 25:00-26:00", "Mo-Fr 08:30", "Mo-Fr 08:00-08:00", "9-17", "",
        "8:30", "Mo-Fr 08:00-12:00 foo", "12:75-13:00", "; ;", "Mo-Xx 08:00-12:00",
    ],
)  # fmt: skip
def test_nonsense_is_refused(text):
    with pytest.raises(InputError) as told:
        parse_hours(text)
    assert told.value.code == "hours-unclear"
    assert told.value.hint


def test_a_year_without_known_holidays_is_said():
    with pytest.raises(InputError) as told:
        parse_hours("Mo-Fr 08:00-12:00; PH off").is_open(moment("2099-01-01 09:00"))
    assert told.value.code == "calendar-unknown"


def test_moments():
    assert moment("2026-03-02 09:30") == moment("2026-03-02T09:30")
    with pytest.raises(InputError, match="morgen"):
        moment("morgen")
