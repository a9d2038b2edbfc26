"""Working days and public holidays of the Chinese calendar, with the weekends that are worked in their place."""

from __future__ import annotations

import datetime as dt

from gridmap.errors import LimitError

__all__ = ["is_holiday", "is_workday"]


def is_workday(day: dt.date) -> bool:
    """Tell whether a day is worked. Raises LimitError for a year whose holidays are not known.

    >>> is_workday(dt.date(2026, 2, 28)), is_workday(dt.date(2026, 2, 17))
    (True, False)
    """
    import chinese_calendar

    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        raise _unknown(day) from None


def is_holiday(day: dt.date) -> bool:
    """Tell whether a day is a public holiday: no plain weekend. Raises LimitError as `is_workday`.

    >>> is_holiday(dt.date(2026, 10, 1)), is_holiday(dt.date(2026, 9, 12))
    (True, False)
    """
    import chinese_calendar

    if is_workday(day):
        return False
    return day.weekday() < 5 or chinese_calendar.get_holiday_detail(day)[1] is not None


def _unknown(day: dt.date) -> LimitError:
    return LimitError(
        "calendar-unknown",
        f"The public holidays of {day.year} are not known to this version: they are set in the autumn before.",
        "Update the package chinesecalendar, ask for another day, or give the deadline yourself.",
    )
