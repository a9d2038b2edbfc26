"""Opening hours: when a facility is open, told from OpenStreetMap's notation or from Chinese words.

Both are read into the same value, a week of intervals with exceptions for public holidays and for dates. What is not
understood is an InputError: a facility is never guessed to be open.
"""

from __future__ import annotations

from datetime import datetime

from gridmap.errors import InputError
from gridmap.facilities.hours_osm import osm_rules
from gridmap.facilities.hours_zh import chinese_rules
from gridmap.facilities.week import OpeningHours

__all__ = ["OpeningHours", "moment", "parse_hours"]


def moment(text: str) -> datetime:
    """Read a moment of local time, such as `2026-03-02 09:30` or `2026-03-02T09:30`; InputError otherwise."""
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        raise InputError(
            "moment-unclear", f"{text!r} is not a moment.", "Write it as 2026-03-02 09:30, in local time."
        ) from None


def parse_hours(text: str) -> OpeningHours:
    """Read opening hours in OpenStreetMap's notation or in Chinese words.

    Raises InputError `hours-unclear`, which names the part that is not understood.

    >>> hours = parse_hours("周一至周五8:30-11:30，14:00-17:30")
    >>> hours.is_open(datetime(2026, 3, 2, 9, 0)), hours.is_open(datetime(2026, 3, 2, 12, 0))
    (True, False)
    >>> hours.next_opening(datetime(2026, 3, 6, 18, 0))
    datetime.datetime(2026, 3, 9, 8, 30)
    >>> parse_hours("Mo-Sa 08:00-18:00; PH off").is_open(datetime(2026, 10, 1, 9, 0))
    False
    """
    written = text.strip()
    if not written:
        raise InputError("hours-unclear", "The opening hours are empty.", "Leave the field out where they are unknown.")
    chinese = any("\u4e00" <= sign <= "\u9fff" for sign in written)
    rules = chinese_rules(written) if chinese else osm_rules(written)
    return OpeningHours(written, tuple(rules))
