"""Working days of the Chinese calendar: holidays, and the weekends worked in their place."""

from __future__ import annotations

import datetime as dt

from gridmap.rules.calendar import is_workday

__all__ = ["city_date", "due_date", "is_workday", "workdays_between"]

_CHINA = dt.timezone(dt.timedelta(hours=8))


def city_date(at: dt.datetime) -> dt.date:
    """Return the day that a moment falls on in China.

    >>> city_date(dt.datetime(2026, 3, 1, 17, tzinfo=dt.UTC)).isoformat()
    '2026-03-02'
    """
    return at.astimezone(_CHINA).date()


def due_date(start: dt.date, workdays: int) -> dt.date:
    """Return the last of so many working days after a day, which itself does not count.

    Raises LimitError for a year whose holidays are not known.

    >>> due_date(dt.date(2026, 2, 13), 2).isoformat()
    '2026-02-24'
    """
    day, left = start, workdays
    while left > 0:
        day += dt.timedelta(days=1)
        left -= is_workday(day)
    return day


def workdays_between(start: dt.date, end: dt.date) -> int:
    """Count the working days after `start` up to and including `end`; 0 if there are none."""
    return sum(is_workday(start + dt.timedelta(days=k)) for k in range(1, (end - start).days + 1))
